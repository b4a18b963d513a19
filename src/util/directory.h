#ifndef ASSAY_UTIL_DIRECTORY_H
#define ASSAY_UTIL_DIRECTORY_H

#include <glib.h>
#include <sys/stat.h>

/**
 * AssayDirectory:
 *
 * An open directory, counted by reference. Everything beneath it is reached by its descriptor and openat2 with
 * RESOLVE_BENEATH, never by a path that somebody could exchange on the way.
 */
typedef struct _AssayDirectory AssayDirectory;

/** assay_directory_open: opens @path (may be a symbolic link itself). Errors: ASSAY_ERROR_NOT_FOUND, ASSAY_ERROR_IO. */
AssayDirectory *assay_directory_open (const char *path, GError **error);

/**
 * assay_directory_open_beneath:
 *
 * Opens a directory beneath another; no component may be a symbolic link or `..`. "." is the directory itself.
 * Errors: ASSAY_ERROR_NOT_FOUND; ASSAY_ERROR_UNSUPPORTED a symbolic link on the way; ASSAY_ERROR_IO, also for a path
 * that leaves.
 */
AssayDirectory *assay_directory_open_beneath (AssayDirectory *directory, const char *path, GError **error);

AssayDirectory *assay_directory_ref (AssayDirectory *directory);
void assay_directory_unref (AssayDirectory *directory);

/** assay_directory_get_fd: the descriptor; owned by the directory. */
int assay_directory_get_fd (const AssayDirectory *directory);

/** assay_directory_open_file: a descriptor for reading, O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, no symbolic link on the
 * way; -1 on error. */
int assay_directory_open_file (AssayDirectory *directory, const char *path, GError **error);

/** assay_directory_write_file: makes the file @name, which must not be there, of mode 0644 whatever the umask is, with
 * @text in it. Errors: ASSAY_ERROR_IO. */
gboolean assay_directory_write_file (AssayDirectory *directory, const char *name, const char *text, GError **error);

/**
 * AssayDirectoryEntry:
 * @path: relative to where the walk began, components joined by `/`; raw bytes as the file system has them
 * @status: from lstat
 * @target: of a symbolic link, else NULL
 */
typedef struct
{
  char *path;
  struct stat status;
  char *target;
} AssayDirectoryEntry;

/**
 * assay_directory_walk:
 * @max_entries: more is ASSAY_ERROR_LIMIT, the message naming @limit_name
 *
 * Lists everything beneath the directory, itself not included, each directory before what it holds, sorted bytewise by
 * path. No link is followed and no other file system is entered: a mount point is ASSAY_ERROR_UNSUPPORTED, so that
 * nothing beneath is left out silently. Other errors: ASSAY_ERROR_CHANGED, ASSAY_ERROR_IO, ASSAY_ERROR_CANCELLED.
 *
 * Returns: (transfer full) (element-type AssayDirectoryEntry)
 */
GPtrArray *assay_directory_walk (AssayDirectory *directory, guint64 max_entries, const char *limit_name,
                                 GError **error);

/**
 * assay_directory_remove_contents:
 *
 * Removes everything beneath a directory, also what has no permission bits left, without following links.
 */
gboolean assay_directory_remove_contents (AssayDirectory *directory, GError **error);

/**
 * AssayPrivateDirectory:
 *
 * A directory of mode 0700 that only we use, removed with all it holds when freed. Beside it lies its lock file,
 * NAME.lock: what a killed process left in the same parent is known by it, and removed when the next one makes a
 * private directory there.
 */
typedef struct _AssayPrivateDirectory AssayPrivateDirectory;

/** assay_private_directory_new: beneath @parent, or if NULL beneath TMPDIR, or else /var/tmp; the name begins with
 * `assay-`. */
AssayPrivateDirectory *assay_private_directory_new (const char *parent, GError **error);
void assay_private_directory_free (AssayPrivateDirectory *directory);
const char *assay_private_directory_get_path (const AssayPrivateDirectory *directory);
AssayDirectory *assay_private_directory_get_directory (const AssayPrivateDirectory *directory);

/**
 * assay_private_file_new:
 *
 * A descriptor of an unnamed file (O_TMPFILE; else created and unlinked at once) for reading and writing, in @parent,
 * or if NULL in TMPDIR, or else /var/tmp. It has no name, so nothing remains of it however the process ends.
 *
 * Returns: the descriptor, or -1
 */
int assay_private_file_new (const char *parent, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayDirectory, assay_directory_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayPrivateDirectory, assay_private_directory_free)

#endif
