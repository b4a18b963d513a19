#include "report/sarif.h"

#include "crypto/sha256.h"
#include "report/artifact.h"
#include "report/page.h"
#include "report/sentence.h"
#include "report/text.h"
#include "util/json.h"

#include <string.h>

/* Largest integer that every reader of JSON has (T25). */
#define MAX_INTEGER (G_GUINT64_CONSTANT (1) << 53)

/**
 * A result at work.
 *
 * @element: of the report, or NULL
 * @is_finding: whether the element is one of findings
 * @message: what is to be read; escaped
 * @stable: what tells this result from others and stays from one run to the next
 */
typedef struct
{
  AssaySarifRule rule;
  const json_t *element;
  gboolean is_finding;
  GString *message;
  GString *stable;
} Result;

static void
result_init (Result *result, AssaySarifRule rule, const json_t *element)
{
  *result = (Result){
    .rule = rule, .element = element, .message = g_string_new (NULL), .stable = g_string_new ("assay.fingerprint/1")
  };
}

static void
result_clear (Result *result)
{
  g_string_free (result->message, TRUE);
  g_string_free (result->stable, TRUE);
}

/* A NUL is in no text, so that two texts never run into each other. */
static void
add_stable (Result *result, const char *text)
{
  g_string_append_c (result->stable, '\0');
  g_string_append (result->stable, text);
}

/* A sentence without its numbers, which are counts and offsets, and other ones tomorrow. */
static void
add_stable_sentence (Result *result, const char *text)
{
  g_string_append_c (result->stable, '\0');
  while (*text != '\0')
    {
      gsize run = g_str_has_prefix (text, "0x") ? 2 + strspn (text + 2, "0123456789abcdefABCDEF")
                  : g_ascii_isdigit (*text)     ? strspn (text, "0123456789,.")
                                                : 0;
      g_string_append_c (result->stable, run > 0 ? '#' : *text);
      text += MAX (run, 1);
    }
}

/* What is called by its place, `@0x40000`, is another place when something before it grows. */
static void
add_stable_path (Result *result, const char *path)
{
  g_string_append_c (result->stable, '\0');
  for (const char *c = path; *c != '\0'; c++)
    {
      g_string_append_c (result->stable, *c);
      if (*c == '@' && (c == path || c[-1] == '/') && g_str_has_prefix (c + 1, "0x"))
        c += 2 + strspn (c + 3, "0123456789abcdef");
    }
}

/* The fingerprint, and which of those that have it: one function can have ten ranges that differ. */
static void
emit_fingerprint (AssaySarif *sarif, const Result *result)
{
  AssayDigest digest;
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_sha256_bytes (result->stable->str, result->stable->len, &digest);
  assay_digest_to_hex (&digest, hex);
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (sarif->seen, hex)) + 1;
  g_hash_table_insert (sarif->seen, g_strdup (hex), GUINT_TO_POINTER (number));
  g_autofree char *text = g_strdup_printf ("%s:%u", hex, number);
  assay_emitter_key (&sarif->emitter, "partialFingerprints");
  assay_emitter_open (&sarif->emitter, '{');
  assay_emitter_add_text (&sarif->emitter, "assay/v1", text);
  assay_emitter_close (&sarif->emitter, '}');
}

static void
emit_artifact (AssayEmitter *emitter, const char *uri, const char *base)
{
  assay_emitter_key (emitter, "artifactLocation");
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "uri", uri);
  assay_emitter_add_text (emitter, "uriBaseId", base);
  assay_emitter_close (emitter, '}');
}

/* Where in the image: a region of bytes, which has no lines (3.30.4). */
static void
emit_node (AssaySarif *sarif, const Result *result)
{
  AssayEmitter *emitter = &sarif->emitter;
  const char *path = assay_json_get_text (result->element, "path");
  const json_t *range = json_object_get (result->element, "range");
  guint64 offset = assay_text_number (json_object_get (range, "offset"));
  guint64 length = assay_text_number (json_object_get (range, "length"));
  gboolean is_root = *path == '\0' || strcmp (path, ".") == 0;
  g_autofree char *uri
      = is_root ? assay_artifact_of_image (assay_json_get_text (json_object_get (sarif->head, "image"), "path"))
                : assay_artifact_of_node (path);
  assay_emitter_key (emitter, "physicalLocation");
  assay_emitter_open (emitter, '{');
  emit_artifact (emitter, uri, is_root ? NULL : "IMAGE");
  if (length > 0 && offset < MAX_INTEGER && length < MAX_INTEGER)
    {
      assay_emitter_key (emitter, "region");
      assay_emitter_open (emitter, '{');
      assay_emitter_add_count (emitter, "byteLength", length);
      assay_emitter_add_count (emitter, "byteOffset", offset);
      assay_emitter_close (emitter, '}');
    }
  assay_emitter_close (emitter, '}');
}

static void
emit_source (AssayEmitter *emitter, const char *uri, const json_t *source)
{
  guint64 line = assay_text_number (json_object_get (source, "line"));
  assay_emitter_key (emitter, "physicalLocation");
  assay_emitter_open (emitter, '{');
  emit_artifact (emitter, uri, assay_artifact_is_absolute (uri) ? NULL : "%SRCROOT%");
  if (line > 0 && line < MAX_INTEGER)
    {
      assay_emitter_key (emitter, "region");
      assay_emitter_open (emitter, '{');
      assay_emitter_add_count (emitter, "startLine", line);
      assay_emitter_close (emitter, '}');
    }
  assay_emitter_close (emitter, '}');
}

/* Which part of which file: the node path stands here also where the place is a source line. */
static void
emit_logical (AssayEmitter *emitter, const json_t *element)
{
  gboolean is_function = *assay_json_get_text (element, "function") != '\0';
  g_autofree char *path = assay_page_escape (assay_json_get_text (element, "path"));
  g_autofree char *name = assay_page_escape (assay_json_get_text (element, is_function ? "function" : "symbol"));
  gboolean has_name = *name != '\0';
  g_autofree char *full = has_name ? g_strconcat (path, "::", name, NULL) : g_strdup (path);
  assay_emitter_key (emitter, "logicalLocations");
  assay_emitter_open (emitter, '[');
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "fullyQualifiedName", full);
  assay_emitter_add_text (emitter, "kind", is_function ? "function" : has_name ? "variable" : "resource");
  assay_emitter_add_text (emitter, "name", has_name ? name : path);
  assay_emitter_close (emitter, '}');
  assay_emitter_close (emitter, ']');
}

/* Returns whether it was a source line, so that the place in the image is still to be said. */
static gboolean
emit_locations (AssaySarif *sarif, const Result *result)
{
  AssayEmitter *emitter = &sarif->emitter;
  const json_t *source = json_object_get (result->element, "source");
  g_autofree char *uri = assay_artifact_of_source (assay_json_get_text (source, "file"));
  assay_emitter_key (emitter, "locations");
  assay_emitter_open (emitter, '[');
  assay_emitter_open (emitter, '{');
  if (*assay_json_get_text (result->element, "path") != '\0')
    emit_logical (emitter, result->element);
  if (uri != NULL)
    emit_source (emitter, uri, source);
  else
    emit_node (sarif, result);
  assay_emitter_close (emitter, '}');
  assay_emitter_close (emitter, ']');
  return uri != NULL;
}

static void
emit_related (AssaySarif *sarif, const Result *result)
{
  AssayEmitter *emitter = &sarif->emitter;
  assay_emitter_key (emitter, "relatedLocations");
  assay_emitter_open (emitter, '[');
  assay_emitter_open (emitter, '{');
  assay_sarif_emit_text (emitter, "message", "in the image");
  emit_node (sarif, result);
  assay_emitter_close (emitter, '}');
  assay_emitter_close (emitter, ']');
}

static void
emit_properties (AssayEmitter *emitter, const json_t *element)
{
  static const char *const keys[]
      = { "cause", "class", "expected", "fact", "named_by", "path", "rule", "section", "shipped" };
  assay_emitter_key (emitter, "properties");
  assay_emitter_open (emitter, '{');
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *text = assay_text_member (element, keys[i]);
      assay_emitter_add_text (emitter, keys[i], text);
    }
  assay_emitter_close (emitter, '}');
}

/* All results have the member, or none (3.27.23). */
static void
emit_suppressions (AssayEmitter *emitter, const Result *result)
{
  gboolean waived = result->rule == ASSAY_SARIF_BYTES_WAIVED || result->rule == ASSAY_SARIF_FACT_WAIVED;
  g_autofree char *reason = assay_sentence_waiver (result->element);
  assay_emitter_key (emitter, "suppressions");
  assay_emitter_open (emitter, '[');
  if (waived)
    {
      assay_emitter_open (emitter, '{');
      assay_emitter_add_text (emitter, "justification", reason);
      assay_emitter_add_text (emitter, "kind", "external");
      assay_emitter_add_text (emitter, "status", "accepted");
      assay_emitter_close (emitter, '}');
    }
  assay_emitter_close (emitter, ']');
}

static gboolean
emit_result (AssaySarif *sarif, const Result *result, GError **error)
{
  AssayEmitter *emitter = &sarif->emitter;
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "level", assay_sarif_rule_level (result->rule));
  gboolean in_source = emit_locations (sarif, result);
  assay_sarif_emit_text (emitter, "message", result->message->str);
  emit_fingerprint (sarif, result);
  emit_properties (emitter, result->element);
  if (in_source)
    emit_related (sarif, result);
  assay_emitter_add_text (emitter, "ruleId", assay_sarif_rule_id (result->rule));
  assay_emitter_add_count (emitter, "ruleIndex", result->rule);
  emit_suppressions (emitter, result);
  assay_emitter_close (emitter, '}');
  return assay_sarif_flush (sarif, error);
}

/* --- what is said of each part --- */

static gboolean
add_verdict (AssaySarif *sarif, GError **error)
{
  const char *verdict = assay_text_verdict (sarif->head);
  const char *reason = json_string_value (json_array_get (json_object_get (sarif->head, "reasons"), 0));
  gboolean refused = strcmp (verdict, "mismatch") != 0 && strcmp (verdict, "undecided") != 0;
  g_autofree char *sentence = assay_text_sentence (sarif->head), *judged = assay_text_judged (sarif->head),
                  *shown = assay_page_escape (reason);
  Result result;
  result_init (&result, ASSAY_SARIF_VERDICT, NULL);
  g_string_append_printf (result.message, "%s: %s %s%s%s%s", verdict, sentence, judged,
                          refused ? " The policy does not hold: this is no pass." : "", *shown != '\0' ? " " : "",
                          shown);
  add_stable (&result, assay_sarif_rule_id (result.rule));
  gboolean done = emit_result (sarif, &result, error);
  result_clear (&result);
  return done;
}

static gboolean
add_sentence (AssaySarif *sarif, AssaySarifRule rule, const json_t *sentence, GError **error)
{
  const char *text = json_string_value (sentence);
  g_autofree char *shown = assay_page_escape (text != NULL ? text : "?");
  Result result;
  result_init (&result, rule, NULL);
  g_string_append (result.message, shown);
  add_stable (&result, assay_sarif_rule_id (rule));
  add_stable_sentence (&result, text != NULL ? text : "?");
  gboolean done = emit_result (sarif, &result, error);
  result_clear (&result);
  return done;
}

static gboolean
add_missing (AssaySarif *sarif, const json_t *missing, GError **error)
{
  g_autofree char *place = assay_sentence_place (missing);
  Result result;
  result_init (&result, ASSAY_SARIF_MISSING, missing);
  g_string_append_printf (result.message, "%s is not in the image, and was expected there.", place);
  add_stable (&result, assay_sarif_rule_id (result.rule));
  add_stable_path (&result, assay_json_get_text (missing, "path"));
  gboolean done = emit_result (sarif, &result, error);
  result_clear (&result);
  return done;
}

static AssaySarifRule
rule_of_finding (const json_t *finding)
{
  const char *class_ = assay_json_get_text (finding, "class"), *rule = assay_json_get_text (finding, "rule");
  if (strcmp (class_, "waived") == 0)
    return ASSAY_SARIF_BYTES_WAIVED;
  if (strcmp (class_, "unreproducible") == 0)
    return ASSAY_SARIF_BYTES_UNREPRODUCIBLE;
  if (strcmp (class_, "undecided") == 0)
    return ASSAY_SARIF_BYTES_UNDECIDED;
  if (strcmp (rule, "no-counterpart") == 0)
    return ASSAY_SARIF_BYTES_ADDED;
  if (strcmp (rule, "opaque") == 0)
    return ASSAY_SARIF_BYTES_OPAQUE;
  return strcmp (assay_json_get_text (finding, "cause"), "ripple") == 0 ? ASSAY_SARIF_BYTES_FOLLOW
                                                                        : ASSAY_SARIF_BYTES_DIFFER;
}

static gboolean
add_finding (AssaySarif *sarif, const json_t *finding, GError **error)
{
  g_autofree char *place = assay_sentence_place (finding), *message = assay_text_member (finding, "message"),
                  *range = assay_sentence_range (finding), *bytes = assay_sentence_bytes (finding, sarif->side);
  Result result;
  result_init (&result, rule_of_finding (finding), finding);
  g_string_append_printf (result.message, "%s: %s: %s.", place, message != NULL ? message : "differs", range);
  if (bytes != NULL)
    g_string_append_printf (result.message, " Bytes: %s.", bytes);
  add_stable (&result, assay_sarif_rule_id (result.rule));
  add_stable_path (&result, assay_json_get_text (finding, "path"));
  add_stable (&result, assay_json_get_text (finding, "section"));
  add_stable (&result, assay_json_get_text (finding, "symbol"));
  add_stable (&result, assay_json_get_text (json_object_get (finding, "source"), "file"));
  gboolean done = emit_result (sarif, &result, error);
  result_clear (&result);
  return done;
}

static gboolean
add_fact (AssaySarif *sarif, const json_t *fact, GError **error)
{
  const char *class_ = assay_json_get_text (fact, "class");
  g_autofree char *place = assay_sentence_place (fact), *sentence = assay_sentence_fact (fact, sarif->side);
  Result result;
  result_init (&result,
               strcmp (class_, "waived") == 0      ? ASSAY_SARIF_FACT_WAIVED
               : strcmp (class_, "undecided") == 0 ? ASSAY_SARIF_FACT_UNDECIDED
                                                   : ASSAY_SARIF_FACT_DIFFERS,
               fact);
  g_string_append_printf (result.message, "%s: %s.", place, sentence);
  add_stable (&result, assay_sarif_rule_id (result.rule));
  add_stable_path (&result, assay_json_get_text (fact, "path"));
  add_stable (&result, assay_json_get_text (fact, "fact"));
  gboolean done = emit_result (sarif, &result, error);
  result_clear (&result);
  return done;
}

/* --- how many of each --- */

/** Results that each part may have; they add up to ASSAY_SARIF_RESULTS, so that no part crowds out another. */
static const struct
{
  const char *noun;
  guint most;
} shares[ASSAY_SARIF_SHARES] = {
  { "verdicts", 1 },         { "policy failures", 199 }, { "missing parts", 600 },
  { "open questions", 200 }, { "findings", 2500 },       { "facts", 1500 },
};
enum
{
  SHARE_VERDICT = 0,
  SHARE_POLICY,
  SHARE_MISSING,
  SHARE_UNDECIDED,
  SHARE_FINDINGS,
  SHARE_FACTS,
};
G_STATIC_ASSERT (1 + 199 + 600 + 200 + 2500 + 1500 == ASSAY_SARIF_RESULTS);

static guint64
count_concerns (const json_t *head, const char *array)
{
  const json_t *counts = json_object_get (json_object_get (head, "counts"), array);
  guint64 sum = 0;
  for (gsize i = 0; i < ASSAY_SENTENCE_CLASSES; i++)
    sum += assay_text_number (json_object_get (counts, assay_sentence_class (i)));
  return sum;
}

void
assay_sarif_count (const AssaySarif *sarif, AssaySarifShare out[ASSAY_SARIF_SHARES])
{
  const json_t *head = sarif->head;
  const guint64 totals[ASSAY_SARIF_SHARES] = {
    [SHARE_VERDICT] = assay_sentence_exit (head) != 0,
    [SHARE_POLICY] = json_array_size (json_object_get (json_object_get (head, "policy"), "failures")),
    [SHARE_MISSING] = assay_report_source_length (&sarif->source, ASSAY_REPORT_MISSING),
    [SHARE_UNDECIDED]
    = json_array_size (json_object_get (head, "undecided")) + json_array_size (json_object_get (head, "ambiguous")),
    [SHARE_FINDINGS] = count_concerns (head, "findings"),
    [SHARE_FACTS] = count_concerns (head, "facts"),
  };
  for (gsize i = 0; i < ASSAY_SARIF_SHARES; i++)
    out[i] = (AssaySarifShare){ shares[i].noun, totals[i], MIN (totals[i], shares[i].most) };
}

/* --- all of them --- */

static gboolean
add_sentences (AssaySarif *sarif, AssaySarifRule rule, const json_t *sentences, guint64 *left, GError **error)
{
  const json_t *sentence;
  size_t index;
  json_array_foreach (sentences, index, sentence)
  {
    if (*left == 0)
      break;
    (*left)--;
    if (!add_sentence (sarif, rule, sentence, error))
      return FALSE;
  }
  return TRUE;
}

/* Findings or facts: the worst first, and of these first what does not only follow from something else. */
static gboolean
add_concerns (AssaySarif *sarif, AssayReportArray array, guint64 left, GError **error)
{
  guint length = assay_report_source_length (&sarif->source, array);
  gboolean findings = array == ASSAY_REPORT_FINDINGS;
  for (guint pass = 0; pass < ASSAY_SENTENCE_CLASSES * 2; pass++)
    for (guint i = 0; i < length && left > 0; i++)
      {
        const char *label = assay_report_source_label (&sarif->source, array, i);
        if (g_strcmp0 (label, assay_sentence_class (pass / 2)) != 0)
          continue;
        g_autoptr (json_t) element = assay_report_source_element (&sarif->source, array, i);
        gboolean ripple = findings && strcmp (assay_json_get_text (element, "cause"), "ripple") == 0;
        if (ripple != (pass % 2 == 1))
          continue;
        left--;
        if (!(findings ? add_finding (sarif, element, error) : add_fact (sarif, element, error)))
          return FALSE;
      }
  return TRUE;
}

gboolean
assay_sarif_emit_results (AssaySarif *sarif, GError **error)
{
  const json_t *head = sarif->head;
  AssaySarifShare counts[ASSAY_SARIF_SHARES];
  assay_sarif_count (sarif, counts);
  assay_emitter_open (&sarif->emitter, '[');
  if (counts[SHARE_VERDICT].written > 0 && !add_verdict (sarif, error))
    return FALSE;
  if (!add_sentences (sarif, ASSAY_SARIF_POLICY, json_object_get (json_object_get (head, "policy"), "failures"),
                      &counts[SHARE_POLICY].written, error))
    return FALSE;
  for (guint i = 0; i < counts[SHARE_MISSING].written; i++)
    {
      g_autoptr (json_t) missing = assay_report_source_element (&sarif->source, ASSAY_REPORT_MISSING, i);
      if (!add_missing (sarif, missing, error))
        return FALSE;
    }
  guint64 *open = &counts[SHARE_UNDECIDED].written;
  if (!add_sentences (sarif, ASSAY_SARIF_AMBIGUOUS, json_object_get (head, "ambiguous"), open, error)
      || !add_sentences (sarif, ASSAY_SARIF_UNDECIDED, json_object_get (head, "undecided"), open, error)
      || !add_concerns (sarif, ASSAY_REPORT_FINDINGS, counts[SHARE_FINDINGS].written, error)
      || !add_concerns (sarif, ASSAY_REPORT_FACTS, counts[SHARE_FACTS].written, error))
    return FALSE;
  assay_emitter_close (&sarif->emitter, ']');
  return TRUE;
}
