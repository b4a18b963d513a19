#ifndef ASSAY_UNPACK_CONTAINER_H
#define ASSAY_UNPACK_CONTAINER_H

#include "unpack/context.h"
#include "unpack/fact.h"

/**
 * AssayContainer:
 * @context: borrowed
 * @node: the node that is being opened; its children, spans and own facts grow while the format's reader runs
 * @names: how often each entry path was used
 * @hole_bytes: of all its files so far
 * @charged: children whose facts were counted (limit entry-bytes): all but the last, which still gets its own
 * @trial_cost: of what was opened for trial so far (trial.h)
 *
 * What a format's reader builds the inside of a node with.
 */
typedef struct
{
  AssayUnpackContext *context;
  AssayNode *node;
  GHashTable *names;
  guint64 hole_bytes;
  guint charged;
  guint64 trial_cost;
} AssayContainer;

/**
 * AssayNameStyle: how a format writes the names of directories.
 * @ASSAY_NAME_PLAIN: as any other name
 * @ASSAY_NAME_SLASH: with a final `/`, which the node path leaves out (tar, zip)
 */
typedef enum
{
  ASSAY_NAME_PLAIN = 0,
  ASSAY_NAME_SLASH,
} AssayNameStyle;

void assay_container_init (AssayContainer *container, AssayUnpackContext *context, AssayNode *node);
void assay_container_clear (AssayContainer *container);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayContainer, assay_container_clear)

/** assay_node_new: a leaf "raw" of no bytes; @path is taken. */
AssayNode *assay_node_new (AssayNode *parent, char *path);

/** assay_node_reset: makes a container that was half read a leaf again. */
void assay_node_reset (AssayNode *node);

/**
 * assay_container_add_entry:
 * @raw: the name as the container has it
 * @style: a name that is written otherwise than @style says becomes the fact "name"
 *
 * Appends a child. Errors: ASSAY_ERROR_LIMIT (entries, name-bytes, path-bytes); ASSAY_ERROR_MALFORMED an empty name or
 * NUL in it.
 *
 * Returns: (transfer none)
 */
AssayNode *assay_container_add_entry (AssayContainer *container, const char *raw, gsize length_bytes,
                                      AssayNodeType type, AssayNameStyle style, GError **error);

/**
 * assay_container_add_grouped:
 * @group: (nullable): of ours, as "#joliet": what the entry stands under in the node path
 * @raw: as in assay_container_add_entry(); of no length: the group itself
 *
 * Appends a child of one of several trees that one container has. Errors: those of assay_container_add_entry().
 *
 * Returns: (transfer none)
 */
AssayNode *assay_container_add_grouped (AssayContainer *container, const char *group, const char *raw,
                                        gsize length_bytes, AssayNodeType type, GError **error);

/** assay_container_add_decoded: appends the child that a stream decodes to, called by @name ("#gzip"). */
AssayNode *assay_container_add_decoded (AssayContainer *container, const char *name, GError **error);

/** assay_entry_get_raw_name: the name as its container has it, from the node's path and facts alone; NULL if not well
 * formed. */
char *assay_entry_get_raw_name (const AssayNode *entry, AssayNameStyle style);

/** assay_container_add_span: adds a span; one of no length is left out. */
void assay_container_add_span (AssayContainer *container, AssaySpan span);

/** assay_container_add_payload: the child's bytes are this range. Errors: ASSAY_ERROR_MALFORMED it leaves the
 * container. */
gboolean assay_container_add_payload (AssayContainer *container, AssayNode *child, guint64 offset, guint64 length,
                                      const char *name, GError **error);

/**
 * assay_container_add_part:
 * @name: of ours, as "#part1": the container has none for it
 *
 * Appends a child whose bytes are this range. Errors: those of assay_container_add_entry() and
 * assay_container_add_payload().
 *
 * Returns: (transfer none)
 */
AssayNode *assay_container_add_part (AssayContainer *container, const char *name, guint64 offset, guint64 length,
                                     const char *span_name, GError **error);

/** assay_container_set_decoded: the child's bytes are @blob, which came out of a decoder; a reference is taken. */
void assay_container_set_decoded (AssayNode *child, AssayBlob *blob);

/**
 * assay_container_charge_hole:
 *
 * Counts zeros of a file that stand nowhere. All of them together are held against the whole container: a sparse file
 * is no bomb by itself, and a small container of nothing but holes is one. Errors: ASSAY_ERROR_LIMIT (ratio).
 */
gboolean assay_container_charge_hole (AssayContainer *container, guint64 length_bytes, GError **error);

/**
 * assay_container_add_zeros:
 *
 * Adds padding for a range that the format wants to be zero: rewritable where it is. Errors: of reading.
 */
gboolean assay_container_add_zeros (AssayContainer *container, guint64 offset, guint64 length, const char *name,
                                    GError **error);

/**
 * assay_container_note_last_block:
 * @blocks: sizes in bytes, descending, ended by 0: the first is the one that the format's packers fill up to
 *
 * Adds the container's fact `last-block` where it is no whole number of the first of these: the largest of which it is
 * one ("of 1024 bytes"), or "cut". Who reads it by such blocks, from a device or with something behind it, does not get
 * its end then.
 */
void assay_container_note_last_block (AssayContainer *container, const guint *blocks);

#endif
