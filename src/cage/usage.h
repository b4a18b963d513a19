#ifndef ASSAY_CAGE_USAGE_H
#define ASSAY_CAGE_USAGE_H

#include "util/directory.h"

/**
 * AssayUsage: what lies beneath directories: bytes as the disk stores them, and entries. A file with several links
 * counts a part for each.
 */
typedef struct
{
  guint64 bytes;
  guint64 entries;
} AssayUsage;

/** AssayUsageStop: asked now and then; TRUE ends the count. */
typedef gboolean (*AssayUsageStop) (const AssayUsage *usage, gpointer data);

/**
 * assay_usage_add:
 *
 * Counts a tree while others change it: what cannot be read or is gone does not count. No link is followed, no other
 * file system entered, and nothing deeper than ASSAY_CAGE_WATCH_LEVELS counted.
 *
 * Returns: FALSE when @stop ended it
 */
gboolean assay_usage_add (AssayUsage *usage, AssayDirectory *directory, AssayUsageStop stop, gpointer data);

#endif
