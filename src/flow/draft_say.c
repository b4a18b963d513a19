#include "flow/draft.h"

#include "input/recipe_text.h"
#include "inventory/debian.h"

#include <string.h>

void
assay_draft_say (AssayDraft *draft, guint indent, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  assay_recipe_text_comment (draft->out, indent, text);
}

void
assay_draft_say_hint (AssayDraft *draft, guint indent, const AssayHint *hint)
{
  g_autofree char *offset = hint->has_offset ? g_strdup_printf (" at 0x%" G_GINT64_MODIFIER "x", hint->offset) : NULL;
  g_autofree char *count
      = hint->files > 1 ? g_strdup_printf ("%u files, %" G_GUINT64_FORMAT " bytes, first ", hint->files, hint->bytes)
                        : g_strdup ("");
  assay_draft_say (draft, indent, "  from %s%s, %s%s", count, hint->path, hint->where, offset != NULL ? offset : "");
}

const AssayHint *
assay_draft_first (const AssayDraft *draft, AssayHintKind kind)
{
  g_autoptr (GPtrArray) list = assay_hints_list (draft->hints, kind);
  return list->len > 0 ? g_ptr_array_index (list, 0) : NULL;
}

const AssayHint *
assay_draft_package (const AssayDraft *draft, AssayHintKind kind)
{
  g_autoptr (GPtrArray) list = assay_hints_list (draft->hints, kind);
  for (guint i = 0; strcmp (draft->root->format, "deb") == 0 && i < list->len; i++)
    {
      const AssayHint *hint = g_ptr_array_index (list, i);
      if (g_str_has_prefix (hint->path, "control.tar"))
        return hint;
    }
  return NULL;
}

const AssayHint *
assay_draft_changelog (const AssayDraft *draft)
{
  g_autoptr (GPtrArray) list = assay_hints_list (draft->hints, ASSAY_HINT_CHANGELOG);
  return list->len == 1 ? g_ptr_array_index (list, 0) : NULL;
}

const char *
assay_draft_triplet (const AssayDraft *draft)
{
  const AssayHint *machine = assay_draft_first (draft, ASSAY_HINT_MACHINE);
  const AssayHint *architecture = assay_draft_package (draft, ASSAY_HINT_ARCHITECTURE);
  if (machine != NULL)
    return machine->detail;
  return architecture != NULL ? assay_debian_triplet_of_architecture (architecture->text) : NULL;
}
