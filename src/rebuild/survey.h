#ifndef ASSAY_REBUILD_SURVEY_H
#define ASSAY_REBUILD_SURVEY_H

#include "input/recipe.h"
#include "util/limits.h"

/**
 * AssaySurvey: what a source is, and what its files say of how it is built. Nothing of it is run.
 *
 * @layer: it as one entry of a recipe's `source`: kind, path as given, digest or commit, and of an archive with one
 *   directory at its top `strip` 1
 * @name: of that directory, of the given one or of the archive, without its suffixes; any bytes
 * @paths: (element-type utf8): of all files, as in the build tree, sorted bytewise; those of an archive escaped by
 *   assay_text_escape_name()
 * @texts: (element-type utf8 utf8): content of files that say how something is built, by path; may be cut off
 * @trouble: (nullable): why not all of it could be looked at
 */
typedef struct
{
  AssayRecipeLayer layer;
  char *name;
  GPtrArray *paths;
  GHashTable *texts;
  char *trouble;
} AssaySurvey;

/**
 * assay_survey_new:
 * @path: an archive, a directory, or a local git repository (a work tree with `.git`, or a bare one). Of a work tree
 * the files are looked at as they lie there; a bare repository's are not
 *
 * Errors: ASSAY_ERROR_USAGE there is no such thing; those of digesting.
 */
AssaySurvey *assay_survey_new (const char *path, const AssayLimits *limits, GError **error);
void assay_survey_free (AssaySurvey *survey);

/** assay_survey_has: whether there is a file of that path. */
gboolean assay_survey_has (const AssaySurvey *survey, const char *path);

/** assay_survey_get_text: (transfer none) (nullable): the content of a file that says how something is built. */
const char *assay_survey_get_text (const AssaySurvey *survey, const char *path);

/**
 * AssayBuildSystem: how a source is built, by a file at its top.
 * @file: "configure"; @name: "configure and make"
 * @steps: NULL-terminated; static
 */
typedef struct
{
  const char *file;
  const char *name;
  const char *steps[4];
} AssayBuildSystem;

/** assay_survey_build_systems: (transfer container) (element-type AssayBuildSystem): those that the source has files
 * of, the most likely first. */
GPtrArray *assay_survey_build_systems (const AssaySurvey *survey);

/**
 * AssaySurveyTarget: a file that a source seems to build.
 * @from: as an output of a recipe has it, which may be a glob
 * @file: where in the source it is named; @line: from 1
 */
typedef struct
{
  char *from;
  char *file;
  guint line;
} AssaySurveyTarget;

void assay_survey_target_clear (AssaySurveyTarget *target);

/**
 * assay_survey_find_target:
 * @name: of a shipped file, without directories: "gnb-du", "libgnbphy.so.2.4.1"
 *
 * Whether a file that says how something is built has that name in it as a word, or of a library the name without its
 * numbers. Where it stands as the end of a path without variables, that path is what is built.
 */
gboolean assay_survey_find_target (const AssaySurvey *survey, const char *name, AssaySurveyTarget *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssaySurvey, assay_survey_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssaySurveyTarget, assay_survey_target_clear)

#endif
