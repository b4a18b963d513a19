#ifndef ASSAY_REPORT_TEXT_H
#define ASSAY_REPORT_TEXT_H

#include "report/page.h"

/*
 * The parts of the text report. A head may have been read back from a file that somebody wrote: a member that is not
 * there, or not what it should be, is left out, and nothing else happens.
 */

/** Where the text beside a class begins, in facts and findings. */
#define ASSAY_TEXT_CLASS_COLUMN 20

/** assay_text_number: an integer of the report, or the string that stands for one (T25); 0 for anything else. */
guint64 assay_text_number (const json_t *value);

/** assay_text_member: a member that is a string, escaped for a page; NULL when it is none. Transfer full. */
char *assay_text_member (const json_t *object, const char *key);

/** assay_text_paint_of: the colour of a verdict or class. */
AssayPaint assay_text_paint_of (const char *word);

/** assay_text_word: a member that is a verdict, class or result; "undecided" when it is none that we know. Transfer
 * none. */
const char *assay_text_word (const json_t *object, const char *key);

/** assay_text_verdict: the verdict of a report; "undecided" when it says none that we know. Transfer none. */
const char *assay_text_verdict (const json_t *head);

/** assay_text_sentence: what the verdict says, in one sentence. With a scope it speaks of the scope (T2). Transfer
 * full.
 */
char *assay_text_sentence (const json_t *head);

/** assay_text_judged: "N of M bytes judged.": how much of the image the verdict speaks of (T2). Transfer full. */
char *assay_text_judged (const json_t *head);

/** assay_text_share: per cent, never "100.00 %" of a part, nor "0.00 %" of something: three bytes of a gigabyte are not
 * nothing. Transfer full. */
char *assay_text_share (guint64 part, guint64 total);

/** assay_text_bar: of eighths of a cell (Unicode, "Block Elements"); what is not nothing shows at least one. Transfer
 * full. */
char *assay_text_bar (guint64 part, guint64 total);

/** assay_text_verdict_meaning: / assay_text_class_meaning: what a verdict or class means, for who reads it for the
 * first time; NULL for other words. Transfer none. */
const char *assay_text_verdict_meaning (const char *word);
const char *assay_text_class_meaning (const char *word);

/** assay_text_expected_side: what the expected side is called: "rebuild", or "expected" where nothing was rebuilt. */
const char *assay_text_expected_side (const json_t *head);

/**
 * assay_text_render_path:
 * @last: (inout): the path of the element before, or NULL
 *
 * Writes the path of an element, unless the one before it had the same; "." says that it is the image.
 */
void assay_text_render_path (AssayPage *page, const json_t *element, char **last);

/** assay_text_render_facts: the parts FACTS and MISSING. */
void assay_text_render_facts (AssayPage *page, const json_t *head);

/** assay_text_render_findings: the part FINDINGS. */
void assay_text_render_findings (AssayPage *page, const json_t *head);

/** assay_text_render_changes: the part CHANGES: functions and objects of files that were aligned. */
void assay_text_render_changes (AssayPage *page, const json_t *head);

/** assay_text_render_more: says how many elements of an array of the head were left out. */
void assay_text_render_more (AssayPage *page, const json_t *head, const char *array);

/** assay_text_render_words: what the words that appear in this report mean. */
void assay_text_render_words (AssayPage *page, const json_t *head);

#endif
