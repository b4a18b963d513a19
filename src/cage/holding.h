#ifndef ASSAY_CAGE_HOLDING_H
#define ASSAY_CAGE_HOLDING_H

#include <glib.h>
#include <sys/types.h>

/**
 * AssayHolding: what the processes of a sandbox hold together, beside the files that one sees.
 *
 * @memory_bytes: anonymous and shared memory that they use, and what lies in files of memory that they have open
 * (memfd_create(2), removed files of a tmpfs), each file once. Pages that several processes share count in full for
 * each, unless @shares was asked for
 * @threads: how many they are, with all threads of each
 * @removed_bytes: bytes on disk of files that were removed and are still open, each once
 *
 * Not counted: pages of files on disk that are mapped, which the kernel can drop; what no process has mapped or open
 * (System V segments, descriptors that travel in a socket); what a process keeps from us that has given up its traces
 * in /proc, or is gone before it is looked at.
 */
typedef struct
{
  guint64 memory_bytes;
  guint64 removed_bytes;
  guint64 threads;
} AssayHolding;

/** AssayHoldingShares: whether shared pages are divided among those who share them, which costs more to find out. */
typedef enum
{
  ASSAY_HOLDING_FULL = 0,
  ASSAY_HOLDING_SHARES,
} AssayHoldingShares;

/**
 * assay_holding_count:
 * @root: a process; all that descend from it count, and not itself: the supervisor is a copy of ourselves
 * @disks: (element-type dev_t): the file systems whose removed files are files on disk
 */
void assay_holding_count (pid_t root, const GArray *disks, AssayHoldingShares shares, AssayHolding *out);

#endif
