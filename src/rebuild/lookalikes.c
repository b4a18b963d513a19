#include "rebuild/lookalikes.h"

#include "inventory/likeness.h"
#include "util/cancel.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/** A file of the toolchain. */
typedef struct
{
  char *path;      /* escaped, for people; of a file of this machine NULL until it was found */
  char *raw;       /* of a file of this machine */
  gboolean is_raw; /* by its name, of a file of this machine */
  gboolean is_measured;
  guint64 file_bytes; /* of a file of this machine */
  AssayLikenessSize size;
  AssayLikeness *likeness; /* NULL until it is needed */
} Lookalike;

struct _AssayLookalikes
{
  GPtrArray *files; /* Lookalike */
};

static void
lookalike_free (gpointer data)
{
  Lookalike *file = data;
  g_free (file->path);
  g_free (file->raw);
  g_free (file->likeness);
  g_free (file);
}

AssayLookalikes *
assay_lookalikes_new (void)
{
  AssayLookalikes *lookalikes = g_new0 (AssayLookalikes, 1);
  lookalikes->files = g_ptr_array_new_with_free_func (lookalike_free);
  return lookalikes;
}

void
assay_lookalikes_free (AssayLookalikes *lookalikes)
{
  if (lookalikes == NULL)
    return;
  g_ptr_array_unref (lookalikes->files);
  g_free (lookalikes);
}

gboolean
assay_lookalikes_add (AssayLookalikes *lookalikes, AssayBlob *blob, const char *path, GError **error)
{
  g_autofree AssayLikeness *likeness = assay_likeness_new (blob, error);
  if (likeness == NULL)
    return FALSE;
  if (likeness->size.loaded_bytes == 0)
    return TRUE;
  Lookalike *file = g_new0 (Lookalike, 1);
  file->path = g_strdup (path);
  file->is_measured = TRUE;
  file->size = likeness->size;
  file->likeness = g_steal_pointer (&likeness);
  g_ptr_array_add (lookalikes->files, file);
  return TRUE;
}

static gboolean
is_image_name (const char *path)
{
  static const char *const suffixes[] = { ".bin", ".img", ".rom", ".fw", ".efi", ".c32", ".com", ".sys", ".mbn" };
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (path, suffixes[i]))
      return TRUE;
  return strstr (path, "/firmware/") != NULL;
}

void
assay_lookalikes_add_host (AssayLookalikes *lookalikes, const AssayHostFile *listed)
{
  const char *name = strrchr (listed->path, '/');
  gboolean is_raw = is_image_name (listed->path);
  if (!is_raw && (listed->mode & 0111) == 0 && strstr (name == NULL ? listed->path : name, ".so") == NULL)
    return;
  Lookalike *file = g_new0 (Lookalike, 1);
  file->raw = g_strdup (listed->path);
  file->is_raw = is_raw;
  file->file_bytes = listed->size_bytes;
  g_ptr_array_add (lookalikes->files, file);
}

/* NULL without error: a file that we may not read no build may read either. */
static AssayBlob *
open_host_file (const Lookalike *file, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (file->raw);
  g_autofree char *name = g_path_get_basename (file->raw);
  if (access (file->raw, R_OK) != 0 && (errno == EACCES || errno == ENOENT))
    return NULL;
  g_autoptr (AssayDirectory) directory = assay_directory_open (parent, error);
  return directory == NULL ? NULL : assay_blob_new_for_file (directory, name, error);
}

/* First the headers, and all of it where these fit. */
static gboolean
look_into (Lookalike *file, AssayBlob *blob, const AssayLikeness *wanted, GError **error)
{
  if (!file->is_measured)
    {
      if (!assay_likeness_measure (blob, &file->size, error))
        return FALSE;
      if (file->size.loaded_bytes == 0 && file->is_raw)
        file->size.code_bytes = file->size.loaded_bytes = assay_blob_get_size (blob);
      file->is_measured = TRUE;
    }
  if (!assay_likeness_may_match (&file->size, &wanted->size))
    return TRUE;
  file->likeness = assay_likeness_new (blob, error);
  return file->likeness != NULL;
}

static gboolean
fetch (Lookalike *file, const AssayLikeness *wanted, GError **error)
{
  GError *failure = NULL;
  if (file->likeness != NULL || file->raw == NULL || file->file_bytes < wanted->size.code_bytes / 2
      || (file->is_measured && !assay_likeness_may_match (&file->size, &wanted->size)))
    return TRUE;
  g_autoptr (AssayBlob) blob = open_host_file (file, &failure);
  if (blob != NULL)
    return look_into (file, blob, wanted, error);
  if (failure == NULL)
    {
      file->is_measured = TRUE; /* of no size: never asked for again */
      return TRUE;
    }
  g_propagate_error (error, failure);
  return FALSE;
}

gboolean
assay_lookalikes_find (AssayLookalikes *lookalikes, AssayBlob *blob, const char **out_path, GError **error)
{
  *out_path = NULL;
  if (lookalikes->files->len == 0)
    return TRUE;
  g_autofree AssayLikeness *wanted = assay_likeness_new (blob, error);
  if (wanted == NULL)
    return FALSE;
  for (guint i = 0; wanted->size.loaded_bytes > 0 && i < lookalikes->files->len && *out_path == NULL; i++)
    {
      Lookalike *file = g_ptr_array_index (lookalikes->files, i);
      if (assay_cancelled (error) || !fetch (file, wanted, error))
        return FALSE;
      if (file->likeness != NULL && assay_likeness_match (file->likeness, wanted))
        {
          if (file->path == NULL)
            file->path = assay_text_escape_line (file->raw, -1);
          *out_path = file->path;
        }
    }
  return TRUE;
}
