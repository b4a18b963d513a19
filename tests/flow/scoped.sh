# shellcheck shell=sh
# What the tests of a file in scope share: a recipe whose one output `app` stands for it; sourced behind lib.sh, not run.

# recipe AT LINE...: app, of the source whose digest is $source, stands for that node; by the programs of make_tools()
# shellcheck disable=SC2154 # $source: of who sources this
recipe() {
    printf 'recipe: 1\nproduct: x 1\nsource:\n  - {directory: source, sha256: %s, into: .}\n%s\npath: /build/x\nsteps: ["true"]\noutputs:\n  - {from: app, at: "%s"}\n' "$source" "$toolchain" "$1" > x.recipe
    shift
    for line; do printf '%s\n' "$line" >> x.recipe; done
}
# pinned SCOPE: with a policy that pins the recipe
pinned() { printf 'policy: 1\npin: {recipe: [%s]}\nscope: ["%s"]\n' "$(digest x.recipe)" "$1" > x.policy; }
# unexplained FACT...: exactly these
unexplained() { holds "[.facts[] | select(.class == \"unexplained\") | .fact] | unique == ([$(printf '"%s",' "$@" | sed 's/,$//')] | sort)"; }
