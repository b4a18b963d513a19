#ifndef ASSAY_REBUILD_APT_H
#define ASSAY_REBUILD_APT_H

#include "rebuild/workspace.h"

/**
 * AssayAptRequest:
 * @suite: @architecture: @packages: as assay_toolchain_is_suite() and so on have them; a package may be NAME=VERSION
 * @mirrors: (nullable) (array zero-terminated): each the address of an archive, whose component `main` is taken, or a
 * line of sources.list that begins with `deb `; NULL: what this machine's apt has for the suite, its updates and its
 * security updates
 * @keyring: (nullable): path of the keys that the mirrors are signed with; NULL: those that this machine trusts
 */
typedef struct
{
  const char *suite;
  const char *architecture;
  char *const *packages;
  char *const *mirrors;
  const char *keyring;
} AssayAptRequest;

/**
 * AssayApt:
 * @directory: where the packages lie: regular files that end in `.deb`
 * @sources: (array zero-terminated): where they may have come from, one text each, without passwords
 */
typedef struct
{
  AssayPrivateDirectory *place;
  AssayDirectory *directory;
  char **sources;
} AssayApt;

/**
 * assay_apt_download:
 *
 * Has apt choose and fetch the essential packages of a suite, the requested ones, and what they depend on, without what
 * they merely recommend, as if nothing were installed. Signatures and digests are apt's to check: what is not signed by
 * a trusted key is refused, and so is what its index does not name. This machine's lists, cache, pins and installed
 * packages are neither used nor changed; its proxies, keys and passwords are used.
 *
 * Errors: ASSAY_ERROR_USAGE this machine has no source for the suite, or a mirror is ill-formed; ASSAY_ERROR_FAILED
 * what apt said; those of assay_program_run()
 */
AssayApt *assay_apt_download (AssayWorkspace *workspace, const AssayAptRequest *request, GError **error);
void assay_apt_free (AssayApt *apt);

/** assay_apt_check_mirror: whether a mirror can be one. Errors: ASSAY_ERROR_USAGE. */
gboolean assay_apt_check_mirror (const char *mirror, GError **error);

/** assay_apt_hide_password: a source without what stands between `//` and `@` of its address. Transfer full. */
char *assay_apt_hide_password (const char *source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayApt, assay_apt_free)

#endif
