#ifndef ASSAY_INVENTORY_HINTS_H
#define ASSAY_INVENTORY_HINTS_H

#include "inventory/interpreter.h"
#include "inventory/tool_text.h"
#include "util/blob.h"

/**
 * AssayHintKind: what a hint is about.
 *
 * @ASSAY_HINT_MACHINE: of an ELF header; @detail: what Debian's compilers for it are called by, or NULL
 * @ASSAY_HINT_PROCESSOR: build attributes of ARM and RISC-V, property notes
 * @ASSAY_HINT_TOOL: the text of a compiler, assembler or linker; @detail: of an ELF file as of ASSAY_HINT_MACHINE
 * @ASSAY_HINT_OPTIONS: what a compiler was given; @detail: of which language, or NULL
 * @ASSAY_HINT_DIRECTORY: where it ran
 * @ASSAY_HINT_STAMP: a day and time of day among a program's data; @detail: NULL where the text says its zone
 * @ASSAY_HINT_CHANGELOG: the newest entry of a Debian changelog; @detail: the suite that it is for
 * @ASSAY_HINT_HEADER_TIME: what a container says of itself; @detail: its format
 * @ASSAY_HINT_ENTRY_TIME: the newest of a container's entries; @detail: how many have it
 * @ASSAY_HINT_BANNER: a whole text by which Linux, U-Boot, Trusted Firmware, BusyBox or a module introduces itself
 * @ASSAY_HINT_BUILDER: USER@HOST of Linux's banner
 * @ASSAY_HINT_NOTE: the ABI tag, the Go build id
 * @ASSAY_HINT_BUILD_ID: in hexadecimal
 * @ASSAY_HINT_PACKAGE: name of a Debian package; @detail: its version
 * @ASSAY_HINT_ARCHITECTURE: of a Debian package
 */
typedef enum
{
  ASSAY_HINT_MACHINE = 0,
  ASSAY_HINT_PROCESSOR,
  ASSAY_HINT_TOOL,
  ASSAY_HINT_OPTIONS,
  ASSAY_HINT_DIRECTORY,
  ASSAY_HINT_STAMP,
  ASSAY_HINT_CHANGELOG,
  ASSAY_HINT_HEADER_TIME,
  ASSAY_HINT_ENTRY_TIME,
  ASSAY_HINT_BANNER,
  ASSAY_HINT_BUILDER,
  ASSAY_HINT_NOTE,
  ASSAY_HINT_BUILD_ID,
  ASSAY_HINT_PACKAGE,
  ASSAY_HINT_ARCHITECTURE,
  ASSAY_HINT_KINDS,
} AssayHintKind;

/**
 * AssayHint: something that files of an image say of how they were made. A claim: it tells a reader where to begin, and
 * proves nothing.
 *
 * @text: @detail: escaped by assay_text_escape_line(); see AssayHintKind
 * @seconds: of a time, since 1970; else 0
 * @path: node path of the first file that says so
 * @where: in it: a section, an attribute of debug information, "data", "header"; escaped
 * @offset: (where @has_offset) in that file
 * @files: how many say so; @bytes: of all of them together
 */
typedef struct
{
  AssayHintKind kind;
  const char *text;
  const char *detail;
  gint64 seconds;
  const char *path;
  const char *where;
  gboolean has_offset;
  guint64 offset;
  guint files;
  guint64 bytes;
} AssayHint;

/** AssayHints: all of an image's. Only the room looks inside. */
typedef struct _AssayHints AssayHints;

AssayHints *assay_hints_new (void);
void assay_hints_free (AssayHints *hints);

/**
 * AssayHintFile: a file of an image, or a container in it.
 * @path: its node path; must stay, at its place in memory, as long as hints are read: a file is known by it
 * @blob: its bytes; NULL where only its time is told
 */
typedef struct
{
  const char *path;
  AssayBlob *blob;
  guint64 size;
} AssayHintFile;

/** AssayHintForm: what a file is known to be. */
typedef enum
{
  ASSAY_HINT_FORM_ANY = 0,
  ASSAY_HINT_FORM_ELF,
} AssayHintForm;

/**
 * assay_hints_read_file:
 * @interpreter: reads debug information, behind walls (T23)
 *
 * Reads what is no container. Of texts for people and of pictures only a Debian package's control file and changelog
 * are looked at: a page full of dates is no program. What is damaged, or beyond a limit, says nothing;
 * assay_hints_is_complete() tells.
 */
void assay_hints_read_file (AssayHints *hints, const AssayHintFile *file, AssayHintForm form,
                            AssayInterpreter *interpreter);

/** assay_hints_add_time: a time that a container says: ASSAY_HINT_HEADER_TIME or ASSAY_HINT_ENTRY_TIME; others than
 * those of dates.h are none. */
void assay_hints_add_time (AssayHints *hints, const AssayHintFile *file, AssayHintKind kind, gint64 seconds,
                           const char *detail, const char *where);

/** assay_hints_miss: something of the image could not be read. */
void assay_hints_miss (AssayHints *hints);

/** assay_hints_list: (transfer container) (element-type AssayHint): those of a kind, most bytes first, then most files,
 * then by text; borrowed. */
GPtrArray *assay_hints_list (const AssayHints *hints, AssayHintKind kind);

/** assay_hints_is_complete: FALSE where something could not be read to its end. */
gboolean assay_hints_is_complete (const AssayHints *hints);

/** assay_hints_is_cut: whether files said more than is worth keeping. */
gboolean assay_hints_is_cut (const AssayHints *hints);

/**
 * AssayHintTool: one tool, and all texts that speak of it.
 *
 * @tool: with the vendor, where any of the texts has one; its options are none
 * @hints: (element-type AssayHint): most bytes first; borrowed
 * @files: @bytes: of the texts, each file once for each text: an upper bound
 */
typedef struct
{
  AssayTool tool;
  GPtrArray *hints;
  guint files;
  guint64 bytes;
} AssayHintTool;

/** assay_hints_tools: (transfer full) (element-type AssayHintTool): every tool that is known by its text: compilers
 * first, most bytes first. */
GPtrArray *assay_hints_tools (const AssayHints *hints);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayHints, assay_hints_free)

#endif
