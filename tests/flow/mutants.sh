#!/bin/sh
# Policies, recipes and reports that are malformed never give exit 0: at least 100 of each (mutants.py).
#
# From the environment: ASSAY, see lib.sh; ASSAY_MUTANTS: how many of each. Exit: 0 all hold; 77 skipped, with the reason;
# 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin mutants python3 tar bwrap
python=/usr/bin/python3
[ -x "$python" ] || python=python3
"$python" -c 'import jsonschema, yaml; jsonschema.Draft202012Validator' 2> /dev/null || skip 'python3-jsonschema and python3-yaml are not installed'

mkdir tree && seq 1 200 > tree/numbers && echo 'build 1' > tree/info && echo 'note 1' > tree/note && chmod 755 tree && chmod 644 tree/*
pack() { tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 --sort=name --no-recursion -cf "$1" tree/info tree/note tree/numbers; }
pack expected.tar
echo 'build 2' > tree/info && echo 'note 2' > tree/note
pack image.tar
none=$(printf '0%.0s' $(seq 64))
# what it names and nobody needs keeps nothing from passing; in the comments a change means nothing
cat > good.policy <<END
# What must hold for a release of the sample. Whoever changes a line says why in the log of changes.
policy: 1

# All of it, the whole image, and the numbers of the build by name.
scope: ["**", "tree/numbers"]
require: {verdict: identical, expected: path, unexplained: 0, outside: 0, unreproducible: 0, rules: [rewritten, filler]}
forbid: {set-id: true, capabilities: {except: ["**/ping"]}, writable-code: true, executable-stack: true, symbol-tables: false}
waive:
  - {path: "**/info", reason: "the number of the build", owner: release, expires: 2027-01-01}
  - {path: tree/note, range: {offset: 0x5, length: 1}, reason: "a note", owner: release}
  - {path: tree/numbers, fact: mtime, reason: "a time", owner: "release@operator.example"}
  - path: bin/tool
    range: {section: .note.gnu.build-id, max-size: 36}
    reason: "stamped"
    owner: release
blobs: [{path: radio.bin, sha256: $none, reason: "no source"}]
unread: [$none]
END
cat > gate.policy <<'END'
policy: 1
max-age: 90d
require: {verdict: waived, expected: path}
forbid: {set-id: true, debug-information: true}
waive:
  - {path: tree/info, reason: "the number of the build", owner: release, expires: 2027-01-01}
  - {path: tree/note, range: {offset: 5, length: 1}, reason: "a note", owner: release}
END
run 'the report' compare image.tar expected.tar --policy gate.policy --time 2025-12-01 --report good.json --quiet
ends 0
mkdir source && echo one > source/file && echo two > source/other
make_tools cat
cat > good.recipe <<END
# How the sample is built: two files of the source, one behind the other, by no tool but cat.
recipe: 1
product: sample 1
licence: LicenseRef-Sample
source: [{directory: source, sha256: $(tree_digest source), into: .}]
$toolchain
path: /build/sample
run_as: user
environment: {SOURCE_DATE_EPOCH: "1700000000", LC_ALL: C}
limits: {time: 1h, memory: 2GiB, processes: 64}
steps:
  - cat file other > made
outputs:
  - {from: made}
scope: ["**"]
END
cat source/file source/other > built
for what in policy report recipe; do
    "$python" "$here/mutants.py" "$top" "$assay" $what "${ASSAY_MUTANTS:-100}" > out || fail "$what"
    ok "$what: $(cat out)"
done
leaves_nothing
