#include "cage/etc.h"

#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const char passwd[] = "root:x:0:0:root:/home/assay:/bin/sh\n"
                             "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
                             "bin:x:2:2:bin:/bin:/usr/sbin/nologin\n"
                             "sys:x:3:3:sys:/dev:/usr/sbin/nologin\n"
                             "sync:x:4:65534:sync:/bin:/bin/sync\n"
                             "games:x:5:60:games:/usr/games:/usr/sbin/nologin\n"
                             "man:x:6:12:man:/var/cache/man:/usr/sbin/nologin\n"
                             "lp:x:7:7:lp:/var/spool/lpd:/usr/sbin/nologin\n"
                             "mail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n"
                             "news:x:9:9:news:/var/spool/news:/usr/sbin/nologin\n"
                             "uucp:x:10:10:uucp:/var/spool/uucp:/usr/sbin/nologin\n"
                             "proxy:x:13:13:proxy:/bin:/usr/sbin/nologin\n"
                             "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
                             "backup:x:34:34:backup:/var/backups:/usr/sbin/nologin\n"
                             "list:x:38:38:list:/var/list:/usr/sbin/nologin\n"
                             "irc:x:39:39:ircd:/run/ircd:/usr/sbin/nologin\n"
                             "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";

static const char group[]
    = "root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\ndisk:x:6:\nlp:x:7:\n"
      "mail:x:8:\nnews:x:9:\nuucp:x:10:\nman:x:12:\nproxy:x:13:\nkmem:x:15:\ndialout:x:20:\n"
      "fax:x:21:\nvoice:x:22:\ncdrom:x:24:\nfloppy:x:25:\ntape:x:26:\nsudo:x:27:\naudio:x:29:\n"
      "dip:x:30:\nwww-data:x:33:\nbackup:x:34:\noperator:x:37:\nlist:x:38:\nirc:x:39:\nsrc:x:40:\n"
      "shadow:x:42:\nutmp:x:43:\nvideo:x:44:\nsasl:x:45:\nplugdev:x:46:\nstaff:x:50:\n"
      "games:x:60:\nusers:x:100:\nnogroup:x:65534:\n";

static const char nsswitch[] = "passwd: files\ngroup: files\nshadow: files\ngshadow: files\nhosts: files\n"
                               "networks: files\nprotocols: files\nservices: files\nethers: files\nrpc: files\n"
                               "netgroup: files\n";

static const char *const names[] = { "passwd", "group", "hosts", "hostname", "nsswitch.conf", NULL };

const char *const *
assay_etc_files (void)
{
  return names;
}

gboolean
assay_etc_write (AssayDirectory *directory, const AssayCageDeviation *deviation, GError **error)
{
  const char *user = deviation->user_name == NULL ? ASSAY_CAGE_USER_NAME : deviation->user_name;
  const char *host = deviation->host_name == NULL ? ASSAY_CAGE_HOST_NAME : deviation->host_name;
  guint number = deviation->user_number == 0 ? ASSAY_CAGE_USER_NUMBER : deviation->user_number;
  g_autofree char *users
      = g_strdup_printf ("%s%s:x:%u:%u:%s:/home/%s:/bin/sh\n", passwd, user, number, number, user, user);
  g_autofree char *groups = g_strdup_printf ("%s%s:x:%u:\n", group, user, number);
  g_autofree char *hosts = g_strdup_printf ("127.0.0.1 localhost %s\n::1 localhost %s\n", host, host);
  g_autofree char *hostname = g_strconcat (host, "\n", NULL);
  const char *const contents[] = { users, groups, hosts, hostname, nsswitch };
  for (gsize i = 0; names[i] != NULL; i++)
    if (!assay_directory_write_file (directory, names[i], contents[i], error))
      return FALSE;
  return TRUE;
}
