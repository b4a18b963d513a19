#include "archives.h"

#include "unpack/bytes.h"

/* 64 blocks of 1 KiB, and inodes of 128 bytes in the order in which debugfs makes them. */
#define TOOLS                                                                                                          \
  "PATH=$PATH:/usr/sbin:/sbin; export MKE2FS_CONFIG=/dev/null E2FSPROGS_FAKE_TIME=1600000000; rm -f out; : > out; "
#define FILES                                                                                                          \
  "printf hello > file; printf '%02100d' 7 > text; printf '\\001\\000\\000\\002' > value; "                            \
  "printf 'write file file\\nwrite text text\\nmkdir sub\\nwrite file sub/inner\\nsymlink link file\\nmknod device c " \
  "5 300\\nea_set -f value sub user.note\\n' > commands; "
/* Forty pieces, which no inode has room for. */
#define HOLES                                                                                                          \
  "rm -f holes; i=0; while [ $i -lt 40 ]; do printf x | dd of=holes bs=1 seek=$((i * 8192)) conv=notrunc 2> log; "     \
  "i=$((i + 1)); done; printf 'write holes holes\\n' >> commands; "
#define MAKE                                                                                                           \
  TOOLS FILES                                                                                                          \
      "truncate -s 64K out; mke2fs -q -F -t ext2 -b 1024 -I 128 -N 32 -O ext_attr,filetype -L LABEL out > log 2>&1; "  \
      "debugfs -w -f commands out > log 2>&1"

/* Numbers of inodes, and places of fields. */
enum
{
  ROOT = 2,
  FILE_INODE = 12,
  TEXT_INODE,
  SUB_INODE,
  INNER_INODE,
  LINK_INODE,
  DEVICE_INODE,
  SUPER = 1024,
  INODE_SIZE = 4,
  INODE_ATIME = 8,
  INODE_DTIME = 20,
  INODE_LINKS = 26,
  INODE_FLAGS = 32,
  INODE_MAP = 40,
};

static guint64
table_of (const AssayNode *root)
{
  for (guint i = 0; i < root->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (root->spans, AssaySpan, i);
      if (strcmp (span->name, "ext inode table") == 0)
        return span->offset;
    }
  fail_msg ("no table of inodes");
  return 0;
}

static GByteArray *
make_image (const Fixture *fixture)
{
  run (fixture, MAKE);
  return load_image (fixture);
}

/* Where an inode of 128 bytes stands. */
static guint64
inode_at (const Fixture *fixture, const GByteArray *image, guint number)
{
  g_autoptr (AssayNode) root = unpack_image (fixture, image);
  assert_null (root->trouble);
  return table_of (root) + (number - 1) * 128u;
}

/* Where a text stands in the image for the first time. */
static guint64
place (const GByteArray *image, const char *text)
{
  const guint8 *found = memmem (image->data, image->len, text, strlen (text));
  assert_non_null (found);
  return (guint64)(found - image->data);
}

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

/** Bytes that are put in the inode of that number, or at a place in the super block (0). */
typedef struct
{
  const char *story;
  guint inode;
  guint at;
  gsize length;
  const char *bytes;
  const char *trouble;
} Forgery;

static const Forgery forgeries[] = {
  { "a block outside", FILE_INODE, INODE_MAP, 4, "\xff\xff\0\0", "outside of the file system" },
  { "the super block as content", FILE_INODE, INODE_MAP, 4, "\1\0\0\0", "overlap" },
  { "a size beyond all holes", FILE_INODE, 0x6c, 4, "\xff\xff\0\0", "limit ratio" },
  { "a removed file", FILE_INODE, INODE_LINKS, 1, "\0", "removed inode" },
  { "a file that is no type", FILE_INODE, 0, 2, "\xa4\xf1", "no type" },
  { "a directory in place of a file", FILE_INODE, 0, 2, "\xa4\x41", "another type" },
  { "extents that are none", FILE_INODE, INODE_FLAGS, 4, "\0\0\x08\0", "super block does not have" },
  { "inline data of no feature", FILE_INODE, INODE_FLAGS, 4, "\0\0\0\x10", "super block does not have" },
  { "a block of attributes that is none", FILE_INODE, 0x68, 4, "\x20\0\0\0", "attributes that is none" },
  { "attributes outside", FILE_INODE, 0x68, 4, "\xff\xff\0\0", "outside" },
  { "a directory that is longer", SUB_INODE, INODE_SIZE, 2, "\0\x08", "another length" },
  { "a directory of part of a block", SUB_INODE, INODE_SIZE, 2, "\0\x02", "another length" },
  { "a directory of another one's block", SUB_INODE, INODE_MAP, 4, "\0\0\0\0", "another length" },
  { "a long link in the inode", LINK_INODE, INODE_SIZE, 1, "\x60", "think otherwise" },
  { "an empty link", LINK_INODE, INODE_SIZE, 1, "\0", "empty" },
  { "no root directory", ROOT, 0, 2, "\xa4\x81", "root that is no directory" },
  { "more blocks than there are", 0, 4, 1, "\x41", "ends before the file system" },
  { "no inodes in a group", 0, 0x28, 4, "\xff\xff\xff\xff", "impossible values" },
  { "groups of no size", 0, 0x20, 4, "\1\0\0\0", "impossible values" },
  { "another first block", 0, 0x14, 1, "\2", "impossible values" },
};

static const Forgery unreadable[] = {
  { "encryption", 0, 0x62, 1, "\1", "encrypt" },
  { "folded names", 0, 0x62, 1, "\2", "casefold" },
  { "a journal alone", 0, 0x60, 1, "\x0a", "journal_dev" },
  { "a journal to play back", 0, 0x60, 1, "\6", "needs_recovery" },
  { "attributes as inodes", 0, 0x61, 1, "\4", "ea_inode" },
  { "a feature of tomorrow", 0, 0x63, 1, "\x40", "not known (0x40000000)" },
  { "clusters", 0, 0x65, 1, "\2", "bigalloc" },
  { "shared blocks", 0, 0x65, 1, "\x40", "shared_blocks" },
  { "digests", 0, 0x65, 1, "\x80", "verity" },
  { "snapshots", 0, 0x64, 1, "\x80", "has_snapshot" },
  { "errors", 0, 0x3a, 1, "\2", "having errors" },
  { "errors and clean", 0, 0x3a, 1, "\3", "having errors" },
  { "in use", 0, 0x3a, 1, "\0", "unmounted" },
  { "orphans", 0, 0xe8, 1, "\x0c", "wait to be removed" },
  { "another system", 0, 0x48, 1, "\1", "another system" },
  { "a journal elsewhere", 0, 0x5c, 1, "\x0c", "elsewhere" },
  { "an encrypted inode", FILE_INODE, 0x21, 1, "\x08", "an encrypted inode" },
  { "an inode with digests", FILE_INODE, 0x22, 1, "\x10", "verity" },
};

static void
check_forgery (const Fixture *fixture, const GByteArray *image, const Forgery *forgery, gint code)
{
  guint64 at = forgery->inode == 0 ? SUPER : inode_at (fixture, image, forgery->inode);
  g_autoptr (GByteArray) forged = g_byte_array_new ();
  g_byte_array_append (forged, image->data, image->len);
  memcpy (forged->data + at + forgery->at, forgery->bytes, forgery->length);
  g_autoptr (AssayNode) root = unpack_image (fixture, forged);
  if (root->trouble == NULL || strstr (root->trouble, forgery->trouble) == NULL)
    fail_msg ("%s: %s", forgery->story, root->trouble);
  if (code != 0)
    assert_int_equal (root->trouble_code, code);
}

static void
broken_rules (void **state)
{
  g_autoptr (GByteArray) image = make_image (*state);
  for (gsize i = 0; i < G_N_ELEMENTS (forgeries); i++)
    check_forgery (*state, image, &forgeries[i], 0);
}

static void
what_cannot_be_read (void **state)
{
  g_autoptr (GByteArray) image = make_image (*state);
  for (gsize i = 0; i < G_N_ELEMENTS (unreadable); i++)
    check_forgery (*state, image, &unreadable[i], ASSAY_ERROR_UNSUPPORTED);
}

/* Trees of extents: the file has one, of two extents, in its inode. */
static void
broken_extents (void **state)
{
  static const Forgery cases[] = {
    { "another magic", 0, 0, 1, "\x0b", "header of extents" },
    { "more entries than room", 0, 2, 1, "\5", "header of extents" },
    { "room for more than the inode has", 0, 4, 1, "\7", "header of extents" },
    { "a level that is not there", 0, 6, 1, "\1", "outside of the file system" },
    { "more levels than there may be", 0, 6, 1, "\6", "header of extents" },
    { "no room for entries", 0, 4, 1, "\0", "header of extents" },
    { "blocks beyond all numbers", 0, 24, 4, "\xff\xff\xff\xff", "in disorder" },
    { "an extent of no length", 0, 16, 2, "\0\0", "in disorder" },
    { "extents over each other", 0, 24, 1, "\0", "in disorder" },
    { "blocks beyond the end", 0, 18, 1, "\1", "outside of the file system" },
  };
  run (*state, TOOLS "printf hello > file; printf x | dd of=file bs=1 seek=5000 conv=notrunc 2> log; printf 'write "
                     "file file\\n' > commands; "
                     "mke2fs -q -F -t ext4 -b 1024 -I 256 -O extent,filetype out 1M > log 2>&1; "
                     "debugfs -w -f commands out > log 2>&1");
  g_autoptr (GByteArray) image = load_image (*state);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  guint64 at = table_of (root) + (FILE_INODE - 1) * 256u + INODE_MAP;
  assert_int_equal (image->data[at + 2], 2);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) forged = g_byte_array_new ();
      g_byte_array_append (forged, image->data, image->len);
      memcpy (forged->data + at + cases[i].at, cases[i].bytes, cases[i].length);
      g_autoptr (AssayNode) broken = unpack_image (*state, forged);
      if (broken->trouble == NULL || strstr (broken->trouble, cases[i].trouble) == NULL)
        fail_msg ("%s: %s", cases[i].story, broken->trouble);
    }
}

/* Bytes of entries, which stand around their names. */
static void
broken_entries (void **state)
{
  static const struct
  {
    const char *story;
    const char *name;
    gint at;
    gsize length;
    const char *bytes;
    const char *trouble;
  } cases[] = {
    { "a slash", "text", 1, 1, "/", "NUL" },
    { "NUL", "text", 1, 1, "\0", "NUL" },
    { "two of one name", "text", 0, 4, "file", "twice" },
    { "another type", "text", -1, 1, "\2", "another type" },
    { "no length", "text", -4, 2, "\0\0", "impossible length" },
    { "shorter than its name", "text", -4, 2, "\x08\0", "impossible length" },
    { "longer than its block", "text", -4, 2, "\0\x08", "impossible length" },
    { "no multiple of four", "text", -4, 2, "\x0d\0", "impossible length" },
    { "an inode that is not there", "text", -8, 4, "\xff\xff\xff\xff", "not there" },
    { "the root again", "text", -8, 4, "\2\0\0\0", "file system's own" },
    { "the table's own inode", "text", -8, 4, "\7\0\0\0", "file system's own" },
    { "one inode of two names", "text", -8, 4, "\x0c\0\0\0", "more names" },
    { "an unused inode", "text", -8, 4, "\x1f\0\0\0", "no type" },
  };
  g_autoptr (GByteArray) image = make_image (*state);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) forged = g_byte_array_new ();
      g_byte_array_append (forged, image->data, image->len);
      memcpy (forged->data + (gint64)place (image, cases[i].name) + cases[i].at, cases[i].bytes, cases[i].length);
      g_autoptr (AssayNode) root = unpack_image (*state, forged);
      if (root->trouble == NULL || strstr (root->trouble, cases[i].trouble) == NULL)
        fail_msg ("%s: %s", cases[i].story, root->trouble);
      assert_int_equal (root->trouble_code, ASSAY_ERROR_MALFORMED);
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
    fixture_test (broken_rules),
    fixture_test (what_cannot_be_read),
    fixture_test (broken_extents),
    fixture_test (broken_entries),
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
