#include "input/characters.h"
#include "input/path.h"
#include "input/schema.h"
#include "util/checked.h"
#include "util/text.h"

#include <limits.h>
#include <string.h>

gboolean
assay_schema_fail (const AssayYaml *yaml, const AssayYamlNode *node, const char *expected, GError **error)
{
  g_autofree char *shown = assay_yaml_quote (node->text);
  return assay_yaml_error (yaml, node->line, node->column, error, "%s is not %s", shown, expected);
}

static gboolean
is_nothing (const AssayYamlNode *node)
{
  static const char *const nothings[] = { "", "~", "null", "Null", "NULL", NULL };
  return node->is_plain && g_strv_contains (nothings, node->text);
}

/* Any scalar with a value, of characters that are as they look. */
static gboolean
require_text (const AssayYaml *yaml, const AssayYamlNode *node, AssayCharacters allowed, GError **error)
{
  gsize offset = 0;
  g_autofree char *why = NULL;
  if (!assay_schema_require (yaml, node, ASSAY_YAML_SCALAR, error))
    return FALSE;
  if (is_nothing (node))
    return assay_yaml_error (yaml, node->line, node->column, error,
                             "no value stands here; leave the key out, or write \"%s\"", node->text);
  if (assay_characters_find_refused (node->text, strlen (node->text), allowed, &offset, &why))
    return assay_yaml_error (yaml, node->line, node->column, error, "%s in this text", why);
  return TRUE;
}

static gboolean
require_filled (const AssayYaml *yaml, const AssayYamlNode *node, AssayCharacters allowed, GError **error)
{
  if (!require_text (yaml, node, allowed, error))
    return FALSE;
  return node->text[strspn (node->text, " \t\n")] != '\0'
         || assay_yaml_error (yaml, node->line, node->column, error, "expected a text, found an empty one");
}

gboolean
assay_schema_read_word (const AssayYaml *yaml, const AssayYamlNode *node, const AssaySchemaWord *words, gsize n_words,
                        int *out, GError **error)
{
  if (!require_text (yaml, node, ASSAY_CHARACTERS_LINE, error))
    return FALSE;
  g_autoptr (GString) expected = g_string_new (n_words > 1 ? "one of " : NULL);
  for (gsize i = 0; i < n_words; i++)
    {
      if (strcmp (node->text, words[i].word) == 0)
        {
          *out = words[i].value;
          return TRUE;
        }
      g_string_append_printf (expected, "%s`%s`", i > 0 ? ", " : "", words[i].word);
    }
  return assay_schema_fail (yaml, node, expected->str, error);
}

gboolean
assay_schema_read_text (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  if (!require_filled (yaml, node, ASSAY_CHARACTERS_LINE, error))
    return FALSE;
  *(char **)out = g_strdup (node->text);
  return TRUE;
}

gboolean
assay_schema_read_glob (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  if (!require_filled (yaml, node, ASSAY_CHARACTERS_LINE, error))
    return FALSE;
  if (assay_text_has_glob (node->text) && strlen (node->text) > ASSAY_GLOB_MAX_BYTES)
    return assay_schema_fail (yaml, node, "a path with `*` of at most " G_STRINGIFY (ASSAY_GLOB_MAX_BYTES) " bytes",
                              error);
  *(char **)out = g_strdup (node->text);
  return TRUE;
}

gboolean
assay_schema_read_text_or_empty (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  if (!require_text (yaml, node, ASSAY_CHARACTERS_LINE, error))
    return FALSE;
  *(char **)out = g_strdup (node->text);
  return TRUE;
}

gboolean
assay_schema_read_block (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  if (!require_filled (yaml, node, ASSAY_CHARACTERS_BLOCK, error))
    return FALSE;
  *(char **)out = g_strdup (node->text);
  return TRUE;
}

gboolean
assay_schema_read_prose (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  if (!require_filled (yaml, node, ASSAY_CHARACTERS_BLOCK, error))
    return FALSE;
  *(char **)out = g_strstrip (g_strdup (node->text));
  return TRUE;
}

gboolean
assay_schema_read_texts (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  if (!assay_schema_require_items (yaml, node, error))
    return FALSE;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < node->items->len; i++)
    {
      char *text = NULL;
      if (!assay_schema_read_text (yaml, g_ptr_array_index (node->items, i), &text, error))
        return FALSE;
      g_ptr_array_add (texts, text);
    }
  g_ptr_array_add (texts, NULL);
  *(char ***)out = (char **)g_ptr_array_steal (texts, NULL);
  return TRUE;
}

gboolean
assay_schema_read_boolean (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const AssaySchemaWord words[] = { { "true", TRUE }, { "false", FALSE } };
  int value = FALSE;
  if (!assay_schema_read_word (yaml, node, words, G_N_ELEMENTS (words), &value, error))
    return FALSE;
  *(gboolean *)out = value;
  return TRUE;
}

static gboolean
parse_digits (const char *text, gsize length, guint base, guint64 *out)
{
  guint64 value = 0;
  if (length == 0)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      int digit = g_ascii_xdigit_value (text[i]);
      if (digit < 0 || (guint)digit >= base || !assay_u64_multiply (value, base, &value)
          || !assay_u64_add (value, (guint64)digit, &value))
        return FALSE;
    }
  *out = value;
  return TRUE;
}

/* The decimal number that a text begins with; what follows it goes to @out_rest. */
static gboolean
parse_decimal (const char *text, guint64 *out, const char **out_rest)
{
  gsize digits = strspn (text, "0123456789");
  *out_rest = text + digits;
  return !(text[0] == '0' && digits > 1) && parse_digits (text, digits, 10, out);
}

gboolean
assay_schema_read_count (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  guint64 value = 0;
  const char *rest = NULL;
  if (!require_text (yaml, node, ASSAY_CHARACTERS_LINE, error))
    return FALSE;
  if (!parse_decimal (node->text, &value, &rest) || *rest != '\0')
    return assay_schema_fail (yaml, node, "a count, as 12", error);
  *(guint64 *)out = value;
  return TRUE;
}

gboolean
assay_schema_read_positive (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  guint64 value = 0;
  if (!assay_schema_read_count (yaml, node, &value, error))
    return FALSE;
  if (value == 0)
    return assay_schema_fail (yaml, node, "a count of at least 1", error);
  *(guint64 *)out = value;
  return TRUE;
}

/* A unit's name and what one of it is in the smallest one. */
typedef struct
{
  const char *name;
  guint64 factor;
} Unit;

static gboolean
parse_with_unit (const char *text, const Unit *units, gsize n_units, guint64 *out)
{
  guint64 number = 0;
  const char *rest = NULL;
  if (!parse_decimal (text, &number, &rest))
    return FALSE;
  for (gsize i = 0; i < n_units; i++)
    if (strcmp (rest, units[i].name) == 0)
      return assay_u64_multiply (number, units[i].factor, out);
  return FALSE;
}

gboolean
assay_schema_read_offset (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const Unit units[] = {
    { "", 1 },
    { "KiB", G_GUINT64_CONSTANT (1) << 10 },
    { "MiB", G_GUINT64_CONSTANT (1) << 20 },
    { "GiB", G_GUINT64_CONSTANT (1) << 30 },
    { "TiB", G_GUINT64_CONSTANT (1) << 40 },
  };
  guint64 value = 0;
  if (!require_text (yaml, node, ASSAY_CHARACTERS_LINE, error))
    return FALSE;
  gboolean is_hex = g_str_has_prefix (node->text, "0x");
  if (!(is_hex ? parse_digits (node->text + 2, strlen (node->text + 2), 16, &value)
               : parse_with_unit (node->text, units, G_N_ELEMENTS (units), &value)))
    return assay_schema_fail (yaml, node, "a number of bytes, as 4096, 0x1000 or 8GiB (KiB, MiB, GiB, TiB)", error);
  *(guint64 *)out = value;
  return TRUE;
}

gboolean
assay_schema_read_size (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  guint64 value = 0;
  if (!assay_schema_read_offset (yaml, node, &value, error))
    return FALSE;
  if (value == 0)
    return assay_schema_fail (yaml, node, "a size of at least 1 byte", error);
  *(guint64 *)out = value;
  return TRUE;
}

static gboolean
read_span (const AssayYaml *yaml, const AssayYamlNode *node, const Unit *units, gsize n_units, const char *expected,
           guint64 *out, GError **error)
{
  guint64 value = 0;
  if (!require_text (yaml, node, ASSAY_CHARACTERS_LINE, error))
    return FALSE;
  if (!parse_with_unit (node->text, units, n_units, &value) || value == 0)
    return assay_schema_fail (yaml, node, expected, error);
  *out = value;
  return TRUE;
}

gboolean
assay_schema_read_duration (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const Unit units[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 } };
  return read_span (yaml, node, units, G_N_ELEMENTS (units), "a time of at least 1 second, as 90s, 30m or 6h", out,
                    error);
}

gboolean
assay_schema_read_age (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const Unit units[] = { { "h", 3600 }, { "d", 86400 } };
  return read_span (yaml, node, units, G_N_ELEMENTS (units), "an age of at least 1 hour, as 12h or 90d", out, error);
}

gboolean
assay_schema_read_date (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  guint64 year = 0, month = 0, day = 0;
  if (!require_text (yaml, node, ASSAY_CHARACTERS_LINE, error))
    return FALSE;
  const char *text = node->text;
  gboolean is_date = strlen (text) == 10 && text[4] == '-' && text[7] == '-' && parse_digits (text, 4, 10, &year)
                     && parse_digits (text + 5, 2, 10, &month) && parse_digits (text + 8, 2, 10, &day) && year >= 1970;
  /* NULL for a day that the calendar does not have. */
  g_autoptr (GDateTime) date = is_date ? g_date_time_new_utc ((int)year, (int)month, (int)day, 0, 0, 0) : NULL;
  if (date == NULL)
    return assay_schema_fail (yaml, node, "a day since 1970, as 2027-01-31", error);
  *(gint64 *)out = g_date_time_to_unix (date);
  return TRUE;
}

gboolean
assay_schema_read_digest (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  if (!require_text (yaml, node, ASSAY_CHARACTERS_LINE, error))
    return FALSE;
  return assay_digest_from_hex (node->text, out)
         || assay_schema_fail (yaml, node, "a SHA-256 digest, which has 64 hexadecimal digits", error);
}

static gboolean
read_path (const AssayYaml *yaml, const AssayYamlNode *node, gboolean absolute, char **out, GError **error)
{
  if (!require_filled (yaml, node, ASSAY_CHARACTERS_LINE, error))
    return FALSE;
  if (strlen (node->text) >= PATH_MAX)
    return assay_schema_fail (yaml, node, "a path that Linux can open: it is too long", error);
  char *path = (*node->text == '/') == absolute ? assay_path_normalize (node->text) : NULL;
  if (path == NULL)
    return assay_schema_fail (yaml, node, absolute ? "an absolute path without `..`" : "a relative path without `..`",
                              error);
  *out = path;
  return TRUE;
}

gboolean
assay_schema_read_relative (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_path (yaml, node, FALSE, out, error);
}

gboolean
assay_schema_read_absolute (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_path (yaml, node, TRUE, out, error);
}
