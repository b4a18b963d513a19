#include "elf_sample.h"

#include "elf_maker.h"

#include <elf.h>
#include <string.h>
#include <zlib.h>

const ElfSampleMachine elf_sample_machines[] = {
  { "arm-32-le", EM_ARM, 32, FALSE, FALSE },        { "arm-32-be", EM_ARM, 32, TRUE, FALSE },
  { "aarch64-64-le", EM_AARCH64, 64, FALSE, TRUE }, { "aarch64-64-be", EM_AARCH64, 64, TRUE, TRUE },
  { "mips-32-le", EM_MIPS, 32, FALSE, FALSE },      { "mips-32-be", EM_MIPS, 32, TRUE, FALSE },
  { "mips-64-le", EM_MIPS, 64, FALSE, FALSE },      { "mips-64-be", EM_MIPS, 64, TRUE, FALSE },
  { "powerpc-32-be", EM_PPC, 32, TRUE, TRUE },      { "powerpc-64-be", EM_PPC64, 64, TRUE, TRUE },
  { "powerpc-64-le", EM_PPC64, 64, FALSE, TRUE },   { "riscv-32-le", EM_RISCV, 32, FALSE, TRUE },
  { "riscv-64-le", EM_RISCV, 64, FALSE, TRUE },     { "x86-32-le", EM_386, 32, FALSE, FALSE },
  { "x86-64-le", EM_X86_64, 64, FALSE, TRUE },      { "x32-32-le", EM_X86_64, 32, FALSE, TRUE },
};
const gsize elf_sample_machine_count = G_N_ELEMENTS (elf_sample_machines);

const char *const elf_sample_shape_names[ELF_SAMPLE_SHAPES] = {
  [ELF_SAMPLE_PLAIN] = "plain",         [ELF_SAMPLE_SSTRIPPED] = "sstripped", [ELF_SAMPLE_MISNAMED] = "misnamed",
  [ELF_SAMPLE_TABLE_IN_CODE] = "table", [ELF_SAMPLE_OVERLAP] = "overlap",     [ELF_SAMPLE_EXTENDED] = "extended",
};

#define CODE_ADDRESS 0x400000u
#define DATA_ADDRESS 0x500000u
#define TEXT_BYTES 1024u

/* The sections of the two loaded segments, in the order of the file. */
enum
{
  INTERP,
  NOTE,
  DYNSYM,
  DYNSTR,
  VERSYM,
  VERNEED,
  REL_DYN,
  REL_PLT,
  RELR,
  INIT,
  PLT,
  TEXT,
  RODATA,
  CODE_END,
  INIT_ARRAY = CODE_END,
  DYNAMIC,
  GOT,
  DATA,
  BSS,
  SECTIONS,
};

static const struct
{
  const char *name;
  guint32 type;
  guint64 flags;
  guint64 alignment;
  guint link; /* place in this table, from 1 as sections are counted */
} plan[SECTIONS] = {
  [INTERP] = { ".interp", SHT_PROGBITS, SHF_ALLOC, 64, 0 },
  [NOTE] = { ".note.gnu.build-id", SHT_NOTE, SHF_ALLOC, 4, 0 },
  [DYNSYM] = { ".dynsym", SHT_DYNSYM, SHF_ALLOC, 8, DYNSTR + 1 },
  [DYNSTR] = { ".dynstr", SHT_STRTAB, SHF_ALLOC, 1, 0 },
  [VERSYM] = { ".gnu.version", SHT_GNU_versym, SHF_ALLOC, 2, DYNSYM + 1 },
  [VERNEED] = { ".gnu.version_r", SHT_GNU_verneed, SHF_ALLOC, 8, DYNSTR + 1 },
  [REL_DYN] = { ".rel.dyn", SHT_REL, SHF_ALLOC, 8, DYNSYM + 1 },
  [REL_PLT] = { ".rel.plt", SHT_REL, SHF_ALLOC, 8, DYNSYM + 1 },
  [RELR] = { ".relr.dyn", SHT_RELR, SHF_ALLOC, 8, 0 },
  [INIT] = { ".init", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 4, 0 },
  [PLT] = { ".plt", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16, 0 },
  [TEXT] = { ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 64, 0 },
  [RODATA] = { ".rodata", SHT_PROGBITS, SHF_ALLOC, 16, 0 },
  [INIT_ARRAY] = { ".init_array", SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE, 64, 0 },
  [DYNAMIC] = { ".dynamic", SHT_DYNAMIC, SHF_ALLOC | SHF_WRITE, 8, DYNSTR + 1 },
  [GOT] = { ".got", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 8, 0 },
  [DATA] = { ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 32, 0 },
  [BSS] = { ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 16, 0 },
};

static const char strings[] = "\0libc.so.6\0/opt/lib\0puts\0main\0GLIBC_2.0\0libm.so.6";
enum
{
  LIBC = 1,
  RUNPATH = 11,
  PUTS = 20,
  MAIN = 25,
  VERSION = 30,
};

typedef struct
{
  const ElfSampleMachine *machine;
  GByteArray *content[SECTIONS];
  guint64 address[SECTIONS];
} Build;

static void
put (GByteArray *out, gboolean big_endian, guint64 value, guint width)
{
  for (guint i = 0; i < width; i++)
    {
      guint8 byte = (guint8)(value >> (8 * (big_endian ? width - 1 - i : i)));
      g_byte_array_append (out, &byte, 1);
    }
}

static void
put_word (const Build *build, guint section, guint64 value)
{
  put (build->content[section], build->machine->big_endian, value, build->machine->bits / 8);
}

static void
put_number (const Build *build, guint section, guint64 value, guint width)
{
  put (build->content[section], build->machine->big_endian, value, width);
}

static void
put_noise (GByteArray *out, guint32 seed, guint length)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  for (guint i = 0; i < length; i++)
    {
      guint8 byte = (guint8)g_rand_int_range (random, 1, 256);
      g_byte_array_append (out, &byte, 1);
    }
}

/* --- contents --- */

static void
fill_symbols (const Build *build)
{
  const struct
  {
    guint32 name;
    guint64 value;
    guint8 info;
    guint16 section;
  } symbols[] = { { 0, 0, 0, 0 },
                  { PUTS, 0, ELF32_ST_INFO (STB_GLOBAL, STT_FUNC), 0 },
                  { MAIN, build->address[TEXT], ELF32_ST_INFO (STB_GLOBAL, STT_FUNC), TEXT + 1 } };
  for (gsize i = 0; i < G_N_ELEMENTS (symbols); i++)
    {
      put_number (build, DYNSYM, symbols[i].name, 4);
      if (build->machine->bits == 32)
        {
          put_number (build, DYNSYM, symbols[i].value, 4);
          put_number (build, DYNSYM, 0, 4);
        }
      put_number (build, DYNSYM, symbols[i].info, 1);
      put_number (build, DYNSYM, 0, 1);
      put_number (build, DYNSYM, symbols[i].section, 2);
      if (build->machine->bits == 64)
        {
          put_number (build, DYNSYM, symbols[i].value, 8);
          put_number (build, DYNSYM, 0, 8);
        }
      put_number (build, VERSYM, i == 1 ? 2 : 1, 2);
    }
}

static void
fill_versions (const Build *build)
{
  const struct
  {
    guint64 value;
    guint width;
  } words[] = {
    { 1, 2 },          { 1, 2 }, { LIBC, 4 }, { 16, 4 },      { 0, 4 }, /* Verneed */
    { 0x0d696910, 4 }, { 0, 2 }, { 2, 2 },    { VERSION, 4 }, { 0, 4 }, /* Vernaux */
  };
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    put_number (build, VERNEED, words[i].value, words[i].width);
}

static void
fill_relocation (const Build *build, guint section, guint64 place, guint64 info, guint64 addend)
{
  put_word (build, section, place);
  put_word (build, section, info);
  if (build->machine->addends)
    put_word (build, section, addend);
}

static void
fill_relocations (const Build *build)
{
  guint64 word = build->machine->bits / 8;
  for (guint i = 0; i < 3; i++)
    fill_relocation (build, REL_DYN, build->address[DATA] + i * word, 3, build->address[TEXT] + 16 * (guint64)i);
  fill_relocation (build, REL_PLT, build->address[GOT] + 3 * word, 0x107, 0);
  put_word (build, RELR, build->address[DATA] + 64);
  put_word (build, RELR, 0x55);
}

/* Code with padding between its two functions, as compilers align them; the padding is a cave. */
static void
fill_code (const Build *build)
{
  static const guint8 padding[160];
  put_noise (build->content[INIT], 1, 16);
  put_noise (build->content[PLT], 2, 36);
  put_noise (build->content[TEXT], 3, 480);
  g_byte_array_append (build->content[TEXT], padding, 32);
  put_noise (build->content[TEXT], 4, TEXT_BYTES - 512);
  g_byte_array_append (build->content[RODATA], (const guint8 *)"constant text of the program", 28);
}

static void
fill_dynamic (const Build *build)
{
  const gboolean addends = build->machine->addends;
  const guint64 relocation = build->machine->bits / 8 * (addends ? 3 : 2);
  const guint64 entries[][2] = {
    { DT_NEEDED, LIBC },
    { DT_RUNPATH, RUNPATH },
    { DT_INIT, build->address[INIT] },
    { DT_INIT_ARRAY, build->address[INIT_ARRAY] },
    { DT_INIT_ARRAYSZ, 2 * build->machine->bits / 8 },
    { DT_STRTAB, build->address[DYNSTR] },
    { DT_SYMTAB, build->address[DYNSYM] },
    { DT_STRSZ, sizeof strings },
    { DT_SYMENT, build->machine->bits == 32 ? sizeof (Elf32_Sym) : sizeof (Elf64_Sym) },
    { addends ? DT_RELA : DT_REL, build->address[REL_DYN] },
    { addends ? DT_RELASZ : DT_RELSZ, 3 * relocation },
    { addends ? DT_RELAENT : DT_RELENT, relocation },
    { DT_JMPREL, build->address[REL_PLT] },
    { DT_PLTRELSZ, relocation },
    { DT_PLTREL, addends ? DT_RELA : DT_REL },
    { DT_PLTGOT, build->address[GOT] },
    { DT_RELR, build->address[RELR] },
    { DT_RELRSZ, 2 * build->machine->bits / 8 },
    { DT_RELRENT, build->machine->bits / 8 },
    { DT_VERSYM, build->address[VERSYM] },
    { DT_VERNEED, build->address[VERNEED] },
    { DT_VERNEEDNUM, 1 },
    { DT_NULL, 0 },
    { DT_NULL, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      put_word (build, DYNAMIC, entries[i][0]);
      put_word (build, DYNAMIC, entries[i][1]);
    }
}

static void
fill (Build *build)
{
  static const guint8 build_id_name[4] = "GNU";
  for (guint i = 0; i < SECTIONS; i++)
    g_byte_array_set_size (build->content[i], 0);
  g_byte_array_append (build->content[INTERP], (const guint8 *)"/lib/ld-sample.so.1", 20);
  put_number (build, NOTE, 4, 4);
  put_number (build, NOTE, 20, 4);
  put_number (build, NOTE, NT_GNU_BUILD_ID, 4);
  g_byte_array_append (build->content[NOTE], build_id_name, 4);
  put_noise (build->content[NOTE], 5, 20);
  g_byte_array_append (build->content[DYNSTR], (const guint8 *)strings, sizeof strings);
  fill_symbols (build);
  fill_versions (build);
  fill_relocations (build);
  fill_code (build);
  put_word (build, INIT_ARRAY, build->address[TEXT] + 64);
  put_word (build, INIT_ARRAY, build->address[TEXT] + 128);
  fill_dynamic (build);
  for (guint i = 0; i < 6; i++)
    put_word (build, GOT, i == 0 ? build->address[DYNAMIC] : build->address[PLT] + 16 * (guint64)i);
  put_noise (build->content[DATA], 6, 200);
  g_byte_array_set_size (build->content[BSS], 128);
}

/* Addresses follow from sizes, and sizes do not depend on addresses. */
static void
place (Build *build)
{
  guint64 cursor = CODE_ADDRESS;
  for (guint i = 0; i < SECTIONS; i++)
    {
      if (i == CODE_END)
        cursor = DATA_ADDRESS;
      cursor = (cursor + plan[i].alignment - 1) & ~(plan[i].alignment - 1);
      build->address[i] = cursor;
      cursor += build->content[i]->len;
    }
}

/* --- the file --- */

GByteArray *
elf_sample_compress_debug (guint bits, gboolean big_endian, int level)
{
  guint8 plain[2000];
  guint8 packed[4000];
  uLongf length = sizeof packed;
  GByteArray *out = g_byte_array_new ();
  for (guint i = 0; i < sizeof plain; i++)
    plain[i] = (guint8)("debug data of the sample, which packs well "[i % 43] + i / 500);
  g_assert (compress2 (packed, &length, plain, sizeof plain, level) == Z_OK);
  put (out, big_endian, ELFCOMPRESS_ZLIB, 4);
  if (bits == 64)
    put (out, big_endian, 0, 4);
  put (out, big_endian, sizeof plain, bits / 8);
  put (out, big_endian, 1, bits / 8);
  g_byte_array_append (out, packed, (guint)length);
  return out;
}

static guint64
entry_size (const Build *build, guint section)
{
  gboolean wide = build->machine->bits == 64;
  switch (section)
    {
    case DYNSYM:
      return wide ? sizeof (Elf64_Sym) : sizeof (Elf32_Sym);
    case VERSYM:
      return 2;
    case REL_DYN:
    case REL_PLT:
      return build->machine->bits / 8 * (build->machine->addends ? 3 : 2);
    case DYNAMIC:
      return build->machine->bits / 4;
    default:
      return plan[section].type == SHT_RELR || plan[section].type == SHT_INIT_ARRAY ? build->machine->bits / 8 : 0;
    }
}

static void
add_loaded (ElfMaker *maker, const Build *build, ElfSampleShape shape)
{
  for (guint i = 0; i < SECTIONS; i++)
    {
      ElfMakerSection section = { .name = plan[i].name,
                                  .type = plan[i].type,
                                  .flags = plan[i].flags,
                                  .address = build->address[i],
                                  .alignment = plan[i].alignment,
                                  .data = build->content[i]->data,
                                  .size = build->content[i]->len,
                                  .link = plan[i].link,
                                  .info = plan[i].type == SHT_GNU_verneed || plan[i].type == SHT_DYNSYM,
                                  .entry_size = entry_size (build, i) };
      if (section.type == SHT_REL && build->machine->addends)
        {
          section.type = SHT_RELA;
          section.name = i == REL_DYN ? ".rela.dyn" : ".rela.plt";
        }
      if (shape == ELF_SAMPLE_MISNAMED && i == TEXT)
        section.name = ".comment";
      if (shape == ELF_SAMPLE_MISNAMED && i == RODATA)
        section.name = ".debug_info";
      elf_maker_add_section (maker, &section);
    }
}

static void
add_unloaded (ElfMaker *maker, const Build *build, ElfSampleShape shape)
{
  g_autoptr (GByteArray) debug
      = elf_sample_compress_debug (build->machine->bits, build->machine->big_endian, Z_BEST_COMPRESSION);
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = shape == ELF_SAMPLE_MISNAMED ? ".text" : ".comment",
                                                    .type = SHT_PROGBITS,
                                                    .data = "made by a linker",
                                                    .size = 17 });
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".debug_info",
                                                    .type = SHT_PROGBITS,
                                                    .flags = SHF_COMPRESSED,
                                                    .alignment = 8,
                                                    .data = debug->data,
                                                    .size = debug->len });
  for (guint i = 0; shape == ELF_SAMPLE_EXTENDED && i < SHN_LORESERVE; i++)
    {
      g_autofree char *name = g_strdup_printf ("s%u", i);
      elf_maker_add_section (
          maker, &(ElfMakerSection){ .name = name, .type = SHT_PROGBITS, .data = name, .size = strlen (name) });
    }
}

static void
add_segments (ElfMaker *maker)
{
  elf_maker_add_segment (maker, PT_INTERP, PF_R, CODE_ADDRESS, CODE_ADDRESS, INTERP + 1, INTERP + 1);
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_X, CODE_ADDRESS, CODE_ADDRESS, INTERP + 1, RODATA + 1);
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_W, DATA_ADDRESS, DATA_ADDRESS, INIT_ARRAY + 1, BSS + 1);
}

static void
add_placed_segments (ElfMaker *maker, const Build *build)
{
  elf_maker_add_segment (maker, PT_DYNAMIC, PF_R | PF_W, build->address[DYNAMIC], build->address[DYNAMIC], DYNAMIC + 1,
                         DYNAMIC + 1);
  elf_maker_add_segment (maker, PT_NOTE, PF_R, build->address[NOTE], build->address[NOTE], NOTE + 1, NOTE + 1);
  elf_maker_add_segment (maker, PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0);
}

/* Without a section header table, as sstrip leaves a file: cut behind the last loaded byte. */
static void
strip_sections (GByteArray *file)
{
  guint64 end = elf_maker_peek (file, ELF_FIELD_SEGMENT_OFFSET, 2) + elf_maker_peek (file, ELF_FIELD_SEGMENT_FILESZ, 2);
  elf_maker_poke (file, ELF_FIELD_SHOFF, 0, 0);
  elf_maker_poke (file, ELF_FIELD_SHNUM, 0, 0);
  elf_maker_poke (file, ELF_FIELD_SHSTRNDX, 0, 0);
  g_byte_array_set_size (file, (guint)end);
}

/* The table of the sections lies in the code itself, where whoever strips it cuts the code. */
static void
move_table (GByteArray *file)
{
  guint64 text = elf_maker_peek (file, ELF_FIELD_SECTION_OFFSET, TEXT + 1);
  guint64 table = elf_maker_peek (file, ELF_FIELD_SHOFF, 0);
  guint64 size = 6 * elf_maker_peek (file, ELF_FIELD_SHENTSIZE, 0);
  memmove (file->data + text + 512, file->data + table, size);
  elf_maker_poke (file, ELF_FIELD_SHOFF, 0, text + 512);
  elf_maker_poke (file, ELF_FIELD_SHNUM, 0, 6);
  elf_maker_poke (file, ELF_FIELD_SHSTRNDX, 0, 0);
  g_byte_array_set_size (file, (guint)table);
}

static void
overlap (GByteArray *file)
{
  guint64 text = elf_maker_peek (file, ELF_FIELD_SECTION_OFFSET, TEXT + 1);
  elf_maker_poke (file, ELF_FIELD_SECTION_OFFSET, PLT + 1, text + 100);
  elf_maker_poke (file, ELF_FIELD_SECTION_SIZE, PLT + 1, 600);
}

GByteArray *
elf_sample_new (const ElfSampleMachine *machine, ElfSampleShape shape)
{
  Build build = { .machine = machine };
  for (guint i = 0; i < SECTIONS; i++)
    build.content[i] = g_byte_array_new ();
  fill (&build);
  place (&build);
  fill (&build);
  g_autoptr (ElfMaker) maker = elf_maker_new (machine->bits, machine->big_endian, machine->machine, ET_DYN);
  add_loaded (maker, &build, shape);
  add_unloaded (maker, &build, shape);
  add_segments (maker);
  add_placed_segments (maker, &build);
  elf_maker_add_symbol (maker, "first", build.address[TEXT], 480, ELF32_ST_INFO (STB_GLOBAL, STT_FUNC), TEXT + 1);
  elf_maker_add_symbol (maker, "second", build.address[TEXT] + 512, TEXT_BYTES - 512,
                        ELF32_ST_INFO (STB_GLOBAL, STT_FUNC), TEXT + 1);
  GByteArray *file = elf_maker_build (maker);
  if (shape == ELF_SAMPLE_SSTRIPPED)
    strip_sections (file);
  else if (shape == ELF_SAMPLE_TABLE_IN_CODE)
    move_table (file);
  else if (shape == ELF_SAMPLE_OVERLAP)
    overlap (file);
  for (guint i = 0; i < SECTIONS; i++)
    g_byte_array_unref (build.content[i]);
  return file;
}
