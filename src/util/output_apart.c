#include "util/output.h"

#include "util/text.h"

#include <assay/error.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef char RealPath;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RealPath, free)

static gboolean
same_file (const struct stat *a, const struct stat *b)
{
  if (S_ISBLK (a->st_mode) && S_ISBLK (b->st_mode) && a->st_rdev == b->st_rdev)
    return TRUE;
  /* what is written to a terminal, a pipe or /dev/null is not read back */
  return !S_ISCHR (a->st_mode) && !S_ISFIFO (a->st_mode) && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether a file of that name is, or would be, beneath the directory. */
static gboolean
is_beneath (const char *path, const struct stat *directory)
{
  g_autoptr (RealPath) real = realpath (path, NULL);
  g_autofree char *parent = g_path_get_dirname (real != NULL ? real : path);
  g_autoptr (RealPath) start = realpath (parent, NULL);
  g_autofree char *at = g_strdup (start);
  while (at != NULL)
    {
      struct stat status;
      if (stat (at, &status) == 0 && status.st_dev == directory->st_dev && status.st_ino == directory->st_ino)
        return TRUE;
      char *up = strcmp (at, "/") == 0 ? NULL : g_path_get_dirname (at);
      g_free (at);
      at = up;
    }
  return FALSE;
}

gboolean
assay_output_check_apart (const char *path, const char *input, GError **error)
{
  struct stat read;
  struct stat written;
  if (path == NULL || strcmp (path, "-") == 0
      || (strcmp (input, "-") == 0 ? fstat (STDIN_FILENO, &read) : stat (input, &read)) != 0)
    return TRUE;
  gboolean there = stat (path, &written) == 0;
  gboolean beneath = S_ISDIR (read.st_mode) && (!there || S_ISREG (written.st_mode)) && is_beneath (path, &read);
  if (!beneath && !(there && same_file (&written, &read)))
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_autofree char *source = strcmp (input, "-") == 0 ? g_strdup ("standard input") : assay_text_escape_line (input, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
               beneath ? "%s must not be written: all that lies in %s is read"
                       : "%s must not be written: it is read, as %s",
               shown, source);
  return FALSE;
}

/* The path without links, as far as there is one. */
static char *
resolve (const char *path)
{
  g_autoptr (RealPath) real = realpath (path, NULL);
  if (real != NULL)
    return g_strdup (real);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (RealPath) above = realpath (parent, NULL);
  return g_build_filename (above != NULL ? above : parent, name, NULL);
}

gboolean
assay_output_is_same_place (const char *a, const char *b)
{
  struct stat first;
  struct stat second;
  if (a == NULL || b == NULL)
    return FALSE;
  if (strcmp (a, b) == 0)
    return TRUE;
  if (strcmp (a, "-") == 0 || strcmp (b, "-") == 0)
    return FALSE;
  if (stat (a, &first) == 0 && stat (b, &second) == 0)
    return same_file (&first, &second);
  g_autofree char *one = resolve (a);
  g_autofree char *other = resolve (b);
  return strcmp (one, other) == 0;
}
