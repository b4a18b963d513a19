#ifndef ASSAY_UTIL_INODE_H
#define ASSAY_UTIL_INODE_H

#include <glib.h>
#include <sys/stat.h>

/** AssayInode: which file it is, whatever it is called (POSIX, <sys/stat.h>). The first member of what is kept by it.
 */
typedef struct
{
  guint64 device;
  guint64 inode;
} AssayInode;

static inline AssayInode
assay_inode_of (const struct stat *status)
{
  return (AssayInode){ .device = status->st_dev, .inode = status->st_ino };
}

/** assay_inode_hash: @assay_inode_equal: for hash tables, of AssayInode or of structs that begin with one. */
static inline guint
assay_inode_hash (gconstpointer key)
{
  const AssayInode *inode = key;
  return g_int64_hash (&inode->inode) ^ g_int64_hash (&inode->device) * 31;
}

static inline gboolean
assay_inode_equal (gconstpointer a, gconstpointer b)
{
  const AssayInode *first = a;
  const AssayInode *second = b;
  return first->device == second->device && first->inode == second->inode;
}

#endif
