#include "rebuild/visible.h"

#include "util/cancel.h"
#include "util/system.h"

#include <errno.h>
#include <fts.h>
#include <string.h>

static void
close_walk (FTS *walk)
{
  fts_close (walk);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FTS, close_walk)

static int
compare_names (const FTSENT **a, const FTSENT **b)
{
  return strcmp ((*a)->fts_name, (*b)->fts_name);
}

gboolean
assay_visible_walk (const char *path, const char *name, AssayVisibleFunc func, gpointer data, GError **error)
{
  g_autofree char *start = g_strdup (path);
  char *const starts[] = { start, NULL };
  g_autoptr (FTS) walk = fts_open (starts, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, compare_names);
  if (walk == NULL)
    return assay_system_error (error, errno, "list", name);
  errno = 0;
  for (FTSENT *entry = fts_read (walk); entry != NULL; errno = 0, entry = fts_read (walk))
    {
      if (assay_cancelled (error))
        return FALSE;
      if ((entry->fts_info == FTS_F || entry->fts_info == FTS_D)
          && !func (entry->fts_path, entry->fts_statp, data, error))
        return FALSE;
    }
  return errno == 0 || assay_system_error (error, errno, "list", name);
}
