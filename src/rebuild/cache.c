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
#define RESTORED "restored"

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

/* The tree that was made anew takes the place of the one that was prepared. A directory that one may not write cannot
 * be moved by its owner. */
static gboolean
exchange (AssayWorkspace *workspace, AssayDirectory *restored, GError **error)
{
  int keep = assay_directory_get_fd (workspace->keep);
  int top = assay_directory_get_fd (restored);
  struct stat status;
  const char *failed = NULL;
  if (!assay_directory_remove_contents (workspace->build, error))
    return FALSE;
  if (fstat (top, &status) != 0 || fchmod (top, S_IRWXU) != 0)
    failed = "change the mode of";
  else if (unlinkat (keep, "build", AT_REMOVEDIR) != 0)
    failed = "remove";
  else if (renameat (assay_directory_get_fd (workspace->scratch), RESTORED, keep, "build") != 0)
    failed = "put in place";
  else if (fchmod (top, status.st_mode & 07777) != 0)
    failed = "change the mode of";
  if (failed != NULL)
    return assay_system_error (error, errno, failed, "the build tree");
  assay_directory_unref (workspace->build);
  workspace->build = assay_directory_ref (restored);
  assay_guard_watch (workspace->guard, restored);
  return TRUE;
}

/* Nothing of a tree that was not restored to its end may stay in the way. */
static gboolean
drop (AssayWorkspace *workspace, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (AssayDirectory) directory = assay_directory_open_beneath (workspace->scratch, name, &local);
  if (directory == NULL && g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND))
    return TRUE;
  if (directory == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return assay_directory_remove_contents (directory, error)
         && (unlinkat (assay_directory_get_fd (workspace->scratch), name, AT_REMOVEDIR) == 0
             || assay_system_error (error, errno, "remove", name));
}

static AssayDirectory *
restore (int fd, const AssayPackedTree *packed, const char *name, AssayWorkspace *workspace, GError **error)
{
  g_autoptr (AssayDirectory) made = assay_workspace_make (workspace, name, error);
  return made != NULL && assay_restore_tree (fd, packed, made, workspace, error) ? g_steal_pointer (&made) : NULL;
}

/* The build tree, not yet in its place, and what lies beside. */
static AssayDirectory *
take (AssayCache *cache, const char *hex, AssayWorkspace *workspace, AssayCached *out, GError **error)
{
  g_autofree char *text = NULL;
  g_auto (AssayCacheEntry) entry = { 0 };
  assay_autofd fd = assay_pack_open (cache->directory, cache->secret, PURPOSE, hex, &text, error);
  if (fd < 0 || !assay_cache_entry_parse (text, hex, &entry, error))
    return NULL;
  /* It was used now, and so goes late. */
  futimens (fd, NULL);
  g_autoptr (AssayDirectory) beside = restore (fd, &entry.beside, ASSAY_CACHE_BESIDE, workspace, error);
  AssayDirectory *tree = beside == NULL ? NULL : restore (fd, &entry.build, RESTORED, workspace, error);
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
    return exchange (workspace, restored, error) ? ASSAY_CACHE_FOUND : ASSAY_CACHE_FAILED;
  if (ends_run (workspace, failure, error) || !drop (workspace, RESTORED, error)
      || !drop (workspace, ASSAY_CACHE_BESIDE, error))
    return ASSAY_CACHE_FAILED;
  if (!g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND))
    discard (cache, hex, failure, notes);
  return ASSAY_CACHE_MISSED;
}

static gboolean
keep (AssayCache *cache, const char *hex, AssayWorkspace *workspace, AssayDirectory *beside, const AssayCached *cached,
      GError **error)
{
  AssayCacheEntry entry = { .control_groups = cached->control_groups };
  g_autoptr (AssayPack) pack = assay_pack_new (cache->directory, cache->most_bytes, error);
  if (pack == NULL || !assay_pack_add (pack, workspace->build, &workspace->identity, &entry.build, error)
      || !assay_pack_add (pack, beside, &workspace->identity, &entry.beside, error))
    return FALSE;
  g_autofree char *text = assay_cache_entry_write (&entry, hex);
  return assay_pack_commit (pack, text, cache->secret, PURPOSE, hex, error);
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
