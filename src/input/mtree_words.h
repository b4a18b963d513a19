#ifndef ASSAY_INPUT_MTREE_WORDS_H
#define ASSAY_INPUT_MTREE_WORDS_H

#include <glib.h>

/* The words behind the name in a line of mtree(5), for mtree.c alone. */

/** AssayMtreeKeyword: those that say something here; all others that are known are left out. */
typedef enum
{
  ASSAY_MTREE_TYPE = 0,
  ASSAY_MTREE_MODE,
  ASSAY_MTREE_UID,
  ASSAY_MTREE_GID,
  ASSAY_MTREE_UNAME,
  ASSAY_MTREE_GNAME,
  ASSAY_MTREE_LINK,
  ASSAY_MTREE_DEVICE,
  ASSAY_MTREE_OPTIONAL,
  ASSAY_MTREE_NOCHANGE,
  ASSAY_MTREE_KEYWORDS,
} AssayMtreeKeyword;

/**
 * AssayMtreeWords: what is said of an entry, or of all that follow a `/set`.
 *
 * @said: by AssayMtreeKeyword, as a fact of AssayRecipeEntry is written; of the type the word itself, of a keyword
 * without a value ""; NULL where nothing is said
 */
typedef struct
{
  const char *said[ASSAY_MTREE_KEYWORDS];
} AssayMtreeWords;

/** AssayMtreePlace: of an entry, or of all that follow. */
typedef enum
{
  ASSAY_MTREE_ENTRY = 0,
  ASSAY_MTREE_SET,
} AssayMtreePlace;

/**
 * assay_mtree_words_take:
 * @words: gets what @word says in place of what was said before
 * @given: bits of the keywords that this line has had
 * @word: `KEYWORD=VALUE` or `KEYWORD`, all of its bytes but the last NUL visible
 * @texts: keeps what @words then borrows
 *
 * Returns: (transfer full) (nullable): NULL, or what is wrong with it, as a message
 */
char *assay_mtree_words_take (AssayMtreeWords *words, guint *given, const char *word, AssayMtreePlace place,
                              GStringChunk *texts);

/** assay_mtree_words_drop: undoes what a `/set` said by a keyword of that name; `all`: all. Returns: as above. */
char *assay_mtree_words_drop (AssayMtreeWords *words, const char *word);

/** assay_mtree_words_check: whether what is said of one entry fits together. Returns: as above. */
char *assay_mtree_words_check (const AssayMtreeWords *words);

/** assay_mtree_words_is: whether the type is that one. */
gboolean assay_mtree_words_is (const AssayMtreeWords *words, const char *type);

/** assay_mtree_words_type_bits: the bits S_IFMT of the type, 0 where none is said. */
guint assay_mtree_words_type_bits (const AssayMtreeWords *words);

/** assay_mtree_words_facts: (transfer full) (element-type utf8 utf8): the facts as a recipe's entry has them. Two for
 * which assay_mtree_words_key() is equal are equal. */
GHashTable *assay_mtree_words_facts (const AssayMtreeWords *words);

/** assay_mtree_words_key: (transfer full) */
char *assay_mtree_words_key (const AssayMtreeWords *words);

#endif
