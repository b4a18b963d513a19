#include "account/beside/beside.h"

#include "unpack/fact.h"
#include "unpack/marks.h"

#include <string.h>

/*
 * A loader finds the partition that it starts by its place in the table, its type, name or GUID, and Linux its root by
 * these or by the UUID or label of the file system in it (`root=`): another partition that says the same, or is marked
 * as the one to be started, is taken for the one in scope (T2). So is another image of a file system that lies beside
 * one in scope in an update.
 */

static const char *const of_table[]
    = { "partition-type", "partition-guid", "partition-name", "attributes", "active", NULL };

/** What file systems that are opened are found by. libblkid takes the label of FAT from the root directory, busybox
 * from either place. */
static const struct
{
  const char *fact;
  gboolean is_label;
} of_system[] = { { "uuid", FALSE }, { "volume-id", FALSE }, { "label", TRUE }, { "boot-label", TRUE } };

/** What nobody takes for a label: mkfs.fat writes it where there is none. */
#define NO_LABEL "noname"

static const char *const of_disks[] = { "gpt", "mbr", NULL };

static gboolean
is_disk (const AssayNode *container)
{
  return g_strv_contains (of_disks, container->format);
}

/* A partition is what it is; a file is written to one once it is unpacked. */
static const AssayNode *
system_in (const AssayNode *child)
{
  const AssayNode *node = child;
  while (node != NULL && !is_disk (child->parent) && node->stream != NULL && node->children != NULL
         && node->children->len == 1)
    node = g_ptr_array_index (node->children, 0);
  return node;
}

/* As the most careless readers compare it: libblkid cuts blanks off at the end, udev writes `_` for them, GRUB takes
 * capitals of a UUID for small letters, and tools for FAT write labels in capitals. */
static char *
name_of (const char *fact, gboolean is_label)
{
  g_autoptr (GBytes) raw = is_label ? assay_fact_unescape (fact) : NULL;
  gsize length = strlen (fact);
  const char *bytes = raw == NULL ? fact : g_bytes_get_data (raw, &length);
  GString *name = g_string_new (is_label ? "label " : "uuid ");
  gsize mark = name->len;
  if (!is_label && g_str_has_prefix (fact, "0x"))
    {
      bytes += 2;
      length -= 2;
    }
  for (gsize i = 0; i < length && bytes[i] != '\0'; i++)
    if (!g_ascii_isspace (bytes[i]) && strchr (is_label ? "_" : "-:", bytes[i]) == NULL)
      g_string_append_c (name, g_ascii_tolower (bytes[i]));
  if (name->len == mark || (is_label && strcmp (name->str + mark, NO_LABEL) == 0))
    g_string_truncate (name, 0);
  return g_string_free (name, FALSE);
}

/* Names to the facts that say them. */
static void
add_names (GHashTable *names, const AssayNode *system)
{
  for (gsize k = 0; system != NULL && system->own_facts != NULL && k < G_N_ELEMENTS (of_system); k++)
    {
      const char *fact = assay_facts_get (system->own_facts, of_system[k].fact);
      g_autofree char *name = fact == NULL ? NULL : name_of (fact, of_system[k].is_label);
      if (name != NULL && *name != '\0' && !g_hash_table_contains (names, name))
        g_hash_table_insert (names, g_steal_pointer (&name), (gpointer)of_system[k].fact);
    }
}

static GHashTable *
names_of (const AssayNode *system)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  add_names (names, system);
  return names;
}

/* Of these that were opened the names are facts, or they have none. */
static gboolean
has_known_names (const AssayNode *system)
{
  return system->spans != NULL
         && (strcmp (system->format, "fat") == 0 || strcmp (system->format, "squashfs") == 0
             || g_str_has_prefix (system->format, "ext"));
}

/* What is told by sight, and has a name to some reader. */
static gboolean
is_unread_system (const AssayNode *system)
{
  static const char *const unread[]
      = { "ext", "fat", "iso9660", "cramfs", "romfs", "erofs", "f2fs", "xfs", "ntfs", "exfat", "luks", NULL };
  return !has_known_names (system) && g_strv_contains (unread, system->format);
}

/* Whether a node may have names that are not known here: on a disk all that some reader may find a file system in. */
static gboolean
may_have_names (const AssayNode *system, gboolean on_disk)
{
  if (system->blob == NULL)
    return FALSE;
  if (!on_disk || is_unread_system (system))
    return is_unread_system (system);
  gboolean is_known_leaf
      = system->spans == NULL && strcmp (system->format, "raw") != 0 && strcmp (system->format, "elf") != 0;
  return (is_known_leaf && !has_known_names (system)) || assay_marks_find_other (system->blob, system->format);
}

/**
 * What the file systems in scope are found by.
 * @names: of both sides, for two names may have been swapped
 * @unknown: one of them may have names that nobody reads here
 */
typedef struct
{
  GHashTable *names;
  gboolean unknown;
} HeldNames;

static void
find_held (const AssayWork *work, const AssayNode *node, const AssayNode *expected, HeldNames *held)
{
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      const AssayNode *system = system_in (child);
      if (!(is_disk (node) || has_known_names (system) || is_unread_system (system))
          || !assay_beside_is_held (work, child))
        continue;
      const AssayNode *theirs = assay_beside_counterpart (work, child, expected);
      add_names (held->names, system);
      if (theirs != NULL)
        add_names (held->names, system_in (theirs));
      held->unknown = held->unknown || may_have_names (system, is_disk (node));
    }
}

static char *
list_names (GHashTable *names)
{
  g_autoptr (GList) sorted = g_list_sort (g_hash_table_get_keys (names), (GCompareFunc)strcmp);
  GString *list = g_string_new (NULL);
  for (const GList *at = sorted; at != NULL; at = at->next)
    g_string_append_printf (list, "%s%s", list->len == 0 ? "" : ", ", (const char *)at->data);
  return g_string_free (list, FALSE);
}

/* A file system beside the scope that has what one in scope is found by, or may be, and not in the rebuild. */
static void
judge_names (AssayWork *work, const AssayNode *child, const AssayNode *theirs, const HeldNames *held)
{
  g_autoptr (GHashTable) ours = names_of (system_in (child));
  g_autoptr (GHashTable) wanted = names_of (theirs == NULL ? NULL : system_in (theirs));
  g_autofree char *expected = theirs == NULL ? NULL : list_names (wanted);
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (ours), (GCompareFunc)strcmp);
  for (const GList *at = names; at != NULL; at = at->next)
    if (!g_hash_table_contains (wanted, at->data) && (held->unknown || g_hash_table_contains (held->names, at->data)))
      assay_account_add_fact (work, child, g_hash_table_lookup (ours, at->data), at->data, expected,
                              ASSAY_CLASS_UNEXPLAINED, "differs");
}

/* A file system of another kind beside the scope, whose names nobody reads here: it has those that it has in the
 * rebuild, where it has the same bytes. */
static void
judge_unread_names (AssayWork *work, const AssayNode *child, const AssayNode *theirs)
{
  const AssayNode *system = system_in (child);
  const AssayNode *wanted = theirs == NULL ? NULL : system_in (theirs);
  gboolean equal = FALSE;
  if (!may_have_names (system, is_disk (child->parent))
      || (wanted != NULL && wanted->blob != NULL && assay_blob_equal (system->blob, wanted->blob, &equal, NULL)
          && equal))
    return;
  assay_account_add_fact (work, child, "content", "a file system that may have the names of one in scope",
                          "the bytes of the rebuild", ASSAY_CLASS_UNEXPLAINED, "differs");
}

static void
judge_table (AssayWork *work, const AssayNode *child, const AssayNode *theirs)
{
  if (theirs == NULL)
    assay_account_add_fact (work, child, "name", assay_node_local_name (child), NULL, ASSAY_CLASS_UNEXPLAINED, "added");
  else
    assay_beside_facts (work, child, of_table, child->facts, theirs->facts);
}

void
assay_beside_partitions (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  HeldNames held = { names, FALSE };
  if (node->children == NULL || node->stream != NULL || expected == NULL || expected->children == NULL)
    return;
  find_held (work, node, expected, &held);
  gboolean named = g_hash_table_size (names) > 0 || held.unknown;
  for (guint i = 0; (named || is_disk (node)) && i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (assay_beside_is_held (work, child))
        continue;
      const AssayNode *theirs = assay_beside_counterpart (work, child, expected);
      if (is_disk (node))
        judge_table (work, child, theirs);
      if (!named)
        continue;
      judge_names (work, child, theirs, &held);
      judge_unread_names (work, child, theirs);
    }
}
