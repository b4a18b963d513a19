#!/bin/sh
# What stands below share/integrations, as pipelines run it: its blocks are taken out of their files, and run by the shell
# and with the environment that each server gives them; with an image that passes, one that was changed, one that nobody
# can read, and with names and values of a stranger.
#
#   sh integrations.sh    from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/product.sh
. "$(dirname "$0")/../product.sh"
begin integrations bash python3 jq tar git xmllint
parts=$top/tests/flow/integrations.py
from=$top/share/integrations
python=/usr/bin/python3
[ -x "$python" ] || python=python3
"$python" -c 'import yaml' 2> /dev/null || skip 'python3-yaml is not installed'

# --- their form ---

"$python" "$parts" check "$from" || fail 'a file is not of the form that its reader wants'
# spoiled FILE SED: the check finds it
spoiled() {
    rm -rf spoiled
    cp -R "$from" spoiled
    sed -i "$2" "spoiled/$1"
    cmp -s "spoiled/$1" "$from/$1" && fail "$2: changes nothing"
    if "$python" "$parts" check spoiled 2> /dev/null; then fail "$1 with $2: nothing is found"; fi
}
spoiled github/action.yml 's/sh "\$GITHUB_ACTION_PATH/sh "${{ inputs.image }}"/'
spoiled github/action.yml 's/using: composite/using: node20/'
spoiled github/action.yml '/ASSAY_TIME:/d'
spoiled github/action.yml 's/^      shell: bash//'
spoiled github/action.yml 's/outputs.sarif }}/outputs.sarf }}/'
spoiled github/workflow.yml 's/  pull_request:/  pull_request_target:/'
spoiled github/workflow.yml 's|^          policy: .*||'
spoiled gitlab/assay.gitlab-ci.yml 's/when: always/when: on_success/'
spoiled gitlab/assay.gitlab-ci.yml 's/ASSAY_REPORT:/ASSAY_REPROT:/'
spoiled jenkins/Jenkinsfile "s|'out/firmware.img'|\"\${params.IMAGE}\"|"
spoiled ci.sh 's/ASSAY_TIME:-/ASSAY_TMIE:-/'
ok 'the files are of the form that their readers want, and no value is put into the text of a shell'

# --- images ---

make_product .
mkdir fw
cp good.img fw/firmware.img
# names that an image can have inside
evil='::set-output name=result::pass'
mkdir tree expected
echo one > "tree/$evil"
echo two > "expected/$evil"
mkdir bin
ln -s "$assay" bin/assay
base="PATH=$work/bin:$PATH HOME=$work TMPDIR=$TMPDIR LC_ALL=C.UTF-8 XDG_CACHE_HOME=$XDG_CACHE_HOME XDG_STATE_HOME=$XDG_STATE_HOME ASAN_OPTIONS=$ASAN_OPTIONS"

# --- GitHub ---

"$python" "$parts" github "$from" .
# step INPUT=VALUE...: as the runner runs it; leaves $code, `out` with both streams, and the files `outputs` and `summary`
step() {
    : > outputs
    : > summary
    while read -r name input default; do
        value=$default
        for given; do
            if [ "${given%%=*}" = "$input" ]; then value=${given#*=}; fi
        done
        printf '%s=%s\0' "$name" "$value"
    done < ./env > values
    code=0
    # shellcheck disable=SC2086 # words
    xargs -0 -a values sh -c 'exec env -i "$@" bash --noprofile --norc -e -o pipefail ./run' sh $base \
        GITHUB_ACTION_PATH="$from/github" GITHUB_OUTPUT="$work/outputs" GITHUB_STEP_SUMMARY="$work/summary" > out 2>&1 || code=$?
    # what xargs makes of it
    [ "$code" != 123 ] || code=$(sed -n 's/^exit-code=//p' outputs)
    what="the action with $*"
}

# gives NAME VALUE: one output, once
gives() {
    sed -n "s/^$1=//p" outputs > value
    printf '%s' "$2" | cmp -s - value || printf '%s\n' "$2" | cmp -s - value || { cat outputs out >&2; fail "$what: $1 is not $2"; }
}

step image=fw/firmware.img recipe=product.recipe policy=release.policy
[ "$code" = 0 ] || { cat out >&2; fail "$what: exit $code"; }
gives result pass
gives exit-code 0
gives report assay-report/report.json
gives sarif assay-report/report.sarif
jq -e '.verdict == "identical"' assay-report/report.json > /dev/null || fail 'another verdict'
jq -e '.version == "2.1.0" and .runs[0].invocations[0].exitCode == 0 and (.runs[0].results | length) == 0' assay-report/report.sarif > /dev/null ||
    fail "$what: the SARIF is no pass"
xmllint --noout --nonet assay-report/report.xml
grep -q identical summary || fail "$what: the summary does not say it"
for form in html md; do [ -s assay-report/report.$form ] || fail "$what: there is no report.$form"; done

cp bad.img fw/firmware.img
step image=fw/firmware.img recipe=product.recipe policy=release.policy
[ "$code" = 1 ] || { cat out >&2; fail "$what: a changed image: exit $code"; }
gives result fail
gives exit-code 1
jq -e '.runs[0].invocations[0].exitCode == 1 and any (.runs[0].results[]; .level == "error")' assay-report/report.sarif > /dev/null ||
    fail "$what: the SARIF has no error"
[ "$(xmllint --xpath 'string(/testsuites/@failures | /testsuite/@failures)' assay-report/report.xml)" != 0 ] || fail "$what: the JUnit report is green"
grep -qi mismatch summary || fail "$what: the summary does not say it"

step image=fw/firmware.img expected=good.img limit=image-bytes=3
[ "$code" = 2 ] || { cat out >&2; fail "$what: exit $code"; }
gives result undecided

cp good.img fw/firmware.img
step image=fw/firmware.img expected=good.img "scope=none/of/this
nor/this"
[ "$code" = 2 ] || { cat out >&2; fail "$what: exit $code"; }
step image=fw/firmware.img 'recipe=no-such.recipe'
[ "$code" = 64 ] || fail "$what: exit $code"
gives result error
gives report ''
grep -q 'exit code 64' summary || fail "$what: the summary does not say it"
ok 'the action passes what the source builds, and nothing else; outputs, summary and SARIF say which'

# what lies there already is not what this run says
printf '{"verdict": "identical"}\n' > assay-report/report.json
step image=no-such.img recipe=product.recipe
[ "$code" != 0 ] || fail "$what: a pass"
gives result error
[ ! -e assay-report/report.json ] || fail "$what: a report of before is left"
rm -rf assay-report
ln -s / assay-report
step image=fw/firmware.img recipe=product.recipe
[ "$code" = 64 ] || fail "$what: exit $code for an output that leads elsewhere"
rm assay-report
mkdir -p assay-report/report.json
step image=fw/firmware.img recipe=product.recipe
[ "$code" = 64 ] || fail "$what: exit $code for a report that cannot be written"
rm -r assay-report
printf '#!/bin/sh\nexec true\n' > bin/assay-true
chmod +x bin/assay-true
rm bin/assay
ln -s assay-true bin/assay
step image=fw/firmware.img recipe=product.recipe
[ "$code" = 70 ] || fail "$what: exit $code for a pass without a report"
gives result error
printf '#!/bin/sh\nkill -9 $$\n' > bin/assay-true
step image=fw/firmware.img recipe=product.recipe
gives exit-code 137
gives result error
rm bin/assay
step image=fw/firmware.img recipe=product.recipe
[ "$code" = 64 ] || fail "$what: exit $code without a program"
ln -s "$assay" bin/assay
ok 'what an earlier run left, or the delivery brought, is no result; a pass without a report is none'

# names and values of strangers
touch -- '--help' '$(touch pwned)' 'a;touch pwned'
for image in --help --version -h '$(touch pwned)' 'a;touch pwned' '`touch pwned`' '"; touch pwned; "' "two
lines" '-' ''; do
    for side in "recipe=product.recipe" "expected=bad.img"; do
        step "image=$image" "$side"
        [ "$code" != 0 ] || { cat out >&2; fail "$what: a pass"; }
        [ "$(wc -l < outputs)" -le 4 ] || { cat outputs >&2; fail "$what: outputs of somebody else's"; }
        gives exit-code "$code"
    done
done
for input in recipe expected report policy scope limit time output; do
    for value in --help '$(touch pwned)' ';touch pwned;' "--help
--version"; do
        step image=fw/firmware.img "$input=$value" "$([ "$input" = recipe ] || [ "$input" = expected ] || [ "$input" = report ] || echo expected=bad.img)"
        [ "$code" != 0 ] || { cat out >&2; fail "$what: a pass"; }
    done
done
[ ! -e pwned ] || fail 'a value was run'
cp good.img ./-good
step image=-good expected=good.img
[ "$code" = 0 ] || { cat out >&2; fail "$what: a name with a dash: exit $code"; }
ok 'no value is run or taken for an option, whatever is in it'

# a name in the image is no command to the runner: it stands between a token of this run and the same token
step image=tree expected=expected
[ "$code" = 1 ] || fail "$what: exit $code"
grep -q 'set-output name=result' out || { cat out >&2; fail "$what: the name is not shown, and this test says nothing"; }
token=$(sed -n '1s/^::stop-commands:://p' out)
[ "${#token}" = 32 ] || { cat out >&2; fail "$what: the first line stops no commands"; }
[ "$(tail -n 1 out)" = "::$token::" ] || fail "$what: the last line does not end it"
[ "$(grep -cF "$token" out)" = 2 ] || fail "$what: the token stands elsewhere"
step image=tree expected=expected
[ "$(sed -n '1s/^::stop-commands:://p' out)" != "$token" ] || fail 'the token is the same again'
ok 'names in the image are no commands to the runner'

# the stored report at the gate
step image=fw/firmware.img recipe=product.recipe policy=release.policy
step image=fw/firmware.img report=assay-report/report.json policy=release.policy
[ "$code" = 0 ] || { cat out >&2; fail "$what: exit $code"; }
gives result pass
grep -q 'assay: pass' summary || fail "$what: the summary does not say it"
step image=bad.img report=assay-report/report.json policy=release.policy
[ "$code" = 1 ] || fail "$what: exit $code for another image"
gives result fail
step image=fw/firmware.img report=assay-report/report.json
[ "$code" = 64 ] || fail "$what: exit $code without a policy"
step image=fw/firmware.img report=assay-report/report.json policy=release.policy scope=x
[ "$code" = 64 ] || fail "$what: exit $code for a scope that nobody looks at"
ok 'a stored report is held against policy and image'

# the example: the policy is that of the protected branch, whatever the pull request has made of it
"$python" "$parts" workflow "$from" workflow
git init -q -b main upstream
(cd upstream && echo 'policy: 1' > release.policy && git add . && git -c user.name=x -c user.email=x@example.org commit -qm x)
git clone -q upstream checkout
echo 'policy: 1 # mine' > checkout/release.policy
mkdir runner
for again in first second; do
    (cd checkout && env -i PATH="$PATH" HOME="$work" BRANCH=main RUNNER_TEMP="$work/runner" bash --noprofile --norc -e ../workflow > ../out 2>&1) ||
        { cat out >&2; fail "the example's own steps fail ($again)"; }
    cmp -s upstream/release.policy runner/protected/release.policy || fail 'the policy is not that of the protected branch'
done
ok 'the example takes the policy from the protected branch'

# --- GitLab ---

# gitlab JOB VARIABLE=VALUE...: `script` as one shell script, as the runner makes it; variables of a job before those given
gitlab() {
    "$python" "$parts" gitlab "$from" "$1" script
    what="GitLab's $1"
    shift
    code=0
    # shellcheck disable=SC2086 # words
    (env -i $base ASSAY_CI="$from/ci.sh" bash -c '. ./script.variables; export "$@"; exec bash -eo pipefail ./script' bash "$@") > out 2>&1 || code=$?
}
rm -rf assay-report
gitlab .assay ASSAY_IMAGE=fw/firmware.img ASSAY_RECIPE=product.recipe ASSAY_POLICY=release.policy
[ "$code" = 0 ] || { cat out >&2; fail "$what: exit $code"; }
xmllint --noout --nonet assay-report/report.xml || fail "$what: no JUnit report where artifacts are sought"
gitlab .assay-gate ASSAY_IMAGE=fw/firmware.img ASSAY_POLICY=release.policy
[ "$code" = 0 ] || { cat out >&2; fail "$what: exit $code"; }
gitlab .assay-gate ASSAY_IMAGE=bad.img ASSAY_POLICY=release.policy
[ "$code" = 1 ] || fail "$what: exit $code for another image"
gitlab .assay ASSAY_IMAGE=bad.img ASSAY_RECIPE=product.recipe
[ "$code" = 1 ] || fail "$what: exit $code for a changed image"
xmllint --noout --nonet assay-report/report.xml
gitlab .assay 'ASSAY_IMAGE=$(touch pwned)' ASSAY_RECIPE=product.recipe
[ "$code" != 0 ] || fail "$what: a pass"
[ ! -e pwned ] || fail 'a value was run'
gitlab .assay ASSAY_RECIPE=product.recipe
[ "$code" = 64 ] || fail "$what: exit $code without an image"
ok 'the template for GitLab passes what the source builds, and nothing else'

# --- Jenkins ---

"$python" "$parts" jenkins "$from" block
sed -n "s/^ *\(ASSAY_[A-Z]*\) = '\(.*\)'$/\1=\2/p" "$from/jenkins/Jenkinsfile" | sed 's|=out/|=fw/|' > environment
# jenkins NUMBER: the block, as the plugin Durable Task runs one
jenkins() {
    code=0
    what="block $1 of Jenkins"
    # shellcheck disable=SC2046,SC2086 # words
    env -i $base $(cat environment) ASSAY_CI="$from/ci.sh" sh -xe "block.$1" > out 2>&1 || code=$?
}
rm -rf assay-report
for number in 1 2; do
    jenkins $number
    [ "$code" = 0 ] || { cat out >&2; fail "$what: exit $code"; }
done
xmllint --noout --nonet assay-report/report.xml
cp bad.img fw/firmware.img
jenkins 2
[ "$code" = 1 ] || fail "$what: exit $code for another image than the report's"
jenkins 1
[ "$code" = 1 ] || fail "$what: exit $code for a changed image"
jenkins 2
[ "$code" = 1 ] || fail "$what: exit $code for the report of a mismatch"
ok 'the pipeline for Jenkins passes what the source builds, and nothing else'
leaves_nothing
