#include "flow/kept.h"

#include "crypto/sha256.h"
#include "util/json.h"
#include "util/system.h"
#include "util/text.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Entries of one tree; as many as a build tree may have. */
#define ENTRIES_MAX 8000000u

static gboolean
refuse (const char *path, const char *name, const char *why, GError **error)
{
  g_autofree char *whole = g_build_filename (path, name, NULL);
  g_autofree char *shown = assay_text_escape_line (whole, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, "%s %s", shown, why);
  return FALSE;
}

static gboolean
check_file (AssayDirectory *top, const char *path, const char *name, const AssayDigest *sha256, GError **error)
{
  AssayDigest there;
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (top, name, error);
  if (blob == NULL || !assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &there, error))
    return FALSE;
  return assay_digest_equal (&there, sha256)
         || refuse (path, name, "is not what was rebuilt: it has another digest", error);
}

/* Of modes and times what was rebuilt counts: not all of them are kept. */
static gboolean
check_entry (const AssayMade *made, const AssayDirectoryEntry *wanted, AssayDirectory *there,
             const AssayDirectoryEntry *entry, const char *path, GError **error)
{
  AssayDigest sha256;
  if (strcmp (wanted->path, entry->path) != 0 || (wanted->status.st_mode & S_IFMT) != (entry->status.st_mode & S_IFMT)
      || g_strcmp0 (wanted->target, entry->target) != 0)
    return refuse (path, entry->path, "is not what was rebuilt", error);
  if (!S_ISREG (wanted->status.st_mode))
    return TRUE;
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (made->directory, wanted->path, error);
  return blob != NULL && assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &sha256, error)
         && check_file (there, path, entry->path, &sha256, error);
}

/* The record lies at the top, which the tree may be. */
static void
leave_out (GPtrArray *entries)
{
  for (guint i = entries->len; i > 0; i--)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i - 1);
      if (strcmp (entry->path, ASSAY_KEPT_RECORD) == 0 || strcmp (entry->path, ASSAY_REBUILT_FILE) == 0)
        g_ptr_array_remove_index (entries, i - 1);
    }
}

static gboolean
check_tree (AssayDirectory *top, const char *path, const char *name, const AssayMade *made, GError **error)
{
  g_autofree char *whole = g_build_filename (path, name, NULL);
  g_autoptr (AssayDirectory) there = assay_directory_open_beneath (top, name, error);
  g_autoptr (GPtrArray) found = there == NULL ? NULL : assay_directory_walk (there, ENTRIES_MAX, "entries", error);
  g_autoptr (GPtrArray) wanted
      = found == NULL ? NULL : assay_directory_walk (made->directory, ENTRIES_MAX, "entries", error);
  if (wanted == NULL)
    return FALSE;
  if (strcmp (name, ".") == 0)
    leave_out (found);
  for (guint i = 0; i < MIN (wanted->len, found->len); i++)
    if (!check_entry (made, g_ptr_array_index (wanted, i), there, g_ptr_array_index (found, i), whole, error))
      return FALSE;
  return wanted->len == found->len
         || refuse (path, name, "is not what was rebuilt: entries are missing or added", error);
}

static gboolean
check_record (AssayDirectory *top, const char *path, const char *record, GError **error)
{
  AssayDigest sha256;
  assay_sha256_bytes (record, strlen (record), &sha256);
  return check_file (top, path, ASSAY_KEPT_RECORD, &sha256, error);
}

/* What was not kept then is not there now, and a pattern might match less than it would. */
static gboolean
check_listed (const json_t *record, const char *path, const AssayRecipe *recipe, GError **error)
{
  const json_t *outputs = json_object_get (record, "outputs");
  for (guint i = 0; i < recipe->outputs->len; i++)
    {
      const AssayRecipeOutput *output = g_ptr_array_index (recipe->outputs, i);
      g_autoptr (json_t) from = assay_json_text (output->from);
      gboolean any = FALSE;
      for (gsize j = 0; j < json_array_size (outputs); j++)
        any = any || json_equal (from, json_object_get (json_array_get (outputs, j), "from"));
      if (any)
        continue;
      g_autofree char *shown = assay_text_escape_line (path, -1);
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND,
                   "%s:%d:%d: the output %s was not kept in %s: the recipe had it not when that was rebuilt",
                   recipe->file, output->line, output->column, output->from, shown);
      return FALSE;
    }
  return TRUE;
}

gboolean
assay_kept_check_listed (const char *path, const AssayRecipe *recipe, const char *record, GError **error)
{
  g_autoptr (AssayDirectory) top = assay_directory_open (path, error);
  if (top == NULL || !check_record (top, path, record, error))
    return FALSE;
  g_autoptr (json_t) parsed = assay_json_parse (record, strlen (record), ASSAY_KEPT_RECORD, error);
  return parsed != NULL && check_listed (parsed, path, recipe, error);
}

gboolean
assay_kept_compare (const char *path, const GPtrArray *made, const AssayRecipe *recipe, GError **error)
{
  g_autoptr (AssayDirectory) top = assay_directory_open (path, error);
  for (guint i = 0; top != NULL && i < made->len; i++)
    {
      const AssayMade *one = g_ptr_array_index (made, i);
      g_autofree char *name = assay_kept_name (one, recipe);
      if (!(one->blob != NULL ? check_file (top, path, name, &one->sha256, error)
                              : check_tree (top, path, name, one, error)))
        return FALSE;
    }
  return top != NULL;
}
