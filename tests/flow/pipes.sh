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
