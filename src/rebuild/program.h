#ifndef ASSAY_REBUILD_PROGRAM_H
#define ASSAY_REBUILD_PROGRAM_H

#include "rebuild/workspace.h"

/**
 * assay_program_run:
 * @arguments: the program, found by PATH, and its arguments
 * @out_text: (nullable) (out) (transfer full): what it printed to standard output; what it prints else goes to the log
 *
 * Runs one of this machine's programs to its end, without walls, with our environment but for LC_ALL, which is C.UTF-8.
 * For programs that need the network and this machine's configuration: apt. It ends when we do.
 *
 * Errors: ASSAY_ERROR_SANDBOX there is no such program; ASSAY_ERROR_FAILED it ended with another status than 0, with
 * the last lines of the log; those of assay_guard_check() and assay_guard_log()
 */
gboolean assay_program_run (AssayWorkspace *workspace, const char *const *arguments, char **out_text, GError **error);

#endif
