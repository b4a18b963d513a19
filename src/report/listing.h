#ifndef ASSAY_REPORT_LISTING_H
#define ASSAY_REPORT_LISTING_H

#include <glib.h>
#include <jansson.h>

/**
 * AssayListing:
 *
 * The findings of a report that was read back, of which there may be millions: their text, each checked when it was
 * added, in memory where it is little and else in a private file that nobody can change; two or three bytes of memory
 * for each beside that. One is parsed when it is asked for. For one thread.
 */
typedef struct _AssayListing AssayListing;

/** Findings of one report that are read. */
#define ASSAY_LISTING_MOST 100000000u

AssayListing *assay_listing_new (void);
void assay_listing_free (AssayListing *listing);

/**
 * assay_listing_add:
 * @text: of @element, which is an object
 *
 * Errors: ASSAY_ERROR_LIMIT more than ASSAY_LISTING_MOST; of the private file.
 */
gboolean assay_listing_add (AssayListing *listing, const char *text, gsize length_bytes, const json_t *element,
                            GError **error);

/** assay_listing_settle: nothing is added any more, and elements can be asked for. Errors: of the private file. */
gboolean assay_listing_settle (AssayListing *listing, GError **error);

guint assay_listing_length (const AssayListing *listing);

/** assay_listing_class: (nullable): the name of its class, NULL where it is of none that we know. */
const char *assay_listing_class (AssayListing *listing, guint index);

/** assay_listing_element: a new reference. Where the private file cannot be read any more, an empty object, and
 * assay_listing_check() fails from there on. */
json_t *assay_listing_element (AssayListing *listing, guint index);

/** assay_listing_look: (transfer none): the same, for all of them one behind the other: valid until the next one is
 * looked at, and then another one. No reference to it or to any part of it may be kept. */
const json_t *assay_listing_look (AssayListing *listing, guint index);

/** assay_listing_check: whether each element that was asked for was read: if not, nothing made of them counts. */
gboolean assay_listing_check (const AssayListing *listing, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayListing, assay_listing_free)

#endif
