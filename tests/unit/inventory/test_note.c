#include "support.h"

#include "inventory/note.h"

static void
put_word (GByteArray *bytes, guint32 word, gboolean big_endian)
{
  guint32 stored = big_endian ? GUINT32_TO_BE (word) : GUINT32_TO_LE (word);
  g_byte_array_append (bytes, (const guint8 *)&stored, sizeof stored);
}

static void
pad (GByteArray *bytes, guint alignment)
{
  while (bytes->len % alignment != 0)
    g_byte_array_append (bytes, (const guint8 *)"", 1);
}

static void
put_note (GByteArray *bytes, const char *owner, guint32 type, guint content, guint alignment, gboolean big_endian)
{
  put_word (bytes, (guint32)strlen (owner) + 1, big_endian);
  put_word (bytes, content, big_endian);
  put_word (bytes, type, big_endian);
  g_byte_array_append (bytes, (const guint8 *)owner, (guint)strlen (owner) + 1);
  pad (bytes, alignment);
  for (guint i = 0; i < content; i++)
    g_byte_array_append (bytes, (const guint8 *)"x", 1);
  pad (bytes, alignment);
}

static AssayElf *
make_file (const GByteArray *notes, guint alignment, guint32 type, gboolean big_endian, AssayBlob **out_blob)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (64, big_endian, EM_PPC64, ET_EXEC);
  elf_maker_add_section (
      maker, &(ElfMakerSection){
                 .name = ".note", .type = type, .alignment = alignment, .data = notes->data, .size = notes->len });
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  *out_blob = blob_of_array (file);
  return read_elf (*out_blob);
}

static void
assert_note (const GArray *notes, guint index, const char *owner, guint32 type, guint64 size)
{
  const AssayNote *note = &g_array_index (notes, AssayNote, index);
  assert_string_equal (note->owner, owner);
  assert_int_equal (note->type, type);
  assert_int_equal (note->size, size);
  assert_int_equal (note->section, 1);
}

static void
notes_are_read (void **state)
{
  for (guint variant = 0; variant < 4; variant++)
    {
      guint alignment = variant % 2 == 0 ? 4 : 8;
      gboolean big_endian = variant >= 2;
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (AssayBlob) blob = NULL;
      put_note (bytes, "GNU", 5, 20, alignment, big_endian);
      put_note (bytes, "\x1b[31m", 0x12345678, 0, alignment, big_endian);
      put_note (bytes, "", 1, 7, alignment, big_endian);
      g_autoptr (AssayElf) elf = make_file (bytes, alignment, SHT_NOTE, big_endian, &blob);
      AssayLimits limits;
      assay_limits_init (&limits);
      g_autoptr (GArray) notes = assay_elf_read_notes (elf, blob, &limits, NULL);
      assert_int_equal (notes->len, 3);
      assert_note (notes, 0, "GNU", 5, 20);
      assert_note (notes, 1, "\\x1B[31m", 0x12345678, 0);
      assert_note (notes, 2, "", 1, 7);
      guint8 content = 0;
      assert_true (assay_blob_read (blob, g_array_index (notes, AssayNote, 2).offset, &content, 1, NULL));
      assert_int_equal (content, 'x');
    }
}

static void
a_note_that_does_not_fit_is_the_last (void **state)
{
  g_autoptr (GByteArray) whole = g_byte_array_new ();
  put_note (whole, "GNU", 1, 16, 4, FALSE);
  put_note (whole, "GNU", 2, 16, 4, FALSE);
  AssayLimits limits;
  assay_limits_init (&limits);
  for (guint cut = 0; cut <= whole->len; cut++)
    {
      g_autoptr (AssayBlob) blob = NULL;
      const GByteArray bytes = { .data = whole->data, .len = cut };
      g_autoptr (AssayElf) elf = make_file (&bytes, 4, SHT_NOTE, FALSE, &blob);
      g_autoptr (GArray) notes = assay_elf_read_notes (elf, blob, &limits, NULL);
      assert_int_equal (notes->len, cut < whole->len / 2 ? 0 : cut < whole->len ? 1 : 2);
    }
  /* Sizes that wrap around. */
  for (guint field = 0; field < 8; field += 4)
    {
      g_autoptr (AssayBlob) blob = NULL;
      memset (whole->data + field, 0xff, 4);
      g_autoptr (AssayElf) elf = make_file (whole, 4, SHT_NOTE, FALSE, &blob);
      g_autoptr (GArray) notes = assay_elf_read_notes (elf, blob, &limits, NULL);
      assert_int_equal (notes->len, 0);
    }
}

static void
other_sections_hold_none (void **state)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (AssayBlob) blob = NULL;
  put_note (bytes, "GNU", 1, 16, 4, FALSE);
  g_autoptr (AssayElf) elf = make_file (bytes, 4, SHT_PROGBITS, FALSE, &blob);
  AssayLimits limits;
  assay_limits_init (&limits);
  g_autoptr (GArray) notes = assay_elf_read_notes (elf, blob, &limits, NULL);
  assert_int_equal (notes->len, 0);
}

static void
the_limit_holds (void **state)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (AssayBlob) blob = NULL;
  g_autoptr (GError) error = NULL;
  put_note (bytes, "GNU", 1, 16, 4, FALSE);
  g_autoptr (AssayElf) elf = make_file (bytes, 4, SHT_NOTE, FALSE, &blob);
  AssayLimits limits;
  assay_limits_init (&limits);
  limits.value[ASSAY_LIMIT_METADATA_BYTES] = bytes->len - 1;
  assert_fails (assay_elf_read_notes (elf, blob, &limits, &error), ASSAY_ERROR_LIMIT, error);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (notes_are_read),
    cmocka_unit_test (a_note_that_does_not_fit_is_the_last),
    cmocka_unit_test (other_sections_hold_none),
    cmocka_unit_test (the_limit_holds),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
