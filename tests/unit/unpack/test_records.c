/*
 * Images of records: Intel HEX, S-record, UF2. What other people's programs (objcopy, srec_cat) make of a file is what
 * we make of it.
 */
#include "records.h"

/* Content of 700 bytes that no two records share. */
#define MAKE_CONTENT "awk 'BEGIN { for (i = 0; i < 350; i++) printf \"%c%c\", 33 + i % 90, 40 + i / 4 }' > in; "

static void
assert_whole (const Fixture *fixture, AssayNode *root, const char *format, const char *content)
{
  g_autoptr (GBytes) expected = load (fixture, content);
  assert_string_equal (root->format, format);
  if (root->trouble != NULL)
    fail_msg ("%s", root->trouble);
  g_autoptr (GBytes) found = join_children (root);
  assert_true (g_bytes_equal (found, expected));
  for (guint i = 0; i < root->spans->len; i++)
    assert_int_equal (g_array_index (root->spans, AssaySpan, i).kind, ASSAY_SPAN_ENCODED);
  assay_node_visit (root, check_node, NULL);
}

/* --- what other programs write --- */

static const struct
{
  const char *script;
  const char *format;
  const char *child; /* the first one */
} made[] = {
  { "objcopy -I binary -O ihex --change-addresses 0x8000000 in out", "ihex", "@0x08000000" },
  { "objcopy -I binary -O ihex --change-addresses 0xff80 in out", "ihex", "@0x0000ff80" },
  { "objcopy -I binary -O srec --change-addresses 0x8000000 in out", "srec", "@0x08000000" },
  { "objcopy -I binary -O srec in out", "srec", "@0x00000000" },
  { "objcopy -I binary -O srec --srec-forceS3 --srec-len=40 in out", "srec", "@0x00000000" },
  { "srec_cat in -binary -offset 0x8000000 -o out -intel", "ihex", "@0x08000000" },
  { "srec_cat in -binary -offset 0xfff0 -o out -intel -line-length=44", "ihex", "@0x0000fff0" },
  { "srec_cat in -binary -offset 0xfff0 -o out -intel -address-length=3", "ihex", "@0x0000fff0" },
  { "srec_cat in -binary -offset 0x100 -o out -intel -address-length=2", "ihex", "@0x00000100" },
  { "srec_cat in -binary -offset 0x123456 -o out -motorola", "srec", "@0x00123456" },
  { "srec_cat in -binary -o out -motorola -line-length=200 -header=Firmware", "srec", "@0x00000000" },
  { "srec_cat in -binary -o out -motorola -execution-start-address=0x40", "srec", "@0x00000000" },
  { "srec_cat in -binary -o out -intel && tr A-F a-f < out > out2 && mv out2 out", "ihex", "@0x00000000" },
  { "srec_cat in -binary -o out -intel && tr '\\n' '\\r' < out > out2 && mv out2 out", "ihex", "@0x00000000" },
  { "srec_cat in -binary -o out2 -intel && sed '$!{1!G;h;$!d}' out2 > /dev/null && "
    "{ head -n -1 out2 | tac; tail -n 1 out2; } > out",
    "ihex", "@0x00000000" },
};

static void
test_what_others_write (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (made); i++)
    {
      g_autofree char *script = g_strconcat (MAKE_CONTENT, made[i].script, NULL);
      g_autoptr (AssayNode) root = make (*state, script);
      assert_whole (*state, root, made[i].format, "in");
      assert_non_null (assay_node_find (root, made[i].child));
    }
}

/* Files with gaps, whose parts the other programs fill. */
static void
test_others_read_the_same (void **state)
{
  static const char *const scripts[] = {
    "objcopy -O binary -I ihex out flat; srec_cat out -intel -fill 0 -over out -intel -o flat2 -binary; ",
    "objcopy -O binary -I srec out flat; srec_cat out -motorola -fill 0 -over out -motorola -o flat2 -binary; ",
  };
  static const char *const options[] = { "-intel", "-motorola" };
  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      g_autofree char *script = g_strconcat (
          MAKE_CONTENT "srec_cat in -binary -crop 0 0x80 in -binary -crop 0x100 0x1c3 -o out ", options[i], "; ",
          scripts[i], "cmp flat flat2; head -c 128 flat > low; tail -c +257 flat > high; cat low high > flat", NULL);
      g_autoptr (AssayNode) root = make (*state, script);
      assert_int_equal (root->children->len, 2);
      assert_non_null (assay_node_find (root, "@0x00000100"));
      assert_whole (*state, root, i == 0 ? "ihex" : "srec", "flat");
    }
}

/* --- facts --- */

static const char *
own (const AssayNode *root, const char *name)
{
  return assay_facts_get (root->own_facts, name);
}

static AssayNode *
open_text (const Fixture *fixture, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  return unpack_bytes (fixture, bytes);
}

static void
test_facts_of_ihex (void **state)
{
  g_autoptr (AssayNode) linear = open_text (*state, ":020000040800F2\n" HEX_A ":0400000508000123CB\n" HEX_END);
  assert_string_equal (own (linear, "entry"), "0x08000123");
  assert_string_equal (own (linear, "records"), "linear:0x0800 @0x08000010 4 start-linear end");
  assert_content (linear, "@0x08000010", "ABCD");
  g_autoptr (AssayNode) segment = open_text (*state, ":020000021000EC\n" HEX_A HEX_B ":0400000310000005E4\n" HEX_END);
  assert_string_equal (own (segment, "entry-segment"), "0x10000005");
  assert_string_equal (own (segment, "records"), "segment:0x1000 @0x00010010 4*2 start-segment end");
  assert_content (segment, "@0x00010010", "ABCDEFGH");
  g_autoptr (AssayNode) old = open_text (*state, HEX_A ":00010001FE");
  assert_string_equal (own (old, "records"), "@0x00000010 4 none end:0x0100");
}

static void
test_facts_of_srec (void **state)
{
  g_autoptr (AssayNode) root
      = open_text (*state, "S0050000486949\r\nS107001041424344DE\r\nS5030001FB\r\nS9030123D8\r\n");
  assert_null (root->trouble);
  assert_string_equal (own (root, "header"), "Hi");
  assert_string_equal (own (root, "entry"), "0x00000123");
  assert_string_equal (own (root, "records"), "crlf S0 S1 @0x00000010 4 S5 S9");
  assert_content (root, "@0x00000010", "ABCD");
}

/* --- what breaks the rules, and what nobody would see --- */

static void
test_broken_records_are_not_opened (void **state)
{
  static const struct
  {
    const char *text;
    const char *trouble;
  } cases[] = {
    { HEX_A ":0400140045464748CF\n" HEX_END, "ihex: a wrong checksum at 20" },
    { HEX_A ":0400140045464748ce\n" HEX_END, NULL },
    { HEX_A ":0400140045464748Ce\n" HEX_END, "ihex: capital and small letters in one record at 20" },
    { HEX_A ":04001400454647\n" HEX_END, "ihex: a record that is cut off at 20" },
    { HEX_A HEX_B, "ihex: no end record at 40" },
    { HEX_A HEX_A HEX_END, "overlap: two records give a value to address 0x00000010" },
    { HEX_A ":020012007879FB\n" HEX_END, "overlap: two records give a value to address 0x00000012" },
    { HEX_A ":00000006FA\n" HEX_END, "ihex: a record of unknown type" },
    { ":020001040800F1\n" HEX_A HEX_END, "ihex: an offset in a record that has none" },
    { ":04FFFE0041424344F5\n" HEX_END, "ihex: a record that leaves its 64 KiB" },
    { ":0100000408F3\n" HEX_A HEX_END, "ihex: a base of impossible length" },
    { HEX_A ":0100000141BD\n", "ihex: an end record with content" },
    { HEX_A ":0400000508000123CB\n:0400000508000123CB\n" HEX_END, "ihex: a second entry address" },
    { ":020000040800F2\n" HEX_END, "ihex: no content" },
    { SREC_HEADER SREC_A SREC_END, NULL },
    { SREC_HEADER SREC_A "S5030002FA\n" SREC_END, "srec: a wrong count of records" },
    { SREC_HEADER SREC_A "S10500127879F7\n" SREC_END, "overlap: two records give a value to address 0x00000012" },
    { SREC_HEADER SREC_A "S10500127879F8\n" SREC_END, "srec: a wrong checksum at 34" },
    { SREC_HEADER "S0050000486F43\n" SREC_A SREC_END, "srec: a second header record" },
    { "S0050001486948\n" SREC_A SREC_END, "srec: a header record with an address" },
    { SREC_HEADER "S4030000FC\n" SREC_A SREC_END, "srec: a record of unknown type" },
    { SREC_HEADER "S107FFFE41424344F1\n" SREC_END, "srec: a record that leaves the addresses of its type" },
    { SREC_HEADER SREC_A "S904000041BA\n", "srec: content in a record that has none" },
    { SREC_HEADER SREC_A, NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AssayNode) root = open_text (*state, cases[i].text);
      if (g_strcmp0 (root->trouble, cases[i].trouble) != 0)
        fail_msg ("case %zu: %s, expected %s", i, root->trouble, cases[i].trouble);
      if (cases[i].trouble != NULL)
        assert_int_equal (root->trouble_code, ASSAY_ERROR_MALFORMED);
    }
}

static void
test_hidden_text_is_slack (void **state)
{
  static const struct
  {
    const char *text;
    const char *records;
    guint64 offset;
    guint64 length;
  } cases[] = {
    { HEX_A "; a comment\n" HEX_END, "@0x00000010 4 slack:0xc end", 20, 12 },
    { ":0400100041424344E2 \n" HEX_END, "none @0x00000010 4 slack:0x2 lf end", 19, 2 },
    { ":0400100041424344E2AA\n" HEX_END, "none @0x00000010 4 slack:0x3 lf end", 19, 3 },
    { HEX_A "\n" HEX_END, "@0x00000010 4 slack:0x1 end", 20, 1 },
    { HEX_A HEX_END HEX_A, "@0x00000010 4 end", 32, 20 },
    { HEX_A ":00000001FF \n", "@0x00000010 4 none end", 31, 2 },
    { HEX_A "no line end", NULL, 0, 0 },
    { SREC_HEADER SREC_A "# x\n" SREC_END, "S0 S1 @0x00000010 4 slack:0x4 S9", 34, 4 },
    { SREC_HEADER SREC_A SREC_END SREC_A, "S0 S1 @0x00000010 4 S9", 45, 19 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AssayNode) root = open_text (*state, cases[i].text);
      assert_true ((root->trouble == NULL) == (cases[i].records != NULL));
      if (root->trouble != NULL)
        continue;
      assert_string_equal (own (root, "records"), cases[i].records);
      const AssaySpan *span = span_at (root, cases[i].offset);
      assert_int_equal (span->kind, ASSAY_SPAN_SLACK);
      assert_int_equal (span->offset, cases[i].offset);
      assert_int_equal (span->length, cases[i].length);
    }
}

/* --- UF2 --- */

static AssayNode *
open_array (const Fixture *fixture, const GByteArray *array)
{
  g_autoptr (GBytes) bytes = g_bytes_new (array->data, array->len);
  return unpack_bytes (fixture, bytes);
}

static void
test_facts_of_uf2 (void **state)
{
  g_autoptr (GByteArray) file = make_uf2 (3);
  g_autoptr (AssayNode) root = open_array (*state, file);
  assert_null (root->trouble);
  assert_string_equal (root->format, "uf2");
  assert_string_equal (own (root, "family"), "0xe48bff56");
  assert_string_equal (own (root, "records"), "flags:0x00002000 family:0xe48bff56 blocks:0x00000003 @0x10000000 256*3");
  assert_int_equal (assay_node_find (root, "@0x10000000")->size, 768);
  assay_node_visit (root, check_node, NULL);
}

static void
test_blocks_of_two_families (void **state)
{
  g_autoptr (GByteArray) file = make_uf2 (2);
  g_autoptr (GByteArray) other = make_uf2 (2);
  put_number (other->data + UF2_FAMILY, 0x57755a57);
  put_number (other->data + 512 + UF2_FAMILY, 0x57755a57);
  g_byte_array_append (file, other->data, other->len);
  g_autoptr (AssayNode) root = open_array (*state, file);
  assert_null (root->trouble);
  assert_string_equal (own (root, "family"), "0xe48bff56 0x57755a57");
  assert_int_equal (assay_node_find (root, "@0x10000000")->size, 512);
  assert_int_equal (assay_node_find (root, "@0x10000000#2")->size, 512);
}

/* One number of a block is changed. */
static void
test_lies_of_uf2 (void **state)
{
  static const struct
  {
    guint block;
    guint offset;
    guint32 value;
    const char *trouble;
  } cases[] = {
    { 1, UF2_NUMBER, 2, "uf2: a block out of order at 512" },
    { 1, UF2_NUMBER, 7, "uf2: a block whose number is not below the count at 512" },
    { 1, UF2_COUNT, 4, "uf2: a block out of order at 512" },
    { 1, UF2_FAMILY, 1, "uf2: a block out of order at 512" },
    { 1, UF2_LENGTH, 477, "uf2: content of impossible length at 512" },
    { 1, UF2_LENGTH, 0, "uf2: content of impossible length at 512" },
    { 1, UF2_FLAGS, 0x6000, NULL },
    { 1, UF2_FLAGS, 0x12000, "uf2: an unknown flag at 512" },
    { 1, UF2_ADDRESS, 0x10000080, "overlap: two records give a value to address 0x10000080" },
    { 1, UF2_ADDRESS, 0xffffff80, "content beyond the last address" },
    { 2, 0, 0, "uf2: the last blocks are missing at 1536" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) file = make_uf2 (3);
      put_number (file->data + (gsize)512 * cases[i].block + cases[i].offset, cases[i].value);
      g_autoptr (AssayNode) root = open_array (*state, file);
      if (g_strcmp0 (root->trouble, cases[i].trouble) != 0)
        fail_msg ("case %zu: %s, expected %s", i, root->trouble, cases[i].trouble);
    }
}

static void
test_hidden_bytes_of_uf2 (void **state)
{
  g_autoptr (GByteArray) file = make_uf2 (3);
  file->data[512 + 32 + 300] = 'x';
  put_number (file->data + 1024 + UF2_FLAGS, 0x2001);
  g_byte_array_append (file, (const guint8 *)"tail", 4);
  g_autoptr (AssayNode) root = open_array (*state, file);
  assert_null (root->trouble);
  assert_string_equal (own (root, "records"),
                       "flags:0x00002000 family:0xe48bff56 blocks:0x00000003 @0x10000000 256 open 256 "
                       "flags:0x00002001 open aside:0x1000020000000100");
  assert_int_equal (span_at (root, 512 + 32 + 300)->kind, ASSAY_SPAN_SLACK);
  assert_int_equal (span_at (root, 512 + 32 + 256)->length, 220);
  assert_int_equal (span_at (root, 1024 + 40)->length, 476);
  assert_int_equal (span_at (root, 1536)->length, 4);
  assert_int_equal (assay_node_find (root, "@0x10000000")->size, 512);
  assay_node_visit (root, check_node, NULL);
}

/* --- limits --- */

static void
test_limits (void **state)
{
  Fixture *fixture = *state;
  fixture->limits.value[ASSAY_LIMIT_METADATA_BYTES] = 10;
  g_autoptr (AssayNode) list = open_text (fixture, HEX_A HEX_B HEX_END);
  assert_int_equal (list->trouble_code, ASSAY_ERROR_LIMIT);
  assert_non_null (strstr (list->trouble, "metadata-bytes"));
  fixture->limits.value[ASSAY_LIMIT_METADATA_BYTES] = 1000;
  fixture->limits.value[ASSAY_LIMIT_ENTRIES] = 1;
  g_autoptr (AssayNode) entries = open_text (fixture, HEX_A ":020022007879EB\n" HEX_END);
  assert_int_equal (entries->trouble_code, ASSAY_ERROR_LIMIT);
  assert_non_null (strstr (entries->trouble, "entries"));
}

#define TEST(function) cmocka_unit_test_setup_teardown (function, fixture_setup, fixture_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (test_what_others_write),
    TEST (test_others_read_the_same),
    TEST (test_facts_of_ihex),
    TEST (test_facts_of_srec),
    TEST (test_broken_records_are_not_opened),
    TEST (test_hidden_text_is_slack),
    TEST (test_facts_of_uf2),
    TEST (test_blocks_of_two_families),
    TEST (test_lies_of_uf2),
    TEST (test_hidden_bytes_of_uf2),
    TEST (test_limits),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
