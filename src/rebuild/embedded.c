#include "rebuild/embedded.h"

#include "inventory/coff.h"
#include "inventory/elf.h"

#include <assay/error.h>

#include <elf.h>
#include <stddef.h>
#include <string.h>

#define WINDOW_BYTES 65536u

typedef struct
{
  AssayBlob *blob;
  const AssayLimits *limits;
  AssayEmbeddedFound found;
  gpointer data;
  guint64 left;          /* bytes that may be cut out yet */
  guint64 sections_left; /* headers of sections of COFF that may be looked at yet */
  guint count;
  gboolean all;
} Visit;

static guint
half (const guint8 *at, gboolean big_endian)
{
  return big_endian ? (guint)at[0] << 8 | at[1] : (guint)at[1] << 8 | at[0];
}

/* @header: as many bytes as the larger of both headers has, zeros behind the end of the file. A table that is not there
 * may say any size of its entries. */
static gboolean
holds_up (const guint8 header[sizeof (Elf64_Ehdr)])
{
  gboolean wide = header[EI_CLASS] == ELFCLASS64;
  gboolean big = header[EI_DATA] == ELFDATA2MSB;
  const guint8 *sizes = header + (wide ? offsetof (Elf64_Ehdr, e_ehsize) : offsetof (Elf32_Ehdr, e_ehsize));
  guint program_entries = half (sizes + 4, big);
  guint section_entries = half (sizes + 8, big);
  return (wide || header[EI_CLASS] == ELFCLASS32) && (big || header[EI_DATA] == ELFDATA2LSB)
         && header[EI_VERSION] == EV_CURRENT && half (header + 16, big) != ET_NONE && half (header + 18, big) != EM_NONE
         && half (sizes, big) == (wide ? sizeof (Elf64_Ehdr) : sizeof (Elf32_Ehdr))
         && (program_entries == 0 || half (sizes + 2, big) == (wide ? sizeof (Elf64_Phdr) : sizeof (Elf32_Phdr)))
         && (section_entries == 0 || half (sizes + 6, big) == (wide ? sizeof (Elf64_Shdr) : sizeof (Elf32_Shdr)));
}

/* Where what the headers claim ends. */
static guint64
find_end (const AssayElf *elf, guint64 size)
{
  for (guint i = 0; i < elf->pieces->len; i++)
    {
      const AssayPiece *piece = &g_array_index (elf->pieces, AssayPiece, i);
      if (piece->kind == ASSAY_PIECE_TAIL)
        return piece->offset;
    }
  return size;
}

static gboolean
look_at (Visit *visit, guint64 offset, GError **error)
{
  guint8 header[sizeof (Elf64_Ehdr)] = { 0 };
  guint64 rest = assay_blob_get_size (visit->blob) - offset;
  g_autoptr (GError) ignored = NULL;
  if (!assay_blob_read (visit->blob, offset, header, (gsize)MIN (rest, sizeof header), error))
    return FALSE;
  if (!holds_up (header))
    return TRUE;
  if (visit->count++ == ASSAY_EMBEDDED_MOST)
    {
      visit->all = FALSE;
      return TRUE;
    }
  g_autoptr (AssayBlob) behind = assay_blob_new_slice (visit->blob, offset, rest, error);
  if (behind == NULL)
    return FALSE;
  g_autoptr (AssayElf) elf = assay_elf_new (behind, visit->limits, &ignored);
  guint64 length = elf == NULL ? 0 : find_end (elf, rest);
  if (length > visit->left || g_error_matches (ignored, ASSAY_ERROR, ASSAY_ERROR_LIMIT))
    {
      visit->all = FALSE;
      return TRUE;
    }
  visit->left -= length;
  g_autoptr (AssayBlob) object = length == 0 ? NULL : assay_blob_new_slice (visit->blob, offset, length, error);
  return length == 0 || (object != NULL && visit->found (object, ASSAY_EMBEDDED_ELF, offset, visit->data, error));
}

static AssayEmbeddedKind
kind_of (const AssayCoff *coff)
{
  for (guint i = 0; i < coff->sections->len; i++)
    if (g_array_index (coff->sections, AssayCoffSection, i).relocation_count > 0)
      return ASSAY_EMBEDDED_COFF;
  return ASSAY_EMBEDDED_PLAIN;
}

/* Of an object of COFF the same in ELF. */
static gboolean
cut_coff (Visit *visit, AssayBlob *behind, const AssayCoff *coff, guint64 offset, GError **error)
{
  guint64 length = assay_coff_get_elf_size (coff);
  g_autoptr (GError) ignored = NULL;
  if (visit->count++ == ASSAY_EMBEDDED_MOST || length > visit->left)
    {
      visit->all = FALSE;
      return TRUE;
    }
  visit->left -= length;
  g_autoptr (GBytes) bytes = assay_coff_write_elf (coff, behind, error);
  if (bytes == NULL)
    return FALSE;
  g_autoptr (AssayBlob) object = assay_blob_new_for_bytes (bytes);
  g_autoptr (AssayElf) elf = assay_elf_new (object, visit->limits, &ignored);
  visit->all = visit->all && !g_error_matches (ignored, ASSAY_ERROR, ASSAY_ERROR_LIMIT);
  return elf == NULL || visit->found (object, kind_of (coff), offset, visit->data, error);
}

static gboolean
look_at_coff (Visit *visit, guint64 offset, GError **error)
{
  g_autoptr (AssayCoff) coff = NULL;
  AssayCoffPlace place = offset == 0 ? ASSAY_COFF_WHOLE : ASSAY_COFF_EMBEDDED;
  g_autoptr (AssayBlob) behind
      = assay_blob_new_slice (visit->blob, offset, assay_blob_get_size (visit->blob) - offset, error);
  if (behind == NULL || !assay_coff_read (behind, place, &visit->sections_left, &coff, error))
    return FALSE;
  visit->all = visit->all && visit->sections_left > 0;
  return coff == NULL || cut_coff (visit, behind, coff, offset, error);
}

static gboolean
look_through_coff (Visit *visit, guint64 base, const guint8 *window, gsize length, GError **error)
{
  for (gsize at = assay_coff_find (window, length, 0); visit->all && at < length;
       at = assay_coff_find (window, length, at + 1))
    if (!look_at_coff (visit, base + at, error))
      return FALSE;
  return TRUE;
}

static gboolean
look_through (Visit *visit, guint64 base, const guint8 *window, gsize length, GError **error)
{
  const guint8 *at = window;
  const guint8 *end = window + length;
  while (visit->all && (at = memmem (at, (gsize)(end - at), ELFMAG, SELFMAG)) != NULL)
    {
      if (!look_at (visit, base + (guint64)(at - window), error))
        return FALSE;
      at++;
    }
  return TRUE;
}

static Visit
begin_visit (AssayBlob *blob, const AssayLimits *limits, AssayEmbeddedFound found, gpointer data)
{
  guint64 size = assay_blob_get_size (blob);
  guint64 left = size > G_MAXUINT64 / ASSAY_EMBEDDED_TIMES ? G_MAXUINT64 : size * ASSAY_EMBEDDED_TIMES;
  Visit visit = { .blob = blob,
                  .limits = limits,
                  .found = found,
                  .data = data,
                  .left = MAX (left, ASSAY_EMBEDDED_LEAST),
                  .sections_left = ASSAY_EMBEDDED_SECTIONS,
                  .all = TRUE };
  return visit;
}

gboolean
assay_embedded_visit (AssayBlob *blob, const AssayLimits *limits, AssayEmbeddedFound found, gpointer data,
                      gboolean *out_all, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  Visit visit = begin_visit (blob, limits, found, data);
  g_autofree guint8 *window = g_malloc (WINDOW_BYTES);
  /* A magic may lie across the end of a window: the next one begins three bytes before. */
  for (guint64 at = 0; visit.all && size - at >= SELFMAG; at += WINDOW_BYTES - (SELFMAG - 1))
    {
      gsize length = (gsize)MIN (size - at, WINDOW_BYTES);
      if (!assay_blob_read (blob, at, window, length, error) || !look_through (&visit, at, window, length, error)
          || !look_through_coff (&visit, at, window, length, error))
        return FALSE;
      if (length < WINDOW_BYTES)
        break;
    }
  *out_all = visit.all;
  return TRUE;
}

gboolean
assay_embedded_visit_first (AssayBlob *blob, const AssayLimits *limits, AssayEmbeddedFound found, gpointer data,
                            gboolean *out_all, GError **error)
{
  Visit visit = begin_visit (blob, limits, found, data);
  guint8 head[ASSAY_COFF_BEGIN_BYTES];
  if (assay_blob_get_size (blob) >= sizeof head
      && (!assay_blob_read (blob, 0, head, sizeof head, error)
          || !look_through_coff (&visit, 0, head, sizeof head, error)))
    return FALSE;
  *out_all = visit.all;
  return TRUE;
}
