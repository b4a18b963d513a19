#include "rebuild/manifest.h"

#include "cage/cage_limits.h"
#include "crypto/sha256.h"
#include "util/cancel.h"
#include "util/inode.h"
#include "util/system.h"
#include "util/text.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#define WINDOW_BYTES 262144

/* Bytes of all extended attributes of one file: as many as Linux lets one have (XATTR_LIST_MAX, XATTR_SIZE_MAX). */
#define ATTRIBUTES_BYTES (1u << 20)

/* What comes of the machine and not of the build. */
#define LABEL "security.selinux"
#define KEPT "user."

/** A tree that is read. */
typedef struct
{
  AssayDirectory *tree;
  const AssayIdentity *owner;
  const AssayManifestSink *sink;
  GHashTable *names; /* AssayInode to the first path */
  AssaySha256 *all;
  AssaySha256 *content;
  guint8 *window;
} Reading;

static void
reading_clear (Reading *reading)
{
  g_clear_pointer (&reading->names, g_hash_table_unref);
  g_clear_pointer (&reading->all, assay_sha256_free);
  g_clear_pointer (&reading->content, assay_sha256_free);
  g_free (reading->window);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

static gboolean
refuse (const char *path, const char *why, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s %s", shown, why);
  return FALSE;
}

static void
put (GByteArray *bytes, guint64 value, guint width)
{
  guint64 little = GUINT64_TO_LE (value);
  g_byte_array_append (bytes, (const guint8 *)&little, width);
}

/* The form: kind, mode, seconds, nanoseconds, size, and the lengths of what follows: path, attributes, target. */
static GByteArray *
write_entry (const AssayManifestEntry *entry)
{
  GByteArray *bytes = g_byte_array_new ();
  gsize target = entry->target == NULL ? 0 : strlen (entry->target);
  put (bytes, entry->kind, 1);
  put (bytes, entry->mode, 4);
  put (bytes, (guint64)entry->time_s, 8);
  put (bytes, entry->time_ns, 4);
  put (bytes, entry->size, 8);
  put (bytes, strlen (entry->path), 4);
  put (bytes, entry->attributes->len, 8);
  put (bytes, target, 4);
  g_byte_array_append (bytes, (const guint8 *)entry->path, (guint)strlen (entry->path));
  g_byte_array_append (bytes, entry->attributes->data, entry->attributes->len);
  if (target > 0)
    g_byte_array_append (bytes, (const guint8 *)entry->target, (guint)target);
  return bytes;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static gboolean
add_attribute (GByteArray *out, int fd, const char *name, const char *path, GError **error)
{
  g_autofree guint8 *value = g_malloc (ATTRIBUTES_BYTES);
  gssize length = fgetxattr (fd, name, value, ATTRIBUTES_BYTES);
  if (length < 0)
    return assay_system_error (error, errno, "read an extended attribute of", path);
  g_byte_array_append (out, (const guint8 *)name, (guint)strlen (name) + 1);
  put (out, (guint64)length, 4);
  g_byte_array_append (out, value, (guint)length);
  return out->len <= ATTRIBUTES_BYTES || refuse (path, "has too many extended attributes", error);
}

static gboolean
read_attributes (GByteArray *out, int fd, const char *path, GError **error)
{
  g_autofree char *names = NULL;
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  gssize length = flistxattr (fd, NULL, 0);
  if (length == 0 || (length < 0 && errno == ENOTSUP))
    return TRUE;
  names = length > 0 ? g_malloc ((gsize)length) : NULL;
  if (names == NULL || flistxattr (fd, names, (gsize)length) != length)
    return assay_system_error (error, errno, "list extended attributes of", path);
  for (const char *name = names; name < names + length; name += strlen (name) + 1)
    if (g_str_has_prefix (name, KEPT))
      g_ptr_array_add (sorted, (gpointer)name);
    else if (!g_str_equal (name, LABEL))
      return refuse (path, "has an extended attribute that is no `user.*`", error);
  g_ptr_array_sort (sorted, compare_names);
  for (guint i = 0; i < sorted->len; i++)
    if (!add_attribute (out, fd, g_ptr_array_index (sorted, i), path, error))
      return FALSE;
  return TRUE;
}

/* A run of bytes that are no hole. */
static gboolean
read_run (Reading *reading, int fd, const char *path, guint64 from, guint64 until, GError **error)
{
  const AssayManifestSink *sink = reading->sink;
  while (from < until)
    {
      gsize take = (gsize)MIN (until - from, WINDOW_BYTES);
      gssize length = assay_system_read_at (fd, reading->window, take, from);
      if (length != (gssize)take)
        return assay_system_error (error, length < 0 ? errno : EIO, "read", path);
      if (assay_cancelled (error))
        return FALSE;
      assay_sha256_update (reading->content, reading->window, take);
      if (sink != NULL && sink->add != NULL && !sink->add (sink->data, from, reading->window, take, error))
        return FALSE;
      from += take;
    }
  return TRUE;
}

/* Zeros that nobody wrote. */
static void
digest_hole (Reading *reading, guint64 length)
{
  memset (reading->window, 0, MIN (length, WINDOW_BYTES));
  for (; length > 0; length -= MIN (length, WINDOW_BYTES))
    assay_sha256_update (reading->content, reading->window, (gsize)MIN (length, WINDOW_BYTES));
}

static gboolean
read_content (Reading *reading, int fd, const AssayManifestEntry *entry, GError **error)
{
  const AssayManifestSink *sink = reading->sink;
  AssayDigest digest;
  struct stat status;
  if (sink != NULL && sink->known != NULL && fstat (fd, &status) == 0)
    {
      const AssayDigest *known = assay_known_files_find (sink->known, &status);
      if (known != NULL)
        {
          assay_sha256_update (reading->all, known->bytes, sizeof known->bytes);
          return TRUE;
        }
    }
  for (guint64 at = 0; at < entry->size;)
    {
      off_t data = lseek (fd, (off_t)at, SEEK_DATA);
      if (data < 0 && errno != ENXIO)
        data = (off_t)at; /* a file system that knows no holes */
      guint64 begin = data < 0 ? entry->size : MIN ((guint64)data, entry->size);
      off_t hole = begin < entry->size ? lseek (fd, (off_t)begin, SEEK_HOLE) : -1;
      guint64 end = hole < 0 ? entry->size : MIN ((guint64)hole, entry->size);
      digest_hole (reading, begin - at);
      if (!read_run (reading, fd, entry->path, begin, end, error))
        return FALSE;
      at = end;
    }
  assay_sha256_finish (reading->content, &digest);
  assay_sha256_update (reading->all, digest.bytes, sizeof digest.bytes);
  if (sink == NULL)
    return TRUE;
  if (sink->known != NULL && fstat (fd, &status) == 0)
    assay_known_files_add (sink->known, &status, &digest);
  return sink->end == NULL || sink->end (sink->data, error);
}

/* What an entry is; FALSE where we cannot make such a thing anew. */
static gboolean
find_kind (Reading *reading, const AssayDirectoryEntry *found, AssayManifestEntry *entry, GError **error)
{
  mode_t mode = found->status.st_mode;
  const AssayInode inode = assay_inode_of (&found->status);
  const char *first
      = S_ISREG (mode) && found->status.st_nlink > 1 ? g_hash_table_lookup (reading->names, &inode) : NULL;
  if (S_ISREG (mode) && found->status.st_nlink > 1 && first == NULL)
    g_hash_table_insert (reading->names, g_memdup2 (&inode, sizeof inode), g_strdup (found->path));
  if (first != NULL)
    {
      entry->kind = ASSAY_MANIFEST_HARD_LINK;
      entry->target = g_strdup (first);
      return TRUE;
    }
  if (found->status.st_uid != reading->owner->uid || found->status.st_gid != reading->owner->gid)
    return refuse (found->path, "belongs to another user or group than the build", error);
  entry->mode = S_ISLNK (mode) ? 0 : mode & 07777;
  entry->time_s = found->status.st_mtim.tv_sec;
  entry->time_ns = (guint32)found->status.st_mtim.tv_nsec;
  entry->size = S_ISREG (mode) ? (guint64)found->status.st_size : 0;
  entry->target = g_strdup (found->target);
  entry->kind = S_ISDIR (mode)    ? ASSAY_MANIFEST_DIRECTORY
                : S_ISLNK (mode)  ? ASSAY_MANIFEST_LINK
                : S_ISFIFO (mode) ? ASSAY_MANIFEST_PIPE
                                  : ASSAY_MANIFEST_FILE;
  return S_ISDIR (mode) || S_ISLNK (mode) || S_ISFIFO (mode) || S_ISREG (mode)
         || refuse (found->path, "is a socket or device", error);
}

static int
open_entry (const Reading *reading, const AssayManifestEntry *entry, GError **error)
{
  g_autoptr (AssayDirectory) directory = NULL;
  if (entry->kind == ASSAY_MANIFEST_FILE)
    return assay_directory_open_file (reading->tree, entry->path, error);
  directory = assay_directory_open_beneath (reading->tree, entry->path, error);
  return directory == NULL ? -1 : fcntl (assay_directory_get_fd (directory), F_DUPFD_CLOEXEC, 0);
}

static gboolean
read_entry (Reading *reading, const AssayDirectoryEntry *found, GError **error)
{
  const AssayManifestSink *sink = reading->sink;
  g_autoptr (AssayManifestEntry) entry = g_new0 (AssayManifestEntry, 1);
  assay_autofd fd = -1;
  entry->path = g_strdup (found->path);
  entry->attributes = g_byte_array_new ();
  if (assay_cancelled (error) || !find_kind (reading, found, entry, error))
    return FALSE;
  if (entry->kind == ASSAY_MANIFEST_FILE || entry->kind == ASSAY_MANIFEST_DIRECTORY)
    {
      fd = open_entry (reading, entry, error);
      if (fd < 0 || !read_attributes (entry->attributes, fd, entry->path, error))
        return FALSE;
    }
  g_autoptr (GByteArray) bytes = write_entry (entry);
  assay_sha256_update (reading->all, bytes->data, bytes->len);
  if (sink != NULL && sink->begin != NULL && !sink->begin (sink->data, bytes->data, bytes->len, error))
    return FALSE;
  return entry->kind != ASSAY_MANIFEST_FILE || read_content (reading, fd, entry, error);
}

/* Directories and links are what a path leads by. */
static gboolean
counts (const AssayDirectoryEntry *entry, const GPtrArray *paths)
{
  gboolean any = paths == NULL || S_ISDIR (entry->status.st_mode) || S_ISLNK (entry->status.st_mode);
  for (guint i = 0; !any && i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      gsize length = strlen (path);
      any = g_str_equal (path, ".")
            || (strncmp (entry->path, path, length) == 0
                && (entry->path[length] == '\0' || entry->path[length] == '/'));
    }
  return any;
}

gboolean
assay_manifest_read (AssayDirectory *tree, const AssayIdentity *owner, const GPtrArray *paths,
                     const AssayManifestSink *sink, guint64 *out_entries, AssayDigest *out_digest, GError **error)
{
  g_auto (Reading) reading = { .tree = tree, .owner = owner, .sink = sink };
  AssayDirectoryEntry top = { .path = (char *)"." };
  g_autoptr (GPtrArray) entries = assay_directory_walk (tree, ASSAY_CAGE_ENTRIES, "entries", error);
  if (entries == NULL)
    return FALSE;
  if (fstat (assay_directory_get_fd (tree), &top.status) != 0)
    return assay_system_error (error, errno, "look at", "the build tree");
  reading.names = g_hash_table_new_full (assay_inode_hash, assay_inode_equal, g_free, g_free);
  reading.all = assay_sha256_new ();
  reading.content = assay_sha256_new ();
  reading.window = g_malloc (WINDOW_BYTES);
  if (!read_entry (&reading, &top, error))
    return FALSE;
  *out_entries = 1;
  for (guint i = 0; i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      if (!counts (entry, paths))
        continue;
      if (!read_entry (&reading, entry, error))
        return FALSE;
      ++*out_entries;
    }
  assay_sha256_finish (reading.all, out_digest);
  return TRUE;
}
