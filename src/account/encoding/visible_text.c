#include "account/encoding/visible_text.h"

#include "util/cancel.h"

#include <string.h>

/** Of a longer line the first bytes count. */
#define LINE_MOST 512u
#define LINE_LEAST 12u

/** Code of PHP may stand amid other bytes: of a longer piece the first bytes count. Fewer than the second are one only
 * up to its end, for such bytes come by chance. */
#define CODE_MOST 64u
#define CODE_LEAST 15u
#define CODE_BEGINS "<?"
#define CODE_ENDS "?>"

/** More than that is a text for certain. */
#define LINES_MOST (1u << 16)

/** In coded bytes of this length one of the above stands by chance in some of 100,000 streams; a byte more makes that
 * 2.6 times as rare, as 97 of 256 bytes are printable. */
#define CHANCE_BYTES 16384u

/** A line that may become one. @more: bytes that it and code must have beyond the least; @length: of all of it; @words:
 * letters, digits and blanks in it; @open: all of it so far may be in one; @code: what may be code, from its first byte
 * on */
typedef struct
{
  GHashTable *lines;
  gsize more;
  char bytes[LINE_MOST];
  gsize length;
  gsize words;
  gboolean open;
  char code[CODE_MOST + 1];
  gsize code_length;
} Reading;

static void
end_line (Reading *reading)
{
  if (reading->open && reading->length >= LINE_LEAST + reading->more && reading->words * 4 >= reading->length * 3)
    g_hash_table_add (reading->lines, g_strndup (reading->bytes, MIN (reading->length, LINE_MOST)));
  reading->length = reading->words = 0;
  reading->open = TRUE;
}

/* Whether it may do anything: by a command, a call, or a word of the language (the shortest are `new` and `die`). */
static gboolean
may_act (const char *code)
{
  gsize letters = 0;
  for (; *code != '\0' && letters < 3; code++)
    {
      letters = g_ascii_isalpha (*code) ? letters + 1 : 0;
      if (*code == '`' || *code == '(')
        return TRUE;
    }
  return letters == 3;
}

static void
end_code (Reading *reading)
{
  const char *behind = reading->code + strlen (CODE_BEGINS);
  reading->code[reading->code_length] = '\0';
  if (reading->code_length >= CODE_LEAST + reading->more
      || (reading->code_length > strlen (CODE_BEGINS) + reading->more
          && strstr (behind + reading->more, CODE_ENDS) != NULL && may_act (behind)))
    g_hash_table_add (reading->lines, g_strdup (reading->code));
  reading->code_length = 0;
}

/* Where short tags are on, anything may stand behind `<?`; `<?xml` is what is there in other files. */
static gboolean
goes_on (const Reading *reading, char letter)
{
  gsize at = reading->code_length;
  if (at < strlen (CODE_BEGINS))
    return letter == CODE_BEGINS[at];
  if (at == strlen (CODE_BEGINS) && letter == 'x')
    return FALSE;
  return g_ascii_isprint (letter) || g_ascii_isspace (letter);
}

static void
take_code (Reading *reading, char letter)
{
  if (reading->code_length == 0 && letter != CODE_BEGINS[0])
    return;
  if (!goes_on (reading, letter))
    end_code (reading);
  if (goes_on (reading, letter))
    reading->code[reading->code_length++] = letter;
  if (reading->code_length == CODE_MOST)
    end_code (reading);
}

static void
take (Reading *reading, guint8 byte)
{
  char letter = (char)byte;
  take_code (reading, letter);
  if (letter == '\n' || letter == '\r')
    {
      end_line (reading);
      return;
    }
  if (!reading->open || !(g_ascii_isprint (letter) || letter == '\t'))
    {
      reading->open = FALSE;
      return;
    }
  if (reading->length < LINE_MOST)
    reading->bytes[reading->length] = letter;
  reading->length++;
  reading->words += g_ascii_isalnum (letter) || letter == ' ';
}

/* @length: of the bytes that are looked through */
static gsize
count_more (guint64 length)
{
  gsize more = 0;
  for (guint64 rare = CHANCE_BYTES; rare < length && more < CODE_MOST - CODE_LEAST; rare = rare / 2 * 5)
    more++;
  return more;
}

/* The lines of a range: set of utf8. (transfer full) */
static GHashTable *
read_lines (const AssayBlobRange *range, gsize more, GError **error)
{
  g_autoptr (GHashTable) lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  Reading reading = { .lines = lines, .more = more, .open = TRUE };
  for (guint64 done = 0; done < range->length && g_hash_table_size (lines) <= LINES_MOST;)
    {
      gsize length = (gsize)MIN (range->length - done, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (range->blob, range->offset + done, window, length, error))
        return NULL;
      for (gsize i = 0; i < length; i++)
        take (&reading, window[i]);
      done += length;
    }
  end_line (&reading);
  end_code (&reading);
  return g_steal_pointer (&lines);
}

static gboolean
has_all (GHashTable *lines, GHashTable *wanted)
{
  GHashTableIter iter;
  gpointer line = NULL;
  g_hash_table_iter_init (&iter, wanted);
  while (g_hash_table_iter_next (&iter, &line, NULL))
    if (!g_hash_table_contains (lines, line))
      return FALSE;
  return TRUE;
}

gboolean
assay_visible_text_differs (const AssayBlobRange *first, const AssayBlobRange *second, gboolean *out_differs,
                            GError **error)
{
  gsize more = count_more (MAX (first->length, second->length));
  g_autoptr (GHashTable) ours = read_lines (first, more, error);
  g_autoptr (GHashTable) theirs = ours == NULL ? NULL : read_lines (second, more, error);
  if (theirs == NULL)
    return FALSE;
  *out_differs = g_hash_table_size (ours) > LINES_MOST || g_hash_table_size (theirs) > LINES_MOST
                 || !has_all (ours, theirs) || !has_all (theirs, ours);
  return TRUE;
}
