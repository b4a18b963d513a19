#include "inventory/intermediate.h"

#include "inventory/elf_private.h"

#include <elf.h>
#include <string.h>

/** How something begins: all of a file, or what stands anywhere in one. */
typedef struct
{
  AssayIntermediate kind;
  guint length;
  const char *bytes;
} Begin;

static const Begin of_files[] = {
  { ASSAY_INTERMEDIATE_GO, 10, "go object " },
  { ASSAY_INTERMEDIATE_LLVM, 4, "BC\xc0\xde" },
  { ASSAY_INTERMEDIATE_LLVM, 4, "\xde\xc0\x17\x0b" },
};

/** Four bytes are anywhere by chance. Of Go what ends the text in front of an object, and its magic of all versions; of
 * LLVM the magic and the head of the first block: the identification, or of old versions the module. */
static const Begin anywhere[] = {
  { ASSAY_INTERMEDIATE_GO, 7, "\n!\n\0go1" },
  { ASSAY_INTERMEDIATE_GO, 7, "\n!\n\0\0go" },
  { ASSAY_INTERMEDIATE_LLVM, 8, "BC\xc0\xde\x35\x14\0\0" },
  { ASSAY_INTERMEDIATE_LLVM, 8, "BC\xc0\xde\x21\x0c\0\0" },
};

/** Of the window before that stand in front of each. */
#define OVERLAP 8u

static AssayIntermediate
find_anywhere (const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (anywhere); i++)
    if (memmem (bytes, length, anywhere[i].bytes, anywhere[i].length) != NULL)
      return anywhere[i].kind;
  return ASSAY_INTERMEDIATE_NONE;
}

static AssayIntermediate
find_in_head (const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (of_files); i++)
    if (length >= of_files[i].length && memcmp (bytes, of_files[i].bytes, of_files[i].length) == 0)
      return of_files[i].kind;
  return ASSAY_INTERMEDIATE_NONE;
}

static gboolean
is_for_linking (const char *name)
{
  return g_str_has_prefix (name, ".gnu.lto_") || g_str_has_prefix (name, ".llvm.lto") || strcmp (name, ".llvmbc") == 0;
}

static gboolean
is_nothing_else (AssayBlob *blob, const AssayLimits *limits)
{
  g_autoptr (GError) ignored = NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (blob, limits, &ignored);
  gboolean found = FALSE;
  for (guint i = 0; elf != NULL && elf->type == ET_REL && i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if ((section->flags & SHF_EXECINSTR) != 0 && assay_elf_section_stores (section))
        return FALSE;
      /* of one byte is the mark of one that was left out */
      found = found || (section->size > 1 && is_for_linking (section->name));
    }
  return found;
}

/* Where what an ELF file claims ends, and other bytes begin; 0 of what is none that can be read. */
static guint64
end_of_elf (AssayBlob *blob, const AssayLimits *limits)
{
  g_autoptr (GError) ignored = NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (blob, limits, &ignored);
  for (guint i = 0; elf != NULL && i < elf->pieces->len; i++)
    {
      const AssayPiece *piece = &g_array_index (elf->pieces, AssayPiece, i);
      if (piece->kind == ASSAY_PIECE_TAIL)
        return piece->offset;
    }
  return elf == NULL ? 0 : assay_blob_get_size (blob);
}

gboolean
assay_intermediate_find (AssayBlob *blob, const AssayLimits *limits, AssayIntermediate *out, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  guint64 begin = 0;
  guint8 head[SELFMAG];
  g_autofree guint8 *buffer = g_malloc0 (OVERLAP + ASSAY_BLOB_WINDOW_BYTES);
  *out = ASSAY_INTERMEDIATE_NONE;
  if (size >= SELFMAG && !assay_blob_read (blob, 0, head, sizeof head, error))
    return FALSE;
  if (size >= SELFMAG && memcmp (head, ELFMAG, SELFMAG) == 0)
    {
      *out = is_nothing_else (blob, limits) ? ASSAY_INTERMEDIATE_ELF : ASSAY_INTERMEDIATE_NONE;
      begin = end_of_elf (blob, limits);
    }
  for (guint64 offset = begin; *out == ASSAY_INTERMEDIATE_NONE && offset < size; offset += ASSAY_BLOB_WINDOW_BYTES)
    {
      gsize length = (gsize)MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (blob, offset, buffer + OVERLAP, length, error))
        return FALSE;
      if (offset == begin)
        *out = find_in_head (buffer + OVERLAP, length);
      if (*out == ASSAY_INTERMEDIATE_NONE)
        *out = find_anywhere (buffer, length + OVERLAP);
      memmove (buffer, buffer + length, OVERLAP);
    }
  return TRUE;
}

const char *
assay_intermediate_why (AssayIntermediate kind)
{
  static const char *const sentences[] = {
    [ASSAY_INTERMEDIATE_NONE] = "",
    [ASSAY_INTERMEDIATE_GO] = "it is, or holds, an object in the format of Go, whose code assay cannot read",
    [ASSAY_INTERMEDIATE_LLVM]
    = "it is, or holds, bitcode of LLVM, of which a linker makes code that nobody knows before",
    [ASSAY_INTERMEDIATE_ELF]
    = "it is, or holds, an object for link-time optimisation without code of its own, which a linker makes of it",
  };
  return sentences[kind];
}
