#include "attest/predicate.h"

#include "util/json.h"

#include <assay/error.h>

#include <string.h>

/*
 * SLSA Provenance v1 of the rebuild, with a buildType of our own (doc/attestation.md). It speaks of what the rebuild
 * made and of what from; of the image only where that is, byte for byte, the same.
 */

static gboolean
is_rebuild (const json_t *entry)
{
  return g_strcmp0 (json_string_value (json_object_get (entry, "kind")), "rebuild") == 0;
}

/* The files that the rebuild made, as far as they stand in the report. */
static json_t *
list_files (const json_t *report)
{
  json_t *list = json_array ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const json_t *file;
  size_t index;
  json_array_foreach (json_object_get (report, "files"), index, file)
  {
    const char *sha256 = json_string_value (json_object_get (file, "expected_sha256"));
    const char *expected = json_string_value (json_object_get (file, "expected_path"));
    const char *name = expected != NULL ? expected : json_string_value (json_object_get (file, "path"));
    if (sha256 != NULL && name != NULL && g_hash_table_add (seen, g_strconcat (sha256, name, NULL)))
      json_array_append_new (list, json_pack ("{s:s, s:{s:s}}", "name", name, "digest", ASSAY_SUBJECT_FILE, sha256));
  }
  return list;
}

/* All outputs of each rebuild by one digest, which is no file's. */
static json_t *
list_outputs (const json_t *report)
{
  json_t *list = json_array ();
  const json_t *entry;
  size_t index;
  json_array_foreach (json_object_get (report, "expected"), index, entry)
  {
    const char *product = json_string_value (json_object_get (json_object_get (entry, "recipe"), "product"));
    const char *sha256 = json_string_value (json_object_get (entry, "sha256"));
    if (is_rebuild (entry) && sha256 != NULL && product != NULL)
      json_array_append_new (list, json_pack ("{s:s, s:{s:s}}", "name", product, "digest", "assayOutputs1", sha256));
  }
  return list;
}

static json_t *
list_subjects (const AssayAttestSource *source, GError **error)
{
  g_autoptr (json_t) outputs = list_outputs (source->report);
  g_autoptr (json_t) files = list_files (source->report);
  if (json_array_size (outputs) == 0)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED,
                   "provenance speaks of what a rebuild made, and this report has none that was finished");
      return NULL;
    }
  if (json_array_size (files) + json_array_size (outputs) <= ASSAY_STATEMENT_SUBJECTS)
    json_array_extend (outputs, files);
  return g_steal_pointer (&outputs);
}

/* What went in, by digest and by the part that it played. */
static void
add_inputs (json_t *list, const json_t *from, const char *member, const char *role)
{
  const json_t *entry;
  size_t index;
  json_array_foreach (json_object_get (from, member), index, entry)
  {
    json_t *one = json_pack ("{s:O, s:{s:O}, s:{s:s}}", "name", json_object_get (entry, "name"), "digest", "sha256",
                             json_object_get (entry, "sha256"), "annotations", "role", role);
    const json_t *commit = json_object_get (entry, "commit");
    if (one != NULL && commit != NULL)
      json_object_set (json_object_get (one, "digest"), "gitCommit", (json_t *)(gsize)commit);
    if (one != NULL)
      json_array_append_new (list, one);
  }
}

/* Of this machine's toolchain, which nobody gave a digest of, those files that the build read. */
static void
add_read (json_t *list, const json_t *entry)
{
  const char *kind = json_string_value (json_object_get (json_object_get (entry, "toolchain"), "kind"));
  const json_t *file;
  size_t index;
  if (g_strcmp0 (kind, "host") != 0)
    return;
  json_array_foreach (json_object_get (json_object_get (entry, "recording"), "toolchain"), index, file)
  {
    json_t *one = json_pack ("{s:O, s:{s:O}, s:{s:s}}", "name", json_object_get (file, "path"), "digest", "sha256",
                             json_object_get (file, "sha256"), "annotations", "role", "toolchain");
    if (one != NULL)
      json_array_append_new (list, one);
  }
}

static json_t *
list_dependencies (const json_t *report)
{
  json_t *list = json_array ();
  const json_t *entry;
  size_t index;
  json_array_foreach (json_object_get (report, "expected"), index, entry)
  {
    const json_t *recipe = json_object_get (entry, "recipe");
    const json_t *source = json_object_get (entry, "source");
    const char *swhid = json_string_value (json_object_get (source, "swhid"));
    if (!is_rebuild (entry))
      continue;
    json_array_append_new (list,
                           json_pack ("{s:O, s:{s:O}, s:{s:s}}", "name", json_object_get (recipe, "product"), "digest",
                                      "sha256", json_object_get (recipe, "sha256"), "annotations", "role", "recipe"));
    add_inputs (list, source, "layers", "source");
    add_inputs (list, source, "patches", "patch");
    add_inputs (list, source, "inputs", "input");
    add_inputs (list, json_object_get (entry, "toolchain"), "layers", "toolchain");
    add_read (list, entry);
    if (swhid != NULL)
      json_array_append_new (list, json_pack ("{s:s, s:{s:s}}", "uri", swhid, "annotations", "role", "source tree"));
  }
  return list;
}

/* What whoever started the rebuild chose: recipes; and what the rest of it was (internal). */
static json_t *
make_definition (const json_t *report)
{
  json_t *recipes = json_array ();
  json_t *rebuilds = json_array ();
  const json_t *options = json_object_get (report, "options");
  const json_t *entry;
  size_t index;
  json_array_foreach (json_object_get (report, "expected"), index, entry)
  {
    const json_t *recipe = json_object_get (entry, "recipe");
    if (!is_rebuild (entry))
      continue;
    json_array_append_new (recipes, json_pack ("{s:O, s:O}", "product", json_object_get (recipe, "product"), "sha256",
                                               json_object_get (recipe, "sha256")));
    json_t *rebuild = json_pack ("{s:O, s:O, s:O}", "cached", json_object_get (entry, "cached"), "limits",
                                 json_object_get (entry, "limits"), "rebuilds", json_object_get (entry, "rebuilds"));
    json_object_set (rebuild, "time", json_object_get (entry, "time"));
    json_object_set (rebuild, "toolchain", json_object_get (json_object_get (entry, "toolchain"), "kind"));
    json_array_append_new (rebuilds, rebuild);
  }
  return json_pack ("{s:s, s:{s:o}, s:{s:o, s:O?}, s:o}", "buildType", ASSAY_TYPE_REBUILD, "externalParameters",
                    "recipes", recipes, "internalParameters", "rebuilds", rebuilds, "jobs",
                    json_object_get (options, "jobs"), "resolvedDependencies", list_dependencies (report));
}

static json_t *
make_builder (const AssayAttestSource *source)
{
  const json_t *program = json_object_get (json_object_get (source->report, "options"), "program_sha256");
  json_t *builder
      = json_pack ("{s:s, s:{s:s}}", "id", source->origin == ASSAY_ATTEST_JUDGED ? ASSAY_ID_JUDGED : ASSAY_ID_IMPORTED,
                   "version", "assay", ASSAY_VERSION);
  if (json_is_string (program))
    json_object_set_new (builder, "builderDependencies",
                         json_pack ("[{s:s, s:{s:O}}]", "name", "assay", "digest", "sha256", program));
  return builder;
}

static char *
write_provenance (const AssayAttestSource *source, GError **error)
{
  g_autoptr (json_t) provenance = json_pack ("{s:o, s:{s:o}}", "buildDefinition", make_definition (source->report),
                                             "runDetails", "builder", make_builder (source));
  if (provenance == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "the report lacks what provenance is made of");
      return NULL;
    }
  return assay_json_line (provenance);
}

/* What two provenances agree in: what was asked for, and what went in but for the toolchain, whose files are this
 * machine's. */
static char *
make_basis (const json_t *definition)
{
  g_autoptr (json_t) basis = json_object ();
  json_t *inputs = json_array ();
  const json_t *entry;
  size_t index;
  json_array_foreach (json_object_get (definition, "resolvedDependencies"), index, entry)
  {
    const char *role = json_string_value (json_object_get (json_object_get (entry, "annotations"), "role"));
    if (g_strcmp0 (role, "toolchain") != 0)
      json_array_append (inputs, json_object_get (entry, "digest"));
  }
  json_object_set_new (basis, "predicate", json_string (ASSAY_TYPE_PROVENANCE));
  json_object_set (basis, "buildType", json_object_get (definition, "buildType"));
  json_object_set (basis, "externalParameters", json_object_get (definition, "externalParameters"));
  json_object_set_new (basis, "inputs", inputs);
  return assay_json_line (basis);
}

/* Of any builder: the members that SLSA requires. It says nothing of how an image fared. */
static const char *
read_provenance (const AssayStatement *statement, AssayClaim *claim)
{
  const json_t *definition = json_object_get (statement->predicate, "buildDefinition");
  const json_t *builder = json_object_get (json_object_get (statement->predicate, "runDetails"), "builder");
  const char *id = json_string_value (json_object_get (builder, "id"));
  if (!json_is_string (json_object_get (definition, "buildType"))
      || !json_is_object (json_object_get (definition, "externalParameters")) || id == NULL)
    return "lacks one of `buildDefinition.buildType`, `externalParameters` and `runDetails.builder.id`";
  claim->imported = strcmp (id, ASSAY_ID_IMPORTED) == 0;
  claim->basis = make_basis (definition);
  return NULL;
}

const AssayPredicate assay_predicate_provenance = { .name = "provenance",
                                                    .type = ASSAY_TYPE_PROVENANCE,
                                                    .whole = TRUE,
                                                    .subjects = list_subjects,
                                                    .write = write_provenance,
                                                    .read = read_provenance };
