#include "rebuild/find.h"

#include "cage/cage_limits.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* As many links as Linux follows in one path (path_resolution(7)). */
#define LINKS_MAX 40

/* What a path inside is, with all links followed: @path is relative to the root and NULL when there is nothing. */
typedef struct
{
  char *path;
  struct stat status;
} Place;

static void
clear_place (Place *place)
{
  g_clear_pointer (&place->path, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, clear_place)

typedef struct
{
  AssayDirectory *root;
  GQueue pending;      /* components still to go, owned */
  GPtrArray *resolved; /* components of directories that are no links */
  guint links;
} Way;

static void
clear_way (Way *way)
{
  g_queue_clear_full (&way->pending, g_free);
  g_ptr_array_unref (way->resolved);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Way, clear_way)

static gboolean
fail_outside (const char *what, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (what, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND, "%s leads out of /build, where no output can be", shown);
  return FALSE;
}

/* Puts the components of @path before all others. */
static void
push_front (Way *way, const char *path)
{
  g_auto (GStrv) components = g_strsplit (path, "/", -1);
  for (guint i = g_strv_length (components); i > 0; i--)
    g_queue_push_head (&way->pending, g_steal_pointer (&components[i - 1]));
}

static char *
join (const GPtrArray *resolved, const char *last)
{
  GString *path = g_string_new (NULL);
  for (guint i = 0; i < resolved->len; i++)
    g_string_append_printf (path, "%s%s", i > 0 ? "/" : "", (const char *)resolved->pdata[i]);
  if (last != NULL)
    g_string_append_printf (path, "%s%s", path->len > 0 ? "/" : "", last);
  return g_string_free (path, FALSE);
}

static gboolean
follow (Way *way, const char *link, GError **error)
{
  char target[PATH_MAX];
  gssize length = readlinkat (assay_directory_get_fd (way->root), link, target, sizeof target - 1);
  const char *rest = target;
  if (length < 0)
    return assay_system_error (error, errno, "read the link", link);
  target[length] = '\0';
  if (++way->links > LINKS_MAX)
    return assay_system_error (error, ELOOP, "follow", link);
  if (target[0] == '/')
    {
      if (strncmp (target, "/build", 6) != 0 || (target[6] != '/' && target[6] != '\0'))
        return fail_outside (link, error);
      g_ptr_array_set_size (way->resolved, 0);
      rest = target + 6;
    }
  push_front (way, rest);
  return TRUE;
}

/* Takes one component. *out_gone: there is nothing of that name. */
static gboolean
go (Way *way, char *component, gboolean *out_gone, GError **error)
{
  struct stat status;
  g_autofree char *owned = component;
  g_autofree char *path = NULL;
  if (component[0] == '\0' || g_str_equal (component, "."))
    return TRUE;
  if (g_str_equal (component, ".."))
    {
      if (way->resolved->len == 0)
        return fail_outside ("a path", error);
      g_ptr_array_set_size (way->resolved, (gint)way->resolved->len - 1);
      return TRUE;
    }
  path = join (way->resolved, component);
  if (fstatat (assay_directory_get_fd (way->root), path, &status, AT_SYMLINK_NOFOLLOW) != 0)
    {
      *out_gone = errno == ENOENT || errno == ENOTDIR;
      return *out_gone || assay_system_error (error, errno, "look at", path);
    }
  if (S_ISLNK (status.st_mode))
    return follow (way, path, error);
  g_ptr_array_add (way->resolved, g_steal_pointer (&owned));
  return TRUE;
}

static gboolean
resolve (AssayDirectory *root, const char *base, const char *path, Place *out_place, GError **error)
{
  g_auto (Way) way = { .root = root, .resolved = g_ptr_array_new_with_free_func (g_free) };
  gboolean gone = FALSE;
  g_autofree char *joined = NULL;
  g_queue_init (&way.pending);
  push_front (&way, path);
  push_front (&way, base);
  while (!gone && !g_queue_is_empty (&way.pending))
    if (!go (&way, g_queue_pop_head (&way.pending), &gone, error))
      return FALSE;
  if (gone)
    return TRUE;
  joined = way.resolved->len == 0 ? g_strdup (".") : join (way.resolved, NULL);
  if (fstatat (assay_directory_get_fd (root), joined, &out_place->status, AT_SYMLINK_NOFOLLOW) != 0)
    return assay_system_error (error, errno, "look at", joined);
  out_place->path = g_steal_pointer (&joined);
  return TRUE;
}

static gboolean
fail_kind (const char *path, const char *what, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "the output %s %s", shown, what);
  return FALSE;
}

static gboolean
check_kind (const Place *place, gboolean wants_tree, GError **error)
{
  if (!S_ISREG (place->status.st_mode) && !S_ISDIR (place->status.st_mode))
    return fail_kind (place->path, "is a device, FIFO or socket", error);
  if (wants_tree && !S_ISDIR (place->status.st_mode))
    return fail_kind (place->path, "is a file, where `from` means a tree", error);
  return TRUE;
}

static gboolean
find_literal (AssayDirectory *root, const char *base, const char *from, gboolean wants_tree, GPtrArray *found,
              GError **error)
{
  g_auto (Place) place = { 0 };
  if (!resolve (root, base, from, &place, error))
    return FALSE;
  if (place.path == NULL)
    return TRUE;
  if (!check_kind (&place, wants_tree, error))
    return FALSE;
  g_ptr_array_add (found, g_steal_pointer (&place.path));
  return TRUE;
}

/* An entry whose name matches. Without a final slash a glob means files, with it trees; a link counts as what it leads
 * to. */
static gboolean
take_match (AssayDirectory *root, const char *base, const char *path, gboolean wants_tree, GPtrArray *found,
            GError **error)
{
  g_auto (Place) place = { 0 };
  if (!resolve (root, base, path, &place, error))
    return FALSE;
  if (place.path == NULL || wants_tree != (S_ISDIR (place.status.st_mode) != 0))
    return TRUE;
  if (!check_kind (&place, wants_tree, error))
    return FALSE;
  g_ptr_array_add (found, g_steal_pointer (&place.path));
  return TRUE;
}

static gboolean
find_beneath (AssayDirectory *root, const char *base, const char *glob, gboolean wants_tree, GPtrArray *found,
              GError **error)
{
  g_autoptr (AssayDirectory) directory = assay_directory_open_beneath (root, base, error);
  g_autoptr (GPtrArray) entries
      = directory == NULL ? NULL : assay_directory_walk (directory, ASSAY_CAGE_ENTRIES, "entries", error);
  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = entries->pdata[i];
      if (assay_text_glob_matches (glob, entry->path)
          && !take_match (root, base, entry->path, wants_tree, found, error))
        return FALSE;
    }
  return TRUE;
}

/* The literal directories before the first glob are resolved as any path; only beneath them names are matched. */
static gboolean
find_glob (AssayDirectory *root, const char *base, const char *from, gboolean wants_tree, GPtrArray *found,
           GError **error)
{
  g_auto (Place) place = { 0 };
  gsize literal = strcspn (from, "*");
  while (literal > 0 && from[literal - 1] != '/')
    literal--;
  g_autofree char *above = g_strndup (from, literal);
  g_auto (GStrv) components = g_strsplit (from + literal, "/", -1);
  if (g_strv_contains ((const char *const *)components, ".."))
    return fail_kind (from, "goes up behind a glob", error);
  if (!resolve (root, base, above, &place, error))
    return FALSE;
  if (place.path == NULL || !S_ISDIR (place.status.st_mode))
    return TRUE;
  return find_beneath (root, place.path, from + literal, wants_tree, found, error);
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Several links, or a link and a file, may be one. */
static void
sort_once (GPtrArray *found)
{
  g_ptr_array_sort (found, compare_paths);
  for (guint i = found->len; i > 1; i--)
    if (g_str_equal (found->pdata[i - 1], found->pdata[i - 2]))
      g_ptr_array_remove_index (found, i - 1);
}

GPtrArray *
assay_find_outputs (AssayDirectory *root, const char *path, const char *from, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  gboolean wants_tree = g_str_has_suffix (from, "/");
  g_autofree char *plain = g_strdup (from);
  const char *base = path + strlen ("/build");
  gboolean done;
  while (plain[0] != '\0' && g_str_has_suffix (plain, "/"))
    plain[strlen (plain) - 1] = '\0';
  if (assay_text_has_glob (plain))
    done = find_glob (root, base, plain, wants_tree, found, error);
  else
    done = find_literal (root, base, plain, wants_tree, found, error);
  if (!done)
    {
      g_autofree char *shown = assay_text_escape_line (from, -1);
      g_prefix_error (error, "`from: %s`: ", shown);
      return NULL;
    }
  sort_once (found);
  return g_steal_pointer (&found);
}
