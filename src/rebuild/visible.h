#ifndef ASSAY_REBUILD_VISIBLE_H
#define ASSAY_REBUILD_VISIBLE_H

#include <glib.h>
#include <sys/stat.h>

/**
 * AssayVisibleFunc:
 * @path: absolute, raw bytes
 * @status: from lstat; of a regular file or a directory
 */
typedef gboolean (*AssayVisibleFunc) (const char *path, const struct stat *status, gpointer data, GError **error);

/**
 * assay_visible_walk:
 * @path: an absolute path of this machine; where it is a link, what it leads to
 * @name: what messages call it
 *
 * Calls @func for each regular file and directory that a sandbox would see beneath a path that is bound into it, by
 * name in the order of their bytes. Mounts beneath are entered, as the sandbox binds them with the rest; no link is
 * followed. What we may not list is left out: the sandbox has no more rights than we.
 *
 * Errors: those of @func; ASSAY_ERROR_IO, also of directories that lie deeper than 512 levels; ASSAY_ERROR_CANCELLED.
 */
gboolean assay_visible_walk (const char *path, const char *name, AssayVisibleFunc func, gpointer data, GError **error);

#endif
