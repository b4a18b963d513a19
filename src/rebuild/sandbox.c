#include "rebuild/sandbox.h"

#include "cage/etc.h"
#include "rebuild/place.h"
#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static const struct
{
  const char *name;
  const char *value;
} variables[] = {
  { "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
  { "HOME", "/home/assay" },
  { "SHELL", "/bin/sh" },
  { "LC_ALL", "C.UTF-8" },
  { "TZ", "UTC" },
};

/* Directories of the private directory, and where they stand inside. */
static const struct
{
  const char *name;
  const char *target;
} writable[] = {
  { "tmp", "/tmp" },
  { "tmp", "/var/tmp" },
  { "home", "/home/assay" },
};

/* The files of /etc that we make ourselves, once. */
static gboolean
make_etc (AssayWorkspace *workspace, GError **error)
{
  struct stat status;
  g_autoptr (AssayDirectory) etc = NULL;
  if (fstatat (assay_directory_get_fd (workspace->scratch), "etc", &status, AT_SYMLINK_NOFOLLOW) == 0)
    return TRUE;
  etc = assay_workspace_make (workspace, "etc", error);
  return etc != NULL && assay_etc_write (etc, error);
}

static void
mount_own (AssayWorkspace *workspace, AssayCage *cage)
{
  const char *const *files = assay_etc_files ();
  for (gsize i = 0; files[i] != NULL; i++)
    {
      g_autofree char *source = g_build_filename (workspace->scratch_path, "etc", files[i], NULL);
      g_autofree char *target = g_build_filename ("/etc", files[i], NULL);
      assay_cage_mount (cage, ASSAY_CAGE_READ_ONLY, source, target);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (writable); i++)
    {
      g_autofree char *source = assay_workspace_path (workspace, writable[i].name);
      assay_cage_mount (cage, ASSAY_CAGE_WRITABLE, source, writable[i].target);
    }
}

static AssayCage *
new_sandbox (AssayWorkspace *workspace, AssayCageUser user, GError **error)
{
  g_autoptr (AssayCage) cage = assay_cage_new (&workspace->identity, workspace->guard, user, error);
  const char *name = user == ASSAY_CAGE_ROOT ? "root" : "assay";
  if (cage == NULL || !make_etc (workspace, error))
    return NULL;
  mount_own (workspace, cage);
  for (gsize i = 0; i < G_N_ELEMENTS (variables); i++)
    assay_cage_set_variable (cage, variables[i].name, variables[i].value);
  assay_cage_set_variable (cage, "USER", name);
  assay_cage_set_variable (cage, "LOGNAME", name);
  return g_steal_pointer (&cage);
}

AssayCage *
assay_sandbox_new_tool (AssayWorkspace *workspace, GError **error)
{
  return new_sandbox (workspace, ASSAY_CAGE_USER, error);
}

AssayCage *
assay_sandbox_new_build (AssayWorkspace *workspace, const AssayRecipe *recipe, const GPtrArray *mounts,
                         gboolean has_tree, guint jobs, GError **error)
{
  g_autoptr (AssayCage) cage = new_sandbox (workspace, recipe->run_as_root ? ASSAY_CAGE_ROOT : ASSAY_CAGE_USER, error);
  g_autofree char *build = g_build_filename (workspace->keep_path, "build", NULL);
  g_autofree char *tree = assay_workspace_path (workspace, "toolchain");
  g_autofree char *jobs_text = g_strdup_printf ("%u", jobs);
  GHashTableIter iterator;
  gpointer name, value;
  if (cage == NULL)
    return NULL;
  if (has_tree)
    assay_cage_set_tree (cage, tree);
  assay_cage_mount (cage, ASSAY_CAGE_WRITABLE, build, "/build");
  for (guint i = 0; i < mounts->len; i++)
    {
      const AssayMount *mount = mounts->pdata[i];
      assay_cage_mount (cage, ASSAY_CAGE_READ_ONLY, mount->source, mount->target);
    }
  g_hash_table_iter_init (&iterator, recipe->environment);
  while (g_hash_table_iter_next (&iterator, &name, &value))
    assay_cage_set_variable (cage, name, value);
  assay_cage_set_variable (cage, "JOBS", jobs_text);
  return g_steal_pointer (&cage);
}

gboolean
assay_sandbox_place (AssayWorkspace *workspace, AssayDirectory *tree, GError **error)
{
  const char *const *places = assay_cage_places ();
  const char *const *files = assay_etc_files ();
  for (gsize i = 0; places[i] != NULL; i++)
    {
      g_autoptr (AssayDirectory) made = assay_place_make (tree, places[i], &workspace->identity, error);
      if (made == NULL)
        return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (writable); i++)
    {
      g_autoptr (AssayDirectory) made = assay_place_make (tree, writable[i].target, &workspace->identity, error);
      if (made == NULL)
        return FALSE;
    }
  for (gsize i = 0; files[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename ("etc", files[i], NULL);
      if (!assay_place_make_file (tree, path, &workspace->identity, error))
        return FALSE;
    }
  g_autoptr (AssayDirectory) build = assay_place_make (tree, "build", &workspace->identity, error);
  return build != NULL;
}
