#include "compare/pair_children.h"

#include "compare/bytes.h"

#include <string.h>

/* What the names of a package's members control.tar and data.tar end in, which dpkg takes by any of these (deb(5)). Of
 * other members, and everywhere else, another name is another file. */
static const struct
{
  const char *suffix;
  const char *stream; /* the codec that it stands for: a name that lies about it is another name */
} compression_suffixes[] = {
  { ".gz", "gzip" }, { ".bz2", "bzip2" }, { ".xz", "xz" },   { ".zst", "zstd" },
  { ".lz4", "lz4" }, { ".lzma", "lzma" }, { ".lz", "lzip" },
};

const char *
assay_node_local_name (const AssayNode *node)
{
  const AssayNode *parent = node->parent;
  if (parent == NULL || parent->parent == NULL)
    return node->path;
  const char *name = node->path + strlen (parent->path);
  while (*name == '/')
    name++;
  return name;
}

void
assay_pairing_match_equal (AssayPairing *pairing, AssayNode *shipped, const AssayExpectation *expectation,
                           AssayMatchKind kind)
{
  AssayMatch *match = assay_pairing_get (pairing, shipped);
  if (match->kind != ASSAY_MATCH_NONE)
    return;
  match->kind = kind;
  match->expectation = expectation;
  match->equal = TRUE;
  for (guint i = 0; shipped->children != NULL && i < shipped->children->len; i++)
    assay_pairing_match_equal (pairing, g_ptr_array_index (shipped->children, i), expectation, ASSAY_MATCH_NAME);
}

void
assay_pairing_add_missing (AssayPairing *pairing, const char *path, AssayNode *expected)
{
  AssayMissing *missing = g_new0 (AssayMissing, 1);
  missing->path = g_strdup (path);
  missing->expected = expected;
  g_ptr_array_add (pairing->missing, missing);
}

/* The name without the suffix of its compression; NULL when it has none. */
static char *
without_suffix (const AssayNode *node)
{
  const char *name = assay_node_local_name (node);
  gboolean member = node->parent != NULL && strcmp (node->parent->format, "deb") == 0 && node->stream != NULL;
  for (gsize i = 0; member && i < G_N_ELEMENTS (compression_suffixes); i++)
    if (g_str_has_suffix (name, compression_suffixes[i].suffix)
        && strcmp (node->stream, compression_suffixes[i].stream) == 0)
      {
        g_autofree char *stem = g_strndup (name, strlen (name) - strlen (compression_suffixes[i].suffix));
        return g_str_equal (stem, "control.tar") || g_str_equal (stem, "data.tar") ? g_steal_pointer (&stem) : NULL;
      }
  return NULL;
}

/* Names of children to themselves; a name that stands twice keeps the first, the other has `#2` behind it. */
static GHashTable *
index_names (const AssayNode *node, char *(*name_of) (const AssayNode *child))
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < node->children->len; i++)
    {
      AssayNode *child = g_ptr_array_index (node->children, i);
      char *name = name_of (child);
      if (name != NULL && !g_hash_table_contains (index, name))
        g_hash_table_insert (index, name, child);
      else
        g_free (name);
    }
  return index;
}

static char *
full_name (const AssayNode *child)
{
  return g_strdup (assay_node_local_name (child));
}

/** One way in which children find each other. */
typedef struct
{
  char *(*name_of) (const AssayNode *child);
  AssayMatchKind kind;
} NameRule;

static gboolean
pair_by (AssayPairing *pairing, AssayNode *shipped, AssayNode *expected, const NameRule *rule, GHashTable *used,
         const AssayExpectation *expectation, GError **error)
{
  g_autoptr (GHashTable) index = index_names (expected, rule->name_of);
  for (guint i = 0; i < shipped->children->len; i++)
    {
      AssayNode *child = g_ptr_array_index (shipped->children, i);
      if (g_hash_table_contains (used, child))
        continue;
      g_autofree char *name = rule->name_of (child);
      AssayNode *other = name == NULL ? NULL : g_hash_table_lookup (index, name);
      if (other == NULL || g_hash_table_contains (used, other))
        continue;
      g_hash_table_add (used, child);
      g_hash_table_add (used, other);
      if (!assay_pairing_match_node (pairing, child, other, expectation, rule->kind, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
pair_streams (AssayPairing *pairing, AssayNode *shipped, AssayNode *expected, GHashTable *used,
              const AssayExpectation *expectation, GError **error)
{
  if (shipped->stream == NULL || expected->stream == NULL || shipped->children->len != 1
      || expected->children->len != 1)
    return TRUE;
  AssayNode *child = g_ptr_array_index (shipped->children, 0);
  AssayNode *other = g_ptr_array_index (expected->children, 0);
  if (g_hash_table_contains (used, child))
    return TRUE;
  g_hash_table_add (used, child);
  g_hash_table_add (used, other);
  return assay_pairing_match_node (pairing, child, other, expectation, ASSAY_MATCH_RECOMPRESSED, error);
}

static gboolean
pair_children (AssayPairing *pairing, AssayNode *shipped, AssayNode *expected, const AssayExpectation *expectation,
               GError **error)
{
  static const NameRule by_name = { full_name, ASSAY_MATCH_NAME };
  static const NameRule by_stem = { without_suffix, ASSAY_MATCH_RECOMPRESSED };
  g_autoptr (GHashTable) used = g_hash_table_new (NULL, NULL);
  if (!pair_by (pairing, shipped, expected, &by_name, used, expectation, error)
      || !pair_streams (pairing, shipped, expected, used, expectation, error)
      || !pair_by (pairing, shipped, expected, &by_stem, used, expectation, error))
    return FALSE;
  const char *joint = shipped->parent == NULL && strcmp (shipped->path, ".") == 0 ? "" : "//";
  for (guint i = 0; i < expected->children->len; i++)
    {
      AssayNode *other = g_ptr_array_index (expected->children, i);
      if (g_hash_table_contains (used, other))
        continue;
      g_autofree char *path
          = g_strconcat (*joint == '\0' ? "" : shipped->path, joint, assay_node_local_name (other), NULL);
      assay_pairing_add_missing (pairing, path, other);
    }
  return TRUE;
}

/* Formats that are something else with a signature behind it. */
static gboolean
is_signed (const AssayNode *node)
{
  return strcmp (node->format, "signed-module") == 0 || strcmp (node->format, "rauc") == 0;
}

/* A signature was put behind what the rebuild made without one. A second one behind the first is none that anybody
 * reads. */
static gboolean
is_wrapped (const AssayPairing *pairing, const AssayNode *shipped, const AssayNode *expected)
{
  gboolean again = shipped->parent != NULL && assay_pairing_get (pairing, shipped->parent)->wrapped;
  return !again && is_signed (shipped) && shipped->children->len == 1 && !is_signed (expected)
         && expected->blob != NULL;
}

gboolean
assay_node_is_whole (const AssayNode *shipped, const AssayNode *expected)
{
  return strcmp (expected->format, "vmlinux") == 0 && strcmp (shipped->format, "vmlinux") != 0;
}

/* Two outputs that say different things of one place: of several builds nobody knows which of them it is (T1). */
static gboolean
check_agreement (AssayPairing *pairing, const AssayMatch *match, const AssayNode *expected,
                 const AssayExpectation *expectation, GError **error)
{
  const AssayNode *shipped = match->shipped;
  AssayBlob *known = match->expected != NULL ? match->expected->blob : match->equal ? shipped->blob : NULL;
  gboolean same = FALSE;
  if (match->expectation == NULL || match->expectation == expectation)
    return TRUE;
  if (known == NULL || expected->blob == NULL)
    same = match->expected == NULL || (match->expected->type == expected->type && known == expected->blob);
  else if (!assay_blob_equal (known, expected->blob, &same, error))
    return FALSE;
  if (!same)
    g_ptr_array_add (pairing->ambiguous, g_strdup_printf ("two outputs stand for %s: %s and %s", shipped->path,
                                                          match->expectation->from, expectation->from));
  return TRUE;
}

gboolean
assay_pairing_match_node (AssayPairing *pairing, AssayNode *shipped, AssayNode *expected,
                          const AssayExpectation *expectation, AssayMatchKind kind, GError **error)
{
  AssayMatch *match = assay_pairing_get (pairing, shipped);
  if (match->kind != ASSAY_MATCH_NONE)
    return check_agreement (pairing, match, expected, expectation, error);
  if (shipped->spans != NULL && shipped->blob != NULL && expected->blob != NULL)
    {
      gboolean equal = FALSE;
      if (!assay_blob_equal (shipped->blob, expected->blob, &equal, error))
        return FALSE;
      if (equal)
        for (guint i = 0; i < shipped->children->len; i++)
          assay_pairing_match_equal (pairing, g_ptr_array_index (shipped->children, i), expectation, ASSAY_MATCH_NAME);
      match->equal = equal;
    }
  match->kind = kind;
  match->expectation = expectation;
  match->expected = expected;
  if (match->equal || shipped->children == NULL || expected->children == NULL)
    return TRUE;
  if (is_wrapped (pairing, shipped, expected))
    {
      match->wrapped = TRUE;
      return assay_pairing_match_node (pairing, g_ptr_array_index (shipped->children, 0), expected, expectation,
                                       ASSAY_MATCH_NAME, error);
    }
  return assay_node_is_whole (shipped, expected) || pair_children (pairing, shipped, expected, expectation, error);
}
