#include "account/names/device_names.h"

#include "account/names/collisions.h"

#include <string.h>

/* What is mounted has all names in itself. */
static const char *const unpacked[] = { "cpio", "tar", "zip", "7z", NULL };

/** A directory that is a link on some systems, and where that leads. */
typedef struct
{
  const char *link;
  const char *target;
} DeviceLink;

/* In this order: what the first ones lead to may be another link. Behind those of a merged /usr what Android, OpenWrt
 * and Buildroot have: two of their files are one to no other system, where such an archive has both. */
static const DeviceLink links[] = {
  { "bin/", "usr/bin/" },       { "sbin/", "usr/sbin/" },        { "lib/", "usr/lib/" },
  { "lib32/", "usr/lib32/" },   { "lib64/", "usr/lib64/" },      { "libx32/", "usr/libx32/" },
  { "libo32/", "usr/libo32/" }, { "usr/sbin/", "usr/bin/" },     { "usr/lib64/", "usr/lib/" },
  { "var/run/", "run/" },       { "var/lock/", "run/lock/" },    { "d/", "sys/kernel/debug/" },
  { "etc/", "system/etc/" },    { "system/vendor/", "vendor/" }, { "system/product/", "product/" },
  { "var/", "tmp/" },           { "tmp/tmp/", "tmp/" },          { "tmp/log/", "tmp/" },
  { "tmp/cache/", "tmp/" },     { "tmp/spool/", "tmp/" },
};

char *
assay_account_device_fold (const char *name)
{
  char *folded = assay_account_fold_widely (name);
  for (gsize i = 0; i < G_N_ELEMENTS (links); i++)
    if (g_str_has_prefix (folded, links[i].link))
      {
        char *led = g_strconcat (links[i].target, folded + strlen (links[i].link), NULL);
        g_free (folded);
        folded = led;
      }
  return folded;
}

/* The component behind this one; NULL where the name ends. */
static const char *
component_behind (const char *name)
{
  const char *slash = strchr (name, '/');
  return slash == NULL ? NULL : slash + 1;
}

gboolean
assay_account_is_of_process (const char *name)
{
  g_autofree char *folded = assay_account_fold_widely (name);
  if (!g_str_has_prefix (folded, "proc/") && !g_str_has_prefix (folded, "dev/fd/"))
    return FALSE;
  const char *behind = component_behind (component_behind (folded));
  return behind != NULL && *behind != '\0';
}

gboolean
assay_account_is_unpacked (const AssayNode *container)
{
  return g_strv_contains (unpacked, container->format);
}
