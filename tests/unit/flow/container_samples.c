#include "container_samples.h"

#include "elf_sample.h"

#include <libfdt.h>
#include <string.h>
#include <zlib.h>

/* --- FIT: the U-Boot project's "Flat Image Tree (FIT) source file format" --- */

static void
put_image (void *tree, const char *name, const char *type, const GByteArray *data)
{
  guint8 digest[32];
  gsize length = sizeof digest;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (sum, data->data, data->len);
  g_checksum_get_digest (sum, digest, &length);
  fdt_begin_node (tree, name);
  fdt_property_string (tree, "description", name);
  fdt_property (tree, "data", data->data, (int)data->len);
  fdt_property_string (tree, "type", type);
  fdt_property_string (tree, "arch", "mips");
  fdt_property_string (tree, "compression", "none");
  fdt_property_u32 (tree, "load", 0x80000000);
  fdt_property_u32 (tree, "entry", 0x80000400);
  fdt_begin_node (tree, "hash-1");
  fdt_property (tree, "value", digest, sizeof digest);
  fdt_property_string (tree, "algo", "sha256");
  fdt_end_node (tree);
  fdt_begin_node (tree, "hash-2");
  fdt_property_u32 (tree, "value", (guint32)crc32 (0, data->data, data->len));
  fdt_property_string (tree, "algo", "crc32");
  fdt_end_node (tree);
  fdt_end_node (tree);
}

static void
put_configuration (void *tree, const char *name, const char *kernel)
{
  fdt_begin_node (tree, name);
  fdt_property_string (tree, "kernel", kernel);
  fdt_property_string (tree, "ramdisk", "ramdisk");
  fdt_end_node (tree);
}

GByteArray *
container_sample_fit (void)
{
  g_autoptr (GByteArray) kernel = elf_sample_new (&elf_sample_machines[5], ELF_SAMPLE_PLAIN);
  g_autoptr (GByteArray) ramdisk = g_byte_array_new ();
  g_byte_array_append (ramdisk, (const guint8 *)"what stands for a ramdisk", 25);
  GByteArray *out = g_byte_array_new ();
  g_byte_array_set_size (out, kernel->len + 4096);
  void *tree = out->data;
  fdt_create (tree, (int)out->len);
  fdt_finish_reservemap (tree);
  fdt_begin_node (tree, "");
  fdt_property_u32 (tree, "timestamp", 1700000000);
  fdt_property_string (tree, "description", "sample");
  fdt_property_u32 (tree, "#address-cells", 1);
  fdt_begin_node (tree, "images");
  put_image (tree, "kernel", "kernel", kernel);
  put_image (tree, "ramdisk", "ramdisk", ramdisk);
  fdt_end_node (tree);
  fdt_begin_node (tree, "configurations");
  fdt_property_string (tree, "default", "safe");
  put_configuration (tree, "safe", "kernel");
  put_configuration (tree, "other", "ramdisk");
  fdt_end_node (tree);
  fdt_end_node (tree);
  g_assert (fdt_finish (tree) == 0);
  g_byte_array_set_size (out, fdt_totalsize (tree));
  return out;
}

/* --- ar: GNU's variant, ar(5) --- */

static void
put_member (GByteArray *out, const char *name, const guint8 *data, guint length)
{
  /* The list of long names has no times, owners and mode. */
  gboolean is_list = strcmp (name, "//") == 0;
  const char *number = is_list ? "" : "0";
  g_autofree char *header
      = g_strdup_printf ("%-16s%-12s%-6s%-6s%-8s%-10u`\n", name, number, number, number, is_list ? "" : "644", length);
  g_byte_array_append (out, (const guint8 *)header, 60);
  g_byte_array_append (out, data, length);
  if (length % 2 != 0)
    g_byte_array_append (out, (const guint8 *)"\n", 1);
}

GByteArray *
container_sample_ar (void)
{
  static const char names[] = "a-member-with-a-long-name.o/\nanother-member-with-one.o/\n";
  /* one symbol, of the first member: behind the magic, the index (60 + 14) and the names (60 + 56) */
  static const guint8 index[] = { 0, 0, 0, 1, 0, 0, 0, 8 + 74 + 60 + sizeof names - 1, 'f', 'i', 'r', 's', 't', 0 };
  g_autoptr (GByteArray) one = elf_sample_new (&elf_sample_machines[9], ELF_SAMPLE_PLAIN);
  g_autoptr (GByteArray) two = elf_sample_new (&elf_sample_machines[9], ELF_SAMPLE_MISNAMED);
  GByteArray *out = g_byte_array_new ();
  g_byte_array_append (out, (const guint8 *)"!<arch>\n", 8);
  put_member (out, "/", index, sizeof index);
  put_member (out, "//", (const guint8 *)names, sizeof names - 1);
  put_member (out, "/0", one->data, one->len);
  put_member (out, "/29", two->data, two->len);
  put_member (out, "short.o/", (const guint8 *)"odd", 3);
  return out;
}
