#!/bin/sh
# T2: a jar of several releases. A Java machine that is asked for app/Main.class takes the one of META-INF/versions/9, if the
# manifest says so (JEP 238): the class in scope, which was judged, does not run.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v python3 > /dev/null || { echo "SKIP: no python3"; exit 77; }
cat > make.py <<'EOF'
import zipfile


def put(name, *entries, release=False):
    with zipfile.ZipFile(name, 'w') as jar:
        manifest = b'Manifest-Version: 1.0\r\n' + (b'Multi-Release: true\r\n' if release else b'') + b'\r\n'
        for entry, content in (('META-INF/MANIFEST.MF', manifest), *entries):
            jar.writestr(zipfile.ZipInfo(entry, (2020, 1, 1, 0, 0, 0)), content)


main, nine, evil = ('app/Main.class', b'good'), 'META-INF/versions/9/app/Main.class', b'evil'
put('plain', main)
put('other', main, ('app/Other.class', b'x'), ('META-INF/versions/9/app/Other.class', evil), release=True)
put('added', main, (nine, evil), release=True)
put('upper', main, ('meta-inf/Versions/009/APP/main.class', evil), release=True)
put('dots', main, ('META-INF/./versions/9//app/Main.class', evil), release=True)
put('odd', main, ('META-INF/versions/x9/app/Main.class', evil), ('META-INF/versionsapp/Main.class', evil), release=True)
put('jar', main, (nine, b'later'), release=True)
put('note', main, (nine, b'later'), ('note', b'x'), release=True)
put('class', main, (nine, evil), release=True)
put('eleven', main, (nine, b'later'), ('META-INF/versions/11/app/Main.class', evil), release=True)
put('silent', main, (nine, b'later'))
put('gone', main, release=True)
put('base', ('app/Main.class', evil), (nine, b'later'), release=True)
put('inner', ('lib/x.jar', open('plain', 'rb').read()))
put('inner-bad', ('lib/x.jar', open('added', 'rb').read()))
EOF
python3 make.py
# scoped STORY CODE SHIPPED EXPECTED SCOPE...: with the fact, if that is a mismatch
scoped() {
    story=$1 wanted=$2 shipped=$3 expected=$4
    shift 4
    # shellcheck disable=SC2046 # options and their words
    compared "$story" "$wanted" "$(fact multi-release unexplained)" "$shipped" "$expected" $(printf -- '--scope %s ' "$@")
}
main=app/Main.class nine=META-INF/versions/9/app/Main.class
scoped 'a class with versions of another one beside it' 0 other plain $main
scoped 'a version of the class that was added' 1 added plain $main
scoped 'the same in other letters' 1 upper plain $main
scoped 'the same by way of the same directory' 1 dots plain $main
scoped 'what is no version' 0 odd plain $main
scoped 'a class and its version in scope' 0 note jar $main $nine
scoped 'a class with the version of the rebuild' 0 note jar $main
scoped 'another version than that of the rebuild' 1 class jar $main
scoped 'a later version than that of the rebuild' 1 eleven jar $main
scoped 'the manifest says that there are none' 1 silent jar $main
scoped 'the manifest says that there are some' 1 jar silent $main
scoped 'the version in scope, and the manifest says that there are none' 1 silent jar $nine
scoped 'the version in scope, and another class that others run' 1 base jar $nine
scoped 'a class without its version' 0 gone jar $main
scoped 'a version in a jar in a jar' 1 inner-bad inner "lib/x.jar//$main"
