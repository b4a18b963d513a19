#ifndef ASSAY_UTIL_LIMITS_H
#define ASSAY_UTIL_LIMITS_H

#include <glib.h>

/*
 * Every limit of assay but those that nobody can set (cage/cage_limits.h): name, default, unit and reason, in one
 * table. Hitting one makes the node undecided, and the message says `limit NAME (VALUE UNIT)`. `--limit NAME=VALUE`
 * sets one. Limits hold over all layers of an image together unless the reason says otherwise. The last four are of
 * rebuilds: a recipe may ask for less, and for more where a policy pins it (flow/allowance.h).
 */
#define ASSAY_LIMITS(X)                                                                                                \
  X (IMAGE_BYTES, "image-bytes", G_GUINT64_CONSTANT (64) << 30, "bytes",                                               \
     "of one image as it is given, holes too, for all of them are read; a large flash has 64 GB")                      \
  X (TOTAL_BYTES, "total-bytes", G_GUINT64_CONSTANT (64) << 30, "bytes",                                               \
     "all decoded bytes of one image; a large rootfs is a few GiB")                                                    \
  X (RATIO, "ratio", 2000, "times",                                                                                    \
     "decoded to stored bytes of one stream, and of the whole image beyond 256 MiB, where what several names share "   \
     "counts "                                                                                                         \
     "for each of them; deflate cannot pass 1032, real xz stays below 1000")                                           \
  X (DEPTH, "depth", 24, "levels", "containers in containers; the deepest real image seen has 8")                      \
  X (ENTRIES, "entries", 200000, "entries",                                                                            \
     "nodes of one image; a large root file system has 100,000. Two images with so many each take 0.8 GiB to judge; "  \
     "a whole desktop distribution may need more")                                                                     \
  X (ENTRY_BYTES, "entry-bytes", 1 << 27, "bytes",                                                                     \
     "names and facts of all entries of one image, as text, beyond the size of the image itself; each entry has its "  \
     "own of what several share there, as a list of extended attributes. 200,000 entries with labels of SELinux take " \
     "about 100 MB")                                                                                                   \
  X (NAME_BYTES, "name-bytes", 4096, "bytes", "one entry's path inside its container; PATH_MAX of Linux")              \
  X (PATH_BYTES, "path-bytes", 32768, "bytes", "one node path through all layers")                                     \
  X (DECODER_MEMORY, "decoder-memory", 1 << 28, "bytes",                                                               \
     "window of one decoder; xz -9 needs 65 MiB, zstd --long=27 128 MiB")                                              \
  X (STREAM_MEMBERS, "stream-members", 100000, "members",                                                              \
     "of one compressed stream, frames that are skipped too; each starts a decoder, which takes up to 40 us. A "       \
     "layer of a container with a member for each file has some 10,000")                                               \
  X (WORKER_MEMORY, "worker-memory", G_GUINT64_CONSTANT (1) << 30, "bytes",                                            \
     "address space of a process that reads untrusted bytes; four windows of the largest decoder. One that reads "     \
     "debug information has debug-bytes beside")                                                                       \
  X (NODE_TIME, "node-time", 1800, "seconds", "to read one container; 100 GB of zstd take 5 minutes")                  \
  X (IMAGE_TIME, "image-time", 21600, "seconds",                                                                       \
     "to read all containers of one image together; twelve that take all of node-time each")                           \
  X (METADATA_BYTES, "metadata-bytes", 1 << 24, "bytes",                                                               \
     "one pax header, string table or directory that is held in memory")                                               \
  X (SECTIONS, "sections", 1 << 20, "sections", "of one ELF file; 65,280 need extended numbering")                     \
  X (SYMBOLS, "symbols", 1 << 25, "symbols", "of one ELF file; a large C++ program has a million")                     \
  X (DELIVERED_CODE, "delivered-code", 1 << 27, "bytes",                                                               \
     "machine code that came with the source, looked for in what was built; each byte takes as much memory")           \
  X (REPACKED_BYTES, "repacked-bytes", 1 << 28, "bytes",                                                               \
     "of one image that are packed again, to see whether an encoder that is known makes a stream: the content for "    \
     "each level that is tried. The slowest level of zstd takes 2 s for one MiB")                                      \
  X (REBUILD_TIMES, "rebuild-times", 3, "rebuilds", "at times that the image carries; each costs a whole build")       \
  X (DEBUG_BYTES, "debug-bytes", G_GUINT64_CONSTANT (2) << 30, "bytes",                                                \
     "unpacked debug sections of one ELF file; those of a Linux kernel have 500 MB")                                   \
  X (DEBUG_UNITS, "debug-units", 1 << 18, "units", "of debug information in one ELF file; a browser has 30,000")       \
  X (TIME, "time", 21600, "s",                                                                                         \
     "wall clock of one rebuild, over all layers, patches and steps; a full distribution on two cores takes four "     \
     "hours")                                                                                                          \
  X (MEMORY, "memory", G_GUINT64_CONSTANT (8) << 30, "bytes",                                                          \
     "address space of one process of a rebuild, and what all hold together (cage/holding.h); linking a kernel or a "  \
     "C++ "                                                                                                            \
     "program with debug info takes 2 to 6 GiB, a build of many jobs more. The same on all machines, as reports are")  \
  X (PROCESSES, "processes", 2048, "processes",                                                                        \
     "of a rebuild at one time; make -j64 with a shell, a compiler driver, a compiler and an assembler each stays "    \
     "below 300")                                                                                                      \
  X (OUTPUT, "output", G_GUINT64_CONSTANT (200) << 30, "bytes",                                                        \
     "on disk of a rebuild's tree, /tmp and home directory together, and of removed files that are open; a Yocto "     \
     "build "                                                                                                          \
     "takes about 100 GiB")

/**
 * AssayLimit:
 *
 * Names of the limits; the zero is no limit.
 */
typedef enum
{
  ASSAY_LIMIT_NONE = 0,
#define ASSAY_LIMIT_ENUM(id, name, value, unit, reason) ASSAY_LIMIT_##id,
  ASSAY_LIMITS (ASSAY_LIMIT_ENUM)
#undef ASSAY_LIMIT_ENUM
      ASSAY_LIMIT_COUNT,
} AssayLimit;

/**
 * AssayLimits: the values in force, by AssayLimit.
 *
 * @given: which of them assay_limits_set() has set
 */
typedef struct
{
  guint64 value[ASSAY_LIMIT_COUNT];
  gboolean given[ASSAY_LIMIT_COUNT];
} AssayLimits;

void assay_limits_init (AssayLimits *limits);

/** assay_limits_set: `NAME=VALUE`; VALUE a decimal count that may end in KiB, MiB, GiB or TiB; of `time` in s, m or h.
 * Errors: ASSAY_ERROR_USAGE, also where it was set before: which of two counts must not depend on their order. */
gboolean assay_limits_set (AssayLimits *limits, const char *assignment, GError **error);

/** assay_limits_parse_bytes: a decimal count that may end in KiB, MiB, GiB or TiB, and nothing else. */
gboolean assay_limits_parse_bytes (const char *text, guint64 *out_bytes);

const char *assay_limit_name (AssayLimit limit);

/** assay_limits_exceeded: sets ASSAY_ERROR_LIMIT, "limit NAME (VALUE UNIT) hit: WHAT"; returns FALSE for the caller to
 * return. */
gboolean assay_limits_exceeded (const AssayLimits *limits, AssayLimit limit, const char *what, GError **error);

/** assay_limits_check: whether @value is at most the limit; else as assay_limits_exceeded(). */
gboolean assay_limits_check (const AssayLimits *limits, AssayLimit limit, guint64 value, const char *what,
                             GError **error);

#endif
