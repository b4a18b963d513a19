#include "inventory/sources.h"

#include "inventory/debug/sections.h"
#include "inventory/interpreter_private.h"
#include "util/text.h"

#include <assay/error.h>

/* Bytes of all paths of one file: a kernel with all its modules lists about 3 MiB. */
#define PATHS_BYTES_MAX (32u << 20)
/* With the length of each, which is at least one byte. */
#define ANSWER_BYTES_MAX (8u + 9u * (gsize)PATHS_BYTES_MAX)

/* FALSE where it is no such thing. */
static gboolean
take_paths (const GByteArray *answer, GPtrArray *paths, gboolean *out_whole)
{
  AssayCursor cursor = { .bytes = answer->data, .length = answer->len };
  *out_whole = assay_take_flag (&cursor);
  while (cursor.length > 0 && !cursor.bad)
    {
      gsize length = 0;
      const char *raw = (const char *)assay_take_bytes (&cursor, &length);
      cursor.bad = cursor.bad || raw == NULL;
      if (!cursor.bad)
        g_ptr_array_add (paths, assay_text_escape_line (raw, (gssize)length));
    }
  return !cursor.bad;
}

GPtrArray *
assay_sources_list (AssayInterpreter *interpreter, AssayBlob *blob, gboolean *out_whole)
{
  const AssayMessage question = { .kind = ASSAY_INTERPRETER_SOURCES, .first = PATHS_BYTES_MAX };
  AssayDebugPlaces places;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (AssayElf) elf
      = assay_debug_sections_locate (blob, assay_interpreter_get_limits (interpreter), &places, &error);
  *out_whole = elf != NULL || g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_NO_CONTENT);
  if (elf == NULL)
    return g_steal_pointer (&paths);
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_ptr_array_add (files, blob);
  g_autoptr (GByteArray) answer = assay_interpreter_ask (interpreter, &question, files, ANSWER_BYTES_MAX, NULL);
  *out_whole = FALSE;
  if (answer != NULL && !take_paths (answer, paths, out_whole))
    {
      *out_whole = assay_interpreter_refuse (interpreter, "source files are none", NULL);
      g_ptr_array_set_size (paths, 0);
    }
  return g_steal_pointer (&paths);
}
