#include "attest/agreement.h"

#include "util/text.h"

#include <assay/error.h>

#include <string.h>

void
assay_testimony_free (AssayTestimony *testimony)
{
  if (testimony == NULL)
    return;
  assay_claim_clear (&testimony->claim);
  g_clear_pointer (&testimony->signed_by, g_array_unref);
  g_clear_pointer (&testimony->stamped, g_array_unref);
  g_clear_pointer (&testimony->doubts, g_ptr_array_unref);
  g_clear_pointer (&testimony->statement, assay_statement_free);
  g_free (testimony->where);
  g_free (testimony->fault);
  g_free (testimony);
}

static AssayTestimony *
add_testimony (GPtrArray *out, const char *file, const AssayEnvelope *envelope)
{
  AssayTestimony *testimony = g_new0 (AssayTestimony, 1);
  testimony->where = assay_text_escape_line (file, -1);
  testimony->signed_by = g_array_new (FALSE, FALSE, sizeof (AssaySignedBy));
  testimony->stamped = g_array_new (FALSE, TRUE, sizeof (AssayStamped));
  g_array_set_clear_func (testimony->stamped, (GDestroyNotify)assay_stamped_clear);
  testimony->doubts = g_ptr_array_new_with_free_func (g_free);
  testimony->form = envelope == NULL ? ASSAY_ENVELOPE_DSSE : envelope->form;
  if (envelope != NULL && envelope->form == ASSAY_ENVELOPE_JSON_LINES)
    {
      char *where = g_strdup_printf ("%s:%u", testimony->where, envelope->line);
      g_free (testimony->where);
      testimony->where = where;
    }
  g_ptr_array_add (out, testimony);
  return testimony;
}

static gboolean
refuse (AssayTestimony *testimony, const char *why)
{
  testimony->fault = g_strdup (why);
  return FALSE;
}

/* The statement is what it claims to be. */
static gboolean
read_statement (AssayTestimony *testimony, const AssayEnvelope *envelope)
{
  g_autoptr (GError) local = NULL;
  if (strcmp (envelope->payload_type, ASSAY_STATEMENT_PAYLOAD_TYPE) != 0)
    {
      g_autofree char *type = assay_text_escape_line (envelope->payload_type, -1);
      g_autofree char *why = g_strdup_printf ("the payloadType is %s; expected " ASSAY_STATEMENT_PAYLOAD_TYPE, type);
      return refuse (testimony, why);
    }
  testimony->statement = assay_statement_parse (envelope->payload, &local);
  if (testimony->statement == NULL)
    return refuse (testimony, local->message);
  testimony->predicate = assay_predicate_find_type (testimony->statement->predicate_type);
  if (testimony->predicate == NULL)
    {
      g_autofree char *type = assay_text_escape_line (testimony->statement->predicate_type, -1);
      g_autofree char *why = g_strdup_printf ("the predicate is of the type %s, which assay does not know", type);
      return refuse (testimony, why);
    }
  const char *problem = testimony->predicate->read (testimony->statement, &testimony->claim);
  g_autofree char *why = problem == NULL ? NULL : g_strdup_printf ("the predicate %s", problem);
  return problem == NULL || refuse (testimony, why);
}

/* T2: a pass of a part of the image is none of all of it, whatever part whoever judged was granted. */
static gboolean
speaks_of_enough (const AssayClaim *claim, char *const *scope)
{
  const json_t *part = json_object_get (json_object_get (claim->report, "options"), "scope");
  guint count = scope == NULL ? 0 : g_strv_length ((char **)(gsize)scope);
  const json_t *glob;
  size_t index;
  if (!claim->passed || claim->report == NULL || json_is_null (part))
    return TRUE;
  if (scope == NULL || json_array_size (part) != count)
    return FALSE;
  json_array_foreach (part, index, glob) if (g_strcmp0 (json_string_value (glob), scope[index]) != 0) return FALSE;
  return TRUE;
}

/* It is the one that is wanted. */
static gboolean
check_wanted (AssayTestimony *testimony, const AssayTestimonyWanted *wanted)
{
  const AssayClaim *claim = &testimony->claim;
  if (!assay_statement_has_subject (testimony->statement, wanted->image, wanted->kind))
    return refuse (testimony, "the statement is about another image: no subject has its digest");
  if (claim->imported && !wanted->allow_imported)
    return refuse (testimony, "imported: signed by somebody who did not judge, and only what was judged counts");
  if (!speaks_of_enough (claim, wanted->scope))
    return refuse (testimony, "judges a part of the image alone, which neither a policy nor --scope grants");
  if (wanted->policy == NULL || !claim->has_verdict)
    return TRUE;
  if (!claim->has_policy)
    return refuse (testimony, "the statement was made without a policy");
  if (!assay_digest_equal (&claim->policy, wanted->policy))
    return refuse (testimony, "the statement was made under another policy");
  if (wanted->keys == NULL)
    return TRUE;
  if (!claim->has_keys)
    return refuse (testimony, "the statement does not say with which keys of the policy's `signatures` it was made");
  return assay_digest_equal (&claim->keys, wanted->keys)
         || refuse (testimony, "the statement was made with other keys than the policy names now");
}

/** Signatures of an envelope, while it is found out whose they are. */
typedef struct
{
  const GPtrArray *parties;
  const AssayEnvelope *envelope;
  const AssayTestimonyWanted *wanted;
  GPtrArray *problems;  /* (element-type utf8): why certificates are nobody's */
  char *stamp_problem;  /* (nullable): of a signature that is nobody's as well */
  GPtrArray *unstamped; /* (nullable) (element-type AssayPartyKey): what was admitted without a time stamp */
} Hearing;

static void
hearing_clear (Hearing *hearing)
{
  g_clear_pointer (&hearing->problems, g_ptr_array_unref);
  g_clear_pointer (&hearing->stamp_problem, g_free);
  g_clear_pointer (&hearing->unstamped, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Hearing, hearing_clear)

/* Certificates hold at the moment that a time stamp proves, else at that of the question. */
static GPtrArray *
admit (const Hearing *hearing, const AssayStamped *stamped)
{
  const AssayTestimonyWanted *wanted = hearing->wanted;
  const AssayPartyTimes times = { stamped->holds ? stamped->stamp.latest_s : wanted->time_s, wanted->time_s };
  GPtrArray *admitted = g_ptr_array_new ();
  for (guint i = 0; wanted->chains != NULL && i < wanted->chains->len; i++)
    {
      const AssayGivenChain *chain = g_ptr_array_index (wanted->chains, i);
      assay_parties_admit (hearing->parties, chain->certificates, chain->name, times, admitted, hearing->problems);
    }
  if (hearing->envelope->chain->len > 0)
    assay_parties_admit (hearing->parties, hearing->envelope->chain, "in the bundle", times, admitted,
                         hearing->problems);
  return admitted;
}

/* One signature: who made it, if its time stamps let it count. */
static gboolean
hear (Hearing *hearing, AssayTestimony *testimony, guint signature, const GByteArray *pae, GError **error)
{
  AssayStamped stamped;
  assay_stamps_judge (&hearing->wanted->stamps, hearing->envelope, signature, &stamped);
  g_array_append_val (testimony->stamped, stamped);
  if (!stamped.holds && hearing->unstamped == NULL)
    hearing->unstamped = admit (hearing, &stamped);
  g_autoptr (GPtrArray) admitted = stamped.holds ? admit (hearing, &stamped) : g_ptr_array_ref (hearing->unstamped);
  if (stamped.problem == NULL)
    return assay_parties_verify (hearing->parties, hearing->envelope, signature, pae, admitted, testimony->signed_by,
                                 error);
  g_autoptr (GArray) doubtful = g_array_new (FALSE, FALSE, sizeof (AssaySignedBy));
  if (!assay_parties_verify (hearing->parties, hearing->envelope, signature, pae, admitted, doubtful, error))
    return FALSE;
  /* without it there may be no certificate that holds */
  const GPtrArray *stamps = g_ptr_array_index (hearing->envelope->stamps, signature);
  if (doubtful->len == 0 && stamps->len > 0 && hearing->stamp_problem == NULL)
    hearing->stamp_problem = g_strdup (stamped.problem);
  for (guint i = 0; i < doubtful->len; i++)
    g_ptr_array_add (testimony->doubts,
                     g_strdup_printf ("signed by %s, but %s", g_array_index (doubtful, AssaySignedBy, i).party->name,
                                      stamped.problem));
  return TRUE;
}

/* A time stamp or a certificate that is in it may be what is wrong where nobody signed. */
static char *
explain (const Hearing *hearing)
{
  g_autofree char *why = assay_parties_explain (hearing->parties, hearing->envelope);
  const char *certificate = hearing->problems->len == 0 ? NULL : g_ptr_array_index (hearing->problems, 0);
  const char *stamp = hearing->stamp_problem;
  return g_strconcat (stamp == NULL ? "" : stamp, stamp == NULL ? "" : "; ", certificate == NULL ? "" : certificate,
                      certificate == NULL ? "" : "; ", why, NULL);
}

/* Who signed it. */
static gboolean
verify (AssayTestimony *testimony, const GPtrArray *parties, const AssayEnvelope *envelope,
        const AssayTestimonyWanted *wanted, GError **error)
{
  gsize length = 0;
  const void *payload = g_bytes_get_data (envelope->payload, &length);
  g_autoptr (GByteArray) pae = assay_envelope_pae (envelope->payload_type, payload, length);
  g_auto (Hearing) hearing = { parties, envelope, wanted, g_ptr_array_new_with_free_func (g_free), NULL, NULL };
  for (guint i = 0; i < envelope->signatures->len; i++)
    if (!hear (&hearing, testimony, i, pae, error))
      return FALSE;
  if (testimony->signed_by->len == 0)
    testimony->fault
        = testimony->doubts->len > 0 ? g_strdup (g_ptr_array_index (testimony->doubts, 0)) : explain (&hearing);
  return TRUE;
}

gboolean
assay_testimony_read (const GPtrArray *parties, const char *file, GBytes *bytes, const AssayTestimonyWanted *wanted,
                      GPtrArray *out, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GPtrArray) envelopes = assay_envelope_parse ("line", bytes, &local);
  if (envelopes == NULL)
    {
      g_autofree char *why = g_strdup_printf ("malformed: %s", local->message);
      refuse (add_testimony (out, file, NULL), why);
      return TRUE;
    }
  for (guint i = 0; i < envelopes->len; i++)
    {
      const AssayEnvelope *envelope = g_ptr_array_index (envelopes, i);
      AssayTestimony *testimony = add_testimony (out, file, envelope);
      if (!verify (testimony, parties, envelope, wanted, error))
        return FALSE;
      if (testimony->signed_by->len > 0 && read_statement (testimony, envelope))
        check_wanted (testimony, wanted);
    }
  return TRUE;
}
