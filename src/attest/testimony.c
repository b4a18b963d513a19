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

/* It is the one that is wanted. */
static gboolean
check_wanted (AssayTestimony *testimony, const AssayTestimonyWanted *wanted)
{
  const AssayClaim *claim = &testimony->claim;
  if (!assay_statement_has_subject (testimony->statement, wanted->image, wanted->kind))
    return refuse (testimony, "the statement is about another image: no subject has its digest");
  if (claim->imported && !wanted->allow_imported)
    return refuse (testimony, "imported: signed by somebody who did not judge, and only what was judged counts");
  if (wanted->policy == NULL || !claim->has_verdict)
    return TRUE;
  if (!claim->has_policy)
    return refuse (testimony, "the statement was made without a policy");
  return assay_digest_equal (&claim->policy, wanted->policy)
         || refuse (testimony, "the statement was made under another policy");
}

/* Who signed it. A certificate that is in it may be what is wrong where nobody did. */
static gboolean
verify (AssayTestimony *testimony, const GPtrArray *parties, const AssayEnvelope *envelope,
        const AssayTestimonyWanted *wanted, GError **error)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_clear_pointer (&testimony->signed_by, g_array_unref);
  if (envelope->chain->len > 0)
    assay_parties_admit (parties, envelope->chain, "in the bundle", wanted->time_s, problems);
  if (!assay_parties_verify (parties, envelope, &testimony->signed_by, &testimony->fault, error))
    return FALSE;
  for (guint i = 0; wanted->problems != NULL && i < wanted->problems->len; i++)
    g_ptr_array_add (problems, g_strdup (g_ptr_array_index (wanted->problems, i)));
  if (testimony->fault != NULL && problems->len > 0)
    {
      char *fault = g_strdup_printf ("%s; %s", (const char *)g_ptr_array_index (problems, 0), testimony->fault);
      g_free (testimony->fault);
      testimony->fault = fault;
    }
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
