#include "inventory/debug/cursor.h"
#include "inventory/note.h"
#include "inventory/producer_private.h"
#include "util/checked.h"

#include <elf.h>
#include <string.h>

/** Bytes of one section of notes: those of annobin, the largest, repeat themselves for each function. */
#define NOTES_BYTES (256u * 1024u)
/** Go's internal/buildinfo: what .go.buildinfo begins with, and bytes up to a version that stands in it. */
#define GO_MAGIC "\xff Go buildinf:"
#define GO_HEAD_BYTES 32u
#define GO_VERSION_BYTES 256u
#define GO_BIG_ENDIAN 1u
#define GO_INLINE 2u
/** Type of the note with the Go build id. */
#define NOTE_GO_BUILD_ID 4u
/** The NDK's note: a number, and two texts of this room each. */
#define NOTE_ANDROID 1u
#define NOTE_ANDROID_TEXT_BYTES 64u
/** annobin writes what it has to say into the owner: "GA", the kind of value, what it is of, the value. */
#define ANNOBIN_TOOL "GA$\x05"

/* Go counts the bytes that fill up to a word to the name. */
static gboolean
is_owned_by (const AssayNoteEntry *note, const char *owner)
{
  gsize length = strlen (owner);
  return note->name_bytes > length && memcmp (note->name, owner, length + 1) == 0;
}

static void
add_android (AssayProducers *producers, const AssayNoteEntry *note, const char *where)
{
  if (note->content_bytes < 4 + 2 * NOTE_ANDROID_TEXT_BYTES)
    return;
  const char *texts = (const char *)note->content + 4;
  g_autofree char *version = g_strndup (texts, NOTE_ANDROID_TEXT_BYTES);
  g_autofree char *number = g_strndup (texts + NOTE_ANDROID_TEXT_BYTES, NOTE_ANDROID_TEXT_BYTES);
  g_autofree char *text = g_strdup_printf ("Android NDK %s (%s)", version, number);
  assay_producers_add (producers, ASSAY_PRODUCER_NOTE, where, text, strlen (text));
}

void
assay_producers_add_notes (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob, const AssaySection *section)
{
  g_autoptr (GBytes) bytes = assay_producers_read_section (producers, elf, blob, section, NOTES_BYTES);
  gsize length = 0;
  const guint8 *notes = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  AssayNoteEntry note;
  producers->cut[ASSAY_PRODUCER_NOTE] = producers->cut[ASSAY_PRODUCER_NOTE] || section->size > NOTES_BYTES;
  const gsize tool = strlen (ANNOBIN_TOOL);
  for (gsize cursor = 0; assay_note_next (elf, notes, length, section->alignment, &cursor, &note);)
    {
      const char *content = (const char *)note.content;
      if (is_owned_by (&note, "GNU") && note.type == NT_GNU_GOLD_VERSION)
        assay_producers_add (producers, ASSAY_PRODUCER_NOTE, section->name, content, note.content_bytes);
      else if (is_owned_by (&note, "Go") && note.type == NOTE_GO_BUILD_ID)
        assay_producers_add (producers, ASSAY_PRODUCER_GO_BUILD, section->name, content, note.content_bytes);
      else if (is_owned_by (&note, "Android") && note.type == NOTE_ANDROID)
        add_android (producers, &note, section->name);
      else if (note.name_bytes > tool && memcmp (note.name, ANNOBIN_TOOL, tool) == 0)
        assay_producers_add (producers, ASSAY_PRODUCER_NOTE, section->name, (const char *)note.name + tool,
                             note.name_bytes - tool);
    }
}

/* Reads what lies at an address of memory; less, or nothing, where the file does not hold it. */
static gsize
read_at_address (const AssayElf *elf, AssayBlob *blob, guint64 address, void *out, gsize length)
{
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      guint64 within = address - segment->virtual_address;
      guint64 offset = 0;
      if (segment->type != PT_LOAD || address < segment->virtual_address || within >= segment->file_size
          || !assay_u64_add (segment->offset, within, &offset) || offset >= elf->size)
        continue;
      gsize size = (gsize)MIN (MIN (segment->file_size - within, elf->size - offset), length);
      return assay_blob_read (blob, offset, out, size, NULL) ? size : 0;
    }
  return 0;
}

/* Before Go 1.18 the section says where a Go string lies, which says where its bytes lie. */
static void
add_pointed (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob, const AssaySection *section,
             AssayDebugCursor *head)
{
  guint8 string[16];
  char version[GO_VERSION_BYTES];
  guint pointer_bytes = (guint)assay_debug_cursor_fixed (head, 1);
  head->big_endian = (assay_debug_cursor_fixed (head, 1) & GO_BIG_ENDIAN) != 0;
  guint64 address = assay_debug_cursor_fixed (head, pointer_bytes);
  if (head->failed || (pointer_bytes != 4 && pointer_bytes != 8))
    return;
  const AssayDebugBytes words = { string, read_at_address (elf, blob, address, string, sizeof string) };
  AssayDebugCursor cursor = assay_debug_cursor_at (words, 0, head->big_endian);
  address = assay_debug_cursor_fixed (&cursor, pointer_bytes);
  guint64 length = assay_debug_cursor_fixed (&cursor, pointer_bytes);
  if (cursor.failed || length > sizeof version)
    return;
  gsize size = read_at_address (elf, blob, address, version, (gsize)length);
  assay_producers_add (producers, ASSAY_PRODUCER_GO, section->name, version, size);
}

void
assay_producers_add_go (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob, const AssaySection *section)
{
  g_autoptr (GBytes) bytes
      = assay_producers_read_section (producers, elf, blob, section, GO_HEAD_BYTES + 10 + GO_VERSION_BYTES);
  AssayDebugBytes content = { NULL, 0 };
  if (bytes != NULL)
    content.data = g_bytes_get_data (bytes, &content.size);
  const gsize magic = sizeof GO_MAGIC - 1;
  if (content.size < GO_HEAD_BYTES || memcmp (content.data, GO_MAGIC, magic) != 0)
    return;
  AssayDebugCursor head = assay_debug_cursor_at (content, magic, FALSE);
  if ((content.data[magic + 1] & GO_INLINE) == 0)
    {
      add_pointed (producers, elf, blob, section, &head);
      return;
    }
  AssayDebugCursor cursor = assay_debug_cursor_at (content, GO_HEAD_BYTES, FALSE);
  guint64 length = assay_debug_cursor_uleb (&cursor);
  if (!cursor.failed && length <= assay_debug_cursor_left (&cursor))
    assay_producers_add (producers, ASSAY_PRODUCER_GO, section->name, (const char *)cursor.at, (gsize)length);
}
