#include "account/signed.h"

#include "account/names/collisions.h"
#include "account/names/names_of.h"
#include "account/names/other_names.h"
#include "unpack/bytes.h"

#include <string.h>

/*
 * A signature in a file of its own is over the file beside it that has its name (T11): by any name that file has there,
 * that of a link as well, in whatever capitals, and also of what is packed in it.
 */

/**
 * What signatures in one container stand for.
 * @names: with their directories, as places_of() has them
 * @lasts: their last components, which are the same in a directory by another name
 * @through_links: one of them stands in such a directory
 */
typedef struct
{
  GHashTable *names;
  GHashTable *lasts;
  gboolean through_links;
} Signed;

/**
 * @containers: container to Signed, of those that have any
 * @all: container to whether all that stands in it is signed
 * @links: keys of the names of links that are signed
 * @targets: keys of what links lead to that are called as signatures, to Target
 */
struct _AssaySignedBeside
{
  GHashTable *containers;
  GHashTable *all;
  GHashTable *links;
  GHashTable *targets;
};

/** What there is of such a name. */
typedef enum
{
  TARGET_NOWHERE = 1,
  TARGET_OTHER,
  TARGET_REBUILT,
} Target;

void
assay_signed_beside_free (AssaySignedBeside *beside)
{
  if (beside == NULL)
    return;
  g_hash_table_unref (beside->containers);
  g_hash_table_unref (beside->all);
  g_hash_table_unref (beside->links);
  g_hash_table_unref (beside->targets);
  g_free (beside);
}

static void
signed_free (gpointer data)
{
  Signed *found = data;
  g_hash_table_unref (found->names);
  g_hash_table_unref (found->lasts);
  g_free (found);
}

/* A file that is the rebuild's to the last byte. */
static gboolean
is_rebuilt (AssayWork *work, const AssayNode *node)
{
  const AssayMatch *match = assay_pairing_get (work->pairing, node);
  gboolean same = FALSE;
  if (match->equal || node->blob == NULL || match->expected == NULL || match->expected->blob == NULL)
    return match->equal;
  return !assay_blob_equal (node->blob, match->expected->blob, &same, NULL) || same;
}

/* A signature of Debian's packages is a member beside what it signs (debsigs). A table of dm-verity is known by its
 * first bytes, in a partition or a file of its own. */
static gboolean
signs_all_beside (const AssayNode *node)
{
  static const char magic[8] = "verity\0";
  gboolean begins = FALSE;
  const char *name = assay_node_local_name (node);
  if (node->type != ASSAY_NODE_FILE || node->blob == NULL)
    return FALSE;
  if (g_str_has_prefix (name, "_gpg"))
    return TRUE;
  if (node->size < sizeof magic)
    return FALSE;
  const AssayBlobSeen *seen = assay_blob_get_seen (node->blob);
  if (seen != NULL)
    return memcmp (seen->begins, magic, sizeof magic) == 0;
  return assay_blob_equals (node->blob, 0, magic, sizeof magic, &begins, NULL) && begins;
}

/* Without one of the suffixes, whatever its capitals; NULL where it has none of them. */
static char *
without_suffix (const char *name, const char *const *suffixes)
{
  gsize length = strlen (name);
  for (gsize i = 0; suffixes[i] != NULL; i++)
    {
      gsize suffix = strlen (suffixes[i]);
      if (length > suffix && g_ascii_strcasecmp (name + length - suffix, suffixes[i]) == 0)
        return g_strndup (name, length - suffix);
    }
  return NULL;
}

static char *
stem_of (const char *name)
{
  static const char *const suffixes[]
      = { ".sig",   ".asc",     ".sign",    ".signature", ".signed", ".p7s", ".p7b", ".p7m",
          ".p7",    ".cms",     ".minisig", ".gpg",       ".pgp",    ".rsa", ".dsa", ".ec",
          ".ecdsa", ".ed25519", ".signify", ".sigstore",  ".jws",    NULL };
  return without_suffix (name, suffixes);
}

/* An entry of a container, and not what is decoded of one. */
static gboolean
is_entry (const AssayNode *node)
{
  return node->parent != NULL && node->parent->children != NULL && node->parent->stream == NULL
         && node->type != ASSAY_NODE_DIRECTORY;
}

static gboolean
is_link (const AssayNode *node)
{
  return node->type == ASSAY_NODE_SYMLINK || assay_scope_is_hard_link (node);
}

/* (nullable): what an entry is called beside its own name, if that is so */
static char *
other_name_of (const AssayNode *node)
{
  g_autoptr (GStringChunk) texts = g_string_chunk_new (64);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  assay_account_add_other_names (node, texts, names);
  return names->len == 0 ? NULL : g_strdup (g_ptr_array_index (names, 0));
}

/* Whether a name ends as that of a signature, whatever some readers leave out behind it. */
static gboolean
ends_as_signature (const char *name)
{
  gsize length = strlen (name);
  while (length > 0 && strchr ("#;. 0123456789", name[length - 1]) != NULL)
    length--;
  g_autofree char *kept = g_strndup (name, length);
  g_autofree char *stem = stem_of (name);
  g_autofree char *stem_of_kept = stem_of (kept);
  return stem != NULL || stem_of_kept != NULL;
}

static gboolean
is_called_signature (const AssayNode *node)
{
  g_autofree char *other = is_entry (node) ? other_name_of (node) : NULL;
  return is_entry (node)
         && (ends_as_signature (assay_node_local_name (node)) || (other != NULL && ends_as_signature (other)));
}

/* (element-type utf8): the names of an entry in its container, with their directories, folded; also of what is packed
 * in it. */
static GPtrArray *
places_of (const AssayNode *node)
{
  GPtrArray *places = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GStringChunk) texts = g_string_chunk_new (64);
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  g_autofree char *plain = assay_scope_plain_name (node);
  const char *slash = strrchr (plain, '/');
  g_autofree char *above = slash == NULL ? g_strdup ("") : g_strndup (plain, (gsize)(slash - plain) + 1);
  g_ptr_array_add (places, assay_account_fold_widely (plain));
  assay_account_add_other_names (node, texts, others);
  if (node->stream != NULL)
    assay_account_add_unpacked_names (node, texts, others);
  for (guint i = 0; i < others->len; i++)
    {
      g_autofree char *other = g_strconcat (above, g_ptr_array_index (others, i), NULL);
      g_ptr_array_add (places, assay_account_fold_widely (other));
    }
  return places;
}

static void
add_stem (Signed *found, const char *stem)
{
  g_hash_table_add (found->lasts, g_strdup (assay_account_last_component (stem)));
  g_hash_table_add (found->names, g_strdup (stem));
}

/* What stands before the suffix: the name of the file, that of a list of digests of it, or the one without its own
 * suffix */
static void
add_signature (Signed *found, const AssayNode *node)
{
  static const char *const of_digests[] = { ".md5", ".sha1", ".sha224", ".sha256", ".sha384", ".sha512", NULL };
  g_autoptr (GPtrArray) places = places_of (node);
  for (guint i = 0; i < places->len; i++)
    {
      g_autofree char *stem = stem_of (g_ptr_array_index (places, i));
      g_autofree char *of_digest = stem == NULL ? NULL : without_suffix (stem, of_digests);
      if (stem != NULL)
        add_stem (found, stem);
      if (of_digest != NULL)
        add_stem (found, of_digest);
    }
}

static gboolean
is_signed_as (const Signed *found, const char *place, gboolean by_last)
{
  return g_hash_table_contains (found->names, place)
         || (by_last && g_hash_table_contains (found->lasts, assay_account_last_component (place)));
}

/* Whether one has its name, with or without its own suffix. */
static gboolean
is_signed (AssayWork *work, const Signed *found, const AssayNode *node)
{
  g_autoptr (GPtrArray) places = places_of (node);
  gboolean through = assay_scope_goes_through_link (work->links, node) || found->through_links;
  for (guint i = 0; i < places->len; i++)
    {
      char *place = g_ptr_array_index (places, i);
      char *last = (char *)assay_account_last_component (place);
      char *dot = strrchr (last, '.');
      if (is_signed_as (found, place, through))
        return TRUE;
      if (dot == NULL || dot == last)
        continue;
      *dot = '\0';
      if (is_signed_as (found, place, through))
        return TRUE;
    }
  return FALSE;
}

/** A visit of all nodes of an image. */
typedef struct
{
  AssayWork *work;
  AssaySignedBeside *beside;
} Visit;

static gboolean
note_target (AssayNode *node, gpointer data)
{
  const Visit *visit = data;
  char *key = is_link (node) && is_called_signature (node) ? assay_names_target_key (node) : NULL;
  if (key != NULL)
    g_hash_table_insert (visit->beside->targets, key, GINT_TO_POINTER (TARGET_NOWHERE));
  return TRUE;
}

/* What leads on may lead anywhere. */
static gboolean
look_at_target (AssayNode *node, gpointer data)
{
  const Visit *visit = data;
  g_autofree char *key = assay_names_key (assay_account_last_component (node->path));
  Target known = GPOINTER_TO_INT (g_hash_table_lookup (visit->beside->targets, key));
  if (known == 0 || known == TARGET_REBUILT || node->type == ASSAY_NODE_DIRECTORY)
    return TRUE;
  Target now = is_link (node) || is_rebuilt (visit->work, node) ? TARGET_REBUILT : TARGET_OTHER;
  g_hash_table_insert (visit->beside->targets, g_steal_pointer (&key), GINT_TO_POINTER (now));
  return TRUE;
}

/* Whether it is the rebuild's, or may be: what lies outside of the image is nobody's. */
static gboolean
counts (const Visit *visit, const AssayNode *node)
{
  if (!is_link (node))
    return node->type == ASSAY_NODE_FILE && is_rebuilt (visit->work, node);
  g_autofree char *key = assay_names_target_key (node);
  return key == NULL || GPOINTER_TO_INT (g_hash_table_lookup (visit->beside->targets, key)) != TARGET_OTHER;
}

static gboolean
note_signature (AssayNode *node, gpointer data)
{
  const Visit *visit = data;
  if (!is_called_signature (node) || !counts (visit, node))
    return TRUE;
  Signed *found = g_hash_table_lookup (visit->beside->containers, node->parent);
  if (found == NULL)
    {
      found = g_new0 (Signed, 1);
      found->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      found->lasts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (visit->beside->containers, node->parent, found);
    }
  found->through_links = found->through_links || assay_scope_goes_through_link (visit->work->links, node);
  add_signature (found, node);
  return TRUE;
}

/* Of a link, or one of several entries of one file: whatever it leads to is signed. */
static gboolean
note_link (AssayNode *node, gpointer data)
{
  const Visit *visit = data;
  const Signed *found = is_entry (node) ? g_hash_table_lookup (visit->beside->containers, node->parent) : NULL;
  g_autofree char *inode = found == NULL || is_link (node) ? NULL : assay_names_inode (node);
  if (found != NULL && (is_link (node) || inode != NULL) && is_signed (visit->work, found, node))
    g_hash_table_add (visit->beside->links, assay_names_key (assay_account_last_component (node->path)));
  return TRUE;
}

static AssaySignedBeside *
find_signed (AssayWork *work, const AssayNode *node)
{
  AssaySignedBeside *beside = g_new0 (AssaySignedBeside, 1);
  Visit visit = { work, beside };
  beside->containers = g_hash_table_new_full (NULL, NULL, NULL, signed_free);
  beside->all = g_hash_table_new (NULL, NULL);
  beside->links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  beside->targets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  while (node->parent != NULL)
    node = node->parent;
  assay_node_visit ((AssayNode *)node, note_target, &visit);
  if (g_hash_table_size (beside->targets) > 0)
    assay_node_visit ((AssayNode *)node, look_at_target, &visit);
  assay_node_visit ((AssayNode *)node, note_signature, &visit);
  if (g_hash_table_size (beside->containers) > 0)
    assay_node_visit ((AssayNode *)node, note_link, &visit);
  return beside;
}

/* Looked at once for each container. */
static gboolean
signs_all (AssayWork *work, const AssayNode *container)
{
  gpointer known = NULL;
  gboolean found = FALSE;
  if (g_hash_table_lookup_extended (work->signed_beside->all, container, NULL, &known))
    return GPOINTER_TO_INT (known);
  for (guint i = 0; i < container->children->len && !found; i++)
    {
      const AssayNode *child = g_ptr_array_index (container->children, i);
      found = signs_all_beside (child) && is_rebuilt (work, child);
    }
  g_hash_table_insert (work->signed_beside->all, (gpointer)container, GINT_TO_POINTER (found));
  return found;
}

/* By the name of a link to it. */
static gboolean
is_signed_by_link (AssayWork *work, const AssayNode *node)
{
  GHashTable *links = work->signed_beside->links;
  if (g_hash_table_size (links) == 0)
    return FALSE;
  g_autoptr (GPtrArray) names = assay_account_names (work, node);
  gboolean found = names == NULL;
  for (guint i = 0; names != NULL && i < names->len && !found; i++)
    {
      g_autofree char *key = assay_names_key (g_ptr_array_index (names, i));
      found = g_hash_table_contains (links, key);
    }
  return found;
}

gboolean
assay_account_is_signed_beside (AssayWork *work, const AssayNode *node)
{
  const AssayNode *container = node->parent;
  if (container == NULL || container->children == NULL || container->stream != NULL)
    return FALSE;
  if (work->signed_beside == NULL)
    work->signed_beside = find_signed (work, node);
  const Signed *found = g_hash_table_lookup (work->signed_beside->containers, container);
  return (found != NULL && is_signed (work, found, node)) || signs_all (work, container)
         || is_signed_by_link (work, node);
}
