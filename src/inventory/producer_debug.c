#include "inventory/debug/producers.h"
#include "inventory/debug/sections.h"
#include "inventory/interpreter_private.h"
#include "inventory/producer_private.h"

#include <assay/error.h>

/* Whether that is all of it, and texts, each with its length. */
#define ANSWER_BYTES_MAX (8u + (ASSAY_PRODUCER_TEXTS_MAX + 1) * (8u + ASSAY_PRODUCER_TEXT_MAX))

/** What can be asked for, and what it is noted as. */
typedef struct
{
  AssayDebugText text;
  AssayProducerPlace place;
  const char *where;
} Kind;

/* Goes through an answer, and adds what it says where @producers is not NULL. FALSE where it is no such thing. */
static gboolean
take_texts (AssayProducers *producers, const Kind *kind, const GByteArray *answer, gboolean *out_whole)
{
  AssayCursor cursor = { .bytes = answer->data, .length = answer->len };
  *out_whole = assay_take_flag (&cursor);
  while (cursor.length > 0 && !cursor.bad)
    {
      gsize length = 0;
      const char *raw = (const char *)assay_take_bytes (&cursor, &length);
      cursor.bad = cursor.bad || raw == NULL;
      if (!cursor.bad && producers != NULL)
        assay_producers_add (producers, kind->place, kind->where, raw, length);
    }
  return !cursor.bad;
}

static void
ask (AssayProducers *producers, const Kind *kind, AssayInterpreter *interpreter, AssayBlob *blob)
{
  const AssayMessage question = { .kind = ASSAY_INTERPRETER_PRODUCERS, .first = kind->text };
  AssayDebugPlaces places;
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayElf) elf
      = assay_debug_sections_locate (blob, assay_interpreter_get_limits (interpreter), &places, NULL);
  if (elf == NULL)
    return;
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_ptr_array_add (files, blob);
  g_autoptr (GByteArray) answer = assay_interpreter_ask (interpreter, &question, files, ANSWER_BYTES_MAX, &error);
  gboolean whole = answer != NULL || error->code != ASSAY_ERROR_FAILED;
  if (answer != NULL && !take_texts (NULL, kind, answer, &whole))
    whole = assay_interpreter_refuse (interpreter, "texts of units are no such thing", NULL);
  else if (answer != NULL)
    take_texts (producers, kind, answer, &whole);
  if (!whole)
    producers->cut[kind->place] = TRUE;
}

void
assay_producers_add_debug (AssayProducers *producers, AssayInterpreter *interpreter, AssayBlob *blob)
{
  static const Kind kind = { ASSAY_DEBUG_TEXT_PRODUCER, ASSAY_PRODUCER_DEBUG, "DW_AT_producer" };
  ask (producers, &kind, interpreter, blob);
}

void
assay_producers_add_directories (AssayProducers *producers, AssayInterpreter *interpreter, AssayBlob *blob)
{
  static const Kind kind = { ASSAY_DEBUG_TEXT_DIRECTORY, ASSAY_PRODUCER_DIRECTORY, "DW_AT_comp_dir" };
  ask (producers, &kind, interpreter, blob);
}
