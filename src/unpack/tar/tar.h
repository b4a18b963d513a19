#ifndef ASSAY_UNPACK_TAR_H
#define ASSAY_UNPACK_TAR_H

#include "unpack/container.h"

/* The blocks of a tar archive: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header", and GNU tar's
 * own. */

#define ASSAY_TAR_BLOCK_BYTES 512u

typedef enum
{
  ASSAY_TAR_V7 = 0,
  ASSAY_TAR_USTAR,
  ASSAY_TAR_GNU,
} AssayTarMagic;

/**
 * AssayTarVariant: how a writer fills what the format leaves open; told as the fact "variant".
 * @magic: see AssayTarMagic
 * @spaces: numbers end in a space (libarchive) and not in a zero byte (GNU tar, dpkg, Python)
 * @devices: device numbers of what is no device are written as 0 and not left empty
 * @long_checksum: the checksum has seven digits and not six with a space behind (git)
 */
typedef struct
{
  AssayTarMagic magic;
  gboolean spaces;
  gboolean devices;
  gboolean long_checksum;
} AssayTarVariant;

/** AssayTarRegion: bytes of a sparse file that are stored, and where in the file they belong. */
typedef struct
{
  guint64 offset;
  guint64 length;
} AssayTarRegion;

/**
 * AssayTarSparse: how a file with holes is stored.
 * @ASSAY_TAR_SPARSE_OLD: GNU's type 'S': the header and blocks behind it say where regions belong
 * @ASSAY_TAR_SPARSE_BODY: version 1.0 of GNU's in pax: the content begins with that as text
 * @ASSAY_TAR_SPARSE_OTHER: the versions before, which are not read
 */
typedef enum
{
  ASSAY_TAR_SPARSE_NONE = 0,
  ASSAY_TAR_SPARSE_OLD,
  ASSAY_TAR_SPARSE_BODY,
  ASSAY_TAR_SPARSE_OTHER,
} AssayTarSparse;

/**
 * AssayTarHeader: one header block.
 * @name: with the prefix
 * @prefix_length: bytes of @name before the `/` between prefix and name; 0 for no prefix
 * @joined_name: the name as readers see it that take what GNU tar has in the place of the prefix for one; NULL where
 * nothing stands there
 * @regions: (element-type AssayTarRegion) of a sparse file: of ASSAY_TAR_SPARSE_OLD first those that the block itself
 * has; NULL for none
 * @more_regions: further blocks have regions too
 * @real_size: of a sparse file with its holes
 * @mtime_text: the time as a pax header has it, with its fraction; NULL where none does
 */
typedef struct
{
  AssayTarVariant variant;
  char typeflag;
  char *name;
  gsize prefix_length;
  char *joined_name;
  char *link;
  char *user;
  char *group;
  guint64 mode;
  guint64 uid;
  guint64 gid;
  guint64 size;
  gint64 mtime;
  char *mtime_text;
  gboolean has_device;
  guint64 device_major;
  guint64 device_minor;
  AssayTarSparse sparse;
  GArray *regions;
  gboolean more_regions;
  guint64 real_size;
} AssayTarHeader;

void assay_tar_header_clear (AssayTarHeader *header);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayTarHeader, assay_tar_header_clear)

/** assay_tar_has_checksum: whether the block's checksum is right. */
gboolean assay_tar_has_checksum (const guint8 *block);

/** assay_tar_has_signed_checksum: the same of the sum of signed bytes, as tars had it before POSIX. */
gboolean assay_tar_has_signed_checksum (const guint8 *block);

/** assay_tar_parse_header: Errors: ASSAY_ERROR_MALFORMED, the checksum among them. */
gboolean assay_tar_parse_header (const guint8 *block, AssayTarHeader *out_header, GError **error);

/** assay_tar_write_header: FALSE where a value cannot be written in this variant. */
gboolean assay_tar_write_header (const AssayTarHeader *header, guint8 out_block[ASSAY_TAR_BLOCK_BYTES]);

/** assay_tar_parse_count: a number in a field of a block; FALSE where it is none, or negative. */
gboolean assay_tar_parse_count (const guint8 *field, guint width_bytes, guint64 *out);

/** assay_tar_put_number: FALSE where @value cannot be written in this variant. */
gboolean assay_tar_put_number (guint8 *field, guint width_bytes, gint64 value, const AssayTarVariant *variant);

/* --- sparse files (sparse.c): GNU tar's manual, "Storing Sparse Files" --- */

/** assay_tar_sparse_parse: of type 'S', what the header's block says of regions; FALSE where it is damaged. */
gboolean assay_tar_sparse_parse (const guint8 *block, AssayTarHeader *header);

/** assay_tar_sparse_put: writes into a header's block what assay_tar_sparse_parse() reads. */
gboolean assay_tar_sparse_put (guint8 *block, const AssayTarHeader *header);

/**
 * assay_tar_sparse_read_map:
 * @offset: behind the header
 * @out_length: bytes of the archive that hold the rest of the map
 *
 * Reads all regions, and checks that they are in order, within the file, and as long together as what is stored.
 * Errors: ASSAY_ERROR_MALFORMED; ASSAY_ERROR_LIMIT (metadata-bytes); ASSAY_ERROR_UNSUPPORTED where readers would not
 * agree.
 */
gboolean assay_tar_sparse_read_map (AssayContainer *container, guint64 offset, AssayTarHeader *header,
                                    guint64 *out_length, GError **error);

/** assay_tar_sparse_add_spans: of the blocks behind a header of the old kind, or of the map in the content. */
gboolean assay_tar_sparse_add_spans (AssayContainer *container, const AssayNode *child, guint64 offset, guint64 length,
                                     const AssayTarHeader *header, GError **error);

/** assay_tar_sparse_add_content: the child's bytes: regions from @offset on, and holes. Errors: ASSAY_ERROR_LIMIT. */
gboolean assay_tar_sparse_add_content (AssayContainer *container, AssayNode *child, guint64 offset,
                                       const AssayTarHeader *header, GError **error);

/** assay_tar_sparse_stored: bytes of all regions. */
guint64 assay_tar_sparse_stored (const GArray *regions);

/** assay_tar_sparse_add_fact: "sparse-map", of a file of the old kind. */
void assay_tar_sparse_add_fact (AssayNode *child, const AssayTarHeader *header);

/** assay_tar_sparse_from_fact: (transfer full): the regions of a file of the old kind; NULL for others, or where the
 * fact is not well formed. */
GArray *assay_tar_sparse_from_fact (const AssayNode *child);

/** assay_tar_default_prefix: where GNU tar splits a name that is too long for its field; 0 for not at all. */
gsize assay_tar_default_prefix (const char *name);

/**
 * AssayTarRole: whose header a block is; the facts of all but the first have a prefix in their names.
 */
typedef enum
{
  ASSAY_TAR_ENTRY = 0,
  ASSAY_TAR_PAX,       /* "pax-header." */
  ASSAY_TAR_LONG_NAME, /* "long-name." */
  ASSAY_TAR_LONG_LINK, /* "long-link." */
} AssayTarRole;

/** assay_tar_add_entry_facts: states what an entry is, once everything that stands before its header was applied. */
void assay_tar_add_entry_facts (AssayNode *child, const AssayTarHeader *header);

/** assay_tar_add_facts: states all that a header of this role says and that is not what the facts already give. */
void assay_tar_add_facts (AssayNode *child, AssayNode *archive, AssayTarRole role, const AssayTarHeader *header);

/** assay_tar_from_facts: the header that facts, name and @size give; FALSE where they are not well formed. */
gboolean assay_tar_from_facts (const AssayNode *child, const AssayNode *archive, AssayTarRole role, guint64 size,
                               AssayTarHeader *out_header);

/** assay_tar_type_of: what a typeflag means; ASSAY_NODE_UNKNOWN for none of ours. */
AssayNodeType assay_tar_type_of (const AssayTarHeader *header);

/** assay_tar_type_bits: of a mode (S_IFREG, …). */
guint assay_tar_type_bits (AssayNodeType type);

/**
 * AssayTarExtended: what stands before an entry and overrides its header.
 * @records: (element-type AssayTarRecord) of a pax header, in order; NULL for none
 * @name: @link: of GNU's long name entries; NULL for none
 */
typedef struct
{
  GArray *records;
  char *name;
  char *link;
} AssayTarExtended;

/** AssayTarRecord: `LENGTH KEY=VALUE\n`; @value may hold zero bytes. */
typedef struct
{
  char *key;
  GBytes *value;
} AssayTarRecord;

void assay_tar_extended_clear (AssayTarExtended *extended);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayTarExtended, assay_tar_extended_clear)

/** assay_tar_parse_records: Errors: ASSAY_ERROR_MALFORMED (a key that comes twice as well). */
gboolean assay_tar_parse_records (const guint8 *body, gsize length_bytes, AssayTarExtended *extended, GError **error);

/**
 * assay_tar_apply_records:
 *
 * Overrides the header's fields. Errors: ASSAY_ERROR_MALFORMED a value; ASSAY_ERROR_UNSUPPORTED sparse files, other
 * charsets.
 */
gboolean assay_tar_apply_records (const AssayTarExtended *extended, AssayTarHeader *header, GError **error);

/** assay_tar_add_record_facts: states the records: their keys in order as "pax", what no other fact tells as "pax.KEY".
 */
void assay_tar_add_record_facts (AssayNode *child, const AssayTarExtended *extended);

/** assay_tar_write_records: writes the records again from the facts, @size for the size; NULL where they do not give
 * all. */
GByteArray *assay_tar_write_records (const AssayNode *child, guint64 size);

#endif
