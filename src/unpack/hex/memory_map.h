#ifndef ASSAY_UNPACK_MEMORY_MAP_H
#define ASSAY_UNPACK_MEMORY_MAP_H

#include "unpack/container.h"
#include "unpack/sink.h"

/** An address is one of 32 bits in a space; formats of one space have it as 0. */
#define ASSAY_MEMORY_SPACE_BITS 32u

/** AssayMemoryRegion: @place: where its bytes stand in what was written; in a finished map, in @child. */
typedef struct
{
  guint64 address; /* with the space in the upper half */
  guint64 length;
  guint64 place;
  AssayNode *child;
} AssayMemoryRegion;

/**
 * AssayMemoryMap:
 *
 * What records say of an address space, gathered into one child of the container for each range that they cover
 * without a gap, called by its address (`@0x08000000`), the lowest first.
 *
 * @regions: (element-type AssayMemoryRegion): ascending and apart from each other once the map is finished
 * @last: the region that was read last
 */
typedef struct
{
  AssayContainer *container;
  AssaySink sink;
  GArray *regions;
  guint last;
} AssayMemoryMap;

void assay_memory_map_init (AssayMemoryMap *map, AssayContainer *container);
void assay_memory_map_clear (AssayMemoryMap *map);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayMemoryMap, assay_memory_map_clear)

/** assay_memory_map_add: @stored: bytes of the container that say so. Errors: those of assay_sink_write();
 * ASSAY_ERROR_MALFORMED it leaves the 32 bits of its space. */
gboolean assay_memory_map_add (AssayMemoryMap *map, guint64 address, const guint8 *bytes, gsize length_bytes,
                               gsize stored, GError **error);

/** assay_memory_map_finish: makes the children. Errors: ASSAY_ERROR_MALFORMED two records give a value to the same
 * address (T26); ASSAY_ERROR_LIMIT. */
gboolean assay_memory_map_finish (AssayMemoryMap *map, GError **error);

/** assay_memory_map_read: of a finished map, out of the children. Errors: ASSAY_ERROR_MALFORMED not all of the range is
 * covered. */
gboolean assay_memory_map_read (AssayMemoryMap *map, guint64 address, guint8 *out, gsize length_bytes, GError **error);

#endif
