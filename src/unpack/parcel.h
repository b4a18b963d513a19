#ifndef ASSAY_UNPACK_PARCEL_H
#define ASSAY_UNPACK_PARCEL_H

#include "unpack/node.h"

/*
 * The inside of one node as bytes, as the process that read it tells the one that asked: children, facts, spans and
 * fields. Nothing of the bytes themselves: where a child's bytes lie is said by the number of who has them and a range.
 */

/** assay_parcel_refuse: says that a reader contradicts itself, by @what; returns FALSE for the caller to return. */
gboolean assay_parcel_refuse (const char *what, GError **error);

/** AssayParcelOwner: who has a child's bytes. From ASSAY_PARCEL_CONTENT on: what was sent under that number. */
typedef enum
{
  ASSAY_PARCEL_NOBODY = 0,
  ASSAY_PARCEL_NODE,
  ASSAY_PARCEL_SPOOL,
  ASSAY_PARCEL_CONTENT,
} AssayParcelOwner;

/** AssayParcelPlace: a range of an owner. */
typedef struct
{
  guint64 owner;
  guint64 offset;
  guint64 length;
} AssayParcelPlace;

/** AssayParcelLocate: where the bytes of @child lie. */
typedef gboolean (*AssayParcelLocate) (gpointer data, AssayNode *child, AssayParcelPlace *out_place, GError **error);

/** AssayParcelSend: takes the next part of the parcel, at most @most_bytes of assay_parcel_write() long. */
typedef gboolean (*AssayParcelSend) (gpointer data, const guint8 *bytes, gsize length_bytes, GError **error);

/** assay_parcel_write: tells what is in @node. Errors: those of @locate and @send. */
gboolean assay_parcel_write (const AssayNode *node, gsize most_bytes, AssayParcelLocate locate, AssayParcelSend send,
                             gpointer data, GError **error);

/** AssayParcelPut: gives a new child the bytes of that range. */
typedef gboolean (*AssayParcelPut) (gpointer data, AssayNode *child, const AssayParcelPlace *place, GError **error);

/**
 * AssayParcel:
 * @node: gets what was told; borrowed
 * @put: @data: called for each child, before its bytes are believed
 * @most_bytes: of one record
 * @text_bytes: of all paths and facts so far
 * @rest: what came of a record that is not whole yet
 *
 * A parcel that is being read, part by part. Nothing in it is believed: texts are UTF-8 without control characters,
 * paths are one level beneath the node's, no two alike, kinds are of those that there are. Spans are only taken:
 * whether they tile is for assay_node_validate() to say.
 */
typedef struct
{
  AssayNode *node;
  AssayParcelPut put;
  gpointer data;
  guint64 most_bytes;
  guint64 text_bytes;
  GByteArray *rest;
  GHashTable *paths;
} AssayParcel;

void assay_parcel_init (AssayParcel *parcel, AssayNode *node, guint64 most_bytes, AssayParcelPut put, gpointer data);
void assay_parcel_clear (AssayParcel *parcel);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayParcel, assay_parcel_clear)

/** assay_parcel_take: the next part. Errors: ASSAY_ERROR_FAILED it is no such thing; ASSAY_ERROR_LIMIT; those of @put.
 */
gboolean assay_parcel_take (AssayParcel *parcel, const guint8 *bytes, gsize length_bytes, GError **error);

/** assay_parcel_finish: that was all of it. */
gboolean assay_parcel_finish (AssayParcel *parcel, GError **error);

#endif
