#include "rebuild/rootfs.h"

#include "cage/cage_limits.h"
#include "cage/confine.h"
#include "crypto/sha256.h"
#include "rebuild/store.h"
#include "util/output.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

/* A root file system is written once and unpacked often; levels above take several times as long for some percent. */
#define ZSTD_LEVEL 6

#define WINDOW_BYTES 262144

/* Of a window that a decoder may ask for: zstd --long=27. */
#define ZSTD_WINDOW_LOG 27

#define PLAIN ".tar"
#define COMPRESSED ".tar.zst"

struct _AssayRootfs
{
  AssayOutput *output;
  ZSTD_CCtx *compressor; /* NULL: plain */
  AssaySha256 *stream;
  AssaySha256 *file;
  guint64 stream_bytes;
  guint64 file_bytes;
  gsize window_bytes;
  char *window;
};

gboolean
assay_rootfs_check_name (const char *path, GError **error)
{
  if (g_str_has_suffix (path, PLAIN) || g_str_has_suffix (path, COMPRESSED))
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
               "--output %s: expected a name that ends in " PLAIN " or " COMPRESSED, shown);
  return FALSE;
}

static gboolean
fail_zstd (GError **error, gsize code)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "cannot compress the root file system: %s",
               ZSTD_getErrorName (code));
  return FALSE;
}

static gboolean
begin_compression (AssayRootfs *rootfs, GError **error)
{
  rootfs->compressor = ZSTD_createCCtx ();
  if (rootfs->compressor == NULL)
    return fail_zstd (error, (gsize)-1);
  gsize code = ZSTD_CCtx_setParameter (rootfs->compressor, ZSTD_c_compressionLevel, ZSTD_LEVEL);
  if (!ZSTD_isError (code))
    code = ZSTD_CCtx_setParameter (rootfs->compressor, ZSTD_c_checksumFlag, 1);
  return !ZSTD_isError (code) || fail_zstd (error, code);
}

AssayRootfs *
assay_rootfs_new (const char *path, GError **error)
{
  g_autoptr (AssayRootfs) rootfs = g_new0 (AssayRootfs, 1);
  rootfs->stream = assay_sha256_new ();
  rootfs->file = assay_sha256_new ();
  rootfs->window_bytes = ZSTD_CStreamOutSize ();
  rootfs->window = g_malloc (rootfs->window_bytes);
  if (!assay_rootfs_check_name (path, error))
    return NULL;
  if (g_str_has_suffix (path, COMPRESSED) && !begin_compression (rootfs, error))
    return NULL;
  rootfs->output = assay_output_new (path, error);
  return rootfs->output == NULL ? NULL : g_steal_pointer (&rootfs);
}

void
assay_rootfs_free (AssayRootfs *rootfs)
{
  if (rootfs == NULL)
    return;
  ZSTD_freeCCtx (rootfs->compressor);
  g_clear_pointer (&rootfs->output, assay_output_free);
  g_clear_pointer (&rootfs->stream, assay_sha256_free);
  g_clear_pointer (&rootfs->file, assay_sha256_free);
  g_free (rootfs->window);
  g_free (rootfs);
}

static gboolean
write_file (AssayRootfs *rootfs, const void *data, gsize length, GError **error)
{
  assay_sha256_update (rootfs->file, data, length);
  rootfs->file_bytes += length;
  return assay_output_write (rootfs->output, data, length, error);
}

static gboolean
compress (AssayRootfs *rootfs, const char *data, gsize length, ZSTD_EndDirective how, GError **error)
{
  ZSTD_inBuffer in = { data, length, 0 };
  gsize left;
  do
    {
      ZSTD_outBuffer out = { rootfs->window, rootfs->window_bytes, 0 };
      left = ZSTD_compressStream2 (rootfs->compressor, &out, &in, how);
      if (ZSTD_isError (left))
        return fail_zstd (error, left);
      if (!write_file (rootfs, rootfs->window, out.pos, error))
        return FALSE;
  } while (in.pos < in.size || (how == ZSTD_e_end && left > 0));
  return TRUE;
}

gboolean
assay_rootfs_add (const char *data, gsize length_bytes, gpointer user_data, GError **error)
{
  AssayRootfs *rootfs = user_data;
  assay_sha256_update (rootfs->stream, data, length_bytes);
  rootfs->stream_bytes += length_bytes;
  return rootfs->compressor == NULL ? write_file (rootfs, data, length_bytes, error)
                                    : compress (rootfs, data, length_bytes, ZSTD_e_continue, error);
}

gboolean
assay_rootfs_finish (AssayRootfs *rootfs, AssayLockedFile *out_rootfs, AssayLockedFile *out_archive, GError **error)
{
  if (rootfs->stream_bytes == 0)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "mmdebstrap wrote no archive");
      return FALSE;
    }
  if (rootfs->compressor != NULL && !compress (rootfs, "", 0, ZSTD_e_end, error))
    return FALSE;
  assay_sha256_finish (rootfs->stream, &out_rootfs->sha256);
  assay_sha256_finish (rootfs->file, &out_archive->sha256);
  out_rootfs->size = rootfs->stream_bytes;
  out_archive->size = rootfs->file_bytes;
  return TRUE;
}

gboolean
assay_rootfs_commit (AssayRootfs *rootfs, GError **error)
{
  return assay_output_commit (rootfs->output, error);
}

static gboolean
digest_fd (int fd, const char *path, AssayWorkspace *workspace, AssayDigest *out, GError **error)
{
  g_autofree char *window = g_malloc (WINDOW_BYTES);
  g_autoptr (AssaySha256) sha256 = assay_sha256_new ();
  guint64 offset = 0;
  gssize length;
  while ((length = assay_system_read_at (fd, window, WINDOW_BYTES, offset)) > 0)
    {
      assay_sha256_update (sha256, window, (gsize)length);
      offset += (guint64)length;
      if (!assay_guard_check (workspace->guard, error))
        return FALSE;
    }
  assay_sha256_finish (sha256, out);
  return length == 0 || assay_system_error (error, errno, "read", path);
}

/* What the process behind the walls works on; it knows how long the stream may get. */
typedef struct
{
  guint64 most_bytes;
} Decoding;

static gboolean
say (AssayErrorCode *out_code, char *out_message, const char *what)
{
  *out_code = ASSAY_ERROR_MALFORMED;
  g_strlcpy (out_message, what, ASSAY_CAGE_MESSAGE_BYTES);
  return FALSE;
}

static gboolean
decode_stream (ZSTD_DCtx *decoder, int from, int to, guint64 most, AssayErrorCode *out_code, char *out_message)
{
  g_autofree char *input = g_malloc (WINDOW_BYTES);
  g_autofree char *output = g_malloc (WINDOW_BYTES);
  guint64 offset = 0, written = 0;
  gsize left = 0;
  gssize length;
  while ((length = assay_system_read_at (from, input, WINDOW_BYTES, offset)) > 0)
    {
      ZSTD_inBuffer in = { input, (gsize)length, 0 };
      offset += (guint64)length;
      gboolean full = FALSE;
      while (in.pos < in.size || (full && left > 0))
        {
          ZSTD_outBuffer out = { output, WINDOW_BYTES, 0 };
          left = ZSTD_decompressStream (decoder, &out, &in);
          written += out.pos;
          full = out.pos == out.size;
          if (ZSTD_isError (left))
            return say (out_code, out_message, "is no intact zstd stream");
          if (written > most)
            return say (out_code, out_message, "holds more than the lock says");
          if (!assay_system_write_all (to, output, out.pos))
            return say (out_code, out_message, "cannot be decompressed: no room");
        }
    }
  return (length == 0 && left == 0) || say (out_code, out_message, "ends in the middle of its zstd stream");
}

static gboolean
decode_confined (int fd, gpointer data, AssayErrorCode *out_code, char *out_message)
{
  const Decoding *decoding = data;
  assay_autofd to = open ("/stream", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  ZSTD_DCtx *decoder = ZSTD_createDCtx ();
  gboolean done = FALSE;
  if (to < 0 || decoder == NULL
      || ZSTD_isError (ZSTD_DCtx_setParameter (decoder, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)))
    say (out_code, out_message, "cannot be decompressed");
  else
    done = decode_stream (decoder, fd, to, decoding->most_bytes, out_code, out_message);
  ZSTD_freeDCtx (decoder);
  return done;
}

/* The digest of what a zstd file holds. FALSE with ASSAY_ERROR_MALFORMED: it is not what it should be. */
static gboolean
digest_decoded (AssayWorkspace *workspace, int fd, guint64 most_bytes, AssayDigest *out, GError **error)
{
  g_autoptr (AssayDirectory) place = assay_workspace_make (workspace, "decoded", error);
  Decoding decoding = { most_bytes };
  if (place == NULL)
    return FALSE;
  gboolean done = assay_confine_run (&workspace->identity, place, fd, ASSAY_CAGE_DECODER_BYTES, workspace->guard,
                                     decode_confined, &decoding, error);
  if (done)
    {
      assay_autofd decoded = assay_directory_open_file (place, "stream", error);
      done = decoded >= 0 && digest_fd (decoded, "what was decompressed", workspace, out, error);
    }
  if (!assay_directory_remove_contents (place, done ? error : NULL)
      || unlinkat (assay_directory_get_fd (workspace->scratch), "decoded", AT_REMOVEDIR) != 0)
    return done && assay_system_error (error, errno, "remove", "a directory");
  return done;
}

static gboolean
is_zstd (int fd)
{
  static const guint8 magic[] = { 0x28, 0xb5, 0x2f, 0xfd }; /* RFC 8878, 3.1.1 */
  guint8 begin[sizeof magic];
  return assay_system_read_at (fd, begin, sizeof begin, 0) == sizeof begin && memcmp (begin, magic, sizeof magic) == 0;
}

static void
note_wrong (GPtrArray *findings, const char *path, const char *why)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  assay_store_findings_add (findings, "wrong", g_strdup_printf ("%s: %s", shown, why));
}

static gboolean
examine_open (AssayWorkspace *workspace, int fd, const char *path, const AssayToolchainLock *lock, GPtrArray *findings,
              GError **error)
{
  g_autoptr (GError) local = NULL;
  AssayDigest found;
  if (!digest_fd (fd, path, workspace, &found, error))
    return FALSE;
  if (assay_digest_equal (&found, &lock->archive.sha256) || assay_digest_equal (&found, &lock->rootfs.sha256))
    return TRUE;
  if (!is_zstd (fd))
    note_wrong (findings, path, "is not the root file system of the lock file");
  else if (digest_decoded (workspace, fd, lock->rootfs.size, &found, &local))
    {
      if (!assay_digest_equal (&found, &lock->rootfs.sha256))
        note_wrong (findings, path, "is not the root file system of the lock file");
    }
  else if (g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_MALFORMED))
    note_wrong (findings, path, local->message);
  else
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
}

gboolean
assay_rootfs_examine (AssayWorkspace *workspace, const char *path, const AssayToolchainLock *lock, GPtrArray *findings,
                      GError **error)
{
  assay_autofd fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat status;
  if (fd < 0)
    return assay_system_error (error, errno, "open", path);
  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
    return examine_open (workspace, fd, path, lock, findings, error);
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s is no regular file", shown);
  return FALSE;
}
