#ifndef ASSAY_ACCOUNT_DEVICE_NAMES_H
#define ASSAY_ACCOUNT_DEVICE_NAMES_H

#include "account/work.h"

/*
 * Names by which a running device knows files of the archive that is unpacked over its root directory: links that are
 * the device's own, and that the archive need not have. Of two entries with one such name the later one counts.
 */

/** assay_account_device_fold: where a name beneath such a link leads, folded as assay_account_fold_widely() does; of
 * all other names that folded name. The links: those of a merged /usr (systemd, "The Case for the /usr Merge"; with
 * /usr/sbin and /usr/lib64 as Arch and Fedora have them), /var/run and /var/lock (FHS 3.0, 3.15), /etc and others of
 * Android, /var of OpenWrt and what is in it of Buildroot. (transfer full)
 */
char *assay_account_device_fold (const char *name);

/** assay_account_is_of_process: whether the name is that of something in a directory of a process or of its open files,
 * proc/self/root/bin/app or dev/fd/3/app, which leads wherever that process looks (proc(5)). */
gboolean assay_account_is_of_process (const char *name);

/** assay_account_is_unpacked: whether the container's entries are written to a directory one by one, in which links of
 * the device may stand. */
gboolean assay_account_is_unpacked (const AssayNode *container);

#endif
