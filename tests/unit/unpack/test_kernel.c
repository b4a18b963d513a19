#include "archives.h"

#include "unpack/bytes.h"

/* Images of Linux, written here field by field; what is compressed in them comes from the usual tools. */

#define CPIO "printf hello > file; echo file | cpio --quiet -o -H newc --reproducible > cpio; "

static void
put (GByteArray *out, gsize offset, guint64 value, guint width)
{
  if (out->len < offset + width)
    {
      gsize before = out->len;
      g_byte_array_set_size (out, (guint)(offset + width));
      memset (out->data + before, 0, offset + width - before);
    }
  for (guint i = 0; i < width; i++)
    out->data[offset + i] = (guint8)(value >> (8 * i));
}

static void
put_text (GByteArray *out, gsize offset, const char *text)
{
  for (gsize i = 0; text[i] != '\0'; i++)
    put (out, offset + i, (guint8)text[i], 1);
}

/* Bytes that are code, as far as anybody knows. */
static void
add_code (GByteArray *out, guint count)
{
  for (guint i = 0; i < count; i++)
    put (out, out->len, (i * 29 + 3) & 0xff, 1);
}

static void
add_file (const Fixture *fixture, GByteArray *out, const char *name)
{
  g_autoptr (GBytes) bytes = load (fixture, name);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_byte_array_append (out, data, (guint)size);
}

static GByteArray *
make_bzimage (const Fixture *fixture, const char *payload, gboolean with_size)
{
  GByteArray *out = g_byte_array_new ();
  add_code (out, 1024); /* the boot sector and one of setup */
  put (out, 0x1f1, 1, 1);
  put (out, 0x1fe, 0xaa55, 2);
  put (out, 0x200, 0x66eb, 2);
  put_text (out, 0x202, "HdrS");
  put (out, 0x206, 0x20f, 2);
  add_code (out, 20);
  add_file (fixture, out, payload);
  if (with_size)
    put (out, out->len, 12345, 4);
  put (out, 0x248, 20, 4);
  put (out, 0x24c, out->len - 1044, 4);
  add_code (out, 30);
  while ((out->len + 4) % 16 != 0)
    add_code (out, 1);
  put (out, 0x1f4, (out->len + 4 - 1024) / 16, 4);
  guint32 sum = G_MAXUINT32;
  for (guint i = 0; i < out->len; i++)
    {
      sum ^= out->data[i];
      for (guint bit = 0; bit < 8; bit++)
        sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0xedb88320u : 0);
    }
  put (out, out->len, sum, 4);
  return out;
}

static void
assert_span (const AssayNode *root, guint64 offset, const char *name)
{
  const AssaySpan *span = span_at (root, offset);
  assert_non_null (span);
  assert_string_equal (span->name, name);
}

static void
bzimage (void **state)
{
  run (*state, "printf kernel | gzip -n > gz; printf kernel | xz --check=crc32 > xz");
  g_autoptr (GByteArray) image = make_bzimage (*state, "gz", FALSE);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_string_equal (root->format, "bzimage");
  assert_content (root, "#payload//#gzip", "kernel");
  assert_span (root, 0, "setup code");
  assert_span (root, 0x1f4, "setup header: syssize");
  assert_span (root, 0x250, "setup header: setup_data");
  assert_span (root, 0x300, "setup code");
  assert_span (root, 1043, "decompressor");
  assert_span (root, 1044, "compressed kernel");
  assert_span (root, image->len - 5, "decompressor");
  assert_span (root, image->len - 4, "checksum of the kernel");
  assert_true (span_at (root, image->len - 1)->rewritable);
  assay_node_visit (root, check_node, NULL);
  g_autoptr (GByteArray) other = make_bzimage (*state, "xz", TRUE);
  g_autoptr (AssayNode) sized = unpack_image (*state, other);
  assert_content (sized, "#payload//#xz", "kernel");
  guint64 end = 1044 + assay_get_le32 (other->data + 0x24c);
  assert_span (sized, end - 1, "size of the kernel");
  assert_span (sized, end, "decompressor");
  other->data[700] ^= 1;
  g_autoptr (AssayNode) changed = unpack_image (*state, other);
  assert_false (span_at (changed, other->len - 1)->rewritable);
}

static void
bzimage_that_lies (void **state)
{
  static const struct
  {
    gsize offset;
    guint64 value;
    guint width;
  } lies[] = { { 0x1f4, 0x100000, 4 }, { 0x1f4, 0, 4 },          { 0x248, 0, 4 },  { 0x248, 0xffffffff, 4 },
               { 0x24c, 0xffff, 4 },   { 0x24c, 0xffffffff, 4 }, { 0x1f1, 200, 1 } };
  run (*state, "printf kernel | gzip -n > gz");
  for (gsize i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_autoptr (GByteArray) image = make_bzimage (*state, "gz", FALSE);
      put (image, lies[i].offset, lies[i].value, lies[i].width);
      g_autoptr (AssayNode) root = unpack_image (*state, image);
      assert_non_null (root->trouble);
      assert_int_equal (root->trouble_code, ASSAY_ERROR_MALFORMED);
      assert_null (root->spans);
    }
}

static void
bzimage_without_place (void **state)
{
  run (*state, "printf kernel | gzip -n > gz");
  g_autoptr (GByteArray) image = make_bzimage (*state, "gz", FALSE);
  put (image, 0x206, 0x207, 2);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_null (root->trouble);
  assert_int_equal (root->children->len, 0);
  assert_span (root, 1050, "kernel");
}

/* A certificate table that reaches to the end, and one that does not. */
static void
certificates (void **state)
{
  run (*state, "printf kernel | gzip -n > gz");
  g_autoptr (GByteArray) image = make_bzimage (*state, "gz", FALSE);
  while (image->len % 8 != 0)
    put (image, image->len, 0, 1);
  guint start = image->len;
  put_text (image, start, "certificates");
  put_text (image, 0, "MZ");
  put (image, 0x3c, 0x40, 4);
  put (image, 0x40, 0x4550, 4);
  put (image, 0x58, 0x20b, 2);
  put (image, 0x58 + 112 + 32, start, 4);
  put (image, 0x58 + 112 + 36, 12, 4);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_span (root, start, "PE certificate table");
  assert_false (span_at (root, start)->rewritable);
  put (image, 0x58 + 112 + 36, 11, 4);
  g_autoptr (AssayNode) other = unpack_image (*state, image);
  assert_span (other, start, "behind the kernel");
}

static GByteArray *
make_zimage (const Fixture *fixture, const char *payload, gboolean table)
{
  GByteArray *out = g_byte_array_new ();
  add_code (out, 0x90);
  add_file (fixture, out, payload);
  put (out, 0x24, 0x016f2818, 4);
  put (out, 0x28, 0, 4);
  put (out, 0x34, table ? 0x45454545 : 0, 4);
  put (out, 0x38, 0x60, 4);
  put (out, 0x60, 4, 4);
  put (out, 0x64, 0x5a534c4b, 4);
  put (out, 0x68, out->len - 4, 4);
  add_code (out, 50);
  put (out, 0x2c, out->len, 4);
  return out;
}

static void
zimage (void **state)
{
  run (*state,
       "printf kernel | gzip -n > gz; printf kernel | xz --check=crc32 > xz; printf '\\006\\0\\0\\0' >> xz;"
       "printf kernel | xz --format=lzma > lzma; printf '\\006\\0\\0\\0' >> lzma; head -c 20 gz > cut;"
       "printf kernel | xz --check=crc32 > other; printf '\\007\\0\\0\\0' >> other; cat gz > two; printf xx >> two;"
       "cat gz >> two");
  static const struct
  {
    const char *payload;
    gboolean table;
    const char *content;
  } cases[] = { { "gz", TRUE, "#payload//#gzip" },
                { "gz", FALSE, "#payload//#gzip" },
                { "xz", TRUE, "#payload//#xz" },
                { "xz", FALSE, "#payload//#xz" },
                { "lzma", TRUE, "#payload//#lzma" },
                { "lzma", FALSE, "#payload//#lzma" },
                { "cut", TRUE, NULL },
                { "cut", FALSE, NULL },
                { "other", FALSE, NULL },
                { "two", FALSE, NULL } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) image = make_zimage (*state, cases[i].payload, cases[i].table);
      g_autoptr (AssayNode) root = unpack_image (*state, image);
      assert_null (root->trouble);
      assert_string_equal (root->format, cases[i].content != NULL ? "zimage" : "raw");
      if (cases[i].content != NULL)
        assert_content (root, cases[i].content, "kernel");
      assay_node_visit (root, check_node, NULL);
    }
}

static void
zboot (void **state)
{
  run (*state, "printf kernel | gzip -n > gz");
  g_autoptr (GByteArray) image = g_byte_array_new ();
  add_code (image, 64);
  put_text (image, 0, "MZ");
  put_text (image, 4, "zimg");
  put (image, 8, 64, 4);
  add_file (*state, image, "gz");
  put (image, 12, image->len - 64, 4);
  add_code (image, 40);
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_string_equal (root->format, "zboot");
  assert_content (root, "#payload//#gzip", "kernel");
  assert_span (root, image->len - 1, "behind the kernel");
  put (image, 12, 0xffffff00, 4);
  g_autoptr (AssayNode) lie = unpack_image (*state, image);
  assert_non_null (lie->trouble);
}

static GByteArray *
make_image (const Fixture *fixture, const char *magic, const char *initramfs)
{
  GByteArray *out = g_byte_array_new ();
  put (out, 63, 0, 1);
  put_text (out, 56, magic);
  put_text (out, 64, "code"); /* the initramfs stands at a multiple of four, not of eight */
  guint before = out->len;
  add_file (fixture, out, initramfs);
  guint length = out->len - before;
  while (out->len % 8 != 0)
    put (out, out->len, 0, 1);
  put (out, out->len, length, 8);
  add_code (out, 21);
  return out;
}

static void
flat_kernel (void **state)
{
  run (*state, CPIO "gzip -n < cpio > gz; printf nothing | gzip -n > no-cpio");
  g_autoptr (GByteArray) arm = make_image (*state, "ARM\x64", "cpio");
  g_autoptr (AssayNode) root = unpack_image (*state, arm);
  assert_string_equal (root->format, "arm64-image");
  assert_span (root, 8, "image header: text_offset");
  assert_content (root, "#initramfs//file", "hello");
  g_autoptr (GByteArray) riscv = make_image (*state, "RSC\x05", "gz");
  g_autoptr (AssayNode) other = unpack_image (*state, riscv);
  assert_string_equal (other->format, "riscv-image");
  assert_content (other, "#initramfs//#gzip//file", "hello");
  g_autoptr (GByteArray) none = make_image (*state, "ARM\x64", "no-cpio");
  g_autoptr (AssayNode) without = unpack_image (*state, none);
  assert_null (without->trouble);
  assert_int_equal (without->children->len, 0);
  /* a length that is not that of the initramfs, and one with something in front of it */
  arm->data[arm->len - 21 - 7] ^= 1;
  g_autoptr (AssayNode) wrong = unpack_image (*state, arm);
  assert_int_equal (wrong->children->len, 0);
  arm->data[arm->len - 21 - 7] ^= 1;
  arm->data[64 + 4 + 513] ^= 1;
  g_autoptr (AssayNode) dirty = unpack_image (*state, arm);
  assert_true (dirty->children->len == 0 || span_at (dirty, 64 + 4 + 513)->kind == ASSAY_SPAN_PAYLOAD);
}

static GByteArray *
make_vmlinux (const Fixture *fixture, guint64 address, const char *initramfs)
{
  GByteArray *out = g_byte_array_new ();
  add_code (out, 0x7c);
  put_text (out, 0, "\177ELF\2\1\1");
  put (out, 16, 2, 2);
  put (out, 18, 62, 2);
  put (out, 32, 64, 8); /* program headers */
  put (out, 40, 0, 8);
  put (out, 54, 56, 2);
  put (out, 56, 1, 2);
  put (out, 60, 0, 2);
  put (out, 64, 1, 4); /* PT_LOAD */
  put (out, 72, 0, 8);
  put (out, 80, address, 8);
  add_file (fixture, out, initramfs);
  guint length = out->len - 0x7c;
  while (out->len % 8 != 0)
    put (out, out->len, 0, 1);
  put (out, out->len, length, 8);
  add_code (out, 9);
  put (out, 96, out->len, 8);
  put (out, 104, out->len, 8);
  return out;
}

static void
vmlinux (void **state)
{
  run (*state, CPIO "mkdir dev; echo dev | cpio --quiet -o -H newc --reproducible > bare");
  g_autoptr (GByteArray) image = make_vmlinux (*state, G_GUINT64_CONSTANT (0xffffffff81000000), "cpio");
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_string_equal (root->format, "vmlinux");
  assert_content (root, "#initramfs//file", "hello");
  AssayNode *kernel = assay_node_find (root, "#kernel");
  assert_string_equal (kernel->format, "elf");
  assert_int_equal (kernel->size, image->len);
  g_autofree guint8 *bytes = g_malloc (image->len);
  assert_true (assay_blob_read (kernel->blob, 0, bytes, image->len, NULL));
  const AssayNode *initramfs = assay_node_find (root, "#initramfs");
  for (guint i = 0; i < image->len; i++)
    assert_int_equal (bytes[i], i >= 0x7c && i < 0x7c + initramfs->size ? 0 : image->data[i]);
  assay_node_visit (root, check_node, NULL);
  g_autoptr (GByteArray) bare = make_vmlinux (*state, G_GUINT64_CONSTANT (0xffffffff81000000), "bare");
  g_autoptr (AssayNode) empty = unpack_image (*state, bare);
  assert_string_equal (empty->format, "elf");
  assert_null (empty->spans);
  g_autoptr (GByteArray) program = make_vmlinux (*state, 0x400000, "cpio");
  g_autoptr (AssayNode) user = unpack_image (*state, program);
  assert_string_equal (user->format, "elf");
}

static void
properties (void **state)
{
  run (*state,
       CPIO "printf kernel | gzip -n > gz; printf kernel | xz --check=crc32 > xz; printf '\\006\\0\\0\\0' >> xz");
  GByteArray *images[]
      = { make_bzimage (*state, "gz", FALSE), make_zimage (*state, "xz", TRUE), make_image (*state, "ARM\x64", "cpio"),
          make_vmlinux (*state, G_GUINT64_CONSTANT (0xffffffff81000000), "cpio") };
  for (gsize i = 0; i < G_N_ELEMENTS (images); i++)
    {
      g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (images[i]);
      check_all_flips (*state, bytes);
      check_all_truncations (*state, bytes);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (bzimage),
    fixture_test (bzimage_that_lies),
    fixture_test (bzimage_without_place),
    fixture_test (certificates),
    fixture_test (zimage),
    fixture_test (zboot),
    fixture_test (flat_kernel),
    fixture_test (vmlinux),
    fixture_test (properties),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
