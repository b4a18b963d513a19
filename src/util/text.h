#ifndef ASSAY_UTIL_TEXT_H
#define ASSAY_UTIL_TEXT_H

#include <glib.h>

/**
 * assay_text_escape_name:
 * @raw: bytes of a name as an archive or file system has them; may hold anything but is @length_bytes long
 *
 * Writes a path of an untrusted container as a node path (trust.md, T8): one leading `./` is dropped; `%`, components
 * that are `.` or `..`, leading `/`, a component's leading `#` or `@`, `#` before final digits, control characters,
 * bytes that are not UTF-8, and the Unicode bidirectional and line controls are written `%XX` (upper case, one for each
 * byte); an empty component is `%2F`. So `//` inside a name cannot imitate nesting.
 *
 * Returns: (transfer full): valid UTF-8; "" becomes "%2F"; a trailing `/` (as tar writes directories) is dropped first
 */
char *assay_text_escape_name (const char *raw, gsize length_bytes);

/**
 * assay_text_escape_line:
 *
 * Makes any bytes safe to show on one line of a terminal or log: controls, DEL, bidirectional controls and bytes that
 * are not UTF-8 become `\xXX`, a backslash `\\`.
 */
char *assay_text_escape_line (const char *raw, gssize length_bytes);

/**
 * assay_text_escape_shown:
 *
 * The same for a message that holds escaped parts already: a backslash stays one, so that nothing is escaped twice.
 */
char *assay_text_escape_shown (const char *message);

/** assay_text_find_misleading: where in @text, which is valid UTF-8, the first character stands that shows as nothing
 * or as something else (controls, bidirectional controls, what leaves no mark); @end where there is none. */
const char *assay_text_find_misleading (const char *text, const char *end);

/**
 * assay_text_line_to_name:
 * @line: of assay_text_escape_line()
 *
 * The same text in the form that node paths have: `%XX` for `\xXX`, one backslash for two, `%25` for `%`.
 */
char *assay_text_line_to_name (const char *line);

/** How long a glob with stars may be: PATH_MAX of Linux. Whoever gives one decides how long it takes to match it, and
 * a recipe may come from anybody. */
#define ASSAY_GLOB_MAX_BYTES 4096

/**
 * assay_text_glob_matches:
 *
 * Node-path globs: `*` matches inside a component (a run of bytes without `/`), `**` anything at all, `/` and `//` too;
 * `**` alone also matches `.`, the root, which nothing else but `.` does. `*` does not cross `//`. A leading `**`
 * followed by `/` also matches no component at all, so that `**` `/x` finds x at the top. Everything else stands for
 * itself, `?` and `[` too: a path as it is listed is a glob that means it. A glob with stars that is longer than
 * ASSAY_GLOB_MAX_BYTES matches nothing.
 */
gboolean assay_text_glob_matches (const char *glob, const char *path);

/** assay_text_any_glob_matches: whether any of a NULL-terminated list of globs matches. */
gboolean assay_text_any_glob_matches (char *const *globs, const char *path);

/** assay_text_any_glob_enters: whether any of the globs may match a node that is unpacked from the one of that path,
 * whatever lies in it. */
gboolean assay_text_any_glob_enters (char *const *globs, const char *path);

/** assay_text_has_glob: whether the text holds `*`. */
gboolean assay_text_has_glob (const char *text);

/**
 * assay_text_intern:
 *
 * One copy of each text, which stays for as long as the process runs: for names out of an image that are told apart
 * from static ones by nobody. Not GLib's quarks, whose number is one for the whole process and which give back nothing.
 *
 * Returns: (transfer none): may be called from any thread
 */
const char *assay_text_intern (const char *text);

/** assay_text_append_bytes: an amount for people, as "17 bytes" or "1.5 GiB". */
void assay_text_append_bytes (GString *text, double amount);

/** assay_text_hex: lower-case hexadecimal of the bytes. Transfer full. */
char *assay_text_hex (const guint8 *bytes, gsize length_bytes);

/** assay_text_relative_path: the way from the directory of one path to another path, as "../b/c"; transfer full. */
char *assay_text_relative_path (const char *from, const char *to);

#endif
