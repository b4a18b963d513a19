#include "account/names/naming.h"

#include "inventory/raw.h"
#include "inventory/raw_place.h"

#include <elf.h>
#include <string.h>

void
assay_naming_clear (AssayNaming *naming)
{
  g_clear_pointer (&naming->shipped_fields, assay_elf_fields_free);
  g_clear_pointer (&naming->expected_fields, assay_elf_fields_free);
  g_clear_pointer (&naming->shipped_elf, assay_elf_free);
  g_clear_pointer (&naming->expected_elf, assay_elf_free);
  g_clear_pointer (&naming->symbols_elf, assay_elf_free);
  g_clear_pointer (&naming->load_ranges, g_array_unref);
  g_clear_pointer (&naming->symbols_blob, assay_blob_unref);
  g_clear_pointer (&naming->named.words, assay_finding_words_free);
  GString **texts[] = { &naming->message, &naming->remark };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (*texts[i] != NULL)
      g_string_free (g_steal_pointer (texts[i]), TRUE);
}

/* What cannot be read names nothing; that never changes a class. */
static AssayElf *
load_elf (const AssayWork *work, AssayBlob *blob)
{
  g_autoptr (GError) ignored = NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (blob, work->options->limits, &ignored);
  if (elf == NULL || !assay_elf_load_symbols (elf, blob, work->options->limits, &ignored))
    return NULL;
  return g_steal_pointer (&elf);
}

static AssayElfFields *
load_fields (const AssayElf *elf, AssayBlob *blob)
{
  g_autoptr (GError) ignored = NULL;
  return elf == NULL ? NULL : assay_elf_fields_new (elf, blob, &ignored);
}

/* Takes @blob as what names the expected file, if it is an ELF file that fits. */
static gboolean
try_symbols (AssayNaming *naming, const AssayWork *work, const AssayNode *expected, AssayBlob *blob)
{
  g_autoptr (AssayElf) elf = load_elf (work, blob);
  if (elf == NULL)
    return FALSE;
  g_autoptr (GError) ignored = NULL;
  if (naming->expected_elf != NULL)
    {
      if (naming->expected_elf->machine != elf->machine
          || g_strcmp0 (naming->expected_elf->build_id, elf->build_id) != 0)
        return FALSE;
      naming->symbols_elf = g_steal_pointer (&elf);
      naming->symbols_blob = assay_blob_ref (blob);
      return TRUE;
    }
  guint64 base = 0;
  guint64 displacement = 0;
  g_autoptr (GArray) ranges = assay_elf_load_image (elf, &base, &ignored);
  if (ranges == NULL || !assay_raw_place (expected->blob, blob, ranges, &displacement))
    return FALSE;
  for (guint i = 0; i < ranges->len; i++)
    g_array_index (ranges, AssayLoadRange, i).image_offset += displacement;
  naming->load_ranges = g_steal_pointer (&ranges);
  naming->symbols_raw = TRUE;
  naming->symbols_elf = g_steal_pointer (&elf);
  naming->symbols_blob = assay_blob_ref (blob);
  return naming->symbols_raw;
}

void
assay_naming_load (AssayNaming *naming, AssayWork *work, const AssayNodeAccount *node_account)
{
  const AssayNode *expected = node_account->match->expected;
  naming->shipped_interpreter = work->shipped_interpreter;
  naming->expected_interpreter = work->expected_interpreter;
  if (assay_work_is_program (node_account->node))
    naming->shipped_elf = load_elf (work, node_account->node->blob);
  naming->shipped_fields = load_fields (naming->shipped_elf, node_account->node->blob);
  if (expected == NULL || expected->blob == NULL)
    return;
  if (assay_work_is_program (expected))
    naming->expected_elf = load_elf (work, expected->blob);
  naming->expected_fields = load_fields (naming->expected_elf, expected->blob);
  const GPtrArray *symbols = node_account->match->expectation->symbols;
  for (guint i = 0; i < symbols->len; i++)
    if (try_symbols (naming, work, expected, g_ptr_array_index (symbols, i)))
      return;
  gboolean has_names = naming->expected_elf != NULL && assay_elf_has_symbol_table (naming->expected_elf);
  if (work->options->find_symbols == NULL || has_names)
    return;
  g_autoptr (AssayBlob) found = work->options->find_symbols (expected, work->options->find_symbols_data);
  if (found != NULL)
    try_symbols (naming, work, expected, found);
}

static void
set_symbol (AssayFinding *finding, const AssaySymbol *symbol)
{
  if (symbol == NULL || assay_finding_words (finding)->symbol != NULL)
    return;
  AssayFindingWords *words = assay_finding_tell (finding);
  words->symbol = g_strdup (symbol->name);
  words->is_function = symbol->is_function;
}

static void
set_section (AssayFinding *finding, const char *name)
{
  if (assay_finding_words (finding)->section == NULL && name != NULL && *name != '\0')
    assay_finding_tell (finding)->section = g_strdup (name);
}

/* The section of a relocatable file of symbols that is this one of the stripped file; NULL where there is none. */
static const AssaySection *
same_section (const AssayElf *symbols, const AssaySection *section)
{
  for (guint i = 0; symbols->type == ET_REL && i < symbols->sections->len; i++)
    {
      const AssaySection *other = &g_array_index (symbols->sections, AssaySection, i);
      if (other->size == section->size && other->flags == section->flags && strcmp (other->name, section->name) == 0)
        return other;
    }
  return NULL;
}

/* The symbol at @address, if there is none yet. @left: how many bytes from there on have the same names */
static void
name_symbol (const AssayElf *elf, guint64 address, guint32 section, guint64 *left, AssayFinding *finding)
{
  guint64 end = 0;
  set_symbol (finding, assay_elf_symbol_until (elf, address, section, &end));
  *left = MIN (*left, end - address);
}

/* In a relocatable file nothing has an address yet: what is called one is the place in the section. */
static void
name_in_section (const AssaySection *section, const AssayElf *elf, const AssayElf *symbols, guint64 offset,
                 guint64 *left, AssayFinding *finding)
{
  const AssaySection *other = symbols != NULL ? same_section (symbols, section) : NULL;
  finding->has_address = (section->flags & SHF_ALLOC) != 0;
  finding->address = finding->has_address ? offset - section->offset : 0;
  name_symbol (elf, offset - section->offset, section->index, left, finding);
  if (other != NULL)
    name_symbol (symbols, offset - section->offset, other->index, left, finding);
}

/* Names from a file whose offset is known. Returns: how many bytes from there on have the same ones */
static guint64
name_by_offset (const AssayElf *elf, const AssayElf *symbols, guint64 offset, AssayFinding *finding)
{
  const AssayPiece *piece = assay_elf_piece_at (elf, offset);
  const AssaySection *section = NULL;
  if (piece == NULL)
    return 0;
  guint64 left = piece->offset + piece->length - offset;
  guint64 end = 0;
  if (piece->kind == ASSAY_PIECE_SECTION)
    {
      section = &g_array_index (elf->sections, AssaySection, piece->section);
      set_section (finding, section->name);
    }
  guint64 address = 0;
  gboolean loaded = assay_elf_address_until (elf, offset, &address, &end);
  left = MIN (left, end - offset);
  if (loaded)
    {
      finding->has_address = TRUE;
      finding->address = address;
      name_symbol (elf, address, 0, &left, finding);
      if (symbols != NULL)
        name_symbol (symbols, address, 0, &left, finding);
    }
  else if (section != NULL && elf->type == ET_REL)
    name_in_section (section, elf, symbols, offset, &left, finding);
  else if (section != NULL)
    name_symbol (elf, offset - section->offset, section->index, &left, finding);
  return left;
}

static void
name_by_address (const AssayElf *elf, guint64 address, AssayFinding *finding)
{
  finding->has_address = TRUE;
  finding->address = address;
  const AssaySection *section = assay_elf_section_at_address (elf, address);
  if (section != NULL)
    set_section (finding, section->name);
  set_symbol (finding, assay_elf_symbol_at (elf, address, 0));
}

/* The names that the last finding had, where they reach as far. */
static gboolean
name_as_last (const AssayNamed *named, guint64 expected_offset, AssayFinding *finding)
{
  if (expected_offset < named->start || expected_offset >= named->end || finding->words != NULL)
    return FALSE;
  finding->words = assay_finding_words_share (named->words);
  finding->has_address = named->has_address != 0;
  finding->address = named->has_address ? expected_offset + named->shift : 0;
  return TRUE;
}

/* Keeps names for what lies behind; of a finding that was told nothing else yet. */
static void
keep_names (AssayNamed *named, guint64 expected_offset, guint64 left, const AssayFinding *finding)
{
  assay_finding_words_free (named->words);
  *named = (AssayNamed){ .start = expected_offset,
                         .end = expected_offset + left,
                         .shift = finding->address - expected_offset,
                         .has_address = finding->has_address != 0,
                         .words = assay_finding_words_share (finding->words) };
}

void
assay_naming_apply (AssayNaming *naming, guint64 expected_offset, AssayFinding *finding)
{
  guint64 address = 0;
  guint64 left = 0;
  gboolean told = finding->words != NULL;
  if (name_as_last (&naming->named, expected_offset, finding))
    return;
  if (expected_offset != ASSAY_NO_COUNTERPART && naming->expected_elf != NULL)
    left = name_by_offset (naming->expected_elf, naming->symbols_elf, expected_offset, finding);
  else if (expected_offset != ASSAY_NO_COUNTERPART && naming->symbols_raw
           && assay_raw_locate (naming->symbols_elf, naming->load_ranges, expected_offset, &address))
    name_by_address (naming->symbols_elf, address, finding);
  if (assay_finding_words (finding)->section != NULL || assay_finding_words (finding)->symbol != NULL)
    {
      assay_finding_tell (finding)->named_by = "rebuild";
      if (left > 1 && !told)
        keep_names (&naming->named, expected_offset, left, finding);
    }
  else if (naming->shipped_elf != NULL)
    {
      name_by_offset (naming->shipped_elf, NULL, finding->offset, finding);
      if (assay_finding_words (finding)->section != NULL || assay_finding_words (finding)->symbol != NULL)
        assay_finding_tell (finding)->named_by = "shipped";
    }
}

static guint64
split_at_piece (const AssayElf *elf, guint64 offset, guint64 length, guint *last)
{
  const AssayPiece *piece = elf == NULL ? NULL : assay_elf_piece_again (elf, offset, last);
  return piece == NULL ? length : MIN (length, piece->offset + piece->length - offset);
}

guint64
assay_naming_split (AssayNaming *naming, guint64 offset, guint64 expected_offset, guint64 length)
{
  if (expected_offset != ASSAY_NO_COUNTERPART && naming->expected_elf != NULL)
    return split_at_piece (naming->expected_elf, expected_offset, length, &naming->expected_piece);
  return split_at_piece (naming->shipped_elf, offset, length, &naming->shipped_piece);
}

guint64
assay_naming_alike_until (AssayNaming *naming, guint64 expected_offset, const AssayFinding *finding)
{
  const AssayNamed *named = &naming->named;
  const AssayElf *shipped = naming->shipped_elf;
  if (shipped == NULL && naming->expected_elf == NULL && naming->symbols_elf == NULL)
    return G_MAXUINT64;
  if (finding->words == NULL || finding->words != named->words || expected_offset < named->start
      || expected_offset >= named->end)
    return 0;
  guint64 left = named->end - expected_offset;
  if (naming->expected_fields != NULL)
    left = expected_offset >= naming->untold && expected_offset < naming->untold_end
               ? MIN (left, naming->untold_end - expected_offset)
               : 0;
  if (shipped != NULL)
    {
      const AssayPiece *piece = assay_elf_piece_again (shipped, finding->offset, &naming->shipped_piece);
      gboolean whole = piece != NULL && piece->kind != ASSAY_PIECE_GAP && piece->kind != ASSAY_PIECE_TAIL;
      left = whole ? MIN (left, piece->offset + piece->length - finding->offset) : 0;
    }
  return finding->offset + left;
}
