#include "account/work.h"

#include "unpack/fact.h"

#include <string.h>

#define MARK ASSAY_SPARSE_MARK

/** No process of Linux has a higher number (PID_MAX_LIMIT). */
#define PROCESS_MOST 4194304u

/** Archives of which it is not yet known have none; those that have no number for all are known by this one. */
#define NO_PROCESS (PROCESS_MOST + 1)

/* The number in the name that GNU tar gives to a file with holes beside its own: of `DIRECTORY/FILE` it is
 * `DIRECTORY/GNUSparseFile.NUMBER/FILE`, of `FILE` `./GNUSparseFile.NUMBER/FILE`; 0 for every other form. */
static guint
process_in (const char *header_name, const char *own_name)
{
  const char *slash = strrchr (own_name, '/');
  const char *file = slash == NULL ? own_name : slash + 1;
  g_autofree char *front
      = g_strdup_printf ("%.*s/" MARK, slash == NULL ? 1 : (int)(slash - own_name), slash == NULL ? "." : own_name);
  if (!g_str_has_prefix (header_name, front))
    return 0;
  const char *digits = header_name + strlen (front);
  gsize length = strspn (digits, "0123456789");
  guint64 number = 0;
  if (digits[0] == '0' || digits[length] != '/' || strcmp (digits + length + 1, file) != 0
      || !assay_number_parse (digits, length, 10, &number) || number > PROCESS_MOST)
    return 0;
  return (guint)number;
}

guint
assay_account_sparse_process (const AssayNode *entry)
{
  const char *major = assay_node_get_fact (entry, "pax.GNU.sparse.major");
  const char *minor = assay_node_get_fact (entry, "pax.GNU.sparse.minor");
  const char *own_name = assay_node_get_fact (entry, "pax.GNU.sparse.name");
  const char *header_name = assay_node_get_fact (entry, "header.name");
  if (entry->type != ASSAY_NODE_FILE || own_name == NULL || header_name == NULL
      || assay_node_get_fact (entry, "sparse-text") == NULL || g_strcmp0 (major, "1") != 0
      || g_strcmp0 (minor, "0") != 0)
    return 0;
  return process_in (header_name, own_name);
}

/* Whether a text could be, or lead to, a place where a reader that does not know these files puts one. */
static gboolean
says_mark (const AssayNode *entry)
{
  static const char *const facts[] = { "link", "header.link", "header.joined-name" };
  const char *header_name = assay_node_get_fact (entry, "header.name");
  if (strcasestr (entry->path, MARK) != NULL || (header_name != NULL && strstr (header_name, MARK) != NULL))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      const char *text = assay_node_get_fact (entry, facts[i]);
      if (text != NULL && strcasestr (text, MARK) != NULL)
        return TRUE;
    }
  return FALSE;
}

/* The one process that packed an archive; NO_PROCESS where two are named, or where anything else in it is called so. */
static guint
process_of_archive (const AssayNode *archive)
{
  guint found = 0;
  for (guint i = 0; i < archive->children->len; i++)
    {
      const AssayNode *entry = g_ptr_array_index (archive->children, i);
      guint process = assay_account_sparse_process (entry);
      if (process == 0 ? says_mark (entry)
                       : (found != 0 && process != found)
                             || strcasestr (assay_node_get_fact (entry, "pax.GNU.sparse.name"), MARK) != NULL)
        return NO_PROCESS;
      found = process == 0 ? found : process;
    }
  return found == 0 ? NO_PROCESS : found;
}

static gboolean
has_one_process (AssayWork *work, const AssayNode *archive)
{
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (work->processes, archive));
  if (known == 0)
    {
      known = process_of_archive (archive);
      g_hash_table_insert (work->processes, (gpointer)archive, GUINT_TO_POINTER (known));
    }
  return known != NO_PROCESS;
}

gboolean
assay_account_sparse_name (AssayWork *work, const AssayNode *node, const AssayFact *fact)
{
  const AssayNode *expected = assay_pairing_get (work->pairing, node)->expected;
  const char *own_name = assay_node_get_fact (node, "pax.GNU.sparse.name");
  if (strcmp (fact->name, "header.name") != 0 || expected == NULL || node->parent == NULL || expected->parent == NULL
      || strcmp (node->parent->format, "tar") != 0 || strcmp (expected->parent->format, "tar") != 0)
    return FALSE;
  return assay_account_sparse_process (node) != 0 && assay_account_sparse_process (expected) != 0
         && g_strcmp0 (own_name, assay_node_get_fact (expected, "pax.GNU.sparse.name")) == 0
         && has_one_process (work, node->parent) && has_one_process (work, expected->parent);
}
