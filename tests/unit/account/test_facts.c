#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/account.h"
#include "account/entry_facts.h"
#include "unpack/fact.h"

#include <glib/gstdio.h>
#include <string.h>

/* Facts that could not be read (T4), and which of them a file has of itself (T5). */

static void
unread_facts_are_undecided (void **state)
{
  (void)state;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_dir_make_tmp ("assay-facts-XXXXXX", &error);
  assert_non_null (path);
  g_autofree char *file = g_build_filename (path, "file", NULL);
  assert_true (g_file_set_contents (file, "x", 1, &error));
  g_autoptr (AssayDirectory) directory = assay_directory_open (path, &error);
  AssayLimits limits;
  assay_limits_init (&limits);
  AssayUnpackOptions unpack = { .limits = &limits };
  for (guint side = 0; side < 3; side++)
    {
      g_autoptr (AssayNode) shipped = assay_unpack_directory (directory, &unpack, &error);
      g_autoptr (GPtrArray) expectations = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_expectation_free);
      AssayExpectation *expectation = assay_expectation_new_tree ("", directory, "expected");
      expectation->supplies_owners = TRUE;
      g_ptr_array_add (expectations, expectation);
      assert_true (assay_expectation_unpack (expectation, &unpack, &error));
      AssayNode *sides[] = { NULL, assay_node_find (shipped, "file"), assay_node_find (expectation->root, "file") };
      if (sides[side] != NULL)
        sides[side]->unread_facts = g_strdup ("cannot read an extended attribute");
      g_autoptr (AssayPairing) pairing = assay_pairing_new (shipped, expectations, &unpack, &error);
      AssayAccountOptions options = { .limits = &limits };
      g_autoptr (AssayAccount) account = assay_account_new (shipped, pairing, &options, &error);
      assert_non_null (account);
      assert_int_equal (account->fact_totals[ASSAY_CLASS_UNDECIDED], side > 0);
      assert_int_equal (account->undecided->len, side > 0);
      assert_int_equal (account->totals[ASSAY_CLASS_IDENTICAL], 1);
    }
  g_remove (file);
  g_rmdir (path);
}

static void
what_belongs_to_the_entry (void **state)
{
  (void)state;
  static const struct
  {
    const char *format;
    const char *fact;
    const char *value;
    gboolean of_entry;
    AssayNodeType type;
  } cases[] = {
    { "tar", "mode", "0100755", TRUE },
    { "tar", "mode", "0104755", FALSE },
    { "tar", "mode", "0102755", FALSE },
    { "tar", "mode", "0101755", TRUE },
    { "tar", "mode", "0100775", FALSE },
    { "tar", "mode", "0100757", FALSE },
    { "tar", "mode", "0777", TRUE, ASSAY_NODE_SYMLINK },
    { "tar", "mode", "0777", FALSE, ASSAY_NODE_DIRECTORY },
    { "tar", "mode", "", FALSE },
    { "tar", "mode", "x", FALSE },
    { "tar", "uid", "0", TRUE },
    { "tar", "pax.mtime", "1.5", FALSE },
    { "tar", "mtime", "1", TRUE },
    { "tar", "header.size", "5", FALSE },
    { "tar", "xattr.security.capability", "00", FALSE },
    { "directory", "link", "x", FALSE },
    { "directory", "device", "1:3", FALSE },
    { "zip", "external-attributes", "81ed0000", TRUE },
    { "zip", "external-attributes", "89ed0000", FALSE },
    { "cpio", "inode", "7", TRUE },
    /* in a device tree any property may have any name */
    { "fit", "mode", "0100755", FALSE },
    { "fit", "mtime", "1", FALSE },
    { "fit", "load", "0x80000", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AssayNode container = { .format = cases[i].format };
      AssayNode entry = { .parent = &container, .type = cases[i].type };
      AssayFact fact = { cases[i].fact, (char *)cases[i].value };
      if (assay_fact_is_of_entry (&entry, &fact) != cases[i].of_entry)
        fail_msg ("%s of %s: %s", cases[i].fact, cases[i].format, cases[i].value);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (unread_facts_are_undecided),
    cmocka_unit_test (what_belongs_to_the_entry),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
