#include "rebuild/toolchain.h"

#include "inventory/nature.h"
#include "rebuild/lookalikes.h"
#include "rebuild/unread.h"
#include "unpack/unpack.h"
#include "util/blob.h"
#include "util/cancel.h"
#include "util/text.h"

#include <errno.h>
#include <unistd.h>

/** A file of the toolchain. */
typedef struct
{
  char *path;       /* escaped, for people */
  char *raw;        /* of a file of the host that is not digested yet; else NULL */
  gboolean is_held; /* by an archive */
  AssayDigest sha256;
  AssayNature nature;
} Tool;

struct _AssayToolchain
{
  gint references;
  AssayLimits limits;
  GHashTable *by_size; /* guint64 to GPtrArray of Tool */
  GPtrArray *unread;   /* AssayUnread */
  AssayLookalikes *lookalikes;
  AssayReaders *readers;
  AssayHost *host;         /* nullable */
  GHashTable *host_sizes;  /* set of guint64: its files of these are among @by_size */
  gboolean has_host_likes; /* its files are among @lookalikes */
};

static void
tool_free (gpointer data)
{
  Tool *tool = data;
  g_free (tool->path);
  g_free (tool->raw);
  g_free (tool);
}

AssayToolchain *
assay_toolchain_new (const AssayLimits *limits)
{
  AssayToolchain *toolchain = g_new0 (AssayToolchain, 1);
  toolchain->references = 1;
  toolchain->limits = *limits;
  toolchain->by_size = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  toolchain->host_sizes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  toolchain->unread = assay_unread_list_new ();
  toolchain->lookalikes = assay_lookalikes_new ();
  toolchain->readers = assay_readers_new ();
  return toolchain;
}

AssayToolchain *
assay_toolchain_ref (AssayToolchain *toolchain)
{
  g_atomic_int_inc (&toolchain->references);
  return toolchain;
}

void
assay_toolchain_unref (AssayToolchain *toolchain)
{
  if (toolchain == NULL || !g_atomic_int_dec_and_test (&toolchain->references))
    return;
  g_hash_table_unref (toolchain->by_size);
  g_ptr_array_unref (toolchain->unread);
  assay_lookalikes_free (toolchain->lookalikes);
  assay_readers_free (toolchain->readers);
  g_hash_table_unref (toolchain->host_sizes);
  assay_host_unref (toolchain->host);
  g_free (toolchain);
}

static Tool *
add_tool (AssayToolchain *toolchain, guint64 size, const char *path)
{
  Tool *tool = g_new0 (Tool, 1);
  tool->path = g_strdup (path);
  GPtrArray *tools = g_hash_table_lookup (toolchain->by_size, &size);
  if (tools == NULL)
    {
      tools = g_ptr_array_new_with_free_func (tool_free);
      g_hash_table_insert (toolchain->by_size, g_memdup2 (&size, sizeof size), tools);
    }
  g_ptr_array_add (tools, tool);
  return tool;
}

/* For people and passive data: a copy of it is no code. */
static gboolean
is_readable (AssayNature nature)
{
  return nature == ASSAY_NATURE_TEXT || nature == ASSAY_NATURE_DATA;
}

/** A file of a layer whose content is being added. */
typedef struct
{
  AssayToolchain *toolchain;
  const char *path; /* escaped */
  AssayDigest sha256;
  GError *failure;
} Holding;

/* What a compressed file or an archive holds: whoever unpacks it makes a copy all the same. */
static gboolean
add_held (AssayNode *node, gpointer data)
{
  Holding *holding = data;
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  AssayDigest sha256;
  assay_unread_note (holding->toolchain->unread, node, holding->path, &holding->sha256);
  if (node->blob == NULL || node->spans != NULL || node->parent == NULL || node->size == 0)
    return TRUE;
  if (!assay_nature_find (node->blob, &nature, &sha256, &holding->failure))
    return FALSE;
  if (is_readable (nature))
    return TRUE;
  g_autofree char *path = g_strconcat (holding->path, "//", node->path, NULL);
  Tool *tool = add_tool (holding->toolchain, node->size, path);
  tool->sha256 = sha256;
  tool->nature = nature;
  tool->is_held = TRUE;
  return assay_lookalikes_add (holding->toolchain->lookalikes, node->blob, path, &holding->failure);
}

/* A container is known by what it holds, all else by its own bytes. */
static gboolean
add_content (AssayToolchain *toolchain, AssayBlob *blob, const Tool *tool, GError **error)
{
  AssayUnpackOptions options = { .limits = &toolchain->limits, .readers = toolchain->readers };
  g_autoptr (AssayNode) root = assay_unpack_blob (blob, &options, error);
  Holding holding = { .toolchain = toolchain, .path = tool->path, .sha256 = tool->sha256 };
  if (root == NULL)
    return FALSE;
  assay_node_visit (root, add_held, &holding);
  if (holding.failure != NULL)
    g_propagate_error (error, holding.failure);
  return holding.failure == NULL
         && (root->spans != NULL || assay_lookalikes_add (toolchain->lookalikes, blob, tool->path, error));
}

static gboolean
add_file (AssayToolchain *toolchain, AssayDirectory *directory, const char *name, const AssayDirectoryEntry *entry,
          GError **error)
{
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (directory, entry->path, error);
  g_autofree char *whole = g_strconcat (name, "/", entry->path, NULL);
  g_autofree char *shown = assay_text_escape_line (whole, -1);
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  AssayDigest sha256;
  if (blob == NULL || !assay_nature_find (blob, &nature, &sha256, error))
    return FALSE;
  if (assay_blob_get_size (blob) == 0)
    return TRUE;
  Tool *tool = add_tool (toolchain, assay_blob_get_size (blob), shown);
  tool->sha256 = sha256;
  tool->nature = nature;
  if (is_readable (nature))
    return TRUE;
  return nature == ASSAY_NATURE_UNKNOWN ? add_content (toolchain, blob, tool, error)
                                        : assay_lookalikes_add (toolchain->lookalikes, blob, shown, error);
}

gboolean
assay_toolchain_add_tree (AssayToolchain *toolchain, AssayDirectory *directory, const char *name, GError **error)
{
  g_autoptr (GPtrArray) entries = assay_directory_walk (directory, toolchain->limits.value[ASSAY_LIMIT_ENTRIES],
                                                        assay_limit_name (ASSAY_LIMIT_ENTRIES), error);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      if (!S_ISREG (entry->status.st_mode))
        continue;
      if (assay_cancelled (error) || !add_file (toolchain, directory, name, entry, error))
        return FALSE;
    }
  return entries != NULL;
}

void
assay_toolchain_use_host (AssayToolchain *toolchain, AssayHost *host)
{
  toolchain->host = assay_host_ref (host);
}

/* Those of one size: what is asked for is digested then. */
static gboolean
add_host_files (AssayToolchain *toolchain, guint64 size, GError **error)
{
  if (toolchain->host == NULL || g_hash_table_contains (toolchain->host_sizes, &size))
    return TRUE;
  const GArray *files = assay_host_get_files (toolchain->host, error);
  for (guint i = files == NULL ? 0 : assay_host_first_of_size (files, size); files != NULL && i < files->len; i++)
    {
      const AssayHostFile *file = &g_array_index (files, AssayHostFile, i);
      if (file->size_bytes != size)
        break;
      g_autofree char *shown = assay_text_escape_line (file->path, -1);
      add_tool (toolchain, size, shown)->raw = g_strdup (file->path);
    }
  if (files != NULL)
    g_hash_table_add (toolchain->host_sizes, g_memdup2 (&size, sizeof size));
  return files != NULL;
}

static gboolean
add_host_likes (AssayToolchain *toolchain, GError **error)
{
  if (toolchain->host == NULL || toolchain->has_host_likes)
    return TRUE;
  const GArray *files = assay_host_get_files (toolchain->host, error);
  for (guint i = 0; files != NULL && i < files->len; i++)
    assay_lookalikes_add_host (toolchain->lookalikes, &g_array_index (files, AssayHostFile, i));
  toolchain->has_host_likes = files != NULL;
  return files != NULL;
}

/* A file that we may not read no build may read either. */
static gboolean
read_host_file (Tool *tool, gboolean *out_there, GError **error)
{
  *out_there = TRUE;
  if (tool->raw == NULL)
    return TRUE;
  g_autofree char *parent = g_path_get_dirname (tool->raw);
  g_autofree char *name = g_path_get_basename (tool->raw);
  if (access (tool->raw, R_OK) != 0 && (errno == EACCES || errno == ENOENT))
    {
      *out_there = FALSE;
      return TRUE;
    }
  g_autoptr (AssayDirectory) directory = assay_directory_open (parent, error);
  g_autoptr (AssayBlob) blob = directory == NULL ? NULL : assay_blob_new_for_file (directory, name, error);
  if (blob == NULL || !assay_nature_find (blob, &tool->nature, &tool->sha256, error))
    return FALSE;
  g_clear_pointer (&tool->raw, g_free);
  return TRUE;
}

gboolean
assay_toolchain_find (AssayToolchain *toolchain, guint64 size, const AssayDigest *sha256, const char **out_path,
                      GError **error)
{
  *out_path = NULL;
  if (!add_host_files (toolchain, size, error))
    return FALSE;
  const GPtrArray *tools = g_hash_table_lookup (toolchain->by_size, &size);
  for (guint i = 0; tools != NULL && i < tools->len && *out_path == NULL; i++)
    {
      Tool *tool = g_ptr_array_index (tools, i);
      gboolean there = FALSE;
      if (!read_host_file (tool, &there, error))
        return FALSE;
      if (there && !is_readable (tool->nature) && assay_digest_equal (&tool->sha256, sha256))
        *out_path = tool->path;
    }
  return TRUE;
}

const char *
assay_toolchain_holds (const AssayToolchain *toolchain, guint64 size, const AssayDigest *sha256)
{
  const GPtrArray *tools = g_hash_table_lookup (toolchain->by_size, &size);
  for (guint i = 0; tools != NULL && i < tools->len; i++)
    {
      const Tool *tool = g_ptr_array_index (tools, i);
      if (tool->raw == NULL && !tool->is_held && assay_digest_equal (&tool->sha256, sha256))
        return tool->path;
    }
  return NULL;
}

gboolean
assay_toolchain_find_like (AssayToolchain *toolchain, AssayBlob *blob, const char **out_path, GError **error)
{
  *out_path = NULL;
  return add_host_likes (toolchain, error) && assay_lookalikes_find (toolchain->lookalikes, blob, out_path, error);
}

const GPtrArray *
assay_toolchain_get_unread (const AssayToolchain *toolchain)
{
  return toolchain->unread;
}
