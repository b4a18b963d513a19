#ifndef ASSAY_INPUT_RECIPE_TEXT_H
#define ASSAY_INPUT_RECIPE_TEXT_H

#include <glib.h>

/*
 * Writes the text of a recipe. What an image or a source says may hold anything; nothing of it can end a quote or a
 * comment, or look like what it is not.
 */

/**
 * assay_recipe_text_quote:
 *
 * A text as a YAML scalar in double quotes, which a recipe's reader takes for exactly @text.
 *
 * Returns: (transfer full) (nullable): NULL where no recipe can have that text: it is empty or blank, no UTF-8, or has
 * characters that assay_characters_find_refused() finds in a line
 */
char *assay_recipe_text_quote (const char *text);

/**
 * assay_recipe_text_comment:
 * @indent: columns before the `#`
 * @text: any bytes; what is not one line of plain characters is escaped as `\xXX`
 *
 * Appends a comment, over several lines where it is long: each begins with `#`, those behind the first with more space
 * behind it.
 */
void assay_recipe_text_comment (GString *out, guint indent, const char *text);

#endif
