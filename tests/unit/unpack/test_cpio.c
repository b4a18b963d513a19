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

/* Swaps the bytes of each word of each header of the old binary format: what a machine of the other order writes. */
#define SWAP                                                                                                           \
  "python3 -c 'import sys\n"                                                                                           \
  "d = bytearray(open(\"le\", \"rb\").read()); at = 0; last = False\n"                                                 \
  "while not last:\n"                                                                                                  \
  "    w = [d[at + i] | d[at + i + 1] << 8 for i in range(0, 26, 2)]\n"                                                \
  "    last = d[at + 26:at + 36] == b\"TRAILER!!!\"\n"                                                                 \
  "    for i in range(at, at + 26, 2): d[i], d[i + 1] = d[i + 1], d[i]\n"                                              \
  "    at += 26 + (w[10] + 1 & ~1) + ((w[11] << 16 | w[12]) + 1 & ~1)\n"                                               \
  "open(\"out\", \"wb\").write(d)'"

static void
binary (void **state)
{
  g_autoptr (AssayNode) little = make (*state, TREE CPIO "bin) > out");
  check_tree (little, "bin-le");
  g_autoptr (AssayNode) big = make (*state, "mv out le; " SWAP);
  check_tree (big, "bin-be");
  /* What libarchive writes. */
  g_autoptr (AssayNode) other
      = make (*state, "(cd t; find d file link | LC_ALL=C sort | bsdcpio -o --quiet -R 0:50 --format bin) > out");
  assert_rewritable (other);
  assert_string_equal (assay_facts_get (other->own_facts, "variant"), "bin-le");
  assert_content (other, "file", "hello");
  assert_fact (other, "file", "mtime", "1700000000");
}

static void
binary_behind_one_another (void **state)
{
  run (*state, TREE CPIO "bin) > one; (cd t; echo file | cpio -o --quiet -H bin) > two; "
                         "(cd t; echo file | cpio -o --quiet -H newc) > text");
  g_autoptr (AssayNode) root = make (*state, "cat one two > out; printf '\\307\\161abc' >> out");
  assert_null (root->trouble);
  assert_content (root, "file", "hello");
  assert_content (root, "file#2", "hello");
  assert_int_equal (span_at (root, root->size - 1)->kind, ASSAY_SPAN_SLACK);
  assert_int_equal (span_at (root, root->size - 1)->length, 5);
  /* One of the other kind behind it is data that stands there. */
  static const char *const scripts[] = { "cat one text > out", "cat text one > out" };
  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      g_autoptr (AssayNode) mixed = make (*state, scripts[i]);
      assert_null (mixed->trouble);
      assert_content (mixed, "file", "hello");
      assert_null (assay_node_find (mixed, "file#2"));
      assert_int_equal (span_at (mixed, mixed->size - 1)->kind, ASSAY_SPAN_SLACK);
    }
}

static void
binary_is_weak (void **state)
{
  static const char *const scripts[] = {
    TREE CPIO "bin) > out; truncate -s 200 out",
    "printf '\\307\\161' > out; head -c 2000 /dev/zero >> out",
    "printf '\\161\\307' > out; seq 1 1000 >> out",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      run (*state, "rm -rf t out");
      g_autoptr (AssayNode) root = make (*state, scripts[i]);
      assert_string_equal (root->format, "raw");
      assert_null (root->trouble);
    }
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

static void
properties_binary (void **state)
{
  check_format (*state, TREE CPIO "bin) > out");
}

static void
properties_binary_big_endian (void **state)
{
  check_format (*state, TREE CPIO "bin) > le; " SWAP);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (newc),
    fixture_test (crc),
    fixture_test (odc),
    fixture_test (binary),
    fixture_test (binary_behind_one_another),
    fixture_test (binary_is_weak),
    fixture_test (archives_behind_one_another),
    fixture_test (trouble),
    fixture_test (properties_newc),
    fixture_test (properties_crc),
    fixture_test (properties_odc),
    fixture_test (properties_binary),
    fixture_test (properties_binary_big_endian),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
