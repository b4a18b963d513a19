#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rebuild/records.h"

#include <string.h>

/* What texts of records say, in turn and by address. */

static void
check (const char *text, AssayRecordsKind wanted, const char *in_turn, const char *by_address, gsize by_address_length)
{
  AssayRecordsKind kind = ASSAY_RECORDS_NONE;
  g_auto (AssayRecords) records = { NULL, NULL };
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (bytes);
  assert_true (assay_records_find_kind (blob, &kind, NULL));
  assert_int_equal (kind, wanted);
  if (kind == ASSAY_RECORDS_NONE)
    return;
  assert_true (assay_records_read (blob, kind, &records, NULL));
  assert_int_equal (g_bytes_get_size (records.in_turn), strlen (in_turn));
  assert_memory_equal (g_bytes_get_data (records.in_turn, NULL), in_turn, strlen (in_turn));
  assert_int_equal (records.by_address != NULL, by_address != NULL);
  if (by_address == NULL)
    return;
  assert_int_equal (g_bytes_get_size (records.by_address), by_address_length);
  assert_memory_equal (g_bytes_get_data (records.by_address, NULL), by_address, by_address_length);
}

static void
records_in_order_are_read (void **state)
{
  check ("$$ x\n a $0\n$$ \nS0030000FC\nS10500004142XX\nS10500004142ff\r\nS20600000243440A\nS9030000FC\n",
         ASSAY_RECORDS_SYMBOLS, "ABCD", NULL, 0);
  check (":020000004142FF\n:0200020043447F\n:00000001FF\n", ASSAY_RECORDS_IMAGE, "ABCD", NULL, 0);
  check ("%0E600400004142\n%0E6FF400024344", ASSAY_RECORDS_TEKTRONIX, "ABCD", NULL, 0);
  check ("%0E600400004142 %07300xx %0E6FF400044344", ASSAY_RECORDS_TEKTRONIX, "ABCD", "AB\0\0CD", 6);
  (void)state;
}

static void
memory_is_what_was_said_last (void **state)
{
  check ("S1050002434400\nS1050000414200\n", ASSAY_RECORDS_IMAGE, "CDAB", "ABCD", 4);
  check ("S1050000414200\nS1050001585900\nS1040004454500\n", ASSAY_RECORDS_IMAGE, "ABXYE", "AXY\0E", 5);
  check ("S1040000414100\nS1041000424200\n", ASSAY_RECORDS_IMAGE, "AB", "AB", 2);
  check (":020000040001F9\n:0100000041BE\n:020000040000FA\n:0100000042BD\n", ASSAY_RECORDS_IMAGE, "AB", "BA", 2);
  (void)state;
}

static void
other_texts_are_none (void **state)
{
  check ("%add a comment of TeX", ASSAY_RECORDS_TEKTRONIX, "", NULL, 0);
  check ("%hello", ASSAY_RECORDS_NONE, NULL, NULL, 0);
  check ("S is a letter", ASSAY_RECORDS_NONE, NULL, NULL, 0);
  check ("S1", ASSAY_RECORDS_NONE, NULL, NULL, 0);
  check ("$$ is the process\nS1 S\nS", ASSAY_RECORDS_SYMBOLS, "", NULL, 0);
  (void)state;
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (records_in_order_are_read),
    cmocka_unit_test (memory_is_what_was_said_last),
    cmocka_unit_test (other_texts_are_none),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
