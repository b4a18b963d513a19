#include "account/rules/fit.h"

#include "util/text.h"

#include <libfdt.h>
#include <string.h>

/*
 * What mkimage signs in a FIT, worked out from the tree itself (U-Boot, doc/usage/fit/signature and the source of its
 * tools; the order of properties is that of libfdt, which puts a new one before all others).
 */

/* A property of the signature as a text, or NULL where it is none. */
static const char *
text_of (const AssayFitSignature *fit, const char *name)
{
  int length = 0;
  const char *text = fdt_getprop (fit->fdt, fit->signature, name, &length);
  return text != NULL && length > 0 && memchr (text, '\0', (gsize)length) == text + length - 1 ? text : NULL;
}

/* The one child of that very name. libfdt would take `signature-1@0` for `signature-1` as well, and the first of two.
 */
static int
find_child (const guint8 *fdt, int parent, const char *name)
{
  int found = -1;
  int node;
  fdt_for_each_subnode (node, fdt, parent)
  {
    const char *other = fdt_get_name (fdt, node, NULL);
    if (other == NULL || strcmp (other, name) != 0)
      continue;
    if (found >= 0)
      return -1;
    found = node;
  }
  return found;
}

static int
find_node (const guint8 *fdt, const char *path, int *out_parent)
{
  g_auto (GStrv) names = g_strsplit (path + 1, "/", -1);
  int node = 0;
  for (char **name = names; *name != NULL && node >= 0; name++)
    {
      *out_parent = node;
      node = find_child (fdt, node, *name);
    }
  return node;
}

static gboolean
open_fit (const AssaySlotCase *slot_case, AssayFitSignature *out, const char **out_problem, GError **error)
{
  out->blob = slot_case->node->blob;
  out->slot = slot_case->name;
  if (!assay_blob_map (out->blob, &out->fdt, error))
    return FALSE;
  out->of_configuration = g_str_has_prefix (out->slot, "/configurations/");
  out->owner = -1;
  out->signature = find_node (out->fdt, out->slot, &out->owner);
  if (out->signature < 0)
    *out_problem = "has no node of that name, or more than one";
  return TRUE;
}

/* A name's place in the strings block is the first where it stands, as libfdt finds it. */
static gboolean
is_first_place (const AssayFitSignature *fit, const char *name)
{
  const char *strings = (const char *)fit->fdt + fdt_off_dt_strings (fit->fdt);
  gsize size = fdt_size_dt_strings (fit->fdt);
  return memmem (strings, size, name, strlen (name) + 1) == name;
}

static gboolean
equals_text (const guint8 *value, int length, const char *text)
{
  return text != NULL && length >= 0 && (gsize)length == strlen (text) + 1 && memcmp (value, text, (gsize)length) == 0;
}

/** The key's scheme as a FIT calls it. */
static const struct
{
  const char *scheme;
  const char *algo; /* behind the digest, RSA's without its bits */
  const char *padding;
} algorithms[] = {
  { "rsa-pkcs1-sha256", "sha256,rsa", "pkcs-1.5" },       { "rsa-pkcs1-sha384", "sha384,rsa", "pkcs-1.5" },
  { "rsa-pkcs1-sha512", "sha512,rsa", "pkcs-1.5" },       { "rsa-pss-sha256", "sha256,rsa", "pss" },
  { "rsa-pss-sha256-longest-salt", "sha256,rsa", "pss" }, { "ecdsa-p256-sha256", "sha256,ecdsa256", NULL },
  { "ecdsa-p384-sha384", "sha384,ecdsa384", NULL },
};

/* Whether the signature's node says that it is of this key's scheme: else a device verifies something else. */
static gboolean
says_scheme (const AssayFitSignature *fit, const AssayPublicKey *key)
{
  const char *algo = text_of (fit, "algo");
  const char *padding = text_of (fit, "padding");
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      gboolean rsa = g_str_has_suffix (algorithms[i].algo, ",rsa");
      g_autofree char *wanted = rsa ? g_strdup_printf ("%s%u", algorithms[i].algo, assay_public_key_get_bits (key))
                                    : g_strdup (algorithms[i].algo);
      if (strcmp (algorithms[i].scheme, assay_public_key_get_scheme (key)) != 0)
        continue;
      gboolean absent = fdt_getprop (fit->fdt, fit->signature, "padding", NULL) == NULL;
      gboolean usual = algorithms[i].padding == NULL || strcmp (algorithms[i].padding, "pkcs-1.5") == 0;
      return g_strcmp0 (algo, wanted) == 0 && (absent ? usual : g_strcmp0 (padding, algorithms[i].padding) == 0);
    }
  return FALSE;
}

/** What a property of a signature may be. */
typedef struct
{
  const AssayFitSignature *fit;
  const AssaySlot *slot;
  const GByteArray *nodes;           /* NULL for an image */
  const AssayFitSignature *expected; /* the rebuild's, or NULL */
} Check;

/* Whether the rebuild has this property too, with the same value. */
static gboolean
is_rebuilt (const Check *check, const char *name, const guint8 *value, int length)
{
  int other_length = 0;
  const guint8 *other = check->expected == NULL
                            ? NULL
                            : fdt_getprop (check->expected->fdt, check->expected->signature, name, &other_length);
  return other != NULL && other_length == length && memcmp (other, value, (gsize)length) == 0;
}

static gboolean
is_accepted (const Check *check, const char *name, const guint8 *value, int length)
{
  if (strcmp (name, "value") == 0)
    return TRUE; /* is verified */
  if (strcmp (name, "timestamp") == 0)
    return length == 4; /* a time, as the FIT's own */
  if (strcmp (name, "hashed-nodes") == 0)
    return check->nodes != NULL && (guint)length == check->nodes->len
           && memcmp (value, check->nodes->data, check->nodes->len) == 0;
  if (strcmp (name, "hashed-strings") == 0)
    return check->nodes != NULL && assay_fit_strings_range_is_right (check->fit, value, length);
  if (is_rebuilt (check, name, value, length))
    return TRUE;
  if (strcmp (name, "signer-name") == 0)
    return equals_text (value, length, "mkimage");
  if (strcmp (name, "signer-version") == 0)
    return equals_text (value, length, check->slot->signer_version);
  if (strcmp (name, "key-name-hint") == 0)
    return equals_text (value, length, check->slot->key_name);
  /* Whoever named the scheme has named these, and what is signed follows from the last. */
  return strcmp (name, "algo") == 0 || strcmp (name, "padding") == 0 || strcmp (name, "sign-images") == 0;
}

static gboolean
is_filled_with_zeros (const guint8 *value, int length)
{
  for (int i = length; i % 4 != 0; i++)
    if (value[i] != 0)
      return FALSE;
  return TRUE;
}

static const char *
check_properties (const Check *check)
{
  const AssayFitSignature *fit = check->fit;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  gsize reached = 0;
  int property;
  fdt_for_each_property_offset (property, fit->fdt, fit->signature)
  {
    const char *name = NULL;
    int length = 0;
    const guint8 *value = fdt_getprop_by_offset (fit->fdt, property, &name, &length);
    gsize place = value == NULL ? 0 : assay_fit_written_place (name);
    if (value == NULL || length < 0 || !g_hash_table_add (seen, (gpointer)name) || !is_first_place (fit, name))
      return "has a property twice, or with a name that stands elsewhere first";
    if (place < reached)
      return "has its properties in another order than mkimage writes them";
    reached = place == ASSAY_FIT_WRITTEN ? place : place + 1;
    if (place == ASSAY_FIT_WRITTEN && !is_filled_with_zeros (value, length))
      return "has bytes behind a property that mkimage did not write";
    if (!is_accepted (check, name, value, length))
      {
        g_autofree char *shown = assay_text_escape_line (name, -1);
        g_autofree char *text = g_strdup_printf (
            "has a property %s that does not follow from the image, and that neither the rebuild nor the policy has%s",
            shown,
            strcmp (name, "signer-version") == 0  ? " (the policy's `signer-version` could say what it must be)"
            : strcmp (name, "key-name-hint") == 0 ? " (the policy's `key-name` could say what it must be)"
                                                  : "");
        return assay_text_intern (text);
      }
  }
  if (fdt_first_subnode (fit->fdt, fit->signature) >= 0)
    return "has nodes inside";
  if (!g_hash_table_contains (seen, "value"))
    return "has no value";
  gboolean regions = g_hash_table_contains (seen, "hashed-nodes") && g_hash_table_contains (seen, "hashed-strings");
  if (fit->of_configuration && !regions)
    return "does not say what it covers";
  return assay_fit_fill_follows (fit) ? NULL : "has bytes behind a property that do not follow from how it was written";
}

static const char *
check_line (const AssayFitSignature *fit, const AssaySlot *slot)
{
  const char *covers = fit->of_configuration ? "#fit-configuration" : "#fit-image";
  if (slot->zeroed != NULL || slot->covers[1] != NULL || strcmp (slot->covers[0], covers) != 0)
    return fit->of_configuration ? "of a configuration covers `#fit-configuration`, but the policy has another `covers`"
                                 : "of an image covers `#fit-image`, but the policy has another `covers`";
  if (slot->keys->len == 0 || slot->mask != NULL || slot->index != NULL)
    return "is of another kind than the policy's scheme";
  return NULL;
}

static gboolean
verify_value (const AssayFitSignature *fit, const GArray *ranges, AssaySlotVerdict *verdict, GError **error)
{
  int length = 0;
  const guint8 *value = fdt_getprop (fit->fdt, fit->signature, "value", &length);
  if (value == NULL || length <= 0 || (guint64)length > verdict->slot->max_size)
    {
      verdict->problem = "is longer than the policy's max-size";
      return TRUE;
    }
  verdict->problem = "is by no key";
  for (guint i = 0; i < verdict->slot->keys->len && verdict->problem != NULL; i++)
    {
      gsize taken = 0;
      const AssayPublicKey *key = g_ptr_array_index (verdict->slot->keys, i);
      verdict->number = i;
      if (!says_scheme (fit, key))
        verdict->problem = "says to be of another algorithm than the policy's scheme and key";
      else if (!assay_public_key_verify (key, ranges, value, (gsize)length, &taken, &verdict->problem, error))
        return FALSE;
      else if (verdict->problem == NULL && taken != (gsize)length)
        verdict->problem = "has bytes behind its value";
    }
  return TRUE;
}

gboolean
assay_slot_judge_fit (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error)
{
  AssayFitSignature fit = { NULL };
  AssayFitSignature expected = { NULL };
  const char *absent = NULL;
  AssaySlotCase other = *slot_case;
  other.node = slot_case->expected;
  if (!open_fit (slot_case, &fit, &out_verdict->problem, error)
      || (other.node != NULL && !open_fit (&other, &expected, &absent, error)))
    return FALSE;
  if (out_verdict->problem == NULL)
    out_verdict->problem = check_line (&fit, out_verdict->slot);
  if (out_verdict->problem != NULL)
    return TRUE;
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (AssaySignedRange));
  g_autoptr (GByteArray) nodes = fit.of_configuration ? assay_fit_derive_nodes (&fit) : NULL;
  Check check = { &fit, out_verdict->slot, nodes, other.node == NULL || absent != NULL ? NULL : &expected };
  if (fit.of_configuration && nodes == NULL)
    out_verdict->problem = "covers images that are not there, or that have no hash";
  else
    out_verdict->problem = check_properties (&check);
  if (out_verdict->problem == NULL)
    out_verdict->problem = fit.of_configuration ? assay_fit_gather_configuration (&fit, nodes, ranges)
                                                : assay_fit_gather_image (&fit, ranges);
  return out_verdict->problem != NULL || verify_value (&fit, ranges, out_verdict, error);
}
