#include "account/names/naming.h"
#include "util/digits.h"

#include <elf.h>
#include <string.h>

/* Fields that one finding names; more are only said to be there. */
#define FIELDS_MAX 4

/* Bytes of one finding that are looked at: fields of records follow each other closely. */
#define LOOKED_AT 1024u

/** One field of both sides. @offset: where the shipped side has it; @numbers: both have a number there */
typedef struct
{
  const AssayElfField *field;
  guint64 offset;
  guint64 was;
  guint64 is;
  gboolean numbers;
} Change;

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
      if (meanings[i].kind == change->field->kind && g_strcmp0 (meanings[i].name, change->field->name) == 0)
        return meanings[i].say (change);
  for (gsize i = 0; i < G_N_ELEMENTS (effects); i++)
    if (effects[i].kind == change->field->kind)
      return effects[i].words;
  return NULL;
}

/* --- how records are called --- */

/* What stands in the first field of a record, as "LOAD" of a program header. */
static void
say_kind (const AssayElfFields *fields, const AssayElfField *field, AssayElfMeaning meaning, guint64 length,
          GString *text)
{
  g_string_append (text, " (");
  if (!assay_elf_fields_say (fields, meaning, field->record_offset, length, text))
    g_string_append (text, "cut");
  g_string_append_c (text, ')');
}

/* "relocation 7 of SHT_RELA"; (nullable) @table. */
static void
say_number (const char *before, guint64 index, const char *between, const char *table, GString *text)
{
  g_string_append (text, before);
  assay_digits_append_decimal (text, index);
  g_string_append (text, between);
  g_string_append (text, table);
}

static void
say_symbol (const AssayElfField *field, GString *text)
{
  if (field->table != NULL)
    g_string_append (text, field->table);
  say_number (field->table != NULL ? " symbol " : "symbol ", field->index, "", "", text);
}

static void
say_version (const AssayElfField *field, const char *table, GString *text)
{
  if (field->meaning == ASSAY_ELF_MEANING_NUMBER)
    say_number ("version of dynamic symbol ", field->index, "", "", text);
  else
    {
      g_string_append (text, "symbol versions, ");
      g_string_append (text, table);
    }
}

static void
say_label (const AssayElfFields *fields, const AssayElfField *field, guint64 word, GString *text)
{
  const char *table = field->table == NULL ? "" : field->table;
  switch (field->kind)
    {
    case ASSAY_ELF_RECORD_HEADER:
      g_string_append (text, "ELF header");
      return;
    case ASSAY_ELF_RECORD_PROGRAM_HEADER:
      say_number ("program header ", field->index, "", "", text);
      say_kind (fields, field, ASSAY_ELF_MEANING_SEGMENT_TYPE, 4, text);
      return;
    case ASSAY_ELF_RECORD_SECTION_HEADER:
      say_number ("section header ", field->index, "", "", text);
      return;
    case ASSAY_ELF_RECORD_DYNAMIC:
      say_number ("dynamic entry ", field->index, "", "", text);
      say_kind (fields, field, ASSAY_ELF_MEANING_DYNAMIC_TAG, word, text);
      return;
    case ASSAY_ELF_RECORD_DYNAMIC_TEXT:
      say_number ("text of dynamic entry ", field->index, " (", table, text);
      g_string_append_c (text, ')');
      return;
    case ASSAY_ELF_RECORD_INTERPRETER:
      g_string_append (text, "name of the program interpreter (PT_INTERP)");
      return;
    case ASSAY_ELF_RECORD_RELOCATION:
      say_number ("relocation ", field->index, " of ", table, text);
      return;
    case ASSAY_ELF_RECORD_FUNCTION:
      say_number ("function ", field->index, " of ", table, text);
      return;
    case ASSAY_ELF_RECORD_SYMBOL:
      say_symbol (field, text);
      return;
    case ASSAY_ELF_RECORD_VERSION:
      say_version (field, table, text);
      return;
    case ASSAY_ELF_RECORD_NOTE:
      g_string_append (text, "a note");
      return;
    case ASSAY_ELF_RECORD_NONE:
      break;
    }
  g_string_append (text, "a record");
}

/* --- one finding --- */

static void
separate (GString *text)
{
  if (text->len > 0)
    g_string_append (text, "; ");
}

/* Reads the field on both sides; where the range begins in it, it may begin before. */
static Change
read_change (const Speech *speech, const AssayElfField *field)
{
  const AssayNaming *naming = speech->naming;
  /* A sum that leaves 64 bits leaves the file as well, and is not read then. */
  Change change = { .field = field, .offset = field->offset - speech->expected_offset + speech->finding->offset };
  gboolean was = assay_elf_fields_number (naming->expected_fields, field->offset, field->length, &change.was);
  change.numbers = was && naming->shipped_fields != NULL
                   && assay_elf_fields_number (naming->shipped_fields, change.offset, field->length, &change.is);
  return change;
}

/* "p_flags is RWX, the rebuild has RX" */
static void
say_difference (const Speech *speech, const Change *change, GString *text)
{
  const AssayElfField *field = change->field;
  g_string_append (text, field->name == NULL ? "it" : field->name);
  gsize before = text->len;
  g_string_append (text, " is ");
  if (speech->naming->shipped_fields != NULL
      && assay_elf_fields_say (speech->naming->shipped_fields, field->meaning, change->offset, field->length, text))
    {
      g_string_append (text, ", the rebuild has ");
      if (assay_elf_fields_say (speech->naming->expected_fields, field->meaning, field->offset, field->length, text))
        return;
    }
  g_string_truncate (text, before);
  g_string_append (text, " is not the one of the rebuild");
}

static void
say_change (Speech *speech, const AssayElfField *field)
{
  const Change change = read_change (speech, field);
  const AssayElfFields *fields = speech->naming->expected_fields;
  guint64 word = speech->naming->expected_elf->bits / 8;
  const char *effect = effect_of (&change);
  separate (speech->message);
  if (field->record_offset != speech->last_record)
    {
      say_label (fields, field, word, speech->message);
      g_string_append (speech->message, ": ");
    }
  gsize difference = speech->message->len;
  say_difference (speech, &change, speech->message);
  speech->last_record = field->record_offset;
  if (effect == NULL)
    return;
  separate (speech->remark);
  say_label (fields, field, word, speech->remark);
  g_string_append_printf (speech->remark, ": %s (%s)", speech->message->str + difference, effect);
  g_string_append_printf (speech->message, " (%s)", effect);
}

static void
say_added (Speech *speech, const AssayElfField *field)
{
  static const AssayElfRecordKind telling[]
      = { ASSAY_ELF_RECORD_PROGRAM_HEADER, ASSAY_ELF_RECORD_DYNAMIC,  ASSAY_ELF_RECORD_INTERPRETER,
          ASSAY_ELF_RECORD_RELOCATION,     ASSAY_ELF_RECORD_FUNCTION, ASSAY_ELF_RECORD_NOTE };
  const AssayElfFields *fields = speech->naming->shipped_fields;
  guint64 word = speech->naming->shipped_elf->bits / 8;
  if (field->record_offset == speech->last_record)
    return;
  separate (speech->message);
  say_label (fields, field, word, speech->message);
  g_string_append (speech->message, ", where the rebuild has none");
  speech->last_record = field->record_offset;
  for (gsize i = 0; i < G_N_ELEMENTS (telling); i++)
    if (telling[i] == field->kind)
      {
        separate (speech->remark);
        say_label (fields, field, word, speech->remark);
        g_string_append (speech->remark, " is there, and the rebuild has none in its place");
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
is_told (AssayNaming *naming, guint64 expected_offset, const AssayFinding *finding)
{
  gboolean both = expected_offset != ASSAY_NO_COUNTERPART;
  const AssayElfFields *fields = both ? naming->expected_fields : naming->shipped_fields;
  const AssayPiece *piece = naming->shipped_elf == NULL
                                ? NULL
                                : assay_elf_piece_again (naming->shipped_elf, finding->offset, &naming->shipped_piece);
  guint64 at = both ? expected_offset : finding->offset;
  guint64 end = at + MIN (finding->length, LOOKED_AT);
  if (piece != NULL && (piece->kind == ASSAY_PIECE_GAP || piece->kind == ASSAY_PIECE_TAIL))
    return TRUE;
  if (fields == NULL || (both && at >= naming->untold && end <= naming->untold_end))
    return FALSE;
  for (guint64 free_end = 0; at < end; at = free_end)
    {
      if (!assay_elf_fields_free_until (fields, at, &free_end))
        return TRUE;
      if (both)
        {
          naming->untold = at;
          naming->untold_end = free_end;
        }
    }
  return FALSE;
}

const char *
assay_naming_describe (AssayNaming *naming, guint64 expected_offset, AssayFinding *finding)
{
  gboolean known = naming->shipped_elf != NULL || naming->shipped_fields != NULL || naming->expected_fields != NULL;
  if (finding->rule != naming->rule)
    naming->rule_differs = strcmp (finding->rule, "differs") == 0 || strcmp (finding->rule, "no-counterpart") == 0;
  naming->rule = finding->rule;
  if (!naming->rule_differs || !known || !is_told (naming, expected_offset, finding))
    return NULL;
  if (naming->message == NULL)
    naming->message = g_string_new (NULL);
  if (naming->remark == NULL)
    naming->remark = g_string_new (NULL);
  Speech speech = { .naming = naming,
                    .finding = finding,
                    .expected_offset = expected_offset,
                    .message = g_string_truncate (naming->message, 0),
                    .remark = g_string_truncate (naming->remark, 0),
                    .last_record = G_MAXUINT64 };
  say_fields (&speech);
  if (speech.message->len == 0)
    say_gap (&speech);
  if (speech.message->len == 0)
    return NULL;
  if (speech.remark->len > 0)
    assay_finding_tell (finding)->remark = g_strdup (speech.remark->str);
  return speech.message->str;
}
