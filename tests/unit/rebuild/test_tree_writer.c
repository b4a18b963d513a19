#include "../util/scratch.h"

#include "rebuild/tree_writer.h"

#include <sys/xattr.h>

/* What an entry says, with a time that is not now. */
static AssayManifestEntry *
entry_new (AssayManifestKind kind, const char *path, guint32 mode, const char *target)
{
  AssayManifestEntry *entry = g_new0 (AssayManifestEntry, 1);
  entry->kind = kind;
  entry->path = g_strdup (path);
  entry->mode = mode;
  entry->time_s = 1000000000;
  entry->time_ns = 250000000;
  entry->attributes = g_byte_array_new ();
  entry->target = g_strdup (target);
  return entry;
}

static void
add_attribute (AssayManifestEntry *entry, const char *name, const char *value)
{
  const guint8 length[4] = { (guint8)strlen (value) };
  g_byte_array_append (entry->attributes, (const guint8 *)name, (guint)strlen (name) + 1);
  g_byte_array_append (entry->attributes, length, sizeof length);
  g_byte_array_append (entry->attributes, (const guint8 *)value, (guint)strlen (value));
}

/** A tree on its way. */
typedef struct
{
  AssayIdentity owner;
  AssayTreeWriter *writer;
  GPtrArray *directories;
} Writing;

static void
writing_begin (Writing *writing, const Scratch *scratch)
{
  writing->owner = (AssayIdentity){ .uid = geteuid (), .gid = getegid () };
  /* only root gives files away; to that number nothing else belongs */
  if (geteuid () == 0)
    writing->owner = (AssayIdentity){ .uid = 64000, .gid = 64001, .changes = TRUE };
  writing->writer = assay_tree_writer_new (scratch->directory, &writing->owner);
  writing->directories = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_manifest_entry_free);
}

static void
writing_clear (Writing *writing)
{
  assay_tree_writer_free (writing->writer);
  g_ptr_array_unref (writing->directories);
}

static gboolean
make (Writing *writing, AssayManifestEntry *made, GError **error)
{
  g_autoptr (AssayManifestEntry) entry = made;
  int fd = -1;
  gboolean done = assay_tree_writer_make (writing->writer, entry, &fd, error);
  if (done && fd >= 0)
    done = write (fd, "x\n", 2) == 2 && assay_tree_writer_settle (entry, fd, error);
  if (fd >= 0)
    close (fd);
  if (done && entry->kind == ASSAY_MANIFEST_DIRECTORY)
    g_ptr_array_add (writing->directories, g_steal_pointer (&entry));
  return done;
}

static struct stat
look (const Scratch *scratch, const char *name)
{
  struct stat status;
  assert_int_equal (fstatat (assay_directory_get_fd (scratch->directory), name, &status, AT_SYMLINK_NOFOLLOW), 0);
  return status;
}

static void
all_facts_are_those_that_were_said (void **state)
{
  static const char *const names[] = { "shut", "shut/f", "shut/l", "shut/p", "shut/sub", "shut/sub/g", "u" };
  static const mode_t modes[]
      = { S_IFDIR | 0555, S_IFREG | 06755, S_IFLNK | 0777, S_IFIFO | 0606, S_IFDIR | 01777, S_IFREG | 06755, S_IFREG };
  const Scratch *scratch = *state;
  Writing writing;
  writing_begin (&writing, scratch);
  assert_true (make (&writing, entry_new (ASSAY_MANIFEST_DIRECTORY, ".", 0711, NULL), NULL));
  assert_true (make (&writing, entry_new (ASSAY_MANIFEST_DIRECTORY, "shut", 0555, NULL), NULL));
  assert_true (make (&writing, entry_new (ASSAY_MANIFEST_FILE, "shut/f", 06755, NULL), NULL));
  assert_true (make (&writing, entry_new (ASSAY_MANIFEST_LINK, "shut/l", 0, "../../f"), NULL));
  assert_true (make (&writing, entry_new (ASSAY_MANIFEST_PIPE, "shut/p", 0606, NULL), NULL));
  assert_true (make (&writing, entry_new (ASSAY_MANIFEST_DIRECTORY, "shut/sub", 01777, NULL), NULL));
  assert_true (make (&writing, entry_new (ASSAY_MANIFEST_HARD_LINK, "shut/sub/g", 0, "shut/f"), NULL));
  assert_true (make (&writing, entry_new (ASSAY_MANIFEST_FILE, "u", 0, NULL), NULL));
  assert_true (assay_tree_writer_finish (writing.writer, writing.directories, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      struct stat status = look (scratch, names[i]);
      assert_int_equal (status.st_mode, modes[i]);
      assert_int_equal (status.st_uid, writing.owner.uid);
      assert_int_equal (status.st_gid, writing.owner.gid);
      assert_int_equal (status.st_mtim.tv_sec, 1000000000);
      assert_int_equal (status.st_mtim.tv_nsec, 250000000);
    }
  assert_int_equal (look (scratch, "shut/f").st_ino, look (scratch, "shut/sub/g").st_ino);
  assert_int_equal (look (scratch, ".").st_mode & 07777, 0711);
  writing_clear (&writing);
  assert_int_equal (fchmod (assay_directory_get_fd (scratch->directory), 0700), 0);
}

/* Entries that were never listed of a tree: nothing appears beside it, and nothing that is there is another. */
static void
nothing_is_written_by_way_of_a_link (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  assert_int_equal (mkdirat (assay_directory_get_fd (scratch->directory), "tree", 0700), 0);
  assert_int_equal (mkdirat (assay_directory_get_fd (scratch->directory), "beside", 0700), 0);
  scratch_write (scratch, "beside/file", "one");
  Scratch tree = { .directory = assay_directory_open_beneath (scratch->directory, "tree", NULL) };
  struct stat before = look (scratch, "beside/file");
  Writing writing;
  writing_begin (&writing, &tree);
  assert_true (make (&writing, entry_new (ASSAY_MANIFEST_LINK, "way", 0, "../beside"), NULL));
  assert_true (make (&writing, entry_new (ASSAY_MANIFEST_LINK, "file", 0, "../beside/file"), NULL));
  assert_fails (make (&writing, entry_new (ASSAY_MANIFEST_FILE, "way/new", 0644, NULL), &error), ASSAY_ERROR_MALFORMED,
                error);
  assert_fails (make (&writing, entry_new (ASSAY_MANIFEST_DIRECTORY, "way/new", 0755, NULL), &error),
                ASSAY_ERROR_MALFORMED, error);
  assert_fails (make (&writing, entry_new (ASSAY_MANIFEST_PIPE, "way/new", 0644, NULL), &error), ASSAY_ERROR_MALFORMED,
                error);
  assert_fails (make (&writing, entry_new (ASSAY_MANIFEST_LINK, "way/new", 0, "x"), &error), ASSAY_ERROR_MALFORMED,
                error);
  assert_fails (make (&writing, entry_new (ASSAY_MANIFEST_HARD_LINK, "new", 0, "way/file"), &error),
                ASSAY_ERROR_MALFORMED, error);
  assert_fails (make (&writing, entry_new (ASSAY_MANIFEST_FILE, "file", 0644, NULL), &error), ASSAY_ERROR_MALFORMED,
                error);
  assert_fails (make (&writing, entry_new (ASSAY_MANIFEST_PIPE, "file", 0644, NULL), &error), ASSAY_ERROR_MALFORMED,
                error);
  assert_fails (make (&writing, entry_new (ASSAY_MANIFEST_FILE, "none/new", 0644, NULL), &error), ASSAY_ERROR_MALFORMED,
                error);
  struct stat after = look (scratch, "beside/file");
  assert_memory_equal (&before, &after, sizeof before);
  assert_int_equal (unlinkat (assay_directory_get_fd (scratch->directory), "beside/file", 0), 0);
  assert_int_equal (unlinkat (assay_directory_get_fd (scratch->directory), "beside", AT_REMOVEDIR), 0);
  writing_clear (&writing);
  assay_directory_unref (tree.directory);
}

/* Of root the system takes any of them. */
static void
only_attributes_of_a_user_are_set (void **state)
{
  static const char *const wrong[] = { "trusted.name", "security.capability", "system.posix_acl_access", "username" };
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  Writing writing;
  char value[8];
  writing_begin (&writing, scratch);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      AssayManifestEntry *entry = entry_new (ASSAY_MANIFEST_FILE, wrong[i], 0644, NULL);
      add_attribute (entry, wrong[i], "value");
      assert_fails (make (&writing, entry, &error), ASSAY_ERROR_MALFORMED, error);
    }
  AssayManifestEntry *entry = entry_new (ASSAY_MANIFEST_FILE, "f", 0644, NULL);
  add_attribute (entry, "user.name", "value");
  gboolean made = make (&writing, entry, &error);
  g_autofree char *path = g_build_filename (scratch->path, "f", NULL);
  if (made)
    assert_int_equal (getxattr (path, "user.name", value, sizeof value), 5);
  else
    assert_int_equal (error->code, ASSAY_ERROR_IO); /* a file system without any */
  writing_clear (&writing);
}

#define TEST(test) cmocka_unit_test_setup_teardown (test, scratch_setup, scratch_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (all_facts_are_those_that_were_said),
    TEST (nothing_is_written_by_way_of_a_link),
    TEST (only_attributes_of_a_user_are_set),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
