#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/findings/finding.h"
#include "compare/bytes.h"
#include "range_check.h"

#include <string.h>

/* Ranges and findings are packed: what is read is what was put in, whatever it is and in whatever order it is asked
 * for. */

#define COUNT 3000u

static const char *const words[] = { "differs", "no-counterpart", "unreproducible", ".text", "main" };

/* Small, large, and around the bounds of seven bits. */
static guint64
random_number (GRand *random)
{
  guint64 bits = (guint64)g_rand_int (random) << 32 | g_rand_int (random);
  return bits >> g_rand_int_range (random, 0, 64);
}

static const char *
random_word (GRand *random)
{
  return words[g_rand_int_range (random, 0, G_N_ELEMENTS (words))];
}

static AssayRange
random_range (GRand *random, const AssayRange *before)
{
  static const AssayGrant *const grants[] = { NULL, (const AssayGrant *)words };
  AssayRange range = { .offset = before->offset + before->length,
                       .length = random_number (random) >> 16,
                       .class_ = (AssayClass)g_rand_int_range (random, 0, ASSAY_CLASS_COUNT),
                       .payload = g_rand_boolean (random),
                       .rule = random_word (random),
                       .grant = grants[g_rand_int_range (random, 0, 2)],
                       .detail = g_rand_boolean (random) ? NULL : random_word (random),
                       .label = g_rand_boolean (random) ? NULL : random_word (random) };
  if (g_rand_int_range (random, 0, 10) == 0)
    range.offset = random_number (random);
  switch (g_rand_int_range (random, 0, 4))
    {
    case 0:
      range.expected_offset = ASSAY_NO_COUNTERPART;
      break;
    case 1:
      range.expected_offset = range.offset;
      break;
    case 2:
      range.expected_offset = range.offset + (before->expected_offset - before->offset);
      break;
    default:
      range.expected_offset = random_number (random);
    }
  return range;
}

static void
ranges_are_read_as_they_were_put_in (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  g_autoptr (AssayRanges) ranges = assay_ranges_new ();
  g_autofree AssayRange *wanted = g_new0 (AssayRange, COUNT);
  for (guint i = 0; i < COUNT; i++)
    {
      static const AssayRange none;
      wanted[i] = random_range (random, i == 0 ? &none : &wanted[i - 1]);
      assay_ranges_append (ranges, &wanted[i]);
      AssayRangeWalk walk = assay_ranges_walk (ranges);
      for (guint j = 0; i % 97 == 0 && j <= i; j++)
        {
          assert_true (assay_ranges_next (&walk));
          check_range (&walk.range, &wanted[j]);
        }
    }
  AssayRangeWalk walk = assay_ranges_walk (ranges);
  AssayRangeWalk copy = walk;
  for (guint i = 0; i < COUNT; i++)
    {
      assert_true (assay_ranges_next (&walk));
      check_range (&walk.range, &wanted[i]);
      if (i == COUNT / 2)
        copy = walk;
    }
  assert_false (assay_ranges_next (&walk));
  assert_true (assay_ranges_next (&copy));
  check_range (&copy.range, &wanted[COUNT / 2 + 1]);
  walk = assay_ranges_walk (NULL);
  assert_false (assay_ranges_next (&walk));
}

static void
places_are_those_of_ranges (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (9);
  AssayRangePlace places[ASSAY_RANGE_PLACES];
  AssayRangeWalk none = assay_ranges_walk (NULL);
  assert_int_equal (assay_ranges_next_places (&none, places), 0);
  for (guint length = 0; length < 4 * ASSAY_RANGE_PLACES; length++)
    {
      g_autoptr (AssayRanges) ranges = assay_ranges_new ();
      AssayRange range = { .length = 0 };
      for (guint i = 0; i < length; i++)
        {
          range = random_range (random, &range);
          assay_ranges_append (ranges, &range);
        }
      AssayRangeWalk one = assay_ranges_walk (ranges);
      AssayRangeWalk many = one;
      for (guint count; (count = assay_ranges_next_places (&many, places)) > 0;)
        for (guint i = 0; i < count; i++)
          {
            assert_true (assay_ranges_next (&one));
            assert_true (one.range.offset == places[i].offset && one.range.length == places[i].length);
            assert_true (one.range.class_ == places[i].class_ && one.range.payload == places[i].payload);
          }
      assert_false (assay_ranges_next (&one));
      assert_int_equal (assay_ranges_next_places (&many, places), 0);
    }
}

static void
ranges_that_go_on_are_one (void **state)
{
  static const AssayRange parts[] = {
    { .offset = 0, .length = 4, .expected_offset = 9, .rule = "a" },
    { .offset = 4, .length = 4, .expected_offset = 13, .rule = "a" },
    { .offset = 8, .length = 0, .expected_offset = 17, .rule = "a" },
    { .offset = 8, .length = 1, .expected_offset = 18, .rule = "a" },
    { .offset = 9, .length = 1, .expected_offset = 19, .rule = "a", .payload = TRUE },
    { .offset = 10, .length = 1, .expected_offset = 20, .rule = "a", .payload = TRUE },
  };
  g_autoptr (AssayRanges) ranges = assay_ranges_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    assay_ranges_add (ranges, &parts[i]);
  assert_int_equal (assay_ranges_length (ranges), 4);
  AssayRangeWalk walk = assay_ranges_walk (ranges);
  assert_true (assay_ranges_next (&walk));
  assert_int_equal (walk.range.length, 8);
}

/* What a finding of this number is. */
static void
fill (AssayFinding *finding, const AssayNode *nodes, guint number)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (number);
  finding->node = &nodes[g_rand_int_range (random, 0, 3)];
  finding->order = (guint)(finding->node - nodes);
  finding->offset = random_number (random);
  finding->length = random_number (random);
  finding->has_address = (guint8)g_rand_boolean (random);
  finding->address = finding->has_address ? random_number (random) : 0;
  finding->rule = random_word (random);
  finding->message = g_rand_boolean (random) ? random_word (random) : NULL;
  finding->class_ = (AssayClass)g_rand_int_range (random, 0, ASSAY_CLASS_COUNT);
  finding->cause = (AssayCause)g_rand_int_range (random, 0, ASSAY_CAUSE_RIPPLE + 1);
  finding->rank = g_rand_boolean (random) ? G_MAXUINT : (guint)random_number (random);
  finding->shipped_length = (guint8)g_rand_int_range (random, 0, ASSAY_FINDING_HEX_BYTES + 1);
  finding->expected_length = (guint8)g_rand_int_range (random, 0, ASSAY_FINDING_HEX_BYTES + 1);
  memset (finding->shipped, (int)(number & 0xff), finding->shipped_length);
  memset (finding->expected, (int)(number >> 3 & 0xff), finding->expected_length);
  if (g_rand_boolean (random))
    return;
  AssayFindingWords *told = assay_finding_tell (finding);
  told->section = g_strdup (random_word (random));
  told->line = (guint)g_rand_int_range (random, 0, 3);
  if (g_rand_boolean (random))
    finding->message = told->own_message = g_strdup (random_word (random));
  if (g_rand_int_range (random, 0, 20) == 0)
    told->shipped_text = g_strdup_printf ("%u", number);
}

static void
check_words (const AssayFinding *finding, const AssayFinding *wanted)
{
  const AssayFindingWords *a = assay_finding_words (finding);
  const AssayFindingWords *b = assay_finding_words (wanted);
  assert_true (g_strcmp0 (a->section, b->section) == 0 && a->line == b->line);
  assert_true (g_strcmp0 (a->shipped_text, b->shipped_text) == 0);
  assert_true (g_strcmp0 (a->own_message, b->own_message) == 0);
  assert_true (g_strcmp0 (finding->message, wanted->message) == 0);
}

static void
check_finding (const AssayFinding *finding, const AssayNode *nodes, guint number)
{
  AssayFinding wanted = { 0 };
  fill (&wanted, nodes, number);
  assert_true (finding->node == wanted.node && finding->order == wanted.order && finding->rule == wanted.rule);
  assert_true (finding->offset == wanted.offset && finding->length == wanted.length);
  assert_true (finding->has_address == wanted.has_address && finding->address == wanted.address);
  assert_true (finding->class_ == wanted.class_ && finding->cause == wanted.cause && finding->rank == wanted.rank);
  assert_int_equal (finding->shipped_length, wanted.shipped_length);
  assert_int_equal (finding->expected_length, wanted.expected_length);
  assert_memory_equal (finding->shipped, wanted.shipped, wanted.shipped_length);
  assert_memory_equal (finding->expected, wanted.expected, wanted.expected_length);
  check_words (finding, &wanted);
  assay_finding_words_free (wanted.words);
}

static AssayFindings *
many_findings (const AssayNode *nodes)
{
  AssayFindings *findings = assay_findings_new ();
  for (guint i = 0; i < COUNT; i++)
    fill (assay_findings_begin (findings), nodes, i);
  return findings;
}

static void
findings_are_read_as_they_were_put_in (void **state)
{
  static const AssayNode nodes[3];
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  g_autoptr (AssayFindings) findings = many_findings (nodes);
  assert_int_equal (assay_findings_length (findings), COUNT);
  for (guint i = 0; i < COUNT; i++)
    check_finding (assay_findings_get (findings, i), nodes, i);
  for (guint i = COUNT; i-- > 0;)
    check_finding (assay_findings_get (findings, i), nodes, i);
  for (guint i = 0; i < COUNT; i++)
    {
      guint number = (guint)g_rand_int_range (random, 0, COUNT);
      check_finding (assay_findings_get (findings, number), nodes, number);
    }
}

static AssayFindingKey
by_length (const AssayFinding *finding)
{
  return (AssayFindingKey){ .major = finding->order, .minor = finding->shipped_length };
}

static guint32
major_of (const AssayFinding *finding, guint kind)
{
  return kind == 0 ? 2 : kind == 1 ? finding->shipped_length % 3 : finding->shipped_length;
}

/* Of many majors, few and one; minors whose upper halves are in order, and some that are not. */
static AssayFindingKey
key_of_kind (const AssayFinding *finding, guint kind)
{
  guint64 upper = kind % 2 == 0 ? finding->offset / 500 : finding->expected_length;
  return (AssayFindingKey){ .major = major_of (finding, kind), .minor = upper << 32 | finding->rank };
}

static AssayFindingKey
key_of_one (const AssayFinding *finding)
{
  return key_of_kind (finding, 0);
}

static AssayFindingKey
key_of_few (const AssayFinding *finding)
{
  return key_of_kind (finding, 1);
}

static AssayFindingKey
key_of_many (const AssayFinding *finding)
{
  return key_of_kind (finding, 2);
}

static AssayFindingKey
key_of_ranks (const AssayFinding *finding)
{
  return (AssayFindingKey){ .minor = finding->rank };
}

/* Whatever the keys are like, each is behind those that are before it, and equal ones keep their order. */
static void
all_kinds_of_keys_are_sorted (void **state)
{
  static const AssayNode node;
  AssayFindingKey (*const keys[]) (const AssayFinding *) = { key_of_one, key_of_few, key_of_many, key_of_ranks };
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  g_autoptr (AssayFindings) findings = assay_findings_new ();
  for (guint i = 0; i < COUNT; i++)
    {
      AssayFinding *finding = assay_findings_begin (findings);
      finding->node = &node;
      finding->offset = i;
      finding->rank = (guint)g_rand_int_range (random, 0, 50);
      finding->shipped_length = (guint8)g_rand_int_range (random, 0, 20);
      finding->expected_length = (guint8)g_rand_int_range (random, 0, 5);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (AssayFindings) sorted = assay_findings_sort (findings, keys[i]);
      g_autofree gboolean *seen = g_new0 (gboolean, COUNT);
      AssayFindingKey before = { 0, 0 };
      guint64 last = 0;
      for (guint j = 0; j < COUNT; j++)
        {
          const AssayFinding *finding = assay_findings_get (sorted, j);
          const AssayFindingKey key = keys[i](finding);
          gboolean same = key.major == before.major && key.minor == before.minor;
          assert_true (key.major > before.major || (key.major == before.major && key.minor >= before.minor));
          assert_true (j == 0 || !same || finding->offset > last);
          assert_false (seen[finding->offset]);
          seen[finding->offset] = TRUE;
          before = key;
          last = finding->offset;
        }
    }
}

static void
findings_are_sorted_and_keep_their_order (void **state)
{
  static const AssayNode nodes[3];
  g_autoptr (AssayFindings) findings = many_findings (nodes);
  g_autoptr (AssayFindings) sorted = assay_findings_sort (findings, by_length);
  g_autoptr (AssayFindings) again = assay_findings_sort (sorted, by_length);
  g_autofree guint *numbers = g_new (guint, COUNT);
  guint count = 0;
  assert_ptr_not_equal (sorted, findings);
  assert_ptr_equal (again, sorted);
  for (guint order = 0; order < G_N_ELEMENTS (nodes); order++)
    for (guint length = 0; length <= ASSAY_FINDING_HEX_BYTES; length++)
      for (guint i = 0; i < COUNT; i++)
        {
          const AssayFinding *finding = assay_findings_get (findings, i);
          if (finding->order == order && finding->shipped_length == length)
            numbers[count++] = i;
        }
  assert_int_equal (assay_findings_length (sorted), COUNT);
  for (guint i = 0; i < COUNT; i++)
    check_finding (assay_findings_get (sorted, i), nodes, numbers[i]);
  for (guint i = 0; i < COUNT; i++)
    check_finding (assay_findings_get (findings, i), nodes, i);
  g_autoptr (AssayFindings) none = assay_findings_new ();
  g_autoptr (AssayFindings) none_sorted = assay_findings_sort (none, by_length);
  assert_ptr_equal (none, none_sorted);
}

static gboolean
has_class (const AssayFinding *finding, gconstpointer data)
{
  return finding->class_ == *(const AssayClass *)data;
}

static gboolean
has_message (const AssayFinding *finding, gconstpointer data)
{
  return g_strcmp0 (finding->message, data) == 0;
}

/* Whatever one of them has in common with others, the one that is not packed yet too. */
static void
what_some_finding_has_is_known (void **state)
{
  static const AssayNode nodes[3];
  const AssayClass classes[] = { ASSAY_CLASS_WAIVED, ASSAY_CLASS_OUTSIDE, ASSAY_CLASS_UNEXPLAINED };
  g_autoptr (AssayFindings) findings = assay_findings_new ();
  assert_false (assay_findings_any (NULL, has_class, &classes[0]));
  assert_false (assay_findings_any (findings, has_class, &classes[0]));
  for (guint i = 0; i < 9; i++)
    {
      AssayFinding *finding = assay_findings_begin (findings);
      finding->node = &nodes[0];
      finding->offset = i;
      finding->class_ = classes[i / 8];
      if (i == 4)
        finding->message = assay_finding_tell (finding)->own_message = g_strdup ("own");
    }
  assert_true (assay_findings_any (findings, has_class, &classes[0]));
  assert_true (assay_findings_any (findings, has_class, &classes[1]));
  assert_false (assay_findings_any (findings, has_class, &classes[2]));
  assert_true (assay_findings_any (findings, has_message, "own"));
  assert_false (assay_findings_any (findings, has_message, "other"));
  g_autoptr (AssayFindings) sorted = assay_findings_sort (findings, by_length);
  assert_true (assay_findings_any (sorted, has_class, &classes[1]));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (ranges_are_read_as_they_were_put_in),
    cmocka_unit_test (places_are_those_of_ranges),
    cmocka_unit_test (ranges_that_go_on_are_one),
    cmocka_unit_test (findings_are_read_as_they_were_put_in),
    cmocka_unit_test (findings_are_sorted_and_keep_their_order),
    cmocka_unit_test (all_kinds_of_keys_are_sorted),
    cmocka_unit_test (what_some_finding_has_is_known),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
