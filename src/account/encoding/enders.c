#include "account/encoding/enders.h"

#include "account/beside/beside.h"
#include "unpack/fact.h"

#include <string.h>

/* Python, Lib/zipfile.py, MAX_EXTRACT_VERSION: 6.3. */
#define ZIP_LAST_VERSION 63u

static gboolean
is_empty (const AssayNode *entry, const char *fact)
{
  const char *value = assay_node_get_fact (entry, fact);
  return value != NULL && *value == '\0';
}

/* A header of pax has the name "" where no fact says another one. */
static gboolean
is_ender_of_tar (const AssayNode *entry)
{
  static const char *const variants[]
      = { "header.variant", "pax-header.variant", "long-name.variant", "long-link.variant" };
  gboolean has_pax = assay_node_get_fact (entry, "pax") != NULL;
  if (is_empty (entry, "header.name") || is_empty (entry, "long-name.name") || is_empty (entry, "long-link.name")
      || (has_pax && (assay_node_get_fact (entry, "pax-header.name") == NULL || is_empty (entry, "pax-header.name")))
      || assay_node_get_fact (entry, "sparse-map") != NULL)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      const char *variant = assay_node_get_fact (entry, variants[i]);
      if (variant != NULL && g_str_has_prefix (variant, "v7"))
        return TRUE;
    }
  return FALSE;
}

gboolean
assay_account_ends_for_some (const AssayNode *entry)
{
  guint64 version = 0;
  const char *format = entry->parent == NULL ? "" : entry->parent->format;
  if (strcmp (format, "tar") == 0)
    return is_ender_of_tar (entry);
  return strcmp (format, "zip") == 0 && assay_facts_get_number (entry->facts, "version-needed", 10, 0, &version)
         && version > ZIP_LAST_VERSION;
}

/* Index in the rebuild's container; G_MAXUINT32: it is not there. */
static guint32
index_in (AssayWork *work, const AssayNode *entry, const AssayNode *expected)
{
  const AssayNode *theirs = assay_pairing_get (work->pairing, entry)->expected;
  return theirs != NULL && expected != NULL && theirs->parent == expected ? theirs->index : G_MAXUINT32;
}

const AssayNode *
assay_account_find_ender (AssayWork *work, const AssayNode *container, const AssayNode *expected)
{
  gboolean whole = strcmp (container->format, "zip") == 0; /* refused wherever it stands */
  guint32 first = G_MAXUINT32;                             /* of those in scope from here on, in the rebuild's */
  gboolean any = whole;
  const AssayNode *found = NULL;
  for (guint i = container->children->len; i-- > 0;)
    {
      const AssayNode *child = g_ptr_array_index (container->children, i);
      if (assay_beside_is_held (work, child))
        {
          any = TRUE;
          first = MIN (first, index_in (work, child, expected));
          continue;
        }
      if (!any || !assay_account_ends_for_some (child))
        continue;
      guint32 theirs = index_in (work, child, expected);
      gboolean same
          = theirs != G_MAXUINT32 && assay_account_ends_for_some (g_ptr_array_index (expected->children, theirs));
      if (!same || (!whole && theirs > first))
        found = child;
    }
  return found;
}
