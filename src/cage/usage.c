#include "cage/usage.h"

#include "cage/cage_limits.h"
#include "util/system.h"

#include <dirent.h>
#include <fcntl.h>

/* Entries between two questions whether to stop: some milliseconds. */
#define ENTRIES_A_TURN 2048

typedef struct
{
  AssayUsage *usage;
  dev_t device;
  AssayUsageStop stop;
  gpointer data;
} Count;

static gboolean count_directory (Count *count, int parent, const char *name, guint level);

static gboolean
count_entry (Count *count, int directory, const char *name, guint level)
{
  struct stat status;
  if (fstatat (directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || status.st_dev != count->device)
    return TRUE;
  count->usage->entries++;
  count->usage->bytes += (guint64)status.st_blocks * 512 / MAX (status.st_nlink, 1);
  if (count->usage->entries % ENTRIES_A_TURN == 0 && count->stop (count->usage, count->data))
    return FALSE;
  if (!S_ISDIR (status.st_mode) || level >= ASSAY_CAGE_WATCH_LEVELS)
    return TRUE;
  return count_directory (count, directory, name, level + 1);
}

static gboolean
count_directory (Count *count, int parent, const char *name, guint level)
{
  int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *entries = fd < 0 ? NULL : fdopendir (fd);
  gboolean goes_on = TRUE;
  if (entries == NULL)
    {
      assay_fd_close (&fd);
      return TRUE;
    }
  for (struct dirent *entry = readdir (entries); goes_on && entry != NULL; entry = goes_on ? readdir (entries) : NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      goes_on = count_entry (count, fd, entry->d_name, level);
  closedir (entries);
  return goes_on;
}

gboolean
assay_usage_add (AssayUsage *usage, AssayDirectory *directory, AssayUsageStop stop, gpointer data)
{
  Count count = { .usage = usage, .stop = stop, .data = data };
  struct stat status;
  if (fstat (assay_directory_get_fd (directory), &status) != 0)
    return TRUE;
  count.device = status.st_dev;
  return count_directory (&count, assay_directory_get_fd (directory), ".", 0);
}
