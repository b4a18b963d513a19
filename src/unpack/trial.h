#ifndef ASSAY_UNPACK_TRIAL_H
#define ASSAY_UNPACK_TRIAL_H

#include "unpack/container.h"

/**
 * AssayTrial:
 * @format: (nullable): of the bytes that were tried; NULL when they are none that was asked for, or do not open
 * @tried: they began as a format that was asked for
 * @end: behind its last byte, from where it begins. What stands behind is nothing of it, or zeros
 * @tight: nothing stands behind it, nor in it, that its format leaves unclaimed
 * @content: of a stream: bytes that it decodes to
 * @holds: the file system or archive that it is, or that it decodes to, has an entry that is neither directory nor
 * device. Known only of a cpio, compressed or not; else FALSE
 * @is_cpio: it is a cpio, compressed or not
 *
 * What came of opening bytes for trial, of which nothing says how long they are. Nothing of it is kept but this: what
 * is accepted becomes a child, and is opened again as any other.
 */
typedef struct
{
  const char *format;
  gboolean tried;
  guint64 end;
  gboolean tight;
  guint64 content;
  gboolean holds;
  gboolean is_cpio;
} AssayTrial;

/**
 * assay_trial_open:
 * @names: NULL-terminated: formats that count
 * @offset: @length: where in the container's node they begin, and how far they may reach
 *
 * Reads to the end, and decodes and checks all; nothing, once too much was spent (assay_trial_is_spent()). Errors: of
 * reading alone; what cannot be opened, also because of a limit, is no error.
 */
gboolean assay_trial_open (AssayContainer *container, guint64 offset, guint64 length, const char *const *names,
                           AssayTrial *out, GError **error);

/** Streams that Linux compresses kernels and RAM disks to and that are read here. */
extern const char *const assay_trial_streams[];

/**
 * assay_trial_may_begin: whether bytes may begin as one of these streams, or as a cpio in ASCII: the cheap question
 * before assay_trial_open(). @length: at least 6
 */
gboolean assay_trial_may_begin (const guint8 *head, gsize length);

/** assay_trial_charge: counts what was done for a place; @cost: as many decoded bytes take about as long. */
void assay_trial_charge (AssayContainer *container, guint64 cost);

/**
 * assay_trial_is_spent:
 *
 * Whether what was tried in one container took more than 256 MiB of decoded bytes, and than 64 times the container:
 * each place may reach to its end, so that what counts is not how many they are. With more nothing in it is believed.
 */
gboolean assay_trial_is_spent (const AssayContainer *container);

/** How many places of one container are tried; with more nothing in it is believed. */
#define ASSAY_TRIAL_MOST 4096u

#endif
