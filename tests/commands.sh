# shellcheck shell=sh
# What the program in $assay says that it can do; sourced, not run. By its --help alone, so that a command or an option
# that somebody adds is asked for everywhere.

# commands: every command, one a line; a verb of one stands behind it, as in `toolchain make`, and then not it alone
commands() {
    "$assay" --help < /dev/null | sed -n '/^Commands:$/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' | while IFS= read -r known; do
        verbs=$(verbs "$known")
        if [ -z "$verbs" ]; then echo "$known"; else echo "$verbs" | sed "s/^/$known /"; fi
    done
}

# groups: the commands that take a verb
groups() {
    commands | sed -n 's/ .*//p' | sort -u
}

# verbs COMMAND: the verbs that it takes, which its --help shows as `assay COMMAND VERB`; of most commands none
verbs() {
    "$assay" "$1" --help < /dev/null | sed -n '/^Usage:$/,/^$/s/^  assay [a-z-]* \([a-z][a-z-]*\)\( .*\)*$/\1/p'
}

# help_of COMMAND: what it says of itself
help_of() {
    # shellcheck disable=SC2086 # one word or two
    "$assay" $1 --help < /dev/null
}

# options_of COMMAND: the long options, one a line, with `=` where one takes a value
options_of() {
    help_of "$1" | sed -n 's/^  \(-[A-Za-z0-9], \)*\(--[a-z0-9-]*=*\).*/\2/p' | sort
}
