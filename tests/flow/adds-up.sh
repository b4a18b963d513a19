#!/bin/sh
# What verify and compare write adds up by the gate's own count, whatever they found: each report of all their cases in
# tests/cli is rendered, which says so of one that does not.
#
#   sh adds-up.sh     from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin adds-up jq xz zstd bwrap
mkdir -m 777 reports
# in the place of the program: as it, and what it wrote is looked at
cat > program <<END
#!/bin/sh
report='' next=''
case \${1:-} in verify | compare) ;; *) exec '$assay' "\$@" ;; esac
for word; do
    [ -z "\$next" ] || report=\$word
    next=''
    case \$word in --report) next=yes ;; --report=*) report=\${word#--report=} ;; esac
done
code=0
own=''
if [ -z "\$report" ]; then
    own=\$(mktemp -u '$work/reports/own.XXXXXX')
    report=\$own
    '$assay' "\$@" --report "\$own" || code=\$?
else
    '$assay' "\$@" || code=\$?
fi
if [ -f "\$report" ] && [ -s "\$report" ]; then
    '$assay' render "\$report" --format json 2> /dev/null > /dev/null || exit \$code
    echo "\$code" >> '$work/reports/count'
    '$assay' render "\$report" | tr -s ' \n' '  ' > "\$report.text"
    ! grep -o 'This report does not add up:[^.]*' "\$report.text" >> '$work/reports/wrong' || echo "  \$*" >> '$work/reports/wrong'
    rm -f "\$report.text"
fi
[ -z "\$own" ] || rm -f "\$own"
exit \$code
END
chmod 755 program
: > reports/wrong
: > reports/count
# one of a case that counts its outputs is none of ours
ASSAY=$work/program sh "$here/../cli/run.sh" verify compare > cases || { cat cases >&2; fail 'the cases do not hold'; }
[ ! -s reports/wrong ] || { cat reports/wrong >&2; fail 'a report does not add up'; }
for code in 0 1 2; do grep -qx "$code" reports/count || fail "no case ended with $code"; done
[ "$(wc -l < reports/count)" -ge 60 ] || fail "only $(wc -l < reports/count) reports were looked at"
ok "$(wc -l < reports/count | tr -d ' ') reports of what passes, fails and is undecided add up"
# and one that was changed does not
echo one > image
"$assay" compare image image --report report.json --quiet
jq -c '.accounting.identical = 3' report.json > changed.json
"$assay" render changed.json | grep -q 'This report does not add up' || fail 'a changed report adds up'
ok 'one that was changed does not'
