#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/names/naming.h"

/* Which instructions of a function only one side has. Each line here is an instruction of four bytes. */

#define LINE_BYTES 4u
#define ADDRESS 0x1000u

static void
line_clear (gpointer data)
{
  g_free (((AssayCodeLine *)data)->text);
}

static GArray *
lines_new (void)
{
  GArray *lines = g_array_new (FALSE, TRUE, sizeof (AssayCodeLine));
  g_array_set_clear_func (lines, line_clear);
  return lines;
}

static void
add_line (GArray *lines, const char *text)
{
  AssayCodeLine line = { ADDRESS + (guint64)LINE_BYTES * lines->len, LINE_BYTES, g_strdup (text) };
  g_array_append_val (lines, line);
}

static GArray *
lines_of (const char *const *texts)
{
  GArray *lines = lines_new ();
  for (guint i = 0; texts[i] != NULL; i++)
    add_line (lines, texts[i]);
  return lines;
}

static GArray *
find (const GArray *shipped, const GArray *expected)
{
  AssayCodeSide side = { .length = (guint64)LINE_BYTES * shipped->len, .address = ADDRESS };
  return assay_core_find (shipped, &side, expected);
}

/* @wanted: numbers of the shipped lines, ended by -1; one behind the last line is where an instruction is gone. */
static void
assert_core (const char *const *shipped_texts, const char *const *expected_texts, const int *wanted)
{
  g_autoptr (GArray) shipped = lines_of (shipped_texts);
  g_autoptr (GArray) expected = lines_of (expected_texts);
  g_autoptr (GArray) core = find (shipped, expected);
  guint count = 0;
  for (; wanted[count] >= 0; count++)
    {
      assert_true (count < core->len);
      const AssayStretch *place = &g_array_index (core, AssayStretch, count);
      assert_int_equal (place->offset, LINE_BYTES * (guint)wanted[count]);
      assert_int_equal (place->length, (guint)wanted[count] == shipped->len ? 1 : LINE_BYTES);
    }
  assert_int_equal (core->len, count);
}

#define LINES(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define CORE(...) ((const int[]){ __VA_ARGS__, -1 })
#define NO_CORE ((const int[]){ -1 })

static void
registers_and_places_are_no_difference (void **state)
{
  (void)state;
  assert_core (LINES ("push rbx", "mov rax, qword ptr [rip + 0x20]", "call 0x2000", "jne 0x1004", "ret"),
               LINES ("push rbp", "mov rcx, qword ptr [rip + 0x999]", "call 0x3000", "jne 0x1010", "ret"), NO_CORE);
  assert_core (LINES ("cbz w0, #0x1234", "tbnz w1, #0x3, #0x100", "bl #0x44"),
               LINES ("cbz w9, #0x1238", "tbnz w8, #0x3, #0x104", "bl #0x48"), NO_CORE);
}

static void
what_an_instruction_does_is_one (void **state)
{
  (void)state;
  /* another number */
  assert_core (LINES ("push rbx", "mov eax, 2", "ret"), LINES ("push rbx", "mov eax, 1", "ret"), CORE (1, 2));
  /* another instruction, of the same operands */
  assert_core (LINES ("push rbx", "sub eax, 1", "ret"), LINES ("push rbx", "add eax, 1", "ret"), CORE (1, 2));
  /* the other condition */
  assert_core (LINES ("test eax, eax", "je 0x1010", "ret"), LINES ("test eax, eax", "jne 0x1010", "ret"), CORE (1, 2));
  /* a place in memory that is no register */
  assert_core (LINES ("mov eax, dword ptr [rdi + 8]", "ret"), LINES ("mov eax, dword ptr [rdi + 0x10]", "ret"),
               CORE (0, 1));
}

/* An instruction more, one less, and both between instructions that only use other registers. */
static void
what_one_side_alone_has_is_one (void **state)
{
  (void)state;
  assert_core (LINES ("push rbx", "mov eax, 1", "inc eax", "call 0x2000", "ret"),
               LINES ("push rbp", "mov ecx, 1", "call 0x3000", "ret"), CORE (2));
  assert_core (LINES ("push rbp", "mov ecx, 1", "call 0x3000", "ret"),
               LINES ("push rbx", "mov eax, 1", "inc eax", "call 0x2000", "ret"), CORE (2));
  assert_core (LINES ("nop", "push rbx", "ret"), LINES ("push rbx", "inc eax", "ret"), CORE (0, 2));
  /* gone from the end: there is no line where it would stand */
  assert_core (LINES ("push rbx", "ret"), LINES ("push rbx", "ret", "nop"), CORE (2));
  assert_core (LINES ("push rbx"), LINES ("push rbx"), NO_CORE);
}

static void
nothing_beside_something (void **state)
{
  (void)state;
  static const char *const none[] = { NULL };
  assert_core (none, none, NO_CORE);
  assert_core (LINES ("nop", "ret"), none, CORE (0, 1));
  assert_core (none, LINES ("nop"), CORE (0));
}

/* Two long functions are not held against each other line by line; where they part is told all the same. */
static void
of_what_is_long_the_first_place_is_told (void **state)
{
  (void)state;
  static const struct
  {
    guint lines;
    guint core;
  } cases[] = { { 1500, 3000 }, { 1501, 1 } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GArray) shipped = lines_of (LINES ("push rbx"));
      g_autoptr (GArray) expected = lines_of (LINES ("push rbx"));
      for (guint j = 0; j < cases[i].lines; j++)
        {
          add_line (shipped, "inc eax");
          add_line (expected, "dec eax");
        }
      add_line (shipped, "ret");
      add_line (expected, "ret");
      g_autoptr (GArray) core = find (shipped, expected);
      assert_int_equal (core->len, cases[i].core);
      assert_int_equal (g_array_index (core, AssayStretch, 0).offset, LINE_BYTES);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (registers_and_places_are_no_difference),  cmocka_unit_test (what_an_instruction_does_is_one),
    cmocka_unit_test (what_one_side_alone_has_is_one),          cmocka_unit_test (nothing_beside_something),
    cmocka_unit_test (of_what_is_long_the_first_place_is_told),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
