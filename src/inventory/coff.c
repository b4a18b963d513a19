#include "inventory/coff_private.h"

#include "util/checked.h"

#include <elf.h>
#include <string.h>

#define HEADER_BYTES 20u
#define BIG_HEADER_BYTES 56u
#define SECTION_BYTES 40u

/** The largest optional header of an image; objects have none, or one that is passed over. */
#define OPTIONAL_BYTES 240u

/** Where an image says at which place its header begins, and the bytes of that head (MS-DOS). */
#define PLACE_OFFSET 0x3cu
#define DOS_BYTES 64u

/** Headers of sections that are read at once. */
#define BATCH 64u

/** Sections of an embedded object that are as none of an honest one are: with another name than of printable
 * characters, or with content that leaves the file and that no flag lets a linker leave out. */
#define MOST_ODD 4u

/* What begins an object: the machine. Those of x86 also as programs for one system have it, which binutils take, and
 * as other systems had it. */
static const struct
{
  guint16 magic;
  guint16 machine;
} machines[] = {
  { 0x8664, EM_X86_64 },  { 0xc020, EM_X86_64 }, { 0x2ba0, EM_X86_64 }, { 0xfd1d, EM_X86_64 },  { 0x9ff7, EM_X86_64 },
  { 0x014c, EM_386 },     { 0x4708, EM_386 },    { 0xac88, EM_386 },    { 0x7a35, EM_386 },     { 0x18df, EM_386 },
  { 0x0154, EM_386 },     { 0x0175, EM_386 },    { 0x010d, EM_386 },    { 0xaa64, EM_AARCH64 }, { 0xa641, EM_AARCH64 },
  { 0xa64e, EM_AARCH64 }, { 0x01c0, EM_ARM },    { 0x01c2, EM_ARM },    { 0x01c4, EM_ARM },     { 0x5032, EM_RISCV },
  { 0x5064, EM_RISCV },   { 0x6232, 258 },       { 0x6264, 258 }, /* EM_LOONGARCH */
};

static const guint8 big_class[16]
    = { 0xc7, 0xa1, 0xba, 0xd1, 0xee, 0xba, 0xa9, 0x4b, 0xaf, 0x20, 0xfa, 0xf6, 0x6a, 0xa4, 0xdc, 0xb8 };

/** The header: where the table of sections begins, and how many there are. */
typedef struct
{
  guint64 table;
  guint32 count;
} Header;

static guint16
find_machine (guint32 magic)
{
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    if (machines[i].magic == magic)
      return machines[i].machine;
  return EM_NONE;
}

static gboolean
begins (const guint8 *head)
{
  guint32 first = assay_coff_number (head, 2);
  guint32 second = assay_coff_number (head + 2, 2);
  return memcmp (head, "MZ", 2) == 0 || (first == 0 && second == 0xffff)
         || (second != 0 && find_machine (first) != EM_NONE);
}

gsize
assay_coff_find (const guint8 *bytes, gsize length, gsize from)
{
  gboolean seconds[256] = { [0] = TRUE, ['Z'] = TRUE };
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    seconds[machines[i].magic >> 8] = TRUE;
  for (gsize at = from; at + ASSAY_COFF_BEGIN_BYTES <= length; at++)
    if (seconds[bytes[at + 1]] && (bytes[at + 1] != 0 || bytes[at + 2] == 0xff) && begins (bytes + at))
      return at;
  return length;
}

void
assay_coff_free (AssayCoff *coff)
{
  if (coff == NULL)
    return;
  g_array_unref (coff->sections);
  g_free (coff);
}

/* Zeros behind the end of the file. */
static gboolean
read_head (AssayBlob *blob, guint64 offset, guint8 *out, gsize length, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  memset (out, 0, length);
  return offset >= size || assay_blob_read (blob, offset, out, (gsize)MIN (size - offset, length), error);
}

static void
note_symbols (AssayCoff *coff, guint64 size, const guint8 *fields, guint entry)
{
  coff->symbols = assay_coff_number (fields, 4);
  coff->symbol_count = assay_coff_number (fields + 4, 4);
  gboolean fits = assay_range_fits (coff->symbols, coff->symbol_count * entry, size);
  coff->symbol_bytes = fits && coff->symbol_count > 0 ? entry : 0;
  coff->strings = fits ? coff->symbols + coff->symbol_count * entry : size;
}

/* Whether what the header says may be so. An image needs no symbols. */
static gboolean
holds_up (const AssayCoff *coff, const Header *header, guint64 size)
{
  return coff->machine != EM_NONE && header->count > 0
         && assay_range_fits (header->table, (guint64)header->count * SECTION_BYTES, size)
         && (coff->symbol_bytes > 0 || coff->symbol_count == 0 || coff->is_image);
}

static gboolean
read_header (AssayBlob *blob, AssayCoff *coff, Header *out, gboolean *out_is, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  guint64 start = 0;
  guint8 head[DOS_BYTES];
  *out_is = FALSE;
  if (!read_head (blob, 0, head, sizeof head, error))
    return FALSE;
  coff->is_image = memcmp (head, "MZ", 2) == 0;
  if (coff->is_image)
    {
      start = (guint64)assay_coff_number (head + PLACE_OFFSET, 4) + 4;
      if (!read_head (blob, start - 4, head, sizeof head, error))
        return FALSE;
      if (memcmp (head, "PE\0\0", 4) != 0)
        return TRUE;
      memmove (head, head + 4, sizeof head - 4);
    }
  if (assay_coff_number (head, 4) == 0xffff0000 && memcmp (head + 12, big_class, sizeof big_class) == 0)
    {
      coff->machine = find_machine (assay_coff_number (head + 6, 2));
      note_symbols (coff, size, head + 48, ASSAY_COFF_BIG_SYMBOL_BYTES);
      *out = (Header){ start + BIG_HEADER_BYTES, assay_coff_number (head + 44, 4) };
      *out_is = holds_up (coff, out, size);
      return TRUE;
    }
  guint optional = assay_coff_number (head + 16, 2);
  coff->machine = find_machine (assay_coff_number (head, 2));
  note_symbols (coff, size, head + 8, ASSAY_COFF_SYMBOL_BYTES);
  *out = (Header){ start + HEADER_BYTES + optional, assay_coff_number (head + 2, 2) };
  *out_is = optional <= OPTIONAL_BYTES && holds_up (coff, out, size);
  return TRUE;
}

/* Bytes that a linker takes, as bfd has it: of what is not initialised, and of an image, the size in memory. */
static guint64
find_size (const AssayCoff *coff, const guint8 *header, guint32 flags)
{
  guint32 in_memory = assay_coff_number (header + 8, 4);
  guint32 stored = assay_coff_number (header + 16, 4);
  gboolean uninitialized = (flags & ASSAY_COFF_UNINITIALIZED) != 0 && (!coff->is_image || stored == 0);
  return in_memory > 0 && (uninitialized || (coff->is_image && stored > in_memory)) ? in_memory : stored;
}

/* A count that does not fit stands in the first entry, and counts that as well. */
static gboolean
count_relocations (AssayBlob *blob, const guint8 *header, AssayCoffSection *section, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  guint8 first[4];
  section->relocations = assay_coff_number (header + 24, 4);
  section->relocation_count = assay_coff_number (header + 32, 2);
  if ((section->flags & ASSAY_COFF_MANY_RELOCATIONS) != 0)
    {
      if (!read_head (blob, section->relocations, first, sizeof first, error))
        return FALSE;
      section->relocation_count = MAX (assay_coff_number (first, 4), 1) - 1;
      section->relocations += ASSAY_COFF_RELOCATION_BYTES;
    }
  guint64 stored = section->relocations < size ? (size - section->relocations) / ASSAY_COFF_RELOCATION_BYTES : 0;
  section->relocation_count = MIN (section->relocation_count, stored);
  return TRUE;
}

/* It begins with its size. */
static gboolean
measure_strings (AssayCoff *coff, AssayBlob *blob, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  guint8 stored[4];
  if (!read_head (blob, coff->strings, stored, sizeof stored, error))
    return FALSE;
  coff->string_bytes = coff->strings < size ? MIN (size - coff->strings, assay_coff_number (stored, 4)) : 0;
  return TRUE;
}

/* `/` and a number: a place in the string table. */
static gboolean
read_name (const AssayCoff *coff, AssayBlob *blob, const guint8 *header, AssayCoffSection *section, GError **error)
{
  char digits[8] = { 0 };
  memcpy (section->name, header, 8);
  memcpy (digits, header + 1, 7);
  if (header[0] != '/' || !g_ascii_isdigit (digits[0]))
    return TRUE;
  return read_head (blob, coff->strings + g_ascii_strtoull (digits, NULL, 10), (guint8 *)section->name,
                    sizeof section->name - 1, error);
}

static gboolean
has_name (const guint8 *header)
{
  guint length = 0;
  while (length < 8 && g_ascii_isgraph ((char)header[length]))
    length++;
  return length > 0 && (length == 8 || header[length] == 0);
}

static gboolean
read_section (AssayCoff *coff, AssayBlob *blob, const guint8 *header, guint *odd, GError **error)
{
  AssayCoffSection section = { .offset = assay_coff_number (header + 20, 4),
                               .address = assay_coff_number (header + 12, 4),
                               .flags = assay_coff_number (header + 36, 4) };
  guint64 size = find_size (coff, header, section.flags);
  gboolean fits = assay_range_fits (section.offset, size, assay_blob_get_size (blob));
  section.size = section.offset > 0 && fits ? size : 0;
  *odd += !has_name (header)
          || (section.offset > 0 && !fits && (section.flags & (ASSAY_COFF_REMOVE | ASSAY_COFF_DISCARDABLE)) == 0);
  if (section.size > 0
      && (!read_name (coff, blob, header, &section, error)
          || (!coff->is_image && !count_relocations (blob, header, &section, error))))
    return FALSE;
  g_array_append_val (coff->sections, section);
  return TRUE;
}

/* Whether a linker would take something from it. */
static gboolean
has_content (const AssayCoffSection *section, AssayCoffPlace place)
{
  return section->size > 0 && (place == ASSAY_COFF_WHOLE || (section->flags & ASSAY_COFF_LOADED) != 0);
}

/* *@out_is: whether there is content, and not too much that is odd. */
static gboolean
read_sections (AssayCoff *coff, AssayBlob *blob, const Header *header, AssayCoffPlace place, guint64 *sections_left,
               gboolean *out_is, GError **error)
{
  guint8 batch[BATCH * SECTION_BYTES];
  gboolean found = FALSE;
  guint odd = 0;
  *out_is = FALSE;
  for (guint32 done = 0; done < header->count && (place == ASSAY_COFF_WHOLE || odd <= MOST_ODD);)
    {
      guint32 count = MIN (header->count - done, BATCH);
      if (*sections_left < count)
        {
          *sections_left = 0;
          return TRUE;
        }
      *sections_left -= count;
      if (!assay_blob_read (blob, header->table + (guint64)done * SECTION_BYTES, batch, count * SECTION_BYTES, error))
        return FALSE;
      for (guint32 i = 0; i < count; i++)
        {
          if (!read_section (coff, blob, batch + i * SECTION_BYTES, &odd, error))
            return FALSE;
          found = found || has_content (&g_array_index (coff->sections, AssayCoffSection, done + i), place);
        }
      done += count;
    }
  *out_is = found && (place == ASSAY_COFF_WHOLE || odd <= MOST_ODD);
  return TRUE;
}

gboolean
assay_coff_read (AssayBlob *blob, AssayCoffPlace place, guint64 *sections_left, AssayCoff **out, GError **error)
{
  Header header;
  gboolean is = FALSE;
  g_autoptr (AssayCoff) coff = g_new0 (AssayCoff, 1);
  coff->sections = g_array_new (FALSE, FALSE, sizeof (AssayCoffSection));
  *out = NULL;
  if (!read_header (blob, coff, &header, &is, error) || (is && !measure_strings (coff, blob, error))
      || (is && !read_sections (coff, blob, &header, place, sections_left, &is, error)))
    return FALSE;
  if (is)
    *out = g_steal_pointer (&coff);
  return TRUE;
}
