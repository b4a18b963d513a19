#include "unpack/tar/tar.h"

#include "unpack/bytes.h"
#include "unpack/pieces.h"
#include "util/checked.h"

#include <string.h>

/* Files with holes. Of the versions that GNU tar writes, the old one (--format=gnu) and 1.0 (--format=posix). */

/* The old kind: in the header and in each block of the map behind it, a number of regions of two fields each. */
enum
{
  HEADER_REGIONS = 4,
  HEADER_REGIONS_AT = 386,
  HEADER_MORE = 482,
  HEADER_REAL_SIZE = 483,
  BLOCK_REGIONS = 21,
  BLOCK_MORE = 504,
  FIELD_BYTES = 12,
  REGION_BYTES = 24,
};

static const AssayTarRegion *
region_at (const GArray *regions, guint index)
{
  return &g_array_index (regions, AssayTarRegion, index);
}

static GArray *
regions_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (AssayTarRegion));
}

static gboolean
fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "tar: %s", what);
}

/* --- the old kind --- */

/* A region of which nothing is written is none, and none stands behind it. */
static gboolean
take_regions (const guint8 *bytes, guint count, GArray *regions)
{
  static const guint8 nothing[REGION_BYTES];
  gboolean ended = FALSE;
  for (guint i = 0; i < count; i++)
    {
      const guint8 *at = bytes + (gsize)i * REGION_BYTES;
      AssayTarRegion region = { 0 };
      if (memcmp (at, nothing, REGION_BYTES) == 0)
        {
          ended = TRUE;
          continue;
        }
      if (ended || !assay_tar_parse_count (at, FIELD_BYTES, &region.offset)
          || !assay_tar_parse_count (at + FIELD_BYTES, FIELD_BYTES, &region.length))
        return FALSE;
      g_array_append_val (regions, region);
    }
  return TRUE;
}

gboolean
assay_tar_sparse_parse (const guint8 *block, AssayTarHeader *header)
{
  if (header->typeflag != 'S' || header->variant.magic != ASSAY_TAR_GNU)
    return TRUE;
  header->sparse = ASSAY_TAR_SPARSE_OLD;
  header->regions = regions_new ();
  header->more_regions = block[HEADER_MORE] != 0;
  return block[HEADER_MORE] <= 1 && take_regions (block + HEADER_REGIONS_AT, HEADER_REGIONS, header->regions)
         && assay_tar_parse_count (block + HEADER_REAL_SIZE, FIELD_BYTES, &header->real_size);
}

/* Regions from @first on, as many as there are and find room. */
static gboolean
put_regions (guint8 *bytes, guint room, const GArray *regions, guint first, const AssayTarVariant *variant)
{
  for (guint i = 0; i < room && first + i < regions->len; i++)
    {
      const AssayTarRegion *region = region_at (regions, first + i);
      guint8 *at = bytes + (gsize)i * REGION_BYTES;
      if (!assay_tar_put_number (at, FIELD_BYTES, (gint64)region->offset, variant)
          || !assay_tar_put_number (at + FIELD_BYTES, FIELD_BYTES, (gint64)region->length, variant))
        return FALSE;
    }
  return TRUE;
}

gboolean
assay_tar_sparse_put (guint8 *block, const AssayTarHeader *header)
{
  block[HEADER_MORE] = header->regions->len > HEADER_REGIONS;
  return header->variant.magic == ASSAY_TAR_GNU
         && put_regions (block + HEADER_REGIONS_AT, HEADER_REGIONS, header->regions, 0, &header->variant)
         && assay_tar_put_number (block + HEADER_REAL_SIZE, FIELD_BYTES, (gint64)header->real_size, &header->variant);
}

static gboolean
read_blocks (AssayContainer *container, guint64 offset, AssayTarHeader *header, guint64 *out_length, GError **error)
{
  AssayNode *node = container->node;
  for (gboolean more = header->more_regions; more; *out_length += ASSAY_TAR_BLOCK_BYTES)
    {
      guint8 block[ASSAY_TAR_BLOCK_BYTES];
      if (!assay_limits_check (container->context->limits, ASSAY_LIMIT_METADATA_BYTES,
                               *out_length + ASSAY_TAR_BLOCK_BYTES, "a longer map of a sparse file in a tar", error))
        return FALSE;
      if (!assay_range_fits (offset + *out_length, sizeof block, node->size))
        return fail ("a map of a sparse file that leaves the archive", error);
      if (!assay_blob_read (node->blob, offset + *out_length, block, sizeof block, error))
        return FALSE;
      guint before = header->regions->len;
      if (block[BLOCK_MORE] > 1 || !take_regions (block, BLOCK_REGIONS, header->regions)
          || (block[BLOCK_MORE] == 1 && header->regions->len - before < BLOCK_REGIONS))
        return fail ("a damaged map of a sparse file", error);
      more = block[BLOCK_MORE] == 1;
    }
  return TRUE;
}

/* --- version 1.0: decimal numbers, each in a line: how many regions, and of each offset and length --- */

/** A map that is being read. @text: what was read of it; @at: how far it was understood */
typedef struct
{
  AssayContainer *container;
  guint64 offset;
  guint64 most;
  GByteArray *text;
  guint at;
} MapText;

static gboolean
take_line (MapText *map, guint64 *out, GError **error)
{
  const guint8 *end;
  while ((end = map->text->len == map->at ? NULL : memchr (map->text->data + map->at, '\n', map->text->len - map->at))
         == NULL)
    {
      guint length = map->text->len;
      if (!assay_limits_check (map->container->context->limits, ASSAY_LIMIT_METADATA_BYTES,
                               (guint64)length + ASSAY_TAR_BLOCK_BYTES, "a longer map of a sparse file in a tar",
                               error))
        return FALSE;
      if (length - map->at > 20 || !assay_range_fits (length, ASSAY_TAR_BLOCK_BYTES, map->most))
        return fail ("a damaged map of a sparse file", error);
      g_byte_array_set_size (map->text, length + ASSAY_TAR_BLOCK_BYTES);
      if (!assay_blob_read (map->container->node->blob, map->offset + length, map->text->data + length,
                            ASSAY_TAR_BLOCK_BYTES, error))
        return FALSE;
    }
  const char *line = (const char *)map->text->data + map->at;
  gsize digits = (gsize)(end - (const guint8 *)line);
  map->at += (guint)digits + 1;
  return (assay_number_parse (line, digits, 10, out) && *out <= G_MAXINT64)
         || fail ("a damaged map of a sparse file", error);
}

static gboolean
read_text (AssayContainer *container, guint64 offset, AssayTarHeader *header, guint64 *out_length, GError **error)
{
  guint64 stored = 0;
  guint64 count = 0;
  if (!assay_u64_align (header->size, ASSAY_TAR_BLOCK_BYTES, &stored)
      || !assay_range_fits (offset, stored, container->node->size))
    return fail ("content that leaves the archive", error);
  g_autoptr (GByteArray) text = g_byte_array_new ();
  MapText map = { container, offset, stored, text, 0 };
  header->regions = regions_new ();
  if (!take_line (&map, &count, error))
    return FALSE;
  for (guint64 i = 0; i < count; i++)
    {
      AssayTarRegion region = { 0 };
      if (!take_line (&map, &region.offset, error) || !take_line (&map, &region.length, error))
        return FALSE;
      g_array_append_val (header->regions, region);
    }
  *out_length = text->len;
  return TRUE;
}

/* --- both --- */

guint64
assay_tar_sparse_stored (const GArray *regions)
{
  guint64 stored = 0;
  for (guint i = 0; i < regions->len; i++)
    stored += region_at (regions, i)->length;
  return stored;
}

/* GNU tar goes on to the next block behind each region, and libarchive does not: so only the last one may end within
 * one. */
static gboolean
check_regions (const AssayTarHeader *header, guint64 stored, GError **error)
{
  guint64 end = 0;
  guint64 total = 0;
  for (guint i = 0; i < header->regions->len; i++)
    {
      const AssayTarRegion *region = region_at (header->regions, i);
      gboolean last = i + 1 == header->regions->len;
      if (region->offset < end || !assay_range_fits (region->offset, region->length, header->real_size)
          || (region->length == 0 && !last))
        return fail ("a sparse file whose regions are in disorder, or leave it", error);
      if (total % ASSAY_TAR_BLOCK_BYTES != 0 && region->length > 0)
        return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED,
                                  "tar: a sparse file whose regions are no whole blocks, of which readers differ");
      end = region->offset + region->length;
      total += region->length;
    }
  return total == stored || fail ("a sparse file of which more or less is stored than it says", error);
}

gboolean
assay_tar_sparse_read_map (AssayContainer *container, guint64 offset, AssayTarHeader *header, guint64 *out_length,
                           GError **error)
{
  *out_length = 0;
  if (header->sparse == ASSAY_TAR_SPARSE_OLD)
    return read_blocks (container, offset, header, out_length, error) && check_regions (header, header->size, error);
  if (!read_text (container, offset, header, out_length, error))
    return FALSE;
  return *out_length <= header->size ? check_regions (header, header->size - *out_length, error)
                                     : fail ("a damaged map of a sparse file", error);
}

/* The map as version 1.0 writes it. */
static GByteArray *
write_text (const GArray *regions)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, "%u\n", regions->len);
  for (guint i = 0; i < regions->len; i++)
    g_string_append_printf (text, "%" G_GUINT64_FORMAT "\n%" G_GUINT64_FORMAT "\n", region_at (regions, i)->offset,
                            region_at (regions, i)->length);
  GByteArray *body = g_byte_array_new ();
  g_byte_array_append (body, (const guint8 *)text->str, (guint)text->len);
  return body;
}

static GByteArray *
write_blocks (const AssayTarHeader *header)
{
  GByteArray *body = g_byte_array_new ();
  for (guint first = HEADER_REGIONS; first < header->regions->len; first += BLOCK_REGIONS)
    {
      guint8 block[ASSAY_TAR_BLOCK_BYTES] = { 0 };
      block[BLOCK_MORE] = first + BLOCK_REGIONS < header->regions->len;
      put_regions (block, BLOCK_REGIONS, header->regions, first, &header->variant);
      g_byte_array_append (body, block, sizeof block);
    }
  return body;
}

gboolean
assay_tar_sparse_add_spans (AssayContainer *container, const AssayNode *child, guint64 offset, guint64 length,
                            const AssayTarHeader *header, GError **error)
{
  gboolean same = FALSE;
  g_autoptr (GByteArray) again
      = header->sparse == ASSAY_TAR_SPARSE_OLD ? write_blocks (header) : write_text (header->regions);
  guint written = again->len;
  g_byte_array_set_size (again, written + (0u - written) % ASSAY_TAR_BLOCK_BYTES);
  if (again->len > written)
    memset (again->data + written, 0, again->len - written);
  if (again->len == length && !assay_blob_equals (container->node->blob, offset, again->data, again->len, &same, error))
    return FALSE;
  assay_container_add_span (
      container, (AssaySpan){ offset, length, ASSAY_SPAN_HEADER, child->index, same, "tar map of a sparse file" });
  return TRUE;
}

gboolean
assay_tar_sparse_add_content (AssayContainer *container, AssayNode *child, guint64 offset, const AssayTarHeader *header,
                              GError **error)
{
  if (header->real_size == 0)
    return assay_container_add_payload (container, child, offset, 0, "tar content", error);
  for (guint i = 0; i < header->regions->len; i++)
    {
      const AssayTarRegion *region = region_at (header->regions, i);
      if (!assay_pieces_add_hole (container, child, region->offset - child->size, error)
          || !assay_pieces_add_stored (container, child, offset, region->length, "tar region of a sparse file", error))
        return FALSE;
      offset += region->length;
    }
  return assay_pieces_add_hole (container, child, header->real_size - child->size, error);
}

/* --- the fact --- */

#define FACT_OLD "sparse-map"
#define FACT_BODY "sparse-text"

void
assay_tar_sparse_add_fact (AssayNode *child, const AssayTarHeader *header)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < header->regions->len; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, i > 0 ? " " : "",
                            region_at (header->regions, i)->offset, region_at (header->regions, i)->length);
  assay_facts_add (child->facts, header->sparse == ASSAY_TAR_SPARSE_OLD ? FACT_OLD : FACT_BODY, "%s", text->str);
}

GArray *
assay_tar_sparse_from_fact (const AssayNode *child)
{
  const char *text = assay_facts_get (child->facts, FACT_OLD);
  if (text == NULL)
    return NULL;
  g_autoptr (GArray) regions = regions_new ();
  while (*text != '\0')
    {
      AssayTarRegion region = { 0 };
      gsize first = strcspn (text, ":");
      gsize second = text[first] == '\0' ? 0 : strcspn (text + first + 1, " ");
      if (second == 0 || !assay_number_parse (text, first, 10, &region.offset)
          || !assay_number_parse (text + first + 1, second, 10, &region.length))
        return NULL;
      g_array_append_val (regions, region);
      text += first + 1 + second;
      text += *text == ' ';
    }
  return g_steal_pointer (&regions);
}
