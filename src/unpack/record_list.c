#include "unpack/record_list.h"

#include "unpack/fact.h"
#include "util/cancel.h"
#include "util/checked.h"

#include <string.h>

void
assay_record_list_init (AssayRecordList *list, const AssayLimits *limits)
{
  *list = (AssayRecordList){ .limits = limits, .text = g_string_new (NULL) };
}

void
assay_record_list_clear (AssayRecordList *list)
{
  if (list->text != NULL)
    g_string_free (g_steal_pointer (&list->text), TRUE);
}

static void
put (AssayRecordList *list, const char *token)
{
  if (list->text->len > 0)
    g_string_append_c (list->text, ' ');
  g_string_append (list->text, token);
}

static void
put_run (AssayRecordList *list)
{
  g_autofree char *run = list->count > 1
                             ? g_strdup_printf ("%" G_GUINT64_FORMAT "*%" G_GUINT64_FORMAT, list->length, list->count)
                             : g_strdup_printf ("%" G_GUINT64_FORMAT, list->length);
  if (list->count > 0)
    put (list, run);
  list->count = 0;
}

static gboolean
check_length (const AssayRecordList *list, GError **error)
{
  return assay_limits_check (list->limits, ASSAY_LIMIT_METADATA_BYTES, list->text->len, "a longer list of records",
                             error);
}

gboolean
assay_record_list_add_word (AssayRecordList *list, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *word = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  put_run (list);
  put (list, word);
  return check_length (list, error);
}

gboolean
assay_record_list_add_content (AssayRecordList *list, guint64 address, guint64 length, GError **error)
{
  if (!list->has_address || list->address != address)
    {
      g_autofree char *place = g_strdup_printf ("@0x%08" G_GINT64_MODIFIER "x", address);
      put_run (list);
      put (list, place);
    }
  if (list->count > 0 && list->length != length)
    put_run (list);
  list->length = length;
  list->count++;
  list->has_address = TRUE;
  list->address = address + length;
  return check_length (list, error);
}

char *
assay_record_list_finish (AssayRecordList *list)
{
  put_run (list);
  return g_string_free (g_steal_pointer (&list->text), FALSE);
}

/** What stands next in a list. */
typedef enum
{
  RECORD_BROKEN = 0, /* no list of records */
  RECORD_WORD,
  RECORD_CONTENT,
  RECORD_END,
} RecordKind;

/** @rest: what was not read of the list; borrowed. @word: of RECORD_WORD; @address, @length: of RECORD_CONTENT. */
typedef struct
{
  const char *rest;
  char word[64];
  guint64 address;
  guint64 length;
  guint64 left;
  gboolean has_address;
  guint64 next;
} Cursor;

static gboolean
parse_hex (const char *text, guint64 *out_value)
{
  return g_str_has_prefix (text, "0x") && assay_number_parse (text + 2, strlen (text + 2), 16, out_value);
}

gboolean
assay_record_word_value (const char *word, const char *name, guint64 *out_value)
{
  gsize length = strlen (name);
  return strncmp (word, name, length) == 0 && word[length] == ':' && parse_hex (word + length + 1, out_value);
}

static RecordKind
give_content (Cursor *cursor)
{
  if (!cursor->has_address || !assay_u64_add (cursor->next, cursor->length, &cursor->next))
    return RECORD_BROKEN;
  cursor->address = cursor->next - cursor->length;
  cursor->left--;
  return RECORD_CONTENT;
}

/* `LENGTH` or `LENGTH*COUNT`. */
static gboolean
parse_run (Cursor *cursor)
{
  const char *star = strchr (cursor->word, '*');
  gsize digits = star != NULL ? (gsize)(star - cursor->word) : strlen (cursor->word);
  cursor->left = 1;
  return assay_number_parse (cursor->word, digits, 10, &cursor->length)
         && (star == NULL || assay_number_parse (star + 1, strlen (star + 1), 10, &cursor->left)) && cursor->left > 0;
}

static RecordKind
read_next (Cursor *cursor)
{
  while (cursor->left == 0)
    {
      gsize length = strcspn (cursor->rest, " ");
      if (length == 0)
        return cursor->rest[0] == '\0' ? RECORD_END : RECORD_BROKEN;
      if (length >= sizeof cursor->word)
        return RECORD_BROKEN;
      memcpy (cursor->word, cursor->rest, length);
      cursor->word[length] = '\0';
      cursor->rest += length + (cursor->rest[length] == ' ');
      if (cursor->word[0] != '@' && !g_ascii_isdigit (cursor->word[0]))
        return RECORD_WORD;
      gboolean place = cursor->word[0] == '@';
      if (!(place ? parse_hex (cursor->word + 1, &cursor->next) : parse_run (cursor)))
        return RECORD_BROKEN;
      cursor->has_address = cursor->has_address || place;
    }
  return give_content (cursor);
}

gboolean
assay_record_list_replay (const char *text, const AssayRecordWriter *writer, gpointer data, GError **error)
{
  Cursor cursor = { .rest = text == NULL ? "" : text };
  for (;;)
    {
      if (assay_cancelled (error))
        return FALSE;
      gboolean done = FALSE;
      switch (read_next (&cursor))
        {
        case RECORD_END:
          return TRUE;
        case RECORD_WORD:
          done = writer->word (data, cursor.word, error);
          break;
        case RECORD_CONTENT:
          done = writer->content (data, cursor.address, cursor.length, error);
          break;
        case RECORD_BROKEN:
          return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "a broken list of records");
        }
      if (!done)
        return FALSE;
    }
}
