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

#define PURPOSE "assay cache entry 2"

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
assay_cache_hit_clear (AssayCacheHit *hit)
{
  assay_fd_close (&hit->fd);
  assay_cache_entry_clear (&hit->entry);
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

static gboolean
open_entry (AssayCache *cache, const char *hex, AssayCacheHit *out, GError **error)
{
  const AssayPackName name = { hex, PURPOSE, hex };
  assay_autofd fd = assay_directory_open_file (cache->directory, hex, error);
  if (fd < 0 || !assay_own_check_file (fd, "it", error))
    return FALSE;
  g_autofree char *text = assay_pack_check (fd, cache->secret, &name, error);
  if (text == NULL || !assay_cache_entry_parse (text, hex, &out->entry, error))
    return FALSE;
  /* It was used now, and so goes late. */
  futimens (fd, NULL);
  out->fd = assay_fd_steal (&fd);
  return TRUE;
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

/* Whether what was not found out ends the run; else the entry is none. */
static AssayCacheOutcome
miss (AssayCache *cache, const char *hex, AssayWorkspace *workspace, GError *failure, GPtrArray *notes, GError **error)
{
  if (ends_run (workspace, failure, error))
    return ASSAY_CACHE_FAILED;
  if (!g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND))
    discard (cache, hex, failure, notes);
  return ASSAY_CACHE_MISSED;
}

AssayCacheOutcome
assay_cache_look (AssayCache *cache, const AssayDigest *key, AssayWorkspace *workspace, GPtrArray *notes,
                  AssayCacheHit *out, GError **error)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  g_autoptr (GError) failure = NULL;
  g_auto (AssayCacheHit) hit = { .fd = -1 };
  assay_digest_to_hex (key, hex);
  if (!open_entry (cache, hex, &hit, &failure))
    return miss (cache, hex, workspace, failure, notes, error);
  *out = hit;
  hit = (AssayCacheHit){ .fd = -1 };
  return ASSAY_CACHE_FOUND;
}

AssayCacheOutcome
assay_cache_take (AssayCache *cache, const AssayDigest *key, const AssayCacheHit *hit, AssayRestoreTrees trees,
                  AssayWorkspace *workspace, GPtrArray *notes, GError **error)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  g_autoptr (GError) failure = NULL;
  assay_digest_to_hex (key, hex);
  g_autoptr (AssayDirectory) restored = assay_restore_entry (hit->fd, &hit->entry, trees, workspace, &failure);
  if (restored != NULL)
    return assay_restore_exchange (workspace, restored, error) ? ASSAY_CACHE_FOUND : ASSAY_CACHE_FAILED;
  AssayCacheOutcome outcome = miss (cache, hex, workspace, failure, notes, error);
  return outcome == ASSAY_CACHE_MISSED && !assay_restore_drop (workspace, error) ? ASSAY_CACHE_FAILED : outcome;
}

static gboolean
keep (AssayCache *cache, const char *hex, AssayWorkspace *workspace, AssayDirectory *beside, const GPtrArray *outputs,
      const AssayCached *cached, GError **error)
{
  const AssayPackName name = { hex, PURPOSE, hex };
  AssayCacheEntry entry = { .cached = *cached }; /* borrowed */
  g_autoptr (AssayPack) pack = assay_pack_new (cache->directory, cache->most_bytes, error);
  if (pack == NULL || !assay_pack_add (pack, workspace->build, &workspace->identity, NULL, &entry.build, error)
      || !assay_pack_add (pack, beside, &workspace->identity, NULL, &entry.beside, error)
      || (cached->patterns != NULL
          && !assay_pack_add (pack, workspace->build, &workspace->identity, outputs, &entry.outputs, error)))
    return FALSE;
  g_autofree char *text = assay_cache_entry_write (&entry, hex);
  return assay_pack_commit (pack, text, cache->secret, &name, error);
}

gboolean
assay_cache_keep (AssayCache *cache, const AssayDigest *key, AssayWorkspace *workspace, AssayDirectory *beside,
                  const GPtrArray *outputs, const AssayCached *cached, GPtrArray *notes, GError **error)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  g_autoptr (GError) failure = NULL;
  assay_digest_to_hex (key, hex);
  if (keep (cache, hex, workspace, beside, outputs, cached, &failure))
    assay_cache_entries_evict (cache->directory, cache->most_bytes, hex, notes);
  else if (ends_run (workspace, failure, error))
    return FALSE;
  else
    g_ptr_array_add (notes, g_strdup_printf ("the build is not kept in the cache: %s", failure->message));
  return TRUE;
}
