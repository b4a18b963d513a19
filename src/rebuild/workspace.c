#include "rebuild/workspace.h"

#include "rebuild/place.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Of a product's name in the name of its directory. */
#define NAME_BYTES 100
#define KEPT_MAX 100000u

/* What the private directory is called in the one that does not stay either. */
#define SCRATCH "scratch"

#define DEFAULT_TIME_S 315619200u
#define LATEST_TIME_S G_GUINT64_CONSTANT (253402300799)

/* A product's name as one harmless component. */
static char *
directory_name (const char *product)
{
  char *name = g_strndup (product, NAME_BYTES);
  g_strcanon (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-", '_');
  if (name[0] == '.' || name[0] == '-')
    name[0] = '_';
  return name;
}

static char *
make_kept (const char *work_dir, const char *product, GError **error)
{
  g_autofree char *name = directory_name (product);
  for (guint n = 1; n <= KEPT_MAX; n++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s-%u", work_dir, name, n);
      if (mkdir (path, 0700) == 0)
        return g_steal_pointer (&path);
      if (errno != EEXIST)
        {
          assay_system_error (error, errno, "make the directory", path);
          return NULL;
        }
    }
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_IO, "there are %u build trees in %s already", KEPT_MAX, work_dir);
  return NULL;
}

static gboolean
open_keep (AssayWorkspace *workspace, const char *work_dir, const char *product, GError **error)
{
  if (work_dir == NULL)
    {
      workspace->keep_owner = assay_private_directory_new (NULL, error);
      if (workspace->keep_owner == NULL)
        return FALSE;
      workspace->keep_path = g_strdup (assay_private_directory_get_path (workspace->keep_owner));
      workspace->keep = assay_directory_ref (assay_private_directory_get_directory (workspace->keep_owner));
      return TRUE;
    }
  g_autofree char *absolute = g_canonicalize_filename (work_dir, NULL);
  if (g_mkdir_with_parents (absolute, 0755) != 0)
    return assay_system_error (error, errno, "make the directory", work_dir);
  workspace->keep_path = make_kept (absolute, product, error);
  if (workspace->keep_path == NULL)
    return FALSE;
  workspace->keep = assay_directory_open (workspace->keep_path, error);
  return workspace->keep != NULL;
}

/* Beside a tree that stays it is one of its own, which nothing is left of however the process ends. */
static gboolean
open_scratch (AssayWorkspace *workspace, const char *work_dir, GError **error)
{
  if (work_dir == NULL)
    {
      if (mkdirat (assay_directory_get_fd (workspace->keep), SCRATCH, S_IRWXU) != 0)
        return assay_system_error (error, errno, "make a directory in", workspace->keep_path);
      workspace->scratch_path = g_build_filename (workspace->keep_path, SCRATCH, NULL);
      workspace->scratch = assay_directory_open_beneath (workspace->keep, SCRATCH, error);
      return workspace->scratch != NULL;
    }
  workspace->scratch_owner = assay_private_directory_new (work_dir, error);
  if (workspace->scratch_owner == NULL)
    return FALSE;
  workspace->scratch_path = g_canonicalize_filename (assay_private_directory_get_path (workspace->scratch_owner), NULL);
  workspace->scratch = assay_directory_ref (assay_private_directory_get_directory (workspace->scratch_owner));
  return TRUE;
}

/* The user of the sandbox has to come by all directories above; a bind mount by another user gives no way round. */
static gboolean
check_way (const AssayWorkspace *workspace, const char *path, GError **error)
{
  g_autofree char *above = g_path_get_dirname (path);
  if (!workspace->identity.changes)
    return TRUE;
  for (;;)
    {
      struct stat status;
      g_autofree char *child = above;
      if (stat (child, &status) != 0)
        {
          above = NULL;
          return assay_system_error (error, errno, "look at", child);
        }
      if ((status.st_mode & S_IXOTH) == 0)
        {
          above = NULL;
          g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX,
                       "the unprivileged user of the sandbox cannot pass through %s to %s: choose another place by "
                       "--work-dir or TMPDIR",
                       child, path);
          return FALSE;
        }
      above = g_path_get_dirname (child);
      if (g_str_equal (above, child))
        return TRUE;
    }
}

static gboolean
open_log (AssayWorkspace *workspace, GError **error)
{
  workspace->log_path = g_build_filename (workspace->keep_path, "build.log", NULL);
  workspace->log_fd = openat (assay_directory_get_fd (workspace->keep), "build.log",
                              O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (workspace->log_fd < 0)
    return assay_system_error (error, errno, "make", workspace->log_path);
  return TRUE;
}

static gboolean
fill (AssayWorkspace *workspace, GError **error)
{
  if (!open_keep (workspace, workspace->work_dir, workspace->name, error)
      || !open_scratch (workspace, workspace->work_dir, error) || !check_way (workspace, workspace->keep_path, error)
      || (workspace->scratch_owner != NULL && !check_way (workspace, workspace->scratch_path, error)))
    return FALSE;
  if (!assay_identity_own (&workspace->identity, assay_directory_get_fd (workspace->keep), workspace->keep_path, error)
      || !assay_identity_own (&workspace->identity, assay_directory_get_fd (workspace->scratch),
                              workspace->scratch_path, error))
    return FALSE;
  workspace->build = assay_place_make (workspace->keep, "build", &workspace->identity, error);
  if (workspace->build == NULL || !open_log (workspace, error))
    return FALSE;
  assay_guard_watch (workspace->guard, workspace->build);
  return TRUE;
}

AssayWorkspace *
assay_workspace_plan (const char *work_dir, const char *product, const AssayCageLimits *limits)
{
  AssayWorkspace *workspace = g_new0 (AssayWorkspace, 1);
  workspace->work_dir = g_strdup (work_dir);
  workspace->name = g_strdup (product);
  workspace->log_fd = -1;
  workspace->guard = assay_guard_new (limits);
  assay_workspace_set_time (workspace, NULL);
  assay_identity_choose (&workspace->identity);
  return workspace;
}

gboolean
assay_workspace_open (AssayWorkspace *workspace, GError **error)
{
  workspace->is_open = workspace->is_open || fill (workspace, error);
  return workspace->is_open;
}

AssayWorkspace *
assay_workspace_new (const char *work_dir, const char *product, const AssayCageLimits *limits, GError **error)
{
  g_autoptr (AssayWorkspace) workspace = assay_workspace_plan (work_dir, product, limits);
  return assay_workspace_open (workspace, error) ? g_steal_pointer (&workspace) : NULL;
}

void
assay_workspace_set_time (AssayWorkspace *workspace, const char *source_date_epoch)
{
  guint64 seconds = DEFAULT_TIME_S;
  if (source_date_epoch != NULL)
    g_ascii_string_to_unsigned (source_date_epoch, 10, 0, LATEST_TIME_S, &seconds, NULL);
  workspace->time_s = (gint64)seconds;
}

gboolean
assay_workspace_stays (const AssayWorkspace *workspace)
{
  return workspace->work_dir != NULL;
}

void
assay_workspace_free (AssayWorkspace *workspace)
{
  if (workspace == NULL)
    return;
  assay_workspace_finish (workspace, NULL);
  assay_fd_close (&workspace->log_fd);
  g_clear_pointer (&workspace->build, assay_directory_unref);
  g_clear_pointer (&workspace->keep, assay_directory_unref);
  g_clear_pointer (&workspace->keep_owner, assay_private_directory_free);
  assay_guard_free (workspace->guard);
  assay_known_files_free (workspace->restored);
  g_free (workspace->keep_path);
  g_free (workspace->scratch_path);
  g_free (workspace->log_path);
  g_free (workspace->work_dir);
  g_free (workspace->name);
  g_free (workspace);
}

gboolean
assay_workspace_finish (AssayWorkspace *workspace, GError **error)
{
  int fd = workspace->keep == NULL ? -1 : assay_directory_get_fd (workspace->keep);
  gboolean is_within = workspace->scratch != NULL && workspace->scratch_owner == NULL;
  /* what cannot be removed here goes with what it lies in, which says so */
  if (is_within && assay_directory_remove_contents (workspace->scratch, NULL))
    unlinkat (fd, SCRATCH, AT_REMOVEDIR);
  g_clear_pointer (&workspace->scratch, assay_directory_unref);
  g_clear_pointer (&workspace->scratch_owner, assay_private_directory_free);
  if (fd >= 0 && workspace->identity.changes && fchown (fd, geteuid (), getegid ()) != 0)
    return assay_system_error (error, errno, "take back", workspace->keep_path);
  return TRUE;
}

AssayDirectory *
assay_workspace_make (AssayWorkspace *workspace, const char *name, GError **error)
{
  if (mkdirat (assay_directory_get_fd (workspace->scratch), name, 0755) != 0)
    {
      assay_system_error (error, errno, "make the directory", name);
      return NULL;
    }
  g_autoptr (AssayDirectory) directory = assay_directory_open_beneath (workspace->scratch, name, error);
  if (directory == NULL || !assay_identity_own (&workspace->identity, assay_directory_get_fd (directory), name, error))
    return NULL;
  return g_steal_pointer (&directory);
}

gboolean
assay_workspace_furnish (AssayWorkspace *workspace, GError **error)
{
  static const char *const watched[] = { "tmp", "home" };
  for (gsize i = 0; !workspace->is_furnished && i < G_N_ELEMENTS (watched); i++)
    {
      g_autoptr (AssayDirectory) directory = assay_workspace_make (workspace, watched[i], error);
      if (directory == NULL)
        return FALSE;
      assay_guard_watch (workspace->guard, directory);
    }
  workspace->is_furnished = TRUE;
  return TRUE;
}

char *
assay_workspace_path (const AssayWorkspace *workspace, const char *name)
{
  return g_build_filename (workspace->scratch_path, name, NULL);
}

gboolean
assay_workspace_say (AssayWorkspace *workspace, const char *line, GError **error)
{
  g_autofree char *text = g_strconcat (line, "\n", NULL);
  if (!assay_system_write_all (workspace->log_fd, text, strlen (text)))
    return assay_system_error (error, errno, "write", workspace->log_path);
  return TRUE;
}
