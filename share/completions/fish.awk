# Completion for fish, of the table of share/describe.sh; read behind values.awk.

function quoted(text) {
    gsub (/\\/, "\\\\\\\\", text)
    gsub (/'/, "\\'", text)
    return "'" text "'"
}

function print_option(i,    k, line) {
    k = kind(i)
    line = "complete -c assay -n '__assay_is " command[i] "' -l " long[i]
    if (short[i] != "-") line = line " -s " short[i]
    if (k == "files") line = line " -r -F"
    else if (k == "directories") line = line " -x -a '(__fish_complete_directories)'"
    else if (k == "words") line = line " -x -a '" words(i) "'"
    else if (k == "limits") line = line " -x -a '" limits_with("=") "'"
    else if (k == "text") line = line " -x"
    print line " -d " quoted(meaning[i])
}

function limits_with(sign,    list) {
    list = limits
    gsub (/ /, sign " ", list)
    return list sign
}

END {
    print "# fish completion for assay; made of the program's own --help by share/completions/fish.awk"
    print ""
    print "# Whether the line begins with these words behind the program"
    print "function __assay_is"
    print "    set -l words (commandline -opc)"
    print "    set -e words[1]"
    print "    set -l last (count $argv)"
    print "    test (count $words) -ge $last"
    print "    and test \"$words[1..$last]\" = \"$argv\""
    print "end"
    print "# Whether it begins with these and has nothing behind them"
    print "function __assay_ends"
    print "    set -l words (commandline -opc)"
    print "    set -e words[1]"
    print "    test \"$words\" = \"$argv\""
    print "end"
    print "function __assay_begins"
    print "    test (count (commandline -opc)) -eq 1"
    print "end\n"
    print "complete -c assay -n __assay_begins -f -l help -d 'Show the commands'"
    print "complete -c assay -n __assay_begins -f -l version -d 'Show the version'"
    for (c = 1; c <= n_commands; c++) {
        name = commands[c]
        at = match (name, / [^ ]+$/)
        if (at == 0) print "complete -c assay -n __assay_begins -f -a " name " -d " quoted(summary[name])
        else print "complete -c assay -n '__assay_ends " substr (name, 1, at - 1) "' -f -a " substr (name, at + 1) " -d " quoted(summary[name])
        if (verbs(name) != "") print "complete -c assay -n '__assay_ends " name "' -f -l help -s h -d 'Show its commands'"
    }
    for (i = 1; i <= options; i++) print_option(i)
}
