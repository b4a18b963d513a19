#include "flow/gate_program.h"

#include "inventory/elf.h"
#include "report/form.h"

#include <elf.h>
#include <string.h>

static gboolean
has_text (const json_t *object, const char *key, const char *wanted)
{
  return g_strcmp0 (json_string_value (json_object_get (object, key)), wanted) == 0;
}

static gboolean
has_count (const json_t *object, const char *key, guint64 wanted)
{
  guint64 value = 0;
  return assay_form_count (object, "", key, &value, NULL) && value == wanted;
}

static gboolean
has_address (const json_t *object, guint64 wanted)
{
  g_autofree char *text = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", wanted);
  return has_text (object, "address", text);
}

static gboolean
same_sections (const json_t *list, const GArray *sections)
{
  gboolean same = json_array_size (list) == sections->len;
  for (guint i = 0; same && i < sections->len; i++)
    {
      const AssaySection *section = &g_array_index (sections, AssaySection, i);
      const json_t *said = json_array_get (list, i);
      same = has_text (said, "name", section->name) && has_count (said, "offset", section->offset)
             && has_count (said, "size", section->size) && has_address (said, section->address)
             && has_text (said, "flags", assay_section_flags_text (section->flags))
             && json_is_true (json_object_get (said, "symbol_table")) == (section->type == SHT_SYMTAB);
    }
  return same;
}

static gboolean
same_segments (const json_t *list, const GArray *segments)
{
  gboolean same = json_array_size (list) == segments->len;
  for (guint i = 0; same && i < segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (segments, AssaySegment, i);
      const json_t *said = json_array_get (list, i);
      same = has_text (said, "type", segment->name) && has_count (said, "offset", segment->offset)
             && has_count (said, "size", segment->file_size) && has_address (said, segment->virtual_address)
             && has_text (said, "flags", assay_segment_flags_text (segment->flags));
    }
  return same;
}

gboolean
assay_gate_program_agrees (const json_t *file, const AssayNodeAccount *node_account, AssayBlob *blob,
                           const AssayLimits *limits)
{
  const guint64 *totals = node_account->totals;
  const json_t *sections = json_object_get (file, "sections");
  if (strcmp (node_account->node->format, "elf") != 0)
    return sections == NULL;
  if (sections == NULL && (totals[ASSAY_CLASS_OUTSIDE] > 0 || totals[ASSAY_CLASS_UNDECIDED] > 0))
    return TRUE;
  g_autoptr (GError) ignored = NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (blob, limits, &ignored);
  if (elf == NULL || sections == NULL)
    return elf == NULL && sections == NULL;
  return has_text (file, "machine", assay_elf_machine_name (elf->machine)) && same_sections (sections, elf->sections)
         && same_segments (json_object_get (file, "segments"), elf->segments);
}
