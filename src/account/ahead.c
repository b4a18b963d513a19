#include "account/ahead.h"

#include "util/cancel.h"

#include <assay/error.h>

/** A file from this size on is begun before the others: begun last, one thread would read it alone. */
#define LARGE_BYTES (8u << 20)

/** What the threads share: each takes the next job. */
typedef struct
{
  const AssayWork *work;
  GPtrArray *jobs; /* AssayAheadJob, in the order in which they are begun */
  gint next;
} Queue;

void
assay_ahead_free (AssayAhead *ahead)
{
  if (ahead == NULL)
    return;
  g_clear_pointer (&ahead->pieces, g_array_unref);
  g_free (ahead);
}

static void
clear_job (gpointer data)
{
  AssayAheadJob *job = data;
  g_clear_error (&job->failure);
  g_clear_pointer (&job->found, assay_ahead_free);
}

GArray *
assay_ahead_jobs_new (void)
{
  GArray *jobs = g_array_new (FALSE, TRUE, sizeof (AssayAheadJob));
  g_array_set_clear_func (jobs, clear_job);
  return jobs;
}

GArray *
assay_ahead_pieces (const AssayElf *elf)
{
  GArray *pieces = g_array_sized_new (FALSE, TRUE, sizeof (AssayPieceDigest), elf->pieces->len);
  for (guint i = 0; i < elf->pieces->len; i++)
    {
      const AssayPiece *piece = &g_array_index (elf->pieces, AssayPiece, i);
      AssayPieceDigest digest = { .offset = piece->offset, .length = piece->length };
      g_array_append_val (pieces, digest);
    }
  return pieces;
}

gboolean
assay_ahead_wants_whole (const AssayWork *work, gboolean pieces)
{
  const AssayNodeAccount *root = g_ptr_array_index (work->account->nodes, 0);
  return !pieces || work->options->digests != ASSAY_DIGESTS_SECTIONS || root->node->blob == NULL;
}

/* A file that says nonsense has no pieces, and is compared as bytes. */
static GArray *
find_pieces (const AssayWork *work, const AssayAheadJob *job)
{
  if (!job->program || work->options->digests == ASSAY_DIGESTS_FILES)
    return NULL;
  g_autoptr (GError) ignored = NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (job->expected->blob, work->options->limits, &ignored);
  return elf == NULL ? NULL : assay_ahead_pieces (elf);
}

/* Only of what takes the rebuild's bytes for its own, and was taken for something. */
static gboolean
is_probed (const AssayNode *node)
{
  return node->trouble == NULL && assay_settling_is_open (node);
}

static void
do_held (const AssayWork *work, AssayAheadJob *job)
{
  g_autoptr (AssayAhead) found = g_new0 (AssayAhead, 1);
  found->pieces = find_pieces (work, job);
  found->has_whole = assay_ahead_wants_whole (work, found->pieces != NULL);
  const AssayPass pass
      = { .whole = found->has_whole ? &found->whole : NULL, .pieces = found->pieces, .progress = NULL };
  if (assay_blob_equal_digested (job->node->blob, job->expected->blob, &pass, &job->equal, &job->failure) && job->equal
      && (!is_probed (job->node) || assay_format_probe (job->expected->blob, &job->format, &job->failure)))
    {
      job->found = g_steal_pointer (&found);
      assay_progress_add (work->options->progress, job->node->size);
    }
}

/* Both were read whole when they were looked into, and taken for something by the same bytes. That is said of this one
 * reading, however the files changed since (T19). */
static gboolean
was_seen_equal (const AssayWork *work, AssayAheadJob *job)
{
  const AssayBlobSeen *ours = assay_blob_get_seen (job->node->blob);
  const AssayBlobSeen *theirs = assay_blob_get_seen (job->expected->blob);
  if (job->program || job->node->trouble != NULL || job->expected->trouble != NULL || ours == NULL || theirs == NULL
      || !assay_digest_equal (&ours->sha256, &theirs->sha256))
    return FALSE;
  job->equal = job->seen = TRUE;
  job->found = g_new0 (AssayAhead, 1);
  job->found->has_whole = assay_ahead_wants_whole (work, FALSE);
  job->found->whole = ours->sha256;
  assay_progress_add (work->options->progress, job->node->size);
  return TRUE;
}

static void
do_job (const AssayWork *work, AssayAheadJob *job)
{
  if (job->node->size != job->expected->size || was_seen_equal (work, job)
      || !assay_blob_hold (job->expected->blob, &job->failure))
    return;
  do_held (work, job);
  assay_blob_release (job->expected->blob);
}

static gpointer
take_jobs (gpointer data)
{
  Queue *queue = data;
  for (;;)
    {
      guint at = (guint)g_atomic_int_add (&queue->next, 1);
      if (at >= queue->jobs->len || assay_cancelled (NULL))
        return NULL;
      do_job (queue->work, g_ptr_array_index (queue->jobs, at));
    }
}

static guint64
large_size (const AssayAheadJob *job)
{
  return job->node->size >= LARGE_BYTES ? job->node->size : 0;
}

static int
larger_first (gconstpointer a, gconstpointer b)
{
  guint64 first = large_size (*(const AssayAheadJob *const *)a);
  guint64 second = large_size (*(const AssayAheadJob *const *)b);
  return (first < second) - (first > second);
}

/* All others as they lie, which is how a disk has them: the sort is stable. */
static GPtrArray *
order_jobs (GArray *jobs)
{
  GPtrArray *order = g_ptr_array_sized_new (jobs->len);
  for (guint i = 0; i < jobs->len; i++)
    g_ptr_array_add (order, &g_array_index (jobs, AssayAheadJob, i));
  g_ptr_array_sort (order, larger_first);
  return order;
}

/* No thread is left behind: programs are started later on by fork(). */
gboolean
assay_ahead_run (const AssayWork *work, GArray *jobs, GError **error)
{
  g_autoptr (GPtrArray) order = order_jobs (jobs);
  Queue queue = { .work = work, .jobs = order, .next = 0 };
  guint count = MIN (MAX (work->options->jobs, 1), jobs->len);
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  for (guint i = 1; i < count; i++)
    {
      GThread *thread = g_thread_try_new ("ahead", take_jobs, &queue, NULL);
      if (thread != NULL)
        g_ptr_array_add (threads, thread);
    }
  take_jobs (&queue);
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (g_ptr_array_index (threads, i));
  return !assay_cancelled (error);
}

const AssayAhead *
assay_ahead_find (const AssayWork *work, const AssayNode *node, const GArray *pieces)
{
  const AssayAhead *ahead = g_hash_table_lookup (work->ahead, node);
  return ahead != NULL && assay_blob_parts_same_places (pieces, ahead->pieces) ? ahead : NULL;
}
