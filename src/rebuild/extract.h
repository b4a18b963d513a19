#ifndef ASSAY_REBUILD_EXTRACT_H
#define ASSAY_REBUILD_EXTRACT_H

#include "rebuild/workspace.h"

/**
 * AssayExtractKind:
 * @ASSAY_EXTRACT_SOURCE: devices, FIFOs and sockets are refused
 * @ASSAY_EXTRACT_ROOT: they are left out: a root file system has some in /dev, which the sandbox mounts over
 */
typedef enum
{
  ASSAY_EXTRACT_SOURCE = 0,
  ASSAY_EXTRACT_ROOT,
} AssayExtractKind;

/**
 * assay_extract_archive:
 * @fd: the archive, a private regular file read from its beginning
 * @strip: leading components to drop; empty ones and `.` do not count; an entry with no more is left out
 * @into: where to; owned by the identity
 *
 * Unpacks a tar or zip archive, plain or compressed by gzip, bzip2, xz, lzma, zstd or lz4, in a process behind walls
 * that sees nothing but @into. Modes without set-id bits and times are kept; files stay readable and directories
 * passable by their owner.
 *
 * Errors: ASSAY_ERROR_MALFORMED; ASSAY_ERROR_UNSUPPORTED; ASSAY_ERROR_LIMIT; ASSAY_ERROR_SANDBOX
 */
gboolean assay_extract_archive (int fd, guint strip, AssayExtractKind kind, AssayDirectory *into,
                                AssayWorkspace *workspace, GError **error);

#endif
