#include "compare/scatter.h"

#include "util/checked.h"
#include "util/nearby.h"
#include "util/sorted.h"

#include <elf.h>

/** Stretches that are looked at, and bytes of each: as many as a function of some length has. */
#define SAMPLES 64u
#define SAMPLE_BYTES 192u

/** A shorter function is passed over: it seldom holds one of a hundred bytes. */
#define FUNCTION_BYTES 64u

/** Bytes behind a place in which a function is looked for that begins there. */
#define NEAR_BYTES (64u * 1024u)

/** What code is sampled of: bytes that stand at one offset on both sides. */
typedef struct
{
  guint64 offset;
  guint64 length;
  guint64 address;
} Code;

/** A stretch of both sides, decoded from where an instruction begins, as far as anybody knows. */
typedef struct
{
  guint64 offset;
  guint64 length;
  guint64 address;
  AssayCodeMode mode;
  gboolean any_mode;
} Sample;

static GArray *
list_code (const AssayAreasInput *input)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (Code));
  guint64 size = assay_blob_get_size (input->expected);
  if (input->expected_elf == NULL)
    {
      const Code flat = { 0, size, 0 };
      g_array_append_val (all, flat);
      return all;
    }
  for (guint i = 0; i < input->expected_elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (input->expected_elf->sections, AssaySection, i);
      const Code code = { section->offset, section->size, section->address };
      if (section->type == SHT_PROGBITS && (section->flags & SHF_EXECINSTR) != 0
          && assay_range_fits (section->offset, section->size, size))
        g_array_append_val (all, code);
    }
  return all;
}

/* The next function of some length behind a place of the code, where the rebuild has one close by. */
static const AssaySymbol *
next_function (const AssayElf *elf, const Code *code, guint64 within)
{
  if (elf->symbols == NULL || elf->type == ET_REL)
    return NULL;
  guint64 address = code->address + within;
  guint first = assay_sorted_first (elf->symbols, G_STRUCT_OFFSET (AssaySymbol, address), address);
  for (guint i = first; i < elf->symbols->len; i++)
    {
      const AssaySymbol *symbol = &g_array_index (elf->symbols, AssaySymbol, i);
      if (symbol->address - address > NEAR_BYTES)
        return NULL;
      if (symbol->is_function && symbol->size >= FUNCTION_BYTES
          && assay_range_fits (symbol->address - code->address, symbol->size, code->length))
        return symbol;
    }
  return NULL;
}

static Sample
choose (const AssayAreasInput *input, const Code *code, guint64 within)
{
  const AssaySymbol *function = input->expected_elf == NULL ? NULL : next_function (input->symbols_elf, code, within);
  Sample sample = { .mode = ASSAY_CODE_MAIN, .any_mode = function == NULL && input->symbols_elf->machine == EM_ARM };
  /* instructions of all machines but x86 begin at multiples of their size */
  guint64 start = function == NULL ? within & ~G_GUINT64_CONSTANT (3) : function->address - code->address;
  guint64 length = function == NULL ? code->length - start : function->size;
  if (function != NULL && function->is_thumb)
    sample.mode = ASSAY_CODE_ALTERNATE;
  sample.offset = code->offset + start;
  sample.address = code->address + start;
  sample.length = MIN (length, SAMPLE_BYTES);
  return sample;
}

static void
mask_operands (AssayOperandDecoder *decoder, const guint8 *bytes, const Sample *sample, AssayCodeMode mode,
               guint8 *mask)
{
  for (guint64 at = 0; at < sample->length;)
    {
      AssayOperand operand;
      guint64 left = sample->length - at;
      if (!assay_operand_decode (decoder, bytes + at, left, sample->address + at, mode, &operand)
          || operand.size > left)
        {
          at += MIN (assay_operand_unit (decoder), left);
          continue;
        }
      for (guint i = 0; i < operand.size; i++)
        mask[at + i] |= operand.mask[i];
      at += operand.size;
    }
}

/** Who reads and decodes stretches. Those of a small file stand close to each other. */
typedef struct
{
  const AssayAreasInput *input;
  AssayOperandDecoder *decoder;
  AssayNearby expected;
  AssayNearby shipped;
} Look;

/* Whether some bytes of the stretch are others, and not most of them. */
static gboolean
is_damaged (Look *look, const Sample *sample, gboolean *out_damaged)
{
  guint8 expected[SAMPLE_BYTES];
  guint8 shipped[SAMPLE_BYTES];
  guint8 mask[SAMPLE_BYTES] = { 0 };
  guint known = 0;
  guint differ = 0;
  if (!assay_nearby_read (&look->expected, look->input->expected, sample->offset, expected, sample->length)
      || !assay_nearby_read (&look->shipped, look->input->shipped, sample->offset, shipped, sample->length))
    return FALSE;
  mask_operands (look->decoder, expected, sample, sample->mode, mask);
  if (sample->any_mode)
    mask_operands (look->decoder, expected, sample, ASSAY_CODE_ALTERNATE, mask);
  for (guint i = 0; i < sample->length; i++)
    {
      known += mask[i] == 0;
      differ += mask[i] == 0 && expected[i] != shipped[i];
    }
  *out_damaged = differ > 0 && differ <= known / 4;
  return TRUE;
}

gboolean
assay_scatter_is_throughout (const AssayAreasInput *input)
{
  g_autoptr (AssayOperandDecoder) decoder = assay_operand_decoder_new (input->symbols_elf);
  g_autoptr (GArray) all = list_code (input);
  guint64 total = 0;
  guint64 before = 0;
  guint index = 0;
  guint damaged = 0;
  for (guint i = 0; i < all->len; i++)
    if (!assay_u64_add (total, g_array_index (all, Code, i).length, &total))
      return FALSE;
  if (decoder == NULL || total < SAMPLES * FUNCTION_BYTES || total > G_MAXUINT64 / SAMPLES
      || assay_blob_get_size (input->expected) != assay_blob_get_size (input->shipped))
    return FALSE;
  g_autofree Look *look = g_new0 (Look, 1);
  look->input = input;
  look->decoder = decoder;
  /* until the rest of them changes nothing */
  for (guint i = 0; i < SAMPLES && damaged * 2 < SAMPLES; i++)
    {
      guint64 place = total * i / SAMPLES;
      for (; place - before >= g_array_index (all, Code, index).length; index++)
        before += g_array_index (all, Code, index).length;
      Sample sample = choose (input, &g_array_index (all, Code, index), place - before);
      gboolean is = FALSE;
      if (!is_damaged (look, &sample, &is))
        return FALSE;
      damaged += is;
    }
  return damaged * 2 >= SAMPLES;
}
