#ifndef ASSAY_UNPACK_UNPACK_H
#define ASSAY_UNPACK_UNPACK_H

#include "unpack/node.h"
#include "util/limits.h"
#include "util/progress.h"

/**
 * AssayUnpackLayout: a named range of a raw node, as the recipe's `layout` has it (contract.md).
 *
 * @in: node path
 * @size: bytes; G_MAXUINT64 is `rest`
 * @kind: "header", "payload", "signature-slot", "filler" or "mutable"
 * @byte_swap: of a payload: bytes of a word that stand in reverse, 2 or 4; the child has them in order. 0 for none
 */
typedef struct
{
  const char *in;
  const char *name;
  guint64 offset;
  guint64 size;
  const char *kind;
  guint64 byte_swap;
} AssayUnpackLayout;

/** AssayReaders: the processes that read containers of one input; see readers.h. */
typedef struct _AssayReaders AssayReaders;
AssayReaders *assay_readers_new (void);
void assay_readers_free (AssayReaders *readers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayReaders, assay_readers_free)

/** AssayKeeping: of what the streams of two sides decode to, what is alike is kept once; see keeping.h. Both sides may
 * be unpacked at once; what was unpacked outlives it. */
typedef struct _AssayKeeping AssayKeeping;
AssayKeeping *assay_keeping_new (void);
void assay_keeping_free (AssayKeeping *keeping);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayKeeping, assay_keeping_free)

/**
 * AssayUnpackOptions:
 * @layout: (element-type AssayUnpackLayout) (nullable): how nodes are divided that no parser knows; borrowed
 * @limits: in force; borrowed
 * @temporary_directory: where private unnamed files of decoded streams go; NULL for TMPDIR
 * @progress: nullable
 * @readers: (nullable): of the input that this is a part of; borrowed. NULL where it is an input of its own
 * @keeping: (nullable): of this side and another; borrowed
 * @expected: which of these two it is
 */
typedef struct
{
  const AssayLimits *limits;
  const char *temporary_directory;
  const GArray *layout;
  AssayProgress *progress;
  AssayReaders *readers;
  AssayKeeping *keeping;
  gboolean expected;
} AssayUnpackOptions;

/**
 * assay_unpack_blob:
 * @blob: the image's bytes; a reference is taken
 *
 * Turns untrusted bytes into an inert tree of nodes: containers are opened by content, to any depth within the limits.
 * This is the one narrow call behind which untrusted containers are parsed: bytes in; names, facts and spans out.
 *
 * A container that is damaged, of an unknown variant or over a limit does not fail the call: it becomes a leaf with
 * @trouble. The parent checks all spans before it believes them (they tile, payload children are exactly their
 * range). The call fails only when nothing at all could be said (I/O on the image itself).
 */
AssayNode *assay_unpack_blob (AssayBlob *blob, const AssayUnpackOptions *options, GError **error);

/**
 * assay_unpack_directory:
 *
 * The same for a directory of the file system: entries by assay_directory_walk(), each regular file unpacked in turn.
 * Facts of entries, and of the directory itself: mode, uid, gid, link, device, xattr.* (security.capability among
 * them). Times are left out: they belong to the machine that holds the copy. So is which names are one file.
 */
AssayNode *assay_unpack_directory (AssayDirectory *directory, const AssayUnpackOptions *options, GError **error);

/** assay_unpack_entries: the entries of a directory with their facts, none of them looked into. Errors: also
 * ASSAY_ERROR_LIMIT. */
AssayNode *assay_unpack_entries (AssayDirectory *directory, const AssayUnpackOptions *options, GError **error);

#endif
