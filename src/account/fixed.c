#include "account/entry_facts.h"
#include "account/faces.h"
#include "account/fit_places.h"
#include "account/names/names_of.h"
#include "account/names/usual_names.h"
#include "account/package.h"
#include "account/signed.h"
#include "account/sourced.h"
#include "account/work.h"

#include "unpack/bytes.h"
#include "unpack/fact.h"
#include "unpack/kernel/initramfs.h"
#include "unpack/marks.h"
#include "unpack/uboot/uboot.h"

#include <elf.h>
#include <string.h>

/*
 * What begins like a container need not be one: a processor runs the first bytes of a gzip stream as instructions as
 * well as it runs any others. Where the bytes are, or may be, run or read as they stand, how a container encodes its
 * content is content too.
 */

/* Whether a stream carries something, and has nothing beside it but zeros: a few bytes of a stream of nothing in front
 * of other bytes are no stream that anybody decodes. */
static gboolean
is_only_stream (const AssayNode *node)
{
  guint64 content = 0;
  for (guint i = 0; i < node->children->len; i++)
    content += ((const AssayNode *)g_ptr_array_index (node->children, i))->size;
  for (guint i = 0; content > 0 && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->kind == ASSAY_SPAN_SLACK && !assay_span_holds_zeros (node, span))
        return FALSE;
    }
  return content > 0;
}

/* Nobody starts one. */
static gboolean
is_archive (const AssayNode *node)
{
  static const char *const archives[] = { "7z", "ar", "cpio", "tar", "zip", NULL };
  return g_strv_contains (archives, node->format);
}

/* Linux unpacks what a driver asks for, and gives it to a device. */
static gboolean
is_firmware (const AssayNode *node)
{
  g_autofree char *path = g_strdup_printf ("/%s", assay_node_local_name (node));
  return strstr (path, "/firmware/") != NULL;
}

/* What is packed becomes a file without the packed one's suffix (gunzip, or Linux's loader of firmware). Many an
 * archive is called without its own. */
static gboolean
is_unpacked_as_other (AssayWork *work, const AssayNode *node)
{
  g_autoptr (GPtrArray) names = assay_account_names (work, node);
  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      if (*name != '#' && !assay_usual_name (node->format, name)
          && (strchr (name, '.') != NULL || is_firmware (node->parent) || assay_usual_name_of_code (name)
              || assay_usual_name_is_of_text (name)))
        return TRUE;
    }
  return names == NULL;
}

/* A file in a tree is opened by its name, or by that of a link to it: a shell that sources `profile` runs the lines of
 * a gzip file as of any other, a resolver finds its servers in an ar, and the code in a chip starts a u-boot.bin that
 * is a file system. Where a name is not one that files of this kind have, its form is content. */
static gboolean
is_other_by_name (AssayWork *work, const AssayNode *node)
{
  const AssayNode *parent = node->parent;
  if (parent == NULL || strcmp (node->format, "layout") == 0)
    return FALSE;
  if (parent->stream != NULL)
    return parent->parent != NULL && assay_node_has_entries (parent->parent) && is_unpacked_as_other (work, node);
  if (!assay_node_has_entries (parent))
    return FALSE;
  g_autoptr (GPtrArray) names = assay_account_names (work, node);
  for (guint i = 0; names != NULL && i < names->len; i++)
    if (!assay_usual_name (node->format, g_ptr_array_index (names, i)))
      return TRUE;
  return names == NULL || assay_account_is_read_by_lines (work, node);
}

/* Noted, since a reader of the report cannot see it otherwise. */
static gboolean
is_no_container_by_name (AssayWork *work, const AssayNode *node)
{
  gboolean is_other = is_other_by_name (work, node);
  if (is_other)
    g_ptr_array_add (work->account->misnamed, (gpointer)node);
  return is_other;
}

/* Whether the first bytes behind a file system that are not zero begin a tree of digests of it (Linux, Documentation/
 * admin-guide/device-mapper/verity.rst); whether it is right is not looked at. */
static gboolean
has_tree_of_digests (const AssayNode *node)
{
  static const char magic[8] = "verity\0";
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      gboolean begins = FALSE;
      guint64 at = 0;
      if (span->offset + span->length == node->size
          && (span->kind == ASSAY_SPAN_SLACK || span->kind == ASSAY_SPAN_PADDING)
          && assay_blob_find_nonzero (node->blob, span->offset, span->length, &at, NULL)
          && at - span->offset + sizeof magic <= span->length
          && assay_blob_equals (node->blob, at, magic, sizeof magic, &begins, NULL) && begins)
        return TRUE;
    }
  return FALSE;
}

/* The largest page of a processor: a segment is loaded with all of the pages that it begins and ends in. */
static guint64
page_bytes (const AssayElf *elf)
{
  static const guint16 small[] = { EM_386, EM_X86_64, EM_ARM, EM_RISCV };
  for (gsize i = 0; i < G_N_ELEMENTS (small); i++)
    if (elf->machine == small[i])
      return 4096;
  return 65536;
}

/* Whether one of the pages of a segment that is run holds the bytes. */
static gboolean
is_run (const AssaySegment *segment, guint64 page, guint64 offset, guint64 length)
{
  guint64 begin = segment->offset - segment->offset % page;
  guint64 end = segment->offset + segment->file_size;
  guint64 last = end % page == 0 ? end : end + (page - end % page);
  return segment->type == PT_LOAD && (segment->flags & PF_X) != 0 && offset < MAX (last, end)
         && offset + length > begin;
}

static gboolean
is_run_by (AssayWork *work, const AssayNode *node, gboolean paged)
{
  guint64 begin = 0;
  guint64 at = 0;
  const AssayBlob *around = assay_blob_get_owner (node->parent->blob, &begin);
  g_autoptr (AssayElf) elf = assay_elf_new (node->parent->blob, work->options->limits, NULL);
  if (node->blob == NULL || assay_blob_get_owner (node->blob, &at) != around || elf == NULL || elf->trouble != NULL)
    return TRUE;
  for (guint i = 0; i < elf->segments->len; i++)
    if (is_run (&g_array_index (elf->segments, AssaySegment, i), paged ? page_bytes (elf) : 1, at - begin, node->size))
      return TRUE;
  return FALSE;
}

/* Of a stream that lies amid a kernel that is all code, or in a segment that is run, nobody says that it is not run:
 * what is explained of a cpio there are digits. Nor of what stands behind a program, in the last page of its code;
 * kernels are loaded without pages. */
static gboolean
lies_in_code (AssayWork *work, const AssayNode *node)
{
  if (node->parent == NULL)
    return FALSE;
  if (strcmp (node->parent->format, "elf-appended") == 0)
    return is_run_by (work, node, TRUE);
  return node->stream != NULL && strcmp (assay_node_local_name (node), ASSAY_INITRAMFS_NAME) == 0
         && (strcmp (node->parent->format, "vmlinux") != 0 || is_run_by (work, node, FALSE));
}

static gboolean
get_address (const AssayNode *node, const char *fact, guint64 *out)
{
  const char *text = assay_facts_get (node->own_facts, fact);
  return text != NULL && g_str_has_prefix (text, "0x")
         && g_ascii_string_to_unsigned (text + 2, 16, 0, G_MAXUINT64, out, NULL);
}

/* How much a loader writes of the first file behind a header of U-Boot's; nobody knows where it did not decode. */
static guint64
loaded_bytes (const AssayNode *node)
{
  const AssayNode *data = g_ptr_array_index (node->children, 0);
  if (g_strcmp0 (assay_facts_get (node->own_facts, "compression"), "none") == 0)
    return data->size;
  return data->stream == NULL || data->children->len != 1
             ? G_MAXUINT64
             : ((const AssayNode *)g_ptr_array_index (data->children, 0))->size;
}

/* Whether a loader starts a header of U-Boot's: SPL loads it too, in front of what it says where that is loaded. What
 * is entered elsewhere than in itself may be so anywhere in memory, where the image as it came lies too. */
static gboolean
is_started (const AssayNode *node)
{
  guint64 load = 0;
  guint64 entry = 0;
  if (strcmp (node->format, "uboot") != 0)
    return FALSE;
  if (!get_address (node, "load", &load) || !get_address (node, "entry", &entry)
      || (entry < load && load - entry <= ASSAY_UBOOT_HEADER_BYTES))
    return TRUE;
  return node->children->len > 0 && ((const AssayNode *)g_ptr_array_index (node->children, 0))->loaded_from != NULL
         && (entry < load || entry - load >= loaded_bytes (node));
}

/* Whether the code in a chip may start what stands in it: of a medium that keeps a place for that, where it starts
 * nothing of the rebuild; of all else, whoever made it. A disk, and a file system that is all of one, is looked through
 * by sectors. */
static gboolean
may_be_booted (const AssayWork *work, const AssayNode *node)
{
  static const char *const media[] = { "fat", "gpt", "iso9660", "layout", "mbr", NULL };
  static const char *const whole[] = { "ext2", "ext3", "ext4", "squashfs", NULL };
  if (node->blob == NULL)
    return FALSE;
  const AssayNode *expected = assay_pairing_get (work->pairing, node)->expected;
  AssayBlob *theirs = expected == NULL ? NULL : expected->blob;
  gboolean is_medium = g_strv_contains (media, node->format);
  return assay_marks_find_boot (node->blob, is_medium ? theirs : NULL)
         || ((is_medium || (node->parent == NULL && g_strv_contains (whole, node->format)))
             && assay_marks_find_boot_sector (node->blob, theirs));
}

/* Of the rebuild's package as well: what its header says is what was expected. */
static gboolean
is_package_of_two_minds (AssayWork *work, const AssayNode *node)
{
  const AssayNode *expected = assay_pairing_get (work->pairing, node)->expected;
  return assay_account_package_differs (work, node)
         || (expected != NULL && assay_account_package_differs (work, expected));
}

/* To a shell a program is lines as well, and what strip(1) takes away may have been some. */
static gboolean
is_program_of_lines (AssayWork *work, const AssayNode *node)
{
  return assay_work_is_program (node) && node->parent != NULL && assay_node_has_entries (node->parent)
         && node->parent->stream == NULL && assay_account_is_sourced (work, node);
}

/* Whether some reader takes it for something else than a container of its kind. */
static gboolean
has_other_reader (const AssayNode *node)
{
  return (node->stream != NULL && (!is_only_stream (node) || assay_marks_begin_tar (node->blob)))
         || assay_account_has_second_face (node);
}

/* Of what such a reader finds in the rebuild's the image would have nothing. */
static gboolean
had_other_reader (AssayWork *work, const AssayNode *node)
{
  const AssayNode *expected = assay_pairing_get (work->pairing, node)->expected;
  return expected != NULL && expected->spans != NULL && expected->blob != NULL && has_other_reader (expected);
}

/* An archive that may be run is one for who runs it, whatever it begins like: its times may be lines of a script. */
static gboolean
form_is_fixed (AssayWork *work, const AssayNode *node)
{
  gpointer known = NULL;
  if (node->spans == NULL)
    return is_program_of_lines (work, node);
  if (g_hash_table_lookup_extended (work->fixed, node, NULL, &known))
    return GPOINTER_TO_INT (known);
  gboolean fixed = assay_account_is_executable (work, node) || is_no_container_by_name (work, node)
                   || has_tree_of_digests (node) || has_other_reader (node) || had_other_reader (work, node)
                   || may_be_booted (work, node) || lies_in_code (work, node) || is_started (node)
                   || is_package_of_two_minds (work, node);
  g_hash_table_insert (work->fixed, (gpointer)node, GINT_TO_POINTER (fixed));
  return fixed;
}

/** "Legacy BIOS Bootable" (UEFI specification, "Defined GPT Partition Entry - Attributes"). */
#define GPT_BOOTED 4u

/** Where a boot sector ends, with these bytes. */
#define AT_BOOT_SIGNATURE 510u

static gboolean
ends_as_boot_sector (const AssayNode *node)
{
  static const guint8 signature[] = { 0x55, 0xaa };
  gboolean ends = FALSE;
  return node->size >= AT_BOOT_SIGNATURE + sizeof signature
         && (!assay_blob_equals (node->blob, AT_BOOT_SIGNATURE, signature, sizeof signature, &ends, NULL) || ends);
}

/* The first sector of an active partition is run, whatever its type says, and boot code may run that of any other one
 * that ends as a boot sector does. What these formats begin with is one, and has no field that a rule explains. An
 * archive or a stream is no file system, whatever the type says: tables of boards have one type for all partitions, and
 * those of firmware are run as they are. */
static gboolean
is_booted (const AssayNode *node)
{
  static const char *const with_boot_sectors[] = { "fat", "ext2", "ext3", "ext4", NULL };
  const char *active = assay_node_get_fact (node, "active");
  gboolean of_gpt = assay_node_get_fact (node, "partition-guid") != NULL;
  const char *attributes = of_gpt ? assay_node_get_fact (node, "attributes") : NULL;
  if (assay_node_get_fact (node, "partition-type") == NULL || node->blob == NULL
      || g_strv_contains (with_boot_sectors, node->format))
    return FALSE;
  return is_archive (node) || node->stream != NULL || (active != NULL && strcmp (active, "yes") == 0)
         || (attributes != NULL && (g_ascii_strtoull (attributes, NULL, 16) & GPT_BOOTED) != 0)
         || ends_as_boot_sector (node);
}

/* U-Boot takes the lower byte of each UTF-16 unit of a name (disk/part_efi.c, print_efiname()). (transfer full) */
static char *
name_by_low_bytes (const char *name)
{
  glong count = 0;
  g_autofree gunichar2 *units = g_utf8_to_utf16 (name, -1, NULL, &count, NULL);
  GString *low = g_string_new (NULL);
  for (glong i = 0; units != NULL && i < count; i++)
    g_string_append_c (low, (char)(units[i] & 0xff));
  return g_string_free (low, FALSE);
}

/* Also of what is no UTF-16, which is said in digits: nobody knows who reads what in that. */
static gboolean
is_name_of_loader (const char *name)
{
  g_autofree char *low = name_by_low_bytes (name);
  gsize length = strlen (name);
  return assay_usual_name_of_loader (name) || assay_usual_name_of_loader (low)
         || (length >= 12 && length % 4 == 0 && strspn (name, "0123456789abcdef") == length);
}

/* A partition of an ordinary type, or a range of a layout, that is called as what the code in a chip runs. A FAT begins
 * with a boot sector, which nothing explains, and U-Boot's first part looks for its second one by a header. */
static gboolean
is_place_of_loader (const AssayNode *node)
{
  static const char *const by_header[] = { "fit", "uboot", NULL };
  const char *name = assay_node_get_fact (node, "partition-name");
  if (name == NULL && node->parent != NULL && strcmp (node->parent->format, "layout") == 0)
    name = assay_node_local_name (node);
  if (name == NULL || strcmp (node->format, "fat") == 0 || !is_name_of_loader (name))
    return FALSE;
  g_autofree char *small = g_ascii_strdown (name, -1);
  gboolean is_second = strstr (small, "u-boot") != NULL || strstr (small, "uboot") != NULL;
  return !(is_second && g_strv_contains (by_header, node->format));
}

/* A stream at a place of a flash, or behind a program: nobody says that who begins there decodes it, and does not run
 * it.
 */
static gboolean
is_placed_stream (const AssayNode *node)
{
  static const char *const around[] = { "layout", "elf-appended", NULL };
  return node->stream != NULL && node->parent != NULL && g_strv_contains (around, node->parent->format);
}

/* Under whatever name an archive has extended attributes (pax: SCHILY's, libarchive's, which escapes some characters).
 */
static gboolean
has_measure (const AssayNode *node)
{
  for (guint i = 0; node->facts != NULL && i < node->facts->len; i++)
    {
      const char *said = g_array_index (node->facts, AssayFact, i).name;
      g_autofree char *plain = strchr (said, '%') == NULL ? NULL : g_uri_unescape_string (said, NULL);
      const char *name = plain != NULL ? plain : said;
      if (strstr (name, "security.ima") != NULL || strstr (name, "security.evm") != NULL)
        return TRUE;
    }
  return FALSE;
}

/* Whether a hard link has such attributes, which some readers set through it: of whichever file it is. Looked at once.
 */
static gboolean
has_measured_link (AssayWork *work, const AssayNode *container)
{
  gpointer known = NULL;
  gboolean measured = FALSE;
  if (container == NULL || container->children == NULL)
    return FALSE;
  if (g_hash_table_lookup_extended (work->measured, container->children, NULL, &known))
    return GPOINTER_TO_INT (known);
  for (guint i = 0; i < container->children->len && !measured; i++)
    {
      const AssayNode *child = g_ptr_array_index (container->children, i);
      measured = assay_scope_is_hard_link (child) && has_measure (child);
    }
  g_hash_table_insert (work->measured, container->children, GINT_TO_POINTER (measured));
  return measured;
}

/* Looked at once for each node: all that is in a container asks for it, and a FIT has as many facts as images. */
static gboolean
is_measured_itself (AssayWork *work, const AssayNode *node)
{
  gpointer known = NULL;
  if (g_hash_table_lookup_extended (work->measured, node, NULL, &known))
    return GPOINTER_TO_INT (known);
  gboolean measured = assay_account_has_signature_of_rebuild (work, node) || has_measure (node)
                      || has_measured_link (work, node->parent) || assay_account_is_signed_beside (work, node)
                      || assay_account_is_signed_behind (work, node);
  g_hash_table_insert (work->measured, (gpointer)node, GINT_TO_POINTER (measured));
  return measured;
}

gboolean
assay_account_is_measured (AssayWork *work, const AssayNode *node)
{
  for (const AssayNode *around = node; around != NULL; around = around->parent)
    if (is_measured_itself (work, around))
      return TRUE;
  return FALSE;
}

gboolean
assay_account_is_fixed (AssayWork *work, const AssayNode *node)
{
  if (assay_account_is_measured (work, node))
    return TRUE;
  for (const AssayNode *around = node; around != NULL; around = around->parent)
    {
      gboolean undone = around == node && g_strcmp0 (around->stream, around->loaded_from) == 0;
      if ((around->loaded_from != NULL && !undone) || is_booted (around) || is_place_of_loader (around)
          || is_placed_stream (around) || assay_fit_is_started (work, around) || form_is_fixed (work, around))
        return TRUE;
    }
  return FALSE;
}
