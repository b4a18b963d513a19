#ifndef ASSAY_CRYPTO_GITOBJECT_H
#define ASSAY_CRYPTO_GITOBJECT_H

#include <glib.h>

/** Bytes of the name of a git object: SHA-1. */
#define ASSAY_GIT_ID_BYTES 20

/** AssayGitId: the name of a git object, which is also what a SWHID 1.2 holds. It names and never pins: SHA-1 is
 * broken. */
typedef struct
{
  guint8 bytes[ASSAY_GIT_ID_BYTES];
} AssayGitId;

/**
 * AssayGitObject:
 *
 * A running name of a git object: SHA-1 over "TYPE SP LENGTH NUL CONTENT" (gitformat-pack, gitcore-tutorial; ISO/IEC
 * 18670 SWHID).
 */
typedef struct _AssayGitObject AssayGitObject;

AssayGitObject *assay_git_object_new (void);
void assay_git_object_free (AssayGitObject *object);

/** assay_git_object_begin: @type is "blob" or "tree"; exactly @size_bytes follow. */
void assay_git_object_begin (AssayGitObject *object, const char *type, guint64 size_bytes);
void assay_git_object_update (AssayGitObject *object, const void *data, gsize length_bytes);
void assay_git_object_finish (AssayGitObject *object, AssayGitId *out_id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayGitObject, assay_git_object_free)

#endif
