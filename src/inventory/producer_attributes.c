#include "inventory/debug/cursor.h"
#include "inventory/producer_private.h"

#include <elf.h>
#include <string.h>

/** Bytes of a section that are read: honest ones have a hundred. */
#define ATTRIBUTES_BYTES 4096u
/** "Addenda to, and Errata in, the ABI for the Arm Architecture", 3.3: the format, and tags of the public part. */
#define FORMAT_VERSION 'A'
#define TAG_FILE 1u
#define ARM_CPU_RAW_NAME 4u
#define ARM_CPU_NAME 5u
#define ARM_CPU_ARCH 6u
#define ARM_CPU_PROFILE 7u
#define ARM_COMPATIBILITY 32u
/** RISC-V ELF Specification, "Attributes". */
#define RISCV_ARCH 5u

static const char *const arm_architectures[] = { "before v4",
                                                 "v4",
                                                 "v4T",
                                                 "v5T",
                                                 "v5TE",
                                                 "v5TEJ",
                                                 "v6",
                                                 "v6KZ",
                                                 "v6T2",
                                                 "v6K",
                                                 "v7",
                                                 "v6-M",
                                                 "v6S-M",
                                                 "v7E-M",
                                                 "v8-A",
                                                 "v8-R",
                                                 "v8-M.baseline",
                                                 "v8-M.mainline",
                                                 "v8.1-A",
                                                 "v8.2-A",
                                                 "v8.3-A",
                                                 "v8.1-M.mainline",
                                                 "v9-A" };

typedef struct
{
  AssayProducers *producers;
  const AssaySection *section;
  gboolean arm;
} Reading;

static void
add_named (const Reading *reading, const char *name, const char *value)
{
  g_autofree char *text = g_strdup_printf ("%s %s", name, value);
  assay_producers_add (reading->producers, ASSAY_PRODUCER_ATTRIBUTES, reading->section->name, text, strlen (text));
}

static void
add_number (const Reading *reading, guint64 tag, guint64 value)
{
  char number[32];
  const char *name = value < G_N_ELEMENTS (arm_architectures) ? arm_architectures[value] : NULL;
  if (!reading->arm)
    return;
  g_snprintf (number, sizeof number, "number %" G_GUINT64_FORMAT, value);
  if (tag == ARM_CPU_ARCH)
    add_named (reading, "Arm architecture", name != NULL ? name : number);
  else if (tag == ARM_CPU_PROFILE && g_ascii_isupper ((gint)MIN (value, 127)))
    add_named (reading, "Arm profile", (const char[]){ (char)value, '\0' });
}

static void
add_string (const Reading *reading, guint64 tag, const char *value)
{
  if (!reading->arm && tag == RISCV_ARCH)
    add_named (reading, "RISC-V architecture", value);
  else if (reading->arm && (tag == ARM_CPU_RAW_NAME || tag == ARM_CPU_NAME))
    add_named (reading, "CPU", value);
}

/* The attributes of the file: of the public part, a text follows odd tags from 32 on and some lower ones. */
static void
read_attributes (const Reading *reading, AssayDebugCursor *cursor)
{
  while (!cursor->failed && assay_debug_cursor_left (cursor) > 0)
    {
      guint64 tag = assay_debug_cursor_uleb (cursor);
      gboolean both = reading->arm && tag == ARM_COMPATIBILITY;
      gboolean text
          = reading->arm && tag < ARM_COMPATIBILITY ? tag == ARM_CPU_RAW_NAME || tag == ARM_CPU_NAME : tag % 2 == 1;
      guint64 number = both || !text ? assay_debug_cursor_uleb (cursor) : 0;
      const char *string = both || text ? assay_debug_cursor_string (cursor) : NULL;
      if (cursor->failed)
        return;
      if (string != NULL && !both)
        add_string (reading, tag, string);
      else if (string == NULL)
        add_number (reading, tag, number);
    }
}

/* Takes the next part off @whole; the length that stands there counts from @start on. */
static AssayDebugCursor
take_part (AssayDebugCursor *whole, const guint8 *start)
{
  AssayDebugCursor part = *whole;
  guint64 length = assay_debug_cursor_fixed (&part, 4);
  if (part.failed || length < (guint64)(part.at - start) || length > (guint64)(whole->end - start))
    {
      assay_debug_cursor_fail (&part);
      assay_debug_cursor_fail (whole);
      return part;
    }
  part.end = start + length;
  whole->at = part.end;
  return part;
}

void
assay_producers_add_attributes (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob,
                                const AssaySection *section)
{
  const Reading reading = { producers, section, elf->machine == EM_ARM };
  g_autoptr (GBytes) bytes = assay_producers_read_section (reading.producers, elf, blob, section, ATTRIBUTES_BYTES);
  AssayDebugBytes content = { NULL, 0 };
  if (bytes != NULL)
    content.data = g_bytes_get_data (bytes, &content.size);
  AssayDebugCursor whole = assay_debug_cursor_at (content, 0, elf->big_endian);
  if (assay_debug_cursor_fixed (&whole, 1) != FORMAT_VERSION)
    return;
  while (!whole.failed && assay_debug_cursor_left (&whole) > 0)
    {
      AssayDebugCursor vendor = take_part (&whole, whole.at);
      const char *name = assay_debug_cursor_string (&vendor);
      gboolean is_public = strcmp (name, reading.arm ? "aeabi" : "riscv") == 0;
      while (is_public && !vendor.failed && assay_debug_cursor_left (&vendor) > 0)
        {
          const guint8 *start = vendor.at;
          guint64 tag = assay_debug_cursor_uleb (&vendor);
          AssayDebugCursor part = take_part (&vendor, start);
          if (tag == TAG_FILE)
            read_attributes (&reading, &part);
        }
    }
}
