#include "report/pattern.h"

#include <string.h>

/** What stands at a place of bytes or of the range has no more characters: the bytes of one side and their key, or
 * three numbers and theirs. */
#define BETWEEN_MAX 160u

/** A name with its key, comma and quotes has so many characters more than the name at most. */
#define KEY_MAX 16u

/** What is written anew of one that is not of the kind of the last: (nullable) each. */
typedef struct
{
  const char *message;
  const char *function;
  const char *named_by;
  const char *section;
  const char *symbol;
} Names;

static gboolean
has_names_alone (const AssayFindingWords *words)
{
  return words->rows == NULL && words->shipped_text == NULL && words->expected_text == NULL && words->file == NULL
         && words->source_function == NULL;
}

void
assay_pattern_keep (AssayPattern *pattern, guint kind, const AssayFinding *finding, const AssayEmitter *emitter)
{
  pattern->kind = kind;
  pattern->end = emitter->text->len;
  pattern->last = *finding;
  pattern->named = has_names_alone (assay_finding_words (finding));
}

/* Whether it differs from the last in names alone, beside what each has of its own. */
static gboolean
is_like_last (const AssayPattern *pattern, const AssayFinding *finding)
{
  const AssayFinding *last = &pattern->last;
  return pattern->named && last->node == finding->node && last->rule == finding->rule && last->grant == finding->grant
         && last->class_ == finding->class_ && last->cause == finding->cause
         && (finding->has_own_message || (!last->has_own_message && last->message == finding->message))
         && has_names_alone (assay_finding_words (finding));
}

static char *
put (char *at, const char *text, gsize length)
{
  memcpy (at, text, length);
  return at + length;
}

/* @key: with the comma before it and the colon behind */
#define PUT_KEY(at, key) put (at, key, sizeof (key) - 1)

/* A name that needs no escape. @key: up to the first quote of the name */
static char *
put_name (char *at, const char *key, const char *name)
{
  if (name == NULL)
    return at;
  at = put (put (at, key, strlen (key)), name, strlen (name));
  *at++ = '"';
  return at;
}

static char *
put_range (char *at, const AssayFinding *finding)
{
  if (finding->has_address)
    {
      at = PUT_KEY (at, "\"address\":");
      at = assay_emitter_put_hex64 (at, finding->address);
      *at++ = ',';
    }
  at = assay_emitter_put_count (PUT_KEY (at, "\"length\":"), finding->length);
  return assay_emitter_put_count (PUT_KEY (at, ",\"offset\":"), finding->offset);
}

static char *
put_expected (char *at, const AssayFinding *finding)
{
  if (finding->expected_length == 0)
    return at;
  return assay_emitter_put_bytes (PUT_KEY (at, ",\"expected\":"), finding->expected, finding->expected_length);
}

static char *
put_shipped (char *at, const AssayFinding *finding)
{
  if (finding->shipped_length == 0)
    return at;
  return assay_emitter_put_bytes (PUT_KEY (at, ",\"shipped\":"), finding->shipped, finding->shipped_length);
}

/* Of the kind of the last. */
static char *
put_alike (const AssayPattern *pattern, const char *text, const AssayFinding *finding, char *at)
{
  const gsize *cuts = pattern->cuts;
#define PUT_CUT(from, to) put (at, text + cuts[from], cuts[to] - cuts[from])
  at = PUT_CUT (ASSAY_PATTERN_HEAD, ASSAY_PATTERN_EXPECTED);
  at = put_expected (at, finding);
  if (finding->has_own_message)
    {
      at = PUT_CUT (ASSAY_PATTERN_FUNCTION, ASSAY_PATTERN_MESSAGE);
      at = put_name (at, ",\"message\":\"", finding->message);
      at = PUT_CUT (ASSAY_PATTERN_NAMED_BY, ASSAY_PATTERN_RANGE);
    }
  else
    at = PUT_CUT (ASSAY_PATTERN_FUNCTION, ASSAY_PATTERN_RANGE);
  at = put_range (at, finding);
  at = PUT_CUT (ASSAY_PATTERN_RULE, ASSAY_PATTERN_SHIPPED);
  at = put_shipped (at, finding);
  return PUT_CUT (ASSAY_PATTERN_SYMBOL, ASSAY_PATTERN_END);
}

/* Of another kind, whose names are other ones: it is the one that the next is like. */
static char *
put_renamed (AssayPattern *pattern, const char *text, const AssayFinding *finding, char *at)
{
  const AssayFindingWords *words = assay_finding_words (finding);
  gsize cuts[ASSAY_PATTERN_CUTS];
  memcpy (cuts, pattern->cuts, sizeof cuts);
#define CUT(cut) (pattern->cuts[cut] = (gsize)(at - text))
  CUT (ASSAY_PATTERN_HEAD);
  at = PUT_CUT (ASSAY_PATTERN_HEAD, ASSAY_PATTERN_EXPECTED);
  CUT (ASSAY_PATTERN_EXPECTED);
  at = put_expected (at, finding);
  CUT (ASSAY_PATTERN_FUNCTION);
  at = put_name (at, ",\"function\":\"", words->is_function ? words->symbol : NULL);
  CUT (ASSAY_PATTERN_MESSAGE);
  at = finding->has_own_message ? put_name (at, ",\"message\":\"", finding->message)
                                : PUT_CUT (ASSAY_PATTERN_MESSAGE, ASSAY_PATTERN_NAMED_BY);
  CUT (ASSAY_PATTERN_NAMED_BY);
  at = put_name (at, ",\"named_by\":\"", words->named_by);
  CUT (ASSAY_PATTERN_PATH);
  at = PUT_CUT (ASSAY_PATTERN_PATH, ASSAY_PATTERN_RANGE);
  CUT (ASSAY_PATTERN_RANGE);
  at = put_range (at, finding);
  CUT (ASSAY_PATTERN_RULE);
  at = PUT_CUT (ASSAY_PATTERN_RULE, ASSAY_PATTERN_SECTION);
  CUT (ASSAY_PATTERN_SECTION);
  at = put_name (at, ",\"section\":\"", words->section);
  CUT (ASSAY_PATTERN_SHIPPED);
  at = put_shipped (at, finding);
  CUT (ASSAY_PATTERN_SYMBOL);
  at = put_name (at, ",\"symbol\":\"", words->symbol);
  CUT (ASSAY_PATTERN_REST);
  at = PUT_CUT (ASSAY_PATTERN_REST, ASSAY_PATTERN_END);
  CUT (ASSAY_PATTERN_END);
  return at;
}

/* How much a text takes. FALSE: it is not written as it is. */
static gboolean
add_plain (const char *text, gsize *length)
{
  gsize own = text == NULL ? 0 : strlen (text);
  *length += own + KEY_MAX;
  return own == 0 || assay_emitter_is_plain (text, own);
}

/* Room for so many bytes behind the end, which stays where it is. */
static char *
make_room (GString *text, gsize length)
{
  gsize end = text->len;
  if (G_UNLIKELY (text->allocated_len - end <= length))
    {
      g_string_set_size (text, end + length);
      text->len = end;
    }
  return text->str + end;
}

gboolean
assay_pattern_emit (AssayPattern *pattern, guint kind, const AssayFinding *finding, AssayEmitter *emitter)
{
  GString *text = emitter->text;
  const AssayFindingWords *words = assay_finding_words (finding);
  if (pattern->end == 0 || pattern->end != text->len || kind == ASSAY_FINDINGS_NO_KIND)
    return FALSE;
  gboolean alike = kind == pattern->kind;
  gsize length = pattern->cuts[ASSAY_PATTERN_END] - pattern->cuts[ASSAY_PATTERN_HEAD] + 3 * BETWEEN_MAX;
  if (!alike && !is_like_last (pattern, finding))
    return FALSE;
  if (finding->has_own_message && !add_plain (finding->message, &length))
    return FALSE;
  /* the function is the symbol */
  if (!alike
      && (!add_plain (words->symbol, &length) || !add_plain (words->is_function ? words->symbol : NULL, &length)
          || !add_plain (words->named_by, &length) || !add_plain (words->section, &length)))
    return FALSE;
  char *at = make_room (text, length + 2);
  if (emitter->comma)
    *at++ = ',';
  *at++ = '{';
  at = alike ? put_alike (pattern, text->str, finding, at) : put_renamed (pattern, text->str, finding, at);
  text->len = (gsize)(at - text->str);
  *at = '\0';
  emitter->comma = TRUE;
  if (alike)
    pattern->end = text->len;
  else
    assay_pattern_keep (pattern, kind, finding, emitter);
  pattern->copied++;
  return TRUE;
}
