#include "rebuild/toolchain_share.h"

#include "util/lock.h"

/** One toolchain; @lock: held while it is made. */
typedef struct
{
  AssayDigest layers;
  AssayLock lock;
  AssayToolchain *toolchain;
} Entry;

struct _AssayToolchainShare
{
  AssayLock lock;
  GPtrArray *entries; /* Entry */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  assay_lock_clear (&entry->lock);
  assay_toolchain_unref (entry->toolchain);
  g_free (entry);
}

AssayToolchainShare *
assay_toolchain_share_new (void)
{
  AssayToolchainShare *share = g_new0 (AssayToolchainShare, 1);
  assay_lock_init (&share->lock);
  share->entries = g_ptr_array_new_with_free_func (entry_free);
  return share;
}

void
assay_toolchain_share_free (AssayToolchainShare *share)
{
  if (share == NULL)
    return;
  g_ptr_array_unref (share->entries);
  assay_lock_clear (&share->lock);
  g_free (share);
}

/* There are few: a product is built by one toolchain or some. */
static Entry *
find_entry (AssayToolchainShare *share, const AssayDigest *layers)
{
  Entry *found = NULL;
  assay_lock_take (&share->lock);
  for (guint i = 0; found == NULL && i < share->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (share->entries, i);
      found = assay_digest_equal (&entry->layers, layers) ? entry : NULL;
    }
  if (found == NULL)
    {
      found = g_new0 (Entry, 1);
      found->layers = *layers;
      assay_lock_init (&found->lock);
      g_ptr_array_add (share->entries, found);
    }
  assay_lock_give (&share->lock);
  return found;
}

AssayToolchain *
assay_toolchain_share_get (AssayToolchainShare *share, const AssayDigest *layers, AssayToolchainMake make,
                           gpointer data, GError **error)
{
  Entry *entry = find_entry (share, layers);
  assay_lock_take (&entry->lock);
  if (entry->toolchain == NULL)
    entry->toolchain = make (data, error);
  AssayToolchain *toolchain = entry->toolchain == NULL ? NULL : assay_toolchain_ref (entry->toolchain);
  assay_lock_give (&entry->lock);
  return toolchain;
}
