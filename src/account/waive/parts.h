#ifndef ASSAY_ACCOUNT_WAIVE_PARTS_H
#define ASSAY_ACCOUNT_WAIVE_PARTS_H

#include "account/names/naming.h"
#include "account/waive/waivable.h"
#include "account/waive/waive.h"

/**
 * AssayWaiveCase: a node and what its waivers resolve on; the parts are filled in when the first line asks.
 *
 * @leaf: whether its bytes are judged as one file, and no container of others
 */
typedef struct
{
  AssayWork *work;
  AssayNodeAccount *node_account;
  gboolean leaf;
  gboolean has_waivable;
  AssayWaivable waivable;
  gboolean has_naming;
  AssayNaming naming;
} AssayWaiveCase;

void assay_waive_case_clear (AssayWaiveCase *waive);

/** assay_waive_case_get_waivable: which bytes may be waived without `allow-code`. */
const AssayWaivable *assay_waive_case_get_waivable (AssayWaiveCase *waive);

/**
 * assay_waive_resolve:
 *
 * The bytes of the shipped file that a line of `waive` speaks of, whatever they are: none, with a remark, where the
 * rebuilt file has no such part, more than one, or a larger one than the line allows. Transfer full (element-type
 * AssayExtent).
 */
GArray *assay_waive_resolve (AssayWaiveCase *waive, AssayGrant *grant);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayWaiveCase, assay_waive_case_clear)

#endif
