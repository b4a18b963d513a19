#include "debug_builds.h"

#include "inventory/hints.h"

/* What files say of how they were made, each thing once, with where it is from and how much says so. */

typedef struct
{
  AssayHints *hints;
  AssayInterpreter *interpreter;
} Reader;

static Reader
new_reader (void)
{
  return (Reader){ assay_hints_new (), new_interpreter () };
}

static void
clear_reader (Reader *reader)
{
  assay_hints_free (reader->hints);
  assay_interpreter_free (reader->interpreter);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, clear_reader)

/* @path: a literal, which stays. */
static void
read_blob (Reader *reader, const char *path, AssayBlob *blob, AssayHintForm form)
{
  const AssayHintFile file = { path, blob, assay_blob_get_size (blob) };
  assay_hints_read_file (reader->hints, &file, form, reader->interpreter);
}

static void
read_bytes (Reader *reader, const char *path, const void *bytes, gsize length)
{
  g_autoptr (AssayBlob) blob = blob_of_memory (bytes, length);
  read_blob (reader, path, blob, ASSAY_HINT_FORM_ANY);
}

#define READ(reader, path, text) read_bytes (reader, path, text, sizeof text - 1)

/* All of a kind, one a line: text, detail, files, place. */
static char *
told (const Reader *reader, AssayHintKind kind)
{
  g_autoptr (GPtrArray) list = assay_hints_list (reader->hints, kind);
  GString *said = g_string_new (NULL);
  for (guint i = 0; i < list->len; i++)
    {
      const AssayHint *hint = g_ptr_array_index (list, i);
      g_string_append_printf (said, "%s (%s) %u %s:%s", hint->text, hint->detail != NULL ? hint->detail : "",
                              hint->files, hint->path, hint->where);
      if (hint->has_offset)
        g_string_append_printf (said, "+%u", (guint)hint->offset);
      g_string_append_c (said, '\n');
    }
  return g_string_free (said, FALSE);
}

#define assert_told(reader, kind, expected)                                                                            \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *said = told (reader, kind);                                                                       \
    assert_string_equal (said, expected);                                                                              \
  }                                                                                                                    \
  G_STMT_END

static void
banners_are_found_among_data (void **state)
{
  static const char linux_image[]
      = "\0\1Linux version %s\0Linux version 6.1.55 (me@host) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU "
        "Binutils for Debian) 2.40) #1 SMP Thu Jan  1 00:00:00 UTC 2026\n\0";
  static const char others[] = "\0\1v2.8(release):2.8.0+dfsg-1\0U-Boot SPL 2023.01 (Jan 15 2023 - 21:46:42 +0000)\0"
                               "U-Boot is here\0vermagic=6.1.0-13 SMP mod_unload\0BusyBox v1.36.1 ()\0x(debug):\0";
  g_auto (Reader) reader = new_reader ();
  READ (&reader, "kernel", linux_image);
  READ (&reader, "boot", others);
  assert_told (&reader, ASSAY_HINT_BANNER,
               "Linux version 6.1.55 (me@host) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) "
               "2.40) #1 SMP Thu Jan  1 00:00:00 UTC 2026 () 1 kernel:data+19\n"
               "BusyBox v1.36.1 () () 1 boot:data+127\n"
               "U-Boot SPL 2023.01 (Jan 15 2023 - 21:46:42 +0000) () 1 boot:data+29\n"
               "v2.8(release):2.8.0+dfsg-1 () 1 boot:data+2\n"
               "vermagic=6.1.0-13 SMP mod_unload () 1 boot:data+94\n");
  assert_told (&reader, ASSAY_HINT_BUILDER, "me@host () 1 kernel:data+19\n");
  assert_told (&reader, ASSAY_HINT_TOOL,
               "GNU ld (GNU Binutils for Debian) 2.40 () 1 kernel:data+85\n"
               "gcc-12 (Debian 12.2.0-14) 12.2.0 () 1 kernel:data+19\n");
  assert_told (&reader, ASSAY_HINT_STAMP,
               "Jan  1 00:00:00 UTC 2026 () 1 kernel:data+135\n"
               "Jan 15 2023 - 21:46:42 +0000 () 1 boot:data+49\n");
  assert_true (assay_hints_is_complete (reader.hints));
}

static void
texts_for_people_say_nothing (void **state)
{
  g_auto (Reader) reader = new_reader ();
  READ (&reader, "usr/share/doc/x", "Linux version 6.1 (me@host) (gcc (GNU) 9.1) Nov 14 2023 22:13:20\n");
  for (guint kind = 0; kind < ASSAY_HINT_KINDS; kind++)
    assert_told (&reader, (AssayHintKind)kind, "");
}

static void
packages_say_what_they_are (void **state)
{
  static const char control[] = "Package: dropbear-bin\nVersion: 2022.83-1+deb12u3\nArchitecture: amd64\n";
  static const char changelog[] = "a (1) bookworm; urgency=medium\n\n  * x\n\n -- A <a@b>  Thu, 24 Nov 2022 22:31:44 "
                                  "-0800\n";
  g_auto (Reader) reader = new_reader ();
  READ (&reader, "control.tar.xz//#xz//control", control);
  READ (&reader, "data.tar//control", control);
  READ (&reader, "data.tar//usr/share/doc/a/changelog.Debian.gz//#gzip", changelog);
  READ (&reader, "data.tar//usr/share/doc/a/xchangelog.Debian.gz//#gzip", changelog);
  assert_told (&reader, ASSAY_HINT_PACKAGE,
               "dropbear-bin (2022.83-1+deb12u3) 1 control.tar.xz//#xz//control:Package\n");
  assert_told (&reader, ASSAY_HINT_ARCHITECTURE, "amd64 () 1 control.tar.xz//#xz//control:Architecture\n");
  assert_told (&reader, ASSAY_HINT_CHANGELOG,
               "a 1 (bookworm) 1 data.tar//usr/share/doc/a/changelog.Debian.gz//#gzip:newest entry\n");
  g_autoptr (GPtrArray) list = assay_hints_list (reader.hints, ASSAY_HINT_CHANGELOG);
  assert_int_equal (((const AssayHint *)g_ptr_array_index (list, 0))->seconds, 1669357904);
}

/* The heavier comes first, and what a file says twice counts once. */
static void
contradictions_are_all_listed (void **state)
{
  g_auto (Reader) reader = new_reader ();
  g_autofree char *large = g_malloc0 (4096);
  memcpy (large, "\1GCC: (Debian 12.2.0-14) 12.2.0", 31);
  memcpy (large + 100, "\1GCC: (Debian 12.2.0-14) 12.2.0", 31);
  READ (&reader, "small", "\0\1GCC: (GNU) 9.1.0\0GNU ld (GNU Binutils) 2.32\0");
  read_bytes (&reader, "large", large, 4096);
  READ (&reader, "again", "\0\1GCC: (GNU) 9.1.0\0");
  g_autoptr (GPtrArray) tools = assay_hints_tools (reader.hints);
  assert_int_equal (tools->len, 3);
  const AssayHintTool *first = g_ptr_array_index (tools, 0);
  const AssayHintTool *second = g_ptr_array_index (tools, 1);
  const AssayHintTool *third = g_ptr_array_index (tools, 2);
  assert_string_equal (first->tool.vendor, "Debian 12.2.0-14");
  assert_int_equal (first->bytes, 4096);
  assert_int_equal (first->files, 1);
  assert_string_equal (second->tool.version, "9.1.0");
  assert_int_equal (second->files, 2);
  assert_string_equal (third->tool.family, "binutils");
}

/* Debug information says no vendor: it belongs to the one text of its version, and to none of two. */
static void
texts_without_a_vendor_join_the_one_of_their_version (void **state)
{
  for (guint both = 0; both < 2; both++)
    {
      g_auto (Reader) reader = new_reader ();
      READ (&reader, "a", "\0\1GCC: (Debian 12.2.0-14) 12.2.0\0");
      if (both == 1)
        READ (&reader, "b", "\0\1GCC: (Debian 12.2.0-14+deb12u1) 12.2.0\0");
      READ (&reader, "c", "\0\1gcc version 12.2.0\0");
      g_autoptr (GPtrArray) tools = assay_hints_tools (reader.hints);
      assert_int_equal (tools->len, both == 1 ? 3 : 1);
    }
}

static void
times_of_containers_are_told_within_reason (void **state)
{
  g_auto (Reader) reader = new_reader ();
  const AssayHintFile file = { "x", NULL, 10 };
  assay_hints_add_time (reader.hints, &file, ASSAY_HINT_HEADER_TIME, 1700000000, "gzip", "header");
  assay_hints_add_time (reader.hints, &file, ASSAY_HINT_HEADER_TIME, 0, "gzip", "header");
  assay_hints_add_time (reader.hints, &file, ASSAY_HINT_HEADER_TIME, -5, "gzip", "header");
  assay_hints_add_time (reader.hints, &file, ASSAY_HINT_ENTRY_TIME, 1700000000, "3", "entries");
  assert_told (&reader, ASSAY_HINT_HEADER_TIME, "1700000000 (gzip) 1 x:header\n");
  assert_told (&reader, ASSAY_HINT_ENTRY_TIME, "1700000000 (3) 1 x:entries\n");
}

/* Nothing of what a file says can be more than one line, or look like what it is not. */
static void
hostile_texts_are_escaped (void **state)
{
  g_auto (Reader) reader = new_reader ();
  READ (&reader, "a", "\0\1Linux version 6.1 (a\xe2\x80\xae@b\x80) (gcc (\xe2\x80\xa8) 9.1) x\\y\0");
  assert_told (&reader, ASSAY_HINT_BUILDER, "a\\xE2\\x80\\xAE@b\\x80 () 1 a:data+2\n");
  g_autofree char *banner = told (&reader, ASSAY_HINT_BANNER);
  assert_non_null (strstr (banner, "\\xE2\\x80\\xA8"));
  assert_non_null (strstr (banner, "x\\\\y"));
}

/* More different things than are kept: that is said, and none of them is lost count of. */
static void
too_much_is_cut (void **state)
{
  g_autoptr (GString) many = g_string_new_len ("\0\1", 2);
  g_auto (Reader) reader = new_reader ();
  for (guint i = 0; i < 700; i++)
    g_string_append_printf (many, "vermagic=%u x%c", i, '\0');
  read_bytes (&reader, "m", many->str, many->len);
  g_autoptr (GPtrArray) list = assay_hints_list (reader.hints, ASSAY_HINT_BANNER);
  assert_int_equal (list->len, 512);
  assert_true (assay_hints_is_cut (reader.hints));
  assert_true (assay_hints_is_complete (reader.hints));
}

/* What lies across the end of a window is found, once, and at its place. */
static void
windows_hide_nothing (void **state)
{
  static const char stamp[] = "Nov 14 2023 22:13:20";
  static const char banner[] = "U-Boot 2023.01 x";
  for (gsize before = 0; before < 40; before += 3)
    {
      gsize at = ASSAY_BLOB_WINDOW_BYTES - before;
      gsize length = 2 * ASSAY_BLOB_WINDOW_BYTES;
      g_autofree char *bytes = g_malloc0 (length);
      bytes[0] = 1;
      memcpy (bytes + at, stamp, sizeof stamp);
      memcpy (bytes + at + 100, banner, sizeof banner);
      memcpy (bytes + at - 100, banner, sizeof banner);
      g_auto (Reader) reader = new_reader ();
      read_bytes (&reader, "w", bytes, length);
      g_autofree char *wanted = g_strdup_printf ("%s (no zone) 1 w:data+%u\n", stamp, (guint)at);
      g_autofree char *wanted_banner = g_strdup_printf ("%s () 1 w:data+%u\n", banner, (guint)at - 100);
      assert_told (&reader, ASSAY_HINT_STAMP, wanted);
      assert_told (&reader, ASSAY_HINT_BANNER, wanted_banner);
    }
}

/* A program of this machine's compiler, with debug information and its options in a section. */
static void
programs_say_how_they_were_compiled (void **state)
{
  const char *scratch = *state;
  g_auto (Reader) reader = new_reader ();
  if (!has_program ("gcc"))
    skip ();
  write_file (scratch, "a.c", "#include <stdio.h>\nint main (void) { puts (__DATE__ \" \" __TIME__); return 0; }\n");
  assert_true (build (scratch, "SOURCE_DATE_EPOCH=1700000000 gcc -g -O2 -frecord-gcc-switches -DX=1 "
                               "-fdebug-prefix-map=\"$PWD\"=/build/sample-1 -o a a.c && "
                               "gcc -g -O1 -fdebug-prefix-map=\"$PWD\"=/build/sample-1 -c -o b.o a.c"));
  g_autoptr (AssayBlob) program = scratch_blob (scratch, "a");
  g_autoptr (AssayBlob) object = scratch_blob (scratch, "b.o");
  read_blob (&reader, "a", program, ASSAY_HINT_FORM_ELF);
  read_blob (&reader, "b.o", object, ASSAY_HINT_FORM_ELF);
  g_autoptr (GPtrArray) tools = assay_hints_tools (reader.hints);
  assert_true (tools->len >= 1);
  g_autofree char *version = RUN (scratch, "gcc", "-dumpfullversion");
  assert_string_equal (((const AssayHintTool *)g_ptr_array_index (tools, 0))->tool.version, g_strstrip (version));
  g_autofree char *directories = told (&reader, ASSAY_HINT_DIRECTORY);
  assert_string_equal (directories, "/build/sample-1 () 2 a:DW_AT_comp_dir\n");
  g_autofree char *options = told (&reader, ASSAY_HINT_OPTIONS);
  assert_non_null (strstr (options, "-g -O2"));
  assert_non_null (strstr (options, "-g -O1"));
  g_autofree char *stamps = told (&reader, ASSAY_HINT_STAMP);
  assert_true (g_str_has_prefix (stamps, "Nov 14 2023 22:13:20 (no zone) 1 a:.rodata"));
  g_autofree char *machines = told (&reader, ASSAY_HINT_MACHINE);
  assert_non_null (strstr (machines, " 2 a:header+0\n"));
  assert_true (assay_hints_is_complete (reader.hints));
}

/* A file with any byte changed, or cut off anywhere, is read to some end. */
static void
damaged_programs_are_read_to_some_end (void **state)
{
  const char *scratch = *state;
  g_autofree char *path = g_build_filename (scratch, "b.o", NULL);
  g_autofree char *bytes = NULL;
  gsize length = 0;
  g_autoptr (GRand) random = g_rand_new_with_seed (20260101);
  if (!g_file_get_contents (path, &bytes, &length, NULL))
    skip ();
  for (guint i = 0; i < 300; i++)
    {
      gsize at = (gsize)(g_rand_double (random) * (double)length);
      char old = bytes[at];
      bytes[at] = (char)g_rand_int (random);
      g_auto (Reader) reader = new_reader ();
      g_autoptr (AssayBlob) blob = blob_of_memory (bytes, i % 3 == 0 ? at : length);
      read_blob (&reader, "d", blob, ASSAY_HINT_FORM_ELF);
      for (guint kind = 0; kind < ASSAY_HINT_KINDS; kind++)
        {
          g_autofree char *said = told (&reader, (AssayHintKind)kind);
          assert_true (g_utf8_validate (said, -1, NULL));
        }
      bytes[at] = old;
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (banners_are_found_among_data),
    cmocka_unit_test (texts_for_people_say_nothing),
    cmocka_unit_test (packages_say_what_they_are),
    cmocka_unit_test (contradictions_are_all_listed),
    cmocka_unit_test (texts_without_a_vendor_join_the_one_of_their_version),
    cmocka_unit_test (times_of_containers_are_told_within_reason),
    cmocka_unit_test (hostile_texts_are_escaped),
    cmocka_unit_test (too_much_is_cut),
    cmocka_unit_test (windows_hide_nothing),
    cmocka_unit_test (programs_say_how_they_were_compiled),
    cmocka_unit_test (damaged_programs_are_read_to_some_end),
  };
  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
