#include "flow/judging.h"

#include "account/extents.h"

#include <string.h>

/** Files that are named as where the parts of one output come from. */
#define NAMED_SOURCES 3u

/* What a file is that came with the source and was copied as it is. */
static void
judge_delivered (const AssayDelivered *delivered, AssayOriginFinding *out)
{
  gboolean readable = delivered->nature == ASSAY_NATURE_TEXT || delivered->nature == ASSAY_NATURE_DATA;
  out->origin = readable ? ASSAY_ORIGIN_SOURCE : ASSAY_ORIGIN_OPAQUE;
  out->detail = g_strdup_printf (readable ? "copied from %s, which came with the source"
                                          : "it is %s, which came with the source",
                                 delivered->path);
}

/* The files that the parts come from, as many as a person reads. */
static char *
name_sources (const AssayDelivery *delivery, const GArray *hits)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GString) names = g_string_new (NULL);
  gboolean has_data = FALSE;
  for (guint i = 0; i < hits->len; i++)
    {
      guint32 source = g_array_index (hits, AssayFingerprintHit, i).source;
      has_data = has_data || g_array_index (hits, AssayFingerprintHit, i).is_data;
      if (g_hash_table_add (seen, GUINT_TO_POINTER (source)) && g_hash_table_size (seen) <= NAMED_SOURCES)
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", assay_delivery_get (delivery, source)->path);
    }
  guint more = g_hash_table_size (seen) - MIN (g_hash_table_size (seen), NAMED_SOURCES);
  if (more > 0)
    g_string_append_printf (names, " and %u more", more);
  return g_strdup_printf ("machine code %sof %s, which came with the source", has_data ? "or data " : "", names->str);
}

/** What is asked of each rebuild: the same bytes, whose nature is looked for once. */
typedef struct
{
  const AssayNode *shipped;
  const AssayDigest *sha256;
  GHashTable *natures; /* of the run */
  gboolean has_nature;
  AssayNature nature;
} Question;

/* @question: with its nature */
static gboolean
find_parts (const AssayDelivery *delivery, const Question *question, AssayOriginFinding *out, GError **error)
{
  g_autoptr (GArray) hits = NULL;
  if (!assay_delivery_search (delivery, question->shipped->blob, question->nature, &hits, error))
    return FALSE;
  if (hits->len == 0)
    return TRUE;
  out->origin = ASSAY_ORIGIN_OPAQUE;
  out->parts = assay_extents_new ();
  out->detail = name_sources (delivery, hits);
  for (guint i = 0; i < hits->len; i++)
    {
      const AssayFingerprintHit *hit = &g_array_index (hits, AssayFingerprintHit, i);
      assay_extents_add (out->parts, hit->offset, hit->length);
    }
  assay_extents_settle (out->parts);
  return TRUE;
}

/* A program of the toolchain that was changed a little is not compiled either. */
static gboolean
find_likeness (AssayToolchain *toolchain, AssayBlob *blob, AssayOriginFinding *out, GError **error)
{
  const char *tool = NULL;
  if (!assay_toolchain_find_like (toolchain, blob, &tool, error))
    return FALSE;
  if (tool == NULL)
    return TRUE;
  out->origin = ASSAY_ORIGIN_OPAQUE;
  out->detail = g_strdup_printf ("it is %s of the toolchain but for a few bytes", tool);
  return TRUE;
}

/* A file and the piece of a layout that is all of it are the same bytes. */
static gboolean
find_nature (Question *question, GError **error)
{
  gpointer known = NULL;
  if (question->has_nature)
    return TRUE;
  question->has_nature = g_hash_table_lookup_extended (question->natures, question->sha256, NULL, &known);
  if (question->has_nature)
    {
      question->nature = (AssayNature)GPOINTER_TO_INT (known);
      return TRUE;
    }
  question->has_nature = assay_nature_find (question->shipped->blob, &question->nature, NULL, error);
  if (question->has_nature)
    g_hash_table_insert (question->natures, g_memdup2 (question->sha256, sizeof *question->sha256),
                         GINT_TO_POINTER (question->nature));
  return question->has_nature;
}

static gboolean
find_in_rebuild (const AssayRebuild *rebuild, Question *question, AssayOriginFinding *out, GError **error)
{
  const AssayNode *shipped = question->shipped;
  const AssayDelivery *delivery = assay_rebuild_get_delivery (rebuild);
  const AssayDelivered *delivered = assay_delivery_find (delivery, question->sha256);
  if (delivered != NULL)
    {
      judge_delivered (delivered, out);
      return TRUE;
    }
  if (!find_nature (question, error))
    return FALSE;
  gboolean readable = question->nature == ASSAY_NATURE_TEXT || question->nature == ASSAY_NATURE_DATA;
  const char *tool = NULL;
  if (!readable
      && !assay_toolchain_find (assay_rebuild_get_toolchain (rebuild), shipped->size, question->sha256, &tool, error))
    return FALSE;
  if (tool == NULL)
    return find_parts (delivery, question, out, error)
           && (readable || out->origin == ASSAY_ORIGIN_OPAQUE
               || find_likeness (assay_rebuild_get_toolchain (rebuild), shipped->blob, out, error));
  out->origin = ASSAY_ORIGIN_OPAQUE;
  out->detail = g_strdup_printf ("it is %s of the toolchain", tool);
  return TRUE;
}

/* T16: what is nothing else was made by the build; of what, only a recording of all rebuilds can say, since nobody
 * knows which of them a file is of. */
static void
find_in_recordings (const AssayFlowResult *result, const AssayDigest *sha256, AssayOriginFinding *out)
{
  const char *tool = NULL;
  for (guint i = 0; i < result->components->len; i++)
    {
      const AssayComponent *component = g_ptr_array_index (result->components, i);
      const AssayRecording *recording
          = component->rebuild == NULL ? NULL : assay_rebuild_get_recording (component->rebuild);
      if (recording == NULL || component->failed || !assay_recording_is_known (recording))
        return;
      if (tool == NULL)
        tool = assay_recording_find_tool (recording, sha256);
    }
  if (result->components->len == 0)
    return;
  out->origin = tool != NULL ? ASSAY_ORIGIN_TOOLCHAIN : ASSAY_ORIGIN_COMPILED;
  out->detail = tool != NULL ? g_strdup_printf ("copied from %s of the toolchain", tool) : NULL;
}

gboolean
assay_flow_find_origin (const AssayNode *shipped, const AssayDigest *sha256, gpointer data, AssayOriginFinding *out,
                        GError **error)
{
  const AssayFlowResult *result = data;
  Question question = { .shipped = shipped, .sha256 = sha256, .natures = result->natures };
  for (guint i = 0; i < result->components->len; i++)
    {
      const AssayComponent *component = g_ptr_array_index (result->components, i);
      AssayOriginFinding found = { ASSAY_ORIGIN_UNKNOWN, NULL, NULL };
      if (component->rebuild == NULL)
        continue;
      if (!find_in_rebuild (component->rebuild, &question, &found, error))
        return FALSE;
      /* Of several recipes the worst word counts. */
      if (found.origin > out->origin)
        {
          g_clear_pointer (&out->parts, g_array_unref);
          g_free (out->detail);
          *out = found;
        }
      else
        {
          g_clear_pointer (&found.parts, g_array_unref);
          g_free (found.detail);
        }
    }
  if (out->origin == ASSAY_ORIGIN_UNKNOWN)
    find_in_recordings (result, sha256, out);
  return TRUE;
}
