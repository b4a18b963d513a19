#include "rebuild/recording_private.h"

#include "util/json.h"

#include <string.h>

void
assay_recorded_file_free (gpointer data)
{
  AssayRecordedFile *file = data;
  if (file == NULL)
    return;
  g_free (file->path);
  g_free (file);
}

AssayRecording *
assay_recording_new_empty (void)
{
  AssayRecording *recording = g_new0 (AssayRecording, 1);
  recording->names_whole = TRUE;
  recording->reasons = g_ptr_array_new_with_free_func (g_free);
  recording->delivered = g_ptr_array_new_with_free_func (assay_recorded_file_free);
  recording->toolchain = g_ptr_array_new_with_free_func (assay_recorded_file_free);
  recording->idle = g_ptr_array_new_with_free_func (g_free);
  recording->unsure = g_ptr_array_new_with_free_func (g_free);
  recording->lines = g_ptr_array_new_with_free_func (assay_recorded_lines_free);
  return recording;
}

void
assay_recording_free (AssayRecording *recording)
{
  if (recording == NULL)
    return;
  g_ptr_array_unref (recording->reasons);
  g_ptr_array_unref (recording->delivered);
  g_ptr_array_unref (recording->toolchain);
  g_ptr_array_unref (recording->idle);
  g_ptr_array_unref (recording->unsure);
  g_ptr_array_unref (recording->lines);
  g_free (recording);
}

gboolean
assay_recording_is_whole (const AssayRecording *recording)
{
  return recording->whole;
}

gboolean
assay_recording_is_known (const AssayRecording *recording)
{
  return recording->known;
}

const GPtrArray *
assay_recording_get_delivered (const AssayRecording *recording)
{
  return recording->delivered;
}

static void
name_one (AssayRecording *recording, const char *path)
{
  guint from = 0;
  guint to = recording->delivered->len;
  while (from < to)
    {
      guint middle = from + (to - from) / 2;
      AssayRecordedFile *file = g_ptr_array_index (recording->delivered, middle);
      int order = strcmp (file->path, path);
      if (order == 0)
        {
          file->is_named = TRUE;
          return;
        }
      if (order < 0)
        from = middle + 1;
      else
        to = middle;
    }
}

void
assay_recording_name (AssayRecording *recording, const GPtrArray *paths, gboolean is_whole)
{
  recording->names_whole = recording->names_whole && is_whole;
  recording->has_names = recording->has_names || paths->len > 0;
  for (guint i = 0; i < paths->len; i++)
    name_one (recording, g_ptr_array_index (paths, i));
}

const char *
assay_recording_find_tool (const AssayRecording *recording, const AssayDigest *sha256)
{
  for (guint i = 0; i < recording->toolchain->len; i++)
    {
      const AssayRecordedFile *file = g_ptr_array_index (recording->toolchain, i);
      if (assay_digest_equal (&file->sha256, sha256))
        return file->path;
    }
  return NULL;
}

/* --- as JSON --- */

static json_t *
describe_file (const AssayRecordedFile *file, gboolean is_delivered)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  json_t *described = json_object ();
  assay_digest_to_hex (&file->sha256, hex);
  json_object_set_new (described, "path", assay_json_text (file->path));
  json_object_set_new (described, "sha256", json_string (hex));
  json_object_set_new (described, "program", json_boolean (file->is_program));
  if (!is_delivered)
    return described;
  json_object_set_new (described, "as_delivered", json_boolean (file->as_delivered));
  json_object_set_new (described, "named", json_boolean (file->is_named));
  return described;
}

static json_t *
describe_files (const GPtrArray *files, gboolean is_delivered)
{
  json_t *list = json_array ();
  for (guint i = 0; i < files->len; i++)
    json_array_append_new (list, describe_file (g_ptr_array_index (files, i), is_delivered));
  return list;
}

static json_t *
describe_names (const GPtrArray *names)
{
  json_t *list = json_array ();
  for (guint i = 0; i < names->len; i++)
    json_array_append_new (list, assay_json_text (g_ptr_array_index (names, i)));
  return list;
}

json_t *
assay_recording_to_json (const AssayRecording *recording)
{
  json_t *described = json_object ();
  json_object_set_new (described, "whole", json_boolean (recording->whole));
  json_object_set_new (described, "has_names", json_boolean (recording->has_names));
  json_object_set_new (described, "names_whole", json_boolean (recording->names_whole));
  json_object_set_new (described, "known", json_boolean (recording->known));
  json_object_set_new (described, "why", describe_names (recording->reasons));
  json_object_set_new (described, "read", describe_files (recording->delivered, TRUE));
  json_object_set_new (described, "toolchain", describe_files (recording->toolchain, FALSE));
  json_object_set_new (described, "never_read", describe_names (recording->idle));
  json_object_set_new (described, "line_control", assay_recording_describe_lines (recording));
  json_object_set_new (described, "unsure", describe_names (recording->unsure));
  return described;
}
