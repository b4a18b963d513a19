#include "cage/deviation.h"

#include "cage/disorder.h"

#include <sched.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <unistd.h>

guint
assay_cage_count_processors (void)
{
  cpu_set_t set;
  return sched_getaffinity (0, sizeof set, &set) == 0 ? (guint)CPU_COUNT (&set) : g_get_num_processors ();
}

gboolean
assay_cage_has_plain_addresses (void)
{
  int now = personality (0xffffffff);
  if (now < 0 || (now & ADDR_NO_RANDOMIZE) != 0 || personality ((unsigned long)now | ADDR_NO_RANDOMIZE) < 0)
    return FALSE;
  /* It speaks of programs that are started from here on: taken back at once it changes nothing. */
  return personality ((unsigned long)now) >= 0;
}

const char *
assay_cage_why_not_disordered (void)
{
  g_autofree char *program = g_find_program_in_path (ASSAY_DISORDER_PROGRAM);
  if (program == NULL)
    return "the program disorderfs is not installed";
  if (geteuid () != 0)
    return "only root mounts disorderfs";
  return access ("/dev/fuse", R_OK | W_OK) == 0 ? NULL : "this machine gives no access to /dev/fuse";
}

/* The first of those that we may use: always the same ones. */
static gboolean
restrict_processors (guint count)
{
  cpu_set_t all, some;
  if (sched_getaffinity (0, sizeof all, &all) != 0)
    return FALSE;
  CPU_ZERO (&some);
  for (int i = 0; i < CPU_SETSIZE && (guint)CPU_COUNT (&some) < count; i++)
    if (CPU_ISSET (i, &all))
      CPU_SET (i, &some);
  return sched_setaffinity (0, sizeof some, &some) == 0;
}

const char *
assay_deviation_apply (const AssayCageDeviation *deviation)
{
  int now;
  umask (deviation->has_umask ? deviation->umask_ : ASSAY_CAGE_UMASK);
  if (deviation->processors > 0 && !restrict_processors (deviation->processors))
    return "cannot choose the processors of the sandbox";
  if (!deviation->plain_addresses)
    return NULL;
  now = personality (0xffffffff);
  return now >= 0 && personality ((unsigned long)now | ADDR_NO_RANDOMIZE) >= 0
             ? NULL
             : "cannot keep addresses in their places";
}
