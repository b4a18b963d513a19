#ifndef ASSAY_ACCOUNT_FIT_PLACES_H
#define ASSAY_ACCOUNT_FIT_PLACES_H

#include "account/work.h"

/* Where a loader puts the images of a FIT, and where it starts them (U-Boot, doc/usage/fit/source_file_format.rst). */

/** An address that may be any: no number of one or two cells, or said twice. */
#define ASSAY_FIT_ANYWHERE G_MAXUINT64

/**
 * AssayFitPlace: of one image.
 * @loaded: it says where it is loaded, @load; else a loader leaves it where it is, or chooses
 * @entered: it says where it is started, @entry
 */
typedef struct
{
  gboolean loaded;
  gboolean entered;
  guint64 load;
  guint64 entry;
} AssayFitPlace;

/** assay_fit_places: (transfer full) (element-type AssayFitPlace): of each image of @fit, by its index. */
GArray *assay_fit_places (const AssayNode *fit);

/** assay_fit_loaded_bytes: how much is written where the image is loaded: no less than that; G_MAXUINT64 where it is
 * not known what it decodes to. */
guint64 assay_fit_loaded_bytes (const AssayNode *image);

/** AssayFitMemory: addresses from @start to before @end. */
typedef struct
{
  guint64 start;
  guint64 end;
} AssayFitMemory;

/** assay_fit_memory: so many bytes where an image is loaded; all addresses where that is anywhere. */
AssayFitMemory assay_fit_memory (const AssayFitPlace *place, guint64 bytes);

/** assay_fit_memory_sort: (element-type AssayFitMemory): ascending, and each ends no sooner than those before it. */
void assay_fit_memory_sort (GArray *memories);

/** assay_fit_memory_overlaps: whether one of these, sorted, has an address in common with @memory. */
gboolean assay_fit_memory_overlaps (const GArray *memories, AssayFitMemory memory);

/** assay_fit_uses: (transfer full): the configurations by name, each with the indices (guint) of the images that its
 * properties name. */
GHashTable *assay_fit_uses (const AssayNode *fit);

/** assay_fit_is_entered_within: whether an image that a loader runs (AssayNode's @loaded_from) says nothing of where it
 * is entered, or is entered in itself. */
gboolean assay_fit_is_entered_within (const AssayNode *image, const AssayFitPlace *place);

/**
 * assay_fit_is_started:
 * @node: a FIT, or an image of one
 *
 * Whether a loader may start these bytes though no property names them as what it starts: an image that is loaded to
 * where another one, which is run, is loaded or entered; and a FIT as a whole of which one that is run is entered
 * elsewhere than in itself, as nobody knows where in memory the FIT lies.
 */
gboolean assay_fit_is_started (AssayWork *work, const AssayNode *node);

#endif
