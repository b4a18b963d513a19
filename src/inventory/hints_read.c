#include "inventory/hints_private.h"

#include "inventory/nature.h"

/* Whether a file may be a program, or hold one. */
static gboolean
is_for_machines (const AssayHintReading *reading)
{
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  if (reading->elf != NULL)
    return TRUE;
  if (!assay_nature_find (reading->file->blob, &nature, NULL, NULL))
    {
      assay_hints_miss (reading->hints);
      return FALSE;
    }
  return nature == ASSAY_NATURE_UNKNOWN || nature == ASSAY_NATURE_CODE;
}

void
assay_hints_read_file (AssayHints *hints, const AssayHintFile *file, AssayHintForm form, AssayInterpreter *interpreter)
{
  const AssayLimits *limits = assay_interpreter_get_limits (interpreter);
  g_autoptr (AssayElf) elf = form == ASSAY_HINT_FORM_ELF ? assay_elf_new (file->blob, limits, NULL) : NULL;
  const AssayHintReading reading = { hints, file, elf, limits };
  assay_hints_read_packaging (&reading);
  if (!is_for_machines (&reading))
    return;
  if (elf != NULL)
    assay_hints_read_elf (&reading, interpreter);
  assay_hints_read_texts (&reading);
}
