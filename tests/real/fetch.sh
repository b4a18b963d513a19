#!/bin/sh
# Fetches real Debian packages and their source for the tests under tests/real/.
#
#   sh fetch.sh DEST binary ARCH PACKAGE   the newest .deb the archive offers for ARCH
#   sh fetch.sh DEST source-of DEB         the source that DEB was built from, in exactly that version
#   sh fetch.sh DEST source PACKAGE VERSION
#   sh fetch.sh DEST root PACKAGE...        a root file system of this release that holds these: DEST/root.tar.zst
#
# Prints the paths of the files in DEST, one a line (a source: the .dsc first). DEST is made when missing.
#
# apt runs on a state of its own below ASSAY_REAL_CACHE (default ${XDG_CACHE_HOME:-~/.cache}/assay-real): own lists,
# own cache, own configuration, own sources made at run time from what this system's apt names. The system's
# sources, architectures, lists and hooks are read at most, never changed.
# A file that was fetched once is used again; with the archive out of reach the last complete fetch serves.
# A root file system is a toolchain for a build in the sandbox, and leaves this system as it is. `assay toolchain make`
# makes it (ASSAY names the program), once: lock file, packages and archive stay in the cache, under the digest of the
# lock file, and are checked before they are used again. root/NEED, a digest of release and packages, names that digest;
# without it the toolchain is made of what the archive has by then.
#
# Exit: 0 fetched; 77 the archive cannot be reached (one line `SKIP: ...` on stderr); 64 usage; 1 anything else.
set -eu
umask 022
export LC_ALL=C.UTF-8

cache=${ASSAY_REAL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/assay-real}
lists_fresh_min=${ASSAY_REAL_FRESH_MIN:-360}       # minutes for which fetched package lists are not asked for again

say()  { printf 'fetch: %s\n' "$*" >&2; }
die()  { printf 'fetch: error: %s\n' "$*" >&2; exit 1; }
skip() { printf 'SKIP: %s\n' "$*" >&2; exit 77; }

usage() {
    sed -n '4,7s/^# \{0,3\}//p' "$0" >&2
    exit 64
}

need() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed (see tests/real/packages.txt)"
    done
}

# Keeps the paragraphs (deb822) that name a Debian archive with component main, and asks them for sources as well.
sources_from_deb822() {
    awk '
        function flush_paragraph() {
            if (has_deb && debian && main && !disabled) printf "Types: deb deb-src\n%s\n", body
            body = ""; has_deb = debian = main = disabled = 0; dropping = 0
        }
        /^[ \t\r]*$/      { flush_paragraph(); next }
        /^#/              { next }
        /^[ \t]/          { if (!dropping) body = body $0 "\n"; if (field == "components" && / main( |$)/) main = 1; next }
        {
            field = tolower($0); sub(/:.*/, "", field); dropping = 0
            value = " " tolower($0) " "; sub(/^[^:]*:/, " ", value)
            if (field == "types")         { has_deb = value ~ /[ \t]deb[ \t]/; dropping = 1; next }
            if (field == "architectures") { dropping = 1; next }
            if (field == "enabled")       { disabled = value ~ /no|false|0/; dropping = 1; next }
            if (field == "uris")          debian = value ~ /debian/
            if (field == "components")    main = value ~ /[ \t]main[ \t]/
            body = body $0 "\n"
        }
        END { flush_paragraph() }' "$@"
}

# The same for one-line sources; `arch=` is dropped, other options stay.
sources_from_lines() {
    awk '
        $1 != "deb" { next }
        {
            line = $0; sub(/#.*/, "", line); sub(/^[ \t]*deb[ \t]+/, "", line); options = ""
            if (line ~ /^\[/) {
                options = line; sub(/\].*/, "", options); sub(/^\[/, "", options); sub(/^[^]]*\][ \t]*/, "", line)
                gsub(/arch[+-]?=[^ \t]*/, "", options)
            }
            if (line !~ /debian/ || (line " ") !~ /[ \t]main[ \t]/) next
            if (options ~ /[^ \t]/) options = "[" options "] "; else options = ""
            print "deb " options line
            print "deb-src " options line
        }' "$@"
}

# Writes apt's private sources and configuration for one architecture; sets $state and $conf.
make_state() {
    arch=$1
    state=$cache/apt-$arch
    conf=$state/apt.conf
    mkdir -p "$state/sources.d" "$state/lists/partial" "$state/archives/partial" "$state/preferences.d"
    : > "$state/status"
    eval "$(apt-config shell etc Dir::Etc/d main Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
    : "${etc:=/etc/apt/}"

    : > "$state/sources.d/system.list.new"
    : > "$state/sources.d/system.sources.new"
    for file in "${main:-${etc}sources.list}" "${parts:-${etc}sources.list.d}"/*.list; do
        [ ! -f "$file" ] || sources_from_lines "$file" >> "$state/sources.d/system.list.new"
    done
    for file in "${parts:-${etc}sources.list.d}"/*.sources; do
        [ ! -f "$file" ] || { sources_from_deb822 "$file"; echo; } >> "$state/sources.d/system.sources.new"
    done
    grep -q . "$state/sources.d/system.list.new" "$state/sources.d/system.sources.new" ||
        skip "apt on this system names no Debian archive"
    mv "$state/sources.d/system.list.new" "$state/sources.d/system.list"
    mv "$state/sources.d/system.sources.new" "$state/sources.d/system.sources"

    # How to reach the archive (proxies, time-outs) is the system's; nothing else is, above all no hooks.
    {
        apt-config dump | grep -E '^Acquire::(http|https|ftp|Proxy|Retries|ForceIPv|Check-Valid|Max-Valid|By-Hash)' || :
        cat <<CONF
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$state/sources.d";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$state/preferences.d";
Dir::State "$state";
Dir::State::Lists "$state/lists";
Dir::State::status "$state/status";
Dir::Cache "$state";
Dir::Cache::archives "$state/archives";
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons-small::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
CONF
        # apt hands downloads to the user _apt, who may not enter root's directories
        [ "$(id -u)" != 0 ] || echo 'APT::Sandbox::User "root";'
    } > "$conf.new"
    mv "$conf.new" "$conf"
}

update_lists() {
    fresh=$(find "$state/updated" -mmin "-$lists_fresh_min" 2>/dev/null || :)
    [ -z "$fresh" ] || return 0
    if ! APT_CONFIG=$conf apt-get -q -q update >"$state/update.log" 2>&1; then
        say "the package lists could not be fetched; the log is $state/update.log"
        return 1
    fi
    : > "$state/updated"
}

# apt-get in the directory $1 with the private state
apt_in() {
    (cd "$1" && shift && APT_CONFIG=$conf apt-get -q -q "$@") >"$state/get.log" 2>&1
}

# Puts all files of the directory $1 into $2, each whole or not at all.
publish() {
    for file in "$1"/*; do
        [ -f "$file" ] || continue
        cp "$file" "$2/.${file##*/}.new"
        mv "$2/.${file##*/}.new" "$2/${file##*/}"
    done
}

# The newest complete download directory that matches a glob in the cache (made whole by rename, so it is complete).
cached_newest() {
    # shellcheck disable=SC2012 # names are ours
    ls -1dt "$1"/* 2>/dev/null | sed -n 1p
}

# download_binary: the version $version of $package into $have, whole or not at all
download_binary() {
    part=$(mktemp -d "$cache/part.XXXXXX")
    if apt_in "$part" download "$package=$version"; then
        mv "$part" "$have"
        return
    fi
    rm -rf "$part"
    return 1
}

fetch_binary() {
    arch=$1 package=$2
    make_state "$arch"
    store=$cache/binary/$arch/$package
    mkdir -p "$store"
    # one list that fails (a mirror that is being written) does not take away what the others say
    whole=1
    update_lists || whole=0
    version=$(APT_CONFIG=$conf apt-cache show --no-all-versions "$package" 2>/dev/null | sed -n 's/^Version: //p' | sed -n 1p)
    [ -n "$version" ] || [ $whole = 0 ] || die "the archive has no package $package for $arch"
    have=$store/$(printf %s "$version" | sed 's/:/%3a/g')
    if [ -z "$version" ] || { [ ! -d "$have" ] && ! download_binary; }; then
        have=$(cached_newest "$store")
        [ -n "$have" ] || skip "the archive cannot be reached and $package ($arch) is not in $cache; see $state/get.log"
        say "the archive cannot be reached; using $package ($arch) as fetched before"
    fi
    publish "$have" "$dest"
    for file in "$have"/*.deb; do printf '%s\n' "$dest/${file##*/}"; done
}

fetch_source() {
    package=$1 version=$2
    make_state "$(dpkg --print-architecture)"
    store=$cache/source/$package
    have=$store/$(printf %s "$version" | sed 's/:/%3a/g')
    mkdir -p "$store"
    if [ ! -d "$have" ]; then
        update_lists || skip "the archive cannot be reached and the source of $package $version is not in $cache"
        part=$(mktemp -d "$cache/part.XXXXXX")
        if ! apt_in "$part" --download-only --only-source source "$package=$version"; then
            rm -rf "$part"
            if grep -q "Unable to find a source package" "$state/get.log"; then
                skip "the archive no longer has the source of $package $version"
            fi
            skip "the archive cannot be reached: source of $package $version was not fetched; see $state/get.log"
        fi
        got=$(sed -n 's/^Version: //p' "$part"/*.dsc | sed -n 1p)
        [ "$got" = "$version" ] || { rm -rf "$part"; die "asked for the source of $package $version, got $got"; }
        mv "$part" "$have"
    fi
    publish "$have" "$dest"
    for file in "$have"/*.dsc "$have"/*.tar.*; do
        case $file in *.asc) ;; *) printf '%s\n' "$dest/${file##*/}" ;; esac
    done
}

# `Source: name (version)` of a .deb; name and version left out where they equal the package's own
fetch_source_of() {
    [ -f "$1" ] || die "no such file: $1"
    source_field=$(dpkg-deb -f "$1" Source)
    source_name=${source_field%% *}
    [ -n "$source_name" ] || source_name=$(dpkg-deb -f "$1" Package)
    case $source_field in
        *\(*\)) source_version=${source_field#*\(}; source_version=${source_version%\)} ;;
        *)      source_version=$(dpkg-deb -f "$1" Version) ;;
    esac
    fetch_source "$source_name" "$source_version"
}

# new_toolchain DIR PACKAGE...: of what the archive has now
new_toolchain() {
    made=$1
    shift
    say "making a root file system of $release; this takes minutes"
    "$ASSAY" toolchain make --suite "$release" --lock "$made/lock" --packages "$made/debs" --output "$made/root.tar.zst" \
        --no-progress --package "$@" > "$cache/root/make.log" 2>&1 < /dev/null || {
        rm -rf "$made"
        cat "$cache/root/make.log" >&2
        skip "a root file system could not be made; the log is $cache/root/make.log"
    }
}

# same_toolchain DIR: what its lock file says is there, else made again of the packages there
same_toolchain() {
    "$ASSAY" toolchain check --lock "$1/lock" --packages "$1/debs" "$1/root.tar.zst" > "$cache/root/check.log" 2>&1 && return
    say "the root file system is not as its lock file says, and is made again; see $cache/root/check.log"
    rm -f "$1/root.tar.zst"
    "$ASSAY" toolchain make --lock "$1/lock" --packages "$1/debs" --output "$1/root.tar.zst" --no-progress \
        > "$cache/root/make.log" 2>&1 < /dev/null || die "it could not be made again; the log is $cache/root/make.log"
}

fetch_root() {
    [ -x "${ASSAY:-}" ] || die "ASSAY names no program that makes a root file system"
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    [ -n "$release" ] || skip "this system does not say which release of Debian it is"
    need=$(printf '%s\n' "$release" "$(dpkg --print-architecture)" "$@" | sha256sum | cut -d ' ' -f 1)
    mkdir -p "$cache/root"
    if [ ! -f "$cache/root/$need" ]; then
        need mmdebstrap
        part=$(mktemp -d "$cache/root/part.XXXXXX")
        new_toolchain "$part" "$@"
        locked=$(sha256sum "$part/lock" | cut -d ' ' -f 1)
        rm -rf "$cache/root/lock-$locked"
        mv "$part" "$cache/root/lock-$locked"
        chmod 755 "$cache/root/lock-$locked"
        echo "$locked" > "$cache/root/$need.new"
        mv "$cache/root/$need.new" "$cache/root/$need"
    else
        locked=$(cat "$cache/root/$need")
        same_toolchain "$cache/root/lock-$locked"
    fi
    rm -f "$dest/root.tar.zst" "$dest/root.lock"
    for file in root.tar.zst lock; do
        ln "$cache/root/lock-$locked/$file" "$dest/root.${file#root.}" 2> /dev/null ||
            cp "$cache/root/lock-$locked/$file" "$dest/root.${file#root.}"
        printf '%s\n' "$dest/root.${file#root.}"
    done
}

[ $# -ge 3 ] || usage
dest=$1 what=$2
shift 2
need apt-get apt-cache apt-config dpkg dpkg-deb awk flock
mkdir -p "$cache" "$dest"
cache=$(cd "$cache" && pwd)
# one at a time: the state of apt is shared
exec 8> "$cache/lock"
flock 8
dest=$(cd "$dest" && pwd)
case $what:$# in
    binary:2)    fetch_binary "$1" "$2" ;;
    source-of:1) fetch_source_of "$1" ;;
    source:2)    fetch_source "$1" "$2" ;;
    root:*)      fetch_root "$@" ;;
    *)           usage ;;
esac
