#include "inventory/elf_private.h"

#include "util/checked.h"
#include "util/text.h"

#include <string.h>

/* Words of a note's header: namesz, descsz, type (System V ABI, "Note Section"). */
#define NOTE_WORDS 3u
#define NOTE_HEADER_BYTES (NOTE_WORDS * 4u)

/* Longest build-id that is believed: SHA-512. GNU ld writes 16 or 20 bytes, others 8. */
#define BUILD_ID_BYTES_MAX 64u

/* Of each range of notes only the beginning is searched: linkers put the build-id within the first kilobyte. */
#define SEARCHED_BYTES_MAX (64u * 1024u)

static guint32
get_word (const AssayElf *elf, const guint8 *bytes)
{
  guint32 word;
  memcpy (&word, bytes, sizeof word);
  return elf->big_endian ? GUINT32_FROM_BE (word) : GUINT32_FROM_LE (word);
}

/* Walks the notes in memory; whatever does not fit ends the walk. */
static char *
search_notes (const AssayElf *elf, const guint8 *notes, guint64 length, guint64 alignment)
{
  guint64 cursor = 0;
  while (assay_range_fits (cursor, NOTE_HEADER_BYTES, length))
    {
      guint64 name_size = get_word (elf, notes + cursor);
      guint64 content_size = get_word (elf, notes + cursor + 4);
      guint32 type = get_word (elf, notes + cursor + 8);
      guint64 name = cursor + NOTE_HEADER_BYTES;
      guint64 content = 0;
      /* Sums of 32-bit numbers and a position in 64 KiB do not overflow. */
      if (!assay_u64_align (name + name_size, alignment, &content) || !assay_range_fits (content, content_size, length))
        return NULL;
      if (type == NT_GNU_BUILD_ID && name_size == sizeof ELF_NOTE_GNU
          && memcmp (notes + name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0 && content_size > 0
          && content_size <= BUILD_ID_BYTES_MAX)
        return assay_text_hex (notes + content, (gsize)content_size);
      if (!assay_u64_align (content + content_size, alignment, &cursor))
        return NULL;
    }
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
  /* Only an alignment of 8 changes the layout; 0, 1 and odd ones mean 4 (as GNU readelf reads them). */
  elf->build_id = search_notes (elf, notes, length, alignment == 8 ? 8 : 4);
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
  guint8 note[NOTE_HEADER_BYTES + sizeof ELF_NOTE_GNU];
  g_autoptr (GError) ignored = NULL;
  if (section->type != SHT_NOTE || (section->flags & (SHF_WRITE | SHF_EXECINSTR)) != 0 || section->size < sizeof note
      || !assay_blob_read (blob, section->offset, note, sizeof note, &ignored))
    return FALSE;
  guint64 length = section->size - sizeof note;
  if (get_word (elf, note) != sizeof ELF_NOTE_GNU || get_word (elf, note + 4) != length
      || get_word (elf, note + 8) != NT_GNU_BUILD_ID
      || memcmp (note + NOTE_HEADER_BYTES, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) != 0 || length == 0
      || length > BUILD_ID_BYTES_MAX)
    return FALSE;
  *out_offset = section->offset + sizeof note;
  *out_length = length;
  return TRUE;
}
