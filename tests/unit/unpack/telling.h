#ifndef ASSAY_TEST_TELLING_H
#define ASSAY_TEST_TELLING_H

#include "cage/row.h"
#include "cage/worker.h"
#include "unpack/parcel.h"
#include "unpack/talk.h"

#include <unistd.h>

/* What processes say that read containers, as readers.c hears it. */

#define IMAGE_BYTES 4096u
#define PAYLOAD_AT 100u
#define PAYLOAD_BYTES 50u

/* As parcel.c has them. */
enum
{
  CHILD = 1,
  FACT,
  OWN_FACT,
  SPAN,
  FIELD,
  OWN_FIELD,
  NODE,
  PIECE,
};

typedef struct
{
  guint64 offset;
  guint64 length;
  guint64 kind;
  guint64 child;
  guint64 rewritable;
} Told;

static inline void
say (AssayWire *wire, guint32 kind, guint64 first, guint64 second, const void *data, gsize length)
{
  const AssayMessage message = { kind, first, second, data, length };
  if (!assay_wire_send (wire, &message, NULL))
    _exit (0);
}

static inline void
say_record (AssayWire *wire, guint32 kind, const GByteArray *payload)
{
  const guint32 head[] = { kind, payload->len };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_byte_array_append (bytes, (const guint8 *)head, sizeof head);
  g_byte_array_append (bytes, payload->data, payload->len);
  say (wire, ASSAY_TALK_PARCEL, 0, 0, bytes->data, bytes->len);
}

static inline void
say_node (AssayWire *wire)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  assay_put_text (bytes, "ar");
  for (int i = 0; i < 3; i++)
    assay_put_number (bytes, 0);
  say_record (wire, NODE, bytes);
}

static inline void
say_child_at (AssayWire *wire, const char *path, guint64 decoded, guint64 owner, guint64 offset, guint64 length)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  assay_put_text (bytes, path);
  assay_put_number (bytes, ASSAY_NODE_FILE);
  assay_put_number (bytes, decoded);
  assay_put_text (bytes, "raw");
  assay_put_text (bytes, NULL);
  assay_put_number (bytes, owner);
  assay_put_number (bytes, offset);
  assay_put_number (bytes, length);
  assay_put_text (bytes, NULL);
  assay_put_number (bytes, 0);
  say_record (wire, CHILD, bytes);
}

static inline void
say_child (AssayWire *wire, const char *path)
{
  say_child_at (wire, path, 0, ASSAY_PARCEL_NODE, PAYLOAD_AT, PAYLOAD_BYTES);
}

static inline void
say_span (AssayWire *wire, Told span)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  assay_put_number (bytes, span.offset);
  assay_put_number (bytes, span.length);
  assay_put_number (bytes, span.kind);
  assay_put_number (bytes, span.child);
  assay_put_number (bytes, span.rewritable);
  assay_put_number (bytes, 0);
  assay_put_text (bytes, "told");
  assay_put_text (bytes, NULL);
  assay_put_text (bytes, NULL);
  say_record (wire, SPAN, bytes);
}

static inline void
say_spans (AssayWire *wire, guint64 header, guint64 payload, guint64 slack)
{
  guint64 at = 0;
  say_span (wire, (Told){ at, header, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD });
  at += header;
  say_span (wire, (Told){ at, payload, ASSAY_SPAN_PAYLOAD, 0 });
  at += payload;
  say_span (wire, (Told){ at, slack, ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD });
}

static inline void
say_done (AssayWire *wire, guint64 spool)
{
  say (wire, ASSAY_TALK_DONE, spool, 0, NULL, 0);
}

static inline void
say_well (AssayWire *wire)
{
  say_node (wire);
  say_child (wire, "member");
  say_spans (wire, PAYLOAD_AT, PAYLOAD_BYTES, IMAGE_BYTES - PAYLOAD_AT - PAYLOAD_BYTES);
}

static inline void
say_piece (AssayWire *wire, guint64 offset, guint64 length)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  assay_put_number (bytes, offset);
  assay_put_number (bytes, length);
  say_record (wire, PIECE, bytes);
}

#endif
