#!/bin/sh
# Whether SARIF and JUnit reports are valid by the schemas of those who made the formats, which are not ours to hand on.
#
#   ASSAY_SCHEMAS=DIRECTORY sh tests/interop/schemas.sh
#
#   ASSAY_SCHEMAS   holds sarif-schema-2.1.0.json (OASIS, SARIF 2.1.0 errata 01) and JUnit.xsd (the schema of Apache Ant's
#                   JUnit task by Windy Road); without it the test is skipped
#   ASSAY           the program (default build/release/assay)
# What we know of both formats ourselves is always asked: tests/flow/documents.sh.
# Exit: 0 all are valid; 77 skipped, with the reason; 1 one is not.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
schemas=${ASSAY_SCHEMAS:-}
[ -n "$schemas" ] || skip 'ASSAY_SCHEMAS names no directory with sarif-schema-2.1.0.json and JUnit.xsd'
schemas=$(cd "$schemas" && pwd)
for file in sarif-schema-2.1.0.json JUnit.xsd; do [ -f "$schemas/$file" ] || skip "there is no $file in $schemas"; done
begin schemas python3 xmllint tar jq
python=/usr/bin/python3
[ -x "$python" ] || python=python3
"$python" -c 'import jsonschema' 2> /dev/null || skip 'python3-jsonschema is not installed'

# valid NAME: by both schemas; one that was spoiled is not
valid() {
    "$python" - "$schemas/sarif-schema-2.1.0.json" "$1.sarif" > errors <<'END_OF_PYTHON' || { head -n 20 errors >&2; fail "$1.sarif is not valid"; }
import json, sys
import jsonschema
with open(sys.argv[1]) as file:
    schema = json.load(file)
with open(sys.argv[2]) as file:
    log = json.load(file)
validator = jsonschema.validators.validator_for(schema)
validator.check_schema(schema)
errors = list(validator(schema, format_checker=jsonschema.FormatChecker()).iter_errors(log))
for error in errors:
    print(list(error.path), error.message[:400])
log["runs"][0]["invocations"][0]["exitCode"] = "1"
if not list(validator(schema).iter_errors(log)):
    sys.exit("the schema finds nothing in what is wrong")
sys.exit(len(errors) > 0)
END_OF_PYTHON
    xmllint --noout --nonet --schema "$schemas/JUnit.xsd" "$1.junit" 2> errors || { head -n 20 errors >&2; fail "$1.junit is not valid"; }
    sed 's/ tests="/ tests="x/' "$1.junit" > wrong.junit
    if xmllint --noout --nonet --schema "$schemas/JUnit.xsd" wrong.junit 2> errors; then fail 'the schema finds nothing in what is wrong'; fi
    ok "$1: $(jq '.runs[0].results | length' "$1.sarif") results and $(grep -c '<testcase ' "$1.junit") cases are valid"
}

judged() {
    run "$1" compare "$2" "$3" --sarif "$1.sarif" --junit "$1.junit" --report "$1.json" --quiet
    ends "$4"
    valid "$1"
}

mkdir -p shipped/a expected/a
for name in 'with space' '<&>"' "$(printf 'c\001\033')" "$(printf 'l\303\244\342\200\256')" '[x](y) {0}' 'a:b?c#d%e'; do
    echo one > "shipped/a/$name"
    echo two > "expected/a/$name"
done
echo added > shipped/added
echo missing > expected/missing
chmod 4755 shipped/added
for side in shipped expected; do tar --sort=name --mtime=@0 --owner=0 --group=0 -cf $side.tar -C $side .; done
judged mismatch shipped.tar expected.tar 1
judged pass shipped.tar shipped.tar 0
head -c 3000 shipped.tar > cut.tar
judged cut cut.tar shipped.tar 1
"$python" "$here/../flow/html_large.py" 3000 9000 > large.json
run large render large.json --sarif large.sarif --junit large.junit --quiet
ends 0
valid large
