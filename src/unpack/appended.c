#include "unpack/appended.h"

#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/trial.h"
#include "util/cancel.h"

/*
 * Something behind a file that has an end of its own, or of which the rest is told by what stands there: a file system
 * behind a program, an archive behind a script that unpacks it, a device tree behind a boot loader. Where it is not
 * certain where the second begins there is only one file.
 */

gboolean
assay_appended_divide (AssayContainer *container, const AssayAppended *appended, GError **error)
{
  const AssayNode *node = container->node;
  container->node->ordered = TRUE;
  if (assay_container_add_part (container, appended->front, 0, appended->start, "front", error) == NULL
      || assay_container_add_part (container, appended->behind, appended->start, node->size - appended->start,
                                   "appended", error)
             == NULL)
    return FALSE;
  for (guint i = 0; i < node->spans->len; i++)
    g_array_index (node->spans, AssaySpan, i).placed = TRUE;
  return TRUE;
}

/* The bytes of both are run as they are. */
static void
fix_form (AssayContainer *container)
{
  const GPtrArray *children = container->node->children;
  for (guint i = 0; i < children->len; i++)
    ((AssayNode *)g_ptr_array_index (children, i))->loaded_from = "none";
}

/* --- a script --- */

/** A script that unpacks what is behind it is no longer than this; nothing is looked for beyond. */
#define SCRIPT_BYTES (1u << 20)

/** How many places are opened for trial before nothing is believed. */
#define SCRIPT_TRIALS 64u

static const char *const behind_script[]
    = { "gzip", "bzip2", "xz", "zstd", "lz4", "lz4-legacy", "lzip", "squashfs", "tar", "cpio", "zip", NULL };

gboolean
assay_appended_probe_script (const guint8 *head, gsize length, guint64 size)
{
  return length > 2 && head[0] == '#' && head[1] == '!';
}

/* No text ends in such bytes, and most scripts are text to their end. */
gboolean
assay_appended_ends_script (const guint8 *tail, gsize length, guint64 size)
{
  for (gsize i = 0; i < length; i++)
    if (tail[i] < '\t' || tail[i] >= 0x7f)
      return TRUE;
  return FALSE;
}

/* Whether what begins behind a line's end is one stream or archive, read without error to the end of the file. */
static gboolean
try_line (AssayContainer *container, guint64 start, gboolean *out_found, guint *tried, GError **error)
{
  AssayTrial trial;
  if (!assay_trial_open (container, start, container->node->size - start, behind_script, &trial, error))
    return FALSE;
  *out_found = trial.format != NULL && trial.tight;
  *tried += trial.tried ? 1 : 0;
  return TRUE;
}

static gboolean
none_certain (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "%s: nothing certain is behind it", what);
}

static gboolean
find_payload (AssayContainer *container, guint64 *out_start, GError **error)
{
  const AssayNode *node = container->node;
  gsize length = (gsize)MIN (node->size, SCRIPT_BYTES);
  gboolean found = FALSE;
  guint tried = 0;
  g_autofree guint8 *bytes = assay_blob_read_bytes (node->blob, 0, length, error);
  if (bytes == NULL)
    return FALSE;
  for (const guint8 *at = bytes; (at = memchr (at, '\n', (gsize)(bytes + length - at))) != NULL;)
    {
      *out_start = (guint64)(++at - bytes);
      if (*out_start == node->size || tried > SCRIPT_TRIALS)
        break;
      if (assay_cancelled (error) || !try_line (container, *out_start, &found, &tried, error))
        return FALSE;
      if (found)
        return TRUE;
    }
  return none_certain ("script", error);
}

/* A shell reads on where no command ends it, and what it meets then are lines of the script: content that was packed in
 * another way, or a time, may be one. Whether it ends before cannot be told, and so nothing of the form is free. */
gboolean
assay_appended_open_script (AssayContainer *container, GError **error)
{
  AssayAppended appended = { .front = "#script", .behind = "#payload" };
  if (!find_payload (container, &appended.start, error) || !assay_appended_divide (container, &appended, error))
    return FALSE;
  fix_form (container);
  return TRUE;
}

/* --- a device tree --- */

/** The header of a device tree (Devicetree Specification 0.4, 5.2), numbers big-endian. */
enum
{
  TREE_TOTAL_SIZE = 4,
  TREE_STRINGS = 12,
  TREE_STRINGS_BYTES = 32,
  TREE_HEADER_BYTES = 40,
};

/** A boot loader with its device tree is no larger; nothing is looked for in larger files. */
#define TREE_MOST_BYTES (64u << 20)

/** Where a tree ends its names of properties stand: a few of them fill so many bytes. */
#define TREE_TAIL_BYTES 32u

gboolean
assay_appended_probe_tree (const guint8 *head, gsize length, guint64 size)
{
  return size > TREE_HEADER_BYTES && size <= TREE_MOST_BYTES;
}

gboolean
assay_appended_ends_tree (const guint8 *tail, gsize length, guint64 size)
{
  if (length < TREE_TAIL_BYTES || tail[length - 1] != 0)
    return FALSE;
  for (gsize i = length - TREE_TAIL_BYTES; i < length; i++)
    if (tail[i] != 0 && !g_ascii_isalnum ((char)tail[i]) && strchr (",._+?#-", (char)tail[i]) == NULL)
      return FALSE;
  return tail[length - 2] != 0;
}

/* Whether a tree begins here whose sizes reach exactly to the end of the file. */
static gboolean
is_tree (const guint8 *at, guint64 room)
{
  return room >= TREE_HEADER_BYTES && memcmp (at, "\xd0\x0d\xfe\xed", 4) == 0
         && assay_get_be32 (at + TREE_TOTAL_SIZE) == room
         && (guint64)assay_get_be32 (at + TREE_STRINGS) + assay_get_be32 (at + TREE_STRINGS_BYTES) == room;
}

static gboolean
find_tree (AssayContainer *container, guint64 *out_start, GError **error)
{
  const AssayNode *node = container->node;
  g_autofree guint8 *bytes = assay_blob_read_bytes (node->blob, 0, (gsize)node->size, error);
  guint found = 0;
  if (bytes == NULL)
    return FALSE;
  for (guint64 at = 4; at < node->size; at += 4)
    if (is_tree (bytes + at, node->size - at))
      {
        found++;
        *out_start = at;
      }
  return found == 1 || none_certain ("raw", error);
}

gboolean
assay_appended_open_tree (AssayContainer *container, GError **error)
{
  AssayAppended appended = { .front = "#program", .behind = "#dtb" };
  if (!find_tree (container, &appended.start, error) || !assay_appended_divide (container, &appended, error))
    return FALSE;
  fix_form (container);
  return TRUE;
}
