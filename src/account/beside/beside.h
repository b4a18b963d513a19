#ifndef ASSAY_ACCOUNT_BESIDE_H
#define ASSAY_ACCOUNT_BESIDE_H

#include "account/work.h"

/*
 * What stands around and beside the granted scope, for assay_account_surround(): facts that decide what readers take
 * for what the scope names (T2, T5). Each adds facts of the class `unexplained` to the account, and none where all is
 * as it must be.
 */

/** assay_beside_is_held: whether a node is in scope, or holds what is. */
gboolean assay_beside_is_held (const AssayWork *work, const AssayNode *node);

/** assay_beside_counterpart: (transfer none) (nullable): of an entry, in the rebuild's container (@expected, nullable).
 */
const AssayNode *assay_beside_counterpart (const AssayWork *work, const AssayNode *entry, const AssayNode *expected);

/** assay_beside_index: (transfer container) (element-type utf8 AssayNode): the entries of a container by their local
 * names; the last one of each. */
GHashTable *assay_beside_index (const AssayNode *container);

/** assay_beside_is_rebuilt: whether the rebuild's container (@expected, nullable) has the very same entry: a file of
 * the same bytes, or a link to the same; also by its name to readers that know no extensions of a tar. */
gboolean assay_beside_is_rebuilt (const AssayWork *work, const AssayNode *entry, const AssayNode *expected);

/** assay_beside_loading: facts of what says where content is put, and to whom it is what (T5). */
extern const char *const assay_beside_loading[];

/** assay_beside_facts: those of @names (NULL-terminated) that @shipped has otherwise than a pinned recipe's `entries`
 * for @node, or else @expected (nullable: nothing). */
void assay_beside_facts (AssayWork *work, const AssayNode *node, const char *const *names, const GArray *shipped,
                         const GArray *expected);

/** assay_beside_demands: all that a pinned recipe's `entries` say of the node beside the loading facts. */
void assay_beside_demands (AssayWork *work, const AssayNode *node);

/** assay_beside_choice: by which configuration a loader of a FIT takes which images, against the rebuild's FIT. */
void assay_beside_choice (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_loads: that no image beside the scope is loaded elsewhere than the rebuild's (@expected, nullable:
 * none), or to where one in scope is, that those in scope that are run are entered in themselves, and that the hashes
 * of all are right. */
void assay_beside_loads (AssayWork *work, const AssayNode *fit, const AssayNode *expected);

/** assay_beside_growth: of a FIT in scope: no image is longer than the rebuild's, as it is when it is compressed in
 * another way, and reaches where another one is loaded. */
void assay_beside_growth (AssayWork *work, const AssayNode *fit);

/** assay_beside_alone: what a container, or stream, that no rebuild makes says of itself, and of what it holds beside
 * their entries: nothing that has a meaning, or what `entries` say; and what a FIT runs is in scope, or named by them.
 */
void assay_beside_alone (AssayWork *work, const AssayNode *node);

/** assay_beside_stream: of a stream that is not the rebuild's, the content of which is in scope: no reader finds
 * another content in it. Of one of which nobody knows that the content stays open. Likewise of a zip's entries that
 * hold what is in scope, but for those that are compressed as in @expected (nullable). */
void assay_beside_stream (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_iso: ISO 9660: how the directories above what is in scope are written and marked, who may enter them,
 * and what other trees have under the names of the scope's files, against the rebuild's (@expected); NULL: no rebuild
 * makes the image, so that nothing may hide them, and Joliet has the same files. */
void assay_beside_iso (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_iso_names: what readers who do not know an extension of ISO 9660, or not all of it, call the entry,
 * escaped as node paths are; none that is the same up to what assay_account_fold_widely() folds. NULL-terminated.
 * (transfer full) */
char **assay_beside_iso_names (const AssayNode *entry);

/** assay_beside_package: what the header of a package of rpm says of the files in scope, held against the payload;
 * @alone: no rebuild makes the package, so that nothing else is held against it. */
void assay_beside_package (AssayWork *work, const AssayNode *node, gboolean alone);

/** assay_beside_kept: of a package of Debian, of opkg (which is a tar in place of an ar) and of pacman: a file in scope
 * is none of those that it lists as to be left as they are on the device, unless the rebuild's (nullable) says so too.
 */
void assay_beside_kept (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_bundle: of a bundle of RAUC: what its manifest says of where its files go is what the rebuild's says;
 * and where no rebuild makes it, that what is in scope goes there, and nothing else in its place. */
void assay_beside_bundle (AssayWork *work, const AssayNode *node);

/** assay_beside_versions: of a zip: no entry beside the scope is another version of a file in it to a Java machine
 * (Multi-Release), unless the rebuild's (@expected, nullable) is the same, and so is the manifest. */
void assay_beside_versions (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_readable: no entry of a zip, in scope or beside it, needs a version (4.4.3) that readers do not have,
 * which pass over it (unzip) or over the archive (Python), is stored with its length behind it, or is a symbolic link
 * that is compressed; no header of a tar is without magic, at which BusyBox ends; and all of a cpio are of one kind:
 * unless the rebuild's (@expected, nullable) are so. */
void assay_beside_readable (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_modules: no entry beside the scope is run by Python in place of a file in it (its byte code, or a
 * module or package of its name that goes before it), unless the rebuild's (@expected, nullable) is the same. */
void assay_beside_modules (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_compiled: the same of other languages: neither what is compiled from a file in scope, nor the source of
 * one in it (compiled.h). */
void assay_beside_compiled (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_targets: no symbolic link in scope leads to a program beside it that is not the rebuild's (@expected,
 * nullable: nothing is), by other links, or elsewhere in the scope than the rebuild's. */
void assay_beside_targets (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_layers: of an image of containers (OCI, Docker): no layer beside the scope has an entry that covers or
 * takes away one in scope, or would show through, unless the rebuild's (@expected, nullable) is the same; and where
 * layers have something of one name, that what says their order is the rebuild's. */
void assay_beside_layers (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_installers: of an archive that an updater installs: the file in it that says what is installed, and
 * where, is the rebuild's (@expected, nullable) but for digests, or in scope; and of OpenWrt's directories, and opkg's
 * archives, no other one may be taken. */
void assay_beside_installers (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_renamed: no entry beside the scope that the rebuild's (@expected, nullable) has not comes to have the
 * name of one in it when the archive is unpacked without the first part of all names, or by an installer; and no
 * library is one to which ldconfig(8) leads a link in scope. */
void assay_beside_renamed (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_names: no entry beside the scope that the rebuild's (@expected, nullable) has not takes away one in it
 * by its name, covers it, or is the same to some reader, disk or device. */
void assay_beside_names (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/** assay_beside_partitions: of a disk: no partition beside the scope is one that the rebuild's (@expected) has not, or
 * is of another type, name or kind; of it and of any other container: no file system beside the scope says of itself
 * what one in scope does, as readers compare labels and UUIDs, or may do so, where the rebuild's does not. */
void assay_beside_partitions (AssayWork *work, const AssayNode *node, const AssayNode *expected);

#endif
