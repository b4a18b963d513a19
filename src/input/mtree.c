#include "input/mtree.h"

#include "input/mtree_words.h"
#include "input/vis.h"
#include "input/yaml.h"
#include "util/text.h"

#include <assay/error.h>

#include <stdarg.h>
#include <string.h>

/**
 * What has been read so far.
 *
 * @line: number of the line that is read; @text: it and those that continue it
 * @set: what `/set` says; @tables: by assay_mtree_words_key() the facts that are shared
 * @directory: the path that relative names start at; @ends: its lengths before each directory was entered
 * @entered: the tree's own directory was named; @left: and a `..` closed it
 */
typedef struct
{
  const char *file;
  const AssayLimits *limits;
  GError **error;
  const char *at;
  const char *end;
  guint line;
  guint next_line;
  GString *text;
  AssayMtreeWords set;
  GStringChunk *texts;
  GHashTable *tables;
  GHashTable *by_path;
  GPtrArray *entries;
  guint64 paths_bytes;
  GString *directory;
  GArray *ends;
  gboolean entered;
  gboolean left;
} Reading;

static void
reading_clear (Reading *reading)
{
  g_string_free (reading->text, TRUE);
  g_string_free (reading->directory, TRUE);
  g_string_chunk_free (reading->texts);
  g_hash_table_unref (reading->tables);
  g_hash_table_unref (reading->by_path);
  g_array_unref (reading->ends);
  g_clear_pointer (&reading->entries, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

void
assay_mtree_entry_free (gpointer data)
{
  AssayMtreeEntry *entry = data;
  g_free (entry->path);
  g_clear_pointer (&entry->facts, g_hash_table_unref);
  g_free (entry);
}

static gboolean fail (const Reading *reading, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (const Reading *reading, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (reading->error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s:%u: %s", reading->file, reading->line, message);
  return FALSE;
}

/* @problem: (transfer full) (nullable) */
static gboolean
fail_problem (const Reading *reading, char *problem)
{
  g_autofree char *message = problem;
  return message == NULL || fail (reading, "%s", message);
}

static gboolean
check_limit (const Reading *reading, AssayLimit limit, guint64 value)
{
  if (value <= reading->limits->value[limit])
    return TRUE;
  g_autofree char *place = g_strdup_printf ("%s:%u", reading->file, reading->line);
  return assay_limits_exceeded (reading->limits, limit, place, reading->error);
}

/* A backslash that no other one stands before, at the end: the line goes on. The last byte of an escape may be one too,
 * but not for those who write such a line and read it again. */
static gboolean
drop_continuation (const Reading *reading, gboolean *out_goes_on)
{
  GString *text = reading->text;
  gsize count = 0;
  while (count < text->len && text->str[text->len - count - 1] == '\\')
    count++;
  *out_goes_on = count % 2 == 1;
  if (*out_goes_on && g_str_has_suffix (text->str, "\\M-\\"))
    return fail (reading, "whether this line goes on cannot be told: write the last byte as \\334");
  if (*out_goes_on)
    g_string_truncate (text, text->len - 1);
  return TRUE;
}

static gboolean
check_characters (const Reading *reading)
{
  const char *text = reading->text->str;
  for (gsize i = 0; i < reading->text->len; i++)
    {
      guint8 byte = (guint8)text[i];
      if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
        return fail (reading,
                     "the byte 0x%02x may not stand here: lines end in a line feed alone, and names are escaped as "
                     "vis(3) does",
                     byte);
      if (byte == '#')
        return fail (reading, "a comment has a line of its own; in a name `#` is written \\043");
      /* what is escaped is no comment: one byte, or `\M-C` */
      gboolean is_meta = byte == '\\' && text[i + 1] == 'M' && text[i + 2] == '-' && text[i + 3] == '#';
      if (is_meta)
        i += 3;
      else if (byte == '\\' && (text[i + 1] == '#' || text[i + 1] == '\\'))
        i++;
    }
  return TRUE;
}

/* The next line that is no comment, and all that continue it. A comment is not continued. *@out_end: there is none. */
static gboolean
next_line (Reading *reading, gboolean *out_end)
{
  gboolean goes_on = FALSE;
  g_string_truncate (reading->text, 0);
  do
    {
      const char *feed = memchr (reading->at, '\n', (gsize)(reading->end - reading->at));
      gsize length = (gsize)((feed == NULL ? reading->end : feed) - reading->at);
      if (!goes_on)
        reading->line = reading->next_line;
      *out_end = length == 0 && feed == NULL;
      if (*out_end)
        return !goes_on || fail (reading, "this line goes on, and nothing follows");
      if (length > ASSAY_MTREE_MAX_LINE_BYTES - reading->text->len)
        return fail (reading, "a line with more than %u bytes", ASSAY_MTREE_MAX_LINE_BYTES);
      g_string_append_len (reading->text, reading->at, (gssize)length);
      reading->at += length + (feed != NULL);
      reading->next_line++;
      const char *first = reading->text->str + strspn (reading->text->str, " \t");
      if (!goes_on && *first == '#')
        g_string_truncate (reading->text, 0);
      if (!drop_continuation (reading, &goes_on))
        return FALSE;
  } while (goes_on);
  return check_characters (reading);
}

/* The word that begins at *@at; NULL: there is none. It ends in NUL then, and *@at stands behind it. */
static char *
next_word (char **at)
{
  char *word = *at + strspn (*at, " \t");
  char *end = word + strcspn (word, " \t");
  *at = *end == '\0' ? end : end + 1;
  *end = '\0';
  return *word == '\0' ? NULL : word;
}

/* One name of a path, its escapes undone. */
static gboolean
add_component (const Reading *reading, GString *path, const char *text, gsize length)
{
  g_autoptr (GString) name = g_string_new (NULL);
  g_autofree char *component = g_strndup (text, length);
  g_autofree char *shown = assay_yaml_quote (component);
  const char *wrong = assay_vis_decode (component, length, name);
  if (wrong != NULL)
    return fail (reading, "%s has an escape that is none of vis(3), at byte %" G_GSIZE_FORMAT, shown,
                 (gsize)(wrong - component) + 1);
  if (name->len == 0 || memchr (name->str, '\0', name->len) != NULL || memchr (name->str, '/', name->len) != NULL
      || strcmp (name->str, ".") == 0 || strcmp (name->str, "..") == 0)
    return fail (reading, "%s is no name of an entry in a path", shown);
  if (path->len > 0)
    g_string_append_c (path, '/');
  g_string_append_len (path, name->str, (gssize)name->len);
  return check_limit (reading, ASSAY_LIMIT_NAME_BYTES, path->len);
}

/* A full path, or a name in the directory that was entered last. */
static gboolean
read_path (const Reading *reading, const char *word, GString *path)
{
  gboolean is_full = strchr (word, '/') != NULL;
  if (word[0] == '/')
    {
      g_autofree char *shown = assay_yaml_quote (word);
      return fail (reading, "%s is neither `/set` nor `/unset`, and paths are relative", shown);
    }
  if (!is_full && reading->left)
    return fail (reading, "a name behind the `..` that left the tree");
  if (!is_full)
    g_string_append_len (path, reading->directory->str, (gssize)reading->directory->len);
  else if (g_str_has_prefix (word, "./"))
    word += 2;
  for (;;)
    {
      const char *slash = strchr (word, '/');
      if (!add_component (reading, path, word, slash == NULL ? strlen (word) : (gsize)(slash - word)))
        return FALSE;
      if (slash == NULL)
        return TRUE;
      word = slash + 1;
    }
}

static GHashTable *
share_facts (Reading *reading, const AssayMtreeWords *words)
{
  g_autofree char *key = assay_mtree_words_key (words);
  GHashTable *facts = g_hash_table_lookup (reading->tables, key);
  if (facts == NULL)
    {
      facts = assay_mtree_words_facts (words);
      g_hash_table_insert (reading->tables, g_steal_pointer (&key), facts);
    }
  return g_hash_table_ref (facts);
}

/* One that stands there already and says the same says nothing. */
static gboolean
add_entry (Reading *reading, const char *path, const AssayMtreeWords *words)
{
  g_autoptr (GHashTable) facts = share_facts (reading, words);
  guint type_bits = assay_mtree_words_type_bits (words);
  gboolean is_optional = words->said[ASSAY_MTREE_OPTIONAL] != NULL;
  const AssayMtreeEntry *before = g_hash_table_lookup (reading->by_path, path);
  if (before != NULL && before->facts == facts && before->type_bits == type_bits && before->is_optional == is_optional)
    return TRUE;
  if (before != NULL)
    return fail (reading, "this entry stands at line %u already, where something else is said of it", before->line);
  reading->paths_bytes += strlen (path);
  if (reading->paths_bytes > ASSAY_MTREE_MAX_PATHS_BYTES)
    return fail (reading, "paths with more than %u MiB together", ASSAY_MTREE_MAX_PATHS_BYTES >> 20);
  if (!check_limit (reading, ASSAY_LIMIT_ENTRIES, (guint64)reading->entries->len + 1))
    return FALSE;
  AssayMtreeEntry *entry = g_new0 (AssayMtreeEntry, 1);
  entry->path = g_strdup (path);
  entry->type_bits = type_bits;
  entry->is_optional = is_optional;
  entry->facts = g_steal_pointer (&facts);
  entry->line = reading->line;
  g_ptr_array_add (reading->entries, entry);
  g_hash_table_insert (reading->by_path, entry->path, entry);
  return TRUE;
}

static gboolean
read_words (Reading *reading, char *at, AssayMtreePlace place, AssayMtreeWords *words)
{
  guint given = 0;
  for (const char *word = next_word (&at); word != NULL; word = next_word (&at))
    if (!fail_problem (reading, assay_mtree_words_take (words, &given, word, place, reading->texts)))
      return FALSE;
  return place == ASSAY_MTREE_SET || fail_problem (reading, assay_mtree_words_check (words));
}

/* The tree's own directory; libarchive writes `/.` for that of an archive. */
static gboolean
read_root (Reading *reading, char *at)
{
  AssayMtreeWords words = reading->set;
  words.said[ASSAY_MTREE_TYPE] = "dir";
  if (!read_words (reading, at, ASSAY_MTREE_ENTRY, &words))
    return FALSE;
  if (!assay_mtree_words_is (&words, "dir"))
    return fail (reading, "`.` is the tree's own directory, and no %s", words.said[ASSAY_MTREE_TYPE]);
  if (reading->directory->len > 0 || reading->left)
    return fail (reading, "`.` stands for the tree's own directory alone, at the start");
  reading->entered = TRUE;
  return add_entry (reading, "", &words);
}

static gboolean
read_entry (Reading *reading, const char *name, char *at)
{
  AssayMtreeWords words = reading->set;
  g_autoptr (GString) path = g_string_new (NULL);
  gboolean is_full = strchr (name, '/') != NULL;
  if (!read_path (reading, name, path) || !read_words (reading, at, ASSAY_MTREE_ENTRY, &words)
      || !add_entry (reading, path->str, &words))
    return FALSE;
  if (is_full || !assay_mtree_words_is (&words, "dir"))
    return TRUE;
  g_array_append_val (reading->ends, reading->directory->len);
  g_string_assign (reading->directory, path->str);
  return TRUE;
}

/* Back to the directory above. */
static gboolean
leave (Reading *reading, char *at)
{
  if (next_word (&at) != NULL)
    return fail (reading, "nothing may stand behind `..`");
  if (reading->ends->len > 0)
    {
      g_string_truncate (reading->directory, g_array_index (reading->ends, gsize, reading->ends->len - 1));
      g_array_set_size (reading->ends, reading->ends->len - 1);
      return TRUE;
    }
  if (!reading->entered || reading->left)
    return fail (reading, "`..` leaves the tree");
  reading->left = TRUE;
  return TRUE;
}

static gboolean
unset (Reading *reading, char *at)
{
  for (const char *word = next_word (&at); word != NULL; word = next_word (&at))
    if (!fail_problem (reading, assay_mtree_words_drop (&reading->set, word)))
      return FALSE;
  return TRUE;
}

static gboolean
read_line (Reading *reading)
{
  char *at = reading->text->str;
  const char *first = next_word (&at);
  if (first == NULL)
    return TRUE;
  if (strcmp (first, "/set") == 0)
    return read_words (reading, at, ASSAY_MTREE_SET, &reading->set);
  if (strcmp (first, "/unset") == 0)
    return unset (reading, at);
  if (strcmp (first, "..") == 0)
    return leave (reading, at);
  if (strcmp (first, ".") == 0 || strcmp (first, "./") == 0 || strcmp (first, "/.") == 0)
    return read_root (reading, at);
  return read_entry (reading, first, at);
}

GPtrArray *
assay_mtree_parse (const char *file, GBytes *bytes, const AssayLimits *limits, GError **error)
{
  gsize length = 0;
  const char *data = g_bytes_get_data (bytes, &length);
  const char *start = data == NULL ? "" : data;
  gboolean at_end = FALSE;
  g_auto (Reading) reading
      = { .file = file,
          .limits = limits,
          .error = error,
          .at = start,
          .end = start + length,
          .line = 1,
          .next_line = 1,
          .text = g_string_new (NULL),
          .texts = g_string_chunk_new (4096),
          .tables = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref),
          .by_path = g_hash_table_new (g_str_hash, g_str_equal),
          .entries = g_ptr_array_new_with_free_func (assay_mtree_entry_free),
          .directory = g_string_new (NULL),
          .ends = g_array_new (FALSE, FALSE, sizeof (gsize)) };
  gboolean sound = length <= ASSAY_MTREE_MAX_BYTES || fail (&reading, "more than %u MiB", ASSAY_MTREE_MAX_BYTES >> 20);
  while (sound && !at_end)
    sound = next_line (&reading, &at_end) && (at_end || read_line (&reading));
  if (sound && reading.entries->len == 0)
    sound = fail (&reading, "no entry stands here");
  return sound ? g_steal_pointer (&reading.entries) : NULL;
}
