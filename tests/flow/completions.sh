#!/bin/sh
# Completion in bash, zsh and fish: what each shell offers is what the program itself says of its commands, options and
# words.
#
#   sh completions.sh    from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/../commands.sh"
begin completions bash awk
here=$top/tests/flow
share=$top/share
# makes PROGRAM: completion.<shell> of what it says of itself
makes() {
    sh "$share/describe.sh" "$1" > table
    for shell in bash zsh fish; do
        awk -f "$share/completions/values.awk" -f "$share/completions/$shell.awk" table > completion.$shell
    done
}
makes "$assay"

# Each shell has offers_<shell> WORD...: what is offered for the last word, one a line, sorted.

# as readline gives the words of a line: a `=` stands alone
offers_bash() {
    bash --norc --noprofile -u -c '
        . ./completion.bash
        COMP_WORDS=(assay "$@")
        COMP_CWORD=$#
        _assay
        [ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort
}

offers_fish() {
    fish --no-config -c 'source completion.fish; complete -C "$argv"' "assay $*" | cut -f 1 | sort
}

offers_zsh() {
    timeout 100 zsh -f "$here/offers.zsh" "$work/zsh" "assay $*" | sort -u
}

offers() { "offers_$shell" "$@"; }

# same WHAT: `wanted` is `found`
same() {
    cmp -s wanted found || { diff wanted found >&2; fail "$shell: $1: another offer"; }
}

# all_of FILE: its lines are among those that are offered
all_of() {
    sort "$1" | comm -23 - found > lost
    [ ! -s lost ] || { cat found >&2; fail "$shell: $2: not offered: $(tr '\n' ' ' < lost)"; }
}

# help_words COMMAND OPTION: what it takes, where --help ends with it: `text, json or html`; asked once for all shells
mkdir "$work/help-words"
help_words() {
    if [ ! -f "$work/help-words/$1$2" ]; then
        # what goes on in the next line is one with it
        help_of "$1" | awk '/^           / { sub (/^ +/, ""); held = held " " $0; next } { print held; held = $0 } END { print held }' |
            sed -nE "s/^  (-[a-z], )?$2=[^ ]+ +(.*: )?([a-z0-9-]+(, [a-z0-9-]+)* or [a-z0-9-]+)\$/\3/p" |
            sed 's/ or /, /' | tr -d ' ' | tr ',' '\n' | sort > "$work/help-words/$1$2"
    fi
    cat "$work/help-words/$1$2"
}

# refused_words OPTION WORD...: what it takes, by what the program says against another, in a line without it
refused_words() {
    option=$1
    shift
    "$assay" "$@" "$option" neverthis 2>&1 < /dev/null | sed -n "s/.*$option neverthis: expected //p" | sed 's/ or /, /' | tr -d ' ' | tr ',' '\n' | sort
}

commands > list
groups > group-names
grep -v ' ' list > plain
{ cat group-names plain; } | sort > first
# what --help says is what the program takes
for option in --format --color --digests; do
    help_words verify $option > wanted
    [ -s wanted ] || fail "--help says nothing of what $option takes"
    refused_words $option verify > found
    cmp wanted found || fail "$option takes other words than --help says"
done
help_words gate --format > wanted
refused_words --format gate report.json --policy x --trust-report --image-sha256 "$(printf '%064d' 0)" > found
cmp wanted found || fail "--format of gate takes other words than --help says"
run 'a limit that there is not' compare --limit =0 . .
sed -n 's/.*there are \([a-z, -]*\).*/\1=/p' err | sed 's/, /=\n/g' | sort > limits
[ "$(wc -l < limits)" -gt 10 ] || fail "hardly any limits: $(cat limits)"
mkdir place
cd place
mkdir 'some dir'
touch 'some file' other
ln -s ../completion.bash ../completion.fish .

check_shell() {
    offers '' > ../found
    (cd .. && all_of first 'behind assay')
    while IFS= read -r group; do
        offers "$group" '' > ../found
        verbs "$group" > ../wanted
        (cd .. && all_of wanted "behind $group")
    done < ../group-names
    offers --v > ../found
    echo '--version' > ../wanted
    (cd .. && all_of wanted 'behind assay')
    while IFS= read -r name; do
        # shellcheck disable=SC2086 # one word or two
        offers $name -- > ../found
        grep -e '^--' ../found | sed 's/=$//' | sort -u > ../cut && mv ../cut ../found
        options_of "$name" | sed 's/=$//' | sort > ../wanted
        (cd .. && same "options of $name")
        for option in $(options_of "$name" | sed -n 's/=$//p'); do
            help_words "$name" "$option" > ../wanted
            # shellcheck disable=SC2086
            case $option in
                --limit)
                    offers $name --limit '' > ../found
                    cp ../limits ../wanted
                    sed -i 's/=*$/=/' ../found
                    (cd .. && same "limits of $name") ;;
                *)
                    [ -s ../wanted ] || continue
                    offers $name "$option" '' > ../found
                    (cd .. && same "words of $name $option")
                    echo "$name $option" >> ../words ;;
            esac
        done
    done < ../list
    # every command that has --format, --color and --digests
    while IFS= read -r name; do
        options_of "$name" | grep -E -e '^--(format|color|digests)=$' | sed "s/^/$name /; s/=$//" || :
    done < ../list | sort > ../wanted
    sort ../words > ../found
    rm ../words
    (cd .. && all_of wanted 'options with words')
    offers verify --recipe some > ../found
    printf 'some dir\nsome file\n' > ../wanted
    sed -i 's/\\//g; s:/$::; s/ $//' ../found
    (cd .. && same 'files')
    offers verify --work-dir some > ../found
    echo 'some dir' > ../wanted
    sed -i 's/\\//g; s:/$::; s/ $//' ../found
    (cd .. && same 'directories')
    offers verify oth > ../found
    echo other > ../wanted
    sed -i 's/ $//' ../found
    (cd .. && same 'an image')
    offers verify --twice oth > ../found
    sed -i 's/ $//' ../found
    (cd .. && same 'an image behind an option')
    ok "$shell offers commands, options, words, limits and files as the program has them"
}

shell=bash
check_shell

# as one types it: with a sign, behind `--`, in the middle of a word
offers verify --format = js > ../found
echo json > ../wanted
(cd .. && same 'a word behind =')
offers verify --format = > ../found
refused_words --format verify > ../wanted
(cd .. && same 'all words behind =')
offers verify --format=js > ../found
echo --format=json > ../wanted
(cd .. && same 'a word in one piece')
offers verify --limit = dep > ../found
echo 'depth=' > ../wanted
(cd .. && same 'a limit behind =')
offers verify --policy = oth > ../found
echo other > ../wanted
(cd .. && same 'a file behind =')
offers verify -- --for > ../found
: > ../wanted
(cd .. && same 'no option behind --')
offers verify --time '' > ../found
(cd .. && same 'nothing for what nobody can guess')
offers verify -j '' > ../found
(cd .. && same 'nothing behind -j')
offers nonsense --for > ../found
(cd .. && same 'nothing for a command that there is not')
# a name is a name, whatever a shell could make of it
touch '$(touch pwned)' 'back`touch pwned`tick'
offers verify '$(' > ../found
echo '$(touch pwned)' > ../wanted
(cd .. && same 'a name with a dollar')
[ ! -e pwned ] || fail 'a name of a file was run'
rm -- '$(touch pwned)' 'back`touch pwned`tick'
ok 'bash: values behind =, nothing behind --, and names that are no more than names'

for shell in fish zsh; do
    if ! command -v "$shell" > /dev/null; then
        echo "note: $shell is not installed"
        continue
    fi
    if [ "$shell" = zsh ]; then
        mkdir ../zsh
        cp ../completion.zsh ../zsh/_assay
    fi
    check_shell
done

# descriptions in letters that mean something to a shell
cd ..
makes "$top/tests/odd-program"
mkdir empty
cd empty
ln -s ../completion.bash ../completion.fish .
for shell in bash fish zsh; do
    command -v "$shell" > /dev/null || continue
    [ "$shell" != zsh ] || cp ../completion.zsh ../zsh/_assay
    offers o > ../found
    echo one > ../wanted
    (cd .. && same 'a command that is described oddly')
    offers one -- > ../found
    printf '%s\n' --help --it --two-words --jobs --none | sort > ../wanted
    sed -i 's/=$//' ../found
    (cd .. && same 'options that are described oddly')
    offers one --two-words '' > ../found
    printf '%s\n' one-1 three two > ../wanted
    (cd .. && same 'words that are described oddly')
    if [ -e pwned ] || [ -e ../pwned ]; then fail "$shell: a description was run"; fi
done
ok 'no description is more than text to a shell'
