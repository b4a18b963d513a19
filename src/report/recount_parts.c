#include "report/recount_parts.h"

#include "report/recount_code.h"
#include "util/checked.h"

#include <string.h>

/** What was gathered of one file. */
typedef struct
{
  guint64 members; /* bytes of the members, payloads included */
  gboolean has_member;
  gboolean has_size; /* a fact says that the sizes differ */
  AssayFindingRun findings;
} Part;

/** An audit at work. */
typedef struct
{
  const AssayStored *stored;
  GHashTable *parts; /* path to Part */
} Parts;

static char *
blame (const AssayNode *node, const char *fault)
{
  return g_strdup_printf ("%s %s", strcmp (node->path, ".") == 0 ? "the image" : node->path, fault);
}

static guint64
bytes_of (const AssayNodeAccount *node_account)
{
  guint64 bytes = node_account->payload;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    bytes += node_account->totals[i]; /* no more than its size: checked before */
  return bytes;
}

/* Adds what every file and finding say to the files that they belong to. */
static char *
gather (const Parts *audit, AssayFindings *findings)
{
  const AssayAccount *account = audit->stored->account;
  for (guint i = 0; i < account->nodes->len; i++)
    {
      Part *part = g_new0 (Part, 1);
      part->findings.findings = findings;
      g_hash_table_insert (audit->parts, ((AssayNodeAccount *)g_ptr_array_index (account->nodes, i))->node->path, part);
    }
  for (guint i = 1; i < account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      guint above = g_array_index (audit->stored->above, guint, i);
      const AssayNodeAccount *around = above == 0 ? NULL : g_ptr_array_index (account->nodes, above - 1);
      Part *container = around == NULL ? NULL : g_hash_table_lookup (audit->parts, around->node->path);
      if (container == NULL)
        return blame (node_account->node, "stands in nothing that it names");
      container->has_member = TRUE;
      if (!assay_u64_add (container->members, bytes_of (node_account), &container->members))
        return blame (node_account->node, "has more bytes than there can be");
    }
  for (guint i = 0; i < assay_findings_length (findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (findings, i);
      AssayFindingRun *run = &((Part *)g_hash_table_lookup (audit->parts, finding->node->path))->findings;
      if (run->length++ == 0)
        run->first = i;
    }
  for (guint i = 0; i < account->facts->len; i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      if (strcmp (fact->fact, "size") == 0 || strcmp (fact->fact, "content") == 0)
        ((Part *)g_hash_table_lookup (audit->parts, fact->node->path))->has_size = TRUE;
    }
  return NULL;
}

static gboolean
is_one_of (const char *format, const char *const *formats)
{
  for (; *formats != NULL; formats++)
    if (strcmp (format, *formats) == 0)
      return TRUE;
  return FALSE;
}

/* What stands first is the image itself, and has all of its bytes. */
static char *
check_image (const Parts *audit)
{
  const AssayStored *stored = audit->stored;
  /* An image that could not be opened has no account, and no verdict. */
  if (stored->account->nodes->len == 0)
    return stored->verdict == ASSAY_VERDICT_UNDECIDED ? NULL : g_strdup ("it names no file, not even the image");
  const AssayNodeAccount *root = g_ptr_array_index (stored->account->nodes, 0);
  const Part *part = g_hash_table_lookup (audit->parts, ".");
  if (strcmp (root->node->path, ".") != 0)
    return g_strdup ("its first file is not the image that it names");
  if (!stored->has_image)
    return NULL;
  if (strcmp (root->node->format, "directory") == 0)
    return part->members == stored->image_size ? NULL : g_strdup ("the files of the directory are not its size");
  if (root->node->size != stored->image_size
      || (root->has_digest && !assay_digest_equal (&root->digest, &stored->image)))
    return g_strdup ("its first file is not the image that it names");
  return NULL;
}

/* Containers whose members stand in them as they are; what others leave to a member may be its compressed form. */
static char *
check_payload (const AssayNodeAccount *node_account, const Part *part)
{
  static const char *const plain[] = { "ar", "cpio", "deb", "tar", NULL };
  const AssayNode *node = node_account->node;
  if (node_account->payload > 0 && !part->has_member)
    return blame (node, "leaves bytes to members that it does not name");
  if (is_one_of (node->format, plain) && node_account->payload != part->members)
    return blame (node, "leaves other bytes to its members than these have");
  return NULL;
}

/* What is a file of one run of bytes and never a container, whatever is in it. */
static gboolean
is_leaf (const AssayNode *node)
{
  static const char *const leaves[] = { "elf", "raw", NULL };
  return is_one_of (node->format, leaves);
}

/* A file of one run of bytes, all of them equal, has one digest on both sides; it is made unless nobody asked for it.
 * The counterpart of a flat image is the ELF file whose segments it is. */
static char *
check_digests (const Parts *audit, const AssayNodeAccount *node_account, const Part *part, const json_t *file)
{
  const AssayNode *node = node_account->node;
  guint64 identical = node_account->totals[ASSAY_CLASS_IDENTICAL];
  if (node_account->payload > 0 || identical == 0 || identical != node->size || part->has_size)
    return NULL;
  const char *digests
      = json_string_value (json_object_get (json_object_get (audit->stored->json, "options"), "digests"));
  if (!node_account->has_digest && is_leaf (node) && g_strcmp0 (digests, "sections") != 0)
    return blame (node, "has no digest");
  if (node_account->has_digest && !json_is_true (json_object_get (file, "flat"))
      && (!node_account->has_expected_digest
          || !assay_digest_equal (&node_account->digest, &node_account->expected_digest)))
    return blame (node, "is identical and has two digests");
  return NULL;
}

/* Whether something on the expected side corresponds to a file: bytes that passed without it are waived, or a detached
 * signature. */
static gboolean
has_counterpart (const AssayNodeAccount *node_account, const Part *part, const json_t *file)
{
  if (json_object_get (file, "expected_path") != NULL || node_account->has_expected_digest
      || node_account->totals[ASSAY_CLASS_IDENTICAL] > 0 || node_account->totals[ASSAY_CLASS_STRUCTURE] > 0)
    return TRUE;
  for (guint i = 0; i < part->findings.length; i++)
    {
      const AssayFinding *finding = assay_finding_run_get (&part->findings, i);
      if (finding->class_ == ASSAY_CLASS_EXPLAINED && strcmp (finding->rule, "signature") != 0)
        return TRUE;
    }
  return FALSE;
}

/* T16: a file with content and a counterpart has an origin, known or not. A container has the origins of its members,
 * and may have none: a kernel without a payload, a file system without a file. What nobody looked at, or nobody could
 * read, has no origin either. */
static char *
check_origin (const AssayNodeAccount *node_account, const Part *part, const json_t *file)
{
  const AssayNode *node = node_account->node;
  const guint64 *totals = node_account->totals;
  gboolean leaf = node->type == ASSAY_NODE_FILE && node->size > 0 && node_account->payload == 0 && !part->has_member
                  && is_leaf (node);
  gboolean looked_at = totals[ASSAY_CLASS_OUTSIDE] == 0 && totals[ASSAY_CLASS_UNDECIDED] != node->size;
  if (node_account->has_origin && node->size == 0)
    return blame (node, "has no content, and an origin");
  if (!node_account->has_origin && json_object_get (file, "origin_detail") != NULL)
    return blame (node, "has no origin, and words about it");
  return leaf && looked_at && !node_account->has_origin && has_counterpart (node_account, part, file)
             ? blame (node, "has no origin, not even an unknown one")
             : NULL;
}

char *
assay_stored_audit_parts (const AssayStored *stored, AssayFindings *findings)
{
  g_autoptr (GHashTable) parts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  const Parts audit = { stored, parts };
  const json_t *files = json_object_get (stored->json, "files");
  char *fault = gather (&audit, findings);
  if (fault == NULL)
    fault = check_image (&audit);
  for (guint i = 0; fault == NULL && i < stored->account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (stored->account->nodes, i);
      const Part *part = g_hash_table_lookup (parts, node_account->node->path);
      fault = check_payload (node_account, part);
      if (fault == NULL)
        fault = check_digests (&audit, node_account, part, json_array_get (files, i));
      if (fault == NULL)
        fault = check_origin (node_account, part, json_array_get (files, i));
      if (fault == NULL)
        fault = assay_stored_audit_code (node_account, &part->findings, part->has_size, json_array_get (files, i));
    }
  return fault;
}
