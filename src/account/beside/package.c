#include "account/package.h"
#include "account/beside/beside.h"

#include "account/supply.h"
#include "crypto/sha256.h"
#include "unpack/bytes.h"
#include "unpack/fact.h"
#include "unpack/rpm/rpm.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

/*
 * What the header of a package says of the files in scope, and of those that hold what is in scope. rpm goes by it
 * alone: how many bytes it writes, with what mode and owner, whether at all, and by the digest whether what lies on the
 * device already is the file (T5, T6).
 */

/** A package around what the scope names. @fields: spans of the header, of digests and sizes, by the name of
 * their fact */
typedef struct
{
  AssayWork *work;
  const AssayNode *package;
  gboolean alone; /* no rebuild makes it */
  GHashTable *fields;
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

static gboolean
judge_digest (const PackageVisit *visit, const AssayNode *file, const char *path, GError **error)
{
  AssayDigest digest;
  char wanted[ASSAY_DIGEST_HEX_SIZE];
  if (file->blob == NULL || !assay_sha256_blob (file->blob, 0, file->size, &digest, error))
    return file->blob == NULL;
  g_autofree char *fact = g_strconcat (ASSAY_RPM_FILE_DIGEST, path, NULL);
  g_autofree char *said = read_digest (visit, g_hash_table_lookup (visit->fields, fact));
  assay_digest_to_hex (&digest, wanted);
  if (g_strcmp0 (said, wanted) != 0)
    fail (visit, fact, said, wanted);
  return TRUE;
}

/* The size, by the numbers of one kind: rpm takes as many bytes as the header says, whatever the entry says. */
static gboolean
judge_size (const PackageVisit *visit, const AssayNode *file, const char *kind, const char *path)
{
  guint8 bytes[8] = { 0 };
  g_autofree char *fact = g_strconcat (kind, path, NULL);
  const AssaySpan *span = g_hash_table_lookup (visit->fields, fact);
  if (span == NULL)
    return FALSE;
  gboolean is_read = span->length <= sizeof bytes
                     && assay_blob_read (visit->package->blob, span->offset, bytes + sizeof bytes - span->length,
                                         (gsize)span->length, NULL);
  guint64 size = assay_get_be64 (bytes);
  g_autofree char *said = is_read ? g_strdup_printf ("%" G_GUINT64_FORMAT, size) : NULL;
  g_autofree char *wanted = g_strdup_printf ("%" G_GUINT64_FORMAT, file->size);
  if (g_strcmp0 (said, wanted) != 0)
    fail (visit, fact, said, wanted);
  return TRUE;
}

/* An entry of the payload, by which a device gets what is in scope. */
static void
judge_packed (const PackageVisit *visit, const AssayNode *node)
{
  g_autoptr (GError) problem = NULL;
  if (node->type != ASSAY_NODE_FILE || !assay_beside_is_held (visit->work, node))
    return;
  g_autofree char *plain = assay_scope_plain_name (node);
  g_autofree char *path = g_strconcat ("/", plain, NULL);
  if (!judge_digest (visit, node, path, &problem))
    assay_account_leave_open (visit->work, visit->package, problem->message);
  gboolean has_size = judge_size (visit, node, ASSAY_RPM_FILE_SIZE, path);
  if (!judge_size (visit, node, ASSAY_RPM_LONG_SIZE, path) && !has_size)
    fail (visit, ASSAY_RPM_FILE_SIZE, NULL, "one of each file");
  if (!visit->alone)
    return;
  g_autofree char *fact = g_strconcat (ASSAY_RPM_FILE_MARK, path, NULL);
  const char *const name[] = { assay_text_intern (fact), NULL };
  assay_beside_facts (visit->work, visit->package, name, visit->package->own_facts, NULL);
  judge_owner (visit, node, path);
  judge_mode (visit, node, path);
}

/* How rpm decodes the payload, and whether at all, it does not see in it; by which options it was encoded, which stands
 * beside, it does not ask. */
static void
judge_form (const PackageVisit *visit)
{
  const AssayNode *payload
      = visit->package->children->len == 1 ? g_ptr_array_index (visit->package->children, 0) : NULL;
  const char *const wanted[][2]
      = { { "rpm.payloadcompressor", payload == NULL ? NULL : payload->stream }, { "rpm.payloadformat", "cpio" } };
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      const char *said = assay_facts_get (visit->package->own_facts, wanted[i][0]);
      if (g_strcmp0 (said, wanted[i][1]) != 0)
        fail (visit, wanted[i][0], said, wanted[i][1]);
    }
}

void
assay_beside_package (AssayWork *work, const AssayNode *node, gboolean alone)
{
  g_autoptr (GHashTable) fields = g_hash_table_new (g_str_hash, g_str_equal);
  PackageVisit visit = { work, node, alone, fields };
  for (guint i = 0; i < node->spans->len; i++)
    {
      AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->fact != NULL
          && (g_str_has_prefix (span->fact, ASSAY_RPM_FILE_DIGEST) || g_str_has_prefix (span->fact, ASSAY_RPM_FILE_SIZE)
              || g_str_has_prefix (span->fact, ASSAY_RPM_LONG_SIZE)))
        g_hash_table_insert (fields, (gpointer)span->fact, span);
    }
  if (alone)
    judge_form (&visit);
  const AssayNode *payload = assay_account_package_payload (node);
  for (guint i = 0; payload != NULL && i < payload->children->len; i++)
    judge_packed (&visit, g_ptr_array_index (payload->children, i));
}
