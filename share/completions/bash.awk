# Completion for bash, of the table of share/describe.sh; read behind values.awk.

function print_options(    i, c, name, list) {
    print "    case $command in"
    for (c = 1; c <= n_commands; c++) {
        name = commands[c]
        list = ""
        for (i = 1; i <= options; i++)
            if (command[i] == name) list = list (short[i] == "-" ? "" : " -" short[i]) " --" long[i]
        printf "        '%s') options='%s' verbs='%s' ;;\n", name, substr (list == "" ? " -h --help" : list, 2), verbs(name)
    }
    print "    esac"
}

function print_kinds(    i, names, k) {
    for (i = 1; i <= options; i++) {
        if (argument[i] == "-") continue
        k = kind(i) (kind(i) == "words" ? " " words(i) : "")
        names[k] = names[k] (names[k] == "" ? "" : " | ") "'" command[i] " --" long[i] "'"
        if (short[i] != "-") names[k] = names[k] " | '" command[i] " -" short[i] "'"
    }
    print "    case \"$command $1\" in"
    for (k in names) keys[++n_keys] = k
    # in an order that is the same everywhere
    for (i = 2; i <= n_keys; i++) {
        k = keys[i]
        for (j = i - 1; j > 0 && keys[j] > k; j--) keys[j + 1] = keys[j]
        keys[j + 1] = k
    }
    for (i = 1; i <= n_keys; i++) printf "        %s) kind='%s' ;;\n", names[keys[i]], keys[i]
    print "    esac"
}

END {
    print "# bash completion for assay; made of the program's own --help by share/completions/bash.awk"
    print ""
    print "# What kind of value an option of the command takes; nothing where it takes none"
    print "_assay_kind() {\n    kind=''"
    print_kinds()
    print "}\n"
    print "# The words of $1 that begin with $2"
    print "_assay_offer() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$2\"); }\n"
    print "# _assay_value KIND BEGINNING"
    print "_assay_value() {"
    print "    case $1 in"
    print "        files) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$2\") ;;"
    print "        directories) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$2\") ;;"
    printf "        limits) compopt -o nospace 2> /dev/null; _assay_offer '"
    n = split (limits, limit, " ")
    for (i = 1; i <= n; i++) printf "%s%s=", i == 1 ? "" : " ", limit[i]
    print "' \"$2\" ;;"
    print "        'words '*) _assay_offer \"${1#words }\" \"$2\" ;;"
    print "    esac\n}\n"
    print "_assay() {"
    print "    local command='' options='' verbs='' kind='' word='' option='' place=1 current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}"
    print "    COMPREPLY=()"
    list = ""
    for (i = 1; i <= n_commands; i++) if (commands[i] !~ / /) list = list " " commands[i]
    print "    if [ \"$COMP_CWORD\" -eq 1 ]; then"
    printf "        _assay_offer '%s --help --version' \"$current\"\n", substr (list, 2)
    print "        return\n    fi"
    print "    command=${COMP_WORDS[1]}"
    print_options()
    print "    if [ -n \"$verbs\" ]; then"
    print "        if [ \"$COMP_CWORD\" -eq 2 ]; then"
    print "            _assay_offer \"$verbs $options\" \"$current\""
    print "            return\n        fi"
    print "        command=\"$command ${COMP_WORDS[2]}\""
    print_options()
    print "        [ \"$COMP_CWORD\" -gt 2 ] || return"
    print "        place=2"
    print "    fi"
    print "    # behind `--` there are no options"
    print "    for word in \"${COMP_WORDS[@]:place:COMP_CWORD-place}\"; do"
    print "        if [ \"$word\" = -- ]; then _assay_value files \"$current\"; return; fi"
    print "    done"
    print "    # `--option=value` is three words, or one where COMP_WORDBREAKS lacks the sign"
    print "    case $current in"
    print "        =) option=$before current='' ;;"
    print "        --*=*) option=${current%%=*} current=${current#*=} ;;"
    print "        *) case $before in"
    print "               =) option=${COMP_WORDS[COMP_CWORD-2]} ;;"
    print "               -*) option=$before ;;"
    print "           esac ;;"
    print "    esac"
    print "    [ -z \"$option\" ] || _assay_kind \"$option\""
    print "    if [ -n \"$kind\" ]; then"
    print "        _assay_value \"$kind\" \"$current\""
    print "        case ${COMP_WORDS[COMP_CWORD]} in --*=*) COMPREPLY=(\"${COMPREPLY[@]/#/$option=}\") ;; esac"
    print "        return"
    print "    fi"
    print "    case $current in"
    print "        -*) _assay_offer \"$options\" \"$current\" ;;"
    print "        *) _assay_value files \"$current\" ;;"
    print "    esac"
    print "}"
    print "complete -F _assay assay"
}
