#include "debug_builds.h"

/* Commands make `prog` of lib/a.c and main.c. */
typedef struct
{
  const char *tool;
  const char *command;
} Build;

static void
run_builds (const char *scratch, const Build *builds, gsize count, const char *name)
{
  write_sources (scratch);
  for (gsize i = 0; i < count; i++)
    {
      if (!has_program (builds[i].tool))
        {
          print_message ("skipped: no %s: %s\n", builds[i].tool, builds[i].command);
          continue;
        }
      print_message ("%s\n", builds[i].command);
      assert_true (build (scratch, builds[i].command));
      assert_told (scratch, name, name, NULL);
    }
}

static void
programs_are_told (void **state)
{
  static const Build builds[] = {
    { "gcc", "gcc -gdwarf-2 -O1 lib/a.c main.c -o prog" },
    { "gcc", "gcc -gdwarf-3 -O1 lib/a.c main.c -o prog" },
    { "gcc", "gcc -gdwarf-4 -O2 lib/a.c main.c -o prog" },
    { "gcc", "gcc -gdwarf-5 -O0 lib/a.c main.c -o prog" },
    { "gcc", "gcc -gdwarf-5 -O1 lib/a.c main.c -o prog" },
    { "gcc", "gcc -gdwarf-5 -O2 lib/a.c main.c -o prog" },
    { "gcc", "gcc -gdwarf-5 -Os lib/a.c main.c -o prog" },
    { "gcc", "gcc -gdwarf-5 -gdwarf64 -O2 lib/a.c main.c -o prog" },
    { "gcc", "gcc -gdwarf-5 -O2 -gz=zlib lib/a.c main.c -o prog && readelf -SW prog | grep -q 'debug_info .* C '" },
    { "gcc", "gcc -gdwarf-4 -O2 -gz=zlib-gnu lib/a.c main.c -o prog && readelf -SW prog | grep -q zdebug_info" },
    { "gcc", "gcc -gdwarf-5 -O2 -ffunction-sections -Wl,--gc-sections -no-pie lib/a.c main.c -o prog" },
    { "gcc", "gcc -gdwarf-4 -O2 -flto -ffat-lto-objects -c lib/a.c -o a.o && gcc -fno-lto a.o main.c -o prog" },
    { "gcc", "gcc -g -O2 \"$PWD/lib/a.c\" main.c -o prog" },
    { "gcc", "gcc -g -O2 -ffile-prefix-map=\"$PWD\"=. \"$PWD/lib/a.c\" main.c -o prog" },
    { "clang", "clang -gdwarf-3 -O1 lib/a.c main.c -o prog" },
    { "clang", "clang -gdwarf-4 -O2 lib/a.c main.c -o prog" },
    { "clang", "clang -gdwarf-5 -O1 lib/a.c main.c -o prog" },
    { "clang", "clang -gdwarf-5 -Os -gz=zlib lib/a.c main.c -o prog" },
  };
  run_builds (*state, builds, G_N_ELEMENTS (builds), "prog");
}

/* As kernel modules are: all addresses are relocations, and each section begins at 0. */
static void
relocatable_files_are_told (void **state)
{
  static const char *const machines[] = { "x86_64",   "i386",    "aarch64",     "arm",     "mips",    "mipsel",
                                          "mips64el", "powerpc", "powerpc64le", "riscv64", "riscv32", "s390x" };
  static const Build builds[] = {
    { "gcc", "gcc -gdwarf-5 -O2 -c lib/a.c -o a.o" },
    { "gcc", "gcc -gdwarf-4 -O1 -ffunction-sections -c lib/a.c -o a.o" },
    { "gcc", "gcc -gdwarf-5 -O2 -gz=zlib -ffunction-sections -c lib/a.c -o a.o" },
    { "ld", "gcc -gdwarf-5 -O2 -c lib/a.c -o b.o && gcc -g -O2 -c main.c && ld -r --build-id main.o b.o -o a.o" },
    { "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-gcc -gdwarf-5 -O2 -c lib/a.c -o a.o" },
    { "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-gcc -gdwarf-4 -Os -ffunction-sections -c lib/a.c -o a.o" },
  };
  run_builds (*state, builds, G_N_ELEMENTS (builds), "a.o");
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    for (guint version = 4; version <= 5; version++)
      {
        g_autofree char *command
            = g_strdup_printf ("clang --target=%s-linux-gnu -msoft-float -gdwarf-%u -O1 -ffunction-sections -c lib/a.c "
                               "-o a.o 2>clang.log || clang --target=%s-linux-gnu -gdwarf-%u -O1 -ffunction-sections "
                               "-c lib/a.c -o a.o",
                               machines[i], version, machines[i], version);
        const Build cross = { "clang", command };
        run_builds (*state, &cross, 1, "a.o");
      }
}

static void
separate_debug_files_are_told (void **state)
{
  const char *scratch = *state;
  write_sources (scratch);
  assert_true (build (scratch, "gcc -g -O2 lib/a.c main.c -o prog && objcopy --only-keep-debug prog prog.debug && "
                               "objcopy --compress-debug-sections prog.debug prog.packed && "
                               "objcopy --strip-debug prog prog.plain"));
  assert_told (scratch, "prog.debug", "prog", NULL);
  assert_told (scratch, "prog.packed", "prog", NULL);
  g_autoptr (AssayBlob) stripped = scratch_blob (scratch, "prog.plain");
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  assert_fails (assay_lines_new (interpreter, stripped, NULL, &error), ASSAY_ERROR_NO_CONTENT, error);
}

/* The split files lie where the program says that they lie, and are not opened unless they are given. */
static void
assert_skeleton_is_told (const char *scratch)
{
  g_autoptr (AssayBlob) blob = scratch_blob (scratch, "prog");
  g_autoptr (AssayElf) elf = read_elf (blob);
  load_symbols (elf, blob);
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  g_autoptr (AssayLines) lines = open_lines (interpreter, blob, NULL);
  const AssaySymbol *plain = find_symbol (elf, "plain");
  for (guint64 i = 0; i < plain->size; i++)
    {
      g_auto (AssaySourcePlace) place = { 0 };
      assert_true (assay_lines_find (lines, plain->address + i, 0, &place));
      assert_string_equal (place.file, "lib/a.c");
      assert_true (place.line == 0 || (place.line >= 15 && place.line <= 18));
      assert_null (place.function);
    }
}

static void
split_files_are_told (void **state)
{
  static const char *const compilers[] = { "gcc", "clang" };
  static const char *const both[] = { "main.dwo", "a.dwo", "prog", NULL };
  static const char *const package[] = { "prog.dwp", NULL };
  const char *scratch = *state;
  write_sources (scratch);
  for (gsize i = 0; i < G_N_ELEMENTS (compilers); i++)
    for (guint version = 4; version <= 5; version++)
      {
        const char *compiler = compilers[i];
        g_autofree char *command
            = g_strdup_printf ("rm -f *.dwo *.dwp && %s -gdwarf-%u -gsplit-dwarf -O2 -c lib/a.c -o a.o && "
                               "%s -gdwarf-%u -gsplit-dwarf -O2 -c main.c -o main.o && %s a.o main.o -o prog",
                               compiler, version, compiler, version, compiler);
        if (!has_program (compiler))
          {
            print_message ("skipped: no %s\n", compiler);
            continue;
          }
        print_message ("%s\n", command);
        assert_true (build (scratch, command));
        assert_skeleton_is_told (scratch);
        assert_told (scratch, "prog", "prog", both);
        /* GNU's dwp knows version 4 alone. */
        if (version == 4 && has_program ("dwp"))
          {
            assert_true (build (scratch, "dwp -e prog -o prog.dwp"));
            assert_told (scratch, "prog", "prog", package);
          }
        /* That of LLVM 14 never ends on version 5 of gcc. */
        if (i == 1 && has_program ("llvm-dwp"))
          {
            assert_true (build (scratch, "rm -f prog.dwp && llvm-dwp -e prog -o prog.dwp"));
            assert_told (scratch, "prog", "prog", package);
          }
      }
}

static void
split_files_alone_say_nothing (void **state)
{
  const char *scratch = *state;
  write_sources (scratch);
  assert_true (build (scratch, "gcc -gdwarf-5 -gsplit-dwarf -O2 -c lib/a.c -o a.o"));
  g_autoptr (AssayBlob) blob = scratch_blob (scratch, "a.dwo");
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  assert_fails (assay_lines_new (interpreter, blob, NULL, &error), ASSAY_ERROR_NO_CONTENT, error);
}

static void
parts_that_dwz_moved_are_told (void **state)
{
  static const char *const supplement[] = { "common.debug", NULL };
  const char *scratch = *state;
  if (!has_program ("dwz"))
    {
      print_message ("skipped: no dwz\n");
      skip ();
    }
  write_sources (scratch);
  assert_true (build (scratch, "gcc -gdwarf-4 -O2 lib/a.c main.c -o prog && cp prog prog2 && "
                               "dwz -m common.debug prog prog2 && readelf -SW prog | grep -q debugaltlink"));
  assert_told (scratch, "prog", "prog", supplement);
  /* Without it names are missing, and nobody looks for it where the program says that it is. */
  g_autoptr (AssayBlob) blob = scratch_blob (scratch, "prog");
  g_autoptr (AssayElf) elf = read_elf (blob);
  load_symbols (elf, blob);
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  g_autoptr (AssayLines) lines = open_lines (interpreter, blob, NULL);
  g_auto (AssaySourcePlace) place = { 0 };
  assert_true (assay_lines_find (lines, find_symbol (elf, "plain")->address, 0, &place));
  assert_string_equal (place.file, "lib/a.c");
  assert_null (place.function);
}

/* What the linker dropped says that it lies at 0, where firmware has code. */
static void
dropped_functions_do_not_hide_code (void **state)
{
  const char *scratch = *state;
  write_sources (scratch);
  write_file (scratch, "dead.c",
              "int dead (int x)\n{\n  int s = 0;\n  for (int i = 0; i < x; i++)\n"
              "    s += (s ^ i) * 3 + (s >> 2) - (i << 3);\n  return s;\n}\n");
  assert_true (build (scratch, "gcc -g -O2 -ffunction-sections -ffreestanding -fno-pic -c lib/a.c dead.c && "
                               "ld --gc-sections -e plain -Ttext=0 a.o dead.o -o prog"));
  assert_told (scratch, "prog", "prog", NULL);
}

static void
limits_hold (void **state)
{
  static const struct
  {
    AssayLimit limit;
    guint64 value;
    const char *words;
  } cases[] = {
    { ASSAY_LIMIT_DEBUG_BYTES, 100, "limit debug-bytes (100 bytes)" },
    { ASSAY_LIMIT_DEBUG_UNITS, 1, "limit debug-units (1 units)" },
    { ASSAY_LIMIT_NODE_TIME, 0, "limit node-time (0 seconds)" },
  };
  const char *scratch = *state;
  write_sources (scratch);
  assert_true (build (scratch, "gcc -g -O2 -gz=zlib lib/a.c main.c -o prog"));
  g_autoptr (AssayBlob) blob = scratch_blob (scratch, "prog");
  g_autoptr (GError) error = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AssayLimits limits;
      assay_limits_init (&limits);
      limits.value[cases[i].limit] = cases[i].value;
      g_autoptr (AssayInterpreter) limited = assay_interpreter_new (&limits);
      assert_null (assay_lines_new (limited, blob, NULL, &error));
      assert_non_null (strstr (error->message, cases[i].words));
      assert_int_equal (error->code, ASSAY_ERROR_LIMIT);
      g_clear_error (&error);
    }
  g_autoptr (AssayBlob) text = blob_of_memory (source_a, sizeof source_a);
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  assert_fails (assay_lines_new (interpreter, text, NULL, &error), ASSAY_ERROR_MALFORMED, error);
}

/* One file is open at a time: what was opened before says nothing about the other. */
static void
one_file_is_open (void **state)
{
  const char *scratch = *state;
  write_sources (scratch);
  assert_true (build (scratch, "gcc -g -O2 lib/a.c main.c -o prog"));
  g_autoptr (AssayBlob) blob = scratch_blob (scratch, "prog");
  g_autoptr (AssayElf) elf = read_elf (blob);
  load_symbols (elf, blob);
  guint64 address = find_symbol (elf, "plain")->address;
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  g_autoptr (AssayLines) before = open_lines (interpreter, blob, NULL);
  g_autoptr (AssayLines) lines = open_lines (interpreter, blob, NULL);
  g_auto (AssaySourcePlace) place = { 0 };
  assert_false (assay_lines_find (before, address, 0, &place));
  assert_true (assay_lines_find (lines, address, 0, &place));
}

/* What is told unasked is what is told when it is asked for, in whatever order that is. */
static void
order_does_not_matter (void **state)
{
  const char *scratch = *state;
  write_sources (scratch);
  assert_true (build (scratch, "gcc -g -O2 lib/a.c main.c -o prog"));
  g_autoptr (AssayBlob) blob = scratch_blob (scratch, "prog");
  g_autoptr (AssayElf) elf = read_elf (blob);
  load_symbols (elf, blob);
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  g_autoptr (AssayInterpreter) other = new_interpreter ();
  g_autoptr (AssayLines) forwards = open_lines (interpreter, blob, NULL);
  const AssaySymbol *outer = find_symbol (elf, "outer");
  for (guint64 i = 0; i < outer->size; i++)
    {
      g_autoptr (AssayLines) fresh = open_lines (other, blob, NULL);
      g_auto (AssaySourcePlace) told = { 0 };
      g_auto (AssaySourcePlace) asked = { 0 };
      assert_true (assay_lines_find (forwards, outer->address + i, 0, &told));
      assert_true (assay_lines_find (fresh, outer->address + i, 0, &asked));
      assert_string_equal (told.function, asked.function);
      assert_int_equal (told.line, asked.line);
      assert_int_equal (told.inlined_by->len, asked.inlined_by->len);
      g_auto (AssaySourcePlace) again = { 0 };
      assert_true (assay_lines_find (forwards, outer->address + outer->size - 1 - i, 0, &again));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (programs_are_told, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (relocatable_files_are_told, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (separate_debug_files_are_told, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (split_files_are_told, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (split_files_alone_say_nothing, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (parts_that_dwz_moved_are_told, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (dropped_functions_do_not_hide_code, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (limits_hold, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (one_file_is_open, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (order_does_not_matter, make_scratch, remove_scratch),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
