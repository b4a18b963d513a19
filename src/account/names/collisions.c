#include "account/names/collisions.h"

#include <string.h>

/* Formats that are unpacked to disks and by programs that do not know capitals from small letters. */
static const char *const insensitive_formats[] = { "zip", "7z", "fat", "iso9660" };

/* Stands for letters outside of ASCII; a node path has no such byte. */
#define OTHER_LETTER '\1'

static gboolean
is_insensitive (const AssayNode *container)
{
  for (gsize i = 0; container != NULL && i < G_N_ELEMENTS (insensitive_formats); i++)
    if (strcmp (container->format, insensitive_formats[i]) == 0)
      return TRUE;
  return FALSE;
}

/* Letters that HFS+ (next_hfs_char() of git) and ext4 with casefold (fs/unicode) leave out of a name when they compare:
 * Default_Ignorable_Code_Point of Unicode, without those of which names consist (fillers of Hangul). */
static const struct
{
  gunichar first;
  gunichar last;
} ignored[] = {
  { 0x00ad, 0x00ad }, { 0x034f, 0x034f }, { 0x061c, 0x061c },   { 0x17b4, 0x17b5 },
  { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x202a, 0x202e },   { 0x2060, 0x206f },
  { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xe0000, 0xe0fff },
};

static gboolean
is_ignored (gunichar letter)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ignored); i++)
    if (letter >= ignored[i].first && letter <= ignored[i].last)
      return TRUE;
  return FALSE;
}

static char *
without_ignored (const char *name)
{
  GString *kept = g_string_new (NULL);
  for (const char *at = name; *at != '\0'; at = g_utf8_next_char (at))
    if (!is_ignored (g_utf8_get_char (at)))
      g_string_append_len (kept, at, g_utf8_next_char (at) - at);
  return g_string_free (kept, FALSE);
}

char *
assay_account_fold (const char *name)
{
  if (g_str_is_ascii (name))
    return g_ascii_strdown (name, -1);
  g_autofree char *normal = g_utf8_normalize (name, -1, G_NORMALIZE_ALL);
  if (normal == NULL)
    return g_utf8_casefold (name, -1);
  g_autofree char *kept = without_ignored (normal);
  return g_utf8_casefold (kept, -1);
}

/* Of a name that is folded widely. */
static void
append_letters (GString *folded, const char *wide)
{
  g_autofree char *normal = g_utf8_normalize (wide, -1, G_NORMALIZE_ALL_COMPOSE);
  for (const char *at = normal != NULL ? normal : wide; *at != '\0'; at++)
    {
      gboolean escaped = at[0] == '%' && strchr ("89abcdefABCDEF", at[1]) != NULL && g_ascii_isxdigit (at[2]);
      if (escaped || ((guint8)*at & 0x80) != 0)
        {
          at += escaped ? 2 : 0;
          if (folded->len == 0 || folded->str[folded->len - 1] != OTHER_LETTER)
            g_string_append_c (folded, OTHER_LETTER);
        }
      else
        g_string_append_c (folded, *at);
    }
}

char *
assay_account_fold_letters (const char *name)
{
  g_autofree char *wide = assay_account_fold_widely (name);
  GString *folded = g_string_new (NULL);
  append_letters (folded, wide);
  return g_string_free (folded, FALSE);
}

/* unzip leaves out control characters, which a node path has as %XX. */
static void
drop_controls (char *component)
{
  char *to = component;
  for (const char *from = component; *from != '\0';)
    {
      gboolean control = from[0] == '%'
                         && (((from[1] == '0' || from[1] == '1') && g_ascii_isxdigit (from[2]))
                             || strncmp (from + 1, "7F", 2) == 0 || strncmp (from + 1, "FF", 2) == 0);
      if (control)
        from += 3;
      else
        *to++ = *from++;
    }
  *to = '\0';
}

/* The letter that a node path has as %XX%XX; 0 for none. @out_length: of what it is written as there. */
static gunichar
escaped_letter (const char *text, gsize *out_length)
{
  char raw[4];
  gsize count = 0;
  while (count < sizeof raw && text[count * 3] == '%' && g_ascii_isxdigit (text[count * 3 + 1])
         && g_ascii_isxdigit (text[count * 3 + 2]))
    {
      raw[count] = (char)(g_ascii_xdigit_value (text[count * 3 + 1]) << 4 | g_ascii_xdigit_value (text[count * 3 + 2]));
      count++;
    }
  gunichar letter = count == 0 ? 0 : g_utf8_get_char_validated (raw, (gssize)count);
  if (letter == 0 || letter >= (gunichar)-2)
    return 0;
  *out_length = (gsize)g_unichar_to_utf8 (letter, NULL) * 3;
  return letter;
}

/* A node path has some of them as they are, and others, which a terminal would obey, as %XX. */
static void
drop_ignored (char *component)
{
  char *to = component;
  for (const char *from = component; *from != '\0';)
    {
      gsize length = 0;
      if (is_ignored (escaped_letter (from, &length)))
        from += length;
      else
        *to++ = *from++;
    }
  *to = '\0';
}

/* A node path has `.` and `..` as %XX. */
static void
unescape_dots (char *component)
{
  static const char *const escaped[] = { "%2E", "%2E%2E" };
  for (gsize i = 0; i < G_N_ELEMENTS (escaped); i++)
    if (strcmp (component, escaped[i]) == 0)
      {
        memset (component, '.', i + 1);
        component[i + 1] = '\0';
      }
}

/* What NTFS takes for the content of a file, or the list of a directory, and so for it itself. */
static void
drop_stream (char *component)
{
  static const char *const streams[] = { "::$data", "::$index_allocation", ":$i30:$index_allocation" };
  gsize length = strlen (component);
  for (gsize i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      gsize stream = strlen (streams[i]);
      if (length > stream && g_ascii_strcasecmp (component + length - stream, streams[i]) == 0)
        {
          component[length - stream] = '\0';
          return;
        }
    }
}

/* Without what some reader leaves out of a component. What is dots alone goes as a whole, but for the last one, which
 * unzip writes with underscores. */
static void
fold_component (char *component, gboolean is_last)
{
  drop_controls (component);
  drop_ignored (component);
  drop_stream (component);
  unescape_dots (component);
  gsize length = strlen (component);
  gsize dots = strspn (component, ".");
  while (length > 0 && strchr (". ;0123456789", component[length - 1]) != NULL)
    length--;
  if (component[length] == ';')
    component[length] = '\0';
  gboolean only_dots = dots > 0 && component[dots] == '\0';
  if (is_last && only_dots)
    memset (component, '_', dots);
  for (length = strlen (component); length > 0 && strchr (". ;", component[length - 1]) != NULL; length--)
    component[length - 1] = '\0';
}

char *
assay_account_fold_widely (const char *name)
{
  g_auto (GStrv) components = g_strsplit (name, "/", -1);
  g_autoptr (GString) joined = g_string_new (NULL);
  for (char **component = components; *component != NULL; component++)
    {
      fold_component (*component, component[1] == NULL);
      if (**component == '\0')
        continue;
      if (joined->len > 0)
        g_string_append_c (joined, '/');
      g_string_append (joined, *component);
    }
  return assay_account_fold (joined->str);
}

static void
append_slash (GString *folded)
{
  if (folded->len > 0)
    g_string_append_c (folded, '/');
}

/* Components fold and are composed each by itself: nothing is composed with a slash. */
void
assay_account_fold_steps (const char *name, GArray *steps, char **out_wide, char **out_letters)
{
  g_auto (GStrv) components = g_strsplit (name, "/", -1);
  GString *wide = g_string_new (NULL);
  GString *letters = g_string_new (NULL);
  AssayFoldStep step = { 0 };
  if (*components == NULL)
    g_array_append_val (steps, step);
  for (char **component = components; *component != NULL; component++)
    {
      g_autofree char *last = g_strdup (*component);
      step.name += strlen (*component) + (component != components);
      fold_component (last, TRUE);
      fold_component (*component, FALSE);
      step.lines = **component == '\0' ? strlen (last) : 0; /* what ends in points alone, or nothing */
      if (**component != '\0')
        {
          g_autofree char *folded = assay_account_fold (*component);
          append_slash (wide);
          append_slash (letters);
          g_string_append (wide, folded);
          gsize before = letters->len;
          append_letters (letters, folded);
          step.has_stand_in = step.has_stand_in || strcmp (letters->str + before, folded) != 0;
        }
      step.wide = wide->len;
      step.letters = letters->len;
      g_array_append_val (steps, step);
    }
  *out_wide = g_string_free (wide, FALSE);
  *out_letters = g_string_free (letters, FALSE);
}

gboolean
assay_account_may_be_short (const char *name)
{
  const char *slash = strrchr (name, '/');
  const char *mark = strchr (slash == NULL ? name : slash + 1, '~');
  return mark != NULL && g_ascii_isdigit (mark[1]);
}

/* Each folded name to the number of entries that have it. */
static GHashTable *
note_names (AssayWork *work, const AssayNode *container)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (work->folded, (gpointer)container, names);
  for (guint i = 0; i < container->children->len; i++)
    {
      char *name = assay_account_fold (assay_node_local_name (g_ptr_array_index (container->children, i)));
      guint count = GPOINTER_TO_UINT (g_hash_table_lookup (names, name));
      g_hash_table_replace (names, name, GUINT_TO_POINTER (count + 1));
    }
  return names;
}

gboolean
assay_account_collides (AssayWork *work, const AssayNode *node)
{
  /* Names of Rock Ridge, which come with a mode, are for systems that know capitals. */
  if (!is_insensitive (node->parent)
      || (strcmp (node->parent->format, "iso9660") == 0 && assay_node_get_fact (node, "mode") != NULL))
    return FALSE;
  GHashTable *names = g_hash_table_lookup (work->folded, node->parent);
  if (names == NULL)
    names = note_names (work, node->parent);
  g_autofree char *name = assay_account_fold (assay_node_local_name (node));
  return GPOINTER_TO_UINT (g_hash_table_lookup (names, name)) > 1;
}
