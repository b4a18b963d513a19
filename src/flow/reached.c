#include "flow/reached.h"

#include "inventory/elf.h"
#include "inventory/sources.h"
#include "util/text.h"

#include <string.h>

/** One component while its recording is completed. */
typedef struct
{
  AssayFlowResult *result;
  AssayRecording *recording;
  char *path;               /* of the source inside, escaped */
  GHashTable *expectations; /* AssayExpectation, a set */
  GHashTable *build_ids;    /* utf8, a set: of parts of the image */
  GHashTable *asked;        /* AssayBlob, a set */
  AssayInterpreter *interpreter;
} Reached;

static void
reached_clear (Reached *reached)
{
  g_free (reached->path);
  g_hash_table_unref (reached->expectations);
  g_hash_table_unref (reached->build_ids);
  g_hash_table_unref (reached->asked);
  assay_interpreter_free (reached->interpreter);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reached, reached_clear)

static gboolean
begins_as_elf (AssayBlob *blob)
{
  char magic[4];
  return assay_blob_get_size (blob) > sizeof magic && assay_blob_read (blob, 0, magic, sizeof magic, NULL)
         && memcmp (magic, "\177ELF", sizeof magic) == 0;
}

static char *
build_id_of (const Reached *reached, AssayBlob *blob)
{
  if (!begins_as_elf (blob))
    return NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (blob, &reached->result->options->limits, NULL);
  return elf == NULL ? NULL : g_strdup (elf->build_id);
}

/* Debian's compilers are told that the top of the source is `.`. */
static void
make_absolute (const Reached *reached, GPtrArray *paths)
{
  for (guint i = 0; i < paths->len; i++)
    {
      char *path = g_ptr_array_index (paths, i);
      if (*path == '/')
        continue;
      g_ptr_array_index (paths, i) = g_build_filename (reached->path, path, NULL);
      g_free (path);
    }
}

static void
ask (Reached *reached, AssayBlob *blob)
{
  gboolean whole = FALSE;
  if (!begins_as_elf (blob) || !g_hash_table_add (reached->asked, blob))
    return;
  assay_interpreter_renew (reached->interpreter);
  g_autoptr (GPtrArray) paths = assay_sources_list (reached->interpreter, blob, &whole);
  make_absolute (reached, paths);
  assay_recording_name (reached->recording, paths, whole);
}

/* What is equal to a part of the image has not been unpacked, and is that part. */
static void
take_part (Reached *reached, const AssayMatch *match)
{
  AssayBlob *blob = match->expected != NULL ? match->expected->blob : match->equal ? match->shipped->blob : NULL;
  g_autofree char *build_id = blob == NULL ? NULL : build_id_of (reached, blob);
  if (build_id != NULL)
    g_hash_table_add (reached->build_ids, g_steal_pointer (&build_id));
  if (blob != NULL)
    ask (reached, blob);
  for (guint i = 0; i < match->expectation->symbols->len; i++)
    ask (reached, g_ptr_array_index (match->expectation->symbols, i));
}

static void
take_parts (Reached *reached)
{
  GHashTableIter iterator;
  gpointer value;
  g_hash_table_iter_init (&iterator, reached->result->pairing->matches);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    {
      const AssayMatch *match = value;
      if (match->expectation != NULL && g_hash_table_contains (reached->expectations, match->expectation))
        take_part (reached, match);
    }
}

static void
take_programs (Reached *reached)
{
  const GPtrArray *programs = assay_flow_list_programs (reached->result);
  for (guint i = 0; i < programs->len && g_hash_table_size (reached->build_ids) > 0; i++)
    {
      AssayBlob *blob = g_ptr_array_index (programs, i);
      g_autofree char *build_id = build_id_of (reached, blob);
      if (build_id != NULL && g_hash_table_contains (reached->build_ids, build_id))
        ask (reached, blob);
    }
}

void
assay_flow_note_reached (AssayFlowResult *result)
{
  for (guint i = 0; result->pairing != NULL && i < result->components->len; i++)
    {
      const AssayComponent *component = g_ptr_array_index (result->components, i);
      AssayRecording *recording = component->rebuild == NULL ? NULL : assay_rebuild_get_recording (component->rebuild);
      if (recording == NULL)
        continue;
      g_auto (Reached) reached = { .result = result,
                                   .recording = recording,
                                   .path = assay_text_escape_line (component->recipe->path, -1),
                                   .expectations = g_hash_table_new (NULL, NULL),
                                   .build_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                                   .asked = g_hash_table_new (NULL, NULL),
                                   .interpreter = assay_interpreter_new (&result->options->limits) };
      for (guint j = 0; j < component->expectations->len; j++)
        g_hash_table_add (reached.expectations, g_ptr_array_index (component->expectations, j));
      take_parts (&reached);
      take_programs (&reached);
    }
}
