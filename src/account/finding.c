#include "account/finding.h"

#include <string.h>

AssayFinding *
assay_finding_new (const guint8 *shipped, guint8 shipped_length, const guint8 *expected, guint8 expected_length)
{
  AssayFinding *finding = g_malloc0 (sizeof *finding + shipped_length + expected_length);
  finding->shipped_length = shipped_length;
  finding->expected_room = expected_length;
  if (shipped_length > 0)
    memcpy (finding->bytes, shipped, shipped_length);
  if (expected != NULL)
    assay_finding_set_expected (finding, expected, expected_length);
  return finding;
}

void
assay_finding_set_expected (AssayFinding *finding, const guint8 *expected, guint8 length)
{
  finding->expected_length = MIN (length, finding->expected_room);
  if (finding->expected_length > 0)
    memcpy (finding->bytes + finding->shipped_length, expected, finding->expected_length);
}

static void
words_free (AssayFindingWords *words)
{
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

void
assay_finding_free (AssayFinding *finding)
{
  if (finding == NULL)
    return;
  g_clear_pointer (&finding->words, words_free);
  g_free (finding);
}

AssayFindingWords *
assay_finding_tell (AssayFinding *finding)
{
  if (finding->words == NULL)
    finding->words = g_new0 (AssayFindingWords, 1);
  return finding->words;
}
