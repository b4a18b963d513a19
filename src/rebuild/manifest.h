#ifndef ASSAY_REBUILD_MANIFEST_H
#define ASSAY_REBUILD_MANIFEST_H

#include "cage/identity.h"
#include "util/directory.h"
#include "util/known_files.h"

#include <assay/digest.h>

/**
 * AssayManifestKind: what an entry of a tree is.
 *
 * @ASSAY_MANIFEST_HARD_LINK: another name of a file that came before
 */
typedef enum
{
  ASSAY_MANIFEST_DIRECTORY = 'd',
  ASSAY_MANIFEST_FILE = 'f',
  ASSAY_MANIFEST_LINK = 'l',
  ASSAY_MANIFEST_HARD_LINK = 'h',
  ASSAY_MANIFEST_PIPE = 'p',
} AssayManifestKind;

/**
 * AssayManifestEntry: all that a build tree says of an entry but for its content. The owner is left out: it is the user
 * of the sandbox, whose number is another in each run.
 *
 * @path: "." is the tree itself
 * @mode: all twelve bits; 0 of links
 * @size: of a file, else 0
 * @attributes: the extended attributes of a file or directory, sorted: each a name, a NUL, the length of the value as
 *   four bytes, the value
 * @target: of a link where it leads, of a hard link the path that came before; else NULL
 */
typedef struct
{
  AssayManifestKind kind;
  char *path;
  guint32 mode;
  gint64 time_s;
  guint32 time_ns;
  guint64 size;
  GByteArray *attributes;
  char *target;
} AssayManifestEntry;

/**
 * AssayManifestSink: gets what is read of a tree.
 *
 * @known: (nullable): gets the digests of all files; of one that it has already that is taken, and nothing read or
 *   added. With it alone the others may be NULL
 * @begin: an entry, in the form that assay_manifest_read_entry() takes
 * @add: the next run of a file's bytes, at @offset; holes are left out
 * @end: the file's content is over
 */
typedef struct
{
  AssayKnownFiles *known;
  gboolean (*begin) (gpointer data, const guint8 *bytes, gsize length, GError **error);
  gboolean (*add) (gpointer data, guint64 offset, const guint8 *bytes, gsize length, GError **error);
  gboolean (*end) (gpointer data, GError **error);
  gpointer data;
} AssayManifestSink;

/**
 * assay_manifest_read:
 * @owner: to whom all of it must belong
 * @paths: (nullable) (element-type utf8): of what else than directories and links only these count, and what lies
 *   beneath them; "." is all
 * @sink: (nullable)
 * @out_entries: how many there are, @tree itself included
 * @out_digest: SHA-256 of all entries in the order of the walk, each followed by the SHA-256 of a file's content
 *
 * Reads a tree that nobody changes meanwhile: names, kinds, modes, times, links, names of one file, extended
 * attributes, content. What is not there when it is made anew is another digest.
 *
 * Errors: ASSAY_ERROR_UNSUPPORTED an entry that we cannot make anew: a socket, a device, another owner, an extended
 * attribute that is no `user.*` (of SELinux, which labels by itself, none counts); ASSAY_ERROR_LIMIT; ASSAY_ERROR_IO;
 * ASSAY_ERROR_CANCELLED; those of the sink.
 */
gboolean assay_manifest_read (AssayDirectory *tree, const AssayIdentity *owner, const GPtrArray *paths,
                              const AssayManifestSink *sink, guint64 *out_entries, AssayDigest *out_digest,
                              GError **error);

/** Bytes that the form of an entry has before path, attributes and target. */
#define ASSAY_MANIFEST_HEAD_BYTES 41u

/**
 * assay_manifest_entry_length:
 *
 * How many bytes follow the first ASSAY_MANIFEST_HEAD_BYTES of an entry. Returns: FALSE where they are none.
 */
gboolean assay_manifest_entry_length (const guint8 head[ASSAY_MANIFEST_HEAD_BYTES], gsize *out_length);

/** assay_manifest_fail: FALSE, with ASSAY_ERROR_MALFORMED: what was read is no stream of entries that we wrote. */
gboolean assay_manifest_fail (GError **error);

/** assay_manifest_entry_parse: (nullable) (transfer full): an entry of @length bytes, the head included; NULL where
 * they are none: paths are relative and without `.`, `..` and empty components. Makes no GError: for confined
 * processes. */
AssayManifestEntry *assay_manifest_entry_parse (const guint8 *bytes, gsize length);
void assay_manifest_entry_free (AssayManifestEntry *entry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayManifestEntry, assay_manifest_entry_free)

#endif
