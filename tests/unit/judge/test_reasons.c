#include "build.h"

#include "judge/words.h"

/* The sentences, as a reader gets them. */

static void
assert_reasons (const Build *build, const char *const *expected)
{
  g_autoptr (AssayJudgement) judgement = build_judge (build);
  guint count = 0;
  for (; expected[count] != NULL; count++)
    {
      if (count >= judgement->reasons->len)
        fail_msg ("not said: %s", expected[count]);
      assert_string_equal (g_ptr_array_index (judgement->reasons, count), expected[count]);
    }
  if (judgement->reasons->len > count)
    fail_msg ("said as well: %s", (const char *)g_ptr_array_index (judgement->reasons, count));
}

static void
differing_bytes_are_named (void **state)
{
  g_autoptr (Build) build = build_new ();
  AssayNodeAccount *file = build_file (build, "usr/sbin/dropbear", 0x2000);
  build_range (build, file, 0x1a40, ASSAY_CLASS_IDENTICAL, "equal");
  AssayFinding *finding = build_range (build, file, 3, ASSAY_CLASS_UNEXPLAINED, "differs");
  assay_finding_tell (finding)->section = g_strdup (".text");
  assay_finding_tell (finding)->symbol = g_strdup ("main");
  assay_finding_tell (finding)->is_function = TRUE;
  assay_finding_tell (finding)->named_by = "rebuild";
  build_range (build, file, 0x2000 - 0x1a43, ASSAY_CLASS_IDENTICAL, "equal");
  static const char *const one[]
      = { "3 bytes in 1 file differ from what the source builds; the first at offset 0x1a40 of "
          "usr/sbin/dropbear, in section .text, function main.",
          NULL };
  assert_reasons (build, one);

  AssayNodeAccount *other = build_file (build, "usr/bin/b", 2000);
  build_range (build, other, 1999, ASSAY_CLASS_UNEXPLAINED, "differs");
  build_range (build, other, 1, ASSAY_CLASS_UNEXPLAINED, "no-counterpart");
  assay_findings_get (build->account.findings, 0)->words->named_by = "shipped";
  static const char *const more[] = {
    "2,002 bytes in 2 files differ from what the source builds; the first at offset 0x1a40 of usr/sbin/dropbear, in "
    "section .text, function main (by the names that the image itself gives).",
    "1 byte in 1 file has no counterpart in what the source builds; at offset 0x7cf of usr/bin/b.", NULL
  };
  assert_reasons (build, more);
}

static void
what_was_added_is_said_once (void **state)
{
  g_autoptr (Build) build = build_new ();
  AssayNode *first = build_node (build, "usr/bin/backdoor", ASSAY_NODE_FILE, 5);
  build_range (build, build_account_for (build, first, ASSAY_MATCH_NONE), 5, ASSAY_CLASS_UNEXPLAINED, "no-counterpart");
  build_fact (build, first, "name", "backdoor", NULL, ASSAY_CLASS_UNEXPLAINED, "added");
  build_fact (build, first, "mode", "0104755", NULL, ASSAY_CLASS_UNEXPLAINED, "no-counterpart");
  static const char *const one[]
      = { "1 file in the image comes from no output of the rebuild: usr/bin/backdoor.", NULL };
  assert_reasons (build, one);
  AssayNode *second = build_node (build, "var/x", ASSAY_NODE_DIRECTORY, 0);
  build_account_for (build, second, ASSAY_MATCH_NONE);
  build_fact (build, second, "name", "x", NULL, ASSAY_CLASS_UNEXPLAINED, "added");
  static const char *const two[]
      = { "2 entries in the image come from no output of the rebuild; the first is usr/bin/backdoor.", NULL };
  assert_reasons (build, two);
}

static void
what_is_missing_is_named (void **state)
{
  g_autoptr (Build) build = build_new ();
  build_range (build, build_file (build, ".", 1), 1, ASSAY_CLASS_IDENTICAL, "equal");
  build_missing (build, "etc/x", NULL);
  static const char *const one[] = { "1 file that the source builds is missing from the image: etc/x.", NULL };
  assert_reasons (build, one);
  build_missing (build, "etc/y", build_node (build, "y", ASSAY_NODE_FILE, 0));
  static const char *const two[]
      = { "2 files that the source builds are missing from the image; the first is etc/x.", NULL };
  assert_reasons (build, two);
  build_missing (build, "etc/z", build_node (build, "z", ASSAY_NODE_SYMLINK, 0));
  static const char *const three[]
      = { "3 entries that the source builds are missing from the image; the first is etc/x.", NULL };
  assert_reasons (build, three);
}

/* What a file system's tables say again comes last, and a signature says that it is one. */
static void
records_come_last (void **state)
{
  g_autoptr (Build) build = build_new ();
  AssaySpan parts[] = { { 0, 4, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, FALSE, "magic", NULL },
                        { 4, 6, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, FALSE, "signature", NULL } };
  AssayNodeAccount *image = build_file (build, ".", 10);
  image->node->shares_extents = TRUE;
  image->node->spans = g_array_new (FALSE, FALSE, sizeof (AssaySpan));
  g_array_append_vals (image->node->spans, parts, G_N_ELEMENTS (parts));
  build_range (build, image, 2, ASSAY_CLASS_UNEXPLAINED, "differs");
  build_range (build, image, 2, ASSAY_CLASS_IDENTICAL, "equal");
  build_range (build, image, 6, ASSAY_CLASS_UNEXPLAINED, "signature-invalid");
  AssayNodeAccount *table = build_file (build, "#inode-table", 9);
  table->node->parent = image->node;
  table->node->decoded = TRUE;
  build_range (build, table, 9, ASSAY_CLASS_UNEXPLAINED, "differs");
  build_fact (build, table->node, "size", "9", "8", ASSAY_CLASS_UNEXPLAINED, "differs");
  AssayNodeAccount *file = build_file (build, "usr/bin/su", 1);
  file->node->parent = image->node;
  file->node->decoded = TRUE;
  build_range (build, file, 1, ASSAY_CLASS_IDENTICAL, "equal");
  build_fact (build, file->node, "mode", "0100640", "0100600", ASSAY_CLASS_UNEXPLAINED, "differs");
  static const char *const expected[] = {
    "usr/bin/su has mode 0100640, the rebuild has 0100600.",
    "11 bytes in tables and headers of 1 container differ from what the source builds; the first at offset 0x0 of "
    "the image (magic).",
    "6 bytes in tables and headers of 1 container are no valid signature; the first at offset 0x4 of the image "
    "(signature): a message.",
    "#inode-table has 9 bytes, in the rebuild 8.", NULL
  };
  assert_reasons (build, expected);
}

static void
what_breaks_its_format_is_said_first (void **state)
{
  g_autoptr (Build) build = build_new ();
  AssayNodeAccount *file = build_file (build, "rootfs", 4);
  file->node->trouble = g_strdup ("squashfs: two inodes of one number");
  file->node->trouble_code = ASSAY_ERROR_MALFORMED;
  build_range (build, file, 4, ASSAY_CLASS_UNEXPLAINED, "differs");
  static const char *const expected[]
      = { "rootfs breaks the rules of its own format and was not opened (squashfs: two inodes of one number).",
          "4 bytes in 1 file differ from what the source builds; the first at offset 0x0 of rootfs.", NULL };
  assert_reasons (build, expected);
}

static void
swapped_files_are_named (void **state)
{
  g_autoptr (Build) build = build_new ();
  AssayNodeAccount *files[] = { build_file (build, "a", 4), build_file (build, "b", 4), build_file (build, "c", 4) };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      build_range (build, files[i], 4, i < 2 ? ASSAY_CLASS_UNEXPLAINED : ASSAY_CLASS_IDENTICAL, "differs");
      files[i]->has_digest = files[i]->has_expected_digest = TRUE;
    }
  memset (&files[0]->digest, 1, sizeof (AssayDigest));
  memset (&files[1]->expected_digest, 1, sizeof (AssayDigest));
  memset (&files[2]->digest, 1, sizeof (AssayDigest));
  memset (&files[2]->expected_digest, 1, sizeof (AssayDigest));
  memset (&files[1]->digest, 2, sizeof (AssayDigest));
  memset (&files[0]->expected_digest, 3, sizeof (AssayDigest));
  static const char *const expected[]
      = { "8 bytes in 2 files differ from what the source builds; the first at offset 0x0 of a.",
          "a holds, byte for byte, what should be b.", NULL };
  assert_reasons (build, expected);
}

/* A set-user-ID bit must not drown in a hundred harmless modes. */
static void
facts_are_grouped_by_what_they_mean (void **state)
{
  g_autoptr (Build) build = build_new ();
  AssayNodeAccount *file = build_file (build, "usr/bin/su", 1);
  build_range (build, file, 1, ASSAY_CLASS_IDENTICAL, "equal");
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *path = g_strdup_printf ("etc/%u", i);
      build_fact (build, build_node (build, path, ASSAY_NODE_FILE, 0), "mode", "0100640", "0100600",
                  ASSAY_CLASS_UNEXPLAINED, "differs");
    }
  build_fact (build, file->node, "mode", "0104755", "0100755", ASSAY_CLASS_UNEXPLAINED, "differs");
  build_fact (build, file->node, "uid", "0", NULL, ASSAY_CLASS_UNEXPLAINED, "no-counterpart");
  static const char *const expected[]
      = { "usr/bin/su has mode 0104755, the rebuild has 0100755 (set-user-ID bit added: it runs as its owner, whoever "
          "starts it).",
          "100 entries differ in mode; the first: etc/0 has mode 0100640, the rebuild has 0100600.",
          "usr/bin/su has user ID 0, the rebuild has none.", NULL };
  assert_reasons (build, expected);
}

static void
facts_have_sentences (void **state)
{
  static const struct
  {
    const char *fact, *shipped, *expected, *sentence;
  } cases[] = {
    { "mode", "0100644", "0100600", "a has mode 0100644, the rebuild has 0100600" },
    { "link", "busybox", "dash", "a points to busybox, in the rebuild to dash" },
    { "link", NULL, "dash", "a has no link target, the rebuild has dash" },
    { "type", "symlink", "file", "a is a symlink, in the rebuild a file" },
    { "size", "5", "7", "a has 5 bytes, in the rebuild 7" },
    { "mtime", "1", "2", "a has modification time 1970-01-01 00:00:01 UTC, the rebuild has 1970-01-01 00:00:02 UTC" },
    { "xattr.user.x", "01", NULL, "a has xattr.user.x 01, the rebuild has none" },
    { "content", NULL, NULL, "a: the content could not be read" },
    { "order", "x", "y", "the members of a stand in another order than in the rebuild" },
    { "duplicate-name", "a#2", NULL, "a stands there more than once under one name" },
    { "user", "{fact}", "{path}", "a has owner {fact}, the rebuild has {path}" },
  };
  AssayNode node = { .path = (char *)"a" };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AssayFactAccount fact = {
        .node = &node, .fact = cases[i].fact, .shipped = (char *)cases[i].shipped, .expected = (char *)cases[i].expected
      };
      g_autofree char *sentence = assay_words_fact (&fact);
      assert_string_equal (sentence, cases[i].sentence);
    }
}

static void
modes_have_notes (void **state)
{
  static const struct
  {
    const char *shipped, *expected, *note;
  } cases[] = {
    { "0104755", "0100755", "set-user-ID bit added: it runs as its owner, whoever starts it" },
    { "0100755", "0104755", "set-user-ID bit removed" },
    { "0106777", "0100644",
      "set-user-ID bit added: it runs as its owner, whoever starts it; set-group-ID bit added: it runs as its group, "
      "whoever starts it; made writable for everybody; made executable" },
    { "0100644", "0100755", "no longer executable" },
    { "0040755", "0041755", "sticky bit removed" },
    { "0042755", "0040644", "set-group-ID bit added: what is made in it gets its group; may be entered" },
    { "0044755", "0040755", "set-user-ID bit added" },
    { "0100644", "0100646", "" },
    { "0100644", "0100600", "" },
    { "0104755", NULL, "" },
    { "what", "0100644", "" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *note = assay_words_mode_note (cases[i].shipped, cases[i].expected);
      assert_string_equal (note, cases[i].note);
    }
}

static void
a_mismatch_comes_before_what_is_undecided (void **state)
{
  g_autoptr (Build) build = build_new ();
  AssayNodeAccount *file = build_file (build, ".", 10);
  build_range (build, file, 2, ASSAY_CLASS_UNREPRODUCIBLE, "twice");
  build_range (build, file, 1, ASSAY_CLASS_UNDECIDED, "unread");
  build_range (build, file, 5, ASSAY_CLASS_EXPLAINED, "filler");
  build_range (build, file, 2, ASSAY_CLASS_OUTSIDE, "scope");
  g_ptr_array_add (build->pairing.ambiguous, g_strdup ("two outputs stand for x: a and b"));
  g_ptr_array_add (build->pairing.unmatched, g_strdup ("the output pattern * matches nothing in the image"));
  g_ptr_array_add (build->account.undecided, g_strdup ("x: cut off"));
  g_ptr_array_add (build->failures, g_strdup ("The image changed while it was read."));
  static const char twice[]
      = "2 bytes in 1 file differ, and our own rebuilds differ from each other there as well; the "
        "first at offset 0x0 of the image.";
  static const char *const expected[]
      = { twice,
          "Two outputs stand for x: a and b.",
          "The image changed while it was read.",
          "x: cut off.",
          "1 byte in 1 file could not be judged; at offset 0x2 of the image.",
          "The output pattern * matches nothing in the image.",
          "2 bytes in 1 file lie outside the granted scope and were not judged; the first at offset 0x8 of the image.",
          NULL };
  assert_reasons (build, expected);
}

static void
a_pass_says_what_it_needed (void **state)
{
  g_autoptr (Build) build = build_new ();
  AssayNodeAccount *file = build_file (build, "a", 30);
  build_range (build, file, 10, ASSAY_CLASS_IDENTICAL, "equal");
  static const char *const plain[] = { "Every byte and every fact that was judged is equal.", NULL };
  file->node->size = 10;
  assert_reasons (build, plain);
  file->node->size = 30;
  build_range (build, file, 10, ASSAY_CLASS_EXPLAINED, "filler");
  build_range (build, file, 10, ASSAY_CLASS_WAIVED, "waive");
  build_fact (build, file->node, "mtime", "1", "2", ASSAY_CLASS_EXPLAINED, "container-time");
  static const char *const needed[]
      = { "10 bytes in 1 file are allowed by the policy alone; the first at offset 0x14 of a.",
          "10 bytes in 1 file are fill where the rebuild has nothing; the first at offset 0xa of a.",
          "a has modification time 1970-01-01 00:00:01 UTC, the rebuild has 1970-01-01 00:00:02 UTC; explained by the "
          "rule container-time.",
          NULL };
  assert_reasons (build, needed);
}

static void
many_reasons_are_counted (void **state)
{
  g_autoptr (Build) build = build_new ();
  build_range (build, build_file (build, "a", 1), 1, ASSAY_CLASS_IDENTICAL, "equal");
  for (guint i = 0; i < 2012; i++)
    g_ptr_array_add (build->account.undecided, g_strdup_printf ("file%u: cut off", i));
  g_autoptr (AssayJudgement) judgement = build_judge (build);
  assert_int_equal (judgement->reasons->len, 13);
  assert_string_equal (g_ptr_array_index (judgement->reasons, 11), "file11: cut off.");
  assert_string_equal (g_ptr_array_index (judgement->reasons, 12), "And 2,000 more.");
}

/* A file of one byte that differs, and says who made it; texts are borrowed. */
static AssayNodeAccount *
made_by (Build *build, const char *path, AssayProducerPlace place, const char *where, const char *shipped,
         const char *expected)
{
  AssayNodeAccount *file = build_file (build, path, 1);
  build_range (build, file, 1, ASSAY_CLASS_UNEXPLAINED, "differs");
  file->in_scope = TRUE;
  file->tools = g_array_new (FALSE, FALSE, sizeof (AssayToolAccount));
  const AssayToolAccount tool = { place, (char *)where, 0x40, (char *)shipped, (char *)expected };
  g_array_append_val (file->tools, tool);
  return file;
}

static void
assert_first_reasons (const Build *build, const char *const *expected)
{
  g_autoptr (AssayJudgement) judgement = build_judge (build);
  for (guint i = 0; expected[i] != NULL; i++)
    {
      assert_true (i < judgement->reasons->len);
      assert_string_equal (g_ptr_array_index (judgement->reasons, i), expected[i]);
    }
}

/* Whichever file it is of: by place first, and files that say the same together. */
static void
other_tools_are_said_first (void **state)
{
  g_autoptr (Build) build = build_new ();
  made_by (build, "go", ASSAY_PRODUCER_GO_BUILD, ".note.go.buildid", "a/b", "a/c");
  made_by (build, "t", ASSAY_PRODUCER_TEXT, ".rodata", "gcc (A) 1.0", NULL);
  made_by (build, "m", ASSAY_PRODUCER_ATTRIBUTES, ".ARM.attributes", "Arm architecture v7", "Arm architecture v6");
  made_by (build, "a", ASSAY_PRODUCER_COMMENT, ".comment", "GCC: (A) 1.0", "GCC: (B) 2.0");
  made_by (build, "b", ASSAY_PRODUCER_COMMENT, ".comment", "GCC: (A) 1.0", "GCC: (B) 2.0");
  static const char *const expected[] = {
    "Other tools: a (and 1 file more) says in .comment that it was made by \"GCC: (A) 1.0\", the rebuild by \"GCC: (B) "
    "2.0\".",
    "Other options: m says in .ARM.attributes that it was made for \"Arm architecture v7\", the rebuild for \"Arm "
    "architecture v6\".",
    "Other tools: t names \"gcc (A) 1.0\" at offset 0x40 in section .rodata (by the names that the image itself "
    "gives), the rebuild says nothing of the kind.",
    "5 bytes in 5 files differ from what the source builds; the first at offset 0x0 of go.",
    "Another build by Go, of other tools, options or sources: go has in .note.go.buildid the build id \"a/b\", the "
    "rebuild \"a/c\".",
    NULL
  };
  assert_first_reasons (build, expected);
}

/* A text that both sides have at one place is said once, and not again as one that was found by its form. */
static void
a_text_of_tools_is_said_once (void **state)
{
  g_autoptr (Build) build = build_new ();
  AssayNodeAccount *file = made_by (build, "rom", ASSAY_PRODUCER_TEXT, "", "gcc: (A) 1.0", "gcc: (B) 2.0");
  AssayFinding *finding = (AssayFinding *)assay_findings_get (build->account.findings, 0); /* the last one */
  finding->cause = ASSAY_CAUSE_PRIMARY;
  assay_finding_tell (finding)->shipped_text = g_strdup ("gcc: (A) 1.0 and more");
  assay_finding_tell (finding)->expected_text = g_strdup ("gcc: (B) 2.0 and more");
  static const char *const expected[]
      = { "Other tools: rom names \"gcc: (A) 1.0 and more\" at offset 0x0, the rebuild \"gcc: (B) 2.0 and more\".",
          "1 byte in 1 file differs from what the source builds; at offset 0x0 of rom, the text \"gcc: (A) 1.0 and "
          "more\" instead of \"gcc: (B) 2.0 and more\".",
          NULL };
  assert_reasons (build, expected);
  file->in_scope = FALSE;
  finding->cause = ASSAY_CAUSE_RIPPLE;
  g_autoptr (AssayJudgement) judgement = build_judge (build);
  for (guint i = 0; i < judgement->reasons->len; i++)
    assert_null (strstr (g_ptr_array_index (judgement->reasons, i), "tools"));
}

/* A thousand files, each with a text of its own, do not hide all else. */
static void
many_tools_are_counted (void **state)
{
  static const char *const texts[] = { "A", "B", "C", "D", "E", "F" };
  g_autoptr (Build) build = build_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    made_by (build, texts[i], ASSAY_PRODUCER_COMMENT, ".comment", texts[i], "Z");
  static const char *const expected[]
      = { "Other tools: A says in .comment that it was made by \"A\", the rebuild by \"Z\".",
          "Other tools: B says in .comment that it was made by \"B\", the rebuild by \"Z\".",
          "Other tools: C says in .comment that it was made by \"C\", the rebuild by \"Z\".",
          "Other tools: D says in .comment that it was made by \"D\", the rebuild by \"Z\".",
          "2 more files or groups of files name other tools.",
          "6 bytes in 6 files differ from what the source builds; the first at offset 0x0 of A.",
          NULL };
  assert_reasons (build, expected);
}

static void
numbers_have_commas (void **state)
{
  static const struct
  {
    guint64 number;
    const char *text;
  } cases[] = { { 0, "0" },
                { 999, "999" },
                { 1000, "1,000" },
                { 123456, "123,456" },
                { 1234567, "1,234,567" },
                { G_MAXUINT64, "18,446,744,073,709,551,615" } };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = assay_words_number (cases[i].number);
      assert_string_equal (text, cases[i].text);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (differing_bytes_are_named),
    cmocka_unit_test (what_was_added_is_said_once),
    cmocka_unit_test (what_is_missing_is_named),
    cmocka_unit_test (records_come_last),
    cmocka_unit_test (what_breaks_its_format_is_said_first),
    cmocka_unit_test (swapped_files_are_named),
    cmocka_unit_test (facts_are_grouped_by_what_they_mean),
    cmocka_unit_test (facts_have_sentences),
    cmocka_unit_test (modes_have_notes),
    cmocka_unit_test (a_mismatch_comes_before_what_is_undecided),
    cmocka_unit_test (a_pass_says_what_it_needed),
    cmocka_unit_test (many_reasons_are_counted),
    cmocka_unit_test (other_tools_are_said_first),
    cmocka_unit_test (a_text_of_tools_is_said_once),
    cmocka_unit_test (many_tools_are_counted),
    cmocka_unit_test (numbers_have_commas),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
