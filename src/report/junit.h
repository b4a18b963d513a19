#ifndef ASSAY_REPORT_JUNIT_H
#define ASSAY_REPORT_JUNIT_H

#include "report/outline.h"
#include "util/output.h"

/*
 * JUnit XML as Apache Ant writes it, which is what CI servers read; there is no standard. XML 1.0 (fifth edition) has
 * no way to hold most controls, escaped or not: they are made visible before.
 */

/** AssayJunitOutcome: what a case ends with. */
typedef enum
{
  ASSAY_JUNIT_PASSED = 0,
  ASSAY_JUNIT_FAILURE,
  ASSAY_JUNIT_ERROR,
  ASSAY_JUNIT_SKIPPED,
  ASSAY_JUNIT_OUTCOME_COUNT,
} AssayJunitOutcome;

/**
 * AssayJunit: a document at work. All borrowed.
 *
 * @cases: those that were written; they are counted before the suite begins, which says how many there are
 * @facts: path to GArray of guint: facts of that path that are concerns
 * @counts: cases by outcome
 * @left_out: cases that there was no room for; @details_bytes: what was said inside of cases
 */
typedef struct
{
  AssayReportSource source;
  const json_t *head;
  const AssayOutline *outline;
  const char *side;
  GString *cases;
  GHashTable *facts;
  guint counts[ASSAY_JUNIT_OUTCOME_COUNT];
  guint64 left_out;
  guint64 details_bytes;
} AssayJunit;

/** assay_junit_append: text from anywhere, as text of an element or between double quotes. */
void assay_junit_append (GString *xml, const char *text);

/**
 * assay_junit_add_case:
 * @kind: of our own: what follows `assay.` in the name of the class
 * @message: (nullable): why it did not pass, in one line
 * @details: (nullable): and in several; left out when there was much of it in others
 *
 * Adds a case, or counts it as left out when there is no room for it.
 */
void assay_junit_add_case (AssayJunit *junit, const char *kind, const char *name, AssayJunitOutcome outcome,
                           const char *message, const char *details);

/** assay_junit_add_cases: all that a report has: the verdict first. FALSE when cancelled. */
gboolean assay_junit_add_cases (AssayJunit *junit, GError **error);

#endif
