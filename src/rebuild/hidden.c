#include "rebuild/hidden.h"

#include "crypto/sha256.h"
#include "rebuild/layer.h"
#include "rebuild/toolchain.h"
#include "rebuild/visible.h"
#include "util/inode.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct _AssayHidden
{
  GHashTable *files; /* set of AssayInode */
  gboolean has_content;
  guint64 size_bytes;
  AssayDigest sha256;
};

AssayHidden *
assay_hidden_new (void)
{
  AssayHidden *hidden = g_new0 (AssayHidden, 1);
  hidden->files = g_hash_table_new_full (assay_inode_hash, assay_inode_equal, g_free, NULL);
  return hidden;
}

void
assay_hidden_free (AssayHidden *hidden)
{
  if (hidden == NULL)
    return;
  g_hash_table_unref (hidden->files);
  g_free (hidden);
}

void
assay_hidden_add_file (AssayHidden *hidden, const struct stat *status)
{
  const AssayInode inode = assay_inode_of (status);
  g_hash_table_add (hidden->files, g_memdup2 (&inode, sizeof inode));
}

void
assay_hidden_set_content (AssayHidden *hidden, guint64 size_bytes, const AssayDigest *sha256)
{
  hidden->has_content = size_bytes > 0;
  hidden->size_bytes = size_bytes;
  hidden->sha256 = *sha256;
}

/** A tree that is looked through. */
typedef struct
{
  const AssayHidden *hidden;
  const char *name;
  gsize skip; /* bytes of its own path */
  gboolean places_alone;
} Looking;

/* @at: beneath what is called @name, with its slash; "" is that itself. */
static gboolean
refuse (const char *name, const char *at, const char *why, GError **error)
{
  g_autofree char *whole = g_strconcat (name, at, NULL);
  g_autofree char *shown = assay_text_escape_line (whole, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX,
               "the build would see the image: %s %s; a build that can copy the image proves nothing, so none was made",
               shown, why);
  return FALSE;
}

/* A file that we may not read the sandbox may not read either: it has no more rights than we. */
static gboolean
has_content (const AssayHidden *hidden, const char *path, gboolean *out_has, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  AssayDigest sha256;
  if (access (path, R_OK) != 0 && errno == EACCES)
    return TRUE;
  g_autoptr (AssayDirectory) directory = assay_directory_open (parent, error);
  g_autoptr (AssayBlob) blob = directory == NULL ? NULL : assay_blob_new_for_file (directory, name, error);
  if (blob == NULL || !assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &sha256, error))
    return FALSE;
  *out_has = assay_digest_equal (&sha256, &hidden->sha256);
  return TRUE;
}

static gboolean
check_file (const char *path, const struct stat *status, gpointer data, GError **error)
{
  const Looking *looking = data;
  const AssayHidden *hidden = looking->hidden;
  const char *at = path + looking->skip;
  const AssayInode inode = assay_inode_of (status);
  gboolean has = FALSE;
  if (g_hash_table_contains (hidden->files, &inode))
    return refuse (looking->name, at, "is the image, or part of it, or a hard link to that", error);
  if (looking->places_alone || !S_ISREG (status->st_mode) || !hidden->has_content
      || (guint64)status->st_size != hidden->size_bytes)
    return TRUE;
  if (!has_content (hidden, path, &has, error))
    return FALSE;
  return !has || refuse (looking->name, at, "holds the same bytes", error);
}

gboolean
assay_hidden_check_tree (const AssayHidden *hidden, const char *path, const char *name, GError **error)
{
  Looking looking = { hidden, name, strlen (path), FALSE };
  return assay_visible_walk (path, name, check_file, &looking, error);
}

gboolean
assay_hidden_check_path (const AssayHidden *hidden, const char *path, const struct stat *status, GError **error)
{
  Looking looking = { hidden, "", 0, FALSE };
  return check_file (path, status, &looking, error);
}

static gboolean
check_recipe (const AssayHidden *hidden, const AssayRecipe *recipe, gboolean places_alone, GError **error)
{
  const GPtrArray *const lists[] = { recipe->source, recipe->patches, recipe->inputs, recipe->toolchain };
  for (gsize list = 0; list < G_N_ELEMENTS (lists); list++)
    for (guint i = 0; i < lists[list]->len; i++)
      {
        const AssayRecipeLayer *layer = lists[list]->pdata[i];
        Looking looking = { hidden, layer->given, strlen (layer->path), places_alone };
        if (layer->kind != ASSAY_SOURCE_GIT
            && !assay_visible_walk (layer->path, layer->given, check_file, &looking, error))
          return assay_layer_prefix (recipe, layer, error);
      }
  return TRUE;
}

gboolean
assay_hidden_check_recipe (const AssayHidden *hidden, const AssayRecipe *recipe, GError **error)
{
  return check_recipe (hidden, recipe, FALSE, error);
}

gboolean
assay_hidden_check_places (const AssayHidden *hidden, const AssayRecipe *recipe, GError **error)
{
  return check_recipe (hidden, recipe, TRUE, error);
}

gboolean
assay_hidden_has_content (const AssayHidden *hidden, const AssayDigest *sha256)
{
  return hidden->has_content && assay_digest_equal (&hidden->sha256, sha256);
}

gboolean
assay_hidden_check_delivery (const AssayHidden *hidden, const AssayDelivery *delivery, GError **error)
{
  const AssayDelivered *found = hidden->has_content ? assay_delivery_find (delivery, &hidden->sha256) : NULL;
  return found == NULL || refuse (found->path, "", "came with the source and holds the same bytes", error);
}

gboolean
assay_hidden_check_toolchain (const AssayHidden *hidden, const AssayToolchain *toolchain, GError **error)
{
  const char *found
      = hidden->has_content ? assay_toolchain_holds (toolchain, hidden->size_bytes, &hidden->sha256) : NULL;
  return found == NULL || refuse (found, "", "holds the same bytes", error);
}
