#ifndef ASSAY_TEST_LIARS_H
#define ASSAY_TEST_LIARS_H

#include "telling.h"

/* Processes that read containers, and lie. */

/* --- the lies; each is told in answer to the first order --- */

static void
honest (AssayWire *wire)
{
  say_well (wire);
  say_done (wire, 0);
}

static void
gap (AssayWire *wire)
{
  say_node (wire);
  say_child (wire, "member");
  say_span (wire, (Told){ 0, PAYLOAD_AT - 1, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD });
  say_span (wire, (Told){ PAYLOAD_AT, PAYLOAD_BYTES, ASSAY_SPAN_PAYLOAD, 0 });
  say_span (wire, (Told){ 150, IMAGE_BYTES - 150, ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD });
  say_done (wire, 0);
}

static void
gap_at_the_end (AssayWire *wire)
{
  say_node (wire);
  say_child (wire, "member");
  say_spans (wire, PAYLOAD_AT, PAYLOAD_BYTES, 1);
  say_done (wire, 0);
}

static void
overlap (AssayWire *wire)
{
  say_node (wire);
  say_child (wire, "member");
  say_spans (wire, PAYLOAD_AT, PAYLOAD_BYTES, IMAGE_BYTES - PAYLOAD_AT - PAYLOAD_BYTES);
  say_span (wire, (Told){ 10, 10, ASSAY_SPAN_PADDING, ASSAY_SPAN_NO_CHILD, 1 });
  say_done (wire, 0);
}

static void
outside (AssayWire *wire)
{
  say_node (wire);
  say_child (wire, "member");
  say_spans (wire, PAYLOAD_AT, PAYLOAD_BYTES, IMAGE_BYTES);
  say_done (wire, 0);
}

static void
payload_outside (AssayWire *wire)
{
  say_node (wire);
  say_child_at (wire, "member", 0, ASSAY_PARCEL_NODE, PAYLOAD_AT, 2 * IMAGE_BYTES);
  say_spans (wire, PAYLOAD_AT, 2 * IMAGE_BYTES, 1);
  say_done (wire, 0);
}

static void
wrapping (AssayWire *wire)
{
  say_node (wire);
  say_child (wire, "member");
  say_span (wire, (Told){ 0, PAYLOAD_AT, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD });
  say_span (wire, (Told){ PAYLOAD_AT, G_MAXUINT64 - 50, ASSAY_SPAN_PAYLOAD, 0 });
  say_done (wire, 0);
}

static void
rewritable_content (AssayWire *wire)
{
  say_node (wire);
  say_child (wire, "member");
  say_span (wire, (Told){ 0, PAYLOAD_AT, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD });
  say_span (wire, (Told){ PAYLOAD_AT, PAYLOAD_BYTES, ASSAY_SPAN_PAYLOAD, 0, 1 });
  say_span (wire, (Told){ 150, IMAGE_BYTES - 150, ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD });
  say_done (wire, 0);
}

static void
unknown_kind (AssayWire *wire)
{
  say_well (wire);
  say_span (wire, (Told){ 0, 1, 77, ASSAY_SPAN_NO_CHILD });
  say_done (wire, 0);
}

static void
no_such_child (AssayWire *wire)
{
  say_node (wire);
  say_child (wire, "member");
  say_span (wire, (Told){ 0, IMAGE_BYTES, ASSAY_SPAN_PAYLOAD, 5 });
  say_done (wire, 0);
}

/* Bytes that the container stores are said to be others, which it "decoded". */
static void
other_stored_bytes (AssayWire *wire)
{
  guint8 other[PAYLOAD_BYTES] = { 0 };
  say_node (wire);
  say (wire, ASSAY_TALK_CONTENT, ASSAY_PARCEL_CONTENT, sizeof other, other, sizeof other);
  say_child_at (wire, "member", 0, ASSAY_PARCEL_CONTENT, 0, sizeof other);
  say_spans (wire, PAYLOAD_AT, PAYLOAD_BYTES, IMAGE_BYTES - PAYLOAD_AT - PAYLOAD_BYTES);
  say_done (wire, 0);
}

static void
stored_as_decoded (AssayWire *wire)
{
  guint8 other[PAYLOAD_BYTES] = { 0 };
  say_node (wire);
  say (wire, ASSAY_TALK_CONTENT, ASSAY_PARCEL_CONTENT, sizeof other, other, sizeof other);
  say_child_at (wire, "member", 1, ASSAY_PARCEL_CONTENT, 0, sizeof other);
  say_spans (wire, PAYLOAD_AT, PAYLOAD_BYTES, IMAGE_BYTES - PAYLOAD_AT - PAYLOAD_BYTES);
  say_done (wire, 0);
}

static void
another_length (AssayWire *wire)
{
  say_node (wire);
  say_child_at (wire, "member", 0, ASSAY_PARCEL_NODE, PAYLOAD_AT, PAYLOAD_BYTES);
  say_child_at (wire, "other", 0, ASSAY_PARCEL_NODE, PAYLOAD_AT, PAYLOAD_BYTES);
  say_spans (wire, PAYLOAD_AT, PAYLOAD_BYTES, IMAGE_BYTES - PAYLOAD_AT - PAYLOAD_BYTES);
  say_done (wire, 0);
}

static void
spool_of_others (AssayWire *wire)
{
  say_node (wire);
  say_child_at (wire, "member", 1, ASSAY_PARCEL_SPOOL, 0, 10);
  say_span (wire, (Told){ 0, IMAGE_BYTES, ASSAY_SPAN_ENCODED, 0 });
  say_done (wire, 0);
}

static void
more_spool_than_written (AssayWire *wire)
{
  say_well (wire);
  say_done (wire, 10);
}

static void
no_such_content (AssayWire *wire)
{
  say_node (wire);
  say_child_at (wire, "member", 1, ASSAY_PARCEL_CONTENT + 3, 0, 10);
  say_span (wire, (Told){ 0, IMAGE_BYTES, ASSAY_SPAN_ENCODED, 0 });
  say_done (wire, 0);
}

static void
content_too_long (AssayWire *wire)
{
  guint8 bytes[20] = { 0 };
  say (wire, ASSAY_TALK_CONTENT, ASSAY_PARCEL_CONTENT, 10, bytes, sizeof bytes);
  say_well (wire);
  say_done (wire, 0);
}

static void
content_cut_off (AssayWire *wire)
{
  guint8 bytes[20] = { 0 };
  say (wire, ASSAY_TALK_CONTENT, ASSAY_PARCEL_CONTENT, 40, bytes, sizeof bytes);
  say_well (wire);
  say_done (wire, 0);
}

static void
endless_content (AssayWire *wire)
{
  say (wire, ASSAY_TALK_CONTENT, ASSAY_PARCEL_CONTENT, G_MAXUINT64, "x", 1);
  say_done (wire, 0);
}

/* A file in two pieces, the later one first, with a hole between them. */
static void
say_pieces (AssayWire *wire, guint64 first, guint64 second, guint64 hole)
{
  say_node (wire);
  say_child_at (wire, "member", 1, ASSAY_PARCEL_NOBODY, 0, 0);
  say_piece (wire, first, 20);
  say_piece (wire, ASSAY_STORED_HOLE, hole);
  say_piece (wire, second, 10);
  say_span (wire, (Told){ 0, 100, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD });
  say_span (wire, (Told){ 100, 10, ASSAY_SPAN_ENCODED, 0 });
  say_span (wire, (Told){ 110, 90, ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD });
  say_span (wire, (Told){ 200, 20, ASSAY_SPAN_ENCODED, 0 });
  say_span (wire, (Told){ 220, IMAGE_BYTES - 220, ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD });
  say_done (wire, 0);
}

/* Encoded bytes that no piece is made of would count as content that nobody compares. */
static void
pieces_elsewhere (AssayWire *wire)
{
  say_pieces (wire, 200, 120, 5);
}

static void
pieces_twice (AssayWire *wire)
{
  say_node (wire);
  say_child_at (wire, "member", 1, ASSAY_PARCEL_NOBODY, 0, 0);
  say_piece (wire, 100, 10);
  say_piece (wire, 100, 10);
  say_span (wire, (Told){ 0, 100, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD });
  say_span (wire, (Told){ 100, 10, ASSAY_SPAN_ENCODED, 0 });
  say_span (wire, (Told){ 110, IMAGE_BYTES - 110, ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD });
  say_done (wire, 0);
}

static void
pieces_of_two (AssayWire *wire)
{
  say_node (wire);
  for (int i = 0; i < 2; i++)
    {
      say_child_at (wire, i == 0 ? "member" : "other", 1, ASSAY_PARCEL_NOBODY, 0, 0);
      say_piece (wire, 100, 10);
    }
  say_span (wire, (Told){ 0, 100, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD });
  say_span (wire, (Told){ 100, 10, ASSAY_SPAN_ENCODED, 0 });
  say_span (wire, (Told){ 110, IMAGE_BYTES - 110, ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD });
  say_done (wire, 0);
}

static void
pieces_outside (AssayWire *wire)
{
  say_pieces (wire, 200, IMAGE_BYTES - 9, 5);
}

static void
pieces_of_stored_bytes (AssayWire *wire)
{
  say_node (wire);
  say_child (wire, "member");
  say_piece (wire, PAYLOAD_AT, PAYLOAD_BYTES);
  say_spans (wire, PAYLOAD_AT, PAYLOAD_BYTES, IMAGE_BYTES - PAYLOAD_AT - PAYLOAD_BYTES);
  say_done (wire, 0);
}

static void
pieces_of_nobody (AssayWire *wire)
{
  say_piece (wire, 0, 10);
  say_well (wire);
  say_done (wire, 0);
}

static void
an_empty_piece (AssayWire *wire)
{
  say_pieces (wire, 200, 100, 0);
}

static void
a_hole_beyond_all_limits (AssayWire *wire)
{
  say_pieces (wire, 200, 100, G_GUINT64_CONSTANT (1) << 43);
}

static void
a_hole_beyond_all_numbers (AssayWire *wire)
{
  say_pieces (wire, 200, 100, G_MAXUINT64 - 20);
}

static void
path_elsewhere (AssayWire *wire)
{
  say_node (wire);
  say_child (wire, "member//inner");
  say_spans (wire, PAYLOAD_AT, PAYLOAD_BYTES, IMAGE_BYTES - PAYLOAD_AT - PAYLOAD_BYTES);
  say_done (wire, 0);
}

static void
path_twice (AssayWire *wire)
{
  say_node (wire);
  say_child (wire, "member");
  say_child (wire, "member");
  say_spans (wire, PAYLOAD_AT, PAYLOAD_BYTES, IMAGE_BYTES - PAYLOAD_AT - PAYLOAD_BYTES);
  say_done (wire, 0);
}

static void
path_with_escapes (AssayWire *wire)
{
  say_node (wire);
  say_child (wire, "mem\033[31mber");
  say_done (wire, 0);
}

static void
surplus_record (AssayWire *wire)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  assay_put_text (bytes, "name");
  assay_put_text (bytes, "value");
  assay_put_number (bytes, 1);
  say_well (wire);
  say_record (wire, FACT, bytes);
  say_done (wire, 0);
}

static void
record_of_no_kind (AssayWire *wire)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  say_well (wire);
  say_record (wire, 99, bytes);
  say_done (wire, 0);
}

static void
record_without_end (AssayWire *wire)
{
  const guint32 head[] = { CHILD, G_MAXUINT32 };
  say (wire, ASSAY_TALK_PARCEL, 0, 0, head, sizeof head);
  say_done (wire, 0);
}

static void
record_cut_off (AssayWire *wire)
{
  const guint32 head[] = { CHILD, 100 };
  say_well (wire);
  say (wire, ASSAY_TALK_PARCEL, 0, 0, head, sizeof head);
  say_done (wire, 0);
}

static void
fields_out_of_order (AssayWire *wire)
{
  say_well (wire);
  for (guint64 at = 20; at > 0; at -= 10)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      assay_put_number (bytes, at);
      assay_put_number (bytes, 5);
      assay_put_number (bytes, ASSAY_FIELD_TIME);
      say_record (wire, OWN_FIELD, bytes);
    }
  say_done (wire, 0);
}

static void
fact_of_nobody (AssayWire *wire)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  assay_put_text (bytes, "name");
  assay_put_text (bytes, "value");
  say_record (wire, FACT, bytes);
  say_done (wire, 0);
}

static void
verdict (AssayWire *wire)
{
  say (wire, 4711, 0, 0, "identical", 9);
  honest (wire);
}

static void
reads_behind_the_end (AssayWire *wire)
{
  AssayMessage answer;
  say (wire, ASSAY_TALK_READ, IMAGE_BYTES - 1, 2, NULL, 0);
  assay_wire_receive (wire, &answer, NULL);
  honest (wire);
}

static void
reads_too_much (AssayWire *wire)
{
  AssayMessage answer;
  say (wire, ASSAY_TALK_READ, 0, G_MAXUINT64, NULL, 0);
  assay_wire_receive (wire, &answer, NULL);
  honest (wire);
}

static void
reads_the_spool_of_others (AssayWire *wire)
{
  AssayMessage answer;
  say (wire, ASSAY_TALK_READ_SPOOL, (guint64)-10, 10, NULL, 0);
  assay_wire_receive (wire, &answer, NULL);
  honest (wire);
}

static void
nothing_at_all (AssayWire *wire)
{
  say_done (wire, 0);
}

static void
a_code_of_ours (AssayWire *wire)
{
  say (wire, ASSAY_TALK_FAIL, ASSAY_ERROR_CANCELLED, 0, "\033]0;title", 9);
}

#define LIE(name)                                                                                                      \
  static void work_##name (AssayWire *wire)                                                                            \
  {                                                                                                                    \
    AssayMessage order;                                                                                                \
    while (assay_wire_receive (wire, &order, NULL) && order.kind == ASSAY_TALK_OPEN)                                   \
      name (wire);                                                                                                     \
  }

/* The formatter does not come to an end with this list. */
/* clang-format off */
#define LIES(X)                                                                                                        \
  X (gap)                                                                                                              \
  X (gap_at_the_end)                                                                                                   \
  X (overlap)                                                                                                          \
  X (outside)                                                                                                          \
  X (payload_outside)                                                                                                  \
  X (wrapping)                                                                                                         \
  X (rewritable_content)                                                                                               \
  X (unknown_kind) X (no_such_child) X (other_stored_bytes) X (stored_as_decoded) X (another_length)                   \
      X (spool_of_others) X (more_spool_than_written) X (no_such_content) X (content_too_long) X (content_cut_off)     \
          X (endless_content) X (path_elsewhere) X (path_twice) X (path_with_escapes) X (surplus_record)               \
              X (record_of_no_kind) X (record_without_end) X (record_cut_off) X (fields_out_of_order)                  \
                  X (fact_of_nobody) X (verdict) X (reads_behind_the_end) X (reads_too_much)                           \
                      X (reads_the_spool_of_others) X (nothing_at_all) X (pieces_elsewhere) X (pieces_twice)           \
                          X (pieces_of_two) X (pieces_outside) X (pieces_of_stored_bytes) X (pieces_of_nobody)         \
                              X (an_empty_piece) X (a_hole_beyond_all_limits) X (a_hole_beyond_all_numbers)
/* clang-format on */

LIES (LIE)
LIE (honest)
LIE (a_code_of_ours)

static void
in_pieces (AssayWire *wire)
{
  say_pieces (wire, 200, 100, 5);
}
LIE (in_pieces)

typedef struct
{
  const char *name;
  AssayWorkerMain work;
} Liar;

#define LIAR(name) { #name, work_##name },
static const Liar liars[] = { LIES (LIAR) };

#endif
