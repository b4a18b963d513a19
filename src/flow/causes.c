#include "flow/causes.h"

#include "account/extents.h"

#include <assay/error.h>

#include <string.h>

/* Numbers of causes behind those of variations; bits of a set. */
enum
{
  REPEAT = ASSAY_VARIATION_COUNT, /* a plain repeat differs there */
  CAUSES,
};

/* So far from bytes that differ with one variation alone bytes count as its work that happen to be equal then: as a
   digit of a digest that is printed. */
#define NEAR_BYTES 64u

/* A rebuild that only looks for causes takes no more than so many times what the first one took, and a minute. */
#define PATIENCE_TIMES 4u
#define PATIENCE_S 60u

/** What differs between two rebuilds, by node: the key is "OUTPUT PATH", or "OUTPUT PATH FACT". */
typedef struct
{
  GHashTable *bytes; /* GArray of AssayExtent */
  GHashTable *facts;
} Touched;

/** A search for causes. @touched: of each variation and of the plain repeat; NULL: not known */
typedef struct
{
  AssayComponent *component;
  AssayRebuildOptions options;
  GPtrArray *trials;
  Touched *touched[CAUSES];
  GError **error;
} Search;

static void
trial_free (gpointer data)
{
  g_free (((AssayCauseTrial *)data)->failure);
  g_free (data);
}

static Touched *
touched_new (void)
{
  Touched *touched = g_new0 (Touched, 1);
  touched->bytes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  touched->facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return touched;
}

static void
touched_free (Touched *touched)
{
  if (touched == NULL)
    return;
  g_hash_table_unref (touched->bytes);
  g_hash_table_unref (touched->facts);
  g_free (touched);
}

static void
search_clear (Search *search)
{
  for (guint i = 0; i < CAUSES; i++)
    g_clear_pointer (&search->touched[i], touched_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

static char *
key_of (guint output, const char *path, const char *fact)
{
  return fact == NULL ? g_strdup_printf ("%u %s", output, path) : g_strdup_printf ("%u %s %s", output, path, fact);
}

static void
touch (Touched *touched, guint output, const AssayRepeatDifference *difference)
{
  g_autofree char *key = key_of (output, difference->path, difference->fact);
  if (difference->fact != NULL)
    {
      g_hash_table_add (touched->facts, g_steal_pointer (&key));
      return;
    }
  GArray *extents = g_hash_table_lookup (touched->bytes, key);
  if (extents == NULL)
    {
      extents = assay_extents_new ();
      g_hash_table_insert (touched->bytes, g_steal_pointer (&key), extents);
    }
  assay_extents_add (extents, difference->offset, difference->length);
}

/** What one rebuild made of each output, looked into; owned. */
typedef struct
{
  AssayRebuild *rebuild;
  GPtrArray *expectations;
  gboolean clock_stopped;
} Tried;

static void
tried_free (Tried *tried)
{
  if (tried == NULL)
    return;
  g_ptr_array_unref (tried->expectations);
  assay_rebuild_free (tried->rebuild);
  g_free (tried);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Tried, tried_free)

static gboolean
look_into (const Search *search, Tried *tried, GError **error)
{
  AssayUnpackOptions unpack = { .limits = search->options.limits };
  for (guint i = 0; i < search->component->made->len; i++)
    {
      const AssayMade *first = g_ptr_array_index (search->component->made, i);
      g_autoptr (AssayMade) made
          = assay_made_find_again (tried->rebuild, search->component->recipe, first, search->options.limits, error);
      if (made == NULL)
        return FALSE;
      AssayExpectation *expectation = assay_made_expect (made);
      g_ptr_array_add (tried->expectations, expectation);
      if (!assay_expectation_unpack (expectation, &unpack, error))
        return FALSE;
    }
  return TRUE;
}

/* One more rebuild. NULL where it tells nothing; or, with *out_ended, where that ends everything. */
static Tried *
try_one (Search *search, const char *name, const AssayRebuildOptions *options, gboolean *out_ended)
{
  g_autoptr (Tried) tried = g_new0 (Tried, 1);
  g_autoptr (GError) local = NULL;
  AssayCauseTrial *trial = g_new0 (AssayCauseTrial, 1);
  trial->name = name;
  g_ptr_array_add (search->trials, trial);
  tried->expectations = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_expectation_free);
  tried->rebuild = assay_rebuild_run (search->component->recipe, search->component->digests, options, &local);
  if (tried->rebuild != NULL && look_into (search, tried, &local))
    {
      tried->clock_stopped = assay_rebuild_get_varied (tried->rebuild)->clock == ASSAY_CLOCK_STOPPED;
      return g_steal_pointer (&tried);
    }
  *out_ended = g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_CANCELLED)
               || g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_INTERNAL);
  trial->failure = g_strdup (local->message);
  if (*out_ended)
    g_propagate_error (search->error, g_steal_pointer (&local));
  return NULL;
}

/* @first: outputs of a rebuild, AssayExpectation. NULL on error. */
static Touched *
compare (const Search *search, const GPtrArray *first, const GPtrArray *second)
{
  Touched *touched = touched_new ();
  for (guint i = 0; i < first->len; i++)
    {
      const AssayExpectation *ours = g_ptr_array_index (first, i);
      const AssayExpectation *theirs = g_ptr_array_index (second, i);
      g_autoptr (GPtrArray) differences
          = assay_repeat_compare (ours->root, theirs->root, search->options.limits, search->error);
      for (guint j = 0; differences != NULL && j < differences->len; j++)
        touch (touched, i, g_ptr_array_index (differences, j));
      if (differences == NULL)
        {
          touched_free (touched);
          return NULL;
        }
    }
  GHashTableIter iterator;
  gpointer extents;
  g_hash_table_iter_init (&iterator, touched->bytes);
  while (g_hash_table_iter_next (&iterator, NULL, &extents))
    assay_extents_settle (extents);
  return touched;
}

/* Whether bytes or a fact are among what differs; bytes also where such are near. */
static gboolean
holds (const Touched *touched, guint output, const char *path, const char *fact, const AssayExtent *at, guint64 near)
{
  g_autofree char *key = key_of (output, path, fact);
  if (touched == NULL)
    return FALSE;
  if (fact != NULL)
    return g_hash_table_contains (touched->facts, key);
  const GArray *extents = g_hash_table_lookup (touched->bytes, key);
  for (guint i = 0; extents != NULL && i < extents->len; i++)
    {
      const AssayExtent *extent = &g_array_index (extents, AssayExtent, i);
      guint64 begin = extent->start - MIN (extent->start, near);
      if (begin < at->end && at->start < extent->end + MIN (near, G_MAXUINT64 - extent->end))
        return TRUE;
    }
  return FALSE;
}

/* What differs by itself may be equal by chance in the one repeat, and then differs with most variations: bytes beside
   it that differ in the repeat tell it from what has several causes. */
static guint
causes_at (const Search *search, guint output, const AssayUnlike *unlike, const AssayExtent *at, guint64 near)
{
  guint causes = 0;
  for (guint i = 0; i < CAUSES; i++)
    if (holds (search->touched[i], output, unlike->path, unlike->fact, at, near))
      causes |= 1u << i;
  if ((causes & (causes - 1)) != 0
      && holds (search->touched[REPEAT], output, unlike->path, unlike->fact, at, NEAR_BYTES))
    causes |= 1u << REPEAT;
  return causes;
}

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  guint64 first = *(const guint64 *)a;
  guint64 second = *(const guint64 *)b;
  return first < second ? -1 : first > second;
}

/* Where within a range one set of causes may end and another begin; ascending, its own ends among them. */
static GArray *
find_cuts (const Search *search, guint output, const AssayUnlike *unlike)
{
  GArray *cuts = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autofree char *key = key_of (output, unlike->path, NULL);
  const guint64 end = unlike->offset + unlike->length;
  g_array_append_val (cuts, unlike->offset);
  g_array_append_val (cuts, end);
  for (guint i = 0; i < CAUSES; i++)
    {
      const GArray *extents = search->touched[i] == NULL ? NULL : g_hash_table_lookup (search->touched[i]->bytes, key);
      for (guint j = 0; extents != NULL && j < extents->len; j++)
        {
          const AssayExtent *extent = &g_array_index (extents, AssayExtent, j);
          if (extent->start > unlike->offset && extent->start < end)
            g_array_append_val (cuts, extent->start);
          if (extent->end > unlike->offset && extent->end < end)
            g_array_append_val (cuts, extent->end);
        }
    }
  g_array_sort (cuts, compare_numbers);
  return cuts;
}

/** A part of what differs, with the bits of its causes. */
typedef struct
{
  AssayUnlike *unlike;
  guint output;
  guint causes;
} Part;

static void
add_part (GArray *parts, AssayUnlike *unlike, guint output, guint causes)
{
  const Part part = { unlike, output, causes };
  g_array_append_val (parts, part);
}

static void
split (const Search *search, guint output, const AssayUnlike *unlike, GArray *parts)
{
  g_autoptr (GArray) cuts = find_cuts (search, output, unlike);
  guint64 begun = unlike->offset;
  guint known = 0;
  if (unlike->fact != NULL)
    {
      const AssayExtent nowhere = { 0, 0 };
      add_part (parts, assay_unlike_part (unlike, unlike->offset, unlike->offset), output,
                causes_at (search, output, unlike, &nowhere, 0));
      return;
    }
  for (guint i = 0; i + 1 < cuts->len; i++)
    {
      const AssayExtent at = { g_array_index (cuts, guint64, i), g_array_index (cuts, guint64, i + 1) };
      if (at.start == at.end)
        continue;
      guint causes = causes_at (search, output, unlike, &at, 0);
      if (causes == 0)
        causes = causes_at (search, output, unlike, &at, NEAR_BYTES);
      if (at.start > unlike->offset && causes != known)
        {
          add_part (parts, assay_unlike_part (unlike, begun, at.start), output, known);
          begun = at.start;
        }
      known = causes;
    }
  add_part (parts, assay_unlike_part (unlike, begun, unlike->offset + unlike->length), output, known);
}

/* Rebuilds with a variation at a time, and with none. */
static gboolean
try_variations (Search *search)
{
  const AssayVaried *varied = assay_rebuild_get_varied (search->component->second);
  for (guint i = 0; i < CAUSES; i++)
    {
      AssayRebuildOptions options = search->options;
      gboolean ended = FALSE;
      if (i != REPEAT && !assay_varied_is (varied, (AssayVariation)i))
        continue;
      options.variations = i == REPEAT ? 0 : ASSAY_VARIATION_BIT (i);
      g_autoptr (Tried) tried
          = try_one (search, i == REPEAT ? "repeat" : assay_variation_name ((AssayVariation)i), &options, &ended);
      if (ended)
        return FALSE;
      if (tried == NULL)
        continue;
      search->touched[i] = compare (search, search->component->expectations, tried->expectations);
      if (search->touched[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* In what two rebuilds are kept alike, which differ by themselves. */
static const struct
{
  const char *name;
  const char *cause;
  guint variations;
  AssayClock clock;
  guint jobs;
} pairs[] = {
  { "clock stopped", "time", 0, ASSAY_CLOCK_STOPPED, 0 },
  { "addresses fixed", "address-space", ASSAY_VARIATION_BIT (ASSAY_VARIATION_ADDRESS_SPACE), ASSAY_CLOCK_PLAIN, 0 },
  { "one job", "parallelism", 0, ASSAY_CLOCK_PLAIN, 1 },
};

/* What still differs between two rebuilds of one pair; *out NULL where they tell nothing. FALSE: that ends all. */
static gboolean
try_pair (Search *search, gsize index, Touched **out)
{
  AssayRebuildOptions options = search->options;
  gboolean ended = FALSE;
  *out = NULL;
  options.variations = pairs[index].variations;
  options.clock = pairs[index].clock;
  options.jobs = pairs[index].jobs == 0 ? options.jobs : pairs[index].jobs;
  g_autoptr (Tried) one = try_one (search, pairs[index].name, &options, &ended);
  if (one == NULL)
    return !ended;
  if (options.clock == ASSAY_CLOCK_STOPPED && !one->clock_stopped)
    return TRUE;
  if (!assay_flow_wait_for_clock (search->error))
    return FALSE;
  g_autoptr (Tried) other = try_one (search, pairs[index].name, &options, &ended);
  if (other == NULL)
    return !ended;
  *out = compare (search, one->expectations, other->expectations);
  return *out != NULL;
}

static gboolean
is_open (const Part *part)
{
  return (part->causes & (1u << REPEAT)) != 0 && part->unlike->causes->len == 0;
}

static gboolean
any_open (const GArray *parts)
{
  for (guint i = 0; i < parts->len; i++)
    if (is_open (&g_array_index (parts, Part, i)))
      return TRUE;
  return FALSE;
}

/* What differs in a plain repeat: by what it does not differ any more. */
static gboolean
name_repeats (Search *search, const GArray *parts)
{
  gboolean clock_known = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (pairs) && any_open (parts); i++)
    {
      Touched *left = NULL;
      if (!try_pair (search, i, &left))
        return FALSE;
      clock_known = clock_known || (left != NULL && pairs[i].clock == ASSAY_CLOCK_STOPPED);
      for (guint j = 0; left != NULL && j < parts->len; j++)
        {
          const Part *part = &g_array_index (parts, Part, j);
          const AssayExtent at = { part->unlike->offset, part->unlike->offset + part->unlike->length };
          if (is_open (part) && !holds (left, part->output, part->unlike->path, part->unlike->fact, &at, NEAR_BYTES))
            g_ptr_array_add (part->unlike->causes, (gpointer)pairs[i].cause);
        }
      touched_free (left);
    }
  for (guint i = 0; i < parts->len; i++)
    {
      const Part *part = &g_array_index (parts, Part, i);
      if (is_open (part))
        g_ptr_array_add (part->unlike->causes, (gpointer)(clock_known ? "randomness" : "time-or-randomness"));
    }
  return TRUE;
}

static void
name_variations (const GArray *parts)
{
  for (guint i = 0; i < parts->len; i++)
    {
      const Part *part = &g_array_index (parts, Part, i);
      for (guint j = 0; part->unlike->causes->len == 0 && j < ASSAY_VARIATION_COUNT; j++)
        if ((part->causes & (1u << REPEAT)) == 0 && (part->causes >> j) != 0)
          {
            for (; j < ASSAY_VARIATION_COUNT; j++)
              if ((part->causes & (1u << j)) != 0)
                g_ptr_array_add (part->unlike->causes, (gpointer)assay_variation_name ((AssayVariation)j));
          }
      if (part->causes == 0)
        g_ptr_array_add (part->unlike->causes, (gpointer) "unknown");
    }
}

gboolean
assay_causes_find (AssayComponent *component, const AssayRebuildOptions *first, GPtrArray **unlike,
                   GPtrArray **out_trials, GError **error)
{
  g_autoptr (GPtrArray) trials = g_ptr_array_new_with_free_func (trial_free);
  g_auto (Search) search = { .component = component, .options = *first, .trials = trials, .error = error };
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (Part));
  AssayRecipeLimits allowed = *first->allowed;
  allowed.time_s = MIN (allowed.time_s, component->took_s * PATIENCE_TIMES + PATIENCE_S);
  search.options.allowed = &allowed;
  if ((*unlike)->len > 0 && !try_variations (&search))
    return FALSE;
  for (guint i = 0; i < (*unlike)->len; i++)
    {
      const AssayUnlike *one = g_ptr_array_index (*unlike, i);
      guint output = 0;
      g_ptr_array_find (component->made, one->made, &output);
      split (&search, output, one, parts);
    }
  g_ptr_array_set_size (*unlike, 0);
  for (guint i = 0; i < parts->len; i++)
    g_ptr_array_add (*unlike, g_array_index (parts, Part, i).unlike);
  if (!name_repeats (&search, parts))
    return FALSE;
  name_variations (parts);
  *out_trials = g_steal_pointer (&trials);
  return TRUE;
}
