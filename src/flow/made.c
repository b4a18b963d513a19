#include "flow/made.h"

#include "crypto/sha256.h"
#include "flow/digests.h"
#include "util/system.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void
assay_made_free (AssayMade *made)
{
  if (made == NULL)
    return;
  g_clear_pointer (&made->blob, assay_blob_unref);
  g_clear_pointer (&made->directory, assay_directory_unref);
  g_clear_pointer (&made->root, assay_directory_unref);
  g_free (made->path);
  g_free (made->found);
  g_free (made);
}

/* The blob is there before the file is looked at: it sees what comes after. */
static gboolean
read_file (AssayMade *made, const AssayRebuild *rebuild, AssayDirectory *root, GError **error)
{
  struct stat status;
  made->blob = assay_blob_new_for_file (root, made->found, error);
  if (made->blob == NULL)
    return FALSE;
  if (fstatat (assay_directory_get_fd (root), made->found, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return assay_system_error (error, errno, "look at", made->path);
  const AssayDigest *known = assay_rebuild_find_sha256 (rebuild, &status);
  if (known == NULL)
    return assay_sha256_blob (made->blob, 0, assay_blob_get_size (made->blob), &made->sha256, error);
  made->sha256 = *known;
  return TRUE;
}

static gboolean
read_tree (AssayMade *made, AssayDirectory *root, const AssayLimits *limits, GError **error)
{
  AssayUnpackOptions options = { .limits = limits };
  made->directory = assay_directory_open_beneath (root, made->found, error);
  g_autoptr (AssayNode) listed
      = made->directory == NULL ? NULL : assay_unpack_entries (made->directory, &options, error);
  return listed != NULL && assay_tree_digest (listed, NULL, ASSAY_TREE_FACTS_WITHOUT_OWNERS, &made->sha256, error);
}

static AssayMade *
made_new (AssayRebuild *rebuild, const AssayRecipeOutput *output, const char *found, const AssayLimits *limits,
          GError **error)
{
  g_autoptr (AssayMade) made = g_new0 (AssayMade, 1);
  AssayDirectory *root = assay_rebuild_get_root (rebuild);
  struct stat status;
  made->output = output;
  made->found = g_strdup (found);
  made->path = assay_varied_outside (assay_rebuild_get_varied (rebuild), found);
  AssayBlob *given = assay_rebuild_get_given (rebuild, output->from, &made->sha256);
  if (given != NULL)
    {
      made->blob = assay_blob_ref (given);
      return g_steal_pointer (&made);
    }
  made->root = assay_directory_ref (root);
  if (fstatat (assay_directory_get_fd (root), found, &status, AT_SYMLINK_NOFOLLOW) != 0)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_IO, "the output %s cannot be read", made->path);
      return NULL;
    }
  gboolean done
      = S_ISDIR (status.st_mode) ? read_tree (made, root, limits, error) : read_file (made, rebuild, root, error);
  return done ? g_steal_pointer (&made) : NULL;
}

GPtrArray *
assay_made_find (AssayRebuild *rebuild, const AssayRecipe *recipe, const AssayRecipeOutput *output,
                 const AssayLimits *limits, GError **error)
{
  g_autoptr (GPtrArray) paths = assay_rebuild_find (rebuild, output->from, error);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_made_free);
  if (paths == NULL)
    return NULL;
  if (paths->len == 0)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND,
                   "%s:%d:%d: the output %s matches nothing in the build tree",
                   assay_recipe_file_of_output (recipe, output), output->line, output->column, output->from);
      return NULL;
    }
  for (guint i = 0; i < paths->len; i++)
    {
      AssayMade *made = made_new (rebuild, output, g_ptr_array_index (paths, i), limits, error);
      if (made == NULL)
        return NULL;
      g_ptr_array_add (list, made);
    }
  return g_steal_pointer (&list);
}

/* Of a pattern that matches several files each is one output; the paths tell which is which. */
AssayMade *
assay_made_find_again (AssayRebuild *rebuild, const AssayRecipe *recipe, const AssayMade *first,
                       const AssayLimits *limits, GError **error)
{
  g_autoptr (GPtrArray) made = assay_made_find (rebuild, recipe, first->output, limits, error);
  if (made == NULL)
    return NULL;
  for (guint i = 0; i < made->len; i++)
    {
      const AssayMade *one = g_ptr_array_index (made, i);
      gboolean same = made->len == 1 || strcmp (one->path, first->path) == 0;
      if (same && (one->blob == NULL) == (first->blob == NULL))
        return g_ptr_array_steal_index (made, i);
    }
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "the output %s is another thing than in the first rebuild",
               first->output->from);
  return NULL;
}

void
assay_made_digest (const GPtrArray *made, AssayDigest *out)
{
  g_autoptr (AssaySha256) sha256 = assay_sha256_new ();
  for (guint i = 0; i < made->len; i++)
    {
      const AssayMade *one = g_ptr_array_index (made, i);
      char hex[ASSAY_DIGEST_HEX_SIZE];
      assay_digest_to_hex (&one->sha256, hex);
      g_autofree char *line = g_strdup_printf ("%s %" G_GUINT64_FORMAT " %s %s\n", one->blob == NULL ? "d" : "f",
                                               one->blob == NULL ? 0 : assay_blob_get_size (one->blob), hex, one->path);
      assay_sha256_update (sha256, line, strlen (line));
    }
  assay_sha256_finish (sha256, out);
}

AssayExpectation *
assay_made_expect (const AssayMade *made)
{
  const char *at = made->output->at;
  g_autofree char *prefix = assay_recipe_tree_prefix (at);
  return made->blob != NULL ? assay_expectation_new_file (at == NULL ? "." : at, made->blob, made->path)
                            : assay_expectation_new_tree (prefix, made->directory, made->path);
}
