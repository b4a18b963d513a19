#ifndef ASSAY_REBUILD_CACHE_ENTRY_H
#define ASSAY_REBUILD_CACHE_ENTRY_H

#include "rebuild/pack.h"

#include <jansson.h>

/**
 * AssayCached: what an entry says beside its trees.
 *
 * @control_groups: (array zero-terminated): of assay_group_names()
 * @prepared: the listing of the tree that the first step found
 * @swhid: of the source before the patches
 * @delivery: (nullable): of assay_delivery_write()
 * @patterns: (nullable) (array zero-terminated): of outputs and their symbols; all files that these match lie in a tree
 *   of their own as well
 * @natures: (nullable): of files that are outputs, by SHA-256 in hexadecimal digits: assay_nature_name()
 * @files: (nullable): which file each output is that is one: given.h
 */
typedef struct
{
  char **control_groups;
  AssayDigest prepared;
  char *swhid;
  json_t *delivery;
  char **patterns;
  json_t *natures;
  json_t *files;
} AssayCached;

void assay_cached_clear (AssayCached *cached);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayCached, assay_cached_clear)

/** AssayCacheEntry: what the text of an entry says: cache.h. @outputs: where there are patterns: the build tree with
 * all directories and links, and of its files those that the patterns match. */
typedef struct
{
  AssayPackedTree build;
  AssayPackedTree outputs;
  AssayPackedTree beside;
  AssayCached cached;
} AssayCacheEntry;

void assay_cache_entry_clear (AssayCacheEntry *entry);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayCacheEntry, assay_cache_entry_clear)

/** assay_cache_entry_write: (transfer full): canonical JSON, `assay.cache/3`; @key: hexadecimal. */
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
