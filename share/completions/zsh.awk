# Completion for zsh, of the table of share/describe.sh; read behind values.awk.

function quoted(text) {
    gsub (/'/, "'\\''", text)
    return "'" text "'"
}

# In a specification of _arguments brackets and colons have a meaning
function described(text) {
    gsub (/\\/, "\\\\\\\\", text)
    gsub (/\[/, "\\[", text)
    gsub (/\]/, "\\]", text)
    gsub (/:/, "\\:", text)
    return text
}

function action(i,    k, list) {
    k = kind(i)
    if (k == "directories") return "_files -/"
    if (k == "words") return "(" words(i) ")"
    if (k == "limits") return "{compadd -S = - " limits "}"
    return k == "text" ? " " : "_files"
}

function print_arguments(name, indent,    i, spec) {
    print indent "_arguments -s \\"
    for (i = 1; i <= options; i++) {
        if (command[i] != name) continue
        spec = "[" described(meaning[i]) "]"
        if (argument[i] == "-") {
            print indent "    " quoted("--" long[i] spec) " \\"
            if (short[i] != "-") print indent "    " quoted("-" short[i] spec) " \\"
            continue
        }
        spec = spec ":" described(argument[i]) ":" action(i)
        print indent "    " quoted("*--" long[i] "=" spec) " \\"
        if (short[i] != "-") print indent "    " quoted("*-" short[i] "+" spec) " \\"
    }
    print indent "    '*:file:_files'"
}

function print_choice(names, indent,    i, n, list, whole) {
    print indent "local -a verbs=("
    n = split (names, list, " ")
    for (i = 1; i <= n; i++) {
        whole = prefix == "" ? list[i] : prefix " " list[i]
        print indent "    " quoted(list[i] ":" described(summary[whole]))
    }
    print indent ")"
    print indent "_describe -t commands command verbs"
}

END {
    print "#compdef assay"
    print "# zsh completion for assay; made of the program's own --help by share/completions/zsh.awk"
    print ""
    print "_assay() {"
    print "    local curcontext=$curcontext"
    print "    if (( CURRENT == 2 )); then"
    list = ""
    for (c = 1; c <= n_commands; c++) if (commands[c] !~ / /) list = list (list == "" ? "" : " ") commands[c]
    prefix = ""
    print_choice(list, "        ")
    print "        _arguments '--help[show the commands]' '--version[show the version]'"
    print "        return"
    print "    fi"
    print "    shift words"
    print "    (( CURRENT-- ))"
    print "    case $words[1] in"
    for (c = 1; c <= n_commands; c++) {
        name = commands[c]
        if (name ~ / /) continue
        print "    (" name ")"
        prefix = name
        if (verbs(name) == "") { print_arguments(name, "        "); print "        ;;"; continue }
        print "        if (( CURRENT == 2 )); then"
        print_choice(verbs(name), "            ")
        print "            _arguments '--help[show its commands]'"
        print "            return"
        print "        fi"
        print "        shift words"
        print "        (( CURRENT-- ))"
        print "        case $words[1] in"
        n = split (verbs(name), inner, " ")
        for (i = 1; i <= n; i++) {
            print "        (" inner[i] ")"
            print_arguments(name " " inner[i], "            ")
            print "            ;;"
        }
        print "        esac"
        print "        ;;"
    }
    print "    esac"
    print "}"
    print ""
    print "_assay \"$@\""
}
