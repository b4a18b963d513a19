#ifndef TEST_REPORT_DOCUMENT_H
#define TEST_REPORT_DOCUMENT_H

#include "written.h"

#include "report/document.h"
#include "report/source.h"

/* The forms of a report for other programs, written from both sides. */

static const AssayDocument *current;

static inline gboolean
write_live (gconstpointer report, AssayOutput *output, GError **error)
{
  return current->write (report, output, error);
}

static inline gboolean
write_stored (gconstpointer report, AssayOutput *output, GError **error)
{
  const AssayReportSource source = { .json = (json_t *)report };
  return current->write_of_json (&source, output, error);
}

static inline char *
stored_as (const char *name, const json_t *report)
{
  current = assay_document_find (name);
  assert_non_null (current);
  return written (write_stored, report);
}

static inline json_t *
stored_of (const AssayReport *report)
{
  g_autofree char *text = written (write_json, report);
  return sample_json (text);
}

/* The document of a report, which is the one of what was stored of it. */
static inline char *
document_of (const char *name, const AssayReport *report)
{
  g_autoptr (json_t) stored = stored_of (report);
  g_autofree char *again = stored_as (name, stored);
  char *document = written (write_live, report);
  assert_string_equal (document, again);
  assert_true (g_utf8_validate (document, -1, NULL));
  return document;
}

#endif
