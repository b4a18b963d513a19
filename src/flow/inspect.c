#include "flow/inspect.h"

#include "crypto/sha256.h"
#include "flow/image.h"
#include "flow/inspect_text.h"
#include "flow/judging.h"
#include "inventory/digests.h"
#include "util/json.h"
#include "util/text.h"

#include <assay/error.h>

#include <stdlib.h>
#include <string.h>

/** The writing of one inventory. */
typedef struct
{
  const AssayFlowOptions *options;
  AssayTextStyle style;
  AssayOutput *output;
  gboolean complete;
  gboolean first;
  GError *error;
} Inspection;

static gboolean
put (Inspection *inspection, const char *text)
{
  return assay_output_write (inspection->output, text, strlen (text), &inspection->error);
}

static json_t *
describe_facts (const AssayNode *node)
{
  json_t *facts = json_object ();
  for (guint i = 0; node->facts != NULL && i < node->facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (node->facts, AssayFact, i);
      json_object_set_new (facts, fact->name, assay_json_text (fact->value));
    }
  return facts;
}

static json_t *
describe_section (const AssayElf *elf, const AssayPiece *piece, const AssayDigest *digest)
{
  static const char *const kinds[] = { "gap", "ELF header", "program headers", "section headers", "section", "tail" };
  json_t *described = json_object ();
  json_object_set_new (described, "kind", json_string (kinds[piece->kind]));
  json_object_set_new (described, "offset", assay_json_count (piece->offset));
  json_object_set_new (described, "size", assay_json_count (piece->length));
  json_object_set_new (described, "sha256", assay_json_digest (digest));
  if (piece->kind != ASSAY_PIECE_SECTION)
    return described;
  const AssaySection *section = &g_array_index (elf->sections, AssaySection, piece->section);
  json_object_set_new (described, "name", assay_json_text (section->name));
  json_object_set_new (described, "address", assay_json_hex64 (section->address));
  json_object_set_new (described, "flags", json_string (assay_section_flags_text (section->flags)));
  return described;
}

/* Why a node could not be read to its end: the first reason stays. */
static void
add_trouble (Inspection *inspection, json_t *described, const char *trouble)
{
  inspection->complete = FALSE;
  if (json_object_get (described, "trouble") == NULL)
    json_object_set_new (described, "trouble", assay_json_text (trouble));
}

/* Sections, headers and gaps tile the file, so that each byte stands under exactly one digest. */
static gboolean
describe_elf (Inspection *inspection, const AssayNode *node, json_t *described, AssayDigest *out_whole)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (node->blob, &inspection->options->limits, &failure);
  g_autoptr (GArray) digests = NULL;
  if (elf == NULL || !assay_elf_digest_pieces (elf, node->blob, out_whole, &digests, &failure))
    {
      add_trouble (inspection, described, failure->message);
      return FALSE;
    }
  json_object_set_new (described, "machine", json_string (assay_elf_machine_name (elf->machine)));
  if (elf->trouble != NULL)
    add_trouble (inspection, described, elf->trouble);
  json_t *pieces = json_array ();
  for (guint i = 0; i < elf->pieces->len; i++)
    json_array_append_new (pieces, describe_section (elf, &g_array_index (elf->pieces, AssayPiece, i),
                                                     &g_array_index (digests, AssayDigest, i)));
  json_object_set_new (described, "pieces", pieces);
  return TRUE;
}

static json_t *
describe_node (Inspection *inspection, const AssayNode *node)
{
  json_t *described = json_object ();
  json_object_set_new (described, "path", assay_json_text (node->path));
  json_object_set_new (described, "type", json_string (assay_node_type_name (node->type)));
  json_object_set_new (described, "format", json_string (node->format));
  json_object_set_new (described, "size", assay_json_count (node->size));
  if (node->parent != NULL)
    json_object_set_new (described, "facts", describe_facts (node));
  if (node->trouble != NULL)
    add_trouble (inspection, described, node->trouble);
  if (node->blob == NULL)
    return described;
  AssayDigest digest;
  g_autoptr (GError) failure = NULL;
  ASSAY_TIMED (inspection->options->timings, ASSAY_STAGE_DIGESTING);
  assay_timings_add (inspection->options->timings, ASSAY_STAGE_DIGESTING, node->size);
  gboolean digested = strcmp (node->format, "elf") == 0 && inspection->options->digests != ASSAY_DIGESTS_FILES
                      && describe_elf (inspection, node, described, &digest);
  if (digested || assay_sha256_blob (node->blob, 0, node->size, &digest, &failure))
    json_object_set_new (described, "sha256", assay_json_digest (&digest));
  else if (g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
    inspection->error = g_steal_pointer (&failure);
  else
    add_trouble (inspection, described, failure->message);
  return described;
}

static gboolean
put_branch (const AssayBranch *branch, gpointer data)
{
  Inspection *inspection = data;
  g_autoptr (json_t) described = describe_node (inspection, branch->node);
  if (inspection->error != NULL)
    return FALSE;
  g_autofree char *lines = assay_inspect_render (branch, described, inspection->style);
  return put (inspection, lines);
}

static gboolean
put_node (AssayNode *node, gpointer data)
{
  Inspection *inspection = data;
  g_autoptr (json_t) described = describe_node (inspection, node);
  if (inspection->error != NULL)
    return FALSE;
  char *text = assay_json_canonical (described);
  g_strchomp (text); /* the line goes on */
  gboolean done = (inspection->first || put (inspection, ",")) && put (inspection, text);
  inspection->first = FALSE;
  free (text);
  return done;
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
  const AssayInspectFormat format = request->format;
  Inspection inspection
      = { .options = options, .style = request->style, .output = output, .complete = TRUE, .first = TRUE };
  g_autoptr (GPtrArray) recipes = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_recipe_free);
  g_autoptr (GArray) layout = g_array_new (FALSE, FALSE, sizeof (AssayUnpackLayout));
  AssayUnpackOptions unpack = { .limits = &options->limits, .layout = layout, .progress = options->progress };
  if (!load_layouts (request->recipes, recipes, layout, error))
    return FALSE;
  g_autoptr (AssayImage) image = open_image (request->path, options, &unpack, error);
  if (image == NULL || !unpack_image (image, options, &unpack, error))
    return FALSE;
  if (format == ASSAY_INSPECT_JSON && !put (&inspection, "{\"nodes\":["))
    inspection.complete = FALSE;
  if (inspection.error == NULL && format == ASSAY_INSPECT_TEXT)
    assay_inspect_tree_visit (image->root, put_branch, &inspection);
  else if (inspection.error == NULL)
    assay_node_visit (image->root, put_node, &inspection);
  if (inspection.error == NULL && format == ASSAY_INSPECT_JSON)
    put (&inspection, "],\"schema\":\"assay.inventory/1\"}\n");
  if (inspection.error != NULL)
    {
      g_propagate_error (error, inspection.error);
      return FALSE;
    }
  *out_complete = inspection.complete;
  return TRUE;
}
