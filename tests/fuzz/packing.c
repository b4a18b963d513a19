/* What is kept packed or apart, against what keeps it plainly: ranges, findings, and the findings of a report that is
 * read in windows. */
#include "fuzz.h"

#include "account/findings/finding.h"
#include "compare/bytes.h"
#include "report/report.h"
#include "report/split.h"
#include "report/stored.h"
#include "util/json.h"

#include <string.h>

static const char *const texts[] = { NULL, "differs", "no-counterpart", ".text", "main" };

static const char *
take_text (const guint8 **bytes, gsize *length)
{
  return texts[fuzz_take (bytes, length, 1) % G_N_ELEMENTS (texts)];
}

/* Of one byte to eight, from the beginning of all numbers or from their end. */
static guint64
take_number (const guint8 **bytes, gsize *length)
{
  guint64 form = fuzz_take (bytes, length, 1);
  guint64 number = fuzz_take (bytes, length, (guint)(form % 9));
  return (form & 0x80) != 0 ? G_MAXUINT64 - number : number;
}

/* --- ranges --- */

static AssayRange
take_range (const guint8 **bytes, gsize *length, const GArray *plain)
{
  static const AssayRange none;
  const AssayRange *last = plain->len == 0 ? &none : &g_array_index (plain, AssayRange, plain->len - 1);
  guint64 form = fuzz_take (bytes, length, 1);
  AssayRange range = (form & 1) != 0 ? *last : none;
  range.length = take_number (bytes, length);
  range.offset = (form & 2) != 0 ? take_number (bytes, length) : last->offset + last->length;
  range.expected_offset = (form & 4) != 0   ? take_number (bytes, length)
                          : (form & 8) != 0 ? ASSAY_NO_COUNTERPART
                                            : range.offset + (last->expected_offset - last->offset);
  if ((form & 1) != 0)
    return range;
  range.class_ = (AssayClass)(form >> 4 & 7);
  range.payload = (form & 0x80) != 0;
  range.rule = take_text (bytes, length);
  range.grant = (gconstpointer)take_text (bytes, length);
  range.detail = take_text (bytes, length);
  range.label = take_text (bytes, length);
  return range;
}

static gboolean
same_kind (const AssayRange *a, const AssayRange *b)
{
  return a->class_ == b->class_ && a->payload == b->payload && a->rule == b->rule && a->grant == b->grant
         && a->detail == b->detail && a->label == b->label;
}

/* As ranges.h describes assay_ranges_add(). */
static void
add_plainly (GArray *plain, const AssayRange *range)
{
  AssayRange *last = plain->len == 0 ? NULL : &g_array_index (plain, AssayRange, plain->len - 1);
  gboolean touches = last != NULL && last->offset + last->length == range->offset && same_kind (last, range);
  gboolean alone = range->expected_offset == ASSAY_NO_COUNTERPART;
  if (range->length == 0)
    return;
  if (touches && (last->expected_offset == ASSAY_NO_COUNTERPART) != alone)
    touches = FALSE;
  if (touches && !alone && last->expected_offset + last->length != range->expected_offset)
    touches = FALSE;
  if (touches && !range->payload)
    last->length += range->length;
  else
    g_array_append_val (plain, *range);
}

static void
compare_ranges (const AssayRanges *ranges, const GArray *plain)
{
  AssayRangeWalk walk = assay_ranges_walk (ranges);
  AssayRangeWalk behind = walk;
  fuzz_check (assay_ranges_length (ranges) == plain->len, "as many ranges as were put in");
  for (guint i = 0; i < plain->len; i++)
    {
      const AssayRange *wanted = &g_array_index (plain, AssayRange, i);
      fuzz_check (assay_ranges_next (&walk), "a range less");
      if (i % 3 == 0)
        behind = walk;
      else
        fuzz_check (assay_ranges_next (&behind) && behind.range.offset == walk.range.offset, "a copy that strays");
      fuzz_check (walk.range.offset == wanted->offset && walk.range.length == wanted->length, "another place");
      fuzz_check (walk.range.expected_offset == wanted->expected_offset, "another counterpart");
      fuzz_check (same_kind (&walk.range, wanted), "another kind");
    }
  fuzz_check (!assay_ranges_next (&walk), "a range more");
}

void
fuzz_ranges (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  g_autoptr (AssayRanges) ranges = assay_ranges_new ();
  g_autoptr (GArray) plain = g_array_new (FALSE, FALSE, sizeof (AssayRange));
  while (length > 0)
    {
      guint64 action = fuzz_take (&bytes, &length, 1) % 16;
      if (action == 0)
        {
          compare_ranges (ranges, plain);
          continue;
        }
      const AssayRange range = take_range (&bytes, &length, plain);
      if (action % 2 == 0)
        {
          assay_ranges_append (ranges, &range);
          g_array_append_val (plain, range);
          continue;
        }
      add_plainly (plain, &range);
      assay_ranges_add (ranges, &range);
    }
  compare_ranges (ranges, plain);
}

/* --- findings --- */

/* Several times as many as are read in one go; the plain list is searched through for each of them. */
#define MOST_FINDINGS 200

/** A finding as it was put in; its words are those of @said. */
typedef struct
{
  AssayFinding finding;
  const char *section;
  const char *own_message;
  char *text; /* of both sides, for one finding alone */
  gboolean is_told;
} Plain;

static void
plain_free (gpointer data)
{
  g_free (((Plain *)data)->text);
  g_free (data);
}

static void
take_bytes (const guint8 **bytes, gsize *length, guint8 *out, guint8 *out_length)
{
  *out_length = (guint8)(fuzz_take (bytes, length, 1) % (ASSAY_FINDING_HEX_BYTES + 1));
  for (guint i = 0; i < *out_length; i++)
    out[i] = (guint8)fuzz_take (bytes, length, 1);
}

static Plain *
take_finding (const guint8 **bytes, gsize *length, const AssayNode *nodes)
{
  Plain *plain = g_new0 (Plain, 1);
  AssayFinding *finding = &plain->finding;
  guint64 form = fuzz_take (bytes, length, 2);
  finding->node = &nodes[form % 4];
  finding->order = (guint)((form & 0x1000) != 0 ? take_number (bytes, length) : form % 4);
  finding->class_ = (AssayClass)(form >> 2 & 7);
  finding->cause = (AssayCause)(form >> 5 & 3);
  finding->offset = take_number (bytes, length);
  finding->length = take_number (bytes, length);
  finding->rule = take_text (bytes, length);
  finding->grant = (gconstpointer)take_text (bytes, length);
  finding->message = take_text (bytes, length);
  finding->rank = (form & 0x80) != 0 ? G_MAXUINT : (guint)take_number (bytes, length);
  finding->has_address = (form & 0x100) != 0;
  finding->address = finding->has_address ? take_number (bytes, length) : 0;
  take_bytes (bytes, length, finding->shipped, &finding->shipped_length);
  take_bytes (bytes, length, finding->expected, &finding->expected_length);
  plain->is_told = (form & 0x200) != 0;
  if (!plain->is_told)
    return plain;
  plain->section = take_text (bytes, length);
  if ((form & 0x400) != 0)
    finding->message = plain->own_message = "a message of its own";
  if ((form & 0x800) != 0)
    plain->text = g_strdup_printf ("%" G_GUINT64_FORMAT, finding->offset);
  return plain;
}

static void
put_finding (AssayFindings *findings, const Plain *plain)
{
  AssayFinding *finding = assay_findings_begin (findings);
  *finding = plain->finding;
  if (!plain->is_told)
    return;
  AssayFindingWords *words = assay_finding_tell (finding);
  words->section = g_strdup (plain->section);
  words->shipped_text = g_strdup (plain->text);
  if (plain->own_message != NULL)
    finding->message = words->own_message = g_strdup (plain->own_message);
}

static void
compare_finding (const AssayFinding *finding, const Plain *plain)
{
  const AssayFinding *wanted = &plain->finding;
  const AssayFindingWords *words = assay_finding_words (finding);
  fuzz_check (finding->node == wanted->node && finding->order == wanted->order, "another node");
  fuzz_check (finding->offset == wanted->offset && finding->length == wanted->length, "another place");
  fuzz_check (finding->has_address == wanted->has_address && finding->address == wanted->address, "another address");
  fuzz_check (finding->rule == wanted->rule && finding->grant == wanted->grant, "another rule or line");
  fuzz_check (finding->class_ == wanted->class_ && finding->cause == wanted->cause, "another class or cause");
  fuzz_check (finding->rank == wanted->rank, "another rank");
  fuzz_check (finding->shipped_length == wanted->shipped_length && finding->expected_length == wanted->expected_length
                  && memcmp (finding->shipped, wanted->shipped, wanted->shipped_length) == 0
                  && memcmp (finding->expected, wanted->expected, wanted->expected_length) == 0,
              "other bytes");
  fuzz_check ((finding->words != NULL) == plain->is_told && g_strcmp0 (words->section, plain->section) == 0
                  && g_strcmp0 (words->shipped_text, plain->text) == 0,
              "other words");
  fuzz_check (g_strcmp0 (finding->message, wanted->message) == 0, "another message");
}

static AssayFindingKey
key_of_place (const AssayFinding *finding)
{
  return (AssayFindingKey){ .major = finding->order, .minor = finding->offset };
}

static AssayFindingKey
key_of_rank (const AssayFinding *finding)
{
  return (AssayFindingKey){ .major = finding->order % 2, .minor = finding->rank };
}

/* The one that comes next in a list that is to be sorted: the first of the least. */
static guint
find_least (const GPtrArray *plain, AssayFindingKey (*key_of) (const AssayFinding *finding))
{
  guint least = 0;
  for (guint i = 1; i < plain->len; i++)
    {
      const AssayFindingKey key = key_of (&((const Plain *)g_ptr_array_index (plain, i))->finding);
      const AssayFindingKey best = key_of (&((const Plain *)g_ptr_array_index (plain, least))->finding);
      if (key.major < best.major || (key.major == best.major && key.minor < best.minor))
        least = i;
    }
  return least;
}

static void
compare_sorted (AssayFindings *findings, const GPtrArray *plain,
                AssayFindingKey (*key_of) (const AssayFinding *finding))
{
  g_autoptr (AssayFindings) sorted = assay_findings_sort (findings, key_of);
  g_autoptr (GPtrArray) rest = g_ptr_array_new ();
  fuzz_check (assay_findings_length (sorted) == plain->len, "as many sorted as there are");
  g_ptr_array_extend (rest, (GPtrArray *)(gsize)plain, NULL, NULL);
  for (guint i = 0; i < plain->len; i++)
    compare_finding (assay_findings_get (sorted, i), g_ptr_array_steal_index (rest, find_least (rest, key_of)));
}

void
fuzz_findings (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  static const AssayNode nodes[4];
  g_autoptr (AssayFindings) findings = assay_findings_new ();
  g_autoptr (GPtrArray) plain = g_ptr_array_new_with_free_func (plain_free);
  guint64 ending = fuzz_take (&bytes, &length, 1);
  while (length > 0 && plain->len < MOST_FINDINGS)
    {
      guint64 action = fuzz_take (&bytes, &length, 1);
      if (action % 4 == 0 && plain->len > 0)
        {
          guint index = (guint)(fuzz_take (&bytes, &length, 2) % plain->len);
          compare_finding (assay_findings_get (findings, index), g_ptr_array_index (plain, index));
          continue;
        }
      Plain *finding = take_finding (&bytes, &length, nodes);
      /* as one finding for each of many bytes is told */
      for (guint64 again = action % 32 == 1 ? fuzz_take (&bytes, &length, 1) : 0;
           again > 0 && plain->len < MOST_FINDINGS; again--)
        {
          Plain *copy = g_memdup2 (finding, sizeof *finding);
          copy->text = g_strdup (finding->text);
          g_ptr_array_add (plain, finding);
          put_finding (findings, finding);
          finding = copy;
          finding->finding.offset += finding->finding.length + again;
        }
      g_ptr_array_add (plain, finding);
      put_finding (findings, finding);
    }
  for (guint i = 0; i < plain->len; i++)
    compare_finding (assay_findings_get (findings, i), g_ptr_array_index (plain, i));
  if ((ending & 1) != 0)
    compare_sorted (findings, plain, key_of_place);
  if ((ending & 2) != 0)
    compare_sorted (findings, plain, key_of_rank);
  for (guint i = plain->len; i-- > 0;)
    compare_finding (assay_findings_get (findings, i), g_ptr_array_index (plain, i));
}

/* --- the findings of a report --- */

/* In windows of so many bytes at most, of which each has another length. */
static json_t *
divide (const guint8 *bytes, gsize length, gsize most, AssayListing **out_findings, GError **error)
{
  g_autoptr (AssaySplit) split = assay_split_new ("report");
  gsize window = most;
  for (gsize at = 0; at < length; at += window)
    {
      window = MIN (1 + (window * 7 + at) % most, length - at);
      g_autofree char *text = g_memdup2 (bytes + at, window); /* so that a sanitizer sees its end */
      if (!assay_split_add (split, text, window, error))
        return NULL;
    }
  return assay_split_finish (split, out_findings, error);
}

static gboolean
holds_objects (const json_t *array)
{
  gboolean objects = TRUE;
  const json_t *element;
  size_t index;
  json_array_foreach (array, index, element) objects = objects && json_is_object (element);
  return objects;
}

/* Each element is the one that the whole document has there, whatever was asked for before. */
static void
compare_elements (AssayListing *listing, const json_t *array)
{
  guint count = assay_listing_length (listing);
  fuzz_check (json_array_size (array) == count, "as many findings as in the document");
  for (guint i = 0; i < count; i++)
    {
      guint index = i % 2 == 0 ? i : count - i;
      const json_t *wanted = json_array_get (array, index);
      g_autoptr (json_t) element = assay_listing_element (listing, index);
      const char *class_ = assay_listing_class (listing, index);
      fuzz_check (json_equal (element, wanted), "another finding");
      fuzz_check (class_ == NULL || strcmp (class_, assay_json_get_text (wanted, "class")) == 0, "another class");
    }
  fuzz_check (assay_listing_check (listing, NULL), "a finding that cannot be read");
}

/* A report is what it is, whether its findings are in the tree or beside it. */
static void
compare_stored (json_t *whole, json_t *tree, AssayListing *listing)
{
  const AssayReportSource plain = { .json = whole };
  const AssayReportSource divided = { .json = tree, .findings = listing };
  g_autoptr (json_t) head = assay_report_head_of_json (&plain, NULL);
  g_autoptr (json_t) other_head = assay_report_head_of_json (&divided, NULL);
  fuzz_check ((head == NULL) == (other_head == NULL), "a head of one of both");
  fuzz_check (head == NULL || json_equal (head, other_head), "another head");
  AssayStored *stored = assay_stored_read_source (&plain, NULL);
  AssayStored *other = assay_stored_read_source (&divided, NULL);
  fuzz_check ((stored == NULL) == (other == NULL), "one of both is a report");
  if (stored != NULL)
    {
      g_autofree char *fault = assay_stored_audit (stored);
      g_autofree char *other_fault = assay_stored_audit (other);
      fuzz_check (g_strcmp0 (fault, other_fault) == 0, fault != NULL ? fault : other_fault);
    }
  assay_stored_free (stored);
  assay_stored_free (other);
}

void
fuzz_division (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  g_autoptr (AssayListing) listing = NULL;
  g_autoptr (GError) error = NULL;
  gsize most = 1 + (gsize)fuzz_take (&bytes, &length, 1);
  g_autofree char *text = g_memdup2 (bytes, length);
  g_autoptr (json_t) whole = assay_json_parse (text == NULL ? "" : text, length, "report", NULL);
  g_autoptr (json_t) tree = divide (bytes, length, most, &listing, &error);
  json_t *findings = json_object_get (whole, "findings");
  fuzz_check ((tree == NULL) == (error != NULL), "a tree, or a reason");
  fuzz_check (error == NULL || (error->code == ASSAY_ERROR_USAGE && g_utf8_validate (error->message, -1, NULL)),
              "a reason that is none");
  if (whole == NULL || !holds_objects (findings))
    {
      fuzz_check (tree == NULL, "a document that the parser refuses");
      return;
    }
  fuzz_check (tree != NULL, error == NULL ? "no tree" : error->message);
  if (listing == NULL)
    {
      fuzz_check (json_equal (whole, tree), "another document");
      return;
    }
  compare_elements (listing, findings);
  json_t *left = json_object_get (tree, "findings");
  fuzz_check (json_is_array (left) && json_array_size (left) == 0, "findings that stand twice");
  compare_stored (whole, tree, listing);
  json_array_extend (left, findings);
  fuzz_check (json_equal (whole, tree), "another document around them");
}
