/*
 * A stripped program is explained by the rebuilt one that still has its symbols, and no byte of it can be changed.
 *
 * Small files of several machines and both classes, stripped by the tools that are there. Each byte of each stripped
 * file is changed in turn: none of the changed files may pass. ASSAY_STRIDE leaves out bytes between (default 13 under
 * the sanitizers, else 5), beginning somewhere else for each file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/flow.h"
#include "util/directory.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const char source[]
    = "int counter = 7;\n"
      "static int table[8] = { 1, 2, 3 };\n"
      "static int zeros[20];\n"
      "__attribute__ ((noinline)) static int helper (int x) { return x * 3 + table[x & 7] + zeros[x]; }\n"
      "int entry (int c) { counter += helper (c); zeros[c]++; return counter; }\n";

/** How a file is made; %s: the source, then the file. */
static const struct
{
  const char *name;
  const char *tool;
  const char *command;
} makers[] = {
  { "linked by GNU ld", "gcc",
    "gcc -g -O1 -nostdlib -shared -fPIC -Wl,-z,noseparate-code -Wl,-z,max-page-size=64 -Wl,-z,norelro %s -o %s" },
  { "an object of gcc", "gcc", "gcc -g -O1 -ffunction-sections -c %s -o %s" },
  { "32 bit, big-endian, linked by lld", "ld.lld",
    "clang --target=mips-linux-gnu -fuse-ld=lld -g -O1 -nostdlib -shared -fPIC -Wl,-z,max-page-size=64 %s -o %s" },
  { "32 bit, linked by lld", "ld.lld",
    "clang --target=armv7-linux-gnueabihf -fuse-ld=lld -g -O1 -nostdlib -shared -fPIC -Wl,-z,max-page-size=64 %s -o "
    "%s" },
  { "an object of clang for RISC-V", "clang", "clang --target=riscv64-linux-gnu -g -O1 -c %s -o %s" },
};

/** How a file is stripped; %s: the file, then the stripped one. @objects: it leaves what an object file is for. */
static const struct
{
  const char *tool;
  const char *command;
  gboolean objects;
  gboolean foreign;
} strippers[] = {
  { "strip", "strip %s -o %s", FALSE, FALSE },
  { "strip", "strip --strip-debug %s -o %s", TRUE, FALSE },
  { "strip", "strip --strip-unneeded -R .comment %s -o %s", FALSE, FALSE },
  { "llvm-strip", "llvm-strip %s -o %s", FALSE, TRUE },
  { "llvm-strip", "llvm-strip --strip-debug %s -o %s", TRUE, TRUE },
  { "eu-strip", "eu-strip %s -o %s", FALSE, TRUE },
  { "eu-strip", "eu-strip -g %s -o %s", TRUE, TRUE },
};

typedef struct
{
  char *directory;
  char *source;
  char *whole;
  char *stripped;
} Place;

static gboolean
has_tool (const char *tool)
{
  g_autofree char *path = g_find_program_in_path (tool);
  return path != NULL;
}

static void
run_tool (const char *command, const char *input, const char *output)
{
  g_autofree char *quoted_input = g_shell_quote (input);
  g_autofree char *quoted_output = g_shell_quote (output);
  g_auto (GStrv) parts = g_strsplit (command, "%s", 3);
  g_autofree char *line = g_strconcat (parts[0], quoted_input, parts[1], quoted_output, parts[2], NULL);
  g_autoptr (GError) error = NULL;
  int status = 0;
  if (!g_spawn_command_line_sync (line, NULL, NULL, &status, &error) || status != 0)
    fail_msg ("%s: status %d", line, status);
}

static AssayFlowResult *
compare (const char *shipped, const char *expected)
{
  g_autoptr (GError) error = NULL;
  static AssayFlowOptions options;
  assay_flow_options_init (&options);
  AssayFlowResult *result = assay_flow_compare (shipped, expected, &options, &error);
  if (result == NULL)
    fail_msg ("%s against %s: %s", shipped, expected, error->message);
  return result;
}

static gsize
stride (void)
{
  const char *given = g_getenv ("ASSAY_STRIDE");
  guint64 value = 0;
  if (given != NULL && g_ascii_string_to_unsigned (given, 10, 1, 1000, &value, NULL))
    return (gsize)value;
#ifdef __SANITIZE_ADDRESS__
  return 13;
#else
  return 5;
#endif
}

static void
change_each_byte (const Place *place, const char *what, gsize first)
{
  static const guint8 flips[] = { 0x01, 0x80, 0x08, 0xff };
  g_autofree char *bytes = NULL;
  gsize size = 0;
  assert_true (g_file_get_contents (place->stripped, &bytes, &size, NULL));
  int descriptor = g_open (place->stripped, O_WRONLY | O_CLOEXEC, 0);
  assert_true (descriptor >= 0);
  for (gsize i = first % stride (); i < size; i += stride ())
    {
      guint8 changed = (guint8)bytes[i] ^ flips[i / stride () % G_N_ELEMENTS (flips)];
      assert_int_equal (pwrite (descriptor, &changed, 1, (off_t)i), 1);
      g_autoptr (AssayFlowResult) result = compare (place->stripped, place->whole);
      if (assay_flow_result_passed (result))
        fail_msg ("%s: 0x%02x at offset %" G_GSIZE_FORMAT " passes", what, changed, i);
      assert_int_equal (pwrite (descriptor, &bytes[i], 1, (off_t)i), 1);
    }
  close (descriptor);
}

static void
check (const Place *place, const char *what, gsize first)
{
  g_autofree char *bytes = NULL;
  gsize size = 0;
  {
    g_autoptr (AssayFlowResult) result = compare (place->stripped, place->whole);
    if (assay_flow_result_get_verdict (result) != ASSAY_VERDICT_EQUIVALENT)
      fail_msg ("%s: not explained", what);
  }
  {
    /* the other way round symbols are added that no source has */
    g_autoptr (AssayFlowResult) result = compare (place->whole, place->stripped);
    assert_int_equal (assay_flow_result_get_verdict (result), ASSAY_VERDICT_MISMATCH);
  }
  change_each_byte (place, what, first);
  assert_true (g_file_get_contents (place->stripped, &bytes, &size, NULL));
  g_autofree char *longer = g_malloc0 (size + 1);
  memcpy (longer, bytes, size);
  for (int more = -1; more <= 1; more += 2)
    {
      assert_true (g_file_set_contents (place->stripped, longer, (gssize)size + more, NULL));
      g_autoptr (AssayFlowResult) result = compare (place->stripped, place->whole);
      assert_false (assay_flow_result_passed (result));
    }
}

static void
test_no_byte_of_a_stripped_file_can_change (void **state)
{
  const Place *place = *state;
  guint pairs = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (makers); i++)
    {
      gboolean object = strstr (makers[i].command, " -c ") != NULL;
      gboolean foreign = strstr (makers[i].command, "--target") != NULL;
      if (!has_tool (makers[i].tool) || (foreign && !has_tool ("clang")))
        {
          print_message ("skipped, no %s: %s\n", makers[i].tool, makers[i].name);
          continue;
        }
      run_tool (makers[i].command, place->source, place->whole);
      for (gsize j = 0; j < G_N_ELEMENTS (strippers); j++)
        {
          g_autofree char *what = g_strdup_printf ("%s, %s", makers[i].name, strippers[j].command);
          if (!has_tool (strippers[j].tool) || (object && !strippers[j].objects) || (foreign && !strippers[j].foreign))
            continue;
          run_tool (strippers[j].command, place->whole, place->stripped);
          check (place, what, pairs++);
        }
    }
  print_message ("%u pairs\n", pairs);
  assert_true (pairs > 0);
}

static int
set_up (void **state)
{
  Place *place = g_new0 (Place, 1);
  place->directory = g_dir_make_tmp ("assay-strip-XXXXXX", NULL);
  assert_non_null (place->directory);
  place->source = g_build_filename (place->directory, "source.c", NULL);
  place->whole = g_build_filename (place->directory, "whole", NULL);
  place->stripped = g_build_filename (place->directory, "stripped", NULL);
  assert_true (g_file_set_contents (place->source, source, -1, NULL));
  *state = place;
  return 0;
}

static int
tear_down (void **state)
{
  Place *place = *state;
  g_remove (place->source);
  g_remove (place->whole);
  g_remove (place->stripped);
  g_rmdir (place->directory);
  g_free (place->source);
  g_free (place->whole);
  g_free (place->stripped);
  g_free (place->directory);
  g_free (place);
  return 0;
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test_setup_teardown (test_no_byte_of_a_stripped_file_can_change, set_up, tear_down) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
