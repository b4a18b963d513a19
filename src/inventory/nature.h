#ifndef ASSAY_INVENTORY_NATURE_H
#define ASSAY_INVENTORY_NATURE_H

#include "util/blob.h"

#include <assay/digest.h>

/**
 * AssayNature: what bytes may be to a machine.
 *
 * @ASSAY_NATURE_UNKNOWN: anything, machine code too: also a text that is nothing but binary in hexadecimal digits or
 * base 64, at least 1 KiB of it, and what begins as data of a kind whose structure it does not have
 * @ASSAY_NATURE_CODE: an ELF file, or a text or passive data in which one begins: as it is, in hexadecimal digits
 *   however these are set (a dump, an array of C), or in base 64 from its first digit on
 * @ASSAY_NATURE_TEXT: for people, compilers and interpreters: no NUL and no control that texts do not use. Machine code
 *   that is no ELF file is not recognised among other words, nor in other codings
 * @ASSAY_NATURE_DATA: begins as a picture, sound, font, catalogue or document of a known kind does; of PNG, RIFF, WOFF,
 *   TrueType and OpenType the parts fit the file as well. What lies in the parts is looked through for ELF files alone
 */
typedef enum
{
  ASSAY_NATURE_UNKNOWN = 0,
  ASSAY_NATURE_CODE,
  ASSAY_NATURE_TEXT,
  ASSAY_NATURE_DATA,
} AssayNature;

/** assay_nature_find: reads all bytes once, for their nature and, unless @out_digest is NULL, their SHA-256. Nothing at
 * all is a text. */
gboolean assay_nature_find (AssayBlob *blob, AssayNature *out_nature, AssayDigest *out_digest, GError **error);

/** assay_nature_name: a word for what keeps it; static. */
const char *assay_nature_name (AssayNature nature);

/** assay_nature_from_name: FALSE where @name (nullable) is none of these words. */
gboolean assay_nature_from_name (const char *name, AssayNature *out);

#endif
