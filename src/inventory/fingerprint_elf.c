#include "inventory/elf.h"
#include "inventory/fingerprint_private.h"
#include "inventory/reader.h"
#include "util/checked.h"

#include <assay/error.h>

#include <elf.h>
#include <string.h>

/** Relocations that are read of one section; a section of 100 MB of code has a few million. */
#define MAX_RELOCATIONS (1u << 26)

/** An ELF file whose code is added. */
typedef struct
{
  AssayFingerprint *fingerprint;
  AssayBlob *blob;
  guint32 source;
  AssayElf *elf;
  AssayElfReader *reader;
} ElfCase;

static void
elf_case_clear (ElfCase *elf_case)
{
  g_clear_pointer (&elf_case->elf, assay_elf_free);
  g_clear_pointer (&elf_case->reader, assay_elf_reader_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ElfCase, elf_case_clear)

/* @out: zero-initialised; its ELF file is NULL where the bytes are none. */
static void
elf_case_open (ElfCase *out, AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source)
{
  g_autoptr (GError) ignored = NULL;
  *out = (ElfCase){ .fingerprint = fingerprint, .blob = blob, .source = source };
  out->elf = assay_elf_new (blob, &fingerprint->limits, &ignored);
}

/* The first member of all relocation entries (gABI, "Relocation"): where something is changed. */
static guint64
read_offset (const ElfCase *elf_case, const guint8 *entry)
{
  const AssayElf *elf = elf_case->elf;
  guint64 value = 0;
  guint length = elf->bits / 8;
  for (guint i = 0; i < length; i++)
    value = value << 8 | entry[elf->big_endian ? i : length - 1 - i];
  return value;
}

/* What a linker may change around a relocation: the instruction; of x86 the opcode before it, where the linker chooses
 * a shorter form; of those that shorten code the pair of instructions. */
static void
add_gap (const ElfCase *elf_case, guint64 offset, GArray *gaps)
{
  guint16 machine = elf_case->elf->machine;
  gboolean pairs = machine == EM_RISCV || machine == 258 /* EM_LOONGARCH */;
  AssayFingerprintGap gap = { offset < 3 || pairs ? (pairs ? offset : 0) : offset - 3, offset };
  if (assay_u64_add (offset, pairs ? 8 : 4, &gap.end))
    g_array_append_val (gaps, gap);
}

static gboolean
read_relocations (const ElfCase *elf_case, const GElf_Shdr *table, const AssaySection *code, GArray *gaps,
                  GError **error)
{
  gboolean with_addend = table->sh_type == SHT_RELA;
  gsize entry = elf_case->elf->bits == 64 ? (with_addend ? 24 : 16) : (with_addend ? 12 : 8);
  guint8 window[24 * 256];
  guint64 base = elf_case->elf->type == ET_REL ? 0 : code->address;
  if (!assay_range_fits (table->sh_offset, table->sh_size, assay_blob_get_size (elf_case->blob))
      || table->sh_size / entry > MAX_RELOCATIONS)
    return TRUE;
  for (guint64 done = 0; table->sh_size - done >= entry;)
    {
      gsize length = MIN ((table->sh_size - done) / entry, 256) * entry;
      if (!assay_blob_read (elf_case->blob, table->sh_offset + done, window, length, error))
        return FALSE;
      for (gsize at = 0; at < length; at += entry)
        add_gap (elf_case, read_offset (elf_case, window + at) - base, gaps);
      done += length;
    }
  return TRUE;
}

static gint
by_start (gconstpointer a, gconstpointer b)
{
  const AssayFingerprintGap *first = a;
  const AssayFingerprintGap *second = b;
  return first->start < second->start ? -1 : first->start > second->start;
}

static GArray *
find_gaps (const ElfCase *elf_case, const AssaySection *code, GError **error)
{
  g_autoptr (GArray) gaps = g_array_new (FALSE, FALSE, sizeof (AssayFingerprintGap));
  const GElf_Ehdr *header = &elf_case->reader->header;
  for (guint i = 0; i < elf_case->elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf_case->elf->sections, AssaySection, i);
      GElf_Shdr table;
      if (section->type != SHT_REL && section->type != SHT_RELA)
        continue;
      if (!assay_elf_reader_get_sections (
              elf_case->reader, header->e_shoff + (guint64)section->index * header->e_shentsize, 1, &table, error)
          || (table.sh_info == code->index && !read_relocations (elf_case, &table, code, gaps, error)))
        return NULL;
    }
  g_array_sort (gaps, by_start);
  return g_steal_pointer (&gaps);
}

static gboolean
add_range (const ElfCase *elf_case, guint64 offset, guint64 length, const GArray *gaps,
           const AssayFingerprintUnit *kind, GError **error)
{
  guint64 size = assay_blob_get_size (elf_case->blob);
  if (offset >= size || length == 0)
    return TRUE;
  g_autoptr (AssayBlob) unit = assay_blob_new_slice (elf_case->blob, offset, MIN (length, size - offset), error);
  return unit != NULL && assay_fingerprint_add_unit (elf_case->fingerprint, unit, gaps, kind, error);
}

static AssayFingerprintUnit
code_kind (const ElfCase *elf_case)
{
  AssayFingerprintUnit kind
      = { .source = elf_case->source,
          .enough = elf_case->elf->type == ET_REL ? ASSAY_FINGERPRINT_ENOUGH_OBJECT : ASSAY_FINGERPRINT_ENOUGH_PROGRAM,
          .least = ASSAY_FINGERPRINT_LEAST };
  return kind;
}

static gboolean
is_code (const AssaySection *section)
{
  return (section->flags & SHF_EXECINSTR) != 0 && section->type != SHT_NOBITS;
}

/* Whatever else has content of its own and is loaded; what is for linkers alone has a type of its own. */
static gboolean
is_data (const AssaySection *section)
{
  switch (section->type)
    {
    case SHT_NOBITS:
    case SHT_SYMTAB:
    case SHT_STRTAB:
    case SHT_RELA:
    case SHT_REL:
    case SHT_GROUP:
    case SHT_SYMTAB_SHNDX:
      return FALSE;
    default:
      return (section->flags & (SHF_ALLOC | SHF_EXECINSTR)) == SHF_ALLOC;
    }
}

static AssayFingerprintUnit
data_kind (const ElfCase *elf_case, const AssaySection *section)
{
  gboolean own
      = section->type == SHT_PROGBITS && (section->flags & SHF_MERGE) == 0 && strcmp (section->name, ".eh_frame") != 0;
  AssayFingerprintUnit kind = { .source = elf_case->source,
                                .enough = ASSAY_FINGERPRINT_DATA_BYTES,
                                .least = own ? ASSAY_FINGERPRINT_LEAST : ASSAY_FINGERPRINT_DATA_BYTES,
                                .is_data = TRUE };
  return kind;
}

static gboolean
add_section (const ElfCase *elf_case, const AssaySection *section, const AssayFingerprintUnit *kind, GError **error)
{
  g_autoptr (GArray) gaps = find_gaps (elf_case, section, error);
  return gaps != NULL && add_range (elf_case, section->offset, section->size, gaps, kind, error);
}

static gboolean
add_code (const ElfCase *elf_case, gboolean *out_any, GError **error)
{
  AssayFingerprintUnit kind = code_kind (elf_case);
  for (guint i = 0; i < elf_case->elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf_case->elf->sections, AssaySection, i);
      if (!is_code (section) || section->size == 0)
        continue;
      *out_any = TRUE;
      if (!add_section (elf_case, section, &kind, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_segments (const ElfCase *elf_case, gboolean *out_any, GError **error)
{
  AssayFingerprintUnit kind = code_kind (elf_case);
  for (guint i = 0; i < elf_case->elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf_case->elf->segments, AssaySegment, i);
      if (segment->type != PT_LOAD || (segment->flags & PF_X) == 0 || segment->file_size == 0)
        continue;
      *out_any = TRUE;
      if (!add_range (elf_case, segment->offset, segment->file_size, NULL, &kind, error))
        return FALSE;
    }
  return TRUE;
}

/* What no header and no section claims: whoever takes in the whole file takes it too. */
static gboolean
add_unclaimed (const ElfCase *elf_case, GError **error)
{
  AssayFingerprintUnit kind
      = { .source = elf_case->source, .enough = ASSAY_FINGERPRINT_ENOUGH_OBJECT, .least = ASSAY_FINGERPRINT_LEAST };
  for (guint i = 0; i < elf_case->elf->pieces->len; i++)
    {
      const AssayPiece *piece = &g_array_index (elf_case->elf->pieces, AssayPiece, i);
      if ((piece->kind == ASSAY_PIECE_GAP || piece->kind == ASSAY_PIECE_TAIL)
          && piece->length >= ASSAY_FINGERPRINT_LEAST
          && !add_range (elf_case, piece->offset, piece->length, NULL, &kind, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
assay_fingerprint_add_elf (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error)
{
  gboolean any = FALSE;
  g_auto (ElfCase) elf_case = { 0 };
  elf_case_open (&elf_case, fingerprint, blob, source);
  if (elf_case.elf == NULL)
    return assay_fingerprint_add_raw (fingerprint, blob, source, error);
  elf_case.reader = assay_elf_reader_new (blob, error);
  if (elf_case.reader == NULL || !add_code (&elf_case, &any, error) || (!any && !add_segments (&elf_case, &any, error))
      || !add_unclaimed (&elf_case, error))
    return FALSE;
  /* A file whose tables nobody can read may hold code anywhere. */
  return elf_case.elf->trouble == NULL || assay_fingerprint_add_raw (fingerprint, blob, source, error);
}

gboolean
assay_fingerprint_add_data (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error)
{
  g_auto (ElfCase) elf_case = { 0 };
  elf_case_open (&elf_case, fingerprint, blob, source);
  if (elf_case.elf == NULL || elf_case.elf->type != ET_REL)
    return TRUE;
  elf_case.reader = assay_elf_reader_new (blob, error);
  for (guint i = 0; elf_case.reader != NULL && i < elf_case.elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf_case.elf->sections, AssaySection, i);
      AssayFingerprintUnit kind = data_kind (&elf_case, section);
      if (is_data (section) && section->size > 0 && !add_section (&elf_case, section, &kind, error))
        return FALSE;
    }
  return elf_case.reader != NULL;
}

gboolean
assay_fingerprint_add_passive (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error)
{
  g_auto (ElfCase) elf_case = { 0 };
  elf_case_open (&elf_case, fingerprint, blob, source);
  AssayFingerprintUnit kind = {
    .source = source, .enough = ASSAY_FINGERPRINT_ENOUGH_OBJECT, .least = ASSAY_FINGERPRINT_LEAST, .is_data = TRUE
  };
  if (elf_case.elf == NULL)
    return assay_fingerprint_add_unit (fingerprint, blob, NULL, &kind, error);
  for (guint i = 0; i < elf_case.elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf_case.elf->sections, AssaySection, i);
      if ((section->flags & (SHF_ALLOC | SHF_EXECINSTR)) == 0 && section->type == SHT_PROGBITS
          && !add_range (&elf_case, section->offset, section->size, NULL, &kind, error))
        return FALSE;
    }
  return TRUE;
}
