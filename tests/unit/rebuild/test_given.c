#include "recipe_maker.h"

#include "rebuild/given.h"
#include "util/json.h"

#define BYTES "made\n"

/* What was asked for, and the output that is not given. */
typedef struct
{
  const char *withheld;
  guint asked;
} Giver;

static AssayBlob *
give (const AssayRecipeOutput *output, guint64 size_bytes, const AssayDigest *sha256, gpointer data)
{
  Giver *giver = data;
  AssayDigest wanted;
  g_autoptr (GBytes) bytes = g_bytes_new_static (BYTES, strlen (BYTES));
  assay_sha256_bytes (BYTES, strlen (BYTES), &wanted);
  giver->asked++;
  assert_int_equal (size_bytes, strlen (BYTES));
  assert_true (assay_digest_equal (sha256, &wanted));
  return g_strcmp0 (output->from, giver->withheld) == 0 ? NULL : assay_blob_new_for_bytes (bytes);
}

static json_t *
list_files (void)
{
  AssayDigest sha256;
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_sha256_bytes (BYTES, strlen (BYTES), &sha256);
  assay_digest_to_hex (&sha256, hex);
  return json_pack ("[{s:s,s:s,s:i,s:s},{s:s,s:s,s:i,s:s}]", "from", "one", "path", "src/one", "size", 5, "sha256", hex,
                    "from", "t*o", "path", "src/two", "size", 5, "sha256", hex);
}

/* Makes outputs of it; @symbols: of the second */
static AssayGiven *
ask (const json_t *files, const char *first, const char *second, char **symbols, Giver *giver)
{
  AssayRecipeOutput outputs[] = { { .from = (char *)first }, { .from = (char *)second, .symbols = symbols } };
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (outputs); i++)
    g_ptr_array_add (list, &outputs[i]);
  const AssayRecipe recipe = { .outputs = list };
  return assay_given_new (files, &recipe, give, giver);
}

static void
all_outputs_are_given_once (void **state)
{
  Giver giver = { NULL, 0 };
  AssayDigest sha256;
  g_autoptr (json_t) files = list_files ();
  g_autoptr (AssayGiven) given = ask (files, "one", "t*o", NULL, &giver);
  assert_non_null (given);
  assert_int_equal (giver.asked, 2);
  g_autoptr (GPtrArray) paths = assay_given_find (given, "t*o");
  assert_int_equal (paths->len, 1);
  assert_string_equal (paths->pdata[0], "src/two");
  AssayBlob *blob = assay_given_get (given, "one", &sha256);
  assert_non_null (blob);
  assert_int_equal (assay_blob_get_size (blob), strlen (BYTES));
  g_autoptr (AssayGiven) twice = ask (files, "one", "one", NULL, &giver);
  assert_non_null (twice);
  assert_int_equal (giver.asked, 3);
}

/* What nobody asked for when it was given is no output, and nothing of the tree is there. */
static void
another_output_is_none (void **state)
{
  Giver giver = { NULL, 0 };
  AssayDigest sha256;
  g_autoptr (json_t) files = list_files ();
  g_autoptr (AssayGiven) given = ask (files, "one", "one", NULL, &giver);
  g_autoptr (GPtrArray) paths = assay_given_find (given, "t*o");
  assert_int_equal (paths->len, 0);
  assert_null (assay_given_get (given, "t*o", &sha256));
}

static void
one_that_is_missing_takes_all (void **state)
{
  char *symbols[] = { (char *)"one.debug", NULL };
  g_autoptr (json_t) files = list_files ();
  Giver withholding = { "t*o", 0 };
  assert_null (ask (files, "one", "t*o", NULL, &withholding));
  Giver giver = { NULL, 0 };
  assert_null (ask (files, "one", "three", NULL, &giver));
  assert_null (ask (files, "one", "t*o", symbols, &giver));
  assert_null (ask (NULL, "one", "t*o", NULL, &giver));
}

static void
what_is_written_otherwise_is_not_given (void **state)
{
  static const char *const spoilt[] = { "size", "sha256", "path" };
  Giver giver = { NULL, 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (spoilt); i++)
    {
      g_autoptr (json_t) files = list_files ();
      json_object_set_new (json_array_get (files, 0), spoilt[i], json_null ());
      assert_null (ask (files, "one", "t*o", NULL, &giver));
    }
  g_autoptr (json_t) more = list_files ();
  json_object_set_new (json_array_get (more, 0), "more", json_true ());
  assert_null (ask (more, "one", "t*o", NULL, &giver));
  g_autoptr (json_t) negative = list_files ();
  json_object_set_new (json_array_get (negative, 0), "size", json_integer (-1));
  assert_null (ask (negative, "one", "t*o", NULL, &giver));
  g_autoptr (json_t) text = json_string ("one");
  assert_null (ask (text, "one", "t*o", NULL, &giver));
  assert_int_equal (giver.asked, 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (all_outputs_are_given_once),
    cmocka_unit_test (another_output_is_none),
    cmocka_unit_test (one_that_is_missing_takes_all),
    cmocka_unit_test (what_is_written_otherwise_is_not_given),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
