#ifndef ASSAY_ACCOUNT_BYTECODE_FOUND_H
#define ASSAY_ACCOUNT_BYTECODE_FOUND_H

#include "account/names/other_names.h"
#include "account/work.h"

/* The byte code of Python that is in an image, by what it is compiled from. */

/** AssayRecorded: a time that byte code records, 32 bits of seconds; or byte code of which it is not known which one it
 * records, as behind a link. */
typedef struct
{
  guint32 time;
  gboolean unknown;
  const AssayNode *node;
} AssayRecorded;

typedef gboolean (*AssayRecordedTest) (const AssayRecorded *recorded, gconstpointer data);

/** assay_bytecode_new: of the whole image that a node is in. */
AssayBytecode *assay_bytecode_new (const AssayNode *node);
void assay_bytecode_free (AssayBytecode *bytecode);

/** assay_bytecode_find: (nullable): the first byte code of a file, by any of its @names (assay_account_names()), for
 * which a test holds. */
const AssayRecorded *assay_bytecode_find (const AssayBytecode *bytecode, const AssayNode *node, const GPtrArray *names,
                                          AssayRecordedTest test, gconstpointer data);

/** assay_bytecode_is_name: whether a file of that name is taken for byte code, whatever is in it. */
gboolean assay_bytecode_is_name (const char *name);

/** assay_bytecode_may_be: whether it is byte code by its name, or may be what assay_bytecode_appended_to() speaks of:
 * it begins as byte code, or cannot be read. */
gboolean assay_bytecode_may_be (const AssayNode *node);

/** assay_bytecode_module: the module that a file of that name, byte code or source, belongs to: "mod" of
 * "mod.cpython-311.pyc". (transfer full) */
char *assay_bytecode_module (const char *name);

/** assay_bytecode_untagged: by PEP 3147 `tool.wsgi` has `tool.TAG.pyc`, and `tool` has `toolTAG.pyc`, of which the
 * module is this. (transfer full) (nullable): @module ends with no tag. */
char *assay_bytecode_untagged (const char *module);

/** assay_bytecode_appended_to: the source, in small letters, that Python 2 takes a file of that name for the byte code
 * of, if it is one: "prog" of "progc". (transfer full) (nullable) */
char *assay_bytecode_appended_to (const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayBytecode, assay_bytecode_free)

#endif
