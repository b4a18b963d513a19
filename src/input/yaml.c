#include "input/yaml.h"

#include "crypto/sha256.h"
#include "input/characters.h"
#include "input/yaml_excerpt.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>
#include <yaml.h>

/** Characters of a user's text that one message shows; the place tells the rest. */
#define QUOTE_CHARACTERS 60

/** The tree that is being read, and how far the bytes have been followed. */
typedef struct
{
  AssayYaml *yaml;
  yaml_parser_t *parser;
  const char *text;
  gsize length;
  gsize offset; /* byte of character @index */
  gsize index;
  guint nodes;
} Reader;

typedef yaml_event_t Event;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Event, yaml_event_delete)
typedef yaml_parser_t Parser;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parser, yaml_parser_delete)

static void
free_node (AssayYamlNode *node)
{
  if (node == NULL)
    return;
  g_free (node->text);
  g_clear_pointer (&node->items, g_ptr_array_unref);
  g_free (node);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayYamlNode, free_node)

static void
free_item (gpointer data)
{
  free_node (data);
}

static void
free_member (gpointer data)
{
  AssayYamlMember *member = data;
  g_free (member->key);
  free_node (member->value);
  g_free (member);
}

void
assay_yaml_free (AssayYaml *yaml)
{
  if (yaml == NULL)
    return;
  g_free (yaml->file);
  g_clear_pointer (&yaml->bytes, g_bytes_unref);
  free_node (yaml->root);
  g_free (yaml);
}

char *
assay_yaml_quote (const char *text)
{
  gsize length = strlen (text);
  gsize kept = 0;
  for (guint i = 0; i < QUOTE_CHARACTERS && kept < length; i++)
    kept = (gsize)(g_utf8_next_char (text + kept) - text);
  kept = MIN (kept, length);
  g_autofree char *shown = assay_text_escape_line (text, (gssize)kept);
  return g_strconcat ("`", shown, kept < length ? "…`" : "`", NULL);
}

gboolean
assay_yaml_error (const AssayYaml *yaml, int line, int column, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  gsize length = 0;
  const char *text = yaml->bytes == NULL ? "" : g_bytes_get_data (yaml->bytes, &length);
  g_autofree char *excerpt = assay_yaml_excerpt (text, length, line, column);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s:%d:%d: %s%s", yaml->file, line, column, message, excerpt);
  return FALSE;
}

static int
line_of (const yaml_mark_t *mark)
{
  return (int)mark->line + 1;
}

static int
column_of (const yaml_mark_t *mark)
{
  return (int)mark->column + 1;
}

static gboolean
fail_at (const Reader *reader, const yaml_mark_t *mark, GError **error, const char *message)
{
  return assay_yaml_error (reader->yaml, line_of (mark), column_of (mark), error, "%s", message);
}

const AssayYamlMember *
assay_yaml_find (const AssayYamlNode *node, const char *key)
{
  for (guint i = 0; node != NULL && node->kind == ASSAY_YAML_MAPPING && i < node->items->len; i++)
    {
      const AssayYamlMember *member = g_ptr_array_index (node->items, i);
      if (strcmp (member->key, key) == 0)
        return member;
    }
  return NULL;
}

static gboolean
fail_parser (const Reader *reader, GError **error)
{
  const yaml_parser_t *parser = reader->parser;
  const char *problem = parser->problem != NULL ? parser->problem : "this is not YAML";
  if (parser->error == YAML_MEMORY_ERROR)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "%s: out of memory", reader->yaml->file);
      return FALSE;
    }
  if (parser->context != NULL)
    return assay_yaml_error (reader->yaml, line_of (&parser->problem_mark), column_of (&parser->problem_mark), error,
                             "%s, %s (which began at line %d)", problem, parser->context,
                             line_of (&parser->context_mark));
  return fail_at (reader, &parser->problem_mark, error, problem);
}

static gboolean
next_event (Reader *reader, Event *out_event, GError **error)
{
  return yaml_parser_parse (reader->parser, out_event) || fail_parser (reader, error);
}

/* The byte at which an event begins. Events come in the order of the text, so nothing is walked twice. */
static char
first_byte (Reader *reader, const yaml_mark_t *mark)
{
  while (reader->index < mark->index && reader->offset < reader->length)
    {
      reader->offset += (gsize)g_utf8_skip[(guint8)reader->text[reader->offset]];
      reader->index++;
    }
  if (reader->index != mark->index || reader->offset >= reader->length)
    return '\0';
  return reader->text[reader->offset];
}

/* libyaml tells of most tags and anchors, but drops the tag `!`; so the first byte is asked too. */
static gboolean
refuse_properties (Reader *reader, const Event *event, const yaml_char_t *anchor, const yaml_char_t *tag,
                   gboolean begins_with_text, GError **error)
{
  char first = first_byte (reader, &event->start_mark);
  if (anchor != NULL || (begins_with_text && first == '&'))
    return fail_at (reader, &event->start_mark, error,
                    "anchors are not accepted; write the value out where it is meant");
  if (tag != NULL || (begins_with_text && first == '!'))
    return fail_at (reader, &event->start_mark, error, "tags are not accepted; the key says what type its value has");
  return TRUE;
}

static gboolean
count_node (Reader *reader, const Event *event, guint depth, GError **error)
{
  if (depth > ASSAY_YAML_MAX_DEPTH)
    return assay_yaml_error (reader->yaml, line_of (&event->start_mark), column_of (&event->start_mark), error,
                             "lists and mappings lie in each other deeper than %u levels", ASSAY_YAML_MAX_DEPTH);
  if (++reader->nodes > ASSAY_YAML_MAX_NODES)
    return assay_yaml_error (reader->yaml, line_of (&event->start_mark), column_of (&event->start_mark), error,
                             "more than %u values in one file", ASSAY_YAML_MAX_NODES);
  return TRUE;
}

static AssayYamlNode *
new_node (AssayYamlKind kind, const Event *event)
{
  AssayYamlNode *node = g_new0 (AssayYamlNode, 1);
  node->kind = kind;
  node->line = line_of (&event->start_mark);
  node->column = column_of (&event->start_mark);
  node->start = event->start_mark.index;
  node->end = event->end_mark.index;
  return node;
}

/* A NUL can come only from an escape: the bytes hold none. */
static char *
take_text (Reader *reader, const Event *event, GError **error)
{
  const char *value = (const char *)event->data.scalar.value;
  if (strlen (value) == event->data.scalar.length)
    return g_strdup (value);
  fail_at (reader, &event->start_mark, error, "a NUL character is not accepted");
  return NULL;
}

static AssayYamlNode *
read_scalar (Reader *reader, const Event *event, GError **error)
{
  g_autoptr (AssayYamlNode) node = new_node (ASSAY_YAML_SCALAR, event);
  node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  /* An empty plain scalar has no byte of its own; what stands at its place belongs to what follows. */
  gboolean has_bytes = !node->is_plain || event->data.scalar.length > 0;
  if (!refuse_properties (reader, event, event->data.scalar.anchor, event->data.scalar.tag, has_bytes, error))
    return NULL;
  node->text = take_text (reader, event, error);
  return node->text != NULL ? g_steal_pointer (&node) : NULL;
}

static AssayYamlNode *read_node (Reader *reader, const Event *event, guint depth, GError **error);

static AssayYamlNode *
read_sequence (Reader *reader, const Event *start, guint depth, GError **error)
{
  g_autoptr (AssayYamlNode) node = new_node (ASSAY_YAML_SEQUENCE, start);
  node->is_flow = start->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
  node->items = g_ptr_array_new_with_free_func (free_item);
  if (!refuse_properties (reader, start, start->data.sequence_start.anchor, start->data.sequence_start.tag, TRUE,
                          error))
    return NULL;
  for (;;)
    {
      g_auto (Event) event = { 0 };
      if (!next_event (reader, &event, error))
        return NULL;
      if (event.type == YAML_SEQUENCE_END_EVENT)
        return g_steal_pointer (&node);
      AssayYamlNode *item = read_node (reader, &event, depth + 1, error);
      if (item == NULL)
        return NULL;
      g_ptr_array_add (node->items, item);
    }
}

static char *
read_key (Reader *reader, const Event *event, GHashTable *seen, GError **error)
{
  if (event->type != YAML_SCALAR_EVENT)
    {
      fail_at (reader, &event->start_mark, error, "a key must be a plain text");
      return NULL;
    }
  g_autoptr (AssayYamlNode) scalar = read_scalar (reader, event, error);
  if (scalar == NULL)
    return NULL;
  if (*scalar->text == '\0')
    {
      fail_at (reader, &event->start_mark, error, "a key is missing before this `:`");
      return NULL;
    }
  if (scalar->is_plain && strcmp (scalar->text, "<<") == 0)
    {
      fail_at (reader, &event->start_mark, error, "merge keys are not accepted; write the keys out");
      return NULL;
    }
  const AssayYamlMember *first = g_hash_table_lookup (seen, scalar->text);
  if (first == NULL)
    return g_steal_pointer (&scalar->text);
  g_autofree char *shown = assay_yaml_quote (scalar->text);
  assay_yaml_error (reader->yaml, scalar->line, scalar->column, error,
                    "duplicate key %s, which stands at line %d already", shown, first->line);
  return NULL;
}

static gboolean
read_value (Reader *reader, AssayYamlMember *member, guint depth, GError **error)
{
  g_auto (Event) event = { 0 };
  if (!next_event (reader, &event, error))
    return FALSE;
  member->value = read_node (reader, &event, depth + 1, error);
  return member->value != NULL;
}

static AssayYamlNode *
read_mapping (Reader *reader, const Event *start, guint depth, GError **error)
{
  g_autoptr (AssayYamlNode) node = new_node (ASSAY_YAML_MAPPING, start);
  node->is_flow = start->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  node->items = g_ptr_array_new_with_free_func (free_member);
  /* A block mapping begins where its first key does, whose own anchor or tag is found there. */
  if (!refuse_properties (reader, start, start->data.mapping_start.anchor, start->data.mapping_start.tag, TRUE, error))
    return NULL;
  for (;;)
    {
      g_auto (Event) event = { 0 };
      if (!next_event (reader, &event, error))
        return NULL;
      if (event.type == YAML_MAPPING_END_EVENT)
        return g_steal_pointer (&node);
      char *key = read_key (reader, &event, seen, error);
      if (key == NULL)
        return NULL;
      AssayYamlMember *member = g_new0 (AssayYamlMember, 1);
      member->key = key;
      member->line = line_of (&event.start_mark);
      member->column = column_of (&event.start_mark);
      member->start = event.start_mark.index;
      g_ptr_array_add (node->items, member);
      g_hash_table_insert (seen, member->key, member);
      if (!read_value (reader, member, depth, error))
        return NULL;
    }
}

static AssayYamlNode *
read_node (Reader *reader, const Event *event, guint depth, GError **error)
{
  if (!count_node (reader, event, depth, error))
    return NULL;
  switch (event->type)
    {
    case YAML_SCALAR_EVENT:
      return read_scalar (reader, event, error);
    case YAML_SEQUENCE_START_EVENT:
      return read_sequence (reader, event, depth, error);
    case YAML_MAPPING_START_EVENT:
      return read_mapping (reader, event, depth, error);
    case YAML_ALIAS_EVENT:
      fail_at (reader, &event->start_mark, error, "aliases are not accepted; write the value out");
      return NULL;
    default:
      fail_at (reader, &event->start_mark, error, "expected a text, a list or a mapping");
      return NULL;
    }
}

/* Reads one event of a certain type; with another, fails with @message at its place. */
static gboolean
expect_event (Reader *reader, yaml_event_type_t type, const char *message, GError **error)
{
  g_auto (Event) event = { 0 };
  if (!next_event (reader, &event, error))
    return FALSE;
  return event.type == type || fail_at (reader, &event.start_mark, error, message);
}

static gboolean
read_document (Reader *reader, GError **error)
{
  g_auto (Event) event = { 0 };
  if (!expect_event (reader, YAML_STREAM_START_EVENT, "expected the start of a document", error)
      || !expect_event (reader, YAML_DOCUMENT_START_EVENT, "the file is empty", error)
      || !next_event (reader, &event, error))
    return FALSE;
  reader->yaml->root = read_node (reader, &event, 1, error);
  return reader->yaml->root != NULL
         && expect_event (reader, YAML_DOCUMENT_END_EVENT, "expected the end of the document", error)
         && expect_event (reader, YAML_STREAM_END_EVENT, "a second document begins here; one file is one document",
                          error);
}

static gboolean
fail_at_byte (const AssayYaml *yaml, const char *text, gsize offset, GError **error, const char *message)
{
  int line = 1;
  const char *line_start = text;
  for (const char *at = text; at < text + offset; at++)
    if (*at == '\n')
      {
        line++;
        line_start = at + 1;
      }
  int column = (int)g_utf8_strlen (line_start, (gssize)(text + offset - line_start)) + 1;
  return assay_yaml_error (yaml, line, column, error, "%s", message);
}

/*
 * What is refused before libyaml sees it. Directives too: libyaml compares each %TAG with all before, which with 4 MiB
 * of them takes minutes. A line of a text that begins with `%` is refused with them; such a line can be indented.
 */
static gboolean
check_bytes (const AssayYaml *yaml, const char *text, gsize length, GError **error)
{
  gsize offset = 0;
  g_autofree char *why = NULL;
  if (assay_characters_find_refused (text, length, ASSAY_CHARACTERS_FILE, &offset, &why))
    return fail_at_byte (yaml, text, offset, error, why);
  const char *directive = length > 0 && text[0] == '%' ? text : g_strstr_len (text, (gssize)length, "\n%");
  if (directive == NULL)
    return TRUE;
  return fail_at_byte (yaml, text, (gsize)(directive - text) + (*directive == '\n'), error,
                       "directives (`%YAML`, `%TAG`) are not accepted");
}

AssayYaml *
assay_yaml_parse (const char *file, GBytes *bytes, GError **error)
{
  gsize length = 0;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autoptr (AssayYaml) yaml = g_new0 (AssayYaml, 1);
  g_auto (Parser) parser = { 0 };
  Reader reader = { .yaml = yaml, .parser = &parser, .text = text != NULL ? text : "", .length = length };
  yaml->file = assay_text_escape_line (file, -1);
  yaml->bytes = g_bytes_ref (bytes);
  assay_sha256_bytes (reader.text, length, &yaml->sha256);
  if (length > ASSAY_YAML_MAX_BYTES)
    {
      assay_yaml_error (yaml, 1, 1, error, "the text is larger than 4 MiB");
      return NULL;
    }
  if (!check_bytes (yaml, reader.text, length, error))
    return NULL;
  if (!yaml_parser_initialize (&parser))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "%s: out of memory", yaml->file);
      return NULL;
    }
  yaml_parser_set_encoding (&parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string (&parser, (const unsigned char *)reader.text, length);
  return read_document (&reader, error) ? g_steal_pointer (&yaml) : NULL;
}
