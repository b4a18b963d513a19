#include "account/findings/finding.h"

void
assay_finding_words_free (AssayFindingWords *words)
{
  if (words == NULL)
    return;
  if (words->sharers > 0)
    {
      words->sharers--;
      return;
    }
  g_free (words->section);
  g_free (words->symbol);
  g_free (words->own_message);
  g_free (words->remark);
  g_free (words->file);
  g_free (words->source_function);
  g_free (words->shipped_text);
  g_free (words->expected_text);
  g_clear_pointer (&words->inlined_by, g_ptr_array_unref);
  g_clear_pointer (&words->rows, g_array_unref);
  g_free (words);
}

/* Whether they are of one finding alone, as code and texts are. */
static gboolean
is_alone (const AssayFindingWords *words)
{
  return words->inlined_by != NULL || words->rows != NULL || words->shipped_text != NULL
         || words->expected_text != NULL;
}

AssayFindingWords *
assay_finding_words_share (AssayFindingWords *words)
{
  g_assert (!is_alone (words) && words->own_message == NULL);
  words->sharers++;
  return words;
}

/* Of words that are shared, a copy that is not. */
static AssayFindingWords *
part_with (AssayFindingWords *words)
{
  AssayFindingWords *own = g_memdup2 (words, sizeof *words);
  char **texts[] = { &own->section, &own->symbol, &own->remark, &own->file, &own->source_function };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = g_strdup (*texts[i]);
  own->sharers = 0;
  assay_finding_words_free (words);
  return own;
}

AssayFindingWords *
assay_finding_tell (AssayFinding *finding)
{
  if (finding->words == NULL)
    finding->words = g_new0 (AssayFindingWords, 1);
  else if (finding->words->sharers > 0)
    finding->words = part_with (finding->words);
  return finding->words;
}

gboolean
assay_finding_words_equal (const AssayFindingWords *a, const AssayFindingWords *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  if (a == b)
    return !is_alone (a);
  return !is_alone (a) && !is_alone (b) && a->line == b->line && a->is_function == b->is_function
         && g_strcmp0 (a->section, b->section) == 0 && g_strcmp0 (a->symbol, b->symbol) == 0
         && g_strcmp0 (a->named_by, b->named_by) == 0 && g_strcmp0 (a->own_message, b->own_message) == 0
         && g_strcmp0 (a->remark, b->remark) == 0 && g_strcmp0 (a->file, b->file) == 0
         && g_strcmp0 (a->source_function, b->source_function) == 0;
}

guint
assay_finding_words_hash (const AssayFindingWords *words)
{
  if (words == NULL)
    return 0;
  const char *const texts[]
      = { words->section, words->symbol, words->own_message, words->remark, words->file, words->source_function };
  guint hash = words->line;
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    hash = hash * 31 + (texts[i] == NULL ? 0 : g_str_hash (texts[i]));
  return hash;
}
