#include "unpack/iso/iso.h"

#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "util/checked.h"
#include "util/text.h"

#include <string.h>

#define BLOCK ASSAY_ISO_BLOCK_BYTES

/** More descriptors than this nobody writes. */
#define DESCRIPTORS_MAX 32u

/** Blocks behind the descriptors in which UDF would announce itself (ECMA-167 2/8.3.1). */
#define UDF_BLOCKS 16u

/** Types of descriptors. */
enum
{
  BOOT = 0,
  PRIMARY = 1,
  SUPPLEMENTARY = 2,
  TERMINATOR = 255,
};

/* Where the fields of a descriptor stand. */
enum
{
  AT_BOOT_SYSTEM = 7,
  AT_BOOT_CATALOG = 71,
  AT_FLAGS = 7,
  AT_BLOCKS = 80,
  AT_ESCAPES = 88,
  AT_SET_SIZE = 120,
  AT_SET_NUMBER = 124,
  AT_BLOCK_BYTES = 128,
  AT_TABLE_BYTES = 132,
  AT_TABLES = 140,
  AT_ROOT = 156,
  AT_TIMES = 813,
  AT_STRUCTURE = 881,
};

/** Within the record of the root. */
enum
{
  ROOT_BLOCK = 2,
  ROOT_BYTES = 10,
  ROOT_TIME = 18,
  ROOT_LENGTH = 34,
};

static const struct
{
  const char *fact;
  guint16 at;
  guint8 length;
} texts[] = {
  { "system", 8, 32 },       { "label", 40, 32 },      { "set", 190, 128 },
  { "publisher", 318, 128 }, { "preparer", 446, 128 }, { "application", 574, 128 },
  { "copyright", 702, 37 },  { "abstract", 739, 37 },  { "bibliography", 776, 37 },
};

/* From AT_TIMES on, 17 bytes each. When a volume expires is no time of its making. */
static const char *const times[] = { "birthtime", "mtime", "expires", "effective" };

gboolean
assay_iso_probe (const guint8 *deep, gsize length, guint64 size)
{
  return length >= 7 && deep[0] <= SUPPLEMENTARY && memcmp (deep + 1, "CD001\1", 6) == 0;
}

/** What the descriptors say. @boot_block: of the catalog of El Torito; 0: none */
typedef struct
{
  AssayIsoVolume primary;
  AssayIsoVolume joliet;
  guint32 boot_block;
} Descriptors;

static void
descriptors_clear (Descriptors *descriptors)
{
  AssayIsoVolume *volumes[] = { &descriptors->primary, &descriptors->joliet };
  for (gsize i = 0; i < G_N_ELEMENTS (volumes); i++)
    g_clear_pointer (&volumes[i]->folders, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Descriptors, descriptors_clear)

static void
folder_clear (gpointer data)
{
  AssayIsoFolder *folder = data;
  g_clear_pointer (&folder->name, g_free);
}

/* The escape sequences of Joliet's three levels. */
static gboolean
is_joliet (const guint8 *bytes)
{
  const guint8 *escapes = bytes + AT_ESCAPES;
  return bytes[AT_FLAGS] == 0 && escapes[0] == '%' && escapes[1] == '/'
         && (escapes[2] == '@' || escapes[2] == 'C' || escapes[2] == 'E') && escapes[3] == 0;
}

static gboolean
read_root (const guint8 *root, AssayIsoVolume *volume, GError **error)
{
  if (root[0] != ROOT_LENGTH || root[1] != 0 || root[32] != 1 || root[33] != 0)
    return assay_iso_fail ("a root directory that is none", error);
  return assay_iso_both32 (root + ROOT_BLOCK, &volume->root_block, error)
         && assay_iso_both32 (root + ROOT_BYTES, &volume->root_bytes, error);
}

static gboolean
read_numbers (const guint8 *bytes, AssayIsoVolume *volume, GError **error)
{
  guint block = 0;
  guint set = 0;
  guint number = 0;
  if (!assay_iso_both32 (bytes + AT_BLOCKS, &volume->blocks, error)
      || !assay_iso_both16 (bytes + AT_SET_SIZE, &set, error)
      || !assay_iso_both16 (bytes + AT_SET_NUMBER, &number, error)
      || !assay_iso_both16 (bytes + AT_BLOCK_BYTES, &block, error)
      || !assay_iso_both32 (bytes + AT_TABLE_BYTES, &volume->table_bytes, error)
      || !read_root (bytes + AT_ROOT, volume, error))
    return FALSE;
  for (guint i = 0; i < 4; i++)
    volume->tables[i] = i < 2 ? assay_get_le32 (bytes + AT_TABLES + 4 * i) : assay_get_be32 (bytes + AT_TABLES + 4 * i);
  if (bytes[AT_STRUCTURE] != 1)
    return assay_iso_unsupported ("a volume of another structure", error);
  if (block != BLOCK)
    return assay_iso_unsupported ("blocks of another size than 2048 bytes", error);
  return (set <= 1 && number <= 1) || assay_iso_unsupported ("a volume of a set of several", error);
}

/* The texts of a descriptor end in spaces (zeros, of careless writers). */
static void
state_texts (AssayIso *iso, const guint8 *bytes, const char *prefix)
{
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      gsize length = texts[i].length;
      while (length > 0 && (bytes[texts[i].at + length - 1] == ' ' || bytes[texts[i].at + length - 1] == 0))
        length--;
      g_autofree char *name = g_strconcat (prefix, texts[i].fact, NULL);
      if (length > 0)
        assay_facts_add_raw (iso->container->node->own_facts, assay_text_intern (name),
                             (const char *)bytes + texts[i].at, length);
    }
}

static void
add_time (AssayIso *iso, const AssayIsoVolume *volume, const char *fact, AssayIsoTimeForm form, const guint8 *bytes,
          guint64 at)
{
  g_autofree char *name = g_strconcat (volume->prefix, fact, NULL);
  assay_iso_add_time (iso, NULL, assay_text_intern (name), form, bytes + at, volume->at + at);
}

/* Everything in a descriptor is compared, but times may be written again. */
static void
add_descriptor (AssayIso *iso, const AssayIsoVolume *volume, const guint8 *bytes)
{
  guint64 times_end = AT_TIMES + G_N_ELEMENTS (times) * ASSAY_ISO_TIME_LONG;
  guint64 root_time = AT_ROOT + ROOT_TIME;
  state_texts (iso, bytes, volume->prefix);
  assay_facts_add (iso->container->node->own_facts, volume->is_joliet ? "joliet.blocks" : "volume.blocks",
                   "%" G_GUINT32_FORMAT, volume->blocks);
  assay_iso_span (iso, volume->at, root_time, NULL, "iso volume descriptor");
  add_time (iso, volume, "root.mtime", ASSAY_ISO_TIME_SHORT, bytes, root_time);
  root_time += ASSAY_ISO_TIME_SHORT;
  assay_iso_span (iso, volume->at + root_time, AT_TIMES - root_time, NULL, "iso volume descriptor");
  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    add_time (iso, volume, times[i], ASSAY_ISO_TIME_LONG, bytes, AT_TIMES + i * ASSAY_ISO_TIME_LONG);
  assay_iso_span (iso, volume->at + times_end, BLOCK - times_end, NULL, "iso volume descriptor");
}

static gboolean
take_volume (AssayIso *iso, Descriptors *descriptors, const guint8 *bytes, guint64 at, GError **error)
{
  gboolean primary = bytes[0] == PRIMARY;
  AssayIsoVolume *volume = primary ? &descriptors->primary : &descriptors->joliet;
  if (volume->folders != NULL)
    return assay_iso_unsupported ("several volumes of one kind", error);
  if (!primary && !is_joliet (bytes))
    return assay_iso_unsupported ("a supplementary volume that is not Joliet", error);
  *volume = (AssayIsoVolume){
    .at = at, .prefix = primary ? "volume." : "joliet.", .group = primary ? NULL : "#joliet", .is_joliet = !primary
  };
  volume->folders = g_array_new (FALSE, TRUE, sizeof (AssayIsoFolder));
  g_array_set_clear_func (volume->folders, folder_clear);
  if (!read_numbers (bytes, volume, error))
    return FALSE;
  iso->blocks = MAX (iso->blocks, volume->blocks);
  add_descriptor (iso, volume, bytes);
  return TRUE;
}

static gboolean
take_boot (AssayIso *iso, Descriptors *descriptors, const guint8 *bytes, guint64 at, GError **error)
{
  assay_iso_span (iso, at, BLOCK, NULL, "iso boot record");
  if (strncmp ((const char *)bytes + AT_BOOT_SYSTEM, "EL TORITO SPECIFICATION", 32) != 0)
    return TRUE;
  if (descriptors->boot_block != 0)
    return assay_iso_fail ("two boot catalogs", error);
  descriptors->boot_block = assay_get_le32 (bytes + AT_BOOT_CATALOG);
  return TRUE;
}

/* UDF beside ISO 9660 is a tree of its own, which most readers prefer. */
static gboolean
check_udf (AssayIso *iso, guint64 at, GError **error)
{
  static const char *const marks[] = { "BEA01", "NSR02", "NSR03", "TEA01" };
  guint8 head[6];
  AssayNode *node = iso->container->node;
  for (guint i = 0; i < UDF_BLOCKS && assay_range_fits (at, sizeof head, node->size); i++, at += BLOCK)
    {
      if (!assay_blob_read (node->blob, at, head, sizeof head, error))
        return FALSE;
      for (gsize j = 0; j < G_N_ELEMENTS (marks); j++)
        if (memcmp (head + 1, marks[j], 5) == 0)
          return assay_iso_unsupported ("a UDF file system beside it", error);
    }
  return TRUE;
}

static gboolean
read_descriptors (AssayIso *iso, Descriptors *descriptors, GError **error)
{
  guint8 bytes[BLOCK];
  AssayNode *node = iso->container->node;
  guint64 at = ASSAY_ISO_DESCRIPTORS_AT;
  for (guint i = 0; i < DESCRIPTORS_MAX; i++, at += BLOCK)
    {
      if (!assay_range_fits (at, BLOCK, node->size))
        return assay_iso_fail ("the image ends within its descriptors", error);
      if (!assay_blob_read (node->blob, at, bytes, BLOCK, error))
        return FALSE;
      if (memcmp (bytes + 1, "CD001", 5) != 0 || (bytes[6] != 1 && bytes[0] != SUPPLEMENTARY))
        return assay_iso_fail ("a descriptor that is none", error);
      gboolean ok = FALSE;
      if (bytes[0] == TERMINATOR)
        {
          assay_iso_span (iso, at, BLOCK, NULL, "iso end of descriptors");
          return check_udf (iso, at + BLOCK, error);
        }
      if (bytes[0] == BOOT)
        ok = take_boot (iso, descriptors, bytes, at, error);
      else if (bytes[0] == PRIMARY || (bytes[0] == SUPPLEMENTARY && bytes[6] == 1))
        ok = take_volume (iso, descriptors, bytes, at, error);
      else
        return assay_iso_unsupported ("a descriptor of another type", error);
      if (!ok)
        return FALSE;
    }
  return assay_iso_fail ("descriptors without end", error);
}

gboolean
assay_iso_open (AssayContainer *container, GError **error)
{
  g_autoptr (GHashTable) files = g_hash_table_new (NULL, NULL);
  g_auto (Descriptors) descriptors = { 0 };
  AssayIso iso = { .container = container, .files = files };
  assay_iso_span (&iso, 0, ASSAY_ISO_DESCRIPTORS_AT, NULL, "iso system area");
  container->node->times_are_fields = TRUE;
  if (!read_descriptors (&iso, &descriptors, error))
    return FALSE;
  guint64 end = MIN (container->node->size, (guint64)iso.blocks * BLOCK);
  assay_container_add_span (container, (AssaySpan){ end, container->node->size - end, ASSAY_SPAN_SLACK,
                                                    ASSAY_SPAN_NO_CHILD, FALSE, "behind the volume" });
  if (descriptors.primary.folders == NULL)
    return assay_iso_fail ("no primary volume", error);
  if (!assay_iso_volume_read (&iso, &descriptors.primary, error)
      || (descriptors.joliet.folders != NULL && !assay_iso_volume_read (&iso, &descriptors.joliet, error)))
    return FALSE;
  return descriptors.boot_block == 0 || assay_iso_boot_read (&iso, descriptors.boot_block, error);
}
