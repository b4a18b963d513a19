#include "inventory/debug/sections.h"

#include "util/checked.h"

#include <assay/error.h>

#include <elf.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#ifndef ELFCOMPRESS_ZSTD
#define ELFCOMPRESS_ZSTD 2
#endif

/* Of the .zdebug form: "ZLIB" and the unpacked size in big-endian order. */
#define OLD_HEADER_BYTES 12u
/* The most that deflate can make of a byte; zlib's own documentation says 1032. */
#define DEFLATE_RATIO_MAX 1032u
/* Elf64_Chdr; the narrow one has 12. */
#define HEADER_BYTES_MAX 24u

static const char *const names[ASSAY_DEBUG_COUNT] = {
  [ASSAY_DEBUG_INFO] = ".debug_info",
  [ASSAY_DEBUG_ABBREV] = ".debug_abbrev",
  [ASSAY_DEBUG_STR] = ".debug_str",
  [ASSAY_DEBUG_LINE_STR] = ".debug_line_str",
  [ASSAY_DEBUG_STR_OFFSETS] = ".debug_str_offsets",
  [ASSAY_DEBUG_LINE] = ".debug_line",
  [ASSAY_DEBUG_ADDR] = ".debug_addr",
  [ASSAY_DEBUG_RANGES] = ".debug_ranges",
  [ASSAY_DEBUG_RNGLISTS] = ".debug_rnglists",
  [ASSAY_DEBUG_CU_INDEX] = ".debug_cu_index",
};

/* How the bytes of a section are packed. */
typedef enum
{
  PACKED_NOT = 0,
  PACKED_ZLIB,
  PACKED_ZSTD,
  PACKED_UNKNOWN,
} Packing;

typedef struct
{
  Packing packing;
  gsize header_bytes;
  guint64 unpacked_bytes;
} Form;

const char *
assay_debug_section_name (AssayDebugSection section)
{
  return names[section];
}

static Packing
packing_of_type (guint64 type)
{
  if (type == ELFCOMPRESS_ZLIB)
    return PACKED_ZLIB;
  return type == ELFCOMPRESS_ZSTD ? PACKED_ZSTD : PACKED_UNKNOWN;
}

/* Reads how a section is packed from its first bytes, which may be fewer than a header takes. */
static Form
read_form (const AssayElf *elf, const AssaySection *section, AssayDebugBytes head)
{
  Form form = { .packing = PACKED_NOT, .header_bytes = 0, .unpacked_bytes = section->size };
  AssayDebugCursor cursor = assay_debug_cursor_at (head, 0, elf->big_endian);
  if ((section->flags & SHF_COMPRESSED) != 0)
    {
      guint word = elf->bits / 8;
      form.packing = packing_of_type (assay_debug_cursor_fixed (&cursor, 4));
      assay_debug_cursor_skip (&cursor, word - 4); /* ch_reserved */
      form.unpacked_bytes = assay_debug_cursor_fixed (&cursor, word);
      form.header_bytes = word == 8 ? HEADER_BYTES_MAX : 12;
      assay_debug_cursor_skip (&cursor, word); /* ch_addralign */
    }
  else if (g_str_has_prefix (section->name, ".zdebug"))
    {
      cursor.big_endian = TRUE;
      form.packing = assay_debug_cursor_fixed (&cursor, 4) == 0x5a4c4942 ? PACKED_ZLIB : PACKED_UNKNOWN;
      form.unpacked_bytes = assay_debug_cursor_fixed (&cursor, 8);
      form.header_bytes = OLD_HEADER_BYTES;
    }
  if (cursor.failed)
    form.packing = PACKED_UNKNOWN;
  return form;
}

/* The part of a section's name that says what it is, with the old form's name made the new one's; NULL for another. */
static const char *
debug_name (const AssaySection *section, char *buffer, gsize room)
{
  const char *name = section->name;
  if (g_str_has_prefix (name, ".debug_"))
    return name;
  if (!g_str_has_prefix (name, ".zdebug_") || strlen (name) >= room)
    return NULL;
  g_snprintf (buffer, (gulong)room, ".%s", name + 2);
  return buffer;
}

static void
take_place (AssayDebugPlaces *plain, AssayDebugPlaces *split, const char *name, guint32 index)
{
  for (guint kind = 0; kind < ASSAY_DEBUG_COUNT; kind++)
    {
      gsize length = strlen (names[kind]);
      if (strncmp (name, names[kind], length) != 0)
        continue;
      AssayDebugPlaces *places = name[length] == '\0' ? plain : strcmp (name + length, ".dwo") == 0 ? split : NULL;
      /* The first of a name counts, as it does for libdw. */
      if (places != NULL && places->index[kind] == G_MAXUINT32)
        places->index[kind] = index;
      /* The index of a .dwp file goes without .dwo. */
      if (places != NULL && kind == ASSAY_DEBUG_CU_INDEX)
        split->index[kind] = plain->index[kind];
    }
}

static gboolean
add_size (const AssayElf *elf, AssayBlob *blob, const AssaySection *section, AssayDebugPlaces *out, GError **error)
{
  guint8 head[HEADER_BYTES_MAX];
  guint64 stored = section->offset < elf->size ? MIN (section->size, elf->size - section->offset) : 0;
  gsize have = (gsize)MIN (stored, sizeof head);
  if (!assay_blob_read (blob, MIN (section->offset, elf->size), head, have, error))
    return FALSE;
  Form form = read_form (elf, section, (AssayDebugBytes){ .data = head, .size = have });
  if (!assay_u64_add (out->unpacked_bytes, form.unpacked_bytes, &out->unpacked_bytes))
    out->unpacked_bytes = G_MAXUINT64;
  return TRUE;
}

gboolean
assay_debug_sections_find (const AssayElf *elf, AssayBlob *blob, AssayDebugPlaces *out, GError **error)
{
  AssayDebugPlaces plain = { .is_split = FALSE };
  memset (plain.index, 0xff, sizeof plain.index);
  AssayDebugPlaces split = plain;
  split.is_split = TRUE;
  char buffer[64];
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      const char *name = debug_name (section, buffer, sizeof buffer);
      /* What belongs to a group is of one function or type that the linker may drop; libdw leaves it out, too. */
      if (name == NULL || section->type == SHT_NOBITS || (section->flags & SHF_GROUP) != 0)
        continue;
      take_place (&plain, &split, name, i);
      if (!add_size (elf, blob, section, &plain, error))
        return FALSE;
    }
  split.unpacked_bytes = plain.unpacked_bytes;
  *out = plain.index[ASSAY_DEBUG_INFO] == G_MAXUINT32 ? split : plain;
  return TRUE;
}

static gboolean
inflate_all (const guint8 *from, gsize from_bytes, guint8 *to, gsize to_bytes)
{
  uLongf made = to_bytes;
  return uncompress (to, &made, from, from_bytes) == Z_OK && made == to_bytes;
}

static gboolean
unpack (Packing packing, const guint8 *from, gsize from_bytes, guint8 *to, gsize to_bytes)
{
  if (packing == PACKED_ZLIB)
    return inflate_all (from, from_bytes, to, to_bytes);
  return ZSTD_decompress (to, to_bytes, from, from_bytes) == to_bytes;
}

AssayElf *
assay_debug_sections_locate (AssayBlob *blob, const AssayLimits *limits, AssayDebugPlaces *out, GError **error)
{
  g_autoptr (AssayElf) elf = assay_elf_new (blob, limits, error);
  if (elf == NULL || !assay_debug_sections_find (elf, blob, out, error))
    return NULL;
  guint32 info = out->index[ASSAY_DEBUG_INFO];
  if (info == G_MAXUINT32 || g_array_index (elf->sections, AssaySection, info).size == 0)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_NO_CONTENT, "there is no debug information");
      return NULL;
    }
  if (!assay_limits_check (limits, ASSAY_LIMIT_DEBUG_BYTES, out->unpacked_bytes, "debug information", error))
    return NULL;
  return g_steal_pointer (&elf);
}

/* Room for the bytes of a section, and a NUL behind them: libdw takes it for granted that texts of split files end. */
static guint8 *
new_bytes (guint64 size)
{
  guint8 *bytes = size >= G_MAXSIZE ? NULL : g_try_malloc ((gsize)size + 1);
  if (bytes != NULL)
    bytes[size] = 0;
  return bytes;
}

guint8 *
assay_debug_section_stored (const AssayElf *elf, const AssaySection *section, AssayBlob *blob)
{
  if (section->type == SHT_NOBITS || section->size == 0
      || !assay_range_fits (section->offset, section->size, elf->size))
    return NULL;
  g_autofree guint8 *bytes = new_bytes (section->size);
  if (bytes == NULL || !assay_blob_read (blob, section->offset, bytes, (gsize)section->size, NULL))
    return NULL;
  return g_steal_pointer (&bytes);
}

static guint8 *
unpack_section (AssayDebugBytes stored, const Form *form)
{
  if (form->packing == PACKED_UNKNOWN || form->unpacked_bytes == 0
      || (form->packing == PACKED_ZLIB && form->unpacked_bytes / DEFLATE_RATIO_MAX > stored.size))
    return NULL;
  gsize size = (gsize)form->unpacked_bytes;
  g_autofree guint8 *data = new_bytes (size);
  if (data == NULL
      || !unpack (form->packing, stored.data + form->header_bytes, stored.size - form->header_bytes, data, size))
    return NULL;
  return g_steal_pointer (&data);
}

AssayDebugBytes
assay_debug_section_load (const AssayElf *elf, const AssaySection *section, AssayBlob *blob, GPtrArray *buffers)
{
  g_autofree guint8 *stored = assay_debug_section_stored (elf, section, blob);
  if (stored == NULL)
    return (AssayDebugBytes){ 0 };
  AssayDebugBytes content = { .data = stored, .size = (gsize)section->size };
  Form form = read_form (elf, section, content);
  if (form.packing != PACKED_NOT)
    {
      guint8 *unpacked = unpack_section (content, &form);
      if (unpacked == NULL)
        return (AssayDebugBytes){ 0 };
      g_free (stored);
      stored = unpacked;
      content = (AssayDebugBytes){ .data = unpacked, .size = (gsize)form.unpacked_bytes };
    }
  g_ptr_array_add (buffers, g_steal_pointer (&stored));
  return content;
}
