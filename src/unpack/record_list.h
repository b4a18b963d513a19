#ifndef ASSAY_UNPACK_RECORD_LIST_H
#define ASSAY_UNPACK_RECORD_LIST_H

#include "unpack/context.h"

/*
 * How an image of records (Intel HEX, S-record, UF2) is cut into records, as the text of one fact: words that a format
 * chooses, `@0x08000000` where the next record with content begins elsewhere than where the last one ended, and how
 * many bytes each of these holds, `16*100 4` being a hundred of 16 and one of 4. With the content and the other facts
 * it is all that such a file says.
 */

/** AssayRecordList: a text that is being written; @address: where the next record with content is expected. */
typedef struct
{
  const AssayLimits *limits;
  GString *text;
  guint64 length;
  guint64 count;
  gboolean has_address;
  guint64 address;
} AssayRecordList;

void assay_record_list_init (AssayRecordList *list, const AssayLimits *limits);
void assay_record_list_clear (AssayRecordList *list);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayRecordList, assay_record_list_clear)

/** assay_record_list_add_word: no space in it, and neither a digit nor `@` at its beginning. Errors: ASSAY_ERROR_LIMIT
 * (metadata-bytes). */
gboolean assay_record_list_add_word (AssayRecordList *list, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/** assay_record_list_add_content: one record of @length bytes at @address. Errors: ASSAY_ERROR_LIMIT. */
gboolean assay_record_list_add_content (AssayRecordList *list, guint64 address, guint64 length, GError **error);

/** assay_record_list_finish: transfer full. */
char *assay_record_list_finish (AssayRecordList *list);

/** AssayRecordWriter: what writes the records again, one call for each that a list has. */
typedef struct
{
  gboolean (*word) (gpointer writer, const char *word, GError **error);
  gboolean (*content) (gpointer writer, guint64 address, guint64 length, GError **error);
} AssayRecordWriter;

/**
 * assay_record_list_replay:
 * @text: (nullable): as assay_record_list_finish() gave it
 *
 * Errors: those of @writer; ASSAY_ERROR_MALFORMED @text is no list of records; ASSAY_ERROR_CANCELLED.
 */
gboolean assay_record_list_replay (const char *text, const AssayRecordWriter *writer, gpointer data, GError **error);

/** assay_record_word_value: the number of a word `NAME:0x…`; FALSE where it is another word. */
gboolean assay_record_word_value (const char *word, const char *name, guint64 *out_value);

#endif
