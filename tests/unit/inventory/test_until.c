#include "support.h"

/* What is told to hold up to some end is what each place up to there is told by itself. */

#define FUNC ELF64_ST_INFO (STB_GLOBAL, STT_FUNC)
#define OBJECT ELF64_ST_INFO (STB_GLOBAL, STT_OBJECT)
#define LABEL ELF64_ST_INFO (STB_LOCAL, STT_NOTYPE)
#define ENOUGH 40u /* questions until there is a map */

static AssayElf *
read_array (const GByteArray *file)
{
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  AssayElf *elf = read_elf (blob);
  load_symbols (elf, blob);
  return elf;
}

static void
check_symbols (const AssayElf *elf, const AssayElf *fresh, guint64 start, guint64 count, guint32 section)
{
  guint64 same_end = start;
  const AssaySymbol *same = NULL;
  for (guint64 i = 0; i < count; i++)
    {
      guint64 address = start + i;
      guint64 end = 0;
      const AssaySymbol *found = assay_elf_symbol_until (elf, address, section, &end);
      /* of an ELF file that is asked for the first time there is no map */
      const AssaySymbol *alone = i < ENOUGH / 2 ? assay_elf_symbol_at (fresh, address, section) : found;
      assert_true (end > address || address == G_MAXUINT64);
      assert_ptr_equal (assay_elf_symbol_at (elf, address, section), found);
      assert_int_equal (g_strcmp0 (found == NULL ? NULL : found->name, alone == NULL ? NULL : alone->name), 0);
      assert_true (found == NULL || found->size == 0 || address - found->address < found->size);
      if (i > 0 && address < same_end)
        assert_ptr_equal (found, same);
      same = found;
      same_end = end;
    }
}

static void
check_file (const GByteArray *file, guint64 start, guint64 count)
{
  g_autoptr (AssayElf) elf = read_array (file);
  for (guint32 section = 0; section <= elf->sections->len + 1; section++)
    {
      g_autoptr (AssayElf) fresh = read_array (file);
      guint64 end = 0;
      check_symbols (elf, fresh, start, count, section);
      check_symbols (elf, fresh, start, count, section);
      for (guint i = 0; i < ENOUGH; i++)
        assay_elf_symbol_until (fresh, start, section, &end);
      assert_true (end > start);
    }
}

static void
symbols_that_overlap (void **state)
{
  for (guint variant = 0; variant < 2; variant++)
    {
      g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, variant == 0 ? ET_EXEC : ET_REL);
      guint64 base = variant == 0 ? 0x1000 : 0;
      for (guint i = 0; i < 3; i++)
        elf_maker_add_section (maker, &(ElfMakerSection){ .name = i == 1 ? ".empty" : ".text",
                                                          .type = SHT_PROGBITS,
                                                          .flags = SHF_ALLOC | SHF_EXECINSTR,
                                                          .address = variant == 0 ? base + i / 2 * 0x80 : 0,
                                                          .size = i == 1 ? 0 : 0x80 });
      elf_maker_add_symbol (maker, "outer", base, 0x60, FUNC, 1);
      elf_maker_add_symbol (maker, "inner", base + 0x10, 0x20, FUNC, 1);
      elf_maker_add_symbol (maker, "astride", base + 0x20, 0x80, OBJECT, 1);
      elf_maker_add_symbol (maker, "nothing", base + 0x28, 0, OBJECT, 1);
      elf_maker_add_symbol (maker, "label", base + 0x61, 0, LABEL, 1);
      elf_maker_add_symbol (maker, "typed", base + 0x70, 0, FUNC, 1);
      elf_maker_add_symbol (maker, "of-the-empty", base, 0, FUNC, 2);
      elf_maker_add_symbol (maker, "more-than-it", base, 4, FUNC, 2);
      elf_maker_add_symbol (maker, "third", base + (variant == 0 ? 0x80 : 0), 0x40, FUNC, 3);
      g_autoptr (GByteArray) file = elf_maker_build (maker);
      check_file (file, variant == 0 ? base - 8 : 0, 0x120);
    }
}

static void
symbols_at_the_ends_of_the_address_space (void **state)
{
  for (guint variant = 0; variant < 2; variant++)
    {
      guint bits = variant == 0 ? 64 : 32;
      guint64 most = variant == 0 ? G_MAXUINT64 : G_MAXUINT32;
      g_autoptr (ElfMaker) maker = elf_maker_new (bits, FALSE, variant == 0 ? EM_X86_64 : EM_386, ET_EXEC);
      for (guint i = 0; i < 2; i++)
        elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".text",
                                                          .type = SHT_PROGBITS,
                                                          .flags = SHF_ALLOC | SHF_EXECINSTR,
                                                          .address = i == 0 ? 0 : most - 0x3f,
                                                          .size = 0x40 });
      elf_maker_add_symbol (maker, "first", 0, 0x10, FUNC, 1);
      elf_maker_add_symbol (maker, "label", 0x18, 0, LABEL, 1);
      elf_maker_add_symbol (maker, "last", most - 0x1f, 0x20, FUNC, 2);
      elf_maker_add_symbol (maker, "beyond", most - 0xf, 0x40, OBJECT, 2);
      elf_maker_add_symbol (maker, "highest", most, 1, OBJECT, 2);
      g_autoptr (GByteArray) file = elf_maker_build (maker);
      check_file (file, 0, 0x60);
      check_file (file, most - 0x3f, 0x40);
    }
}

static void
check_addresses (const GByteArray *file)
{
  g_autoptr (AssayElf) elf = read_array (file);
  guint64 same_end = 0;
  guint64 same_shift = 0;
  gboolean same = FALSE;
  guint last = 0;
  for (guint64 offset = 0; offset <= elf->size + 3; offset++)
    {
      guint64 address = 0;
      guint64 alone = 0;
      guint64 end = 0;
      gboolean found = assay_elf_address_until (elf, offset, &address, &end);
      assert_true (end > offset && (!found || end <= elf->size));
      assert_int_equal (assay_elf_address_of_offset (elf, offset, &alone), found);
      assert_true (alone == address);
      if (offset < same_end)
        assert_true (found == same && (!found || address - offset == same_shift));
      if (found && elf->bits == 32)
        assert_true (address <= G_MAXUINT32 && address + (end - 1 - offset) <= G_MAXUINT32);
      same_end = end;
      same_shift = address - offset;
      same = found;
      assert_ptr_equal (assay_elf_piece_again (elf, offset, &last), assay_elf_piece_at (elf, offset));
    }
  for (guint64 i = 0; i < elf->size; i++)
    {
      guint64 offset = (i * 7919) % elf->size;
      guint any = (guint)i;
      assert_ptr_equal (assay_elf_piece_again (elf, offset, &last), assay_elf_piece_at (elf, offset));
      assert_ptr_equal (assay_elf_piece_again (elf, offset, &any), assay_elf_piece_at (elf, offset));
    }
}

/* Segments at address 0, at the end of the address space, beyond it, over each other, and longer than the file. */
static void
addresses_of_offsets (void **state)
{
  for (guint variant = 0; variant < 12; variant++)
    {
      guint bits = variant % 2 == 0 ? 64 : 32;
      guint64 most = bits == 64 ? G_MAXUINT64 : G_MAXUINT32;
      const guint64 starts[] = { 0, most - 0x1f, most - 0x3f };
      g_autoptr (ElfMaker) maker = elf_maker_new (bits, FALSE, bits == 64 ? EM_X86_64 : EM_386, ET_EXEC);
      for (guint i = 0; i < 3; i++)
        elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".text",
                                                          .type = SHT_PROGBITS,
                                                          .flags = SHF_ALLOC,
                                                          .address = starts[variant / 4],
                                                          .size = i == 1 ? 0 : 0x40 });
      elf_maker_add_segment (maker, PT_LOAD, PF_R, starts[variant / 4], 0, 1, 1);
      elf_maker_add_segment (maker, PT_LOAD, PF_R, starts[variant / 4], 0, 1, 3);
      elf_maker_add_segment (maker, PT_LOAD, PF_R, 0x5000, 0, 3, 3);
      g_autoptr (GByteArray) file = elf_maker_build (maker);
      if (variant % 4 >= 2)
        elf_maker_poke (file, ELF_FIELD_SEGMENT_FILESZ, variant == 2 || variant == 7 ? 1 : 2, most);
      check_addresses (file);
    }
  g_autoptr (ElfMaker) object = elf_maker_new (64, FALSE, EM_X86_64, ET_REL);
  elf_maker_add_section (object, &(ElfMakerSection){ .name = ".text", .type = SHT_PROGBITS, .size = 0x40 });
  g_autoptr (GByteArray) file = elf_maker_build (object);
  check_addresses (file);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (symbols_that_overlap),
    cmocka_unit_test (symbols_at_the_ends_of_the_address_space),
    cmocka_unit_test (addresses_of_offsets),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
