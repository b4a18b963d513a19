#ifndef ASSAY_UNPACK_ZIP_H
#define ASSAY_UNPACK_ZIP_H

#include "unpack/container.h"
#include "unpack/sink.h"

/* Records of zip archives: PKWARE APPNOTE.TXT 6.3; section numbers stand in the sources. */

#define ASSAY_ZIP_LOCAL_BYTES 30u
#define ASSAY_ZIP_CENTRAL_BYTES 46u
#define ASSAY_ZIP_END_BYTES 22u

#define ASSAY_ZIP_STORED 0u
#define ASSAY_ZIP_DEFLATED 8u

/** Extra field: a mode behind a sum of four bytes (Info-ZIP's extrafld.txt, "ASi Unix"). */
#define ASSAY_ZIP_EXTRA_ASI 0x756eu

/** Flag: check sum and sizes stand behind the data. */
#define ASSAY_ZIP_FLAG_DESCRIPTOR 0x0008u

/**
 * AssayZipRecord: a local header or an entry of the central directory.
 * @length: of the record with its name, extra field and comment
 * @made_by: @internal: @external: @comment: @local_offset: of the central directory alone
 */
typedef struct
{
  guint64 length;
  guint16 made_by;
  guint16 needed;
  guint16 flags;
  guint16 method;
  guint16 time;
  guint16 date;
  guint32 crc;
  guint32 stored_size;
  guint32 size;
  guint16 internal;
  guint32 external;
  guint32 local_offset;
  GBytes *name;
  GBytes *extra;
  GBytes *comment;
} AssayZipRecord;

void assay_zip_record_clear (AssayZipRecord *record);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayZipRecord, assay_zip_record_clear)

/** assay_zip_read_central: Errors: ASSAY_ERROR_MALFORMED; ASSAY_ERROR_UNSUPPORTED (zip64, encryption, several disks).
 */
gboolean assay_zip_read_central (AssayBlob *blob, guint64 offset, AssayZipRecord *out_record, GError **error);

/** assay_zip_read_local: likewise. */
gboolean assay_zip_read_local (AssayBlob *blob, guint64 offset, AssayZipRecord *out_record, GError **error);

/**
 * assay_zip_read_extent:
 * @position: (inout): of a record of the central directory; then of the next
 * @out_begin: @out_end: of the local header that it leads to, with name, extra field and data
 *
 * Reads lengths alone. Errors: ASSAY_ERROR_MALFORMED there is no such record, or no local header;
 * ASSAY_ERROR_UNSUPPORTED (zip64).
 */
gboolean assay_zip_read_extent (AssayBlob *blob, guint64 *position, guint64 *out_begin, guint64 *out_end,
                                GError **error);

/** assay_zip_records_agree: whether both views of one entry say the same, or leave it to a data descriptor. */
gboolean assay_zip_records_agree (const AssayZipRecord *central, const AssayZipRecord *local);

/**
 * assay_zip_mode_of_unzip:
 * @made_by: "version made by": the upper byte is the system that the entry is of
 * @attributes: the external ones
 *
 * The mode that Info-ZIP's unzip takes the upper half of the attributes for: of Unix and seven other systems always, of
 * DOS where it agrees with the lower half. 0 where it goes by something else.
 *
 * Source: Info-ZIP's unzip 6.0, unix/unix.c, mapattr()
 */
guint assay_zip_mode_of_unzip (guint made_by, guint32 attributes);

/**
 * assay_zip_next_extra:
 * @extra: (nullable): the extra fields of an entry
 * @at: (inout): where the next field begins, 0 for the first
 *
 * Returns: (nullable): the content of the next field; NULL at the end, and where there is no whole one at @at any more
 */
const guint8 *assay_zip_next_extra (GBytes *extra, gsize *at, guint *out_tag, gsize *out_length);

/** assay_zip_codec_of: (nullable): the codec (codec.h) of a compression method; NULL where it is none, or not read. */
const char *assay_zip_codec_of (guint64 method);

/** assay_zip_type_of: by the name and the attributes, a link where one of the usual readers makes one. */
AssayNodeType assay_zip_type_of (const AssayZipRecord *central);

/** assay_zip_add_facts: states all that the two records say and neither content nor place gives. */
void assay_zip_add_facts (AssayNode *child, const AssayZipRecord *central, const AssayZipRecord *local);

/**
 * assay_zip_take_times:
 * @out_central: @out_local: (transfer full): the extra fields of both records, with zeros for the times
 *
 * States the times of the extra field "UT" as facts, "mtime", "atime" and "ctime". Where there is no such field, or the
 * two records do not agree, nothing is stated and the fields are as they are.
 */
void assay_zip_take_times (AssayNode *child, const AssayZipRecord *central, const AssayZipRecord *local,
                           GBytes **out_central, GBytes **out_local);

/** assay_zip_put_times: (transfer full): @extra with the times of the facts in it. */
GBytes *assay_zip_put_times (const AssayNode *child, GBytes *extra, gboolean central);

/** assay_zip_write_central: writes it from the facts, and from @derived its crc, sizes and local_offset alone. */
GByteArray *assay_zip_write_central (const AssayNode *child, const AssayZipRecord *derived);

/** assay_zip_write_local: likewise. */
GByteArray *assay_zip_write_local (const AssayNode *child, const AssayZipRecord *derived);

/**
 * AssayZipReader:
 * @sink: what all compressed entries decode to, one behind the other
 * @parts: (element-type AssayZipPart): which of it is whose
 */
typedef struct
{
  AssayContainer *container;
  AssaySink sink;
  GArray *parts;
} AssayZipReader;

typedef struct
{
  guint child;
  guint64 offset;
  guint64 length;
} AssayZipPart;

/** assay_zip_add_entry: adds the entry of one central record, whose span lies at @central_offset. */
gboolean assay_zip_add_entry (AssayZipReader *reader, const AssayZipRecord *central, guint64 central_offset,
                              GError **error);

#endif
