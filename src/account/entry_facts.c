#include "account/entry_facts.h"

#include "unpack/rpm/rpm.h"

#include <string.h>
#include <sys/stat.h>

static const char *const time_facts[] = { "mtime", "atime", "ctime", "birthtime", "header.mtime", "pax-header.mtime",
                                          "long-name.mtime", "long-link.mtime", "pax.atime", "pax.ctime",
                                          /* of a directory's entries for itself and for the one around it */
                                          "dot.mtime", "dot.atime", "dot.birthtime", "dot-dot.mtime", "dot-dot.atime",
                                          "dot-dot.birthtime", "dot.ctime", "dot-dot.ctime",
                                          /* of a record of ISO 9660, beside those of Rock Ridge */
                                          "record.mtime", "dot.record.mtime", "dot-dot.record.mtime",
                                          /* of its volumes */
                                          "volume.birthtime", "volume.mtime", "volume.effective", "volume.root.mtime",
                                          "joliet.birthtime", "joliet.mtime", "joliet.effective", "joliet.root.mtime",
                                          /* of an entry of a zip, in local time */
                                          "dos-time",
                                          /* of a package */
                                          "rpm.buildtime",
                                          /* of an ext file system, and of the root that no entry leads to */
                                          "super.mount-time", "super.write-time", "super.check-time", "super.mkfs-time",
                                          "root.mtime", "root.atime", "root.ctime", "root.birthtime" };

/* Of an inode that has no name at all: "inode8.mtime". */
static const char *const inode_times[] = { "mtime", "atime", "ctime", "birthtime" };

/* Name and owner; and how the headers of cpio, ar, tar and zip write an entry down. */
static const char *const entry_facts[]
    = { "name", "uid", "gid", "user", "group", "header.uid", "header.gid", "header.user", "header.group",
        /* cpio, ar */
        "variant", "digits", "inode", "nlink", "filesystem-device", "name-bytes",
        /* tar */
        "pax",
        /* zip */
        "version-made-by", "version-needed", "local-version-needed", "flags", "method", "internal-attributes",
        "data-descriptor", "local-sizes",
        /* FAT */
        "attributes", "short-name", "name-case",
        /* ISO 9660 */
        "iso-name", "long-times", "name-parts", "continued", "unlisted", "dot.unlisted" };

/* Modes, as octal and hexadecimal numbers; zip has that of POSIX in its upper half. */
static const struct
{
  const char *name;
  guint base;
  guint shift;
} mode_facts[] = { { "mode", 8, 0 }, { "header.mode", 8, 0 }, { "external-attributes", 16, 16 } };

static gboolean
is_one_of (const char *name, const char *const *names, gsize count)
{
  for (gsize i = 0; i < count; i++)
    if (strcmp (name, names[i]) == 0)
      return TRUE;
  return FALSE;
}

/* Of one of several records of one entry: "section-2.mtime". */
static const char *
without_number (const char *fact)
{
  static const char *const kinds[] = { "section-", "moved-" };
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (fact, kinds[i]))
      {
        const char *digits = fact + strlen (kinds[i]);
        gsize count = strspn (digits, "0123456789");
        return count > 0 && digits[count] == '.' ? digits + count + 1 : fact;
      }
  return fact;
}

gboolean
assay_fact_is_time (const char *fact)
{
  fact = without_number (fact);
  if (is_one_of (fact, time_facts, G_N_ELEMENTS (time_facts)) || g_str_has_prefix (fact, ASSAY_RPM_FILE_TIME))
    return TRUE;
  if (!g_str_has_prefix (fact, "inode"))
    return FALSE;
  const char *number = fact + strlen ("inode");
  gsize digits = strspn (number, "0123456789");
  return digits > 0 && number[digits] == '.'
         && is_one_of (number + digits + 1, inode_times, G_N_ELEMENTS (inode_times));
}

static guint
take_number (const char **text, gsize digits, char behind)
{
  guint value = 0;
  for (; digits > 0 && g_ascii_isdigit (**text); digits--)
    value = 10 * value + (guint)g_ascii_digit_value (*(*text)++);
  if (digits > 0 || **text != behind)
    return G_MAXUINT;
  *text += behind != '\0';
  return value;
}

/* A zip's time of DOS, if there ever was one. */
static gboolean
says_local_time (const char *text)
{
  guint year = take_number (&text, 4, '-');
  guint month = take_number (&text, 2, '-');
  guint day = take_number (&text, 2, 'T');
  guint hour = take_number (&text, 2, ':');
  guint minute = take_number (&text, 2, ':');
  guint second = take_number (&text, 2, '\0');
  return year <= G_MAXUINT16 && month <= 12 && day <= 31
         && g_date_valid_dmy ((GDateDay)day, (GDateMonth)month, (GDateYear)year) && hour < 24 && minute < 60
         && second < 60;
}

/* Seconds, with nanoseconds at most: what is longer is no time, but something that hides in its place. No build is of a
 * time beyond 32 bits, and readers that have no more for it refuse the archive. */
static gboolean
says_seconds (const char *value)
{
  const char *digits = value + (value[0] == '-');
  gsize whole = strspn (digits, "0123456789");
  gsize fraction = digits[whole] == '.' ? strspn (digits + whole + 1, "0123456789") : 0;
  const char *end = digits + whole + (digits[whole] == '.') + fraction;
  return whole > 0 && whole <= 18 && fraction <= 9 && *end == '\0' && g_ascii_strtoull (digits, NULL, 10) < G_MAXUINT32;
}

gboolean
assay_fact_says_time (const char *value)
{
  return says_seconds (value) || says_local_time (value);
}

gboolean
assay_node_has_entries (const AssayNode *container)
{
  static const char *const formats[]
      = { "directory", "tar",  "cpio", "ar",    "deb", "zip",  "7z",  "squashfs",   "fat",  "iso9660", "ext2",
          "ext3",      "ext4", "gzip", "bzip2", "xz",  "zstd", "lz4", "lz4-legacy", "lzip", "lzma",    "compress" };
  return container->format != NULL && is_one_of (container->format, formats, G_N_ELEMENTS (formats));
}

/* Of the headers in front of an entry that only carry its long name or its attributes. */
static gboolean
is_of_extra_header (const char *fact)
{
  return g_str_has_prefix (fact, "pax-header.") || g_str_has_prefix (fact, "long-name.")
         || g_str_has_prefix (fact, "long-link.");
}

/* Whether a mode gives nobody the rights of the file's owner or group, and nobody but its owner the file to write. */
static gboolean
is_harmless (AssayNodeType type, guint64 mode)
{
  guint64 rights = S_ISUID | S_ISGID | (type == ASSAY_NODE_SYMLINK ? 0 : S_IWGRP | S_IWOTH);
  return (mode & rights) == 0;
}

/* What unzip -a takes out of a text: CR, for which it writes LF, and the end of a file of CP/M (fileio.c, flush()). */
static gboolean
is_plain_text (AssayBlob *blob)
{
  if (blob == NULL)
    return FALSE;
  guint64 size = assay_blob_get_size (blob);
  g_autofree guint8 *window = g_malloc ((gsize)MIN (size, ASSAY_BLOB_WINDOW_BYTES) + 1);
  for (guint64 done = 0; done < size;)
    {
      gsize length = (gsize)MIN (size - done, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (blob, done, window, length, NULL) || memchr (window, '\r', length) != NULL
          || memchr (window, 0x1a, length) != NULL)
        return FALSE;
      done += length;
    }
  return TRUE;
}

gboolean
assay_entry_stays_as_it_is (const AssayNode *entry, const char *attributes)
{
  return strcmp (attributes, "0") == 0 || (strcmp (attributes, "1") == 0 && is_plain_text (entry->blob));
}

/** Bytes of a name that has room in a record of ISO 9660 beside one of as many of its own, and all else of Rock Ridge.
 */
#define ROOM_IN_RECORD 40u

/* In ISO 9660 a long name is written in several pieces, or apart from its record, and so is what stands behind a link's
 * target; where there is no need for that, it makes another name for who does not put them together. */
static gboolean
needs_no_room (const AssayNode *entry, const char *fact)
{
  if (strcmp (fact, "name-parts") != 0 && strcmp (fact, "continued") != 0)
    return FALSE;
  const char *slash = strrchr (entry->path, '/');
  return entry->type != ASSAY_NODE_SYMLINK && strlen (slash == NULL ? entry->path : slash + 1) <= ROOM_IN_RECORD;
}

gboolean
assay_fact_is_of_entry (const AssayNode *entry, const AssayFact *fact)
{
  if (entry->parent == NULL || !assay_node_has_entries (entry->parent))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (mode_facts); i++)
    if (strcmp (fact->name, mode_facts[i].name) == 0)
      {
        guint64 mode = 0;
        return g_ascii_string_to_unsigned (fact->value, mode_facts[i].base, 0, G_MAXUINT64, &mode, NULL)
               && is_harmless (entry->type, mode >> mode_facts[i].shift);
      }
  /* Linux does not show an associated file (ECMA-119, 9.1.6). */
  if (strcmp (fact->name, "attributes") == 0 && strcmp (entry->parent->format, "iso9660") == 0)
    return FALSE;
  if (needs_no_room (entry, fact->name))
    return FALSE;
  if (strcmp (fact->name, "internal-attributes") == 0)
    return assay_entry_stays_as_it_is (entry, fact->value);
  return assay_fact_is_time (fact->name) || is_of_extra_header (fact->name)
         || is_one_of (fact->name, entry_facts, G_N_ELEMENTS (entry_facts));
}
