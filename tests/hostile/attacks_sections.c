/*
 * Section headers are for readers and debuggers; no loader looks at them. So they may lie, be missing, overlap, or
 * stand in the code, and nothing that is loaded may hide behind that. Debug data is read by tools that people trust.
 */
#include "attack.h"

#include "elf_sample.h"

#include <string.h>

static gboolean
change_section (Attack *attack, const char *name, AttackPlace place, guint64 value, const char *words)
{
  guint64 record = attack_section (attack, name);
  if (record == 0 || attack_peek (attack, record, place) == value)
    return FALSE;
  attack_poke (attack, record, place, value);
  attack_hit_changed (attack, record + place.offset, place.width, words, NULL);
  return TRUE;
}

/* 0 where no section of that name is code. */
static guint64
offset_of_text (const Attack *attack)
{
  guint64 record = attack_section (attack, ".text");
  if (record == 0 || (attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_flags)) & SHF_EXECINSTR) == 0)
    return 0;
  return attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_offset));
}

/* .comment laid over the code, so that whoever reads the table takes code for a comment. */
static gboolean
overlap (Attack *attack)
{
  guint64 code = offset_of_text (attack);
  return code != 0
         && change_section (attack, ".comment", ATTACK_PLACE (attack, Shdr, sh_offset), code + 8, ": sh_offset is ");
}

static gboolean
overlap_and_change (Attack *attack)
{
  if (!overlap (attack))
    return FALSE;
  guint64 code = offset_of_text (attack) + 12;
  attack_flip (attack, code, 1);
  attack_hit (attack, code, 1, NULL, ".text");
  return TRUE;
}

static gboolean
lie_about_size (Attack *attack)
{
  return change_section (attack, ".text", ATTACK_PLACE (attack, Shdr, sh_size), 16, ": sh_size is ");
}

static gboolean
lie_about_type (Attack *attack)
{
  return change_section (attack, ".text", ATTACK_PLACE (attack, Shdr, sh_type), SHT_NOBITS, ": sh_type is ");
}

/* Code that its section header says is not in the file, and that differs. */
static gboolean
hide_behind_type (Attack *attack)
{
  guint64 code = offset_of_text (attack) + 20;
  if (!lie_about_type (attack))
    return FALSE;
  attack_flip (attack, code, 2);
  attack_hit (attack, code, 2, NULL, NULL);
  return TRUE;
}

static gboolean
lie_about_place (Attack *attack)
{
  return change_section (attack, ".text", ATTACK_PLACE (attack, Shdr, sh_offset), 0x7fffff00, ": sh_offset is ");
}

static gboolean
lie_about_flags (Attack *attack)
{
  return change_section (attack, ".comment", ATTACK_PLACE (attack, Shdr, sh_flags), SHF_ALLOC | SHF_EXECINSTR,
                         ": sh_flags is ");
}

static gboolean
swap_names (Attack *attack)
{
  guint64 text = attack_section (attack, ".text");
  guint64 comment = attack_section (attack, ".comment");
  if (text == 0 || comment == 0)
    return FALSE;
  AttackPlace place = ATTACK_PLACE (attack, Shdr, sh_name);
  guint64 name = attack_peek (attack, text, place);
  attack_poke (attack, text, place, attack_peek (attack, comment, place));
  attack_poke (attack, comment, place, name);
  attack_hit_changed (attack, text, place.width, ": sh_name is ", NULL);
  attack_hit_changed (attack, comment, place.width, ": sh_name is ", NULL);
  return TRUE;
}

static gboolean
change_count (Attack *attack)
{
  AttackPlace place = ATTACK_PLACE (attack, Ehdr, e_shnum);
  if (attack_section (attack, ".text") == 0)
    return FALSE;
  attack_poke (attack, 0, place, 0xfe00);
  attack_hit_changed (attack, place.offset, place.width, "e_shnum is ", NULL);
  return TRUE;
}

static gboolean
change_name_table (Attack *attack)
{
  AttackPlace place = ATTACK_PLACE (attack, Ehdr, e_shstrndx);
  if (attack_section (attack, ".text") == 0)
    return FALSE;
  attack_poke (attack, 0, place, 1);
  attack_hit_changed (attack, place.offset, place.width, "e_shstrndx is ", NULL);
  return TRUE;
}

/* The section header table gone from the shipped file alone, which stays as long as it was. */
static gboolean
forget_table (Attack *attack)
{
  AttackPlace place = ATTACK_PLACE (attack, Ehdr, e_shoff);
  if (attack_section (attack, ".text") == 0)
    return FALSE;
  attack_poke (attack, 0, place, 0);
  attack_poke (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shnum), 0);
  attack_poke (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shstrndx), 0);
  attack_hit_changed (attack, place.offset, place.width, "e_shoff is 0x0", NULL);
  return TRUE;
}

static gboolean
cut_table (Attack *attack)
{
  guint64 table = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shoff));
  if (!forget_table (attack))
    return FALSE;
  g_byte_array_set_size (attack->bytes, (guint)table);
  attack->resized = TRUE;
  return TRUE;
}

/* The table moved into the code, where it overwrites instructions. */
static gboolean
table_into_code (Attack *attack)
{
  AttackPlace place = ATTACK_PLACE (attack, Ehdr, e_shoff);
  guint64 code = offset_of_text (attack);
  guint64 table = attack_peek (attack, 0, place);
  guint64 size = 3 * ATTACK_SIZE (attack, Shdr);
  if (code == 0 || code + size > attack->bytes->len)
    return FALSE;
  memmove (attack->bytes->data + code, attack->bytes->data + table, size);
  attack_poke (attack, 0, place, code);
  attack_poke (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shnum), 3);
  attack_poke (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shstrndx), 0);
  attack_hit_changed (attack, place.offset, place.width, "e_shoff is ", NULL);
  attack_hit_changed (attack, code, size, NULL, NULL);
  return TRUE;
}

static gboolean
flip_in (Attack *attack, const char *section, guint64 within, guint64 length, const char *words)
{
  guint64 record = attack_section (attack, section);
  if (record == 0 || attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_type)) == SHT_NOBITS
      || attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_size)) < within + length)
    return FALSE;
  guint64 offset = attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_offset)) + within;
  attack_flip (attack, offset, length);
  attack_hit (attack, offset, length, words, section);
  return TRUE;
}

static gboolean
change_comment (Attack *attack)
{
  return flip_in (attack, ".comment", 2, 3, NULL);
}

/* In the sample of this shape `.debug_info` is loaded. */
static gboolean
change_debug (Attack *attack)
{
  return flip_in (attack, ".debug_info", 20, 1, NULL);
}

static gboolean
change_names (Attack *attack)
{
  return flip_in (attack, ".shstrtab", 5, 1, NULL);
}

static gboolean
change_symbols (Attack *attack)
{
  return flip_in (attack, ".symtab", ATTACK_SIZE (attack, Sym) + ATTACK_PLACE (attack, Sym, st_value).offset, 1,
                  "symbol 1: st_value is ");
}

static gboolean
is_compressed (const Attack *attack, guint64 *out_offset, guint64 *out_size)
{
  guint64 record = attack_section (attack, ".debug_info");
  if (record == 0 || (attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_flags)) & SHF_COMPRESSED) == 0)
    return FALSE;
  *out_offset = attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_offset));
  *out_size = attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_size));
  return TRUE;
}

static gboolean
change_compression_header (Attack *attack)
{
  guint64 offset = 0;
  guint64 size = 0;
  AttackPlace place = ATTACK_PLACE (attack, Chdr, ch_size);
  if (!is_compressed (attack, &offset, &size))
    return FALSE;
  attack_poke (attack, offset, place, attack_peek (attack, offset, place) + 1);
  attack_hit_changed (attack, offset + place.offset, place.width, NULL, ".debug_info");
  return TRUE;
}

/* Bytes behind the end of the zlib stream, which no reader of debug data sees. */
static gboolean
hide_behind_stream (Attack *attack)
{
  guint64 offset = 0;
  guint64 size = 0;
  if (!is_compressed (attack, &offset, &size))
    return FALSE;
  guint64 record = attack_section (attack, ".debug_info");
  attack_insert (attack, offset + size, "hidden!!", 8);
  if (attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shoff)) <= record)
    record += 8;
  attack_poke (attack, record, ATTACK_PLACE (attack, Shdr, sh_size), size + 8);
  attack_hit (attack, offset + size, 8, NULL, ".debug_info");
  return TRUE;
}

/* The same debug data packed another way is another file: a rule may explain it one day, nothing passes by itself. */
static gboolean
pack_again (Attack *attack)
{
  guint64 offset = 0;
  guint64 size = 0;
  if (!is_compressed (attack, &offset, &size))
    return FALSE;
  g_autoptr (GByteArray) packed = elf_sample_compress_debug (attack->wide ? 64 : 32, attack->big_endian, 0);
  guint64 end = offset + size;
  /* as long as the old one, so that nothing moves */
  memcpy (attack->bytes->data + offset, packed->data, MIN (size, packed->len));
  attack_hit_changed (attack, offset, end - offset, NULL, ".debug_info");
  return TRUE;
}

static gboolean
change_extended (Attack *attack)
{
  return flip_in (attack, "s65200", 1, 2, NULL);
}

static gboolean
change_extended_header (Attack *attack)
{
  return change_section (attack, "s65200", ATTACK_PLACE (attack, Shdr, sh_flags), SHF_EXECINSTR, ": sh_flags is ");
}

static const AttackEntry entries[] = {
  { "overlap", "elf-sections", "a section laid over the code", overlap },
  { "overlap-code", "elf-sections", "a section laid over code that differs", overlap_and_change },
  { "section-size", "elf-sections", "a section header that says less", lie_about_size },
  { "section-nobits", "elf-sections", "code that its header says is not there", lie_about_type },
  { "section-nobits-code", "elf-sections", "code that its header says is not there, and that differs",
    hide_behind_type },
  { "section-outside", "elf-sections", "a section outside of the file", lie_about_place },
  { "section-flags", "elf-sections", "an unloaded section called code", lie_about_flags },
  { "section-names", "elf-sections", "two sections with their names exchanged", swap_names },
  { "section-count", "elf-sections", "a table that claims to be longer than the file", change_count },
  { "section-name-table", "elf-sections", "another table of names", change_name_table },
  { "no-table", "elf-sections", "the section header table forgotten", forget_table },
  { "table-cut", "elf-sections", "the section header table cut off", cut_table },
  { "table-into-code", "elf-sections", "the section header table moved into the code", table_into_code },
  { "comment", "elf-sections", "bytes of .comment, loaded or not", change_comment },
  { "debug", "elf-sections", "a byte of .debug_info, packed or loaded", change_debug },
  { "section-name-text", "elf-sections", "a byte of a section's name", change_names },
  { "symbol-table", "elf-sections", "the value of a symbol", change_symbols },
  { "packed-size", "elf-sections", "the size that compressed debug data claims", change_compression_header },
  { "packed-tail", "elf-sections", "bytes behind the end of compressed debug data", hide_behind_stream },
  { "packed-again", "elf-sections", "other bytes of compressed debug data", pack_again },
  { "extended", "elf-sections", "a section beyond SHN_LORESERVE", change_extended },
  { "extended-header", "elf-sections", "the header of a section beyond SHN_LORESERVE", change_extended_header },
};
ATTACK_FAMILY (sections, entries);
