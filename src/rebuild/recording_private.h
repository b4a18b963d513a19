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
};

/** assay_recording_new_empty: neither whole nor known. */
AssayRecording *assay_recording_new_empty (void);

/** assay_recorded_file_free: @data: (nullable): an AssayRecordedFile */
void assay_recorded_file_free (gpointer data);

#endif
