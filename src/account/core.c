#include "account/names/naming.h"

#include <string.h>

/*
 * One changed line moves registers and branches all over its function. What is left when these are taken away is where
 * the two sides do something else: the instructions that one side has and the other has not.
 */

/** Instructions of a function that are compared each with each; of a longer one only its beginning and end are told. */
#define CORE_LINES 1500

/* Mnemonics whose number is a place. */
static gboolean
is_branch (const char *text)
{
  static const char *const starts[] = { "j", "b", "call", "cb", "tb", "loop" };
  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++)
    if (g_str_has_prefix (text, starts[i]))
      return TRUE;
  return FALSE;
}

char *
assay_core_shape (const char *text)
{
  GString *shape = g_string_new (NULL);
  gboolean places = is_branch (text) || strstr (text, "rip") != NULL;
  const char *at = text;
  for (; *at != '\0' && *at != ' '; at++)
    g_string_append_c (shape, *at);
  while (*at != '\0')
    {
      if (g_ascii_isalpha (*at))
        {
          while (g_ascii_isalnum (*at) || *at == '_')
            at++;
          g_string_append_c (shape, 'r');
        }
      else if (g_ascii_isdigit (*at))
        {
          const char *start = at;
          while (g_ascii_isalnum (*at))
            at++;
          if (!places)
            g_string_append_len (shape, start, at - start);
        }
      else
        g_string_append_c (shape, *at++);
    }
  return g_string_free (shape, FALSE);
}

static GPtrArray *
shapes_of (const GArray *lines)
{
  GPtrArray *shapes = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < lines->len; i++)
    g_ptr_array_add (shapes, assay_core_shape (g_array_index (lines, AssayCodeLine, i).text));
  return shapes;
}

/** Two sequences without their common beginning and end. */
typedef struct
{
  GPtrArray *a;
  GPtrArray *b;
  guint first;
  guint count_a;
  guint count_b;
} Pair;

static gboolean
equal_at (const Pair *pair, guint i, guint j)
{
  return strcmp (g_ptr_array_index (pair->a, i), g_ptr_array_index (pair->b, j)) == 0;
}

static void
trim (Pair *pair)
{
  guint limit = MIN (pair->a->len, pair->b->len);
  guint last = 0;
  while (pair->first < limit && equal_at (pair, pair->first, pair->first))
    pair->first++;
  while (last < limit - pair->first && equal_at (pair, pair->a->len - 1 - last, pair->b->len - 1 - last))
    last++;
  pair->count_a = pair->a->len - pair->first - last;
  pair->count_b = pair->b->len - pair->first - last;
}

/* Adds where line @index of the shipped side stands, or would stand. */
static void
add_place (GArray *out, const GArray *lines, const AssayCodeSide *side, guint index)
{
  AssayStretch place = { side->length, 1 };
  if (index < lines->len)
    {
      const AssayCodeLine *line = &g_array_index (lines, AssayCodeLine, index);
      place = (AssayStretch){ line->address - side->address, line->size };
    }
  g_array_append_val (out, place);
}

/* The longest common subsequence of what is left; lines outside of it are the core. */
static void
find_core (const Pair *pair, const GArray *lines, const AssayCodeSide *side, GArray *out)
{
  guint width = pair->count_b + 1;
  g_autofree guint16 *table = g_try_new0 (guint16, (gsize)(pair->count_a + 1) * width);
  if (table == NULL)
    return;
  for (guint i = pair->count_a; i-- > 0;)
    for (guint j = pair->count_b; j-- > 0;)
      table[i * width + j] = equal_at (pair, pair->first + i, pair->first + j)
                                 ? (guint16)(table[(i + 1) * width + j + 1] + 1)
                                 : MAX (table[(i + 1) * width + j], table[i * width + j + 1]);
  guint i = 0;
  guint j = 0;
  while (i < pair->count_a || j < pair->count_b)
    {
      if (i < pair->count_a && j < pair->count_b && equal_at (pair, pair->first + i, pair->first + j))
        {
          i++;
          j++;
          continue;
        }
      add_place (out, lines, side, pair->first + i);
      if (i < pair->count_a && (j == pair->count_b || table[(i + 1) * width + j] >= table[i * width + j + 1]))
        i++;
      else
        j++;
    }
}

GArray *
assay_core_find (const GArray *shipped_lines, const AssayCodeSide *shipped, const GArray *expected_lines)
{
  GArray *out = g_array_new (FALSE, FALSE, sizeof (AssayStretch));
  g_autoptr (GPtrArray) a = shapes_of (shipped_lines);
  g_autoptr (GPtrArray) b = shapes_of (expected_lines);
  Pair pair = { .a = a, .b = b };
  trim (&pair);
  if (pair.count_a <= CORE_LINES && pair.count_b <= CORE_LINES)
    find_core (&pair, shipped_lines, shipped, out);
  else
    add_place (out, shipped_lines, shipped, pair.first);
  return out;
}
