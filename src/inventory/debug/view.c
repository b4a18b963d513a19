#include "inventory/debug/view.h"

#include "inventory/debug/sections.h"

#include <string.h>
#include <unistd.h>

/* ".debug_str_offsets.dwo" is the longest; one more holds the names, and the empty one goes first. */
#define NAME_BYTES_MAX 32u

/* The names that all views share: for each section its plain and its split name, one behind the other. */
typedef struct
{
  char text[(2 * ASSAY_DEBUG_COUNT + 1) * NAME_BYTES_MAX];
  gsize length;
  guint32 plain[ASSAY_DEBUG_COUNT];
  guint32 split[ASSAY_DEBUG_COUNT];
  guint32 self;
} Names;

static guint32
add_name (Names *names, const char *stem, const char *suffix)
{
  guint32 at = (guint32)names->length;
  g_snprintf (names->text + at, NAME_BYTES_MAX, "%s%s", stem, suffix);
  names->length += strlen (names->text + at) + 1;
  return at;
}

static const Names *
shared_names (void)
{
  static Names names;
  static gsize once = 0;
  if (g_once_init_enter (&once))
    {
      names.length = 1;
      for (guint i = 0; i < ASSAY_DEBUG_COUNT; i++)
        {
          names.plain[i] = add_name (&names, assay_debug_section_name (i), "");
          names.split[i] = add_name (&names, assay_debug_section_name (i), ".dwo");
        }
      names.self = add_name (&names, ".shstrtab", "");
      g_once_init_leave (&once, 1);
    }
  return &names;
}

static Elf_Scn *
add_section (Elf *view, guint32 type, guint32 name, const void *data, gsize size)
{
  GElf_Shdr header;
  Elf_Scn *section = elf_newscn (view);
  Elf_Data *content = section != NULL ? elf_newdata (section) : NULL;
  if (content == NULL || gelf_getshdr (section, &header) == NULL)
    return NULL;
  /* libelf only reads it: the view is never written. */
  content->d_buf = (void *)data;
  content->d_size = size;
  content->d_type = ELF_T_BYTE;
  content->d_align = 1;
  content->d_version = EV_CURRENT;
  header.sh_type = type;
  header.sh_name = name;
  header.sh_size = size;
  header.sh_addralign = 1;
  return gelf_update_shdr (section, &header) != 0 ? section : NULL;
}

static gboolean
fill (Elf *view, const AssayDebugBytes *sections, const AssayDebugViewForm *form)
{
  GElf_Ehdr header;
  const Names *names = shared_names ();
  for (guint i = 0; i < ASSAY_DEBUG_COUNT; i++)
    {
      guint32 name = form->is_split ? names->split[i] : names->plain[i];
      if (sections[i].size > 0 && add_section (view, SHT_PROGBITS, name, sections[i].data, sections[i].size) == NULL)
        return FALSE;
    }
  const Elf_Scn *strings = add_section (view, SHT_STRTAB, names->self, names->text, names->length);
  if (strings == NULL || gelf_getehdr (view, &header) == NULL)
    return FALSE;
  header.e_ident[EI_DATA] = form->big_endian ? ELFDATA2MSB : ELFDATA2LSB;
  header.e_type = ET_REL;
  header.e_version = EV_CURRENT;
  header.e_shstrndx = (GElf_Half)elf_ndxscn ((Elf_Scn *)strings);
  return gelf_update_ehdr (view, &header) != 0;
}

Elf *
assay_debug_view_new (const AssayDebugBytes *sections, const AssayDebugViewForm *form)
{
  elf_version (EV_CURRENT);
  /* libelf wants a descriptor, and never uses it; processes behind walls have no file but this one. */
  Elf *view = elf_begin (STDIN_FILENO, ELF_C_WRITE, NULL);
  if (view == NULL)
    return NULL;
  if (gelf_newehdr (view, form->bits == 32 ? ELFCLASS32 : ELFCLASS64) == NULL || !fill (view, sections, form))
    {
      elf_end (view);
      return NULL;
    }
  elf_cntl (view, ELF_C_FDDONE);
  return view;
}

static void out_of_memory (void) G_GNUC_NORETURN;

static void
out_of_memory (void)
{
  /* libdw's own handler ends the program with exit code 1, which is a verdict here. */
  g_error ("out of memory while debug information was read");
}

Dwarf *
assay_debug_view_open (Elf *view)
{
  Dwarf *dwarf = dwarf_begin_elf (view, DWARF_C_READ, NULL);
  if (dwarf != NULL)
    dwarf_new_oom_handler (dwarf, out_of_memory);
  return dwarf;
}
