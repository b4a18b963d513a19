#!/bin/sh
# T7, T13: a waiver of times, as a rebuilt tree needs one, does not speak of what runs: Python runs byte code beside a source instead of
# it where that records the time of the source.
#
#   sh t07-waived-times.sh      from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin waived-times jq bwrap tar

recorded=1000000500
mkdir -p source/root/lib/__pycache__
echo 'print("module")' > source/root/lib/m.py
echo 'a text' > source/root/lib/text
# byte code of Python 3.11 that records that time, whose bytes a policy lets be
printf '\247\015\015\012\0\0\0\0\364\313\232\073code of a module' > source/root/lib/__pycache__/m.cpython-311.pyc
chmod -R u=rwX,go=rX source

# recipe FILE STEP OUTPUT
recipe() {
    printf 'recipe: 1\nproduct: x 1\nsource: [{directory: source, sha256: %s}]\npath: /build/x\nsteps: ["%s"]\noutputs: [{%s}]\nentries:\n  - {at: "image.tar//**", owner: root, group: root}\n' \
        "$(tree_digest source)" "$2" "$3" > "$1"
}
# a rebuild that leaves the source at a time of its own, and at the one that is recorded
recipe other.recipe 'cp -r root out' 'from: out/, at: "image.tar//"'
recipe same.recipe "cp -r root out && touch -d @$recorded out/lib/m.py" 'from: out/, at: "image.tar//"'

# policy RECIPE [LINE]: times are waived; and that line
policy() {
    cat > policy.yaml <<END
policy: 1
pin: {recipe: [$(digest "$1")]}
scope: ["image.tar//**"]
require: {verdict: waived}
waive:
  - {path: "image.tar//**", fact: mtime, reason: "the tree has no times", owner: me}
${2:-}
blobs: [{path: "image.tar//lib/__pycache__/m.cpython-311.pyc", sha256: $(digest source/root/lib/__pycache__/m.cpython-311.pyc), reason: "a cache"}]
END
}

# image SECONDS: of the source
image() {
    rm -rf image tree && mkdir image && cp -r source/root tree
    touch -d @1600000000 tree/lib/text tree/lib/__pycache__/* tree/lib
    touch -d "@$1" tree/lib/m.py
    tar --format=ustar --owner=root:0 --group=root:0 --sort=name -C tree -cf image/image.tar lib
}

# verified STORY CODE RECIPE SECONDS [FILTER]
verified() {
    image "$4"
    run "$1" verify image --recipe "$3" --policy policy.yaml --report report.json --quiet --no-progress
    ends "$2"
    holds "${5:-true}"
    ok "$1"
}
decided='any(.facts[]; .fact == "byte-code" and .class == "unexplained" and .path == "image.tar//lib/m.py")'
policy other.recipe
verified 'a source that runs, as in the rebuild' 0 other.recipe 1000000000 '.verdict == "waived"'
verified 'byte code that runs, and not in the rebuild' 1 other.recipe $recorded "$decided"
policy same.recipe
verified 'byte code that runs, as in the rebuild' 0 same.recipe $recorded '.verdict == "waived"'
verified 'a source that runs, and not in the rebuild' 1 same.recipe 1000000000 "$decided"
line='  - {path: "image.tar//lib/m.py", fact: byte-code, reason: "compiled with it", owner: me'
policy other.recipe "$line}"
verified 'what runs is no harmless fact' 1 other.recipe $recorded "$decided and any(.policy.notes[]; contains(\"allow-code\"))"
policy other.recipe "$line, allow-code: true, sha256: $(digest source/root/lib/m.py)}"
verified 'a line for what runs' 0 other.recipe $recorded 'any(.facts[]; .fact == "byte-code" and .class == "waived")'
