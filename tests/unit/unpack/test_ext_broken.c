#include "ext_images.h"

/* File systems that break the rules of their own format, or that nobody reads here. */

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
    { "an unused inode", "text", -8, 4, "\x1f\0\0\0", "the bitmap says is free" },
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

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (broken_rules),
    fixture_test (what_cannot_be_read),
    fixture_test (broken_extents),
    fixture_test (broken_entries),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
