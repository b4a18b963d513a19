#include "unpack/uboot/fdt.h"

#include "util/text.h"

#include <string.h>

/*
 * Signatures of a FIT (U-Boot, doc/usage/fit/signature): nodes `signature…` of an image or of a configuration. mkimage
 * writes them into a tree that is finished otherwise, and their names behind all other names. Nothing of them is a
 * fact: they are bytes that a rebuild has too, or that a policy's line for the slot explains.
 */

const char *
assay_fit_slot_of (const AssayFdt *fdt)
{
  const char *path = fdt->path->str;
  const char *last = strrchr (path, '/');
  guint parts = 0;
  for (const char *at = path; *at != '\0'; at++)
    parts += *at == '/';
  if (!fdt->is_fit || parts != 3 || !g_str_has_prefix (last, "/signature")
      || !(g_str_has_prefix (path, "/images/") || g_str_has_prefix (path, "/configurations/")))
    return NULL;
  g_autofree char *slot = assay_text_escape_line (path, -1);
  return assay_text_intern (slot);
}

void
assay_fit_add_slot_span (const AssayFdt *fdt, const char *slot, guint64 offset, guint64 length, const char *what)
{
  g_autofree char *raw = g_strdup_printf ("%s: %s", slot, what);
  g_autofree char *name = assay_text_escape_line (raw, -1);
  assay_container_add_span (fdt->container, (AssaySpan){ offset, length, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, FALSE,
                                                         assay_text_intern (name), NULL, slot });
}

void
assay_fdt_note_name (AssayFdt *fdt, const AssayFdtProperty *property, const char *slot)
{
  AssayFdtName name = { .offset = (guint64)((const guint8 *)property->name - fdt->bytes) - fdt->strings, .slot = slot };
  name.end = name.offset + strlen (property->name) + 1;
  if (slot == NULL)
    fdt->plain_end = MAX (fdt->plain_end, name.end);
  else
    g_array_append_val (fdt->slot_names, name);
}

/* The names of signatures by their place: of each the first property that has it. */
static GHashTable *
names_by_place (const AssayFdt *fdt)
{
  GHashTable *names = g_hash_table_new (g_int64_hash, g_int64_equal);
  for (guint i = fdt->slot_names->len; i-- > 0;)
    {
      AssayFdtName *name = &g_array_index (fdt->slot_names, AssayFdtName, i);
      g_hash_table_replace (names, &name->offset, name);
    }
  return names;
}

static void
add_plain (const AssayFdt *fdt, guint64 offset, guint64 length, const char *name)
{
  assay_container_add_span (fdt->container, (AssaySpan){ fdt->strings + offset, length, ASSAY_SPAN_HEADER,
                                                         ASSAY_SPAN_NO_CHILD, FALSE, name, NULL, NULL });
}

void
assay_fdt_add_strings (const AssayFdt *fdt)
{
  if (fdt->slot_names->len == 0)
    {
      add_plain (fdt, 0, fdt->strings_bytes, "fdt strings");
      return;
    }
  guint64 offset = fdt->plain_end;
  g_autoptr (GHashTable) names = names_by_place (fdt);
  add_plain (fdt, 0, offset, "fdt strings");
  for (const AssayFdtName *name = g_hash_table_lookup (names, &offset); name != NULL && name->end > offset;
       name = g_hash_table_lookup (names, &offset))
    {
      g_autofree char *what = g_strconcat ("name of ", (const char *)fdt->bytes + fdt->strings + offset, NULL);
      assay_fit_add_slot_span (fdt, name->slot, fdt->strings + offset, name->end - offset, what);
      offset = name->end;
    }
  add_plain (fdt, offset, fdt->strings_bytes - offset, "fdt strings behind those of signatures");
}
