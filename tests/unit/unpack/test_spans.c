#include "archives.h"

static GArray *
new_spans (void)
{
  return g_array_new (FALSE, TRUE, sizeof (AssaySpan));
}

static void
add (GArray *spans, guint64 offset, guint64 length)
{
  AssaySpan span = { offset, length, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, TRUE, "header" };
  g_array_append_val (spans, span);
}

static void
holes_become_slack (void **state)
{
  g_autoptr (GArray) spans = new_spans ();
  add (spans, 20, 10);
  add (spans, 5, 5);
  assert_true (assay_spans_complete (spans, 40, NULL));
  static const struct
  {
    guint64 offset;
    guint64 length;
    AssaySpanKind kind;
  } wanted[] = {
    { 0, 5, ASSAY_SPAN_SLACK },    { 5, 5, ASSAY_SPAN_HEADER },  { 10, 10, ASSAY_SPAN_SLACK },
    { 20, 10, ASSAY_SPAN_HEADER }, { 30, 10, ASSAY_SPAN_SLACK },
  };
  assert_int_equal (spans->len, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (spans, AssaySpan, i);
      assert_int_equal (span->offset, wanted[i].offset);
      assert_int_equal (span->length, wanted[i].length);
      assert_int_equal (span->kind, wanted[i].kind);
      assert_int_equal (span->rewritable, wanted[i].kind == ASSAY_SPAN_HEADER);
    }
}

static void
overlaps_and_leavers (void **state)
{
  static const guint64 cases[][4] = {
    { 0, 10, 9, 2 }, { 0, 10, 0, 10 }, { 5, 6, 0, 1 }, { 0, 1, G_MAXUINT64, 2 }, { 0, 1, 11, 1 }, { 0, 1, 5, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GArray) spans = new_spans ();
      g_autoptr (GError) error = NULL;
      add (spans, cases[i][0], cases[i][1]);
      add (spans, cases[i][2], cases[i][3]);
      assert_false (assay_spans_complete (spans, 10, &error));
      assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED));
    }
}

static void
validation (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayNode) root = make (*state, "printf 123 > a; ar rcDS out a");
  assert_true (assay_node_validate (root, NULL));
  AssaySpan *last = &g_array_index (root->spans, AssaySpan, root->spans->len - 1);
  last->length++;
  assert_false (assay_node_validate (root, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_INTERNAL));
  last->length--;
  AssayNode *child = g_ptr_array_index (root->children, 0);
  child->size++;
  assert_false (assay_node_validate (root, NULL));
  child->size--;
  child->index = 7;
  assert_false (assay_node_validate (root, NULL));
  child->index = 0;
  assert_true (assay_node_validate (root, NULL));
}

static void
empty_and_unknown (void **state)
{
  g_autoptr (AssayNode) empty = make (*state, ": > out");
  assert_string_equal (empty->format, "raw");
  assert_false (assay_node_is_container (empty));
  g_autoptr (AssayNode) text = make (*state, "printf text > out");
  assert_string_equal (text->format, "raw");
  assert_string_equal (text->path, ".");
  assert_ptr_equal (assay_node_find (text, "."), text);
  assert_null (assay_node_find (text, "text"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (holes_become_slack),
    cmocka_unit_test (overlaps_and_leavers),
    fixture_test (validation),
    fixture_test (empty_and_unknown),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
