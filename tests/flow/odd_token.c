/*
 * A PKCS #11 module for tests: SoftHSM with one thing that is odd about it, which a
 * real token may be and SoftHSM is not.
 * ASSAY_ODD_TOKEN says what:
 *
 *   wrong       a signature that does not verify          short     one that lacks its last byte
 *   once        no signature after the first              long      more bytes than there is room for, it says
 *   keypad      the PIN is typed at the token             again     the key wants the PIN for each signature
 *   locked      the PIN is locked                         blind     no object can be looked for
 *   bare-point  CKA_EC_POINT is not wrapped in DER        bare-key  there are no attributes of a public key
 *   open        no login is wanted, nor made              strange   the key is of another kind
 *   unfit       the key may not sign                      final     the next wrong PIN locks it
 *
 * ASSAY_ODD_PIN is the PIN; ASSAY_SOFTHSM the module of SoftHSM.
 */

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdlib.h>
#include <string.h>

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST odd;
static int logged_in_again;
static int signatures;

static int
is (const char *what)
{
  const char *said = getenv ("ASSAY_ODD_TOKEN");
  return said != NULL && strcmp (said, what) == 0;
}

static CK_RV
get_token_info (CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
  CK_RV result = real->C_GetTokenInfo (slot, info);
  if (is ("keypad"))
    info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
  if (is ("locked"))
    info->flags |= CKF_USER_PIN_LOCKED;
  if (is ("final"))
    info->flags |= CKF_USER_PIN_FINAL_TRY;
  if (is ("open"))
    info->flags &= ~(CK_FLAGS)CKF_LOGIN_REQUIRED;
  return result;
}

static CK_RV
login (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG length)
{
  char *own = getenv ("ASSAY_ODD_PIN");
  if (own == NULL)
    return CKR_GENERAL_ERROR;
  if (user == CKU_CONTEXT_SPECIFIC)
    {
      logged_in_again = pin != NULL && length == strlen (own) && memcmp (pin, own, length) == 0;
      return logged_in_again ? CKR_OK : CKR_PIN_INCORRECT;
    }
  if (is ("keypad"))
    return pin == NULL ? real->C_Login (session, user, (CK_UTF8CHAR *)own, strlen (own)) : CKR_ARGUMENTS_BAD;
  return real->C_Login (session, user, pin, length);
}

static CK_RV
sign (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *signature, CK_ULONG *size)
{
  if (is ("once") && signatures++ > 0)
    return CKR_DEVICE_REMOVED;
  if (is ("again") && !logged_in_again)
    return CKR_USER_NOT_LOGGED_IN;
  logged_in_again = 0;
  CK_RV result = real->C_Sign (session, data, length, signature, size);
  if (is ("wrong") && result == CKR_OK)
    signature[*size - 1] ^= 1;
  if (is ("short") && result == CKR_OK)
    *size -= 1;
  if (is ("long") && result == CKR_OK)
    *size = 1ul << 40;
  return result;
}

static CK_RV
get_attribute_value (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *wanted, CK_ULONG count)
{
  CK_ATTRIBUTE_TYPE type = count == 1 ? wanted->type : 0;
  if (is ("bare-key") && (type == CKA_EC_POINT || type == CKA_PUBLIC_KEY_INFO))
    return CKR_ATTRIBUTE_TYPE_INVALID;
  CK_RV result = real->C_GetAttributeValue (session, object, wanted, count);
  if (result != CKR_OK || wanted->pValue == NULL)
    return result;
  if (is ("again") && type == CKA_ALWAYS_AUTHENTICATE)
    *(CK_BBOOL *)wanted->pValue = CK_TRUE;
  if (is ("unfit") && type == CKA_SIGN)
    *(CK_BBOOL *)wanted->pValue = CK_FALSE;
  if (is ("strange") && type == CKA_KEY_TYPE)
    *(CK_KEY_TYPE *)wanted->pValue = CKK_DSA;
  if (is ("bare-point") && type == CKA_EC_POINT)
    {
      wanted->ulValueLen -= 2;
      memmove (wanted->pValue, (CK_BYTE *)wanted->pValue + 2, wanted->ulValueLen);
    }
  return result;
}

static CK_RV
find_objects (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG most, CK_ULONG *count)
{
  return is ("blind") ? CKR_DEVICE_ERROR : real->C_FindObjects (session, objects, most, count);
}

__attribute__ ((visibility ("default"))) CK_RV
C_GetFunctionList (CK_FUNCTION_LIST **out)
{
  void *library = dlopen (getenv ("ASSAY_SOFTHSM"), RTLD_NOW | RTLD_LOCAL);
  CK_C_GetFunctionList get = NULL;
  void *symbol = library == NULL ? NULL : dlsym (library, "C_GetFunctionList");
  memcpy (&get, &symbol, sizeof get);
  if (get == NULL || get (&real) != CKR_OK)
    return CKR_GENERAL_ERROR;
  odd = *real;
  odd.C_GetFunctionList = C_GetFunctionList;
  odd.C_GetTokenInfo = get_token_info;
  odd.C_Login = login;
  odd.C_Sign = sign;
  odd.C_GetAttributeValue = get_attribute_value;
  odd.C_FindObjects = find_objects;
  *out = &odd;
  return CKR_OK;
}
