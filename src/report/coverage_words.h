#ifndef ASSAY_REPORT_COVERAGE_WORDS_H
#define ASSAY_REPORT_COVERAGE_WORDS_H

#include <assay/verdict.h>

#include <glib.h>
#include <jansson.h>

/**
 * AssayCoverageWords: how a state is said.
 *
 * @state: as in the JSON
 * @row: its name in a table
 * @meaning: of the name, for who reads it for the first time
 * @behind: why a file does not count; `%s` stands for another file that is to blame
 * @mark: one sign, as good as a colour
 * @class_: whose colour it has in pictures
 */
typedef struct
{
  const char *state;
  const char *row;
  const char *meaning;
  const char *behind;
  const char *mark;
  AssayClass class_;
} AssayCoverageWords;

/** States in the order of a reader: what counts, what is to be reviewed, what cannot be. */
#define ASSAY_COVERAGE_STATES 10

/** assay_coverage_words: of the state with that number, below ASSAY_COVERAGE_STATES. */
const AssayCoverageWords *assay_coverage_words (gsize number);

/** assay_coverage_words_of: of a state by its word; those of "differs" for none that we know. */
const AssayCoverageWords *assay_coverage_words_of (const char *state);

/** assay_coverage_why: why a row of `left` does not count; escaped for a page. Transfer full. */
char *assay_coverage_why (const json_t *row);

/** assay_coverage_sentence: how much was reviewed, in one sentence. Transfer full. */
char *assay_coverage_sentence (const json_t *coverage);

/** What may be wrong with the figures as a whole. */
#define ASSAY_COVERAGE_DOUBTS 2

/** assay_coverage_doubt: one of ASSAY_COVERAGE_DOUBTS; NULL where it does not apply. Transfer none. */
const char *assay_coverage_doubt (const json_t *coverage, guint number);

/** assay_coverage_list_sentence: what the list is called, and how much of it the build used; escaped. Transfer full. */
char *assay_coverage_list_sentence (const json_t *list);

/** assay_coverage_beside_sentence: what is executable and in no section of code; NULL where nothing is. Transfer full.
 */
char *assay_coverage_beside_sentence (const json_t *coverage);

/** Who says which code is of which file. */
#define ASSAY_COVERAGE_BY "line tables of the rebuild: what its compilers say of themselves, no proof"

/** AssayCoverageBeside: what is said of files beside the code. */
typedef enum
{
  ASSAY_COVERAGE_DOUBTED = 0,
  ASSAY_COVERAGE_READ,
  ASSAY_COVERAGE_NEVER,
  ASSAY_COVERAGE_UNSURE,
  ASSAY_COVERAGE_BESIDE_COUNT,
} AssayCoverageBeside;

/** assay_coverage_beside_text: what they have in common, behind "N files". Transfer none. */
const char *assay_coverage_beside_text (AssayCoverageBeside kind);

/** assay_coverage_beside_names: their names, of all builds. (transfer full): JSON array of strings */
json_t *assay_coverage_beside_names (const json_t *coverage, AssayCoverageBeside kind);

#endif
