#include "archives.h"

/* Two images of a few bytes; @MORE is put into the first. */
#define SOURCE(more)                                                                                                   \
  "printf 0123456789 > a; printf abcdef > b; cat > its <<'X'\n"                                                        \
  "/dts-v1/; / { description = \"two\"; #address-cells = <1>; images {\n"                                              \
  " a { description = \"first\"; data = /incbin/(\"a\"); type = \"firmware\"; arch = \"arm64\"; compression = "        \
  "\"none\";\n"                                                                                                        \
  "  load = <0x40080000>; entry = <0x40080010>; " more                                                                 \
  " hash-1 { algo = \"sha256\"; }; hash-2 { algo = \"crc32\"; }; };\n"                                                 \
  " b { description = \"second\"; data = /incbin/(\"b\"); type = \"firmware\"; arch = \"arm64\"; compression = "       \
  "\"none\";\n"                                                                                                        \
  "  hash-1 { algo = \"sha1\"; }; hash-2 { algo = \"md5\"; }; hash-3 { algo = \"sha512\"; }; }; };\n"                  \
  " configurations { default = \"c\"; c { firmware = \"a\"; loadables = \"b\"; }; }; };\nX\n"
#define MKIMAGE "SOURCE_DATE_EPOCH=1700000000 mkimage -f its "
#define INSIDE SOURCE ("") MKIMAGE "out; "
#define OUTSIDE SOURCE ("") MKIMAGE "-E out; "

/* A tree whose only image says of its data what @says. */
#define RAW(says) "echo '/dts-v1/; / { images { b { " says " }; }; };' | dtc -q -O dtb -o out -; truncate -s %4 out; "

static void
check_images (AssayNode *root)
{
  assert_null (root->trouble);
  assert_string_equal (root->format, "fit");
  assert_true (root->ordered);
  assert_content (root, "a", "0123456789");
  assert_content (root, "b", "abcdef");
  assert_fact (root, "a", "load", "0x40080000");
  assert_fact (root, "a", "entry", "0x40080010");
  assert_fact (root, "a", "hash-1/algo", "sha256");
  assert_null (fact (root, "a", "hash-1/value"));
  assert_null (fact (root, "a", "hash-2/value"));
  assert_null (fact (root, "b", "hash-1/value"));
  assert_null (fact (root, "b", "hash-2/value"));
  assert_null (fact (root, "b", "hash-3/value"));
  assert_string_equal (assay_facts_get (root->own_facts, "mtime"), "1700000000");
  assert_string_equal (assay_facts_get (root->own_facts, "configurations/default"), "c");
  assay_node_visit (root, check_node, NULL);
}

static void
data_in_the_tree (void **state)
{
  g_autoptr (AssayNode) root = make (*state, INSIDE);
  check_images (root);
}

static void
data_behind_the_tree (void **state)
{
  g_autoptr (AssayNode) root = make (*state, OUTSIDE);
  check_images (root);
  assert_null (fact (root, "a", "data-size"));
  assert_fact (root, "b", "data-offset", "in line");
  assert_int_equal (span_at (root, root->size - 3)->kind, ASSAY_SPAN_PAYLOAD);
  g_autoptr (AssayNode) fixed = make (*state, SOURCE ("") MKIMAGE "-E -p 0x1000 out; ");
  check_images (fixed);
  /* a place that follows is not told as a number, which hangs on the sizes before it */
  assert_fact (fixed, "a", "data-position", "0x00001000");
  assert_fact (fixed, "b", "data-position", "in line");
  assert_int_equal (span_at (fixed, 0x1000)->kind, ASSAY_SPAN_PAYLOAD);
}

/* A place that is out of line is a fact; what stands between is padding where it is zero, and else for nobody. */
static void
data_out_of_line (void **state)
{
  g_autoptr (AssayNode) root
      = make (*state, RAW ("data-size = <6>; data-offset = <12>;") "printf hidden......abcdef >> out");
  assert_null (root->trouble);
  assert_content (root, "b", "abcdef");
  assert_fact (root, "b", "data-offset", "0x0000000c");
  assert_null (fact (root, "b", "data-size"));
  const AssaySpan *between = span_at (root, root->size - 18);
  assert_int_equal (between->offset + between->length, root->size - 6);
  assert_false (between->rewritable);
}

static void
hash_that_lies (void **state)
{
  g_autoptr (AssayNode) root = make (*state, INSIDE "fdtput -t x out /images/a/hash-2 value 12345678");
  assert_null (root->trouble);
  assert_fact (root, "a", "hash-2/value", "0x12345678");
  assert_null (fact (root, "a", "hash-1/value"));
}

static void
trouble (void **state)
{
  static const struct
  {
    const char *script, *said;
  } cases[] = {
    { RAW ("data-size = <6>; data-offset = <0xfffffff0>;"), "leave the file" },
    { RAW ("data-size = <0xffffffff>; data-offset = <0>;"), "leave the file" },
    { RAW ("data-size = <6>; data-position = <64>;") "printf abcdef >> out", "lie in the tree" },
    { RAW ("data-size = <6>; data-offset = <0>; data-position = <200>;") "printf abcdef >> out", "two places" },
    { RAW ("data-size = <6>; data-offset = <0>; data = \"inside\";") "printf abcdef >> out",
      "in the tree and behind it" },
    { RAW ("data-size = <6>; data-offset = <0>; }; c { data-size = <6>; data-offset = <0>;") "printf abcdef >> out",
      "images whose data overlap" },
    { RAW ("data-size = <6>; data-offset = <0>; }; c { data-size = <4>; data-offset = <4>;") "printf abcdefgh >> out",
      "images whose data overlap" },
    { INSIDE "truncate -s 200 out", "longer than it is" },
    { INSIDE "printf '\\377' | dd of=out bs=1 seek=59 conv=notrunc 2>/dev/null", "check of its structure" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AssayNode) root = make (*state, cases[i].script);
      if (root->trouble == NULL || strstr (root->trouble, cases[i].said) == NULL)
        fail_msg ("%s: %s", cases[i].said, root->trouble != NULL ? root->trouble : "opened");
      assert_int_equal (root->trouble_code, ASSAY_ERROR_MALFORMED);
      assay_node_visit (root, check_node, NULL);
    }
}

static void
device_tree (void **state)
{
  g_autoptr (AssayNode) root
      = make (*state, "echo '/dts-v1/; / { model = \"m\"; chosen { bootargs = \"console=ttyS0\"; }; "
                      "memory@0 { reg = <1 2 3>; big = <1 2>; }; };' | dtc -O dtb -o out -");
  assert_null (root->trouble);
  assert_string_equal (root->format, "fdt");
  assert_string_equal (assay_facts_get (root->own_facts, "chosen/bootargs"), "console=ttyS0");
  assert_string_equal (assay_facts_get (root->own_facts, "memory@0/reg"), "000000010000000200000003");
  assert_string_equal (assay_facts_get (root->own_facts, "memory@0/big"), "0x0000000100000002");
  assay_node_visit (root, check_node, NULL);
}

static void
properties_of_a_tree (void **state)
{
  check_format (*state, "echo '/dts-v1/; /memreserve/ 0x1000 0x10; / { model = \"m\"; c { x = <1>; e; }; };' "
                        "| dtc -O dtb -o out -");
}

static void
properties_inside (void **state)
{
  check_format (*state, INSIDE);
}

static void
properties_outside (void **state)
{
  check_format (*state, OUTSIDE);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (data_in_the_tree),
    fixture_test (data_behind_the_tree),
    fixture_test (data_out_of_line),
    fixture_test (hash_that_lies),
    fixture_test (trouble),
    fixture_test (device_tree),
    fixture_test (properties_of_a_tree),
    fixture_test (properties_inside),
    fixture_test (properties_outside),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
