# What the makers of completions share: reads the table of share/describe.sh.

BEGIN { FS = "\t" }

$1 == "command" { commands[++n_commands] = $2; summary[$2] = $3 }
$1 == "option" { options++; command[options] = $2; short[options] = $3; long[options] = $4; argument[options] = $5; meaning[options] = $6 }
$1 == "limit" { limits = limits (limits == "" ? "" : " ") $2 }

# The verbs that a command takes, which stands alone then
function verbs(name,    i, list) {
    for (i = 1; i <= n_commands; i++)
        if (index (commands[i], name " ") == 1) list = list (list == "" ? "" : " ") substr (commands[i], length (name) + 2)
    return list
}

# What kind of value option number i takes: none, files, directories, words, limits, or text that nobody can guess
function kind(i) {
    if (argument[i] == "-") return "none"
    if (argument[i] == "NAME=VALUE") return "limits"
    if (argument[i] == "DIR") return "directories"
    if (words(i) != "") return "words"
    return argument[i] ~ /^(A|BYTES|GLOB|HEX|K|N|NAME|SUITE|T|TIME|URL)$/ ? "text" : "files"
}

# The words that it takes, where its description ends with `text, json or html`
function words(i,    list) {
    if (argument[i] ~ /^(FILE|IMAGE)$/) return ""
    list = meaning[i]
    sub (/^.*: /, "", list)
    if (list !~ /^[a-z0-9-]+(, [a-z0-9-]+)* or [a-z0-9-]+$/) return ""
    gsub (/,| or/, "", list)
    return list
}
