#include "cage/arguments.h"

#include "cage/cage_limits.h"

#include <glob.h>
#include <sys/stat.h>

/*
 * What of this machine a build with the host's toolchain sees besides /usr and the links of the root into it. Only what
 * programs need to run and package tools ask for; nothing that names users, hosts, networks or keys. What does not
 * exist is left out.
 */
static const char *const host_files[] = {
  "/etc/alternatives", /* Debian's choice of cc, awk, … is a link through here */
  "/etc/ld.so.cache",  /* the dynamic linker, for libraries in other places than /usr/lib */
  "/etc/ld.so.conf",   /* ldconfig and ld(1) */
  "/etc/ld.so.conf.d",
  "/etc/debian_version", /* debhelper, lsb_release */
  "/etc/dpkg",           /* dpkg-buildpackage: origins (vendor), shlibs.default, buildflags */
  "/etc/os-release",
  "/etc/lsb-release",
  "/etc/perl",           /* in perl's @INC */
  "/etc/python3",        /* py3compile: the default version */
  "/etc/python3.[0-9]*", /* sitecustomize.py, which python imports */
  "/etc/java-*-openjdk", /* a JVM does not start without its security properties */
  "/etc/mke2fs.conf",    /* features of the file systems that mke2fs makes */
  "/etc/magic",          /* file(1), as libtool and dh_strip ask it */
  "/etc/mime.types",
  "/etc/protocols", /* getprotobyname(), getservbyname() in test suites */
  "/etc/services",
  "/etc/ssl/openssl.cnf", /* openssl req and ca do not start without */
  "/etc/fonts",           /* documentation */
  "/etc/xml",             /* catalogs of DocBook: without them xsltproc asks the network */
  "/etc/sgml",
  "/etc/texmf",
  "/etc/rpm",      /* macros of rpmbuild */
  "/var/lib/dpkg", /* dpkg-checkbuilddeps, dpkg-shlibdeps, dpkg-architecture */
  "/var/lib/texmf",
  "/var/lib/ghc", /* GHC's package database */
};

#define HOST_PROGRAMS "/usr"

/* Of the root: links into /usr on a merged system, else directories. */
static const char *const host_roots[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/libo32" };

void
assay_arguments_add (GPtrArray *arguments, const char *first, ...)
{
  va_list rest;
  va_start (rest, first);
  for (const char *argument = first; argument != NULL; argument = va_arg (rest, const char *))
    g_ptr_array_add (arguments, g_strdup (argument));
  va_end (rest);
}

static void
add_number (GPtrArray *arguments, const char *option, guint64 number)
{
  g_ptr_array_add (arguments, g_strdup (option));
  g_ptr_array_add (arguments, g_strdup_printf ("%" G_GUINT64_FORMAT, number));
}

static void
add_host_path (GPtrArray *arguments, const AssayView *view, const char *path)
{
  g_autofree char *source = view == NULL ? g_strdup (path) : assay_view_path (view, path);
  if (source != NULL)
    assay_arguments_add (arguments, "--ro-bind", source, path, NULL);
}

void
assay_arguments_add_host (GPtrArray *arguments, const AssayView *view)
{
  add_host_path (arguments, view, HOST_PROGRAMS);
  for (gsize i = 0; i < G_N_ELEMENTS (host_roots); i++)
    {
      g_autofree char *target = g_file_read_link (host_roots[i], NULL);
      if (target != NULL)
        assay_arguments_add (arguments, "--symlink", target, host_roots[i], NULL);
      else if (g_file_test (host_roots[i], G_FILE_TEST_IS_DIR))
        add_host_path (arguments, view, host_roots[i]);
    }
}

static void
list_host_files (GPtrArray *paths)
{
  for (gsize i = 0; i < G_N_ELEMENTS (host_files); i++)
    {
      glob_t found = { 0 };
      if (glob (host_files[i], 0, NULL, &found) == 0)
        for (gsize j = 0; j < found.gl_pathc; j++)
          g_ptr_array_add (paths, g_strdup (found.gl_pathv[j]));
      globfree (&found);
    }
}

static void
add_host_files (GPtrArray *arguments, const AssayView *view)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  list_host_files (paths);
  for (guint i = 0; i < paths->len; i++)
    add_host_path (arguments, view, paths->pdata[i]);
}

GPtrArray *
assay_arguments_host_paths (void)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (paths, g_strdup (HOST_PROGRAMS));
  for (gsize i = 0; i < G_N_ELEMENTS (host_roots); i++)
    if (!g_file_test (host_roots[i], G_FILE_TEST_IS_SYMLINK) && g_file_test (host_roots[i], G_FILE_TEST_IS_DIR))
      g_ptr_array_add (paths, g_strdup (host_roots[i]));
  list_host_files (paths);
  return paths;
}

static void
add_namespaces (GPtrArray *arguments, const AssayCagePlan *plan)
{
  const AssayCageDeviation *deviation = plan->deviation;
  const char *host = deviation->host_name == NULL ? ASSAY_CAGE_HOST_NAME : deviation->host_name;
  guint user = deviation->user_number == 0 ? ASSAY_CAGE_USER_NUMBER : deviation->user_number;
  g_autofree char *number = g_strdup_printf ("%u", plan->user == ASSAY_CAGE_ROOT ? 0 : user);
  assay_arguments_add (arguments, "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
                       "--unshare-cgroup-try", NULL);
  assay_arguments_add (arguments, "--uid", number, "--gid", number, "--hostname", host, NULL);
  assay_arguments_add (arguments, "--die-with-parent", "--cap-drop", "ALL", NULL);
  if (!plan->has_terminal)
    assay_arguments_add (arguments, "--new-session", NULL);
}

static void
add_variables (GPtrArray *arguments, GHashTable *variables)
{
  /* In the order of their names, so that `env` prints the same every time. */
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (variables), (GCompareFunc)g_strcmp0);
  assay_arguments_add (arguments, "--clearenv", NULL);
  for (const GList *name = names; name != NULL; name = name->next)
    assay_arguments_add (arguments, "--setenv", name->data, g_hash_table_lookup (variables, name->data), NULL);
}

static void
add_mounts (GPtrArray *arguments, const GPtrArray *mounts)
{
  for (guint i = 0; i < mounts->len; i++)
    {
      const AssayCageMount *mount = mounts->pdata[i];
      assay_arguments_add (arguments, mount->access == ASSAY_CAGE_WRITABLE ? "--bind" : "--ro-bind", mount->source,
                           mount->target, NULL);
    }
}

GPtrArray *
assay_arguments_new (const AssayCagePlan *plan, int status_fd, int filter_fd)
{
  GPtrArray *arguments = g_ptr_array_new_with_free_func (g_free);
  add_namespaces (arguments, plan);
  add_variables (arguments, plan->variables);
  if (plan->tree != NULL)
    assay_arguments_add (arguments, "--ro-bind", plan->tree, "/", NULL);
  else
    {
      assay_arguments_add_host (arguments, plan->view);
      add_host_files (arguments, plan->view);
    }
  assay_arguments_add (arguments, "--proc", "/proc", "--dev", "/dev", "--perms", "1777", NULL);
  add_number (arguments, "--size", ASSAY_CAGE_SHM_BYTES);
  assay_arguments_add (arguments, "--tmpfs", "/dev/shm", NULL);
  add_mounts (arguments, plan->mounts);
  assay_arguments_add (arguments, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", plan->directory, NULL);
  add_number (arguments, "--json-status-fd", (guint64)status_fd);
  add_number (arguments, "--seccomp", (guint64)filter_fd);
  return arguments;
}
