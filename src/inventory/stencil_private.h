#ifndef ASSAY_INVENTORY_STENCIL_PRIVATE_H
#define ASSAY_INVENTORY_STENCIL_PRIVATE_H

#include "inventory/elf.h"
#include "inventory/reader.h"
#include "inventory/stencil.h"

/** Bytes that a section is looked up by, at most. */
#define ASSAY_STENCIL_ANCHOR 4u

/** Bytes of data, no texts and no holes, that two programs do not share by chance: six instructions of a RISC. */
#define ASSAY_STENCIL_ODD_BYTES 24u

/**
 * AssayStencil: one section.
 * @known: for each byte 1, or 0 where a linker writes
 * @known_bytes: how many are known
 * @anchor: @anchor_length: where the known bytes that it is looked up by stand, 1 to ASSAY_STENCIL_ANCHOR
 */
typedef struct
{
  guint32 object;
  guint8 *bytes;
  guint8 *known;
  guint64 size;
  guint64 known_bytes;
  guint64 anchor;
  guint anchor_length;
} AssayStencil;

/** AssayStencilObject: the sections [@first, @first + @count) of one object, and the known bytes of all. */
typedef struct
{
  guint32 source;
  guint32 first;
  guint32 count;
  guint64 known_bytes;
} AssayStencilObject;

/** AssayStencilName: a function at @offset of a section. */
typedef struct
{
  guint32 stencil;
  guint64 offset;
} AssayStencilName;

/** AssayStencilAnchor: @key: length and bytes of an anchor. */
typedef struct
{
  guint64 key;
  guint32 stencil;
} AssayStencilAnchor;

/** Bits of the filter that answers for most places that nothing is anchored there. */
#define ASSAY_STENCIL_FILTER_BITS 20u

struct _AssayStencils
{
  AssayLimits limits;
  gboolean is_data; /* what is looked for is no code by its flags */
  guint64 code_bytes;
  GPtrArray *stencils; /* AssayStencil */
  GArray *objects;     /* AssayStencilObject */
  GHashTable *names;   /* utf8 to GArray of AssayStencilName */
  GArray *anchors;     /* AssayStencilAnchor, by key once settled */
  gboolean lengths[ASSAY_STENCIL_ANCHOR + 1];
  guint64 *filter;
};

/** assay_stencil_key: of an anchor of @length bytes. */
guint64 assay_stencil_key (const guint8 *bytes, guint length);

/** assay_stencil_bit: place of a key in the filter. */
guint assay_stencil_bit (guint64 key);

/**
 * assay_stencil_mark_holes:
 * @known: of the section's bytes; what a linker writes becomes 0
 *
 * Reads the relocations of one section (gABI, "Relocation").
 */
gboolean assay_stencil_mark_holes (AssayBlob *object, const AssayElf *elf, const AssayElfReader *reader,
                                   const AssaySection *code, guint8 *known, GError **error);

#endif
