#include "report/element.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FINDINGS 4000

/* A finding written after others is the text of one that is written alone, whatever stood before it. */

static guint64
any_number (GRand *random)
{
  guint64 value = (guint64)g_rand_int (random) << 32 | g_rand_int (random);
  return value >> g_rand_int_range (random, 0, 64);
}

static guint8
any_bytes (GRand *random, guint8 out[ASSAY_FINDING_HEX_BYTES])
{
  guint8 length = (guint8)(g_rand_boolean (random) ? g_rand_int_range (random, 0, ASSAY_FINDING_HEX_BYTES + 1) : 1);
  for (guint8 i = 0; i < length; i++)
    out[i] = (guint8)g_rand_int (random);
  return length;
}

static void
give_words (GRand *random, AssayFinding *finding)
{
  AssayFindingWords *words = assay_finding_tell (finding);
  words->section = g_strdup (g_rand_boolean (random) ? ".text" : ".\"odd\"\n");
  words->named_by = "rebuild";
  words->is_function = g_rand_boolean (random);
  if (g_rand_boolean (random))
    words->symbol = g_strdup_printf ("%s%d", g_rand_int_range (random, 0, 9) == 0 ? "\"" : "name",
                                     g_rand_int_range (random, 0, 40));
  if (g_rand_int_range (random, 0, 4) > 0)
    return;
  if (g_rand_int_range (random, 0, 4) == 0)
    words->shipped_text = g_strdup ("one text");
  if (g_rand_int_range (random, 0, 4) == 0)
    words->file = g_strdup ("a.c");
  if (g_rand_int_range (random, 0, 9) == 0)
    finding->message = words->own_message = g_strdup_printf ("%u of its own", g_rand_int (random));
}

static void
fill (GRand *random, const AssayNode nodes[2], const AssayGrant *grant, AssayFindings *findings)
{
  for (guint i = 0; i < FINDINGS; i++)
    {
      AssayFinding *finding = assay_findings_begin (findings);
      /* mostly as the one before it */
      guint like = g_rand_boolean (random) ? 0 : (guint)g_rand_int_range (random, 0, 8);
      finding->node = &nodes[like & 1];
      finding->class_ = like == 2 ? ASSAY_CLASS_WAIVED : ASSAY_CLASS_UNEXPLAINED;
      finding->grant = like == 2 ? grant : NULL;
      finding->cause = like == 3 ? ASSAY_CAUSE_PRIMARY : ASSAY_CAUSE_UNKNOWN;
      finding->rule = like == 4 ? "filler" : "differs";
      finding->message = "it is so";
      finding->has_address = like > 4 || g_rand_int_range (random, 0, 9) == 0;
      finding->address = finding->has_address ? any_number (random) : 0;
      finding->offset = any_number (random);
      finding->length = any_number (random);
      finding->shipped_length = any_bytes (random, finding->shipped);
      finding->expected_length = any_bytes (random, finding->expected);
      if (like == 5 || like == 6)
        give_words (random, finding);
      g_autofree char *own
          = g_strdup_printf (g_rand_int_range (random, 0, 9) == 0 ? "\"%u\"" : "it is %u", g_rand_int (random));
      if (g_rand_int_range (random, 0, 3) == 0)
        assay_findings_say (findings, own);
    }
}

static void
what_is_alike_is_written_as_what_is_not (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  g_autoptr (AssayFindings) findings = assay_findings_new ();
  AssayNode nodes[2] = { { .path = (char *)"one" }, { .path = (char *)"t\"wo" } };
  AssayGrant grant = { .line = 7, .reason = (char *)"because" };
  fill (random, nodes, &grant, findings);
  AssayAccount account = { .findings = findings };
  const AssayReport report = { .account = &account };
  AssayPattern pattern = { 0 };
  AssayEmitter all;
  assay_emitter_init (&all);
  for (guint i = 0; i < FINDINGS; i++)
    {
      AssayEmitter alone;
      AssayPattern nothing = { 0 };
      gsize start = all.text->len;
      assay_emitter_init (&alone);
      assay_report_array_emit (&report, ASSAY_REPORT_FINDINGS, i, &pattern, &all);
      assay_report_array_emit (&report, ASSAY_REPORT_FINDINGS, i, &nothing, &alone);
      assert_int_equal (all.text->str[start], i == 0 ? '{' : ',');
      assert_string_equal (all.text->str + start + (i > 0), alone.text->str);
      if (i % 97 == 0)
        g_string_truncate (all.text, 0);
      assay_emitter_clear (&alone);
    }
  assert_true (pattern.copied > FINDINGS / 4 && pattern.copied < FINDINGS);
  assay_emitter_clear (&all);
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (what_is_alike_is_written_as_what_is_not) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
