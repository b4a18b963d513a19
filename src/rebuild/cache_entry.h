#ifndef ASSAY_REBUILD_CACHE_ENTRY_H
#define ASSAY_REBUILD_CACHE_ENTRY_H

#include "rebuild/pack.h"

/** AssayCacheEntry: what the text of an entry says: cache.h. */
typedef struct
{
  AssayPackedTree build;
  AssayPackedTree beside;
  char **control_groups;
} AssayCacheEntry;

void assay_cache_entry_clear (AssayCacheEntry *entry);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayCacheEntry, assay_cache_entry_clear)

/** assay_cache_entry_write: (transfer full): canonical JSON, `assay.cache/1`; @key: hexadecimal. */
char *assay_cache_entry_write (const AssayCacheEntry *entry, const char *key);

/** assay_cache_entry_parse: Errors: ASSAY_ERROR_MALFORMED it is none, or that of another key. */
gboolean assay_cache_entry_parse (const char *text, const char *key, AssayCacheEntry *out, GError **error);

/**
 * assay_cache_entries_evict:
 * @keep: one that stays
 *
 * Takes away what was used longest ago until all together are no more than @most_bytes, and what killed processes have
 * left. What cannot be taken away is a note.
 */
void assay_cache_entries_evict (AssayDirectory *directory, guint64 most_bytes, const char *keep, GPtrArray *notes);

#endif
