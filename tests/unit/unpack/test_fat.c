#include "archives.h"

#include "unpack/bytes.h"

/* 80 sectors of which the first is the boot sector; two tables of one sector, the root directory in one, and the data
 * from the fifth on, one sector a cluster. */
#define MAKE                                                                                                           \
  "PATH=$PATH:/usr/sbin:/sbin; export MTOOLSRC=/dev/null MTOOLS_SKIP_CHECK=1; truncate -s 40K out; "                   \
  "mkfs.fat -a -F 12 -s 1 -S 512 -R 1 -f 2 -r 16 -i 1234abcd -n LABEL out > log; "                                     \
  "printf hello > file; printf '%0700d' 7 > long; : > empty; touch -d @1600000000 file long empty; "                   \
  "mcopy -m -i out file ::FILE; mcopy -m -i out long '::A long name.txt'; mmd -i out ::sub; "                          \
  "mcopy -m -i out file ::sub/inner; mcopy -m -i out empty ::EMPTY"

/* Where things stand in it. */
enum
{
  TABLE = 512,
  TABLE_BYTES = 512,
  LABEL = 1536,
  FILE_ENTRY = 1568,
  LONG_PARTS = 1600,
  LONG_ENTRY = 1664,
  SUB_ENTRY = 1696,
  EMPTY_ENTRY = 1728,
  UNUSED = 1760,
  DATA = 2048,
  SUB = 3584,
  INNER_ENTRY = 3648,
};

static GByteArray *
make_image (const Fixture *fixture)
{
  run (fixture, MAKE);
  return load_image (fixture);
}

static void
check_small_tree (AssayNode *root)
{
  assert_null (root->trouble);
  assert_string_equal (root->format, "fat");
  assert_content (root, "FILE", "hello");
  assert_content (root, "sub/inner", "hello");
  assert_int_equal (assay_node_find (root, "EMPTY")->size, 0);
  assert_int_equal (assay_node_find (root, "sub")->type, ASSAY_NODE_DIRECTORY);
  assert_fact (root, "A long name.txt", "short-name", "ALONGN~1TXT");
  assert_fact (root, "FILE", "mtime", "1600000000");
  assert_fact (root, "sub/inner", "name-case", "0x08");
  assert_fact (root, "FILE", "attributes", "0x20");
  assert_string_equal (assay_facts_get (root->own_facts, "volume-id"), "0x1234abcd");
  assert_string_equal (assay_facts_get (root->own_facts, "label"), "LABEL      ");
}

static void
small (void **state)
{
  run (*state, MAKE);
  g_autoptr (GBytes) bytes = load (*state, "out");
  g_autoptr (AssayNode) root = unpack_bytes (*state, bytes);
  check_small_tree (root);
  assert_string_equal (assay_facts_get (root->own_facts, "fat-type"), "fat12");
  assert_int_equal (span_at (root, FILE_ENTRY)->kind, ASSAY_SPAN_HEADER);
  assert_false (span_at (root, FILE_ENTRY)->rewritable);
  assert_true (span_at (root, FILE_ENTRY + 22)->rewritable);
  assert_false (span_at (root, FILE_ENTRY + 26)->rewritable);
  assert_int_equal (span_at (root, DATA)->kind, ASSAY_SPAN_PAYLOAD);
  assert_int_equal (span_at (root, DATA + 5)->kind, ASSAY_SPAN_SLACK);
  assert_int_equal (span_at (root, DATA + 5)->length, 507);
  assay_node_visit (root, check_node, NULL);
}

static void
every_type (void **state)
{
  static const struct
  {
    const char *type;
    const char *options;
  } cases[] = { { "fat12", "-F 12 -C out 1440" },
                { "fat16", "-F 16 -s 4 -C out 20000" },
                { "fat16", "-F 16 -S 2048 -s 1 -f 1 -C out 20000" },
                { "fat32", "-F 32 -s 1 -C out 34000" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *script = g_strconcat (
          "PATH=$PATH:/usr/sbin:/sbin; export MTOOLSRC=/dev/null MTOOLS_SKIP_CHECK=1; rm -f out; mkfs.fat -n LABEL ",
          cases[i].options, " > log 2>&1; mkdir -p d; i=0; while [ $i -lt 200 ]; do i=$((i + 1)); echo $i > ",
          "\"d/a long name of number $i.text\"; done; seq 1 20000 > d/SEQ; mcopy -s -i out d ::", NULL);
      g_autoptr (AssayNode) root = make (*state, script);
      if (root->trouble != NULL)
        fail_msg ("%s: %s", cases[i].options, root->trouble);
      assert_string_equal (assay_facts_get (root->own_facts, "fat-type"), cases[i].type);
      assert_content (root, "d/a long name of number 200.text", "200\n");
      assert_int_equal (assay_node_find (root, "d/SEQ")->size, 108894);
      assert_int_equal (root->children->len, 202);
      assay_node_visit (root, check_node, NULL);
    }
}

/** Bytes that are put in one place, or in both tables. */
typedef struct
{
  const char *story;
  guint at;
  gsize length;
  const char *bytes;
  const char *trouble;
} Forgery;

#define CHAIN_LOST "leaves the clusters"
#define SHARED "two chains have"
#define FORGED_NAME "no name may be"

static const Forgery forgeries[] = {
  { "a chain that leads into itself", TABLE + 4, 1, "\x3f", SHARED },
  { "a file that ends before its size", TABLE + 4, 2, "\xff\xff", "longer than its chain" },
  { "a chain into nothing", TABLE + 4, 2, "\x0f\x00", CHAIN_LOST },
  { "a chain to a reserved cluster", TABLE + 4, 2, "\x1f\x00", CHAIN_LOST },
  { "a chain to a bad cluster", TABLE + 4, 2, "\x7f\xff", CHAIN_LOST },
  { "a chain beyond the last cluster", TABLE + 4, 2, "\x0f\x10", CHAIN_LOST },
  { "a chain that goes on behind the file", TABLE + 6, 2, "\x07\xf0", "longer than what it holds" },
  { "a file that is larger than the image", FILE_ENTRY + 28, 4, "\xff\xff\xff\xff", "longer than its chain" },
  { "a file that begins beyond the image", FILE_ENTRY + 26, 2, "\xff\x7f", CHAIN_LOST },
  { "two files in one cluster", LONG_ENTRY + 26, 1, "\x02", SHARED },
  { "an empty file with a cluster", EMPTY_ENTRY + 26, 1, "\x08", "an empty file" },
  { "a directory around itself", INNER_ENTRY + 11, 21, "\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0\0", SHARED },
  { "a directory with a size", SUB_ENTRY + 28, 1, "\x01", "with a size" },
  { "a directory that calls another one itself", SUB + 26, 1, "\x04", "does not begin with itself" },
  { "a directory that calls another one the outer one", SUB + 32 + 26, 1, "\x05", "does not begin with itself" },
  { "a directory without itself", SUB, 1, "X", "does not begin with itself" },
  { "a part of a long name out of order", LONG_PARTS, 1, "\x43", "wrong place" },
  { "a long name that begins in the middle", LONG_PARTS, 1, "\x02", "wrong place" },
  { "parts of two checksums", LONG_PARTS + 13, 1, "\x01", "wrong place" },
  { "a long name of another short one", LONG_ENTRY, 1, "B", "does not belong" },
  { "a long name in front of nothing", LONG_ENTRY, 1, "\xe5", "of nothing" },
  { "a long name in front of the end", LONG_ENTRY, 1, "\0", "of nothing" },
  { "text behind the end of a long name", LONG_PARTS + 28, 2, "xy", "behind the end of a long name" },
  { "a slash in a long name", LONG_PARTS + 32 + 3, 1, "/", FORGED_NAME },
  { "half a character in a long name", LONG_PARTS + 32 + 3, 2, "\x00\xd8", FORGED_NAME },
  { "small letters in a short name", FILE_ENTRY, 1, "f", FORGED_NAME },
  { "a slash in a short name", FILE_ENTRY + 1, 1, "/", FORGED_NAME },
  { "a control character in a short name", FILE_ENTRY + 1, 1, "\x01", FORGED_NAME },
  { "unknown bits of case", FILE_ENTRY + 12, 1, "\x01", FORGED_NAME },
  { "two of one name", SUB_ENTRY, 11, "FILE       ", "capitals do not count" },
  { "a short name that is another's", FILE_ENTRY, 11, "ALONGN~1TXT", "capitals do not count" },
  { "attributes that are not known", FILE_ENTRY + 11, 1, "\x60", "not known" },
  { "a label that is a directory", FILE_ENTRY + 11, 1, "\x18", "something else" },
  { "two labels", FILE_ENTRY + 11, 1, "\x08", "a label" },
  { "a label with content", LABEL + 26, 1, "\x08", "a label" },
  { "an entry behind the end", UNUSED + 32, 1, "X", "behind the end of a directory" },
  { "more sectors than there are", 19, 1, "\x51", "ends before the file system" },
  { "two counts of sectors", 32, 1, "\x40", "two sizes" },
  { "no root directory", 17, 1, "\0", "FAT32 and of FAT16" },
  { "a root directory of half a sector", 17, 1, "\x08", "within a sector" },
  { "tables that leave no room", 22, 2, "\xff\x00", "no room" },
  { "another type by name", 54, 8, "FAT16   ", "by name than by size" },
};

static void
broken_rules (void **state)
{
  g_autoptr (GByteArray) image = make_image (*state);
  for (gsize i = 0; i < G_N_ELEMENTS (forgeries); i++)
    {
      const Forgery *forgery = &forgeries[i];
      g_autoptr (GByteArray) forged = g_byte_array_new ();
      g_byte_array_append (forged, image->data, image->len);
      memcpy (forged->data + forgery->at, forgery->bytes, forgery->length);
      memcpy (forged->data + TABLE + TABLE_BYTES, forged->data + TABLE, TABLE_BYTES);
      g_autoptr (AssayNode) root = unpack_image (*state, forged);
      assert_string_equal (root->format, "fat");
      if (root->trouble == NULL || strstr (root->trouble, forgery->trouble) == NULL)
        fail_msg ("%s: %s", forgery->story, root->trouble);
      assert_int_equal (root->trouble_code, ASSAY_ERROR_MALFORMED);
    }
}

static void
tables_that_differ (void **state)
{
  g_autoptr (GByteArray) image = make_image (*state);
  image->data[TABLE + TABLE_BYTES + 100] = 1;
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_non_null (strstr (root->trouble, "two tables"));
}

/* The second cluster of the long file moves behind the last one. */
static void
file_in_pieces (void **state)
{
  g_autoptr (GByteArray) image = make_image (*state);
  for (guint table = TABLE; table <= TABLE + TABLE_BYTES; table += TABLE_BYTES)
    memcpy (image->data + table + 4, "\x7f\x00\x00\xf0\xff\xff\xff\xff", 8);
  memcpy (image->data + DATA + 5 * 512, image->data + DATA + 2 * 512, 512);
  memset (image->data + DATA + 2 * 512, 'x', 512);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  AssayNode *file = assay_node_find (root, "A long name.txt");
  guint8 last = 0;
  assert_int_equal (file->size, 700);
  assert_true (file->decoded);
  assert_true (assay_blob_read (file->blob, 699, &last, 1, NULL));
  assert_int_equal (last, '7');
  assert_int_equal (span_at (root, DATA + 512)->kind, ASSAY_SPAN_ENCODED);
  assert_int_equal (span_at (root, DATA + 5 * 512)->kind, ASSAY_SPAN_ENCODED);
  assert_int_equal (span_at (root, DATA + 2 * 512)->kind, ASSAY_SPAN_SLACK);
  assay_node_visit (root, check_node, NULL);
}

/* What is no time stays as it is, and zeros are none. */
static void
times (void **state)
{
  g_autoptr (GByteArray) image = make_image (*state);
  memcpy (image->data + FILE_ENTRY + 22, "\xff\xff\xff\xff", 4);
  memset (image->data + FILE_ENTRY + 18, 0, 2);
  memcpy (image->data + FILE_ENTRY + 13, "\xc7\x00\x00\x21\x00", 5);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_fact (root, "FILE", "mtime", "0xffffffff");
  assert_null (fact (root, "FILE", "atime"));
  assert_fact (root, "FILE", "birthtime", "315532801.99");
  assert_false (span_at (root, FILE_ENTRY + 22)->rewritable);
  assert_false (span_at (root, FILE_ENTRY + 18)->rewritable);
  assert_true (span_at (root, FILE_ENTRY + 13)->rewritable);
}

/* Of FAT32: the second boot sector, the information sector, and the tables' mirroring. */
static void
boot_sectors_of_fat32 (void **state)
{
  static const Forgery cases[] = {
    { "a backup that differs", 6 * 512 + 100, 1, "x", "two boot sectors" },
    { "a backup elsewhere", 50, 2, "\xf0\x00", "outside" },
    { "an information sector that is none", 512, 1, "x", "none" },
    { "a version", 42, 1, "\x01", "version" },
    { "one table of two", 40, 1, "\x80", "not copies" },
    { "a root directory nowhere", 44, 4, "\xff\xff\xff\x0f", "leaves the clusters" },
  };
  run (*state, "PATH=$PATH:/usr/sbin:/sbin; mkfs.fat -F 32 -s 1 -C out 34000 > log 2>&1");
  g_autoptr (GBytes) bytes = load (*state, "out");
  g_autoptr (GByteArray) image = g_bytes_unref_to_array (g_steal_pointer (&bytes));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree guint8 *kept = g_memdup2 (image->data, 8192);
      memcpy (image->data + cases[i].at, cases[i].bytes, cases[i].length);
      if (cases[i].at < 512)
        memcpy (image->data + 3072, image->data, 512);
      g_autoptr (AssayNode) root = unpack_image (*state, image);
      if (root->trouble == NULL || strstr (root->trouble, cases[i].trouble) == NULL)
        fail_msg ("%s: %s", cases[i].story, root->trouble);
      memcpy (image->data, kept, 8192);
    }
}

/* mtools and Windows go by the number of clusters, Linux by a field. */
static void
small_fat32 (void **state)
{
  g_autoptr (AssayNode) root = make (*state, "PATH=$PATH:/usr/sbin:/sbin; mkfs.fat -F 32 -s 8 -C out 4000 > log 2>&1");
  assert_int_equal (root->trouble_code, ASSAY_ERROR_UNSUPPORTED);
}

static void
large_tables (void **state)
{
  Fixture *fixture = *state;
  fixture->limits.value[ASSAY_LIMIT_METADATA_BYTES] = 100;
  g_autoptr (GByteArray) image = make_image (fixture);
  g_autoptr (AssayNode) root = unpack_image (fixture, image);
  assert_int_equal (root->trouble_code, ASSAY_ERROR_LIMIT);
}

static void
properties (void **state)
{
  check_format (*state, MAKE);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (small),
    fixture_test (every_type),
    fixture_test (broken_rules),
    fixture_test (tables_that_differ),
    fixture_test (file_in_pieces),
    fixture_test (times),
    fixture_test (boot_sectors_of_fat32),
    fixture_test (small_fat32),
    fixture_test (large_tables),
    fixture_test (properties),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
