#include "unpack/kernel/kernel.h"

#include "unpack/bytes.h"
#include "util/checked.h"

/* A PE file's headers: Microsoft, PE Format. */
enum
{
  PE_POINTER = 0x3c,
  PE_MAGIC_32 = 0x10b,
  PE_MAGIC_64 = 0x20b,
  PE_OPTIONAL = 24,        /* from "PE" to the optional header */
  PE_DIRECTORIES_32 = 96,  /* from there to the data directories */
  PE_DIRECTORIES_64 = 112, /* the same where addresses have 64 bits */
  PE_DIRECTORY_BYTES = 8,  /* of each: where, and how long */
  PE_CERTIFICATES = 4,     /* number of the one that this is about */
  PE_CERTIFICATE_ALIGNMENT = 8,
};

void
assay_kernel_add_span (AssayContainer *container, guint64 start, guint64 end, const char *name)
{
  if (end > start)
    assay_container_add_span (container, (AssaySpan){ .offset = start,
                                                      .length = end - start,
                                                      .kind = ASSAY_SPAN_HEADER,
                                                      .child = ASSAY_SPAN_NO_CHILD,
                                                      .name = name,
                                                      .placed = TRUE });
}

void
assay_kernel_add_header (AssayContainer *container, const AssayKernelField *fields, gsize count, guint64 end,
                         const char *between)
{
  guint64 done = 0;
  for (gsize i = 0; i < count && fields[i].offset + fields[i].length <= end; i++)
    {
      assay_kernel_add_span (container, done, fields[i].offset, between);
      done = fields[i].offset + fields[i].length;
      assay_kernel_add_span (container, fields[i].offset, done, fields[i].name);
    }
  assay_kernel_add_span (container, done, end, between);
}

gboolean
assay_kernel_add_payload (AssayContainer *container, guint64 offset, guint64 length, GError **error)
{
  if (length == 0 || !assay_range_fits (offset, length, container->node->size))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "kernel: the compressed kernel leaves the image");
  container->node->ordered = TRUE;
  return assay_container_add_part (container, "#payload", offset, length, "compressed kernel", error) != NULL;
}

gboolean
assay_kernel_has_own_size (AssayContainer *container, guint64 offset, gboolean *out_has, GError **error)
{
  static const guint8 gzip[] = { 0x1f, 0x8b };
  *out_has = FALSE;
  return !assay_range_fits (offset, sizeof gzip, container->node->size)
         || assay_blob_equals (container->node->blob, offset, gzip, sizeof gzip, out_has, error);
}

/* Where a PE header says that the certificate table stands; 0 where there is none. */
static gboolean
find_certificates (AssayContainer *container, guint64 *out_start, GError **error)
{
  const AssayNode *node = container->node;
  guint8 head[PE_POINTER + 4];
  guint8 pe[PE_OPTIONAL + PE_DIRECTORIES_64 + (PE_CERTIFICATES + 1) * PE_DIRECTORY_BYTES];
  *out_start = 0;
  if (node->size < sizeof head || !assay_blob_read (node->blob, 0, head, sizeof head, error))
    return node->size < sizeof head;
  guint64 at = assay_get_le32 (head + PE_POINTER);
  if (memcmp (head, "MZ", 2) != 0 || !assay_range_fits (at, sizeof pe, node->size))
    return TRUE;
  if (!assay_blob_read (node->blob, at, pe, sizeof pe, error))
    return FALSE;
  guint16 magic = assay_get_le16 (pe + PE_OPTIONAL);
  if (memcmp (pe, "PE\0\0", 4) != 0 || (magic != PE_MAGIC_32 && magic != PE_MAGIC_64))
    return TRUE;
  const guint8 *entry = pe + PE_OPTIONAL + (magic == PE_MAGIC_32 ? PE_DIRECTORIES_32 : PE_DIRECTORIES_64)
                        + PE_CERTIFICATES * PE_DIRECTORY_BYTES;
  guint64 start = assay_get_le32 (entry);
  guint64 length = assay_get_le32 (entry + 4);
  if (length > 0 && start % PE_CERTIFICATE_ALIGNMENT == 0 && start + length == node->size)
    *out_start = start;
  return TRUE;
}

gboolean
assay_kernel_add_tail (AssayContainer *container, guint64 start, GError **error)
{
  const AssayNode *node = container->node;
  guint64 certificates = 0;
  if (!find_certificates (container, &certificates, error))
    return FALSE;
  if (certificates < start)
    certificates = node->size;
  assay_kernel_add_span (container, start, certificates, "behind the kernel");
  assay_kernel_add_span (container, certificates, node->size, "PE certificate table");
  return TRUE;
}
