#include "attack.h"

#include <string.h>

static const AttackFamily *const families[]
    = { &attacks_bytes, &attacks_headers, &attacks_dynamic, &attacks_sections, &attacks_code };

const AttackEntry *
attack_next (const AttackEntry *entry)
{
  gboolean found = entry == NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    for (gsize j = 0; j < families[i]->count; j++)
      {
        if (found)
          return &families[i]->entries[j];
        found = entry == &families[i]->entries[j];
      }
  return NULL;
}

const AttackEntry *
attack_find (const char *name)
{
  for (const AttackEntry *entry = attack_next (NULL); entry != NULL; entry = attack_next (entry))
    if (strcmp (entry->name, name) == 0)
      return entry;
  return NULL;
}

static void
clear_hit (gpointer data)
{
  g_free (((AttackHit *)data)->section);
}

/* A change of no meaning in front of the section header table, or at the end where there is none. */
static void
grow (Attack *attack)
{
  static const char filling[] = "sixteen bytes...";
  guint64 table = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shoff));
  guint64 at = table == 0 || table > attack->bytes->len ? attack->bytes->len : table;
  attack_insert (attack, at, filling, 16);
  for (guint i = 0; i < attack->hits->len; i++)
    {
      AttackHit *hit = &g_array_index (attack->hits, AttackHit, i);
      if (hit->offset >= at)
        hit->offset += 16;
    }
}

Attack *
attack_new (const AttackEntry *entry, const GByteArray *good, gboolean grown)
{
  Attack *attack = g_new0 (Attack, 1);
  attack->good = good;
  attack->bytes = g_byte_array_new ();
  g_byte_array_append (attack->bytes, good->data, good->len);
  attack->wide = good->data[EI_CLASS] == ELFCLASS64;
  attack->big_endian = good->data[EI_DATA] == ELFDATA2MSB;
  attack->hits = g_array_new (FALSE, TRUE, sizeof (AttackHit));
  g_array_set_clear_func (attack->hits, clear_hit);
  if (!entry->apply (attack) || (grown && attack->resized))
    {
      attack_free (attack);
      return NULL;
    }
  if (grown)
    grow (attack);
  return attack;
}

void
attack_free (Attack *attack)
{
  if (attack == NULL)
    return;
  g_byte_array_unref (attack->bytes);
  g_array_unref (attack->hits);
  g_free (attack);
}

guint64
attack_peek (const Attack *attack, guint64 record, AttackPlace place)
{
  guint64 value = 0;
  g_assert (record + place.offset + place.width <= attack->bytes->len);
  const guint8 *at = attack->bytes->data + record + place.offset;
  for (guint i = 0; i < place.width; i++)
    value = value << 8 | at[attack->big_endian ? i : place.width - 1 - i];
  return value;
}

void
attack_poke (Attack *attack, guint64 record, AttackPlace place, guint64 value)
{
  g_assert (record + place.offset + place.width <= attack->bytes->len);
  guint8 *at = attack->bytes->data + record + place.offset;
  for (guint i = 0; i < place.width; i++)
    at[attack->big_endian ? place.width - 1 - i : i] = (guint8)(value >> (8 * i));
}

void
attack_hit (Attack *attack, guint64 offset, guint64 length, const char *words, const char *section)
{
  AttackHit hit = { offset, length, words, g_strdup (section) };
  g_array_append_val (attack->hits, hit);
}

void
attack_hit_changed (Attack *attack, guint64 offset, guint64 length, const char *words, const char *section)
{
  for (guint64 i = offset; i < offset + length; i++)
    if (attack->bytes->data[i] != attack->good->data[i])
      attack_hit (attack, i, 1, words, section);
}

guint64
attack_segment (const Attack *attack, guint32 type, guint32 flags)
{
  guint64 table = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phoff));
  guint64 count = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phnum));
  for (guint64 i = 0; i < count; i++)
    {
      guint64 record = table + i * ATTACK_SIZE (attack, Phdr);
      if (attack_peek (attack, record, ATTACK_PLACE (attack, Phdr, p_type)) == type
          && (attack_peek (attack, record, ATTACK_PLACE (attack, Phdr, p_flags)) & flags) == flags)
        return record;
    }
  return 0;
}

/* Of a file with an honest section header table, or with none. */
static guint64
section_count (const Attack *attack)
{
  guint64 table = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shoff));
  guint64 count = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shnum));
  if (table == 0)
    return 0;
  return count != 0 ? count : attack_peek (attack, table, ATTACK_PLACE (attack, Shdr, sh_size));
}

guint64
attack_section (const Attack *attack, const char *name)
{
  guint64 table = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shoff));
  guint64 names = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shstrndx));
  if (section_count (attack) == 0 || names == SHN_UNDEF)
    return 0;
  if (names == SHN_XINDEX)
    names = attack_peek (attack, table, ATTACK_PLACE (attack, Shdr, sh_link));
  names = attack_peek (attack, table + names * ATTACK_SIZE (attack, Shdr), ATTACK_PLACE (attack, Shdr, sh_offset));
  for (guint64 i = 1; i < section_count (attack); i++)
    {
      guint64 record = table + i * ATTACK_SIZE (attack, Shdr);
      guint64 at = names + attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_name));
      if (strcmp ((const char *)attack->bytes->data + at, name) == 0)
        return record;
    }
  return 0;
}

guint64
attack_dynamic (const Attack *attack, guint64 tag, guint64 *out_value)
{
  guint64 segment = attack_segment (attack, PT_DYNAMIC, 0);
  if (segment == 0)
    return 0;
  guint64 start = attack_peek (attack, segment, ATTACK_PLACE (attack, Phdr, p_offset));
  guint64 size = attack_peek (attack, segment, ATTACK_PLACE (attack, Phdr, p_filesz));
  for (guint64 at = 0; at < size; at += ATTACK_SIZE (attack, Dyn))
    {
      if (attack_peek (attack, start + at, ATTACK_PLACE (attack, Dyn, d_tag)) != tag)
        continue;
      if (out_value != NULL)
        *out_value = attack_peek (attack, start + at, ATTACK_PLACE (attack, Dyn, d_un));
      return start + at;
    }
  return 0;
}

guint64
attack_offset_of (const Attack *attack, guint64 address)
{
  guint64 table = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phoff));
  guint64 count = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phnum));
  for (guint64 i = 0; i < count; i++)
    {
      guint64 record = table + i * ATTACK_SIZE (attack, Phdr);
      guint64 start = attack_peek (attack, record, ATTACK_PLACE (attack, Phdr, p_vaddr));
      if (attack_peek (attack, record, ATTACK_PLACE (attack, Phdr, p_type)) == PT_LOAD && address >= start
          && address - start < attack_peek (attack, record, ATTACK_PLACE (attack, Phdr, p_filesz)))
        return attack_peek (attack, record, ATTACK_PLACE (attack, Phdr, p_offset)) + address - start;
    }
  return 0;
}

static void
move_field (Attack *attack, guint64 record, AttackPlace place, guint64 from, guint64 by)
{
  guint64 value = attack_peek (attack, record, place);
  if (value >= from)
    attack_poke (attack, record, place, value + by);
}

void
attack_insert (Attack *attack, guint64 offset, const void *bytes, gsize length)
{
  guint old_length = attack->bytes->len;
  guint64 sections = section_count (attack);
  attack->resized = TRUE;
  g_byte_array_set_size (attack->bytes, old_length + (guint)length);
  memmove (attack->bytes->data + offset + length, attack->bytes->data + offset, old_length - offset);
  memcpy (attack->bytes->data + offset, bytes, length);
  move_field (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shoff), MAX (offset, 1), length);
  move_field (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phoff), MAX (offset, 1), length);
  guint64 table = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phoff));
  for (guint64 i = 0; i < attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phnum)); i++)
    move_field (attack, table + i * ATTACK_SIZE (attack, Phdr), ATTACK_PLACE (attack, Phdr, p_offset), MAX (offset, 1),
                length);
  table = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shoff));
  for (guint64 i = 1; i < sections && table + (i + 1) * ATTACK_SIZE (attack, Shdr) <= attack->bytes->len; i++)
    move_field (attack, table + i * ATTACK_SIZE (attack, Shdr), ATTACK_PLACE (attack, Shdr, sh_offset), MAX (offset, 1),
                length);
}

void
attack_flip (Attack *attack, guint64 offset, guint64 length)
{
  g_assert (offset + length <= attack->bytes->len);
  for (guint64 i = 0; i < length; i++)
    attack->bytes->data[offset + i] ^= 0x5a;
}

static void
claim (guint8 *claimed, gsize size, guint64 offset, guint64 length, guint8 mark)
{
  for (guint64 i = offset; i < size && i - offset < length; i++)
    claimed[i] |= mark;
}

gboolean
attack_gap (const Attack *attack, gboolean loaded, guint64 length, guint64 *out_offset)
{
  enum
  {
    CLAIMED = 1,
    LOADED = 2,
  };
  gsize size = attack->bytes->len;
  g_autofree guint8 *map = g_malloc0 (size);
  guint64 segments = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phoff));
  guint64 segment_count = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_phnum));
  guint64 sections = attack_peek (attack, 0, ATTACK_PLACE (attack, Ehdr, e_shoff));
  /* Without sections everything is a gap. */
  if (attack_section (attack, ".text") == 0)
    return FALSE;
  claim (map, size, 0, ATTACK_SIZE (attack, Ehdr), CLAIMED);
  claim (map, size, segments, segment_count * ATTACK_SIZE (attack, Phdr), CLAIMED);
  for (guint64 i = 0; i < segment_count; i++)
    {
      guint64 record = segments + i * ATTACK_SIZE (attack, Phdr);
      if (attack_peek (attack, record, ATTACK_PLACE (attack, Phdr, p_type)) == PT_LOAD)
        claim (map, size, attack_peek (attack, record, ATTACK_PLACE (attack, Phdr, p_offset)),
               attack_peek (attack, record, ATTACK_PLACE (attack, Phdr, p_filesz)), LOADED);
    }
  claim (map, size, sections, section_count (attack) * ATTACK_SIZE (attack, Shdr), CLAIMED);
  for (guint64 i = 1; i < section_count (attack); i++)
    {
      guint64 record = sections + i * ATTACK_SIZE (attack, Shdr);
      if (attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_type)) != SHT_NOBITS)
        claim (map, size, attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_offset)),
               attack_peek (attack, record, ATTACK_PLACE (attack, Shdr, sh_size)), CLAIMED);
    }
  guint64 run = 0;
  for (gsize i = 0; i < size; i++)
    {
      run = map[i] == (loaded ? LOADED : 0) ? run + 1 : 0;
      if (run < length)
        continue;
      *out_offset = i + 1 - length;
      return TRUE;
    }
  return FALSE;
}
