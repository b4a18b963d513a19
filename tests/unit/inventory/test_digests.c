#include "support.h"

#include "crypto/sha256.h"
#include "inventory/digests.h"

static void
assert_range_digest (AssayBlob *blob, guint64 offset, guint64 length, const AssayDigest *digest)
{
  AssayDigest expected;
  assert_true (assay_sha256_blob (blob, offset, length, &expected, NULL));
  assert_true (assay_digest_equal (&expected, digest));
}

static void
assert_all_digests (AssayBlob *blob)
{
  g_autoptr (AssayElf) elf = read_elf (blob);
  g_autoptr (GArray) digests = NULL;
  AssayDigest whole;
  assert_true (assay_elf_digest_pieces (elf, blob, &whole, &digests, NULL));
  assert_range_digest (blob, 0, elf->size, &whole);
  assert_int_equal (digests->len, elf->pieces->len);
  for (guint i = 0; i < digests->len; i++)
    {
      const AssayPiece *piece = &g_array_index (elf->pieces, AssayPiece, i);
      assert_range_digest (blob, piece->offset, piece->length, &g_array_index (digests, AssayDigest, i));
    }
}

static void
one_pass_says_what_many_would (void **state)
{
  /* readelf is larger than several windows, and its pieces begin and end within them. */
  static const char *const paths[] = { "/usr/bin/env", "/usr/bin/readelf" };
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (AssayBlob) blob = blob_of_file (paths[i]);
      assert_all_digests (blob);
    }
}

static GByteArray *
make_program (void)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, ET_EXEC);
  elf_maker_add_section (maker,
                         &(ElfMakerSection){ .name = ".a", .type = SHT_PROGBITS, .data = "0123456789", .size = 10 });
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".bss", .type = SHT_NOBITS, .size = 10 });
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".empty", .type = SHT_PROGBITS, .size = 0 });
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".null", .type = SHT_NULL, .size = 10 });
  return elf_maker_build (maker);
}

static void
sections_are_digested_as_they_lie (void **state)
{
  g_autoptr (GByteArray) file = make_program ();
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  AssayDigest digest, expected;
  assert_true (assay_elf_digest_section (elf, blob, 1, &digest, NULL));
  assay_sha256_bytes ("0123456789", 10, &expected);
  assert_true (assay_digest_equal (&digest, &expected));
  assert_true (assay_elf_digest_section (elf, blob, 3, &digest, NULL));
  assay_sha256_bytes ("", 0, &expected);
  assert_true (assay_digest_equal (&digest, &expected));
}

static void
what_has_no_digest_is_an_error (void **state)
{
  g_autoptr (GByteArray) file = make_program ();
  elf_maker_poke (file, ELF_FIELD_SECTION_SIZE, 1, file->len);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayBlob) shorter = assay_blob_new_slice (blob, 0, file->len - 1, NULL);
  g_autoptr (AssayElf) elf = read_elf (blob);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) digests = NULL;
  AssayDigest digest = { { 0 } }, untouched = { { 0 } };
  assert_fails (assay_elf_digest_section (elf, blob, 0, &digest, &error), ASSAY_ERROR_NOT_FOUND, error);
  assert_fails (assay_elf_digest_section (elf, blob, 6, &digest, &error), ASSAY_ERROR_NOT_FOUND, error);
  assert_fails (assay_elf_digest_section (elf, blob, 1, &digest, &error), ASSAY_ERROR_MALFORMED, error);
  assert_fails (assay_elf_digest_section (elf, blob, 2, &digest, &error), ASSAY_ERROR_NO_CONTENT, error);
  assert_fails (assay_elf_digest_section (elf, blob, 4, &digest, &error), ASSAY_ERROR_NO_CONTENT, error);
  assert_fails (assay_elf_digest_section (elf, shorter, 3, &digest, &error), ASSAY_ERROR_CHANGED, error);
  assert_fails (assay_elf_digest_pieces (elf, shorter, &digest, &digests, &error), ASSAY_ERROR_CHANGED, error);
  assert_true (assay_digest_equal (&digest, &untouched));
  assert_null (digests);
}

static void
damaged_files_have_digests_too (void **state)
{
  g_autoptr (GByteArray) file = make_program ();
  elf_maker_poke (file, ELF_FIELD_SECTION_OFFSET, 1, 3);
  elf_maker_poke (file, ELF_FIELD_SHNUM, 0, 999);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  assert_all_digests (blob);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (one_pass_says_what_many_would),
    cmocka_unit_test (sections_are_digested_as_they_lie),
    cmocka_unit_test (what_has_no_digest_is_an_error),
    cmocka_unit_test (damaged_files_have_digests_too),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
