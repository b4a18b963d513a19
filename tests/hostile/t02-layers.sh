#!/bin/sh
# T2: an image of containers: what a layer in scope holds is not seen where another layer has an entry of its name, takes it away or
# covers a directory above it, and in which order they are unpacked other files say.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v python3 > /dev/null || { echo 'SKIP: python3 is not installed' >&2; exit 77; }
cat > image.py <<'END'
# image.py KIND OUT ORDER LAYER=ENTRY,ENTRY...: entries are NAME:CONTENT, NAME/ (a directory), NAME/!KEY (one with an attribute), NAME>TARGET,
# NAME*CONTENT (with the rights of its owner)
import gzip, hashlib, io, json, os, sys, tarfile
kind, out, order = sys.argv[1:4]
def add(tar, name, content=b'', kind=tarfile.REGTYPE, mode=0o644, target='', pax=None):
    entry = tarfile.TarInfo(name)
    entry.pax_headers = pax or {}
    entry.size, entry.type, entry.mode, entry.linkname, entry.mtime = len(content), kind, mode, target, 1600000000
    tar.addfile(entry, io.BytesIO(content))
layers = {}
for layer in sys.argv[4:]:
    title, _, entries = layer.partition('=')
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode='w', format=tarfile.PAX_FORMAT if '!' in entries else tarfile.GNU_FORMAT) as tar:
        for text in entries.split(','):
            if '>' in text:
                add(tar, text.split('>')[0], kind=tarfile.SYMTYPE, target=text.split('>')[1])
            elif '!' in text:
                add(tar, text.split('/!')[0], kind=tarfile.DIRTYPE, mode=0o755, pax={'SCHILY.xattr.' + text.split('/!')[1]: 'y'})
            elif text.endswith('/'):
                add(tar, text[:-1], kind=tarfile.DIRTYPE, mode=0o755)
            elif '*' in text:
                add(tar, text.split('*')[0], text.split('*')[1].encode(), mode=0o4755)
            else:
                add(tar, text.split(':')[0], text.split(':')[1].encode())
    layers[title] = data.getvalue()
files = {}
if kind == 'docker':
    for title, data in layers.items():
        files[title + '/layer.tar'] = data
    files[os.environ.get('SPELLED', '') + 'manifest.json'] = json.dumps([{'Config': 'c.json', 'Layers': [title + '/layer.tar' for title in order]}]).encode()
    files['c.json'] = json.dumps({'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + hashlib.sha256(layers[title]).hexdigest() for title in order]}}).encode()
else:
    digests = {}
    def put(data):
        digest = hashlib.sha256(data).hexdigest()
        files['blobs/sha256/' + digest] = data
        return 'sha256:' + digest
    for title, data in layers.items():
        digests[title] = put(gzip.compress(data, mtime=0))
    manifest = put(json.dumps({'layers': [{'digest': digests[title]} for title in order]}).encode())
    files['index.json'] = json.dumps({'manifests': [{'digest': manifest}]}).encode()
    files['oci-layout'] = b'{"imageLayoutVersion": "1.0.0"}'
    print('blobs/sha256/' + digests['b'].split(':')[1] if 'b' in digests else '')
if kind == 'directory':
    for name, data in files.items():
        os.makedirs(os.path.join(out, os.path.dirname(name)), exist_ok=True)
        open(os.path.join(out, name), 'wb').write(data)
else:
    with tarfile.open(out, 'w', format=tarfile.GNU_FORMAT) as tar:
        for name, data in files.items():
            add(tar, name, data)
END
base=a=etc/,etc/motd:hello,bin/true:true,lib:file
app=b=usr/,usr/bin/,usr/bin/app:good
last=c=srv/data:data
# of_layers STORY CODE SHIPPED-ORDER EXPECTED-ORDER SHIPPED-LAYERS EXPECTED-LAYERS: with the application in scope
scoped_name=usr/bin/app
of_layers() {
    layers_story=$1 layers_code=$2 layers_shipped=$3 layers_expected=$4
    shift 4
    for kind in docker oci directory; do
        rm -rf shipped expected
        # shellcheck disable=SC2086 # words
        python3 image.py $kind shipped "$layers_shipped" ${1} > where && python3 image.py $kind expected "$layers_expected" ${2} > where
        case $kind in docker) where=b/layer.tar inside= ;; *) where=$(cat where) inside='//#gzip' ;; esac
        compared "$layers_story, $kind" "$layers_code" "$(fact layer unexplained)" shipped expected --scope "$where$inside//$scoped_name"
        [ "$kind" != oci ] || compared "$layers_story, the layer in scope" "$layers_code" "$(fact layer unexplained)" shipped expected --scope "$where"
    done
}
of_layers 'another layer has other content' 0 abc abc "$base $app c=srv/data:other" "$base $app $last"
of_layers 'a layer that was added' 0 abcd abc "$base $app $last d=opt/x:x" "$base $app $last"
for over in usr/bin/app:evil bin/app:evil usr/bin/.wh.app: usr/.wh.bin: .wh.usr: usr/bin/!trusted.overlay.redirect usr/!user.overlay.opaque usr/bin/.wh..wh..opq: .wh..wh..opq: 'usr>opt' usr:file usr/bin/app/ usr/bin/app/:x 'usr/bin/app>evil' \
    usr/bin/app/x:y 'usr/bin/app*good'; do
    of_layers "a layer over it that was added: $over" 1 abcd abc "$base $app $last d=$over" "$base $app $last"
done
for beside in usr/bin/other:x opt/!trusted.overlay.redirect usr/bin/.wh.other: opt/app:x usr/ usr/bin/ opt/.wh..wh..opq:; do
    of_layers "a layer that is no layer over it: $beside" 0 abcd abc "$base $app $last d=$beside" "$base $app $last"
done
of_layers 'a layer that has it now' 1 abc abc "$base $app $last,usr/bin/app:evil" "$base $app $last"
# as tools that clean the names of an archive first, or unpack it, find the manifest
for SPELLED in './/' '././' /; do
    export SPELLED
    of_layers "a layer that has it now, beside a manifest in $SPELLED" 1 abc abc "$base $app $last,usr/bin/app:evil" "$base $app $last"
done
unset SPELLED
of_layers 'a layer that has it no more' 1 abc abc "$base $app $last" "$base $app $last,usr/bin/app:later"
of_layers 'a layer that takes it away no more' 1 abc abc "$base $app $last" "$base $app $last,usr/bin/.wh.app:"
of_layers 'through a link of another layer' 1 abcd abc "$base,opt/x>../usr/bin $app $last d=opt/x/app:evil" "$base,opt/x>../usr/bin $app $last"
# what a merged /usr has for a link is a directory where it is none
scoped_name=bin/app app=b=bin/,bin/app:good
for over in 'bin>opt' bin:file .wh.bin: usr/bin/app:evil; do
    of_layers "a layer over bin/app that was added: $over" 1 abcd abc "a=etc/,etc/motd:hello $app $last d=$over" "a=etc/,etc/motd:hello $app $last"
done
of_layers 'a layer that is no layer over bin/app' 0 abcd abc "a=etc/,etc/motd:hello $app $last d=bin/other:x" "a=etc/,etc/motd:hello $app $last"
scoped_name=var/run/app app=b=var/,var/run/,var/run/app:good
for over in 'var/run>../zz' var/run:file var/.wh.run:; do
    of_layers "a layer over var/run/app that was added: $over" 1 abcd abc "a=etc/,etc/motd:hello $app $last d=$over" "a=etc/,etc/motd:hello $app $last"
done
scoped_name=usr/bin/app app=b=usr/,usr/bin/,usr/bin/app:good
# where layers overlap, their order counts
of_layers 'a layer under it' 0 abc abc "$base,usr/bin/app:old $app $last" "$base,usr/bin/app:old $app $last"
of_layers 'layers in another order' 1 bac abc "$base,usr/bin/app:old $app $last" "$base,usr/bin/app:old $app $last"
of_layers 'layers of which one is left out' 1 ac abc "$base,usr/bin/app:old $app $last" "$base,usr/bin/app:old $app $last"
of_layers 'layers in another order that have nothing of one name' 0 cab abc "$base $app $last" "$base $app $last"
# what is no archive to assay may be one to who unpacks it
for file in 'broken archive:1' '{"description": 1}:0'; do
    for side in shipped expected; do
        rm -rf $side && python3 image.py directory $side abc "$base" "$app" "$last" > where
    done
    printf '%s' "${file%:*}" > shipped/blobs/sha256/other
    compared "a file beside the layers: $file" "${file##*:}" "$(fact layer unexplained)" shipped expected --scope "$(cat where)//#gzip//usr/bin/app"
done
# in a directory of a larger archive
for over in app other; do
    rm -rf shipped expected && mkdir shipped expected
    for side in "shipped usr/bin/$over:x" 'expected x:y'; do
        python3 image.py directory "${side%% *}/image" abcd "$base" "$app" "$last" "d=${side#* }" > where
        echo "$side" > "${side%% *}/beside"
    done
    case $over in app) code=1 ;; *) code=0 ;; esac
    compared "an image in a directory of another one: $over" $code "$(fact layer unexplained)" shipped expected --scope "image/$(cat where)//#gzip//usr/bin/app"
done
# an archive of others is no image of containers
for side in shipped:evil expected:good; do
    rm -rf "${side%:*}" && python3 image.py directory "${side%:*}" abc "$base" "$app" "c=usr/bin/app:${side#*:}" > where
    rm "${side%:*}/index.json" "${side%:*}/oci-layout"
done
compared 'archives that are no layers' 0 true shipped expected --scope "$(cat where)//#gzip//usr/bin/app"
