#ifndef ASSAY_ACCOUNT_SOURCED_H
#define ASSAY_ACCOUNT_SOURCED_H

#include "account/work.h"

/**
 * assay_account_is_sourced:
 *
 * Whether a shell may read a file as lines of its own: it stands anywhere beneath a directory of which init, hotplug,
 * a login shell or the like reads all that is there (hotplug.d, profile.d, any other that ends in `.d`, uci-defaults),
 * or a link from there leads to it or to a directory around it; or its name, or that of a link to it, is that of a
 * text. To a shell the lines of a program or of an archive are lines as any others, and it passes over those that are
 * none.
 */
gboolean assay_account_is_sourced (AssayWork *work, const AssayNode *node);

/** assay_account_is_read_by_lines: the same, and what lies beneath `etc` or where certificates, keys and tables of
 * users are: whatever it is called, somebody may look for lines in it. */
gboolean assay_account_is_read_by_lines (AssayWork *work, const AssayNode *node);

#endif
