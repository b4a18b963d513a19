#ifndef ASSAY_CAGE_USERS_H
#define ASSAY_CAGE_USERS_H

#include "cage/identity.h"

/** User and group numbers that a Debian system has: 0 to 65,534, and 65,535, which nobody may have. */
#define ASSAY_USERS_COUNT 65536u

/**
 * AssayUsers:
 * @uid_first, @gid_first: of the host: who is user and group 0 inside; ASSAY_USERS_COUNT numbers from there
 * @own_uid, @own_gid: of the host: who we are, or who the sandbox is when we are root; may lie outside of the run and
 * is then the number behind the run inside, so that whoever is root inside can use our private directory
 * @uid_helper, @gid_helper: the programs that write the maps for a user who is not root; NULL for root
 *
 * The users of a whole system, as package scripts need them, in a user namespace: root inside is a stranger outside.
 */
typedef struct
{
  guint32 uid_first;
  guint32 gid_first;
  guint32 own_uid;
  guint32 own_gid;
  char *uid_helper;
  char *gid_helper;
} AssayUsers;

/**
 * assay_users_choose:
 * @identity: who owns what is private to the sandbox
 * @out_users: assay_users_clear()
 *
 * For root the run of numbers in which @identity lies; for anyone else the first run that /etc/subuid and /etc/subgid
 * (man 5 subuid) give, and the programs newuidmap and newgidmap.
 *
 * Errors: ASSAY_ERROR_SANDBOX says what is missing, and what root can do about it
 */
gboolean assay_users_choose (const AssayIdentity *identity, AssayUsers *out_users, GError **error);

/** assay_users_find_run: in the text of a file as /etc/subuid the first run of ASSAY_USERS_COUNT numbers of a user, who
 * is called by name or by number. FALSE: there is none. */
gboolean assay_users_find_run (const char *text, const char *name, guint32 number, guint32 *out_first);

void assay_users_clear (AssayUsers *users);

/** assay_users_map: gives the numbers to a process in a new user namespace. Errors: ASSAY_ERROR_SANDBOX. */
gboolean assay_users_map (const AssayUsers *users, pid_t pid, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayUsers, assay_users_clear)

#endif
