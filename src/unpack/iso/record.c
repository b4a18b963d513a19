#include "unpack/iso/record.h"

#include "unpack/bytes.h"
#include "util/text.h"

#include <string.h>

enum
{
  AT_ATTRIBUTES = 1,
  AT_BLOCK = 2,
  AT_SIZE = 10,
  AT_TIME = 18,
  AT_FLAGS = 25,
  AT_UNIT = 26,
  AT_GAP = 27,
  AT_VOLUME = 28,
  AT_NAME_BYTES = 32,
  AT_NAME = 33,
};

gboolean
assay_iso_record_read (const guint8 *bytes, gsize room, guint64 offset, AssayIsoRecord *out, GError **error)
{
  guint volume = 0;
  gsize length = bytes[0];
  if (length > room || length < AT_NAME + 1 || length % 2 != 0)
    return assay_iso_fail ("a record of an impossible length", error);
  *out = (AssayIsoRecord){ .bytes = bytes,
                           .length = length,
                           .offset = offset,
                           .flags = bytes[AT_FLAGS],
                           .name = bytes + AT_NAME,
                           .name_bytes = bytes[AT_NAME_BYTES] };
  gsize end = AT_NAME + out->name_bytes + (out->name_bytes % 2 == 0);
  if (out->name_bytes == 0 || end > length)
    return assay_iso_fail ("a name that leaves its record", error);
  out->more = bytes + end;
  out->more_bytes = length - end;
  if (!assay_iso_both32 (bytes + AT_BLOCK, &out->block, error) || !assay_iso_both32 (bytes + AT_SIZE, &out->size, error)
      || !assay_iso_both16 (bytes + AT_VOLUME, &volume, error))
    return FALSE;
  if (bytes[AT_ATTRIBUTES] != 0)
    return assay_iso_unsupported ("a record of extended attributes", error);
  if (bytes[AT_UNIT] != 0 || bytes[AT_GAP] != 0)
    return assay_iso_unsupported ("an interleaved file", error);
  if (volume > 1)
    return assay_iso_unsupported ("a file on another volume", error);
  return (out->flags & ~(guint)ASSAY_ISO_FLAGS_KNOWN) == 0
         || assay_iso_fail ("a record with flags that are not known", error);
}

gboolean
assay_iso_record_is (const AssayIsoRecord *record, guint8 name)
{
  return record->name_bytes == 1 && record->name[0] == name;
}

gboolean
assay_iso_record_rock (AssayIso *iso, const AssayIsoVolume *volume, const AssayIsoRecord *record, AssayIsoRock *out,
                       GError **error)
{
  guint skip = 0;
  if (!volume->is_rock)
    return volume->is_joliet || !assay_iso_rock_is_there (record->more, record->more_bytes)
           || assay_iso_fail ("Rock Ridge in a volume that does not begin so", error);
  /* The one entry that says how many bytes are left out leaves none out itself. */
  if (!assay_iso_rock_begins (record->more, record->more_bytes, &skip))
    skip = volume->skip;
  else
    skip = 0;
  gsize left_out = MIN (skip, record->more_bytes);
  if (!assay_iso_rock_read (iso, record->more + left_out, record->more_bytes - left_out,
                            record->offset + (guint64)(record->more - record->bytes) + left_out, out, error))
    return FALSE;
  return out->starts <= (assay_iso_record_is (record, 0) && record->block == volume->root_block)
         || assay_iso_fail ("an entry that changes how all others are read", error);
}

void
assay_iso_record_state (AssayIso *iso, const AssayIsoVolume *volume, const AssayIsoRecord *record,
                        const AssayIsoRock *rock, AssayNode *child, const char *lead)
{
  gboolean has_rock = rock != NULL && rock->spans != NULL;
  g_autofree char *time = g_strconcat (lead, has_rock ? "record.mtime" : "mtime", NULL);
  guint64 end = record->offset + record->length;
  /* What Rock Ridge takes comes first among its spans. */
  if (has_rock)
    end = g_array_index (rock->spans, AssayIsoRun, 0).offset;
  guint64 behind = record->offset + AT_TIME + ASSAY_ISO_TIME_SHORT;
  assay_iso_span (iso, record->offset, AT_TIME, child, "iso record");
  assay_iso_add_time (iso, child, assay_text_intern (time), ASSAY_ISO_TIME_SHORT, record->bytes + AT_TIME,
                      record->offset + AT_TIME);
  assay_iso_span (iso, behind, end - behind, child, "iso record");
  if (has_rock)
    assay_iso_rock_state (iso, rock, child, lead);
  guint other = record->flags & ~(guint)(ASSAY_ISO_FLAG_DIRECTORY | ASSAY_ISO_FLAG_CONTINUES);
  /* 7-Zip puts pieces together only where they have the same ones */
  if (child != NULL && strncmp (lead, "dot", 3) != 0 && other != 0)
    {
      g_autofree char *name = g_strconcat (lead, "attributes", NULL);
      assay_facts_add (child->facts, assay_text_intern (name), "0x%02x", other);
    }
}

/* The version that ECMA-119 puts behind a name, and the point of a name without suffix, which readers leave out. */
static void
drop_version (GString *name)
{
  const char *semicolon = strrchr (name->str, ';');
  if (semicolon != NULL && semicolon[1] != '\0' && strspn (semicolon + 1, "0123456789") == strlen (semicolon + 1))
    g_string_truncate (name, (gsize)(semicolon - name->str));
  if (semicolon != NULL && name->len > 1 && name->str[name->len - 1] == '.')
    g_string_truncate (name, name->len - 1);
}

static GString *
read_joliet (const AssayIsoRecord *record)
{
  gunichar2 units[128];
  gsize count = record->name_bytes / 2;
  if (record->name_bytes % 2 != 0)
    return NULL;
  for (gsize i = 0; i < count; i++)
    {
      units[i] = (gunichar2)(record->name[2 * i] << 8 | record->name[2 * i + 1]);
      if (units[i] == 0)
        return NULL;
    }
  g_autofree char *text = g_utf16_to_utf8 (units, (glong)count, NULL, NULL, NULL);
  return text == NULL ? NULL : g_string_new (text);
}

/* Linux makes a point of each semicolon of a plain name but that of version 1, and of a slash (isofs_name_translate()):
 * such a name is another file to it. */
static gboolean
is_plain (const GString *name)
{
  gsize before_version = name->len >= 2 && g_str_has_suffix (name->str, ";1") ? name->len - 2 : name->len;
  return memchr (name->str, ';', before_version) == NULL;
}

char *
assay_iso_record_name (const AssayIsoVolume *volume, const AssayIsoRecord *record, const AssayIsoRock *rock,
                       GError **error)
{
  gboolean by_rock = rock != NULL && rock->name != NULL;
  GString *name = NULL;
  if (by_rock)
    name = g_string_new_len (rock->name->str, (gssize)rock->name->len);
  else if (volume->is_joliet)
    name = read_joliet (record);
  else
    name = g_string_new_len ((const char *)record->name, (gssize)record->name_bytes);
  gboolean plain = by_rock || volume->is_joliet || is_plain (name);
  if (name != NULL && !by_rock && memchr (name->str, 0, name->len) == NULL)
    drop_version (name);
  gboolean good = plain && name != NULL && name->len > 0 && memchr (name->str, 0, name->len) == NULL
                  && strchr (name->str, '/') == NULL && strcmp (name->str, ".") != 0 && strcmp (name->str, "..") != 0;
  if (!good)
    assay_iso_fail ("a name that no name may be", error);
  char *text = good ? g_strdup (name->str) : NULL;
  if (name != NULL)
    g_string_free (name, TRUE);
  return text;
}
