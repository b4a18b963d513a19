#include "util/json.h"

#include "util/text.h"

#include <assay/error.h>

#include <stdlib.h>
#include <string.h>

/* Levels of arrays and objects; our own documents have 8. Deeper ones are refused before a recursive parser sees them.
 */
#define MAX_DEPTH 64

typedef struct
{
  const char *next;
  const char *end;
  AssayJsonPlace place; /* in the text */
  guint depth;
} Scan;

gboolean
assay_json_fail_at (const char *name, AssayJsonPlace place, const char *message, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (name, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ": %s", shown,
               place.line, place.column, message);
  return FALSE;
}

/* Where in the document a place of the text is. */
static AssayJsonPlace
place_in_document (const AssayJsonPart *part, AssayJsonPlace place)
{
  if (place.line == 1)
    place.column += part->begin.column - 1;
  place.line += part->begin.line - 1;
  gboolean behind
      = part->cut.line != 0
        && (place.line > part->cut.line || (place.line == part->cut.line && place.column >= part->cut.column));
  if (behind && place.line == part->cut.line)
    place.column = place.column - part->cut.column + part->behind.column;
  if (behind)
    place.line = place.line - part->cut.line + part->behind.line;
  return place;
}

static void
step (Scan *scan)
{
  assay_json_place_step (&scan->place, *scan->next++);
}

static void
skip_string (Scan *scan)
{
  step (scan);
  while (scan->next < scan->end && *scan->next != '"')
    {
      if (*scan->next == '\\' && scan->next + 1 < scan->end)
        step (scan);
      step (scan);
    }
  if (scan->next < scan->end)
    step (scan);
}

/* Skips a number; says whether it is an integer. */
static gboolean
skip_number (Scan *scan)
{
  gboolean integer = TRUE;
  while (scan->next < scan->end && *scan->next != '\0' && strchr ("0123456789+-.eE", *scan->next) != NULL)
    {
      integer = integer && strchr (".eE", *scan->next) == NULL;
      step (scan);
    }
  return integer;
}

/* Looks only for what jansson would take and we do not; what is no JSON at all is left for jansson to say. */
static gboolean
scan_part (const char *text, gsize length, const char *name, const AssayJsonPart *part, GError **error)
{
  Scan scan = { text, text + length, { 1, 1 }, part->depth };
  guint64 values = 0;
  while (scan.next < scan.end)
    {
      AssayJsonPlace place = scan.place;
      const char *fault = NULL;
      char c = *scan.next;
      if (c == '"')
        skip_string (&scan);
      else if (c == '-' || g_ascii_isdigit (c))
        fault = skip_number (&scan) ? NULL : "a number with fraction or exponent; expected an integer";
      else
        {
          if ((c == '[' || c == '{') && ++scan.depth > MAX_DEPTH)
            fault = "nested deeper than 64 levels";
          else if ((c == '[' || c == '{' || c == ',') && ++values > part->values && part->values > 0)
            fault = "more elements and members than a document of this kind may have";
          if ((c == ']' || c == '}') && scan.depth > 0)
            scan.depth--;
          step (&scan);
        }
      if (fault != NULL)
        return assay_json_fail_at (name, place_in_document (part, place), fault, error);
    }
  return TRUE;
}

json_t *
assay_json_parse_part (const char *text, gsize length_bytes, const char *name, const AssayJsonPart *part,
                       GError **error)
{
  json_error_t fault;
  if (length_bytes > ASSAY_JSON_MAX_BYTES)
    {
      assay_json_fail_at (name, part->begin, "larger than 256 MiB", error);
      return NULL;
    }
  if (!scan_part (text, length_bytes, name, part, error))
    return NULL;
  json_t *value = json_loadb (text, length_bytes, JSON_REJECT_DUPLICATES, &fault);
  if (value == NULL)
    {
      const AssayJsonPlace place = { (guint64)MAX (fault.line, 1), (guint64)MAX (fault.column, 1) };
      g_autofree char *message = assay_text_escape_line (fault.text, -1);
      assay_json_fail_at (name, place_in_document (part, place), message, error);
    }
  return value;
}

json_t *
assay_json_parse (const char *text, gsize length_bytes, const char *name, GError **error)
{
  static const AssayJsonPart whole = { .begin = { 1, 1 } };
  return assay_json_parse_part (text, length_bytes, name, &whole, error);
}

typedef struct
{
  char *text;
  gsize length;
  gsize capacity;
} Buffer;

static int
append_bytes (Buffer *buffer, const char *data, gsize length)
{
  if (length >= buffer->capacity - buffer->length)
    {
      gsize capacity = MAX (buffer->capacity * 2, buffer->length + length + 1);
      char *text = realloc (buffer->text, capacity);
      if (text == NULL)
        return -1;
      buffer->text = text;
      buffer->capacity = capacity;
    }
  memcpy (buffer->text + buffer->length, data, length);
  buffer->length += length;
  buffer->text[buffer->length] = '\0';
  return 0;
}

gsize
assay_json_escape (gunichar character, char out[ASSAY_JSON_ESCAPE_SIZE])
{
  if (character < 0x10000)
    return (gsize)g_snprintf (out, ASSAY_JSON_ESCAPE_SIZE, "\\u%04X", (guint)character);
  guint rest = (guint)character - 0x10000;
  return (gsize)g_snprintf (out, ASSAY_JSON_ESCAPE_SIZE, "\\u%04X\\u%04X", 0xd800 + (rest >> 10),
                            0xdc00 + (rest & 0x3ff));
}

/* jansson hands over whole characters, and has escaped what RFC 8259 wants escaped. A terminal would obey the others
 * that are no text. */
static int
append_to_buffer (const char *data, size_t length, void *user_data)
{
  const char *end = data + length;
  while (data < end)
    {
      char escape[ASSAY_JSON_ESCAPE_SIZE];
      const char *found = assay_text_find_misleading (data, end);
      if (append_bytes (user_data, data, (gsize)(found - data)) != 0)
        return -1;
      if (found == end)
        return 0;
      if (append_bytes (user_data, escape, assay_json_escape (g_utf8_get_char (found), escape)) != 0)
        return -1;
      data = g_utf8_next_char (found);
    }
  return 0;
}

static gboolean
holds_real (const json_t *value)
{
  const char *key;
  json_t *member;
  size_t index;
  if (json_is_object (value))
    json_object_foreach ((json_t *)(gsize)value, key, member) if (holds_real (member)) return TRUE;
  if (json_is_array (value))
    json_array_foreach (value, index, member) if (holds_real (member)) return TRUE;
  return json_is_real (value);
}

char *
assay_json_canonical (const json_t *value)
{
  Buffer buffer = { malloc (4096), 0, 4096 };
  if (value == NULL || holds_real (value))
    g_error ("a document of ours holds a real number or is missing");
  if (buffer.text == NULL
      || json_dump_callback (value, append_to_buffer, &buffer, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) != 0
      || append_bytes (&buffer, "\n", 1) != 0)
    g_error ("no memory to write a JSON document");
  return buffer.text;
}

char *
assay_json_line (const json_t *value)
{
  char *text = assay_json_canonical (value);
  char *copy = g_strdup (g_strchomp (text));
  free (text);
  return copy;
}

json_t *
assay_json_hex64 (guint64 value)
{
  char text[19];
  g_snprintf (text, sizeof text, "0x%" G_GINT64_MODIFIER "x", value);
  return json_string_nocheck (text);
}

json_t *
assay_json_count (guint64 value)
{
  /* Numbers of JSON are doubles to many readers: 53 bits (RFC 8259, section 6). */
  if (value >= G_GUINT64_CONSTANT (1) << 53)
    return assay_json_hex64 (value);
  return json_integer ((json_int_t)value);
}

json_t *
assay_json_text (const char *text)
{
  if (g_utf8_validate (text, -1, NULL))
    return json_string_nocheck (text);
  g_autofree char *escaped = assay_text_escape_line (text, -1);
  return json_string_nocheck (escaped);
}

json_t *
assay_json_digest (const AssayDigest *digest)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (digest, hex);
  return json_string (hex);
}

const char *
assay_json_get_text (const json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));
  return text != NULL ? text : "";
}
