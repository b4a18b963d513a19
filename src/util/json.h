#ifndef ASSAY_UTIL_JSON_H
#define ASSAY_UTIL_JSON_H

#include <assay/digest.h>

#include <glib.h>
#include <jansson.h>

/** Bytes of a JSON document that we read as one tree; the findings of a report may be more (report/listing.h). */
#define ASSAY_JSON_MAX_BYTES (256u * 1024u * 1024u)

/**
 * assay_json_parse:
 * @name: how messages call the document
 *
 * Strict JSON: UTF-8, no duplicate members, no data behind the end, no reals, no NUL in strings, depth at most 64.
 * Errors: ASSAY_ERROR_USAGE with name, line and column.
 *
 * Returns: (transfer full): a new reference
 */
json_t *assay_json_parse (const char *text, gsize length_bytes, const char *name, GError **error);

/** AssayJsonPlace: line and column in a document, from 1; columns are characters. */
typedef struct
{
  guint64 line;
  guint64 column;
} AssayJsonPlace;

/**
 * AssayJsonPart: where a text stands in the document that it was taken from.
 *
 * @begin: of its first byte
 * @depth: levels of arrays and objects around it
 * @cut: (where its line is not 0) what stood here, counted in the document, was taken out; @behind: what follows it
 * @values: (where it is not 0) how many elements and members there may be: a tree takes up to 80 times its text
 */
typedef struct
{
  AssayJsonPlace begin;
  guint depth;
  AssayJsonPlace cut;
  AssayJsonPlace behind;
  guint64 values;
} AssayJsonPart;

/** assay_json_parse_part: as assay_json_parse(), of a value in a document; places and depth are those of the document.
 */
json_t *assay_json_parse_part (const char *text, gsize length_bytes, const char *name, const AssayJsonPart *part,
                               GError **error);

/** assay_json_fail_at: ASSAY_ERROR_USAGE "NAME:LINE:COLUMN: MESSAGE"; returns FALSE. */
gboolean assay_json_fail_at (const char *name, AssayJsonPlace place, const char *message, GError **error);

/** assay_json_place_step: over one byte of a document. */
static inline void
assay_json_place_step (AssayJsonPlace *place, char c)
{
  if (c == '\n')
    {
      place->line++;
      place->column = 1;
    }
  else if (((guint8)c & 0xc0) != 0x80) /* the continuation bytes of UTF-8 are no columns */
    place->column++;
}

/** Bytes of an escape of JSON, two of them for what lies beyond U+FFFF, with the zero behind. */
#define ASSAY_JSON_ESCAPE_SIZE 13

/** assay_json_escape: @character as `\uXXXX`. Returns: its length. */
gsize assay_json_escape (gunichar character, char out[ASSAY_JSON_ESCAPE_SIZE]);

/** assay_json_canonical: jansson's compact form with sorted keys and a final newline; characters that a terminal would
 * obey or hide (assay_text_find_misleading()) are escaped too. Transfer full (free with free()).
 */
char *assay_json_canonical (const json_t *value);

/** assay_json_line: the same without its final newline. Transfer full (free with g_free()). */
char *assay_json_line (const json_t *value);

/** assay_json_hex64: `"0x…"`, as T25 wants 64-bit values written. A new reference. */
json_t *assay_json_hex64 (guint64 value);

/** assay_json_count: an integer; a value of 2^53 or more is written as such a string, so that no reader rounds it. */
json_t *assay_json_count (guint64 value);

/** assay_json_text: a string of any bytes; what is not UTF-8 is escaped as assay_text_escape_line() does. */
json_t *assay_json_text (const char *text);

/** assay_json_digest: its hexadecimal digits. */
json_t *assay_json_digest (const AssayDigest *digest);

/** assay_json_get_text: a member that is a string, as it was written; "" when it is none. Borrowed. */
const char *assay_json_get_text (const json_t *object, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (json_t, json_decref)

#endif
