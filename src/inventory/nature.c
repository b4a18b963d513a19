#include "inventory/nature.h"

#include "crypto/sha256.h"

#include <string.h>

/* How files of passive data begin, by their own specifications. */
static const struct
{
  const char *bytes;
  gsize length;
} data_magics[] = {
  { "\x89PNG\r\n\x1a\n", 8 },
  { "\xff\xd8\xff", 3 },
  { "GIF87a", 6 },
  { "GIF89a", 6 },
  { "RIFF", 4 },
  { "OggS", 4 },
  { "fLaC", 4 },
  { "%PDF-", 5 },
  { "\0\1\0\0\0", 5 },
  { "OTTO\0", 5 },
  { "ttcf", 4 },
  { "wOFF", 4 },
  { "wOF2", 4 },
  { "\xde\x12\x04\x95", 4 } /* gettext */,
  { "\x95\x04\x12\xde", 4 },
  { "TZif", 4 },
  { "SQLite format 3\0", 16 },
};

static AssayNature
nature_of_head (const guint8 *head, gsize length)
{
  if (length >= 4 && memcmp (head, "\177ELF", 4) == 0)
    return ASSAY_NATURE_CODE;
  for (gsize i = 0; i < G_N_ELEMENTS (data_magics); i++)
    if (length >= data_magics[i].length && memcmp (head, data_magics[i].bytes, data_magics[i].length) == 0)
      return ASSAY_NATURE_DATA;
  return ASSAY_NATURE_UNKNOWN;
}

/* The encoding is left open: sources are written in many. */
static gboolean
is_text (const guint8 *bytes, gsize length)
{
  static const char allowed[0x20]
      = { ['\b'] = 1, ['\t'] = 1, ['\n'] = 1, ['\v'] = 1, ['\f'] = 1, ['\r'] = 1, [0x1a] = 1, [0x1b] = 1 };
  for (gsize i = 0; i < length; i++)
    if (bytes[i] < 0x20 && !allowed[bytes[i]])
      return FALSE;
  return TRUE;
}

gboolean
assay_nature_find (AssayBlob *blob, AssayNature *out_nature, AssayDigest *out_digest, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  g_autoptr (AssaySha256) sha256 = assay_sha256_new ();
  guint64 size = assay_blob_get_size (blob);
  AssayNature head = ASSAY_NATURE_UNKNOWN;
  gboolean text = TRUE;
  if (!assay_blob_hold (blob, error))
    return FALSE;
  gboolean done = TRUE;
  for (guint64 offset = 0; done && offset < size; offset += ASSAY_BLOB_WINDOW_BYTES)
    {
      gsize length = MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES);
      done = assay_blob_read (blob, offset, window, length, error);
      if (!done)
        break;
      assay_sha256_update (sha256, window, length);
      head = offset == 0 ? nature_of_head (window, length) : head;
      text = text && is_text (window, length);
    }
  assay_blob_release (blob);
  assay_sha256_finish (sha256, out_digest);
  *out_nature = head == ASSAY_NATURE_UNKNOWN && text ? ASSAY_NATURE_TEXT : head;
  return done;
}
