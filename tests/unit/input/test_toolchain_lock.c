#include "samples.h"

#include "input/yaml.h"

static void
what_is_written_is_read_and_written_again (void **state)
{
  g_autoptr (GBytes) bytes = bytes_of (sample_lock);
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayToolchainLock) lock = assay_toolchain_lock_parse ("dir/x.yaml", bytes, &error);
  if (lock == NULL)
    fail_msg ("%s", error->message);
  g_autofree char *written = assay_toolchain_lock_write (lock);
  assert_string_equal (written, sample_lock);
  assert_string_equal (lock->file, "dir/x.yaml");
  assert_string_equal (lock->sources[0], "deb http://deb.example.org/ \"a\\b\" main");
  assert_int_equal (lock->source_date_epoch, 1760000000);
  assert_int_equal (lock->packages->len, 2);
  const AssayLockedPackage *package = g_ptr_array_index (lock->packages, 1);
  g_autofree char *file = assay_toolchain_lock_file_of (&package->sha256);
  assert_string_equal (file, HEX_C ".deb");
  assert_string_equal (package->version, "4.3-4.1~x+b1");
  assert_int_equal (package->size, 396);
  assert_int_equal (package->line, 17);
}

static void
packages_are_sorted (void **state)
{
  g_autoptr (AssayToolchainLock) lock = assay_toolchain_lock_new ();
  static const char *const names[] = { "make", "g++", "libc6", "gcc" };
  static const char *const sorted[] = { "g++", "gcc", "libc6", "make" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    assay_toolchain_lock_add (lock, g_strdup (names[i]), g_strdup ("1"), g_strdup ("all"));
  assay_toolchain_lock_sort (lock);
  for (gsize i = 0; i < G_N_ELEMENTS (sorted); i++)
    assert_string_equal (((const AssayLockedPackage *)lock->packages->pdata[i])->name, sorted[i]);
}

static void
keys_are_those_of_the_schema (void **state)
{
  static const BadCase cases[] = {
    { "lock: 1", "lock: 2", "2:7: this is format 2 of a lock" },
    { "lock: 1\n", "", "2:1: the key `lock` is missing in a lock file" },
    { "suite:", "suit:", "3:1: unknown key `suit`" },
    { "suite:", "architecture:", "4:1: duplicate key `architecture`, which stands at line 3 already" },
    { "packages:\n", "packages: []\nx:\n", "16:1: unknown key `x`" },
    { "mmdebstrap: \"1.3.5\"\n", "", "2:1: the key `mmdebstrap` is missing" },
    { "rootfs: {sha256: " HEX_A ", ", "rootfs: {", "13:9: the key `sha256` is missing in a locked file" },
    { "size: 346324480", "size: 0", "13:90: `0` is not a count of at least 1" },
    { ", size: 396", "", "17:5: the key `size` is missing in a package" },
    { "suite: \"bookworm\"", "suite: &a bookworm", "3:8: anchors are not accepted" },
    { "source_date_epoch: 1760000000", "source_date_epoch: 8589934592", "6:20: `8589934592` is not a number of" },
    { "source_date_epoch: 1760000000", "source_date_epoch: -1", "6:20: `-1` is not a count" },
    { "variant: essential", "variant: minbase", "5:10: `minbase` is not `essential`" },
  };
  assert_all_refused (parse_lock, sample_lock, cases, G_N_ELEMENTS (cases));
}

/* Names become arguments of programs and names of files. */
static void
names_are_those_of_packages (void **state)
{
  static const BadCase cases[] = {
    { "name: \"make\"", "name: \"../make\"", "17:12: `../make` is not the name of a package" },
    { "name: \"make\"", "name: \"--help\"", "17:12: `--help` is not the name of a package" },
    { "name: \"make\"", "name: \"make-\"", "17:12: `make-` is not the name of a package" },
    { "name: \"make\"", "name: \"make,x\"", "17:12: `make,x` is not the name of a package" },
    { "name: \"make\"", "name: \"~nx\"", "17:12: `~nx` is not the name of a package" },
    { "name: \"make\"", "name: \"ma ke\"", "17:12: `ma ke` is not the name of a package" },
    { "name: \"make\"", "name: \"ma\\nke\"", "17:12: " },
    { "name: \"make\"", "name: \"ma\\u202eke\"", "17:12: " },
    { "name: \"make\"", "name: \"m\"", "17:12: `m` is not the name of a package" },
    { "name: \"make\"", "name: \"\"", "17:12: " },
    { "4.3-4.1~x+b1", "4.3 4", "17:29: `4.3 4` is not the version of a package" },
    { "4.3-4.1~x+b1", "-1", "17:29: `-1` is not the version of a package" },
    { "4.3-4.1~x+b1", "1/2", "17:29: `1/2` is not the version of a package" },
    { "architecture: all", "architecture: \"a/b\"", "17:59: `a/b` is not an architecture" },
    { "architecture: all", "architecture: arm64", "17:1: the package make is for arm64, the root file system for " },
    { "architecture: amd64\nv", "architecture: \"a,b\"\nv", "4:15: `a,b` is not an architecture" },
    { "suite: \"bookworm\"", "suite: \"a/../b\"", "3:8: `a/../b` is not a suite" },
    { "mmdebstrap: \"1.3.5\"", "mmdebstrap: \"$(id)\"", "7:13: `$(id)` is not the version" },
  };
  assert_all_refused (parse_lock, sample_lock, cases, G_N_ELEMENTS (cases));
}

static void
files_are_called_by_their_digest (void **state)
{
  static const BadCase cases[] = {
    { "file: " HEX_C ".deb", "file: ../" HEX_C ".deb", "17:155: `../" },
    { "file: " HEX_C ".deb", "file: /etc/passwd",
      "17:155: `/etc/passwd` is not the name of the package's file, which" },
    { "file: " HEX_C ".deb", "file: " HEX_A ".deb", "17:155: `3f1c0000" },
    { "file: " HEX_C ".deb", "file: []", "17:155: expected a text, found a list" },
    { "sha256: " HEX_C ", size: 396", "sha256: 0123, size: 396", "17:72: `0123` is not a SHA-256 digest" },
  };
  assert_all_refused (parse_lock, sample_lock, cases, G_N_ELEMENTS (cases));
}

static void
nothing_is_listed_twice (void **state)
{
  static const BadCase cases[] = {
    { "name: \"make\"", "name: \"g++\"", "17:1: the package g++ has the same name as g++ on line 16" },
    { HEX_C ", size: 396, file: " HEX_C, HEX_A ", size: 396, file: " HEX_A,
      "17:1: the package make has the same digest as g++ on line 16" },
  };
  assert_all_refused (parse_lock, sample_lock, cases, G_N_ELEMENTS (cases));
}

static void
a_file_that_is_too_long_is_not_read (void **state)
{
  g_autofree char *text = g_strnfill (ASSAY_YAML_MAX_BYTES + 1, '#');
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "assay-lock-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;
  int fd = g_mkstemp (path);
  assert_true (fd >= 0);
  close (fd);
  assert_true (g_file_set_contents (path, text, -1, NULL));
  g_autoptr (AssayToolchainLock) lock = assay_toolchain_lock_load (path, &error);
  assert_null (lock);
  assert_int_equal (error->code, ASSAY_ERROR_USAGE);
  assert_non_null (strstr (error->message, "4 MiB"));
  unlink (path);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_is_written_is_read_and_written_again),
    cmocka_unit_test (packages_are_sorted),
    cmocka_unit_test (keys_are_those_of_the_schema),
    cmocka_unit_test (names_are_those_of_packages),
    cmocka_unit_test (files_are_called_by_their_digest),
    cmocka_unit_test (nothing_is_listed_twice),
    cmocka_unit_test (a_file_that_is_too_long_is_not_read),
  };
  return cmocka_run_group_tests_name ("toolchain_lock", tests, NULL, NULL);
}
