#include "inventory/load_places.h"

#include "inventory/elf.h"

#include <elf.h>

/* Without the mark of a stack that holds no code systems make all executable that can be read (READ_IMPLIES_EXEC of
 * personality(2)), and a loader of bare metal reads no flags at all. */
static gboolean
keeps_data_apart (const AssayElf *elf)
{
  gboolean marked = FALSE;
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      if (segment->type == PT_GNU_STACK && (segment->flags & PF_X) != 0)
        return FALSE;
      marked = marked || segment->type == PT_GNU_STACK;
    }
  return marked;
}

GArray *
assay_load_places_executable (AssayBlob *blob, const AssayLimits *limits)
{
  g_autoptr (GError) ignored = NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (blob, limits, &ignored);
  if (elf == NULL || elf->trouble != NULL || elf->type == ET_REL || elf->segments->len == 0)
    return NULL;
  if (!keeps_data_apart (elf))
    return NULL;
  GArray *places = g_array_new (FALSE, FALSE, sizeof (AssayLoadPlace));
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      AssayLoadPlace place = { segment->offset, segment->file_size };
      if (segment->type == PT_LOAD && (segment->flags & PF_X) != 0 && place.length > 0)
        g_array_append_val (places, place);
    }
  return places;
}

static gboolean
has_executable_stack (const AssayElf *elf)
{
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      if (segment->type == PT_GNU_STACK && (segment->flags & PF_X) != 0)
        return TRUE;
    }
  return FALSE;
}

GArray *
assay_load_places_flagged (AssayBlob *blob, const AssayLimits *limits)
{
  g_autoptr (GError) ignored = NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (blob, limits, &ignored);
  if (elf == NULL || elf->trouble != NULL)
    return NULL;
  GArray *places = g_array_new (FALSE, FALSE, sizeof (AssayLoadPlace));
  gboolean all = has_executable_stack (elf);
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      AssayLoadPlace place = { segment->offset, segment->file_size };
      if (segment->type == PT_LOAD && (all || (segment->flags & PF_X) != 0))
        g_array_append_val (places, place);
    }
  for (guint i = 0; elf->type == ET_REL && i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      AssayLoadPlace place = { section->offset, section->size };
      if ((section->flags & SHF_EXECINSTR) != 0 && section->type != SHT_NOBITS)
        g_array_append_val (places, place);
    }
  return places;
}

gboolean
assay_load_places_touch (const GArray *places, guint64 offset, guint64 length)
{
  if (places == NULL)
    return TRUE;
  for (guint i = 0; i < places->len; i++)
    {
      const AssayLoadPlace *place = &g_array_index (places, AssayLoadPlace, i);
      if (offset < place->offset ? length > place->offset - offset : offset - place->offset < place->length)
        return TRUE;
    }
  return FALSE;
}
