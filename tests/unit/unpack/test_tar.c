#include "archives.h"

#define DEEP "d234567890123456789012345678901234567890123456789012345678901234567890"
#define LONG "x234567890123456789012345678901234567890123456789012345678901234567890"

/* A tree with everything that tar writes; `t` holds it, `tar` then writes `out`. */
#define TREE                                                                                                           \
  "mkdir -p t/" DEEP "; printf hello > t/file; ln -s file t/link; ln t/file t/hard; mkfifo t/fifo; : > t/empty; "      \
  "printf deep > t/" DEEP "/" LONG "; ln -s " DEEP LONG DEEP " t/longlink; find t -exec touch -hd @1700000000 {} +; "
#define TAR "tar -C t --sort=name --owner=root:0 --group=staff:50 -b 1 -cf out "

static void
check_tree (AssayNode *root, const char *variant)
{
  assert_string_equal (root->format, "tar");
  assert_rewritable (root);
  assert_string_equal (assay_facts_get (root->own_facts, "variant"), variant);
  assert_content (root, "file", "hello");
  assert_content (root, "empty", "");
  assert_fact (root, "file", "mode", "0100644");
  assert_fact (root, "file", "uid", "0");
  assert_fact (root, "file", "gid", "50");
  assert_fact (root, "file", "mtime", "1700000000");
  assert_int_equal (assay_node_find (root, "hard")->type, ASSAY_NODE_HARDLINK);
  assert_null (assay_node_find (root, "hard")->blob);
  assert_fact (root, "hard", "link", "file");
  assert_int_equal (assay_node_find (root, "link")->type, ASSAY_NODE_SYMLINK);
  assert_fact (root, "link", "mode", "0120777");
  assert_int_equal (assay_node_find (root, "fifo")->type, ASSAY_NODE_FIFO);
  assert_int_equal (assay_node_find (root, DEEP)->type, ASSAY_NODE_DIRECTORY);
  assert_string_equal (assay_node_find (root, DEEP)->format, "directory");
  assert_null (fact (root, DEEP, "name"));
  assay_node_visit (root, check_node, NULL);
}

static void
gnu (void **state)
{
  g_autoptr (AssayNode) root = make (*state, TREE TAR "--format=gnu fifo file hard link empty longlink " DEEP);
  check_tree (root, "gnu");
  assert_fact (root, "file", "user", "root");
  assert_content (root, DEEP "/" LONG, "deep");
  assert_fact (root, "longlink", "link", DEEP LONG DEEP);
}

static void
ustar (void **state)
{
  g_autoptr (AssayNode) root = make (*state, TREE TAR "--format=ustar fifo file hard link empty " DEEP);
  check_tree (root, "ustar+devices");
  assert_content (root, DEEP "/" LONG, "deep");
}

static void
pax (void **state)
{
  g_autoptr (AssayNode) root = make (
      *state, TREE TAR "--format=pax --pax-option=delete=atime,delete=ctime fifo file hard link empty longlink " DEEP);
  check_tree (root, "ustar+devices");
  assert_content (root, DEEP "/" LONG, "deep");
  assert_fact (root, DEEP "/" LONG, "pax", "path");
}

static void
pax_times (void **state)
{
  g_autoptr (AssayNode) root
      = make (*state, "printf x > a; touch -d @1700000000.25 a; tar --format=pax -b 1 -cf out a");
  assert_rewritable (root);
  assert_fact (root, "a", "mtime", "1700000000.25");
  assert_non_null (fact (root, "a", "pax.atime"));
}

static void
v7 (void **state)
{
  g_autoptr (AssayNode) root = make (*state, TREE TAR "--format=v7 file hard link");
  assert_string_equal (root->format, "tar");
  assert_rewritable (root);
  assert_content (root, "file", "hello");
}

static void
names (void **state)
{
  g_autoptr (AssayNode) root = make (*state, "mkdir t; printf 1 > t/a; cd t; tar -b 1 -cf ../out . a ./a");
  assert_rewritable (root);
  assert_fact (root, "%2E", "name", "./");
  assert_fact (root, "a", "name", "./a");
  assert_non_null (assay_node_find (root, "a#2"));
  assert_non_null (assay_node_find (root, "a#3"));
}

static void
behind_the_end (void **state)
{
  g_autoptr (AssayNode) root
      = make (*state, "printf 1 > a; tar -b 1 -cf out a; head -c 512 /dev/zero >> out; printf junk >> out");
  assert_null (root->trouble);
  assert_int_equal (span_at (root, 1024)->kind, ASSAY_SPAN_PADDING);
  assert_int_equal (span_at (root, 1024)->length, 1024);
  assert_int_equal (span_at (root, 2048)->kind, ASSAY_SPAN_PADDING);
  assert_int_equal (span_at (root, 2560)->kind, ASSAY_SPAN_SLACK);
  assert_false (span_at (root, 2560)->rewritable);
}

static void
dirty_padding (void **state)
{
  g_autoptr (AssayNode) root
      = make (*state, "printf 1 > a; tar -b 1 -cf out a; printf x | dd of=out bs=1 seek=600 conv=notrunc 2>/dev/null");
  assert_null (root->trouble);
  assert_int_equal (span_at (root, 600)->kind, ASSAY_SPAN_PADDING);
  assert_false (span_at (root, 600)->rewritable);
}

static void
nested (void **state)
{
  g_autoptr (AssayNode) root = make (
      *state, "mkdir -p usr/bin; printf 1 > usr/bin/x; tar -b 1 -cf data.tar usr/bin/x; xz data.tar; printf 2.0 > "
              "debian-binary; : > control.tar; ar rcDS out debian-binary control.tar data.tar.xz");
  assert_string_equal (root->format, "deb");
  AssayNode *stream = assay_node_find (root, "data.tar.xz");
  assert_string_equal (stream->format, "xz");
  assert_string_equal (stream->stream, "xz");
  AssayNode *archive = assay_node_find (root, "data.tar.xz//#xz");
  assert_string_equal (archive->format, "tar");
  assert_true (archive->decoded);
  assert_null (archive->stream);
  assert_content (root, "data.tar.xz//#xz//usr/bin/x", "1");
  assay_node_visit (root, check_node, NULL);
}

/* Files with holes, in both ways that are read: their bytes, and headers that can be written again. */
static void
sparse (void **state)
{
  static const char *const formats[] = { "gnu", "pax" };
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autofree char *script
          = g_strdup_printf ("rm -f a b c; for i in 0 1 2 3 4 5 6 7 8 9; do printf region$i | dd of=a bs=1 seek=$((i * "
                             "100000)) conv=notrunc "
                             "2> log; done; truncate -s 1M b; printf x > c; tar -S --format=%s -b 1 -cf out a b c",
                             formats[i]);
      g_autoptr (AssayNode) root = make (*state, script);
      char bytes[8] = "";
      assert_null (root->trouble);
      assert_rewritable (root);
      const AssayNode *file = assay_node_find (root, "a");
      assert_int_equal (file->size, 900007);
      assert_true (assay_blob_read (file->blob, 300000, bytes, 7, NULL));
      assert_string_equal (bytes, "region3");
      assert_true (assay_blob_read (file->blob, 500100, bytes, 7, NULL));
      assert_memory_equal (bytes, "\0\0\0\0\0\0\0", 7);
      assert_int_equal (assay_node_find (root, "b")->size, 1 << 20);
      assert_content (root, "c", "x");
      assert_fact (root, "b", i == 0 ? "sparse-map" : "sparse-text", "1048576:0");
      assay_node_visit (root, check_node, NULL);
    }
}

static void
trouble (void **state)
{
  static const struct
  {
    const char *script;
    AssayErrorCode code;
  } cases[] = {
    /* a checksum that is wrong */
    { "printf 1 > a; tar -b 1 -cf out a; printf 7 | dd of=out bs=1 seek=100 conv=notrunc 2>/dev/null",
      ASSAY_ERROR_MALFORMED },
    /* no end */
    { "printf 1 > a; tar -b 1 -cf out a; truncate -s 1024 out", ASSAY_ERROR_MALFORMED },
    /* a lone zero block */
    { "printf 1 > a; tar -b 1 -cf out a; truncate -s 1536 out; head -c 512 out > b; cat b >> out; head -c 2048 "
      "/dev/zero >> out",
      ASSAY_ERROR_MALFORMED },
    /* sparse files, in the old ways of pax */
    { "truncate -s 1M a; printf 1 >> a; tar -S --format=pax --sparse-version=0.0 -b 1 -cf out a",
      ASSAY_ERROR_UNSUPPORTED },
    { "truncate -s 1M a; printf 1 >> a; tar -S --format=pax --sparse-version=0.1 -b 1 -cf out a",
      ASSAY_ERROR_UNSUPPORTED },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      run (*state, "rm -rf a b out");
      g_autoptr (AssayNode) root = make (*state, cases[i].script);
      assert_string_equal (root->format, "tar");
      assert_non_null (root->trouble);
      assert_int_equal (root->trouble_code, cases[i].code);
      assert_int_equal (root->children->len, 0);
    }
}

static void
limits (void **state)
{
  Fixture *fixture = *state;
  static const char *const settings[] = { "entries=2", "name-bytes=3", "path-bytes=3", "depth=0" };
  run (fixture, "printf 1 > long; tar -b 1 -cf out long long long");
  g_autoptr (GBytes) bytes = load (fixture, "out");
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_auto (GStrv) parts = g_strsplit (settings[i], "=", 2);
      assay_limits_init (&fixture->limits);
      assert_true (assay_limits_set (&fixture->limits, settings[i], NULL));
      g_autoptr (AssayNode) root = unpack_bytes (fixture, bytes);
      assert_non_null (root->trouble);
      assert_int_equal (root->trouble_code, ASSAY_ERROR_LIMIT);
      assert_non_null (strstr (root->trouble, parts[0]));
    }
}

/* Puts a right checksum into the header that was changed. */
static void
mend_checksum (const AssayNode *original, guint8 *data, guint64 offset, guint8 mask)
{
  const AssaySpan *span = span_at (original, offset);
  if (span->kind != ASSAY_SPAN_HEADER || !g_str_has_suffix (span->name, "header"))
    return;
  guint64 place = offset - span->offset;
  if (place >= 148 && place < 156)
    return;
  guint8 *block = data + span->offset;
  guint sum = 0;
  for (guint i = 0; i < 512; i++)
    sum += i >= 148 && i < 156 ? ' ' : block[i];
  g_autofree char *text = g_strdup_printf ("%06o", sum);
  memcpy (block + 148, text, 7);
  block[155] = ' ';
}

static void
check_forgeries (void **state, const char *script)
{
  check_same_twice (*state, script);
  g_autoptr (GBytes) bytes = load (*state, "out");
  check_all_flips_mended (*state, bytes, mend_checksum);
  check_all_truncations (*state, bytes);
}

static void
properties_gnu (void **state)
{
  check_forgeries (state, TREE TAR "--format=gnu fifo file hard link longlink");
}

static void
properties_ustar (void **state)
{
  check_forgeries (state, TREE TAR "--format=ustar file link " DEEP);
}

static void
properties_pax (void **state)
{
  check_forgeries (state, TREE TAR "--format=pax file longlink");
}

/* More regions than a header has room for. */
static void
properties_sparse (void **state)
{
  static const char *const formats[] = { "gnu", "pax" };
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autofree char *script = g_strdup_printf (
          "rm -f a; for i in 0 1 2 3 4 5; do printf region$i | dd of=a bs=1 seek=$((i * 100000)) conv=notrunc 2> log; "
          "done; tar -S --format=%s -b 1 -cf out a",
          formats[i]);
      check_same_twice (*state, script);
      g_autoptr (GBytes) bytes = load (*state, "out");
      check_all_flips_mended (*state, bytes, mend_checksum);
    }
}

static void
properties_v7 (void **state)
{
  check_forgeries (state, TREE TAR "--format=v7 file link");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (gnu),
    fixture_test (ustar),
    fixture_test (pax),
    fixture_test (pax_times),
    fixture_test (v7),
    fixture_test (names),
    fixture_test (behind_the_end),
    fixture_test (dirty_padding),
    fixture_test (nested),
    fixture_test (sparse),
    fixture_test (trouble),
    fixture_test (limits),
    fixture_test (properties_gnu),
    fixture_test (properties_ustar),
    fixture_test (properties_pax),
    fixture_test (properties_v7),
    fixture_test (properties_sparse),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
