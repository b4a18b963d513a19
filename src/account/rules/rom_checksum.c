#include "account/rules/rule.h"

#include <string.h>

/* An option ROM: 55 AA, its length in blocks of 512 bytes, a jump to its beginning; all bytes add up to 0 (PCI Firmware
 * Specification, "PCI Expansion ROM Header Format"; Plug and Play BIOS Specification, 3.2). */
#define BLOCK_BYTES 512u
#define ENTRY 3u

/* SeaBIOS and iPXE keep the byte that makes the sum 0 behind the jump. */
#define BEHIND_ENTRY 6u

/* Others, as QEMU's, in the last byte, behind fill: of that so much must be there. */
#define FILL_BYTES 3u

/** Side: one ROM, read whole; the format ends at 255 blocks. */
typedef struct
{
  guint8 bytes[255 * BLOCK_BYTES];
  gsize length;
} Side;

static gboolean
is_rom (const Side *side)
{
  guint8 sum = 0;
  for (gsize i = 0; i < side->length; i++)
    sum = (guint8)(sum + side->bytes[i]);
  return side->bytes[0] == 0x55 && side->bytes[1] == 0xaa && side->bytes[2] * BLOCK_BYTES == side->length && sum == 0;
}

/* Whether the processor never runs into the byte behind the entry: a jump stands before it that leads elsewhere. Where
 * it may be code, no sum explains it. */
static gboolean
jumps_over (const Side *side)
{
  const guint8 *entry = side->bytes + ENTRY;
  guint far = ENTRY + 3u + entry[1] + 256u * entry[2];
  guint near = ENTRY + 2u + entry[1];
  if (entry[0] == 0xe9)
    return (far & 0xffff) != BEHIND_ENTRY;
  return entry[0] == 0xeb && entry[1] < 0x80 && near > BEHIND_ENTRY;
}

static gboolean
ends_in_fill (const Side *side)
{
  const guint8 *fill = side->bytes + side->length - 1 - FILL_BYTES;
  for (gsize i = 1; i < FILL_BYTES; i++)
    if (fill[i] != fill[0])
      return FALSE;
  return fill[0] == 0x00 || fill[0] == 0xff;
}

static gboolean
read_side (AssayBlob *blob, Side *side, GError **error)
{
  side->length = (gsize)assay_blob_get_size (blob);
  return assay_blob_read (blob, 0, side->bytes, side->length, error);
}

/* Of the two places of a sum only one may differ: the other would be content that the sum hides. */
static void
explain (AssayRuleCase *rule_case, const Side *shipped, const Side *expected)
{
  gsize last = shipped->length - 1;
  gboolean front = shipped->bytes[BEHIND_ENTRY] != expected->bytes[BEHIND_ENTRY];
  gboolean back = shipped->bytes[last] != expected->bytes[last];
  if (front && !back && jumps_over (shipped) && memcmp (shipped->bytes, expected->bytes, BEHIND_ENTRY) == 0)
    assay_rule_add_verified (rule_case, "rom-checksum", BEHIND_ENTRY, 1, ASSAY_CLASS_EXPLAINED);
  if (back && !front && ends_in_fill (shipped) && ends_in_fill (expected))
    assay_rule_add_verified (rule_case, "rom-checksum", last, 1, ASSAY_CLASS_EXPLAINED);
}

gboolean
assay_rule_rom_checksum (AssayRuleCase *rule_case, GError **error)
{
  guint64 size = rule_case->node->size;
  if (rule_case->placed || size != rule_case->expected->size || size == 0 || size % BLOCK_BYTES != 0
      || size > sizeof ((Side *)NULL)->bytes)
    return TRUE;
  g_autofree Side *shipped = g_new0 (Side, 1);
  g_autofree Side *expected = g_new0 (Side, 1);
  if (!read_side (rule_case->node->blob, shipped, error) || !read_side (rule_case->expected->blob, expected, error))
    return FALSE;
  if (is_rom (shipped) && is_rom (expected))
    explain (rule_case, shipped, expected);
  return TRUE;
}
