#include "account/beside/beside.h"

#include "account/names/device_names.h"

#include <assay/error.h>

#include <string.h>

/*
 * Lists of a package of files that who installs it may leave as they are on the device: what is in scope is then in the
 * package, and is not what runs (T2).
 */

/* Bytes of a list of names that is read. */
#define NAMES_MAX (1u << 20)

/**
 * A kind of such lists.
 * @file: what it is called
 * @is_place: whether a node of that name lies where the list does
 * @add_name: adds what a line names, if it names something, to a set of utf8
 * @fact: what it is for a file to be named
 */
typedef struct
{
  const char *file;
  gboolean (*is_place) (const AssayNode *package, const AssayNode *node);
  void (*add_name) (GHashTable *names, char *line);
  const char *fact;
} ListKind;

/** A package around what the scope names. @names: a set of utf8, of the list that is looked for; @expected: of the
 * rebuild's (nullable); @problem: why it could not be read */
typedef struct
{
  AssayWork *work;
  const ListKind *kind;
  const AssayNode *package;
  GHashTable *names;
  GHashTable *expected;
  GError *problem;
} ListVisit;

/* Without what isspace() calls white at both ends. */
static char *
trimmed (char *text)
{
  static const char white[] = " \t\n\v\f\r";
  text += strspn (text, white);
  gsize length = strlen (text);
  while (length > 0 && strchr (white, text[length - 1]) != NULL)
    length--;
  text[length] = '\0';
  return text;
}

/* The name as that of an entry: without the slash that it begins with, and whatever leads nowhere. */
static void
add_path (GHashTable *names, const char *name)
{
  static const char of_process[] = "/proc/self/root/";
  g_autofree char *path = g_canonicalize_filename (name, "/");
  const char *plain = g_str_has_prefix (path, of_process) ? path + strlen (of_process) : path + strspn (path, "/");
  g_hash_table_add (names, assay_account_device_fold (plain));
}

/* As dpkg takes a line: the name behind a flag. */
static void
add_conffile (GHashTable *names, char *line)
{
  const char *name = strchr (trimmed (line), '/');
  if (name != NULL)
    add_path (names, name);
}

/* As pacman takes a line (libalpm, lib/libalpm/be_package.c, parse_descfile()): "backup = etc/app.conf". */
static void
add_backup (GHashTable *names, char *line)
{
  char *value = strchr (line, '=');
  if (value == NULL)
    return;
  *value++ = '\0';
  if (strcmp (trimmed (line), "backup") == 0)
    add_path (names, trimmed (value));
}

static gboolean
is_of_control (const AssayNode *package, const AssayNode *node)
{
  while (node->parent != NULL && node->parent != package)
    node = node->parent;
  g_autofree char *plain = node->parent == package ? assay_scope_plain_name (node) : NULL;
  return plain != NULL && g_str_has_prefix (plain, "control.tar");
}

static gboolean
is_entry_of (const AssayNode *package, const AssayNode *node)
{
  return node->parent == package;
}

/* The last is libarchive's, which reads an archive of any kind. */
static const ListKind kinds[] = {
  { "conffiles", is_of_control, add_conffile, "conffile" },
  { ".PKGINFO", is_entry_of, add_backup, "backup" },
};

static gboolean
collect_names (AssayNode *node, gpointer data)
{
  ListVisit *visit = data;
  const char *file = visit->kind->file;
  if (!visit->kind->is_place (visit->package, node))
    return TRUE;
  g_autofree char *plain = assay_scope_plain_name (node);
  gboolean is_list = strcmp (plain, file) == 0;
  if (node->trouble != NULL && (is_list || visit->kind->is_place == is_of_control))
    g_set_error (&visit->problem, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "what holds its %s could not be read: %s", file,
                 node->trouble);
  else if (is_list && (node->type == ASSAY_NODE_SYMLINK || node->type == ASSAY_NODE_HARDLINK))
    g_set_error (&visit->problem, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "its %s is a link", file);
  else if (is_list && node->size > NAMES_MAX)
    g_set_error (&visit->problem, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "its %s has more than 1 MiB", file);
  if (visit->problem != NULL || !is_list || node->blob == NULL)
    return visit->problem == NULL;
  g_autofree char *text = g_malloc0 ((gsize)node->size + 1);
  if (!assay_blob_read (node->blob, 0, text, (gsize)node->size, &visit->problem))
    return FALSE;
  /* Who reads by lines goes on behind a zero byte. */
  for (gsize i = 0; i < (gsize)node->size; i++)
    if (text[i] == '\0')
      text[i] = '\n';
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    visit->kind->add_name (visit->names, *line);
  return TRUE;
}

/* What the list names, whichever of several the reader takes; NULL where one could not be read. */
static GHashTable *
names_of (AssayWork *work, const ListKind *kind, const AssayNode *package, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  ListVisit visit = { .work = work, .kind = kind, .package = package, .names = names };
  assay_node_visit ((AssayNode *)package, collect_names, &visit);
  if (visit.problem == NULL)
    return g_steal_pointer (&names);
  g_propagate_error (error, visit.problem);
  return NULL;
}

/* A file in scope, or one that holds what is. */
static gboolean
judge_named (AssayNode *node, gpointer data)
{
  ListVisit *visit = data;
  if (node->parent == NULL || node->type == ASSAY_NODE_DIRECTORY || !assay_beside_is_held (visit->work, node))
    return TRUE;
  g_autofree char *name = assay_scope_plain_name (node);
  g_autofree char *plain = assay_account_device_fold (name);
  gboolean theirs = visit->expected != NULL && g_hash_table_contains (visit->expected, plain);
  if (g_hash_table_contains (visit->names, plain) && !theirs)
    assay_account_add_fact (visit->work, node, visit->kind->fact, "yes", NULL, ASSAY_CLASS_UNEXPLAINED,
                            "no-counterpart");
  return TRUE;
}

/* Whether a container is a package with lists of that kind. */
static gboolean
is_package (const ListKind *kind, const AssayNode *node)
{
  gboolean any = kind->is_place == is_entry_of || strcmp (node->format, "tar") == 0;
  if (kind->is_place == is_of_control && strcmp (node->format, "deb") == 0)
    return TRUE;
  for (guint i = 0; any && i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      g_autofree char *plain = kind->is_place == is_entry_of ? assay_scope_plain_name (child) : NULL;
      if (plain == NULL ? is_of_control (node, child) : strcmp (plain, kind->file) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
judge_list (AssayWork *work, const ListKind *kind, const AssayNode *node, const AssayNode *expected)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GHashTable) ours = names_of (work, kind, node, &problem);
  g_autoptr (GHashTable) theirs
      = expected == NULL || problem != NULL ? NULL : names_of (work, kind, expected, &problem);
  if (problem != NULL)
    {
      assay_account_leave_open (work, node, problem->message);
      return;
    }
  ListVisit visit = { .work = work, .kind = kind, .package = node, .names = ours, .expected = theirs };
  if (g_hash_table_size (ours) > 0)
    assay_node_visit ((AssayNode *)node, judge_named, &visit);
}

void
assay_beside_kept (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (is_package (&kinds[i], node))
      judge_list (work, &kinds[i], node, expected);
}
