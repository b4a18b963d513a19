#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixed_image.h"
#include "unpack/fact.h"

#include <string.h>

/* Where a container's form is content too: whoever has the bytes runs them. By names: test_fixed_names.c. */

static void
an_execute_bit_counts_of_every_host (void **state)
{
  (void)state;
  static const struct
  {
    const char *format;
    const char *fact;
    const char *value;
    gboolean fixed;
  } cases[] = {
    { "tar", "mode", "0100644", FALSE },
    { "tar", "mode", "0100755", TRUE },
    { "tar", "mode", "0100645", TRUE },
    { "tar", "mode", "0100654", TRUE },
    /* the low half is that of DOS; unzip asks no host whether the upper one is a mode */
    { "zip", "external-attributes", "81a40000", FALSE },
    { "zip", "external-attributes", "81ed0000", TRUE },
    { "zip", "external-attributes", "81e40001", TRUE },
    { "zip", "external-attributes", "00000049", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Image) image;
      image_init (&image, cases[i].format, "app.gz", NULL);
      assay_facts_add (image.stream.facts, cases[i].fact, "%s", cases[i].value);
      if (is_fixed (&image) != cases[i].fixed)
        fail_msg ("%s %s of a %s", cases[i].fact, cases[i].value, cases[i].format);
    }
}

/* Who sets the mode of a hard link sets that of the file that it leads to, and of no other one. */
static void
a_link_makes_the_file_executable_that_it_leads_to (void **state)
{
  (void)state;
  static const struct
  {
    const char *mode;
    const char *target;
    const char *header_target;
    const char *symlink;
    gboolean fixed;
  } cases[] = {
    { "0100755", "lib/app.gz", NULL, NULL, TRUE },
    { "0100644", "lib/app.gz", NULL, NULL, FALSE },
    { "0100755", "./lib/app.gz", NULL, NULL, TRUE },
    { "0100755", "/lib/app.gz", NULL, NULL, TRUE },
    { "0100755", "lib//app.gz", NULL, NULL, TRUE },
    { "0100755", "bin/../lib/app.gz", NULL, NULL, TRUE },
    { "0100755", "bin/tool", NULL, NULL, FALSE },
    { "0100755", "./bin/tool", NULL, NULL, FALSE },
    /* readers without extended headers have another target */
    { "0100755", "bin/tool", "lib/app.gz", NULL, TRUE },
    /* nobody knows where these lead */
    { "0100755", "elsewhere", NULL, NULL, TRUE },
    { "0100755", "bin/link.gz", NULL, NULL, TRUE },
    { "0100755", "bin/tool", "elsewhere", NULL, TRUE },
    { "0100755", "", NULL, NULL, TRUE },
    { "0100755", NULL, NULL, NULL, TRUE },
    { "0100755", "bin/tool", NULL, "bin", TRUE },
    { "0100755", "bin/tool", NULL, "bin/tool", TRUE },
    { "0100755", "bin/tool", NULL, "usr", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Image) image;
      AssayNode tool = { .format = "elf" };
      AssayNode link = { .format = NULL };
      AssayNode symlink = { .format = NULL };
      image_init (&image, "tar", "lib/app.gz", "0100644");
      assay_facts_add (add_entry (&image, &tool, ASSAY_NODE_FILE, "bin/tool")->facts, "mode", "0100755");
      add_entry (&image, &link, ASSAY_NODE_HARDLINK, "bin/link.gz");
      assay_facts_add (link.facts, "mode", "%s", cases[i].mode);
      if (cases[i].target != NULL)
        assay_facts_add (link.facts, "link", "%s", cases[i].target);
      if (cases[i].header_target != NULL)
        assay_facts_add (link.facts, "header.link", "%s", cases[i].header_target);
      if (cases[i].symlink != NULL)
        add_entry (&image, &symlink, ASSAY_NODE_SYMLINK, cases[i].symlink);
      if (is_fixed (&image) != cases[i].fixed)
        fail_msg ("%u: a link to %s", (guint)i, cases[i].target == NULL ? "nothing" : cases[i].target);
    }
}

/* Two entries of one name: nobody knows which of them a link means, and a second one has a number in its path. */
static void
a_link_may_mean_either_of_two_entries (void **state)
{
  (void)state;
  static const char *const paths[] = { "app.gz", "app.gz#2" };
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_auto (Image) image;
      AssayNode other = { .format = "gzip" };
      AssayNode link = { .format = NULL };
      image_init (&image, "tar", paths[i], "0100644");
      assay_facts_add (add_entry (&image, &other, ASSAY_NODE_FILE, paths[1 - i])->facts, "mode", "0100644");
      add_entry (&image, &link, ASSAY_NODE_HARDLINK, "link.gz");
      assay_facts_add (link.facts, "mode", "0100755");
      assay_facts_add (link.facts, "link", "app.gz");
      assert_true (is_fixed (&image));
    }
}

static void
an_inode_of_a_cpio_has_one_mode (void **state)
{
  (void)state;
  static const struct
  {
    const char *nlink;
    const char *inode;
    const char *mode;
    gboolean fixed;
  } cases[] = {
    { "2", "7", "0100755", TRUE },
    { "2", "7", "0100644", FALSE },
    { "2", "8", "0100755", FALSE },
    { "1", "7", "0100755", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Image) image;
      AssayNode other = { .format = NULL };
      image_init (&image, "cpio", "app.gz", "0100644");
      assay_facts_add (image.stream.facts, "nlink", "%s", cases[i].nlink);
      assay_facts_add (image.stream.facts, "inode", "7");
      add_entry (&image, &other, ASSAY_NODE_FILE, "other.gz");
      assay_facts_add (other.facts, "mode", "%s", cases[i].mode);
      assay_facts_add (other.facts, "inode", "%s", cases[i].inode);
      if (is_fixed (&image) != cases[i].fixed)
        fail_msg ("inode %s of mode %s", cases[i].inode, cases[i].mode);
    }
}

/* Another name of the inode is one of the file's. */
static void
an_inode_of_a_cpio_has_all_names (void **state)
{
  (void)state;
  for (guint same = 0; same < 2; same++)
    {
      g_auto (Image) image;
      AssayNode other = { .format = NULL };
      image_init (&image, "cpio", "app.gz", "0100644");
      assay_facts_add (image.stream.facts, "nlink", "2");
      assay_facts_add (image.stream.facts, "inode", "7");
      add_entry (&image, &other, ASSAY_NODE_FILE, "run");
      assay_facts_add (other.facts, "mode", "0100644");
      assay_facts_add (other.facts, "nlink", "2");
      assay_facts_add (other.facts, "inode", "%u", same != 0 ? 7 : 8);
      assert_int_equal (is_fixed (&image), same);
    }
}

/* The first sector of a partition may be run where a flag says so, and where it ends as a boot sector does. */
static void
a_partition_may_be_run (void **state)
{
  (void)state;
  static const struct
  {
    const char *format;
    const char *fact;
    const char *value;
    gsize signed_at;
    gboolean fixed;
  } cases[] = {
    { "squashfs", "active", "no", 0, FALSE },
    { "squashfs", "active", "yes", 0, TRUE },
    { "squashfs", "active", "no", 510, TRUE },
    { "squashfs", "active", "no", 509, FALSE },
    { "squashfs", "active", "no", 1022, FALSE },
    { "fat", "active", "no", 510, FALSE },
    { "ext4", "active", "no", 510, FALSE },
    { "squashfs", "attributes", "0x0", 0, FALSE },
    { "squashfs", "attributes", "0x4", 0, TRUE },
    { "squashfs", "attributes", "0x1", 0, FALSE },
    { "squashfs", "attributes", "0x0", 510, TRUE },
    /* a file of a tree is no partition, and yet may be laid on a whole disk */
    { "squashfs", NULL, NULL, 510, TRUE },
    { "ext4", NULL, NULL, 510, FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Image) image;
      guint8 sectors[1024] = { 0 };
      if (strcmp (cases[i].format, "squashfs") == 0)
        memcpy (sectors, "hsqs", 4);
      if (cases[i].signed_at > 0)
        memcpy (sectors + cases[i].signed_at, "\x55\xaa", 2);
      g_autoptr (GBytes) bytes = g_bytes_new (sectors, sizeof sectors);
      image_init (&image, "disk", "#part1", NULL);
      image.stream.format = cases[i].format;
      image.stream.stream = NULL;
      g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (bytes);
      assay_node_replace_blob (&image.stream, blob);
      if (cases[i].fact != NULL)
        {
          assay_facts_add (image.stream.facts, "partition-type", "131");
          assay_facts_add (image.stream.facts, cases[i].fact, "%s", cases[i].value);
        }
      if (g_strcmp0 (cases[i].fact, "attributes") == 0)
        assay_facts_add (image.stream.facts, "partition-guid", "x");
      if (is_fixed (&image) != cases[i].fixed)
        fail_msg ("%u: %s", (guint)i, cases[i].format);
      g_clear_pointer (&image.stream.source, assay_blob_unref);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (an_execute_bit_counts_of_every_host),
    cmocka_unit_test (a_link_makes_the_file_executable_that_it_leads_to),
    cmocka_unit_test (a_link_may_mean_either_of_two_entries),
    cmocka_unit_test (an_inode_of_a_cpio_has_one_mode),
    cmocka_unit_test (an_inode_of_a_cpio_has_all_names),
    cmocka_unit_test (a_partition_may_be_run),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
