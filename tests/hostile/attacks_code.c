/*
 * Code and what goes with it: one instruction, instructions replaced by nothing, caves in the padding, and a change
 * that hides behind one that everybody is used to.
 */
#include "attack.h"

#include <string.h>

/* The code: its section, or without one the executable segment behind the tables of the loader. */
static guint64
code_offset (const Attack *attack, const char **out_section)
{
  guint64 record = attack_section (attack, ".text");
  *out_section = NULL;
  if (record != 0 && (attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_flags)) & SHF_EXECINSTR) != 0)
    {
      *out_section = ".text";
      return attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_offset));
    }
  record = attack_section (attack, ".comment");
  if (record != 0 && (attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_flags)) & SHF_EXECINSTR) != 0)
    {
      *out_section = ".comment";
      return attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_offset));
    }
  guint64 address = 0;
  return attack_dynamic (attack, DT_INIT, &address) == 0 ? 0 : attack_offset_of (attack, address);
}

static gboolean
flip_code (Attack *attack, guint64 within, guint64 length)
{
  const char *section = NULL;
  guint64 offset = code_offset (attack, &section);
  if (offset == 0)
    return FALSE;
  attack_flip (attack, offset + within, length);
  attack_hit (attack, offset + within, length, NULL, section);
  return TRUE;
}

static gboolean
change_instruction (Attack *attack)
{
  return flip_code (attack, 8, 4);
}

static gboolean
change_bit (Attack *attack)
{
  const char *section = NULL;
  guint64 offset = code_offset (attack, &section);
  if (offset == 0)
    return FALSE;
  attack->bytes->data[offset + 3] ^= 1;
  attack_hit (attack, offset + 3, 1, NULL, section);
  return TRUE;
}

/* 0x00000000 is a nop of MIPS: a check that was there is not there any more. Zeros never stand for code (T9). */
static gboolean
zero_instructions (Attack *attack)
{
  const char *section = NULL;
  guint64 offset = code_offset (attack, &section);
  if (offset == 0)
    return FALSE;
  memset (attack->bytes->data + offset, 0, 12);
  attack_hit_changed (attack, offset, 12, NULL, section);
  return attack->hits->len > 0;
}

/* 0xff, what an erased flash holds. */
static gboolean
erase_instructions (Attack *attack)
{
  const char *section = NULL;
  guint64 offset = code_offset (attack, &section);
  if (offset == 0)
    return FALSE;
  memset (attack->bytes->data + offset, 0xff, 12);
  attack_hit_changed (attack, offset, 12, NULL, section);
  return attack->hits->len > 0;
}

/* Zeros between two functions, which nothing runs into until something jumps there. */
static gboolean
fill_cave (Attack *attack)
{
  const char *section = NULL;
  guint64 start = code_offset (attack, &section);
  guint64 run = 0;
  for (guint64 i = start; start != 0 && i < attack->bytes->len && i < start + 4096; i++)
    {
      run = attack->bytes->data[i] == 0 ? run + 1 : 0;
      if (run < 16)
        continue;
      attack_flip (attack, i - 11, 8);
      attack_hit (attack, i - 11, 8, NULL, NULL);
      return TRUE;
    }
  return FALSE;
}

static gboolean
flip_section (Attack *attack, const char *name, guint64 within)
{
  guint64 record = attack_section (attack, name);
  if (record == 0 || attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_size)) <= within
      || attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_type)) == SHT_NOBITS)
    return FALSE;
  guint64 offset = attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_offset)) + within;
  attack_flip (attack, offset, 1);
  attack_hit (attack, offset, 1, NULL, name);
  return TRUE;
}

static gboolean
change_constant (Attack *attack)
{
  return flip_section (attack, ".rodata", 3);
}

static gboolean
change_data (Attack *attack)
{
  return flip_section (attack, ".data", 7);
}

/* A build-id differs in every second build; a byte of code beside it differs in none. */
static gboolean
hide_behind_build_id (Attack *attack)
{
  guint64 segment = attack_segment (attack, PT_NOTE, 0);
  if (segment == 0)
    return FALSE;
  guint64 note = attack_peek (attack, segment, ATTACK_PLACE (attack, Phdr, p_offset));
  guint64 size = attack_peek (attack, segment, ATTACK_PLACE (attack, Phdr, p_filesz));
  attack_flip (attack, note + size - 8, 8);
  attack_hit (attack, note + size - 8, 8, "a note", NULL);
  return flip_code (attack, 1, 1);
}

static gboolean
hide_behind_comment (Attack *attack)
{
  guint64 record = attack_section (attack, ".comment");
  if (record == 0 || (attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_flags)) & SHF_ALLOC) != 0)
    return FALSE;
  return flip_section (attack, ".comment", 1) && flip_code (attack, 2, 1);
}

/* A note of our own in front of the file's end, and the segment of notes led there. */
static gboolean
inject_note (Attack *attack)
{
  guint64 segment = attack_segment (attack, PT_NOTE, 0);
  guint8 note[24] = { 0 };
  if (segment == 0)
    return FALSE;
  guint64 at = attack->bytes->len;
  g_byte_array_append (attack->bytes, note, sizeof note);
  attack_poke (attack, at, (AttackPlace){ 0, 4 }, 4);
  attack_poke (attack, at, (AttackPlace){ 4, 4 }, 8);
  attack_poke (attack, at, (AttackPlace){ 8, 4 }, 0x100);
  memcpy (attack->bytes->data + at + 12, "EVIL", 4);
  attack_poke (attack, segment, ATTACK_PLACE (attack, Phdr, p_offset), at);
  attack_poke (attack, segment, ATTACK_PLACE (attack, Phdr, p_filesz), sizeof note);
  attack_hit (attack, at, sizeof note, "a note, where the rebuild has none", NULL);
  attack_hit_changed (attack, segment + ATTACK_PLACE (attack, Phdr, p_offset).offset,
                      ATTACK_PLACE (attack, Phdr, p_offset).width, "(NOTE): p_offset is ", NULL);
  attack->resized = TRUE;
  return TRUE;
}

static gboolean
change_note (Attack *attack)
{
  guint64 segment = attack_segment (attack, PT_NOTE, 0);
  if (segment == 0)
    return FALSE;
  guint64 note = attack_peek (attack, segment, ATTACK_PLACE (attack, Phdr, p_offset));
  attack_flip (attack, note + 8, 1);
  attack_hit (attack, note + 8, 1, "a note", NULL);
  return TRUE;
}

static const AttackEntry entries[] = {
  { "instruction", "elf-code", "one instruction changed", change_instruction },
  { "bit", "elf-code", "one bit of code changed", change_bit },
  { "zeroed", "elf-code", "instructions overwritten with zeros", zero_instructions },
  { "erased", "elf-code", "instructions overwritten with 0xff", erase_instructions },
  { "cave", "elf-code", "alignment padding used as a cave", fill_cave },
  { "constant", "elf-code", "a constant changed", change_constant },
  { "data", "elf-code", "initialised data changed", change_data },
  { "build-id-and-code", "elf-code", "a build-id and one byte of code", hide_behind_build_id },
  { "comment-and-code", "elf-code", "a comment and one byte of code", hide_behind_comment },
  { "note-injected", "elf-code", "a note injected", inject_note },
  { "note-type", "elf-code", "the type of a note changed", change_note },
};
ATTACK_FAMILY (code, entries);
