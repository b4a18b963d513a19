#include "samples.h"

/*
 * Files that went wrong in one to four bytes: each is read or refused, with a place in the message, and nothing else
 * happens. What would happen, the sanitizers say. The seeds are fixed, so that a failure comes again.
 */

#define MUTATIONS 2000

/* Bytes that mean something in YAML are met more often than others. */
static char
next_byte (GRand *random)
{
  static const char special[] = "{}[]:,&*!|>'\"%@`#?-<~ \t\n\r\0\\x";
  if (g_rand_boolean (random))
    return special[g_rand_int_range (random, 0, (gint32)sizeof special)];
  return (char)g_rand_int_range (random, 0, 256);
}

static void
mutate (GRand *random, GByteArray *bytes)
{
  for (int left = g_rand_int_range (random, 1, 5); left > 0; left--)
    {
      guint place = (guint)g_rand_int_range (random, 0, (gint32)bytes->len);
      guint8 byte = (guint8)next_byte (random);
      guint wanted = (guint)g_rand_int_range (random, 1, 40);
      guint length = MIN (wanted, bytes->len - place);
      switch (g_rand_int_range (random, 0, 4))
        {
        case 0:
          bytes->data[place] = byte;
          break;
        case 1:
          bytes->data[place] ^= (guint8)(1u << g_rand_int_range (random, 0, 8));
          break;
        case 2:
          if (length < bytes->len)
            g_byte_array_remove_range (bytes, place, length);
          break;
        default:
          g_byte_array_append (bytes, &byte, 1);
          memmove (bytes->data + place + 1, bytes->data + place, bytes->len - place - 1);
          bytes->data[place] = byte;
          break;
        }
    }
}

static void
survive (ParseSample parse, const char *sample, guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  guint refused = 0;
  for (guint i = 0; i < MUTATIONS; i++)
    {
      g_autoptr (GError) error = NULL;
      GByteArray *array = g_byte_array_new ();
      g_byte_array_append (array, (const guint8 *)sample, (guint)strlen (sample));
      mutate (random, array);
      g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (array);
      if (parse (bytes, &error))
        continue;
      refused++;
      if (!g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_USAGE)
          || !g_regex_match_simple ("^dir/x\\.yaml:[1-9][0-9]*:[1-9][0-9]*: .", error->message, G_REGEX_OPTIMIZE, 0)
          || !g_utf8_validate (error->message, -1, NULL))
        fail_msg ("mutation %u of seed %u: %s", i, seed, error->message);
    }
  /* Neither all nor none, or the mutations would say nothing. */
  assert_in_range (refused, MUTATIONS / 10, MUTATIONS - 10);
}

static void
recipes (void **state)
{
  survive (parse_recipe, sample_recipe, 1);
}

static void
recipes_in_json (void **state)
{
  survive (parse_recipe, sample_recipe_json, 2);
}

static void
policies (void **state)
{
  survive (parse_policy, sample_policy, 3);
}

static void
locks (void **state)
{
  survive (parse_lock, sample_lock, 4);
}

/* Every file that ends too early. */
static void
truncations (void **state)
{
  for (gsize length = 0; length < strlen (sample_recipe); length++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (sample_recipe, length);
      g_autoptr (GError) error = NULL;
      if (!parse_recipe (bytes, &error))
        assert_int_equal (error->code, ASSAY_ERROR_USAGE);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (recipes), cmocka_unit_test (recipes_in_json), cmocka_unit_test (policies),
    cmocka_unit_test (locks),   cmocka_unit_test (truncations),
  };
  return cmocka_run_group_tests_name ("input/mutation", tests, NULL, NULL);
}
