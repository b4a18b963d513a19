#include "inventory/elf_private.h"

/* A file in trouble says so in one sentence of a report; 70,000 sections outside of the file are no longer news. */
#define TROUBLE_NOTES_MAX 16u

void
assay_elf_add_trouble (AssayElf *elf, const char *format, ...)
{
  AssayElfIndex *index = elf->index;
  if (index->trouble_count++ >= TROUBLE_NOTES_MAX)
    return;
  if (index->trouble->len > 0)
    g_string_append (index->trouble, "; ");
  va_list arguments;
  va_start (arguments, format);
  g_string_append_vprintf (index->trouble, format, arguments);
  va_end (arguments);
}

void
assay_elf_publish_trouble (AssayElf *elf)
{
  const AssayElfIndex *index = elf->index;
  g_clear_pointer (&elf->trouble, g_free);
  if (index->trouble_count > TROUBLE_NOTES_MAX)
    elf->trouble = g_strdup_printf ("%s; and %u more", index->trouble->str, index->trouble_count - TROUBLE_NOTES_MAX);
  else if (index->trouble_count > 0)
    elf->trouble = g_strdup (index->trouble->str);
}
