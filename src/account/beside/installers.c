#include "account/beside/beside.h"

#include "crypto/sha256.h"
#include "unpack/bytes.h"

#include <string.h>

/*
 * What an updater goes by, in an archive of what is installed: a file in it says which others are written, and where,
 * so that an entry in scope need not be what comes to the device (T2).
 */

/** Such a file. @where: the format of the archive, NULL: any, and a directory; @name: a glob of its entry, as the
 * updater asks for it; @depth: how many directories it may lie in */
static const struct
{
  const char *where;
  const char *name;
  guint depth;
} descriptions[] = {
  { NULL, "sw-description", 0 },                             /* SWUpdate */
  { NULL, "meta.conf", 0 },                                  /* fwup */
  { NULL, "META-INF/com/google/android/update-binary", 4 },  /* Android, up to 7 */
  { NULL, "META-INF/com/google/android/updater-script", 4 }, /* the same */
  { NULL, "META-INF/com/android/metadata*", 3 },
  { NULL, "*.transfer.list", 0 },
  { NULL, "dynamic_partitions_op_list", 0 },
  { NULL, "payload_properties.txt", 0 },
  { "zip", "manifest.json", 0 },    /* nrfutil, and others of MCUboot */
  { NULL, "flasher_args.json", 0 }, /* ESP-IDF */
  { NULL, "*.ovf", 0 },
  { NULL, "*.bmap", 0 },
  { NULL, "partitions.json", 0 }, /* NOOBS */
  { NULL, "os.json", 0 },
  { NULL, "header*.tar*", 0 }, /* Mender */
  { NULL, "image*.json", 0 },  /* Toradex */
  { NULL, "*/image*.json", 1 },
};

/** A description is a text of a few kilobytes. */
#define DESCRIPTION_MAX (1u << 20)

/** Digits of a SHA-256. */
#define DIGEST_DIGITS 64u

/** How entries of a tar begin of which one is taken: OpenWrt's sysupgrade takes the first such directory (base-files,
 * lib/upgrade/nand.sh), opkg one of these archives by an order of its own. */
static const char *const chosen[] = { "sysupgrade-", "data.tar" };

static guint
count_slashes (const char *name)
{
  guint count = 0;
  for (; *name != '\0'; name++)
    count += *name == '/';
  return count;
}

static gboolean
is_description (const AssayNode *archive, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (descriptions); i++)
    if ((descriptions[i].where == NULL || strcmp (archive->format, descriptions[i].where) == 0)
        && count_slashes (name) == descriptions[i].depth && g_pattern_match_simple (descriptions[i].name, name))
      return TRUE;
  return FALSE;
}

/* What a compressed description is a stream of. */
static const AssayNode *
decoded (const AssayNode *node)
{
  while (node->stream != NULL && node->children != NULL && node->children->len == 1)
    node = g_ptr_array_index (node->children, 0);
  return node;
}

/* (nullable) */
static char *
read_text (const AssayNode *node)
{
  if (node->blob == NULL || node->size > DESCRIPTION_MAX)
    return NULL;
  g_autofree guint8 *bytes = assay_blob_read_bytes (node->blob, 0, (gsize)node->size, NULL);
  return bytes == NULL || memchr (bytes, 0, (gsize)node->size) != NULL
             ? NULL
             : g_strndup ((const char *)bytes, (gsize)node->size);
}

/* SHA-256 in digits to the name of the entry of which it is; NULL: not all could be read. */
static GHashTable *
digests_of (const AssayNode *archive)
{
  g_autoptr (GHashTable) digests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < archive->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (archive->children, i);
      AssayDigest digest;
      if (child->type != ASSAY_NODE_FILE || child->blob == NULL)
        continue;
      if (!assay_sha256_blob (child->blob, 0, child->size, &digest, NULL))
        return NULL;
      char *hex = g_malloc (ASSAY_DIGEST_HEX_SIZE);
      assay_digest_to_hex (&digest, hex);
      g_hash_table_replace (digests, hex, assay_scope_plain_name (child));
    }
  return g_steal_pointer (&digests);
}

/** An archive, and what digests its files have; these are made when the first description asks. */
typedef struct
{
  const AssayNode *archive;
  GHashTable *digests; /* as digests_of() */
  gboolean asked;
} Side;

static void
side_clear (Side *side)
{
  g_clear_pointer (&side->digests, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, side_clear)

/* With the name of a file in the place of its digest: an updater refuses one of which it is not. (transfer full)
 * (nullable) */
static char *
resolve (Side *side, const AssayNode *description)
{
  g_autofree char *text = read_text (description);
  if (text != NULL && !side->asked)
    {
      side->digests = digests_of (side->archive);
      side->asked = TRUE;
    }
  if (text == NULL || side->digests == NULL)
    return NULL;
  GString *resolved = g_string_new (NULL);
  for (const char *at = text; *at != '\0';)
    {
      gsize run = strspn (at, "0123456789abcdefABCDEF");
      g_autofree char *digits = run == DIGEST_DIGITS ? g_ascii_strdown (at, (gssize)run) : NULL;
      const char *name = digits == NULL ? NULL : g_hash_table_lookup (side->digests, digits);
      if (name != NULL)
        g_string_append_printf (resolved, "<%s>", name);
      else
        g_string_append_len (resolved, at, (gssize)MAX (run, 1));
      at += MAX (run, 1);
    }
  return g_string_free (resolved, FALSE);
}

static gboolean
says_the_same (const AssayWork *work, const AssayNode *entry, Side *shipped, Side *expected)
{
  const AssayNode *theirs = assay_beside_counterpart (work, entry, expected->archive);
  if (theirs == NULL || entry->type != ASSAY_NODE_FILE)
    return FALSE;
  if (assay_beside_is_rebuilt (work, entry, expected->archive))
    return TRUE;
  const AssayNode *inner = decoded (entry);
  const AssayNode *other = decoded (theirs);
  gboolean same = FALSE;
  if (inner != entry && other != theirs && inner->blob != NULL && other->blob != NULL)
    return assay_blob_equal (inner->blob, other->blob, &same, NULL) && same;
  g_autofree char *ours = resolve (shipped, entry);
  g_autofree char *text = ours == NULL ? NULL : resolve (expected, theirs);
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

static gboolean
is_directory_in (const AssayNode *child, const char *part)
{
  g_autofree char *name = child->type == ASSAY_NODE_DIRECTORY ? assay_scope_plain_name (child) : NULL;
  return name != NULL && strcmp (name, part) != 0;
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
      /* a directory in it is called so as well, to a pattern */
      if (part == NULL || (strcmp (part, ours) == 0 && !is_directory_in (child, part))
          || assay_beside_is_held (work, child)
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
  g_auto (Side) ours = { .archive = node };
  g_auto (Side) theirs = { .archive = expected };
  if (node->children == NULL)
    return;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      g_autofree char *name = assay_scope_plain_name (child);
      if (is_description (node, name) && !assay_scope_holds (work->options->scope, work->links, child)
          && !says_the_same (work, child, &ours, &theirs))
        assay_account_add_fact (work, child, "installed-by", "what says which files are installed, and where", NULL,
                                ASSAY_CLASS_UNEXPLAINED, "differs");
    }
  for (gsize i = 0; strcmp (node->format, "tar") == 0 && i < G_N_ELEMENTS (chosen); i++)
    judge_chosen (work, node, expected, chosen[i]);
}
