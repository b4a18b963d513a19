#include "crypto/stamp_private.h"

#include "util/text.h"

#include <openssl/err.h>
#include <string.h>

/** Bytes that are shown of what a TSA says. */
#define TEXT_MOST_BYTES 200

void
assay_stamp_parts_clear (AssayStampParts *parts)
{
  if (parts->response == NULL)
    {
      PKCS7_free (parts->token);
      TS_TST_INFO_free (parts->info);
    }
  TS_RESP_free (parts->response);
  *parts = (AssayStampParts){ NULL, NULL, NULL };
}

char *
assay_stamp_frame_check (GBytes *der)
{
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data (der, &size);
  const guint8 *content = bytes;
  long length = 0;
  int tag = 0;
  int class = 0;
  if (size > ASSAY_STAMP_MOST_BYTES)
    return g_strdup ("is longer than 64 KiB");
  if (size < 2 || bytes[0] != (V_ASN1_CONSTRUCTED | V_ASN1_SEQUENCE))
    return g_strdup ("is no DER of RFC 3161");
  int form = ASN1_get_object (&content, &length, &tag, &class, (long)size);
  gsize head = (gsize)(content - bytes);
  ERR_clear_error ();
  if ((form & 1) != 0)
    return g_strdup ("is no DER of RFC 3161: its length is not stated");
  /* an overlong length is an error too, after it was read */
  if (length > 0 && (gsize)length > size - head)
    return g_strdup_printf ("is cut short: %" G_GSIZE_FORMAT " bytes of %" G_GSIZE_FORMAT, size, head + (gsize)length);
  if ((form & 0x80) != 0)
    return g_strdup ("is no DER of RFC 3161");
  return (gsize)length == size - head
             ? NULL
             : g_strdup_printf ("has %" G_GSIZE_FORMAT " bytes behind its end", size - head - (gsize)length);
}

/* RFC 3161, 2.4.2 */
static const char *
name_status (long status)
{
  static const char *const names[]
      = { "granted", "grantedWithMods", "rejection", "waiting", "revocationWarning", "revocationNotification" };
  return status >= 0 && status < (long)G_N_ELEMENTS (names) ? names[status] : "a status that there is not";
}

static void
say_failures (GString *text, const ASN1_BIT_STRING *failures)
{
  static const struct
  {
    int bit;
    const char *name;
  } names[] = { { TS_INFO_BAD_ALG, "badAlg" },
                { TS_INFO_BAD_REQUEST, "badRequest" },
                { TS_INFO_BAD_DATA_FORMAT, "badDataFormat" },
                { TS_INFO_TIME_NOT_AVAILABLE, "timeNotAvailable" },
                { TS_INFO_UNACCEPTED_POLICY, "unacceptedPolicy" },
                { TS_INFO_UNACCEPTED_EXTENSION, "unacceptedExtension" },
                { TS_INFO_ADD_INFO_NOT_AVAILABLE, "addInfoNotAvailable" },
                { TS_INFO_SYSTEM_FAILURE, "systemFailure" } };
  for (gsize i = 0; failures != NULL && i < G_N_ELEMENTS (names); i++)
    if (ASN1_BIT_STRING_get_bit (failures, names[i].bit) == 1)
      g_string_append_printf (text, ", %s", names[i].name);
}

static char *
check_status (const TS_STATUS_INFO *info)
{
  const ASN1_INTEGER *number = TS_STATUS_INFO_get0_status (info);
  const STACK_OF (ASN1_UTF8STRING) *said = TS_STATUS_INFO_get0_text (info);
  long status = ASN1_INTEGER_get (number);
  if (status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS)
    return NULL;
  g_autoptr (GString) text = g_string_new ("was not granted: ");
  g_string_append (text, name_status (status));
  say_failures (text, TS_STATUS_INFO_get0_failure_info (info));
  if (said != NULL && sk_ASN1_UTF8STRING_num (said) > 0)
    {
      const ASN1_UTF8STRING *first = sk_ASN1_UTF8STRING_value (said, 0);
      int length = MIN (ASN1_STRING_length (first), TEXT_MOST_BYTES);
      g_autofree char *shown = assay_text_escape_line ((const char *)ASN1_STRING_get0_data (first), length);
      g_string_append_printf (text, " (%s)", shown);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* What OpenSSL read, written again, is the same bytes: there is one way only to write a thing in DER (X.690). */
static gboolean
is_written_so (GBytes *der, const AssayStampParts *parts)
{
  guint8 *again = NULL;
  int length = parts->response != NULL ? i2d_TS_RESP (parts->response, &again) : i2d_PKCS7 (parts->token, &again);
  gboolean same = length > 0 && (gsize)length == g_bytes_get_size (der)
                  && memcmp (again, g_bytes_get_data (der, NULL), (gsize)length) == 0;
  OPENSSL_free (again);
  return same;
}

/* Why OpenSSL did not take a response, where it says a thing that a user can do something about. */
static char *
explain (void)
{
  const char *why = "is no DER of RFC 3161";
  gulong code;
  while ((code = ERR_get_error ()) != 0)
    if (ERR_GET_LIB (code) == ERR_LIB_TS)
      switch (ERR_GET_REASON (code))
        {
        case TS_R_TOKEN_NOT_PRESENT:
          why = "was granted, and there is none";
          break;
        case TS_R_TOKEN_PRESENT:
          why = "was not granted, and yet there is one";
          break;
        case TS_R_BAD_PKCS7_TYPE:
        case TS_R_BAD_TYPE:
        case TS_R_DETACHED_CONTENT:
        case TS_R_PKCS7_TO_TS_TST_INFO_FAILED:
          why = "is no SignedData of a TSTInfo";
          break;
        default:
          break;
        }
  return g_strdup (why);
}

static gboolean
is_signed_data (const PKCS7 *token)
{
  return token != NULL && PKCS7_type_is_signed (token) && token->d.sign != NULL && token->d.sign->contents != NULL;
}

/* A response begins with a status, which is a sequence, and a token with the name of its kind. */
static gboolean
is_response (GBytes *der)
{
  const guint8 *content = g_bytes_get_data (der, NULL);
  const guint8 *bytes = content;
  gsize size = g_bytes_get_size (der);
  long length = 0;
  int tag = 0;
  int class = 0;
  ASN1_get_object (&content, &length, &tag, &class, (long)size);
  ERR_clear_error ();
  return (gsize)(content - bytes) < size && *content == (V_ASN1_CONSTRUCTED | V_ASN1_SEQUENCE);
}

char *
assay_stamp_parts_read (GBytes *der, AssayStampParts *out)
{
  g_auto (AssayStampParts) parts = { NULL, NULL, NULL };
  char *problem = assay_stamp_frame_check (der);
  if (problem != NULL)
    return problem;
  const guint8 *position = g_bytes_get_data (der, NULL);
  long length = (long)g_bytes_get_size (der);
  if (is_response (der))
    {
      parts.response = d2i_TS_RESP (NULL, &position, length);
      problem = parts.response == NULL ? explain () : check_status (TS_RESP_get_status_info (parts.response));
      parts.token = parts.response == NULL ? NULL : TS_RESP_get_token (parts.response);
      parts.info = parts.response == NULL ? NULL : TS_RESP_get_tst_info (parts.response);
    }
  else
    {
      parts.token = d2i_PKCS7 (NULL, &position, length);
      parts.info = is_signed_data (parts.token) ? PKCS7_to_TS_TST_INFO (parts.token) : NULL;
      problem = parts.token == NULL  ? g_strdup ("is no DER of RFC 3161")
                : parts.info == NULL ? g_strdup ("is no SignedData of a TSTInfo")
                                     : NULL;
    }
  ERR_clear_error ();
  if (problem == NULL && (!is_signed_data (parts.token) || parts.info == NULL || !is_written_so (der, &parts)))
    problem = g_strdup ("is no DER of RFC 3161: it can be written in another way");
  if (problem != NULL)
    return problem;
  *out = parts;
  parts = (AssayStampParts){ NULL, NULL, NULL };
  return NULL;
}
