#ifndef ASSAY_UNPACK_MARK_LIST_H
#define ASSAY_UNPACK_MARK_LIST_H

#include <glib.h>

/**
 * AssayMark: a magic at a place.
 * @owners: formats that have fields of their own there, and are told apart by these; or NULL
 */
typedef struct
{
  guint64 offset;
  const char *magic;
  gsize length;
  const char *const *owners;
} AssayMark;

/** ASSAY_MARK: of no format, by a literal. */
#define ASSAY_MARK(offset, magic)                                                                                      \
  {                                                                                                                    \
    offset, magic, sizeof magic - 1, NULL                                                                              \
  }

/** assay_mark_list: what a reader takes the bytes for by a magic alone (marks.h says by whose sources). */
extern const AssayMark assay_mark_list[];
extern const gsize assay_mark_count;

#endif
