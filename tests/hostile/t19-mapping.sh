#!/bin/sh
# T19: an image that is a directory, one file of which is changed through a shared mapping that was written to before,
# so that no time of the file tells. What the report's digest is of must be what was judged: a race, tried a bounded
# number of times.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
[ -d /dev/shm ] || { echo "skipped: no /dev/shm"; exit 77; }
shared=$(mktemp -d /dev/shm/assay-hostile.XXXXXX)
flipper=
leaving() { [ -z "$flipper" ] || kill "$flipper" 2>/dev/null || :; rm -rf "$shared"; }
cat > program.c <<'EOC'
int puts (const char *);
int main (void) { return puts ("GOOD text of the program") < 0; }
EOC
mkdir "$shared/shipped" expected
gcc -g -O1 -o expected/x program.c
strip -o "$shared/shipped/x" expected/x
sed 's/GOOD text/EVIL text/' "$shared/shipped/x" > evil
cat > flip.py <<'EOC'
import mmap, random, sys, time
with open(sys.argv[1], 'r+b') as file:
    mapping = mmap.mmap(file.fileno(), 0)
at = mapping.find(b' text of the program') - 4
assert at > 0
if len(sys.argv) > 2:
    mapping[at:at + 4] = sys.argv[2].encode()
    sys.exit()
mapping[at:at + 4] = b'GOOD'
print('ready', flush=True)
while True:
    for text in (b'EVIL', b'GOOD'):
        mapping[at:at + 4] = text
        time.sleep(random.random() * 0.0015)
EOC
cat > policy.yml <<'EOC'
policy: 1
require: {verdict: equivalent, expected: path}
EOC
compare() { "$assay" compare "$shared/shipped" expected --policy policy.yml --quiet --report report.json > said.txt 2>&1; }
compare || fail 'the honest directory does not pass'
"$assay" gate report.json --policy policy.yml --trust-report --image "$shared/shipped" > said.txt 2>&1 || fail 'the gate refuses the honest directory'
printf 'ok: %s: %s\n' "$name" 'an honest directory passes, also at the gate'
python3 flip.py "$shared/shipped/x" EVIL
code=0
compare || code=$?
[ "$code" = 1 ] || fail "the evil directory: exit $code"
evil=$(sha256sum < evil | cut -d' ' -f1)
python3 flip.py "$shared/shipped/x" > ready.txt & flipper=$!
until [ -s ready.txt ]; do sleep 0.1; done
tried=0 passed=0
while [ "$tried" -lt 60 ]; do
    tried=$((tried + 1))
    compare || continue
    passed=$((passed + 1))
    [ "$(jq -r '.files[] | select(.path == "x").sha256' report.json)" != "$evil" ] || fail "run $tried passes with the digest of the evil file"
done
if [ "$passed" = 0 ] || [ "$passed" = "$tried" ]; then fail "$passed of $tried runs saw the honest file: nothing was raced for"; fi
printf 'ok: %s: %s\n' "$name" 'no pass has the digest of what was not judged'
