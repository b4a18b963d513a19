#ifndef ASSAY_CAGE_VIEW_H
#define ASSAY_CAGE_VIEW_H

#include "cage/identity.h"

/**
 * AssayView:
 *
 * What a sandbox sees of this machine's toolchain, as files of its own: the same content, by overlayfs without an upper
 * layer, in a mount namespace that nobody else has. So who opens one of them is known to be in the sandbox, while all
 * of this machine open those beneath.
 *
 * Linux 5.11 mounts overlayfs for whoever is root in a user namespace of his own, which is what this makes. Nothing
 * runs for it: descriptors keep the namespaces, and with the last of these the mounts go.
 */
typedef struct _AssayView AssayView;

/**
 * assay_view_new:
 * @identity: of the sandboxes that will see it
 * @directory: path of an empty directory that it owns; stays empty for all others
 *
 * Errors: ASSAY_ERROR_SANDBOX this machine does not let us, or something is mounted beneath a part of its toolchain,
 * which the view could not show: a message without full stop.
 */
AssayView *assay_view_new (const AssayIdentity *identity, const char *directory, GError **error);
void assay_view_free (AssayView *view);

/** assay_view_get_fd: the directory beneath which all parts have the paths that they have on this machine, links
 * resolved; not for reading (O_PATH). Owned by the view. */
int assay_view_get_fd (const AssayView *view);

/**
 * AssayViewPart: a part of the toolchain.
 * @path: on this machine, links resolved
 * @is_directory: all beneath is seen too; else the file, of whose directory nothing else is
 */
typedef struct
{
  char *path;
  gboolean is_directory;
} AssayViewPart;

/** assay_view_get_parts: (transfer none) (element-type AssayViewPart). */
const GPtrArray *assay_view_get_parts (const AssayView *view);

/** assay_view_path: (transfer full): where a path of this machine lies for whoever has entered; NULL where it is not
 * there. */
char *assay_view_path (const AssayView *view, const char *path);

/** ASSAY_VIEW_NAMESPACES: how many descriptors hold namespaces of a view. */
#define ASSAY_VIEW_NAMESPACES 2

/** assay_view_get_namespace: one of them; owned by the view, and above 15. */
int assay_view_get_namespace (const AssayView *view, guint index);

/**
 * assay_view_enter:
 * @first_fd: what assay_view_get_namespace() gives, one after the other; closed then
 *
 * After fork(), as the identity: takes this process into the namespaces, in which it may do anything until it starts a
 * program. Nothing but system calls.
 */
gboolean assay_view_enter (int first_fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayView, assay_view_free)

#endif
