# shellcheck shell=sh
# W9 and W10: images of releases that were built before, by recipes of our own making. Every component turns text into
# upper case, in a root file system of this machine's programs, and packs a copy of it, which takes the time that a
# compiler would.

# text FILE LINES SEED: lines of 64 bytes
text() {
    awk -v lines="$2" -v seed="$3" 'BEGIN {
        srand (seed)
        for (i = 0; i < lines; i++) {
            line = sprintf ("line %d of part %s has the values", i, seed)
            while (length (line) < 63) line = line " " int (rand () * 1000)
            print substr (line, 1, 63)
        }
    }' > "$1"
}

# recipe DIRECTORY NUMBER LINES: on standard output; all components have as many lines
recipe() {
    cat << END
recipe: 1
product: part $2
source:
  - {directory: ../source/$2, sha256: $(tree_digest "$1/source/$2")}
toolchain:
  - {directory: ../tools, sha256: $tools}
path: /build/part
limits: {time: 600s}
steps:
  - tr '[:lower:]' '[:upper:]' < text > made && xz -6 -k -c made > packed
outputs:
  - {from: made, at: part$2}
layout:
  - {in: ".", name: part$2, offset: $((($2 - 1) * $3 * 64)), size: $(($3 * 64)), kind: payload}
END
}

# pins DIRECTORY: a policy that pins all recipes of a release, and so all that they name
pins() {
    echo 'policy: 1'
    echo "pin: {recipe: [$(sha256sum "$1"/recipes/* | cut -d ' ' -f 1 | paste -s -d ,)]}"
}

# make_release DIRECTORY COMPONENTS BYTES: as many, each of so many bytes; `image` and `copy` are what they make. Of the
# next release, in which component 1 is another: `next-text`, its source, and `next`, the image
make_release() {
    make_root "$1/tools" cat tr xz
    tools=$(tree_digest "$1/tools")
    mkdir "$1/recipes" "$1/source"
    lines=$(($3 / 64 + 1))
    for n in $(seq "$2"); do
        mkdir "$1/source/$n"
        text "$1/source/$n/text" "$lines" "$n"
        tr '[:lower:]' '[:upper:]' < "$1/source/$n/text" >> "$1/image"
        recipe "$1" "$n" "$lines" > "$1/recipes/part$n.yaml"
    done
    pins "$1" > "$1/policy"
    cp "$1/image" "$1/copy"
    text "$1/next-text" "$lines" 0
    tr '[:lower:]' '[:upper:]' < "$1/next-text" > "$1/next"
    tail -c "+$((lines * 64 + 1))" "$1/image" >> "$1/next"
}

# what a build that was kept is found by stands in the work directory, and the build is the first of this run
build_first() {
    "$assay" verify "$1/image" --recipe "$1/recipes" --policy "$1/policy" --report report.json > out 2> err < /dev/null ||
        { head -n 30 out >&2; cat err >&2; fail "$workload: the release does not build"; }
    right '.verdict == "identical" and all (.expected[]; .cached == false)'
}

assay_again() { timed assay 0 "$assay" verify "$release/copy" --recipe "$release/recipes" --policy "$release/policy" \
    --quiet --report again.json; }
compare_again() { timed compare 0 "$assay" compare "$release/copy" "$release/image" --quiet --report report.json; }

W9() {
    once release make_release 1 "$((100000000 / scale))"
    release=$made
    fact bytes "$((100000000 / scale))"
    build_first "$release"
    contest compare_again assay_again
    mv again.json report.json
    right 'all (.expected[]; .cached == true)'
}

# before each round the cache is as the release before left it
assay_next() {
    rm -rf "$XDG_CACHE_HOME"
    cp -R "$kept" "$XDG_CACHE_HOME"
    timed assay 0 "$assay" verify "$next/next" --recipe "$next/recipes" --policy "$next/policy" --quiet --report next.json
}
build_one() {
    rm -rf built
    timed build 0 "$assay" rebuild --recipe "$next/recipes/part1.yaml" --no-cache --output built --quiet
}
compare_whole() { timed compare 0 "$assay" compare "$next/next" "$next/next" --quiet --report report.json; }

W10() {
    components=$((scale < 10 ? 100 : 10))
    once components make_release "$components" "$((100000000 / scale / components))"
    release=$made
    fact components "$components"
    # the recipes and all that they name, in a place of their own: one source of it changes
    next=$work/components
    cp -R "$release" "$next"
    build_first "$next"
    kept=$work/kept
    mv "$XDG_CACHE_HOME" "$kept"
    cp "$next/next-text" "$next/source/1/text"
    old=$(tree_digest "$release/source/1") new=$(tree_digest "$next/source/1")
    sed "s/$old/$new/" "$release/recipes/part1.yaml" > "$next/recipes/part1.yaml"
    pins "$next" > "$next/policy"
    contest build_one compare_whole assay_next
    mv next.json report.json
    right '.verdict == "identical" and ([.expected[] | select (.cached | not)] | length) == 1'
}
