#ifndef ASSAY_REPORT_SHAPE_H
#define ASSAY_REPORT_SHAPE_H

#include <glib.h>
#include <jansson.h>

/**
 * AssayShapeKind: what the value of a member is.
 *
 * @ASSAY_SHAPE_TEXT: any string; @ASSAY_SHAPE_NAME: one that is not empty
 * @ASSAY_SHAPE_COUNT: as assay_form_count(); @ASSAY_SHAPE_POSITIVE: from 1
 * @ASSAY_SHAPE_HEX64: "0x…", a value of 64 bits (T25); @ASSAY_SHAPE_HEX: bytes, two digits each
 * @ASSAY_SHAPE_WORD: one of @words, or what @is_word says
 * @ASSAY_SHAPE_OBJECT: / @ASSAY_SHAPE_LIST: an object of @shape, and an array of these; without @shape whatever stands
 * in it
 */
typedef enum
{
  ASSAY_SHAPE_TEXT = 0,
  ASSAY_SHAPE_NAME,
  ASSAY_SHAPE_TEXTS,
  ASSAY_SHAPE_COUNT,
  ASSAY_SHAPE_POSITIVE,
  ASSAY_SHAPE_FLAG,
  ASSAY_SHAPE_DIGEST,
  ASSAY_SHAPE_HEX64,
  ASSAY_SHAPE_HEX,
  ASSAY_SHAPE_WORD,
  ASSAY_SHAPE_OBJECT,
  ASSAY_SHAPE_LIST,
} AssayShapeKind;

/** AssayShapePresence: whether a member may be left out, or be `null` (and then is there). */
typedef enum
{
  ASSAY_SHAPE_ALWAYS = 0,
  ASSAY_SHAPE_OPTIONAL,
  ASSAY_SHAPE_NULLABLE,
} AssayShapePresence;

typedef struct _AssayShape AssayShape;

typedef struct
{
  const char *key;
  AssayShapeKind kind;
  AssayShapePresence presence;
  const AssayShape *shape;
  const char *const *words; /* NULL-terminated */
  gboolean (*is_word) (const char *word);
} AssayShapeMember;

/**
 * AssayShape: the members of an object.
 *
 * @where: how messages call the object
 * @closed: whether it has no other members: where each member is one of a kind that counts. Elsewhere other members are
 *   passed over: the schema says what a report has at least
 */
struct _AssayShape
{
  const char *where;
  const AssayShapeMember *members;
  gsize count;
  gboolean closed;
};

/** assay_shape_check: whether an object is of a shape. Errors: as assay_form_fail(), naming the first member that is
 * missing or of another form. */
gboolean assay_shape_check (const AssayShape *shape, const json_t *object, GError **error);

#endif
