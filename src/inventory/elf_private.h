#ifndef ASSAY_INVENTORY_ELF_PRIVATE_H
#define ASSAY_INVENTORY_ELF_PRIVATE_H

#include "inventory/elf.h"
#include "inventory/range_map.h"
#include "inventory/reader.h"

#include <elf.h>

/**
 * AssayElfTable: a header table as far as it lies in the file.
 * @count: entries that can be read
 * @length: bytes of the file that the table claims, clamped to the file's end
 * @incomplete: the header speaks of more entries than could be read
 */
typedef struct
{
  guint64 offset;
  guint64 count;
  guint64 length;
  gboolean incomplete;
} AssayElfTable;

/** The domain of the maps whose claims all lie on one line. */
#define ASSAY_ELF_ONLY_DOMAIN 0u

/** AssayElfIndex: what the lookups of an AssayElf are answered from; built once, then only read. */
struct _AssayElfIndex
{
  GStringChunk *texts; /* owns the names of segments, sections and symbols */
  GString *trouble;
  guint trouble_count;
  AssayElfTable segment_table;
  AssayElfTable section_table;      /* entry 0 is the null section */
  AssayRangeMap *load_offsets;      /* file offset to the segment of type LOAD */
  AssayRangeMap *load_addresses;    /* virtual address to the segment of type LOAD */
  AssayRangeMap *executable;        /* file offset; the value says nothing */
  AssayRangeMap *section_addresses; /* virtual address to the index in sections */
  GArray *extents;                  /* of symbol_places.c; NULL until the symbols are loaded */
  gboolean ranked;                  /* whether they are sorted by preference */
  guint asked_addresses;            /* how often while there was no map of them */
  guint asked_places;
  AssayRangeMap *symbol_addresses; /* address to the index in symbols; NULL until many are asked for */
  AssayRangeMap *symbol_places;    /* the same, of them, the domain being the section's number */
  GArray *starts;                  /* of symbol_starts.c; NULL until the symbols are loaded */
};

/** assay_elf_add_trouble: notes one more thing that is wrong; after some of them only how many. */
void assay_elf_add_trouble (AssayElf *elf, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** assay_elf_publish_trouble: makes @trouble of what was noted up to now. */
void assay_elf_publish_trouble (AssayElf *elf);

/** assay_elf_read_tables: fills segments and sections with all but the sections' names. */
gboolean assay_elf_read_tables (AssayElf *elf, const AssayElfReader *reader, const AssayLimits *limits, GError **error);

/** assay_elf_build_pieces: fills @pieces from headers and sections, and notes overlaps. */
void assay_elf_build_pieces (AssayElf *elf);

/** assay_elf_build_places: fills the maps of the index but those of symbols. */
gboolean assay_elf_build_places (AssayElf *elf, GError **error);

/** assay_elf_collect_symbol_places: notes what the symbols hold; @symbols is sorted. */
gboolean assay_elf_collect_symbol_places (AssayElf *elf, GError **error);

/** assay_elf_note_start: notes where an entry of the symbol table begins; @type: STT_*, @section: resolved.
 * assay_elf_settle_starts: once all of them are noted. */
void assay_elf_note_start (AssayElf *elf, guint type, guint64 value, guint32 section);
void assay_elf_settle_starts (AssayElf *elf);

/** assay_elf_find_build_id: sets @build_id from the first GNU build-id note. */
gboolean assay_elf_find_build_id (AssayElf *elf, const AssayElfReader *reader, const AssayLimits *limits,
                                  GError **error);

/** assay_elf_segment_type_name: "LOAD", …, or NULL. */
const char *assay_elf_segment_type_name (guint16 machine, guint32 type);

/** assay_elf_section_stores: whether a section has bytes in the file: neither SHT_NULL nor SHT_NOBITS, and not empty.
 */
static inline gboolean
assay_elf_section_stores (const AssaySection *section)
{
  return section->type != SHT_NULL && section->type != SHT_NOBITS && section->size > 0;
}

#endif
