#include "account/waive/waivable.h"

#include "inventory/elf.h"

#include <elf.h>
#include <string.h>

/** Text that is looked at; what a person writes or a build stamps is shorter. */
#define TEXT_BYTES (1024u * 1024u)

void
assay_waivable_clear (AssayWaivable *waivable)
{
  g_clear_pointer (&waivable->open, g_array_unref);
  g_clear_pointer (&waivable->load_ranges, g_array_unref);
}

static gboolean
is_format (const AssayNode *node, const char *format)
{
  return node->format != NULL && strcmp (node->format, format) == 0;
}

static gboolean
is_relocatable (const AssayElf *elf)
{
  return elf->type == ET_REL;
}

/** Sizes of a page: a system maps whole ones, so that what stands beside a segment in the file is mapped with it. */
#define LEAST_PAGE_BYTES 4096u
#define MOST_PAGE_BYTES 65536u

/* The bytes of a segment, and those of the pages that it begins and ends in. */
static void
guard_pages (const AssaySegment *segment, GArray *guarded)
{
  guint64 page = CLAMP (segment->alignment, LEAST_PAGE_BYTES, MOST_PAGE_BYTES);
  guint64 before = segment->offset % page;
  guint64 length = segment->file_size > G_MAXUINT64 - before - page ? G_MAXUINT64 : segment->file_size + before;
  if (segment->file_size == 0)
    return;
  length = length == G_MAXUINT64 ? length : (length + page - 1) / page * page;
  assay_extents_add (guarded, segment->offset - before, MIN (length, G_MAXUINT64 - (segment->offset - before)));
}

/* Without the mark of a stack that holds no code, or with one of a stack that does, systems make all executable that
 * can be read (READ_IMPLIES_EXEC of personality(2)); a loader of bare metal reads no flags at all. */
static gboolean
keeps_data_apart (const AssayElf *elf)
{
  gboolean marked = FALSE;
  gboolean any_executable = FALSE;
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      any_executable = any_executable || (segment->type == PT_LOAD && (segment->flags & PF_X) != 0);
      if (segment->type == PT_GNU_STACK && (segment->flags & PF_X) != 0)
        return FALSE;
      marked = marked || segment->type == PT_GNU_STACK;
    }
  return marked && any_executable;
}

/* Segments that hold code, or what a loader goes by; and where the file begins to run. */
static void
guard_segments (const AssayElf *elf, GArray *guarded)
{
  gboolean apart = keeps_data_apart (elf);
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      gboolean load = segment->type == PT_LOAD;
      /* Zero in a shared object is no entry (System V ABI, "ELF Header"), though its first segment begins there. */
      gboolean enters = elf->entry != 0 || elf->type != ET_DYN;
      gboolean entered = load && enters && elf->entry - segment->virtual_address < segment->memory_size;
      gboolean steers = segment->type == PT_DYNAMIC || segment->type == PT_INTERP || segment->type == PT_GNU_RELRO
                        || segment->type == PT_GNU_EH_FRAME;
      if (load && ((segment->flags & PF_X) != 0 || !apart || entered))
        guard_pages (segment, guarded);
      else if ((segment->flags & PF_X) != 0 || steers)
        assay_extents_add (guarded, segment->offset, segment->file_size);
    }
}

static void
guard_headers (const AssayElf *elf, GArray *guarded)
{
  for (guint i = 0; i < elf->pieces->len; i++)
    {
      const AssayPiece *piece = &g_array_index (elf->pieces, AssayPiece, i);
      if (piece->kind != ASSAY_PIECE_SECTION)
        assay_extents_add (guarded, piece->offset, piece->length);
    }
}

/* Whether two ranges of the file share a byte; one that has no end in 64 bits reaches to the last. */
static gboolean
overlap (guint64 a, guint64 a_length, guint64 b, guint64 b_length)
{
  return a_length > 0 && b_length > 0 && (a <= b ? b - a < a_length : a - b < b_length);
}

static gboolean
is_loaded (const AssayElf *elf, const AssaySection *section)
{
  if (is_relocatable (elf) || (section->flags & SHF_ALLOC) != 0)
    return TRUE;
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      if (segment->type == PT_LOAD && overlap (section->offset, section->size, segment->offset, segment->file_size))
        return TRUE;
    }
  return FALSE;
}

/* Tables of addresses, and programs for the unwinder, which says where a caught exception goes on and computes what it
 * likes on the way. */
static const char *const steering[] = { ".got", ".eh_frame", ".gcc_except_table", ".ARM.ex", ".debug_frame" };

/* Relocations, symbols and tables of functions say where code is; so does a section that has the name of one that
 * does. */
static gboolean
is_data (const AssayElf *elf, const AssaySection *section)
{
  if ((section->flags & SHF_EXECINSTR) != 0)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (steering); i++)
    if (g_str_has_prefix (section->name, steering[i]) && is_loaded (elf, section))
      return FALSE;
  /* a name that promises a note, on something else, is how code would be passed off as a build-id */
  if (g_str_has_prefix (section->name, ".note") && section->type != SHT_NOTE)
    return FALSE;
  return section->type == SHT_PROGBITS || section->type == SHT_NOTE || !is_loaded (elf, section);
}

static GArray *
open_of_elf (const AssayElf *elf)
{
  g_autoptr (GArray) open = assay_extents_new ();
  g_autoptr (GArray) guarded = assay_extents_new ();
  if (elf == NULL || elf->trouble != NULL)
    return g_steal_pointer (&open);
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (section->type != SHT_NULL && section->type != SHT_NOBITS)
        assay_extents_add (is_data (elf, section) ? open : guarded, section->offset, section->size);
    }
  guard_segments (elf, guarded);
  guard_headers (elf, guarded);
  assay_extents_settle (open);
  assay_extents_settle (guarded);
  return assay_extents_subtract (open, guarded);
}

GArray *
assay_waivable_place (const AssayWaivable *waivable, const GArray *expected)
{
  GArray *out = assay_extents_new ();
  for (guint i = 0; i < expected->len; i++)
    {
      const AssayExtent *extent = &g_array_index (expected, AssayExtent, i);
      if (!waivable->placed)
        assay_extents_add (out, extent->start, extent->end - extent->start);
      for (guint j = 0; waivable->placed && j < waivable->load_ranges->len; j++)
        {
          const AssayLoadRange *range = &g_array_index (waivable->load_ranges, AssayLoadRange, j);
          guint64 start = MAX (extent->start, range->file_offset);
          guint64 end = MIN (extent->end, range->file_offset + range->length); /* both lie in the file */
          if (start < end)
            assay_extents_add (out, range->image_offset + (start - range->file_offset), end - start);
        }
    }
  assay_extents_settle (out);
  return out;
}

static AssayElf *
read_elf (const AssayNode *node, const AssayLimits *limits)
{
  g_autoptr (GError) ignored = NULL;
  return is_format (node, "elf") && node->blob != NULL ? assay_elf_new (node->blob, limits, &ignored) : NULL;
}

/* Whether both files say the same of all that is loaded: what a segment maps stands at one place in both then, whatever
 * strip(1) left behind it. */
static gboolean
same_segments (const AssayElf *a, const AssayElf *b)
{
  gboolean same = a->type == b->type && a->machine == b->machine && a->entry == b->entry && a->segments->len > 0
                  && a->segments->len == b->segments->len;
  for (guint i = 0; same && i < a->segments->len; i++)
    {
      const AssaySegment *first = &g_array_index (a->segments, AssaySegment, i);
      const AssaySegment *second = &g_array_index (b->segments, AssaySegment, i);
      same = first->type == second->type && first->flags == second->flags && first->offset == second->offset
             && first->file_size == second->file_size && first->memory_size == second->memory_size
             && first->virtual_address == second->virtual_address;
    }
  return same;
}

static GArray *
loaded_of_elf (const AssayElf *elf)
{
  GArray *loaded = assay_extents_new ();
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      if (segment->type == PT_LOAD)
        assay_extents_add (loaded, segment->offset, segment->file_size);
    }
  assay_extents_settle (loaded);
  return loaded;
}

static void
find_in_elf (AssayWaivable *out, const AssayNodeAccount *node_account, const AssayLimits *limits)
{
  g_autoptr (AssayElf) expected_elf = read_elf (node_account->match->expected, limits);
  g_autoptr (AssayElf) shipped_elf = read_elf (node_account->node, limits);
  g_autoptr (GArray) open = open_of_elf (expected_elf);
  g_autoptr (GError) ignored = NULL;
  guint64 base = 0;
  if (node_account->placed && expected_elf != NULL)
    {
      out->load_ranges = assay_elf_load_image (expected_elf, &base, &ignored);
      out->placed = out->fixed = out->load_ranges != NULL;
      if (out->placed)
        out->open = assay_waivable_place (out, open);
    }
  else if (out->fixed)
    {
      g_autoptr (GArray) other = open_of_elf (shipped_elf);
      out->open = assay_extents_intersect (open, other);
    }
  else if (expected_elf != NULL && shipped_elf != NULL && same_segments (expected_elf, shipped_elf))
    {
      g_autoptr (GArray) other = open_of_elf (shipped_elf);
      g_autoptr (GArray) both = assay_extents_intersect (open, other);
      g_autoptr (GArray) loaded = loaded_of_elf (expected_elf);
      out->open = assay_extents_intersect (both, loaded);
      out->fixed = TRUE;
    }
}

/* A mode that says of a file that nobody executes it. */
static gboolean
entry_is_not_executed (const AssayNode *node)
{
  const char *mode = assay_node_get_fact (node, "mode");
  return node->type == ASSAY_NODE_FILE && mode != NULL && (g_ascii_strtoull (mode, NULL, 8) & 0111) == 0;
}

static gboolean
is_plain_text (const AssayNode *node)
{
  g_autoptr (GError) ignored = NULL;
  if (!is_format (node, "raw") || node->blob == NULL || node->fields != NULL || node->trouble != NULL
      || node->size > TEXT_BYTES)
    return FALSE;
  g_autofree char *text = g_try_malloc (node->size + 1);
  if (text == NULL || !assay_blob_read (node->blob, 0, text, node->size, &ignored)
      || !g_utf8_validate (text, (gssize)node->size, NULL))
    return FALSE;
  for (guint64 i = 0; i < node->size; i++)
    if (text[i] == 0x7f || ((guint8)text[i] < 0x20 && text[i] != '\t' && text[i] != '\n' && text[i] != '\r'))
      return FALSE;
  text[node->size] = '\0';
  const char *begin = g_str_has_prefix (text, "\xef\xbb\xbf") ? text + 3 : text;
  return !g_str_has_prefix (begin + strspn (begin, " \t\r\n"), "#!");
}

static gboolean
is_text_of_nobody (const AssayNode *shipped, const AssayNode *expected)
{
  gboolean expected_entry = expected->parent == NULL || entry_is_not_executed (expected);
  return entry_is_not_executed (shipped) && expected_entry && is_plain_text (shipped) && is_plain_text (expected);
}

void
assay_waivable_find (AssayWaivable *out, const AssayNodeAccount *node_account, gboolean run, const AssayLimits *limits)
{
  const AssayNode *shipped = node_account->node;
  const AssayNode *expected = node_account->match->expected;
  gboolean comparable = expected != NULL && expected->blob != NULL && shipped->blob != NULL;
  out->fixed = comparable && shipped->size == expected->size;
  if (comparable && is_format (expected, "elf"))
    find_in_elf (out, node_account, limits);
  else if (out->fixed && shipped->spans == NULL && !run && is_text_of_nobody (shipped, expected))
    {
      out->open = assay_extents_new ();
      assay_extents_add (out->open, 0, shipped->size);
    }
  if (out->open == NULL)
    out->open = assay_extents_new ();
}
