#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/kernel/initramfs.h"
#include "unpack/sink.h"
#include "util/cancel.h"
#include "util/number.h"

#include <elf.h>

/*
 * An ELF file of the Linux kernel with an initramfs linked into it. Its sections do not show that one: it lies among
 * the data that are used at start alone. It becomes a child, and the kernel around it another, with zeros in the place
 * of the first, so that everything in it keeps its place and is compared as any other ELF file. A kernel without, or
 * with the few directories and devices alone that every kernel has in it, is an ELF file as any other.
 */

/** What the probe needs of the header of either class. */
typedef struct
{
  gboolean wide; /* 64 bits */
  gboolean big_endian;
  guint64 headers; /* program headers: where, and how long and many each */
  guint header_bytes;
  guint count;
} Head;

static guint64
get (const Head *head, const guint8 *bytes, guint width)
{
  return assay_number_read (bytes, width, head->big_endian);
}

static gboolean
read_head (const guint8 *bytes, gsize length, Head *out)
{
  if (length < sizeof (Elf64_Ehdr) || memcmp (bytes, ELFMAG, SELFMAG) != 0)
    return FALSE;
  out->wide = bytes[EI_CLASS] == ELFCLASS64;
  out->big_endian = bytes[EI_DATA] == ELFDATA2MSB;
  guint64 type = get (out, bytes + offsetof (Elf64_Ehdr, e_type), 2);
  out->headers = out->wide ? get (out, bytes + offsetof (Elf64_Ehdr, e_phoff), 8)
                           : get (out, bytes + offsetof (Elf32_Ehdr, e_phoff), 4);
  out->count
      = (guint)get (out, bytes + (out->wide ? offsetof (Elf64_Ehdr, e_phnum) : offsetof (Elf32_Ehdr, e_phnum)), 2);
  out->header_bytes = out->wide ? sizeof (Elf64_Phdr) : sizeof (Elf32_Phdr);
  return (type == ET_EXEC || type == ET_DYN) && out->headers <= length
         && (guint64)out->count * out->header_bytes <= length - out->headers;
}

/* In the upper half of all addresses no program of a user lies. */
static gboolean
is_in_kernel (const Head *head, const guint8 *header)
{
  guint64 address = head->wide ? get (head, header + offsetof (Elf64_Phdr, p_vaddr), 8)
                               : get (head, header + offsetof (Elf32_Phdr, p_vaddr), 4);
  return address >> (head->wide ? 63 : 31) == 1;
}

gboolean
assay_vmlinux_probe (const guint8 *bytes, gsize length, guint64 size)
{
  Head head;
  gboolean loads = FALSE;
  if (!read_head (bytes, length, &head))
    return FALSE;
  for (guint i = 0; i < head.count; i++)
    {
      const guint8 *header = bytes + head.headers + (gsize)i * head.header_bytes;
      guint64 type = get (&head, header, 4);
      if (type == PT_INTERP)
        return FALSE;
      if (type == PT_LOAD && !loads && !is_in_kernel (&head, header))
        return FALSE;
      loads = loads || type == PT_LOAD;
    }
  return loads;
}

/* The bytes of the node with zeros in the place of the initramfs. */
static gboolean
copy_kernel (AssayContainer *container, const AssayInitramfs *initramfs, AssaySink *sink, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  guint64 size = container->node->size;
  guint64 hole_end = initramfs->offset + initramfs->length;
  for (guint64 done = 0; done < size;)
    {
      gboolean hole = done >= initramfs->offset && done < hole_end;
      guint64 stop = hole ? hole_end : done < initramfs->offset ? initramfs->offset : size;
      gsize take = (gsize)MIN (stop - done, ASSAY_BLOB_WINDOW_BYTES);
      if (hole)
        memset (window, 0, take);
      if (assay_cancelled (error) || (!hole && !assay_blob_read (container->node->blob, done, window, take, error)))
        return FALSE;
      sink->stored += take;
      if (!assay_sink_write (sink, window, take, error))
        return FALSE;
      done += take;
    }
  return TRUE;
}

static gboolean
divide (AssayContainer *container, const AssayInitramfs *initramfs, GError **error)
{
  guint64 behind = initramfs->offset + initramfs->length;
  g_auto (AssaySink) sink = { 0 };
  assay_sink_init (&sink, container->context);
  container->node->ordered = TRUE;
  AssayNode *kernel = assay_container_add_decoded (container, "#kernel", error);
  if (kernel == NULL || !copy_kernel (container, initramfs, &sink, error))
    return FALSE;
  g_autoptr (AssayBlob) blob = assay_sink_finish (&sink, error);
  if (blob == NULL)
    return FALSE;
  assay_container_set_decoded (kernel, blob);
  assay_container_add_span (container, (AssaySpan){ 0, initramfs->offset, ASSAY_SPAN_ENCODED, kernel->index, FALSE,
                                                    "kernel before the initramfs" });
  assay_container_add_span (container, (AssaySpan){ behind, container->node->size - behind, ASSAY_SPAN_ENCODED,
                                                    kernel->index, FALSE, "kernel behind the initramfs" });
  return assay_container_add_part (container, ASSAY_INITRAMFS_NAME, initramfs->offset, initramfs->length, "initramfs",
                                   error)
         != NULL;
}

gboolean
assay_vmlinux_open (AssayContainer *container, GError **error)
{
  guint8 bytes[ASSAY_PROBE_BYTES];
  Head head;
  AssayInitramfs initramfs;
  gsize length = (gsize)MIN (container->node->size, sizeof bytes);
  if (!assay_blob_read (container->node->blob, 0, bytes, length, error))
    return FALSE;
  if (!read_head (bytes, length, &head))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "vmlinux: its header changed");
  if (!assay_initramfs_find (container, head.wide ? 8 : 4, head.big_endian, &initramfs, error))
    return FALSE;
  if (!initramfs.found || !initramfs.holds)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "vmlinux: no initramfs");
  return divide (container, &initramfs, error);
}
