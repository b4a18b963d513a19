#include "rebuild/git.h"

#include "rebuild/copy.h"
#include "rebuild/extract.h"
#include "rebuild/logtail.h"
#include "rebuild/place.h"
#include "rebuild/sandbox.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHA1_DIGITS 40
#define SHA256_DIGITS 64

/* Exit statuses of the script that git itself does not use. */
#define STATUS_SUBMODULE 71
#define STATUS_NO_COMMIT 72
#define STATUS_UNTRUE 73

/* Nothing is believed of /git: what of it belongs to the commit goes through index-pack, which names objects by what
   they hold. In /out/true there is then what the commit's name stands for, or nothing of that name. */
static const char script[] = "git cat-file -e \"$1^{commit}\" || exit 72\n"
                             "git rev-list --objects --no-walk \"$1\" > /out/objects\n"
                             "git pack-objects -q --window=0 --compression=1 --stdout < /out/objects > /out/pack\n"
                             "mkdir /out/true /out/true/objects /out/true/refs\n"
                             "cp -r /git/HEAD /git/config /git/info /out/true\n"
                             "export GIT_DIR=/out/true\n"
                             "git index-pack --stdin < /out/pack\n"
                             "rm /out/pack\n"
                             "git cat-file -e \"$1^{commit}\" || exit 73\n"
                             "git rev-list --objects --no-walk \"$1\" > /out/objects || exit 73\n"
                             "if git ls-tree -r \"$1\" | grep -q '^160000 '; then exit 71; fi\n"
                             "exec git archive --format=tar -o /out/source.tar \"$1\"\n";

/* Our own configuration instead of the repository's, which can name programs to run. The mask gives modes 644 and 755.
 */
static const char config_sha1[] = "[core]\nrepositoryformatversion = 0\nbare = true\n[tar]\numask = 022\n";
static const char config_sha256[]
    = "[core]\nrepositoryformatversion = 1\nbare = true\n[extensions]\nobjectformat = sha256\n"
      "[tar]\numask = 022\n";
/* These win over the tree's own, which may leave files out, or change their bytes. */
static const char attributes[] = "* -export-ignore -export-subst -text -eol -ident -filter -working-tree-encoding\n";

static gboolean
write_file (AssayDirectory *directory, const char *path, const char *text, GError **error)
{
  assay_autofd fd
      = openat (assay_directory_get_fd (directory), path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0 || fchmod (fd, 0644) != 0 || !assay_system_write_all (fd, text, strlen (text)))
    return assay_system_error (error, errno, "write", path);
  return TRUE;
}

static AssayDirectory *
open_objects (const char *repository, GError **error)
{
  g_autoptr (AssayDirectory) top = assay_directory_open (repository, error);
  struct stat status;
  if (top == NULL)
    return NULL;
  if (fstatat (assay_directory_get_fd (top), ".git", &status, AT_SYMLINK_NOFOLLOW) != 0)
    return assay_directory_open_beneath (top, "objects", error);
  if (S_ISDIR (status.st_mode))
    return assay_directory_open_beneath (top, ".git/objects", error);
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED,
                       "is a submodule or linked work tree, whose objects lie elsewhere: name the repository itself");
  return NULL;
}

static gboolean
copy_objects (AssayWorkspace *workspace, const char *repository, AssayDirectory *copy, GError **error)
{
  g_autoptr (AssayDirectory) from = open_objects (repository, error);
  g_autoptr (AssayDirectory) to = NULL;
  struct stat status;
  if (from == NULL)
    return FALSE;
  if (fstatat (assay_directory_get_fd (from), "info/alternates", &status, AT_SYMLINK_NOFOLLOW) == 0)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED,
                           "borrows objects from another repository (objects/info/alternates): clone it in full");
      return FALSE;
    }
  to = assay_place_make (copy, "objects", &workspace->identity, error);
  return to != NULL && assay_copy_tree (from, to, workspace, error);
}

/* A repository with nothing but the objects. */
static gboolean
make_copy (AssayWorkspace *workspace, const char *repository, const char *commit, AssayDirectory *copy, GError **error)
{
  g_autoptr (AssayDirectory) refs = assay_place_make (copy, "refs", &workspace->identity, error);
  g_autoptr (AssayDirectory) info = assay_place_make (copy, "info", &workspace->identity, error);
  return refs != NULL && info != NULL && copy_objects (workspace, repository, copy, error)
         && write_file (copy, "HEAD", "ref: refs/heads/none\n", error)
         && write_file (copy, "config", strlen (commit) == SHA256_DIGITS ? config_sha256 : config_sha1, error)
         && write_file (info, "attributes", attributes, error);
}

static gboolean
fail (AssayWorkspace *workspace, const char *commit, int status, GError **error)
{
  g_autofree char *tail = NULL;
  if (status == STATUS_SUBMODULE)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED,
                   "commit %s has submodules: give each as a layer of its own, with `into`", commit);
      return FALSE;
    }
  if (status == STATUS_NO_COMMIT)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "there is no commit %s", commit);
      return FALSE;
    }
  if (status == STATUS_UNTRUE)
    {
      g_set_error (
          error, ASSAY_ERROR, ASSAY_ERROR_FAILED,
          "the repository does not hold commit %s: objects of it are missing, or hold something else than their "
          "names say (git fsck names them)",
          commit);
      return FALSE;
    }
  tail = assay_log_tail (workspace->log_path);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED,
               "git cannot write out commit %s (status %d); the last lines of %s:%s", commit, status,
               workspace->log_path, tail);
  return FALSE;
}

static gboolean
run_git (AssayWorkspace *workspace, const char *commit, GError **error)
{
  const char *const arguments[] = { "sh", "-e", "-c", script, "sh", commit, NULL };
  const AssayCageCommand command = { arguments, "/", workspace->log_fd };
  g_autoptr (AssayCage) cage = assay_sandbox_new_tool (workspace, error);
  g_autofree char *copy = assay_workspace_path (workspace, "git");
  g_autofree char *out = assay_workspace_path (workspace, "out");
  int status;
  if (cage == NULL)
    return FALSE;
  assay_cage_mount (cage, ASSAY_CAGE_READ_ONLY, copy, "/git");
  assay_cage_mount (cage, ASSAY_CAGE_WRITABLE, out, "/out");
  assay_cage_set_variable (cage, "GIT_DIR", "/git");
  assay_cage_set_variable (cage, "GIT_CONFIG_NOSYSTEM", "1");
  assay_cage_set_variable (cage, "GIT_CONFIG_GLOBAL", "/dev/null");
  assay_cage_set_variable (cage, "GIT_ATTR_NOSYSTEM", "1");
  assay_cage_set_variable (cage, "GIT_NO_REPLACE_OBJECTS", "1");
  if (!assay_cage_run (cage, &command, &status, error))
    return FALSE;
  return status == 0 || fail (workspace, commit, status, error);
}

static gboolean
check_commit (const char *commit, GError **error)
{
  gsize length = commit == NULL ? 0 : strlen (commit);
  if ((length == SHA1_DIGITS || length == SHA256_DIGITS) && strspn (commit, "0123456789abcdef") == length)
    return TRUE;
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                       "`commit` must be the full name of a commit: 40 or 64 lower-case hexadecimal digits");
  return FALSE;
}

static gboolean
remove_directory (AssayWorkspace *workspace, AssayDirectory *directory, const char *name, GError **error)
{
  if (!assay_directory_remove_contents (directory, error))
    return FALSE;
  if (unlinkat (assay_directory_get_fd (workspace->scratch), name, AT_REMOVEDIR) != 0)
    return assay_system_error (error, errno, "remove", name);
  return TRUE;
}

gboolean
assay_git_export (AssayWorkspace *workspace, const char *repository, const char *commit, AssayDirectory *into,
                  GError **error)
{
  g_autoptr (AssayDirectory) copy = NULL;
  g_autoptr (AssayDirectory) out = NULL;
  assay_autofd fd = -1;
  if (!check_commit (commit, error))
    return FALSE;
  copy = assay_workspace_make (workspace, "git", error);
  out = copy == NULL ? NULL : assay_workspace_make (workspace, "out", error);
  if (out == NULL || !make_copy (workspace, repository, commit, copy, error) || !run_git (workspace, commit, error))
    return FALSE;
  fd = assay_directory_open_file (out, "source.tar", error);
  return fd >= 0 && assay_extract_archive (fd, 0, ASSAY_EXTRACT_SOURCE, into, workspace, error)
         && assay_copy_level (into, workspace, error) && remove_directory (workspace, copy, "git", error)
         && remove_directory (workspace, out, "out", error);
}
