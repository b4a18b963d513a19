# shellcheck shell=sh
# What the scripts of tests/flow and tests/heavy share; sourced, not run. A caller has tests/listing.sh and tests/roots.sh by
# it as well.
#
# From the environment: ASSAY the program (default build/release/assay of this checkout). A caller calls `begin NAME`
# first. Every check that holds is a line `ok: ...`; the first that does not ends the script.

# shellcheck source=tests/listing.sh
. "$(dirname "$0")/../listing.sh"
# shellcheck source=tests/roots.sh
. "$(dirname "$0")/../roots.sh"

fail() { printf 'FAIL: %s: %s\n' "$test_name" "$*" >&2; exit 1; }
skip() { printf 'SKIP: %s\n' "$*" >&2; exit 77; }

# begin NAME TOOL...: a work directory in $work, where we stand then; the program in $assay; an empty TMPDIR
begin() {
    test_name=$1 as_user='' leg=''
    shift
    umask 022
    export LC_ALL=C.UTF-8
    top=$(cd "$(dirname "$0")/../.." && pwd)
    assay=${ASSAY:-$top/build/release/assay}
    case $assay in /*) ;; */*) assay=$PWD/$assay ;; *) assay=$(command -v "$assay" || echo "$assay") ;; esac
    [ -x "$assay" ] || { echo "FAIL: no program at $assay: build assay first, or name it in ASSAY" >&2; exit 1; }
    for tool; do
        command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed"
    done
    # A sanitizer that speaks up must never look like a verdict.
    export ASAN_OPTIONS="exitcode=86:detect_leaks=1" UBSAN_OPTIONS="exitcode=86:print_stacktrace=1" LSAN_OPTIONS="exitcode=86"
    work=$(mktemp -d "${TMPDIR:-/tmp}/assay-flow-$test_name.XXXXXX")
    trap clean EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # the sandbox of a rebuild leaves root behind, and must still get here
    chmod 755 "$work"
    mkdir "$work/tmp"
    export TMPDIR="$work/tmp"
    # builds of nobody else's, and the user's own cache stays as it is
    export XDG_CACHE_HOME="$work/caches" XDG_STATE_HOME="$work/state"
    cd "$work" || exit
}

clean() {
    chmod -R u+rwX "$work"
    rm -rf "$work"
}

ok() { printf 'ok: %s: %s%s\n' "$test_name" "${leg:+$leg: }" "$*"; }

# A number that no account has, nor any sandbox of assay (src/cage/identity.c)
other_user=1610612738

# legs FUNCTION: as who we are and, where that is root, again as a user who is nobody else; $leg says which. By `run` alone
# assay runs as that user, who owns the work directory then; elsewhere put $as_user before it.
legs() {
    leg=root
    [ "$(id -u)" = 0 ] || leg=user
    "$1"
    [ "$leg" = root ] || return 0
    leg=user
    command -v setpriv > /dev/null || skip 'setpriv is not installed'
    # wherever the program lies, he may run it
    cp "$assay" "$work/assay"
    assay=$work/assay
    chown -R "$other_user:$other_user" "$work"
    as_user="setpriv --reuid=$other_user --regid=$other_user --clear-groups"
    "$1"
}

# run WHAT ARGUMENTS...: assay with them; leaves $what, $code, and the streams in `out` and `err`
run() {
    what=$1
    shift
    code=0
    # shellcheck disable=SC2086 # a command of several words, or none
    $as_user "$assay" "$@" > out 2> err < /dev/null || code=$?
    if grep -qE 'Sanitizer:|runtime error:' err; then cat err >&2; fail "$what: a sanitizer spoke up"; fi
}

shown() { cat out err >&2; fail "$what: $*"; }

# ends EXIT [EXIT]: with one of these
ends() {
    for wanted; do
        if [ "$code" = "$wanted" ]; then return 0; fi
    done
    shown "exit $code, expected $*"
}

# says STREAM TEXT...: each text stands there; lines are joined, since the report breaks them
says() {
    stream=$1
    shift
    tr -s ' \n' '  ' < "$stream" > said
    for text; do
        grep -qF -e "$text" said || shown "\"$text\" is not in std$stream"
    done
}

# holds FILTER: true of the report
holds() {
    jq -e "$1" report.json > /dev/null || { jq -c 'del (.files)' report.json >&2; shown "the report does not hold $1"; }
}

# leaves_nothing: no file in TMPDIR, nothing mounted there, and no process that names the work directory or the marker of
# a step
leaves_nothing() {
    find "$TMPDIR" -mindepth 1 > left
    [ ! -s left ] || { cat left >&2; fail "$what: left behind in TMPDIR"; }
    if grep -F " $work/" /proc/self/mountinfo >&2; then fail "$what: something is mounted still"; fi
    no_process_left
}

# What a sleeping step is known by; not a time that anybody waits.
marker=98765.$$

no_process_left() {
    set -- /proc/[0-9]*/cmdline
    # the end of a killed process is not seen at once
    tries=0
    # where another process has ended meanwhile grep fails, whatever it found
    while grep -laF -e "$work" -e "$marker" "$@" > left 2> /dev/null || [ -s left ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 50 ] || { tr '\0' ' ' < "$(sed -n 1p left)" >&2; fail "$what: a process is left"; }
        sleep 0.1
        set -- /proc/[0-9]*/cmdline
    done
}

# makes RECIPE DIRECTORY: the build tree in DIRECTORY, as the steps make it of `source` at /build/sample. By bwrap alone: assay
# would look at the whole toolchain first.
makes() {
    rm -rf "$2" && cp -a source "$2"
    sed -n '/^steps:/,/^outputs:/{s/^  - |$//;t;s/^  - //p;s/^    //p}' "$1" > "$2.sh"
    set -- "$2" --ro-bind "$2.sh" /steps --bind "$2" /build/sample --chdir /build/sample --dev /dev --proc /proc --tmpfs /tmp --ro-bind /usr /usr
    for place in bin lib lib32 lib64 libx32 sbin etc; do
        if [ -h "/$place" ]; then set -- "$@" --symlink "$(readlink "/$place")" "/$place"; elif [ -d "/$place" ]; then set -- "$@" --ro-bind "/$place" "/$place"; fi
    done
    made=$1
    shift
    bwrap "$@" --unsetenv TMPDIR sh -e /steps > "$made.out" 2>&1 || { cat "$made.out" >&2; fail 'the steps do not run'; }
}

digest() { sha256sum "$1" | cut -d ' ' -f 1; }
