#include "account/sourced.h"

#include "account/names/names_of.h"
#include "account/names/other_names.h"
#include "account/names/usual_names.h"

#include <string.h>

/* Of these a shell reads any file, whatever its name: OpenWrt's preinit and uci-defaults, dhcpcd, crond, completions.
 * Beside them are those that end in ".d". */
static const char *const directories[]
    = { "completions", "cron.daily", "cron.hourly",    "cron.monthly", "cron.weekly", "dhcpcd-hooks",
        "live",        "preinit",    "site-functions", "uci-defaults", NULL };

/* Of a name in a container without what leads nowhere. (transfer full) */
static GStrv
components_of (const char *path)
{
  g_auto (GStrv) all = g_strsplit (path, "/", -1);
  GPtrArray *kept = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; all[i] != NULL; i++)
    if (strcmp (all[i], "..") == 0 && kept->len > 0)
      g_ptr_array_set_size (kept, (gint)kept->len - 1);
    else if (*all[i] != '\0' && strcmp (all[i], ".") != 0 && strcmp (all[i], "..") != 0)
      g_ptr_array_add (kept, g_strdup (all[i]));
  g_ptr_array_add (kept, NULL);
  return (GStrv)g_ptr_array_free (kept, FALSE);
}

/* Of these somebody reads any file by lines: settings, certificates of OpenSSL, GnuTLS, Go and p11-kit, keys and tables
 * of users. What a link from there leads to has a name of its own. */
static const char *const places[] = { "anchors", "authorized_keys", "certs", "crontabs", "etc", NULL };

static gboolean
stands_in_place (const char *path)
{
  g_auto (GStrv) components = components_of (path);
  for (guint i = 0; components[i] != NULL && components[i + 1] != NULL; i++)
    {
      g_autofree char *small = g_ascii_strdown (components[i], -1);
      if (strcmp (small, "doc") == 0)
        return FALSE;
      if (g_strv_contains (places, small))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_directory_of_texts (const char *component)
{
  g_autofree char *small = g_ascii_strdown (component, -1);
  return (strlen (small) > 2 && g_str_has_suffix (small, ".d")) || g_strv_contains (directories, small);
}

/* The last two components of a path: what is in front of them may lead through links of the device. */
static char *
key_of (char *const *components, guint count)
{
  return count > 1 ? g_strconcat (components[count - 2], "/", components[count - 1], NULL)
                   : g_strdup (count > 0 ? components[0] : "");
}

/** @targets: what links from such directories lead to; @links: paths of all links to where each leads */
typedef struct
{
  GHashTable *targets;
  GHashTable *links;
} Leading;

/** A link to a link, and so on: so many are followed, as Linux does. */
#define LINKS_MAX 40u

static char *
join (char *const *components, guint count)
{
  GString *path = g_string_new (NULL);
  for (guint i = 0; i < count; i++)
    g_string_append_printf (path, "%s%s", i == 0 ? "" : "/", components[i]);
  return g_string_free (path, FALSE);
}

/* The path without its first link to a directory: from where that leads. (transfer full) (nullable) */
static char *
without_link (const Leading *leading, char *const *components, guint count)
{
  for (guint i = 1; i < count; i++)
    {
      g_autofree char *front = join (components, i);
      const char *target = g_hash_table_lookup (leading->links, front);
      if (target == NULL)
        continue;
      g_autofree char *rest = join (components + i, count - i);
      g_autofree char *above = *target == '/' ? g_strdup ("") : join (components, i - 1);
      return g_strconcat (above, "/", target, "/", rest, NULL);
    }
  return NULL;
}

static void
add_target (const Leading *leading, const AssayNode *link, const char *target)
{
  gboolean from_root = link->type != ASSAY_NODE_SYMLINK || *target == '/';
  g_autofree char *above = from_root ? g_strdup ("") : g_path_get_dirname (assay_node_local_name (link));
  g_autofree char *path = g_strconcat (above, "/", target, NULL);
  for (guint i = 0; path != NULL && i < LINKS_MAX; i++)
    {
      g_auto (GStrv) components = components_of (path);
      guint count = g_strv_length (components);
      g_hash_table_add (leading->targets, key_of (components, count));
      g_free (path);
      path = without_link (leading, components, count);
    }
}

/* Whether a path leads through such a directory, or through something that a link from one leads to. @whole: to such a
 * directory as well */
static gboolean
stands_among_texts (GHashTable *targets, const char *path, gboolean whole)
{
  g_auto (GStrv) components = components_of (path);
  for (guint i = 0; components[i] != NULL; i++)
    {
      g_autofree char *key = key_of (components, i + 1);
      if (((whole || components[i + 1] != NULL) && is_directory_of_texts (components[i]))
          || g_hash_table_contains (targets, key))
        return TRUE;
    }
  return FALSE;
}

/* By a name that it has beside that of its path: a short one, or that of ISO 9660 alone. */
static gboolean
is_called_for_texts (const AssayNode *directory)
{
  g_autoptr (GStringChunk) texts = g_string_chunk_new (64);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  gboolean found = FALSE;
  assay_account_add_other_names (directory, texts, names);
  for (guint i = 0; !found && i < names->len; i++)
    found = is_directory_of_texts (g_ptr_array_index (names, i));
  return found;
}

static gboolean
note_name (AssayNode *node, gpointer data)
{
  const Leading *leading = data;
  const char *target = node->parent == NULL ? NULL : assay_node_get_fact (node, "link");
  if (target != NULL && node->type == ASSAY_NODE_SYMLINK)
    {
      g_auto (GStrv) components = components_of (assay_node_local_name (node));
      g_hash_table_insert (leading->links, join (components, g_strv_length (components)), g_strdup (target));
    }
  if (node->parent != NULL && node->type == ASSAY_NODE_DIRECTORY && is_called_for_texts (node))
    {
      g_auto (GStrv) components = components_of (assay_node_local_name (node));
      g_hash_table_add (leading->targets, key_of (components, g_strv_length (components)));
    }
  return TRUE;
}

/* What stands there is a link to somewhere, or the directory itself is one. */
static gboolean
note_link (AssayNode *node, gpointer data)
{
  const Leading *leading = data;
  static const char *const facts[] = { "link", "header.link" };
  if (node->parent == NULL || !(node->type == ASSAY_NODE_SYMLINK || assay_scope_is_hard_link (node))
      || !stands_among_texts (leading->targets, assay_node_local_name (node), TRUE))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      const char *target = assay_node_get_fact (node, facts[i]);
      if (target != NULL)
        add_target (leading, node, target);
    }
  return TRUE;
}

static GHashTable *
targets_of (AssayWork *work, const AssayNode *node)
{
  guint before = 0;
  if (work->sourced != NULL)
    return work->sourced;
  work->sourced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  while (node->parent != NULL)
    node = node->parent;
  g_autoptr (GHashTable) links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Leading leading = { work->sourced, links };
  assay_node_visit ((AssayNode *)node, note_name, &leading);
  for (guint i = 0; i < LINKS_MAX && (i == 0 || g_hash_table_size (work->sourced) > before); i++)
    {
      before = g_hash_table_size (work->sourced);
      assay_node_visit ((AssayNode *)node, note_link, &leading);
    }
  return work->sourced;
}

gboolean
assay_account_is_sourced (AssayWork *work, const AssayNode *node)
{
  if (node->parent == NULL)
    return FALSE;
  GHashTable *targets = targets_of (work, node);
  g_autofree char *other = assay_node_get_other_name (node);
  return stands_among_texts (targets, assay_node_local_name (node), FALSE)
         || (other != NULL && stands_among_texts (targets, other, FALSE))
         || assay_account_any_name (work, node, assay_usual_name_is_of_text);
}

gboolean
assay_account_is_read_by_lines (AssayWork *work, const AssayNode *node)
{
  g_autofree char *other = assay_node_get_other_name (node);
  return assay_account_is_sourced (work, node)
         || (node->parent != NULL && stands_in_place (assay_node_local_name (node)))
         || (node->parent != NULL && other != NULL && stands_in_place (other));
}
