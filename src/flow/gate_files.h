#ifndef ASSAY_FLOW_GATE_FILES_H
#define ASSAY_FLOW_GATE_FILES_H

#include "report/stored.h"

/**
 * AssayGateImage:
 *
 * An image at the gate, as far as the gate opened it.
 *
 * @stored: the report
 * @root: of its tree; NULL where only the bytes of a file were looked at
 * @opened: whether the containers in it were opened too; FALSE of a mere list of a directory
 * @is_directory: whether it is one
 * @nodes: path to AssayNode
 * @said: path to the number that the report has for it in `files`, from 1
 * @digests: (element-type AssayNode AssayDigest): contents that were digested already; others are added
 */
typedef struct
{
  const AssayStored *stored;
  const AssayNode *root;
  gboolean opened;
  gboolean is_directory;
  GHashTable *nodes;
  GHashTable *said;
  GHashTable *digests;
} AssayGateImage;

/** assay_gate_may_hide: whether the image could hold something of that path that is not seen here: beneath a layout, or
 * what was not opened. */
gboolean assay_gate_may_hide (const AssayGateImage *image, const char *path);

/**
 * assay_gate_check_files:
 *
 * Holds `files` of a report against the image: each entry that was seen is there, and none else, of the same type,
 * size and content; and in a directory of the file system, what `facts` call the shipped mode, owner, link, device and
 * extended attributes. What is equal to the expected side, and why the rest is not, nobody can say here.
 *
 * Returns: (transfer full) (nullable): what is wrong, as the end of a sentence
 */
char *assay_gate_check_files (const AssayGateImage *image);

#endif
