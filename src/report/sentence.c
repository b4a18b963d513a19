#include "report/sentence.h"

#include "judge/words.h"
#include "report/text.h"

#include <string.h>

/* Bytes of a side that a sentence shows. */
#define SHOWN_BYTES 16

static const AssayClass concerns[ASSAY_SENTENCE_CLASSES]
    = { ASSAY_CLASS_UNEXPLAINED, ASSAY_CLASS_UNREPRODUCIBLE, ASSAY_CLASS_UNDECIDED, ASSAY_CLASS_WAIVED };

const char *
assay_sentence_class (gsize index)
{
  return assay_class_name (concerns[index]);
}

gboolean
assay_sentence_is_concern (const char *word)
{
  static const AssayClass settled[]
      = { ASSAY_CLASS_IDENTICAL, ASSAY_CLASS_EXPLAINED, ASSAY_CLASS_STRUCTURE, ASSAY_CLASS_OUTSIDE };
  for (gsize i = 0; i < G_N_ELEMENTS (settled); i++)
    if (g_strcmp0 (word, assay_class_name (settled[i])) == 0)
      return FALSE;
  return TRUE;
}

const char *
assay_sentence_coarse (const json_t *file)
{
  const char *word = json_string_value (json_object_get (file, "coarse"));
  if (g_strcmp0 (word, "scattered") == 0)
    return "single bytes differ all over, in their places: no list of changes is made, and no instructions are shown";
  if (g_strcmp0 (word, "search") == 0)
    return "most of it is not where it was expected: it was not looked for everywhere, and some that moved is called "
           "changed";
  return NULL;
}

guint
assay_sentence_exit (const json_t *head)
{
  const char *verdict = assay_text_verdict (head);
  const json_t *policy = json_object_get (head, "policy");
  const char *result = json_string_value (json_object_get (policy, "result"));
  gboolean holds = (g_strcmp0 (result, "pass") == 0 || g_strcmp0 (result, "none") == 0)
                   && json_array_size (json_object_get (policy, "failures")) == 0;
  if (strcmp (verdict, "undecided") == 0)
    return 2;
  return strcmp (verdict, "mismatch") == 0 || !holds ? 1 : 0;
}

char *
assay_sentence_place (const json_t *element)
{
  char *path = assay_text_member (element, "path");
  if (path != NULL && strcmp (path, ".") != 0)
    return path;
  g_free (path);
  return g_strdup ("the image");
}

char *
assay_sentence_fact (const json_t *fact, const char *side)
{
  g_autofree char *name = assay_text_member (fact, "fact");
  g_autofree char *raw_shipped = assay_text_member (fact, "shipped"),
                  *raw_expected = assay_text_member (fact, "expected");
  g_autofree char *shipped = assay_words_value (name != NULL ? name : "", raw_shipped),
                  *expected = assay_words_value (name != NULL ? name : "", raw_expected);
  return g_strdup_printf ("%s is %s in the image, %s %s", name != NULL ? assay_words_fact_noun (name) : "a fact",
                          shipped != NULL ? shipped : "not there", expected != NULL ? expected : "not there",
                          strcmp (side, "rebuild") == 0 ? "in the rebuild" : "expected");
}

/* Appends ", WORD VALUE" where there is a value. */
static void
append_member (GString *text, const char *word, const json_t *object, const char *key)
{
  g_autofree char *value = assay_text_member (object, key);
  if (value != NULL && *value != '\0')
    g_string_append_printf (text, ", %s%s", word, value);
}

char *
assay_sentence_range (const json_t *finding)
{
  const json_t *range = json_object_get (finding, "range");
  const json_t *source = json_object_get (finding, "source");
  const char *file = json_string_value (json_object_get (source, "file"));
  gboolean has_function = json_is_string (json_object_get (finding, "function"));
  GString *text = g_string_new (NULL);
  g_autofree char *length = assay_words_count (assay_text_number (json_object_get (range, "length")), "byte", "bytes");
  g_string_append_printf (text, "%s at offset 0x%" G_GINT64_MODIFIER "x", length,
                          assay_text_number (json_object_get (range, "offset")));
  append_member (text, "address ", range, "address");
  append_member (text, "section ", finding, "section");
  append_member (text, has_function ? "function " : "object ", finding, has_function ? "function" : "symbol");
  append_member (text, "", source, "file");
  if (file != NULL && json_object_get (source, "line") != NULL)
    g_string_append_printf (text, " line %" G_GUINT64_FORMAT, assay_text_number (json_object_get (source, "line")));
  if (g_strcmp0 (json_string_value (json_object_get (finding, "named_by")), "shipped") == 0)
    g_string_append (text, " (names that the image itself gives)");
  return g_string_free (text, FALSE);
}

/* FALSE where there is nothing. */
static gboolean
append_hex (GString *text, const char *label, const json_t *finding, const char *key)
{
  const char *hex = json_string_value (json_object_get (finding, key));
  gsize digits = hex == NULL ? 0 : MIN (strspn (hex, "0123456789abcdef"), SHOWN_BYTES * 2);
  if (digits < 2)
    return FALSE;
  g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", label);
  for (gsize i = 0; i + 1 < digits; i += 2)
    g_string_append_printf (text, " %c%c", hex[i], hex[i + 1]);
  g_string_append (text, hex[digits] != '\0' ? " \u2026" : "");
  return TRUE;
}

char *
assay_sentence_bytes (const json_t *finding, const char *side)
{
  GString *text = g_string_new (NULL);
  gboolean shipped = append_hex (text, "image", finding, "shipped");
  gboolean expected = append_hex (text, side, finding, "expected");
  return g_string_free (text, !shipped && !expected);
}

char *
assay_sentence_waiver (const json_t *element)
{
  const json_t *waiver = json_object_get (element, "waiver");
  g_autofree char *reason = assay_text_member (waiver, "reason"), *owner = assay_text_member (waiver, "owner");
  if (waiver == NULL)
    return NULL;
  return g_strdup_printf ("line %" G_GUINT64_FORMAT " of the policy: %s%s%s",
                          assay_text_number (json_object_get (waiver, "line")), reason != NULL ? reason : "no reason",
                          owner != NULL ? "; answered for by " : "", owner != NULL ? owner : "");
}
