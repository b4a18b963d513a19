#ifndef ASSAY_REBUILD_RECORD_H
#define ASSAY_REBUILD_RECORD_H

#include "cage/view.h"
#include "rebuild/mount.h"
#include "rebuild/workspace.h"

/** AssayRecordKind: what a file came with that was opened. */
typedef enum
{
  ASSAY_RECORD_BUILD = 0, /* it lay in the build tree before the first step */
  ASSAY_RECORD_INPUT,
  ASSAY_RECORD_TOOLCHAIN,
} AssayRecordKind;

/**
 * AssayRecord:
 *
 * Which of the files that a build was given its steps opened: of the build tree, of inputs and of the toolchain, which
 * together are all that a sandbox shows, beside files of our own making and what the kernel says (/proc, /dev). What is
 * known by that and what is not, cage/watch.h says.
 */
typedef struct _AssayRecord AssayRecord;

/**
 * assay_record_new:
 * @mounts: as of assay_mounts_unpack()
 *
 * Once all was unpacked and before the first step. What of it cannot be watched is a doubt and no error.
 *
 * Errors: ASSAY_ERROR_IO
 */
AssayRecord *assay_record_new (AssayWorkspace *workspace, const GPtrArray *mounts, gboolean has_tree, GError **error);
void assay_record_free (AssayRecord *record);

/** assay_record_get_view: (nullable): through which steps have to see this machine's toolchain; owned by the record. */
const AssayView *assay_record_get_view (const AssayRecord *record);

/** assay_record_begin: assay_record_end: around each step; what others open between them is not recorded. */
void assay_record_begin (AssayRecord *record);
void assay_record_end (AssayRecord *record);

/**
 * AssayRecordDoubts: why something may be missing.
 *
 * @ASSAY_RECORD_DOUBTS_DELIVERY: of build tree and inputs; @ASSAY_RECORD_DOUBTS_TOOLCHAIN: of the toolchain
 */
typedef enum
{
  ASSAY_RECORD_DOUBTS_DELIVERY = 0,
  ASSAY_RECORD_DOUBTS_TOOLCHAIN,
  ASSAY_RECORD_DOUBTS_COUNT,
} AssayRecordDoubts;

/** assay_record_get_doubts: (transfer none) (element-type utf8): sentences without full stop; empty: nothing is
 * missing. After the last step. */
const GPtrArray *assay_record_get_doubts (const AssayRecord *record, AssayRecordDoubts of);

/** assay_record_list_opened: (transfer full) (element-type utf8): paths inside of the sandbox, raw bytes, sorted. After
 * the last step. */
GPtrArray *assay_record_list_opened (const AssayRecord *record);

/** assay_record_find: what a path came with, of those that were opened or of a delivered file. */
AssayRecordKind assay_record_find (const AssayRecord *record, const char *path);

/** assay_record_open: a descriptor of a regular file by its path inside, found and opened without following links; -1
 * where there is none, or we may not read it. */
int assay_record_open (const AssayRecord *record, const char *path);

/** assay_record_look: lstat of the same; FALSE with errno. */
gboolean assay_record_look (const AssayRecord *record, const char *path, struct stat *out);

/** assay_record_was_moved: whether a directory above was renamed or removed, by whatever name it was called then. */
gboolean assay_record_was_moved (const AssayRecord *record, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayRecord, assay_record_free)

#endif
