#include "account/rules/build_id_sums.h"
#include "account/rules/strip.h"

#include "util/checked.h"

#include <assay/error.h>

#include <string.h>

/* lld digests a file in chunks, and then the digests (LLVM, lld/ELF/Writer.cpp, computeHash). */
#define CHUNK_BYTES (1024u * 1024u)

/* Name size, content size, type, and "GNU" with its zero (System V ABI, "Note Section"). */
#define NOTE_HEADER_BYTES 16u

/**
 * Note: the build-id of the shipped file.
 * @offset: @length: of the id itself; the note begins NOTE_HEADER_BYTES before
 */
typedef struct
{
  AssayStripFile *file;
  guint64 offset;
  guint64 length;
  guint8 id[ASSAY_BUILD_ID_BYTES_MAX];
} Note;

/* The one section that is nothing but a build-id. */
static gboolean
find_note (Note *note, GError **error)
{
  for (guint32 i = 1; i < note->file->sections->len; i++)
    {
      const GElf_Shdr *section = assay_strip_section (note->file, i);
      if (section->sh_type != SHT_NOTE || section->sh_size <= NOTE_HEADER_BYTES
          || section->sh_size > NOTE_HEADER_BYTES + ASSAY_BUILD_ID_BYTES_MAX
          || strcmp (assay_strip_section_name (note->file, i), ".note.gnu.build-id") != 0)
        continue;
      g_autofree guint8 *bytes = assay_strip_read (note->file, section->sh_offset, section->sh_size, error);
      if (bytes == NULL)
        return FALSE;
      note->offset = section->sh_offset + NOTE_HEADER_BYTES;
      note->length = section->sh_size - NOTE_HEADER_BYTES;
      memcpy (note->id, bytes + NOTE_HEADER_BYTES, note->length);
      return (assay_strip_number (note->file, bytes, 4) == sizeof ELF_NOTE_GNU
              && assay_strip_number (note->file, bytes + 4, 4) == note->length
              && assay_strip_number (note->file, bytes + 8, 4) == NT_GNU_BUILD_ID
              && memcmp (bytes + 12, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0)
             || assay_strip_refuse (error, "a build-id of another form");
    }
  return assay_strip_refuse (error, "no build-id");
}

/* Bytes of the file with zeros where [@zero, @zero_end) is. */
static gboolean
add_range (const Note *note, AssayBuildIdSum *sum, guint64 offset, guint64 length, guint64 zero, guint64 zero_end,
           GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  for (guint64 done = 0; done < length;)
    {
      gsize take = MIN (length - done, ASSAY_BLOB_WINDOW_BYTES);
      guint64 start = offset + done;
      if (!assay_blob_read (note->file->blob, start, window, take, error))
        return FALSE;
      guint64 from = MAX (start, zero);
      guint64 to = MIN (start + take, zero_end);
      if (from < to)
        memset (window + (from - start), 0, to - from);
      assay_build_id_sum_update (sum, window, take);
      done += take;
    }
  return TRUE;
}

/* The whole file but for the id: in chunks as lld does, or at once as gold does. */
static gboolean
is_of_file (const Note *note, guint64 chunk, gboolean *out_is, GError **error)
{
  guint64 size = note->file->reader->size;
  g_auto (AssayBuildIdSum) top = { 0 };
  guint8 digest[ASSAY_BUILD_ID_BYTES_MAX];
  if (!assay_build_id_sum_init (&top, note->length))
    return TRUE;
  for (guint64 done = 0; done < size; done += chunk)
    {
      g_auto (AssayBuildIdSum) part = { 0 };
      guint64 take = MIN (chunk, size - done);
      assay_build_id_sum_init (&part, note->length);
      if (!add_range (note, &part, done, take, note->offset, note->offset + note->length, error))
        return FALSE;
      assay_build_id_sum_finish (&part, digest);
      assay_build_id_sum_update (&top, digest, note->length);
    }
  if (chunk < size || chunk == CHUNK_BYTES)
    assay_build_id_sum_finish (&top, digest);
  *out_is = *out_is || memcmp (digest, note->id, note->length) == 0;
  return TRUE;
}

/* Sections whose content the linker makes only after the id: they are digested as a header alone. */
static gboolean
has_no_content_yet (const AssayStripFile *file, guint32 index)
{
  return !assay_strip_has_bytes (assay_strip_section (file, index)) || assay_strip_is_table (file, index);
}

static gboolean
add_header (const Note *note, AssayBuildIdSum *sum, guint64 offset, guint64 length, guint64 zero, guint64 zero_length,
            GError **error)
{
  return add_range (note, sum, offset, length, offset + zero, offset + zero + zero_length, error);
}

/* GNU ld: the ELF header without e_phoff and e_shoff, the program headers, each section header without sh_offset and
 * behind it the content (binutils, bfd/elfcode.h, elf_checksum_contents); the note is still zero as a whole. */
static gboolean
is_of_gnu_ld (const Note *note, gboolean *out_is, GError **error)
{
  const AssayStripFile *file = note->file;
  const GElf_Ehdr *header = &file->reader->header;
  guint64 word = file->reader->bits / 8;
  guint64 total = 0;
  g_auto (AssayBuildIdSum) sum = { 0 };
  if (note->length == 8 || !assay_build_id_sum_init (&sum, note->length))
    return TRUE;
  if (!add_header (note, &sum, 0, header->e_ehsize, 24 + word, 2 * word, error)
      || !add_header (note, &sum, header->e_phoff, (guint64)header->e_phnum * header->e_phentsize, 0, 0, error))
    return FALSE;
  for (guint32 i = 0; i < file->sections->len; i++)
    {
      const GElf_Shdr *section = assay_strip_section (file, i);
      if (!add_header (note, &sum, header->e_shoff + (guint64)i * header->e_shentsize, header->e_shentsize,
                       8 + 2 * word, word, error))
        return FALSE;
      if (has_no_content_yet (file, i))
        continue;
      /* Sections do not overlap in what a linker makes; where they claim more than the file, they are not its. */
      if (!assay_u64_add (total, section->sh_size, &total) || total > file->reader->size)
        return assay_strip_refuse (error, "sections that overlap");
      if (!add_range (note, &sum, section->sh_offset, section->sh_size, note->offset - NOTE_HEADER_BYTES,
                      note->offset + note->length, error))
        return FALSE;
    }
  guint8 digest[ASSAY_BUILD_ID_BYTES_MAX];
  assay_build_id_sum_finish (&sum, digest);
  *out_is = *out_is || memcmp (digest, note->id, note->length) == 0;
  return TRUE;
}

/* Whether any byte of the id differs: only then is there something to explain. */
static gboolean
differs (const AssayRuleCase *rule_case, const Note *note)
{
  for (guint i = 0; i < rule_case->differences->len; i++)
    {
      const AssayDifference *difference = &g_array_index (rule_case->differences, AssayDifference, i);
      if (difference->offset < note->offset + note->length && note->offset < difference->offset + difference->length)
        return TRUE;
    }
  return FALSE;
}

/* @note is filled in; it borrows @file. */
static gboolean
load_note (AssayStripFile *file, AssayBlob *blob, const AssayLimits *limits, Note *note, GError **error)
{
  *note = (Note){ .file = file };
  return assay_strip_file_load (file, blob, limits, error) && find_note (note, error);
}

/* Whether the id of a file is what one of the linkers makes of its bytes, all of which this reads. */
static gboolean
derive (const Note *note, gboolean *out_is, GError **error)
{
  return is_of_gnu_ld (note, out_is, error) && (*out_is || is_of_file (note, CHUNK_BYTES, out_is, error))
         && (*out_is || note->length == 8 || is_of_file (note, MAX (note->file->reader->size, 1), out_is, error));
}

/* An id that the build chose is one that a program may ask for: where the expected one does not follow from its own
 * file, the shipped one is no consequence of anything. */
static gboolean
prove (AssayRuleCase *rule_case, AssayStripFile *file, AssayStripFile *expected_file, GError **error)
{
  Note note;
  Note expected;
  gboolean is = FALSE;
  gboolean expected_is = FALSE;
  const AssayLimits *limits = rule_case->options->limits;
  if (!load_note (file, rule_case->node->blob, limits, &note, error))
    return FALSE;
  if (!differs (rule_case, &note))
    return TRUE;
  if (!derive (&note, &is, error))
    return FALSE;
  if (!is)
    return TRUE;
  if (!load_note (expected_file, rule_case->expected->blob, limits, &expected, error)
      || !derive (&expected, &expected_is, error))
    return FALSE;
  if (expected_is && expected.length == note.length)
    assay_rule_add_verified (rule_case, "build-id", note.offset, note.length, ASSAY_CLASS_EXPLAINED);
  return TRUE;
}

gboolean
assay_rule_build_id (AssayRuleCase *rule_case, GError **error)
{
  g_autoptr (GError) local = NULL;
  AssayStripFile file = { 0 };
  AssayStripFile expected = { 0 };
  if (rule_case->fixed || rule_case->shipped_elf == NULL || rule_case->expected_elf == NULL
      || rule_case->shipped_elf->trouble != NULL)
    return TRUE;
  gboolean done = prove (rule_case, &file, &expected, &local);
  assay_strip_file_clear (&file);
  assay_strip_file_clear (&expected);
  if (done || g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_MALFORMED)
      || g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_LIMIT))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
