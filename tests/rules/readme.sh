#!/bin/sh
# What README.md names exists: scripts that it runs, paths in backticks and links, verbs and options of assay, and every
# word of a verdict. And its two commands stand first.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/rules/lib.sh
. "$here/lib.sh"

first_command='sh fixtures/verify-sample.sh --install'
second_command='sh tests/run.sh --install'

# code: the lines of the fenced blocks
code() { awk '/^ *```/ { inside = !inside; next } inside' "$root/README.md"; }

# spans: what stands in single backticks outside the blocks, one a line
spans() { awk '/^ *```/ { inside = !inside; next } !inside' "$root/README.md" | grep -oE '`[^`]+`' | tr -d '`'; }

check_commands() {
    code | grep -E '^sh ' | sed -n 1,2p > "$scratch/first"
    [ "$(sed -n 1p "$scratch/first")" = "$first_command" ] || finding "README.md: its first command is not: $first_command"
    [ "$(sed -n 2p "$scratch/first")" = "$second_command" ] || finding "README.md: its second command is not: $second_command"
    { code; spans; } | sed -n 's/^sh \([^ ]*\).*/\1/p' | sort -u > "$scratch/scripts"
    while read -r script; do
        [ -f "$root/$script" ] || finding "README.md: there is no script $script"
    done < "$scratch/scripts"
    # options of our own scripts, as --install, stand in the script
    { code; spans; } | grep -E '^sh ' | sort -u > "$scratch/calls"
    while read -r _ script options; do
        for option in $options; do
            case $option in
                --*) grep -q -e "$option" "$root/$script" 2>/dev/null || finding "README.md: $script knows no $option" ;;
            esac
        done
    done < "$scratch/calls"
}

# Paths are told from other words by their first component, which is one of the top level.
check_paths() {
    { spans; grep -oE '\]\([^)#]+' "$root/README.md" | sed 's/^](//'; } | grep -vE '[ <>*$…]|://' | sort -u > "$scratch/words"
    (cd "$root" && find . -mindepth 1 -maxdepth 1 ! -name .git ! -name build) | sed 's|^\./||' > "$scratch/top"
    while IFS= read -r word; do
        grep -qxF -e "${word%%/*}" "$scratch/top" || case $word in */*.sh | *.md | src/* | tests/* | fixtures/*) ;; *) continue ;; esac
        [ -e "$root/$word" ] || finding "README.md: there is no $word"
    done < "$scratch/words"
}

check_program() {
    { code; spans; } | grep -oE '(^|[ /])assay [a-z][a-z-]*( |$)' | sed 's/.*assay \([a-z-]*\) *$/\1/' | sort -u > "$scratch/verbs"
    while read -r verb; do
        [ -f "$root/src/cli/cmd_$(echo "$verb" | tr - _).c" ] || finding "README.md: assay has no command $verb"
    done < "$scratch/verbs"
    { code; spans; } | grep -E '(^|[ /])assay [a-z]' | grep -oE ' --[a-z][a-z-]*' | sed 's/ --//' | sort -u > "$scratch/options"
    while read -r option; do
        [ "$option" != help ] || continue
        grep -qE "\"$option\", " "$root"/src/cli/*.[ch] "$root"/src/report/document.c || finding "README.md: assay has no option --$option"
    done < "$scratch/options"
    for verdict in identical equivalent waived mismatch undecided; do
        spans | grep -qx "$verdict" || finding "README.md: does not say what $verdict means"
    done
    for code in 0 1 2 64 70; do
        grep -qE "^\| $code \|" "$root/README.md" || finding "README.md: does not say what exit code $code means"
    done
}

# The recipe that it shows is one: read to its end, what is wrong with it is only that its source is not there.
check_recipe() {
    [ -x "$build/assay" ] || die "no program at $build/assay: build assay first, or name the build directory"
    awk '/^```yaml/ { inside = 1; next } /^```/ { inside = 0 } inside' "$root/README.md" > "$scratch/readme.recipe"
    [ -s "$scratch/readme.recipe" ] || { finding "README.md: shows no recipe"; return; }
    code=0
    "$build/assay" verify "$root/README.md" --recipe "$scratch/readme.recipe" > /dev/null 2> "$scratch/refusal" || code=$?
    if [ "$code" != 64 ] || ! grep -q 'readme.recipe:[0-9]*:[0-9]*: source .*: cannot open' "$scratch/refusal"; then
        finding "README.md: its recipe is no recipe (exit $code)"
        cat "$scratch/refusal"
    fi
}

check() {
    [ -f "$root/README.md" ] || die "no README.md in $root"
    check_commands
    check_paths
    check_program
    check_recipe
}

plant_order() { sed -i "s|^$first_command|sh tests/run.sh|" "$copy/README.md"; }
plant_script() { printf '\n```\nsh tests/no-such.sh\n```\n' >> "$copy/README.md"; }
plant_script_option() { printf '\n```\nsh tests/run.sh --no-such\n```\n' >> "$copy/README.md"; }
plant_path() { printf '\nSee `src/no-such/`.\n' >> "$copy/README.md"; }
plant_link() { printf '\nSee [there](doc/no-such.md).\n' >> "$copy/README.md"; }
plant_verb() { printf '\n```\nassay bless image.bin\n```\n' >> "$copy/README.md"; }
plant_option() { printf '\n```\nassay verify image.bin --no-such\n```\n' >> "$copy/README.md"; }
plant_code() { sed -i '/^| 70 |/d' "$copy/README.md"; }
plant_key() { sed -i 's/^product: /produce: /' "$copy/README.md"; }

# each has a line of its own
plant_all() { for planted in script script_option path link verb option code; do "plant_$planted"; done; }

self_test() {
    plant 'another first command' "README.md: its first command is not: $first_command" plant_order
    plant 'a recipe with an unknown key' 'README.md: its recipe is no recipe (exit 64)' plant_key
    plant 'a script that is not there' 'README.md: there is no script tests/no-such.sh' plant_all
    also 'an option no script knows' 'README.md: tests/run.sh knows no --no-such'
    also 'a path that is not there' 'README.md: there is no src/no-such/'
    also 'a link that leads nowhere' 'README.md: there is no doc/no-such.md'
    also 'a command assay lacks' 'README.md: assay has no command bless'
    also 'an option assay lacks' 'README.md: assay has no option --no-such'
    also 'an exit code left out' 'README.md: does not say what exit code 70 means'
}

rule_main "$@"
