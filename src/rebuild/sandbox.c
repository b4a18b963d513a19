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
  { "SHELL", "/bin/sh" },
  { "LC_ALL", "C.UTF-8" },
  { "TZ", "UTC" },
  /* One user number is mapped inside, and the kernel calls any other one invalid: not the answer (EPERM) that fakeroot
     takes for "as expected" when it passes a chown on. */
  { "FAKEROOTDONTTRYCHOWN", "1" },
};

/* Directories of the private directory, and where they stand inside; NULL: in the home of the user. */
static const struct
{
  const char *name;
  const char *target;
} writable[] = {
  { "tmp", "/tmp" },
  { "tmp", "/var/tmp" },
  { "home", NULL },
};

static gboolean
is (const AssayVaried *varied, AssayVariation variation)
{
  return varied != NULL && assay_varied_is (varied, variation);
}

/* Where the home directory stands inside; of root too, who has none of his own here. */
static const char *
home_of (const AssayVaried *varied)
{
  return is (varied, ASSAY_VARIATION_USER) ? "/home/" ASSAY_SANDBOX_OTHER_USER : "/home/" ASSAY_CAGE_USER_NAME;
}

static void
deviate (const AssayVaried *varied, const char *build, const char *disordered, AssayCageDeviation *out)
{
  guint processors = assay_cage_count_processors ();
  *out = (AssayCageDeviation){ .user_name = NULL };
  if (is (varied, ASSAY_VARIATION_USER))
    {
      out->user_name = ASSAY_SANDBOX_OTHER_USER;
      out->user_number = ASSAY_SANDBOX_OTHER_NUMBER;
    }
  if (is (varied, ASSAY_VARIATION_HOST))
    out->host_name = ASSAY_SANDBOX_OTHER_HOST;
  if (is (varied, ASSAY_VARIATION_PARALLELISM) && processors > 1)
    out->processors = processors - 1;
  out->has_umask = is (varied, ASSAY_VARIATION_UMASK);
  out->umask_ = ASSAY_SANDBOX_OTHER_UMASK;
  out->plain_addresses = is (varied, ASSAY_VARIATION_ADDRESS_SPACE);
  if (is (varied, ASSAY_VARIATION_ORDER))
    {
      out->disordered = build;
      out->disordered_at = disordered;
    }
}

/* The files of /etc that we make ourselves, once; those of the build are others where its user or host is. */
static const char *
make_etc (AssayWorkspace *workspace, const AssayCageDeviation *deviation, GError **error)
{
  const char *name = deviation->user_name != NULL || deviation->host_name != NULL ? "etc-varied" : "etc";
  struct stat status;
  g_autoptr (AssayDirectory) etc = NULL;
  if (fstatat (assay_directory_get_fd (workspace->scratch), name, &status, AT_SYMLINK_NOFOLLOW) == 0)
    return name;
  etc = assay_workspace_make (workspace, name, error);
  return etc != NULL && assay_etc_write (etc, deviation, error) ? name : NULL;
}

static void
mount_own (AssayWorkspace *workspace, AssayCage *cage, const char *etc, const char *home)
{
  const char *const *files = assay_etc_files ();
  for (gsize i = 0; files[i] != NULL; i++)
    {
      g_autofree char *source = g_build_filename (workspace->scratch_path, etc, files[i], NULL);
      g_autofree char *target = g_build_filename ("/etc", files[i], NULL);
      assay_cage_mount (cage, ASSAY_CAGE_READ_ONLY, source, target);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (writable); i++)
    {
      g_autofree char *source = assay_workspace_path (workspace, writable[i].name);
      const char *target = writable[i].target == NULL ? home : writable[i].target;
      assay_cage_mount (cage, ASSAY_CAGE_WRITABLE, source, target);
    }
}

static AssayCage *
new_sandbox (AssayWorkspace *workspace, AssayCageUser user, const AssayVaried *varied, GError **error)
{
  g_autofree char *build = g_build_filename (workspace->keep_path, "build", NULL);
  g_autofree char *disordered = assay_workspace_path (workspace, ASSAY_SANDBOX_DISORDERED);
  AssayCageDeviation deviation;
  g_autoptr (AssayCage) cage = assay_cage_new (&workspace->identity, workspace->guard, user, error);
  const char *etc;
  const char *name;
  if (cage == NULL || !assay_workspace_furnish (workspace, error))
    return NULL;
  deviate (varied, build, disordered, &deviation);
  etc = make_etc (workspace, &deviation, error);
  if (etc == NULL)
    return NULL;
  assay_cage_deviate (cage, &deviation);
  mount_own (workspace, cage, etc, home_of (varied));
  for (gsize i = 0; i < G_N_ELEMENTS (variables); i++)
    assay_cage_set_variable (cage, variables[i].name, variables[i].value);
  name = user == ASSAY_CAGE_ROOT ? "root" : deviation.user_name != NULL ? deviation.user_name : ASSAY_CAGE_USER_NAME;
  assay_cage_set_variable (cage, "HOME", home_of (varied));
  assay_cage_set_variable (cage, "USER", name);
  assay_cage_set_variable (cage, "LOGNAME", name);
  return g_steal_pointer (&cage);
}

AssayCage *
assay_sandbox_new_tool (AssayWorkspace *workspace, GError **error)
{
  return new_sandbox (workspace, ASSAY_CAGE_USER, NULL, error);
}

/* Variables that no recipe sets, or else the variation is none. */
static void
vary_variables (AssayCage *cage, const AssayVaried *varied)
{
  if (is (varied, ASSAY_VARIATION_LOCALE) && varied->locale != NULL)
    assay_cage_set_variable (cage, "LC_ALL", varied->locale);
  if (is (varied, ASSAY_VARIATION_TIME_ZONE))
    assay_cage_set_variable (cage, "TZ", ASSAY_SANDBOX_OTHER_ZONE);
  if (is (varied, ASSAY_VARIATION_TEMPORARY))
    assay_cage_set_variable (cage, "TMPDIR", ASSAY_SANDBOX_OTHER_TEMPORARY);
  if (varied->time_library == NULL)
    return;
  assay_cage_set_variable (cage, "LD_PRELOAD", varied->time_library);
  /* Waiting and timeouts go on as ever. */
  assay_cage_set_variable (cage, "FAKETIME_DONT_FAKE_MONOTONIC", "1");
  if (varied->clock == ASSAY_CLOCK_STOPPED)
    {
      assay_cage_set_variable (cage, "FAKETIME", "2020-02-29 12:34:56");
      return;
    }
  /* The times of files stay what they are: those of the source are fixed, and would not be any more. */
  assay_cage_set_variable (cage, "FAKETIME", "+" G_STRINGIFY (ASSAY_SANDBOX_OTHER_TIME_S));
  assay_cage_set_variable (cage, "NO_FAKE_STAT", "1");
}

AssayCage *
assay_sandbox_new_build (AssayWorkspace *workspace, const AssayVaried *varied, const GPtrArray *mounts,
                         gboolean has_tree, GError **error)
{
  const AssayRecipe *recipe = &varied->recipe;
  g_autoptr (AssayCage) cage
      = new_sandbox (workspace, recipe->run_as_root ? ASSAY_CAGE_ROOT : ASSAY_CAGE_USER, varied, error);
  g_autofree char *build = is (varied, ASSAY_VARIATION_ORDER)
                               ? assay_workspace_path (workspace, ASSAY_SANDBOX_DISORDERED)
                               : g_build_filename (workspace->keep_path, "build", NULL);
  g_autofree char *tree = assay_workspace_path (workspace, "toolchain");
  g_autofree char *jobs_text = g_strdup_printf ("%u", varied->jobs);
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
  vary_variables (cage, varied);
  return g_steal_pointer (&cage);
}

gboolean
assay_sandbox_place (AssayWorkspace *workspace, const AssayVaried *varied, AssayDirectory *tree, GError **error)
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
      const char *target = writable[i].target == NULL ? home_of (varied) : writable[i].target;
      g_autoptr (AssayDirectory) made = assay_place_make (tree, target, &workspace->identity, error);
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
