#ifndef ASSAY_CLI_ATTESTED_H
#define ASSAY_CLI_ATTESTED_H

#include "flow/attested.h"
#include "report/page.h"

/** AssayAttestedForm: how verify-attestation says what it found; JSON has the schema `assay.attested/1`. */
typedef enum
{
  ASSAY_ATTESTED_TEXT = 0,
  ASSAY_ATTESTED_JSON,
} AssayAttestedForm;

/** assay_attested_describe: (transfer full): the statements as JSON; assay_attested_say: as lines of a page, with who
 * dissents and where. */
json_t *assay_attested_describe (const AssayAttestedResult *result);
void assay_attested_say (const AssayAttestedResult *result, AssayPage *page);

/** assay_attested_show: on standard output. @code: the exit code. */
gboolean assay_attested_show (const AssayAttestedResult *result, int code, AssayAttestedForm form, GError **error);

#endif
