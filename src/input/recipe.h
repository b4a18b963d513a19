#ifndef ASSAY_INPUT_RECIPE_H
#define ASSAY_INPUT_RECIPE_H

#include "util/blob.h"
#include "util/limits.h"

#include <assay/digest.h>
#include <glib.h>

/** AssaySourceKind: where one layer of source, an input or a toolchain layer comes from. */
typedef enum
{
  ASSAY_SOURCE_UNKNOWN = 0,
  ASSAY_SOURCE_ARCHIVE,
  ASSAY_SOURCE_DIRECTORY,
  ASSAY_SOURCE_GIT,
  ASSAY_SOURCE_FILE,
} AssaySourceKind;

/**
 * AssayRecipeLayer: one entry of `source`, `inputs`, `toolchain` or `patches`, or one of `entries` that is a file.
 *
 * @kind: @ASSAY_SOURCE_FILE for a patch and for `mtree`; of an `inputs` entry what lies there (file or directory)
 * @given: the path as the recipe has it; @path: resolved against the recipe's directory
 * @sha256: (if @has_sha256) what the recipe says: of an archive, patch or file its bytes; of a directory its listing
 * (contract.md)
 * @commit: of git: the full commit id, 40 or 64 hexadecimal digits in lower case; else NULL. It says which commit is
 * meant, and @has_sha256 is FALSE
 * @strip: leading components to drop; left out: 0, of a patch 1; always 0 for a directory and git
 * @into: relative directory that it is laid into ("into", a patch's "in", left out: "."), or the absolute "at" of
 * inputs (beneath /inputs) and toolchain layers (left out: "/"); without `.`, `..` and empty components. Of `mtree`
 * what the node paths of its entries begin with
 * @line: @column: where in the file the path stands, from 1; @digest_line: @digest_column: likewise its `sha256`
 * @is_default: that file is the recipe's defaults, not the recipe itself
 */
typedef struct
{
  AssaySourceKind kind;
  char *given;
  char *path;
  gboolean has_sha256;
  AssayDigest sha256;
  char *commit;
  guint strip;
  char *into;
  int line;
  int column;
  int digest_line;
  int digest_column;
  gboolean is_default;
} AssayRecipeLayer;

/** AssayRecipeOutput: @from may be a glob or a tree (ends in `/`), @at NULL for the image itself; @symbols NULL when
 * left out. @line and @column: where `from` stands, in the recipe or (@is_default) its defaults. */
typedef struct
{
  char *from;
  char *at;
  char **symbols;
  int line;
  int column;
  gboolean is_default;
} AssayRecipeOutput;

/**
 * AssayRecipeEntry: facts for a node that no rebuilt file carries
 *
 * @at: node path or glob; of an entry with @mtree always a path, whatever characters it has
 * @facts: (element-type utf8 utf8): name to value, as AssayFact writes them, but "mode" without the bits of the type
 * ("04755"). `owner: root` is both "user" root and "uid" 0, so that it speaks of formats with names and of those with
 * numbers; `group` likewise. Any other name is a name only. `facts` has all others, as `assay inspect` shows them. Of
 * an entry with @mtree there may be none
 * @mtree: the file that it comes from, after assay_recipe_read_mtrees(), and NULL for a line of the recipe; borrowed
 * @line: in that file, or in the recipe or its defaults
 * @type_bits: what else it must be, as S_IFMT of a mode; 0 where nobody says it, and of a line
 * @is_optional: it need not be there
 * @is_tree: the tree's own directory, which only some containers have as an entry: it need not be there either
 */
typedef struct
{
  char *at;
  GHashTable *facts;
  int line;
  const AssayRecipeLayer *mtree;
  guint type_bits;
  gboolean is_optional;
  gboolean is_tree;
} AssayRecipeEntry;

/**
 * AssayRecipeLayout: a named range of a raw node. @size G_MAXUINT64 is `rest`. @kind as written: header, payload,
 * signature-slot, filler, mutable. Names are unique, and ranges of one node do not overlap. @byte_swap: bytes of a word
 * that stand in reverse, 2 or 4, of a payload; 0 for none.
 */
typedef struct
{
  char *in;
  char *name;
  guint64 offset;
  guint64 size;
  char *kind;
  guint64 byte_swap;
  int line;
} AssayRecipeLayout;

/** AssayRecipeLimits: what the recipe asks for; 0: it does not say. It is not what it gets (flow/allowance.h). */
typedef struct
{
  guint64 time_s;
  guint64 memory_bytes;
  guint64 processes;
  guint64 output_bytes;
} AssayRecipeLimits;

/**
 * AssayRecipeDefaults: the file of defaults that a recipe names.
 *
 * @file: for messages: escaped; @path: where it lies; @directory: relative paths in it start here
 * @sha256: of its bytes
 */
typedef struct
{
  char *file;
  char *path;
  char *directory;
  AssayDigest sha256;
} AssayRecipeDefaults;

/**
 * AssayRecipe:
 *
 * A recipe (contract.md, "The recipe, YAML") as read and checked; untrusted input (trust.md): it proposes, it grants
 * nothing.
 *
 * @sha256: what it is known and pinned by (T19): of the file's bytes. Of a recipe that names defaults instead the
 * SHA-256 of the two lines `recipe SP HEX LF` and `defaults SP HEX LF`, which are no recipe, so that no two pairs of
 * texts and no text alone have one digest
 * @file_sha256: in any case of the file's bytes
 * @defaults: NULL when it names none
 */
typedef struct
{
  char *file;      /* as given, for messages: escaped */
  char *directory; /* relative paths in it start here */
  AssayDigest sha256;
  AssayDigest file_sha256;
  AssayRecipeDefaults *defaults;
  char *product;
  char *licence;        /* or NULL */
  GPtrArray *source;    /* AssayRecipeLayer */
  GPtrArray *patches;   /* AssayRecipeLayer */
  GPtrArray *inputs;    /* AssayRecipeLayer */
  GPtrArray *toolchain; /* AssayRecipeLayer; empty: the host's */
  char *path;           /* where the source lies inside, absolute, beneath /build */
  gboolean run_as_root;
  GHashTable *environment; /* utf8 to utf8 */
  AssayRecipeLimits limits;
  GPtrArray *steps;           /* char* */
  GArray *step_lines;         /* int */
  gboolean steps_are_default; /* the lines are those of the defaults */
  GPtrArray *outputs;         /* AssayRecipeOutput */
  GPtrArray *entries;         /* AssayRecipeEntry */
  GPtrArray *mtrees;          /* AssayRecipeLayer: files of entries */
  char **scope;               /* NULL when left out */
  GPtrArray *layout;          /* AssayRecipeLayout */
} AssayRecipe;

/**
 * assay_recipe_load:
 *
 * Reads and checks a recipe, and the defaults that it names. No other input is opened; of `inputs` it is looked whether
 * each is a directory.
 *
 * Defaults are a file of the keys of a recipe, with `defaults: 1` in place of `recipe: 1`, and without `product`. A key
 * that the recipe has takes the place of the default; of `environment` and `limits` each of their keys does so alone.
 * Whether a recipe has defaults is the recipe's own word, so that it means the same wherever it is named from.
 *
 * Errors: ASSAY_ERROR_USAGE "FILE:LINE:COLUMN: what is wrong, what was expected" for unknown and duplicate keys,
 * aliases, anchors, tags, several documents, wrong types, missing keys, paths that leave where they may be.
 */
AssayRecipe *assay_recipe_load (const char *path, GError **error);

/** assay_recipe_parse: as assay_recipe_load() for bytes that lie in memory; @file is how messages call them, and where
 * relative paths start. */
AssayRecipe *assay_recipe_parse (const char *file, GBytes *bytes, GError **error);

/** assay_recipe_parse_defaults: the same for a file of defaults alone, as if it were a recipe: what it does not say is
 * NULL, or empty. */
AssayRecipe *assay_recipe_parse_defaults (const char *file, GBytes *bytes, GError **error);

/** assay_recipe_tree_prefix: (transfer full): what the node paths of a tree's entries begin with. @at: (nullable): the
 * `at` of a tree as the recipe has it. */
char *assay_recipe_tree_prefix (const char *at);

/** assay_recipe_file_of_layer, assay_recipe_file_of_output, assay_recipe_file_of_steps: (transfer none): the file whose
 * lines these are, for messages. */
const char *assay_recipe_file_of_layer (const AssayRecipe *recipe, const AssayRecipeLayer *layer);
const char *assay_recipe_file_of_output (const AssayRecipe *recipe, const AssayRecipeOutput *output);
const char *assay_recipe_file_of_steps (const AssayRecipe *recipe);

void assay_recipe_free (AssayRecipe *recipe);

/**
 * AssayLayoutFile: a layout alone, as the command line gives it (`compare --layout`): the key `layout` of a recipe and
 * nothing else.
 *
 * @layout: (element-type AssayRecipeLayout)
 */
typedef struct
{
  AssayDigest sha256;
  GPtrArray *layout;
} AssayLayoutFile;

/** assay_layout_file_load: Errors: as assay_recipe_load(). */
AssayLayoutFile *assay_layout_file_load (const char *path, GError **error);
void assay_layout_file_free (AssayLayoutFile *file);

/**
 * assay_recipe_check_inputs:
 *
 * Opens every file that the recipe names: a missing one is ASSAY_ERROR_USAGE, a wrong digest ASSAY_ERROR_PIN, each with
 * recipe line, column and path. A layer without a digest passes here (the report says what its digest is).
 * @out_digests: (element-type AssayInputDigest) for the report, in the order source, patches, inputs, toolchain, files
 * of entries.
 *
 * Of git only the directory is looked at: what the commit id names is first read when it is exported. Until then its
 * digest is the SHA-256 of the text `git:COMMIT`, without a line end, which stands for nothing; assay_rebuild_run()
 * puts the digest of the content in its place.
 */
typedef struct
{
  const AssayRecipeLayer *layer; /* borrowed */
  const char *role;              /* "source", "patch", "input", "toolchain", "mtree" */
  AssayDigest sha256;
} AssayInputDigest;
gboolean assay_recipe_check_inputs (const AssayRecipe *recipe, GArray **out_digests, GError **error);

/** assay_recipe_check_inputs_once: the same of one of several recipes; @toolchains: of assay_recipe_toolchains_new(): a
 * toolchain that more than one of them name is digested once. */
gboolean assay_recipe_check_inputs_once (const AssayRecipe *recipe, GHashTable *toolchains, GArray **out_digests,
                                         GError **error);

/** assay_recipe_toolchains_new: of the recipes of one run. */
GHashTable *assay_recipe_toolchains_new (void);

/**
 * assay_recipe_read_mtrees:
 * @digests: of assay_recipe_check_inputs(): what is read is that, or ASSAY_ERROR_CHANGED
 *
 * Reads the files of entries, and adds what they say to the entries of the recipe. Errors: as of assay_mtree_parse(),
 * and ASSAY_ERROR_USAGE where two files say different things of one node, or a file and a line of the recipe that names
 * that node by its path; with none of their entries added.
 */
gboolean assay_recipe_read_mtrees (AssayRecipe *recipe, const GArray *digests, const AssayLimits *limits,
                                   GError **error);

/**
 * assay_recipe_digest_layer:
 * @role: how messages call it, as in AssayInputDigest
 *
 * The digest of one layer as assay_recipe_check_inputs() takes it, whatever the recipe says of it. Errors: likewise.
 */
gboolean assay_recipe_digest_layer (const AssayRecipe *recipe, const AssayRecipeLayer *layer, const char *role,
                                    AssayDigest *out_digest, GError **error);

/**
 * assay_recipe_layer_open_file: / assay_recipe_layer_open_directory:
 *
 * Opens what a layer names: an archive, patch or file; a directory or git repository. Symbolic links on the way are
 * followed, as a user's own paths are. Errors: ASSAY_ERROR_NOT_FOUND; ASSAY_ERROR_UNSUPPORTED it is something else;
 * ASSAY_ERROR_IO.
 */
AssayBlob *assay_recipe_layer_open_file (const AssayRecipeLayer *layer, GError **error);
AssayDirectory *assay_recipe_layer_open_directory (const AssayRecipeLayer *layer, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayRecipe, assay_recipe_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayLayoutFile, assay_layout_file_free)

#endif
