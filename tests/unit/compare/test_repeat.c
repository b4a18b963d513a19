#include "compare/repeat.h"
#include "unpack/unpack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static AssayNode *
unpack (const void *bytes, gsize length)
{
  AssayLimits limits;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) held = g_bytes_new (bytes, length);
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (held);
  assay_limits_init (&limits);
  AssayUnpackOptions options = { .limits = &limits };
  AssayNode *root = assay_unpack_blob (blob, &options, &error);
  assert_non_null (root);
  return root;
}

static GPtrArray *
compare (const void *first, gsize first_length, const void *second, gsize second_length)
{
  AssayLimits limits;
  g_autoptr (GError) error = NULL;
  assay_limits_init (&limits);
  g_autoptr (AssayNode) ours = unpack (first, first_length);
  g_autoptr (AssayNode) theirs = unpack (second, second_length);
  GPtrArray *list = assay_repeat_compare (ours, theirs, &limits, &error);
  assert_non_null (list);
  return list;
}

/* A member of an ar archive (ar(5)) and what stands before the first. */
static char *
archive (const char *mode, const char *content)
{
  return g_strdup_printf ("!<arch>\n%-16s%-12d%-6d%-6d%-8s%-10zu`\n%s", "member/", 0, 0, 0, mode, strlen (content),
                          content);
}

static void
equal_outputs_have_no_difference (void **state)
{
  g_autofree char *text = archive ("100644", "same");
  g_autoptr (GPtrArray) plain = compare ("same", 4, "same", 4);
  g_autoptr (GPtrArray) container = compare (text, strlen (text), text, strlen (text));
  assert_int_equal (plain->len, 0);
  assert_int_equal (container->len, 0);
}

static void
bytes_are_named_by_place_and_content (void **state)
{
  g_autoptr (GPtrArray) list = compare ("one two three", 13, "one TWO threE", 13);
  assert_int_equal (list->len, 2);
  const AssayRepeatDifference *first = g_ptr_array_index (list, 0);
  const AssayRepeatDifference *second = g_ptr_array_index (list, 1);
  assert_string_equal (first->path, ".");
  assert_null (first->fact);
  assert_int_equal (first->offset, 4);
  assert_int_equal (first->length, 3);
  assert_string_equal (first->first, "74776f");
  assert_string_equal (first->second, "54574f");
  assert_int_equal (second->offset, 12);
  assert_int_equal (second->length, 1);
}

static void
another_size_is_said (void **state)
{
  g_autoptr (GPtrArray) longer = compare ("start end", 9, "start, end", 10);
  g_autoptr (GPtrArray) empty = compare ("", 0, "x", 1);
  const AssayRepeatDifference *size = g_ptr_array_index (longer, 0);
  assert_string_equal (size->fact, "size");
  assert_string_equal (size->first, "9");
  assert_string_equal (size->second, "10");
  /* what one has nothing in the place of has no byte of its own */
  assert_int_equal (longer->len, 1);
  assert_int_equal (empty->len, 1);
}

static void
of_a_container_its_members_differ (void **state)
{
  g_autofree char *first = archive ("100644", "one!");
  g_autofree char *second = archive ("100755", "two!");
  g_autoptr (GPtrArray) list = compare (first, strlen (first), second, strlen (second));
  gboolean mode = FALSE;
  gboolean content = FALSE;
  gboolean header = FALSE;
  for (guint i = 0; i < list->len; i++)
    {
      const AssayRepeatDifference *difference = g_ptr_array_index (list, i);
      gboolean member = strcmp (difference->path, "member") == 0;
      mode = mode || (member && g_strcmp0 (difference->fact, "mode") == 0);
      content = content || (member && difference->fact == NULL && difference->offset == 0);
      header = header || (!member && difference->fact == NULL);
    }
  assert_true (mode);
  assert_true (content);
  assert_true (header);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (equal_outputs_have_no_difference),
    cmocka_unit_test (bytes_are_named_by_place_and_content),
    cmocka_unit_test (another_size_is_said),
    cmocka_unit_test (of_a_container_its_members_differ),
  };
  return cmocka_run_group_tests_name ("repeat", tests, NULL, NULL);
}
