#include "inventory/be8.h"

#include "inventory/elf_private.h"

#include <assay/error.h>

#include <elf.h>
#include <string.h>

/** A mapping symbol: what stands from @start of a section to the next one, `a`, `t` or `d`. */
typedef struct
{
  guint64 start;
  guint32 section;
  char letter;
} Mark;

/** An object whose instructions are swapped, and what is written. Where sections overlap, the swapped content of each
 * stands behind the end of the object. */
typedef struct
{
  const AssayElf *elf;
  const AssayElfReader *reader;
  GArray *marks; /* Mark, by section and place */
  guint8 *bytes;
  guint64 size; /* of the object */
  guint64 end;  /* of what is written */
  gboolean any;
} Swapping;

static void
swapping_clear (Swapping *swapping)
{
  g_clear_pointer (&swapping->marks, g_array_unref);
  g_clear_pointer (&swapping->bytes, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Swapping, swapping_clear)

static guint
bytes_of (char letter)
{
  return letter == 'a' ? 4 : letter == 't' ? 2 : 0;
}

/* A name is `$` and the letter, and a dot may follow. @section: as the symbol has it, of however many bits */
static void
add_mark (Swapping *swapping, const AssaySection *names, const GElf_Sym *symbol, guint32 section)
{
  Mark mark = { symbol->st_value, section, '\0' };
  guint64 offset = names->offset + symbol->st_name;
  if (symbol->st_name >= names->size || offset >= swapping->size || swapping->size - offset < 3)
    return;
  const guint8 *name = swapping->bytes + offset;
  mark.letter = (char)name[1];
  if (name[0] == '$' && strchr ("atd", mark.letter) != NULL && mark.letter != '\0'
      && (name[2] == '\0' || name[2] == '.'))
    g_array_append_val (swapping->marks, mark);
}

/* What has the numbers of sections that do not fit into the entries of a symbol table; NULL where there are none. */
static const AssaySection *
find_wide (const Swapping *swapping, const AssaySection *table)
{
  for (guint i = 0; i < swapping->elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (swapping->elf->sections, AssaySection, i);
      if (section->type == SHT_SYMTAB_SHNDX && section->link == table->index)
        return section;
    }
  return NULL;
}

/* Zeros where there are none. */
static gboolean
read_wide (const Swapping *swapping, const AssaySection *wide, guint64 first, guint count, GElf_Word *out,
           GError **error)
{
  memset (out, 0, count * sizeof *out);
  if (wide == NULL || wide->offset >= swapping->size)
    return TRUE;
  guint64 all = MIN (wide->size, swapping->size - wide->offset) / sizeof *out;
  return first >= all
         || assay_elf_reader_get_words (swapping->reader, wide->offset + first * sizeof *out,
                                        (guint)MIN (all - first, count), out, error);
}

/* Linkers take the local symbols, which stand in front. */
static gboolean
read_table (Swapping *swapping, const AssaySection *table, GError **error)
{
  GElf_Sym batch[ASSAY_ELF_READER_BATCH];
  GElf_Word numbers[ASSAY_ELF_READER_BATCH];
  guint64 record = assay_elf_reader_record_size (swapping->reader, ELF_T_SYM);
  if (table->link == 0 || table->link > swapping->elf->sections->len || table->offset >= swapping->size)
    return TRUE;
  const AssaySection *names = &g_array_index (swapping->elf->sections, AssaySection, table->link - 1);
  const AssaySection *wide = find_wide (swapping, table);
  guint64 count = MIN (MIN (table->size, swapping->size - table->offset) / record, table->info);
  for (guint64 done = 0; done < count;)
    {
      guint length = (guint)MIN (count - done, ASSAY_ELF_READER_BATCH);
      if (!assay_elf_reader_get_symbols (swapping->reader, table->offset + done * record, length, batch, error)
          || !read_wide (swapping, wide, done, length, numbers, error))
        return FALSE;
      for (guint i = 0; i < length; i++)
        add_mark (swapping, names, &batch[i], batch[i].st_shndx == SHN_XINDEX ? numbers[i] : batch[i].st_shndx);
      done += length;
    }
  return TRUE;
}

/* Of one place as GNU ld has it. */
static gint
by_place (gconstpointer a, gconstpointer b)
{
  const Mark *first = a;
  const Mark *second = b;
  if (first->section != second->section)
    return first->section < second->section ? -1 : 1;
  if (first->start != second->start)
    return first->start < second->start ? -1 : 1;
  return first->letter - second->letter;
}

/* All executable sections have one mark. */
static void
mark_all (Swapping *swapping, char letter)
{
  for (guint i = 0; i < swapping->elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (swapping->elf->sections, AssaySection, i);
      Mark whole = { 0, section->index, letter };
      if ((section->flags & SHF_EXECINSTR) != 0)
        g_array_append_val (swapping->marks, whole);
    }
}

/* Of symbol tables the first counts; there is never more than one (gABI). */
static gboolean
find_marks (Swapping *swapping, const AssayLimits *limits, AssayBe8Form form, GError **error)
{
  const GArray *sections = swapping->elf->sections;
  guint table = 0;
  while (table < sections->len && g_array_index (sections, AssaySection, table).type != SHT_SYMTAB)
    table++;
  if (form != ASSAY_BE8_MAPPED)
    mark_all (swapping, form == ASSAY_BE8_WORDS ? 'a' : 't');
  else if (table < sections->len && !read_table (swapping, &g_array_index (sections, AssaySection, table), error))
    return FALSE;
  g_array_sort (swapping->marks, by_place);
  return assay_limits_check (limits, ASSAY_LIMIT_SYMBOLS, swapping->marks->len, "symbol table of an ELF file", error);
}

static void
swap (Swapping *swapping, guint8 *bytes, guint64 length, guint step)
{
  for (guint64 at = 0; step > 0 && length - at >= step; at += step)
    {
      swapping->any = TRUE;
      for (guint i = 0; i < step / 2; i++)
        {
          guint8 first = bytes[at + i];
          bytes[at + i] = bytes[at + step - 1 - i];
          bytes[at + step - 1 - i] = first;
        }
    }
}

/* Where the content of a section is written: its place, or one of its own, which its header then has; that was read
 * from there. */
static guint8 *
find_room (Swapping *swapping, const AssaySection *section, guint64 length)
{
  const GElf_Ehdr *header = &swapping->reader->header;
  if (swapping->elf->trouble == NULL)
    return swapping->bytes + section->offset;
  guint8 *room = swapping->bytes + swapping->end;
  guint8 *offset = swapping->bytes + header->e_shoff + section->index * sizeof (Elf32_Shdr)
                   + G_STRUCT_OFFSET (Elf32_Shdr, sh_offset);
  memcpy (room, swapping->bytes + section->offset, length);
  for (guint i = 0; i < sizeof (Elf32_Off); i++)
    offset[i] = (guint8)(swapping->end >> (8 * (sizeof (Elf32_Off) - 1 - i)));
  swapping->end += length;
  return room;
}

/* The section of a mark, and how much of it is there; NULL where that is nothing. */
static const AssaySection *
find_section (const Swapping *swapping, const Mark *mark, guint64 *out_length)
{
  if (mark->section == 0 || mark->section > swapping->elf->sections->len)
    return NULL;
  const AssaySection *section = &g_array_index (swapping->elf->sections, AssaySection, mark->section - 1);
  if (!assay_elf_section_stores (section) || section->offset >= swapping->size)
    return NULL;
  *out_length = MIN (section->size, swapping->size - section->offset);
  return section;
}

/* The number of the first mark behind those of one section. */
static guint
find_next (const Swapping *swapping, guint first)
{
  const Mark *mark = &g_array_index (swapping->marks, Mark, first);
  guint next = first + 1;
  while (next < swapping->marks->len && g_array_index (swapping->marks, Mark, next).section == mark->section)
    next++;
  return next;
}

static void
swap_section (Swapping *swapping, guint first, guint next)
{
  const Mark *marks = &g_array_index (swapping->marks, Mark, first);
  guint64 length = 0;
  const AssaySection *section = find_section (swapping, marks, &length);
  if (section == NULL)
    return;
  guint8 *room = find_room (swapping, section, length);
  for (guint i = 0; i < next - first; i++)
    {
      guint64 end = i + 1 < next - first ? MIN (marks[i + 1].start, length) : length;
      if (marks[i].start < end)
        swap (swapping, room + marks[i].start, end - marks[i].start, bytes_of (marks[i].letter));
    }
}

/* Bytes that contents need which are written behind the object. */
static gboolean
make_room (Swapping *swapping, const AssayLimits *limits, GError **error)
{
  guint64 more = 0;
  for (guint first = 0; swapping->elf->trouble != NULL && first < swapping->marks->len;
       first = find_next (swapping, first))
    {
      guint64 length = 0;
      find_section (swapping, &g_array_index (swapping->marks, Mark, first), &length);
      more += length;
      if (!assay_limits_check (limits, ASSAY_LIMIT_DELIVERED_CODE, more, "more machine code came with the source",
                               error))
        return FALSE;
    }
  guint8 *bytes = swapping->size + more > G_MAXUINT32 ? NULL : g_try_realloc (swapping->bytes, swapping->size + more);
  if (bytes == NULL)
    return assay_limits_exceeded (limits, ASSAY_LIMIT_DELIVERED_CODE, "one piece of machine code", error);
  swapping->bytes = bytes;
  return TRUE;
}

gboolean
assay_be8_write (AssayBlob *object, const AssayLimits *limits, AssayBe8Form form, GBytes **out, GError **error)
{
  g_autoptr (GError) ignored = NULL;
  guint64 size = assay_blob_get_size (object);
  *out = NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (object, limits, &ignored);
  if (elf == NULL || elf->machine != EM_ARM || !elf->big_endian || elf->bits != 32 || elf->type != ET_REL)
    return TRUE;
  g_autoptr (AssayElfReader) reader = assay_elf_reader_new (object, error);
  if (reader == NULL)
    return FALSE;
  g_auto (Swapping) swapping = { .elf = elf,
                                 .reader = reader,
                                 .marks = g_array_new (FALSE, FALSE, sizeof (Mark)),
                                 .bytes = g_try_malloc (size),
                                 .size = size,
                                 .end = size };
  if (swapping.bytes == NULL)
    return assay_limits_exceeded (limits, ASSAY_LIMIT_DELIVERED_CODE, "one piece of machine code", error);
  if (!assay_blob_read (object, 0, swapping.bytes, size, error) || !find_marks (&swapping, limits, form, error)
      || !make_room (&swapping, limits, error))
    return FALSE;
  for (guint first = 0; first < swapping.marks->len;)
    {
      guint next = find_next (&swapping, first);
      swap_section (&swapping, first, next);
      first = next;
    }
  if (swapping.any)
    *out = g_bytes_new_take (g_steal_pointer (&swapping.bytes), swapping.end);
  return TRUE;
}
