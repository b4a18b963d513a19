#include "flow/slots.h"

#include "util/text.h"

#include <assay/error.h>

/* The keys of one line, of CMS or not. */
static gboolean
load_keys (const AssayPolicySignature *signature, AssaySlot *slot, GError **error)
{
  gboolean cms = assay_cms_scheme_has (signature->scheme);
  slot->keys = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_public_key_free);
  slot->signers = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_cms_signer_free);
  for (char **path = signature->keys; *path != NULL; path++)
    {
      gpointer key = cms ? (gpointer)assay_cms_signer_load (*path, signature->scheme, error)
                         : (gpointer)assay_public_key_load (*path, signature->scheme, signature->encoding, error);
      if (key == NULL)
        return FALSE;
      for (guint i = 0; !cms && i < slot->keys->len; i++)
        if (assay_public_key_equal (g_ptr_array_index (slot->keys, i), key))
          {
            assay_public_key_free (key);
            g_autofree char *shown = assay_text_escape_line (*path, -1);
            g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: this key stands in the list already", shown);
            return FALSE;
          }
      g_ptr_array_add (cms ? slot->signers : slot->keys, key);
    }
  return TRUE;
}

static AssaySlot *
new_slot (const AssayPolicySignature *signature)
{
  AssaySlot *slot = g_new0 (AssaySlot, 1);
  slot->name = g_strdup (signature->slot);
  slot->path = g_strdup (signature->path);
  slot->covers = g_strdupv (signature->covers);
  slot->zeroed = g_strdupv (signature->zeroed);
  slot->max_size = signature->max_size;
  slot->index = g_strdup (signature->index);
  slot->index_from = signature->index_from;
  slot->mask = g_strdup (signature->mask);
  slot->threshold = signature->threshold;
  slot->signer_version = g_strdup (signature->signer_version);
  slot->key_name = g_strdup (signature->key_name);
  return slot;
}

GPtrArray *
assay_flow_load_slots (const AssayPolicy *policy, GError **error)
{
  g_autoptr (GPtrArray) slots = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_slot_free);
  for (guint i = 0; i < policy->signatures->len; i++)
    {
      const AssayPolicySignature *signature = g_ptr_array_index (policy->signatures, i);
      g_autofree char *key = g_strdup_printf ("signatures[%u]", i);
      AssayPolicyPlace place = assay_policy_place (policy, key);
      AssaySlot *slot = new_slot (signature);
      g_ptr_array_add (slots, slot);
      if (!load_keys (signature, slot, error))
        {
          g_prefix_error (error, "%s:%d:%d: ", policy->file, place.line, place.column);
          return NULL;
        }
    }
  return g_steal_pointer (&slots);
}

GArray *
assay_flow_key_digests (const GPtrArray *slots)
{
  GArray *digests = g_array_new (FALSE, TRUE, sizeof (AssayKeyDigest));
  for (guint i = 0; i < slots->len; i++)
    {
      const AssaySlot *slot = g_ptr_array_index (slots, i);
      for (guint j = 0; j < slot->keys->len + slot->signers->len; j++)
        {
          AssayKeyDigest digest = { .slot = slot->name };
          gboolean known = j < slot->keys->len
                               ? assay_public_key_get_sha256 (g_ptr_array_index (slot->keys, j), &digest.sha256)
                               : assay_cms_signer_get_sha256 (g_ptr_array_index (slot->signers, j - slot->keys->len),
                                                              &digest.sha256);
          if (known)
            g_array_append_val (digests, digest);
        }
    }
  return digests;
}
