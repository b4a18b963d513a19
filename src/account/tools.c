#include "account/names/naming.h"

#include "inventory/nature.h"

#include <elf.h>
#include <string.h>

/** Texts of one side that are shown, and bytes of all of them together; compilers write all their options. */
#define SHOWN_TEXTS 4
#define SHOWN_BYTES 320
/** Of texts too long to show that begin alike, what is shown before they part. */
#define SHOWN_HEAD_BYTES 48

/** Ranges that differ are searched in one go where no more than this lies between them. */
#define RUN_GAP_BYTES (16u * 1024u)

static void
clear_tool (gpointer data)
{
  AssayToolAccount *tool = data;
  g_free (tool->where);
  g_free (tool->shipped);
  g_free (tool->expected);
}

/* What only one of two sides says at a place; sides are sorted, and say each thing once. */
static GPtrArray *
only_in (const GPtrArray *side, const GPtrArray *other)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *only = g_ptr_array_new ();
  for (guint i = 0; i < other->len; i++)
    g_hash_table_add (known, (gpointer)((const AssayProducer *)g_ptr_array_index (other, i))->text);
  for (guint i = 0; i < side->len; i++)
    if (!g_hash_table_contains (known, ((const AssayProducer *)g_ptr_array_index (side, i))->text))
      g_ptr_array_add (only, g_ptr_array_index (side, i));
  return only;
}

/* Cuts a text behind a whole character. */
static void
cut_text (GString *text, gsize most)
{
  if (text->len <= most)
    return;
  const char *end = g_utf8_find_prev_char (text->str, text->str + most + 1);
  g_string_truncate (text, end == NULL ? 0 : (gsize)(end - text->str));
  g_string_append (text, "…");
}

static GString *
join (const GPtrArray *producers)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < producers->len && i < SHOWN_TEXTS; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "; " : "",
                            ((const AssayProducer *)g_ptr_array_index (producers, i))->text);
  if (producers->len > SHOWN_TEXTS)
    g_string_append_printf (text, "; and %u more", producers->len - SHOWN_TEXTS);
  return text;
}

/* Of long texts that begin alike only the first words and those from where they part on. */
static void
shorten (GString *text, const GString *other)
{
  gsize alike = 0;
  while (alike < text->len && alike < other->len && text->str[alike] == other->str[alike])
    alike++;
  while (alike > 0 && text->str[alike - 1] != ' ')
    alike--;
  if (alike <= SHOWN_HEAD_BYTES)
    return;
  g_autoptr (GString) head = g_string_new_len (text->str, (gssize)alike);
  cut_text (head, SHOWN_HEAD_BYTES);
  g_string_append_c (head, ' ');
  g_string_erase (text, 0, (gssize)alike);
  g_string_prepend (text, head->str);
}

static void
add_tool (AssayNodeAccount *node_account, const AssayProducer *first, const GPtrArray *shipped,
          const GPtrArray *expected)
{
  g_autoptr (GString) said = join (shipped);
  g_autoptr (GString) wanted = join (expected);
  if (said->len > SHOWN_BYTES || wanted->len > SHOWN_BYTES)
    {
      g_autoptr (GString) copy = g_string_new_len (said->str, (gssize)said->len);
      shorten (said, wanted);
      shorten (wanted, copy);
    }
  cut_text (said, SHOWN_BYTES);
  cut_text (wanted, SHOWN_BYTES);
  const AssayToolAccount tool = { .place = first->place,
                                  .where = g_strdup (first->where),
                                  .offset = first->offset,
                                  .shipped = g_strdup (said->str),
                                  .expected = expected->len > 0 ? g_strdup (wanted->str) : NULL };
  if (node_account->tools == NULL)
    {
      node_account->tools = g_array_new (FALSE, FALSE, sizeof (AssayToolAccount));
      g_array_set_clear_func (node_account->tools, clear_tool);
    }
  g_array_append_val (node_account->tools, tool);
}

/** Places where a file that does not speak was not made by a tool that always does, as the gold linker. */
static const gboolean silence_speaks[ASSAY_PRODUCER_PLACES] = {
  [ASSAY_PRODUCER_GO] = TRUE,
  [ASSAY_PRODUCER_NOTE] = TRUE,
};

/* The part of a sorted list that is of the place and section of @like, from @from on. */
static GPtrArray *
part_of (const GPtrArray *list, const AssayProducer *like)
{
  GPtrArray *part = g_ptr_array_new ();
  for (guint i = 0; i < list->len; i++)
    {
      const AssayProducer *producer = g_ptr_array_index (list, i);
      if (producer->place == like->place && strcmp (producer->where, like->where) == 0)
        g_ptr_array_add (part, (gpointer)producer);
    }
  return part;
}

static void
compare_place (AssayNodeAccount *node_account, const AssayProducer *first, const GPtrArray *shipped,
               const GPtrArray *expected)
{
  g_autoptr (GPtrArray) said = part_of (shipped, first);
  g_autoptr (GPtrArray) wanted = part_of (expected, first);
  if (wanted->len == 0 && !silence_speaks[first->place])
    return;
  g_autoptr (GPtrArray) said_only = only_in (said, wanted);
  g_autoptr (GPtrArray) wanted_only = only_in (wanted, said);
  if (said_only->len > 0 || wanted_only->len > 0)
    add_tool (node_account, first, said_only->len > 0 ? said_only : said, wanted_only->len > 0 ? wanted_only : wanted);
}

/* All places but texts, each once. A place of which one side says too much to keep is left out. */
static void
compare_places (AssayNodeAccount *node_account, const AssayProducers *shipped, const AssayProducers *expected)
{
  g_autoptr (GPtrArray) said = assay_producers_list (shipped);
  g_autoptr (GPtrArray) wanted = assay_producers_list (expected);
  const AssayProducer *last = NULL;
  guint places = 0;
  for (guint i = 0; i < said->len && places < ASSAY_TOOLS_MAX; i++)
    {
      const AssayProducer *producer = g_ptr_array_index (said, i);
      gboolean again = last != NULL && last->place == producer->place && strcmp (last->where, producer->where) == 0;
      last = producer;
      if (again || !assay_producers_is_whole (shipped, producer->place)
          || !assay_producers_is_whole (expected, producer->place))
        continue;
      places++;
      compare_place (node_account, producer, said, wanted);
    }
}

/* Of bytes that are judged, and not a child's. */
static gboolean
is_difference (const AssayRangePlace *place)
{
  return !place->payload && place->class_ != ASSAY_CLASS_IDENTICAL && place->class_ != ASSAY_CLASS_OUTSIDE;
}

static gboolean
is_debug_name (const char *name)
{
  return g_str_has_prefix (name, ".debug_") || g_str_has_prefix (name, ".zdebug_");
}

static gboolean
names_debug (const AssayElf *elf)
{
  for (guint i = 0; i < elf->sections->len; i++)
    if (is_debug_name (g_array_index (elf->sections, AssaySection, i).name))
      return TRUE;
  return FALSE;
}

/* @looked: pieces up to there are not of debug information */
static gboolean
lies_in_debug (const AssayElf *elf, const AssayRangePlace *place, guint64 *looked)
{
  for (guint64 at = MAX (place->offset, *looked); at < place->offset + place->length; at = *looked)
    {
      const AssayPiece *piece = assay_elf_piece_at (elf, at);
      if (piece == NULL)
        return FALSE;
      const char *name
          = piece->kind == ASSAY_PIECE_SECTION ? g_array_index (elf->sections, AssaySection, piece->section).name : "";
      if (is_debug_name (name))
        return TRUE;
      *looked = piece->offset + piece->length;
    }
  return FALSE;
}

/* Whether a range that differs lies in debug information. Where none does, both sides say the same. */
static gboolean
debug_differs (const AssayNodeAccount *node_account, const AssayElf *elf)
{
  guint64 looked = 0;
  AssayRangePlace places[ASSAY_RANGE_PLACES];
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  if (!names_debug (elf))
    return FALSE;
  for (guint count; (count = assay_ranges_next_places (&walk, places)) > 0;)
    for (guint i = 0; i < count; i++)
      if (is_difference (&places[i]) && lies_in_debug (elf, &places[i], &looked))
        return TRUE;
  return FALSE;
}

static gboolean
has_debug (const AssayProducers *producers)
{
  g_autoptr (GPtrArray) list = assay_producers_list (producers);
  for (guint i = 0; i < list->len; i++)
    if (((const AssayProducer *)g_ptr_array_index (list, i))->place == ASSAY_PRODUCER_DEBUG)
      return TRUE;
  return FALSE;
}

static void
compare_files (AssayNodeAccount *node_account, const AssayNaming *naming)
{
  AssayBlob *expected_blob = node_account->match->expected->blob;
  g_autoptr (AssayProducers) shipped = assay_producers_new ();
  g_autoptr (AssayProducers) expected = assay_producers_new ();
  assay_producers_add_elf (shipped, naming->shipped_elf, node_account->node->blob);
  assay_producers_add_elf (expected, naming->expected_elf, expected_blob);
  if (debug_differs (node_account, naming->shipped_elf))
    {
      assay_producers_add_debug (shipped, naming->shipped_interpreter, node_account->node->blob);
      assay_producers_add_debug (expected, naming->expected_interpreter, expected_blob);
      /* that of the rebuild may lie in a file of its own */
      if (!has_debug (expected) && naming->symbols_blob != NULL)
        assay_producers_add_debug (expected, naming->expected_interpreter, naming->symbols_blob);
    }
  compare_places (node_account, shipped, expected);
}

/* The texts that bytes which differ are part of. */
static void
add_differing_texts (AssayProducers *producers, const AssayNodeAccount *node_account, const AssayElf *elf)
{
  AssayBlob *blob = node_account->node->blob;
  guint64 start = 0;
  guint64 end = 0;
  if (!assay_blob_hold (blob, NULL))
    return;
  AssayRangePlace places[ASSAY_RANGE_PLACES];
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  for (guint count; (count = assay_ranges_next_places (&walk, places)) > 0;)
    for (guint i = 0; i < count; i++)
      {
        const AssayRangePlace *place = &places[i];
        if (!is_difference (place))
          continue;
        if (place->offset > end + RUN_GAP_BYTES)
          {
            assay_producers_add_texts (producers, elf, blob, start, end - start);
            start = place->offset - ASSAY_PRODUCER_TEXT_BYTES;
          }
        end = place->offset + place->length + ASSAY_PRODUCER_TEXT_BYTES;
      }
  assay_producers_add_texts (producers, elf, blob, start, end - start);
  assay_blob_release (blob);
}

static GPtrArray *
all_texts (AssayProducers *producers, AssayBlob *blob)
{
  assay_producers_add_texts (producers, NULL, blob, 0, assay_blob_get_size (blob));
  return assay_producers_list (producers);
}

/* Version texts among data: those that the rebuild holds nowhere. Of a text for people they say nothing. */
static void
compare_texts (AssayNodeAccount *node_account, const AssayNaming *naming)
{
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  AssayBlob *blob = node_account->node->blob;
  g_autoptr (AssayProducers) differing = assay_producers_new ();
  add_differing_texts (differing, node_account, naming->shipped_elf);
  g_autoptr (GPtrArray) said = assay_producers_list (differing);
  if (said->len == 0 || !assay_nature_find (blob, &nature, NULL, NULL) || nature == ASSAY_NATURE_TEXT)
    return;
  g_autoptr (AssayProducers) shipped = assay_producers_new ();
  g_autoptr (AssayProducers) expected = assay_producers_new ();
  g_autoptr (GPtrArray) wanted = all_texts (expected, node_account->match->expected->blob);
  g_autoptr (GPtrArray) said_only = only_in (said, wanted);
  if (said_only->len == 0 || !assay_producers_is_whole (expected, ASSAY_PRODUCER_TEXT))
    return;
  g_autoptr (GPtrArray) all_said = all_texts (shipped, blob);
  g_autoptr (GPtrArray) wanted_only = only_in (wanted, all_said);
  add_tool (node_account, g_ptr_array_index (said_only, 0), said_only, wanted_only);
}

void
assay_account_tools (AssayNodeAccount *node_account, const AssayNaming *naming)
{
  const AssayNode *expected = node_account->match->expected;
  if (expected == NULL || expected->blob == NULL)
    return;
  if (naming->shipped_elf != NULL && naming->expected_elf != NULL)
    compare_files (node_account, naming);
  compare_texts (node_account, naming);
}
