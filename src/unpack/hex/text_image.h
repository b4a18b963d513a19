#ifndef ASSAY_UNPACK_TEXT_IMAGE_H
#define ASSAY_UNPACK_TEXT_IMAGE_H

#include "unpack/hex/memory_map.h"
#include "unpack/record_list.h"

/*
 * Images that are text, a record a line, whose bytes are pairs of hexadecimal digits: Intel HEX and Motorola S-record.
 * Reader and writer of the lines; what the records say each format knows for itself.
 */

/** The longest record: Intel HEX with 255 bytes of content. */
#define ASSAY_TEXT_RECORD_BYTES 260u

/**
 * AssayTextRecord:
 * @type: the digit behind the mark of an S-record; 0 in Intel HEX
 * @bytes: what all pairs of digits say: the count, …, the checksum
 */
typedef struct
{
  char type;
  guint8 bytes[ASSAY_TEXT_RECORD_BYTES];
  gsize length;
} AssayTextRecord;

/**
 * AssayTextState: what the records so far mean for those that follow.
 * @base: (Intel HEX) that is added to the offset of a record
 * @bases: (Intel HEX) the last segment and the last linear base, whichever counts
 * @kind: (S-record) digit of the records with content
 * @data_records: (S-record) with content so far
 */
typedef struct
{
  guint64 base;
  guint64 bases[2];
  guint kind;
  guint64 data_records;
} AssayTextState;

typedef struct _AssayTextFormat AssayTextFormat;

/**
 * AssayTextImage: an image that is being read.
 * @ended: its end record was read
 */
typedef struct
{
  AssayContainer *container;
  const AssayTextFormat *format;
  AssayMemoryMap map;
  AssayRecordList list;
  AssayTextState state;
  gboolean ended;
} AssayTextImage;

/**
 * AssayTextFormat:
 * @mark: with which each record begins
 * @typed: a digit follows the mark
 * @ends: an image without an end record is cut off
 * @surplus: bytes of a record that its count does not count
 * @take: reads one record, whose length and checksum are right: adds it to the image's list and map, and facts to the
 * node. Errors: ASSAY_ERROR_MALFORMED, ASSAY_ERROR_LIMIT
 * @say: the record that a word of the list stands for, without checksum; FALSE where it is no such word
 * @carry: the head of a record for content of @length bytes at @address, to which the content is appended; FALSE where
 * the format has none
 * @sum: the checksum over the bytes before it
 */
struct _AssayTextFormat
{
  const char *name;
  char mark;
  gboolean typed;
  gboolean ends;
  gsize surplus;
  gboolean (*take) (AssayTextImage *image, const AssayTextRecord *record, GError **error);
  gboolean (*say) (const AssayNode *node, AssayTextState *state, const char *word, AssayTextRecord *out);
  gboolean (*carry) (AssayTextState *state, guint64 address, gsize length_bytes, AssayTextRecord *out);
  guint8 (*sum) (const guint8 *bytes, gsize length_bytes);
};

/** assay_text_probe: whether a whole and right record stands at the beginning. */
gboolean assay_text_probe (const AssayTextFormat *format, const guint8 *head, gsize length_bytes);

/**
 * assay_text_open:
 *
 * Reads all records into the children of the container, and writes them again from the fact `records`, the other facts
 * and the children's content. What was written again is encoded content; lines that are no record, what stands behind a
 * record in its line, and everything behind the end record is slack.
 *
 * Errors: ASSAY_ERROR_MALFORMED a damaged record, no end, two records for one address, or what is written again is
 * another file; ASSAY_ERROR_LIMIT.
 */
gboolean assay_text_open (AssayContainer *container, const AssayTextFormat *format, GError **error);

/** assay_text_put: appends the low @width_bytes of @value to a record, the highest first. */
void assay_text_put (AssayTextRecord *record, guint64 value, gsize width_bytes);

/** assay_text_get: a number of @width_bytes at @offset, the highest first. */
guint64 assay_text_get (const AssayTextRecord *record, gsize offset, gsize width_bytes);

#endif
