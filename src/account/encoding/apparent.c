#include "account/work.h"

#include "util/cancel.h"

#include <string.h>

/*
 * A stream may have blocks that are not compressed. Whoever packs it so chooses what stands in a container at which
 * place, and a reader that goes by what it meets there, instead of by a directory or by sizes, meets an entry that is
 * none: tar and zip are read so from a pipe, ar by its symbol table, an initramfs at its end. Other readers take each
 * file of a directory for text, whatever it is called, and go by its lines: certificates are found so by their heads.
 */

/** Bytes that stand in front of each window again. */
#define OVERLAP_BYTES 16u

typedef struct
{
  const char *bytes;
  gsize length;
  gboolean (*fits) (const guint8 *at, gsize before, gsize left); /* nullable: what else must stand there */
} Mark;

/* Of the header of a file in a zip: the version that is needed, in a byte of which the upper one is zero. */
static gboolean
has_version (const guint8 *at, gsize before, gsize left)
{
  return left < 6 || (at[4] <= 63 && at[5] == 0);
}

/* Of an entry in the directory of a zip: version made by, then the one that is needed. */
static gboolean
has_versions (const guint8 *at, gsize before, gsize left)
{
  return left < 8 || (at[6] <= 63 && at[7] == 0);
}

/* The end of a member's header in an ar, behind its size of ten digits and spaces. */
static gboolean
has_size (const guint8 *at, gsize before, gsize left)
{
  gsize digits = 0;
  if (before < 10)
    return FALSE;
  while (digits < 10 && g_ascii_isdigit ((char)*(at - 10 + digits)))
    digits++;
  for (gsize i = digits; i < 10; i++)
    if (*(at - 10 + i) != ' ')
      return FALSE;
  return digits > 0;
}

static const Mark marks[] = {
  { "PK\3\4", 4, has_version },  { "PK\1\2", 4, has_versions }, { "PK\5\6\0\0\0\0", 8, NULL }, { "ustar", 5, NULL },
  { "070701", 6, NULL },         { "070702", 6, NULL },         { "070707", 6, NULL },         { "`\n", 2, has_size },
  { "#BOOTCONFIG\n", 12, NULL }, { "-----BEGIN ", 11, NULL }, /* RFC 7468 */
};

G_STATIC_ASSERT (G_N_ELEMENTS (marks) == ASSAY_APPARENT_MARKS);

static guint
count_in (const guint8 *bytes, gsize length, gsize fresh, guint wanted)
{
  guint count = 0;
  const Mark *mark = &marks[wanted];
  const guint8 *at = bytes;
  while ((at = memmem (at, length - (gsize)(at - bytes), mark->bytes, mark->length)) != NULL)
    {
      gsize end = (gsize)(at - bytes) + mark->length;
      /* one that ended in the window before was counted there */
      count
          += end > fresh && (mark->fits == NULL || mark->fits (at, (gsize)(at - bytes), length - (gsize)(at - bytes)));
      at++;
    }
  return count;
}

/* Adds what the encoded bytes of a node show to @counts, one for each mark. */
static gboolean
count_span (AssayBlob *blob, const AssaySpan *span, guint *counts, GError **error)
{
  g_autofree guint8 *window = g_malloc (OVERLAP_BYTES + (gsize)MIN (span->length, ASSAY_BLOB_WINDOW_BYTES));
  gsize kept = 0;
  for (guint64 done = 0; done < span->length;)
    {
      gsize take = (gsize)MIN (span->length - done, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (blob, span->offset + done, window + kept, take, error))
        return FALSE;
      for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
        counts[i] += count_in (window, kept + take, kept, i);
      done += take;
      gsize keep = MIN (OVERLAP_BYTES, kept + take);
      memmove (window, window + kept + take - keep, keep);
      kept = keep;
    }
  return TRUE;
}

static gboolean
count_all (const AssayNode *node, AssayApparent *all, GError **error)
{
  for (guint i = 0; !all->known && node->spans != NULL && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->kind == ASSAY_SPAN_ENCODED && !count_span (node->blob, span, all->counts, error))
        return FALSE;
    }
  all->known = TRUE;
  return TRUE;
}

gboolean
assay_account_shows_more (const AssayNode *node, const AssaySpan *span, const AssayNode *expected,
                          const AssaySpan *other, AssayApparent *all, gboolean *out_more, GError **error)
{
  guint shipped[ASSAY_APPARENT_MARKS] = { 0 };
  guint part[ASSAY_APPARENT_MARKS] = { 0 };
  const guint *wanted = other != NULL ? part : all->counts;
  *out_more = FALSE;
  if (!count_span (node->blob, span, shipped, error)
      || !(other != NULL ? count_span (expected->blob, other, part, error) : count_all (expected, all, error)))
    return FALSE;
  for (gsize i = 0; i < ASSAY_APPARENT_MARKS; i++)
    *out_more = *out_more || shipped[i] > wanted[i] || (other != NULL && shipped[i] < wanted[i]);
  return TRUE;
}
