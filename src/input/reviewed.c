#include "input/reviewed.h"

#include "crypto/sha256.h"
#include "util/stream.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>
#include <unistd.h>

#define FORM "expected `SHA256  PATH`, as sha256sum writes it, or `generated GLOB from PATH`"
#define GENERATED "generated "
#define FROM " from "

/** One list while it is read. */
typedef struct
{
  AssayReviewed *reviewed;
  guint line;
} Reading;

static void
free_file (gpointer data)
{
  AssayReviewedFile *file = data;
  g_free (file->path);
  g_free (file);
}

static void
free_maker (gpointer data)
{
  AssayReviewedMaker *maker = data;
  g_free (maker->glob);
  g_free (maker->from);
  g_free (maker);
}

void
assay_reviewed_free (AssayReviewed *reviewed)
{
  if (reviewed == NULL)
    return;
  g_free (reviewed->name);
  g_hash_table_unref (reviewed->by_path);
  g_ptr_array_unref (reviewed->files);
  g_ptr_array_unref (reviewed->makers);
  g_free (reviewed);
}

static gboolean
fail (const Reading *reading, guint line, const char *problem, const char *text, GError **error)
{
  g_autofree char *shown = text == NULL ? NULL : assay_text_escape_line (text, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s:%u: %s%s%s", reading->reviewed->name, line, problem,
               shown == NULL ? "" : ": ", shown == NULL ? "" : shown);
  return FALSE;
}

/* Names with a backslash, a line feed or a carriage return, as sha256sum writes them behind a line that begins so. NULL
 * for another escape. */
static char *
unescape (const char *text)
{
  g_autoptr (GString) raw = g_string_new (NULL);
  for (const char *at = text; *at != '\0'; at++)
    {
      if (*at != '\\')
        {
          g_string_append_c (raw, *at);
          continue;
        }
      at++;
      if (*at != '\\' && *at != 'n' && *at != 'r')
        return NULL;
      g_string_append_c (raw, (char)(*at == 'n' ? '\n' : *at == 'r' ? '\r' : '\\'));
    }
  return g_string_free (g_steal_pointer (&raw), FALSE);
}

/* Without `.` and empty components; NULL where it climbs, or names no file. */
static char *
make_path (const char *raw)
{
  g_autoptr (GString) path = g_string_new (*raw == '/' ? "/" : "");
  g_auto (GStrv) components = g_strsplit (raw, "/", -1);
  for (char **component = components; *component != NULL; component++)
    {
      if (strcmp (*component, "..") == 0)
        return NULL;
      if (**component == '\0' || strcmp (*component, ".") == 0)
        continue;
      g_string_append_printf (path, "%s%s", path->len > 0 && path->str[path->len - 1] != '/' ? "/" : "", *component);
    }
  if (path->len == 0 || raw[strlen (raw) - 1] == '/')
    return NULL;
  return assay_text_escape_line (path->str, (gssize)path->len);
}

static void
add_file (AssayReviewed *reviewed, AssayReviewedFile *file)
{
  GPtrArray *same = g_hash_table_lookup (reviewed->by_path, file->path);
  if (same == NULL)
    {
      same = g_ptr_array_new ();
      g_hash_table_insert (reviewed->by_path, file->path, same);
    }
  g_ptr_array_add (same, file);
  g_ptr_array_add (reviewed->files, file);
}

static gboolean
read_file (Reading *reading, const char *line, gboolean is_escaped, GError **error)
{
  AssayDigest sha256;
  g_autofree char *hex = g_strndup (line, ASSAY_DIGEST_HEX_SIZE - 1);
  g_autofree char *lower = g_ascii_strdown (hex, -1);
  if (strlen (hex) < ASSAY_DIGEST_HEX_SIZE - 1 || !assay_digest_from_hex (lower, &sha256))
    return fail (reading, reading->line, FORM, NULL, error);
  const char *rest = line + ASSAY_DIGEST_HEX_SIZE - 1;
  if (rest[0] != ' ' || (rest[1] != ' ' && rest[1] != '*') || rest[2] == '\0')
    return fail (reading, reading->line, FORM, NULL, error);
  g_autofree char *raw = is_escaped ? unescape (rest + 2) : g_strdup (rest + 2);
  if (raw == NULL)
    return fail (reading, reading->line,
                 "expected the escapes `\\\\`, `\\n` and `\\r` alone behind a line that begins "
                 "with a backslash",
                 NULL, error);
  char *path = make_path (raw);
  if (path == NULL)
    return fail (reading, reading->line, "expected the path of a file, without `..`", raw, error);
  AssayReviewedFile *file = g_new0 (AssayReviewedFile, 1);
  *file = (AssayReviewedFile){ path, sha256, reading->line };
  add_file (reading->reviewed, file);
  return TRUE;
}

static gboolean
read_maker (Reading *reading, const char *text, GError **error)
{
  const char *from = strstr (text, FROM);
  g_autofree char *raw_glob = from == NULL ? NULL : g_strndup (text, (gsize)(from - text));
  g_autofree char *glob = raw_glob == NULL || *raw_glob == '\0' ? NULL : make_path (raw_glob);
  g_autofree char *path = from == NULL || from[strlen (FROM)] == '\0' ? NULL : make_path (from + strlen (FROM));
  if (glob == NULL || path == NULL)
    return fail (reading, reading->line, FORM ", paths without `..`", NULL, error);
  AssayReviewedMaker *maker = g_new0 (AssayReviewedMaker, 1);
  *maker = (AssayReviewedMaker){ g_steal_pointer (&glob), g_steal_pointer (&path), reading->line };
  g_ptr_array_add (reading->reviewed->makers, maker);
  return TRUE;
}

static gboolean
read_line (Reading *reading, const char *line, GError **error)
{
  if (*line == '\0' || *line == '#')
    return TRUE;
  if (g_str_has_prefix (line, GENERATED))
    return read_maker (reading, line + strlen (GENERATED), error);
  return read_file (reading, *line == '\\' ? line + 1 : line, *line == '\\', error);
}

static gboolean
read_lines (Reading *reading, GBytes *bytes, GError **error)
{
  gsize length = 0;
  const char *at = g_bytes_get_data (bytes, &length);
  const char *end = at + length;
  while (at < end)
    {
      const char *feed = memchr (at, '\n', (gsize)(end - at));
      const char *stop = feed != NULL ? feed : end;
      gsize size = (gsize)(stop - at);
      reading->line++;
      if (memchr (at, '\0', size) != NULL)
        return fail (reading, reading->line, "expected text, found a NUL", NULL, error);
      if (size > 0 && at[size - 1] == '\r')
        size--;
      g_autofree char *line = g_strndup (at, size);
      if (!read_line (reading, line, error))
        return FALSE;
      at = feed != NULL ? feed + 1 : end;
    }
  return TRUE;
}

static gboolean
check (const Reading *reading, GError **error)
{
  const AssayReviewed *reviewed = reading->reviewed;
  for (guint i = 0; i < reviewed->makers->len; i++)
    {
      const AssayReviewedMaker *maker = g_ptr_array_index (reviewed->makers, i);
      if (!g_hash_table_contains (reviewed->by_path, maker->from))
        return fail (reading, maker->line, "what files are generated from needs a line with its digest", maker->from,
                     error);
    }
  if (reviewed->files->len > 0)
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: names no file; " FORM, reviewed->name);
  return FALSE;
}

AssayReviewed *
assay_reviewed_read (const char *path, GError **error)
{
  gboolean standard = strcmp (path, "-") == 0;
  g_autoptr (GBytes) bytes
      = standard ? assay_stream_read_limited (STDIN_FILENO, "standard input", "list", ASSAY_REVIEWED_MAX_BYTES, error)
                 : assay_stream_read_file (path, "list", ASSAY_REVIEWED_MAX_BYTES, error);
  if (bytes == NULL)
    return NULL;
  g_autoptr (AssayReviewed) reviewed = g_new0 (AssayReviewed, 1);
  reviewed->name = standard ? g_strdup ("standard input") : assay_text_escape_line (path, -1);
  reviewed->files = g_ptr_array_new_with_free_func (free_file);
  reviewed->makers = g_ptr_array_new_with_free_func (free_maker);
  reviewed->by_path = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  assay_sha256_bytes (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &reviewed->sha256);
  Reading reading = { .reviewed = reviewed };
  return read_lines (&reading, bytes, error) && check (&reading, error) ? g_steal_pointer (&reviewed) : NULL;
}

/* The next shorter end of a path; NULL behind the last component. */
static const char *
next_end (const char *path)
{
  const char *slash = strchr (path, '/');
  return slash == NULL ? NULL : slash + 1;
}

AssayReview
assay_reviewed_find (const AssayReviewed *reviewed, const char *path, const AssayDigest *sha256, guint *out_line)
{
  AssayReview review = ASSAY_REVIEW_NONE;
  for (const char *end = path; end != NULL; end = next_end (end))
    {
      const GPtrArray *same = g_hash_table_lookup (reviewed->by_path, end);
      for (guint i = 0; same != NULL && i < same->len; i++)
        {
          const AssayReviewedFile *file = g_ptr_array_index (same, i);
          review = ASSAY_REVIEW_OTHER;
          if (!assay_digest_equal (&file->sha256, sha256))
            continue;
          if (out_line != NULL)
            *out_line = file->line;
          return ASSAY_REVIEW_DONE;
        }
    }
  return review;
}

gboolean
assay_reviewed_is_at (const char *given, const char *path)
{
  for (const char *end = path; end != NULL; end = next_end (end))
    if (strcmp (given, end) == 0)
      return TRUE;
  return FALSE;
}

gboolean
assay_reviewed_matches (const char *glob, const char *path)
{
  for (const char *end = path; end != NULL; end = next_end (end))
    if (assay_text_glob_matches (glob, end))
      return TRUE;
  return FALSE;
}
