#ifndef ASSAY_INPUT_PINNING_H
#define ASSAY_INPUT_PINNING_H

#include <glib.h>

/** AssayPinMode: what happens to a digest that stands in the recipe already and is another. */
typedef enum
{
  ASSAY_PIN_REFUSE = 0,
  ASSAY_PIN_UPDATE,
} AssayPinMode;

/** AssayPinKind: what became of one digest. */
typedef enum
{
  ASSAY_PIN_KEPT = 0, /* it stood there, and is right */
  ASSAY_PIN_FILLED,
  ASSAY_PIN_REPLACED,
} AssayPinKind;

/**
 * AssayPin:
 * @role: "source", "patch", "input", "toolchain", "mtree"; static
 * @given: the path as the recipe has it; any text
 * @key: "sha256", of git "commit"; static
 * @value: hexadecimal; @former: of a replaced one what stood there, else NULL
 */
typedef struct
{
  AssayPinKind kind;
  const char *role;
  char *given;
  const char *key;
  char *value;
  char *former;
} AssayPin;

/**
 * AssayPinning:
 * @text: the recipe with its digests
 * @changed: whether it is another text than before
 * @pins: (element-type AssayPin): of every layer, in the order source, patches, inputs, toolchain, files of
 * entries
 */
typedef struct
{
  GBytes *text;
  gboolean changed;
  GPtrArray *pins;
} AssayPinning;

/**
 * assay_recipe_pin:
 * @file: how messages call the recipe, and where its relative paths start
 * @bytes: a recipe, or a file of defaults. What a recipe has by its defaults is pinned there, and not in it
 *
 * Fills in the digest of everything that a recipe names: `sha256`, and of a git source without `commit` the commit that
 * its HEAD is at. A `commit` that stands there says which one is meant, and is kept. All other bytes stay as they are:
 * comments, order, quotes, line ends. What comes out is read again, and must be the same recipe but for its digests.
 *
 * Errors: ASSAY_ERROR_USAGE the recipe is invalid or names what is not there; ASSAY_ERROR_PIN a digest is another, with
 * a line for each; ASSAY_ERROR_UNSUPPORTED the text is written in a way in which none can be put in; those of
 * digesting.
 */
AssayPinning *assay_recipe_pin (const char *file, GBytes *bytes, AssayPinMode mode, GError **error);
void assay_pinning_free (AssayPinning *pinning);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayPinning, assay_pinning_free)

#endif
