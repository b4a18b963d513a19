#include "unpack/formats.h"

#include "unpack/bytes.h"
#include "unpack/hex/memory_map.h"
#include "unpack/record_list.h"
#include "util/cancel.h"

#include <string.h>

/*
 * UF2, the USB Flashing Format (github.com/microsoft/uf2, README): blocks of 512 bytes, each with its own address, so
 * that they can be written as a disk's sectors come. Numbers are little-endian.
 */

#define BLOCK_BYTES 512u
#define DATA_OFFSET 32u
#define DATA_BYTES 476u
#define MAGIC_START 0x0a324655u
#define MAGIC_SECOND 0x9e5d5157u
#define MAGIC_END 0x0ab16f30u
#define END_OFFSET (DATA_OFFSET + DATA_BYTES)

/** Flags of a block. */
enum
{
  FLAG_NOT_MAIN_FLASH = 0x0001,
  FLAG_FILE_CONTAINER = 0x1000,
  FLAG_FAMILY_ID = 0x2000,
  FLAG_DIGEST = 0x4000,
  FLAG_EXTENSION_TAGS = 0x8000,
};
#define KNOWN_FLAGS (FLAG_NOT_MAIN_FLASH | FLAG_FILE_CONTAINER | FLAG_FAMILY_ID | FLAG_DIGEST | FLAG_EXTENSION_TAGS)

/** The last bytes of the data are a place and its MD5 under FLAG_DIGEST. */
#define DIGEST_BYTES 24u

/** What Raspberry Pi's picotool puts in front for the erratum RP2350-E10 is one block of two. */
#define FAMILY_ABSOLUTE 0xe48bff57u

/** Block: the numbers of a block in its order. @family: or the size of the file, without FLAG_FAMILY_ID. */
typedef struct
{
  guint32 flags;
  guint32 address;
  guint32 length;
  guint32 number;
  guint32 count;
  guint32 family;
} Block;

/* An image that is being read. @families: those seen so far, whose place is the number of their address space; @last:
 * the block before; @cut: of how the content is cut into blocks, @cut_oddly: in another way than all writers have;
 * @start: where the blocks began that no slack interrupts. */
typedef struct
{
  AssayContainer *container;
  AssayMemoryMap map;
  AssayRecordList list;
  GArray *families;
  GChecksum *cut;
  gboolean cut_oddly;
  Block last;
  gboolean has_last;
  guint64 position;
  guint64 start;
} Reader;

static void
reader_clear (Reader *reader)
{
  assay_memory_map_clear (&reader->map);
  assay_record_list_clear (&reader->list);
  g_clear_pointer (&reader->families, g_array_unref);
  g_clear_pointer (&reader->cut, g_checksum_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

static gboolean
is_block (const guint8 *bytes)
{
  return assay_get_le32 (bytes) == MAGIC_START && assay_get_le32 (bytes + 4) == MAGIC_SECOND
         && assay_get_le32 (bytes + END_OFFSET) == MAGIC_END;
}

gboolean
assay_uf2_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= BLOCK_BYTES && is_block (head);
}

static gboolean
fail (const Reader *reader, const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "uf2: %s at %" G_GUINT64_FORMAT, what, reader->position);
}

static Block
parse_block (const guint8 *bytes)
{
  return (Block){ .flags = assay_get_le32 (bytes + 8),
                  .address = assay_get_le32 (bytes + 12),
                  .length = assay_get_le32 (bytes + 16),
                  .number = assay_get_le32 (bytes + 20),
                  .count = assay_get_le32 (bytes + 24),
                  .family = assay_get_le32 (bytes + 28) };
}

/* A group of blocks ends with the one whose number is the last. */
static gboolean
is_complete (const Block *last)
{
  return last->number + 1 == last->count || ((last->flags & FLAG_FAMILY_ID) != 0 && last->family == FAMILY_ABSOLUTE);
}

static gboolean
check_block (const Reader *reader, const Block *block, GError **error)
{
  const Block *last = &reader->last;
  gsize room = DATA_BYTES - ((block->flags & FLAG_DIGEST) != 0 ? DIGEST_BYTES : 0);
  gboolean follows = reader->has_last && block->number != 0;
  if ((block->flags & ~(guint32)KNOWN_FLAGS) != 0)
    return fail (reader, "an unknown flag", error);
  if (block->length == 0 || block->length > room)
    return fail (reader, "content of impossible length", error);
  if (block->number >= block->count)
    return fail (reader, "a block whose number is not below the count", error);
  if (follows ? block->number != last->number + 1 || block->count != last->count || block->family != last->family
              : block->number != 0 || (reader->has_last && !is_complete (last)))
    return fail (reader, "a block out of order", error);
  return TRUE;
}

static gboolean
add_slack (Reader *reader, guint64 offset, guint64 length, const char *name)
{
  assay_container_add_span (reader->container, (AssaySpan){ reader->start, offset - reader->start, ASSAY_SPAN_ENCODED,
                                                            ASSAY_SPAN_NO_CHILD, FALSE, "blocks" });
  assay_container_add_span (reader->container,
                            (AssaySpan){ offset, length, ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD, FALSE, name });
  reader->start = offset + length;
  return TRUE;
}

/* The number of a family's address space: a chip takes only the blocks of its own. */
static guint64
find_space (Reader *reader, const Block *block)
{
  guint64 family = (block->flags & FLAG_FAMILY_ID) != 0 ? block->family : G_MAXUINT64;
  for (guint i = 0; i < reader->families->len; i++)
    if (g_array_index (reader->families, guint64, i) == family)
      return i;
  g_array_append_val (reader->families, family);
  return reader->families->len - 1;
}

static gboolean
note_changes (Reader *reader, const Block *block, GError **error)
{
  const struct
  {
    const char *word;
    guint32 value;
    guint32 last;
  } words[] = { { "flags", block->flags, reader->last.flags },
                { "family", block->family, reader->last.family },
                { "blocks", block->count, reader->last.count } };
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if ((!reader->has_last || words[i].value != words[i].last)
        && !assay_record_list_add_word (&reader->list, error, "%s:0x%08x", words[i].word, words[i].value))
      return FALSE;
  return !reader->has_last || block->number != 0 || assay_record_list_add_word (&reader->list, error, "again");
}

/* What stands behind the content up to the magic at the end: zeros, tags, a digest, or what nobody asked for. */
static const char *
name_rest (const Block *block)
{
  return (block->flags & FLAG_EXTENSION_TAGS) != 0 ? "uf2 extension tags"
         : (block->flags & FLAG_DIGEST) != 0       ? "uf2 digest of a region"
                                                   : "behind the content of a block";
}

static gboolean
is_zero (const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (bytes[i] != 0)
      return FALSE;
  return TRUE;
}

/** What boot ROMs take for a page of flash: blocks of another length they pass over (RP2040, virtual_disk.c). */
#define PAGE_BYTES 256u

/* A chip takes the blocks of its family for one file, which is whole when as many came as the first one says. */
static void
note_cut (Reader *reader, const Block *block, gboolean is_new_family)
{
  const guint32 numbers[] = { block->family, block->length, block->number, block->count };
  gboolean absolute = (block->flags & FLAG_FAMILY_ID) != 0 && block->family == FAMILY_ABSOLUTE;
  g_checksum_update (reader->cut, (const guchar *)numbers, sizeof numbers);
  if (block->length != PAGE_BYTES || (block->number == 0 && !is_new_family && !absolute))
    reader->cut_oddly = TRUE;
}

static gboolean
take_block (Reader *reader, const guint8 *bytes, GError **error)
{
  const Block block = parse_block (bytes);
  guint families = reader->families->len;
  gsize rest = DATA_BYTES - block.length;
  if (!check_block (reader, &block, error))
    return FALSE;
  if ((block.flags & FLAG_FILE_CONTAINER) != 0)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED,
                              "uf2: a container of files (flag 0x1000), which is not read");
  gboolean aside = (block.flags & FLAG_NOT_MAIN_FLASH) != 0;
  gboolean open = aside || !is_zero (bytes + DATA_OFFSET + block.length, rest);
  guint64 space = find_space (reader, &block) << ASSAY_MEMORY_SPACE_BITS;
  note_cut (reader, &block, reader->families->len > families);
  if (!note_changes (reader, &block, error) || (open && !assay_record_list_add_word (&reader->list, error, "open")))
    return FALSE;
  reader->last = block;
  reader->has_last = TRUE;
  guint64 data = reader->position + DATA_OFFSET;
  if (aside)
    return assay_record_list_add_word (&reader->list, error, "aside:0x%08x%08x", block.address, block.length)
           && add_slack (reader, data, DATA_BYTES, "uf2 block that is not for the main flash");
  if (!assay_record_list_add_content (&reader->list, space + block.address, block.length, error)
      || !assay_memory_map_add (&reader->map, space + block.address, bytes + DATA_OFFSET, block.length, BLOCK_BYTES,
                                error))
    return FALSE;
  return !open || add_slack (reader, data + block.length, rest, name_rest (&block));
}

static gboolean
read_blocks (Reader *reader, GError **error)
{
  AssayNode *node = reader->container->node;
  guint8 bytes[BLOCK_BYTES];
  for (; node->size - reader->position >= BLOCK_BYTES; reader->position += BLOCK_BYTES)
    {
      if (assay_cancelled (error) || !assay_blob_read (node->blob, reader->position, bytes, sizeof bytes, error))
        return FALSE;
      gboolean known = is_block (bytes);
      /* Whoever reads UF2 passes over what is no block. */
      if (!(known ? take_block (reader, bytes, error)
                  : assay_record_list_add_word (&reader->list, error, "no-block")
                        && add_slack (reader, reader->position, BLOCK_BYTES, "no block")))
        return FALSE;
    }
  if (!reader->has_last || !is_complete (&reader->last))
    return fail (reader, "the last blocks are missing", error);
  return add_slack (reader, reader->position, node->size - reader->position, "behind the last block");
}

/** What is being written again. @open: the data behind the content is slack; @aside: all of it is. */
typedef struct
{
  Reader *reader;
  Block block;
  gboolean open;
  gboolean aside;
} Writer;

static void
put_le32 (guint8 *out, guint32 value)
{
  for (guint i = 0; i < 4; i++)
    out[i] = (guint8)(value >> (8 * i));
}

/* A block in the state of the words so far, against the one at @position; of an open one not what slack shows. */
static gboolean
compare_block (Writer *writer, GError **error)
{
  Reader *reader = writer->reader;
  const Block *block = &writer->block;
  const guint32 numbers[] = { MAGIC_START,   MAGIC_SECOND,  block->flags, block->address,
                              block->length, block->number, block->count, block->family };
  guint8 again[BLOCK_BYTES] = { 0 };
  guint8 bytes[BLOCK_BYTES];
  gsize content = writer->aside ? 0 : block->length;
  guint64 space = find_space (reader, block) << ASSAY_MEMORY_SPACE_BITS;
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    put_le32 (again + 4 * (gsize)i, numbers[i]);
  put_le32 (again + END_OFFSET, MAGIC_END);
  if (content > DATA_BYTES || reader->container->node->size - reader->position < BLOCK_BYTES)
    return fail (reader, "a block that cannot be written again", error);
  if (!assay_memory_map_read (&reader->map, space + block->address, again + DATA_OFFSET, content, error)
      || !assay_blob_read (reader->container->node->blob, reader->position, bytes, sizeof bytes, error))
    return FALSE;
  if (writer->open)
    memset (bytes + DATA_OFFSET + content, 0, DATA_BYTES - content);
  if (memcmp (bytes, again, sizeof again) != 0)
    return fail (reader, "a block that is not written again as it is", error);
  reader->position += BLOCK_BYTES;
  writer->open = writer->aside = FALSE;
  writer->block.number++;
  return TRUE;
}

static gboolean
write_word (gpointer data, const char *word, GError **error)
{
  Writer *writer = data;
  guint64 value = 0;
  Block *block = &writer->block;
  if (strcmp (word, "open") == 0)
    writer->open = TRUE;
  else if (strcmp (word, "again") == 0)
    block->number = 0;
  else if (assay_record_word_value (word, "flags", &value))
    block->flags = (guint32)value;
  else if (assay_record_word_value (word, "family", &value))
    block->family = (guint32)value;
  else if (assay_record_word_value (word, "blocks", &value))
    block->count = (guint32)value;
  else if (strcmp (word, "no-block") == 0)
    writer->reader->position += BLOCK_BYTES;
  else if (assay_record_word_value (word, "aside", &value))
    {
      writer->aside = TRUE;
      block->address = (guint32)(value >> 32);
      block->length = (guint32)value;
      return compare_block (writer, error);
    }
  else
    return fail (writer->reader, "a block that cannot be written again", error);
  return TRUE;
}

static gboolean
write_content (gpointer data, guint64 address, guint64 length, GError **error)
{
  Writer *writer = data;
  Block *block = &writer->block;
  block->address = (guint32)address;
  block->length = (guint32)length;
  if (length > DATA_BYTES || address >> ASSAY_MEMORY_SPACE_BITS != find_space (writer->reader, block))
    return fail (writer->reader, "content that cannot be written again", error);
  return compare_block (writer, error);
}

static gboolean
write_again (Reader *reader, GError **error)
{
  AssayNode *node = reader->container->node;
  Writer writer = { .reader = reader };
  static const AssayRecordWriter records = { write_word, write_content };
  guint64 end = reader->position;
  reader->position = 0;
  if (!assay_record_list_replay (assay_facts_get (node->own_facts, "records"), &records, &writer, error))
    return FALSE;
  return reader->position == end || fail (reader, "blocks that are not written again", error);
}

/* The families once more by themselves, for whoever reads a report. */
static void
state_families (Reader *reader)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < reader->families->len; i++)
    {
      guint64 family = g_array_index (reader->families, guint64, i);
      if (family == G_MAXUINT64)
        g_string_append (text, i > 0 ? " none" : "none");
      else
        g_string_append_printf (text, "%s0x%08" G_GINT64_MODIFIER "x", i > 0 ? " " : "", family);
    }
  assay_facts_take (reader->container->node->own_facts, "family", g_string_free (g_steal_pointer (&text), FALSE));
}

gboolean
assay_uf2_open (AssayContainer *container, GError **error)
{
  AssayNode *node = container->node;
  g_auto (Reader) reader = { .container = container };
  reader.families = g_array_new (FALSE, FALSE, sizeof (guint64));
  reader.cut = g_checksum_new (G_CHECKSUM_SHA256);
  node->ordered = TRUE;
  node->shares_extents = TRUE;
  assay_memory_map_init (&reader.map, container);
  assay_record_list_init (&reader.list, container->context->limits);
  if (!read_blocks (&reader, error) || !assay_memory_map_finish (&reader.map, error))
    return FALSE;
  if (node->children->len == 0)
    return fail (&reader, "no content", error);
  assay_facts_take (node->own_facts, "records", assay_record_list_finish (&reader.list));
  state_families (&reader);
  if (reader.cut_oddly)
    assay_facts_add (node->own_facts, "cut", "sha256:%s", g_checksum_get_string (reader.cut));
  return write_again (&reader, error);
}
