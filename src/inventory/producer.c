#include "inventory/producer_private.h"

#include "util/text.h"

#include <elf.h>
#include <string.h>

/** Bytes of a .comment that are read: a program linked from many parts has some hundred. */
#define COMMENT_BYTES 4096u
/** Bytes of a .GCC.command.line that are read: clang writes a line for each file. */
#define OPTIONS_BYTES (256u * 1024u)

/* Texts one behind the other, each with its NUL. The last of many, which goes on behind what is read, says something
 * else; where there is only one, its beginning is told. */
static void
add_texts (AssayProducers *producers, AssayProducerPlace place, const AssayElf *elf, AssayBlob *blob,
           const AssaySection *section, gsize most)
{
  g_autoptr (GBytes) bytes = assay_producers_read_section (producers, elf, blob, section, most);
  gsize length = 0;
  const char *texts = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  gboolean ends = section->size <= length;
  for (gsize at = 0; at < length; at += strnlen (texts + at, length - at) + 1)
    if (ends || at == 0 || memchr (texts + at, '\0', length - at) != NULL)
      assay_producers_add (producers, place, section->name, texts + at, length - at);
}

static void
add_comment (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob, const AssaySection *section)
{
  add_texts (producers, ASSAY_PRODUCER_COMMENT, elf, blob, section, COMMENT_BYTES);
}

void
assay_producers_add_options (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob)
{
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (strcmp (section->name, ".GCC.command.line") == 0)
        add_texts (producers, ASSAY_PRODUCER_OPTIONS, elf, blob, section, OPTIONS_BYTES);
    }
}

/** What reads which sections: those of a name, or of a type that counts for some machines alone; 0: any. */
static const struct
{
  const char *name;
  guint32 type;
  guint16 machine;
  void (*add) (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob, const AssaySection *section);
} readers[] = {
  { ".comment", 0, 0, add_comment },
  { ".go.buildinfo", 0, 0, assay_producers_add_go },
  { NULL, SHT_NOTE, 0, assay_producers_add_notes },
  { NULL, SHT_ARM_ATTRIBUTES, EM_ARM, assay_producers_add_attributes },
  { NULL, SHT_RISCV_ATTRIBUTES, EM_RISCV, assay_producers_add_attributes },
};

void
assay_producers_add_elf (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob)
{
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      for (gsize j = 0; j < G_N_ELEMENTS (readers); j++)
        if ((readers[j].name == NULL || strcmp (readers[j].name, section->name) == 0)
            && (readers[j].type == 0 || readers[j].type == section->type)
            && (readers[j].machine == 0 || readers[j].machine == elf->machine))
          readers[j].add (producers, elf, blob, section);
    }
}
