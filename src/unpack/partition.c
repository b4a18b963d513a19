#include "unpack/partition.h"

AssayNode *
assay_partition_add (AssayContainer *container, const AssayPartition *partition, GError **error)
{
  g_autofree char *name = g_strdup_printf ("#part%u", partition->number);
  AssayNode *child = assay_container_add_decoded (container, name, error);
  if (child == NULL)
    return NULL;
  child->decoded = FALSE;
  child->loaded_from = partition->holds_files ? NULL : "none";
  return assay_container_add_payload (container, child, partition->offset, partition->length, "partition", error)
             ? child
             : NULL;
}

void
assay_partition_table (AssayContainer *container, guint64 offset, guint64 length, const char *name)
{
  assay_container_add_span (container,
                            (AssaySpan){ offset, length, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, FALSE, name });
}
