#ifndef ASSAY_FLOW_SOURCES_H
#define ASSAY_FLOW_SOURCES_H

#include "flow/judging.h"

/**
 * assay_flow_describe_sources:
 *
 * Which source files the code of the image came from (T17), after the account: the member `sources` of a report, one
 * element for each ELF file, and for each raw image that the rebuild has an ELF file of:
 *
 *   `path`      of the node; `expected`: the number of the rebuild in the report's `expected`, where one supplies it
 *   `code`      bytes of machine code that are shipped: `identical` ones and all other bytes that segments load as
 *               executable (of a relocatable file: sections that are so)
 *   `identical` bytes of it that are equal to bytes in executable sections of what the rebuild made (without sections:
 *               in executable segments)
 *   `beside`    bytes that are equal too and loaded as executable, in no such section: headers, tables, constants
 *   `parts`     which of the identical ones the line tables of the rebuild give to a source file: `bytes`, `file`, and
 *               `unit`, the file that the compiler was given. What remains has no lines
 *   `whole`     whether all line tables could be read
 *
 * Line tables are those of the file that was rebuilt, or of a file of the rebuild that has its build-id or the same
 * code: nothing that the shipped file says of itself is asked. They are what compilers write, and a source or a build
 * can have them write something else: what is known of that is `line_control` of a recording, and what follows from it
 * is for `coverage` to say. No verdict hangs on any of this.
 *
 * Returns: (transfer full): an array
 */
json_t *assay_flow_describe_sources (AssayFlowResult *result);

#endif
