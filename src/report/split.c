#include "report/split.h"

#include "report/mould.h"
#include "util/json.h"

#include <string.h>

/* The array stands in the document's object, and its elements in the array. */
#define MEMBER_DEPTH 1u
#define ELEMENT_DEPTH 2u

static const char wanted[] = "findings";

/** What may come next. */
typedef enum
{
  AT_REST = 0,    /* not in the array */
  AT_FIRST,       /* in it: its first element or its end */
  AT_NEXT,        /* an element */
  BEHIND_ELEMENT, /* a comma or the end */
  IN_ELEMENT,
} State;

struct _AssaySplit
{
  const char *name;
  State state;
  AssayJsonPlace place; /* of the next byte */
  guint64 depth;
  gboolean in_string;
  gboolean escaped;
  char key[sizeof wanted]; /* the last string of the document's object, as it is written; @key_length may be more */
  gsize key_length;
  gboolean is_value; /* a colon came behind it, and nothing since */
  GByteArray *rest;
  GByteArray *element;
  AssayJsonPart rest_part;
  AssayJsonPart element_part;
  AssayListing *findings;
  AssayMoulds *moulds; /* of its elements */
};

AssaySplit *
assay_split_new (const char *name)
{
  AssaySplit *split = g_new0 (AssaySplit, 1);
  split->name = name;
  split->place = (AssayJsonPlace){ 1, 1 };
  split->rest = g_byte_array_new ();
  split->element = g_byte_array_new ();
  split->moulds = assay_moulds_new ();
  split->rest_part.begin = split->place;
  split->element_part.depth = ELEMENT_DEPTH;
  return split;
}

void
assay_split_free (AssaySplit *split)
{
  if (split == NULL)
    return;
  g_byte_array_unref (split->rest);
  g_byte_array_unref (split->element);
  assay_listing_free (split->findings);
  assay_moulds_free (split->moulds);
  g_free (split);
}

static gboolean
fail (const AssaySplit *split, const char *message, GError **error)
{
  return assay_json_fail_at (split->name, split->place, message, error);
}

/* A byte of a string, the quotes around it too. */
static void
step_string (AssaySplit *split, char c)
{
  if (!split->escaped && c == '"')
    {
      split->in_string = FALSE;
      return;
    }
  split->escaped = !split->escaped && c == '\\';
  if (split->state != AT_REST || split->depth != MEMBER_DEPTH)
    return;
  if (split->key_length < sizeof split->key)
    split->key[split->key_length] = c;
  split->key_length++;
}

static gboolean
is_space (char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r'; /* of RFC 8259, section 2 */
}

/* Whether this bracket opens the array; one that comes again is left for the parser to refuse. */
static gboolean
opens_findings (const AssaySplit *split, char c)
{
  return c == '[' && split->is_value && split->findings == NULL && split->key_length == strlen (wanted)
         && memcmp (split->key, wanted, strlen (wanted)) == 0;
}

/* A byte of the document outside of the array, and of strings. */
static void
step_rest (AssaySplit *split, char c)
{
  if (is_space (c))
    return;
  gboolean opens = opens_findings (split, c);
  split->is_value = c == ':' && split->depth == MEMBER_DEPTH;
  if (c == '"')
    {
      split->in_string = TRUE;
      if (split->depth == MEMBER_DEPTH)
        split->key_length = 0;
    }
  else if (c == '[' || c == '{')
    split->depth++;
  else if ((c == ']' || c == '}') && split->depth > 0)
    split->depth--;
  if (!opens)
    return;
  split->findings = assay_listing_new ();
  split->state = AT_FIRST;
  split->rest_part.cut = split->place;
  assay_json_place_step (&split->rest_part.cut, c);
}

static gboolean
end_element (AssaySplit *split, GError **error)
{
  const char *text = (const char *)split->element->data;
  const json_t *element
      = assay_moulds_parse (split->moulds, text, split->element->len, split->name, &split->element_part, error);
  split->state = BEHIND_ELEMENT;
  return element != NULL && assay_listing_add (split->findings, text, split->element->len, element, error);
}

/* A byte of the array between its elements. */
static gboolean
step_between (AssaySplit *split, char c, GError **error)
{
  if (is_space (c))
    return TRUE;
  if (c == ']' && split->state != AT_NEXT)
    {
      split->state = AT_REST;
      split->rest_part.behind = split->place;
      split->depth--;
      return TRUE;
    }
  if (split->state == BEHIND_ELEMENT)
    {
      split->state = AT_NEXT;
      return c == ',' || fail (split, "expected `,` or `]` behind an element of findings", error);
    }
  if (c != '{')
    return fail (split, "an element of findings that is no object", error);
  split->state = IN_ELEMENT;
  split->depth++;
  split->element_part.begin = split->place;
  g_byte_array_set_size (split->element, 0);
  return TRUE;
}

static gboolean
keep (AssaySplit *split, GByteArray *kept, const char *text, gsize length, GError **error)
{
  if (length > ASSAY_JSON_MAX_BYTES - kept->len)
    return fail (split,
                 kept == split->rest ? "a report of more than 256 MiB, its findings not counted"
                                     : "an element of findings of more than 256 MiB",
                 error);
  g_byte_array_append (kept, (const guint8 *)text, (guint)length);
  return TRUE;
}

/* Where a byte that was stepped over goes: NULL for what stands between elements. */
static GByteArray *
owner_of (AssaySplit *split, State before)
{
  if (before == IN_ELEMENT || split->state == IN_ELEMENT)
    return split->element;
  return before == AT_REST || split->state == AT_REST ? split->rest : NULL;
}

/* A byte of an element, outside of strings. */
static void
step_element (AssaySplit *split, char c)
{
  if (c == '"')
    split->in_string = TRUE;
  else if (c == '{' || c == '[')
    split->depth++;
  else if (c == '}' || c == ']')
    split->depth--;
}

static gboolean
step (AssaySplit *split, char c, GError **error)
{
  if (split->in_string)
    step_string (split, c);
  else if (split->state == AT_REST)
    step_rest (split, c);
  else if (split->state == IN_ELEMENT)
    step_element (split, c);
  else
    return step_between (split, c, error);
  return TRUE;
}

gboolean
assay_split_add (AssaySplit *split, const char *text, gsize length_bytes, GError **error)
{
  gsize begin = 0;
  GByteArray *kept = NULL;
  for (gsize i = 0; i < length_bytes; i++)
    {
      State before = split->state;
      if (!step (split, text[i], error))
        return FALSE;
      GByteArray *owner = owner_of (split, before);
      if (owner != kept)
        {
          if (kept != NULL && !keep (split, kept, text + begin, i - begin, error))
            return FALSE;
          begin = i;
          kept = owner;
        }
      if (split->state == IN_ELEMENT && split->depth == ELEMENT_DEPTH)
        {
          if (!keep (split, kept, text + begin, i + 1 - begin, error) || !end_element (split, error))
            return FALSE;
          kept = NULL;
        }
      assay_json_place_step (&split->place, text[i]);
    }
  return kept == NULL || keep (split, kept, text + begin, length_bytes - begin, error);
}

json_t *
assay_split_finish (AssaySplit *split, AssayListing **out_findings, GError **error)
{
  *out_findings = NULL;
  if (split->state != AT_REST)
    {
      fail (split, "the document ends among its findings", error);
      return NULL;
    }
  const char *text = split->rest->data == NULL ? "" : (const char *)split->rest->data;
  g_autoptr (json_t) tree = assay_json_parse_part (text, split->rest->len, split->name, &split->rest_part, error);
  if (tree == NULL || (split->findings != NULL && !assay_listing_settle (split->findings, error)))
    return NULL;
  *out_findings = g_steal_pointer (&split->findings);
  return g_steal_pointer (&tree);
}
