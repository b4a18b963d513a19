#ifndef ASSAY_INVENTORY_FIELDS_PRIVATE_H
#define ASSAY_INVENTORY_FIELDS_PRIVATE_H

#include "inventory/elf_private.h"
#include "inventory/fields.h"
#include "util/nearby.h"

/** AssayElfMember: one field of a record, in files of 32 and of 64 bits. */
typedef struct
{
  const char *name;
  guint8 offset[2];
  guint8 length[2];
  AssayElfMeaning meaning;
} AssayElfMember;

/** AssayElfLayout: what one kind of record looks like. @size: bytes in files of 32 and of 64 bits. */
typedef struct
{
  const AssayElfMember *members;
  gsize count;
  guint8 size[2];
} AssayElfLayout;

/** AssayElfRegion: records of one kind that follow each other; @layout NULL: one record that is one field. */
typedef struct
{
  guint64 offset;
  guint64 length;
  AssayElfRecordKind kind;
  AssayElfMeaning meaning;
  guint64 first_index;
  const char *table;
  const AssayElfLayout *layout;
} AssayElfRegion;

struct _AssayElfFields
{
  const AssayElf *elf;
  AssayBlob *blob;
  GArray *regions; /* AssayElfRegion, the most important first */
  AssayRangeMap *map;
  AssayNearby *nearby; /* of numbers: those of records that follow each other stand close by */
};

extern const AssayElfLayout assay_elf_layout_header, assay_elf_layout_program_header, assay_elf_layout_section_header,
    assay_elf_layout_dynamic, assay_elf_layout_rel, assay_elf_layout_rela, assay_elf_layout_word,
    assay_elf_layout_symbol, assay_elf_layout_version;

/** assay_elf_fields_add: notes a region as far as it lies in the file. */
void assay_elf_fields_add (AssayElfFields *fields, const AssayElfRegion *region);

/** assay_elf_fields_add_dynamic: the dynamic section, and all that it speaks of. */
void assay_elf_fields_add_dynamic (AssayElfFields *fields);

#endif
