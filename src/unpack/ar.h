#ifndef ASSAY_UNPACK_AR_H
#define ASSAY_UNPACK_AR_H

#include "unpack/container.h"

/* The header of a member of an ar archive (ar(5)): 60 bytes of text fields, padded with spaces. */

#define ASSAY_AR_HEADER_BYTES 60u

/**
 * AssayArStyle: how a name is written.
 * @ASSAY_AR_PLAIN: as it is (deb, BSD's short names)
 * @ASSAY_AR_GNU: with `/` behind it
 * @ASSAY_AR_LONG: GNU's `/OFFSET` into the table of long names
 * @ASSAY_AR_BSD: `#1/LENGTH`, and the name before the content
 * @ASSAY_AR_SYMBOLS: the symbol tables `/` and `/SYM64/`
 * @ASSAY_AR_TABLE: the table of long names `//` itself
 */
typedef enum
{
  ASSAY_AR_PLAIN = 0,
  ASSAY_AR_GNU,
  ASSAY_AR_LONG,
  ASSAY_AR_BSD,
  ASSAY_AR_SYMBOLS,
  ASSAY_AR_TABLE,
} AssayArStyle;

/**
 * AssayArHeader:
 * @name: without what the style adds; of ASSAY_AR_LONG and ASSAY_AR_BSD only once resolved
 * @special: it is a symbol table
 * @has: which of mtime, uid, gid, mode (in this order) are not blank, with their @values
 * @size: of the content; with ASSAY_AR_BSD of name and content until resolved
 * @table_offset: with ASSAY_AR_LONG
 * @table_derived: no ASSAY_AR_LONG, or the offset is what the names before it give
 * @name_bytes: with ASSAY_AR_BSD
 */
typedef struct
{
  AssayArStyle style;
  char *name;
  gboolean special;
  gboolean has[4];
  guint64 values[4];
  guint64 size;
  guint64 table_offset;
  gboolean table_derived;
  guint64 name_bytes;
} AssayArHeader;

void assay_ar_header_clear (AssayArHeader *header);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayArHeader, assay_ar_header_clear)

/** assay_ar_parse_header: Errors: ASSAY_ERROR_MALFORMED. */
gboolean assay_ar_parse_header (const guint8 block[ASSAY_AR_HEADER_BYTES], AssayArHeader *out_header, GError **error);

/** assay_ar_add_facts: states on @child all that the header says; the style that most members have is a fact of the
 * archive. */
void assay_ar_add_facts (const AssayArHeader *header, AssayNode *child, AssayNode *archive);

/**
 * assay_ar_write_header:
 *
 * Writes a member's header (with BSD's name behind it) from the facts alone.
 *
 * Returns: (transfer full): NULL where a value does not fit
 */
GByteArray *assay_ar_write_header (const AssayNode *child, const AssayNode *archive, guint64 size,
                                   guint64 table_offset);

/** assay_ar_write_table_header: the header of the table of long names; FALSE where the size does not fit. */
gboolean assay_ar_write_table_header (guint64 size, guint8 out_block[ASSAY_AR_HEADER_BYTES]);

#endif
