#!/bin/sh
# T9: strip(1) takes symbols and sections away and gives the others new numbers. Whatever speaks of them by number has to
# follow: with its old numbers a table binds a call to another function.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in gcc ld strip python3; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done

# An object whose many symbols behind those of its debug sections have other numbers once these are gone, with a section
# `.second` of one record that is made what a case needs.
python3 - << 'P'
with open('module.c', 'w') as out:
    names = [f'f{i:02}' for i in range(40)]
    out.writelines(f'extern int {name} (void);\n' for name in names)
    out.write('int patch (void) { return 0' + ''.join(f' + {name} ()' for name in names) + '; }\n')
P
printf '%s\n' '.section .second,"",@progbits' '.quad 0,0,0' '.section .got.plt,"aw",@progbits' '.quad 0,0,0' > second.s
gcc -g -O1 -fno-pic -fcf-protection=none -c module.c -o first.o
gcc -c second.s -o second.o
ld -r -o plain.o first.o second.o 2> /dev/null
[ "$(readelf -hW plain.o | sed -n 's/^ *Machine: *//p')" = 'Advanced Micro Devices X86-64' ] || { echo 'SKIP: for x86-64'; exit 77; }
# edit.py FROM TO KEY=VALUE…: the header of `.second`; a value that begins with a dot is the number of this section.
# relocation=NAME fills it with a call of that function; bytes=FILE with those that another file has there.
cat > edit.py << 'P'
import struct, sys
FIELDS = ['name', 'type', 'flags', 'addr', 'offset', 'size', 'link', 'info', 'align', 'entsize']

def sections(data):
    table, = struct.unpack_from('<Q', data, 40)
    count, names = struct.unpack_from('<HH', data, 60)
    rows = [list(struct.unpack_from('<IIQQQQIIQQ', data, table + 64 * i)) for i in range(count)]
    def text(offset):
        return bytes(data[offset:data.index(b'\0', offset)]).decode()
    return {text(rows[names][4] + row[0]): (i, row, table + 64 * i) for i, row in enumerate(rows)}, text

source, target, *changes = sys.argv[1:]
data = bytearray(open(source, 'rb').read())
found, text = sections(data)
index, row, place = found['.second']
for key, value in (change.split('=', 1) for change in changes):
    if key == 'relocation':
        symbols, names = found['.symtab'][1], found['.strtab'][1]
        number = next(i for i in range(symbols[5] // 24)
                      if text(names[4] + struct.unpack_from('<I', data, symbols[4] + 24 * i)[0]) == value)
        struct.pack_into('<QQq', data, row[4], 5, number << 32 | 2, -4)
    elif key == 'bytes':
        other = open(value, 'rb').read()
        begin = sections(other)[0]['.second'][1][4]
        data[row[4]:row[4] + row[5]] = other[begin:begin + row[5]]
    else:
        row[FIELDS.index(key)] = found[value][0] if value.startswith('.') else int(value, 0)
struct.pack_into('<IIQQQQIIQQ', data, place, *row)
open(target, 'wb').write(data)
P
edit() { python3 edit.py "$@"; }
# bound FILE: the function that the record of `.second` calls
bound() { readelf -rW "$1" | sed -n '/[.]second/,/^$/p' | awk '/R_X86_64/ { print $5 }'; }

# --- a second table of relocations of one section, as modules that patch a running kernel have ---
# SHF_INFO_LINK; SHF_ALLOC; both with SHF_RELA_LIVEPATCH
for flags in 0x40 0x2 0x100042; do
    edit plain.o whole.o type=4 flags=$flags link=.symtab info=.text align=8 entsize=24 relocation=f07
    passed=
    for tool in 'strip -g' 'strip --strip-unneeded' 'eu-strip -g' 'llvm-strip -g'; do
        # some refuse such a table, or leave its numbers
        command -v "${tool%% *}" > /dev/null || continue
        $tool whole.o -o honest.o 2> /dev/null || continue
        [ "$(bound honest.o)" = f07 ] || { judge "$flags: $tool, which binds another function" 1 honest.o whole.o; continue; }
        judge "$flags: $tool" 0 honest.o whole.o '.verdict == "equivalent"'
        edit honest.o shipped.o bytes=whole.o
        [ "$(bound shipped.o)" != f07 ] || fail "$flags: $tool: the old number is the new one"
        judge "$flags: $tool: old numbers" 1 shipped.o whole.o
        edit honest.o shipped.o relocation=f08
        judge "$flags: $tool: another function" 1 shipped.o whole.o
        edit honest.o shipped.o info=.got.plt
        judge "$flags: $tool: applied to another section" 1 shipped.o whole.o
        edit honest.o shipped.o link=0
        judge "$flags: $tool: of no symbols" 1 shipped.o whole.o
        passed="$passed $tool,"
    done
    [ -n "$passed" ] || fail "$flags: no tool strips it"
    echo "$flags:$passed"
done

# --- other sections that hold the same bytes before and after ---
strip -g plain.o -o stripped.o
judge 'a section that speaks of nothing' 0 stripped.o plain.o '.verdict == "equivalent"'
# SHT_CREL, SHT_LOOS + 4, SHT_LLVM_CALL_GRAPH_PROFILE, SHT_GNU_versym, SHT_DYNSYM, SHT_LOUSER, SHT_MIPS_GPTAB
for type in 0x40000014 0x60000004 0x6fff4c09 0x6fffffff 11 0x80000000 0x70000003; do
    for link in 0 .symtab; do
        for side in stripped plain; do edit $side.o $side.other.o type=$type link=$link; done
        judge "a section of type $type, linked to $link" 1 stripped.other.o plain.other.o
    done
done
for side in stripped plain; do edit $side.o $side.other.o link=.symtab; done
judge 'a section that belongs to the symbols' 1 stripped.other.o plain.other.o
for side in stripped plain; do edit $side.o $side.other.o link=.text flags=0x80; done
judge 'a section that is ordered as another one' 0 stripped.other.o plain.other.o '.verdict == "equivalent"'
edit stripped.o stripped.other.o link=.got.plt flags=0x80
judge 'a section that is ordered as a third one' 1 stripped.other.o plain.other.o

# --- the relocations of a program that was linked statically, which say that they are the symbol table's ---
printf '%s\n' '.section .second,"a",@progbits' '.quad 0,0,0' > loaded.s
printf 'void _start (void) { for (;;) ; }\nint f07 (void) { return 7; }\n' > static.c
gcc -g -O1 -static -nostdlib -o static.plain static.c loaded.s 2> /dev/null
edit static.plain static.whole type=4 flags=0x2 link=.symtab info=0 align=8 entsize=24
for option in -s -g; do
    strip $option static.whole -o static.stripped
    judge "relocations of no symbols, strip $option" 0 static.stripped static.whole '.verdict == "equivalent"'
done
edit static.whole static.bound relocation=f07
strip -g static.bound -o static.stripped
edit static.stripped static.shipped bytes=static.bound link=.symtab
judge 'relocations of symbols with their old numbers' 1 static.shipped static.bound

# --- a section of an unknown type in a program: what a segment has, a loader takes as it is ---
gcc -g -O1 -nostdlib -o plain static.c loaded.s 2> /dev/null
strip -g plain -o stripped
for flags in 2 0; do
    for side in stripped plain; do edit $side $side.other type=0x80000000 flags=$flags; done
    judge "a section of an unknown type in a program, flags $flags" $((flags == 0)) stripped.other plain.other
done

# --- relocations that the linker kept: all, or none, but for those of what is gone ---
printf 'static int f (void) { return 7; }\nint (*const table[]) (void) = { f };\nint (*moved[]) (void) = { f };\nvoid _start (void) { for (;;) moved[0] () + table[0] (); }\n' > kept.c
printf 'int main (void) { return 0; }\n' > main.c
gcc -g -O1 -fno-pie -no-pie -Wl,-q -o kept main.c -x c - <<'X'
static int f (void) { return 7; }
int (*const table[]) (void) = { f };
int (*moved[]) (void) = { f };
int g (void) { return moved[0] () + table[0] (); }
X
for tables in .rela.rodata .rela.data .rela.text; do
    if readelf -SW kept | grep -qF " $tables "; then
        objcopy --remove-section=$tables kept kept.less
        judge "one table of relocations less, $tables" 1 kept.less kept
    fi
done
[ "$(readelf -SW kept | grep -cE ' \.rela\.(rodata|data|text) ')" -ge 2 ] || fail 'the linker keeps no relocations'
for option in -g -s; do
    strip $option kept -o kept.stripped
    judge "relocations that the linker kept, strip $option" 0 kept.stripped kept '.verdict == "equivalent"'
done
# Of a program without any others a loader of the product's own has nothing else to move it by.
gcc -g -O1 -fno-pie -no-pie -nostdlib -static -Wl,-q -o bare kept.c 2> /dev/null
objcopy --remove-section='.rela.*' bare bare.less
readelf -SW bare.less | grep -q ' \.rela' && fail 'objcopy left relocations'
judge 'all relocations of a program that has no others' 1 bare.less bare
strip -g bare.less -o bare.stripped
judge 'symbols and debug data of one that has none' 0 bare.stripped bare.less '.verdict == "equivalent"'
