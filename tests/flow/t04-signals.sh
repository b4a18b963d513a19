#!/bin/sh
# T4: a run that a signal ends is no pass, and leaves no directory behind; what one that was killed left, the next one removes.
#
#   sh t04-signals.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
# shellcheck disable=SC2154 # lib.sh says what is named there
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin signals bwrap

mkdir -m 755 source
printf 'b\na\n' > source/file
printf 'a\nb\n' > image
# recipe FILE STEP
recipe() {
    printf 'recipe: 1\nproduct: one 1\nsource: [{directory: source, into: .}]\npath: /build/one\nsteps:\n  - |\n    %s\n    sort file > out\noutputs: [{from: out}]\n' "$2" > "$1"
}
recipe slow.recipe "sleep $marker"
recipe quick.recipe true

# sent SIGNAL: a run that gets it during its step
sent() {
    what="a run that got SIG$1"
    # a shell lets those in the background ignore some
    env --default-signal=INT,QUIT,HUP "$assay" verify image --recipe slow.recipe > out 2> err &
    run=$!
    until grep -lF "$marker" /proc/[0-9]*/cmdline > /dev/null 2>&1; do
        kill -0 "$run" 2> /dev/null || { wait "$run" || :; shown 'it ended before its step'; }
        sleep 0.05
    done
    env kill -s "$1" "$run" # that of dash knows not all of them
    code=0
    wait "$run" 2> /dev/null || code=$?
}

for signal in TERM INT HUP QUIT ALRM USR1 USR2 VTALRM PROF XCPU POLL PWR; do
    sent "$signal"
    ends 2
    leaves_nothing
    ok "$what: undecided"
done

sent KILL
ends 137
[ -n "$(ls -A "$TMPDIR")" ] || shown 'nothing was there to be removed'
run 'the run after one that was killed' verify image --recipe quick.recipe
ends 0
leaves_nothing
ok "$what removes what it left"

# While an image is read: what is decoded lies in files that have no name.
seq 1 12000000 | gzip -1nc > image.gz
{ seq 1 12000000 && echo more; } | gzip -1nc > other.gz
# reads SIGNAL: a run that gets it once it has a copy of the image and a file for what it decodes
reads() {
    what="a run that got SIG$1 while it read an image"
    env --default-signal=INT,QUIT,HUP "$assay" compare image.gz other.gz > out 2> err &
    run=$!
    until [ "$(find "/proc/$run/fd" -lname "$TMPDIR/*" 2> /dev/null | wc -l)" -ge 3 ]; do
        kill -0 "$run" 2> /dev/null || { wait "$run" || :; shown 'it ended before it read'; }
        sleep 0.01
    done
    env kill -s "$1" "$run"
    code=0
    wait "$run" 2> /dev/null || code=$?
}
for signal in TERM INT KILL; do
    reads $signal
    if [ $signal = KILL ]; then
        ends 137
    else
        ends 2
        [ "$(wc -l < err)" = 1 ] || shown 'it says more than that it was ended'
        says err 'ended by signal'
    fi
    leaves_nothing
    ok "$what: no pass, and nothing left"
done

# nobody reads on: no pass, and nothing left
what='a report into a pipe that nobody reads'
code=0
{ sleep 1; code=0; "$assay" verify image --recipe quick.recipe --verbose 2> err || code=$?; echo "$code" > code; } | :
[ "$(cat code)" = 2 ] || fail "$what: exit $(cat code), expected 2"
grep -qF 'Broken pipe' err || { cat err >&2; fail "$what: not said"; }
leaves_nothing
ok "$what: no pass"
