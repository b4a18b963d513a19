#include "inventory/dates.h"
#include "inventory/hints_private.h"
#include "inventory/producer.h"
#include "util/text.h"

#include <string.h>

/** Bytes of a banner: that of Linux names two tools with their vendors. */
#define BANNER_BYTES 512u
/** Bytes before an anchor that may belong to what it is part of. */
#define BEFORE_BYTES 64u

/** A part of a file in memory: what begins from @begin to before @end is looked for, all from @start to @stop is there.
 */
typedef struct
{
  const AssayHintReading *reading;
  guint64 offset; /* of @start in the file */
  const char *start;
  const char *stop;
  const char *begin;
  const char *end;
} Window;

/* The section that a place in the file lies in, or what else to call it. */
static const char *
section_at (const AssayHintReading *reading, guint64 offset)
{
  const AssayPiece *piece = reading->elf != NULL ? assay_elf_piece_at (reading->elf, offset) : NULL;
  if (piece == NULL || piece->kind != ASSAY_PIECE_SECTION)
    return "data";
  return g_array_index (reading->elf->sections, AssaySection, piece->section).name;
}

static void
add (const Window *window, AssayHintKind kind, const char *at, const char *text)
{
  guint64 offset = window->offset + (guint64)(at - window->start);
  const char *where = section_at (window->reading, offset);
  if (kind == ASSAY_HINT_TOOL)
    assay_hints_add_tool (window->reading, text, where, offset);
  else
    assay_hints_add (window->reading, kind, text, NULL, 0, where, offset);
}

/* What can be read from @at on, on one line, without white space behind it; any byte above 0x7f counts, and is escaped.
 */
static char *
take_line (const Window *window, const char *at)
{
  gsize most = (gsize)MIN (window->stop - at, (gssize)BANNER_BYTES);
  gsize length = 0;
  while (length < most && (guint8)at[length] >= 0x20 && (guint8)at[length] != 0x7f && (guint8)at[length] != 0xff)
    length++;
  while (length > 0 && at[length - 1] == ' ')
    length--;
  return g_strndup (at, length);
}

static void
add_line (const Window *window, const char *at, const char *line)
{
  g_autofree char *shown = assay_text_escape_line (line, -1);
  add (window, ASSAY_HINT_BANNER, at, shown);
}

/* --- Linux: init/version.c: "Linux version RELEASE (USER@HOST) (COMPILER, LINKER) #NUMBER … TIME" --- */

/* The text in the parentheses that begin at @at, which may hold others; moves behind them. */
static char *
take_parentheses (const char **at)
{
  guint depth = 0;
  const char *start = *at;
  for (const char *c = start; *c != '\0'; c++)
    {
      depth += *c == '(';
      depth -= *c == ')';
      if (depth > 0)
        continue;
      *at = c + 1;
      return *c == ')' ? g_strndup (start + 1, (gsize)(c - start) - 1) : NULL;
    }
  return NULL;
}

/* "gcc (…) 12.2.0, GNU ld (…) 2.40": a comma inside of parentheses is another's. */
static void
add_tools (const Window *window, const char *at, const char *tools)
{
  guint depth = 0;
  const char *start = tools;
  for (const char *c = tools;; c++)
    {
      depth += *c == '(';
      depth -= *c == ')' && depth > 0;
      if (*c != '\0' && (*c != ',' || depth > 0))
        continue;
      g_autofree char *raw = g_strndup (start, (gsize)(c - start));
      g_autofree char *shown = assay_text_escape_line (g_strstrip (raw), -1);
      g_auto (AssayTool) tool = { NULL };
      if (assay_tool_read (shown, &tool))
        add (window, ASSAY_HINT_TOOL, at, shown);
      if (*c == '\0')
        return;
      start = c + 1;
    }
}

static void
read_linux (const Window *window, const char *at)
{
  g_autofree char *line = take_line (window, at);
  const char *rest = line + strlen ("Linux version ");
  /* the format of such a text is none */
  if (!g_ascii_isdigit (*rest))
    return;
  add_line (window, at, line);
  rest = strstr (rest, " (");
  if (rest == NULL)
    return;
  rest++;
  g_autofree char *builder = take_parentheses (&rest);
  if (builder == NULL || strchr (builder, '@') == NULL)
    return;
  g_autofree char *shown = assay_text_escape_line (builder, -1);
  add (window, ASSAY_HINT_BUILDER, at, shown);
  if (rest[0] != ' ' || rest[1] != '(')
    return;
  rest++;
  g_autofree char *tools = take_parentheses (&rest);
  if (tools != NULL)
    add_tools (window, at, tools);
}

/* --- others --- */

/* "U-Boot 2023.01+dfsg-2 (Jan 15 2023 - 21:46:42 +0000)", "U-Boot SPL 2023.01 (…)" */
static void
read_uboot (const Window *window, const char *at)
{
  g_autofree char *line = take_line (window, at);
  const char *rest = line + strlen ("U-Boot ");
  if (g_str_has_prefix (rest, "SPL ") || g_str_has_prefix (rest, "TPL ") || g_str_has_prefix (rest, "VPL "))
    rest += 4;
  if (strlen (rest) > 7 && g_ascii_isdigit (rest[0]) && g_ascii_isdigit (rest[3]) && rest[4] == '.')
    add_line (window, at, line);
}

/* "v2.8(release):2.8.0+dfsg-1", as Trusted Firmware-A has it: the anchor stands in the middle. */
static void
read_trusted (const Window *window, const char *at)
{
  const char *version = at;
  for (guint i = 0; i < BEFORE_BYTES && version > window->start; i++)
    {
      if (!g_ascii_isalnum (version[-1]) && strchr (".-_+", version[-1]) == NULL)
        break;
      version--;
    }
  while (version < at
         && !(version[0] == 'v' && g_ascii_isdigit (version[1]) && (version[2] == '.' || version[3] == '.')))
    version++;
  if (version == at)
    return;
  g_autofree char *line = take_line (window, version);
  add_line (window, version, line);
}

/* A line whose version begins with a digit right behind the anchor. */
static void
read_version (const Window *window, const char *at)
{
  g_autofree char *line = take_line (window, at);
  if (strpbrk (line, "0123456789") != NULL && strchr (line, '%') == NULL)
    add_line (window, at, line);
}

static const struct
{
  const char *anchor;
  void (*read) (const Window *window, const char *at);
} banners[] = {
  { "Linux version ", read_linux },     { "U-Boot ", read_uboot },     { "(release):", read_trusted },
  { "(debug):", read_trusted },         { "vermagic=", read_version }, { "BusyBox v", read_version },
  { "Zephyr OS build ", read_version },
};

static void
search_banners (const Window *window)
{
  for (gsize i = 0; i < G_N_ELEMENTS (banners); i++)
    {
      gsize length = strlen (banners[i].anchor);
      const char *end = MIN (window->stop, window->end + length - 1);
      const char *at = window->begin;
      while (at < end && (at = memmem (at, (gsize)(end - at), banners[i].anchor, length)) != NULL)
        {
          banners[i].read (window, at);
          at += length;
        }
    }
}

static void
search_stamps (const Window *window)
{
  g_autoptr (GArray) stamps = g_array_new (FALSE, FALSE, sizeof (AssayStamp));
  assay_dates_find_stamps (window->start, (gsize)(window->stop - window->start), stamps);
  for (guint i = 0; i < stamps->len; i++)
    {
      const AssayStamp *stamp = &g_array_index (stamps, AssayStamp, i);
      const char *at = window->start + stamp->start;
      if (at < window->begin || at >= window->end)
        continue;
      g_autofree char *raw = g_memdup2 (at, stamp->end - stamp->start + 1);
      for (gsize j = 0; j < stamp->end - stamp->start; j++)
        if (raw[j] == '\0')
          raw[j] = ' ';
      g_autofree char *shown = assay_text_escape_line (raw, (gssize)(stamp->end - stamp->start));
      guint64 offset = window->offset + (guint64)(at - window->start);
      assay_hints_add (window->reading, ASSAY_HINT_STAMP, shown, stamp->has_zone ? NULL : "no zone", stamp->seconds,
                       section_at (window->reading, offset), offset);
    }
}

static void
add_tool_texts (const AssayHintReading *reading)
{
  g_autoptr (AssayProducers) producers = assay_producers_new ();
  assay_producers_add_texts (producers, reading->elf, reading->file->blob, 0, reading->file->size);
  g_autoptr (GPtrArray) list = assay_producers_list (producers);
  for (guint i = 0; i < list->len; i++)
    {
      const AssayProducer *producer = g_ptr_array_index (list, i);
      assay_hints_add_tool (reading, producer->text, producer->where[0] != '\0' ? producer->where : "data",
                            producer->offset);
    }
  if (!assay_producers_is_whole (producers, ASSAY_PRODUCER_TEXT))
    assay_hints_cut (reading->hints);
}

void
assay_hints_read_texts (const AssayHintReading *reading)
{
  AssayBlob *blob = reading->file->blob;
  guint64 size = reading->file->size;
  const gsize around = BANNER_BYTES + BEFORE_BYTES;
  g_autofree char *bytes = g_try_malloc (ASSAY_BLOB_WINDOW_BYTES + 2 * around + 1);
  guint64 offset = 0;
  add_tool_texts (reading);
  while (bytes != NULL && offset < size)
    {
      guint64 part = MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES);
      guint64 start = offset - MIN (offset, around);
      guint64 stop = offset + part + MIN (size - offset - part, around);
      if (!assay_blob_read (blob, start, bytes, (gsize)(stop - start), NULL))
        break;
      bytes[stop - start] = '\0';
      const Window window = { .reading = reading,
                              .offset = start,
                              .start = bytes,
                              .stop = bytes + (stop - start),
                              .begin = bytes + (offset - start),
                              .end = bytes + (offset + part - start) };
      search_banners (&window);
      search_stamps (&window);
      offset += part;
    }
  if (offset < size)
    assay_hints_miss (reading->hints);
}
