#include "rebuild/extract.h"

#include "cage/cage_limits.h"
#include "cage/confine.h"
#include "util/checked.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define WINDOW_BYTES 131072

/* No ARCHIVE_EXTRACT_OWNER: all belongs to the user of the sandbox. The process has nothing outside that a link could
   lead to; links and
   `..` are refused all the same, because the archive would mean something else to tar. */
#define WRITE_FLAGS                                                                                                    \
  (ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT     \
   | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS)

typedef struct
{
  guint strip;
  AssayExtractKind kind;
  guint64 output_bytes;
  /* In the confined process only: */
  struct archive *reader;
  struct archive *writer;
  guint64 written_bytes;
  guint64 entries;
  AssayErrorCode *code;
  char *message;
} Extraction;

static gboolean G_GNUC_PRINTF (3, 4) fail (Extraction *extraction, AssayErrorCode code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (extraction->message, ASSAY_CAGE_MESSAGE_BYTES, format, arguments);
  va_end (arguments);
  *extraction->code = code;
  return FALSE;
}

static gboolean
fail_archive (Extraction *extraction, struct archive *archive, const char *name)
{
  const char *reason = archive_error_string (archive);
  int number = archive_errno (archive);
  AssayErrorCode code = ASSAY_ERROR_MALFORMED;
  if (number == ENOSPC || number == EDQUOT || number == EIO)
    code = ASSAY_ERROR_IO;
  if (number == ENOMEM || number == EFBIG)
    code = ASSAY_ERROR_LIMIT;
  return fail (extraction, code, "%s: %s", name == NULL ? "the archive" : name,
               reason == NULL ? "cannot be read" : reason);
}

static void
allow_formats (struct archive *reader)
{
  /* By name: others start programs, or take nearly any text for an archive. */
  archive_read_support_filter_gzip (reader);
  archive_read_support_filter_bzip2 (reader);
  archive_read_support_filter_xz (reader);
  archive_read_support_filter_lzma (reader);
  archive_read_support_filter_zstd (reader);
  archive_read_support_filter_lz4 (reader);
  archive_read_support_format_tar (reader);
  archive_read_support_format_zip (reader);
}

/* The name without its first components; NULL when nothing is left. Writes over @name. */
static char *
strip_name (char *name, guint strip)
{
  GString *stripped = g_string_new (NULL);
  guint seen = 0;
  char *rest = name;
  for (char *component = strsep (&rest, "/"); component != NULL; component = strsep (&rest, "/"))
    {
      if (component[0] == '\0' || strcmp (component, ".") == 0 || seen++ < strip)
        continue;
      if (stripped->len > 0)
        g_string_append_c (stripped, '/');
      g_string_append (stripped, component);
    }
  return g_string_free (stripped, stripped->len == 0);
}

typedef enum
{
  NAMES_FAILED = 0,
  NAMES_TAKEN,
  NAMES_LEFT_OUT,
} Names;

static Names
take_names (Extraction *extraction, struct archive_entry *entry)
{
  const char *name = archive_entry_pathname (entry);
  const char *link = archive_entry_hardlink (entry);
  if (name == NULL || (link != NULL && link[0] == '/') || name[0] == '/')
    {
      fail (extraction, ASSAY_ERROR_MALFORMED, "the archive holds the absolute or missing name \"%s\"",
            name == NULL ? "" : name);
      return NAMES_FAILED;
    }
  g_autofree char *raw_name = g_strdup (name);
  g_autofree char *raw_link = g_strdup (link);
  g_autofree char *new_name = strip_name (raw_name, extraction->strip);
  g_autofree char *new_link = link == NULL ? NULL : strip_name (raw_link, extraction->strip);
  if (new_name == NULL)
    return NAMES_LEFT_OUT;
  if (link != NULL && new_link == NULL)
    {
      fail (extraction, ASSAY_ERROR_MALFORMED, "%s is a link to a file that is stripped away", name);
      return NAMES_FAILED;
    }
  archive_entry_copy_pathname (entry, new_name);
  if (new_link != NULL)
    archive_entry_copy_hardlink (entry, new_link);
  return NAMES_TAKEN;
}

/* FALSE: not a thing to unpack; then *out_fine says whether it may be left out. */
static gboolean
take_type (Extraction *extraction, struct archive_entry *entry, gboolean *out_fine)
{
  mode_t type = archive_entry_filetype (entry);
  *out_fine = TRUE;
  archive_entry_set_perm (entry, (archive_entry_perm (entry) & 0777) | (type == AE_IFDIR ? 0700 : 0400));
  if (archive_entry_hardlink (entry) != NULL || type == AE_IFLNK || type == AE_IFREG || type == AE_IFDIR)
    return TRUE;
  if (extraction->kind != ASSAY_EXTRACT_ROOT)
    *out_fine
        = fail (extraction, ASSAY_ERROR_UNSUPPORTED, "%s is a device, FIFO or socket", archive_entry_pathname (entry));
  return FALSE;
}

static gboolean
copy_content (Extraction *extraction, const char *name)
{
  const void *data;
  size_t length;
  la_int64_t offset;
  int result;
  while ((result = archive_read_data_block (extraction->reader, &data, &length, &offset)) == ARCHIVE_OK)
    {
      if (!assay_u64_add (extraction->written_bytes, length, &extraction->written_bytes)
          || extraction->written_bytes > extraction->output_bytes)
        return fail (extraction, ASSAY_ERROR_LIMIT,
                     "limit output (%" G_GUINT64_FORMAT " bytes) hit: the archive unpacks to more",
                     extraction->output_bytes);
      if (archive_write_data_block (extraction->writer, data, length, offset) != ARCHIVE_OK)
        return fail_archive (extraction, extraction->writer, name);
    }
  return result == ARCHIVE_EOF ? TRUE : fail_archive (extraction, extraction->reader, name);
}

static gboolean
extract_entry (Extraction *extraction, struct archive_entry *entry)
{
  gboolean fine;
  Names names;
  const char *name;
  if (++extraction->entries > ASSAY_CAGE_ENTRIES)
    return fail (extraction, ASSAY_ERROR_LIMIT,
                 "limit entries (%" G_GUINT64_FORMAT " entries) hit: the archive holds more", ASSAY_CAGE_ENTRIES);
  if (archive_entry_is_encrypted (entry))
    return fail (extraction, ASSAY_ERROR_UNSUPPORTED, "the archive is encrypted");
  names = take_names (extraction, entry);
  if (names != NAMES_TAKEN)
    return names == NAMES_LEFT_OUT;
  if (!take_type (extraction, entry, &fine))
    return fine;
  name = archive_entry_pathname (entry);
  if (archive_write_header (extraction->writer, entry) != ARCHIVE_OK)
    return fail_archive (extraction, extraction->writer, name);
  if (!archive_entry_size_is_set (entry) || archive_entry_size (entry) > 0)
    if (!copy_content (extraction, name))
      return FALSE;
  if (archive_write_finish_entry (extraction->writer) != ARCHIVE_OK)
    return fail_archive (extraction, extraction->writer, name);
  return TRUE;
}

/* Runs in the confined process, whose `/` is the target. A warning is an error: it means that something was not taken
 * over. */
static gboolean
extract_confined (int fd, gpointer data, AssayErrorCode *out_code, char *out_message)
{
  Extraction *extraction = data;
  struct archive_entry *entry;
  int result;
  extraction->code = out_code;
  extraction->message = out_message;
  extraction->reader = archive_read_new ();
  extraction->writer = archive_write_disk_new ();
  if (extraction->reader == NULL || extraction->writer == NULL)
    return fail (extraction, ASSAY_ERROR_LIMIT, "out of memory");
  allow_formats (extraction->reader);
  archive_write_disk_set_options (extraction->writer, WRITE_FLAGS);
  if (archive_read_open_fd (extraction->reader, fd, WINDOW_BYTES) != ARCHIVE_OK)
    return fail_archive (extraction, extraction->reader, NULL);
  while ((result = archive_read_next_header (extraction->reader, &entry)) == ARCHIVE_OK)
    if (!extract_entry (extraction, entry))
      return FALSE;
  if (result != ARCHIVE_EOF)
    return fail_archive (extraction, extraction->reader, NULL);
  if (extraction->entries == 0)
    return fail (extraction, ASSAY_ERROR_MALFORMED, "the archive is empty");
  if (archive_write_close (extraction->writer) != ARCHIVE_OK)
    return fail_archive (extraction, extraction->writer, NULL);
  return TRUE;
}

gboolean
assay_extract_archive (int fd, guint strip, AssayExtractKind kind, AssayDirectory *into, AssayWorkspace *workspace,
                       GError **error)
{
  Extraction extraction = { .strip = strip, .kind = kind };
  extraction.output_bytes = assay_guard_get_limits (workspace->guard)->output_bytes;
  return assay_confine_run (&workspace->identity, into, fd, ASSAY_CAGE_DECODER_BYTES, workspace->guard,
                            extract_confined, &extraction, error);
}
