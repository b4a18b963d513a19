/*
 * Every attack of tests/hostile on samples of every machine and shape ends in a mismatch, with a finding on each byte
 * that was changed and with the words that name it. Runs in this process, so that the sanitizers see all of it.
 */
#include "mutation.h"

#include "attack.h"
#include "elf_sample.h"
#include "util/directory.h"

#include <glib/gstdio.h>
#include <string.h>

/* More than that many wrong answers tell no more. */
#define MAX_SHOWN 40

typedef struct
{
  char *directory;
  char *good_path;
  char *bad_path;
  const GByteArray *good;
  ElfSampleShape shape;
  char *name; /* of the sample */
  guint attacks;
  guint wrong_count;
  GString *wrong;
} Run;

static char *
fault_of_hit (const Run *run, const AssayAccount *account, const AttackHit *hit)
{
  for (guint64 i = 0; i < hit->length; i++)
    if (mutation_finding_at (account, ".", hit->offset + i) == NULL)
      return g_strdup_printf ("no finding holds offset 0x%" G_GINT64_MODIFIER "x", hit->offset + i);
  const AssayFinding *finding = mutation_finding_at (account, ".", hit->offset);
  if (hit->words != NULL && strstr (finding->message, hit->words) == NULL)
    return g_strdup_printf ("\"%s\" does not say \"%s\"", finding->message, hit->words);
  /* Where sections overlap, a byte has two names. */
  if (hit->section != NULL && run->shape != ELF_SAMPLE_OVERLAP
      && g_strcmp0 (hit->section, assay_finding_words (finding)->section) != 0)
    return g_strdup_printf ("the section is %s and not %s",
                            assay_finding_words (finding)->section == NULL ? "unknown"
                                                                           : assay_finding_words (finding)->section,
                            hit->section);
  return NULL;
}

/* Where nothing moved, exactly the bytes that differ are unexplained. */
static char *
fault_of_bytes (const Run *run, const AssayAccount *account, const Attack *attack)
{
  guint64 different = 0;
  for (guint i = 0; i < run->good->len; i++)
    if (run->good->data[i] != attack->bytes->data[i])
      {
        different++;
        if (mutation_finding_at (account, ".", i) == NULL)
          return g_strdup_printf ("no finding holds offset 0x%x", i);
      }
  if (different == 0)
    return g_strdup ("the attack changes nothing");
  if (account->totals[ASSAY_CLASS_UNEXPLAINED] != different)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " bytes are unexplained instead of %" G_GUINT64_FORMAT,
                            account->totals[ASSAY_CLASS_UNEXPLAINED], different);
  return account->totals[ASSAY_CLASS_IDENTICAL] == run->good->len - different
             ? NULL
             : g_strdup ("not all other bytes are identical");
}

static char *
fault_of (const Run *run, const AssayFlowResult *result, const Attack *attack)
{
  const AssayAccount *account = assay_flow_result_get_report (result)->account;
  if (assay_flow_result_get_verdict (result) != ASSAY_VERDICT_MISMATCH)
    return g_strdup_printf ("the verdict is %s", assay_verdict_name (assay_flow_result_get_verdict (result)));
  if (account->total != attack->bytes->len)
    return g_strdup ("the total is not the size");
  for (guint i = 0; i < attack->hits->len; i++)
    {
      char *fault = fault_of_hit (run, account, &g_array_index (attack->hits, AttackHit, i));
      if (fault != NULL)
        return fault;
    }
  return attack->resized ? NULL : fault_of_bytes (run, account, attack);
}

static void
try_attack (Run *run, const AttackEntry *entry, gboolean grown)
{
  Attack *attack = attack_new (entry, run->good, grown);
  if (attack == NULL)
    return;
  run->attacks++;
  mutation_write (run->bad_path, attack->bytes->data, attack->bytes->len);
  g_autoptr (AssayFlowResult) result = mutation_compare (run->bad_path, run->good_path);
  g_autofree char *fault = fault_of (run, result, attack);
  if (fault != NULL && run->wrong_count++ < MAX_SHOWN)
    g_string_append_printf (run->wrong, "\n  %s, %s%s: %s", run->name, entry->name, grown ? ", grown" : "", fault);
  attack_free (attack);
}

static void
try_sample (Run *run, const ElfSampleMachine *machine, ElfSampleShape shape)
{
  g_autoptr (GByteArray) good = elf_sample_new (machine, shape);
  g_autofree char *name = g_strdup_printf ("%s/%s", machine->name, elf_sample_shape_names[shape]);
  run->good = good;
  run->shape = shape;
  run->name = name;
  mutation_write (run->good_path, good->data, good->len);
  mutation_write (run->bad_path, good->data, good->len);
  g_autoptr (AssayFlowResult) result = mutation_compare (run->bad_path, run->good_path);
  if (assay_flow_result_get_verdict (result) != ASSAY_VERDICT_IDENTICAL)
    fail_msg ("%s: unchanged, but not identical", name);
  for (const AttackEntry *entry = attack_next (NULL); entry != NULL; entry = attack_next (entry))
    {
      gboolean extended = g_str_has_prefix (entry->name, "extended");
      /* Files of 4 MiB under a sanitizer: only what they are there for. */
      if (shape == ELF_SAMPLE_EXTENDED && !extended)
        continue;
      try_attack (run, entry, FALSE);
      try_attack (run, entry, TRUE);
    }
}

static void
report (Run *run, guint at_least)
{
  print_message ("%u attacks\n", run->attacks);
  if (run->wrong_count > 0)
    fail_msg ("%u of %u attacks got a wrong answer:%s", run->wrong_count, run->attacks, run->wrong->str);
  assert_true (run->attacks >= at_least);
}

static void
test_every_machine (void **state)
{
  for (gsize i = 0; i < elf_sample_machine_count; i++)
    try_sample (*state, &elf_sample_machines[i], ELF_SAMPLE_PLAIN);
  report (*state, 2000);
}

/* The other shapes in both classes and both byte orders. */
static void
test_every_shape (void **state)
{
  static const gsize machines[] = { 0, 5, 9, 12 };
  for (guint shape = ELF_SAMPLE_SSTRIPPED; shape < ELF_SAMPLE_EXTENDED; shape++)
    for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
      try_sample (*state, &elf_sample_machines[machines[i]], (ElfSampleShape)shape);
  report (*state, 1000);
}

static void
test_extended_numbering (void **state)
{
  static const gsize machines[] = { 5, 12 };
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    try_sample (*state, &elf_sample_machines[machines[i]], ELF_SAMPLE_EXTENDED);
  report (*state, 8);
}

static int
set_up (void **state)
{
  Run *run = g_new0 (Run, 1);
  *state = run;
  run->directory = g_dir_make_tmp ("assay-attacks-XXXXXX", NULL);
  if (run->directory == NULL)
    return 1;
  run->good_path = g_build_filename (run->directory, "good", NULL);
  run->bad_path = g_build_filename (run->directory, "bad", NULL);
  run->wrong = g_string_new (NULL);
  return 0;
}

static int
tear_down (void **state)
{
  Run *run = *state;
  g_autoptr (AssayDirectory) directory = assay_directory_open (run->directory, NULL);
  int failed = directory == NULL || !assay_directory_remove_contents (directory, NULL) || g_rmdir (run->directory) != 0;
  g_string_free (run->wrong, TRUE);
  g_free (run->good_path);
  g_free (run->bad_path);
  g_free (run->directory);
  g_free (run);
  return failed;
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (test_every_machine, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_every_shape, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_extended_numbering, set_up, tear_down),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
