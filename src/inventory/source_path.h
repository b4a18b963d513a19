#ifndef ASSAY_INVENTORY_SOURCE_PATH_H
#define ASSAY_INVENTORY_SOURCE_PATH_H

#include <glib.h>

/** The most bytes that one text of debug information may take in a report: PATH_MAX of Linux. Longer ones are cut. */
#define ASSAY_SOURCE_TEXT_MAX 4096u

/**
 * assay_source_path:
 * @compilation_directory: (nullable)
 * @directory: "" or relative to the compilation directory, or absolute
 * @name: relative to @directory, or absolute
 *
 * Joins what debug information says of a source file, and takes "." and ".." out of it as text (no file is looked at,
 * so symbolic links are not followed). What lies beneath the compilation directory is told relative to it; what a
 * relative name that climbs out of it means is told absolute. Longer paths than ASSAY_SOURCE_TEXT_MAX are cut.
 *
 * Returns: (transfer full): raw bytes, to be escaped
 */
char *assay_source_path (const char *compilation_directory, const char *directory, const char *name);

#endif
