#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/names/naming.h"
#include "elf_maker.h"

#include <elf.h>
#include <string.h>

/* Names that are kept for what lies behind are those that each place has by itself. */

#define FUNC ELF64_ST_INFO (STB_GLOBAL, STT_FUNC)
#define OBJECT ELF64_ST_INFO (STB_GLOBAL, STT_OBJECT)

/* Fields are read again from @blob, which is to stay. */
static AssayElf *
read_blob (AssayBlob *blob, AssayElfFields **out_fields)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  AssayElf *elf = assay_elf_new (blob, &limits, NULL);
  assert_non_null (elf);
  assert_true (assay_elf_load_symbols (elf, blob, &limits, NULL));
  if (out_fields != NULL)
    *out_fields = assay_elf_fields_new (elf, blob, NULL);
  return elf;
}

/* @base: where its sections are; @symbols: whether it has any, else it is stripped; @extra: a name that only it has */
static AssayBlob *
make_file (guint16 type, guint64 base, gboolean symbols, const char *extra)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, type);
  for (guint i = 0; i < 4; i++)
    {
      static const char *const names[] = { ".text", ".empty", ".data", ".comment" };
      elf_maker_add_section (maker, &(ElfMakerSection){ .name = names[i],
                                                        .type = SHT_PROGBITS,
                                                        .flags = i == 3 ? 0 : SHF_ALLOC,
                                                        .address = type == ET_REL || i == 3 ? 0 : base + i / 2 * 0x80,
                                                        .size = i == 1 ? 0 : 0x80 });
    }
  if (type != ET_REL)
    elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_X, base, base, 1, 3);
  guint64 at = type == ET_REL ? 0 : base;
  if (symbols)
    {
      elf_maker_add_symbol (maker, "outer", at, 0x60, FUNC, 1);
      elf_maker_add_symbol (maker, "inner", at + 0x10, 0x20, FUNC, 1);
      elf_maker_add_symbol (maker, "astride", at + 0x20, 0x80, OBJECT, 1);
      elf_maker_add_symbol (maker, "label", at + 0x68, 0, FUNC, 1);
      elf_maker_add_symbol (maker, "data", (type == ET_REL ? 0 : base + 0x80) + 8, 0x10, OBJECT, 3);
    }
  if (extra != NULL)
    elf_maker_add_symbol (maker, extra, at + 0x64, 8, OBJECT, 1);
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  g_autoptr (GBytes) bytes = g_bytes_new (file->data, file->len);
  return assay_blob_new_for_bytes (bytes);
}

static void
apply (AssayNaming *naming, guint64 expected_offset, guint64 length, AssayFinding *out)
{
  *out = (AssayFinding){ .offset = expected_offset == ASSAY_NO_COUNTERPART ? 0x50 : expected_offset,
                         .length = length,
                         .rule = "differs",
                         .message = "these differ" };
  assay_naming_apply (naming, expected_offset, out);
  const char *message = assay_naming_describe (naming, expected_offset, out);
  if (message != NULL)
    out->message = g_intern_string (message);
}

static void
assert_same (const AssayFinding *a, const AssayFinding *b)
{
  const AssayFindingWords *first = assay_finding_words (a);
  const AssayFindingWords *second = assay_finding_words (b);
  assert_true (a->has_address == b->has_address && a->address == b->address);
  assert_int_equal (first->is_function, second->is_function);
  assert_int_equal (g_strcmp0 (first->section, second->section), 0);
  assert_int_equal (g_strcmp0 (first->symbol, second->symbol), 0);
  assert_int_equal (g_strcmp0 (first->named_by, second->named_by), 0);
  assert_int_equal (g_strcmp0 (first->remark, second->remark), 0);
  assert_string_equal (a->message, b->message);
}

static void
set_up (AssayNaming *naming, AssayBlob *expected, AssayBlob *symbols)
{
  naming->shipped_elf = read_blob (expected, &naming->shipped_fields);
  naming->expected_elf = read_blob (expected, &naming->expected_fields);
  if (symbols != NULL)
    naming->symbols_elf = read_blob (symbols, NULL);
}

/* @kept: one naming for all findings; each is also named by one that has seen none before it. */
static void
check_names (AssayBlob *expected, AssayBlob *symbols)
{
  guint64 size = assay_blob_get_size (expected);
  g_autoptr (GRand) random = g_rand_new_with_seed (17);
  g_auto (AssayNaming) kept = { NULL };
  set_up (&kept, expected, symbols);
  /* what has no map yet tells of one place alone */
  for (guint i = 0; i < 80; i++)
    {
      AssayFinding finding;
      apply (&kept, kept.expected_elf->size / 3, 1, &finding);
      assay_finding_words_free (finding.words);
    }
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (guint64 offset = 0; offset < size + 8; offset++)
    g_array_append_val (offsets, offset);
  for (guint i = 0; i < 300; i++)
    {
      guint64 offset = i % 50 == 0 ? ASSAY_NO_COUNTERPART : (guint64)g_rand_int_range (random, 0, (gint32)size);
      g_array_append_val (offsets, offset);
    }
  AssayFinding *all = g_new0 (AssayFinding, offsets->len);
  for (guint i = 0; i < offsets->len; i++)
    apply (&kept, g_array_index (offsets, guint64, i), 1 + i % 3, &all[i]);
  g_auto (AssayNaming) fresh = { NULL };
  set_up (&fresh, expected, symbols);
  for (guint i = 0; i < offsets->len; i++)
    {
      AssayFinding alone;
      g_clear_pointer (&fresh.named.words, assay_finding_words_free);
      fresh.named = (AssayNamed){ 0 };
      fresh.untold = fresh.untold_end = 0;
      fresh.shipped_piece = fresh.expected_piece = G_MAXUINT;
      apply (&fresh, g_array_index (offsets, guint64, i), 1 + i % 3, &alone);
      assert_same (&all[i], &alone);
      assay_finding_words_free (alone.words);
    }
  for (guint i = 0; i < offsets->len; i++)
    assay_finding_words_free (all[i].words);
  g_free (all);
}

static void
names_that_are_kept_are_right (void **state)
{
  static const guint16 types[] = { ET_EXEC, ET_REL, ET_DYN };
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      /* a section at address 0 too, and one whose segment ends where addresses do */
      guint64 base = types[i] == ET_DYN ? 0 : 0x400000;
      g_autoptr (AssayBlob) whole = make_file (types[i], base, TRUE, NULL);
      g_autoptr (AssayBlob) stripped = make_file (types[i], base, FALSE, NULL);
      g_autoptr (AssayBlob) more = make_file (types[i], base, TRUE, "more");
      check_names (whole, NULL);
      check_names (stripped, NULL);
      check_names (stripped, whole);
      check_names (whole, more);
      check_names (stripped, more);
    }
  g_autoptr (AssayBlob) high = make_file (ET_EXEC, G_MAXUINT64 - 0xbf, TRUE, NULL);
  check_names (high, NULL);
}

/* It would keep nothing, and the test above would show nothing. */
static void
neighbours_share_their_words (void **state)
{
  g_autoptr (AssayBlob) file = make_file (ET_EXEC, 0x400000, FALSE, NULL);
  g_auto (AssayNaming) naming = { NULL };
  set_up (&naming, file, NULL);
  AssayFinding findings[60];
  const AssaySection *text = &g_array_index (naming.expected_elf->sections, AssaySection, 0);
  for (guint i = 0; i < G_N_ELEMENTS (findings); i++)
    apply (&naming, text->offset + i, 1, &findings[i]);
  AssayFinding *last = &findings[G_N_ELEMENTS (findings) - 1];
  assert_ptr_equal (last->words, last[-1].words);
  assay_finding_tell (last)->line = 7;
  assert_ptr_not_equal (last->words, last[-1].words);
  assert_int_equal (assay_finding_words (&last[-1])->line, 0);
  assert_string_equal (assay_finding_words (last)->section, ".text");
  assert_int_equal (last->address, last[-1].address + 1);
  for (guint i = 0; i < G_N_ELEMENTS (findings); i++)
    assay_finding_words_free (findings[i].words);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (names_that_are_kept_are_right),
    cmocka_unit_test (neighbours_share_their_words),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
