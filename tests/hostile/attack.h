#ifndef ASSAY_TEST_ATTACK_H
#define ASSAY_TEST_ATTACK_H

#include <elf.h>
#include <glib.h>

/**
 * AttackHit: what the answer to an attack must show: an unexplained finding that holds [offset, offset + length) of the
 * changed file. @words: stand in its message; @section: is its section. Either may be NULL.
 */
typedef struct
{
  guint64 offset;
  guint64 length;
  const char *words;
  char *section;
} AttackHit;

/**
 * Attack:
 *
 * One ELF file under attack. What an attack needs to know of the file it reads here, and with nothing of assay.
 *
 * @resized: the size changed, so that offsets mean something else; else every byte that differs must be found as well
 */
typedef struct
{
  const GByteArray *good;
  GByteArray *bytes;
  gboolean wide;
  gboolean big_endian;
  GArray *hits; /* AttackHit */
  gboolean resized;
} Attack;

/**
 * AttackEntry:
 * @family: the script that tells its story
 * @apply: changes the file; FALSE where the case makes no sense for it, which is then unchanged
 */
typedef struct
{
  const char *name;
  const char *family;
  const char *story;
  gboolean (*apply) (Attack *attack);
} AttackEntry;

typedef struct
{
  const AttackEntry *entries;
  gsize count;
} AttackFamily;

extern const AttackFamily attacks_bytes, attacks_headers, attacks_dynamic, attacks_sections, attacks_code;

/** attack_find: the entry of that name, or NULL. */
const AttackEntry *attack_find (const char *name);

/** attack_next: the entry behind @entry in the table of all, the first one for NULL; NULL at the end. */
const AttackEntry *attack_next (const AttackEntry *entry);

/**
 * attack_new: the file of @good after an attack; NULL where it makes no sense.
 * @grown: another change makes the file longer as well, so that nothing corresponds by its offset any more
 */
Attack *attack_new (const AttackEntry *entry, const GByteArray *good, gboolean grown);
void attack_free (Attack *attack);

/* --- what attacks are made of --- */

/** AttackPlace: a field of a record, in the class of the file. */
typedef struct
{
  guint offset;
  guint width;
} AttackPlace;

#define ATTACK_PLACE(attack, record, member)                                                                           \
  ((attack)->wide                                                                                                      \
       ? (AttackPlace){ G_STRUCT_OFFSET (Elf64_##record, member), sizeof (((Elf64_##record *)NULL)->member) }          \
       : (AttackPlace){ G_STRUCT_OFFSET (Elf32_##record, member), sizeof (((Elf32_##record *)NULL)->member) })

#define ATTACK_SIZE(attack, record) ((attack)->wide ? sizeof (Elf64_##record) : sizeof (Elf32_##record))

/** attack_peek: / attack_poke: a field of the record at @record. */
guint64 attack_peek (const Attack *attack, guint64 record, AttackPlace place);
void attack_poke (Attack *attack, guint64 record, AttackPlace place, guint64 value);

/** attack_hit: what must be found. @section may be NULL. */
void attack_hit (Attack *attack, guint64 offset, guint64 length, const char *words, const char *section);

/** attack_hit_changed: the same of those bytes of the range that differ from the good file's, each of them. */
void attack_hit_changed (Attack *attack, guint64 offset, guint64 length, const char *words, const char *section);

/** attack_segment: offset of the header of the first segment of a type that has all of @flags; 0 when there is none. */
guint64 attack_segment (const Attack *attack, guint32 type, guint32 flags);

/** attack_section: offset of the header of the section of that name; 0 when there is none. */
guint64 attack_section (const Attack *attack, const char *name);

/** attack_dynamic: offset of the dynamic entry of that tag, and its value; 0 when there is none. */
guint64 attack_dynamic (const Attack *attack, guint64 tag, guint64 *out_value);

/** attack_offset_of: where the byte at an address lies in the file; 0 when nowhere. */
guint64 attack_offset_of (const Attack *attack, guint64 address);

/** attack_insert: bytes at @offset; what lies behind moves, and all headers go with it. */
void attack_insert (Attack *attack, guint64 offset, const void *bytes, gsize length);

/** attack_flip: changes each of these bytes. */
void attack_flip (Attack *attack, guint64 offset, guint64 length);

/** attack_gap: the first run of at least @length bytes that no header and no section claims, loaded or not. */
gboolean attack_gap (const Attack *attack, gboolean loaded, guint64 length, guint64 *out_offset);

#define ATTACK_FAMILY(family, table) const AttackFamily attacks_##family = { table, G_N_ELEMENTS (table) }

#endif
