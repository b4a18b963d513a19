#include "report/element.h"

#include "crypto/sha256.h"
#include "judge/words.h"
#include "report/emit_code.h"
#include "util/text.h"

#include <string.h>

/* The classes of an accounting and what stands among them, sorted by name as canonical JSON wants it. */
#define MEMBER_TOTAL (-1)
#define MEMBER_PAYLOAD (-2)
static const struct
{
  const char *key;
  int class_;
} accounting_members[] = {
  { "explained", ASSAY_CLASS_EXPLAINED },
  { "identical", ASSAY_CLASS_IDENTICAL },
  { "outside", ASSAY_CLASS_OUTSIDE },
  { "payload", MEMBER_PAYLOAD },
  { "structure", ASSAY_CLASS_STRUCTURE },
  { "total", MEMBER_TOTAL },
  { "undecided", ASSAY_CLASS_UNDECIDED },
  { "unexplained", ASSAY_CLASS_UNEXPLAINED },
  { "unreproducible", ASSAY_CLASS_UNREPRODUCIBLE },
  { "waived", ASSAY_CLASS_WAIVED },
};

void
assay_report_emit_classes (AssayEmitter *emitter, const guint64 totals[ASSAY_CLASS_COUNT], const guint64 *payload,
                           guint64 total)
{
  assay_emitter_open (emitter, '{');
  for (gsize i = 0; i < G_N_ELEMENTS (accounting_members); i++)
    {
      int class_ = accounting_members[i].class_;
      if (class_ == MEMBER_PAYLOAD && payload == NULL)
        continue;
      assay_emitter_add_count (emitter, accounting_members[i].key,
                               class_ == MEMBER_TOTAL     ? total
                               : class_ == MEMBER_PAYLOAD ? *payload
                                                          : totals[class_]);
    }
  assay_emitter_close (emitter, '}');
}

/* What a class makes of a file that has a byte or fact of it, from the heaviest on (T1). */
static const struct
{
  AssayClass class_;
  const char *verdict;
} file_verdicts[] = {
  { ASSAY_CLASS_UNEXPLAINED, "mismatch" }, { ASSAY_CLASS_UNREPRODUCIBLE, "mismatch" },
  { ASSAY_CLASS_UNDECIDED, "undecided" },  { ASSAY_CLASS_WAIVED, "waived" },
  { ASSAY_CLASS_EXPLAINED, "equivalent" }, { ASSAY_CLASS_STRUCTURE, "equivalent" },
  { ASSAY_CLASS_IDENTICAL, "identical" },
};

static const char *
file_verdict (const AssayNodeAccount *node_account)
{
  for (gsize i = 0; i < G_N_ELEMENTS (file_verdicts); i++)
    {
      AssayClass class_ = file_verdicts[i].class_;
      /* Outside of the scope "nothing worse" is no finding but that nobody looked. */
      gboolean worst = node_account->worst == class_ && (node_account->in_scope || class_ != ASSAY_CLASS_IDENTICAL);
      if (worst || node_account->totals[class_] > 0)
        return file_verdicts[i].verdict;
    }
  return "outside";
}

/* Where in the rebuild the counterpart stands: the output, and inside of it the node path. */
static char *
expected_path (const AssayMatch *match)
{
  const AssayNode *expected = match->expected;
  const AssayExpectation *expectation = match->expectation;
  g_autofree char *from
      = assay_text_escape_line (expectation != NULL && expectation->from != NULL ? expectation->from : ".", -1);
  if (expected->parent == NULL)
    return g_steal_pointer (&from);
  if (expectation != NULL && expectation->is_tree)
    return g_strconcat (from, g_str_has_suffix (from, "/") ? "" : "/", expected->path, NULL);
  return g_strconcat (from, "//", expected->path, NULL);
}

static void
emit_section (AssayEmitter *emitter, const AssaySectionAccount *section)
{
  assay_emitter_open (emitter, '{');
  assay_emitter_add_hex64 (emitter, "address", section->address);
  assay_emitter_add_text (emitter, "class", assay_class_name (section->class_));
  assay_emitter_add_digest (emitter, "expected_sha256",
                            section->is_expected ? &section->digest : section->expected_digest);
  assay_emitter_add_text (emitter, "flags", section->flags);
  assay_emitter_add_text (emitter, "name", section->name);
  assay_emitter_add_count (emitter, "offset", section->offset);
  assay_emitter_add_digest (emitter, "sha256", section->has_digest ? &section->digest : NULL);
  assay_emitter_add_count (emitter, "size", section->size);
  assay_emitter_key (emitter, "symbol_table");
  assay_emitter_flag (emitter, section->is_symbol_table != 0);
  assay_emitter_close (emitter, '}');
}

static void
emit_segment (AssayEmitter *emitter, const AssaySegmentAccount *segment)
{
  assay_emitter_open (emitter, '{');
  assay_emitter_add_hex64 (emitter, "address", segment->address);
  assay_emitter_add_text (emitter, "flags", segment->flags);
  assay_emitter_add_count (emitter, "offset", segment->offset);
  assay_emitter_add_count (emitter, "size", segment->size);
  assay_emitter_add_text (emitter, "type", segment->type);
  assay_emitter_close (emitter, '}');
}

static void
emit_elf (AssayEmitter *emitter, const AssayNodeAccount *node_account)
{
  if (node_account->sections != NULL)
    {
      assay_emitter_key (emitter, "sections");
      assay_emitter_open (emitter, '[');
      for (guint i = 0; i < node_account->sections->len; i++)
        emit_section (emitter, &g_array_index (node_account->sections, AssaySectionAccount, i));
      assay_emitter_close (emitter, ']');
    }
  if (node_account->segments != NULL)
    {
      assay_emitter_key (emitter, "segments");
      assay_emitter_open (emitter, '[');
      for (guint i = 0; i < node_account->segments->len; i++)
        emit_segment (emitter, &g_array_index (node_account->segments, AssaySegmentAccount, i));
      assay_emitter_close (emitter, ']');
    }
}

/* Whatever the rebuild says of them: a policy may forbid rights that the source itself gives. */
static void
emit_rights (AssayEmitter *emitter, guint rights)
{
  AssayRight right = 0;
  const char *name;
  if (rights == 0)
    return;
  assay_emitter_key (emitter, "rights");
  assay_emitter_open (emitter, '[');
  for (guint i = 0; (name = assay_right_name (i, &right)) != NULL; i++)
    if ((rights & right) != 0)
      assay_emitter_text (emitter, name);
  assay_emitter_close (emitter, ']');
}

static const AssayDigest *
expected_digest (const AssayNodeAccount *node_account)
{
  if (node_account->has_expected_digest)
    return &node_account->expected_digest;
  gboolean equal = node_account->match != NULL && node_account->match->equal;
  return equal && node_account->has_digest ? &node_account->digest : NULL;
}

static void
emit_file (const AssayReport *report, guint index, AssayPattern *pattern, AssayEmitter *emitter)
{
  (void)pattern;
  const AssayNodeAccount *node_account = g_ptr_array_index (report->account->nodes, index);
  const AssayNode *node = node_account->node;
  const AssayMatch *match = node_account->match;
  gboolean matched = match != NULL && match->kind != ASSAY_MATCH_NONE;
  g_autofree char *counterpart = matched && match->expected != NULL ? expected_path (match) : NULL;
  guint64 own = 0;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    own += node_account->totals[i];
  assay_emitter_open (emitter, '{');
  assay_emitter_key (emitter, "accounting");
  assay_report_emit_classes (emitter, node_account->totals, &node_account->payload, own);
  assay_report_emit_changes (emitter, node_account);
  assay_emitter_add_text (emitter, "expected_path", counterpart);
  assay_emitter_add_digest (emitter, "expected_sha256", expected_digest (node_account));
  if (node_account->flat)
    {
      assay_emitter_key (emitter, "flat");
      assay_emitter_flag (emitter, TRUE);
    }
  assay_emitter_add_text (emitter, "format", node->format);
  assay_emitter_add_text (emitter, "machine", node_account->machine);
  assay_emitter_add_text (emitter, "origin",
                          node_account->has_origin ? assay_words_origin (node_account->origin) : NULL);
  assay_emitter_add_text (emitter, "origin_detail", node_account->origin_detail);
  assay_emitter_add_text (emitter, "path", node->path);
  emit_rights (emitter, node_account->rights);
  emit_elf (emitter, node_account);
  assay_emitter_add_digest (emitter, "sha256", node_account->has_digest ? &node_account->digest : NULL);
  assay_emitter_add_count (emitter, "size", node->size);
  assay_emitter_add_text (emitter, "trouble", node->trouble);
  assay_emitter_add_text (emitter, "type", assay_node_type_name (node->type));
  if (node_account->unclaimed)
    {
      assay_emitter_key (emitter, "unclaimed");
      assay_emitter_flag (emitter, TRUE);
    }
  assay_emitter_add_text (emitter, "verdict", file_verdict (node_account));
  assay_emitter_close (emitter, '}');
}

/* The line of the policy behind the class `waived`: the evidence that there is. */
static void
add_grant (AssayEmitter *emitter, const AssayGrant *grant)
{
  if (grant == NULL)
    return;
  assay_emitter_key (emitter, "waiver");
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "kind", grant->blob != NULL ? "blob" : "waiver");
  assay_emitter_add_count (emitter, "line", (guint64)grant->line);
  assay_emitter_add_text (emitter, "owner", grant->owner);
  assay_emitter_add_text (emitter, "reason", grant->reason);
  assay_emitter_close (emitter, '}');
}

/* A side on which the fact is not there is `null`. */
static void
emit_fact (const AssayReport *report, guint index, AssayPattern *pattern, AssayEmitter *emitter)
{
  (void)pattern;
  const AssayFactAccount *fact = g_ptr_array_index (report->account->facts, index);
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "class", assay_class_name (fact->class_));
  assay_emitter_key (emitter, "expected");
  assay_emitter_text (emitter, fact->expected);
  assay_emitter_add_text (emitter, "fact", fact->fact);
  assay_emitter_add_text (emitter, "path", fact->node->path);
  assay_emitter_add_text (emitter, "rule", fact->rule);
  assay_emitter_key (emitter, "shipped");
  assay_emitter_text (emitter, fact->shipped);
  add_grant (emitter, fact->grant);
  assay_emitter_close (emitter, '}');
}

/* What cannot be read any more, or is no file, is named without size and digest. */
static void
emit_missing (const AssayReport *report, guint index, AssayPattern *pattern, AssayEmitter *emitter)
{
  (void)pattern;
  const AssayMissing *missing = g_ptr_array_index (report->pairing->missing, index);
  const AssayNode *expected = missing->expected;
  AssayBlob *blob = expected != NULL ? expected->blob : NULL;
  g_autoptr (GError) ignored = NULL;
  AssayDigest digest;
  const AssayBlobSeen *seen = blob != NULL ? assay_blob_get_seen (blob) : NULL;
  if (seen != NULL)
    digest = seen->sha256;
  gboolean digested
      = seen != NULL || (blob != NULL && assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &digest, &ignored));
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "path", missing->path);
  assay_emitter_add_digest (emitter, "sha256", digested ? &digest : NULL);
  if (blob != NULL)
    assay_emitter_add_count (emitter, "size", assay_blob_get_size (blob));
  if (expected != NULL)
    assay_emitter_add_text (emitter, "type", assay_node_type_name (expected->type));
  assay_emitter_close (emitter, '}');
}

static void
emit_range (AssayEmitter *emitter, const AssayFinding *finding)
{
  if (finding->has_address)
    assay_emitter_add_hex64 (emitter, "address", finding->address);
  assay_emitter_add_count (emitter, "length", finding->length);
  assay_emitter_add_count (emitter, "offset", finding->offset);
}

static void
emit_new_finding (const AssayFinding *finding, AssayPattern *pattern, AssayEmitter *emitter)
{
  const AssayFindingWords *words = assay_finding_words (finding);
  assay_emitter_open (emitter, '{');
  assay_pattern_cut (pattern, ASSAY_PATTERN_HEAD, emitter);
  assay_emitter_add_text (emitter, "cause", assay_cause_name (finding->cause));
  assay_emitter_add_text (emitter, "class", assay_class_name (finding->class_));
  assay_report_emit_disassembly (emitter, finding);
  assay_pattern_cut (pattern, ASSAY_PATTERN_EXPECTED, emitter);
  assay_emitter_add_bytes (emitter, "expected", finding->expected, finding->expected_length);
  assay_pattern_cut (pattern, ASSAY_PATTERN_FUNCTION, emitter);
  assay_emitter_add_text (emitter, "expected_text", words->expected_text);
  assay_emitter_add_text (emitter, "function", words->is_function ? words->symbol : NULL);
  assay_pattern_cut (pattern, ASSAY_PATTERN_MESSAGE, emitter);
  assay_emitter_add_text (emitter, "message", finding->message);
  assay_pattern_cut (pattern, ASSAY_PATTERN_NAMED_BY, emitter);
  assay_emitter_add_text (emitter, "named_by", words->named_by);
  assay_pattern_cut (pattern, ASSAY_PATTERN_PATH, emitter);
  assay_emitter_add_text (emitter, "path", finding->node->path);
  assay_emitter_key (emitter, "range");
  assay_emitter_open (emitter, '{');
  assay_pattern_cut (pattern, ASSAY_PATTERN_RANGE, emitter);
  emit_range (emitter, finding);
  assay_pattern_cut (pattern, ASSAY_PATTERN_RULE, emitter);
  assay_emitter_close (emitter, '}');
  assay_emitter_add_text (emitter, "rule", finding->rule);
  assay_pattern_cut (pattern, ASSAY_PATTERN_SECTION, emitter);
  assay_emitter_add_text (emitter, "section", words->section);
  assay_pattern_cut (pattern, ASSAY_PATTERN_SHIPPED, emitter);
  assay_emitter_add_bytes (emitter, "shipped", finding->shipped, finding->shipped_length);
  assay_pattern_cut (pattern, ASSAY_PATTERN_SYMBOL, emitter);
  assay_emitter_add_text (emitter, "shipped_text", words->shipped_text);
  assay_report_emit_source (emitter, finding);
  assay_emitter_add_text (emitter, "symbol", words->symbol);
  assay_pattern_cut (pattern, ASSAY_PATTERN_REST, emitter);
  add_grant (emitter, finding->grant);
  assay_emitter_close (emitter, '}');
  assay_pattern_cut (pattern, ASSAY_PATTERN_END, emitter);
}

static void
emit_finding (const AssayReport *report, guint index, AssayPattern *pattern, AssayEmitter *emitter)
{
  AssayFindings *findings = report->account->findings;
  const AssayFinding *finding = assay_findings_get (findings, index);
  guint kind = assay_findings_kind (findings, index);
  if (assay_pattern_emit (pattern, kind, finding, emitter))
    return;
  emit_new_finding (finding, pattern, emitter);
  assay_pattern_keep (pattern, kind, finding, emitter);
}

static const char *
label_file (const AssayReport *report, guint index)
{
  return file_verdict (g_ptr_array_index (report->account->nodes, index));
}

static const char *
label_fact (const AssayReport *report, guint index)
{
  return assay_class_name (((const AssayFactAccount *)g_ptr_array_index (report->account->facts, index))->class_);
}

static const char *
label_finding (const AssayReport *report, guint index)
{
  return assay_class_name (assay_findings_get (report->account->findings, index)->class_);
}

static const struct
{
  const char *name;
  const char *(*label) (const AssayReport *report, guint index);
  void (*emit) (const AssayReport *report, guint index, AssayPattern *pattern, AssayEmitter *emitter);
} arrays[ASSAY_REPORT_ARRAY_COUNT] = {
  [ASSAY_REPORT_FACTS] = { "facts", label_fact, emit_fact },
  [ASSAY_REPORT_FILES] = { "files", label_file, emit_file },
  [ASSAY_REPORT_FINDINGS] = { "findings", label_finding, emit_finding },
  [ASSAY_REPORT_MISSING] = { "missing", NULL, emit_missing },
};

const char *
assay_report_array_name (AssayReportArray array)
{
  return arrays[array].name;
}

guint
assay_report_array_length (const AssayReport *report, AssayReportArray array)
{
  const AssayAccount *account = report->account;
  const GPtrArray *elements[ASSAY_REPORT_ARRAY_COUNT] = {
    [ASSAY_REPORT_FACTS] = account != NULL ? account->facts : NULL,
    [ASSAY_REPORT_FILES] = account != NULL ? account->nodes : NULL,
    [ASSAY_REPORT_MISSING] = report->pairing != NULL ? report->pairing->missing : NULL,
  };
  if (array == ASSAY_REPORT_FINDINGS)
    return account != NULL ? assay_findings_length (account->findings) : 0;
  return elements[array] != NULL ? elements[array]->len : 0;
}

const char *
assay_report_array_label (const AssayReport *report, AssayReportArray array, guint index)
{
  return arrays[array].label != NULL ? arrays[array].label (report, index) : NULL;
}

void
assay_report_array_emit (const AssayReport *report, AssayReportArray array, guint index, AssayPattern *pattern,
                         AssayEmitter *emitter)
{
  arrays[array].emit (report, index, pattern, emitter);
}
