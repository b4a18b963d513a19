#include "report/html_files.h"

#include "util/checked.h"

#include <string.h>

/* Levels that are folded into one another; what lies deeper keeps the rest of its path as its name. */
#define MAX_DEPTH 20

static const char *const ranks[] = { "mismatch", "undecided", "waived", "equivalent", "identical", "outside" };

guint
assay_html_verdict_rank (const char *verdict)
{
  for (guint i = 0; i < G_N_ELEMENTS (ranks); i++)
    if (strcmp (ranks[i], verdict) == 0)
      return i;
  return 1;
}

const char *
assay_html_rank_verdict (guint rank)
{
  return ranks[MIN (rank, G_N_ELEMENTS (ranks) - 1)];
}

static AssayHtmlBranch *
branch_new (const char *name, gsize length)
{
  AssayHtmlBranch *branch = g_new0 (AssayHtmlBranch, 1);
  branch->name = g_strndup (name, length);
  branch->file = G_MAXUINT;
  branch->rank = G_N_ELEMENTS (ranks) - 1;
  branch->children = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_html_branch_free);
  return branch;
}

void
assay_html_branch_free (AssayHtmlBranch *branch)
{
  g_free (branch->name);
  g_ptr_array_unref (branch->children);
  g_free (branch);
}

/* Where the component that begins at @start ends, behind the slashes that follow it. */
static gsize
component_end (const char *path, gsize start)
{
  gsize end = start + strcspn (path + start, "/");
  return end + strspn (path + end, "/");
}

/* The branch of a path, made with all that lead to it. */
static AssayHtmlBranch *
find_branch (GHashTable *branches, AssayHtmlBranch *root, const char *path)
{
  AssayHtmlBranch *at = root;
  gsize start = 0, length = strlen (path);
  for (guint depth = 1; start < length; depth++)
    {
      gsize end = depth >= MAX_DEPTH ? length : component_end (path, start);
      gsize bare = end;
      while (bare > start + 1 && path[bare - 1] == '/' && end < length)
        bare--;
      g_autofree char *prefix = g_strndup (path, bare);
      AssayHtmlBranch *next = g_hash_table_lookup (branches, prefix);
      if (next == NULL)
        {
          next = branch_new (path + start, bare - start);
          g_ptr_array_add (at->children, next);
          g_hash_table_insert (branches, g_steal_pointer (&prefix), next);
        }
      at = next;
      start = end;
    }
  return at;
}

/* What is below a branch, and the worst in it. No deeper than MAX_DEPTH. */
static void
sum_up (const AssayOutline *outline, AssayHtmlBranch *branch) /* NOLINT(misc-no-recursion) */
{
  if (branch->file != G_MAXUINT)
    {
      const AssayOutlineFile *file = &g_array_index (outline->files, AssayOutlineFile, branch->file);
      branch->rank = assay_html_verdict_rank (file->verdict);
      branch->bytes = file->own;
    }
  for (guint i = 0; i < branch->children->len; i++)
    {
      AssayHtmlBranch *child = g_ptr_array_index (branch->children, i);
      guint rank = 0;
      sum_up (outline, child);
      rank = child->file != G_MAXUINT
                 ? assay_html_verdict_rank (g_array_index (outline->files, AssayOutlineFile, child->file).verdict)
                 : ASSAY_HTML_RANK_QUIET;
      branch->rank = MIN (branch->rank, child->rank);
      branch->below += child->below + (child->file != G_MAXUINT);
      branch->noted += child->noted + (rank < ASSAY_HTML_RANK_QUIET);
      if (!assay_u64_add (branch->bytes, child->bytes, &branch->bytes))
        branch->bytes = G_MAXUINT64;
    }
}

AssayHtmlBranch *
assay_html_branch_tree (const AssayOutline *outline)
{
  AssayHtmlBranch *root = branch_new (".", 1);
  g_autoptr (GHashTable) branches = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < outline->files->len; i++)
    {
      const char *path = g_array_index (outline->files, AssayOutlineFile, i).path;
      AssayHtmlBranch *branch = strcmp (path, ".") == 0 ? root : find_branch (branches, root, path);
      /* of two with one path, which only a report that does not add up has, the first */
      if (branch->file == G_MAXUINT)
        branch->file = i;
    }
  sum_up (outline, root);
  return root;
}
