#include "archives.h"

#define LONG_ONE "a-rather-long-member-name.txt"
#define LONG_TWO "another-rather-long-member-name.txt"

static void
gnu_names (void **state)
{
  g_autoptr (AssayNode) root = make (*state, "printf one > a; printf three > " LONG_ONE "; printf 12 > " LONG_TWO
                                             "; ar rcDS out a " LONG_ONE " " LONG_TWO);
  assert_string_equal (root->format, "ar");
  assert_true (root->ordered); /* a linker takes the first member that defines a symbol */
  assert_rewritable (root);
  assert_content (root, "a", "one");
  assert_content (root, LONG_ONE, "three");
  assert_content (root, LONG_TWO, "12");
  assert_fact (root, "a", "mode", "0100644");
  assert_string_equal (assay_facts_get (root->own_facts, "variant"), "gnu");
  assert_int_equal (span_at (root, 0)->length, 8);
}

static void
debian_package (void **state)
{
  static const char package[] = "!<arch>\n"
                                "debian-binary   1700000000  0     0     100644  4         `\n"
                                "2.0\n"
                                "data.tar        1700000000  0     0     100644  2         `\n"
                                "de"
                                "control.tar     1700000000  0     0     100644  3         `\n"
                                "abc\n";
  g_autoptr (GBytes) bytes = g_bytes_new_static (package, sizeof package - 1);
  g_autoptr (AssayNode) root = unpack_bytes (*state, bytes);
  assert_string_equal (root->format, "deb");
  assert_rewritable (root);
  assert_content (root, "control.tar", "abc");
  assert_fact (root, "control.tar", "mtime", "1700000000");
  assert_null (fact (root, "control.tar", "header.mode"));
  assert_int_equal (span_at (root, sizeof package - 2)->kind, ASSAY_SPAN_PADDING);
  check_all_flips (*state, bytes);
}

#define MEMBER(name) name "1           0     0     100644  2         `\nab"

/* What dpkg would read otherwise than whoever looks at all members. */
static void
no_debian_package (void **state)
{
  static const char *const packages[] = {
    MEMBER ("debian-binary   ") MEMBER ("control.tar     ") MEMBER ("data.tar.xz     ") MEMBER ("data.tar.gz     "),
    MEMBER ("debian-binary   ") MEMBER ("control.tar     ") MEMBER ("control.tar.gz  ") MEMBER ("data.tar.gz     "),
    MEMBER ("debian-binary   ") MEMBER ("control.tar     ") MEMBER ("data.tar        ") MEMBER ("other           "),
    MEMBER ("debian-binary   ") MEMBER ("control.tar     "),
    MEMBER ("debian-binary   ") MEMBER ("data.tar        "),
    MEMBER ("debian-binary   ") MEMBER ("debian-binary   ") MEMBER ("control.tar     ") MEMBER ("data.tar        "),
  };
  for (gsize i = 0; i < G_N_ELEMENTS (packages); i++)
    {
      g_autofree char *text = g_strconcat ("!<arch>\n", packages[i], NULL);
      g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
      g_autoptr (AssayNode) root = unpack_bytes (*state, bytes);
      assert_non_null (root->trouble);
      assert_int_equal (root->children->len, 0);
    }
  static const char signed_package[] = "!<arch>\n" MEMBER ("debian-binary   ") MEMBER ("control.tar     ")
      MEMBER ("data.tar        ") MEMBER ("_gpgorigin      ");
  g_autoptr (GBytes) bytes = g_bytes_new_static (signed_package, sizeof signed_package - 1);
  g_autoptr (AssayNode) root = unpack_bytes (*state, bytes);
  assert_null (root->trouble);
}

static void
bsd_names (void **state)
{
  static const char archive[] = "!<arch>\n"
                                "#1/12           1           0     0     100644  15        `\n"
                                "long name.x\0abc\n";
  g_autoptr (GBytes) bytes = g_bytes_new_static (archive, sizeof archive - 1);
  g_autoptr (AssayNode) root = unpack_bytes (*state, bytes);
  assert_string_equal (root->format, "ar");
  assert_rewritable (root);
  assert_content (root, "long name.x", "abc");
  assert_fact (root, "long name.x", "name-bytes", "12");
  check_all_flips (*state, bytes);
  check_all_truncations (*state, bytes);
}

static void
symbol_table (void **state)
{
  g_autoptr (AssayNode) root
      = make (*state, "printf 'int f(void){return 1;}' > f.c; cc -c f.c -o f.o; ar rcDs out f.o");
  assert_true (root->ordered);
  assert_rewritable (root);
  assert_non_null (assay_node_find (root, "%2F"));
  assert_fact (root, "%2F", "name", "/");
  assert_string_equal (assay_node_find (root, "f.o")->format, "elf");
}

static void
duplicates (void **state)
{
  static const char archive[] = "!<arch>\n"
                                "a/              0           0     0     644     2         `\n1\n"
                                "a/              0           0     0     644     2         `\n2\n";
  g_autoptr (GBytes) bytes = g_bytes_new_static (archive, sizeof archive - 1);
  g_autoptr (AssayNode) root = unpack_bytes (*state, bytes);
  assert_rewritable (root);
  assert_content (root, "a", "1\n");
  assert_content (root, "a#2", "2\n");
}

static void
trouble (void **state)
{
  static const struct
  {
    const char *bytes;
    AssayErrorCode code;
  } cases[] = {
    { "!<thin>\n", ASSAY_ERROR_UNSUPPORTED },
    { "!<arch>\na/              0           0     0     644     9         `\nx", ASSAY_ERROR_MALFORMED },
    { "!<arch>\na/              0           0     0     644     1         ?\nx", ASSAY_ERROR_MALFORMED },
    { "!<arch>\n/7              0           0     0     644     1         `\nx", ASSAY_ERROR_MALFORMED },
    { "!<arch>\na/              0           0     0     6x4     1         `\nx", ASSAY_ERROR_MALFORMED },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (cases[i].bytes, strlen (cases[i].bytes));
      g_autoptr (AssayNode) root = unpack_bytes (*state, bytes);
      assert_non_null (root->trouble);
      assert_int_equal (root->trouble_code, cases[i].code);
      assert_string_equal (root->format, "ar");
      assert_int_equal (root->children->len, 0);
      assert_null (root->spans);
    }
}

static void
properties (void **state)
{
  check_format (*state, "printf one > a; printf three > " LONG_ONE "; printf 12 > " LONG_TWO "; ar rcDS out a " LONG_ONE
                        " " LONG_TWO);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (gnu_names), fixture_test (debian_package), fixture_test (no_debian_package),
    fixture_test (bsd_names), fixture_test (symbol_table),   fixture_test (duplicates),
    fixture_test (trouble),   fixture_test (properties),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
