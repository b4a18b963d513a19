#ifndef ASSAY_INPUT_TOOLCHAIN_LOCK_H
#define ASSAY_INPUT_TOOLCHAIN_LOCK_H

#include <assay/digest.h>
#include <glib.h>

/** Seconds since 1970 that the headers of a tar archive can hold: 11 octal digits. */
#define ASSAY_TOOLCHAIN_LOCK_LAST_TIME_S ((G_GUINT64_CONSTANT (1) << 33) - 1)

/** AssayLockedPackage: @name, @version and @architecture are what Debian's policy allows as such. The file of the
 * package is called by its digest: SHA256.deb. @line: where in the lock file it stands, from 1; 0 for none */
typedef struct
{
  char *name;
  char *version;
  char *architecture;
  AssayDigest sha256;
  guint64 size;
  int line;
} AssayLockedPackage;

/** AssayLockedFile: digest and size in bytes; a @size of 0 is none. */
typedef struct
{
  AssayDigest sha256;
  guint64 size;
} AssayLockedFile;

/**
 * AssayToolchainLock:
 *
 * What a root file system was made from, so that it can be made again: the lock file of `assay toolchain`. Untrusted
 * input: it proposes. What binds is the digest of the archive that a recipe and a policy name.
 *
 * @file: as given, escaped for messages
 * @suite: @requested: @sources: what was asked for and where it came from; for people, nothing is fetched from there
 * @architecture: of the root file system; packages are of this architecture or of `all`
 * @variant: always `essential`: the packages that are essential, and those that are listed
 * @source_date_epoch: seconds since 1970; no file is younger
 * @mmdebstrap: the version that made @rootfs
 * @rootfs: the tar archive as it is without compression
 * @archive: the file that was written, compressed or not
 * @packages: (element-type AssayLockedPackage): sorted by name and architecture
 */
typedef struct
{
  char *file;
  char *suite;
  char *architecture;
  char *variant;
  guint64 source_date_epoch;
  char *mmdebstrap;
  char **requested;
  char **sources;
  AssayLockedFile rootfs;
  AssayLockedFile archive;
  GPtrArray *packages;
} AssayToolchainLock;

/** assay_toolchain_lock_new: empty, for whoever fills it in. */
AssayToolchainLock *assay_toolchain_lock_new (void);
void assay_toolchain_lock_free (AssayToolchainLock *lock);

/**
 * assay_toolchain_lock_load:
 *
 * Errors: ASSAY_ERROR_USAGE "FILE:LINE:COLUMN: …" as assay_recipe_load(), and for a name, version or architecture that
 * no package has, a file that is not called by its digest, and a package that is listed twice.
 */
AssayToolchainLock *assay_toolchain_lock_load (const char *path, GError **error);

/** assay_toolchain_lock_parse: the same for bytes that lie in memory. */
AssayToolchainLock *assay_toolchain_lock_parse (const char *file, GBytes *bytes, GError **error);

/** assay_toolchain_lock_write: the text of the file: YAML, one line a package. Equal locks give equal texts. Transfer
 * full. */
char *assay_toolchain_lock_write (const AssayToolchainLock *lock);

/** assay_toolchain_lock_add: takes the three texts over. */
AssayLockedPackage *assay_toolchain_lock_add (AssayToolchainLock *lock, char *name, char *version, char *architecture);

/** assay_toolchain_lock_sort: puts the packages into their order. */
void assay_toolchain_lock_sort (AssayToolchainLock *lock);

/** assay_toolchain_lock_file_of: the name of a package's file. Transfer full. */
char *assay_toolchain_lock_file_of (const AssayDigest *sha256);

/* What a text may be, on a command line as in a lock file. */
gboolean assay_toolchain_is_package (const char *text);
gboolean assay_toolchain_is_version (const char *text);
gboolean assay_toolchain_is_architecture (const char *text);
gboolean assay_toolchain_is_suite (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayToolchainLock, assay_toolchain_lock_free)

#endif
