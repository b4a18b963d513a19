#include "inventory/load_places.h"
#include "inventory/stencil_private.h"

#include "util/cancel.h"
#include "util/sorted.h"

#include <assay/error.h>

#include <elf.h>
#include <string.h>

/* Known bytes that are enough for a section by itself; for all sections of an object together; and for these in bytes
 * of which nobody knows whether they are code. */
#define ENOUGH_ALONE 8u
#define ENOUGH_TOGETHER 4u
#define ENOUGH_IN_RAW 6u

/* Places of one section that are given. */
#define MAX_HITS 16u

/* Places of one file that are compared with a section because both begin alike: seconds. */
#define MAX_TRIES (G_GUINT64_CONSTANT (1) << 28)

#define WINDOW_BYTES (1024u * 1024u)

/** Bytes [start, end) of the file that may be executed. */
typedef struct
{
  guint64 start;
  guint64 end;
} Code;

/** A search of one file. */
typedef struct
{
  const AssayStencils *stencils;
  AssayBlob *blob;
  AssayElf *elf;    /* NULL: not an ELF file */
  GArray *code;     /* Code */
  GArray *places;   /* AssayFingerprintHit of what was found, with the number of the section as the source */
  guint8 *counts;   /* for each section how often it was found */
  guint8 *compared; /* room for the largest section */
  guint64 tries;
  guint8 *window; /* [window_start, window_end) of the file */
  guint64 window_start;
  guint64 window_end;
} Search;

static void
search_clear (Search *search)
{
  g_clear_pointer (&search->elf, assay_elf_free);
  g_clear_pointer (&search->code, g_array_unref);
  g_clear_pointer (&search->places, g_array_unref);
  g_clear_pointer (&search->counts, g_free);
  g_clear_pointer (&search->compared, g_free);
  g_clear_pointer (&search->window, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

static void
add_code (Search *search, guint64 start, guint64 length)
{
  guint64 size = assay_blob_get_size (search->blob);
  Code code = { start, start + MIN (length, size - MIN (start, size)) };
  if (start < size && length > 0)
    g_array_append_val (search->code, code);
}

/* Whether data may be executed wherever it is loaded. */
static gboolean
runs_data (const Search *search)
{
  g_autoptr (GArray) places = assay_load_places_executable (search->blob, &search->stencils->limits);
  return places == NULL && search->elf->type != ET_REL;
}

/* What program headers load to be executed; of a file without these what its sections call code. All of it where
 * neither can be believed, or where the file is none of that. */
static void
find_code (Search *search)
{
  const AssayElf *elf = search->elf;
  gboolean segments = FALSE;
  for (guint i = 0; elf != NULL && elf->trouble == NULL && i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      segments = segments || segment->type == PT_LOAD;
      if (segment->type == PT_LOAD && (segment->flags & PF_X) != 0)
        add_code (search, segment->offset, segment->file_size);
    }
  for (guint i = 0; elf != NULL && elf->trouble == NULL && !segments && i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if ((section->flags & SHF_EXECINSTR) != 0 && section->type != SHT_NOBITS)
        add_code (search, section->offset, section->size);
    }
  if (elf == NULL || elf->trouble != NULL || search->code->len == 0
      || (search->stencils->is_data && runs_data (search)))
    {
      g_array_set_size (search->code, 0);
      add_code (search, 0, assay_blob_get_size (search->blob));
    }
}

static gboolean
stands_at (Search *search, const AssayStencil *stencil, guint64 start, gboolean *out, GError **error)
{
  const guint8 *bytes = search->compared;
  *out = FALSE;
  if (start >= search->window_start && stencil->size <= search->window_end - search->window_start
      && start - search->window_start <= search->window_end - search->window_start - stencil->size)
    bytes = search->window + (start - search->window_start);
  else if (!assay_blob_read (search->blob, start, search->compared, stencil->size, error))
    return FALSE;
  for (guint64 i = 0; i < stencil->size; i++)
    if (stencil->known[i] && bytes[i] != stencil->bytes[i])
      return TRUE;
  *out = TRUE;
  return TRUE;
}

static void
note (Search *search, guint32 number, guint64 start)
{
  const AssayStencil *stencil = g_ptr_array_index (search->stencils->stencils, number);
  AssayFingerprintHit hit = { start, stencil->size, number };
  search->counts[number]++;
  g_array_append_val (search->places, hit);
}

static gboolean
try_anchor (Search *search, guint32 number, const Code *code, guint64 at, GError **error)
{
  const AssayStencil *stencil = g_ptr_array_index (search->stencils->stencils, number);
  gboolean stands = FALSE;
  if (search->counts[number] >= MAX_HITS || at - code->start < stencil->anchor)
    return TRUE;
  guint64 start = at - stencil->anchor;
  if (stencil->size > code->end - start)
    return TRUE;
  if (++search->tries > MAX_TRIES)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT,
                   "limit delivered-code-places (%" G_GUINT64_FORMAT
                   " places) hit: a file looks in too many places like delivered machine code",
                   MAX_TRIES);
      return FALSE;
    }
  if (!stands_at (search, stencil, start, &stands, error))
    return FALSE;
  if (stands)
    note (search, number, start);
  return TRUE;
}

static gboolean
try_place (Search *search, const Code *code, const guint8 *bytes, guint64 left, guint64 at, GError **error)
{
  const AssayStencils *stencils = search->stencils;
  for (guint length = 1; length <= ASSAY_STENCIL_ANCHOR && length <= left; length++)
    {
      if (!stencils->lengths[length])
        continue;
      guint64 key = assay_stencil_key (bytes, length);
      guint bit = assay_stencil_bit (key);
      if ((stencils->filter[bit / 64] >> (bit % 64) & 1) == 0)
        continue;
      for (guint i = assay_sorted_first (stencils->anchors, G_STRUCT_OFFSET (AssayStencilAnchor, key), key);
           i < stencils->anchors->len; i++)
        {
          const AssayStencilAnchor *anchor = &g_array_index (stencils->anchors, AssayStencilAnchor, i);
          if (anchor->key != key)
            break;
          if (!try_anchor (search, anchor->stencil, code, at, error))
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
scan (Search *search, const Code *code, GError **error)
{
  for (guint64 start = code->start; start < code->end; start += WINDOW_BYTES)
    {
      guint64 length = MIN (code->end - start, WINDOW_BYTES + ASSAY_STENCIL_ANCHOR - 1);
      if (assay_cancelled (error) || !assay_blob_read (search->blob, start, search->window, length, error))
        return FALSE;
      search->window_start = start;
      search->window_end = start + length;
      for (guint64 i = 0; i < MIN (length, WINDOW_BYTES); i++)
        if (!try_place (search, code, search->window + i, length - i, start + i, error))
          return FALSE;
    }
  return TRUE;
}

/* Where in the file a symbol of a linked file lies; of an object its address is in its section. */
static gboolean
find_offset (const AssayElf *elf, const AssaySymbol *symbol, guint64 *out)
{
  if (elf->type == ET_REL)
    {
      if (symbol->section == 0 || symbol->section > elf->sections->len)
        return FALSE;
      *out = g_array_index (elf->sections, AssaySection, symbol->section - 1).offset + symbol->address;
      return TRUE;
    }
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      if (segment->type != PT_LOAD || symbol->address < segment->virtual_address
          || symbol->address - segment->virtual_address >= segment->file_size)
        continue;
      *out = segment->offset + (symbol->address - segment->virtual_address);
      return TRUE;
    }
  return FALSE;
}

static void
add_hit (const Search *search, guint32 number, guint64 start, GArray *hits)
{
  const AssayStencil *stencil = g_ptr_array_index (search->stencils->stencils, number);
  AssayFingerprintHit hit
      = { start, stencil->size, g_array_index (search->stencils->objects, AssayStencilObject, stencil->object).source };
  g_array_append_val (hits, hit);
}

/* Names are untrusted, and may make something opaque that is not; they never make anything pass. */
static gboolean
search_names (Search *search, GArray *hits, GError **error)
{
  const AssayElf *elf = search->elf;
  guint64 size = assay_blob_get_size (search->blob);
  for (guint i = 0; elf->symbols != NULL && i < elf->symbols->len; i++)
    {
      const AssaySymbol *symbol = &g_array_index (elf->symbols, AssaySymbol, i);
      const GArray *names = symbol->is_function ? g_hash_table_lookup (search->stencils->names, symbol->name) : NULL;
      guint64 offset = 0;
      if (names == NULL || !find_offset (elf, symbol, &offset))
        continue;
      for (guint j = 0; j < names->len && j < MAX_HITS; j++)
        {
          const AssayStencilName *name = &g_array_index (names, AssayStencilName, j);
          const AssayStencil *stencil = g_ptr_array_index (search->stencils->stencils, name->stencil);
          gboolean stands = FALSE;
          if (offset < name->offset || offset - name->offset > size || stencil->size > size - (offset - name->offset))
            continue;
          if (!stands_at (search, stencil, offset - name->offset, &stands, error))
            return FALSE;
          if (stands)
            add_hit (search, name->stencil, offset - name->offset, hits);
        }
    }
  return TRUE;
}

/* Whether all sections of an object were found, and are enough together. */
static gboolean
is_whole (const Search *search, guint32 number)
{
  const AssayStencilObject *object = &g_array_index (search->stencils->objects, AssayStencilObject, number);
  for (guint32 i = 0; i < object->count; i++)
    if (search->counts[object->first + i] == 0)
      return FALSE;
  return object->known_bytes >= (search->elf == NULL ? ENOUGH_IN_RAW : ENOUGH_TOGETHER);
}

static void
collect (const Search *search, GArray *hits)
{
  for (guint i = 0; i < search->places->len; i++)
    {
      const AssayFingerprintHit *place = &g_array_index (search->places, AssayFingerprintHit, i);
      const AssayStencil *stencil = g_ptr_array_index (search->stencils->stencils, place->source);
      if (stencil->known_bytes >= ENOUGH_ALONE || is_whole (search, stencil->object))
        add_hit (search, place->source, place->offset, hits);
    }
}

static guint64
largest (const AssayStencils *stencils)
{
  guint64 size = 1;
  for (guint i = 0; i < stencils->stencils->len; i++)
    size = MAX (size, ((const AssayStencil *)g_ptr_array_index (stencils->stencils, i))->size);
  return size;
}

static gboolean
search_all (Search *search, GArray *hits, GError **error)
{
  gboolean done = TRUE;
  find_code (search);
  for (guint i = 0; done && i < search->code->len; i++)
    done = scan (search, &g_array_index (search->code, Code, i), error);
  if (done && search->elf != NULL)
    done = search_names (search, hits, error);
  if (done)
    collect (search, hits);
  return done;
}

gboolean
assay_stencils_search (const AssayStencils *stencils, AssayBlob *blob, GArray *hits, GError **error)
{
  if (stencils->stencils->len == 0)
    return TRUE;
  g_autoptr (GError) ignored = NULL;
  g_auto (Search) search = { .stencils = stencils,
                             .blob = blob,
                             .elf = assay_elf_new (blob, &stencils->limits, &ignored),
                             .code = g_array_new (FALSE, FALSE, sizeof (Code)),
                             .places = g_array_new (FALSE, FALSE, sizeof (AssayFingerprintHit)),
                             .counts = g_new0 (guint8, stencils->stencils->len),
                             .compared = g_try_malloc (largest (stencils)),
                             .window = g_malloc (WINDOW_BYTES + ASSAY_STENCIL_ANCHOR) };
  if (search.compared == NULL)
    return assay_limits_exceeded (&stencils->limits, ASSAY_LIMIT_DELIVERED_CODE, "one piece of machine code", error);
  if (search.elf != NULL)
    assay_elf_load_symbols (search.elf, blob, &stencils->limits, NULL);
  if (!assay_blob_hold (blob, error))
    return FALSE;
  gboolean done = search_all (&search, hits, error);
  assay_blob_release (blob);
  return done;
}
