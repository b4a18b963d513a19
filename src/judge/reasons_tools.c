#include "judge/reasons.h"

#include "judge/words.h"

#include <string.h>

/** How many groups of files that say the same are said. */
#define MOST_SAID 4u

/* How compilers and linkers call themselves in what they make. */
static const char *const tool_words[]
    = { "GCC: (", "gcc: (", "gcc version", "clang version", "LLD ", "binutils", "rustc version" };

static gboolean
names_tool (const char *text)
{
  for (gsize i = 0; text != NULL && i < G_N_ELEMENTS (tool_words); i++)
    if (strstr (text, tool_words[i]) != NULL)
      return TRUE;
  return FALSE;
}

/** Files that all say the same of who made them, in the same place. @offset: of the first, ASSAY_PRODUCER_TEXT. */
typedef struct
{
  const AssayNode *first;
  const AssayNode *last; /* what is said of one file follows each other */
  AssayProducerPlace place;
  const char *where;
  gboolean by_image; /* @where is how the image calls it (T14) */
  guint64 offset;
  const char *shipped;
  const char *expected; /* NULL: the rebuild says nothing */
  guint64 files;
} Group;

typedef struct
{
  GPtrArray *groups; /* Group, in the order in which they were met */
  GHashTable *known; /* the same, by what is said */
} Groups;

static guint
hash_group (gconstpointer data)
{
  const Group *group = data;
  return g_str_hash (group->shipped) * 31 + (group->expected != NULL ? g_str_hash (group->expected) : 0) + group->place;
}

static gboolean
equal_groups (gconstpointer a, gconstpointer b)
{
  const Group *left = a;
  const Group *right = b;
  return left->place == right->place && (left->place == ASSAY_PRODUCER_TEXT || strcmp (left->where, right->where) == 0)
         && strcmp (left->shipped, right->shipped) == 0 && g_strcmp0 (left->expected, right->expected) == 0;
}

static void
note (Groups *groups, const Group *said)
{
  Group *group = g_hash_table_lookup (groups->known, said);
  if (group == NULL)
    {
      group = g_memdup2 (said, sizeof *said);
      g_ptr_array_add (groups->groups, group);
      g_hash_table_add (groups->known, group);
    }
  group->files += group->last != said->first;
  group->last = said->first;
}

static void
note_finding (Groups *groups, const AssayFinding *finding, GHashTable *told)
{
  const AssayFindingWords *words = assay_finding_words (finding);
  const Group said = { .first = finding->node,
                       .place = ASSAY_PRODUCER_TEXT,
                       .where = words->section != NULL ? words->section : "",
                       .by_image = g_strcmp0 (words->named_by, "shipped") == 0,
                       .offset = finding->offset,
                       .shipped = words->shipped_text,
                       .expected = words->expected_text };
  note (groups, &said);
  g_hash_table_add (told, (gpointer)finding->node);
}

/* Of what shows texts none is like another: it is the only one of its kind. */
static void
list_named (const AssayFinding *common, guint first, guint64 bytes, gpointer data)
{
  const AssayFindingWords *words = assay_finding_words (common);
  (void)bytes;
  if (common->class_ == ASSAY_CLASS_UNEXPLAINED && common->cause == ASSAY_CAUSE_PRIMARY
      && names_tool (words->shipped_text) && names_tool (words->expected_text))
    g_array_append_val ((GArray *)data, first);
}

static gint
by_number (gconstpointer a, gconstpointer b)
{
  guint first = *(const guint *)a;
  guint second = *(const guint *)b;
  return first < second ? -1 : first > second;
}

/* Texts that differ as a whole: where both sides have one at the same place, it is worth more than what is found by
 * its form alone. */
static void
note_findings (Groups *groups, const AssayAccount *account, GHashTable *told)
{
  g_autoptr (GArray) named = g_array_new (FALSE, FALSE, sizeof (guint));
  assay_findings_visit (account->findings, list_named, named);
  g_array_sort (named, by_number);
  for (guint i = 0; i < named->len; i++)
    note_finding (groups, assay_findings_get (account->findings, g_array_index (named, guint, i)), told);
}

static void
note_tools (Groups *groups, const AssayAccount *account, AssayProducerPlace place, GHashTable *told)
{
  for (guint i = 0; account->nodes != NULL && i < account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      for (guint j = 0; node_account->in_scope && node_account->tools != NULL && j < node_account->tools->len; j++)
        {
          const AssayToolAccount *tool = &g_array_index (node_account->tools, AssayToolAccount, j);
          if (tool->place != place
              || (place == ASSAY_PRODUCER_TEXT && g_hash_table_contains (told, node_account->node)))
            continue;
          const Group said = { .first = node_account->node,
                               .place = place,
                               .where = tool->where,
                               .by_image = TRUE,
                               .offset = tool->offset,
                               .shipped = tool->shipped,
                               .expected = tool->expected };
          note (groups, &said);
        }
    }
}

/** How a place is spoken of: "FILE says in .comment that it was made by". */
static const struct
{
  const char *topic;
  const char *before; /* in front of the section */
  const char *behind;
} places[ASSAY_PRODUCER_PLACES] = {
  [ASSAY_PRODUCER_COMMENT] = { "other tools", "says in ", " that it was made by" },
  [ASSAY_PRODUCER_DEBUG] = { "other tools or options", "says in its debug information (", ") that it was made by" },
  [ASSAY_PRODUCER_GO] = { "other tools", "says in ", " that it was made by" },
  [ASSAY_PRODUCER_NOTE] = { "other tools", "says in ", " that it was made by" },
  [ASSAY_PRODUCER_ATTRIBUTES] = { "other options", "says in ", " that it was made for" },
  [ASSAY_PRODUCER_TEXT] = { "other tools", "names ", "" },
  [ASSAY_PRODUCER_GO_BUILD] = { "another build by Go, of other tools, options or sources", "has in ", " the build id" },
};

static char *
sentence (const Group *group)
{
  g_autofree char *file = assay_words_place (group->first);
  g_autofree char *more = group->files > 1 ? assay_words_count (group->files - 1, "file more", "files more") : NULL;
  GString *text = g_string_new (places[group->place].topic);
  g_string_append_printf (text, ": %s%s%s%s %s", file, more != NULL ? " (and " : "", more != NULL ? more : "",
                          more != NULL ? ")" : "", places[group->place].before);
  if (group->place != ASSAY_PRODUCER_TEXT)
    g_string_append_printf (text, "%s%s \"%s\"", group->where, places[group->place].behind, group->shipped);
  else
    {
      g_string_append_printf (text, "\"%s\" at offset 0x%" G_GINT64_MODIFIER "x", group->shipped, group->offset);
      if (*group->where != '\0')
        g_string_append_printf (text, " in section %s%s", group->where,
                                group->by_image ? " (by the names that the image itself gives)" : "");
    }
  const char *verb = places[group->place].behind;
  if (group->expected == NULL)
    g_string_append (text, ", the rebuild says nothing of the kind");
  else if (g_str_has_suffix (verb, "for"))
    g_string_append_printf (text, ", the rebuild for \"%s\"", group->expected);
  else if (g_str_has_suffix (verb, "by"))
    g_string_append_printf (text, ", the rebuild by \"%s\"", group->expected);
  else
    g_string_append_printf (text, ", the rebuild \"%s\"", group->expected);
  return g_string_free (text, FALSE);
}

/* Says what is noted, the first groups of it. */
static void
say (AssayReasons *reasons, const Groups *groups)
{
  for (guint i = 0; i < groups->groups->len && i < MOST_SAID; i++)
    assay_reasons_add (reasons, sentence (g_ptr_array_index (groups->groups, i)), TRUE);
  if (groups->groups->len > MOST_SAID)
    {
      g_autofree char *more = assay_words_count (groups->groups->len - MOST_SAID, "more file or group of files names",
                                                 "more files or groups of files name");
      assay_reasons_add (reasons, g_strconcat (more, " other tools", NULL), FALSE);
    }
}

static void
add_places (AssayReasons *reasons, AssayProducerPlace first, AssayProducerPlace last)
{
  Groups groups = { g_ptr_array_new_with_free_func (g_free), g_hash_table_new (hash_group, equal_groups) };
  g_autoptr (GHashTable) told = g_hash_table_new (NULL, NULL);
  for (AssayProducerPlace place = first; place <= last; place++)
    {
      if (place == ASSAY_PRODUCER_TEXT)
        note_findings (&groups, reasons->account, told);
      note_tools (&groups, reasons->account, place, told);
    }
  say (reasons, &groups);
  g_hash_table_unref (groups.known);
  g_ptr_array_unref (groups.groups);
}

void
assay_reasons_add_tools (AssayReasons *reasons)
{
  add_places (reasons, ASSAY_PRODUCER_COMMENT, ASSAY_PRODUCER_TEXT);
}

void
assay_reasons_add_builds (AssayReasons *reasons)
{
  add_places (reasons, ASSAY_PRODUCER_GO_BUILD, ASSAY_PRODUCER_GO_BUILD);
}
