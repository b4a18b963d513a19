#include "scratch.h"

#include "util/blob.h"
#include "util/system.h"

#define TEXT "0123456789abcdef"

static AssayBlob *
file_blob (const Scratch *scratch)
{
  scratch_write (scratch, "f", TEXT);
  AssayBlob *blob = assay_blob_new_for_file (scratch->directory, "f", NULL);
  assert_non_null (blob);
  assert_int_equal (assay_blob_get_size (blob), 16);
  return blob;
}

static AssayBlob *
fd_blob (const Scratch *scratch)
{
  int fd = assay_private_file_new (scratch->path, NULL);
  assert_true (fd >= 0 && assay_system_write_all (fd, TEXT, 16));
  return assay_blob_new_for_fd (fd, NULL);
}

static AssayBlob *
bytes_blob (const Scratch *scratch)
{
  g_autoptr (GBytes) bytes = g_bytes_new (TEXT, 16);
  return assay_blob_new_for_bytes (bytes);
}

static AssayBlob *
slice_blob (const Scratch *scratch)
{
  scratch_write (scratch, "g", "<<" TEXT ">>");
  g_autoptr (AssayBlob) whole = assay_blob_new_for_file (scratch->directory, "g", NULL);
  g_autoptr (AssayBlob) outer = assay_blob_new_slice (whole, 1, 18, NULL);
  return assay_blob_new_slice (outer, 1, 16, NULL);
}

static AssayBlob *
bytes_slice_blob (const Scratch *scratch)
{
  g_autoptr (GBytes) bytes = g_bytes_new ("<<" TEXT ">>", 20);
  g_autoptr (AssayBlob) whole = assay_blob_new_for_bytes (bytes);
  g_autoptr (AssayBlob) outer = assay_blob_new_slice (whole, 1, 18, NULL);
  return assay_blob_new_slice (outer, 1, 16, NULL);
}

/* Of three runs, the middle one of a slice of a private file. */
static AssayBlob *
joined_blob (const Scratch *scratch)
{
  g_autoptr (GBytes) bytes = g_bytes_new ("0123--bcdef", 11);
  g_autoptr (AssayBlob) memory = assay_blob_new_for_bytes (bytes);
  g_autoptr (AssayBlob) file = fd_blob (scratch);
  g_autoptr (AssayBlob) slice = assay_blob_new_slice (file, 2, 10, NULL);
  g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (AssayBlobRun));
  const AssayBlobRun given[] = { { memory, 0, 4 }, { slice, 2, 7 }, { memory, 6, 5 } };
  g_array_append_vals (runs, given, G_N_ELEMENTS (given));
  return assay_blob_new_joined (runs);
}

static AssayBlob *
joined_slice_blob (const Scratch *scratch)
{
  g_autoptr (AssayBlob) joined = joined_blob (scratch);
  return assay_blob_new_slice (joined, 0, 16, NULL);
}

static AssayBlob *(*const makers[]) (const Scratch *)
    = { file_blob, fd_blob, bytes_blob, slice_blob, bytes_slice_blob, joined_blob, joined_slice_blob };

static void
every_kind_reads_the_same (void **state)
{
  for (guint kind = 0; kind < G_N_ELEMENTS (makers); kind++)
    {
      g_autoptr (AssayBlob) blob = makers[kind](*state);
      for (guint64 offset = 0; offset <= 16; offset++)
        for (gsize length = 0; offset + length <= 16; length++)
          {
            char out[17] = "";
            assert_true (assay_blob_read (blob, offset, out, length, NULL));
            assert_memory_equal (out, &TEXT[offset], length);
            assert_int_equal (out[length], 0);
          }
      assert_true (assay_blob_check_unchanged (blob, NULL));
    }
}

static void
ranges_that_leave_are_malformed (void **state)
{
  static const struct
  {
    guint64 offset, length;
  } ranges[] = { { 0, 17 }, { 16, 1 }, { 17, 0 }, { 1, G_MAXSIZE }, { G_MAXUINT64, 1 }, { G_MAXUINT64, G_MAXSIZE } };
  for (guint kind = 0; kind < G_N_ELEMENTS (makers); kind++)
    for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
      {
        g_autoptr (GError) error = NULL;
        g_autoptr (AssayBlob) blob = makers[kind](*state);
        char out[32];
        assert_fails (assay_blob_read (blob, ranges[i].offset, out, (gsize)ranges[i].length, &error),
                      ASSAY_ERROR_MALFORMED, error);
        assert_fails (assay_blob_new_slice (blob, ranges[i].offset, ranges[i].length, &error) != NULL,
                      ASSAY_ERROR_MALFORMED, error);
      }
}

static void
every_kind_maps (void **state)
{
  for (guint kind = 0; kind < G_N_ELEMENTS (makers); kind++)
    {
      g_autoptr (AssayBlob) blob = makers[kind](*state);
      const guint8 *data = NULL, *again = NULL;
      assert_true (assay_blob_map (blob, &data, NULL));
      assert_memory_equal (data, TEXT, 16);
      assert_true (assay_blob_map (blob, &again, NULL));
      assert_ptr_equal (data, again);
      assay_blob_unmap (blob);
      assert_true (assay_blob_map (blob, &data, NULL));
      assert_memory_equal (data, TEXT, 16);
    }
}

static void
slices_map_off_page_boundaries (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *text = g_strnfill (20000, '.');
  memcpy (text + 9000, TEXT, 16);
  scratch_write (scratch, "large", text);
  g_autoptr (AssayBlob) whole = assay_blob_new_for_file (scratch->directory, "large", NULL);
  g_autoptr (AssayBlob) slice = assay_blob_new_slice (whole, 9000, 16, NULL);
  const guint8 *data;
  assert_true (assay_blob_map (slice, &data, NULL));
  assert_memory_equal (data, TEXT, 16);
}

static void
empty_blobs_are_fine (void **state)
{
  const Scratch *scratch = *state;
  scratch_write (scratch, "empty", "");
  g_autoptr (GBytes) bytes = g_bytes_new (NULL, 0);
  g_autoptr (AssayBlob) file = assay_blob_new_for_file (scratch->directory, "empty", NULL);
  g_autoptr (AssayBlob) memory = assay_blob_new_for_bytes (bytes);
  g_autoptr (AssayBlob) slice = assay_blob_new_slice (file, 0, 0, NULL);
  AssayBlob *blobs[] = { file, memory, slice };
  for (guint i = 0; i < G_N_ELEMENTS (blobs); i++)
    {
      const guint8 *data = NULL;
      char out = 'x';
      assert_int_equal (assay_blob_get_size (blobs[i]), 0);
      assert_true (assay_blob_read (blobs[i], 0, &out, 0, NULL));
      assert_true (assay_blob_map (blobs[i], &data, NULL));
      assert_non_null (data);
      assert_null (assay_blob_peek_memory (blobs[i]));
    }
}

static void
memory_can_be_peeked_at (void **state)
{
  g_autoptr (AssayBlob) bytes = bytes_slice_blob (*state), file = file_blob (*state);
  assert_memory_equal (assay_blob_peek_memory (bytes), TEXT, 16);
  assert_null (assay_blob_peek_memory (file));
}

static void
assert_changed (AssayBlob *blob)
{
  g_autoptr (GError) error = NULL;
  char out[4];
  assert_fails (assay_blob_check_unchanged (blob, &error), ASSAY_ERROR_CHANGED, error);
  assert_fails (assay_blob_read (blob, 0, out, 4, &error), ASSAY_ERROR_CHANGED, error);
}

static void
a_file_that_grew_or_shrank_is_told (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayBlob) grown = file_blob (scratch);
  scratch_write (scratch, "f", TEXT "+");
  assert_changed (grown);
  g_autoptr (AssayBlob) shrunk = file_blob (scratch);
  scratch_write (scratch, "f", "0123");
  assert_changed (shrunk);
}

static void
a_file_written_in_place_is_told (void **state)
{
  const Scratch *scratch = *state;
  struct stat before, after;
  g_autoptr (AssayBlob) blob = file_blob (scratch);
  g_autofree char *path = g_build_filename (scratch->path, "f", NULL);
  int fd = open (path, O_WRONLY);
  assert_int_equal (fstat (fd, &before), 0);
  do /* the clock of ctime is coarse: until it ticked */
    assert_true (pwrite (fd, "X", 1, 0) == 1 && fstat (fd, &after) == 0);
  while (before.st_ctim.tv_sec == after.st_ctim.tv_sec && before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
  close (fd);
  assert_changed (blob);
}

static void
another_file_in_its_place_is_told (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayBlob) blob = file_blob (scratch);
  g_autoptr (AssayBlob) slice = assay_blob_new_slice (blob, 4, 4, NULL);
  scratch_write (scratch, "g", TEXT);
  assert_int_equal (
      renameat (assay_directory_get_fd (scratch->directory), "g", assay_directory_get_fd (scratch->directory), "f"), 0);
  assert_changed (slice);
  assert_changed (blob);
}

static void
a_file_that_went_is_told_and_not_forgotten (void **state)
{
  const Scratch *scratch = *state;
  int fd = assay_directory_get_fd (scratch->directory);
  g_autoptr (AssayBlob) blob = file_blob (scratch);
  assert_int_equal (renameat (fd, "f", fd, "aside"), 0);
  assert_changed (blob);
  assert_int_equal (symlinkat ("aside", fd, "f"), 0);
  assert_changed (blob);
}

static void
a_change_during_a_hold_is_told (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  char out[16];
  g_autoptr (AssayBlob) read = file_blob (scratch);
  assert_true (assay_blob_hold (read, NULL));
  assert_true (assay_blob_read (read, 0, out, 16, NULL));
  scratch_write (scratch, "f", "0123");
  assert_fails (assay_blob_read (read, 0, out, 4, &error), ASSAY_ERROR_CHANGED, error);
  assert_fails (assay_blob_read (read, 8, out, 8, &error), ASSAY_ERROR_CHANGED, error);
  assay_blob_release (read);

  g_autoptr (AssayBlob) released = file_blob (scratch);
  assert_true (assay_blob_hold (released, NULL));
  scratch_write (scratch, "f", TEXT "+");
  assay_blob_release (released);
  assert_fails (assay_blob_hold (released, &error), ASSAY_ERROR_CHANGED, error);
}

static void
what_is_no_regular_file_is_refused (void **state)
{
  const Scratch *scratch = *state;
  int fd = assay_directory_get_fd (scratch->directory);
  scratch_write (scratch, "f", TEXT);
  assert_int_equal (symlinkat ("f", fd, "link"), 0);
  assert_int_equal (mkdirat (fd, "dir", 0755), 0);
  assert_int_equal (symlinkat ("dir", fd, "dirlink"), 0);
  assert_int_equal (mkfifoat (fd, "fifo", 0644), 0);
  static const struct
  {
    const char *path;
    AssayErrorCode code;
  } cases[] = {
    { "link", ASSAY_ERROR_UNSUPPORTED }, { "dir", ASSAY_ERROR_UNSUPPORTED }, { "dirlink/f", ASSAY_ERROR_UNSUPPORTED },
    { "fifo", ASSAY_ERROR_UNSUPPORTED }, { "none", ASSAY_ERROR_NOT_FOUND },  { "f/x", ASSAY_ERROR_NOT_FOUND },
    { "", ASSAY_ERROR_NOT_FOUND },       { "../x", ASSAY_ERROR_IO },         { "dir/../f", ASSAY_ERROR_IO },
    { "/etc/passwd", ASSAY_ERROR_IO },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      assert_fails (assay_blob_new_for_file (scratch->directory, cases[i].path, &error) != NULL, cases[i].code, error);
    }
}

static void
a_descriptor_that_is_no_file_is_closed (void **state)
{
  g_autoptr (GError) error = NULL;
  int ends[2];
  assert_int_equal (pipe (ends), 0);
  assert_fails (assay_blob_new_for_fd (ends[0], &error) != NULL, ASSAY_ERROR_UNSUPPORTED, error);
  assert_int_equal (close (ends[0]), -1);
  close (ends[1]);
}

static gpointer
read_often (gpointer data)
{
  AssayBlob *blob = data;
  for (guint round = 0; round < 500; round++)
    {
      char out[16];
      if (round % 3 == 0 && !assay_blob_hold (blob, NULL))
        return (gpointer) "hold";
      gboolean read = assay_blob_read (blob, round % 8, out, 8, NULL);
      if (round % 3 == 0)
        assay_blob_release (blob);
      if (!read || memcmp (out, &TEXT[round % 8], 8) != 0)
        return (gpointer) "read";
    }
  return NULL;
}

/* A file of the kernel has size 0 and holds bytes: judged by its size it would be equal to every other. */
static void
bytes_without_a_size_are_refused (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayDirectory) proc = assay_directory_open ("/proc/self", &error);
  struct stat status;
  assert_non_null (proc);
  assert_int_equal (fstatat (assay_directory_get_fd (proc), "status", &status, 0), 0);
  assert_int_equal (status.st_size, 0);
  assert_fails (assay_blob_new_for_file (proc, "status", &error) != NULL, ASSAY_ERROR_UNSUPPORTED, error);
  g_autoptr (AssayBlob) unread = assay_blob_new_unread (proc, "status", &status);
  assert_fails (assay_blob_hold (unread, &error), ASSAY_ERROR_UNSUPPORTED, error);
}

static int
read_locked_file (const Scratch *scratch, const struct stat *status)
{
  g_autoptr (GError) error = NULL;
  char byte;
  if (geteuid () == 0 && setresuid (65534, 65534, 65534) != 0)
    return 1;
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (scratch->directory, "locked", NULL);
  g_autoptr (AssayBlob) unread = assay_blob_new_unread (scratch->directory, "locked", status);
  if (blob != NULL || assay_blob_get_size (unread) != 16)
    return 2;
  return assay_blob_read (unread, 0, &byte, 1, &error) || !g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_IO);
}

static void
what_cannot_be_opened_has_a_size_and_no_bytes (void **state)
{
  const Scratch *scratch = *state;
  struct stat status;
  int ended;
  scratch_write (scratch, "locked", TEXT);
  assert_int_equal (fchmodat (assay_directory_get_fd (scratch->directory), "locked", 0, 0), 0);
  assert_int_equal (fstatat (assay_directory_get_fd (scratch->directory), "locked", &status, 0), 0);
  /* root reads everything, so it is tried by somebody else */
  pid_t child = fork ();
  if (child == 0)
    _exit (read_locked_file (scratch, &status));
  assert_int_equal (waitpid (child, &ended, 0), child);
  assert_true (WIFEXITED (ended));
  assert_int_equal (WEXITSTATUS (ended), 0);
}

/* Windows of a file with holes hold what read(2) gives, wherever data begins and ends, and up to an end that is a hole.
 */
static void
holes_are_zeros (void **state)
{
  enum
  {
    SIZE = 1 << 20,
    WINDOW = 1 << 16,
  };
  static const guint places[] = { 100000, 262143, 262144, 524288 + 65535, 786432 };
  const Scratch *scratch = *state;
  g_autofree char *window = g_malloc (WINDOW);
  g_autofree char *zeros = g_malloc0 (WINDOW);
  scratch_write (scratch, "holes", "");
  int fd = openat (assay_directory_get_fd (scratch->directory), "holes", O_WRONLY | O_CLOEXEC);
  assert_true (fd >= 0 && ftruncate (fd, SIZE) == 0);
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    assert_int_equal (pwrite (fd, "x", 1, places[i]), 1);
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (scratch->directory, "holes", NULL);
  for (guint start = 0; start <= SIZE - WINDOW; start += 4099)
    {
      memset (window, 'y', WINDOW);
      assert_true (assay_blob_read (blob, start, window, WINDOW, NULL));
      for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
        if (places[i] >= start && places[i] - start < WINDOW)
          {
            assert_int_equal (window[places[i] - start], 'x');
            window[places[i] - start] = 0;
          }
      assert_memory_equal (window, zeros, WINDOW);
    }
  assert_int_equal (ftruncate (fd, SIZE / 2), 0);
  g_autoptr (GError) error = NULL;
  assert_fails (assay_blob_read (blob, SIZE - WINDOW, window, WINDOW, &error), ASSAY_ERROR_CHANGED, error);
  close (fd);
}

static void
threads_share_a_blob (void **state)
{
  g_autoptr (AssayBlob) blob = slice_blob (*state);
  GThread *threads[4];
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, read_often, blob);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    assert_null (g_thread_join (threads[i]));
}

/* One run of @file from @offset on, and one of @memory. */
static AssayBlob *
join_two (AssayBlob *file, guint64 offset, AssayBlob *memory)
{
  g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (AssayBlobRun));
  const AssayBlobRun given[] = { { file, offset, 8 }, { memory, 8, 8 } };
  g_array_append_vals (runs, given, G_N_ELEMENTS (given));
  return assay_blob_new_joined (runs);
}

static void
same_places_are_known (void **state)
{
  g_autoptr (AssayBlob) file = fd_blob (*state);
  g_autoptr (AssayBlob) memory = bytes_blob (*state);
  g_autoptr (AssayBlob) another = bytes_blob (*state);
  g_autoptr (AssayBlob) a = join_two (file, 0, memory);
  g_autoptr (AssayBlob) b = join_two (file, 0, memory);
  g_autoptr (AssayBlob) elsewhere = join_two (file, 1, memory);
  g_autoptr (AssayBlob) of_another = join_two (file, 0, another);
  g_autoptr (AssayBlob) front = assay_blob_new_slice (file, 0, 8, NULL);
  assert_true (assay_blob_same_place (a, b));
  assert_false (assay_blob_same_place (a, elsewhere));
  assert_false (assay_blob_same_place (a, of_another));
  assert_false (assay_blob_same_place (a, file));
  assert_false (assay_blob_same_place (a, front));
  for (guint64 offset = 0; offset < 16; offset++)
    for (guint64 length = 0; offset + length <= 16; length++)
      {
        g_autoptr (AssayBlob) ours = assay_blob_new_slice (a, offset, length, NULL);
        g_autoptr (AssayBlob) theirs = assay_blob_new_slice (of_another, offset, length, NULL);
        assert_int_equal (assay_blob_same_place (ours, theirs), length == 0 || offset + length <= 8);
      }
  g_autoptr (AssayBlob) first = assay_blob_new_slice (a, 0, 8, NULL);
  assert_true (assay_blob_same_place (first, front));
}

/* A file that others may write to is two things when it is read twice. */
static void
files_of_others_have_no_same_place (void **state)
{
  g_autoptr (AssayBlob) blob = file_blob (*state);
  assert_false (assay_blob_same_place (blob, blob));
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, scratch_setup, scratch_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (every_kind_reads_the_same),
    TEST (ranges_that_leave_are_malformed),
    TEST (every_kind_maps),
    TEST (slices_map_off_page_boundaries),
    TEST (empty_blobs_are_fine),
    TEST (memory_can_be_peeked_at),
    TEST (a_file_that_grew_or_shrank_is_told),
    TEST (a_file_written_in_place_is_told),
    TEST (another_file_in_its_place_is_told),
    TEST (a_file_that_went_is_told_and_not_forgotten),
    TEST (a_change_during_a_hold_is_told),
    TEST (what_is_no_regular_file_is_refused),
    TEST (a_descriptor_that_is_no_file_is_closed),
    TEST (bytes_without_a_size_are_refused),
    TEST (what_cannot_be_opened_has_a_size_and_no_bytes),
    TEST (holes_are_zeros),
    TEST (threads_share_a_blob),
    TEST (same_places_are_known),
    TEST (files_of_others_have_no_same_place),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
