#ifndef ASSAY_CAGE_WATCH_H
#define ASSAY_CAGE_WATCH_H

#include <glib.h>

/**
 * AssayWatch:
 *
 * Records from outside which files of some directory trees are opened, by inotify(7): the kernel tells it of the file
 * itself, by whatever name, link or descriptor a process came to it, and also of programs, interpreters and dynamic
 * linkers that it opens itself. Nothing stops or slows down a process for it.
 *
 * Watched are directories, which know their files by name. So what is told of a file is where it was when it was
 * opened: a file that was renamed, linked to another directory, or put in the place of another one is told by its new
 * name, or not at all when that directory was not there at the beginning. Each of these leaves a trace at the file (its
 * ctime), which whoever asks must look at; a directory that was renamed is told of here.
 *
 * It is not told who opened a file, how often, whether to read, to write or to run it, and what was done without
 * opening: sizes, names, targets of links. The trees must be nobody else's: everybody's opening counts.
 *
 * It reads in a thread of its own. The functions are for one thread.
 */
typedef struct _AssayWatch AssayWatch;

/** assay_watch_new: Errors: ASSAY_ERROR_LIMIT fs.inotify.max_user_instances; ASSAY_ERROR_IO. */
AssayWatch *assay_watch_new (GError **error);
void assay_watch_free (AssayWatch *watch);

/**
 * assay_watch_add_tree:
 * @directory_fd: where the tree begins; borrowed
 * @name: what stands for it in the paths that are listed, without `/` at its end
 *
 * Watches all directories that are there now, itself among them. No link is followed and nobody else may change the
 * tree meanwhile. Directories that nobody but their owner may enter are left out where we are not he.
 *
 * Errors: ASSAY_ERROR_LIMIT fs.inotify.max_user_watches; ASSAY_ERROR_IO. Then only a part of the tree is watched.
 */
gboolean assay_watch_add_tree (AssayWatch *watch, int directory_fd, const char *name, GError **error);

/** assay_watch_add_file: one file, by whatever name. @file_fd: may be one for O_PATH; @name: its path in lists */
gboolean assay_watch_add_file (AssayWatch *watch, int file_fd, const char *name, GError **error);

/** assay_watch_begin: what was opened before is forgotten. assay_watch_end: all that was opened since is known. Several
 * times, one after the other. */
void assay_watch_begin (AssayWatch *watch);
void assay_watch_end (AssayWatch *watch);

/** assay_watch_list_opened: (transfer full) (element-type utf8): files, raw bytes, sorted bytewise. */
GPtrArray *assay_watch_list_opened (const AssayWatch *watch);

/** assay_watch_was_moved: whether a directory was renamed or removed that was there, at this path, at the beginning. */
gboolean assay_watch_was_moved (const AssayWatch *watch, const char *path);

/** assay_watch_has_lost: whether more happened at once than the kernel keeps (fs.inotify.max_queued_events): files may
 * be missing. */
gboolean assay_watch_has_lost (const AssayWatch *watch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayWatch, assay_watch_free)

#endif
