#include "account/times/bytecode_head.h"

#include "unpack/bytes.h"

/* What the magic number says of the layout: two bytes of a number that grows with the version, and "\r\n". */
typedef enum
{
  LAYOUT_UNKNOWN,
  LAYOUT_TIME,  /* up to 3.6: the time of the source, and from 3.3 on its size */
  LAYOUT_FLAGS, /* PEP 552: flags, then time and size, or a hash */
} Layout;

/* Lib/importlib/_bootstrap_external.py of CPython, which lists them; up to 2.7 from 20121 on, and most beyond 50000.
 * Other Pythons have numbers of their own. */
static Layout
layout_of (const guint8 *magic)
{
  guint16 number = assay_get_le16 (magic);
  if (magic[2] != '\r' || magic[3] != '\n')
    return LAYOUT_UNKNOWN;
  if (number >= 3390 && number < 4000)
    return LAYOUT_FLAGS;
  return (number >= 3000 && number < 3390) || number == 20121 || number >= 50000 ? LAYOUT_TIME : LAYOUT_UNKNOWN;
}

guint
assay_bytecode_read_times (const AssayNode *node, gboolean by_name, guint32 out_times[ASSAY_BYTECODE_TIMES_MAX])
{
  guint8 head[12];
  guint count = 0;
  g_autoptr (GError) ignored = NULL;
  if (node->blob == NULL || node->size < sizeof head || !assay_blob_read (node->blob, 0, head, sizeof head, &ignored))
    return 0;
  Layout layout = layout_of (head);
  guint32 word = assay_get_le32 (head + 4);
  if (layout == LAYOUT_UNKNOWN && !by_name)
    return 0;
  if (layout != LAYOUT_FLAGS)
    out_times[count++] = word;
  /* importlib asks for the lowest bit alone */
  if (layout != LAYOUT_TIME && (word & 1) == 0)
    out_times[count++] = assay_get_le32 (head + 8);
  return count;
}
