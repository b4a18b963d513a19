#include "archives.h"

#define TREE                                                                                                           \
  "mkdir -p t/d; printf hello > t/file; ln -s file t/link; : > t/empty; yes | head -c 400 > t/d/yes; "                 \
  "find t -exec touch -hd @1700000000 {} +; cd t; "

static void
both_methods (void **state)
{
  g_autoptr (AssayNode) root
      = make (*state, TREE "printf comment | zip -qrXyz ../out.zip file link empty d; mv ../out.zip ../out");
  assert_string_equal (root->format, "zip");
  assert_rewritable (root);
  assert_string_equal (assay_facts_get (root->own_facts, "comment"), "comment");
  assert_content (root, "file", "hello");
  assert_content (root, "empty", "");
  assert_fact (root, "file", "mode", "0100644");
  assert_fact (root, "file", "method", "0");
  assert_fact (root, "d/yes", "method", "8");
  assert_true (assay_node_find (root, "d/yes")->decoded);
  assert_int_equal (assay_node_find (root, "d/yes")->size, 400);
  assert_int_equal (assay_node_find (root, "link")->type, ASSAY_NODE_SYMLINK);
  assert_fact (root, "link", "link", "file");
  assert_int_equal (assay_node_find (root, "d")->type, ASSAY_NODE_DIRECTORY);
  assay_node_visit (root, check_node, NULL);
}

/* A zip of one file `f` by another method than zip(1) writes: its content as the codec's own program packs it. */
#define ZIP_BY(program, method)                                                                                        \
  "yes | head -c 400 > f; " program " -c < f > packed; gzip -nc < f | tail -c 8 | head -c 4 > crc; "                   \
  "perl -e 'local $/; sub r { open F, \"<\", $_[0]; <F> } my $p = r (\"packed\"); my $n = length $p; "                 \
  "my $h = pack (\"v5\", 20, 0, " method ", 0, 0x21) . r (\"crc\") . pack (\"V2v2\", $n, 400, 1, 0); "                 \
  "print \"PK\\3\\4${h}f$p\", \"PK\\1\\2\", pack (\"v\", 20), $h, pack (\"v3V2\", 0, 0, 0, 0, 0), \"f\", "             \
  "\"PK\\5\\6\", pack (\"v4V2v\", 0, 0, 1, 1, 47, 31 + $n, 0)' > out; "

static void
every_codec (void **state)
{
  static const struct
  {
    const char *script;
    const char *method;
  } cases[] = { { ZIP_BY ("bzip2", "12"), "12" }, { ZIP_BY ("zstd -q", "93"), "93" }, { ZIP_BY ("xz", "95"), "95" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AssayNode) root = make (*state, cases[i].script);
      assert_string_equal (root->format, "zip");
      if (root->trouble != NULL)
        fail_msg ("method %s: %s", cases[i].method, root->trouble);
      assert_fact (root, "f", "method", cases[i].method);
      assert_true (assay_node_find (root, "f")->decoded);
      assert_int_equal (assay_node_find (root, "f")->size, 400);
      assert_rewritable (root);
      assay_node_visit (root, check_node, NULL);
      /* one bit of what is packed */
      g_autofree char *damage = g_strconcat (cases[i].script,
                                             "perl -e 'open F, \"+<\", \"out\"; seek F, 50, 0; read F, "
                                             "$c, 1; seek F, 50, 0; print F chr (ord ($c) ^ 1)'",
                                             NULL);
      g_autoptr (AssayNode) damaged = make (*state, damage);
      assert_non_null (damaged->trouble);
    }
}

static void
unknown_method (void **state)
{
  g_autoptr (AssayNode) root = make (*state, ZIP_BY ("xz", "97"));
  assert_int_equal (root->trouble_code, ASSAY_ERROR_UNSUPPORTED);
  assert_non_null (strstr (root->trouble, "method 97"));
}

static void
extra_fields (void **state)
{
  g_autoptr (AssayNode) root = make (*state, TREE "zip -qr ../out.zip file; mv ../out.zip ../out");
  assert_rewritable (root);
  assert_fact (root, "file", "mtime", "1700000000");
  assert_non_null (fact (root, "file", "atime"));
  assert_non_null (fact (root, "file", "extra"));
  assert_non_null (fact (root, "file", "local-extra"));
  assert_non_null (fact (root, "file", "uid"));
}

static void
trouble (void **state)
{
  static const struct
  {
    const char *script;
    AssayErrorCode code;
    const char *word;
  } cases[] = {
    /* method and name in the local header; content */
    { "printf '\\1' | dd of=out bs=1 seek=8 conv=notrunc 2>/dev/null", ASSAY_ERROR_MALFORMED, "disagree" },
    { "printf F | dd of=out bs=1 seek=30 conv=notrunc 2>/dev/null", ASSAY_ERROR_MALFORMED, "disagree" },
    { "printf H | dd of=out bs=1 seek=34 conv=notrunc 2>/dev/null", ASSAY_ERROR_MALFORMED, "checksum" },
    { "printf behind >> out", ASSAY_ERROR_MALFORMED, "end record" },
    { "truncate -s 30 out", ASSAY_ERROR_MALFORMED, "end record" },
    { "rm out; zip -qXP secret out.zip t/file; mv out.zip out", ASSAY_ERROR_UNSUPPORTED, "encryption" },
    { "rm out; zip -qX -fz out.zip t/file; mv out.zip out", ASSAY_ERROR_UNSUPPORTED, "zip64" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *script
          = g_strconcat ("rm -rf t out;" TREE "zip -qX ../out.zip file; cd ..; mv out.zip out;", cases[i].script, NULL);
      g_autoptr (AssayNode) root = make (*state, script);
      assert_string_equal (root->format, "zip");
      assert_non_null (root->trouble);
      assert_int_equal (root->trouble_code, cases[i].code);
      assert_non_null (strstr (root->trouble, cases[i].word));
    }
}

static void
slack (void **state)
{
  /* Bytes between two entries that no directory speaks of: zip -A repairs offsets for what was put before. */
  g_autoptr (AssayNode) root
      = make (*state, TREE "zip -qX ../one.zip file; cd ..; cp one.zip two.zip; zip -qd two.zip file || true; "
                           "head -c 39 one.zip > out; cat one.zip >> out; zip -qA out");
  assert_string_equal (root->format, "zip");
  assert_null (root->trouble);
  assert_int_equal (span_at (root, 0)->kind, ASSAY_SPAN_SLACK);
  assert_int_equal (span_at (root, 0)->length, 39);
}

static const AssaySpan *
find_span (const AssayNode *node, guint32 child, const char *name)
{
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->child == child && strcmp (span->name, name) == 0)
        return span;
    }
  return NULL;
}

/* Changes the other view of the same entry as well: from version to sizes both have the same fields, then the name. */
static void
mend_central (const AssayNode *original, guint8 *data, guint64 offset, guint8 mask)
{
  const AssaySpan *span = span_at (original, offset);
  if (strcmp (span->name, "zip local header") != 0)
    return;
  const AssaySpan *central = find_span (original, span->child, "zip central header");
  guint64 place = offset - span->offset;
  if (place >= 4 && place < 28)
    data[central->offset + place + 2] ^= mask;
  if (place >= 30)
    data[central->offset + place + 16] ^= mask;
}

static void
forged_views (void **state)
{
  run (*state, TREE "zip -qrX ../out.zip file link empty d; mv ../out.zip ../out");
  g_autoptr (GBytes) bytes = load (*state, "out");
  check_all_flips_mended (*state, bytes, mend_central);
}

static void
properties (void **state)
{
  check_format (*state, TREE "printf comment | zip -qryz ../out.zip file link empty d; mv ../out.zip ../out");
}

static void
properties_of_a_stream (void **state)
{
  /* Written where it cannot seek: with data descriptors. */
  check_format (*state, TREE "zip -qrX -fz- - file d/yes | cat > ../out");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (both_methods), fixture_test (every_codec),  fixture_test (unknown_method),
    fixture_test (extra_fields), fixture_test (trouble),      fixture_test (slack),
    fixture_test (properties),   fixture_test (forged_views), fixture_test (properties_of_a_stream),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
