#ifndef ASSAY_CAGE_CAGE_LIMITS_H
#define ASSAY_CAGE_CAGE_LIMITS_H

#include <glib.h>

/*
 * The limits of one rebuild beside `time`, `memory`, `processes` and `output` (util/limits.h), each with its unit and
 * reason. Hitting one ends the rebuild with ASSAY_ERROR_LIMIT and the limit's name, and so leaves what it would have
 * made undecided.
 */

/* `log`, bytes that patches and steps print together: a verbose build of a distribution prints about 300 MiB. */
#define ASSAY_CAGE_LOG_BYTES (G_GUINT64_CONSTANT (1) << 30)

/* `entries`, files of a build tree or of one layer: a Yocto build tree has three million. */
#define ASSAY_CAGE_ENTRIES G_GUINT64_CONSTANT (8000000)

/* `disk-reserve`, bytes that stay free where the build tree lies, so that files that were removed while open cannot
   fill the disk either: 1 GiB is what the rest of a system needs to go on. */
#define ASSAY_CAGE_DISK_RESERVE_BYTES (G_GUINT64_CONSTANT (1) << 30)

/* Bytes of /dev/shm: what bitbake's and Python's semaphores and a browser test need is below 256 MiB. */
#define ASSAY_CAGE_SHM_BYTES (G_GUINT64_CONSTANT (1) << 30)

/* Bytes of address space of the process that opens archives: xz -9 needs 65 MiB, zstd --long=31 two GiB, with room
 * beside. */
#define ASSAY_CAGE_DECODER_BYTES (G_GUINT64_CONSTANT (3) << 30)

/* Open files of one process: what Linux gives by default (soft), and what systemd allows at most (hard). */
#define ASSAY_CAGE_FILES_SOFT 1024
#define ASSAY_CAGE_FILES_HARD 524288

/* Bytes of stack of the first thread: Linux's default; fixed, because glibc lays out threads by it. */
#define ASSAY_CAGE_STACK_BYTES (8u << 20)

/* Levels below the build tree down to which the watcher counts. Deeper trees exist for moments only, while a configure
   script tests getcwd() at PATH_MAX; what they hold is bounded by `disk-reserve`. */
#define ASSAY_CAGE_WATCH_LEVELS 300

/* The watcher counts the first time after this many milliseconds, later after so many times of what counting took. */
#define ASSAY_CAGE_WATCH_FIRST_MS 500
#define ASSAY_CAGE_WATCH_LAST_MS 30000
#define ASSAY_CAGE_WATCH_FACTOR 20

/* Milliseconds between two looks at what processes hold, or so many times of what looking took
 * (ASSAY_CAGE_WATCH_FACTOR): memory fills faster than disks. */
#define ASSAY_CAGE_HOLDING_MS 250

/* Milliseconds that openings of files gather before they are taken off the kernel's queue. It keeps 16384 of them
 * (fs.inotify.max_queued_events); two processors that do nothing else open about 2000 files in a millisecond, of which
 * it joins those of one file in a row. */
#define ASSAY_CAGE_EVENTS_MS 2

/* Milliseconds between asking a process to end and ending it: killing 2048 processes takes a fraction of one second. */
#define ASSAY_CAGE_GRACE_MS 15000

/* Bytes that the process that opens archives may say about a failure: one line. */
#define ASSAY_CAGE_MESSAGE_BYTES 4096

#endif
