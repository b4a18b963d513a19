#include "flow/inspect.h"

#include "crypto/sha256.h"
#include "flow/image.h"
#include "flow/inspect_text.h"
#include "flow/judging.h"
#include "inventory/digests.h"
#include "report/emit.h"
#include "util/cancel.h"
#include "util/crew.h"
#include "util/json.h"

#include <assay/error.h>

#include <string.h>

/** Nodes whose sections are held at a time, until they are written. */
#define BATCH 64

/** The writing of one inventory; @emitter: in JSON. */
typedef struct
{
  const AssayFlowOptions *options;
  AssayTextStyle style;
  AssayOutput *output;
  AssayEmitter emitter;
  gboolean complete;
  GError *error;
} Inspection;

static void
inspected_clear (AssayInspected *inspected)
{
  g_clear_pointer (&inspected->elf, assay_elf_free);
  g_clear_pointer (&inspected->digests, g_array_unref);
  g_clear_pointer (&inspected->trouble, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayInspected, inspected_clear)

/* Why a node could not be read to its end: the first reason stays. */
static void
add_trouble (AssayInspected *inspected, const char *trouble)
{
  if (inspected->trouble == NULL)
    inspected->trouble = g_strdup (trouble);
}

/* Sections, headers and gaps tile the file, so that each byte stands under exactly one digest. */
static gboolean
digest_elf (const AssayFlowOptions *options, AssayInspected *inspected)
{
  g_autoptr (GError) failure = NULL;
  AssayBlob *blob = inspected->node->blob;
  g_autoptr (AssayElf) elf = assay_elf_new (blob, &options->limits, &failure);
  if (elf == NULL || !assay_elf_digest_pieces (elf, blob, &inspected->sha256, &inspected->digests, &failure))
    {
      add_trouble (inspected, failure->message);
      return FALSE;
    }
  if (elf->trouble != NULL)
    add_trouble (inspected, elf->trouble);
  inspected->elf = g_steal_pointer (&elf);
  return TRUE;
}

/* On any thread. */
static void
inspect_node (const AssayFlowOptions *options, AssayInspected *inspected)
{
  const AssayNode *node = inspected->node;
  g_autoptr (GError) failure = NULL;
  if (node->trouble != NULL)
    add_trouble (inspected, node->trouble);
  if (node->blob == NULL || assay_cancelled (NULL))
    return;
  assay_timings_add (options->timings, ASSAY_STAGE_DIGESTING, node->size);
  inspected->has_sha256 = (strcmp (node->format, "elf") == 0 && options->digests != ASSAY_DIGESTS_FILES
                           && digest_elf (options, inspected))
                          || assay_sha256_blob (node->blob, 0, node->size, &inspected->sha256, &failure);
  if (failure != NULL)
    add_trouble (inspected, failure->message);
}

/* --- in JSON: keys in sorted order --- */

static void
emit_facts (AssayEmitter *emitter, const AssayNode *node)
{
  g_autoptr (json_t) facts = json_object ();
  for (guint i = 0; node->facts != NULL && i < node->facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (node->facts, AssayFact, i);
      json_object_set_new (facts, fact->name, assay_json_text (fact->value));
    }
  assay_emitter_key (emitter, "facts");
  assay_emitter_json (emitter, facts);
}

static void
emit_piece (AssayEmitter *emitter, const AssayElf *elf, const AssayPiece *piece, const AssayDigest *digest)
{
  const AssaySection *section
      = piece->kind == ASSAY_PIECE_SECTION ? &g_array_index (elf->sections, AssaySection, piece->section) : NULL;
  assay_emitter_open (emitter, '{');
  if (section != NULL)
    {
      assay_emitter_add_hex64 (emitter, "address", section->address);
      assay_emitter_add_text (emitter, "flags", assay_section_flags_text (section->flags));
    }
  assay_emitter_add_text (emitter, "kind", assay_inspected_kind_of (piece));
  if (section != NULL)
    assay_emitter_add_text (emitter, "name", section->name);
  assay_emitter_add_count (emitter, "offset", piece->offset);
  assay_emitter_add_digest (emitter, "sha256", digest);
  assay_emitter_add_count (emitter, "size", piece->length);
  assay_emitter_close (emitter, '}');
}

static void
emit_elf (AssayEmitter *emitter, const AssayElf *elf, const GArray *digests)
{
  assay_emitter_key (emitter, "pieces");
  assay_emitter_open (emitter, '[');
  for (guint i = 0; i < elf->pieces->len; i++)
    emit_piece (emitter, elf, &g_array_index (elf->pieces, AssayPiece, i), &g_array_index (digests, AssayDigest, i));
  assay_emitter_close (emitter, ']');
}

static void
emit_node (AssayEmitter *emitter, const AssayInspected *inspected)
{
  const AssayNode *node = inspected->node;
  const AssayElf *elf = inspected->elf;
  assay_emitter_open (emitter, '{');
  if (node->parent != NULL)
    emit_facts (emitter, node);
  assay_emitter_add_text (emitter, "format", node->format);
  assay_emitter_add_text (emitter, "machine", elf == NULL ? NULL : assay_elf_machine_name (elf->machine));
  assay_emitter_add_text (emitter, "path", node->path);
  if (elf != NULL)
    emit_elf (emitter, elf, inspected->digests);
  assay_emitter_add_digest (emitter, "sha256", inspected->has_sha256 ? &inspected->sha256 : NULL);
  assay_emitter_add_count (emitter, "size", node->size);
  assay_emitter_add_text (emitter, "trouble", inspected->trouble);
  assay_emitter_add_text (emitter, "type", assay_node_type_name (node->type));
  assay_emitter_close (emitter, '}');
}

/* --- node by node --- */

/* Before what was found of a node is written: what a signal cut short is not. */
static gboolean
is_usable (Inspection *inspection, const AssayInspected *inspected)
{
  inspection->complete = inspection->complete && inspected->trouble == NULL;
  return !assay_cancelled (&inspection->error);
}

/* Writes what was emitted. */
static void
put_emitted (Inspection *inspection)
{
  GString *text = inspection->emitter.text;
  (void)assay_output_write (inspection->output, text->str, text->len, &inspection->error);
  g_string_truncate (text, 0);
}

static void
put_inspected (Inspection *inspection, const AssayInspected *inspected)
{
  if (!is_usable (inspection, inspected))
    return;
  emit_node (&inspection->emitter, inspected);
  put_emitted (inspection);
}

/** Nodes that are read side by side; they are written in their order. */
typedef struct
{
  const AssayFlowOptions *options;
  AssayInspected all[BATCH];
} Batch;

static void
inspect_one (guint index, gpointer data)
{
  Batch *batch = data;
  inspect_node (batch->options, &batch->all[index]);
}

/* Writes nodes @first to @end. */
static void
put_batch (Inspection *inspection, const GPtrArray *nodes, guint first, guint end)
{
  const AssayFlowOptions *options = inspection->options;
  Batch batch = { .options = options };
  for (guint i = first; i < end; i++)
    batch.all[i - first].node = g_ptr_array_index (nodes, i);
  AssayTimed timed = assay_timed_enter (options->timings, ASSAY_STAGE_DIGESTING);
  assay_crew_run (end - first, assay_rebuild_count_jobs (options->jobs), inspect_one, &batch);
  assay_timed_leave (&timed);
  for (guint i = 0; i < end - first; i++)
    {
      if (inspection->error == NULL)
        put_inspected (inspection, &batch.all[i]);
      inspected_clear (&batch.all[i]);
    }
}

static gboolean
collect (AssayNode *node, gpointer data)
{
  g_ptr_array_add (data, node);
  return TRUE;
}

static void
put_json (Inspection *inspection, AssayNode *root)
{
  AssayEmitter *emitter = &inspection->emitter;
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  assay_node_visit (root, collect, nodes);
  assay_emitter_init (emitter);
  assay_emitter_open (emitter, '{');
  assay_emitter_key (emitter, "nodes");
  assay_emitter_open (emitter, '[');
  for (guint i = 0; i < nodes->len && inspection->error == NULL; i += BATCH)
    put_batch (inspection, nodes, i, MIN (i + BATCH, nodes->len));
  assay_emitter_close (emitter, ']');
  assay_emitter_add_text (emitter, "schema", "assay.inventory/1");
  assay_emitter_close (emitter, '}');
  g_string_append_c (emitter->text, '\n');
  if (inspection->error == NULL)
    put_emitted (inspection);
  assay_emitter_clear (emitter);
}

static gboolean
put_branch (const AssayBranch *branch, gpointer data)
{
  Inspection *inspection = data;
  g_auto (AssayInspected) inspected = { .node = branch->node };
  {
    ASSAY_TIMED (inspection->options->timings, ASSAY_STAGE_DIGESTING);
    inspect_node (inspection->options, &inspected);
  }
  if (!is_usable (inspection, &inspected))
    return FALSE;
  g_autofree char *lines = assay_inspect_render (branch, &inspected, inspection->style);
  return assay_output_write (inspection->output, lines, strlen (lines), &inspection->error);
}

/* The recipes stay: their layouts are borrowed of. */
static gboolean
load_layouts (char **recipes, GPtrArray *loaded, GArray *layout, GError **error)
{
  for (char **path = recipes; path != NULL && *path != NULL; path++)
    {
      AssayRecipe *recipe = assay_recipe_load (*path, error);
      if (recipe == NULL)
        return FALSE;
      g_ptr_array_add (loaded, recipe);
      assay_flow_layout_add (layout, recipe->layout);
    }
  return TRUE;
}

static AssayImage *
open_image (const char *path, const AssayFlowOptions *options, const AssayUnpackOptions *unpack, GError **error)
{
  ASSAY_TIMED (options->timings, ASSAY_STAGE_READING);
  AssayImage *image = assay_image_open (path, unpack, error);
  if (image != NULL)
    assay_timings_add (options->timings, ASSAY_STAGE_READING, image->size);
  return image;
}

static gboolean
unpack_image (AssayImage *image, const AssayFlowOptions *options, const AssayUnpackOptions *unpack, GError **error)
{
  ASSAY_TIMED (options->timings, ASSAY_STAGE_UNPACKING);
  return assay_image_unpack (image, unpack, error);
}

gboolean
assay_flow_inspect (const AssayInspectRequest *request, const AssayFlowOptions *options, AssayOutput *output,
                    gboolean *out_complete, GError **error)
{
  Inspection inspection = { .options = options, .style = request->style, .output = output, .complete = TRUE };
  g_autoptr (GPtrArray) recipes = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_recipe_free);
  g_autoptr (GArray) layout = g_array_new (FALSE, FALSE, sizeof (AssayUnpackLayout));
  AssayUnpackOptions unpack = { .limits = &options->limits, .layout = layout, .progress = options->progress };
  if (!load_layouts (request->recipes, recipes, layout, error))
    return FALSE;
  g_autoptr (AssayImage) image = open_image (request->path, options, &unpack, error);
  if (image == NULL || !unpack_image (image, options, &unpack, error))
    return FALSE;
  if (request->format == ASSAY_INSPECT_TEXT)
    assay_inspect_tree_visit (image->root, put_branch, &inspection);
  else
    put_json (&inspection, image->root);
  if (inspection.error != NULL)
    {
      g_propagate_error (error, inspection.error);
      return FALSE;
    }
  *out_complete = inspection.complete;
  return TRUE;
}
