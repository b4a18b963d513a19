#include "util/blob_private.h"

#include "util/checked.h"
#include "util/sorted.h"

/** One run of a joined blob: from @start of it on, bytes of @owner from @offset on. */
typedef struct
{
  guint64 start;
  AssayBlob *owner; /* memory or a private file */
  guint64 offset;
} Run;

static void
clear_run (gpointer data)
{
  assay_blob_unref (((Run *)data)->owner);
}

AssayBlob *
assay_blob_new_joined (const GArray *runs)
{
  GArray *joined = g_array_sized_new (FALSE, TRUE, sizeof (Run), runs->len);
  guint64 size = 0;
  g_array_set_clear_func (joined, clear_run);
  for (guint i = 0; i < runs->len; i++)
    {
      const AssayBlobRun *given = &g_array_index (runs, AssayBlobRun, i);
      Run run = { .start = size, .offset = given->offset };
      run.owner = assay_blob_ref (assay_blob_resolve (given->blob, &run.offset));
      g_assert (run.owner->kind == ASSAY_BLOB_BYTES || run.owner->kind == ASSAY_BLOB_FD);
      g_assert (given->length > 0 && assay_range_fits (run.offset, given->length, run.owner->size));
      size += given->length;
      g_array_append_val (joined, run);
    }
  return assay_blob_new_of_runs (joined, size);
}

AssayBlob *
assay_blob_place (AssayBlob *blob, guint64 *offset, guint64 *out_length)
{
  blob = assay_blob_resolve (blob, offset);
  *out_length = blob->size - *offset;
  if (blob->kind != ASSAY_BLOB_JOINED || *out_length == 0)
    return blob;
  guint at = assay_sorted_last (blob->runs, G_STRUCT_OFFSET (Run, start), *offset);
  const Run *run = &g_array_index (blob->runs, Run, at);
  guint64 end = at + 1 < blob->runs->len ? g_array_index (blob->runs, Run, at + 1).start : blob->size;
  *out_length = end - *offset;
  *offset = run->offset + (*offset - run->start);
  return run->owner;
}

gboolean
assay_blob_read_joined (AssayBlob *blob, guint64 offset, void *out, gsize length, GError **error)
{
  guint8 *bytes = out;
  for (gsize done = 0; done < length;)
    {
      guint64 at = offset + done;
      guint64 there = 0;
      AssayBlob *owner = assay_blob_place (blob, &at, &there);
      gsize part = (gsize)MIN (there, length - done);
      if (!assay_blob_read (owner, at, bytes + done, part, error))
        return FALSE;
      done += part;
    }
  return TRUE;
}

gboolean
assay_blob_same_place (AssayBlob *a, AssayBlob *b)
{
  if (a->size != b->size || assay_blob_is_shared (a) || assay_blob_is_shared (b))
    return FALSE;
  for (guint64 done = 0; done < a->size;)
    {
      guint64 ours = done;
      guint64 theirs = done;
      guint64 our_length = 0;
      guint64 their_length = 0;
      const AssayBlob *first = assay_blob_place (a, &ours, &our_length);
      const AssayBlob *second = assay_blob_place (b, &theirs, &their_length);
      if (first != second || ours != theirs || first->kind == ASSAY_BLOB_READER)
        return FALSE;
      done += MIN (our_length, their_length);
    }
  return TRUE;
}
