#include "cage/identity.h"

#include "util/system.h"

#include <errno.h>
#include <grp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* systemd leaves the numbers from here to 2^31 - 1 to nobody ("Users, Groups, UIDs and GIDs on systemd Systems"). */
#define FIRST_FREE 1879048192u
/* Process numbers are below 2^22 (PID_MAX_LIMIT); the six bits above tell rebuilds of one process apart. */
#define PID_BITS 22
#define TURNS 64u
/* In a container the numbers end at 65,535 or so: take the last thousands, below `nobody`, which 65,534 usually is. */
#define SMALL_RANGE 8192u
/* Rebuilds of one process have different numbers there too: 64 times this is less than the range. */
#define SMALL_STEP 127u
#define SMALL_RESERVE 1024u

/* The first number of a run of @count that the map of this user namespace holds, or 0. @file is uid_map or gid_map. */
static guint32
mapped_base (const char *file)
{
  g_autofree char *text = NULL;
  guint32 base = 0;
  if (!g_file_get_contents (file, &text, NULL, NULL))
    return 0;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      char *end = NULL;
      guint64 inside = g_ascii_strtoull (lines[i], &end, 10);
      g_ascii_strtoull (end, &end, 10); /* the number outside */
      guint64 count = g_ascii_strtoull (end, &end, 10);
      if (count == 0)
        continue;
      if (inside <= FIRST_FREE && inside + count >= (guint64)FIRST_FREE + (TURNS << PID_BITS))
        return FIRST_FREE;
      if (count >= 2 * SMALL_RANGE && inside + count <= G_MAXINT32)
        base = (guint32)(inside + count - SMALL_RESERVE - SMALL_RANGE);
    }
  return base;
}

void
assay_identity_choose (AssayIdentity *out_identity)
{
  static atomic_uint turns;
  guint32 uid_base, gid_base, turn, number, small;
  out_identity->uid = geteuid ();
  out_identity->gid = getegid ();
  out_identity->changes = FALSE;
  if (geteuid () != 0)
    return;
  uid_base = mapped_base ("/proc/self/uid_map");
  gid_base = mapped_base ("/proc/self/gid_map");
  if (uid_base == 0 || gid_base == 0)
    return;
  turn = atomic_fetch_add (&turns, 1) % TURNS;
  number = turn << PID_BITS | (guint32)getpid ();
  small = ((guint32)getpid () + turn * SMALL_STEP) % SMALL_RANGE;
  out_identity->uid = uid_base + (uid_base == FIRST_FREE ? number : small);
  out_identity->gid = gid_base + (gid_base == FIRST_FREE ? number : small);
  out_identity->changes = TRUE;
}

gboolean
assay_identity_own (const AssayIdentity *identity, int fd, const char *what, GError **error)
{
  if (identity->changes && fchown (fd, identity->uid, identity->gid) != 0)
    return assay_system_error (error, errno, "give to the user of the sandbox", what);
  return TRUE;
}

gboolean
assay_identity_become (const AssayIdentity *identity)
{
  if (!identity->changes)
    return TRUE;
  return setgroups (0, NULL) == 0 && setresgid (identity->gid, identity->gid, identity->gid) == 0
         && setresuid (identity->uid, identity->uid, identity->uid) == 0;
}
