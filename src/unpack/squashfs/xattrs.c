#include "unpack/bytes.h"
#include "unpack/squashfs/squashfs.h"
#include "util/checked.h"

/*
 * Each list of extended attributes is a run of names and values; a value may stand elsewhere, with the place of it
 * instead ("out of line"). Names, values in line and values elsewhere fill the table from end to end.
 */

/* Places of fields, in bytes from the start of what has them. */
enum
{
  DESCRIPTOR_COUNT = 8,
  DESCRIPTOR_SIZE = 12,
  DESCRIPTOR_BYTES = 16,
  NAME_LENGTH = 2,
  NAME_BYTES = 4, /* and the name */
  VALUE_BYTES = 4,
  PLACE_BYTES = 8, /* of a value that stands elsewhere */
  ATTRIBUTE_BYTES_MIN = NAME_BYTES + 1 + VALUE_BYTES,
};

/** Bits of an attribute's type. */
#define OUT_OF_LINE 0x100u

/** What a name begins with, by the rest of its type; Linux does not show an attribute of another. */
static const char *const prefixes[] = { "user.", "trusted.", "security." };

/** Bytes that have one meaning. */
typedef struct
{
  guint64 start;
  guint64 end;
  gboolean is_value; /* which several attributes may share */
} Piece;

/** The lists so far. */
typedef struct
{
  const AssaySquashfsTable *table;
  GArray *pieces; /* Piece */
  guint64 attributes;
} Lists;

/** One list; packers disagree on which size it says: of all names and values as they are shown, or as they stand. */
typedef struct
{
  guint64 position;
  guint64 shown_bytes;
  guint64 stored_bytes;
  GHashTable *names;
} List;

static gboolean
fail_lists (GError **error)
{
  return assay_squashfs_fail ("lists of extended attributes that do not agree with themselves", error);
}

static gboolean
has (const Lists *lists, guint64 start, guint64 length)
{
  return assay_range_fits (start, length, lists->table->bytes->len);
}

static void
add_piece (Lists *lists, guint64 start, guint64 length, gboolean is_value)
{
  Piece piece = { start, start + length, is_value };
  g_array_append_val (lists->pieces, piece);
}

/* A value at @start with its length in front. */
static gboolean
take_value (Lists *lists, guint64 start, guint64 *out_length)
{
  if (!has (lists, start, VALUE_BYTES))
    return FALSE;
  *out_length = assay_get_le32 (lists->table->bytes->data + start);
  if (!has (lists, start + VALUE_BYTES, *out_length))
    return FALSE;
  add_piece (lists, start, VALUE_BYTES + *out_length, TRUE);
  return TRUE;
}

/* The value that stands elsewhere, and the place of it at @start. */
static gboolean
take_distant_value (Lists *lists, guint64 start, guint64 *out_length)
{
  guint64 place = 0;
  if (!has (lists, start, VALUE_BYTES + PLACE_BYTES))
    return FALSE;
  const guint8 *bytes = lists->table->bytes->data + start;
  guint64 reference = assay_get_le64 (bytes + VALUE_BYTES);
  if (assay_get_le32 (bytes) != PLACE_BYTES
      || !assay_squashfs_table_place (lists->table, reference >> 16, reference & 0xffff, &place))
    return FALSE;
  add_piece (lists, start, VALUE_BYTES + PLACE_BYTES, FALSE);
  return take_value (lists, place, out_length);
}

static gboolean
take_attribute (Lists *lists, List *list)
{
  guint64 value = 0;
  if (!has (lists, list->position, NAME_BYTES))
    return FALSE;
  const guint8 *bytes = lists->table->bytes->data + list->position;
  guint type = assay_get_le16 (bytes);
  guint length = assay_get_le16 (bytes + NAME_LENGTH);
  gboolean distant = (type & OUT_OF_LINE) != 0;
  type &= ~OUT_OF_LINE;
  if (type >= G_N_ELEMENTS (prefixes) || length == 0 || !has (lists, list->position + NAME_BYTES, length)
      || memchr (bytes + NAME_BYTES, '\0', length) != NULL)
    return FALSE;
  if (!g_hash_table_add (list->names,
                         g_strdup_printf ("%s%.*s", prefixes[type], (int)length, (const char *)bytes + NAME_BYTES)))
    return FALSE;
  add_piece (lists, list->position, NAME_BYTES + length, FALSE);
  list->position += NAME_BYTES + length;
  if (!(distant ? take_distant_value : take_value) (lists, list->position, &value))
    return FALSE;
  guint64 stored = VALUE_BYTES + (distant ? PLACE_BYTES : value);
  list->position += stored;
  list->stored_bytes += NAME_BYTES + length + stored;
  list->shown_bytes += strlen (prefixes[type]) + length + 1 + value;
  /* no two lists have an attribute in common, so that there cannot be more than there is room for */
  return ++lists->attributes <= lists->table->bytes->len / ATTRIBUTE_BYTES_MIN;
}

static gboolean
take_list (Lists *lists, const guint8 *descriptor)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  List list = { .names = names };
  guint64 reference = assay_get_le64 (descriptor);
  guint32 count = assay_get_le32 (descriptor + DESCRIPTOR_COUNT);
  guint32 size = assay_get_le32 (descriptor + DESCRIPTOR_SIZE);
  if (count == 0 || !assay_squashfs_table_place (lists->table, reference >> 16, reference & 0xffff, &list.position))
    return FALSE;
  for (guint32 i = 0; i < count; i++)
    if (!take_attribute (lists, &list))
      return FALSE;
  return size == list.shown_bytes || size == list.stored_bytes;
}

static gint
by_start (gconstpointer a, gconstpointer b)
{
  const Piece *first = a;
  const Piece *second = b;
  if (first->start != second->start)
    return first->start < second->start ? -1 : 1;
  return first->end < second->end ? -1 : first->end > second->end;
}

/* Whether the pieces fill the table, and none overlaps another one than the same value. */
static gboolean
pieces_tile (const Lists *lists)
{
  const Piece none = { 0, 0, FALSE };
  const Piece *last = &none;
  g_array_sort (lists->pieces, by_start);
  for (guint i = 0; i < lists->pieces->len; i++)
    {
      const Piece *piece = &g_array_index (lists->pieces, Piece, i);
      gboolean same = piece->is_value && last->is_value && piece->start == last->start && piece->end == last->end;
      if (!same && piece->start != last->end)
        return FALSE;
      last = piece;
    }
  return last->end == lists->table->bytes->len;
}

gboolean
assay_squashfs_check_xattrs (AssaySquashfs *squashfs, GError **error)
{
  const GByteArray *descriptors = squashfs->xattr_ids.bytes;
  if (squashfs->xattr_ids.child == NULL)
    return TRUE;
  if (squashfs->xattr_values.child == NULL)
    return fail_lists (error);
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  Lists lists = { .table = &squashfs->xattr_values, .pieces = pieces };
  for (guint at = 0; at + DESCRIPTOR_BYTES <= descriptors->len; at += DESCRIPTOR_BYTES)
    if (!take_list (&lists, descriptors->data + at))
      return fail_lists (error);
  return pieces_tile (&lists) || fail_lists (error);
}
