#ifndef ASSAY_INPUT_YAML_EXCERPT_H
#define ASSAY_INPUT_YAML_EXCERPT_H

#include <glib.h>

/**
 * assay_yaml_excerpt:
 * @line: @column: from 1; columns count characters
 *
 * The line of a text, and beneath it a mark at a place: two further lines of a message, in 80 columns, escaped. ""
 * where the text has no such line or nothing stands in it. Transfer full.
 */
char *assay_yaml_excerpt (const char *text, gsize length, int line, int column);

#endif
