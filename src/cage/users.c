#include "cage/users.h"

#include "util/system.h"
#include "util/text.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of what a helper prints when it fails. */
#define WORDS_BYTES 512

void
assay_users_clear (AssayUsers *users)
{
  g_clear_pointer (&users->uid_helper, g_free);
  g_clear_pointer (&users->gid_helper, g_free);
}

/* The run of ASSAY_USERS_COUNT numbers, beginning at a multiple of it from the begin of the mapped ones, in which
 * @number lies. @file is uid_map or gid_map of this process. */
static gboolean
find_mapped (const char *file, guint32 number, guint32 *out_first)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents (file, &text, NULL, NULL))
    return FALSE;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      char *end = NULL;
      guint64 first = g_ascii_strtoull (lines[i], &end, 10);
      g_ascii_strtoull (end, &end, 10); /* the number outside */
      guint64 count = g_ascii_strtoull (end, &end, 10);
      if (number < first || number - first >= count)
        continue;
      guint64 start = first + (number - first) / ASSAY_USERS_COUNT * ASSAY_USERS_COUNT;
      if (start + ASSAY_USERS_COUNT > first + count)
        start = count >= ASSAY_USERS_COUNT ? first + count - ASSAY_USERS_COUNT : G_MAXUINT64;
      if (start > G_MAXUINT32)
        return FALSE;
      *out_first = (guint32)start;
      return TRUE;
    }
  return FALSE;
}

static gboolean
choose_as_root (AssayUsers *users, GError **error)
{
  if (find_mapped ("/proc/self/uid_map", users->own_uid, &users->uid_first)
      && find_mapped ("/proc/self/gid_map", users->own_gid, &users->gid_first))
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX,
               "a root file system needs %u user and group numbers, and this container has fewer (/proc/self/uid_map)",
               ASSAY_USERS_COUNT);
  return FALSE;
}

gboolean
assay_users_find_run (const char *text, const char *name, guint32 number, guint32 *out_first)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *digits = g_strdup_printf ("%u", number);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], ":", -1);
      guint64 first = 0, count = 0;
      if (g_strv_length (fields) != 3 || (g_strcmp0 (fields[0], name) != 0 && strcmp (fields[0], digits) != 0))
        continue;
      if (g_ascii_string_to_unsigned (fields[1], 10, 1, G_MAXUINT32 - ASSAY_USERS_COUNT, &first, NULL)
          && g_ascii_string_to_unsigned (fields[2], 10, ASSAY_USERS_COUNT, G_MAXUINT32, &count, NULL))
        {
          *out_first = (guint32)first;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
find_granted (const char *file, const char *name, guint32 *out_first, GError **error)
{
  g_autofree char *text = NULL;
  if (g_file_get_contents (file, &text, NULL, NULL) && assay_users_find_run (text, name, geteuid (), out_first))
    return TRUE;
  g_autofree char *shown = name == NULL ? g_strdup_printf ("%u", geteuid ()) : assay_text_escape_line (name, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX,
               "a root file system needs %u user numbers, and %s gives user %s none: as root, run `usermod "
               "--add-subuids 100000-165535 --add-subgids 100000-165535 %s` (numbers that no other line has)",
               ASSAY_USERS_COUNT, file, shown, shown);
  return FALSE;
}

static gboolean
choose_as_user (AssayUsers *users, GError **error)
{
  const struct passwd *entry = getpwuid (geteuid ());
  const char *name = entry == NULL ? NULL : entry->pw_name;
  users->uid_helper = g_find_program_in_path ("newuidmap");
  users->gid_helper = g_find_program_in_path ("newgidmap");
  if (users->uid_helper == NULL || users->gid_helper == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX,
                   "the program %s (package uidmap) is not installed: without it only root can make a root file system",
                   users->uid_helper == NULL ? "newuidmap" : "newgidmap");
      return FALSE;
    }
  return find_granted ("/etc/subuid", name, &users->uid_first, error)
         && find_granted ("/etc/subgid", name, &users->gid_first, error);
}

gboolean
assay_users_choose (const AssayIdentity *identity, AssayUsers *out_users, GError **error)
{
  g_auto (AssayUsers) users = { .own_uid = identity->uid, .own_gid = identity->gid };
  if (!(geteuid () == 0 ? choose_as_root (&users, error) : choose_as_user (&users, error)))
    return FALSE;
  *out_users = users;
  users.uid_helper = users.gid_helper = NULL;
  return TRUE;
}

static gboolean
lies_in_run (guint32 number, guint32 first)
{
  return number >= first && number - first < ASSAY_USERS_COUNT;
}

static gboolean
write_map (pid_t pid, const char *name, guint32 first, guint32 own, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int)pid, name);
  g_autoptr (GString) map = g_string_new (NULL);
  g_string_append_printf (map, "0 %u %u\n", first, ASSAY_USERS_COUNT);
  if (!lies_in_run (own, first))
    g_string_append_printf (map, "%u %u 1\n", ASSAY_USERS_COUNT, own);
  assay_autofd fd = open (path, O_WRONLY | O_CLOEXEC);
  if (fd >= 0 && write (fd, map->str, map->len) == (gssize)map->len)
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX, "cannot give a user namespace its users: %s",
               g_strerror (errno));
  return FALSE;
}

static gboolean
run_helper (const char *program, pid_t pid, guint32 first, guint32 own, GError **error)
{
  g_autofree char *process = g_strdup_printf ("%d", (int)pid);
  g_autofree char *start = g_strdup_printf ("%u", first);
  g_autofree char *self = g_strdup_printf ("%u", own);
  g_autofree char *count = g_strdup_printf ("%u", ASSAY_USERS_COUNT);
  char *arguments[] = { (char *)program, process, (char *)"0", start, count, count, self, (char *)"1", NULL };
  g_autofree char *said = NULL;
  int status = 0;
  if (lies_in_run (own, first))
    arguments[5] = NULL;
  if (!g_spawn_sync (NULL, arguments, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &said, &status, NULL))
    said = g_strdup ("it cannot be started");
  else if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (g_strchomp (said), MIN ((gssize)strlen (said), WORDS_BYTES));
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX, "%s gives no user numbers: %s", program, shown);
  return FALSE;
}

gboolean
assay_users_map (const AssayUsers *users, pid_t pid, GError **error)
{
  if (users->uid_helper == NULL)
    return write_map (pid, "uid_map", users->uid_first, users->own_uid, error)
           && write_map (pid, "gid_map", users->gid_first, users->own_gid, error);
  return run_helper (users->uid_helper, pid, users->uid_first, users->own_uid, error)
         && run_helper (users->gid_helper, pid, users->gid_first, users->own_gid, error);
}
