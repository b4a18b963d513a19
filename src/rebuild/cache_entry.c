#include "rebuild/cache_entry.h"

#include "util/json.h"
#include "util/system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define SCHEMA "assay.cache/3"

void
assay_cached_clear (AssayCached *cached)
{
  g_clear_pointer (&cached->control_groups, g_strfreev);
  g_clear_pointer (&cached->swhid, g_free);
  g_clear_pointer (&cached->delivery, json_decref);
  g_clear_pointer (&cached->patterns, g_strfreev);
  g_clear_pointer (&cached->natures, json_decref);
  g_clear_pointer (&cached->files, json_decref);
}

void
assay_cache_entry_clear (AssayCacheEntry *entry)
{
  assay_cached_clear (&entry->cached);
}

static json_t *
write_tree (const AssayPackedTree *tree)
{
  char hex[ASSAY_DIGEST_HEX_SIZE], stored[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (&tree->sha256, hex);
  assay_digest_to_hex (&tree->stored, stored);
  return json_pack ("{s:I,s:I,s:s,s:I,s:s}", "offset", (json_int_t)tree->offset, "length", (json_int_t)tree->length,
                    "stored", stored, "entries", (json_int_t)tree->entries, "sha256", hex);
}

static json_t *
write_strings (char *const *strings)
{
  json_t *list = json_array ();
  for (char *const *string = strings; string != NULL && *string != NULL; string++)
    json_array_append_new (list, json_string (*string));
  return list;
}

static json_t *
refer (json_t *part)
{
  return part == NULL ? json_null () : json_incref (part);
}

char *
assay_cache_entry_write (const AssayCacheEntry *entry, const char *key)
{
  g_autoptr (json_t) written = json_object ();
  char prepared[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (&entry->cached.prepared, prepared);
  json_object_set_new (written, "schema", json_string (SCHEMA));
  json_object_set_new (written, "key", json_string (key));
  json_object_set_new (written, "control_groups", write_strings (entry->cached.control_groups));
  json_object_set_new (written, "prepared", json_string (prepared));
  json_object_set_new (written, "swhid", json_string (entry->cached.swhid));
  json_object_set_new (written, "delivery", refer (entry->cached.delivery));
  json_object_set_new (written, "natures", refer (entry->cached.natures));
  json_object_set_new (written, "files", refer (entry->cached.files));
  json_object_set_new (written, "patterns", write_strings (entry->cached.patterns));
  json_object_set_new (written, "outputs",
                       entry->cached.patterns == NULL ? json_null () : write_tree (&entry->outputs));
  json_object_set_new (written, "build", write_tree (&entry->build));
  json_object_set_new (written, "beside", write_tree (&entry->beside));
  char *text = assay_json_canonical (written);
  char *copy = g_strdup (text);
  free (text);
  return copy;
}

static gboolean
parse_tree (const json_t *written, const char *name, AssayPackedTree *out)
{
  json_int_t offset = -1, length = -1, entries = -1;
  const char *hex = NULL;
  const char *stored = NULL;
  if (json_unpack_ex (json_object_get (written, name), NULL, JSON_STRICT, "{s:I,s:I,s:s,s:I,s:s}", "offset", &offset,
                      "length", &length, "stored", &stored, "entries", &entries, "sha256", &hex)
          != 0
      || offset < 0 || length < 0 || entries < 1)
    return FALSE;
  out->offset = (guint64)offset;
  out->length = (guint64)length;
  out->entries = (guint64)entries;
  return assay_digest_from_hex (stored, &out->stored) && assay_digest_from_hex (hex, &out->sha256);
}

static char **
parse_strings (const json_t *list)
{
  g_autoptr (GPtrArray) strings = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; i < json_array_size (list); i++)
    if (json_is_string (json_array_get (list, i)))
      g_ptr_array_add (strings, g_strdup (json_string_value (json_array_get (list, i))));
  g_ptr_array_add (strings, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&strings), FALSE);
}

static gboolean
parse_prepared (const json_t *written, AssayCached *out)
{
  const char *hex = json_string_value (json_object_get (written, "prepared"));
  const char *swhid = json_string_value (json_object_get (written, "swhid"));
  if (hex == NULL || swhid == NULL || !assay_digest_from_hex (hex, &out->prepared))
    return FALSE;
  out->swhid = g_strdup (swhid);
  out->delivery = json_incref (json_object_get (written, "delivery"));
  out->natures = json_incref (json_object_get (written, "natures"));
  out->files = json_incref (json_object_get (written, "files"));
  return TRUE;
}

static gboolean
parse_outputs (const json_t *written, AssayCacheEntry *out)
{
  if (!json_is_object (json_object_get (written, "outputs")))
    return TRUE;
  out->cached.patterns = parse_strings (json_object_get (written, "patterns"));
  return parse_tree (written, "outputs", &out->outputs);
}

gboolean
assay_cache_entry_parse (const char *text, const char *key, AssayCacheEntry *out, GError **error)
{
  g_autoptr (json_t) written = assay_json_parse (text, strlen (text), "the entry", error);
  if (written == NULL)
    return FALSE;
  if (g_strcmp0 (json_string_value (json_object_get (written, "schema")), SCHEMA) != 0
      || g_strcmp0 (json_string_value (json_object_get (written, "key")), key) != 0
      || !json_is_array (json_object_get (written, "control_groups")) || !parse_tree (written, "build", &out->build)
      || !parse_tree (written, "beside", &out->beside) || !parse_prepared (written, &out->cached)
      || !parse_outputs (written, out))
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "it is no entry of this key");
      return FALSE;
    }
  out->cached.control_groups = parse_strings (json_object_get (written, "control_groups"));
  return TRUE;
}

/** A file of the cache. */
typedef struct
{
  char *name;
  guint64 size_bytes;
  struct timespec used;
} Kept;

static void
kept_free (gpointer data)
{
  Kept *kept = data;
  g_free (kept->name);
  g_free (kept);
}

static int
compare_use (gconstpointer a, gconstpointer b)
{
  const Kept *first = *(const Kept *const *)a;
  const Kept *second = *(const Kept *const *)b;
  if (first->used.tv_sec != second->used.tv_sec)
    return first->used.tv_sec < second->used.tv_sec ? -1 : 1;
  if (first->used.tv_nsec != second->used.tv_nsec)
    return first->used.tv_nsec < second->used.tv_nsec ? -1 : 1;
  return strcmp (first->name, second->name);
}

/* Nobody holds what a killed process has left. */
static void
remove_part (int directory, const char *name)
{
  assay_autofd fd = openat (directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
    unlinkat (directory, name, 0);
}

static gboolean
is_entry (const char *name)
{
  AssayDigest ignored;
  return assay_digest_from_hex (name, &ignored);
}

static GPtrArray *
list_entries (int directory, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (kept_free);
  int fd = openat (directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *stream = fd < 0 ? NULL : fdopendir (fd);
  if (stream == NULL)
    {
      assay_system_error (error, errno, "list", "the cache");
      assay_fd_close (&fd);
      return NULL;
    }
  for (const struct dirent *found = readdir (stream); found != NULL; found = readdir (stream))
    {
      struct stat status;
      if (g_str_has_prefix (found->d_name, ASSAY_PACK_PART))
        remove_part (directory, found->d_name);
      if (!is_entry (found->d_name) || fstatat (directory, found->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      Kept *kept = g_new0 (Kept, 1);
      kept->name = g_strdup (found->d_name);
      kept->size_bytes = (guint64)status.st_size;
      kept->used = status.st_mtim;
      g_ptr_array_add (list, kept);
    }
  closedir (stream);
  g_ptr_array_sort (list, compare_use);
  return g_steal_pointer (&list);
}

void
assay_cache_entries_evict (AssayDirectory *directory, guint64 most_bytes, const char *keep, GPtrArray *notes)
{
  int fd = assay_directory_get_fd (directory);
  guint64 all = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = list_entries (fd, &error);
  for (guint i = 0; list != NULL && i < list->len; i++)
    all += ((const Kept *)g_ptr_array_index (list, i))->size_bytes;
  for (guint i = 0; list != NULL && i < list->len && all > most_bytes; i++)
    {
      const Kept *kept = g_ptr_array_index (list, i);
      if (g_str_equal (kept->name, keep))
        continue;
      if (unlinkat (fd, kept->name, 0) != 0 && errno != ENOENT)
        {
          assay_system_error (&error, errno, "remove", kept->name);
          break;
        }
      all -= kept->size_bytes;
    }
  if (error != NULL)
    g_ptr_array_add (notes, g_strdup_printf ("the cache is not kept within its size: %s", error->message));
}
