/*
 * Bytes where nobody looks: behind the end, in gaps, between headers and sections. Who compares section by section sees
 * none of them (eu-elfcmp 0.188 does not); the loader maps some of them.
 */
#include "attack.h"

#include <string.h>

#define GAP_WORDS "bytes in a gap, which no header and no section claims"

static gboolean
append_text (Attack *attack)
{
  static const char hidden[] = "hidden payload";
  attack_hit (attack, attack->bytes->len, sizeof hidden, "bytes behind the last header, section and segment", NULL);
  g_byte_array_append (attack->bytes, (const guint8 *)hidden, sizeof hidden);
  attack->resized = TRUE;
  return TRUE;
}

static gboolean
append_zeros (Attack *attack)
{
  static const guint8 zeros[64];
  attack_hit (attack, attack->bytes->len, sizeof zeros, "bytes behind the last", NULL);
  g_byte_array_append (attack->bytes, zeros, sizeof zeros);
  attack->resized = TRUE;
  return TRUE;
}

static gboolean
cut_end (Attack *attack)
{
  g_byte_array_set_size (attack->bytes, attack->bytes->len - 3);
  attack->resized = TRUE;
  return TRUE;
}

static gboolean
insert_middle (Attack *attack)
{
  static const char hidden[] = "slipped in";
  guint64 middle = attack->bytes->len / 2;
  GByteArray *bytes = attack->bytes;
  g_byte_array_set_size (bytes, bytes->len + sizeof hidden);
  memmove (bytes->data + middle + sizeof hidden, bytes->data + middle, bytes->len - sizeof hidden - middle);
  memcpy (bytes->data + middle, hidden, sizeof hidden);
  attack->resized = TRUE;
  return TRUE;
}

static gboolean
delete_middle (Attack *attack)
{
  g_byte_array_remove_range (attack->bytes, attack->bytes->len / 2, 8);
  attack->resized = TRUE;
  return TRUE;
}

static gboolean
fill_gap (Attack *attack, gboolean loaded)
{
  guint64 offset = 0;
  if (!attack_gap (attack, loaded, 4, &offset))
    return FALSE;
  attack_flip (attack, offset, 4);
  attack_hit (attack, offset, 4, GAP_WORDS, NULL);
  return TRUE;
}

static gboolean
fill_loaded_gap (Attack *attack)
{
  return fill_gap (attack, TRUE);
}

static gboolean
fill_unloaded_gap (Attack *attack)
{
  return fill_gap (attack, FALSE);
}

/* Between the program headers and the first section. */
static gboolean
fill_header_gap (Attack *attack)
{
  guint64 at = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phoff))
               + attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phnum)) * ATTACK_SIZE (attack, Phdr);
  guint64 first = 0;
  if ((!attack_gap (attack, FALSE, 4, &first) || first != at) && (!attack_gap (attack, TRUE, 4, &first) || first != at))
    return FALSE;
  attack_flip (attack, at, 4);
  attack_hit (attack, at, 4, GAP_WORDS, NULL);
  return TRUE;
}

static gboolean
widen_gap (Attack *attack)
{
  static const char hidden[] = "sixteen hidden..";
  guint64 offset = 0;
  if (!attack_gap (attack, FALSE, 1, &offset))
    return FALSE;
  attack_insert (attack, offset, hidden, 16);
  return TRUE;
}

static const AttackEntry entries[] = {
  { "append-text", "elf-bytes", "bytes appended", append_text },
  { "append-zeros", "elf-bytes", "zeros appended", append_zeros },
  { "cut-end", "elf-bytes", "the last bytes cut off", cut_end },
  { "insert-middle", "elf-bytes", "bytes inserted, headers left as they were", insert_middle },
  { "delete-middle", "elf-bytes", "bytes removed, headers left as they were", delete_middle },
  { "gap-loaded", "elf-bytes", "bytes in a gap between two sections of one segment, which is loaded", fill_loaded_gap },
  { "gap-unloaded", "elf-bytes", "bytes in a gap that is not loaded", fill_unloaded_gap },
  { "gap-headers", "elf-bytes", "bytes between the program headers and what follows", fill_header_gap },
  { "gap-widened", "elf-bytes", "a gap made longer, all headers moved along", widen_gap },
};
ATTACK_FAMILY (bytes, entries);
