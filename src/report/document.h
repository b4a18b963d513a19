#ifndef ASSAY_REPORT_DOCUMENT_H
#define ASSAY_REPORT_DOCUMENT_H

#include "report/report.h"

/** How many forms of a report there are that can stand in a file of their own beside it. */
#define ASSAY_DOCUMENT_COUNT 4

/**
 * AssayDocument: a form of a report for other readers than the gate. None of it can be read back.
 *
 * @name: of the option that writes it to a file, and of the format on standard output
 * @summary: what the option does, for --help
 * @write: / @write_of_json: of a report in memory, and of one that was read back; the bytes are the same. Errors:
 * ASSAY_ERROR_USAGE of JSON that is no report; ASSAY_ERROR_CANCELLED; as assay_output_write()
 */
typedef struct
{
  const char *name;
  const char *summary;
  gboolean (*write) (const AssayReport *report, AssayOutput *output, GError **error);
  gboolean (*write_of_json) (const AssayReportSource *source, AssayOutput *output, GError **error);
} AssayDocument;

/** assay_documents: all ASSAY_DOCUMENT_COUNT of them. */
const AssayDocument *assay_documents (void);

/** assay_document_find: NULL where none has that name, or @name is NULL. */
const AssayDocument *assay_document_find (const char *name);

#endif
