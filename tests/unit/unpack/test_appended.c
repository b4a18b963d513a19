#include "archives.h"

/* What stands behind something else. */

#define PROGRAM "echo 'int f (void) { return 1; }' > f.c; gcc -c -Os -fno-asynchronous-unwind-tables -o program f.c; "
#define TAR "printf hello > file; tar --format=ustar --mtime=@0 --owner=0 --group=0 -b 1 -cf tar file; "
#define SCRIPT "printf '#!/bin/sh\\nexit\\n' > script; "
#define TREE                                                                                                           \
  "echo '/dts-v1/; / { model = \"m\"; compatible = \"vendor,board\"; #address-cells = <1>; };' | dtc -q -O dtb -o "    \
  "dtb -; "

static void
assert_raw (AssayNode *root, const char *format)
{
  assert_null (root->trouble);
  assert_string_equal (root->format, format);
  assert_null (root->spans);
  assert_int_equal (root->children->len, 0);
}

static void
behind_a_program (void **state)
{
  g_autoptr (AssayNode) root = make (*state, PROGRAM TAR "cat program tar > out");
  assert_string_equal (root->format, "elf-appended");
  assert_true (root->ordered);
  assert_string_equal (assay_node_find (root, "#elf")->format, "elf");
  assert_content (root, "#appended//file", "hello");
  assert_true (span_at (root, root->size - 1)->placed);
  assay_node_visit (root, check_node, NULL);
  g_autoptr (AssayNode) padded = make (*state, "head -c 99 /dev/zero | cat program - tar > out");
  assert_content (padded, "#appended//file", "hello");
  assert_int_equal (assay_node_find (padded, "#elf")->size, assay_node_find (root, "#elf")->size + 99);
}

static void
nothing_behind_a_program (void **state)
{
  g_autoptr (AssayNode) alone = make (*state, PROGRAM TAR "cp program out");
  assert_raw (alone, "elf");
  g_autoptr (AssayNode) text = make (*state, "(cat program; echo text) > out");
  assert_raw (text, "elf");
  g_autoptr (AssayNode) between = make (*state, "(cat program; printf x; cat tar) > out");
  assert_raw (between, "elf");
  g_autoptr (AssayNode) far = make (*state, "head -c 5000 /dev/zero | cat program - tar > out");
  assert_raw (far, "elf");
}

static void
behind_a_script (void **state)
{
  g_autoptr (AssayNode) root = make (*state, SCRIPT TAR "cat script tar > out");
  assert_string_equal (root->format, "script-appended");
  assert_content (root, "#script", "#!/bin/sh\nexit\n");
  assert_content (root, "#payload//file", "hello");
  assay_node_visit (root, check_node, NULL);
  g_autoptr (AssayNode) packed = make (*state, "gzip -n < tar | cat script - > out");
  assert_content (packed, "#payload//#gzip//file", "hello");
}

static void
nothing_behind_a_script (void **state)
{
  g_autoptr (AssayNode) cut = make (*state, SCRIPT TAR "gzip -n < tar | head -c 60 | cat script - > out");
  assert_raw (cut, "raw");
  g_autoptr (AssayNode) more = make (*state, "(cat script; gzip -n < tar; printf '\\001') > out");
  assert_raw (more, "raw");
  g_autoptr (AssayNode) within = make (*state, "(cat script; printf x; gzip -n < tar) > out");
  assert_raw (within, "raw");
  g_autoptr (AssayNode) other = make (*state, "(printf 'no script\\n'; gzip -n < tar) > out");
  assert_raw (other, "raw");
}

static void
behind_raw_bytes (void **state)
{
  g_autoptr (AssayNode) root = make (*state, TREE "printf 12345678 > raw; cat raw dtb > out");
  assert_string_equal (root->format, "raw-appended");
  assert_content (root, "#program", "12345678");
  AssayNode *tree = assay_node_find (root, "#dtb");
  assert_string_equal (tree->format, "fdt");
  assert_string_equal (tree->loaded_from, "none");
  assay_node_visit (root, check_node, NULL);
  g_autoptr (AssayNode) alone = make (*state, "cp dtb out");
  assert_string_equal (alone->format, "fdt");
  g_autoptr (AssayNode) odd = make (*state, "(printf 123; cat dtb) > out");
  assert_raw (odd, "raw");
  g_autoptr (AssayNode) more = make (*state, "(cat raw dtb; printf 'tail\\0') > out");
  assert_raw (more, "raw");
}

static void
properties (void **state)
{
  check_format (*state, PROGRAM TAR "cat program tar > out");
  check_format (*state, SCRIPT TAR "gzip -n < tar | cat script - > out");
  check_format (*state, TREE "printf 12345678 > raw; cat raw dtb > out");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (behind_a_program),        fixture_test (nothing_behind_a_program), fixture_test (behind_a_script),
    fixture_test (nothing_behind_a_script), fixture_test (behind_raw_bytes),         fixture_test (properties),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
