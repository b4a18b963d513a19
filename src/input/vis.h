#ifndef ASSAY_INPUT_VIS_H
#define ASSAY_INPUT_VIS_H

#include <glib.h>

/**
 * assay_vis_decode:
 * @text: @length_bytes of bytes, as vis(3) of BSD writes names of files; borrowed
 * @out: gets the bytes that they stand for
 *
 * Undoes what mtree of FreeBSD and NetBSD and libarchive write: `\ooo` of three octal digits, the letters of C (`\n`,
 * `\t`, `\s` for a blank, `\E` for escape, …), `\^C`, `\M-C` and `\M^C` for controls and bytes with the highest bit,
 * and a backslash before one of `\#*?[=`. Where readers differ (fewer octal digits) or no writer is known (`\x`, `\$`),
 * it is none of these.
 *
 * Returns: (transfer none) (nullable): NULL, or where the first escape stands that is none; @out then holds a part
 */
const char *assay_vis_decode (const char *text, gsize length_bytes, GString *out);

#endif
