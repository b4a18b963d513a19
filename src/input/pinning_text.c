#include "input/pinning_text.h"

#include <assay/error.h>

#include <string.h>

/** So many bytes at a place become others; at one place in the order in which they were put. */
typedef struct
{
  gsize at;
  gsize length;
  guint order;
  char *text;
} Edit;

struct _AssayPinText
{
  GBytes *bytes;
  GArray *edits;   /* Edit */
  gsize character; /* the place that was asked for last, which the next one is near to */
  gsize byte;
};

static void
clear_edit (gpointer data)
{
  Edit *edit = data;
  g_free (edit->text);
}

AssayPinText *
assay_pin_text_new (GBytes *bytes)
{
  AssayPinText *text = g_new0 (AssayPinText, 1);
  text->bytes = g_bytes_ref (bytes);
  text->edits = g_array_new (FALSE, FALSE, sizeof (Edit));
  g_array_set_clear_func (text->edits, clear_edit);
  return text;
}

void
assay_pin_text_free (AssayPinText *text)
{
  if (text == NULL)
    return;
  g_bytes_unref (text->bytes);
  g_array_unref (text->edits);
  g_free (text);
}

static const char *
start_of (const AssayPinText *text, gsize *out_length)
{
  const char *start = g_bytes_get_data (text->bytes, out_length);
  return start != NULL ? start : "";
}

/* Characters from the start, as YAML counts, in bytes. */
static gsize
byte_of (AssayPinText *text, gsize character)
{
  gsize length = 0;
  const char *start = start_of (text, &length);
  const char *at = start + text->byte;
  for (; text->character < character && at < start + length; text->character++)
    at = g_utf8_next_char (at);
  for (; text->character > character; text->character--)
    at = g_utf8_prev_char (at);
  text->byte = (gsize)(at - start);
  return text->byte;
}

static char
char_at (const AssayPinText *text, gsize byte)
{
  gsize length = 0;
  const char *start = start_of (text, &length);
  if (byte >= length)
    return '\0';
  return start[byte];
}

/* Takes @replacement. */
static void
add_edit (AssayPinText *text, gsize at, gsize length, char *replacement)
{
  const Edit edit = { at, length, text->edits->len, replacement };
  g_array_append_val (text->edits, edit);
}

/* The digest that stands there, or the place for one that was left empty. Quotes stay. */
static void
replace (AssayPinText *text, const AssayYamlMember *digest, const char *value)
{
  gsize start = byte_of (text, digest->value->start);
  gsize end = byte_of (text, digest->value->end);
  if (end > start && !digest->value->is_plain)
    add_edit (text, start + 1, end - start - 2, g_strdup (value));
  else
    add_edit (text, start, end - start,
              end > start || char_at (text, start - 1) == ' ' ? g_strdup (value) : g_strconcat (" ", value, NULL));
}

/* Behind the value that it is of: in quotes where the keys are, as JSON needs them. */
static void
insert_in_braces (AssayPinText *text, const AssayPinPlace *place, const char *value)
{
  gsize start = byte_of (text, place->mapping->start);
  gsize end = byte_of (text, place->named->value->end);
  const char *quote = char_at (text, byte_of (text, place->named->start)) == '"' ? "\"" : "";
  /* `[archive: x]` is a list with one mapping that has no braces */
  gboolean bare = char_at (text, start) != '{';
  if (bare)
    add_edit (text, start, 0, g_strdup ("{"));
  add_edit (text, end, 0,
            g_strdup_printf (", %s%s%s: %s%s%s%s", quote, place->key, quote, quote, value, quote, bare ? "}" : ""));
}

/* On a line of its own below the value, with the key under the other key. */
static void
insert_below (AssayPinText *text, const AssayPinPlace *place, const char *value)
{
  gsize length = 0;
  const char *start = start_of (text, &length);
  gsize end = byte_of (text, place->named->value->end);
  const char *feed = memchr (start + end, '\n', length - end);
  gsize line_end = feed != NULL ? (gsize)(feed - start) : length;
  gboolean returns = feed != NULL && line_end > end && start[line_end - 1] == '\r';
  line_end -= returns;
  add_edit (text, line_end, 0,
            g_strdup_printf ("%s%*s%s: %s", returns ? "\r\n" : "\n", place->named->column - 1, "", place->key, value));
}

gboolean
assay_pin_text_put (AssayPinText *text, const AssayYaml *yaml, const AssayPinPlace *place, const char *value,
                    GError **error)
{
  const AssayYamlNode *named = place->named->value;
  char first = char_at (text, byte_of (text, named->start));
  if (place->digest != NULL)
    {
      replace (text, place->digest, value);
      return TRUE;
    }
  if (first == '|' || first == '>')
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED,
                   "%s:%d:%d: write this path on one line, so that its digest can be put beside", yaml->file,
                   named->line, named->column);
      return FALSE;
    }
  if (place->mapping->is_flow)
    insert_in_braces (text, place, value);
  else
    insert_below (text, place, value);
  return TRUE;
}

static gint
by_place (gconstpointer a, gconstpointer b)
{
  const Edit *left = a;
  const Edit *right = b;
  if (left->at != right->at)
    return left->at < right->at ? -1 : 1;
  return left->order < right->order ? -1 : left->order > right->order;
}

GBytes *
assay_pin_text_finish (AssayPinText *text)
{
  gsize length = 0;
  gsize done = 0;
  const char *start = start_of (text, &length);
  GString *out = g_string_sized_new (length + 128);
  g_array_sort (text->edits, by_place);
  for (guint i = 0; i < text->edits->len; i++)
    {
      const Edit *edit = &g_array_index (text->edits, Edit, i);
      g_string_append_len (out, start + done, (gssize)(edit->at - done));
      g_string_append (out, edit->text);
      done = edit->at + edit->length;
    }
  g_string_append_len (out, start + done, (gssize)(length - done));
  return g_string_free_to_bytes (out);
}

static gboolean
is_digest (const AssayYamlMember *member)
{
  return strcmp (member->key, "sha256") == 0 || strcmp (member->key, "commit") == 0;
}

/* The next member that is no digest, from *@index on; NULL at the end. */
static const AssayYamlMember *
next_member (const GPtrArray *items, guint *index)
{
  while (*index < items->len)
    {
      const AssayYamlMember *member = g_ptr_array_index (items, (*index)++);
      if (!is_digest (member))
        return member;
    }
  return NULL;
}

static gboolean
same_members (const GPtrArray *before, const GPtrArray *after)
{
  guint left_index = 0;
  guint right_index = 0;
  for (;;)
    {
      const AssayYamlMember *left = next_member (before, &left_index);
      const AssayYamlMember *right = next_member (after, &right_index);
      if (left == NULL || right == NULL)
        return left == right;
      if (strcmp (left->key, right->key) != 0 || !assay_pin_text_is_same (left->value, right->value))
        return FALSE;
    }
}

gboolean
assay_pin_text_is_same (const AssayYamlNode *before, const AssayYamlNode *after)
{
  if (before->kind != after->kind)
    return FALSE;
  if (before->kind == ASSAY_YAML_SCALAR)
    return before->is_plain == after->is_plain && strcmp (before->text, after->text) == 0;
  if (before->kind == ASSAY_YAML_MAPPING)
    return same_members (before->items, after->items);
  for (guint i = 0; i < before->items->len && i < after->items->len; i++)
    if (!assay_pin_text_is_same (g_ptr_array_index (before->items, i), g_ptr_array_index (after->items, i)))
      return FALSE;
  return before->items->len == after->items->len;
}
