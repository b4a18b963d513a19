#ifndef ASSAY_ACCOUNT_RULES_DEBUGLINK_H
#define ASSAY_ACCOUNT_RULES_DEBUGLINK_H

#include "account/rules/rule.h"

/**
 * assay_debuglink_is_derived:
 * @offset: @size: of a section `.gnu_debuglink` of the shipped file
 *
 * Whether it holds what follows from a debug file that the rebuild made: a name that this file has, zeros to a multiple
 * of four, and the file's CRC-32 (GDB manual, "Debugging Information in Separate Files").
 */
gboolean assay_debuglink_is_derived (AssayRuleCase *rule_case, guint64 offset, guint64 size, gboolean *out_derived,
                                     GError **error);

#endif
