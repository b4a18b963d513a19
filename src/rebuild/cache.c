#include "rebuild/cache.h"

#include "rebuild/cache_entry.h"
#include "rebuild/restore.h"
#include "util/own.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define PURPOSE "assay cache entry 1"

struct _AssayCache
{
  AssayDirectory *directory;
  AssaySecret *secret;
  guint64 most_bytes;
};

AssayCache *
assay_cache_open (const char *directory, const char *secret, guint64 most_bytes, GError **error)
{
  g_autoptr (AssayCache) cache = g_new0 (AssayCache, 1);
  cache->most_bytes = most_bytes;
  cache->directory = assay_own_directory_open (directory, error);
  cache->secret = cache->directory == NULL ? NULL : assay_secret_open (secret, error);
  return cache->secret == NULL ? NULL : g_steal_pointer (&cache);
}

void
assay_cache_free (AssayCache *cache)
{
  if (cache == NULL)
    return;
  g_clear_pointer (&cache->directory, assay_directory_unref);
  g_clear_pointer (&cache->secret, assay_secret_free);
  g_free (cache);
}

void
assay_cached_clear (AssayCached *cached)
{
  g_clear_pointer (&cached->control_groups, g_strfreev);
}

/* Whether a failure ends the run, rather than the use of the cache. */
static gboolean
ends_run (AssayWorkspace *workspace, GError *failure, GError **error)
{
  g_autoptr (GError) own = NULL;
  if (!g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_CANCELLED) && assay_guard_check (workspace->guard, &own))
    return FALSE;
  g_propagate_error (error, own != NULL ? g_steal_pointer (&own) : g_error_copy (failure));
  return TRUE;
}

/* The build tree, not yet in its place, and what lies beside. */
static AssayDirectory *
take (AssayCache *cache, const char *hex, AssayWorkspace *workspace, AssayCached *out, GError **error)
{
  g_autofree char *text = NULL;
  g_auto (AssayCacheEntry) entry = { 0 };
  const AssayPackName name = { hex, PURPOSE, hex };
  assay_autofd fd = assay_directory_open_file (cache->directory, hex, error);
  if (fd < 0 || !assay_own_check_file (fd, "it", error))
    return NULL;
  text = assay_pack_check (fd, cache->secret, &name, error);
  if (text == NULL || !assay_cache_entry_parse (text, hex, &entry, error))
    return NULL;
  /* It was used now, and so goes late. */
  futimens (fd, NULL);
  AssayRestoreTrees trees = assay_workspace_stays (workspace) ? ASSAY_RESTORE_BOTH : ASSAY_RESTORE_BUILD_ALONE;
  AssayDirectory *tree = assay_restore_entry (fd, &entry, trees, workspace, error);
  if (tree != NULL)
    out->control_groups = g_steal_pointer (&entry.control_groups);
  return tree;
}

/* What cannot be trusted goes; what only could not be read this time stays. */
static void
discard (const AssayCache *cache, const char *hex, const GError *failure, GPtrArray *notes)
{
  gboolean bad = !g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_IO)
                 && !g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_SANDBOX)
                 && !g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_LIMIT);
  if (bad)
    unlinkat (assay_directory_get_fd (cache->directory), hex, 0);
  g_ptr_array_add (notes, g_strdup_printf ("the entry %s of the cache is not used%s: %s; it is built anew", hex,
                                           bad ? " and removed" : "", failure->message));
}

AssayCacheOutcome
assay_cache_find (AssayCache *cache, const AssayDigest *key, AssayWorkspace *workspace, GPtrArray *notes,
                  AssayCached *out, GError **error)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  g_autoptr (GError) failure = NULL;
  assay_digest_to_hex (key, hex);
  g_autoptr (AssayDirectory) restored = take (cache, hex, workspace, out, &failure);
  if (restored != NULL)
    return assay_restore_exchange (workspace, restored, error) ? ASSAY_CACHE_FOUND : ASSAY_CACHE_FAILED;
  if (ends_run (workspace, failure, error) || !assay_restore_drop (workspace, error))
    return ASSAY_CACHE_FAILED;
  if (!g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND))
    discard (cache, hex, failure, notes);
  return ASSAY_CACHE_MISSED;
}

static gboolean
keep (AssayCache *cache, const char *hex, AssayWorkspace *workspace, AssayDirectory *beside, const AssayCached *cached,
      GError **error)
{
  const AssayPackName name = { hex, PURPOSE, hex };
  AssayCacheEntry entry = { .control_groups = cached->control_groups };
  g_autoptr (AssayPack) pack = assay_pack_new (cache->directory, cache->most_bytes, error);
  if (pack == NULL || !assay_pack_add (pack, workspace->build, &workspace->identity, NULL, &entry.build, error)
      || !assay_pack_add (pack, beside, &workspace->identity, NULL, &entry.beside, error))
    return FALSE;
  g_autofree char *text = assay_cache_entry_write (&entry, hex);
  return assay_pack_commit (pack, text, cache->secret, &name, error);
}

gboolean
assay_cache_keep (AssayCache *cache, const AssayDigest *key, AssayWorkspace *workspace, AssayDirectory *beside,
                  const AssayCached *cached, GPtrArray *notes, GError **error)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  g_autoptr (GError) failure = NULL;
  assay_digest_to_hex (key, hex);
  if (keep (cache, hex, workspace, beside, cached, &failure))
    assay_cache_entries_evict (cache->directory, cache->most_bytes, hex, notes);
  else if (ends_run (workspace, failure, error))
    return FALSE;
  else
    g_ptr_array_add (notes, g_strdup_printf ("the build is not kept in the cache: %s", failure->message));
  return TRUE;
}
