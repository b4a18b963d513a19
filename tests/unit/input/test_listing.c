#include "samples.h"

#include "input/listing.h"

/* The listing of contract.md as a shell writes it, from find, stat and sha256sum alone. */
static const char independent[] = "cd \"$1\"\n"
                                  "find . -mindepth 1 -printf '%P\\n' | LC_ALL=C sort | while IFS= read -r path; do\n"
                                  "  case $(stat -c %A \"./$path\") in ???x*|???s*) mode=755 ;; *) mode=644 ;; esac\n"
                                  "  if [ -L \"./$path\" ]; then type=l; size=$(readlink -n \"./$path\" | wc -c)\n"
                                  "    sum=$(readlink -n \"./$path\" | sha256sum)\n"
                                  "  elif [ -d \"./$path\" ]; then type=d size=0; sum=$(sha256sum </dev/null)\n"
                                  "  else type=f size=$(stat -c %s \"./$path\"); sum=$(sha256sum <\"./$path\"); fi\n"
                                  "  printf '%s %s %s %s %s\\n' $type $mode \"$size\" \"${sum%% *}\" \"$path\"\n"
                                  "done | sha256sum | cut -c1-64\n";

static void
shell (const Scratch *scratch, const char *script, char **out_text)
{
  g_autofree char *trouble = NULL;
  g_autoptr (GError) error = NULL;
  const char *arguments[] = { "sh", "-e", "-c", script, "sh", scratch->path, NULL };
  int status = -1;
  if (!g_spawn_sync (scratch->path, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, out_text, &trouble,
                     &status, &error)
      || status != 0)
    fail_msg ("%s: %s %s", script, error != NULL ? error->message : "", trouble);
}

static char *
listing_hex (const Scratch *scratch)
{
  AssayDigest digest;
  g_autoptr (GError) error = NULL;
  char *hex = g_malloc (ASSAY_DIGEST_HEX_SIZE);
  if (!assay_listing_digest (scratch->directory, &digest, &error))
    fail_msg ("%s", error->message);
  assay_digest_to_hex (&digest, hex);
  return hex;
}

static void
assert_as_the_shell_says (const Scratch *scratch)
{
  g_autofree char *text = NULL;
  g_autofree char *hex = listing_hex (scratch);
  shell (scratch, independent, &text);
  assert_string_equal (hex, g_strchomp (text));
}

static void
a_shell_computes_the_same (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *ignored = NULL;
  assert_as_the_shell_says (scratch); /* empty: the digest of nothing */
  shell (
      scratch,
      "mkdir -p a/b empty a.b 'with space'; printf x >a/x; printf '' >a/none; seq 100000 >a/b/large; printf y >a.b/y\n"
      "printf z >'with space/é \\'; printf '\\377' >\"$(printf 'raw\\377')\"; printf s >run; chmod 4711 run\n"
      "printf g >group; chmod 0654 group; ln -s ../nowhere a/link; ln -s b a/dir; ln a/x hard; chmod 700 empty\n",
      &ignored);
  assert_as_the_shell_says (scratch);
}

static void
what_counts_changes_the_digest_and_nothing_else (void **state)
{
  static const struct
  {
    const char *script;
    gboolean changes;
  } cases[] = {
    { "chmod 0600 d/f", FALSE }, { "touch -d 2001-01-01 d/f d", FALSE },
    { "chmod 0700 d", FALSE },   { "cp d/f c; mv c d/f", FALSE },
    { "chmod u+x d/f", TRUE },   { "printf b >d/f", TRUE },
    { "mv d/f d/g", TRUE },      { "ln -sfn e l", TRUE },
    { "mkdir d/empty", TRUE },   { "rm l; printf e >l", TRUE },
  };
  const Scratch *scratch = *state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *ignored = NULL, *again = NULL;
      assert_true (assay_directory_remove_contents (scratch->directory, NULL));
      shell (scratch, "umask 022; mkdir d; printf a >d/f; ln -s d l", &ignored);
      g_autofree char *before = listing_hex (scratch);
      shell (scratch, cases[i].script, &again);
      g_autofree char *after = listing_hex (scratch);
      if ((strcmp (before, after) != 0) != cases[i].changes)
        fail_msg ("%s", cases[i].script);
    }
}

static void
what_a_listing_cannot_say_is_refused (void **state)
{
  const Scratch *scratch = *state;
  static const char *const scripts[] = { "mkfifo x", "printf a >\"$(printf 'a\\nb')\"", "mkdir \"$(printf 'a\\nb')\"" };
  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      AssayDigest digest;
      g_autoptr (GError) error = NULL;
      g_autofree char *ignored = NULL;
      assert_true (assay_directory_remove_contents (scratch->directory, NULL));
      shell (scratch, scripts[i], &ignored);
      assert_fails (assay_listing_digest (scratch->directory, &digest, &error), ASSAY_ERROR_UNSUPPORTED, error);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (a_shell_computes_the_same, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (what_counts_changes_the_digest_and_nothing_else, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (what_a_listing_cannot_say_is_refused, scratch_setup, scratch_teardown),
  };
  return cmocka_run_group_tests_name ("input/listing", tests, NULL, NULL);
}
