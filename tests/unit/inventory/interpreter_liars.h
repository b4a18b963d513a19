#ifndef ASSAY_TEST_INTERPRETER_LIARS_H
#define ASSAY_TEST_INTERPRETER_LIARS_H

#include "cage/row.h"
#include "cage/worker.h"
#include "inventory/interpreter_talk.h"

#include <assay/error.h>

#include <string.h>
#include <unistd.h>

/* What processes say that read debug information and code, and lie (T23). Each tells its lie in answer to every
 * question but ASSAY_INTERPRETER_OPEN, which is answered well, so that there is something to ask for. */

typedef void (*InterpreterLie) (AssayWire *wire, const AssayMessage *question);

static inline void
lie_say (AssayWire *wire, guint32 kind, guint64 first, const void *data, gsize length)
{
  const AssayMessage message = { kind, first, 0, data, length };
  if (!assay_wire_send (wire, &message, NULL))
    _exit (0);
}

static inline void
lie_answer (AssayWire *wire, const GByteArray *bytes)
{
  lie_say (wire, ASSAY_INTERPRETER_DONE, 0, bytes->data, bytes->len);
}

/* One place: file, function, line, and how many calls are promised; none follow. */
static inline void
lie_place (GByteArray *out, guint64 end, const char *file, const char *function, guint64 line, guint64 calls)
{
  assay_put_number (out, end);
  assay_put_number (out, 1);
  assay_put_number (out, line);
  assay_put_text (out, file);
  assay_put_text (out, function);
  assay_put_number (out, calls);
}

/* A line of code: its size, and its text. */
static inline void
lie_line (GByteArray *out, guint8 size, const char *text)
{
  const guint8 head[] = { size, (guint8)strlen (text) };
  g_byte_array_append (out, head, sizeof head);
  g_byte_array_append (out, (const guint8 *)text, head[1]);
}

/* --- lies that any question may be answered with --- */

static void
lie_dies (AssayWire *wire, const AssayMessage *question)
{
  _exit (0);
}

static void
lie_dies_in_the_middle (AssayWire *wire, const AssayMessage *question)
{
  lie_say (wire, ASSAY_INTERPRETER_PART, 0, "x", 1);
  _exit (0);
}

static void
lie_never_answers (AssayWire *wire, const AssayMessage *question)
{
  AssayMessage message;
  assay_wire_receive (wire, &message, NULL);
}

static void
lie_never_ends (AssayWire *wire, const AssayMessage *question)
{
  g_autofree guint8 *bytes = g_malloc0 (ASSAY_WIRE_BYTES);
  for (;;)
    lie_say (wire, ASSAY_INTERPRETER_PART, 0, bytes, ASSAY_WIRE_BYTES);
}

static void
lie_says_nothing_for_ever (AssayWire *wire, const AssayMessage *question)
{
  for (;;)
    lie_say (wire, ASSAY_INTERPRETER_PART, 0, NULL, 0);
}

static void
lie_says_what_is_no_kind (AssayWire *wire, const AssayMessage *question)
{
  lie_say (wire, 77, 0, "x", 1);
}

static void
lie_asks_instead (AssayWire *wire, const AssayMessage *question)
{
  lie_say (wire, question->kind, question->first, question->data, question->length);
}

static void
lie_reads_another_file (AssayWire *wire, const AssayMessage *question)
{
  static const guint64 number = 1000;
  const AssayMessage message = { ASSAY_INTERPRETER_READ, 0, 1, (const guint8 *)&number, sizeof number };
  assay_wire_send (wire, &message, NULL);
}

static void
lie_reads_outside (AssayWire *wire, const AssayMessage *question)
{
  static const guint64 number = 0;
  const AssayMessage message = { ASSAY_INTERPRETER_READ, G_MAXUINT64 - 10, 20, (const guint8 *)&number, sizeof number };
  assay_wire_send (wire, &message, NULL);
}

static void
lie_reads_too_much (AssayWire *wire, const AssayMessage *question)
{
  static const guint64 number = 0;
  const AssayMessage message = { ASSAY_INTERPRETER_READ, 0, G_MAXUINT64, (const guint8 *)&number, sizeof number };
  assay_wire_send (wire, &message, NULL);
}

static void
lie_is_no_answer (AssayWire *wire, const AssayMessage *question)
{
  lie_say (wire, ASSAY_INTERPRETER_DONE, 0, "\1\2\3", 3);
}

static void
lie_fails_as_we_do (AssayWire *wire, const AssayMessage *question)
{
  static const char text[] = "\033]0;title\a";
  lie_say (wire, ASSAY_INTERPRETER_FAIL, ASSAY_ERROR_INTERNAL, text, sizeof text - 1);
}

/* --- of places --- */

static void
lie_too_long (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree char *text = g_strnfill (100000, 'a');
  lie_place (out, question->first + 1, text, "f", 1, 0);
  lie_answer (wire, out);
}

static void
lie_length_beyond (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  lie_place (out, question->first + 1, "a.c", "f", 1, 0);
  memset (out->data + 24, 0xee, 8); /* the length of the first text */
  lie_answer (wire, out);
}

static void
lie_countless_calls (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  lie_place (out, question->first + 1, "a.c", "f", 1, G_MAXUINT64);
  lie_answer (wire, out);
}

static void
lie_many_calls (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  lie_place (out, question->first + 1, "a.c", "f", 1, 1000);
  for (guint i = 0; i < 1000; i++)
    assay_put_text (out, "call at a.c:1");
  lie_answer (wire, out);
}

static void
lie_wide_line (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  lie_place (out, question->first + 1, "a.c", "f", G_GUINT64_CONSTANT (1) << 32, 0);
  lie_answer (wire, out);
}

static void
lie_known_but_nothing (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  lie_place (out, question->first + 1, NULL, NULL, 0, 0);
  lie_answer (wire, out);
}

static void
lie_line_without_file (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  lie_place (out, question->first + 1, NULL, "f", 7, 0);
  lie_answer (wire, out);
}

static void
lie_half_known (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  assay_put_number (out, question->first + 1);
  assay_put_number (out, 2);
  lie_answer (wire, out);
}

static void
lie_backwards (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  lie_place (out, question->first, "a.c", "f", 1, 0);
  lie_place (out, question->first + 1, "a.c", "f", 1, 0);
  lie_answer (wire, out);
}

static void
lie_more_than_asked_for (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  for (guint i = 0; i < 1000; i++)
    lie_place (out, question->first + 1 + i, "a.c", "f", 1, 0);
  lie_answer (wire, out);
}

/* --- of code --- */

static void
lie_no_size (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  lie_line (out, 0, "nop");
  lie_answer (wire, out);
}

static void
lie_beyond_the_bytes (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  for (guint i = 0; i < 1000; i++)
    lie_line (out, 24, "nop");
  lie_answer (wire, out);
}

static void
lie_huge_instruction (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  lie_line (out, 255, "nop");
  lie_answer (wire, out);
}

static void
lie_gap_at_the_end (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  lie_line (out, 1, "nop");
  lie_answer (wire, out);
}

/* Whatever the bytes are: a line for each, and one more. */
static void
lie_surplus_line (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gsize bytes = question->length - MIN (question->length, sizeof (AssayInterpreterCode));
  for (gsize i = 0; i <= bytes; i++)
    lie_line (out, 1, "nop");
  lie_answer (wire, out);
}

static void
lie_controls_in_code (AssayWire *wire, const AssayMessage *question)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gsize bytes = question->length - MIN (question->length, sizeof (AssayInterpreterCode));
  for (gsize i = 0; i < bytes; i++)
    lie_line (out, 1, "nop\033[2J");
  lie_answer (wire, out);
}

static void
lie_text_beyond_the_answer (AssayWire *wire, const AssayMessage *question)
{
  lie_say (wire, ASSAY_INTERPRETER_DONE, 0, "\1\377nop", 5);
}

static inline void
lie_by (AssayWire *wire, InterpreterLie lie)
{
  AssayMessage question;
  while (assay_wire_receive (wire, &question, NULL))
    if (question.kind == ASSAY_INTERPRETER_OPEN)
      lie_say (wire, ASSAY_INTERPRETER_DONE, 0, NULL, 0);
    else if (question.kind != ASSAY_INTERPRETER_LIMITS && question.kind != ASSAY_INTERPRETER_FILE)
      lie (wire, &question);
}

/* What tells each lie, and all of them by name. */
#define INTERPRETER_LIES(X)                                                                                            \
  X (dies)                                                                                                             \
  X (dies_in_the_middle)                                                                                               \
  X (never_answers)                                                                                                    \
  X (never_ends)                                                                                                       \
  X (says_nothing_for_ever)                                                                                            \
  X (says_what_is_no_kind)                                                                                             \
  X (asks_instead)                                                                                                     \
  X (reads_another_file)                                                                                               \
  X (reads_outside)                                                                                                    \
  X (reads_too_much)                                                                                                   \
  X (is_no_answer)                                                                                                     \
  X (fails_as_we_do)                                                                                                   \
  X (too_long)                                                                                                         \
  X (length_beyond)                                                                                                    \
  X (countless_calls)                                                                                                  \
  X (many_calls)                                                                                                       \
  X (wide_line)                                                                                                        \
  X (known_but_nothing)                                                                                                \
  X (line_without_file)                                                                                                \
  X (half_known)                                                                                                       \
  X (backwards)                                                                                                        \
  X (more_than_asked_for)                                                                                              \
  X (no_size)                                                                                                          \
  X (beyond_the_bytes)                                                                                                 \
  X (huge_instruction)                                                                                                 \
  X (gap_at_the_end)                                                                                                   \
  X (surplus_line)                                                                                                     \
  X (controls_in_code)                                                                                                 \
  X (text_beyond_the_answer)

#define LIE_WORK(name)                                                                                                 \
  static void work_##name (AssayWire *wire)                                                                            \
  {                                                                                                                    \
    lie_by (wire, lie_##name);                                                                                         \
  }
INTERPRETER_LIES (LIE_WORK)
#undef LIE_WORK

static const struct
{
  const char *name;
  AssayWorkerMain work;
} interpreter_liars[] = {
#define LIE_ENTRY(name) { #name, work_##name },
  INTERPRETER_LIES (LIE_ENTRY)
#undef LIE_ENTRY
};

#endif
