#include "archives.h"

#include "unpack/bytes.h"

#define TREE                                                                                                           \
  "mkdir -p t/d t/empty; printf hello > t/file; ln t/file t/d/hard; ln -s file t/link; mkfifo t/fifo; "                \
  "seq 1 40000 > t/d/text; chmod 4750 t/file; chmod 700 t; "
#define PACK                                                                                                           \
  "mksquashfs t out -noappend -quiet -no-progress -no-xattrs -force-uid 3 -force-gid 7 -all-time 1700000000 "          \
  "-mkfs-time 1700000000 -p 'dev c 600 0 0 5 1' "

/* Places of the super block (sqfs/super.h). */
enum
{
  BYTES_USED = 40,
  INODE_TABLE = 64,
  DIRECTORY_TABLE = 72,
  EXPORT_TABLE = 88,
  FIRST_POSITION = 40,
  LAST_POSITION = 88,
};

static guint64
get64 (const GByteArray *image, guint64 at)
{
  return assay_get_le64 (image->data + at);
}

static void
add64 (GByteArray *image, guint64 at, guint64 more)
{
  guint64 value = GUINT64_TO_LE (get64 (image, at) + more);
  memcpy (image->data + at, &value, sizeof value);
}

/* Puts bytes in at @at, and lets every position behind follow, those of the lists too. */
static void
insert (GByteArray *image, guint64 at, const char *text, gsize length)
{
  g_byte_array_set_size (image, image->len + (guint)length);
  memmove (image->data + at + length, image->data + at, image->len - length - at);
  memcpy (image->data + at, text, length);
  for (guint position = FIRST_POSITION; position <= LAST_POSITION; position += 8)
    if (get64 (image, position) != G_MAXUINT64 && get64 (image, position) >= at)
      add64 (image, position, length);
  /* id, fragment and export table: each list of one position */
  static const guint lists[] = { 48, 80, 88 };
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      guint64 list = get64 (image, lists[i]);
      if (list != G_MAXUINT64 && list + 8 <= image->len && get64 (image, list) >= at)
        add64 (image, list, length);
    }
}

static void
assert_malformed (const Fixture *fixture, GByteArray *image, const char *what)
{
  g_autoptr (AssayNode) root = unpack_image (fixture, image);
  assert_string_equal (root->format, "squashfs");
  assert_int_equal (root->trouble_code, ASSAY_ERROR_MALFORMED);
  if (root->trouble == NULL)
    fail_msg ("%s: opened", what);
  else if (strstr (root->trouble, what) == NULL)
    fail_msg ("%s: %s", what, root->trouble);
}

static void
check_tree (AssayNode *root)
{
  assert_null (root->trouble);
  assert_string_equal (root->format, "squashfs");
  assert_content (root, "file", "hello");
  assert_content (root, "d/hard", "hello");
  assert_int_equal (assay_node_find (root, "d/text")->size, 228894);
  assert_fact (root, "file", "mode", "0104750");
  assert_fact (root, "file", "uid", "3");
  assert_fact (root, "file", "gid", "7");
  assert_fact (root, "file", "mtime", "1700000000");
  assert_fact (root, "link", "link", "file");
  assert_fact (root, "dev", "device", "5:1");
  assert_int_equal (assay_node_find (root, "fifo")->type, ASSAY_NODE_FIFO);
  assert_int_equal (assay_node_find (root, "empty")->type, ASSAY_NODE_DIRECTORY);
  assert_string_equal (assay_facts_get (root->own_facts, "root-mode"), "0040700");
  assert_string_equal (assay_facts_get (root->own_facts, "root-uid"), "3");
  assay_node_visit (root, check_node, NULL);
}

static void
every_codec_and_option (void **state)
{
  static const char *const options[] = { "-comp gzip",
                                         "-comp xz",
                                         "-comp lz4",
                                         "-comp zstd",
                                         "-comp lzma",
                                         "-comp xz -Xbcj x86",
                                         "-no-fragments",
                                         "-always-use-fragments",
                                         "-no-exports",
                                         "-noI",
                                         "-noD -noF",
                                         "-b 4096",
                                         "-b 1M",
                                         "-nopad",
                                         "-no-duplicates",
                                         "-comp lz4 -Xhc",
                                         "-tailends",
                                         "-no-hardlinks",
                                         "-comp gzip -Xcompression-level 1" };
  run (*state, TREE);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autofree char *script = g_strconcat (PACK, options[i], NULL);
      g_autoptr (AssayNode) root = make (*state, script);
      check_tree (root);
    }
}

/* libsquashfs has no LZO: its bytes are compared, and nothing is claimed about what they hold. */
static void
lzo_is_named (void **state)
{
  g_autoptr (AssayNode) root = make (*state, TREE PACK "-comp lzo");
  assert_string_equal (root->format, "squashfs");
  assert_int_equal (root->trouble_code, ASSAY_ERROR_UNSUPPORTED);
}

/* A decoder stops where its stream ends; what stands behind that end would be in no account. */
static void
bytes_behind_a_stream (void **state)
{
  static const struct
  {
    const char *codec;
    const char *hidden;
    gsize length;
  } cases[] = { { "gzip", "hidden", 6 },
                { "lzma", "hidden", 6 },
                { "lz4", "\x50hidde", 6 },
                { "xz", "hidden", 6 },
                { "xz", "\0\0\0\0", 4 },
                { "zstd", "hidden", 6 },
                { "zstd", "\x50\x2a\x4d\x18\x06\0\0\0hidden", 14 } };
  run (*state, TREE);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *script = g_strconcat (PACK "-comp ", cases[i].codec, NULL);
      run (*state, script);
      g_autoptr (GByteArray) image = load_image (*state);
      guint64 table = get64 (image, INODE_TABLE);
      guint length = assay_get_le16 (image->data + table);
      assert_int_equal (length & 0x8000, 0);
      insert (image, table + 2 + length, cases[i].hidden, cases[i].length);
      image->data[table] = (guint8)(length + cases[i].length);
      image->data[table + 1] = (guint8)((length + cases[i].length) >> 8);
      assert_malformed (*state, image, "squashfs: ");
    }
}

/* The same behind a file's data, where the inode says how long the block is. */
static void
bytes_behind_data (void **state)
{
  run (*state, "mkdir t; seq 1 4000 > t/file; " PACK "-noI -no-fragments");
  g_autoptr (GByteArray) image = load_image (*state);
  guint64 table = get64 (image, INODE_TABLE);
  guint32 length = (guint32)(table - 96);
  guint found = 0;
  insert (image, table, "hidden", 6);
  for (guint64 at = table + 6; at + 4 <= get64 (image, DIRECTORY_TABLE); at++)
    if (assay_get_le32 (image->data + at) == length)
      {
        image->data[at] = (guint8)(length + 6);
        image->data[at + 1] = (guint8)((length + 6) >> 8);
        found++;
      }
  assert_int_equal (found, 1);
  assert_malformed (*state, image, "squashfs: ");
}

/* What no file's blocks claim is slack, also where the file system ends. */
static void
bytes_between_data_and_tables (void **state)
{
  run (*state, TREE PACK);
  g_autoptr (GByteArray) image = load_image (*state);
  guint64 table = get64 (image, INODE_TABLE);
  insert (image, table, "hidden", 6);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  assert_int_equal (span_at (root, table)->kind, ASSAY_SPAN_SLACK);
  assert_int_equal (span_at (root, table)->length, 6);
  guint64 used = get64 (image, BYTES_USED);
  image->data[used] = 'x';
  g_autoptr (AssayNode) padded = unpack_image (*state, image);
  assert_false (span_at (padded, used)->rewritable);
  add64 (image, BYTES_USED, 1);
  assert_malformed (*state, image, "a last table that does not end where the file system does");
}

/* Inodes of the uncompressed table: number at 12, see squashfs/inodes.c. */
static void
two_inodes_of_one_number (void **state)
{
  run (*state, "mkdir t; mkfifo t/a t/b; " PACK "-noI -no-exports");
  g_autoptr (GByteArray) image = load_image (*state);
  guint8 *inode = image->data + get64 (image, INODE_TABLE) + 2;
  assert_int_equal (assay_get_le16 (inode), 6);
  inode[12] = inode[20 + 12];
  assert_malformed (*state, image, "two inodes of one number");
}

/* Files of equal content share their blocks: they count once. */
static void
shared_blocks (void **state)
{
  g_autoptr (AssayNode) root
      = make (*state, "mkdir t; seq 1 40000 > t/a; cp t/a t/b; printf x > t/c; printf x > t/d; " PACK "-no-fragments");
  assert_null (root->trouble);
  assert_true (root->shares_extents);
  assert_int_equal (assay_node_find (root, "b")->size, assay_node_find (root, "a")->size);
  guint spans = 0;
  for (guint i = 0; i < root->spans->len; i++)
    spans += strcmp (g_array_index (root->spans, AssaySpan, i).name, "squashfs file data") == 0;
  assert_int_equal (spans, 2);
  assay_node_visit (root, check_node, NULL);
}

/* A hole is no bomb by itself; all of them together are held against the whole image. */
static void
holes (void **state)
{
  Fixture *fixture = *state;
  run (fixture, "mkdir t; truncate -s 5M t/hole; printf end >> t/hole; " PACK);
  g_autoptr (GByteArray) image = load_image (fixture);
  g_autoptr (AssayNode) root = unpack_image (fixture, image);
  assert_null (root->trouble);
  assert_int_equal (assay_node_find (root, "hole")->size, 5 * 1024 * 1024 + 3);
  fixture->limits.value[ASSAY_LIMIT_RATIO] = 1000;
  g_autoptr (AssayNode) limited = unpack_image (fixture, image);
  assert_int_equal (limited->trouble_code, ASSAY_ERROR_LIMIT);
  assert_non_null (strstr (limited->trouble, "ratio"));
}

static const AssayField *
field_at (const AssayNode *node, guint64 offset)
{
  for (guint i = 0; i < node->fields->len; i++)
    {
      const AssayField *field = &g_array_index (node->fields, AssayField, i);
      if (offset >= field->offset && offset - field->offset < field->length)
        return field;
    }
  return NULL;
}

/* Times and positions are fields; mode, owner, number and size of an inode are content. An inode that no entry leads to
 * is none of the tree's. */
static void
fields_of_inodes (void **state)
{
  run (*state, "mkdir t; mkfifo t/a t/b; " PACK "-noI -no-exports");
  g_autoptr (GByteArray) image = load_image (*state);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  const AssayNode *table = assay_node_find (root, "#inode-table");
  assert_non_null (table);
  assert_null (field_at (table, 2));
  assert_null (field_at (table, 4));
  assert_null (field_at (table, 12));
  assert_int_equal (field_at (table, 8)->kind, ASSAY_FIELD_TIME);
  /* the device's inode is the third of the listing; its entry goes */
  guint64 listing = get64 (image, DIRECTORY_TABLE) + 2;
  assert_int_equal (assay_get_le32 (image->data + listing), 2);
  image->data[listing] = 1;
  guint8 *directory = image->data + get64 (image, INODE_TABLE) + 2 + 20 + 20 + 24;
  assert_int_equal (assay_get_le16 (directory), 1);
  directory[24] = (guint8)(directory[24] - 11);
  g_byte_array_remove_range (image, (guint)listing + 12 + 9 + 9, 11);
  for (guint position = FIRST_POSITION; position <= LAST_POSITION; position += 8)
    if (get64 (image, position) != G_MAXUINT64 && get64 (image, position) > listing)
      add64 (image, position, (guint64)-11);
  add64 (image, get64 (image, 48), (guint64)-11);
  image->data[listing - 2] = (guint8)(image->data[listing - 2] - 11);
  assert_malformed (*state, image, "an inode that no entry leads to");
}

/* The super block's word on how many fragments there are is not believed before there is room for them. */
static void
fragments_without_end (void **state)
{
  run (*state, TREE PACK);
  g_autoptr (GByteArray) image = load_image (*state);
  memcpy (image->data + 16, "\377\377\377\177", 4);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_int_equal (root->trouble_code, ASSAY_ERROR_LIMIT);
  assert_non_null (strstr (root->trouble, "metadata-bytes"));
}

static void
properties (void **state)
{
  check_format (*state, "mkdir -p t/d; printf hello > t/file; ln -s file t/d/link; " PACK "-nopad");
}

static void
properties_without_compression (void **state)
{
  check_format (*state, "mkdir -p t/d; printf hello > t/file; ln -s file t/d/link; " PACK "-noI -noD -noF -noX -nopad");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (every_codec_and_option),
    fixture_test (lzo_is_named),
    fixture_test (bytes_behind_a_stream),
    fixture_test (bytes_behind_data),
    fixture_test (bytes_between_data_and_tables),
    fixture_test (two_inodes_of_one_number),
    fixture_test (shared_blocks),
    fixture_test (holes),
    fixture_test (fields_of_inodes),
    fixture_test (fragments_without_end),
    fixture_test (properties),
    fixture_test (properties_without_compression),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
