#include "rebuild/recording_private.h"

#include "crypto/sha256.h"
#include "util/cancel.h"
#include "util/json.h"
#include "util/text.h"

#include <string.h>
#include <sys/stat.h>

/* More files than any build leaves; of one that leaves more nobody knows. */
#define FILES_MAX (1u << 22)

void
assay_recorded_lines_free (gpointer data)
{
  AssayRecordedLines *lines = data;
  g_free (lines->path);
  assay_line_control_free (lines->control);
  g_free (lines);
}

void
assay_recording_add_lines (AssayRecording *recording, const char *path, const AssayDigest *sha256,
                           gboolean is_delivered, AssayLineControl *control)
{
  if (control == NULL)
    return;
  AssayRecordedLines *lines = g_new0 (AssayRecordedLines, 1);
  lines->path = assay_text_escape_line (path, -1);
  lines->sha256 = *sha256;
  lines->is_delivered = is_delivered;
  lines->control = control;
  g_ptr_array_add (recording->lines, lines);
}

/* No compiler reads these as a text. */
static gboolean
is_object (AssayBlob *blob)
{
  static const char elf[] = "\177ELF";
  static const char archive[] = "!<arch>\n";
  char magic[sizeof archive - 1] = { 0 };
  gsize length = (gsize)MIN (assay_blob_get_size (blob), sizeof magic);
  return length == sizeof magic && assay_blob_read (blob, 0, magic, length, NULL)
         && (memcmp (magic, elf, sizeof elf - 1) == 0 || memcmp (magic, archive, sizeof magic) == 0);
}

/* What nobody can read may say anything. */
static void
doubt (AssayRecording *recording, const char *path)
{
  const AssayDigest none = { { 0 } };
  AssayLineControl *control = g_new0 (AssayLineControl, 1);
  control->any = TRUE;
  control->names = g_ptr_array_new_with_free_func (g_free);
  assay_recording_add_lines (recording, path, &none, FALSE, control);
}

static void
search_file (AssayRecording *recording, AssayDirectory *build, const char *entry, const char *path)
{
  AssayLineControl *control = NULL;
  AssayDigest sha256;
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (build, entry, NULL);
  if (blob != NULL && is_object (blob))
    return;
  if (blob == NULL || !assay_line_control_find (blob, &control, NULL)
      || (control != NULL && !assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &sha256, NULL)))
    {
      assay_line_control_free (control);
      doubt (recording, path);
      return;
    }
  assay_recording_add_lines (recording, path, &sha256, FALSE, control);
}

static gint
compare_lines (gconstpointer a, gconstpointer b)
{
  const AssayRecordedLines *left = *(const AssayRecordedLines *const *)a;
  const AssayRecordedLines *right = *(const AssayRecordedLines *const *)b;
  gint order = strcmp (left->path, right->path);
  return order != 0 ? order : left->is_delivered - right->is_delivered;
}

gboolean
assay_recording_search_lines (AssayRecording *recording, AssayDirectory *build,
                              gboolean (*is_known) (const char *path, gpointer data), gpointer data, GError **error)
{
  g_autoptr (GPtrArray) entries = assay_directory_walk (build, FILES_MAX, "files that a build leaves", NULL);
  if (entries == NULL)
    doubt (recording, "/build");
  for (guint i = 0; entries != NULL && i < entries->len && !assay_cancelled (NULL); i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      g_autofree char *path = g_strconcat ("/build/", entry->path, NULL);
      if (S_ISREG (entry->status.st_mode) && !is_known (path, data))
        search_file (recording, build, entry->path, path);
    }
  g_ptr_array_sort (recording->lines, compare_lines);
  return !assay_cancelled (error);
}

static json_t *
describe_one (const AssayRecordedLines *lines)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  json_t *described = json_object ();
  json_t *names = json_array ();
  for (guint i = 0; i < lines->control->names->len; i++)
    json_array_append_new (names, assay_json_text (g_ptr_array_index (lines->control->names, i)));
  assay_digest_to_hex (&lines->sha256, hex);
  json_object_set_new (described, "path", assay_json_text (lines->path));
  json_object_set_new (described, "sha256", json_string (hex));
  json_object_set_new (described, "delivered", json_boolean (lines->is_delivered));
  json_object_set_new (described, "names", names);
  json_object_set_new (described, "any", json_boolean (lines->control->any));
  return described;
}

json_t *
assay_recording_describe_lines (const AssayRecording *recording)
{
  json_t *list = json_array ();
  for (guint i = 0; i < recording->lines->len; i++)
    json_array_append_new (list, describe_one (g_ptr_array_index (recording->lines, i)));
  return list;
}
