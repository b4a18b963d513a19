#ifndef ASSAY_JUDGE_REASONS_H
#define ASSAY_JUDGE_REASONS_H

#include "account/account.h"

/** How many reasons are said; more are only counted. As many as fit on a screen. */
#define ASSAY_REASONS_MAX 12

/** AssayReasons: sentences in the order in which they were added, the first ASSAY_REASONS_MAX of them. */
typedef struct
{
  const AssayAccount *account;
  GHashTable *added; /* set of AssayNode: what no output of the rebuild stands for */
  GPtrArray *sentences;
  guint64 left_out;
} AssayReasons;

/** assay_reasons_init: @account: borrowed; NULL when there is none. */
void assay_reasons_init (AssayReasons *reasons, const AssayAccount *account);
void assay_reasons_clear (AssayReasons *reasons);

/** assay_reasons_add: @text: (transfer full): a sentence, with or without its full stop. */
void assay_reasons_add (AssayReasons *reasons, char *text, gboolean capital);

/** assay_reasons_add_list: each of @texts (element-type utf8) (nullable). */
void assay_reasons_add_list (AssayReasons *reasons, const GPtrArray *texts, gboolean capital);

/**
 * AssayReasonsPart: what is spoken of.
 * @ASSAY_REASONS_ALL: everything, as a stored report can be added up again from what it says (T20)
 * @ASSAY_REASONS_FILES: files and other entries
 * @ASSAY_REASONS_RECORDS: containers' own headers and tables, which mostly say again what was said of the members
 */
typedef enum
{
  ASSAY_REASONS_ALL = 0,
  ASSAY_REASONS_FILES,
  ASSAY_REASONS_RECORDS,
} AssayReasonsPart;

/** How many remarks are said. */
#define ASSAY_REMARKS_MAX 4

/** assay_reasons_add_remarks: what unexplained bytes do to a program when it is loaded, the first ones. */
void assay_reasons_add_remarks (AssayReasons *reasons);

/** assay_reasons_add_bytes: one sentence for each rule by which bytes have @class_. */
void assay_reasons_add_bytes (AssayReasons *reasons, AssayClass class_, AssayReasonsPart part);

/** assay_reasons_add_facts: one sentence for each kind of fact that has @class_; records are those of tables. */
void assay_reasons_add_facts (AssayReasons *reasons, AssayClass class_, AssayReasonsPart part);

/** assay_reasons_add_broken: containers that break the rules of their own format. */
void assay_reasons_add_broken (AssayReasons *reasons);

/** assay_reasons_add_moved: files whose content is that of another file of the rebuild, byte for byte. For the reader
 * alone (T8). */
void assay_reasons_add_moved (AssayReasons *reasons);

/** assay_reasons_keeper: (nullable): the container that bytes of a node are a part of, which writes down there what no
 * member of it holds: its own headers, and a file system's tables. */
const AssayNode *assay_reasons_keeper (const AssayNode *node);

/** assay_reasons_add_misnamed: containers of which something of their form is unexplained since they have no name of
 * one.
 */
void assay_reasons_add_misnamed (AssayReasons *reasons);

/** assay_reasons_add_displaced: raw images that hold what the rebuild has for them, elsewhere or byte-swapped. For the
 * reader alone (T12). */
void assay_reasons_add_displaced (AssayReasons *reasons);

/** assay_reasons_add_tools: files that name another compiler, linker, version or processor than the rebuild's: whoever
 * builds with other tools need not look further. */
void assay_reasons_add_tools (AssayReasons *reasons);

/** assay_reasons_add_builds: files whose Go build id is another one; it names no tool, so that it comes later. */
void assay_reasons_add_builds (AssayReasons *reasons);

/** assay_reasons_add_added: what the image holds and the rebuild has nothing for. */
void assay_reasons_add_added (AssayReasons *reasons);

/** assay_reasons_add_missing: @missing: (element-type AssayMissing). */
void assay_reasons_add_missing (AssayReasons *reasons, const GPtrArray *missing);

/** assay_reasons_finish: (transfer full) (element-type utf8): the sentences, with "and N more" where there are more. */
GPtrArray *assay_reasons_finish (AssayReasons *reasons);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayReasons, assay_reasons_clear)

#endif
