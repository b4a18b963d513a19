#ifndef ASSAY_UNPACK_FACT_H
#define ASSAY_UNPACK_FACT_H

#include "unpack/node.h"

/*
 * Lists of facts. What a format's writer needs to write a header again it reads from here and from nowhere else, so
 * that "rewritable" cannot lean on something that no fact tells.
 */

/** assay_facts_new: an empty list (element-type AssayFact), owning its values. */
GArray *assay_facts_new (void);

/** assay_facts_take: appends a fact; @name is static or interned, @value (transfer full) valid UTF-8. */
void assay_facts_take (GArray *facts, const char *name, char *value);

/** assay_fact_cost: bytes that one takes, as limit entry-bytes counts them: both texts, and what leads to them. */
guint64 assay_fact_cost (const AssayFact *fact);

/** assay_facts_add: appends with printf formatting. */
void assay_facts_add (GArray *facts, const char *name, const char *format, ...) G_GNUC_PRINTF (3, 4);

/** assay_facts_add_number: decimal. */
void assay_facts_add_number (GArray *facts, const char *name, guint64 value);

/** assay_facts_add_raw: bytes, escaped by assay_text_escape_line(). */
void assay_facts_add_raw (GArray *facts, const char *name, const char *raw, gsize length_bytes);

/** assay_facts_add_hex: bytes in lower-case hexadecimal. */
void assay_facts_add_hex (GArray *facts, const char *name, const guint8 *bytes, gsize length_bytes);

/** assay_facts_get: the value of the first fact of that name, or NULL; borrowed. */
const char *assay_facts_get (const GArray *facts, const char *name);

/**
 * assay_facts_get_number:
 * @base: 8, 10 or 16
 * @missing: what to give when there is no such fact
 *
 * Returns: FALSE when the fact is there and is no such number, or exceeds 64 bits
 */
gboolean assay_facts_get_number (const GArray *facts, const char *name, guint base, guint64 missing,
                                 guint64 *out_value);

/** assay_facts_get_raw: the bytes behind assay_facts_add_raw(); NULL when there is no such fact, or it is not well
 * formed. */
GBytes *assay_facts_get_raw (const GArray *facts, const char *name);

/** assay_facts_get_text: as assay_facts_get_raw() for values without NUL; "" when there is no such fact; transfer full.
 */
char *assay_facts_get_text (const GArray *facts, const char *name);

/** assay_fact_unhex: the bytes of a value as assay_facts_add_hex() makes it; NULL when not well formed. */
GBytes *assay_fact_unhex (const char *value);

/** assay_facts_get_hex: the bytes behind assay_facts_add_hex(); empty when there is no such fact, NULL when not well
 * formed. */
GBytes *assay_facts_get_hex (const GArray *facts, const char *name);

/** assay_fact_unescape: the inverse of assay_text_escape_line(), or NULL when @text cannot have come from it. */
GBytes *assay_fact_unescape (const char *text);

/**
 * assay_number_parse:
 *
 * Exactly @length_bytes digits of @base (hexadecimal in either case), at least one, nothing around them.
 */
gboolean assay_number_parse (const char *text, gsize length_bytes, guint base, guint64 *out_value);

#endif
