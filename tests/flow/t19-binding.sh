#!/bin/sh
# T19: a report says which inputs, program and options it follows from, each by what it is and not by its name; and says
# nothing of what cannot change a verdict.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t19-binding jq bwrap tar openssl openssl

mkdir -m 755 source more cache layer
echo one > source/one && echo two > more/two && echo cached > cache/file && echo tool > layer/tool
cat > change.patch <<'END'
--- a/one
+++ b/one
@@ -1 +1 @@
-one
+uno
END
tar --owner=0 --group=0 -cf more.tar -C more two
cat > bound.recipe <<END
recipe: 1
product: bound 1
source:
  - {directory: source, into: .}
  - {archive: more.tar, into: .}
patches: [{file: change.patch}]
inputs: [{path: cache, at: /inputs/cache}]
toolchain: [{directory: layer, at: /opt/layer}]
path: /build/bound
steps: ["cat one two > out"]
outputs: [{from: out}]
entries: [{mtree: bound.mtree}]
END
printf '#mtree\n./one type=file uid=0\n' > bound.mtree
printf 'uno\ntwo\n' > image
openssl ecparam -name prime256v1 -genkey -noout -out key.pem
openssl pkey -in key.pem -pubout -out key.pub.pem
echo 'policy: 1' > bound.policy
listing() { printf 'f 644 %s %s %s\n' "$(stat -c %s "$1")" "$(digest "$1")" "$(basename "$1")" | sha256sum | cut -d ' ' -f 1; }
run 'a recipe with layers of every kind' verify image --recipe bound.recipe --policy bound.policy --report report.json
if [ "$code" = 2 ] && grep -q 'toolchain' out; then
    # a machine whose sandbox cannot mount a layer there has nothing to say of it
    skip "the sandbox cannot mount a toolchain layer: $(tr -s ' \n' '  ' < out | cut -c 1-300)"
fi
ends 0
holds ".image == {path: \"image\", size: 8, sha256: \"$(digest image)\", format: \"raw\"}"
holds ".expected | length == 1 and .[0].kind == \"rebuild\" and .[0].cached == false and .[0].rebuilds == 1"
holds ".expected[0].recipe == {authenticated: false, product: \"bound 1\", sha256: \"$(digest bound.recipe)\", mtrees: [{name: \"bound.mtree\", sha256: \"$(digest bound.mtree)\", in_recipe: false}]}"
holds ".expected[0].source.layers == [{name: \"source\", sha256: \"$(listing source/one)\", in_recipe: false}, {name: \"more.tar\", sha256: \"$(digest more.tar)\", in_recipe: false}]"
holds ".expected[0].source.patches == [{name: \"change.patch\", sha256: \"$(digest change.patch)\", in_recipe: false}]"
holds ".expected[0].source.inputs == [{name: \"cache\", sha256: \"$(listing cache/file)\", in_recipe: false}]"
holds ".expected[0].toolchain | .kind == \"layers\" and .layers == [{name: \"layer\", sha256: \"$(listing layer/tool)\", in_recipe: false}]"
holds ".expected[0].source.swhid | startswith(\"swh:1:dir:\")"
holds ".policy.sha256 == \"$(digest bound.policy)\" and .policy.keys == []"
holds ".options.program_sha256 == \"$(digest "$assay")\" and .options.mode == \"verify\" and .options.scope == null and .options.time == null and .options.digests == \"all\""
"$assay" --version > version
holds "\"assay \" + .tool.version == \"$(cat version)\""
ok "$what: bound by digest"
# a build sees how many jobs it may run, and can decide by that what it makes
sed '/^toolchain/d; s/^steps.*/steps: ["if [ $JOBS = 3 ]; then cat one two; else echo other; fi > out"]/' bound.recipe > jobs.recipe
for jobs in 2 3; do
    run "a build with $jobs jobs" verify image --recipe jobs.recipe -j $jobs --report "jobs$jobs.json"
    ends "$((3 - jobs))"
    jq -e ".options.jobs == $jobs" "jobs$jobs.json" > /dev/null || fail "$what: the report does not say how many"
done
ok 'the number of jobs of a build is bound'
run 'a build with as many jobs as processors' verify image --recipe jobs.recipe --report report.json
holds ".options.jobs == $(nproc)"
ok "$what: the report says how many these are"
cp "$assay" mine && mkfifo pipe && cp "$assay" before
./mine compare pipe image --report report.json --quiet & running=$!
exec 9> pipe # opened on both sides: it runs
rm mine && printf 'another program' > mine
cat image >&9 && exec 9>&-
wait "$running" || fail 'a program that was replaced while it ran'
holds ".options.program_sha256 == \"$(digest before)\""
ok 'a program whose file was replaced while it ran: bound by what ran'

# changes NAME FILTER ARGUMENT...: an option that can change a verdict is in the report
changes() {
    story=$1 filter=$2
    shift 2
    run "$story" compare image image --report changed.json "$@"
    jq -e "$filter" changed.json > /dev/null || { jq -c .options changed.json >&2; fail "$story: the report does not hold $filter"; }
    if cmp -s plain.json changed.json; then fail "$story: the report is the same"; fi
    ok "$story is bound"
}
# keeps NAME ARGUMENT...: one that cannot leaves the report alone
keeps() {
    story=$1
    shift
    run "$story" compare image image --report kept.json "$@"
    cmp -s plain.json kept.json || { diff plain.json kept.json >&2 || :; fail "$story changes the report"; }
    ok "$story is not"
}
run 'a comparison' compare image image --report plain.json
jq -e '.options.mode == "compare"' plain.json > /dev/null || fail 'the mode'
"$assay" compare --help | sed -n 's/^ *\(-[a-z], \)*--\([a-z-]*\).*/\2/p' | sort > options
changes 'a scope' '.options.scope == ["**"]' --scope '**'
changes 'a time' '.options.time == 86400' --time 1970-01-02
changes 'digests' '.options.digests == "files"' --digests files
changes 'a policy' ".policy.sha256 == \"$(digest bound.policy)\"" --policy bound.policy
printf 'policy: 1\nsignatures: [{slot: a, covers: b, max-size: 64, key: key.pub.pem, scheme: ecdsa-p256-sha256}]\n' > key.policy
der=$(openssl pkey -pubin -in key.pub.pem -outform DER | sha256sum | cut -d ' ' -f 1)
changes 'a key of the policy' ".policy.keys == [{slot: \"a\", sha256: \"$der\"}]" --policy key.policy
printf 'layout: [{name: all, offset: 0, size: rest, kind: payload}]\n' > all.layout
changes 'a layout' ".options.layout_sha256 == \"$(digest all.layout)\"" --layout all.layout
for limit in $(jq -r '.options.limits | keys[]' plain.json); do
    changes "the limit $limit" ".options.limits[\"$limit\"] == 1000003" --limit "$limit=1000003"
done
keeps 'the number of jobs where nothing is built' -j 1
keeps 'colour' --color=always
keeps 'what is shown' --format json
keeps 'silence' --quiet
keeps 'progress' --no-progress
keeps 'talk' --verbose
keeps 'a directory for the work' --work-dir work
keeps 'where kept builds lie, and how much they may take' --cache-dir caches --cache-key key.of.cache --cache-size 1GiB
keeps 'to do without them' --no-cache
for form in html sarif junit markdown; do keeps "a document, $form" "--$form" "written.$form"; done
openssl genpkey -algorithm ED25519 -out lab.pem
openssl req -x509 -key lab.pem -subj /CN=lab -out lab.crt
chmod 600 lab.pem
keeps 'who signs it' --attest lab.pem --attestation written.dsse --passphrase-fd 9
keeps 'how it is signed' --attest lab.pem --attestation written.bundle --predicate vsa --envelope sigstore --resource-uri pkg:generic/app --certificate lab.crt --passphrase-env NONE
# so that an option that is added later is either bound or said not to be
known='attest attestation cache-dir cache-key cache-size certificate color digests envelope explain format help html jobs junit layout limit markdown no-cache no-progress passphrase-env passphrase-fd policy predicate quiet report resource-uri sarif scope time timings verbose work-dir'
while read -r option; do
    case " $known " in *" $option "*) ;; *) fail "the option --$option is neither bound nor known to change nothing" ;; esac
done < options
ok 'every option is one of these'

mkdir tree && cp image tree/ && ln -s image tree/link && mkdir tree/sub
mkfifo tree/pipe && chmod 4711 tree/image && chmod 1777 tree
owner=$(printf 'fact uid %s\nfact gid %s' "$(id -u)" "$(id -g)")
{
    printf 'entry directory 0 - .\nfact mode 0041777\n%s\n' "$owner"
    printf 'entry file 8 %s image\nfact mode 0104711\n%s\n' "$(digest tree/image)" "$owner"
    printf 'entry symlink 0 - link\nfact mode 0120777\n%s\nfact link image\n' "$owner"
    printf 'entry fifo 0 - pipe\nfact mode 0010644\n%s\n' "$owner"
    printf 'entry directory 0 - sub\nfact mode 0040755\n%s\n' "$owner"
} > listing
run 'a directory' compare tree tree --report report.json
ends 0
holds ".image.sha256 == \"$(digest listing)\" and .image.size == 8 and .image.digest_form == \"assay.tree/1\""
holds '.expected[0].sha256 == .image.sha256 and .expected[0].digest_form == "assay.tree/1"'
ok "$what: bound by its entries and their facts"
before=$(jq -r .image.sha256 report.json)
# another STORY COMMAND...: what is judged of a directory is bound
another() {
    story=$1
    shift
    rm -rf copy && cp -a tree copy && "$@"
    run "$story" compare copy copy --report report.json
    ends 0
    [ "$(jq -r .image.sha256 report.json)" != "$before" ] || fail "$story is not bound"
    ok "$story is bound"
}
another 'a set-user-ID bit' chmod 711 copy/image
another 'a bit of a mode' chmod 4715 copy/image
another 'the mode of the directory itself' chmod 755 copy
another 'the target of a link' ln -sfn pipe copy/link
another 'the mode of a FIFO' chmod 600 copy/pipe
another 'an empty directory' rmdir copy/sub
if [ "$(id -u)" = 0 ]; then
    another 'an owner' chown 7 copy/image
    another 'a group' chgrp 7 copy/link -h
    another 'a device' mknod copy/zero c 1 5
    before=$(jq -r .image.sha256 report.json)
    another 'a device of another number' mknod copy/zero c 1 3
    another 'an extended attribute' setfattr -n user.note -v x copy/image
fi
run 'standard input' compare - image --report report.json
ends 1
"$assay" compare - image --report report.json --quiet < tree/image || fail 'standard input'
holds ".image.sha256 == \"$(digest image)\" and .image.path == \"-\""
ok 'standard input: bound by what was read'
