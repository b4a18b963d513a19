#include "report/member.h"
#include "util/cancel.h"

/* Takes what was written down; at the end of an element little of it is ever in memory. */
static gboolean
pass_on (AssayEmitter *emitter, AssayOutput *output, GError **error)
{
  if (!assay_output_write (output, emitter->text->str, emitter->text->len, error))
    return FALSE;
  g_string_truncate (emitter->text, 0);
  return TRUE;
}

static gboolean
write_array (const AssayReport *report, AssayReportArray array, AssayEmitter *emitter, AssayOutput *output,
             GError **error)
{
  guint length = assay_report_array_length (report, array);
  assay_emitter_open (emitter, '[');
  for (guint i = 0; i < length; i++)
    {
      assay_report_array_emit (report, array, i, emitter);
      if (assay_cancelled (error) || !pass_on (emitter, output, error))
        return FALSE;
    }
  assay_emitter_close (emitter, ']');
  return TRUE;
}

gboolean
assay_report_write (const AssayReport *report, AssayOutput *output, GError **error)
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
      else if (!write_array (report, members[i].array, &emitter, output, error))
        return FALSE;
      if (!pass_on (&emitter, output, error))
        return FALSE;
    }
  assay_emitter_close (&emitter, '}');
  g_string_append_c (emitter.text, '\n');
  return pass_on (&emitter, output, error);
}
