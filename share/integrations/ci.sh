#!/bin/sh
# Runs assay in a pipeline, and leaves every form of its report where a CI server finds it.
#
# All that it takes are variables of the environment, which no shell expands a second time. Lists have one item a line.
#   ASSAY_IMAGE      the image: a file or directory
#   ASSAY_RECIPE     recipes: the source is rebuilt, and the image judged against it (`assay verify`); or
#   ASSAY_EXPECTED   what the image should be: a file or directory (`assay compare`); or
#   ASSAY_REPORT     a stored report, which you trust: it is held against the policy and the image (`assay gate`)
#   ASSAY_POLICY     what must hold
#   ASSAY_SCOPE      globs of what is judged; left out, all of it
#   ASSAY_LIMIT      limits, as `time=2h`
#   ASSAY_TIME       the moment for which lines of the policy hold that expire
#   ASSAY_OUTPUT     directory (left out: assay-report) that gets report.json, .html, .sarif, .xml (JUnit) and .md;
#                    what an earlier run left there under these names is removed
#   ASSAY_SUMMARY    file that a summary in Markdown is added to
#   ASSAY_PROGRAM    the program (left out: assay)
#
# Exit: that of assay. Only 0 is a pass; 2, undecided, is none.
set -eu

refuse() { printf 'assay-ci: %s\n' "$*" >&2; exit 64; }

# place NAME: the name of a file that is none of an option
place() {
    case $1 in
        -*) printf './%s' "$1" ;;
        *) printf '%s' "$1" ;;
    esac
}

line_end='
'
for value in "${ASSAY_IMAGE:-}" "${ASSAY_EXPECTED:-}" "${ASSAY_REPORT:-}" "${ASSAY_POLICY:-}" "${ASSAY_TIME:-}" "${ASSAY_OUTPUT:-}"; do
    case $value in *"$line_end"*) refuse 'a name of two lines' ;; esac
done
program=${ASSAY_PROGRAM:-assay}
output=$(place "${ASSAY_OUTPUT:-assay-report}")
command -v "$program" > /dev/null || refuse "there is no program $program: install the package assay"
[ -n "${ASSAY_IMAGE:-}" ] || refuse 'ASSAY_IMAGE names no image'
[ ! -L "$output" ] || refuse "$output is a link, and may lead anywhere"
given=
[ -z "${ASSAY_RECIPE:-}" ] || given="${given}r"
[ -z "${ASSAY_EXPECTED:-}" ] || given="${given}e"
[ -z "${ASSAY_REPORT:-}" ] || given="${given}s"
case $given in
    r) set -- verify ;;
    e) set -- compare ;;
    s) set -- gate --trust-report "--image=$ASSAY_IMAGE" ;;
    *) refuse 'expected one of ASSAY_RECIPE, ASSAY_EXPECTED and ASSAY_REPORT' ;;
esac
if [ "$given" = s ] && [ -n "${ASSAY_SCOPE:-}${ASSAY_LIMIT:-}" ]; then refuse 'ASSAY_SCOPE and ASSAY_LIMIT do not go with ASSAY_REPORT'; fi

while IFS= read -r line; do [ -z "$line" ] || set -- "$@" "--recipe=$line"; done << END
${ASSAY_RECIPE:-}
END
while IFS= read -r line; do [ -z "$line" ] || set -- "$@" "--scope=$line"; done << END
${ASSAY_SCOPE:-}
END
while IFS= read -r line; do [ -z "$line" ] || set -- "$@" "--limit=$line"; done << END
${ASSAY_LIMIT:-}
END
[ -z "${ASSAY_POLICY:-}" ] || set -- "$@" "--policy=$ASSAY_POLICY"
[ -z "${ASSAY_TIME:-}" ] || set -- "$@" "--time=$ASSAY_TIME"

report=$output/report
if [ "$given" = s ]; then
    set -- "$@" "$(place "$ASSAY_REPORT")"
else
    # what is left of an earlier run, or came with what is judged, must not be taken for what this one says
    mkdir -p "$output" || refuse "$output cannot be made"
    rm -f "$report.json" "$report.html" "$report.sarif" "$report.xml" "$report.md" || refuse "what lies in $output cannot be removed"
    set -- "$@" "--report=$report.json" "--html=$report.html" "--sarif=$report.sarif" "--junit=$report.xml" "--markdown=$report.md" \
        --no-progress "$(place "$ASSAY_IMAGE")"
    [ "$given" != e ] || set -- "$@" "$(place "$ASSAY_EXPECTED")"
fi

code=0
"$program" "$@" || code=$?
if [ "$code" = 0 ] && [ "$given" != s ] && [ ! -s "$report.json" ]; then
    echo 'assay-ci: a pass without a report is none' >&2
    code=70
fi
case $code in
    0) result=pass ;;
    1) result=fail ;;
    2) result=undecided ;;
    *) result='no result' ;;
esac
if [ -n "${ASSAY_SUMMARY:-}" ]; then
    if [ "$given" != s ] && [ -s "$report.md" ]; then
        cat "$report.md" >> "$ASSAY_SUMMARY"
    else
        printf '**assay: %s** (exit code %s)\n' "$result" "$code" >> "$ASSAY_SUMMARY"
    fi
fi
exit "$code"
