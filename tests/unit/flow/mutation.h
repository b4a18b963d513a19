#ifndef ASSAY_TEST_MUTATION_H
#define ASSAY_TEST_MUTATION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/flow.h"

#include <glib.h>

/* What the tests of changed files share. The seed is fixed: a run can be repeated. ASSAY_MUTATIONS sets how many
 * changes all of them make together, of which each test makes its share; without it they are MUTATION_CHANGES, and
 * MUTATION_ALL with ASSAY_ALL=1, of which the former are the first. */

#define MUTATION_SEED 20260101
#define MUTATION_CHANGES 5000
#define MUTATION_ALL 20000

typedef struct
{
  char *name;
  char *kept;    /* path of the file as it is */
  char *changed; /* path of the copy that is changed */
  guint8 *bytes;
  gsize size;
} MutationSample;

typedef struct
{
  char *directory;
  GPtrArray *samples; /* (element-type MutationSample) */
  GRand *random;
  guint changes;
  guint wrong_count;
  GString *wrong;
} MutationRun;

/** MutationKind: what happens to bytes. */
typedef enum
{
  MUTATION_ONE_BYTE = 0,
  MUTATION_TWO_BYTES,
  MUTATION_INSERTION,
  MUTATION_DELETION,
  MUTATION_TRUNCATION,
  MUTATION_KINDS,
} MutationKind;

/**
 * Mutation:
 * @offsets: of the changed bytes of the first two kinds; both the same for one byte
 * @bytes: the changed file
 */
typedef struct
{
  const MutationSample *sample;
  MutationKind kind;
  gsize offsets[2];
  GByteArray *bytes;
  gboolean expected_side; /* the change is on the expected side instead of the shipped one */
} Mutation;

int mutation_set_up (void **state);
int mutation_tear_down (void **state);

/** mutation_write: writes a file, without the care that a file for keeps would get. */
void mutation_write (const char *path, const guint8 *bytes, gsize size);

/** mutation_add_sample: takes over @bytes. */
void mutation_add_sample (MutationRun *run, const char *name, guint8 *bytes, gsize size);

/** mutation_share: how many changes a test makes that has @permille of all. */
guint mutation_share (guint permille);

/** mutation_choose: the next change, of the sample that has its turn. Free @bytes of it. */
Mutation mutation_choose (MutationRun *run);

/** mutation_compare: the verdict of assay on two paths. */
AssayFlowResult *mutation_compare (const char *shipped, const char *expected);

/** mutation_try: writes the change and compares; transfer full. */
AssayFlowResult *mutation_try (const Mutation *mutation);

/** mutation_note: counts one change, and what is wrong with the answer to it (NULL: nothing). */
void mutation_note (MutationRun *run, const char *what, const char *fault, AssayVerdict verdict);

/** mutation_describe: for messages; transfer full. */
char *mutation_describe (const Mutation *mutation);

/** mutation_finding_at: the unexplained finding of a node path that holds an offset, or NULL. */
const AssayFinding *mutation_finding_at (const AssayAccount *account, const char *path, guint64 offset);

/** mutation_finish: fails the test when an answer was wrong. */
void mutation_finish (MutationRun *run, const char *what);

#endif
