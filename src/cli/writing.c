#include "cli/cli.h"

#include <string.h>

/** One output: the form of the report that goes there. */
typedef struct
{
  const AssayWriter *writer;
  const char *form;
} Part;

/* Report, documents, statement, standard output. */
#define PARTS (ASSAY_DOCUMENT_COUNT + 3)

static gboolean
write_part (gconstpointer data, AssayOutput *output, GError **error)
{
  const Part *part = data;
  return part->writer->write (part->writer->source, part->form, output, error);
}

gboolean
assay_common_shows (const AssayCommon *common)
{
  gboolean taken = common->quiet || g_strcmp0 (common->report, "-") == 0;
  for (const char *const *path = common->written; *path != NULL; path++)
    taken = taken || strcmp (*path, "-") == 0;
  return !taken;
}

gboolean
assay_common_write (const AssayCommon *common, const AssayWriter *writer, AssayOutputOrder order, GError **error)
{
  Part parts[PARTS];
  AssayOutputPlan plans[PARTS];
  gsize count = 0;
  const struct
  {
    const char *form;
    const char *path;
  } around[] = { { "json", common->report },
                 { ASSAY_FORM_STATEMENT, common->attest.signer != NULL ? common->attest.output : NULL },
                 { common->format != NULL ? common->format : "text", assay_common_shows (common) ? "-" : NULL } };
  for (gsize i = 0; i < PARTS; i++)
    {
      gboolean is_document = i > 0 && i <= ASSAY_DOCUMENT_COUNT;
      gsize beside = i == 0 ? 0 : i - ASSAY_DOCUMENT_COUNT;
      const char *path = is_document ? common->documents[i - 1] : around[beside].path;
      if (path == NULL)
        continue;
      parts[count] = (Part){ writer, is_document ? assay_documents ()[i - 1].name : around[beside].form };
      plans[count] = (AssayOutputPlan){ path, write_part, &parts[count] };
      count++;
    }
  return assay_outputs_write (plans, count, order, error);
}
