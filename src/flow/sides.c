#include "flow/sides.h"

#include "util/crew.h"

#include <string.h>

typedef enum
{
  SHIPPED,
  EXPECTED,
  SIDE_COUNT,
} Side;

/** Both sides while they are opened. */
typedef struct
{
  const char *paths[SIDE_COUNT];
  gboolean pieces; /* are digested, of the shipped side */
  AssayUnpackOptions reading[SIDE_COUNT];
  AssayImage *images[SIDE_COUNT];
  GError *failures[SIDE_COUNT];
} Opening;

static void
opening_clear (Opening *opening)
{
  for (guint i = 0; i < SIDE_COUNT; i++)
    {
      g_clear_pointer (&opening->images[i], assay_image_free);
      g_clear_error (&opening->failures[i]);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Opening, opening_clear)

static void
open_side (guint index, gpointer data)
{
  Opening *opening = data;
  opening->images[index] = assay_image_open_digested (opening->paths[index], &opening->reading[index],
                                                      opening->pieces && index == SHIPPED, &opening->failures[index]);
}

/* The expected side of a comparison is the user's own claim, not the image's. */
static void
add_expected (AssayFlowResult *result, const char *path)
{
  AssayExpectation *expectation = result->expected->blob != NULL
                                      ? assay_expectation_new_file (".", result->expected->blob, path)
                                      : assay_expectation_new_tree ("", result->expected->directory, path);
  expectation->supplies_owners = TRUE;
  g_ptr_array_add (result->expectations, expectation);
}

gboolean
assay_flow_open_sides (AssayFlowResult *result, const char *shipped, const char *expected, GError **error)
{
  const AssayFlowOptions *options = result->options;
  g_auto (Opening) opening = { .paths = { shipped, expected }, .pieces = options->digests != ASSAY_DIGESTS_FILES };
  ASSAY_TIMED (options->timings, ASSAY_STAGE_READING);
  for (guint i = 0; i < SIDE_COUNT; i++)
    opening.reading[i] = (AssayUnpackOptions){ .limits = &options->limits };
  /* the one line of progress is that of the image */
  opening.reading[SHIPPED].progress = options->progress;
  assay_crew_run (SIDE_COUNT, assay_rebuild_count_jobs (options->jobs), open_side, &opening);
  for (guint i = 0; i < SIDE_COUNT; i++)
    if (opening.images[i] != NULL)
      assay_timings_add (options->timings, ASSAY_STAGE_READING, opening.images[i]->size);
  result->image = g_steal_pointer (&opening.images[SHIPPED]);
  if (result->image == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&opening.failures[SHIPPED]));
      return FALSE;
    }
  result->expected = g_steal_pointer (&opening.images[EXPECTED]);
  if (result->expected == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&opening.failures[EXPECTED]));
      return FALSE;
    }
  add_expected (result, expected);
  return TRUE;
}

/* Known without reading either again. */
static gboolean
are_known_to_differ (const AssayBlob *a, const AssayBlob *b)
{
  const AssayDigest *first = assay_blob_get_noted_sha256 (a);
  const AssayDigest *second = assay_blob_get_noted_sha256 (b);
  return assay_blob_get_size (a) != assay_blob_get_size (b)
         || (first != NULL && second != NULL && !assay_digest_equal (first, second));
}

/* What equals the image, or stands for a part of it that nobody knows yet, may never be unpacked. */
static gboolean
is_certain (const AssayFlowResult *result, const AssayExpectation *expectation)
{
  const AssayBlob *image = result->image->blob;
  return expectation->is_tree
         || (strcmp (expectation->at, ".") == 0 && image != NULL && are_known_to_differ (image, expectation->blob));
}

/** Both sides while they are unpacked. */
typedef struct
{
  AssayFlowResult *result;
  const AssayUnpackOptions *unpack;
  GPtrArray *certain; /* AssayExpectation */
  gboolean done;
  GError *failure;
} Unpacking;

static void
unpack_side (guint index, gpointer data)
{
  Unpacking *unpacking = data;
  AssayImage *image = unpacking->result->image;
  if (index == 0)
    {
      unpacking->done = image->root != NULL || assay_image_unpack (image, unpacking->unpack, &unpacking->failure);
      return;
    }
  g_autoptr (GError) ignored = NULL;
  (void)assay_expectation_unpack (g_ptr_array_index (unpacking->certain, index - 1), unpacking->unpack, &ignored);
}

gboolean
assay_flow_unpack_sides (AssayFlowResult *result, const AssayUnpackOptions *unpack, GError **error)
{
  g_autoptr (GPtrArray) certain = g_ptr_array_new ();
  for (guint i = 0; i < result->expectations->len; i++)
    {
      AssayExpectation *expectation = g_ptr_array_index (result->expectations, i);
      if (is_certain (result, expectation))
        g_ptr_array_add (certain, expectation);
    }
  g_autoptr (AssayKeeping) keeping = assay_keeping_new ();
  AssayUnpackOptions both = *unpack;
  both.keeping = keeping;
  Unpacking unpacking = { .result = result, .unpack = &both, .certain = certain };
  assay_crew_run (1 + certain->len, assay_rebuild_count_jobs (result->options->jobs), unpack_side, &unpacking);
  if (!unpacking.done)
    g_propagate_error (error, unpacking.failure);
  return unpacking.done;
}
