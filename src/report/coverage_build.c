#include "report/coverage_build.h"

#include "util/json.h"

#include <string.h>

/* What the build made lies beneath it, in every sandbox. */
#define BUILD "/build/"

struct _AssayCoverageBuild
{
  const json_t *recording;
  const AssayReviewed *reviewed;
  GHashTable *read;     /* utf8 to json_t, of delivered files */
  GHashTable *tools;    /* the same of the toolchain */
  GHashTable *used;     /* line of the list, a set */
  GHashTable *renamers; /* last component of a name to GPtrArray of utf8: texts that may give it to their lines */
  GPtrArray *any;       /* utf8: texts that may give any name */
  GArray *made;         /* gboolean: of each line `generated` of the list: what it names was reviewed and read */
};

static GHashTable *
index_paths (const json_t *list)
{
  GHashTable *table = g_hash_table_new (g_str_hash, g_str_equal);
  const json_t *file;
  size_t index;
  json_array_foreach (list, index, file)
  {
    g_hash_table_insert (table, (gpointer)json_string_value (json_object_get (file, "path")), (gpointer)file);
  }
  return table;
}

static AssayReview
review (const AssayCoverageBuild *build, const json_t *file, guint *out_line)
{
  AssayDigest sha256;
  if (!assay_digest_from_hex (json_string_value (json_object_get (file, "sha256")), &sha256))
    return ASSAY_REVIEW_NONE;
  return assay_reviewed_find (build->reviewed, json_string_value (json_object_get (file, "path")), &sha256, out_line);
}

static void
note_used (AssayCoverageBuild *build, const json_t *list)
{
  const json_t *file;
  size_t index;
  json_array_foreach (list, index, file)
  {
    guint line = 0;
    if (review (build, file, &line) == ASSAY_REVIEW_DONE)
      g_hash_table_add (build->used, GUINT_TO_POINTER (line));
  }
}

/* Whether the build read a file of the list that has this path there, with its digest. */
static gboolean
has_read (const AssayCoverageBuild *build, GHashTable *files, const char *given)
{
  GHashTableIter iterator;
  gpointer path;
  gpointer file;
  g_hash_table_iter_init (&iterator, files);
  while (g_hash_table_iter_next (&iterator, &path, &file))
    if (assay_reviewed_is_at (given, path) && review (build, file, NULL) == ASSAY_REVIEW_DONE
        && (files == build->tools || json_is_true (json_object_get (file, "as_delivered"))))
      return TRUE;
  return FALSE;
}

/* Whether lines of the list say of what a file was made, and all of that was reviewed and read. */
static gboolean
is_made_of_reviewed (const AssayCoverageBuild *build, const char *path)
{
  gboolean any = FALSE;
  for (guint i = 0; i < build->reviewed->makers->len; i++)
    {
      const AssayReviewedMaker *maker = g_ptr_array_index (build->reviewed->makers, i);
      if (!assay_reviewed_matches (maker->glob, path))
        continue;
      any = TRUE;
      if (!g_array_index (build->made, gboolean, i))
        return FALSE;
    }
  return any;
}

static const char *
last_component (const char *path)
{
  const char *slash = strrchr (path, '/');
  return slash != NULL ? slash + 1 : path;
}

static void
add_renamer (AssayCoverageBuild *build, const char *name, const char *path)
{
  const char *last = last_component (name);
  GPtrArray *renamers = g_hash_table_lookup (build->renamers, last);
  if (renamers == NULL)
    {
      renamers = g_ptr_array_new ();
      g_hash_table_insert (build->renamers, (gpointer)last, renamers);
    }
  g_ptr_array_add (renamers, (gpointer)path);
}

/* A reviewer has seen what a text says of its lines. */
static gboolean
is_believed (const AssayCoverageBuild *build, const json_t *text)
{
  const char *path = json_string_value (json_object_get (text, "path"));
  if (json_is_true (json_object_get (text, "delivered")))
    return review (build, text, NULL) == ASSAY_REVIEW_DONE;
  return is_made_of_reviewed (build, path);
}

static void
note_made (AssayCoverageBuild *build)
{
  for (guint i = 0; i < build->reviewed->makers->len; i++)
    {
      const AssayReviewedMaker *maker = g_ptr_array_index (build->reviewed->makers, i);
      gboolean made = has_read (build, build->read, maker->from) || has_read (build, build->tools, maker->from);
      g_array_append_val (build->made, made);
    }
}

/* Without the list anything may have been renamed. */
static void
note_renamers (AssayCoverageBuild *build)
{
  const json_t *text;
  const json_t *name;
  size_t index;
  size_t at;
  if (json_object_get (build->recording, "line_control") == NULL)
    g_ptr_array_add (build->any, (gpointer) "(not recorded)");
  json_array_foreach (json_object_get (build->recording, "line_control"), index, text)
  {
    const char *path = json_string_value (json_object_get (text, "path"));
    if (is_believed (build, text))
      continue;
    if (json_is_true (json_object_get (text, "any")))
      g_ptr_array_add (build->any, (gpointer)path);
    json_array_foreach (json_object_get (text, "names"), at, name)
    {
      add_renamer (build, json_string_value (name), path);
    }
  }
}

AssayCoverageBuild *
assay_coverage_build_new (const json_t *recording, const AssayReviewed *reviewed)
{
  AssayCoverageBuild *build = g_new0 (AssayCoverageBuild, 1);
  build->recording = recording;
  build->reviewed = reviewed;
  build->read = index_paths (json_object_get (recording, "read"));
  build->tools = index_paths (json_object_get (recording, "toolchain"));
  build->used = g_hash_table_new (NULL, NULL);
  build->renamers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  build->any = g_ptr_array_new ();
  build->made = g_array_new (FALSE, FALSE, sizeof (gboolean));
  note_used (build, json_object_get (recording, "read"));
  note_used (build, json_object_get (recording, "toolchain"));
  note_made (build);
  note_renamers (build);
  return build;
}

void
assay_coverage_build_free (AssayCoverageBuild *build)
{
  g_hash_table_unref (build->read);
  g_hash_table_unref (build->tools);
  g_hash_table_unref (build->used);
  g_hash_table_unref (build->renamers);
  g_ptr_array_unref (build->any);
  g_array_unref (build->made);
  g_free (build);
}

gboolean
assay_coverage_build_uses (const AssayCoverageBuild *build, guint line)
{
  return g_hash_table_contains (build->used, GUINT_TO_POINTER (line));
}

/* --- one file --- */

/* A file that the build did not get: it made it, or there is none. */
static AssayCoverageState
judge_made (const AssayCoverageBuild *build, const char *path)
{
  if (is_made_of_reviewed (build, path))
    return ASSAY_COVERAGE_REVIEWED;
  return g_str_has_prefix (path, BUILD) ? ASSAY_COVERAGE_GENERATED : ASSAY_COVERAGE_ELSEWHERE;
}

static AssayCoverageState
judge_file (const AssayCoverageBuild *build, const char *path)
{
  const json_t *delivered = g_hash_table_lookup (build->read, path);
  const json_t *tool = g_hash_table_lookup (build->tools, path);
  const json_t *file = delivered != NULL ? delivered : tool;
  if (file == NULL)
    return judge_made (build, path);
  if (delivered != NULL && !json_is_true (json_object_get (delivered, "as_delivered")))
    return ASSAY_COVERAGE_ALTERED;
  switch (review (build, file, NULL))
    {
    case ASSAY_REVIEW_DONE:
      return ASSAY_COVERAGE_REVIEWED;
    case ASSAY_REVIEW_OTHER:
      return ASSAY_COVERAGE_OTHER;
    case ASSAY_REVIEW_NONE:
      break;
    }
  return tool != NULL && delivered == NULL ? ASSAY_COVERAGE_TOOLCHAIN : ASSAY_COVERAGE_UNLISTED;
}

/* What the compiler was given need not be reviewed for what it includes to be; but somebody must know what it was. */
static AssayCoverageState
judge_unit (const AssayCoverageBuild *build, const char *unit)
{
  if (unit == NULL)
    return ASSAY_COVERAGE_ELSEWHERE;
  AssayCoverageState state = judge_file (build, unit);
  gboolean is_known
      = state == ASSAY_COVERAGE_UNLISTED || state == ASSAY_COVERAGE_OTHER || state == ASSAY_COVERAGE_TOOLCHAIN;
  return is_known ? ASSAY_COVERAGE_REVIEWED : state;
}

/* (nullable): a text that may have given its lines this name, and is not the file itself. */
static const char *
find_renamer (const AssayCoverageBuild *build, const char *path)
{
  const GPtrArray *renamers = g_hash_table_lookup (build->renamers, last_component (path));
  for (guint i = 0; renamers != NULL && i < renamers->len; i++)
    if (strcmp (g_ptr_array_index (renamers, i), path) != 0)
      return g_ptr_array_index (renamers, i);
  return build->any->len > 0 ? g_ptr_array_index (build->any, 0) : NULL;
}

AssayCoverageState
assay_coverage_build_judge (const AssayCoverageBuild *build, const char *file, const char *unit, char **out_why)
{
  AssayCoverageState state = judge_file (build, file);
  AssayCoverageState of_unit = judge_unit (build, unit);
  const char *renamer = find_renamer (build, file);
  *out_why = NULL;
  if (state != ASSAY_COVERAGE_REVIEWED)
    return state;
  if (of_unit != ASSAY_COVERAGE_REVIEWED)
    {
      *out_why = g_strdup (unit);
      return of_unit;
    }
  *out_why = g_strdup (renamer);
  return renamer == NULL ? ASSAY_COVERAGE_REVIEWED : ASSAY_COVERAGE_RENAMED;
}

/* --- as JSON --- */

static json_t *
describe_unnamed (const AssayCoverageBuild *build)
{
  json_t *list = json_array ();
  const json_t *file;
  size_t index;
  json_array_foreach (json_object_get (build->recording, "read"), index, file)
  {
    if (json_is_true (json_object_get (file, "named")))
      continue;
    json_t *described = json_object ();
    json_object_set (described, "path", json_object_get (file, "path"));
    json_object_set_new (described, "reviewed", json_boolean (review (build, file, NULL) == ASSAY_REVIEW_DONE));
    json_array_append_new (list, described);
  }
  return list;
}

static json_t *
describe_line_control (const AssayCoverageBuild *build)
{
  static const char *const members[] = { "path", "names", "any", "delivered" };
  json_t *list = json_array ();
  const json_t *text;
  size_t index;
  json_array_foreach (json_object_get (build->recording, "line_control"), index, text)
  {
    json_t *described = json_object ();
    for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
      json_object_set (described, members[i], json_object_get (text, members[i]));
    json_object_set_new (described, "believed", json_boolean (is_believed (build, text)));
    json_array_append_new (list, described);
  }
  return list;
}

json_t *
assay_coverage_build_describe (const AssayCoverageBuild *build)
{
  json_t *described = json_object ();
  json_object_set (described, "never_read", json_object_get (build->recording, "never_read"));
  json_object_set (described, "unsure", json_object_get (build->recording, "unsure"));
  json_object_set (described, "whole", json_object_get (build->recording, "whole"));
  json_object_set_new (described, "unnamed", describe_unnamed (build));
  json_object_set_new (described, "line_control", describe_line_control (build));
  return described;
}
