#include "inventory/interpreting.h"

#include "cage/row.h"
#include "cage/window.h"
#include "inventory/debug/lines.h"
#include "inventory/debug/producers.h"
#include "inventory/debug/sources.h"
#include "inventory/instructions.h"
#include "inventory/interpreter_talk.h"

#include <assay/error.h>

#include <string.h>

/** Bytes of places after which no more are told unasked. */
#define TOLD_BYTES (64u * 1024u)

typedef struct
{
  AssayWire *wire;
  AssayLimits limits;
  GPtrArray *files; /* File: that were told since the last question */
  AssayDebugLines *lines;
  AssayInstructions *instructions;
  AssayInterpreterCode machine; /* of @instructions; all else is 0 */
} Interpreting;

/** A file that the other end has. */
typedef struct
{
  Interpreting *interpreting;
  guint64 number;
  AssayWindow window;
} File;

/* AssayBlobRead. Who asks is ended where bytes cannot be had: there is no other answer than these. */
static gboolean
fetch (gpointer data, guint64 offset, void *out, gsize length, GError **error)
{
  const File *file = data;
  AssayWire *wire = file->interpreting->wire;
  const AssayMessage question
      = { ASSAY_INTERPRETER_READ, offset, length, (const guint8 *)&file->number, sizeof file->number };
  AssayMessage answer;
  if (!assay_wire_send (wire, &question, error) || !assay_wire_receive (wire, &answer, error))
    return FALSE;
  if (answer.kind == ASSAY_INTERPRETER_BYTES && answer.length == length)
    {
      memcpy (out, answer.data, length);
      return TRUE;
    }
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_IO, "the bytes did not come");
  return FALSE;
}

static void
free_file (gpointer data)
{
  File *file = data;
  assay_window_clear (&file->window);
  g_free (file);
}

static void
add_file (Interpreting *interpreting, guint64 size)
{
  File *file = g_new0 (File, 1);
  file->interpreting = interpreting;
  file->number = interpreting->files->len;
  assay_window_init (&file->window, size, fetch, file);
  g_ptr_array_add (interpreting->files, file);
}

/* AssayBlobRead. Many files may be read one after another: what is kept of one is given back for the next. */
static gboolean
read_file (gpointer data, guint64 offset, void *out, gsize length, GError **error)
{
  File *file = data;
  const GPtrArray *files = file->interpreting->files;
  for (guint i = 0; file->window.memory == NULL && i < files->len; i++)
    {
      File *other = g_ptr_array_index (files, i);
      assay_window_forget (&other->window);
      assay_window_clear (&other->window);
    }
  return assay_window_read (&file->window, offset, out, length, error);
}

/* The files as blobs, valid as long as nothing else is told. */
static GPtrArray *
make_blobs (const Interpreting *interpreting)
{
  GPtrArray *blobs = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_blob_unref);
  for (guint i = 0; i < interpreting->files->len; i++)
    {
      File *file = g_ptr_array_index (interpreting->files, i);
      g_ptr_array_add (blobs, assay_blob_new_for_reader (file->window.size, read_file, file));
    }
  return blobs;
}

/* --- answers: each fills @out, which is sent in parts, or fails --- */

static gboolean
open_lines (Interpreting *interpreting, const AssayMessage *question, GByteArray *out, GError **error)
{
  g_autoptr (GPtrArray) blobs = make_blobs (interpreting);
  g_clear_pointer (&interpreting->lines, assay_debug_lines_free);
  if (blobs->len == 0)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_NO_CONTENT, "there is no file");
      return FALSE;
    }
  g_autoptr (AssayBlob) first = g_ptr_array_steal_index (blobs, 0);
  interpreting->lines = assay_debug_lines_new (first, blobs, &interpreting->limits, error);
  return interpreting->lines != NULL;
}

static gboolean
put_range (Interpreting *interpreting, guint64 address, guint32 section, GByteArray *out, guint64 *out_end)
{
  g_auto (AssaySourcePlace) place = { NULL };
  gboolean known = assay_debug_lines_find (interpreting->lines, address, section, &place, out_end);
  assay_put_number (out, *out_end);
  assay_put_number (out, known ? 1 : 0);
  if (!known)
    return FALSE;
  assay_put_number (out, place.line);
  assay_put_text (out, place.file);
  assay_put_text (out, place.function);
  assay_put_number (out, place.inlined_by->len);
  for (guint i = 0; i < place.inlined_by->len; i++)
    assay_put_text (out, g_ptr_array_index (place.inlined_by, i));
  return TRUE;
}

/* Goes on until that costs more than to be asked again. */
static gboolean
find_places (Interpreting *interpreting, const AssayMessage *question, GByteArray *out, GError **error)
{
  AssayInterpreterFind find = { .ranges = 1 };
  guint64 address = question->first;
  if (question->length == sizeof find)
    memcpy (&find, question->data, sizeof find);
  for (guint64 i = 0; interpreting->lines != NULL; i++)
    {
      guint64 end = 0;
      guint64 loads = assay_debug_lines_count_loads (interpreting->lines);
      gboolean known = put_range (interpreting, address, (guint32)question->second, out, &end);
      gboolean loaded = assay_debug_lines_count_loads (interpreting->lines) != loads;
      if (i + 1 >= find.ranges || !known || (i > 0 && loaded) || end <= address || out->len > TOLD_BYTES)
        break;
      address = end;
    }
  return TRUE;
}

static gboolean
list_producers (Interpreting *interpreting, const AssayMessage *question, GByteArray *out, GError **error)
{
  gboolean whole = FALSE;
  g_autoptr (GPtrArray) blobs = make_blobs (interpreting);
  g_clear_pointer (&interpreting->lines, assay_debug_lines_free);
  AssayDebugText wanted
      = question->first == ASSAY_DEBUG_TEXT_DIRECTORY ? ASSAY_DEBUG_TEXT_DIRECTORY : ASSAY_DEBUG_TEXT_PRODUCER;
  g_autoptr (GPtrArray) texts
      = blobs->len == 0
            ? g_ptr_array_new ()
            : assay_debug_producers_read (g_ptr_array_index (blobs, 0), &interpreting->limits, wanted, &whole, error);
  if (texts == NULL)
    return FALSE;
  assay_put_number (out, whole ? 1 : 0);
  for (guint i = 0; i < texts->len; i++)
    assay_put_text (out, g_ptr_array_index (texts, i));
  return TRUE;
}

static gboolean
list_sources (Interpreting *interpreting, const AssayMessage *question, GByteArray *out, GError **error)
{
  gboolean whole = FALSE;
  g_autoptr (GPtrArray) blobs = make_blobs (interpreting);
  g_clear_pointer (&interpreting->lines, assay_debug_lines_free);
  g_autoptr (GPtrArray) paths = blobs->len == 0
                                    ? g_ptr_array_new ()
                                    : assay_debug_sources_read (g_ptr_array_index (blobs, 0), &interpreting->limits,
                                                                (gsize)question->first, &whole, error);
  if (paths == NULL)
    return FALSE;
  assay_put_number (out, whole ? 1 : 0);
  for (guint i = 0; i < paths->len; i++)
    assay_put_text (out, g_ptr_array_index (paths, i));
  return TRUE;
}

/* Numbers of texts, in the order in which they are told. */
typedef struct
{
  GHashTable *numbers; /* utf8 to number */
  GByteArray *out;
} Telling;

/* Takes @text: (nullable). */
static void
tell_text (Telling *telling, char *text)
{
  gpointer known = NULL;
  if (text == NULL)
    {
      assay_put_number (telling->out, 0);
      return;
    }
  if (g_hash_table_lookup_extended (telling->numbers, text, NULL, &known))
    {
      assay_put_number (telling->out, GPOINTER_TO_UINT (known));
      g_free (text);
      return;
    }
  guint number = g_hash_table_size (telling->numbers) + 1;
  assay_put_number (telling->out, number);
  assay_put_text (telling->out, text);
  g_hash_table_insert (telling->numbers, text, GUINT_TO_POINTER (number));
}

static gboolean
is_same (const AssayDebugRun *a, gboolean a_known, const AssayDebugRun *b, gboolean b_known)
{
  return a_known == b_known && (!a_known || (a->unit == b->unit && a->file == b->file));
}

static void
tell_run (Interpreting *interpreting, Telling *telling, const AssayDebugRun *run, gboolean known)
{
  assay_put_number (telling->out, run->end);
  tell_text (telling, known ? assay_debug_lines_name_unit (interpreting->lines, run->unit) : NULL);
  tell_text (telling, known ? assay_debug_lines_name_file (interpreting->lines, run->unit, run->file) : NULL);
}

/* Neighbours that are of one file are one run. */
static gboolean
walk_lines (Interpreting *interpreting, const AssayMessage *question, GByteArray *out, GError **error)
{
  AssayInterpreterWalk walk = { .end = 0 };
  AssayDebugRun run = { .end = question->first };
  gboolean known = FALSE;
  gboolean begun = FALSE;
  g_autoptr (GHashTable) numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Telling telling = { numbers, out };
  if (question->length == sizeof walk)
    memcpy (&walk, question->data, sizeof walk);
  while (interpreting->lines != NULL && run.end < walk.end && out->len <= TOLD_BYTES)
    {
      AssayDebugRun next;
      gboolean next_known = assay_debug_lines_walk (interpreting->lines, run.end, (guint32)question->second, &next);
      if (next.end <= run.end)
        break;
      if (begun && !is_same (&run, known, &next, next_known))
        tell_run (interpreting, &telling, &run, known);
      run = next;
      known = next_known;
      begun = TRUE;
    }
  if (begun)
    tell_run (interpreting, &telling, &run, known);
  return TRUE;
}

/* What disassembles for a machine: one is kept, for the next code is of the same file. */
static AssayInstructions *
instructions_for (Interpreting *interpreting, const AssayInterpreterCode *code)
{
  const AssayInterpreterCode machine
      = { .machine = code->machine, .bits = code->bits, .big_endian = code->big_endian, .flags = code->flags };
  const AssayElf elf = { .machine = (guint16)code->machine,
                         .bits = (guint8)code->bits,
                         .big_endian = code->big_endian != 0,
                         .flags = code->flags };
  if (interpreting->instructions != NULL && memcmp (&machine, &interpreting->machine, sizeof machine) == 0)
    return interpreting->instructions;
  g_clear_pointer (&interpreting->instructions, assay_instructions_free);
  interpreting->instructions = assay_instructions_new (&elf);
  interpreting->machine = machine;
  return interpreting->instructions;
}

static void
put_lines (const GArray *lines, GByteArray *out)
{
  for (guint i = 0; i < lines->len; i++)
    {
      const AssayCodeLine *line = &g_array_index (lines, AssayCodeLine, i);
      const guint8 head[] = { line->size, (guint8)MIN (strlen (line->text), G_MAXUINT8) };
      g_byte_array_append (out, head, sizeof head);
      g_byte_array_append (out, (const guint8 *)line->text, head[1]);
    }
}

static gboolean
disassemble (Interpreting *interpreting, const AssayMessage *question, GByteArray *out, GError **error)
{
  AssayInterpreterCode code;
  const guint8 *at = question->data;
  gsize left = question->length;
  while (left >= sizeof code)
    {
      memcpy (&code, at, sizeof code);
      at += sizeof code;
      left -= sizeof code;
      gsize length = (gsize)MIN (code.length, left);
      AssayInstructions *instructions = instructions_for (interpreting, &code);
      if (instructions == NULL)
        {
          g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_NO_CONTENT, "a machine that is not known");
          return FALSE;
        }
      AssayCodeMode mode = code.mode != 0 ? ASSAY_CODE_ALTERNATE : ASSAY_CODE_MAIN;
      g_autoptr (GArray) lines = assay_instructions_read (instructions, at, length, code.address, mode, code.max);
      put_lines (lines, out);
      at += length;
      left -= length;
    }
  return TRUE;
}

/* --- the conversation --- */

static gboolean
send_failure (AssayWire *wire, const GError *failure)
{
  const AssayMessage message = { ASSAY_INTERPRETER_FAIL, (guint64)failure->code, 0, (const guint8 *)failure->message,
                                 MIN (strlen (failure->message), ASSAY_WIRE_BYTES) };
  return assay_wire_send (wire, &message, NULL);
}

static gboolean
send_answer (AssayWire *wire, const GByteArray *answer)
{
  gsize done = 0;
  gboolean last = FALSE;
  while (!last)
    {
      gsize part = MIN (answer->len - done, ASSAY_WIRE_BYTES);
      last = done + part == answer->len;
      const AssayMessage message = { last ? ASSAY_INTERPRETER_DONE : ASSAY_INTERPRETER_PART, 0, 0,
                                     answer->data != NULL ? answer->data + done : NULL, part };
      if (!assay_wire_send (wire, &message, NULL))
        return FALSE;
      done += part;
    }
  return TRUE;
}

typedef gboolean (*Answer) (Interpreting *interpreting, const AssayMessage *question, GByteArray *out, GError **error);

static const Answer answers[] = {
  [ASSAY_INTERPRETER_OPEN] = open_lines,          [ASSAY_INTERPRETER_FIND] = find_places,
  [ASSAY_INTERPRETER_PRODUCERS] = list_producers, [ASSAY_INTERPRETER_SOURCES] = list_sources,
  [ASSAY_INTERPRETER_WALK] = walk_lines,          [ASSAY_INTERPRETER_CODE] = disassemble,
};

static gboolean
hear (Interpreting *interpreting, const AssayMessage *message)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GError) failure = NULL;
  if (message->kind == ASSAY_INTERPRETER_LIMITS && message->length == sizeof interpreting->limits)
    {
      memcpy (&interpreting->limits, message->data, sizeof interpreting->limits);
      return TRUE;
    }
  if (message->kind == ASSAY_INTERPRETER_FILE)
    {
      add_file (interpreting, message->first);
      return TRUE;
    }
  if (message->kind >= G_N_ELEMENTS (answers) || answers[message->kind] == NULL)
    return FALSE;
  gboolean told = answers[message->kind](interpreting, message, out, &failure);
  g_ptr_array_set_size (interpreting->files, 0);
  return told ? send_answer (interpreting->wire, out) : send_failure (interpreting->wire, failure);
}

void
assay_interpreting_work (AssayWire *wire)
{
  AssayMessage message;
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (free_file);
  Interpreting interpreting = { .wire = wire, .files = files };
  while (assay_wire_receive (wire, &message, NULL) && hear (&interpreting, &message))
    ;
  assay_debug_lines_free (interpreting.lines);
  assay_instructions_free (interpreting.instructions);
}
