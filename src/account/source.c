#include "account/names/naming.h"

#include <string.h>

/** Instructions that are shown before and behind what differs, and at most in all. */
#define AROUND 3
#define MAX_LINES 16

/** Bytes in front of what differs from which instructions are counted; a longer function is entered in its middle. */
#define MAX_LEAD (64u * 1024u)

/** Code of one side that was disassembled before it is shown. @pieces: AssayCodePiece; @lines: (nullable): GArray of
 * AssayCodeLine, of each */
typedef struct
{
  GArray *pieces;
  GPtrArray *lines;
} Ahead;

struct _AssaySource
{
  const AssayNodeAccount *node_account;
  const AssayNaming *naming;
  gboolean opened; /* whether it was tried to make @lines */
  AssayLines *lines;
  AssayDisassembler *shipped; /* one for each side: they never meet in one process (T23) */
  AssayDisassembler *expected;
  Ahead shipped_ahead;
  Ahead expected_ahead;
  gboolean failed_ahead;
};

static void
ahead_clear (Ahead *ahead)
{
  g_clear_pointer (&ahead->pieces, g_array_unref);
  g_clear_pointer (&ahead->lines, g_ptr_array_unref);
}

AssaySource *
assay_source_new (const AssayNodeAccount *node_account, const AssayNaming *naming)
{
  AssaySource *source = g_new0 (AssaySource, 1);
  const AssayElf *elf = naming->symbols_elf != NULL ? naming->symbols_elf : naming->expected_elf;
  source->node_account = node_account;
  source->naming = naming;
  if (elf == NULL)
    return source;
  source->shipped = assay_disassembler_new (naming->shipped_interpreter, elf);
  source->expected = assay_disassembler_new (naming->expected_interpreter, elf);
  return source;
}

void
assay_source_free (AssaySource *source)
{
  if (source == NULL)
    return;
  ahead_clear (&source->shipped_ahead);
  ahead_clear (&source->expected_ahead);
  g_clear_pointer (&source->lines, assay_lines_free);
  g_clear_pointer (&source->shipped, assay_disassembler_free);
  g_clear_pointer (&source->expected, assay_disassembler_free);
  g_free (source);
}

/* Debug information helps the reader: none is no error. */
static void
open_lines (AssaySource *source)
{
  const AssayNaming *naming = source->naming;
  const AssayMatch *match = source->node_account->match;
  AssayBlob *blob = naming->symbols_blob;
  g_autoptr (GError) ignored = NULL;
  source->opened = TRUE;
  if (blob == NULL && match->expected != NULL)
    blob = match->expected->blob;
  if (blob != NULL && (naming->symbols_elf != NULL || naming->expected_elf != NULL))
    source->lines = assay_lines_new (naming->expected_interpreter, blob, match->expectation->symbols, &ignored);
}

gboolean
assay_source_find (AssaySource *source, guint64 address, guint32 section, AssaySourcePlace *out)
{
  if (!source->opened)
    open_lines (source);
  return source->lines != NULL && assay_lines_find (source->lines, address, section, out);
}

static void
clear_row (gpointer data)
{
  AssayCodeRow *row = data;
  g_free (row->shipped);
  g_free (row->expected);
}

/** The lines of one side around what differs. */
typedef struct
{
  GArray *lines; /* AssayCodeLine */
  guint first;
  guint last;
} Excerpt;

/* Cuts the lines down to what differs and a few around it. */
static void
choose (Excerpt *excerpt, const AssayCodeSide *side)
{
  guint count = excerpt->lines->len;
  excerpt->first = count;
  excerpt->last = 0;
  for (guint i = 0; i < count; i++)
    {
      const AssayCodeLine *line = &g_array_index (excerpt->lines, AssayCodeLine, i);
      guint64 start = line->address - side->address;
      if (start + line->size <= side->first)
        continue;
      excerpt->first = MIN (excerpt->first, i);
      if (start >= side->last && excerpt->last > 0)
        break;
      excerpt->last = i + 1;
    }
  excerpt->first = excerpt->first > AROUND ? excerpt->first - AROUND : 0;
  excerpt->last = MIN (MAX (excerpt->last, excerpt->first) + AROUND, count);
  if (excerpt->last - excerpt->first > MAX_LINES)
    excerpt->last = excerpt->first + MAX_LINES;
}

static char *
format_line (const AssayCodeLine *line)
{
  return g_strdup_printf ("0x%" G_GINT64_MODIFIER "x  %s", line->address, line->text);
}

static void
add_row (GArray *rows, const AssayCodeLine *shipped, const AssayCodeLine *expected)
{
  AssayCodeRow row = { shipped == NULL ? NULL : format_line (shipped), expected == NULL ? NULL : format_line (expected),
                       shipped == NULL || expected == NULL || strcmp (shipped->text, expected->text) != 0 };
  g_array_append_val (rows, row);
}

static const AssayCodeLine *
line_at (const Excerpt *excerpt, guint index)
{
  return &g_array_index (excerpt->lines, AssayCodeLine, excerpt->first + index);
}

/* How well two lines stand beside each other: as equal ones, as the same but for registers and places, or not. */
static guint
likeness (const AssayCodeLine *a, const AssayCodeLine *b)
{
  if (strcmp (a->text, b->text) == 0)
    return 2;
  g_autofree char *shape_a = assay_core_shape (a->text);
  g_autofree char *shape_b = assay_core_shape (b->text);
  return strcmp (shape_a, shape_b) == 0 ? 1 : 0;
}

/** What the lines behind two places are worth side by side, and how alike those at the places are. */
typedef struct
{
  guint8 worth[MAX_LINES + 1][MAX_LINES + 1];
  guint8 alike[MAX_LINES][MAX_LINES];
} Alignment;

/* The longest common subsequence of both sides' lines, from which the rows are read off. */
static void
fill_alignment (Alignment *alignment, const Excerpt *a, guint count_a, const Excerpt *b, guint count_b)
{
  memset (alignment, 0, sizeof *alignment);
  for (guint i = count_a; i-- > 0;)
    for (guint j = count_b; j-- > 0;)
      {
        guint alike = likeness (line_at (a, i), line_at (b, j));
        guint beside = alike + alignment->worth[i + 1][j + 1];
        guint apart = MAX (alignment->worth[i + 1][j], alignment->worth[i][j + 1]);
        alignment->alike[i][j] = (guint8)alike;
        alignment->worth[i][j] = (guint8)MAX (beside, apart);
      }
}

static void
align_rows (GArray *rows, const Excerpt *a, const Excerpt *b)
{
  Alignment alignment;
  guint count_a = a->last - a->first;
  guint count_b = b->last - b->first;
  fill_alignment (&alignment, a, count_a, b, count_b);
  guint i = 0;
  guint j = 0;
  while (i < count_a || j < count_b)
    {
      gboolean both = i < count_a && j < count_b;
      if (both && alignment.worth[i][j] == alignment.worth[i + 1][j + 1] + alignment.alike[i][j])
        {
          add_row (rows, line_at (a, i), line_at (b, j));
          i++;
          j++;
        }
      else if (i < count_a && (j == count_b || alignment.worth[i + 1][j] >= alignment.worth[i][j + 1]))
        add_row (rows, line_at (a, i++), NULL);
      else
        add_row (rows, NULL, line_at (b, j++));
    }
}

/* No more than can be shown: that many lines from where they differ on. No machine has instructions of more bytes than
 * these 24. */
static AssayCodePiece
piece_of (const AssayCodeSide *side, AssayCodeMode mode)
{
  guint64 behind = MIN (side->last + (guint64)(AROUND + 1) * 16, side->first + (guint64)(MAX_LINES + 1) * 24);
  return (AssayCodePiece){ side->bytes, (gsize)MIN (side->length, behind), side->address, mode };
}

/* (transfer full) */
static GArray *
disassemble (AssayDisassembler *disassembler, const Ahead *ahead, const AssayCodeSide *side, AssayCodeMode mode)
{
  const AssayCodePiece piece = piece_of (side, mode);
  for (guint i = 0; ahead->lines != NULL && i < ahead->lines->len; i++)
    {
      const AssayCodePiece *held = &g_array_index (ahead->pieces, AssayCodePiece, i);
      if (held->bytes == piece.bytes && held->length == piece.length && held->address == piece.address
          && held->mode == piece.mode)
        return g_array_ref (g_ptr_array_index (ahead->lines, i));
    }
  return assay_disassemble (disassembler, &piece, 0);
}

static gboolean
can_be_shown (const AssayCodeSide *shipped, const AssayCodeSide *expected)
{
  return shipped->first <= MAX_LEAD && expected->first <= MAX_LEAD;
}

static gboolean
disassemble_ahead (AssayDisassembler *disassembler, Ahead *ahead)
{
  ahead->lines = assay_disassemble_pieces (disassembler, (const AssayCodePiece *)(gpointer)ahead->pieces->data,
                                           ahead->pieces->len, 0);
  return ahead->lines != NULL;
}

guint
assay_source_look_ahead (AssaySource *source, const GArray *pairs)
{
  Ahead *shipped = &source->shipped_ahead;
  Ahead *expected = &source->expected_ahead;
  gsize shipped_room = ASSAY_DISASSEMBLY_BYTES;
  gsize expected_room = ASSAY_DISASSEMBLY_BYTES;
  guint count = 0;
  if (source->shipped == NULL || source->failed_ahead)
    return 0;
  ahead_clear (shipped);
  ahead_clear (expected);
  shipped->pieces = g_array_new (FALSE, FALSE, sizeof (AssayCodePiece));
  expected->pieces = g_array_new (FALSE, FALSE, sizeof (AssayCodePiece));
  for (; count < pairs->len && count < ASSAY_DISASSEMBLY_PIECES; count++)
    {
      const AssayCodePair *pair = &g_array_index (pairs, AssayCodePair, count);
      const AssayCodePiece a = piece_of (&pair->shipped, pair->mode);
      const AssayCodePiece b = piece_of (&pair->expected, pair->mode);
      if (!can_be_shown (&pair->shipped, &pair->expected) || a.length > shipped_room || b.length > expected_room)
        break;
      shipped_room -= a.length;
      expected_room -= b.length;
      g_array_append_val (shipped->pieces, a);
      g_array_append_val (expected->pieces, b);
    }
  /* what is one alone is asked for when it is shown */
  if (count < 2)
    return 0;
  source->failed_ahead
      = !disassemble_ahead (source->shipped, shipped) || !disassemble_ahead (source->expected, expected);
  return source->failed_ahead ? 0 : count;
}

GArray *
assay_source_show (AssaySource *source, const AssayCodeSide *shipped, const AssayCodeSide *expected, AssayCodeMode mode)
{
  if (source->shipped == NULL || !can_be_shown (shipped, expected))
    return NULL;
  g_autoptr (GArray) shipped_lines = disassemble (source->shipped, &source->shipped_ahead, shipped, mode);
  g_autoptr (GArray) expected_lines = disassemble (source->expected, &source->expected_ahead, expected, mode);
  if (shipped_lines == NULL || expected_lines == NULL)
    return NULL;
  Excerpt a = { .lines = shipped_lines };
  Excerpt b = { .lines = expected_lines };
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (AssayCodeRow));
  g_array_set_clear_func (rows, clear_row);
  choose (&a, shipped);
  choose (&b, expected);
  align_rows (rows, &a, &b);
  return rows;
}

static void
free_core (gpointer core)
{
  if (core != NULL)
    g_array_unref (core);
}

/* How many of the first pairs are looked at in one go. */
static guint
count_together (const GArray *pairs)
{
  guint64 shipped = 0;
  guint64 expected = 0;
  guint count = 0;
  for (; count < pairs->len && count < ASSAY_DISASSEMBLY_PIECES; count++)
    {
      const AssayCodePair *pair = &g_array_index (pairs, AssayCodePair, count);
      if (pair->shipped.length > MAX_LEAD - shipped || pair->expected.length > MAX_LEAD - expected)
        break;
      shipped += pair->shipped.length;
      expected += pair->expected.length;
    }
  return count;
}

static GPtrArray *
disassemble_sides (AssayDisassembler *disassembler, const GArray *pairs, guint count, gsize side_offset)
{
  g_autofree AssayCodePiece *pieces = g_new0 (AssayCodePiece, count);
  for (guint i = 0; i < count; i++)
    {
      const AssayCodePair *pair = &g_array_index (pairs, AssayCodePair, i);
      const AssayCodeSide *side = (const AssayCodeSide *)G_STRUCT_MEMBER_P (pair, side_offset);
      pieces[i] = (AssayCodePiece){ side->bytes, (gsize)side->length, side->address, pair->mode };
    }
  return assay_disassemble_pieces (disassembler, pieces, count, 0);
}

GPtrArray *
assay_source_cores (AssaySource *source, const GArray *pairs)
{
  GPtrArray *cores = g_ptr_array_new_with_free_func (free_core);
  guint count = source->shipped == NULL ? 0 : count_together (pairs);
  g_autoptr (GPtrArray) a = NULL;
  g_autoptr (GPtrArray) b = NULL;
  if (count > 0)
    {
      a = disassemble_sides (source->shipped, pairs, count, G_STRUCT_OFFSET (AssayCodePair, shipped));
      b = disassemble_sides (source->expected, pairs, count, G_STRUCT_OFFSET (AssayCodePair, expected));
    }
  if (a == NULL || b == NULL)
    g_ptr_array_set_size (cores, 1);
  for (guint i = 0; i < count && a != NULL && b != NULL; i++)
    g_ptr_array_add (cores, assay_core_find (g_ptr_array_index (a, i), &g_array_index (pairs, AssayCodePair, i).shipped,
                                             g_ptr_array_index (b, i)));
  return cores;
}
