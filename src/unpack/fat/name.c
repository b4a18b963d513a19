#include "unpack/bytes.h"
#include "unpack/fat/fat.h"

#include <string.h>

/* Names: eight and three characters in an entry, and before it the parts of a long name, the last one first. */

#define SHORT_BYTES 11u
#define STEM_BYTES 8u
#define AT_CASE 12u
#define CASE_STEM 0x08u
#define CASE_SUFFIX 0x10u

#define LAST_PART 0x40u
#define MOST_PARTS 20u
#define PART_UNITS 13u
#define AT_TYPE 12u
#define AT_CHECKSUM 13u
#define AT_CLUSTER 26u

/* Where the units of one part stand. */
static const guint8 unit_places[PART_UNITS] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };

static guint8
checksum_of (const guint8 *entry)
{
  guint8 sum = 0;
  for (guint i = 0; i < SHORT_BYTES; i++)
    sum = (guint8)((guint8)(sum << 7 | sum >> 1) + entry[i]);
  return sum;
}

gboolean
assay_fat_long_add (AssayFatLongName *name, const guint8 *entry, GError **error)
{
  guint number = entry[0];
  if ((number & LAST_PART) != 0)
    {
      number &= ~LAST_PART;
      if (name->count != 0 || number == 0 || number > MOST_PARTS)
        return assay_fat_fail ("a long name that begins within another, or is too long", error);
      name->left = number;
      name->count = number * PART_UNITS;
      name->checksum = entry[AT_CHECKSUM];
    }
  if (name->left == 0 || number != name->left || entry[AT_CHECKSUM] != name->checksum || entry[AT_TYPE] != 0
      || assay_get_le16 (entry + AT_CLUSTER) != 0)
    return assay_fat_fail ("a part of a long name in the wrong place", error);
  name->left--;
  for (guint i = 0; i < PART_UNITS; i++)
    name->units[name->left * PART_UNITS + i] = assay_get_le16 (entry + unit_places[i]);
  return TRUE;
}

/* The name ends with a zero, if it does not fill its parts, and behind that is nothing but ones. */
static gboolean
find_end (const AssayFatLongName *name, guint *out_length, GError **error)
{
  guint end = 0;
  while (end < name->count && name->units[end] != 0)
    end++;
  *out_length = end;
  if (end + PART_UNITS <= name->count)
    return assay_fat_fail ("a long name with an empty part", error);
  for (guint i = end + 1; i < name->count; i++)
    if (name->units[i] != 0xffff)
      return assay_fat_fail ("something behind the end of a long name", error);
  return TRUE;
}

/* Windows cuts off dots and spaces at the end; some characters no name may have. */
static gboolean
is_long_name (const char *text)
{
  gsize length = strlen (text);
  for (gsize i = 0; i < length; i++)
    if ((guchar)text[i] < 0x20 || strchr ("\"*/:<>?\\|", text[i]) != NULL)
      return FALSE;
  return length > 0 && text[length - 1] != '.' && text[length - 1] != ' ' && text[0] != ' ';
}

char *
assay_fat_long_finish (const AssayFatLongName *name, const guint8 *entry, GError **error)
{
  guint length = 0;
  if (name->left != 0 || name->checksum != checksum_of (entry))
    {
      assay_fat_fail ("a long name that does not belong to its short one", error);
      return NULL;
    }
  if (!find_end (name, &length, error))
    return NULL;
  g_autofree char *text = g_utf16_to_utf8 (name->units, length, NULL, NULL, NULL);
  if (text == NULL || !is_long_name (text))
    {
      assay_fat_fail ("a long name that no name may be", error);
      return NULL;
    }
  return g_steal_pointer (&text);
}

/* Capitals, digits, some signs, and bytes of whatever code page; a space may stand within. */
static gboolean
is_short_part (const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (bytes[i] < 0x20 || bytes[i] == 0x7f || (bytes[i] >= 'a' && bytes[i] <= 'z')
        || strchr ("\"*+,./:;<=>?[\\]|", bytes[i]) != NULL)
      return FALSE;
  return TRUE;
}

static gsize
without_spaces (const guint8 *bytes, gsize length)
{
  while (length > 0 && bytes[length - 1] == ' ')
    length--;
  return length;
}

static void
append_part (GString *out, const guint8 *bytes, gsize length, gboolean small)
{
  for (gsize i = 0; i < length; i++)
    g_string_append_c (out, small ? g_ascii_tolower ((gchar)bytes[i]) : (gchar)bytes[i]);
}

char *
assay_fat_short_name (const guint8 *entry, gboolean cased, GError **error)
{
  guint8 name[SHORT_BYTES];
  memcpy (name, entry, sizeof name);
  gsize stem = without_spaces (name, STEM_BYTES);
  gsize suffix = without_spaces (name + STEM_BYTES, SHORT_BYTES - STEM_BYTES);
  guint small = cased ? entry[AT_CASE] : 0;
  /* A name that would begin with the mark of deleted entries. */
  if (name[0] == 0x05)
    name[0] = 0xe5;
  if (stem == 0 || name[0] == ' ' || !is_short_part (name, stem) || !is_short_part (name + STEM_BYTES, suffix)
      || (entry[AT_CASE] & ~(CASE_STEM | CASE_SUFFIX)) != 0)
    {
      assay_fat_fail ("a short name that no name may be", error);
      return NULL;
    }
  GString *out = g_string_new (NULL);
  append_part (out, name, stem, (small & CASE_STEM) != 0);
  if (suffix > 0)
    g_string_append_c (out, '.');
  append_part (out, name + STEM_BYTES, suffix, (small & CASE_SUFFIX) != 0);
  return g_string_free (out, FALSE);
}

/* Until the first space, or NUL. */
static void
append_cut (GString *out, const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length && bytes[i] != ' ' && bytes[i] != 0; i++)
    g_string_append_unichar (out, bytes[i]);
}

char *
assay_fat_cut_name (const guint8 *entry)
{
  GString *out = g_string_new (NULL);
  append_cut (out, entry, STEM_BYTES);
  if (entry[STEM_BYTES] != ' ' && entry[STEM_BYTES] != 0)
    {
      g_string_append_c (out, '.');
      append_cut (out, entry + STEM_BYTES, SHORT_BYTES - STEM_BYTES);
    }
  return g_string_free (out, FALSE);
}

char *
assay_fat_low_name (const char *name)
{
  glong count = 0;
  g_autofree gunichar2 *units = g_utf8_to_utf16 (name, -1, NULL, &count, NULL);
  GString *out = g_string_new (NULL);
  for (glong i = 0; units != NULL && i < count && (units[i] & 0xff) != 0; i++)
    g_string_append_unichar (out, units[i] & 0xff);
  return g_string_free (out, FALSE);
}
