# shellcheck shell=sh
# The least product that there is, for tests of what stands around the program; sourced, not run.

# make_product DIR: its source, product.recipe and a policy; the image that they make, and another
make_product() {
    mkdir -p "$1/source"
    printf 'well\n' > "$1/source/tail"
    cat > "$1/product.recipe" << 'END_OF_RECIPE'
recipe: 1
product: sample 1
source:
  - {directory: source, into: .}
path: /build/sample
steps:
  - printf 'all is ' | cat - tail > out.img
outputs:
  - {from: out.img}
END_OF_RECIPE
    echo 'policy: 1' > "$1/release.policy"
    printf 'all is well\n' > "$1/good.img"
    printf 'all is hell\n' > "$1/bad.img"
}
