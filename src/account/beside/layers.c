#include "account/beside/beside.h"

#include "account/entry_facts.h"
#include "account/names/collisions.h"
#include "account/names/device_names.h"
#include "compare/pairing.h"

#include <string.h>

/*
 * An image of containers is layers that are unpacked one over another: what a layer in scope holds is seen where no
 * other layer has an entry of its name, takes it away or covers a directory above it (T2). In which order they come,
 * other files of the image say.
 * Source: OCI image specification, "Image Layer Filesystem Changeset"; Docker's "Image Specification v1.2".
 */

#define WHITEOUT ".wh."
#define WHITEOUT_ALL ".wh..wh..opq"

/** What an image of containers has beside its layers; the last one in whatever directory it lies. */
static const char *const of_images[] = { "manifest.json", "index.json", "repositories" };
#define LAYOUT "oci-layout"

/**
 * @front: what the names of all files of the image begin with
 * @held: names of entries in scope, as a device knows them, to these; NULL: to those of several layers
 * @above: those of the directories above them, to the same
 * @links: set of the names of symbolic links in any layer
 * @ours: layers of the rebuild to the shipped ones
 * @same: set of layers and entries of the rebuild that are the shipped ones
 * @overlaps: two layers have something of one name
 */
typedef struct
{
  AssayWork *work;
  const AssayNode *expected;
  const char *front;
  GHashTable *held;
  GHashTable *above;
  GHashTable *links;
  GHashTable *ours;
  GHashTable *same;
  gboolean overlaps;
} Layers;

/* The archive that a file of the image is, through its compression; NULL: none. */
static const AssayNode *
layer_in (const AssayNode *child)
{
  const AssayNode *node = child;
  while (node->stream != NULL && node->children != NULL && node->children->len == 1)
    node = g_ptr_array_index (node->children, 0);
  return strcmp (node->format, "tar") == 0 && node->spans != NULL ? node : NULL;
}

/* The files of the image. */
static GPtrArray *
list_files (const Layers *layers, const AssayNode *node)
{
  GPtrArray *files = g_ptr_array_new ();
  for (guint i = 0; node != NULL && i < node->children->len; i++)
    {
      AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->type != ASSAY_NODE_DIRECTORY && g_str_has_prefix (assay_node_local_name (child), layers->front))
        g_ptr_array_add (files, child);
    }
  return files;
}

/* A file whose name ends with a slash is a directory to some. */
static char *
plain_name_of (const AssayNode *entry)
{
  char *plain = assay_scope_plain_name (entry);
  for (gsize length = strlen (plain); length > 0 && plain[length - 1] == '/'; length--)
    plain[length - 1] = '\0';
  return plain;
}

static void
find_fronts (const AssayNode *node, GHashTable *fronts)
{
  for (guint i = 0; node != NULL && node->children != NULL && i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      const char *name = assay_node_local_name (child);
      const char *slash = strrchr (name, '/');
      g_autofree char *plain = plain_name_of (child);
      for (gsize k = 0; k < G_N_ELEMENTS (of_images); k++)
        if (strcmp (name, of_images[k]) == 0 || strcmp (plain, of_images[k]) == 0)
          g_hash_table_add (fronts, g_strdup (""));
      if (strcmp (slash == NULL ? name : slash + 1, LAYOUT) == 0)
        g_hash_table_add (fronts, g_strndup (name, strlen (name) - strlen (LAYOUT)));
    }
}

static char *
name_of (const AssayNode *entry)
{
  g_autofree char *plain = plain_name_of (entry);
  return assay_account_device_fold (plain);
}

/* Each directory above a name, from the nearest on. */
static gboolean
cut_last (char *name)
{
  char *slash = strrchr (name, '/');
  if (slash != NULL)
    *slash = '\0';
  return slash != NULL;
}

/* What is held in two layers is there twice. */
static void
hold (Layers *layers, GHashTable *table, const char *name, const AssayNode *entry)
{
  gpointer known = NULL;
  gboolean is_known = g_hash_table_lookup_extended (table, name, NULL, &known);
  gboolean several = is_known && (known == NULL || ((const AssayNode *)known)->parent != entry->parent);
  layers->overlaps = layers->overlaps || (several && table == layers->held && entry->type != ASSAY_NODE_DIRECTORY);
  g_hash_table_insert (table, g_strdup (name), several ? NULL : (gpointer)entry);
}

static void
note_layer (Layers *layers, const AssayNode *layer)
{
  for (guint i = 0; i < layer->children->len; i++)
    {
      const AssayNode *entry = g_ptr_array_index (layer->children, i);
      g_autofree char *name = name_of (entry);
      if (entry->type == ASSAY_NODE_SYMLINK)
        g_hash_table_add (layers->links, g_strdup (name));
      if (!assay_beside_is_held (layers->work, entry))
        continue;
      hold (layers, layers->held, name, entry);
      while (cut_last (name))
        hold (layers, layers->above, name, entry);
      /* what is called as the link of a merged /usr may be none */
      g_autofree char *plain = plain_name_of (entry);
      g_autofree char *own = assay_account_fold_widely (plain);
      while (cut_last (own))
        hold (layers, layers->above, own, entry);
    }
}

static gboolean
is_elsewhere (GHashTable *table, const char *name, const AssayNode *layer)
{
  gpointer known = NULL;
  return g_hash_table_lookup_extended (table, name, NULL, &known)
         && (known == NULL || ((const AssayNode *)known)->parent != layer);
}

static guint
count_facts (const AssayNode *entry)
{
  guint count = 0;
  for (guint i = 0; entry->facts != NULL && i < entry->facts->len; i++)
    count += !assay_fact_is_time (g_array_index (entry->facts, AssayFact, i).name);
  return count;
}

/* But for times. */
static gboolean
has_facts_of (const AssayNode *entry, const AssayNode *other)
{
  for (guint i = 0; entry->facts != NULL && i < entry->facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (entry->facts, AssayFact, i);
      if (!assay_fact_is_time (fact->name) && g_strcmp0 (fact->value, assay_node_get_fact (other, fact->name)) != 0)
        return FALSE;
    }
  return count_facts (entry) == count_facts (other);
}

/* A directory adds to another one, and has its own mode and owner from then on. */
static gboolean
is_over_held (const Layers *layers, const AssayNode *entry, const char *name, const AssayNode *layer)
{
  const AssayNode *held = g_hash_table_lookup (layers->held, name);
  gboolean directories = held != NULL && held->type == ASSAY_NODE_DIRECTORY && entry->type == ASSAY_NODE_DIRECTORY;
  return is_elsewhere (layers->held, name, layer) && !(directories && has_facts_of (entry, held));
}

/* What a whiteout takes away. */
static gboolean
takes_away (const Layers *layers, const char *name, const AssayNode *layer)
{
  const char *slash = strrchr (name, '/');
  const char *last = slash == NULL ? name : slash + 1;
  gsize front = (gsize)(last - name);
  if (!g_str_has_prefix (last, WHITEOUT))
    return FALSE;
  if (strcmp (last, WHITEOUT_ALL) == 0)
    {
      g_autofree char *directory = g_strndup (name, front == 0 ? 0 : front - 1);
      return front == 0 || is_elsewhere (layers->above, directory, layer);
    }
  g_autofree char *target = g_strdup_printf ("%.*s%s", (int)front, name, last + strlen (WHITEOUT));
  return is_elsewhere (layers->held, target, layer) || is_elsewhere (layers->above, target, layer);
}

/* Linux's overlayfs, which lays the layers over each other, goes by attributes of a directory
 * (`trusted.overlay.opaque`, `redirect`, `metacopy`), which who unpacks a layer may write. */
static gboolean
is_laid_otherwise (const AssayNode *entry)
{
  for (guint i = 0; entry->facts != NULL && i < entry->facts->len; i++)
    if (strstr (g_array_index (entry->facts, AssayFact, i).name, ".overlay.") != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
touches_by (const Layers *layers, const AssayNode *entry, const char *name, const AssayNode *layer)
{
  return takes_away (layers, name, layer) || is_over_held (layers, entry, name, layer)
         || ((entry->type != ASSAY_NODE_DIRECTORY || is_laid_otherwise (entry))
             && is_elsewhere (layers->above, name, layer));
}

/* Whether an entry of a layer decides what is seen of something in scope in another one. */
static gboolean
touches (const Layers *layers, const AssayNode *entry, const AssayNode *layer)
{
  g_autofree char *name = name_of (entry);
  g_autofree char *plain = plain_name_of (entry);
  g_autofree char *own = assay_account_fold_widely (plain);
  if (touches_by (layers, entry, name, layer) || touches_by (layers, entry, own, layer))
    return TRUE;
  /* through a link, or beneath what is a file in another layer */
  gboolean leads = FALSE;
  while (!leads && cut_last (name))
    leads = g_hash_table_contains (layers->links, name)
            || (is_elsewhere (layers->held, name, layer) && entry->type != ASSAY_NODE_DIRECTORY
                && !g_hash_table_contains (layers->above, name));
  return leads;
}

/* The rebuild's entry where it is the same but for times; NULL else. */
static const AssayNode *
same_entry (const Layers *layers, const AssayNode *entry, const AssayNode *layer)
{
  const AssayNode *expected = assay_pairing_get (layers->work->pairing, layer)->expected;
  const AssayNode *theirs = expected == NULL ? NULL : assay_beside_counterpart (layers->work, entry, expected);
  gboolean is_same
      = theirs != NULL && assay_beside_is_rebuilt (layers->work, entry, expected) && has_facts_of (entry, theirs);
  return is_same ? theirs : NULL;
}

static void
judge_entry (Layers *layers, const AssayNode *entry, const AssayNode *layer, gboolean is_same)
{
  if (!touches (layers, entry, layer))
    return;
  layers->overlaps = TRUE;
  const AssayNode *theirs = is_same ? NULL : same_entry (layers, entry, layer);
  if (theirs != NULL)
    g_hash_table_add (layers->same, (gpointer)theirs);
  else if (!is_same && !assay_beside_is_held (layers->work, entry))
    assay_account_add_fact (layers->work, entry, "layer", "an entry over or under one in scope", NULL,
                            ASSAY_CLASS_UNEXPLAINED, "differs");
}

static void
judge_layer (Layers *layers, const AssayNode *child, const AssayNode *layer)
{
  gboolean is_same = assay_beside_is_rebuilt (layers->work, child, layers->expected);
  const AssayNode *theirs = assay_beside_counterpart (layers->work, child, layers->expected);
  const AssayNode *expected = theirs == NULL ? NULL : layer_in (theirs);
  if (expected != NULL)
    g_hash_table_insert (layers->ours, (gpointer)expected, (gpointer)layer);
  if (expected != NULL && is_same)
    g_hash_table_add (layers->same, (gpointer)expected);
  for (guint i = 0; i < layer->children->len; i++)
    judge_entry (layers, g_ptr_array_index (layer->children, i), layer, is_same);
}

/* What the rebuild has over or under something in scope, and the image has not. */
static void
judge_missing (Layers *layers, const AssayNode *node, const GPtrArray *wanted)
{
  for (guint i = 0; i < wanted->len; i++)
    {
      const AssayNode *layer = layer_in (g_ptr_array_index (wanted, i));
      if (layer == NULL || g_hash_table_contains (layers->same, layer))
        continue;
      const AssayNode *ours = g_hash_table_lookup (layers->ours, layer);
      for (guint k = 0; k < layer->children->len; k++)
        {
          const AssayNode *entry = g_ptr_array_index (layer->children, k);
          if (touches (layers, entry, ours == NULL ? layer : ours) && !g_hash_table_contains (layers->same, entry))
            assay_account_add_fact (layers->work, node, "layer", NULL, entry->path, ASSAY_CLASS_UNEXPLAINED,
                                    "no-counterpart");
        }
    }
}

/* Texts that describe an image begin so, and no archive does. */
static gboolean
is_description (const AssayNode *child)
{
  guint8 first = 0;
  return child->blob != NULL && strcmp (child->format, "raw") == 0 && child->size > 0
         && assay_blob_read (child->blob, 0, &first, 1, NULL) && (first == '{' || first == '[');
}

/* What is no archive here may be one to who unpacks it. Where layers overlap their order counts, which the descriptions
 * say, and none may be added or left out. */
static void
judge_others (Layers *layers, const AssayNode *node, const GPtrArray *files, const GPtrArray *wanted)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < files->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (files, i);
      g_hash_table_add (seen, (gpointer)assay_beside_counterpart (layers->work, child, layers->expected));
      if (layer_in (child) != NULL || assay_beside_is_held (layers->work, child)
          || assay_beside_is_rebuilt (layers->work, child, layers->expected))
        continue;
      if (layers->overlaps || !is_description (child))
        assay_account_add_fact (layers->work, child, "layer",
                                "a file that may be a layer, or say in which order they are",
                                layers->expected == NULL ? NULL : "the rebuild's", ASSAY_CLASS_UNEXPLAINED, "differs");
    }
  for (guint i = 0; layers->overlaps && i < wanted->len; i++)
    {
      const AssayNode *theirs = g_ptr_array_index (wanted, i);
      if (layer_in (theirs) == NULL && !g_hash_table_contains (seen, theirs))
        assay_account_add_fact (layers->work, node, "layer", NULL, theirs->path, ASSAY_CLASS_UNEXPLAINED,
                                "no-counterpart");
    }
}

static void
judge_image (AssayWork *work, const AssayNode *node, const AssayNode *expected, const char *front)
{
  g_autoptr (GHashTable) held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) above = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) ours = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) same = g_hash_table_new (NULL, NULL);
  Layers layers = { work, expected, front, held, above, links, ours, same, FALSE };
  g_autoptr (GPtrArray) files = list_files (&layers, node);
  g_autoptr (GPtrArray) wanted = list_files (&layers, expected);
  for (guint i = 0; i < files->len; i++)
    if (layer_in (g_ptr_array_index (files, i)) != NULL)
      note_layer (&layers, layer_in (g_ptr_array_index (files, i)));
  if (g_hash_table_size (held) == 0)
    return;
  for (guint i = 0; i < files->len; i++)
    if (layer_in (g_ptr_array_index (files, i)) != NULL)
      judge_layer (&layers, g_ptr_array_index (files, i), layer_in (g_ptr_array_index (files, i)));
  judge_missing (&layers, node, wanted);
  judge_others (&layers, node, files, wanted);
}

void
assay_beside_layers (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  if (node->children == NULL)
    return;
  g_autoptr (GHashTable) fronts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  find_fronts (node, fronts);
  find_fronts (expected, fronts);
  g_autoptr (GList) sorted = g_list_sort (g_hash_table_get_keys (fronts), (GCompareFunc)strcmp);
  for (const GList *at = sorted; at != NULL; at = at->next)
    judge_image (work, node, expected != NULL && expected->children != NULL ? expected : NULL, at->data);
}
