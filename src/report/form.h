#ifndef ASSAY_REPORT_FORM_H
#define ASSAY_REPORT_FORM_H

#include <assay/digest.h>
#include <assay/verdict.h>
#include <jansson.h>

/*
 * Reading members of a report that anybody may have written. A member that is not there, or not of the form that the
 * schema gives it, is an error: ASSAY_ERROR_USAGE, naming the member.
 */

/** assay_form_fail: "WHERE: the member "KEY" is not as it should be"; returns FALSE. */
gboolean assay_form_fail (const char *where, const char *key, GError **error);

/** assay_form_object: / assay_form_array: the member, borrowed; NULL with an error. */
const json_t *assay_form_object (const json_t *object, const char *where, const char *key, GError **error);
const json_t *assay_form_array (const json_t *object, const char *where, const char *key, GError **error);

gboolean assay_form_text (const json_t *object, const char *where, const char *key, const char **out, GError **error);

/** assay_form_optional_text: NULL where the member is not there or `null`. */
gboolean assay_form_optional_text (const json_t *object, const char *where, const char *key, const char **out,
                                   GError **error);

/** assay_form_count: an integer from 0 to 2^53 - 1, or from there on the string that stands for it (T25). */
gboolean assay_form_count (const json_t *object, const char *where, const char *key, guint64 *out, GError **error);

gboolean assay_form_boolean (const json_t *object, const char *where, const char *key, gboolean *out, GError **error);

/** assay_form_digest: 64 lower-case hexadecimal digits. */
gboolean assay_form_digest (const json_t *object, const char *where, const char *key, AssayDigest *out, GError **error);

/** assay_form_class: the name of a class. */
gboolean assay_form_class (const json_t *object, const char *where, const char *key, AssayClass *out, GError **error);

/** assay_form_classes: an accounting: a count for each class, and `total`. */
gboolean assay_form_classes (const json_t *object, const char *where, guint64 totals[ASSAY_CLASS_COUNT],
                             guint64 *out_total, GError **error);

/** assay_form_texts: an array of strings. Transfer full (element-type utf8). */
GPtrArray *assay_form_texts (const json_t *object, const char *where, const char *key, GError **error);

#endif
