#include "unpack/bytes.h"
#include "unpack/ext/ext.h"
#include "unpack/links.h"
#include "unpack/pieces.h"

#include <string.h>
#include <sys/stat.h>

/* Walks all directories, and reads what their names lead to. */

/** A directory that waits to be read. @child: of the root ASSAY_SPAN_NO_CHILD; @path: with a final `/`, "" for the root
 */
typedef struct
{
  guint32 child;
  guint32 inode;
  guint32 parent;
  char *path;
} Pending;

static void
pending_free (Pending *pending)
{
  g_free (pending->path);
  g_free (pending);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pending, pending_free)

/** @directory: the one that is being read. */
typedef struct
{
  AssayExt *ext;
  GQueue *queue;
  const Pending *directory;
} Walk;

/** What an inode is, in its mode and in an entry. */
static const struct
{
  guint mode;
  guint entry;
  AssayNodeType type;
} types[] = {
  { S_IFREG, EXT2_FT_REG_FILE, ASSAY_NODE_FILE },
  { S_IFDIR, EXT2_FT_DIR, ASSAY_NODE_DIRECTORY },
  { S_IFCHR, EXT2_FT_CHRDEV, ASSAY_NODE_CHARACTER_DEVICE },
  { S_IFBLK, EXT2_FT_BLKDEV, ASSAY_NODE_BLOCK_DEVICE },
  { S_IFIFO, EXT2_FT_FIFO, ASSAY_NODE_FIFO },
  { S_IFSOCK, EXT2_FT_SOCK, ASSAY_NODE_SOCKET },
  { S_IFLNK, EXT2_FT_SYMLINK, ASSAY_NODE_SYMLINK },
};

/* The type of an inode, as its mode and the entry both say it. */
static gboolean
find_type (const AssayExtInode *inode, const AssayExtEntry *entry, AssayNodeType *out_type, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].mode == (inode->mode & S_IFMT))
      {
        *out_type = types[i].type;
        return entry->type == 0 || entry->type == types[i].entry
               || assay_ext_fail ("an entry of another type than its inode", error);
      }
  return assay_ext_fail ("an inode of no type", error);
}

/* The number is in the map: in 16 bits, or in 32 behind four zero bytes. */
static void
state_device (AssayNode *child, const AssayExtInode *inode)
{
  guint32 old = assay_get_le32 (inode->bytes + ASSAY_EXT_MAP_AT);
  guint32 number = assay_get_le32 (inode->bytes + ASSAY_EXT_MAP_AT + 4);
  guint major = old != 0 ? (old >> 8) & 0xff : (number >> 8) & 0xfff;
  guint minor = old != 0 ? old & 0xff : (number & 0xff) | ((number >> 12) & 0xfff00);
  assay_facts_add (child->facts, "device", "%u:%u", major, minor);
}

/** A name that was found. @path: of it; @more: inline data beyond the inode's map, or NULL. */
typedef struct
{
  AssayNode *child;
  const AssayExtInode *inode;
  const GByteArray *more;
  const char *path;
} Found;

static gboolean
read_link (const Walk *walk, const Found *found, GError **error)
{
  g_autoptr (GBytes) target = assay_ext_link_read (walk->ext, found->child, found->inode, found->more, error);
  if (target == NULL)
    return FALSE;
  gsize length = 0;
  const char *text = g_bytes_get_data (target, &length);
  assay_facts_add_raw (found->child->facts, "link", text, length);
  return TRUE;
}

/* What other names may lead to as well is kept for them. */
static gboolean
read_file (const Walk *walk, const Found *found, GError **error)
{
  AssayExtSeen *seen = g_hash_table_lookup (walk->ext->seen, GUINT_TO_POINTER (found->inode->number));
  if (!assay_ext_content_read (walk->ext, found->child, found->inode, found->more, error))
    return FALSE;
  if (found->child->pieces != NULL)
    seen->pieces = g_array_ref (found->child->pieces);
  else if (found->child->decoded)
    seen->blob = assay_blob_ref (found->child->blob);
  return TRUE;
}

/* Another name of a file that was read before. */
static gboolean
share_file (const Walk *walk, const Found *found, GError **error)
{
  AssayContainer *container = walk->ext->container;
  const AssayExtSeen *seen = g_hash_table_lookup (walk->ext->seen, GUINT_TO_POINTER (found->inode->number));
  if (found->inode->size == 0)
    return assay_container_add_payload (container, found->child, 0, 0, "ext file", error);
  if (seen->pieces != NULL)
    {
      assay_pieces_share (found->child, seen->pieces);
      return TRUE;
    }
  if (seen->blob == NULL)
    return assay_ext_fail ("an inode of more names than it says", error);
  if (!assay_context_charge_bytes (container->context, found->inode->size, error))
    return FALSE;
  assay_container_set_decoded (found->child, seen->blob);
  return TRUE;
}

static gboolean
read_directory_later (Walk *walk, const Found *found, gboolean first, GError **error)
{
  Pending *pending = g_new0 (Pending, 1);
  pending->child = found->child->index;
  pending->inode = found->inode->number;
  pending->parent = walk->directory->inode;
  pending->path = g_strconcat (found->path, "/", NULL);
  g_queue_push_tail (walk->queue, pending);
  return first || assay_ext_fail ("a directory of two names", error);
}

static gboolean
read_typed (Walk *walk, const Found *found, gboolean first, GError **error)
{
  gboolean stored = found->inode->size >= ASSAY_EXT_MAP_BYTES && (found->inode->flags & EXT4_INLINE_DATA_FL) == 0;
  switch (found->child->type)
    {
    case ASSAY_NODE_DIRECTORY:
      return read_directory_later (walk, found, first, error);
    case ASSAY_NODE_FILE:
      return first ? read_file (walk, found, error) : share_file (walk, found, error);
    case ASSAY_NODE_SYMLINK:
      if (!first && stored)
        return assay_ext_refuse ("a long link of several names", error);
      return read_link (walk, found, error);
    case ASSAY_NODE_CHARACTER_DEVICE:
    case ASSAY_NODE_BLOCK_DEVICE:
      state_device (found->child, found->inode);
      return TRUE;
    default:
      return TRUE;
    }
}

/* A directory's blocks are claimed when it is read. */
static gboolean
read_content (Walk *walk, const Found *found, gboolean first, GError **error)
{
  guint64 before = walk->ext->claimed;
  if (!read_typed (walk, found, first, error))
    return FALSE;
  if (first && found->child->type != ASSAY_NODE_DIRECTORY)
    assay_ext_order_blocks (walk->ext, found->inode, walk->ext->claimed - before);
  return TRUE;
}

static void
note_name (const Walk *walk, const Found *found)
{
  AssayExtSeen *seen = g_hash_table_lookup (walk->ext->seen, GUINT_TO_POINTER (found->inode->number));
  seen->links = found->inode->links;
  assay_links_add (walk->ext->names, found->inode->number, found->child, found->path);
}

static void
order_links (AssayExt *ext)
{
  GHashTableIter iterator;
  gpointer key = NULL;
  gpointer value = NULL;
  g_hash_table_iter_init (&iterator, ext->seen);
  while (g_hash_table_iter_next (&iterator, &key, &value))
    {
      guint32 number = GPOINTER_TO_UINT (key);
      const AssayExtSeen *seen = value;
      if (seen->links != assay_links_count (ext->names, number))
        assay_ext_note_irregular (ext, "inode %u links %u", number, seen->links);
    }
}

/* Facts of an entry; times and checksum of the inode are noted once. */
static gboolean
state_entry (const Walk *walk, const Found *found, gboolean first, GByteArray **out_more, GError **error)
{
  GArray *facts = found->child->facts;
  assay_ext_inode_access (found->inode, facts, "");
  assay_ext_inode_times (walk->ext, found->inode, facts, "");
  if (found->child->type != ASSAY_NODE_DIRECTORY && found->inode->links > 1)
    note_name (walk, found);
  if (first)
    {
      assay_ext_inode_note (walk->ext, found->inode);
      assay_ext_order_inode (walk->ext, found->inode);
    }
  return assay_ext_xattrs_read (walk->ext, found->inode, facts, "", first, out_more, error);
}

/* AssayExtEntryTake. */
static gboolean
take_entry (gpointer data, const AssayExtEntry *entry, GError **error)
{
  Walk *walk = data;
  AssayExt *ext = walk->ext;
  g_auto (AssayExtInode) inode = { 0 };
  g_autoptr (GByteArray) more = NULL;
  AssayNodeType type = ASSAY_NODE_UNKNOWN;
  if (entry->inode < EXT2_FIRST_INO (ext->fs->super))
    return assay_ext_fail ("a name that leads to an inode of the file system's own", error);
  if (!assay_ext_inode_read (ext, entry->inode, &inode, error) || !find_type (&inode, entry, &type, error))
    return FALSE;
  if (inode.links == 0)
    return assay_ext_fail ("a name that leads to a removed inode", error);
  gboolean first = !g_hash_table_contains (ext->seen, GUINT_TO_POINTER (entry->inode));
  if (!first && inode.links < 2)
    return assay_ext_fail ("an inode of more names than it says", error);
  if (first)
    g_hash_table_insert (ext->seen, GUINT_TO_POINTER (entry->inode), g_new0 (AssayExtSeen, 1));
  g_autofree char *name = g_strndup (entry->name, entry->length);
  g_autofree char *path = g_strconcat (walk->directory->path, name, NULL);
  AssayNode *child = assay_container_add_entry (ext->container, path, strlen (path), type, ASSAY_NAME_PLAIN, error);
  Found found = { child, &inode, NULL, path };
  if (child == NULL || !state_entry (walk, &found, first, &more, error))
    return FALSE;
  found.more = more;
  return read_content (walk, &found, first, error);
}

static gboolean
read_directory (Walk *walk, GError **error)
{
  AssayExt *ext = walk->ext;
  const Pending *directory = walk->directory;
  g_auto (AssayExtInode) inode = { 0 };
  g_autoptr (GByteArray) more = NULL;
  g_autoptr (GArray) known = assay_facts_new ();
  if (!assay_ext_inode_read (ext, directory->inode, &inode, error)
      || !assay_ext_xattrs_read (ext, &inode, known, "", FALSE, &more, error))
    return FALSE;
  return assay_ext_directory_read (ext, &inode, directory->child, directory->parent, more, take_entry, walk, error);
}

/* The root has no entry, so that its facts are the file system's own. */
static gboolean
state_root (AssayExt *ext, GError **error)
{
  GArray *facts = ext->container->node->own_facts;
  g_auto (AssayExtInode) inode = { 0 };
  g_autoptr (GByteArray) more = NULL;
  if (!assay_ext_inode_read (ext, EXT2_ROOT_INO, &inode, error))
    return FALSE;
  if (!S_ISDIR (inode.mode) || inode.links == 0)
    return assay_ext_fail ("a root that is no directory", error);
  g_hash_table_insert (ext->seen, GUINT_TO_POINTER (EXT2_ROOT_INO), g_new0 (AssayExtSeen, 1));
  assay_ext_inode_access (&inode, facts, "root-");
  assay_ext_inode_times (ext, &inode, facts, "root.");
  assay_ext_inode_note (ext, &inode);
  assay_ext_order_inode (ext, &inode);
  return assay_ext_xattrs_read (ext, &inode, facts, "root-", TRUE, &more, error);
}

gboolean
assay_ext_read_tree (AssayExt *ext, GError **error)
{
  g_autoptr (GQueue) queue = g_queue_new ();
  Walk walk = { ext, queue, NULL };
  Pending *root = g_new0 (Pending, 1);
  root->child = ASSAY_SPAN_NO_CHILD;
  root->inode = root->parent = EXT2_ROOT_INO;
  root->path = g_strdup ("");
  g_queue_push_tail (queue, root);
  gboolean ok = state_root (ext, error);
  while (ok && !g_queue_is_empty (queue))
    {
      g_autoptr (Pending) directory = g_queue_pop_head (queue);
      walk.directory = directory;
      ok = read_directory (&walk, error);
    }
  g_queue_clear_full (queue, (GDestroyNotify)pending_free);
  if (ok)
    order_links (ext);
  return ok && assay_links_state (ext->names, ext->container->context, error);
}
