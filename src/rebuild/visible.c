#include "rebuild/visible.h"

#include "util/cancel.h"
#include "util/system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Each level holds a descriptor. */
#define DEEPEST 512u
#define READ_BYTES (64u * 1024)

/**
 * Entry: a name in the directory that is being looked at, or in one above it.
 *
 * @offset: of the name, with its NUL, in @names of the walk
 */
typedef struct
{
  guint32 offset;
  unsigned char type; /* d_type */
} Entry;

/**
 * Walk: A machine has some 100,000 files, and is walked before each build. So a directory is read without the streams
 * of the C library, all names lie in one piece, and entries are asked for by name in their open directory, which spares
 * the kernel the way down to each.
 */
typedef struct
{
  GString *path; /* of what is being looked at */
  guint depth;
  const char *name;
  AssayVisibleFunc func;
  gpointer data;
  GArray *entries; /* Entry: of each directory down to this one, of which those that were visited are not needed */
  GString *names;  /* theirs */
  char *read;      /* READ_BYTES */
} Walk;

static gboolean visit (Walk *walk, int parent, gsize at, unsigned char type, GError **error);

static gboolean
fail (const Walk *walk, GError **error)
{
  return assay_system_error (error, errno, "list", walk->name);
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer names)
{
  const Entry *first = a;
  const Entry *second = b;
  return strcmp ((const char *)names + first->offset, (const char *)names + second->offset);
}

/* What went away, and what we may not look into, the sandbox does not see either. */
static gboolean
is_unseen (int number)
{
  return number == EACCES || number == ENOENT || number == ENOTDIR;
}

/* Neither a link nor a device, a pipe or a socket can hold anything: nothing is asked of these. */
static gboolean
may_hold (const struct dirent64 *entry)
{
  return (entry->d_type == DT_REG || entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN)
         && strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0;
}

static gboolean
list_entries (Walk *walk, int directory)
{
  guint first = walk->entries->len;
  ssize_t got;
  while ((got = getdents64 (directory, walk->read, READ_BYTES)) > 0)
    for (ssize_t at = 0; at < got;)
      {
        const struct dirent64 *entry = (const struct dirent64 *)(gconstpointer)(walk->read + at);
        at += entry->d_reclen;
        if (!may_hold (entry))
          continue;
        const Entry added = { (guint32)walk->names->len, entry->d_type };
        g_array_append_val (walk->entries, added);
        g_string_append_len (walk->names, entry->d_name, (gssize)strlen (entry->d_name) + 1);
      }
  if (got == 0 && walk->entries->len - first > 1)
    g_qsort_with_data (&g_array_index (walk->entries, Entry, first), (gint)(walk->entries->len - first), sizeof (Entry),
                       compare_names, walk->names->str);
  return got == 0;
}

static gboolean
visit_all (Walk *walk, int directory, GError **error)
{
  guint first = walk->entries->len;
  gsize first_name = walk->names->len;
  gsize length = walk->path->len;
  if (!list_entries (walk, directory))
    return fail (walk, error);
  for (guint i = first; i < walk->entries->len; i++)
    {
      const Entry entry = g_array_index (walk->entries, Entry, i);
      if (walk->path->str[length - 1] != '/')
        g_string_append_c (walk->path, '/');
      gsize at = walk->path->len;
      g_string_append (walk->path, walk->names->str + entry.offset);
      if (!visit (walk, directory, at, entry.type, error))
        return FALSE;
      g_string_truncate (walk->path, length);
    }
  g_array_set_size (walk->entries, first);
  g_string_truncate (walk->names, first_name);
  return TRUE;
}

static gboolean
walk_directory (Walk *walk, int directory, GError **error)
{
  if (walk->depth >= DEEPEST)
    {
      errno = ENAMETOOLONG;
      return fail (walk, error);
    }
  walk->depth++;
  gboolean good = visit_all (walk, directory, error);
  walk->depth--;
  return good;
}

/* @at: where in the path the name in @parent begins; 0: the path that was asked for, of which links are followed */
static gboolean
visit (Walk *walk, int parent, gsize at, unsigned char type, GError **error)
{
  const char *entry = walk->path->str + at;
  int number = ENOENT; /* a file that has become a directory meanwhile */
  struct stat status;
  assay_autofd fd = -1;
  if (assay_cancelled (error))
    return FALSE;
  if (type != DT_REG)
    {
      fd = openat (parent, entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (at == 0 ? 0 : O_NOFOLLOW));
      number = errno;
    }
  if ((fd >= 0 ? fstat (fd, &status) : fstatat (parent, entry, &status, at == 0 ? 0 : AT_SYMLINK_NOFOLLOW)) != 0)
    return is_unseen (errno) || fail (walk, error);
  if (!S_ISREG (status.st_mode) && !S_ISDIR (status.st_mode))
    return TRUE;
  if (!walk->func (walk->path->str, &status, walk->data, error))
    return FALSE;
  if (S_ISREG (status.st_mode))
    return TRUE;
  if (fd >= 0)
    return walk_directory (walk, fd, error);
  errno = number;
  return is_unseen (number) || fail (walk, error);
}

gboolean
assay_visible_walk (const char *path, const char *name, AssayVisibleFunc func, gpointer data, GError **error)
{
  g_autoptr (GString) at = g_string_new (path);
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_autofree char *read = g_malloc (READ_BYTES);
  Walk walk
      = { .path = at, .name = name, .func = func, .data = data, .entries = entries, .names = names, .read = read };
  return visit (&walk, AT_FDCWD, 0, DT_UNKNOWN, error);
}
