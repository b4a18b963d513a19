#ifndef ASSAY_ACCOUNT_BYTECODE_H
#define ASSAY_ACCOUNT_BYTECODE_H

#include "account/names/other_names.h"
#include "account/work.h"

/* Byte code of Python, which runs or not by a time (T7). */

/**
 * assay_account_bytecode:
 * @shipped: @expected: (nullable): times of an entry on both sides that differ, seconds since 1970, perhaps with a
 * fraction; or local times of a zone that nobody knows, "2026-11-27T12:47:38", which may be any. Where @expected is
 * NULL, the time of the counterpart in a directory, if it has one
 *
 * Notes the unexplained fact "byte-code" where byte code in the image for the Python module that @node is, by its own
 * name or that of a link, records one of these times and not the other, or may do so on a file system that has coarser
 * times or not all of them: then the time decides which of the two runs (PEP 552), and no rule derives it, nor does a
 * waiver of the time speak of what runs. A time that nobody says may be any. A module is known by its last component,
 * in whatever directory of the image, and what Python 2 names by a letter behind the source's whole name by that. Of a
 * link that is called as byte code, other than to byte code of the same module, nobody knows what time stands behind
 * it: then it is any.
 */
void assay_account_bytecode (AssayWork *work, const AssayNode *node, const char *shipped, const char *expected);

/** assay_account_bytecode_of_directory: the same of entries of a directory, whose times are no facts. @expected:
 * (nullable)
 */
void assay_account_bytecode_of_directory (AssayWork *work, const AssayNode *node, const AssayNode *expected);

#endif
