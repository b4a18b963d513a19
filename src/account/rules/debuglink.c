#include "account/rules/debuglink.h"

#include "compare/expectation.h"
#include "util/checked.h"

#include <elf.h>
#include <string.h>
#include <zlib.h>

/* Longest section that is believed: a name as long as a file system takes, zeros, and the sum. */
#define LINK_BYTES_MAX 264u

static gboolean
blob_crc32 (AssayBlob *blob, guint32 *out_sum, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  guint64 size = assay_blob_get_size (blob);
  uLong sum = crc32 (0, NULL, 0);
  for (guint64 done = 0; done < size;)
    {
      gsize take = MIN (size - done, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (blob, done, window, take, error))
        return FALSE;
      sum = crc32_z (sum, window, take);
      done += take;
    }
  *out_sum = (guint32)sum;
  return TRUE;
}

/** A section as it was shipped: @length_bytes of @bytes, of which the last four are the sum. */
typedef struct
{
  guint8 bytes[LINK_BYTES_MAX];
  gsize length_bytes;
  gboolean big_endian;
} Link;

static gboolean
has_sum (const Link *link, guint32 sum)
{
  guint32 stored = link->big_endian ? GUINT32_TO_BE (sum) : GUINT32_TO_LE (sum);
  return memcmp (link->bytes + link->length_bytes - 4, &stored, 4) == 0;
}

/* A name, its NUL, zeros up to a multiple of four, and the sum: nothing else has a place. */
static gboolean
is_well_formed (const Link *link)
{
  gsize room = link->length_bytes - 4;
  gsize name = strnlen ((const char *)link->bytes, room);
  if (name == 0 || name == room || room != (name + 4) / 4 * 4)
    return FALSE;
  for (gsize i = name; i < room; i++)
    if (link->bytes[i] != 0)
      return FALSE;
  return TRUE;
}

static gboolean
links_to (const Link *link, AssayBlob *file, const char *name, gboolean *out_derived, GError **error)
{
  guint32 sum = 0;
  if (strcmp ((const char *)link->bytes, name) != 0)
    return TRUE;
  if (!blob_crc32 (file, &sum, error))
    return FALSE;
  *out_derived = *out_derived || has_sum (link, sum);
  return TRUE;
}

gboolean
assay_debuglink_is_derived (AssayRuleCase *rule_case, guint64 offset, guint64 size, gboolean *out_derived,
                            GError **error)
{
  const AssayExpectation *expectation = rule_case->match->expectation;
  Link link = { .length_bytes = (gsize)size, .big_endian = rule_case->shipped_elf->big_endian };
  *out_derived = FALSE;
  if (expectation == NULL || size < 8 || size > LINK_BYTES_MAX || size % 4 != 0
      || !assay_range_fits (offset, size, rule_case->node->size))
    return TRUE;
  if (!assay_blob_read (rule_case->node->blob, offset, link.bytes, link.length_bytes, error))
    return FALSE;
  if (!is_well_formed (&link))
    return TRUE;
  for (guint i = 0; i < expectation->symbols->len; i++)
    if (!links_to (&link, g_ptr_array_index (expectation->symbols, i), g_ptr_array_index (expectation->symbol_names, i),
                   out_derived, error))
      return FALSE;
  /* The program with its symbols may be the debug file itself. */
  g_autofree char *own = expectation->is_tree ? NULL : g_path_get_basename (expectation->from);
  return own == NULL || links_to (&link, rule_case->expected->blob, own, out_derived, error);
}

gboolean
assay_rule_debuglink (AssayRuleCase *rule_case, GError **error)
{
  const AssayElf *elf = rule_case->fixed ? NULL : rule_case->shipped_elf;
  for (guint i = 0; elf != NULL && i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      gboolean derived = FALSE;
      if (section->type != SHT_PROGBITS || (section->flags & SHF_ALLOC) != 0
          || strcmp (section->name, ".gnu_debuglink") != 0)
        continue;
      if (!assay_debuglink_is_derived (rule_case, section->offset, section->size, &derived, error))
        return FALSE;
      if (derived)
        assay_rule_add_verified (rule_case, "debuglink", section->offset, section->size, ASSAY_CLASS_EXPLAINED);
    }
  return TRUE;
}
