#include "rebuild/host.h"

#include "cage/arguments.h"
#include "rebuild/visible.h"
#include "util/sorted.h"

struct _AssayHost
{
  const AssayHidden *hidden; /* during the walk */
  const AssayLimits *limits; /* during the walk */
  GStringChunk *paths;
  GArray *files; /* AssayHostFile */
  GError *surplus;
};

static gboolean
add_file (const char *path, const struct stat *status, gpointer data, GError **error)
{
  AssayHost *host = data;
  if (host->hidden != NULL && !assay_hidden_check_path (host->hidden, path, status, error))
    return FALSE;
  if (!S_ISREG (status->st_mode) || status->st_size == 0 || host->surplus != NULL)
    return TRUE;
  if (!assay_limits_check (host->limits, ASSAY_LIMIT_ENTRIES, (guint64)host->files->len + 1,
                           "this machine's toolchain has more files", &host->surplus))
    return TRUE;
  AssayHostFile file = { g_string_chunk_insert (host->paths, path), (guint64)status->st_size, status->st_mode };
  g_array_append_val (host->files, file);
  return TRUE;
}

/* A stable sort. */
static int
compare_sizes (gconstpointer a, gconstpointer b, gpointer data G_GNUC_UNUSED)
{
  const AssayHostFile *first = a;
  const AssayHostFile *second = b;
  return (first->size_bytes > second->size_bytes) - (first->size_bytes < second->size_bytes);
}

AssayHost *
assay_host_new (const AssayHidden *hidden, const AssayLimits *limits, GError **error)
{
  g_autoptr (AssayHost) host = g_new0 (AssayHost, 1);
  g_autoptr (GPtrArray) paths = assay_arguments_host_paths ();
  host->paths = g_string_chunk_new (64 * 1024);
  host->files = g_array_new (FALSE, FALSE, sizeof (AssayHostFile));
  host->hidden = hidden;
  host->limits = limits;
  for (guint i = 0; i < paths->len; i++)
    if (!assay_visible_walk (paths->pdata[i], paths->pdata[i], add_file, host, error))
      return NULL;
  host->hidden = NULL;
  host->limits = NULL;
  g_array_sort_with_data (host->files, compare_sizes, NULL);
  return g_steal_pointer (&host);
}

void
assay_host_free (AssayHost *host)
{
  if (host == NULL)
    return;
  g_string_chunk_free (host->paths);
  g_array_unref (host->files);
  g_clear_error (&host->surplus);
  g_free (host);
}

const GArray *
assay_host_get_files (const AssayHost *host, GError **error)
{
  if (host->surplus == NULL)
    return host->files;
  g_propagate_error (error, g_error_copy (host->surplus));
  return NULL;
}

guint
assay_host_first_of_size (const GArray *files, guint64 size_bytes)
{
  return assay_sorted_first (files, G_STRUCT_OFFSET (AssayHostFile, size_bytes), size_bytes);
}
