#include "flow/code.h"

#include "account/extents.h"

#include <elf.h>

gboolean
assay_code_is_section (const AssaySection *section)
{
  return section->type != SHT_NULL && section->type != SHT_NOBITS && (section->flags & SHF_EXECINSTR) != 0
         && section->size > 0;
}

static gboolean
is_loaded_code (const AssaySegment *segment)
{
  return segment->type == PT_LOAD && (segment->flags & PF_X) != 0 && segment->file_size > 0;
}

static gint
compare_pieces (gconstpointer a, gconstpointer b)
{
  const AssayCodeExtent *left = a;
  const AssayCodeExtent *right = b;
  return left->offset < right->offset ? -1 : left->offset > right->offset;
}

/* No byte is counted twice, whatever the headers say. */
void
assay_code_settle (GArray *pieces)
{
  guint64 end = 0;
  guint kept = 0;
  g_array_sort (pieces, compare_pieces);
  for (guint i = 0; i < pieces->len; i++)
    {
      AssayCodeExtent piece = g_array_index (pieces, AssayCodeExtent, i);
      guint64 covered = piece.offset < end ? MIN (end - piece.offset, piece.length) : 0;
      piece.offset += covered;
      piece.address += covered;
      piece.length -= covered;
      if (piece.length == 0)
        continue;
      end = piece.offset + piece.length;
      g_array_index (pieces, AssayCodeExtent, kept++) = piece;
    }
  g_array_set_size (pieces, kept);
}

/* Executable sections; where there are none, what is loaded so. */
GArray *
assay_code_list (const AssayElf *elf)
{
  GArray *pieces = g_array_new (FALSE, FALSE, sizeof (AssayCodeExtent));
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      gboolean relocatable = elf->type == ET_REL;
      const AssayCodeExtent piece
          = { section->offset, section->size, relocatable ? 0 : section->address, relocatable ? section->index : 0 };
      if (assay_code_is_section (section) && section->size <= G_MAXUINT64 - section->offset)
        g_array_append_val (pieces, piece);
    }
  for (guint i = 0; pieces->len == 0 && elf->type != ET_REL && i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      const AssayCodeExtent piece = { segment->offset, segment->file_size, segment->virtual_address, 0 };
      if (is_loaded_code (segment) && segment->file_size <= G_MAXUINT64 - segment->offset)
        g_array_append_val (pieces, piece);
    }
  assay_code_settle (pieces);
  return pieces;
}

/* All bytes of a file that a loader may take for code; of one whose tables are damaged all that there are. */
GArray *
assay_code_list_executable (const AssayElf *elf)
{
  GArray *executable = assay_extents_new ();
  gboolean loads = FALSE;
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      loads = loads || segment->type == PT_LOAD;
      if (is_loaded_code (segment))
        assay_extents_add (executable, segment->offset, segment->file_size);
    }
  for (guint i = 0; (!loads || elf->type == ET_REL) && i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (assay_code_is_section (section))
        assay_extents_add (executable, section->offset, section->size);
    }
  if (elf->trouble != NULL)
    assay_extents_add (executable, 0, elf->size);
  assay_extents_settle (executable);
  return executable;
}

GArray *
assay_code_extents (const GArray *pieces)
{
  GArray *extents = assay_extents_new ();
  for (guint i = 0; i < pieces->len; i++)
    {
      const AssayCodeExtent *piece = &g_array_index (pieces, AssayCodeExtent, i);
      assay_extents_add (extents, piece->offset, piece->length);
    }
  assay_extents_settle (extents);
  return extents;
}
