#include "account/rules/signature.h"

#include "inventory/elf.h"

#include <elf.h>
#include <string.h>

/* By one of the line's keys, or of its signers, over all of the slot. */
static gboolean
verify_any (const GArray *ranges, const guint8 *bytes, gsize length, AssaySlotVerdict *verdict, GError **error)
{
  const AssaySlot *slot = verdict->slot;
  verdict->problem = "is by nobody";
  for (guint i = 0; i < slot->signers->len && verdict->problem != NULL; i++)
    {
      verdict->number = i;
      if (!assay_cms_verify (g_ptr_array_index (slot->signers, i), ranges, bytes, length, &verdict->problem, error))
        return FALSE;
    }
  for (guint i = 0; i < slot->keys->len && verdict->problem != NULL; i++)
    {
      gsize taken = 0;
      verdict->number = i;
      if (!assay_public_key_verify (g_ptr_array_index (slot->keys, i), ranges, bytes, length, &taken, &verdict->problem,
                                    error))
        return FALSE;
      if (verdict->problem == NULL && taken != length)
        verdict->problem = "is valid, but other bytes stand behind it";
    }
  return TRUE;
}

/* A signature that takes up @length bytes at @offset of @blob, and nothing beside them. */
static gboolean
verify (AssayBlob *blob, guint64 offset, guint64 length, AssayBlob *content, AssaySlotVerdict *verdict, GError **error)
{
  const AssaySlot *slot = verdict->slot;
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (AssaySignedRange));
  AssaySignedRange range = { content, 0, assay_blob_get_size (content), FALSE };
  g_array_append_val (ranges, range);
  if (slot->mask != NULL || slot->index != NULL)
    verdict->problem = "stands alone, and no `mask` or `index` beside it";
  else if (length > slot->max_size || length > ASSAY_SLOT_MOST_BYTES)
    verdict->problem = "is longer than the policy's max-size, or than 64 KiB";
  if (verdict->problem != NULL)
    return TRUE;
  g_autofree guint8 *der = g_malloc (MAX (length, 1));
  if (!assay_blob_read (blob, offset, der, length, error))
    return FALSE;
  return verify_any (ranges, der, length, verdict, error);
}

static gboolean
covers_alone (const AssaySlot *slot, const char *name)
{
  return slot->zeroed == NULL && g_strv_length (slot->covers) == 1 && strcmp (slot->covers[0], name) == 0;
}

/* Whether the bytes are a relocatable ELF file, read to its end: what the kernel's loader of modules takes, and nothing
 * else runs. Of a script, or of what any other program reads up to its end, bytes behind it are a part; and they are
 * not only the signer's: the certificate's name stands in them as a text. */
static gboolean
is_module (const AssaySlotCase *slot_case, AssayBlob *blob)
{
  g_autoptr (GError) ignored = NULL;
  g_autoptr (AssayElf) elf = assay_elf_new (blob, slot_case->limits, &ignored);
  return elf != NULL && elf->trouble == NULL && elf->type == ET_REL;
}

gboolean
assay_slot_judge_module (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error)
{
  const AssayNode *node = slot_case->node;
  const AssayNode *module = node->children->len == 1 ? g_ptr_array_index (node->children, 0) : NULL;
  const AssaySpan *span = assay_slot_span (node, slot_case->name);
  if (!covers_alone (out_verdict->slot, "#module"))
    out_verdict->problem = "of a module covers `#module` and nothing else, but the policy has another `covers`";
  else if (out_verdict->slot->signers->len == 0)
    out_verdict->problem = "is CMS, and the policy's scheme is not";
  else if (module == NULL || module->blob == NULL || span == NULL)
    out_verdict->problem = "has no module";
  else if (!is_module (slot_case, module->blob))
    out_verdict->problem = "stands behind something that is no kernel module, which is a relocatable ELF file";
  else if (slot_case->expected != NULL)
    out_verdict->problem = "stands in a place for which the rebuild has a signature of its own: have it made unsigned";
  return out_verdict->problem != NULL
         || verify (node->blob, span->offset, span->length, module->blob, out_verdict, error);
}

/* The file beside @node that the signature covers: of that name in the same directory of the same container, or, with
 * `#stem`, of the signature's own name without its last suffix. */
static const AssayNode *
find_covered (const AssayNode *node, const char *covers)
{
  const char *slash = strrchr (node->path, '/');
  gsize directory = slash == NULL ? 0 : (gsize)(slash + 1 - node->path);
  const char *dot = strrchr (node->path + directory, '.');
  g_autofree char *stem = dot == NULL ? NULL : g_strndup (node->path, (gsize)(dot - node->path));
  g_autofree char *named = g_strdup_printf ("%.*s%s", (int)directory, node->path, covers);
  const char *wanted = strcmp (covers, "#stem") == 0 ? stem : named;
  const AssayNode *found = NULL;
  for (guint i = 0; wanted != NULL && i < node->parent->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->parent->children, i);
      if (strcmp (child->path, wanted) != 0)
        continue;
      if (found != NULL)
        return NULL;
      found = child;
    }
  return found;
}

gboolean
assay_slot_judge_detached (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error)
{
  const AssayNode *node = slot_case->node;
  const AssaySlot *slot = out_verdict->slot;
  gboolean one = slot->zeroed == NULL && g_strv_length (slot->covers) == 1;
  const AssayNode *covered = one && node->parent != NULL ? find_covered (node, slot->covers[0]) : NULL;
  if (covered == NULL || covered == node || covered->blob == NULL || covered->type != ASSAY_NODE_FILE)
    out_verdict->problem = "covers a file that does not stand beside it";
  else if (node->blob == NULL || node->type != ASSAY_NODE_FILE)
    out_verdict->problem = "is no file";
  return out_verdict->problem != NULL || verify (node->blob, 0, node->size, covered->blob, out_verdict, error);
}
