/*
 * In the place of libFuzzer, for compilers without it: runs a target once for each file that is given, and for each
 * file of the folders that are given. Options, which begin with `-`, are left alone.
 */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize (int *count, char ***arguments);
int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static guint
run_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;
  if (!g_file_get_contents (path, &text, &length, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      exit (EXIT_FAILURE);
    }
  /* In a block of its own size, so that a sanitizer sees what is read behind its end: what was loaded has one more. */
  g_autofree guint8 *bytes = g_memdup2 (text, length);
  LLVMFuzzerTestOneInput (bytes, length);
  return 1;
}

static guint
run_path (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;
  guint count = 0;
  if (folder == NULL)
    return run_file (path);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *inside = g_build_filename (path, name, NULL);
      count += run_file (inside);
    }
  return count;
}

int
main (int count, char **arguments)
{
  guint files = 0;
  LLVMFuzzerInitialize (&count, &arguments);
  for (int i = 1; i < count; i++)
    if (arguments[i][0] != '-')
      files += run_path (arguments[i]);
  printf ("%u inputs\n", files);
  return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
