#include "account/names/naming.h"

#include "account/changes.h"
#include "compare/scatter.h"
#include "inventory/imports.h"
#include "util/text.h"

#include <elf.h>
#include <string.h>

/** Ranges that differ in files of equal size without which nothing can have moved: they are looked at one by one. */
#define FEW_RANGES 4u

/** Ranges that differ in one leaf from which on it is asked whether it is damaged throughout: fewer are always
 * explained in full. */
#define MANY_RANGES 256u

/** Findings of one leaf that show their instructions; a reader who wants more has the file. */
#define SHOWN_MAX 100

/** Changed functions of one leaf that are compared in one go at first: one is asked for after another. */
#define CORES_FIRST 8u

/** Characters of a text that are shown. */
#define TEXT_MAX 200

struct _AssayCauses
{
  AssayNodeAccount *node_account;
  const AssayNaming *naming;
  const AssayElf *elf; /* what names the rebuild */
  AssayAreasInput input;
  GPtrArray *areas;   /* NULL where so little differs that nothing moved */
  GArray *imports[2]; /* of the shipped and of the expected file */
  AssayMoves *moves;
  AssaySource *source;
  const AssayChange *last_shown; /* whose instructions were shown, and those of its core */
  const AssayChange *last_core;
  GPtrArray *cores;  /* GArray of AssayStretch, or NULL: of the changes from @cores_first on */
  guint cores_first; /* rank of the first of them */
  guint cores_wanted;
  guint shown;
  guint ahead_end; /* rank behind the last change whose code was disassembled ahead */
};

void
assay_causes_free (AssayCauses *causes)
{
  if (causes == NULL)
    return;
  g_clear_pointer (&causes->cores, g_ptr_array_unref);
  g_clear_pointer (&causes->source, assay_source_free);
  g_clear_pointer (&causes->moves, assay_moves_free);
  g_clear_pointer (&causes->areas, g_ptr_array_unref);
  g_clear_pointer (&causes->imports[0], g_array_unref);
  g_clear_pointer (&causes->imports[1], g_array_unref);
  g_free (causes);
}

static gboolean
little_differs (const AssayNodeAccount *node_account)
{
  return assay_ranges_differing (node_account->ranges).count <= FEW_RANGES
         && node_account->node->size == node_account->match->expected->size;
}

/* A file that differs everywhere, each byte in its place: to look for what moved would take long and find nothing. */
static gboolean
is_scattered (const AssayNodeAccount *node_account, const AssayAreasInput *input)
{
  const AssayRangesDiffering differing = assay_ranges_differing (node_account->ranges);
  return !differing.displaced && differing.count >= MANY_RANGES && assay_scatter_is_throughout (input);
}

AssayCauses *
assay_causes_new (AssayNodeAccount *node_account, const AssayNaming *naming)
{
  const AssayNode *expected = node_account->match->expected;
  const AssayElf *elf = naming->symbols_elf != NULL ? naming->symbols_elf : naming->expected_elf;
  if (expected == NULL || expected->blob == NULL || node_account->node->blob == NULL || elf == NULL)
    return NULL;
  g_autoptr (AssayCauses) causes = g_new0 (AssayCauses, 1);
  causes->node_account = node_account;
  causes->naming = naming;
  causes->elf = elf;
  causes->source = assay_source_new (node_account, naming);
  causes->input = (AssayAreasInput){ .shipped = node_account->node->blob,
                                     .shipped_elf = naming->shipped_elf,
                                     .expected = expected->blob,
                                     .expected_elf = naming->expected_elf,
                                     .symbols_elf = elf,
                                     .load_ranges = naming->load_ranges };
  if (little_differs (node_account))
    return g_steal_pointer (&causes);
  if (is_scattered (node_account, &causes->input))
    {
      node_account->coarse = ASSAY_COARSE_SCATTERED;
      return g_steal_pointer (&causes);
    }
  if (naming->shipped_elf != NULL && naming->expected_elf != NULL)
    {
      causes->imports[0] = assay_elf_imports_new (naming->shipped_elf, causes->input.shipped);
      causes->imports[1] = assay_elf_imports_new (naming->expected_elf, causes->input.expected);
      causes->input.shipped_imports = causes->imports[0];
      causes->input.expected_imports = causes->imports[1];
    }
  /* What cannot be read or held is not aligned; its class has been said already. */
  g_autoptr (GError) ignored = NULL;
  causes->areas = assay_areas_new (&causes->input, &ignored);
  if (causes->areas == NULL || causes->areas->len == 0)
    return NULL;
  for (guint i = 0; i < causes->areas->len; i++)
    if (((const AssayArea *)g_ptr_array_index (causes->areas, i))->drift.cut)
      node_account->coarse = ASSAY_COARSE_SEARCH;
  causes->moves = assay_moves_new (causes->areas, elf);
  assay_changes_describe (node_account, &causes->input, causes->areas, causes->moves, causes->source);
  return g_steal_pointer (&causes);
}

guint64
assay_causes_split (const AssayCauses *causes, guint64 offset, guint64 length)
{
  return causes->moves == NULL ? length : assay_moves_split (causes->moves, offset, length);
}

/* Tables that a linker makes from everything else change with it. */
static gboolean
is_derived_section (const AssaySection *section)
{
  static const guint32 types[]
      = { SHT_SYMTAB, SHT_STRTAB,   SHT_RELA,       SHT_REL,         SHT_HASH,       SHT_DYNAMIC,
          SHT_DYNSYM, SHT_GNU_HASH, SHT_GNU_versym, SHT_GNU_verneed, SHT_GNU_verdef, SHT_NOTE };
  static const char *const names[]
      = { ".eh_frame", ".gcc_except_table", ".ARM.ex", ".debug_", ".gnu_debug", ".got", ".plt" };
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (section->type == types[i])
      return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_has_prefix (section->name, names[i]))
      return TRUE;
  return FALSE;
}

/* Room that was left between what moved is as long as it must be. */
static gboolean
is_zero (AssayBlob *blob, guint64 offset, guint64 length)
{
  guint8 window[4096];
  g_autoptr (GError) ignored = NULL;
  for (guint64 done = 0; done < length;)
    {
      gsize take = MIN (length - done, sizeof window);
      if (!assay_blob_read (blob, offset + done, window, take, &ignored))
        return FALSE;
      for (gsize i = 0; i < take; i++)
        if (window[i] != 0)
          return FALSE;
      done += take;
    }
  return TRUE;
}

/* Outside of all areas: what follows from other changes, if there are any. Flags and types never follow. */
static AssayCause
cause_of_rest (const AssayCauses *causes, guint64 offset, guint64 length)
{
  const AssayElf *elf = causes->naming->shipped_elf;
  const AssayElf *expected = causes->naming->expected_elf;
  const AssayPiece *piece = elf == NULL ? NULL : assay_elf_piece_at (elf, offset);
  if (causes->moves == NULL || assay_moves_get_changes (causes->moves)->len == 0)
    return ASSAY_CAUSE_PRIMARY;
  if (piece == NULL)
    return ASSAY_CAUSE_UNKNOWN;
  switch (piece->kind)
    {
    case ASSAY_PIECE_SECTION:
      return is_derived_section (&g_array_index (elf->sections, AssaySection, piece->section)) ? ASSAY_CAUSE_RIPPLE
                                                                                               : ASSAY_CAUSE_PRIMARY;
    case ASSAY_PIECE_SECTION_HEADERS:
      /* one entry more or less, and no entry stands beside its counterpart */
      if (expected != NULL && elf->sections->len != expected->sections->len)
        return ASSAY_CAUSE_RIPPLE;
      G_GNUC_FALLTHROUGH;
    case ASSAY_PIECE_ELF_HEADER:
    case ASSAY_PIECE_PROGRAM_HEADERS:
      return assay_changes_header_follows (elf, piece, offset) ? ASSAY_CAUSE_RIPPLE : ASSAY_CAUSE_PRIMARY;
    case ASSAY_PIECE_GAP:
    case ASSAY_PIECE_TAIL:
      break;
    }
  return is_zero (causes->input.shipped, offset, length) ? ASSAY_CAUSE_RIPPLE : ASSAY_CAUSE_PRIMARY;
}

static void
set_text (char **text, const char *value)
{
  if (value == NULL)
    return;
  g_free (*text);
  *text = g_strdup (value);
}

/* What the shipped file calls its bytes at the finding; it may call them what it likes (T14). */
static gboolean
name_by_shipped (const AssayCauses *causes, const AssayArea *area, AssayFinding *finding)
{
  const AssayElf *elf = causes->naming->shipped_elf;
  guint64 address = area->shipped_address + (finding->offset - area->shipped_offset);
  const AssaySymbol *symbol = elf == NULL || elf->symbols == NULL ? NULL : assay_elf_symbol_at (elf, address, 0);
  AssayFindingWords *words = assay_finding_tell (finding);
  g_clear_pointer (&words->symbol, g_free);
  set_text (&words->section, area->name);
  set_text (&words->symbol, symbol == NULL ? NULL : symbol->name);
  words->is_function = symbol != NULL && symbol->is_function;
  words->named_by = symbol == NULL ? "rebuild" : "shipped";
  return symbol != NULL;
}

/* What stands there by the alignment, and not by the offset: names, address and expected bytes. */
static void
name_object (const AssayCauses *causes, const AssayArea *area, const AssayObject *object, guint64 within,
             AssayFinding *finding)
{
  if (object->name != NULL || !name_by_shipped (causes, area, finding))
    {
      AssayFindingWords *words = assay_finding_tell (finding);
      words->named_by = "rebuild";
      set_text (&words->section, area->name);
      g_clear_pointer (&words->symbol, g_free);
      set_text (&words->symbol, object->name);
      words->is_function = object->kind == ASSAY_OBJECT_FUNCTION;
    }
  finding->has_address = TRUE;
  finding->address = area->expected_address + object->offset + within;
  guint64 left = within < object->length ? object->length - within : 0;
  finding->expected_length = (guint8)MIN (MIN (left, finding->length), ASSAY_FINDING_HEX_BYTES);
  if (finding->expected_length > 0)
    memcpy (finding->expected, area->drift.expected + object->offset + within, finding->expected_length);
}

/* Bytes that the shipped file alone has. */
static void
name_added (const AssayCauses *causes, const AssayArea *area, AssayFinding *finding)
{
  name_by_shipped (causes, area, finding);
  finding->has_address = TRUE;
  finding->address = area->shipped_address + (finding->offset - area->shipped_offset);
  finding->expected_length = 0;
}

static char *
text_of (const guint8 *bytes, guint64 length)
{
  gsize end = strnlen ((const char *)bytes, MIN (length, TEXT_MAX));
  return assay_text_escape_line ((const char *)bytes, (gssize)end);
}

static void
show_text (const AssayArea *area, const AssayObject *object, AssayFinding *finding)
{
  if (object->kind != ASSAY_OBJECT_STRING)
    return;
  AssayFindingWords *words = assay_finding_tell (finding);
  words->shipped_text = text_of (area->drift.shipped + object->shipped_offset, object->shipped_length);
  words->expected_text = text_of (area->drift.expected + object->offset, object->length);
}

static void
set_place (AssayCauses *causes, guint64 address, guint32 section, AssayFinding *finding)
{
  g_auto (AssaySourcePlace) place = { NULL };
  if (!assay_source_find (causes->source, address, section, &place))
    return;
  AssayFindingWords *words = assay_finding_tell (finding);
  words->file = g_steal_pointer (&place.file);
  words->line = place.line;
  words->source_function = g_steal_pointer (&place.function);
  words->inlined_by = g_steal_pointer (&place.inlined_by);
}

static guint32
section_number (const AssayCauses *causes, const char *name)
{
  for (guint i = 0; name != NULL && causes->elf->type == ET_REL && i < causes->elf->sections->len; i++)
    if (strcmp (g_array_index (causes->elf->sections, AssaySection, i).name, name) == 0)
      return g_array_index (causes->elf->sections, AssaySection, i).index;
  return 0;
}

/* Both sides of what changed: the whole function, and in it what differs. */
static void
sides_of (const AssayChange *change, AssayCodeSide *shipped, AssayCodeSide *expected)
{
  const AssayArea *area = change->area;
  const AssayObject *object = change->object;
  guint64 start = object == NULL ? change->shipped_offset - area->shipped_offset : object->shipped_offset;
  *shipped = (AssayCodeSide){ .bytes = area->drift.shipped + start,
                              .length = object == NULL ? change->shipped_length : object->shipped_length,
                              .address = area->shipped_address + start,
                              .first = change->shipped_offset - area->shipped_offset - start };
  shipped->last = shipped->first + change->shipped_length;
  *expected = (AssayCodeSide){ .bytes = area->drift.expected };
  if (object != NULL)
    *expected = (AssayCodeSide){ .bytes = area->drift.expected + object->offset,
                                 .length = object->length,
                                 .address = area->expected_address + object->offset,
                                 .first = change->expected_offset - area->expected_offset - object->offset,
                                 .last = change->expected_offset - area->expected_offset - object->offset
                                         + change->expected_length };
}

static gboolean
is_code (const AssayChange *change)
{
  return change->area->code && (change->object == NULL || change->object->kind != ASSAY_OBJECT_STRING);
}

static AssayCodeMode
mode_of (const AssayChange *change)
{
  return change->object == NULL ? ASSAY_CODE_MAIN : (AssayCodeMode)change->object->mode;
}

/* The changes from @rank on, which are shown one after another as a rule, each from its beginning on. */
static void
look_ahead (AssayCauses *causes, guint rank)
{
  const GArray *changes = assay_moves_get_changes (causes->moves);
  guint ends[SHOWN_MAX] = { rank + 1 }; /* behind each of them */
  g_autoptr (GArray) pairs = g_array_new (FALSE, TRUE, sizeof (AssayCodePair));
  for (guint i = rank; i < changes->len && pairs->len < SHOWN_MAX - causes->shown; i++)
    {
      const AssayChange *change = &g_array_index (changes, AssayChange, i);
      AssayCodePair pair = { .mode = mode_of (change) };
      if (!is_code (change))
        continue;
      sides_of (change, &pair.shipped, &pair.expected);
      ends[pairs->len] = i + 1;
      g_array_append_val (pairs, pair);
    }
  causes->ahead_end = ends[MAX (assay_source_look_ahead (causes->source, pairs), 1) - 1];
}

static void
show_code (AssayCauses *causes, const AssayChange *change, guint rank, guint64 offset, AssayFinding *finding)
{
  AssayCodeSide shipped;
  AssayCodeSide expected;
  if (causes->shown >= SHOWN_MAX || !is_code (change))
    return;
  if (rank >= causes->ahead_end)
    look_ahead (causes, rank);
  causes->shown++;
  sides_of (change, &shipped, &expected);
  /* begin where this finding lies, and not where the function first differs */
  guint64 skipped = offset - change->shipped_offset;
  if (skipped < shipped.last - shipped.first)
    {
      shipped.first += skipped;
      expected.first = MIN (expected.first + skipped, expected.length);
    }
  assay_finding_tell (finding)->rows = assay_source_show (causes->source, &shipped, &expected, mode_of (change));
}

/* The changes from @rank on whose functions are compared in one go: they are asked for one after another as a rule. */
static GArray *
pairs_from (const AssayCauses *causes, guint rank)
{
  const GArray *changes = assay_moves_get_changes (causes->moves);
  GArray *pairs = g_array_new (FALSE, TRUE, sizeof (AssayCodePair));
  for (guint i = rank; i < changes->len && pairs->len < causes->cores_wanted; i++)
    {
      const AssayChange *change = &g_array_index (changes, AssayChange, i);
      if (!is_code (change) || change->object == NULL)
        break;
      AssayCodePair pair = { .mode = mode_of (change) };
      sides_of (change, &pair.shipped, &pair.expected);
      g_array_append_val (pairs, pair);
    }
  return pairs;
}

static void
load_cores (AssayCauses *causes, guint rank)
{
  gboolean is_next = causes->cores != NULL && rank == causes->cores_first + causes->cores->len;
  guint wanted = causes->cores == NULL ? CORES_FIRST : 1;
  causes->cores_wanted = is_next ? MIN (2 * causes->cores_wanted, ASSAY_DISASSEMBLY_PIECES) : wanted;
  g_clear_pointer (&causes->cores, g_ptr_array_unref);
  g_autoptr (GArray) pairs = pairs_from (causes, rank);
  causes->cores = assay_source_cores (causes->source, pairs);
  causes->cores_first = rank;
}

/* Whether a finding touches an instruction that only one side has. */
static gboolean
is_core (AssayCauses *causes, const AssayChange *change, guint rank, const AssayFinding *finding)
{
  if (!is_code (change) || change->object == NULL)
    return FALSE;
  if (causes->cores == NULL || rank < causes->cores_first || rank - causes->cores_first >= causes->cores->len)
    load_cores (causes, rank);
  const GArray *core = g_ptr_array_index (causes->cores, rank - causes->cores_first);
  guint64 start = change->area->shipped_offset + change->object->shipped_offset;
  for (guint i = 0; core != NULL && i < core->len; i++)
    {
      const AssayStretch *stretch = &g_array_index (core, AssayStretch, i);
      guint64 offset = start + stretch->offset;
      if (finding->offset < offset + stretch->length && offset < finding->offset + finding->length)
        return TRUE;
    }
  return FALSE;
}

static void
apply_change (AssayCauses *causes, const AssayChange *change, guint rank, AssayFinding *finding)
{
  const AssayArea *area = change->area;
  finding->cause = ASSAY_CAUSE_PRIMARY;
  /* of one function what it does otherwise comes before what only uses other registers */
  finding->rank = rank * 2 + (is_core (causes, change, rank, finding) ? 0 : 1);
  if (change->object == NULL)
    name_added (causes, area, finding);
  else
    {
      guint64 within = change->expected_offset - area->expected_offset - change->object->offset
                       + (finding->offset - change->shipped_offset);
      name_object (causes, area, change->object, MIN (within, change->object->length), finding);
      show_text (area, change->object, finding);
      guint64 source = MIN (within, change->expected_offset - area->expected_offset - change->object->offset
                                        + MAX (change->expected_length, 1) - 1);
      if (area->code)
        set_place (causes, area->expected_address + change->object->offset + source,
                   section_number (causes, area->name), finding);
    }
  gboolean core = finding->rank % 2 == 0;
  if (causes->last_shown != change || (core && causes->last_core != change))
    show_code (causes, change, rank, finding->offset, finding);
  causes->last_shown = change;
  if (core)
    causes->last_core = change;
}

/* So little differs that every byte stands where it stood. */
static void
apply_in_place (AssayCauses *causes, AssayFinding *finding)
{
  finding->cause = ASSAY_CAUSE_PRIMARY;
  finding->rank = assay_finding_words (finding)->is_function ? 0 : 1;
  if (causes->node_account->coarse == ASSAY_COARSE_SCATTERED)
    return;
  assay_changes_note_in_place (causes->node_account, finding);
  if (!finding->has_address || g_strcmp0 (assay_finding_words (finding)->named_by, "rebuild") != 0)
    return;
  guint32 section = section_number (causes, assay_finding_words (finding)->section);
  set_place (causes, finding->address, section, finding);
  if (causes->shown < SHOWN_MAX && finding->expected_length > 0)
    {
      causes->shown++;
      assay_finding_tell (finding)->rows
          = assay_changes_show_in_place (causes->source, causes->elf, &causes->input, section, finding);
    }
}

gboolean
assay_causes_are_alike (const AssayCauses *causes)
{
  return causes->moves == NULL && causes->node_account->coarse == ASSAY_COARSE_SCATTERED;
}

void
assay_causes_apply (AssayCauses *causes, AssayFinding *finding)
{
  guint rank = 0;
  if (finding->class_ != ASSAY_CLASS_UNEXPLAINED && finding->class_ != ASSAY_CLASS_UNREPRODUCIBLE
      && finding->class_ != ASSAY_CLASS_WAIVED)
    return;
  if (causes->moves == NULL)
    {
      apply_in_place (causes, finding);
      return;
    }
  const AssayChange *change = assay_moves_change_at (causes->moves, finding->offset, &rank);
  if (change != NULL)
    {
      apply_change (causes, change, rank, finding);
      return;
    }
  const AssayArea *area = assay_moves_area_at (causes->moves, finding->offset);
  if (area == NULL)
    {
      finding->cause = cause_of_rest (causes, finding->offset, finding->length);
      finding->rank = G_MAXUINT;
      return;
    }
  const AssayObject *object = assay_moves_object_at (causes->moves, area, finding->offset);
  finding->cause = ASSAY_CAUSE_RIPPLE;
  if (object != NULL)
    name_object (causes, area, object, finding->offset - area->shipped_offset - object->shipped_offset, finding);
}
