#include "archives.h"

#define TREE                                                                                                           \
  "mkdir -p t/d; printf hello > t/file; ln -s file t/link; mkfifo t/fifo; printf 12345678 > t/d/even; "                \
  "find t -exec touch -hd @1700000000 {} +; "
#define CPIO "(cd t; find d file link fifo | LC_ALL=C sort | cpio -o --quiet --reproducible --owner=0:50 -H "

static void
check_tree (AssayNode *root, const char *variant)
{
  assert_string_equal (root->format, "cpio");
  assert_true (root->ordered);
  assert_rewritable (root);
  assert_string_equal (assay_facts_get (root->own_facts, "variant"), variant);
  assert_content (root, "file", "hello");
  assert_content (root, "d/even", "12345678");
  assert_fact (root, "file", "mode", "0100644");
  assert_fact (root, "file", "gid", "50");
  assert_fact (root, "file", "nlink", "1");
  assert_fact (root, "link", "link", "file");
  assert_int_equal (assay_node_find (root, "d")->type, ASSAY_NODE_DIRECTORY);
  assert_int_equal (assay_node_find (root, "fifo")->type, ASSAY_NODE_FIFO);
  assay_node_visit (root, check_node, NULL);
}

static void
newc (void **state)
{
  g_autoptr (AssayNode) root = make (*state, TREE CPIO "newc) > out");
  check_tree (root, "newc");
}

static void
crc (void **state)
{
  g_autoptr (AssayNode) root = make (*state, TREE CPIO "crc) > out");
  check_tree (root, "crc");
}

static void
odc (void **state)
{
  g_autoptr (AssayNode) root = make (*state, TREE CPIO "odc) > out");
  check_tree (root, "odc");
}

static void
archives_behind_one_another (void **state)
{
  g_autoptr (AssayNode) root
      = make (*state, TREE CPIO "newc) > one; (cd t; echo file | cpio -o --quiet -H newc) > two; cat one two > out; "
                                "printf 'behind' >> out");
  assert_null (root->trouble);
  assert_content (root, "file", "hello");
  assert_content (root, "file#2", "hello");
  assert_int_equal (span_at (root, root->size - 1)->kind, ASSAY_SPAN_SLACK);
  assert_int_equal (span_at (root, root->size - 1)->length, 6);
}

static void
trouble (void **state)
{
  static const char *const scripts[] = {
    TREE CPIO "newc) > out; truncate -s 300 out",
    /* the content of a file whose sum its header has */
    "printf hello > file; echo file | cpio -o --quiet -H crc > out; sed -i s/hello/hallo/ out",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      run (*state, "rm -rf t out");
      g_autoptr (AssayNode) root = make (*state, scripts[i]);
      assert_string_equal (root->format, "cpio");
      assert_int_equal (root->trouble_code, ASSAY_ERROR_MALFORMED);
      assert_non_null (root->trouble);
    }
}

static void
properties_newc (void **state)
{
  check_format (*state, TREE CPIO "newc) > out");
}

static void
properties_crc (void **state)
{
  check_format (*state, TREE CPIO "crc) > out");
}

static void
properties_odc (void **state)
{
  check_format (*state, TREE CPIO "odc) > out");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (newc),
    fixture_test (crc),
    fixture_test (odc),
    fixture_test (archives_behind_one_another),
    fixture_test (trouble),
    fixture_test (properties_newc),
    fixture_test (properties_crc),
    fixture_test (properties_odc),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
