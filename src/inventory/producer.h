#ifndef ASSAY_INVENTORY_PRODUCER_H
#define ASSAY_INVENTORY_PRODUCER_H

#include "inventory/elf.h"
#include "inventory/interpreter.h"

/**
 * AssayProducerPlace: where a file says by what it was made; in the order in which a reader should hear of it.
 *
 * @ASSAY_PRODUCER_COMMENT: .comment, which compilers and linkers add a line to
 * @ASSAY_PRODUCER_DEBUG: DW_AT_producer of the compilation units in its debug information: compiler and options
 * @ASSAY_PRODUCER_GO: the Go version in .go.buildinfo
 * @ASSAY_PRODUCER_NOTE: notes of linkers, of the Android NDK and of annobin
 * @ASSAY_PRODUCER_ATTRIBUTES: the processor that it was made for: .ARM.attributes, .riscv.attributes
 * @ASSAY_PRODUCER_TEXT: a text among its data that has the form of a compiler's or linker's version
 * @ASSAY_PRODUCER_GO_BUILD: the Go build id, which stands for tools, options and sources together: of another one
 *   nobody can say that the tools are others
 * @ASSAY_PRODUCER_OPTIONS: a command line, in .GCC.command.line: only where assay_producers_add_options() is called
 * @ASSAY_PRODUCER_DIRECTORY: DW_AT_comp_dir: only where assay_producers_add_directories() is called
 */
typedef enum
{
  ASSAY_PRODUCER_COMMENT = 0,
  ASSAY_PRODUCER_DEBUG,
  ASSAY_PRODUCER_GO,
  ASSAY_PRODUCER_NOTE,
  ASSAY_PRODUCER_ATTRIBUTES,
  ASSAY_PRODUCER_TEXT,
  ASSAY_PRODUCER_GO_BUILD,
  ASSAY_PRODUCER_OPTIONS,
  ASSAY_PRODUCER_DIRECTORY,
  ASSAY_PRODUCER_PLACES,
} AssayProducerPlace;

/**
 * AssayProducer: a claim of the file: it tells the reader where to look, and proves nothing.
 * @where: the section, as the file names it; "" for a text that no section holds
 * @text: escaped by assay_text_escape_line(); of a longer one the first 4 KiB
 * @offset: in the file, of ASSAY_PRODUCER_TEXT
 */
typedef struct
{
  AssayProducerPlace place;
  const char *where;
  const char *text;
  guint64 offset;
} AssayProducer;

/**
 * AssayProducers: what a file says, each once. Only the room looks inside.
 */
typedef struct _AssayProducers AssayProducers;

AssayProducers *assay_producers_new (void);
void assay_producers_free (AssayProducers *producers);

/** assay_producers_list: (transfer container) (element-type AssayProducer): sorted by place, section and text; borrowed
 * from @producers. */
GPtrArray *assay_producers_list (const AssayProducers *producers);

/** assay_producers_is_whole: whether everything of a place was noted: a file may say more than is worth keeping. */
gboolean assay_producers_is_whole (const AssayProducers *producers, AssayProducerPlace place);

/** assay_producers_add_elf: .comment, .go.buildinfo, notes and attributes. What cannot be read says nothing. */
void assay_producers_add_elf (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob);

/**
 * assay_producers_add_debug: DW_AT_producer of all units of a file: a program, a separate debug file, a .dwo or a .dwp
 * file. No other file is opened. What is damaged, or more than the limits, says nothing.
 * @interpreter: who reads it; what it has opened before (inventory/lines.h) finds nothing more
 *
 * Source: DWARF 5, 3.1.1; DWARF 4, 3.1.1.
 */
void assay_producers_add_debug (AssayProducers *producers, AssayInterpreter *interpreter, AssayBlob *blob);

/** assay_producers_add_directories: DW_AT_comp_dir of all units likewise: where the compiler ran, unless it was told to
 * write another directory down. */
void assay_producers_add_directories (AssayProducers *producers, AssayInterpreter *interpreter, AssayBlob *blob);

/**
 * assay_producers_add_options: .GCC.command.line: of GCC each option of any file once, of clang each command line.
 *
 * Source: GCC's -frecord-gcc-switches, clang's -frecord-command-line.
 */
void assay_producers_add_options (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob);

/** Bytes around a place that a version text which it is part of may take. */
#define ASSAY_PRODUCER_TEXT_BYTES 256u

/**
 * assay_producers_add_texts:
 * @elf: (nullable): what @blob is; then only texts that are loaded count
 * @offset: @length: where a text may begin
 *
 * Version texts as "GCC: (Debian 12.2.0-14) 12.2.0", "aarch64-linux-gnu-gcc (GCC) 9.1.0", "GNU ld (GNU Binutils) 2.40",
 * "clang version 14.0.6", "gcc version 8.3.0 (Buildroot)". Takes a time that is proportional to @length, and gives up
 * after some thousands of places that only look like one.
 */
void assay_producers_add_texts (AssayProducers *producers, const AssayElf *elf, AssayBlob *blob, guint64 offset,
                                guint64 length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayProducers, assay_producers_free)

#endif
