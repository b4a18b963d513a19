#!/bin/sh
# The program headers rule: entry, rights, sizes and types of segments, an extra one, a note that becomes code.
# The cases are in attacks_headers.c; tests/unit/flow/test_attacks.c runs them on every machine and shape.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
# both classes, both byte orders
attack_machines elf-headers mips-32-be riscv-64-le arm-32-le powerpc-64-be
