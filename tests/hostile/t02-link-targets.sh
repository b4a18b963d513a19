#!/bin/sh
# T2: who runs what a scope names runs what a link of that name leads to, though the scope names that by no name.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
# tree DIRECTORY: as Debian has alternatives, and a configuration that a link leads to as well
tree() {
    rm -rf "$1"
    mkdir -p "$1/usr/bin" "$1/etc/alternatives" "$1/opt"
    printf '#!/bin/sh\necho good\n' > "$1/opt/awk" && cp "$1/opt/awk" "$1/opt/other" && echo option > "$1/etc/conf"
    chmod 755 "$1/opt/awk" "$1/opt/other" && cp "$1/opt/awk" "$1/usr/bin/sh"
    ln -s /etc/alternatives/awk "$1/usr/bin/awk" && ln -s ../../opt/./awk "$1/etc/alternatives/awk"
    ln -s ../../etc/conf "$1/usr/bin/conf" && ln -s round "$1/usr/bin/round" && ln -s ../../opt "$1/usr/bin/opt"
}
# of STORY CODE [FILTER]: as a tree and as an archive
of() {
    for form in tree tar; do
        if [ $form = tar ]; then
            for side in good bad; do
                tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 --sort=name -cf $side.tar -C $side opt etc usr
            done
            set -- "$1" "$2" "${3:-true}" bad.tar good.tar
        else
            set -- "$1" "$2" "${3:-true}" bad good
        fi
        compared "$1 ($form)" "$2" "$3" "$4" "$5" --scope usr --scope 'usr/**'
    done
}
tree good
leads="$(fact leads-to unexplained)"
tree bad
of 'nothing differs beside the scope' 0
echo changed > bad/etc/conf && echo more > bad/opt/data
of 'a configuration differs, and what nobody reaches' 0
tree bad && echo 'echo evil' >> bad/opt/awk
of 'the program that two links lead to' 1 "$leads"
tree bad && ln -sf ../../opt/other bad/etc/alternatives/awk
of 'the link between leads to another program, which the rebuild has too' 1 "$leads"
tree bad && rm bad/etc/alternatives/awk
of 'nothing where the program of the rebuild is' 1 "$leads"
tree bad && rm bad/etc/alternatives/awk && cp bad/opt/awk bad/etc/alternatives/awk
of 'a file in place of the link between' 1 "$leads"
tree good && for made in tool other; do cp good/opt/awk good/usr/bin/$made; done
ln -s ../../usr/bin/tool good/etc/alternatives/tool && ln -s ../../proc/self/root/etc/alternatives/tool good/usr/bin/t
printf 'a library' > good/usr/bin/lib.so.1 && ln -s ../../usr/bin/lib.so.1 good/etc/alternatives/lib && ln -s ../../etc/alternatives/lib good/usr/bin/lib.so
rm -rf bad && cp -R good bad && ln -sf ../../usr/bin/other bad/etc/alternatives/tool
of 'another program in scope' 1 "$leads"
rm -rf bad && cp -R good bad && cp bad/usr/bin/lib.so.1 bad/opt && ln -sf ../../opt/lib.so.1 bad/etc/alternatives/lib
of 'a library beside the scope in place of one in it' 1 "$leads"
tree good
tree bad && chmod 4755 bad/opt/awk
of 'a program beside the scope with more rights' 1 "$leads"
tree bad && ln -sf ../../opt/awk/. bad/etc/alternatives/awk
of 'a way that Linux does not go' 1 "$leads"
tree bad && cp bad/opt/awk bad/etc/conf && chmod 755 bad/etc/conf
of 'a program where the rebuild has a configuration' 1 "$leads"
tree good && tree bad && for side in good bad; do ln -s ../sbin/tool $side/usr/bin/tool; done
mkdir bad/usr/sbin && cp bad/opt/awk bad/usr/sbin/tool
of 'what the link leads to is in scope, and no entry of the rebuild' 1

# of a package, which is unpacked over a merged /usr
for target in /bin/real ../../bin/real /usr/bin/real; do
    for side in good bad; do
        rm -rf $side && mkdir -p $side/usr/bin $side/opt $side/etc && ln -s $target $side/usr/bin/app
        printf '#!/bin/sh\n' > $side/usr/bin/real && chmod 755 $side/usr/bin/real && echo 1 > $side/opt/data && echo kept > $side/etc/keep
    done
    of_app() {
        for side in good bad; do tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 --sort=name -cf $side.tar -C $side opt etc usr; done
        compared "$1" "$2" "${3:-true}" bad.tar good.tar --scope usr/bin/app --scope etc/keep
    }
    echo 2 > bad/opt/data
    of_app "a link to $target, and another file" 0
    echo 'echo evil' >> bad/usr/bin/real
    of_app "a link to $target, which is another program" 1 "$leads"
done
