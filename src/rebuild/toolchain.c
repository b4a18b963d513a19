#include "rebuild/toolchain.h"

#include "crypto/sha256.h"
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

static gboolean
digest_elf (AssayDirectory *directory, const char *path, AssayDigest *out, gboolean *out_is_elf, GError **error)
{
  char magic[4];
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (directory, path, error);
  if (blob == NULL || !assay_blob_hold (blob, error))
    return FALSE;
  gboolean done = assay_blob_get_size (blob) < sizeof magic || assay_blob_read (blob, 0, magic, sizeof magic, error);
  *out_is_elf = done && assay_blob_get_size (blob) >= sizeof magic && memcmp (magic, "\177ELF", sizeof magic) == 0;
  if (*out_is_elf)
    done = assay_sha256_blob (blob, 0, assay_blob_get_size (blob), out, error);
  assay_blob_release (blob);
  return done;
}

static GPtrArray *
list (const AssayToolchain *toolchain, AssayDirectory *directory, GError **error)
{
  return assay_directory_walk (directory, toolchain->limits.value[ASSAY_LIMIT_ENTRIES],
                               assay_limit_name (ASSAY_LIMIT_ENTRIES), error);
}

gboolean
assay_toolchain_add_tree (AssayToolchain *toolchain, AssayDirectory *directory, const char *name, GError **error)
{
  g_autoptr (GPtrArray) entries = list (toolchain, directory, error);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      gboolean is_elf = FALSE;
      AssayDigest sha256;
      if (!S_ISREG (entry->status.st_mode))
        continue;
      if (assay_cancelled (error) || !digest_elf (directory, entry->path, &sha256, &is_elf, error))
        return FALSE;
      if (is_elf)
        add_tool (toolchain, (guint64)entry->status.st_size, name, entry->path)->sha256 = sha256;
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
      gboolean is_elf = FALSE;
      if (tool->raw != NULL && !digest_elf (toolchain->host, tool->raw, &tool->sha256, &is_elf, &ignored))
        continue;
      if (tool->raw != NULL && is_elf)
        g_clear_pointer (&tool->raw, g_free);
      if (tool->raw == NULL && assay_digest_equal (&tool->sha256, sha256))
        return tool->path;
    }
  return NULL;
}
