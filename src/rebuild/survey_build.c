#include "rebuild/survey.h"

#include <string.h>

/* The most likely first. A file that a second one must stand beside has it in @beside. */
static const struct
{
  AssayBuildSystem system;
  const char *beside;
} systems[] = {
  { { "Kconfig", "Kbuild", { "make -j$JOBS", NULL } }, "Makefile" },
  { { "configure", "configure and make", { "./configure", "make -j$JOBS", NULL } }, NULL },
  { { "configure.ac", "autoconf", { "autoreconf -fi", "./configure", "make -j$JOBS", NULL } }, NULL },
  { { "GNUmakefile", "make", { "make -j$JOBS", NULL } }, NULL },
  { { "Makefile", "make", { "make -j$JOBS", NULL } }, NULL },
  { { "makefile", "make", { "make -j$JOBS", NULL } }, NULL },
  { { "CMakeLists.txt", "CMake", { "cmake -S . -B build", "cmake --build build -j$JOBS", NULL } }, NULL },
  { { "meson.build", "Meson", { "meson setup build", "meson compile -C build -j$JOBS", NULL } }, NULL },
  { { "Cargo.toml", "Cargo", { "cargo build --release --offline -j$JOBS", NULL } }, NULL },
  { { "go.mod", "Go", { "go build -trimpath ./...", NULL } }, NULL },
};

GPtrArray *
assay_survey_build_systems (const AssaySurvey *survey)
{
  GPtrArray *found = g_ptr_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (systems); i++)
    if (assay_survey_has (survey, systems[i].system.file)
        && (systems[i].beside == NULL || assay_survey_has (survey, systems[i].beside)))
      g_ptr_array_add (found, (gpointer)&systems[i].system);
  return found;
}

void
assay_survey_target_clear (AssaySurveyTarget *target)
{
  g_clear_pointer (&target->from, g_free);
  g_clear_pointer (&target->file, g_free);
}

static gboolean
is_word_byte (char byte)
{
  return g_ascii_isalnum (byte) || (byte != '\0' && strchr ("_.+-", byte) != NULL);
}

/* What belongs to a path that ends in a word: without variables and spaces. */
static gboolean
is_path_byte (char byte)
{
  return is_word_byte (byte) || byte == '/';
}

/* @word in @text as a word of its own: "du" is none in "gnb-du", "gnb-du" one in "$(O)/bin/gnb-du". What may stand
 * behind is one more part of the name where @open says so, as the number of a library. */
static const char *
find_word (const char *text, const char *word, gboolean open)
{
  gsize length = strlen (word);
  for (const char *at = text; (at = strstr (at, word)) != NULL; at++)
    if ((at == text || !is_word_byte (at[-1])) && (!is_word_byte (at[length]) || (open && at[length] == '.')))
      return at;
  return NULL;
}

/* The path that a word at @at ends; of one behind a variable what is known of it, at any place. */
static char *
path_of (const char *text, const char *at, const char *name, gboolean whole)
{
  const char *start = at;
  while (start > text && is_path_byte (start[-1]))
    start--;
  g_autofree char *directory = g_strndup (start, (gsize)(at - start));
  gboolean variable = start > text && strchr (")}$@%*", start[-1]) != NULL;
  if (strstr (directory, "..") != NULL || start == at || *start == '-' || (*start == '/') != variable)
    return g_strconcat ("**/", name, NULL);
  return g_strconcat (variable || !whole ? (variable ? "**" : "**/") : "", directory, name, NULL);
}

static guint
line_of (const char *text, const char *at)
{
  guint line = 1;
  for (; text < at; text++)
    line += *text == '\n';
  return line;
}

static gint
by_length (gconstpointer a, gconstpointer b)
{
  const char *left = *(const char *const *)a;
  const char *right = *(const char *const *)b;
  gsize first = strlen (left);
  gsize second = strlen (right);
  return first != second ? (first < second ? -1 : 1) : strcmp (left, right);
}

static gboolean
find_in_texts (const AssaySurvey *survey, const char *word, const char *name, gboolean whole, AssaySurveyTarget *out)
{
  GHashTableIter iter;
  gpointer key = NULL;
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, survey->texts);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (files, key);
  g_ptr_array_sort (files, by_length); /* files at the top say more of the whole */
  for (guint i = 0; i < files->len; i++)
    {
      const char *file = g_ptr_array_index (files, i);
      const char *text = assay_survey_get_text (survey, file);
      const char *at = g_str_has_prefix (file, "debian/") ? NULL : find_word (text, word, !whole);
      if (at == NULL)
        continue;
      out->from = path_of (text, at, name, whole);
      out->file = g_strdup (file);
      out->line = line_of (text, at);
      return TRUE;
    }
  return FALSE;
}

gboolean
assay_survey_find_target (const AssaySurvey *survey, const char *name, AssaySurveyTarget *out)
{
  *out = (AssaySurveyTarget){ NULL };
  /* a glob stands for itself nowhere */
  if (*name == '\0' || strpbrk (name, "*?[/") != NULL)
    return FALSE;
  if (find_in_texts (survey, name, name, TRUE, out))
    return TRUE;
  const char *numbers = strstr (name, ".so.");
  g_autofree char *stem = numbers != NULL ? g_strndup (name, (gsize)(numbers - name) + 3) : NULL;
  return stem != NULL && find_in_texts (survey, stem, name, FALSE, out);
}
