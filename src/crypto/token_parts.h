#ifndef ASSAY_CRYPTO_TOKEN_PARTS_H
#define ASSAY_CRYPTO_TOKEN_PARTS_H

#include "crypto/token.h"

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

/* The parts of crypto/token.h, for token*.c alone. */

/**
 * AssayToken:
 * @shown: the URI for messages; @label: of the token, escaped
 * @modules: by p11-kit, NULL-terminated; @is_single: loaded by its path, and the list is ours
 * @functions: @slot: @session: @key: what the key is used by; @session is open where @has_session
 * @flags: of the token (CK_TOKEN_INFO)
 * @kind: of the key
 * @asks_again: it wants the PIN for every signature, which is then kept in @pin
 */
struct _AssayToken
{
  char *shown;
  char *label;
  P11KitUri *uri;
  CK_FUNCTION_LIST **modules;
  gboolean is_single;
  CK_FUNCTION_LIST *functions;
  CK_SLOT_ID slot;
  CK_FLAGS flags;
  gboolean has_session;
  CK_SESSION_HANDLE session;
  CK_OBJECT_HANDLE key;
  CK_KEY_TYPE kind;
  gboolean asks_again;
  char pin[ASSAY_PASSPHRASE_SIZE];
};

/** assay_token_refuse: FALSE, and an error that says which URI it is. */
gboolean assay_token_refuse (const AssayToken *token, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

/** assay_token_find_slot: loads the modules, and finds the one token that the URI fits. Errors: ASSAY_ERROR_USAGE. */
gboolean assay_token_find_slot (AssayToken *token, GError **error);

/** assay_token_release: what assay_token_find_slot() loaded. */
void assay_token_release (AssayToken *token);

/** assay_token_find_key: the one private key that the URI fits, in the session. Errors: ASSAY_ERROR_USAGE. */
gboolean assay_token_find_key (AssayToken *token, GError **error);

/** assay_token_list: (transfer full): handles of the objects (CK_OBJECT_HANDLE) that have all the attributes, 64 at
 * most; NULL where the token cannot say. */
GArray *assay_token_list (const AssayToken *token, CK_ATTRIBUTE *wanted, gulong count);

/** assay_token_read: (transfer full) (nullable): an attribute of an object, NULL where it has none or hides it. */
GBytes *assay_token_read (const AssayToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);

/** assay_token_read_number: FALSE where there is no such attribute of that size. */
gboolean assay_token_read_number (const AssayToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                                  CK_ULONG *out);

/** assay_token_read_flag: @otherwise where there is no such attribute. */
gboolean assay_token_read_flag (const AssayToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                                gboolean otherwise);

#endif
