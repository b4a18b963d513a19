#ifndef ASSAY_UNPACK_NODE_H
#define ASSAY_UNPACK_NODE_H

#include "util/blob.h"

#include <assay/error.h>

#include <glib.h>

/**
 * AssayNodeType: what an entry is; a node without an entry of its own (the root, a decoded stream) is a file or a
 * directory.
 */
typedef enum
{
  ASSAY_NODE_UNKNOWN = 0,
  ASSAY_NODE_FILE,
  ASSAY_NODE_DIRECTORY,
  ASSAY_NODE_SYMLINK,
  ASSAY_NODE_HARDLINK,
  ASSAY_NODE_CHARACTER_DEVICE,
  ASSAY_NODE_BLOCK_DEVICE,
  ASSAY_NODE_FIFO,
  ASSAY_NODE_SOCKET,
} AssayNodeType;

/** assay_node_type_of_mode: by the bits S_IFMT of a mode; ASSAY_NODE_UNKNOWN for none. */
AssayNodeType assay_node_type_of_mode (guint mode);

/** assay_node_type_name: "file", "directory", "symlink", "hardlink", "char-device", "block-device", "fifo", "socket",
 * "unknown". */
const char *assay_node_type_name (AssayNodeType type);

/**
 * AssaySpanKind:
 * @ASSAY_SPAN_SLACK: bytes that no rule of the format claims
 * @ASSAY_SPAN_HEADER: metadata; of one child where @child says so
 * @ASSAY_SPAN_PADDING: bytes whose place the format gives and whose value it does not use
 * @ASSAY_SPAN_PAYLOAD: the bytes of one child as they are; the child's blob is exactly this range
 * @ASSAY_SPAN_ENCODED: the bytes that one child is decoded from
 */
typedef enum
{
  ASSAY_SPAN_SLACK = 0,
  ASSAY_SPAN_HEADER,
  ASSAY_SPAN_PADDING,
  ASSAY_SPAN_PAYLOAD,
  ASSAY_SPAN_ENCODED,
} AssaySpanKind;

const char *assay_span_kind_name (AssaySpanKind kind);

/** A span that speaks of no child. */
#define ASSAY_SPAN_NO_CHILD G_MAXUINT32

/**
 * AssaySpan:
 * @offset: bytes from the start of the container
 * @length: bytes; never 0
 * @kind: see AssaySpanKind
 * @child: index into the node's children, or ASSAY_SPAN_NO_CHILD
 * @rewritable: the reader wrote these bytes again from the facts, name and content size of @child (or of the container
 *   itself, with ASSAY_SPAN_NO_CHILD) and constants of the format, and got the same bytes. What the reader did not
 *   write again, field by field, is not rewritable; nor are bytes of a format that leaves their value open
 * @name: what this is for a reader, as "ar member header"; static text
 * @fact: the one fact that these bytes say, so that other spans need not be rewritable for it to be explained; NULL for
 * all others
 * @slot: the signature that these bytes are, or belong to, by the name that a policy's `signatures` has for it;
 * interned; NULL for all others
 * @placed: where these bytes begin says something to whoever reads on behind an end, and nothing else says it (T5)
 */
typedef struct
{
  guint64 offset;
  guint64 length;
  AssaySpanKind kind;
  guint32 child;
  gboolean rewritable;
  const char *name;
  const char *fact;
  const char *slot;
  gboolean placed;
} AssaySpan;

/**
 * AssayFieldKind:
 * @ASSAY_FIELD_TIME: a time, which is also a fact of the entry that it belongs to
 * @ASSAY_FIELD_DERIVED: a position that the reader worked out from the place of what it points at, and found the same
 */
typedef enum
{
  ASSAY_FIELD_NONE = 0,
  ASSAY_FIELD_TIME,
  ASSAY_FIELD_DERIVED,
} AssayFieldKind;

/** AssayField: a range of a leaf's bytes of which the reader knows the meaning, as in a file system's table. */
typedef struct
{
  guint64 offset;
  guint64 length;
  AssayFieldKind kind;
} AssayField;

/**
 * AssayFact:
 * @name: "mode", "uid", "gid", "user", "group", "mtime", "link", "device", "xattr.NAME", "name" (the raw name, only
 * where it differs from the escaped node path), …; static or interned text
 * @value: as text: modes octal with the type's bits as in st_mode ("0100755"), numbers decimal, times in seconds since
 * 1970; valid UTF-8 (escaped by assay_text_escape_line() where it holds raw bytes)
 *
 * Something true of a node that is no byte of its content (T5).
 */
typedef struct
{
  const char *name;
  char *value;
} AssayFact;

/**
 * AssayStoredPiece:
 * @offset: where in the container these bytes of a child stand, or ASSAY_STORED_HOLE: nowhere, being zeros
 * @length: bytes; never 0
 */
typedef struct
{
  guint64 offset;
  guint64 length;
} AssayStoredPiece;

#define ASSAY_STORED_HOLE G_MAXUINT64

/**
 * AssayNode:
 *
 * One file or container in the tree of an image. The tree owns its nodes; the root owns the tree.
 *
 * @parent: the container or directory it was found in; NULL for the root
 * @index: its place among the parent's children
 * @path: the node path (contract.md); "." for the root
 * @type: see AssayNodeType
 * @decoded: its bytes were decoded from a stream, so they stand nowhere in the container as they are
 * @stream: name of the codec ("xz", "gzip", "zstd", …) of a node whose bytes are one compressed stream; else NULL
 * @loaded_from: where the container around it says that a loader takes its bytes as a program, or writes them to an
 * address: the name of the one codec that this loader undoes first, as in @stream, or "none"; else NULL
 * @format: what its bytes are, found by content: "raw", "elf", "ar", "deb", "tar", "cpio", "zip", "gzip", …;
 * "directory" for a directory; static text. "raw" says only that nothing claimed it
 * @blob: its bytes; NULL where it has none (directory, link, device)
 * @pieces: (element-type AssayStoredPiece): of a decoded node that is nothing but stored pieces of its container and
 * holes, in its own order, until they are put together (pieces.h); of one that is nothing but holes, of which no span
 * speaks, also then; else NULL
 * @source: of a file of a directory, whose @blob is a copy of it or is the same bytes found elsewhere: the file itself,
 * which others may change; else NULL
 * @size: of its bytes
 * @facts: (element-type AssayFact): in the order in which the format has them; only what the containing entry says of
 * this node
 * @own_facts: (element-type AssayFact): what the container's own header says of the container as a whole (a gzip
 * stream's mtime, original name)
 * @spans: (element-type AssaySpan): NULL for a leaf; else they tile [0, size) in ascending order without gap or overlap
 * @children: (element-type AssayNode): in the order of the container; owned
 * @fields: (element-type AssayField): ascending, not overlapping; NULL for a leaf whose bytes are content alone
 * @times_are_fields: of a container: each entry's time is a field of one of its tables
 * @shares_extents: a file system, in which several entries may be decoded from one encoded span: such a span speaks of
 * the first, or, as a block of many files' ends, of no child
 * @ordered: the order of its members matters to whoever reads it (T7)
 * @time_s: @time_ns: (where @has_time) when an entry of a directory of the file system was modified; no fact, since a
 * copy has another: kept for those who must know what it decides
 * @unread_facts: why not everything that its entry says of it could be read (an extended attribute that the kernel
 * keeps back); NULL when all was
 * @trouble: why this node could not be read to its end as what it is; NULL when all is well. A node in trouble is a
 * leaf: it has no spans and no children, and its bytes are there to be compared as they are
 * @trouble_code: with @trouble
 */
typedef struct _AssayNode AssayNode;
struct _AssayNode
{
  AssayNode *parent;
  guint32 index;
  char *path;
  AssayNodeType type;
  gboolean decoded;
  const char *stream;
  const char *loaded_from;
  const char *format;
  AssayBlob *blob;
  GArray *pieces;
  AssayBlob *source;
  guint64 size;
  GArray *facts;
  GArray *own_facts;
  GArray *spans;
  GPtrArray *children;
  GArray *fields;
  gboolean times_are_fields;
  gboolean shares_extents;
  gboolean ordered;
  gboolean has_time;
  guint32 time_ns;
  gint64 time_s;
  char *unread_facts;
  char *trouble;
  AssayErrorCode trouble_code;
};

/** assay_node_free: frees a root with its whole tree. */
void assay_node_free (AssayNode *root);

/**
 * assay_node_find:
 * @path: a node path
 *
 * Returns: (transfer none) (nullable): the node, or NULL
 */
AssayNode *assay_node_find (AssayNode *root, const char *path);

/** AssayNodeVisit: returns FALSE to end the visit. */
typedef gboolean (*AssayNodeVisit) (AssayNode *node, gpointer data);

/** assay_node_visit: calls @visit for each node, a parent before its children, in order; without recursion. */
void assay_node_visit (AssayNode *root, AssayNodeVisit visit, gpointer data);

/** assay_node_replace_blob: puts the same bytes from another place in the place of the node's own, of which the first
 * become its @source. A reference of @blob is taken. */
void assay_node_replace_blob (AssayNode *node, AssayBlob *blob);

/** assay_node_get_fact: value of the fact of that name of the entry, or NULL. */
const char *assay_node_get_fact (const AssayNode *node, const char *name);

/**
 * assay_node_get_other_name:
 *
 * How other readers call an entry of a tar, as the last part of a node path: who does not know pax takes the name of
 * the header (busybox), and who does not know GNU tar's own header puts its times before the name (Python, busybox).
 * What all readers agree about has none.
 *
 * Returns: (transfer full) (nullable)
 */
char *assay_node_get_other_name (const AssayNode *entry);

/** assay_node_get_extension_names: (nullable) (transfer full): of an entry of a tar, the names that the headers in
 * front of its own have (pax, GNU long names), escaped as node paths are. */
char **assay_node_get_extension_names (const AssayNode *entry);

/** assay_node_is_container: whether it has spans or is a directory. */
gboolean assay_node_is_container (const AssayNode *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayNode, assay_node_free)

#endif
