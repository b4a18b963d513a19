#ifndef ASSAY_COMPARE_ADDRESS_MAP_H
#define ASSAY_COMPARE_ADDRESS_MAP_H

#include <glib.h>

/** AssayAddressMap: where ranges of addresses of one file went in another. */
typedef struct _AssayAddressMap AssayAddressMap;

AssayAddressMap *assay_address_map_new (void);
void assay_address_map_free (AssayAddressMap *map);

/** assay_address_map_add: [@from, @from + @length) went to @to. */
void assay_address_map_add (AssayAddressMap *map, guint64 from, guint64 length, guint64 to);

/** assay_address_map_close: must be called between the last addition and the first question. */
void assay_address_map_close (AssayAddressMap *map);

/** assay_address_map_find: where an address went; the end of a range is spoken of as well. FALSE where nobody knows. */
gboolean assay_address_map_find (const AssayAddressMap *map, guint64 from, guint64 *out_to);

/**
 * assay_address_map_leads:
 *
 * Whether an address went to another one. A place right behind one part, where the next one begins, may belong to
 * either (the end of the data is where what has no data begins).
 */
gboolean assay_address_map_leads (const AssayAddressMap *map, guint64 from, guint64 to);

/**
 * assay_address_map_has_shift:
 * @difference: of two values that hold @bits bits of an address from bit @shift on
 *
 * Whether anything moved by a distance that makes this difference. Says less than assay_address_map_find(): it is for
 * parts of addresses alone.
 */
gboolean assay_address_map_has_shift (const AssayAddressMap *map, gint64 difference, guint shift, guint bits);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayAddressMap, assay_address_map_free)

#endif
