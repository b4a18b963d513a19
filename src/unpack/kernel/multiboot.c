#include "unpack/kernel/multiboot.h"

#include "unpack/bytes.h"
#include "util/checked.h"

/** Multiboot: a header of twelve bytes, or with addresses of 32, every four bytes. */
#define FIRST_MAGIC 0x1badb002u
#define FIRST_BYTES 8192u
#define FIRST_ALIGNMENT 4u
#define FIRST_HAS_ADDRESSES 0x10000u
#define FIRST_AT_ADDRESSES 12u

/** Multiboot 2: a header of 16 bytes and tags behind it, every eight bytes. */
#define SECOND_MAGIC 0xe85250d6u
#define SECOND_ALIGNMENT 8u
#define SECOND_HEADER_BYTES 16u
#define TAG_BYTES 8u
#define TAG_END 0u
#define TAG_ADDRESSES 2u

/** Addresses: of the header, of the first byte that is loaded, and behind the last one. */
#define ADDRESSES_BYTES 12u

/** As the address of the first byte: that of the file. */
#define FROM_BEGINNING G_MAXUINT32

typedef struct
{
  const guint8 *head;
  gsize length;
  guint64 size;
  GArray *found;
} Search;

/* What is loaded by addresses, of which the first is that of the header; zero as the last one is the end of the file.
 */
static void
add_loaded (const Search *search, gsize header, gsize addresses)
{
  AssayMultiboot loaded = { 0, search->size };
  if (assay_range_fits (addresses, ADDRESSES_BYTES, search->length))
    {
      guint32 begin = assay_get_le32 (search->head + addresses + 4);
      guint32 end = assay_get_le32 (search->head + addresses + 8);
      gint64 before = (gint32)(assay_get_le32 (search->head + addresses) - begin);
      loaded.offset = begin == FROM_BEGINNING || before > (gint64)header ? 0 : (guint64)((gint64)header - before);
      loaded.length = end == 0 || begin == FROM_BEGINNING ? search->size : (guint32)(end - begin);
    }
  loaded.offset = MIN (loaded.offset, search->size);
  loaded.length = MIN (loaded.length, search->size - loaded.offset);
  g_array_append_val (search->found, loaded);
}

static void
try_first (const Search *search, gsize at)
{
  if (!assay_range_fits (at, FIRST_AT_ADDRESSES, search->length))
    return;
  guint32 flags = assay_get_le32 (search->head + at + 4);
  guint32 sum = FIRST_MAGIC + flags + assay_get_le32 (search->head + at + 8);
  if (sum == 0 && (flags & FIRST_HAS_ADDRESSES) != 0)
    add_loaded (search, at, at + FIRST_AT_ADDRESSES);
}

static void
try_second (const Search *search, gsize at)
{
  if (!assay_range_fits (at, SECOND_HEADER_BYTES, search->length))
    return;
  guint32 sum = 0;
  for (gsize i = 0; i < SECOND_HEADER_BYTES; i += 4)
    sum += assay_get_le32 (search->head + at + i);
  if (sum != 0)
    return;
  for (guint64 tag = at + SECOND_HEADER_BYTES;;)
    {
      /* what goes on behind what was read may say any */
      if (!assay_range_fits (tag, TAG_BYTES, search->length))
        {
          add_loaded (search, at, search->length);
          return;
        }
      guint16 kind = assay_get_le16 (search->head + tag);
      if (kind == TAG_END)
        return;
      if (kind == TAG_ADDRESSES)
        {
          add_loaded (search, at, tag + TAG_BYTES);
          return;
        }
      tag += MAX (((guint64)assay_get_le32 (search->head + tag + 4) + 7) & ~(guint64)7, TAG_BYTES);
    }
}

GArray *
assay_multiboot_find (const guint8 *head, gsize length, guint64 size)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (AssayMultiboot));
  const Search search = { head, length, size, found };
  for (gsize at = 0; at + 4 <= length; at += FIRST_ALIGNMENT)
    {
      guint32 word = assay_get_le32 (head + at);
      if (word == FIRST_MAGIC && at < FIRST_BYTES)
        try_first (&search, at);
      else if (word == SECOND_MAGIC && at % SECOND_ALIGNMENT == 0)
        try_second (&search, at);
    }
  return found;
}
