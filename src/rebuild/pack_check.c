#include "rebuild/pack.h"

#include "crypto/sha256.h"
#include "util/cancel.h"
#include "util/system.h"

#include <assay/error.h>

#include <errno.h>

#define WINDOW_BYTES 262144

/* Of the text that says what there is: of a few trees, and of the files of a delivery, as many as a kernel has. */
#define TEXT_BYTES (64u << 20)

static gboolean
fail_damaged (GError **error)
{
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_PIN, "it is damaged: it is too short, or not of one piece");
  return FALSE;
}

static gboolean
digest_range (int fd, guint64 at, guint64 end, AssayDigest *out, GError **error)
{
  g_autoptr (AssaySha256) sha256 = assay_sha256_new ();
  g_autofree guint8 *window = g_malloc (WINDOW_BYTES);
  while (at < end)
    {
      gsize take = (gsize)MIN (end - at, WINDOW_BYTES);
      gssize length = assay_system_read_at (fd, window, take, at);
      if (length < 0)
        return assay_system_error (error, errno, "read", "an entry of the cache");
      if (length != (gssize)take)
        return fail_damaged (error);
      if (assay_cancelled (error))
        return FALSE;
      assay_sha256_update (sha256, window, take);
      at += take;
    }
  assay_sha256_finish (sha256, out);
  return TRUE;
}

gboolean
assay_pack_check_tree (int fd, const AssayPackedTree *tree, GError **error)
{
  AssayDigest stored;
  if (tree->length > G_MAXINT64 || tree->offset > G_MAXINT64 - tree->length)
    return fail_damaged (error);
  if (!digest_range (fd, tree->offset, tree->offset + tree->length, &stored, error))
    return FALSE;
  if (assay_digest_equal (&stored, &tree->stored))
    return TRUE;
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_PIN, "it is damaged: what it holds is not what was kept");
  return FALSE;
}

/* @end: where the code stands */
static char *
read_text (int fd, guint64 end, gsize *out_length, GError **error)
{
  guint64 length = 0;
  if (end < sizeof length || assay_system_read_at (fd, &length, sizeof length, end - sizeof length) != sizeof length)
    {
      fail_damaged (error);
      return NULL;
    }
  length = GUINT64_FROM_LE (length);
  g_autofree char *text = length > TEXT_BYTES ? NULL : g_malloc0 (length + 1);
  if (text == NULL || length > end - sizeof length
      || assay_system_read_at (fd, text, length, end - sizeof length - length) != (gssize)length)
    {
      fail_damaged (error);
      return NULL;
    }
  *out_length = (gsize)length;
  return g_steal_pointer (&text);
}

char *
assay_pack_check (int fd, AssaySecret *secret, const AssayPackName *name, GError **error)
{
  struct stat status;
  AssayDigest content, code;
  gsize length;
  if (fstat (fd, &status) != 0)
    {
      assay_system_error (error, errno, "look at", name->file);
      return NULL;
    }
  guint64 end = (guint64)status.st_size - MIN ((guint64)status.st_size, ASSAY_DIGEST_SIZE);
  if (!S_ISREG (status.st_mode) || assay_system_read_at (fd, code.bytes, sizeof code.bytes, end) != sizeof code.bytes)
    {
      fail_damaged (error);
      return NULL;
    }
  g_autofree char *text = read_text (fd, end, &length, error);
  if (text == NULL)
    return NULL;
  assay_sha256_bytes (text, length, &content);
  return assay_secret_verify (secret, name->purpose, name->name, &content, &code, error) ? g_steal_pointer (&text)
                                                                                         : NULL;
}
