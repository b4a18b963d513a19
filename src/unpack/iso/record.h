#ifndef ASSAY_UNPACK_ISO_RECORD_H
#define ASSAY_UNPACK_ISO_RECORD_H

#include "unpack/iso/iso.h"

/** AssayIsoFlag: of a record of a directory (ECMA-119, 9.1.6). */
enum
{
  ASSAY_ISO_FLAG_DIRECTORY = 0x02,
  ASSAY_ISO_FLAG_CONTINUES = 0x80,
  ASSAY_ISO_FLAGS_KNOWN = 0x9f,
};

/**
 * AssayIsoRecord: a record of a directory.
 * @bytes: @length: all of it, at @offset of the image; borrowed
 * @block: @size: of the content
 * @name: as stored
 * @more: what stands behind the name
 */
typedef struct
{
  const guint8 *bytes;
  gsize length;
  guint64 offset;
  guint32 block;
  guint32 size;
  guint flags;
  const guint8 *name;
  gsize name_bytes;
  const guint8 *more;
  gsize more_bytes;
} AssayIsoRecord;

/** assay_iso_record_read: the record at the beginning of the @room bytes. Errors: ASSAY_ERROR_MALFORMED;
 * ASSAY_ERROR_UNSUPPORTED (extended attribute records, interleaved files, several volumes). */
gboolean assay_iso_record_read (const guint8 *bytes, gsize room, guint64 offset, AssayIsoRecord *out, GError **error);

/** assay_iso_record_is: whether its name is that one byte: 0 for a directory itself, 1 for the one around it. */
gboolean assay_iso_record_is (const AssayIsoRecord *record, guint8 name);

/** assay_iso_record_state: the record's spans, its time and attributes; @rock: NULL where there is none. @lead: in
 * front of the names of these: "", "dot.", … Of directories' records of themselves and of the ones around, no
 * attributes. */
void assay_iso_record_state (AssayIso *iso, const AssayIsoVolume *volume, const AssayIsoRecord *record,
                             const AssayIsoRock *rock, AssayNode *child, const char *lead);

/** assay_iso_record_rock: what Rock Ridge says of it; nothing where the volume has none. */
gboolean assay_iso_record_rock (AssayIso *iso, const AssayIsoVolume *volume, const AssayIsoRecord *record,
                                AssayIsoRock *out, GError **error);

/** assay_iso_record_name: (transfer full): the name that readers of this tree show, in UTF-8 for Joliet, as raw bytes
 * otherwise; NULL with an error where it is none. */
char *assay_iso_record_name (const AssayIsoVolume *volume, const AssayIsoRecord *record, const AssayIsoRock *rock,
                             GError **error);

/** assay_iso_content_add: gives a file the bytes of these runs (element-type AssayIsoRun); one that begins where
 * another does is a further name of that. */
gboolean assay_iso_content_add (AssayIso *iso, AssayNode *child, const GArray *runs, GError **error);

#endif
