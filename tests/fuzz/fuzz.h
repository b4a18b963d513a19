#ifndef ASSAY_TEST_FUZZ_H
#define ASSAY_TEST_FUZZ_H

#include "unpack/formats.h"
#include "util/limits.h"

#include <stdint.h>

/*
 * One program for all that reads untrusted bytes; a target is chosen by its name (targets.c). A target feeds its bytes
 * to one reader in this process, without walls, so that a sanitizer and the measure of coverage see it, and ends the
 * process by fuzz_check() where something does not hold that must hold whatever the bytes are.
 */

typedef struct _FuzzTarget FuzzTarget;

/**
 * FuzzTarget:
 * @name: of the format, or of what is read
 * @format: of a container's reader; else NULL
 * @signer: it needs the certificate that the environment names as ASSAY_FUZZ_SIGNER
 */
struct _FuzzTarget
{
  const char *name;
  void (*run) (const FuzzTarget *target, const guint8 *bytes, gsize length);
  const AssayFormat *format;
  gboolean signer;
};

/** fuzz_target_list: (element-type FuzzTarget): one for each format of formats.c that can be opened, then the others.
 */
GArray *fuzz_target_list (void);

/** fuzz_check: ends the process where something does not hold. */
#define fuzz_check(holds, what) fuzz_check_at ((holds), #holds, (what), __func__, __LINE__)
void fuzz_check_at (gboolean holds, const char *expression, const char *what, const char *function, int line);

/** fuzz_limits_init: those of assay, but small, so that bombs end at once. */
void fuzz_limits_init (AssayLimits *limits);

/** fuzz_blob: (transfer full): the bytes, which must stay until the blob goes. */
AssayBlob *fuzz_blob (const guint8 *bytes, gsize length);

/** fuzz_take: a number of @count bytes from the beginning; 0 where there are no more. */
guint64 fuzz_take (const guint8 **bytes, gsize *length, guint count);

/* --- the processes behind walls, in this process (workers.c) --- */

/**
 * FuzzLies: what a reader says whatever it is told: packets with three bytes of length in front of each.
 */
typedef struct
{
  const guint8 *bytes;
  gsize length;
} FuzzLies;

/** fuzz_workers_lie: workers made from now on say this; NULL: they do their work, each in a thread of its own. */
void fuzz_workers_lie (const FuzzLies *lies);

/* --- what must hold (invariants.c) --- */

/** fuzz_check_inside: what was read of a container: spans tile, payloads are ranges of it, paths lie beneath it, text
 * is text, fields are inside; and all bytes can be read. */
void fuzz_check_inside (AssayNode *node);

/** fuzz_check_equal: what a reader found is what it could make the process believe that asks. */
void fuzz_check_equal (const AssayNode *read, const AssayNode *told);

/* --- the targets --- */

void fuzz_container (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_image (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_talk (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_elf (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_elf_fields (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_elf_debug (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_code (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_fingerprint (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_likeness (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_nature (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_policy (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_recipe (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_mtree (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_lock (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_report (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_division (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_ranges (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_findings (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_stamp (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_envelope (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_cms (const FuzzTarget *target, const guint8 *bytes, gsize length);
void fuzz_names (const FuzzTarget *target, const guint8 *bytes, gsize length);

#endif
