#include "sample.h"

#include "report/split.h"
#include "util/json.h"

#include <stdlib.h>

/* Findings that are taken out of a document while it is read: the same document, and the same refusals. */

/* In windows of so many bytes; the findings put back into the tree. */
static json_t *
read_split (const char *text, gsize length, gsize window, GError **error)
{
  g_autoptr (AssaySplit) split = assay_split_new ("report");
  g_autoptr (AssayListing) findings = NULL;
  for (gsize at = 0; at < length; at += window)
    if (!assay_split_add (split, text + at, MIN (window, length - at), error))
      return NULL;
  json_t *tree = assay_split_finish (split, &findings, error);
  json_t *array = json_object_get (tree, "findings");
  assert_true (tree == NULL || findings == NULL || json_array_size (array) == 0);
  for (guint i = 0; tree != NULL && findings != NULL && i < assay_listing_length (findings); i++)
    {
      json_t *element = assay_listing_element (findings, i);
      const char *class_ = assay_listing_class (findings, i);
      assert_true (class_ == NULL || strcmp (class_, assay_json_get_text (element, "class")) == 0);
      json_array_append_new (array, element);
    }
  assert_true (findings == NULL || assay_listing_check (findings, NULL));
  return tree;
}

/* What only the divided document is refused for, as of its form. */
static gboolean
has_other_element (const json_t *whole)
{
  const json_t *element;
  size_t index;
  json_array_foreach (json_object_get (whole, "findings"), index, element) if (!json_is_object (element)) return TRUE;
  return FALSE;
}

static void
same (const char *text, gsize length, gsize window)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) split_error = NULL;
  g_autoptr (json_t) whole = assay_json_parse (text, length, "report", &error);
  g_autoptr (json_t) split = read_split (text, length, window, &split_error);
  if (has_other_element (whole))
    assert_null (split);
  else if ((whole == NULL) != (split == NULL) || (whole != NULL && !json_equal (whole, split)))
    fail_msg ("%.*s: %s, but divided: %s", (int)length, text, whole == NULL ? error->message : "taken",
              split == NULL ? split_error->message : "taken");
  assert_true ((split == NULL) == (split_error != NULL));
}

static const char *const documents[] = {
  "{\"a\":1,\"findings\":[{\"class\":\"waived\",\"x\":[1,{\"y\":\"}]\\\"\"}]},{},{\"class\":\"\\u0022]\"}],\"z\":{"
  "\"findings\":[3]}}\n",
  "{\"findings\":[],\"a\":[]}",
  "{\n \"findings\" : [\n {\n\"k\": \"\\\\\"} ,\t{ }\r\n ] ,\n \"b\": \"findings\"}",
  "{\"b\":[{\"findings\":[{\"c\":1.5}]}]}",
  "{\"b\":\"findings\",\"c\":[1,2],\"findings\":[{\"\xc3\xa9\":\"\xe2\x82\xac\"}]}",
  "{\"findings\":{\"a\":[{}]}}",
  "{\"findings\":[{\"a\":1}],\"findings\":[{\"a\":2}]}",
  "{\"findings\":[{\"a\":1}],\"\\u0066indings\":[{\"a\":2}]}",
  "{\"\\u0066indings\":[{\"a\":2}]}",
  "{\"findings\":[{\"a\":1,\"a\":2}]}",
  "{\"findings\":[{\"a\":\"\\u0000\"}]}",
  "{\"findings\":[{\"a\":1e3}]}",
  "{\"findings\":[1,{}]}",
  "{\"findings\":[[{}]]}",
  "{\"findings\":[{},]}",
  "{\"findings\":[,{}]}",
  "{\"findings\":[{} {}]}",
  "{\"findings\":[{}]]}",
  "{\"findings\":[{]}]}",
  "{\"findings\":[{}}",
  "{\"findings\":[{}",
  "{\"findings\":[{\"a\":\"",
  "{\"findings\":[{\"a\":\"\xc3",
  "[\"findings\":[{}]]",
  "[{\"findings\":[{}]}]",
  "{\"findings\"::[{}]}",
  "{\"findings\" \"a\":[{}]}",
  "{\"findings\",[{}]}",
  "{\"x\":\"findings\":[{}]}",
  "}{\"findings\":[{}]}",
  "{}{\"findings\":[{}]}",
  "{\"findings\":[{}]} x",
  "\xef\xbb\xbf{\"findings\":[{}]}",
  "",
  "\"findings\"",
};

static void
a_divided_document_is_the_document (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    for (gsize window = 1; window <= strlen (documents[i]) + 1; window++)
      same (documents[i], strlen (documents[i]), window);
}

static void
a_changed_document_is_refused_as_the_whole_one (void **state)
{
  static const char bytes[] = "\"\\{}[]:, \n\x01\x80"
                              "a1.-u";
  for (guint i = 0; i < 5; i++)
    for (gsize at = 0; at < strlen (documents[i]); at++)
      {
        g_autofree char *text = g_strdup (documents[i]);
        gsize length = strlen (text);
        same (text, at, 7);
        for (gsize j = 0; j < sizeof bytes; j++) /* the NUL too */
          {
            text[at] = bytes[j];
            same (text, length, 1 + at % 9);
          }
        text[at] = documents[i][at];
        memmove (text + at, text + at + 1, length - at);
        same (text, length - 1, 5);
      }
}

/* Elements of one form, of which only the first is parsed: whatever stands in the place of a value or a key. */
static void
same_behind (const char *first, const char *second)
{
  g_autofree char *text = g_strdup_printf ("{\"findings\":[%s,%s,%s,%s]}", first, second, first, second);
  same (text, strlen (text), 11);
}

static const char *const elements[] = {
  "{\"a\":\"x\",\"b\":{\"a\":7,\"c\":\"\"},\"class\":\"waived\",\"d\":[1,\"y\",-2],\"e\":\"x\",\"f\":true}",
  "{\"class\":\"structure\",\"e\":[],\"g\":{},\"h\":null}",
  "{\"a\":0}",
  "{ \"a\": \"b\",\n  \"class\" : \"waived\", \"c\": [ 1 , 2 ] }",
  "{\"a\": \"b\", \"class\": \"waived\", \"c\": [1, 2]}",
  "{\"\\u0061\":1,\"class\":\"waived\"}",
  "{\"class\":\"unknown\",\"\xc3\xa9\":\"\xc3\xa9\"}",
};

static void
an_element_like_another_is_read_as_alone (void **state)
{
  static const char bytes[] = "\"\\{}[]:, \n\x01\x7f\x80"
                              "a0-.et";
  for (guint i = 0; i < G_N_ELEMENTS (elements); i++)
    for (gsize at = 0; at < strlen (elements[i]); at++)
      {
        g_autofree char *text = g_strdup (elements[i]);
        for (gsize j = 0; j + 1 < sizeof bytes; j++)
          {
            text[at] = bytes[j];
            same_behind (elements[i], text);
            same_behind (text, elements[i]);
          }
        memmove (text + at, text + at + 1, strlen (text + at));
        same_behind (elements[i], text);
        same_behind (text, elements[i]);
      }
}

/* What may and may not stand in the place of an integer and of a string. */
static void
values_are_those_of_the_parser (void **state)
{
  static const char *const values[] = { "1",
                                        "0",
                                        "-1",
                                        "-0",
                                        "00",
                                        "01",
                                        "-01",
                                        "-",
                                        "",
                                        "1 ",
                                        " 1",
                                        "1.0",
                                        "1e3",
                                        "+1",
                                        "0x1",
                                        "1a",
                                        "12-3",
                                        "true",
                                        "null",
                                        "[]",
                                        "{}",
                                        "\"\"",
                                        "\"a\"",
                                        "\"a",
                                        "a\"",
                                        "\"a\\\"\"",
                                        "\"\\u0000\"",
                                        "\"\\n\"",
                                        "\"\\x\"",
                                        "\"\x7f\"",
                                        "\"\t\"",
                                        "\"\xc3\xa9\"",
                                        "\"\xc3\"",
                                        "\"a\":1",
                                        "\"\",\"a\":\"b\"",
                                        "999999999999999999",
                                        "-999999999999999999",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "-9223372036854775808",
                                        "-9223372036854775809",
                                        "99999999999999999999" };
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (values); j++)
      {
        g_autofree char *first = g_strdup_printf ("{\"class\":\"waived\",\"a\":%s,\"z\":1}", values[i]);
        g_autofree char *second = g_strdup_printf ("{\"class\":\"waived\",\"a\":%s,\"z\":2}", values[j]);
        same_behind (first, second);
      }
}

/* More forms than are kept, each of them in turn, long ones too; one that is kept is another one the next time. */
static void
many_forms_take_turns (void **state)
{
  GString *text = g_string_new ("{\"findings\":[");
  for (guint i = 0; i < 600; i++)
    {
      g_autofree char *filler = g_strnfill (i % 13 == 5 ? 5000 : i % 7, 'a' + (char)(i % 3));
      g_string_append_printf (text, "%s{\"class\":\"%s\",\"k%u\":%u,\"t\":[\"%s\",{\"k\":\"%u\"}]}", i > 0 ? "," : "",
                              i % 2 == 0 ? "waived" : "explained", i * i % 23 % 17, i, filler, i);
    }
  g_string_append (text, "]}");
  for (gsize window = 1; window < 10000; window = window * 3 + 1)
    same (text->str, text->len, window);
  g_string_free (text, TRUE);
}

static void
refused (const char *text, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) split = read_split (text, strlen (text), 3, &error);
  assert_null (split);
  assert_non_null (error);
  assert_string_equal (error->message, message);
}

static void
places_are_those_of_the_document (void **state)
{
  refused ("{\n \"findings\": [{},\n  {\"a\": 1.5}]}",
           "report:3:9: a number with fraction or exponent; expected an integer");
  refused ("{\"findings\":[{},{\"a\":\n1.5}]}", "report:2:1: a number with fraction or exponent; expected an integer");
  refused ("{\"\xc3\xa9\":1,\"findings\":[{},{}],\"b\":1.5}",
           "report:1:31: a number with fraction or exponent; expected an integer");
  refused ("{\"findings\":[{},\n{}\n  ],\"b\":1.5}",
           "report:3:9: a number with fraction or exponent; expected an integer");
  refused ("{\"findings\":[{},\n{}],\n\"b\":1.5}",
           "report:3:5: a number with fraction or exponent; expected an integer");
  refused ("{\"findings\":[{},\n 5]}", "report:2:2: an element of findings that is no object");
  refused ("{\"findings\":[{}\n{}]}", "report:2:1: expected `,` or `]` behind an element of findings");
  refused ("{\"findings\":[{}\n", "report:2:1: the document ends among its findings");
}

/* @levels of arrays in an element; the document and the array are two more, the element is the third. */
static char *
nested (guint levels)
{
  g_autofree char *open = g_strnfill (levels, '[');
  g_autofree char *close = g_strnfill (levels, ']');
  return g_strdup_printf ("{\"findings\":[{\"a\":%s%s}]}", open, close);
}

static void
findings_are_as_deep_as_in_the_document (void **state)
{
  g_autofree char *deep = nested (61);
  g_autofree char *deeper = nested (62);
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) split = read_split (deep, strlen (deep), 10, &error);
  assert_non_null (split);
  same (deep, strlen (deep), 10);
  refused (deeper, "report:1:80: nested deeper than 64 levels");
}

/* More than is kept in memory, and one element that is longer than a window. */
static void
many_findings_lie_in_a_private_file (void **state)
{
  g_autoptr (AssaySplit) split = assay_split_new ("report");
  g_autoptr (AssayListing) findings = NULL;
  g_autofree char *filler = g_strnfill (1000, 'x');
  const guint count = 20000;
  assert_true (assay_split_add (split, "{\"findings\":[", 13, NULL));
  for (guint i = 0; i < count; i++)
    {
      g_autofree char *wide = i == 777 ? g_strnfill (600000, 'w') : NULL;
      g_autofree char *text = g_strdup_printf ("%s{\"class\":\"%s\",\"at\":%u,\"filler\":\"%s\"}", i > 0 ? "," : "",
                                               i % 2 == 0 ? "waived" : "unknown", i, wide == NULL ? filler : wide);
      assert_true (assay_split_add (split, text, strlen (text), NULL));
    }
  assert_true (assay_split_add (split, "]}", 2, NULL));
  g_autoptr (json_t) tree = assay_split_finish (split, &findings, NULL);
  assert_non_null (tree);
  assert_int_equal (assay_listing_length (findings), count);
  for (guint i = 0; i < count; i++)
    {
      guint index = i % 3 == 0 ? count - 1 - i : i; /* back and forth */
      g_autoptr (json_t) element = assay_listing_element (findings, index);
      assert_int_equal (json_integer_value (json_object_get (element, "at")), index);
      assert_int_equal (json_string_length (json_object_get (element, "filler")), index == 777 ? 600000 : 1000);
      if (index % 2 == 0)
        assert_string_equal (assay_listing_class (findings, index), "waived");
      else
        assert_null (assay_listing_class (findings, index));
    }
  assert_true (assay_listing_check (findings, NULL));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_divided_document_is_the_document),
    cmocka_unit_test (a_changed_document_is_refused_as_the_whole_one),
    cmocka_unit_test (an_element_like_another_is_read_as_alone),
    cmocka_unit_test (values_are_those_of_the_parser),
    cmocka_unit_test (many_forms_take_turns),
    cmocka_unit_test (places_are_those_of_the_document),
    cmocka_unit_test (findings_are_as_deep_as_in_the_document),
    cmocka_unit_test (many_findings_lie_in_a_private_file),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
