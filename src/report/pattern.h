#ifndef ASSAY_REPORT_PATTERN_H
#define ASSAY_REPORT_PATTERN_H

#include "account/findings/finding.h"
#include "report/emit.h"

/** AssayPatternCut: places in the text of a finding, in their order: between them stands what is of one kind or of one
 * finding alone. */
typedef enum
{
  ASSAY_PATTERN_HEAD,     /* behind the first bracket */
  ASSAY_PATTERN_EXPECTED, /* the bytes of the rebuild */
  ASSAY_PATTERN_FUNCTION, /* behind them: their text, and the function */
  ASSAY_PATTERN_MESSAGE,  /* the message */
  ASSAY_PATTERN_NAMED_BY, /* behind it: who named it */
  ASSAY_PATTERN_PATH,     /* the file, up to where the range is open */
  ASSAY_PATTERN_RANGE,    /* address, length and offset */
  ASSAY_PATTERN_RULE,     /* behind them: the rule */
  ASSAY_PATTERN_SECTION,  /* the section */
  ASSAY_PATTERN_SHIPPED,  /* the shipped bytes */
  ASSAY_PATTERN_SYMBOL,   /* behind them: their text, the place in the source, the symbol */
  ASSAY_PATTERN_REST,     /* the line of the policy */
  ASSAY_PATTERN_END,
  ASSAY_PATTERN_CUTS,
} AssayPatternCut;

/**
 * AssayPattern:
 *
 * Where the text of a finding that was written stands in that of the emitter: a report has millions of findings of
 * which only bytes and places differ, or names beside them, and what one has in common with the one before it is
 * copied. Zero-initialised knows of none.
 *
 * @cuts: in the text of the emitter; @end: where that ended when the last finding was written: what was taken away from
 * it since cannot be copied
 * @kind: of the last finding, by assay_findings_kind(); @last: the finding, as far as others may be like it; @named:
 * whether it has no words but names
 * @copied: how many findings were written so
 */
typedef struct
{
  gsize cuts[ASSAY_PATTERN_CUTS];
  gsize end;
  guint kind;
  AssayFinding last;
  gboolean named;
  guint copied;
} AssayPattern;

/**
 * assay_pattern_emit: writes a finding where the one before it is like it.
 *
 * Returns: FALSE where it is not: it is to be written by other means, with assay_pattern_cut() at each place, and
 * assay_pattern_keep() at its end
 */
gboolean assay_pattern_emit (AssayPattern *pattern, guint kind, const AssayFinding *finding, AssayEmitter *emitter);

static inline void
assay_pattern_cut (AssayPattern *pattern, AssayPatternCut cut, const AssayEmitter *emitter)
{
  pattern->cuts[cut] = emitter->text->len;
}

void assay_pattern_keep (AssayPattern *pattern, guint kind, const AssayFinding *finding, const AssayEmitter *emitter);

#endif
