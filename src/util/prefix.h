#ifndef ASSAY_UTIL_PREFIX_H
#define ASSAY_UTIL_PREFIX_H

#include <glib.h>
#include <string.h>

/**
 * AssayPrefix: the first @length bytes of @text, with a hash that grows with them: so all directories that a path lies
 * in are looked up in the time that it takes to read the path once. It is a key of a GHashTable.
 */
typedef struct
{
  const char *text;
  gsize length;
  guint hash;
} AssayPrefix;

static inline void
assay_prefix_add (AssayPrefix *prefix)
{
  prefix->hash = prefix->hash * 33 + (guchar)prefix->text[prefix->length++];
}

/** assay_prefix_begin: the first @length bytes of a text, which has as many; borrowed. */
static inline AssayPrefix
assay_prefix_begin (const char *text, gsize length)
{
  AssayPrefix prefix = { text, 0, 5381 };
  while (prefix.length < length)
    assay_prefix_add (&prefix);
  return prefix;
}

/** assay_prefix_next: grows up to the next slash, which is left out; FALSE where there is none. An empty one in front
 * of the first is left out too. */
static inline gboolean
assay_prefix_next (AssayPrefix *prefix)
{
  if (prefix->text[prefix->length] == '/')
    assay_prefix_add (prefix);
  while (prefix->text[prefix->length] != '\0' && prefix->text[prefix->length] != '/')
    assay_prefix_add (prefix);
  return prefix->text[prefix->length] == '/';
}

static inline guint
assay_prefix_hash (gconstpointer key)
{
  return ((const AssayPrefix *)key)->hash;
}

static inline gboolean
assay_prefix_equal (gconstpointer a, gconstpointer b)
{
  const AssayPrefix *first = a;
  const AssayPrefix *second = b;
  return first->hash == second->hash && first->length == second->length
         && memcmp (first->text, second->text, first->length) == 0;
}

/** assay_prefix_new: (transfer full): a whole text as a key of its own; for g_free(). */
static inline AssayPrefix *
assay_prefix_new (const char *text)
{
  gsize length = strlen (text);
  AssayPrefix *prefix = g_malloc (sizeof *prefix + length + 1);
  char *copy = memcpy ((char *)(prefix + 1), text, length + 1);
  *prefix = assay_prefix_begin (copy, length);
  return prefix;
}

/** assay_prefix_table_new: a GHashTable with such keys, which it frees; values are borrowed. */
static inline GHashTable *
assay_prefix_table_new (void)
{
  return g_hash_table_new_full (assay_prefix_hash, assay_prefix_equal, g_free, NULL);
}

/** assay_prefix_lookup: what stands in such a table for a whole text. */
static inline gpointer
assay_prefix_lookup (GHashTable *table, const char *text)
{
  AssayPrefix prefix = assay_prefix_begin (text, strlen (text));
  return g_hash_table_lookup (table, &prefix);
}

#endif
