#include "unpack/tar/tar.h"

#include "util/text.h"

#include <string.h>

#define XATTR_KEY "SCHILY.xattr."

/* Records of one header; tar writes a dozen and one for each extended attribute. Each is looked for among all. */
#define MAX_RECORDS 256u

static void
clear_record (gpointer data)
{
  AssayTarRecord *record = data;
  g_clear_pointer (&record->key, g_free);
  g_clear_pointer (&record->value, g_bytes_unref);
}

void
assay_tar_extended_clear (AssayTarExtended *extended)
{
  g_clear_pointer (&extended->records, g_array_unref);
  g_clear_pointer (&extended->name, g_free);
  g_clear_pointer (&extended->link, g_free);
}

static gboolean
fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "tar: %s in a pax header", what);
}

/* One record at the start of @text: "LENGTH KEY=VALUE\n", LENGTH counting all of it. */
static gboolean
parse_record (const char *text, gsize most, AssayTarRecord *out, gsize *out_length)
{
  const char *space = memchr (text, ' ', most);
  guint64 length = 0;
  if (space == NULL || !assay_number_parse (text, (gsize)(space - text), 10, &length) || length > most
      || length < (gsize)(space - text) + 4 || text[length - 1] != '\n')
    return FALSE;
  const char *end = text + length - 1;
  const char *equals = memchr (space + 1, '=', (gsize)(end - space - 1));
  if (equals == NULL || equals == space + 1 || memchr (space + 1, 0, (gsize)(equals - space - 1)) != NULL)
    return FALSE;
  out->key = g_strndup (space + 1, (gsize)(equals - space - 1));
  out->value = g_bytes_new (equals + 1, (gsize)(end - equals - 1));
  *out_length = (gsize)length;
  return TRUE;
}

/* Version 0.0 of GNU's sparse files, which is not read, has these for each region. */
static gboolean
is_repeated (const char *key)
{
  return strcmp (key, "GNU.sparse.offset") == 0 || strcmp (key, "GNU.sparse.numbytes") == 0;
}

gboolean
assay_tar_parse_records (const guint8 *body, gsize length_bytes, AssayTarExtended *extended, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  extended->records = g_array_new (FALSE, TRUE, sizeof (AssayTarRecord));
  g_array_set_clear_func (extended->records, clear_record);
  for (gsize done = 0; done < length_bytes;)
    {
      AssayTarRecord record = { 0 };
      gsize length = 0;
      if (extended->records->len >= MAX_RECORDS)
        return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "tar: more than %u records in a pax header",
                                  MAX_RECORDS);
      if (!parse_record ((const char *)body + done, length_bytes - done, &record, &length))
        return fail ("a damaged record", error);
      g_array_append_val (extended->records, record);
      if (!g_hash_table_add (seen, record.key) && !is_repeated (record.key))
        return fail ("a key that comes twice", error);
      done += length;
    }
  return TRUE;
}

/** No file system keeps more than nanoseconds; what stands behind them is no time but something else. */
#define FRACTION_DIGITS 9u

static gboolean
is_decimal_time (const char *text)
{
  const char *digits = text + (text[0] == '-');
  gsize whole = strspn (digits, "0123456789");
  if (whole == 0 || whole > 18)
    return FALSE;
  if (digits[whole] == '\0')
    return TRUE;
  gsize fraction = strspn (digits + whole + 1, "0123456789");
  return digits[whole] == '.' && fraction > 0 && fraction <= FRACTION_DIGITS && digits[whole + 1 + fraction] == '\0';
}

/* The record's value as text; NULL where it is empty, which deletes a field, or holds a zero byte. */
static char *
get_text (const AssayTarRecord *record)
{
  gsize size = 0;
  const char *data = g_bytes_get_data (record->value, &size);
  return size > 0 && memchr (data, 0, size) == NULL ? g_strndup (data, size) : NULL;
}

static void
replace (char **field, char *text)
{
  g_free (*field);
  *field = text;
}

static gboolean
apply_text (const AssayTarRecord *record, AssayTarHeader *header, gboolean *out_known)
{
  const struct
  {
    const char *key;
    char **field;
  } texts[] = {
    { "path", &header->name },   { "linkpath", &header->link },    { "uname", &header->user },
    { "gname", &header->group }, { "mtime", &header->mtime_text },
  };
  *out_known = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (strcmp (texts[i].key, record->key) == 0)
      {
        char *text = get_text (record);
        *out_known = TRUE;
        if (text == NULL)
          return FALSE;
        replace (texts[i].field, text);
        return texts[i].field != &header->mtime_text || is_decimal_time (text);
      }
  return TRUE;
}

static gboolean
apply_number (const AssayTarRecord *record, AssayTarHeader *header, gboolean *out_known)
{
  const struct
  {
    const char *key;
    guint64 *field;
  } numbers[] = { { "size", &header->size }, { "uid", &header->uid }, { "gid", &header->gid } };
  *out_known = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (strcmp (numbers[i].key, record->key) == 0)
      {
        g_autofree char *text = get_text (record);
        *out_known = TRUE;
        return text != NULL && assay_number_parse (text, strlen (text), 10, numbers[i].field)
               && *numbers[i].field <= G_MAXINT64;
      }
  return TRUE;
}

/* Keys that change what content or names mean in ways that we do not follow. */
static gboolean
is_unsupported (const char *key)
{
  return strcmp (key, "hdrcharset") == 0 || strcmp (key, "charset") == 0 || strcmp (key, "SCHILY.realsize") == 0
         || strcmp (key, "SCHILY.filetype") == 0 || strcmp (key, "GNU.dumpdir") == 0;
}

#define SPARSE_KEY "GNU.sparse."

/* Sparse files in version 1.0 have these four records, and no others; all versions say how large the file is. */
static gboolean
apply_sparse (const AssayTarRecord *record, AssayTarHeader *header, gboolean *out_known)
{
  g_autofree char *text = get_text (record);
  const char *key = record->key + strlen (SPARSE_KEY);
  *out_known = g_str_has_prefix (record->key, SPARSE_KEY);
  if (!*out_known)
    return TRUE;
  if (text == NULL)
    return FALSE;
  if (header->sparse == ASSAY_TAR_SPARSE_NONE)
    header->sparse = ASSAY_TAR_SPARSE_BODY;
  if (strcmp (key, "name") == 0)
    {
      replace (&header->name, g_steal_pointer (&text));
      return TRUE;
    }
  if (strcmp (key, "realsize") == 0 || strcmp (key, "size") == 0)
    {
      header->sparse = key[0] == 's' ? ASSAY_TAR_SPARSE_OTHER : header->sparse;
      return assay_number_parse (text, strlen (text), 10, &header->real_size) && header->real_size <= G_MAXINT64;
    }
  if ((strcmp (key, "major") != 0 || strcmp (text, "1") != 0)
      && (strcmp (key, "minor") != 0 || strcmp (text, "0") != 0))
    header->sparse = ASSAY_TAR_SPARSE_OTHER;
  return TRUE;
}

static gboolean
has_record (const AssayTarExtended *extended, const char *key)
{
  for (guint i = 0; extended->records != NULL && i < extended->records->len; i++)
    if (strcmp (g_array_index (extended->records, AssayTarRecord, i).key, key) == 0)
      return TRUE;
  return FALSE;
}

/* Whether they are all of version 1.0, and leave one name and one size. */
static gboolean
is_whole_sparse (const AssayTarExtended *extended)
{
  return has_record (extended, SPARSE_KEY "major") && has_record (extended, SPARSE_KEY "minor")
         && has_record (extended, SPARSE_KEY "name") && has_record (extended, SPARSE_KEY "realsize")
         && !has_record (extended, "path") && !has_record (extended, "linkpath");
}

gboolean
assay_tar_apply_records (const AssayTarExtended *extended, AssayTarHeader *header, GError **error)
{
  for (guint i = 0; extended->records != NULL && i < extended->records->len; i++)
    {
      const AssayTarRecord *record = &g_array_index (extended->records, AssayTarRecord, i);
      gboolean known = FALSE;
      if (is_unsupported (record->key))
        {
          g_autofree char *shown = assay_text_escape_line (record->key, -1);
          return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "tar: the pax record %s is not supported", shown);
        }
      if (!apply_text (record, header, &known) || (!known && !apply_number (record, header, &known))
          || (!known && !apply_sparse (record, header, &known)))
        return fail ("a value that cannot be", error);
    }
  if (header->sparse == ASSAY_TAR_SPARSE_BODY && !is_whole_sparse (extended))
    header->sparse = ASSAY_TAR_SPARSE_OTHER;
  return TRUE;
}

/* Keys whose value is another fact of the entry. */
static const struct
{
  const char *key;
  const char *fact;
} known_keys[] = {
  { "path", NULL },     { "size", NULL },     { "linkpath", "link" }, { "uname", "user" },
  { "gname", "group" }, { "mtime", "mtime" }, { "uid", "uid" },       { "gid", "gid" },
};

static gboolean
is_known (const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known_keys); i++)
    if (strcmp (known_keys[i].key, key) == 0)
      return TRUE;
  return FALSE;
}

/* The fact that holds a record's value: "xattr.NAME" or "pax.KEY", of an escaped key. */
static char *
fact_of_key (const char *escaped_key)
{
  if (g_str_has_prefix (escaped_key, XATTR_KEY))
    return g_strconcat ("xattr.", escaped_key + strlen (XATTR_KEY), NULL);
  return g_strconcat ("pax.", escaped_key, NULL);
}

void
assay_tar_add_record_facts (AssayNode *child, const AssayTarExtended *extended)
{
  g_autoptr (GString) keys = g_string_new (NULL);
  if (extended->records == NULL)
    return;
  for (guint i = 0; i < extended->records->len; i++)
    {
      const AssayTarRecord *record = &g_array_index (extended->records, AssayTarRecord, i);
      g_autofree char *key = assay_text_escape_line (record->key, -1);
      g_autofree char *fact = fact_of_key (key);
      gsize size = 0;
      const guint8 *data = g_bytes_get_data (record->value, &size);
      g_string_append_printf (keys, "%s%s", i > 0 ? " " : "", key);
      if (g_str_has_prefix (key, XATTR_KEY))
        assay_facts_add_hex (child->facts, assay_text_intern (fact), data, size);
      else if (!is_known (record->key))
        assay_facts_add_raw (child->facts, assay_text_intern (fact), size > 0 ? (const char *)data : "", size);
    }
  assay_facts_add (child->facts, "pax", "%s", keys->str);
}

/* The value of a record, from the facts alone. */
static GBytes *
get_value (const AssayNode *child, const char *escaped_key, guint64 size)
{
  g_autofree char *text = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (known_keys); i++)
    if (strcmp (known_keys[i].key, escaped_key) == 0)
      {
        if (known_keys[i].fact != NULL)
          return assay_facts_get_raw (child->facts, known_keys[i].fact);
        text = strcmp (escaped_key, "path") == 0 ? assay_entry_get_raw_name (child, ASSAY_NAME_SLASH)
                                                 : g_strdup_printf ("%" G_GUINT64_FORMAT, size);
        return g_bytes_new (text, strlen (text));
      }
  g_autofree char *fact = fact_of_key (escaped_key);
  if (assay_facts_get (child->facts, fact) == NULL)
    return NULL;
  return g_str_has_prefix (escaped_key, XATTR_KEY) ? assay_facts_get_hex (child->facts, fact)
                                                   : assay_facts_get_raw (child->facts, fact);
}

/* The length stands in the record that it counts: the shortest that is right. */
static void
append_record (GByteArray *out, GBytes *key, GBytes *value)
{
  gsize key_size = 0;
  gsize value_size = 0;
  const guint8 *key_data = g_bytes_get_data (key, &key_size);
  const guint8 *value_data = g_bytes_get_data (value, &value_size);
  gsize rest = key_size + value_size + 3;
  gsize length = rest + 1;
  g_autofree char *text = g_strdup_printf ("%" G_GSIZE_FORMAT " ", length);
  while (rest + strlen (text) - 1 != length)
    {
      length = rest + strlen (text) - 1;
      g_free (text);
      text = g_strdup_printf ("%" G_GSIZE_FORMAT " ", length);
    }
  g_byte_array_append (out, (const guint8 *)text, (guint)strlen (text));
  g_byte_array_append (out, key_data, (guint)key_size);
  g_byte_array_append (out, (const guint8 *)"=", 1);
  if (value_size > 0)
    g_byte_array_append (out, value_data, (guint)value_size);
  g_byte_array_append (out, (const guint8 *)"\n", 1);
}

GByteArray *
assay_tar_write_records (const AssayNode *child, guint64 size)
{
  const char *pax = assay_facts_get (child->facts, "pax");
  g_autoptr (GByteArray) out = g_byte_array_new ();
  if (pax == NULL)
    return NULL;
  g_auto (GStrv) keys = g_strsplit (pax, " ", -1);
  for (char **key = keys; *key != NULL; key++)
    {
      g_autoptr (GBytes) raw = assay_fact_unescape (*key);
      g_autoptr (GBytes) value = get_value (child, *key, size);
      if (raw == NULL || value == NULL)
        return NULL;
      append_record (out, raw, value);
    }
  return g_steal_pointer (&out);
}
