#include "account/beside.h"

#include "unpack/bytes.h"

#include <string.h>

/*
 * What an updater goes by, in an archive of what is installed: a file in it says which others are written, and where,
 * so that an entry in scope need not be what comes to the device (T2).
 */

/** Such a file. @where: the format of the archive; @name: of its entry, as the updater asks for it, or how that begins,
 * up to a `*` */
static const struct
{
  const char *where;
  const char *name;
} descriptions[] = {
  { "cpio", "sw-description" },                            /* SWUpdate */
  { "zip", "meta.conf" },                                  /* fwup */
  { "zip", "META-INF/com/google/android/update-binary" },  /* Android, up to 7 */
  { "zip", "META-INF/com/google/android/updater-script" }, /* the same */
  { "zip", "payload_properties.txt" },                     /* Android */
  { "tar", "header.tar*" },                                /* Mender */
  { "tar", "image.json" },                                 /* Toradex */
};

/** Digests that descriptions have of files: SHA-1, SHA-256, SHA-512. An updater refuses what has another one. */
static const gsize digests[] = { 40, 64, 128 };

/** A description is a text of a few kilobytes. */
#define DESCRIPTION_MAX (1u << 20)

/** How entries of a tar begin of which one is taken: OpenWrt's sysupgrade takes the first such directory (base-files,
 * lib/upgrade/nand.sh), opkg one of these archives by an order of its own. */
static const char *const chosen[] = { "sysupgrade-", "data.tar" };

static gboolean
is_description (const AssayNode *archive, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (descriptions); i++)
    {
      const char *wanted = descriptions[i].name;
      gsize length = strcspn (wanted, "*");
      if (strcmp (archive->format, descriptions[i].where) == 0 && strncmp (name, wanted, length) == 0
          && (wanted[length] == '*' || name[length] == '\0'))
        return TRUE;
    }
  return FALSE;
}

static void
mask_digests (char *text)
{
  for (char *at = text; *at != '\0';)
    {
      gsize run = strspn (at, "0123456789abcdefABCDEF");
      for (gsize i = 0; i < G_N_ELEMENTS (digests); i++)
        if (run == digests[i])
          memset (at, '0', run);
      at += MAX (run, 1);
    }
}

/* (nullable): with zeros in place of digests. */
static char *
read_description (const AssayNode *node)
{
  if (node->type != ASSAY_NODE_FILE || node->blob == NULL || node->size > DESCRIPTION_MAX)
    return NULL;
  g_autofree guint8 *bytes = assay_blob_read_bytes (node->blob, 0, (gsize)node->size, NULL);
  if (bytes == NULL || memchr (bytes, 0, (gsize)node->size) != NULL)
    return NULL;
  char *text = g_strndup ((const char *)bytes, (gsize)node->size);
  mask_digests (text);
  return text;
}

static gboolean
says_the_same (const AssayWork *work, const AssayNode *entry, const AssayNode *expected)
{
  const AssayNode *theirs = assay_beside_counterpart (work, entry, expected);
  if (assay_beside_is_rebuilt (work, entry, expected))
    return TRUE;
  g_autofree char *ours = theirs == NULL ? NULL : read_description (entry);
  g_autofree char *text = ours == NULL ? NULL : read_description (theirs);
  return text != NULL && strcmp (ours, text) == 0;
}

/* (nullable): the first part of a name that begins so. */
static char *
part_of (const AssayNode *entry, const char *prefix)
{
  g_autofree char *name = assay_scope_plain_name (entry);
  return g_str_has_prefix (name, prefix) ? g_strndup (name, strcspn (name, "/")) : NULL;
}

/* @held_alone: (nullable): of entries that are in scope or hold what is */
static char *
first_part (const AssayNode *archive, const char *prefix, const AssayWork *held_alone)
{
  char *part = NULL;
  for (guint i = 0; archive != NULL && archive->children != NULL && part == NULL && i < archive->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (archive->children, i);
      if (held_alone == NULL || assay_beside_is_held (held_alone, child))
        part = part_of (child, prefix);
    }
  return part;
}

/* Where there are several, the rebuild has the same, and the same one first. */
static void
judge_chosen (AssayWork *work, const AssayNode *node, const AssayNode *expected, const char *prefix)
{
  g_autofree char *ours = first_part (node, prefix, work);
  if (ours == NULL)
    return;
  g_autofree char *first = first_part (node, prefix, NULL);
  g_autofree char *theirs = first_part (expected, prefix, NULL);
  gboolean as_rebuilt = g_strcmp0 (first, theirs) == 0;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      g_autofree char *part = part_of (child, prefix);
      if (part == NULL || strcmp (part, ours) == 0
          || (as_rebuilt && assay_beside_counterpart (work, child, expected) != NULL))
        continue;
      assay_account_add_fact (work, child, "installed-by", "one that may be installed in place of another", NULL,
                              ASSAY_CLASS_UNEXPLAINED, "differs");
      return;
    }
}

void
assay_beside_installers (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  if (node->children == NULL)
    return;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      g_autofree char *name = assay_scope_plain_name (child);
      if (is_description (node, name) && !assay_scope_holds (work->options->scope, work->links, child)
          && !says_the_same (work, child, expected))
        assay_account_add_fact (work, child, "installed-by", "what says which files are installed, and where", NULL,
                                ASSAY_CLASS_UNEXPLAINED, "differs");
    }
  for (gsize i = 0; strcmp (node->format, "tar") == 0 && i < G_N_ELEMENTS (chosen); i++)
    judge_chosen (work, node, expected, chosen[i]);
}
