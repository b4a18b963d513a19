#include "../util/scratch.h"

#include "rebuild/cache_entry.h"
#include "rebuild/pack.h"
#include "util/own.h"

#include <glib/gstdio.h>

/* Enough that one is begun while another thread looks for what a killed process has left. */
#define PACKS 2000

typedef struct
{
  AssayDirectory *directory;
  gint is_done; /* atomic */
} Sweeping;

static gpointer
sweep (gpointer data)
{
  Sweeping *sweeping = data;
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  while (!g_atomic_int_get (&sweeping->is_done))
    assay_cache_entries_evict (sweeping->directory, G_MAXUINT64, "none", notes);
  assert_int_equal (notes->len, 0);
  return NULL;
}

static AssayDirectory *
open_scratch (const Scratch *scratch)
{
  g_autoptr (GError) error = NULL;
  AssayDirectory *directory = assay_own_directory_open (scratch->path, &error);
  assert_null (error);
  return directory;
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) list = g_dir_open (path, 0, NULL);
  guint count = 0;
  while (g_dir_read_name (list) != NULL)
    count++;
  return count;
}

/* What one run begins, another that makes room at that moment must not take for a dead one's. */
static void
what_is_begun_is_not_swept (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayDirectory) directory = open_scratch (scratch);
  Sweeping sweeping = { directory, 0 };
  GThread *thread = g_thread_new ("sweep", sweep, &sweeping);
  guint lost = 0;
  for (guint i = 0; i < PACKS; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AssayPack) pack = assay_pack_new (directory, G_MAXUINT64, &error);
      assert_null (error);
      assert_non_null (pack);
      lost += count_entries (scratch->path) == 0;
    }
  g_atomic_int_set (&sweeping.is_done, 1);
  g_thread_join (thread);
  assert_int_equal (lost, 0);
}

/* What nobody holds goes. */
static void
what_a_killed_process_left_goes (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayDirectory) directory = open_scratch (scratch);
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (AssayPack) held = assay_pack_new (directory, G_MAXUINT64, NULL);
  g_autofree char *left = g_build_filename (scratch->path, ASSAY_PACK_PART "1-00000000", NULL);
  assert_true (g_file_set_contents (left, "half", -1, NULL));
  assert_int_equal (count_entries (scratch->path), 2);
  assay_cache_entries_evict (directory, G_MAXUINT64, "none", notes);
  assert_int_equal (count_entries (scratch->path), 1);
  assert_int_not_equal (g_access (left, F_OK), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown (test, scratch_setup, scratch_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (what_is_begun_is_not_swept),
    TEST (what_a_killed_process_left_goes),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
