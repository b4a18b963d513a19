#ifndef ASSAY_TESTS_BOTH_USERS_H
#define ASSAY_TESTS_BOTH_USERS_H

#include "util/directory.h"

#include <assay/error.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Runs a group of tests as who we are and, when that is root, once more as an unprivileged user. Each run has a TMPDIR
 * of its own, which must be empty at its end.
 */

/* A number that no account has, nor any sandbox of ours (identity.c). */
#define BOTH_USERS_UID 1610612736u

typedef int (*BothUsersRun) (void);

static inline int
both_users_run_here (BothUsersRun run, const char *directory)
{
  g_autoptr (GDir) left = NULL;
  const char *name;
  int failed;
  g_setenv ("TMPDIR", directory, TRUE);
  failed = run ();
  left = g_dir_open (directory, 0, NULL);
  while (left != NULL && (name = g_dir_read_name (left)) != NULL)
    {
      fprintf (stderr, "left behind: %s/%s\n", directory, name);
      failed++;
    }
  return failed;
}

static inline int
both_users_run_unprivileged (BothUsersRun run, const char *directory)
{
  int status = 0;
  pid_t pid = fork ();
  if (pid == 0)
    {
      if (setgroups (0, NULL) != 0 || setresgid (BOTH_USERS_UID, BOTH_USERS_UID, BOTH_USERS_UID) != 0
          || setresuid (BOTH_USERS_UID, BOTH_USERS_UID, BOTH_USERS_UID) != 0)
        _exit (99);
      /* Else /proc/self belongs to root, and a process that is not its own is not like a user's. */
      prctl (PR_SET_DUMPABLE, 1);
      exit (both_users_run_here (run, directory));
    }
  if (pid < 0 || waitpid (pid, &status, 0) != pid || !WIFEXITED (status))
    return 1;
  return WEXITSTATUS (status);
}

static inline int
both_users_run (BothUsersRun run)
{
  g_autofree char *mine = g_dir_make_tmp ("assay-test-XXXXXX", NULL);
  g_autofree char *theirs = g_dir_make_tmp ("assay-test-XXXXXX", NULL);
  int failed;
  if (mine == NULL || theirs == NULL || g_chmod (mine, 0711) != 0)
    return 1;
  /* The first run changes TMPDIR, so both directories were made before. */
  fprintf (stderr, "as user %u:\n", (unsigned)geteuid ());
  failed = both_users_run_here (run, mine);
  if (geteuid () == 0 && chown (theirs, BOTH_USERS_UID, BOTH_USERS_UID) == 0)
    {
      fprintf (stderr, "as user %u:\n", BOTH_USERS_UID);
      failed += both_users_run_unprivileged (run, theirs);
    }
  if (g_rmdir (mine) != 0 || g_rmdir (theirs) != 0)
    failed++;
  return failed;
}

#endif
