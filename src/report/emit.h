#ifndef ASSAY_REPORT_EMIT_H
#define ASSAY_REPORT_EMIT_H

#include <assay/digest.h>
#include <glib.h>
#include <jansson.h>

/**
 * AssayEmitter:
 *
 * Writes JSON text piece by piece, in the form of assay_json_canonical(); keys are given in sorted order. A report can
 * have millions of findings: what is not built needs no memory and no time to be taken down.
 *
 * @text: what was written; whoever reads it may take it away between two pieces
 * @comma: whether the next piece has a neighbour before it
 */
typedef struct
{
  GString *text;
  gboolean comma;
} AssayEmitter;

void assay_emitter_init (AssayEmitter *emitter);
void assay_emitter_clear (AssayEmitter *emitter);

/** assay_emitter_open: @bracket: `{` or `[`. */
void assay_emitter_open (AssayEmitter *emitter, char bracket);
void assay_emitter_close (AssayEmitter *emitter, char bracket);

/** assay_emitter_key: static text that needs no escape; the value follows. */
void assay_emitter_key (AssayEmitter *emitter, const char *key);

/** assay_emitter_text: a string as assay_json_text() makes it; NULL is `null`. */
void assay_emitter_text (AssayEmitter *emitter, const char *text);

/** assay_emitter_is_plain: whether a text is written as it is between quotes: neither a control nor a character of
 * which JSON, or this program, makes another one, and no other than those of ASCII. */
gboolean assay_emitter_is_plain (const char *text, gsize length_bytes);

/** assay_emitter_count: an integer, or from 2^53 on a string (assay_json_count()). */
void assay_emitter_count (AssayEmitter *emitter, guint64 value);

/** assay_emitter_flag: `true` or `false`. */
void assay_emitter_flag (AssayEmitter *emitter, gboolean value);

/** assay_emitter_json: @value: borrowed; holds no real numbers. */
void assay_emitter_json (AssayEmitter *emitter, const json_t *value);

/* The same texts of numbers, and bytes as lower-case hexadecimal, written at @at. Returns: the place behind them, at
 * most ASSAY_EMITTER_NUMBER_MAX characters further, or twice the bytes and two. */
#define ASSAY_EMITTER_NUMBER_MAX 20u
char *assay_emitter_put_count (char *at, guint64 value);
char *assay_emitter_put_hex64 (char *at, guint64 value);
char *assay_emitter_put_bytes (char *at, const guint8 *bytes, gsize length_bytes);

/* Members: key and value in one; those of NULL are left out. */
void assay_emitter_add_text (AssayEmitter *emitter, const char *key, const char *text);
void assay_emitter_add_count (AssayEmitter *emitter, const char *key, guint64 value);
void assay_emitter_add_hex64 (AssayEmitter *emitter, const char *key, guint64 value);
void assay_emitter_add_digest (AssayEmitter *emitter, const char *key, const AssayDigest *digest);
/** assay_emitter_add_bytes: lower-case hexadecimal; left out when there are none. */
void assay_emitter_add_bytes (AssayEmitter *emitter, const char *key, const guint8 *bytes, gsize length_bytes);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayEmitter, assay_emitter_clear)

#endif
