#!/bin/sh
# Whether the statements that assay signs have the fields that in-toto and SLSA ask for, and no others.
#
#   sh tests/interop/predicates.sh
#
#   ASSAY_SCHEMAS   a directory with JSON Schemas of others, where somebody has them (tests/interop/predicates.py says
#                   which); left out: only the fields are asked that the texts of in-toto and SLSA name
#   ASSAY_PROTOS    a copy of the directory `protos` of in-toto/attestation: the protocol buffers of statements and predicates
#                   are asked (protoc, python3-protobuf); left out: they are not
#   ASSAY           the program (default build/release/assay)
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
# shellcheck source=tests/attesting.sh
. "$(dirname "$0")/../attesting.sh"
here=$(cd "$(dirname "$0")" && pwd)
schemas=${ASSAY_SCHEMAS:-}
[ -z "$schemas" ] || schemas=$(cd "$schemas" && pwd)
protos=${ASSAY_PROTOS:-}
[ -z "$protos" ] || protos=$(cd "$protos" && pwd)
begin predicates openssl jq base64 python3 git tar
python=/usr/bin/python3
[ -x "$python" ] || python=python3
"$python" -c 'import jsonschema; jsonschema.Draft202012Validator' 2> /dev/null || skip 'python3-jsonschema is not installed'

key lab p256
seq 1 500 > image
seq 2 501 > other
for file in image other; do gzip -n < $file > $file.gz; done
mkdir tree
cp image tree/image
printf 'policy: 1\nrequire: {expected: path}\n' > path.policy
# states NAME EXIT ARGUMENT...: NAME.json, the statement that was signed
states() {
    to=$1 exit=$2
    shift 2
    run "$to" "$@" --attest lab.pem --attestation made --quiet
    ends "$exit"
    payload made > "$to.json"
    printf '%s\n' "$to.json" >> statements
}
: > statements
for predicate in comparison vsa; do
    states pass-$predicate 0 compare image image --predicate $predicate
    states mismatch-$predicate 1 compare image other --predicate $predicate
    states tree-$predicate 0 compare tree tree --predicate $predicate
    states policy-$predicate 0 compare image image --policy path.policy --predicate $predicate
    states time-$predicate 0 compare image image --time 2026-10-01T12:00:00Z --predicate $predicate
    states undecided-$predicate 2 compare image.gz other.gz --limit total-bytes=10 --predicate $predicate
done
states named-vsa 0 compare image image --predicate vsa --resource-uri pkg:generic/product@1
run report compare image image --report report.json --quiet
run imported attest report.json --key lab.pem --predicate vsa --output made
ends 0
payload made > imported-vsa.json
echo imported-vsa.json >> statements

# --- of a rebuild ---
mkdir source
seq 2 500 > source/one
echo two > source/two
git init -q repository
(cd repository && echo three > three && git add three && git -c user.name=x -c user.email=x@example.org commit -q -m one)
commit=$(git -C repository rev-parse HEAD)
printf -- '--- a/two\n+++ b/two\n@@ -1 +1 @@\n-two\n+zwei\n' > change.patch
echo given > given
cat > build.recipe <<END
recipe: 1
product: sample 1
source:
  - {directory: source, sha256: $(tree_digest source), into: .}
  - {git: repository, commit: $commit, into: three}
patches: [{file: change.patch, sha256: $(digest change.patch)}]
inputs: [{path: given, sha256: $(digest given), at: /inputs/given}]
path: /build/sample
steps: ["{ echo 1; cat one; } > image"]
outputs: [{from: image}]
END
run 'a rebuild' verify image --recipe build.recipe --quiet
if [ "$code" = 0 ]; then
    for predicate in comparison vsa provenance; do
        states rebuild-$predicate 0 verify image --recipe build.recipe --predicate $predicate
    done
    jq -e --arg commit "$commit" '[.predicate.buildDefinition.resolvedDependencies[] | .annotations.role] | (index("recipe") and index("source") and index("patch") and index("input") and index("toolchain"))' rebuild-provenance.json > said ||
        fail 'provenance lacks what went in'
    # of this machine's toolchain what the build read, as it lies here
    jq -r '.predicate.buildDefinition.resolvedDependencies[] | select (.annotations.role == "toolchain" and (.name | startswith ("/usr/bin/"))) | "\(.digest.sha256)  \(.name)"' rebuild-provenance.json > programs
    grep -q ' /usr/bin/' programs || fail 'provenance lacks the programs that the build ran'
    sha256sum --check --quiet programs > said || fail 'provenance has other programs than this machine'
    jq -e --arg commit "$commit" 'any(.predicate.buildDefinition.resolvedDependencies[]; .digest.gitCommit == $commit)' rebuild-provenance.json > said || fail 'provenance lacks the commit'
else
    ends 2
    printf 'SKIP: no sandbox here, so that no provenance is looked at\n' >&2
fi
# shellcheck disable=SC2046 # names without blanks
"$python" "$here/predicates.py" "$schemas" $(cat statements) || fail 'a statement does not fit'
if [ -n "$protos" ]; then
    command -v protoc > said || fail 'protoc is not installed (protobuf-compiler)'
    "$python" -c 'import google.protobuf' 2> said || fail 'python3-protobuf is not installed'
    # shellcheck disable=SC2046 # names without blanks
    "$python" "$here/predicates_protos.py" "$protos" $(cat statements) || fail 'a statement is none of the protocol buffers'
fi
