#include "flow/draft.h"

#include "input/path.h"
#include "input/recipe_text.h"
#include "inventory/debian_files.h"
#include "util/text.h"

#include <string.h>

/** Other times and directories that are shown. */
#define SHOWN_MAX 8u

/* --- path --- */

/* The longest directory that both lie in or are. */
static char *
common_directory (const char *a, const char *b)
{
  gsize end = 0;
  gsize i = 0;
  for (; a[i] != '\0' && a[i] == b[i]; i++)
    if (a[i] == '/')
      end = i;
  if ((a[i] == '\0' || a[i] == '/') && (b[i] == '\0' || b[i] == '/'))
    end = i;
  return g_strndup (a, end);
}

/* Whether a hint's text is what the file has, and nothing in it was escaped. */
static gboolean
is_as_it_was (const char *text)
{
  return strchr (text, '\\') == NULL;
}

/* The directory beneath /build that the compiler ran in, or that all of those lie in which have one with it. */
static char *
find_build_path (const GPtrArray *directories)
{
  g_autofree char *found = NULL;
  for (guint i = 0; i < directories->len; i++)
    {
      const AssayHint *hint = g_ptr_array_index (directories, i);
      g_autofree char *path = is_as_it_was (hint->text) ? assay_path_normalize (hint->text) : NULL;
      if (path == NULL || !assay_path_is_beneath (path, "/build"))
        continue;
      if (found == NULL)
        {
          found = g_steal_pointer (&path);
          continue;
        }
      g_autofree char *common = common_directory (found, path);
      if (assay_path_is_beneath (common, "/build"))
        {
          g_free (found);
          found = g_steal_pointer (&common);
        }
    }
  return g_steal_pointer (&found);
}

/* A name that needs no quotes and no escapes, for a directory of ours. */
static char *
plain_name (const char *name)
{
  char *plain = g_strdup (name);
  for (char *at = plain; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && strchr ("._+-", *at) == NULL)
      *at = '-';
  if (plain[0] != '\0' && plain[strspn (plain, ".-")] != '\0')
    return plain;
  g_free (plain);
  return g_strdup ("source");
}

static void
write_path (AssayDraft *draft)
{
  g_autoptr (GPtrArray) directories = assay_hints_list (draft->hints, ASSAY_HINT_DIRECTORY);
  g_autofree char *found = find_build_path (directories);
  g_autofree char *quoted = found != NULL ? assay_recipe_text_quote (found) : NULL;
  g_autofree char *name = plain_name (draft->survey->name);
  if (quoted != NULL)
    g_string_append_printf (draft->out, "path: %s\n", quoted);
  else
    g_string_append_printf (draft->out, "path: /build/%s\n", name);
  for (guint i = 0; i < directories->len && i < SHOWN_MAX; i++)
    {
      const AssayHint *hint = g_ptr_array_index (directories, i);
      assay_draft_say (draft, 0, "compiled in %s", hint->text);
      assay_draft_say_hint (draft, 0, hint);
    }
  if (directories->len > SHOWN_MAX)
    assay_draft_say (draft, 0, "and %u directories more", directories->len - SHOWN_MAX);
  if (directories->len == 0)
    assay_draft_say (draft, 0, "unknown: where the vendor compiled: no debug information says");
  else if (quoted == NULL)
    assay_draft_say (draft, 0,
                     "A recipe builds beneath /build. Where the vendor's own path is in the files, the compiler can be "
                     "told to write it: -ffile-prefix-map=/build/%s=%s",
                     name, ((const AssayHint *)g_ptr_array_index (directories, 0))->text);
}

/* --- time --- */

/** Kinds of times, those that speak of the build itself first. */
static const struct
{
  AssayHintKind kind;
  const char *what;
} time_kinds[] = {
  { ASSAY_HINT_STAMP, "a text in a program" },
  { ASSAY_HINT_CHANGELOG, "the newest entry of the changelog of" },
  { ASSAY_HINT_HEADER_TIME, "the header of a container" },
  { ASSAY_HINT_ENTRY_TIME, "the newest time in a container" },
};

/* How many kinds of times say the same. */
static guint
count_kinds (const AssayDraft *draft, gint64 seconds)
{
  guint kinds = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (time_kinds); i++)
    {
      g_autoptr (GPtrArray) list = assay_hints_list (draft->hints, time_kinds[i].kind);
      gboolean agrees = FALSE;
      for (guint j = 0; j < list->len && !agrees; j++)
        agrees = ((const AssayHint *)g_ptr_array_index (list, j))->seconds == seconds;
      kinds += agrees;
    }
  return kinds;
}

/* The first kind that there is tells; of several times of it the one that most other kinds agree with. */
static const AssayHint *
choose_time (const AssayDraft *draft)
{
  const AssayHint *chosen = NULL;
  guint most = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (time_kinds) && chosen == NULL; i++)
    {
      g_autoptr (GPtrArray) list = assay_hints_list (draft->hints, time_kinds[i].kind);
      if (time_kinds[i].kind == ASSAY_HINT_CHANGELOG && assay_draft_changelog (draft) == NULL)
        continue;
      for (guint j = 0; j < list->len; j++)
        {
          const AssayHint *hint = g_ptr_array_index (list, j);
          guint kinds = count_kinds (draft, hint->seconds);
          if (kinds <= most)
            continue;
          most = kinds;
          chosen = hint;
        }
    }
  return chosen;
}

/* What a time is of, beside its kind: the text that it is read from, whose changelog, which kind of container. */
static char *
describe_time (const AssayHint *hint)
{
  switch (hint->kind)
    {
    case ASSAY_HINT_STAMP:
      return g_strdup_printf (": \"%s\"%s", hint->text, hint->detail != NULL ? ", if its zone is UTC" : "");
    case ASSAY_HINT_CHANGELOG:
      return g_strdup_printf (" %s, for %s", hint->text, hint->detail);
    case ASSAY_HINT_ENTRY_TIME:
      return g_strdup_printf (", of %s entries", hint->detail);
    default:
      return g_strdup_printf (" (%s)", hint->detail);
    }
}

static void
say_time (AssayDraft *draft, const char *what, const AssayHint *hint)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (hint->seconds);
  g_autofree char *utc = time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup ("?");
  g_autofree char *of = describe_time (hint);
  assay_draft_say (draft, 2, "%s UTC (%" G_GINT64_FORMAT "): %s%s", utc, hint->seconds, what, of);
  assay_draft_say_hint (draft, 2, hint);
}

static void
say_times (AssayDraft *draft)
{
  for (gsize i = 0; i < G_N_ELEMENTS (time_kinds); i++)
    {
      g_autoptr (GPtrArray) list = assay_hints_list (draft->hints, time_kinds[i].kind);
      for (guint j = 0; j < list->len && j < SHOWN_MAX; j++)
        say_time (draft, time_kinds[i].what, g_ptr_array_index (list, j));
      if (list->len > SHOWN_MAX)
        assay_draft_say (draft, 2, "and %u times more of this kind", list->len - SHOWN_MAX);
    }
}

/* The source's own changelog, which Debian's builds take their time from. */
static gboolean
read_own_time (const AssayDraft *draft, gint64 *out_seconds)
{
  const char *text = assay_survey_get_text (draft->survey, "debian/changelog");
  g_auto (AssayDebianChange) change = { NULL };
  if (text == NULL || !assay_debian_change_read (text, &change))
    return FALSE;
  *out_seconds = change.seconds;
  return TRUE;
}

/** What a kernel's build writes into its banner, in quotes; NULL where there is none, or no such build. */
typedef struct
{
  const AssayHint *hint;
  char *user;
  char *host;
} Builder;

static void
clear_builder (Builder *builder)
{
  g_clear_pointer (&builder->user, g_free);
  g_clear_pointer (&builder->host, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Builder, clear_builder)

static gboolean
find_builder (const AssayDraft *draft, Builder *out)
{
  gboolean kernel = assay_survey_has (draft->survey, "Kconfig");
  out->hint = kernel ? assay_draft_first (draft, ASSAY_HINT_BUILDER) : NULL;
  const char *at = out->hint != NULL && is_as_it_was (out->hint->text) ? strchr (out->hint->text, '@') : NULL;
  if (at == NULL)
    return FALSE;
  g_autofree char *user = g_strndup (out->hint->text, (gsize)(at - out->hint->text));
  out->user = assay_recipe_text_quote (user);
  out->host = assay_recipe_text_quote (at + 1);
  return out->user != NULL && out->host != NULL;
}

static void
write_environment (AssayDraft *draft)
{
  const AssayHint *chosen = choose_time (draft);
  gint64 own = 0;
  gboolean has_own = read_own_time (draft, &own);
  g_auto (Builder) builder = { NULL };
  gboolean has_builder = find_builder (draft, &builder);
  if (chosen != NULL || has_own || has_builder)
    g_string_append (draft->out, "environment:\n");
  if (chosen != NULL || has_own)
    g_string_append_printf (draft->out, "  SOURCE_DATE_EPOCH: \"%" G_GINT64_FORMAT "\"\n",
                            chosen != NULL ? chosen->seconds : own);
  else
    assay_draft_say (draft, 0, "unknown: when it was built: neither programs nor containers say");
  say_times (draft);
  if (has_own)
    assay_draft_say (draft, 2, "the newest entry of the source's debian/changelog: %" G_GINT64_FORMAT, own);
  if (!has_builder)
    return;
  g_string_append_printf (draft->out, "  KBUILD_BUILD_USER: %s\n  KBUILD_BUILD_HOST: %s\n", builder.user, builder.host);
  assay_draft_say_hint (draft, 2, builder.hint);
}

void
assay_draft_write_place (AssayDraft *draft)
{
  write_path (draft);
  write_environment (draft);
}
