#!/bin/sh
# What people read of the program beside its reports: --help, suggestions, man pages. Each command and each option is
# asked of the program itself, so that nothing which is added goes without.
#
#   sh pages.sh    from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/../commands.sh"
begin pages jq gzip
share=$top/share

commands > list
[ "$(wc -l < list)" -ge 9 ] || fail "--help lists hardly any commands: $(tr '\n' ' ' < list)"

# --- --help ---

while IFS= read -r name; do
    help_of "$name" > help || fail "$name --help fails"
    grep -qE '^Examples?:$' help || fail "$name --help has no example"
    sed -n '/^Examples*:$/,$p' help | grep -q "^  assay $name " || fail "$name --help has no example of itself"
    [ -n "$(options_of "$name")" ] || fail "$name --help lists no options"
done < list
ok "--help of each command has an example of it: $(wc -l < list) commands"

# --- suggestions ---

# slip WORD: with two letters exchanged that are not the same
slip() { echo "$1" | sed 's/\([a-z]\)\([a-z]\)\([a-z-]*\)$/\2\1\3/'; }

sed 's/ .*//' list | sort -u | while IFS= read -r name; do
    what=$(slip "$name")
    run "$what" "$what"
    ends 64
    says err "did you mean \`$name\`?"
done
while IFS= read -r name; do
    options_of "$name" | sed 's/^--//; s/=$//' > options
    while IFS= read -r option; do
        # of two letters none is a slip
        [ "${#option}" -ge 3 ] || continue
        typed=$(slip "$option")
        [ "$typed" != "$option" ] || continue
        grep -qx -e "$typed" options && continue
        # shellcheck disable=SC2086 # one word or two
        run "$name --$typed" $name "--$typed=x"
        ends 64
        grep -q "did you mean \`--[a-z0-9-]*\`? \`assay $name --help\`" err || shown 'suggests nothing; assay_options_parse() does'
    done < options
    echo "$name"
done < list > asked
cmp -s asked list || fail 'some commands suggest nothing'
ok 'a slip in a command or an option of any command is answered with what may have been meant, and exit code 64'

# --- section 1 ---

sh "$share/describe.sh" "$assay" > table
sh "$share/man/make.sh" table "$share/debian/changelog" 1.2.3 man
gzip -d man/man*/*.gz
{ echo assay; { cat list; groups; } | sed 's/^/assay-/; s/ /-/'; } | sort > wanted
(cd man/man1 && for page in *.1; do echo "${page%.1}"; done) | sort > found
cmp wanted found || { diff wanted found >&2; fail 'there are pages of other commands than --help lists'; }
while IFS= read -r name; do
    page=man/man1/assay-$(echo "$name" | tr ' ' -).1
    sed -nE 's/^\.It (Fl [A-Za-z0-9] , )?Fl \\-([a-z0-9\\-]+)( Ns = Ns Ar .*)?$/--\2\3/p' "$page" | tr -d '\134' | sed 's/ Ns = .*/=/' | sort > found
    options_of "$name" > wanted
    cmp -s wanted found || { diff wanted found >&2; fail "$page has other options than --help"; }
    for part in NAME SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
        grep -qx ".Sh $part" "$page" || fail "$page has no $part"
    done
done < list
ok 'there is a page for each command, with its options and no others'

# what a reader sees: nothing is lost on the way through the formatter
if command -v mandoc > /dev/null; then
    while IFS= read -r name; do
        mandoc -T ascii "man/man1/assay-$(echo "$name" | tr ' ' -).1" | sed 's/.\x08//g' | tr -s ' \n' ' ' > seen
        options_of "$name" | while IFS= read -r option; do
            grep -qF -e "$option" seen || { echo "$name $option" > lost; }
        done
        help_of "$name" | sed -n '/^Examples*:$/,/^[^ ]*$/s/^  assay/assay/p' | tr -s ' ' > examples
        while IFS= read -r line; do grep -qF -e "$line" seen || echo "$name: $line" > lost; done < examples
        [ ! -f lost ] || fail "cannot be read in the page: $(cat lost)"
    done < list
    ok 'the pages show each option and each example as --help does'
fi

# --- section 5 ---

# words PAGE: what it marks as a key or a value
words() { sed -n 's/^\.\(It \)\{0,1\}\(Pq \)\{0,1\}Cm //p' "$1" | sed 's/ No [a-z]* Cm / , /g; s/ No .*//' | tr -d ' ' | tr ',' '\n' | sed 's/[:.;)]*$//' | grep . | sort -u; }

for schema in "$share"/schemas/*.schema.json; do
    name=$(basename "$schema" -1.schema.json)
    # what recipes share has the keys of a recipe, and its page
    [ "$name" != defaults ] || continue
    page=man/man5/assay-$name.5
    [ -f "$page" ] || fail "there is no page of section 5 for $name"
    jq -r '[.. | objects | .properties? | objects | keys[]] | unique[]' "$schema" | sort > keys
    words "$page" > marked
    [ "$(wc -l < keys)" -gt 5 ] || fail "$schema has hardly any keys"
    comm -23 keys marked > missing
    [ ! -s missing ] || fail "$page says nothing of: $(tr '\n' ' ' < missing)"
    jq -r '[.. | objects | (.enum? | arrays[] | tostring), (.const? | strings)] | unique[]' "$schema" | sort - keys > known
    comm -13 known marked > surplus
    [ ! -s surplus ] || fail "$page has keys that there are not: $(tr '\n' ' ' < surplus)"
done
echo 'lock: 1' > any.lock
echo 'nothing: 1' >> any.lock
run 'an unknown key of a lock file' toolchain check --lock any.lock --packages .
ends 64
sed -n 's/.*expected one of \(.*\)/\1/p' err | tr -d '` ' | tr ',' '\n' | sort > keys
[ "$(wc -l < keys)" -ge 11 ] || shown 'hardly any keys'
words man/man5/assay-toolchain-lock.5 > marked
comm -23 keys marked > missing
[ ! -s missing ] || fail "assay-toolchain-lock.5 says nothing of: $(tr '\n' ' ' < missing)"
ok 'the pages of formats have each key that there is, and no other'

# --- what formatters say ---

# and of what is said in letters that mean something to them
sh "$share/describe.sh" "$top/tests/odd-program" > odd.table
sh "$share/man/make.sh" odd.table "$share/debian/changelog" 1.2.3 odd
gzip -d odd/man1/*.gz
linted=
for page in man/man?/* odd/man1/*; do
    if command -v mandoc > /dev/null; then
        linted="$linted mandoc"
        mandoc -T lint -W warning "$page" > said || { cat said >&2; fail "$page is not clean"; }
    fi
    if command -v man > /dev/null && command -v groff > /dev/null; then
        linted="$linted man"
        man --warnings -E UTF-8 -l -Tutf8 -Z "$page" > /dev/null 2> said || { cat said >&2; fail "$page: man fails"; }
        [ ! -s said ] || { cat said >&2; fail "$page is not clean"; }
    fi
done
[ -n "$linted" ] || skip 'neither mandoc nor man is installed; all else holds'
ok "nothing to complain of: $(echo "$linted" | tr ' ' '\n' | sort -u | tr '\n' ' ')"
if command -v mandoc > /dev/null; then
    mandoc -T ascii odd/man1/assay-one.1 | sed 's/.\x08//g' | tr -s ' \n' '  ' > seen
    for text in "it's [a] thing: \`touch pwned\` \$(touch pwned) \"x\" \\n ; touch pwned." "'so it's -- a \\fB trap: ~ ^ \` \"" \
        '.so it begins with a dot.' "assay one 'it'\\''s' -- --x \\ .so \"y\" \`z\` \$HOME"; do
        grep -qF -e "$text" seen || { cat seen >&2; fail "the page does not show: $text"; }
    done
    ok 'letters that mean something to a formatter are shown as they are'
fi
