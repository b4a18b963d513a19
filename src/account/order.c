#include "account/beside/beneath.h"
#include "account/beside/beside.h"
#include "account/encoding/enders.h"
#include "account/entry_facts.h"
#include "account/names/collisions.h"
#include "account/names/device_names.h"
#include "account/rules/rule.h"

#include <string.h>

/* T7 and T8: in which order a container has its members. */

/* Every name that some reader has for the entry, without capitals: archives are unpacked to disks that do not know them
 * as well. */
static GStrv
names_of (const AssayNode *entry)
{
  g_autofree char *other = assay_node_get_other_name (entry);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autofree char *name = assay_account_fold (assay_node_local_name (entry));
  g_autofree char *folded = other == NULL ? NULL : assay_account_fold (other);
  g_strv_builder_add (names, name);
  if (folded != NULL && strcmp (folded, name) != 0)
    g_strv_builder_add (names, folded);
  return g_strv_builder_end (names);
}

/* A name that says something of other names, so that what it does depends on what stands before it: a container image
 * takes away what a whiteout names (OCI image specification, "Whiteouts"). */
static gboolean
speaks_of_others (const char *name)
{
  const char *slash = strrchr (name, '/');
  return g_str_has_prefix (slash == NULL ? name : slash + 1, ".wh.");
}

/* A name that some reader takes for another one: `a//b` and `a/./b`; a drive or backslashes in front, which bsdtar
 * takes off; of a zip a version behind (unzip), backslashes for slashes, or what is not ASCII in one of two charsets.
 */
static gboolean
is_written_otherwise (const AssayNode *node, const char *name)
{
  if (strchr (name, '%') != NULL || name[0] == '\\' || (g_ascii_isalpha (name[0]) && name[1] == ':'))
    return TRUE;
  return strcmp (node->format, "zip") == 0 && (strpbrk (name, ";\\") != NULL || !g_str_is_ascii (name));
}

/* What some readers make a directory of, and others a file (tar: a plain file whose name ends in a slash). */
static gboolean
is_of_two_types (const AssayNode *entry)
{
  return entry->type == ASSAY_NODE_DIRECTORY && assay_node_get_fact (entry, "header.typeflag") != NULL;
}

/* Whether a device that the archive is unpacked to may know another file by that name. */
static gboolean
is_known_on_device (const AssayNode *node, const AssayNode *child, GHashTable *devices, const char *name)
{
  if (!assay_account_is_unpacked (node))
    return FALSE;
  return assay_account_is_of_process (name)
         || (child->type != ASSAY_NODE_DIRECTORY && !g_hash_table_add (devices, assay_account_device_fold (name)));
}

/* Notes which entry has each name. FALSE where two have one, where a hard link needs its target before it, or where
 * one file has names that are written otherwise, as `a//b` and `a/./b`: then the later one wins. */
static gboolean
note_names (const AssayNode *node, GHashTable *owners)
{
  g_autoptr (GHashTable) devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < node->children->len; i++)
    {
      AssayNode *child = g_ptr_array_index (node->children, i);
      g_auto (GStrv) names = names_of (child);
      for (char **name = names; *name != NULL; name++)
        if (child->type == ASSAY_NODE_HARDLINK || assay_account_may_be_short (*name)
            || is_written_otherwise (node, *name) || speaks_of_others (*name) || is_of_two_types (child)
            || is_known_on_device (node, child, devices, *name) || assay_account_ends_for_some (child)
            || !g_hash_table_insert (owners, assay_account_fold_widely (*name), child))
          return FALSE;
    }
  return TRUE;
}

/* What lies beneath a name comes right behind it: a slash is less than all else. */
static gint
by_path (gconstpointer a, gconstpointer b)
{
  const guint8 *x = *(const guint8 *const *)a;
  const guint8 *y = *(const guint8 *const *)b;
  while (*x != 0 && *x == *y)
    {
      x++;
      y++;
    }
  guint first = *x == '/' ? 1 : *x == 0 ? 0 : *x + 1u;
  guint second = *y == '/' ? 1 : *y == 0 ? 0 : *y + 1u;
  return (first > second) - (first < second);
}

/* Whether a name leads through another entry that is no directory. */
static gboolean
one_leads_through_another (GHashTable *owners)
{
  g_autofree gpointer *names = g_hash_table_get_keys_as_array (owners, NULL);
  guint count = g_hash_table_size (owners);
  const char *above = NULL;
  qsort (names, count, sizeof *names, by_path);
  for (guint i = 0; i < count; i++)
    {
      const char *name = names[i];
      const AssayNode *entry = g_hash_table_lookup (owners, name);
      if (above != NULL && g_str_has_prefix (name, above) && name[strlen (above)] == '/')
        return TRUE;
      above = entry->type == ASSAY_NODE_DIRECTORY ? NULL : name;
    }
  return FALSE;
}

/* Who does not know extensions of tar, as GRUB, takes their headers for files: one of the name of a member is the file
 * if it stands first. */
static gboolean
is_named_by_extension (GHashTable *owners, const AssayNode *entry)
{
  g_auto (GStrv) names = assay_node_get_extension_names (entry);
  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      g_autofree char *wide = assay_account_fold_widely (*name);
      if (g_hash_table_contains (owners, wide))
        return TRUE;
    }
  return FALSE;
}

/* Whether two directories are made alike, but for name and times. */
static gboolean
are_made_alike (const AssayNode *a, const AssayNode *b)
{
  const AssayNode *const sides[] = { a, b };
  for (guint side = 0; side < G_N_ELEMENTS (sides); side++)
    for (guint i = 0; i < sides[side]->facts->len; i++)
      {
        const AssayFact *fact = &g_array_index (sides[side]->facts, AssayFact, i);
        if (!assay_fact_is_time (fact->name) && strcmp (fact->name, "name") != 0
            && g_strcmp0 (fact->value, assay_node_get_fact (sides[1 - side], fact->name)) != 0)
          return FALSE;
      }
  return TRUE;
}

/* Who takes the first component off each name makes one file of `package/index.js` and `examples/index.js`: npm does,
 * and tar(1) with --strip-components=1, as source and packages are unpacked. */
static gboolean
depend_without_first_component (const AssayNode *node)
{
  g_autoptr (GHashTable) owners = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (strcmp (node->format, "tar") != 0)
    return FALSE;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      const char *name = assay_node_local_name (child);
      const char *rest = strchr (g_str_has_prefix (name, "./") ? name + 2 : name, '/');
      g_autofree char *folded = rest == NULL ? NULL : assay_account_fold_widely (rest + 1);
      const AssayNode *other = folded == NULL ? NULL : g_hash_table_lookup (owners, folded);
      if (other != NULL
          && (other->type != ASSAY_NODE_DIRECTORY || child->type != ASSAY_NODE_DIRECTORY
              || !are_made_alike (child, other)))
        return TRUE;
      if (folded != NULL && other == NULL)
        g_hash_table_insert (owners, g_steal_pointer (&folded), (gpointer)child);
    }
  return one_leads_through_another (owners);
}

/* Whether an owner is called by a name that not every system has. */
static gboolean
has_owner_by_name (const AssayNode *entry)
{
  static const char *const facts[] = { "user", "group" };
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      const char *name = assay_node_get_fact (entry, facts[i]);
      if (name != NULL && *name != '\0' && strcmp (name, "root") != 0)
        return TRUE;
    }
  return FALSE;
}

/* Who unpacks a root file system into the one that he looks up owners in, as a device does that is upgraded, finds
 * another one once the list of users is there. */
static gboolean
owners_depend (const AssayNode *node)
{
  static const char *const lists[] = { "etc/passwd", "etc/group", "etc/nsswitch.conf" };
  gboolean lists_users = FALSE;
  gboolean asks = FALSE;
  for (guint i = 0; i < node->children->len && !(lists_users && asks); i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      g_autofree char *name = assay_account_fold_widely (assay_node_local_name (child));
      for (gsize k = 0; k < G_N_ELEMENTS (lists); k++)
        lists_users |= g_str_has_suffix (name, lists[k]);
      asks |= has_owner_by_name (child);
    }
  return lists_users && asks;
}

/* Whether what an archive makes depends on the order of its entries for any reader: of two with one name the later one
 * counts, an entry beneath a symbolic link goes wherever that leads, and of a file and an entry beneath its name the
 * first one is made. */
static gboolean
entries_depend (const AssayNode *node)
{
  g_autoptr (GHashTable) owners = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!note_names (node, owners))
    return TRUE;
  for (guint i = 0; i < node->children->len; i++)
    if (is_named_by_extension (owners, g_ptr_array_index (node->children, i)))
      return TRUE;
  return one_leads_through_another (owners) || depend_without_first_component (node) || owners_depend (node);
}

/** Here, and not in directories beneath it, a jar has manifest and signatures. */
#define META_INF "META-INF/"

/* Who installs a package reads it until its files begin, as pacman does, or wants what says what it is in its place:
 * apk, xbps, pkg.
 */
static gboolean
is_of_package (const AssayNode *entry)
{
  static const char *const packages[] = { ".PKGINFO", "props.plist", "+MANIFEST", "+COMPACT_MANIFEST", NULL };
  const char *name = assay_node_local_name (entry);
  return g_strv_contains (packages, g_str_has_prefix (name, "./") ? name + 2 : name);
}

/* The type of a document (EPUB OCF 3.3, 4.3); manifest and signatures by who reads a jar as a stream (JarInputStream,
 * of any capitals); the metadata of a gem, packed or not, of which RubyGems takes the last; and OpenWrt's sysupgrade
 * takes the first of the directories for a board.
 */
static gboolean
is_wanted_in_its_place (const AssayNode *entry)
{
  static const char *const names[] = { "mimetype", "metadata", "metadata.gz", NULL };
  const char *name = assay_node_local_name (entry);
  if (g_str_has_prefix (name, "./"))
    name += 2;
  return g_strv_contains (names, name) || g_str_has_prefix (name, "sysupgrade-")
         || (g_ascii_strncasecmp (name, META_INF, strlen (META_INF)) == 0
             && strchr (name + strlen (META_INF), '/') == NULL);
}

/* Where the first part of each entry stands among those of all others. */
static guint32 *
places_of (const AssayNode *node)
{
  guint32 *places = g_new0 (guint32, MAX (node->children->len, 1));
  guint32 place = 0;
  for (guint i = 0; i < node->spans->len; i++)
    {
      guint32 child = g_array_index (node->spans, AssaySpan, i).child;
      if (child < node->children->len && places[child] == 0)
        places[child] = ++place;
    }
  return places;
}

static gint
by_place (gconstpointer a, gconstpointer b)
{
  const guint32 *x = a;
  const guint32 *y = b;
  return (x[0] > y[0]) - (x[0] < y[0]);
}

/* A zip has an order in its directory, and another one in the file, in which whoever reads it as a stream goes through
 * it. Whether the second is that of the rebuild. @held: of what a scope holds alone. @out_placed: whether what is
 * wanted in its place has the same there. */
static gboolean
bodies_are_in_order (AssayWork *work, const AssayNode *node, const AssayNode *expected, gboolean held,
                     gboolean *out_placed)
{
  *out_placed = TRUE;
  if (strcmp (node->format, "zip") != 0 || node->spans == NULL || expected->spans == NULL)
    return TRUE;
  g_autofree guint32 *ours = places_of (node);
  g_autofree guint32 *theirs = places_of (expected);
  g_autofree guint32 *pairs = g_new (guint32, 2 * MAX (node->children->len, 1));
  guint count = 0;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      const AssayMatch *match = assay_pairing_get (work->pairing, child);
      if (match->expected == NULL || match->expected->parent != expected
          || (held && !assay_beside_is_held (work, child)))
        continue;
      pairs[2 * count] = ours[i];
      pairs[2 * count++ + 1] = theirs[match->expected->index];
      if (ours[i] != theirs[match->expected->index] && is_wanted_in_its_place (child))
        *out_placed = FALSE;
    }
  qsort (pairs, count, 2 * sizeof *pairs, by_place);
  for (guint i = 1; i < count; i++)
    if (pairs[2 * i + 1] < pairs[2 * i - 1])
      return FALSE;
  return TRUE;
}

/* T7: the order of members matters only to whoever reads them in order. Whether somebody does, no image says: the
 * policy has to, and where something of the image speaks against it, it does not hold. */
void
assay_account_order (AssayWork *work, const AssayNodeAccount *node_account)
{
  const AssayNode *node = node_account->node;
  const AssayNode *expected = node_account->match->expected;
  guint32 last = 0;
  gboolean placed = TRUE;
  gboolean ascending = bodies_are_in_order (work, node, expected, FALSE, &placed);
  gboolean unique = TRUE;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      const AssayMatch *match = assay_pairing_get (work->pairing, child);
      if (match->expected != NULL
          && (is_of_package (child) || (match->expected->index != i && is_wanted_in_its_place (child))))
        placed = FALSE;
      if (match->expected == NULL || match->expected->parent != expected)
        unique = FALSE;
      else if (match->expected->index < last)
        ascending = FALSE;
      else
        last = match->expected->index;
    }
  if (ascending && unique && node->children->len == expected->children->len)
    return;
  gboolean moved = assay_beneath_find_moved (work, node, expected, ASSAY_BENEATH_ALL) != NULL;
  if (ascending && !moved)
    return;
  gboolean free_order = unique && placed && !moved && !assay_account_is_fixed (work, node) && !node->ordered
                        && !expected->ordered && !entries_depend (node);
  gboolean granted = assay_rule_is_granted ("member-order", work->options->policy);
  assay_account_add_fact (work, node, "order", "another order of members", "the order of the rebuild",
                          free_order && granted ? ASSAY_CLASS_EXPLAINED : ASSAY_CLASS_UNEXPLAINED,
                          free_order ? "member-order" : "differs");
}

void
assay_account_order_in_scope (AssayWork *work, const AssayNodeAccount *node_account)
{
  const AssayNode *node = node_account->node;
  const AssayNode *expected = node_account->match->expected;
  guint32 last = 0;
  const AssayNode *first = NULL;
  gboolean placed = TRUE, placed_held = TRUE;
  gboolean ascending = bodies_are_in_order (work, node, expected, FALSE, &placed);
  for (guint i = 0; i < node->children->len && first == NULL; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      const AssayMatch *match = assay_pairing_get (work->pairing, child);
      if (match->expected == NULL || match->expected->parent != expected || !assay_beside_is_held (work, child))
        continue;
      if (match->expected->index != i && is_wanted_in_its_place (child))
        placed = FALSE;
      if (match->expected->index < last || !placed)
        first = child;
      last = match->expected->index;
    }
  const AssayNode *late = first;
  if (late == NULL && !bodies_are_in_order (work, node, expected, TRUE, &placed_held))
    late = node;
  if (first == NULL && (!ascending || !placed))
    first = node;
  if (first == NULL || (placed && !entries_depend (node)))
    first = assay_beneath_find_moved (work, node, expected, ASSAY_BENEATH_IN_SCOPE);
  const char *rule = first == NULL ? "member-order" : "differs";
  if (first == NULL && !assay_rule_is_granted (rule, work->options->policy))
    first = late;
  if (first != NULL)
    assay_account_add_fact (work, first, "order", "another order of members", "the order of the rebuild",
                            ASSAY_CLASS_UNEXPLAINED, rule);
}
