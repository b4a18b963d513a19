# A page of section 1, in mdoc, of one command; from the table of share/describe.sh.
#
#   awk -f page.awk -v name='toolchain make' -v date='November 27, 2026' -v version=0.1.0 TABLE
#
# name is '' for the page of assay itself, which -v more=FILE is put into before SEE ALSO.

BEGIN { FS = "\t" }

$1 == "about" { about[++abouts] = $2 }
$1 == "exit" { exits[++n_exits] = $2 }
$1 == "command" { commands[++n_commands] = $2; summaries[$2] = $3 }
$1 == "usage" && $2 == name { usage = $3 }
$1 == "text" && $2 == name { text[++texts] = $3 }
$1 == "more" && $2 == name { mores[++n_mores] = $3 }
$1 == "option" && $2 == name { options++; short[options] = $3; long[options] = $4; argument[options] = $5; meaning[options] = $6; has[$4] = 1 }

# A text line: nothing in it is a request, and quotes and dashes stay what they are
function plain(line) {
    gsub (/\\/, "\\e", line)
    gsub (/`/, "\\(ga", line)
    gsub (/'/, "\\(aq", line)
    gsub (/\^/, "\\(ha", line)
    gsub (/~/, "\\(ti", line)
    gsub (/--/, "\\-\\-", line)
    gsub (/ -/, " \\-", line)
    gsub (/"/, "\\(dq", line)
    if (line ~ /^\./) line = "\\&" line
    return line
}

function literal(line) {
    line = plain (line)
    gsub (/\\-/, "-", line)
    gsub (/-/, "\\-", line)
    return line
}

# A text line of prose: a sentence begins on a line of its own
function prose(line) {
    line = plain (line)
    gsub (/\. /, ".\n", line)
    gsub (/\n\./, "\n\\\\\\&.", line)
    return line
}

function paragraph(line) { print line == "" ? ".Pp" : prose(line) }

function page_of(command) {
    gsub (/ /, "-", command)
    return "assay" (command == "" ? "" : "-") command
}

function print_options(    i) {
    print ".Sh OPTIONS"
    print ".Bl -tag -width Ds"
    for (i = 1; i <= options; i++) {
        printf ".It "
        if (short[i] != "-") printf "Fl %s , ", short[i]
        printf "Fl \\-%s", literal (long[i])
        if (argument[i] != "-") printf " Ns = Ns Ar %s", literal (argument[i])
        print ""
        print prose(meaning[i]) "."
    }
    print ".El"
}

# Below the options: examples, which are indented; exit codes; and what else there is to know
function sort_mores(    i, kind) {
    kind = "other"
    for (i = 1; i <= n_mores; i++) {
        if (mores[i] ~ /^Examples?:$/) { kind = "example"; continue }
        if (mores[i] ~ /^Exit code/) kind = "exit"
        else if (mores[i] ~ /^[^ ]/ && kind == "example") kind = "other"
        if (kind == "example") { examples[++n_examples] = mores[i] }
        if (kind == "exit") exits[++n_exits] = mores[i]
        if (kind == "other") others[++n_others] = mores[i]
    }
}

function print_block(lines, count,    i) {
    while (count > 0 && lines[count] == "") count--
    print ".Bd -literal -offset indent"
    for (i = 1; i <= count; i++) { sub (/^  /, "", lines[i]); print literal (lines[i]) }
    print ".Ed"
}

function print_paragraphs(lines, count,    i) {
    while (count > 0 && lines[count] == "") count--
    for (i = 1; i <= count; i++)
        if (lines[i] != "" || (i > 1 && lines[i - 1] != "")) paragraph(lines[i])
}

# By section, then by name
function sort_pages(list, n,    i, j, held) {
    for (i = 2; i <= n; i++) {
        held = list[i]
        for (j = i - 1; j > 0 && order_of(list[j]) > order_of(held); j--) list[j + 1] = list[j]
        list[j + 1] = held
    }
}

function order_of(page,    words) {
    split (page, words, " ")
    return words[2] " " words[1]
}

function print_see_also(    i, n, list) {
    n = 0
    if (name != "") list[++n] = "assay 1"
    for (i = 1; i <= n_commands; i++)
        if (name == "" || index (commands[i], name " ") == 1) list[++n] = page_of(commands[i]) " 1"
    if (name == "" || name ~ /^toolchain/) list[++n] = "assay-toolchain-lock 5"
    if (name == "" || has["layout"]) list[++n] = "assay-layout 5"
    if (name == "" || has["policy"]) list[++n] = "assay-policy 5"
    if (name == "" || has["recipe"] || name == "pin" || name == "init") list[++n] = "assay-recipe 5"
    if (name == "" || has["report"] || name == "gate") list[++n] = "assay-report 5"
    sort_pages(list, n)
    print ".Sh SEE ALSO"
    for (i = 1; i <= n; i++) print ".Xr " list[i] (i < n ? " ," : "")
}

function print_assay(    i) {
    print ".Sh SYNOPSIS\n.Nm assay\n.Ar COMMAND\n.Op Ar OPTION ...\n.Nm assay\n.Fl \\-help\n.Nm assay\n.Fl \\-version"
    print ".Sh DESCRIPTION"
    print_paragraphs(about, abouts)
    print ".Pp\nThe commands are"
    print ".Bl -tag -width Ds"
    for (i = 1; i <= n_commands; i++) print ".It Xr " page_of(commands[i]) " 1\n" plain (summaries[commands[i]]) "."
    print ".El"
    print ".Sh OPTIONS\n.Bl -tag -width Ds\n.It Fl \\-help\nShow the commands and the exit codes."
    print "With a command in front of it: show its options, and an example."
    print ".It Fl \\-version\nShow the version.\n.El"
    while ((getline line < more) > 0) print line
    print ".Sh EXIT STATUS\n.Bl -tag -width Ds"
    for (i = 1; i <= n_exits; i++)
        if (exits[i] ~ /^[0-9]/) {
            match (exits[i], /^[0-9]+ +/)
            print ".It " exits[i] + 0 "\n" plain (substr (exits[i], RLENGTH + 1)) "."
        }
    print ".El"
}

function print_command(    i, inner) {
    print ".Sh SYNOPSIS\n.Nm assay"
    print literal (name)
    for (i = 1; i <= n_commands; i++)
        if (index (commands[i], name " ") == 1) inner = inner (inner == "" ? "" : " | ") substr (commands[i], length (name) + 2)
    if (inner != "") { print "(" inner ")\n.Op Ar OPTION ..." }
    else { print ".Op Ar OPTION ..."; if (usage != "") print literal (usage) }
    print ".Sh DESCRIPTION"
    if (inner != "") {
        print "Its parts are"
        print ".Bl -tag -width Ds"
        for (i = 1; i <= n_commands; i++)
            if (index (commands[i], name " ") == 1) print ".It Xr " page_of(commands[i]) " 1\n" plain (summaries[commands[i]]) "."
        print ".El"
    }
    print_paragraphs(text, texts)
    delete exits
    n_exits = 0
    sort_mores()
    if (n_others > 0) { print ".Pp"; print_paragraphs(others, n_others) }
    if (options > 0) print_options()
    if (n_exits > 0) { print ".Sh EXIT STATUS"; print_paragraphs(exits, n_exits) }
    if (n_examples > 0) { print ".Sh EXAMPLES"; print_block(examples, n_examples) }
}

END {
    title = page_of(name)
    print ".\\\" Made of the program's own --help by share/man/page.awk."
    print ".Dd " date
    print ".Dt " toupper (title) " 1"
    print ".Os assay " version
    print ".Sh NAME\n.Nm " title
    print ".Nd " plain (name == "" ? "whether a firmware image is what its source builds" : summaries[name])
    if (name == "") print_assay()
    else print_command()
    print_see_also()
}
