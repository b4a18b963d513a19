#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "small_program.h"

#include "../inventory/interpreter_liars.h"

#include <string.h>

/*
 * Which differences of a program are by themselves and which follow from these. The cause is for the reader alone:
 * whatever it is, all bytes stay unexplained.
 */

/** A finding that is no ripple. @section: NULL for one of a header; @within: bytes from the section's start. */
typedef struct
{
  const char *section;
  const char *symbol;
  guint64 within;
  guint64 length;
  const char *message; /* with which it begins; NULL: any */
} Primary;

static const AssayFinding *
finding_at (const SmallCase *small, guint index)
{
  assert_true (index < assay_findings_length (small->account->findings));
  return assay_findings_get (small->account->findings, index);
}

static void
assert_primary (const SmallCase *small, guint index, const Primary *wanted)
{
  const AssayFinding *finding = finding_at (small, index);
  assert_int_equal (finding->cause, ASSAY_CAUSE_PRIMARY);
  if (wanted->message != NULL && !g_str_has_prefix (finding->message, wanted->message))
    fail_msg ("%s, and not %s", finding->message, wanted->message);
  if (g_strcmp0 (assay_finding_words (finding)->symbol, wanted->symbol) != 0
      || g_strcmp0 (assay_finding_words (finding)->section, wanted->section) != 0)
    fail_msg ("%s in %s", assay_finding_words (finding)->symbol, assay_finding_words (finding)->section);
  if (wanted->section == NULL)
    return;
  assert_int_equal (finding->offset, small_case_section (small, wanted->section) + wanted->within);
  assert_int_equal (finding->length, wanted->length);
}

/* The primary findings come first, and all others are ripples; no class hangs on either. */
static void
assert_causes (const SmallCase *small, const Primary *wanted)
{
  const AssayNodeAccount *node = small_case_node (small);
  guint count = 0;
  guint64 bytes = 0;
  for (; wanted[count].symbol != NULL || wanted[count].message != NULL; count++)
    assert_primary (small, count, &wanted[count]);
  for (guint i = 0; i < assay_findings_length (small->account->findings); i++)
    {
      const AssayFinding *finding = finding_at (small, i);
      if (i >= count && finding->cause != ASSAY_CAUSE_RIPPLE)
        fail_msg ("finding %u at %u is no ripple: %s", i, (guint)finding->offset, finding->message);
      assert_int_equal (finding->class_, ASSAY_CLASS_UNEXPLAINED);
      bytes += finding->length;
    }
  assert_int_equal (node->totals[ASSAY_CLASS_UNEXPLAINED], bytes);
  assert_int_equal (node->totals[ASSAY_CLASS_UNEXPLAINED] + node->totals[ASSAY_CLASS_IDENTICAL], node->node->size);
  assert_int_equal (node->worst, ASSAY_CLASS_UNEXPLAINED);
}

static void
assert_case (const SmallProgram *shipped, const Primary *wanted)
{
  SmallCase small;
  small_case_open (&small, shipped, NULL);
  assert_causes (&small, wanted);
  small_case_close (&small);
}

static void
what_is_equal_has_no_finding (void **state)
{
  (void)state;
  static const SmallProgram plain;
  SmallCase small;
  small_case_open (&small, &plain, NULL);
  assert_int_equal (assay_findings_length (small.account->findings), 0);
  assert_null (small_case_node (&small)->changes);
  small_case_close (&small);
}

/* Three bytes more in one function: two functions moved, two pointers to them and all tables with them. */
static void
one_instruction_more_is_the_only_primary (void **state)
{
  (void)state;
  static const Primary added[] = { { ".text", "first", 6, 3, NULL }, { NULL, NULL, 0, 0, NULL } };
  assert_case (&(SmallProgram){ .first_adds = TRUE }, added);
  assert_case (&(SmallProgram){ .first_adds = TRUE, .stripped = TRUE }, added);
  assert_case (&(SmallProgram){ .first_adds = TRUE, .second_name = "other" }, added);
}

static void
its_instructions_are_shown (void **state)
{
  (void)state;
  SmallCase small;
  small_case_open (&small, &(SmallProgram){ .first_adds = TRUE }, NULL);
  const AssayFinding *finding = finding_at (&small, 0);
  assert_true (assay_finding_words (finding)->is_function);
  assert_string_equal (assay_finding_words (finding)->named_by, "rebuild");
  assert_int_equal (finding->address, SMALL_TEXT + 6);
  assert_non_null (assay_finding_words (finding)->rows);
  guint alone = 0;
  for (guint i = 0; i < assay_finding_words (finding)->rows->len; i++)
    {
      const AssayCodeRow *row = &g_array_index (assay_finding_words (finding)->rows, AssayCodeRow, i);
      if (row->expected != NULL)
        continue;
      assert_string_equal (row->shipped, "0x401006  add eax, 2");
      alone++;
    }
  assert_int_equal (alone, 1);
  /* a ripple is folded: it shows none */
  for (guint i = 1; i < assay_findings_length (small.account->findings); i++)
    assert_null (assay_finding_words (finding_at (&small, i))->rows);
  small_case_close (&small);
}

/* While everything moves, a pointer that leads elsewhere, and a flag, are by themselves: no move makes them so. */
static void
what_no_move_explains_is_primary_too (void **state)
{
  (void)state;
  static const Primary pointer[]
      = { { ".text", "first", 6, 3, NULL }, { ".data", "table", 8, 1, NULL }, { NULL, NULL, 0, 0, NULL } };
  static const Primary flag[] = { { ".text", "first", 6, 3, NULL },
                                  { NULL, NULL, 0, 0, "section header 1: sh_flags is 0x7, the rebuild has 0x6" },
                                  { NULL, NULL, 0, 0, NULL } };
  /* a header stands in front of all code, and is read behind it */
  static const Primary machine[]
      = { { ".text", "first", 6, 3, NULL }, { NULL, NULL, 0, 0, "ELF header: e_flags" }, { NULL, NULL, 0, 0, NULL } };
  /* the function itself has no bytes in the shipped file; the pointer to it has */
  static const Primary gone[] = { { ".data", "table", 0, 3, NULL }, { NULL, NULL, 0, 0, NULL } };
  assert_case (&(SmallProgram){ .first_adds = TRUE, .wrong_pointer = TRUE }, pointer);
  assert_case (&(SmallProgram){ .first_adds = TRUE, .writable_text = TRUE }, flag);
  assert_case (&(SmallProgram){ .first_adds = TRUE, .machine_flags = 1 }, machine);
  assert_case (&(SmallProgram){ .without_second = TRUE }, gone);
}

/* What the rebuild has not is called what the shipped file calls it, and that is said (T14). */
static void
what_was_added_has_the_shipped_name (void **state)
{
  (void)state;
  static const Primary fourth[] = { { ".text", "fourth", 35, 10, NULL }, { NULL, NULL, 0, 0, NULL } };
  SmallCase small;
  small_case_open (&small, &(SmallProgram){ .has_fourth = TRUE }, NULL);
  assert_causes (&small, fourth);
  assert_string_equal (assay_finding_words (finding_at (&small, 0))->named_by, "shipped");
  assert_int_equal (finding_at (&small, 0)->expected_length, 0);
  small_case_close (&small);
}

/* A single byte moves nothing, and is what it is in its place. */
static void
what_little_differs_is_primary (void **state)
{
  (void)state;
  static const Primary number[] = { { ".text", "third", 26, 1, NULL }, { NULL, NULL, 0, 0, NULL } };
  static const Primary pointer[] = { { ".data", "table", 8, 1, NULL }, { NULL, NULL, 0, 0, NULL } };
  static const Primary flag[] = { { NULL, NULL, 0, 0, "section header 1: sh_flags" }, { NULL, NULL, 0, 0, NULL } };
  assert_case (&(SmallProgram){ .number = 0x78 }, number);
  assert_case (&(SmallProgram){ .wrong_pointer = TRUE }, pointer);
  assert_case (&(SmallProgram){ .writable_text = TRUE }, flag);
}

/* Without a change that something could follow from, tables that differ are primary. */
static void
nothing_follows_from_nothing (void **state)
{
  (void)state;
  SmallCase small;
  small_case_open (&small, &(SmallProgram){ .second_name = "other" }, NULL);
  assert_true (assay_findings_length (small.account->findings) > 4);
  for (guint i = 0; i < assay_findings_length (small.account->findings); i++)
    assert_int_equal (finding_at (&small, i)->cause, ASSAY_CAUSE_PRIMARY);
  small_case_close (&small);
}

/* What reads the code for the reader may lie or end as it likes: every byte keeps its class (T14, T23). */
static void
no_verdict_hangs_on_who_reads_code (void **state)
{
  (void)state;
  SmallCase honest;
  small_case_open (&honest, &(SmallProgram){ .first_adds = TRUE, .wrong_pointer = TRUE }, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (interpreter_liars); i++)
    {
      SmallCase small;
      small_case_open_by (&small, &(SmallProgram){ .first_adds = TRUE, .wrong_pointer = TRUE }, NULL,
                          interpreter_liars[i].work);
      if (memcmp (small.account->totals, honest.account->totals, sizeof honest.account->totals) != 0
          || assay_findings_length (small.account->findings) != assay_findings_length (honest.account->findings)
          || small.account->undecided->len != honest.account->undecided->len)
        fail_msg ("%s: another account", interpreter_liars[i].name);
      assert_int_equal (small_case_node (&small)->worst, ASSAY_CLASS_UNEXPLAINED);
      for (guint j = 0; j < assay_findings_length (small.account->findings); j++)
        assert_null (assay_finding_words (finding_at (&small, j))->rows);
      small_case_close (&small);
    }
  small_case_close (&honest);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_is_equal_has_no_finding),        cmocka_unit_test (one_instruction_more_is_the_only_primary),
    cmocka_unit_test (its_instructions_are_shown),          cmocka_unit_test (what_no_move_explains_is_primary_too),
    cmocka_unit_test (what_was_added_has_the_shipped_name), cmocka_unit_test (what_little_differs_is_primary),
    cmocka_unit_test (nothing_follows_from_nothing),        cmocka_unit_test (no_verdict_hangs_on_who_reads_code),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
