#ifndef ASSAY_INPUT_PINNING_TEXT_H
#define ASSAY_INPUT_PINNING_TEXT_H

#include "input/yaml.h"

/*
 * Puts digests into the text of a recipe, of which nothing else changes.
 */

/**
 * AssayPinPlace: where in a recipe one digest belongs.
 * @mapping: the entry; @named: its key that names what the digest is of; @key: that of the digest
 * @digest: (nullable): where it stands already
 */
typedef struct
{
  const AssayYamlNode *mapping;
  const AssayYamlMember *named;
  const char *key;
  const AssayYamlMember *digest;
} AssayPinPlace;

/** AssayPinText: a text, and what is put into it. */
typedef struct _AssayPinText AssayPinText;

/** assay_pin_text_new: @bytes: UTF-8; a reference is taken. */
AssayPinText *assay_pin_text_new (GBytes *bytes);
void assay_pin_text_free (AssayPinText *text);

/**
 * assay_pin_text_put:
 * @place: of the YAML that @text is; entries in any order, each once
 * @value: letters and digits
 *
 * In braces the digest comes behind what it is of; in a block it has the line below, behind a comment. Errors:
 * ASSAY_ERROR_UNSUPPORTED what it is of is written as a block (`|`, `>`).
 */
gboolean assay_pin_text_put (AssayPinText *text, const AssayYaml *yaml, const AssayPinPlace *place, const char *value,
                             GError **error);

/** assay_pin_text_finish: (transfer full): the text with all that was put into it. */
GBytes *assay_pin_text_finish (AssayPinText *text);

/** assay_pin_text_is_same: whether two trees say the same but for `sha256` and `commit`, wherever these stand. */
gboolean assay_pin_text_is_same (const AssayYamlNode *before, const AssayYamlNode *after);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayPinText, assay_pin_text_free)

#endif
