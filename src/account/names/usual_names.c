#include "account/names/usual_names.h"

#include <string.h>

/** Most entries of one list. */
#define WORDS_MAX 64

/* What is an image of a medium or of a RAM disk, and of much else: of these the name in front of it speaks. */
static const char *const image_suffixes[] = { ".bin", ".img", ".raw", NULL };

/**
 * @formats: these are called so
 * @suffixes: what a name ends with
 * @stems: what a name begins with that does not end as that of a text or program does; `=` in front: all of it
 * @parts: what stands anywhere in a name that ends as that of an image
 * @is_code: it is a program itself, or what a loader knows for one by its header: it may be called as what is run is
 */
typedef struct
{
  const char *formats[16];
  const char *suffixes[WORDS_MAX];
  const char *stems[12];
  const char *parts[10];
  gboolean is_code;
} Usual;

static const Usual usuals[] = {
  { .formats = { "tar" },
    .suffixes = { ".tar", ".gem", ".mender", ".oci", ".ova", ".pax", ".spk", ".ustar" },
    .parts = { "sysupgrade" } },
  { .formats = { "zip" },
    .suffixes
    = { ".zip",   ".3mf",  ".aab", ".aar", ".apk",  ".appx", ".bar",  ".cbz", ".docm", ".docx", ".dotx", ".ear",
        ".egg",   ".epub", ".hpi", ".ipa", ".jar",  ".jpi",  ".kar",  ".kmz", ".love", ".msix", ".mxl",  ".npz",
        ".nupkg", ".odb",  ".odc", ".odf", ".odg",  ".odm",  ".odp",  ".ods", ".odt",  ".ora",  ".otg",  ".otp",
        ".ots",   ".ott",  ".oxt", ".pk3", ".pk4",  ".potx", ".pptx", ".pyz", ".rar",  ".sar",  ".vsdx", ".vsix",
        ".war",   ".wgt",  ".whl", ".xap", ".xlsm", ".xlsx", ".xltx", ".xpi" } },
  { .formats = { "ar", "deb" },
    .suffixes = { ".a", ".ar", ".ddeb", ".deb", ".ipk", ".lib", ".opk", ".rlib", ".udeb" } },
  { .formats = { "7z" }, .suffixes = { ".7z", ".cb7" } },
  { .formats = { "rpm" }, .suffixes = { ".rpm", ".spm" } },
  { .formats = { "cpio" },
    .suffixes = { ".cpio", ".obscpio", ".swu", "ucode.img" },
    .stems = { "initramfs", "initrd", "ramdisk", "rootfs", "=core", "=corepure64", "=minirt" },
    .parts = { "initr", "ramdisk", "ramfs", "rootfs" } },
  /* who unpacks one goes by what is in it, and asks the name only whether it is one */
  { .formats = { "bzip2", "compress", "gzip", "lz4", "lz4-legacy", "lzip", "lzma", "xz", "zstd" },
    .suffixes
    = { ".gz",  ".gzip", ".adz",  ".apk",  ".bgz",  ".bz",  ".bz2", ".bzip2", ".cpgz", ".crate", ".dz",  ".emz",
        ".ipk", ".lz",   ".lz4",  ".lzma", ".opk",  ".pkg", ".rdz", ".svgz",  ".taz",  ".tb2",   ".tbz", ".tbz2",
        ".tgz", ".tlz",  ".tlz4", ".txz",  ".tzst", ".vgz", ".wmz", ".xbps",  ".xz",   ".z",     ".zst", ".zstd" },
    .stems = { "initramfs", "initrd", "ramdisk", "rootfs", "vmlinuz" },
    .parts = { "initr", "ramdisk", "ramfs", "rootfs" } },
  { .formats = { "squashfs", "rauc" },
    .suffixes
    = { ".squashfs",     ".appimage",     ".fs",          ".img",          ".lzm",  ".raucb", ".raw",  ".rootfs",
        ".sb",           ".sfs",          ".snap",        ".sq",           ".sqfs", ".sqs",   ".sqsh", ".squash",
        ".squashfs-lz4", ".squashfs-lzo", ".squashfs-xz", ".squashfs-zst", ".tcz",  ".xzm" },
    .stems = { "modloop", "rootfs", "=root" },
    .parts = { "rootfs", "squashfs" } },
  { .formats = { "ext2", "ext3", "ext4" },
    .suffixes = { ".ext", ".ext2", ".ext3", ".ext4", ".disk", ".fs", ".img", ".raw", ".rootfs" },
    .stems = { "rootfs", "=root" },
    .parts = { "rootfs" } },
  { .formats = { "fat" },
    .suffixes
    = { ".fat", ".dsk", ".fat12", ".fat16", ".fat32", ".flp", ".fs", ".ima", ".img", ".raw", ".vfat", ".vfd" } },
  { .formats = { "iso9660" }, .suffixes = { ".iso", ".cdr", ".img", ".raw" } },
  { .formats = { "mbr", "gpt" },
    .suffixes
    = { ".img", ".dd", ".disk", ".dsk", ".hdd", ".hddimg", ".iso", ".raw", ".sdcard", ".sdimg", ".usb", ".wic" } },
  { .formats = { "fdt" }, .suffixes = { ".dtb", ".dtbo", ".fdt" }, .stems = { "devicetree", "dtb", "fdt" } },
  { .formats = { "fit" },
    .suffixes = { ".itb", ".fit", ".ub", ".uimage", "u-boot.img", "u-boot-dtb.img" },
    .stems = { "fitimage", "image", "kernel", "uimage" },
    .parts = { "factory", "fitimage", "sysupgrade", "uimage" },
    .is_code = TRUE },
  { .formats = { "uboot" },
    .suffixes = { ".scr", ".ub", ".uimage", ".uimg", ".uinitrd", "u-boot.img", "u-boot-dtb.img" },
    .stems = { "kernel", "uimage", "uinitr", "uramdisk" },
    .parts = { "-kernel", "factory", "initr", "ramdisk", "ramfs", "rootfs", "sysupgrade", "uimage" },
    .is_code = TRUE },
  { .formats = { "arm64-image", "bzimage", "riscv-image", "zboot", "zimage", "vmlinux" },
    .suffixes = { ".bin", ".efi", ".img", ".raw" },
    .stems = { "bzimage", "image", "kernel", "uimage", "vmlinuz", "zimage" },
    .is_code = TRUE },
  { .formats = { "elf-appended", "raw-appended", "script-appended" },
    .suffixes = { ".appimage", ".bin", ".img", ".raw" },
    .is_code = TRUE },
  { .formats = { "signed-module" }, .suffixes = { ".ko" }, .is_code = TRUE },
  { .formats = { "ihex" }, .suffixes = { ".hex", ".a43", ".eep", ".h86", ".ihex", ".ihx", ".mcs" }, .is_code = TRUE },
  { .formats = { "srec" },
    .suffixes = { ".srec", ".mot", ".s19", ".s28", ".s37", ".s68", ".sre", ".srecord" },
    .is_code = TRUE },
  { .formats = { "uf2" }, .suffixes = { ".uf2" }, .is_code = TRUE },
};

/* What the code in a chip, or the first of several boot loaders, runs: with a number or a suffix behind it. */
static const char *const loaders[]
    = { "abl",        "aboot",   "atf",       "barebox", "bios", "bl1",    "bl2",       "bl3",     "bootcode",
        "bootloader", "bootrom", "coreboot",  "fip",     "fsbl", "grldr",  "idbloader", "lk",      "loader",
        "mlo",        "optee",   "preloader", "sbl",     "spl",  "ssbl",   "sysfw",     "tee",     "tfa",
        "tiboot",     "tispl",   "tpl",       "trust",   "tz",   "u-boot", "uboot",     "uefi-fw", "xbl" };

/* What a boot loader may run as it is, of names that end as those of media do. */
static const char *const kernels[]
    = { "bl",     "boot",    "bzimage", "cdboot",   "core",    "diskboot", "g2ldr", "image",
        "kernel", "lnxboot", "pxeboot", "recovery", "vmlinux", "vmlinuz",  "zimage" };

/* Words in the names of programs about RAM disks and kernels: initrd-release, rootfs-resize. */
static const char *const of_programs[]
    = { "-root",  "build",   "check", "clean",  "config", "func",  "helper", "hook",
        "info",   "install", "list",  "make",   "mount",  "parse", "releas", "resize",
        "script", "service", "setup", "switch", "target", "tool",  "update" };

/** Of a short name of DOS: the point and three letters; and what is left of a longer name in front of its number. */
#define CUT_BYTES 4u
#define CUT_STEM_BYTES 6u

static gboolean
ends_with (const char *name, const char *suffix)
{
  gsize length = strlen (name);
  return g_str_has_suffix (name, suffix)
         || (suffix[0] == '.' && length > CUT_BYTES && strlen (suffix) > CUT_BYTES
             && memcmp (name + length - CUT_BYTES, suffix, CUT_BYTES) == 0);
}

static gboolean
ends_with_any (const char *name, const char *const *suffixes)
{
  for (; *suffixes != NULL; suffixes++)
    if (ends_with (name, *suffixes))
      return TRUE;
  return FALSE;
}

static gboolean
holds_any (const char *name, const char *const *parts)
{
  for (; *parts != NULL; parts++)
    if (strstr (name, *parts) != NULL)
      return TRUE;
  return FALSE;
}

/* Whether a name that begins as that of an image ends as that of a text or program: kernel.conf, rootfs.pl, and not
 * vmlinuz-linux. */
static gboolean
is_of_program (const char *name, const char *behind)
{
  const char *dot = strrchr (name, '.');
  gsize letters = dot == NULL ? 0 : strspn (dot + 1, "abcdefghijklmnopqrstuvwxyz");
  if (letters > 0 && dot[1 + letters] == '\0')
    return strcmp (dot, ".efi") != 0;
  for (gsize i = 0; i < G_N_ELEMENTS (of_programs); i++)
    if (strstr (behind, of_programs[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* INITRA~1 is a short name of what begins so. */
static gboolean
begins_with (const char *name, const char *stem)
{
  gsize left = strcspn (name, "~");
  return g_str_has_prefix (name, stem)
         || (left == CUT_STEM_BYTES && name[left] == '~' && strncmp (name, stem, left) == 0);
}

static gboolean
begins_with_any (const char *name, const char *const *stems)
{
  for (; *stems != NULL; stems++)
    if (**stems == '='
            ? strcmp (name, *stems + 1) == 0
            : begins_with (name, *stems) && !is_of_program (name, name + MIN (strlen (name), strlen (*stems))))
      return TRUE;
  return FALSE;
}

/* `bl` is a word of its own: bl31.bin, bl.img, and not blob.img. */
static gboolean
begins_with_word (const char *name, const char *const *words, gsize count)
{
  for (gsize i = 0; i < count; i++)
    if (g_str_has_prefix (name, words[i]) && !g_ascii_isalpha (name[strlen (words[i])]))
      return TRUE;
  return FALSE;
}

static gboolean
has_part_of_loader (const char *small)
{
  static const char *const parts[] = { "bootloader", "u-boot", "uboot", "-spl", "_spl", "-tpl", NULL };
  return holds_any (small, parts) || begins_with_word (small, loaders, G_N_ELEMENTS (loaders));
}

static gboolean
is_called_as_kernel (const char *small)
{
  return begins_with_word (small, kernels, G_N_ELEMENTS (kernels));
}

/* recovery.img, core.img of GRUB, whatever a `kernel=` says: of what is no kernel itself, and no RAM
 * disk by its name. */
static gboolean
may_be_run (const Usual *usual, const char *small)
{
  gboolean has_boot_sector = strcmp (usual->formats[0], "fat") == 0; /* which nothing explains */
  return !usual->is_code && !holds_any (small, usual->parts) && ends_with_any (small, image_suffixes)
         && (has_part_of_loader (small) || (!has_boot_sector && is_called_as_kernel (small)));
}

static char *
plain_name (const char *name)
{
  static const char *const kept[] = { ".old", ".bak" };
  char *small = g_ascii_strdown (name, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    if (strlen (small) > strlen (kept[i]) && g_str_has_suffix (small, kept[i]))
      small[strlen (small) - strlen (kept[i])] = '\0';
  return small;
}

gboolean
assay_usual_name (const char *format, const char *name)
{
  g_autofree char *small = plain_name (name);
  for (gsize i = 0; i < G_N_ELEMENTS (usuals); i++)
    {
      const Usual *usual = &usuals[i];
      if (g_strv_contains (usual->formats, format)
          && (ends_with_any (small, usual->suffixes) || begins_with_any (small, usual->stems)
              || (holds_any (small, usual->parts) && ends_with_any (small, image_suffixes))))
        return !may_be_run (usual, small);
    }
  return FALSE;
}

gboolean
assay_usual_name_of_loader (const char *name)
{
  g_autofree char *small = g_ascii_strdown (name, -1);
  return has_part_of_loader (small);
}

gboolean
assay_usual_name_of_code (const char *name)
{
  g_autofree char *small = g_ascii_strdown (name, -1);
  return has_part_of_loader (small) || is_called_as_kernel (small);
}

gboolean
assay_usual_name_is_of_text (const char *name)
{
  static const char *const suffixes[]
      = { ".ash", ".awk",  ".bash",    ".bat",        ".cfg",  ".cmd", ".conf", ".cnf",   ".csh", ".env",
          ".htm", ".html", ".inc",     ".include",    ".ini",  ".js",  ".json", ".ksh",   ".lua", ".php",
          ".pl",  ".pm",   ".profile", ".properties", ".py",   ".rb",  ".rc",   ".rules", ".sed", ".sh",
          ".tcl", ".toml", ".txt",     ".xml",        ".yaml", ".yml", ".zsh" };
  static const char *const files[] = { "bashrc",    "environment", "functions",   "inittab", "profile",
                                       "rc.common", "rc.local",    "rc.shutdown", "shinit" };
  /* rpm's macros, and what initscripts read of each interface */
  static const char *const heads[] = { "ifcfg-", "macros.", "route-", "rule-" };
  g_autofree char *small = g_ascii_strdown (name, -1);
  const char *whole = small + strspn (small, ".");
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    if (strcmp (whole, files[i]) == 0)
      return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (heads); i++)
    if (g_str_has_prefix (small, heads[i]))
      return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (small, suffixes[i]))
      return TRUE;
  return FALSE;
}
