#include "rebuild/pack.h"

#include "cage/cage_limits.h"
#include "crypto/sha256.h"
#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <zstd.h>

/* It is written after each build and read by few: level 1 costs a fraction of what the build did. */
#define ZSTD_LEVEL 1

/* Between two looks at how much of the disk is free. */
#define LOOK_BYTES (G_GUINT64_CONSTANT (64) << 20)

/* How often a file is begun anew that another process has removed. */
#define PART_TRIES 100

struct _AssayPack
{
  AssayDirectory *directory;
  char *name; /* NULL: it is in its place */
  int fd;
  guint64 most_bytes;
  guint64 written_bytes;
  guint64 looked_bytes;
  AssaySha256 *sha256;
  ZSTD_CCtx *compressor;
  gsize window_bytes;
  guint8 *window;
};

static gboolean
check_room (AssayPack *pack, GError **error)
{
  struct statvfs disk;
  if (pack->written_bytes > pack->most_bytes)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "it is larger than %" G_GUINT64_FORMAT " bytes",
                   pack->most_bytes);
      return FALSE;
    }
  if (pack->written_bytes > 0 && pack->written_bytes - pack->looked_bytes < LOOK_BYTES)
    return TRUE;
  pack->looked_bytes = pack->written_bytes;
  if (fstatvfs (pack->fd, &disk) != 0)
    return assay_system_error (error, errno, "look at the disk of", "the cache");
  if ((guint64)disk.f_bavail * disk.f_frsize >= ASSAY_CAGE_DISK_RESERVE_BYTES)
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT,
               "limit disk-reserve (%" G_GUINT64_FORMAT " bytes) hit: less is free on the disk of the cache",
               ASSAY_CAGE_DISK_RESERVE_BYTES);
  return FALSE;
}

static gboolean
write_out (AssayPack *pack, const void *data, gsize length, GError **error)
{
  assay_sha256_update (pack->sha256, data, length);
  pack->written_bytes += length;
  if (!assay_system_write_all (pack->fd, data, length))
    return assay_system_error (error, errno, "write", "an entry of the cache");
  return check_room (pack, error);
}

static gboolean
compress (AssayPack *pack, const void *data, gsize length, ZSTD_EndDirective how, GError **error)
{
  ZSTD_inBuffer in = { data, length, 0 };
  gsize left;
  do
    {
      ZSTD_outBuffer out = { pack->window, pack->window_bytes, 0 };
      left = ZSTD_compressStream2 (pack->compressor, &out, &in, how);
      if (ZSTD_isError (left))
        {
          g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "cannot compress: %s", ZSTD_getErrorName (left));
          return FALSE;
        }
      if (out.pos > 0 && !write_out (pack, out.dst, out.pos, error))
        return FALSE;
  } while (how == ZSTD_e_continue ? in.pos < in.size : left > 0);
  return TRUE;
}

static gboolean
begin_entry (gpointer data, const guint8 *bytes, gsize length, GError **error)
{
  return compress (data, bytes, length, ZSTD_e_continue, error);
}

static gboolean
add_run (gpointer data, guint64 offset, const guint8 *bytes, gsize length, GError **error)
{
  guint64 at = GUINT64_TO_LE (offset);
  guint32 count = GUINT32_TO_LE ((guint32)length);
  return compress (data, &at, sizeof at, ZSTD_e_continue, error)
         && compress (data, &count, sizeof count, ZSTD_e_continue, error)
         && compress (data, bytes, length, ZSTD_e_continue, error);
}

static gboolean
end_content (gpointer data, GError **error)
{
  static const guint8 none[12];
  return compress (data, none, sizeof none, ZSTD_e_continue, error);
}

/* A new file that is locked and has its name. What nobody holds is left of a process that was killed, and whoever makes
 * room removes it (cache_entry.c): it may do so before the lock is taken here, and another is made then.
 * Returns: whether it is held; FALSE without @error: it was removed, or is about to be */
static gboolean
hold_part (AssayPack *pack, GError **error)
{
  struct stat status;
  pack->name = g_strdup_printf (ASSAY_PACK_PART "%d-%08x", (int)getpid (), g_random_int ());
  pack->fd = openat (assay_directory_get_fd (pack->directory), pack->name,
                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (pack->fd < 0)
    {
      g_clear_pointer (&pack->name, g_free);
      return assay_system_error (error, errno, "make", "an entry of the cache");
    }
  if (flock (pack->fd, LOCK_EX | LOCK_NB) != 0 && errno != ENOLCK && errno != EOPNOTSUPP)
    return errno == EWOULDBLOCK ? FALSE : assay_system_error (error, errno, "lock", "an entry of the cache");
  if (fstat (pack->fd, &status) != 0)
    return assay_system_error (error, errno, "look at", "an entry of the cache");
  return status.st_nlink > 0;
}

static gboolean
make_part (AssayPack *pack, GError **error)
{
  for (guint i = 0; i < PART_TRIES; i++)
    {
      g_autoptr (GError) failure = NULL;
      if (hold_part (pack, &failure))
        return TRUE;
      if (failure != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      assay_fd_close (&pack->fd);
      g_clear_pointer (&pack->name, g_free);
    }
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_IO, "another process removes each entry that is begun");
  return FALSE;
}

AssayPack *
assay_pack_new (AssayDirectory *directory, guint64 most_bytes, GError **error)
{
  g_autoptr (AssayPack) pack = g_new0 (AssayPack, 1);
  pack->directory = assay_directory_ref (directory);
  pack->fd = -1;
  pack->most_bytes = most_bytes;
  pack->sha256 = assay_sha256_new ();
  pack->compressor = ZSTD_createCCtx ();
  pack->window_bytes = ZSTD_CStreamOutSize ();
  pack->window = g_malloc (pack->window_bytes);
  if (!make_part (pack, error))
    return NULL;
  if (pack->compressor == NULL
      || ZSTD_isError (ZSTD_CCtx_setParameter (pack->compressor, ZSTD_c_compressionLevel, ZSTD_LEVEL)))
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "cannot compress");
      return NULL;
    }
  return check_room (pack, error) ? g_steal_pointer (&pack) : NULL;
}

void
assay_pack_free (AssayPack *pack)
{
  if (pack == NULL)
    return;
  if (pack->name != NULL)
    unlinkat (assay_directory_get_fd (pack->directory), pack->name, 0);
  assay_fd_close (&pack->fd);
  ZSTD_freeCCtx (pack->compressor);
  g_clear_pointer (&pack->sha256, assay_sha256_free);
  g_clear_pointer (&pack->directory, assay_directory_unref);
  g_free (pack->window);
  g_free (pack->name);
  g_free (pack);
}

gboolean
assay_pack_add (AssayPack *pack, AssayDirectory *tree, const AssayIdentity *owner, const GPtrArray *paths,
                AssayPackedTree *out, GError **error)
{
  const AssayManifestSink sink = { NULL, begin_entry, add_run, end_content, pack };
  out->offset = pack->written_bytes;
  if (!assay_manifest_read (tree, owner, paths, &sink, &out->entries, &out->sha256, error)
      || !compress (pack, NULL, 0, ZSTD_e_end, error))
    return FALSE;
  out->length = pack->written_bytes - out->offset;
  assay_sha256_finish (pack->sha256, &out->stored);
  return TRUE;
}

gboolean
assay_pack_commit (AssayPack *pack, const char *text, AssaySecret *secret, const AssayPackName *name, GError **error)
{
  int directory = assay_directory_get_fd (pack->directory);
  guint64 length = GUINT64_TO_LE (strlen (text));
  AssayDigest content, code;
  assay_sha256_bytes (text, strlen (text), &content);
  if (!write_out (pack, text, strlen (text), error) || !write_out (pack, &length, sizeof length, error))
    return FALSE;
  if (!assay_secret_authenticate (secret, name->purpose, name->name, &content, &code, error))
    return FALSE;
  if (!assay_system_write_all (pack->fd, code.bytes, sizeof code.bytes) || fsync (pack->fd) != 0
      || renameat (directory, pack->name, directory, name->file) != 0)
    return assay_system_error (error, errno, "write", "an entry of the cache");
  g_clear_pointer (&pack->name, g_free);
  /* EINVAL: this file system has nothing to sync about directories (man 2 fsync). */
  return fsync (directory) == 0 || errno == EINVAL || assay_system_error (error, errno, "sync", "the cache");
}
