#include "inventory/debug/file.h"

#include "inventory/debug/relocation.h"
#include "inventory/debug/sections.h"
#include "inventory/debug/view.h"
#include "inventory/range_map.h"
#include "util/text.h"

#include <assay/error.h>

#include <elf.h>
#include <string.h>

/* A path and a build identifier. */
#define SUPPLEMENT_BYTES_MAX 8192u

static AssayDebugFile *
new_file (guint8 bits, gboolean big_endian, gboolean is_split)
{
  AssayDebugFile *file = g_new0 (AssayDebugFile, 1);
  file->bits = bits;
  file->big_endian = big_endian;
  file->is_split = is_split;
  file->buffers = g_ptr_array_new_with_free_func (g_free);
  return file;
}

void
assay_debug_file_free (AssayDebugFile *file)
{
  if (file == NULL)
    return;
  if (file->dwarf != NULL)
    dwarf_end (file->dwarf);
  if (file->view != NULL)
    elf_end (file->view);
  if (file->bases != NULL)
    g_array_unref (file->bases);
  g_ptr_array_unref (file->buffers);
  g_free (file->build_id);
  g_free (file->supplement_id);
  g_free (file);
}

void
assay_debug_file_supplement (AssayDebugFile *file, const AssayDebugFile *supplement)
{
  if (file->dwarf != NULL)
    dwarf_setalt (file->dwarf, supplement->dwarf);
}

/* Makes libdw's handle of @sections. */
static gboolean
open_view (AssayDebugFile *file)
{
  const AssayDebugViewForm form = { .bits = file->bits, .big_endian = file->big_endian, .is_split = file->is_split };
  file->view = assay_debug_view_new (file->sections, &form);
  file->dwarf = file->view != NULL ? assay_debug_view_open (file->view) : NULL;
  return file->dwarf != NULL;
}

gboolean
assay_debug_file_forget (AssayDebugFile *file)
{
  dwarf_end (file->dwarf);
  file->dwarf = assay_debug_view_open (file->view);
  return file->dwarf != NULL;
}

AssayDebugFile *
assay_debug_file_new_part (const AssayDebugFile *whole, const AssayDebugBytes *sections)
{
  g_autoptr (AssayDebugFile) file = new_file (whole->bits, whole->big_endian, whole->is_split);
  memcpy (file->sections, sections, sizeof file->sections);
  if (!open_view (file))
    return NULL;
  return g_steal_pointer (&file);
}

static gboolean
holds_code_at_zero (const AssayElf *elf)
{
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      const guint64 code = SHF_ALLOC | SHF_EXECINSTR;
      if ((section->flags & code) == code && section->address == 0 && section->size > 0)
        return TRUE;
    }
  return FALSE;
}

static void
load_sections (AssayDebugFile *file, const AssayElf *elf, AssayBlob *blob, const AssayDebugPlaces *places)
{
  /* A .dwo file calls itself relocatable, and has no relocations. */
  gboolean relocate = elf->type == ET_REL && !places->is_split;
  g_autoptr (GHashTable) tables = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  if (relocate)
    file->bases = assay_debug_relocation_bases (elf);
  const AssayDebugRelocation relocation = { .elf = elf, .blob = blob, .bases = file->bases, .tables = tables };
  for (guint kind = 0; kind < ASSAY_DEBUG_COUNT; kind++)
    if (places->index[kind] != G_MAXUINT32)
      {
        const AssaySection *section = &g_array_index (elf->sections, AssaySection, places->index[kind]);
        file->sections[kind] = assay_debug_section_load (elf, section, blob, file->buffers);
        if (relocate)
          assay_debug_relocation_apply (&relocation, section, file->sections[kind]);
      }
}

/* The section .gnu_debugaltlink: the name of another file, which nobody here opens, and its build identifier. */
static char *
read_supplement_id (const AssayElf *elf, AssayBlob *blob)
{
  guint8 bytes[SUPPLEMENT_BYTES_MAX];
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (strcmp (section->name, ".gnu_debugaltlink") != 0)
        continue;
      gsize length = (gsize)MIN (section->size, sizeof bytes);
      if (!assay_blob_read (blob, section->offset, bytes, length, NULL))
        return NULL;
      const guint8 *nul = memchr (bytes, 0, length);
      return nul != NULL ? assay_text_hex (nul + 1, length - (gsize)(nul + 1 - bytes)) : NULL;
    }
  return NULL;
}

AssayDebugFile *
assay_debug_file_new (AssayBlob *blob, const AssayLimits *limits, GError **error)
{
  AssayDebugPlaces places;
  g_autoptr (AssayElf) elf = assay_debug_sections_locate (blob, limits, &places, error);
  if (elf == NULL)
    return NULL;
  g_autoptr (AssayDebugFile) file = new_file (elf->bits, elf->big_endian, places.is_split);
  file->build_id = g_strdup (elf->build_id);
  file->supplement_id = read_supplement_id (elf, blob);
  file->code_at_zero = elf->type != ET_REL && holds_code_at_zero (elf);
  load_sections (file, elf, blob, &places);
  if (open_view (file))
    return g_steal_pointer (&file);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "debug information: %s", dwarf_errmsg (-1));
  return NULL;
}

AssayDebugCursor
assay_debug_file_cursor (const AssayDebugFile *file, AssayDebugSection section, guint64 offset)
{
  return assay_debug_cursor_at (file->sections[section], offset, file->big_endian);
}

gboolean
assay_debug_file_locate (const AssayDebugFile *file, guint64 address, guint32 section, guint64 *out)
{
  *out = address;
  if (file->bases == NULL)
    return TRUE;
  if (section >= file->bases->len)
    return FALSE;
  guint64 base = g_array_index (file->bases, guint64, section);
  *out = base + address;
  return base != G_MAXUINT64 && *out >= base;
}

void
assay_debug_settle_zeros (const AssayDebugFile *file, GArray *claims)
{
  g_autoptr (GArray) zeros = g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
  guint kept = 0;
  for (guint i = 0; i < claims->len; i++)
    {
      AssayRangeClaim claim = g_array_index (claims, AssayRangeClaim, i);
      if (claim.start == 0)
        g_array_append_val (zeros, claim);
      else
        g_array_index (claims, AssayRangeClaim, kept++) = claim;
    }
  g_array_set_size (claims, kept);
  if (zeros->len > 0 && file->code_at_zero)
    g_array_append_vals (claims, zeros->data, zeros->len);
}
