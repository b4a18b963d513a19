#ifndef ASSAY_CAGE_FILTER_H
#define ASSAY_CAGE_FILTER_H

#include <glib.h>
#include <seccomp.h>

/**
 * AssayFilterKind:
 * @ASSAY_FILTER_BUILD: for builds, and for everything that reads untrusted bytes
 * @ASSAY_FILTER_INSTALL: for what makes a root file system (cage/chamber.h): mounts are allowed, but nothing is mounted
 *   otherwise than it was
 */
typedef enum
{
  ASSAY_FILTER_BUILD = 0,
  ASSAY_FILTER_INSTALL,
} AssayFilterKind;

/**
 * assay_filter_new:
 *
 * The seccomp filter of everything behind the walls, as the BPF program of seccomp(2). It is a list of what is refused,
 * because a build may call anything that compilers call:
 *
 * - sockets of every family but AF_UNIX, with EAFNOSUPPORT. The network namespace alone does not stop AF_VSOCK;
 * - io_uring, which opens sockets without a system call that a filter sees;
 * - new user namespaces, joining any namespace, and mounts: the largest attack surface of the kernel;
 * - keyrings, bpf, perf events, userfaultfd, and looking into other processes;
 * - pushing characters into a terminal (TIOCSTI, TIOCLINUX).
 *
 * The same holds for the 32-bit system calls of x86-64 and AArch64; a system call of any other kind (x32) does not
 * exist.
 *
 * Returns: (transfer full); NULL with ASSAY_ERROR_SANDBOX
 */
GBytes *assay_filter_new (AssayFilterKind kind, GError **error);

/** assay_filter_export: a filter as the BPF program that the kernel takes; NULL on failure. (transfer full) */
GBytes *assay_filter_export (scmp_filter_ctx filter);

/** assay_filter_open: a descriptor from which `bwrap --seccomp` reads the filter; -1 on error. */
int assay_filter_open (GBytes *filter, GError **error);

/** assay_filter_install: puts the filter on this process for good. After fork(): nothing but system calls. */
gboolean assay_filter_install (GBytes *filter);

#endif
