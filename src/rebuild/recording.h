#ifndef ASSAY_REBUILD_RECORDING_H
#define ASSAY_REBUILD_RECORDING_H

#include "rebuild/delivery.h"
#include "rebuild/record.h"

#include <jansson.h>

/**
 * AssayRecordedFile: a file that the build opened.
 *
 * @path: inside of the sandbox, escaped; of this machine's toolchain without the links on the way
 * @is_program: it has a permission bit to be run: it was run, or only read; nobody knows which
 * @as_delivered: of the delivery: whether it was as it came, at that path, whenever it was opened: it and the
 *   directories above were not written, renamed, linked or removed. FALSE: nobody knows what was read there
 * @is_named: of the delivery: whether debug information of what was built names it as a source of it. FALSE says
 *   little: macros are not named, nor what a program reads that makes sources, and a file may have none
 */
typedef struct
{
  char *path;
  AssayDigest sha256;
  gboolean is_program;
  gboolean as_delivered;
  gboolean is_named;
} AssayRecordedFile;

/**
 * AssayRecordedLines: a file that says of its lines that they are of other files (inventory/line_control.h), so that
 * line tables may name these in place of it.
 *
 * @path: @sha256: as above
 * @is_delivered: it came so and was opened, or may have been; FALSE: the last step left it so, and nobody knows who
 *   wrote and who read it
 */
typedef struct
{
  char *path;
  AssayDigest sha256;
  gboolean is_delivered;
  AssayLineControl *control;
} AssayRecordedLines;

/**
 * AssayRecording:
 *
 * What the build opened (T16, T17), said after the last step. Nobody knows of what was opened how much went into what
 * was made: a build that opens all that it was given says nothing by that. It is worth something the other way round:
 * what was not opened went into nothing. What programs learn without opening a file is not recorded: names, sizes,
 * targets of links.
 */
typedef struct _AssayRecording AssayRecording;

/**
 * assay_recording_new:
 * @delivery: that kept its places
 * @build: what was /build, as the last step left it
 * @source: where in the sandbox what has a relative name in the delivery lies: the recipe's `path`
 *
 * Errors: ASSAY_ERROR_IO, ASSAY_ERROR_CANCELLED
 */
AssayRecording *assay_recording_new (const AssayRecord *record, const AssayDelivery *delivery, AssayDirectory *build,
                                     const char *source, GError **error);

void assay_recording_free (AssayRecording *recording);

/**
 * assay_recording_is_whole: whether nothing that was opened is missing, of what was delivered.
 *
 * assay_recording_is_known: whether that is so of the toolchain too, and nothing was opened that came ready-made with
 * the delivery: neither text nor passive data. Then, and only then, it is known of what the build made where it came
 * from: the build made it of such texts and data, or has it from the toolchain.
 */
gboolean assay_recording_is_whole (const AssayRecording *recording);
gboolean assay_recording_is_known (const AssayRecording *recording);

/** assay_recording_get_delivered: (transfer none) (element-type AssayRecordedFile): files of source and inputs that
 * were opened; by path. */
const GPtrArray *assay_recording_get_delivered (const AssayRecording *recording);

/**
 * assay_recording_name:
 * @paths: (element-type utf8): what debug information of one file that was made lists: inside, absolute, escaped. Those
 * that are not of delivered files that were opened are none of ours
 * @is_whole: whether that is all of it
 */
void assay_recording_name (AssayRecording *recording, const GPtrArray *paths, gboolean is_whole);

/** assay_recording_find_tool: (transfer none) (nullable): the path of a file of the toolchain that was opened and has
 * that digest. */
const char *assay_recording_find_tool (const AssayRecording *recording, const AssayDigest *sha256);

/**
 * assay_recording_to_json:
 *
 * (transfer full): as reports have it: `whole` and `known` with `why` not, `read` (of the delivery) and `toolchain`,
 * `never_read`: delivered files that nobody opened, and `unsure`: that nobody opened where they lay, but that were
 * written, renamed, linked or removed, or of which nobody knows for another reason; `has_names`: whether any debug
 * information lists sources, `names_whole`: whether all of it could be read; `line_control`: AssayRecordedLines.
 */
json_t *assay_recording_to_json (const AssayRecording *recording);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayRecording, assay_recording_free)

#endif
