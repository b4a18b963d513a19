#include "archives.h"

#include "unpack/bytes.h"
#include "unpack/marks.h"

#include <zlib.h>

#define SFDISK                                                                                                         \
  "PATH=$PATH:/usr/sbin:/sbin; truncate -s %s out; sfdisk -q --no-tell-kernel --color=never out > log 2>&1 <<.\n%s.\n"
#define MBR_TABLE                                                                                                      \
  "label: dos\nlabel-id: 0x12345678\nstart=8, size=8, type=c, bootable\nstart=64, size=400, type=5\n"                  \
  "start=72, size=8, type=83\nstart=100, size=8, type=da\n"
#define GPT_TABLE                                                                                                      \
  "label: gpt\nlabel-id: 11111111-2222-3333-4444-555555555555\ntable-length: 4\nfirst-lba: 4\n"                        \
  "start=8, size=8, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=boot, uuid=aaaaaaaa-2222-3333-4444-555555555555\n" \
  "start=20, size=9, type=21686148-6449-6E6F-744E-656564454649, uuid=bbbbbbbb-2222-3333-4444-555555555555\n"

/* Where things stand. */
enum
{
  ENTRY = 446,
  CHAIN = 64 * 512,
  SECOND_LINK = 99 * 512,
  GPT_HEADER = 512,
  GPT_LIST = 1024,
  SECTORS = 512,
  BACKUP_HEADER = (SECTORS - 1) * 512,
  BACKUP_LIST = (SECTORS - 2) * 512,
};

static GByteArray *
make_table (const Fixture *fixture, const char *table)
{
  g_autofree char *script = g_strdup_printf (SFDISK, "256K", table);
  run (fixture, script);
  return load_image (fixture);
}

static void
assert_part (AssayNode *root, const char *path, guint64 sector, guint64 sectors)
{
  AssayNode *part = assay_node_find (root, path);
  assert_non_null (part);
  assert_int_equal (part->size, sectors * 512);
  const AssaySpan *span = span_at (root, sector * 512);
  assert_int_equal (span->kind, ASSAY_SPAN_PAYLOAD);
  assert_int_equal (span->child, part->index);
}

/* No byte of a table, or between partitions, may be written again: all are compared. */
static void
assert_compared (const AssayNode *root)
{
  for (guint i = 0; i < root->spans->len; i++)
    assert_false (g_array_index (root->spans, AssaySpan, i).rewritable);
}

static void
mbr (void **state)
{
  g_autoptr (GByteArray) image = make_table (*state, MBR_TABLE);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  assert_string_equal (root->format, "mbr");
  assert_int_equal (root->children->len, 3);
  assert_part (root, "#part1", 8, 8);
  assert_part (root, "#part5", 72, 8);
  assert_part (root, "#part6", 100, 8);
  assert_fact (root, "#part1", "partition-type", "0x0c");
  assert_fact (root, "#part1", "active", "yes");
  assert_fact (root, "#part6", "active", "no");
  assert_string_equal (assay_facts_get (root->own_facts, "disk-signature"), "0x12345678");
  assert_null (assay_node_find (root, "#part5")->loaded_from);
  assert_string_equal (assay_node_find (root, "#part6")->loaded_from, "none");
  assert_compared (root);
  assay_node_visit (root, check_node, NULL);
}

static void
gpt (void **state)
{
  g_autoptr (GByteArray) image = make_table (*state, GPT_TABLE);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  assert_string_equal (root->format, "gpt");
  assert_int_equal (root->children->len, 2);
  assert_part (root, "#part1", 8, 8);
  assert_part (root, "#part2", 20, 9);
  assert_fact (root, "#part1", "partition-type", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
  assert_fact (root, "#part1", "partition-name", "boot");
  assert_fact (root, "#part2", "partition-guid", "bbbbbbbb-2222-3333-4444-555555555555");
  assert_string_equal (assay_facts_get (root->own_facts, "disk-guid"), "11111111-2222-3333-4444-555555555555");
  assert_null (assay_node_find (root, "#part1")->loaded_from);
  assert_string_equal (assay_node_find (root, "#part2")->loaded_from, "none");
  assert_compared (root);
  assay_node_visit (root, check_node, NULL);
}

/** Bytes that are put in one place. */
typedef struct
{
  const char *story;
  guint at;
  gsize length;
  const char *bytes;
  const char *trouble; /* NULL: it is no table of partitions at all */
} Forgery;

static const Forgery mbr_forgeries[] = {
  { "a partition beyond the end", ENTRY + 12, 4, "\xff\xff\xff\x7f", NULL },
  { "a partition of nothing", ENTRY + 12, 4, "\0\0\0\0", NULL },
  { "a partition over the table", ENTRY + 8, 4, "\0\0\0\0", NULL },
  { "an impossible status", ENTRY, 1, "\x01", NULL },
  { "a place without a type", ENTRY + 4, 1, "\0", NULL },
  { "no signature", 510, 1, "\0", NULL },
  { "two partitions in one place", ENTRY + 8, 1, "\x3c", "overlap" },
  { "a partition around another", ENTRY + 12, 2, "\x60\0", "overlap" },
  { "two extended partitions", ENTRY + 4, 1, "\x0f", "two extended" },
  { "a chain that leads back", SECOND_LINK + ENTRY + 16, 16, "\0\0\0\0\x05\0\0\0\x23\0\0\0\x09\0\0\0", "does not end" },
  { "a chain that leads out", SECOND_LINK + ENTRY + 16, 16, "\0\0\0\0\x05\0\0\0\xff\x7f\0\0\x09\0\0\0", "leaves its" },
  { "a link without a signature", CHAIN + 510, 1, "\0", "that is none" },
  { "three entries in a link", CHAIN + ENTRY + 36, 1, "\x83", "that is none" },
  { "a partition that leaves the extended one", CHAIN + ENTRY + 12, 2, "\xff\x7f", "leaves the one around it" },
  { "a partition over a link", CHAIN + ENTRY + 12, 2, "\x80\0", "overlap" },
  { "a GPT that nothing tells of", 512, 8, "EFI PART", "protective" },
  { "a protective partition beside others", ENTRY + 4, 9, "\xee\0\0\0\x01\0\0\0\1", "beside the protective" },
};

static void
check_forgery (const Fixture *fixture, const GByteArray *forged, const Forgery *forgery)
{
  g_autoptr (AssayNode) root = unpack_image (fixture, forged);
  if (forgery->trouble == NULL)
    {
      if (strcmp (root->format, "raw") != 0)
        fail_msg ("%s: %s", forgery->story, root->format);
      return;
    }
  if (root->trouble == NULL || strstr (root->trouble, forgery->trouble) == NULL)
    fail_msg ("%s: %s", forgery->story, root->trouble);
  assert_int_equal (root->trouble_code, ASSAY_ERROR_MALFORMED);
}

static GByteArray *
forge (const GByteArray *image, const Forgery *forgery)
{
  GByteArray *forged = g_byte_array_new ();
  g_byte_array_append (forged, image->data, image->len);
  memcpy (forged->data + forgery->at, forgery->bytes, forgery->length);
  return forged;
}

static void
broken_mbr (void **state)
{
  g_autoptr (GByteArray) image = make_table (*state, MBR_TABLE);
  for (gsize i = 0; i < G_N_ELEMENTS (mbr_forgeries); i++)
    {
      g_autoptr (GByteArray) forged = forge (image, &mbr_forgeries[i]);
      check_forgery (*state, forged, &mbr_forgeries[i]);
    }
}

static const Forgery gpt_forgeries[] = {
  { "a header of another version", GPT_HEADER + 10, 1, "\x02", "another version" },
  { "no header", GPT_HEADER, 1, "X", "no header" },
  { "another place", GPT_HEADER + 24, 1, "\x02", "calls another place" },
  { "sectors beyond the end", GPT_HEADER + 48, 4, "\xff\xff\xff\x7f", "ends before the sectors" },
  { "a second header beyond the end", GPT_HEADER + 32, 4, "\xff\xff\xff\x7f", "before the second header" },
  { "the second header is the first", GPT_HEADER + 32, 4, "\x01\0\0\0", "overlap" },
  { "no second header", GPT_HEADER + 32, 4, "\x20\0\0\0", "none" },
  { "entries of another size", GPT_HEADER + 84, 1, "\0", "another size" },
  { "no entries", GPT_HEADER + 80, 1, "\0", "no entries" },
  { "a list beyond the end", GPT_HEADER + 72, 4, "\xff\x01\0\0", "checksum of a list" },
  { "another disk", GPT_HEADER + 56, 1, "X", "not say the same" },
  { "another disk in the second header", BACKUP_HEADER + 56, 1, "X", "not say the same" },
  { "another partition in the first list", GPT_LIST + 40, 1, "\x0e", "not say the same" },
  { "another partition in the second list", BACKUP_LIST + 40, 1, "\x0e", "not say the same" },
  { "a name in the second list", BACKUP_LIST + 56, 1, "B", "not say the same" },
};

/* What a forger would do: both checksums of both tables. */
static void
mend_sums (GByteArray *image)
{
  static const guint headers[] = { GPT_HEADER, BACKUP_HEADER };
  static const guint lists[] = { GPT_LIST, BACKUP_LIST };
  for (gsize i = 0; i < 2; i++)
    {
      guint8 *header = image->data + headers[i];
      guint32 sum = GUINT32_TO_LE ((guint32)crc32 (0, image->data + lists[i], 4 * 128));
      memcpy (header + 88, &sum, 4);
      memset (header + 16, 0, 4);
      sum = GUINT32_TO_LE ((guint32)crc32 (0, header, 92));
      memcpy (header + 16, &sum, 4);
    }
}

static void
broken_gpt (void **state)
{
  g_autoptr (GByteArray) image = make_table (*state, GPT_TABLE);
  for (gsize i = 0; i < G_N_ELEMENTS (gpt_forgeries); i++)
    {
      g_autoptr (GByteArray) forged = forge (image, &gpt_forgeries[i]);
      mend_sums (forged);
      check_forgery (*state, forged, &gpt_forgeries[i]);
    }
  static const Forgery both[] = { { "a partition over the list", GPT_LIST + 32, 1, "\x02", "outside of the sectors" },
                                  { "a partition that ends before it begins", GPT_LIST + 40, 1, "\x05", "outside" },
                                  { "two partitions in one place", GPT_LIST + 40, 1, "\x15", "overlap" } };
  for (gsize i = 0; i < G_N_ELEMENTS (both); i++)
    {
      g_autoptr (GByteArray) forged = forge (image, &both[i]);
      memcpy (forged->data + BACKUP_LIST, forged->data + GPT_LIST, 512);
      mend_sums (forged);
      check_forgery (*state, forged, &both[i]);
    }
}

static void
checksums_of_gpt (void **state)
{
  static const Forgery cases[] = { { "the first header", GPT_HEADER + 56, 1, "X", "checksum of a header" },
                                   { "the second header", BACKUP_HEADER + 56, 1, "X", "checksum of a header" },
                                   { "the first list", GPT_LIST + 56, 1, "X", "checksum of a list" },
                                   { "the second list", BACKUP_LIST + 56, 1, "X", "checksum of a list" } };
  g_autoptr (GByteArray) image = make_table (*state, GPT_TABLE);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) forged = forge (image, &cases[i]);
      check_forgery (*state, forged, &cases[i]);
    }
}

/* A list may claim four billion entries. */
static void
endless_list (void **state)
{
  g_autoptr (GByteArray) image = make_table (*state, GPT_TABLE);
  memset (image->data + GPT_HEADER + 80, 0xff, 4);
  mend_sums (image);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_int_equal (root->trouble_code, ASSAY_ERROR_LIMIT);
}

static void
properties (void **state)
{
  static const char *const tables[] = { MBR_TABLE, GPT_TABLE };
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      g_autofree char *script = g_strdup_printf (SFDISK, "256K", tables[i]);
      check_same_twice (*state, script);
      g_autoptr (GBytes) bytes = load (*state, "out");
      for (gsize size = 0; size < g_bytes_get_size (bytes); size += 61)
        {
          g_autoptr (GBytes) cut = g_bytes_new (g_bytes_get_data (bytes, NULL), size);
          g_autoptr (AssayNode) root = unpack_bytes (*state, cut);
          assay_node_visit (root, check_node, NULL);
        }
    }
}

static AssayBlob *
new_medium (gsize size, const char *const *marks, const gsize *places)
{
  g_autofree guint8 *bytes = g_malloc0 (size);
  for (gsize i = 0; marks[i] != NULL; i++)
    memcpy (bytes + places[i], marks[i], strlen (marks[i]));
  g_autoptr (GBytes) held = g_bytes_new (bytes, size);
  return assay_blob_new_for_bytes (held);
}

/* What chips start from, in whatever sector; one mark hides no other. */
static void
test_boot_sectors (void **state)
{
  const gsize size = 0x20000;
  const char *const none[] = { NULL };
  const char *const one[] = { "RKNS", NULL };
  const char *const two[] = { "RKNS", "@AML", NULL };
  const gsize places[] = { 0x10600, 0x10610 };
  const gsize amid[] = { 0x10604, 0 };
  const gsize last[] = { size - 4, 0 };
  (void)state;
  g_autoptr (AssayBlob) without = new_medium (size, none, places);
  g_autoptr (AssayBlob) with_one = new_medium (size, one, places);
  g_autoptr (AssayBlob) with_two = new_medium (size, two, places);
  g_autoptr (AssayBlob) elsewhere = new_medium (size, one, amid);
  g_autoptr (AssayBlob) at_end = new_medium (size, one, last);
  assert_false (assay_marks_find_boot_sector (without, NULL));
  assert_true (assay_marks_find_boot_sector (with_one, NULL));
  assert_true (assay_marks_find_boot_sector (with_one, without));
  assert_false (assay_marks_find_boot_sector (with_one, with_one));
  assert_false (assay_marks_find_boot_sector (without, with_one));
  assert_false (assay_marks_find_boot_sector (with_one, with_two));
  assert_true (assay_marks_find_boot_sector (with_two, with_one));
  assert_false (assay_marks_find_boot_sector (elsewhere, without));
  assert_false (assay_marks_find_boot_sector (at_end, without));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (mbr),
    fixture_test (gpt),
    fixture_test (broken_mbr),
    fixture_test (broken_gpt),
    fixture_test (checksums_of_gpt),
    fixture_test (endless_list),
    fixture_test (properties),
    cmocka_unit_test (test_boot_sectors),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
