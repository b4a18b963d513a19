#ifndef ASSAY_REPORT_SENTENCE_H
#define ASSAY_REPORT_SENTENCE_H

#include "report/source.h"

/*
 * Elements of a report in a sentence each, for readers that have no tables. Text that comes from anywhere is escaped
 * (assay_page_escape()) and of bounded length; members that are missing are left out. All transfer full.
 */

/** assay_sentence_place: a node path, "the image" for the root. */
char *assay_sentence_place (const json_t *element);

/** assay_sentence_fact: "mode is 0104755 in the image, 0100755 in the rebuild". @side: of assay_text_expected_side() */
char *assay_sentence_fact (const json_t *fact, const char *side);

/** assay_sentence_range: "3 bytes at offset 0x1a40, section .text, function main, main.c line 3": where a finding is,
 * and whose names these are (T14). */
char *assay_sentence_range (const json_t *finding);

/** assay_sentence_bytes: "image 90 48, rebuild 75 48": the first bytes of both sides; NULL where there are none. */
char *assay_sentence_bytes (const json_t *finding, const char *side);

/** assay_sentence_waiver: "line 4 of the policy: REASON; answered for by OWNER"; NULL where no line allowed it. */
char *assay_sentence_waiver (const json_t *element);

/** assay_sentence_coarse: why a file has no list of what changed, or less of one; NULL where nothing is left out.
 * Transfer none. */
const char *assay_sentence_coarse (const json_t *file);

/** The classes of what does not pass, the worst first, and of what passes by a line of the policy alone. */
#define ASSAY_SENTENCE_CLASSES 4

/** assay_sentence_class: the name of one of them, from 0. Transfer none. */
const char *assay_sentence_class (gsize index);

/** assay_sentence_is_concern: whether a class is one of them, or a word that is no class. */
gboolean assay_sentence_is_concern (const char *word);

/** assay_sentence_exit: the exit code of the run that made the report, by what it says: 0, 1 or 2 (T3). */
guint assay_sentence_exit (const json_t *head);

#endif
