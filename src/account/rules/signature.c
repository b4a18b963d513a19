#include "account/rules/signature.h"

#include "inventory/elf.h"

#include <elf.h>
#include <string.h>

void
assay_slot_free (AssaySlot *slot)
{
  assay_public_key_free (slot->key);
  g_free (slot->name);
  g_free (slot->covers);
  g_free (slot);
}

const AssaySlot *
assay_slot_find (const GPtrArray *slots, const char *name)
{
  for (guint i = 0; slots != NULL && i < slots->len; i++)
    {
      const AssaySlot *slot = g_ptr_array_index (slots, i);
      if (strcmp (slot->name, name) == 0)
        return slot;
    }
  return NULL;
}

/** A slot is a signature with at most so many zeros around it: more could not be read at once. */
#define SLOT_BYTES (64u * 1024u)

static gboolean
is_zero (const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (bytes[i] != 0)
      return FALSE;
  return TRUE;
}

/* The one range of the container that has this name. */
static const AssaySpan *
covered_span (const AssayNode *node, const char *name)
{
  const AssaySpan *found = NULL;
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      const char *span_name = span->name;
      if (span->kind == ASSAY_SPAN_PAYLOAD)
        {
          const AssayNode *child = g_ptr_array_index (node->children, span->child);
          const char *last = strrchr (child->path, '/');
          span_name = last == NULL ? child->path : last + 1;
        }
      if (strcmp (span_name, name) != 0)
        continue;
      if (found != NULL)
        return NULL;
      found = span;
    }
  return found;
}

/* Whether a range is loaded as code, by the program headers of the file it lies in. A file that begins as ELF and
 * cannot be read as such may be anything. */
static gboolean
is_executable (AssayBlob *blob, guint64 offset, guint64 length)
{
  AssayLimits limits;
  guint8 magic[SELFMAG];
  if (!assay_blob_read (blob, 0, magic, sizeof magic, NULL) || memcmp (magic, ELFMAG, SELFMAG) != 0)
    return FALSE;
  assay_limits_init (&limits);
  g_autoptr (AssayElf) elf = assay_elf_new (blob, &limits, NULL);
  if (elf == NULL || elf->trouble != NULL)
    return TRUE;
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      gboolean apart = offset >= segment->offset ? offset - segment->offset >= segment->file_size
                                                 : segment->offset - offset >= length;
      if (segment->type == PT_LOAD && (segment->flags & PF_X) != 0 && !apart)
        return TRUE;
    }
  return FALSE;
}

gboolean
assay_slot_explains (const AssaySlot *slot, const AssayNode *node, const AssayNode *expected, const AssaySpan *span,
                     const AssaySpan *other, gboolean *out_explained, GError **error)
{
  gsize size = assay_public_key_signature_size (slot->key);
  const AssaySpan *covered = covered_span (node, slot->covers);
  *out_explained = FALSE;
  if (strcmp (node->format, "layout") != 0 || covered == NULL || covered == span || other == NULL
      || other->length != span->length || span->length > slot->max_size || span->length > SLOT_BYTES
      || span->length < size || is_executable (node->blob, span->offset, span->length)
      || is_executable (expected->blob, other->offset, span->length))
    return TRUE;
  g_autofree guint8 *bytes = g_malloc (span->length);
  if (!assay_blob_read (expected->blob, other->offset, bytes, span->length, error))
    return FALSE;
  if (!is_zero (bytes, span->length))
    return TRUE;
  if (!assay_blob_read (node->blob, span->offset, bytes, span->length, error))
    return FALSE;
  if (!is_zero (bytes + size, span->length - size))
    return TRUE;
  return assay_public_key_verify (slot->key, node->blob, covered->offset, covered->length, bytes, out_explained, error);
}
