#include "input/git_head.h"

#include "util/text.h"

#include <assay/error.h>

#include <string.h>
#include <sys/stat.h>

/** References that name each other; git itself follows 5. */
#define NAMES_MAX 5u
/** Bytes of one file of references; a repository with 100,000 branches has 10 MB. */
#define FILE_BYTES_MAX (64 << 20)

static gboolean
fail (const char *repository, const char *what, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (repository, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s %s", shown, what);
  return FALSE;
}

/* The text of a file of references; NULL where there is none. */
static char *
read_text (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  char *text = NULL;
  struct stat status;
  if (stat (path, &status) != 0 || !S_ISREG (status.st_mode) || status.st_size > FILE_BYTES_MAX)
    return NULL;
  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

static char *
read_line (const char *directory, const char *name)
{
  char *text = read_text (directory, name);
  return text != NULL ? g_strchomp (text) : NULL;
}

/* @given as seen from @base. */
static char *
resolve (const char *base, const char *given)
{
  return g_path_is_absolute (given) ? g_strdup (given) : g_build_filename (base, given, NULL);
}

/* Where HEAD lies: `.git`, what a file `.git` names, or the directory itself. */
static char *
find_git_directory (const char *repository)
{
  g_autofree char *inner = g_build_filename (repository, ".git", NULL);
  g_autofree char *link = read_line (repository, ".git");
  if (link != NULL && g_str_has_prefix (link, "gitdir: "))
    return resolve (repository, link + strlen ("gitdir: "));
  return g_file_test (inner, G_FILE_TEST_IS_DIR) ? g_steal_pointer (&inner) : g_strdup (repository);
}

static gboolean
is_commit (const char *text, gsize length)
{
  return (length == 40 || length == 64) && strspn (text, "0123456789abcdefABCDEF") >= length;
}

/* A name that leads nowhere else: references lie in files of that path. */
static gboolean
is_reference (const char *name)
{
  return g_str_has_prefix (name, "refs/") && strstr (name, "..") == NULL && strchr (name, '\n') == NULL;
}

/* The line `COMMIT NAME` of packed-refs (git-pack-refs(1)). */
static char *
find_packed (const char *common, const char *name)
{
  g_autofree char *text = read_text (common, "packed-refs");
  gsize length = strlen (name);
  for (char *line = text; line != NULL && *line != '\0';)
    {
      char *end = strchr (line, '\n');
      gsize size = end != NULL ? (gsize)(end - line) : strlen (line);
      gsize digits = strspn (line, "0123456789abcdefABCDEF");
      if (is_commit (line, digits) && size == digits + 1 + length && line[digits] == ' '
          && memcmp (line + digits + 1, name, length) == 0)
        return g_strndup (line, digits);
      line = end != NULL ? end + 1 : NULL;
    }
  return NULL;
}

char *
assay_git_head_read (const char *repository, GError **error)
{
  g_autofree char *directory = find_git_directory (repository);
  g_autofree char *shared = read_line (directory, "commondir");
  g_autofree char *common = shared != NULL ? resolve (directory, shared) : g_strdup (directory);
  g_autofree char *value = read_line (directory, "HEAD");
  if (value == NULL)
    {
      fail (repository, "is no git repository", error);
      return NULL;
    }
  for (guint i = 0; i < NAMES_MAX && value != NULL; i++)
    {
      if (is_commit (value, strlen (value)))
        return g_ascii_strdown (value, -1);
      g_autofree char *name = g_str_has_prefix (value, "ref: ") ? g_strdup (value + strlen ("ref: ")) : NULL;
      g_free (g_steal_pointer (&value));
      if (name == NULL || !is_reference (name))
        break;
      value = read_line (common, name);
      if (value == NULL)
        value = find_packed (common, name);
    }
  fail (repository, "has a HEAD that names no commit in its files; write the full `commit` down", error);
  return NULL;
}
