#ifndef ASSAY_INVENTORY_ELF_H
#define ASSAY_INVENTORY_ELF_H

#include "util/blob.h"
#include "util/limits.h"

#include <assay/digest.h>
#include <glib.h>

/**
 * AssaySegment: one entry of the program header table (System V ABI, "Program Header"). @flags as p_flags; @name as
 * "LOAD", "NOTE", or "0x…" when unknown.
 */
typedef struct
{
  guint32 type;
  guint32 flags;
  guint64 offset;
  guint64 file_size;
  guint64 memory_size;
  guint64 virtual_address;
  guint64 physical_address;
  guint64 alignment;
  char *name;
} AssaySegment;

/**
 * AssaySection: one entry of the section header table, from index 1. @name is untrusted text, escaped by
 * assay_text_escape_line(); "" where the string table does not hold it. @flags as sh_flags. A section of SHT_NOBITS has
 * no bytes in the file.
 */
typedef struct
{
  guint32 index;
  guint32 type;
  guint64 flags;
  guint64 offset;
  guint64 size;
  guint64 address;
  guint64 alignment;
  guint64 entry_size;
  guint32 link; /* sh_link and sh_info: what they mean depends on the type */
  guint32 info;
  char *name;
} AssaySection;

/**
 * AssayPieceKind: what a piece of an ELF file is.
 */
typedef enum
{
  ASSAY_PIECE_GAP = 0,
  ASSAY_PIECE_ELF_HEADER,
  ASSAY_PIECE_PROGRAM_HEADERS,
  ASSAY_PIECE_SECTION_HEADERS,
  ASSAY_PIECE_SECTION,
  ASSAY_PIECE_TAIL,
} AssayPieceKind;

/**
 * AssayPiece:
 * @section: index into the sections array for ASSAY_PIECE_SECTION, else G_MAXUINT32
 * @within: bytes of the header or section in front of this piece, which others cover already
 *
 * Pieces tile the file from byte 0 to its end without gap or overlap, in ascending order. Where headers and sections
 * overlap, the lower file offset comes first, at equal offsets the headers; what is covered already is not covered
 * again, so a piece may be shorter than its section. ASSAY_PIECE_TAIL is what lies behind the last header, section or
 * segment; ASSAY_PIECE_GAP any other byte that no header and no section claims.
 */
typedef struct
{
  guint64 offset;
  guint64 length;
  AssayPieceKind kind;
  guint32 section;
  guint64 within;
} AssayPiece;

/**
 * AssaySymbol: a function or object of the symbol table (.symtab, else .dynsym), with an address and a size. @section
 * is its st_shndx resolved (0 when none). Untrusted name, escaped.
 *
 * A label of assembly (STT_NOTYPE in an executable section) counts as a function; @size stays 0 where the table says
 * so. @is_thumb: an ARM function of 16-bit instructions. Left out: undefined and common symbols, sections, files,
 * thread-local ones, labels outside of executable sections, and the mapping symbols of ARM, AArch64, RISC-V and C-SKY
 * ($a, $d, $t, $x, also as "$d.7"). Bit 0 of the address of an ARM function (Thumb) is cleared (ELF for the Arm
 * Architecture, "Symbol Values").
 */
typedef struct
{
  guint64 address;
  guint64 size;
  guint32 section;
  gboolean is_function;
  gboolean is_thumb;
  char *name;
} AssaySymbol;

/** AssayElfIndex: what the lookups below are answered from; only the room looks inside. */
typedef struct _AssayElfIndex AssayElfIndex;

/**
 * AssayElf:
 *
 * What an ELF file says of itself, as plain data; nothing of it is believed when bytes are judged.
 *
 * @trouble: why a part of it could not be read (a section table out of the file, overlapping …); what could be read is
 * there all the same. A file in trouble is still tiled by pieces.
 */
typedef struct
{
  guint8 bits; /* 32 or 64 */
  gboolean big_endian;
  guint16 machine; /* e_machine */
  guint16 type;    /* e_type */
  guint32 flags;   /* e_flags */
  guint64 entry;
  guint64 size;
  GArray *segments; /* AssaySegment */
  GArray *sections; /* AssaySection, element 0 is section 1 */
  GArray *pieces;   /* AssayPiece */
  GArray *symbols;  /* AssaySymbol, by address; NULL until assay_elf_load_symbols() */
  char *build_id;   /* hexadecimal, or NULL */
  char *trouble;
  AssayElfIndex *index; /* owns the names of segments, sections and symbols */
} AssayElf;

/**
 * assay_elf_new:
 * @blob: borrowed; not needed after the call
 *
 * Reads headers by libelf. Fails only with ASSAY_ERROR_MALFORMED where not even the ELF header can be read, with
 * ASSAY_ERROR_LIMIT where it has more headers than the limit "sections", or on I/O. A table that leaves the file is
 * read as far as it goes; one whose entries are not of the size that its class says is not read at all.
 *
 * Source: System V ABI, "Object Files"; extended numbering as the gABI has it (SHN_XINDEX), and PN_XNUM.
 */
AssayElf *assay_elf_new (AssayBlob *blob, const AssayLimits *limits, GError **error);
void assay_elf_free (AssayElf *elf);

/**
 * assay_elf_load_symbols: fills @symbols (empty array when it has none). A damaged table gives what could be read, and
 * adds to @trouble.
 *
 * Errors: ASSAY_ERROR_LIMIT "symbols"; I/O; ASSAY_ERROR_MALFORMED @blob is not the file that @elf was read from.
 * @symbols stays NULL then.
 */
gboolean assay_elf_load_symbols (AssayElf *elf, AssayBlob *blob, const AssayLimits *limits, GError **error);

/**
 * assay_elf_machine_name: "AArch64", "ARM", "MIPS", "PowerPC", "PowerPC64", "RISC-V", "x86-64", "i386", …, or
 * "machine 0x…" (static buffer-free: interned).
 */
const char *assay_elf_machine_name (guint16 machine);

/**
 * assay_section_flags_text: "WAX…" in readelf's letters, interned; assay_segment_flags_text: "RWX" subset, interned.
 */
const char *assay_section_flags_text (guint64 flags);
const char *assay_segment_flags_text (guint32 flags);

/** assay_elf_piece_at: the piece that holds a file offset, or NULL behind the end. */
const AssayPiece *assay_elf_piece_at (const AssayElf *elf, guint64 offset);

/** assay_elf_piece_again: the same for who asks for one piece often. @last: (inout): the number of the piece that was
 * found last, which is looked at first; any number will do. */
const AssayPiece *assay_elf_piece_again (const AssayElf *elf, guint64 offset, guint *last);

/**
 * assay_elf_section_at_address: the allocated section that holds an address in memory, or NULL; always NULL in a
 * relocatable file, where no section has an address yet. Where damage lets sections overlap, the first in the table.
 * (.tbss takes no addresses.)
 */
const AssaySection *assay_elf_section_at_address (const AssayElf *elf, guint64 address);

/**
 * assay_elf_symbol_at:
 * @address: in a relocatable file the offset in the section
 * @section: 0 for any; else its st_shndx must agree (needed for relocatable files)
 *
 * Where no symbol with a size holds the address, a function without one (a label of assembly) is taken to reach to the
 * next symbol of its section, or to the section's end; that is a reader's guess and no statement of the file.
 *
 * The first questions look through all symbols, and many of them make an index: not from two threads at once.
 *
 * Returns: (nullable): the smallest symbol with a size that holds the address, functions before objects; of equals the
 * first by section, then by name
 */
const AssaySymbol *assay_elf_symbol_at (const AssayElf *elf, guint64 address, guint32 section);

/** assay_elf_symbol_until: the same; all addresses from @address up to *out_end, which is behind it (or the highest
 * number that there is), have the same answer. */
const AssaySymbol *assay_elf_symbol_until (const AssayElf *elf, guint64 address, guint32 section, guint64 *out_end);

/**
 * assay_elf_symbol_is_whole: whether a symbol's size is that of one thing: it ends in the section that it begins in,
 * and no other entry of the symbol table begins behind its first byte and before its end, be it local, without size, of
 * a section, or a mapping symbol. Another name for the same place is fine. A size is what the source says: it may reach
 * over whatever the linker put behind. It does not mean that nothing else lies there: a table may leave names out.
 */
gboolean assay_elf_symbol_is_whole (const AssayElf *elf, const AssaySymbol *symbol);

/**
 * assay_elf_address_of_offset: the virtual address at which a LOAD segment puts a file offset (or in a relocatable
 * file FALSE).
 */
gboolean assay_elf_address_of_offset (const AssayElf *elf, guint64 offset, guint64 *out_address);

/** assay_elf_address_until: the same; all offsets from @offset up to *out_end, which is behind it, are as far from
 * their addresses, or have none either. */
gboolean assay_elf_address_until (const AssayElf *elf, guint64 offset, guint64 *out_address, guint64 *out_end);

/**
 * assay_elf_offset_is_executable: whether the byte at a file offset lies in an executable LOAD segment, or, in a
 * relocatable file and in one without a LOAD segment, in a SHF_EXECINSTR section.
 *
 * TRUE for every byte of a file whose table of them could not be read whole: a loader that is less strict may find code
 * anywhere.
 */
gboolean assay_elf_offset_is_executable (const AssayElf *elf, guint64 offset);

/** assay_elf_has_load_addresses: whether a flat image lies by physical addresses; else by virtual ones. */
gboolean assay_elf_has_load_addresses (const AssayElf *elf);

/**
 * assay_elf_load_image:
 *
 * The flat image that `objcopy -O binary` writes (GNU binutils, bfd/binary.c): the allocated sections with bytes in the
 * file, each at its load address, which is p_paddr + (sh_offset - p_offset) of the LOAD segment that holds it (its own
 * address when none does, or when several segments all say p_paddr 0); the image begins with the lowest. So it need not
 * begin where the first segment does. In a file without such sections: the bytes of the LOAD segments.
 *
 * @out_base: lowest physical address
 * Returns: (transfer full) (element-type AssayLoadRange): ascending, not overlapping; NULL on ASSAY_ERROR_MALFORMED
 * (overlap, no LOAD, a relocatable file, or bytes outside of the file)
 */
typedef struct
{
  guint64 image_offset; /* from the base */
  guint64 file_offset;
  guint64 length;
  guint64 virtual_address;
  guint32 flags; /* p_flags */
} AssayLoadRange;
GArray *assay_elf_load_image (const AssayElf *elf, guint64 *out_base, GError **error);

/**
 * assay_elf_locate_build_id:
 * @blob: the file that @elf was read from
 * @section: one of @elf
 *
 * Where the build-id itself stands, behind the head of its note, in a section that is nothing else: of type SHT_NOTE,
 * read-only, one GNU build-id note from its first to its last byte. FALSE for any other, whatever it is called.
 */
gboolean assay_elf_locate_build_id (const AssayElf *elf, AssayBlob *blob, const AssaySection *section,
                                    guint64 *out_offset, guint64 *out_length);

/** assay_elf_has_symbol_table: whether it holds a full symbol table (SHT_SYMTAB), which a stripped file has not. */
gboolean assay_elf_has_symbol_table (const AssayElf *elf);

/** assay_elf_has_all_segments: FALSE where the file header speaks of more program headers than could be read. */
gboolean assay_elf_has_all_segments (const AssayElf *elf);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayElf, assay_elf_free)

#endif
