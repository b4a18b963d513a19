#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/kernel/kernel.h"
#include "util/checked.h"

#include <zlib.h>

/*
 * Linux for x86 (Documentation/arch/x86/boot.rst): a boot sector and setup code in sectors of 512 bytes, and behind
 * them what is loaded at 1 MiB, in which the compressed kernel lies where the setup header says. Before protocol 2.08
 * nothing says where that is, and all of it is code.
 */

#define SECTOR_BYTES 512u
#define PARAGRAPH_BYTES 16u
#define SUM_BYTES 4u
#define SIZE_BYTES 4u
#define DEFAULT_SETUP_SECTORS 4u
#define VERSION_WITH_PAYLOAD 0x208u

enum
{
  AT_SETUP_SECTORS = 0x1f1,
  AT_SYSTEM_SIZE = 0x1f4,
  AT_BOOT_FLAG = 0x1fe,
  AT_JUMP = 0x200, /* its second byte says where the header ends */
  AT_MAGIC = 0x202,
  AT_VERSION = 0x206,
  AT_PAYLOAD_OFFSET = 0x248,
  AT_PAYLOAD_LENGTH = 0x24c,
  HEADER_BYTES = 0x250,
};

static const AssayKernelField fields[] = {
  { 0x1f1, 1, "setup header: setup_sects" },
  { 0x1f2, 2, "setup header: root_flags" },
  { 0x1f4, 4, "setup header: syssize" },
  { 0x1f8, 2, "setup header: ram_size" },
  { 0x1fa, 2, "setup header: vid_mode" },
  { 0x1fc, 2, "setup header: root_dev" },
  { 0x1fe, 2, "setup header: boot_flag" },
  { 0x200, 2, "setup header: jump" },
  { 0x202, 4, "setup header: header" },
  { 0x206, 2, "setup header: version" },
  { 0x208, 4, "setup header: realmode_swtch" },
  { 0x20c, 2, "setup header: start_sys_seg" },
  { 0x20e, 2, "setup header: kernel_version" },
  { 0x210, 1, "setup header: type_of_loader" },
  { 0x211, 1, "setup header: loadflags" },
  { 0x212, 2, "setup header: setup_move_size" },
  { 0x214, 4, "setup header: code32_start" },
  { 0x218, 4, "setup header: ramdisk_image" },
  { 0x21c, 4, "setup header: ramdisk_size" },
  { 0x220, 4, "setup header: bootsect_kludge" },
  { 0x224, 2, "setup header: heap_end_ptr" },
  { 0x226, 1, "setup header: ext_loader_ver" },
  { 0x227, 1, "setup header: ext_loader_type" },
  { 0x228, 4, "setup header: cmd_line_ptr" },
  { 0x22c, 4, "setup header: initrd_addr_max" },
  { 0x230, 4, "setup header: kernel_alignment" },
  { 0x234, 1, "setup header: relocatable_kernel" },
  { 0x235, 1, "setup header: min_alignment" },
  { 0x236, 2, "setup header: xloadflags" },
  { 0x238, 4, "setup header: cmdline_size" },
  { 0x23c, 4, "setup header: hardware_subarch" },
  { 0x240, 8, "setup header: hardware_subarch_data" },
  { 0x248, 4, "setup header: payload_offset" },
  { 0x24c, 4, "setup header: payload_length" },
  { 0x250, 8, "setup header: setup_data" },
  { 0x258, 8, "setup header: pref_address" },
  { 0x260, 4, "setup header: init_size" },
  { 0x264, 4, "setup header: handover_offset" },
  { 0x268, 4, "setup header: kernel_info_offset" },
};

/** Where the parts lie. @payload_length: 0 where nothing says so. @end: of what is loaded. */
typedef struct
{
  guint64 setup_end;
  guint64 payload;
  guint64 payload_length;
  guint64 end;
} Layout;

gboolean
assay_bzimage_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= HEADER_BYTES && memcmp (head + AT_MAGIC, "HdrS", 4) == 0 && head[AT_BOOT_FLAG] == 0x55
         && head[AT_BOOT_FLAG + 1] == 0xaa && assay_get_le16 (head + AT_VERSION) >= 0x200;
}

static gboolean
read_layout (const AssayNode *node, const guint8 *head, Layout *out, GError **error)
{
  guint64 sectors = head[AT_SETUP_SECTORS] == 0 ? DEFAULT_SETUP_SECTORS : head[AT_SETUP_SECTORS];
  guint64 system = (guint64)assay_get_le32 (head + AT_SYSTEM_SIZE) * PARAGRAPH_BYTES;
  gboolean says = assay_get_le16 (head + AT_VERSION) >= VERSION_WITH_PAYLOAD;
  out->setup_end = (sectors + 1) * SECTOR_BYTES;
  out->payload = out->setup_end + assay_get_le32 (head + AT_PAYLOAD_OFFSET);
  out->payload_length = says ? assay_get_le32 (head + AT_PAYLOAD_LENGTH) : 0;
  out->end = out->setup_end + system;
  if (system == 0 || out->end > node->size)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "kernel: syssize is none of this image");
  if (out->payload_length > 0
      && (out->payload == out->setup_end || !assay_range_fits (out->payload, out->payload_length, out->end)))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "kernel: the compressed kernel leaves what is loaded");
  return TRUE;
}

/* The setup header ends where its jump leads. */
static void
add_setup (AssayContainer *container, const guint8 *head, const Layout *layout)
{
  guint64 header_end = MIN (AT_MAGIC + (guint64)head[AT_JUMP + 1], layout->setup_end);
  gsize count = 0;
  while (count < G_N_ELEMENTS (fields) && fields[count].offset + fields[count].length <= header_end)
    count++;
  assay_kernel_add_header (container, fields, count, layout->setup_end, "setup code");
}

/* The compressed kernel, and behind any but gzip how long it is when it is decompressed. */
static gboolean
add_payload (AssayContainer *container, const Layout *layout, guint64 *out_end, GError **error)
{
  gboolean own_size = FALSE;
  *out_end = layout->setup_end;
  if (layout->payload_length == 0)
    return TRUE;
  if (!assay_kernel_has_own_size (container, layout->payload, &own_size, error))
    return FALSE;
  guint64 behind = own_size ? 0 : MIN (SIZE_BYTES, layout->payload_length - 1);
  *out_end = layout->payload + layout->payload_length;
  assay_kernel_add_span (container, layout->setup_end, layout->payload, "decompressor");
  assay_kernel_add_span (container, *out_end - behind, *out_end, "size of the kernel");
  return assay_kernel_add_payload (container, layout->payload, layout->payload_length - behind, error);
}

/* A sum over all before it, which Linux up to 6.16 puts at the end of what is loaded: the remainder without any
 * inversion. Where it is not that, these are bytes as all others. */
static gboolean
add_sum (AssayContainer *container, guint64 offset, GError **error)
{
  AssayNode *node = container->node;
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  guint8 stored[SUM_BYTES];
  uLong sum = crc32 (0, NULL, 0);
  for (guint64 done = 0; done < offset;)
    {
      gsize take = (gsize)MIN (offset - done, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (node->blob, done, window, take, error))
        return FALSE;
      sum = crc32_z (sum, window, take);
      done += take;
    }
  if (!assay_blob_read (node->blob, offset, stored, sizeof stored, error))
    return FALSE;
  gboolean same = assay_get_le32 (stored) == (guint32)~sum;
  assay_container_add_span (container, (AssaySpan){ .offset = offset,
                                                    .length = SUM_BYTES,
                                                    .kind = ASSAY_SPAN_HEADER,
                                                    .child = ASSAY_SPAN_NO_CHILD,
                                                    .rewritable = same,
                                                    .name = "checksum of the kernel",
                                                    .placed = TRUE });
  return TRUE;
}

gboolean
assay_bzimage_open (AssayContainer *container, GError **error)
{
  guint8 head[HEADER_BYTES];
  Layout layout = { 0 };
  guint64 payload_end = 0;
  if (!assay_blob_read (container->node->blob, 0, head, sizeof head, error)
      || !read_layout (container->node, head, &layout, error))
    return FALSE;
  add_setup (container, head, &layout);
  if (!add_payload (container, &layout, &payload_end, error))
    return FALSE;
  guint64 code_end = layout.end - payload_end >= SUM_BYTES ? layout.end - SUM_BYTES : layout.end;
  assay_kernel_add_span (container, payload_end, code_end, layout.payload_length > 0 ? "decompressor" : "kernel");
  return (code_end == layout.end || add_sum (container, code_end, error))
         && assay_kernel_add_tail (container, layout.end, error);
}
