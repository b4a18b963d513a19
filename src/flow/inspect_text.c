#include "flow/inspect_text.h"

#include "judge/words.h"
#include "report/page.h"
#include "util/text.h"

#include <string.h>

/* Columns: a name, then format and size in FORM_COLUMNS, and the first digits of the digest. */
#define NAME_COLUMNS 38u
#define FORM_COLUMNS 26u

/* Writes @text from where the cursor stands, at the end of @lead, and gives the cell behind it. Further lines begin
 * with @under, which is no wider. */
static guint
flow (AssayPage *page, const char *lead, const char *under, AssayPaint paint, const char *text)
{
  AssayPage scratch = { g_string_new (NULL), ASSAY_TEXT_PLAIN };
  guint column = assay_page_width (lead);
  guint cell = column;
  assay_page_flow (&scratch, column, text);
  g_string_truncate (scratch.text, scratch.text->len - 1);
  g_auto (GStrv) lines = g_strsplit (scratch.text->str, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = lines[i] + (i == 0 ? 0 : column);
      if (i > 0)
        {
          g_string_append_printf (page->text, "\n%s", under);
          assay_page_pad (page, assay_page_width (under), column);
        }
      assay_page_paint (page, paint, line);
      cell = column + assay_page_width (line);
    }
  g_string_free (scratch.text, TRUE);
  return cell;
}

/* Behind a name that ends at @cell and leaves room, else on a line of their own; no digest where there are no bytes. */
static void
add_columns (AssayPage *page, guint cell, const char *under, const char *format, guint64 size_bytes,
             const AssayDigest *sha256)
{
  g_autofree char *size = assay_words_number (size_bytes);
  if (cell > NAME_COLUMNS)
    {
      g_string_append_printf (page->text, "\n%s", under);
      cell = assay_page_width (under);
    }
  assay_page_pad (page, cell, NAME_COLUMNS + 2);
  g_string_append (page->text, format);
  if (sha256 != NULL)
    {
      char hex[ASSAY_DIGEST_HEX_SIZE];
      assay_digest_to_hex (sha256, hex);
      assay_page_pad (page, (guint)(strlen (format) + strlen (size)), FORM_COLUMNS);
      g_string_append_printf (page->text, "%s %.12s", size, hex);
    }
  assay_page_end_line (page);
}

const char *
assay_inspected_kind_of (const AssayPiece *piece)
{
  static const char *const kinds[] = { "gap", "ELF header", "program headers", "section headers", "section", "tail" };
  return kinds[piece->kind];
}

static const char *
name_of (const AssayElf *elf, const AssayPiece *piece)
{
  return piece->kind == ASSAY_PIECE_SECTION ? g_array_index (elf->sections, AssaySection, piece->section).name : "";
}

static void
add_piece (AssayPage *page, const AssayInspected *inspected, guint index, const char *under)
{
  const AssayPiece *piece = &g_array_index (inspected->elf->pieces, AssayPiece, index);
  const char *name = name_of (inspected->elf, piece);
  g_autofree char *place = g_strdup_printf ("0x%08llx", (unsigned long long)piece->offset);
  g_autofree char *escaped = assay_text_escape_line (*name == '\0' ? assay_inspected_kind_of (piece) : name, -1);
  g_autofree char *lead = g_strconcat (under, "   ", NULL);
  g_string_append (page->text, lead);
  add_columns (page, flow (page, lead, under, ASSAY_PAINT_NONE, escaped), under, place, piece->length,
               &g_array_index (inspected->digests, AssayDigest, index));
}

static void
add_trouble (AssayPage *page, const char *trouble, const char *under)
{
  g_autofree char *safe = assay_text_escape_shown (trouble);
  g_autofree char *text = g_strconcat ("not read to its end: ", safe, NULL);
  g_autofree char *lead = g_strconcat (under, "   ", NULL);
  g_string_append (page->text, lead);
  flow (page, lead, under, ASSAY_PAINT_UNSURE, text);
  assay_page_end_line (page);
}

static gboolean
holds_others (const AssayInspected *inspected)
{
  const AssayNode *node = inspected->node;
  return node->parent == NULL || node->type == ASSAY_NODE_DIRECTORY
         || (node->children != NULL && node->children->len > 0) || inspected->elf != NULL;
}

/* Of an ELF file the machine, of what is no file what else it is. */
static const char *
form_of (const AssayInspected *inspected)
{
  const AssayNode *node = inspected->node;
  if (inspected->elf != NULL)
    return assay_elf_machine_name (inspected->elf->machine);
  return node->type == ASSAY_NODE_FILE || node->type == ASSAY_NODE_UNKNOWN ? node->format
                                                                           : assay_node_type_name (node->type);
}

char *
assay_inspect_render (const AssayBranch *branch, const AssayInspected *inspected, AssayTextStyle style)
{
  AssayPage page = { g_string_new (branch->lead), style };
  const AssayNode *node = inspected->node;
  const char *link = assay_node_get_fact (node, "link");
  g_autofree char *label = assay_text_escape_line (branch->label, -1);
  g_autofree char *shown = link == NULL ? g_strdup (label) : g_strconcat (label, " -> ", link, NULL);
  AssayPaint paint = holds_others (inspected) ? ASSAY_PAINT_STRONG : ASSAY_PAINT_NONE;
  guint cell = flow (&page, branch->lead, branch->under, paint, shown);
  add_columns (&page, cell, branch->under, form_of (inspected), node->size,
               inspected->has_sha256 ? &inspected->sha256 : NULL);
  if (inspected->trouble != NULL)
    add_trouble (&page, inspected->trouble, branch->under);
  for (guint i = 0; inspected->elf != NULL && i < inspected->elf->pieces->len; i++)
    add_piece (&page, inspected, i, branch->under);
  return g_string_free (page.text, FALSE);
}
