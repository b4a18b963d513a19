#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/names_of.h"
#include "account/signed.h"
#include "account/usual_names.h"
#include "account/work.h"
#include "unpack/fact.h"

#include <string.h>

/* Where a container's form is content too: whoever has the bytes does not read them as a container, or runs them. */

/** One container, and a stream with content in it that is judged. */
typedef struct
{
  AssayWork work;
  AssayNode container;
  AssayNode content;
  AssayNode stream;
  AssayPairing pairing;
  AssayMatch none; /* of all: no rebuild makes anything */
  AssayAccount account;
} Image;

static AssayNode *
add_entry (Image *image, AssayNode *node, AssayNodeType type, const char *path)
{
  node->type = type;
  node->path = g_strdup (path);
  node->parent = &image->container;
  node->facts = assay_facts_new ();
  g_ptr_array_add (image->container.children, node);
  g_hash_table_insert (image->pairing.matches, node, &image->none);
  return node;
}

/* A stream of 1024 bytes, the content of which has one. */
static void
image_init (Image *image, const char *format, const char *path, const char *mode)
{
  static const guint8 content[1024] = { 0x1f, 0x8b };
  g_autoptr (GBytes) bytes = g_bytes_new_static (content, sizeof content);
  memset (image, 0, sizeof *image);
  image->work.fixed = g_hash_table_new (NULL, NULL);
  image->work.measured = g_hash_table_new (NULL, NULL);
  image->pairing.matches = g_hash_table_new (NULL, NULL);
  image->work.pairing = &image->pairing;
  image->account.misnamed = g_ptr_array_new ();
  image->work.account = &image->account;
  image->work.run = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
  image->container
      = (AssayNode){ .path = g_strdup ("."), .format = format, .children = g_ptr_array_new (), .facts = NULL };
  g_hash_table_insert (image->pairing.matches, &image->container, &image->none);
  AssayNode *node = add_entry (image, &image->stream, ASSAY_NODE_FILE, path);
  node->format = "gzip";
  node->stream = "gzip";
  node->size = sizeof content;
  node->blob = assay_blob_new_for_bytes (bytes);
  node->spans = g_array_new (FALSE, FALSE, sizeof (AssaySpan));
  node->children = g_ptr_array_new ();
  g_ptr_array_add (node->children, &image->content);
  image->content.size = 1;
  if (mode != NULL)
    assay_facts_add (node->facts, "mode", "%s", mode);
}

static void
image_clear (Image *image)
{
  for (guint i = 0; i < image->container.children->len; i++)
    {
      AssayNode *node = g_ptr_array_index (image->container.children, i);
      g_free (node->path);
      g_array_unref (node->facts);
    }
  g_free (image->container.path);
  g_ptr_array_unref (image->container.children);
  assay_blob_unref (image->stream.blob);
  g_array_unref (image->stream.spans);
  g_ptr_array_unref (image->stream.children);
  g_hash_table_unref (image->work.fixed);
  g_hash_table_unref (image->work.measured);
  g_hash_table_unref (image->pairing.matches);
  g_hash_table_unref (image->work.run);
  g_ptr_array_unref (image->account.misnamed);
  g_clear_pointer (&image->work.sourced, g_hash_table_unref);
  g_clear_pointer (&image->work.names, assay_names_free);
  g_clear_pointer (&image->work.signed_beside, assay_signed_beside_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Image, image_clear)

static gboolean
is_fixed (Image *image)
{
  return assay_account_is_fixed (&image->work, &image->stream);
}

/* A file is opened by its name; where that says of no archive, a shell may read the lines of what begins like one. */
static void
a_name_says_whether_a_file_is_an_archive (void **state)
{
  (void)state;
  static const struct
  {
    const char *format;
    const char *path;
    gboolean fixed;
  } cases[] = {
    { "tar", "etc/profile.d/notes.sh", TRUE },
    { "tar", "etc/resolv.conf", TRUE },
    { "tar", "run", TRUE },
    { "tar", "gz", TRUE },
    { "tar", "archive.gz/file", TRUE },
    { "tar", "file.gz.sh", TRUE },
    { "tar", "notes.gz", FALSE },
    { "tar", "NOTES.GZ", FALSE },
    { "tar", "notes.tar.xz", FALSE },
    /* what files of these names are is something else */
    { "tar", "lib/libc.a", TRUE },
    { "tar", "boot/uImage", TRUE },
    { "tar", "boot/kernel8.img", TRUE },
    { "tar", "boot/initrd.img-6.1", FALSE },
    { "tar", "boot/vmlinuz-6.1", FALSE },
    /* of these a shell reads each, whatever it is called */
    { "tar", "etc/hotplug.d/iface/10.gz", TRUE },
    { "tar", "etc/uci-defaults/10.gz", TRUE },
    { "tar", "ETC/PROFILE.D/10.GZ", TRUE },
    { "tar", "lib/profile.dir/10.gz", FALSE },
    { "tar", "lib/.d/10.gz", FALSE },
    { "tar", "etc/10.gz", TRUE },
    { "tar", "opt/app/ETC/deep/10.gz", TRUE },
    { "tar", "usr/share/certs/10.gz", TRUE },
    { "tar", "usr/share/doc/app/etc/10.gz", FALSE },
    { "tar", "etcetera/10.gz", FALSE },
    { "tar", "boot/my-initrd", TRUE },
    { "directory", "run", TRUE },
    { "squashfs", "run", TRUE },
    { "ext4", "run", TRUE },
    { "fat", "RUN", TRUE },
    { "iso9660", "run", TRUE },
    { "zip", "run", TRUE },
    { "cpio", "run", TRUE },
    { "ar", "run", TRUE },
    /* who opens these goes by something else than a file's name */
    { "uf2", "@0x10000000", FALSE },
    { "mbr", "#part1", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Image) image;
      image_init (&image, cases[i].format, cases[i].path, "0100644");
      if (is_fixed (&image) != cases[i].fixed)
        fail_msg ("%s in a %s", cases[i].path, cases[i].format);
    }
}

/* Of what a link from such a directory leads to a shell reads the lines as well, also by another link. */
static void
a_link_may_stand_among_texts (void **state)
{
  (void)state;
  static const struct
  {
    const char *first[2];
    const char *second[2];
    gboolean fixed;
  } cases[] = {
    { { "etc/hotplug.d/1.gz", "../../lib/app.gz" }, { "a", "b" }, TRUE },
    { { "etc/hotplug.d/1.gz", "/usr/share/app.gz" }, { "a", "b" }, FALSE },
    /* by way of a link that is not in the image */
    { { "etc/hotplug.d/1.gz", "/usr/lib/app.gz" }, { "a", "b" }, TRUE },
    { { "etc/hotplug.d/1.gz", "/lib/app.gz" }, { "a", "b" }, TRUE },
    { { "etc/hotplug.e/1.gz", "../../lib/app.gz" }, { "a", "b" }, FALSE },
    { { "etc/hotplug.d", "/lib" }, { "a", "b" }, TRUE },
    { { "etc/hotplug.d/1.gz", "../2.gz" }, { "etc/2.gz", "../lib/app.gz" }, TRUE },
    { { "etc/2.gz", "../lib/app.gz" }, { "etc/hotplug.d/1.gz", "../2.gz" }, TRUE },
    { { "etc/3.gz", "../lib/app.gz" }, { "etc/hotplug.d/1.gz", "../2.gz" }, FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Image) image;
      AssayNode first = { .format = NULL };
      AssayNode second = { .format = NULL };
      image_init (&image, "tar", "lib/app.gz", "0100644");
      assay_facts_add (add_entry (&image, &first, ASSAY_NODE_SYMLINK, cases[i].first[0])->facts, "link", "%s",
                       cases[i].first[1]);
      assay_facts_add (add_entry (&image, &second, ASSAY_NODE_SYMLINK, cases[i].second[0])->facts, "link", "%s",
                       cases[i].second[1]);
      if (is_fixed (&image) != cases[i].fixed)
        fail_msg ("%u: %s", (guint)i, cases[i].first[0]);
    }
}

static const struct
{
  const char *format;
  const char *name;
  gboolean usual;
} names[] = {
  { "squashfs", "rootfs.squashfs", TRUE },
  { "squashfs", "data.img", TRUE },
  { "squashfs", "root", TRUE },
  { "squashfs", "modloop-lts", TRUE },
  { "squashfs", "core-image.squashfs-xz", TRUE },
  { "squashfs", "blob.img", TRUE },
  { "squashfs", "boots.img", TRUE },
  { "squashfs", "u-boot.bin", FALSE },
  { "squashfs", "bl31.img", FALSE },
  { "squashfs", "BL2.IMG", FALSE },
  { "squashfs", "core.img", FALSE },
  { "squashfs", "boot.img", FALSE },
  { "squashfs", "my-u-boot.img", FALSE },
  { "squashfs", "recovery.raw", FALSE },
  { "squashfs", "rootfs.sh", FALSE },
  { "ext4", "idbloader.img", FALSE },
  { "ext4", "system.img", TRUE },
  { "fat", "boot.img", TRUE },
  { "fat", "spl.img", FALSE },
  { "iso9660", "disk.iso", TRUE },
  { "iso9660", "disk.bin", FALSE },
  { "fit", "u-boot.itb", TRUE },
  { "fit", "u-boot.img", TRUE },
  { "fit", "u-boot.bin", FALSE },
  { "uboot", "uImage-5.10", TRUE },
  { "uboot", "kernel.img", FALSE },
  { "tar", "u-boot.itb", FALSE },
  { "tar", "app.ipk", FALSE },
  { "gzip", "app.ipk", TRUE },
  { "gzip", "Image", FALSE },
  { "gzip", "vmlinuz-5.15.0-91-generic", TRUE },
  { "gzip", "vmlinuz.old", TRUE },
  { "cpio", "initramfs-rpi", TRUE },
  { "cpio", "initrd.img-6.1.0-rt5-amd64", TRUE },
  { "cpio", "INITRA~1", TRUE },
  { "cpio", "INITRA~1.SH", FALSE },
  { "cpio", "INIT~1", FALSE },
  { "cpio", "initrd-release", FALSE },
  { "cpio", "initrd.conf", FALSE },
  { "cpio", "rootfs-resize", FALSE },
  { "cpio", "intel-ucode.img", TRUE },
  { "cpio", "ucode.bin", FALSE },
  { "ihex", "fw.hex", TRUE },
  { "zip", "app.docx", TRUE },
  { "bzimage", "vmlinuz-6.1", TRUE },
  { "bzimage", "linux.efi", TRUE },
  { "bzimage", "kernel.conf", FALSE },
  { "signed-module", "app.ko", TRUE },
  { "unheard-of", "file.tar", FALSE },
};

/* Nothing else says of bytes that are two things which of them they are. */
static void
each_kind_has_names_of_its_own (void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (assay_usual_name (names[i].format, names[i].name) != names[i].usual)
      fail_msg ("%s called %s", names[i].format, names[i].name);
}

/* What a stream decodes to has no name, whatever stands in the stream's header. */
static void
a_stream_in_a_stream_has_no_name (void **state)
{
  (void)state;
  g_auto (Image) image;
  image_init (&image, "xz", "#xz", NULL);
  image.container.stream = "xz";
  assert_false (is_fixed (&image));
  image.container.stream = NULL;
  g_hash_table_remove_all (image.work.fixed);
  assert_true (is_fixed (&image));
}

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
      guint8 sectors[1024] = { 'h', 's', 'q', 's' };
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
    cmocka_unit_test (a_name_says_whether_a_file_is_an_archive),
    cmocka_unit_test (each_kind_has_names_of_its_own),
    cmocka_unit_test (a_link_may_stand_among_texts),
    cmocka_unit_test (a_stream_in_a_stream_has_no_name),
    cmocka_unit_test (an_execute_bit_counts_of_every_host),
    cmocka_unit_test (a_link_makes_the_file_executable_that_it_leads_to),
    cmocka_unit_test (a_link_may_mean_either_of_two_entries),
    cmocka_unit_test (an_inode_of_a_cpio_has_one_mode),
    cmocka_unit_test (an_inode_of_a_cpio_has_all_names),
    cmocka_unit_test (a_partition_may_be_run),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
