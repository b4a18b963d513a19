#ifndef ASSAY_UTIL_DIGEST_TABLE_H
#define ASSAY_UTIL_DIGEST_TABLE_H

#include <assay/digest.h>

#include <glib.h>
#include <string.h>

static inline guint
assay_digest_hash (gconstpointer key)
{
  guint hash;
  memcpy (&hash, ((const AssayDigest *)key)->bytes, sizeof hash);
  return hash;
}

static inline gboolean
assay_digest_is_same (gconstpointer a, gconstpointer b)
{
  return assay_digest_equal (a, b);
}

/** assay_digest_table_new: (key-type AssayDigest): @free_key, @free_value: (nullable) */
static inline GHashTable *
assay_digest_table_new (GDestroyNotify free_key, GDestroyNotify free_value)
{
  return g_hash_table_new_full (assay_digest_hash, assay_digest_is_same, free_key, free_value);
}

#endif
