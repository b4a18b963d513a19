#include "inventory/producer.h"

#include "util/checked.h"
#include "util/text.h"

#include <string.h>

/** Bytes of a .comment that are read: a program linked from many parts has some hundred. */
#define COMMENT_BYTES 4096u

static gint
by_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

char *
assay_elf_producer (const AssayElf *elf, AssayBlob *blob)
{
  guint8 bytes[COMMENT_BYTES];
  gsize length = 0;
  g_autoptr (GError) ignored = NULL;
  for (guint i = 0; i < elf->sections->len && length == 0; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      guint64 size = MIN (section->size, sizeof bytes);
      if (strcmp (section->name, ".comment") == 0 && assay_range_fits (section->offset, size, elf->size)
          && assay_blob_read (blob, section->offset, bytes, size, &ignored))
        length = size;
    }
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  for (gsize at = 0; at < length;)
    {
      gsize text = strnlen ((const char *)bytes + at, length - at);
      if (text > 0)
        g_ptr_array_add (texts, assay_text_escape_line ((const char *)bytes + at, (gssize)text));
      at += text + 1;
    }
  g_ptr_array_sort (texts, by_text);
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < texts->len; i++)
    if (i == 0 || strcmp (g_ptr_array_index (texts, i), g_ptr_array_index (texts, i - 1)) != 0)
      g_string_append_printf (out, "%s%s", out->len > 0 ? "; " : "", (const char *)g_ptr_array_index (texts, i));
  return g_string_free (out, out->len == 0);
}
