/*
 * What the loader is told: which libraries, from where, which functions run first, what is written where. None of it is
 * code, all of it decides what code runs.
 */
#include "attack.h"

#include <string.h>

static gboolean
change_text (Attack *attack, guint64 tag, const char *words)
{
  guint64 value = 0;
  guint64 table = 0;
  if (attack_dynamic (attack, tag, &value) == 0 || attack_dynamic (attack, DT_STRTAB, &table) == 0)
    return FALSE;
  guint64 offset = attack_offset_of (attack, table) + value;
  /* the last letter in front of the NUL: a text that is still one */
  guint64 last = offset + strlen ((const char *)attack->bytes->data + offset) - 1;
  attack->bytes->data[last] ^= 1;
  attack_hit (attack, last, 1, words, NULL);
  return TRUE;
}

static gboolean
change_needed (Attack *attack)
{
  return change_text (attack, DT_NEEDED, "(DT_NEEDED): it is \"");
}

static gboolean
change_runpath (Attack *attack)
{
  return change_text (attack, DT_RUNPATH, "(DT_RUNPATH): it is \"");
}

static gboolean
change_entry (Attack *attack, guint64 tag, AttackPlace place, guint64 value, const char *words)
{
  guint64 record = attack_dynamic (attack, tag, NULL);
  if (record == 0)
    return FALSE;
  attack_poke (attack, record, place, value);
  attack_hit_changed (attack, record + place.offset, place.width, words, NULL);
  return TRUE;
}

static gboolean
change_value (Attack *attack, guint64 tag, guint64 more, const char *words)
{
  guint64 value = 0;
  return attack_dynamic (attack, tag, &value) != 0
         && change_entry (attack, tag, ATTACK_PLACE (attack, Dyn, d_un), value + more, words);
}

static gboolean
need_other (Attack *attack)
{
  return change_value (attack, DT_NEEDED, 3, "(DT_NEEDED): d_val is ");
}

static gboolean
runpath_for_rpath (Attack *attack)
{
  return change_entry (attack, DT_RUNPATH, ATTACK_PLACE (attack, Dyn, d_tag), DT_RPATH,
                       "d_tag is DT_RPATH, the rebuild has DT_RUNPATH");
}

static gboolean
change_init (Attack *attack)
{
  return change_value (attack, DT_INIT, 4, "(DT_INIT): d_val is ");
}

/* The end of the dynamic section turned into one more library. */
static gboolean
add_needed (Attack *attack)
{
  return change_entry (attack, DT_NULL, ATTACK_PLACE (attack, Dyn, d_tag), DT_NEEDED,
                       "d_tag is DT_NEEDED, the rebuild has DT_NULL");
}

static gboolean
add_preload (Attack *attack)
{
  return change_entry (attack, DT_NULL, ATTACK_PLACE (attack, Dyn, d_tag), DT_AUDIT, "d_tag is DT_AUDIT");
}

static gboolean
change_interpreter (Attack *attack)
{
  guint64 segment = attack_segment (attack, PT_INTERP, 0);
  if (segment == 0)
    return FALSE;
  guint64 offset = attack_peek (attack, segment, ATTACK_PLACE (attack, Phdr, p_offset));
  attack->bytes->data[offset + 1] ^= 1;
  attack_hit (attack, offset + 1, 1, "name of the program interpreter (PT_INTERP): it is \"/mib/", NULL);
  return TRUE;
}

/* A byte of the first record of a table that the dynamic section gives, or of the word at @within. */
static gboolean
change_table (Attack *attack, guint64 tag, guint64 within, const char *words)
{
  guint64 address = 0;
  if (attack_dynamic (attack, tag, &address) == 0)
    return FALSE;
  guint64 offset = attack_offset_of (attack, address);
  if (offset == 0)
    return FALSE;
  attack_flip (attack, offset + within, 1);
  attack_hit (attack, offset + within, 1, words, NULL);
  return TRUE;
}

static gboolean
change_init_array (Attack *attack)
{
  return change_table (attack, DT_INIT_ARRAY, 0, "function 0 of DT_INIT_ARRAY: it is ");
}

static guint64
relocations (const Attack *attack)
{
  return attack_dynamic (attack, DT_RELA, NULL) != 0 ? DT_RELA : DT_REL;
}

static gboolean
change_relocation_place (Attack *attack)
{
  guint64 tag = relocations (attack);
  return change_table (attack, tag, 1,
                       tag == DT_RELA ? "relocation 0 of DT_RELA: r_offset is "
                                      : "relocation 0 of DT_REL: r_offset is ");
}

static gboolean
change_relocation_kind (Attack *attack)
{
  guint64 tag = relocations (attack);
  return change_table (attack, tag, attack->wide ? 8 : 4, ": r_info is ");
}

static gboolean
change_relocation_addend (Attack *attack)
{
  return change_table (attack, DT_RELA, attack->wide ? 16 : 8, "relocation 0 of DT_RELA: r_addend is ");
}

static gboolean
change_plt_relocation (Attack *attack)
{
  return change_table (attack, DT_JMPREL, 0, "relocation 0 of DT_JMPREL: r_offset is ");
}

/* Its bitmap, where there is one behind the first address. */
static gboolean
change_relr (Attack *attack)
{
  guint64 size = 0;
  guint64 word = attack->wide ? 8 : 4;
  return attack_dynamic (attack, DT_RELRSZ, &size) != 0
         && change_table (attack, DT_RELR, size > word ? word : 0, " of DT_RELR: it is ");
}

static gboolean
change_in_section (Attack *attack, const char *section, guint64 within, const char *words)
{
  guint64 record = attack_section (attack, section);
  /* The PLT of PowerPC64 has no bytes in the file. */
  if (record == 0 || attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_type)) == SHT_NOBITS
      || attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_size)) <= within)
    return FALSE;
  guint64 offset = attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_offset)) + within;
  attack_flip (attack, offset, 1);
  attack_hit (attack, offset, 1, words, section);
  return TRUE;
}

static gboolean
change_got (Attack *attack)
{
  return change_in_section (attack, ".got", 3, NULL);
}

static gboolean
change_plt (Attack *attack)
{
  return change_in_section (attack, ".plt", 5, NULL);
}

static gboolean
change_version (Attack *attack)
{
  return change_in_section (attack, ".gnu.version", 2, "version of dynamic symbol 1: it is ");
}

static gboolean
change_needed_version (Attack *attack)
{
  return change_in_section (attack, ".gnu.version_r", 16, "symbol versions, needed");
}

static gboolean
change_symbol (Attack *attack)
{
  return change_in_section (attack, ".dynsym", ATTACK_SIZE (attack, Sym) + ATTACK_PLACE (attack, Sym, st_value).offset,
                            "dynamic symbol 1: st_value is ");
}

static gboolean
change_symbol_kind (Attack *attack)
{
  return change_in_section (attack, ".dynsym", ATTACK_SIZE (attack, Sym) + ATTACK_PLACE (attack, Sym, st_info).offset,
                            "dynamic symbol 1: st_info is ");
}

static const AttackEntry entries[] = {
  { "needed-name", "elf-dynamic", "the name of a library changed", change_needed },
  { "needed-value", "elf-dynamic", "DT_NEEDED names another text", need_other },
  { "needed-added", "elf-dynamic", "the end of the table turned into DT_NEEDED", add_needed },
  { "audit-added", "elf-dynamic", "the end of the table turned into DT_AUDIT", add_preload },
  { "runpath-name", "elf-dynamic", "the search path changed", change_runpath },
  { "runpath-rpath", "elf-dynamic", "DT_RUNPATH turned into DT_RPATH", runpath_for_rpath },
  { "init", "elf-dynamic", "DT_INIT moved", change_init },
  { "init-array", "elf-dynamic", "a constructor changed", change_init_array },
  { "interpreter", "elf-dynamic", "the program interpreter renamed", change_interpreter },
  { "relocation-place", "elf-dynamic", "a relocation that writes elsewhere", change_relocation_place },
  { "relocation-kind", "elf-dynamic", "a relocation of another kind", change_relocation_kind },
  { "relocation-addend", "elf-dynamic", "a relocation that writes something else", change_relocation_addend },
  { "relocation-plt", "elf-dynamic", "a relocation of the PLT", change_plt_relocation },
  { "relocation-relr", "elf-dynamic", "a word of RELR", change_relr },
  { "got", "elf-dynamic", "an entry of the GOT", change_got },
  { "plt", "elf-dynamic", "a stub of the PLT", change_plt },
  { "symbol-version", "elf-dynamic", "the version of a symbol", change_version },
  { "needed-version", "elf-dynamic", "the version that is needed of a library", change_needed_version },
  { "symbol-value", "elf-dynamic", "the value of a dynamic symbol", change_symbol },
  { "symbol-kind", "elf-dynamic", "the binding of a dynamic symbol", change_symbol_kind },
};
ATTACK_FAMILY (dynamic, entries);
