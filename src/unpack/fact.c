#include "unpack/fact.h"

#include "util/checked.h"
#include "util/text.h"

#include <string.h>

static void
clear_fact (gpointer data)
{
  AssayFact *fact = data;
  g_clear_pointer (&fact->value, g_free);
}

GArray *
assay_facts_new (void)
{
  GArray *facts = g_array_new (FALSE, TRUE, sizeof (AssayFact));
  g_array_set_clear_func (facts, clear_fact);
  return facts;
}

void
assay_facts_take (GArray *facts, const char *name, char *value)
{
  AssayFact fact = { name, value };
  g_array_append_val (facts, fact);
}

guint64
assay_fact_cost (const AssayFact *fact)
{
  return sizeof *fact + strlen (fact->name) + strlen (fact->value);
}

void
assay_facts_add (GArray *facts, const char *name, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  assay_facts_take (facts, name, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

void
assay_facts_add_number (GArray *facts, const char *name, guint64 value)
{
  assay_facts_add (facts, name, "%" G_GUINT64_FORMAT, value);
}

void
assay_facts_add_raw (GArray *facts, const char *name, const char *raw, gsize length_bytes)
{
  assay_facts_take (facts, name, assay_text_escape_line (raw, (gssize)length_bytes));
}

void
assay_facts_add_hex (GArray *facts, const char *name, const guint8 *bytes, gsize length_bytes)
{
  assay_facts_take (facts, name, assay_text_hex (bytes, length_bytes));
}

const char *
assay_facts_get (const GArray *facts, const char *name)
{
  if (facts == NULL)
    return NULL;
  for (guint i = 0; i < facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (facts, AssayFact, i);
      if (strcmp (fact->name, name) == 0)
        return fact->value;
    }
  return NULL;
}

gboolean
assay_number_parse (const char *text, gsize length_bytes, guint base, guint64 *out_value)
{
  guint64 value = 0;
  if (length_bytes == 0)
    return FALSE;
  for (gsize i = 0; i < length_bytes; i++)
    {
      int digit = g_ascii_xdigit_value (text[i]);
      if (digit < 0 || (guint)digit >= base)
        return FALSE;
      if (!assay_u64_multiply (value, base, &value) || !assay_u64_add (value, (guint64)digit, &value))
        return FALSE;
    }
  *out_value = value;
  return TRUE;
}

gboolean
assay_facts_get_number (const GArray *facts, const char *name, guint base, guint64 missing, guint64 *out_value)
{
  const char *value = assay_facts_get (facts, name);
  if (value != NULL)
    return assay_number_parse (value, strlen (value), base, out_value);
  *out_value = missing;
  return TRUE;
}

GBytes *
assay_fact_unescape (const char *text)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  for (const char *c = text; *c != '\0';)
    {
      guint8 byte = (guint8)*c;
      gsize used = 1;
      if (c[0] == '\\' && c[1] == '\\')
        used = 2;
      else if (c[0] == '\\')
        {
          if (c[1] != 'x' || !g_ascii_isxdigit (c[2]) || !g_ascii_isxdigit (c[3]))
            return NULL;
          byte = (guint8)(g_ascii_xdigit_value (c[2]) * 16 + g_ascii_xdigit_value (c[3]));
          used = 4;
        }
      g_byte_array_append (bytes, &byte, 1);
      c += used;
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

GBytes *
assay_facts_get_raw (const GArray *facts, const char *name)
{
  const char *value = assay_facts_get (facts, name);
  return value != NULL ? assay_fact_unescape (value) : NULL;
}

char *
assay_facts_get_text (const GArray *facts, const char *name)
{
  g_autoptr (GBytes) raw = assay_facts_get_raw (facts, name);
  if (raw == NULL)
    return g_strdup ("");
  gsize size = 0;
  const char *data = g_bytes_get_data (raw, &size);
  return size > 0 ? g_strndup (data, size) : g_strdup ("");
}

GBytes *
assay_fact_unhex (const char *value)
{
  gsize length = strlen (value);
  if (length % 2 != 0)
    return NULL;
  g_autofree guint8 *bytes = g_try_malloc (length / 2 + 1);
  if (bytes == NULL)
    return NULL;
  for (gsize i = 0; i < length / 2; i++)
    {
      if (!g_ascii_isxdigit (value[2 * i]) || !g_ascii_isxdigit (value[2 * i + 1]))
        return NULL;
      bytes[i] = (guint8)(g_ascii_xdigit_value (value[2 * i]) * 16 + g_ascii_xdigit_value (value[2 * i + 1]));
    }
  return g_bytes_new_take (g_steal_pointer (&bytes), length / 2);
}

GBytes *
assay_facts_get_hex (const GArray *facts, const char *name)
{
  const char *value = assay_facts_get (facts, name);
  return assay_fact_unhex (value == NULL ? "" : value);
}
