#include "inventory/debug/relocation.h"

#include "inventory/debug/sections.h"
#include "util/checked.h"

#include <elf.h>

/* Low addresses stay free: 0 says "nowhere" in debug information. */
#define FIRST_ADDRESS 0x10000u
#define ALIGNMENT_MIN 16u
#define ALIGNMENT_MAX (1u << 24)
/* Tables of relocations that are applied to one section; there is one, or one with and one without addends. */
#define TABLES_MAX 4u

typedef enum
{
  APPLY_WORD = 0,
  APPLY_ADD,
  APPLY_SUBTRACT,
  APPLY_SET_6, /* the low six bits of a byte */
  APPLY_SUBTRACT_6,
} Application;

typedef struct
{
  guint16 machine;
  guint16 type;
  guint8 size;
  Application application;
} Rule;

/* Numbers and not names: not every <elf.h> has all of them. */
static const Rule rules[] = {
  { EM_X86_64, 1, 8, APPLY_WORD },
  { EM_X86_64, 10, 4, APPLY_WORD },
  { EM_X86_64, 11, 4, APPLY_WORD },
  { EM_386, 1, 4, APPLY_WORD },
  { EM_ARM, 2, 4, APPLY_WORD },
  { EM_AARCH64, 257, 8, APPLY_WORD },
  { EM_AARCH64, 258, 4, APPLY_WORD },
  { EM_MIPS, 2, 4, APPLY_WORD },
  { EM_MIPS, 18, 8, APPLY_WORD },
  { EM_PPC, 1, 4, APPLY_WORD },
  { EM_PPC, 24, 4, APPLY_WORD },
  { EM_PPC64, 1, 4, APPLY_WORD },
  { EM_PPC64, 24, 4, APPLY_WORD },
  { EM_PPC64, 38, 8, APPLY_WORD },
  { EM_PPC64, 43, 8, APPLY_WORD },
  { EM_S390, 4, 4, APPLY_WORD },
  { EM_S390, 22, 8, APPLY_WORD },
  { EM_SPARC, 3, 4, APPLY_WORD },
  { EM_SPARC, 23, 4, APPLY_WORD },
  { EM_SPARC32PLUS, 3, 4, APPLY_WORD },
  { EM_SPARC32PLUS, 23, 4, APPLY_WORD },
  { EM_SPARCV9, 3, 4, APPLY_WORD },
  { EM_SPARCV9, 23, 4, APPLY_WORD },
  { EM_SPARCV9, 32, 8, APPLY_WORD },
  { EM_SPARCV9, 54, 8, APPLY_WORD },
  { EM_68K, 1, 4, APPLY_WORD },
  { EM_XTENSA, 1, 4, APPLY_WORD },
  { EM_RISCV, 1, 4, APPLY_WORD },
  { EM_RISCV, 2, 8, APPLY_WORD },
  { EM_RISCV, 33, 1, APPLY_ADD },
  { EM_RISCV, 34, 2, APPLY_ADD },
  { EM_RISCV, 35, 4, APPLY_ADD },
  { EM_RISCV, 36, 8, APPLY_ADD },
  { EM_RISCV, 37, 1, APPLY_SUBTRACT },
  { EM_RISCV, 38, 2, APPLY_SUBTRACT },
  { EM_RISCV, 39, 4, APPLY_SUBTRACT },
  { EM_RISCV, 40, 8, APPLY_SUBTRACT },
  { EM_RISCV, 52, 1, APPLY_SUBTRACT_6 },
  { EM_RISCV, 53, 1, APPLY_SET_6 },
  { EM_RISCV, 54, 1, APPLY_WORD },
  { EM_RISCV, 55, 2, APPLY_WORD },
  { EM_RISCV, 56, 4, APPLY_WORD },
  { EM_LOONGARCH, 1, 4, APPLY_WORD },
  { EM_LOONGARCH, 2, 8, APPLY_WORD },
  { EM_LOONGARCH, 47, 1, APPLY_ADD },
  { EM_LOONGARCH, 48, 2, APPLY_ADD },
  { EM_LOONGARCH, 50, 4, APPLY_ADD },
  { EM_LOONGARCH, 51, 8, APPLY_ADD },
  { EM_LOONGARCH, 52, 1, APPLY_SUBTRACT },
  { EM_LOONGARCH, 53, 2, APPLY_SUBTRACT },
  { EM_LOONGARCH, 55, 4, APPLY_SUBTRACT },
  { EM_LOONGARCH, 56, 8, APPLY_SUBTRACT },
};

/* One table of relocations and what it is applied with. */
typedef struct
{
  const AssayElf *elf;
  const GArray *bases;
  AssayDebugBytes records;
  gboolean has_addends;
  AssayDebugBytes symbols;
  AssayDebugBytes wide_sections; /* of SHT_SYMTAB_SHNDX */
  guint8 *content;
  gsize content_size;
} Job;

typedef struct
{
  guint64 offset;
  guint64 symbol;
  guint64 type;
  guint64 addend;
} Relocation;

GArray *
assay_debug_relocation_bases (const AssayElf *elf)
{
  const guint64 none = G_MAXUINT64;
  guint64 next = FIRST_ADDRESS;
  GArray *bases = g_array_sized_new (FALSE, FALSE, sizeof (guint64), elf->sections->len + 1);
  g_array_append_val (bases, none);
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      guint64 alignment = CLAMP (section->alignment, ALIGNMENT_MIN, ALIGNMENT_MAX);
      guint64 base = none;
      guint64 end = 0;
      /* Not a power of two: the file is damaged, and any place will do. */
      if ((alignment & (alignment - 1)) != 0)
        alignment = ALIGNMENT_MIN;
      if ((section->flags & SHF_ALLOC) != 0 && assay_u64_align (next, alignment, &base)
          && assay_u64_add (base, section->size, &end) && (elf->bits == 64 || end <= G_MAXUINT32))
        next = end;
      else
        base = none;
      g_array_append_val (bases, base);
    }
  return bases;
}

/* A table of symbols, which all sections share. */
static AssayDebugBytes
shared_bytes (const AssayDebugRelocation *relocation, const AssaySection *section)
{
  gpointer number = GUINT_TO_POINTER (section->index);
  guint8 *bytes = g_hash_table_lookup (relocation->tables, number);
  if (bytes == NULL)
    {
      bytes = assay_debug_section_stored (relocation->elf, section, relocation->blob);
      if (bytes == NULL)
        return (AssayDebugBytes){ 0 };
      g_hash_table_insert (relocation->tables, number, bytes);
    }
  return (AssayDebugBytes){ .data = bytes, .size = (gsize)section->size };
}

static const AssaySection *
section_at (const AssayElf *elf, guint32 number)
{
  return number > 0 && number <= elf->sections->len ? &g_array_index (elf->sections, AssaySection, number - 1) : NULL;
}

/* MIPS with 64 bits has three types in a record of its own order; in debug sections only the first is used. */
static void
split_info (const Job *job, AssayDebugCursor *cursor, Relocation *out)
{
  if (job->elf->machine == EM_MIPS && job->elf->bits == 64)
    {
      out->symbol = assay_debug_cursor_fixed (cursor, 4);
      assay_debug_cursor_skip (cursor, 3);
      out->type = assay_debug_cursor_fixed (cursor, 1);
      return;
    }
  guint64 info = assay_debug_cursor_fixed (cursor, job->elf->bits / 8);
  out->symbol = job->elf->bits == 64 ? info >> 32 : info >> 8;
  out->type = job->elf->bits == 64 ? info & G_MAXUINT32 : info & 0xff;
  /* The rest of the type is data of it. */
  if (job->elf->machine == EM_SPARCV9)
    out->type &= 0xff;
}

/* S of the psABIs: where the symbol lies. FALSE where it is not known. */
static gboolean
value_of_symbol (const Job *job, guint64 number, guint64 *out)
{
  gboolean wide = job->elf->bits == 64;
  guint64 record = wide ? 24 : 16;
  AssayDebugCursor cursor = assay_debug_cursor_at (job->symbols, number * record, job->elf->big_endian);
  assay_debug_cursor_skip (&cursor, wide ? 6 : 4);
  guint64 value = wide ? 0 : assay_debug_cursor_fixed (&cursor, 4);
  assay_debug_cursor_skip (&cursor, wide ? 0 : 6);
  guint64 section = assay_debug_cursor_fixed (&cursor, 2);
  if (wide)
    value = assay_debug_cursor_fixed (&cursor, 8);
  if (section == SHN_XINDEX)
    {
      AssayDebugCursor numbers = assay_debug_cursor_at (job->wide_sections, number * 4, job->elf->big_endian);
      section = assay_debug_cursor_fixed (&numbers, 4);
    }
  else if (section == SHN_ABS)
    {
      *out = value;
      return !cursor.failed;
    }
  if (cursor.failed || section == SHN_UNDEF || section >= job->bases->len)
    return FALSE;
  /* Debug sections take no memory: offsets in them count from 0. */
  guint64 base = g_array_index (job->bases, guint64, section);
  *out = value + (base != G_MAXUINT64 ? base : 0);
  return TRUE;
}

static const Rule *
find_rule (guint16 machine, guint64 type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rules[i].machine == machine && rules[i].type == type)
      return &rules[i];
  return NULL;
}

static void
store (const Job *job, guint64 offset, guint size, guint64 value)
{
  for (guint i = 0; i < size; i++)
    {
      guint shift = 8 * (job->elf->big_endian ? size - 1 - i : i);
      job->content[offset + i] = (guint8)(value >> shift);
    }
}

static void
apply_one (const Job *job, const Relocation *relocation)
{
  guint64 value = 0;
  const Rule *rule = find_rule (job->elf->machine, relocation->type);
  if (rule == NULL || !assay_range_fits (relocation->offset, rule->size, job->content_size)
      || !value_of_symbol (job, relocation->symbol, &value))
    return;
  const AssayDebugBytes content = { .data = job->content, .size = job->content_size };
  AssayDebugCursor cursor = assay_debug_cursor_at (content, relocation->offset, job->elf->big_endian);
  guint64 before = assay_debug_cursor_fixed (&cursor, rule->size);
  value += job->has_addends ? relocation->addend : before;
  if (rule->application == APPLY_ADD)
    value = before + value;
  else if (rule->application == APPLY_SUBTRACT)
    value = before - value;
  else if (rule->application == APPLY_SET_6)
    value = (before & 0xc0) | (value & 0x3f);
  else if (rule->application == APPLY_SUBTRACT_6)
    value = (before & 0xc0) | ((before - value) & 0x3f);
  store (job, relocation->offset, rule->size, value);
}

static void
apply_all (const Job *job)
{
  guint word = job->elf->bits / 8;
  AssayDebugCursor cursor = assay_debug_cursor_at (job->records, 0, job->elf->big_endian);
  while (cursor.at < cursor.end)
    {
      Relocation relocation = { .offset = assay_debug_cursor_fixed (&cursor, word) };
      split_info (job, &cursor, &relocation);
      if (job->has_addends)
        relocation.addend = assay_debug_cursor_fixed (&cursor, word);
      if (cursor.failed)
        return;
      apply_one (job, &relocation);
    }
}

/* Finds the tables of symbols that belong to @records. */
static gboolean
find_symbols (Job *job, const AssayDebugRelocation *relocation, const AssaySection *records)
{
  const AssayElf *elf = relocation->elf;
  const AssaySection *symbols = section_at (elf, records->link);
  if (symbols == NULL || symbols->type != SHT_SYMTAB)
    return FALSE;
  job->symbols = shared_bytes (relocation, symbols);
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (section->type == SHT_SYMTAB_SHNDX && section->link == symbols->index)
        job->wide_sections = shared_bytes (relocation, section);
    }
  return TRUE;
}

void
assay_debug_relocation_apply (const AssayDebugRelocation *relocation, const AssaySection *section,
                              AssayDebugBytes content)
{
  const AssayElf *elf = relocation->elf;
  guint tables = 0;
  for (guint i = 0; i < elf->sections->len && content.size > 0 && tables < TABLES_MAX; i++)
    {
      const AssaySection *records = &g_array_index (elf->sections, AssaySection, i);
      Job job = { .elf = elf, .bases = relocation->bases, .has_addends = records->type == SHT_RELA };
      if ((records->type != SHT_REL && records->type != SHT_RELA) || records->info != section->index
          || !find_symbols (&job, relocation, records))
        continue;
      tables++;
      g_autofree guint8 *bytes = assay_debug_section_stored (elf, records, relocation->blob);
      job.records = (AssayDebugBytes){ .data = bytes, .size = bytes != NULL ? (gsize)records->size : 0 };
      /* Nobody else has these bytes: debug/sections.h. */
      job.content = (guint8 *)content.data;
      job.content_size = content.size;
      apply_all (&job);
    }
}
