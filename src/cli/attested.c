#include "cli/attested.h"

#include "cli/cli.h"
#include "judge/words.h"
#include "report/page.h"
#include "util/json.h"
#include "util/moment.h"
#include "util/output.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_COLUMNS 11

static const char *
word_of (int code)
{
  return code == ASSAY_EXIT_PASS ? "pass" : code == ASSAY_EXIT_FAIL ? "fail" : "undecided";
}

/* Of other keys than those of elliptic curves there is one encoding. */
static const char *
encoding_of (const AssaySignedBy *by)
{
  if (!g_str_has_prefix (assay_public_key_get_scheme (by->key->key), "ecdsa"))
    return NULL;
  return by->encoding == ASSAY_SIGNATURE_DER ? "DER" : "r||s";
}

/* Which part of the image a comparison speaks of, and what it was held against; nothing for others. */
static void
say_extent (GString *text, const json_t *report)
{
  const json_t *judged = json_object_get (report, "judged");
  const json_t *expected = json_array_get (json_object_get (report, "expected"), 0);
  const char *kind = json_string_value (json_object_get (expected, "kind"));
  if (report == NULL)
    return;
  g_autofree char *part = assay_words_number ((guint64)json_integer_value (json_object_get (judged, "bytes")));
  g_autofree char *whole = assay_words_number ((guint64)json_integer_value (json_object_get (judged, "of")));
  g_string_append_printf (text, ", %s of %s bytes judged against a %s", part, whole,
                          kind == NULL ? "thing that nobody says" : kind);
}

static const char *
verdict_of (const AssayTestimony *testimony)
{
  if (!testimony->claim.has_verdict)
    return "no verdict";
  if (testimony->claim.report != NULL)
    return assay_verdict_name (testimony->claim.verdict);
  return testimony->claim.passed ? "PASSED" : "FAILED";
}

/* --- JSON --- */

static json_t *
list_texts (const GPtrArray *texts)
{
  json_t *list = json_array ();
  for (guint i = 0; i < texts->len; i++)
    json_array_append_new (list, assay_json_text (g_ptr_array_index (texts, i)));
  return list;
}

static const AssayStamp *
stamp_of (const AssayTestimony *testimony, const AssaySignedBy *by)
{
  const AssayStamped *stamped = &g_array_index (testimony->stamped, AssayStamped, by->signature);
  return stamped->holds ? &stamped->stamp : NULL;
}

static json_t *
describe_stamp (const AssayStamp *stamp)
{
  g_autofree char *time = assay_moment_write (stamp->time_s);
  g_autofree char *latest = assay_moment_write (stamp->latest_s);
  return json_pack ("{s:s?, s:s?, s:o}", "time", time, "latest", latest, "by", assay_json_text (stamp->by));
}

static json_t *
describe_signer (const AssayTestimony *testimony, const AssaySignedBy *by)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (&by->key->sha256, hex);
  json_t *out = json_pack ("{s:s, s:s, s:s}", "key_sha256", hex, "party", by->party->name, "scheme",
                           assay_public_key_get_scheme (by->key->key));
  if (encoding_of (by) != NULL)
    json_object_set_new (out, "encoding", json_string (encoding_of (by)));
  if (stamp_of (testimony, by) != NULL)
    json_object_set_new (out, "time_stamp", describe_stamp (stamp_of (testimony, by)));
  return out;
}

static json_t *
describe_testimony (const AssayTestimony *testimony)
{
  json_t *out = json_object ();
  json_t *signers = json_array ();
  for (guint i = 0; i < testimony->signed_by->len; i++)
    json_array_append_new (signers,
                           describe_signer (testimony, &g_array_index (testimony->signed_by, AssaySignedBy, i)));
  json_object_set_new (out, "file", assay_json_text (testimony->where));
  json_object_set_new (out, "fault", testimony->fault == NULL ? json_null () : assay_json_text (testimony->fault));
  json_object_set_new (out, "envelope", json_string (assay_envelope_form_names ()[testimony->form]));
  json_object_set_new (out, "signed_by", signers);
  if (testimony->doubts->len > 0)
    json_object_set_new (out, "not_counted", list_texts (testimony->doubts));
  if (testimony->fault != NULL)
    return out;
  json_object_set_new (out, "predicate_type", json_string (testimony->predicate->type));
  json_object_set_new (out, "verdict", json_string (verdict_of (testimony)));
  json_object_set_new (out, "passed", json_boolean (testimony->claim.passed));
  json_object_set_new (out, "imported", json_boolean (testimony->claim.imported));
  return out;
}

json_t *
assay_attested_describe (const AssayAttestedResult *result)
{
  json_t *statements = json_array ();
  for (guint i = 0; i < result->testimonies->len; i++)
    json_array_append_new (statements, describe_testimony (g_ptr_array_index (result->testimonies, i)));
  return statements;
}

static char *
render_json (const AssayAttestedResult *result, int code)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  g_autoptr (json_t) out = json_object ();
  json_t *agreed = json_array ();
  for (guint i = 0; i < result->agreement->agreed->len; i++)
    json_array_append_new (agreed,
                           assay_json_text (((AssayParty *)g_ptr_array_index (result->agreement->agreed, i))->name));
  assay_digest_to_hex (&result->image_sha256, hex);
  json_object_set_new (out, "schema", json_string ("assay.attested/1"));
  json_object_set_new (out, "result", json_string (word_of (code)));
  json_object_set_new (out, "image_sha256", json_string (hex));
  json_object_set_new (out, "threshold", assay_json_count (result->agreement->threshold));
  json_object_set_new (out, "agreed", agreed);
  json_object_set_new (out, "apart", list_texts (result->agreement->apart));
  json_object_set_new (out, "dissent", list_texts (result->agreement->dissent));
  json_object_set_new (out, "disagreements", list_texts (result->disagreements));
  json_object_set_new (out, "statements", assay_attested_describe (result));
  return assay_json_canonical (out);
}

/* --- text --- */

static void
say (AssayPage *page, guint indent, const char *label, const char *text)
{
  g_autofree char *safe = assay_page_escape (text);
  assay_page_label (page, indent, LABEL_COLUMNS + indent, ASSAY_PAINT_NONE, label, safe);
}

static void
say_all (AssayPage *page, const char *label, const GPtrArray *texts)
{
  for (guint i = 0; i < texts->len; i++)
    say (page, 0, i == 0 ? label : "", g_ptr_array_index (texts, i));
}

static void
say_stamp (GString *text, const AssayStamp *stamp)
{
  if (stamp == NULL)
    return;
  g_autofree char *time = assay_moment_write (stamp->time_s);
  g_string_append_printf (text, ", stamped %s by %s", time == NULL ? "at no time" : time, stamp->by);
}

static void
say_testimony (AssayPage *page, const AssayTestimony *testimony)
{
  g_autoptr (GString) text = g_string_new (testimony->where);
  for (guint i = 0; i < testimony->signed_by->len; i++)
    {
      const AssaySignedBy *by = &g_array_index (testimony->signed_by, AssaySignedBy, i);
      const char *encoding = encoding_of (by);
      g_string_append_printf (text, "%s %s (%s%s%s)", i == 0 ? ": signed by" : ",", by->party->name,
                              assay_public_key_get_scheme (by->key->key), encoding == NULL ? "" : ", ",
                              encoding == NULL ? "" : encoding);
      say_stamp (text, stamp_of (testimony, by));
    }
  for (guint i = 0; i < testimony->doubts->len && testimony->fault == NULL; i++)
    g_string_append_printf (text, "; not counted: %s", (const char *)g_ptr_array_index (testimony->doubts, i));
  if (testimony->fault != NULL)
    g_string_append_printf (text, ": %s", testimony->fault);
  else
    {
      g_string_append_printf (text, ": %s, %s%s", testimony->predicate->name, verdict_of (testimony),
                              testimony->claim.imported ? ", imported" : "");
      say_extent (text, testimony->claim.report);
    }
  say (page, 0, testimony->fault != NULL ? "Refused" : "Statement", text->str);
}

static char *
sentence_of (const AssayAttestedResult *result)
{
  const AssayAgreement *agreement = result->agreement;
  guint faults = assay_attested_result_count_faults (result);
  g_autoptr (GString) text = g_string_new (NULL);
  const char *what = agreement->has_verdict ? "that the image passed" : "what they are about; none has a verdict";
  if (agreement->agreed->len == 0 && !agreement->has_verdict)
    g_string_append (text, "No statement counts.");
  else
    g_string_append_printf (text, "%u of %u %s %s; %" G_GUINT64_FORMAT " must.", agreement->agreed->len,
                            result->parties->len, agreement->agreed->len == 1 ? "signs" : "sign", what,
                            agreement->threshold);
  if (agreement->dissent->len > 0)
    g_string_append (text, result->allow_dissent ? " Dissent is allowed." : " There is dissent.");
  if (faults > 0)
    g_string_append_printf (text, " %u %s nothing.", faults, faults == 1 ? "statement proves" : "statements prove");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
assay_attested_say (const AssayAttestedResult *result, AssayPage *page)
{
  for (guint i = 0; i < result->testimonies->len; i++)
    say_testimony (page, g_ptr_array_index (result->testimonies, i));
  say_all (page, "Dissent", result->agreement->dissent);
  say_all (page, "Apart", result->agreement->apart);
  say_all (page, "Where", result->disagreements);
}

static char *
render_text (const AssayAttestedResult *result, int code)
{
  AssayPage page = { .text = g_string_new (NULL), .style = ASSAY_TEXT_PLAIN };
  char hex[ASSAY_DIGEST_HEX_SIZE];
  g_autofree char *word = g_ascii_strup (word_of (code), -1);
  g_autofree char *sentence = sentence_of (result);
  assay_digest_to_hex (&result->image_sha256, hex);
  say (&page, 0, word, sentence);
  say (&page, 0, "Image", hex);
  assay_attested_say (result, &page);
  return g_string_free (page.text, FALSE);
}

gboolean
assay_attested_show (const AssayAttestedResult *result, int code, AssayAttestedForm form, GError **error)
{
  char *text = form == ASSAY_ATTESTED_JSON ? render_json (result, code) : render_text (result, code);
  gboolean done = assay_output_put ("-", text, strlen (text), error);
  free (text);
  return done;
}
