#!/bin/sh
# A zip says everything twice: in front of each entry and in the directory at its end. Readers differ in whom they believe.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
mkdir tree && printf 'content of the first entry' > tree/a && printf 'content of the other one..' > tree/b && chmod 644 tree/a tree/b
touch -d @1700000000 tree/a tree/b
(cd tree && zip -X -0 -q ../good.zip a b)
# offsets of both local headers and both entries of the directory
locals=$(LC_ALL=C grep -aobF "$(printf 'PK\003\004')" good.zip | cut -d : -f 1)
centrals=$(LC_ALL=C grep -aobF "$(printf 'PK\001\002')" good.zip | cut -d : -f 1)
# shellcheck disable=SC2086 # two numbers
set -- $locals $centrals
[ $# = 4 ] || fail 'not two entries'
local_a=$1 local_b=$2 central_a=$3 central_b=$4

# view WHAT LOCAL-OFFSET CENTRAL-OFFSET TEXT: the field changed in one view, in the other, and in both; none may pass
view() {
    cp good.zip bad.zip && poke bad.zip $((local_a + $2)) "$4"
    judge "$1 in the local header alone" 1 bad.zip good.zip
    cp good.zip bad.zip && poke bad.zip $((central_a + $3)) "$4"
    judge "$1 in the directory alone" 1 bad.zip good.zip
    poke bad.zip $((local_a + $2)) "$4"
    judge "$1 in both views" 1 bad.zip good.zip
}
view 'another name' 30 46 'c'
view 'a name that leads out' 30 46 '/'
view 'another check sum' 14 16 '\001\002\003\004'
view 'another stored size' 18 20 '\005'
view 'another size' 22 24 '\005'
view 'another method' 8 10 '\010'
view 'flags' 6 8 '\001'
view 'the version that is needed' 4 6 '\077'
view 'a hidden extra field' 28 30 '\004'

cp good.zip bad.zip && poke bad.zip $((local_a + 10)) '\001'
judge 'another time in the local header alone' 1 bad.zip good.zip
poke bad.zip $((central_a + 12)) '\001'
judge 'another time in both views' 0 bad.zip good.zip "$(fact dos-time explained)"
for at in $((local_a + 12)) $((central_a + 14)); do poke bad.zip $at '\000\000'; done
judge 'a date that there never was, in both views' 1 bad.zip good.zip "$(fact dos-time unexplained)"
# times of Info-ZIP: in the local header of modification and access, in the directory of modification
(cd tree && zip -0 -q ../times.zip a)
extra=$(LC_ALL=C grep -aobF "$(printf 'UT\t')" times.zip | sed -n '1s/:.*//p')
extra_too=$(LC_ALL=C grep -aobF "$(printf 'UT\005')" times.zip | sed -n '1s/:.*//p')
if [ -z "$extra" ] || [ -z "$extra_too" ]; then fail 'no times of Info-ZIP'; fi
cp times.zip bad.zip && poke bad.zip $((extra + 5)) '\001'
judge 'a time of Info-ZIP in the local header alone' 1 bad.zip times.zip "$(fact local-extra unexplained)"
poke bad.zip $((extra_too + 5)) '\001'
judge 'a time of Info-ZIP in both views' 0 bad.zip times.zip "$(fact mtime explained)"
cp times.zip bad.zip && poke bad.zip $((extra + 9)) '\001'
judge 'a time of access of Info-ZIP' 0 bad.zip times.zip "$(fact atime explained)"
cp times.zip bad.zip && poke bad.zip $((extra + 4)) '\007'
judge 'other flags of the times of Info-ZIP' 1 bad.zip times.zip
cp good.zip bad.zip && poke bad.zip $((central_a + 38 + 2)) '\377\211'
judge 'another mode' 1 bad.zip good.zip "$(fact mode unexplained)"
cp good.zip bad.zip && poke bad.zip $((central_a + 42)) "$(printf '\\%03o' $((local_b % 256)))"
judge 'an entry of the directory that leads to another local header' 1 bad.zip good.zip
cp good.zip bad.zip && poke bad.zip $((local_a + 31)) 'X'
judge 'one byte of content, check sum as it was' 1 bad.zip good.zip

(cat good.zip; printf 'behind the end') > bad.zip
judge 'bytes behind the end' 1 bad.zip good.zip
(printf '#!/bin/sh\nexit 1\n'; cat good.zip) > bad.zip
judge 'a program in front of the archive' 1 bad.zip good.zip

# the directory forgets an entry, or the directory names one twice
cp -r tree other && printf 'content of a hidden entry.' > other/h && touch -d @1700000000 other/h && (cd other && zip -X -0 -q ../more.zip a h b)
judge 'an entry more' 1 more.zip good.zip "$(fact name unexplained)"
judge 'an entry less' 1 good.zip more.zip 'any(.missing[]; .path == "h")'
start=$(LC_ALL=C grep -aobF "$(printf 'PK\001\002')" more.zip | sed -n '2s/:.*//p')
stop=$(LC_ALL=C grep -aobF "$(printf 'PK\001\002')" more.zip | sed -n '3s/:.*//p')
end=$(LC_ALL=C grep -aobF "$(printf 'PK\005\006')" more.zip | cut -d : -f 1)
(head -c "$start" more.zip; tail -c "+$((stop + 1))" more.zip) > bad.zip
end=$((end - stop + start)) && poke bad.zip $((end + 8)) '\002\000\002\000' && poke bad.zip $((end + 12)) "$(printf '\\%03o' $(((end - ($(LC_ALL=C grep -aobF "$(printf 'PK\001\002')" bad.zip | sed -n '1s/:.*//p'))) % 256)))"
judge 'an entry that the directory forgets' 1 bad.zip good.zip

# T8: names that are one on a disk that does not know capitals
mkdir case && printf 'one' > case/Readme && printf 'two' > case/README && touch -d @1700000000 case/*
(cd case && zip -X -0 -q ../one.zip Readme README)
judge 'the same colliding names, byte for byte' 0 one.zip one.zip '.verdict == "identical"'
touch -d @1700000100 case/* && (cd case && zip -X -0 -q ../two.zip Readme README)
judge 'names that differ by capitals alone, at another time' 1 two.zip one.zip "$(fact case-collision unexplained)"
(cd case && zip -X -0 -q ../two.zip README Readme)
rm two.zip && (cd case && zip -X -0 -q ../two.zip README Readme)
judge 'the same in another order' 1 two.zip one.zip "$(fact case-collision unexplained)"
