#include "flow/flow.h"

#include "rebuild/cache.h"
#include "util/output.h"
#include "util/text.h"

#include <assay/error.h>

#include <sys/stat.h>
#include <unistd.h>

void
assay_flow_options_init (AssayFlowOptions *options)
{
  *options = (AssayFlowOptions){ .scope = NULL };
  assay_limits_init (&options->limits);
  options->cache_bytes = ASSAY_CACHE_DEFAULT_BYTES;
}

/* Who opens a pipe a second time gets none of what was read out of it, and waits for a writer that has gone. */
static gboolean
check_pipes (const AssayFlowOptions *options, const char *const *names, GError **error)
{
  g_autoptr (GArray) pipes = g_array_new (FALSE, FALSE, sizeof (struct stat));
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  for (; *names != NULL; names++)
    g_ptr_array_add (all, (gpointer)*names);
  g_ptr_array_add (all, (gpointer)options->policy);
  g_ptr_array_add (all, (gpointer)options->layout);
  for (guint i = 0; i < all->len; i++)
    {
      struct stat status;
      const char *name = g_ptr_array_index (all, i);
      if (name == NULL || (g_str_equal (name, "-") ? fstat (STDIN_FILENO, &status) : stat (name, &status)) != 0
          || !S_ISFIFO (status.st_mode))
        continue;
      for (guint j = 0; j < pipes->len; j++)
        {
          const struct stat *other = &g_array_index (pipes, struct stat, j);
          if (other->st_dev != status.st_dev || other->st_ino != status.st_ino)
            continue;
          g_autofree char *shown = assay_text_escape_line (name, -1);
          g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                       "%s is a pipe, which can be read once, and is given twice", shown);
          return FALSE;
        }
      g_array_append_val (pipes, status);
    }
  return TRUE;
}

gboolean
assay_flow_options_check_apart (const AssayFlowOptions *options, const char *input, GError **error)
{
  for (const char *const *path = options->documents; path != NULL && *path != NULL; path++)
    if (!assay_output_check_apart (*path, input, error))
      return FALSE;
  return assay_output_check_apart (options->output, input, error);
}

static gboolean
check_apart (const AssayFlowOptions *options, const char *const *names, GError **error)
{
  const char *const more[] = { options->policy, options->layout };
  for (; *names != NULL; names++)
    if (!assay_flow_options_check_apart (options, *names, error))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (more); i++)
    if (more[i] != NULL && !assay_flow_options_check_apart (options, more[i], error))
      return FALSE;
  return TRUE;
}

gboolean
assay_flow_options_check_inputs (const AssayFlowOptions *options, const char *const *names, GError **error)
{
  const char *const *given = names;
  guint count = g_strcmp0 (options->policy, "-") == 0;
  for (; *names != NULL; names++)
    count += g_strcmp0 (*names, "-") == 0;
  if (count <= 1)
    return check_pipes (options, given, error) && check_apart (options, given, error);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "standard input can be read once, and %u inputs are `-`", count);
  return FALSE;
}
