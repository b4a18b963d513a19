#include "inventory/coff_private.h"

#include "util/checked.h"

#include <assay/error.h>

#include <elf.h>
#include <string.h>

/* A COFF object as an ELF file of 64 bits: header, names of sections, contents, relocations, symbols, their names, and
 * the table of sections. */

/** The sections in front of the contents. */
enum
{
  NAMES = 1,
  SYMBOLS,
  STRINGS,
  FIRST,
};

static const char names[] = "\0.shstrtab\0.symtab\0.strtab\0.eh_frame\0.coff\0.rela\0.gnu.lto_";

/** Where these begin. */
enum
{
  NAME_NAMES = 1,
  NAME_SYMBOLS = 11,
  NAME_STRINGS = 19,
  NAME_UNWIND = 27,
  NAME_CONTENT = 37,
  NAME_RELOCATIONS = 43,
  NAME_INTERMEDIATE = 49,
};

/** A short name of a symbol and its end. */
#define SHORT_NAME_BYTES 9u

/** Relocations of four bytes that one of COFF becomes, at most. */
#define MOST_HOLES 2u

/** An entry of AArch64 to GNU binutils (include/coff/aarch64.h), of ten bytes to everybody else. */
#define WIDE_ENTRY_BYTES 14u

/** The storage classes of labels: they stand in a section of the object (PE Format, 5.5). */
enum
{
  CLASS_EXTERNAL = 2,
  CLASS_STATIC = 3,
  CLASS_LABEL = 6,
  CLASS_WEAK = 105,
};

/** An ELF file while it is written; there is room for all of it. @numbers: of the sections of COFF there */
typedef struct
{
  const AssayCoff *coff;
  AssayBlob *blob;
  guint8 *bytes;
  guint64 at;
  GArray *headers; /* Elf64_Shdr, in the order of this machine's bytes */
  guint32 *numbers;
} Writer;

static void
writer_clear (Writer *writer)
{
  g_clear_pointer (&writer->bytes, g_free);
  g_clear_pointer (&writer->headers, g_array_unref);
  g_clear_pointer (&writer->numbers, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Writer, writer_clear)

static guint
count_holes (const AssayCoff *coff)
{
  return coff->machine == EM_AARCH64 ? 2 * MOST_HOLES : MOST_HOLES;
}

guint64
assay_coff_get_elf_size (const AssayCoff *coff)
{
  guint64 headers = FIRST + 2 * (guint64)coff->sections->len;
  guint64 total = sizeof (Elf64_Ehdr) + sizeof names + headers * sizeof (Elf64_Shdr) + coff->string_bytes + 2
                  + (coff->symbol_count + 1) * (sizeof (Elf64_Sym) + SHORT_NAME_BYTES);
  for (guint i = 0; i < coff->sections->len; i++)
    {
      const AssayCoffSection *section = &g_array_index (coff->sections, AssayCoffSection, i);
      guint64 holes = section->size == 0 ? 0 : section->relocation_count * count_holes (coff) * sizeof (Elf64_Rela);
      if (!assay_u64_add (total, section->size, &total) || !assay_u64_add (total, holes, &total))
        return G_MAXUINT64;
    }
  return total;
}

static void
put (Writer *writer, guint64 value, guint width)
{
  for (guint i = 0; i < width; i++)
    writer->bytes[writer->at++] = (guint8)(value >> (8 * i));
}

/* The number of the section that begins where the file ends so far. */
static guint32
begin_section (Writer *writer, guint32 name, guint32 type, guint64 flags)
{
  Elf64_Shdr header
      = { .sh_name = name, .sh_type = type, .sh_flags = flags, .sh_offset = writer->at, .sh_addralign = 1 };
  g_array_append_val (writer->headers, header);
  return writer->headers->len - 1;
}

static Elf64_Shdr *
end_section (Writer *writer, guint32 number)
{
  Elf64_Shdr *header = &g_array_index (writer->headers, Elf64_Shdr, number);
  header->sh_size = writer->at - header->sh_offset;
  return header;
}

static gboolean
is_debug (const char *name)
{
  return g_str_has_prefix (name, ".debug") || g_str_has_prefix (name, ".zdebug") || g_str_has_prefix (name, ".stab");
}

/* Bytes that are all one are no code, whatever they are called. */
static gboolean
is_fill (const guint8 *bytes, guint64 size)
{
  return size < 2 || memcmp (bytes, bytes + 1, size - 1) == 0;
}

/* Of what is told by its name later on. */
static guint32
find_name (const AssayCoffSection *section)
{
  if (g_str_has_prefix (section->name, ".eh_frame"))
    return NAME_UNWIND;
  return g_str_has_prefix (section->name, ".gnu.lto_") ? NAME_INTERMEDIATE : NAME_CONTENT;
}

static gboolean
write_content (Writer *writer, guint number, GError **error)
{
  const AssayCoffSection *section = &g_array_index (writer->coff->sections, AssayCoffSection, number);
  guint64 flags = assay_coff_is_code (section) ? SHF_ALLOC | SHF_EXECINSTR : SHF_ALLOC | SHF_WRITE;
  if (section->size == 0)
    return TRUE;
  if (!assay_blob_read (writer->blob, section->offset, writer->bytes + writer->at, section->size, error))
    return FALSE;
  if ((section->flags & ASSAY_COFF_REMOVE) != 0 || (!assay_coff_is_code (section) && is_debug (section->name))
      || is_fill (writer->bytes + writer->at, section->size))
    flags = 0;
  writer->numbers[number] = begin_section (writer, find_name (section), SHT_PROGBITS, flags);
  writer->at += section->size;
  end_section (writer, writer->numbers[number]);
  return TRUE;
}

/* A type whose field is four bytes, of Arm and i386 by the same number as of x86-64; machines that shorten code have
 * more by any. */
static guint32
find_type (guint16 machine)
{
  return machine == EM_AARCH64 ? R_AARCH64_ABS32 : R_X86_64_PC32;
}

/* Of eight bytes: addresses, and pairs of instructions (PE Format, "Type Indicators"; bfd/coff-x86_64.c). */
static gboolean
is_wide (guint16 machine, guint32 type)
{
  switch (machine)
    {
    case EM_X86_64:
      return type == 1 || type == 14;
    case EM_AARCH64:
      return type == 14;
    case EM_ARM:
      return type == 16 || type == 17;
    default:
      return FALSE;
    }
}

static void
write_hole (Writer *writer, guint64 offset)
{
  put (writer, offset, 8);
  put (writer, find_type (writer->coff->machine), 8);
  put (writer, 0, 8);
}

/* The entries of a table, of @entry bytes each. */
static gboolean
write_table (Writer *writer, const AssayCoffSection *section, guint entry, GError **error)
{
  guint8 window[WIDE_ENTRY_BYTES * 256];
  guint64 stored = (assay_blob_get_size (writer->blob) - section->relocations) / entry;
  guint64 all = MIN (section->relocation_count, stored);
  for (guint64 done = 0; done < all;)
    {
      gsize count = (gsize)MIN (all - done, 256);
      if (!assay_blob_read (writer->blob, section->relocations + done * entry, window, count * entry, error))
        return FALSE;
      for (gsize i = 0; i < count; i++)
        {
          guint32 offset = assay_coff_number (window + i * entry, 4) - section->address;
          write_hole (writer, offset);
          if (is_wide (writer->coff->machine, assay_coff_number (window + i * entry + 8, 2)))
            write_hole (writer, (guint64)offset + 4);
        }
      done += count;
    }
  return TRUE;
}

static gboolean
write_holes (Writer *writer, guint number, GError **error)
{
  const AssayCoffSection *section = &g_array_index (writer->coff->sections, AssayCoffSection, number);
  if (section->size == 0 || section->relocation_count == 0)
    return TRUE;
  guint32 table = begin_section (writer, NAME_RELOCATIONS, SHT_RELA, 0);
  if (!write_table (writer, section, ASSAY_COFF_RELOCATION_BYTES, error)
      || (writer->coff->machine == EM_AARCH64 && !write_table (writer, section, WIDE_ENTRY_BYTES, error)))
    return FALSE;
  Elf64_Shdr *header = end_section (writer, table);
  header->sh_info = writer->numbers[number];
  header->sh_link = SYMBOLS;
  header->sh_entsize = sizeof (Elf64_Rela);
  return TRUE;
}

/* Short names go behind the string table as it is. */
static void
write_symbol (Writer *writer, const guint8 *entry, GByteArray *short_names)
{
  const AssayCoff *coff = writer->coff;
  gboolean big = coff->symbol_bytes == ASSAY_COFF_BIG_SYMBOL_BYTES;
  guint32 number = assay_coff_number (entry + 12, big ? 4 : 2);
  const guint8 *type = entry + (big ? 16 : 14);
  gboolean is_label = type[2] == CLASS_EXTERNAL || type[2] == CLASS_WEAK || type[2] == CLASS_LABEL
                      || (type[2] == CLASS_STATIC && (type[3] == 0 || assay_coff_number (type, 2) != 0));
  if (!is_label || number == 0 || number > coff->sections->len || writer->numbers[number - 1] == 0
      || writer->numbers[number - 1] >= SHN_LORESERVE
      || !assay_coff_is_code (&g_array_index (coff->sections, AssayCoffSection, number - 1)))
    return;
  guint64 name = 1 + (guint64)assay_coff_number (entry + 4, 4);
  if (assay_coff_number (entry, 4) != 0)
    {
      name = 2 + coff->string_bytes + short_names->len;
      g_byte_array_append (short_names, entry, 8);
      g_byte_array_append (short_names, (const guint8 *)"", 1);
    }
  put (writer, MIN (name, G_MAXUINT32), 4);
  put (writer, ELF64_ST_INFO (STB_GLOBAL, STT_FUNC), 1);
  put (writer, 0, 1);
  put (writer, writer->numbers[number - 1], 2);
  put (writer, assay_coff_number (entry + 8, 4), 8);
  put (writer, 0, 8);
}

static gboolean
write_symbols (Writer *writer, GError **error)
{
  const AssayCoff *coff = writer->coff;
  g_autoptr (GByteArray) short_names = g_byte_array_new ();
  guint8 entry[ASSAY_COFF_BIG_SYMBOL_BYTES];
  g_array_index (writer->headers, Elf64_Shdr, SYMBOLS).sh_offset = writer->at;
  memset (writer->bytes + writer->at, 0, sizeof (Elf64_Sym));
  writer->at += sizeof (Elf64_Sym);
  for (guint64 i = 0; coff->symbol_bytes > 0 && i < coff->symbol_count; i++)
    {
      if (!assay_blob_read (writer->blob, coff->symbols + i * coff->symbol_bytes, entry, coff->symbol_bytes, error))
        return FALSE;
      write_symbol (writer, entry, short_names);
      i += entry[coff->symbol_bytes - 1]; /* what belongs to this one */
    }
  end_section (writer, SYMBOLS);
  g_array_index (writer->headers, Elf64_Shdr, STRINGS).sh_offset = writer->at;
  put (writer, 0, 1);
  if (!assay_blob_read (writer->blob, MIN (coff->strings, assay_blob_get_size (writer->blob)),
                        writer->bytes + writer->at, coff->string_bytes, error))
    return FALSE;
  writer->at += coff->string_bytes;
  put (writer, 0, 1);
  if (short_names->len > 0)
    memcpy (writer->bytes + writer->at, short_names->data, short_names->len);
  writer->at += short_names->len;
  end_section (writer, STRINGS);
  return TRUE;
}

/* Where there are more sections than the header can count, the first one does. */
static void
write_headers (Writer *writer)
{
  guint32 count = writer->headers->len;
  guint64 table = writer->at;
  if (count >= SHN_LORESERVE)
    g_array_index (writer->headers, Elf64_Shdr, 0).sh_size = count;
  for (guint32 i = 0; i < count; i++)
    {
      const Elf64_Shdr *header = &g_array_index (writer->headers, Elf64_Shdr, i);
      put (writer, header->sh_name, 4);
      put (writer, header->sh_type, 4);
      put (writer, header->sh_flags, 8);
      put (writer, header->sh_addr, 8);
      put (writer, header->sh_offset, 8);
      put (writer, header->sh_size, 8);
      put (writer, header->sh_link, 4);
      put (writer, header->sh_info, 4);
      put (writer, header->sh_addralign, 8);
      put (writer, header->sh_entsize, 8);
    }
  guint64 end = writer->at;
  static const guint8 ident[EI_NIDENT] = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT };
  memcpy (writer->bytes, ident, sizeof ident);
  writer->at = sizeof ident;
  put (writer, ET_REL, 2);
  put (writer, writer->coff->machine, 2);
  put (writer, EV_CURRENT, 4);
  put (writer, 0, 8);
  put (writer, 0, 8);
  put (writer, table, 8);
  put (writer, 0, 4);
  put (writer, sizeof (Elf64_Ehdr), 2);
  put (writer, 0, 2);
  put (writer, 0, 2);
  put (writer, sizeof (Elf64_Shdr), 2);
  put (writer, count >= SHN_LORESERVE ? 0 : count, 2);
  put (writer, NAMES, 2);
  writer->at = end;
}

static gboolean
write_all (Writer *writer, GError **error)
{
  guint count = writer->coff->sections->len;
  writer->at = sizeof (Elf64_Ehdr);
  begin_section (writer, 0, SHT_NULL, 0);
  g_array_index (writer->headers, Elf64_Shdr, 0) = (Elf64_Shdr){ 0 };
  begin_section (writer, NAME_NAMES, SHT_STRTAB, 0);
  memcpy (writer->bytes + writer->at, names, sizeof names);
  writer->at += sizeof names;
  end_section (writer, NAMES);
  begin_section (writer, NAME_SYMBOLS, SHT_SYMTAB, 0);
  begin_section (writer, NAME_STRINGS, SHT_STRTAB, 0);
  Elf64_Shdr *symbols = &g_array_index (writer->headers, Elf64_Shdr, SYMBOLS);
  symbols->sh_link = STRINGS;
  symbols->sh_info = 1;
  symbols->sh_entsize = sizeof (Elf64_Sym);
  for (guint i = 0; i < count; i++)
    if (!write_content (writer, i, error))
      return FALSE;
  for (guint i = 0; i < count; i++)
    if (!write_holes (writer, i, error))
      return FALSE;
  if (!write_symbols (writer, error))
    return FALSE;
  write_headers (writer);
  return TRUE;
}

GBytes *
assay_coff_write_elf (const AssayCoff *coff, AssayBlob *blob, GError **error)
{
  guint64 room = assay_coff_get_elf_size (coff);
  g_auto (Writer) writer = { .coff = coff,
                             .blob = blob,
                             .bytes = room > G_MAXSSIZE ? NULL : g_try_malloc (room),
                             .headers = g_array_new (FALSE, FALSE, sizeof (Elf64_Shdr)),
                             .numbers = g_new0 (guint32, coff->sections->len) };
  if (writer.bytes == NULL)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "out of memory");
      return NULL;
    }
  return write_all (&writer, error) ? g_bytes_new_take (g_steal_pointer (&writer.bytes), writer.at) : NULL;
}
