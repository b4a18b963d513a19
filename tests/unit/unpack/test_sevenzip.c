#include "archives.h"

#include "unpack/sevenzip/sevenzip.h"

#define TREE                                                                                                           \
  "rm -rf t out out.7z; mkdir -p t/boot t/empty; printf hello > t/boot/file; printf 'a longer text' > t/text; "        \
  ": > t/nothing; ln -s boot/file t/link; chmod 755 t/text; find t -exec touch -h -d @1600000000.25 {} +; cd t; "
#define PACK(options) TREE "7zr a -snl " options " ../out.7z . > ../log; mv ../out.7z ../out"

static void
check_tree (AssayNode *root)
{
  if (root->trouble != NULL)
    fail_msg ("%s", root->trouble);
  assert_string_equal (root->format, "7z");
  assert_content (root, "boot/file", "hello");
  assert_content (root, "text", "a longer text");
  assert_int_equal (assay_node_find (root, "nothing")->size, 0);
  assert_int_equal (assay_node_find (root, "empty")->type, ASSAY_NODE_DIRECTORY);
  assert_int_equal (assay_node_find (root, "link")->type, ASSAY_NODE_SYMLINK);
  assert_fact (root, "link", "link", "boot/file");
  assert_fact (root, "text", "mode", "0100755");
  assert_fact (root, "text", "mtime", "1600000000.2500000");
  assert_fact (root, "empty", "mtime", "1600000000.2500000");
  assert_int_equal (assay_node_find (root, "#header")->fields->len, 6);
  assay_node_visit (root, check_node, NULL);
}

static void
every_method (void **state)
{
  static const char *const scripts[] = { PACK (""),
                                         PACK ("-m0=lzma"),
                                         PACK ("-m0=lzma2"),
                                         PACK ("-m0=copy"),
                                         PACK ("-ms=off"),
                                         PACK ("-mhc=off"),
                                         PACK ("-mhc=off -m0=copy -ms=off"),
                                         PACK ("-m0=bcj -m1=lzma"),
                                         PACK ("-m0=delta:2 -m1=lzma2") };
  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      g_autoptr (AssayNode) root = make (*state, scripts[i]);
      check_tree (root);
    }
}

static void
spans (void **state)
{
  g_autoptr (AssayNode) root = make (*state, PACK (""));
  assert_false (span_at (root, 6)->rewritable);
  assert_true (span_at (root, 8)->rewritable);
  assert_int_equal (span_at (root, 32)->kind, ASSAY_SPAN_ENCODED);
  const AssaySpan *last = span_at (root, root->size - 1);
  assert_true (last->rewritable);
  const AssaySpan *coders = span_at (root, last->offset - 1);
  assert_false (coders->rewritable);
  assert_string_equal (coders->name, "7z coders of the packed header");
}

static void
properties (void **state)
{
  check_format (*state, PACK ("-m0=copy"));
  check_format (*state, PACK ("-m0=lzma2 -mhc=off"));
}

static void
numbers (void **state)
{
  static const struct
  {
    guint64 value;
    gsize length;
    const char *bytes;
  } cases[] = { { 0, 1, "\0" },
                { 0x7f, 1, "\x7f" },
                { 0x80, 2, "\x80\x80" },
                { 0x3fff, 2, "\xbf\xff" },
                { 0x4000, 3, "\xc0\0\x40" },
                { 0x12345678, 5, "\xf0\x78\x56\x34\x12" },
                { G_GUINT64_CONSTANT (0xffffffffffffff), 8, "\xfe\xff\xff\xff\xff\xff\xff\xff" },
                { G_MAXUINT64, 9, "\xff\xff\xff\xff\xff\xff\xff\xff\xff" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) out = g_byte_array_new ();
      assay_sevenzip_put_number (out, cases[i].value);
      assert_int_equal (out->len, cases[i].length);
      assert_memory_equal (out->data, cases[i].bytes, out->len);
      AssaySevenzipCursor cursor = { out->data, out->len, 0, FALSE };
      assert_true (assay_sevenzip_number (&cursor) == cases[i].value);
      assert_false (cursor.bad);
      assert_int_equal (cursor.at, out->len);
      AssaySevenzipCursor cut = { out->data, out->len - 1, 0, FALSE };
      assay_sevenzip_number (&cut);
      assert_true (cut.bad);
    }
}

static guint32
get (const guint8 *at)
{
  return (guint32)at[0] | (guint32)at[1] << 8 | (guint32)at[2] << 16 | (guint32)at[3] << 24;
}

static guint32
crc_of (const guint8 *data, gsize length)
{
  guint32 crc = G_MAXUINT32;
  for (gsize i = 0; i < length; i++)
    {
      crc ^= data[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
    }
  return ~crc;
}

static void
put (guint8 *at, guint32 value)
{
  for (guint i = 0; i < 4; i++)
    at[i] = (guint8)(value >> 8 * i);
}

/* Both checksums of the headers, as a forger would mend them. */
static void
mend (GByteArray *image)
{
  gsize start = 32 + get (image->data + 12);
  put (image->data + 28, crc_of (image->data + start, get (image->data + 20)));
  put (image->data + 8, crc_of (image->data + 12, 20));
}

/* Every byte of a header that is not packed, changed in two ways and mended: nothing may go wrong, and nothing that was
 * changed may look as before. */
static void
changed_headers (void **state)
{
  Fixture *fixture = *state;
  run (fixture, PACK ("-m0=copy -mhc=off"));
  g_autoptr (GByteArray) image = load_image (fixture);
  g_autoptr (AssayNode) original = unpack_image (fixture, image);
  g_autofree char *before = describe (original);
  gsize start = 32 + get (image->data + 12);
  gsize length = get (image->data + 20);
  for (gsize i = 0; i < 2 * length; i++)
    {
      guint8 *at = image->data + start + i / 2;
      guint8 was = *at;
      *at ^= i % 2 == 0 ? 0x01 : 0xa4;
      mend (image);
      g_autoptr (AssayNode) root = unpack_image (fixture, image);
      assay_node_visit (root, check_node, NULL);
      g_autofree char *after = describe (root);
      assert_string_not_equal (before, after);
      *at = was;
    }
}

static void
limits (void **state)
{
  Fixture *fixture = *state;
  run (fixture, PACK (""));
  g_autoptr (GByteArray) image = load_image (fixture);
  fixture->limits.value[ASSAY_LIMIT_ENTRIES] = 3;
  g_autoptr (AssayNode) few = unpack_image (fixture, image);
  assert_int_equal (few->trouble_code, ASSAY_ERROR_LIMIT);
  assay_limits_init (&fixture->limits);
  fixture->limits.value[ASSAY_LIMIT_DECODER_MEMORY] = 1000;
  g_autoptr (AssayNode) small = unpack_image (fixture, image);
  assert_non_null (strstr (small->trouble, "decoder-memory"));
  assay_limits_init (&fixture->limits);
  fixture->limits.value[ASSAY_LIMIT_METADATA_BYTES] = 100;
  g_autoptr (AssayNode) header = unpack_image (fixture, image);
  assert_non_null (strstr (header->trouble, "metadata-bytes"));
}

static void
not_read (void **state)
{
  g_autoptr (AssayNode) root = make (*state, TREE "7z a -m0=ppmd ../out.7z . > ../log; mv ../out.7z ../out");
  assert_int_equal (root->trouble_code, ASSAY_ERROR_UNSUPPORTED);
  assert_string_equal (root->trouble, "7z: a coder that is not read: 0x30401 (PPMd)");
  assert_string_equal (root->format, "7z");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (every_method),    fixture_test (spans),  fixture_test (properties), fixture_test (numbers),
    fixture_test (changed_headers), fixture_test (limits), fixture_test (not_read),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
