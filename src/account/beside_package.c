#include "account/beside.h"

#include "account/supply.h"
#include "crypto/sha256.h"
#include "unpack/fact.h"
#include "unpack/rpm.h"
#include "util/text.h"

#include <string.h>

/*
 * What the header of a package says of the files in scope. rpm goes by it alone: how many bytes it writes, with what
 * mode and owner, whether at all, and by the digest whether what lies on the device already is the file (T5, T6).
 */

/** A package around what the scope names. @digests: spans of the header by the name of their fact */
typedef struct
{
  AssayWork *work;
  const AssayNode *package;
  gboolean alone; /* no rebuild makes it */
  GHashTable *digests;
} PackageVisit;

/* What a pinned recipe calls the owner; where it gives a number alone, nothing that a package of names has. */
static const char *
name_of_owner (GHashTable *supply, const char *by_name, const char *by_number)
{
  const char *name = g_hash_table_lookup (supply, by_name);
  const char *number = g_hash_table_lookup (supply, by_number);
  return name != NULL || number == NULL ? name : strcmp (number, "0") == 0 ? "root" : "";
}

static void
fail (const PackageVisit *visit, const char *fact, const char *shipped, const char *expected)
{
  assay_account_add_fact (visit->work, visit->package, assay_text_intern (fact), shipped, expected,
                          ASSAY_CLASS_UNEXPLAINED, expected == NULL ? "no-counterpart" : "differs");
}

/* The owner against the one that is demanded. */
static void
judge_owner (const PackageVisit *visit, const AssayNode *file, const char *path)
{
  GHashTable *supply = assay_account_supply (visit->work, file, NULL);
  g_autofree char *fact = g_strconcat (ASSAY_RPM_FILE_OWNER, path, NULL);
  const char *said = assay_facts_get (visit->package->own_facts, fact);
  if (supply == NULL)
    return;
  g_auto (GStrv) both = g_strsplit (said == NULL ? "root:root" : said, ":", 2);
  const char *user = name_of_owner (supply, "user", "uid");
  const char *group = name_of_owner (supply, "group", "gid");
  if ((user == NULL || strcmp (user, both[0]) == 0) && (group == NULL || strcmp (group, both[1]) == 0))
    return;
  g_autofree char *wanted = g_strdup_printf ("%s:%s", user == NULL ? both[0] : user, group == NULL ? both[1] : group);
  fail (visit, fact, said == NULL ? "root:root" : said, wanted);
}

/* The mode against that of the entry, which is judged by itself. */
static void
judge_mode (const PackageVisit *visit, const AssayNode *file, const char *path)
{
  g_autofree char *fact = g_strconcat (ASSAY_RPM_FILE_MODE, path, NULL);
  const char *said = assay_facts_get (visit->package->own_facts, fact);
  const char *packed = assay_node_get_fact (file, "mode");
  said = said == NULL ? ASSAY_RPM_USUAL_MODE : said;
  if (g_strcmp0 (said, packed) != 0)
    fail (visit, fact, said, packed);
}

/* What the span holds; NULL where that is no digest. */
static char *
read_digest (const PackageVisit *visit, const AssaySpan *span)
{
  char text[ASSAY_DIGEST_HEX_SIZE];
  if (span == NULL || span->length != sizeof text
      || !assay_blob_read (visit->package->blob, span->offset, text, sizeof text, NULL))
    return NULL;
  return g_strndup (text, sizeof text - 1);
}

/* The digest, and with it the size: rpm takes as many bytes as the header says, whatever the entry says. */
static gboolean
judge_digest (const PackageVisit *visit, const AssayNode *file, const char *path, GError **error)
{
  AssayDigest digest;
  char wanted[ASSAY_DIGEST_HEX_SIZE];
  if (file->blob == NULL || !assay_sha256_blob (file->blob, 0, file->size, &digest, error))
    return file->blob == NULL;
  g_autofree char *fact = g_strconcat (ASSAY_RPM_FILE_DIGEST, path, NULL);
  g_autofree char *said = read_digest (visit, g_hash_table_lookup (visit->digests, fact));
  assay_digest_to_hex (&digest, wanted);
  if (g_strcmp0 (said, wanted) != 0)
    fail (visit, fact, said, wanted);
  return TRUE;
}

static gboolean
judge_packed (AssayNode *node, gpointer data)
{
  const PackageVisit *visit = data;
  g_autoptr (GError) problem = NULL;
  if (node->type != ASSAY_NODE_FILE || node->parent == NULL || strcmp (node->parent->format, "cpio") != 0
      || !assay_scope_holds (visit->work->options->scope, visit->work->links, node))
    return TRUE;
  g_autofree char *plain = assay_scope_plain_name (node);
  g_autofree char *path = g_strconcat ("/", plain, NULL);
  if (!judge_digest (visit, node, path, &problem))
    assay_account_leave_open (visit->work, visit->package, problem->message);
  if (!visit->alone)
    return TRUE;
  g_autofree char *fact = g_strconcat (ASSAY_RPM_FILE_MARK, path, NULL);
  const char *const name[] = { assay_text_intern (fact), NULL };
  assay_beside_facts (visit->work, visit->package, name, visit->package->own_facts, NULL);
  judge_owner (visit, node, path);
  judge_mode (visit, node, path);
  return TRUE;
}

void
assay_beside_package (AssayWork *work, const AssayNode *node, gboolean alone)
{
  g_autoptr (GHashTable) digests = g_hash_table_new (g_str_hash, g_str_equal);
  PackageVisit visit = { work, node, alone, digests };
  for (guint i = 0; i < node->spans->len; i++)
    {
      AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->fact != NULL && g_str_has_prefix (span->fact, ASSAY_RPM_FILE_DIGEST))
        g_hash_table_insert (digests, (gpointer)span->fact, span);
    }
  assay_node_visit ((AssayNode *)node, judge_packed, &visit);
}
