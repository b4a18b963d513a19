#include "account/beside/beneath.h"

#include "account/beside/beside.h"
#include "account/names/collisions.h"
#include "account/names/device_names.h"
#include "util/prefix.h"

#include <string.h>

/* In front of a name as it is written, among names that are folded. */
#define AS_WRITTEN "="

/** The entries of a container, beneath the directories that it has entries of. */
typedef struct
{
  AssayWork *work;
  const AssayNode *expected; /* the container of the rebuild; NULL where there is none */
  AssayBeneathEntries which;
  GHashTable *directories; /* each name of a directory to the first entry of that name */
  GHashTable *late;        /* directories that an entry beneath them stands before */
  const AssayNode *moved;  /* the first entry that stands on the other side of a directory that it lies in */
} Beneath;

/* Every name that some reader has for the entry; that of the archive's own directory is nothing. */
static GStrv
names_of (const AssayNode *entry)
{
  g_autofree char *plain = assay_scope_plain_name (entry);
  g_autofree char *other = assay_node_get_other_name (entry);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  gboolean is_root = strcmp (plain, "%2E") == 0;
  g_autofree char *written = g_strconcat (AS_WRITTEN, is_root ? "" : plain, NULL);
  g_autofree char *folded = assay_account_fold_widely (plain);
  g_autofree char *folded_other = other == NULL ? NULL : assay_account_fold_widely (other);
  g_strv_builder_add (names, written);
  if (!is_root)
    g_strv_builder_add (names, folded);
  if (folded_other != NULL)
    g_strv_builder_add (names, folded_other);
  return g_strv_builder_end (names);
}

static GHashTable *
find_directories (const AssayNode *container)
{
  GHashTable *found = assay_prefix_table_new ();
  for (guint i = 0; i < container->children->len; i++)
    {
      AssayNode *child = g_ptr_array_index (container->children, i);
      g_auto (GStrv) names = child->type == ASSAY_NODE_DIRECTORY ? names_of (child) : NULL;
      for (char **name = names; name != NULL && *name != NULL; name++)
        if (assay_prefix_lookup (found, *name) == NULL)
          g_hash_table_insert (found, assay_prefix_new (*name), child);
    }
  return found;
}

static const AssayNode *
counterpart (const Beneath *beneath, const AssayNode *entry)
{
  const AssayNode *expected = assay_pairing_get (beneath->work->pairing, entry)->expected;
  return expected != NULL && expected->parent == beneath->expected ? expected : NULL;
}

static gboolean
counts (const Beneath *beneath, const AssayNode *entry)
{
  return beneath->which == ASSAY_BENEATH_ALL || assay_beside_is_held (beneath->work, entry);
}

/* Notes on which side of a directory's entry one beneath it stands. */
static void
note_pair (Beneath *beneath, const AssayNode *directory, const AssayNode *entry)
{
  if (entry->index < directory->index)
    g_hash_table_add (beneath->late, (gpointer)directory);
  if (beneath->moved != NULL || beneath->expected == NULL)
    return;
  const AssayNode *other = counterpart (beneath, entry);
  const AssayNode *other_directory = counterpart (beneath, directory);
  if (other != NULL && other_directory != NULL
      && (entry->index < directory->index) != (other->index < other_directory->index)
      && (counts (beneath, entry) || counts (beneath, directory)))
    beneath->moved = entry;
}

static void
note_above (Beneath *beneath, const AssayNode *entry, const char *name)
{
  gsize root = g_str_has_prefix (name, AS_WRITTEN) ? strlen (AS_WRITTEN) : 0;
  AssayPrefix above = assay_prefix_begin (name, root);
  for (gboolean more = name[root] != '\0'; more; more = assay_prefix_next (&above))
    {
      const AssayNode *directory = g_hash_table_lookup (beneath->directories, &above);
      if (directory != NULL && directory != entry)
        note_pair (beneath, directory, entry);
    }
}

static void
note_entries (Beneath *beneath, const AssayNode *container)
{
  for (guint i = 0; i < container->children->len; i++)
    {
      const AssayNode *entry = g_ptr_array_index (container->children, i);
      g_auto (GStrv) names = names_of (entry);
      for (char **name = names; *name != NULL; name++)
        note_above (beneath, entry, *name);
    }
}

/* The directories of a container that something beneath them stands before. */
static GHashTable *
find_late (const AssayNode *container)
{
  g_autoptr (GHashTable) directories = find_directories (container);
  GHashTable *late = g_hash_table_new (NULL, NULL);
  Beneath beneath = { .directories = directories, .late = late };
  note_entries (&beneath, container);
  return late;
}

/* Something that has no counterpart makes a directory, or no longer does, before its entry comes. */
static const AssayNode *
find_made_otherwise (const Beneath *beneath, const AssayNode *container)
{
  g_autoptr (GHashTable) late = beneath->expected == NULL ? NULL : find_late (beneath->expected);
  for (guint i = 0; i < container->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (container->children, i);
      if (child->type != ASSAY_NODE_DIRECTORY || !counts (beneath, child))
        continue;
      const AssayNode *other = beneath->expected == NULL ? NULL : counterpart (beneath, child);
      if (beneath->expected != NULL && other == NULL)
        continue;
      gboolean was_late = other != NULL && g_hash_table_contains (late, other);
      if (g_hash_table_contains (beneath->late, child) != was_late)
        return child;
    }
  return NULL;
}

const AssayNode *
assay_beneath_find_moved (AssayWork *work, const AssayNode *container, const AssayNode *expected,
                          AssayBeneathEntries which)
{
  if (!assay_account_is_unpacked (container))
    return NULL;
  g_autoptr (GHashTable) directories = find_directories (container);
  g_autoptr (GHashTable) late = g_hash_table_new (NULL, NULL);
  Beneath beneath = { .work = work, .expected = expected, .which = which, .directories = directories, .late = late };
  note_entries (&beneath, container);
  return beneath.moved != NULL ? beneath.moved : find_made_otherwise (&beneath, container);
}
