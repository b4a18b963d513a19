#include "report/document.h"

static const AssayDocument documents[ASSAY_DOCUMENT_COUNT] = {
  { "html", "Write the report as one HTML page; `-` as with --report", assay_report_write_html,
    assay_report_write_html_of_json },
  { "sarif", "Write what does not pass as SARIF 2.1.0, for code scanning", assay_report_write_sarif,
    assay_report_write_sarif_of_json },
  { "junit", "Write one test case a file as JUnit XML, for CI servers", assay_report_write_junit,
    assay_report_write_junit_of_json },
  { "markdown", "Write a summary in Markdown, for job summaries and comments", assay_report_write_markdown,
    assay_report_write_markdown_of_json },
};

const AssayDocument *
assay_documents (void)
{
  return documents;
}

const AssayDocument *
assay_document_find (const char *name)
{
  for (gsize i = 0; i < ASSAY_DOCUMENT_COUNT; i++)
    if (g_strcmp0 (name, documents[i].name) == 0)
      return &documents[i];
  return NULL;
}
