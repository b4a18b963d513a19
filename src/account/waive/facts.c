#include "account/entry_facts.h"
#include "account/waive/waive.h"

#include <string.h>
#include <sys/stat.h>

/* The name that a waiver uses for facts that say one thing: who owns a file is a name, a number, or both. */
gboolean
assay_waive_names_fact (const char *name, const char *fact)
{
  if (strcmp (name, "owner") == 0)
    return strcmp (fact, "uid") == 0 || strcmp (fact, "user") == 0;
  if (strcmp (name, "group") == 0)
    return strcmp (fact, "gid") == 0 || strcmp (fact, "group") == 0;
  return strcmp (name, fact) == 0;
}

static gboolean
is_one_of (const char *name, const char *const *names)
{
  for (; *names != NULL; names++)
    if (strcmp (name, *names) == 0)
      return TRUE;
  return FALSE;
}

static guint64
mode_of (const char *text)
{
  guint64 mode = 0;
  return text != NULL && g_ascii_string_to_unsigned (text, 8, 0, G_MAXUINT32, &mode, NULL) ? mode : G_MAXUINT64;
}

/* Whether a mode gives no right that the expected one does not: no bit more, the sticky bit still there, one type. The
 * group of a directory, where it is set, gets what is made in it: without that the maker's own group does. */
static gboolean
takes_rights_away (const char *shipped, const char *expected)
{
  guint64 now = mode_of (shipped);
  guint64 before = mode_of (expected);
  guint kept = S_ISDIR (before) ? S_ISVTX | S_ISGID : S_ISVTX;
  return now != G_MAXUINT64 && before != G_MAXUINT64 && (now & ~07777u) == (before & ~07777u)
         && (now & ~before & 06777) == 0 && (before & ~now & kept) == 0;
}

/* A list of what gives none, so that whatever is not in it does: capabilities and other attributes, targets of links,
 * numbers of devices, types. An owner or a group is never in it, whichever it is: the new one may change the mode of
 * the file, and write it; and a file that comes to belong to root is one that programs believe, as those of cron, sudo
 * and ssh do. */
gboolean
assay_waive_fact_gives_no_right (const char *fact, const char *shipped, const char *expected)
{
  static const char *const times[] = { "mtime", "atime", "ctime", "birthtime", NULL };
  return is_one_of (fact, times) || (strcmp (fact, "mode") == 0 && takes_rights_away (shipped, expected));
}

/* Facts of an entry that change neither what runs nor with which rights. */
static gboolean
is_harmless (const AssayNode *node, const char *fact, const char *shipped, const char *expected)
{
  gboolean of_entry = (node->parent == NULL || assay_node_has_entries (node->parent))
                      && (node->spans == NULL || assay_node_has_entries (node));
  return of_entry && assay_waive_fact_gives_no_right (fact, shipped, expected);
}

/* The file that a line's digest is of. How something is compressed is seen in the bytes that it is decoded from: a
 * digest of what they decode to here says nothing of what another reader finds in them. */
static const AssayNode *
digested_for (const AssayNode *node, const char *fact)
{
  return strcmp (fact, "recompressed") == 0 && node->decoded && node->parent != NULL ? node->parent : node;
}

const AssayGrant *
assay_waive_fact (AssayWork *work, const AssayNode *node, const char *fact, const char *shipped, const char *expected,
                  AssayClass class_)
{
  const GPtrArray *grants = work->account->grants;
  gboolean added = assay_pairing_get (work->pairing, node)->kind == ASSAY_MATCH_NONE;
  /* Which of two entries of one name is read depends on the reader: there is nothing that a line could mean (T8). And
   * what the bytes are is waived by their place. */
  if (!assay_class_may_be_waived (class_) || strcmp (fact, "duplicate-name") == 0 || strcmp (fact, "content") == 0)
    return NULL;
  for (guint i = 0; i < grants->len; i++)
    {
      AssayGrant *grant = g_ptr_array_index (grants, i);
      const AssayPolicyWaiver *waiver = grant->waiver;
      if (waiver == NULL || waiver->kind != ASSAY_WAIVER_FACT || !assay_waive_names_fact (waiver->name, fact)
          || !assay_grant_holds (work, grant, node, digested_for (node, fact)))
        continue;
      if (waiver->allow_code || (!added && is_harmless (node, fact, shipped, expected)))
        {
          grant->facts++;
          return grant;
        }
      assay_grant_remark (grant, g_strdup_printf ("%s: the %s of %s needs `allow-code` and `sha256`", fact,
                                                  added ? "entry" : "value", node->path));
    }
  return NULL;
}
