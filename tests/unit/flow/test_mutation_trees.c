/*
 * A change in a tree of files is found, whatever holds the tree: modes, owners, order, names, link targets, devices,
 * zeroed instructions, swapped files, in tar, cpio, zip, squashfs and a directory. Then the bytes of these containers,
 * in the ways that test_mutation.c changes ELF files.
 */
#include "mutation.h"

#include "container_samples.h"
#include "tree_changes.h"
#include "util/directory.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Of all changes. A file system is made by another program each time, and a directory file by file. */
static const guint shares_permille[TREE_KINDS] = {
  [TREE_TAR] = 70, [TREE_CPIO] = 70, [TREE_ZIP] = 60, [TREE_DIRECTORY] = 15, [TREE_SQUASHFS] = 5,
};
#define BYTES_PERMILLE 180

/* Changes that are made to one and the same tree. */
#define CHANGES_PER_TREE 12

/* --- what a tree says --- */

static gboolean
has_fact (const AssayAccount *account, const TreeAnswer *answer)
{
  for (guint i = 0; i < account->facts->len; i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      if (strcmp (fact->fact, answer->fact) == 0 && strcmp (fact->node->path, answer->path) == 0
          && fact->class_ == ASSAY_CLASS_UNEXPLAINED)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_missing (const AssayReport *report, const char *path)
{
  for (guint i = 0; i < report->pairing->missing->len; i++)
    if (strcmp (((const AssayMissing *)g_ptr_array_index (report->pairing->missing, i))->path, path) == 0)
      return TRUE;
  return FALSE;
}

static const char *
fault_of_change (const AssayFlowResult *result, const TreeAnswer *answer)
{
  const AssayReport *report = assay_flow_result_get_report (result);
  AssayVerdict verdict = assay_flow_result_get_verdict (result);
  if (answer->benign)
    return verdict == ASSAY_VERDICT_EQUIVALENT || verdict == ASSAY_VERDICT_MISMATCH ? NULL : "a change is not seen";
  if (verdict != ASSAY_VERDICT_MISMATCH)
    return "the verdict is not mismatch";
  if (answer->missing)
    return is_missing (report, answer->path) ? NULL : "the entry is not missing";
  if (answer->fact != NULL)
    return has_fact (report->account, answer) ? NULL : "the fact is not unexplained";
  for (gsize i = 0; i < answer->length; i++)
    if (mutation_finding_at (report->account, answer->path, answer->offset + i) == NULL)
      return "no unexplained finding holds a changed offset";
  return NULL;
}

static void
remove_path (const char *path)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_autoptr (AssayDirectory) directory = assay_directory_open (path, NULL);
      assert_true (directory != NULL && assay_directory_remove_contents (directory, NULL));
      g_rmdir (path);
    }
  else
    g_unlink (path);
}

static void
try_change (MutationRun *run, const Tree *tree, TreeKind kind, const char *good)
{
  const TreeChange *change = &tree_changes[g_rand_int_range (run->random, 0, (gint32)tree_change_count)];
  g_autoptr (Tree) changed = tree_copy (tree);
  g_autofree char *bad = g_strconcat (run->directory, "/bad", NULL);
  TreeAnswer answer = { 0 };
  if ((change->kinds & 1u << kind) != 0 && change->apply (changed, kind, run->random, &answer))
    {
      if (!tree_write (changed, kind, bad))
        fail_msg ("%s: %s: cannot be written", tree_kind_names[kind], change->name);
      g_autoptr (AssayFlowResult) result = mutation_compare (bad, good);
      g_autofree char *what = g_strdup_printf ("%s: %s of %s", tree_kind_names[kind], change->name,
                                               answer.path == NULL ? "an entry" : answer.path);
      mutation_note (run, what, fault_of_change (result, &answer), assay_flow_result_get_verdict (result));
      remove_path (bad);
    }
  g_free (answer.path);
}

static void
try_kind (MutationRun *run, TreeKind kind)
{
  g_autofree char *good = g_strconcat (run->directory, "/good", NULL);
  guint wanted = run->changes + mutation_share (shares_permille[kind]);
  while (run->changes < wanted)
    {
      g_autoptr (Tree) tree = tree_new (run->random);
      if (!tree_write (tree, kind, good))
        fail_msg ("%s cannot be written", tree_kind_names[kind]);
      g_autoptr (AssayFlowResult) same = mutation_compare (good, good);
      if (assay_flow_result_get_verdict (same) != ASSAY_VERDICT_IDENTICAL)
        fail_msg ("%s: unchanged, but not identical", tree_kind_names[kind]);
      for (guint i = 0; i < CHANGES_PER_TREE && run->changes < wanted; i++)
        try_change (run, tree, kind, good);
      remove_path (good);
    }
}

static void
test_each_change_of_a_tree_is_found (void **state)
{
  MutationRun *run = *state;
  for (guint kind = 0; kind < TREE_KINDS; kind++)
    /* only root may give files away and make devices */
    if (kind != TREE_DIRECTORY || geteuid () == 0)
      try_kind (run, (TreeKind)kind);
  mutation_finish (run, "trees");
}

/* --- bytes of containers --- */

static gboolean
is_time (const char *fact)
{
  return strcmp (fact, "mtime") == 0 || strcmp (fact, "atime") == 0 || strcmp (fact, "timestamp") == 0;
}

/* A container may differ and pass where times alone differ, or how a stream was packed. */
static const char *
fault_of_pass (const AssayAccount *account)
{
  guint explained = 0;
  for (guint i = 0; i < account->facts->len; i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      if (fact->class_ != ASSAY_CLASS_EXPLAINED
          || (!is_time (fact->fact) && strcmp (fact->fact, "recompressed") != 0 && strcmp (fact->fact, "size") != 0
              && strcmp (fact->rule, "recompressed") != 0))
        return "a fact passes that is no time";
      explained++;
    }
  return explained > 0 ? NULL : "it passes without a fact that says why";
}

static gsize
size_without_fill (const guint8 *bytes, gsize size)
{
  while (size > 0 && bytes[size - 1] == 0)
    size--;
  return size;
}

/* Zeros behind the end of an archive or file system are fill: how many there are means nothing. */
static gboolean
is_other_fill (const Mutation *mutation)
{
  const MutationSample *sample = mutation->sample;
  gsize size = size_without_fill (sample->bytes, sample->size);
  return size == size_without_fill (mutation->bytes->data, mutation->bytes->len)
         && memcmp (sample->bytes, mutation->bytes->data, size) == 0;
}

static const char *
fault_of_bytes (const AssayFlowResult *result, const Mutation *mutation)
{
  const AssayAccount *account = assay_flow_result_get_report (result)->account;
  guint64 sum = 0;
  for (guint i = 0; account != NULL && i < ASSAY_CLASS_COUNT; i++)
    sum += account->totals[i];
  if (account != NULL && sum != account->total)
    return "the account does not add up";
  switch (assay_flow_result_get_verdict (result))
    {
    case ASSAY_VERDICT_MISMATCH:
    case ASSAY_VERDICT_UNDECIDED:
      return NULL;
    case ASSAY_VERDICT_EQUIVALENT:
      if (mutation->kind > MUTATION_TWO_BYTES)
        return is_other_fill (mutation) ? NULL : "another size passes";
      return fault_of_pass (account);
    default:
      return "a change is not seen";
    }
}

static void
add_packed (MutationRun *run, const char *codec, const char *path)
{
  g_autofree char *packed = g_strconcat (path, ".packed", NULL);
  g_autofree char *command = g_strdup_printf ("%s < '%s' > '%s'", codec, path, packed);
  const char *arguments[] = { "sh", "-c", command, NULL };
  int status = 1;
  char *bytes = NULL;
  gsize size = 0;
  if (!g_spawn_sync (NULL, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL)
      || !g_spawn_check_wait_status (status, NULL) || !g_file_get_contents (packed, &bytes, &size, NULL))
    fail_msg ("%s failed", codec);
  mutation_add_sample (run, codec, (guint8 *)bytes, size);
  g_unlink (packed);
}

static void
add_array (MutationRun *run, const char *name, GByteArray *bytes)
{
  gsize size = bytes->len;
  mutation_add_sample (run, name, g_byte_array_free (bytes, FALSE), size);
}

static void
add_containers (MutationRun *run)
{
  static const char *const codecs[] = { "gzip -nc", "xz -c", "zstd -qc", "bzip2 -c", "lz4 -qc", "xz --format=lzma -c" };
  g_autoptr (Tree) tree = tree_new (run->random);
  g_autofree char *path = g_strconcat (run->directory, "/container", NULL);
  for (guint kind = TREE_KINDS; kind-- > 0;)
    {
      char *bytes = NULL;
      gsize size = 0;
      if (kind == TREE_DIRECTORY)
        continue;
      assert_true (tree_write (tree, (TreeKind)kind, path) && g_file_get_contents (path, &bytes, &size, NULL));
      mutation_add_sample (run, tree_kind_names[kind], (guint8 *)bytes, size);
      if (kind != TREE_TAR)
        g_unlink (path);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (codecs); i++)
    add_packed (run, codecs[i], path);
  g_unlink (path);
  add_array (run, "FIT", container_sample_fit ());
  add_array (run, "ar", container_sample_ar ());
  add_array (run, "Intel HEX", container_sample_ihex ());
  add_array (run, "S-record", container_sample_srec ());
  add_array (run, "UF2", container_sample_uf2 ());
}

static void
test_each_change_of_a_container_is_found (void **state)
{
  MutationRun *run = *state;
  add_containers (run);
  for (guint i = 0; i < run->samples->len; i++)
    {
      const MutationSample *sample = g_ptr_array_index (run->samples, i);
      g_autoptr (AssayFlowResult) same = mutation_compare (sample->kept, sample->kept);
      const char *format = json_string_value (json_object_get (assay_flow_result_get_report (same)->image, "format"));
      assert_int_equal (assay_flow_result_get_verdict (same), ASSAY_VERDICT_IDENTICAL);
      if (g_strcmp0 (format, "raw") == 0)
        fail_msg ("%s is not read as what it is", sample->name);
    }
  for (guint wanted = mutation_share (BYTES_PERMILLE); run->changes < wanted;)
    {
      Mutation mutation = mutation_choose (run);
      g_autoptr (AssayFlowResult) result = mutation_try (&mutation);
      g_autofree char *what = mutation_describe (&mutation);
      mutation_note (run, what, fault_of_bytes (result, &mutation), assay_flow_result_get_verdict (result));
      g_byte_array_unref (mutation.bytes);
    }
  mutation_finish (run, "containers");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (test_each_change_of_a_tree_is_found, mutation_set_up, mutation_tear_down),
    cmocka_unit_test_setup_teardown (test_each_change_of_a_container_is_found, mutation_set_up, mutation_tear_down),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
