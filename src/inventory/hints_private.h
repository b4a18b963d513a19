#ifndef ASSAY_INVENTORY_HINTS_PRIVATE_H
#define ASSAY_INVENTORY_HINTS_PRIVATE_H

#include "inventory/elf.h"
#include "inventory/hints.h"

/** Hints of one kind that are kept: an image of a thousand programs by as many compilers tells no more. */
#define ASSAY_HINTS_MAX 512u

/**
 * AssayHintReading: a file that is read, and what of it is at hand.
 * @elf: NULL where it is none
 */
typedef struct
{
  AssayHints *hints;
  const AssayHintFile *file;
  const AssayElf *elf;
  const AssayLimits *limits;
} AssayHintReading;

/** assay_hints_add: @text: @detail: (nullable): escaped; @offset: G_MAXUINT64 for none. */
void assay_hints_add (const AssayHintReading *reading, AssayHintKind kind, const char *text, const char *detail,
                      gint64 seconds, const char *where, guint64 offset);

/** assay_hints_add_tool: the text of a tool, by assay_tool_read(): its options are hints of their own. */
void assay_hints_add_tool (const AssayHintReading *reading, const char *text, const char *where, guint64 offset);

/** assay_hints_cut: more was said than is kept. */
void assay_hints_cut (AssayHints *hints);

/** assay_hints_read_elf: what headers, sections, notes and debug information say. */
void assay_hints_read_elf (const AssayHintReading *reading, AssayInterpreter *interpreter);

/** assay_hints_read_texts: banners, versions of tools and times among the bytes of a file. */
void assay_hints_read_texts (const AssayHintReading *reading);

/** assay_hints_read_packaging: what files of a Debian package say: its control file and its changelog. */
void assay_hints_read_packaging (const AssayHintReading *reading);

#endif
