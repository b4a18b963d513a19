#ifndef ASSAY_INVENTORY_PRODUCER_PRIVATE_H
#define ASSAY_INVENTORY_PRODUCER_PRIVATE_H

#include "inventory/producer.h"

/** Bytes of one text: compilers write all options that they were given, some hundred bytes. */
#define ASSAY_PRODUCER_TEXT_MAX 4096u

/** Different texts of one place; a kernel whose files have options of their own has a hundred. */
#define ASSAY_PRODUCER_TEXTS_MAX 1024u

struct _AssayProducers
{
  GPtrArray *list;  /* AssayProducer */
  GHashTable *seen; /* the same, by what they say */
  GStringChunk *chunk;
  guint counts[ASSAY_PRODUCER_PLACES];
  gboolean cut[ASSAY_PRODUCER_PLACES]; /* there was more */
  gsize room;                          /* bytes of sections that may still be read */
  guint tries;                         /* places that were looked at as the beginning of a text */
};

/** assay_producers_add: @where: escaped; @raw: any bytes, read up to the first NUL. Nothing at all is not added. */
void assay_producers_add (AssayProducers *producers, AssayProducerPlace place, const char *where, const char *raw,
                          gsize length);

/** assay_producers_add_notes: and _add_go, _add_attributes: of one section. */
void assay_producers_add_notes (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob,
                                const AssaySection *section);
void assay_producers_add_go (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob,
                             const AssaySection *section);
void assay_producers_add_attributes (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob,
                                     const AssaySection *section);

/** assay_producers_read_section: (transfer full) (nullable): at most @most of its first bytes. Any number of sections
 * may be the same bytes: what is read of all of them together is bounded. */
GBytes *assay_producers_read_section (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob,
                                      const AssaySection *section, gsize most);

#endif
