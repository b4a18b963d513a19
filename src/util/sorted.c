#include "util/sorted.h"

#include <string.h>

/** Bits of a key that one pass sorts by: the counters of a pass fit the first cache. */
#define DIGIT_BITS 11u
#define DIGITS (1u << DIGIT_BITS)

/** So few are sorted by insertion. */
#define FEW 24u

static guint64
key_of (const char *element, gsize member)
{
  guint64 key;
  memcpy (&key, element + member, sizeof key);
  return key;
}

static void
insert_few (char *data, guint count, gsize size, gsize member)
{
  g_autofree char *held = g_malloc (size);
  for (guint i = 1; i < count; i++)
    {
      guint at = i;
      guint64 key = key_of (data + i * size, member);
      while (at > 0 && key_of (data + (at - 1) * size, member) > key)
        at--;
      if (at == i)
        continue;
      memcpy (held, data + i * size, size);
      memmove (data + (at + 1) * size, data + at * size, (i - at) * size);
      memcpy (data + at * size, held, size);
    }
}

/* The bits in which any two keys differ. *@out_sorted: they ascend already */
static guint64
find_varying (const char *data, guint count, gsize size, gsize member, gboolean *out_sorted)
{
  guint64 first = key_of (data, member);
  guint64 last = first;
  guint64 varying = 0;
  *out_sorted = TRUE;
  for (guint i = 1; i < count; i++)
    {
      guint64 key = key_of (data + i * size, member);
      varying |= key ^ first;
      *out_sorted = *out_sorted && key >= last;
      last = key;
    }
  return varying;
}

/* One pass: by the digit at @shift, from @from to @to. */
static void
deal (const char *from, char *to, guint count, gsize size, gsize member, guint shift)
{
  guint places[DIGITS] = { 0 };
  guint place = 0;
  for (guint i = 0; i < count; i++)
    places[(key_of (from + i * size, member) >> shift) % DIGITS]++;
  for (guint digit = 0; digit < DIGITS; digit++)
    {
      guint these = places[digit];
      places[digit] = place;
      place += these;
    }
  for (guint i = 0; i < count; i++)
    {
      const char *element = from + i * size;
      memcpy (to + places[(key_of (element, member) >> shift) % DIGITS]++ * size, element, size);
    }
}

void
assay_sorted_elements (gpointer elements, guint count, gsize size_bytes, gsize member)
{
  gboolean sorted = TRUE;
  guint64 varying = count == 0 ? 0 : find_varying (elements, count, size_bytes, member, &sorted);
  if (sorted)
    return;
  if (count <= FEW)
    {
      insert_few (elements, count, size_bytes, member);
      return;
    }
  g_autofree char *other = g_malloc_n (count, size_bytes);
  char *from = elements;
  char *to = other;
  for (guint shift = 0; shift < 64; shift += DIGIT_BITS)
    {
      if ((varying >> shift) % DIGITS == 0)
        continue;
      deal (from, to, count, size_bytes, member, shift);
      char *dealt = to;
      to = from;
      from = dealt;
    }
  if (from == other)
    memcpy (elements, other, count * size_bytes);
}

void
assay_sorted_by (GArray *array, gsize member)
{
  assay_sorted_elements (array->data, array->len, g_array_get_element_size (array), member);
}
