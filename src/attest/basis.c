#include "attest/predicate.h"

#include "crypto/sha256.h"
#include "util/json.h"

#include <string.h>

/* The digests of one kind of input, in the recipe's order, which means something. */
static json_t *
list_digests (const json_t *from, const char *member)
{
  json_t *list = json_array ();
  const json_t *entry;
  size_t index;
  json_array_foreach (json_object_get (from, member), index, entry)
      json_array_append (list, json_object_get (entry, "sha256"));
  return list;
}

static json_t *
list_expected (const json_t *report)
{
  json_t *list = json_array ();
  const json_t *entry;
  size_t index;
  json_array_foreach (json_object_get (report, "expected"), index, entry)
  {
    json_t *one = json_object ();
    const json_t *source = json_object_get (entry, "source");
    json_object_set (one, "kind", json_object_get (entry, "kind"));
    if (source == NULL)
      json_object_set (one, "sha256", json_object_get (entry, "sha256"));
    else
      {
        json_object_set (one, "recipe", json_object_get (json_object_get (entry, "recipe"), "sha256"));
        json_object_set_new (one, "source", list_digests (source, "layers"));
        json_object_set_new (one, "patches", list_digests (source, "patches"));
        json_object_set_new (one, "inputs", list_digests (source, "inputs"));
      }
    json_array_append_new (list, one);
  }
  return list;
}

json_t *
assay_basis_of_report (const json_t *report)
{
  const json_t *options = json_object_get (report, "options");
  const json_t *policy = json_object_get (report, "policy");
  json_t *basis = json_object ();
  json_object_set_new (basis, "expected", list_expected (report));
  json_object_set (basis, "image", json_object_get (json_object_get (report, "image"), "sha256"));
  json_object_set (basis, "policy", json_object_get (policy, "sha256"));
  json_object_set (basis, "keys", json_object_get (policy, "keys"));
  json_object_set (basis, "scope", json_object_get (options, "scope"));
  json_object_set (basis, "layout", json_object_get (options, "layout_sha256"));
  return basis;
}

void
assay_basis_digest (const json_t *report, AssayDigest *out)
{
  g_autoptr (json_t) basis = assay_basis_of_report (report);
  g_autofree char *text = assay_json_line (basis);
  assay_sha256_bytes (text, strlen (text), out);
}

void
assay_basis_digest_keys (const GArray *keys, AssayDigest *out)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  for (guint i = 0; i < keys->len; i++)
    g_byte_array_append (bytes, g_array_index (keys, AssayDigest, i).bytes, ASSAY_DIGEST_SIZE);
  assay_sha256_bytes (bytes->data == NULL ? (const guint8 *)"" : bytes->data, bytes->len, out);
}
