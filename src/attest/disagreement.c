#include "attest/agreement.h"

#include "util/text.h"

#include <string.h>

/** Two comparisons that do not say the same. */
typedef struct
{
  const AssayTestimony *one;
  const AssayTestimony *other;
  GPtrArray *lines;
  guint more;
} Sides;

static void add (Sides *sides, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add (Sides *sides, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *line = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (sides->lines->len >= ASSAY_DISAGREEMENT_LINES)
    sides->more++;
  else
    g_ptr_array_add (sides->lines, assay_text_escape_shown (line));
}

static const char *
text_of (const json_t *object, const char *member)
{
  const char *text = json_string_value (json_object_get (object, member));
  return text == NULL ? "-" : text;
}

static const char *
party_of (const AssayTestimony *testimony)
{
  return g_array_index (testimony->signed_by, AssaySignedBy, 0).party->name;
}

/* What both say of one thing; a digest by its beginning, which is enough to tell two apart. */
static gboolean
differ (const json_t *one, const json_t *other, const char *member)
{
  return strcmp (text_of (one, member), text_of (other, member)) != 0;
}

static void
compare_sections (Sides *sides, const char *path, const json_t *one, const json_t *other)
{
  const json_t *sections = json_object_get (one, "sections");
  const json_t *others = json_object_get (other, "sections");
  for (gsize i = 0; i < MAX (json_array_size (sections), json_array_size (others)); i++)
    {
      const json_t *a = json_array_get (sections, i);
      const json_t *b = json_array_get (others, i);
      if (differ (a, b, "class") || differ (a, b, "expected_sha256") || differ (a, b, "name"))
        add (sides, "%s, section %s: %s says %s (expected %.12s), %s says %s (expected %.12s)", path,
             text_of (a != NULL ? a : b, "name"), party_of (sides->one), text_of (a, "class"),
             text_of (a, "expected_sha256"), party_of (sides->other), text_of (b, "class"),
             text_of (b, "expected_sha256"));
    }
}

static void
compare_files (Sides *sides)
{
  g_autoptr (GHashTable) others = g_hash_table_new (g_str_hash, g_str_equal);
  const json_t *file;
  size_t index;
  json_array_foreach (json_object_get (sides->other->claim.report, "files"), index, file)
      g_hash_table_insert (others, (gpointer)text_of (file, "path"), (gpointer)file);
  json_array_foreach (json_object_get (sides->one->claim.report, "files"), index, file)
  {
    const char *path = text_of (file, "path");
    const json_t *other = g_hash_table_lookup (others, path);
    if (differ (file, other, "verdict") || differ (file, other, "expected_sha256"))
      {
        add (sides, "%s: %s says %s (expected %.12s), %s says %s (expected %.12s)", path, party_of (sides->one),
             text_of (file, "verdict"), text_of (file, "expected_sha256"), party_of (sides->other),
             text_of (other, "verdict"), text_of (other, "expected_sha256"));
        compare_sections (sides, path, file, other);
      }
    g_hash_table_remove (others, path);
  }
  json_array_foreach (json_object_get (sides->other->claim.report, "files"), index, file)
  {
    if (g_hash_table_contains (others, text_of (file, "path")))
      add (sides, "%s: only %s speaks of it: %s", text_of (file, "path"), party_of (sides->other),
           text_of (file, "verdict"));
  }
}

static const AssayTestimony *
find (const GPtrArray *testimonies, gboolean passed)
{
  for (guint i = 0; i < testimonies->len; i++)
    {
      const AssayTestimony *testimony = g_ptr_array_index (testimonies, i);
      if (testimony->fault == NULL && testimony->claim.report != NULL && testimony->claim.passed == passed)
        return testimony;
    }
  return NULL;
}

GPtrArray *
assay_disagreement_list (const GPtrArray *testimonies)
{
  Sides sides = { .one = find (testimonies, TRUE), .lines = g_ptr_array_new_with_free_func (g_free) };
  for (guint i = 0; sides.one != NULL && i < testimonies->len; i++)
    {
      sides.other = g_ptr_array_index (testimonies, i);
      if (sides.other->fault == NULL && sides.other->claim.report != NULL && !sides.other->claim.passed)
        compare_files (&sides);
    }
  if (sides.more > 0)
    g_ptr_array_add (sides.lines, g_strdup_printf ("and %u more", sides.more));
  return sides.lines;
}
