#include "account/waive/parts.h"

#include "util/text.h"

#include <elf.h>
#include <string.h>

void
assay_waive_case_clear (AssayWaiveCase *waive)
{
  assay_waivable_clear (&waive->waivable);
  assay_naming_clear (&waive->naming);
}

const AssayWaivable *
assay_waive_case_get_waivable (AssayWaiveCase *waive)
{
  if (!waive->has_waivable)
    assay_waivable_find (&waive->waivable, waive->node_account,
                         assay_account_is_executable (waive->work, waive->node_account->node),
                         waive->work->options->limits);
  waive->has_waivable = TRUE;
  return &waive->waivable;
}

static const AssayNaming *
get_naming (AssayWaiveCase *waive)
{
  if (!waive->has_naming)
    assay_naming_load (&waive->naming, waive->work, waive->node_account);
  waive->has_naming = TRUE;
  return &waive->naming;
}

/* Where the bytes of a symbol stand in the rebuilt file; FALSE where that is not one place. */
static gboolean
locate_symbol (const AssayNaming *naming, const AssaySymbol *symbol, guint64 *out_offset)
{
  const AssayElf *elf = naming->expected_elf;
  guint found = 0;
  for (guint i = 0; elf == NULL && i < naming->load_ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (naming->load_ranges, AssayLoadRange, i);
      guint64 distance = symbol->address - range->virtual_address;
      if (distance > range->length || symbol->size > range->length - distance)
        continue;
      *out_offset = range->image_offset + distance;
      found++;
    }
  if (elf != NULL && elf->segments->len == 0 && symbol->section > 0 && symbol->section <= elf->sections->len)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, symbol->section - 1);
      *out_offset = section->offset + symbol->address;
      return section->type != SHT_NOBITS && symbol->address <= section->size
             && symbol->size <= section->size - symbol->address;
    }
  for (guint i = 0; elf != NULL && i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      guint64 distance = symbol->address - segment->virtual_address;
      if (strcmp (segment->name, "LOAD") != 0 || distance > segment->file_size
          || symbol->size > segment->file_size - distance)
        continue;
      *out_offset = segment->offset + distance;
      found++;
    }
  return found == 1;
}

static const AssaySymbol *
find_symbol (const AssayElf *elf, const char *name, guint *out_count)
{
  const AssaySymbol *found = NULL;
  for (guint i = 0; elf != NULL && elf->symbols != NULL && i < elf->symbols->len; i++)
    {
      const AssaySymbol *symbol = &g_array_index (elf->symbols, AssaySymbol, i);
      if (symbol->size == 0 || strcmp (symbol->name, name) != 0)
        continue;
      found = symbol;
      ++*out_count;
    }
  return found;
}

/* Notes that a part is not what the line needs; @found: how many parts have its name. */
static gboolean
check_part (AssayGrant *grant, const AssayNode *node, const char *what, guint found, guint64 size)
{
  const AssayPolicyWaiver *waiver = grant->waiver;
  g_autofree char *name = assay_text_escape_line (waiver->name, -1);
  if (found != 1)
    assay_grant_remark (grant, g_strdup_printf (found == 0 ? "the rebuilt file for %s has no %s %s"
                                                           : "the rebuilt file for %s has more than one %s %s",
                                                node->path, what, name));
  else if (waiver->max_size > 0 && size > waiver->max_size)
    assay_grant_remark (grant, g_strdup_printf ("the %s %s of %s has %" G_GUINT64_FORMAT
                                                " bytes, more than its max-size of %" G_GUINT64_FORMAT,
                                                what, name, node->path, size, waiver->max_size));
  else
    return TRUE;
  return FALSE;
}

static gboolean
is_whole (const AssayElf *elf, const AssaySymbol *symbol)
{
  return elf == NULL || elf->symbols == NULL || elf->symbols->len == 0 || assay_elf_symbol_is_whole (elf, symbol);
}

static void
add_symbol (AssayWaiveCase *waive, AssayGrant *grant, GArray *extents)
{
  const AssayNaming *naming = get_naming (waive);
  guint count = 0;
  guint64 offset = 0;
  const AssaySymbol *symbol = find_symbol (naming->expected_elf, grant->waiver->name, &count);
  if (symbol == NULL)
    symbol = find_symbol (naming->symbols_elf, grant->waiver->name, &count);
  gboolean placed = symbol != NULL && (naming->expected_elf != NULL || naming->load_ranges != NULL)
                    && locate_symbol (naming, symbol, &offset);
  if (!check_part (grant, waive->node_account->node, "symbol", placed ? count : 0, symbol == NULL ? 0 : symbol->size)
      || symbol == NULL)
    return;
  /* The file that sets the size may set it as it likes, and the line means one object. */
  if (!is_whole (naming->expected_elf, symbol) || !is_whole (naming->symbols_elf, symbol))
    {
      g_autofree char *name = assay_text_escape_line (grant->waiver->name, -1);
      assay_grant_remark (grant,
                          g_strdup_printf ("the size of the symbol %s of the rebuilt file for %s reaches over another "
                                           "symbol, or out of its section",
                                           name, waive->node_account->node->path));
    }
  else
    assay_extents_add (extents, offset, symbol->size);
}

#define BUILD_ID_SECTION ".note.gnu.build-id"

/* Of the section of a build-id the line means the id. A name says nothing of what a section holds, and whoever wrote
 * the source chose it. */
static void
add_build_id (const AssayWaiveCase *waive, AssayGrant *grant, const AssayElf *elf, const AssaySection *section,
              GArray *extents)
{
  guint64 offset = 0;
  guint64 length = 0;
  const AssayNode *expected = waive->node_account->match->expected;
  if (expected->blob != NULL && assay_elf_locate_build_id (elf, expected->blob, section, &offset, &length))
    assay_extents_add (extents, offset, length);
  else
    assay_grant_remark (grant,
                        g_strdup_printf ("the section " BUILD_ID_SECTION " of the rebuilt file for %s is not one "
                                         "read-only note with a build-id",
                                         waive->node_account->node->path));
}

static void
add_section (AssayWaiveCase *waive, AssayGrant *grant, GArray *extents)
{
  const AssayElf *elf = get_naming (waive)->expected_elf;
  const AssaySection *found = NULL;
  guint count = 0;
  for (guint i = 0; elf != NULL && i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (strcmp (section->name, grant->waiver->name) != 0)
        continue;
      found = section;
      count++;
    }
  if (!check_part (grant, waive->node_account->node, "section", count, found == NULL ? 0 : found->size)
      || found == NULL)
    return;
  if (found->type == SHT_NOBITS)
    {
      g_autofree char *name = assay_text_escape_line (found->name, -1);
      assay_grant_remark (grant, g_strdup_printf ("the section %s of the rebuilt file for %s has no bytes in the file",
                                                  name, waive->node_account->node->path));
    }
  else if (strcmp (grant->waiver->name, BUILD_ID_SECTION) == 0)
    add_build_id (waive, grant, elf, found, extents);
  else
    assay_extents_add (extents, found->offset, found->size);
}

GArray *
assay_waive_resolve (AssayWaiveCase *waive, AssayGrant *grant)
{
  const AssayPolicyWaiver *waiver = grant->waiver;
  const AssayNode *node = waive->node_account->node;
  g_autoptr (GArray) extents = assay_extents_new ();
  switch (waiver->kind)
    {
    case ASSAY_WAIVER_NODE:
      assay_extents_add (extents, 0, node->size);
      return g_steal_pointer (&extents);
    case ASSAY_WAIVER_BYTES:
      /* Of a placed image the offset is the image's: it follows from the rebuilt segments alone. */
      assay_extents_add (extents, waiver->offset, waiver->length);
      return g_steal_pointer (&extents);
    case ASSAY_WAIVER_SECTION:
      add_section (waive, grant, extents);
      break;
    case ASSAY_WAIVER_SYMBOL:
      add_symbol (waive, grant, extents);
      break;
    case ASSAY_WAIVER_FACT:
    case ASSAY_WAIVER_UNKNOWN:
      break;
    }
  return assay_waivable_place (assay_waive_case_get_waivable (waive), extents);
}
