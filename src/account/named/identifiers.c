#include "account/named/identifiers.h"

#include "account/beside/beside.h"
#include "account/named/look.h"
#include "unpack/fact.h"
#include "unpack/iso/uuid.h"

#include <string.h>

/** Names that are looked for in one image; no more belong to any that somebody means. */
#define NAMES_MAX 64u

/** Bytes of the longest name, in letters of two bytes. */
#define LONGEST_BYTES 64u

/**
 * A name that is on one side alone.
 * @node: whose name it is, first found; @expected: of the rebuild's
 * @is_shipped: it is the shipped one
 * @is_number: no digit may stand behind it
 */
typedef struct
{
  const AssayNode *node;
  char *expected;
  gboolean is_shipped;
  gboolean is_number;
  gboolean found;
} Name;

typedef struct
{
  AssayWork *work;
  GHashTable *names; /* text to Name */
  gboolean too_many;
  const AssayNode *where; /* what is looked through */
  guint8 *window;
  GError *failure;
} Look;

static void
name_free (gpointer data)
{
  Name *name = data;
  g_free (name->expected);
  g_free (name);
}

static void
add_name (Look *look, const AssayNode *node, const char *text, const char *expected, gboolean is_shipped)
{
  if (g_hash_table_contains (look->names, text))
    return;
  if (g_hash_table_size (look->names) >= NAMES_MAX)
    {
      if (!look->too_many)
        assay_account_leave_open (look->work, node,
                                  "more than 64 names that rules explain would have to be looked for");
      look->too_many = TRUE;
      return;
    }
  Name *name = g_new0 (Name, 1);
  name->node = node;
  name->expected = g_strdup (expected);
  name->is_shipped = is_shipped;
  name->is_number = !g_ascii_isdigit (*text);
  g_hash_table_insert (look->names, g_strdup (text), name);
}

static gboolean
has_text (const GPtrArray *texts, const char *text)
{
  return g_ptr_array_find_with_equal_func ((GPtrArray *)texts, text, g_str_equal, NULL);
}

static void
add_volume (Look *look, const AssayNode *node, const AssayNode *expected)
{
  g_autoptr (GPtrArray) ours = assay_iso_uuids (node->blob);
  g_autoptr (GPtrArray) theirs = assay_iso_uuids (expected->blob);
  const char *wanted = theirs->len == 0 ? NULL : g_ptr_array_index (theirs, 0);
  for (guint i = 0; i < ours->len; i++)
    if (!has_text (theirs, g_ptr_array_index (ours, i)))
      add_name (look, node, g_ptr_array_index (ours, i), wanted, TRUE);
  for (guint i = 0; i < theirs->len; i++)
    if (!has_text (ours, g_ptr_array_index (theirs, i)))
      add_name (look, node, g_ptr_array_index (theirs, i), g_ptr_array_index (theirs, i), FALSE);
}

static void
add_process (Look *look, const AssayNode *node, guint process, guint expected)
{
  g_autofree char *ours = g_strdup_printf (ASSAY_SPARSE_MARK "%u", process);
  g_autofree char *theirs = g_strdup_printf (ASSAY_SPARSE_MARK "%u", expected);
  add_name (look, node, ours, theirs, TRUE);
  add_name (look, node, theirs, theirs, FALSE);
}

static void
add_names (Look *look, const AssayNodeAccount *node_account)
{
  const AssayNode *node = node_account->node;
  const AssayNode *expected = node_account->match->expected;
  if (expected == NULL || node_account->match->equal
      || !(node_account->in_scope || assay_beside_is_held (look->work, node)))
    return;
  if (strcmp (node->format, "iso9660") == 0 && strcmp (expected->format, "iso9660") == 0 && node->blob != NULL
      && expected->blob != NULL)
    add_volume (look, node, expected);
  guint process = assay_account_sparse_process (node);
  guint wanted = process == 0 ? 0 : assay_account_sparse_process (expected);
  if (wanted != 0 && process != wanted)
    add_process (look, node, process, wanted);
}

static gboolean
stands_in (const guint8 *bytes, gsize length, const char *text, gsize text_length, gboolean is_number)
{
  const guint8 *end = bytes + length;
  for (const guint8 *at = bytes; (at = memmem (at, (gsize)(end - at), text, text_length)) != NULL; at++)
    if (!is_number || at + text_length >= end || !g_ascii_isdigit (at[text_length]))
      return TRUE;
  return FALSE;
}

/* As systemd writes it in the name of a unit. */
static gboolean
has_unit_name (const guint8 *bytes, gsize length, const char *text, gboolean is_number)
{
  g_auto (GStrv) parts = g_strsplit (text, "-", -1);
  g_autofree char *escaped = g_strjoinv ("\\x2d", parts);
  gsize letters = strlen (escaped);
  return parts[1] != NULL && letters <= LONGEST_BYTES && stands_in (bytes, length, escaped, letters, is_number);
}

/* In letters of one byte, or of two, as UEFI has them. */
static gboolean
has_name (const guint8 *bytes, gsize length, const char *text, gboolean is_number)
{
  char wide[LONGEST_BYTES] = "";
  gsize letters = MIN (strlen (text), sizeof wide / 2);
  for (gsize i = 0; i < letters; i++)
    wide[2 * i] = text[i];
  return stands_in (bytes, length, text, letters, is_number)
         || stands_in (bytes, length, wide, 2 * letters - 1, is_number)
         || has_unit_name (bytes, length, text, is_number);
}

static void
look_at (const guint8 *bytes, gsize length, gpointer data)
{
  const Look *look = data;
  GHashTableIter iter;
  gpointer text = NULL;
  gpointer value = NULL;
  g_hash_table_iter_init (&iter, look->names);
  while (g_hash_table_iter_next (&iter, &text, &value))
    {
      Name *name = value;
      if (name->found || !has_name (bytes, length, text, name->is_number))
        continue;
      g_autofree char *shipped
          = name->is_shipped ? g_strdup_printf ("%s, as %s names it", (char *)text, look->where->path) : NULL;
      g_autofree char *expected
          = name->is_shipped ? NULL : g_strdup_printf ("%s, as %s names it", (char *)text, look->where->path);
      name->found = TRUE;
      assay_account_add_fact (look->work, name->node, "named-identifier", name->is_shipped ? shipped : "another",
                              name->is_shipped ? name->expected : expected, ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}

/* The names of headers have the numbers that are explained. */
static GArray *
without_header_name (const AssayNode *node)
{
  GArray *facts = g_array_new (FALSE, FALSE, sizeof (AssayFact));
  for (guint i = 0; node->facts != NULL && i < node->facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (node->facts, AssayFact, i);
      if (assay_account_sparse_process (node) == 0 || strcmp (fact->name, "header.name") != 0)
        g_array_append_vals (facts, fact, 1);
    }
  return facts;
}

static gboolean
look_through (AssayNode *node, gpointer data)
{
  Look *look = data;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GArray) facts = without_header_name (node);
  look->where = node;
  assay_look_name (node, LONGEST_BYTES, look_at, look);
  assay_look_facts (facts, look_at, look);
  assay_look_facts (node->own_facts, look_at, look);
  if (node->blob == NULL || strcmp (node->format, "tar") == 0)
    return TRUE;
  if (assay_look_bytes (node, look->window, LONGEST_BYTES, look_at, look, &failure))
    return TRUE;
  if (g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
    {
      g_propagate_error (&look->failure, g_steal_pointer (&failure));
      return FALSE;
    }
  g_autofree char *why = g_strdup_printf ("names that rules explain could not be looked for: %s", failure->message);
  assay_account_leave_open (look->work, node, why);
  return TRUE;
}

gboolean
assay_account_check_named_identifiers (AssayWork *work, GError **error)
{
  const GPtrArray *nodes = work->account->nodes;
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, name_free);
  Look look = { .work = work, .names = names };
  for (guint i = 0; i < nodes->len; i++)
    add_names (&look, g_ptr_array_index (nodes, i));
  if (g_hash_table_size (names) == 0)
    return TRUE;
  ASSAY_TIMED (work->options->timings, ASSAY_STAGE_COMPARING);
  g_autofree guint8 *window = g_malloc (ASSAY_LOOK_WINDOW_BYTES);
  look.window = window;
  assay_node_visit (((const AssayNodeAccount *)g_ptr_array_index (nodes, 0))->node, look_through, &look);
  if (look.failure == NULL)
    return TRUE;
  g_propagate_error (error, look.failure);
  return FALSE;
}
