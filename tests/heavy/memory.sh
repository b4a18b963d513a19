#!/bin/sh
# Comparing big inputs takes little memory: two trees of 1 GB, then the same packed, stay below 256 MiB.
#
#   sh memory.sh        from the environment: ASSAY, see tests/flow/lib.sh; ASSAY_MEMORY_MB the size of a tree in MiB
#                       (default 1024); the bound is a quarter of it
#
# Needs 2.8 times that size in TMPDIR, and no sanitizer in the program: they hold memory of their own.
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
begin memory jq gcc tar zstd

megabytes=${ASSAY_MEMORY_MB:-1024}
most=$((megabytes * 256))
free=$(df -Pk . | awk 'NR == 2 {print $4}')
[ "$free" -gt $((megabytes * 2800)) ] || skip "less than $((megabytes * 28 / 10)) MiB of room in ${work%/*}"

# The most memory that a command and what it starts held at once, in KiB, goes into the file `peak`.
cat > peak.c <<'END'
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  int status = 0;
  struct rusage usage;
  pid_t child = argc > 1 ? fork () : -1;
  if (child == 0)
    execv (argv[1], argv + 1);
  if (child <= 0 || waitpid (child, &status, 0) != child || getrusage (RUSAGE_CHILDREN, &usage) != 0)
    return 99;
  FILE *out = fopen ("peak", "w");
  if (out == NULL || fprintf (out, "%ld\n", usage.ru_maxrss) < 0 || fclose (out) != 0)
    return 99;
  return WIFEXITED (status) ? WEXITSTATUS (status) : 99;
}
END
gcc -O1 -o peak-of peak.c

# The instrument itself: it sees what a program takes.
cat > take.c <<'END'
#include <stdlib.h>
#include <string.h>

int
main (void)
{
  volatile char *memory = malloc (300u << 20);
  if (memory == NULL)
    return 1;
  for (size_t i = 0; i < 300u << 20; i += 4096)
    memory[i] = 1;
  return memory[4096] - 1;
}
END
gcc -O1 -o take take.c
./peak-of ./take || fail 'the instrument does not run'
[ "$(cat peak)" -ge 307200 ] || fail "the instrument saw $(cat peak) KiB of 300 MiB"

# weigh WHAT ARGUMENTS...: as `run`, and below the bound
weigh() {
    what=$1
    shift
    code=0
    rm -f peak report.json
    ./peak-of "$assay" "$@" --report report.json > out 2> err < /dev/null || code=$?
    [ "$(cat peak)" -lt "$most" ] || fail "$what: $(cat peak) KiB at the peak, not below $most"
}

flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\$(printf '%03o' $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# fill DIRECTORY: copies of this machine's own ELF files, until there is enough
fill() {
    find /usr/lib /usr/bin -xdev -type f -size +16k -size -65536k 2> /dev/null | LC_ALL=C sort > candidates
    have=0 n=0
    while [ "$have" -lt $((megabytes * 1024)) ]; do
        before=$have
        while IFS= read -r file && [ "$have" -lt $((megabytes * 1024)) ]; do
            [ "$(head -c 4 "$file" | od -An -tx1)" = ' 7f 45 4c 46' ] || continue
            n=$((n + 1))
            mkdir -p "$1/$((n % 20))"
            cp "$file" "$1/$((n % 20))/$n"
            have=$((have + $(stat -c %s "$file") / 1024))
        done < candidates
        [ "$have" -gt "$before" ] || skip 'no ELF files on this machine'
    done
}

fill shipped
cp -R shipped expected
find shipped -type f | LC_ALL=C sort > files
awk -v all="$(wc -l < files)" 'NR % int (all / 20) == 0 && ++n <= 20' files > changed
[ "$(wc -l < changed)" = 20 ] || fail 'there are too few files'
while IFS= read -r file; do
    chmod u+w "$file"
    flip "$file" 8192
done < changed

weigh 'two trees' compare shipped expected
ends 1
holds '.verdict == "mismatch" and .accounting.unexplained == 20 and .accounting.undecided == 0'
sed 's|^shipped/||' changed | LC_ALL=C sort > wanted
jq -r '.findings[] | select (.class == "unexplained" and .range.offset == 8192 and .range.length == 1) | .path' report.json |
    LC_ALL=C sort > found
cmp wanted found || shown 'not the files that were changed'
ok "two trees of $(du -sm shipped | cut -f 1) MiB, 20 files changed: $(cat peak) KiB at the peak"

while IFS= read -r file; do flip "$file" 8192; done < changed
weigh 'two equal trees' compare shipped expected
ends 0
holds '.verdict == "identical"'
ok "two equal trees: $(cat peak) KiB at the peak"
rm -rf expected

# One big file instead of many: a packed archive, decoded while it is read.
flip "$(sed -n 7p changed)" 8192
tar -cf - shipped | zstd -q -1 > shipped.tar.zst
flip "$(sed -n 7p changed)" 8192
tar -cf - shipped | zstd -q -1 > expected.tar.zst
rm -rf shipped
weigh 'two packed archives' compare shipped.tar.zst expected.tar.zst
ends 1
holds '.accounting.undecided == 0 and ([.findings[] | select (.class == "unexplained" and .range.offset == 8192 and .range.length == 1)] | length) == 1'
holds "[.findings[] | select (.class == \"unexplained\") | .path | endswith (\"$(sed -n 7p changed)\")] | any"
leaves_nothing
ok "two packed archives, one file changed: $(cat peak) KiB at the peak"
