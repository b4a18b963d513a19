#ifndef ASSAY_UNPACK_KERNEL_H
#define ASSAY_UNPACK_KERNEL_H

#include "unpack/container.h"

/*
 * What readers of Linux kernel images share. All of an image but its compressed kernel and its initramfs is code, and
 * headers that code and boot loaders go by: it is compared byte by byte, and where it stands counts as well, for
 * nothing in the image says how far its parts may move.
 */

/** AssayKernelField: a field of a header, for who reads a finding. @name: static text. */
typedef struct
{
  guint64 offset;
  guint64 length;
  const char *name;
} AssayKernelField;

/** assay_kernel_add_span: claims [@start, @end), which may be empty, to be compared as it is, in its place. */
void assay_kernel_add_span (AssayContainer *container, guint64 start, guint64 end, const char *name);

/**
 * assay_kernel_add_header:
 * @fields: ascending, not overlapping; those that reach beyond @end are left out
 * @between: what other bytes of [0, @end) are called
 *
 * Claims [0, @end).
 */
void assay_kernel_add_header (AssayContainer *container, const AssayKernelField *fields, gsize count, guint64 end,
                              const char *between);

/**
 * assay_kernel_add_payload:
 *
 * Appends the child "#payload": the compressed kernel, which is opened as any other stream. Errors:
 * ASSAY_ERROR_MALFORMED it leaves the image.
 */
gboolean assay_kernel_add_payload (AssayContainer *container, guint64 offset, guint64 length, GError **error);

/**
 * assay_kernel_has_own_size:
 * @out_has: whether a stream at @offset says in its last bytes how long its content is: gzip does. Behind all others
 * Linux puts four bytes that say so
 */
gboolean assay_kernel_has_own_size (AssayContainer *container, guint64 offset, gboolean *out_has, GError **error);

/**
 * assay_kernel_add_tail:
 * @start: end of what the image says to have
 *
 * Claims all bytes from @start on. Where the image has a PE header (the EFI stub) whose certificate table reaches
 * exactly to the end, the table is called so; nothing of it is verified.
 */
gboolean assay_kernel_add_tail (AssayContainer *container, guint64 start, GError **error);

#endif
