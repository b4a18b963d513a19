#include "account/leaf_elf.h"

#include "crypto/sha256.h"

#include <elf.h>
#include <string.h>

static void
free_section (gpointer data)
{
  g_free (((AssaySectionAccount *)data)->name);
}

static void
free_segment (gpointer data)
{
  g_free (((AssaySegmentAccount *)data)->type);
}

/* The worst class of the bytes of a range. @walk: where the range before it began, which began no later */
static AssayClass
class_of (AssayRangeWalk *walk, guint64 offset, guint64 length)
{
  AssayClass worst = ASSAY_CLASS_IDENTICAL;
  while (walk->range.offset + walk->range.length <= offset)
    if (!assay_ranges_next (walk))
      return worst;
  AssayRangeWalk ahead = *walk;
  do
    {
      if (ahead.range.offset >= offset + length)
        break;
      worst = assay_class_worse (worst, ahead.range.class_);
  } while (assay_ranges_next (&ahead));
  return worst;
}

/* The digest that the pass made for a section, if it is one piece whole. */
static const AssayDigest *
piece_digest (const AssayElfSides *sides, guint32 section)
{
  const AssaySection *wanted = &g_array_index (sides->shipped->sections, AssaySection, section);
  const AssayPiece *piece = assay_elf_piece_at (sides->shipped, wanted->offset);
  if (sides->pieces == NULL || piece == NULL || piece->kind != ASSAY_PIECE_SECTION || piece->section != section
      || piece->offset != wanted->offset || piece->length != wanted->size)
    return NULL;
  guint index = (guint)(piece - &g_array_index (sides->shipped->pieces, AssayPiece, 0));
  return &g_array_index (sides->pieces, AssayPieceDigest, index).digest;
}

static void
add_sections (AssayNodeAccount *node_account, const AssayElfSides *sides)
{
  node_account->sections = g_array_new (FALSE, TRUE, sizeof (AssaySectionAccount));
  g_array_set_clear_func (node_account->sections, free_section);
  for (guint i = 0; i < sides->shipped->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (sides->shipped->sections, AssaySection, i);
      AssaySectionAccount added = { .name = g_strdup (section->name),
                                    .offset = section->offset,
                                    .size = section->size,
                                    .address = section->address,
                                    .flags = assay_section_flags_text (section->flags),
                                    .is_symbol_table = section->type == SHT_SYMTAB };
      const AssayDigest *digest = piece_digest (sides, i);
      if (digest != NULL)
        {
          added.has_digest = TRUE;
          added.digest = *digest;
        }
      g_array_append_val (node_account->sections, added);
    }
}

static gint
by_offset (gconstpointer a, gconstpointer b)
{
  const AssaySectionAccount *first = *(const AssaySectionAccount *const *)a;
  const AssaySectionAccount *second = *(const AssaySectionAccount *const *)b;
  return first->offset < second->offset ? -1 : first->offset > second->offset;
}

/* Each section the worst class of its bytes. Those that have a digest share none. */
static void
classify_sections (AssayNodeAccount *node_account)
{
  g_autoptr (GPtrArray) ascending = g_ptr_array_new ();
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  for (guint i = 0; i < node_account->sections->len; i++)
    g_ptr_array_add (ascending, &g_array_index (node_account->sections, AssaySectionAccount, i));
  g_ptr_array_sort (ascending, by_offset);
  for (guint i = 0; i < ascending->len; i++)
    {
      AssaySectionAccount *section = g_ptr_array_index (ascending, i);
      section->class_ = class_of (&walk, section->offset, section->has_digest ? section->size : 0);
      section->has_expected_digest = section->has_digest && section->class_ == ASSAY_CLASS_IDENTICAL;
      section->expected_digest = section->digest;
    }
}

static void
add_segments (AssayNodeAccount *node_account, const AssayElfSides *sides)
{
  node_account->segments = g_array_new (FALSE, TRUE, sizeof (AssaySegmentAccount));
  g_array_set_clear_func (node_account->segments, free_segment);
  for (guint i = 0; i < sides->shipped->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (sides->shipped->segments, AssaySegment, i);
      AssaySegmentAccount added = { .type = g_strdup (segment->name),
                                    .offset = segment->offset,
                                    .size = segment->file_size,
                                    .address = segment->virtual_address,
                                    .flags = assay_segment_flags_text (segment->flags) };
      g_array_append_val (node_account->segments, added);
    }
}

/* The rebuilt section of the same name, where there is one of that name. */
static void
digest_expected_sections (AssayNodeAccount *node_account, const AssayElfSides *sides)
{
  if (sides->expected == NULL || node_account->match->equal)
    return;
  for (guint i = 0; i < node_account->sections->len; i++)
    {
      AssaySectionAccount *section = &g_array_index (node_account->sections, AssaySectionAccount, i);
      if (section->has_expected_digest || !section->has_digest || i >= sides->expected->sections->len)
        continue;
      const AssaySection *expected = &g_array_index (sides->expected->sections, AssaySection, i);
      g_autoptr (GError) ignored = NULL;
      section->has_expected_digest = strcmp (expected->name, section->name) == 0
                                     && assay_sha256_blob (sides->node->blob, expected->offset, expected->size,
                                                           &section->expected_digest, &ignored);
    }
}

void
assay_leaf_describe_elf (AssayNodeAccount *node_account, const AssayElfSides *sides)
{
  if (sides->shipped == NULL)
    return;
  node_account->machine = assay_elf_machine_name (sides->shipped->machine);
  add_sections (node_account, sides);
  classify_sections (node_account);
  if (assay_elf_has_all_segments (sides->shipped)) /* some of them say nothing of the rest */
    add_segments (node_account, sides);
  digest_expected_sections (node_account, sides);
}
