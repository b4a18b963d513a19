#include "account/fit_places.h"

#include "unpack/bytes.h"
#include "unpack/fact.h"

#include <string.h>

/* The number of the bytes of a property, whatever the fact that they are looks like: four printable bytes are a text
 * there. */
static guint64
read_address (const AssayNode *fit, const AssaySpan *span)
{
  guint8 bytes[8];
  if ((span->length != 4 && span->length != 8)
      || !assay_blob_read (fit->blob, span->offset, bytes, (gsize)span->length, NULL))
    return ASSAY_FIT_ANYWHERE;
  return span->length == 4 ? assay_get_be32 (bytes) : assay_get_be64 (bytes);
}

/* A property that says nothing has no bytes, and one that stands twice is read by some where it is first, and by others
 * where it is last. */
static void
note_address (const AssayNode *fit, const AssaySpan *span, gboolean *said, guint64 *address)
{
  *address = *said ? ASSAY_FIT_ANYWHERE : read_address (fit, span);
  *said = TRUE;
}

GArray *
assay_fit_places (const AssayNode *fit)
{
  GArray *places = g_array_new (FALSE, TRUE, sizeof (AssayFitPlace));
  g_array_set_size (places, fit->children->len);
  for (guint i = 0; i < fit->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (fit->spans, AssaySpan, i);
      if (span->child >= places->len || span->fact == NULL)
        continue;
      AssayFitPlace *place = &g_array_index (places, AssayFitPlace, span->child);
      if (strcmp (span->fact, "load") == 0)
        note_address (fit, span, &place->loaded, &place->load);
      else if (strcmp (span->fact, "entry") == 0)
        note_address (fit, span, &place->entered, &place->entry);
    }
  for (guint i = 0; i < places->len; i++)
    {
      const AssayNode *image = g_ptr_array_index (fit->children, i);
      AssayFitPlace *place = &g_array_index (places, AssayFitPlace, i);
      if (!place->loaded && assay_facts_get (image->facts, "load") != NULL)
        {
          place->loaded = TRUE;
          place->load = ASSAY_FIT_ANYWHERE;
        }
      if (!place->entered && assay_facts_get (image->facts, "entry") != NULL)
        {
          place->entered = TRUE;
          place->entry = ASSAY_FIT_ANYWHERE;
        }
    }
  return places;
}

guint64
assay_fit_loaded_bytes (const AssayNode *image)
{
  const char *codec = assay_facts_get (image->facts, "compression");
  if (codec == NULL || strcmp (codec, "none") == 0)
    return image->size;
  const AssayNode *content
      = image->children != NULL && image->children->len == 1 ? g_ptr_array_index (image->children, 0) : NULL;
  return content == NULL ? G_MAXUINT64 : MAX (content->size, image->size);
}

AssayFitMemory
assay_fit_memory (const AssayFitPlace *place, guint64 bytes)
{
  guint64 start = place->load;
  return start == ASSAY_FIT_ANYWHERE ? (AssayFitMemory){ 0, G_MAXUINT64 }
                                     : (AssayFitMemory){ start, start + MIN (bytes, G_MAXUINT64 - start) };
}

static gboolean
has_type (const AssayNode *image, const char *type)
{
  return g_strcmp0 (assay_facts_get (image->facts, "type"), type) == 0;
}

/* x86 enters a kernel by its setup code, and a FIT says 0 there (U-Boot, doc/usage/fit/x86-fit-boot.rst). */
static gboolean
is_entered_by_setup (const AssayNode *image, const AssayFitPlace *place)
{
  const char *arch = assay_facts_get (image->facts, "arch");
  return has_type (image, "kernel") && place->entry == 0
         && (g_strcmp0 (arch, "x86") == 0 || g_strcmp0 (arch, "x86_64") == 0);
}

/* One that is not loaded has its entry counted from where it lies. */
gboolean
assay_fit_is_entered_within (const AssayNode *image, const AssayFitPlace *place)
{
  if (!place->entered || is_entered_by_setup (image, place))
    return TRUE;
  if (has_type (image, "kernel_noload"))
    return place->entry < image->size;
  return place->loaded && place->load != ASSAY_FIT_ANYWHERE && place->load <= place->entry
         && place->entry - place->load < assay_fit_loaded_bytes (image);
}

static int
by_start (gconstpointer a, gconstpointer b)
{
  guint64 first = ((const AssayFitMemory *)a)->start;
  guint64 second = ((const AssayFitMemory *)b)->start;
  return (first > second) - (first < second);
}

void
assay_fit_memory_sort (GArray *memories)
{
  g_array_sort (memories, by_start);
  for (guint i = 1; i < memories->len; i++)
    {
      AssayFitMemory *memory = &g_array_index (memories, AssayFitMemory, i);
      memory->end = MAX (memory->end, g_array_index (memories, AssayFitMemory, i - 1).end);
    }
}

gboolean
assay_fit_memory_overlaps (const GArray *memories, AssayFitMemory memory)
{
  guint first = 0;
  for (guint end = memories->len; first < end;)
    {
      guint middle = first + (end - first) / 2;
      if (g_array_index (memories, AssayFitMemory, middle).start < memory.end)
        first = middle + 1;
      else
        end = middle;
    }
  return first > 0 && g_array_index (memories, AssayFitMemory, first - 1).end > memory.start;
}

/* Where what is run is loaded, sorted; NULL: one is entered elsewhere than in itself. */
static GArray *
list_run (const AssayNode *fit, const GArray *places)
{
  g_autoptr (GArray) run = g_array_new (FALSE, FALSE, sizeof (AssayFitMemory));
  for (guint i = 0; i < places->len; i++)
    {
      const AssayNode *image = g_ptr_array_index (fit->children, i);
      const AssayFitPlace *place = &g_array_index (places, AssayFitPlace, i);
      if (image->loaded_from == NULL)
        continue;
      if (!assay_fit_is_entered_within (image, place))
        return NULL;
      if (!place->loaded || has_type (image, "kernel_noload"))
        continue;
      AssayFitMemory memory = assay_fit_memory (place, assay_fit_loaded_bytes (image));
      g_array_append_val (run, memory);
    }
  assay_fit_memory_sort (run);
  return g_steal_pointer (&run);
}

/* U-Boot takes a RAM disk's address 0 for none (bootm, FIT_LOAD_OPTIONAL_NON_ZERO); its SPL, which loads what
 * `loadables` names, does not. */
static gboolean
stays (const AssayNode *image, const AssayFitPlace *place, gboolean has_loadables)
{
  return !place->loaded || (place->load == 0 && !has_loadables && has_type (image, "ramdisk"));
}

static gboolean
has_loadables (const AssayNode *fit)
{
  for (guint i = 0; i < fit->own_facts->len; i++)
    if (g_str_has_suffix (g_array_index (fit->own_facts, AssayFact, i).name, "/loadables"))
      return TRUE;
  return FALSE;
}

/* (transfer full): a set of nodes: the FIT itself, or images of it. */
static GHashTable *
find_started (const AssayNode *fit)
{
  GHashTable *started = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) places = assay_fit_places (fit);
  g_autoptr (GArray) run = list_run (fit, places);
  gboolean any_loadables = has_loadables (fit);
  if (run == NULL)
    g_hash_table_add (started, (gpointer)fit);
  for (guint i = 0; run != NULL && i < places->len; i++)
    {
      AssayNode *image = g_ptr_array_index (fit->children, i);
      const AssayFitPlace *place = &g_array_index (places, AssayFitPlace, i);
      if (image->loaded_from == NULL && !stays (image, place, any_loadables)
          && assay_fit_memory_overlaps (run, assay_fit_memory (place, assay_fit_loaded_bytes (image))))
        g_hash_table_add (started, image);
    }
  return started;
}

gboolean
assay_fit_is_started (AssayWork *work, const AssayNode *node)
{
  gboolean is_image = node->parent != NULL && g_strcmp0 (node->parent->format, "fit") == 0;
  const AssayNode *fit = is_image ? node->parent : node;
  if (g_strcmp0 (fit->format, "fit") != 0 || fit->spans == NULL)
    return FALSE;
  GHashTable *started = g_hash_table_lookup (work->started, fit);
  if (started == NULL)
    {
      started = find_started (fit);
      g_hash_table_insert (work->started, (gpointer)fit, started);
    }
  return g_hash_table_contains (started, node);
}

/* The image of that name is used by the configuration. */
static void
add_use (GHashTable *uses, GHashTable *images, const char *configuration, gsize length, const char *name)
{
  gpointer image = NULL;
  if (!g_hash_table_lookup_extended (images, name, NULL, &image))
    return;
  char *key = g_strndup (configuration, length);
  GArray *list = g_hash_table_lookup (uses, key);
  if (list == NULL)
    {
      list = g_array_new (FALSE, FALSE, sizeof (guint));
      g_hash_table_insert (uses, key, list);
    }
  else
    g_free (key);
  guint index = GPOINTER_TO_UINT (image);
  g_array_append_val (list, index);
}

/* What several texts are in a fact: each with its end, in hexadecimal digits. (nullable) */
static GStrv
split_texts (const char *value)
{
  g_autoptr (GBytes) bytes = assay_fact_unhex (value);
  gsize length = 0;
  const char *text = bytes == NULL ? NULL : g_bytes_get_data (bytes, &length);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  for (const char *end = NULL; length > 0 && (end = memchr (text, '\0', length)) != NULL; text = end + 1)
    {
      g_ptr_array_add (texts, g_strdup (text));
      length -= (gsize)(end + 1 - text);
    }
  g_ptr_array_add (texts, NULL);
  return (GStrv)g_ptr_array_steal (texts, NULL);
}

GHashTable *
assay_fit_uses (const AssayNode *fit)
{
  static const char prefix[] = "configurations/";
  GHashTable *uses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  g_autoptr (GHashTable) images = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < fit->children->len; i++)
    g_hash_table_insert (images, (gpointer)assay_node_local_name (g_ptr_array_index (fit->children, i)),
                         GUINT_TO_POINTER (i));
  for (guint i = 0; i < fit->own_facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (fit->own_facts, AssayFact, i);
      const char *configuration = fact->name + strlen (prefix);
      const char *property = g_str_has_prefix (fact->name, prefix) ? strchr (configuration, '/') : NULL;
      if (property == NULL || strchr (property + 1, '/') != NULL)
        continue;
      gsize length = (gsize)(property - configuration);
      g_auto (GStrv) texts = split_texts (fact->value);
      add_use (uses, images, configuration, length, fact->value);
      for (char **text = texts; text != NULL && *text != NULL; text++)
        add_use (uses, images, configuration, length, *text);
    }
  return uses;
}
