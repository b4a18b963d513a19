#include "ext_images.h"

#include "unpack/bytes.h"

static void
small (void **state)
{
  g_autoptr (GByteArray) image = make_image (*state);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  assert_string_equal (root->format, "ext2");
  assert_content (root, "file", "hello");
  assert_content (root, "sub/inner", "hello");
  assert_int_equal (assay_node_find (root, "text")->size, 2100);
  assert_int_equal (assay_node_find (root, "sub")->type, ASSAY_NODE_DIRECTORY);
  assert_fact (root, "file", "mode", "0100644");
  assert_fact (root, "file", "mtime", "1600000000");
  assert_fact (root, "link", "link", "file");
  assert_fact (root, "device", "device", "5:300");
  assert_fact (root, "sub", "xattr.user.note", "01000002");
  assert_string_equal (assay_facts_get (root->own_facts, "label"), "LABEL");
  assert_string_equal (assay_facts_get (root->own_facts, "root-mode"), "0040755");
  assert_string_equal (assay_facts_get (root->own_facts, "super.write-time"), "1600000000");
  assert_string_equal (span_at (root, 0)->name, "ext boot sectors");
  assert_false (span_at (root, SUPER)->rewritable);
  assert_true (span_at (root, SUPER + 0x30)->rewritable);
  assert_false (span_at (root, SUPER + 0x34)->rewritable);
  guint64 hello = place (image, "hello");
  assert_int_equal (span_at (root, hello)->kind, ASSAY_SPAN_PAYLOAD);
  assert_int_equal (span_at (root, hello + 5)->kind, ASSAY_SPAN_SLACK);
  assert_int_equal (span_at (root, hello + 5)->length, 1019);
  assert_string_equal (span_at (root, image->len - 1)->name, "ext blocks in no use");
  assay_node_visit (root, check_node, NULL);
}

static void
every_type (void **state)
{
  static const struct
  {
    const char *format;
    const char *options;
  } cases[] = {
    { "ext2", "-t ext2 -b 4096 -O ext_attr out 8M" },
    { "ext3", "-t ext3 -b 1024 -I 128 -O ext_attr,has_journal,filetype,resize_inode,sparse_super out 8M" },
    { "ext4", "-t ext4 -b 1024 -g 1024 -O ext_attr,filetype,extent,64bit,flex_bg,metadata_csum,resize_inode out 8M" },
    { "ext4", "-t ext4 -b 1024 -I 256 -O ext_attr,filetype,extent,inline_data,metadata_csum out 4M" },
    { "ext4", "-t ext4 -b 2048 -I 512 -O ext_attr,filetype,extent,sparse_super2,metadata_csum out 16M" },
    { "ext4", "-t ext4 -b 1024 -g 512 -O ext_attr,filetype,extent,meta_bg,64bit,metadata_csum,^resize_inode out 8M" },
    { "ext4", "-t ext4 -b 4096 -O ext_attr,filetype,uninit_bg,quota,has_journal,mmp,huge_file out 16M" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *script
          = g_strconcat (TOOLS FILES HOLES "truncate -s 16M out; mke2fs -q -F -L LABEL ", cases[i].options,
                         " > log 2>&1; debugfs -w -f commands out > log 2>&1", NULL);
      g_autoptr (AssayNode) root = make (*state, script);
      if (root->trouble != NULL)
        fail_msg ("%s: %s", cases[i].options, root->trouble);
      assert_string_equal (root->format, cases[i].format);
      assert_content (root, "sub/inner", "hello");
      assert_int_equal (assay_node_find (root, "text")->size, 2100);
      const AssayNode *holes = assay_node_find (root, "holes");
      char bytes[2] = { 0 };
      assert_int_equal (holes->size, 39 * 8192 + 1);
      assert_true (assay_blob_read (holes->blob, 39 * 8192 - 1, bytes, 2, NULL));
      assert_memory_equal (bytes, "\0x", 2);
      assert_fact (root, "sub", "xattr.user.note", "01000002");
      assert_true (root->times_are_fields);
      assert_true (assay_node_find (root, "#inode-table0")->fields->len > 0);
      assay_node_visit (root, check_node, NULL);
    }
}

/* The second and third block of a file change places. */
static void
file_in_pieces (void **state)
{
  g_autoptr (GByteArray) image = make_image (*state);
  guint8 *map = image->data + inode_at (*state, image, TEXT_INODE) + INODE_MAP;
  guint first = assay_get_le32 (map);
  guint8 kept[4];
  memcpy (kept, map, 4);
  memcpy (map, map + 4, 4);
  memcpy (map + 4, kept, 4);
  image->data[(gsize)first * 1024] = 'x';
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  AssayNode *file = assay_node_find (root, "text");
  guint8 byte = 0;
  assert_int_equal (file->size, 2100);
  assert_true (file->decoded);
  assert_true (assay_blob_read (file->blob, 1024, &byte, 1, NULL));
  assert_int_equal (byte, 'x');
  assert_int_equal (span_at (root, (guint64)first * 1024)->kind, ASSAY_SPAN_ENCODED);
  assert_int_equal (span_at (root, (guint64)(first + 2) * 1024 + 60)->kind, ASSAY_SPAN_SLACK);
  assay_node_visit (root, check_node, NULL);
}

/* A pointer of zero is a hole, and a file may be nothing but one. */
static void
file_with_holes (void **state)
{
  g_autoptr (GByteArray) image = make_image (*state);
  guint8 *inode = image->data + inode_at (*state, image, TEXT_INODE);
  guint first = assay_get_le32 (inode + INODE_MAP);
  memset (inode + INODE_MAP, 0, 4);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  guint8 bytes[2] = { 1, 1 };
  assert_true (assay_blob_read (assay_node_find (root, "text")->blob, 1023, bytes, 2, NULL));
  assert_int_equal (bytes[0], 0);
  assert_int_equal (bytes[1], '0');
  assert_string_equal (span_at (root, (guint64)first * 1024)->name, "ext blocks in no use");
  memset (inode + INODE_MAP, 0, 60);
  g_autoptr (AssayNode) hole = unpack_image (*state, image);
  assert_null (hole->trouble);
  assert_int_equal (assay_node_find (hole, "text")->size, 2100);
  assay_node_visit (hole, check_node, NULL);
}

/* Blocks that are kept for a file, and read as zeros whatever they hold; and those behind its end. */
static void
blocks_that_are_not_written (void **state)
{
  run (*state, TOOLS "printf hello > file; printf 'write file file\\nfallocate file 1 2\\n' > commands; "
                     "mke2fs -q -F -t ext4 -b 1024 -O extent,filetype out 1M > log 2>&1; "
                     "debugfs -w -f commands out > log 2>&1; debugfs -w -R 'sif file size 1030' out > log 2>&1");
  g_autoptr (GByteArray) image = load_image (*state);
  guint64 hello = place (image, "hello");
  memcpy (image->data + hello + 1024, "hidden", 6);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  AssayNode *file = assay_node_find (root, "file");
  guint8 bytes[6] = { 1 };
  assert_int_equal (file->size, 1030);
  assert_true (assay_blob_read (file->blob, 1024, bytes, sizeof bytes, NULL));
  assert_memory_equal (bytes, "\0\0\0\0\0\0", sizeof bytes);
  assert_string_equal (span_at (root, hello + 1024)->name, "ext blocks that are not written");
  assert_string_equal (span_at (root, hello + 2048)->name, "ext blocks behind the end of a file");
  assay_node_visit (root, check_node, NULL);
}

static gboolean
has_field (AssayNode *root, guint64 offset)
{
  const GArray *fields = assay_node_find (root, "#inode-table0")->fields;
  for (guint i = 0; i < fields->len; i++)
    {
      const AssayField *field = &g_array_index (fields, AssayField, i);
      if (offset >= field->offset && offset - field->offset < field->length)
        return TRUE;
    }
  return FALSE;
}

/* 34 bits of seconds and 30 of nanoseconds; what is more than these is no time, and none of its inode's is one. */
static void
times (void **state)
{
  run (*state,
       TOOLS FILES "mke2fs -q -F -t ext4 -b 1024 -I 256 -N 32 -O extent,filetype,extra_isize out 1M > log 2>&1; "
                   "debugfs -w -f commands out > log 2>&1");
  g_autoptr (GByteArray) image = load_image (*state);
  g_autoptr (AssayNode) before = unpack_image (*state, image);
  guint64 at = (FILE_INODE - 1) * 256u;
  guint8 *inode = image->data + table_of (before) + at;
  assert_true (has_field (before, at + INODE_ATIME));
  assert_true (has_field (before, at + 0x94));
  assert_false (has_field (before, at + INODE_DTIME));
  assert_false (has_field (before, at + 0x98));
  memcpy (inode + INODE_ATIME, "\xff\xff\xff\xff", 4);
  memcpy (inode + 0x8c, "\0\0\0\0", 4);
  memcpy (inode + 0x10, "\0\0\0\x80", 4);
  memcpy (inode + 0x88, "\5\0\0\0", 4);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_fact (root, "file", "atime", "-1");
  assert_fact (root, "file", "mtime", "2147483648.000000001");
  assert_fact (root, "file", "birthtime", "1600000000");
  memcpy (inode + 0x84, "\xfc\xff\xff\xff", 4);
  g_autoptr (AssayNode) odd = unpack_image (*state, image);
  assert_fact (odd, "file", "ctime", "0x5f5e1000:0xfffffffc");
  assert_false (has_field (odd, at + INODE_ATIME));
  assert_false (has_field (odd, at + 0x94));
  assert_true (has_field (odd, at + 256 + INODE_ATIME));
}

/* As the kernel shows it, and not as it is stored. */
static void
access_lists (void **state)
{
  g_autoptr (AssayNode) root = make (
      *state, TOOLS
      "printf hello > file; printf '\\002\\000\\000\\000\\001\\000\\006\\000\\377\\377\\377\\377\\002\\000\\004\\000"
      "\\007\\000\\000\\000\\004\\000\\004\\000\\377\\377\\377\\377\\020\\000\\004\\000\\377\\377\\377\\377\\040\\000"
      "\\004\\000\\377\\377\\377\\377' > list; "
      "printf 'write file file\\nea_set -f list file system.posix_acl_access\\n' > commands; "
      "truncate -s 64K out; mke2fs -q -F -t ext2 -b 1024 -O ext_attr,filetype out > log 2>&1; debugfs -w -f commands "
      "out > log 2>&1");
  assert_null (root->trouble);
  assert_fact (root, "file", "xattr.system.posix_acl_access",
               "0200000001000600ffffffff020004000700000004000400ffffffff10000400ffffffff20000400ffffffff");
}

/* In a block Linux looks for them in order: what stands elsewhere it does not find. */
static void
attributes_in_disorder (void **state)
{
  run (*state,
       TOOLS "printf hello > file; printf 'write file file\\nea_set file user.first 1\\nea_set file user.other 2\\n' "
             "> commands; truncate -s 64K out; "
             "mke2fs -q -F -t ext2 -b 1024 -I 128 -O ext_attr,filetype out > log 2>&1; "
             "debugfs -w -f commands out > log 2>&1");
  g_autoptr (GByteArray) image = load_image (*state);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  assert_fact (root, "file", "xattr.user.first", "31");
  assert_fact (root, "file", "xattr.user.other", "32");
  memcpy (image->data + place (image, "first"), "third", 5);
  g_autoptr (AssayNode) broken = unpack_image (*state, image);
  assert_non_null (strstr (broken->trouble, "attributes in disorder"));
}

/* Checksums make the bytes around them hold: what is changed there is no longer a time that may differ. */
static void
checksums (void **state)
{
  run (*state, TOOLS FILES "mke2fs -q -F -t ext4 -b 1024 -g 256 -I 256 -N 64 "
                           "-O ext_attr,filetype,extent,metadata_csum,64bit,extra_isize out 1M > log 2>&1; "
                           "debugfs -w -f commands out > log 2>&1");
  g_autoptr (GBytes) bytes = load (*state, "out");
  g_autoptr (AssayNode) original = unpack_bytes (*state, bytes);
  assert_null (original->trouble);
  g_autofree char *before = describe (original);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint seen = 0;
  for (guint i = 0; i < original->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (original->spans, AssaySpan, i);
      for (guint64 j = 0; span->rewritable && j < span->length; j++, seen++)
        {
          guint8 *copy = g_memdup2 (data, size);
          copy[span->offset + j] ^= 0x11;
          g_autoptr (GBytes) flipped = g_bytes_new_take (copy, size);
          check_flip (*state, original, before, flipped, span->offset + j);
        }
    }
  assert_true (seen > 100);
  guint64 table = table_of (original);
  g_autoptr (GByteArray) image = load_image (*state);
  image->data[table + (FILE_INODE - 1) * 256u] ^= 1;
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_string_equal (assay_facts_get (root->own_facts, "wrong-checksums"), "1, inode 12");
  assert_null (assay_facts_get (original->own_facts, "wrong-checksums"));
  assert_false (has_field (root, (FILE_INODE - 1) * 256u + INODE_ATIME));
  assert_true (has_field (root, FILE_INODE * 256u + INODE_ATIME));
  image->data[SUPER + 0x78] ^= 1;
  g_autoptr (AssayNode) other = unpack_image (*state, image);
  assert_true (span_at (original, SUPER + 0x30)->rewritable);
  assert_false (span_at (other, SUPER + 0x30)->rewritable);
  assert_false (span_at (other, SUPER + 0x3fc)->rewritable);
  assert_string_equal (assay_facts_get (other->own_facts, "wrong-checksums"), "2, super block 0, inode 12");
}

static void
large_directories (void **state)
{
  Fixture *fixture = *state;
  fixture->limits.value[ASSAY_LIMIT_METADATA_BYTES] = 1023;
  g_autoptr (GByteArray) image = make_image (fixture);
  g_autoptr (AssayNode) root = unpack_image (fixture, image);
  assert_int_equal (root->trouble_code, ASSAY_ERROR_LIMIT);
}

/* The same twice; bytes changed here and there, and ends cut off: a valid tree each time. */
static void
properties (void **state)
{
  check_same_twice (*state, MAKE);
  g_autoptr (GBytes) bytes = load (*state, "out");
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (AssayNode) original = unpack_bytes (*state, bytes);
  g_autofree char *before = describe (original);
  for (gsize i = 0; i < size; i += 23)
    {
      guint8 *copy = g_memdup2 (data, size);
      copy[i] ^= (guint8)(i % 255 + 1);
      g_autoptr (GBytes) flipped = g_bytes_new_take (copy, size);
      check_flip (*state, original, before, flipped, i);
      g_autoptr (GBytes) cut = g_bytes_new (data, i);
      g_autoptr (AssayNode) root = unpack_bytes (*state, cut);
      assert_int_equal (root->size, i);
      assay_node_visit (root, check_node, NULL);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (small),
    fixture_test (every_type),
    fixture_test (file_in_pieces),
    fixture_test (file_with_holes),
    fixture_test (blocks_that_are_not_written),
    fixture_test (times),
    fixture_test (access_lists),
    fixture_test (attributes_in_disorder),
    fixture_test (checksums),
    fixture_test (large_directories),
    fixture_test (properties),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
