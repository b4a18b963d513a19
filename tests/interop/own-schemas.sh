#!/bin/sh
# Whether the JSON Schemas that are installed with assay (share/schemas) say what assay says: all examples of recipes and
# policies in tests and documents are valid, reports as they are written are, the schemas have the keys that the
# program knows, and of mutants they refuse those that it refuses.
#
#   sh own-schemas.sh    from the environment: ASSAY; ASSAY_ALL=1 tries every mutant
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin own-schemas gcc python3 tar git
python=/usr/bin/python3
[ -x "$python" ] || python=python3
"$python" -c 'import jsonschema, yaml; jsonschema.Draft202012Validator' 2> /dev/null || skip 'python3-jsonschema and python3-yaml are not installed'

# --- reports with as many kinds of members as there are ---

cat > old.c <<'END_OF_C'
int table[64] = { 1, 2, 3 };
__attribute__ ((noinline)) int changes (int x) { return x * 3 + table[x & 63]; }
int main (int argc, char **argv) { return changes (argc); }
END_OF_C
sed 's/x \* 3 + table/(x ^ 90) - 7 * table/' old.c > new.c
mkdir -p shipped/bin expected/bin
gcc -g -O1 -o expected/bin/tool old.c
gcc -g -O1 -o shipped/bin/tool new.c
echo added > shipped/added
echo missing > expected/missing
chmod 4755 shipped/bin/tool
for side in shipped expected; do tar --sort=name --mtime=@0 --owner=0 --group=0 -cf $side.tar -C $side .; done
cat > gate.policy <<'END_OF_POLICY'
policy: 1
require: {verdict: waived, expected: path}
waive: [{path: bin/tool, fact: mode, reason: a reason, owner: o@example.org}]
END_OF_POLICY
run 'a mismatch with a policy' compare shipped.tar expected.tar --policy gate.policy --report made-policy.json --quiet
ends 1
run 'a pass without one' compare shipped.tar shipped.tar --report made-pass.json --quiet
ends 0

# a rebuild, where this machine lets there be a sandbox
mkdir source
cp old.c source/main.c
cat > build.recipe <<'END_OF_RECIPE'
recipe: 1
product: sample
source: [{directory: source}]
path: /build/sample
steps: [cp main.c out.c]
outputs: [{from: out.c}]
scope: ["**"]
END_OF_RECIPE
run 'a rebuild' verify new.c --recipe build.recipe --report made-rebuild.json --quiet
[ "$code" = 1 ] || { ends 2; rm -f made-rebuild.json; printf 'SKIP: no sandbox here, so that no report of a rebuild is looked at\n' >&2; }

"$python" "$here/own_schemas.py" "$top" "$assay"
