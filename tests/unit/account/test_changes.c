#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/changes.h"
#include "elf_maker.h"
#include "small_program.h"

#include <elf.h>
#include <string.h>

/* The list of what changed, the counts of functions, and which fields of a header follow from a move. */

/** A line of the list; @change NULL ends it. */
typedef struct
{
  const char *change;
  const char *what;
  const char *name;
  const char *named_by;
  guint64 shipped_size;
  guint64 expected_size;
} Line;

#define END                                                                                                            \
  {                                                                                                                    \
    NULL, NULL, NULL, NULL, 0, 0                                                                                       \
  }

static void
assert_changes (const SmallProgram *shipped, const SmallProgram *expected, const Line *lines,
                const AssayCodeCounts *counts)
{
  SmallCase small;
  small_case_open (&small, shipped, expected);
  const AssayNodeAccount *node = small_case_node (&small);
  guint count = 0;
  for (; lines[count].change != NULL; count++)
    {
      assert_true (node->changes != NULL && count < node->changes->len);
      const AssayChangeAccount *change = &g_array_index (node->changes, AssayChangeAccount, count);
      assert_string_equal (change->change, lines[count].change);
      assert_string_equal (change->what, lines[count].what);
      assert_string_equal (change->name, lines[count].name);
      assert_string_equal (change->named_by, lines[count].named_by);
      assert_int_equal (change->shipped_size, lines[count].shipped_size);
      assert_int_equal (change->expected_size, lines[count].expected_size);
    }
  assert_int_equal (node->changes == NULL ? 0 : node->changes->len, count);
  assert_memory_equal (&node->code, counts, sizeof *counts);
  small_case_close (&small);
}

static void
functions_are_counted_by_what_became_of_them (void **state)
{
  (void)state;
  assert_changes (&(SmallProgram){ .first_adds = TRUE }, NULL,
                  (const Line[]){ { "changed", "function", "first", "rebuild", 16, 13 }, END },
                  &(AssayCodeCounts){ .functions = 3, .moved = 2, .changed = 1, .bytes = 35, .untouched_bytes = 22 });
  assert_changes (&(SmallProgram){ .has_fourth = TRUE }, NULL,
                  (const Line[]){ { "added", "function", "fourth", "shipped", 10, 0 }, END },
                  &(AssayCodeCounts){ .functions = 3, .untouched = 3, .added = 1, .bytes = 35, .untouched_bytes = 35 });
  /* the largest first, and functions before what they leave behind in data */
  assert_changes (&(SmallProgram){ .without_second = TRUE }, NULL,
                  (const Line[]){ { "removed", "function", "second", "rebuild", 0, 11 },
                                  { "changed", "object", "table", "rebuild", 24, 24 },
                                  END },
                  &(AssayCodeCounts){
                      .functions = 3, .untouched = 1, .moved = 1, .removed = 1, .bytes = 35, .untouched_bytes = 24 });
}

static void
the_largest_change_comes_first (void **state)
{
  (void)state;
  assert_changes (&(SmallProgram){ .first_adds = TRUE, .number = 0x78 }, NULL,
                  (const Line[]){ { "changed", "function", "first", "rebuild", 16, 13 },
                                  { "changed", "function", "third", "rebuild", 11, 11 },
                                  END },
                  &(AssayCodeCounts){ .functions = 3, .moved = 1, .changed = 2, .bytes = 35, .untouched_bytes = 11 });
}

/* Both directions: what the shipped file adds to the rebuild is what it lacks the other way round. */
static void
added_and_removed_are_each_other_backwards (void **state)
{
  (void)state;
  assert_changes (
      &(SmallProgram){ 0 }, &(SmallProgram){ .has_fourth = TRUE },
      (const Line[]){ { "removed", "function", "fourth", "rebuild", 0, 10 }, END },
      &(AssayCodeCounts){ .functions = 4, .untouched = 3, .removed = 1, .bytes = 45, .untouched_bytes = 35 });
}

/* Another name for the same bytes is no change of code; a file without names renames nothing. */
static void
a_name_is_no_code (void **state)
{
  (void)state;
  static const AssayCodeCounts moved = { .functions = 3, .moved = 2, .changed = 1, .bytes = 35, .untouched_bytes = 22 };
  SmallCase small;
  assert_changes (
      &(SmallProgram){ .first_adds = TRUE, .second_name = "other" }, NULL,
      (const Line[]){ { "changed", "function", "first", "rebuild", 16, 13 },
                      { "renamed", "function", "other", "shipped", 11, 11 },
                      END },
      &(AssayCodeCounts){ .functions = 3, .moved = 1, .changed = 1, .renamed = 1, .bytes = 35, .untouched_bytes = 22 });
  assert_changes (&(SmallProgram){ .first_adds = TRUE, .second_name = "other", .stripped = TRUE }, NULL,
                  (const Line[]){ { "changed", "function", "first", "rebuild", 16, 13 }, END }, &moved);
  small_case_open (&small, &(SmallProgram){ .first_adds = TRUE, .second_name = "other" }, NULL);
  assert_string_equal (g_array_index (small_case_node (&small)->changes, AssayChangeAccount, 1).old_name, "second");
  small_case_close (&small);
}

/* In a file of which nothing moved a name is noted once, however many findings it has. */
static void
a_name_is_noted_once_in_place (void **state)
{
  (void)state;
  AssayNodeAccount node = { .node = NULL };
  static const struct
  {
    const char *symbol;
    guint64 offset;
    guint64 length;
    gboolean is_function;
    guint8 expected_length;
  } findings[] = { { "run", 4, 2, TRUE, 2 },
                   { "run", 8, 1, TRUE, 1 },
                   { "table", 16, 1, FALSE, 1 },
                   { NULL, 20, 3, FALSE, 0 },
                   { NULL, 30, 3, FALSE, 3 } };
  static const struct
  {
    const char *change;
    const char *what;
    guint64 offset;
    guint64 expected_size;
  } wanted[] = { { "changed", "function", 4, 2 },
                 { "changed", "object", 16, 1 },
                 { "added", "bytes", 20, 0 },
                 { "changed", "bytes", 30, 3 } };
  for (gsize i = 0; i < G_N_ELEMENTS (findings); i++)
    {
      AssayFindingWords words
          = { .symbol = (char *)findings[i].symbol, .is_function = findings[i].is_function, .named_by = "rebuild" };
      AssayFinding finding = { .words = &words,
                               .offset = findings[i].offset,
                               .length = findings[i].length,
                               .expected_length = findings[i].expected_length };
      assay_changes_note_in_place (&node, &finding);
    }
  assert_int_equal (node.changes->len, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < node.changes->len; i++)
    {
      const AssayChangeAccount *change = &g_array_index (node.changes, AssayChangeAccount, i);
      assert_string_equal (change->change, wanted[i].change);
      assert_string_equal (change->what, wanted[i].what);
      assert_int_equal (change->shipped_offset, wanted[i].offset);
      assert_int_equal (change->expected_size, wanted[i].expected_size);
    }
  g_array_unref (node.changes);
}

/* By the structures of <elf.h>, which the table under test does not use. */
#define FIELD(type, member) offsetof (type, member), sizeof (((type *)NULL)->member)

static const struct
{
  AssayPieceKind kind;
  guint bits;
  gsize offset;
  gsize size;
  gboolean follows;
} fields[] = {
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_ident), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_type), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_machine), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_version), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_entry), TRUE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_phoff), TRUE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_shoff), TRUE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_flags), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_ehsize), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_phentsize), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_phnum), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_shentsize), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_shnum), TRUE },
  { ASSAY_PIECE_ELF_HEADER, 32, FIELD (Elf32_Ehdr, e_shstrndx), TRUE },
  { ASSAY_PIECE_ELF_HEADER, 64, FIELD (Elf64_Ehdr, e_ident), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 64, FIELD (Elf64_Ehdr, e_type), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 64, FIELD (Elf64_Ehdr, e_machine), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 64, FIELD (Elf64_Ehdr, e_version), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 64, FIELD (Elf64_Ehdr, e_entry), TRUE },
  { ASSAY_PIECE_ELF_HEADER, 64, FIELD (Elf64_Ehdr, e_phoff), TRUE },
  { ASSAY_PIECE_ELF_HEADER, 64, FIELD (Elf64_Ehdr, e_shoff), TRUE },
  { ASSAY_PIECE_ELF_HEADER, 64, FIELD (Elf64_Ehdr, e_flags), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 64, FIELD (Elf64_Ehdr, e_phnum), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 64, FIELD (Elf64_Ehdr, e_shentsize), FALSE },
  { ASSAY_PIECE_ELF_HEADER, 64, FIELD (Elf64_Ehdr, e_shnum), TRUE },
  { ASSAY_PIECE_ELF_HEADER, 64, FIELD (Elf64_Ehdr, e_shstrndx), TRUE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 32, FIELD (Elf32_Phdr, p_type), FALSE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 32, FIELD (Elf32_Phdr, p_offset), TRUE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 32, FIELD (Elf32_Phdr, p_vaddr), TRUE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 32, FIELD (Elf32_Phdr, p_paddr), TRUE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 32, FIELD (Elf32_Phdr, p_filesz), TRUE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 32, FIELD (Elf32_Phdr, p_memsz), TRUE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 32, FIELD (Elf32_Phdr, p_flags), FALSE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 32, FIELD (Elf32_Phdr, p_align), FALSE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 64, FIELD (Elf64_Phdr, p_type), FALSE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 64, FIELD (Elf64_Phdr, p_flags), FALSE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 64, FIELD (Elf64_Phdr, p_offset), TRUE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 64, FIELD (Elf64_Phdr, p_memsz), TRUE },
  { ASSAY_PIECE_PROGRAM_HEADERS, 64, FIELD (Elf64_Phdr, p_align), FALSE },
  { ASSAY_PIECE_SECTION_HEADERS, 32, FIELD (Elf32_Shdr, sh_name), TRUE },
  { ASSAY_PIECE_SECTION_HEADERS, 32, FIELD (Elf32_Shdr, sh_type), FALSE },
  { ASSAY_PIECE_SECTION_HEADERS, 32, FIELD (Elf32_Shdr, sh_flags), FALSE },
  { ASSAY_PIECE_SECTION_HEADERS, 32, FIELD (Elf32_Shdr, sh_addr), TRUE },
  { ASSAY_PIECE_SECTION_HEADERS, 32, FIELD (Elf32_Shdr, sh_info), TRUE },
  { ASSAY_PIECE_SECTION_HEADERS, 32, FIELD (Elf32_Shdr, sh_addralign), FALSE },
  { ASSAY_PIECE_SECTION_HEADERS, 32, FIELD (Elf32_Shdr, sh_entsize), FALSE },
  { ASSAY_PIECE_SECTION_HEADERS, 64, FIELD (Elf64_Shdr, sh_name), TRUE },
  { ASSAY_PIECE_SECTION_HEADERS, 64, FIELD (Elf64_Shdr, sh_type), FALSE },
  { ASSAY_PIECE_SECTION_HEADERS, 64, FIELD (Elf64_Shdr, sh_flags), FALSE },
  { ASSAY_PIECE_SECTION_HEADERS, 64, FIELD (Elf64_Shdr, sh_addr), TRUE },
  { ASSAY_PIECE_SECTION_HEADERS, 64, FIELD (Elf64_Shdr, sh_info), TRUE },
  { ASSAY_PIECE_SECTION_HEADERS, 64, FIELD (Elf64_Shdr, sh_addralign), FALSE },
  { ASSAY_PIECE_SECTION_HEADERS, 64, FIELD (Elf64_Shdr, sh_entsize), FALSE },
  { ASSAY_PIECE_SECTION, 64, 0, 64, FALSE },
  { ASSAY_PIECE_GAP, 64, 0, 64, FALSE },
};

static gsize
entry_size (AssayPieceKind kind, guint bits)
{
  switch (kind)
    {
    case ASSAY_PIECE_PROGRAM_HEADERS:
      return bits == 32 ? sizeof (Elf32_Phdr) : sizeof (Elf64_Phdr);
    case ASSAY_PIECE_SECTION_HEADERS:
      return bits == 32 ? sizeof (Elf32_Shdr) : sizeof (Elf64_Shdr);
    default:
      return 0;
    }
}

static void
places_and_sizes_follow_and_kinds_do_not (void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const AssayElf elf = { .bits = (guint8)fields[i].bits };
      const AssayPiece piece = { .offset = 0x1234, .length = 0x1000, .kind = fields[i].kind };
      /* in the first entry, and in the third */
      for (guint entry = 0; entry < 3; entry += 2)
        for (gsize j = 0; j < fields[i].size; j++)
          if (assay_changes_header_follows (&elf, &piece,
                                            piece.offset + entry * entry_size (fields[i].kind, fields[i].bits)
                                                + fields[i].offset + j)
              != fields[i].follows)
            fail_msg ("field %u, byte %u, entry %u", (guint)i, (guint)j, entry);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (functions_are_counted_by_what_became_of_them),
    cmocka_unit_test (the_largest_change_comes_first),
    cmocka_unit_test (added_and_removed_are_each_other_backwards),
    cmocka_unit_test (a_name_is_no_code),
    cmocka_unit_test (a_name_is_noted_once_in_place),
    cmocka_unit_test (places_and_sizes_follow_and_kinds_do_not),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
