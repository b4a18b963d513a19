#include "inventory/fields_private.h"

#include "util/checked.h"
#include "util/digits.h"
#include "util/number.h"
#include "util/text.h"

#include <string.h>

/* Characters of a text that are shown. */
#define SHOWN_TEXT 64u

/* Sections that hold records, by their type. */
static const struct
{
  guint32 type;
  AssayElfRecordKind kind;
  const AssayElfLayout *layout;
  const char *table;
} section_kinds[] = {
  { SHT_DYNAMIC, ASSAY_ELF_RECORD_DYNAMIC, &assay_elf_layout_dynamic, NULL },
  { SHT_RELA, ASSAY_ELF_RECORD_RELOCATION, &assay_elf_layout_rela, "SHT_RELA" },
  { SHT_REL, ASSAY_ELF_RECORD_RELOCATION, &assay_elf_layout_rel, "SHT_REL" },
  { SHT_RELR, ASSAY_ELF_RECORD_RELOCATION, &assay_elf_layout_word, "SHT_RELR" },
  { SHT_INIT_ARRAY, ASSAY_ELF_RECORD_FUNCTION, &assay_elf_layout_word, "SHT_INIT_ARRAY" },
  { SHT_FINI_ARRAY, ASSAY_ELF_RECORD_FUNCTION, &assay_elf_layout_word, "SHT_FINI_ARRAY" },
  { SHT_PREINIT_ARRAY, ASSAY_ELF_RECORD_FUNCTION, &assay_elf_layout_word, "SHT_PREINIT_ARRAY" },
  { SHT_SYMTAB, ASSAY_ELF_RECORD_SYMBOL, &assay_elf_layout_symbol, NULL },
  { SHT_DYNSYM, ASSAY_ELF_RECORD_SYMBOL, &assay_elf_layout_symbol, "dynamic" },
  { SHT_GNU_versym, ASSAY_ELF_RECORD_VERSION, &assay_elf_layout_version, "of dynamic symbols" },
  { SHT_GNU_verneed, ASSAY_ELF_RECORD_VERSION, NULL, "needed" },
  { SHT_GNU_verdef, ASSAY_ELF_RECORD_VERSION, NULL, "defined" },
  { SHT_NOTE, ASSAY_ELF_RECORD_NOTE, NULL, NULL },
};

void
assay_elf_fields_add (AssayElfFields *fields, const AssayElfRegion *region)
{
  AssayElfRegion added = *region;
  if (added.length == 0 || added.offset >= fields->elf->size)
    return;
  added.length = MIN (added.length, fields->elf->size - added.offset);
  g_array_append_val (fields->regions, added);
}

static void
add_headers (AssayElfFields *fields)
{
  const AssayElf *elf = fields->elf;
  AssayElfRegion region = { .kind = ASSAY_ELF_RECORD_HEADER,
                            .layout = &assay_elf_layout_header,
                            .length = assay_elf_layout_header.size[elf->bits == 64] };
  assay_elf_fields_add (fields, &region);
  region = (AssayElfRegion){ .kind = ASSAY_ELF_RECORD_PROGRAM_HEADER,
                             .layout = &assay_elf_layout_program_header,
                             .offset = elf->index->segment_table.offset,
                             .length = elf->index->segment_table.length };
  assay_elf_fields_add (fields, &region);
  region = (AssayElfRegion){ .kind = ASSAY_ELF_RECORD_SECTION_HEADER,
                             .layout = &assay_elf_layout_section_header,
                             .offset = elf->index->section_table.offset,
                             .length = elf->index->section_table.length };
  assay_elf_fields_add (fields, &region);
}

static void
add_segments (AssayElfFields *fields)
{
  for (guint i = 0; i < fields->elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (fields->elf->segments, AssaySegment, i);
      AssayElfRegion region = { .offset = segment->offset, .length = segment->file_size };
      if (segment->type == PT_INTERP)
        {
          region.kind = ASSAY_ELF_RECORD_INTERPRETER;
          region.meaning = ASSAY_ELF_MEANING_TEXT;
        }
      else if (segment->type == PT_NOTE)
        region.kind = ASSAY_ELF_RECORD_NOTE;
      if (region.kind != ASSAY_ELF_RECORD_NONE)
        assay_elf_fields_add (fields, &region);
    }
}

static void
add_sections (AssayElfFields *fields)
{
  for (guint i = 0; i < fields->elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (fields->elf->sections, AssaySection, i);
      for (gsize j = 0; j < G_N_ELEMENTS (section_kinds); j++)
        {
          if (section_kinds[j].type != section->type)
            continue;
          AssayElfRegion region = { .offset = section->offset,
                                    .length = section->size,
                                    .kind = section_kinds[j].kind,
                                    .table = section_kinds[j].table,
                                    .layout = section_kinds[j].layout };
          assay_elf_fields_add (fields, &region);
        }
    }
}

static gboolean
build_map (AssayElfFields *fields, GError **error)
{
  g_autoptr (GArray) claims = g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
  for (guint i = 0; i < fields->regions->len; i++)
    {
      const AssayElfRegion *region = &g_array_index (fields->regions, AssayElfRegion, i);
      AssayRangeClaim claim
          = { ASSAY_ELF_ONLY_DOMAIN, .value = i, .start = region->offset, .end = region->offset + region->length };
      g_array_append_val (claims, claim);
    }
  fields->map = assay_range_map_new (claims, error);
  return fields->map != NULL;
}

AssayElfFields *
assay_elf_fields_new (const AssayElf *elf, AssayBlob *blob, GError **error)
{
  g_autoptr (AssayElfFields) fields = g_new0 (AssayElfFields, 1);
  fields->elf = elf;
  fields->blob = blob;
  fields->nearby = g_new0 (AssayNearby, 1);
  fields->regions = g_array_new (FALSE, FALSE, sizeof (AssayElfRegion));
  add_headers (fields);
  assay_elf_fields_add_dynamic (fields);
  add_segments (fields);
  add_sections (fields);
  return build_map (fields, error) ? g_steal_pointer (&fields) : NULL;
}

void
assay_elf_fields_free (AssayElfFields *fields)
{
  if (fields == NULL)
    return;
  g_clear_pointer (&fields->regions, g_array_unref);
  g_clear_pointer (&fields->map, assay_range_map_free);
  g_free (fields->nearby);
  g_free (fields);
}

/* The member of one record that holds a byte; the record's padding is a field without a name. */
static void
find_member (const AssayElfLayout *layout, gboolean wide, guint64 within, AssayElfField *out)
{
  for (gsize i = 0; i < layout->count; i++)
    {
      const AssayElfMember *member = &layout->members[i];
      if (within < member->offset[wide] || within - member->offset[wide] >= member->length[wide])
        continue;
      out->name = member->name;
      out->meaning = member->meaning;
      out->offset = out->record_offset + member->offset[wide];
      out->length = member->length[wide];
      return;
    }
}

gboolean
assay_elf_fields_find (const AssayElfFields *fields, guint64 offset, AssayElfField *out)
{
  guint32 found = 0;
  if (!assay_range_map_find (fields->map, ASSAY_ELF_ONLY_DOMAIN, offset, &found))
    return FALSE;
  const AssayElfRegion *region = &g_array_index (fields->regions, AssayElfRegion, found);
  gboolean wide = fields->elf->bits == 64;
  guint64 within = offset - region->offset;
  guint64 size = region->layout == NULL ? region->length : region->layout->size[wide];
  *out = (AssayElfField){ .kind = region->kind,
                          .table = region->table,
                          .meaning = region->layout == NULL ? region->meaning : ASSAY_ELF_MEANING_NONE,
                          .index = region->first_index + within / size,
                          .record_offset = region->offset + within / size * size };
  out->record_length = MIN (size, region->length - within / size * size);
  out->offset = out->record_offset;
  out->length = out->record_length;
  if (region->layout != NULL && out->record_length == size)
    find_member (region->layout, wide, within % size, out);
  return TRUE;
}

gboolean
assay_elf_fields_free_until (const AssayElfFields *fields, guint64 offset, guint64 *out_end)
{
  guint32 found = 0;
  return !assay_range_map_find_end (fields->map, ASSAY_ELF_ONLY_DOMAIN, offset, &found, out_end);
}

gboolean
assay_elf_fields_number (const AssayElfFields *fields, guint64 offset, guint64 length, guint64 *out)
{
  guint8 bytes[8];
  gboolean is_number = length == 1 || length == 2 || length == 4 || length == 8;
  if (!is_number || !assay_range_fits (offset, length, fields->elf->size)
      || !assay_nearby_read (fields->nearby, fields->blob, offset, bytes, (gsize)length))
    return FALSE;
  *out = assay_number_read (bytes, (gsize)length, fields->elf->big_endian);
  return TRUE;
}

static gboolean
say_text (const AssayElfFields *fields, guint64 offset, guint64 length, GString *out)
{
  char text[SHOWN_TEXT];
  g_autoptr (GError) ignored = NULL;
  if (offset >= fields->elf->size)
    return FALSE;
  gsize size = (gsize)MIN (MIN (length, fields->elf->size - offset), sizeof text);
  if (!assay_blob_read (fields->blob, offset, text, size, &ignored))
    return FALSE;
  const char *end = memchr (text, '\0', size);
  g_autofree char *shown = assay_text_escape_line (text, end == NULL ? (gssize)size : end - text);
  g_string_append_c (out, '"');
  g_string_append (out, shown);
  g_string_append (out, end == NULL && size < length ? "\u2026\"" : "\"");
  return TRUE;
}

static const char *
name_of (const AssayElfFields *fields, AssayElfMeaning meaning, guint64 value)
{
  if (meaning == ASSAY_ELF_MEANING_SEGMENT_TYPE)
    return assay_elf_segment_type_name (fields->elf->machine, (guint32)value);
  if (meaning == ASSAY_ELF_MEANING_SEGMENT_FLAGS && (value & ~(guint64)(PF_R | PF_W | PF_X)) == 0)
    return value == 0 ? "none" : assay_segment_flags_text ((guint32)value);
  return meaning == ASSAY_ELF_MEANING_DYNAMIC_TAG ? assay_elf_dynamic_tag_name (value) : NULL;
}

gboolean
assay_elf_fields_say (const AssayElfFields *fields, AssayElfMeaning meaning, guint64 offset, guint64 length,
                      GString *out)
{
  guint64 value = 0;
  if (meaning == ASSAY_ELF_MEANING_TEXT)
    return say_text (fields, offset, length, out);
  if (meaning == ASSAY_ELF_MEANING_NONE || !assay_elf_fields_number (fields, offset, length, &value))
    return FALSE;
  const char *name = name_of (fields, meaning, value);
  if (name != NULL)
    g_string_append (out, name);
  else
    assay_digits_append_hexadecimal (out, value);
  return TRUE;
}
