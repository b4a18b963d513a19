#include "unpack/ar.h"

#include <string.h>
#include <sys/stat.h>

/* Where the fields stand (ar(5)); behind the size come two bytes that end the header. */
static const struct
{
  const char *fact;
  guint offset;
  guint width;
  guint base;
} fields[] = {
  { "mtime", 16, 12, 10 },
  { "uid", 28, 6, 10 },
  { "gid", 34, 6, 10 },
  { "mode", 40, 8, 8 },
};

#define FIELD_MODE 3u
#define NAME_WIDTH 16u
#define SIZE_OFFSET 48u
#define SIZE_WIDTH 10u
#define END_OFFSET 58u

static const char *const style_names[] = {
  [ASSAY_AR_PLAIN] = "plain",
  [ASSAY_AR_GNU] = "gnu",
  [ASSAY_AR_LONG] = "gnu",
  [ASSAY_AR_BSD] = "bsd",
};

void
assay_ar_header_clear (AssayArHeader *header)
{
  g_clear_pointer (&header->name, g_free);
}

static gsize
trimmed_length (const char *text, gsize length)
{
  while (length > 0 && text[length - 1] == ' ')
    length--;
  return length;
}

static gboolean
parse_field (const guint8 *block, guint offset, guint width, guint base, gboolean *out_has, guint64 *out_value)
{
  const char *text = (const char *)block + offset;
  gsize length = trimmed_length (text, width);
  *out_has = length > 0;
  return length == 0 || assay_number_parse (text, length, base, out_value);
}

static gboolean
parse_name (const char *text, AssayArHeader *out)
{
  gsize length = trimmed_length (text, NAME_WIDTH);
  g_autofree char *name = g_strndup (text, length);
  out->table_derived = TRUE;
  out->style = ASSAY_AR_PLAIN;
  out->special = strcmp (name, "/") == 0 || strcmp (name, "/SYM64/") == 0;
  if (length == 0 || strlen (name) != length)
    return FALSE;
  if (out->special)
    out->style = ASSAY_AR_SYMBOLS;
  else if (strcmp (name, "//") == 0)
    out->style = ASSAY_AR_TABLE;
  else if (name[0] == '/')
    {
      out->style = ASSAY_AR_LONG;
      return assay_number_parse (name + 1, length - 1, 10, &out->table_offset);
    }
  else if (g_str_has_prefix (name, "#1/"))
    {
      out->style = ASSAY_AR_BSD;
      return assay_number_parse (name + 3, length - 3, 10, &out->name_bytes);
    }
  else if (name[length - 1] == '/')
    {
      out->style = ASSAY_AR_GNU;
      name[length - 1] = '\0';
    }
  out->name = g_steal_pointer (&name);
  return out->name[0] != '\0';
}

gboolean
assay_ar_parse_header (const guint8 block[ASSAY_AR_HEADER_BYTES], AssayArHeader *out_header, GError **error)
{
  gboolean has_size = FALSE;
  gboolean ok = block[END_OFFSET] == '`' && block[END_OFFSET + 1] == '\n'
                && parse_name ((const char *)block, out_header)
                && parse_field (block, SIZE_OFFSET, SIZE_WIDTH, 10, &has_size, &out_header->size) && has_size;
  for (guint i = 0; ok && i < G_N_ELEMENTS (fields); i++)
    ok = parse_field (block, fields[i].offset, fields[i].width, fields[i].base, &out_header->has[i],
                      &out_header->values[i]);
  return ok || assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "ar: a member header is damaged");
}

/* The mode with the bits of a regular file; where the header does not have exactly these, its own value stands beside.
 */
static void
add_mode (AssayNode *child, guint64 mode)
{
  guint64 full = S_IFREG | (mode & 07777);
  assay_facts_add (child->facts, "mode", "0%06" G_GINT64_MODIFIER "o", full);
  if (mode != full)
    assay_facts_add (child->facts, "header.mode", "0%06" G_GINT64_MODIFIER "o", mode);
}

void
assay_ar_add_facts (const AssayArHeader *header, AssayNode *child, AssayNode *archive)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (header->has[i] && i == FIELD_MODE)
      add_mode (child, header->values[i]);
    else if (header->has[i])
      assay_facts_add_number (child->facts, fields[i].fact, header->values[i]);
  if (header->style == ASSAY_AR_BSD && header->name_bytes != strlen (header->name))
    assay_facts_add_number (child->facts, "name-bytes", header->name_bytes);
  if (header->style == ASSAY_AR_SYMBOLS)
    return;
  const char *variant = style_names[header->style];
  const char *usual = assay_facts_get (archive->own_facts, "variant");
  if (usual == NULL)
    assay_facts_add (archive->own_facts, "variant", "%s", variant);
  else if (strcmp (usual, variant) != 0)
    assay_facts_add (child->facts, "variant", "%s", variant);
}

static gboolean
put (guint8 *block, guint offset, guint width, const char *text)
{
  gsize length = strlen (text);
  if (length > width)
    return FALSE;
  memcpy (block + offset, text, length);
  return TRUE;
}

static gboolean
put_number (guint8 *block, guint offset, guint width, guint base, guint64 value)
{
  g_autofree char *text
      = base == 8 ? g_strdup_printf ("%" G_GINT64_MODIFIER "o", value) : g_strdup_printf ("%" G_GUINT64_FORMAT, value);
  return put (block, offset, width, text);
}

static gboolean
put_facts (guint8 *block, const AssayNode *child)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const char *fact = fields[i].fact;
      guint64 value;
      if (i == FIELD_MODE && assay_facts_get (child->facts, "header.mode") != NULL)
        fact = "header.mode";
      if (assay_facts_get (child->facts, fact) == NULL)
        continue;
      if (!assay_facts_get_number (child->facts, fact, fields[i].base, 0, &value)
          || !put_number (block, fields[i].offset, fields[i].width, fields[i].base, value))
        return FALSE;
    }
  return TRUE;
}

/* The name field, as the variant of the archive or of this member has it; what BSD puts before the content comes back.
 */
static gboolean
put_name (guint8 *block, const AssayNode *child, const AssayNode *archive, guint64 table_offset, guint64 *out_behind)
{
  g_autofree char *name = assay_entry_get_raw_name (child, ASSAY_NAME_PLAIN);
  const char *variant = assay_facts_get (child->facts, "variant");
  *out_behind = 0;
  if (variant == NULL)
    variant = assay_facts_get (archive->own_facts, "variant");
  if (strcmp (name, "/") == 0 || strcmp (name, "/SYM64/") == 0)
    return put (block, 0, NAME_WIDTH, name);
  if (variant == NULL)
    return FALSE;
  if (strcmp (variant, "plain") == 0)
    return put (block, 0, NAME_WIDTH, name);
  g_autofree char *text = NULL;
  if (strcmp (variant, "bsd") == 0)
    {
      if (!assay_facts_get_number (child->facts, "name-bytes", 10, strlen (name), out_behind))
        return FALSE;
      text = g_strdup_printf ("#1/%" G_GUINT64_FORMAT, *out_behind);
    }
  else if (strlen (name) < NAME_WIDTH)
    text = g_strconcat (name, "/", NULL);
  else
    text = g_strdup_printf ("/%" G_GUINT64_FORMAT, table_offset);
  return put (block, 0, NAME_WIDTH, text);
}

GByteArray *
assay_ar_write_header (const AssayNode *child, const AssayNode *archive, guint64 size, guint64 table_offset)
{
  guint8 block[ASSAY_AR_HEADER_BYTES];
  guint64 behind = 0;
  memset (block, ' ', sizeof block);
  block[END_OFFSET] = '`';
  block[END_OFFSET + 1] = '\n';
  if (!put_name (block, child, archive, table_offset, &behind) || !put_facts (block, child)
      || !put_number (block, SIZE_OFFSET, SIZE_WIDTH, 10, size + behind))
    return NULL;
  GByteArray *out = g_byte_array_new ();
  g_byte_array_append (out, block, sizeof block);
  if (behind == 0)
    return out;
  g_autofree char *name = assay_entry_get_raw_name (child, ASSAY_NAME_PLAIN);
  for (guint64 i = 0; i < behind; i++)
    {
      guint8 byte = i < strlen (name) ? (guint8)name[i] : 0;
      g_byte_array_append (out, &byte, 1);
    }
  return out;
}

gboolean
assay_ar_write_table_header (guint64 size, guint8 out_block[ASSAY_AR_HEADER_BYTES])
{
  memset (out_block, ' ', ASSAY_AR_HEADER_BYTES);
  out_block[END_OFFSET] = '`';
  out_block[END_OFFSET + 1] = '\n';
  return put (out_block, 0, NAME_WIDTH, "//") && put_number (out_block, SIZE_OFFSET, SIZE_WIDTH, 10, size);
}
