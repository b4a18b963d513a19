#include "unpack/second.h"

#include "util/checked.h"
#include "util/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <string.h>

#define WINDOW_BYTES 65536u

typedef struct archive Archive;

static void
free_archive (Archive *archive)
{
  archive_read_free (archive);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, free_archive)

/* libarchive converts names to the locale; in this one the conversion is none. */
typedef struct
{
  locale_t utf8;
  locale_t before;
} LocaleScope;

static void
leave_locale (LocaleScope *scope)
{
  if (scope->utf8 == (locale_t)0)
    return;
  uselocale (scope->before);
  freelocale (scope->utf8);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LocaleScope, leave_locale)

/* What libarchive reads from: a range of a blob. */
typedef struct
{
  AssayBlob *blob;
  guint64 offset;
  guint64 length;
  guint64 position;
  guint8 window[WINDOW_BYTES];
} Source;

static la_ssize_t
read_source (Archive *archive, void *data, const void **out_buffer)
{
  Source *source = data;
  g_autoptr (GError) failure = NULL;
  gsize count = (gsize)MIN (source->length - source->position, WINDOW_BYTES);
  *out_buffer = source->window;
  if (!assay_blob_read (source->blob, source->offset + source->position, source->window, count, &failure))
    {
      archive_set_error (archive, EIO, "%s", failure->message);
      return -1;
    }
  source->position += count;
  return (la_ssize_t)count;
}

static la_int64_t
skip_source (Archive *archive, void *data, la_int64_t request)
{
  Source *source = data;
  guint64 count = request > 0 ? MIN ((guint64)request, source->length - source->position) : 0;
  source->position += count;
  return (la_int64_t)count;
}

static la_int64_t
seek_source (Archive *archive, void *data, la_int64_t offset, int whence)
{
  Source *source = data;
  la_int64_t base = whence == SEEK_CUR   ? (la_int64_t)source->position
                    : whence == SEEK_END ? (la_int64_t)source->length
                                         : 0;
  la_int64_t target;
  if (__builtin_add_overflow (base, offset, &target) || target < 0 || (guint64)target > source->length)
    return ARCHIVE_FATAL;
  source->position = (guint64)target;
  return target;
}

static const struct
{
  const char *name;
  int (*support) (Archive *archive);
} readers[] = {
  { "ar", archive_read_support_format_ar },     { "tar", archive_read_support_format_tar },
  { "cpio", archive_read_support_format_cpio }, { "zip", archive_read_support_format_zip_seekable },
  { "7zip", archive_read_support_format_7zip },
};

static Archive *
open_second (const AssaySecondReading *reading, Source *source, GError **error)
{
  g_autoptr (Archive) archive = archive_read_new ();
  gboolean ok = archive != NULL;
  for (gsize i = 0; ok && i < G_N_ELEMENTS (readers); i++)
    if (strcmp (readers[i].name, reading->format) == 0)
      ok = readers[i].support (archive) == ARCHIVE_OK;
  ok = ok && archive_read_set_callback_data (archive, source) == ARCHIVE_OK
       && archive_read_set_read_callback (archive, read_source) == ARCHIVE_OK
       && archive_read_set_skip_callback (archive, skip_source) == ARCHIVE_OK
       && archive_read_set_seek_callback (archive, seek_source) == ARCHIVE_OK
       && archive_read_open1 (archive) == ARCHIVE_OK;
  if (ok)
    return g_steal_pointer (&archive);
  const char *reason = archive != NULL ? archive_error_string (archive) : NULL;
  g_autofree char *shown = assay_text_escape_line (reason != NULL ? reason : "no memory", -1);
  assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "the second reading of this %s fails: %s", reading->format, shown);
  return NULL;
}

static const struct
{
  AssayNodeType type;
  mode_t filetype;
} filetypes[] = {
  { ASSAY_NODE_FILE, AE_IFREG },    { ASSAY_NODE_HARDLINK, AE_IFREG },         { ASSAY_NODE_DIRECTORY, AE_IFDIR },
  { ASSAY_NODE_SYMLINK, AE_IFLNK }, { ASSAY_NODE_CHARACTER_DEVICE, AE_IFCHR }, { ASSAY_NODE_BLOCK_DEVICE, AE_IFBLK },
  { ASSAY_NODE_FIFO, AE_IFIFO },    { ASSAY_NODE_SOCKET, AE_IFSOCK },
};

static gboolean
same_type (const AssayNode *node, struct archive_entry *entry, const char *format)
{
  gboolean hardlink = archive_entry_hardlink (entry) != NULL;
  /* cpio has no such entries; there libarchive derives links from inode numbers, which are facts of ours. */
  if (strcmp (format, "cpio") != 0 && hardlink != (node->type == ASSAY_NODE_HARDLINK))
    return FALSE;
  /* Members of ar have no type; of what stands in its mode field only a regular file's bits are common. */
  if (strcmp (format, "ar") == 0)
    return archive_entry_filetype (entry) == 0 || archive_entry_filetype (entry) == AE_IFREG;
  for (gsize i = 0; i < G_N_ELEMENTS (filetypes); i++)
    if (filetypes[i].type == node->type)
      return hardlink || filetypes[i].filetype == archive_entry_filetype (entry);
  return FALSE;
}

/* Equal bytes; or equal once composed, which libarchive does with names that are marked as UTF-8. */
static gboolean
same_text (const char *ours, const char *theirs)
{
  if (theirs == NULL || ours == NULL)
    return ours == theirs;
  if (strcmp (ours, theirs) == 0)
    return TRUE;
  g_autofree char *x = g_utf8_normalize (ours, -1, G_NORMALIZE_NFC);
  g_autofree char *y = g_utf8_normalize (theirs, -1, G_NORMALIZE_NFC);
  return x != NULL && y != NULL && strcmp (x, y) == 0;
}

static gboolean
same_link (const AssayNode *node, struct archive_entry *entry)
{
  if (node->type != ASSAY_NODE_SYMLINK && node->type != ASSAY_NODE_HARDLINK)
    return archive_entry_symlink (entry) == NULL;
  g_autofree char *ours = assay_facts_get_text (node->facts, "link");
  return same_text (ours,
                    node->type == ASSAY_NODE_SYMLINK ? archive_entry_symlink (entry) : archive_entry_hardlink (entry));
}

/* Seconds; a fraction, and the sign of times before 1970, are as text has them. */
static gboolean
same_time (const AssayNode *node, struct archive_entry *entry)
{
  const char *text = assay_node_get_fact (node, "mtime");
  gint64 ours = g_ascii_strtoll (text != NULL ? text : "0", NULL, 10);
  /* A fraction of a negative time counts from the second below. */
  if (text != NULL && text[0] == '-' && strchr (text, '.') != NULL)
    return TRUE;
  return ours == (gint64)archive_entry_mtime (entry);
}

static gboolean
same_number (const AssayNode *node, const char *fact, guint base, guint64 mask, guint64 theirs)
{
  guint64 ours;
  return assay_facts_get_number (node->facts, fact, base, 0, &ours) && (ours & mask) == (theirs & mask);
}

static gboolean
same_device (const AssayNode *node, struct archive_entry *entry)
{
  if (node->type != ASSAY_NODE_CHARACTER_DEVICE && node->type != ASSAY_NODE_BLOCK_DEVICE)
    return TRUE;
  g_autofree char *theirs
      = g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64)archive_entry_rdevmajor (entry),
                         (guint64)archive_entry_rdevminor (entry));
  return g_strcmp0 (assay_node_get_fact (node, "device"), theirs) == 0;
}

/* What differs, or NULL. */
static const char *
find_difference (const AssaySecondReading *reading, const AssayNode *node, struct archive_entry *entry)
{
  g_autofree char *name = assay_entry_get_raw_name (node, reading->style);
  gboolean has_link = node->type == ASSAY_NODE_SYMLINK || node->type == ASSAY_NODE_HARDLINK;
  AssaySecondFields fields = reading->fields;
  if (!same_text (name, archive_entry_pathname (entry)))
    return "name";
  if (!same_type (node, entry, reading->format))
    return "type";
  if (!has_link && (guint64)archive_entry_size (entry) != node->size)
    return "size";
  if (!same_link (node, entry))
    return "link";
  /* Where the format has no mode, libarchive makes one up. */
  if ((fields & ASSAY_SECOND_PERMISSIONS) != 0 && assay_node_get_fact (node, "mode") != NULL
      && !same_number (node, "mode", 8, 07777, archive_entry_mode (entry)))
    return "mode";
  if ((fields & ASSAY_SECOND_OWNERS) != 0
      && (!same_number (node, "uid", 10, G_MAXUINT64, (guint64)archive_entry_uid (entry))
          || !same_number (node, "gid", 10, G_MAXUINT64, (guint64)archive_entry_gid (entry))))
    return "owner";
  if ((fields & ASSAY_SECOND_TIME) != 0 && !same_time (node, entry))
    return "time";
  return (fields & ASSAY_SECOND_DEVICES) == 0 || same_device (node, entry) ? NULL : "device";
}

static gboolean
disagree (const AssaySecondReading *reading, guint index, const char *what, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (what, -1);
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "two readings of this %s disagree at entry %u: %s",
                            reading->format, index + 1, shown);
}

/* GNU ar's table of long names is an entry for libarchive, for us a header. */
static gboolean
is_no_entry (const AssaySecondReading *reading, struct archive_entry *entry)
{
  return strcmp (reading->format, "ar") == 0 && g_strcmp0 (archive_entry_pathname (entry), "//") == 0;
}

static int
read_entry (const AssaySecondReading *reading, Archive *archive, struct archive_entry **out_entry)
{
  for (;;)
    {
      int status = archive_read_next_header (archive, out_entry);
      if (status != ARCHIVE_OK || !is_no_entry (reading, *out_entry))
        return status;
    }
}

static gboolean
compare_entries (AssayNode *node, const AssaySecondReading *reading, Archive *archive, GError **error)
{
  for (guint i = 0;; i++)
    {
      struct archive_entry *entry = NULL;
      int status = read_entry (reading, archive, &entry);
      if (status == ARCHIVE_EOF)
        return i == reading->children || disagree (reading, i, "the second ends", error);
      if (status != ARCHIVE_OK)
        {
          const char *reason = archive_error_string (archive);
          return disagree (reading, i, reason != NULL ? reason : "the second fails", error);
        }
      if (i >= reading->children)
        return disagree (reading, i, "the first ends", error);
      guint index = reading->first_child + (reading->order != NULL ? reading->order[i] : i);
      const char *difference = find_difference (reading, g_ptr_array_index (node->children, index), entry);
      if (difference != NULL)
        return disagree (reading, i, difference, error);
    }
}

gboolean
assay_second_compare (AssayContainer *container, const AssaySecondReading *reading, GError **error)
{
  g_auto (LocaleScope) scope = { 0 };
  g_autofree Source *source = g_try_new0 (Source, 1);
  if (source == NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a second reading");
  source->blob = container->node->blob;
  source->offset = reading->offset;
  source->length = reading->length;
  scope.utf8 = newlocale (LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  if (scope.utf8 == (locale_t)0)
    return assay_unpack_fail (error, ASSAY_ERROR_FAILED, "the locale C.UTF-8 is missing");
  scope.before = uselocale (scope.utf8);
  /* Declared behind the source, so that it goes first. */
  g_autoptr (Archive) archive = open_second (reading, source, error);
  return archive != NULL && compare_entries (container->node, reading, archive, error);
}
