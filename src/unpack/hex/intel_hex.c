#include "unpack/formats.h"

#include "unpack/hex/text_image.h"

#include <string.h>

/*
 * Intel's Hexadecimal Object File Format Specification, Revision A, 1988: `:`, count, offset, type, content, checksum.
 * Bases are set by records of their own; without any it is I8HEX, with segments I16HEX, with linear bases I32HEX.
 */

#define FIXED_BYTES 4u
#define BANK_BYTES G_GUINT64_CONSTANT (0x10000)

enum
{
  TYPE_DATA = 0,
  TYPE_END = 1,
  TYPE_SEGMENT = 2,
  TYPE_START_SEGMENT = 3,
  TYPE_LINEAR = 4,
  TYPE_START_LINEAR = 5,
};

/* The records that set a base. */
static const struct
{
  guint type;
  const char *word;
  guint shift;
} bases[] = { { TYPE_SEGMENT, "segment", 4 }, { TYPE_LINEAR, "linear", 16 } };

/* Those that name the entry address; its fact is as wide as what they hold. */
static const struct
{
  guint type;
  const char *word;
  const char *fact;
} starts[]
    = { { TYPE_START_SEGMENT, "start-segment", "entry-segment" }, { TYPE_START_LINEAR, "start-linear", "entry" } };

static gboolean
fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "ihex: %s", what);
}

/* Consumers do not agree about where a record goes that leaves its 64 KiB, nor where a base of the one kind stands
 * behind one of the other: some have the last one alone, others add both up (libbfd). */
static gboolean
take_data (AssayTextImage *image, const AssayTextRecord *record, guint64 offset, GError **error)
{
  gsize length = record->bytes[0];
  guint64 address = image->state.base + offset;
  if (offset + length > BANK_BYTES)
    return fail ("a record that leaves its 64 KiB", error);
  if (image->state.bases[0] + image->state.bases[1] != image->state.base)
    return fail ("a record behind bases of two kinds", error);
  return assay_record_list_add_content (&image->list, address, length, error)
         && assay_memory_map_add (&image->map, address, record->bytes + FIXED_BYTES, length, 2 * record->length, error);
}

static gboolean
take_base (AssayTextImage *image, const AssayTextRecord *record, gsize which, GError **error)
{
  guint64 value = assay_text_get (record, FIXED_BYTES, 2);
  if (record->bytes[0] != 2)
    return fail ("a base of impossible length", error);
  image->state.base = image->state.bases[which] = value << bases[which].shift;
  return assay_record_list_add_word (&image->list, error, "%s:0x%04" G_GINT64_MODIFIER "x", bases[which].word, value);
}

static gboolean
take_start (AssayTextImage *image, const AssayTextRecord *record, gsize which, GError **error)
{
  GArray *facts = image->container->node->own_facts;
  if (record->bytes[0] != 4)
    return fail ("an entry address of impossible length", error);
  if (assay_facts_get (facts, "entry") != NULL || assay_facts_get (facts, "entry-segment") != NULL)
    return fail ("a second entry address", error);
  assay_facts_add (facts, starts[which].fact, "0x%08" G_GINT64_MODIFIER "x", assay_text_get (record, FIXED_BYTES, 4));
  return assay_record_list_add_word (&image->list, error, "%s", starts[which].word);
}

static gboolean
take (AssayTextImage *image, const AssayTextRecord *record, GError **error)
{
  guint64 offset = assay_text_get (record, 1, 2);
  guint type = record->bytes[3];
  if (type == TYPE_DATA)
    return take_data (image, record, offset, error);
  if (type == TYPE_END)
    {
      image->ended = TRUE;
      if (record->bytes[0] != 0)
        return fail ("an end record with content", error);
      /* Old tools put the entry address here. */
      return offset == 0 ? assay_record_list_add_word (&image->list, error, "end")
                         : assay_record_list_add_word (&image->list, error, "end:0x%04" G_GINT64_MODIFIER "x", offset);
    }
  if (offset != 0)
    return fail ("an offset in a record that has none", error);
  for (gsize i = 0; i < G_N_ELEMENTS (bases); i++)
    if (bases[i].type == type)
      return take_base (image, record, i, error);
  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++)
    if (starts[i].type == type)
      return take_start (image, record, i, error);
  return fail ("a record of unknown type", error);
}

static void
begin (AssayTextRecord *out, guint64 offset, guint type)
{
  *out = (AssayTextRecord){ .length = 1 };
  assay_text_put (out, offset, 2);
  assay_text_put (out, type, 1);
}

static gboolean
say (const AssayNode *node, AssayTextState *state, const char *word, AssayTextRecord *out)
{
  guint64 value = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (bases); i++)
    if (assay_record_word_value (word, bases[i].word, &value))
      {
        state->base = value << bases[i].shift;
        begin (out, 0, bases[i].type);
        assay_text_put (out, value, 2);
        return TRUE;
      }
  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++)
    if (strcmp (word, starts[i].word) == 0)
      {
        const char *fact = assay_facts_get (node->own_facts, starts[i].fact);
        begin (out, 0, starts[i].type);
        if (fact == NULL || !g_str_has_prefix (fact, "0x")
            || !assay_number_parse (fact + 2, strlen (fact + 2), 16, &value))
          return FALSE;
        assay_text_put (out, value, 4);
        return TRUE;
      }
  gboolean end = strcmp (word, "end") == 0 || assay_record_word_value (word, "end", &value);
  begin (out, value, TYPE_END);
  return end;
}

static gboolean
carry (AssayTextState *state, guint64 address, gsize length_bytes, AssayTextRecord *out)
{
  begin (out, address - state->base, TYPE_DATA);
  return length_bytes <= G_MAXUINT8 && address >= state->base && address - state->base < BANK_BYTES;
}

/* All bytes of a record add up to 0. */
static guint8
sum (const guint8 *bytes, gsize length_bytes)
{
  guint8 total = 0;
  for (gsize i = 0; i < length_bytes; i++)
    total = (guint8)(total + bytes[i]);
  return (guint8)(0x100 - total);
}

static const AssayTextFormat format = { .name = "ihex",
                                        .mark = ':',
                                        .ends = TRUE,
                                        .surplus = FIXED_BYTES + 1,
                                        .take = take,
                                        .say = say,
                                        .carry = carry,
                                        .sum = sum };

gboolean
assay_intel_hex_probe (const guint8 *head, gsize length, guint64 size)
{
  return assay_text_probe (&format, head, length);
}

gboolean
assay_intel_hex_open (AssayContainer *container, GError **error)
{
  return assay_text_open (container, &format, error);
}
