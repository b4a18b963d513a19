#ifndef ASSAY_INVENTORY_DIGESTS_H
#define ASSAY_INVENTORY_DIGESTS_H

#include "inventory/elf.h"

/**
 * AssayElfPass:
 *
 * Digests the whole of an ELF file and each of its pieces while its bytes go by, all of them and in order.
 */
typedef struct _AssayElfPass AssayElfPass;

/** assay_elf_pass_new: @elf: borrowed, must outlive the pass. */
AssayElfPass *assay_elf_pass_new (const AssayElf *elf);
void assay_elf_pass_free (AssayElfPass *pass);
/** assay_elf_pass_update: the next bytes; all together as many as @elf has. */
void assay_elf_pass_update (AssayElfPass *pass, const guint8 *bytes, gsize length_bytes);
/** assay_elf_pass_finish: after the last byte. Returns: (transfer full) (element-type AssayDigest): of each piece. */
GArray *assay_elf_pass_finish (AssayElfPass *pass, AssayDigest *out_whole);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayElfPass, assay_elf_pass_free)

/**
 * assay_elf_digest_pieces:
 * @elf: borrowed, unchanged
 * @blob: the file that @elf was read from; borrowed
 * @out_whole: SHA-256 of the whole file
 * @out_piece_digests: (transfer full) (element-type AssayDigest): of each piece, parallel to the pieces of @elf
 *
 * Digests every piece of an ELF file and the whole file in one pass of windows, so that both speak of the same bytes. A
 * piece is what lies in the file, and may be shorter than its section (AssayPiece): this is no digest of sections.
 *
 * Errors: ASSAY_ERROR_CHANGED @blob does not have the size of @elf; those of assay_blob_read(). Both outputs are
 * untouched then.
 */
gboolean assay_elf_digest_pieces (const AssayElf *elf, AssayBlob *blob, AssayDigest *out_whole,
                                  GArray **out_piece_digests, GError **error);

/**
 * assay_elf_digest_section:
 * @elf: borrowed, unchanged
 * @blob: the file that @elf was read from; borrowed
 * @section_index: number in the section header table, from 1
 * @out: SHA-256 of the stored bytes; untouched on failure
 *
 * Digests the bytes of one section as they lie in the file: nothing is decompressed or relocated. A section that stores
 * nothing (SHT_NOBITS, as .bss) is an error here, so that nobody reads "nothing stored" as "equal". A stored section of
 * size 0 has the digest of nothing.
 *
 * Errors: ASSAY_ERROR_NOT_FOUND no such section; ASSAY_ERROR_NO_CONTENT it stores no bytes (SHT_NOBITS, SHT_NULL);
 * ASSAY_ERROR_MALFORMED its range leaves the file; ASSAY_ERROR_CHANGED; those of assay_blob_read().
 * Source: System V ABI, "Sections".
 */
gboolean assay_elf_digest_section (const AssayElf *elf, AssayBlob *blob, guint32 section_index, AssayDigest *out,
                                   GError **error);

#endif
