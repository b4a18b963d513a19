#ifndef ASSAY_UTIL_BLOB_H
#define ASSAY_UTIL_BLOB_H

#include "util/directory.h"

#include <assay/digest.h>

#include <glib.h>

/**
 * AssayBlob:
 *
 * Bytes that can be read at any place: a file, a range of another blob, or memory. Never changes size. Counted by
 * reference; may be read from several threads at once.
 *
 * A blob of a user's file remembers device, inode, size and ctime from when it was made; a read after any of these
 * changed fails with ASSAY_ERROR_CHANGED, and so does assay_blob_check_unchanged(). Bytes are read in windows by pread,
 * so that a file that shrinks is an error and not a SIGBUS.
 */
typedef struct _AssayBlob AssayBlob;

/** Bytes that one read of a whole blob takes at a time: large enough to make system calls cheap, small enough for L2.
 */
#define ASSAY_BLOB_WINDOW_BYTES (128u * 1024u)

/**
 * assay_blob_new_for_file:
 * @directory: an open directory; a reference is taken
 * @path: relative path beneath it; no component may be a symbolic link, `..` or leave @directory
 *
 * The file is opened only while it is read or held, so that a tree of any number of files needs few descriptors.
 *
 * Errors: ASSAY_ERROR_NOT_FOUND; ASSAY_ERROR_IO; ASSAY_ERROR_UNSUPPORTED not a regular file, or a symbolic link on the
 * way, or a file that holds bytes although its size is 0, as those of /proc: what cannot be said beforehand to have an
 * end cannot be accounted for.
 */
AssayBlob *assay_blob_new_for_file (AssayDirectory *directory, const char *path, GError **error);

/**
 * assay_blob_new_unread:
 * @status: of the file, by lstat
 *
 * The blob of a regular file that nobody has opened yet, or can open: its size is known, and a read fails with the
 * reason where it cannot be read, or is not that file any more.
 */
AssayBlob *assay_blob_new_unread (AssayDirectory *directory, const char *path, const struct stat *status);

/** assay_blob_new_for_fd: takes ownership of @fd, a private regular file that nobody else writes; it stays open. On
 * failure it is closed. */
AssayBlob *assay_blob_new_for_fd (int fd, GError **error);

/** assay_blob_new_for_bytes: memory; takes a reference of @bytes. */
AssayBlob *assay_blob_new_for_bytes (GBytes *bytes);

/**
 * AssayBlobRead: reads exactly @length_bytes, which lie within the blob, at @offset_bytes into @out.
 */
typedef gboolean (*AssayBlobRead) (gpointer data, guint64 offset_bytes, void *out, gsize length_bytes, GError **error);

/**
 * assay_blob_new_for_reader:
 * @read: @data: called for each read, by one thread at a time; borrowed, must outlive the blob
 *
 * Bytes that somebody else gives when they are asked for. Mapping them reads all of them into memory.
 */
AssayBlob *assay_blob_new_for_reader (guint64 size_bytes, AssayBlobRead read, gpointer data);

/**
 * assay_blob_new_slice:
 *
 * A range of @parent, which it keeps alive. Errors: ASSAY_ERROR_MALFORMED the range leaves @parent.
 */
AssayBlob *assay_blob_new_slice (AssayBlob *parent, guint64 offset_bytes, guint64 length_bytes, GError **error);

/** AssayBlobRun: @length bytes of @blob from @offset on. */
typedef struct
{
  AssayBlob *blob;
  guint64 offset;
  guint64 length;
} AssayBlobRun;

/** assay_blob_new_joined: @runs: (element-type AssayBlobRun): ranges, none of them empty, of memory and private files;
 * references are taken. All of them, one behind the other. */
AssayBlob *assay_blob_new_joined (const GArray *runs);

/** assay_blob_same_place: whether two blobs of one size have all bytes from the same places of memory or of private
 * files: then they are equal, and nobody needs to read them to know. FALSE says nothing. */
gboolean assay_blob_same_place (AssayBlob *a, AssayBlob *b);

AssayBlob *assay_blob_ref (AssayBlob *blob);
void assay_blob_unref (AssayBlob *blob);
guint64 assay_blob_get_size (const AssayBlob *blob);

/**
 * assay_blob_read:
 *
 * Reads exactly @length_bytes at @offset_bytes into @out. Errors: ASSAY_ERROR_MALFORMED the range leaves the blob;
 * ASSAY_ERROR_CHANGED; ASSAY_ERROR_IO.
 */
gboolean assay_blob_read (AssayBlob *blob, guint64 offset_bytes, void *out, gsize length_bytes, GError **error);

/**
 * assay_blob_hold: / assay_blob_release:
 *
 * Between the two the blob's file stays open, so that many reads cost one open. Calls nest.
 */
gboolean assay_blob_hold (AssayBlob *blob, GError **error);
void assay_blob_release (AssayBlob *blob);

/**
 * assay_blob_peek_memory: the bytes of a blob that lies in memory already, valid as long as the blob; else, and for an
 * empty one, NULL. Spares the copy.
 */
const guint8 *assay_blob_peek_memory (const AssayBlob *blob);

/** assay_blob_note_sha256: the SHA-256 of all bytes of a blob that nobody else can change, by whoever read them when he
 * made it. To be said before another thread has the blob. */
void assay_blob_note_sha256 (AssayBlob *blob, const AssayDigest *digest);

/** assay_blob_get_noted_sha256: (transfer none) (nullable): what was noted, of a slice that is all of a blob of that.
 */
const AssayDigest *assay_blob_get_noted_sha256 (const AssayBlob *blob);

/** Bytes that are kept of the beginning of a file: as many as a finding shows. */
#define ASSAY_BLOB_SEEN_BYTES 32u

/** AssayBlobSeen: what one read of all of a file had, which lay between two looks at the file that found it the same.
 */
typedef struct
{
  AssayDigest sha256;
  guint8 begins[ASSAY_BLOB_SEEN_BYTES]; /* zeros behind the end */
} AssayBlobSeen;

/** assay_blob_note_seen: of any blob, once, before another thread has it. Says nothing of what a later read gives. */
void assay_blob_note_seen (AssayBlob *blob, const AssayBlobSeen *seen);

/** assay_blob_get_seen: (transfer none) (nullable): what was noted of just this blob. */
const AssayBlobSeen *assay_blob_get_seen (const AssayBlob *blob);

/** assay_blob_forget_seen: where what is said of the bytes comes from another read than the noted one, which may have
 * had others. While no other thread has the blob. */
void assay_blob_forget_seen (AssayBlob *blob);

/** AssayBlobPart: a range of a blob, and the SHA-256 of it. */
typedef struct
{
  guint64 offset;
  guint64 length;
  AssayDigest digest;
} AssayBlobPart;

/** assay_blob_parts_same_places: @a: @b: (element-type AssayBlobPart) (nullable): whether both are of the same ranges.
 */
gboolean assay_blob_parts_same_places (const GArray *a, const GArray *b);

/** assay_blob_note_parts: @parts: (element-type AssayBlobPart): of what assay_blob_note_sha256() may be said of, by the
 * same; a reference is taken. Which ranges they are means nothing. */
void assay_blob_note_parts (AssayBlob *blob, GArray *parts);

/** assay_blob_take_noted_parts: fills in the digests of @parts where just these ranges were noted. Returns: whether
 * they were. */
gboolean assay_blob_take_noted_parts (const AssayBlob *blob, GArray *parts);

/** assay_blob_is_shared: whether the bytes lie in a file that others may write to: read twice, they may be two things,
 * even where assay_blob_check_unchanged() sees nothing (a mapping that was written to before). */
gboolean assay_blob_is_shared (const AssayBlob *blob);

/**
 * assay_blob_get_owner: (transfer none): the blob that owns the bytes of @blob, itself where it is no slice;
 * @out_offset says where in it they begin.
 */
AssayBlob *assay_blob_get_owner (AssayBlob *blob, guint64 *out_offset);

/** assay_blob_check_unchanged: fails with ASSAY_ERROR_CHANGED when the file behind it is no longer the one it was. */
gboolean assay_blob_check_unchanged (AssayBlob *blob, GError **error);

/**
 * assay_blob_map:
 * @out_data: the bytes, read-only; owned by the blob, valid until its last reference goes
 *
 * For libraries that want all bytes in memory (libelf): a private read-only mapping, of which only what is touched
 * becomes resident. Empty blobs give a pointer that must not be read. For formats of a few pages of headers only; a
 * bulk read uses assay_blob_read().
 */
gboolean assay_blob_map (AssayBlob *blob, const guint8 **out_data, GError **error);

/** assay_blob_unmap: gives the mapping back before the blob goes; pointers into it are invalid after. */
void assay_blob_unmap (AssayBlob *blob);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayBlob, assay_blob_unref)

#endif
