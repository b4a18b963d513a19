#include "samples.h"

#include "crypto/sha256.h"
#include "input/yaml.h"

static gboolean
parse_yaml (GBytes *bytes, GError **error)
{
  g_autoptr (AssayYaml) yaml = assay_yaml_parse ("dir/x.yaml", bytes, error);
  return yaml != NULL;
}

static AssayYaml *
parse_text (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = bytes_of (text);
  AssayYaml *yaml = assay_yaml_parse ("x.yaml", bytes, &error);
  if (yaml == NULL)
    fail_msg ("%s", error->message);
  return yaml;
}

static void
keys_and_values_keep_their_places (void **state)
{
  g_autoptr (AssayYaml) yaml = parse_text ("# c\na: 1\nbé: [x, \"y\",\n   {k: v}]\nc: |\n  one\n  two\n");
  const AssayYamlMember *b = assay_yaml_find (yaml->root, "bé");
  assert_int_equal (yaml->root->kind, ASSAY_YAML_MAPPING);
  assert_int_equal (yaml->root->items->len, 3);
  assert_int_equal (b->line, 3);
  assert_int_equal (b->column, 1);
  assert_int_equal (b->value->kind, ASSAY_YAML_SEQUENCE);
  assert_int_equal (b->value->column, 5);
  const AssayYamlNode *x = g_ptr_array_index (b->value->items, 0);
  const AssayYamlNode *y = g_ptr_array_index (b->value->items, 1);
  const AssayYamlNode *mapping = g_ptr_array_index (b->value->items, 2);
  assert_true (x->is_plain);
  assert_false (y->is_plain);
  assert_int_equal (y->column, 9);
  assert_int_equal (mapping->line, 4);
  assert_int_equal (mapping->column, 4);
  assert_int_equal (assay_yaml_find (mapping, "k")->column, 5);
  assert_int_equal (assay_yaml_find (mapping, "k")->value->column, 8);
  assert_string_equal (assay_yaml_find (yaml->root, "c")->value->text, "one\ntwo\n");
  assert_null (assay_yaml_find (yaml->root, "d"));
  assert_null (assay_yaml_find (b->value, "k"));
}

static void
the_digest_is_of_the_bytes (void **state)
{
  const char *text = "a: 1\n";
  AssayDigest digest;
  g_autoptr (AssayYaml) yaml = parse_text (text);
  assay_sha256_bytes (text, strlen (text), &digest);
  assert_true (assay_digest_equal (&digest, &yaml->sha256));
}

static void
scalars_stay_text (void **state)
{
  static const char *const texts[]
      = { "0x10", "yes", "1.5", "010", "2027-01-01", "1e3", "12:30", ".inf", "true", "a#b" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (AssayYaml) yaml = parse_text (texts[i]);
      assert_int_equal (yaml->root->kind, ASSAY_YAML_SCALAR);
      assert_string_equal (yaml->root->text, texts[i]);
    }
}

static void
json_is_accepted (void **state)
{
  g_autoptr (AssayYaml) yaml = parse_text ("{\t\"a\":1,\"b\":[true,null,\"\\u00e9\\/\\n\"],\r\n\"c\":{}}\n");
  const AssayYamlNode *list = assay_yaml_find (yaml->root, "b")->value;
  assert_string_equal (((AssayYamlNode *)g_ptr_array_index (list->items, 2))->text, "é/\n");
  assert_string_equal (((AssayYamlNode *)g_ptr_array_index (list->items, 1))->text, "null");
  assert_int_equal (assay_yaml_find (yaml->root, "c")->line, 2);
  assert_int_equal (assay_yaml_find (yaml->root, "c")->value->items->len, 0);
}

static void
one_document_with_its_marks_is_accepted (void **state)
{
  g_autoptr (AssayYaml) yaml = parse_text ("---\na: 1\n...\n");
  assert_string_equal (assay_yaml_find (yaml->root, "a")->value->text, "1");
}

static void
what_has_more_than_one_reading_is_refused (void **state)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "", "1:1: the file is empty" },
    { "# only a comment\n", "2:1: the file is empty" },
    { "a: 1\na: 2\n", "2:1: duplicate key `a`, which stands at line 1 already" },
    { "a: 1\n\"a\": 2\n", "2:1: duplicate key `a`" },
    { "{a: 1, b: {c: 1, 'c': 2}}", "1:18: duplicate key `c`" },
    { "{\"a\": 1,\n \"\\u0061\": 2}", "2:2: duplicate key `a`" },
    { "[{a: 1, a: 1}]", "1:9: duplicate key `a`" },
    { "? a\n: 1\n? a\n: 2\n", "3:3: duplicate key `a`" },
    { "a: &x 1\nb: *x\n", "1:4: anchors are not accepted" },
    { "a: *x\n", "1:4: aliases are not accepted" },
    { "*x : 1\n", "1:1: a key must be a plain text" },
    { "&x a: 1\n", "1:1: anchors are not accepted" },
    { "a: &x\n  b: 1\n", "1:4: anchors are not accepted" },
    { "a: &x [1]\n", "1:4: anchors are not accepted" },
    { "a: !!str 1\n", "1:4: tags are not accepted" },
    { "a: !x [1]\n", "1:4: tags are not accepted" },
    { "a: !<tag:yaml.org,2002:int> 1\n", "1:4: tags are not accepted" },
    { "a: ! 1\n", "1:4: tags are not accepted" },
    { "é: ! \"1\"\n", "1:4: tags are not accepted" },
    { "!x a: 1\n", "1:1: tags are not accepted" },
    { "a: ! {b: 1}\n", "1:4: tags are not accepted" },
    { "<<: {a: 1}\nb: 1\n", "1:1: merge keys are not accepted" },
    { "a:\n  <<: [{b: 1}]\n", "2:3: merge keys are not accepted" },
    { "[a]: 1\n", "1:1: a key must be a plain text" },
    { "? {a: 1}\n: 2\n", "1:3: a key must be a plain text" },
    { ": 1\n", "1:1: did not find expected key" },
    { "{: 1}", "1:2: did not find expected node content" },
    { "\"\": 1\n", "1:1: a key is missing" },
    { "a: 1\n---\nb: 1\n", "2:1: a second document begins here" },
    { "---\n---\n", "2:1: a second document begins here" },
    { "a: 1\n...\n---\nb: 2\n", "3:1: a second document begins here" },
    { "{} {}", "1:4: did not find expected <document start>" },
    { "%YAML 1.1\n---\na: 1\n", "1:1: directives" },
    { "%TAG ! tag:x,2000:\n---\na: 1\n", "1:1: directives" },
    { "a: 1\n...\n%TAG ! tag:x,2000:\n---\na: 1\n", "3:1: directives" },
    { "a: |\n  b\n%c\n", "3:1: directives" },
    { "a:\n\tb: 1\n", "2:1: found character that cannot start any token" },
    { "a: [1, 2\n", "2:1: did not find expected ',' or ']', while parsing a flow sequence (which began at line 1)" },
    { "a: \"x\n", "2:1: found unexpected end of stream" },
    { "a: 1\n b: 2\n", "2:3: mapping values are not allowed in this context" },
    { "a: b: c\n", "1:5: mapping values are not allowed in this context" },
    { "a: @b\n", "1:4: found character that cannot start any token" },
    { "a: \"\\0\"\n", "1:4: a NUL character is not accepted" },
    { "\"a\\0b\": 1\n", "1:1: a NUL character is not accepted" },
    { "a: \"\\ud83d\\ude00\"\n", "1:7: found invalid Unicode character escape code" },
    { "a: \xff\n", "1:4: this is not valid UTF-8" },
    { "é: é\n\xc3\x28\n", "2:1: this is not valid UTF-8" },
    { "a: \xed\xa0\x80\n", "1:4: this is not valid UTF-8" },
    { "a: \x01\n", "1:4: the character U+0001 is not accepted" },
    { "a: 1\rb: 2\n", "1:5: the character U+000D is not accepted" },
    { "# c\xc2\x85"
      "b: 2\n",
      "1:4: the character U+0085 is not accepted" },
    { "# c\xe2\x80\xa8"
      "b: 2\n",
      "1:4: the character U+2028 is not accepted" },
    { "a: \xe2\x80\xae\n", "1:4: the character U+202E is not accepted" },
    { "\xef\xbb\xbf"
      "a: 1\n",
      "1:1: the character U+FEFF is not accepted" },
    { "a: \x7f\n", "1:4: the character U+007F is not accepted" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = bytes_of (cases[i].text);
      assert_refused (parse_yaml, bytes, cases[i].message, cases[i].text);
    }
}

static void
a_nul_byte_is_refused (void **state)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("a: 1\nb: \0002\n", 11);
  assert_refused (parse_yaml, bytes, "2:4: a NUL byte is not accepted", "a NUL byte");
}

static char *
repeat (const char *before, const char *text, guint times, const char *after)
{
  GString *out = g_string_new (before);
  for (guint i = 0; i < times; i++)
    g_string_append (out, text);
  g_string_append (out, after);
  return g_string_free (out, FALSE);
}

static void
depth_has_a_limit (void **state)
{
  g_autofree char *lists = repeat ("", "[", 32, "");
  g_autofree char *closed = repeat (lists, "]", 32, "\n");
  g_autofree char *deep = repeat ("", "[", 33, "");
  g_autofree char *mappings = repeat ("", "{a: ", 33, "");
  g_autofree char *deepest = repeat ("", "[", 2000000, "");
  g_autofree char *blocks = repeat ("", "- ", 500000, "x");
  g_autoptr (AssayYaml) yaml = parse_text (closed);
  assert_int_equal (yaml->root->items->len, 1);
  const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { deep, "1:33: lists and mappings lie in each other deeper than 32 levels" },
    { mappings, "1:129: lists and mappings lie in each other deeper than 32 levels" },
    { deepest, "1:33: lists and mappings" },
    { blocks, "1:65: lists and mappings" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = bytes_of (cases[i].text);
      assert_refused (parse_yaml, bytes, cases[i].message, "a deep text");
    }
}

/* libyaml alone takes minutes for these: it compares each directive with all before it. */
static void
directives_cost_nothing (void **state)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < 150000; i++)
    g_string_append_printf (text, "%%TAG !%u! t:%u\n", i, i);
  g_autofree char *start = g_string_free (text, FALSE);
  g_autofree char *later = g_strconcat ("a: 1\n...\n", start, NULL);
  g_autoptr (GBytes) start_bytes = bytes_of (start);
  g_autoptr (GBytes) later_bytes = bytes_of (later);
  assert_refused (parse_yaml, start_bytes, "1:1: directives", "many directives");
  assert_refused (parse_yaml, later_bytes, "3:1: directives", "many later directives");
}

static void
size_and_number_have_limits (void **state)
{
  g_autofree char *large = repeat ("# ", "x", ASSAY_YAML_MAX_BYTES - 1, "");
  g_autoptr (GBytes) large_bytes = bytes_of (large);
  g_autofree char *many = repeat ("[", "[],", ASSAY_YAML_MAX_NODES, "]");
  g_autoptr (GBytes) many_bytes = bytes_of (many);
  assert_refused (parse_yaml, large_bytes, "1:1: the text is larger than 4 MiB", "a large text");
  assert_refused (parse_yaml, many_bytes, "1:1572863: more than 524288 values in one file", "many values");
}

static void
only_regular_files_of_a_size_are_read (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  g_autofree char *missing = g_build_filename (scratch->path, "missing", NULL);
  g_autofree char *fifo = g_build_filename (scratch->path, "fifo", NULL);
  g_autofree char *large = g_build_filename (scratch->path, "large", NULL);
  g_autofree char *fits = g_build_filename (scratch->path, "fits", NULL);
  assert_int_equal (mkfifo (fifo, 0600), 0);
  scratch_write (scratch, "large", "");
  scratch_write (scratch, "fits", "");
  assert_int_equal (truncate (large, ASSAY_YAML_MAX_BYTES + 1), 0);
  assert_int_equal (truncate (fits, ASSAY_YAML_MAX_BYTES), 0);
  assert_null (assay_yaml_read_file (missing, "recipe", &error));
  assert_non_null (strstr (error->message, "cannot read the recipe "));
  assert_non_null (strstr (error->message, "/missing: No such file or directory"));
  assert_fails (FALSE, ASSAY_ERROR_USAGE, error);
  assert_fails (assay_yaml_read_file (fifo, "recipe", &error), ASSAY_ERROR_USAGE, error);
  assert_fails (assay_yaml_read_file (scratch->path, "recipe", &error), ASSAY_ERROR_USAGE, error);
  assert_fails (assay_yaml_read_file ("/dev/null", "recipe", &error), ASSAY_ERROR_USAGE, error);
  assert_fails (assay_yaml_read_file (large, "recipe", &error), ASSAY_ERROR_USAGE, error);
  g_autoptr (GBytes) bytes = assay_yaml_read_file (fits, "recipe", &error);
  assert_non_null (bytes);
  assert_int_equal (g_bytes_get_size (bytes), ASSAY_YAML_MAX_BYTES);
}

/* Standard input in the place of @path, as a shell gives it. */
static GBytes *
read_standard_input (const char *path, GError **error)
{
  int kept = dup (STDIN_FILENO);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  assert_true (kept >= 0 && fd >= 0 && dup2 (fd, STDIN_FILENO) == STDIN_FILENO);
  close (fd);
  GBytes *bytes = assay_yaml_read_file ("-", "recipe", error);
  assert_int_equal (dup2 (kept, STDIN_FILENO), STDIN_FILENO);
  close (kept);
  return bytes;
}

static void
a_dash_is_standard_input (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  g_autofree char *small = g_build_filename (scratch->path, "small", NULL);
  g_autofree char *large = g_build_filename (scratch->path, "large", NULL);
  scratch_write (scratch, "small", "a: b\n");
  scratch_write (scratch, "large", "");
  assert_int_equal (truncate (large, ASSAY_YAML_MAX_BYTES + 1), 0);
  g_autoptr (GBytes) bytes = read_standard_input (small, &error);
  assert_non_null (bytes);
  assert_int_equal (g_bytes_get_size (bytes), 5);
  assert_memory_equal (g_bytes_get_data (bytes, NULL), "a: b\n", 5);
  g_autoptr (GBytes) nothing = read_standard_input ("/dev/null", &error);
  assert_non_null (nothing);
  assert_int_equal (g_bytes_get_size (nothing), 0);
  assert_fails (read_standard_input (large, &error) != NULL, ASSAY_ERROR_USAGE, error);
}

static void
messages_escape_and_shorten (void **state)
{
  g_autofree char *key = repeat ("", "é", 100, "");
  g_autofree char *text = g_strdup_printf ("{%s: 1, %s: 2}", key, key);
  g_autofree char *half = repeat ("", "é", 60, "…`");
  g_autoptr (GBytes) bytes = bytes_of (text);
  g_autoptr (GError) error = NULL;
  assert_null (assay_yaml_parse ("a\nb.yaml", bytes, &error));
  assert_true (g_str_has_prefix (error->message, "a\\x0Ab.yaml:1:107: duplicate key `"));
  assert_non_null (strstr (error->message, half));
  g_autofree char *quoted = assay_yaml_quote ("a\x1b[0m\\");
  assert_string_equal (quoted, "`a\\x1B[0m\\\\`");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (keys_and_values_keep_their_places),
    cmocka_unit_test (the_digest_is_of_the_bytes),
    cmocka_unit_test (scalars_stay_text),
    cmocka_unit_test (json_is_accepted),
    cmocka_unit_test (one_document_with_its_marks_is_accepted),
    cmocka_unit_test (what_has_more_than_one_reading_is_refused),
    cmocka_unit_test (a_nul_byte_is_refused),
    cmocka_unit_test (depth_has_a_limit),
    cmocka_unit_test (directives_cost_nothing),
    cmocka_unit_test (size_and_number_have_limits),
    cmocka_unit_test_setup_teardown (only_regular_files_of_a_size_are_read, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (a_dash_is_standard_input, scratch_setup, scratch_teardown),
    cmocka_unit_test (messages_escape_and_shorten),
  };
  return cmocka_run_group_tests_name ("input/yaml", tests, NULL, NULL);
}
