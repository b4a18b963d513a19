#ifndef ASSAY_INPUT_YAML_H
#define ASSAY_INPUT_YAML_H

#include <assay/digest.h>
#include <glib.h>

/*
 * What a recipe and a policy are written in: a strict part of YAML 1.1, whose flow style covers JSON (but for surrogate
 * pairs in `\u` escapes, keys above 1024 characters, and tabs before the outermost bracket). Every text has one
 * reading, also for people: no aliases, anchors, tags, directives, merge keys or duplicate keys, one document, keys are
 * plain texts. Scalars stay text; the schema says what they are.
 */

/** Bytes of one file: a policy of some ten thousand waivers; larger is ASSAY_ERROR_USAGE. */
#define ASSAY_YAML_MAX_BYTES (4u * 1024u * 1024u)

/** Levels of lists and mappings in each other; the schemas need 5. */
#define ASSAY_YAML_MAX_DEPTH 32u

/** Scalars, lists and mappings of one file; keeps what 4 MiB of `[` and `]` would take in memory below 100 MiB. */
#define ASSAY_YAML_MAX_NODES (1u << 19)

/** AssayYamlKind: the zero is no kind. */
typedef enum
{
  ASSAY_YAML_UNKNOWN = 0,
  ASSAY_YAML_SCALAR,
  ASSAY_YAML_SEQUENCE,
  ASSAY_YAML_MAPPING,
} AssayYamlKind;

typedef struct _AssayYamlNode AssayYamlNode;

/** AssayYamlMember: one key of a mapping and its value; line and column of the key, from 1; @start: where it begins, in
 * characters. */
typedef struct
{
  char *key;
  int line;
  int column;
  gsize start;
  AssayYamlNode *value;
} AssayYamlMember;

/**
 * AssayYamlNode:
 * @kind: what it is
 * @is_plain: a scalar that stands without quotes and not as a block; only there empty, `~` and `null` say "nothing"
 * @text: of a scalar: UTF-8 without NUL (but any other character, which an escape can write); else NULL
 * @items: of a sequence (element-type AssayYamlNode), of a mapping (element-type AssayYamlMember), in the order of the
 * file; else NULL
 * @is_flow: a list or mapping in brackets, or a mapping that is one item of such a list and has none of its own
 * @line: @column: where it begins, from 1; a column counts characters
 * @start: where it begins, in characters from the start of the file; @end: of a scalar likewise, behind its quotes
 */
struct _AssayYamlNode
{
  AssayYamlKind kind;
  gboolean is_plain;
  gboolean is_flow;
  char *text;
  GPtrArray *items;
  int line;
  int column;
  gsize start;
  gsize end;
};

/**
 * AssayYaml:
 * @file: as given, escaped for messages
 * @sha256: of the file's bytes
 * @bytes: the file's, which messages show a line of
 * @root: never NULL
 */
typedef struct
{
  char *file;
  AssayDigest sha256;
  GBytes *bytes;
  AssayYamlNode *root;
} AssayYaml;

/**
 * assay_yaml_read_file:
 * @what: how messages call the file, as "recipe"
 *
 * Reads a whole regular file of at most ASSAY_YAML_MAX_BYTES, or for `-` standard input.
 *
 * Errors: ASSAY_ERROR_USAGE it cannot be opened, is no regular file, or is too large; ASSAY_ERROR_IO.
 */
GBytes *assay_yaml_read_file (const char *path, const char *what, GError **error);

/**
 * assay_yaml_parse:
 * @file: how messages call the text
 * @bytes: the text; borrowed
 *
 * Errors: ASSAY_ERROR_USAGE "FILE:LINE:COLUMN: …" for whatever the part of YAML above does not have, bytes that
 * assay_characters_find_refused() finds, and what exceeds a limit above.
 */
AssayYaml *assay_yaml_parse (const char *file, GBytes *bytes, GError **error);

void assay_yaml_free (AssayYaml *yaml);

/** assay_yaml_find: the member of a mapping with that key, or NULL; also NULL when @node is NULL or no mapping. */
const AssayYamlMember *assay_yaml_find (const AssayYamlNode *node, const char *key);

/** assay_yaml_quote: any text in backquotes, escaped, and shortened where it is long, for a message. Transfer full. */
char *assay_yaml_quote (const char *text);

/** assay_yaml_error: sets ASSAY_ERROR_USAGE "FILE:LINE:COLUMN: MESSAGE", and on two lines more what stands there, with
 * a mark beneath (assay_yaml_excerpt()); returns FALSE for the caller to return. */
gboolean assay_yaml_error (const AssayYaml *yaml, int line, int column, GError **error, const char *format, ...)
    G_GNUC_PRINTF (5, 6);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayYaml, assay_yaml_free)

#endif
