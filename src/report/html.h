#ifndef ASSAY_REPORT_HTML_H
#define ASSAY_REPORT_HTML_H

#include "report/outline.h"
#include "util/output.h"

/*
 * The HTML report (HTML Living Standard): one document that loads nothing and runs nothing. All text of a report is
 * text of whoever made the image, and goes through assay_html_add() alone.
 */

/**
 * AssayHtml: a document at work.
 *
 * @text: what was not handed on yet
 * @output: where it goes; NULL: it stays in @text
 * @written: bytes that were handed on
 * @error: the first that there was; nothing is written behind it
 * @all: (nullable): where all of what the document leaves out stands; NULL: the JSON report
 */
typedef struct
{
  GString *text;
  AssayOutput *output;
  guint64 written;
  GError *error;
  const char *all;
} AssayHtml;

/**
 * assay_html_add:
 * @format: markup, with `%s`, `%u`, `%c` (of ASCII letters alone), `%%` and `%" G_GUINT64_FORMAT "` in it and nothing
 * else; a fault of ours ends the program
 *
 * Appends markup. Each `%s` is text from anywhere: controls, bidirectional controls and what leaves no mark are made
 * visible (assay_page_escape()), texts that would fill a screen lose their middle, and no character of it is markup
 * any more, be it in an element or in an attribute between double quotes.
 */
void assay_html_add (AssayHtml *html, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** assay_html_raw: appends markup as it is; never anything that came out of a report. */
void assay_html_raw (AssayHtml *html, const char *markup);

/** assay_html_flush: hands on what there is, if it is much. Returns FALSE once anything failed, or was cancelled. */
gboolean assay_html_flush (AssayHtml *html);

/** assay_html_begin: the document up to its first part: policy, title, style sheet. */
void assay_html_begin (AssayHtml *html, const char *title);

/** assay_html_end: ends the document, and hands on what is left of it. Errors: @html->error; as assay_output_write().
 */
gboolean assay_html_end (AssayHtml *html, GError **error);

/** assay_html_length: bytes of the document so far. */
guint64 assay_html_length (const AssayHtml *html);

/** assay_html_escape: as `%s` of assay_html_add(). Transfer full. */
char *assay_html_escape (const char *text);

/**
 * AssayHtmlPage: the report that a document is made of. All borrowed.
 *
 * @head: of assay_report_head() or assay_report_head_of_json()
 * @side: what the expected side is called: "rebuild" or "expected"
 * @cards: (element-type guint): numbers of the findings that have a place of their own on the page, `#f` and the number
 * @shown: the same as a set
 */
typedef struct
{
  AssayHtml html;
  AssayReportSource source;
  const json_t *head;
  const AssayOutline *outline;
  const char *side;
  GArray *cards;
  GHashTable *shown;
} AssayHtmlPage;

/* The parts of the page, each in a file of its own. */

/** assay_html_style: the style sheet, of our own making. Transfer full. */
char *assay_html_style (void);

/** assay_html_add_summary: verdict, reasons, image, account. */
void assay_html_add_summary (AssayHtmlPage *page);

/** assay_html_add_account: the table and its bar. */
void assay_html_add_account (AssayHtmlPage *page);

/** assay_html_add_map: the picture of the whole image, and what its marks mean. */
void assay_html_add_map (AssayHtmlPage *page);

/** assay_html_add_files: the tree of files, with sections and functions of those that are not identical. */
void assay_html_add_files (AssayHtmlPage *page);

/** assay_html_choose_cards: fills @page->cards and @page->shown. */
void assay_html_choose_cards (AssayHtmlPage *page);

/** assay_html_add_findings: what does not pass, primary changes first, and what follows from them folded. */
void assay_html_add_findings (AssayHtmlPage *page);

/** assay_html_add_bytes: bytes and instructions of both sides of one finding, side by side. */
void assay_html_add_bytes (AssayHtmlPage *page, const json_t *finding);

/** assay_html_add_facts: facts that differ, and what is missing. */
void assay_html_add_facts (AssayHtmlPage *page);

/** assay_html_add_origins: which sources reached which file, as far as the report says. */
void assay_html_add_origins (AssayHtmlPage *page);

/** assay_html_add_sources: which licensed files each program was compiled from, and what the build opened; nothing
 * where no recording was made. */
void assay_html_add_sources (AssayHtmlPage *page);

/** assay_html_add_rules: what accounted for bytes and facts that are not equal. */
void assay_html_add_rules (AssayHtmlPage *page);

/** assay_html_add_policy: what the policy said, and its lines that were used. */
void assay_html_add_policy (AssayHtmlPage *page);

/** assay_html_add_inputs: what the expected side was made from; options and limits. */
void assay_html_add_inputs (AssayHtmlPage *page);

/* Small things that parts share. */

/** assay_html_letter: one letter for a class, as good as its colour. */
char assay_html_letter (AssayClass class_);

/** assay_html_add_class: letter and name of a class. */
void assay_html_add_class (AssayHtml *html, AssayClass class_);

/** assay_html_add_sign: a class's colours with another mark, and a name. */
void assay_html_add_sign (AssayHtml *html, AssayClass class_, const char *mark, const char *name);

/** assay_html_begin_banner: what a reader sees first, with the sign and the colours of a verdict; a `div` in it is
 * open.
 */
void assay_html_begin_banner (AssayHtml *html, const char *look);

/** assay_html_add_term: a line of a list of terms; nothing for a text that is "". */
void assay_html_add_term (AssayHtml *html, const char *term, const char *text);

/** assay_html_add_digest: the same of a digest, which has a line of its own. */
void assay_html_add_digest (AssayHtml *html, const char *term, const char *sha256);

/** assay_html_add_bar: the share of a whole in the colour of a class; at least a stroke for what is not nothing. */
void assay_html_add_bar (AssayHtml *html, AssayClass class_, guint64 part, guint64 total);

/**
 * assay_html_add_names:
 * @names: JSON array of strings
 * @until: length of the document behind which no further name is shown
 *
 * Names behind a title that unfolds them; nothing where there are none.
 */
void assay_html_add_names (AssayHtml *html, const char *title, const json_t *names, guint64 until);

/** assay_html_add_verdict: sign and name of a verdict. */
void assay_html_add_verdict (AssayHtml *html, const char *verdict);

/** assay_html_add_path: a node path that may be broken behind its slashes; "the image itself" for ".". */
void assay_html_add_path (AssayHtml *html, const char *path);

/** assay_html_add_number: with commas between thousands. assay_html_add_count: and with its noun. */
void assay_html_add_number (AssayHtml *html, guint64 number);
void assay_html_add_count (AssayHtml *html, guint64 number, const char *one, const char *many);

/** assay_html_add_more: says that so many of something are in the JSON report alone; nothing for 0. */
void assay_html_add_more (AssayHtml *html, guint64 number, const char *one, const char *many);

#endif
