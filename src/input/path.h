#ifndef ASSAY_INPUT_PATH_H
#define ASSAY_INPUT_PATH_H

#include <glib.h>

/* Paths as text, as recipe and policy have them. Nothing here looks at a file system. */

/**
 * assay_path_normalize:
 *
 * Drops empty and `.` components. Of a relative path "." remains where nothing else does, of an absolute one "/".
 *
 * Returns: (transfer full) (nullable): NULL when a component is `..`, or @path is empty
 */
char *assay_path_normalize (const char *path);

/**
 * assay_path_resolve:
 * @base: absolute
 * @path: relative; may hold `..`
 *
 * Joins the two and takes each `..` with the component before it away.
 *
 * Returns: (transfer full) (nullable): absolute and normalised; NULL when it leaves the root, or @path is absolute or
 * empty
 */
char *assay_path_resolve (const char *base, const char *path);

/** assay_path_is_beneath: whether a normalised absolute path lies in @directory, which it is not itself. */
gboolean assay_path_is_beneath (const char *path, const char *directory);

/** assay_path_from_file: @given as seen from @directory: itself if it is absolute, else joined. Transfer full. */
char *assay_path_from_file (const char *directory, const char *given);

/** assay_path_directory_of: the absolute directory that relative paths in a file start at. Transfer full. */
char *assay_path_directory_of (const char *file);

#endif
