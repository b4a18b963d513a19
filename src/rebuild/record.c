#include "rebuild/record.h"

#include "cage/watch.h"
#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define VIEW_NAME "view"

/** A tree that is watched, or a file. */
typedef struct
{
  char *inside; /* "" is the root */
  int fd;       /* of a directory, or of a file for O_PATH */
  gboolean is_file;
  AssayRecordKind kind;
} Tree;

struct _AssayRecord
{
  AssayWatch *watch;                            /* NULL: nothing is watched */
  AssayView *view;                              /* or NULL */
  GPtrArray *trees;                             /* Tree */
  GPtrArray *doubts[ASSAY_RECORD_DOUBTS_COUNT]; /* utf8 */
  gboolean lost;
};

static void
tree_free (gpointer data)
{
  Tree *tree = data;
  g_free (tree->inside);
  assay_fd_close (&tree->fd);
  g_free (tree);
}

static void
doubt (AssayRecord *record, AssayRecordDoubts of, const char *why)
{
  if (!g_ptr_array_find_with_equal_func (record->doubts[of], why, g_str_equal, NULL))
    g_ptr_array_add (record->doubts[of], g_strdup (why));
}

static AssayRecordDoubts
doubts_of (AssayRecordKind kind)
{
  return kind == ASSAY_RECORD_TOOLCHAIN ? ASSAY_RECORD_DOUBTS_TOOLCHAIN : ASSAY_RECORD_DOUBTS_DELIVERY;
}

static gboolean
watch (const AssayRecord *record, const Tree *tree, GError **error)
{
  if (record->watch == NULL)
    return TRUE;
  return tree->is_file ? assay_watch_add_file (record->watch, tree->fd, tree->inside, error)
                       : assay_watch_add_tree (record->watch, tree->fd, tree->inside, error);
}

/* What of a tree cannot be watched is a doubt. */
static gboolean
add (AssayRecord *record, AssayRecordKind kind, const char *inside, int directory, const char *path, gboolean is_file,
     GError **error)
{
  g_autoptr (GError) local = NULL;
  int fd = openat (directory, path, O_NOFOLLOW | O_CLOEXEC | (is_file ? O_PATH : O_RDONLY | O_DIRECTORY));
  if (fd < 0)
    return assay_system_error (error, errno, "open", inside);
  Tree *tree = g_new0 (Tree, 1);
  *tree = (Tree){ g_strdup (strcmp (inside, "/") == 0 ? "" : inside), fd, is_file, kind };
  g_ptr_array_add (record->trees, tree);
  if (!watch (record, tree, &local))
    doubt (record, doubts_of (kind), local->message);
  return TRUE;
}

static gboolean
add_mount (AssayRecord *record, const AssayMount *mount, GError **error)
{
  return add (record, mount->is_input ? ASSAY_RECORD_INPUT : ASSAY_RECORD_TOOLCHAIN, mount->target, AT_FDCWD,
              mount->source, !mount->is_directory, error);
}

static gboolean
add_view (AssayRecord *record, AssayWorkspace *workspace, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *path = assay_workspace_path (workspace, VIEW_NAME);
  g_autoptr (AssayDirectory) made = assay_workspace_make (workspace, VIEW_NAME, error);
  if (made == NULL)
    return FALSE;
  record->view = assay_view_new (&workspace->identity, path, &local);
  if (record->view == NULL)
    {
      doubt (record, ASSAY_RECORD_DOUBTS_TOOLCHAIN, local->message);
      return TRUE;
    }
  const GPtrArray *parts = assay_view_get_parts (record->view);
  for (guint i = 0; i < parts->len; i++)
    {
      const AssayViewPart *part = g_ptr_array_index (parts, i);
      if (!add (record, ASSAY_RECORD_TOOLCHAIN, part->path, assay_view_get_fd (record->view), part->path + 1,
                !part->is_directory, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_all (AssayRecord *record, AssayWorkspace *workspace, const GPtrArray *mounts, gboolean has_tree, GError **error)
{
  g_autofree char *build = g_build_filename (workspace->keep_path, "build", NULL);
  g_autofree char *tree = assay_workspace_path (workspace, "toolchain");
  if (!add (record, ASSAY_RECORD_BUILD, "/build", AT_FDCWD, build, FALSE, error))
    return FALSE;
  for (guint i = 0; i < mounts->len; i++)
    if (!add_mount (record, g_ptr_array_index (mounts, i), error))
      return FALSE;
  return has_tree ? add (record, ASSAY_RECORD_TOOLCHAIN, "/", AT_FDCWD, tree, FALSE, error)
                  : add_view (record, workspace, error);
}

AssayRecord *
assay_record_new (AssayWorkspace *workspace, const GPtrArray *mounts, gboolean has_tree, GError **error)
{
  g_autoptr (AssayRecord) record = g_new0 (AssayRecord, 1);
  g_autoptr (GError) local = NULL;
  record->trees = g_ptr_array_new_with_free_func (tree_free);
  for (gsize i = 0; i < ASSAY_RECORD_DOUBTS_COUNT; i++)
    record->doubts[i] = g_ptr_array_new_with_free_func (g_free);
  record->watch = assay_watch_new (&local);
  for (int i = 0; record->watch == NULL && i < ASSAY_RECORD_DOUBTS_COUNT; i++)
    doubt (record, (AssayRecordDoubts)i, local->message);
  return add_all (record, workspace, mounts, has_tree, error) ? g_steal_pointer (&record) : NULL;
}

void
assay_record_free (AssayRecord *record)
{
  if (record == NULL)
    return;
  assay_watch_free (record->watch);
  g_ptr_array_unref (record->trees);
  assay_view_free (record->view);
  for (gsize i = 0; i < ASSAY_RECORD_DOUBTS_COUNT; i++)
    g_ptr_array_unref (record->doubts[i]);
  g_free (record);
}

const AssayView *
assay_record_get_view (const AssayRecord *record)
{
  return record->view;
}

void
assay_record_begin (AssayRecord *record)
{
  if (record->watch != NULL)
    assay_watch_begin (record->watch);
}

void
assay_record_end (AssayRecord *record)
{
  static const char why[] = "more files were opened at once than this machine keeps count of "
                            "(fs.inotify.max_queued_events)";
  if (record->watch == NULL)
    return;
  assay_watch_end (record->watch);
  if (!assay_watch_has_lost (record->watch))
    return;
  for (int i = 0; i < ASSAY_RECORD_DOUBTS_COUNT; i++)
    doubt (record, (AssayRecordDoubts)i, why);
}

const GPtrArray *
assay_record_get_doubts (const AssayRecord *record, AssayRecordDoubts of)
{
  return record->doubts[of];
}

GPtrArray *
assay_record_list_opened (const AssayRecord *record)
{
  return record->watch == NULL ? g_ptr_array_new_with_free_func (g_free) : assay_watch_list_opened (record->watch);
}

static gboolean
is_beneath (const char *path, const char *above)
{
  gsize length = strlen (above);
  return strncmp (path, above, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* The deepest, and of these the last, as it covers the others inside. */
static const Tree *
tree_of (const AssayRecord *record, const char *path)
{
  const Tree *found = NULL;
  for (guint i = 0; i < record->trees->len; i++)
    {
      const Tree *tree = g_ptr_array_index (record->trees, i);
      if (is_beneath (path, tree->inside) && (found == NULL || strlen (tree->inside) >= strlen (found->inside)))
        found = tree;
    }
  return found;
}

AssayRecordKind
assay_record_find (const AssayRecord *record, const char *path)
{
  const Tree *tree = tree_of (record, path);
  return tree == NULL ? ASSAY_RECORD_BUILD : tree->kind;
}

/* What lies beneath the tree; of a file the link by which its descriptor is opened again. Transfer full. */
static char *
rest_of (const Tree *tree, const char *path)
{
  const char *rest = path + strlen (tree->inside);
  rest += strspn (rest, "/");
  return tree->is_file ? g_strdup_printf ("/proc/self/fd/%d", tree->fd) : g_strdup (*rest == '\0' ? "." : rest);
}

int
assay_record_open (const AssayRecord *record, const char *path)
{
  const Tree *tree = tree_of (record, path);
  struct stat status;
  if (tree == NULL)
    return -1;
  g_autofree char *rest = rest_of (tree, path);
  assay_autofd fd
      = openat (tree->fd, rest, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (tree->is_file ? 0 : O_NOFOLLOW));
  return fd >= 0 && fstat (fd, &status) == 0 && S_ISREG (status.st_mode) ? assay_fd_steal (&fd) : -1;
}

gboolean
assay_record_look (const AssayRecord *record, const char *path, struct stat *out)
{
  const Tree *tree = tree_of (record, path);
  if (tree == NULL)
    return FALSE;
  g_autofree char *rest = rest_of (tree, path);
  return fstatat (tree->fd, rest, out, tree->is_file ? 0 : AT_SYMLINK_NOFOLLOW) == 0;
}

gboolean
assay_record_was_moved (const AssayRecord *record, const char *path)
{
  g_autofree char *above = g_path_get_dirname (path);
  while (record->watch != NULL && strlen (above) > 1)
    {
      if (assay_watch_was_moved (record->watch, above))
        return TRUE;
      char *next = g_path_get_dirname (above);
      g_free (above);
      above = next;
    }
  return FALSE;
}
