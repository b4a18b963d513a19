#include "account/named_digests.h"

#include "util/cancel.h"

#include <string.h>

/*
 * T6: a checksum is held against what it is of. Texts name the digests of files beside them: `sw-description` of
 * SWUpdate, the configuration of a container image (OCI image specification, `diff_ids`), lists for sha256sum(1). Where
 * such a text is the rebuild's, and a file that it names is not, who checks it refuses the file, or goes on with
 * another: however harmless the difference, it is felt.
 */

/** Bytes of the longest text that is looked at, and of what is read of it at once. */
#define TEXT_BYTES (1u << 20)
#define WINDOW_BYTES (64u << 10)

static const GChecksumType types[]
    = { G_CHECKSUM_MD5, G_CHECKSUM_SHA1, G_CHECKSUM_SHA256, G_CHECKSUM_SHA384, G_CHECKSUM_SHA512 };
static const char *const names[] = { "MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512" };
#define LONGEST 128u

/** A look through an image. */
typedef struct
{
  AssayWork *work;
  GHashTable *named; /* digest, lower-case, to the path of the text; path borrowed */
  gboolean wanted[G_N_ELEMENTS (types)];
} Look;

/* Whether all has been judged well so far, and something is not the rebuild's all the same. */
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
      differs = differs || (node_account->in_scope && !node_account->match->equal);
    }
  return differs;
}

static void
note_run (Look *look, const char *run, gsize length, const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (length == 2 * (gsize)g_checksum_type_get_length (types[i]))
      {
        char *digest = g_ascii_strdown (run, (gssize)length);
        look->wanted[i] = TRUE;
        if (!g_hash_table_contains (look->named, digest))
          g_hash_table_insert (look->named, digest, (gpointer)path);
        else
          g_free (digest);
      }
}

/* Runs of hexadecimal digits that are as long as a digest. */
static gboolean
read_text (Look *look, const AssayNode *node, GError **error)
{
  g_autofree char *window = g_malloc (WINDOW_BYTES);
  char run[LONGEST];
  gsize length = 0;
  for (guint64 offset = 0; offset < node->size; offset += WINDOW_BYTES)
    {
      gsize part = (gsize)MIN (node->size - offset, WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (node->blob, offset, window, part, error))
        return FALSE;
      if (offset == 0 && memchr (window, '\0', part) != NULL)
        return TRUE;
      for (gsize i = 0; i < part; i++)
        if (g_ascii_isxdigit (window[i]))
          {
            if (length < LONGEST)
              run[length] = window[i];
            length++;
          }
        else
          {
            note_run (look, run, length, node->path);
            length = 0;
          }
    }
  note_run (look, run, length, node->path);
  return TRUE;
}

static gboolean
read_texts (Look *look, GError **error)
{
  const GPtrArray *nodes = look->work->account->nodes;
  for (guint i = 0; i < nodes->len; i++)
    {
      const AssayNode *node = ((const AssayNodeAccount *)g_ptr_array_index (nodes, i))->node;
      if (node->blob != NULL && node->spans == NULL && node->size <= TEXT_BYTES && strcmp (node->format, "raw") == 0
          && !read_text (look, node, error))
        return FALSE;
    }
  return TRUE;
}

/** The digests of a file, of the kinds that texts name. */
typedef struct
{
  GChecksum *of[G_N_ELEMENTS (types)];
} Digests;

static void
digests_clear (Digests *digests)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    g_clear_pointer (&digests->of[i], g_checksum_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Digests, digests_clear)

static gboolean
digest_blob (const Look *look, AssayBlob *blob, Digests *out, GError **error)
{
  g_autofree guint8 *window = g_malloc (WINDOW_BYTES);
  guint64 size = assay_blob_get_size (blob);
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    out->of[i] = look->wanted[i] ? g_checksum_new (types[i]) : NULL;
  for (guint64 offset = 0; offset < size; offset += WINDOW_BYTES)
    {
      gsize part = (gsize)MIN (size - offset, WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (blob, offset, window, part, error))
        return FALSE;
      for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
        if (out->of[i] != NULL)
          g_checksum_update (out->of[i], window, (gssize)part);
    }
  return TRUE;
}

/* A kind by which a text names that file; beyond the last one where there is none. */
static gsize
find_named (const Look *look, const Digests *digests)
{
  gsize kind = 0;
  while (kind < G_N_ELEMENTS (types)
         && !(look->wanted[kind] && g_hash_table_contains (look->named, g_checksum_get_string (digests->of[kind]))))
    kind++;
  return kind;
}

static gboolean
check_node (const Look *look, const AssayNodeAccount *node_account, GError **error)
{
  const AssayNode *node = node_account->node;
  g_auto (Digests) theirs = { { NULL } };
  g_auto (Digests) ours = { { NULL } };
  if (!digest_blob (look, node_account->match->expected->blob, &theirs, error))
    return FALSE;
  gsize kind = find_named (look, &theirs);
  if (kind == G_N_ELEMENTS (types))
    return TRUE;
  if (!digest_blob (look, node->blob, &ours, error))
    return FALSE;
  const char *is = g_checksum_get_string (ours.of[kind]);
  const char *named = g_checksum_get_string (theirs.of[kind]);
  if (strcmp (is, named) == 0)
    return TRUE;
  const char *path = g_hash_table_lookup (look->named, named);
  g_autofree char *shipped = g_strdup_printf ("%s %s", names[kind], is);
  g_autofree char *expected = g_strdup_printf ("%s %s, as %s names it", names[kind], named, path);
  assay_account_add_fact (look->work, node, "named-digest", shipped, expected, ASSAY_CLASS_UNEXPLAINED, "differs");
  return TRUE;
}

gboolean
assay_account_check_named_digests (AssayWork *work, GError **error)
{
  const GPtrArray *nodes = work->account->nodes;
  if (!is_in_doubt (work->account))
    return TRUE;
  g_autoptr (GHashTable) named = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Look look = { .work = work, .named = named };
  if (!read_texts (&look, error))
    return FALSE;
  for (guint i = 0; g_hash_table_size (named) > 0 && i < nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (nodes, i);
      const AssayMatch *match = node_account->match;
      if (node_account->in_scope && !match->equal && match->expected != NULL && match->expected->blob != NULL
          && node_account->node->blob != NULL && !check_node (&look, node_account, error))
        return FALSE;
    }
  return TRUE;
}
