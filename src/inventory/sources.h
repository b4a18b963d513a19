#ifndef ASSAY_INVENTORY_SOURCES_H
#define ASSAY_INVENTORY_SOURCES_H

#include "inventory/interpreter.h"
#include "util/blob.h"

/**
 * assay_sources_list:
 * @interpreter: who reads it; what it has opened before (inventory/lines.h) finds nothing more
 * @blob: an ELF file: a program, a separate debug file, a relocatable object
 * @out_whole: whether that is all of it
 *
 * The files that the line tables of its debug information list: sources, and the headers that compilers list, which are
 * those that a line of code, or as some have it a declaration, comes from; what a header gives by macros alone is not
 * among them. Paths with `.` and `..` taken out as text, escaped by assay_text_escape_line(), each once: absolute, or
 * relative where the compiler was told to write down another directory than it ran in (GCC's -ffile-prefix-map).
 *
 * They are what the file says of itself (T14). Of a file without debug information: none, and whole.
 *
 * Returns: (transfer full) (element-type utf8): never NULL. Source: DWARF 2 to 5, "Line Number Information".
 */
GPtrArray *assay_sources_list (AssayInterpreter *interpreter, AssayBlob *blob, gboolean *out_whole);

#endif
