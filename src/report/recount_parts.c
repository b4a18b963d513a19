#include "report/recount_parts.h"

#include "report/form.h"
#include "util/checked.h"

#include <string.h>

/** What was gathered of one file. */
typedef struct
{
  guint64 members; /* bytes of the members, payloads included */
  gboolean has_member;
  gboolean has_size;   /* a fact says that the sizes differ */
  GPtrArray *findings; /* AssayFinding, in order */
} Part;

static void
part_free (gpointer data)
{
  g_ptr_array_unref (((Part *)data)->findings);
  g_free (data);
}

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

/* The container that a node stands in: a path goes into one by `//`, which no name can hold (T8). */
static char *
container_path (const AssayNode *node)
{
  const char *joint = NULL;
  for (const char *at = strstr (node->path, "//"); at != NULL; at = strstr (at + 2, "//"))
    joint = at;
  return joint == NULL ? g_strdup (".") : g_strndup (node->path, (gsize)(joint - node->path));
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
gather (const Parts *audit)
{
  const AssayAccount *account = audit->stored->account;
  for (guint i = 0; i < account->nodes->len; i++)
    {
      Part *part = g_new0 (Part, 1);
      part->findings = g_ptr_array_new ();
      g_hash_table_insert (audit->parts, ((AssayNodeAccount *)g_ptr_array_index (account->nodes, i))->node->path, part);
    }
  for (guint i = 1; i < account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      g_autofree char *path = container_path (node_account->node);
      Part *container = g_hash_table_lookup (audit->parts, path);
      if (container == NULL)
        return blame (node_account->node, "stands in nothing that it names");
      container->has_member = TRUE;
      if (!assay_u64_add (container->members, bytes_of (node_account), &container->members))
        return blame (node_account->node, "has more bytes than there can be");
    }
  for (guint i = 0; i < account->findings->len; i++)
    {
      AssayFinding *finding = g_ptr_array_index (account->findings, i);
      g_ptr_array_add (((Part *)g_hash_table_lookup (audit->parts, finding->node->path))->findings, finding);
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

/* A file of one run of bytes, all of them equal, has one digest on both sides; it is made unless nobody asked for it.
 */
static char *
check_digests (const Parts *audit, const AssayNodeAccount *node_account, const Part *part)
{
  static const char *const leaves[] = { "elf", "raw", NULL };
  const AssayNode *node = node_account->node;
  guint64 identical = node_account->totals[ASSAY_CLASS_IDENTICAL];
  if (node_account->payload > 0 || identical == 0 || identical != node->size || part->has_size)
    return NULL;
  const char *digests
      = json_string_value (json_object_get (json_object_get (audit->stored->json, "options"), "digests"));
  if (!node_account->has_digest && is_one_of (node->format, leaves) && g_strcmp0 (digests, "sections") != 0)
    return blame (node, "has no digest");
  if (node_account->has_digest
      && (!node_account->has_expected_digest
          || !assay_digest_equal (&node_account->digest, &node_account->expected_digest)))
    return blame (node, "is identical and has two digests");
  return NULL;
}

/* The first finding that does not end before an offset. */
static guint
find_finding (const GPtrArray *findings, guint64 offset)
{
  guint low = 0;
  for (guint high = findings->len; low < high;)
    {
      guint middle = low + (high - low) / 2;
      const AssayFinding *finding = g_ptr_array_index (findings, middle);
      if (finding->offset + finding->length <= offset)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* The heaviest class (T1) of the bytes of a range. */
static AssayClass
class_of_range (const GPtrArray *findings, guint64 offset, guint64 length)
{
  static const AssayClass order[]
      = { ASSAY_CLASS_IDENTICAL, ASSAY_CLASS_STRUCTURE,      ASSAY_CLASS_EXPLAINED,  ASSAY_CLASS_WAIVED,
          ASSAY_CLASS_UNDECIDED, ASSAY_CLASS_UNREPRODUCIBLE, ASSAY_CLASS_UNEXPLAINED };
  gsize worst = 0;
  for (guint i = find_finding (findings, offset); i < findings->len; i++)
    {
      const AssayFinding *finding = g_ptr_array_index (findings, i);
      if (finding->offset >= offset + length)
        break;
      for (gsize j = worst + 1; j < G_N_ELEMENTS (order); j++)
        if (order[j] == finding->class_)
          worst = j;
    }
  return order[worst];
}

static gboolean
section_adds_up (const AssayNode *node, const Part *part, const json_t *section)
{
  guint64 offset = 0;
  guint64 size = 0;
  AssayClass class_ = ASSAY_CLASS_UNDECIDED;
  AssayDigest digest;
  AssayDigest expected;
  if (!assay_form_count (section, "", "offset", &offset, NULL) || !assay_form_count (section, "", "size", &size, NULL)
      || !assay_form_class (section, "", "class", &class_, NULL))
    return FALSE;
  /* Without a digest nothing was said of its bytes: it has none, or shares them. */
  if (json_object_get (section, "sha256") == NULL)
    return TRUE;
  gboolean equal = assay_form_digest (section, "", "sha256", &digest, NULL)
                   && assay_form_digest (section, "", "expected_sha256", &expected, NULL)
                   && assay_digest_equal (&digest, &expected);
  return assay_range_fits (offset, size, node->size) && class_ == class_of_range (part->findings, offset, size)
         && (class_ != ASSAY_CLASS_IDENTICAL || equal);
}

static char *
check_sections (const AssayNode *node, const Part *part, const json_t *file)
{
  const json_t *sections = json_object_get (file, "sections");
  const json_t *section;
  size_t index;
  json_array_foreach (sections, index, section)
  {
    if (!section_adds_up (node, part, section))
      return blame (node, "has a section that is not what its findings say");
  }
  return NULL;
}

char *
assay_stored_audit_parts (const AssayStored *stored)
{
  g_autoptr (GHashTable) parts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, part_free);
  const Parts audit = { stored, parts };
  const json_t *files = json_object_get (stored->json, "files");
  char *fault = gather (&audit);
  if (fault == NULL)
    fault = check_image (&audit);
  for (guint i = 0; fault == NULL && i < stored->account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (stored->account->nodes, i);
      const Part *part = g_hash_table_lookup (parts, node_account->node->path);
      fault = check_payload (node_account, part);
      if (fault == NULL)
        fault = check_digests (&audit, node_account, part);
      if (fault == NULL)
        fault = check_sections (node_account->node, part, json_array_get (files, i));
    }
  return fault;
}
