#!/bin/sh
# A pipe that is given as two inputs is refused, and not waited for.
#
#   sh pipes.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
# shellcheck disable=SC2154 # lib.sh says what is named there
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin pipes mkfifo

mkfifo pipe other
ln -s pipe link
echo x > file
# twice WHAT ARGUMENTS...: it ends, nobody writing
twice() {
    what=$1
    shift
    code=0
    timeout 60 "$assay" "$@" > out 2> err < /dev/null || code=$?
    ends 64
    says err 'is a pipe, which can be read once, and is given twice'
    ok "$what: refused"
}
twice 'both sides' compare pipe pipe
twice 'both sides, one by a link' compare pipe link
twice 'a side and the policy' compare pipe file --policy pipe
twice 'the image and the recipe' verify pipe --recipe pipe
{ echo x > pipe; } &
{ echo x > other; } &
run 'two pipes' compare pipe other
ends 0
ok "$what are read"

# started without standard streams, as some daemons do: what is opened next must not take their numbers
closed() {
    what=$1
    shift
    code=0
    "$@" 2> err || code=$?
    [ "$code" = 2 ] || { cat err >&2; fail "$what: exit $code in place of 2"; }
    says err 'cannot write standard output'
    ok "$what: exit $code"
}
cp file same
without_output() { "$assay" compare same file --report - >&-; }
without_both() { "$assay" compare same file --report - <&- >&-; }
closed 'without standard output' without_output
closed 'without standard input and output' without_both
code=0
"$assay" compare same file --quiet <&- >&- 2>&- || code=$?
[ "$code" = 0 ] || fail "without any stream: exit $code"
ok 'a quiet pass without any stream: exit 0'
