#ifndef ASSAY_INVENTORY_NATURE_H
#define ASSAY_INVENTORY_NATURE_H

#include "util/blob.h"

#include <assay/digest.h>

/**
 * AssayNature: what bytes may be to a machine.
 *
 * @ASSAY_NATURE_UNKNOWN: anything, machine code too
 * @ASSAY_NATURE_CODE: an ELF file, or a text or passive data in which one begins: as it is, in hexadecimal digits
 * however these are set (a dump, an array of C), or in base 64 from its first digit on. Other codings, and machine code
 * that is no ELF file, are not recognised in a text
 * @ASSAY_NATURE_TEXT: for people, compilers and interpreters: no NUL and no control that texts do not use
 * @ASSAY_NATURE_DATA: begins as a picture, sound, font, catalogue or document of a known kind does. That says what the
 *   maker calls it; nobody has looked for what else is in it
 */
typedef enum
{
  ASSAY_NATURE_UNKNOWN = 0,
  ASSAY_NATURE_CODE,
  ASSAY_NATURE_TEXT,
  ASSAY_NATURE_DATA,
} AssayNature;

/** assay_nature_find: reads all bytes once, for their nature and their SHA-256. Nothing at all is a text. */
gboolean assay_nature_find (AssayBlob *blob, AssayNature *out_nature, AssayDigest *out_digest, GError **error);

#endif
