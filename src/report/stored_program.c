#include "report/stored_program.h"

#include "report/form.h"

#include <string.h>

static gboolean
read_right (const json_t *word, guint *rights)
{
  AssayRight right = 0;
  const char *name;
  for (guint i = 0; (name = assay_right_name (i, &right)) != NULL; i++)
    if (g_strcmp0 (json_string_value (word), name) == 0)
      {
        gboolean first = (*rights & right) == 0;
        *rights |= right;
        return first;
      }
  return FALSE;
}

/* A word that nobody knows would be a right that nobody forbids. */
static gboolean
read_rights (const json_t *file, const char *path, guint *rights, GError **error)
{
  const json_t *words = json_object_get (file, "rights");
  const json_t *word;
  size_t index;
  if (words != NULL && json_array_size (words) == 0)
    return assay_form_fail (path, "rights", error);
  json_array_foreach (words, index, word)
  {
    if (!read_right (word, rights))
      return assay_form_fail (path, "rights", error);
  }
  return TRUE;
}

/* "0x" and at most 16 digits, as the schema has checked. */
static guint64
address_of (const json_t *object)
{
  const char *text = json_string_value (json_object_get (object, "address"));
  return text == NULL ? 0 : g_ascii_strtoull (text, NULL, 16);
}

/** What a section and a segment have in common: where their values go. */
typedef struct
{
  const char *key; /* of what it is called */
  char **name;
  const char **flags;
  guint64 *offset;
  guint64 *size;
  guint64 *address;
} Part;

static gboolean
read_part (const json_t *object, const char *path, const Part *out, GError **error)
{
  const char *name = NULL;
  if (!assay_form_text (object, path, out->key, &name, error)
      || !assay_form_text (object, path, "flags", out->flags, error)
      || !assay_form_count (object, path, "offset", out->offset, error)
      || !assay_form_count (object, path, "size", out->size, error))
    return FALSE;
  *out->name = g_strdup (name);
  *out->address = address_of (object);
  return TRUE;
}

static gboolean
read_sections (const json_t *list, const char *path, AssayNodeAccount *out, GError **error)
{
  const json_t *object;
  size_t index;
  out->sections = list == NULL ? NULL : g_array_new (FALSE, TRUE, sizeof (AssaySectionAccount));
  json_array_foreach (list, index, object)
  {
    AssaySectionAccount section = { NULL };
    const Part part = { "name", &section.name, &section.flags, &section.offset, &section.size, &section.address };
    if (!read_part (object, path, &part, error))
      return FALSE;
    const json_t *is_table = json_object_get (object, "symbol_table");
    section.is_symbol_table = json_is_true (is_table);
    g_array_append_val (out->sections, section);
    if (!json_is_boolean (is_table))
      return assay_form_fail (path, "symbol_table", error);
  }
  return TRUE;
}

static gboolean
read_segments (const json_t *list, const char *path, AssayNodeAccount *out, GError **error)
{
  const json_t *object;
  size_t index;
  out->segments = list == NULL ? NULL : g_array_new (FALSE, TRUE, sizeof (AssaySegmentAccount));
  json_array_foreach (list, index, object)
  {
    AssaySegmentAccount segment = { NULL };
    const Part part = { "type", &segment.type, &segment.flags, &segment.offset, &segment.size, &segment.address };
    if (!read_part (object, path, &part, error))
      return FALSE;
    g_array_append_val (out->segments, segment);
  }
  return TRUE;
}

gboolean
assay_stored_read_program (const json_t *file, const char *path, AssayNodeAccount *out, GError **error)
{
  out->flat = json_is_true (json_object_get (file, "flat"));
  out->unclaimed = json_is_true (json_object_get (file, "unclaimed"));
  return read_rights (file, path, &out->rights, error)
         && read_sections (json_object_get (file, "sections"), path, out, error)
         && read_segments (json_object_get (file, "segments"), path, out, error);
}

void
assay_stored_clear_program (AssayNodeAccount *node_account)
{
  for (guint i = 0; node_account->sections != NULL && i < node_account->sections->len; i++)
    g_free (g_array_index (node_account->sections, AssaySectionAccount, i).name);
  for (guint i = 0; node_account->segments != NULL && i < node_account->segments->len; i++)
    g_free (g_array_index (node_account->segments, AssaySegmentAccount, i).type);
  g_clear_pointer (&node_account->sections, g_array_unref);
  g_clear_pointer (&node_account->segments, g_array_unref);
}
