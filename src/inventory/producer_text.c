#include "inventory/producer_private.h"

#include <elf.h>
#include <string.h>

/** Places that may look like the beginning of a text: a file made to look like nothing else costs no more. */
#define TRIES_MAX 65536u
/** Bytes in front of a tool's name that belong to it, as "aarch64-linux-gnu-". */
#define PREFIX_BYTES 48u

/** How tools write who they are. */
typedef enum
{
  FORM_VENDOR_FIRST = 0, /* name (vendor) version [date] */
  FORM_VERSION_FIRST,    /* name version [date] [(vendor)] */
} Form;

static const struct
{
  const char *name; /* up to where the form begins */
  Form form;
} tools[] = {
  { "GCC: ", FORM_VENDOR_FIRST },
  { "gcc: ", FORM_VENDOR_FIRST },
  { "gcc ", FORM_VENDOR_FIRST },
  { "g++ ", FORM_VENDOR_FIRST },
  { "binutils: ", FORM_VENDOR_FIRST },
  { "GNU ld ", FORM_VENDOR_FIRST },
  { "GNU gold ", FORM_VENDOR_FIRST },
  { "gcc version ", FORM_VERSION_FIRST },
  { "clang version ", FORM_VERSION_FIRST },
  { "rustc version ", FORM_VERSION_FIRST },
  { "LLD ", FORM_VERSION_FIRST },
};

/** What all texts of a form hold, sought first. @behind: the form begins behind it, and not with it. */
static const struct
{
  const char *text;
  Form form;
  gsize skipped; /* bytes of it that belong to the name */
  gsize rare;    /* its byte that is sought */
} anchors[] = {
  { " (", FORM_VENDOR_FIRST, 1, 1 },
  { " version ", FORM_VERSION_FIRST, 9, 1 },
  { "LLD ", FORM_VERSION_FIRST, 4, 3 },
};

/** A place in a window of bytes. */
typedef struct
{
  const char *at;
  const char *end;
} Cursor;

static gboolean
is_name_byte (char byte)
{
  return g_ascii_isalnum (byte) || (byte != '\0' && strchr ("._+-", byte) != NULL);
}

/* "(vendor)", with what stands in parentheses inside of it. */
static gboolean
take_vendor (Cursor *cursor)
{
  guint depth = 0;
  for (const char *at = cursor->at; at < cursor->end && g_ascii_isprint (*at); at++)
    {
      if (*at == '(')
        depth++;
      else if (*at == ')' && --depth == 0)
        {
          cursor->at = at + 1;
          return TRUE;
        }
      if (depth == 0)
        return FALSE;
    }
  return FALSE;
}

/* A version begins with a digit; the sentence's full stop or comma behind it is none of it. */
static gboolean
take_version (Cursor *cursor)
{
  const char *at = cursor->at;
  if (at >= cursor->end || !g_ascii_isdigit (*at))
    return FALSE;
  while (at < cursor->end && (is_name_byte (*at) || *at == '~'))
    at++;
  while (at > cursor->at && at[-1] == '.')
    at--;
  cursor->at = at;
  return TRUE;
}

static gboolean
take_space (Cursor *cursor)
{
  if (cursor->at >= cursor->end || *cursor->at != ' ')
    return FALSE;
  cursor->at++;
  return TRUE;
}

/* The day of a snapshot, as "20220819". */
static void
take_date (Cursor *cursor)
{
  Cursor behind = *cursor;
  if (!take_space (&behind) || behind.end - behind.at < 8)
    return;
  for (guint i = 0; i < 8; i++)
    if (!g_ascii_isdigit (behind.at[i]))
      return;
  cursor->at = behind.at + 8;
}

/* Reads what stands behind a tool's name; FALSE where it has not the form of a version. */
static gboolean
take_form (Cursor *cursor, Form form)
{
  if (form == FORM_VENDOR_FIRST)
    {
      if (!take_vendor (cursor) || !take_space (cursor) || !take_version (cursor))
        return FALSE;
      take_date (cursor);
      return TRUE;
    }
  if (!take_version (cursor))
    return FALSE;
  take_date (cursor);
  Cursor vendor = *cursor;
  if (take_space (&vendor) && take_vendor (&vendor))
    *cursor = vendor;
  return TRUE;
}

/* Where the name of a tool begins that ends at @form_at; NULL where there is none. */
static const char *
name_before (const char *start, const char *form_at, Form form)
{
  for (gsize i = 0; i < G_N_ELEMENTS (tools); i++)
    {
      gsize length = strlen (tools[i].name);
      if (tools[i].form != form || (gsize)(form_at - start) < length
          || memcmp (form_at - length, tools[i].name, length) != 0)
        continue;
      const char *name = form_at - length;
      for (guint j = 0; j < PREFIX_BYTES && name > start && is_name_byte (name[-1]); j++)
        name--;
      return name;
    }
  return NULL;
}

/** A part of a file that is searched: @begin and @end are where a text's anchor may stand. */
typedef struct
{
  AssayProducers *producers;
  const AssayElf *elf;
  guint64 offset; /* of @start in the file */
  const char *start;
  const char *stop;
  const char *begin;
  const char *end;
} Window;

/* Whether a place in the file is loaded; the section that holds it. What stands elsewhere has readers of its own. */
static gboolean
is_loaded (const AssayElf *elf, guint64 offset, const char **out_section)
{
  guint64 address = 0;
  *out_section = "";
  if (elf == NULL)
    return TRUE;
  const AssayPiece *piece = assay_elf_piece_at (elf, offset);
  if (piece != NULL && piece->kind == ASSAY_PIECE_SECTION)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, piece->section);
      *out_section = section->name;
      if ((section->flags & SHF_ALLOC) != 0)
        return TRUE;
    }
  return assay_elf_address_of_offset (elf, offset, &address);
}

static void
try_text (const Window *window, const char *form_at, Form form)
{
  AssayProducers *producers = window->producers;
  const char *name = name_before (window->start, form_at, form);
  const char *section = NULL;
  if (name == NULL)
    return;
  if (++producers->tries > TRIES_MAX)
    {
      producers->cut[ASSAY_PRODUCER_TEXT] = TRUE;
      return;
    }
  Cursor cursor = { form_at, MIN (window->stop, name + ASSAY_PRODUCER_TEXT_BYTES) };
  guint64 offset = window->offset + (guint64)(name - window->start);
  if (!take_form (&cursor, form) || !is_loaded (window->elf, offset, &section))
    return;
  guint before = producers->list->len;
  assay_producers_add (producers, ASSAY_PRODUCER_TEXT, section, name, (gsize)(cursor.at - name));
  if (producers->list->len > before)
    ((AssayProducer *)g_ptr_array_index (producers->list, before))->offset = offset;
}

/* The next place where an anchor stands, found by its one byte that code and data have least often; NULL: none. */
static const char *
find_anchor (const char *at, const char *end, const char *text, gsize length, gsize rare)
{
  while ((gsize)(end - at) >= length && (at = memchr (at + rare, text[rare], (gsize)(end - at) - length + 1)) != NULL)
    {
      at -= rare;
      if (memcmp (at, text, length) == 0)
        return at;
      at++;
    }
  return NULL;
}

static void
search_window (const Window *window)
{
  for (gsize i = 0; i < G_N_ELEMENTS (anchors); i++)
    {
      gsize length = strlen (anchors[i].text);
      const char *at = window->begin;
      /* an anchor may begin inside and end behind */
      const char *end = MIN (window->stop, window->end + length - 1);
      while (at < end && (at = find_anchor (at, end, anchors[i].text, length, anchors[i].rare)) != NULL)
        {
          try_text (window, at + anchors[i].skipped, anchors[i].form);
          at++;
        }
    }
}

void
assay_producers_add_texts (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob, guint64 offset,
                           guint64 length)
{
  guint64 size = assay_blob_get_size (blob);
  g_autofree char *bytes = g_try_malloc (ASSAY_BLOB_WINDOW_BYTES + 2 * ASSAY_PRODUCER_TEXT_BYTES);
  guint64 end = offset < size ? offset + MIN (length, size - offset) : offset;
  while (bytes != NULL && offset < end && producers->tries <= TRIES_MAX)
    {
      guint64 part = MIN (end - offset, ASSAY_BLOB_WINDOW_BYTES);
      guint64 start = offset - MIN (offset, ASSAY_PRODUCER_TEXT_BYTES);
      guint64 stop = offset + part + MIN (size - offset - part, ASSAY_PRODUCER_TEXT_BYTES);
      if (!assay_blob_read (blob, start, bytes, (gsize)(stop - start), NULL))
        break;
      const Window window = { .producers = producers,
                              .elf = elf,
                              .offset = start,
                              .start = bytes,
                              .stop = bytes + (stop - start),
                              .begin = bytes + (offset - start),
                              .end = bytes + (offset + part - start) };
      search_window (&window);
      offset += part;
    }
  if (offset < end)
    producers->cut[ASSAY_PRODUCER_TEXT] = TRUE;
}
