#include "attest/stamps.h"

#include "util/json.h"
#include "util/moment.h"

#include <assay/error.h>

#include <stdlib.h>
#include <string.h>

void
assay_stamped_clear (AssayStamped *stamped)
{
  assay_stamp_clear (&stamped->stamp);
  g_clear_pointer (&stamped->problem, g_free);
}

/* One stamp: why it is of no use, as what follows "the time stamp". */
static char *
try_one (const AssayStampsWanted *wanted, GBytes *der, GBytes *signature, AssayStamp *out)
{
  char *problem = assay_stamp_verify (der, signature, wanted->authorities, wanted->listed_s, out);
  if (problem != NULL || !wanted->has_until || out->latest_s <= wanted->until_s)
    return problem;
  g_autofree char *time = assay_moment_write (out->latest_s);
  g_autofree char *until = assay_moment_write (wanted->until_s);
  assay_stamp_clear (out);
  return g_strdup_printf ("proves nothing of %s: it is of %s", until, time == NULL ? "no year that there is" : time);
}

void
assay_stamps_judge (const AssayStampsWanted *wanted, const AssayEnvelope *envelope, guint signature, AssayStamped *out)
{
  const GPtrArray *stamps = g_ptr_array_index (envelope->stamps, signature);
  *out = (AssayStamped){ FALSE, { 0, 0, NULL }, NULL };
  if (wanted->authorities == NULL || wanted->authorities->len == 0)
    return;
  for (guint i = 0; i < stamps->len; i++)
    {
      g_auto (AssayStamp) stamp = { 0, 0, NULL };
      g_autofree char *why = try_one (wanted, g_ptr_array_index (stamps, i),
                                      g_ptr_array_index (envelope->signatures, signature), &stamp);
      if (why != NULL)
        {
          if (out->problem == NULL)
            out->problem = g_strdup_printf ("the time stamp %s", why);
          continue;
        }
      if (out->holds && out->stamp.latest_s <= stamp.latest_s)
        continue;
      assay_stamp_clear (&out->stamp);
      out->stamp = stamp;
      out->holds = TRUE;
      stamp.by = NULL;
    }
  if (out->holds)
    g_clear_pointer (&out->problem, g_free);
  else if (out->problem == NULL && wanted->required)
    out->problem = g_strdup ("no time stamp proves when the signature was there");
}

/* --- writing --- */

/* The member of an object, which is made where it is not there. Borrowed. */
static json_t *
get_or_add (json_t *object, const char *member, json_t *(*make) (void))
{
  json_t *value = json_object_get (object, member);
  if (value != NULL && !json_is_null (value))
    return value;
  json_object_set_new (object, member, make ());
  return json_object_get (object, member);
}

static json_t *
make_entry (const char *member, GBytes *der)
{
  gsize length = 0;
  const guint8 *bytes = g_bytes_get_data (der, &length);
  g_autofree char *text = g_base64_encode (bytes, length);
  return json_pack ("{s:s}", member, text);
}

static gboolean
add (json_t *json, const AssayEnvelope *envelope, guint signature, GBytes *response)
{
  g_autoptr (GBytes) token = assay_stamp_get_token (response);
  json_t *list = NULL;
  json_t *entry = NULL;
  if (token == NULL)
    return FALSE;
  if (envelope->form == ASSAY_ENVELOPE_SIGSTORE)
    {
      json_t *material = get_or_add (json, "verificationMaterial", json_object);
      list = get_or_add (get_or_add (material, ASSAY_STAMPS_MATERIAL, json_object), ASSAY_STAMPS_BUNDLE, json_array);
      entry = make_entry (ASSAY_STAMP_BUNDLE, response);
    }
  else
    {
      json_t *of = json_array_get (json_object_get (json, "signatures"), signature);
      list = get_or_add (of, ASSAY_STAMPS_DSSE, json_array);
      entry = make_entry (ASSAY_STAMP_DSSE, token);
      json_object_set_new (entry, "type", json_string (ASSAY_STAMP_TYPE));
    }
  return json_array_append_new (list, entry) == 0;
}

/* Whether the signature has it, as a response or as its token. */
static gboolean
has_stamp (const GPtrArray *stamps, GBytes *response)
{
  g_autoptr (GBytes) token = assay_stamp_get_token (response);
  for (guint i = 0; i < stamps->len; i++)
    {
      g_autoptr (GBytes) other = assay_stamp_get_token (g_ptr_array_index (stamps, i));
      GBytes *stands = other == NULL ? g_ptr_array_index (stamps, i) : other;
      if (token != NULL && g_bytes_equal (stands, token))
        return TRUE;
    }
  return FALSE;
}

GBytes *
assay_envelope_stamp (GBytes *file, const AssayEnvelope *envelope, guint signature, GBytes *response, GError **error)
{
  const GPtrArray *stamps = g_ptr_array_index (envelope->stamps, signature);
  gsize size = 0;
  const char *text = g_bytes_get_data (file, &size);
  gsize end = envelope->offset + envelope->length;
  if (has_stamp (stamps, response) || stamps->len >= ASSAY_ENVELOPE_STAMPS)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                           has_stamp (stamps, response) ? "the signature has this time stamp already"
                                                        : "the signature has 8 time stamps already");
      return NULL;
    }
  g_autoptr (json_t) json = assay_envelope_parse_json (text + envelope->offset, envelope->length, "envelope", error);
  if (json == NULL)
    return NULL;
  if (!add (json, envelope, signature, response))
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "the envelope has no place for a time stamp");
      return NULL;
    }
  char *line = assay_json_canonical (json);
  GByteArray *out = g_byte_array_new ();
  g_byte_array_append (out, (const guint8 *)text, (guint)envelope->offset);
  g_byte_array_append (out, (const guint8 *)line, (guint)strlen (line));
  free (line);
  /* the line ends once */
  end += end < size && text[end] == '\n';
  g_byte_array_append (out, (const guint8 *)text + end, (guint)(size - end));
  return g_byte_array_free_to_bytes (out);
}
