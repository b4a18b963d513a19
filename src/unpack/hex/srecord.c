#include "unpack/formats.h"

#include "unpack/hex/text_image.h"

#include <string.h>

/*
 * Motorola's S-record (M68000 Family Programmer's Reference Manual, appendix C): `S`, type, count, address, content,
 * checksum. The count counts address and checksum too. The end record is left out by some (srec_cat, where no entry
 * address is known).
 */

#define HEADER_TYPE '0'

/* Bytes of the address by type; S4 is reserved. */
static const guint8 address_bytes[10] = { 2, 2, 3, 4, 0, 2, 3, 4, 3, 2 };

static gboolean
fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "srec: %s", what);
}

static gsize
width_of (char type)
{
  return type < '0' || type > '9' ? 0 : address_bytes[type - '0'];
}

static gboolean
is_data (char type)
{
  return type >= '1' && type <= '3';
}

static gboolean
is_end (char type)
{
  return type >= '7' && type <= '9';
}

static gboolean
take_data (AssayTextImage *image, const AssayTextRecord *record, gsize head, guint64 address, GError **error)
{
  guint kind = (guint)(record->type - '0');
  gsize length = record->length - head - 1;
  if (image->state.kind != kind && !assay_record_list_add_word (&image->list, error, "S%u", kind))
    return FALSE;
  image->state.kind = kind;
  image->state.data_records++;
  if (address + length > G_GUINT64_CONSTANT (1) << (8 * (head - 1)))
    return fail ("a record that leaves the addresses of its type", error);
  return assay_record_list_add_content (&image->list, address, length, error)
         && assay_memory_map_add (&image->map, address, record->bytes + head, length, 2 * record->length, error);
}

static gboolean
take_header (AssayTextImage *image, const AssayTextRecord *record, gsize head, guint64 address, GError **error)
{
  GArray *facts = image->container->node->own_facts;
  if (address != 0)
    return fail ("a header record with an address", error);
  if (assay_facts_get (facts, "header") != NULL)
    return fail ("a second header record", error);
  assay_facts_add_raw (facts, "header", (const char *)record->bytes + head, record->length - head - 1);
  return assay_record_list_add_word (&image->list, error, "S0");
}

static gboolean
take (AssayTextImage *image, const AssayTextRecord *record, GError **error)
{
  gsize head = width_of (record->type) + 1;
  if (head == 1)
    return fail ("a record of unknown type", error);
  if (record->length < head + 1)
    return fail ("a record without an address", error);
  guint64 address = assay_text_get (record, 1, head - 1);
  if (is_data (record->type))
    return take_data (image, record, head, address, error);
  if (record->type == HEADER_TYPE)
    return take_header (image, record, head, address, error);
  if (record->length != head + 1)
    return fail ("content in a record that has none", error);
  if (!is_end (record->type) && address != image->state.data_records)
    return fail ("a wrong count of records", error);
  image->ended = is_end (record->type);
  if (image->ended)
    assay_facts_add (image->container->node->own_facts, "entry", "0x%08" G_GINT64_MODIFIER "x", address);
  return assay_record_list_add_word (&image->list, error, "S%c", record->type);
}

static gboolean
put_entry (const AssayNode *node, AssayTextRecord *out)
{
  guint64 value = 0;
  const char *entry = assay_facts_get (node->own_facts, "entry");
  if (entry == NULL || !g_str_has_prefix (entry, "0x")
      || !assay_number_parse (entry + 2, strlen (entry + 2), 16, &value))
    return FALSE;
  assay_text_put (out, value, width_of (out->type));
  return TRUE;
}

static gboolean
put_header (const AssayNode *node, AssayTextRecord *out)
{
  g_autoptr (GBytes) text = assay_facts_get_raw (node->own_facts, "header");
  gsize size = 0;
  const guint8 *bytes = text == NULL ? NULL : g_bytes_get_data (text, &size);
  assay_text_put (out, 0, width_of (out->type));
  if (text == NULL || size > sizeof out->bytes - out->length - 1)
    return FALSE;
  for (gsize i = 0; i < size; i++)
    assay_text_put (out, bytes[i], 1);
  return TRUE;
}

static gboolean
say (const AssayNode *node, AssayTextState *state, const char *word, AssayTextRecord *out)
{
  gsize width = word[0] == 'S' && strlen (word) == 2 ? width_of (word[1]) : 0;
  if (width == 0)
    return FALSE;
  /* only says how what follows is written */
  if (is_data (word[1]))
    {
      state->kind = (guint)(word[1] - '0');
      return TRUE;
    }
  *out = (AssayTextRecord){ .type = word[1], .length = 1 };
  if (word[1] == HEADER_TYPE)
    return put_header (node, out);
  if (is_end (word[1]))
    return put_entry (node, out);
  assay_text_put (out, state->data_records, width);
  return TRUE;
}

static gboolean
carry (AssayTextState *state, guint64 address, gsize length_bytes, AssayTextRecord *out)
{
  *out = (AssayTextRecord){ .type = (char)('0' + state->kind), .length = 1 };
  gsize width = width_of (out->type);
  state->data_records++;
  assay_text_put (out, address, width);
  return is_data (out->type) && width + length_bytes + 1 <= G_MAXUINT8;
}

/* The complement of the sum of all bytes before. */
static guint8
sum (const guint8 *bytes, gsize length_bytes)
{
  guint8 total = 0;
  for (gsize i = 0; i < length_bytes; i++)
    total = (guint8)(total + bytes[i]);
  return (guint8)~total;
}

static const AssayTextFormat format = {
  .name = "srec", .mark = 'S', .typed = TRUE, .surplus = 1, .take = take, .say = say, .carry = carry, .sum = sum
};

gboolean
assay_srecord_probe (const guint8 *head, gsize length, guint64 size)
{
  return assay_text_probe (&format, head, length);
}

gboolean
assay_srecord_open (AssayContainer *container, GError **error)
{
  return assay_text_open (container, &format, error);
}
