#include "account/names/other_names.h"

#include "compare/pairing.h"
#include "unpack/fact.h"

#include <string.h>

/* "%2F" stands for an empty component of a name: "/mod.py" at the top of an archive is mod.py to who unpacks it. */
const char *
assay_account_last_component (const char *path)
{
  const char *slash = strrchr (path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  while (g_str_has_prefix (name, "%2F") && name[strlen ("%2F")] != '\0')
    name += strlen ("%2F");
  return name;
}

char *
assay_account_small_directory (const AssayNode *node)
{
  g_autofree char *above = g_path_get_dirname (assay_node_local_name (node));
  return g_ascii_strdown (assay_account_last_component (above), -1);
}

/** A short name: eight bytes, and three behind a point that is not written, both filled up with blanks. */
#define STEM_BYTES 8u

static void
add (const char *path, GStringChunk *texts, GPtrArray *names)
{
  const char *name = path == NULL ? "" : assay_account_last_component (path);
  if (*name != '\0')
    g_ptr_array_add (names, g_string_chunk_insert_const (texts, name));
}

static char *
short_name_of (const AssayNode *node)
{
  g_autofree char *name = assay_facts_get_text (node->facts, "short-name");
  if (strlen (name) <= STEM_BYTES)
    return g_steal_pointer (&name);
  g_autofree char *stem = g_strchomp (g_strndup (name, STEM_BYTES));
  const char *extension = g_strchomp (name + STEM_BYTES);
  return *extension == '\0' ? g_steal_pointer (&stem) : g_strconcat (stem, ".", extension, NULL);
}

/* Without the version behind it, and the point that a name without an extension ends with (ECMA-119, 7.5). */
static char *
iso_name_of (const AssayNode *node)
{
  char *name = assay_facts_get_text (node->facts, "iso-name");
  name[strcspn (name, ";")] = '\0';
  if (g_str_has_suffix (name, "."))
    name[strlen (name) - 1] = '\0';
  return name;
}

void
assay_account_add_unpacked_name (const char *packed, GStringChunk *texts, GPtrArray *names)
{
  static const struct
  {
    const char *packed;
    const char *unpacked;
  } suffixes[] = { { ".gz", "" },      { ".xz", "" },       { ".bz2", "" },     { ".zst", "" },
                   { ".zstd", "" },    { ".lz4", "" },      { ".lzma", "" },    { ".lz", "" },
                   { ".z", "" },       { ".tgz", ".tar" },  { ".taz", ".tar" }, { ".txz", ".tar" },
                   { ".tbz", ".tar" }, { ".tbz2", ".tar" }, { ".tlz", ".tar" }, { ".tzst", ".tar" } };
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      gsize length = strlen (packed);
      gsize suffix = strlen (suffixes[i].packed);
      if (length <= suffix || g_ascii_strcasecmp (packed + length - suffix, suffixes[i].packed) != 0)
        continue;
      g_autofree char *stem = g_strndup (packed, length - suffix);
      g_autofree char *unpacked = g_strconcat (stem, suffixes[i].unpacked, NULL);
      add (unpacked, texts, names);
      return;
    }
}

void
assay_account_add_unpacked_names (const AssayNode *packed, GStringChunk *texts, GPtrArray *names)
{
  g_autofree char *stored = assay_facts_get_text (packed->own_facts, "name");
  add (stored, texts, names);
  assay_account_add_unpacked_name (assay_account_last_component (packed->path), texts, names);
}

void
assay_account_add_other_names (const AssayNode *node, GStringChunk *texts, GPtrArray *names)
{
  g_autofree char *of_header = assay_node_get_other_name (node);
  add (of_header, texts, names);
  if (node->facts != NULL && node->parent != NULL && node->parent->stream == NULL)
    {
      g_autofree char *of_fat = short_name_of (node);
      g_autofree char *of_iso = iso_name_of (node);
      add (of_fat, texts, names);
      add (of_iso, texts, names);
    }
  if (node->parent != NULL && node->parent->stream != NULL && node->parent->parent != NULL)
    assay_account_add_unpacked_names (node->parent, texts, names);
}
