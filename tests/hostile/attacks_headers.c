/*
 * The program headers rule: one bit of them makes code writable, loads a note, or runs another interpreter, while every
 * section stays equal.
 */
#include "attack.h"

#include <string.h>

static gboolean
change (Attack *attack, guint64 record, AttackPlace place, guint64 value, const char *words)
{
  if (attack_peek (attack, record, place) == value)
    return FALSE;
  attack_poke (attack, record, place, value);
  attack_hit_changed (attack, record + place.offset, place.width, words, NULL);
  return TRUE;
}

static gboolean
change_header (Attack *attack, AttackPlace place, guint64 mask, const char *words)
{
  return change (attack, 0, place, attack_peek (attack, 0, place) ^ mask, words);
}

static gboolean
move_entry (Attack *attack)
{
  return change_header (attack, ATTACK_PLACE (attack, Ehdr, e_entry), 0x10, "ELF header: e_entry is ");
}

static gboolean
change_machine (Attack *attack)
{
  return change_header (attack, ATTACK_PLACE (attack, Ehdr, e_machine), 1, "e_machine");
}

static gboolean
change_header_flags (Attack *attack)
{
  return change_header (attack, ATTACK_PLACE (attack, Ehdr, e_flags), 2, "e_flags");
}

static gboolean
change_type (Attack *attack)
{
  return change_header (attack, ATTACK_PLACE (attack, Ehdr, e_type), 1, "e_type");
}

static gboolean
change_padding (Attack *attack)
{
  attack_flip (attack, EI_PAD + 2, 1);
  attack_hit (attack, EI_PAD + 2, 1, "e_ident, padding", NULL);
  return TRUE;
}

static gboolean
change_abi (Attack *attack)
{
  attack_flip (attack, EI_OSABI, 1);
  attack_hit (attack, EI_OSABI, 1, "the OS ABI", NULL);
  return TRUE;
}

static gboolean
hide_segment (Attack *attack)
{
  return change_header (attack, ATTACK_PLACE (attack, Ehdr, e_phnum), 1, "e_phnum");
}

static gboolean
change_segment (Attack *attack, guint64 record, AttackPlace place, guint64 value, const char *words)
{
  return record != 0 && change (attack, record, place, value, words);
}

static gboolean
make_text_writable (Attack *attack)
{
  return change_segment (attack, attack_segment (attack, PT_LOAD, PF_X), ATTACK_PLACE (attack, Phdr, p_flags),
                         PF_R | PF_W | PF_X, "its code is now writable: the segment is writable and executable");
}

static gboolean
make_data_executable (Attack *attack)
{
  return change_segment (attack, attack_segment (attack, PT_LOAD, PF_W), ATTACK_PLACE (attack, Phdr, p_flags),
                         PF_R | PF_W | PF_X, "its data is now executable: the segment is writable and executable");
}

static gboolean
make_stack_executable (Attack *attack)
{
  return change_segment (attack, attack_segment (attack, PT_GNU_STACK, 0), ATTACK_PLACE (attack, Phdr, p_flags),
                         PF_R | PF_W | PF_X, "(GNU_STACK): p_flags is RWX, the rebuild has RW");
}

static gboolean
add_to_segment (Attack *attack, guint32 flags, AttackPlace place, gint64 more, const char *words)
{
  guint64 record = attack_segment (attack, PT_LOAD, flags);
  return record != 0 && change (attack, record, place, attack_peek (attack, record, place) + (guint64)more, words);
}

static gboolean
grow_memory (Attack *attack)
{
  return add_to_segment (attack, PF_W, ATTACK_PLACE (attack, Phdr, p_memsz), 0x1000, "p_memsz is ");
}

static gboolean
grow_file_size (Attack *attack)
{
  return add_to_segment (attack, PF_X, ATTACK_PLACE (attack, Phdr, p_filesz), 4, "more of the file is loaded");
}

static gboolean
shrink_file_size (Attack *attack)
{
  return add_to_segment (attack, PF_X, ATTACK_PLACE (attack, Phdr, p_filesz), -4, "less of the file is loaded");
}

static gboolean
move_offset (Attack *attack)
{
  return add_to_segment (attack, PF_X, ATTACK_PLACE (attack, Phdr, p_offset), 16, "p_offset is ");
}

static gboolean
move_address (Attack *attack)
{
  return add_to_segment (attack, PF_X, ATTACK_PLACE (attack, Phdr, p_vaddr), 0x1000, "p_vaddr is ");
}

static gboolean
change_alignment (Attack *attack)
{
  return add_to_segment (attack, PF_X, ATTACK_PLACE (attack, Phdr, p_align), 4, "p_align is ");
}

static gboolean
load_note (Attack *attack)
{
  return change_segment (attack, attack_segment (attack, PT_NOTE, 0), ATTACK_PLACE (attack, Phdr, p_type), PT_LOAD,
                         "(NOTE): p_type is LOAD, the rebuild has NOTE (it is now loaded into memory)");
}

static gboolean
note_interpreter (Attack *attack)
{
  return change_segment (attack, attack_segment (attack, PT_NOTE, 0), ATTACK_PLACE (attack, Phdr, p_type), PT_INTERP,
                         "p_type is INTERP, the rebuild has NOTE");
}

static gboolean
load_stack (Attack *attack)
{
  return change_segment (attack, attack_segment (attack, PT_GNU_STACK, 0), ATTACK_PLACE (attack, Phdr, p_type), PT_LOAD,
                         "p_type is LOAD, the rebuild has GNU_STACK");
}

/* One header more at the end of the table; everything behind moves and its offsets with it, as an honest tool does. */
static gboolean
add_segment (Attack *attack, guint32 type, const char *words)
{
  guint8 header[sizeof (Elf64_Phdr)] = { 0 };
  guint64 table = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phoff));
  guint64 count = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phnum));
  guint64 size = ATTACK_SIZE (attack, Phdr);
  guint64 end = table + count * size;
  attack_insert (attack, end, header, size);
  attack_poke (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phnum), count + 1);
  attack_poke (attack, end, ATTACK_PLACE (attack, Phdr, p_type), type);
  attack_poke (attack, end, ATTACK_PLACE (attack, Phdr, p_flags), PF_R | PF_X);
  attack_poke (attack, end, ATTACK_PLACE (attack, Phdr, p_vaddr), 0x700000);
  attack_poke (attack, end, ATTACK_PLACE (attack, Phdr, p_filesz), 64);
  attack_poke (attack, end, ATTACK_PLACE (attack, Phdr, p_memsz), 64);
  attack_hit (attack, end, size, words, NULL);
  return TRUE;
}

static gboolean
add_load (Attack *attack)
{
  return add_segment (attack, PT_LOAD, "(LOAD), where the rebuild has none");
}

static gboolean
add_interpreter (Attack *attack)
{
  return add_segment (attack, PT_INTERP, "(INTERP), where the rebuild has none");
}

/* The table moved behind the end, with one more entry, as an infector of files does it. */
static gboolean
move_table (Attack *attack)
{
  guint64 table = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phoff));
  guint64 count = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phnum));
  guint64 size = ATTACK_SIZE (attack, Phdr);
  guint64 end = attack->bytes->len;
  g_byte_array_set_size (attack->bytes, (guint)(end + (count + 1) * size));
  memset (attack->bytes->data + end, 0, (count + 1) * size);
  memcpy (attack->bytes->data + end, attack->bytes->data + table, count * size);
  attack_poke (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phoff), end);
  attack_poke (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phnum), count + 1);
  attack_poke (attack, end + count * size, ATTACK_PLACE (attack, Phdr, p_type), PT_LOAD);
  attack_hit (attack, end + count * size, size, "(LOAD), where the rebuild has none", NULL);
  attack->resized = TRUE;
  return TRUE;
}

static const AttackEntry entries[] = {
  { "entry", "elf-headers", "the entry point moved", move_entry },
  { "machine", "elf-headers", "another machine", change_machine },
  { "header-flags", "elf-headers", "other flags of the processor", change_header_flags },
  { "type", "elf-headers", "another type of file", change_type },
  { "ident-padding", "elf-headers", "a byte in the padding of the identification", change_padding },
  { "abi", "elf-headers", "another OS ABI", change_abi },
  { "hidden-segment", "elf-headers", "another number of program headers", hide_segment },
  { "text-writable", "elf-headers", "a writable text segment", make_text_writable },
  { "data-executable", "elf-headers", "an executable data segment", make_data_executable },
  { "stack-executable", "elf-headers", "an executable stack", make_stack_executable },
  { "memory-size", "elf-headers", "p_memsz changed", grow_memory },
  { "file-size-more", "elf-headers", "p_filesz larger", grow_file_size },
  { "file-size-less", "elf-headers", "p_filesz smaller", shrink_file_size },
  { "segment-offset", "elf-headers", "p_offset changed", move_offset },
  { "segment-address", "elf-headers", "p_vaddr changed", move_address },
  { "segment-alignment", "elf-headers", "p_align changed", change_alignment },
  { "note-to-load", "elf-headers", "a PT_NOTE turned PT_LOAD", load_note },
  { "note-to-interp", "elf-headers", "a PT_NOTE turned PT_INTERP", note_interpreter },
  { "stack-to-load", "elf-headers", "a PT_GNU_STACK turned PT_LOAD", load_stack },
  { "extra-load", "elf-headers", "an extra PT_LOAD, everything behind it moved", add_load },
  { "extra-interp", "elf-headers", "an extra PT_INTERP", add_interpreter },
  { "moved-table", "elf-headers", "the program headers moved behind the end, with an extra PT_LOAD", move_table },
};
ATTACK_FAMILY (headers, entries);
