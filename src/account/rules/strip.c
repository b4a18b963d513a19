#include "account/rules/strip.h"

#include "account/faces.h"
#include "unpack/bytes.h"
#include "unpack/kernel/multiboot.h"
#include "util/checked.h"

#include <assay/error.h>

#include <string.h>

static void
strip_case_clear (AssayStripCase *strip)
{
  assay_strip_file_clear (&strip->shipped);
  assay_strip_file_clear (&strip->rebuilt);
  g_clear_pointer (&strip->to_rebuilt, g_free);
  g_clear_pointer (&strip->to_shipped, g_free);
  g_clear_pointer (&strip->symbols, g_array_unref);
  g_clear_pointer (&strip->changed, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayStripCase, strip_case_clear)

/* The ELF header but for where the section table is, how long, and which section names the others: these three the
 * layout is held against. The program headers to the last byte. */
static gboolean
check_headers (const AssayStripCase *strip, GError **error)
{
  const AssayElfReader *a = strip->shipped.reader;
  const AssayElfReader *b = strip->rebuilt.reader;
  GElf_Ehdr derived = b->header;
  derived.e_shoff = a->header.e_shoff;
  derived.e_shnum = a->header.e_shnum;
  derived.e_shstrndx = a->header.e_shstrndx;
  if (memcmp (&derived, &a->header, sizeof derived) != 0 || a->header.e_shoff == 0)
    return assay_strip_refuse (error, "the ELF header is another one");
  guint64 length = (guint64)a->header.e_phnum * a->header.e_phentsize;
  g_autofree guint8 *shipped = assay_strip_read (&strip->shipped, a->header.e_phoff, length, error);
  g_autofree guint8 *rebuilt
      = shipped == NULL ? NULL : assay_strip_read (&strip->rebuilt, b->header.e_phoff, length, error);
  if (rebuilt == NULL)
    return FALSE;
  return memcmp (shipped, rebuilt, length) == 0 || assay_strip_refuse (error, "the program headers are other ones");
}

/** A kernel has one header of Multiboot, or one of either version. */
#define KERNELS_MAX 4u
#define WINDOW_BYTES (64u * 1024u)

static gboolean
is_kept (const AssayStripCase *strip, const AssayMultiboot *kernel, GError **error)
{
  gboolean equal = assay_range_fits (kernel->offset, kernel->length, strip->shipped.reader->size)
                   && assay_range_fits (kernel->offset, kernel->length, strip->rebuilt.reader->size);
  for (guint64 done = 0; equal && done < kernel->length; done += WINDOW_BYTES)
    {
      gsize length = (gsize)MIN (kernel->length - done, WINDOW_BYTES);
      g_autofree guint8 *bytes = assay_strip_read (&strip->rebuilt, kernel->offset + done, length, error);
      if (bytes == NULL
          || !assay_blob_equals (strip->shipped.blob, kernel->offset + done, bytes, length, &equal, error))
        return FALSE;
    }
  return equal || assay_strip_refuse (error, "a loader of Multiboot takes what was removed");
}

/* Who starts a kernel by Multiboot and finds addresses in its header goes by these, and not by the program headers: it
 * may take in the file to its end. */
static gboolean
check_kernels (const AssayStripCase *strip, const AssayStripFile *file, GError **error)
{
  gsize length = (gsize)MIN (file->reader->size, ASSAY_MULTIBOOT_BYTES);
  g_autofree guint8 *head = assay_strip_read (file, 0, length, error);
  if (head == NULL)
    return FALSE;
  g_autoptr (GArray) kernels = assay_multiboot_find (head, length, file->reader->size);
  if (kernels->len > KERNELS_MAX)
    return assay_strip_refuse (error, "many headers of Multiboot");
  for (guint i = 0; i < kernels->len; i++)
    if (!is_kept (strip, &g_array_index (kernels, AssayMultiboot, i), error))
      return FALSE;
  return TRUE;
}

/* Python, Java and unzip look for an archive at the end of whatever file they are given: what strip(1) takes away may
 * be one, or stand behind another. */
static gboolean
check_ends (const AssayStripCase *strip, GError **error)
{
  return (!assay_account_ends_as_zip (strip->shipped.blob) && !assay_account_ends_as_zip (strip->rebuilt.blob))
         || assay_strip_refuse (error, "the file ends as a zip");
}

/* The first section header says nothing (gABI, but for extended numbering, which is refused). */
static gboolean
check_first_section (const AssayStripCase *strip, GError **error)
{
  static const GElf_Shdr none = { 0 };
  return memcmp (assay_strip_section (&strip->shipped, 0), &none, sizeof none) == 0
         || assay_strip_refuse (error, "the first section header says something");
}

static gboolean
is_same_table (const AssayStripStrings *a, const AssayStripStrings *b)
{
  return a->size == b->size && memcmp (a->bytes, b->bytes, a->size) == 0;
}

/* Every byte of a table of names belongs to a name that is used, but for the empty name at its beginning. A table that
 * was taken over whole is the rebuild's. */
static gboolean
check_names (AssayStripStrings *names, const AssayStripStrings *rebuilt, GError **error)
{
  if (is_same_table (names, rebuilt))
    return TRUE;
  if (names->size == 0 || names->bytes[0] != 0)
    return assay_strip_refuse (error, "a table of names of another kind");
  for (gsize i = 1; i < names->size; i++)
    if (!names->marks[i])
      return assay_strip_refuse (error, "a name that nothing has");
  return TRUE;
}

static gboolean
check_strings (AssayStripCase *strip, GError **error)
{
  for (guint32 i = 0; i < strip->shipped.sections->len; i++)
    assay_strip_mark (strip->shipped.section_names, assay_strip_section (&strip->shipped, i)->sh_name);
  if (!check_names (strip->shipped.section_names, strip->rebuilt.section_names, error))
    return FALSE;
  return strip->shipped.symtab == 0 || strip->shipped.symbol_names == strip->shipped.section_names
         || check_names (strip->shipped.symbol_names, strip->rebuilt.symbol_names, error);
}

static gboolean
ranges_equal (const AssayStripCase *strip, guint64 offset, guint64 other, guint64 length, gboolean *out_equal,
              GError **error)
{
  *out_equal = TRUE;
  for (guint64 done = 0; done < length && *out_equal; done += ASSAY_BLOB_WINDOW_BYTES)
    {
      guint64 take = MIN (length - done, ASSAY_BLOB_WINDOW_BYTES);
      g_autofree guint8 *a = assay_strip_read (&strip->shipped, offset + done, take, error);
      g_autofree guint8 *b = a == NULL ? NULL : assay_strip_read (&strip->rebuilt, other + done, take, error);
      if (b == NULL)
        return FALSE;
      *out_equal = memcmp (a, b, take) == 0;
    }
  return TRUE;
}

static gboolean
check_content (AssayStripCase *strip, guint32 index, GError **error)
{
  const GElf_Shdr *section = assay_strip_section (&strip->shipped, index);
  const GElf_Shdr *other = assay_strip_section (&strip->rebuilt, strip->to_rebuilt[index]);
  gboolean is_loaded = !assay_strip_is_relocatable (strip) && (section->sh_flags & SHF_ALLOC) != 0;
  gboolean equal = FALSE;
  if (!assay_strip_has_bytes (section) || assay_strip_is_table (&strip->shipped, index)
      || strip->to_rebuilt[index] == 0)
    return TRUE;
  if (section->sh_type == SHT_GROUP)
    return assay_strip_check_group (strip, index, error);
  if (assay_strip_is_relocation (section) && !is_loaded)
    return assay_strip_check_relocations (strip, index, error);
  if (!assay_strip_is_relocation (section) && assay_strip_has_unknown_numbers (strip, index))
    return assay_strip_refuse (error, "a section with numbers of symbols or sections that are not known");
  if (!ranges_equal (strip, section->sh_offset, other->sh_offset, section->sh_size, &equal, error))
    return FALSE;
  if (!equal)
    g_array_append_val (strip->changed, index);
  /* What a program's loader applies is the rebuild's to the byte; its symbols are those of another table, or none. */
  else if (assay_strip_is_relocation (section) && assay_strip_is_of_symtab (strip, other))
    return assay_strip_check_relocations (strip, index, error);
  return TRUE;
}

/* How many sections of a file have the name of this one. */
static guint
count_name (const AssayStripFile *file, const char *name)
{
  guint count = 0;
  for (guint32 i = 1; i < file->sections->len; i++)
    count += strcmp (assay_strip_section_name (file, i), name) == 0;
  return count;
}

/* Whether the account compares a section as one piece, which nothing overlaps. */
static gboolean
is_whole_piece (const AssayElf *elf, const GElf_Shdr *section, guint32 index)
{
  const AssayPiece *piece = assay_elf_piece_at (elf, section->sh_offset);
  return piece != NULL && piece->kind == ASSAY_PIECE_SECTION && piece->section == index - 1
         && piece->offset == section->sh_offset && piece->length == section->sh_size;
}

/* A section of other content is left to the account, which finds the byte that differs. It must then be compared with
 * the section that it is, and not with another one of its name or with what stands at its offset. */
static gboolean
check_changed (const AssayStripCase *strip, GError **error)
{
  if (strip->changed->len > 0 && strip->shipped.reader->size == strip->rebuilt.reader->size)
    return assay_strip_refuse (error, "other content in a file of the same size");
  if (strip->changed->len > 64)
    return assay_strip_refuse (error, "other content in many sections");
  for (guint i = 0; i < strip->changed->len; i++)
    {
      guint32 index = g_array_index (strip->changed, guint32, i);
      guint32 other = strip->to_rebuilt[index];
      const char *name = assay_strip_section_name (&strip->shipped, index);
      if (*name == 0 || count_name (&strip->shipped, name) != 1 || count_name (&strip->rebuilt, name) != 1
          || !is_whole_piece (strip->rule_case->shipped_elf, assay_strip_section (&strip->shipped, index), index)
          || !is_whole_piece (strip->rule_case->expected_elf, assay_strip_section (&strip->rebuilt, other), other))
        return assay_strip_refuse (error, "other content in a section that others overlap or are called like");
    }
  return TRUE;
}

static gboolean
check (AssayStripCase *strip, GError **error)
{
  const AssayRuleCase *rule_case = strip->rule_case;
  if (!assay_strip_file_load (&strip->shipped, rule_case->node->blob, rule_case->options->limits, error)
      || !assay_strip_file_load (&strip->rebuilt, rule_case->expected->blob, rule_case->options->limits, error)
      || !check_headers (strip, error) || !check_first_section (strip, error)
      || !check_kernels (strip, &strip->shipped, error) || !check_kernels (strip, &strip->rebuilt, error)
      || !check_ends (strip, error))
    return FALSE;
  strip->to_rebuilt = g_new0 (guint32, strip->shipped.sections->len);
  strip->to_shipped = g_new0 (guint32, strip->rebuilt.sections->len);
  if (strip->shipped.symtab != 0 && strip->rebuilt.symtab != 0
      && (!assay_strip_file_load_symbol_names (&strip->shipped, error)
          || !assay_strip_file_load_symbol_names (&strip->rebuilt, error)))
    return FALSE;
  if (!assay_strip_map_sections (strip, error) || !assay_strip_map_symbols (strip, error))
    return FALSE;
  if (!strip->removed)
    return assay_strip_refuse (error, "nothing was removed");
  /* First where all stands: what overlaps nothing is read once. */
  if (!assay_strip_check_links (strip, error) || !check_strings (strip, error)
      || !assay_strip_check_layout (strip, error))
    return FALSE;
  for (guint32 i = 1; i < strip->shipped.sections->len; i++)
    if (!check_content (strip, i, error))
      return FALSE;
  return check_changed (strip, error);
}

static gint
by_offset (gconstpointer a, gconstpointer b, gpointer data)
{
  const AssayStripCase *strip = data;
  guint64 first = assay_strip_section (&strip->shipped, *(const guint32 *)a)->sh_offset;
  guint64 second = assay_strip_section (&strip->shipped, *(const guint32 *)b)->sh_offset;
  return first < second ? -1 : first > second;
}

/* All of the file but the sections of other content. */
static void
add_proofs (AssayStripCase *strip)
{
  guint64 done = 0;
  g_array_sort_with_data (strip->changed, by_offset, strip);
  for (guint i = 0; i < strip->changed->len; i++)
    {
      const GElf_Shdr *section = assay_strip_section (&strip->shipped, g_array_index (strip->changed, guint32, i));
      assay_rule_add_verified (strip->rule_case, "strip", done, section->sh_offset - done, ASSAY_CLASS_EXPLAINED);
      done = section->sh_offset + section->sh_size;
    }
  assay_rule_add_verified (strip->rule_case, "strip", done, strip->shipped.reader->size - done, ASSAY_CLASS_EXPLAINED);
  strip->rule_case->size_rule = "strip";
}

gboolean
assay_rule_strip (AssayRuleCase *rule_case, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_auto (AssayStripCase) strip = { .rule_case = rule_case };
  /* What a loader takes as it is has no sections for it, whatever it begins like. */
  if (rule_case->fixed || rule_case->shipped_elf == NULL || rule_case->expected_elf == NULL
      || rule_case->shipped_elf->trouble != NULL || rule_case->expected_elf->trouble != NULL)
    return TRUE;
  strip.symbols = g_array_new (FALSE, FALSE, sizeof (guint32));
  strip.changed = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (check (&strip, &local))
    {
      add_proofs (&strip);
      return TRUE;
    }
  /* A limit that is hit here leaves bytes without a proof, which must not hide that they differ (T3). */
  if (g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_MALFORMED)
      || g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_LIMIT))
    {
      g_debug ("strip: %s: %s", rule_case->node->path, local->message);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
