#ifndef ASSAY_JUDGE_WORDS_H
#define ASSAY_JUDGE_WORDS_H

#include "account/account.h"

/* Words for people who are no programmers. All transfer full. */

/** assay_words_number: decimal with a comma between thousands. */
char *assay_words_number (guint64 number);

/** assay_words_count: "1 file", "1,234 files". */
char *assay_words_count (guint64 number, const char *one, const char *many);

/** assay_words_day: "2027-01-31" of seconds since 1970, in UTC. */
char *assay_words_day (gint64 seconds);

/** assay_words_place: how a node is called inside a sentence: its path, or "the image" for the root. */
char *assay_words_place (const AssayNode *node);

/** assay_words_origin: the name in reports, as "opaque". Transfer none. */
const char *assay_words_origin (AssayOrigin origin);

/** assay_words_sentence: @text with a full stop; its first letter large where @capital. */
char *assay_words_sentence (const char *text, gboolean capital);

/** assay_words_mode_note: what a change of mode means, as "set-user-ID bit added"; "" when nothing is to be said. */
char *assay_words_mode_note (const char *shipped, const char *expected);

/** assay_words_fact_noun: "modification time" for "mtime"; the name itself where there is no better word. Transfer
 * none. */
const char *assay_words_fact_noun (const char *fact);

/** assay_words_value: a fact's value as a reader would write it: times as dates, all else as it is; NULL for NULL.
 * Transfer full. */
char *assay_words_value (const char *fact, const char *value);

/** assay_words_fact: what differs, as "usr/bin/su has mode 0104755, the rebuild has 0100755", without full stop. */
char *assay_words_fact (const AssayFactAccount *fact);

#endif
