#include "inventory/lines.h"

#include "inventory/debug/sections.h"
#include "inventory/interpreter_private.h"
#include "inventory/source_path.h"
#include "util/text.h"

/* A place in 200 calls, each with its name and file of 4 KiB, behind the many that are told unasked. */
#define ANSWER_BYTES_MAX (4u << 20)
#define CALLS_MAX 256u
/* A call has the name of a function, of a file, and a few words and digits. */
#define TEXT_BYTES_MAX (2u * ASSAY_SOURCE_TEXT_MAX + 64u)

/* Most who ask go through the code from its beginning to its end, and each question takes two changes of process, as
 * long as it takes to tell so many ranges: more is asked for as long as one of so many is of use. */
#define RANGES_MAX 256u
#define RANGES_PER_USE 16u

/* What is known of the addresses from the end of the range before up to @end. */
typedef struct
{
  guint64 start;
  guint64 end;
  gboolean is_known;
  AssaySourcePlace place;
} Range;

struct _AssayLines
{
  AssayInterpreter *interpreter;
  guint opened; /* as the interpreter counted when it opened this file */
  GArray *told; /* Range, without gap, of @section */
  guint32 section;
  guint last;   /* of @told: which was of use last */
  guint used;   /* how many were of use beside the one that was asked for */
  guint wanted; /* how many were asked for */
};

/* Any bytes, made safe to show; NULL for none. */
static char *
take_escaped (AssayCursor *cursor)
{
  gsize length = 0;
  const char *raw = (const char *)assay_take_bytes (cursor, &length);
  cursor->bad = cursor->bad || length > TEXT_BYTES_MAX;
  return raw == NULL || cursor->bad ? NULL : assay_text_escape_line (raw, (gssize)length);
}

static gboolean
take_place (AssayCursor *cursor, AssaySourcePlace *out)
{
  guint64 line = assay_take_number (cursor);
  out->line = (guint)line;
  out->file = take_escaped (cursor);
  out->function = take_escaped (cursor);
  out->inlined_by = g_ptr_array_new_with_free_func (g_free);
  guint64 calls = assay_take_number (cursor);
  for (guint64 i = 0; i < calls && i < CALLS_MAX && !cursor->bad; i++)
    {
      char *call = take_escaped (cursor);
      if (call == NULL)
        return FALSE;
      g_ptr_array_add (out->inlined_by, call);
    }
  return !cursor->bad && calls <= CALLS_MAX && line <= G_MAXUINT32
         && (out->file != NULL || (out->function != NULL && line == 0));
}

static void
clear_range (gpointer data)
{
  Range *range = data;
  assay_source_place_clear (&range->place);
}

/* The ranges follow each other, and hold the address that was asked for. */
static gboolean
take_ranges (AssayLines *lines, const GByteArray *answer, guint64 address)
{
  AssayCursor cursor = { .bytes = answer->data, .length = answer->len };
  do
    {
      Range range = { .start = address };
      range.end = assay_take_number (&cursor);
      range.is_known = assay_take_flag (&cursor);
      gboolean ok = !range.is_known || take_place (&cursor, &range.place);
      g_array_append_val (lines->told, range);
      /* One that does not end behind its beginning speaks of that address alone, and is the last. */
      if (!ok || cursor.bad || lines->told->len > lines->wanted || (range.end <= address && cursor.length > 0))
        return FALSE;
      address = range.end;
  } while (cursor.length > 0);
  return TRUE;
}

AssayLines *
assay_lines_new (AssayInterpreter *interpreter, AssayBlob *blob, const GPtrArray *split, GError **error)
{
  const AssayMessage question = { .kind = ASSAY_INTERPRETER_OPEN };
  AssayDebugPlaces places;
  /* Where it lies is looked up here: so a file without debug information costs no process. */
  g_autoptr (AssayElf) elf
      = assay_debug_sections_locate (blob, assay_interpreter_get_limits (interpreter), &places, error);
  if (elf == NULL)
    return NULL;
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_ptr_array_add (files, blob);
  for (guint i = 0; split != NULL && i < split->len; i++)
    g_ptr_array_add (files, g_ptr_array_index (split, i));
  g_autoptr (GByteArray) answer = assay_interpreter_ask (interpreter, &question, files, 0, error);
  if (answer == NULL)
    return NULL;
  AssayLines *lines = g_new0 (AssayLines, 1);
  lines->interpreter = interpreter;
  lines->opened = assay_interpreter_get_opened (interpreter);
  lines->told = g_array_new (FALSE, FALSE, sizeof (Range));
  lines->wanted = RANGES_PER_USE / 2;
  g_array_set_clear_func (lines->told, clear_range);
  return lines;
}

void
assay_lines_free (AssayLines *lines)
{
  if (lines == NULL)
    return;
  g_array_unref (lines->told);
  g_free (lines);
}

/* The range that holds an address, if it was told: most often that of the last question, or the next. */
static const Range *
find_told (AssayLines *lines, guint64 address, guint32 section)
{
  if (section != lines->section || lines->told->len == 0)
    return NULL;
  guint from = g_array_index (lines->told, Range, lines->last).start <= address ? lines->last : 0;
  for (guint i = from; i < lines->told->len; i++)
    {
      const Range *range = &g_array_index (lines->told, Range, i);
      if (address < range->start)
        return NULL;
      if (address >= range->end && address != range->start)
        continue;
      lines->used += i != lines->last ? 1 : 0;
      lines->last = i;
      return range;
    }
  return NULL;
}

/* Asks for the range of an address and some behind it. */
static const Range *
ask (AssayLines *lines, guint64 address, guint32 section)
{
  if (RANGES_PER_USE * lines->used > lines->wanted)
    lines->wanted = MIN (2 * lines->wanted, RANGES_MAX);
  else
    lines->wanted = MAX (lines->wanted / 2, 1);
  const AssayInterpreterFind find = { .ranges = lines->wanted };
  const AssayMessage question = { ASSAY_INTERPRETER_FIND, address, section, (const guint8 *)&find, sizeof find };
  g_array_set_size (lines->told, 0);
  lines->section = section;
  lines->last = 0;
  lines->used = 0;
  g_autoptr (GByteArray) answer = assay_interpreter_ask (lines->interpreter, &question, NULL, ANSWER_BYTES_MAX, NULL);
  if (answer == NULL)
    return NULL;
  if (take_ranges (lines, answer, address))
    return &g_array_index (lines->told, Range, 0);
  g_array_set_size (lines->told, 0);
  assay_interpreter_refuse (lines->interpreter, "places in the source are none", NULL);
  return NULL;
}

static AssaySourcePlace
copy_place (const AssaySourcePlace *place)
{
  AssaySourcePlace copy
      = { g_strdup (place->file), place->line, g_strdup (place->function), g_ptr_array_new_with_free_func (g_free) };
  for (guint i = 0; i < place->inlined_by->len; i++)
    g_ptr_array_add (copy.inlined_by, g_strdup (g_ptr_array_index (place->inlined_by, i)));
  return copy;
}

gboolean
assay_lines_find (AssayLines *lines, guint64 address, guint32 section, AssaySourcePlace *out)
{
  if (lines->opened != assay_interpreter_get_opened (lines->interpreter))
    return FALSE;
  const Range *range = find_told (lines, address, section);
  if (range == NULL)
    range = ask (lines, address, section);
  if (range == NULL || !range->is_known)
    return FALSE;
  *out = copy_place (&range->place);
  return TRUE;
}

/* --- which files code comes from --- */

/* A part of the answer: about as much as is told in one go, and the texts of its last run. */
#define WALK_BYTES_MAX (1u << 20)

/* The text of that number; the next one is new. FALSE where it is none. */
static gboolean
take_told (AssayCursor *cursor, GPtrArray *texts, const char **out)
{
  guint64 number = assay_take_number (cursor);
  *out = NULL;
  if (cursor->bad || number > texts->len + (guint64)1)
    return FALSE;
  if (number == texts->len + (guint64)1)
    {
      char *text = take_escaped (cursor);
      if (text == NULL)
        return FALSE;
      g_ptr_array_add (texts, text);
    }
  *out = number == 0 ? NULL : g_ptr_array_index (texts, (guint)number - 1);
  return TRUE;
}

/* *at is left behind the last run. FALSE where they do not follow each other. */
static gboolean
take_runs (const GByteArray *answer, guint64 *at, guint64 end, AssaySourceRunSink sink, gpointer data)
{
  AssayCursor cursor = { .bytes = answer->data, .length = answer->len };
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  while (cursor.length > 0)
    {
      AssaySourceRun run;
      guint64 behind = assay_take_number (&cursor);
      if (!take_told (&cursor, texts, &run.unit) || !take_told (&cursor, texts, &run.file) || behind <= *at
          || *at >= end)
        return FALSE;
      run.length = MIN (behind, end) - *at;
      sink (&run, data);
      *at += run.length;
    }
  return TRUE;
}

gboolean
assay_lines_walk (AssayLines *lines, guint64 address, guint32 section, guint64 length, AssaySourceRunSink sink,
                  gpointer data)
{
  const AssayInterpreterWalk walk = { .end = length > G_MAXUINT64 - address ? G_MAXUINT64 : address + length };
  while (address < walk.end && lines->opened == assay_interpreter_get_opened (lines->interpreter))
    {
      const AssayMessage question = { ASSAY_INTERPRETER_WALK, address, section, (const guint8 *)&walk, sizeof walk };
      guint64 at = address;
      g_autoptr (GByteArray) answer = assay_interpreter_ask (lines->interpreter, &question, NULL, WALK_BYTES_MAX, NULL);
      if (answer == NULL)
        return FALSE;
      if (!take_runs (answer, &at, walk.end, sink, data))
        return assay_interpreter_refuse (lines->interpreter, "runs of source files are none", NULL);
      if (at == address)
        return FALSE;
      address = at;
    }
  return address == walk.end;
}
