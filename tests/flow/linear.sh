#!/bin/sh
# Reports take a time that grows as they do: one of 4,000 files and 40,000 findings is shown in each form, and held
# against a policy, within a bound of CPU time that anything quadratic misses by far. So is what was reviewed of 40,000
# pieces of code. With ASSAY_ALL=1 there are 10,000 and 100,000.
#
# From the environment: ASSAY, see lib.sh; ASSAY_SLOWER, how many times as long it may take (sanitizers).
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin linear jq python3 prlimit gcc strip

files=4000
[ "${ASSAY_ALL:-0}" != 1 ] || files=10000

# bounded SECONDS WHAT ARGUMENTS...: within so much CPU time
bounded() {
    seconds=$(($1 * ${ASSAY_SLOWER:-1}))
    what=$2
    shift 2
    code=0
    prlimit --cpu="$seconds" "$assay" "$@" > out 2> err < /dev/null || code=$?
    if grep -qE 'Sanitizer:|runtime error:' err; then cat err >&2; fail "$what: a sanitizer spoke up"; fi
    [ "$code" -lt 128 ] || fail "$what: more than $seconds seconds of CPU time"
}

# --- a stored report ---

python3 "$here/html_large.py" $files $((10 * files)) > large.json
for form in text json html sarif junit markdown; do
    bounded $((files / 500)) "as $form" render large.json --format $form
    ends 0
    [ -s out ] || fail "$what: nothing"
done
printf 'policy: 1\nrequire: {expected: path}\n' > gate.policy
bounded $((files / 500)) 'at the gate' gate large.json --policy gate.policy --trust-report --image-sha256 "$(printf '%064d' 1)"
ends 1 2 64
ok "a stored report of $files files and $((10 * files)) findings is shown in each form, and gated"

# --- one that is made: ten bytes in each file that are others ---

python3 - $files <<'END'
import io, sys, tarfile

for side, filler in (("shipped", b"x"), ("expected", b"y")):
    with tarfile.open(side + ".tar", "w", format=tarfile.USTAR_FORMAT) as archive:
        for number in range(int(sys.argv[1])):
            content = bytearray((b"%06d" % number) * 100)
            content[5:600:60] = filler * 10
            entry = tarfile.TarInfo("usr/share/product/part-%02d/file-%05d" % (number % 50, number))
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(bytes(content)))
END
bounded $((files / 100)) 'compared' compare shipped.tar expected.tar --report report.json --html report.html --sarif report.sarif --junit report.xml \
    --markdown report.md
ends 1
holds "(.findings | length) == $((10 * files)) and (.files | length) == $((files + 1))"
ok "a comparison with $((10 * files)) findings is written in each form"

# --- as many sections, of which one side has lost those that nobody loads, and every name of a symbol ---

{
    printf '.globl _start\n.text\n_start: ret\n'
    awk 'BEGIN { for (i = 0; i < 40000; i++) printf ".section .s%d,\"a\"\n.byte %d\n", i, i % 256 }'
} > many.s
gcc -nostdlib -static -o many many.s 2> err || { cat err >&2; fail 'many sections'; }
strip -o stripped many
bounded 6 'many sections, stripped and not' compare many stripped --quiet
ends 1
bounded 6 'many sections, not stripped and stripped' compare stripped many --quiet
ends 0
ok 'an ELF file of 40,000 sections is compared with the stripped one, either way'

# --- what was reviewed ---

python3 - $files <<'END'
import json
import sys

COUNT = int(sys.argv[1])

digest = "%064x"
files = ["/build/product/part-%02d/file-%05d.c" % (number % 50, number) for number in range(COUNT)]
read = [{"as_delivered": True, "named": True, "path": path, "program": False, "sha256": digest % at} for at, path in enumerate(files)]
recording = {"has_names": True, "known": False, "names_whole": True, "never_read": ["/build/product/never-%d" % n for n in range(COUNT)],
             "read": sorted(read, key=lambda entry: entry["path"]), "toolchain": [], "unsure": [], "whole": True, "why": [],
             "line_control": [{"any": False, "delivered": True, "names": ["file-%05d.c" % n], "path": "/build/product/other-%d.c" % n,
                               "sha256": digest % n} for n in range(COUNT // 2)]}
with open("report.json", encoding="utf-8") as file:
    report = json.load(file)
report["findings"] = []
report["expected"] = [{
    "cached": False, "control_groups": [], "kind": "rebuild", "rebuilds": 1, "recording": recording, "sha256": digest % 1,
    "limits": {"memory": 1, "output": 1, "processes": 1, "time": 1}, "recipe": {"authenticated": False, "product": "p", "sha256": digest % 1},
    "source": {"authenticated": False, "inputs": [], "layers": [], "patches": [], "unread": []},
    "toolchain": {"authenticated": False, "kind": "host", "layers": [], "unread": []}}]
report["sources"] = [
    {"beside": 0, "code": 100, "expected": 0, "identical": 100, "path": "file-%d" % at, "whole": True,
     "parts": [{"bytes": 10, "file": files[(at * 7 + part) % COUNT], "unit": files[at]} for part in range(10)]} for at in range(COUNT)]
with open("sources.json", "w", encoding="utf-8") as file:
    json.dump(report, file)
with open("reviewed.list", "w", encoding="utf-8") as file:
    for at, path in enumerate(files):
        file.write("%s  %s\n" % (digest % at, path[len("/build/product/"):]))
        file.write("%s  elsewhere/%d.c\n" % (digest % (at + 7), at))
    for at in range(COUNT // 10):
        file.write("generated made-%d.c from part-%02d/file-%05d.c\n" % (at, at % 50, at))
END
for form in text json; do
    bounded $((files / 500)) "what was reviewed, as $form" coverage sources.json --reviewed reviewed.list --format $form
    ends 0
done
[ "$(jq -c '[.code.bytes, .code.states.reviewed, .code.states.renamed]' out)" = "[$((100 * files)),$((50 * files)),$((50 * files))]" ] || shown 'it counts otherwise'
ok "what was reviewed of $((10 * files)) pieces of code in $files files"
