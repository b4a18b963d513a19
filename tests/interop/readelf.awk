# Makes of `eu-readelf -h -S -l -s -n` what list_elf prints. Variables: machine, the number of e_machine.
#
# Of symbols, what an inventory keeps: functions and objects with an address, and labels of assembly in code; of the full
# table where there is one. See AssaySymbol in src/inventory/elf.h.

function hex(text) { sub(/^0x/, "", text); sub(/^0+/, "", text); return text == "" ? "0" : tolower(text) }

# Only what is even is left of the address of a function of ARM.
function even(text,    last) {
    last = substr(text, length(text))
    return substr(text, 1, length(text) - 1) substr("0022446688aaccee", index("0123456789abcdef", last), 1)
}

function keep_symbol(value, size, type, place, name,    kind) {
    if (place == "UNDEF" || place == "COMMON" || place == "COMM") return
    if (place == "ABS") place = 0
    if (place !~ /^[0-9]+$/) return
    if (type == "FUNC" || type == "GNU_IFUNC" || (type == "NOTYPE" && executable[place])) kind = "function"
    else if (type == "OBJECT") kind = "object"
    else return
    if (machine == 40 && type != "NOTYPE" && kind == "function") value = even(value)
    sub(/@.*/, "", name)
    if (size == 0 && (machine == 40 || machine == 183 || machine == 243) && name ~ /^\$[adtx](\..*)?$/) return
    if (size == 0 && machine == 243 && name ~ /^\$x/) return
    kept[table]++
    lines[table, kept[table]] = "symbol " hex(value) " " size " " kind " " place " " name
}

/^Section Headers:/     { part = "sections"; next }
/^Program Headers:/     { part = "segments"; next }
/^ Section to Segment/  { part = ""; next }
/^Symbol table/         { part = "symbols"; table = $0 ~ /\.dynsym/ ? "dynamic" : "full"; next }
/^Note section/         { part = "notes"; note_section = $0; sub(/^Note section \[ */, "", note_section)
                          sub(/\].*/, "", note_section); next }
/^Note segment/         { part = "notes"; note_section = 0; next }
/^[A-Z]/                { part = "" }

part == "sections" && /^\[ *[0-9]+\]/ {
    number = $0; sub(/^\[ */, "", number); sub(/\].*/, "", number)
    rest = $0; sub(/^\[ *[0-9]+\] /, "", rest); sub(/<unknown>: /, "<unknown>:", rest)
    name = substr(rest, 1, 1) == " " ? "-" : ""
    count = split(rest, field, " ")
    first = 1
    if (name == "") { name = field[1]; first = 2 }
    flags = count - first == 8 ? field[first + 5] : "-"
    if (flags ~ /X/) executable[number] = 1
    if (number > 0)
        print "section " number " " name " " field[first] " " hex(field[first + 1]) " " hex(field[first + 2]) " " \
            hex(field[first + 3]) " " field[first + 4] " " flags " " field[count - 2] " " field[count - 1] " " field[count]
    next
}

part == "segments" && /^  [A-Z<]/ && $2 ~ /^0x/ {
    flags = ""
    for (i = 7; i < NF; i++) flags = flags $i
    print "segment " $1 " " hex($2) " " hex($3) " " hex($4) " " hex($5) " " hex($6) " " flags " " hex($NF)
    next
}

part == "symbols" && /^ *[0-9]+: / {
    name = $0
    # number, value, size, type, binding, visibility, section
    for (i = 1; i <= 7; i++) sub(/^ *[^ ]+/, "", name)
    sub(/^ /, "", name)
    keep_symbol($2, $3, $4, $7, name)
    next
}

part == "notes" && /^  [^ ]/ && !/^  Owner  / {
    type = $3
    for (i = 4; i <= NF; i++) type = type " " $i
    print "note " note_section " " $1 " " $2 " " type
}

END {
    table = kept["full"] > 0 || full_entries ? "full" : "dynamic"
    for (i = 1; i <= kept[table]; i++) print lines[table, i]
}
