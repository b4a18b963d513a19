#include "crypto/cms_private.h"

#include <string.h>

/* A DER value: tag, length in its shortest form, content (X.690, 10.1). */
static void
append_value (GByteArray *out, guint8 tag, const GByteArray *content)
{
  guint8 head[6] = { tag };
  guint count = 0;
  if (content->len < 0x80)
    head[1] = (guint8)content->len;
  else
    {
      for (guint rest = content->len; rest > 0; rest >>= 8)
        count++;
      head[1] = (guint8)(0x80 | count);
      for (guint i = 0; i < count; i++)
        head[2 + i] = (guint8)(content->len >> 8 * (count - 1 - i));
    }
  g_byte_array_append (out, head, 2 + count);
  g_byte_array_append (out, content->data, content->len);
}

static void
append_bytes (GByteArray *out, guint8 tag, const guint8 *bytes, gsize length)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();
  g_byte_array_append (content, bytes, (guint)length);
  append_value (out, tag, content);
}

static void
append_oid (GByteArray *out, int nid)
{
  guint8 *der = NULL;
  int length = i2d_ASN1_OBJECT (OBJ_nid2obj (nid), &der);
  if (length > 0)
    g_byte_array_append (out, der, (guint)length);
  OPENSSL_free (der);
}

static void
append_algorithm (GByteArray *out, int nid, gboolean null)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();
  append_oid (content, nid);
  if (null)
    append_bytes (content, V_ASN1_NULL, NULL, 0);
  append_value (out, 0x30, content);
}

static void
append_attribute (GByteArray *out, int nid, const GByteArray *value)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();
  append_oid (content, nid);
  append_value (content, 0x31, value);
  append_value (out, 0x30, content);
}

static gint
compare_values (gconstpointer a, gconstpointer b)
{
  const GByteArray *first = *(GByteArray *const *)a;
  const GByteArray *second = *(GByteArray *const *)b;
  int order = memcmp (first->data, second->data, MIN (first->len, second->len));
  return order != 0 ? order : (first->len > second->len) - (first->len < second->len);
}

GByteArray *
assay_cms_write_attributes (const AssayCmsForm *form, const guint8 *digest, gsize digest_length)
{
  g_autoptr (GPtrArray) attributes = g_ptr_array_new_with_free_func ((GDestroyNotify)g_byte_array_unref);
  g_autoptr (GByteArray) type = g_byte_array_new ();
  g_autoptr (GByteArray) value = g_byte_array_new ();
  g_autoptr (GByteArray) time = g_byte_array_new ();
  append_oid (type, NID_pkcs7_data);
  append_bytes (value, V_ASN1_OCTET_STRING, digest, digest_length);
  for (guint i = 0; i < (form->signing_time != NULL ? 3u : 2u); i++)
    g_ptr_array_add (attributes, g_byte_array_new ());
  append_attribute (g_ptr_array_index (attributes, 0), NID_pkcs9_contentType, type);
  append_attribute (g_ptr_array_index (attributes, 1), NID_pkcs9_messageDigest, value);
  if (form->signing_time != NULL)
    {
      const ASN1_STRING *text = form->signing_time->value.asn1_string;
      append_bytes (time, (guint8)form->signing_time->type, ASN1_STRING_get0_data (text),
                    (gsize)ASN1_STRING_length (text));
      append_attribute (g_ptr_array_index (attributes, 2), NID_pkcs9_signingTime, time);
    }
  g_ptr_array_sort (attributes, compare_values);
  GByteArray *out = g_byte_array_new ();
  for (guint i = 0; i < attributes->len; i++)
    {
      const GByteArray *attribute = g_ptr_array_index (attributes, i);
      g_byte_array_append (out, attribute->data, attribute->len);
    }
  return out;
}

GByteArray *
assay_cms_write_set (const GByteArray *attributes)
{
  GByteArray *out = g_byte_array_new ();
  append_value (out, 0x31, attributes);
  return out;
}

static void
append_signer_identifier (GByteArray *out, const X509 *certificate, const AssayCmsForm *form)
{
  if (form->by_key_identifier)
    {
      const ASN1_OCTET_STRING *identifier = X509_get0_subject_key_id ((X509 *)certificate);
      if (identifier != NULL)
        append_bytes (out, 0x80, ASN1_STRING_get0_data (identifier), (gsize)ASN1_STRING_length (identifier));
      return;
    }
  g_autoptr (GByteArray) content = g_byte_array_new ();
  guint8 *name = NULL;
  guint8 *serial = NULL;
  int name_length = i2d_X509_NAME (X509_get_issuer_name (certificate), &name);
  int serial_length = i2d_ASN1_INTEGER ((ASN1_INTEGER *)X509_get0_serialNumber (certificate), &serial);
  if (name_length > 0 && serial_length > 0)
    {
      g_byte_array_append (content, name, (guint)name_length);
      g_byte_array_append (content, serial, (guint)serial_length);
    }
  OPENSSL_free (name);
  OPENSSL_free (serial);
  append_value (out, 0x30, content);
}

static void
append_signer (GByteArray *out, const AssayCmsSigner *signer, const AssayCmsForm *form, const GByteArray *attributes)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();
  guint8 version = form->by_key_identifier ? 3 : 1;
  append_bytes (content, V_ASN1_INTEGER, &version, 1);
  append_signer_identifier (content, signer->certificate, form);
  append_algorithm (content, signer->scheme->digest, form->digest_null);
  if (form->has_attributes)
    append_value (content, 0xa0, attributes);
  append_algorithm (content, signer->scheme->signature, signer->scheme->null);
  append_bytes (content, V_ASN1_OCTET_STRING, ASN1_STRING_get0_data (form->signature),
                (gsize)ASN1_STRING_length (form->signature));
  append_value (out, 0x30, content);
}

static void
append_content (GByteArray *out, const AssayCmsForm *form)
{
  gsize length = 0;
  const guint8 *bytes = form->content == NULL ? NULL : g_bytes_get_data (form->content, &length);
  if (form->content == NULL)
    return;
  g_autoptr (GByteArray) text = g_byte_array_new ();
  append_bytes (text, V_ASN1_OCTET_STRING, bytes, length);
  append_value (out, 0xa0, text);
}

GByteArray *
assay_cms_write (const AssayCmsSigner *signer, const AssayCmsForm *form, const GByteArray *attributes)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();
  g_autoptr (GByteArray) digests = g_byte_array_new ();
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autoptr (GByteArray) signers = g_byte_array_new ();
  guint8 version = form->by_key_identifier ? 3 : 1;
  append_bytes (content, V_ASN1_INTEGER, &version, 1);
  append_algorithm (digests, signer->scheme->digest, form->digest_null);
  append_value (content, 0x31, digests);
  append_oid (data, NID_pkcs7_data);
  append_content (data, form);
  append_value (content, 0x30, data);
  if (form->has_certificate)
    {
      guint8 *certificate = NULL;
      int length = i2d_X509 (signer->certificate, &certificate);
      append_bytes (content, 0xa0, certificate, length > 0 ? (gsize)length : 0);
      OPENSSL_free (certificate);
    }
  append_signer (signers, signer, form, attributes);
  append_value (content, 0x31, signers);

  g_autoptr (GByteArray) sequence = g_byte_array_new ();
  g_autoptr (GByteArray) info = g_byte_array_new ();
  append_value (sequence, 0x30, content);
  append_oid (info, NID_pkcs7_signed);
  append_value (info, 0xa0, sequence);
  GByteArray *out = g_byte_array_new ();
  append_value (out, 0x30, info);
  return out;
}
