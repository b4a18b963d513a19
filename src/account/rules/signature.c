#include "account/rules/signature.h"

#include "util/text.h"

#include <string.h>

void
assay_slot_free (AssaySlot *slot)
{
  if (slot == NULL)
    return;
  g_clear_pointer (&slot->keys, g_ptr_array_unref);
  g_clear_pointer (&slot->signers, g_ptr_array_unref);
  g_free (slot->name);
  g_free (slot->path);
  g_strfreev (slot->covers);
  g_strfreev (slot->zeroed);
  g_free (slot->index);
  g_free (slot->mask);
  g_free (slot->signer_version);
  g_free (slot->key_name);
  g_free (slot);
}

const AssaySlot *
assay_slot_find (const AssaySlotCase *slot_case, gboolean *out_several)
{
  const AssaySlot *found = NULL;
  *out_several = FALSE;
  for (guint i = 0; slot_case->slots != NULL && i < slot_case->slots->len; i++)
    {
      const AssaySlot *slot = g_ptr_array_index (slot_case->slots, i);
      if (!assay_text_glob_matches (slot->name, slot_case->name)
          || (slot->path != NULL && !assay_text_glob_matches (slot->path, slot_case->node->path)))
        continue;
      *out_several = found != NULL;
      if (found != NULL)
        return found;
      found = slot;
    }
  return found;
}

/** The kinds of containers that have slots. */
static const struct
{
  const char *format;
  gboolean (*judge) (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error);
  const char *path;   /* what a policy says of the place */
  const char *covers; /* NULL: that is the vendor's to say */
  const char *scheme;
} kinds[] = {
  { "layout", assay_slot_judge_raw, NULL, NULL, NULL },
  { "signed-module", assay_slot_judge_module, "\"**/*.ko\"", "\"#module\"", "cms-rsa-sha256" },
  { "rauc", assay_slot_judge_bundle, NULL, "\"#bundle\"", "cms-rsa-sha256" },
  { "fit", assay_slot_judge_fit, NULL, NULL, NULL },
};

static gsize
find_kind (const AssayNode *node)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].format, node->format) == 0 && node->spans != NULL)
      return i;
  return G_N_ELEMENTS (kinds);
}

gboolean
assay_slot_judge (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error)
{
  gboolean several = FALSE;
  gsize kind = find_kind (slot_case->node);
  *out_verdict = (AssaySlotVerdict){ .state = ASSAY_SLOT_UNCLAIMED };
  out_verdict->slot = assay_slot_find (slot_case, &several);
  if (out_verdict->slot == NULL)
    return TRUE;
  out_verdict->state = ASSAY_SLOT_INVALID;
  out_verdict->problem = "is claimed by more than one line of the policy";
  if (several)
    return TRUE;
  out_verdict->problem = NULL;
  if (!(kind == G_N_ELEMENTS (kinds) ? assay_slot_judge_detached : kinds[kind].judge) (slot_case, out_verdict, error))
    return FALSE;
  if (out_verdict->problem == NULL)
    out_verdict->state = ASSAY_SLOT_VALID;
  return TRUE;
}

static const char *
covers_of (const AssaySlotCase *slot_case, gsize kind)
{
  if (kind < G_N_ELEMENTS (kinds) && kinds[kind].covers != NULL)
    return kinds[kind].covers;
  if (strcmp (slot_case->node->format, "fit") != 0)
    return "RANGES";
  return g_str_has_prefix (slot_case->name, "/images/") ? "\"#fit-image\"" : "\"#fit-configuration\"";
}

const char *
assay_slot_advice (const AssaySlotCase *slot_case)
{
  gsize kind = find_kind (slot_case->node);
  guint64 length = 0;
  for (guint i = 0; i < slot_case->node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (slot_case->node->spans, AssaySpan, i);
      if (span->slot != NULL && strcmp (span->slot, slot_case->name) == 0)
        length = MAX (length, span->length);
    }
  const char *path = kind < G_N_ELEMENTS (kinds) ? kinds[kind].path : NULL;
  const char *scheme = kind < G_N_ELEMENTS (kinds) ? kinds[kind].scheme : NULL;
  g_autofree char *place = path == NULL ? g_strdup ("") : g_strconcat ("path: ", path, ", ", NULL);
  g_autofree char *text = g_strdup_printf (
      "this is the place of a signature, and no line of the policy speaks of it; one that could explain it is "
      "`signatures: [{slot: \"%s\", %scovers: %s, max-size: %" G_GUINT64_FORMAT ", key: FILE, scheme: %s}]`",
      slot_case->name, place, covers_of (slot_case, kind), length, scheme == NULL ? "SCHEME" : scheme);
  return assay_text_intern (text);
}
