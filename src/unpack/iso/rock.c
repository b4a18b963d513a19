#include "unpack/bytes.h"
#include "unpack/iso/iso.h"
#include "util/cancel.h"
#include "util/text.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/** Length and version of an entry of the system use area, behind its two letters. */
#define ENTRY_HEAD 4u

#define ENTRY_VERSION 1u

/** One entry may be continued so often; Linux reads none that is continued more often (RR_MAX_CE_ENTRIES). */
#define AREAS_MAX 31u

/** Flags of a part of a name, or of a link's target (RRIP 4.1.3, 4.1.4). */
enum
{
  PART_CONTINUES = 1,
  PART_CURRENT = 2,
  PART_PARENT = 4,
  PART_ROOT = 8,
  PART_KNOWN = 15,
};

/** RR: that a name is there; attributes, a target, a place of a moved directory, times. */
enum
{
  EXTENSION_ATTRIBUTES = 1,
  EXTENSION_TARGET = 4,
  EXTENSION_NAME = 8,
  EXTENSION_CHILD = 16,
  EXTENSION_TIMES = 128,
};

/** TF: times that are there, and how they are written. */
#define TIMES_LONG 0x80u

/** An area that is being read. @target_open, @name_open: the next part goes on with the last one. @continued: it is not
 * that of the record, but one to which that leads. */
typedef struct
{
  AssayIso *iso;
  AssayIsoRock *rock;
  gboolean name_open;
  gboolean name_done;
  gboolean component_open;
  gboolean target_open;
  gboolean target_done;
  gboolean has_times;
  gboolean has_extensions;
  gboolean continued;
  guint8 extensions;
  AssayIsoRun next; /* continuation; length 0: none */
} Reading;

void
assay_iso_rock_clear (AssayIsoRock *rock)
{
  GString **texts[] = { &rock->name,       &rock->name_parts, &rock->target,   &rock->target_parts,
                        &rock->attributes, &rock->extensions, &rock->continued };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (*texts[i] != NULL)
      g_string_free (g_steal_pointer (texts[i]), TRUE);
  g_clear_pointer (&rock->compression, g_free);
  g_clear_pointer (&rock->areas, g_ptr_array_unref);
  g_clear_pointer (&rock->spans, g_array_unref);
}

/* To a text that begins with the first that is added. */
static GString *
lengthen (GString **text, const char *between)
{
  if (*text == NULL)
    *text = g_string_new (NULL);
  else
    g_string_append (*text, between);
  return *text;
}

gboolean
assay_iso_rock_begins (const guint8 *bytes, gsize length, guint *out_skip)
{
  if (length < 7 || memcmp (bytes, "SP\7\1\xbe\xef", 6) != 0)
    return FALSE;
  *out_skip = bytes[6];
  return TRUE;
}

static const char known[][3] = { "SP", "CE", "ER", "RR", "PX", "PN", "SL", "NM", "CL", "PL", "TF", "RE", "ZF", "SF" };

gboolean
assay_iso_rock_is_there (const guint8 *bytes, gsize length)
{
  for (gsize at = 0; length - at > 2 && bytes[at + 2] > 2; at += MIN (bytes[at + 2], length - at))
    for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
      if (memcmp (bytes + at, known[i], 2) == 0)
        return TRUE;
  return FALSE;
}

static gboolean
read_attributes (Reading *reading, const guint8 *data, gsize length, GError **error)
{
  AssayIsoRock *rock = reading->rock;
  if (rock->has_attributes || (length != 32 && length != 40))
    return assay_iso_fail ("attributes that stand twice, or are no attributes", error);
  rock->has_attributes = TRUE;
  rock->has_inode = length == 40;
  return assay_iso_both32 (data, &rock->mode, error) && assay_iso_both32 (data + 8, &rock->links, error)
         && assay_iso_both32 (data + 16, &rock->uid, error) && assay_iso_both32 (data + 24, &rock->gid, error)
         && (!rock->has_inode || assay_iso_both32 (data + 32, &rock->inode, error));
}

static gboolean
read_device (Reading *reading, const guint8 *data, gsize length, GError **error)
{
  AssayIsoRock *rock = reading->rock;
  if (rock->has_device || length != 16)
    return assay_iso_fail ("a device that stands twice, or is none", error);
  rock->has_device = TRUE;
  return assay_iso_both32 (data, &rock->device_high, error) && assay_iso_both32 (data + 8, &rock->device_low, error);
}

static gboolean
read_name (Reading *reading, const guint8 *data, gsize length, GError **error)
{
  if (length < 1 || reading->name_done || (data[0] & ~PART_CONTINUES) != 0)
    return assay_iso_fail ("a name that is none", error);
  reading->rock->name_entries++;
  g_string_append_len (lengthen (&reading->rock->name, ""), (const char *)data + 1, (gssize)(length - 1));
  g_string_append_len (lengthen (&reading->rock->name_parts, "/"), (const char *)data + 1, (gssize)(length - 1));
  reading->name_done = (data[0] & PART_CONTINUES) == 0;
  reading->name_open = !reading->name_done;
  return TRUE;
}

/* One component; they are joined by `/`, but where one goes on in the next record. */
static void
add_component (Reading *reading, guint flags, const guint8 *text, gsize length)
{
  GString *target = reading->rock->target;
  gboolean at_root = target->len > 0 && target->str[target->len - 1] == '/';
  if (!reading->component_open && target->len > 0 && !at_root)
    g_string_append_c (target, '/');
  if ((flags & PART_ROOT) != 0)
    g_string_assign (target, "/");
  else if ((flags & PART_CURRENT) != 0)
    g_string_append_c (target, '.');
  else if ((flags & PART_PARENT) != 0)
    g_string_append (target, "..");
  else
    g_string_append_len (target, (const char *)text, (gssize)length);
  reading->component_open = (flags & PART_CONTINUES) != 0;
}

/* How the target is divided: not all readers put together what belongs together. */
static void
note_component (AssayIsoRock *rock, guint flags, gsize size, gboolean further)
{
  gboolean open = (flags & PART_CONTINUES) != 0;
  rock->target_divided = rock->target_divided || open;
  g_string_append_printf (rock->target_parts, "%s%" G_GSIZE_FORMAT "%s", further ? "/" : "", size, open ? "+" : "");
}

static gboolean
read_target (Reading *reading, const guint8 *data, gsize length, GError **error)
{
  if (length < 1 || reading->target_done || (data[0] & ~PART_CONTINUES) != 0)
    return assay_iso_fail ("a link's target that is none", error);
  lengthen (&reading->rock->target, "");
  reading->rock->target_entries++;
  lengthen (&reading->rock->target_parts, " ");
  for (gsize at = 1; at < length;)
    {
      if (length - at < 2 || length - at - 2 < data[at + 1])
        return assay_iso_fail ("a link's target that is cut off", error);
      guint flags = data[at];
      gsize size = data[at + 1];
      guint special = flags & (PART_CURRENT | PART_PARENT | PART_ROOT);
      gboolean one = special == 0 || (special & (special - 1)) == 0;
      gboolean root_inside = special == PART_ROOT && reading->rock->target->len > 0;
      if ((flags & ~(guint)PART_KNOWN) != 0 || !one || (special != 0 && (size != 0 || reading->component_open))
          || root_inside || memchr (data + at + 2, '/', size) != NULL || memchr (data + at + 2, 0, size) != NULL)
        return assay_iso_fail ("a part of a link's target that readers take in more than one way", error);
      note_component (reading->rock, flags, size, at > 1);
      add_component (reading, flags, data + at + 2, size);
      at += 2 + size;
    }
  reading->target_done = (data[0] & PART_CONTINUES) == 0;
  reading->target_open = !reading->target_done;
  return TRUE;
}

static gboolean
read_times (Reading *reading, const guint8 *data, gsize length, guint64 offset, GError **error)
{
  AssayIsoRock *rock = reading->rock;
  if (reading->has_times || length < 1)
    return assay_iso_fail ("times that stand twice, or are none", error);
  guint flags = data[0];
  gsize size = (flags & TIMES_LONG) != 0 ? ASSAY_ISO_TIME_LONG : ASSAY_ISO_TIME_SHORT;
  gsize at = 1;
  reading->has_times = TRUE;
  rock->long_times = (flags & TIMES_LONG) != 0;
  for (guint i = 0; i < ASSAY_ISO_ROCK_TIMES; i++)
    {
      if ((flags & 1u << i) == 0)
        continue;
      if (length - at < size)
        return assay_iso_fail ("times that are cut off", error);
      rock->times[i].offset = offset + at;
      rock->times[i].bytes = data + at;
      at += size;
    }
  return at == length || assay_iso_fail ("something behind the last time", error);
}

static gboolean
read_place (guint32 *place, const guint8 *data, gsize length, GError **error)
{
  if (*place != 0 || length != 8)
    return assay_iso_fail ("a directory that was moved twice", error);
  return assay_iso_both32 (data, place, error)
         && (*place != 0 || assay_iso_fail ("a directory that was moved to nowhere", error));
}

static gboolean
read_continuation (Reading *reading, const guint8 *data, gsize length, GError **error)
{
  guint32 block = 0;
  guint32 offset = 0;
  guint32 size = 0;
  if (length != 24 || reading->next.length != 0)
    return assay_iso_fail ("an entry that is continued twice", error);
  if (!assay_iso_both32 (data, &block, error) || !assay_iso_both32 (data + 8, &offset, error)
      || !assay_iso_both32 (data + 16, &size, error)
      || !assay_iso_check_run (reading->iso, block, (guint64)offset + size, error))
    return FALSE;
  if (offset >= ASSAY_ISO_BLOCK_BYTES || size > ASSAY_ISO_BLOCK_BYTES - offset || size < ENTRY_HEAD)
    return assay_iso_fail ("a continuation that leaves its block", error);
  /* No two share a byte; those of a moved directory are read twice. */
  reading->iso->continued_bytes += size;
  if (reading->iso->continued_bytes > 2 * reading->iso->container->node->size)
    return assay_iso_fail ("continuations that several entries have", error);
  reading->next = (AssayIsoRun){ (guint64)block * ASSAY_ISO_BLOCK_BYTES + offset, size };
  return TRUE;
}

/* An index of what else stands here (RRIP 1.09, 4.1.7, of no later edition): Linux takes the name only where it says
 * that there is one. */
static gboolean
read_extensions (Reading *reading, const guint8 *data, gsize length, GError **error)
{
  if (reading->has_extensions || length < 1)
    return assay_iso_fail ("a list of extensions that stands twice, or is empty", error);
  reading->has_extensions = TRUE;
  reading->extensions = data[0];
  return TRUE;
}

/* Attributes and access control lists, which xorriso gives to what it unpacks (libisofs, doc/susp_aaip_2_0.txt). */
static void
add_attributes (AssayIsoRock *rock, const guint8 *data, gsize length)
{
  g_autofree char *digits = assay_text_hex (data, length);
  g_string_append_printf (lengthen (&rock->attributes, ""), ".%s", digits);
}

/* Who is told here of an extension of the format: by it Linux prefers the names of Rock Ridge to those of Joliet. The
 * lengths of three texts and a version stand in front of the first of these, its identifier (SUSP 1.12, 5.5). */
static gboolean
read_extension (AssayIsoRock *rock, const guint8 *data, gsize length, GError **error)
{
  if (length < 4 || length - 4 < (gsize)data[0] + data[1] + data[2])
    return assay_iso_fail ("an extension that is cut off", error);
  g_string_append_len (lengthen (&rock->extensions, " "), (const char *)data + 4, data[0]);
  return TRUE;
}

/* What a record leads to instead of having it itself, 7-Zip does not look at: of these four it takes what the record
 * has. */
static void
note_continued (AssayIsoRock *rock, const guint8 *entry)
{
  static const char read[][3] = { "NM", "PX", "SL", "TF" };
  for (gsize i = 0; i < G_N_ELEMENTS (read); i++)
    if (memcmp (entry, read[i], 2) == 0)
      g_string_append (lengthen (&rock->continued, " "), read[i]);
}

/* Readers differ in whether they go by a version that they do not know. That of zisofs has two (libisofs). */
static gboolean
check_version (const guint8 *entry, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (memcmp (entry, known[i], 2) == 0 && strcmp (known[i], "ZF") != 0)
      return entry[3] == ENTRY_VERSION || assay_iso_fail ("a system use entry of another version", error);
  return TRUE;
}

/* What is not known changes neither names nor places, and is compared where it stands. */
static gboolean
take (Reading *reading, const guint8 *entry, gsize length, guint64 offset, GError **error)
{
  const guint8 *data = entry + ENTRY_HEAD;
  AssayIsoRock *rock = reading->rock;
  if (!check_version (entry, error))
    return FALSE;
  if (reading->continued)
    note_continued (rock, entry);
  if (memcmp (entry, "PX", 2) == 0)
    return read_attributes (reading, data, length, error);
  if (memcmp (entry, "PN", 2) == 0)
    return read_device (reading, data, length, error);
  if (memcmp (entry, "RR", 2) == 0)
    return read_extensions (reading, data, length, error);
  if (memcmp (entry, "NM", 2) == 0)
    return read_name (reading, data, length, error);
  if (memcmp (entry, "SL", 2) == 0)
    return read_target (reading, data, length, error);
  if (memcmp (entry, "TF", 2) == 0)
    return read_times (reading, data, length, offset + ENTRY_HEAD, error);
  if (memcmp (entry, "CL", 2) == 0)
    return read_place (&rock->child_block, data, length, error);
  if (memcmp (entry, "PL", 2) == 0)
    return read_place (&rock->parent_block, data, length, error);
  if (memcmp (entry, "CE", 2) == 0)
    return read_continuation (reading, data, length, error);
  if (memcmp (entry, "ER", 2) == 0)
    return read_extension (rock, data, length, error);
  if (memcmp (entry, "SF", 2) == 0)
    return assay_iso_unsupported ("sparse files", error);
  if (memcmp (entry, "AL", 2) == 0)
    add_attributes (rock, data, length);
  if (memcmp (entry, "RE", 2) == 0)
    rock->moved = TRUE;
  if (memcmp (entry, "SP", 2) == 0)
    rock->starts++;
  if (memcmp (entry, "ZF", 2) == 0 && rock->compression == NULL)
    rock->compression = assay_text_hex (data, length);
  return TRUE;
}

/* Linux does not know the entry that ends an area (ST), and goes on behind one without letters. */
static gboolean
check_rest (const guint8 *bytes, gsize length, GError **error)
{
  for (gsize i = 0; i < length; i++)
    if (bytes[i] != 0)
      return assay_iso_fail ("something behind the last system use entry", error);
  return TRUE;
}

static gboolean
read_area (Reading *reading, const guint8 *bytes, gsize length, guint64 offset, GError **error)
{
  gsize at = 0;
  reading->next.length = 0;
  while (length - at >= ENTRY_HEAD && bytes[at] != 0)
    {
      gsize size = bytes[at + 2];
      if (size < ENTRY_HEAD || size > length - at)
        return assay_iso_fail ("a system use entry of an impossible length", error);
      gboolean ends = memcmp (bytes + at, "ST", 2) == 0;
      if (!ends && !take (reading, bytes + at, size - ENTRY_HEAD, offset + at, error))
        return FALSE;
      at += size;
      if (ends)
        break;
    }
  if (!check_rest (bytes + at, length - at, error))
    return FALSE;
  AssayIsoRun run = { offset, length };
  g_array_append_val (reading->rock->spans, run);
  return TRUE;
}

/* A list by which Linux without zisofs reads nothing of an entry but its name. */
static gboolean
lists_nothing (const Reading *reading)
{
  static const guint read = EXTENSION_ATTRIBUTES | EXTENSION_TARGET | EXTENSION_CHILD | EXTENSION_TIMES;
  const AssayIsoRock *rock = reading->rock;
  return reading->has_extensions && (reading->extensions & read) == 0
         && (rock->has_attributes || rock->target != NULL || rock->child_block != 0 || reading->has_times);
}

gboolean
assay_iso_rock_read (AssayIso *iso, const guint8 *bytes, gsize length, guint64 offset, AssayIsoRock *out,
                     GError **error)
{
  Reading reading = { .iso = iso, .rock = out };
  out->areas = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  out->spans = g_array_new (FALSE, FALSE, sizeof (AssayIsoRun));
  if (!read_area (&reading, bytes, length, offset, error))
    return FALSE;
  while (reading.next.length > 0)
    {
      AssayIsoRun run = reading.next;
      reading.continued = TRUE;
      if (out->areas->len == AREAS_MAX)
        return assay_iso_fail ("an entry that is continued without end", error);
      guint8 *area = assay_blob_read_bytes (iso->container->node->blob, run.offset, (gsize)run.length, error);
      if (area == NULL)
        return FALSE;
      g_ptr_array_add (out->areas, g_bytes_new_take (area, (gsize)run.length));
      if (assay_cancelled (error) || !read_area (&reading, area, (gsize)run.length, run.offset, error))
        return FALSE;
    }
  if (reading.name_open || reading.target_open || reading.component_open)
    return assay_iso_fail ("a name or target that is cut off", error);
  if (reading.has_extensions && ((reading.extensions & EXTENSION_NAME) != 0) != (out->name != NULL))
    return assay_iso_fail ("a list of extensions that is not what stands there", error);
  out->unlisted = lists_nothing (&reading);
  return TRUE;
}
