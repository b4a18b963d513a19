#ifndef ASSAY_ACCOUNT_USUAL_NAMES_H
#define ASSAY_ACCOUNT_USUAL_NAMES_H

#include <glib.h>

/*
 * What a file is called for, by who reads it. Bytes may be a container and a script, a table or a program as well; a
 * name says which of these its readers take them for, and nothing else in an image does.
 */

/**
 * assay_usual_name:
 * @format: of a container (AssayNode's @format)
 * @name: one component
 *
 * Whether who opens a file of that name usually reads a container of that format in it. Case does not count, nor a
 * `.old` or `.bak` behind the name, nor letters that a short name of DOS has cut off. A format that is not known here
 * has no usual name.
 */
gboolean assay_usual_name (const char *format, const char *name);

/** assay_usual_name_of_loader: whether a partition or range of that name holds what the code in a chip, or a boot
 * loader's first part, runs as it is. */
gboolean assay_usual_name_of_loader (const char *name);

/** assay_usual_name_of_code: the same of a file, which may be a kernel as well. */
gboolean assay_usual_name_of_code (const char *name);

/**
 * assay_usual_name_is_of_text:
 * @name: one component
 *
 * Whether a shell, an interpreter or a daemon reads files of that name line by line, by its suffix or because it is the
 * file of that name. Most texts have no such name.
 */
gboolean assay_usual_name_is_of_text (const char *name);

#endif
