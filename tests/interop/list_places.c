/*
 * Lists what our reader says of source places:
 *
 *   list_places FILE < ADDRESSES    one address a line, hexadecimal with 0x; for each a line "ADDRESS FUNCTION
 * FILE:LINE …", innermost first, files without their directory, as lines.sh makes of addr2line's
 */
#include "inventory/lines.h"
#include "util/directory.h"

#include <stdio.h>
#include <string.h>

static void
print_place (const char *function, const char *file_and_line)
{
  const char *slash = strrchr (file_and_line, '/');
  printf (" %s %s", function, slash != NULL ? slash + 1 : file_and_line);
}

static void
list_address (AssayLines *lines, const char *text)
{
  g_auto (AssaySourcePlace) place = { 0 };
  printf ("%s", text);
  if (assay_lines_find (lines, g_ascii_strtoull (text, NULL, 16), 0, &place) && place.file != NULL)
    {
      g_autofree char *file = g_strdup_printf ("%s:%u", place.file, place.line);
      print_place (place.function != NULL ? place.function : "??", file);
      for (guint i = 0; i < place.inlined_by->len; i++)
        {
          g_auto (GStrv) parts = g_strsplit (g_ptr_array_index (place.inlined_by, i), " at ", 2);
          print_place (parts[0], parts[1]);
        }
    }
  printf ("\n");
}

int
main (int argc, char **argv)
{
  AssayLimits limits;
  char text[64];
  assay_limits_init (&limits);
  if (argc != 2)
    return 1;
  g_autofree char *parent = g_path_get_dirname (argv[1]);
  g_autofree char *name = g_path_get_basename (argv[1]);
  g_autoptr (AssayDirectory) directory = assay_directory_open (parent, NULL);
  g_autoptr (AssayBlob) blob = directory != NULL ? assay_blob_new_for_file (directory, name, NULL) : NULL;
  g_autoptr (AssayInterpreter) interpreter = assay_interpreter_new (&limits);
  g_autoptr (AssayLines) lines = blob != NULL ? assay_lines_new (interpreter, blob, NULL, NULL) : NULL;
  if (lines == NULL)
    return 1;
  while (fgets (text, sizeof text, stdin) != NULL)
    list_address (lines, g_strchomp (text));
  return 0;
}
