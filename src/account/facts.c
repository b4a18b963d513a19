#include "account/entry_facts.h"
#include "account/waive.h"

#include "unpack/fact.h"
#include "util/text.h"

#include <string.h>

/* Facts that say how a stream was compressed; they go with `recompressed`. */
static const char *const compression_facts[] = { "method", "extra-flags" };

/* Facts of a stream's own header that another codec has no place for. */
static const char *const codec_facts[] = { "mtime", "extra-flags", "os" };

static gboolean
is_one_of (const char *name, const char *const *names, gsize count)
{
  for (gsize i = 0; i < count; i++)
    if (strcmp (name, names[i]) == 0)
      return TRUE;
  return FALSE;
}

/** An entry has a dozen facts; a device tree has one for each property, and is looked up by an index. */
#define FACTS_WITHOUT_INDEX 32u

/** A list of facts in which names are looked up. */
typedef struct
{
  const GArray *facts; /* NULL: none */
  GHashTable *index;   /* name to value, of a long list */
} FactIndex;

static void
fact_index_clear (FactIndex *index)
{
  g_clear_pointer (&index->index, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FactIndex, fact_index_clear)

static void
index_facts (FactIndex *index, const GArray *facts)
{
  index->facts = facts;
  if (facts == NULL || facts->len <= FACTS_WITHOUT_INDEX)
    return;
  index->index = g_hash_table_new (g_str_hash, g_str_equal);
  /* the first of one name counts */
  for (guint i = facts->len; i-- > 0;)
    {
      const AssayFact *fact = &g_array_index (facts, AssayFact, i);
      g_hash_table_insert (index->index, (gpointer)fact->name, fact->value);
    }
}

static const char *
find_fact (const FactIndex *index, const char *name)
{
  if (index->index != NULL)
    return g_hash_table_lookup (index->index, name);
  return index->facts == NULL ? NULL : assay_facts_get (index->facts, name);
}

void
assay_account_add_fact (AssayWork *work, const AssayNode *node, const char *fact, const char *shipped,
                        const char *expected, AssayClass class_, const char *rule)
{
  const AssayGrant *grant = assay_waive_fact (work, node, fact, shipped, expected, class_);
  if (grant != NULL)
    {
      class_ = ASSAY_CLASS_WAIVED;
      rule = "waiver";
    }
  work->account->fact_totals[class_]++;
  if (class_ == ASSAY_CLASS_IDENTICAL)
    return;
  if (class_ != ASSAY_CLASS_EXPLAINED && class_ != ASSAY_CLASS_WAIVED)
    g_hash_table_add (work->unaccepted, (gpointer)node);
  AssayFactAccount *noted = g_new0 (AssayFactAccount, 1);
  noted->node = node;
  noted->fact = fact;
  noted->shipped = g_strdup (shipped);
  noted->expected = g_strdup (expected);
  noted->class_ = class_;
  noted->rule = rule;
  noted->grant = grant;
  g_ptr_array_add (work->account->facts, noted);
}

/* What one container's header spans say of each child, and in the last place of the container itself. */
enum
{
  HEADER_NONE = 0,
  HEADER_REWRITTEN,
  HEADER_OPEN,
};

/* Spans that say one fact alone speak of that fact only: here of times. */
static GByteArray *
note_headers (AssayWork *work, const AssayNode *container)
{
  guint children = container->children == NULL ? 0 : container->children->len;
  GByteArray *headers = g_byte_array_sized_new (children + 1);
  g_byte_array_set_size (headers, children + 1);
  memset (headers->data, HEADER_NONE, children + 1);
  g_hash_table_insert (work->headers, (gpointer)container, headers);
  gboolean own_time = FALSE;
  for (guint i = 0; container->spans != NULL && i < container->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (container->spans, AssaySpan, i);
      guint8 *state = &headers->data[MIN (span->child, children)];
      gboolean own = span->child == ASSAY_SPAN_NO_CHILD;
      if (span->kind != ASSAY_SPAN_HEADER || (span->fact != NULL && !assay_fact_is_time (span->fact)))
        continue;
      if (span->fact != NULL && own)
        own_time = TRUE;
      if (span->fact == NULL && own && own_time)
        continue;
      if (!span->rewritable)
        *state = HEADER_OPEN;
      else if (*state == HEADER_NONE || (span->fact != NULL && own))
        *state = HEADER_REWRITTEN;
    }
  return headers;
}

/* Whether the reader wrote the header that carries a child's facts again, so that a time in it was derived. */
static gboolean
header_is_rewritten (AssayWork *work, const AssayNode *container, guint32 child)
{
  if (container == NULL || container->spans == NULL || assay_account_is_fixed (work, container))
    return FALSE;
  if (container->times_are_fields && child != ASSAY_SPAN_NO_CHILD)
    return TRUE;
  const GByteArray *headers = g_hash_table_lookup (work->headers, container);
  if (headers == NULL)
    headers = note_headers (work, container);
  return headers->data[MIN (child, headers->len - 1)] == HEADER_REWRITTEN;
}

/* Seconds, with nanoseconds at most: what is longer is no time, but something that hides in its place. */
static gboolean
says_time (const char *value)
{
  const char *digits = value + (value[0] == '-');
  gsize whole = strspn (digits, "0123456789");
  gsize fraction = digits[whole] == '.' ? strspn (digits + whole + 1, "0123456789") : 0;
  const char *end = digits + whole + (digits[whole] == '.') + fraction;
  /* No build is of such a time, and readers with 32 bits for it refuse the archive. */
  return whole > 0 && whole <= 18 && fraction <= 9 && *end == '\0' && g_ascii_strtoull (digits, NULL, 10) < G_MAXUINT32;
}

/** One list of facts against another. */
typedef struct
{
  const AssayNode *node;
  const GArray *shipped;
  const GArray *expected; /* NULL: nobody supplies any */
  GHashTable *supplied;   /* by entries of a pinned recipe, or NULL */
  gboolean times_rewritten;
  gboolean recompressed;
  gboolean other_codec;  /* both are streams, of two codecs */
  gboolean detached;     /* a signature that the policy speaks of, and that is valid: the rebuild has none */
  gboolean content_only; /* what the entry says for itself is not judged here (entry_facts.h) */
} FactLists;

/* Entries give a mode without the bits of the type, which the node's own type says. */
static gboolean
supplied_equals (const char *name, const char *shipped, const char *supplied)
{
  if (strcmp (name, "mode") == 0)
    return (g_ascii_strtoull (shipped, NULL, 8) & 07777) == (g_ascii_strtoull (supplied, NULL, 8) & 07777);
  return strcmp (shipped, supplied) == 0;
}

static gboolean
goes_with_codec (const FactLists *lists, const char *name)
{
  return lists->other_codec && is_one_of (name, codec_facts, G_N_ELEMENTS (codec_facts));
}

static void
judge_fact (AssayWork *work, const FactLists *lists, const FactIndex *others, const AssayFact *fact)
{
  const char *supplied = lists->supplied == NULL ? NULL : g_hash_table_lookup (lists->supplied, fact->name);
  const char *expected = supplied != NULL ? supplied : find_fact (others, fact->name);
  if (lists->content_only && supplied == NULL && assay_fact_is_of_entry (lists->node, fact))
    return;
  AssayClass class_ = assay_work_class_of_none (work, assay_pairing_get (work->pairing, lists->node));
  const char *rule = expected == NULL ? "no-counterpart" : "differs";
  if (supplied != NULL ? supplied_equals (fact->name, fact->value, supplied)
                       : expected != NULL && strcmp (fact->value, expected) == 0)
    class_ = ASSAY_CLASS_IDENTICAL;
  else if (lists->times_rewritten && (expected != NULL || lists->detached) && assay_fact_is_time (fact->name)
           && says_time (fact->value) && assay_account_package_time (work, lists->node, fact))
    {
      class_ = ASSAY_CLASS_EXPLAINED;
      rule = "container-time";
      if (strcmp (fact->name, "mtime") == 0 || strcmp (fact->name, "header.mtime") == 0
          || strcmp (fact->name, "record.mtime") == 0)
        assay_account_bytecode (work, lists->node, fact->value, expected);
    }
  else if (work->options->slots != NULL
           && (assay_account_detached_number (work, lists->node, fact, expected)
               || assay_account_signed_room (work, lists->node, fact)))
    {
      class_ = ASSAY_CLASS_EXPLAINED;
      rule = "signature";
    }
  else if (expected == NULL
               ? goes_with_codec (lists, fact->name)
               : lists->recompressed && is_one_of (fact->name, compression_facts, G_N_ELEMENTS (compression_facts)))
    {
      class_ = ASSAY_CLASS_EXPLAINED;
      rule = "recompressed";
    }
  assay_account_add_fact (work, lists->node, fact->name, fact->value, expected, class_, rule);
}

static void
judge_lists (AssayWork *work, const FactLists *lists)
{
  g_auto (FactIndex) shipped = { NULL };
  g_auto (FactIndex) expected = { NULL };
  index_facts (&shipped, lists->shipped);
  index_facts (&expected, lists->expected);
  for (guint i = 0; lists->shipped != NULL && i < lists->shipped->len; i++)
    judge_fact (work, lists, &expected, &g_array_index (lists->shipped, AssayFact, i));
  for (guint i = 0; lists->expected != NULL && i < lists->expected->len; i++)
    {
      const AssayFact *fact = &g_array_index (lists->expected, AssayFact, i);
      if (find_fact (&shipped, fact->name) == NULL)
        {
          gboolean by_codec = goes_with_codec (lists, fact->name);
          gboolean by_signature = work->options->slots != NULL && assay_account_signed_room (work, lists->node, fact);
          assay_account_add_fact (work, lists->node, fact->name, NULL, fact->value,
                                  by_codec || by_signature ? ASSAY_CLASS_EXPLAINED : ASSAY_CLASS_UNEXPLAINED,
                                  by_codec       ? "recompressed"
                                  : by_signature ? "signature"
                                                 : "no-counterpart");
        }
    }
}

static void
count_equal (AssayWork *work, const GArray *facts)
{
  if (facts != NULL)
    work->account->fact_totals[ASSAY_CLASS_IDENTICAL] += facts->len;
}

/* A name that ends in `#n` stands for a second entry of one path: unpack escapes it in names that only look so. */
static gboolean
is_duplicate (const AssayNode *node)
{
  const char *name = assay_node_local_name (node);
  const char *mark = strrchr (name, '#');
  if (mark == NULL || mark == name || mark[1] == '\0' || mark[-1] == '/')
    return FALSE;
  return strspn (mark + 1, "0123456789") == strlen (mark + 1);
}

GHashTable *
assay_account_supply (const AssayWork *work, const AssayNode *node)
{
  const GPtrArray *entries = work->options->entries;
  GHashTable *found = NULL;
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const AssayFactSupply *supply = g_ptr_array_index (entries, i);
      if (strcmp (supply->at, node->path) == 0)
        return supply->facts;
      if (assay_text_glob_matches (supply->at, node->path))
        found = supply->facts;
    }
  return found;
}

/* The expected entry's own facts, where it is an entry and not a file given alone (T5). */
static const AssayNode *
expected_entry (const AssayMatch *match)
{
  return match->expected != NULL && match->expected->parent != NULL ? match->expected : NULL;
}

static void
judge_type (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  const char *shipped = assay_node_type_name (node->type);
  const char *wanted = assay_node_type_name (expected->type);
  gboolean equal = node->type == expected->type;
  assay_account_add_fact (work, node, "type", shipped, wanted, equal ? ASSAY_CLASS_IDENTICAL : ASSAY_CLASS_UNEXPLAINED,
                          "differs");
}

static void
judge_clashes (AssayWork *work, const AssayNode *node)
{
  const char *name = assay_node_local_name (node);
  if (is_duplicate (node))
    assay_account_add_fact (work, node, "duplicate-name", name, NULL, ASSAY_CLASS_UNEXPLAINED, "duplicate-name");
  if (assay_account_collides (work, node))
    assay_account_add_fact (work, node, "case-collision", name, NULL, ASSAY_CLASS_UNEXPLAINED, "case-collision");
}

static void
judge_name (AssayWork *work, const AssayNode *node, const AssayMatch *match, gboolean detached)
{
  const char *name = assay_node_local_name (node);
  if (detached)
    assay_account_add_fact (work, node, "name", name, NULL, ASSAY_CLASS_EXPLAINED, "signature");
  else if (match->kind == ASSAY_MATCH_NONE)
    assay_account_add_fact (work, node, "name", name, NULL, assay_work_class_of_none (work, match), "added");
  else if (match->kind == ASSAY_MATCH_RECOMPRESSED)
    assay_account_add_fact (work, node, "name", name, assay_node_local_name (match->expected), ASSAY_CLASS_EXPLAINED,
                            "recompressed");
  else
    work->account->fact_totals[ASSAY_CLASS_IDENTICAL]++;
}

/* Whether somewhere in @container the bytes that this child is decoded from may differ from the expected ones. */
static gboolean
is_encoded_child (AssayWork *work, const AssayNode *node)
{
  return node->decoded && node->parent != NULL && node->parent->spans != NULL
         && !assay_account_is_fixed (work, node->parent);
}

static gboolean
tree_without_owners (const AssayMatch *match)
{
  return match->expectation != NULL && match->expectation->is_tree && !match->expectation->supplies_owners
         && match->expected != NULL && match->expected->parent == match->expectation->root;
}

/* A rebuilt tree lies on disk with the owners of whoever built it: these are not what the source says. */
static const char *const owners[] = { "uid", "gid", NULL };

/* The list by which a text image is written again speaks of all its bytes, also of those beside the scope; and what a
 * stream was called before nobody asks who unpacks it. */
static const char *const of_no_scope[] = { "records", "name", NULL };

/* The facts but for some; their texts stay those of @facts. */
static GArray *
facts_without (const GArray *facts, const char *const *left_out)
{
  GArray *kept = g_array_new (FALSE, FALSE, sizeof (AssayFact));
  for (guint i = 0; i < facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (facts, AssayFact, i);
      if (!g_strv_contains (left_out, fact->name))
        g_array_append_val (kept, *fact);
    }
  return kept;
}

/* T4: what could not be read of an entry, on either side, might be anything. */
static void
judge_unread (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  const char *reason = node->unread_facts;
  if (reason == NULL && expected != NULL)
    reason = expected->unread_facts;
  if (reason == NULL)
    return;
  assay_account_add_fact (work, node, "xattr", NULL, NULL, ASSAY_CLASS_UNDECIDED, "unread");
  g_ptr_array_add (work->account->undecided, g_strdup_printf ("%s: %s", node->path, reason));
}

static void
judge_entry (AssayWork *work, const AssayNode *node, const AssayMatch *match, gboolean content_only)
{
  const AssayNode *expected = expected_entry (match);
  const char *detail = NULL;
  gboolean detached = assay_account_detached (work, node, &detail) == ASSAY_DETACHED_VALID;
  g_autoptr (GArray) kept
      = expected != NULL && tree_without_owners (match) ? facts_without (expected->facts, owners) : NULL;
  FactLists lists = { .node = node,
                      .shipped = node->facts,
                      .expected = kept != NULL       ? kept
                                  : expected != NULL ? expected->facts
                                                     : NULL,
                      .supplied = assay_account_supply (work, node),
                      .times_rewritten = header_is_rewritten (work, node->parent, node->index),
                      .recompressed = is_encoded_child (work, node),
                      .detached = detached,
                      .content_only = content_only };
  gboolean named = !(node->decoded && node->parent->stream != NULL);
  if (named)
    judge_clashes (work, node);
  if (named && !content_only)
    judge_name (work, node, match, detached);
  if (expected != NULL)
    judge_type (work, node, expected);
  judge_unread (work, node, expected);
  judge_lists (work, &lists);
  if (!content_only)
    assay_account_bytecode_of_directory (work, node, expected);
}

/* The image's own directory: judged against another that the user gave. The one that a rebuild left is the builder's
 * working directory, of which nobody said what it should be, unless the recipe's entries do. */
static void
judge_root (AssayWork *work, const AssayNode *node, const AssayMatch *match)
{
  gboolean given = match->expected != NULL && match->expectation->is_tree && match->expectation->supplies_owners;
  FactLists lists = { .node = node,
                      .shipped = node->facts,
                      .expected = given ? match->expected->facts : NULL,
                      .supplied = assay_account_supply (work, node) };
  if (given)
    {
      judge_unread (work, node, match->expected);
      judge_lists (work, &lists);
      return;
    }
  FactIndex none = { NULL };
  for (guint i = 0; lists.supplied != NULL && i < node->facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (node->facts, AssayFact, i);
      if (g_hash_table_contains (lists.supplied, fact->name))
        judge_fact (work, &lists, &none, fact);
    }
}

static void
judge_own_lists (AssayWork *work, const AssayNode *node, const GArray *shipped, const GArray *wanted)
{
  const AssayMatch *match = assay_pairing_get (work->pairing, node);
  const AssayNode *expected = match->expected;
  gboolean containers = expected != NULL && node->spans != NULL && expected->spans != NULL && !match->wrapped;
  /* The same entries in another kind of container are read by another program; streams say so by `recompressed`. */
  if (containers && strcmp (node->format, expected->format) != 0 && (node->stream == NULL || expected->stream == NULL))
    assay_account_add_fact (work, node, "format", node->format, expected->format, ASSAY_CLASS_UNEXPLAINED, "differs");
  gboolean free_form = node->stream != NULL && !assay_account_is_fixed (work, node);
  FactLists lists = { .node = node,
                      .shipped = shipped,
                      .expected = wanted,
                      .times_rewritten = header_is_rewritten (work, node, ASSAY_SPAN_NO_CHILD),
                      .recompressed = free_form,
                      .other_codec = containers && free_form && expected->stream != NULL
                                     && strcmp (node->stream, expected->stream) != 0 };
  judge_lists (work, &lists);
}

static void
judge_own (AssayWork *work, const AssayNode *node, const AssayMatch *match)
{
  judge_own_lists (work, node, node->own_facts,
                   match->expected == NULL || match->wrapped ? NULL : match->expected->own_facts);
}

void
assay_account_facts_around (AssayWork *work, const AssayNode *node)
{
  const AssayNode *expected = assay_pairing_get (work->pairing, node)->expected;
  g_autoptr (GArray) shipped = facts_without (node->own_facts, of_no_scope);
  g_autoptr (GArray) wanted = facts_without (expected->own_facts, of_no_scope);
  judge_own_lists (work, node, shipped, wanted);
}

void
assay_account_facts (AssayWork *work, const AssayNode *node, gboolean in_scope, gboolean parent_in_scope)
{
  const AssayMatch *match = assay_pairing_get (work->pairing, node);
  /* Facts belong to the container: equal bytes of a file alone say nothing of the entry that holds it. */
  gboolean entry_equal = match->equal && node->parent != NULL && assay_pairing_get (work->pairing, node->parent)->equal;
  gboolean supplied = entry_equal || expected_entry (match) != NULL || match->kind == ASSAY_MATCH_NONE;
  /* What is wrapped has no entry of its own: the wrapper's was judged. */
  gboolean wrapped = node->parent != NULL && assay_pairing_get (work->pairing, node->parent)->wrapped;
  gboolean judged = node->parent != NULL && !wrapped && (parent_in_scope || in_scope);
  if (judged && entry_equal)
    {
      count_equal (work, node->facts);
      work->account->fact_totals[ASSAY_CLASS_IDENTICAL]++;
    }
  else if (judged)
    judge_entry (work, node, match, !parent_in_scope && !supplied);
  if (in_scope && node->parent == NULL && node->type == ASSAY_NODE_DIRECTORY)
    judge_root (work, node, match);
  /* An output stands for content: a link or directory in its place has none to compare. */
  if (in_scope && match->expected != NULL && match->expected->parent == NULL && match->expected->blob != NULL
      && node->blob == NULL)
    judge_type (work, node, match->expected);
  if (in_scope && match->equal)
    count_equal (work, node->own_facts);
  else if (in_scope)
    judge_own (work, node, match);
}

gboolean
assay_facts_accepted (AssayWork *work, const AssayNode *node)
{
  const char *detail = NULL;
  return !g_hash_table_contains (work->unaccepted, node)
         && (assay_pairing_get (work->pairing, node)->kind != ASSAY_MATCH_NONE
             || assay_account_detached (work, node, &detail) == ASSAY_DETACHED_VALID);
}

gboolean
assay_own_facts_accepted (const AssayWork *work, const AssayNode *node)
{
  return !g_hash_table_contains (work->unaccepted, node);
}
