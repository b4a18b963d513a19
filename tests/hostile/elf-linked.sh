#!/bin/sh
# The same attacks on programs that a real compiler and linker made for each machine: what a maker of ours leaves out, a
# linker puts in.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in clang ld.lld; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
cat > program.c <<'C'
extern int other (int);
int (*table[]) (int) = { other, other, other };
static const char text[] = "constant text that the program holds";
int data[40] = { 1, 2, 3 };
const char *pointer = text;
__attribute__ ((constructor, noinline)) static void begin (void) { data[3] = 7; }
__attribute__ ((noinline)) int work (int x) { return table[x % 3](x) + data[x & 31] + pointer[x & 7]; }
int _start (int x) { return work (x) + other (x); }
C
printf 'int other (int x) { return x + 3; }\n' > library.c
printf 'V1 { other; };\n' > versions

# link TRIPLE OPTION...: good, a program of that machine, with a library of its own
link() {
    triple=$1
    shift
    {
        clang --target="$triple" "$@" -O1 -ffreestanding -fPIC -fno-stack-protector -c program.c library.c
        ld.lld -shared --version-script=versions --soname=libother.so -o libother.so library.o
        ld.lld -pie -z separate-code --pack-dyn-relocs=relr --hash-style=sysv --build-id=sha1 \
            -dynamic-linker /lib/ld-test.so.1 -rpath /opt/lib -e _start -o good program.o libother.so
    } > said.txt 2>&1 || { cat said.txt >&2; fail "$triple: the compiler or linker failed"; }
}

# Each machine has its own relocations, GOT and PLT; without ASSAY_ALL=1 four of them, among them both classes and orders.
machines='armv7-linux-gnueabi aarch64-linux-gnu mips-linux-gnu mipsel-linux-gnu mips64-linux-gnuabi64 mips64el-linux-gnuabi64
    powerpc-linux-gnu powerpc64-linux-gnu powerpc64le-linux-gnu riscv32-linux-gnu riscv64-linux-gnu i386-linux-gnu x86_64-linux-gnu'
[ "${ASSAY_ALL:-0}" = 1 ] || machines='armv7-linux-gnueabi mips-linux-gnu powerpc64-linux-gnu x86_64-linux-gnu'
for machine in $machines; do
    case $machine in
    powerpc64-*) link "$machine" -mabi=elfv2 ;;
    riscv*) link "$machine" -mno-relax ;;
    *) link "$machine" ;;
    esac
    for family in elf-dynamic elf-code; do
        attack "$family" good "$machine" alone
    done
    case $machine in
    mips-* | aarch64-*)
        for family in elf-headers elf-bytes; do
            attack "$family" good "$machine"
        done
        ;;
    esac
done
