#include "inventory/fields_private.h"

#include "util/checked.h"

#include <string.h>

/* Longest text of a dynamic entry that is looked at: PATH_MAX of Linux. */
#define TEXT_MAX 4096u

/* Tables that a dynamic section gives by address and by size. */
static const struct
{
  guint64 address_tag, size_tag;
  const char *name;
  AssayElfRecordKind kind;
  const AssayElfLayout *layout;
} tables[] = {
  { DT_RELA, DT_RELASZ, "DT_RELA", ASSAY_ELF_RECORD_RELOCATION, &assay_elf_layout_rela },
  { DT_REL, DT_RELSZ, "DT_REL", ASSAY_ELF_RECORD_RELOCATION, &assay_elf_layout_rel },
  { DT_RELR, DT_RELRSZ, "DT_RELR", ASSAY_ELF_RECORD_RELOCATION, &assay_elf_layout_word },
  { DT_INIT_ARRAY, DT_INIT_ARRAYSZ, "DT_INIT_ARRAY", ASSAY_ELF_RECORD_FUNCTION, &assay_elf_layout_word },
  { DT_FINI_ARRAY, DT_FINI_ARRAYSZ, "DT_FINI_ARRAY", ASSAY_ELF_RECORD_FUNCTION, &assay_elf_layout_word },
  { DT_PREINIT_ARRAY, DT_PREINIT_ARRAYSZ, "DT_PREINIT_ARRAY", ASSAY_ELF_RECORD_FUNCTION, &assay_elf_layout_word },
};

/* Entries whose value is a place in DT_STRTAB. */
static const guint64 text_tags[]
    = { DT_NEEDED, DT_SONAME, DT_RPATH, DT_RUNPATH, DT_AUXILIARY, DT_FILTER, DT_CONFIG, DT_DEPAUDIT, DT_AUDIT };

typedef struct
{
  guint64 tag;
  guint64 value;
} Entry;

static gboolean
find_dynamic (const AssayElf *elf, guint64 *out_offset, guint64 *out_size)
{
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      if (segment->type != PT_DYNAMIC)
        continue;
      *out_offset = segment->offset;
      *out_size = segment->file_size;
      return TRUE;
    }
  return FALSE;
}

static GArray *
read_entries (const AssayElfFields *fields, guint64 offset, guint64 size)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  guint64 word = fields->elf->bits / 8;
  for (guint64 i = 0; i < MIN (size / (2 * word), ASSAY_ELF_DYNAMIC_MAX); i++)
    {
      Entry entry;
      if (!assay_elf_fields_number (fields, offset + i * 2 * word, word, &entry.tag)
          || !assay_elf_fields_number (fields, offset + i * 2 * word + word, word, &entry.value))
        break;
      g_array_append_val (entries, entry);
      if (entry.tag == DT_NULL)
        break;
    }
  return entries;
}

static gboolean
find_entry (const GArray *entries, guint64 tag, guint64 *out)
{
  for (guint i = 0; i < entries->len; i++)
    if (g_array_index (entries, Entry, i).tag == tag)
      {
        *out = g_array_index (entries, Entry, i).value;
        return TRUE;
      }
  return FALSE;
}

/* Where in the file the byte at an address in memory comes from. */
static gboolean
offset_of_address (const AssayElf *elf, guint64 address, guint64 *out)
{
  guint32 found = 0;
  if (!assay_range_map_find (elf->index->load_addresses, ASSAY_ELF_ONLY_DOMAIN, address, &found))
    return FALSE;
  const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, found);
  return address - segment->virtual_address < segment->file_size
         && assay_u64_add (segment->offset, address - segment->virtual_address, out);
}

static void
add_tables (AssayElfFields *fields, const GArray *entries)
{
  AssayElfRegion region = { .meaning = ASSAY_ELF_MEANING_NUMBER };
  guint64 address = 0;
  guint64 kind = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      if (!find_entry (entries, tables[i].address_tag, &address)
          || !find_entry (entries, tables[i].size_tag, &region.length)
          || !offset_of_address (fields->elf, address, &region.offset))
        continue;
      region.kind = tables[i].kind;
      region.table = tables[i].name;
      region.layout = tables[i].layout;
      assay_elf_fields_add (fields, &region);
    }
  if (!find_entry (entries, DT_JMPREL, &address) || !find_entry (entries, DT_PLTRELSZ, &region.length)
      || !find_entry (entries, DT_PLTREL, &kind) || !offset_of_address (fields->elf, address, &region.offset))
    return;
  region.kind = ASSAY_ELF_RECORD_RELOCATION;
  region.table = "DT_JMPREL";
  region.layout = kind == DT_RELA ? &assay_elf_layout_rela : &assay_elf_layout_rel;
  assay_elf_fields_add (fields, &region);
}

/* Bytes of the text that begins at @offset, with the NUL behind it; 0 when it has no end. */
static guint64
text_length (const AssayElfFields *fields, guint64 offset)
{
  char window[TEXT_MAX];
  g_autoptr (GError) ignored = NULL;
  guint64 size = fields->elf->size;
  if (offset >= size)
    return 0;
  gsize length = (gsize)MIN (size - offset, sizeof window);
  if (!assay_blob_read (fields->blob, offset, window, length, &ignored))
    return 0;
  const char *end = memchr (window, '\0', length);
  return end == NULL ? 0 : (guint64)(end - window) + 1;
}

static void
add_texts (AssayElfFields *fields, const GArray *entries)
{
  AssayElfRegion region = { .kind = ASSAY_ELF_RECORD_DYNAMIC_TEXT, .meaning = ASSAY_ELF_MEANING_TEXT };
  guint64 address = 0;
  guint64 table = 0;
  if (!find_entry (entries, DT_STRTAB, &address) || !offset_of_address (fields->elf, address, &table))
    return;
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);
      gboolean is_text = FALSE;
      for (gsize j = 0; j < G_N_ELEMENTS (text_tags); j++)
        is_text = is_text || text_tags[j] == entry->tag;
      if (!is_text || !assay_u64_add (table, entry->value, &region.offset))
        continue;
      region.length = text_length (fields, region.offset);
      region.first_index = i;
      region.table = assay_elf_dynamic_tag_name (entry->tag);
      assay_elf_fields_add (fields, &region);
    }
}

void
assay_elf_fields_add_dynamic (AssayElfFields *fields)
{
  AssayElfRegion region = { .kind = ASSAY_ELF_RECORD_DYNAMIC, .layout = &assay_elf_layout_dynamic };
  if (!find_dynamic (fields->elf, &region.offset, &region.length))
    return;
  assay_elf_fields_add (fields, &region);
  g_autoptr (GArray) entries = read_entries (fields, region.offset, region.length);
  add_tables (fields, entries);
  add_texts (fields, entries);
}
