#include "unpack/iso/uuid.h"

#include <string.h>

/** ECMA-119, 8.4: descriptors of one block each, and what they say. */
#define BLOCK_BYTES 2048u
#define FIRST_BLOCK 16u
#define MOST_DESCRIPTORS 64u
#define AT_ID 1u
#define AT_BIRTHTIME 813u
#define AT_MTIME 830u
#define DIGITS 16u

enum
{
  PRIMARY = 1,
  SUPPLEMENTARY = 2,
  LAST = 255,
};

/* Four digits of the year, and two of all else. */
static void
add_time (GPtrArray *uuids, const guint8 *digits)
{
  GString *text = g_string_sized_new (ASSAY_ISO_UUID_BYTES);
  for (guint i = 0; i < DIGITS; i++)
    {
      if (!g_ascii_isdigit (digits[i]))
        {
          g_string_free (text, TRUE);
          return;
        }
      if (i >= 4 && i % 2 == 0)
        g_string_append_c (text, '-');
      g_string_append_c (text, (char)digits[i]);
    }
  g_ptr_array_add (uuids, g_string_free (text, FALSE));
}

GPtrArray *
assay_iso_uuids (AssayBlob *blob)
{
  guint8 block[BLOCK_BYTES];
  GPtrArray *uuids = g_ptr_array_new_with_free_func (g_free);
  guint64 blocks = assay_blob_get_size (blob) / sizeof block;
  for (guint64 at = FIRST_BLOCK; at < FIRST_BLOCK + MOST_DESCRIPTORS && at < blocks; at++)
    {
      if (!assay_blob_read (blob, at * sizeof block, block, sizeof block, NULL) || block[0] == LAST
          || memcmp (block + AT_ID, "CD001", 5) != 0)
        break;
      if (block[0] != PRIMARY && block[0] != SUPPLEMENTARY)
        continue;
      add_time (uuids, block + AT_MTIME);
      add_time (uuids, block + AT_BIRTHTIME);
    }
  return uuids;
}
