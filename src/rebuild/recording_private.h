#ifndef ASSAY_REBUILD_RECORDING_PRIVATE_H
#define ASSAY_REBUILD_RECORDING_PRIVATE_H

#include "rebuild/recording.h"

/** What recording.c and recording_new.c share. Files are AssayRecordedFile, names utf8. */
struct _AssayRecording
{
  gboolean known;
  gboolean whole;
  gboolean has_names;
  gboolean names_whole;
  GPtrArray *reasons;
  GPtrArray *delivered;
  GPtrArray *toolchain;
  GPtrArray *idle;
  GPtrArray *unsure;
  GPtrArray *lines; /* AssayRecordedLines */
};

/** assay_recording_new_empty: neither whole nor known. */
AssayRecording *assay_recording_new_empty (void);

/** assay_recorded_file_free: @data: (nullable): an AssayRecordedFile */
void assay_recorded_file_free (gpointer data);

/** assay_recorded_lines_free: an AssayRecordedLines */
void assay_recorded_lines_free (gpointer data);

/** assay_recording_add_lines: takes @control, and nothing where it is NULL. @path: to be escaped */
void assay_recording_add_lines (AssayRecording *recording, const char *path, const AssayDigest *sha256,
                                gboolean is_delivered, AssayLineControl *control);

/**
 * assay_recording_search_lines:
 * @is_known: whether a file, by its path inside, lies there as it was delivered
 *
 * Looks through what the last step left for texts that say of their lines that they are of other files. ELF files and
 * archives of ar are none; what cannot be read may name any file. Errors: ASSAY_ERROR_CANCELLED.
 */
gboolean assay_recording_search_lines (AssayRecording *recording, AssayDirectory *build,
                                       gboolean (*is_known) (const char *path, gpointer data), gpointer data,
                                       GError **error);

/** assay_recording_describe_lines: as reports have it. (transfer full) */
json_t *assay_recording_describe_lines (const AssayRecording *recording);

#endif
