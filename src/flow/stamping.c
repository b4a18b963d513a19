#include "flow/stamping.h"

#include "attest/stamps.h"
#include "flow/attested.h"
#include "util/stream.h"

#include <assay/error.h>

#include <string.h>

/** Files of requests and responses are read up to this: whole MiB. What is too long for a stamp is said of it. */
#define FILE_MOST_BYTES (1u << 20)

/** A signature of a file. */
typedef struct
{
  const AssayEnvelope *envelope;
  guint number; /* in it, from 0 */
} Place;

/** Signed statements of a file. */
typedef struct
{
  GBytes *bytes;
  GPtrArray *envelopes;
  GArray *places; /* (element-type Place) */
} Statements;

static void
statements_clear (Statements *statements)
{
  g_clear_pointer (&statements->bytes, g_bytes_unref);
  g_clear_pointer (&statements->envelopes, g_ptr_array_unref);
  g_clear_pointer (&statements->places, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Statements, statements_clear)

static gboolean
read_statements (const char *file, Statements *out, GError **error)
{
  g_autoptr (GError) local = NULL;
  out->bytes = assay_flow_read_attestation (file, error);
  if (out->bytes == NULL)
    return FALSE;
  out->envelopes = assay_envelope_parse (strcmp (file, "-") == 0 ? "standard input" : file, out->bytes, &local);
  if (out->envelopes == NULL)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, local->message);
      return FALSE;
    }
  out->places = g_array_new (FALSE, FALSE, sizeof (Place));
  for (guint i = 0; i < out->envelopes->len; i++)
    {
      const AssayEnvelope *envelope = g_ptr_array_index (out->envelopes, i);
      for (guint j = 0; j < envelope->signatures->len; j++)
        {
          const Place place = { envelope, j };
          g_array_append_val (out->places, place);
        }
    }
  return TRUE;
}

static GBytes *
signature_at (const Statements *statements, guint index)
{
  const Place *place = &g_array_index (statements->places, Place, index);
  return g_ptr_array_index (place->envelope->signatures, place->number);
}

GBytes *
assay_flow_stamp_request (const char *file, guint64 signature, GError **error)
{
  g_auto (Statements) statements = { NULL, NULL, NULL };
  if (!read_statements (file, &statements, error))
    return NULL;
  guint count = statements.places->len;
  if (signature == 0 && count > 1)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                   "there are %u signatures: --signature N says which of them, from 1 on", count);
      return NULL;
    }
  if (signature > count)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "--signature %" G_GUINT64_FORMAT ": there %s %u", signature,
                   count == 1 ? "is" : "are", count);
      return NULL;
    }
  return assay_stamp_request_new (signature_at (&statements, signature == 0 ? 0 : (guint)signature - 1), error);
}

static gboolean
load_authorities (char *const *files, GPtrArray **out, GError **error)
{
  *out = assay_flow_load_stamp_authorities (files, NULL, NULL, error);
  return *out != NULL;
}

/* The signature that it is over; the first one where it is over none, so that what is wrong is said of that. */
static guint
find_signature (const Statements *statements, GBytes *response)
{
  for (guint i = 0; i < statements->places->len; i++)
    if (assay_stamp_is_over (response, signature_at (statements, i)))
      return i;
  return 0;
}

GBytes *
assay_flow_stamp_attach (const AssayStamping *stamping, AssayStamp *out_stamp, char **out_problem, GError **error)
{
  g_auto (Statements) statements = { NULL, NULL, NULL };
  g_autoptr (GPtrArray) authorities = NULL;
  *out_problem = NULL;
  g_autoptr (GBytes) response = assay_stream_read_file (stamping->response, "time stamp", FILE_MOST_BYTES, error);
  g_autoptr (GBytes) request = response == NULL || stamping->request == NULL
                                   ? NULL
                                   : assay_stream_read_file (stamping->request, "request", FILE_MOST_BYTES, error);
  if (response == NULL || (stamping->request != NULL && request == NULL)
      || !load_authorities (stamping->authorities, &authorities, error)
      || !read_statements (stamping->file, &statements, error))
    return NULL;
  guint index = find_signature (&statements, response);
  g_auto (AssayStamp) stamp = { 0, 0, NULL };
  *out_problem = assay_stamp_verify (response, signature_at (&statements, index), authorities, 0, &stamp);
  if (*out_problem == NULL && request != NULL)
    *out_problem = assay_stamp_request_check (request, response);
  g_autoptr (GBytes) token = *out_problem == NULL ? assay_stamp_get_token (response) : NULL;
  if (*out_problem == NULL && token == NULL)
    *out_problem = g_strdup ("is a token alone; expected the whole response (TimeStampResp)");
  if (*out_problem != NULL)
    return NULL;
  const Place *place = &g_array_index (statements.places, Place, index);
  GBytes *written = assay_envelope_stamp (statements.bytes, place->envelope, place->number, response, error);
  if (written == NULL)
    return NULL;
  *out_stamp = stamp;
  stamp.by = NULL;
  return written;
}
