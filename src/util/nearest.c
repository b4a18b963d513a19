#include "util/nearest.h"

#include <string.h>

/* Of two words that differ in more than this, neither is a slip of the other. */
#define MAX_SLIPS 2

guint
assay_nearest_distance (const char *a, const char *b)
{
  guint cost[ASSAY_NEAREST_MAX_BYTES + 1][ASSAY_NEAREST_MAX_BYTES + 1];
  gsize rows = strlen (a), columns = strlen (b);
  if (rows > ASSAY_NEAREST_MAX_BYTES || columns > ASSAY_NEAREST_MAX_BYTES)
    return G_MAXUINT;
  for (gsize i = 0; i <= rows; i++)
    cost[i][0] = (guint)i;
  for (gsize j = 0; j <= columns; j++)
    cost[0][j] = (guint)j;
  for (gsize i = 1; i <= rows; i++)
    for (gsize j = 1; j <= columns; j++)
      {
        guint replace = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
        cost[i][j] = MIN (replace, MIN (cost[i - 1][j], cost[i][j - 1]) + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
          cost[i][j] = MIN (cost[i][j], cost[i - 2][j - 2] + 1);
      }
  return cost[rows][columns];
}

const char *
assay_nearest_find (const char *given, const char *const *words)
{
  const char *nearest = NULL;
  guint best = MAX_SLIPS + 1;
  for (; *words != NULL; words++)
    {
      guint slips = assay_nearest_distance (given, *words);
      if (slips >= best || slips * 2 >= strlen (*words))
        continue;
      best = slips;
      nearest = *words;
    }
  return nearest;
}
