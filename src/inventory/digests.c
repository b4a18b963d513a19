#include "inventory/digests.h"

#include "crypto/sha256.h"
#include "crypto/sha256_pair.h"
#include "util/checked.h"

#include <assay/error.h>

#include <elf.h>

/* The running digests of the pass, the file's first and the piece's second, and how far it has come among the pieces.
 */
typedef struct
{
  const AssayElf *elf;
  AssaySha256Pair *running;
  guint current; /* piece that the next byte belongs to */
  GArray *digests;
} Pass;

static gboolean
require_same_size (const AssayElf *elf, const AssayBlob *blob, GError **error)
{
  if (assay_blob_get_size (blob) == elf->size)
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED,
               "an ELF file of %" G_GUINT64_FORMAT " bytes now has %" G_GUINT64_FORMAT, elf->size,
               assay_blob_get_size (blob));
  return FALSE;
}

/* Deals a window of the file out to its pieces. */
static void
feed (Pass *pass, guint64 offset, const guint8 *bytes, gsize length)
{
  while (length > 0)
    {
      const AssayPiece *piece = &g_array_index (pass->elf->pieces, AssayPiece, pass->current);
      guint64 rest = piece->offset + piece->length - offset;
      gsize part = (gsize)MIN (rest, length);
      assay_sha256_pair_update (pass->running, bytes, part, bytes, part);
      if (part == rest)
        {
          AssayDigest digest;
          assay_sha256_pair_finish (pass->running, ASSAY_SHA256_SECOND, &digest);
          g_array_append_val (pass->digests, digest);
          pass->current++;
        }
      offset += part;
      bytes += part;
      length -= part;
    }
}

static gboolean
run_pass (Pass *pass, AssayBlob *blob, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  for (guint64 offset = 0; offset < pass->elf->size;)
    {
      gsize length = (gsize)MIN (pass->elf->size - offset, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (blob, offset, window, length, error))
        return FALSE;
      feed (pass, offset, window, length);
      offset += length;
    }
  return assay_blob_check_unchanged (blob, error);
}

gboolean
assay_elf_digest_pieces (const AssayElf *elf, AssayBlob *blob, AssayDigest *out_whole, GArray **out_piece_digests,
                         GError **error)
{
  if (!require_same_size (elf, blob, error) || !assay_blob_hold (blob, error))
    return FALSE;
  g_autoptr (AssaySha256Pair) running = assay_sha256_pair_new (ASSAY_SHA256_BOTH);
  g_autoptr (GArray) digests = g_array_sized_new (FALSE, FALSE, sizeof (AssayDigest), elf->pieces->len);
  Pass pass = { .elf = elf, .running = running, .digests = digests };
  gboolean done = run_pass (&pass, blob, error);
  assay_blob_release (blob);
  if (!done)
    return FALSE;
  assay_sha256_pair_finish (running, ASSAY_SHA256_FIRST, out_whole);
  *out_piece_digests = g_steal_pointer (&digests);
  return TRUE;
}

gboolean
assay_elf_digest_section (const AssayElf *elf, AssayBlob *blob, guint32 section_index, AssayDigest *out, GError **error)
{
  if (section_index == 0 || section_index > elf->sections->len)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND, "there is no section %u", section_index);
      return FALSE;
    }
  const AssaySection *section = &g_array_index (elf->sections, AssaySection, section_index - 1);
  if (section->type == SHT_NOBITS || section->type == SHT_NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_NO_CONTENT, "section %u stores no bytes", section_index);
      return FALSE;
    }
  if (!assay_range_fits (section->offset, section->size, elf->size))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "section %u leaves the file", section_index);
      return FALSE;
    }
  return require_same_size (elf, blob, error) && assay_sha256_blob (blob, section->offset, section->size, out, error);
}
