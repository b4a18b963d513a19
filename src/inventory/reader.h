#ifndef ASSAY_INVENTORY_READER_H
#define ASSAY_INVENTORY_READER_H

#include "util/blob.h"

#include <gelf.h>
#include <glib.h>

/**
 * AssayElfReader:
 *
 * Reads the ELF header and records of ELF tables out of a blob, in the host's byte order and widened to 64 bits. libelf
 * judges the identification (elf_memory on a private copy of the header, opened as by ELF_C_READ) and translates
 * (gelf_xlatetom); which ranges are read is decided and checked here. libelf is never shown more than the header, since
 * it drops a whole table when its last byte is missing, ignores the entry sizes, and allocates four times what a
 * lying section count says. Nothing is mapped, so that a file that shrinks is ASSAY_ERROR_CHANGED and not a signal.
 */
typedef struct
{
  AssayBlob *blob; /* borrowed */
  guint64 size;    /* of the blob */
  guint8 bits;     /* 32 or 64 */
  gboolean big_endian;
  GElf_Ehdr header;
  Elf *handle;
  guint8 *bytes; /* what the handle looks at */
} AssayElfReader;

/** Records that one call may read: a window of at most 16 KiB. */
#define ASSAY_ELF_READER_BATCH 256u

/**
 * assay_elf_reader_new:
 * @blob: borrowed; must outlive the reader
 *
 * Errors: ASSAY_ERROR_MALFORMED there is no ELF header of a class, byte order and version that System V ABI defines;
 * those of assay_blob_read().
 */
AssayElfReader *assay_elf_reader_new (AssayBlob *blob, GError **error);

/** assay_elf_reader_new_as_run: the same, of the class and byte order of the program that it is to Linux, whatever its
 * first bytes say. */
AssayElfReader *assay_elf_reader_new_as_run (AssayBlob *blob, GError **error);
void assay_elf_reader_free (AssayElfReader *reader);

/** assay_elf_reader_record_size: bytes of one record of a type in a file of this class. */
guint64 assay_elf_reader_record_size (const AssayElfReader *reader, Elf_Type type);

/**
 * assay_elf_reader_get_…:
 * @offset: of the first record in the file
 * @count: at most ASSAY_ELF_READER_BATCH
 * @out: room for @count records
 *
 * Errors: ASSAY_ERROR_MALFORMED the range leaves the file; those of assay_blob_read().
 */
gboolean assay_elf_reader_get_sections (const AssayElfReader *reader, guint64 offset, guint count, GElf_Shdr *out,
                                        GError **error);
gboolean assay_elf_reader_get_segments (const AssayElfReader *reader, guint64 offset, guint count, GElf_Phdr *out,
                                        GError **error);
gboolean assay_elf_reader_get_symbols (const AssayElfReader *reader, guint64 offset, guint count, GElf_Sym *out,
                                       GError **error);
gboolean assay_elf_reader_get_words (const AssayElfReader *reader, guint64 offset, guint count, GElf_Word *out,
                                     GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayElfReader, assay_elf_reader_free)

#endif
