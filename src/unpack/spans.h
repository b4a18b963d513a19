#ifndef ASSAY_UNPACK_SPANS_H
#define ASSAY_UNPACK_SPANS_H

#include "unpack/node.h"

/**
 * assay_spans_complete:
 * @spans: (element-type AssaySpan): in any order
 * @size: of the container
 *
 * Sorts the spans and fills what lies between them with slack, so that they tile [0, @size).
 *
 * Errors: ASSAY_ERROR_MALFORMED when two overlap or one leaves the container.
 */
gboolean assay_spans_complete (GArray *spans, guint64 size, GError **error);

/**
 * assay_node_validate:
 *
 * Checks one node against what node.h promises, without believing whoever built it: spans tile, a payload is as long as
 * its child, every child with bytes comes from exactly one payload or from encoded spans, nodes in trouble are leaves,
 * indices and parents are right.
 *
 * Errors: ASSAY_ERROR_INTERNAL.
 */
gboolean assay_node_validate (const AssayNode *node, GError **error);

#endif
