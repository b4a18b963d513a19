#include "report/outline.h"

#include "report/text.h"
#include "util/checked.h"
#include "util/json.h"

#include <string.h>

/** An outline at work. */
typedef struct
{
  AssayOutline *outline;
  const AssayReportSource *source;
  GHashTable *paths;     /* path to number of a file, from 1 */
  GHashTable *functions; /* name to number, from 1 */
  GHashTable *kinds;     /* text to AssayKind */
} Work;

/* From what says the least to what must not be overlooked. */
static const AssayClass by_severity[ASSAY_CLASS_COUNT] = {
  ASSAY_CLASS_IDENTICAL, ASSAY_CLASS_STRUCTURE, ASSAY_CLASS_EXPLAINED,      ASSAY_CLASS_OUTSIDE,
  ASSAY_CLASS_WAIVED,    ASSAY_CLASS_UNDECIDED, ASSAY_CLASS_UNREPRODUCIBLE, ASSAY_CLASS_UNEXPLAINED,
};

AssayClass
assay_outline_class (const char *word)
{
  for (guint i = 0; word != NULL && i < ASSAY_CLASS_COUNT; i++)
    if (strcmp (assay_class_name ((AssayClass)i), word) == 0)
      return (AssayClass)i;
  return ASSAY_CLASS_UNDECIDED;
}

guint
assay_outline_severity (AssayClass class_)
{
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if (by_severity[i] == class_)
      return i + 1;
  return ASSAY_CLASS_COUNT;
}

AssayClass
assay_outline_by_severity (guint severity)
{
  return severity >= 1 && severity <= ASSAY_CLASS_COUNT ? by_severity[severity - 1] : ASSAY_CLASS_UNDECIDED;
}

static void
clear_file (gpointer data)
{
  g_free (((AssayOutlineFile *)data)->path);
}

static void
free_kind (gpointer data)
{
  AssayKind *kind = data;
  g_free (kind->rule);
  g_free (kind->message);
  g_free (kind->path);
  g_free (kind);
}

/* Words of a fixed list, so that a file of the outline owns nothing but its path. */
static const char *
verdict_of (const json_t *file)
{
  static const char *const verdicts[] = { "equivalent", "identical", "mismatch", "outside", "waived" };
  const char *word = assay_json_get_text (file, "verdict");
  for (gsize i = 0; i < G_N_ELEMENTS (verdicts); i++)
    if (strcmp (verdicts[i], word) == 0)
      return verdicts[i];
  return "undecided";
}

static void
add_file (Work *work, const json_t *element)
{
  AssayOutline *outline = work->outline;
  const json_t *accounting = json_object_get (element, "accounting");
  AssayOutlineFile file = { .path = g_strdup (assay_json_get_text (element, "path")),
                            .verdict = verdict_of (element),
                            .format = g_intern_string (assay_json_get_text (element, "format")),
                            .type = g_intern_string (assay_json_get_text (element, "type")),
                            .size = assay_text_number (json_object_get (element, "size")),
                            .payload = assay_text_number (json_object_get (accounting, "payload")) };
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    {
      file.totals[i] = assay_text_number (json_object_get (accounting, assay_class_name ((AssayClass)i)));
      outline->adds_up = assay_u64_add (file.own, file.totals[i], &file.own) && outline->adds_up;
    }
  g_array_append_val (outline->files, file);
  g_hash_table_insert (work->paths, file.path, GUINT_TO_POINTER (outline->files->len));
}

static guint
number_of (GHashTable *numbers, const char *name)
{
  if (*name == '\0')
    return 0;
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (numbers, name));
  if (number == 0)
    {
      number = g_hash_table_size (numbers) + 1;
      g_hash_table_insert (numbers, g_strdup (name), GUINT_TO_POINTER (number));
    }
  return number;
}

static AssayKind *
kind_of (Work *work, AssayClass class_, const json_t *element)
{
  const char *rule = assay_json_get_text (element, "rule"), *message = assay_json_get_text (element, "message");
  g_autofree char *key = g_strdup_printf ("%d\n%s\n%s", (int)class_, rule, message);
  AssayKind *kind = g_hash_table_lookup (work->kinds, key);
  if (kind == NULL)
    {
      kind = g_new0 (AssayKind, 1);
      kind->class_ = class_;
      kind->rule = g_strdup (rule);
      kind->message = g_strdup (message);
      kind->path = g_strdup (assay_json_get_text (element, "path"));
      g_ptr_array_add (work->outline->kinds, kind);
      g_hash_table_insert (work->kinds, g_steal_pointer (&key), kind);
    }
  return kind;
}

/* Whether it was some rule, line or scope that spoke: what nothing speaks for has no kind, and is listed one by one. */
static gboolean
is_accounted (AssayClass class_)
{
  return class_ != ASSAY_CLASS_UNEXPLAINED && class_ != ASSAY_CLASS_UNDECIDED && class_ != ASSAY_CLASS_UNREPRODUCIBLE;
}

static void
add_finding (Work *work, guint index, const json_t *element)
{
  const json_t *range = json_object_get (element, "range");
  guint file = GPOINTER_TO_UINT (g_hash_table_lookup (work->paths, assay_json_get_text (element, "path")));
  AssayMark mark = { .offset = assay_text_number (json_object_get (range, "offset")),
                     .length = assay_text_number (json_object_get (range, "length")),
                     .file = file - 1, /* none is G_MAXUINT */
                     .index = index,
                     .function = number_of (work->functions, assay_json_get_text (element, "function")),
                     .class_ = assay_outline_class (assay_json_get_text (element, "class")),
                     .ripple = strcmp (assay_json_get_text (element, "cause"), "ripple") == 0 };
  g_array_append_val (work->outline->marks, mark);
  if (!is_accounted (mark.class_))
    return;
  AssayKind *kind = kind_of (work, mark.class_, element);
  kind->ranges++;
  if (!assay_u64_add (kind->bytes, mark.length, &kind->bytes))
    kind->bytes = G_MAXUINT64;
}

static void
add_fact (Work *work, const json_t *element)
{
  AssayClass class_ = assay_outline_class (assay_json_get_text (element, "class"));
  if (is_accounted (class_))
    kind_of (work, class_, element)->facts++;
}

static gint
by_place (gconstpointer a, gconstpointer b)
{
  const AssayMark *first = a, *second = b;
  if (first->file != second->file)
    return first->file < second->file ? -1 : 1;
  if (first->offset != second->offset)
    return first->offset < second->offset ? -1 : 1;
  return first->index < second->index ? -1 : first->index > second->index;
}

/* Whether the findings of a file lie in it one behind the other, and are no more than its accounting says. */
static gboolean
file_adds_up (const AssayOutline *outline, const AssayOutlineFile *file)
{
  guint64 left[ASSAY_CLASS_COUNT];
  guint64 end = 0;
  memcpy (left, file->totals, sizeof left);
  for (guint i = 0; i < file->mark_count; i++)
    {
      const AssayMark *mark = &g_array_index (outline->marks, AssayMark, file->first_mark + i);
      if (mark->offset < end || !assay_range_fits (mark->offset, mark->length, file->size)
          || mark->length > left[mark->class_])
        return FALSE;
      left[mark->class_] -= mark->length;
      end = mark->offset + mark->length;
    }
  return TRUE;
}

/* Gives each file its findings, and adds the whole up. */
static void
settle (AssayOutline *outline)
{
  guint64 sum = 0;
  guint at = 0;
  g_array_sort (outline->marks, by_place);
  for (guint i = 0; i < outline->files->len; i++)
    {
      AssayOutlineFile *file = &g_array_index (outline->files, AssayOutlineFile, i);
      file->first_mark = at;
      while (at < outline->marks->len && g_array_index (outline->marks, AssayMark, at).file == i)
        at++;
      file->mark_count = at - file->first_mark;
      if (!assay_u64_add (sum, file->own, &sum) || !file_adds_up (outline, file))
        outline->adds_up = FALSE;
    }
  outline->adds_up = outline->adds_up && at == outline->marks->len && sum == outline->total;
}

typedef void (*Adder) (Work *work, guint index, const json_t *element);

static void
add_file_at (Work *work, guint index, const json_t *element)
{
  add_file (work, element);
}

static void
add_fact_at (Work *work, guint index, const json_t *element)
{
  add_fact (work, element);
}

static void
for_each (Work *work, AssayReportArray array, Adder add)
{
  guint length = assay_report_source_length (work->source, array);
  AssayListing *listing = array == ASSAY_REPORT_FINDINGS ? work->source->findings : NULL;
  for (guint i = 0; i < length; i++)
    {
      g_autoptr (json_t) element = listing == NULL ? assay_report_source_element (work->source, array, i) : NULL;
      add (work, i, listing == NULL ? element : assay_listing_look (listing, i));
    }
}

AssayOutline *
assay_outline_new (const AssayReportSource *source, const json_t *head)
{
  AssayOutline *outline = g_new0 (AssayOutline, 1);
  g_autoptr (GHashTable) paths = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) functions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Work work = { outline, source, paths, functions, kinds };
  outline->files = g_array_new (FALSE, TRUE, sizeof (AssayOutlineFile));
  g_array_set_clear_func (outline->files, clear_file);
  outline->marks = g_array_new (FALSE, TRUE, sizeof (AssayMark));
  outline->kinds = g_ptr_array_new_with_free_func (free_kind);
  outline->total = assay_text_number (json_object_get (json_object_get (head, "accounting"), "total"));
  outline->adds_up = TRUE;
  for_each (&work, ASSAY_REPORT_FILES, add_file_at);
  for_each (&work, ASSAY_REPORT_FINDINGS, add_finding);
  for_each (&work, ASSAY_REPORT_FACTS, add_fact_at);
  settle (outline);
  return outline;
}

void
assay_outline_free (AssayOutline *outline)
{
  g_array_unref (outline->files);
  g_array_unref (outline->marks);
  g_ptr_array_unref (outline->kinds);
  g_free (outline);
}

/** Bytes that no finding speaks of, and how much of the gaps between findings was passed. */
typedef struct
{
  guint64 left[ASSAY_CLASS_COUNT];
  guint64 all;
  guint64 given;
  guint64 gaps;
  guint64 passed;
} Between;

/* Of what lies between findings, so much as the gap is of all gaps; from the heaviest class on. */
static void
walk_gap (Between *between, guint64 gap, AssayOutlinePart part, gpointer data)
{
  between->passed += gap;
  guint64 due = between->passed >= between->gaps
                    ? between->all
                    : (guint64)((unsigned __int128)between->all * between->passed / between->gaps);
  guint64 length = due - between->given;
  between->given = due;
  for (guint severity = ASSAY_CLASS_COUNT; severity >= 1 && length > 0; severity--)
    {
      AssayClass class_ = assay_outline_by_severity (severity);
      guint64 taken = MIN (length, between->left[class_]);
      between->left[class_] -= taken;
      length -= taken;
      if (taken > 0)
        part (class_, taken, data);
    }
}

void
assay_outline_walk_own (const AssayOutline *outline, const AssayOutlineFile *file, AssayOutlinePart part, gpointer data)
{
  Between between = { .all = file->own, .gaps = file->size };
  const AssayMark *marks = &g_array_index (outline->marks, AssayMark, file->first_mark);
  guint64 end = 0;
  memcpy (between.left, file->totals, sizeof between.left);
  for (guint i = 0; i < file->mark_count; i++)
    {
      between.left[marks[i].class_] -= marks[i].length;
      between.all -= marks[i].length;
      between.gaps -= marks[i].length;
    }
  for (guint i = 0; i < file->mark_count; i++)
    {
      walk_gap (&between, marks[i].offset - end, part, data);
      part (marks[i].class_, marks[i].length, data);
      end = marks[i].offset + marks[i].length;
    }
  walk_gap (&between, file->size - end, part, data);
}
