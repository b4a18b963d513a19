#ifndef ASSAY_ACCOUNT_FACES_H
#define ASSAY_ACCOUNT_FACES_H

#include "unpack/node.h"

/**
 * assay_account_has_second_face:
 * @node: a container
 *
 * Whether some reader takes the same bytes for another archive, file system or disk than assay does, one that takes in
 * bytes which say the form of this one: to it they are content, and a time may be a line of a script. Such an image is
 * what two people see in two ways, and which of them is right is said outside of it: by a mount command, by a table of
 * partitions, by the size of a disk's sectors, by who looks for an archive from its end.
 *
 * Looked for: what the beginning is known by, as another strict format; an archive or a stream behind zeros, as Linux
 * looks for an initramfs; a kernel by a header of Multiboot somewhere in front; the end record of a zip, whose archive
 * is more than one file in this one; partitions of a disk that is also an ISO 9660 volume, and those of a disk with
 * sectors of 4096 bytes. What cannot be read has one.
 */
gboolean assay_account_has_second_face (const AssayNode *node);

/** assay_account_ends_as_zip: whether a reader of zip, which looks for its end in the last bytes of whatever file,
 * finds one with entries; TRUE also where these cannot be read. */
gboolean assay_account_ends_as_zip (AssayBlob *blob);

#endif
