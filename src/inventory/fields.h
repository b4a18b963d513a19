#ifndef ASSAY_INVENTORY_FIELDS_H
#define ASSAY_INVENTORY_FIELDS_H

#include "inventory/elf.h"

/** AssayElfRecordKind: what kind of record of an ELF file a byte belongs to. */
typedef enum
{
  ASSAY_ELF_RECORD_NONE = 0,
  ASSAY_ELF_RECORD_HEADER,
  ASSAY_ELF_RECORD_PROGRAM_HEADER,
  ASSAY_ELF_RECORD_SECTION_HEADER,
  ASSAY_ELF_RECORD_DYNAMIC,
  ASSAY_ELF_RECORD_DYNAMIC_TEXT, /* the text that a dynamic entry names: a library, a search path */
  ASSAY_ELF_RECORD_INTERPRETER,
  ASSAY_ELF_RECORD_RELOCATION,
  ASSAY_ELF_RECORD_FUNCTION, /* of .init_array and its like */
  ASSAY_ELF_RECORD_SYMBOL,
  ASSAY_ELF_RECORD_VERSION,
  ASSAY_ELF_RECORD_NOTE,
} AssayElfRecordKind;

/** AssayElfMeaning: how the value of a field is read. */
typedef enum
{
  ASSAY_ELF_MEANING_NONE = 0, /* bytes that are no number */
  ASSAY_ELF_MEANING_NUMBER,
  ASSAY_ELF_MEANING_SEGMENT_TYPE,
  ASSAY_ELF_MEANING_SEGMENT_FLAGS,
  ASSAY_ELF_MEANING_DYNAMIC_TAG,
  ASSAY_ELF_MEANING_TEXT, /* ends with NUL or with the field */
} AssayElfMeaning;

/**
 * AssayElfField:
 *
 * One field of one record, as System V ABI names it. Says what a byte is for, for a reader; nothing of it is believed
 * when bytes are judged.
 *
 * @index: of the record in its table, from 0 (a section header's is the section's number)
 * @table: what names the table beside its kind, as "DT_RELA" or "DT_NEEDED"; static text, or NULL
 * @name: as "p_flags"; static text, or NULL for a record that is one field
 * @offset: @length: of the field in the file; the whole lies in the file
 * @record_offset: @record_length: of the record
 */
typedef struct
{
  AssayElfRecordKind kind;
  guint64 index;
  const char *table;
  const char *name;
  AssayElfMeaning meaning;
  guint64 offset;
  guint64 length;
  guint64 record_offset;
  guint64 record_length;
} AssayElfField;

/** AssayElfFields: where the records of one ELF file lie. */
typedef struct _AssayElfFields AssayElfFields;

/**
 * assay_elf_fields_new:
 * @elf: borrowed; must outlive the fields
 * @blob: the file that @elf was read from; borrowed, must outlive the fields
 *
 * Looks up the records: headers, what the dynamic section speaks of by address, then sections by their type. Of a
 * dynamic section the first ASSAY_ELF_DYNAMIC_MAX entries are read. What is damaged has no records.
 *
 * Errors: those of assay_blob_read(); ASSAY_ERROR_FAILED not enough memory.
 * Source: System V ABI, "Object Files" and "Dynamic Linking".
 */
AssayElfFields *assay_elf_fields_new (const AssayElf *elf, AssayBlob *blob, GError **error);
void assay_elf_fields_free (AssayElfFields *fields);

/** Entries of one dynamic section that are looked at. Real ones have below a hundred; a reader's help needs no more. */
#define ASSAY_ELF_DYNAMIC_MAX 1024u

/** assay_elf_fields_find: the field that holds the byte at @offset. FALSE: it is of no record that is known. */
gboolean assay_elf_fields_find (const AssayElfFields *fields, guint64 offset, AssayElfField *out);

/** assay_elf_fields_free_until: whether the byte at @offset is of no record, nor any up to *out_end, which is behind
 * it.
 */
gboolean assay_elf_fields_free_until (const AssayElfFields *fields, guint64 offset, guint64 *out_end);

/** assay_elf_fields_number: the number in @length bytes at @offset, in the file's byte order. FALSE: they do not lie in
 * the file, or are no number (1, 2, 4 or 8 bytes). */
gboolean assay_elf_fields_number (const AssayElfFields *fields, guint64 offset, guint64 length, guint64 *out);

/** assay_elf_fields_say: appends what stands there as its meaning has it: "RWX", "LOAD", "DT_NEEDED", "0x1000",
 * "libc.so.6" in quotes. Untrusted text is escaped. FALSE: it cannot be read, and nothing is appended. */
gboolean assay_elf_fields_say (const AssayElfFields *fields, AssayElfMeaning meaning, guint64 offset, guint64 length,
                               GString *out);

/** assay_elf_dynamic_tag_name: "DT_NEEDED", …, or NULL. Transfer none. */
const char *assay_elf_dynamic_tag_name (guint64 tag);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayElfFields, assay_elf_fields_free)

#endif
