# shellcheck shell=sh
# W5, W6 and W8: one large file, many small ones, and many findings.

make_large() { python3 "$here/inputs.py" large "$1" "$scale"; }

openssl_large() { timed openssl 0 openssl dgst -sha256 "$large/a"; }
assay_large() { timed assay 1 "$assay" compare "$large/b" "$large/a" --quiet --report report.json; }
# eu-elfcmp says no more than that the two differ
elfcmp_large() { timed eu-elfcmp 1 eu-elfcmp "$large/b" "$large/a"; }
floor_large() { timed floor 1 ./floor private "$large/b" "$large/a"; }
diffoscope_large() { timed diffoscope any diffoscope --text /dev/null "$large/b" "$large/a"; }

W5() {
    once large make_large
    large=$made
    facts_of "$large"
    contest openssl_large assay_large floor_large elfcmp_large diffoscope_large
    read -r offset function < "$large/place"
    right ".verdict == \"mismatch\" and ([.findings[] | select (.class == \"unexplained\")] |
        all (.[]; .section == \".text\" and .symbol == \"$function\") and
        ([.[].range.length] | add) == 4 and ([.[].range.offset] | min) == $offset)"
}

make_small() { python3 "$here/inputs.py" small "$1" "$2"; }

assay_few() { timed assay-few 1 "$assay" compare "$small/b" "$small/a" --quiet --report report.json; }
assay_many() { timed assay-many 1 "$assay" compare "$small_many/b" "$small_many/a" --quiet --report report.json; }
assay_same() { timed assay-same 0 "$assay" compare "$small/same" "$small/a" --quiet --report same.json; }
assay_renamed() { timed assay-renamed 1 "$assay" compare "$small/renamed" "$small/a" --quiet --report renamed.json; }
floor_few() { timed floor 1 ./floor pair "$small/b" "$small/a"; }
diffoscope_few() { timed diffoscope any diffoscope --text /dev/null "$small/b" "$small/a"; }

W6() {
    pairs=$((10000 / scale > 100 ? 10000 / scale : 100))
    once small make_small "$pairs"
    small=$made
    once small-many make_small "$((pairs * 4))"
    small_many=$made
    facts_of "$small"
    fact pairs-many "$((pairs * 4))"
    contest assay_few floor_few assay_same assay_renamed assay_many diffoscope_few
    jq -r '.findings[] | select (.class == "unexplained") | .path' report.json | LC_ALL=C sort > found
    LC_ALL=C sort "$small_many/changed" > wanted
    sames found wanted
    # a file under another name comes from nothing, and the one of its old name is missing
    jq -e "([.findings[] | select (.class == \"unexplained\") | .path] | unique | length) == $pairs and
        ([.facts[] | select (.fact == \"name\" and .class == \"unexplained\")] | length) == $pairs and
        (.missing | length) == $pairs" renamed.json > /dev/null || fail 'W6: not every other name was found'
}

make_random() { python3 "$here/inputs.py" random "$1" "$scale" "$2"; }

# each writes a report of its own: to take away one of 300 MB takes time, which is not that of who writes the next
assay_equal() { rm -f report.json && timed assay-equal 0 "$assay" compare "$random/data-a" "$random/data-a" --quiet --report report.json; }
assay_random() { rm -f report.json && timed assay-random 1 "$assay" compare "$random/data-b" "$random/data-a" --quiet --report report.json; }
assay_equal_elf() { rm -f report.json && timed assay-equal-elf 0 "$assay" compare "$random/elf-a" "$random/elf-a" --quiet --report report.json; }
assay_random_elf() { rm -f report.json && timed assay-random-elf 1 "$assay" compare "$random/elf-b" "$random/elf-a" --quiet --report report.json; }
# what was written last is a report of what differs
floor_random() {
    timed floor-random 1 ./floor report "$random/data-b" "$random/data-a" floor.json "$(stat -c %s report.json)"
}
floor_random_elf() {
    timed floor-random-elf 1 ./floor report "$random/elf-b" "$random/elf-a" floor.json "$(stat -c %s report.json)"
}

W8() {
    once trees make_trees
    once random make_random "$inputs/trees/a"
    random=$made
    facts_of "$random"
    contest assay_equal assay_random floor_random
    right ".accounting.unexplained == $(sed -n 's/^changed //p' "$random/facts")"
    contest assay_equal_elf assay_random_elf floor_random_elf
    right ".accounting | .unexplained + .explained >= $(sed -n 's/^changed_elf //p' "$random/facts")"
}
