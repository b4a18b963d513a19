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

/* --- Intel HEX, S-record and UF2 --- */

#define LINE_BYTES 16u

static void
put_line (GByteArray *out, const char *mark, const guint8 *bytes, guint length, guint8 checksum)
{
  g_autoptr (GString) line = g_string_new (mark);
  for (guint i = 0; i < length; i++)
    g_string_append_printf (line, "%02X", bytes[i]);
  g_string_append_printf (line, "%02X\n", checksum);
  g_byte_array_append (out, (const guint8 *)line->str, (guint)line->len);
}

static guint8
add_up (const guint8 *bytes, guint length)
{
  guint8 sum = 0;
  for (guint i = 0; i < length; i++)
    sum = (guint8)(sum + bytes[i]);
  return sum;
}

static void
put_hex (GByteArray *out, guint16 offset, guint8 type, const guint8 *data, guint length)
{
  guint8 bytes[4 + LINE_BYTES] = { (guint8)length, (guint8)(offset >> 8), (guint8)offset, type };
  for (guint i = 0; i < length; i++)
    bytes[4 + i] = data[i];
  put_line (out, ":", bytes, 4 + length, (guint8)-add_up (bytes, 4 + length));
}

GByteArray *
container_sample_ihex (void)
{
  static const guint8 banks[2][2] = { { 0x08, 0x00 }, { 0x08, 0x10 } };
  static const guint8 entry[4] = { 0x08, 0x00, 0x01, 0x01 };
  g_autoptr (GByteArray) program = elf_sample_new (&elf_sample_machines[3], ELF_SAMPLE_PLAIN);
  GByteArray *out = g_byte_array_new ();
  for (gsize bank = 0; bank < 2; bank++)
    {
      put_hex (out, 0, 4, banks[bank], 2);
      for (guint at = 0; at < program->len; at += LINE_BYTES)
        put_hex (out, (guint16)at, 0, program->data + at, MIN (LINE_BYTES, program->len - at));
    }
  put_hex (out, 0, 5, entry, sizeof entry);
  put_hex (out, 0, 1, NULL, 0);
  return out;
}

static void
put_srecord (GByteArray *out, char type, guint32 address, guint width, const guint8 *data, guint length)
{
  guint8 bytes[5 + LINE_BYTES] = { (guint8)(width + length + 1) };
  const char mark[] = { 'S', type, '\0' };
  for (guint i = 0; i < width; i++)
    bytes[1 + i] = (guint8)(address >> (8 * (width - 1 - i)));
  for (guint i = 0; i < length; i++)
    bytes[1 + width + i] = data[i];
  put_line (out, mark, bytes, 1 + width + length, (guint8)~add_up (bytes, 1 + width + length));
}

GByteArray *
container_sample_srec (void)
{
  g_autoptr (GByteArray) program = elf_sample_new (&elf_sample_machines[3], ELF_SAMPLE_PLAIN);
  GByteArray *out = g_byte_array_new ();
  guint records = 0;
  put_srecord (out, '0', 0, 2, (const guint8 *)"sample.srec", 11);
  for (guint32 base = 0x1000; base <= 0x801000; base += 0x800000)
    for (guint at = 0; at < program->len; at += LINE_BYTES, records++)
      put_srecord (out, '2', base + at, 3, program->data + at, MIN (LINE_BYTES, program->len - at));
  put_srecord (out, '5', records, 2, NULL, 0);
  put_srecord (out, '8', 0x1234, 3, NULL, 0);
  return out;
}

static void
put_little (guint8 *out, guint32 value)
{
  for (guint i = 0; i < 4; i++)
    out[i] = (guint8)(value >> (8 * i));
}

GByteArray *
container_sample_uf2 (void)
{
  g_autoptr (GByteArray) program = elf_sample_new (&elf_sample_machines[3], ELF_SAMPLE_PLAIN);
  guint blocks = (program->len + 255) / 256;
  GByteArray *out = g_byte_array_new ();
  for (guint i = 0; i < blocks; i++)
    {
      guint8 block[512] = { 0 };
      guint32 flags = i + 1 == blocks ? 0xa000 : 0x2000;
      const guint32 numbers[] = { 0x0a324655, 0x9e5d5157, flags, 0x10000000 + 256 * i, 256, i, blocks, 0xe48bff56 };
      for (gsize j = 0; j < G_N_ELEMENTS (numbers); j++)
        put_little (block + 4 * j, numbers[j]);
      memcpy (block + 32, program->data + (gsize)256 * i, MIN (256, program->len - 256 * i));
      if (flags == 0xa000)
        memcpy (block + 32 + 256,
                "\x08\xbc\xc7\x9f"
                "1.2\0",
                8); /* the tag of a version: its length, 0x9fc7bc, text */
      put_little (block + 508, 0x0ab16f30);
      g_byte_array_append (out, block, sizeof block);
    }
  return out;
}
