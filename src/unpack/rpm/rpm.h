#ifndef ASSAY_UNPACK_RPM_H
#define ASSAY_UNPACK_RPM_H

#include "unpack/container.h"

/* Packages of rpm, versions 3 and 4: a lead, a header of signatures and digests, a header of all that is said of the
 * package, and the payload (rpm's docs/manual/format.md, and lib/header.c for what it takes). */

/** AssayRpmType: of an entry's data. */
typedef enum
{
  ASSAY_RPM_NULL = 0,
  ASSAY_RPM_CHAR,
  ASSAY_RPM_INT8,
  ASSAY_RPM_INT16,
  ASSAY_RPM_INT32,
  ASSAY_RPM_INT64,
  ASSAY_RPM_STRING,
  ASSAY_RPM_BIN,
  ASSAY_RPM_STRING_ARRAY,
  ASSAY_RPM_I18N_STRING,
  ASSAY_RPM_TYPES,
} AssayRpmType;

/** AssayRpmTag: those whose meaning is known here; signature tags are of the first header. */
enum
{
  ASSAY_RPM_SIGNATURES_REGION = 62,
  ASSAY_RPM_REGION = 63,
  ASSAY_RPM_SIGNATURE_SHA1 = 269,
  ASSAY_RPM_SIGNATURE_LONG_SIZE = 270,
  ASSAY_RPM_SIGNATURE_SHA256 = 273,
  ASSAY_RPM_FILE_SIGNATURES = 274,
  ASSAY_RPM_VERITY_SIGNATURES = 276,
  ASSAY_RPM_SIGNATURE_SIZE = 1000,
  ASSAY_RPM_SIGNATURE_MD5 = 1004,
  ASSAY_RPM_BUILD_TIME = 1006,
  ASSAY_RPM_BUILD_HOST = 1007,
  ASSAY_RPM_OLD_FILE_NAMES = 1027,
  ASSAY_RPM_FILE_SIZES = 1028,
  ASSAY_RPM_FILE_MODES = 1030,
  ASSAY_RPM_FILE_TIMES = 1034,
  ASSAY_RPM_FILE_DIGESTS = 1035,
  ASSAY_RPM_FILE_LINKS = 1036,
  ASSAY_RPM_FILE_FLAGS = 1037,
  ASSAY_RPM_FILE_DEVICES = 1095,
  ASSAY_RPM_FILE_INODES = 1096,
  ASSAY_RPM_FILE_LANGUAGES = 1097,
  ASSAY_RPM_FILE_CONTEXTS = 1147,
  ASSAY_RPM_FILE_COLOURS = 1140,
  ASSAY_RPM_FILE_USERS = 1039,
  ASSAY_RPM_FILE_GROUPS = 1040,
  ASSAY_RPM_COOKIE = 1094,
  ASSAY_RPM_DIR_INDEXES = 1116,
  ASSAY_RPM_BASE_NAMES = 1117,
  ASSAY_RPM_DIR_NAMES = 1118,
  ASSAY_RPM_LONG_FILE_SIZES = 5008,
  ASSAY_RPM_FILE_CAPABILITIES = 5010,
  ASSAY_RPM_FILE_DIGEST_ALGORITHM = 5011,
  ASSAY_RPM_OLD_FILE_SIGNATURES = 5090,
  ASSAY_RPM_PAYLOAD_DIGEST = 5092,
  ASSAY_RPM_PAYLOAD_DIGEST_ALGORITHM = 5093,
  ASSAY_RPM_PAYLOAD_DIGEST_DECODED = 5097,
};

/* What spans and facts are called that the account asks the payload about (account/package.c). */
#define ASSAY_RPM_FILE_TIME "rpm.filemtime:"
#define ASSAY_RPM_FILE_DIGEST "rpm.filedigest:"
#define ASSAY_RPM_FILE_SIZE "rpm.filesize:"
#define ASSAY_RPM_LONG_SIZE "rpm.longfilesize:"
#define ASSAY_RPM_DECODED_DIGEST "rpm digest of the decoded payload"

/** What facts of a package are called that say of one file more than its entry in the payload does: rpm takes mode and
 * capabilities from the header alone, writes its signature as an attribute (security.ima) or gives it to the kernel
 * (fs-verity), makes one file of all that have one inode, leaves out what is a ghost, and by other flags what is
 * documentation or lies there already, and by language and colour what is not wanted. */
#define ASSAY_RPM_FILE_MARK "rpm.file:"

/** The same of who owns a file, as USER:GROUP, where that is not root:root: rpm takes that from the header alone too.
 */
#define ASSAY_RPM_FILE_OWNER "rpm.owner:"

/** The same of the mode of what is not a regular file of the usual one, with the bits of its type. */
#define ASSAY_RPM_FILE_MODE "rpm.mode:"
#define ASSAY_RPM_USUAL_MODE "0100644"

/** The same of where a symbolic link leads. */
#define ASSAY_RPM_FILE_LINK "rpm.link:"

/** What stands in ASSAY_RPM_FILE_MARK, at its end, in front of another name of the same file. */
#define ASSAY_RPM_ONE_FILE " names of one file, as "

/** What rpm calls SHA-256 (that of OpenPGP). */
#define ASSAY_RPM_SHA256 8u

/**
 * AssayRpmEntry:
 * @index_at: where its 16 bytes of the index stand; @at: its data; both from the start of the header
 * @length: of the data in bytes
 * @name: what it is called as a fact; interned
 */
typedef struct
{
  guint32 tag;
  AssayRpmType type;
  guint32 count;
  guint64 index_at;
  guint64 at;
  guint64 length;
  const char *name;
} AssayRpmEntry;

/**
 * AssayRpmHeader: one of the two headers, checked.
 * @start: in the package; @length: bytes
 * @bytes: all of it
 * @entries: (element-type AssayRpmEntry): in the order of the index
 * @measured: bytes of the data of all of them
 */
typedef struct
{
  guint64 start;
  guint64 length;
  guint8 *bytes;
  GArray *entries;
  guint64 measured;
} AssayRpmHeader;

/** assay_rpm_fail: ASSAY_ERROR_MALFORMED, "rpm: WHAT"; returns FALSE. */
gboolean assay_rpm_fail (const char *what, GError **error);

/**
 * assay_rpm_header_read:
 * @region: the tag of the region that this header has, if it has one
 *
 * Reads the header at @start and checks its structure: every entry's data lie in the store, end in it, are aligned, and
 * belong to it alone; no tag stands twice; a region's trailer says what the region is. Errors: ASSAY_ERROR_MALFORMED;
 * ASSAY_ERROR_LIMIT (metadata-bytes).
 */
gboolean assay_rpm_header_read (AssayContainer *container, guint64 start, guint32 region, AssayRpmHeader *out,
                                GError **error);
void assay_rpm_header_clear (AssayRpmHeader *header);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayRpmHeader, assay_rpm_header_clear)

/** assay_rpm_header_find: the entry of that tag and type, or NULL. */
const AssayRpmEntry *assay_rpm_header_find (const AssayRpmHeader *header, guint32 tag, AssayRpmType type);

/** assay_rpm_number: a number of an entry of one of the integer types; @index below its count. */
guint64 assay_rpm_number (const AssayRpmHeader *header, const AssayRpmEntry *entry, guint32 index);

/** assay_rpm_texts: (transfer container): where each string of an entry of a string type begins in @bytes; NULL at the
 * end. */
GPtrArray *assay_rpm_texts (const AssayRpmHeader *header, const AssayRpmEntry *entry);

/** assay_rpm_tag_name: as a fact's name: "preinstall", "signature.sha256", or "tag-1234" where rpm 4.18 has no such
 * tag; interned. @region: says which header. */
const char *assay_rpm_tag_name (guint32 region, guint32 tag);

/** assay_rpm_entry_text: (transfer full): its value for a reader; of a long one the beginning and its length. */
char *assay_rpm_entry_text (const AssayRpmHeader *header, const AssayRpmEntry *entry);

/**
 * assay_rpm_paths:
 * @out_paths: (element-type utf8) (transfer full): path of each file, as raw bytes; of no length where the package has
 * no files
 *
 * Errors: ASSAY_ERROR_MALFORMED the tags do not agree about how many there are, or a path stands twice;
 * ASSAY_ERROR_LIMIT.
 */
gboolean assay_rpm_paths (AssayContainer *container, const AssayRpmHeader *header, GPtrArray **out_paths,
                          GError **error);

/** assay_rpm_name_of: @kind and behind it what is @of, escaped: the name of a fact or of a span; interned. */
const char *assay_rpm_name_of (const char *kind, const char *of);

/**
 * assay_rpm_add_files: (files.c)
 * @paths: assay_rpm_paths()
 *
 * Adds to the container's own facts what the headers say of each file that is unusual (ASSAY_RPM_FILE_MARK,
 * ASSAY_RPM_FILE_OWNER, ASSAY_RPM_FILE_MODE, ASSAY_RPM_FILE_LINK). Errors: ASSAY_ERROR_MALFORMED a tag of these is of
 * another type, or says something of another number of files.
 */
gboolean assay_rpm_add_files (AssayContainer *container, const AssayRpmHeader *main, const AssayRpmHeader *signatures,
                              const GPtrArray *paths, GError **error);

#endif
