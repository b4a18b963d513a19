#ifndef ASSAY_CAGE_WIRE_H
#define ASSAY_CAGE_WIRE_H

#include <assay/error.h>

#include <glib.h>

/** The most that one message carries beside its head. */
#define ASSAY_WIRE_BYTES (128u * 1024u)

/**
 * AssayMessage: what two processes say to each other, over a socket that keeps messages apart.
 *
 * @kind: what it asks or answers, as the two have agreed; 0 is none
 * @first: @second: numbers that belong to it
 * @data: @length: bytes that belong to it; of a received message they are valid until the next
 */
typedef struct
{
  guint32 kind;
  guint64 first;
  guint64 second;
  const guint8 *data;
  gsize length;
} AssayMessage;

/**
 * AssayWire:
 * @fd: a connected socket of the kind SOCK_SEQPACKET; borrowed
 * @buffer: what was received last
 *
 * One end of a conversation.
 */
typedef struct
{
  int fd;
  guint8 *buffer;
} AssayWire;

void assay_wire_init (AssayWire *wire, int fd);
void assay_wire_clear (AssayWire *wire);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayWire, assay_wire_clear)

/** assay_wire_send: Errors: ASSAY_ERROR_IO, also when the other end is gone. */
gboolean assay_wire_send (AssayWire *wire, const AssayMessage *message, GError **error);

/** assay_wire_receive: waits for a message. Errors: ASSAY_ERROR_IO, also when the other end is gone;
 * ASSAY_ERROR_MALFORMED it is no message of ours. */
gboolean assay_wire_receive (AssayWire *wire, AssayMessage *out_message, GError **error);

#endif
