#include "inventory/stencil_private.h"

#include <assay/error.h>

#include <elf.h>
#include <string.h>

static void
stencil_free (gpointer data)
{
  AssayStencil *stencil = data;
  g_free (stencil->bytes);
  g_free (stencil->known);
  g_free (stencil);
}

AssayStencils *
assay_stencils_new (const AssayLimits *limits)
{
  AssayStencils *stencils = g_new0 (AssayStencils, 1);
  stencils->limits = *limits;
  stencils->stencils = g_ptr_array_new_with_free_func (stencil_free);
  stencils->objects = g_array_new (FALSE, FALSE, sizeof (AssayStencilObject));
  stencils->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  stencils->anchors = g_array_new (FALSE, FALSE, sizeof (AssayStencilAnchor));
  return stencils;
}

void
assay_stencils_free (AssayStencils *stencils)
{
  if (stencils == NULL)
    return;
  g_ptr_array_unref (stencils->stencils);
  g_array_unref (stencils->objects);
  g_hash_table_unref (stencils->names);
  g_array_unref (stencils->anchors);
  g_free (stencils->filter);
  g_free (stencils);
}

guint64
assay_stencil_key (const guint8 *bytes, guint length)
{
  guint64 key = length;
  for (guint i = 0; i < length; i++)
    key = key << 8 | bytes[i];
  return key;
}

guint
assay_stencil_bit (guint64 key)
{
  return (guint)(key * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) >> (64 - ASSAY_STENCIL_FILTER_BITS));
}

/* How well a place tells a section from others: by different bytes; a zero is everywhere. */
static guint
telling (const guint8 *bytes, guint length)
{
  guint distinct = 0;
  for (guint i = 0; i < length; i++)
    distinct += bytes[i] != 0 && memchr (bytes, bytes[i], i) == NULL;
  return length * (ASSAY_STENCIL_ANCHOR + 1) + distinct;
}

/* The last of the best places: functions begin alike. */
static void
find_anchor (AssayStencil *stencil)
{
  guint64 run = 0;
  guint best = 0;
  for (guint64 i = 0; i < stencil->size; i++)
    {
      run = stencil->known[i] ? run + 1 : 0;
      guint length = (guint)MIN (run, ASSAY_STENCIL_ANCHOR);
      guint64 start = i + 1 - length;
      guint worth = length == 0 ? 0 : telling (stencil->bytes + start, length);
      stencil->known_bytes += stencil->known[i];
      if (length == 0 || worth < best)
        continue;
      best = worth;
      stencil->anchor = start;
      stencil->anchor_length = length;
    }
}

static gboolean
read_section (const AssayStencils *stencils, AssayStencil *stencil, AssayBlob *object, const AssaySection *section,
              GError **error)
{
  stencil->size = section->size;
  stencil->bytes = g_try_malloc (section->size);
  stencil->known = g_try_malloc (section->size);
  if (stencil->bytes == NULL || stencil->known == NULL)
    return assay_limits_exceeded (&stencils->limits, ASSAY_LIMIT_DELIVERED_CODE, "one piece of machine code", error);
  memset (stencil->known, 1, section->size);
  return assay_blob_read (object, section->offset, stencil->bytes, section->size, error);
}

static void
add_names (AssayStencils *stencils, const AssayElf *elf, const AssaySection *section)
{
  for (guint i = 0; elf->symbols != NULL && i < elf->symbols->len; i++)
    {
      const AssaySymbol *symbol = &g_array_index (elf->symbols, AssaySymbol, i);
      AssayStencilName name = { stencils->stencils->len - 1, symbol->address };
      if (!symbol->is_function || symbol->section != section->index || symbol->address >= section->size)
        continue;
      GArray *places = g_hash_table_lookup (stencils->names, symbol->name);
      if (places == NULL)
        {
          places = g_array_new (FALSE, FALSE, sizeof (AssayStencilName));
          g_hash_table_insert (stencils->names, g_strdup (symbol->name), places);
        }
      g_array_append_val (places, name);
    }
}

static gboolean
add_section (AssayStencils *stencils, AssayBlob *object, const AssayElf *elf, const AssayElfReader *reader,
             const AssaySection *section, GError **error)
{
  AssayStencil *stencil = g_new0 (AssayStencil, 1);
  g_ptr_array_add (stencils->stencils, stencil);
  stencil->object = stencils->objects->len - 1;
  stencils->code_bytes += section->size;
  if (!assay_limits_check (&stencils->limits, ASSAY_LIMIT_DELIVERED_CODE, stencils->code_bytes,
                           "more machine code came with the source", error)
      || !read_section (stencils, stencil, object, section, error)
      || !assay_stencil_mark_holes (object, elf, reader, section, stencil->known, error))
    return FALSE;
  find_anchor (stencil);
  return TRUE;
}

/* Known bytes that no text for people has. */
static guint64
count_odd (const AssayStencil *stencil)
{
  guint64 odd = 0;
  for (guint64 i = 0; i < stencil->size; i++)
    odd += stencil->known[i] && stencil->bytes[i] != 0 && !g_ascii_isprint ((char)stencil->bytes[i])
           && !g_ascii_isspace ((char)stencil->bytes[i]);
  return odd;
}

static gboolean
is_code (const AssaySection *section)
{
  return (section->flags & SHF_EXECINSTR) != 0 && section->type != SHT_NOBITS;
}

static gboolean
is_data (const AssaySection *section)
{
  return (section->flags & (SHF_ALLOC | SHF_EXECINSTR | SHF_MERGE)) == SHF_ALLOC && section->type == SHT_PROGBITS
         && strcmp (section->name, ".eh_frame") != 0;
}

/* Keeps what was added last, unless it is data that anybody may have. */
static void
settle_section (AssayStencils *stencils, const AssayElf *elf, const AssaySection *section)
{
  AssayStencilObject *of = &g_array_index (stencils->objects, AssayStencilObject, stencils->objects->len - 1);
  const AssayStencil *stencil = g_ptr_array_index (stencils->stencils, stencils->stencils->len - 1);
  if (!is_code (section) && count_odd (stencil) < ASSAY_STENCIL_ODD_BYTES)
    {
      g_ptr_array_set_size (stencils->stencils, (gint)stencils->stencils->len - 1);
      return;
    }
  of->count++;
  of->known_bytes += stencil->known_bytes;
  if (is_code (section))
    add_names (stencils, elf, section);
}

static gboolean
add_object (AssayStencils *stencils, AssayBlob *object, guint32 source, gboolean (*wanted) (const AssaySection *),
            GError **error)
{
  AssayStencilObject of = { .source = source, .first = stencils->stencils->len };
  guint64 size = assay_blob_get_size (object);
  g_autoptr (GError) ignored = NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (object, &stencils->limits, &ignored);
  if (elf == NULL || elf->type != ET_REL)
    return TRUE;
  g_autoptr (AssayElfReader) reader = assay_elf_reader_new (object, error);
  if (reader == NULL)
    return FALSE;
  /* names that cannot be read name nothing */
  assay_elf_load_symbols (elf, object, &stencils->limits, NULL);
  g_array_append_val (stencils->objects, of);
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (!wanted (section) || section->size == 0 || section->offset > size || section->size > size - section->offset)
        continue;
      if (!add_section (stencils, object, elf, reader, section, error))
        return FALSE;
      settle_section (stencils, elf, section);
    }
  return TRUE;
}

gboolean
assay_stencils_add (AssayStencils *stencils, AssayBlob *object, guint32 source, GError **error)
{
  return add_object (stencils, object, source, is_code, error);
}

gboolean
assay_stencils_add_data (AssayStencils *stencils, AssayBlob *object, guint32 source, GError **error)
{
  stencils->is_data = TRUE;
  return add_object (stencils, object, source, is_data, error);
}

static gint
by_key (gconstpointer a, gconstpointer b)
{
  const AssayStencilAnchor *first = a;
  const AssayStencilAnchor *second = b;
  if (first->key != second->key)
    return first->key < second->key ? -1 : 1;
  return first->stencil < second->stencil ? -1 : first->stencil > second->stencil;
}

gboolean
assay_stencils_is_empty (const AssayStencils *stencils)
{
  return stencils->stencils->len == 0 && stencils->objects->len == 0;
}

void
assay_stencils_settle (AssayStencils *stencils)
{
  if (assay_stencils_is_empty (stencils))
    return;
  stencils->filter = g_new0 (guint64, (1u << ASSAY_STENCIL_FILTER_BITS) / 64);
  for (guint i = 0; i < stencils->stencils->len; i++)
    {
      const AssayStencil *stencil = g_ptr_array_index (stencils->stencils, i);
      if (stencil->anchor_length == 0)
        continue;
      AssayStencilAnchor anchor = { assay_stencil_key (stencil->bytes + stencil->anchor, stencil->anchor_length), i };
      guint bit = assay_stencil_bit (anchor.key);
      g_array_append_val (stencils->anchors, anchor);
      stencils->lengths[stencil->anchor_length] = TRUE;
      stencils->filter[bit / 64] |= G_GUINT64_CONSTANT (1) << (bit % 64);
    }
  g_array_sort (stencils->anchors, by_key);
}
