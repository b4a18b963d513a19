#include "account/work.h"

#include <elf.h>
#include <string.h>

/* Fields that one finding names; more are only said to be there. */
#define FIELDS_MAX 4

/* Bytes of one finding that are looked at: fields of records follow each other closely. */
#define LOOKED_AT 1024u

/** One field of both sides. A side where it does not stand has no text and no number. */
typedef struct
{
  AssayElfField field;
  char *shipped;
  char *expected;
  guint64 was;
  guint64 is;
  gboolean numbers;
} Change;

static void
change_clear (Change *change)
{
  g_clear_pointer (&change->shipped, g_free);
  g_clear_pointer (&change->expected, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Change, change_clear)

/** What is said of one finding while its fields are walked. */
typedef struct
{
  const AssayNaming *naming;
  const AssayFinding *finding;
  guint64 expected_offset;
  GString *message;
  GString *remark;
  guint64 last_record;
} Speech;

/* --- what a change does to the loaded program --- */

static const char *
say_type (const Change *change)
{
  if (change->is == PT_LOAD)
    return "it is now loaded into memory";
  if (change->was == PT_LOAD)
    return "it is not loaded into memory any more";
  return change->is == PT_INTERP ? "it now names the program that loads this one" : NULL;
}

static const char *
say_flags (const Change *change)
{
  guint64 added = change->is & ~change->was;
  gboolean both = (change->is & PF_W) != 0 && (change->is & PF_X) != 0;
  if (both && (change->was & PF_X) != 0)
    return "its code is now writable: the segment is writable and executable";
  if (both && (added & PF_X) != 0)
    return "its data is now executable: the segment is writable and executable";
  if ((added & PF_X) != 0)
    return "it is now executable";
  if ((added & PF_W) != 0)
    return "it is now writable";
  return (change->was & PF_X & ~change->is) != 0 ? "it is not executable any more" : NULL;
}

static const char *
say_entry (const Change *change)
{
  (void)change;
  return "the program starts at another place";
}

static const char *
say_file_size (const Change *change)
{
  return change->is > change->was ? "more of the file is loaded" : "less of the file is loaded";
}

static const char *
say_memory_size (const Change *change)
{
  return change->is > change->was ? "it takes more memory" : "it takes less memory";
}

static const char *
say_place (const Change *change)
{
  (void)change;
  return "other bytes are loaded there";
}

static const struct
{
  AssayElfRecordKind kind;
  const char *name; /* NULL: any */
  const char *(*say) (const Change *change);
} meanings[] = {
  { ASSAY_ELF_RECORD_HEADER, "e_entry", say_entry },
  { ASSAY_ELF_RECORD_PROGRAM_HEADER, "p_type", say_type },
  { ASSAY_ELF_RECORD_PROGRAM_HEADER, "p_flags", say_flags },
  { ASSAY_ELF_RECORD_PROGRAM_HEADER, "p_filesz", say_file_size },
  { ASSAY_ELF_RECORD_PROGRAM_HEADER, "p_memsz", say_memory_size },
  { ASSAY_ELF_RECORD_PROGRAM_HEADER, "p_offset", say_place },
};

/* Kinds of records that change what the loader does, whatever changes in them. */
static const struct
{
  AssayElfRecordKind kind;
  const char *words;
} effects[] = {
  { ASSAY_ELF_RECORD_DYNAMIC, "the loader is told something else" },
  { ASSAY_ELF_RECORD_DYNAMIC_TEXT, "the loader is told another name" },
  { ASSAY_ELF_RECORD_INTERPRETER, "another program loads this one" },
  { ASSAY_ELF_RECORD_FUNCTION, "another function is called when the program starts or ends" },
};

static const char *
effect_of (const Change *change)
{
  if (change->numbers)
    for (gsize i = 0; i < G_N_ELEMENTS (meanings); i++)
      if (meanings[i].kind == change->field.kind && g_strcmp0 (meanings[i].name, change->field.name) == 0)
        return meanings[i].say (change);
  for (gsize i = 0; i < G_N_ELEMENTS (effects); i++)
    if (effects[i].kind == change->field.kind)
      return effects[i].words;
  return NULL;
}

/* --- how records are called --- */

/* What stands in the first field of a record, as "LOAD" of a program header. */
static char *
kind_of_record (const AssayElfFields *fields, const AssayElfField *field, AssayElfMeaning meaning, guint64 length)
{
  return assay_elf_fields_text (fields, meaning, field->record_offset, length);
}

static char *
label_of (const AssayElfFields *fields, const AssayElfField *field, guint64 word)
{
  const char *table = field->table == NULL ? "" : field->table;
  g_autofree char *kind = NULL;
  switch (field->kind)
    {
    case ASSAY_ELF_RECORD_HEADER:
      return g_strdup ("ELF header");
    case ASSAY_ELF_RECORD_PROGRAM_HEADER:
      kind = kind_of_record (fields, field, ASSAY_ELF_MEANING_SEGMENT_TYPE, 4);
      return g_strdup_printf ("program header %" G_GUINT64_FORMAT " (%s)", field->index, kind == NULL ? "cut" : kind);
    case ASSAY_ELF_RECORD_SECTION_HEADER:
      return g_strdup_printf ("section header %" G_GUINT64_FORMAT, field->index);
    case ASSAY_ELF_RECORD_DYNAMIC:
      kind = kind_of_record (fields, field, ASSAY_ELF_MEANING_DYNAMIC_TAG, word);
      return g_strdup_printf ("dynamic entry %" G_GUINT64_FORMAT " (%s)", field->index, kind == NULL ? "cut" : kind);
    case ASSAY_ELF_RECORD_DYNAMIC_TEXT:
      return g_strdup_printf ("text of dynamic entry %" G_GUINT64_FORMAT " (%s)", field->index, table);
    case ASSAY_ELF_RECORD_INTERPRETER:
      return g_strdup ("name of the program interpreter (PT_INTERP)");
    case ASSAY_ELF_RECORD_RELOCATION:
      return g_strdup_printf ("relocation %" G_GUINT64_FORMAT " of %s", field->index, table);
    case ASSAY_ELF_RECORD_FUNCTION:
      return g_strdup_printf ("function %" G_GUINT64_FORMAT " of %s", field->index, table);
    case ASSAY_ELF_RECORD_SYMBOL:
      return g_strdup_printf ("%s%ssymbol %" G_GUINT64_FORMAT, table, *table == '\0' ? "" : " ", field->index);
    case ASSAY_ELF_RECORD_VERSION:
      return field->meaning == ASSAY_ELF_MEANING_NUMBER
                 ? g_strdup_printf ("version of dynamic symbol %" G_GUINT64_FORMAT, field->index)
                 : g_strdup_printf ("symbol versions, %s", table);
    case ASSAY_ELF_RECORD_NOTE:
      return g_strdup ("a note");
    case ASSAY_ELF_RECORD_NONE:
      break;
    }
  return g_strdup ("a record");
}

/* --- one finding --- */

static void
separate (GString *text)
{
  if (text->len > 0)
    g_string_append (text, "; ");
}

/* Reads the field on both sides; where the range begins in it, it may begin before. */
static void
read_change (const Speech *speech, Change *change)
{
  const AssayNaming *naming = speech->naming;
  const AssayElfField *field = &change->field;
  gboolean is = FALSE;
  gboolean was = assay_elf_fields_number (naming->expected_fields, field->offset, field->length, &change->was);
  change->expected = assay_elf_fields_text (naming->expected_fields, field->meaning, field->offset, field->length);
  if (naming->shipped_fields != NULL)
    {
      /* A sum that leaves 64 bits leaves the file as well, and is not read then. */
      guint64 offset = field->offset - speech->expected_offset + speech->finding->offset;
      is = assay_elf_fields_number (naming->shipped_fields, offset, field->length, &change->is);
      change->shipped = assay_elf_fields_text (naming->shipped_fields, field->meaning, offset, field->length);
    }
  change->numbers = was && is;
}

/* "p_flags is RWX, the rebuild has RX" */
static char *
difference_of (const Change *change)
{
  const char *name = change->field.name == NULL ? "it" : change->field.name;
  if (change->shipped == NULL || change->expected == NULL)
    return g_strdup_printf ("%s is not the one of the rebuild", name);
  return g_strdup_printf ("%s is %s, the rebuild has %s", name, change->shipped, change->expected);
}

static void
say_change (Speech *speech, const AssayElfField *field)
{
  g_auto (Change) change = { .field = *field };
  read_change (speech, &change);
  g_autofree char *label = label_of (speech->naming->expected_fields, field, speech->naming->expected_elf->bits / 8);
  g_autofree char *difference = difference_of (&change);
  const char *effect = effect_of (&change);
  separate (speech->message);
  if (field->record_offset != speech->last_record)
    g_string_append_printf (speech->message, "%s: ", label);
  g_string_append (speech->message, difference);
  speech->last_record = field->record_offset;
  if (effect == NULL)
    return;
  g_string_append_printf (speech->message, " (%s)", effect);
  separate (speech->remark);
  g_string_append_printf (speech->remark, "%s: %s (%s)", label, difference, effect);
}

static void
say_added (Speech *speech, const AssayElfField *field)
{
  static const AssayElfRecordKind telling[]
      = { ASSAY_ELF_RECORD_PROGRAM_HEADER, ASSAY_ELF_RECORD_DYNAMIC,  ASSAY_ELF_RECORD_INTERPRETER,
          ASSAY_ELF_RECORD_RELOCATION,     ASSAY_ELF_RECORD_FUNCTION, ASSAY_ELF_RECORD_NOTE };
  if (field->record_offset == speech->last_record)
    return;
  g_autofree char *label = label_of (speech->naming->shipped_fields, field, speech->naming->shipped_elf->bits / 8);
  separate (speech->message);
  g_string_append_printf (speech->message, "%s, where the rebuild has none", label);
  speech->last_record = field->record_offset;
  for (gsize i = 0; i < G_N_ELEMENTS (telling); i++)
    if (telling[i] == field->kind)
      {
        separate (speech->remark);
        g_string_append_printf (speech->remark, "%s is there, and the rebuild has none in its place", label);
      }
}

static void
say_fields (Speech *speech)
{
  gboolean both = speech->expected_offset != ASSAY_NO_COUNTERPART;
  const AssayElfFields *fields = both ? speech->naming->expected_fields : speech->naming->shipped_fields;
  guint64 base = both ? speech->expected_offset : speech->finding->offset;
  guint64 length = MIN (speech->finding->length, LOOKED_AT);
  guint said = 0;
  for (guint64 done = 0; fields != NULL && done < length;)
    {
      AssayElfField field;
      if (!assay_elf_fields_find (fields, base + done, &field))
        {
          done++;
          continue;
        }
      if (said++ == FIELDS_MAX)
        {
          g_string_append (speech->message, "; and more fields");
          return;
        }
      if (both)
        say_change (speech, &field);
      else
        say_added (speech, &field);
      done = MAX (done + 1, field.offset + field.length - base);
    }
}

/* Bytes that no header and no section claims are called by that, and by what happens to them all the same. */
static void
say_gap (Speech *speech)
{
  const AssayElf *elf = speech->naming->shipped_elf;
  const AssayPiece *piece = elf == NULL ? NULL : assay_elf_piece_at (elf, speech->finding->offset);
  guint64 address = 0;
  if (piece == NULL || (piece->kind != ASSAY_PIECE_GAP && piece->kind != ASSAY_PIECE_TAIL))
    return;
  if (piece->kind == ASSAY_PIECE_TAIL)
    {
      g_string_append (speech->message, "bytes behind the last header, section and segment of the file");
      return;
    }
  gboolean loaded = assay_elf_address_of_offset (elf, speech->finding->offset, &address);
  gboolean executable = loaded && assay_elf_offset_is_executable (elf, speech->finding->offset);
  const char *what = executable ? "that is loaded and executable" : loaded ? "that is loaded" : "that is not loaded";
  g_string_append_printf (speech->message, "bytes in a gap, which no header and no section claims, %s", what);
  if (loaded)
    g_string_append_printf (speech->remark, "bytes in a gap between the sections differ, %s", what);
}

/* Most bytes are of no record and in no gap: of these nothing is said here. */
static gboolean
is_told (const AssayNaming *naming, guint64 expected_offset, const AssayFinding *finding)
{
  gboolean both = expected_offset != ASSAY_NO_COUNTERPART;
  const AssayElfFields *fields = both ? naming->expected_fields : naming->shipped_fields;
  const AssayPiece *piece
      = naming->shipped_elf == NULL ? NULL : assay_elf_piece_at (naming->shipped_elf, finding->offset);
  guint64 length = MIN (finding->length, LOOKED_AT);
  if (piece != NULL && (piece->kind == ASSAY_PIECE_GAP || piece->kind == ASSAY_PIECE_TAIL))
    return TRUE;
  for (guint64 done = 0; fields != NULL && done < length; done++)
    {
      AssayElfField field;
      if (assay_elf_fields_find (fields, (both ? expected_offset : finding->offset) + done, &field))
        return TRUE;
    }
  return FALSE;
}

void
assay_naming_describe (const AssayNaming *naming, guint64 expected_offset, AssayFinding *finding)
{
  gboolean differs = strcmp (finding->rule, "differs") == 0 || strcmp (finding->rule, "no-counterpart") == 0;
  gboolean known = naming->shipped_elf != NULL || naming->shipped_fields != NULL || naming->expected_fields != NULL;
  if (!differs || !known || !is_told (naming, expected_offset, finding))
    return;
  g_autoptr (GString) message = g_string_new (NULL);
  g_autoptr (GString) remark = g_string_new (NULL);
  Speech speech = { .naming = naming,
                    .finding = finding,
                    .expected_offset = expected_offset,
                    .message = message,
                    .remark = remark,
                    .last_record = G_MAXUINT64 };
  say_fields (&speech);
  if (message->len == 0)
    say_gap (&speech);
  if (message->len == 0)
    return;
  AssayFindingWords *words = assay_finding_tell (finding);
  g_free (words->own_message);
  finding->message = words->own_message = g_strdup (message->str);
  words->remark = remark->len > 0 ? g_strdup (remark->str) : NULL;
}
