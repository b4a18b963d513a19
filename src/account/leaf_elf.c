#include "account/leaf_elf.h"

#include "crypto/sha256.h"
#include "util/sorted.h"

#include <elf.h>
#include <string.h>

static void
free_section (gpointer data)
{
  g_free (((AssaySectionAccount *)data)->expected_digest);
}

static void
free_segment (gpointer data)
{
  g_free (((AssaySegmentAccount *)data)->type);
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

/* A hundred thousand names are not each worth a block of memory. */
static char *
join_names (const GArray *sections)
{
  gsize bytes = 0;
  for (guint i = 0; i < sections->len; i++)
    bytes += strlen (g_array_index (sections, AssaySection, i).name) + 1;
  return g_malloc (bytes);
}

static void
add_sections (AssayNodeAccount *node_account, const AssayElfSides *sides)
{
  node_account->sections = g_array_sized_new (FALSE, TRUE, sizeof (AssaySectionAccount), sides->shipped->sections->len);
  g_array_set_clear_func (node_account->sections, free_section);
  char *name = node_account->section_names = join_names (sides->shipped->sections);
  for (guint i = 0; i < sides->shipped->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (sides->shipped->sections, AssaySection, i);
      AssaySectionAccount added = { .name = name,
                                    .offset = section->offset,
                                    .size = section->size,
                                    .bytes = section->type == SHT_NOBITS ? 0 : section->size,
                                    .address = section->address,
                                    .flags = assay_section_flags_text (section->flags),
                                    .is_symbol_table = section->type == SHT_SYMTAB };
      name = g_stpcpy (name, section->name) + 1;
      const AssayDigest *digest = piece_digest (sides, i);
      if (digest != NULL)
        {
          added.has_digest = TRUE;
          added.digest = *digest;
        }
      g_array_append_val (node_account->sections, added);
    }
}

static guint64
end_of (const AssaySectionAccount *section)
{
  return section->bytes > G_MAXUINT64 - section->offset ? G_MAXUINT64 : section->offset + section->bytes;
}

static gint
by_end (gconstpointer a, gconstpointer b)
{
  guint64 first = end_of (*(const AssaySectionAccount *const *)a);
  guint64 second = end_of (*(const AssaySectionAccount *const *)b);
  return first < second ? -1 : first > second;
}

/* The worst class that a range has which ends behind @offset. @ends: where the last range of each class ends */
static AssayClass
worst_behind (const guint64 ends[ASSAY_CLASS_COUNT], guint64 offset)
{
  AssayClass worst = ASSAY_CLASS_IDENTICAL;
  for (guint class_ = 0; class_ < ASSAY_CLASS_COUNT; class_++)
    if (ends[class_] > offset)
      worst = assay_class_worse (worst, (AssayClass)class_);
  return worst;
}

/** The ranges of a leaf, a few at a time. */
typedef struct
{
  AssayRangeWalk walk;
  guint next;
  guint count;
  AssayRangePlace places[ASSAY_RANGE_PLACES];
} Places;

static const AssayRangePlace *
look_at_next (Places *places)
{
  if (places->next == places->count)
    {
      places->next = 0;
      places->count = assay_ranges_next_places (&places->walk, places->places);
    }
  return places->count == 0 ? NULL : &places->places[places->next];
}

/* Each section the worst class of its bytes, also where sections share them. */
static void
classify_sections (AssayNodeAccount *node_account)
{
  guint64 ends[ASSAY_CLASS_COUNT] = { 0 };
  g_autoptr (GPtrArray) ascending = g_ptr_array_new ();
  Places places = { .walk = assay_ranges_walk (node_account->ranges) };
  for (guint i = 0; i < node_account->sections->len; i++)
    g_ptr_array_add (ascending, &g_array_index (node_account->sections, AssaySectionAccount, i));
  g_ptr_array_sort (ascending, by_end);
  for (guint i = 0; i < ascending->len; i++)
    {
      AssaySectionAccount *section = g_ptr_array_index (ascending, i);
      const guint64 end = end_of (section);
      const AssayRangePlace *place;
      for (; (place = look_at_next (&places)) != NULL && place->offset < end; places.next++)
        ends[place->class_] = place->offset + place->length;
      section->class_ = section->bytes == 0 ? ASSAY_CLASS_IDENTICAL : worst_behind (ends, section->offset);
      section->is_expected = section->has_digest && section->class_ == ASSAY_CLASS_IDENTICAL;
    }
}

static void
add_segments (AssayNodeAccount *node_account, const AssayElfSides *sides)
{
  node_account->segments = g_array_sized_new (FALSE, TRUE, sizeof (AssaySegmentAccount), sides->shipped->segments->len);
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

/* Notes which pieces of a file some of its bytes lie in. */
static void
mark_pieces (const AssayElf *elf, guint64 offset, guint64 length, guint *last, guint8 *marks)
{
  while (length > 0)
    {
      const AssayPiece *piece = assay_elf_piece_again (elf, offset, last);
      if (piece == NULL)
        return;
      guint64 here = MIN (length, piece->offset + piece->length - offset);
      marks[*last] = TRUE;
      offset += here;
      length -= here;
    }
}

/* Whether a piece of the expected file is a whole section that has the name of the shipped one of its number, which has
 * a digest to stand beside. */
static gboolean
is_named_section (const AssayElfSides *sides, const AssayPiece *piece)
{
  if (piece->kind != ASSAY_PIECE_SECTION || piece->section >= sides->shipped->sections->len)
    return FALSE;
  const AssaySection *expected = &g_array_index (sides->expected->sections, AssaySection, piece->section);
  const AssaySection *shipped = &g_array_index (sides->shipped->sections, AssaySection, piece->section);
  return expected->offset == piece->offset && expected->size == piece->length
         && strcmp (expected->name, shipped->name) == 0 && piece_digest (sides, piece->section) != NULL;
}

GArray *
assay_leaf_expected_parts (const AssayElfSides *sides, const GArray *differences)
{
  if (sides->shipped == NULL || sides->pieces == NULL || sides->expected == NULL)
    return NULL;
  const GArray *pieces = sides->expected->pieces;
  g_autofree guint8 *marks = g_malloc0 (pieces->len + (gsize)1);
  g_autoptr (GArray) parts = g_array_new (FALSE, TRUE, sizeof (AssayPieceDigest));
  guint last = G_MAXUINT;
  for (guint i = 0; i < differences->len; i++)
    {
      const AssayDifference *difference = &g_array_index (differences, AssayDifference, i);
      if (difference->expected_offset != ASSAY_NO_COUNTERPART)
        mark_pieces (sides->expected, difference->expected_offset, difference->length, &last, marks);
    }
  for (guint i = 0; i < pieces->len; i++)
    {
      const AssayPiece *piece = &g_array_index (pieces, AssayPiece, i);
      const AssayPieceDigest part = { .offset = piece->offset, .length = piece->length };
      if (marks[i] && is_named_section (sides, piece))
        g_array_append_val (parts, part);
    }
  return parts->len == 0 ? NULL : g_steal_pointer (&parts);
}

/* The digest of a section of the expected file, of which some were made before. */
static gboolean
expected_digest (const AssayElfSides *sides, const AssaySection *section, AssayDigest *out)
{
  const GArray *parts = sides->expected_parts;
  guint found
      = parts == NULL ? 0 : assay_sorted_first (parts, G_STRUCT_OFFSET (AssayPieceDigest, offset), section->offset);
  if (parts != NULL && found < parts->len)
    {
      const AssayPieceDigest *part = &g_array_index (parts, AssayPieceDigest, found);
      if (part->offset == section->offset && part->length == section->size)
        {
          *out = part->digest;
          return TRUE;
        }
    }
  g_autoptr (GError) ignored = NULL;
  return assay_sha256_blob (sides->node->blob, section->offset, section->size, out, &ignored);
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
      if (section->is_expected || !section->has_digest || i >= sides->expected->sections->len)
        continue;
      const AssaySection *expected = &g_array_index (sides->expected->sections, AssaySection, i);
      AssayDigest digest;
      if (strcmp (expected->name, section->name) == 0 && expected_digest (sides, expected, &digest))
        section->expected_digest = g_memdup2 (&digest, sizeof digest);
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
