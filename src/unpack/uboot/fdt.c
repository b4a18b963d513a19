#include "unpack/uboot/fdt.h"

#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "util/checked.h"
#include "util/text.h"

#include <libfdt.h>

/*
 * The flattened device tree (Devicetree Specification 0.4, chapter 5) and U-Boot's FIT, which is one (doc/usage/fit in
 * U-Boot's sources). Every property's value is a fact and a span of its own; tokens and names are compared as they are.
 */

#define HEADER_BYTES 40u
#define RESERVATION_BYTES 16u

gboolean
assay_fdt_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= HEADER_BYTES && memcmp (head, "\xd0\x0d\xfe\xed", 4) == 0;
}

static void
fdt_clear (AssayFdt *fdt)
{
  if (fdt->path != NULL)
    g_string_free (fdt->path, TRUE);
  if (fdt->outline != NULL)
    g_string_free (fdt->outline, TRUE);
  g_clear_pointer (&fdt->outside, g_ptr_array_unref);
  g_clear_pointer (&fdt->images, g_hash_table_unref);
  g_clear_pointer (&fdt->uses, g_hash_table_unref);
  g_clear_pointer (&fdt->slot_names, g_array_unref);
  g_clear_pointer (&fdt->slots, g_hash_table_unref);
  g_clear_pointer (&fdt->names, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayFdt, fdt_clear)

static void
add_span (AssayFdt *fdt, guint64 offset, guint64 length, gboolean rewritable, const char *name)
{
  assay_container_add_span (
      fdt->container, (AssaySpan){ offset, length, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, rewritable, name, NULL });
}

/* The header says where the blocks stand and how long they are. Where they stand behind one another in the usual order,
 * and version and processor are as compared, the rest of it follows. */
static void
add_header (AssayFdt *fdt)
{
  guint64 reservations = assay_fdt_be32 (fdt, 16);
  gboolean usual = reservations == HEADER_BYTES && fdt->structure == reservations + RESERVATION_BYTES
                   && fdt->strings == fdt->structure + fdt->structure_bytes
                   && assay_fdt_be32 (fdt, 4) >= fdt->strings + fdt->strings_bytes;
  add_span (fdt, 0, 4, FALSE, "fdt magic");
  assay_container_add_span (fdt->container, (AssaySpan){ 4, 16, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, usual,
                                                         "fdt sizes and offsets", "positions" });
  add_span (fdt, 20, 12, FALSE, "fdt version and boot processor");
  assay_container_add_span (fdt->container, (AssaySpan){ 32, 8, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, usual,
                                                         "fdt block sizes", "positions" });
}

static gboolean
add_reservations (AssayFdt *fdt, GError **error)
{
  guint64 offset = assay_fdt_be32 (fdt, 16);
  guint64 start = offset;
  for (;; offset += RESERVATION_BYTES)
    {
      if (!assay_range_fits (offset, RESERVATION_BYTES, fdt->size))
        return assay_fdt_fail ("memory reservations without end", error);
      guint64 sum = 0;
      for (guint i = 0; i < RESERVATION_BYTES; i++)
        sum |= fdt->bytes[offset + i];
      if (sum == 0)
        break;
    }
  add_span (fdt, start, offset + RESERVATION_BYTES - start, FALSE, "fdt memory reservations");
  return TRUE;
}

/* The text at an offset of the strings block; fdt_check_full() saw that it ends. */
static const char *
string_at (const AssayFdt *fdt, guint32 offset)
{
  const char *text = (const char *)fdt->bytes + fdt->strings + offset;
  gsize most = fdt->strings_bytes > offset ? (gsize)(fdt->strings_bytes - offset) : 0;
  return offset < fdt->strings_bytes && memchr (text, '\0', most) != NULL ? text : NULL;
}

static guint64
aligned (guint64 offset)
{
  return (offset + 3) & ~(guint64)3;
}

static gboolean
read_property (AssayFdt *fdt, GError **error)
{
  AssayFdtProperty property = { .offset = fdt->position, .value_offset = fdt->position + 12 };
  property.length = assay_fdt_be32 (fdt, fdt->position + 4);
  property.name = string_at (fdt, assay_fdt_be32 (fdt, fdt->position + 8));
  if (property.name == NULL || !assay_range_fits (property.value_offset, property.length, fdt->strings))
    return assay_fdt_fail ("a property that leaves its block", error);
  const char *slot = assay_fit_slot_of (fdt);
  guint64 end = property.value_offset + property.length;
  fdt->position = aligned (end);
  assay_fdt_note_name (fdt, &property, slot);
  if (slot != NULL)
    {
      assay_fit_add_slot_span (fdt, slot, property.offset, fdt->position - property.offset, property.name);
      return TRUE;
    }
  g_string_append_printf (fdt->outline, "%s;", property.name);
  return assay_fdt_add_property (fdt, &property, error)
         && assay_container_add_zeros (fdt->container, end, fdt->position - end, "fdt padding", error);
}

/* Of nodes and properties: names are read anew for all that stands beneath them, or uses them. */
static gboolean
check_name (const AssayFdt *fdt, guint64 length, GError **error)
{
  return assay_limits_check (fdt->container->context->limits, ASSAY_LIMIT_NAME_BYTES, length,
                             "a longer name in a device tree", error);
}

static gboolean
begin_node (AssayFdt *fdt, GError **error)
{
  const char *name = (const char *)fdt->bytes + fdt->position + 4;
  gsize length = strlen (name);
  guint64 end = aligned (fdt->position + 4 + length + 1);
  if (!check_name (fdt, length, error))
    return FALSE;
  if (++fdt->depth > ASSAY_FDT_DEPTH)
    return assay_fdt_fail ("nodes nested deeper than 64", error);
  fdt->open[fdt->depth] = (int)(fdt->position - fdt->structure);
  if (!assay_fdt_add_name (fdt, fdt->depth, name, error))
    return FALSE;
  if (fdt->depth > 1)
    {
      g_string_append_c (fdt->path, '/');
      g_string_append (fdt->path, name);
    }
  const char *slot = assay_fit_slot_of (fdt);
  if (slot != NULL && !g_hash_table_add (fdt->slots, (gpointer)slot))
    return assay_fdt_fail ("two signatures of one name", error);
  if (slot != NULL)
    assay_fit_add_slot_span (fdt, slot, fdt->position, end - fdt->position, "begin");
  else
    {
      add_span (fdt, fdt->position, end - fdt->position, FALSE, "fdt node");
      g_string_append_printf (fdt->outline, "%s{", name);
      assay_fit_note_hash (fdt);
    }
  fdt->position = end;
  return TRUE;
}

static void
end_node (AssayFdt *fdt)
{
  const char *last = strrchr (fdt->path->str, '/');
  const char *slot = assay_fit_slot_of (fdt);
  if (slot != NULL)
    assay_fit_add_slot_span (fdt, slot, fdt->position, 4, "end");
  else
    {
      add_span (fdt, fdt->position, 4, FALSE, "fdt node end");
      g_string_append_c (fdt->outline, '}');
    }
  g_string_truncate (fdt->path, last == NULL ? 0 : (gsize)(last - fdt->path->str));
  fdt->position += 4;
  --fdt->depth;
}

static gboolean
read_structure (AssayFdt *fdt, GError **error)
{
  guint64 end = fdt->structure + fdt->structure_bytes;
  fdt->position = fdt->structure;
  while (fdt->position + 4 <= end)
    {
      switch (assay_fdt_be32 (fdt, fdt->position))
        {
        case FDT_BEGIN_NODE:
          if (!begin_node (fdt, error))
            return FALSE;
          break;
        case FDT_END_NODE:
          end_node (fdt);
          break;
        case FDT_PROP:
          if (!read_property (fdt, error))
            return FALSE;
          break;
        case FDT_NOP:
          add_span (fdt, fdt->position, 4, FALSE, "fdt nop");
          g_string_append_c (fdt->outline, '_');
          fdt->position += 4;
          break;
        case FDT_END:
          add_span (fdt, fdt->position, 4, FALSE, "fdt end");
          return TRUE;
        default:
          return assay_fdt_fail ("an unknown token", error);
        }
    }
  return assay_fdt_fail ("a structure without end", error);
}

/* No property can have a name that is longer than the longest in the block of all. Before version 17 libfdt knows no
 * end of that. */
static gboolean
check_strings (const AssayFdt *fdt, guint32 total, GError **error)
{
  guint64 begin = assay_fdt_be32 (fdt, 12);
  guint64 length = assay_fdt_be32 (fdt, 20) < 17 ? total - begin : assay_fdt_be32 (fdt, 32);
  guint64 longest = 0;
  if (begin > total || !assay_range_fits (begin, length, total))
    return assay_fdt_fail ("strings that leave it", error);
  for (guint64 at = begin; at < begin + length;)
    {
      const guint8 *end = memchr (fdt->bytes + at, '\0', begin + length - at);
      guint64 after = end == NULL ? begin + length : (guint64)(end - fdt->bytes);
      longest = MAX (longest, after - at);
      at = after + 1;
    }
  return check_name (fdt, longest, error);
}

static gboolean
check (AssayFdt *fdt, GError **error)
{
  if (!assay_blob_map (fdt->container->node->blob, &fdt->bytes, error))
    return FALSE;
  fdt->size = fdt->container->node->size;
  guint32 total = assay_fdt_be32 (fdt, 4);
  if (total > fdt->size || total > G_MAXINT32)
    return assay_fdt_fail ("it says to be longer than it is", error);
  if (fdt_check_header (fdt->bytes) != 0)
    return assay_fdt_fail ("the check of its header fails", error);
  if (!check_strings (fdt, total, error))
    return FALSE;
  if (fdt_check_full (fdt->bytes, fdt->size) != 0)
    return assay_fdt_fail ("the check of its structure fails", error);
  if (assay_fdt_be32 (fdt, 20) < 17)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "fdt: version %u, only 17 can be read",
                              assay_fdt_be32 (fdt, 20));
  fdt->structure = assay_fdt_be32 (fdt, 8);
  fdt->strings = assay_fdt_be32 (fdt, 12);
  fdt->strings_bytes = assay_fdt_be32 (fdt, 32);
  fdt->structure_bytes = assay_fdt_be32 (fdt, 36);
  if (fdt->strings < fdt->structure)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "fdt: the strings stand before the structure");
  return TRUE;
}

gboolean
assay_fdt_open (AssayContainer *container, GError **error)
{
  g_auto (AssayFdt) fdt = { .container = container };
  fdt.path = g_string_new (NULL);
  fdt.outline = g_string_new (NULL);
  fdt.images = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, assay_fit_image_free);
  fdt.uses = g_hash_table_new (g_str_hash, g_str_equal);
  fdt.outside = g_ptr_array_new ();
  fdt.slots = g_hash_table_new (g_str_hash, g_str_equal);
  fdt.names = assay_fdt_names_new ();
  fdt.slot_names = g_array_new (FALSE, FALSE, sizeof (AssayFdtName));
  if (!check (&fdt, error) || !assay_fit_find_images (&fdt, error))
    return FALSE;
  container->node->format = fdt.is_fit ? "fit" : "fdt";
  container->node->ordered = TRUE;
  add_header (&fdt);
  if (!add_reservations (&fdt, error) || !read_structure (&fdt, error))
    return FALSE;
  assay_fdt_add_strings (&fdt);
  assay_facts_add_raw (container->node->own_facts, "outline", fdt.outline->str, fdt.outline->len);
  guint64 total = assay_fdt_be32 (&fdt, 4);
  guint64 end = fdt.strings + fdt.strings_bytes;
  /* what a tree is longer than its blocks, for a boot loader to write into, follows from nothing */
  if (total > end)
    assay_facts_add_number (container->node->own_facts, "free-bytes", total - end);
  return (end > total || assay_container_add_zeros (container, end, total - end, "fdt padding", error))
         && assay_fit_add_outside (&fdt, total, error);
}
