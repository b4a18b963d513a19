#ifndef ASSAY_UNPACK_NAMED_H
#define ASSAY_UNPACK_NAMED_H

#include "unpack/container.h"

/*
 * Formats that are known by sight and cannot be read yet: a node of one is a leaf with the format's name and the reason
 * why nothing in it was looked at. Equal bytes are equal in it as anywhere; bytes that differ are `undecided`, since no
 * one looked at what they mean.
 */

/** X (identifier, name): all of them, for the table of formats. */
#define ASSAY_NAMED_FORMATS(X)                                                                                         \
  X (jffs2, "jffs2")                                                                                                   \
  X (ubi, "ubi")                                                                                                       \
  X (ubifs, "ubifs")                                                                                                   \
  X (cramfs, "cramfs")                                                                                                 \
  X (romfs, "romfs")                                                                                                   \
  X (erofs, "erofs")                                                                                                   \
  X (f2fs, "f2fs")                                                                                                     \
  X (xfs, "xfs")                                                                                                       \
  X (ntfs, "ntfs")                                                                                                     \
  X (exfat, "exfat")                                                                                                   \
  X (android_boot, "android-boot")                                                                                     \
  X (android_vendor_boot, "android-vendor-boot")                                                                       \
  X (android_sparse, "android-sparse")                                                                                 \
  X (android_dtbo, "android-dtbo")                                                                                     \
  X (luks, "luks")                                                                                                     \
  X (uefi_volume, "uefi-firmware-volume")                                                                              \
  X (trx, "trx")                                                                                                       \
  X (lzop, "lzop")                                                                                                     \
  X (lrzip, "lrzip")                                                                                                   \
  X (snappy, "snappy")                                                                                                 \
  X (rar, "rar")                                                                                                       \
  X (cab, "cab")                                                                                                       \
  X (xar, "xar")                                                                                                       \
  X (wim, "wim")                                                                                                       \
  X (ole, "ole")                                                                                                       \
  X (qcow, "qcow")                                                                                                     \
  X (vmdk, "vmdk")                                                                                                     \
  X (vhdx, "vhdx")

#define ASSAY_NAMED_PROBE(id, name)                                                                                    \
  gboolean assay_named_probe_##id (const guint8 *head, gsize length_bytes, guint64 size_bytes);
ASSAY_NAMED_FORMATS (ASSAY_NAMED_PROBE)
#undef ASSAY_NAMED_PROBE

/** assay_named_open: fails with ASSAY_ERROR_UNSUPPORTED, and says by name of what. */
gboolean assay_named_open (AssayContainer *container, GError **error);

#endif
