#include "report/form.h"

#include "util/text.h"

#include <assay/error.h>

#include <string.h>

#define FIRST_HEX (G_GUINT64_CONSTANT (1) << 53)

gboolean
assay_form_fail (const char *where, const char *key, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (where, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
               "not a whole report: %s: the member \"%s\" is not as it should be", shown, key);
  return FALSE;
}

static const json_t *
member_of (const json_t *object, const char *where, const char *key, json_type type, GError **error)
{
  const json_t *member = json_object_get (object, key);
  if (member != NULL && json_typeof (member) == type)
    return member;
  assay_form_fail (where, key, error);
  return NULL;
}

const json_t *
assay_form_object (const json_t *object, const char *where, const char *key, GError **error)
{
  return member_of (object, where, key, JSON_OBJECT, error);
}

const json_t *
assay_form_array (const json_t *object, const char *where, const char *key, GError **error)
{
  return member_of (object, where, key, JSON_ARRAY, error);
}

gboolean
assay_form_text (const json_t *object, const char *where, const char *key, const char **out, GError **error)
{
  const json_t *member = member_of (object, where, key, JSON_STRING, error);
  if (member != NULL)
    *out = json_string_value (member);
  return member != NULL;
}

gboolean
assay_form_optional_text (const json_t *object, const char *where, const char *key, const char **out, GError **error)
{
  const json_t *member = json_object_get (object, key);
  *out = json_string_value (member);
  return member == NULL || json_is_null (member) || json_is_string (member) || assay_form_fail (where, key, error);
}

gboolean
assay_form_count (const json_t *object, const char *where, const char *key, guint64 *out, GError **error)
{
  const json_t *member = json_object_get (object, key);
  const char *text = json_string_value (member);
  guint64 value = 0;
  if (json_is_integer (member) && json_integer_value (member) >= 0 && (guint64)json_integer_value (member) < FIRST_HEX)
    {
      *out = (guint64)json_integer_value (member);
      return TRUE;
    }
  /* Only as it is written: "0x" and digits without a zero before them. */
  if (text == NULL || !g_str_has_prefix (text, "0x") || text[2] == '0'
      || strspn (text + 2, "0123456789abcdef") != strlen (text + 2)
      || !g_ascii_string_to_unsigned (text + 2, 16, FIRST_HEX, G_MAXUINT64, &value, NULL))
    return assay_form_fail (where, key, error);
  *out = value;
  return TRUE;
}

gboolean
assay_form_boolean (const json_t *object, const char *where, const char *key, gboolean *out, GError **error)
{
  const json_t *member = json_object_get (object, key);
  *out = json_is_true (member);
  return json_is_boolean (member) || assay_form_fail (where, key, error);
}

gboolean
assay_form_digest (const json_t *object, const char *where, const char *key, AssayDigest *out, GError **error)
{
  const char *text = NULL;
  if (!assay_form_text (object, where, key, &text, error))
    return FALSE;
  return (strspn (text, "0123456789abcdef") == 64 && assay_digest_from_hex (text, out))
         || assay_form_fail (where, key, error);
}

gboolean
assay_form_class (const json_t *object, const char *where, const char *key, AssayClass *out, GError **error)
{
  const char *text = NULL;
  if (!assay_form_text (object, where, key, &text, error))
    return FALSE;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if (strcmp (text, assay_class_name ((AssayClass)i)) == 0)
      {
        *out = (AssayClass)i;
        return TRUE;
      }
  return assay_form_fail (where, key, error);
}

gboolean
assay_form_classes (const json_t *object, const char *where, guint64 totals[ASSAY_CLASS_COUNT], guint64 *out_total,
                    GError **error)
{
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if (!assay_form_count (object, where, assay_class_name ((AssayClass)i), &totals[i], error))
      return FALSE;
  return assay_form_count (object, where, "total", out_total, error);
}

GPtrArray *
assay_form_texts (const json_t *object, const char *where, const char *key, GError **error)
{
  const json_t *array = assay_form_array (object, where, key, error);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  const json_t *entry;
  size_t index;
  if (array == NULL)
    return NULL;
  json_array_foreach (array, index, entry)
  {
    if (!json_is_string (entry))
      {
        assay_form_fail (where, key, error);
        return NULL;
      }
    g_ptr_array_add (texts, g_strdup (json_string_value (entry)));
  }
  return g_steal_pointer (&texts);
}
