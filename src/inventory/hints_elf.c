#include "inventory/debian.h"
#include "inventory/hints_private.h"
#include "inventory/note.h"
#include "inventory/producer.h"
#include "util/text.h"

#include <elf.h>
#include <string.h>

/** Bytes of a note that are read: a property note has some dozen. */
#define NOTE_BYTES 256u
/** Properties of ELF files: x86 psABI "Program Property", AArch64 ELF. */
#define X86_FEATURES 0xc0000002u
#define X86_ISA_NEEDED 0xc0008002u
#define AARCH64_FEATURES 0xc0000000u

static guint32
word_at (const AssayElf *elf, const guint8 *bytes)
{
  guint32 word = 0;
  memcpy (&word, bytes, sizeof word);
  return elf->big_endian ? GUINT32_FROM_BE (word) : GUINT32_FROM_LE (word);
}

/** A bit of a property, and what it says. */
static const struct
{
  guint16 machine;
  guint32 property;
  guint32 bit;
  const char *text;
} property_bits[] = {
  { EM_X86_64, X86_FEATURES, 1u << 0, "x86 feature IBT (as by -fcf-protection)" },
  { EM_X86_64, X86_FEATURES, 1u << 1, "x86 feature SHSTK (as by -fcf-protection)" },
  { EM_X86_64, X86_ISA_NEEDED, 1u << 0, "needs x86-64-baseline" },
  { EM_X86_64, X86_ISA_NEEDED, 1u << 1, "needs x86-64-v2" },
  { EM_X86_64, X86_ISA_NEEDED, 1u << 2, "needs x86-64-v3" },
  { EM_X86_64, X86_ISA_NEEDED, 1u << 3, "needs x86-64-v4" },
  { EM_AARCH64, AARCH64_FEATURES, 1u << 0, "AArch64 feature BTI (as by -mbranch-protection)" },
  { EM_AARCH64, AARCH64_FEATURES, 1u << 1, "AArch64 feature PAC (as by -mbranch-protection)" },
};

static void
add_property (const AssayHintReading *reading, guint32 property, guint32 bits, const char *where, guint64 offset)
{
  for (gsize i = 0; i < G_N_ELEMENTS (property_bits); i++)
    if (property_bits[i].machine == reading->elf->machine && property_bits[i].property == property
        && (bits & property_bits[i].bit) != 0)
      assay_hints_add (reading, ASSAY_HINT_PROCESSOR, property_bits[i].text, NULL, 0, where, offset);
}

static void
read_properties (const AssayHintReading *reading, const guint8 *content, gsize length, const char *where,
                 guint64 offset)
{
  gsize alignment = reading->elf->bits == 64 ? 8 : 4;
  for (gsize at = 0; length - at >= 12;)
    {
      guint32 property = word_at (reading->elf, content + at);
      guint32 size = word_at (reading->elf, content + at + 4);
      if (size == 4)
        add_property (reading, property, word_at (reading->elf, content + at + 8), where, offset);
      gsize whole = 8 + ((gsize)size + alignment - 1) / alignment * alignment;
      if (whole > length - at)
        return;
      at += whole;
    }
}

/* GNU's ABI tag: a system, and three numbers (LSB, "Note Sections"). */
static void
read_abi_tag (const AssayHintReading *reading, const guint8 *content, gsize length, const char *where, guint64 offset)
{
  static const char *const systems[] = { "Linux", "Hurd", "Solaris", "FreeBSD" };
  guint32 system = length >= 16 ? word_at (reading->elf, content) : G_MAXUINT32;
  if (system >= G_N_ELEMENTS (systems))
    return;
  g_autofree char *text
      = g_strdup_printf ("for %s %u.%u.%u or newer (ABI tag)", systems[system], word_at (reading->elf, content + 4),
                         word_at (reading->elf, content + 8), word_at (reading->elf, content + 12));
  assay_hints_add (reading, ASSAY_HINT_NOTE, text, NULL, 0, where, offset);
}

static void
read_notes (const AssayHintReading *reading)
{
  g_autoptr (GArray) notes = assay_elf_read_notes (reading->elf, reading->file->blob, reading->limits, NULL);
  for (guint i = 0; notes != NULL && i < notes->len; i++)
    {
      const AssayNote *note = &g_array_index (notes, AssayNote, i);
      guint8 content[NOTE_BYTES];
      gsize length = (gsize)MIN (note->size, sizeof content);
      const char *where
          = note->section > 0 ? g_array_index (reading->elf->sections, AssaySection, note->section - 1).name : "notes";
      if (strcmp (note->owner, "GNU") != 0
          || !assay_blob_read (reading->file->blob, note->offset, content, length, NULL))
        continue;
      if (note->type == NT_GNU_ABI_TAG)
        read_abi_tag (reading, content, length, where, note->offset);
      else if (note->type == NT_GNU_PROPERTY_TYPE_0)
        read_properties (reading, content, length, where, note->offset);
    }
}

/** What a producer's place is a hint of. Texts among data are found with their neighbours (hints_text.c). */
static const struct
{
  AssayProducerPlace place;
  AssayHintKind kind;
} places[] = {
  { ASSAY_PRODUCER_COMMENT, ASSAY_HINT_TOOL },
  { ASSAY_PRODUCER_DEBUG, ASSAY_HINT_TOOL },
  { ASSAY_PRODUCER_GO, ASSAY_HINT_TOOL },
  { ASSAY_PRODUCER_NOTE, ASSAY_HINT_TOOL },
  { ASSAY_PRODUCER_ATTRIBUTES, ASSAY_HINT_PROCESSOR },
  { ASSAY_PRODUCER_GO_BUILD, ASSAY_HINT_NOTE },
  { ASSAY_PRODUCER_OPTIONS, ASSAY_HINT_OPTIONS },
  { ASSAY_PRODUCER_DIRECTORY, ASSAY_HINT_DIRECTORY },
};

static guint64
offset_of_section (const AssayElf *elf, const char *name)
{
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (strcmp (section->name, name) == 0)
        return section->offset;
    }
  return G_MAXUINT64;
}

static void
add_producer (const AssayHintReading *reading, const AssayProducer *producer)
{
  guint64 offset = offset_of_section (reading->elf, producer->where);
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      if (places[i].place != producer->place)
        continue;
      g_auto (AssayTool) tool = { NULL };
      /* GCC writes its own name before the options, as in debug information */
      if (places[i].kind == ASSAY_HINT_TOOL
          || (places[i].kind == ASSAY_HINT_OPTIONS && assay_tool_read (producer->text, &tool) && tool.options != NULL))
        assay_hints_add_tool (reading, producer->text, producer->where, offset);
      else
        assay_hints_add (reading, places[i].kind, producer->text, NULL, 0, producer->where, offset);
    }
}

void
assay_hints_read_elf (const AssayHintReading *reading, AssayInterpreter *interpreter)
{
  g_autoptr (AssayProducers) producers = assay_producers_new ();
  AssayBlob *blob = reading->file->blob;
  assay_hints_add (reading, ASSAY_HINT_MACHINE, assay_elf_machine_name (reading->elf->machine),
                   assay_debian_triplet (reading->elf), 0, "header", 0);
  assay_producers_add_elf (producers, reading->elf, blob);
  assay_producers_add_options (producers, reading->elf, blob);
  assay_interpreter_renew (interpreter);
  assay_producers_add_debug (producers, interpreter, blob);
  assay_producers_add_directories (producers, interpreter, blob);
  g_autoptr (GPtrArray) list = assay_producers_list (producers);
  for (guint i = 0; i < list->len; i++)
    add_producer (reading, g_ptr_array_index (list, i));
  for (guint place = 0; place < ASSAY_PRODUCER_PLACES; place++)
    if (!assay_producers_is_whole (producers, (AssayProducerPlace)place))
      assay_hints_cut (reading->hints);
  if (!assay_producers_is_whole (producers, ASSAY_PRODUCER_DEBUG)
      || !assay_producers_is_whole (producers, ASSAY_PRODUCER_DIRECTORY))
    assay_hints_miss (reading->hints);
  if (reading->elf->build_id != NULL)
    assay_hints_add (reading, ASSAY_HINT_BUILD_ID, reading->elf->build_id, NULL, 0, "notes", G_MAXUINT64);
  read_notes (reading);
}
