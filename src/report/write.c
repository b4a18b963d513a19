#include "report/member.h"
#include "report/source.h"
#include "util/cancel.h"

#include <assay/error.h>

#include <stdlib.h>
#include <string.h>

/** Where the text goes: to @output, or to @text, which then has @most bytes at most. */
typedef struct
{
  AssayOutput *output;
  GString *text;
  gsize most;
} Target;

/** What is written down is passed on in multiples of so many bytes: little enough to be in the processor's cache still,
 * and whole pages of a file. */
#define PIECE_BYTES (64u << 10)

/* Takes the first bytes of what was written down: little of it is ever in memory. */
static gboolean
pass_on (AssayEmitter *emitter, gsize length, const Target *target, GError **error)
{
  GString *piece = emitter->text;
  if (target->output != NULL && !assay_output_write (target->output, piece->str, length, error))
    return FALSE;
  if (target->output == NULL && length > target->most - target->text->len)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "the report is longer than %" G_GSIZE_FORMAT " MiB",
                   target->most >> 20);
      return FALSE;
    }
  if (target->output == NULL)
    g_string_append_len (target->text, piece->str, (gssize)length);
  g_string_erase (piece, 0, (gssize)length);
  return TRUE;
}

static gboolean
pass_on_whole (AssayEmitter *emitter, const Target *target, GError **error)
{
  gsize length = emitter->text->len;
  return length < PIECE_BYTES || pass_on (emitter, length - length % PIECE_BYTES, target, error);
}

static gboolean
write_array (const AssayReport *report, AssayReportArray array, AssayEmitter *emitter, const Target *target,
             GError **error)
{
  guint length = assay_report_array_length (report, array);
  AssayPattern pattern = { 0 };
  assay_emitter_open (emitter, '[');
  for (guint i = 0; i < length; i++)
    {
      assay_report_array_emit (report, array, i, &pattern, emitter);
      if (assay_cancelled (error))
        return FALSE;
      if (emitter->text->len < PIECE_BYTES)
        continue;
      pattern.end = 0; /* where the last one stood is another text now */
      if (!pass_on_whole (emitter, target, error))
        return FALSE;
    }
  assay_emitter_close (emitter, ']');
  return TRUE;
}

static gboolean
write_to (const AssayReport *report, const Target *target, GError **error)
{
  g_auto (AssayEmitter) emitter;
  gsize count = 0;
  const AssayReportMember *members = assay_report_members (&count);
  assay_emitter_init (&emitter);
  assay_emitter_open (&emitter, '{');
  for (gsize i = 0; i < count; i++)
    {
      if (members[i].is_there != NULL && !members[i].is_there (report))
        continue;
      assay_emitter_key (&emitter, members[i].key);
      if (members[i].emit != NULL)
        members[i].emit (report, &emitter);
      else if (!write_array (report, members[i].array, &emitter, target, error))
        return FALSE;
      if (!pass_on_whole (&emitter, target, error))
        return FALSE;
    }
  assay_emitter_close (&emitter, '}');
  g_string_append_c (emitter.text, '\n');
  return pass_on (&emitter, emitter.text->len, target, error);
}

gboolean
assay_report_write (const AssayReport *report, AssayOutput *output, GError **error)
{
  const Target target = { output, NULL, 0 };
  return write_to (report, &target, error);
}

GString *
assay_report_write_text (const AssayReport *report, gsize most_bytes, GError **error)
{
  const Target target = { NULL, g_string_new (NULL), most_bytes };
  if (write_to (report, &target, error))
    return target.text;
  g_string_free (target.text, TRUE);
  return NULL;
}

/* @begin, the value as it stands in a document, and no line's end. */
static gboolean
put_value (AssayOutput *output, const char *begin, const json_t *value, GError **error)
{
  char *text = assay_json_canonical (value);
  gboolean put = assay_output_write (output, begin, strlen (begin), error)
                 && assay_output_write (output, text, strlen (text) - 1, error);
  free (text);
  return put;
}

static gboolean
put_findings (AssayListing *findings, AssayOutput *output, GError **error)
{
  guint length = assay_listing_length (findings);
  if (!assay_output_write (output, "[", 1, error))
    return FALSE;
  for (guint i = 0; i < length; i++)
    {
      const json_t *element = assay_listing_look (findings, i);
      if (assay_cancelled (error) || !put_value (output, i > 0 ? "," : "", element, error))
        return FALSE;
    }
  return assay_output_write (output, "]", 1, error);
}

static gint
by_key (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

gboolean
assay_report_write_of_json (const AssayReportSource *source, AssayOutput *output, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  const char *key;
  json_t *value;
  json_object_foreach (source->json, key, value) g_ptr_array_add (keys, (gpointer)key);
  g_ptr_array_sort (keys, by_key);
  for (guint i = 0; i < keys->len; i++)
    {
      key = g_ptr_array_index (keys, i);
      value = json_object_get (source->json, key);
      gboolean listed = source->findings != NULL && strcmp (key, "findings") == 0;
      g_autoptr (json_t) name = json_string (key);
      if (!put_value (output, i == 0 ? "{" : ",", name, error) || !assay_output_write (output, ":", 1, error)
          || !(listed ? put_findings (source->findings, output, error) : put_value (output, "", value, error)))
        return FALSE;
    }
  return assay_output_write (output, "}\n", 2, error);
}
