#include "util/known_files.h"

#include "util/inode.h"

/** A file, and what its bytes digest to. */
typedef struct
{
  AssayInode inode;
  guint64 size_bytes;
  struct timespec changed;
  AssayDigest sha256;
} Known;

struct _AssayKnownFiles
{
  AssayKnownKind kind;
  GHashTable *files; /* set of Known */
};

AssayKnownFiles *
assay_known_files_new (AssayKnownKind kind)
{
  AssayKnownFiles *known = g_new0 (AssayKnownFiles, 1);
  known->kind = kind;
  known->files = g_hash_table_new_full (assay_inode_hash, assay_inode_equal, g_free, NULL);
  return known;
}

void
assay_known_files_free (AssayKnownFiles *known)
{
  if (known == NULL)
    return;
  g_hash_table_unref (known->files);
  g_free (known);
}

static Known
known_of (const struct stat *status)
{
  return (
      Known){ .inode = assay_inode_of (status), .size_bytes = (guint64)status->st_size, .changed = status->st_ctim };
}

void
assay_known_files_add (AssayKnownFiles *known, const struct stat *status, const AssayDigest *sha256)
{
  Known file = known_of (status);
  if (known == NULL || !S_ISREG (status->st_mode))
    return;
  file.sha256 = *sha256;
  g_hash_table_add (known->files, g_memdup2 (&file, sizeof file));
}

const AssayDigest *
assay_known_files_find (const AssayKnownFiles *known, const struct stat *status)
{
  Known wanted = known_of (status);
  const Known *found = known == NULL || !S_ISREG (status->st_mode) ? NULL : g_hash_table_lookup (known->files, &wanted);
  gboolean same
      = found != NULL && found->size_bytes == wanted.size_bytes
        && (known->kind == ASSAY_KNOWN_MOVED
            || (found->changed.tv_sec == wanted.changed.tv_sec && found->changed.tv_nsec == wanted.changed.tv_nsec));
  return same ? &found->sha256 : NULL;
}
