#!/bin/sh
# T4: files that a policy or the command line names beside the image: each is a regular file of a bounded size, or refused
# with 64 at once. A FIFO that nobody writes to does not hold assay, and a device without end does not fill memory.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
echo image > image
mkfifo fifo
mkdir folder
head -c 2000000 /dev/zero > long
head -c 5000000 /dev/zero > longer
: > empty

# refused STORY TEXT ARGUMENT...: without waiting
refused() {
    story=$1 text=$2
    shift 2
    code=0
    timeout -k 5 20 "$assay" "$@" > said.txt 2>&1 || code=$?
    [ "$code" = 64 ] || { cat said.txt >&2; fail "$story: exit $code, expected 64"; }
    grep -qF "$text" said.txt || { cat said.txt >&2; fail "$story: it does not say: $text"; }
    printf 'ok: %s: %s\n' "$name" "$story"
}

# policy SCHEME FILE
policy() {
    printf 'policy: 1\nrequire: {expected: path}\nsignatures: [{slot: a, covers: b, max-size: 64, key: %s, scheme: %s}]\n' "$2" "$1" > policy
}
for scheme in ed25519 ecdsa-p256-sha256 cms-rsa-sha256; do
    what=key
    case $scheme in cms-*) what=certificate ;; esac
    for file in fifo:'it is not a regular file' /dev/zero:'it is not a regular file' /dev/null:'it is not a regular file' \
        folder:'it is a directory' long:'it is larger than 1 MiB' nowhere:'No such file' empty:'expected one'; do
        policy $scheme "${file%%:*}"
        refused "$scheme: ${file%%:*}" "${file#*:}" compare image image --policy policy
        case $file in empty*) ;; *) grep -qF "policy:3:14: cannot read the $what " said.txt || fail "$scheme, $file: $(cat said.txt)" ;; esac
    done
done
for option in policy layout; do
    for file in fifo:'it is not a regular file' /dev/zero:'it is not a regular file' folder:'it is a directory' \
        longer:'it is larger than 4 MiB'; do
        refused "--$option ${file%%:*}" "cannot read the $option ${file%%:*}: ${file#*:}" compare image image --$option "${file%%:*}"
    done
done
refused '--recipe of a FIFO' 'it is not a regular file' verify image --recipe fifo

# A report may come from a FIFO. Waiting for one ends by a signal.
echo 'policy: 1' > policy
"$assay" gate fifo --policy policy --trust-report --image image > said.txt 2>&1 &
waiting=$!
sleep 1
kill -TERM "$waiting"
code=0
wait "$waiting" || code=$?
[ "$code" != 0 ] || fail 'gate: a report that never came is a pass'
[ "$code" != 137 ] || fail 'gate: it did not end by a signal'
printf 'ok: %s: %s\n' "$name" 'a report that never comes, and a signal'
