#ifndef ASSAY_REPORT_MOULD_H
#define ASSAY_REPORT_MOULD_H

#include "util/json.h"

/**
 * AssayMoulds:
 *
 * Parses texts of JSON one after the other, of which most have the same members and differ in their values alone, as
 * the findings of a report do: a text that was parsed is kept with what it became, and one that differs from it only
 * inside of plain strings and integers is not parsed again, but its values are put in the place of the others. What is
 * taken and what is refused is what assay_json_parse_part() takes and refuses, where all stand at one depth. For one
 * thread.
 */
typedef struct _AssayMoulds AssayMoulds;

AssayMoulds *assay_moulds_new (void);
void assay_moulds_free (AssayMoulds *moulds);

/**
 * assay_moulds_parse: as assay_json_parse_part().
 *
 * Returns: (transfer none) (nullable): valid until the next text is parsed, and then another value: no reference to it
 * or to any part of it may be kept
 */
const json_t *assay_moulds_parse (AssayMoulds *moulds, const char *text, gsize length_bytes, const char *name,
                                  const AssayJsonPart *part, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayMoulds, assay_moulds_free)

#endif
