#ifndef ASSAY_INVENTORY_COFF_H
#define ASSAY_INVENTORY_COFF_H

#include "util/blob.h"

/** Bytes of a beginning that assay_coff_find() looks at. */
#define ASSAY_COFF_BEGIN_BYTES 4u

/**
 * AssayCoffSection: as its header has it.
 * @name: cut off behind 15 bytes; a long one is taken from the string table
 * @offset: @size: its content in the file; @size is 0 where it has none, or none that lies in the file
 * @relocations: @relocation_count: where the table begins, and how many entries of it lie in the file
 * @address: what the places of relocations count from
 */
typedef struct
{
  char name[16];
  guint64 offset;
  guint64 size;
  guint64 relocations;
  guint64 relocation_count;
  guint32 address;
  guint32 flags; /* Characteristics */
} AssayCoffSection;

/**
 * AssayCoff: a relocatable object of COFF as PE has it, or a PE image, which linkers take for one.
 * @machine: e_machine of the same in ELF
 * @symbol_bytes: of an entry of the symbol table; 0 where there is no table
 * @strings: @string_bytes: where the string table begins, and what of it lies in the file
 */
typedef struct
{
  guint16 machine;
  gboolean is_image;
  GArray *sections; /* AssayCoffSection */
  guint64 symbols;
  guint64 symbol_count;
  guint symbol_bytes;
  guint64 strings;
  guint64 string_bytes;
} AssayCoff;

/** AssayCoffPlace: whether the object is all that there is, or begins where two bytes of others look like its magic:
 * then few of its sections have names that are none, or content that lies outside of the file. */
typedef enum
{
  ASSAY_COFF_WHOLE = 0,
  ASSAY_COFF_EMBEDDED,
} AssayCoffPlace;

/** assay_coff_find: the first place from @from on whose ASSAY_COFF_BEGIN_BYTES bytes may begin an object or image;
 * @length_bytes where there is none. */
gsize assay_coff_find (const guint8 *bytes, gsize length_bytes, gsize from);

/**
 * assay_coff_read:
 * @sections_left: (inout): headers of sections that may be looked at yet; 0 afterwards where there were more
 * @out: (nullable): NULL where it is none: no header of a known machine, a table that leaves the file, or no content
 * (of an embedded one, none that is loaded)
 *
 * Reads headers as GNU binutils do (bfd/coffgen.c, peicode.h): more than 65,534 relocations, the header of objects with
 * many sections (ANON_OBJECT_HEADER_BIGOBJ), and the numbers of machines that it takes beside those of the
 * specification. A section whose content lies outside of the file has none: a linker may not need it.
 *
 * Source: Microsoft, "PE Format". Errors: those of assay_blob_read().
 */
gboolean assay_coff_read (AssayBlob *blob, AssayCoffPlace place, guint64 *sections_left, AssayCoff **out,
                          GError **error);
void assay_coff_free (AssayCoff *coff);

/** assay_coff_get_elf_size: bytes that assay_coff_write_elf() needs at most. G_MAXUINT64: more than can be counted */
guint64 assay_coff_get_elf_size (const AssayCoff *coff);

/**
 * assay_coff_write_elf:
 *
 * The same object in ELF: the sections, for each a relocation of four bytes wherever a linker writes, and the functions
 * by name. It is for who looks for the code; nobody could link it, as relocations have no symbols.
 *
 * Errors: those of assay_blob_read(); ASSAY_ERROR_LIMIT out of memory.
 */
GBytes *assay_coff_write_elf (const AssayCoff *coff, AssayBlob *blob, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayCoff, assay_coff_free)

#endif
