#include "account/named/digests.h"

#include "account/named/copies.h"
#include "account/named/digest_pair.h"
#include "account/named/look.h"
#include "account/named/needles.h"
#include "account/named/sums.h"
#include "unpack/fact.h"
#include "util/cancel.h"

#include <string.h>

/*
 * T6: a checksum is held against what it is of. An image names the digests of its files in many ways: in texts beside
 * them (`sw-description` of SWUpdate, `diff_ids` of OCI's image specification, lists for sha256sum(1)), in the names of
 * a store that is addressed by content, in attributes, in tables of a program. Where such a digest is that of the
 * rebuild's file, and the file is not, who checks it refuses the file, or goes on with another: however harmless the
 * difference, it is felt. And where it is that of the shipped file, and the rebuild names the same at that place, the
 * rebuild is what is refused: what nobody who tries it has seen runs in the image. So each digest of each file that
 * differs is looked for, and not for what might name one.
 */

/** Files whose digests are looked for in one go, which is about 120 MB of tables. */
#define FILES_TOGETHER 4096u

#define WINDOW_BYTES ASSAY_LOOK_WINDOW_BYTES

/** What is found beside kinds of digests. */
enum
{
  A_SUM = ASSAY_DIGEST_KINDS,
  A_BUILD_ID,
};

/** Where the owners of sums begin among all: two for each target, of which the second is of what is shipped. */
#define SUMS (1u << 31)

/** A file that is not the rebuild's. */
typedef struct
{
  const AssayNodeAccount *node_account;
  gboolean named;
} Target;

/** Targets of which the same bytes are shipped, or were expected, which is the owner of what is looked for. */
typedef struct
{
  GArray *targets; /* guint */
  gboolean is_shipped;
} Alike;

static void
alike_free (Alike *alike)
{
  g_array_unref (alike->targets);
  g_free (alike);
}

/** A look through an image. */
typedef struct
{
  AssayWork *work;
  GPtrArray *differing; /* (element-type AssayNodeAccount): of all targets */
  GArray *targets;      /* Target */
  GPtrArray *alike;     /* Alike */
  GHashTable *known;    /* all digests, in a row, to their number in @alike */
  AssayNeedles *needles;
  AssayNamedSums *sums;
  guint8 *window;
  const AssayNode *where;  /* the node that is looked through */
  const AssayNode *around; /* what these bytes of it stand in: an entry says its name, and stands in the container */
  gboolean in_name;        /* these are its name */
  GHashTable *also;        /* owners that what was expected of @where has too; NULL: it was not looked through */
  GError *failure;
} Look;

static void
look_clear (Look *look)
{
  g_clear_pointer (&look->targets, g_array_unref);
  g_clear_pointer (&look->alike, g_ptr_array_unref);
  g_clear_pointer (&look->known, g_hash_table_unref);
  g_clear_pointer (&look->needles, assay_needles_free);
  g_clear_pointer (&look->sums, assay_named_sums_free);
  g_clear_pointer (&look->window, g_free);
  g_clear_pointer (&look->also, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Look, look_clear)

/* Whether its bytes may be others than those of the rebuild. Of a leaf that was held against these byte by byte, each
 * at its own place, both digests are known; the parts of an ELF file are held against what may lie elsewhere. The image
 * itself has nothing beside it that could name it. */
static gboolean
may_differ (const AssayNodeAccount *node_account)
{
  const AssayNode *node = node_account->node;
  const AssayMatch *match = node_account->match;
  if (!node_account->in_scope || match->equal || match->expected == NULL || match->expected->blob == NULL
      || node->blob == NULL || node->blob == match->expected->blob || node->parent == NULL)
    return FALSE;
  return node->spans != NULL || node_account->placed || assay_work_is_program (node) || !node_account->has_digest
         || !node_account->has_expected_digest || node->size != match->expected->size
         || !assay_digest_equal (&node_account->digest, &node_account->expected_digest);
}

/* Whether all has been judged well so far, and something may not be the rebuild's all the same. */
static gboolean
is_in_doubt (const AssayAccount *account)
{
  gboolean differs = FALSE;
  for (guint i = 0; i < account->facts->len; i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      if (fact->class_ == ASSAY_CLASS_UNEXPLAINED || fact->class_ == ASSAY_CLASS_UNDECIDED)
        return FALSE;
    }
  for (guint i = 0; i < account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      if (node_account->totals[ASSAY_CLASS_UNEXPLAINED] > 0 || node_account->totals[ASSAY_CLASS_UNDECIDED] > 0)
        return FALSE;
      differs = differs || may_differ (node_account);
    }
  return differs;
}

/* That a node could not be looked through, or digested, is no end of all. */
static gboolean
leave_open (Look *look, const AssayNode *node, GError *failure, GError **error)
{
  g_autofree char *why = NULL;
  if (g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  why = g_strdup_printf ("digests that name other files could not be looked for: %s", failure->message);
  assay_account_leave_open (look->work, node, why);
  g_error_free (failure);
  return TRUE;
}

static char *
to_hexadecimal (const guint8 *bytes, gsize length)
{
  GString *text = g_string_sized_new (2 * length);
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

/* Nobody knows a file by a digest that stands in the file: there it is of a part of it, as in a signature. */
static gboolean
lies_in (const AssayNode *node, const AssayNode *around)
{
  while (node != NULL && node != around)
    node = node->parent;
  return node != NULL;
}

/* @bytes: shipped ones, or those of the rebuild; @named: the image names this. @said: (nullable) of a sum */
static char *
describe (const Look *look, AssayDigests *bytes, guint kind, gboolean named, const char *said)
{
  const char *name = kind < ASSAY_DIGEST_KINDS ? assay_digest_kind_name (kind) : kind == A_SUM ? "CRC" : "build-id";
  guint8 digest[ASSAY_DIGEST_LONGEST];
  g_autofree char *digits
      = bytes->digester == NULL ? NULL : to_hexadecimal (digest, assay_digester_finish (bytes->digester, kind, digest));
  const char *value = digits != NULL ? digits : named ? said : NULL;
  g_autofree char *is = value != NULL ? g_strdup_printf ("%s %s", name, value) : g_strdup_printf ("another %s", name);
  return named ? g_strdup_printf ("%s, as %s names it", is, look->where->path) : g_steal_pointer (&is);
}

/* @kind: of a digest, A_SUM or A_BUILD_ID; @is_shipped: that of the shipped bytes is named */
static void
name_target (Look *look, Target *target, guint kind, gboolean is_shipped, const char *said)
{
  const AssayNode *node = target->node_account->node;
  const AssayNode *expected = target->node_account->match->expected;
  g_auto (AssayDigests) ours = { NULL };
  g_auto (AssayDigests) theirs = { NULL };
  if (kind < ASSAY_DIGEST_KINDS)
    assay_digest_pair (node->blob, expected->blob, look->work->options->jobs, &ours, &theirs, NULL);
  g_autofree char *shipped = describe (look, &ours, kind, is_shipped, said);
  g_autofree char *should = describe (look, &theirs, kind, !is_shipped, said);
  assay_account_add_fact (look->work, node, "named-digest", shipped, should, ASSAY_CLASS_UNEXPLAINED, "differs");
  target->named = TRUE;
}

/* (nullable): in hexadecimal digits. A program is known by it: below .build-id, in a list of what may be started. */
static char *
build_id_of (const Look *look, const AssayNode *node)
{
  if (strcmp (node->format, "elf") != 0)
    return NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (node->blob, look->work->options->limits, NULL);
  return elf == NULL ? NULL : g_strdup (elf->build_id);
}

static gboolean
has_other_build_id (const Look *look, const AssayNodeAccount *node_account)
{
  g_autofree char *ours = build_id_of (look, node_account->node);
  g_autofree char *theirs = build_id_of (look, node_account->match->expected);
  return g_strcmp0 (ours, theirs) != 0;
}

/* A digest of what is shipped stands there; whether it does in what was expected. */
static void
note_expected (guint owner, guint kind, gpointer data)
{
  Look *look = data;
  g_hash_table_add (look->also, GUINT_TO_POINTER (owner));
}

static gboolean
note_expected_sum (guint owner, const char *said, gpointer data)
{
  note_expected (SUMS + owner, A_SUM, data);
  return FALSE;
}

static void
search_expected (const guint8 *bytes, gsize length, gpointer data)
{
  Look *look = data;
  assay_needles_search (look->needles, bytes, length, note_expected, look);
}

static gboolean
read_expected (Look *look, const AssayNode *expected, GError **error)
{
  g_autofree guint8 *window = g_malloc (WINDOW_BYTES); /* a search goes on in the other */
  assay_look_facts (expected->facts, search_expected, look);
  assay_look_facts (expected->own_facts, search_expected, look);
  return expected->blob == NULL
         || (assay_look_bytes (expected, window, ASSAY_NEEDLE_SPREAD, search_expected, look, error)
             && assay_named_sums_read (look->sums, expected, note_expected_sum, look, error));
}

/* That the image names a file as it is shipped says something only where the rebuild does so too: where a digest
 * follows from what it is of, each names its own. */
static gboolean
is_expected_too (Look *look, guint owner)
{
  const AssayMatch *match = assay_pairing_get (look->work->pairing, look->where);
  g_autoptr (GError) failure = NULL;
  if (match->equal || (look->in_name && match->expected != NULL))
    return TRUE;
  if (match->expected == NULL)
    return FALSE;
  if (look->also == NULL)
    {
      look->also = g_hash_table_new (NULL, NULL);
      if (!read_expected (look, match->expected, &failure))
        leave_open (look, look->where, g_steal_pointer (&failure), look->failure == NULL ? &look->failure : NULL);
    }
  return g_hash_table_contains (look->also, GUINT_TO_POINTER (owner));
}

static void
found_digest (guint owner, guint kind, gpointer data)
{
  Look *look = data;
  const Alike *alike = g_ptr_array_index (look->alike, owner);
  for (guint i = alike->targets->len; i-- > 0;)
    {
      Target *target = &g_array_index (look->targets, Target, g_array_index (alike->targets, guint, i));
      if (lies_in (look->around, target->node_account->node)
          || (kind == A_BUILD_ID && !has_other_build_id (look, target->node_account))
          || (alike->is_shipped && !is_expected_too (look, owner)))
        continue;
      if (!target->named)
        name_target (look, target, kind, alike->is_shipped, alike->is_shipped ? "of its own" : "that of the rebuild");
      g_array_remove_index (alike->targets, i);
    }
}

static gboolean
found_sum (guint owner, const char *said, gpointer data)
{
  Look *look = data;
  Target *target = &g_array_index (look->targets, Target, owner / 2);
  gboolean is_shipped = owner % 2 != 0;
  if (!target->named && !lies_in (look->around, target->node_account->node)
      && (!is_shipped || is_expected_too (look, SUMS + owner)))
    name_target (look, target, A_SUM, is_shipped, said);
  return target->named;
}

static void
search_text (const guint8 *bytes, gsize length, gpointer data)
{
  Look *look = data;
  assay_needles_search (look->needles, bytes, length, found_digest, look);
}

static gboolean
search_bytes (Look *look, GError **error)
{
  AssayBlob *blob = look->where->blob;
  if (blob == NULL)
    return TRUE;
  if (!assay_blob_hold (blob, error))
    return FALSE;
  gboolean done = assay_look_bytes (look->where, look->window, ASSAY_NEEDLE_SPREAD, search_text, look, error)
                  && assay_named_sums_read (look->sums, look->where, found_sum, look, error);
  assay_blob_release (blob);
  return done;
}

static gboolean
search_node (AssayNode *node, gpointer data)
{
  Look *look = data;
  g_autoptr (GError) failure = NULL;
  g_clear_pointer (&look->also, g_hash_table_unref);
  look->where = node;
  look->around = node->parent;
  look->in_name = TRUE;
  assay_look_name (node, ASSAY_NEEDLE_LONGEST, search_text, look);
  look->in_name = FALSE;
  assay_look_facts (node->facts, search_text, look);
  look->around = node;
  assay_look_facts (node->own_facts, search_text, look);
  if (!search_bytes (look, &failure))
    leave_open (look, node, g_steal_pointer (&failure), look->failure == NULL ? &look->failure : NULL);
  return look->failure == NULL;
}

/* Equal bytes are looked for once. Returns: their number in @alike */
static guint
find_alike (Look *look, AssayDigests *digests, gboolean is_shipped)
{
  guint8 bytes[ASSAY_DIGEST_KINDS][ASSAY_DIGEST_LONGEST];
  gsize lengths[ASSAY_DIGEST_KINDS];
  gpointer known = NULL;
  GString *all = g_string_new (is_shipped ? "shipped " : "expected ");
  for (guint kind = 0; kind < ASSAY_DIGEST_KINDS; kind++)
    {
      lengths[kind] = assay_digester_finish (digests->digester, kind, bytes[kind]);
      g_autofree char *text = to_hexadecimal (bytes[kind], lengths[kind]);
      g_string_append (all, text);
    }
  g_autofree char *key = g_string_free (all, FALSE);
  if (g_hash_table_lookup_extended (look->known, key, NULL, &known))
    return GPOINTER_TO_UINT (known);
  for (guint kind = 0; kind < ASSAY_DIGEST_KINDS; kind++)
    if (lengths[kind] > 0)
      assay_needles_add (look->needles, bytes[kind], lengths[kind], look->alike->len, kind);
  Alike *alike = g_new0 (Alike, 1);
  alike->targets = g_array_new (FALSE, FALSE, sizeof (guint));
  alike->is_shipped = is_shipped;
  g_hash_table_insert (look->known, g_steal_pointer (&key), GUINT_TO_POINTER (look->alike->len));
  g_ptr_array_add (look->alike, alike);
  return look->alike->len - 1;
}

/* The shortest that is looked for has 16 bytes. */
static void
add_build_id (Look *look, const AssayNode *node, guint alike)
{
  g_autofree char *build_id = build_id_of (look, node);
  gsize length = build_id == NULL ? 0 : strlen (build_id) / 2;
  guint8 bytes[ASSAY_DIGEST_LONGEST];
  if (length < 16 || length > sizeof bytes)
    return;
  for (gsize i = 0; i < length; i++)
    bytes[i] = (guint8)(g_ascii_xdigit_value (build_id[2 * i]) << 4 | g_ascii_xdigit_value (build_id[2 * i + 1]));
  assay_needles_add (look->needles, bytes, length, alike, A_BUILD_ID);
}

static void
add_side (Look *look, guint target, gboolean is_shipped, AssayDigests *digests)
{
  const AssayNodeAccount *node_account = g_array_index (look->targets, Target, target).node_account;
  guint number = find_alike (look, digests, is_shipped);
  const Alike *alike = g_ptr_array_index (look->alike, number);
  g_array_append_val (alike->targets, target);
  if (alike->targets->len == 1)
    add_build_id (look, is_shipped ? node_account->node : node_account->match->expected, number);
  assay_named_sums_add (look->sums, node_account->node, &digests->crcs, 2 * target + (is_shipped ? 1 : 0));
}

/* Where the bytes are not the rebuild's, their digests are looked for. Those of nothing are of no file. */
static gboolean
note_node (Look *look, const AssayNodeAccount *node_account, GError **error)
{
  AssayBlob *shipped = node_account->node->blob;
  AssayBlob *expected = node_account->match->expected->blob;
  const Target target = { node_account, FALSE };
  guint index = look->targets->len;
  gboolean equal = FALSE;
  g_auto (AssayDigests) ours = { NULL };
  g_auto (AssayDigests) theirs = { NULL };
  g_autoptr (GError) failure = NULL;
  if (!assay_blob_equal (shipped, expected, &equal, &failure)
      || (!equal && !assay_digest_pair (shipped, expected, look->work->options->jobs, &ours, &theirs, &failure)))
    return leave_open (look, node_account->node, g_steal_pointer (&failure), error);
  if (equal)
    return TRUE;
  g_array_append_val (look->targets, target);
  add_side (look, index, FALSE, &theirs);
  if (assay_blob_get_size (shipped) > 0)
    add_side (look, index, TRUE, &ours);
  g_ptr_array_add (look->differing, (gpointer)node_account);
  return TRUE;
}

static void
begin (Look *look)
{
  look_clear (look);
  look->targets = g_array_new (FALSE, FALSE, sizeof (Target));
  look->alike = g_ptr_array_new_with_free_func ((GDestroyNotify)alike_free);
  look->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  look->needles = assay_needles_new ();
  look->sums = assay_named_sums_new (look->work);
  look->window = g_malloc (WINDOW_BYTES);
}

static gboolean
search_all (Look *look, GError **error)
{
  ASSAY_TIMED (look->work->options->timings, ASSAY_STAGE_COMPARING);
  if (look->targets->len == 0)
    return TRUE;
  assay_node_visit (((const AssayNodeAccount *)g_ptr_array_index (look->work->account->nodes, 0))->node, search_node,
                    look);
  if (look->failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&look->failure));
  return FALSE;
}

gboolean
assay_account_check_named_digests (AssayWork *work, GError **error)
{
  const GPtrArray *nodes = work->account->nodes;
  g_autoptr (GPtrArray) differing = g_ptr_array_new ();
  g_auto (Look) look = { .work = work, .differing = differing };
  if (!is_in_doubt (work->account))
    return TRUE;
  begin (&look);
  for (guint i = 0; i < nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (nodes, i);
      if (may_differ (node_account) && !note_node (&look, node_account, error))
        return FALSE;
      if (look.targets->len < FILES_TOGETHER)
        continue;
      if (!search_all (&look, error))
        return FALSE;
      begin (&look);
    }
  return search_all (&look, error) && assay_account_check_copies (work, differing, error);
}
