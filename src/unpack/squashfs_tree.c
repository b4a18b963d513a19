#include "unpack/squashfs.h"
#include "util/cancel.h"
#include "util/checked.h"
#include "util/text.h"

#include <sqfs/block.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/frag_table.h>
#include <sqfs/id_table.h>
#include <sqfs/xattr.h>
#include <sqfs/xattr_reader.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/** Stands for "no extended attributes". */
#define NO_XATTR 0xffffffffu

/** A directory that is still to be listed. */
typedef struct
{
  char *path; /* "" for the root */
  sqfs_inode_generic_t *inode;
} Pending;

/** Bytes of the image that hold the data blocks of one file, or of several files of equal content. */
typedef struct
{
  guint64 length;
  guint32 child;
} Extent;

/** A file's end, which lies in a block that it shares with others. */
typedef struct
{
  guint32 fragment;
  guint64 offset;
  guint64 length;
} Tail;

/** The reading of one tree. */
typedef struct
{
  AssaySquashfs *squashfs;
  sqfs_dir_reader_t *directories;
  sqfs_data_reader_t *data;
  sqfs_id_table_t *ids;
  sqfs_xattr_reader_t *xattrs;
  GPtrArray *pending;  /* Pending */
  GHashTable *extents; /* start -> Extent */
  GArray *tails;
} Tree;

static void
pending_free (Pending *pending)
{
  g_free (pending->path);
  if (pending->inode != NULL)
    sqfs_free (pending->inode);
  g_free (pending);
}

static void
destroy (void *object)
{
  if (object != NULL)
    sqfs_destroy (object);
}

static void
tree_clear (Tree *tree)
{
  g_clear_pointer (&tree->directories, destroy);
  g_clear_pointer (&tree->data, destroy);
  g_clear_pointer (&tree->ids, destroy);
  g_clear_pointer (&tree->xattrs, destroy);
  g_clear_pointer (&tree->pending, g_ptr_array_unref);
  g_clear_pointer (&tree->extents, g_hash_table_unref);
  g_clear_pointer (&tree->tails, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tree, tree_clear)

static gboolean
tree_open (Tree *tree, GError **error)
{
  AssaySquashfs *squashfs = tree->squashfs;
  const sqfs_super_t *super = &squashfs->super;
  tree->directories = sqfs_dir_reader_create (super, squashfs->compressor, squashfs->file, 0);
  tree->data = sqfs_data_reader_create (squashfs->file, super->block_size, squashfs->compressor, 0);
  tree->ids = sqfs_id_table_create (0);
  tree->xattrs = sqfs_xattr_reader_create (0);
  if (tree->directories == NULL || tree->data == NULL || tree->ids == NULL || tree->xattrs == NULL)
    return assay_squashfs_fail ("no memory for its readers", error);
  return (sqfs_data_reader_load_fragment_table (tree->data, super) == 0
          && sqfs_id_table_read (tree->ids, squashfs->file, super, squashfs->compressor) == 0
          && (super->xattr_id_table_start == ASSAY_SQUASHFS_NO_TABLE
              || sqfs_xattr_reader_load (tree->xattrs, super, squashfs->file, squashfs->compressor) == 0))
         || assay_squashfs_fail ("its tables cannot be loaded", error);
}

static AssayNodeType
type_of (const sqfs_inode_generic_t *inode)
{
  static const AssayNodeType types[]
      = { ASSAY_NODE_UNKNOWN,      ASSAY_NODE_DIRECTORY,        ASSAY_NODE_FILE, ASSAY_NODE_SYMLINK,
          ASSAY_NODE_BLOCK_DEVICE, ASSAY_NODE_CHARACTER_DEVICE, ASSAY_NODE_FIFO, ASSAY_NODE_SOCKET };
  guint type = inode->base.type;
  if (type >= SQFS_INODE_EXT_DIR)
    type -= SQFS_INODE_EXT_DIR - SQFS_INODE_DIR;
  return type < G_N_ELEMENTS (types) ? types[type] : ASSAY_NODE_UNKNOWN;
}

static guint32
mode_bits (AssayNodeType type)
{
  static const guint32 bits[] = { [ASSAY_NODE_FILE] = S_IFREG,         [ASSAY_NODE_DIRECTORY] = S_IFDIR,
                                  [ASSAY_NODE_SYMLINK] = S_IFLNK,      [ASSAY_NODE_CHARACTER_DEVICE] = S_IFCHR,
                                  [ASSAY_NODE_BLOCK_DEVICE] = S_IFBLK, [ASSAY_NODE_FIFO] = S_IFIFO,
                                  [ASSAY_NODE_SOCKET] = S_IFSOCK };
  return bits[type];
}

static gboolean
add_xattrs (Tree *tree, AssayNode *node, guint32 index, GError **error)
{
  sqfs_xattr_id_t descriptor;
  if (sqfs_xattr_reader_get_desc (tree->xattrs, index, &descriptor) != 0
      || sqfs_xattr_reader_seek_kv (tree->xattrs, &descriptor) != 0)
    return assay_squashfs_fail ("extended attributes that are not there", error);
  for (guint i = 0; i < descriptor.count; i++)
    {
      sqfs_xattr_entry_t *key = NULL;
      sqfs_xattr_value_t *value = NULL;
      if (sqfs_xattr_reader_read_key (tree->xattrs, &key) != 0)
        return assay_squashfs_fail ("an extended attribute without a name", error);
      if (sqfs_xattr_reader_read_value (tree->xattrs, key, &value) != 0)
        {
          sqfs_free (key);
          return assay_squashfs_fail ("an extended attribute without a value", error);
        }
      g_autofree char *safe = assay_text_escape_line ((const char *)key->key, -1);
      g_autofree char *name = g_strconcat ("xattr.", safe, NULL);
      assay_facts_add_hex (node->facts, g_intern_string (name), value->value, value->size);
      sqfs_free (key);
      sqfs_free (value);
    }
  return TRUE;
}

static gboolean
add_facts (Tree *tree, AssayNode *node, const sqfs_inode_generic_t *inode, GError **error)
{
  guint32 user = 0;
  guint32 group = 0;
  guint32 xattr = NO_XATTR;
  if (sqfs_id_table_index_to_id (tree->ids, inode->base.uid_idx, &user) != 0
      || sqfs_id_table_index_to_id (tree->ids, inode->base.gid_idx, &group) != 0)
    return assay_squashfs_fail ("an owner that the table of owners does not have", error);
  assay_facts_add (node->facts, "mode", "%07o", mode_bits (node->type) | (inode->base.mode & 07777));
  assay_facts_add_number (node->facts, "uid", user);
  assay_facts_add_number (node->facts, "gid", group);
  assay_facts_add_number (node->facts, "mtime", inode->base.mod_time);
  if (node->type == ASSAY_NODE_SYMLINK)
    {
      gboolean extended = inode->base.type == SQFS_INODE_EXT_SLINK;
      gsize length = extended ? inode->data.slink_ext.target_size : inode->data.slink.target_size;
      assay_facts_add_raw (node->facts, "link", (const char *)inode->extra, length);
    }
  else if (node->type == ASSAY_NODE_BLOCK_DEVICE || node->type == ASSAY_NODE_CHARACTER_DEVICE)
    {
      guint32 number = inode->data.dev.devno;
      assay_facts_add (node->facts, "device", "%u:%u", (number >> 8) & 0xfff,
                       (number & 0xff) | ((number >> 12) & 0xfff00));
    }
  if (sqfs_inode_get_xattr_index (inode, &xattr) == 0 && xattr != NO_XATTR)
    return add_xattrs (tree, node, xattr, error);
  return TRUE;
}

/* Claims the bytes of a file's data blocks. Files of equal content may share them: they count once, for the first. */
static gboolean
claim_blocks (Tree *tree, AssayNode *node, const sqfs_inode_generic_t *inode, GError **error)
{
  AssaySquashfs *squashfs = tree->squashfs;
  sqfs_u64 start = 0;
  guint64 length = 0;
  sqfs_inode_get_file_block_start (inode, &start);
  for (gsize i = 0; i < sqfs_inode_get_file_block_count (inode); i++)
    length += inode->extra[i] & 0xffffffu;
  if (length == 0)
    return TRUE;
  if (start < 96 || !assay_range_fits (start, length, squashfs->super.inode_table_start))
    return assay_squashfs_fail ("file content outside the data area", error);
  guint64 key = start;
  Extent *known = g_hash_table_lookup (tree->extents, &key);
  if (known != NULL)
    return known->length == length || assay_squashfs_fail ("files whose content overlaps", error);
  Extent extent = { length, node->index };
  g_hash_table_insert (tree->extents, g_memdup2 (&key, sizeof key), g_memdup2 (&extent, sizeof extent));
  assay_container_add_span (squashfs->container, (AssaySpan){ start, length, ASSAY_SPAN_ENCODED, node->index, FALSE,
                                                              "squashfs file data", NULL });
  return TRUE;
}

static gboolean
write_piece (AssaySink *sink, int status, sqfs_u8 *bytes, size_t length, GError **error)
{
  gboolean done = status == 0 ? length == 0 || assay_sink_write (sink, bytes, length, error)
                              : assay_squashfs_fail ("file content that cannot be decoded", error);
  if (bytes != NULL)
    sqfs_free (bytes);
  return done;
}

static gboolean
decode_blocks (Tree *tree, const sqfs_inode_generic_t *inode, AssaySink *sink, GError **error)
{
  for (gsize i = 0; i < sqfs_inode_get_file_block_count (inode); i++)
    {
      sqfs_u8 *bytes = NULL;
      size_t length = 0;
      if (assay_cancelled (error))
        return FALSE;
      sink->stored += inode->extra[i] & 0xffffffu;
      int status = sqfs_data_reader_get_block (tree->data, inode, i, &length, &bytes);
      if (!write_piece (sink, status, bytes, length, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
decode_tail (Tree *tree, const sqfs_inode_generic_t *inode, AssaySink *sink, GError **error)
{
  sqfs_u32 fragment = 0;
  sqfs_u32 offset = 0;
  sqfs_u8 *bytes = NULL;
  size_t length = 0;
  sqfs_inode_get_frag_location (inode, &fragment, &offset);
  if (fragment == G_MAXUINT32)
    return TRUE;
  int status = sqfs_data_reader_get_fragment (tree->data, inode, &length, &bytes);
  Tail tail = { fragment, offset, length };
  sink->stored += length;
  g_array_append_val (tree->tails, tail);
  return write_piece (sink, status, bytes, length, error);
}

static gboolean
add_content (Tree *tree, AssayNode *node, const sqfs_inode_generic_t *inode, GError **error)
{
  g_auto (AssaySink) sink = { NULL };
  sqfs_u64 size = 0;
  assay_sink_init (&sink, tree->squashfs->container->context);
  sqfs_inode_get_file_size (inode, &size);
  /* A hole is claimed content as any other: it counts before it is written. */
  if (!claim_blocks (tree, node, inode, error) || !decode_blocks (tree, inode, &sink, error)
      || !decode_tail (tree, inode, &sink, error))
    return FALSE;
  if (sink.written != size)
    return assay_squashfs_fail ("a file that is not as long as its inode says", error);
  g_autoptr (AssayBlob) blob = assay_sink_finish (&sink, error);
  if (blob == NULL)
    return FALSE;
  assay_container_set_decoded (node, blob);
  return TRUE;
}

/* Takes @inode when it is a directory, to be listed later. */
static gboolean
add_entry (Tree *tree, const char *path, sqfs_inode_generic_t *inode, gboolean *out_taken, GError **error)
{
  AssayNodeType type = type_of (inode);
  AssayNode *node
      = assay_container_add_entry (tree->squashfs->container, path, strlen (path), type, ASSAY_NAME_PLAIN, error);
  if (node == NULL || !add_facts (tree, node, inode, error))
    return FALSE;
  if (type == ASSAY_NODE_FILE)
    return add_content (tree, node, inode, error);
  if (type == ASSAY_NODE_DIRECTORY)
    {
      Pending *pending = g_new0 (Pending, 1);
      pending->path = g_strdup (path);
      pending->inode = inode;
      *out_taken = TRUE;
      g_ptr_array_add (tree->pending, pending);
    }
  return TRUE;
}

static gboolean
list_directory (Tree *tree, const Pending *directory, GError **error)
{
  if (sqfs_dir_reader_open_dir (tree->directories, directory->inode, 0) != 0)
    return assay_squashfs_fail ("a directory that cannot be opened", error);
  for (;;)
    {
      sqfs_dir_entry_t *entry = NULL;
      sqfs_inode_generic_t *inode = NULL;
      int status = sqfs_dir_reader_read (tree->directories, &entry);
      if (status > 0)
        return TRUE;
      if (status < 0)
        return assay_squashfs_fail ("a directory that cannot be read to its end", error);
      g_autofree char *name = g_strndup ((const char *)entry->name, entry->size + 1u);
      gboolean odd = memchr (entry->name, '/', entry->size + 1u) != NULL || strlen (name) != entry->size + 1u;
      sqfs_free (entry);
      if (odd)
        return assay_squashfs_fail ("a name with `/` or NUL in it", error);
      if (sqfs_dir_reader_get_inode (tree->directories, &inode) != 0)
        return assay_squashfs_fail ("an entry whose inode cannot be read", error);
      g_autofree char *path
          = *directory->path == '\0' ? g_strdup (name) : g_strconcat (directory->path, "/", name, NULL);
      gboolean taken = FALSE;
      gboolean done = add_entry (tree, path, inode, &taken, error);
      if (!taken)
        sqfs_free (inode);
      if (!done)
        return FALSE;
    }
}

static gint
by_place (gconstpointer a, gconstpointer b)
{
  const Tail *first = a;
  const Tail *second = b;
  if (first->fragment != second->fragment)
    return first->fragment < second->fragment ? -1 : 1;
  if (first->offset != second->offset)
    return first->offset < second->offset ? -1 : 1;
  return first->length < second->length ? 1 : first->length > second->length ? -1 : 0;
}

/* Bytes that the fragment block decodes to, or 0. */
static gsize
fragment_size (Tree *tree, guint64 start, guint32 size, GError **error)
{
  AssaySquashfs *squashfs = tree->squashfs;
  guint32 stored = size & 0xffffffu;
  if (stored == 0 || stored > squashfs->super.block_size
      || !assay_range_fits (start, stored, squashfs->super.inode_table_start))
    return assay_squashfs_fail ("a fragment block outside the data area", error);
  if ((size & 0x1000000u) != 0)
    return stored;
  g_autofree guint8 *in = g_try_malloc (stored);
  g_autofree guint8 *out = g_try_malloc (squashfs->super.block_size);
  if (in == NULL || out == NULL || !assay_blob_read (squashfs->container->node->blob, start, in, stored, error))
    return 0;
  sqfs_s32 length = squashfs->compressor->do_block (squashfs->compressor, in, stored, out, squashfs->super.block_size);
  if (length <= 0)
    return assay_squashfs_fail ("a fragment block that cannot be decoded", error);
  return (gsize)length;
}

/* Files' ends must fill a fragment block from its beginning to its end: what no file shows is nobody's content. */
static gboolean
claim_fragment (Tree *tree, guint32 fragment, guint64 start, guint32 size, guint *next, GError **error)
{
  gsize length = fragment_size (tree, start, size, error);
  guint64 covered = 0;
  if (length == 0)
    return FALSE;
  for (; *next < tree->tails->len; ++*next)
    {
      const Tail *tail = &g_array_index (tree->tails, Tail, *next);
      if (tail->fragment != fragment || tail->offset > covered)
        break;
      covered = MAX (covered, tail->offset + tail->length);
    }
  while (*next < tree->tails->len && g_array_index (tree->tails, Tail, *next).fragment == fragment)
    ++*next;
  gboolean whole = covered == length;
  assay_container_add_span (
      tree->squashfs->container,
      (AssaySpan){ start, size & 0xffffffu, whole ? ASSAY_SPAN_ENCODED : ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD, FALSE,
                   whole ? "squashfs fragment block" : "squashfs fragment block with unused bytes", NULL });
  return TRUE;
}

static gboolean
claim_fragments (Tree *tree, GError **error)
{
  AssaySquashfs *squashfs = tree->squashfs;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  sqfs_frag_table_t *table = sqfs_frag_table_create (0);
  if (table == NULL || sqfs_frag_table_read (table, squashfs->file, &squashfs->super, squashfs->compressor) != 0)
    {
      destroy (table);
      return assay_squashfs_fail ("its fragment table cannot be read", error);
    }
  guint next = 0;
  gboolean done = TRUE;
  g_array_sort (tree->tails, by_place);
  for (gsize i = 0; done && i < sqfs_frag_table_get_size (table); i++)
    {
      sqfs_fragment_t fragment;
      done = sqfs_frag_table_lookup (table, (guint32)i, &fragment) == 0
             && claim_fragment (tree, (guint32)i, fragment.start_offset, fragment.size, &next, error);
    }
  destroy (table);
  return done
         || (error != NULL && *error != NULL ? FALSE : assay_squashfs_fail ("a fragment that is not there", error));
}

gboolean
assay_squashfs_read_tree (AssaySquashfs *squashfs, GError **error)
{
  g_auto (Tree) tree = { .squashfs = squashfs };
  tree.pending = g_ptr_array_new_with_free_func ((GDestroyNotify)pending_free);
  tree.extents = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  tree.tails = g_array_new (FALSE, FALSE, sizeof (Tail));
  if (!tree_open (&tree, error))
    return FALSE;
  Pending *root = g_new0 (Pending, 1);
  root->path = g_strdup ("");
  g_ptr_array_add (tree.pending, root);
  if (sqfs_dir_reader_get_root_inode (tree.directories, &root->inode) != 0)
    return assay_squashfs_fail ("no root directory", error);
  while (tree.pending->len > 0)
    {
      Pending *directory = g_ptr_array_steal_index (tree.pending, tree.pending->len - 1);
      gboolean done = list_directory (&tree, directory, error);
      pending_free (directory);
      if (!done)
        return FALSE;
    }
  return claim_fragments (&tree, error);
}
