#ifndef ASSAY_INPUT_SCHEMA_H
#define ASSAY_INPUT_SCHEMA_H

#include "input/yaml.h"

/*
 * What keys a mapping of a recipe or policy has, and of what type each is: one table a mapping. Every error is
 * ASSAY_ERROR_USAGE with file, line and column of the value (of the key where that is wrong) and says what was
 * expected.
 */

/**
 * AssaySchemaReader:
 * @node: the value; borrowed
 * @out: the target, of the type that the reader says; untouched or in a state that its owner can free on failure
 *
 * Reads one value: a type of the schema.
 */
typedef gboolean (*AssaySchemaReader) (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** AssaySchemaNeed: @ASSAY_SCHEMA_MERGED: optional, and assay_schema_read_over() reads both values, one into the other.
 */
typedef enum
{
  ASSAY_SCHEMA_OPTIONAL = 0,
  ASSAY_SCHEMA_REQUIRED,
  ASSAY_SCHEMA_MERGED,
} AssaySchemaNeed;

/** AssaySchemaField: a key, its type, whether it must be there, and where in the target struct the value goes (bytes).
 */
typedef struct
{
  const char *key;
  AssaySchemaReader read;
  AssaySchemaNeed need;
  gsize offset;
} AssaySchemaField;

/**
 * AssaySchema:
 * @what: how messages call the mapping, as "a recipe"
 * @fields: @n_fields of them
 * @check: (nullable): what must hold between the keys; called after all of them are read
 * @item_size: bytes of the struct, for assay_schema_read_entries(); else 0
 * @line_offset: where in the struct its `int line` stands, for assay_schema_read_entries()
 */
typedef struct
{
  const char *what;
  const AssaySchemaField *fields;
  gsize n_fields;
  AssaySchemaReader check;
  gsize item_size;
  gsize line_offset;
} AssaySchema;

/** assay_schema_read: reads a mapping into the struct @target; keys that are left out leave the struct as it was. */
gboolean assay_schema_read (const AssayYaml *yaml, const AssayYamlNode *node, const AssaySchema *schema,
                            gpointer target, GError **error);

/**
 * assay_schema_read_over:
 * @beneath: (nullable): a file of the same keys, which was read by itself already, and may have others too
 *
 * Reads the root of @yaml as assay_schema_read() does, and takes the keys that it leaves out from @beneath. Errors name
 * the file that the value stands in.
 */
gboolean assay_schema_read_over (const AssayYaml *yaml, const AssayYaml *beneath, const AssaySchema *schema,
                                 gpointer target, GError **error);

/**
 * assay_schema_read_entries:
 * @out: (element-type the struct of @schema): has a free function that takes structs which are filled in part
 *
 * Reads a list of mappings, each into a new zeroed struct. The list may be empty.
 */
gboolean assay_schema_read_entries (const AssayYaml *yaml, const AssayYamlNode *node, const AssaySchema *schema,
                                    GPtrArray *out, GError **error);

/**
 * assay_schema_check_format:
 * @key: "recipe" or "policy": the key whose value is the number of the format
 *
 * Looks at the number of the format before anything else, so that a file of a newer format is named as such and not by
 * the first key that is new in it. A root without @key passes: the schema then says that it is missing.
 */
gboolean assay_schema_check_format (const AssayYaml *yaml, const char *key, guint64 format, GError **error);

/** assay_schema_read_format: the type of that key in the schema: reads nothing. */
gboolean assay_schema_read_format (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** assay_schema_require: fails unless @node is of that kind; the message says what was found. */
gboolean assay_schema_require (const AssayYaml *yaml, const AssayYamlNode *node, AssayYamlKind kind, GError **error);

/** assay_schema_require_items: a list with at least one item. */
gboolean assay_schema_require_items (const AssayYaml *yaml, const AssayYamlNode *node, GError **error);

/** assay_schema_fail: "VALUE is not EXPECTED" at the place of a scalar; returns FALSE. */
gboolean assay_schema_fail (const AssayYaml *yaml, const AssayYamlNode *node, const char *expected, GError **error);

/** AssaySchemaWord: one of the words that a value may be. */
typedef struct
{
  const char *word;
  int value;
} AssaySchemaWord;

/** assay_schema_read_word: one of @n_words words, to its value. */
gboolean assay_schema_read_word (const AssayYaml *yaml, const AssayYamlNode *node, const AssaySchemaWord *words,
                                 gsize n_words, int *out, GError **error);

/* Types. What each writes to is in its comment. A plain empty value, `~` and `null` are no value of any type. */

/** char *: one line, not empty, without control characters. */
gboolean assay_schema_read_text (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** char *: the same, a path or a pattern that may be matched (ASSAY_GLOB_MAX_BYTES). */
gboolean assay_schema_read_glob (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** char *: as a text, but "" too, where it stands in quotes. */
gboolean assay_schema_read_text_or_empty (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out,
                                          GError **error);

/** char *: not empty and not only white space; lines and tabs allowed. */
gboolean assay_schema_read_block (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** char *: as a block, without the white space at its ends. */
gboolean assay_schema_read_prose (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** char **: a list of at least one text, NULL-terminated. */
gboolean assay_schema_read_texts (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** gboolean: `true` or `false`. */
gboolean assay_schema_read_boolean (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** guint64: a decimal count. No sign, and no leading zero, which YAML 1.1 would read as octal. */
gboolean assay_schema_read_count (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** guint64: a count of at least 1. */
gboolean assay_schema_read_positive (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** guint64: an offset in bytes: a count, which may end in KiB, MiB, GiB or TiB, or `0x` and hexadecimal digits. */
gboolean assay_schema_read_offset (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** guint64: a size in bytes, written as an offset; at least 1. */
gboolean assay_schema_read_size (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** guint64: a duration in seconds: a count of at least 1 that ends in s, m or h. */
gboolean assay_schema_read_duration (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** guint64: an age in seconds: a count of at least 1 that ends in h or d. */
gboolean assay_schema_read_age (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** gint64: a day as YYYY-MM-DD (ISO 8601), the seconds since 1970 of its first moment in UTC. */
gboolean assay_schema_read_date (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** AssayDigest: 64 hexadecimal digits of either case. */
gboolean assay_schema_read_digest (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** char *: a relative path without `..`, normalised as assay_path_normalize() does. */
gboolean assay_schema_read_relative (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** char *: an absolute path without `..`, normalised as assay_path_normalize() does. */
gboolean assay_schema_read_absolute (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

#endif
