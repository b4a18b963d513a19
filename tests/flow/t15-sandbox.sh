#!/bin/sh
# T15: what a build may try from within. Each attempt that doc/sandbox.md lists is made by a step, in a run by root and
# in one by an unprivileged user; it ends as it should, and leaves nothing behind: no process, no mount, no file, no
# control group.
#
#   sh t15-sandbox.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
# shellcheck disable=SC2016 # steps, which the sandbox expands
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin sandbox jq bwrap gcc perl
make_tools cat chmod cp getconf ln mkdir mkfifo perl sleep

mkdir -m 755 source
cat > source/calls.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int failed;

static void
refused (const char *what, long result, int number)
{
  if (result == -1 && errno == number)
    return;
  printf ("%s: %ld, %s\n", what, result, strerror (errno));
  failed = 1;
}

static void
sockets (void)
{
  static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET, SOCK_DCCP, SOCK_PACKET };
  int pair[2];
  for (int family = 0; family < 64; family++)
    for (unsigned i = 0; family != AF_UNIX && i < sizeof types / sizeof *types; i++)
      {
        refused ("socket", socket (family, types[i], 0), EAFNOSUPPORT);
        refused ("socket", socket (family, types[i] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), EAFNOSUPPORT);
        refused ("socketpair", socketpair (family, types[i], 0, pair), EAFNOSUPPORT);
      }
  refused ("a family behind high bits", syscall (SYS_socket, (1l << 32) | AF_INET, SOCK_STREAM, 0), EAFNOSUPPORT);
  refused ("io_uring", syscall (SYS_io_uring_setup, 1, 0), ENOSYS);
  if (socketpair (AF_UNIX, SOCK_STREAM, 0, pair) != 0)
    refused ("a socket of AF_UNIX", 0, 0);
}

/* Sockets of the host that have a name of their own kind (in the network namespace) or a path. */
static void
reach (const char *name)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  strcpy (address.sun_path + (name[0] != '/'), name);
  if (connect (fd, (void *)&address, (socklen_t)(2 + (name[0] != '/') + strlen (name))) == 0)
    {
      printf ("reached %s\n", name);
      failed = 1;
    }
}

static void
traces (void)
{
  refused ("traceme", ptrace (PTRACE_TRACEME, 0, 0, 0), EPERM);
  refused ("attach", ptrace (PTRACE_ATTACH, getppid (), 0, 0), EPERM);
  refused ("seize", ptrace (PTRACE_SEIZE, 1, 0, 0), EPERM);
  refused ("process_vm_readv", syscall (SYS_process_vm_readv, 1, 0, 0, 0, 0, 0), EPERM);
  refused ("process_vm_writev", syscall (SYS_process_vm_writev, 1, 0, 0, 0, 0, 0), EPERM);
  refused ("pidfd_getfd", syscall (SYS_pidfd_getfd, 0, 0, 0), EPERM);
  refused ("kcmp", syscall (SYS_kcmp, 1, 1, 0, 0, 0), EPERM);
  refused ("perf_event_open", syscall (SYS_perf_event_open, 0, 0, 0, 0, 0), EPERM);
  refused ("bpf", syscall (SYS_bpf, 0, 0, 0), EPERM);
}

static void
keyrings (void)
{
  refused ("add_key", syscall (SYS_add_key, "user", "assay", "x", 1, -4), EPERM);
  refused ("request_key", syscall (SYS_request_key, "user", "assay", 0, 0), EPERM);
  refused ("keyctl", syscall (SYS_keyctl, 0, -3, 1, 0, 0), EPERM);
}

static void
users (void)
{
  uid_t other = getuid () + 1;
  refused ("setuid", setuid (other), EINVAL);
  refused ("setgid", setgid (other), EINVAL);
  refused ("setresuid", setresuid (other, other, other), EINVAL);
  refused ("setgroups", syscall (SYS_setgroups, 0, 0), EPERM);
  setfsuid (other);
  if (setfsuid ((uid_t)-1) != (int)getuid ())
    refused ("setfsuid", 0, 0);
  refused ("unshare", unshare (CLONE_NEWUSER), EPERM);
  refused ("unshare", unshare (CLONE_NEWNS), EPERM);
  refused ("clone", syscall (SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0), EPERM);
  refused ("clone3", syscall (SYS_clone3, 0, 0), ENOSYS);
  refused ("mount", mount ("x", "/tmp", "tmpfs", 0, 0), EPERM);
  refused ("remount", mount ("x", "/", 0, MS_REMOUNT | MS_BIND, 0), EPERM);
  refused ("umount", umount2 ("/proc", MNT_DETACH), EPERM);
  refused ("pivot_root", syscall (SYS_pivot_root, "/", "/tmp"), EPERM);
  refused ("chroot", chroot ("/tmp"), EPERM);
  refused ("open_by_handle_at", syscall (SYS_open_by_handle_at, AT_FDCWD, 0, 0), EPERM);
}

static void
devices (void)
{
  refused ("a block device", mknod ("disk", S_IFBLK | 0600, makedev (8, 0)), EPERM);
  refused ("a character device", mknod ("memory", S_IFCHR | 0600, makedev (1, 1)), EPERM);
  refused ("the null device", mknod ("null", S_IFCHR | 0600, makedev (1, 3)), EPERM);
}

int
main (int argc, char **argv)
{
  const char *what = argv[1];
  alarm (60);
  if (strcmp (what, "sockets") == 0)
    sockets ();
  for (int i = 2; i < argc && strcmp (what, "reach") == 0; i++)
    reach (argv[i]);
  if (strcmp (what, "traces") == 0)
    traces ();
  if (strcmp (what, "keyrings") == 0)
    keyrings ();
  if (strcmp (what, "users") == 0)
    users ();
  if (strcmp (what, "devices") == 0)
    devices ();
  return failed;
}
END
# writes the file into itself, for as long as it lives, by a mapping and by a descriptor
cat > source/change.pl <<'END'
use POSIX ();
my $file = shift;
exit 0 if fork;
POSIX::setsid ();
exit 0 if fork;
$SIG{$_} = 'IGNORE' for grep { !/KILL|STOP|NUM|CLD|CHLD/ } keys %SIG;
open my $f, '+<', $file or die;
open my $alive, '>', '/tmp/alive'; close $alive;
while (1) { for my $byte ('b', 'c') { seek $f, 0, 0; syswrite $f, $byte x 65536; } }
END
echo 'done' > image

# Whose control groups and private directories we look for afterwards
cat > known <<'END'
#!/bin/sh
echo $$ > "${0}.pid"
exec "$@"
END
chmod 755 known

nothing_left() {
    leaves_nothing
    find /sys/fs/cgroup -type d -name "assay-$(cat known.pid)-*" > left 2> /dev/null || :
    [ ! -s left ] || { cat left >&2; fail "$what: a control group is left"; }
    [ "$(cat secret)" = 'not for the build' ] || fail "$what: a file of this machine has changed"
    kill -0 "$victim" 2> /dev/null || fail "$what: a process of this machine is gone"
    [ ! -s visited ] || fail "$what: somebody of this machine was reached"
    for place in /usr/lib /etc "$work" / /tmp /dev/shm; do
        [ ! -e "$place/planted-by-a-step" ] || fail "$what: there is $place/planted-by-a-step"
    done
}

# recipe STEP [LINE...]: the lines come behind it; built by $by, where "" is this machine's toolchain
recipe() {
    cat > case.recipe <<END
recipe: 1
product: case 1
source: [{directory: source, into: .}]
path: /build/case
$by
steps:
  - |
$(printf '%s\n' "$1" | sed 's/^/    /')
  - echo done > out
END
    shift
    case "$*" in *outputs:*) ;; *) echo 'outputs: [{from: out}]' >> case.recipe ;; esac
    for line; do echo "$line" >> case.recipe; done
}

# holds_in STORY STEP [LINE...]: the step, each command of which must hold, as a user and as root inside
holds_in() {
    story=$1 held=$2
    shift 2
    for inside in user root; do
        recipe "$held" "run_as: $inside" "$@"
        run "$story (as $inside inside)" verify image --recipe case.recipe --report report.json
        ends 0
        holds '.verdict == "identical"'
        nothing_left
    done
    ok "$story"
}

# step_of STORY STEP: as one step of many, which all_hold() runs
step_of() {
    printf '%s\n' "$1" >> stories
    printf '  - |\n' >> steps
    printf '%s\n' "$2" | sed 's/^/    /' >> steps
}
# all_hold: each command of each step must hold, as a user and as root inside
all_hold() {
    for inside in user root; do
        recipe true "run_as: $inside"
        sed -i -e '/^    true$/r steps' case.recipe
        run "all of $(wc -l < stories) steps (as $inside inside)" verify image --recipe case.recipe --report report.json
        ends 0
        holds '.verdict == "identical"'
        nothing_left
    done
    while IFS= read -r story; do ok "$story"; done < stories
}

# ends_it STORY STEP TEXT [LINE...]: undecided, for that reason
ends_it() {
    story=$1 held=$2 text=$3
    shift 3
    recipe "$held" "$@"
    run "$story" verify image --recipe case.recipe --report report.json
    ends 2
    says out UNDECIDED "$text"
    holds '.verdict == "undecided" and .accounting.undecided == .accounting.total'
    nothing_left
    ok "$story: undecided"
}

attempts() {
    # what can stand in one build, step for step: each starts in a sandbox of its own
    by=
    : > steps
    : > stories
    step_of 'a compiler' 'gcc -o calls calls.c'
    # --- the network ---
    step_of 'sockets of every family' './calls sockets
[ "$(grep -c : /proc/net/dev)" = 1 ]
grep -q "^ *lo:" /proc/net/dev
[ "$(wc -l < /proc/net/route)" -le 1 ]'
    step_of 'sockets of this machine that have a name' "./calls reach assay-test-$$ $work/listener"
    step_of 'the network of this machine' "perl -MIO::Socket::INET -e 'exit 1 if IO::Socket::INET->new (\"127.0.0.1:$port\")'
if bash -c 'exec 3<>/dev/tcp/127.0.0.1/$port' 2> /dev/null; then exit 1; fi
if getent hosts example.org; then exit 1; fi"

    # --- files of this machine ---
    step_of 'writing outside' "for place in / /usr /usr/lib /etc /dev /var /var/lib /home /bin /proc /proc/1 $work; do
  if (: > \$place/planted-by-a-step) 2> /dev/null; then echo \$place; exit 1; fi
  if ln -s /tmp \$place/planted-by-a-step 2> /dev/null; then echo \$place; exit 1; fi
done
for file in /etc/passwd /etc/hosts /bin/sh /usr/bin/env /etc/ld.so.cache; do
  if (: >> \$file) 2> /dev/null || chmod 777 \$file 2> /dev/null || rm \$file 2> /dev/null; then echo \$file; exit 1; fi
done
if ln /usr/bin/env planted-by-a-step 2> /dev/null; then exit 1; fi"
    step_of 'reading files of this machine' "for file in $work $work/secret $work/image $work/known /etc/shadow /etc/ssh /etc/machine-id /etc/fstab \
    /root/.bashrc /var/log/. /run/. /sys/. /boot/. /mnt/. /srv/. /proc/1/root$work /proc/self/root$work /proc/1/cwd$work \
    /build/../$work; do
  if [ -e \"\$file\" ]; then echo \$file; exit 1; fi
done
[ \"\$(ls /home)\" = assay ]
[ -z \"\$(find /home/assay /tmp -mindepth 1)\" ]
[ \"\$(ls /build)\" = case ]"
    step_of 'devices of this machine' 'for device in /dev/*; do
  case ${device#/dev/} in console | core | fd | full | null | ptmx | pts | random | shm | stderr | stdin | stdout | tty | urandom | zero) ;;
    *) echo $device; exit 1 ;; esac
done
./calls devices'

    # --- who one is ---
    step_of 'tracing other processes' './calls traces'
    step_of 'keyrings' './calls keyrings
[ ! -e /proc/keys ] || [ -z "$(cat /proc/keys)" ] || { cat /proc/keys; exit 1; }'
    step_of 'becoming somebody else' './calls users
cp $(command -v perl) set && chmod 6755 set
[ "$(./set -e "print \$>")" = $(id -u) ]
for program in $(find /usr/bin /usr/sbin -perm /6000 -type f); do
  case $program in */su | */sudo | */runuser) if $program -c true < /dev/null > /dev/null 2>&1; then exit 1; fi ;; esac
done
grep -q "CapEff:.0000000000000000" /proc/self/status
grep -q "CapPrm:.0000000000000000" /proc/self/status
grep -q "CapBnd:.0000000000000000" /proc/self/status
grep -q "NoNewPrivs:.1" /proc/self/status
grep -q "Seccomp:.2" /proc/self/status'
    step_of 'files in /proc' "for file in sys/kernel/core_pattern sys/kernel/hostname sys/kernel/modprobe sys/vm/overcommit_memory sysrq-trigger \
    self/uid_map self/gid_map self/setgroups 1/uid_map 1/oom_score_adj 1/exe self/exe kcore kmsg mem bus/pci timer_list; do
  if [ -e /proc/\$file ] && (echo 0 >> /proc/\$file) 2> /dev/null; then
    case \$file in 1/oom_score_adj) ;; *) echo \$file; exit 1 ;; esac
  fi
done
if (echo -1000 > /proc/self/oom_score_adj) 2> /dev/null; then exit 1; fi
for file in kcore kmsg; do if head -c 1 /proc/\$file > /dev/null 2>&1; then echo \$file; exit 1; fi; done
for process in /proc/[0-9]*; do
  for link in \$process/cwd \$process/root \$process/fd/*; do
    place=\$(readlink \$link 2> /dev/null) || continue
    case \$place in / | /build* | /proc* | /dev/null | pipe:* | socket:* | anon_inode:*) ;; *) echo \$link \$place; exit 1 ;; esac
  done
done
[ \"\$(ls -d /proc/[0-9]* | wc -l)\" -lt 20 ]
[ \"\$(cat /proc/1/comm)\" = bwrap ]"

    # --- signals ---
    step_of 'signals to parents and to others' "trap '' TERM HUP INT QUIT USR1 USR2 ALRM
for signal in TERM HUP INT QUIT USR1 ALRM; do kill -\$signal \$PPID 1 2> /dev/null || :; done
for signal in KILL STOP TERM; do
  kill -\$signal $victim $$ 2> /dev/null && exit 1
  kill -\$signal 1 2> /dev/null || :
done
kill -0 1"
    all_hold
    ends_it 'a signal to everybody' 'kill -KILL -1' 'step 1 of 2 (case.recipe:7)'
    ends_it 'a signal to its own group' 'kill -KILL 0' 'step 1 of 2 (case.recipe:7)'

    # --- how much, how long ---
    by=$toolchain
    holds_in 'limits of each process' '[ "$(ulimit -v)" = 1048576 ]
[ "$(ulimit -f)" = 131072 ]
[ "$(ulimit -t)" = $((100 * $(getconf _NPROCESSORS_ONLN))) ]
[ "$(ulimit -c)" = 0 ]
[ "$(ulimit -n)" = 1024 ]
[ "$(ulimit -p)" -ge 40 ]' 'limits: {time: 100s, memory: 1GiB, processes: 40, output: 64MiB}'
    holds '.expected[0].limits == {time: 100, memory: 1073741824, processes: 40, output: 67108864}
        and (.expected[0].control_groups - ["memory", "processes"] == [])'
    ok 'the report says which limits were in force, and which control groups bounded as well'
    # the kernel keeps it small till its time is over, or a count finds more of it than may be: whichever comes first
    ends_it 'a fork bomb' "perl -e 'while (1) { fork }' $marker" 'limit ' 'limits: {processes: 24, time: 3s}'
    grep -qF -e 'limit time (3 s) hit' -e 'limit processes (24 processes) hit' said || shown 'neither limit is named'
    ends_it 'a fork bomb of the shell' "bomb() { bomb | bomb & }; bomb; sleep $marker" 'limit ' 'limits: {processes: 24, time: 3s}'
    ends_it 'memory' "perl -e '\$x = \"a\" x (512 << 20)'" 'limit memory (' 'limits: {memory: 128MiB}'
    ends_it 'memory of many' 'for i in 1 2 3 4 5 6 7 8; do perl -e "\$x = chr (97) x (32 << 20); sleep 30" & done; wait' \
        'limit memory (134217728 bytes) hit' 'limits: {memory: 128MiB}'
    by=
    ends_it 'a large file' 'head -c 9000000 /dev/zero > large' 'limit output (4194304 bytes) hit' 'limits: {output: 4MiB}'
    ends_it 'many files' 'i=0; while :; do head -c 500000 /dev/zero > $i; i=$((i + 1)); sleep 0.02; done' \
        'limit output (4194304 bytes) hit' 'limits: {output: 4MiB}'
    by=$toolchain
    ends_it 'an endless loop' "trap '' TERM INT HUP; while :; do :; done" 'limit time (2 s) hit' 'limits: {time: 2s}'
    ends_it 'an endless pause' "trap '' TERM INT HUP; sleep $marker" 'limit time (2 s) hit' 'limits: {time: 2s}'

    # --- what stays ---
    by=
    holds_in 'a daemon left behind' "setsid sh -c 'trap \"\" TERM HUP INT; while :; do sleep 0.1; date > /build/case/out; done' $marker > /dev/null 2>&1 < /dev/null &
perl -e 'exit if fork; use POSIX; setsid; exit if fork; sleep $marker' > /dev/null 2>&1"
    rm -rf kept
    recipe 'head -c 65536 /dev/zero > changing
perl change.pl changing > /dev/null 2>&1
while [ ! -e /tmp/alive ]; do sleep 0.1; done' 'outputs: [{from: changing}]'
    run 'an output that changes' verify image --recipe case.recipe --report report.json --work-dir kept
    ends 1
    # every block of 64 KiB was written at once: whole as it was when the step ended
    find kept -name changing -exec cat {} + > seen
    digest seen > before
    [ "$(jq -r '[.files[] | .expected_sha256 // empty][0]' report.json)" = "$(cat before)" ] || shown 'the report speaks of other bytes'
    sleep 1
    find kept -name changing -exec cat {} + > seen
    [ "$(digest seen)" = "$(cat before)" ] || shown 'it changes still'
    rm -rf kept
    nothing_left
    ok "$what: nobody is left who could"

    # --- what is given out ---
    by=$toolchain
    # given STORY STEP TEXT: an output that is none
    given() {
        given_text=$3
        recipe "$2" 'outputs: [{from: given}]'
        run "as an output: $1" verify image --recipe case.recipe --report report.json
        ends 2
        says out UNDECIDED "$given_text"
        nothing_left
        ok "$what: undecided"
    }
    given 'a link to a file of this machine' 'ln -s /etc/passwd given' 'leads out of /build'
    given 'a link by way of ..' 'ln -s ../../etc/passwd given' 'leads out of /build'
    given 'a link by way of another' 'ln -s / up; ln -s up/etc/passwd given' 'leads out of /build'
    given 'a link to what lies beside on this machine' "ln -s $work/secret given" 'leads out of /build'
    given 'a link into /proc' 'ln -s /proc/self/environ given' 'leads out of /build'
    given 'a link to itself' 'ln -s given given' 'given'
    given 'a FIFO' 'mkfifo given' 'is a device, FIFO or socket'
    by=
    given 'a socket' "perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new (Local => \"given\", Listen => 1) or die'" 'is a device, FIFO or socket'
    by=$toolchain
    given 'nothing' 'true' 'given'
    recipe 'mkdir -p given/a; echo x > given/a/b; chmod 0 given/a given' 'outputs: [{from: given}]'
    run 'as an output: directories without a way in' verify image --recipe case.recipe --report report.json
    # root has his way in, and sees what lies there
    if [ "$leg" = root ]; then
        ends 1
        holds 'any(.missing[]; .path == "a/b" and .size == 2)'
    else
        ends 2
        says out 'Permission denied'
    fi
    nothing_left
    ok "$what: no pass"
    mkdir -m 755 empty
    recipe "mkdir given; mkfifo given/fifo; ln -s /etc/passwd given/link; ln -s $work/secret given/secret; echo x > given/file; chmod 6755 given/file" 'outputs: [{from: given/}]'
    run 'as an output: a tree with a FIFO, links and a set-id file' verify empty --recipe case.recipe --report report.json
    ends 1
    if grep -q 'not for the build' report.json; then shown 'a link was followed'; fi
    nothing_left
    ok "$what: mismatch, no link is followed"
    rmdir empty
    run 'a set-id file given out' rebuild --recipe case.recipe --output given
    ends 0 2
    [ ! -e given/file ] || [ -z "$(find given -perm /6000)" ] || fail "$what: it has the bits still"
    chmod -R u+rwX given 2> /dev/null || :
    rm -rf given
    nothing_left
    ok "$what: without the bits"
}

echo 'not for the build' > secret
# somebody to reach, and somebody to end
perl -MIO::Socket::INET -MIO::Socket::UNIX -e '
    my $name = shift;
    my @all = (IO::Socket::INET->new (Listen => 5, LocalAddr => "127.0.0.1"),
               IO::Socket::UNIX->new (Listen => 5, Local => "listener"), IO::Socket::UNIX->new (Listen => 5, Local => "\0$name"));
    $_ or die for @all;
    chmod 0777, "listener";
    open my $p, ">", "port.new" or die; print $p $all[0]->sockport; close $p; rename "port.new", "port";
    my $bits = "";
    vec ($bits, $_->fileno, 1) = 1 for @all;
    while (select (my $ready = $bits, undef, undef, undef)) {
        for (@all) { next unless vec ($ready, $_->fileno, 1); $_->accept; open my $f, ">>", "visited"; print $f "one\n"; close $f }
    }' "assay-test-$$" &
listener=$!
sleep 86400 &
victim=$!
trap 'kill "$listener" "$victim" 2> /dev/null || :; clean' EXIT
until [ -s port ]; do sleep 0.05; done
port=$(cat port)
# that they can be reached at all is tried first
bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
gcc -o source/calls source/calls.c
if source/calls reach "assay-test-$$" || source/calls reach "$work/listener"; then fail 'nobody is reached from outside either'; fi
until [ "$(wc -l < visited)" = 3 ]; do sleep 0.05; done
rm visited source/calls

around() { as_user="$as_user $work/known"; attempts; }
legs around
