/*
 * One changed byte anywhere in an ELF file is found, at its offset, and nothing else is.
 *
 * Thousands of random single-byte changes over real ELF files and synthesized ones of other machines go through what
 * `assay compare` calls. The seed is fixed: a run can be repeated. ASSAY_MUTATIONS sets the number of changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "elf_maker.h"
#include "flow/flow.h"
#include "util/directory.h"

#include <elf.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED 20260101
#define DEFAULT_CHANGES 5000

/* Small files, so that thousands of comparisons stay cheap under the sanitizers. */
#define MAX_FILE_SIZE (300 * 1024)

/* More than that many wrong answers tell no more. */
#define MAX_SHOWN 20

/* Where tables and headers lie: half of all changes go there, since they are a small part of most files. */
#define EDGE_BYTES 2048

typedef struct
{
  char *name;
  char *kept;    /* path of the file as it is */
  char *changed; /* path of the copy that is changed */
  guint8 *bytes;
  gsize size;
} Sample;

typedef struct
{
  char *directory;
  GPtrArray *samples; /* (element-type Sample) */
  GString *wrong;
  guint wrong_count;
} Run;

typedef struct
{
  const Sample *sample;
  gsize offset;
  guint8 flip;
  gboolean expected_side; /* the change is on the expected side instead of the shipped one */
} Change;

static void
sample_free (gpointer data)
{
  Sample *sample = data;
  g_free (sample->name);
  g_free (sample->kept);
  g_free (sample->changed);
  g_free (sample->bytes);
  g_free (sample);
}

/* Takes over @bytes. */
static void
add_sample (Run *run, const char *name, guint8 *bytes, gsize size)
{
  Sample *sample = g_new0 (Sample, 1);
  sample->name = g_strdup (name);
  sample->kept = g_strdup_printf ("%s/%u.kept", run->directory, run->samples->len);
  sample->changed = g_strdup_printf ("%s/%u.changed", run->directory, run->samples->len);
  sample->bytes = bytes;
  sample->size = size;
  g_ptr_array_add (run->samples, sample);
  assert_true (g_file_set_contents (sample->kept, (const char *)bytes, (gssize)size, NULL));
  assert_true (g_file_set_contents (sample->changed, (const char *)bytes, (gssize)size, NULL));
}

/* --- real files --- */

static gboolean
is_small_elf (const char *path)
{
  GStatBuf status;
  if (g_lstat (path, &status) != 0 || !S_ISREG (status.st_mode) || status.st_size < (goffset)sizeof (Elf32_Ehdr)
      || status.st_size > MAX_FILE_SIZE)
    return FALSE;
  char magic[SELFMAG] = { 0 };
  int descriptor = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  gboolean is = descriptor >= 0 && read (descriptor, magic, SELFMAG) == SELFMAG && memcmp (magic, ELFMAG, SELFMAG) == 0;
  if (descriptor >= 0)
    close (descriptor);
  return is;
}

static gint
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

static void
collect_elf (GPtrArray *paths, const char *directory, guint depth)
{
  g_autoptr (GDir) listing = g_dir_open (directory, 0, NULL);
  for (const char *name; listing != NULL && (name = g_dir_read_name (listing)) != NULL;)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);
      if (is_small_elf (path))
        g_ptr_array_add (paths, g_steal_pointer (&path));
      else if (depth > 0 && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        collect_elf (paths, path, depth - 1);
    }
}

/* At most @wanted of the small ELF files below @directory, evenly spread over their sorted names. */
static void
add_real (Run *run, const char *directory, guint depth, guint wanted)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  collect_elf (paths, directory, depth);
  g_ptr_array_sort (paths, by_name);
  guint taken = MIN (wanted, paths->len);
  for (guint i = 0; i < taken; i++)
    {
      const char *path = g_ptr_array_index (paths, (guint)((guint64)i * paths->len / taken));
      char *bytes = NULL;
      gsize size = 0;
      if (g_file_get_contents (path, &bytes, &size, NULL))
        add_sample (run, path, (guint8 *)bytes, size);
    }
}

/* --- synthesized files --- */

static guint8 *
noise (GRand *random, gsize size)
{
  guint8 *bytes = g_malloc (size);
  for (gsize i = 0; i < size; i++)
    bytes[i] = (guint8)g_rand_int_range (random, 0, 256);
  return bytes;
}

static void
add_made (Run *run, GRand *random, const char *machine_name, guint16 machine, guint bits, gboolean big_endian)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (bits, big_endian, machine, ET_EXEC);
  g_autofree guint8 *text = noise (random, 4000);
  g_autofree guint8 *data = noise (random, 600);
  const ElfMakerSection sections[] = {
    { ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 0x10000, 16, text, 4000, 0, 0, 0 },
    { ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 0x20000, 64, data, 600, 0, 0, 0 },
    { ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 0x21000, 8, NULL, 512, 0, 0, 0 },
    { ".comment", SHT_PROGBITS, 0, 0, 1, "made for a test", 16, 0, 0, 0 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (sections); i++)
    elf_maker_add_section (maker, &sections[i]);
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_X, 0x10000, 0x10000, 1, 1);
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_W, 0x20000, 0x20000, 2, 3);
  elf_maker_add_symbol (maker, "first", 0x10000, 1000, ELF32_ST_INFO (STB_GLOBAL, STT_FUNC), 1);
  elf_maker_add_symbol (maker, "second", 0x10000 + 1000, 3000, ELF32_ST_INFO (STB_GLOBAL, STT_FUNC), 1);
  elf_maker_add_symbol (maker, "table", 0x20000, 600, ELF32_ST_INFO (STB_GLOBAL, STT_OBJECT), 2);
  GByteArray *file = elf_maker_build (maker);
  g_autofree char *name = g_strdup_printf ("%s, %u bit, %s endian", machine_name, bits, big_endian ? "big" : "little");
  gsize size = file->len;
  add_sample (run, name, g_byte_array_free (file, FALSE), size);
}

static void
add_all_made (Run *run, GRand *random)
{
  static const struct
  {
    const char *name;
    guint16 machine;
    guint bits;
  } machines[] = {
    { "ARM", EM_ARM, 32 },     { "AArch64", EM_AARCH64, 64 }, { "MIPS", EM_MIPS, 32 },    { "MIPS", EM_MIPS, 64 },
    { "PowerPC", EM_PPC, 32 }, { "PowerPC64", EM_PPC64, 64 }, { "RISC-V", EM_RISCV, 32 }, { "RISC-V", EM_RISCV, 64 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (machines); i++)
    for (gboolean big_endian = FALSE; big_endian <= TRUE; big_endian++)
      add_made (run, random, machines[i].name, machines[i].machine, machines[i].bits, big_endian);
}

/* --- the comparison --- */

static AssayFlowResult *
compare (const char *shipped, const char *expected)
{
  g_autoptr (GError) error = NULL;
  AssayFlowOptions options;
  assay_flow_options_init (&options);
  AssayFlowResult *result = assay_flow_compare (shipped, expected, &options, &error);
  if (result == NULL)
    fail_msg ("%s against %s: %s", shipped, expected, error->message);
  return result;
}

static gboolean
covers (const AssayAccount *account, gsize offset)
{
  for (guint i = 0; i < account->findings->len; i++)
    {
      const AssayFinding *finding = g_ptr_array_index (account->findings, i);
      if (finding->class_ == ASSAY_CLASS_UNEXPLAINED && offset >= finding->offset
          && offset - finding->offset < finding->length)
        return TRUE;
    }
  return FALSE;
}

/* What is wrong with the answer to a change, or NULL. */
static const char *
fault_of (const AssayFlowResult *result, const Change *change)
{
  const AssayAccount *account = assay_flow_result_get_report (result)->account;
  if (assay_flow_result_get_verdict (result) != ASSAY_VERDICT_MISMATCH)
    return "the verdict is not mismatch";
  if (account == NULL)
    return "there is no account";
  if (!covers (account, change->offset))
    return "no unexplained finding holds the changed offset";
  if (account->totals[ASSAY_CLASS_UNEXPLAINED] != 1)
    return "not exactly one byte is unexplained";
  if (account->totals[ASSAY_CLASS_IDENTICAL] != change->sample->size - 1)
    return "not all other bytes are identical";
  return account->total == change->sample->size ? NULL : "the total is not the size";
}

static void
write_byte (const Sample *sample, gsize offset, guint8 byte)
{
  int descriptor = g_open (sample->changed, O_WRONLY | O_CLOEXEC, 0);
  assert_true (descriptor >= 0);
  assert_int_equal (pwrite (descriptor, &byte, 1, (off_t)offset), 1);
  close (descriptor);
}

static void
try_change (Run *run, const Change *change)
{
  const Sample *sample = change->sample;
  write_byte (sample, change->offset, sample->bytes[change->offset] ^ change->flip);
  g_autoptr (AssayFlowResult) result
      = change->expected_side ? compare (sample->kept, sample->changed) : compare (sample->changed, sample->kept);
  const char *fault = fault_of (result, change);
  write_byte (sample, change->offset, sample->bytes[change->offset]);
  if (fault == NULL)
    return;
  if (run->wrong_count++ < MAX_SHOWN)
    g_string_append_printf (
        run->wrong, "\n  %s, offset %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT ", 0x%02x -> 0x%02x%s: %s (%s)",
        sample->name, change->offset, sample->size, sample->bytes[change->offset],
        sample->bytes[change->offset] ^ change->flip, change->expected_side ? " (expected side)" : "", fault,
        assay_verdict_name (assay_flow_result_get_verdict (result)));
}

static gsize
choose_offset (GRand *random, gsize size)
{
  gsize edge = MIN (size, EDGE_BYTES);
  switch (g_rand_int_range (random, 0, 4))
    {
    case 0:
      return (gsize)g_rand_int_range (random, 0, (gint32)edge);
    case 1:
      return size - 1 - (gsize)g_rand_int_range (random, 0, (gint32)edge);
    default:
      return (gsize)g_rand_int_range (random, 0, (gint32)size);
    }
}

/* The comparison finds nothing where nothing was changed, or the test below would prove nothing. */
static void
test_unchanged_files_are_identical (void **state)
{
  Run *run = *state;
  for (guint i = 0; i < run->samples->len; i++)
    {
      const Sample *sample = g_ptr_array_index (run->samples, i);
      g_autoptr (AssayFlowResult) result = compare (sample->changed, sample->kept);
      if (assay_flow_result_get_verdict (result) != ASSAY_VERDICT_IDENTICAL)
        fail_msg ("%s: unchanged, but not identical", sample->name);
      assert_int_equal (assay_flow_result_get_report (result)->account->findings->len, 0);
    }
}

static guint
wanted_changes (void)
{
  guint64 count = DEFAULT_CHANGES;
  const char *given = g_getenv ("ASSAY_MUTATIONS");
  if (given != NULL && !g_ascii_string_to_unsigned (given, 10, 1, G_MAXUINT, &count, NULL))
    fail_msg ("ASSAY_MUTATIONS is no number: %s", given);
  return (guint)count;
}

static void
test_each_changed_byte_is_found (void **state)
{
  Run *run = *state;
  g_autoptr (GRand) random = g_rand_new_with_seed (SEED);
  guint count = wanted_changes ();
  for (guint i = 0; i < count; i++)
    {
      Change change = { .sample = g_ptr_array_index (run->samples, i % run->samples->len) };
      change.offset = choose_offset (random, change.sample->size);
      change.flip = (guint8)g_rand_int_range (random, 1, 256);
      change.expected_side = g_rand_boolean (random);
      try_change (run, &change);
    }
  print_message ("%u changes over %u files\n", count, run->samples->len);
  if (run->wrong_count > 0)
    fail_msg ("%u of %u changes got a wrong answer:%s", run->wrong_count, count, run->wrong->str);
}

static int
set_up (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (SEED);
  Run *run = g_new0 (Run, 1);
  *state = run;
  run->directory = g_dir_make_tmp ("assay-mutation-XXXXXX", NULL);
  run->samples = g_ptr_array_new_with_free_func (sample_free);
  run->wrong = g_string_new (NULL);
  if (run->directory == NULL)
    return 1;
  add_real (run, "/usr/bin", 0, 12);
  add_real (run, "/usr/lib", 1, 10);
  /* there when the cross compiler of the real cases is installed */
  add_real (run, "/usr/aarch64-linux-gnu/lib", 0, 10);
  add_real (run, "/usr/lib/gcc-cross/aarch64-linux-gnu", 1, 6);
  guint real = run->samples->len;
  add_all_made (run, random);
  return real == 0;
}

static int
tear_down (void **state)
{
  Run *run = *state;
  g_autoptr (AssayDirectory) directory = assay_directory_open (run->directory, NULL);
  int failed = directory == NULL || !assay_directory_remove_contents (directory, NULL) || g_rmdir (run->directory) != 0;
  g_ptr_array_unref (run->samples);
  g_string_free (run->wrong, TRUE);
  g_free (run->directory);
  g_free (run);
  return failed;
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_unchanged_files_are_identical),
    cmocka_unit_test (test_each_changed_byte_is_found),
  };
  return cmocka_run_group_tests (tests, set_up, tear_down);
}
