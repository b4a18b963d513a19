/*
 * A change anywhere in an ELF file is found, at its offset, and nothing else is: single bytes, two at once, insertions,
 * deletions, truncations, over real files and synthesized ones of every machine, through what `assay compare` calls.
 */
#include "mutation.h"

#include "elf_sample.h"

#include <elf.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Small files, so that thousands of comparisons stay cheap under the sanitizers. */
#define MAX_FILE_SIZE (64 * 1024)

/* Of all changes; the other tests of mutation make the rest. */
#define SHARE_PERMILLE 600

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
add_real (MutationRun *run, const char *directory, guint depth, guint wanted)
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
        mutation_add_sample (run, path, (guint8 *)bytes, size);
    }
}

static void
add_made (MutationRun *run)
{
  for (gsize i = 0; i < elf_sample_machine_count; i++)
    for (guint shape = ELF_SAMPLE_PLAIN; shape < ELF_SAMPLE_EXTENDED; shape++)
      {
        GByteArray *file = elf_sample_new (&elf_sample_machines[i], (ElfSampleShape)shape);
        g_autofree char *name = g_strdup_printf ("%s/%s", elf_sample_machines[i].name, elf_sample_shape_names[shape]);
        gsize size = file->len;
        mutation_add_sample (run, name, g_byte_array_free (file, FALSE), size);
      }
}

/* --- what the answer must be --- */

static const char *
fault_of_bytes (const AssayAccount *account, const Mutation *mutation)
{
  guint64 changed = mutation->offsets[0] == mutation->offsets[1] ? 1 : 2;
  for (gsize i = 0; i < 2; i++)
    if (mutation_finding_at (account, ".", mutation->offsets[i]) == NULL)
      return "no unexplained finding holds a changed offset";
  if (account->totals[ASSAY_CLASS_UNEXPLAINED] != changed)
    return "more or less than the changed bytes is unexplained";
  return account->totals[ASSAY_CLASS_IDENTICAL] == mutation->sample->size - changed
             ? NULL
             : "not all other bytes are identical";
}

/* What is wrong with the answer to a change, or NULL. */
static const char *
fault_of (const AssayFlowResult *result, const Mutation *mutation)
{
  const AssayAccount *account = assay_flow_result_get_report (result)->account;
  gsize size = mutation->expected_side ? mutation->sample->size : mutation->bytes->len;
  if (assay_flow_result_get_verdict (result) != ASSAY_VERDICT_MISMATCH)
    return "the verdict is not mismatch";
  if (account == NULL)
    return "there is no account";
  if (account->total != size)
    return "the total is not the size";
  if (mutation->kind <= MUTATION_TWO_BYTES)
    return fault_of_bytes (account, mutation);
  for (guint i = 0; i < account->facts->len; i++)
    if (strcmp (((const AssayFactAccount *)g_ptr_array_index (account->facts, i))->fact, "size") == 0)
      return NULL;
  /* What has lost its magic is no ELF file any more, and may have any size. */
  return account->totals[ASSAY_CLASS_UNEXPLAINED] > 0 ? NULL : "nothing says that the size differs";
}

/* The comparison finds nothing where nothing was changed, or the test below would prove nothing. */
static void
test_unchanged_files_are_identical (void **state)
{
  MutationRun *run = *state;
  for (guint i = 0; i < run->samples->len; i++)
    {
      const MutationSample *sample = g_ptr_array_index (run->samples, i);
      g_autoptr (AssayFlowResult) result = mutation_compare (sample->kept, sample->kept);
      if (assay_flow_result_get_verdict (result) != ASSAY_VERDICT_IDENTICAL)
        fail_msg ("%s: unchanged, but not identical", sample->name);
      assert_int_equal (assay_findings_length (assay_flow_result_get_report (result)->account->findings), 0);
    }
}

static void
test_each_change_is_found (void **state)
{
  MutationRun *run = *state;
  for (guint wanted = mutation_share (SHARE_PERMILLE); run->changes < wanted;)
    {
      Mutation mutation = mutation_choose (run);
      g_autoptr (AssayFlowResult) result = mutation_try (&mutation);
      g_autofree char *what = mutation_describe (&mutation);
      mutation_note (run, what, fault_of (result, &mutation), assay_flow_result_get_verdict (result));
      g_byte_array_unref (mutation.bytes);
    }
  mutation_finish (run, "ELF files");
}

static int
set_up (void **state)
{
  if (mutation_set_up (state) != 0)
    return 1;
  MutationRun *run = *state;
  add_real (run, "/usr/bin", 0, 12);
  add_real (run, "/usr/lib", 1, 10);
  /* there when the cross compiler of the real cases is installed */
  add_real (run, "/usr/aarch64-linux-gnu/lib", 0, 10);
  add_real (run, "/usr/lib/gcc-cross/aarch64-linux-gnu", 1, 6);
  guint real = run->samples->len;
  add_made (run);
  return real == 0;
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_unchanged_files_are_identical),
    cmocka_unit_test (test_each_change_is_found),
  };
  return cmocka_run_group_tests (tests, set_up, mutation_tear_down);
}
