#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/names/usual_names.h"
#include "fixed_image.h"
#include "unpack/fact.h"

/* Where a container's form is content too: whoever has the bytes does not read them as a container. */

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
    { { "etc/hotplug.d/iface", "../../q/lib" }, { "q", "." }, TRUE },
    { { "etc/hotplug.d/iface", "../../q/x" }, { "q", "lib" }, FALSE },
    { { "etc/hotplug.d/iface", "../../q/other" }, { "q", "." }, FALSE },
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

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_name_says_whether_a_file_is_an_archive),
    cmocka_unit_test (each_kind_has_names_of_its_own),
    cmocka_unit_test (a_link_may_stand_among_texts),
    cmocka_unit_test (a_stream_in_a_stream_has_no_name),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
