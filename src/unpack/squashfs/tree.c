#include "unpack/links.h"
#include "unpack/squashfs/squashfs.h"
#include "util/text.h"

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

/** The reading of one tree. */
typedef struct
{
  AssaySquashfs *squashfs;
  sqfs_dir_reader_t *directories;
  sqfs_id_table_t *ids;
  sqfs_xattr_reader_t *xattrs;
  AssaySquashfsContent *content;
  GPtrArray *pending; /* Pending */
  GHashTable *names;  /* of inodes with several (links.h) */
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
  g_clear_pointer (&tree->ids, destroy);
  g_clear_pointer (&tree->xattrs, destroy);
  g_clear_pointer (&tree->pending, g_ptr_array_unref);
  g_clear_pointer (&tree->names, g_hash_table_unref);
  g_clear_pointer (&tree->content, assay_squashfs_content_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tree, tree_clear)

static gboolean
tree_open (Tree *tree, GError **error)
{
  AssaySquashfs *squashfs = tree->squashfs;
  const sqfs_super_t *super = &squashfs->super;
  tree->directories = sqfs_dir_reader_create (super, squashfs->compressor, squashfs->file, 0);
  tree->ids = sqfs_id_table_create (0);
  tree->xattrs = sqfs_xattr_reader_create (0);
  if (tree->directories == NULL || tree->ids == NULL || tree->xattrs == NULL)
    return assay_squashfs_fail ("no memory for its readers", error);
  tree->content = assay_squashfs_content_new (squashfs, error);
  if (tree->content == NULL)
    return FALSE;
  squashfs->fragment_blocks = sqfs_frag_table_create (0);
  squashfs->whole_fragments = g_array_new (FALSE, FALSE, sizeof (guint8));
  /* libsquashfs makes room for as many fragments as the super block says before it reads one */
  if (!assay_limits_check (squashfs->container->context->limits, ASSAY_LIMIT_METADATA_BYTES,
                           super->fragment_entry_count * G_GUINT64_CONSTANT (16), "a larger squashfs table", error))
    return FALSE;
  return (squashfs->fragment_blocks != NULL
          && sqfs_frag_table_read (squashfs->fragment_blocks, squashfs->file, super, squashfs->compressor) == 0
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
add_xattrs (Tree *tree, GArray *facts, const char *prefix, const sqfs_inode_generic_t *inode, GError **error)
{
  sqfs_xattr_id_t descriptor;
  guint32 index = NO_XATTR;
  if (sqfs_inode_get_xattr_index (inode, &index) != 0 || index == NO_XATTR)
    return TRUE;
  if (tree->squashfs->super.xattr_id_table_start == ASSAY_SQUASHFS_NO_TABLE)
    return assay_squashfs_fail ("extended attributes without a table of them", error);
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
      g_autofree char *name = g_strconcat (prefix, "xattr.", safe, NULL);
      assay_facts_add_hex (facts, assay_text_intern (name), value->value, value->size);
      sqfs_free (key);
      sqfs_free (value);
    }
  return TRUE;
}

/* Mode and owner; the root directory has no entry, so that its own say "root-" before their names. */
static gboolean
add_access (Tree *tree, GArray *facts, const char *prefix, AssayNodeType type, const sqfs_inode_generic_t *inode,
            GError **error)
{
  guint32 user = 0;
  guint32 group = 0;
  g_autofree char *mode_name = g_strconcat (prefix, "mode", NULL);
  g_autofree char *user_name = g_strconcat (prefix, "uid", NULL);
  g_autofree char *group_name = g_strconcat (prefix, "gid", NULL);
  if (sqfs_id_table_index_to_id (tree->ids, inode->base.uid_idx, &user) != 0
      || sqfs_id_table_index_to_id (tree->ids, inode->base.gid_idx, &group) != 0)
    return assay_squashfs_fail ("an owner that the table of owners does not have", error);
  assay_facts_add (facts, assay_text_intern (mode_name), "%07o", mode_bits (type) | (inode->base.mode & 07777));
  assay_facts_add_number (facts, assay_text_intern (user_name), user);
  assay_facts_add_number (facts, assay_text_intern (group_name), group);
  return TRUE;
}

/* Blocks of a file that are not stored, by their numbers: "0-2 5". U-Boot up to 2022 cannot read one
 * (fs/squashfs/sqfs.c), and with some codecs takes the block before it once more. */
static void
add_holes (GArray *facts, const sqfs_inode_generic_t *inode)
{
  gsize count = sqfs_inode_get_file_block_count (inode);
  g_autoptr (GString) holes = g_string_new (NULL);
  for (gsize first = 0, behind = 0; first < count; first = behind + 1)
    {
      for (behind = first; behind < count && inode->extra[behind] == 0; behind++)
        ;
      if (behind > first)
        g_string_append_printf (holes, "%s%" G_GSIZE_FORMAT, holes->len > 0 ? " " : "", first);
      if (behind > first + 1)
        g_string_append_printf (holes, "-%" G_GSIZE_FORMAT, behind - 1);
    }
  if (holes->len > 0)
    assay_facts_add (facts, "holes", "%s", holes->str);
}

static gboolean
add_facts (Tree *tree, AssayNode *node, const sqfs_inode_generic_t *inode, GError **error)
{
  if (!add_access (tree, node->facts, "", node->type, inode, error))
    return FALSE;
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
  else if (node->type == ASSAY_NODE_FILE)
    add_holes (node->facts, inode);
  return add_xattrs (tree, node->facts, "", inode, error);
}

/* How many names an inode that is no directory says that it has; a short one of a file has no place for it. */
static guint32
links_of (const sqfs_inode_generic_t *inode)
{
  switch (inode->base.type)
    {
    case SQFS_INODE_EXT_FILE:
      return inode->data.file_ext.nlink;
    case SQFS_INODE_SLINK:
      return inode->data.slink.nlink;
    case SQFS_INODE_EXT_SLINK:
      return inode->data.slink_ext.nlink;
    case SQFS_INODE_BDEV:
    case SQFS_INODE_CDEV:
      return inode->data.dev.nlink;
    case SQFS_INODE_EXT_BDEV:
    case SQFS_INODE_EXT_CDEV:
      return inode->data.dev_ext.nlink;
    case SQFS_INODE_FIFO:
    case SQFS_INODE_SOCKET:
      return inode->data.ipc.nlink;
    case SQFS_INODE_EXT_FIFO:
    case SQFS_INODE_EXT_SOCKET:
      return inode->data.ipc_ext.nlink;
    default:
      return 1;
    }
}

static void
note_name (Tree *tree, AssayNode *node, const char *path, const sqfs_inode_generic_t *inode)
{
  if (links_of (inode) > 1)
    assay_links_add (tree->names, inode->base.inode_number, node, path);
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
  note_name (tree, node, path, inode);
  if (type == ASSAY_NODE_FILE)
    return assay_squashfs_content_read (tree->content, node, inode, error);
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

gboolean
assay_squashfs_read_tree (AssaySquashfs *squashfs, GError **error)
{
  g_auto (Tree) tree = { .squashfs = squashfs };
  tree.pending = g_ptr_array_new_with_free_func ((GDestroyNotify)pending_free);
  tree.names = assay_links_new ();
  if (!tree_open (&tree, error))
    return FALSE;
  Pending *root = g_new0 (Pending, 1);
  root->path = g_strdup ("");
  g_ptr_array_add (tree.pending, root);
  if (sqfs_dir_reader_get_root_inode (tree.directories, &root->inode) != 0)
    return assay_squashfs_fail ("no root directory", error);
  if (type_of (root->inode) != ASSAY_NODE_DIRECTORY)
    return assay_squashfs_fail ("a root that is no directory", error);
  GArray *facts = squashfs->container->node->own_facts;
  /* U-Boot begins at the inode of the last number, wherever the super block says that the root is. */
  if (root->inode->base.inode_number != squashfs->super.inode_count)
    assay_facts_add_number (facts, "root-inode", root->inode->base.inode_number);
  /* when /usr is this, what is older than it is brought up to date */
  assay_facts_add_number (facts, "root.mtime", root->inode->base.mod_time);
  if (!add_access (&tree, facts, "root-", ASSAY_NODE_DIRECTORY, root->inode, error)
      || !add_xattrs (&tree, facts, "root-", root->inode, error))
    return FALSE;
  while (tree.pending->len > 0)
    {
      Pending *directory = g_ptr_array_steal_index (tree.pending, tree.pending->len - 1);
      gboolean done = list_directory (&tree, directory, error);
      pending_free (directory);
      if (!done)
        return FALSE;
    }
  return assay_links_state (tree.names, squashfs->container->context, error)
         && assay_squashfs_content_finish (tree.content, error);
}
