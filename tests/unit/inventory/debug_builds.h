#ifndef ASSAY_TEST_INVENTORY_DEBUG_BUILDS_H
#define ASSAY_TEST_INVENTORY_DEBUG_BUILDS_H

#include "support.h"

#include "inventory/lines.h"

/* Small programs with debug information of all kinds, and what must be true of every place in them. */

/** The one line of plain(). */
#define LINE_PLAIN 17u

static const char source_a[] = "static int table[16] = { 1, 2, 3 };\n"
                               "static inline int __attribute__ ((always_inline)) inner (int x)\n"
                               "{\n"
                               "  return x * 3 + table[x & 15];\n" /* 4 */
                               "}\n"
                               "static inline int __attribute__ ((always_inline)) middle (int x)\n"
                               "{\n"
                               "  int y = inner (x);\n"                 /* 8 */
                               "  return y > 10 ? y + inner (y) : y;\n" /* 9 */
                               "}\n"
                               "int __attribute__ ((noinline)) outer (int x)\n"
                               "{\n"
                               "  return middle (x) + 2;\n" /* 13 */
                               "}\n"
                               "int __attribute__ ((noinline)) plain (int x)\n"
                               "{\n"
                               "  return outer (x) - (table[x & 7] = x);\n" /* 17 */
                               "}\n";

static const char source_main[] = "int plain (int);\n"
                                  "int main (int argc, char **argv)\n"
                                  "{\n"
                                  "  return plain (argc);\n"
                                  "}\n";

static inline void
write_sources (const char *scratch)
{
  g_autofree char *lib = g_build_filename (scratch, "lib", NULL);
  assert_int_equal (g_mkdir_with_parents (lib, 0755), 0);
  write_file (lib, "a.c", source_a);
  write_file (scratch, "main.c", source_main);
}

/** Runs one command in @scratch; whether it did it. */
static inline gboolean
build (const char *scratch, const char *command)
{
  g_autofree char *out = RUN (scratch, "sh", "-c", command);
  return out != NULL;
}

static inline AssayBlob *
scratch_blob (const char *scratch, const char *name)
{
  g_autofree char *path = g_build_filename (scratch, name, NULL);
  return blob_of_file (path);
}

static inline GPtrArray *
scratch_blobs (const char *scratch, const char *const *names)
{
  GPtrArray *blobs = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_blob_unref);
  for (; names != NULL && *names != NULL; names++)
    g_ptr_array_add (blobs, scratch_blob (scratch, *names));
  return blobs;
}

static inline AssayLines *
open_lines (AssayInterpreter *interpreter, AssayBlob *blob, const GPtrArray *split)
{
  g_autoptr (GError) error = NULL;
  AssayLines *lines = assay_lines_new (interpreter, blob, split, &error);
  if (lines == NULL)
    fail_msg ("%s", error->message);
  return lines;
}

static inline const AssaySymbol *
find_symbol (const AssayElf *elf, const char *name)
{
  for (guint i = 0; i < elf->symbols->len; i++)
    if (strcmp (g_array_index (elf->symbols, AssaySymbol, i).name, name) == 0)
      return &g_array_index (elf->symbols, AssaySymbol, i);
  fail_msg ("no symbol %s", name);
  return NULL;
}

/** What a place may be: the calls that brought it there, innermost first, and a line that it must have somewhere. */
typedef struct
{
  const char *function;
  const char *callers[2];
  guint line;
} Expectation;

static const Expectation expectations[] = {
  { "outer", { NULL }, 13 },
  { "middle", { "outer at lib/a.c:13" }, 9 },
  { "inner", { "middle at lib/a.c:8", "outer at lib/a.c:13" }, 4 },
  { "inner", { "middle at lib/a.c:9", "outer at lib/a.c:13" }, 4 },
};

static inline gboolean
is_as_expected (const AssaySourcePlace *place, const Expectation *expectation)
{
  guint count = 0;
  if (g_strcmp0 (place->function, expectation->function) != 0)
    return FALSE;
  for (; count < 2 && expectation->callers[count] != NULL; count++)
    if (count >= place->inlined_by->len
        || strcmp (g_ptr_array_index (place->inlined_by, count), expectation->callers[count]) != 0)
      return FALSE;
  /* A compiler may count a line of outer() to what is inlined into it: the prologue, for one. */
  return count == place->inlined_by->len && place->line <= 14;
}

/** Every byte of outer() comes from where it says, and inner() is found in it. */
static inline void
assert_outer_is_told (AssayLines *lines, const AssaySymbol *symbol, guint32 section)
{
  guint seen[G_N_ELEMENTS (expectations)] = { 0 };
  assert_true (symbol->size > 0);
  for (guint64 i = 0; i < symbol->size; i++)
    {
      g_auto (AssaySourcePlace) place = { 0 };
      gboolean matched = FALSE;
      assert_true (assay_lines_find (lines, symbol->address + i, section, &place));
      assert_string_equal (place.file, "lib/a.c");
      for (gsize j = 0; j < G_N_ELEMENTS (expectations) && !matched; j++)
        {
          matched = is_as_expected (&place, &expectations[j]);
          seen[j] += matched && place.line == expectations[j].line ? 1 : 0;
        }
      if (!matched)
        fail_msg ("outer+%u: %s at %s:%u, inlined by %u", (guint)i, place.function, place.file, place.line,
                  place.inlined_by->len);
    }
  assert_true (seen[2] > 0);
}

static inline void
assert_plain_is_told (AssayLines *lines, const AssaySymbol *symbol, guint32 section)
{
  gboolean has_line = FALSE;
  for (guint64 i = 0; i < symbol->size; i++)
    {
      g_auto (AssaySourcePlace) place = { 0 };
      assert_true (assay_lines_find (lines, symbol->address + i, section, &place));
      assert_string_equal (place.file, "lib/a.c");
      assert_string_equal (place.function, "plain");
      /* 0: nobody is to blame */
      assert_true (place.line == 0 || (place.line >= 15 && place.line <= 18));
      assert_int_equal (place.inlined_by->len, 0);
      has_line = has_line || place.line == LINE_PLAIN;
    }
  assert_true (has_line);
}

/** All that must be true of a file; @split names files in @scratch. */
static inline void
assert_told (const char *scratch, const char *name, const char *symbols_from, const char *const *split)
{
  g_autoptr (AssayBlob) blob = scratch_blob (scratch, name);
  g_autoptr (AssayBlob) symbols_blob = scratch_blob (scratch, symbols_from);
  g_autoptr (AssayElf) elf = read_elf (symbols_blob);
  load_symbols (elf, symbols_blob);
  g_autoptr (GPtrArray) blobs = scratch_blobs (scratch, split);
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  g_autoptr (AssayLines) lines = open_lines (interpreter, blob, blobs);
  const AssaySymbol *outer = find_symbol (elf, "outer");
  const AssaySymbol *plain = find_symbol (elf, "plain");
  gboolean relocatable = elf->type == ET_REL;
  assert_outer_is_told (lines, outer, relocatable ? outer->section : 0);
  assert_plain_is_told (lines, plain, relocatable ? plain->section : 0);
  g_auto (AssaySourcePlace) place = { 0 };
  assert_false (assay_lines_find (lines, G_MAXUINT64, relocatable ? outer->section : 0, &place));
  if (relocatable)
    assert_false (assay_lines_find (lines, outer->address, 0, &place));
}

#endif
