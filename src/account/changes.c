#include "account/changes.h"

#include "util/sorted.h"

#include <elf.h>
#include <string.h>

/** Bytes in front of and behind a finding that are read to show its instructions. */
#define SHOW_BYTES 4096u

static void
change_clear (gpointer data)
{
  AssayChangeAccount *change = data;
  g_free (change->name);
  g_free (change->old_name);
  g_free (change->file);
}

static GArray *
changes_of (AssayNodeAccount *node_account)
{
  if (node_account->changes == NULL)
    {
      node_account->changes = g_array_new (FALSE, TRUE, sizeof (AssayChangeAccount));
      g_array_set_clear_func (node_account->changes, change_clear);
    }
  return node_account->changes;
}

static const char *
what_of (const AssayArea *area, const AssayObject *object)
{
  if (object == NULL)
    return area->code && area->name != NULL ? "function" : "bytes";
  switch (object->kind)
    {
    case ASSAY_OBJECT_FUNCTION:
      return "function";
    case ASSAY_OBJECT_DATA:
      return "object";
    case ASSAY_OBJECT_STRING:
      return "text";
    case ASSAY_OBJECT_STRETCH:
    case ASSAY_OBJECT_UNKNOWN:
      break;
    }
  return "bytes";
}

/** What is gathered for one leaf. */
typedef struct
{
  AssayNodeAccount *node_account;
  const AssayAreasInput *input;
  const AssayMoves *moves;
  AssaySource *source;
  GHashTable *changed; /* set of AssayObject that a change speaks of */
} Describing;

static guint32
section_number (const AssayElf *elf, const AssayArea *area)
{
  for (guint i = 0; area->name != NULL && elf->type == ET_REL && i < elf->sections->len; i++)
    if (strcmp (g_array_index (elf->sections, AssaySection, i).name, area->name) == 0)
      return g_array_index (elf->sections, AssaySection, i).index;
  return 0;
}

static const AssaySymbol *
shipped_symbol (const Describing *describing, const AssayArea *area, guint64 offset)
{
  const AssayElf *elf = describing->input->shipped_elf;
  if (elf == NULL || elf->symbols == NULL || elf->type == ET_REL)
    return NULL;
  return assay_elf_symbol_at (elf, area->shipped_address + offset, 0);
}

static void
add_object (const Describing *describing, const char *word, const AssayArea *area, const AssayObject *object)
{
  g_auto (AssaySourcePlace) place = { NULL };
  AssayChangeAccount change = { .change = word,
                                .what = what_of (area, object),
                                .name = g_strdup (object->name),
                                .named_by = object->name == NULL ? NULL : "rebuild",
                                .shipped_offset = area->shipped_offset + object->shipped_offset,
                                .shipped_size = object->shipped_length,
                                .expected_offset = area->expected_offset + object->offset,
                                .expected_size = object->length };
  if (area->code
      && assay_source_find (describing->source, area->expected_address + object->offset,
                            section_number (describing->input->symbols_elf, area), &place))
    {
      change.file = g_steal_pointer (&place.file);
      change.line = place.line;
    }
  g_array_append_val (changes_of (describing->node_account), change);
}

static void
add_added (const Describing *describing, const AssayArea *area, guint64 offset, guint64 length)
{
  const AssaySymbol *symbol = shipped_symbol (describing, area, offset);
  AssayChangeAccount change = { .change = "added",
                                .what = what_of (area, NULL),
                                .name = symbol == NULL ? NULL : g_strdup (symbol->name),
                                .named_by = symbol == NULL ? NULL : "shipped",
                                .shipped_offset = area->shipped_offset + offset,
                                .shipped_size = length };
  g_array_append_val (changes_of (describing->node_account), change);
}

static void
describe_changes (Describing *describing)
{
  const GArray *changes = assay_moves_get_changes (describing->moves);
  for (guint i = 0; i < changes->len; i++)
    {
      const AssayChange *change = &g_array_index (changes, AssayChange, i);
      if (change->object == NULL)
        add_added (describing, change->area, change->shipped_offset - change->area->shipped_offset,
                   change->shipped_length);
      else if (g_hash_table_add (describing->changed, (gpointer)change->object))
        add_object (describing, change->kind == ASSAY_CHANGE_REMOVED ? "removed" : "changed", change->area,
                    change->object);
    }
}

/* Whether the shipped file has a symbol of that name; one without a symbol table names nothing. */
static gboolean
is_renamed (const Describing *describing, const AssayArea *area, const AssayObject *object, const AssaySymbol **out)
{
  *out = shipped_symbol (describing, area, object->shipped_offset);
  return describing->input->shipped_elf != NULL && assay_elf_has_symbol_table (describing->input->shipped_elf)
         && *out != NULL && (*out)->is_function && (*out)->address == area->shipped_address + object->shipped_offset
         && object->hint == ASSAY_DRIFT_NOWHERE && strcmp ((*out)->name, object->name) != 0;
}

static void
count_function (Describing *describing, const AssayArea *area, const AssayObject *object)
{
  AssayCodeCounts *code = &describing->node_account->code;
  const AssaySymbol *other = NULL;
  code->functions++;
  code->bytes += object->length;
  if (object->placement == ASSAY_PLACEMENT_REMOVED)
    code->removed++;
  else if (g_hash_table_contains (describing->changed, object))
    code->changed++;
  else if (is_renamed (describing, area, object, &other))
    {
      code->renamed++;
      code->untouched_bytes += object->length;
      add_object (describing, "renamed", area, object);
      GArray *changes = changes_of (describing->node_account);
      AssayChangeAccount *last = &g_array_index (changes, AssayChangeAccount, changes->len - 1);
      last->old_name = last->name;
      last->name = g_strdup (other->name);
      last->named_by = "shipped";
    }
  else
    {
      gboolean stayed = area->shipped_address + object->shipped_offset == area->expected_address + object->offset;
      code->untouched_bytes += object->length;
      if (stayed)
        code->untouched++;
      else
        code->moved++;
      if (object->moved_away)
        add_object (describing, "moved", area, object);
    }
}

/* Of an area that is equal as a whole the symbols are not laid out: all of its functions are untouched. */
static void
count_equal (Describing *describing, const AssayArea *area)
{
  const AssayElf *elf = describing->input->symbols_elf;
  AssayCodeCounts *code = &describing->node_account->code;
  if (elf->symbols == NULL || elf->type == ET_REL)
    return;
  guint first = assay_sorted_first (elf->symbols, G_STRUCT_OFFSET (AssaySymbol, address), area->expected_address);
  for (guint i = first; i < elf->symbols->len; i++)
    {
      const AssaySymbol *symbol = &g_array_index (elf->symbols, AssaySymbol, i);
      if (symbol->address - area->expected_address >= area->drift.expected_length)
        return;
      if (!symbol->is_function || symbol->size == 0)
        continue;
      code->functions++;
      code->bytes += symbol->size;
      code->untouched_bytes += symbol->size;
      if (area->expected_address == area->shipped_address)
        code->untouched++;
      else
        code->moved++;
    }
}

static void
count_area (Describing *describing, const AssayArea *area)
{
  if (area->equal && area->code)
    count_equal (describing, area);
  for (guint i = 0; !area->equal && i < area->drift.objects->len; i++)
    {
      const AssayObject *object = &g_array_index (area->drift.objects, AssayObject, i);
      if (object->kind == ASSAY_OBJECT_FUNCTION)
        count_function (describing, area, object);
    }
}

static guint64
size_of (const AssayChangeAccount *change)
{
  return MAX (change->shipped_size, change->expected_size);
}

static gint
by_size (gconstpointer a, gconstpointer b)
{
  const AssayChangeAccount *first = a;
  const AssayChangeAccount *second = b;
  gboolean code_first = strcmp (first->what, "function") == 0;
  gboolean code_second = strcmp (second->what, "function") == 0;
  if (code_first != code_second)
    return code_first ? -1 : 1;
  if (size_of (first) != size_of (second))
    return size_of (first) > size_of (second) ? -1 : 1;
  if (first->expected_offset != second->expected_offset)
    return first->expected_offset < second->expected_offset ? -1 : 1;
  return first->shipped_offset < second->shipped_offset ? -1 : first->shipped_offset > second->shipped_offset;
}

void
assay_changes_describe (AssayNodeAccount *node_account, const AssayAreasInput *input, const GPtrArray *areas,
                        const AssayMoves *moves, AssaySource *source)
{
  g_autoptr (GHashTable) changed = g_hash_table_new (NULL, NULL);
  Describing describing = { node_account, input, moves, source, changed };
  describe_changes (&describing);
  for (guint i = 0; i < areas->len; i++)
    count_area (&describing, g_ptr_array_index (areas, i));
  GArray *changes = changes_of (node_account);
  for (guint i = 0; i < changes->len; i++)
    {
      const AssayChangeAccount *change = &g_array_index (changes, AssayChangeAccount, i);
      node_account->code.added += strcmp (change->change, "added") == 0 && strcmp (change->what, "function") == 0;
    }
  g_array_sort (changes, by_size);
}

void
assay_changes_note_in_place (AssayNodeAccount *node_account, const AssayFinding *finding)
{
  GArray *changes = changes_of (node_account);
  for (guint i = 0; assay_finding_words (finding)->symbol != NULL && i < changes->len; i++)
    if (g_strcmp0 (g_array_index (changes, AssayChangeAccount, i).name, assay_finding_words (finding)->symbol) == 0)
      return;
  AssayChangeAccount change
      = { .change = finding->expected_length > 0 ? "changed" : "added",
          .what = assay_finding_words (finding)->is_function      ? "function"
                  : assay_finding_words (finding)->symbol != NULL ? "object"
                                                                  : "bytes",
          .name = g_strdup (assay_finding_words (finding)->symbol),
          .named_by = assay_finding_words (finding)->symbol == NULL ? NULL : assay_finding_words (finding)->named_by,
          .shipped_offset = finding->offset,
          .shipped_size = finding->length,
          .expected_offset = finding->offset,
          .expected_size = finding->expected_length > 0 ? finding->length : 0 };
  g_array_append_val (changes, change);
}

/* Bytes of a blob around a range that lie in one executable piece of it. */
static gboolean
read_side (AssayBlob *blob, guint64 offset, gsize length, guint8 **out)
{
  g_autoptr (GError) ignored = NULL;
  *out = g_malloc (MAX (length, 1));
  return assay_blob_read (blob, offset, *out, length, &ignored);
}

GArray *
assay_changes_show_in_place (AssaySource *source, const AssayElf *elf, const AssayAreasInput *input, guint32 section,
                             const AssayFinding *finding)
{
  const AssaySymbol *symbol = assay_elf_symbol_at (elf, finding->address, section);
  gboolean executable = input->expected_elf != NULL
                            ? assay_elf_offset_is_executable (input->expected_elf, finding->offset)
                            : symbol != NULL && symbol->is_function;
  guint64 lead = symbol != NULL && symbol->address <= finding->address ? finding->address - symbol->address : 0;
  if (!executable || lead > SHOW_BYTES * 16 || lead > finding->offset)
    return NULL;
  guint64 start = finding->offset - lead;
  guint64 size = MIN (assay_blob_get_size (input->shipped), assay_blob_get_size (input->expected));
  guint64 wanted = lead + MIN (finding->length, SHOW_BYTES) + 64;
  gsize length = (gsize)MIN (wanted, size - start);
  g_autofree guint8 *shipped_bytes = NULL;
  g_autofree guint8 *expected_bytes = NULL;
  if (!read_side (input->shipped, start, length, &shipped_bytes)
      || !read_side (input->expected, start, length, &expected_bytes))
    return NULL;
  AssayCodeSide shipped = { shipped_bytes, length, finding->address - lead, lead, lead + finding->length };
  AssayCodeSide expected = shipped;
  expected.bytes = expected_bytes;
  return assay_source_show (source, &shipped, &expected,
                            symbol != NULL && symbol->is_thumb ? ASSAY_CODE_ALTERNATE : ASSAY_CODE_MAIN);
}

/** Bytes of a header's entry that say where or how large something is. */
typedef struct
{
  guint8 first;
  guint8 last; /* one behind */
} Field;

/* System V ABI: e_entry, e_phoff, e_shoff; p_offset to p_memsz; sh_name, sh_addr to sh_info. */
static const struct
{
  AssayPieceKind kind;
  guint8 bits;
  guint8 entry_bytes;
  Field fields[2];
} header_fields[] = {
  { ASSAY_PIECE_ELF_HEADER, 32, 52, { { 24, 36 }, { 48, 52 } } },
  { ASSAY_PIECE_ELF_HEADER, 64, 64, { { 24, 48 }, { 60, 64 } } },
  { ASSAY_PIECE_PROGRAM_HEADERS, 32, 32, { { 4, 24 }, { 0, 0 } } },
  { ASSAY_PIECE_PROGRAM_HEADERS, 64, 56, { { 8, 48 }, { 0, 0 } } },
  { ASSAY_PIECE_SECTION_HEADERS, 32, 40, { { 0, 4 }, { 12, 32 } } },
  { ASSAY_PIECE_SECTION_HEADERS, 64, 64, { { 0, 4 }, { 16, 48 } } },
};

gboolean
assay_changes_header_follows (const AssayElf *elf, const AssayPiece *piece, guint64 offset)
{
  for (gsize i = 0; i < G_N_ELEMENTS (header_fields); i++)
    {
      guint64 within = (offset - piece->offset) % header_fields[i].entry_bytes;
      if (header_fields[i].kind != piece->kind || header_fields[i].bits != elf->bits)
        continue;
      for (gsize j = 0; j < G_N_ELEMENTS (header_fields[i].fields); j++)
        if (within >= header_fields[i].fields[j].first && within < header_fields[i].fields[j].last)
          return TRUE;
    }
  return FALSE;
}
