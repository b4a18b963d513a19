#include "unpack/mark_list.h"

static const char *const bzip2[] = { "bzip2", NULL };
static const char *const volumes[] = { "iso9660", NULL };
static const char *const disks[] = { "gpt", "mbr", "iso9660", NULL };

static const char *const archives[] = { "cpio", NULL };

/* In these a name or a text stands there. */
static const char *const with_texts[] = { "ar", "cpio", "deb", "tar", NULL };

/* Linux starts them as EFI programs too. */
static const char *const efi_kernels[] = { "arm64-image", "bzimage", "riscv-image", "zboot", "zimage", NULL };

/* By its magic alone QEMU starts it as a kernel. */
static const char *const bzimages[] = { "bzimage", NULL };

/** A frame that whoever decodes zstd or lz4 passes over. */
#define SKIPPED(first) ASSAY_MARK (0, first "\x2a\x4d\x18")

const AssayMark assay_mark_list[] = {
  /* by their first bytes: a name of a member, to who reads a tar */
  ASSAY_MARK (0, "#!"),
  { 0, "MZ", 2, efi_kernels },
  { 0, "070701", 6, archives },
  { 0, "070702", 6, archives },
  { 0, "070707", 6, archives },
  { 0, "\xc7\x71", 2, archives },
  { 0, "\x71\xc7", 2, archives },
  SKIPPED ("\x50"),
  SKIPPED ("\x51"),
  SKIPPED ("\x52"),
  SKIPPED ("\x53"),
  SKIPPED ("\x54"),
  SKIPPED ("\x55"),
  SKIPPED ("\x56"),
  SKIPPED ("\x57"),
  SKIPPED ("\x58"),
  SKIPPED ("\x59"),
  SKIPPED ("\x5a"),
  SKIPPED ("\x5b"),
  SKIPPED ("\x5c"),
  SKIPPED ("\x5d"),
  SKIPPED ("\x5e"),
  SKIPPED ("\x5f"),
  /* what a loader or firmware starts */
  ASSAY_MARK (0, "\x55\xaa"), /* an extension of the BIOS */
  ASSAY_MARK (0, "ANDROID!"),
  ASSAY_MARK (0, "VNDRBOOT"),
  ASSAY_MARK (0, "CHROMEOS"),
  ASSAY_MARK (0, "\x36\x13\x03\x1b"),     /* Etherboot */
  ASSAY_MARK (0, "\xb8\xff\x4c\xcd\x21"), /* SYSLINUX */
  ASSAY_MARK (0, "VZ\x4c\x01"),           /* a terse program of UEFI, by machine */
  ASSAY_MARK (0, "VZ\x64\x86"),
  ASSAY_MARK (0, "VZ\x64\xaa"),
  ASSAY_MARK (0, "VZ\xc2\x01"),
  ASSAY_MARK (0, "VZ\x32\x50"),
  ASSAY_MARK (0, "VZ\x64\x50"),
  ASSAY_MARK (0, "VZ\x64\x62"),
  ASSAY_MARK (0x28, "_FVH"),          /* a volume of UEFI's firmware */
  ASSAY_MARK (0, "\x5a\xa5\xf0\x0f"), /* flash of Intel's */
  ASSAY_MARK (0x10, "\x5a\xa5\xf0\x0f"),
  { 0x202, "HdrS", 4, bzimages },
  ASSAY_MARK (0, "XFSB"),
  ASSAY_MARK (0, "UBI#"),
  ASSAY_MARK (0, "\x45\x3d\xcd\x28"), /* cramfs */
  ASSAY_MARK (0, "\x28\xcd\x3d\x45"),
  ASSAY_MARK (0, "\x3a\xff\x26\xed"), /* sparse image of Android */
  ASSAY_MARK (0, "-rom1fs-"),
  { 0, "BZh91AY&SY", 10, bzip2 },
  ASSAY_MARK (0, "\x89LZO\0\r\n\x1a\n"),
  ASSAY_MARK (0, "CrAU"),
  ASSAY_MARK (0, "SFOZ"), /* zonefs */
  ASSAY_MARK (0, "EXFS"),
  ASSAY_MARK (0, "mpoolDev"),
  ASSAY_MARK (0, "HM\1\0"), /* LVM1 */
  ASSAY_MARK (0, "HM\2\0"),
  ASSAY_MARK (0x20, "ORCLDISK"),
  ASSAY_MARK (0x20, "1SFB"), /* BeFS */
  ASSAY_MARK (0x20, "BFS1"),
  ASSAY_MARK (0, "\xce\xfa\xad\x1b"), /* BFS */
  ASSAY_MARK (0, "bluestore block device"),
  ASSAY_MARK (0, "DRBDdlh*"),
  ASSAY_MARK (0, "$DRBDmgr=q"),
  ASSAY_MARK (0, "dmvdo001"),
  ASSAY_MARK (0, "SnAp\1\0\0\0"),       /* a snapshot of LVM */
  ASSAY_MARK (0, "verity\0\0\1\0\0\0"), /* of dm-verity and dm-integrity, whose names alone may be those of members */
  ASSAY_MARK (0, "integrt\0\1"),
  ASSAY_MARK (0, "integrt\0\2"),
  ASSAY_MARK (0, "integrt\0\3"),
  ASSAY_MARK (0, "integrt\0\4"),
  ASSAY_MARK (0, "integrt\0\5"),
  ASSAY_MARK (0, "\0\0\0ReFS\0"),
  ASSAY_MARK (3, "-FVE-FS-"), /* BitLocker */
  ASSAY_MARK (3, "NTFS    "),
  ASSAY_MARK (3, "EXFAT   "),
  ASSAY_MARK (0x20, "NXSB"),
  ASSAY_MARK (0x200, "\x45\x3d\xcd\x28"),
  ASSAY_MARK (0x200, "\x28\xcd\x3d\x45"),
  ASSAY_MARK (0x220, "1SFB"),
  ASSAY_MARK (0x220, "BFS1"),
  ASSAY_MARK (0x000, "LABELONE"), /* LVM2, in one of four sectors */
  ASSAY_MARK (0x200, "LABELONE"),
  ASSAY_MARK (0x400, "LABELONE"),
  ASSAY_MARK (0x600, "LABELONE"),
  { 0x406, "\x34\x34", 2, with_texts },   /* nilfs2, to BusyBox */
  ASSAY_MARK (0x400, "\x10\x20\xf5\xf2"), /* f2fs */
  ASSAY_MARK (0x400, "\xe2\xe1\xf5\xe0"), /* EROFS */
  ASSAY_MARK (0x400, "\xf5\xfc\x01\xa5"), /* VxFS */
  ASSAY_MARK (0x2000, "\xa5\x01\xfc\xf5"),
  ASSAY_MARK (0x3f8, "\x20\x7e\x18\xfd"), /* System V */
  ASSAY_MARK (0x3f8, "\xfd\x18\x7e\x20"),
  ASSAY_MARK (0x27f8, "\x20\x7e\x18\xfd"),
  ASSAY_MARK (0x27f8, "\xfd\x18\x7e\x20"),
  ASSAY_MARK (0x3ff8, "\x20\x7e\x18\xfd"),
  ASSAY_MARK (0x3ff8, "\xfd\x18\x7e\x20"),
  ASSAY_MARK (0x4bf8, "\x20\x7e\x18\xfd"),
  ASSAY_MARK (0x4bf8, "\xfd\x18\x7e\x20"),
  ASSAY_MARK (0x800, "+UD"), /* Xenix */
  ASSAY_MARK (0x800, "DU+"),
  ASSAY_MARK (0x204, "!Stra0tis\x86\xff\x02^\x41rh"),
  ASSAY_MARK (0x1204, "!Stra0tis\x86\xff\x02^\x41rh"),
  ASSAY_MARK (8, "OracleCFS"),
  ASSAY_MARK (0x2000, "OracleCFS"),
  ASSAY_MARK (0x400, "OCFSV2"),
  ASSAY_MARK (0x2000, "OCFSV2"),
  ASSAY_MARK (0x1000, "SPB5"), /* NSS */
  ASSAY_MARK (0x800, "OCFSV2"),
  ASSAY_MARK (0x1000, "OCFSV2"),
  ASSAY_MARK (0x1000, "\xfc\x4e\x2b\xa9"), /* MD */
  ASSAY_MARK (0, "\xfc\x4e\x2b\xa9"),
  ASSAY_MARK (0x1018, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca"), /* bcache */
  ASSAY_MARK (0x1018, "\xc6\x85\x73\xf6\x66\xce\x90\xa9"), /* bcachefs */
  ASSAY_MARK (0x2000, "\x49\xe8\x95\xf9"),                 /* HPFS */
  ASSAY_MARK (0x2000, "\x22\x11\x19\x68"),                 /* QNX6 */
  ASSAY_MARK (0x2014, "ReIsErFs"),
  ASSAY_MARK (0x2034, "ReIsErFs"),
  ASSAY_MARK (0x10034, "ReIsErFs"),
  ASSAY_MARK (0x10034, "ReIsEr2Fs"),
  ASSAY_MARK (0x10034, "ReIsEr3Fs"),
  ASSAY_MARK (0x10000, "ReIsEr4"),
  ASSAY_MARK (0x8000, "JFS1"),
  { 0x8001, "CD001", 5, volumes },
  { 0x8009, "CDROM", 5, volumes }, /* High Sierra */
  { 0x8001, "BEA01", 5, volumes },
  { 0x8001, "BOOT2", 5, volumes },
  { 0x8001, "CDW02", 5, volumes },
  { 0x8001, "TEA01", 5, volumes },
  { 0x8001, "NSR0", 4, volumes },
  { 0x8801, "NSR0", 4, volumes },
  ASSAY_MARK (0x10000, "\x01\x16\x19\x70"), /* GFS2 */
  ASSAY_MARK (0x10040, "_BHRfS_M"),
  { 0x200, "EFI PART", 8, disks },
  /* disks of virtual machines, which QEMU knows by these (block/, bdrv_probe), and compressed loops */
  ASSAY_MARK (0x40, "\x7f\x10\xda\xbe"),
  ASSAY_MARK (0, "conectix"),
  ASSAY_MARK (0, "WithoutFreeSpace"),
  ASSAY_MARK (0, "WithouFreSpacExt"),
  ASSAY_MARK (0, "Bochs Virtual HD Image"),
  { 0, "QED\0", 4, with_texts },
  ASSAY_MARK (0, "QFI\xfb"),
  ASSAY_MARK (0, "COWD"),
  ASSAY_MARK (0, "KDMV"),
  ASSAY_MARK (0, "vhdxfile"),
  ASSAY_MARK (0, "# Disk DescriptorFile"),
  ASSAY_MARK (0, "#!/bin/sh\n#V2.0 Format"),
  /* file systems and labels of GRUB's */
  { 0, "SFS\0", 4, with_texts },
  { 0, "DOS\0", 4, with_texts },
  { 0, "DOS\1", 4, with_texts },
  { 0, "DOS\2", 4, with_texts },
  { 0, "DOS\3", 4, with_texts },
  ASSAY_MARK (0x420, "1SFA"),
  ASSAY_MARK (0x420, "AFS1"),
  { 0x200, "part ", 5, with_texts },      /* Plan 9 */
  ASSAY_MARK (0x200, "\x59\x4c\x46\xc4"), /* DragonFly */
  /* labels of disks with partitions of their own (Linux, block/partitions/) */
  ASSAY_MARK (0, "\x0b\xe5\xa9\x41"),     /* SGI */
  ASSAY_MARK (0, "\xc9\xc2\xd4\xc1"),     /* AIX */
  ASSAY_MARK (0x000, "\x57\x45\x56\x82"), /* BSD and OSF, of both byte orders */
  ASSAY_MARK (0x040, "\x57\x45\x56\x82"),
  ASSAY_MARK (0x080, "\x57\x45\x56\x82"),
  ASSAY_MARK (0x200, "\x57\x45\x56\x82"),
  ASSAY_MARK (0x240, "\x57\x45\x56\x82"),
  ASSAY_MARK (0x000, "\x82\x56\x45\x57"),
  ASSAY_MARK (0x040, "\x82\x56\x45\x57"),
  ASSAY_MARK (0x200, "\x82\x56\x45\x57"),
  ASSAY_MARK (0x240, "\x82\x56\x45\x57"),
  ASSAY_MARK (0x200, "PM\0\0"),            /* of Apple: the second block is the map */
  ASSAY_MARK (0xf8, "MOTOROLA"),           /* SYSV68 */
  ASSAY_MARK (0x3fb8, "\x57\x29\x03\x00"), /* Ultrix */
  ASSAY_MARK (0x1fe, "\x56\xab"),          /* Karma */
  ASSAY_MARK (0x20c, "\xee\xde\x0d\x60"),  /* Solaris */
  ASSAY_MARK (0x71f6, "\x0d\x60\xe5\xca"), /* Unixware */
};

const gsize assay_mark_count = G_N_ELEMENTS (assay_mark_list);
