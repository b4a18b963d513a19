#ifndef ASSAY_UNPACK_TALK_H
#define ASSAY_UNPACK_TALK_H

#include "unpack/context.h"

/**
 * AssayTalk: what the process that asks and the one that reads a container say to each other (AssayMessage's kind).
 *
 * The one that asks:
 * @ASSAY_TALK_PROBE: which format is this? First: size; second: bytes of the beginning; data: these, and those of the
 * end
 * @ASSAY_TALK_OPEN: read it; data: AssayTalkOpen, the node path and the node's first bytes
 * @ASSAY_TALK_BYTES: what was asked for
 * @ASSAY_TALK_NOT: it cannot be had; first: AssayErrorCode; data: why
 *
 * The one that reads:
 * @ASSAY_TALK_READ: bytes of the node, please; first: offset; second: length
 * @ASSAY_TALK_READ_SPOOL: the same of what was decoded
 * @ASSAY_TALK_WRITE_SPOOL: decoded bytes; first: where they belong
 * @ASSAY_TALK_CONTENT: decoded bytes of a short content; first: its number; second: its size; parts come in order
 * @ASSAY_TALK_PARCEL: the next part of what is in it
 * @ASSAY_TALK_DONE: that was all; first: bytes of the spool that belong to it
 * @ASSAY_TALK_FAIL: it cannot be read; first: AssayErrorCode; data: why
 */
typedef enum
{
  ASSAY_TALK_OPEN = 1,
  ASSAY_TALK_BYTES,
  ASSAY_TALK_NOT,
  ASSAY_TALK_READ,
  ASSAY_TALK_READ_SPOOL,
  ASSAY_TALK_WRITE_SPOOL,
  ASSAY_TALK_CONTENT,
  ASSAY_TALK_PARCEL,
  ASSAY_TALK_DONE,
  ASSAY_TALK_FAIL,
} AssayTalk;

/**
 * AssayTalkOpen: of one process for another that is its copy.
 *
 * @format: its number
 * @size: bytes of the node
 * @path_bytes: of the node path behind this, without a closing NUL. What follows is the beginning of the node
 * @is_root: it has no parent
 * @image_bytes: of the whole image
 * @entries: @entry_bytes: @decoded_bytes: @memory_bytes: that the image has used of its limits
 */
typedef struct
{
  AssayLimits limits;
  guint64 format;
  guint64 size;
  guint64 path_bytes;
  guint64 is_root;
  guint64 image_bytes;
  guint64 entries;
  guint64 entry_bytes;
  guint64 decoded_bytes;
  guint64 memory_bytes;
} AssayTalkOpen;

#endif
