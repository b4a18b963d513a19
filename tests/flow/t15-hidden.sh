#!/bin/sh
# T15: a build that sees the image can copy it, and then makes it from whatever source. Wherever the image lies among
# what the build would see, the build is not made: undecided, and said.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t15-hidden jq bwrap tar gzip git

mkdir -m 755 source clean linked copied layer beneath
seq 1 500 > image
seq 500 -1 1 > source/numbers && cp source/numbers clean/
ln image linked/numbers
cp image copied/numbers
mkdir beneath/deep && cp image beneath/deep/other-name
cp image layer/tool
tar --owner=0 --group=0 -cf packed.tar -C copied numbers
gzip -9nc image > twice.gz && mkdir gzipped && mv twice.gz gzipped/
tar --owner=0 --group=0 -czf nested.tar.gz packed.tar
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
git init -q repository && cp image repository/numbers && git -C repository add . && git -C repository commit -qm one
printf -- '--- a/numbers\n+++ b/numbers\n' > image.patch

# recipe SOURCE LINE...
recipe() {
    printf 'recipe: 1\nproduct: hidden 1\nsource: [{%s, into: .}]\npath: /build/hidden\nsteps: [sort -n numbers > app]\noutputs: [{from: app}]\n' "$1"
    shift
    for line; do echo "$line"; done
}
# refused STORY IMAGE PLACE WHY: no build, and why; of the report nothing is judged
refused() {
    # by way of standard output: a report is not written into a source that is read
    run "$1" verify "$2" --recipe hidden.recipe
    cp out shown
    run "$1" verify "$2" --recipe hidden.recipe --report -
    ends 2
    cp out report.json && mv shown out
    says out "the build would see the image: $3" "$4" 'none was made'
    holds '.verdict == "undecided" and .expected[0].rebuilds == 0 and .accounting.identical == 0'
    ok "$what: undecided"
}
same='holds the same bytes' self='is the image, or part of it, or a hard link to that'

recipe 'directory: clean' > hidden.recipe
run 'out of sight' verify image --recipe hidden.recipe --report report.json
ends 0
holds '.verdict == "identical"'
ok "$what: judged"
recipe 'directory: linked' > hidden.recipe
refused 'a hard link in a source' image linked/numbers "$self"
recipe 'directory: copied' > hidden.recipe
refused 'a copy in a source' image copied/numbers "$same"
code=0
"$assay" verify - --recipe hidden.recipe --report report.json > out 2> err < image || code=$?
what='a copy of what came by standard input'
ends 2
says out 'the build would see the image: copied/numbers' "$same"
ok "$what: undecided"
recipe 'directory: beneath' > hidden.recipe
refused 'a copy by another name, deep in a source' image beneath/deep/other-name "$same"
recipe 'archive: packed.tar' > hidden.recipe
refused 'a copy in an archive' image numbers "$same"
recipe 'directory: gzipped' > hidden.recipe
refused 'a compressed copy' image twice.gz// "$same"
recipe 'archive: nested.tar.gz' > hidden.recipe
refused 'a copy in an archive of an archive' image packed.tar//numbers "$same"
refused 'the archive itself' nested.tar.gz nested.tar.gz "$self"
recipe "git: repository, commit: $(git -C repository rev-parse HEAD)" > hidden.recipe
refused 'a copy in a commit' image numbers "$same"
recipe 'directory: clean' 'inputs: [{path: image, at: /inputs/image}]' > hidden.recipe
refused 'as an input' image image "$self"
recipe 'directory: clean' 'inputs: [{path: copied, at: /inputs/copied}]' > hidden.recipe
refused 'in a directory of inputs' image copied/numbers "$same"
recipe 'directory: clean' 'patches: [{file: image.patch}]' > hidden.recipe
refused 'as a patch' image.patch image.patch "$self"
recipe 'directory: clean' 'toolchain: [{directory: layer, at: /opt/layer}]' > hidden.recipe
refused 'in a layer of the toolchain' image layer/tool "$same"
tar --owner=0 --group=0 -cf layer.tar -C layer tool
recipe 'directory: clean' 'toolchain: [{archive: layer.tar, at: /opt/layer}]' > hidden.recipe
refused 'in a packed layer of the toolchain' image /opt/layer/tool "$same"
recipe 'directory: clean' 'toolchain: [{archive: layer.tar}]' > hidden.recipe
refused 'in a root file system' image /tool "$same"
# of which two builds are made: it is unpacked and looked through for one of them
mkdir two
for name in b c; do recipe 'directory: ../clean' 'toolchain: [{archive: ../layer.tar}]' | sed "s/hidden 1/hidden $name/" > two/$name.yaml; done
run 'in a root file system of several builds' verify image --recipe two --report report.json
ends 2
says out 'the build would see the image: /tool' "$same"
holds '.verdict == "undecided" and ([.expected[].rebuilds] == [0, 0])
    and ([.undecided[] | select (contains ("the build would see the image: /tool"))] | length == 2)'
ok "$what: undecided"
recipe 'directory: clean' > hidden.recipe
refused 'a program of this machine' /usr/bin/env /usr/ "$self"
cp /usr/bin/env program
refused 'a copy of a program of this machine' program /usr/ "$same"
if [ -f /etc/debian_version ]; then
    refused 'a file of this machine' /etc/debian_version /etc/debian_version "$self"
fi

# a directory: its files count wherever they lie, and the directory itself
mkdir -m 755 tree && cp image tree/file && ln tree/file source/one-more
recipe 'directory: source' > hidden.recipe
refused 'a file of a directory, linked into the source' tree source/one-more "$self"
rm source/one-more
recipe 'directory: .' > hidden.recipe
refused 'a directory in the source' tree ./tree "$self"
mkdir -m 755 outer outer/source && cp clean/numbers outer/source/
recipe 'directory: outer/source' > hidden.recipe
refused 'the source in a directory' outer outer/source "$self"
leaves_nothing
