#ifndef ASSAY_REBUILD_PACKAGE_H
#define ASSAY_REBUILD_PACKAGE_H

#include "rebuild/workspace.h"

/**
 * AssayPackage:
 * @name, @version, @architecture: as assay_toolchain_is_package() and so on have them
 * @paragraph: all that the package says of itself, as an index of an archive has it, but without what only an archive
 * can say (where it lies, how large it is, its digests); ends with a line feed
 */
typedef struct
{
  char *name;
  char *version;
  char *architecture;
  char *paragraph;
} AssayPackage;

/** assay_package_parse: Errors: ASSAY_ERROR_MALFORMED. */
AssayPackage *assay_package_parse (const char *text, gsize length_bytes, GError **error);
void assay_package_free (AssayPackage *package);

/**
 * assay_packages_read:
 * @name: of a directory in the workspace's private one, with Debian packages whose names end in `.deb`
 *
 * Has dpkg-deb read what each package says of itself, behind walls.
 *
 * Returns: (transfer full): utf8, a file's name, to AssayPackage
 * Errors: ASSAY_ERROR_MALFORMED a file is no package, and its name; ASSAY_ERROR_SANDBOX; those of assay_guard_check()
 */
GHashTable *assay_packages_read (AssayWorkspace *workspace, const char *name, GError **error);

/** assay_packages_ask_version: of mmdebstrap, as it says. Errors: ASSAY_ERROR_SANDBOX it is not installed. */
char *assay_packages_ask_version (AssayWorkspace *workspace, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayPackage, assay_package_free)

#endif
