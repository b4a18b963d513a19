#include "unpack/zip/zip.h"

#include "unpack/bytes.h"

/*
 * The times of Info-ZIP's extra field "UT" (its file proginfo/extrafld.txt, "Extended Timestamp"): a byte that says
 * which there are, and these as seconds since 1970. The local header has all of them, the directory the first alone.
 */

#define EXTRA_TIME 0x5455u

static const char *const names[] = { "mtime", "atime", "ctime" };

#define TIMES G_N_ELEMENTS (names)

/* Where the times of the one such field begin, which stands in a list that ends where it should; 0 for none. @central:
 * which of the two forms it has. */
static gsize
find_times (GBytes *extra, gboolean central, guint *out_flags)
{
  gsize size = 0;
  gsize found = 0;
  const guint8 *data = g_bytes_get_data (extra, &size);
  for (gsize i = 0; i < size;)
    {
      gsize length = size - i < 4 ? size : assay_get_le16 (data + i + 2);
      if (size - i < 4 || length > size - i - 4)
        return 0;
      if (assay_get_le16 (data + i) == EXTRA_TIME)
        {
          guint flags = length > 0 ? data[i + 4] : 0;
          gsize count = central ? flags & 1u : (flags & 1u) + (flags >> 1 & 1u) + (flags >> 2 & 1u);
          if (found != 0 || flags == 0 || flags >= 1u << TIMES || length != 1 + 4 * count)
            return 0;
          found = i + 5;
          *out_flags = flags;
        }
      i += 4 + length;
    }
  return found;
}

static GBytes *
without_times (GBytes *extra, gsize at, gsize count)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (extra, &size);
  guint8 *copy = g_memdup2 (data, size);
  memset (copy + at, 0, 4 * count);
  return g_bytes_new_take (copy, size);
}

void
assay_zip_take_times (AssayNode *child, const AssayZipRecord *central, const AssayZipRecord *local,
                      GBytes **out_central, GBytes **out_local)
{
  guint flags = 0;
  guint again = 0;
  gsize at = find_times (local->extra, FALSE, &flags);
  gsize central_at = find_times (central->extra, TRUE, &again);
  const guint8 *data = g_bytes_get_data (local->extra, NULL);
  const guint8 *central_data = g_bytes_get_data (central->extra, NULL);
  *out_central = g_bytes_ref (central->extra);
  *out_local = g_bytes_ref (local->extra);
  /* Where the two views do not say the same, they stay as they are. */
  if (at == 0 || central_at == 0 || flags != again
      || ((flags & 1u) != 0 && memcmp (data + at, central_data + central_at, 4) != 0))
    return;
  gsize place = at;
  for (guint i = 0; i < TIMES; i++)
    if ((flags >> i & 1u) != 0)
      {
        assay_facts_add (child->facts, names[i], "%d", (gint32)assay_get_le32 (data + place));
        place += 4;
      }
  g_bytes_unref (*out_central);
  g_bytes_unref (*out_local);
  *out_central = without_times (central->extra, central_at, flags & 1u);
  *out_local = without_times (local->extra, at, (place - at) / 4);
}

static gboolean
read_time (const AssayNode *child, const char *name, guint32 *out)
{
  const char *text = assay_facts_get (child->facts, name);
  gint64 value = 0;
  if (text == NULL || !g_ascii_string_to_signed (text, 10, G_MININT32, G_MAXINT32, &value, NULL))
    return FALSE;
  *out = (guint32)value;
  return TRUE;
}

GBytes *
assay_zip_put_times (const AssayNode *child, GBytes *extra, gboolean central)
{
  guint flags = 0;
  gsize at = find_times (extra, central, &flags);
  if (at == 0)
    return g_bytes_ref (extra);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (extra, &size);
  g_byte_array_append (out, data, (guint)size);
  for (guint i = 0; i < (central ? 1 : TIMES); i++)
    {
      guint32 value = 0;
      if ((flags >> i & 1u) == 0)
        continue;
      if (assay_get_le32 (data + at) == 0 && read_time (child, names[i], &value))
        for (guint byte = 0; byte < 4; byte++)
          out->data[at + byte] = (guint8)(value >> (8 * byte));
      at += 4;
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}
