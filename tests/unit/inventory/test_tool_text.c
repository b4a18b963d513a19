#include "support.h"

#include "inventory/debian.h"
#include "inventory/debian_files.h"
#include "inventory/tool_text.h"

/* What tools call themselves, and which packages of Debian that means. */

/* "FAMILY VERSION (VENDOR) | LANGUAGE | OPTIONS", or "none". */
static char *
read_as (const char *text)
{
  g_auto (AssayTool) tool = { NULL };
  if (!assay_tool_read (text, &tool))
    return g_strdup ("none");
  g_autofree char *name = assay_tool_name (&tool);
  return g_strdup_printf ("%s%s%s%s%s", name, tool.language != NULL ? " | " : "",
                          tool.language != NULL ? tool.language : "", tool.options != NULL ? " | " : "",
                          tool.options != NULL ? tool.options : "");
}

#define assert_read(text, expected)                                                                                    \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *said = read_as (text);                                                                            \
    assert_string_equal (said, expected);                                                                              \
  }                                                                                                                    \
  G_STMT_END

static void
compilers_are_known_by_their_texts (void **state)
{
  assert_read ("GCC: (Debian 12.2.0-14) 12.2.0", "GCC 12.2.0 (Debian 12.2.0-14)");
  assert_read ("GCC: (GNU) 9.1.0 20190503 (experimental)", "GCC 9.1.0 (GNU)");
  assert_read ("gcc: (Debian 12.2.0-14) 12.2.0", "GCC 12.2.0 (Debian 12.2.0-14)");
  assert_read ("aarch64-linux-gnu-gcc (Linaro GCC 7.5-2019.12) 7.5.0", "GCC 7.5.0 (Linaro GCC 7.5-2019.12)");
  assert_read ("gcc-12 (Debian 12.2.0-14) 12.2.0", "GCC 12.2.0 (Debian 12.2.0-14)");
  assert_read ("x86_64-linux-gnu-gcc-12 (Debian 12.2.0-14) 12.2.0", "GCC 12.2.0 (Debian 12.2.0-14)");
  assert_read ("arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205", "GCC 12.2.1 (15:12.2.rel1-1)");
  assert_read ("gcc version 8.3.0 (Buildroot 2019.02)", "GCC 8.3.0 (Buildroot 2019.02)");
  assert_read ("GCC: (OpenWrt GCC 12.3.0 r23630 (a)) 12.3.0", "GCC 12.3.0 (OpenWrt GCC 12.3.0 r23630 (a))");
  assert_read ("Debian clang version 14.0.6", "clang 14.0.6 (Debian)");
  assert_read ("Ubuntu clang version 14.0.0-1ubuntu1", "clang 14.0.0-1ubuntu1 (Ubuntu)");
  assert_read ("clang version 15.0.0 (https://example.org/x abc)", "clang 15.0.0 (https://example.org/x abc)");
  assert_read ("Debian clang version 14.0.6 /usr/bin/clang -g -O1 a.c",
               "clang 14.0.6 (Debian) | /usr/bin/clang -g -O1 a.c");
  assert_read ("rustc version 1.63.0 (4b91a6ea7 2022-08-08)", "rustc 1.63.0 (4b91a6ea7 2022-08-08)");
  assert_read ("clang LLVM (rustc version 1.63.0)", "rustc 1.63.0");
  assert_read ("go1.21.3", "Go 1.21.3");
  assert_read ("Go cmd/compile go1.19.8; regabi", "Go 1.19.8");
}

static void
debug_information_has_language_and_options (void **state)
{
  assert_read ("GNU C17 12.2.0 -mtune=generic -O2 -g", "GCC 12.2.0 | C17 | -mtune=generic -O2 -g");
  assert_read ("GNU C++14 9.3.0 20200312 (prerelease) -O2", "GCC 9.3.0 | C++14 | -O2");
  assert_read ("GNU GIMPLE 12.2.0 -flto", "GCC 12.2.0 | GIMPLE | -flto");
  assert_read ("GNU C17 12.2.0", "GCC 12.2.0 | C17");
  assert_read ("GNU AS 2.40", "binutils 2.40");
}

static void
linkers_are_no_compilers (void **state)
{
  static const struct
  {
    const char *text;
    const char *name;
    gboolean compiles;
  } tools[] = {
    { "GNU ld (GNU Binutils for Debian) 2.40", "binutils 2.40 (GNU Binutils for Debian)", FALSE },
    { "binutils: (GNU Binutils for Debian) 2.40", "binutils 2.40 (GNU Binutils for Debian)", FALSE },
    { "Linker: LLD 14.0.6", "LLD 14.0.6", FALSE },
    { "gold 1.16", "gold 1.16", FALSE },
    { "GCC: (GNU) 9.1.0", "GCC 9.1.0 (GNU)", TRUE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (tools); i++)
    {
      g_auto (AssayTool) tool = { NULL };
      assert_true (assay_tool_read (tools[i].text, &tool));
      assert_int_equal (assay_tool_is_compiler (&tool), tools[i].compiles);
      assert_read (tools[i].text, tools[i].name);
    }
}

static void
other_texts_are_none (void **state)
{
  static const char *const texts[]
      = { "",     "GCC: ",         "GCC: (Debian) x", "GCC: 12.2.0",    "GCC: (unclosed 12.2.0",
          "gone", "good morning",  "bgcc: (x) 1.0",   "GNU ",           "GNU C17",
          "go",   "not gold 1.16", "gcc-12 12.2.0",   "clang version ", "GNU C17 -O2" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_read (texts[i], "none");
}

static void
a_text_without_a_vendor_may_be_of_any (void **state)
{
  g_auto (AssayTool) debian = { NULL };
  g_auto (AssayTool) later = { NULL };
  g_auto (AssayTool) bare = { NULL };
  assert_true (assay_tool_read ("GCC: (Debian 12.2.0-14) 12.2.0", &debian));
  assert_true (assay_tool_read ("GCC: (Debian 12.2.0-14+deb12u1) 12.2.0", &later));
  assert_true (assay_tool_read ("GNU C17 12.2.0 -O2", &bare));
  assert_true (assay_tool_may_be (&debian, &bare));
  assert_true (assay_tool_may_be (&bare, &later));
  assert_false (assay_tool_may_be (&debian, &later));
}

static void
assert_package (const char *text, const char *triplet, const char *expected)
{
  g_auto (AssayTool) tool = { NULL };
  assert_true (assay_tool_read (text, &tool));
  g_autofree char *package = assay_debian_find_package (&tool, triplet);
  assert_string_equal (package != NULL ? package : "none", expected);
}

static void
packages_are_named_by_what_the_text_says (void **state)
{
  assert_package ("GCC: (Debian 12.2.0-14) 12.2.0", NULL, "package gcc-12 of Debian, version 12.2.0-14");
  assert_package ("GCC: (Debian 12.2.0-14) 12.2.0", "aarch64-linux-gnu",
                  "package gcc-12 of Debian, version 12.2.0-14; as a cross tool gcc-12-aarch64-linux-gnu of the same "
                  "version");
  assert_package ("GCC: (Debian 4.9.2-10) 4.9.2", NULL, "package gcc-4.9 of Debian, version 4.9.2-10");
  assert_package ("GCC: (Ubuntu 11.4.0-1ubuntu1~22.04) 11.4.0", NULL,
                  "package gcc-11 of Ubuntu, version 11.4.0-1ubuntu1~22.04");
  assert_package ("Debian clang version 14.0.6", "aarch64-linux-gnu",
                  "package clang-14 of Debian, version 14.0.6, whose revision the text does not say");
  assert_package ("Debian clang version 11.0.1-2", NULL, "package clang-11 of Debian, version 11.0.1-2");
  assert_package ("GNU ld (GNU Binutils for Debian) 2.40", NULL,
                  "package binutils of Debian, version 2.40, whose revision the text does not say");
  assert_package ("GCC: (GNU) 9.1.0", NULL, "none");
  assert_package ("GNU C17 12.2.0 -O2", "aarch64-linux-gnu", "none");
  assert_package ("gcc version 8.3.0 (Buildroot 2019.02)", NULL, "none");
}

static void
releases_are_known_by_versions_and_suites (void **state)
{
  static const struct
  {
    const char *version;
    const char *suite;
    gint64 seconds;
    guint number; /* 0: none */
  } cases[] = {
    { "2022.83-1+deb12u3", NULL, 0, 12 }, { "1.0-1~deb11u1", NULL, 0, 11 },    { "1.0-1~bpo12+1", NULL, 0, 12 },
    { "1.16.2-1", NULL, 0, 0 },           { "1.0+deb99u1", NULL, 0, 0 },       { NULL, "bookworm", 0, 12 },
    { NULL, "bookworm-security", 0, 12 }, { NULL, "bookworms", 0, 0 },         { NULL, "unstable", 1669357904, 12 },
    { NULL, "unstable", 0, 0 },           { NULL, "unstable", 1890000000, 0 }, { NULL, "experimental", 1669357904, 0 },
    { NULL, NULL, 1669357904, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const AssayDebianRelease *release
          = assay_debian_find_release (cases[i].version, cases[i].suite, cases[i].seconds);
      assert_int_equal (release != NULL ? release->number : 0, cases[i].number);
    }
  const AssayDebianRelease *bookworm = assay_debian_find_release (NULL, "bookworm", 0);
  assert_string_equal (bookworm->compiler, "GCC: (Debian 12.2.0-14) 12.2.0");
  for (guint number = 9; number < 14; number++)
    {
      g_autofree char *version = g_strdup_printf ("1+deb%uu1", number);
      g_autofree char *former = g_strdup_printf ("1+deb%uu1", number - 1);
      const AssayDebianRelease *release = assay_debian_find_release (version, NULL, 0);
      g_auto (AssayTool) compiler = { NULL };
      g_auto (AssayTool) linker = { NULL };
      assert_true (assay_tool_read (release->compiler, &compiler) && assay_tool_read (release->linker, &linker));
      assert_int_equal (assay_debian_find_release (former, NULL, 0)->until, release->from);
    }
}

static void
machines_have_triplets (void **state)
{
  static const struct
  {
    AssayElf elf;
    const char *triplet;
  } cases[] = {
    { { .machine = EM_X86_64, .bits = 64 }, "x86_64-linux-gnu" },
    { { .machine = EM_AARCH64, .bits = 64 }, "aarch64-linux-gnu" },
    { { .machine = EM_ARM, .bits = 32, .flags = 0x5000400 }, "arm-linux-gnueabihf" },
    { { .machine = EM_ARM, .bits = 32, .flags = 0x5000200 }, "arm-linux-gnueabi" },
    { { .machine = EM_MIPS, .bits = 32, .big_endian = TRUE }, "mips-linux-gnu" },
    { { .machine = EM_MIPS, .bits = 64 }, "mips64el-linux-gnuabi64" },
    { { .machine = EM_PPC64, .bits = 64 }, "powerpc64le-linux-gnu" },
    { { .machine = EM_RISCV, .bits = 64 }, "riscv64-linux-gnu" },
    { { .machine = EM_RISCV, .bits = 32 }, NULL },
    { { .machine = EM_AVR, .bits = 32 }, NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *triplet = assay_debian_triplet (&cases[i].elf);
      assert_int_equal (triplet == NULL, cases[i].triplet == NULL);
      if (triplet != NULL)
        assert_string_equal (triplet, cases[i].triplet);
    }
  assert_string_equal (assay_debian_triplet_of_architecture ("arm64"), "aarch64-linux-gnu");
  assert_string_equal (assay_debian_machine_of_architecture ("arm64"), assay_elf_machine_name (EM_AARCH64));
  assert_string_equal (assay_debian_machine_of_architecture ("s390x"), assay_elf_machine_name (EM_S390));
  assert_string_equal (assay_debian_machine_of_architecture ("sparc64"), assay_elf_machine_name (EM_SPARCV9));
  assert_null (assay_debian_triplet_of_architecture ("all"));
}

static void
packaging_is_read (void **state)
{
  static const char *const broken[] = { "",
                                        "a (1) x; u=m\n",
                                        "a (1) x; u=m\n\n -- A <a@b>  Thu, 24 Nov\n",
                                        "a 1 x; u=m\n\n -- A <a@b>  Thu, 24 Nov 2022 22:31:44 -0800\n",
                                        "a (1) x; u=m\n\n -- A\n<a@b>  Thu, 24 Nov 2022 22:31:44 -0800\n",
                                        "a (1) x; u=m\n\n -- A <a@b>  Thu, 24 Nov 2022 22:31:44 PST\n" };
  g_auto (AssayDebianChange) change = { NULL };
  assert_true (assay_debian_change_read ("arm-trusted-firmware (2.8.0+dfsg-1) unstable; urgency=medium\n\n  * x\n\n"
                                         " -- A B <a@b>  Thu, 24 Nov 2022 22:31:44 -0800\n\nolder (1) x; y\n",
                                         &change));
  assert_string_equal (change.source, "arm-trusted-firmware");
  assert_string_equal (change.version, "2.8.0+dfsg-1");
  assert_string_equal (change.suite, "unstable");
  assert_int_equal (change.seconds, 1669357904);
  assay_debian_change_clear (&change);
  assert_true (assay_debian_change_read ("a (1) x; u=m\n\n -- A <a@b>  Fri,  5 May 2017 00:00:00 +0000", &change));
  assert_int_equal (change.seconds, 1493942400);
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_auto (AssayDebianChange) none = { NULL };
      assert_false (assay_debian_change_read (broken[i], &none));
      assert_null (none.source);
    }
  static const char control[] = "Package: a\nVersion:  1:2-3 \nDescription: b\n c: d\n\nPackage: second\nSource: e\n";
  g_autofree char *name = assay_debian_control_get (control, "package");
  g_autofree char *version = assay_debian_control_get (control, "Version");
  assert_string_equal (name, "a");
  assert_string_equal (version, "1:2-3");
  assert_null (assay_debian_control_get (control, "Source"));
  assert_null (assay_debian_control_get (control, "Pack"));
}

/* Any text at all: nothing is read beyond its end. */
static void
damaged_texts_are_harmless (void **state)
{
  static const char *const words[]
      = { "GCC: ",    "(",      ")",      "gcc ", "gcc-1", " ", "12.2.0",   "GNU ", "C17",         "-O2",
          "version ", "clang ", "Debian", "go",   "LLD ",  "~", "\xc3\xa9", "/",    "gcc version " };
  g_autoptr (GRand) random = g_rand_new_with_seed (20260101);
  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      for (gint count = g_rand_int_range (random, 0, 8); count > 0; count--)
        g_string_append (text, words[g_rand_int_range (random, 0, G_N_ELEMENTS (words))]);
      g_auto (AssayTool) tool = { NULL };
      gboolean known = assay_tool_read (text->str, &tool);
      assert_true (known ? g_ascii_isdigit (tool.version[0]) && tool.family != NULL : tool.version == NULL);
      g_autofree char *package = known ? assay_debian_find_package (&tool, "aarch64-linux-gnu") : NULL;
      assert_true (package == NULL || known);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (compilers_are_known_by_their_texts),
    cmocka_unit_test (debug_information_has_language_and_options),
    cmocka_unit_test (linkers_are_no_compilers),
    cmocka_unit_test (other_texts_are_none),
    cmocka_unit_test (a_text_without_a_vendor_may_be_of_any),
    cmocka_unit_test (packages_are_named_by_what_the_text_says),
    cmocka_unit_test (releases_are_known_by_versions_and_suites),
    cmocka_unit_test (machines_have_triplets),
    cmocka_unit_test (packaging_is_read),
    cmocka_unit_test (damaged_texts_are_harmless),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
