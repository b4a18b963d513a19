#include "archives.h"

/* Packages are put together here, entry by entry: rpmbuild makes no broken ones. */

/** One entry: its data as they stand in the store. */
typedef struct
{
  guint32 tag;
  guint32 type;
  guint32 count;
  guint alignment;
  const char *data;
  gsize length;
} Entry;

#define TEXT(tag, text)                                                                                                \
  {                                                                                                                    \
    tag, 6, 1, 1, text, sizeof text                                                                                    \
  }
#define NUMBER(tag, bytes)                                                                                             \
  {                                                                                                                    \
    tag, 4, 1, 4, bytes, 4                                                                                             \
  }

static const Entry main_entries[] = {
  { 63, 7, 16, 1, NULL, 16 },
  TEXT (1000, "hello"),
  NUMBER (1006, "\x5f\x5e\x10\x00"),
  TEXT (1007, "builder"),
  TEXT (1023, "echo \\ \"\n"),
  { 1034, 4, 2, 4, "\x5f\x5e\x10\x01\x5f\x5e\x10\x02", 8 },
  { 1035, 8, 2, 1, "ab\0", 4 },
  TEXT (1094, "builder 1600000000"),
  { 1116, 4, 2, 4, "\0\0\0\0\0\0\0\1", 8 },
  { 1117, 8, 2, 1, "one\0two", 8 },
  { 1118, 8, 2, 1, "/usr/\0/etc/", 12 },
  NUMBER (5011, "\0\0\0\x08"),
  { 9999, 3, 1, 2, "\x12\x34", 2 },
};

/** Where the parts of a package begin. */
typedef struct
{
  GByteArray *bytes;
  gsize main;
  gsize payload;
} Package;

static void
put_be32 (GByteArray *out, guint32 value)
{
  const guint8 bytes[4] = { (guint8)(value >> 24), (guint8)(value >> 16), (guint8)(value >> 8), (guint8)value };
  g_byte_array_append (out, bytes, sizeof bytes);
}

static void
put_zeros (GByteArray *out, gsize count)
{
  const guint8 zero = 0;
  for (gsize i = 0; i < count; i++)
    g_byte_array_append (out, &zero, 1);
}

/* A header whose first entry is a region of all of them. */
static void
put_header (GByteArray *out, const Entry *entries, guint32 count)
{
  g_autoptr (GByteArray) index = g_byte_array_new ();
  g_autoptr (GByteArray) store = g_byte_array_new ();
  for (guint32 i = 1; i < count; i++)
    {
      put_zeros (store, (entries[i].alignment - store->len % entries[i].alignment) % entries[i].alignment);
      put_be32 (index, entries[i].tag);
      put_be32 (index, entries[i].type);
      put_be32 (index, store->len);
      put_be32 (index, entries[i].count);
      g_byte_array_append (store, (const guint8 *)entries[i].data, (guint)entries[i].length);
    }
  g_byte_array_append (out, (const guint8 *)"\x8e\xad\xe8\x01\0\0\0\0", 8);
  put_be32 (out, count);
  put_be32 (out, store->len + 16);
  put_be32 (out, entries[0].tag);
  put_be32 (out, 7);
  put_be32 (out, store->len);
  put_be32 (out, 16);
  g_byte_array_append (out, index->data, index->len);
  g_byte_array_append (out, store->data, store->len);
  put_be32 (out, entries[0].tag);
  put_be32 (out, 7);
  put_be32 (out, 0u - 16 * count);
  put_be32 (out, 16);
}

static Package
make_package (void)
{
  g_autoptr (GByteArray) rest = g_byte_array_new ();
  put_header (rest, main_entries, G_N_ELEMENTS (main_entries));
  gsize main_length = rest->len;
  g_byte_array_append (rest, (const guint8 *)"payload", 7);
  g_autofree char *sha1 = g_compute_checksum_for_data (G_CHECKSUM_SHA1, rest->data, main_length);
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, rest->data, main_length);
  guint8 md5[16];
  gsize md5_length = sizeof md5;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  g_checksum_update (checksum, rest->data, rest->len);
  g_checksum_get_digest (checksum, md5, &md5_length);
  const guint8 size[4] = { 0, 0, (guint8)(rest->len >> 8), (guint8)rest->len };
  const Entry entries[] = { { 62, 7, 16, 1, NULL, 16 },
                            { 269, 6, 1, 1, sha1, 41 },
                            { 273, 6, 1, 1, sha256, 65 },
                            { 1000, 4, 1, 4, (const char *)size, 4 },
                            { 1004, 7, 16, 1, (const char *)md5, 16 },
                            { 1008, 7, 5, 1, "\0\0\0\0", 5 } };
  Package package = { .bytes = g_byte_array_new () };
  g_byte_array_append (package.bytes, (const guint8 *)"\xed\xab\xee\xdb\x03\0\0\0\0\0hello-1-1", 19);
  put_zeros (package.bytes, 79 - package.bytes->len);
  g_byte_array_append (package.bytes, (const guint8 *)"\x05", 1);
  put_zeros (package.bytes, 96 - package.bytes->len);
  put_header (package.bytes, entries, G_N_ELEMENTS (entries));
  put_zeros (package.bytes, (8 - package.bytes->len % 8) % 8);
  package.main = package.bytes->len;
  package.payload = package.main + main_length;
  g_byte_array_append (package.bytes, rest->data, rest->len);
  return package;
}

static void
package (void **state)
{
  Package made = make_package ();
  g_autoptr (GByteArray) bytes = made.bytes;
  g_autoptr (AssayNode) root = unpack_image (*state, bytes);
  assert_null (root->trouble);
  assert_string_equal (root->format, "rpm");
  assert_content (root, "#payload", "payload");
  assert_string_equal (assay_facts_get (root->own_facts, "rpm.name"), "hello");
  assert_string_equal (assay_facts_get (root->own_facts, "rpm.prein"), "echo \\\\ \"\\x0A");
  assert_string_equal (assay_facts_get (root->own_facts, "rpm.buildtime"), "1600000000");
  assert_string_equal (assay_facts_get (root->own_facts, "rpm.filemtime:/usr/one"), "1600000001");
  assert_string_equal (assay_facts_get (root->own_facts, "rpm.filemtime:/etc/two"), "1600000002");
  assert_string_equal (assay_facts_get (root->own_facts, "rpm.dirnames"), "/usr/, /etc/");
  assert_string_equal (assay_facts_get (root->own_facts, "rpm.tag-9999"), "4660");
  static const char *const derived[]
      = { "rpm-signature.sha1", "rpm-signature.sha256", "rpm-signature.size", "rpm-signature.md5", "rpm.cookie" };
  for (gsize i = 0; i < G_N_ELEMENTS (derived); i++)
    assert_null (assay_facts_get (root->own_facts, derived[i]));
  assay_node_visit (root, check_node, NULL);
}

static void
every_byte_counts (void **state)
{
  Package made = make_package ();
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (made.bytes);
  check_all_flips (*state, bytes);
}

static void
every_cut (void **state)
{
  Package made = make_package ();
  g_autoptr (GByteArray) bytes = made.bytes;
  for (guint length = 96; length < made.payload; length++)
    {
      g_autoptr (GBytes) cut = g_bytes_new (bytes->data, length);
      g_autoptr (AssayNode) root = unpack_bytes (*state, cut);
      assert_string_equal (root->format, "rpm");
      assert_non_null (root->trouble);
    }
}

/** Bytes that are put in the main header at a place of one entry of the index, or of the store. */
typedef struct
{
  const char *story;
  guint entry;
  guint field;
  const char *bytes;
  const char *trouble;
} Forgery;

static const Forgery forgeries[] = {
  { "a type that nobody knows", 1, 4, "\0\0\0\x0a", "no known type" },
  { "no type", 1, 4, "\0\0\0\0", "no known type" },
  { "nothing of it", 1, 12, "\0\0\0\0", "an entry of nothing" },
  { "four thousand million of it", 2, 12, "\xff\xff\xff\xff", "leave the header" },
  { "a text beyond the end", 1, 8, "\0\0\xff\xff", "leave the header" },
  { "a text that is two", 1, 12, "\0\0\0\2", "a text that is several" },
  { "more texts than there are", 9, 12, "\0\x01\0\0", "a text without end" },
  { "a number between two", 2, 8, "\0\0\0\x09", "not aligned" },
  { "the data of another entry", 1, 8, "\0\0\0\x0c", "the same data" },
  { "the tag of another entry", 1, 0, "\0\0\x03\xee", "two entries of one tag" },
  { "a region in the middle", 1, 0, "\0\0\0\x3e", "a region within a header" },
  { "a region of the other header", 0, 0, "\0\0\0\x3e", "a region of another kind" },
  { "a region of another length", 0, 12, "\0\0\0\x11", NULL },
  { "another number of times", 5, 12, "\0\0\0\1", "another number of times" },
  { "another number of directories", 8, 12, "\0\0\0\1", "how many files there are" },
  { "another number of digests", 6, 12, "\0\0\0\1", "another number of digests" },
};

static void
broken_headers (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (forgeries); i++)
    {
      Package made = make_package ();
      g_autoptr (GByteArray) bytes = made.bytes;
      memcpy (bytes->data + made.main + 16 + 16 * forgeries[i].entry + forgeries[i].field, forgeries[i].bytes, 4);
      g_autoptr (AssayNode) root = unpack_image (*state, bytes);
      if (root->trouble == NULL
          || (forgeries[i].trouble != NULL && strstr (root->trouble, forgeries[i].trouble) == NULL))
        fail_msg ("%s: %s", forgeries[i].story, root->trouble);
    }
}

static void
broken_paths (void **state)
{
  static const struct
  {
    const char *before;
    gsize length;
    const char *after;
    const char *trouble;
  } cases[] = { { "\0\0\0\0\0\0\0\1", 8, "\0\0\0\0\0\0\0\2", "in no directory" },
                { "one\0two", 7, "two\0two", NULL },
                { "one\0two\0/usr/\0/etc/", 19, "two\0two\0/usr/\0/usr/", "stands twice" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Package made = make_package ();
      g_autoptr (GByteArray) bytes = made.bytes;
      guint8 *at
          = memmem (bytes->data + made.main + 16 + 16 * G_N_ELEMENTS (main_entries),
                    made.payload - made.main - 16 - 16 * G_N_ELEMENTS (main_entries), cases[i].before, cases[i].length);
      assert_non_null (at);
      memcpy (at, cases[i].after, cases[i].length);
      g_autoptr (AssayNode) root = unpack_image (*state, bytes);
      if (cases[i].trouble == NULL)
        assert_null (root->trouble);
      else if (root->trouble == NULL || strstr (root->trouble, cases[i].trouble) == NULL)
        fail_msg ("%s: %s", cases[i].trouble, root->trouble);
    }
}

static void
limits (void **state)
{
  Fixture *fixture = *state;
  Package made = make_package ();
  g_autoptr (GByteArray) bytes = made.bytes;
  fixture->limits.value[ASSAY_LIMIT_METADATA_BYTES] = 300;
  g_autoptr (AssayNode) root = unpack_image (fixture, bytes);
  assert_non_null (root->trouble);
  assert_int_equal (root->trouble_code, ASSAY_ERROR_LIMIT);
  assert_non_null (strstr (root->trouble, "metadata-bytes"));
}

static void
other_versions (void **state)
{
  Package made = make_package ();
  g_autoptr (GByteArray) bytes = made.bytes;
  bytes->data[4] = 6;
  g_autoptr (AssayNode) root = unpack_image (*state, bytes);
  assert_int_equal (root->trouble_code, ASSAY_ERROR_UNSUPPORTED);
  assert_non_null (strstr (root->trouble, "version 6"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (package),        fixture_test (every_byte_counts), fixture_test (every_cut),
    fixture_test (broken_headers), fixture_test (broken_paths),      fixture_test (limits),
    fixture_test (other_versions),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
