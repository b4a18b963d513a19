#include "rebuild/toolchain.h"

#include "inventory/nature.h"
#include "unpack/unpack.h"
#include "util/blob.h"
#include "util/cancel.h"
#include "util/text.h"

#include <string.h>

#define HOST "/usr"

/** A file of the toolchain. */
typedef struct
{
  char *path; /* escaped, for people */
  char *raw;  /* of a file of the host that is not digested yet, beneath HOST; else NULL */
  AssayDigest sha256;
  AssayNature nature;
} Tool;

struct _AssayToolchain
{
  AssayLimits limits;
  GHashTable *by_size; /* guint64 to GPtrArray of Tool */
  gboolean uses_host;
  AssayDirectory *host; /* once it was listed */
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
  toolchain->limits = *limits;
  toolchain->by_size = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  return toolchain;
}

void
assay_toolchain_free (AssayToolchain *toolchain)
{
  if (toolchain == NULL)
    return;
  g_hash_table_unref (toolchain->by_size);
  g_clear_pointer (&toolchain->host, assay_directory_unref);
  g_free (toolchain);
}

static Tool *
add_tool (AssayToolchain *toolchain, guint64 size, const char *name, const char *path)
{
  Tool *tool = g_new0 (Tool, 1);
  g_autofree char *whole = g_strconcat (name, "/", path, NULL);
  tool->path = assay_text_escape_line (whole, -1);
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
  const char *name;
  const char *path;
} Holding;

static gboolean
read_file (AssayDirectory *directory, const char *path, AssayDigest *out, AssayNature *out_nature, GError **error)
{
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (directory, path, error);
  return blob != NULL && assay_nature_find (blob, out_nature, out, error);
}

static GPtrArray *
list (const AssayToolchain *toolchain, AssayDirectory *directory, GError **error)
{
  return assay_directory_walk (directory, toolchain->limits.value[ASSAY_LIMIT_ENTRIES],
                               assay_limit_name (ASSAY_LIMIT_ENTRIES), error);
}

/* What a compressed file or an archive holds: whoever unpacks it makes a copy all the same. What cannot be unpacked is
 * nobody's copy. */
static gboolean
add_held (AssayNode *node, gpointer data)
{
  Holding *holding = data;
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  AssayDigest sha256;
  g_autoptr (GError) ignored = NULL;
  if (node->blob == NULL || node->spans != NULL || node->parent == NULL || node->size == 0
      || !assay_nature_find (node->blob, &nature, &sha256, &ignored) || is_readable (nature))
    return TRUE;
  g_autofree char *path = g_strconcat (holding->path, "//", node->path, NULL);
  Tool *tool = add_tool (holding->toolchain, node->size, holding->name, path);
  tool->sha256 = sha256;
  tool->nature = nature;
  return TRUE;
}

static gboolean
add_file (AssayToolchain *toolchain, AssayDirectory *directory, const char *name, const AssayDirectoryEntry *entry,
          GError **error)
{
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (directory, entry->path, error);
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  AssayDigest sha256;
  if (blob == NULL || !assay_nature_find (blob, &nature, &sha256, error))
    return FALSE;
  if (is_readable (nature) || entry->status.st_size == 0)
    return TRUE;
  Tool *tool = add_tool (toolchain, (guint64)entry->status.st_size, name, entry->path);
  tool->sha256 = sha256;
  tool->nature = nature;
  if (nature != ASSAY_NATURE_UNKNOWN)
    return TRUE;
  g_autoptr (GError) ignored = NULL;
  AssayUnpackOptions options = { .limits = &toolchain->limits };
  g_autoptr (AssayNode) root = assay_unpack_blob (blob, &options, &ignored);
  Holding holding = { toolchain, name, entry->path };
  if (root != NULL && root->spans != NULL)
    assay_node_visit (root, add_held, &holding);
  return TRUE;
}

gboolean
assay_toolchain_add_tree (AssayToolchain *toolchain, AssayDirectory *directory, const char *name, GError **error)
{
  g_autoptr (GPtrArray) entries = list (toolchain, directory, error);
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
assay_toolchain_use_host (AssayToolchain *toolchain)
{
  toolchain->uses_host = TRUE;
}

/* Sizes alone: what is asked for is digested then. */
static void
list_host (AssayToolchain *toolchain)
{
  g_autoptr (GError) ignored = NULL;
  toolchain->uses_host = FALSE;
  toolchain->host = assay_directory_open (HOST, &ignored);
  g_autoptr (GPtrArray) entries = toolchain->host == NULL ? NULL : list (toolchain, toolchain->host, &ignored);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      if (S_ISREG (entry->status.st_mode))
        add_tool (toolchain, (guint64)entry->status.st_size, HOST, entry->path)->raw = g_strdup (entry->path);
    }
}

const char *
assay_toolchain_find (AssayToolchain *toolchain, guint64 size, const AssayDigest *sha256)
{
  if (toolchain->uses_host)
    list_host (toolchain);
  const GPtrArray *tools = g_hash_table_lookup (toolchain->by_size, &size);
  for (guint i = 0; tools != NULL && i < tools->len; i++)
    {
      Tool *tool = g_ptr_array_index (tools, i);
      g_autoptr (GError) ignored = NULL;
      if (tool->raw != NULL && !read_file (toolchain->host, tool->raw, &tool->sha256, &tool->nature, &ignored))
        continue;
      g_clear_pointer (&tool->raw, g_free);
      if (!is_readable (tool->nature) && assay_digest_equal (&tool->sha256, sha256))
        return tool->path;
    }
  return NULL;
}
