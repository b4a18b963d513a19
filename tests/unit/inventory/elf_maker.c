#include "elf_maker.h"

#include <elf.h>
#include <string.h>

typedef struct
{
  ElfMakerSection header;
  guint8 *data;
  char *name;
  guint64 offset;
} Section;

typedef struct
{
  guint32 type, flags;
  guint64 virtual_address, physical_address;
  guint32 first, last;
} Segment;

typedef struct
{
  guint32 name;
  guint64 value, size;
  guint8 info;
  guint32 section;
  gboolean reserved;
} Symbol;

struct _ElfMaker
{
  guint bits;
  gboolean big_endian;
  guint16 machine, type;
  gboolean extended;
  GArray *sections; /* Section; element 0 is section 1 */
  GArray *segments;
  GArray *symbols;
  GByteArray *strings;
  GByteArray *out;
};

static void
clear_section (gpointer data)
{
  Section *section = data;
  g_free (section->data);
  g_free (section->name);
}

ElfMaker *
elf_maker_new (guint bits, gboolean big_endian, guint16 machine, guint16 type)
{
  ElfMaker *maker = g_new0 (ElfMaker, 1);
  maker->bits = bits;
  maker->big_endian = big_endian;
  maker->machine = machine;
  maker->type = type;
  maker->sections = g_array_new (FALSE, TRUE, sizeof (Section));
  g_array_set_clear_func (maker->sections, clear_section);
  maker->segments = g_array_new (FALSE, TRUE, sizeof (Segment));
  maker->symbols = g_array_new (FALSE, TRUE, sizeof (Symbol));
  maker->strings = g_byte_array_new ();
  g_byte_array_append (maker->strings, (const guint8 *)"", 1);
  maker->out = g_byte_array_new ();
  return maker;
}

void
elf_maker_free (ElfMaker *maker)
{
  g_array_unref (maker->sections);
  g_array_unref (maker->segments);
  g_array_unref (maker->symbols);
  g_byte_array_unref (maker->strings);
  g_byte_array_unref (maker->out);
  g_free (maker);
}

guint32
elf_maker_add_section (ElfMaker *maker, const ElfMakerSection *header)
{
  Section section = { .header = *header, .name = g_strdup (header->name) };
  if (header->type != SHT_NOBITS)
    {
      section.data = g_malloc0 (header->size + 1);
      if (header->data != NULL)
        memcpy (section.data, header->data, header->size);
    }
  g_array_append_val (maker->sections, section);
  return maker->sections->len;
}

void
elf_maker_add_segment (ElfMaker *maker, guint32 type, guint32 flags, guint64 virtual_address, guint64 physical_address,
                       guint32 first, guint32 last)
{
  const Segment segment = { type, flags, virtual_address, physical_address, first, last };
  g_array_append_val (maker->segments, segment);
}

static void
add_symbol (ElfMaker *maker, const char *name, Symbol symbol)
{
  symbol.name = maker->strings->len;
  g_byte_array_append (maker->strings, (const guint8 *)name, strlen (name) + 1);
  g_array_append_val (maker->symbols, symbol);
}

void
elf_maker_add_symbol (ElfMaker *maker, const char *name, guint64 value, guint64 size, guint8 info, guint32 section)
{
  add_symbol (maker, name, (Symbol){ .value = value, .size = size, .info = info, .section = section });
}

void
elf_maker_add_reserved_symbol (ElfMaker *maker, const char *name, guint64 value, guint64 size, guint8 info,
                               guint16 reserved)
{
  add_symbol (maker, name,
              (Symbol){ .value = value, .size = size, .info = info, .section = reserved, .reserved = TRUE });
}

void
elf_maker_extend (ElfMaker *maker)
{
  maker->extended = TRUE;
}

static void
store (guint8 *at, guint64 value, guint length, gboolean big_endian)
{
  for (guint i = 0; i < length; i++)
    at[big_endian ? length - 1 - i : i] = (guint8)(value >> (8 * i));
}

static void
put (const ElfMaker *maker, GByteArray *out, guint64 value, guint length)
{
  guint8 bytes[8];
  store (bytes, value, length, maker->big_endian);
  g_byte_array_append (out, bytes, length);
}

/* A field of the width of addresses. */
static void
put_wide (const ElfMaker *maker, GByteArray *out, guint64 value)
{
  put (maker, out, value, maker->bits / 8);
}

static void
put_symbol (const ElfMaker *maker, GByteArray *out, const Symbol *symbol)
{
  guint16 section = symbol->reserved || symbol->section < SHN_LORESERVE ? (guint16)symbol->section : SHN_XINDEX;
  put (maker, out, symbol->name, 4);
  if (maker->bits == 32)
    {
      put (maker, out, symbol->value, 4);
      put (maker, out, symbol->size, 4);
    }
  put (maker, out, symbol->info, 1);
  put (maker, out, 0, 1);
  put (maker, out, section, 2);
  if (maker->bits == 64)
    {
      put (maker, out, symbol->value, 8);
      put (maker, out, symbol->size, 8);
    }
}

/* Adds .symtab, .symtab_shndx and .strtab as sections like any other. */
static void
add_symbol_sections (ElfMaker *maker)
{
  g_autoptr (GByteArray) table = g_byte_array_new ();
  g_autoptr (GByteArray) wide = g_byte_array_new ();
  gboolean needs_wide = FALSE;
  guint32 local = 1; /* the first ones that are, and none of what follows a global one */
  const Symbol none = { 0 };
  guint32 number = maker->sections->len + 1;
  put_symbol (maker, table, &none);
  put (maker, wide, 0, 4);
  for (guint i = 0; i < maker->symbols->len; i++)
    {
      const Symbol *symbol = &g_array_index (maker->symbols, Symbol, i);
      gboolean is_wide = !symbol->reserved && symbol->section >= SHN_LORESERVE;
      if (local == i + 1 && ELF32_ST_BIND (symbol->info) == STB_LOCAL)
        local++;
      put_symbol (maker, table, symbol);
      put (maker, wide, is_wide ? symbol->section : 0, 4);
      needs_wide = needs_wide || is_wide;
    }
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".symtab",
                                                    .type = SHT_SYMTAB,
                                                    .alignment = 8,
                                                    .data = table->data,
                                                    .size = table->len,
                                                    .link = number + 1,
                                                    .info = local,
                                                    .entry_size = maker->bits == 32 ? 16 : 24 });
  elf_maker_add_section (
      maker, &(ElfMakerSection){
                 .name = ".strtab", .type = SHT_STRTAB, .data = maker->strings->data, .size = maker->strings->len });
  if (needs_wide)
    elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".symtab_shndx",
                                                      .type = SHT_SYMTAB_SHNDX,
                                                      .alignment = 4,
                                                      .data = wide->data,
                                                      .size = wide->len,
                                                      .link = number,
                                                      .entry_size = 4 });
}

/* Adds .shstrtab, in which the name of section N is the Nth; offsets go to @out_names. */
static void
add_name_section (ElfMaker *maker, GArray *out_names)
{
  g_autoptr (GByteArray) names = g_byte_array_new ();
  g_byte_array_append (names, (const guint8 *)"", 1);
  guint32 count = maker->sections->len;
  for (guint32 i = 0; i <= count; i++)
    {
      const char *name = i < count ? g_array_index (maker->sections, Section, i).name : ".shstrtab";
      guint32 offset = names->len;
      g_array_append_val (out_names, offset);
      g_byte_array_append (names, (const guint8 *)name, strlen (name) + 1);
    }
  elf_maker_add_section (
      maker, &(ElfMakerSection){ .name = ".shstrtab", .type = SHT_STRTAB, .data = names->data, .size = names->len });
}

static void
pad (GByteArray *out, guint64 alignment)
{
  while (alignment > 1 && out->len % alignment != 0)
    g_byte_array_append (out, (const guint8 *)"", 1);
}

static guint
header_size (const ElfMaker *maker)
{
  return maker->bits == 32 ? sizeof (Elf32_Ehdr) : sizeof (Elf64_Ehdr);
}

static guint
segment_entry_size (const ElfMaker *maker)
{
  return maker->bits == 32 ? sizeof (Elf32_Phdr) : sizeof (Elf64_Phdr);
}

static guint
section_entry_size (const ElfMaker *maker)
{
  return maker->bits == 32 ? sizeof (Elf32_Shdr) : sizeof (Elf64_Shdr);
}

static gboolean
is_extended (const ElfMaker *maker, guint count, guint reserved)
{
  return maker->extended || count >= reserved;
}

static void
put_header (ElfMaker *maker, GByteArray *out, guint64 section_table)
{
  guint sections = maker->sections->len + 1;
  guint segments = maker->segments->len;
  const guint8 ident[EI_NIDENT] = { ELFMAG0,
                                    ELFMAG1,
                                    ELFMAG2,
                                    ELFMAG3,
                                    maker->bits == 32 ? ELFCLASS32 : ELFCLASS64,
                                    maker->big_endian ? ELFDATA2MSB : ELFDATA2LSB,
                                    EV_CURRENT };
  g_byte_array_append (out, ident, sizeof ident);
  put (maker, out, maker->type, 2);
  put (maker, out, maker->machine, 2);
  put (maker, out, EV_CURRENT, 4);
  put_wide (maker, out, 0x1000);
  put_wide (maker, out, segments > 0 ? header_size (maker) : 0);
  put_wide (maker, out, section_table);
  put (maker, out, 0, 4);
  put (maker, out, header_size (maker), 2);
  put (maker, out, segment_entry_size (maker), 2);
  put (maker, out, segments > 0 && is_extended (maker, segments, PN_XNUM) ? PN_XNUM : segments, 2);
  put (maker, out, section_entry_size (maker), 2);
  put (maker, out, is_extended (maker, sections, SHN_LORESERVE) ? 0 : sections, 2);
  put (maker, out, is_extended (maker, sections - 1, SHN_LORESERVE) ? SHN_XINDEX : sections - 1, 2);
}

static void
put_segment (const ElfMaker *maker, GByteArray *out, const Segment *segment)
{
  guint64 start = segment->first == 0 ? 0 : g_array_index (maker->sections, Section, segment->first - 1).offset;
  guint64 file_size = 0, memory_size = 0;
  for (guint32 i = MAX (segment->first, 1); i <= segment->last; i++)
    {
      const Section *section = &g_array_index (maker->sections, Section, i - 1);
      guint64 end = section->offset - start + section->header.size;
      memory_size = MAX (memory_size, end);
      if (section->header.type != SHT_NOBITS)
        file_size = MAX (file_size, end);
    }
  put (maker, out, segment->type, 4);
  if (maker->bits == 64)
    put (maker, out, segment->flags, 4);
  put_wide (maker, out, start);
  put_wide (maker, out, segment->virtual_address);
  put_wide (maker, out, segment->physical_address);
  put_wide (maker, out, file_size);
  put_wide (maker, out, memory_size);
  if (maker->bits == 32)
    put (maker, out, segment->flags, 4);
  put_wide (maker, out, 4);
}

static void
put_section (const ElfMaker *maker, GByteArray *out, const ElfMakerSection *header, guint32 name, guint64 offset)
{
  put (maker, out, name, 4);
  put (maker, out, header->type, 4);
  put_wide (maker, out, header->flags);
  put_wide (maker, out, header->address);
  put_wide (maker, out, offset);
  put_wide (maker, out, header->size);
  put (maker, out, header->link, 4);
  put (maker, out, header->info, 4);
  put_wide (maker, out, header->alignment);
  put_wide (maker, out, header->entry_size);
}

static void
put_section_table (const ElfMaker *maker, GByteArray *out, const GArray *names)
{
  guint sections = maker->sections->len + 1;
  guint segments = maker->segments->len;
  const ElfMakerSection null_section
      = { .size = is_extended (maker, sections, SHN_LORESERVE) ? sections : 0,
          .link = is_extended (maker, sections - 1, SHN_LORESERVE) ? sections - 1 : 0,
          .info = segments > 0 && is_extended (maker, segments, PN_XNUM) ? segments : 0 };
  put_section (maker, out, &null_section, 0, 0);
  for (guint i = 0; i < maker->sections->len; i++)
    {
      const Section *section = &g_array_index (maker->sections, Section, i);
      put_section (maker, out, &section->header, g_array_index (names, guint32, i), section->offset);
    }
}

GByteArray *
elf_maker_build (ElfMaker *maker)
{
  g_autoptr (GArray) names = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (maker->symbols->len > 0)
    add_symbol_sections (maker);
  add_name_section (maker, names);
  GByteArray *out = maker->out;
  guint64 content = header_size (maker) + (guint64)maker->segments->len * segment_entry_size (maker);
  g_byte_array_set_size (out, (guint)content);
  for (guint i = 0; i < maker->sections->len; i++)
    {
      Section *section = &g_array_index (maker->sections, Section, i);
      pad (out, section->header.alignment);
      section->offset = out->len;
      if (section->header.type != SHT_NOBITS)
        g_byte_array_append (out, section->data, (guint)section->header.size);
    }
  pad (out, 8);
  g_autoptr (GByteArray) head = g_byte_array_new ();
  put_header (maker, head, out->len);
  for (guint i = 0; i < maker->segments->len; i++)
    put_segment (maker, head, &g_array_index (maker->segments, Segment, i));
  g_assert (head->len == content);
  memcpy (out->data, head->data, head->len);
  put_section_table (maker, out, names);
  return g_byte_array_ref (out);
}

/* Where the fields lie: in the header, or in an entry of a table (System V ABI). */
typedef struct
{
  enum
  {
    IN_HEADER,
    IN_SECTION,
    IN_SEGMENT,
  } where;
  guint offset[2], width[2]; /* of 32 and of 64 bits */
} Place;

#define PLACE(where, record, member)                                                                                   \
  {                                                                                                                    \
    where, { G_STRUCT_OFFSET (Elf32_##record, member), G_STRUCT_OFFSET (Elf64_##record, member) },                     \
    {                                                                                                                  \
      sizeof (((Elf32_##record *)NULL)->member), sizeof (((Elf64_##record *)NULL)->member)                             \
    }                                                                                                                  \
  }

static const Place places[] = {
  [ELF_FIELD_PHOFF] = PLACE (IN_HEADER, Ehdr, e_phoff),
  [ELF_FIELD_SHOFF] = PLACE (IN_HEADER, Ehdr, e_shoff),
  [ELF_FIELD_EHSIZE] = PLACE (IN_HEADER, Ehdr, e_ehsize),
  [ELF_FIELD_PHENTSIZE] = PLACE (IN_HEADER, Ehdr, e_phentsize),
  [ELF_FIELD_PHNUM] = PLACE (IN_HEADER, Ehdr, e_phnum),
  [ELF_FIELD_SHENTSIZE] = PLACE (IN_HEADER, Ehdr, e_shentsize),
  [ELF_FIELD_SHNUM] = PLACE (IN_HEADER, Ehdr, e_shnum),
  [ELF_FIELD_SHSTRNDX] = PLACE (IN_HEADER, Ehdr, e_shstrndx),
  [ELF_FIELD_SECTION_NAME] = PLACE (IN_SECTION, Shdr, sh_name),
  [ELF_FIELD_SECTION_TYPE] = PLACE (IN_SECTION, Shdr, sh_type),
  [ELF_FIELD_SECTION_OFFSET] = PLACE (IN_SECTION, Shdr, sh_offset),
  [ELF_FIELD_SECTION_SIZE] = PLACE (IN_SECTION, Shdr, sh_size),
  [ELF_FIELD_SECTION_LINK] = PLACE (IN_SECTION, Shdr, sh_link),
  [ELF_FIELD_SECTION_ENTSIZE] = PLACE (IN_SECTION, Shdr, sh_entsize),
  [ELF_FIELD_SEGMENT_OFFSET] = PLACE (IN_SEGMENT, Phdr, p_offset),
  [ELF_FIELD_SEGMENT_FILESZ] = PLACE (IN_SEGMENT, Phdr, p_filesz),
  [ELF_FIELD_SEGMENT_MEMSZ] = PLACE (IN_SEGMENT, Phdr, p_memsz),
};

static gboolean
is_big_endian (const GByteArray *file)
{
  return file->data[EI_DATA] == ELFDATA2MSB;
}

static guint64
find_field (const GByteArray *file, ElfMakerField field, guint32 index, guint *out_width)
{
  const Place *place = &places[field];
  guint wide = file->data[EI_CLASS] == ELFCLASS64;
  *out_width = place->width[wide];
  guint64 base = 0;
  if (place->where == IN_SECTION)
    base = elf_maker_peek (file, ELF_FIELD_SHOFF, 0)
           + (guint64)index * (wide ? sizeof (Elf64_Shdr) : sizeof (Elf32_Shdr));
  if (place->where == IN_SEGMENT)
    base = elf_maker_peek (file, ELF_FIELD_PHOFF, 0)
           + (guint64)index * (wide ? sizeof (Elf64_Phdr) : sizeof (Elf32_Phdr));
  g_assert (base + place->offset[wide] + *out_width <= file->len);
  return base + place->offset[wide];
}

void
elf_maker_poke (GByteArray *file, ElfMakerField field, guint32 index, guint64 value)
{
  guint width = 0;
  guint64 at = find_field (file, field, index, &width);
  store (file->data + at, value, width, is_big_endian (file));
}

guint64
elf_maker_peek (const GByteArray *file, ElfMakerField field, guint32 index)
{
  guint width = 0;
  guint64 at = find_field (file, field, index, &width);
  guint64 value = 0;
  for (guint i = 0; i < width; i++)
    value |= (guint64)file->data[at + (is_big_endian (file) ? width - 1 - i : i)] << (8 * i);
  return value;
}
