#include "inventory/debian.h"

#include <elf.h>
#include <string.h>

/** Flags of ARM's e_flags: ELF for the Arm Architecture, "ELF Header". */
#define ARM_FLOAT_HARD 0x400u

/** Either order of bytes, or only one. */
typedef enum
{
  ORDER_ANY = 0,
  ORDER_LITTLE,
  ORDER_BIG,
} Order;

/* Debian's architectures and their triplets (dpkg-architecture(1)), and what ELF headers say of them; 0 bits: any. */
static const struct
{
  const char *architecture;
  const char *triplet;
  guint16 machine;
  guint8 bits;
  Order order;
} machines[] = {
  { "amd64", "x86_64-linux-gnu", EM_X86_64, 64, ORDER_ANY },
  { "x32", "x86_64-linux-gnux32", EM_X86_64, 32, ORDER_ANY },
  { "i386", "i686-linux-gnu", EM_386, 0, ORDER_ANY },
  { "arm64", "aarch64-linux-gnu", EM_AARCH64, 0, ORDER_ANY },
  { "armhf", "arm-linux-gnueabihf", EM_ARM, 0, ORDER_ANY },
  { "armel", "arm-linux-gnueabi", EM_ARM, 0, ORDER_ANY },
  { "riscv64", "riscv64-linux-gnu", EM_RISCV, 64, ORDER_ANY },
  { "mips", "mips-linux-gnu", EM_MIPS, 32, ORDER_BIG },
  { "mipsel", "mipsel-linux-gnu", EM_MIPS, 32, ORDER_LITTLE },
  { "mips64", "mips64-linux-gnuabi64", EM_MIPS, 64, ORDER_BIG },
  { "mips64el", "mips64el-linux-gnuabi64", EM_MIPS, 64, ORDER_LITTLE },
  { "powerpc", "powerpc-linux-gnu", EM_PPC, 0, ORDER_ANY },
  { "ppc64", "powerpc64-linux-gnu", EM_PPC64, 0, ORDER_BIG },
  { "ppc64el", "powerpc64le-linux-gnu", EM_PPC64, 0, ORDER_LITTLE },
  { "s390x", "s390x-linux-gnu", EM_S390, 64, ORDER_ANY },
  { "sparc64", "sparc64-linux-gnu", EM_SPARCV9, 0, ORDER_ANY },
};

/* What came out with each release; days from https://www.debian.org/releases/. */
static const AssayDebianRelease releases[] = {
  { 8, "jessie", 1367625600, 1429920000, "GCC: (Debian 4.9.2-10) 4.9.2", "GNU ld (GNU Binutils for Debian) 2.25" },
  { 9, "stretch", 1429920000, 1497657600, "GCC: (Debian 6.3.0-18) 6.3.0", "GNU ld (GNU Binutils for Debian) 2.28" },
  { 10, "buster", 1497657600, 1562371200, "GCC: (Debian 8.3.0-6) 8.3.0", "GNU ld (GNU Binutils for Debian) 2.31.1" },
  { 11, "bullseye", 1562371200, 1628899200, "GCC: (Debian 10.2.1-6) 10.2.1",
    "GNU ld (GNU Binutils for Debian) 2.35.2" },
  { 12, "bookworm", 1628899200, 1686355200, "GCC: (Debian 12.2.0-14) 12.2.0", "GNU ld (GNU Binutils for Debian) 2.40" },
  { 13, "trixie", 1686355200, 1754697600, "GCC: (Debian 14.2.0-19) 14.2.0", "GNU ld (GNU Binutils for Debian) 2.44" },
};

const char *
assay_debian_triplet (const AssayElf *elf)
{
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      gboolean order = machines[i].order == ORDER_ANY || (machines[i].order == ORDER_BIG) == (elf->big_endian != FALSE);
      gboolean hard = machines[i].machine != EM_ARM || strcmp (machines[i].architecture, "armhf") != 0
                      || (elf->flags & ARM_FLOAT_HARD) != 0;
      if (machines[i].machine == elf->machine && (machines[i].bits == 0 || machines[i].bits == elf->bits) && order
          && hard)
        return machines[i].triplet;
    }
  return NULL;
}

const char *
assay_debian_triplet_of_architecture (const char *architecture)
{
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    if (strcmp (machines[i].architecture, architecture) == 0)
      return machines[i].triplet;
  return NULL;
}

const char *
assay_debian_machine_of_architecture (const char *architecture)
{
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    if (strcmp (machines[i].architecture, architecture) == 0)
      return assay_elf_machine_name (machines[i].machine);
  return NULL;
}

/* "12" of 12.2.0, "4.9" of 4.9.2: GCC 5 was the first that counts by one number. */
static char *
series_of (const char *version)
{
  gsize major = strspn (version, "0123456789");
  gsize minor = version[major] == '.' ? strspn (version + major + 1, "0123456789") : 0;
  gboolean two = minor > 0 && g_ascii_strtoull (version, NULL, 10) < 5;
  return g_strndup (version, two ? major + 1 + minor : major);
}

/** How packages of a family are called: @numbered ones have the series behind it; @cross ones the triplet too. */
static const struct
{
  const char *family;
  const char *package;
  gboolean numbered;
  gboolean cross;
} families[] = {
  { "GCC", "gcc", TRUE, TRUE },        { "clang", "clang", TRUE, FALSE },
  { "LLD", "lld", TRUE, FALSE },       { "binutils", "binutils", FALSE, TRUE },
  { "gold", "binutils", FALSE, TRUE },
};

/* The version of the package: GCC's vendor is "Debian 12.2.0-14", clang's version "11.0.1-2"; binutils says only what
 * it came from. */
static const char *
revision_of (const AssayTool *tool, const char *distribution)
{
  gsize length = strlen (distribution);
  if (strncmp (tool->vendor, distribution, length) == 0 && tool->vendor[length] == ' '
      && g_ascii_isdigit (tool->vendor[length + 1]))
    return tool->vendor + length + 1;
  return strchr (tool->version, '-') != NULL ? tool->version : NULL;
}

static char *
describe_package (const AssayTool *tool, const char *distribution, const char *package, gboolean cross,
                  const char *triplet)
{
  const char *revision = revision_of (tool, distribution);
  GString *text = g_string_new (NULL);
  g_string_printf (text, "package %s of %s, ", package, distribution);
  if (revision != NULL)
    g_string_append_printf (text, "version %s", revision);
  else
    g_string_append_printf (text, "version %s, whose revision the text does not say", tool->version);
  if (cross && triplet != NULL)
    g_string_append_printf (text, "; as a cross tool %s-%s of the same version", package, triplet);
  return g_string_free (text, FALSE);
}

char *
assay_debian_find_package (const AssayTool *tool, const char *triplet)
{
  const char *distribution = NULL;
  if (tool->vendor != NULL && strstr (tool->vendor, "Ubuntu") != NULL)
    distribution = "Ubuntu";
  else if (tool->vendor != NULL && strstr (tool->vendor, "Debian") != NULL)
    distribution = "Debian";
  for (gsize i = 0; distribution != NULL && i < G_N_ELEMENTS (families); i++)
    {
      if (strcmp (families[i].family, tool->family) != 0)
        continue;
      g_autofree char *series = series_of (tool->version);
      g_autofree char *package = families[i].numbered ? g_strconcat (families[i].package, "-", series, NULL)
                                                      : g_strdup (families[i].package);
      return describe_package (tool, distribution, package, families[i].cross, triplet);
    }
  return NULL;
}

/* "…+deb12u3", "…~deb12u1", "…~bpo12+1": the number behind the last of these words. */
static guint
number_in (const char *version)
{
  static const char *const words[] = { "+deb", "~deb", "~bpo" };
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      const char *at = strstr (version, words[i]);
      guint64 number = at != NULL ? g_ascii_strtoull (at + strlen (words[i]), NULL, 10) : 0;
      if (number > 0 && number < 100)
        return (guint)number;
    }
  return 0;
}

static gboolean
is_suite_of (const char *suite, const AssayDebianRelease *release)
{
  gsize length = strlen (release->name);
  return strncmp (suite, release->name, length) == 0 && (suite[length] == '\0' || suite[length] == '-');
}

const AssayDebianRelease *
assay_debian_find_release (const char *version, const char *suite, gint64 seconds)
{
  guint number = version != NULL ? number_in (version) : 0;
  gboolean developing = suite != NULL && strcmp (suite, "unstable") == 0;
  for (gsize i = 0; i < G_N_ELEMENTS (releases); i++)
    if (releases[i].number == number)
      return &releases[i];
  for (gsize i = 0; suite != NULL && number == 0 && i < G_N_ELEMENTS (releases); i++)
    if (is_suite_of (suite, &releases[i]) || (developing && seconds >= releases[i].from && seconds < releases[i].until))
      return &releases[i];
  return NULL;
}
