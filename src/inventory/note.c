#include "inventory/note.h"

#include "util/checked.h"
#include "util/text.h"

#include <elf.h>
#include <string.h>

/* Words of a note's header: namesz, descsz, type. */
#define HEADER_BYTES 12u

static guint32
get_word (const AssayElf *elf, const guint8 *bytes)
{
  guint32 word;
  memcpy (&word, bytes, sizeof word);
  return elf->big_endian ? GUINT32_FROM_BE (word) : GUINT32_FROM_LE (word);
}

gboolean
assay_note_next (const AssayElf *elf, const guint8 *notes, gsize length, guint64 alignment, gsize *cursor,
                 AssayNoteEntry *out)
{
  guint64 unit = alignment == 8 ? 8 : 4;
  guint64 at = *cursor;
  guint64 content = 0;
  guint64 end = 0;
  if (!assay_range_fits (at, HEADER_BYTES, length))
    return FALSE;
  guint64 name_bytes = get_word (elf, notes + at);
  guint64 content_bytes = get_word (elf, notes + at + 4);
  guint64 name = at + HEADER_BYTES;
  if (!assay_u64_align (name + name_bytes, unit, &content) || !assay_range_fits (content, content_bytes, length)
      || !assay_u64_align (content + content_bytes, unit, &end))
    return FALSE;
  *out = (AssayNoteEntry){ .type = get_word (elf, notes + at + 8),
                           .name = notes + name,
                           .name_bytes = (gsize)name_bytes,
                           .content = notes + content,
                           .content_bytes = (gsize)content_bytes };
  *cursor = (gsize)MIN (end, length);
  return TRUE;
}

static void
clear_note (gpointer data)
{
  AssayNote *note = data;
  g_clear_pointer (&note->owner, g_free);
}

static void
append_notes (const AssayElf *elf, const guint8 *bytes, gsize length, guint64 offset, guint32 section,
              guint64 alignment, GArray *notes)
{
  AssayNoteEntry entry;
  for (gsize cursor = 0; assay_note_next (elf, bytes, length, alignment, &cursor, &entry);)
    {
      gsize owner_bytes = strnlen ((const char *)entry.name, entry.name_bytes);
      const AssayNote note = { .section = section,
                               .type = entry.type,
                               .owner = assay_text_escape_line ((const char *)entry.name, (gssize)owner_bytes),
                               .offset = offset + (guint64)(entry.content - bytes),
                               .size = entry.content_bytes };
      g_array_append_val (notes, note);
    }
}

/* Reads one range; what leaves the file is not there. *room is what all ranges may still take. */
static gboolean
read_range (const AssayElf *elf, AssayBlob *blob, const AssayLimits *limits, const AssaySection *range, guint64 *room,
            GArray *notes, GError **error)
{
  guint64 length = range->offset < elf->size ? MIN (range->size, elf->size - range->offset) : 0;
  if (length > *room)
    return assay_limits_exceeded (limits, ASSAY_LIMIT_METADATA_BYTES, "notes of an ELF file", error);
  *room -= length;
  g_autofree guint8 *bytes = g_malloc (MAX (length, 1));
  if (!assay_blob_read (blob, MIN (range->offset, elf->size), bytes, (gsize)length, error))
    return FALSE;
  append_notes (elf, bytes, (gsize)length, range->offset, range->index, range->alignment, notes);
  return TRUE;
}

GArray *
assay_elf_read_notes (const AssayElf *elf, AssayBlob *blob, const AssayLimits *limits, GError **error)
{
  guint64 room = limits->value[ASSAY_LIMIT_METADATA_BYTES];
  g_autoptr (GArray) notes = g_array_new (FALSE, FALSE, sizeof (AssayNote));
  g_array_set_clear_func (notes, clear_note);
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (section->type == SHT_NOTE && !read_range (elf, blob, limits, section, &room, notes, error))
        return NULL;
    }
  for (guint i = 0; elf->sections->len == 0 && i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      const AssaySection range
          = { .offset = segment->offset, .size = segment->file_size, .alignment = segment->alignment };
      if (segment->type == PT_NOTE && !read_range (elf, blob, limits, &range, &room, notes, error))
        return NULL;
    }
  return g_steal_pointer (&notes);
}
