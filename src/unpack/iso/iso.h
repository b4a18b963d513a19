#ifndef ASSAY_UNPACK_ISO_H
#define ASSAY_UNPACK_ISO_H

#include "unpack/container.h"

/* ISO 9660 (ECMA-119) with Rock Ridge (SUSP 1.12, RRIP 1.12), Joliet and El Torito. Where Linux, Windows and firmware
 * see several trees in one image, all of them are shown. */

/** Bytes of a logical block; others than this are not read. */
#define ASSAY_ISO_BLOCK_BYTES 2048u

/** Where the first descriptor stands; what is in front belongs to no file. */
#define ASSAY_ISO_DESCRIPTORS_AT (16u * ASSAY_ISO_BLOCK_BYTES)

/** AssayIsoRun: bytes of the image. */
typedef struct
{
  guint64 offset;
  guint64 length;
} AssayIsoRun;

/**
 * AssayIsoFolder: a directory as the path table has it.
 * @block: where it begins; @parent: where the one around it does
 * @name: as stored; @name_bytes
 */
typedef struct
{
  guint32 block;
  guint32 parent;
  guint8 *name;
  gsize name_bytes;
} AssayIsoFolder;

/**
 * AssayIsoVolume: a tree of the image, from its descriptor.
 * @prefix: what its times are called by as facts of the image; @group: what its entries stand under in node paths, or
 * NULL
 * @is_joliet: names are UCS-2; @is_rock: entries have Rock Ridge, @skip bytes behind their names
 * @at: of the descriptor in the image
 * @blocks: of the volume; @root_block: @root_bytes: of the root directory
 * @table_bytes: of each path table; @tables: where they stand: L, its copy, M, its copy; 0 where there is none
 * @folders: (element-type AssayIsoFolder): all that were found
 */
typedef struct
{
  const char *prefix;
  const char *group;
  gboolean is_joliet;
  gboolean is_rock;
  guint skip;
  guint64 at;
  guint32 blocks;
  guint32 root_block;
  guint32 root_bytes;
  guint32 table_bytes;
  guint32 tables[4];
  GArray *folders;
} AssayIsoVolume;

/**
 * AssayIso: an image that is being read.
 * @blocks: of the largest volume
 * @files: block to AssayNode: whose content begins there
 * @continued_bytes: of all continuation areas that were read
 */
typedef struct
{
  AssayContainer *container;
  guint32 blocks;
  GHashTable *files;
  guint64 continued_bytes;
} AssayIso;

/** assay_iso_fail: ASSAY_ERROR_MALFORMED, "iso9660: WHAT"; returns FALSE. */
gboolean assay_iso_fail (const char *what, GError **error);
/** assay_iso_unsupported: the same with ASSAY_ERROR_UNSUPPORTED. */
gboolean assay_iso_unsupported (const char *what, GError **error);

/** assay_iso_both32: a number that stands there in both byte orders. Errors: ASSAY_ERROR_MALFORMED they are two. */
gboolean assay_iso_both32 (const guint8 *bytes, guint32 *out, GError **error);
gboolean assay_iso_both16 (const guint8 *bytes, guint *out, GError **error);

/** assay_iso_check_run: whether so many bytes from that block on lie in the volume and in the image. */
gboolean assay_iso_check_run (const AssayIso *iso, guint32 block, guint64 length, GError **error);

/** assay_iso_span: adds a span of a header; @child: NULL for the image. */
void assay_iso_span (AssayIso *iso, guint64 offset, guint64 length, const AssayNode *child, const char *name);

/** AssayIsoTimeForm: seven bytes of numbers, or sixteen digits and a byte; the last byte is the zone. */
typedef enum
{
  ASSAY_ISO_TIME_SHORT = 7,
  ASSAY_ISO_TIME_LONG = 17,
} AssayIsoTimeForm;

/**
 * assay_iso_add_time:
 * @child: whose fact it is; NULL for the image
 * @fact: its name
 * @bytes: of the length of @form, which stand at @offset
 *
 * Adds a fact, in seconds since 1970, and a span that is rewritable where the fact and the zone give the same bytes;
 * and a span for the zone, which no fact says. Zeros are no time.
 */
void assay_iso_add_time (AssayIso *iso, const AssayNode *child, const char *fact, AssayIsoTimeForm form,
                         const guint8 *bytes, guint64 offset);

/** Kinds of times that an entry of Rock Ridge may have. */
#define ASSAY_ISO_ROCK_TIMES 7u

/**
 * AssayIsoRock: what Rock Ridge says of an entry.
 * @name: raw; @target: of a symbolic link
 * @name_parts: the texts of the @name_entries entries (NM) that it is written in, with `/` between them
 * @target_parts: lengths of the components of the target, with `/` between them, a blank between the @target_entries
 * entries (SL), and `+` behind those that go on in the next (@target_divided: there are such)
 * @continued: which entries NM, PX, SL and TF stand not in the record but where it leads to (CE), in order
 * @unlisted: the list of what stands there (RR) leaves out all but the name, and there is more
 * @extensions: identifiers of extensions that are announced (ER), with blanks between them
 * @times: where each stands, and its bytes (borrowed from @areas); length 0: none
 * @areas: (element-type GBytes): continuation areas
 * @child_block: @parent_block: where a directory that was moved is (CL), or came from (PL); 0: none
 * @moved: the entry is the place that it was moved to (RE)
 * @spans: (element-type AssayIsoRun): bytes that it takes, but those of times
 */
typedef struct
{
  gboolean has_attributes;
  gboolean has_inode;
  gboolean has_device;
  gboolean moved;
  gboolean long_times;
  gboolean target_divided;
  gboolean unlisted;
  guint name_entries;
  guint target_entries;
  guint starts; /* how often it says how many bytes are left out */
  guint32 mode;
  guint32 links;
  guint32 uid;
  guint32 gid;
  guint32 inode;
  guint32 device_high;
  guint32 device_low;
  guint32 child_block;
  guint32 parent_block;
  GString *name;
  GString *name_parts;
  GString *target;
  GString *target_parts;
  GString *continued;
  GString *extensions;
  GString *attributes; /* entries AL of libisofs (AAIP), in hexadecimal digits, with a dot in front of each */
  char *compression;
  struct
  {
    guint64 offset;
    const guint8 *bytes;
  } times[ASSAY_ISO_ROCK_TIMES];
  GPtrArray *areas;
  GArray *spans;
} AssayIsoRock;

void assay_iso_rock_clear (AssayIsoRock *rock);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayIsoRock, assay_iso_rock_clear)

/**
 * assay_iso_rock_read:
 * @bytes: @length: what stands behind an entry's name, at @offset of the image
 *
 * Errors: ASSAY_ERROR_MALFORMED; ASSAY_ERROR_UNSUPPORTED (sparse files).
 */
gboolean assay_iso_rock_read (AssayIso *iso, const guint8 *bytes, gsize length, guint64 offset, AssayIsoRock *out,
                              GError **error);

/** assay_iso_rock_begins: whether the first entry of a root directory says that the tree has Rock Ridge; @out_skip:
 * bytes that are left out in all others. */
gboolean assay_iso_rock_begins (const guint8 *bytes, gsize length, guint *out_skip);

/** assay_iso_rock_is_there: whether any entry of Rock Ridge stands there: Linux goes by it where nothing begins so,
 * too. */
gboolean assay_iso_rock_is_there (const guint8 *bytes, gsize length);

/** assay_iso_rock_state: the facts of an entry, and spans; @child: NULL for the root of the primary volume, whose facts
 * are the image's. @dots: "", "dot.", "dot-dot." or another lead, which goes in front of the names of times. A
 * directory's own record has more: what Linux has of it from there (`dot.mode`, …), where it is not what the entry
 * says.
 */
void assay_iso_rock_state (AssayIso *iso, const AssayIsoRock *rock, AssayNode *child, const char *dots);

/** assay_iso_rock_type: by the mode. */
AssayNodeType assay_iso_rock_type (const AssayIsoRock *rock);

/** assay_iso_volume_read: the tables and the tree of a volume. */
gboolean assay_iso_volume_read (AssayIso *iso, AssayIsoVolume *volume, GError **error);

/** assay_iso_tables_read: adds the spans of the path tables, and holds them against the folders and each other. */
gboolean assay_iso_tables_read (AssayIso *iso, const AssayIsoVolume *volume, GError **error);

/** assay_iso_boot_read: the catalog of El Torito at that block, and what it boots. */
gboolean assay_iso_boot_read (AssayIso *iso, guint32 block, GError **error);

#endif
