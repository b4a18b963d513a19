#include "flow/kept.h"

#include "crypto/sha256.h"
#include "util/cancel.h"
#include "util/system.h"
#include "util/text.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes that are copied at once. */
#define COPY_BYTES 65536u
/* Bits of a mode that a file keeps. */
#define KEPT_BITS 0777u
/* Entries of one tree; as many as a build tree may have. */
#define ENTRIES_MAX 8000000u

/** A directory on its way: opened, not yet at its place. */
typedef struct
{
  AssayDirectory *top;
  const AssayRecipe *recipe;
} Kept;

gboolean
assay_kept_check (const char *path, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  struct stat status;
  if (lstat (path, &status) != 0 && errno == ENOENT)
    return TRUE;
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  if (directory != NULL && S_ISDIR (status.st_mode) && g_dir_read_name (directory) == NULL)
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
               "--output %s: expected a directory that is empty or not there yet", shown);
  return FALSE;
}

char *
assay_kept_name (const AssayMade *made, const AssayRecipe *recipe)
{
  const char *inside = recipe->path + strlen ("/build");
  g_autofree char *above = *inside == '/' ? g_strconcat (inside + 1, "/", NULL) : g_strdup ("");
  const char *given = made->output->from;
  if (assay_text_has_glob (given))
    given = g_str_has_prefix (made->path, above) ? made->path + strlen (above) : made->path;
  g_auto (GStrv) parts = g_strsplit (given, "/", -1);
  g_autoptr (GString) name = g_string_new (NULL);
  for (char **part = parts; *part != NULL; part++)
    if (**part != '\0' && strcmp (*part, ".") != 0)
      g_string_append_printf (name, "%s%s", name->len > 0 ? "/" : "", strcmp (*part, "..") == 0 ? "%2E%2E" : *part);
  return g_strdup (name->len == 0 ? "." : name->str);
}

/* Opens a directory beneath, and makes what is missing on the way. */
static AssayDirectory *
make_way (AssayDirectory *top, const char *path, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  g_autoptr (AssayDirectory) at = assay_directory_ref (top);
  for (char **part = parts; *part != NULL; part++)
    {
      if (**part == '\0' || strcmp (*part, ".") == 0)
        continue;
      if (mkdirat (assay_directory_get_fd (at), *part, 0755) != 0 && errno != EEXIST)
        {
          assay_system_error (error, errno, "make the directory", path);
          return NULL;
        }
      AssayDirectory *next = assay_directory_open_beneath (at, *part, error);
      if (next == NULL)
        return NULL;
      assay_directory_unref (at);
      at = next;
    }
  return g_steal_pointer (&at);
}

static gboolean
copy_bytes (AssayBlob *blob, int fd, const char *name, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (COPY_BYTES);
  guint64 size = assay_blob_get_size (blob);
  for (guint64 done = 0; done < size;)
    {
      gsize take = (gsize)MIN (size - done, COPY_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (blob, done, buffer, take, error))
        return FALSE;
      if (!assay_system_write_all (fd, buffer, take))
        return assay_system_error (error, errno, "write", name);
      done += take;
    }
  return TRUE;
}

static gboolean
is_same (AssayBlob *blob, AssayDirectory *top, const char *name)
{
  g_autoptr (GError) ignored = NULL;
  g_autoptr (AssayBlob) there = assay_blob_new_for_file (top, name, &ignored);
  AssayDigest ours, theirs;
  return there != NULL && assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &ours, &ignored)
         && assay_sha256_blob (there, 0, assay_blob_get_size (there), &theirs, &ignored)
         && assay_digest_equal (&ours, &theirs);
}

/* One file; where an output lies in the tree of another it is there already. */
static gboolean
write_file (const Kept *kept, AssayBlob *blob, const char *name, mode_t mode, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (name);
  g_autofree char *base = g_path_get_basename (name);
  g_autoptr (AssayDirectory) directory = make_way (kept->top, parent, error);
  if (directory == NULL)
    return FALSE;
  assay_autofd fd
      = openat (assay_directory_get_fd (directory), base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST && is_same (blob, kept->top, name))
    return TRUE;
  if (fd < 0 && errno == EEXIST)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "two outputs are called %s and are not one", name);
      return FALSE;
    }
  if (fd < 0)
    return assay_system_error (error, errno, "make", name);
  if (!copy_bytes (blob, fd, name, error))
    return FALSE;
  if (fchmod (fd, mode & KEPT_BITS) != 0 || fsync (fd) != 0)
    return assay_system_error (error, errno, "write", name);
  return assay_blob_check_unchanged (blob, error);
}

static gboolean
write_link (const Kept *kept, const char *target, const char *name, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (name);
  g_autofree char *base = g_path_get_basename (name);
  g_autoptr (AssayDirectory) directory = make_way (kept->top, parent, error);
  if (directory == NULL)
    return FALSE;
  if (symlinkat (target, assay_directory_get_fd (directory), base) == 0)
    return TRUE;
  if (errno != EEXIST)
    return assay_system_error (error, errno, "make the link", name);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "two outputs are called %s and are not one", name);
  return FALSE;
}

static gboolean
write_entry (const Kept *kept, AssayDirectory *from, const AssayDirectoryEntry *entry, const char *name, GError **error)
{
  if (S_ISDIR (entry->status.st_mode))
    {
      g_autoptr (AssayDirectory) made = make_way (kept->top, name, error);
      return made != NULL;
    }
  if (S_ISLNK (entry->status.st_mode))
    return write_link (kept, entry->target, name, error);
  if (!S_ISREG (entry->status.st_mode))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s is no file, directory or link", name);
      return FALSE;
    }
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (from, entry->path, error);
  return blob != NULL && write_file (kept, blob, name, entry->status.st_mode, error);
}

/* Modes of directories last, and from below: one may not be written any more with its own. */
static gboolean
set_modes (const Kept *kept, const GPtrArray *entries, const char *name, GError **error)
{
  for (guint i = entries->len; i-- > 0;)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      g_autofree char *path = g_build_filename (name, entry->path, NULL);
      if (!S_ISDIR (entry->status.st_mode))
        continue;
      g_autoptr (AssayDirectory) made = make_way (kept->top, path, error);
      if (made == NULL)
        return FALSE;
      if (fchmod (assay_directory_get_fd (made), (entry->status.st_mode & KEPT_BITS) | S_IRWXU) != 0)
        return assay_system_error (error, errno, "change the mode of", path);
    }
  return TRUE;
}

/* Of the top of a tree, which is no entry of itself. */
static gboolean
set_mode (AssayDirectory *top, AssayDirectory *from, const char *name, GError **error)
{
  struct stat status;
  if (fstat (assay_directory_get_fd (from), &status) == 0
      && fchmod (assay_directory_get_fd (top), (status.st_mode & KEPT_BITS) | S_IRWXU) == 0)
    return TRUE;
  return assay_system_error (error, errno, "change the mode of", name);
}

static gboolean
write_tree (const Kept *kept, const AssayMade *made, const char *name, GError **error)
{
  g_autoptr (AssayDirectory) top = make_way (kept->top, name, error);
  g_autoptr (GPtrArray) entries
      = top == NULL ? NULL : assay_directory_walk (made->directory, ENTRIES_MAX, "entries", error);
  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      g_autofree char *path
          = strcmp (name, ".") == 0 ? g_strdup (entry->path) : g_build_filename (name, entry->path, NULL);
      if (assay_cancelled (error) || !write_entry (kept, made->directory, entry, path, error))
        return FALSE;
    }
  return set_modes (kept, entries, name, error) && set_mode (top, made->directory, name, error);
}

/* What lies there now is what was digested in the build tree. */
static gboolean
check_file (const Kept *kept, const AssayMade *made, const char *name, GError **error)
{
  AssayDigest digest;
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (kept->top, name, error);
  if (blob == NULL || !assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &digest, error))
    return FALSE;
  if (assay_digest_equal (&digest, &made->sha256))
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, "the output %s changed while it was copied", name);
  return FALSE;
}

static gboolean
write_made (const Kept *kept, const AssayMade *made, GError **error)
{
  g_autofree char *name = assay_kept_name (made, kept->recipe);
  struct stat status;
  if (made->directory != NULL)
    return write_tree (kept, made, name, error);
  if (fstatat (assay_directory_get_fd (made->root), made->found, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return assay_system_error (error, errno, "look at", made->path);
  return write_file (kept, made->blob, name, status.st_mode, error) && check_file (kept, made, name, error);
}

static gboolean
write_record (const Kept *kept, const char *record, GError **error)
{
  assay_autofd fd = openat (assay_directory_get_fd (kept->top), ASSAY_KEPT_RECORD,
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0 && errno == EEXIST)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "an output is called %s, as the record beside them",
                   ASSAY_KEPT_RECORD);
      return FALSE;
    }
  if (fd < 0 || !assay_system_write_all (fd, record, strlen (record)) || fsync (fd) != 0)
    return assay_system_error (error, errno, "write", ASSAY_KEPT_RECORD);
  return TRUE;
}

/* Files of symbols as well, which are no outputs and name their parts. */
static GPtrArray *
list_paths (const Kept *kept, const GPtrArray *made, AssayRebuild *rebuild)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < made->len; i++)
    {
      const AssayMade *one = g_ptr_array_index (made, i);
      g_ptr_array_add (paths, g_strdup (one->found));
    }
  for (guint i = 0; i < kept->recipe->outputs->len; i++)
    {
      const AssayRecipeOutput *output = g_ptr_array_index (kept->recipe->outputs, i);
      for (char **from = output->symbols; from != NULL && *from != NULL; from++)
        {
          GPtrArray *found = assay_rebuild_find (rebuild, *from, NULL);
          if (found != NULL)
            g_ptr_array_extend_and_steal (paths, found);
        }
    }
  return paths;
}

static gboolean
write_seal (const Kept *kept, const GPtrArray *made, const char *record, const AssayKeptSeal *seal, GError **error)
{
  struct stat status;
  if (seal->rebuild == NULL)
    return TRUE;
  if (fstatat (assay_directory_get_fd (kept->top), ASSAY_REBUILT_FILE, &status, AT_SYMLINK_NOFOLLOW) == 0)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "an output is called %s, as a file beside them",
                   ASSAY_REBUILT_FILE);
      return FALSE;
    }
  g_autoptr (GPtrArray) paths = list_paths (kept, made, seal->rebuild);
  return assay_rebuild_write_down (seal->rebuild, paths, record, seal->secret, kept->top, error);
}

static gboolean
fill (const Kept *kept, const GPtrArray *made, const char *record, const AssayKeptSeal *seal, GError **error)
{
  for (guint i = 0; i < made->len; i++)
    if (!write_made (kept, g_ptr_array_index (made, i), error))
      return FALSE;
  return write_record (kept, record, error) && write_seal (kept, made, record, seal, error);
}

gboolean
assay_kept_write (const char *path, const GPtrArray *made, const AssayRecipe *recipe, const char *record,
                  const AssayKeptSeal *seal, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *parent = g_path_get_dirname (absolute);
  g_autofree char *base = g_path_get_basename (absolute);
  g_autoptr (AssayPrivateDirectory) beside
      = assay_kept_check (absolute, error) ? assay_private_directory_new (parent, error) : NULL;
  if (beside == NULL)
    return FALSE;
  g_autoptr (AssayDirectory) top = make_way (assay_private_directory_get_directory (beside), base, error);
  Kept kept = { top, recipe };
  if (top == NULL || !fill (&kept, made, record, seal, error))
    return FALSE;
  g_autofree char *from = g_build_filename (assay_private_directory_get_path (beside), base, NULL);
  if (fchmod (assay_directory_get_fd (top), 0755) != 0 || fsync (assay_directory_get_fd (top)) != 0
      || rename (from, absolute) != 0)
    return assay_system_error (error, errno, "write", path);
  return TRUE;
}
