/* What is read of programs (src/inventory). */
#include "fuzz.h"

#include "inventory/be8.h"
#include "inventory/coding.h"
#include "inventory/dates.h"
#include "inventory/debug/lines.h"
#include "inventory/debug/producers.h"
#include "inventory/digests.h"
#include "inventory/displacement.h"
#include "inventory/elf.h"
#include "inventory/fields.h"
#include "inventory/fingerprint.h"
#include "inventory/imports.h"
#include "inventory/instructions.h"
#include "inventory/intermediate.h"
#include "inventory/likeness.h"
#include "inventory/load_places.h"
#include "inventory/nature.h"
#include "inventory/note.h"
#include "inventory/operand.h"
#include "inventory/producer.h"
#include "inventory/raw.h"
#include "inventory/raw_place.h"
#include "inventory/shape.h"
#include "inventory/stencil.h"
#include "inventory/tool_text.h"

#include <string.h>

/** Places of a file at which each question is asked, spread over all of it. */
#define PLACES 48u

static gboolean
fits (guint64 offset, guint64 length, guint64 size)
{
  return offset <= size && length <= size - offset;
}

static guint64
place_of (guint64 size, guint i)
{
  return size / PLACES * i + (i < size % PLACES ? i : 0);
}

static void
check_pieces (const AssayElf *elf)
{
  guint64 end = 0;
  for (guint i = 0; i < elf->pieces->len; i++)
    {
      const AssayPiece *piece = &g_array_index (elf->pieces, AssayPiece, i);
      fuzz_check (piece->offset == end && piece->length > 0 && fits (end, piece->length, elf->size),
                  "pieces do not tile");
      fuzz_check ((piece->kind == ASSAY_PIECE_SECTION) == (piece->section < elf->sections->len),
                  "a piece of no section");
      end += piece->length;
    }
  fuzz_check (end == elf->size, "pieces end early");
}

static void
check_symbols (const AssayElf *elf)
{
  for (guint i = 0; i < elf->symbols->len; i++)
    {
      const AssaySymbol *symbol = &g_array_index (elf->symbols, AssaySymbol, i);
      fuzz_check (symbol->name != NULL && g_utf8_validate (symbol->name, -1, NULL), "a symbol without a name");
      if (i > 0)
        fuzz_check (g_array_index (elf->symbols, AssaySymbol, i - 1).address <= symbol->address,
                    "symbols out of order");
      if (i < PLACES)
        {
          assay_elf_symbol_is_whole (elf, symbol);
          assay_elf_section_at_address (elf, symbol->address);
          assay_elf_symbol_at (elf, symbol->address, symbol->section);
        }
    }
}

static void
ask_places (const AssayElf *elf)
{
  guint64 address;
  for (guint i = 0; i < PLACES; i++)
    {
      guint64 offset = place_of (elf->size, i);
      const AssayPiece *piece = assay_elf_piece_at (elf, offset);
      fuzz_check ((piece != NULL) == (offset < elf->size), "a byte without a piece");
      fuzz_check (piece == NULL || (piece->offset <= offset && offset - piece->offset < piece->length),
                  "a piece that does not hold its byte");
      assay_elf_offset_is_executable (elf, offset);
      if (assay_elf_address_of_offset (elf, offset, &address))
        assay_elf_symbol_at (elf, address, 0);
    }
}

static void
check_load_image (const AssayElf *elf)
{
  guint64 base = 0;
  guint64 end = 0;
  g_autoptr (GArray) ranges = assay_elf_load_image (elf, &base, NULL);
  for (guint i = 0; ranges != NULL && i < ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, i);
      fuzz_check (fits (range->file_offset, range->length, elf->size), "a loaded range leaves the file");
      fuzz_check (range->image_offset >= end && range->length <= G_MAXUINT64 - range->image_offset,
                  "loaded ranges overlap");
      end = range->image_offset + range->length;
    }
}

static void
check_build_id (const AssayElf *elf, AssayBlob *blob)
{
  guint64 offset;
  guint64 length;
  AssayDigest digest;
  for (guint i = 0; i < elf->sections->len && i < PLACES; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (assay_elf_locate_build_id (elf, blob, section, &offset, &length))
        fuzz_check (fits (offset, length, elf->size), "a build-id outside of the file");
      assay_elf_digest_section (elf, blob, section->index, &digest, NULL);
    }
}

void
fuzz_elf (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  AssayLimits limits;
  fuzz_limits_init (&limits);
  g_autoptr (AssayBlob) blob = fuzz_blob (bytes, length);
  g_autoptr (AssayElf) elf = assay_elf_new (blob, &limits, NULL);
  if (elf == NULL)
    return;
  fuzz_check (elf->size == length, "another size");
  check_pieces (elf);
  check_load_image (elf);
  check_build_id (elf, blob);
  ask_places (elf);
  if (!assay_elf_load_symbols (elf, blob, &limits, NULL))
    {
      fuzz_check (elf->symbols == NULL, "symbols of a failure");
      return;
    }
  check_symbols (elf);
  ask_places (elf);
  g_autoptr (GArray) imports = assay_elf_imports_new (elf, blob);
  g_autoptr (GArray) places = assay_load_places_executable (blob, &limits);
  g_autoptr (GArray) flagged = assay_load_places_flagged (blob, &limits);
  assay_load_places_touch (places, length / 2, 1);
  fuzz_check (imports != NULL, "no imports");
}

static void
check_notes (const AssayElf *elf, AssayBlob *blob, const AssayLimits *limits)
{
  g_autoptr (GArray) notes = assay_elf_read_notes (elf, blob, limits, NULL);
  for (guint i = 0; notes != NULL && i < notes->len; i++)
    {
      const AssayNote *note = &g_array_index (notes, AssayNote, i);
      fuzz_check (fits (note->offset, note->size, elf->size), "a note leaves the file");
    }
}

void
fuzz_elf_fields (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  AssayLimits limits;
  AssayElfField field;
  fuzz_limits_init (&limits);
  g_autoptr (AssayBlob) blob = fuzz_blob (bytes, length);
  g_autoptr (AssayElf) elf = assay_elf_new (blob, &limits, NULL);
  g_autoptr (AssayElfFields) fields = elf == NULL ? NULL : assay_elf_fields_new (elf, blob, NULL);
  if (fields == NULL)
    return;
  check_notes (elf, blob, &limits);
  gsize step = MAX (length / 512, 1);
  for (gsize offset = 0; offset < length; offset += step)
    {
      if (!assay_elf_fields_find (fields, offset, &field))
        continue;
      fuzz_check (fits (field.offset, field.length, length) && fits (field.record_offset, field.record_length, length),
                  "a field leaves the file");
      fuzz_check (field.offset <= offset && offset - field.offset < field.length,
                  "a field that does not hold its byte");
      g_autoptr (GString) text = g_string_new (NULL);
      gboolean said = assay_elf_fields_say (fields, field.meaning, field.offset, field.length, text);
      fuzz_check (g_utf8_validate (text->str, -1, NULL) && said == (text->len > 0), "a text that is none");
    }
}

void
fuzz_elf_debug (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  AssayLimits limits;
  fuzz_limits_init (&limits);
  g_autoptr (AssayBlob) blob = fuzz_blob (bytes, length);
  g_autoptr (AssayElf) elf = assay_elf_new (blob, &limits, NULL);
  if (elf == NULL)
    return;
  g_autoptr (AssayProducers) producers = assay_producers_new ();
  assay_producers_add_elf (producers, elf, blob);
  gboolean whole = FALSE;
  g_autoptr (GPtrArray) compilers = assay_debug_producers_read (blob, &limits, ASSAY_DEBUG_TEXT_PRODUCER, &whole, NULL);
  for (guint i = 0; compilers != NULL && i < compilers->len; i++)
    fuzz_check (g_ptr_array_index (compilers, i) != NULL, "a compiler without a name");
  assay_producers_add_texts (producers, elf, blob, 0, length);
  g_autoptr (GPtrArray) list = assay_producers_list (producers);
  fuzz_check (list != NULL, "no producers");
  for (guint i = 0; i < list->len; i++)
    {
      g_auto (AssayTool) tool = { NULL };
      gboolean known = assay_tool_read (((const AssayProducer *)g_ptr_array_index (list, i))->text, &tool);
      fuzz_check (known == (tool.version != NULL), "a tool without a version");
    }
  g_autoptr (GArray) stamps = g_array_new (FALSE, FALSE, sizeof (AssayStamp));
  assay_dates_find_stamps ((const char *)bytes, length, stamps);
  for (guint i = 0; i < stamps->len; i++)
    fuzz_check (g_array_index (stamps, AssayStamp, i).end <= length, "a time beyond the end");
  g_autoptr (AssayDebugLines) lines = assay_debug_lines_new (blob, NULL, &limits, NULL);
  for (guint i = 0; lines != NULL && i < elf->sections->len && i < PLACES; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      for (guint j = 0; j < 4; j++)
        {
          g_auto (AssaySourcePlace) place = { 0 };
          guint64 end = 0;
          guint64 at = section->address + section->size / 4 * j;
          if (assay_debug_lines_find (lines, at, elf->type == 1 ? section->index : 0, &place, &end))
            fuzz_check (place.inlined_by != NULL && (place.file != NULL || place.function != NULL),
                        "a place that is nowhere");
        }
    }
}

/* Machine, class, byte order and mode come first, then code. */
void
fuzz_code (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  static const guint16 machines[] = { 183, 40, 8, 20, 21, 243, 62, 3, 2, 43, 22, 4, 94 };
  AssayOperand operand;
  AssayElf elf = { .machine = machines[fuzz_take (&bytes, &length, 1) % G_N_ELEMENTS (machines)], .type = 2 };
  guint64 how = fuzz_take (&bytes, &length, 1);
  elf.bits = how & 1 ? 64 : 32;
  elf.big_endian = (how & 2) != 0;
  elf.flags = (guint32)fuzz_take (&bytes, &length, 4);
  guint64 address = fuzz_take (&bytes, &length, 4);
  AssayCodeMode mode = how & 4 ? ASSAY_CODE_ALTERNATE : ASSAY_CODE_MAIN;
  length = MIN (length, 512u);
  AssayInstructions *instructions = assay_instructions_new (&elf);
  if (instructions != NULL)
    {
      guint64 end = address;
      g_autoptr (GArray) lines = assay_instructions_read (instructions, bytes, length, address, mode, 0);
      for (guint i = 0; i < lines->len; i++)
        {
          const AssayCodeLine *line = &g_array_index (lines, AssayCodeLine, i);
          fuzz_check (line->address == end && line->size > 0 && line->text != NULL, "lines with a gap");
          end += line->size;
        }
      fuzz_check (end == address + length, "lines end early");
      assay_instructions_free (instructions);
    }
  g_autoptr (AssayOperandDecoder) decoder = assay_operand_decoder_new (&elf);
  for (gsize done = 0; decoder != NULL && done < length;)
    {
      if (!assay_operand_decode (decoder, bytes + done, length - done, address + done, mode, &operand))
        {
          done += assay_operand_unit (decoder);
          continue;
        }
      fuzz_check (operand.size > 0 && operand.size <= ASSAY_OPERAND_BYTES_MAX && operand.size <= length - done,
                  "an instruction longer than what there is");
      for (guint i = operand.size; i < ASSAY_OPERAND_BYTES_MAX; i++)
        fuzz_check (operand.mask[i] == 0, "a mask behind the instruction");
      done += operand.size;
    }
}

/* Two files: how long the first is stands in front. */
static AssayBlob *
take_first (const guint8 **bytes, gsize *length)
{
  gsize first = (gsize)fuzz_take (bytes, length, 3);
  first = MIN (first, *length);
  AssayBlob *blob = fuzz_blob (*bytes, first);
  *bytes += first;
  *length -= first;
  return blob;
}

static void
check_hits (const GArray *hits, gsize length)
{
  for (guint i = 0; hits != NULL && i < hits->len; i++)
    {
      const AssayFingerprintHit *hit = &g_array_index (hits, AssayFingerprintHit, i);
      fuzz_check (hit->length > 0 && fits (hit->offset, hit->length, length), "what was found leaves the file");
    }
}

static void
check_forms (AssayBlob *object, const AssayLimits *limits)
{
  AssayIntermediate kind = ASSAY_INTERMEDIATE_NONE;
  assay_intermediate_find (object, limits, &kind, NULL);
  for (guint form = 0; form < ASSAY_BE8_COUNT; form++)
    {
      g_autoptr (GBytes) swapped = NULL;
      if (assay_be8_write (object, limits, (AssayBe8Form)form, &swapped, NULL) && swapped != NULL)
        fuzz_check (g_bytes_get_size (swapped) >= assay_blob_get_size (object), "an object was cut");
    }
}

void
fuzz_fingerprint (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  AssayLimits limits;
  g_autoptr (GArray) hits = NULL;
  g_autoptr (GArray) more = g_array_new (FALSE, FALSE, sizeof (AssayFingerprintHit));
  fuzz_limits_init (&limits);
  g_autoptr (AssayBlob) first = take_first (&bytes, &length);
  g_autoptr (AssayBlob) second = fuzz_blob (bytes, length);
  check_forms (first, &limits);
  g_autoptr (AssayFingerprint) fingerprint = assay_fingerprint_new (&limits);
  g_autoptr (AssayStencils) stencils = assay_stencils_new (&limits);
  g_autoptr (AssayStencils) data = assay_stencils_new (&limits);
  if (!assay_fingerprint_add_elf (fingerprint, first, 0, NULL)
      || !assay_fingerprint_add_data (fingerprint, first, 1, NULL)
      || !assay_fingerprint_add_passive (fingerprint, first, 2, NULL)
      || !assay_fingerprint_add_encoded (fingerprint, first, 3, NULL)
      || !assay_fingerprint_add_header (fingerprint, first, 4, NULL))
    return;
  assay_fingerprint_settle (fingerprint);
  if (assay_fingerprint_search (fingerprint, second, &hits, NULL))
    check_hits (hits, length);
  if (!assay_stencils_add (stencils, first, 0, NULL) || !assay_stencils_add_data (data, first, 1, NULL))
    return;
  assay_stencils_settle (stencils);
  assay_stencils_settle (data);
  assay_stencils_search (stencils, second, more, NULL);
  assay_stencils_search (data, second, more, NULL);
  check_hits (more, length);
}

static void
compare_raw (AssayBlob *raw, gsize length, AssayBlob *elf_blob, const AssayLimits *limits)
{
  guint64 base;
  guint64 place;
  gboolean found = FALSE;
  AssayDisplacement displacement;
  g_autoptr (AssayElf) elf = assay_elf_new (elf_blob, limits, NULL);
  g_autoptr (GArray) ranges = elf == NULL ? NULL : assay_elf_load_image (elf, &base, NULL);
  if (ranges == NULL)
    return;
  assay_raw_matches_elf (raw, elf_blob, elf, &found, NULL);
  assay_raw_place (raw, elf_blob, ranges, &place);
  assay_raw_locate (elf, ranges, length / 2, &place);
  if (assay_displacement_find (raw, elf_blob, ranges, &found, &displacement, NULL) && found)
    fuzz_check (displacement.offset <= length, "what was found leaves the file");
}

void
fuzz_likeness (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  AssayLimits limits;
  fuzz_limits_init (&limits);
  g_autoptr (AssayBlob) first = take_first (&bytes, &length);
  g_autoptr (AssayBlob) second = fuzz_blob (bytes, length);
  AssayLikenessSize size;
  g_autofree AssayLikeness *a = assay_likeness_new (first, NULL);
  g_autofree AssayLikeness *b = assay_likeness_new (second, NULL);
  assay_likeness_measure (first, &size, NULL);
  fuzz_check (a != NULL && b != NULL, "likeness of bytes that can be read");
  fuzz_check (assay_likeness_match (a, b) == assay_likeness_match (b, a), "a is like b, and b is not like a");
  fuzz_check (assay_likeness_may_match (&a->size, &b->size) == assay_likeness_may_match (&b->size, &a->size),
              "a may be like b, and b may not be like a");
  compare_raw (second, length, first, &limits);
}

void
fuzz_nature (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  AssayNature nature;
  AssayDigest digest;
  gboolean shape = FALSE;
  AssayCoding coding;
  g_autoptr (AssayBlob) blob = fuzz_blob (bytes, length);
  fuzz_check (assay_nature_find (blob, &nature, &digest, NULL), "bytes that can be read");
  fuzz_check (assay_shape_fits (blob, &shape, NULL), "bytes that can be read");
  fuzz_check (nature != ASSAY_NATURE_TEXT || memchr (bytes, 0, length) == NULL || length == 0, "a text with NUL");
  /* What is looked at in two halves is what it is as a whole. */
  assay_coding_init (&coding);
  assay_coding_add (&coding, bytes, length);
  gboolean whole = assay_coding_is_binary (&coding);
  assay_coding_init (&coding);
  assay_coding_add (&coding, bytes, length / 2);
  assay_coding_add (&coding, bytes + length / 2, length - length / 2);
  fuzz_check (assay_coding_is_binary (&coding) == whole, "a coding that depends on windows");
  g_autoptr (AssayProducers) producers = assay_producers_new ();
  assay_producers_add_texts (producers, NULL, blob, 0, length);
}
