#!/bin/sh
# T6, T7: bytes that are run or read as they are may be a well-formed container beside that. What is read as a container has
# a name of one: its kind's. Under any other name its times, and how it is packed, are content.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
for tool in cpio mkimage mksquashfs mke2fs xorriso zip dtc sfdisk; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
export TZ=UTC LC_ALL=C.UTF-8
id=11111111-2222-3333-4444-555555555555
cat > its <<'X'
/dts-v1/;
/ {
    description = "test"; #address-cells = <1>;
    images { ramdisk { description = "r"; data = /incbin/("one.gz"); type = "ramdisk"; arch = "arm64"; os = "linux"; compression = "none"; hash-1 { algo = "sha256"; }; }; };
    configurations { default = "c"; c { ramdisk = "ramdisk"; }; };
};
X
mkdir tree && printf 'file\n' > tree/one && gzip -nc tree/one > one.gz
for side in good shipped; do
    case $side in good) time=1600000000 ;; *) time=1700000000 ;; esac
    touch -d "@$time" tree/one tree
    mksquashfs tree "$side.squashfs" -noappend -quiet -no-progress -all-root -mkfs-time "$time" > log 2>&1 || fail "mksquashfs: $(cat log)"
    SOURCE_DATE_EPOCH=$time mkimage -A arm -O linux -T ramdisk -C none -n name -d one.gz "$side.uboot" > log 2>&1 || fail "mkimage: $(cat log)"
    SOURCE_DATE_EPOCH=$time mkimage -f its "$side.fit" > log 2>&1 || fail "mkimage: $(cat log)"
    E2FSPROGS_FAKE_TIME=$time mke2fs -q -t ext4 -E root_owner=0:0,hash_seed=$id -U $id -d tree "$side.ext" 512k > log 2>&1 || fail "mke2fs: $(cat log)"
    SOURCE_DATE_EPOCH=$time xorriso -as mkisofs -R -V LABEL -o "$side.iso" --set_all_file_dates "=$time" --modification-date=2020010100000000 tree > log 2>&1 || fail "xorriso: $(cat log)"
    (cd tree && printf 'one\n' | cpio --quiet -o -H newc --reproducible) > "$side.cpio"
    tar --format=ustar --owner=0 --group=0 -cf "$side.tar" -C tree one
    (cd tree && zip -qX "../$side.zip" one)
    gzip < tree/one > "$side.gz"
    gzip -n < "$side.tar" > "$side.tgz"
    gzip -n < "$side.cpio" > "$side.cpio.gz"
done

# Only the time of the container in it differs, never that of the entry.
# named KIND CODE NAME...: files of these names, in one tar for each code
named() {
    named_kind=$1 named_code=$2
    shift 2
    for file; do
        for side in good shipped; do
            rm -rf "in.$side" && mkdir -p "$(dirname "in.$side/$file")" && cp "$side.$named_kind" "in.$side/$file"
            find "in.$side" -exec touch -d @1500000000 {} +
            tar --format=ustar --sort=name --owner=0 --group=0 --mode=a-x,a+X -cf "in.$side.tar" -C "in.$side" "${file%%/*}"
        done
        said=true
        [ "$named_code" = 0 ] || said="any(.reasons[]; contains(\"(blobs)\"))"
        judge "a $named_kind called $file" "$named_code" in.shipped.tar in.good.tar "$said"
    done
}

named squashfs 1 u-boot.bin bl2.img core.img coreboot.rom kernel8.img fw.hex etc/profile
named squashfs 0 rootfs.squashfs data.img root rootfs.bin lib/app.snap portable.raw LIVE.SQU rootfs.squashfs.old
named uboot 1 u-boot.bin kernel.img spl.rom boot.conf
named uboot 0 uInitrd boot/initrd.uimage uImage.bin kernel
named fit 1 u-boot.bin core.img fw.hex
named fit 0 u-boot.itb fitImage u-boot.img image.ub
named ext 1 u-boot.bin core.img idbloader.img bios.rom
named ext 0 rootfs.ext4 data.img root
named iso 1 bl31.bin boot.img core.img
named iso 0 live.iso disk.img
named cpio 1 u-boot.itb fw.hex ucode.bin lib/table.dtb Image
named cpio 0 initrd.img-6.1.0-13-amd64 amd-ucode.img initramfs-linux.img rootfs.cpio update.swu
named gz 1 etc/x.gz etc/default/rootfs.gz opt/etc/deep/x.gz usr/share/certs/x.gz ifcfg-old.gz macros.doc.gz
named gz 0 etcetera/x.gz usr/share/ifcfg.gz lib/macros/x.gz
named tar 1 u-boot.itb fw.hex etc/hotplug.d/iface/more.tar etc/profile.d/x.tar etc/uci-defaults/x.tar table.zip
named tar 0 more.tar usr/lib/a.gem usr/share/profile/x.tar
named zip 1 u-boot.itb ucode.bin fw.tar
named zip 0 app.jar a.docx p.whl
named gz 1 Image kernel.img zImage.bin fw.hex etc/init.d/x.gz
named gz 0 Image.gz initrd.img vmlinuz vmlinuz-6.1 doc/changelog.gz
named tgz 1 Image x.zip
named tgz 0 x.tar.gz x.tgz x.ipk
named cpio.gz 1 Image.gz u-boot.bin.gz lib/firmware/chip.gz profile.gz table.dat.gz
named cpio.gz 0 initrd.gz initramfs.cpio.gz core.gz lib/more/chip.gz

# What a policy grants of such a file
named tar 1 fw.hex
cat > grant.policy <<X
policy: 1
require: {verdict: waived, expected: path}
blobs: [{path: fw.hex, sha256: $(sha256sum < shipped.tar | cut -d' ' -f1), reason: "nobody but the updater reads it"}]
waive: [{path: "fw.hex//**", fact: mtime, reason: "times", owner: me}]
X
granting='--policy grant.policy'
judge 'a file that a policy accepts' 0 in.shipped.tar in.good.tar '.verdict == "waived"'
granting=

# A partition is read by its type, and of those that many boards have for everything by its name.
# part STORY CODE LABEL PARTITION KIND: FORMAT of sfdisk's lines
part() {
    for side in good shipped; do
        rm -f "$side.disk" && truncate -s 4M "$side.disk"
        printf 'label: %s\nlabel-id: %s\nstart=64, size=4096, %s\n' "$3" "$label" "$4" | LC_ALL=C.UTF-8 sfdisk -q --no-tell-kernel "$side.disk" > log 2>&1 || fail "sfdisk: $(cat log)"
        dd if="$side.$5" of="$side.disk" bs=512 seek=64 conv=notrunc 2> /dev/null
    done
    judge "a $5 in $1" "$2" shipped.disk good.disk
}
label=$id linux=type=0FC63DAF-8483-4772-8E79-3D69D8477DE4,uuid=$id
for kind in squashfs ext iso; do
    part 'a partition that a BIOS runs' 1 gpt "type=21686148-6449-6E6F-744E-656564454649, uuid=$id" $kind
    part 'a partition of PReP' 1 gpt "type=9E1A2D38-C612-4316-AA26-8B49521E5A8B, uuid=$id" $kind
    part 'a partition for files' 0 gpt "$linux, name=rootfs" $kind
    part 'a partition called as a loader' 1 gpt "$linux, name=u-boot" $kind
    part 'a partition called as a first loader' 1 gpt "$linux, name=loader1" $kind
done
# U-Boot takes the lower bytes of a name
part 'a partition that U-Boot calls a loader' 1 gpt "$linux, name=$(printf '\305\265')-boot" squashfs
part 'a partition that U-Boot calls something else' 0 gpt "$linux, name=$(printf '\305\265')-data" squashfs
part 'a partition called as U-Boot' 0 gpt "$linux, name=uboot" fit
part 'a partition called as a first loader' 1 gpt "$linux, name=bl2" fit
label=0x11111111
part 'a partition of PReP, by an MBR' 1 dos type=41 squashfs
part "a partition of U-Boot's SPL" 1 dos type=a2 squashfs
part 'a partition for files, by an MBR' 0 dos type=83 squashfs
