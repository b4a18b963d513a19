#ifndef ASSAY_UNPACK_INITRAMFS_H
#define ASSAY_UNPACK_INITRAMFS_H

#include "unpack/container.h"

/**
 * AssayInitramfs:
 * @found: @offset: @length: where it lies, if there is one
 * @holds: it has more than the directories and devices that every kernel has in it
 */
typedef struct
{
  gboolean found;
  gboolean holds;
  guint64 offset;
  guint64 length;
} AssayInitramfs;

/** What it is called in the kernel that it lies in. */
#define ASSAY_INITRAMFS_NAME "#initramfs"

/**
 * assay_initramfs_find:
 * @word_bytes: @big_endian: of the kernel's numbers: 4 or 8
 *
 * Finds the initramfs in a kernel as it is loaded: a cpio, or a stream that decodes to one, at a multiple of four,
 * which opens without error, and behind which, at the next multiple of eight, a number says exactly how long it is
 * (usr/initramfs_data.S, INIT_RAM_FS in include/asm-generic/vmlinux.lds.h). What is not certain by all of this is not
 * found, nor what lies among too much that looks like one (trial.h). Errors: of reading.
 */
gboolean assay_initramfs_find (AssayContainer *container, guint word_bytes, gboolean big_endian, AssayInitramfs *out,
                               GError **error);

#endif
