#!/bin/sh
# T4: a disk without room, wherever that shows, leaves it undecided and says so; nothing is left behind. So does what
# ends a run in the middle, for root and for an unprivileged user, and the next run removes what one left that was killed.
#
#   sh t04-no-room.sh        from the environment: ASSAY, see lib.sh
#
# Needs root, who alone can make a small disk. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
# shellcheck disable=SC2016 # the inner shell expands it, and steps the sandbox
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin no-room jq bwrap unshare mount
[ "$(id -u)" = 0 ] || skip 'only root can make a small disk'
unshare -m true 2> /dev/null || skip 'no mount namespace can be made here'

mkdir -m 755 source large small
printf 'b\na\n' > source/file
printf 'a\nb\n' > image
seq 1 2000000 > large/file
mkdir -m 755 many
for i in $(seq 100); do echo "$i" > "many/file-$i"; done
gzip -1nc large/file > one.gz
make_tools cat rm sleep sort tr
{ cat large/file; echo more; } | gzip -1nc > other.gz

# recipe FILE SOURCE STEP
recipe() {
    printf 'recipe: 1\nproduct: one 1\nsource: [{directory: %s, into: .}]\n%s\npath: /build/one\nsteps:\n  - |\n    %s\n  - sort file > out\noutputs: [{from: out}]\n' "$2" "$toolchain" "$3" > "$1"
}
recipe good.recipe source true
recipe large.recipe large true
recipe filling.recipe source 'cat /dev/zero > more'
recipe temporary.recipe source 'cat /dev/zero > /tmp/more'
recipe printing.recipe source 'tr "\0" x < /dev/zero'
recipe removed.recipe source 'exec 9> more; rm more; cat /dev/zero >&9'
recipe slow.recipe source "sleep $marker"

# on_disk SIZE STORY COMMAND...: with a disk of that size on `small`, of which a copy of its listing is left in `listed`
cat > on-disk <<'END'
#!/bin/sh
size=$1 owner=$2
shift 2
mount -t tmpfs -o size="$size",mode=755 none small && chown "$owner" small || exit 99
"$@" || code=$?
find small -mindepth 1 > listed
grep -F "$PWD/small/" /proc/self/mountinfo > mounted
exit "${code:-0}"
END
chmod 755 on-disk
on_disk() {
    disk_size=$1 what=$2
    shift 2
    code=0
    owner=0
    [ "$leg" = root ] || owner=$other_user
    # shellcheck disable=SC2086 # a command of several words, or none
    unshare -m ./on-disk "$disk_size" "$owner" $as_user "$@" > out 2> err < /dev/null || code=$?
    [ "$code" != 99 ] || fail "$what: no disk"
}

# no_room SIZE STORY EXIT TEXT ARGUMENTS...: assay ends so with TMPDIR on such a disk, and leaves it empty
no_room() {
    room_size=$1 room_story=$2 room_exit=$3 room_text=$4
    shift 4
    on_disk "$room_size" "$room_story" env TMPDIR="$work/small" "$assay" "$@"
    ends "$room_exit"
    cat out err > both
    tr -s ' \n' '  ' < both | grep -qF -e "$room_text" || shown "it does not say: $room_text"
    [ ! -s listed ] || { cat listed >&2; fail "$what: something is left on the disk"; }
    [ ! -s mounted ] || { cat mounted >&2; fail "$what: something is mounted still"; }
    leaves_nothing
    ok "$what: exit $room_exit"
}

disks() {
    no_room 12m 'room enough' 0 IDENTICAL verify image --recipe good.recipe --no-cache
    no_room 12m 'a source that does not fit' 2 'No space left on device' verify image --recipe large.recipe
    no_room 12m 'a step that fills the disk' 2 'No space left on device' verify image --recipe filling.recipe
    no_room 12m 'temporary files that fill the disk' 2 'No space left on device' verify image --recipe temporary.recipe
    no_room 12m 'a removed file that fills the disk' 2 'No space left on device' verify image --recipe removed.recipe
    no_room 12m 'a log that fills the disk' 2 'No space left on device' verify image --recipe printing.recipe
    no_room 12m 'outputs that do not fit' 2 'No space left on device' rebuild --recipe filling.recipe --output small/kept
    # what is left of a larger disk is not for builds
    no_room 1100m 'a disk that has a reserve' 2 'limit disk-reserve (1073741824 bytes) hit: the disk of the build tree is full' \
        verify image --recipe filling.recipe
    no_room 1m 'a stream that does not fit, decoded' 2 'No space left on device' compare one.gz other.gz
    on_disk 16k 'a report that does not fit' "$assay" compare many many --report small/report.json
    ends 2 70
    says err 'No space left on device'
    [ ! -s listed ] || { cat listed >&2; fail "$what: half a report is left"; }
    leaves_nothing
    ok "$what: exit $code, and no half of one is there"
}

# runs SIGNAL: a run that gets it during its step, as who this leg is; $run is its number
runs() {
    what="SIG$1"
    rm -f known.pid
    # shellcheck disable=SC2086 # a command of several words, or none
    env --default-signal=INT,QUIT,HUP $as_user "$work/known" "$assay" verify image --recipe slow.recipe > out 2> err < /dev/null &
    started=$!
    until grep -lF "$marker" /proc/[0-9]*/cmdline > /dev/null 2>&1; do
        kill -0 "$started" 2> /dev/null || { wait "$started" || :; shown 'it ended before its step'; }
        sleep 0.05
    done
    run=$(cat known.pid)
    kill -"$1" "$run"
    code=0
    wait "$started" 2> /dev/null || code=$?
}
groups_left() { find /sys/fs/cgroup -type d -name "assay-$run-*" 2> /dev/null || :; }

signals() {
    for signal in INT TERM HUP QUIT; do
        runs $signal
        ends 2
        says err 'signal'
        leaves_nothing
        [ -z "$(groups_left)" ] || fail "$what: a control group is left"
        ok "$what: undecided, and nothing is left"
    done
    runs KILL
    ends 137
    no_process_left
    grep -F " $work/" /proc/self/mountinfo >&2 && fail "$what: something is mounted still"
    [ -n "$(ls -A "$TMPDIR")" ] || shown 'nothing was there to be removed'
    killed=$run
    run 'the run after one that was killed' verify image --recipe good.recipe --no-cache
    ends 0
    leaves_nothing
    run=$killed
    [ -z "$(groups_left)" ] || { groups_left >&2; fail "$what: a control group is left"; }
    ok "SIGKILL: no process is left, and the next run removes the rest"
}

cat > known <<'END'
#!/bin/sh
echo $$ > known.pid
exec "$@"
END
chmod 755 known
all() { disks; signals; }
legs all
