#include "archives.h"

#include "unpack/rauc.h"

/* Bundles of RAUC, with something in the place of a signature that is DER and names a salt. */

#define SQUASHFS                                                                                                       \
  "rm -rf tree s && mkdir tree && printf hello > tree/file && seq 1 9000 > tree/numbers && "                           \
  "mksquashfs tree s -quiet -no-progress -noappend -all-root -reproducible -mkfs-time 0 -all-time 0 -noD -noI > "      \
  "/dev/null; "
#define SALT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void
add_signature (GByteArray *out, const char *text)
{
  guint8 head[] = { 0x30, 0x81, (guint8)strlen (text) };
  guint8 length[8] = { 0, 0, 0, 0, 0, 0, 0, (guint8)(sizeof head + strlen (text)) };
  g_byte_array_append (out, head, sizeof head);
  g_byte_array_append (out, (const guint8 *)text, (guint)strlen (text));
  g_byte_array_append (out, length, sizeof length);
}

/* The one level that a small bundle has. */
static void
add_tree (GByteArray *out)
{
  guint8 salt[32];
  guint8 level[ASSAY_RAUC_BLOCK_BYTES] = { 0 };
  guint blocks = out->len / ASSAY_RAUC_BLOCK_BYTES;
  for (guint i = 0; i < sizeof salt; i++)
    salt[i] = (guint8)i;
  assert_true (blocks > 1 && blocks <= 128);
  for (guint i = 0; i < blocks; i++)
    {
      gsize length = 32;
      g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
      g_checksum_update (sum, salt, sizeof salt);
      g_checksum_update (sum, out->data + i * ASSAY_RAUC_BLOCK_BYTES, ASSAY_RAUC_BLOCK_BYTES);
      g_checksum_get_digest (sum, level + (gsize)i * 32, &length);
    }
  g_byte_array_append (out, level, sizeof level);
}

static GByteArray *
make_bundle (const Fixture *fixture, gboolean tree, const char *signature)
{
  g_autoptr (GBytes) squashfs = load (fixture, "s");
  GByteArray *out = g_bytes_unref_to_array (g_steal_pointer (&squashfs));
  if (tree)
    add_tree (out);
  add_signature (out, signature);
  return out;
}

static void
plain (void **state)
{
  run (*state, SQUASHFS);
  g_autoptr (GByteArray) image = make_bundle (*state, FALSE, "anything");
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_string_equal (root->format, "rauc");
  assert_true (root->ordered);
  assert_content (root, "#bundle//file", "hello");
  assert_string_equal (span_at (root, image->len - 9)->slot, "#bundle-signature");
  assert_string_equal (span_at (root, image->len - 1)->slot, "#bundle-signature");
  assert_false (span_at (root, image->len - 1)->rewritable);
  assay_node_visit (root, check_node, NULL);
}

static void
tree_of_hashes (void **state)
{
  run (*state, SQUASHFS);
  g_autoptr (GByteArray) image = make_bundle (*state, TRUE, "\nverity-salt=" SALT "\n");
  guint64 tree = image->len - 8 - 3 - strlen ("\nverity-salt=" SALT "\n") - 1;
  g_autoptr (AssayNode) root = unpack_image (*state, image);
  assert_string_equal (span_at (root, tree)->name, ASSAY_RAUC_TREE);
  assert_true (span_at (root, tree)->rewritable);
  assert_int_equal (span_at (root, tree)->length, ASSAY_RAUC_BLOCK_BYTES);
  image->data[tree] ^= 1;
  g_autoptr (AssayNode) changed = unpack_image (*state, image);
  assert_false (span_at (changed, tree)->rewritable);
  image->data[tree] ^= 1;
  image->data[100] ^= 1;
  g_autoptr (AssayNode) content = unpack_image (*state, image);
  assert_false (span_at (content, tree)->rewritable);
}

static void
salts (void **state)
{
  static const struct
  {
    const char *text;
    gboolean named;
  } cases[] = { { "\nverity-salt=" SALT "\n", TRUE },
                { "verity-salt=" SALT "\n", FALSE },
                { "\nverity-salt=" SALT, FALSE },
                { "\nverity-salt=" SALT "0\n", FALSE },
                { "\nverity-salt=" SALT "\nverity-salt=" SALT "\n", FALSE },
                { "\nverity-salt=G00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", FALSE },
                { "\nverity-salt=000102030405060708090A0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", FALSE },
                { "", FALSE } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 salt[ASSAY_RAUC_SALT_BYTES] = { 0 };
      gsize length = strlen (cases[i].text);
      g_autofree guint8 *exact = g_memdup2 (cases[i].text, length);
      assert_int_equal (assay_rauc_find_salt (exact, length, salt), cases[i].named);
      assert_true (!cases[i].named || (salt[1] == 1 && salt[31] == 31));
    }
}

/* What behind a squashfs is no signature leaves it a squashfs. */
static void
no_bundle (void **state)
{
  run (*state, SQUASHFS);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (GByteArray) image = make_bundle (*state, FALSE, "anything");
      guint signature = image->len - 8 - 3 - 8;
      static const guint8 more[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
      if (i == 0)
        image->data[signature] = 0x31;
      else if (i == 1)
        image->data[signature + 2]++;
      else if (i == 2)
        image->data[image->len - 1] = 0;
      else if (i == 3)
        image->data[image->len - 4] = 1;
      else
        g_byte_array_append (image, more, sizeof more);
      g_autoptr (AssayNode) root = unpack_image (*state, image);
      assert_string_equal (root->format, "squashfs");
      assert_null (root->trouble);
    }
}

static void
truncations (void **state)
{
  run (*state, SQUASHFS);
  g_autoptr (GByteArray) image = make_bundle (*state, TRUE, "\nverity-salt=" SALT "\n");
  for (guint size = image->len - 100; size < image->len; size++)
    {
      g_autoptr (GBytes) cut = g_bytes_new (image->data, size);
      g_autoptr (AssayNode) root = unpack_bytes (*state, cut);
      assay_node_visit (root, check_node, NULL);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (plain),     fixture_test (tree_of_hashes), fixture_test (salts),
    fixture_test (no_bundle), fixture_test (truncations),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
