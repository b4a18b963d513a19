#!/bin/sh
# T13: a waiver covers what the rebuilt file has at a place, and nothing that the shipped file would like it to cover:
# never code, headers, added files or rights, unless the line names the shipped bytes by their digest.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"

# policy LINE...: with these lines under `waive`
policy() {
    printf 'policy: 1\nrequire: {verdict: waived, expected: path}\nwaive:\n' > waive.policy
    for line; do printf '  - {%s, reason: "stamped at release", owner: "release@op.example"}\n' "$line" >> waive.policy; done
}

# hold STORY CODE SHIPPED EXPECTED [JQ-FILTER]; $options are given too
options=''
hold() {
    code=0
    # shellcheck disable=SC2086 # options are words
    "$assay" compare "$3" "$4" --policy waive.policy --report report.json $options > said.txt 2>&1 || code=$?
    if [ "$code" != "$2" ]; then cat said.txt >&2; fail "$1: exit $code, expected $2"; fi
    # none is waived without its line
    adds_up "$1" 'all((.findings + .facts)[]; (.class == "waived") == has("waiver")) and ('"${5:-true}"')'
}
digest() { sha256sum "$1" | cut -d ' ' -f 1; }
# at FILE TEXT: the offset of the text
at() { grep -abo -e "$2" "$1" | head -n 1 | cut -d : -f 1; }
unexplained='.verdict == "mismatch" and .accounting.waived == 0'

cat > program.c <<'END'
#include <stdio.h>
const char stamp[16] __attribute__ ((section (".stamp"))) = "STAMP-0001";
const char other[16] __attribute__ ((section (".other"))) = "OTHER-0001";
int writable = 7;
__attribute__ ((noinline)) int sum (int a, int b) { return a * 31 + b; }
int main (int argc, char **argv) { printf ("%s %s %d\n", stamp, other, sum (argc, writable)); return 0; }
END
gcc -O1 -Wl,-z,separate-code -Wl,--build-id -o good program.c
stamp=$(at good STAMP-0001) other=$(at good OTHER-0001)
text=$(readelf -W -s good | awk '$8 == "sum" {print $2}')
text=$((0x$text))
twin() { cp good bad; }

# --- parts of a program ---
policy 'path: ".", range: {section: .stamp, max-size: 16}'
twin; poke bad $((stamp + 9)) 2
hold 'a section of data' 0 bad good \
    ".verdict == \"waived\" and .accounting.waived == 1 and (.findings[0] | .class == \"waived\" and .rule == \"waiver\" and .range.offset == $((stamp + 9))
     and .waiver == {kind: \"waiver\", line: 4, owner: \"release@op.example\", reason: \"stamped at release\"}) and .policy.used[0].bytes == 1"
tr -s ' \n' '  ' < said.txt | grep -qF 'line 4 waives 1 byte and 0 facts of .: stamped at release; answered for by release@op.example' || fail 'the text does not name the line'
sed -i 's/verdict: waived, //' waive.policy
hold 'waived is no pass unless the policy says so' 1 bad good '.verdict == "waived" and .policy.result == "fail"'
policy 'path: ".", range: {section: .stamp, max-size: 16}'
poke bad $((other + 9)) 2
hold 'one byte more, outside of it' 1 bad good ".accounting.waived == 1 and .accounting.unexplained == 1"
policy 'path: ".", range: {section: .stamp, max-size: 15}'
hold 'a section that is larger than the line allows' 1 bad good "$unexplained and any(.policy.notes[]; contains(\"more than its max-size of 15\"))"
policy 'path: ".", range: {section: .stamps, max-size: 16}'
hold 'a section that the rebuilt file has not' 1 bad good "$unexplained and any(.policy.notes[]; contains(\"has no section .stamps\"))"
policy 'path: ".", range: {symbol: stamp}'
twin; poke bad $((stamp + 9)) 2
hold 'a symbol of data' 0 bad good '.accounting.waived == 1'
for size in 16 15; do
    policy "path: \".\", range: {symbol: stamp, max-size: $size}"
    hold "a symbol of data, of at most $size bytes" $((16 - size)) bad good
done
jq -e 'any(.policy.notes[]; contains("the symbol stamp of . has 16 bytes, more than its max-size of 15"))' report.json > /dev/null || fail 'no word of the size'
# A size is what the source says: it must not reach over what has a name of its own, of whatever kind, nor out of its section.
# sized STORY CODE SIZE BEHIND: the symbol says that size; what stands behind it is what differs, if anything
sized() {
    printf '%s\n' '.data' '.globl build_stamp' '.type build_stamp, @object' "$alias" 'build_stamp: .ascii "STAMPED AT SOME."' ".size build_stamp, $3" "$4" \
        '.section .next, "aw"' '.ascii "what comes next."' '.text' '.globl _start' '_start: ret' '.section .note.GNU-stack, "", @progbits' > sized.s
    gcc -nostdlib -static -Wl,--build-id=none -o sized sized.s
    policy 'path: ".", range: {symbol: build_stamp}'
    cp sized bad
    poke bad "$(at bad "$changed")" X
    hold "$1" "$2" bad sized
    [ "$2" = 0 ] || jq -e "$unexplained and any(.policy.notes[]; contains(\"reaches over another symbol, or out of its section\"))" report.json > /dev/null || fail "$1: no word of it"
}
alias='' changed='STAMPED AT'
sized 'a symbol of its own size' 0 16 'hook: .ascii "behind the stamp"'
alias='other_name:'
sized 'another name for the same place' 0 16 'hook: .ascii "behind the stamp"'
alias='' changed='behind the'
sized 'a size that reaches over a label without a type' 1 20 'hook: .ascii "behind the stamp"'
sized 'a size that reaches over another object' 1 20 '.type hook, @object; .size hook, 16; hook: .ascii "behind the stamp"'
sized 'a size that reaches over a symbol by half of it' 1 17 '.globl hook; hook: .ascii "behind the stamp"'
changed='what comes'
sized 'a size that reaches into the next section' 1 20 ''
policy "path: \".\", range: {offset: $((stamp + 9)), length: 1}"
twin; poke bad $((stamp + 9)) 2
hold 'a range' 0 bad good '.accounting.waived == 1'
policy "path: \".\", range: {offset: $((stamp + 10)), length: 4096}"
hold 'a range that begins one byte behind' 1 bad good "$unexplained"

# --- code ---
twin; poke bad "$text" '\220'
for line in 'range: {section: .text, max-size: 1MiB}' 'range: {symbol: sum}' "range: {offset: $text, length: 1}" "range: {offset: 0, length: 1GiB}" ''; do
    policy "path: \".\"${line:+, $line}"
    hold "code, by ${line:-the whole file}" 1 bad good "$unexplained and any(.policy.notes[]; contains(\"need \`allow-code\`\"))"
done
policy "path: \".\", range: {symbol: sum}, allow-code: true, sha256: $(digest bad)"
hold 'code that the line names by its digest' 0 bad good '.accounting.waived == 1'
policy "path: \".\", range: {symbol: sum}, allow-code: true, sha256: $(digest good)"
hold 'code, with the digest of another file' 1 bad good "$unexplained"
policy "path: \".\", range: {symbol: main}, allow-code: true, sha256: $(digest bad)"
hold 'code of another function' 1 bad good "$unexplained"
gcc -O1 -Wl,-z,noseparate-code -o old program.c
old_stamp=$(at old STAMP-0001)
cp old bad; poke bad $((old_stamp + 9)) 2
# shellcheck disable=SC2046 # two numbers
set -- $(readelf -W -l old | awk '/LOAD/ && /R E/ {print $2, $5}')
[ $(($1 + $2)) -gt "$old_stamp" ] || fail 'the executable segment does not hold the stamp'
policy 'path: ".", range: {section: .stamp, max-size: 16}'
hold 'data in an executable segment is code' 1 bad old "$unexplained"

# --- headers, and what the loader goes by ---
policy 'path: "."'
twin; poke bad 24 '\001'
hold 'the entry point' 1 bad good "$unexplained"
twin; poke bad 68 '\007'
hold 'flags of a segment' 1 bad good "$unexplained"
twin; poke bad "$(at good libc.so.6)" x
hold 'a needed library' 1 bad good "$unexplained"
twin; poke bad $(($(at good /lib64/ld-linux) + 4)) x
hold 'the interpreter' 1 bad good "$unexplained"
dynamic=$(readelf -W -l good | awk '$1 == "DYNAMIC" {print $2}')
twin; poke bad $((dynamic + 8)) '\0\0'
hold 'the dynamic section' 1 bad good "$unexplained"
twin; poke bad $((stamp + 9)) 2; poke bad 24 '\001'
hold 'data beside a header' 1 bad good '.accounting.waived == 1 and .accounting.unexplained == 1'

# --- waivers that would slide ---
policy 'path: ".", range: {section: .stamp, max-size: 16}'
twin; poke bad "$(at good '\.stamp')" .other; poke bad "$(at good '\.other')" .stamp; poke bad $((other + 9)) 2
hold 'sections that exchanged their names' 1 bad good "any(.findings[]; .class == \"unexplained\" and .range.offset == $((other + 9)))"
policy 'path: ".", range: {symbol: stamp}'
twin
grep -abo -e '.other' bad | cut -d : -f 1 > places
while read -r place; do
    [ "$(dd if=bad bs=1 skip="$place" count=7 2> /dev/null | tr '\0' :)" != ":other:" ] || poke bad $((place + 1)) stamp < /dev/null
done < places
poke bad $((other + 9)) 2
hold 'symbols that exchanged their names' 1 bad good "any(.findings[]; .class == \"unexplained\" and .range.offset == $((other + 9)))"
policy 'path: ".", range: {section: .stamp, max-size: 16}'
{ head -c "$stamp" good; printf x; tail -c +$((stamp + 1)) good; } > bad
hold 'a byte put before the section' 1 bad good '.verdict == "mismatch" and .accounting.waived == 0'
# a section table in which .stamp reaches over .text, on both sides
perl -e '
    local $/; open F, "<", "good"; my $e = <F>; my ($off, $n, $x) = (unpack ("Q<", substr ($e, 40, 8)), unpack ("S<S<", substr ($e, 60, 4)));
    my $names = unpack ("Q<", substr ($e, $off + 64 * $x + 24, 8));
    for my $i (0 .. $n - 1) {
        my $name = unpack ("Z*", substr ($e, $names + unpack ("L<", substr ($e, $off + 64 * $i, 4)), 32));
        if ($name eq ".stamp") { substr ($e, $off + 64 * $i + 24, 16) = pack ("Q<Q<", $ARGV[0], 64); }
    }
    open G, ">", "overlap"; print G $e;' "$text"
cp overlap bad; poke bad "$text" '\220'
policy 'path: ".", range: {section: .stamp, max-size: 64}'
hold 'a section that reaches over code' 1 bad overlap "$unexplained"

# --- a flat image, laid on the segments of the rebuilt program ---
cat > bare.c <<'END'
const char stamp[16] __attribute__ ((section (".stamp"))) = "STAMP-0001";
int value = 5;
int _start (void) { return value + stamp[0]; }
END
gcc -O1 -nostdlib -static -Wl,-z,separate-code,--build-id=none -o bare bare.c && objcopy -O binary bare flat && cp flat bad
poke bad $(($(at flat STAMP-0001) + 9)) 2
policy 'path: ".", range: {section: .stamp, max-size: 16}'
hold 'a section of data in a flat image' 0 bad bare '.accounting.waived == 1'
policy 'path: ".", range: {section: .text, max-size: 1KiB}'
hold 'another section of a flat image' 1 bad bare "$unexplained"
cp flat bad
poke bad $((0x$(readelf -W -S bare | sed -n 's/.* \.text *PROGBITS *\([0-9a-f]*\) .*/\1/p') - 0x$(readelf -W -S bare | sed -n 's/.*PROGBITS *\([0-9a-f]*\) .* A .*/\1/p; s/.*PROGBITS *\([0-9a-f]*\) .* AX .*/\1/p' | sort | head -n 1))) '\314'
hold 'code of a flat image' 1 bad bare "$unexplained"
policy 'path: "."'
hold 'code of a flat image, by the whole file' 1 bad bare "$unexplained"

# A section without bytes in the file says all the same where they would begin: bytes of the next one stand there.
cat > tls.c << 'END'
_Thread_local char zeros[2000];
char command[64] = "/usr/bin/true";
int main (void) { return zeros[0] + command[0]; }
END
gcc -O1 -o tls tls.c
cp tls tls.bad && poke tls.bad "$(at tls /usr/bin/true)" X
policy 'path: ".", range: {section: .tbss, max-size: 4096}'
hold 'a section without bytes in the file' 1 tls.bad tls "$unexplained and any(.policy.notes[]; contains(\"has no bytes in the file\"))"
gcc -O1 -c -fdata-sections -o zero.o -xc - << 'END'
char zeros[2000];
char command[64] = "/usr/bin/true";
END
cp zero.o zero.bad && poke zero.bad "$(at zero.o /usr/bin/true)" X
policy 'path: ".", range: {symbol: zeros}'
hold 'an object without bytes in the file' 1 zero.bad zero.o "$unexplained"

# What the unwinder is told is a program: it computes where a caught exception goes on.
at=$(readelf -W -S good | sed -n 's/.* \.eh_frame *PROGBITS *[0-9a-f]* *\([0-9a-f]*\) .*/\1/p')
policy 'path: ".", range: {section: .eh_frame, max-size: 1MiB}'
twin; poke bad $((0x$at + 40)) '\377'
hold 'what the unwinder goes by' 1 bad good "$unexplained"

# --- files of unknown nature, and texts ---
head -c 4096 /dev/zero | tr '\0' '\245' > good.bin; cp good.bin bad.bin; poke bad.bin 100 x
policy 'path: "."'
hold 'raw bytes may be code' 1 bad.bin good.bin "$unexplained"
policy "path: \".\", allow-code: true, sha256: $(digest bad.bin)"
hold 'raw bytes that the line names by their digest' 0 bad.bin good.bin '.accounting.waived == 1'
mkdir -p a/etc b/etc a/bin b/bin
texts() {
    printf 'build 1 of a product\n' > a/etc/build-info.txt; printf 'build 2 of a product\n' > b/etc/build-info.txt
    printf 'same\n' > a/bin/tool; cp a/bin/tool b/bin/tool
    find a b -type f -exec chmod 644 {} +
    chmod 755 a/bin/tool b/bin/tool
}
# packed: a.tar and b.tar of the two trees
packed() { pack a.tar -C a etc/build-info.txt bin/tool && pack b.tar -C b etc/build-info.txt bin/tool; }
texts; packed
policy 'path: "**/build-info.txt"'
hold 'a text that the line names' 0 b.tar a.tar '.verdict == "waived" and .accounting.waived == 1'
policy 'path: "etc/*"'
hold 'a text by a pattern of files' 1 b.tar a.tar "$unexplained and any(.policy.notes[]; contains(\"too broad\"))"
policy 'path: "**/build-info.txt"'
chmod 755 a/etc/build-info.txt b/etc/build-info.txt; packed
hold 'a text that is executable' 1 b.tar a.tar "$unexplained"
texts; printf '#!/bin/sh -e 1 2 3 4\n' > b/etc/build-info.txt; packed
hold 'a text that names an interpreter' 1 b.tar a.tar "$unexplained"
texts; printf '\357\273\277 #!/bin/sh -e 1 2\n' > b/etc/build-info.txt; packed
hold 'a text that names an interpreter behind a byte-order mark' 1 b.tar a.tar "$unexplained"
texts; printf 'build 22 of a product\n' > b/etc/build-info.txt; packed
hold 'a text of another size' 1 b.tar a.tar '.verdict == "mismatch"'
texts; printf 'build \001 of a product\n' > b/etc/build-info.txt; packed
hold 'a text with a control character' 1 b.tar a.tar "$unexplained"

# --- added files, headers of containers, what is missing ---
texts; cp a/etc/build-info.txt b/etc/; echo evil > b/etc/added; packed
pack b.tar -C b etc/build-info.txt bin/tool etc/added
policy 'path: "**"' 'path: "**", fact: name' 'path: "**", fact: mode' 'path: "**", fact: owner' 'path: "**", fact: group' 'path: "**", fact: mtime'
hold 'an added file under waivers of everything' 1 b.tar a.tar "$unexplained"
pack b.tar -C b etc/build-info.txt etc/build-info.txt bin/tool
hold 'a second entry of one name' 1 b.tar a.tar "$unexplained and any(.facts[]; .fact == \"duplicate-name\" and .class == \"unexplained\")"
policy "path: \"**\", fact: duplicate-name, allow-code: true, sha256: $(digest b/etc/build-info.txt)"
hold 'a second entry of one name, named by its digest' 1 b.tar a.tar 'any(.facts[]; .fact == "duplicate-name" and .class == "unexplained")'
pack b.tar -C b etc/build-info.txt
policy 'path: "**"' 'path: "**", fact: size'
hold 'what is missing' 1 b.tar a.tar '.missing | length == 1'
texts; cp a/etc/build-info.txt b/etc/; packed; printf hidden >> b.tar
hold 'bytes behind the end of an archive' 1 b.tar a.tar "$unexplained"
policy "path: \".\", allow-code: true, sha256: $(digest b.tar)" "path: \".\", fact: size, allow-code: true, sha256: $(digest b.tar)"
hold 'bytes behind the end, with the digest of the archive' 0 b.tar a.tar '.verdict == "waived"'

# --- facts ---
owned() { tar --format=gnu --owner="$2" --group=0 --numeric-owner --mtime=@1700000000 --no-recursion -cf "$1" -C "$3" etc/build-info.txt bin/tool; }
texts; cp a/etc/build-info.txt b/etc/; packed; owned b.tar 7 b
policy 'path: "**", fact: owner'
hold 'an owner, of a text and of a program' 1 b.tar a.tar "$unexplained"' and ([.facts[] | select(.class == "unexplained") | .path + " " + .fact] | sort == ["bin/tool uid", "etc/build-info.txt uid"])
    and any(.policy.notes[]; contains("uid: the value of bin/tool needs"))'
policy "path: bin/tool, fact: owner, allow-code: true, sha256: $(digest b/bin/tool)"
hold 'an owner elsewhere' 1 b.tar a.tar '[.facts[] | select(.class == "unexplained") | .path] == ["etc/build-info.txt"]'
policy "path: bin/tool, fact: owner, allow-code: true, sha256: $(digest b/bin/tool)" "path: etc/build-info.txt, fact: owner, allow-code: true, sha256: $(digest b/etc/build-info.txt)"
hold 'an owner, with the digests of the files' 0 b.tar a.tar '[.facts[] | select(.class == "waived") | .fact] == ["uid", "uid"]'
"$assay" gate report.json --policy waive.policy --trust-report --image b.tar > said.txt 2>&1 || { cat said.txt >&2; fail 'the same at the gate'; }
# the same lines without the digests: no report says so, and one that was made up is not believed
policy 'path: bin/tool, fact: owner' 'path: etc/build-info.txt, fact: owner'
jq -cS --arg sha256 "$(digest waive.policy)" '.policy.sha256 = $sha256' report.json > forged.json
code=0
"$assay" gate forged.json --policy waive.policy --trust-report --image b.tar > said.txt 2>&1 || code=$?
if [ "$code" != 1 ] || ! tr -s ' \n' '  ' < said.txt | grep -qF 'line 4 does not waive what the report says of bin/tool'; then
    cat said.txt >&2
    fail "the gate believes a line for an owner: exit $code"
fi
echo "ok: $name: an owner at the gate, with digests and without"
tar --format=gnu --owner=root:0 --group=root:0 --mtime=@1700000000 --no-recursion -cf named.tar -C a etc/build-info.txt bin/tool
policy 'path: "**", fact: owner' 'path: "**", fact: group' 'path: "**", fact: uid' 'path: "**", fact: gid' 'path: "**", fact: user'
for owner in '--owner=somebody:0 --group=root:0' '--owner=root:7 --group=root:0' '--owner=root:0 --group=root:7' '--owner=root:0 --group=somebody:0'; do
    # shellcheck disable=SC2086 # two options
    tar --format=gnu $owner --mtime=@1700000000 --no-recursion -cf b.tar -C b etc/build-info.txt bin/tool
    hold "owner and group by name and number: $owner" 1 b.tar named.tar '.verdict == "mismatch" and ([.facts[] | select(.class == "waived")] == [])'
done
owned b.tar 0 b; owned owned.tar 7 a
hold 'a file that comes to belong to root' 1 b.tar owned.tar "$unexplained"
# what no file has: directories, devices, attributes. Each is one fact that differs.
python3 - <<'P'
import tarfile
def make(name, uid=0, minor=1, kind=tarfile.CHRTYPE, mode=0o755, capability="", attribute="", time=1):
    with tarfile.open(name, "w", format=tarfile.PAX_FORMAT) as tar:
        def add(path, type, mode, pax={}):
            entry = tarfile.TarInfo(path)
            entry.type, entry.mode, entry.uid, entry.mtime, entry.pax_headers = type, mode, uid, time, pax
            entry.devmajor, entry.devminor = (1, minor) if type in (tarfile.CHRTYPE, tarfile.BLKTYPE) else (0, 0)
            tar.addfile(entry)
        add("sbin", tarfile.DIRTYPE, mode)
        add("mem", kind, 0o600)
        pax = {}
        if capability: pax["SCHILY.xattr.security.capability"] = capability
        if attribute: pax["SCHILY.xattr.user.note"] = attribute
        add("sbin/init", tarfile.REGTYPE, 0o755, pax)
make("e.tar")
make("uid.tar", uid=1000)
make("device.tar", minor=5)
make("type.tar", kind=tarfile.BLKTYPE)
make("mode.tar", mode=0o775)
make("less.tar", mode=0o711)
make("mtime.tar", time=2)
make("few.tar", capability="small", attribute="note")
make("capability.tar", capability="grand", attribute="note")
make("attribute.tar", capability="small", attribute="nota")
P
set --
for fact in owner group uid gid user mode device type link size content pax mtime xattr.security.capability xattr.user.note; do
    set -- "$@" "path: \"**\", fact: $fact"
done
policy "$@" 'path: "**"'
for fact in uid device type mode; do
    hold "of directories and devices, $fact" 1 $fact.tar e.tar ".verdict == \"mismatch\" and any(.facts[]; .fact == \"$fact\" and .class == \"unexplained\") and ([.facts[] | select(.class == \"waived\")] == [])"
done
hold 'an attribute' 1 attribute.tar few.tar "$(fact xattr.user.note unexplained)"
hold 'a capability' 1 capability.tar few.tar "$(fact xattr.security.capability unexplained)"
hold 'a capability that was added' 1 few.tar e.tar "$(fact xattr.security.capability unexplained)"
hold 'a mode of a directory that takes rights away' 0 less.tar e.tar '[.facts[] | select(.class == "waived") | .fact] == ["mode"]'
hold 'times' 0 mtime.tar e.tar
# Who makes a file in such a directory gives it to the directory's group, and without the bit to his own, which then may read it.
for mode in 2771 771 2751; do
    rm -rf group && mkdir -p group/secrets && chmod 755 group && chmod "$mode" group/secrets && pack "$mode.tar" group/secrets
done
hold 'a directory that no longer gives its group' 1 771.tar 2771.tar "$(fact mode unexplained)"
hold 'a directory that still gives its group' 0 2751.tar 2771.tar "$(fact mode waived)"
chmod 755 a/bin/tool b/bin/tool; chmod 600 b/etc/build-info.txt; packed
policy 'path: "**", fact: mode'
hold 'a mode that takes rights away' 0 b.tar a.tar '[.facts[] | select(.class == "waived") | .fact] == ["mode"]'
for mode in 4755 2755 775 757; do
    chmod 644 b/etc/build-info.txt; chmod "$mode" b/bin/tool; packed
    hold "a mode that gives rights, $mode" 1 b.tar a.tar 'any(.facts[]; .fact == "mode" and .class == "unexplained")'
done
policy "path: bin/tool, fact: mode, allow-code: true, sha256: $(digest b/bin/tool)"
hold 'a mode that gives rights, with the digest of the file' 0 b.tar a.tar '.verdict == "waived"'
texts; cp a/etc/build-info.txt b/etc/; rm b/etc/build-info.txt; ln -s /tmp/evil b/etc/build-info.txt; packed
policy 'path: "**", fact: type' 'path: "**", fact: link' 'path: "**", fact: mode' 'path: "**", fact: size' 'path: "**"'
hold 'a link in the place of a file' 1 b.tar a.tar "any(.facts[]; .fact == \"type\" and .class == \"unexplained\")"
rm a/etc/build-info.txt b/etc/build-info.txt; ln -s tool.1 a/etc/build-info.txt; ln -s evil.1 b/etc/build-info.txt; packed
hold 'another target' 1 b.tar a.tar 'any(.facts[]; .fact == "link" and .class == "unexplained")'
policy "path: etc/build-info.txt, fact: link, allow-code: true, sha256: $(printf evil.1 | sha256sum | cut -d ' ' -f 1)"
hold 'another target, with its digest' 0 b.tar a.tar '.verdict == "waived"'

# --- time, and lines that nobody needed ---
policy 'path: ".", range: {section: .stamp, max-size: 16}, expires: 2027-01-01'
twin; poke bad $((stamp + 9)) 2
hold 'a line that expires, without a time' 1 bad good "$unexplained and any(.policy.notes[]; contains(\"no --time\"))"
options='--time 2026-12-31T23:59:59Z'
hold 'a line that has not expired' 0 bad good '.options.time == 1798761599'
options='--time 2027-01-01'
hold 'a line that expires this day' 1 bad good "$unexplained and any(.policy.notes[]; contains(\"it has expired\"))"
options='--time 1798761600'
hold 'a line that expires this second' 1 bad good "$unexplained"
options=''
policy 'path: ".", range: {section: .stamp, max-size: 16}' 'path: nowhere'
hold 'a line that nobody needed is said' 0 bad good 'any(.policy.notes[]; endswith("the waiver of nowhere: nothing needed it"))'
hold 'and with nothing to waive nothing is' 0 good good '.verdict == "identical" and (.policy.notes | length == 2) and .policy.used == []'

# --- what could not be judged is not waived ---
head -c 30000000 /dev/zero | gzip -9 > bomb.gz; head -c 29999999 /dev/zero | gzip -9 > other.gz
policy 'path: "**"' "path: \".\", allow-code: true, sha256: $(digest bomb.gz)"
options='--limit total-bytes=1000000'
hold 'undecided bytes' 2 bomb.gz other.gz '.verdict == "undecided"'

# What a system runs is more than what the file marks: whole pages of a segment with code, and all of a program that says
# nothing of its stack, or that this holds code.
# stack MARK CODE STORY
stack() {
    printf '%s\n' '.data' '.globl hook' '.type hook, @object' 'hook: .ascii "STAMPED AT SOME."' '.size hook, 16' \
        '.text' '.globl _start' '_start: ret' "$1" > stack.s
    gcc -c -o stack.o stack.s && ld -z separate-code --build-id=none -o stack stack.o 2> /dev/null
    cp stack bad
    poke bad "$(at bad 'STAMPED AT')" X
    policy 'path: ".", range: {symbol: hook}'
    hold "$3" "$2" bad stack
}
stack '.section .note.GNU-stack, "", @progbits' 0 'data of a program whose stack holds no code'
stack '' 1 'data of a program that says nothing of its stack'
stack '.section .note.GNU-stack, "x", @progbits' 1 'data of a program whose stack holds code'

# A text whose file has another entry, by which it is run: a hard link in a tar, one inode in a cpio.
for mode in 644 755; do
    for side in good evil; do
        rm -rf linked && mkdir linked
        echo "echo $side" > linked/r.txt
        chmod 644 linked/r.txt
        ln linked/r.txt linked/bin
        (cd linked && tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@1000 -cf "../$side.tar" r.txt bin)
        # a tar takes the mode of each entry from the file: that of the link is written over, and its sum
        python3 - "$side.tar" "$mode" <<'X'
import sys
path, mode = sys.argv[1:]
image = bytearray(open(path, 'rb').read())
image[1024 + 100:1024 + 108] = b'0000' + mode.encode() + b'\0'
image[1024 + 148:1024 + 156] = b' ' * 8
image[1024 + 148:1024 + 156] = b'%06o\0 ' % sum(image[1024:1536])
open(path, 'wb').write(image)
X
    done
    policy 'path: "r.txt"'
    case $mode in
    644) hold 'a text with another name' 0 evil.tar good.tar ;;
    755) hold 'a text with another name, by which it is run' 1 evil.tar good.tar "$unexplained" ;;
    esac
done

# So it is where an access control list lets somebody run it.
for right in r-- r-x; do
    for side in good evil; do
        python3 - "$side" "$right" <<'X'
import io, sys, tarfile
side, right = sys.argv[1:]
text = b'echo ' + side.encode() + b'\n'
info = tarfile.TarInfo('r.txt')
info.size = len(text)
info.pax_headers = {'SCHILY.acl.access': 'user::rw-,user:1000:%s,group::r--,mask::%s,other::r--' % (right, right)}
with tarfile.open(side + '.tar', 'w', format=tarfile.PAX_FORMAT) as archive:
    archive.addfile(info, io.BytesIO(text))
X
    done
    case $right in
    r--) hold 'a text with a list of who may read it' 0 evil.tar good.tar ;;
    r-x) hold 'a text with a list of who may run it' 1 evil.tar good.tar "$unexplained" ;;
    esac
done

# How something is compressed is waived by the digest of the stream: by that of its content any stream of it would pass, of
# which another reader may make something else.
if command -v zstd > /dev/null; then
    seq 1 3000 > content && zstd -q -19 -c content > good.zst
    # of one block that is not packed, which libzstd does not make
    python3 - <<'X'
data = open('content', 'rb').read()
for name, cut in (('vendor', 9000), ('evil', 5000)):
    parts = [data[:cut], data[cut:]]
    open(name + '.zst', 'wb').write(b'\x28\xb5\x2f\xfd\x00\x20' + b''.join(
        (len(part) << 3 | (part is parts[-1])).to_bytes(3, 'little') + part for part in parts))
X
    recompressed='any(.facts[]; .fact == "recompressed" and .class == "unexplained")'
    for file in content vendor.zst; do
        policy "path: \"#zstd\", fact: recompressed, allow-code: true, sha256: $(sha256sum < $file | cut -c 1-64)"
        case $file in
        content)    hold 'a stream, by the digest of its content' 1 vendor.zst good.zst "$recompressed" ;;
        vendor.zst) hold 'a stream, by its own digest' 0 vendor.zst good.zst '.verdict == "waived"'
                    "$assay" gate report.json --policy waive.policy --trust-report --image vendor.zst > said.txt 2>&1 \
                        || { cat said.txt >&2; fail 'a stream, by its own digest, at the gate'; }
                    hold 'another stream of that content' 1 evil.zst good.zst "$recompressed" ;;
        esac
    done
fi
