#include "account/rules/signature.h"

#include "inventory/elf.h"

#include <elf.h>
#include <string.h>

/** What is signed, and who checks it. @inside: (nullable): the content, where a CMS has it in it. */
typedef struct
{
  AssayBlob *content;
  GBytes *inside;
  AssayCmsUse use;
} Signed;

/* By one of the line's keys, or of its signers, over all of the slot. */
static gboolean
verify_any (const Signed *what, const GArray *ranges, const guint8 *bytes, gsize length, AssaySlotVerdict *verdict,
            GError **error)
{
  const AssaySlot *slot = verdict->slot;
  verdict->problem = "is by nobody";
  for (guint i = 0; i < slot->signers->len && verdict->problem != NULL; i++)
    {
      const AssayCmsSigner *signer = g_ptr_array_index (slot->signers, i);
      verdict->number = i;
      if (what->inside != NULL
              ? !assay_cms_verify_with_content (signer, what->inside, bytes, length, &verdict->problem, error)
              : !assay_cms_verify (signer, what->use, ranges, bytes, length, &verdict->problem, error))
        return FALSE;
    }
  for (guint i = 0; what->inside == NULL && i < slot->keys->len && verdict->problem != NULL; i++)
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

/* A signature that takes up this part of @blob, and nothing beside it. */
static gboolean
verify (AssayBlob *blob, const AssaySpan *at, const Signed *what, AssaySlotVerdict *verdict, GError **error)
{
  guint64 length = at->length;
  const AssaySlot *slot = verdict->slot;
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (AssaySignedRange));
  AssaySignedRange range = { what->content, 0, assay_blob_get_size (what->content), FALSE };
  g_array_append_val (ranges, range);
  if (slot->mask != NULL || slot->index != NULL)
    verdict->problem = "stands alone, and no `mask` or `index` beside it";
  else if (length > slot->max_size || length > ASSAY_SLOT_MOST_BYTES)
    verdict->problem = "is longer than the policy's max-size, or than 64 KiB";
  if (verdict->problem != NULL)
    return TRUE;
  g_autofree guint8 *der = g_malloc (MAX (length, 1));
  if (!assay_blob_read (blob, at->offset, der, length, error))
    return FALSE;
  return verify_any (what, ranges, der, length, verdict, error);
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

/* Whether the bytes are a squashfs, read to its end: of anything else that a program reads bytes behind it may be a
 * part. */
static gboolean
is_bundle (const AssaySlotCase *slot_case, AssayBlob *blob)
{
  const AssayNode *bundle = g_ptr_array_index (slot_case->node->children, 0);
  return strcmp (bundle->format, "squashfs") == 0 && bundle->trouble == NULL && bundle->spans != NULL;
}

/** A container that is something else with a CMS signature behind it. */
typedef struct
{
  const char *covers; /* its only child */
  AssayCmsUse use;
  gboolean (*is_right) (const AssaySlotCase *slot_case, AssayBlob *blob);
  const char *other_covers; /* what is wrong, as @problem of a verdict */
  const char *nothing;
  const char *other_kind;
  /* nullable: what the CMS has in it, and signs, in place of the child; NULL in @out_inside: it signs the child */
  gboolean (*find_inside) (const AssaySlotCase *slot_case, const AssaySpan *span, GBytes **out_inside,
                           const char **out_problem, GError **error);
} Behind;

static gboolean
judge_behind (const AssaySlotCase *slot_case, const Behind *behind, AssaySlotVerdict *out_verdict, GError **error)
{
  const AssayNode *node = slot_case->node;
  const AssayNode *content = node->children->len == 1 ? g_ptr_array_index (node->children, 0) : NULL;
  const AssaySpan *span = assay_slot_span (node, slot_case->name);
  if (content == NULL || content->blob == NULL || span == NULL)
    {
      out_verdict->problem = behind->nothing;
      return TRUE;
    }
  if (!covers_alone (out_verdict->slot, behind->covers))
    out_verdict->problem = behind->other_covers;
  else if (out_verdict->slot->signers->len == 0)
    out_verdict->problem = "is CMS, and the policy's scheme is not";
  else if (!behind->is_right (slot_case, content->blob))
    out_verdict->problem = behind->other_kind;
  else if (slot_case->expected != NULL)
    out_verdict->problem = "stands in a place for which the rebuild has a signature of its own: have it made unsigned";
  g_autoptr (GBytes) inside = NULL;
  if (out_verdict->problem == NULL && behind->find_inside != NULL
      && !behind->find_inside (slot_case, span, &inside, &out_verdict->problem, error))
    return FALSE;
  const Signed what = { content->blob, inside, behind->use };
  return out_verdict->problem != NULL || verify (node->blob, span, &what, out_verdict, error);
}

gboolean
assay_slot_judge_module (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error)
{
  static const Behind module
      = { "#module",       ASSAY_CMS_MODULE,
          is_module,       "of a module covers `#module` and nothing else, but the policy has another `covers`",
          "has no module", "stands behind something that is no kernel module, which is a relocatable ELF file" };
  return judge_behind (slot_case, &module, out_verdict, error);
}

gboolean
assay_slot_judge_bundle (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error)
{
  static const Behind bundle = { "#bundle",
                                 ASSAY_CMS_COMPLETE,
                                 is_bundle,
                                 "of a bundle covers `#bundle` and nothing else, but the policy has another `covers`",
                                 "has no bundle",
                                 "stands behind something that is no squashfs",
                                 assay_slot_find_manifest };
  return judge_behind (slot_case, &bundle, out_verdict, error);
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
  const AssaySpan whole = { .length = node->size };
  const Signed what = { covered == NULL ? NULL : covered->blob, NULL, ASSAY_CMS_COMPLETE };
  return out_verdict->problem != NULL || verify (node->blob, &whole, &what, out_verdict, error);
}
