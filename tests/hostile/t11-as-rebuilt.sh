#!/bin/sh
# T11: a signature that the rebuild has as well is over the rebuild's bytes. Where what it stands for differs, though a rule
# explains that, it holds no longer, and a device that checks it takes another way.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in ar mkimage openssl gzip dtc; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
seq 1 900 > data
# part TIME: a stream whose header says that time, which is explained
part() { touch -d "@$1" data && gzip -c data > part.gz; }

# beside NAME CONTENT: an archive of the part and of a file beside it; leaves `good` and `shipped`
beside() {
    printf '%b' "$2" > "$1"
    for side in good shipped; do
        case $side in good) part 1600000000 ;; *) part 1700000000 ;; esac
        pack $side part.gz "$1"
    done
    rm "$1"
}
beside other.sig signature
judge 'a signature of another file' 0 shipped good '.verdict == "equivalent"'
for suffix in gz.sig gz.asc gz.p7s gz.minisig gz.rsa gz.PGP gz.sha256.sig sig; do
    beside "part.$suffix" signature
    judge "part.$suffix beside a part of another time" 1 shipped good "$(fact mtime unexplained)"
done
beside tree 'verity\0\0\1\0\0\0and so on'
judge 'a table of dm-verity beside it' 1 shipped good "$(fact mtime unexplained)"
beside tree 'veritable'
judge 'what begins otherwise' 0 shipped good

# member NAME: of a package, beside its files
member() {
    echo 2.0 > debian-binary
    printf 'Package: x\n' > control && pack control.tar control && gzip -nf control.tar
    printf x > "$1"
    for side in good shipped; do
        pack data.tar data && rm -f data.tar.gz
        case $side in good) touch -d @1600000000 data.tar ;; *) touch -d @1700000000 data.tar ;; esac
        gzip -f data.tar
        rm -f $side && ar rcSD $side debian-binary control.tar.gz data.tar.gz "$1"
    done
}
member _gpgorigin
judge 'a package that is signed in itself' 1 shipped good "$(fact mtime unexplained)"

openssl genrsa -out dev.key 2048 2> /dev/null
openssl req -batch -new -x509 -key dev.key -subj /CN=dev -out dev.crt
# tree: a FIT with the part as its RAM disk, signed by the same key on both sides
cat > x.its <<'END'
/dts-v1/;
/ {
    description = "t";
    images {
        kernel { description = "k"; data = /incbin/("data"); type = "kernel"; arch = "arm"; os = "linux"; compression = "none";
            load = <0x80000>; entry = <0x80000>; hash-1 { algo = "sha256"; }; };
        ramdisk { description = "r"; data = /incbin/("part.gz"); type = "ramdisk"; arch = "arm"; os = "linux"; compression = "none";
            hash-1 { algo = "sha256"; }; };
    };
    configurations {
        default = "c";
        c { kernel = "kernel"; ramdisk = "ramdisk";
            signature-1 { algo = "sha256,rsa2048"; key-name-hint = "dev"; sign-images = "kernel", "ramdisk"; }; };
    };
};
END
# fit FILE TIME [KEYS]
fit() {
    part "$2"
    SOURCE_DATE_EPOCH=1600000000 mkimage -f x.its ${3:+-k "$3"} "$1" > log 2>&1 || fail "mkimage: $(cat log)"
}
# U-Boot's signature covers the root node, with the time in it
for keys in '' .; do
    fit good 1600000000 $keys
    cp good shipped
    poke shipped $(($(LC_ALL=C grep -obUaP '\x5f\x5e\x10\x00' good | head -n 1 | cut -d: -f1) + 2)) '\021'
    if [ -z "$keys" ]; then judge 'another time of a FIT' 0 shipped good "$(fact mtime explained)"
    else judge 'another time of a FIT that is signed' 1 shipped good; fi
done
