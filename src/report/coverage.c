#include "report/coverage.h"

#include "report/coverage_build.h"
#include "report/schema.h"
#include "report/text.h"
#include "util/checked.h"
#include "util/json.h"

#include <assay/error.h>

#include <string.h>

/** Bytes of one file in one state. */
typedef struct
{
  char *file; /* NULL: of what has no source */
  char *why;  /* another file, as of assay_coverage_build_judge(), or NULL */
  AssayCoverageState state;
  guint build;
  guint64 bytes;
} Row;

typedef struct
{
  const json_t *report;
  const AssayReviewed *reviewed;
  GPtrArray *builds; /* AssayCoverageBuild; NULL where nothing was recorded */
  GHashTable *rows;  /* utf8 to Row */
  guint64 totals[ASSAY_COVERAGE_REVIEWED + 1];
  guint64 code;
  guint64 beside;
  gboolean whole;
  json_t *files;
} Coverage;

static const char *const state_names[] = {
  [ASSAY_COVERAGE_UNNAMED] = "unnamed",     [ASSAY_COVERAGE_DIFFERS] = "differs",
  [ASSAY_COVERAGE_GENERATED] = "generated", [ASSAY_COVERAGE_ELSEWHERE] = "elsewhere",
  [ASSAY_COVERAGE_ALTERED] = "altered",     [ASSAY_COVERAGE_TOOLCHAIN] = "toolchain",
  [ASSAY_COVERAGE_OTHER] = "other-digest",  [ASSAY_COVERAGE_UNLISTED] = "unlisted",
  [ASSAY_COVERAGE_RENAMED] = "renamed",     [ASSAY_COVERAGE_REVIEWED] = "reviewed",
};

static void
free_row (gpointer data)
{
  Row *row = data;
  g_free (row->file);
  g_free (row->why);
  g_free (row);
}

static void
free_build (gpointer build)
{
  if (build != NULL)
    assay_coverage_build_free (build);
}

static void
coverage_clear (Coverage *coverage)
{
  g_ptr_array_unref (coverage->builds);
  g_hash_table_unref (coverage->rows);
  json_decref (coverage->files);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Coverage, coverage_clear)

static gboolean
fail (GError **error, const char *path)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "the report does not add up: the sources of %s are not its code",
               path);
  return FALSE;
}

/* FALSE where the sum has no room. Takes @why. */
static gboolean
add_row (Coverage *coverage, const char *file, AssayCoverageState state, guint build, char *why, guint64 bytes)
{
  g_autofree char *taken = why;
  if (bytes == 0)
    return TRUE;
  char *key = g_strdup_printf ("%u %d %s", build, (int)state, file);
  Row *row = g_hash_table_lookup (coverage->rows, key);
  if (row == NULL)
    {
      row = g_new0 (Row, 1);
      *row = (Row){ g_strdup (file), g_steal_pointer (&taken), state, build, 0 };
      g_hash_table_insert (coverage->rows, key, row);
    }
  else
    g_free (key);
  return assay_u64_add (row->bytes, bytes, &row->bytes)
         && assay_u64_add (coverage->totals[state], bytes, &coverage->totals[state]);
}

/* What the line tables give to files. */
static gboolean
add_parts (Coverage *coverage, const json_t *file, guint build, guint64 *out_named, guint64 *out_reviewed)
{
  const AssayCoverageBuild *of = g_ptr_array_index (coverage->builds, build);
  const json_t *part;
  size_t index;
  json_array_foreach (json_object_get (file, "parts"), index, part)
  {
    const char *path = json_string_value (json_object_get (part, "file"));
    const char *unit = json_string_value (json_object_get (part, "unit"));
    guint64 bytes = assay_text_number (json_object_get (part, "bytes"));
    char *why = NULL;
    AssayCoverageState state = assay_coverage_build_judge (of, path, unit, &why);
    if (!assay_u64_add (*out_named, bytes, out_named) || !add_row (coverage, path, state, build, why, bytes))
      return FALSE;
    *out_reviewed += state == ASSAY_COVERAGE_REVIEWED ? bytes : 0;
  }
  return TRUE;
}

static void
describe_file (Coverage *coverage, const json_t *file, guint64 reviewed, guint64 unnamed)
{
  static const char *const members[] = { "path", "code", "identical", "beside" };
  json_t *described = json_object ();
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    json_object_set (described, members[i], json_object_get (file, members[i]));
  json_object_set_new (described, "reviewed", assay_json_count (reviewed));
  json_object_set_new (described, "unnamed", assay_json_count (unnamed));
  json_array_append_new (coverage->files, described);
}

/* One file of the image. */
static gboolean
add_file (Coverage *coverage, const json_t *file, GError **error)
{
  const char *path = json_string_value (json_object_get (file, "path"));
  guint64 code = assay_text_number (json_object_get (file, "code"));
  guint64 identical = assay_text_number (json_object_get (file, "identical"));
  guint64 beside = assay_text_number (json_object_get (file, "beside"));
  guint64 build = assay_text_number (json_object_get (file, "expected"));
  guint64 named = 0;
  guint64 reviewed = 0;
  gboolean built = json_object_get (file, "expected") != NULL;
  gboolean sound = identical <= code && (built ? build < coverage->builds->len : identical == 0);
  gboolean recorded = sound && built && g_ptr_array_index (coverage->builds, (guint)build) != NULL;
  if (!sound || (!recorded && json_array_size (json_object_get (file, "parts")) > 0))
    return fail (error, path);
  if ((recorded && !add_parts (coverage, file, (guint)build, &named, &reviewed)) || named > identical
      || !assay_u64_add (coverage->code, code, &coverage->code)
      || !assay_u64_add (coverage->beside, beside, &coverage->beside)
      || !add_row (coverage, path, ASSAY_COVERAGE_UNNAMED, G_MAXUINT, NULL, identical - named)
      || !add_row (coverage, path, ASSAY_COVERAGE_DIFFERS, G_MAXUINT, NULL, code - identical))
    return fail (error, path);
  coverage->whole = coverage->whole && json_is_true (json_object_get (file, "whole"));
  describe_file (coverage, file, reviewed, identical - named);
  return TRUE;
}

/* Without a recording: what is executable, by the headers of what is shipped. Nothing of it counts. */
static gboolean
add_unrecorded (Coverage *coverage, const json_t *file, GError **error)
{
  const char *path = json_string_value (json_object_get (file, "path"));
  const json_t *segments = json_object_get (file, "segments");
  const json_t *parts = json_array_size (segments) > 0 ? segments : json_object_get (file, "sections");
  const json_t *part;
  size_t index;
  json_array_foreach (parts, index, part)
  {
    const char *flags = json_string_value (json_object_get (part, "flags"));
    guint64 size = assay_text_number (json_object_get (part, "size"));
    gboolean loaded = parts != segments || strcmp (json_string_value (json_object_get (part, "type")), "LOAD") == 0;
    if (strchr (flags, 'X') == NULL || !loaded)
      continue;
    if (!assay_u64_add (coverage->code, size, &coverage->code)
        || !add_row (coverage, path, ASSAY_COVERAGE_UNNAMED, G_MAXUINT, NULL, size))
      return fail (error, path);
  }
  return TRUE;
}

static gboolean
add_files (Coverage *coverage, GError **error)
{
  const json_t *sources = json_object_get (coverage->report, "sources");
  const json_t *file;
  size_t index;
  json_array_foreach (sources != NULL ? sources : json_object_get (coverage->report, "files"), index, file)
  {
    if (sources != NULL ? !add_file (coverage, file, error) : !add_unrecorded (coverage, file, error))
      return FALSE;
  }
  return TRUE;
}

/* --- as JSON --- */

/* The largest first; what is as large by name, so that two runs write the same. */
static gint
compare_rows (gconstpointer a, gconstpointer b)
{
  const Row *left = *(const Row *const *)a;
  const Row *right = *(const Row *const *)b;
  if (left->bytes != right->bytes)
    return left->bytes > right->bytes ? -1 : 1;
  gint order = strcmp (left->file, right->file);
  if (order != 0)
    return order;
  return left->state != right->state ? (gint)left->state - (gint)right->state
                                     : (left->build > right->build) - (left->build < right->build);
}

static json_t *
describe_row (const Row *row)
{
  json_t *described = json_object ();
  gboolean source = row->build != G_MAXUINT;
  json_object_set_new (described, source ? "file" : "path", assay_json_text (row->file));
  json_object_set_new (described, "bytes", assay_json_count (row->bytes));
  json_object_set_new (described, "state", json_string (state_names[row->state]));
  if (source)
    json_object_set_new (described, "expected", json_integer (row->build));
  if (row->why != NULL)
    json_object_set_new (described, "by", assay_json_text (row->why));
  return described;
}

/* Those that count, or those that do not. */
static json_t *
describe_rows (const Coverage *coverage, gboolean reviewed)
{
  json_t *list = json_array ();
  GHashTableIter iterator;
  gpointer value;
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  g_hash_table_iter_init (&iterator, coverage->rows);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    if ((((Row *)value)->state == ASSAY_COVERAGE_REVIEWED) == reviewed)
      g_ptr_array_add (rows, value);
  g_ptr_array_sort (rows, compare_rows);
  for (guint i = 0; i < rows->len; i++)
    json_array_append_new (list, describe_row (g_ptr_array_index (rows, i)));
  return list;
}

static json_t *
describe_states (const Coverage *coverage)
{
  json_t *states = json_object ();
  for (gsize i = 0; i < G_N_ELEMENTS (state_names); i++)
    json_object_set_new (states, state_names[i], assay_json_count (coverage->totals[i]));
  return states;
}

static json_t *
describe_head (const Coverage *coverage, const AssayDigest *sha256)
{
  static const char *const kept[] = { "verdict", "image" };
  json_t *described = json_object ();
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    json_object_set (described, kept[i], json_object_get (coverage->report, kept[i]));
  json_object_set_new (described, "sha256", assay_json_digest (sha256));
  return described;
}

static json_t *
describe_list (const Coverage *coverage)
{
  json_t *described = json_object ();
  json_t *unused = json_array ();
  json_object_set_new (described, "name", assay_json_text (coverage->reviewed->name));
  json_object_set_new (described, "sha256", assay_json_digest (&coverage->reviewed->sha256));
  json_object_set_new (described, "files", json_integer (coverage->reviewed->files->len));
  for (guint i = 0; i < coverage->reviewed->files->len; i++)
    {
      const AssayReviewedFile *file = g_ptr_array_index (coverage->reviewed->files, i);
      gboolean used = FALSE;
      for (guint j = 0; j < coverage->builds->len && !used; j++)
        {
          const AssayCoverageBuild *build = g_ptr_array_index (coverage->builds, j);
          used = build != NULL && assay_coverage_build_uses (build, file->line);
        }
      if (used)
        continue;
      json_t *line = json_object ();
      json_object_set_new (line, "line", json_integer (file->line));
      json_object_set_new (line, "path", assay_json_text (file->path));
      json_array_append_new (unused, line);
    }
  json_object_set_new (described, "unused", unused);
  return described;
}

static json_t *
describe_builds (const Coverage *coverage)
{
  json_t *list = json_array ();
  for (guint i = 0; i < coverage->builds->len; i++)
    {
      const AssayCoverageBuild *build = g_ptr_array_index (coverage->builds, i);
      json_t *described = build == NULL ? json_object () : assay_coverage_build_describe (build);
      json_object_set_new (described, "recorded", json_boolean (build != NULL));
      json_array_append_new (list, described);
    }
  return list;
}

static gboolean
is_recorded (const Coverage *coverage)
{
  gboolean recorded = json_object_get (coverage->report, "sources") != NULL && coverage->builds->len > 0;
  for (guint i = 0; i < coverage->builds->len; i++)
    recorded = recorded && g_ptr_array_index (coverage->builds, i) != NULL;
  return recorded;
}

static json_t *
describe (const Coverage *coverage, const AssayDigest *sha256)
{
  json_t *described = json_object ();
  json_t *code = json_object ();
  json_object_set_new (code, "bytes", assay_json_count (coverage->code));
  json_object_set_new (code, "beside", assay_json_count (coverage->beside));
  json_object_set_new (code, "states", describe_states (coverage));
  json_object_set_new (described, "schema", json_string (ASSAY_COVERAGE_SCHEMA));
  json_object_set_new (described, "tool", json_pack ("{s:s,s:s}", "name", "assay", "version", ASSAY_VERSION));
  json_object_set_new (described, "report", describe_head (coverage, sha256));
  json_object_set_new (described, "list", describe_list (coverage));
  json_object_set_new (described, "recorded", json_boolean (is_recorded (coverage)));
  json_object_set_new (described, "whole", json_boolean (coverage->whole));
  json_object_set_new (described, "code", code);
  json_object_set_new (described, "files", json_incref (coverage->files));
  json_object_set_new (described, "left", describe_rows (coverage, FALSE));
  json_object_set_new (described, "reviewed", describe_rows (coverage, TRUE));
  json_object_set_new (described, "builds", describe_builds (coverage));
  return described;
}

json_t *
assay_coverage_new (const json_t *report, const AssayDigest *sha256, const AssayReviewed *reviewed, GError **error)
{
  g_auto (Coverage) coverage = { .report = report,
                                 .reviewed = reviewed,
                                 .builds = g_ptr_array_new_with_free_func (free_build),
                                 .rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_row),
                                 .whole = TRUE,
                                 .files = json_array () };
  const json_t *entry;
  size_t index;
  if (!assay_schema_check (report, error))
    return NULL;
  json_array_foreach (json_object_get (report, "expected"), index, entry)
  {
    const json_t *recording = json_object_get (entry, "recording");
    g_ptr_array_add (coverage.builds, recording == NULL ? NULL : assay_coverage_build_new (recording, reviewed));
  }
  return add_files (&coverage, error) ? describe (&coverage, sha256) : NULL;
}
