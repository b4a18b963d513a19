#include "account/rules/fit.h"

#include <libfdt.h>
#include <string.h>

/* The properties that mkimage writes, in the order in which they then stand; before all others. */
static const char *const written[]
    = { "hashed-strings", "hashed-nodes", "timestamp", "signer-version", "signer-name", "value" };

gsize
assay_fit_written_place (const char *name)
{
  gsize i = 0;
  while (i < ASSAY_FIT_WRITTEN && strcmp (written[i], name) != 0)
    i++;
  return i;
}

/** A property that mkimage wrote into a signature's node: offsets from the beginning of the structure block. */
typedef struct
{
  int node;
  guint64 start;
  guint64 filled; /* where its value ends */
  guint64 end;    /* where the next token begins */
} Written;

static void
add_written (const AssayFitSignature *fit, int node, GArray *out)
{
  int property;
  fdt_for_each_property_offset (property, fit->fdt, node)
  {
    const char *name = NULL;
    int length = 0;
    fdt_getprop_by_offset (fit->fdt, property, &name, &length);
    if (name == NULL || length < 0 || assay_fit_written_place (name) == ASSAY_FIT_WRITTEN)
      continue;
    guint64 filled = (guint64)property + sizeof (struct fdt_property) + (guint64)length;
    Written entry = { node, (guint64)property, filled, (filled + 3) & ~(guint64)3 };
    g_array_append_val (out, entry);
  }
}

static void
add_nodes (const AssayFitSignature *fit, const char *above, GPtrArray *out)
{
  int parent = fdt_path_offset (fit->fdt, above);
  int owner, node;
  if (parent < 0)
    return;
  fdt_for_each_subnode (owner, fit->fdt, parent)
  {
    fdt_for_each_subnode (node, fit->fdt, owner)
    {
      if (g_str_has_prefix (fdt_get_name (fit->fdt, node, NULL), "signature"))
        g_ptr_array_add (out, GINT_TO_POINTER (node));
    }
  }
}

/* All that mkimage wrote, the last first: it goes through the images, then through the configurations, and each
 * property is put before the others of its node. */
static GArray *
list_written (const AssayFitSignature *fit)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  GArray *list = g_array_new (FALSE, FALSE, sizeof (Written));
  add_nodes (fit, "/images", nodes);
  add_nodes (fit, "/configurations", nodes);
  for (guint i = nodes->len; i-- > 0;)
    add_written (fit, GPOINTER_TO_INT (g_ptr_array_index (nodes, i)), list);
  return list;
}

/* The first of the entries ahead of @index that does not begin before @position. */
static const Written *
next_later (const GArray *list, guint index, guint64 position)
{
  const Written *next = NULL;
  for (guint i = 0; i < index; i++)
    {
      const Written *later = &g_array_index (list, Written, i);
      if (later->start >= position && (next == NULL || later->start < next->start))
        next = later;
    }
  return next;
}

/* The byte that stood @distance behind the end of entry @index before the entries ahead of it were written. */
static const guint8 *
byte_behind (const AssayFitSignature *fit, const GArray *list, guint index, guint64 distance)
{
  guint64 position = g_array_index (list, Written, index).end;
  guint64 limit = fdt_size_dt_struct (fit->fdt) + (guint64)fdt_size_dt_strings (fit->fdt);
  const Written *later = next_later (list, index, position);
  while (later != NULL && later->start - position <= distance)
    {
      distance -= later->start - position;
      position = later->end;
      later = next_later (list, index, position);
    }
  return position < limit && distance < limit - position ? fit->fdt + fdt_off_dt_struct (fit->fdt) + position + distance
                                                         : NULL;
}

gboolean
assay_fit_fill_follows (const AssayFitSignature *fit)
{
  g_autoptr (GArray) list = list_written (fit);
  const guint8 *structure = fit->fdt + fdt_off_dt_struct (fit->fdt);
  for (guint i = 0; i < list->len; i++)
    {
      const Written *entry = &g_array_index (list, Written, i);
      gboolean zero = TRUE;
      gboolean moved = TRUE;
      for (guint64 at = entry->filled; entry->node == fit->signature && at < entry->end; at++)
        {
          const guint8 *before = byte_behind (fit, list, i, at - entry->start);
          zero = zero && structure[at] == 0;
          moved = moved && before != NULL && *before == structure[at];
        }
      if (!zero && !moved)
        return FALSE;
    }
  return TRUE;
}
