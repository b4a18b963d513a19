#ifndef ASSAY_UNPACK_SEVENZIP_H
#define ASSAY_UNPACK_SEVENZIP_H

#include "unpack/container.h"

/* 7z, as the 7-Zip sources describe it (DOC/7zFormat.txt): a header of fixed length, packed streams, and a header that
 * may be packed too. */

/** Bytes in front of the packed streams. */
#define ASSAY_SEVENZIP_START_BYTES 32u

/** Coders that are bound one to the next. */
#define ASSAY_SEVENZIP_CODERS_MAX 4u

/** AssaySevenzipCoder: @properties: @length: borrowed from the header. */
typedef struct
{
  guint64 id;
  const guint8 *properties;
  gsize length;
} AssaySevenzipCoder;

/**
 * AssaySevenzipFolder: what one packed stream decodes to.
 * @coders: from the one whose output is the content to the one that reads the packed stream
 * @bytes: @length: the description of the coders in the header
 * @offset: @packed: the packed stream in the archive
 * @main: the number that the first of @coders has in the header; @uneven: some coder's output is longer than another's
 * @size: what it decodes to; @has_crc: @crc: of all of it
 * @files: contents that stand in it, one behind the other
 */
typedef struct
{
  AssaySevenzipCoder coders[ASSAY_SEVENZIP_CODERS_MAX];
  guint coder_count;
  guint main;
  gboolean uneven;
  const guint8 *bytes;
  gsize length;
  guint64 offset;
  guint64 packed;
  guint64 size;
  guint64 files;
  guint32 crc;
  gboolean has_crc;
} AssaySevenzipFolder;

/** AssaySevenzipContent: one of the contents of the folders, in order. */
typedef struct
{
  guint64 size;
  guint32 crc;
  gboolean has_crc;
} AssaySevenzipContent;

/** AssaySevenzipStreams: @folders: (element-type AssaySevenzipFolder); @contents: (element-type AssaySevenzipContent).
 */
typedef struct
{
  GArray *folders;
  GArray *contents;
} AssaySevenzipStreams;

/** AssaySevenzipTime: of a file. */
typedef enum
{
  ASSAY_SEVENZIP_CREATED = 0,
  ASSAY_SEVENZIP_ACCESSED,
  ASSAY_SEVENZIP_MODIFIED,
  ASSAY_SEVENZIP_TIMES,
} AssaySevenzipTime;

/**
 * AssaySevenzipFile:
 * @name: UTF-8
 * @has_content: it takes the next content; else it is empty, or a directory
 * @time_at: where in the header the time stands; 0: it has none
 * @attributes: of Windows, and a mode above them
 */
typedef struct
{
  char *name;
  gboolean has_content;
  gboolean is_directory;
  gboolean has_attributes;
  guint32 attributes;
  guint64 times[ASSAY_SEVENZIP_TIMES];
  guint64 time_at[ASSAY_SEVENZIP_TIMES];
} AssaySevenzipFile;

/** AssaySevenzipHeader: what a header says. @files: (element-type AssaySevenzipFile) */
typedef struct
{
  AssaySevenzipStreams streams;
  GArray *files;
} AssaySevenzipHeader;

gboolean assay_sevenzip_fail (const char *what, GError **error);

void assay_sevenzip_streams_clear (AssaySevenzipStreams *streams);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssaySevenzipStreams, assay_sevenzip_streams_clear)
void assay_sevenzip_header_clear (AssaySevenzipHeader *header);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssaySevenzipHeader, assay_sevenzip_header_clear)

/** AssaySevenzipCursor: bytes that are being read; @bad: there were too few, and zeros were given. */
typedef struct
{
  const guint8 *bytes;
  guint64 length;
  guint64 at;
  gboolean bad;
} AssaySevenzipCursor;

guint8 assay_sevenzip_byte (AssaySevenzipCursor *cursor);
guint64 assay_sevenzip_fixed (AssaySevenzipCursor *cursor, guint width_bytes);
/** assay_sevenzip_number: a number of one to nine bytes, of which the first says how many. */
guint64 assay_sevenzip_number (AssaySevenzipCursor *cursor);
/** assay_sevenzip_put_number: in as few bytes as can be. */
void assay_sevenzip_put_number (GByteArray *out, guint64 value);
/** assay_sevenzip_bits: (transfer full) (element-type guint8): so many bits, one byte each; @may_be_all: a byte in
 * front says whether all are set. NULL with an error. */
GByteArray *assay_sevenzip_bits (AssaySevenzipCursor *cursor, guint64 count, gboolean may_be_all, GError **error);

/** assay_sevenzip_streams_read: what stands behind the word for it. Errors: ASSAY_ERROR_MALFORMED; ASSAY_ERROR_LIMIT;
 * ASSAY_ERROR_UNSUPPORTED coders that are not a chain. */
gboolean assay_sevenzip_streams_read (AssayContainer *container, AssaySevenzipCursor *cursor, AssaySevenzipStreams *out,
                                      GError **error);

/** assay_sevenzip_files_read: the list of files; positions are those in the bytes of @cursor. */
gboolean assay_sevenzip_files_read (AssayContainer *container, AssaySevenzipCursor *cursor, GArray **out_files,
                                    GError **error);

/** AssaySevenzipTake: the next decoded bytes. */
typedef gboolean (*AssaySevenzipTake) (gpointer data, const guint8 *bytes, gsize length, guint64 consumed,
                                       GError **error);

/**
 * assay_sevenzip_decode:
 * @out_consumed: bytes of the packed stream that were read
 *
 * Errors: ASSAY_ERROR_UNSUPPORTED the coders are not known, with their names; ASSAY_ERROR_MALFORMED; ASSAY_ERROR_LIMIT
 * (decoder-memory); those of @take.
 */
gboolean assay_sevenzip_decode (AssayContainer *container, const AssaySevenzipFolder *folder, AssaySevenzipTake take,
                                gpointer data, guint64 *out_consumed, GError **error);

#endif
