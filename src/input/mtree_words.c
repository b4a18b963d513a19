#include "input/mtree_words.h"

#include "input/vis.h"
#include "input/yaml.h"
#include "util/text.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Reads a value to what AssayMtreeWords has of it. Returns: (transfer full): that, or NULL: it is none. */
typedef char *(*ReadValue) (const char *value);

static const struct
{
  const char *word;
  guint bits;
} types[] = { { "file", S_IFREG },  { "dir", S_IFDIR },  { "link", S_IFLNK },   { "char", S_IFCHR },
              { "block", S_IFBLK }, { "fifo", S_IFIFO }, { "socket", S_IFSOCK } };

static char *
read_type (const char *value)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (strcmp (types[i].word, value) == 0)
      return g_strdup (value);
  return NULL;
}

static char *
read_mode (const char *value)
{
  guint64 mode = 0;
  if (strspn (value, "01234567") != strlen (value) || !g_ascii_string_to_unsigned (value, 8, 0, 07777, &mode, NULL))
    return NULL;
  return g_strdup_printf ("0%04o", (guint)mode);
}

static char *
read_number (const char *value)
{
  guint64 number = 0;
  if ((value[0] == '0' && value[1] != '\0') || !g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, &number, NULL))
    return NULL;
  return g_strdup (value);
}

static char *
read_escaped (const char *value)
{
  g_autoptr (GString) raw = g_string_new (NULL);
  if (assay_vis_decode (value, strlen (value), raw) != NULL || raw->len == 0 || strlen (raw->str) != raw->len)
    return NULL;
  return assay_text_escape_line (raw->str, (gssize)raw->len);
}

static char *
read_name (const char *value)
{
  return strspn (value, "0123456789") == strlen (value) ? NULL : read_escaped (value);
}

/* A number of C: decimal, hexadecimal behind `0x`, octal behind `0`. */
static gboolean
read_c_number (const char *text, guint64 maximum, guint64 *out)
{
  gboolean is_hex = g_str_has_prefix (text, "0x");
  guint base = is_hex ? 16 : text[0] == '0' && text[1] != '\0' ? 8 : 10;
  return g_ascii_string_to_unsigned (is_hex ? text + 2 : text, base, 0, maximum, out, NULL);
}

/* `FORMAT,MAJOR,MINOR`, in which FORMAT says how a system puts the two together. A number alone is what they are
 * together on Linux, and so on NetBSD up to 32 bits. */
static char *
read_device (const char *value)
{
  static const char *const formats[]
      = { "native", "386bsd", "4bsd",    "bsdos", "freebsd", "hpux", "isc",    "linux", "netbsd",
          "osf1",   "sco",    "solaris", "sunos", "svr3",    "svr4", "ultrix", NULL };
  g_auto (GStrv) parts = g_strsplit (value, ",", 4);
  guint64 numbers[2] = { 0, 0 };
  guint count = g_strv_length (parts);
  if (count == 1 && read_c_number (value, G_MAXUINT32, &numbers[0]))
    {
      numbers[1] = minor (numbers[0]);
      numbers[0] = major (numbers[0]);
    }
  else if (count != 3 || !g_strv_contains (formats, parts[0]) || !read_c_number (parts[1], G_MAXUINT32, &numbers[0])
           || !read_c_number (parts[2], G_MAXUINT32, &numbers[1]))
    return NULL;
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, numbers[0], numbers[1]);
}

/** A keyword that says something: @fact: NULL where that is no fact. @read: NULL where it has no value */
static const struct
{
  const char *word;
  const char *fact;
  ReadValue read;
  const char *expected;
} keywords[ASSAY_MTREE_KEYWORDS] = {
  [ASSAY_MTREE_TYPE] = { "type", NULL, read_type, "one of file, dir, link, char, block, fifo, socket" },
  [ASSAY_MTREE_MODE] = { "mode", "mode", read_mode, "a mode of octal digits, at most 7777" },
  [ASSAY_MTREE_UID] = { "uid", "uid", read_number, "a decimal number" },
  [ASSAY_MTREE_GID] = { "gid", "gid", read_number, "a decimal number" },
  [ASSAY_MTREE_UNAME] = { "uname", "user", read_name, "a name; a number is written as `uid`" },
  [ASSAY_MTREE_GNAME] = { "gname", "group", read_name, "a name; a number is written as `gid`" },
  [ASSAY_MTREE_LINK] = { "link", "link", read_escaped, "the target of a link, escaped as vis(3) does" },
  [ASSAY_MTREE_DEVICE] = { "device", "device", read_device, "a device as native,MAJOR,MINOR" },
  [ASSAY_MTREE_OPTIONAL] = { "optional", NULL, NULL, NULL },
  [ASSAY_MTREE_NOCHANGE] = { "nochange", NULL, NULL, NULL },
};

/* Content is compared with what was rebuilt, times are judged by their own rules, and the rest is of the machine on
 * which the text was written, or for who selects lines of it. doc/recipe.md lists them. */
static const char *const left_out[]
    = { "cksum",     "content",         "contents", "ignore",       "inode", "md5",        "md5digest", "nlink",
        "resdevice", "ripemd160digest", "rmd160",   "rmd160digest", "sha1",  "sha1digest", "sha256",    "sha256digest",
        "sha384",    "sha384digest",    "sha512",   "sha512digest", "size",  "tags",       "time",      NULL };

static guint
find_keyword (const char *word)
{
  guint i = 0;
  while (i < ASSAY_MTREE_KEYWORDS && strcmp (keywords[i].word, word) != 0)
    i++;
  return i;
}

/* Of keywords that are not judged; flags of a file system are no fact that an image could be held against. */
static char *
pass_over (const char *name, const char *value)
{
  if (strcmp (name, "flags") == 0)
    {
      if (value == NULL || *value == '\0' || strcmp (value, "none") == 0)
        return NULL;
      g_autofree char *shown = assay_yaml_quote (value);
      return g_strdup_printf ("flags are not judged, and only `flags=none` may stand here, not %s", shown);
    }
  if (g_strv_contains (left_out, name))
    return NULL;
  g_autofree char *shown = assay_yaml_quote (name);
  return g_strdup_printf ("%s is no keyword that is known; doc/recipe.md lists those that are", shown);
}

static char *
take_value (AssayMtreeWords *words, guint index, const char *value, GStringChunk *texts)
{
  g_autofree char *read = NULL;
  if (keywords[index].read == NULL && value != NULL)
    return g_strdup_printf ("`%s` has no value", keywords[index].word);
  if (keywords[index].read != NULL)
    read = value == NULL ? NULL : keywords[index].read (value);
  if (keywords[index].read != NULL && read == NULL)
    {
      g_autofree char *shown = assay_yaml_quote (value == NULL ? "" : value);
      return g_strdup_printf ("%s of `%s` is not %s", shown, keywords[index].word, keywords[index].expected);
    }
  words->said[index] = g_string_chunk_insert_const (texts, read == NULL ? "" : read);
  return NULL;
}

char *
assay_mtree_words_take (AssayMtreeWords *words, guint *given, const char *word, AssayMtreePlace place,
                        GStringChunk *texts)
{
  const char *equals = strchr (word, '=');
  const char *value = equals == NULL ? NULL : equals + 1;
  g_autofree char *name = equals == NULL ? g_strdup (word) : g_strndup (word, (gsize)(equals - word));
  guint index = find_keyword (name);
  if (index == ASSAY_MTREE_KEYWORDS)
    return pass_over (name, value);
  if ((*given & 1u << index) != 0)
    return g_strdup_printf ("`%s` stands here twice", name);
  if (place == ASSAY_MTREE_SET && (index == ASSAY_MTREE_LINK || index == ASSAY_MTREE_DEVICE))
    return g_strdup_printf ("`%s` is of one entry, and no value for all", name);
  *given |= 1u << index;
  return take_value (words, index, value, texts);
}

char *
assay_mtree_words_drop (AssayMtreeWords *words, const char *word)
{
  guint index = find_keyword (word);
  if (strcmp (word, "all") == 0)
    *words = (AssayMtreeWords){ { NULL } };
  else if (index < ASSAY_MTREE_KEYWORDS)
    words->said[index] = NULL;
  else
    return pass_over (word, NULL);
  return NULL;
}

gboolean
assay_mtree_words_is (const AssayMtreeWords *words, const char *type)
{
  return g_strcmp0 (words->said[ASSAY_MTREE_TYPE], type) == 0;
}

char *
assay_mtree_words_check (const AssayMtreeWords *words)
{
  gboolean typed = words->said[ASSAY_MTREE_TYPE] != NULL;
  if (typed && words->said[ASSAY_MTREE_LINK] != NULL && !assay_mtree_words_is (words, "link"))
    return g_strdup_printf ("`link` is of a `type=link`, and this is a %s", words->said[ASSAY_MTREE_TYPE]);
  if (typed && words->said[ASSAY_MTREE_DEVICE] != NULL && !assay_mtree_words_is (words, "char")
      && !assay_mtree_words_is (words, "block"))
    return g_strdup_printf ("`device` is of a `type=char` or `type=block`, and this is a %s",
                            words->said[ASSAY_MTREE_TYPE]);
  return NULL;
}

guint
assay_mtree_words_type_bits (const AssayMtreeWords *words)
{
  for (gsize i = 0; words->said[ASSAY_MTREE_NOCHANGE] == NULL && i < G_N_ELEMENTS (types); i++)
    if (assay_mtree_words_is (words, types[i].word))
      return types[i].bits;
  return 0;
}

/* What a keyword says as a fact; root is 0 wherever there are numbers, as in a line of a recipe. */
static const char *
fact_of (const AssayMtreeWords *words, guint index)
{
  static const guint names[][2] = { { ASSAY_MTREE_UID, ASSAY_MTREE_UNAME }, { ASSAY_MTREE_GID, ASSAY_MTREE_GNAME } };
  if (words->said[ASSAY_MTREE_NOCHANGE] != NULL || keywords[index].fact == NULL)
    return NULL;
  for (gsize i = 0; words->said[index] == NULL && i < G_N_ELEMENTS (names); i++)
    if (names[i][0] == index && g_strcmp0 (words->said[names[i][1]], "root") == 0)
      return "0";
  return words->said[index];
}

GHashTable *
assay_mtree_words_facts (const AssayMtreeWords *words)
{
  GHashTable *facts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  for (guint i = 0; i < ASSAY_MTREE_KEYWORDS; i++)
    if (fact_of (words, i) != NULL)
      g_hash_table_insert (facts, (gpointer)keywords[i].fact, g_strdup (fact_of (words, i)));
  return facts;
}

char *
assay_mtree_words_key (const AssayMtreeWords *words)
{
  GString *key = g_string_new (NULL);
  for (guint i = 0; i < ASSAY_MTREE_KEYWORDS; i++)
    if (fact_of (words, i) != NULL)
      g_string_append_printf (key, "%u=%s\n", i, fact_of (words, i));
  return g_string_free (key, FALSE);
}
