#include "account/beside/beside.h"

#include "account/package.h"
#include "account/supply.h"
#include "crypto/cms.h"
#include "crypto/sha256.h"
#include "unpack/bytes.h"
#include "unpack/fact.h"
#include "unpack/rauc.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

/*
 * The manifest of a bundle of RAUC says which of its files goes to which slot, and what is run instead (RAUC's manual,
 * "Manifest"). In the format "verity" it is the one that the signature has in it which counts.
 */

#define IMAGE "image."

/* What a fact of the manifest is called: this, the group, and the key. */
#define FACT "rauc."

/* What the signature of a bundle has in it; NULL where that is nothing, or it cannot be read, with an error. */
static GBytes *
signed_content (const AssayNode *bundle, GError **error)
{
  for (guint i = 0; i < bundle->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (bundle->spans, AssaySpan, i);
      if (span->slot == NULL || span->length > ASSAY_RAUC_SIGNATURE_BYTES || span->length <= sizeof (guint64))
        continue;
      g_autofree guint8 *der = assay_blob_read_bytes (bundle->blob, span->offset, (gsize)span->length, error);
      return der == NULL ? NULL : assay_cms_get_content (der, (gsize)span->length);
    }
  return NULL;
}

/* (transfer full): the manifest by which a bundle is installed; of a squashfs without a signature the one in it. */
static GKeyFile *
read_manifest (const AssayNode *squashfs, GError **error)
{
  gboolean is_signed = squashfs->parent != NULL && g_strcmp0 (squashfs->parent->format, "rauc") == 0;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GBytes) text = is_signed ? signed_content (squashfs->parent, &failure) : NULL;
  const AssayNode *file
      = text == NULL && failure == NULL ? assay_account_bundle_file (squashfs, ASSAY_RAUC_MANIFEST) : NULL;
  if (file != NULL && file->size > 0 && file->size <= ASSAY_RAUC_MANIFEST_BYTES)
    {
      g_autofree guint8 *bytes = assay_blob_read_bytes (file->blob, 0, (gsize)file->size, &failure);
      text = bytes == NULL ? NULL : g_bytes_new (bytes, (gsize)file->size);
    }
  g_autoptr (GKeyFile) manifest = g_key_file_new ();
  if (failure == NULL && text == NULL)
    g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED,
                         "the bundle's manifest is not there, or too long");
  else if (failure == NULL && g_key_file_load_from_bytes (manifest, text, G_KEY_FILE_NONE, &failure))
    return g_steal_pointer (&manifest);
  else
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "the bundle's manifest: %s", failure->message);
  return NULL;
}

/* Whether a key says nothing of where a file goes: of which version the bundle is, and what follows from the files. */
static gboolean
is_free (const char *group, const char *key)
{
  static const char *const of_update[] = { "version", "description", "build", NULL };
  static const char *const of_bundle[] = { "verity-hash", "verity-salt", "verity-size", NULL };
  static const char *const of_image[] = { "sha256", "size", NULL };
  return g_str_has_prefix (group, "meta.") || (strcmp (group, "update") == 0 && g_strv_contains (of_update, key))
         || (strcmp (group, "bundle") == 0 && g_strv_contains (of_bundle, key))
         || (g_str_has_prefix (group, IMAGE) && g_strv_contains (of_image, key));
}

/* The image's class of slots: of "image.rootfs.variant" "rootfs"; NULL of another group. (transfer full) */
static char *
class_of (const char *group)
{
  const char *name = g_str_has_prefix (group, IMAGE) ? group + strlen (IMAGE) : NULL;
  return name == NULL ? NULL : g_strndup (name, strcspn (name, "."));
}

static const char *
name_of (const char *group, const char *key)
{
  g_autofree char *raw = g_strconcat (FACT, group, ".", key, NULL);
  g_autofree char *name = assay_text_escape_line (raw, -1);
  return assay_text_intern (name);
}

/** A bundle around what the scope names. @classes: of slots to which something in scope goes; NULL: all. @supply: what
 * pinned recipes' `entries` say of it (nullable) */
typedef struct
{
  AssayWork *work;
  const AssayNode *bundle;
  const AssayNode *squashfs;
  GHashTable *classes;
  GHashTable *supply;
} BundleVisit;

static const AssayNode *
held_file (const BundleVisit *visit, const char *name)
{
  const AssayNode *file = name == NULL ? NULL : assay_account_bundle_file (visit->squashfs, name);
  return file != NULL && assay_beside_is_held (visit->work, file) ? file : NULL;
}

/* Whether a line counts: all that are not free do beside a rebuild's; else what is installed in the place of what is in
 * scope, or instead of everything. */
static gboolean
counts (const BundleVisit *visit, const char *group, const char *key)
{
  if (visit->supply != NULL && g_hash_table_contains (visit->supply, name_of (group, key)))
    return TRUE;
  if (visit->classes == NULL || is_free (group, key))
    return !is_free (group, key);
  /* which slot it is, too: the one that `entries` say */
  g_autofree char *slot_class = class_of (group);
  return strcmp (group, "handler") == 0 || (slot_class != NULL && g_hash_table_contains (visit->classes, slot_class));
}

static GArray *
list_facts (const BundleVisit *visit, GKeyFile *manifest, GHashTable *names)
{
  GArray *facts = assay_facts_new ();
  g_auto (GStrv) groups = g_key_file_get_groups (manifest, NULL);
  for (char **group = groups; *group != NULL; group++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (manifest, *group, NULL, NULL);
      for (char **key = keys; key != NULL && *key != NULL; key++)
        {
          g_autofree char *value = g_key_file_get_value (manifest, *group, *key, NULL);
          if (value == NULL || !counts (visit, *group, *key))
            continue;
          assay_facts_add_raw (facts, name_of (*group, *key), value, strlen (value));
          g_hash_table_add (names, (gpointer)name_of (*group, *key));
        }
    }
  return facts;
}

static void
judge_lines (const BundleVisit *visit, GKeyFile *ours, GKeyFile *theirs)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GArray) shipped = list_facts (visit, ours, names);
  g_autoptr (GArray) expected = theirs == NULL ? NULL : list_facts (visit, theirs, names);
  g_autoptr (GList) supplied = visit->supply == NULL ? NULL : g_hash_table_get_keys (visit->supply);
  for (const GList *at = supplied; at != NULL; at = at->next)
    if (g_str_has_prefix (at->data, FACT))
      g_hash_table_add (names, at->data);
  g_autoptr (GList) sorted = g_list_sort (g_hash_table_get_keys (names), (GCompareFunc)strcmp);
  g_autoptr (GPtrArray) wanted = g_ptr_array_new ();
  for (const GList *at = sorted; at != NULL; at = at->next)
    g_ptr_array_add (wanted, at->data);
  g_ptr_array_add (wanted, NULL);
  assay_beside_facts (visit->work, visit->bundle, (const char *const *)wanted->pdata, shipped, expected);
}

static gboolean
judge_digest (const BundleVisit *visit, GKeyFile *manifest, const char *group, const AssayNode *file, GError **error)
{
  AssayDigest digest;
  char wanted[ASSAY_DIGEST_HEX_SIZE];
  if (!assay_sha256_blob (file->blob, 0, file->size, &digest, error))
    return FALSE;
  assay_digest_to_hex (&digest, wanted);
  g_autofree char *said = g_key_file_get_value (manifest, group, "sha256", NULL);
  g_autofree char *shown = said == NULL ? NULL : assay_text_escape_line (said, -1);
  if (g_strcmp0 (said, wanted) != 0)
    assay_account_add_fact (visit->work, visit->bundle, name_of (group, "sha256"), shown, wanted,
                            ASSAY_CLASS_UNEXPLAINED, "differs");
  return TRUE;
}

/* The files in scope that the manifest names: noted with their classes, and held against their digests. RAUC asks for
 * no digest of what it runs, a hook or a handler. */
static gboolean
judge_images (BundleVisit *visit, GKeyFile *manifest, GHashTable *classes, GHashTable *named, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (manifest, NULL);
  for (char **group = groups; *group != NULL; group++)
    {
      g_autofree char *name = g_key_file_get_value (manifest, *group, "filename", NULL);
      const AssayNode *file = held_file (visit, name);
      char *slot_class = file == NULL ? NULL : class_of (*group);
      if (file == NULL)
        continue;
      g_hash_table_add (named, (gpointer)file);
      if (slot_class == NULL)
        continue;
      g_hash_table_add (classes, slot_class);
      if (!judge_digest (visit, manifest, *group, file, error))
        return FALSE;
    }
  return TRUE;
}

/* What is in scope and is named nowhere is not installed. */
static void
judge_unnamed (const BundleVisit *visit, GHashTable *named)
{
  for (guint i = 0; i < visit->squashfs->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (visit->squashfs->children, i);
      if (child->type == ASSAY_NODE_FILE && assay_beside_is_held (visit->work, child)
          && !g_hash_table_contains (named, child) && strcmp (assay_node_local_name (child), ASSAY_RAUC_MANIFEST) != 0)
        assay_account_add_fact (visit->work, child, "rauc.manifest", "no line that names it", NULL,
                                ASSAY_CLASS_UNEXPLAINED, "no-counterpart");
    }
}

static gboolean
judge_bundle (AssayWork *work, const AssayNode *node, GError **error)
{
  const AssayNode *squashfs = node->children->len == 0 ? NULL : g_ptr_array_index (node->children, 0);
  g_autoptr (GHashTable) classes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) named = g_hash_table_new (NULL, NULL);
  if (squashfs == NULL || squashfs->children == NULL || !assay_beside_is_held (work, squashfs))
    return TRUE;
  const AssayNode *expected = assay_pairing_get (work->pairing, squashfs)->expected;
  gboolean equal = assay_pairing_get (work->pairing, node)->equal;
  gboolean paired
      = equal || (expected != NULL && expected->children != NULL && g_strcmp0 (expected->format, "squashfs") == 0);
  BundleVisit visit = { work, node, squashfs, paired ? NULL : classes, assay_account_supply (work, node, NULL) };
  g_autoptr (GKeyFile) ours = read_manifest (squashfs, error);
  g_autoptr (GKeyFile) theirs = ours == NULL || !paired ? NULL
                                : equal                 ? g_key_file_ref (ours)
                                                        : read_manifest (expected, error);
  if (ours == NULL || (paired && theirs == NULL) || !judge_images (&visit, ours, classes, named, error))
    return FALSE;
  judge_lines (&visit, ours, theirs);
  if (!paired)
    judge_unnamed (&visit, named);
  return TRUE;
}

void
assay_beside_bundle (AssayWork *work, const AssayNode *node)
{
  g_autoptr (GError) problem = NULL;
  if (!judge_bundle (work, node, &problem))
    assay_account_leave_open (work, node, problem != NULL ? problem->message : "the bundle's manifest was not read");
}
