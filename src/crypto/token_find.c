#include "crypto/token_parts.h"

#include "util/text.h"

#include <stdlib.h>
#include <string.h>

/** Objects of a token that are told apart; no more are looked at. */
#define OBJECTS_MOST 64
/** Bytes of the longest attribute that is read: a certificate. */
#define ATTRIBUTE_MOST_BYTES (1u << 20)

/* --- attributes --- */

GBytes *
assay_token_read (const AssayToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
  CK_ATTRIBUTE attribute = { type, NULL, 0 };
  if (token->functions->C_GetAttributeValue (token->session, object, &attribute, 1) != CKR_OK
      || attribute.ulValueLen == 0 || attribute.ulValueLen > ATTRIBUTE_MOST_BYTES)
    return NULL;
  gsize size = attribute.ulValueLen;
  g_autofree guint8 *value = g_malloc0 (size);
  attribute.pValue = value;
  if (token->functions->C_GetAttributeValue (token->session, object, &attribute, 1) != CKR_OK
      || attribute.ulValueLen > size)
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&value), attribute.ulValueLen);
}

gboolean
assay_token_read_number (const AssayToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_ULONG *out)
{
  CK_ATTRIBUTE attribute = { type, out, sizeof *out };
  return token->functions->C_GetAttributeValue (token->session, object, &attribute, 1) == CKR_OK
         && attribute.ulValueLen == sizeof *out;
}

gboolean
assay_token_read_flag (const AssayToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, gboolean otherwise)
{
  CK_BBOOL value = CK_FALSE;
  CK_ATTRIBUTE attribute = { type, &value, sizeof value };
  if (token->functions->C_GetAttributeValue (token->session, object, &attribute, 1) != CKR_OK
      || attribute.ulValueLen != sizeof value)
    return otherwise;
  return value != CK_FALSE;
}

GArray *
assay_token_list (const AssayToken *token, CK_ATTRIBUTE *wanted, gulong count)
{
  CK_OBJECT_HANDLE objects[OBJECTS_MOST];
  CK_ULONG found = 0;
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (CK_OBJECT_HANDLE));
  if (token->functions->C_FindObjectsInit (token->session, wanted, count) != CKR_OK)
    return NULL;
  CK_RV result;
  /* a token may give less than it is asked for, and more when asked again */
  do
    {
      found = 0;
      result = token->functions->C_FindObjects (token->session, objects, OBJECTS_MOST - list->len, &found);
      if (result == CKR_OK)
        g_array_append_vals (list, objects, (guint)MIN (found, OBJECTS_MOST - list->len));
  } while (result == CKR_OK && found > 0 && list->len < OBJECTS_MOST);
  token->functions->C_FindObjectsFinal (token->session);
  return result == CKR_OK ? g_steal_pointer (&list) : NULL;
}

/* --- modules --- */

void
assay_token_release (AssayToken *token)
{
  if (token->has_session)
    token->functions->C_CloseSession (token->session);
  token->has_session = FALSE;
  if (token->modules == NULL)
    return;
  if (token->is_single)
    {
      p11_kit_module_finalize (token->modules[0]);
      p11_kit_module_release (token->modules[0]);
      g_free (token->modules);
    }
  else
    p11_kit_modules_finalize_and_release (token->modules);
  token->modules = NULL;
}

static gboolean
load_one (AssayToken *token, const char *path, GError **error)
{
  CK_FUNCTION_LIST *module = p11_kit_module_load (path, 0);
  CK_RV result = module == NULL ? CKR_OK : p11_kit_module_initialize (module);
  g_autofree char *shown = assay_text_escape_line (path, -1);
  if (module == NULL)
    return assay_token_refuse (token, error, "the module %s cannot be loaded: %s", shown, p11_kit_message ());
  if (result != CKR_OK)
    {
      p11_kit_module_release (module);
      return assay_token_refuse (token, error, "the module %s does not begin: %s", shown, p11_kit_strerror (result));
    }
  token->modules = g_new0 (CK_FUNCTION_LIST *, 2);
  token->modules[0] = module;
  token->is_single = TRUE;
  return TRUE;
}

static gboolean
load (AssayToken *token, GError **error)
{
  const char *path = p11_kit_uri_get_module_path (token->uri);
  if (path != NULL)
    return load_one (token, path, error);
  token->modules = p11_kit_modules_load_and_initialize (0);
  return token->modules != NULL
         || assay_token_refuse (token, error, "the modules that p11-kit is configured for cannot be loaded: %s",
                                p11_kit_message ());
}

/* --- tokens --- */

typedef struct
{
  CK_FUNCTION_LIST *module;
  CK_SLOT_ID slot;
  CK_FLAGS flags;
  char *label;
} Candidate;

static void
candidate_clear (gpointer data)
{
  g_free (((Candidate *)data)->label);
}

/* Texts of PKCS #11 are filled up with blanks, and end without a zero. */
static char *
read_label (const CK_UTF8CHAR *text, gsize size)
{
  while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\0'))
    size--;
  return assay_text_escape_line ((const char *)text, (gssize)size);
}

static gboolean
is_named (const AssayToken *token, CK_FUNCTION_LIST *module)
{
  const char *wanted = p11_kit_uri_get_module_name (token->uri);
  char *name = wanted == NULL ? NULL : p11_kit_module_get_name (module);
  CK_INFO info = { 0 };
  gboolean named = wanted == NULL || g_strcmp0 (name, wanted) == 0;
  free (name);
  return named && module->C_GetInfo (&info) == CKR_OK && p11_kit_uri_match_module_info (token->uri, &info) == 1;
}

/* Where there are no mechanisms nobody can sign: a store of certificates. */
static gboolean
is_usable (CK_FUNCTION_LIST *module, CK_SLOT_ID slot, CK_TOKEN_INFO *out)
{
  CK_ULONG mechanisms = 0;
  return module->C_GetTokenInfo (slot, out) == CKR_OK && (out->flags & CKF_TOKEN_INITIALIZED) != 0
         && (module->C_GetMechanismList (slot, NULL, &mechanisms) != CKR_OK || mechanisms > 0);
}

/* @out_others: tokens that are there and do not fit. */
static void
look_at (const AssayToken *token, CK_FUNCTION_LIST *module, CK_SLOT_ID slot, GArray *out, GString *out_others)
{
  CK_SLOT_ID wanted = p11_kit_uri_get_slot_id (token->uri);
  CK_SLOT_INFO place = { 0 };
  CK_TOKEN_INFO info = { 0 };
  if (!is_usable (module, slot, &info))
    return;
  g_autofree char *label = read_label (info.label, sizeof info.label);
  if (is_named (token, module) && (wanted == (CK_SLOT_ID)-1 || wanted == slot)
      && module->C_GetSlotInfo (slot, &place) == CKR_OK && p11_kit_uri_match_slot_info (token->uri, &place) == 1
      && p11_kit_uri_match_token_info (token->uri, &info) == 1)
    {
      Candidate candidate = { module, slot, info.flags, g_steal_pointer (&label) };
      g_array_append_val (out, candidate);
    }
  else
    g_string_append_printf (out_others, "%s%s", out_others->len == 0 ? "" : ", ", label);
}

static GArray *
list_tokens (const AssayToken *token, GString *out_others)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (Candidate));
  g_array_set_clear_func (list, candidate_clear);
  for (CK_FUNCTION_LIST **module = token->modules; *module != NULL; module++)
    {
      CK_SLOT_ID slots[OBJECTS_MOST];
      CK_ULONG count = OBJECTS_MOST;
      if ((*module)->C_GetSlotList (CK_TRUE, slots, &count) != CKR_OK)
        continue;
      for (CK_ULONG i = 0; i < MIN (count, OBJECTS_MOST); i++)
        look_at (token, *module, slots[i], list, out_others);
    }
  return list;
}

gboolean
assay_token_find_slot (AssayToken *token, GError **error)
{
  g_autoptr (GString) others = g_string_new (NULL);
  if (!load (token, error))
    return FALSE;
  g_autoptr (GArray) found = list_tokens (token, others);
  if (found->len == 0)
    return assay_token_refuse (token, error, "no such token; %s%s",
                               others->len == 0 ? "there is none" : "there are: ", others->str);
  if (found->len > 1)
    {
      g_autoptr (GString) labels = g_string_new (NULL);
      for (guint i = 0; i < found->len; i++)
        g_string_append_printf (labels, "%s%s", i == 0 ? "" : ", ", g_array_index (found, Candidate, i).label);
      return assay_token_refuse (token, error,
                                 "several tokens fit (%s); say which by token=, serial= or slot-id=", labels->str);
    }
  Candidate *one = &g_array_index (found, Candidate, 0);
  token->functions = one->module;
  token->slot = one->slot;
  token->flags = one->flags;
  token->label = g_steal_pointer (&one->label);
  return TRUE;
}

/* --- keys --- */

/* As a URI would name it. */
static void
describe (const AssayToken *token, CK_OBJECT_HANDLE key, GString *out)
{
  g_autoptr (GBytes) label = assay_token_read (token, key, CKA_LABEL);
  g_autoptr (GBytes) id = assay_token_read (token, key, CKA_ID);
  gsize length = 0;
  const guint8 *bytes = label == NULL ? NULL : g_bytes_get_data (label, &length);
  g_autofree char *shown = assay_text_escape_line (bytes == NULL ? "" : (const char *)bytes, (gssize)length);
  g_string_append_printf (out, "%sobject=%s;id=", out->len == 0 ? "" : ", ", shown);
  bytes = id == NULL ? NULL : g_bytes_get_data (id, &length);
  for (gsize i = 0; bytes != NULL && i < length; i++)
    g_string_append_printf (out, "%%%02X", bytes[i]);
}

gboolean
assay_token_find_key (AssayToken *token, GError **error)
{
  static const CK_ATTRIBUTE_TYPE types[] = { CKA_ID, CKA_LABEL };
  CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
  CK_ATTRIBUTE wanted[1 + G_N_ELEMENTS (types)] = { { CKA_CLASS, &class, sizeof class } };
  gulong count = 1;
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      const CK_ATTRIBUTE *given = p11_kit_uri_get_attribute (token->uri, types[i]);
      if (given != NULL)
        wanted[count++] = *given;
    }
  g_autoptr (GArray) keys = assay_token_list (token, wanted, count);
  if (keys == NULL)
    return assay_token_refuse (token, error, "the token %s cannot say what it holds", token->label);
  if (keys->len == 0)
    return assay_token_refuse (token, error, "no such private key on the token %s", token->label);
  if (keys->len > 1)
    {
      g_autoptr (GString) shown = g_string_new (NULL);
      for (guint i = 0; i < keys->len; i++)
        describe (token, g_array_index (keys, CK_OBJECT_HANDLE, i), shown);
      return assay_token_refuse (
          token, error, "several private keys on the token %s fit (%s); say which by object= or id=", token->label,
          shown->str);
    }
  token->key = g_array_index (keys, CK_OBJECT_HANDLE, 0);
  return TRUE;
}
