#ifndef ASSAY_INVENTORY_DEBIAN_H
#define ASSAY_INVENTORY_DEBIAN_H

#include "inventory/elf.h"
#include "inventory/tool_text.h"

/*
 * Which packages of Debian a text speaks of: by what the text itself says, and by what is known of Debian's releases;
 * no archive is asked.
 */

/** assay_debian_triplet: (nullable): static: "aarch64-linux-gnu", …: what Debian's compilers for that machine are
 * called by. Of a program that no operating system loads it is one choice among several. */
const char *assay_debian_triplet (const AssayElf *elf);

/** assay_debian_triplet_of_architecture: (nullable): of "arm64", "armhf", …, as packages have them. */
const char *assay_debian_triplet_of_architecture (const char *architecture);

/** assay_debian_machine_of_architecture: (nullable): as assay_elf_machine_name() calls it. */
const char *assay_debian_machine_of_architecture (const char *architecture);

/**
 * assay_debian_find_package:
 * @triplet: (nullable): of the machine that was compiled for
 *
 * Says which package has a tool, in words: "package gcc-12, version 12.2.0-14; as a cross compiler
 * gcc-12-aarch64-linux-gnu, built from that version".
 *
 * Returns: (transfer full) (nullable): NULL where the text does not speak of Debian or Ubuntu
 */
char *assay_debian_find_package (const AssayTool *tool, const char *triplet);

/**
 * AssayDebianRelease: one release, and the tools that were the default in it on the day that it came out. Later points
 * of the release may have later revisions of them.
 *
 * @number: 12; @name: "bookworm"
 * @from: @until: seconds since 1970 of its development, from the day on which its predecessor came out to its own
 * @compiler: as assay_tool_read() reads it; @linker likewise
 */
typedef struct
{
  guint number;
  const char *name;
  gint64 from;
  gint64 until;
  const char *compiler;
  const char *linker;
} AssayDebianRelease;

/**
 * assay_debian_find_release:
 * @version: (nullable): of a package: "2022.83-1+deb12u3" speaks of Debian 12
 * @suite: (nullable): of a changelog: "bookworm", "bookworm-security"; "unstable" where @seconds lies in a development
 * @seconds: of the changelog's entry; 0 where it is not known
 *
 * Returns: (nullable): static
 */
const AssayDebianRelease *assay_debian_find_release (const char *version, const char *suite, gint64 seconds);

#endif
