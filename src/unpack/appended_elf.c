#include "unpack/appended.h"

#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "util/checked.h"
#include "util/number.h"

#include <elf.h>

/* An ELF file with a file system or an archive behind its end, as an AppImage or a program that unpacks itself. The end
 * is the last byte that one of its tables, segments or sections has. */

/** A table of headers: where its fields stand in the file's header, and in each of its headers place and size. */
typedef struct
{
  guint at_offset;
  guint at_bytes;
  guint at_count;
  guint header_bytes;
  guint at_place;
  guint at_size;
} Table;

/** What of a class is needed. @width: of a place or size */
static const struct
{
  guint width;
  gsize head_bytes;
  Table segments;
  Table sections;
} classes[] = {
  [ELFCLASS32] = { 4,
                   sizeof (Elf32_Ehdr),
                   { offsetof (Elf32_Ehdr, e_phoff), offsetof (Elf32_Ehdr, e_phentsize), offsetof (Elf32_Ehdr, e_phnum),
                     sizeof (Elf32_Phdr), offsetof (Elf32_Phdr, p_offset), offsetof (Elf32_Phdr, p_filesz) },
                   { offsetof (Elf32_Ehdr, e_shoff), offsetof (Elf32_Ehdr, e_shentsize), offsetof (Elf32_Ehdr, e_shnum),
                     sizeof (Elf32_Shdr), offsetof (Elf32_Shdr, sh_offset), offsetof (Elf32_Shdr, sh_size) } },
  [ELFCLASS64] = { 8,
                   sizeof (Elf64_Ehdr),
                   { offsetof (Elf64_Ehdr, e_phoff), offsetof (Elf64_Ehdr, e_phentsize), offsetof (Elf64_Ehdr, e_phnum),
                     sizeof (Elf64_Phdr), offsetof (Elf64_Phdr, p_offset), offsetof (Elf64_Phdr, p_filesz) },
                   { offsetof (Elf64_Ehdr, e_shoff), offsetof (Elf64_Ehdr, e_shentsize), offsetof (Elf64_Ehdr, e_shnum),
                     sizeof (Elf64_Shdr), offsetof (Elf64_Shdr, sh_offset), offsetof (Elf64_Shdr, sh_size) } },
};

/** Where a section's type stands, in both classes. */
#define AT_SECTION_TYPE 4u

/** A search for the end. @size: of the file */
typedef struct
{
  AssayBlob *blob;
  guint64 size;
  guint class;
  gboolean big_endian;
  guint8 head[sizeof (Elf64_Ehdr)];
  guint64 end;
} Search;

static guint64
get (const Search *search, const guint8 *bytes, guint width)
{
  return assay_number_read (bytes, width, search->big_endian);
}

static gboolean
begin (Search *search, const guint8 *head, gsize length)
{
  if (length < sizeof search->head || memcmp (head, ELFMAG, SELFMAG) != 0
      || (head[EI_CLASS] != ELFCLASS32 && head[EI_CLASS] != ELFCLASS64))
    return FALSE;
  memcpy (search->head, head, sizeof search->head);
  search->class = head[EI_CLASS];
  search->big_endian = head[EI_DATA] == ELFDATA2MSB;
  search->end = classes[search->class].head_bytes;
  return TRUE;
}

/* FALSE where it leaves the file. */
static gboolean
reach (Search *search, guint64 offset, guint64 length)
{
  if (!assay_range_fits (offset, length, search->size))
    return FALSE;
  search->end = MAX (search->end, offset + length);
  return TRUE;
}

/* Of a table that is there: where it begins and how many headers it has. */
static gboolean
find_table (Search *search, const Table *table, guint64 *out_offset, guint64 *out_count)
{
  *out_offset = get (search, search->head + table->at_offset, classes[search->class].width);
  *out_count = get (search, search->head + table->at_count, 2);
  if (*out_offset == 0 || *out_count == 0)
    {
      *out_count = 0;
      return *out_offset == 0; /* a number of headers that does not fit stands elsewhere */
    }
  return get (search, search->head + table->at_bytes, 2) == table->header_bytes
         && reach (search, *out_offset, *out_count * table->header_bytes);
}

gboolean
assay_appended_probe_elf (const guint8 *head, gsize length, guint64 size)
{
  Search search = { .size = size };
  guint64 offset = 0;
  guint64 count = 0;
  return begin (&search, head, length) && find_table (&search, &classes[search.class].segments, &offset, &count)
         && find_table (&search, &classes[search.class].sections, &offset, &count) && count > 0 && search.end < size;
}

static gboolean
reach_all (Search *search, const Table *table, gboolean sections, gboolean *out_whole, GError **error)
{
  guint64 offset = 0;
  guint64 count = 0;
  guint width = classes[search->class].width;
  *out_whole = find_table (search, table, &offset, &count);
  for (guint64 i = 0; *out_whole && i < count; i++)
    {
      guint8 header[sizeof (Elf64_Shdr)];
      if (!assay_blob_read (search->blob, offset + i * table->header_bytes, header, table->header_bytes, error))
        return FALSE;
      guint64 type = get (search, header + AT_SECTION_TYPE, 4);
      if (!(sections && (type == SHT_NOBITS || type == SHT_NULL)))
        *out_whole = reach (search, get (search, header + table->at_place, width),
                            get (search, header + table->at_size, width));
    }
  return TRUE;
}

/* Whether one that is opened begins right there, or behind zeros that fill a block. */
static gboolean
find_behind (AssayContainer *container, guint64 end, guint64 *out_start, gboolean *out_found, GError **error)
{
  static const char *const names[] = { "squashfs", "zip", "tar", "cpio", "gzip", "bzip2", "xz", "zstd", "lz4", NULL };
  const AssayNode *node = container->node;
  const AssayFormat *format = NULL;
  *out_start = end;
  *out_found = FALSE;
  if (!assay_blob_find_nonzero (node->blob, end, MIN (node->size - end, 4096), out_start, error))
    return FALSE;
  g_autoptr (AssayBlob) slice = assay_blob_new_slice (node->blob, *out_start, node->size - *out_start, error);
  if (slice == NULL || !assay_format_probe (slice, &format, error))
    return FALSE;
  *out_found = format != NULL && !format->weak && g_strv_contains (names, format->name);
  return TRUE;
}

gboolean
assay_appended_open_elf (AssayContainer *container, GError **error)
{
  AssayNode *node = container->node;
  Search search = { .blob = node->blob, .size = node->size };
  AssayAppended appended = { .front = "#elf", .behind = "#appended" };
  guint8 head[sizeof (Elf64_Ehdr)];
  gboolean segments = FALSE;
  gboolean sections = FALSE;
  gboolean found = FALSE;
  if (!assay_blob_read (node->blob, 0, head, sizeof head, error))
    return FALSE;
  if (!begin (&search, head, sizeof head))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "elf: its header changed");
  if (!reach_all (&search, &classes[search.class].segments, FALSE, &segments, error)
      || !reach_all (&search, &classes[search.class].sections, TRUE, &sections, error))
    return FALSE;
  if (segments && sections && !find_behind (container, search.end, &appended.start, &found, error))
    return FALSE;
  if (!found)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "elf: nothing certain is behind it");
  /* zeros between are none of the archive, and stay with the program */
  return assay_appended_divide (container, &appended, error);
}
