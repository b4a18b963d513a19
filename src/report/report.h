#ifndef ASSAY_REPORT_REPORT_H
#define ASSAY_REPORT_REPORT_H

#include "judge/judge.h"
#include "util/output.h"

#include <jansson.h>

/**
 * AssayReport:
 *
 * Everything that a report is written from (contract.md, "The report, assay.report/1"). All borrowed.
 *
 * @image: object: path, size, sha256 (absent when undecided before it was known), format
 * @expected: array as in the contract
 * @policy: object: sha256 (or absent), result "pass"|"fail"|"none", failures
 * @options: object: everything else that can change a verdict (T19): mode, limits, scope (granted), digests, tool
 * binary digest
 * @sources: (nullable): array: which source files the code came from (flow/sources.h), where that was recorded
 * @account: NULL when the judging never began
 * @failures: (element-type utf8) (nullable): what went wrong on the way, as assay_judgement_new() got it
 */
typedef struct
{
  json_t *image;
  json_t *expected;
  json_t *policy;
  json_t *options;
  json_t *sources;
  const AssayAccount *account;
  const AssayPairing *pairing;
  const AssayJudgement *judgement;
  const GPtrArray *failures;
} AssayReport;

/**
 * assay_report_write:
 *
 * Writes the whole report as canonical JSON, as a stream: of the arrays `files`, `facts`, `missing` and `findings` only
 * one element is in memory at a time.
 */
gboolean assay_report_write (const AssayReport *report, AssayOutput *output, GError **error);

/**
 * assay_report_write_text:
 *
 * The same into memory. Errors: ASSAY_ERROR_LIMIT it is longer than @most_bytes; ASSAY_ERROR_CANCELLED.
 */
GString *assay_report_write_text (const AssayReport *report, gsize most_bytes, GError **error);

/** How many elements of each array the head keeps: as many as a person reads. */
#define ASSAY_REPORT_HEAD_ITEMS 20

/** AssayReportSource: a report, or one that was read back (source.h). */
typedef struct _AssayReportSource AssayReportSource;

/** assay_report_write_of_json: a report that was read back as canonical JSON; of its findings one is in memory at a
 * time, where they are not in the tree. Errors: ASSAY_ERROR_CANCELLED; as assay_output_write(). */
gboolean assay_report_write_of_json (const AssayReportSource *source, AssayOutput *output, GError **error);

/**
 * assay_report_head:
 *
 * The report as JSON in memory, with each of the four arrays cut to what a person reads: the files, facts and findings
 * that do not pass, worst first, then the explained ones, at most ASSAY_REPORT_HEAD_ITEMS each; and a member `counts`
 * with the full lengths by class. What a renderer for people gets.
 *
 * Returns: (transfer full)
 */
json_t *assay_report_head (const AssayReport *report);

/** assay_report_head_of_json: the same head of a report that was read back: equal to what assay_report_head() gave when
 * it was written. */
json_t *assay_report_head_of_json (const AssayReportSource *source, GError **error);

/** AssayTextStyle: how the text report looks. */
typedef enum
{
  ASSAY_TEXT_PLAIN = 0,
  ASSAY_TEXT_COLOUR,
} AssayTextStyle;

/**
 * assay_report_render_text:
 *
 * The report for people, 80 columns: verdict with "N of M bytes judged" first, the account as a table with bytes and
 * per cent, then reasons, facts, missing and findings with offset, section, symbol and a short hex window of both
 * sides. Untrusted names are escaped.
 *
 * Returns: (transfer full)
 */
char *assay_report_render_text (json_t *head, AssayTextStyle style);

/**
 * assay_report_write_html: / assay_report_write_html_of_json:
 *
 * The report as one HTML document that loads nothing and runs nothing, for people: verdict, map of all bytes, account,
 * findings, facts, files, policy, rules and inputs. Of a report that was read back it is, byte for byte, what it was of
 * the report itself. What one document is too small for is counted, and said to be in the JSON report; a document has
 * at most a few megabytes. Whether the report adds up is not looked at, but where its numbers do not, no map is drawn.
 *
 * Errors: ASSAY_ERROR_USAGE of JSON that is no report; ASSAY_ERROR_CANCELLED; as assay_output_write().
 */
gboolean assay_report_write_html (const AssayReport *report, AssayOutput *output, GError **error);
gboolean assay_report_write_html_of_json (const AssayReportSource *source, AssayOutput *output, GError **error);

/**
 * assay_report_write_sarif: / assay_report_write_sarif_of_json:
 *
 * What keeps the image from passing, or passes by a line of the policy alone, as SARIF 2.1.0 (OASIS, errata 01) for
 * code scanning. Bytes and facts that are accounted for by proof are no results. A report that is no pass has at least
 * one result of the level "error". At most ASSAY_SARIF_RESULTS results; what is left out is counted in notifications.
 * Errors and equality of both as with HTML.
 */
gboolean assay_report_write_sarif (const AssayReport *report, AssayOutput *output, GError **error);
gboolean assay_report_write_sarif_of_json (const AssayReportSource *source, AssayOutput *output, GError **error);

/** Results of one document: as many as the servers that show them keep. */
#define ASSAY_SARIF_RESULTS 5000

/**
 * assay_report_write_junit: / assay_report_write_junit_of_json:
 *
 * The report as JUnit XML, of the form of Apache Ant that CI servers read: one suite for the image, a case for the
 * verdict, for each file, and for what the policy says. A mismatch is a failure, what is undecided an error, what lies
 * outside of the scope skipped. Fails or has an error if and only if the report is no pass. Cases that do not pass
 * come first; those that there is no room for are counted. There are no times in it: all are zero.
 */
gboolean assay_report_write_junit (const AssayReport *report, AssayOutput *output, GError **error);
gboolean assay_report_write_junit_of_json (const AssayReportSource *source, AssayOutput *output, GError **error);

/**
 * assay_report_write_markdown: / assay_report_write_markdown_of_json:
 *
 * The report in short as GitHub Flavored Markdown, of at most ASSAY_MARKDOWN_BYTES; what is left out is counted. Text
 * that comes from anywhere stands in code spans that it cannot leave, where nothing is a link, a mention or markup.
 */
gboolean assay_report_write_markdown (const AssayReport *report, AssayOutput *output, GError **error);
gboolean assay_report_write_markdown_of_json (const AssayReportSource *source, AssayOutput *output, GError **error);

/** Bytes of a Markdown summary: a comment on GitHub has at most 65,536 characters, a job summary 1 MiB. */
#define ASSAY_MARKDOWN_BYTES 60000

#endif
