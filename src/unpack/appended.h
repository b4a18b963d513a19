#ifndef ASSAY_UNPACK_APPENDED_H
#define ASSAY_UNPACK_APPENDED_H

#include "unpack/container.h"

/**
 * AssayAppended:
 * @front: name of the child that all before @start is, as "#elf"
 * @behind: the same of all from there on
 * @start: bytes
 */
typedef struct
{
  const char *front;
  const char *behind;
  guint64 start;
} AssayAppended;

/**
 * assay_appended_divide: the node becomes the two children. The place of the second counts, for whoever looks for it
 * there.
 */
gboolean assay_appended_divide (AssayContainer *container, const AssayAppended *appended, GError **error);

#endif
