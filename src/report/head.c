#include "report/member.h"
#include "report/source.h"
#include "util/json.h"

#include <assay/error.h>

#include <string.h>

/* The labels that a reader wants to see, the worst first, and all that there are. */
static const char *const shown_verdicts[] = { "mismatch", "undecided", "waived", "equivalent", NULL };
static const char *const all_verdicts[]
    = { "mismatch", "undecided", "waived", "equivalent", "identical", "outside", NULL };
static const char *const shown_classes[]
    = { "unexplained", "unreproducible", "undecided", "waived", "explained", "structure", NULL };
static const char *const all_classes[] = { "unexplained", "unreproducible", "undecided", "waived", "explained",
                                           "structure",   "identical",      "outside",   NULL };

/** How many elements of a label are looked at for those of a new kind. */
#define HEAD_LOOKS 2000

/** One of the four arrays of a report. */
typedef struct
{
  const AssayReportSource *from;
  AssayReportArray array;
} Source;

static guint
source_length (const Source *source)
{
  return assay_report_source_length (source->from, source->array);
}

static const char *
source_label (const Source *source, guint index)
{
  return assay_report_source_label (source->from, source->array, index);
}

/* What is accounted for is shown once a kind: a thousand files of one time say no more than one of them. */
static char *
kind_of (const Source *source, const json_t *element, const char *label)
{
  static const char *const members[] = { "fact", "rule", "message", "shipped", "expected" };
  gboolean fact = source->array == ASSAY_REPORT_FACTS;
  if ((!fact && source->array != ASSAY_REPORT_FINDINGS)
      || (g_strcmp0 (label, "explained") != 0 && g_strcmp0 (label, "structure") != 0))
    return NULL;
  GString *kind = g_string_new (label);
  for (gsize i = 0; i < (fact ? G_N_ELEMENTS (members) : 3); i++)
    {
      const char *text = json_string_value (json_object_get (element, members[i]));
      g_string_append_printf (kind, "\n%s", text != NULL ? text : "");
    }
  return g_string_free (kind, FALSE);
}

/* Appends the elements of one label, or (NULL) all, up to as many as a head keeps. */
static void
append_labelled (const Source *source, const char *wanted, json_t *kept)
{
  g_autoptr (GHashTable) kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint length = source_length (source);
  guint looked_at = 0;
  for (guint i = 0; i < length && looked_at < HEAD_LOOKS && json_array_size (kept) < ASSAY_REPORT_HEAD_ITEMS; i++)
    {
      if (wanted != NULL && g_strcmp0 (source_label (source, i), wanted) != 0)
        continue;
      g_autoptr (json_t) element = assay_report_source_element (source->from, source->array, i);
      char *kind = kind_of (source, element, wanted);
      looked_at += kind != NULL;
      if (kind == NULL || g_hash_table_add (kinds, kind))
        json_array_append (kept, element);
    }
}

/* @labels: in the order in which they are wanted; NULL where elements have none. @counts: how many there are of each */
static json_t *
cut (const Source *source, const char *const *labels, const json_t *counts)
{
  json_t *kept = json_array ();
  if (labels == NULL)
    append_labelled (source, NULL, kept);
  for (gsize i = 0; labels != NULL && labels[i] != NULL; i++)
    if (json_integer_value (json_object_get (counts, labels[i])) > 0)
      append_labelled (source, labels[i], kept);
  return kept;
}

static gint
find_label (const char *const *labels, const char *label)
{
  for (gint i = 0; label != NULL && labels[i] != NULL; i++)
    if (strcmp (labels[i], label) == 0)
      return i;
  return -1;
}

/* Those that have one in common are counted together: there may be millions. */
static void
count_findings (const AssayFindings *findings, const char *const *labels, guint64 *counts)
{
  guint64 of_class[ASSAY_CLASS_COUNT];
  assay_findings_count (findings, of_class);
  for (gint i = 0; i < ASSAY_CLASS_COUNT; i++)
    counts[find_label (labels, assay_class_name ((AssayClass)i))] += of_class[i];
}

/* How many elements have each label; FALSE when one has none that we know. */
static gboolean
count (const Source *source, const char *const *labels, json_t *out)
{
  guint64 counts[G_N_ELEMENTS (all_classes)] = { 0 };
  const AssayReport *report = source->from->report;
  gboolean together = report != NULL && report->account != NULL && source->array == ASSAY_REPORT_FINDINGS;
  guint length = source_length (source);
  if (together)
    count_findings (report->account->findings, labels, counts);
  for (guint i = 0; labels != NULL && !together && i < length; i++)
    {
      gint label = find_label (labels, source_label (source, i));
      if (label < 0)
        return FALSE;
      counts[label]++;
    }
  for (gsize i = 0; labels != NULL && labels[i] != NULL; i++)
    json_object_set_new (out, labels[i], assay_json_count (counts[i]));
  json_object_set_new (out, "total", assay_json_count (length));
  return TRUE;
}

/* Puts one array and its counts into the head. */
static gboolean
take_array (const Source *source, json_t *head, json_t *counts)
{
  gboolean files = source->array == ASSAY_REPORT_FILES, labelled = source->array != ASSAY_REPORT_MISSING;
  const char *name = assay_report_array_name (source->array);
  json_t *numbers = json_object ();
  json_object_set_new (counts, name, numbers);
  if (!count (source, !labelled ? NULL : files ? all_verdicts : all_classes, numbers))
    return FALSE;
  json_object_set_new (head, name, cut (source, !labelled ? NULL : files ? shown_verdicts : shown_classes, numbers));
  return TRUE;
}

json_t *
assay_report_head (const AssayReport *report)
{
  json_t *head = json_object (), *counts = json_object ();
  const AssayReportSource from = { .report = report };
  gsize length = 0;
  const AssayReportMember *members = assay_report_members (&length);
  for (gsize i = 0; i < length; i++)
    if (members[i].is_there != NULL && !members[i].is_there (report))
      continue;
    else if (members[i].emit != NULL)
      {
        g_auto (AssayEmitter) emitter;
        assay_emitter_init (&emitter);
        members[i].emit (report, &emitter);
        json_object_set_new (head, members[i].key, assay_emitter_load (&emitter));
      }
    else
      {
        Source source = { &from, members[i].array };
        take_array (&source, head, counts);
      }
  json_object_set_new (head, "counts", counts);
  return head;
}

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "not a report of the form " ASSAY_REPORT_SCHEMA ": %s", what);
  return FALSE;
}

static gboolean
take_json_array (const AssayReportSource *from, AssayReportArray array, json_t *head, json_t *counts, GError **error)
{
  const char *name = assay_report_array_name (array);
  const json_t *elements = json_object_get (from->json, name);
  Source source = { from, array };
  g_autofree char *fault
      = g_strdup_printf ("the member \"%s\" is missing, or an element of it is not as it should be", name);
  const json_t *element;
  size_t index;
  if (!json_is_array (elements))
    return refuse (error, fault);
  json_array_foreach (elements, index, element) if (!json_is_object (element)) return refuse (error, fault);
  return take_array (&source, head, counts) || refuse (error, fault);
}

json_t *
assay_report_head_of_json (const AssayReportSource *source, GError **error)
{
  if (g_strcmp0 (json_string_value (json_object_get (source->json, "schema")), ASSAY_REPORT_SCHEMA) != 0)
    {
      refuse (error, "the member \"schema\" does not say so");
      return NULL;
    }
  g_autoptr (json_t) head = json_copy (source->json);
  json_t *counts = json_object ();
  json_object_set_new (head, "counts", counts);
  for (AssayReportArray array = 0; array < ASSAY_REPORT_ARRAY_COUNT; array++)
    if (!take_json_array (source, array, head, counts, error))
      return NULL;
  return g_steal_pointer (&head);
}
