#include "rebuild/survey.h"

#include "crypto/sha256.h"
#include "input/git_head.h"
#include "input/listing.h"
#include "unpack/unpack.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** Levels of an archive that are opened: the stream, the archive, and its files as they are. */
#define ARCHIVE_DEPTH 3u
/** Files whose content is kept, and bytes of each: a large source has some thousand Makefiles. */
#define TEXTS_MAX 2000u
#define TEXT_BYTES (256u * 1024u)

typedef char RealPath;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RealPath, free)

static AssaySurvey *
new_survey (const char *path)
{
  AssaySurvey *survey = g_new0 (AssaySurvey, 1);
  survey->layer.given = g_strdup (path);
  survey->layer.into = g_strdup (".");
  survey->paths = g_ptr_array_new_with_free_func (g_free);
  survey->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return survey;
}

void
assay_survey_free (AssaySurvey *survey)
{
  if (survey == NULL)
    return;
  g_free (survey->layer.given);
  g_free (survey->layer.path);
  g_free (survey->layer.commit);
  g_free (survey->layer.into);
  g_free (survey->name);
  g_ptr_array_unref (survey->paths);
  g_hash_table_unref (survey->texts);
  g_free (survey->trouble);
  g_free (survey);
}

static void
note_trouble (AssaySurvey *survey, const char *trouble)
{
  if (survey->trouble == NULL)
    survey->trouble = g_strdup (trouble);
}

/* By their last component: files that say how something is built. */
static gboolean
is_telling (const char *path)
{
  static const char *const names[]
      = { "Makefile",     "makefile", "GNUmakefile", "Makefile.am", "Makefile.in", "CMakeLists.txt", "meson.build",
          "configure.ac", "Kbuild",   "Cargo.toml",  "go.mod",      "BUILD.bazel", "SConstruct",     NULL };
  static const char *const suffixes[] = { ".mk", ".mak", ".cmake", ".install" };
  const char *slash = strrchr (path, '/');
  const char *name = slash != NULL ? slash + 1 : path;
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (name, suffixes[i]))
      return TRUE;
  return g_strv_contains (names, name) || strcmp (path, "debian/rules") == 0 || strcmp (path, "debian/control") == 0
         || strcmp (path, "debian/changelog") == 0;
}

/* Takes the path of a file, and what it says. */
static void
add_file (AssaySurvey *survey, const char *path, AssayBlob *blob)
{
  g_ptr_array_add (survey->paths, g_strdup (path));
  if (!is_telling (path) || blob == NULL || g_hash_table_size (survey->texts) >= TEXTS_MAX)
    return;
  gsize length = (gsize)MIN (assay_blob_get_size (blob), TEXT_BYTES);
  g_autofree char *text = g_malloc0 (length + 1);
  g_autoptr (GError) failure = NULL;
  if (assay_blob_read (blob, 0, text, length, &failure))
    g_hash_table_insert (survey->texts, g_strdup (path), g_steal_pointer (&text));
  else
    note_trouble (survey, failure->message);
}

static gint
by_path (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* --- a directory --- */

static gboolean
survey_directory (AssaySurvey *survey, AssayDirectory *directory, const AssayLimits *limits, GError **error)
{
  g_autoptr (GPtrArray) entries = assay_directory_walk (directory, limits->value[ASSAY_LIMIT_ENTRIES],
                                                        assay_limit_name (ASSAY_LIMIT_ENTRIES), error);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      gboolean is_git = strcmp (entry->path, ".git") == 0 || g_str_has_prefix (entry->path, ".git/");
      if (!S_ISREG (entry->status.st_mode) || is_git)
        continue;
      g_autoptr (AssayBlob) blob
          = is_telling (entry->path) ? assay_blob_new_for_file (directory, entry->path, NULL) : NULL;
      add_file (survey, entry->path, blob);
    }
  return entries != NULL;
}

static gboolean
survey_git (AssaySurvey *survey, const char *path, AssayDirectory *directory, const AssayLimits *limits, GError **error)
{
  g_autofree char *inner = g_build_filename (path, ".git", NULL);
  survey->layer.kind = ASSAY_SOURCE_GIT;
  survey->layer.commit = assay_git_head_read (path, error);
  if (survey->layer.commit == NULL)
    return FALSE;
  if (g_file_test (inner, G_FILE_TEST_EXISTS))
    return survey_directory (survey, directory, limits, error);
  note_trouble (survey, "it is a bare repository, whose files were not looked at");
  return TRUE;
}

/* --- an archive --- */

/* The tar or zip archive that a file is, or that it is a stream of. */
static const AssayNode *
find_archive (const AssayNode *root)
{
  const AssayNode *node = root;
  while (node->children != NULL && node->children->len == 1)
    {
      const AssayNode *child = g_ptr_array_index (node->children, 0);
      if (!child->decoded)
        break;
      node = child;
    }
  gboolean known = strcmp (node->format, "tar") == 0 || strcmp (node->format, "zip") == 0;
  return known && node->trouble == NULL ? node : NULL;
}

/* The path of an entry inside of its archive. */
static const char *
path_inside (const AssayNode *archive, const AssayNode *entry)
{
  if (strcmp (archive->path, ".") == 0)
    return entry->path;
  return entry->path + strlen (archive->path) + strlen ("//");
}

/* The one directory that everything lies in, links too, or NULL. */
static char *
find_top (const GPtrArray *entries, const AssayNode *archive)
{
  const char *first = entries->len > 0 ? path_inside (archive, g_ptr_array_index (entries, 0)) : "";
  const char *slash = strchr (first, '/');
  if (slash == NULL)
    return NULL;
  gsize length = (gsize)(slash - first) + 1;
  for (guint i = 1; i < entries->len; i++)
    if (strncmp (path_inside (archive, g_ptr_array_index (entries, i)), first, length) != 0)
      return NULL;
  return g_strndup (first, length - 1);
}

typedef struct
{
  const AssayNode *archive;
  GPtrArray *entries; /* all but directories */
} Listing;

static gboolean
list_entry (AssayNode *node, gpointer data)
{
  Listing *listing = data;
  const AssayNode *parent = node->parent;
  while (parent != NULL && parent != listing->archive && strcmp (parent->format, "directory") == 0)
    parent = parent->parent;
  if (parent == listing->archive && node->type != ASSAY_NODE_DIRECTORY)
    g_ptr_array_add (listing->entries, node);
  return TRUE;
}

static gboolean
survey_archive (AssaySurvey *survey, const AssayLimits *limits, GError **error)
{
  AssayLimits shallow = *limits;
  shallow.value[ASSAY_LIMIT_DEPTH] = MIN (limits->value[ASSAY_LIMIT_DEPTH], ARCHIVE_DEPTH);
  const AssayUnpackOptions options = { .limits = &shallow };
  survey->layer.kind = ASSAY_SOURCE_ARCHIVE;
  g_autoptr (AssayBlob) blob = assay_recipe_layer_open_file (&survey->layer, error);
  g_autoptr (AssayNode) root = NULL;
  if (blob == NULL || !assay_listing_refuse (blob, error)
      || !assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &survey->layer.sha256, error)
      || (root = assay_unpack_blob (blob, &options, error)) == NULL || !assay_blob_check_unchanged (blob, error))
    return FALSE;
  survey->layer.has_sha256 = TRUE;
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  Listing listing = { find_archive (root), entries };
  if (listing.archive == NULL)
    {
      note_trouble (survey, "it is no tar or zip archive that could be read to its end");
      return TRUE;
    }
  assay_node_visit (root, list_entry, &listing);
  g_autofree char *top = find_top (entries, listing.archive);
  gsize skipped = top != NULL ? strlen (top) + 1 : 0;
  survey->layer.strip = top != NULL ? 1 : 0;
  for (guint i = 0; i < entries->len; i++)
    {
      const AssayNode *file = g_ptr_array_index (entries, i);
      if (file->type == ASSAY_NODE_FILE)
        add_file (survey, path_inside (listing.archive, file) + skipped, file->blob);
    }
  survey->name = g_steal_pointer (&top);
  return TRUE;
}

/* --- */

/* The last component, of an archive without what says that it is one. */
static char *
name_of (const char *path)
{
  static const char *const suffixes[]
      = { ".gz", ".xz", ".bz2", ".zst", ".lz4", ".lzma", ".tgz", ".txz", ".tar", ".zip" };
  char *name = g_path_get_basename (path);
  for (guint round = 0; round < 2; round++)
    for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
      if (g_str_has_suffix (name, suffixes[i]) && strlen (name) > strlen (suffixes[i]))
        {
          name[strlen (name) - strlen (suffixes[i])] = '\0';
          break;
        }
  return name;
}

static gboolean
survey_found (AssaySurvey *survey, const char *path, const char *real, const AssayLimits *limits, GError **error)
{
  struct stat status;
  if (stat (real, &status) != 0)
    return assay_system_error (error, errno, "open", path);
  if (!S_ISDIR (status.st_mode))
    return survey_archive (survey, limits, error);
  g_autoptr (AssayDirectory) directory = assay_directory_open (real, error);
  if (directory == NULL)
    return FALSE;
  g_autofree char *git = g_build_filename (real, ".git", NULL);
  g_autofree char *head = g_build_filename (real, "HEAD", NULL);
  g_autofree char *objects = g_build_filename (real, "objects", NULL);
  if (g_file_test (git, G_FILE_TEST_EXISTS)
      || (g_file_test (head, G_FILE_TEST_IS_REGULAR) && g_file_test (objects, G_FILE_TEST_IS_DIR)))
    return survey_git (survey, real, directory, limits, error);
  survey->layer.kind = ASSAY_SOURCE_DIRECTORY;
  if (!assay_listing_digest (directory, &survey->layer.sha256, error))
    return FALSE;
  survey->layer.has_sha256 = TRUE;
  return survey_directory (survey, directory, limits, error);
}

AssaySurvey *
assay_survey_new (const char *path, const AssayLimits *limits, GError **error)
{
  g_autoptr (AssaySurvey) survey = new_survey (path);
  g_autoptr (RealPath) real = realpath (path, NULL);
  if (real == NULL)
    {
      int number = errno;
      g_autofree char *shown = assay_text_escape_line (path, -1);
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                   "%s: %s; expected an archive, a directory or a git repository", shown, g_strerror (number));
      return NULL;
    }
  survey->layer.path = g_strdup (real);
  if (!survey_found (survey, path, real, limits, error))
    return NULL;
  if (survey->name == NULL)
    survey->name = name_of (real);
  g_ptr_array_sort (survey->paths, by_path);
  return g_steal_pointer (&survey);
}

gboolean
assay_survey_has (const AssaySurvey *survey, const char *path)
{
  guint low = 0;
  for (guint high = survey->paths->len; low < high;)
    {
      guint middle = low + (high - low) / 2;
      int order = strcmp (g_ptr_array_index (survey->paths, middle), path);
      if (order == 0)
        return TRUE;
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return FALSE;
}

const char *
assay_survey_get_text (const AssaySurvey *survey, const char *path)
{
  return g_hash_table_lookup (survey->texts, path);
}
