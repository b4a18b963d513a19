#include "archives.h"

#include <sys/xattr.h>

static AssayNode *
unpack_fixture (const Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  AssayUnpackOptions options = { .limits = &fixture->limits };
  AssayNode *root = assay_unpack_directory (fixture->directory, &options, &error);
  assert_non_null (root);
  return root;
}

static void
entries (void **state)
{
  run (*state,
       "mkdir d; printf hello > d/file; chmod 4755 d/file; ln -s d/file link; mkfifo fifo; printf x | gzip -n > z.gz");
  g_autoptr (AssayNode) root = unpack_fixture (*state);
  assert_string_equal (root->format, "directory");
  assert_int_equal (root->type, ASSAY_NODE_DIRECTORY);
  assert_true (assay_node_is_container (root));
  assert_null (root->spans);
  assert_int_equal (root->children->len, 5);
  assert_content (root, "d/file", "hello");
  assert_fact (root, "d/file", "mode", "0104755");
  assert_null (fact (root, "d/file", "mtime"));
  assert_int_equal (assay_node_find (root, "d")->type, ASSAY_NODE_DIRECTORY);
  assert_fact (root, "d", "mode", "0040755");
  assert_fact (root, "link", "link", "d/file");
  assert_int_equal (assay_node_find (root, "fifo")->type, ASSAY_NODE_FIFO);
  assert_content (root, "z.gz//#gzip", "x");
  assay_node_visit (root, check_node, NULL);
}

static void
escaped_names (void **state)
{
  run (*state, "printf 1 > '#gzip'; printf 2 > 'a#2'; printf 3 > 'b%'");
  g_autoptr (AssayNode) root = unpack_fixture (*state);
  assert_content (root, "%23gzip", "1");
  assert_fact (root, "%23gzip", "name", "#gzip");
  assert_content (root, "a%232", "2");
  assert_content (root, "b%25", "3");
}

static void
extended_attributes (void **state)
{
  Fixture *fixture = *state;
  run (fixture, "printf 1 > file");
  g_autofree char *path = g_build_filename (fixture->path, "file", NULL);
  if (setxattr (path, "user.assay", "ab", 2, 0) != 0)
    skip ();
  g_autoptr (AssayNode) root = unpack_fixture (fixture);
  assert_fact (root, "file", "xattr.user.assay", "6162");
}

static void
too_many (void **state)
{
  Fixture *fixture = *state;
  run (fixture, ": > a; : > b; : > c");
  fixture->limits.value[ASSAY_LIMIT_ENTRIES] = 2;
  g_autoptr (AssayNode) root = unpack_fixture (fixture);
  assert_non_null (root->trouble);
  assert_int_equal (root->trouble_code, ASSAY_ERROR_LIMIT);
  assert_int_equal (root->children->len, 0);
}

/* A container is read more than once: what changes meanwhile, even through a mapping that leaves no trace, is not seen.
 */
static void
containers_are_private_copies (void **state)
{
  Fixture *fixture = *state;
  run (fixture, "printf 'good' > app; tar -cf a.tar app; printf 'leaf' > leaf");
  g_autofree char *path = g_build_filename (fixture->path, "a.tar", NULL);
  g_autoptr (AssayNode) root = unpack_fixture (fixture);
  FILE *file = fopen (path, "r+b");
  assert_non_null (file);
  assert_int_equal (fseek (file, 512, SEEK_SET), 0);
  assert_int_equal (fwrite ("evil", 1, 4, file), 4);
  assert_int_equal (fclose (file), 0);
  assert_content (root, "a.tar//app", "good");
  guint8 bytes[4] = { 0 };
  assert_true (assay_blob_read (assay_node_find (root, "a.tar")->blob, 512, bytes, sizeof bytes, NULL));
  assert_memory_equal (bytes, "good", 4);
  /* what is no container is read where it lies, and a change of it is seen */
  run (fixture, "printf 'LEAF' > leaf");
  assert_false (assay_blob_read (assay_node_find (root, "leaf")->blob, 0, bytes, sizeof bytes, NULL));
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { fixture_test (entries), fixture_test (escaped_names), fixture_test (extended_attributes),
          fixture_test (too_many), fixture_test (containers_are_private_copies) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
