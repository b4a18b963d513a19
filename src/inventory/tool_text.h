#ifndef ASSAY_INVENTORY_TOOL_TEXT_H
#define ASSAY_INVENTORY_TOOL_TEXT_H

#include <glib.h>

/**
 * AssayTool: a compiler, assembler or linker, as one of its texts calls itself (inventory/producer.h).
 *
 * @family: "GCC", "clang", "binutils", "gold", "LLD", "rustc", "Go"; static
 * @version: "12.2.0"; never empty
 * @vendor: who packed it, without the parentheses around: "Debian 12.2.0-14", "Buildroot 2021.02"; NULL where the text
 *   does not say, as in debug information
 * @options: what it was given, as debug information has it; NULL for none
 * @language: "C17", "C++14", of debug information; NULL
 *
 * All texts are as the input has them, which is escaped already.
 */
typedef struct
{
  const char *family;
  char *version;
  char *vendor;
  char *options;
  char *language;
} AssayTool;

/**
 * assay_tool_read:
 * @text: as "GCC: (Debian 12.2.0-14) 12.2.0", "gcc version 8.3.0 (Buildroot)", "GNU C17 12.2.0 -O2 -g", "Debian clang
 *   version 14.0.6", "GNU ld (GNU Binutils for Debian) 2.40", "go1.21.3"
 * @out: filled in, or cleared
 *
 * Returns: whether it is the text of a tool that is known
 */
gboolean assay_tool_read (const char *text, AssayTool *out);

void assay_tool_clear (AssayTool *tool);

/** assay_tool_name: (transfer full): "GCC 12.2.0 (Debian 12.2.0-14)". */
char *assay_tool_name (const AssayTool *tool);

/** assay_tool_is_compiler: whether it compiles, and not only assembles or links. */
gboolean assay_tool_is_compiler (const AssayTool *tool);

/** assay_tool_may_be: whether one text says nothing against the other: the same family and version, and no other
 * vendor.
 */
gboolean assay_tool_may_be (const AssayTool *a, const AssayTool *b);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayTool, assay_tool_clear)

#endif
