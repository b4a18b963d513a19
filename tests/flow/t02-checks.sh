#!/bin/sh
# T2: where no rebuild makes the container around a scope, what decides whether readers come to what is in it must be right by
# itself: hashes of a FIT, versions that entries of a zip need.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/flow/scoped.sh
. "$(dirname "$0")/scoped.sh"
begin t02-checks jq bwrap python3 mkimage dtc fdtput
make_tools cat

mkdir -m 755 source && seq 1 500 > source/app
source=$(tree_digest source)
recipe app
# zip FILE ENTRY VERSION
zip() {
    python3 - "$@" <<'X'
import sys, zipfile
out, entry, version = sys.argv[1:]
with zipfile.ZipFile(out, 'w') as archive:
    for name in ('app', 'note'):
        info = zipfile.ZipInfo(name)
        if name == entry:
            info.extract_version = int(version)
        archive.writestr(info, open('source/app', 'rb').read() if name == 'app' else 'text')
X
}
for entry in app note; do
    for version in 20 45 46 62; do
        zip image.zip $entry $version
        run "an entry $entry that needs version $version" verify image.zip --recipe x.recipe --scope app --report report.json
        if [ $version -le 45 ]; then ends 0; else ends 1 && unexplained version-needed; fi
        ok "$what"
    done
done

cat > boot.its <<'X'
/dts-v1/;
/ { description = "f"; #address-cells = <1>;
    images {
        kernel { description = "k"; data = /incbin/("source/app"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "none"; load = <0x80000>; entry = <0x80000>; hash-1 { algo = "sha256"; }; };
        tree { description = "t"; data = "tree"; type = "flat_dt"; arch = "arm64"; compression = "none"; hash-1 { algo = "sha256"; }; };
    };
    configurations { default = "c1"; c1 { kernel = "kernel"; fdt = "tree"; }; }; };
X
SOURCE_DATE_EPOCH=1700000000 mkimage -q -f boot.its good.fit > /dev/null 2>&1 || fail 'mkimage'
recipe kernel
run 'inspect' inspect good.fit --format json
facts=$(jq -c '[.. | objects | select(.path? == "kernel") | .facts] | first' out)
recipe kernel 'entries:' "  - {at: kernel, facts: $facts}"
pinned kernel
run 'a FIT of which all hashes are right' verify good.fit --recipe x.recipe --policy x.policy --report report.json
ends 0
ok "$what"
cp good.fit bad.fit && fdtput -t x bad.fit /images/tree/hash-1 value 1 2 3 4 5 6 7 8
run 'a wrong hash beside the scope' verify bad.fit --recipe x.recipe --policy x.policy --report report.json
ends 1
unexplained hash-1/wrong
ok "$what"
cp good.fit bad.fit && fdtput -t x bad.fit /images/kernel/hash-1 value 1 2 3 4 5 6 7 8
run 'a wrong hash of what is in scope' verify bad.fit --recipe x.recipe --policy x.policy --report report.json
ends 1
holds 'any(.facts[]; .fact == "hash-1/wrong" and .class == "unexplained")'
ok "$what"
