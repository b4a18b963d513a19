#include "judge/words.h"

#include "util/text.h"

#include <string.h>

char *
assay_words_number (guint64 number)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
  gsize length = strlen (digits);
  GString *out = g_string_new (NULL);
  for (gsize i = 0; i < length; i++)
    {
      if (i > 0 && (length - i) % 3 == 0)
        g_string_append_c (out, ',');
      g_string_append_c (out, digits[i]);
    }
  return g_string_free (out, FALSE);
}

char *
assay_words_count (guint64 number, const char *one, const char *many)
{
  g_autofree char *text = assay_words_number (number);
  return g_strconcat (text, " ", number == 1 ? one : many, NULL);
}

char *
assay_words_day (gint64 seconds)
{
  g_autoptr (GDateTime) day = g_date_time_new_from_unix_utc (seconds);
  return day == NULL ? g_strdup ("no day") : g_date_time_format (day, "%Y-%m-%d");
}

char *
assay_words_place (const AssayNode *node)
{
  if (node == NULL || node->path == NULL)
    return g_strdup ("an unnamed entry");
  return g_strdup (strcmp (node->path, ".") == 0 ? "the image" : node->path);
}

const char *
assay_words_origin (AssayOrigin origin)
{
  static const char *const names[] = {
    [ASSAY_ORIGIN_UNKNOWN] = "unknown", [ASSAY_ORIGIN_COMPILED] = "compiled", [ASSAY_ORIGIN_TOOLCHAIN] = "toolchain",
    [ASSAY_ORIGIN_SOURCE] = "source",   [ASSAY_ORIGIN_OPAQUE] = "opaque",
  };
  return names[origin];
}

char *
assay_words_sentence (const char *text, gboolean capital)
{
  /* What ends in lines of a log ends as they do. */
  gboolean stopped = strstr (text, "\n  ") != NULL || g_str_has_suffix (text, ".") || g_str_has_suffix (text, "!")
                     || g_str_has_suffix (text, "?");
  char *sentence = g_strconcat (text, stopped ? "" : ".", NULL);
  if (capital)
    sentence[0] = g_ascii_toupper (sentence[0]);
  return sentence;
}

char *
assay_words_mode_note (const char *shipped, const char *expected)
{
  /* Bits of st_mode that a reader must not miss (POSIX, <sys/stat.h>). */
  static const struct
  {
    guint64 bits;
    const char *added, *removed;
    const char *added_to_directory, *removed_from_directory;
  } notes[] = {
    { 04000, "set-user-ID bit added: it runs as its owner, whoever starts it", "set-user-ID bit removed",
      "set-user-ID bit added", "set-user-ID bit removed" },
    { 02000, "set-group-ID bit added: it runs as its group, whoever starts it", "set-group-ID bit removed",
      "set-group-ID bit added: what is made in it gets its group", "set-group-ID bit removed" },
    { 00002, "made writable for everybody", "", "made writable for everybody", "" },
    { 00111, "made executable", "no longer executable", "may be entered", "may not be entered any more" },
    { 01000, "sticky bit added", "sticky bit removed", "sticky bit added", "sticky bit removed" },
  };
  GString *out = g_string_new (NULL);
  guint64 now = 0, before = 0;
  if (shipped == NULL || expected == NULL || !g_ascii_string_to_unsigned (shipped, 8, 0, G_MAXUINT64, &now, NULL)
      || !g_ascii_string_to_unsigned (expected, 8, 0, G_MAXUINT64, &before, NULL))
    return g_string_free (out, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (notes); i++)
    {
      gboolean is = (now & notes[i].bits) != 0, was = (before & notes[i].bits) != 0;
      const char *added = S_ISDIR (now) ? notes[i].added_to_directory : notes[i].added;
      const char *removed = S_ISDIR (now) ? notes[i].removed_from_directory : notes[i].removed;
      const char *note = is == was ? "" : is ? added : removed;
      g_string_append_printf (out, "%s%s", out->len > 0 && *note != '\0' ? "; " : "", note);
    }
  return g_string_free (out, FALSE);
}

/* What facts are called, and their sentences where "P has FACT S, the rebuild has E" would not do. */
static const struct
{
  const char *fact;
  const char *noun;
  const char *both;
  const char *shipped_only;
} fact_words[] = {
  { "uid", "user ID", NULL, NULL },
  { "gid", "group ID", NULL, NULL },
  { "user", "owner", NULL, NULL },
  { "mtime", "modification time", NULL, NULL },
  { "atime", "access time", NULL, NULL },
  { "ctime", "change time", NULL, NULL },
  { "birthtime", "creation time", NULL, NULL },
  { "entry", "entry address", NULL, NULL },
  { "load", "load address", NULL, NULL },
  { "link", "link target", "{path} points to {shipped}, in the rebuild to {expected}", NULL },
  { "leads-to", "what a link leads to", "{path} leads to {shipped}, in the rebuild to {expected}", NULL },
  { "type", "type", "{path} is a {shipped}, in the rebuild a {expected}", NULL },
  { "size", "size", "{path} has {shipped} bytes, in the rebuild {expected}", NULL },
  { "device", "device number", NULL, NULL },
  { "content", "content", NULL, NULL },
  { "name", "name", "{path} is called {shipped}, in the rebuild {expected}",
    "{path} comes from no output of the rebuild" },
  { "duplicate-name", "uniqueness of names", NULL, "{path} stands there more than once under one name" },
  { "case-collision", "uniqueness of names", NULL, "{path} has the name of another entry where capitals do not count" },
  { "order", "order of members", "the members of {path} stand in another order than in the rebuild", NULL },
  { "named-digest", "digest that the image names", "{path} has {shipped}, but should have {expected}", NULL },
  { "named-identifier", "name that the image uses", "{path} is found by {shipped}, in the rebuild by {expected}",
    NULL },
  { "layer", "layers over each other",
    "{path} decides what is seen of a layer in scope: {shipped}, in the rebuild {expected}",
    "{path} decides what is seen of a layer in scope: {shipped}" },
  { "copies", "equality with another file", "{path} has {shipped}, in the rebuild {expected}", NULL },
  { "byte-code", "what Python runs",
    "the time of {path} decides whether Python runs it or byte code beside it: {shipped}, in the rebuild {expected}",
    NULL },
  { "freshness", "age beside a file that is loaded in its place",
    "of {path} and another file a loader takes one by their times: it is {shipped}, in the rebuild {expected}", NULL },
  { "time-reach", "time that some have none of", "{path} has {shipped}, in the rebuild {expected}", NULL },
  { "build-time", "build time",
    "{path} was built at {shipped} (seconds since 1970): a rebuild at that time is equal, one at {expected} is not",
    "{path} was built at {shipped} (seconds since 1970): a rebuild at that time is equal, one at its own time is not" },
  { "recompressed", "compression",
    "{path} is compressed in another way ({shipped}, in the rebuild {expected}), with the content judged by itself",
    "{path} is the content of {shipped}" },
};

const char *
assay_words_fact_noun (const char *fact)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fact_words); i++)
    if (strcmp (fact_words[i].fact, fact) == 0)
      return fact_words[i].noun;
  return fact;
}

static const char *
choose_template (const AssayFactAccount *fact)
{
  const char *template = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (fact_words); i++)
    if (strcmp (fact_words[i].fact, fact->fact) == 0 && fact->shipped != NULL)
      template = fact->expected != NULL ? fact_words[i].both : fact_words[i].shipped_only;
  if (template != NULL)
    return template;
  if (fact->shipped == NULL)
    return fact->expected == NULL ? "{path}: the {fact} could not be read"
                                  : "{path} has no {fact}, the rebuild has {expected}";
  return fact->expected == NULL ? "{path} has {fact} {shipped}, the rebuild has none"
                                : "{path} has {fact} {shipped}, the rebuild has {expected}";
}

char *
assay_words_value (const char *fact, const char *value)
{
  static const char *const times[] = { "mtime", "atime", "ctime", "birthtime" };
  guint64 seconds = 0;
  for (gsize i = 0; value != NULL && i < G_N_ELEMENTS (times); i++)
    if (strcmp (times[i], fact) == 0 && g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT32, &seconds, NULL))
      {
        g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc ((gint64)seconds);
        return g_date_time_format (time, "%Y-%m-%d %H:%M:%S UTC");
      }
  /* The target of a link is a path, and written as one. A name may be in that form already. */
  gboolean is_line
      = value != NULL
        && (strcmp (fact, "link") == 0
            || (strcmp (fact, "name") == 0 && strstr (value, "\\x") != NULL && strchr (value, '%') == NULL));
  return is_line ? assay_text_line_to_name (value) : g_strdup (value);
}

char *
assay_words_fact (const AssayFactAccount *fact)
{
  g_autofree char *place = assay_words_place (fact->node);
  g_autofree char *shipped = assay_words_value (fact->fact, fact->shipped);
  g_autofree char *expected = assay_words_value (fact->fact, fact->expected);
  const struct
  {
    const char *name;
    const char *value;
  } fields[] = {
    { "{path}", place },
    { "{fact}", assay_words_fact_noun (fact->fact) },
    { "{shipped}", shipped },
    { "{expected}", expected },
  };
  GString *out = g_string_new (NULL);
  for (const char *c = choose_template (fact); *c != '\0';)
    {
      gsize used = 0;
      for (gsize i = 0; i < G_N_ELEMENTS (fields) && used == 0; i++)
        if (g_str_has_prefix (c, fields[i].name))
          {
            g_string_append (out, fields[i].value != NULL ? fields[i].value : "nothing");
            used = strlen (fields[i].name);
          }
      if (used == 0)
        g_string_append_c (out, *c);
      c += MAX (used, 1);
    }
  return g_string_free (out, FALSE);
}
