#ifndef ASSAY_INVENTORY_DEBIAN_FILES_H
#define ASSAY_INVENTORY_DEBIAN_FILES_H

#include <glib.h>

/**
 * AssayDebianChange: one entry of a changelog (deb-changelog(5)). All texts are raw.
 * @seconds: since 1970
 */
typedef struct
{
  char *source;
  char *version;
  char *suite;
  gint64 seconds;
} AssayDebianChange;

void assay_debian_change_clear (AssayDebianChange *change);

/** assay_debian_change_read: the first entry, which is the newest; FALSE where the text is no changelog. */
gboolean assay_debian_change_read (const char *text, AssayDebianChange *out);

/** assay_debian_control_get: (transfer full) (nullable): the value of a field of the first paragraph (deb-control(5)),
 * without the lines that it goes on in. */
char *assay_debian_control_get (const char *text, const char *field);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayDebianChange, assay_debian_change_clear)

#endif
