#include "unpack/parcel.h"

#include "cage/row.h"
#include "unpack/container.h"
#include "util/checked.h"

#include <string.h>

typedef enum
{
  RECORD_CHILD = 1,
  RECORD_FACT,
  RECORD_OWN_FACT,
  RECORD_SPAN,
  RECORD_FIELD,
  RECORD_OWN_FIELD,
  RECORD_NODE,
  RECORD_PIECE,
} RecordKind;

/** What stands before each record. */
typedef struct
{
  guint32 kind;
  guint32 length;
} RecordHead;

/* --- telling --- */

typedef struct
{
  GByteArray *bytes;
  gsize most_bytes;
  AssayParcelSend send;
  gpointer data;
} Writing;

static gboolean
send_all (Writing *writing, GError **error)
{
  for (gsize done = 0; done < writing->bytes->len;)
    {
      gsize length = MIN (writing->bytes->len - done, writing->most_bytes);
      if (!writing->send (writing->data, writing->bytes->data + done, length, error))
        return FALSE;
      done += length;
    }
  g_byte_array_set_size (writing->bytes, 0);
  return TRUE;
}

static guint
begin_record (Writing *writing, RecordKind kind)
{
  RecordHead head = { kind, 0 };
  guint place = writing->bytes->len;
  g_byte_array_append (writing->bytes, (const guint8 *)&head, sizeof head);
  return place;
}

static gboolean
end_record (Writing *writing, guint place, GError **error)
{
  guint32 length = writing->bytes->len - place - (guint)sizeof (RecordHead);
  memcpy (writing->bytes->data + place + offsetof (RecordHead, length), &length, sizeof length);
  return writing->bytes->len < writing->most_bytes || send_all (writing, error);
}

static gboolean
write_facts (Writing *writing, const GArray *facts, RecordKind kind, GError **error)
{
  for (guint i = 0; i < facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (facts, AssayFact, i);
      guint place = begin_record (writing, kind);
      assay_put_text (writing->bytes, fact->name);
      assay_put_text (writing->bytes, fact->value);
      if (!end_record (writing, place, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_fields (Writing *writing, const GArray *fields, RecordKind kind, GError **error)
{
  for (guint i = 0; fields != NULL && i < fields->len; i++)
    {
      const AssayField *field = &g_array_index (fields, AssayField, i);
      guint place = begin_record (writing, kind);
      assay_put_number (writing->bytes, field->offset);
      assay_put_number (writing->bytes, field->length);
      assay_put_number (writing->bytes, field->kind);
      if (!end_record (writing, place, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_pieces (Writing *writing, const GArray *pieces, GError **error)
{
  for (guint i = 0; pieces != NULL && i < pieces->len; i++)
    {
      const AssayStoredPiece *piece = &g_array_index (pieces, AssayStoredPiece, i);
      guint place = begin_record (writing, RECORD_PIECE);
      assay_put_number (writing->bytes, piece->offset);
      assay_put_number (writing->bytes, piece->length);
      if (!end_record (writing, place, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_child (Writing *writing, AssayNode *child, const AssayParcelPlace *where, GError **error)
{
  guint place = begin_record (writing, RECORD_CHILD);
  assay_put_text (writing->bytes, child->path);
  assay_put_number (writing->bytes, child->type);
  assay_put_number (writing->bytes, child->decoded ? 1 : 0);
  assay_put_text (writing->bytes, child->format);
  assay_put_text (writing->bytes, child->loaded_from);
  assay_put_number (writing->bytes, where->owner);
  assay_put_number (writing->bytes, where->offset);
  assay_put_number (writing->bytes, where->length);
  assay_put_text (writing->bytes, child->trouble);
  assay_put_number (writing->bytes, child->trouble_code);
  return end_record (writing, place, error) && write_pieces (writing, child->pieces, error)
         && write_facts (writing, child->facts, RECORD_FACT, error)
         && write_fields (writing, child->fields, RECORD_FIELD, error);
}

static gboolean
write_span (Writing *writing, const AssaySpan *span, GError **error)
{
  guint place = begin_record (writing, RECORD_SPAN);
  assay_put_number (writing->bytes, span->offset);
  assay_put_number (writing->bytes, span->length);
  assay_put_number (writing->bytes, span->kind);
  assay_put_number (writing->bytes, span->child);
  assay_put_number (writing->bytes, span->rewritable ? 1 : 0);
  assay_put_number (writing->bytes, span->placed ? 1 : 0);
  assay_put_text (writing->bytes, span->name);
  assay_put_text (writing->bytes, span->fact);
  assay_put_text (writing->bytes, span->slot);
  return end_record (writing, place, error);
}

static gboolean
write_node (Writing *writing, const AssayNode *node, GError **error)
{
  guint place = begin_record (writing, RECORD_NODE);
  assay_put_text (writing->bytes, node->format);
  assay_put_number (writing->bytes, node->times_are_fields ? 1 : 0);
  assay_put_number (writing->bytes, node->shares_extents ? 1 : 0);
  assay_put_number (writing->bytes, node->ordered ? 1 : 0);
  return end_record (writing, place, error) && write_facts (writing, node->own_facts, RECORD_OWN_FACT, error);
}

gboolean
assay_parcel_write (const AssayNode *node, gsize most_bytes, AssayParcelLocate locate, AssayParcelSend send,
                    gpointer data, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  Writing writing = { bytes, most_bytes, send, data };
  if (!write_node (&writing, node, error))
    return FALSE;
  for (guint i = 0; i < node->children->len; i++)
    {
      AssayNode *child = g_ptr_array_index (node->children, i);
      AssayParcelPlace place = { ASSAY_PARCEL_NOBODY, 0, 0 };
      if ((child->blob != NULL && !locate (data, child, &place, error))
          || !write_child (&writing, child, &place, error))
        return FALSE;
    }
  for (guint i = 0; node->spans != NULL && i < node->spans->len; i++)
    if (!write_span (&writing, &g_array_index (node->spans, AssaySpan, i), error))
      return FALSE;
  return write_fields (&writing, node->fields, RECORD_OWN_FIELD, error) && send_all (&writing, error);
}

/* --- hearing --- */

void
assay_parcel_init (AssayParcel *parcel, AssayNode *node, guint64 most_bytes, AssayParcelPut put, gpointer data)
{
  *parcel = (AssayParcel){ .node = node, .put = put, .data = data, .most_bytes = most_bytes };
  parcel->rest = g_byte_array_new ();
  parcel->paths = g_hash_table_new (g_str_hash, g_str_equal);
}

void
assay_parcel_clear (AssayParcel *parcel)
{
  g_clear_pointer (&parcel->rest, g_byte_array_unref);
  g_clear_pointer (&parcel->paths, g_hash_table_unref);
}

gboolean
assay_parcel_refuse (const char *what, GError **error)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "the process that reads it contradicts itself: %s", what);
  return FALSE;
}

/* One level beneath the node: an entry's name holds no `//`, so that nobody can speak for what lies elsewhere. */
static gboolean
is_path_beneath (const AssayNode *node, const char *path)
{
  gboolean top = node->parent == NULL;
  g_autofree char *prefix = top ? g_strdup ("") : g_strconcat (node->path, "//", NULL);
  if (path == NULL || !g_str_has_prefix (path, prefix))
    return FALSE;
  const char *name = path + strlen (prefix);
  return *name != '\0' && *name != '/' && strstr (name, "//") == NULL && !g_str_has_suffix (name, "/");
}

static gboolean
take_child (AssayParcel *parcel, AssayCursor *cursor, GError **error)
{
  g_autofree char *path = assay_take_text (cursor);
  guint64 type = assay_take_number (cursor);
  gboolean decoded = assay_take_flag (cursor);
  const char *format = assay_take_word (cursor);
  const char *loaded_from = assay_take_word (cursor);
  AssayParcelPlace place;
  place.owner = assay_take_number (cursor);
  place.offset = assay_take_number (cursor);
  place.length = assay_take_number (cursor);
  g_autofree char *trouble = assay_take_text (cursor);
  guint64 code = assay_take_number (cursor);
  if (cursor->bad || format == NULL || type > ASSAY_NODE_SOCKET || code > ASSAY_ERROR_INTERNAL)
    return assay_parcel_refuse ("an entry is not one", error);
  if (!is_path_beneath (parcel->node, path) || g_hash_table_contains (parcel->paths, path))
    return assay_parcel_refuse ("an entry has a path that it cannot have", error);
  parcel->text_bytes += strlen (path);
  AssayNode *child = assay_node_new (parcel->node, g_steal_pointer (&path));
  g_hash_table_add (parcel->paths, child->path);
  child->type = (AssayNodeType)type;
  child->decoded = decoded;
  child->format = format;
  child->loaded_from = loaded_from;
  child->trouble = g_steal_pointer (&trouble);
  child->trouble_code = (AssayErrorCode)code;
  return parcel->put (parcel->data, child, &place, error);
}

/* The node itself, or the child that was told last; NULL where there is none. */
static AssayNode *
spoken_of (const AssayParcel *parcel, gboolean own)
{
  GPtrArray *children = parcel->node->children;
  if (own)
    return parcel->node;
  return children->len > 0 ? g_ptr_array_index (children, children->len - 1) : NULL;
}

static gboolean
take_fact (AssayParcel *parcel, AssayCursor *cursor, gboolean own, GError **error)
{
  AssayNode *node = spoken_of (parcel, own);
  const char *name = assay_take_word (cursor);
  g_autofree char *value = assay_take_text (cursor);
  if (cursor->bad || name == NULL || value == NULL || node == NULL)
    return assay_parcel_refuse ("a fact is not one", error);
  const AssayFact fact = { name, value };
  parcel->text_bytes += assay_fact_cost (&fact);
  assay_facts_take (own ? node->own_facts : node->facts, name, g_steal_pointer (&value));
  return TRUE;
}

/* The next bytes of the child that was told last, which has none of its own: where they stand, and not what they are.
 */
static gboolean
take_piece (AssayParcel *parcel, AssayCursor *cursor, GError **error)
{
  AssayNode *child = spoken_of (parcel, FALSE);
  AssayStoredPiece piece = { 0 };
  piece.offset = assay_take_number (cursor);
  piece.length = assay_take_number (cursor);
  if (cursor->bad || child == NULL || child->blob != NULL || !child->decoded || piece.length == 0
      || (piece.offset != ASSAY_STORED_HOLE && !assay_range_fits (piece.offset, piece.length, parcel->node->size))
      || !assay_u64_add (child->size, piece.length, &child->size))
    return assay_parcel_refuse ("a piece of content is not one", error);
  if (child->pieces == NULL)
    child->pieces = g_array_new (FALSE, FALSE, sizeof (AssayStoredPiece));
  g_array_append_val (child->pieces, piece);
  return TRUE;
}

static gboolean
take_span (AssayParcel *parcel, AssayCursor *cursor, GError **error)
{
  AssaySpan span = { 0 };
  span.offset = assay_take_number (cursor);
  span.length = assay_take_number (cursor);
  guint64 kind = assay_take_number (cursor);
  guint64 child = assay_take_number (cursor);
  span.rewritable = assay_take_flag (cursor);
  span.placed = assay_take_flag (cursor);
  span.name = assay_take_word (cursor);
  span.fact = assay_take_word (cursor);
  span.slot = assay_take_word (cursor);
  if (cursor->bad || span.name == NULL || kind > ASSAY_SPAN_ENCODED || child > ASSAY_SPAN_NO_CHILD)
    return assay_parcel_refuse ("a span is not one", error);
  span.kind = (AssaySpanKind)kind;
  span.child = (guint32)child;
  if (parcel->node->spans == NULL)
    parcel->node->spans = g_array_new (FALSE, TRUE, sizeof (AssaySpan));
  g_array_append_val (parcel->node->spans, span);
  return TRUE;
}

/* A field that lies outside or before the last would be taken for bytes of somebody else. */
static gboolean
take_field (AssayParcel *parcel, AssayCursor *cursor, gboolean own, GError **error)
{
  AssayNode *node = spoken_of (parcel, own);
  AssayField field = { 0 };
  field.offset = assay_take_number (cursor);
  field.length = assay_take_number (cursor);
  guint64 kind = assay_take_number (cursor);
  if (node == NULL)
    return assay_parcel_refuse ("a field is nobody's", error);
  if (node->fields == NULL)
    node->fields = g_array_new (FALSE, TRUE, sizeof (AssayField));
  const AssayField *last
      = node->fields->len > 0 ? &g_array_index (node->fields, AssayField, node->fields->len - 1) : NULL;
  if (cursor->bad || kind > ASSAY_FIELD_DERIVED || !assay_range_fits (field.offset, field.length, node->size)
      || (last != NULL && field.offset < last->offset + last->length))
    return assay_parcel_refuse ("a field is not one", error);
  field.kind = (AssayFieldKind)kind;
  g_array_append_val (node->fields, field);
  return TRUE;
}

static gboolean
take_node (AssayParcel *parcel, AssayCursor *cursor, GError **error)
{
  AssayNode *node = parcel->node;
  const char *format = assay_take_word (cursor);
  node->times_are_fields = assay_take_flag (cursor);
  node->shares_extents = assay_take_flag (cursor);
  node->ordered = assay_take_flag (cursor);
  if (cursor->bad || format == NULL)
    return assay_parcel_refuse ("a container is not one", error);
  node->format = format;
  return TRUE;
}

static gboolean
take_record (AssayParcel *parcel, guint32 kind, AssayCursor *cursor, GError **error)
{
  switch (kind)
    {
    case RECORD_CHILD:
      return take_child (parcel, cursor, error);
    case RECORD_FACT:
      return take_fact (parcel, cursor, FALSE, error);
    case RECORD_OWN_FACT:
      return take_fact (parcel, cursor, TRUE, error);
    case RECORD_SPAN:
      return take_span (parcel, cursor, error);
    case RECORD_FIELD:
      return take_field (parcel, cursor, FALSE, error);
    case RECORD_OWN_FIELD:
      return take_field (parcel, cursor, TRUE, error);
    case RECORD_NODE:
      return take_node (parcel, cursor, error);
    case RECORD_PIECE:
      return take_piece (parcel, cursor, error);
    default:
      return assay_parcel_refuse ("a record of no known kind", error);
    }
}

gboolean
assay_parcel_take (AssayParcel *parcel, const guint8 *bytes, gsize length_bytes, GError **error)
{
  gsize done = 0;
  g_byte_array_append (parcel->rest, bytes, (guint)length_bytes);
  while (parcel->rest->len - done >= sizeof (RecordHead))
    {
      RecordHead head;
      memcpy (&head, parcel->rest->data + done, sizeof head);
      if (head.length > parcel->most_bytes)
        return assay_parcel_refuse ("a record is longer than any may be", error);
      if (parcel->rest->len - done - sizeof head < head.length)
        break;
      AssayCursor cursor = { parcel->rest->data + done + sizeof head, head.length, FALSE };
      if (!take_record (parcel, head.kind, &cursor, error))
        return FALSE;
      if (cursor.length > 0)
        return assay_parcel_refuse ("a record holds more than it should", error);
      done += sizeof head + head.length;
    }
  g_byte_array_remove_range (parcel->rest, 0, (guint)done);
  return TRUE;
}

gboolean
assay_parcel_finish (AssayParcel *parcel, GError **error)
{
  return parcel->rest->len == 0 || assay_parcel_refuse ("a record is cut off", error);
}
