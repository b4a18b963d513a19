#include "unpack/partition.h"

AssayNode *
assay_partition_add (AssayContainer *container, const AssayPartition *partition, GError **error)
{
  g_autofree char *name = g_strdup_printf ("#part%u", partition->number);
  AssayNode *child
      = assay_container_add_part (container, name, partition->offset, partition->length, "partition", error);
  if (child != NULL)
    child->loaded_from = partition->holds_files ? NULL : "none";
  return child;
}

void
assay_partition_table (AssayContainer *container, guint64 offset, guint64 length, const char *name)
{
  assay_container_add_span (container,
                            (AssaySpan){ offset, length, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, FALSE, name });
}
