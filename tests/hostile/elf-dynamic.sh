#!/bin/sh
# What the loader is told: libraries, search path, constructors, relocations of every kind, GOT, PLT, versions.
# The cases are in attacks_dynamic.c; tests/unit/flow/test_attacks.c runs them on every machine and shape.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
# both classes, both byte orders
attack_machines elf-dynamic mips-32-be riscv-64-le arm-32-le powerpc-64-be
