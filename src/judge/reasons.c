#include "judge/reasons.h"

#include "account/rules/rule.h"
#include "judge/words.h"

#include <string.h>

static guint
length_of (const GPtrArray *array)
{
  return array == NULL ? 0 : array->len;
}

static gboolean
has_no_output (const AssayNodeAccount *node_account)
{
  return node_account->match == NULL || node_account->match->kind == ASSAY_MATCH_NONE;
}

/* A container without counterpart may still be one that the rebuild knows the content of; a file is then simply added.
 */
static void
find_added (AssayReasons *reasons)
{
  const AssayAccount *account = reasons->account;
  for (guint i = 0; i < length_of (account->nodes); i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      if (node_account->node != NULL && has_no_output (node_account) && node_account->node->spans == NULL
          && node_account->totals[ASSAY_CLASS_UNEXPLAINED] > 0)
        g_hash_table_add (reasons->added, node_account->node);
    }
  for (guint i = 0; i < length_of (account->facts); i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      if (fact->class_ == ASSAY_CLASS_UNEXPLAINED && g_strcmp0 (fact->rule, "added") == 0)
        g_hash_table_add (reasons->added, (gpointer)fact->node);
    }
}

void
assay_reasons_init (AssayReasons *reasons, const AssayAccount *account)
{
  reasons->account = account;
  reasons->added = g_hash_table_new (NULL, NULL);
  reasons->sentences = g_ptr_array_new_with_free_func (g_free);
  reasons->left_out = 0;
  if (account != NULL)
    find_added (reasons);
}

void
assay_reasons_clear (AssayReasons *reasons)
{
  g_clear_pointer (&reasons->added, g_hash_table_unref);
  g_clear_pointer (&reasons->sentences, g_ptr_array_unref);
}

void
assay_reasons_add (AssayReasons *reasons, char *text, gboolean capital)
{
  if (reasons->sentences->len < ASSAY_REASONS_MAX)
    g_ptr_array_add (reasons->sentences, assay_words_sentence (text, capital));
  else
    reasons->left_out++;
  g_free (text);
}

void
assay_reasons_add_list (AssayReasons *reasons, const GPtrArray *texts, gboolean capital)
{
  for (guint i = 0; i < length_of (texts); i++)
    assay_reasons_add (reasons, g_strdup (g_ptr_array_index (texts, i)), capital);
}

GPtrArray *
assay_reasons_finish (AssayReasons *reasons)
{
  if (reasons->left_out > 0)
    {
      g_autofree char *more = assay_words_number (reasons->left_out);
      g_ptr_array_add (reasons->sentences, g_strdup_printf ("And %s more.", more));
      reasons->left_out = 0;
    }
  return g_steal_pointer (&reasons->sentences);
}

/* Stands for a rule where bytes follow from others that differ. */
#define RIPPLE "ripple"

/* What is said of bytes; the first entry that fits. */
static const struct
{
  AssayClass class_;
  const char *rule; /* NULL: any */
  const char *one;
  const char *many;
} byte_words[] = {
  { ASSAY_CLASS_UNEXPLAINED, RIPPLE, "differs only because of what changed or moved elsewhere",
    "differ only because of what changed or moved elsewhere" },
  { ASSAY_CLASS_UNEXPLAINED, "differs", "differs from what the source builds", "differ from what the source builds" },
  { ASSAY_CLASS_UNEXPLAINED, "no-counterpart", "has no counterpart in what the source builds",
    "have no counterpart in what the source builds" },
  { ASSAY_CLASS_UNEXPLAINED, "opaque", "came ready-made and was not compiled from source",
    "came ready-made and were not compiled from source" },
  { ASSAY_CLASS_UNEXPLAINED, "signature-unclaimed", "differs in the place of a signature",
    "differ in the place of a signature" },
  { ASSAY_CLASS_UNEXPLAINED, "signature-invalid", "is no valid signature", "are no valid signature" },
  { ASSAY_CLASS_UNEXPLAINED, NULL, "is explained by nothing", "are explained by nothing" },
  { ASSAY_CLASS_UNREPRODUCIBLE, NULL, "differs, and our own rebuilds differ from each other there as well",
    "differ, and our own rebuilds differ from each other there as well" },
  { ASSAY_CLASS_UNDECIDED, NULL, "could not be judged", "could not be judged" },
  { ASSAY_CLASS_WAIVED, "blob", "is accepted by the policy for the digest of its file, without source",
    "are accepted by the policy for the digest of their file, without source" },
  { ASSAY_CLASS_WAIVED, NULL, "is allowed by the policy alone", "are allowed by the policy alone" },
  { ASSAY_CLASS_EXPLAINED, "filler", "is fill where the rebuild has nothing",
    "are fill where the rebuild has nothing" },
  { ASSAY_CLASS_EXPLAINED, "signature", "belongs to a signature that verifies under a key of the policy",
    "belong to signatures that verify under keys of the policy" },
  { ASSAY_CLASS_EXPLAINED, NULL, "differs, and a rule proves why", "differ, and a rule proves why" },
  { ASSAY_CLASS_STRUCTURE, NULL, "of containers was written again from accepted facts and content",
    "of containers were written again from accepted facts and content" },
  { ASSAY_CLASS_OUTSIDE, NULL, "lies outside the granted scope and was not judged",
    "lie outside the granted scope and were not judged" },
};

static gsize
find_byte_words (AssayClass class_, const char *rule)
{
  gsize i = 0;
  while (
      i + 1 < G_N_ELEMENTS (byte_words)
      && (byte_words[i].class_ != class_ || (byte_words[i].rule != NULL && g_strcmp0 (byte_words[i].rule, rule) != 0)))
    i++;
  return i;
}

const AssayNode *
assay_reasons_keeper (const AssayNode *node)
{
  if (node == NULL || node->spans != NULL)
    return node;
  /* only a table's name begins so: in an entry's it is escaped (T8) */
  const char *last = strrchr (node->path, '/');
  gboolean table
      = node->parent != NULL && node->parent->shares_extents && (last == NULL ? node->path : last + 1)[0] == '#';
  return table ? node->parent : NULL;
}

/** The findings that one sentence speaks of. */
typedef struct
{
  guint64 bytes;
  GHashTable *files;     /* set of AssayNode */
  const AssayNode *last; /* that was added to these */
  AssayFinding first;
  guint first_index;
  gboolean records;
} ByteGroup;

/* The part of a container that a place lies in, as its format or the recipe's layout calls it. */
static const char *
find_part (const AssayNode *node, guint64 offset)
{
  for (guint i = 0; node != NULL && node->spans != NULL && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (offset >= span->offset && offset - span->offset < span->length)
        return span->name;
    }
  return NULL;
}

static char *
describe_place (const AssayFinding *finding, gboolean records)
{
  const char *part = records ? find_part (finding->node, finding->offset) : NULL;
  g_autofree char *place = assay_words_place (finding->node);
  GString *out = g_string_new (NULL);
  g_string_append_printf (out, "offset 0x%" G_GINT64_MODIFIER "x of %s", finding->offset, place);
  if (part != NULL)
    g_string_append_printf (out, " (%s)", part);
  if (assay_finding_words (finding)->section != NULL)
    g_string_append_printf (out, ", in section %s", assay_finding_words (finding)->section);
  if (assay_finding_words (finding)->symbol != NULL)
    g_string_append_printf (out, ", %s %s", assay_finding_words (finding)->is_function ? "function" : "object",
                            assay_finding_words (finding)->symbol);
  if (assay_finding_words (finding)->file != NULL && assay_finding_words (finding)->line > 0)
    g_string_append_printf (out, ", %s line %u", assay_finding_words (finding)->file,
                            assay_finding_words (finding)->line);
  if (assay_finding_words (finding)->inlined_by != NULL && assay_finding_words (finding)->inlined_by->len > 0
      && assay_finding_words (finding)->source_function != NULL)
    g_string_append_printf (out, " (of %s)", assay_finding_words (finding)->source_function);
  if (assay_finding_words (finding)->shipped_text != NULL && assay_finding_words (finding)->expected_text != NULL)
    g_string_append_printf (out, ", the text \"%s\" instead of \"%s\"", assay_finding_words (finding)->shipped_text,
                            assay_finding_words (finding)->expected_text);
  /* The shipped file may call its parts what it likes (T14). */
  if (g_strcmp0 (assay_finding_words (finding)->named_by, "shipped") == 0)
    g_string_append (out, " (by the names that the image itself gives)");
  return g_string_free (out, FALSE);
}

/* Of a signature the finding says what is wrong with it, or what a policy would have to say. */
static char *
describe_hint (const AssayFinding *finding)
{
  gboolean hint = finding->class_ == ASSAY_CLASS_UNEXPLAINED && g_str_has_prefix (finding->rule, "signature-");
  return hint ? g_strconcat (": ", finding->message, NULL) : g_strdup ("");
}

static void
say_bytes (AssayReasons *reasons, gsize words, const ByteGroup *group)
{
  g_autofree char *bytes = assay_words_count (group->bytes, "byte", "bytes");
  g_autofree char *files = assay_words_count (g_hash_table_size (group->files), group->records ? "container" : "file",
                                              group->records ? "containers" : "files");
  g_autofree char *place = describe_place (&group->first, group->records);
  const char *verb = group->bytes == 1 ? byte_words[words].one : byte_words[words].many;
  const char *article = group->bytes == 1 ? "" : "the first ";
  g_autofree char *hint = describe_hint (&group->first);
  assay_reasons_add (reasons,
                     g_strdup_printf ("%s in %s%s %s; %sat %s%s", bytes, group->records ? "tables and headers of " : "",
                                      files, verb, article, place, hint),
                     FALSE);
}

/** What is so of all findings of one node: they stand together, and there may be millions. */
typedef struct
{
  const AssayNode *node;
  const AssayNode *keeper;
  gboolean added;
} OfNode;

static void
look_at_node (const AssayReasons *reasons, const AssayNode *node, AssayReasonsPart part, OfNode *of_node)
{
  if (of_node->node == node)
    return;
  *of_node = (OfNode){ .node = node,
                       .keeper = part == ASSAY_REASONS_ALL ? NULL : assay_reasons_keeper (node),
                       .added = g_hash_table_contains (reasons->added, node) };
}

/** What one call speaks of. */
typedef struct
{
  const AssayReasons *reasons;
  AssayClass class_;
  AssayReasonsPart part;
} Topic;

static gboolean
speaks_of (const Topic *topic, const AssayFinding *finding, OfNode *of_node)
{
  if (finding->class_ != topic->class_)
    return FALSE;
  look_at_node (topic->reasons, finding->node, topic->part, of_node);
  return (of_node->keeper != NULL) == (topic->part == ASSAY_REASONS_RECORDS)
         && !(topic->class_ == ASSAY_CLASS_UNEXPLAINED && of_node->added);
}

/** The groups of one topic. */
typedef struct
{
  Topic topic;
  OfNode of_node;
  ByteGroup groups[G_N_ELEMENTS (byte_words)];
} Gathering;

/* What is so of one finding is so of all that are of its kind. */
static void
gather (const AssayFinding *common, guint first, guint64 bytes, gpointer data)
{
  Gathering *gathering = data;
  if (!speaks_of (&gathering->topic, common, &gathering->of_node))
    return;
  gboolean follows = common->class_ == ASSAY_CLASS_UNEXPLAINED && common->cause == ASSAY_CAUSE_RIPPLE;
  ByteGroup *group = &gathering->groups[find_byte_words (common->class_, follows ? RIPPLE : common->rule)];
  group->bytes += bytes;
  group->records = gathering->topic.part == ASSAY_REASONS_RECORDS;
  const AssayNode *file = group->records ? gathering->of_node.keeper : common->node;
  if (group->files == NULL || first < group->first_index)
    group->first_index = first;
  if (group->files == NULL)
    group->files = g_hash_table_new (NULL, NULL);
  if (file == NULL || file != group->last)
    g_hash_table_add (group->files, (gpointer)file);
  group->last = file;
}

void
assay_reasons_add_bytes (AssayReasons *reasons, AssayClass class_, AssayReasonsPart part)
{
  Gathering gathering = { .topic = { reasons, class_, part } };
  assay_findings_visit (reasons->account->findings, gather, &gathering);
  ByteGroup *groups = gathering.groups;
  for (gsize i = 0; i < G_N_ELEMENTS (byte_words); i++)
    if (groups[i].files != NULL)
      groups[i].first = *assay_findings_get (reasons->account->findings, groups[i].first_index);
  for (guint pass = 0; pass < 2; pass++)
    for (gsize i = 0; i < G_N_ELEMENTS (byte_words); i++)
      if (groups[i].files != NULL && (pass == 1) == (g_strcmp0 (byte_words[i].rule, RIPPLE) == 0))
        say_bytes (reasons, i, &groups[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (byte_words); i++)
    g_clear_pointer (&groups[i].files, g_hash_table_unref);
}

static gboolean
has_remark (const AssayFinding *finding, gconstpointer data)
{
  (void)data;
  return assay_finding_words (finding)->remark != NULL;
}

void
assay_reasons_add_remarks (AssayReasons *reasons)
{
  guint said = 0;
  if (!assay_findings_any (reasons->account->findings, has_remark, NULL))
    return;
  for (guint i = 0; said < ASSAY_REMARKS_MAX && i < assay_findings_length (reasons->account->findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (reasons->account->findings, i);
      if (assay_finding_words (finding)->remark == NULL || finding->class_ != ASSAY_CLASS_UNEXPLAINED
          || g_hash_table_contains (reasons->added, finding->node))
        continue;
      g_autofree char *place = assay_words_place (finding->node);
      assay_reasons_add (reasons, g_strdup_printf ("In %s, %s", place, assay_finding_words (finding)->remark), FALSE);
      said++;
    }
}

/** The facts that one sentence speaks of. */
typedef struct
{
  guint64 count;
  const AssayFactAccount *first;
  char *note;
} FactGroup;

static void
fact_group_free (gpointer data)
{
  FactGroup *group = data;
  g_free (group->note);
  g_free (group);
}

/* Why a difference that is named is none that counts, or what would make it none. */
static char *
excuse (const AssayFactAccount *fact)
{
  if (fact->class_ == ASSAY_CLASS_WAIVED)
    return g_strdup ("; the policy allows it");
  if (fact->class_ == ASSAY_CLASS_EXPLAINED)
    return g_strdup_printf ("; explained by the rule %s", fact->rule != NULL ? fact->rule : "that was applied");
  const AssayRule *rule
      = fact->class_ == ASSAY_CLASS_UNEXPLAINED && fact->rule != NULL ? assay_rules_find (fact->rule) : NULL;
  if (rule != NULL && rule->only_named)
    return g_strdup_printf ("; only a policy that names %s in require.rules accepts it", rule->name);
  return g_strdup ("");
}

static void
say_facts (AssayReasons *reasons, const FactGroup *group)
{
  g_autofree char *fact = assay_words_fact (group->first);
  g_autofree char *note = *group->note != '\0' ? g_strdup_printf (" (%s)", group->note) : g_strdup ("");
  g_autofree char *count = assay_words_number (group->count);
  g_autofree char *reason = excuse (group->first);
  if (group->count == 1)
    assay_reasons_add (reasons, g_strconcat (fact, note, reason, NULL), g_str_has_prefix (fact, "the "));
  else
    assay_reasons_add (reasons,
                       g_strdup_printf ("%s entries differ in %s%s%s; the first: %s", count,
                                        assay_words_fact_noun (group->first->fact), note, reason, fact),
                       FALSE);
}

/* A set-user-ID bit must not drown in a hundred harmless modes: what a change means is part of its kind. */
static void
group_fact (const AssayFactAccount *fact, GPtrArray *groups, GHashTable *by_kind)
{
  g_autofree char *note
      = strcmp (fact->fact, "mode") == 0 ? assay_words_mode_note (fact->shipped, fact->expected) : g_strdup ("");
  g_autofree char *kind
      = g_strdup_printf ("%s/%s/%d%d/%s", fact->fact, fact->rule, fact->shipped == NULL, fact->expected == NULL, note);
  FactGroup *group = g_hash_table_lookup (by_kind, kind);
  if (group == NULL)
    {
      group = g_new0 (FactGroup, 1);
      group->first = fact;
      group->note = g_steal_pointer (&note);
      g_ptr_array_add (groups, group);
      g_hash_table_insert (by_kind, g_steal_pointer (&kind), group);
    }
  group->count++;
}

/* The size of a table, or another thing that is said of it: what its entries are is said of them. */
static gboolean
is_of_table (const AssayFactAccount *fact)
{
  return fact->node != NULL && fact->node->spans == NULL && assay_reasons_keeper (fact->node) != NULL;
}

void
assay_reasons_add_facts (AssayReasons *reasons, AssayClass class_, AssayReasonsPart part)
{
  g_autoptr (GPtrArray) groups = g_ptr_array_new_with_free_func (fact_group_free);
  g_autoptr (GHashTable) by_kind = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < length_of (reasons->account->facts); i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (reasons->account->facts, i);
      if (fact->class_ == class_ && (part == ASSAY_REASONS_ALL || is_of_table (fact) == (part == ASSAY_REASONS_RECORDS))
          && !(class_ == ASSAY_CLASS_UNEXPLAINED && g_hash_table_contains (reasons->added, fact->node)))
        group_fact (fact, groups, by_kind);
    }
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < groups->len; i++)
      {
        const FactGroup *group = g_ptr_array_index (groups, i);
        if ((pass == 0) == (*group->note != '\0'))
          say_facts (reasons, group);
      }
}

static gboolean
is_file (const AssayNode *node)
{
  return node == NULL || node->type == ASSAY_NODE_FILE || node->type == ASSAY_NODE_UNKNOWN;
}

void
assay_reasons_add_added (AssayReasons *reasons)
{
  const AssayNode *first = NULL;
  guint64 count = 0;
  gboolean files = TRUE;
  for (guint i = 0; i < length_of (reasons->account->nodes); i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (reasons->account->nodes, i);
      if (node_account->node == NULL || !g_hash_table_contains (reasons->added, node_account->node))
        continue;
      if (first == NULL)
        first = node_account->node;
      files = files && is_file (node_account->node);
      count++;
    }
  if (count == 0)
    return;
  g_autofree char *what = assay_words_count (count, files ? "file" : "entry", files ? "files" : "entries");
  g_autofree char *place = assay_words_place (first);
  assay_reasons_add (reasons,
                     g_strdup_printf (count == 1
                                          ? "%s in the image comes from no output of the rebuild: %s"
                                          : "%s in the image come from no output of the rebuild; the first is %s",
                                      what, place),
                     FALSE);
}

void
assay_reasons_add_missing (AssayReasons *reasons, const GPtrArray *missing)
{
  guint count = length_of (missing);
  gboolean files = TRUE;
  if (count == 0)
    return;
  for (guint i = 0; i < count; i++)
    files = files && is_file (((const AssayMissing *)g_ptr_array_index (missing, i))->expected);
  const AssayMissing *first = g_ptr_array_index (missing, 0);
  g_autofree char *what = assay_words_count (count, files ? "file" : "entry", files ? "files" : "entries");
  assay_reasons_add (reasons,
                     g_strdup_printf (count == 1
                                          ? "%s that the source builds is missing from the image: %s"
                                          : "%s that the source builds are missing from the image; the first is %s",
                                      what, first->path),
                     FALSE);
}
