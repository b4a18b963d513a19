#include "account/work.h"

#include "unpack/fact.h"
#include "util/prefix.h"
#include "util/text.h"

#include <string.h>

/*
 * Which nodes the granted scope speaks of (T2). A scope that names a file means whatever is found at that file's name
 * once the image is unpacked: a second entry of the name, a name written otherwise (`./bin/app`), and what goes through
 * a symbolic link are judged as well, so that nothing slips by beside it.
 */

/* A component without the `#n` of a second entry of one name; unpack escapes names that only look so. */
static gsize
without_number (const char *component, gsize length)
{
  gsize digits = length;
  while (digits > 0 && g_ascii_isdigit (component[digits - 1]))
    digits--;
  return digits < length && digits > 1 && component[digits - 1] == '#' ? digits - 1 : length;
}

static gboolean
is_component (const char *component, gsize length, const char *escaped)
{
  return length == strlen (escaped) && memcmp (component, escaped, length) == 0;
}

static void
drop_last (GString *path, gsize floor)
{
  while (path->len > floor && path->str[path->len - 1] != '/')
    g_string_truncate (path, path->len - 1);
  if (path->len > floor)
    g_string_truncate (path, path->len - 1);
}

static gboolean
is_slash (char letter)
{
  return letter == '/' || letter == '\\';
}

/* Extractors take off what makes a name absolute: slashes of both kinds, drives, and what Windows calls a path without
 * limits, with and without a server (bsdtar, on every system: strip_absolute_path()). */
static const char *
without_root (const char *name)
{
  for (;;)
    if (name[0] == '?' && is_slash (name[1]))
      name += g_ascii_strncasecmp (name + 2, "UNC", 3) == 0 && is_slash (name[5]) ? 6 : 2;
    else if (g_ascii_isalpha (name[0]) && name[1] == ':')
      name += 2;
    else if (name[0] == '\\' || (name[0] == '/' && name[1] != '/'))
      name++;
    else if (strncmp (name, "%2F", 3) == 0)
      name += 3;
    else
      return name;
}

/* unzip takes a version off, as VMS has it: `name;1`. */
static gsize
without_version (const char *component, gsize length)
{
  gsize digits = length;
  while (digits > 0 && g_ascii_isdigit (component[digits - 1]))
    digits--;
  return digits < length && digits > 1 && component[digits - 1] == ';' ? digits - 1 : length;
}

/* The name at which an extractor would put the node. */
static char *
plain_path (const char *path)
{
  GString *plain = g_string_new (NULL);
  gsize floor = 0; /* `..` does not leave the container */
  for (const char *at = path; *at != '\0';)
    {
      if (plain->len == floor)
        at = without_root (at);
      gsize length = strcspn (at, "/");
      if (is_component (at, length, "%2E%2E"))
        drop_last (plain, floor);
      else if (!is_component (at, length, "%2E") && !is_component (at, length, "%2F"))
        {
          if (plain->len > floor)
            g_string_append_c (plain, '/');
          g_string_append_len (plain, at, (gssize)without_version (at, without_number (at, length)));
        }
      at += length;
      if (at[0] == '/' && at[1] == '/')
        {
          g_string_append (plain, "//");
          floor = plain->len;
          at += 2;
        }
      else if (at[0] == '/')
        at++;
    }
  /* what is unpacked where backslashes divide names as well */
  return g_strdelimit (g_string_free (plain, FALSE), "\\", '/');
}

static char *
inside_container (const char *path)
{
  const char *inside = g_strrstr (path, "//");
  return g_strdup (inside != NULL ? inside + 2 : path);
}

char *
assay_scope_plain_name (const AssayNode *node)
{
  g_autofree char *path = plain_path (node->path);
  return inside_container (path);
}

/* A path beside the node's own, in the same container. */
static char *
path_beside (const AssayNode *node, const char *name)
{
  gsize prefix = strlen (node->path) - strlen (assay_node_local_name (node));
  return g_strdup_printf ("%.*s%s", (int)prefix, node->path, name);
}

/* The target of a hard link as the fact @fact has it, escaped as names are; NULL where it has none. */
static char *
target_name (const AssayNode *link, const char *fact)
{
  g_autofree char *target = assay_node_get_fact (link, fact) == NULL ? NULL : assay_facts_get_text (link->facts, fact);
  return target == NULL ? NULL : assay_text_escape_name (target, strlen (target));
}

/* Where a hard link leads to that has this target. */
static char *
target_path (const AssayNode *link, const char *name)
{
  g_autofree char *beside = path_beside (link, name);
  return plain_path (beside);
}

char *
assay_scope_plain_target (const AssayNode *link, const char *fact)
{
  g_autofree char *name = target_name (link, fact);
  g_autofree char *path = name == NULL ? NULL : target_path (link, name);
  return path == NULL ? NULL : inside_container (path);
}

/* The path that the node has for readers that call it otherwise; NULL for most. */
static char *
other_path (const AssayNode *node)
{
  g_autofree char *name = assay_node_get_other_name (node);
  return name == NULL ? NULL : path_beside (node, name);
}

/* Of two entries with one name that are links, a symbolic one leads elsewhere. */
static void
add_link (GHashTable *links, const char *path, AssayNode *node)
{
  const AssayNode *known = assay_prefix_lookup (links, path);
  if (known == NULL || known->type != ASSAY_NODE_SYMLINK)
    g_hash_table_insert (links, assay_prefix_new (path), node);
}

static gboolean
note_link (AssayNode *node, gpointer data)
{
  if (node->type != ASSAY_NODE_SYMLINK && node->type != ASSAY_NODE_HARDLINK)
    return TRUE;
  g_autofree char *other = other_path (node);
  g_autofree char *plain = plain_path (node->path);
  add_link (data, node->path, node);
  add_link (data, plain, node);
  if (other != NULL)
    add_link (data, other, node);
  return TRUE;
}

GHashTable *
assay_scope_links (AssayNode *root)
{
  GHashTable *links = assay_prefix_table_new ();
  assay_node_visit (root, note_link, links);
  return links;
}

/* Whether an entry's name leads through a symbolic link of the same image. */
static gboolean
goes_through_link (GHashTable *links, const char *path)
{
  if (g_hash_table_size (links) == 0)
    return FALSE;
  AssayPrefix above = assay_prefix_begin (path, 0);
  while (assay_prefix_next (&above))
    {
      const AssayNode *link = g_hash_table_lookup (links, &above);
      if (link != NULL && link->type == ASSAY_NODE_SYMLINK)
        return TRUE;
    }
  return FALSE;
}

gboolean
assay_scope_goes_through_link (GHashTable *links, const AssayNode *node)
{
  g_autofree char *plain = g_hash_table_size (links) == 0 ? NULL : plain_path (node->path);
  return plain != NULL && goes_through_link (links, plain);
}

/* Dots as they are, and as node paths have those of `..`. */
static gboolean
ends_in_dots (const char *component, gsize length)
{
  static const char *const dots[] = { "..", "%2E%2E" };
  for (gsize i = 0; i < G_N_ELEMENTS (dots); i++)
    if (length >= strlen (dots[i]) && strncmp (component + length - strlen (dots[i]), dots[i], strlen (dots[i])) == 0)
      return TRUE;
  return FALSE;
}

/* Whether a part of a name leads upwards: not all readers leave it out with the one before it. BusyBox, jar, and GNU
 * tar for the targets of links leave out all that stands before it, so that the rest is a name of its own; jar cuts
 * names that end in it too. */
static gboolean
leads_upwards (const char *path)
{
  const char *inside = g_strrstr (path, "//");
  for (const char *at = inside != NULL ? inside + 2 : path;;)
    {
      gsize length = strcspn (at, "/\\");
      if (ends_in_dots (at, length))
        return TRUE;
      if (at[length] == '\0')
        return FALSE;
      at += length + 1;
    }
}

static gboolean
is_path_named (char **scope, GHashTable *links, const char *path)
{
  if (leads_upwards (path))
    return TRUE;
  if (assay_text_any_glob_matches (scope, path) || goes_through_link (links, path))
    return TRUE;
  if (strpbrk (path, "#%;:\\") == NULL)
    return FALSE;
  g_autofree char *plain = plain_path (path);
  return assay_text_any_glob_matches (scope, plain) || goes_through_link (links, plain);
}

/* Whether another entry of the same name is a symbolic link: some write through it to where it leads (Python). */
static gboolean
stands_behind_link (GHashTable *links, const AssayNode *node)
{
  if (g_hash_table_size (links) == 0)
    return FALSE;
  g_autofree char *plain = plain_path (node->path);
  const AssayNode *link = assay_prefix_lookup (links, plain);
  return link != NULL && link != node && link->type == ASSAY_NODE_SYMLINK;
}

static gboolean
is_named (char **scope, GHashTable *links, const AssayNode *node)
{
  g_autofree char *other = other_path (node);
  return is_path_named (scope, links, node->path) || (other != NULL && is_path_named (scope, links, other))
         || stands_behind_link (links, node);
}

gboolean
assay_scope_is_hard_link (const AssayNode *node)
{
  if (node->type == ASSAY_NODE_HARDLINK)
    return TRUE;
  return node->type == ASSAY_NODE_FILE && node->parent != NULL && strcmp (node->parent->format, "tar") == 0
         && (assay_node_get_fact (node, "link") != NULL || assay_node_get_fact (node, "header.link") != NULL);
}

/** What a visit for entries that have several names needs. */
typedef struct
{
  char **scope;
  GHashTable *links;
  GHashTable *inodes; /* of cpio archives, to whether a link to them is in scope */
  GHashTable *around; /* set of the nodes that @scope names; NULL: what assay_scope_holds() says */
  gboolean found;
} AliasVisit;

/* Whether a path is a file that the scope names and that is reached by way of a link, or is a hard link itself. */
static gboolean
is_alias (const AliasVisit *visit, const AssayNode *node, const char *path)
{
  g_autofree char *plain = plain_path (path);
  gboolean named
      = assay_text_any_glob_matches (visit->scope, path) || assay_text_any_glob_matches (visit->scope, plain);
  return named && (assay_scope_is_hard_link (node) || goes_through_link (visit->links, plain));
}

char *
assay_scope_inode (const AssayNode *node)
{
  const char *local = assay_node_local_name (node);
  const char *slash = strrchr (local, '/');
  g_autofree char *inode = target_name (node, "inode");
  if (inode == NULL || node->parent == NULL)
    return NULL;
  /* a cpio and ISO 9660 have a number, and how many links; all else has the way to the first of the names */
  if (assay_node_get_fact (node, "nlink") != NULL || slash == NULL)
    return target_path (node, inode);
  g_autofree char *first = g_strdup_printf ("%.*s/%s", (int)(slash - local), local, inode);
  return target_path (node, first);
}

/* Whether a hard link leads to what the scope names, as the fact @fact has its target. */
static gboolean
leads_into_scope (const AliasVisit *visit, const AssayNode *node, const char *fact)
{
  g_autofree char *name = assay_scope_is_hard_link (node) ? target_name (node, fact) : NULL;
  if (name == NULL)
    return FALSE;
  g_autofree char *path = target_path (node, name);
  const AssayNode *link = assay_prefix_lookup (visit->links, path);
  return leads_upwards (name) || assay_text_any_glob_matches (visit->scope, path)
         || goes_through_link (visit->links, path) || (link != NULL && link->type == ASSAY_NODE_SYMLINK);
}

static gboolean
has_inodes (const AssayNode *container)
{
  return strcmp (container->format, "cpio") == 0 || strcmp (container->format, "squashfs") == 0
         || g_str_has_prefix (container->format, "ext");
}

/* Several entries of a cpio, or of ext or squashfs, with one inode are hard links to one file: whoever writes to one of
 * them writes to all (Linux, init/initramfs.c, maybe_link). BusyBox asks for the number alone, whatever the device, and
 * libarchive of directories as well. */
static gboolean
shares_inode (const AliasVisit *visit, const AssayNode *node)
{
  const char *links = assay_node_get_fact (node, "nlink");
  if (node->parent == NULL || !has_inodes (node->parent) || (links != NULL && g_ascii_strtoull (links, NULL, 10) < 2))
    return FALSE;
  char *key = assay_scope_inode (node);
  if (key == NULL)
    return FALSE;
  gboolean held = visit->around != NULL ? g_hash_table_contains (visit->around, node)
                                        : assay_scope_holds (visit->scope, visit->links, node);
  gpointer inside = GINT_TO_POINTER (held ? 2 : 1);
  gpointer known = g_hash_table_lookup (visit->inodes, key);
  g_hash_table_replace (visit->inodes, key, inside);
  return known != NULL && known != inside;
}

/* A file in a tar of which not every reader knows where it ends: what it holds may be entries. */
static gboolean
has_two_sizes (const AssayNode *node)
{
  return node->type == ASSAY_NODE_FILE && node->parent != NULL && strcmp (node->parent->format, "tar") == 0
         && assay_node_get_fact (node, "header.size") != NULL;
}

/* A file in scope that is reached by way of a link, or to which a hard link leads, has other names: what is written
 * there last is what an extractor leaves. */
static gboolean
look_for_alias (AssayNode *node, gpointer data)
{
  AliasVisit *visit = data;
  g_autofree char *other = other_path (node);
  visit->found = shares_inode (visit, node) || has_two_sizes (node);
  if (!visit->found && (g_hash_table_size (visit->links) > 0 || assay_scope_is_hard_link (node)))
    visit->found = is_alias (visit, node, node->path) || (other != NULL && is_alias (visit, node, other))
                   || leads_into_scope (visit, node, "link") || leads_into_scope (visit, node, "header.link");
  return !visit->found;
}

static gboolean
find_alias (char **scope, GHashTable *links, GHashTable *around, AssayNode *root)
{
  g_autoptr (GHashTable) inodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  AliasVisit visit = { scope, links, inodes, around, FALSE };
  assay_node_visit (root, look_for_alias, &visit);
  return visit.found;
}

typedef struct
{
  char **scope;
  GHashTable *links;
  GHashTable *around;
} AroundVisit;

/* The image itself has no name. */
static gboolean
note_around (AssayNode *node, gpointer data)
{
  AroundVisit *visit = data;
  AssayNode *above = node->parent;
  if (above == NULL || above->parent == NULL || g_hash_table_contains (visit->around, above)
      || !assay_scope_holds (visit->scope, visit->links, node))
    return TRUE;
  for (; above->parent != NULL; above = above->parent)
    g_hash_table_add (visit->around, above);
  return TRUE;
}

/* What is in scope comes out of an archive within another as that comes out: all names of that one count too. */
gboolean
assay_scope_has_aliases (char **scope, GHashTable *links, AssayNode *root)
{
  if (scope == NULL || find_alias (scope, links, NULL, root))
    return scope != NULL;
  g_autoptr (GHashTable) around = g_hash_table_new (NULL, NULL);
  AroundVisit visit = { scope, links, around };
  assay_node_visit (root, note_around, &visit);
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  GHashTableIter iterator;
  gpointer node = NULL;
  g_hash_table_iter_init (&iterator, around);
  while (g_hash_table_iter_next (&iterator, &node, NULL))
    g_ptr_array_add (paths, ((AssayNode *)node)->path);
  if (paths->len == 0)
    return FALSE;
  g_ptr_array_add (paths, NULL);
  return find_alias ((char **)paths->pdata, links, around, root);
}

/* A file is all that it holds: a scope that names a container or a compressed member names its content too. */
gboolean
assay_scope_holds (char **scope, GHashTable *links, const AssayNode *node)
{
  if (scope == NULL || is_named (scope, links, node))
    return TRUE;
  for (const AssayNode *above = node->parent; above != NULL; above = above->parent)
    if (above->blob != NULL && is_named (scope, links, above))
      return TRUE;
  return FALSE;
}
