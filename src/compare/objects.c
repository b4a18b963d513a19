#include "compare/objects.h"

#include "inventory/raw.h"

#include <elf.h>
#include <string.h>

/** Bytes of a piece that no name covers: large enough to be found again, small enough that one change spoils little. */
#define PIECE_BYTES 32u

/** What a label of no size in a flat image can name: behind more than this stand other things too, as read-only data
 * behind the label of their beginning. */
#define LABEL_BYTES 512u

/** A string of fewer bytes is no string; nor is one of fewer among code, where data may lie unmarked. */
#define STRING_BYTES 4u
#define FLAT_STRING_BYTES 8u

/** The objects of an area while they are gathered, and what helps to place them. */
typedef struct
{
  AssayArea *area;
  const AssayAreasInput *input;
  guint32 section;   /* index in the symbols' file that all must have; 0: any */
  GHashTable *hints; /* name -> AssaySymbol of the shipped file; NULL as value where two have it */
} Gathering;

static gboolean
is_import (const GArray *imports, const AssaySymbol *symbol)
{
  const AssaySymbol *first = imports == NULL || imports->len == 0 ? NULL : &g_array_index (imports, AssaySymbol, 0);
  return first != NULL && symbol >= first && symbol < first + imports->len;
}

static void
add_object (const Gathering *gathering, guint64 offset, guint64 length, AssayObjectKind kind, const AssaySymbol *symbol)
{
  AssayObject object = { .offset = offset,
                         .length = length,
                         .kind = kind,
                         .mode = symbol != NULL && symbol->is_thumb ? ASSAY_CODE_ALTERNATE : ASSAY_CODE_MAIN,
                         .name = symbol == NULL ? NULL : symbol->name,
                         .by_hint = symbol != NULL && is_import (gathering->input->expected_imports, symbol),
                         .hint = ASSAY_DRIFT_NOWHERE };
  const AssaySymbol *hint
      = object.name == NULL || gathering->hints == NULL ? NULL : g_hash_table_lookup (gathering->hints, object.name);
  if (hint != NULL && hint->address >= gathering->area->shipped_address)
    object.hint = hint->address - gathering->area->shipped_address;
  if (length > 0)
    g_array_append_val (gathering->area->drift.objects, object);
}

static gboolean
is_text (guint8 byte, gboolean flat)
{
  gboolean plain = (byte >= 0x20 && byte < 0x7f) || byte == '\t' || byte == '\n' || byte == '\r';
  return plain || (!flat && (byte == 0x1b || byte >= 0x80));
}

/* Bytes of a string at @start with its NUL; 0 where there is none. */
static guint64
string_length (const AssayArea *area, guint64 start, guint64 end)
{
  const guint8 *bytes = area->drift.expected;
  gboolean flat = area->name == NULL || area->code;
  guint64 at = start;
  while (at < end && is_text (bytes[at], flat))
    at++;
  guint64 least = flat ? FLAT_STRING_BYTES : STRING_BYTES;
  return at < end && bytes[at] == '\0' && at - start >= least ? at + 1 - start : 0;
}

/* What no symbol covers, or one that says only where it begins: @label, or NULL. */
static void
add_nameless (const Gathering *gathering, guint64 start, guint64 end, const AssaySymbol *label)
{
  const guint8 *bytes = gathering->area->drift.expected;
  guint64 from = start; /* of the bytes that are no string */
  for (guint64 at = start; at < end;)
    {
      guint64 text = string_length (gathering->area, at, end);
      /* pieces end at multiples of their size, so that the same bytes give the same pieces */
      guint64 step = text > 0 ? 0 : MIN (PIECE_BYTES - at % PIECE_BYTES, end - at);
      gboolean begins = at == start || bytes[at - 1] == '\0';
      if (text > 0 && begins)
        {
          add_object (gathering, from, at - from, ASSAY_OBJECT_STRETCH, label);
          add_object (gathering, at, text, ASSAY_OBJECT_STRING, label);
          at += text;
          from = at;
          continue;
        }
      at++;
      if (step == 1 || at == end)
        {
          add_object (gathering, from, at - from, ASSAY_OBJECT_STRETCH, label);
          from = at;
        }
    }
}

/* Where in the area a symbol begins; FALSE where it is of another. */
static gboolean
locate (const Gathering *gathering, const AssaySymbol *symbol, guint64 *out_offset)
{
  const AssayArea *area = gathering->area;
  const GArray *ranges = gathering->input->load_ranges;
  if (gathering->section != 0 && symbol->section != gathering->section)
    return FALSE;
  if (area->name != NULL || ranges == NULL)
    {
      *out_offset = symbol->address - area->expected_address;
      return symbol->address >= area->expected_address && *out_offset < area->drift.expected_length;
    }
  for (guint i = 0; i < ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, i);
      if (symbol->address - range->virtual_address < range->length && symbol->address >= range->virtual_address)
        {
          *out_offset = range->image_offset + (symbol->address - range->virtual_address);
          return *out_offset < area->drift.expected_length;
        }
    }
  return FALSE;
}

/** A symbol and where it begins in the area. */
typedef struct
{
  const AssaySymbol *symbol;
  guint64 offset;
} Located;

/* Functions and larger objects first where several begin at one place: aliases say the same. */
static gint
by_place (gconstpointer a, gconstpointer b)
{
  const Located *first = a;
  const Located *second = b;
  if (first->offset != second->offset)
    return first->offset < second->offset ? -1 : 1;
  if ((first->symbol->size > 0) != (second->symbol->size > 0))
    return first->symbol->size > 0 ? -1 : 1;
  if (first->symbol->is_function != second->symbol->is_function)
    return first->symbol->is_function ? -1 : 1;
  return strcmp (first->symbol->name, second->symbol->name);
}

static void
add_hints (GHashTable *hints, const GArray *symbols)
{
  for (guint i = 0; symbols != NULL && i < symbols->len; i++)
    {
      AssaySymbol *symbol = &g_array_index (symbols, AssaySymbol, i);
      g_hash_table_insert (hints, symbol->name, g_hash_table_contains (hints, symbol->name) ? NULL : symbol);
    }
}

static GHashTable *
index_hints (const AssayAreasInput *input)
{
  const AssayElf *elf = input->shipped_elf;
  if (elf == NULL || elf->type == ET_REL)
    return NULL;
  GHashTable *hints = g_hash_table_new (g_str_hash, g_str_equal);
  add_hints (hints, elf->symbols);
  add_hints (hints, input->shipped_imports);
  return hints;
}

static void
locate_all (const Gathering *gathering, const GArray *symbols, GArray *located)
{
  for (guint i = 0; symbols != NULL && i < symbols->len; i++)
    {
      Located entry = { &g_array_index (symbols, AssaySymbol, i), 0 };
      if (locate (gathering, entry.symbol, &entry.offset))
        g_array_append_val (located, entry);
    }
}

/* Two that are called the same here have one place there: it would be said of either. */
static void
drop_ambiguous (GHashTable *hints, const GArray *located)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; hints != NULL && i < located->len; i++)
    {
      char *name = g_array_index (located, Located, i).symbol->name;
      if (!g_hash_table_add (names, name))
        g_hash_table_remove (hints, name);
    }
}

static guint32
section_of (const AssayArea *area, const AssayElf *symbols)
{
  for (guint i = 0; area->name != NULL && symbols->type == ET_REL && i < symbols->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (symbols->sections, AssaySection, i);
      if (section->offset == area->expected_offset && strcmp (section->name, area->name) == 0)
        return section->index;
    }
  return 0;
}

/* Text that fills an object to its end, but for NULs, is one however it is called. */
static AssayObjectKind
kind_of (const Gathering *gathering, const Located *entry, guint64 end)
{
  const guint8 *bytes = gathering->area->drift.expected;
  guint64 text = string_length (gathering->area, entry->offset, end);
  if (entry->symbol->is_function)
    return ASSAY_OBJECT_FUNCTION;
  for (guint64 at = entry->offset + text; text > 0 && at < end; at++)
    if (bytes[at] != '\0')
      return ASSAY_OBJECT_DATA;
  return text > 0 ? ASSAY_OBJECT_STRING : ASSAY_OBJECT_DATA;
}

static void
add_named (const Gathering *gathering, const Located *entry, guint64 end)
{
  if (gathering->area->name == NULL && entry->symbol->size == 0 && end - entry->offset > LABEL_BYTES)
    add_nameless (gathering, entry->offset, end, entry->symbol);
  else
    add_object (gathering, entry->offset, end - entry->offset, kind_of (gathering, entry, end), entry->symbol);
}

void
assay_objects_build (AssayArea *area, const AssayAreasInput *input)
{
  const AssayElf *symbols = input->symbols_elf;
  g_autoptr (GHashTable) hints = index_hints (input);
  g_autoptr (GArray) located = g_array_new (FALSE, FALSE, sizeof (Located));
  Gathering gathering = { area, input, section_of (area, symbols), hints };
  locate_all (&gathering, symbols->symbols, located);
  if (area->name != NULL)
    locate_all (&gathering, input->expected_imports, located);
  drop_ambiguous (hints, located);
  g_array_sort (located, by_place);
  guint64 done = 0;
  for (guint i = 0; i < located->len; i++)
    {
      const Located *entry = &g_array_index (located, Located, i);
      guint64 end = i + 1 < located->len ? g_array_index (located, Located, i + 1).offset : area->drift.expected_length;
      if (entry->symbol->size > 0)
        end = entry->offset + MIN (entry->symbol->size, area->drift.expected_length - entry->offset);
      if (entry->offset < done || end <= entry->offset)
        continue;
      add_nameless (&gathering, done, entry->offset, NULL);
      add_named (&gathering, entry, end);
      done = end;
    }
  add_nameless (&gathering, done, area->drift.expected_length, NULL);
}

guint64
assay_word_read (const guint8 *bytes, guint size_bytes, gboolean big_endian)
{
  guint64 value = 0;
  for (guint i = 0; i < size_bytes; i++)
    value |= (guint64)bytes[big_endian ? size_bytes - 1 - i : i] << (8 * i);
  return value;
}

/* Whether a value is an address that the rebuilt file fills. Small numbers are counts more often than addresses. */
static gboolean
is_address (const AssayElf *elf, guint64 value)
{
  return value >= 0x100 && elf->type != ET_REL && assay_elf_section_at_address (elf, value) != NULL;
}

static void
mask_words (AssayArea *area, const AssayElf *elf, const AssayObject *object)
{
  guint size = elf->bits / 8;
  guint64 first = (object->offset + area->expected_address + size - 1) / size * size - area->expected_address;
  for (guint64 at = first; at + size <= object->offset + object->length; at += size)
    if (is_address (elf, assay_word_read (area->drift.expected + at, size, elf->big_endian)))
      memset (area->mask + at, 0xff, size);
}

/* A number that merely might be an address stays, so that a constant that was changed is seen as changed. */
static gboolean
holds_address (const AssayElf *elf, const AssayOperand *operand)
{
  switch (operand->kind)
    {
    case ASSAY_OPERAND_RELATIVE:
      return TRUE;
    case ASSAY_OPERAND_ABSOLUTE:
      return is_address (elf, operand->target)
             || (operand->second_kind != ASSAY_OPERAND_NONE && is_address (elf, operand->second_target));
    case ASSAY_OPERAND_PART:
      return operand->part_shift > 0 || operand->has_whole;
    case ASSAY_OPERAND_NONE:
      break;
    }
  return FALSE;
}

static void
mask_code (AssayArea *area, const AssayElf *elf, AssayOperandDecoder *decoder, const AssayObject *object)
{
  guint64 end = object->offset + object->length;
  for (guint64 at = object->offset; at < end;)
    {
      AssayOperand operand;
      if (!assay_operand_decode (decoder, area->drift.expected + at, end - at, area->expected_address + at,
                                 object->mode, &operand)
          || operand.size > end - at)
        {
          at += MIN (assay_operand_unit (decoder), end - at);
          continue;
        }
      gboolean holds = holds_address (elf, &operand);
      for (guint i = 0; holds && i < operand.size; i++)
        area->mask[at + i] |= operand.mask[i];
      at += operand.size;
    }
}

void
assay_objects_mask (AssayArea *area, const AssayAreasInput *input)
{
  g_autoptr (AssayOperandDecoder) decoder = assay_operand_decoder_new (input->symbols_elf);
  for (guint i = 0; i < area->drift.objects->len; i++)
    {
      const AssayObject *object = &g_array_index (area->drift.objects, AssayObject, i);
      gboolean code = object->kind == ASSAY_OBJECT_FUNCTION
                      || (area->name != NULL && area->code && object->kind == ASSAY_OBJECT_STRETCH);
      if (object->kind != ASSAY_OBJECT_STRING)
        mask_words (area, input->symbols_elf, object);
      if (code && decoder != NULL)
        mask_code (area, input->symbols_elf, decoder, object);
    }
}
