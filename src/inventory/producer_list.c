#include "inventory/producer_private.h"

#include "util/text.h"

#include <elf.h>
#include <string.h>

/** Bytes of all sections of a file that are read. */
#define SECTIONS_BYTES (4u << 20)

static guint
hash_producer (gconstpointer data)
{
  const AssayProducer *producer = data;
  return g_str_hash (producer->text) * 31 + g_str_hash (producer->where) + producer->place;
}

static gboolean
equal_producers (gconstpointer a, gconstpointer b)
{
  const AssayProducer *left = a;
  const AssayProducer *right = b;
  return left->place == right->place && strcmp (left->where, right->where) == 0
         && strcmp (left->text, right->text) == 0;
}

static gint
by_place (gconstpointer a, gconstpointer b)
{
  const AssayProducer *left = *(const AssayProducer *const *)a;
  const AssayProducer *right = *(const AssayProducer *const *)b;
  if (left->place != right->place)
    return left->place < right->place ? -1 : 1;
  gint order = strcmp (left->where, right->where);
  return order != 0 ? order : strcmp (left->text, right->text);
}

AssayProducers *
assay_producers_new (void)
{
  AssayProducers *producers = g_new0 (AssayProducers, 1);
  producers->list = g_ptr_array_new_with_free_func (g_free);
  producers->seen = g_hash_table_new (hash_producer, equal_producers);
  producers->chunk = g_string_chunk_new (1024);
  producers->room = SECTIONS_BYTES;
  return producers;
}

void
assay_producers_free (AssayProducers *producers)
{
  if (producers == NULL)
    return;
  g_hash_table_unref (producers->seen);
  g_ptr_array_unref (producers->list);
  g_string_chunk_free (producers->chunk);
  g_free (producers);
}

GPtrArray *
assay_producers_list (const AssayProducers *producers)
{
  GPtrArray *list = g_ptr_array_new ();
  for (guint i = 0; i < producers->list->len; i++)
    g_ptr_array_add (list, g_ptr_array_index (producers->list, i));
  g_ptr_array_sort (list, by_place);
  return list;
}

gboolean
assay_producers_is_whole (const AssayProducers *producers, AssayProducerPlace place)
{
  return !producers->cut[place];
}

void
assay_producers_add (AssayProducers *producers, AssayProducerPlace place, const char *where, const char *raw,
                     gsize length)
{
  gsize size = strnlen (raw, MIN (length, ASSAY_PRODUCER_TEXT_MAX));
  if (size == 0)
    return;
  g_autofree char *text = assay_text_escape_line (raw, (gssize)size);
  AssayProducer wanted = { .place = place, .where = where, .text = text };
  if (g_hash_table_contains (producers->seen, &wanted))
    return;
  if (producers->counts[place] >= ASSAY_PRODUCER_TEXTS_MAX)
    {
      producers->cut[place] = TRUE;
      return;
    }
  producers->counts[place]++;
  wanted.where = g_string_chunk_insert_const (producers->chunk, where);
  wanted.text = g_string_chunk_insert (producers->chunk, text);
  AssayProducer *producer = g_memdup2 (&wanted, sizeof wanted);
  g_ptr_array_add (producers->list, producer);
  g_hash_table_add (producers->seen, producer);
}

GBytes *
assay_producers_read_section (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob,
                              const AssaySection *section, gsize most)
{
  if (section->type == SHT_NOBITS || section->offset >= elf->size)
    return NULL;
  gsize length = (gsize)MIN (MIN (section->size, elf->size - section->offset), most);
  if (length > producers->room)
    {
      for (guint place = 0; place < ASSAY_PRODUCER_PLACES; place++)
        producers->cut[place]
            = producers->cut[place] || (place != ASSAY_PRODUCER_DEBUG && place != ASSAY_PRODUCER_TEXT);
      return NULL;
    }
  producers->room -= length;
  g_autofree guint8 *bytes = g_try_malloc (MAX (length, 1));
  if (bytes == NULL || !assay_blob_read (blob, section->offset, bytes, length, NULL))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&bytes), length);
}
