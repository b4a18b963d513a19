#include "account/rules/signature.h"

#include "inventory/raw.h"

#include <string.h>

/** What stands beside a slot is looked for in the ELF files of the rebuild: so much of it, so many bytes of which are
 * no zeros, since zeros stand anywhere; and in so many places of one file, beyond which nothing is believed. */
#define CONTEXT_BYTES 64u
#define CONTEXT_NONZERO 8u
#define CONTEXT_HITS 1024u

/** A slot's place in the bytes that the rebuild made, or, where it made none, in the shipped ones. */
typedef struct
{
  AssayBlob *blob;
  guint64 offset;
  guint64 length;
  gboolean zero; /* the rebuild has zeros there */
} Place;

/** Bytes beside a slot. @to_slot: from where they begin to where the slot begins. */
typedef struct
{
  guint8 bytes[CONTEXT_BYTES];
  gsize length;
  gint64 to_slot;
} Context;

/**
 * An ELF file of the rebuild.
 * @guarded: it says which of its segments are executable; else all that is loaded is
 * @ranges: (nullable): its flat image
 * @first: @end: of what is executable, as far as a flat image has it: that is not the ELF file's own headers, which a
 * linker may load with the code, nor what fills the page that they stand in
 */
typedef struct
{
  AssayBlob *blob;
  AssayElf *elf;
  gboolean guarded;
  GArray *ranges;
  guint64 first;
  guint64 end;
} Program;

static gboolean
program_is_code (const Program *program, guint64 offset)
{
  guint64 address = 0;
  return offset >= program->first && offset < program->end
         && (assay_elf_offset_is_executable (program->elf, offset)
             || (!program->guarded && assay_elf_address_of_offset (program->elf, offset, &address)));
}

static gboolean
names_code (const AssayElf *elf)
{
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      if (assay_elf_offset_is_executable (elf, segment->offset) && segment->file_size > 0)
        return TRUE;
    }
  return FALSE;
}

static void
find_code (Program *program)
{
  g_autoptr (GError) ignored = NULL;
  guint64 base = 0;
  program->guarded = names_code (program->elf);
  program->ranges = assay_elf_load_image (program->elf, &base, &ignored);
  program->first = program->ranges == NULL ? 0 : G_MAXUINT64;
  program->end = program->ranges == NULL ? program->elf->size : 0;
  for (guint i = 0; program->ranges != NULL && i < program->ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (program->ranges, AssayLoadRange, i);
      if (program->guarded && !assay_elf_offset_is_executable (program->elf, range->file_offset))
        continue;
      program->first = MIN (program->first, range->file_offset);
      program->end = MAX (program->end, range->file_offset + range->length);
    }
}

/* Whether code of the program lies in its bytes from @start on, as many as the slot has, and is what the rebuild has in
 * the slot. */
static gboolean
is_code_of (const Program *program, const Place *place, gint64 start)
{
  gboolean any = FALSE;
  for (guint64 i = start < 0 ? (guint64)-start : 0; i < place->length; i++)
    {
      guint64 offset = (guint64)start + i;
      guint8 byte = 0;
      g_autoptr (GError) ignored = NULL;
      if (offset >= program->elf->size)
        break;
      if (!program_is_code (program, offset))
        continue;
      if (place->zero && assay_blob_read (program->blob, offset, &byte, 1, &ignored) && byte != 0)
        return FALSE;
      any = TRUE;
    }
  return any;
}

/* The nearest bytes before or behind the slot that are no zeros, with their neighbours. */
static gboolean
read_context (const Place *place, gboolean before, Context *out)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  g_autoptr (GError) ignored = NULL;
  guint64 end = place->offset + place->length;
  guint64 room = before ? place->offset : assay_blob_get_size (place->blob) - end;
  gsize length = MIN (room, ASSAY_BLOB_WINDOW_BYTES);
  gsize gap = 0;
  guint nonzero = 0;
  if (!assay_blob_read (place->blob, before ? place->offset - length : end, window, length, &ignored))
    return FALSE;
  while (gap < length && window[before ? length - 1 - gap : gap] == 0)
    gap++;
  out->length = MIN (length - gap, CONTEXT_BYTES);
  memcpy (out->bytes, before ? window + (length - gap - out->length) : window + gap, out->length);
  out->to_slot = before ? (gint64)(out->length + gap) : -(gint64)(place->length + gap);
  for (gsize i = 0; i < out->length; i++)
    nonzero += out->bytes[i] != 0 ? 1 : 0;
  return nonzero >= CONTEXT_NONZERO;
}

static gboolean
has_context (const Program *program, const Place *place, const Context *context)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  g_autoptr (GError) ignored = NULL;
  guint64 size = program->elf->size;
  guint hits = 0;
  for (guint64 offset = 0; offset < size; offset += ASSAY_BLOB_WINDOW_BYTES - context->length + 1)
    {
      gsize length = MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (program->blob, offset, window, length, &ignored))
        return FALSE;
      const guint8 *end = window + length;
      for (const guint8 *at = window; (at = memmem (at, (gsize)(end - at), context->bytes, context->length)) != NULL;
           at++)
        if (++hits > CONTEXT_HITS
            || is_code_of (program, place, (gint64)(offset + (guint64)(at - window)) + context->to_slot))
          return TRUE;
      if (offset + length == size)
        break;
    }
  return FALSE;
}

/* A flat image says by its load addresses where each byte of the program went. */
static gboolean
is_flat_code (const Program *program, const Place *place)
{
  g_autoptr (GError) ignored = NULL;
  gboolean matches = FALSE;
  if (program->ranges == NULL || !assay_raw_matches_elf (place->blob, program->blob, program->elf, &matches, &ignored)
      || !matches)
    return FALSE;
  for (guint i = 0; i < program->ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (program->ranges, AssayLoadRange, i);
      guint64 start = MAX (place->offset, range->image_offset);
      guint64 end = MIN (place->offset + place->length, range->image_offset + range->length);
      for (guint64 at = start; at < end; at++)
        if (program_is_code (program, range->file_offset + (at - range->image_offset)))
          return TRUE;
    }
  return FALSE;
}

static gboolean
is_code_in (AssayBlob *blob, const Place *place, const Context *contexts, guint count, const AssayLimits *limits)
{
  g_autoptr (GError) ignored = NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (blob, limits, &ignored);
  if (elf == NULL)
    return FALSE;
  Program program = { .blob = blob, .elf = elf };
  find_code (&program);
  gboolean found = place->zero && is_flat_code (&program, place);
  for (guint i = 0; i < count && !found; i++)
    found = has_context (&program, place, &contexts[i]);
  g_clear_pointer (&program.ranges, g_array_unref);
  return found;
}

gboolean
assay_slot_lies_in_code (const AssaySlotCase *slot_case, const AssaySpan *span, const AssaySpan *other)
{
  Place place = { other != NULL ? slot_case->expected->blob : slot_case->node->blob,
                  other != NULL ? other->offset : span->offset, span->length, other != NULL };
  Context contexts[2];
  guint count = 0;
  if (slot_case->list_programs == NULL)
    return FALSE;
  count += read_context (&place, TRUE, &contexts[count]) ? 1 : 0;
  count += read_context (&place, FALSE, &contexts[count]) ? 1 : 0;
  const GPtrArray *programs = slot_case->list_programs (slot_case->list_programs_data);
  for (guint i = 0; i < programs->len; i++)
    {
      AssayBlob *blob = g_ptr_array_index (programs, i);
      g_autoptr (GError) ignored = NULL;
      if (!assay_blob_hold (blob, &ignored))
        continue;
      gboolean found = is_code_in (blob, &place, contexts, count, slot_case->limits);
      assay_blob_release (blob);
      if (found)
        return TRUE;
    }
  return FALSE;
}
