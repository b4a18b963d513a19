#include "report/source.h"

static const json_t *
array_of (const AssayReportSource *source, AssayReportArray array)
{
  return json_object_get (source->json, assay_report_array_name (array));
}

/* The listing that holds the elements, or NULL. */
static AssayListing *
listing_of (const AssayReportSource *source, AssayReportArray array)
{
  return array == ASSAY_REPORT_FINDINGS ? source->findings : NULL;
}

guint
assay_report_source_length (const AssayReportSource *source, AssayReportArray array)
{
  if (source->report != NULL)
    return assay_report_array_length (source->report, array);
  const AssayListing *listing = listing_of (source, array);
  return listing != NULL ? assay_listing_length (listing) : (guint)json_array_size (array_of (source, array));
}

const char *
assay_report_source_label (const AssayReportSource *source, AssayReportArray array, guint index)
{
  if (source->report != NULL)
    return assay_report_array_label (source->report, array, index);
  if (listing_of (source, array) != NULL)
    return assay_listing_class (source->findings, index);
  const char *key = array == ASSAY_REPORT_FILES ? "verdict" : "class";
  return json_string_value (json_object_get (json_array_get (array_of (source, array), index), key));
}

/* What was emitted is JSON; anything else is a fault of ours. */
json_t *
assay_emitter_load (const AssayEmitter *emitter)
{
  json_t *value = json_loadb (emitter->text->str, emitter->text->len, JSON_DECODE_ANY, NULL);
  if (value == NULL)
    g_error ("a part of a report is no JSON");
  return value;
}

json_t *
assay_report_source_element (const AssayReportSource *source, AssayReportArray array, guint index)
{
  if (source->report == NULL && listing_of (source, array) != NULL)
    return assay_listing_element (source->findings, index);
  if (source->report == NULL)
    return json_incref (json_array_get (array_of (source, array), index));
  g_auto (AssayEmitter) emitter;
  AssayPattern pattern = { 0 };
  assay_emitter_init (&emitter);
  assay_report_array_emit (source->report, array, index, &pattern, &emitter);
  return assay_emitter_load (&emitter);
}
