#include "inventory/operand/private.h"

/* Words that code loads and that lie behind it: they are data, and often addresses. */

static void
find_nearest (AssayOperandLiterals *literals)
{
  literals->nearest = G_MAXUINT64;
  for (guint i = 0; i < literals->count; i++)
    literals->nearest = MIN (literals->nearest, literals->entries[i].address);
}

static AssayOperandLiteral *
find (AssayOperandLiterals *literals, guint64 address)
{
  for (guint i = 0; i < literals->count; i++)
    if (literals->entries[i].address == address)
      return &literals->entries[i];
  return NULL;
}

/* Makes room: what lies behind is done with. */
static void
drop_passed (AssayOperandLiterals *literals, guint64 address)
{
  guint kept = 0;
  for (guint i = 0; i < literals->count; i++)
    if (literals->entries[i].address >= address)
      literals->entries[kept++] = literals->entries[i];
  literals->count = kept;
}

void
assay_operand_add_literal (AssayOperandDecoder *decoder, guint64 address, guint64 literal, guint words, guint number)
{
  AssayOperandLiterals *literals = decoder->literals;
  /* One that only looks ahead has none. */
  if (literals == NULL)
    return;
  if (number < G_N_ELEMENTS (literals->loaded))
    literals->loaded[number] = literal;
  for (guint i = 0; i < words; i++)
    {
      guint64 place = literal + 4 * (guint64)i;
      if (place <= address || find (literals, place) != NULL)
        continue;
      if (literals->count == ASSAY_OPERAND_LITERALS)
        drop_passed (literals, address);
      if (literals->count == ASSAY_OPERAND_LITERALS)
        return;
      literals->entries[literals->count++] = (AssayOperandLiteral){ .address = place, .is_number = words > 1 };
      literals->nearest = MIN (literals->nearest, place);
    }
}

void
assay_operand_base_literal (AssayOperandDecoder *decoder, guint number, guint64 base)
{
  guint64 place = decoder->literals != NULL ? decoder->literals->loaded[number] : 0;
  AssayOperandLiteral *literal = place != 0 ? find (decoder->literals, place) : NULL;
  if (literal == NULL)
    return;
  literal->base = base;
  literal->has_base = TRUE;
}

gboolean
assay_operand_decode_literal (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                              AssayOperand *out)
{
  AssayOperandLiterals *literals = decoder->literals;
  const AssayOperandLiteral *literal = find (literals, address);
  guint32 value = 0;
  if (literal != NULL && length >= 4)
    {
      for (guint i = 0; i < 4; i++)
        value = value << 8 | bytes[decoder->data_big_endian ? i : 3 - i];
      out->size = 4;
      if (!literal->is_number)
        {
          assay_operand_write_mask (decoder, out->mask, G_MAXUINT32, 4);
          out->kind = literal->has_base ? ASSAY_OPERAND_RELATIVE : ASSAY_OPERAND_ABSOLUTE;
          out->target = assay_operand_fit (decoder, literal->has_base ? literal->base + value : value);
        }
    }
  drop_passed (literals, address + 1);
  find_nearest (literals);
  return out->size > 0;
}
