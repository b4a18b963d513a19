#include "recipe_maker.h"

#include "rebuild/apt.h"
#include "rebuild/bootstrap.h"
#include "rebuild/package.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char sample[] = "Package: make\n"
                             "Version: 4.3-4.1\n"
                             "Architecture: amd64\n"
                             "SHA256: " HEX "\n"
                             "filename: /etc/passwd\n"
                             " and more of it\n"
                             "Size: 1\n"
                             "Depends: libc6 (>= 2.34)\n"
                             "Description: builds\n"
                             " Package: not this\n"
                             " .\n"
                             " end\n";

static void
a_paragraph_says_nothing_of_its_place (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayPackage) package = assay_package_parse (sample, strlen (sample), &error);
  if (package == NULL)
    fail_msg ("%s", error->message);
  assert_string_equal (package->name, "make");
  assert_string_equal (package->version, "4.3-4.1");
  assert_string_equal (package->architecture, "amd64");
  assert_string_equal (package->paragraph, "Package: make\nVersion: 4.3-4.1\nArchitecture: amd64\n"
                                           "Depends: libc6 (>= 2.34)\nDescription: builds\n Package: not this\n"
                                           " .\n end\n");
}

static void
what_is_no_paragraph_is_refused (void **state)
{
  static const char *const texts[] = {
    "",
    "Package: make\n",
    "Package: ../make\nVersion: 1\nArchitecture: all\n",
    "Package: make\nVersion: 1 2\nArchitecture: all\n",
    "Package: make\nVersion: 1\nArchitecture: a/b\n",
    "Package: make\nVersion: 1\nArchitecture: all\n\nPackage: other\n",
    "Package: make\nVersion: 1\nArchitecture: all\n \t\nx: y\n",
    "Package: make\nVersion: 1\nArchitecture: all\nno field\n",
  };
  static const char with_nul[] = "Package: make\nVersion: 1\nArchitecture: all\n\0x: y\n";
  g_autoptr (GError) last = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AssayPackage) package = assay_package_parse (texts[i], strlen (texts[i]), &error);
      if (package != NULL)
        fail_msg ("accepted: %s", texts[i]);
      assert_int_equal (error->code, ASSAY_ERROR_MALFORMED);
    }
  g_autoptr (AssayPackage) package = assay_package_parse (with_nul, sizeof with_nul - 1, &last);
  assert_null (package);
}

static void
the_index_says_what_the_lock_says (void **state)
{
  g_autoptr (AssayToolchainLock) lock = assay_toolchain_lock_new ();
  g_autoptr (GHashTable) packages
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)assay_package_free);
  g_autoptr (GError) error = NULL;
  AssayLockedPackage *locked
      = assay_toolchain_lock_add (lock, g_strdup ("make"), g_strdup ("4.3-4.1"), g_strdup ("amd64"));
  assert_true (assay_digest_from_hex (HEX, &locked->sha256));
  locked->size = 396;
  g_autofree char *none = assay_bootstrap_index (lock, packages, &error);
  assert_null (none);
  assert_int_equal (error->code, ASSAY_ERROR_INTERNAL);
  g_clear_error (&error);
  g_hash_table_insert (packages, (gpointer)(HEX ".deb"), assay_package_parse (sample, strlen (sample), NULL));
  g_autofree char *index = assay_bootstrap_index (lock, packages, &error);
  assert_non_null (index);
  assert_true (g_str_has_suffix (index, "\n end\nFilename: ./" HEX ".deb\nSize: 396\nSHA256: " HEX "\n\n"));
  assert_null (strstr (index, "passwd"));
}

static void
mirrors_are_addresses_or_lines (void **state)
{
  static const char *const good[]
      = { "http://deb.debian.org/debian", "copy:/srv/archive", "file:/srv/archive", "deb [trusted=yes] copy:/srv ./" };
  static const char *const bad[] = { "",
                                     "deb.debian.org",
                                     "http://a b",
                                     "http://a\ndeb http://b x main",
                                     "deb http://a x main\ndeb http://b y z",
                                     "http://a]x",
                                     "deb-src http://a x main" };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    assert_true (assay_apt_check_mirror (good[i], NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      if (assay_apt_check_mirror (bad[i], &error))
        fail_msg ("accepted: %s", bad[i]);
      assert_int_equal (error->code, ASSAY_ERROR_USAGE);
    }
}

static void
passwords_are_hidden (void **state)
{
  static const char *const cases[][2] = {
    { "deb http://anna:secret@deb.example.org/debian bookworm main",
      "deb http://deb.example.org/debian bookworm main" },
    { "deb https://anna:a@b@deb.example.org bookworm main", "deb https://deb.example.org bookworm main" },
    { "deb http://deb.example.org/a@b bookworm main", "deb http://deb.example.org/a@b bookworm main" },
    { "deb copy:/srv/a@b ./", "deb copy:/srv/a@b ./" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *hidden = assay_apt_hide_password (cases[i][0]);
      assert_string_equal (hidden, cases[i][1]);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_paragraph_says_nothing_of_its_place),
    cmocka_unit_test (what_is_no_paragraph_is_refused),
    cmocka_unit_test (the_index_says_what_the_lock_says),
    cmocka_unit_test (mirrors_are_addresses_or_lines),
    cmocka_unit_test (passwords_are_hidden),
  };
  return cmocka_run_group_tests_name ("package", tests, NULL, NULL);
}
