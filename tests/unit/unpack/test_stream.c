#include "archives.h"

static const struct
{
  const char *format;
  const char *command;
  const char *child;
} streams[] = {
  { "gzip", "gzip -n", "#gzip" },
  { "bzip2", "bzip2", "#bzip2" },
  { "xz", "xz", "#xz" },
  { "zstd", "zstd -q", "#zstd" },
  { "lz4", "lz4 -q", "#lz4" },
  { "lz4-legacy", "lz4 -lq", "#lz4-legacy" },
  { "lzip", "lzip", "#lzip" },
  { "lzma", "xz --format=lzma", "#lzma" },
  { "compress", "compress -f", "#compress" },
};

/* The last two know no second member. */
#define WITH_MEMBERS (G_N_ELEMENTS (streams) - 2)

static AssayNode *
compress (const Fixture *fixture, const char *content, const char *command)
{
  g_autofree char *script = g_strdup_printf ("printf %s | %s -c > out", content, command);
  return make (fixture, script);
}

static void
each_codec (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      g_autoptr (AssayNode) root = compress (*state, "hello", streams[i].command);
      assert_null (root->trouble);
      assert_string_equal (root->format, streams[i].format);
      assert_string_equal (root->stream, streams[i].format);
      assert_content (root, streams[i].child, "hello");
      assert_true (assay_node_find (root, streams[i].child)->decoded);
      assay_node_visit (root, check_node, NULL);
    }
}

/* Longer than a window of input and one of output, and than what stays in memory. */
static void
long_content (void **state)
{
  run (*state, "head -c 1000001 /dev/urandom > in; head -c 4000000 /dev/zero >> in; cat in >> in2; cat in2 >> in");
  g_autoptr (GBytes) in = load (*state, "in");
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (in, &size);
  for (gsize i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      g_autofree char *script = g_strdup_printf ("%s %s -c < in > out", streams[i].command,
                                                 strcmp (streams[i].format, "compress") == 0 ? "" : "-1");
      g_autoptr (AssayNode) root = make (*state, script);
      AssayNode *child = assay_node_find (root, streams[i].child);
      g_autofree guint8 *decoded = g_malloc (size);
      assert_non_null (child);
      assert_int_equal (child->size, size);
      assert_true (assay_blob_read (child->blob, 0, decoded, size, NULL));
      assert_memory_equal (decoded, data, size);
    }
}

static void
members (void **state)
{
  for (gsize i = 0; i < WITH_MEMBERS; i++)
    {
      g_autofree char *script
          = g_strdup_printf ("printf one | %s -c > out; printf two | %s -c >> out; printf behind >> out",
                             streams[i].command, streams[i].command);
      g_autoptr (AssayNode) root = make (*state, script);
      assert_null (root->trouble);
      assert_content (root, streams[i].child, "onetwo");
      const AssaySpan *last = span_at (root, root->size - 1);
      assert_int_equal (last->kind, ASSAY_SPAN_SLACK);
      assert_int_equal (last->length, 6);
      assay_node_visit (root, check_node, NULL);
    }
}

static void
gzip_facts (void **state)
{
  g_autoptr (AssayNode) root = make (*state, "printf hello > file; touch -d @1700000000 file; gzip -c file > out");
  assert_rewritable (root);
  assert_string_equal (assay_facts_get (root->own_facts, "name"), "file");
  assert_string_equal (assay_facts_get (root->own_facts, "mtime"), "1700000000");
  assert_string_equal (assay_facts_get (root->own_facts, "os"), "3");
  assert_string_equal (span_at (root, root->size - 1)->name, "gzip trailer");
  assert_int_equal (span_at (root, root->size - 1)->length, 8);
}

/* The check sum and the length of each member, whichever of them is wrong. */
static void
gzip_checks (void **state)
{
  static const guint behind_end[] = { 8, 4 };
  for (guint member = 0; member < 2; member++)
    for (gsize i = 0; i < G_N_ELEMENTS (behind_end); i++)
      {
        g_autofree char *script = g_strdup_printf (
            "printf one | gzip -nc > 0; printf 'two%%0100000d' 2 | gzip -nc > 1; printf '\\123' | dd of=%u "
            "bs=1 seek=$(($(wc -c < %u) - %u)) conv=notrunc 2> dd.log; cat 0 1 > out",
            member, member, behind_end[i]);
        g_autoptr (AssayNode) root = make (*state, script);
        assert_int_equal (root->trouble_code, ASSAY_ERROR_MALFORMED);
        assert_non_null (strstr (root->trouble, "checksum or length"));
        assert_int_equal (root->children->len, 0);
      }
}

static void
gzip_extra (void **state)
{
  g_autoptr (AssayNode) root
      = make (*state, "printf hello | gzip -nc > plain; { printf "
                      "'\\037\\213\\010\\004\\0\\0\\0\\0\\0\\003\\004\\0abcd'; tail -c +11 plain; } > out");
  assert_null (root->trouble);
  assert_content (root, "#gzip", "hello");
  assert_string_equal (assay_facts_get (root->own_facts, "extra"), "61626364");
  assert_false (span_at (root, 0)->rewritable);
}

static void
skippable_frames (void **state)
{
  static const char *const commands[] = { "zstd -q", "lz4 -q" };
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *script = g_strdup_printf (
          "printf one | %s -c > out; printf '\\120\\052\\115\\030\\004\\0\\0\\0hide' >> out; printf two | %s -c >> out",
          commands[i], commands[i]);
      g_autoptr (AssayNode) root = make (*state, script);
      assert_null (root->trouble);
      assert_int_equal (assay_node_find (root, i == 0 ? "#zstd" : "#lz4")->size, 6);
      gboolean found = FALSE;
      for (guint s = 0; s < root->spans->len; s++)
        {
          const AssaySpan *span = &g_array_index (root->spans, AssaySpan, s);
          found = found || (span->kind == ASSAY_SPAN_SLACK && span->length == 12 && !span->rewritable);
        }
      assert_true (found);
    }
}

/* As pzstd writes them; what comes after too many bytes is not looked for. */
static void
skippable_frames_first (void **state)
{
  static const struct
  {
    const char *command;
    const char *format;
  } cases[] = { { "zstd -q", "zstd" }, { "lz4 -q", "lz4" }, { "lz4 -lq", "lz4-legacy" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *script
          = g_strdup_printf ("skip='\\120\\052\\115\\030\\004\\0\\0\\0'; printf \"${skip}hid1${skip}hid2\" > out; "
                             "printf one | %s -c >> out; printf \"${skip}hid3\" >> out",
                             cases[i].command);
      g_autoptr (AssayNode) root = make (*state, script);
      g_autofree char *child = g_strconcat ("#", cases[i].format, NULL);
      assert_string_equal (root->format, cases[i].format);
      assert_content (root, child, "one");
      for (guint64 at = 0; at < 24; at++)
        assert_int_equal (span_at (root, at)->kind, ASSAY_SPAN_SLACK);
      assert_int_equal (span_at (root, root->size - 1)->kind, ASSAY_SPAN_SLACK);
      assay_node_visit (root, check_node, NULL);
    }
  g_autoptr (AssayNode) alone = make (*state, "printf '\\120\\052\\115\\030\\004\\0\\0\\0hide' > out");
  assert_string_equal (alone->format, "raw");
  g_autoptr (AssayNode) cut = make (*state, "printf '\\120\\052\\115\\030\\377\\377\\377\\377hide' > out");
  assert_string_equal (cut->format, "raw");
}

/* The kernel's build writes the length of the content behind the last block; zeros end it as well. */
static void
lz4_legacy_ends (void **state)
{
  static const struct
  {
    const char *behind;
    guint length;
  } cases[] = { { "\\005\\0\\0\\0", 4 }, { "\\0\\0\\0\\0\\0\\0\\0\\0", 8 }, { "ab", 2 } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *script = g_strdup_printf ("printf hello | lz4 -lqc > out; printf '%s' >> out", cases[i].behind);
      g_autoptr (AssayNode) root = make (*state, script);
      assert_null (root->trouble);
      assert_content (root, "#lz4-legacy", "hello");
      assert_int_equal (span_at (root, root->size - 1)->kind, ASSAY_SPAN_SLACK);
      assert_int_equal (span_at (root, root->size - 1)->length, cases[i].length);
    }
  g_autoptr (AssayNode) cut = make (*state, "printf hello | lz4 -lqc > out; printf '\\005\\0\\0\\0a' >> out");
  assert_int_equal (cut->trouble_code, ASSAY_ERROR_MALFORMED);
}

/* All widths of codes, a full table, and a table that is cleared, against what the tool itself decodes. */
static void
compress_codes (void **state)
{
  run (*state, "{ seq 1 60000; head -c 200000 /dev/urandom; head -c 300000 /dev/zero; seq 1 60000; } > in");
  g_autoptr (GBytes) in = load (*state, "in");
  static const char *const options[] = { "-b 10", "-b 11", "-b 12", "-b 13", "-b 14", "-b 15", "-b 16" };
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (in, &size);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autofree char *script
          = g_strdup_printf ("compress -f %s < in > out; compress -dc < out | cmp - in", options[i]);
      g_autoptr (AssayNode) root = make (*state, script);
      AssayNode *child = assay_node_find (root, "#compress");
      assert_non_null (child);
      assert_int_equal (child->size, size);
      g_autofree guint8 *decoded = g_malloc (size);
      assert_true (assay_blob_read (child->blob, 0, decoded, size, NULL));
      assert_memory_equal (decoded, data, size);
    }
}

static void
compress_is_weak (void **state)
{
  static const char *const scripts[] = {
    "printf hello | compress -f > out; printf '\\377\\377\\377\\377' >> out", /* no such code */
    "printf '\\037\\235\\211abcd' > out",                                     /* 9 bits at most */
    "printf '\\037\\235\\020abcd' > out",                                     /* a table that is never cleared */
    "printf '\\037\\235\\260abcd' > out",                                     /* a flag that nobody knows */
    "printf '\\037\\235\\220\\150\\312\\260' > out",                          /* bits behind the last code */
    "printf '\\037\\235\\220\\0\\3' > out",                                   /* begins with code 256 and more */
  };
  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      g_autoptr (AssayNode) root = make (*state, scripts[i]);
      assert_string_equal (root->format, "raw");
      assert_null (root->trouble);
      assert_null (root->spans);
    }
}

/* A group of eight codes is filled up where the table is cleared; the tool passes whatever stands there. */
static void
compress_filling (void **state)
{
  static const struct
  {
    const char *bytes;
    const char *format;
  } cases[] = {
    /* 'a', CLEAR, six codes of filling, 'b', all of nine bits from the lowest on */
    { "\\141\\0\\2\\0\\0\\0\\0\\0\\0\\142\\0", "compress" },
    { "\\141\\0\\2\\0\\0\\1\\0\\0\\0\\142\\0", "raw" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *script
          = g_strdup_printf ("printf '\\037\\235\\220%s' > out; test \"$(compress -dc < out)\" = ab", cases[i].bytes);
      g_autoptr (AssayNode) root = make (*state, script);
      assert_string_equal (root->format, cases[i].format);
    }
}

static void
xz_padding (void **state)
{
  g_autoptr (AssayNode) root = make (*state, "printf one | xz -c > out; printf '\\0\\0\\0\\0\\0\\0\\0\\0' >> out");
  assert_null (root->trouble);
  assert_int_equal (span_at (root, root->size - 1)->kind, ASSAY_SPAN_PADDING);
  assert_int_equal (span_at (root, root->size - 1)->length, 8);
}

/* Each byte of each stream, and each length: never a crash, always a valid tree. */
static void
damage (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      g_autofree char *script = g_strdup_printf ("printf hellohellohello | %s -c > out", streams[i].command);
      check_format (*state, script);
      g_autoptr (GBytes) bytes = load (*state, "out");
      for (gsize at = 0; at < g_bytes_get_size (bytes); at++)
        {
          guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
          copy[at] ^= 0x11;
          g_autoptr (GBytes) flipped = g_bytes_new_take (copy, g_bytes_get_size (bytes));
          g_autoptr (AssayNode) root = unpack_bytes (*state, flipped);
          assay_node_visit (root, check_node, NULL);
        }
    }
}

static void
gzip_properties (void **state)
{
  check_format (
      *state,
      "printf hello > file; touch -d @1700000000 file; gzip -c file > out; gzip -c file >> out; printf xy >> out");
}

static void
lzma_is_weak (void **state)
{
  g_autoptr (AssayNode) cut = make (*state, "printf hellohellohello | xz --format=lzma -c | head -c 25 > out");
  assert_string_equal (cut->format, "raw");
  assert_null (cut->trouble);
  g_autoptr (AssayNode) longer = make (*state, "printf hello | xz --format=lzma -c > out; printf x >> out");
  assert_string_equal (longer->format, "raw");
  assert_null (longer->trouble);
  g_autoptr (AssayNode) xz = make (*state, "printf hellohellohello | xz -c | head -c 25 > out");
  assert_string_equal (xz->format, "xz");
  assert_non_null (xz->trouble);
}

static void
limits (void **state)
{
  Fixture *fixture = *state;
  static const struct
  {
    const char *setting;
    const char *command;
  } cases[] = {
    { "total-bytes=100000", "head -c 200000 /dev/urandom | gzip" },
    { "ratio=100", "head -c 4000000 /dev/zero | gzip" },
    { "ratio=2000", "head -c 40000000 /dev/zero | zstd -q" },
    { "decoder-memory=1MiB", "head -c 100 /dev/zero | xz -9" },
    { "decoder-memory=1MiB", "head -c 100000 /dev/urandom | zstd -q -19 --long=27" },
    { "decoder-memory=1MiB", "printf x | lz4 -q" },
    { "decoder-memory=16MiB", "printf x | lz4 -lq" },
    { "decoder-memory=1MiB", "head -c 2000000 /dev/urandom | lzip -9" },
    { "ratio=100", "head -c 4000000 /dev/zero | lzip" },
    { "ratio=100", "head -c 4000000 /dev/zero | lz4 -lq" },
    { "total-bytes=100000", "head -c 4000000 /dev/zero | lz4 -lq" },
    { "stream-members=2", "sh -c 'for i in 1 2 3; do printf x | gzip -n; done'" },
    { "stream-members=2",
      "sh -c 'printf x | zstd -q; for i in 1 2; do printf \"\\120\\052\\115\\030\\0\\0\\0\\0\"; done'" },
    { "depth=1", "printf x | gzip -n | gzip" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) parts = g_strsplit (cases[i].setting, "=", 2);
      g_autofree char *script = g_strconcat (cases[i].command, " -c > out", NULL);
      assay_limits_init (&fixture->limits);
      assert_true (assay_limits_set (&fixture->limits, cases[i].setting, NULL));
      g_autoptr (AssayNode) root = make (fixture, script);
      AssayNode *node = i == G_N_ELEMENTS (cases) - 1 ? assay_node_find (root, "#gzip") : root;
      assert_non_null (node->trouble);
      assert_int_equal (node->trouble_code, ASSAY_ERROR_LIMIT);
      assert_non_null (strstr (node->trouble, parts[0]));
    }
}

/* A weak format that hits a limit says so, as any other. */
static void
compress_limits (void **state)
{
  Fixture *fixture = *state;
  static const char *const settings[] = { "ratio=100", "total-bytes=100000" };
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      assay_limits_init (&fixture->limits);
      assert_true (assay_limits_set (&fixture->limits, settings[i], NULL));
      g_autoptr (AssayNode) root = make (fixture, "head -c 4000000 /dev/zero | compress -f > out");
      assert_non_null (root->trouble);
      assert_int_equal (root->trouble_code, ASSAY_ERROR_LIMIT);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    fixture_test (each_codec),
    fixture_test (long_content),
    fixture_test (members),
    fixture_test (gzip_facts),
    fixture_test (gzip_extra),
    fixture_test (gzip_checks),
    fixture_test (skippable_frames),
    fixture_test (xz_padding),
    fixture_test (damage),
    fixture_test (gzip_properties),
    fixture_test (lzma_is_weak),
    fixture_test (limits),
    fixture_test (skippable_frames_first),
    fixture_test (lz4_legacy_ends),
    fixture_test (compress_codes),
    fixture_test (compress_is_weak),
    fixture_test (compress_filling),
    fixture_test (compress_limits),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
