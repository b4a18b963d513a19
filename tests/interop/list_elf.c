/*
 * Lists what our reader says of ELF files, in lines that readelf.awk makes of eu-readelf's output as well:
 *
 *   list_elf FILE    sections, segments, symbols and notes, each on a line; exit 1 when the file cannot be read
 */
#include "inventory/elf.h"
#include "inventory/note.h"
#include "util/directory.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

typedef struct
{
  guint32 machine; /* 0: of any */
  guint32 type;
  const char *name;
} Name;

static const Name section_names[] = {
  { 0, SHT_NULL, "NULL" },
  { 0, SHT_PROGBITS, "PROGBITS" },
  { 0, SHT_SYMTAB, "SYMTAB" },
  { 0, SHT_STRTAB, "STRTAB" },
  { 0, SHT_RELA, "RELA" },
  { 0, SHT_HASH, "HASH" },
  { 0, SHT_DYNAMIC, "DYNAMIC" },
  { 0, SHT_NOTE, "NOTE" },
  { 0, SHT_NOBITS, "NOBITS" },
  { 0, SHT_REL, "REL" },
  { 0, SHT_DYNSYM, "DYNSYM" },
  { 0, SHT_INIT_ARRAY, "INIT_ARRAY" },
  { 0, SHT_FINI_ARRAY, "FINI_ARRAY" },
  { 0, SHT_PREINIT_ARRAY, "PREINIT_ARRAY" },
  { 0, SHT_GROUP, "GROUP" },
  { 0, SHT_SYMTAB_SHNDX, "SYMTAB_SHNDX" },
  { 0, SHT_GNU_verdef, "GNU_verdef" },
  { 0, SHT_GNU_verneed, "GNU_verneed" },
  { 0, SHT_GNU_versym, "GNU_versym" },
  { 0, SHT_GNU_HASH, "GNU_HASH" },
  { 0, SHT_GNU_ATTRIBUTES, "GNU_ATTRIBUTES" },
  { 0, SHT_GNU_LIBLIST, "GNU_LIBLIST" },
  { EM_ARM, 0x70000001, "ARM_EXIDX" },
  { EM_ARM, 0x70000002, "ARM_PREEMPTMAP" },
  { EM_ARM, 0x70000003, "ARM_ATTRIBUTES" },
  { EM_RISCV, 0x70000003, "RISCV_ATTRIBUTES" },
};

static const Name segment_names[] = {
  { 0, PT_NULL, "NULL" },
  { 0, PT_LOAD, "LOAD" },
  { 0, PT_DYNAMIC, "DYNAMIC" },
  { 0, PT_INTERP, "INTERP" },
  { 0, PT_NOTE, "NOTE" },
  { 0, PT_PHDR, "PHDR" },
  { 0, PT_TLS, "TLS" },
  { 0, PT_GNU_EH_FRAME, "GNU_EH_FRAME" },
  { 0, PT_GNU_STACK, "GNU_STACK" },
  { 0, PT_GNU_RELRO, "GNU_RELRO" },
  { 0, PT_GNU_PROPERTY, "GNU_PROPERTY" },
  { EM_ARM, 0x70000001, "ARM_EXIDX" },
  { EM_RISCV, 0x70000003, "RISCV_ATTRIBUTES" },
};

static const Name note_names[] = {
  { 0, 1, "GNU_ABI_TAG" },      { 0, 2, "GNU_HWCAP" },           { 0, 3, "GNU_BUILD_ID" },
  { 0, 4, "GNU_GOLD_VERSION" }, { 0, 5, "GNU_PROPERTY_TYPE_0" },
};

/* In eu-readelf's order. */
static const struct
{
  guint64 flag;
  char letter;
} flag_letters[] = {
  { SHF_WRITE, 'W' },   { SHF_ALLOC, 'A' },      { SHF_EXECINSTR, 'X' },  { SHF_MERGE, 'M' },
  { SHF_STRINGS, 'S' }, { SHF_INFO_LINK, 'I' },  { SHF_LINK_ORDER, 'L' }, { SHF_OS_NONCONFORMING, 'N' },
  { SHF_GROUP, 'G' },   { SHF_TLS, 'T' },        { SHF_COMPRESSED, 'C' }, { SHF_ORDERED, 'O' },
  { SHF_EXCLUDE, 'E' }, { SHF_GNU_RETAIN, 'R' },
};

static const char *
find_name (const Name *names, gsize count, guint32 machine, guint32 type)
{
  for (gsize i = 0; i < count; i++)
    if (names[i].type == type && (names[i].machine == 0 || names[i].machine == machine))
      return names[i].name;
  return NULL;
}

/* A type that has no name, as a distance from where its range begins. */
static char *
name_section_type (const char *known, guint32 type)
{
  if (known != NULL)
    return g_strdup (known);
  if (type >= SHT_LOPROC)
    return g_strdup_printf ("SHT_LOPROC+%x", type - SHT_LOPROC);
  return type >= SHT_LOOS ? g_strdup_printf ("SHT_LOOS+%x", type - SHT_LOOS) : g_strdup_printf ("<unknown>:%u", type);
}

static char *
name_segment_type (const char *known, guint32 type)
{
  if (known != NULL)
    return g_strdup (known);
  if (type >= PT_LOPROC)
    return g_strdup_printf ("LOPROC+%u", type - PT_LOPROC);
  return type >= PT_LOOS ? g_strdup_printf ("LOOS+%u", type - PT_LOOS) : g_strdup_printf ("<unknown>:%u", type);
}

static void
list_sections (const AssayElf *elf)
{
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      const char *known = find_name (section_names, G_N_ELEMENTS (section_names), elf->machine, section->type);
      g_autofree char *type = name_section_type (known, section->type);
      char flags[G_N_ELEMENTS (flag_letters) + 1] = "";
      gsize count = 0;
      for (gsize j = 0; j < G_N_ELEMENTS (flag_letters); j++)
        if ((section->flags & flag_letters[j].flag) != 0)
          flags[count++] = flag_letters[j].letter;
      printf ("section %u %s %s %" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER
              "x %" G_GUINT64_FORMAT " %s %u %u %" G_GUINT64_FORMAT "\n",
              section->index, *section->name != '\0' ? section->name : "-", type, section->address, section->offset,
              section->size, section->entry_size, count > 0 ? flags : "-", section->link, section->info,
              section->alignment);
    }
}

static void
list_segments (const AssayElf *elf)
{
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      const char *known = find_name (segment_names, G_N_ELEMENTS (segment_names), elf->machine, segment->type);
      g_autofree char *type = name_segment_type (known, segment->type);
      printf ("segment %s %" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER
              "x %" G_GINT64_MODIFIER "x %s%s%s %" G_GINT64_MODIFIER "x\n",
              type, segment->offset, segment->virtual_address, segment->physical_address, segment->file_size,
              segment->memory_size, (segment->flags & PF_R) != 0 ? "R" : "", (segment->flags & PF_W) != 0 ? "W" : "",
              (segment->flags & PF_X) != 0 ? "E" : "", segment->alignment);
    }
}

static void
list_symbols (const AssayElf *elf)
{
  for (guint i = 0; i < elf->symbols->len; i++)
    {
      const AssaySymbol *symbol = &g_array_index (elf->symbols, AssaySymbol, i);
      /* eu-readelf appends versions to names; what is left of "@" is the name. */
      printf ("symbol %" G_GINT64_MODIFIER "x %" G_GUINT64_FORMAT " %s %u %.*s\n", symbol->address, symbol->size,
              symbol->is_function ? "function" : "object", symbol->section, (int)strcspn (symbol->name, "@"),
              symbol->name);
    }
}

static void
list_notes (const GArray *notes)
{
  for (guint i = 0; i < notes->len; i++)
    {
      const AssayNote *note = &g_array_index (notes, AssayNote, i);
      const char *known = NULL;
      if (strcmp (note->owner, "GNU") == 0)
        known = find_name (note_names, G_N_ELEMENTS (note_names), 0, note->type);
      else if (strcmp (note->owner, "FDO") == 0 && note->type == 0xcafe1a7e)
        known = "FDO_PACKAGING_METADATA";
      gboolean is_version = strcmp (note->owner, "stapsdt") == 0;
      g_autofree char *type = known != NULL
                                  ? g_strdup (known)
                                  : g_strdup_printf ("%s %u", is_version ? "Version:" : "<unknown>:", note->type);
      printf ("note %u %s %" G_GUINT64_FORMAT " %s\n", note->section, note->owner, note->size, type);
    }
}

static gboolean
list_file (const char *path, GError **error)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (AssayDirectory) directory = assay_directory_open (parent, error);
  g_autoptr (AssayBlob) blob = directory != NULL ? assay_blob_new_for_file (directory, name, error) : NULL;
  g_autoptr (AssayElf) elf = blob != NULL ? assay_elf_new (blob, &limits, error) : NULL;
  if (elf == NULL || !assay_elf_load_symbols (elf, blob, &limits, error))
    return FALSE;
  g_autoptr (GArray) notes = assay_elf_read_notes (elf, blob, &limits, error);
  if (notes == NULL)
    return FALSE;
  printf ("machine %u\n", elf->machine);
  if (elf->trouble != NULL)
    printf ("trouble %s\n", elf->trouble);
  list_sections (elf);
  list_segments (elf);
  list_symbols (elf);
  list_notes (notes);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (argc == 2 && list_file (argv[1], &error))
    return 0;
  fprintf (stderr, "%s\n", error != NULL ? error->message : "usage: list_elf FILE");
  return 1;
}
