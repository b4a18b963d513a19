#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inventory/fingerprint.h"
#include "inventory/nature.h"

#include "elf_maker.h"

#include <assay/error.h>

#include <elf.h>
#include <string.h>

/* Machine code that came ready-made is found in what was linked from it, whatever the linker changed; and what merely
 * looks alike is not. */

/* Bytes without any pattern; the same for the same seed. */
static GByteArray *
noise (guint32 seed, guint length)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  GByteArray *bytes = g_byte_array_new ();
  for (guint i = 0; i < length; i++)
    {
      guint8 byte = (guint8)g_rand_int (random);
      g_byte_array_append (bytes, &byte, 1);
    }
  return bytes;
}

static AssayBlob *
blob_of (const GByteArray *bytes)
{
  g_autoptr (GBytes) copy = g_bytes_new (bytes->data, bytes->len);
  return assay_blob_new_for_bytes (copy);
}

/** A kind of machine. */
typedef struct
{
  guint bits;
  gboolean big_endian;
  guint16 machine;
} Machine;

static const Machine machines[] = {
  { 64, FALSE, EM_X86_64 }, { 32, FALSE, EM_386 },  { 64, FALSE, EM_AARCH64 }, { 32, FALSE, EM_ARM },
  { 32, TRUE, EM_ARM },     { 32, TRUE, EM_MIPS },  { 32, FALSE, EM_MIPS },    { 64, TRUE, EM_MIPS },
  { 32, TRUE, EM_PPC },     { 64, TRUE, EM_PPC64 }, { 64, FALSE, EM_PPC64 },   { 64, FALSE, EM_RISCV },
  { 32, FALSE, EM_RISCV },
};

static void
put_number (GByteArray *bytes, guint64 value, guint length, gboolean big_endian)
{
  for (guint i = 0; i < length; i++)
    {
      guint8 byte = (guint8)(value >> 8 * (big_endian ? length - 1 - i : i));
      g_byte_array_append (bytes, &byte, 1);
    }
}

/* Every so many bytes the linker changes four. */
#define STRIDE 40u

/* An object with this code and its relocations, or a program with it and none. */
static GByteArray *
make_elf (const Machine *machine, const GByteArray *code, gboolean object)
{
  gboolean rela = machine->machine != EM_386 && machine->machine != EM_ARM;
  ElfMaker *maker = elf_maker_new (machine->bits, machine->big_endian, machine->machine, object ? ET_REL : ET_EXEC);
  ElfMakerSection text = { .name = ".text",
                           .type = SHT_PROGBITS,
                           .flags = SHF_ALLOC | SHF_EXECINSTR,
                           .alignment = 4,
                           .data = code->data,
                           .size = code->len };
  guint32 index = elf_maker_add_section (maker, &text);
  g_autoptr (GByteArray) table = g_byte_array_new ();
  for (guint at = STRIDE - 4; object && at + 4 <= code->len; at += STRIDE)
    {
      put_number (table, at, machine->bits / 8, machine->big_endian);
      put_number (table, 0, machine->bits / 8, machine->big_endian);
      if (rela)
        put_number (table, 0, machine->bits / 8, machine->big_endian);
    }
  ElfMakerSection relocations = { .name = rela ? ".rela.text" : ".rel.text",
                                  .type = rela ? SHT_RELA : SHT_REL,
                                  .alignment = 8,
                                  .data = table->data,
                                  .size = table->len,
                                  .info = index,
                                  .entry_size = machine->bits / 8 * (rela ? 3 : 2) };
  if (object)
    elf_maker_add_section (maker, &relocations);
  else
    elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_X, 0x10000, 0x10000, index, index);
  GByteArray *file = elf_maker_build (maker);
  elf_maker_free (maker);
  return file;
}

/* What a linker makes of the code, at an odd place between other code. @shrink: bytes that it takes out at each
 * relocation. */
static GByteArray *
link_code (const GByteArray *code, guint first, guint length, guint shrink)
{
  GByteArray *out = noise (99, 1001);
  g_autoptr (GByteArray) behind = noise (98, 500);
  for (guint i = first; i < first + length; i++)
    {
      guint in_stride = i % STRIDE;
      guint8 byte = in_stride >= STRIDE - 4 ? (guint8)(i * 7) : code->data[i];
      if (in_stride < STRIDE - shrink)
        g_byte_array_append (out, &byte, 1);
    }
  g_byte_array_append (out, behind->data, behind->len);
  return out;
}

static AssayFingerprint *
fingerprint_of (const GByteArray *elf)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  AssayFingerprint *fingerprint = assay_fingerprint_new (&limits);
  g_autoptr (AssayBlob) blob = blob_of (elf);
  assert_true (assay_fingerprint_add_elf (fingerprint, blob, 7, NULL));
  assay_fingerprint_settle (fingerprint);
  return fingerprint;
}

static GArray *
search (const AssayFingerprint *fingerprint, const GByteArray *bytes)
{
  GArray *hits = NULL;
  g_autoptr (AssayBlob) blob = blob_of (bytes);
  assert_true (assay_fingerprint_search (fingerprint, blob, &hits, NULL));
  return hits;
}

static void
an_object_is_found_where_it_was_linked (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      g_autoptr (GByteArray) code = noise (1, 400);
      g_autoptr (GByteArray) object = make_elf (&machines[i], code, TRUE);
      g_autoptr (AssayFingerprint) fingerprint = fingerprint_of (object);
      g_autoptr (GByteArray) output = link_code (code, 0, code->len, 0);
      g_autoptr (GArray) hits = search (fingerprint, output);
      assert_int_equal (hits->len, 1);
      const AssayFingerprintHit *hit = &g_array_index (hits, AssayFingerprintHit, 0);
      assert_int_equal (hit->source, 7);
      assert_true (hit->offset >= 1001 && hit->offset < 1001 + STRIDE);
      assert_true (hit->offset + hit->length <= 1001 + 400 && hit->length >= 350);
    }
}

static void
a_part_of_it_is_found_and_less_is_not (void **state)
{
  const Machine *machine = &machines[2];
  g_autoptr (GByteArray) code = noise (2, 4000);
  g_autoptr (GByteArray) object = make_elf (machine, code, TRUE);
  g_autoptr (AssayFingerprint) fingerprint = fingerprint_of (object);
  g_autoptr (GByteArray) part = link_code (code, 1000, 200, 0);
  g_autoptr (GByteArray) less = link_code (code, 1000, 80, 0);
  g_autoptr (GByteArray) none = link_code (code, 1000, 0, 0);
  g_autoptr (GArray) found = search (fingerprint, part);
  g_autoptr (GArray) too_little = search (fingerprint, less);
  g_autoptr (GArray) nothing = search (fingerprint, none);
  assert_int_equal (found->len, 1);
  assert_int_equal (too_little->len, 0);
  assert_int_equal (nothing->len, 0);
}

static void
code_that_a_linker_shortened_is_found (void **state)
{
  const Machine *machine = &machines[11];
  g_autoptr (GByteArray) code = noise (3, 800);
  g_autoptr (GByteArray) object = make_elf (machine, code, TRUE);
  g_autoptr (AssayFingerprint) fingerprint = fingerprint_of (object);
  g_autoptr (GByteArray) output = link_code (code, 0, code->len, 2);
  g_autoptr (GArray) hits = search (fingerprint, output);
  assert_true (hits->len > 5);
}

/* What every program holds does not make one the source of another. */
static void
a_program_needs_more_in_common (void **state)
{
  const Machine *machine = &machines[0];
  g_autoptr (GByteArray) code = noise (4, 2000);
  g_autoptr (GByteArray) program = make_elf (machine, code, FALSE);
  g_autoptr (AssayFingerprint) fingerprint = fingerprint_of (program);
  g_autoptr (GByteArray) start = noise (5, 100);
  g_autoptr (GByteArray) more = noise (5, 100);
  g_byte_array_append (start, code->data, 300);
  g_byte_array_append (more, code->data, 700);
  g_autoptr (GArray) common = search (fingerprint, start);
  g_autoptr (GArray) taken = search (fingerprint, more);
  assert_int_equal (common->len, 0);
  assert_int_equal (taken->len, 1);
  assert_int_equal (g_array_index (taken, AssayFingerprintHit, 0).offset, 100);
}

static void
fill_and_the_smallest_functions_are_nobodys (void **state)
{
  const Machine *machine = &machines[2];
  g_autoptr (GByteArray) fill = g_byte_array_new ();
  g_byte_array_set_size (fill, 1000);
  memset (fill->data, 0x1f, fill->len);
  g_autoptr (GByteArray) filled = make_elf (machine, fill, TRUE);
  g_autoptr (AssayFingerprint) of_fill = fingerprint_of (filled);
  g_autoptr (GArray) hits = search (of_fill, fill);
  assert_int_equal (hits->len, 0);
  g_autoptr (GByteArray) tiny = noise (6, 30);
  g_autoptr (GByteArray) small = make_elf (machine, tiny, TRUE);
  g_autoptr (AssayFingerprint) of_tiny = fingerprint_of (small);
  g_autoptr (GArray) none = search (of_tiny, tiny);
  assert_int_equal (none->len, 0);
}

/** A section of an object that is no code by its flags. */
typedef struct
{
  const char *name;
  guint64 flags;
  guint32 type;
  guint size;
} Data;

/* Hits in something that holds the section's bytes; @is_text: they are a text. */
static guint
count_data (const Data *data, gboolean is_text)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  g_autoptr (AssayFingerprint) fingerprint = assay_fingerprint_new (&limits);
  g_autoptr (GByteArray) content = noise (11, data->size);
  for (guint i = 0; is_text && i < content->len; i++)
    content->data[i] = (guint8)(' ' + content->data[i] % 90);
  ElfMaker *maker = elf_maker_new (64, FALSE, EM_X86_64, ET_REL);
  ElfMakerSection section = { .name = data->name,
                              .type = data->type,
                              .flags = data->flags,
                              .alignment = 4,
                              .data = content->data,
                              .size = content->len };
  elf_maker_add_section (maker, &section);
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  elf_maker_free (maker);
  g_autoptr (AssayBlob) blob = blob_of (file);
  assert_true (assay_fingerprint_add_data (fingerprint, blob, 7, NULL));
  assay_fingerprint_settle (fingerprint);
  g_autoptr (GByteArray) output = noise (12, 501);
  g_byte_array_append (output, content->data, content->len);
  g_autoptr (GArray) hits = search (fingerprint, output);
  for (guint i = 0; i < hits->len; i++)
    assert_true (g_array_index (hits, AssayFingerprintHit, i).is_data);
  return hits->len;
}

static void
data_of_an_object_is_found_whatever_it_is_called (void **state)
{
  (void)state;
  static const Data found[] = {
    { ".ramcode", SHF_ALLOC | SHF_WRITE, SHT_PROGBITS, 32 },
    { ".rodata", SHF_ALLOC, SHT_PROGBITS, 32 },
    { ".rodata.cst32", SHF_ALLOC | SHF_MERGE, SHT_PROGBITS, 96 },
    { ".eh_frame", SHF_ALLOC, SHT_PROGBITS, 96 },
    { ".note.x", SHF_ALLOC, SHT_NOTE, 96 },
    { ".x", SHF_ALLOC, SHT_LOUSER, 96 },
  };
  static const Data not_found[] = {
    { ".data", SHF_ALLOC | SHF_WRITE, SHT_PROGBITS, 31 },
    { ".rodata.cst32", SHF_ALLOC | SHF_MERGE, SHT_PROGBITS, 95 },
    { ".eh_frame", SHF_ALLOC, SHT_PROGBITS, 95 },
    { ".note.x", SHF_ALLOC, SHT_NOTE, 95 },
    { ".debug_info", 0, SHT_PROGBITS, 400 },
    { ".text", SHF_ALLOC | SHF_EXECINSTR, SHT_PROGBITS, 400 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (found); i++)
    {
      assert_int_equal (count_data (&found[i], FALSE), 1);
      assert_int_equal (count_data (&found[i], TRUE), 0);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (not_found); i++)
    assert_int_equal (count_data (&not_found[i], FALSE), 0);
}

static void
raw_bytes_are_found_across_windows (void **state)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  g_autoptr (AssayFingerprint) fingerprint = assay_fingerprint_new (&limits);
  g_autoptr (GByteArray) bytes = noise (7, 3000);
  g_autoptr (AssayBlob) blob = blob_of (bytes);
  assert_true (assay_fingerprint_add_raw (fingerprint, blob, 3, NULL));
  assay_fingerprint_settle (fingerprint);
  g_autoptr (GByteArray) output = g_byte_array_new ();
  g_byte_array_set_size (output, ASSAY_BLOB_WINDOW_BYTES - 1507);
  memset (output->data, 0, output->len);
  g_byte_array_append (output, bytes->data, bytes->len);
  g_autoptr (GArray) hits = search (fingerprint, output);
  assert_int_equal (hits->len, 1);
  const AssayFingerprintHit *hit = &g_array_index (hits, AssayFingerprintHit, 0);
  assert_int_equal (hit->offset, ASSAY_BLOB_WINDOW_BYTES - 1507);
  assert_int_equal (hit->length, 3000 / 16 * 16);
}

static void
more_than_the_limit_is_an_error (void **state)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  limits.value[ASSAY_LIMIT_DELIVERED_CODE] = 2999;
  g_autoptr (AssayFingerprint) fingerprint = assay_fingerprint_new (&limits);
  g_autoptr (GByteArray) bytes = noise (8, 3000);
  g_autoptr (AssayBlob) blob = blob_of (bytes);
  g_autoptr (GError) error = NULL;
  assert_false (assay_fingerprint_add_raw (fingerprint, blob, 3, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT));
  assert_non_null (strstr (error->message, "limit delivered-code (2999 bytes)"));
}

static void
a_nature_is_what_the_bytes_may_be (void **state)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    AssayNature nature;
  } cases[] = {
    { "", 0, ASSAY_NATURE_TEXT },
    { "#!/bin/sh\n", 10, ASSAY_NATURE_TEXT },
    { "na\xefve\n", 6, ASSAY_NATURE_TEXT },
    { "a\0b", 3, ASSAY_NATURE_UNKNOWN },
    { "\x01\x02", 2, ASSAY_NATURE_UNKNOWN },
    { "\177ELF and more", 13, ASSAY_NATURE_CODE },
    { "\177EL", 3, ASSAY_NATURE_TEXT },
    { "ttcf\0\0", 6, ASSAY_NATURE_DATA },
    { "OggS\0\0", 6, ASSAY_NATURE_UNKNOWN },               /* no sound */
    { "\x89PNG\r\n\x1a\n\0\0", 10, ASSAY_NATURE_UNKNOWN }, /* no picture */
    { "\x89PNG\r\n", 6, ASSAY_NATURE_TEXT },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_static (cases[i].bytes, cases[i].length);
      g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (bytes);
      AssayNature nature = ASSAY_NATURE_UNKNOWN;
      AssayDigest digest;
      assert_true (assay_nature_find (blob, &nature, &digest, NULL));
      assert_int_equal (nature, cases[i].nature);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (an_object_is_found_where_it_was_linked),
    cmocka_unit_test (a_part_of_it_is_found_and_less_is_not),
    cmocka_unit_test (code_that_a_linker_shortened_is_found),
    cmocka_unit_test (a_program_needs_more_in_common),
    cmocka_unit_test (fill_and_the_smallest_functions_are_nobodys),
    cmocka_unit_test (data_of_an_object_is_found_whatever_it_is_called),
    cmocka_unit_test (raw_bytes_are_found_across_windows),
    cmocka_unit_test (more_than_the_limit_is_an_error),
    cmocka_unit_test (a_nature_is_what_the_bytes_may_be),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
