#ifndef ASSAY_CAGE_TERMINAL_H
#define ASSAY_CAGE_TERMINAL_H

#include <glib.h>

/**
 * AssayTerminal:
 *
 * A terminal for what runs behind the walls, apart from the user's own: what is typed goes there, what is printed comes
 * from there, and nothing behind the walls holds the terminal that the user goes on with.
 */
typedef struct _AssayTerminal AssayTerminal;

/**
 * assay_terminal_open:
 *
 * Until assay_terminal_close() the user's terminal gives every key to the other one, those that end programs too.
 *
 * Errors: ASSAY_ERROR_UNSUPPORTED standard input and output are no terminal; ASSAY_ERROR_IO.
 */
AssayTerminal *assay_terminal_open (GError **error);

/** assay_terminal_get_fd: the end for the program; owned by the terminal. */
int assay_terminal_get_fd (const AssayTerminal *terminal);

/** assay_terminal_close: the user's terminal is as it was. */
void assay_terminal_close (AssayTerminal *terminal);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayTerminal, assay_terminal_close)

#endif
