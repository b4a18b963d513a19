#include "inventory/elf_private.h"

#include "util/checked.h"

#include <stdlib.h>

/* Bytes [start, end) of the file that a header or a section claims; inside the file and not empty. */
typedef struct
{
  guint64 start;
  guint64 end;
  AssayPieceKind kind;
  guint32 section;
} Claim;

/* Ascending by place; at equal places headers before sections, in the order of AssayPieceKind, then by number. */
static int
compare_claims (const void *left, const void *right)
{
  const Claim *a = left;
  const Claim *b = right;
  if (a->start != b->start)
    return a->start < b->start ? -1 : 1;
  if (a->kind != b->kind)
    return a->kind < b->kind ? -1 : 1;
  return (a->section > b->section) - (a->section < b->section);
}

static void
add_claim (GArray *claims, const AssayElf *elf, guint64 offset, guint64 length, AssayPieceKind kind, guint32 section)
{
  if (offset >= elf->size || length == 0)
    return;
  const Claim claim
      = { .start = offset, .end = offset + MIN (length, elf->size - offset), .kind = kind, .section = section };
  g_array_append_val (claims, claim);
}

static GArray *
collect_claims (const AssayElf *elf)
{
  GArray *claims = g_array_new (FALSE, FALSE, sizeof (Claim));
  const AssayElfTable *segments = &elf->index->segment_table;
  const AssayElfTable *sections = &elf->index->section_table;
  guint64 header = elf->bits == 32 ? sizeof (Elf32_Ehdr) : sizeof (Elf64_Ehdr);
  add_claim (claims, elf, 0, header, ASSAY_PIECE_ELF_HEADER, G_MAXUINT32);
  add_claim (claims, elf, segments->offset, segments->length, ASSAY_PIECE_PROGRAM_HEADERS, G_MAXUINT32);
  add_claim (claims, elf, sections->offset, sections->length, ASSAY_PIECE_SECTION_HEADERS, G_MAXUINT32);
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (assay_elf_section_stores (section))
        add_claim (claims, elf, section->offset, section->size, ASSAY_PIECE_SECTION, i);
    }
  qsort (claims->data, claims->len, sizeof (Claim), compare_claims);
  return claims;
}

/* Where the last header, section or segment ends: what lies behind belongs to nobody. */
static guint64
find_tail (const AssayElf *elf, guint64 claimed)
{
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      if (segment->file_size > 0 && segment->offset < elf->size)
        claimed = MAX (claimed, segment->offset + MIN (segment->file_size, elf->size - segment->offset));
    }
  return claimed;
}

static char *
describe_claim (const AssayElf *elf, const Claim *claim)
{
  static const char *const names[] = {
    [ASSAY_PIECE_ELF_HEADER] = "the ELF header",
    [ASSAY_PIECE_PROGRAM_HEADERS] = "the program header table",
    [ASSAY_PIECE_SECTION_HEADERS] = "the section header table",
  };
  if (claim->kind == ASSAY_PIECE_SECTION)
    return g_strdup_printf ("section %u", g_array_index (elf->sections, AssaySection, claim->section).index);
  return g_strdup (names[claim->kind]);
}

static void
note_overlap (AssayElf *elf, const Claim *first, const Claim *second)
{
  if (first->kind == ASSAY_PIECE_SECTION && second->kind == ASSAY_PIECE_SECTION)
    {
      guint32 a = g_array_index (elf->sections, AssaySection, first->section).index;
      guint32 b = g_array_index (elf->sections, AssaySection, second->section).index;
      assay_elf_add_trouble (elf, "sections %u and %u overlap", MIN (a, b), MAX (a, b));
      return;
    }
  g_autofree char *a = describe_claim (elf, first);
  g_autofree char *b = describe_claim (elf, second);
  assay_elf_add_trouble (elf, "%s and %s overlap", a, b);
}

static void
append_piece (AssayElf *elf, guint64 start, guint64 end, const Claim *claim)
{
  const AssayPiece piece = { .offset = start,
                             .length = end - start,
                             .kind = claim->kind,
                             .section = claim->section,
                             .within = start - claim->start };
  if (start < end)
    g_array_append_val (elf->pieces, piece);
}

static void
append_unclaimed (AssayElf *elf, guint64 start, guint64 end, AssayPieceKind kind)
{
  append_piece (elf, start, end, &(Claim){ .start = start, .end = end, .kind = kind, .section = G_MAXUINT32 });
}

void
assay_elf_build_pieces (AssayElf *elf)
{
  g_autoptr (GArray) claims = collect_claims (elf);
  const Claim *furthest = NULL;
  guint64 cursor = 0;
  for (guint i = 0; i < claims->len; i++)
    {
      const Claim *claim = &g_array_index (claims, Claim, i);
      if (claim->start < cursor)
        note_overlap (elf, furthest, claim);
      append_unclaimed (elf, cursor, MAX (cursor, claim->start), ASSAY_PIECE_GAP);
      append_piece (elf, MAX (cursor, claim->start), claim->end, claim);
      if (claim->end > cursor)
        {
          cursor = claim->end;
          furthest = claim;
        }
    }
  guint64 tail = find_tail (elf, cursor);
  append_unclaimed (elf, cursor, tail, ASSAY_PIECE_GAP);
  append_unclaimed (elf, tail, elf->size, ASSAY_PIECE_TAIL);
}
