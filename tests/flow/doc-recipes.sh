#!/bin/sh
# The recipes of doc/recipe.md that are marked. Make, CMake: they rebuild a small program as the page says; what the vendor
# built elsewhere by hand passes, and with another constant in the source it does not. Linux: the same with a tree of a few
# files that has the targets of a kernel. Buildroot, Yocto: they are read and pinned.
#
#   sh doc-recipes.sh      from the environment: ASSAY, see tests/flow/lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin doc-recipes gcc make cmake objcopy tar xz jq bwrap

# block NAME: the YAML behind the mark `<!-- run: NAME -->` of the page
block() {
    awk -v mark="<!-- run: $1 -->" '$0 == mark { found = 1; next } found && /^```$/ { exit } found && !/^```/' "$top/doc/recipe.md"
}

# source CONSTANT: the archive that was licensed
source_of() {
    rm -rf meter-3.1
    mkdir meter-3.1
    printf '#include <stdio.h>\nint main (int argc, char **argv)\n{\n  printf ("%%s: %%d\\n", __FILE__, argc * %d);\n  return argv == 0;\n}\n' \
        "$1" > meter-3.1/meter.c
    cat > meter-3.1/Makefile <<'END'
CFLAGS = -O2
meter: meter.c
	$(CC) $(CFLAGS) -o $@ $<
install: meter
	install -D -m 0755 meter $(DESTDIR)$(prefix)/bin/meter
END
    cat > meter-3.1/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.18)
project(meter C)
add_executable(meter meter.c)
install(TARGETS meter)
END
    tar -cJf "$2" meter-3.1
}

# vendor KIND: what the vendor ships, built from $work/meter-3.1 in another directory, at another time
vendor() {
    rm -rf shipped packed elsewhere
    cp -R meter-3.1 elsewhere
    case $1 in
        make)
            make -C elsewhere -s CFLAGS="-O2 -g -ffile-prefix-map=$work/elsewhere=."
            mkdir -p packed/usr/bin
            cp elsewhere/meter packed/usr/bin/meter
            tar --sort=name --owner=root:0 --group=root:0 --numeric-owner -C packed -cf shipped usr ;;
        cmake)
            cmake -S elsewhere -B elsewhere/out -DCMAKE_BUILD_TYPE=RelWithDebInfo \
                -DCMAKE_C_FLAGS="-ffile-prefix-map=$work/elsewhere=." > log
            cmake --build elsewhere/out > log
            strip --strip-all -o shipped elsewhere/out/meter ;;
    esac
}

for kind in make cmake; do
    block "$kind" > "$kind.recipe"
    grep -q '^recipe: 1' "$kind.recipe" || fail "doc/recipe.md has no recipe that is marked run: $kind"
    source_of 3 meter-3.1.tar.xz
    vendor "$kind"
    run "pins the recipe for $kind" pin "$kind.recipe"
    ends 0
    run "what the recipe for $kind makes" verify shipped --recipe "$kind.recipe" --report report.json --quiet --no-cache
    [ "$code" != 2 ] || ! grep -q 'user namespace' err || skip 'no sandbox here'
    ends 0
    # what was licensed stays meter-3.1.tar.xz
    source_of 4 other.tar.xz
    vendor "$kind"
    run "another constant than the one in the source, by the recipe for $kind" verify shipped --recipe "$kind.recipe" --report report.json \
        --quiet --no-cache
    ends 1
    holds '[.findings[] | select(.class == "unexplained")] | length > 0 and all(.path == "." or .path == "usr/bin/meter")'
    holds '[.findings[].source.file // empty] | any(endswith("meter.c"))'
    ok "the recipe for $kind passes on what the vendor built, and finds another constant by its source line"
done

# --- read and pinned ---
tiny() { mkdir -p tiny/tiny && echo "$1" > tiny/tiny/file && tar -caf "$1" -C tiny tiny; }
for kind in buildroot yocto; do
    block "$kind" > "$kind.recipe"
    grep -q '^recipe: 1' "$kind.recipe" || fail "doc/recipe.md has no recipe that is marked run: $kind"
    sed -n 's/.*{archive: \([^,}]*\).*/\1/p' "$kind.recipe" | while read -r archive; do tiny "$archive"; done
    sed -n 's/.*{path: \([^,}]*\).*/\1/p' "$kind.recipe" | while read -r directory; do mkdir "$directory" && echo source > "$directory/file"; done
    run "the recipe for $kind" pin "$kind.recipe"
    ends 0
    [ "$(grep -c 'sha256: [0-9a-f]\{64\}' "$kind.recipe")" = "$(grep -cE '\{(archive|path): ' "$kind.recipe")" ] || shown 'a digest is missing'
    cp "$kind.recipe" again.recipe
    run "the recipe for $kind, pinned" pin again.recipe
    ends 0
    cmp "$kind.recipe" again.recipe || shown 'pinned twice it is another'
    ok "the recipe for $kind is read, and pinned"
done

# --- a kernel in miniature ---
for tool in gcc objcopy nm strip; do
    command -v aarch64-linux-gnu-$tool > /dev/null || skip "aarch64-linux-gnu-$tool is not installed, so that no kernel is built; all else holds"
done
# kernel CONSTANT: the archives that were licensed
kernel() {
    rm -rf linux-6.1.140 config
    mkdir -p linux-6.1.140/init linux-6.1.140/drivers config/gateway-kernel-config
    cat > linux-6.1.140/Makefile <<'END'
CC = $(CROSS_COMPILE)gcc
KBUILD_CFLAGS = -O2 -g -ffreestanding -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -ffile-prefix-map=$(CURDIR)=.
include/version.h: .config
	mkdir -p include
	echo '#define BANNER "Linux version 6.1.140 ($(KBUILD_BUILD_USER)@$(KBUILD_BUILD_HOST)) #$(KBUILD_BUILD_VERSION) $(KBUILD_BUILD_TIMESTAMP)"' > $@
olddefconfig: .config
	grep -q '^CONFIG_GATEWAY=y' .config
init/main.o: init/main.c include/version.h
	$(CC) $(KBUILD_CFLAGS) -Iinclude -c -o $@ $<
vmlinux: init/main.o
	$(CROSS_COMPILE)ld -e start_kernel -Ttext=0x80000 --build-id=none -o $@ $<
Image: vmlinux
	mkdir -p arch/$(ARCH)/boot
	$(CROSS_COMPILE)objcopy -O binary vmlinux arch/$(ARCH)/boot/Image
drivers/gateway.ko: drivers/gateway.c
	$(CC) $(KBUILD_CFLAGS) -c -o drivers/gateway.o $<
	$(CROSS_COMPILE)ld -r -o $@ drivers/gateway.o
modules: drivers/gateway.ko
modules_install:
	install -D -m 0644 drivers/gateway.ko $(INSTALL_MOD_PATH)/lib/modules/6.1.140/gateway.ko
	test -z "$(INSTALL_MOD_STRIP)" || $(CROSS_COMPILE)strip --strip-debug $(INSTALL_MOD_PATH)/lib/modules/6.1.140/gateway.ko
.PHONY: olddefconfig Image modules modules_install
END
    cat > linux-6.1.140/init/main.c <<END
#include "version.h"
const char linux_banner[] = BANNER;
int start_kernel (int x) { for (int i = 0; linux_banner[i]; i++) x = x * $1 + linux_banner[i]; return x; }
END
    echo 'int gateway_probe (int x) { return x * 7 + (x ^ 1234); }' > linux-6.1.140/drivers/gateway.c
    echo 'CONFIG_GATEWAY=y' > config/gateway-kernel-config/config
}
# built TIMESTAMP: what the vendor ships, of these, in another directory
built() {
    rm -rf elsewhere packed
    cp -R linux-6.1.140 elsewhere && cp config/gateway-kernel-config/config elsewhere/.config
    mkdir packed
    make -s -C elsewhere ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- KBUILD_BUILD_USER=jenkins KBUILD_BUILD_HOST=build-7 \
        KBUILD_BUILD_VERSION=1 KBUILD_BUILD_TIMESTAMP="$1" olddefconfig Image modules
    make -s -C elsewhere ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- INSTALL_MOD_PATH="$work/packed" INSTALL_MOD_STRIP=1 modules_install
    gzip -9nc elsewhere/arch/arm64/boot/Image > kernel@1
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1 -cf rootfs -C packed lib
    tar --owner=0 --group=0 --numeric-owner --mtime=@1 -cf shipped kernel@1 rootfs
}
# kernels are built with what this machine has: the page's toolchain is one of Debian packages
block kernel | sed '/^toolchain:/,/^  - /d' > kernel.recipe
grep -q '^recipe: 1' kernel.recipe || fail 'doc/recipe.md has no recipe that is marked run: kernel'
when=$(sed -n 's/.*KBUILD_BUILD_TIMESTAMP: "\(.*\)"/\1/p' kernel.recipe)
kernel 31
tar -cJf linux-6.1.140.tar.xz linux-6.1.140 && tar -cJf gateway-kernel-config-6.1.140.tar.xz -C config gateway-kernel-config
run 'pins the recipe for Linux' pin kernel.recipe
ends 0
cat > kernel.policy <<END
policy: 1
pin: {recipe: [$(digest kernel.recipe)]}
scope: ["kernel@1//**", "rootfs//lib/**/*.ko"]
require: {verdict: waived}
waive: [{path: "rootfs//lib/modules/**", fact: mtime, reason: packed at another time, owner: kernel@operator.example}]
END
judged() { run "$1" verify shipped --recipe kernel.recipe --policy kernel.policy --report report.json --quiet --no-cache; }
built "$when"
judged 'what the recipe for Linux makes'
ends 0
holds '[.files[] | select(.path == "kernel@1//#gzip" or (.path | endswith("gateway.ko"))) | .verdict] == ["identical", "waived"]'
built 'Fri Oct 10 08:53:20 UTC 2025'
judged 'a kernel of another day'
ends 1
holds '[.findings[] | select(.class == "unexplained") | .path] | unique == ["kernel@1//#gzip"]'
kernel 33
built "$when"
judged 'a kernel with another constant'
ends 1
holds '[.findings[] | select(.class == "unexplained") | .function] | any(. == "start_kernel")'
ok 'the recipe for Linux passes on what the vendor built, and finds another day and another constant'
