#ifndef ASSAY_FLOW_GATE_FILES_H
#define ASSAY_FLOW_GATE_FILES_H

#include "report/stored.h"

/**
 * AssayGateTrust: what a report is believed without.
 *
 * @opens_all: the containers in the image are opened in any case: a policy forbids, or a scope takes in, what only
 *   their files can say
 * @is_signed: a party of the policy answers for what the gate itself cannot read
 * @is_strict: nobody does, and the policy forbids what may stand there
 */
typedef struct
{
  gboolean opens_all;
  gboolean is_signed;
  gboolean is_strict;
} AssayGateTrust;

/**
 * AssayGateImage:
 *
 * An image at the gate, as far as the gate opened it.
 *
 * @stored: the report
 * @root: of its tree; NULL where only the bytes of a file were looked at
 * @trust: what the report is believed without
 * @opened: whether the containers in it were opened too; FALSE of a mere list of a directory
 * @is_directory: whether it is one
 * @nodes: path, as AssayPrefix, to AssayNode
 * @said: path, as AssayPrefix, to the number that the report has for it in `files`, from 1
 * @digests: (element-type AssayNode AssayDigest): contents that were digested already; others are added
 */
typedef struct
{
  const AssayStored *stored;
  const AssayNode *root;
  AssayGateTrust trust;
  gboolean opened;
  gboolean is_directory;
  GHashTable *nodes;
  GHashTable *said;
  GHashTable *digests;
} AssayGateImage;

/** assay_gate_may_hide: whether the image could hold something of that path that is not seen here: beneath a layout, or
 * what was not opened. */
gboolean assay_gate_may_hide (const AssayGateImage *image, const char *path);

/** assay_gate_nodes_by_path: (transfer full): path, as AssayPrefix, to AssayNode, of the whole tree. */
GHashTable *assay_gate_nodes_by_path (const AssayNode *root);

/** assay_gate_digest: of the content of a node; out of @digests (AssayGateImage), or made and added. NULL where it
 * cannot be read. */
const AssayDigest *assay_gate_digest (GHashTable *digests, const AssayNode *node);

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
