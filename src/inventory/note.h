#ifndef ASSAY_INVENTORY_NOTE_H
#define ASSAY_INVENTORY_NOTE_H

#include "inventory/elf.h"

/**
 * AssayNoteEntry: one note in memory.
 * @name: @name_bytes with the closing NUL where it has one
 * @content: @content_bytes
 */
typedef struct
{
  guint32 type;
  const guint8 *name;
  gsize name_bytes;
  const guint8 *content;
  gsize content_bytes;
} AssayNoteEntry;

/**
 * assay_note_next:
 * @notes: @length bytes of a section or segment of notes
 * @alignment: as its header says; 8 lays notes out another way, all else means 4 (as GNU readelf reads them)
 * @cursor: from 0 on; moved behind the note
 *
 * Returns: FALSE at the end, and where a note does not fit
 * Source: System V ABI, "Note Section".
 */
gboolean assay_note_next (const AssayElf *elf, const guint8 *notes, gsize length, guint64 alignment, gsize *cursor,
                          AssayNoteEntry *out);

/**
 * AssayNote:
 * @section: number of the section that holds it; 0 where it was found by a segment
 * @owner: who defines the types, as "GNU"; escaped by assay_text_escape_line()
 * @offset: @size: of the content in the file
 */
typedef struct
{
  guint32 section;
  guint32 type;
  char *owner;
  guint64 offset;
  guint64 size;
} AssayNote;

/**
 * assay_elf_read_notes:
 *
 * All notes of a file: those of its SHT_NOTE sections, or where it has no sections, of its PT_NOTE segments. A note
 * that does not fit ends those of its section.
 *
 * Returns: (transfer full) (element-type AssayNote): in the order of the section headers, with a clear function set
 * Errors: ASSAY_ERROR_LIMIT "metadata-bytes" all sections of notes together; those of assay_blob_read().
 */
GArray *assay_elf_read_notes (const AssayElf *elf, AssayBlob *blob, const AssayLimits *limits, GError **error);

#endif
