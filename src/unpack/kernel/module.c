#include "unpack/formats.h"

#include "unpack/bytes.h"

#include <string.h>

/*
 * A signature behind a Linux kernel module (include/linux/module_signature.h): the module as it was built, a CMS
 * signature, twelve bytes that say how long that is, and a line of text. Nothing in the module's own headers speaks of
 * it. Signatures of this kind stand behind kernels too (s390, powerpc), and can be put behind any file: what stands in
 * front is not looked at here, and a signature behind anything but a module is explained by nobody
 * (account/rules/signature_cms.c).
 */

/** The line that ends the file. */
static const char magic[] = "~Module signature appended~\n";
#define MAGIC_BYTES (sizeof magic - 1)

/** struct module_signature: algo, hash, id_type, signer_len, key_id_len, three bytes of padding, sig_len (big endian).
 */
#define FIELDS_BYTES 12u

/** id_type of CMS, which is the only one since Linux 4.3. All other fields are 0 then. */
#define ID_TYPE_CMS 2u

#define TRAILER_BYTES (FIELDS_BYTES + MAGIC_BYTES)

G_STATIC_ASSERT (TRAILER_BYTES <= ASSAY_PROBE_END_BYTES);

/* Bytes of the signature; 0 where the trailer is not what the kernel's sign-file writes. */
static guint32
signature_length (const guint8 *trailer, guint64 size)
{
  static const guint8 fields[8] = { 0, 0, ID_TYPE_CMS, 0, 0, 0, 0, 0 };
  guint32 length = assay_get_be32 (trailer + 8);
  gboolean right = memcmp (trailer, fields, sizeof fields) == 0
                   && memcmp (trailer + FIELDS_BYTES, magic, MAGIC_BYTES) == 0 && length < size - TRAILER_BYTES;
  return right ? length : 0;
}

gboolean
assay_module_probe (const guint8 *tail, gsize length, guint64 size)
{
  return length >= TRAILER_BYTES && size > TRAILER_BYTES && signature_length (tail + length - TRAILER_BYTES, size) > 0;
}

gboolean
assay_module_open (AssayContainer *container, GError **error)
{
  AssayNode *node = container->node;
  guint8 trailer[TRAILER_BYTES];
  const char *slot = g_intern_static_string ("#module-signature");
  guint64 end = node->size - TRAILER_BYTES;
  if (!assay_blob_read (node->blob, end, trailer, sizeof trailer, error))
    return FALSE;
  guint32 length = signature_length (trailer, node->size);
  if (length == 0)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "module signature: its trailer changed");
  if (assay_container_add_part (container, "#module", 0, end - length, "module", error) == NULL)
    return FALSE;
  node->ordered = TRUE;
  assay_container_add_span (container, (AssaySpan){ end - length, length, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, FALSE,
                                                    "module signature", NULL, slot });
  assay_container_add_span (container, (AssaySpan){ end, sizeof trailer, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, FALSE,
                                                    "module signature trailer", NULL, slot });
  return TRUE;
}
