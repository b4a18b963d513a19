#include "report/html_files.h"

#include "report/html_map.h"
#include "util/cancel.h"

#include <string.h>

/* What the insides of all files may take, the worst files first; what those that are looked at may with them, and what
 * all of the tree may. */
#define BODIES_BYTES (1200u * 1024u)
#define NOTED_BYTES (2800u * 1024u)
#define TREE_BYTES (3200u * 1024u)

/* Branches that stand open at first: as far as a reader sees at once. */
#define MAX_OPEN 12

/** The tree at work. */
typedef struct
{
  AssayHtmlPage *page;
  GHashTable *bodies; /* number of a file to markup */
  guint64 start;      /* assay_html_length() in front of it */
  guint opened;
} Tree;

/* Insides of files, the worst first, until there is enough of it. */
static void
make_bodies (Tree *tree)
{
  const AssayOutline *outline = tree->page->outline;
  gsize used = 0;
  for (guint rank = 0; rank < ASSAY_HTML_RANK_QUIET; rank++)
    for (guint i = 0; i < outline->files->len && used < BODIES_BYTES; i++)
      {
        const AssayOutlineFile *file = &g_array_index (outline->files, AssayOutlineFile, i);
        if (assay_html_verdict_rank (file->verdict) != rank || assay_cancelled (NULL))
          continue;
        char *body = assay_html_file_body (tree->page, i);
        used += strlen (body);
        g_hash_table_insert (tree->bodies, GUINT_TO_POINTER (i), body);
      }
}

static const AssayOutlineFile *
file_of (const Tree *tree, const AssayHtmlBranch *branch)
{
  return branch->file == G_MAXUINT ? NULL : &g_array_index (tree->page->outline->files, AssayOutlineFile, branch->file);
}

static gboolean
is_quiet (const AssayHtmlBranch *branch)
{
  return branch->rank >= ASSAY_HTML_RANK_QUIET;
}

/* A file that is equal, or outside: its name and size. What is below it is counted with it. */
static void
add_quiet (Tree *tree, const AssayHtmlBranch *branch)
{
  AssayHtml *html = &tree->page->html;
  gboolean directory = branch->children->len > 0;
  assay_html_raw (html, branch->rank > ASSAY_HTML_RANK_QUIET ? "<li class=\"o\"><code>" : "<li><code>");
  assay_html_add (html, "%s%s</code> <span>", branch->name, directory ? "/" : "");
  if (branch->below > 0)
    {
      assay_html_add_count (html, branch->below, "file", "files");
      assay_html_raw (html, ", ");
    }
  assay_html_add_number (html, branch->bytes);
  assay_html_raw (html, "</span></li>");
}

/* What is identical inside of a branch, folded. */
static void
add_quiet_children (Tree *tree, const AssayHtmlBranch *branch)
{
  AssayHtml *html = &tree->page->html;
  guint count = 0, listed = 0;
  for (guint i = 0; i < branch->children->len; i++)
    count += is_quiet (g_ptr_array_index (branch->children, i));
  if (count == 0)
    return;
  assay_html_raw (html, "<details class=\"same\"><summary>");
  assay_html_add_count (html, count, "entry", "entries");
  assay_html_raw (html,
                  count == 1 ? " that needs no looking at</summary><ul>" : " that need no looking at</summary><ul>");
  for (guint i = 0; i < branch->children->len && assay_html_length (html) - tree->start < TREE_BYTES; i++)
    if (is_quiet (g_ptr_array_index (branch->children, i)))
      {
        add_quiet (tree, g_ptr_array_index (branch->children, i));
        listed++;
      }
  assay_html_raw (html, "</ul>");
  assay_html_add_more (html, count - listed, "entry", "entries");
  assay_html_raw (html, "</details>");
}

static void
add_head (Tree *tree, const AssayHtmlBranch *branch)
{
  AssayHtml *html = &tree->page->html;
  const AssayOutlineFile *file = file_of (tree, branch);
  assay_html_add_verdict (html, file != NULL ? file->verdict : assay_html_rank_verdict (branch->rank));
  assay_html_raw (html, " ");
  if (file != NULL && strcmp (file->path, ".") == 0)
    assay_html_add_path (html, ".");
  else
    assay_html_add (html, "<code>%s%s</code>", branch->name, branch->children->len > 0 ? "/" : "");
  if (file != NULL && strcmp (file->type, "file") == 0)
    {
      assay_html_raw (html, " <span class=\"z\">");
      assay_html_add_count (html, file->size, "byte", "bytes");
      assay_html_raw (html, "</span>");
    }
  if (branch->noted > 0)
    {
      assay_html_raw (html, " <span class=\"z\">holds ");
      assay_html_add_count (html, branch->noted, "entry to look at", "entries to look at");
      assay_html_raw (html, "</span>");
    }
  /* what is well itself may hold what is not, and is folded over it */
  if (file != NULL && branch->rank < assay_html_verdict_rank (file->verdict))
    {
      assay_html_raw (html, " <span class=\"z\">the worst ");
      assay_html_add_verdict (html, assay_html_rank_verdict (branch->rank));
      assay_html_raw (html, "</span>");
    }
}

static gboolean
has_inside (const Tree *tree, const AssayHtmlBranch *branch)
{
  const char *body
      = branch->file == G_MAXUINT ? NULL : g_hash_table_lookup (tree->bodies, GUINT_TO_POINTER (branch->file));
  return branch->children->len > 0 || (body != NULL && *body != '\0');
}

static void add_branch (Tree *tree, const AssayHtmlBranch *branch);

/* No deeper than the tree is. */
static void
add_children (Tree *tree, const AssayHtmlBranch *branch) /* NOLINT(misc-no-recursion) */
{
  guint left_out = 0;
  for (guint i = 0; i < branch->children->len; i++)
    {
      const AssayHtmlBranch *child = g_ptr_array_index (branch->children, i);
      if (is_quiet (child))
        continue;
      if (assay_html_length (&tree->page->html) - tree->start < NOTED_BYTES)
        add_branch (tree, child);
      else
        left_out++;
    }
  assay_html_add_more (&tree->page->html, left_out, "entry", "entries");
  add_quiet_children (tree, branch);
}

static void
add_branch (Tree *tree, const AssayHtmlBranch *branch) /* NOLINT(misc-no-recursion) */
{
  AssayHtml *html = &tree->page->html;
  gboolean open = branch->rank < 2 && tree->opened < MAX_OPEN && has_inside (tree, branch);
  if (branch->file != G_MAXUINT)
    assay_html_add (html, has_inside (tree, branch) ? "<details id=\"n%u\"" : "<p class=\"leaf\" id=\"n%u\"",
                    branch->file);
  else
    assay_html_raw (html, has_inside (tree, branch) ? "<details" : "<p class=\"leaf\"");
  if (!has_inside (tree, branch))
    {
      assay_html_raw (html, ">");
      add_head (tree, branch);
      assay_html_raw (html, "</p>");
      return;
    }
  tree->opened += open;
  assay_html_raw (html, open ? " open><summary>" : "><summary>");
  add_head (tree, branch);
  assay_html_raw (html, "</summary>");
  if (branch->file != G_MAXUINT)
    {
      const char *body = g_hash_table_lookup (tree->bodies, GUINT_TO_POINTER (branch->file));
      assay_html_raw (html, body != NULL ? body : "");
    }
  assay_html_flush (html);
  add_children (tree, branch);
  assay_html_raw (html, "</details>");
}

void
assay_html_add_files (AssayHtmlPage *page)
{
  g_autoptr (GHashTable) bodies = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  Tree tree = { .page = page, .bodies = bodies, .start = assay_html_length (&page->html) };
  AssayHtml *html = &page->html;
  if (page->outline->files->len == 0)
    return;
  g_autoptr (AssayHtmlBranch) root = assay_html_branch_tree (page->outline);
  make_bodies (&tree);
  assay_html_raw (html, "<section class=\"tree\" aria-labelledby=\"files\"><h2 id=\"files\">Files</h2>");
  if (is_quiet (root))
    assay_html_raw (html, "<p class=\"note\">No file needs looking at.</p>");
  else
    assay_html_raw (html, "<p class=\"note\">From the image into its files, their sections and the functions that "
                          "differ. What is equal is folded.</p>");
  add_branch (&tree, root);
  assay_html_raw (html, "</section>");
}
