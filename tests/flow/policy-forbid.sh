#!/bin/sh
# `forbid`, `expires` and `max-age` of a policy: what holds, what does not and what is malformed, of programs that a
# compiler made and of containers of each kind that keeps modes; the gate finds the same in a stored report, and that
# a report keeps silent about something shows where there is an image (T20).
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
# shellcheck disable=SC2016 # backquotes that assay writes
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin policy-forbid python3 jq gcc objcopy tar cpio zip mksquashfs 7z perl

policy() { printf 'policy: 1\nrequire: {expected: path, verdict: waived}\n' > p.policy; printf '%s\n' "$@" >> p.policy; }
# judge EXIT IMAGE EXPECTED TEXT LINE...: and the gate says the same, with the image and without
judge() {
    expected=$1 image=$2 other=$3 text=$4
    shift 4
    policy "$@"
    run "$image: $*" compare "$image" "$other" --policy p.policy --report report.json
    ends "$expected"
    [ "$text" = pass ] || says out "$text"
    run "$image: $* at the gate" gate report.json --policy p.policy --trust-report --image "$image"
    ends "$expected"
    [ "$text" = pass ] || says out "$text"
    [ -d "$image" ] || {
        run "$image: $* at the gate, by its digest" gate report.json --policy p.policy --trust-report --image-sha256 "$(digest "$image")"
        ends "$expected"
        [ "$text" = pass ] || says out "$text"
    }
    ok "$image: $*: $expected, and so at the gate"
}
refused() {
    place=$1 text=$2
    shift 2
    policy "$@"
    run "$*" compare note note --policy p.policy
    ends 64
    says err "p.policy:$place: " "$text"
    ok "$what: refused at $place"
}

# --- programs ---
echo 'int main (void) { return 0; }' > main.c
echo note > note
flags='-fno-pie -no-pie -ffile-prefix-map=.=/x'
# shellcheck disable=SC2086 # flags
{
    gcc $flags -O2 -s -Wl,-z,noexecstack -o plain main.c
    gcc $flags -O2 -s -Wl,-z,execstack -o stack main.c 2> /dev/null
    gcc $flags -O2 -g -o debug main.c
    gcc $flags -O2 -o symbols main.c
    gcc $flags -O2 -c -o part.o main.c
    gcc $flags -O2 -g -c -o debug.o main.c
}
objcopy --only-keep-debug debug debug.only
objcopy --set-section-flags .text=alloc,code,data part.o writable.o
readelf -SW writable.o | grep -q ' .text .* WAX ' || skip 'objcopy makes no section that is writable and executable'
# the same with a program header, which the loader of modules does not look at: an entry of PT_NULL behind all
cat writable.o > headed.o
at=$(stat -c %s headed.o) && head -c 56 /dev/zero >> headed.o
printf %b "$(printf '\\0%03o' $((at & 255)) $((at >> 8 & 255)) $((at >> 16 & 255)))" | dd of=headed.o bs=1 seek=32 conv=notrunc status=none
printf '\070\000\001' | dd of=headed.o bs=1 seek=54 conv=notrunc status=none
# a segment of a program that is writable and executable: its flags are at 4 of an entry of 56 bytes
cp plain wx
at=$(readelf -lW plain | awk '/^ *LOAD/ { n++ } /^ *[A-Z_0-9]+ +0x/ { i++ } /^ *LOAD.* R E / { print i - 1; exit }')
printf '\007' | dd of=wx bs=1 seek=$((64 + at * 56 + 4)) conv=notrunc status=none
readelf -lW wx | grep -q 'LOAD.* RWE ' || fail 'no program with a segment that is writable and executable'
# none that says anything of its stack: another type in its place
cp plain silent
at=$(readelf -lW plain | awk '/^ *[A-Z_0-9]+ +0x/ { i++ } /^ *GNU_STACK/ { print i - 1; exit }')
printf '\004\000\000\000' | dd of=silent bs=1 seek=$((64 + at * 56)) conv=notrunc status=none

all='forbid: {set-id: true, capabilities: true, writable-code: true, executable-stack: true, debug-information: true, symbol-tables: true, added-files: true}'
judge 0 plain plain pass "$all"
judge 0 note note pass "$all"
judge 0 part.o part.o pass "$all"
judge 1 wx wx 'p.policy:3:10: the image has a segment that is writable and executable, at address 0x' 'forbid: {writable-code: true}'
judge 1 writable.o writable.o 'p.policy:3:10: the image has a section that is writable and executable, .text' 'forbid: {writable-code: true}'
judge 1 headed.o headed.o 'p.policy:3:10: the image has a section that is writable and executable, .text' 'forbid: {writable-code: true}'
judge 0 wx wx pass 'forbid: {writable-code: {except: [.]}}'
# a program of 64 bits to Linux, which has headers of 32 bits where those of 64 have what Linux does not look at
cp wx narrow
printf '\\001' | dd of=narrow bs=1 seek=4 conv=notrunc 2> /dev/null
judge 1 narrow narrow 'p.policy:3:10: the image could not be read as a program: it may hold what is forbidden' 'forbid: {writable-code: true}'
# entries of a size that some loaders step by and others do not: nobody knows which segments there are
cp wx steps
printf '\160' | dd of=steps bs=1 seek=54 conv=notrunc 2> /dev/null
for key in writable-code executable-stack; do
    judge 1 steps steps 'p.policy:3:10: the image could not be read as a program: it may hold what is forbidden' "forbid: {$key: true}"
done
judge 0 wx wx pass 'forbid: {writable-code: false}'
judge 1 stack stack 'p.policy:3:10: the image wants an executable stack' 'forbid: {executable-stack: true}'
judge 1 silent silent 'does not say that its stack is not executable' 'forbid: {executable-stack: true}'
judge 1 debug debug 'p.policy:3:10: the image has debug information (.debug_' 'forbid: {debug-information: true}'
judge 1 debug.o debug.o 'the image has debug information' 'forbid: {debug-information: true}'
judge 1 debug.only debug.only 'the image has debug information' 'forbid: {debug-information: true}'
judge 0 symbols symbols pass 'forbid: {debug-information: true}'
judge 1 symbols symbols 'p.policy:3:10: the image was not stripped (.symtab)' 'forbid: {symbol-tables: true}'
judge 0 symbols symbols pass 'forbid: {symbol-tables: {except: ["**"]}}'
# what has the magic of a program, and cannot be read as one
head -c 100 plain > half
judge 1 half half 'could not be read' 'forbid: {symbol-tables: true}'

# --- containers that keep modes ---
mkdir -p tree/bin && cp plain tree/bin/su && cp note tree/bin/note && chmod 755 tree/bin && chmod 4755 tree/bin/su && chmod 644 tree/bin/note
owned='--owner=0 --group=0 --numeric-owner --sort=name --mtime=@1'
# shellcheck disable=SC2086 # options
tar --format=gnu $owned -cf image.tar -C tree bin
gzip -9nc image.tar > image.tar.gz
(cd tree && printf 'bin\nbin/note\nbin/su\n' | cpio -o -H newc --quiet -R 0:0) > image.cpio
(cd tree && zip -qX ../image.zip bin/su bin/note)
mksquashfs tree image.squashfs -all-root -no-progress -noappend -quiet > /dev/null
for image in image.tar image.cpio image.zip image.squashfs tree; do
    judge 1 "$image" "$image" 'bin/su runs as its owner, whoever starts it, which is forbidden' 'forbid: {set-id: true}'
    jq -e '[.files[] | select(.rights == ["set-user-ID"]) | .path] | length == 1 and (.[0] | endswith("bin/su"))' report.json > /dev/null || fail "$image: the report names other rights"
    judge 0 "$image" "$image" pass 'forbid: {set-id: {except: ["**/su"]}, executable-stack: true}'
done
# what stands behind the first archive some readers go on to, and nobody looked into it
mkdir first && cp note first/
(cd first && echo note | cpio -o -H newc --quiet -R 0:0) > first.cpio
# shellcheck disable=SC2086 # options
tar --format=gnu $owned -cf first.tar -C first note
mksquashfs first first.squashfs -all-root -no-progress -noappend -quiet > /dev/null
{ cat first.cpio; gzip -9nc image.cpio; } > initrd
{ cat first.tar; cat image.tar; } > two.tar
{ gzip -9nc first.tar; head -c 4 /dev/zero; gzip -9nc image.tar; } > two.gz
{ cat first.squashfs; cat image.squashfs; } > two.squashfs
{ cat first.cpio; head -c 512 /dev/zero; } > zeros.cpio
{ cat first.squashfs; head -c 8192 /dev/zero | tr '\0' '\377'; } > flash.squashfs
for image in initrd two.tar two.gz two.squashfs; do
    for rule in set-id capabilities executable-stack; do
        judge 1 "$image" "$image" "the image has bytes that belong to no part of it, behind what was read: it may hold what is forbidden" "forbid: {$rule: true}"
    done
    judge 0 "$image" "$image" pass 'forbid: {added-files: true}'
    judge 0 "$image" "$image" pass "forbid: {set-id: {except: ['.']}}"
    # a report that keeps silent about it
    jq 'del (.files[].unclaimed)' report.json > silent.json
    policy 'forbid: {set-id: true}'
    run "$image: silence" gate silent.json --policy p.policy --trust-report --image "$image"
    ends 1 2
    says out 'nothing of the bytes that belong to no part of it'
    ok "$what shows at the gate"
done
for image in zeros.cpio flash.squashfs; do judge 0 "$image" "$image" pass 'forbid: {set-id: true}'; done
# host MADE-BY ATTRIBUTES [FIELD]: odd.zip, of one entry that says that it is of this system, with these external attributes (hexadecimal) and
# extra field; unzip takes the upper half for a mode of more systems than Unix (unix/unix.c, mapattr)
host() {
    rm -f odd.zip
    perl -e 'my ($host, $attributes, $field) = (shift, hex shift, pack ("H*", shift)); my $x = length $field;
        my $h = pack ("v5V3v2", 20, 0, 0, 0, 0x21, 0x8c736521, 3, 3, 2, $x);
        print "PK\3\4${h}su${field}foo", "PK\1\2", pack ("CC", 20, $host), $h, pack ("v3V2", 0, 0, 0, $attributes, 0), "su$field",
            "PK\5\6", pack ("v4V2v", 0, 0, 1, 1, 48 + $x, 35 + $x, 0)' "$1" "$2" "${3:-}" > odd.zip
}
for made_by in 2 3 5 12 13 16 17 30; do
    host $made_by 89ed0000
    judge 1 odd.zip odd.zip 'su runs as its owner' 'forbid: {set-id: true}'
    host $made_by 85ed0000
    judge 1 odd.zip odd.zip 'su runs as its group' 'forbid: {set-id: true}'
    host $made_by 81ed0000
    judge 0 odd.zip odd.zip pass 'forbid: {set-id: true}'
    host $made_by 0 6e750a0000000000ed8900000000
    judge 1 odd.zip odd.zip 'su runs as its owner' 'forbid: {set-id: true}'
    host $made_by 0 6e750a0000000000ed8100000000
    judge 0 odd.zip odd.zip pass 'forbid: {set-id: true}'
done
# of DOS, where it agrees with the attributes of DOS
for attributes in 89ad0000 892d0001; do
    host 0 $attributes
    judge 1 odd.zip odd.zip 'su runs as its owner' 'forbid: {set-id: true}'
done
host 0 89ed0010
judge 1 odd.zip odd.zip 'it may hold what is forbidden' 'forbid: {set-id: true}'
for attributes in 89ed0000 89ad0001 81a40000 20; do
    host 0 $attributes
    judge 0 odd.zip odd.zip pass 'forbid: {set-id: true}'
done
# a link for unzip, a file for others
host 5 a1ff0000
judge 1 odd.zip odd.zip 'it may hold what is forbidden' 'forbid: {set-id: true}'
for made_by in 1 4 7 11 14 18 19; do
    host $made_by 89ed0000
    judge 0 odd.zip odd.zip pass 'forbid: {set-id: true}'
done
judge 1 image.tar.gz image.tar.gz '#gzip//bin/su runs as its owner' 'forbid: {set-id: true}'
judge 1 image.tar.gz image.tar.gz '#gzip//bin/su runs as its owner' 'forbid: {set-id: {except: ["bin/su", "**/note"]}}'
judge 0 image.tar.gz image.tar.gz pass 'scope: ["#gzip//bin/note"]' 'forbid: {set-id: true}'
chmod 2755 tree/bin/su
judge 1 tree tree 'bin/su runs as its group' 'forbid: {set-id: true}'
chmod 755 tree/bin/su && chmod 2755 tree/bin
judge 0 tree tree pass 'forbid: {set-id: true}'
chmod 755 tree/bin
# a capability, as a tar has it
# shellcheck disable=SC2086 # options
tar --format=pax $owned --pax-option='exthdr.name=%d/h,SCHILY.xattr.security.capability:=x' -cf capable.tar -C tree bin/su
judge 1 capable.tar capable.tar 'bin/su runs with capabilities' 'forbid: {capabilities: true}'
judge 0 capable.tar capable.tar pass 'forbid: {set-id: true}'
# and as libarchive has it, which may write a part of the name as in a URL
for name in LIBARCHIVE.xattr.security.capability LIBARCHIVE.xattr.security%2Ecapability; do
    # shellcheck disable=SC2086 # options
    tar --format=pax $owned --pax-option="exthdr.name=%d/h,$name:=AQAAAgAgAAAAAAAAAAAAAAAAAAA" -cf capable.tar -C tree bin/su
    judge 1 capable.tar capable.tar 'bin/su runs with capabilities' 'forbid: {capabilities: true}'
done
# shellcheck disable=SC2086 # options
tar --format=pax $owned --pax-option='exthdr.name=%d/h,LIBARCHIVE.xattr.user.note:=AQAA' -cf capable.tar -C tree bin/su
judge 0 capable.tar capable.tar pass 'forbid: {capabilities: true}'
# what other readers take all the same, and this one does not: a cpio with what is no digit among its numbers, a tar of
# another magic, and a file system of a revision that is not there yet
chmod 4755 tree/bin/su
for kind in newc odc; do
    (cd tree && printf 'bin\nbin/su\n' | cpio -o -H $kind --quiet) > "$kind.cpio"
    python3 -c 'import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[48] = ord("z")
open("odd.cpio", "wb").write(data)' "$kind.cpio"
    judge 1 "$kind.cpio" "$kind.cpio" 'bin/su runs as its owner' 'forbid: {set-id: true}'
    judge 1 odd.cpio odd.cpio 'could not be read to its end' 'forbid: {set-id: true}'
done
# shellcheck disable=SC2086 # options
tar --format=ustar $owned --no-recursion -cf good.tar -C tree bin bin/su
python3 -c 'data = bytearray(open("good.tar", "rb").read())
data[257:262] = b"vstar"
data[148:156] = b"%06o\0 " % (sum(data[:148]) + 256 + sum(data[156:512]))
open("odd.tar", "wb").write(data)'
judge 1 good.tar good.tar 'bin/su runs as its owner' 'forbid: {set-id: true}'
judge 1 odd.tar odd.tar 'could not be read to its end' 'forbid: {set-id: true}'
if command -v mke2fs > /dev/null || [ -x /sbin/mke2fs ]; then
    PATH=$PATH:/usr/sbin:/sbin mke2fs -q -t ext2 -O none -d tree plain.ext2 400k > mke2fs.log 2>&1 || fail "mke2fs: $(cat mke2fs.log)"
    cp plain.ext2 later.ext2 && printf '\041' | dd of=later.ext2 bs=1 seek=1100 conv=notrunc 2> /dev/null
    judge 1 plain.ext2 plain.ext2 'bin/su runs as its owner' 'forbid: {set-id: true}'
    judge 1 later.ext2 later.ext2 'could not be read to its end' 'forbid: {set-id: true}'
fi
chmod 755 tree/bin/su
# and as an ISO image has it that xorriso wrote
if command -v xorriso > /dev/null; then
    for attributes in off on; do
        rm -f image.iso && rm -rf isotree && mkdir -p isotree/bin && cp tree/bin/su isotree/bin/su
        [ $attributes = off ] || setfattr -n user.note -v x isotree/bin/su 2> /dev/null || continue
        xorriso -as mkisofs -quiet -R --xattr-any -o image.iso isotree > xorriso.log 2>&1 || fail "xorriso: $(cat xorriso.log)"
        if [ $attributes = off ]; then judge 0 image.iso image.iso pass 'forbid: {capabilities: true}'
        else judge 1 image.iso image.iso 'bin/su runs with capabilities' 'forbid: {capabilities: true}'; fi
    done
fi
# a mode that libarchive has in a field of its own, where the directory says that the archive is of another system
python3 - <<'END'
import struct, zlib
data, name = b'#!/bin/sh\n', b'su'
for path, mode in (('streamed.zip', 0o104755), ('plain.zip', 0o100755)):
    extra = bytes([5]) + struct.pack('<HI', 20, mode << 16)
    extra = struct.pack('<HH', 0x6c78, len(extra)) + extra
    head = struct.pack('<HHHHHIIIHH', 20, 0, 0, 0, 0x5021, zlib.crc32(data), len(data), len(data), len(name), 0)
    local = b'PK\3\4' + head[:-2] + struct.pack('<H', len(extra)) + name + extra + data
    central = b'PK\1\2' + struct.pack('<H', 20) + head + struct.pack('<HHHII', 0, 0, 0, 0, 0) + name
    open(path, 'wb').write(local + central + struct.pack('<4sHHHHIIH', b'PK\5\6', 0, 0, 1, 1, len(central), len(local), 0))
END
judge 1 streamed.zip streamed.zip 'runs as its owner' 'forbid: {set-id: true}'
judge 0 plain.zip plain.zip pass 'forbid: {set-id: true}'
# programs inside
cp debug tree/bin/debug
# shellcheck disable=SC2086 # options
tar --format=gnu $owned -cf debug.tar -C tree bin && xz -k debug.tar
judge 1 debug.tar.xz debug.tar.xz '//bin/debug has debug information' 'forbid: {debug-information: true}'
judge 0 debug.tar.xz debug.tar.xz pass 'forbid: {debug-information: {except: ["**/debug"]}}'
rm tree/bin/debug
# what nobody could look into
head -c 300 image.squashfs > damaged.squashfs
judge 1 damaged.squashfs damaged.squashfs 'could not be read to its end: it may hold what is forbidden' 'forbid: {set-id: true}'
judge 0 damaged.squashfs damaged.squashfs pass 'forbid: {set-id: {except: [.]}}'

# --- added files, which waivers let through ---
mkdir more && cp -a tree/bin more/ && echo added > more/bin/added && chmod 644 more/bin/added
{
    echo 'waive:'
    for what in '' ' fact: name,' ' fact: mode,' ' fact: owner,' ' fact: group,'; do
        printf '  - {path: bin/added,%s allow-code: true, sha256: %s, reason: r, owner: o}\n' "$what" "$(digest more/bin/added)"
    done
} > waive
judge 0 more tree pass "$(cat waive)"
judge 1 more tree 'p.policy:9:10: bin/added was added to what the rebuild has, which is forbidden' "$(cat waive)" 'forbid: {added-files: true}'
judge 0 more tree pass "$(cat waive)" 'forbid: {added-files: {except: ["bin/*"]}}'
judge 1 more tree 'p.policy:3:10: bin/added was added to what the rebuild has' 'forbid: {added-files: true}'

# --- the gate believes no silence ---
policy 'forbid: {set-id: true}'
run 'a report of a container' compare image.tar image.tar --policy p.policy --report bad.json
ends 1
# forged STORY FILTER TEXT: a report that says that the policy held, and otherwise keeps silent
forged() {
    jq -cS ".policy.result = \"pass\" | .policy.failures = [] | $2" bad.json > report.json
    run "$1" gate report.json --policy p.policy --trust-report --image image.tar
    ends 1 64
    tr -s ' \n' '  ' < out > said
    cat err >> said
    grep -qF -e "$3" said || shown "\"$3\" is not said"
    ok "$1"
}
forged 'a report that says that it held' . 'bin/su runs as its owner'
forged 'a report without the right' 'del(.files[].rights)' 'other rights than the mode and attributes of bin/su give'
forged 'a right that nobody knows' '(.files[] | select(.rights != null) | .rights) = ["anything"]' 'the member "rights"'
forged 'no right' '(.files[] | select(.rights != null) | .rights) = []' 'the member "rights"'
forged 'a right twice' '(.files[] | select(.rights != null) | .rights) += ["set-user-ID"]' 'the member "rights"'
forged 'another right' '(.files[] | select(.rights != null) | .rights) = ["capabilities"]' 'other rights'
forged 'a right of another file' '(.files[] | select(.path == "bin/note") | .rights) = ["set-group-ID"]' 'other rights'
forged 'a file that is left out' 'del(.files[] | select(.path == "bin/su"))' 'does not add up'
: > tree/bin/empty && chmod 4755 tree/bin/empty
# shellcheck disable=SC2086 # options
tar --format=gnu $owned -cf image.tar -C tree bin/empty bin/note
rm tree/bin/empty
for scope in '' 'scope: ["bin/*"]'; do
    policy "$scope" 'forbid: {set-id: true}'
    run 'a file without bytes' compare image.tar image.tar --policy p.policy --report bad.json
    ends 1
    forged "a file without bytes that is called outside${scope:+ of a scope}" '(.files[] | select(.path == "bin/empty") | .verdict) = "outside"' 'outside of'
done
policy 'forbid: {debug-information: true}'
run 'a report of a program inside' compare debug.tar.xz debug.tar.xz --policy p.policy --report bad.json
ends 1
for change in 'del(.files[] | .sections, .segments, .machine)' '(.files[] | select(.sections != null) | .sections) = []' \
    '(.files[] | select(.sections != null) | .sections) |= map(select(.name | startswith(".debug") | not))'; do
    jq -cS ".policy.result = \"pass\" | .policy.failures = [] | $change" bad.json > report.json
    run "a report with $change" gate report.json --policy p.policy --trust-report --image debug.tar.xz
    ends 1
    says out 'sections or segments that the image does not have'
    ok "$what"
done
jq -cS '.policy.result = "pass" | .policy.failures = [] | (.files[] | select(.format == "elf")) |= (.format = "raw" | del(.sections, .segments, .machine))' \
    bad.json > report.json
run 'a program that is called none' gate report.json --policy p.policy --trust-report --image debug.tar.xz
ends 1
says out 'of another format than it is'
ok "$what"

# --- times ---
# timed EXIT AT GATE TEXT LINE...: judged at one time, and at the gate at another; `-`: without --time
timed() {
    expected=$1 at=$2 gate=$3 text=$4
    shift 4
    policy "$@"
    set -- "$*"
    [ "$at" = - ] && at='' || at="--time $at"
    [ "$gate" = - ] && gate='' || gate="--time $gate"
    # shellcheck disable=SC2086 # options
    run "$1 judged $at" compare note note --policy p.policy --report report.json $at
    # shellcheck disable=SC2086 # options
    run "$1, judged $at, gate $gate" gate report.json --policy p.policy --trust-report --image note $gate
    ends "$expected"
    says out "$text"
    ok "$what: $expected"
}
timed 0 2026-12-31 2026-12-31 'every line holds' 'expires: 2027-01-01'
timed 1 2026-12-31 2027-01-01 'p.policy:3:1: the policy has expired on 2027-01-01' 'expires: 2027-01-01'
timed 1 2026-12-31 - 'no --time says that it has not yet' 'expires: 2027-01-01'
timed 1 - 2026-12-31 'did not hold when the report was made' 'expires: 2027-01-01'
timed 1 2027-02-01 2026-12-31 'did not hold when the report was made' 'expires: 2027-01-01'
timed 0 2026-01-01 2026-01-31 'every line holds' 'max-age: 30d'
timed 1 2026-01-01 2026-02-01 'p.policy:3:1: the image was judged 744 hours ago, and at most 720 are allowed' 'max-age: 30d'
timed 0 2026-01-01 2026-02-01 'every line holds' 'max-age: 744h'
timed 1 2026-02-01 2026-01-01 'at a later time than --time says it is' 'max-age: 30d'
timed 1 2026-01-01 - 'no --time says how old the report is' 'max-age: 30d'
timed 1 - 2026-01-01 'judged without --time' 'max-age: 30d'
run 'a time taken out of a report' compare note note --policy p.policy --time 2026-01-01 --report report.json
jq -cS '.options.time = null' report.json > timeless.json
run 'a time taken out of a report' gate timeless.json --policy p.policy --trust-report --image note --time 2026-01-02
ends 1
says out 'judged without --time'
ok "$what"

# --- malformed ---
refused 3:10 'expected one of `set-id`, `capabilities`' 'forbid: {setuid: true}'
refused 3:9 'expected a mapping' 'forbid: [set-id]'
refused 3:9 'expected' 'forbid: true'
refused 3:18 'expected `true`, or `{except: [...]}`' 'forbid: {set-id: ["**/su"]}'
refused 3:18 'is not one of `true`, `false`' 'forbid: {set-id: yes}'
refused 3:18 'the key `except` is missing' 'forbid: {set-id: {}}'
refused 3:27 'expected' 'forbid: {set-id: {except: []}}'
refused 3:27 'expected' 'forbid: {set-id: {except: "**/su"}}'
refused 3:19 'unknown key' 'forbid: {set-id: {allow: ["**/su"]}}'
for key in capabilities writable-code executable-stack debug-information symbol-tables added-files; do
    refused "3:$((12 + ${#key}))" 'is not one of `true`, `false`' "forbid: {$key: 1}"
done
refused 3:10 'a day since 1970' 'expires: never'
refused 3:10 'a day since 1970' 'expires: 2027-13-01'
refused 3:10 'an age of at least 1 hour' 'max-age: 0d'
refused 3:10 'an age of at least 1 hour' 'max-age: 30'
refused 3:10 'an age of at least 1 hour' 'max-age: 30m'
refused 3:10 'an age of at least 1 hour' 'max-age: -1d'
refused 3:10 'an age of at least 1 hour' 'max-age: 99999999999999999999d'
refused 3:10 'an age of at least 1 hour' 'max-age: 18446744073709551615d'
leaves_nothing
