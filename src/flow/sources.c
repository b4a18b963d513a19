#include "flow/sources.h"

#include "account/extents.h"
#include "compare/align.h"
#include "crypto/sha256.h"
#include "flow/code.h"
#include "inventory/lines.h"
#include "inventory/raw_place.h"
#include "util/cancel.h"
#include "util/json.h"
#include "util/text.h"

#include <elf.h>
#include <string.h>

/** What is the same for all files. */
typedef struct
{
  AssayFlowResult *result;
  AssayInterpreter *interpreter;
  GHashTable *by_build_id; /* utf8 to GPtrArray of AssayBlob; NULL until somebody asks, as below */
  GHashTable *by_code;
} Sources;

/** One file. */
typedef struct
{
  const AssayComponent *component;
  AssayBlob *expected; /* the rebuilt file, or the shipped one where they are equal; borrowed */
  AssayElf *elf;       /* of @expected, or of the ELF file that it is a flat image of */
  AssayBlob *elf_blob;
  GArray *pieces;         /* AssayCodeExtent, ascending, without overlap */
  GArray *executable;     /* AssayExtent, of @expected */
  const GPtrArray *split; /* AssayBlob: files that may hold parts of its debug information */
  GHashTable *parts;      /* utf8 (unit, LF, file) to guint64: bytes */
  char *path;             /* of the source inside, escaped */
  gboolean whole;
} Case;

static void
sources_clear (Sources *sources)
{
  assay_interpreter_free (sources->interpreter);
  g_clear_pointer (&sources->by_build_id, g_hash_table_unref);
  g_clear_pointer (&sources->by_code, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sources, sources_clear)

static void
case_clear (Case *one)
{
  g_clear_pointer (&one->elf, assay_elf_free);
  g_clear_pointer (&one->elf_blob, assay_blob_unref);
  g_clear_pointer (&one->pieces, g_array_unref);
  g_clear_pointer (&one->executable, g_array_unref);
  g_hash_table_unref (one->parts);
  g_free (one->path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Case, case_clear)

static AssayElf *
read_elf (const Sources *sources, AssayBlob *blob)
{
  char magic[SELFMAG];
  if (assay_blob_get_size (blob) < sizeof (Elf32_Ehdr) || !assay_blob_read (blob, 0, magic, sizeof magic, NULL)
      || memcmp (magic, ELFMAG, SELFMAG) != 0)
    return NULL;
  return assay_elf_new (blob, &sources->result->options->limits, NULL);
}

/* --- where code lies --- */

/* The pieces of an ELF file where a flat image of it has them. */
static GArray *
place_pieces (const AssayElf *elf, const GArray *ranges, guint64 displacement)
{
  g_autoptr (GArray) pieces = assay_code_list (elf);
  GArray *placed = g_array_new (FALSE, FALSE, sizeof (AssayCodeExtent));
  for (guint i = 0; i < pieces->len; i++)
    for (guint j = 0; j < ranges->len; j++)
      {
        const AssayCodeExtent *piece = &g_array_index (pieces, AssayCodeExtent, i);
        const AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, j);
        guint64 start = MAX (piece->offset, range->file_offset);
        guint64 end = MIN (piece->offset + piece->length, range->file_offset + range->length);
        const AssayCodeExtent part = { range->image_offset + displacement + (start - range->file_offset), end - start,
                                       piece->address + (start - piece->offset), 0 };
        if (start < end)
          g_array_append_val (placed, part);
      }
  assay_code_settle (placed);
  return placed;
}

/* A flat image has code where an ELF file of the rebuild, which it was made of, has it. */
static gboolean
open_raw (const Sources *sources, Case *one, const AssayMatch *match)
{
  guint64 base = 0;
  guint64 displacement = 0;
  if (match->expected == NULL)
    return FALSE;
  for (guint i = 0; i < match->expectation->symbols->len && one->elf_blob == NULL; i++)
    {
      AssayBlob *blob = g_ptr_array_index (match->expectation->symbols, i);
      one->elf = read_elf (sources, blob);
      one->elf_blob = one->elf != NULL ? assay_blob_ref (blob) : NULL;
    }
  if (one->elf_blob == NULL)
    one->elf_blob = assay_flow_find_symbols (match->expected, sources->result);
  if (one->elf_blob != NULL && one->elf == NULL)
    one->elf = read_elf (sources, one->elf_blob);
  g_autoptr (GArray) ranges = one->elf == NULL ? NULL : assay_elf_load_image (one->elf, &base, NULL);
  if (ranges == NULL || !assay_raw_place (one->expected, one->elf_blob, ranges, &displacement))
    return FALSE;
  one->pieces = place_pieces (one->elf, ranges, displacement);
  one->executable = assay_code_extents (one->pieces);
  return TRUE;
}

/* FALSE where the rebuild has nothing for it, or nobody knows where that has code. */
static gboolean
open_expected (const Sources *sources, Case *one, const AssayNodeAccount *node_account)
{
  const AssayMatch *match = node_account->match;
  if (match == NULL || match->expectation == NULL)
    return FALSE;
  one->expected = match->expected != NULL ? match->expected->blob : match->equal ? match->shipped->blob : NULL;
  if (one->expected == NULL)
    return FALSE;
  one->split = match->expectation->symbols;
  one->elf = read_elf (sources, one->expected);
  if (one->elf == NULL)
    return open_raw (sources, one, match);
  one->elf_blob = assay_blob_ref (one->expected);
  one->pieces = assay_code_list (one->elf);
  one->executable = assay_code_list_executable (one->elf);
  return TRUE;
}

/* --- whose line tables speak of it --- */

static void
note_program (GHashTable *table, char *key, AssayBlob *blob)
{
  GPtrArray *programs = g_hash_table_lookup (table, key);
  if (programs == NULL)
    {
      programs = g_ptr_array_new ();
      g_hash_table_insert (table, g_strdup (key), programs);
    }
  g_ptr_array_add (programs, blob);
  g_free (key);
}

/* A digest of all code with its places; NULL where it has none, or it cannot be read. */
static char *
digest_code (const AssayElf *elf, AssayBlob *blob)
{
  g_autoptr (GArray) pieces = assay_code_list (elf);
  g_autoptr (AssaySha256) sha256 = assay_sha256_new ();
  for (guint i = 0; i < pieces->len; i++)
    {
      const AssayCodeExtent *piece = &g_array_index (pieces, AssayCodeExtent, i);
      AssayDigest digest;
      if (!assay_sha256_blob (blob, piece->offset, piece->length, &digest, NULL))
        return NULL;
      assay_sha256_update (sha256, &digest, sizeof digest);
      assay_sha256_update (sha256, &piece->address, sizeof piece->address);
    }
  AssayDigest whole;
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_sha256_finish (sha256, &whole);
  assay_digest_to_hex (&whole, hex);
  return pieces->len > 0 ? g_strdup (hex) : NULL;
}

static char *
key_of (const AssayElf *elf, AssayBlob *blob, gboolean by_code)
{
  return by_code ? digest_code (elf, blob) : g_strdup (elf->build_id);
}

static GHashTable *
table_of_programs (const Sources *sources, gboolean by_code)
{
  const GPtrArray *programs = assay_flow_list_programs (sources->result);
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  for (guint i = 0; i < programs->len; i++)
    {
      AssayBlob *blob = g_ptr_array_index (programs, i);
      g_autoptr (AssayElf) elf = read_elf (sources, blob);
      /* of relocatable ones the code of another may be the same, at no place yet */
      char *key = elf == NULL || (by_code && elf->type == ET_REL) ? NULL : key_of (elf, blob, by_code);
      if (key != NULL)
        note_program (table, key, blob);
    }
  return table;
}

/* (transfer none) (nullable): files of the rebuild that are the same program. */
static const GPtrArray *
find_programs (Sources *sources, const Case *one)
{
  gboolean by_code = one->elf->build_id == NULL;
  GHashTable **table = by_code ? &sources->by_code : &sources->by_build_id;
  g_autofree char *key = key_of (one->elf, one->elf_blob, by_code);
  if (key == NULL || (by_code && one->elf->type == ET_REL))
    return NULL;
  if (*table == NULL)
    *table = table_of_programs (sources, by_code);
  return g_hash_table_lookup (*table, key);
}

/* The number that a section of a relocatable file has in another one: 0 where it is not there, or there twice. */
static guint32
find_section (const AssayElf *from, guint32 number, const AssayElf *in)
{
  const AssaySection *wanted = number == 0 ? NULL : &g_array_index (from->sections, AssaySection, number - 1);
  guint32 found = 0;
  for (guint i = 0; wanted != NULL && i < in->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (in->sections, AssaySection, i);
      if (strcmp (section->name, wanted->name) != 0 || section->size != wanted->size
          || !assay_code_is_section (section))
        continue;
      if (found != 0)
        return 0;
      found = section->index;
    }
  return found;
}

/* Where the debug information of a relocatable file lies in another, sections have numbers of that one. */
static gboolean
renumber (const Sources *sources, const Case *one, AssayBlob *program)
{
  if (one->elf->type != ET_REL)
    return TRUE;
  g_autoptr (AssayElf) elf = read_elf (sources, program);
  for (guint i = 0; elf != NULL && i < one->pieces->len; i++)
    {
      AssayCodeExtent *piece = &g_array_index (one->pieces, AssayCodeExtent, i);
      piece->section = find_section (one->elf, piece->section, elf);
    }
  return elf != NULL;
}

/* A build-id can be given to any program. What was put aside holds no code by which anybody could tell. */
static gboolean
has_same_code (const Sources *sources, const char *code, AssayBlob *program)
{
  g_autoptr (AssayElf) elf = read_elf (sources, program);
  g_autofree char *other = elf == NULL ? NULL : digest_code (elf, program);
  return elf != NULL && (other == NULL || g_strcmp0 (code, other) == 0);
}

/* The first that has debug information. */
static AssayLines *
open_lines (Sources *sources, const Case *one)
{
  const GPtrArray *split = one->split;
  assay_interpreter_renew (sources->interpreter);
  g_autoptr (AssayLines) lines = assay_lines_new (sources->interpreter, one->elf_blob, split, NULL);
  if (lines != NULL)
    return g_steal_pointer (&lines);
  const GPtrArray *programs = find_programs (sources, one);
  gboolean by_id = one->elf->build_id != NULL;
  g_autofree char *code = programs == NULL || !by_id ? NULL : digest_code (one->elf, one->elf_blob);
  for (guint i = 0; programs != NULL && i < programs->len && lines == NULL; i++)
    {
      AssayBlob *program = g_ptr_array_index (programs, i);
      if (by_id && !has_same_code (sources, code, program))
        continue;
      lines = assay_lines_new (sources->interpreter, program, split, NULL);
      if (lines != NULL && !renumber (sources, one, program))
        return NULL;
    }
  return g_steal_pointer (&lines);
}

/* Debian's compilers are told that the top of the source is `.`. */
static char *
make_absolute (const Case *one, const char *path)
{
  return *path == '/' ? g_strdup (path) : g_build_filename (one->path, path, NULL);
}

static void
add_run (const AssaySourceRun *run, gpointer data)
{
  Case *one = data;
  if (run->file == NULL)
    return;
  g_autofree char *file = make_absolute (one, run->file);
  g_autofree char *unit = run->unit == NULL ? g_strdup ("") : make_absolute (one, run->unit);
  char *key = g_strconcat (unit, "\n", file, NULL);
  guint64 *bytes = g_hash_table_lookup (one->parts, key);
  if (bytes != NULL)
    {
      *bytes += run->length;
      g_free (key);
      return;
    }
  bytes = g_new (guint64, 1);
  *bytes = run->length;
  g_hash_table_insert (one->parts, key, bytes);
}

/* @same: AssayExtent, of the rebuilt file: what is identical, ascending as the pieces are */
static void
read_lines (Sources *sources, Case *one, const GArray *same)
{
  g_autoptr (AssayLines) lines = same->len == 0 ? NULL : open_lines (sources, one);
  guint at = 0;
  for (guint i = 0; lines != NULL && i < same->len && one->whole; i++)
    {
      const AssayExtent *extent = &g_array_index (same, AssayExtent, i);
      while (at < one->pieces->len)
        {
          const AssayCodeExtent *piece = &g_array_index (one->pieces, AssayCodeExtent, at);
          guint64 start = MAX (extent->start, piece->offset);
          guint64 end = MIN (extent->end, piece->offset + piece->length);
          if (start < end
              && !assay_lines_walk (lines, piece->address + (start - piece->offset), piece->section, end - start,
                                    add_run, one))
            one->whole = FALSE;
          if (piece->offset + piece->length > extent->end)
            break;
          at++;
        }
    }
}

/* --- one file --- */

static const AssayComponent *
find_component (const AssayFlowResult *result, const AssayExpectation *expectation, guint *out_index)
{
  for (guint i = 0; i < result->components->len; i++)
    {
      const AssayComponent *component = g_ptr_array_index (result->components, i);
      *out_index = i + (result->expected != NULL ? 1 : 0);
      if (g_ptr_array_find (component->expectations, expectation, NULL))
        return component;
    }
  return NULL;
}

static gint
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static json_t *
describe_parts (const Case *one)
{
  json_t *list = json_array ();
  guint count = 0;
  g_autofree gpointer *keys = g_hash_table_get_keys_as_array (one->parts, &count);
  if (count > 0)
    qsort (keys, count, sizeof *keys, compare_texts);
  for (guint i = 0; i < count; i++)
    {
      const char *key = keys[i];
      const char *file = strchr (key, '\n') + 1;
      json_t *part = json_object ();
      json_object_set_new (part, "file", assay_json_text (file));
      json_object_set_new (part, "bytes", assay_json_count (*(guint64 *)g_hash_table_lookup (one->parts, key)));
      if (file - key > 1)
        {
          g_autofree char *unit = g_strndup (key, (gsize)(file - key) - 1);
          json_object_set_new (part, "unit", assay_json_text (unit));
        }
      json_array_append_new (list, part);
    }
  return list;
}

/* What other nodes hold. */
static GArray *
list_payload (const AssayNodeAccount *node_account)
{
  GArray *payload = assay_extents_new ();
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  while (assay_ranges_next (&walk))
    {
      const AssayRange *range = &walk.range;
      if (range->payload)
        assay_extents_add (payload, range->offset, range->length);
    }
  assay_extents_settle (payload);
  return payload;
}

/* Which bytes were compared with which: as the account did it. NULL where that cannot be read. */
static GArray *
align (const Case *one, const AssayNodeAccount *node_account, const AssayElf *shipped_elf)
{
  const AssayNode *node = node_account->node;
  const AssayCorrespondence all = { .length = node->size };
  gboolean is_elf = one->elf_blob == one->expected;
  if (!node_account->match->equal)
    return assay_align (node->blob, shipped_elf, one->expected,
                        is_elf && (node_account->placed || shipped_elf != NULL) ? one->elf : NULL, NULL);
  GArray *correspondences = g_array_new (FALSE, FALSE, sizeof all);
  g_array_append_val (correspondences, all);
  return correspondences;
}

/* What is identical, as bytes of each side. */
static void
list_identical (const Case *one, const AssayNodeAccount *node_account, const AssayElf *shipped_elf, GArray *shipped,
                GArray *expected)
{
  guint at = 0;
  g_autoptr (GArray) correspondences = align (one, node_account, shipped_elf);
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  while (correspondences != NULL && assay_ranges_next (&walk))
    {
      const AssayRange *range = &walk.range;
      if (range->payload || range->class_ != ASSAY_CLASS_IDENTICAL)
        continue;
      for (; at < correspondences->len; at++)
        {
          const AssayCorrespondence *both = &g_array_index (correspondences, AssayCorrespondence, at);
          guint64 start = MAX (range->offset, both->shipped);
          guint64 end = MIN (range->offset + range->length, both->shipped + both->length);
          if (start < end)
            {
              assay_extents_add (shipped, start, end - start);
              assay_extents_add (expected, both->expected + (start - both->shipped), end - start);
            }
          if (both->shipped + both->length > range->offset + range->length)
            break;
        }
    }
  assay_extents_settle (shipped);
  assay_extents_settle (expected);
}

/* NULL where it is neither a program nor made of one. */
static json_t *
describe_file (Sources *sources, const AssayNodeAccount *node_account)
{
  const AssayNode *node = node_account->node;
  guint index = 0;
  g_auto (Case) one = { .whole = TRUE, .parts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free) };
  if (node->blob == NULL)
    return NULL;
  g_autoptr (AssayElf) shipped_elf = read_elf (sources, node->blob);
  gboolean known = open_expected (sources, &one, node_account);
  if (shipped_elf == NULL && !known)
    return NULL;
  one.component = known ? find_component (sources->result, node_account->match->expectation, &index) : NULL;
  g_autoptr (GArray) shipped_same = assay_extents_new ();
  g_autoptr (GArray) expected_same = assay_extents_new ();
  g_autoptr (GArray) executable = shipped_elf != NULL ? assay_code_list_executable (shipped_elf) : assay_extents_new ();
  if (one.component != NULL)
    {
      one.path = assay_text_escape_line (one.component->recipe->path, -1);
      list_identical (&one, node_account, shipped_elf, shipped_same, expected_same);
    }
  g_autoptr (GArray) code = known ? assay_code_extents (one.pieces) : assay_extents_new ();
  g_autoptr (GArray) same = assay_extents_intersect (expected_same, code);
  g_autoptr (GArray) loaded = assay_extents_intersect (expected_same, known ? one.executable : code);
  g_autoptr (GArray) beside = assay_extents_subtract (loaded, code);
  g_autoptr (GArray) payload = list_payload (node_account);
  g_autoptr (GArray) different = assay_extents_subtract (executable, shipped_same);
  g_autoptr (GArray) other = assay_extents_subtract (different, payload);
  if (one.component != NULL)
    read_lines (sources, &one, same);
  json_t *described = json_object ();
  json_object_set_new (described, "path", assay_json_text (node->path));
  if (one.component != NULL)
    json_object_set_new (described, "expected", json_integer (index));
  json_object_set_new (described, "identical", assay_json_count (assay_extents_count (same)));
  json_object_set_new (described, "code", assay_json_count (assay_extents_count (same) + assay_extents_count (other)));
  json_object_set_new (described, "beside", assay_json_count (assay_extents_count (beside)));
  json_object_set_new (described, "parts", describe_parts (&one));
  json_object_set_new (described, "whole", json_boolean (one.whole));
  return described;
}

json_t *
assay_flow_describe_sources (AssayFlowResult *result)
{
  json_t *list = json_array ();
  g_auto (Sources) sources = { .result = result, .interpreter = assay_interpreter_new (&result->options->limits) };
  assay_progress_stage (result->options->progress, "looking for sources", 0, NULL);
  for (guint i = 0; result->account != NULL && i < result->account->nodes->len && !assay_cancelled (NULL); i++)
    {
      json_t *file = describe_file (&sources, g_ptr_array_index (result->account->nodes, i));
      if (file != NULL)
        json_array_append_new (list, file);
    }
  return list;
}
