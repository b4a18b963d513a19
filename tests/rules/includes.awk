# The include rule, for includes.sh. Arguments: one file of `tracked` output, then the sources themselves.
# Before the first source, `known` holds every path of the tree.

BEGIN {
    rooms = split ("input unpack inventory rebuild compare account judge report attest reference log flow cli", order, " ")
    may["util"] = " "
    may["cage"] = may["crypto"] = " util "
    before = " util cage crypto "
    for (i = 1; i <= rooms; i++) {
        may[order[i]] = before
        before = before order[i] " "
    }
}

FILENAME == list { known[$0] = 1; next }

FNR == 1 {
    split (FILENAME, part, "/")
    room = part[2]
    if (!(room in may)) print FILENAME ": src/" room " is no room of the house"
    if (part[5] != "") print FILENAME ": a folder in a room has no folders"
}

/^[ \t]*#[ \t]*include/ {
    target = $0
    sub (/^[ \t]*#[ \t]*include[ \t]*/, "", target)
    if (match (target, /^("[^"]*"|<[^>]*>)/)) target = substr (target, 1, RLENGTH)
    name = substr (target, 2, length (target) - 2)
    split (name, step, "/")
    at = FILENAME ":" FNR ": "
    if (target ~ /^<(openssl|p11-kit)\//) {
        if (room != "crypto") print at target " belongs to the room crypto alone"
    } else if (target ~ /^<assay\//) {
        if (!(("include/" name) in known)) print at "there is no public header " target
    } else if (target ~ /^</) {
        next
    } else if (target !~ /^"[a-z0-9_]+\/([a-z0-9_]+\/)?[a-z0-9_]+\.h"$/) {
        print at target " is not written \"room/noun.h\""
    } else if (!(("src/" name) in known)) {
        print at "there is no header " target
    } else if (step[1] != room && index (may[room], " " step[1] " ") == 0) {
        print at "the room " room " includes " target
    }
}
