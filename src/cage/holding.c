#include "cage/holding.h"

#include "util/system.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Of /proc/PID/status some 1.5 KiB, of /proc/PID/smaps_rollup some 700 bytes. */
#define TEXT_BYTES 4096

/* Who began whom: more turns than a tree of processes has levels would be a circle, as of numbers used again. */
#define MAX_LEVELS 4096

/** A process as its own line in /proc says. */
typedef struct
{
  int pid;
  int parent;
  guint64 threads;
  guint64 anonymous_bytes;
  guint64 shared_bytes;
} Process;

/** A count while it is made. */
typedef struct
{
  const GArray *disks;
  GHashTable *seen; /* set of utf8, device and inode: files that are counted */
  guint64 threads;
  guint64 anonymous_bytes;
  guint64 shared_bytes;
  guint64 file_bytes; /* of memory */
  guint64 removed_bytes;
} Count;

static gboolean
read_text (int directory, const char *name, char text[TEXT_BYTES])
{
  assay_autofd fd = openat (directory, name, O_RDONLY | O_CLOEXEC);
  gssize length = fd < 0 ? -1 : read (fd, text, TEXT_BYTES - 1);
  text[MAX (length, 0)] = '\0';
  return length > 0;
}

/* The number behind a name at the beginning of a line; 0 where there is none. */
static guint64
find_number (const char *text, const char *name)
{
  g_autofree char *wanted = g_strconcat ("\n", name, ":", NULL);
  const char *at = strstr (text, wanted);
  return at == NULL ? 0 : strtoull (at + strlen (wanted), NULL, 10);
}

static Process *
read_process (int proc, const char *name)
{
  char text[TEXT_BYTES];
  g_autofree char *path = g_strconcat (name, "/status", NULL);
  if (!read_text (proc, path, text))
    return NULL;
  Process *process = g_new0 (Process, 1);
  process->pid = (int)strtol (name, NULL, 10);
  process->parent = (int)find_number (text, "PPid");
  process->threads = find_number (text, "Threads");
  process->anonymous_bytes = find_number (text, "RssAnon") * 1024;
  process->shared_bytes = find_number (text, "RssShmem") * 1024;
  return process;
}

static GHashTable *
list_processes (int proc)
{
  GHashTable *processes = g_hash_table_new_full (g_int_hash, g_int_equal, NULL, g_free);
  int copy = fcntl (proc, F_DUPFD_CLOEXEC, 0);
  DIR *entries = copy < 0 ? NULL : fdopendir (copy);
  if (entries == NULL)
    {
      assay_fd_close (&copy);
      return processes;
    }
  for (struct dirent *entry = readdir (entries); entry != NULL; entry = readdir (entries))
    {
      Process *process = g_ascii_isdigit (entry->d_name[0]) ? read_process (proc, entry->d_name) : NULL;
      if (process != NULL)
        g_hash_table_replace (processes, &process->pid, process);
    }
  closedir (entries);
  return processes;
}

static gboolean
descends (GHashTable *processes, const Process *process, int root)
{
  for (guint level = 0; process != NULL && level < MAX_LEVELS; level++)
    {
      if (process->pid == root)
        return TRUE;
      process = g_hash_table_lookup (processes, &process->parent);
    }
  return FALSE;
}

static gboolean
is_on_disk (const Count *count, dev_t device)
{
  for (guint i = 0; i < count->disks->len; i++)
    if (g_array_index (count->disks, dev_t, i) == device)
      return TRUE;
  return FALSE;
}

static void
count_file (Count *count, int directory, const char *name)
{
  struct stat status;
  if (fstatat (directory, name, &status, 0) != 0 || !S_ISREG (status.st_mode) || status.st_nlink > 0)
    return;
  char *key
      = g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64)status.st_dev, (guint64)status.st_ino);
  if (!g_hash_table_add (count->seen, key))
    return;
  guint64 bytes = (guint64)status.st_blocks * 512;
  if (is_on_disk (count, status.st_dev))
    count->removed_bytes += bytes;
  else
    count->file_bytes += bytes;
}

static void
count_files (Count *count, int proc, int pid)
{
  g_autofree char *path = g_strdup_printf ("%d/fd", pid);
  int fd = openat (proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = fd < 0 ? NULL : fdopendir (fd);
  if (entries == NULL)
    {
      assay_fd_close (&fd);
      return;
    }
  for (struct dirent *entry = readdir (entries); entry != NULL; entry = readdir (entries))
    if (g_ascii_isdigit (entry->d_name[0]))
      count_file (count, fd, entry->d_name);
  closedir (entries);
}

static void
count_process (Count *count, int proc, const Process *process, AssayHoldingShares shares)
{
  char text[TEXT_BYTES];
  g_autofree char *path = g_strdup_printf ("%d/smaps_rollup", process->pid);
  gboolean divided = shares == ASSAY_HOLDING_SHARES && read_text (proc, path, text) && strstr (text, "\nPss_Anon:");
  count->threads += process->threads;
  count->anonymous_bytes += divided ? find_number (text, "Pss_Anon") * 1024 : process->anonymous_bytes;
  count->shared_bytes += divided ? find_number (text, "Pss_Shmem") * 1024 : process->shared_bytes;
  count_files (count, proc, process->pid);
}

void
assay_holding_count (pid_t root, const GArray *disks, AssayHoldingShares shares, AssayHolding *out)
{
  assay_autofd proc = open ("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Count count = { .disks = disks };
  *out = (AssayHolding){ 0, 0, 0 };
  if (proc < 0)
    return;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) processes = list_processes (proc);
  GHashTableIter iterator;
  gpointer process = NULL;
  count.seen = seen;
  g_hash_table_iter_init (&iterator, processes);
  while (g_hash_table_iter_next (&iterator, NULL, &process))
    if (((const Process *)process)->pid != root && descends (processes, process, root))
      count_process (&count, proc, process, shares);
  /* A file of memory that is mapped stands in both numbers. */
  out->memory_bytes = count.anonymous_bytes + MAX (count.shared_bytes, count.file_bytes);
  out->removed_bytes = count.removed_bytes;
  out->threads = count.threads;
}
