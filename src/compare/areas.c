#include "compare/areas.h"

#include "compare/objects.h"
#include "util/checked.h"

#include <assay/error.h>
#include <elf.h>
#include <string.h>

static void
area_free (AssayArea *area)
{
  assay_drift_clear (&area->drift);
  g_free (area->expected_bytes);
  g_free (area->shipped_bytes);
  g_free (area->mask);
  g_free (area);
}

static guint8 *
allocate (guint64 length, GError **error)
{
  guint8 *bytes = g_try_malloc0 (MAX (length, 1));
  if (bytes == NULL)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_IO, "no memory for an area of %" G_GUINT64_FORMAT " bytes", length);
  return bytes;
}

static gboolean
load (AssayBlob *blob, guint64 offset, guint64 length, guint8 **out, GError **error)
{
  *out = allocate (length, error);
  if (*out == NULL)
    return FALSE;
  return length == 0 || assay_blob_read (blob, offset, *out, length, error);
}

/** Where the two sides of an area stand. */
typedef struct
{
  guint64 offset;
  guint64 length;
  guint64 address;
} Side;

static AssayArea *
area_load (const AssayAreasInput *input, const Side *expected, const Side *shipped, GError **error)
{
  AssayArea *area = g_new0 (AssayArea, 1);
  area->expected_offset = expected->offset;
  area->expected_address = expected->address;
  area->shipped_offset = shipped->offset;
  area->shipped_address = shipped->address;
  if (!load (input->expected, expected->offset, expected->length, &area->expected_bytes, error)
      || !load (input->shipped, shipped->offset, shipped->length, &area->shipped_bytes, error))
    {
      area_free (area);
      return NULL;
    }
  area->drift.expected = area->expected_bytes;
  area->drift.expected_length = expected->length;
  area->drift.shipped = area->shipped_bytes;
  area->drift.shipped_length = shipped->length;
  area->drift.objects = g_array_new (FALSE, TRUE, sizeof (AssayObject));
  area->equal = expected->length == shipped->length
                && memcmp (area->expected_bytes, area->shipped_bytes, expected->length) == 0;
  return area;
}

static gboolean
area_solve (AssayArea *area, const AssayAreasInput *input, GError **error)
{
  area->mask = allocate (area->drift.expected_length, error);
  if (area->mask == NULL)
    return FALSE;
  area->drift.mask = area->mask;
  if (area->equal)
    {
      AssayObject whole = { .length = area->drift.expected_length,
                            .kind = ASSAY_OBJECT_STRETCH,
                            .hint = ASSAY_DRIFT_NOWHERE,
                            .placement = ASSAY_PLACEMENT_FOUND,
                            .shipped_length = area->drift.expected_length };
      if (whole.length > 0)
        g_array_append_val (area->drift.objects, whole);
      area->drift.added = g_array_new (FALSE, FALSE, sizeof (AssayStretch));
      return TRUE;
    }
  assay_objects_build (area, input);
  assay_objects_mask (area, input);
  assay_drift_solve (&area->drift);
  return TRUE;
}

/* Tables that others point into or that the linker makes from the rest have no objects of their own. */
static gboolean
has_objects (const AssaySection *section)
{
  static const char *const derived[]
      = { ".eh_frame", ".eh_frame_hdr", ".gcc_except_table", ".ARM.exidx", ".ARM.extab" };
  gboolean content = section->type == SHT_PROGBITS || section->type == SHT_INIT_ARRAY || section->type == SHT_FINI_ARRAY
                     || section->type == SHT_PREINIT_ARRAY;
  for (gsize i = 0; i < G_N_ELEMENTS (derived); i++)
    if (strcmp (section->name, derived[i]) == 0)
      return FALSE;
  return content && (section->flags & SHF_ALLOC) != 0 && section->size > 0;
}

/* The sections of ELF by name, each name with its sections in the order of the table. Files of many thousands of
   sections are real (one a function), and lies: a search for each would take the square of their number. */
static GHashTable *
sections_by_name (const AssayElf *elf)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_queue_free);
  for (guint i = 0; i < elf->sections->len; i++)
    {
      AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      GQueue *queue = g_hash_table_lookup (names, section->name);
      if (queue == NULL)
        {
          queue = g_queue_new ();
          g_hash_table_insert (names, section->name, queue);
        }
      g_queue_push_tail (queue, section);
    }
  return names;
}

/* The shipped section that is called the same, of as many as stand before it: each call takes one from SHIPPED. */
static const AssaySection *
take_section (GHashTable *shipped, const AssaySection *wanted)
{
  GQueue *queue = g_hash_table_lookup (shipped, wanted->name);
  return queue != NULL ? g_queue_pop_head (queue) : NULL;
}

/* A section without bytes in the file is an area of no length, which says where its addresses went. */
static void
add_empty (GPtrArray *areas, const AssaySection *section, const AssaySection *other)
{
  AssayArea *area = g_new0 (AssayArea, 1);
  AssayObject whole = { .length = MIN (section->size, other->size),
                        .hint = ASSAY_DRIFT_NOWHERE,
                        .placement = ASSAY_PLACEMENT_FOUND,
                        .shipped_length = MIN (section->size, other->size) };
  area->expected_offset = section->offset;
  area->expected_address = section->address;
  area->shipped_offset = other->offset;
  area->shipped_address = other->address;
  area->name = section->name;
  area->equal = TRUE;
  area->drift.objects = g_array_new (FALSE, TRUE, sizeof (AssayObject));
  area->drift.added = g_array_new (FALSE, FALSE, sizeof (AssayStretch));
  g_array_append_val (area->drift.objects, whole);
  g_ptr_array_add (areas, area);
}

static gboolean
is_empty (const AssaySection *section)
{
  return section->type == SHT_NOBITS && (section->flags & (SHF_ALLOC | SHF_TLS)) == SHF_ALLOC;
}

static gboolean
add_section (GPtrArray *areas, const AssayAreasInput *input, const AssaySection *section, const AssaySection *other,
             GError **error)
{
  if (other != NULL && is_empty (section) && is_empty (other))
    add_empty (areas, section, other);
  if (!has_objects (section) || other == NULL || other->type != section->type
      || MAX (section->size, other->size) > ASSAY_AREA_BYTES
      || !assay_range_fits (section->offset, section->size, assay_blob_get_size (input->expected))
      || !assay_range_fits (other->offset, other->size, assay_blob_get_size (input->shipped)))
    return TRUE;
  Side expected = { section->offset, section->size, section->address };
  Side shipped = { other->offset, other->size, other->address };
  AssayArea *area = area_load (input, &expected, &shipped, error);
  if (area == NULL)
    return FALSE;
  area->name = section->name;
  area->code = (section->flags & SHF_EXECINSTR) != 0;
  g_ptr_array_add (areas, area);
  return area_solve (area, input, error);
}

/* Lays the bytes of the rebuilt ELF file where its flat image has them. */
static gboolean
load_flat (const AssayAreasInput *input, guint8 *out, GError **error)
{
  for (guint i = 0; i < input->load_ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (input->load_ranges, AssayLoadRange, i);
      if (!assay_blob_read (input->expected, range->file_offset, out + range->image_offset, range->length, error))
        return FALSE;
    }
  return TRUE;
}

static guint64
flat_size (const GArray *ranges)
{
  guint64 size = 0;
  for (guint i = 0; i < ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, i);
      size = MAX (size, range->image_offset + range->length);
    }
  return size;
}

/* A flat image has one area, whatever it holds. */
static gboolean
add_flat (GPtrArray *areas, const AssayAreasInput *input, GError **error)
{
  gboolean from_elf = input->expected_elf != NULL;
  if (input->load_ranges == NULL || input->load_ranges->len == 0)
    return TRUE;
  const AssayLoadRange *first = &g_array_index (input->load_ranges, AssayLoadRange, 0);
  guint64 base = first->virtual_address - first->image_offset;
  Side expected = { 0, from_elf ? 0 : assay_blob_get_size (input->expected), base };
  Side shipped = { 0, assay_blob_get_size (input->shipped), base };
  guint64 size = from_elf ? flat_size (input->load_ranges) : expected.length;
  if (MAX (size, shipped.length) > ASSAY_AREA_BYTES)
    return TRUE;
  AssayArea *area = area_load (input, &expected, &shipped, error);
  if (area == NULL)
    return FALSE;
  area->code = TRUE;
  g_ptr_array_add (areas, area);
  if (from_elf)
    {
      g_free (area->expected_bytes);
      area->expected_bytes = allocate (size, error);
      area->drift.expected = area->expected_bytes;
      area->drift.expected_length = size;
      if (area->expected_bytes == NULL || !load_flat (input, area->expected_bytes, error))
        return FALSE;
      area->equal = FALSE;
    }
  return area_solve (area, input, error);
}

GPtrArray *
assay_areas_new (const AssayAreasInput *input, GError **error)
{
  g_autoptr (GPtrArray) areas = g_ptr_array_new_with_free_func ((GDestroyNotify)area_free);
  if (input->shipped_elf == NULL || input->expected_elf == NULL)
    return add_flat (areas, input, error) ? g_steal_pointer (&areas) : NULL;
  g_autoptr (GHashTable) shipped = sections_by_name (input->shipped_elf);
  /* thousands of sections may be the same bytes of the file: each byte is aligned once */
  guint64 left = input->expected_elf->size;
  for (guint i = 0; i < input->expected_elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (input->expected_elf->sections, AssaySection, i);
      guint64 held = section->type == SHT_NOBITS ? 0 : section->size;
      if (held > left)
        continue;
      left -= held;
      if (!add_section (areas, input, section, take_section (shipped, section), error))
        return NULL;
    }
  return g_steal_pointer (&areas);
}
