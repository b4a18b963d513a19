#include "crypto/stamp_private.h"

#include <openssl/err.h>
#include <string.h>

/** Digits of a GeneralizedTime without its fraction: YYYYMMDDhhmmss. */
#define TIME_DIGITS 14

void
assay_stamp_clear (AssayStamp *stamp)
{
  g_clear_pointer (&stamp->by, g_free);
}

static char *
check_imprint (TS_TST_INFO *info, GBytes *signature)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  guint length = 0;
  gsize size = 0;
  TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint (info);
  const ASN1_OCTET_STRING *stated = TS_MSG_IMPRINT_get_msg (imprint);
  const EVP_MD *md = assay_stamp_digest_find (TS_MSG_IMPRINT_get_algo (imprint));
  if (md == NULL)
    return assay_stamp_digest_refuse ("is over a digest", TS_MSG_IMPRINT_get_algo (imprint));
  const void *bytes = g_bytes_get_data (signature, &size);
  if (EVP_Digest (bytes, size, digest, &length, md, NULL) != 1)
    return g_strdup ("cannot be held against the signature");
  if (ASN1_STRING_length (stated) != (int)length || memcmp (ASN1_STRING_get0_data (stated), digest, length) != 0)
    return g_strdup ("is of another signature");
  return NULL;
}

/* --- what it states --- */

/* Digits and a Z; no time zone, and a fraction in microseconds that is counted in full (RFC 3161, 2.4.2). */
static gboolean
read_time (const ASN1_GENERALIZEDTIME *time, gint64 *out_s, gint64 *out_micros)
{
  const char *text = (const char *)ASN1_STRING_get0_data (time);
  gsize length = (gsize)ASN1_STRING_length (time);
  guint part[TIME_DIGITS / 2] = { 0 };
  gint64 micros = 0;
  gint64 unit = G_USEC_PER_SEC;
  if (length < TIME_DIGITS + 1 || text[length - 1] != 'Z')
    return FALSE;
  for (gsize i = 0; i < length - 1; i++)
    if (i != TIME_DIGITS && !g_ascii_isdigit (text[i]))
      return FALSE;
  for (gsize i = 0; i < TIME_DIGITS; i++)
    part[i / 2] = part[i / 2] * 10 + (guint)(text[i] - '0');
  if (length > TIME_DIGITS + 1 && (text[TIME_DIGITS] != '.' || length == TIME_DIGITS + 2))
    return FALSE;
  for (gsize i = TIME_DIGITS + 1; i + 1 < length; i++)
    {
      unit /= 10;
      micros += (text[i] - '0') * unit;
    }
  g_autoptr (GDateTime) moment = g_date_time_new_utc ((gint)(part[0] * 100 + part[1]), (gint)part[2], (gint)part[3],
                                                      (gint)part[4], (gint)part[5], part[6]);
  if (moment == NULL)
    return FALSE;
  *out_s = g_date_time_to_unix (moment);
  /* what is finer than a microsecond is one */
  *out_micros = micros + (length > TIME_DIGITS + 8 ? 1 : 0);
  return TRUE;
}

static gboolean
read_number (const ASN1_INTEGER *number, gint64 least, gint64 most, gint64 *out)
{
  *out = 0;
  return number == NULL || (ASN1_INTEGER_get_int64 (out, number) == 1 && *out >= least && *out <= most);
}

static char *
read_moment (TS_TST_INFO *info, AssayStamp *out)
{
  gint64 fraction = 0;
  gint64 seconds = 0;
  gint64 millis = 0;
  gint64 micros = 0;
  TS_ACCURACY *accuracy = TS_TST_INFO_get_accuracy (info);
  if (!read_time (TS_TST_INFO_get_time (info), &out->time_s, &fraction))
    return g_strdup ("has no time that can be read");
  if (accuracy != NULL
      && (!read_number (TS_ACCURACY_get_seconds (accuracy), 0, ASSAY_STAMP_ACCURACY_MOST_S, &seconds)
          || !read_number (TS_ACCURACY_get_millis (accuracy), 1, 999, &millis)
          || !read_number (TS_ACCURACY_get_micros (accuracy), 1, 999, &micros)))
    return g_strdup ("has an accuracy that is none, or of more than a day");
  gint64 beyond = fraction + millis * 1000 + micros;
  out->latest_s = out->time_s + seconds + (beyond + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC;
  return NULL;
}

char *
assay_stamp_verify (GBytes *der, GBytes *signature, const GPtrArray *authorities, gint64 listed_s, AssayStamp *out)
{
  g_auto (AssayStampParts) parts = { NULL, NULL, NULL };
  AssayStamp stamp = { 0, 0, NULL };
  char *problem = assay_stamp_parts_read (der, &parts);
  if (problem == NULL)
    problem = check_imprint (parts.info, signature);
  if (problem == NULL)
    problem = assay_stamp_signer_check (&parts);
  if (problem == NULL)
    problem = read_moment (parts.info, &stamp);
  if (problem != NULL)
    return problem;
  for (guint i = 0; i < authorities->len && stamp.by == NULL; i++)
    {
      char *why = assay_stamp_signer_verify (&parts, g_ptr_array_index (authorities, i), &stamp, listed_s, &stamp.by);
      /* of several the first one is told */
      if (problem == NULL)
        problem = why;
      else
        g_free (why);
    }
  if (stamp.by == NULL)
    return problem == NULL ? g_strdup ("is believed of nobody") : problem;
  g_free (problem);
  *out = stamp;
  return NULL;
}

gboolean
assay_stamp_is_over (GBytes *der, GBytes *signature)
{
  g_auto (AssayStampParts) parts = { NULL, NULL, NULL };
  g_autofree char *unread = assay_stamp_parts_read (der, &parts);
  g_autofree char *other = unread == NULL ? check_imprint (parts.info, signature) : NULL;
  return unread == NULL && other == NULL;
}

GBytes *
assay_stamp_get_token (GBytes *response)
{
  g_auto (AssayStampParts) parts = { NULL, NULL, NULL };
  guint8 *der = NULL;
  g_autofree char *unread = assay_stamp_parts_read (response, &parts);
  int length = unread == NULL && parts.response != NULL ? i2d_PKCS7 (parts.token, &der) : 0;
  GBytes *token = length > 0 ? g_bytes_new (der, (gsize)length) : NULL;
  OPENSSL_free (der);
  return token;
}
