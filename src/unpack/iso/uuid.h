#ifndef ASSAY_UNPACK_ISO_UUID_H
#define ASSAY_UNPACK_ISO_UUID_H

#include "util/blob.h"

/** Bytes of such a text: `2026-01-31-23-59-59-00`. */
#define ASSAY_ISO_UUID_BYTES 22u

/**
 * assay_iso_uuids:
 * @blob: an ISO 9660 volume
 *
 * The times by which Linux and GRUB find the volume, as others by a UUID: when it was changed, or where it does not say
 * that, made. The digits count as they stand, whatever the zone.
 *
 * Returns: (transfer full) (element-type utf8): both times of each description of the volume; what cannot be read has
 * none
 * Source: libblkid, superblocks/iso9660.c, probe_iso9660_set_uuid(); GRUB, fs/iso9660.c, grub_iso9660_uuid().
 */
GPtrArray *assay_iso_uuids (AssayBlob *blob);

#endif
