#ifndef ASSAY_TEST_EXT_IMAGES_H
#define ASSAY_TEST_EXT_IMAGES_H

#include "archives.h"

/* Images of ext2 to ext4, and where things stand in them. */

/* 64 blocks of 1 KiB, and inodes of 128 bytes in the order in which debugfs makes them. */
#define TOOLS                                                                                                          \
  "PATH=$PATH:/usr/sbin:/sbin; export MKE2FS_CONFIG=/dev/null E2FSPROGS_FAKE_TIME=1600000000; rm -f out; : > out; "
#define FILES                                                                                                          \
  "printf hello > file; printf '%02100d' 7 > text; printf '\\001\\000\\000\\002' > value; "                            \
  "printf 'write file file\\nwrite text text\\nmkdir sub\\nwrite file sub/inner\\nsymlink link file\\nmknod device c " \
  "5 300\\nea_set -f value sub user.note\\n' > commands; "
/* Forty pieces, which no inode has room for. */
#define HOLES                                                                                                          \
  "rm -f holes; i=0; while [ $i -lt 40 ]; do printf x | dd of=holes bs=1 seek=$((i * 8192)) conv=notrunc 2> log; "     \
  "i=$((i + 1)); done; printf 'write holes holes\\n' >> commands; "
#define MAKE                                                                                                           \
  TOOLS FILES                                                                                                          \
      "truncate -s 64K out; mke2fs -q -F -t ext2 -b 1024 -I 128 -N 32 -O ext_attr,filetype -L LABEL out > log 2>&1; "  \
      "debugfs -w -f commands out > log 2>&1"

/* Numbers of inodes, and places of fields. */
enum
{
  ROOT = 2,
  FILE_INODE = 12,
  TEXT_INODE,
  SUB_INODE,
  INNER_INODE,
  LINK_INODE,
  DEVICE_INODE,
  SUPER = 1024,
  INODE_SIZE = 4,
  INODE_ATIME = 8,
  INODE_DTIME = 20,
  INODE_LINKS = 26,
  INODE_FLAGS = 32,
  INODE_MAP = 40,
};

static inline guint64
table_of (const AssayNode *root)
{
  for (guint i = 0; i < root->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (root->spans, AssaySpan, i);
      if (strcmp (span->name, "ext inode table") == 0)
        return span->offset;
    }
  fail_msg ("no table of inodes");
  return 0;
}

static inline GByteArray *
make_image (const Fixture *fixture)
{
  run (fixture, MAKE);
  return load_image (fixture);
}

/* Where an inode of 128 bytes stands. */
static inline guint64
inode_at (const Fixture *fixture, const GByteArray *image, guint number)
{
  g_autoptr (AssayNode) root = unpack_image (fixture, image);
  assert_null (root->trouble);
  return table_of (root) + (number - 1) * 128u;
}

/* Where a text stands in the image for the first time. */
static inline guint64
place (const GByteArray *image, const char *text)
{
  const guint8 *found = memmem (image->data, image->len, text, strlen (text));
  assert_non_null (found);
  return (guint64)(found - image->data);
}

#endif
