#include "inventory/digests.h"

#include "crypto/sha256.h"
#include "crypto/sha256_pair.h"
#include "util/checked.h"

#include <assay/error.h>

#include <elf.h>

/* The running digests of the pass, the file's first and the piece's second, and how far it has come among the pieces.
 */
struct _AssayElfPass
{
  const AssayElf *elf;
  AssaySha256Pair *running;
  guint64 offset;
  guint current; /* piece that the next byte belongs to */
  GArray *digests;
};

AssayElfPass *
assay_elf_pass_new (const AssayElf *elf)
{
  AssayElfPass *pass = g_new0 (AssayElfPass, 1);
  pass->elf = elf;
  pass->running = assay_sha256_pair_new (ASSAY_SHA256_BOTH);
  pass->digests = g_array_sized_new (FALSE, FALSE, sizeof (AssayDigest), elf->pieces->len);
  return pass;
}

void
assay_elf_pass_free (AssayElfPass *pass)
{
  if (pass == NULL)
    return;
  assay_sha256_pair_free (pass->running);
  g_clear_pointer (&pass->digests, g_array_unref);
  g_free (pass);
}

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
void
assay_elf_pass_update (AssayElfPass *pass, const guint8 *bytes, gsize length)
{
  while (length > 0)
    {
      const AssayPiece *piece = &g_array_index (pass->elf->pieces, AssayPiece, pass->current);
      guint64 rest = piece->offset + piece->length - pass->offset;
      gsize part = (gsize)MIN (rest, length);
      assay_sha256_pair_update (pass->running, bytes, part, bytes, part);
      if (part == rest)
        {
          AssayDigest digest;
          assay_sha256_pair_finish (pass->running, ASSAY_SHA256_SECOND, &digest);
          g_array_append_val (pass->digests, digest);
          pass->current++;
        }
      pass->offset += part;
      bytes += part;
      length -= part;
    }
}

GArray *
assay_elf_pass_finish (AssayElfPass *pass, AssayDigest *out_whole)
{
  g_assert (pass->offset == pass->elf->size && pass->digests->len == pass->elf->pieces->len);
  assay_sha256_pair_finish (pass->running, ASSAY_SHA256_FIRST, out_whole);
  return g_steal_pointer (&pass->digests);
}

static gboolean
run_pass (AssayElfPass *pass, AssayBlob *blob, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  while (pass->offset < pass->elf->size)
    {
      gsize length = (gsize)MIN (pass->elf->size - pass->offset, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (blob, pass->offset, window, length, error))
        return FALSE;
      assay_elf_pass_update (pass, window, length);
    }
  return assay_blob_check_unchanged (blob, error);
}

gboolean
assay_elf_digest_pieces (const AssayElf *elf, AssayBlob *blob, AssayDigest *out_whole, GArray **out_piece_digests,
                         GError **error)
{
  if (!require_same_size (elf, blob, error) || !assay_blob_hold (blob, error))
    return FALSE;
  g_autoptr (AssayElfPass) pass = assay_elf_pass_new (elf);
  gboolean done = run_pass (pass, blob, error);
  assay_blob_release (blob);
  if (!done)
    return FALSE;
  *out_piece_digests = assay_elf_pass_finish (pass, out_whole);
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
