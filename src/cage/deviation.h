#ifndef ASSAY_CAGE_DEVIATION_H
#define ASSAY_CAGE_DEVIATION_H

#include <glib.h>
#include <sys/types.h>

/** Who a build is that runs as a user, and where, unless a deviation says otherwise. */
#define ASSAY_CAGE_USER_NAME "assay"
#define ASSAY_CAGE_USER_NUMBER 1000u
#define ASSAY_CAGE_HOST_NAME "assay"
#define ASSAY_CAGE_UMASK 022

/**
 * AssayCageDeviation: in what a sandbox is another than the one that builds are made in. Zero-initialised: in nothing.
 *
 * @user_name: @user_number: of a build that does not run as root; NULL and 0: as above
 * @host_name: NULL: as above
 * @processors: so many at most can run its processes; 0: all that we may use
 * @umask_: (where @has_umask) what it begins with
 * @plain_addresses: no address space is laid out at random (ADDR_NO_RANDOMIZE of personality(2))
 * @disordered: (nullable): path of a directory that stands at @disordered_at too, another one, by way of disorderfs,
 * which lists all directories in reverse: so for the processes of the sandbox alone
 */
typedef struct
{
  const char *user_name;
  guint user_number;
  const char *host_name;
  guint processors;
  gboolean has_umask;
  mode_t umask_;
  gboolean plain_addresses;
  const char *disordered;
  const char *disordered_at;
} AssayCageDeviation;

/** assay_cage_count_processors: how many processors this process may run on. */
guint assay_cage_count_processors (void);

/** assay_cage_has_plain_addresses: whether this process may ask for ADDR_NO_RANDOMIZE, and has not got it anyway. */
gboolean assay_cage_has_plain_addresses (void);

/** assay_cage_why_not_disordered: (nullable): why no directory can be seen by way of disorderfs; the middle of a
 * sentence. NULL: it can, as far as one sees without trying. */
const char *assay_cage_why_not_disordered (void);

/**
 * assay_deviation_apply:
 *
 * Turns this process into what the sandbox is to be: umask, processors, layout of addresses, all of which programs
 * inherit. After fork(): nothing but system calls.
 *
 * Returns: (nullable): what failed, with errno
 */
const char *assay_deviation_apply (const AssayCageDeviation *deviation);

#endif
