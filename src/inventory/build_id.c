#include "inventory/elf_private.h"

#include "inventory/note.h"
#include "util/text.h"

#include <string.h>

/* Longest build-id that is believed: SHA-512. GNU ld writes 16 or 20 bytes, others 8. */
#define BUILD_ID_BYTES_MAX 64u

/* Of each range of notes only the beginning is searched: linkers put the build-id within the first kilobyte. */
#define SEARCHED_BYTES_MAX (64u * 1024u)

static char *
search_notes (const AssayElf *elf, const guint8 *notes, gsize length, guint64 alignment)
{
  AssayNoteEntry note;
  for (gsize cursor = 0; assay_note_next (elf, notes, length, alignment, &cursor, &note);)
    if (note.type == NT_GNU_BUILD_ID && note.name_bytes == sizeof ELF_NOTE_GNU
        && memcmp (note.name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0 && note.content_bytes > 0
        && note.content_bytes <= BUILD_ID_BYTES_MAX)
      return assay_text_hex (note.content, note.content_bytes);
  return NULL;
}

static gboolean
search_range (AssayElf *elf, const AssayElfReader *reader, guint64 offset, guint64 size, guint64 alignment,
              guint64 *budget, GError **error)
{
  if (elf->build_id != NULL || *budget == 0 || offset >= elf->size)
    return TRUE;
  guint64 length = MIN (MIN (size, elf->size - offset), MIN (*budget, SEARCHED_BYTES_MAX));
  g_autofree guint8 *notes = g_malloc (SEARCHED_BYTES_MAX);
  if (!assay_blob_read (reader->blob, offset, notes, (gsize)length, error))
    return FALSE;
  *budget -= length;
  elf->build_id = search_notes (elf, notes, (gsize)length, alignment);
  return TRUE;
}

gboolean
assay_elf_find_build_id (AssayElf *elf, const AssayElfReader *reader, const AssayLimits *limits, GError **error)
{
  /* A build-id only finds debug data for the reader, so that a file that spends all of this has none, and nothing else.
   */
  guint64 budget = limits->value[ASSAY_LIMIT_METADATA_BYTES];
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      if (segment->type == PT_NOTE
          && !search_range (elf, reader, segment->offset, segment->file_size, segment->alignment, &budget, error))
        return FALSE;
    }
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (section->type == SHT_NOTE
          && !search_range (elf, reader, section->offset, section->size, section->alignment, &budget, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
assay_elf_locate_build_id (const AssayElf *elf, AssayBlob *blob, const AssaySection *section, guint64 *out_offset,
                           guint64 *out_length)
{
  guint8 bytes[12 + sizeof ELF_NOTE_GNU + BUILD_ID_BYTES_MAX];
  gsize cursor = 0;
  AssayNoteEntry note;
  g_autoptr (GError) ignored = NULL;
  if (section->type != SHT_NOTE || (section->flags & (SHF_WRITE | SHF_EXECINSTR)) != 0 || section->size > sizeof bytes
      || !assay_blob_read (blob, section->offset, bytes, (gsize)section->size, &ignored)
      || !assay_note_next (elf, bytes, (gsize)section->size, section->alignment, &cursor, &note))
    return FALSE;
  /* the one note of the section, and nothing behind it */
  gsize start = (gsize)(note.content - bytes);
  if (note.type != NT_GNU_BUILD_ID || note.name_bytes != sizeof ELF_NOTE_GNU
      || memcmp (note.name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) != 0 || note.content_bytes == 0
      || start + note.content_bytes != section->size)
    return FALSE;
  *out_offset = section->offset + start;
  *out_length = note.content_bytes;
  return TRUE;
}
