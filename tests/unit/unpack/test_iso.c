#include "archives.h"

#include "unpack/bytes.h"

#define BLOCK 2048u
#define PRIMARY (16u * BLOCK)

/* Small enough that every byte of it can be changed: nothing in it but a few files, and no padding. */
#define TREE                                                                                                           \
  "rm -rf t; mkdir -p t/boot t/empty; printf hello > t/boot/file; printf 'a longer text' > 't/A long name.text'; "     \
  "ln -s boot/file t/link; : > t/nothing; chmod 755 t/boot/file; find t -exec touch -h -d @1600000000 {} +; "          \
  "export SOURCE_DATE_EPOCH=1600000000; "
#define MAKE TREE "genisoimage -quiet -no-pad -R -J -V LABEL -o out t"

static void
trees (void **state)
{
  g_autoptr (AssayNode) root = make (*state, MAKE);
  assert_null (root->trouble);
  assert_string_equal (root->format, "iso9660");
  assert_content (root, "boot/file", "hello");
  assert_content (root, "A long name.text", "a longer text");
  assert_fact (root, "A long name.text", "iso-name", "A_LONG_N.TEX;1");
  assert_fact (root, "boot/file", "mtime", "1600000000");
  assert_fact (root, "boot/file", "record.mtime", "1600000000");
  assert_fact (root, "boot/file", "mode", "0100755");
  assert_fact (root, "link", "link", "boot/file");
  assert_fact (root, "boot", "dot.mtime", "1600000000");
  assert_int_equal (assay_node_find (root, "link")->type, ASSAY_NODE_SYMLINK);
  assert_int_equal (assay_node_find (root, "empty")->type, ASSAY_NODE_DIRECTORY);
  assert_int_equal (assay_node_find (root, "nothing")->size, 0);
  assert_int_equal (assay_node_find (root, "#joliet")->type, ASSAY_NODE_DIRECTORY);
  assert_int_equal (assay_node_find (root, "#joliet/boot/file")->type, ASSAY_NODE_HARDLINK);
  assert_fact (root, "#joliet/boot/file", "link", "boot/file");
  assert_fact (root, "#joliet/A long name.text", "link", "A long name.text");
  assert_string_equal (assay_facts_get (root->own_facts, "volume.label"), "LABEL");
  assert_non_null (assay_facts_get (root->own_facts, "volume.mtime"));
  assert_string_equal (assay_facts_get (root->own_facts, "dot.extensions"), "RRIP_1991A");
  assert_non_null (assay_facts_get (root->own_facts, "dot.mode"));
  assert_null (fact (root, "boot", "dot.mode"));
  assert_null (fact (root, "boot/file", "name-parts"));
  assert_null (fact (root, "boot/file", "continued"));
  assay_node_visit (root, check_node, NULL);
}

static void
names_of_the_standard (void **state)
{
  g_autoptr (AssayNode) root = make (*state, TREE "genisoimage -quiet -no-pad -V LABEL -o out t 2> log");
  assert_null (root->trouble);
  assert_content (root, "BOOT/FILE", "hello");
  assert_fact (root, "BOOT/FILE", "iso-name", "FILE.;1");
  assert_fact (root, "BOOT/FILE", "mtime", "1600000000");
  assert_null (fact (root, "BOOT/FILE", "mode"));
  assay_node_visit (root, check_node, NULL);
}

static void
boot_images (void **state)
{
  g_autoptr (AssayNode) root = make (
      *state, TREE "genisoimage -quiet -no-pad -R -b boot/file -no-emul-boot -boot-load-size 4 -c cat -o out t");
  assert_null (root->trouble);
  assert_string_equal (assay_facts_get (root->own_facts, "boot-1"),
                       "boot/file, platform 0x00, media 0, segment 0x0000, 4 sectors");
  assert_string_equal (assay_node_find (root, "boot/file")->loaded_from, "none");
  assert_null (assay_node_find (root, "A long name.text")->loaded_from);
  assay_node_visit (root, check_node, NULL);
}

/* A table of partitions in front, and a boot image that no directory has. */
static void
hybrid (void **state)
{
  run (*state, MAKE);
  g_autoptr (GByteArray) image = load_image (*state);
  memcpy (image->data + 446, "\x80\0\2\0\x17\0\1\0\0\0\0\0\x40\0\0\0", 16);
  image->data[510] = 0x55;
  image->data[511] = 0xaa;
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  assert_string_equal (root->format, "iso9660");
  assert_false (span_at (root, 446)->rewritable);
}

static guint32
root_block (const GByteArray *image)
{
  return assay_get_le32 (image->data + PRIMARY + 158);
}

/* Whoever changes a byte changes a fact, or bytes that are compared. */
static void
every_byte_counts (void **state)
{
  Fixture *fixture = *state;
  run (fixture, MAKE);
  g_autoptr (GBytes) bytes = load (fixture, "out");
  g_autoptr (AssayNode) original = unpack_bytes (fixture, bytes);
  g_autofree char *before = describe (original);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint tried = 0;
  for (gsize i = PRIMARY; i < size; i++)
    {
      const AssaySpan *span = span_at (original, i);
      if (span->kind != ASSAY_SPAN_HEADER || (data[i] == 0 && i % 7 != 0))
        continue;
      guint8 *copy = g_memdup2 (data, size);
      copy[i] ^= (guint8)(1u << i % 8);
      g_autoptr (GBytes) flipped = g_bytes_new_take (copy, size);
      check_flip (fixture, original, before, flipped, i);
      tried++;
    }
  assert_true (tried > 2000);
}

/* The record of that name, of the kind that ISO 9660 has. */
static guint8 *
record_of (GByteArray *image, const char *name)
{
  gsize length = strlen (name);
  for (gsize i = PRIMARY + 2 * BLOCK; i + 34 + length < image->len; i++)
    if (image->data[i + 32] == length && memcmp (image->data + i + 33, name, length) == 0 && image->data[i] > 33)
      return image->data + i;
  fail_msg ("no record of %s", name);
  return NULL;
}

static void
put_both (guint8 *at, guint32 value)
{
  for (guint i = 0; i < 4; i++)
    {
      at[i] = (guint8)(value >> 8 * i);
      at[7 - i] = at[i];
    }
}

/** What is done to the record of FILE.;1, or to its entry of Rock Ridge, and what is said of it. */
typedef struct
{
  const char *story;
  const char *entry; /* NULL: the record itself */
  guint at;
  const char *bytes;
  gsize length;
  const char *trouble;
} Forgery;

static const Forgery forgeries[] = {
  { "a record that is too short", NULL, 0, "\x20", 1, "an impossible length" },
  { "a record of odd length", NULL, 0, "\x23", 1, "an impossible length" },
  { "a name beyond its record", NULL, 32, "\xf0", 1, "leaves its record" },
  { "no name", NULL, 32, "\0", 1, "leaves its record" },
  { "flags that nobody knows", NULL, 25, "\x40", 1, "flags that are not known" },
  { "extended attributes", NULL, 1, "\1", 1, "extended attributes" },
  { "interleaved", NULL, 26, "\1", 1, "interleaved" },
  { "another volume", NULL, 28, "\2\0\0\2", 4, "another volume" },
  { "a volume of two numbers", NULL, 28, "\2\0\0\1", 4, "another in each byte order" },
  { "a directory by one half", NULL, 25, "\2", 1, "two types" },
  { "the rest is missing", NULL, 25, "\x80", 1, "ends too early" },
  { "its directory again", NULL, 32, "\1\0", 2, "a second entry of a directory itself" },
  { "attributes of another length", "PX", 2, "\x20", 1, NULL },
  { "no type", "PX", 4, "\0\0\0\0\0\0\0\0", 8, "two types" },
  { "a name of no length", "NM", 2, "\4", 1, "a name that is none" },
  { "a name that goes on", "NM", 4, "\1", 1, "cut off" },
  { "a name that is the directory", "NM", 4, "\2", 1, "a name that is none" },
  { "an entry without end", "NM", 2, "\xf0", 1, "an impossible length" },
  { "an entry that is too short", "TF", 2, "\3", 1, "an impossible length" },
  { "more times than there is room for", "TF", 4, "\x7f", 1, "cut off" },
  { "fewer times than there is room for", "TF", 4, "\2", 1, "behind the last time" },
  { "sparse", "TF", 0, "SF", 2, "sparse files" },
  { "moved from somewhere", "TF", 0, "PL\xc\1\1\0\0\0\0\0\0\1", 12, "where it came from" },
};

static void
broken_records (void **state)
{
  run (*state, MAKE);
  for (gsize i = 0; i < G_N_ELEMENTS (forgeries); i++)
    {
      const Forgery *forgery = &forgeries[i];
      g_autoptr (GByteArray) image = load_image (*state);
      guint8 *at = record_of (image, "FILE.;1");
      if (forgery->entry != NULL)
        at = memmem (at, at[0], forgery->entry, 2);
      assert_non_null (at);
      memcpy (at + forgery->at, forgery->bytes, forgery->length);
      g_autoptr (AssayNode) root = unpack_image (*state, image);
      if (root->trouble == NULL || (forgery->trouble != NULL && strstr (root->trouble, forgery->trouble) == NULL))
        fail_msg ("%s: %s", forgery->story, root->trouble);
    }
}

/* A file in two pieces, which stand apart: the other file's block becomes the second one. */
static void
pieces (void **state)
{
  run (*state, TREE "head -c 2048 /dev/zero | tr '\\0' a > t/boot/file; "
                    "touch -d @1600000000 t/boot/file; genisoimage -quiet -no-pad -o out t 2> log");
  g_autoptr (GByteArray) image = load_image (*state);
  guint8 *file = record_of (image, "FILE.;1");
  guint8 *other = record_of (image, "A_LONG_N.TEX;1");
  guint32 block = assay_get_le32 (other + 2);
  memmove (file + file[0], file, file[0]);
  file[25] |= 0x80;
  put_both (file + file[0] + 2, block);
  put_both (file + file[0] + 10, 13);
  put_both (other + 10, 0);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  AssayNode *node = assay_node_find (root, "BOOT/FILE");
  assert_int_equal (node->size, 2061);
  char text[14] = { 0 };
  assert_true (assay_blob_read (node->blob, 2048, text, 13, NULL));
  assert_string_equal (text, "a longer text");
  assert_fact (root, "BOOT/FILE", "section-2.mtime", "1600000000");
  assay_node_visit (root, check_node, NULL);
  put_both (file + 10, 5);
  g_autoptr (AssayNode) broken = unpack_image (*state, image);
  assert_string_equal (broken->trouble, "iso9660: a piece of a file that is no whole blocks");
}

static void
cut_anywhere (void **state)
{
  Fixture *fixture = *state;
  run (fixture, MAKE);
  g_autoptr (GByteArray) image = load_image (fixture);
  for (guint length = PRIMARY; length < root_block (image) * BLOCK + BLOCK; length += 97)
    {
      g_autoptr (GBytes) cut = g_bytes_new (image->data, length);
      g_autoptr (AssayNode) root = unpack_bytes (fixture, cut);
      assert_true (root->trouble != NULL || strcmp (root->format, "raw") == 0);
    }
}

/* Only where nothing else is known does it count what stands so deep. */
static void
other_formats_first (void **state)
{
  run (*state, MAKE);
  g_autoptr (GByteArray) image = load_image (*state);
  memcpy (image->data, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0", 16);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_string_equal (root->format, "elf");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (trees),  fixture_test (names_of_the_standard), fixture_test (boot_images),
    fixture_test (hybrid), fixture_test (every_byte_counts),     fixture_test (broken_records),
    fixture_test (pieces), fixture_test (cut_anywhere),          fixture_test (other_formats_first),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
