#ifndef ASSAY_INVENTORY_INTERPRETER_TALK_H
#define ASSAY_INVENTORY_INTERPRETER_TALK_H

#include <glib.h>

/**
 * AssayInterpreterTalk: what the process that asks and the one that reads debug information and code say to each other
 * (AssayMessage's kind).
 *
 * The one that asks:
 * @ASSAY_INTERPRETER_LIMITS: the limits; data: AssayLimits. Once, first of all; no answer
 * @ASSAY_INTERPRETER_FILE: a file that the next question may read; first: size; no answer
 * @ASSAY_INTERPRETER_OPEN: open the first of the files, with the others as split ones; the answer is empty
 * @ASSAY_INTERPRETER_FIND: what is known of places in it? First: address; second: section; data: AssayInterpreterFind.
 *   The answer, by assay_put_number(), assay_put_bytes(): for the range that begins with the address, and for those
 *   behind it, as many as are worth telling: where the range ends; 1 if something is known, and then line, file,
 *   function, number of calls and these, not escaped
 * @ASSAY_INTERPRETER_PRODUCERS: what does the first of the files say of compilers, or of where they ran? First:
 *   AssayDebugText. Closes what was open. The answer: whether that is all of it, then texts of assay_put_bytes(); not
 *   escaped
 * @ASSAY_INTERPRETER_SOURCES: which source files does the first of the files list? First: bytes of all paths at most.
 *   Closes what was open. The answer: whether that is all of it, then paths of assay_put_bytes(); not escaped
 * @ASSAY_INTERPRETER_WALK: of which files are the lines in what is open? First: address; second: section; data:
 *   AssayInterpreterWalk. The answer: runs behind each other, as many as there is room for: where the run ends; 0, or
 *   the number of a unit; the same of a file of it. Numbers count from 1; the first time that one stands there its text
 *   follows, not escaped
 * @ASSAY_INTERPRETER_CODE: disassemble; data: any number of AssayInterpreterCode, each with its bytes behind it. The
 *   answer: for each instruction its size, the length of its text, one byte each, and the text
 * @ASSAY_INTERPRETER_BYTES: what was asked for
 *
 * The one that reads:
 * @ASSAY_INTERPRETER_READ: bytes of a file, please; first: offset; second: length; data: the file's number, 64 bits
 * @ASSAY_INTERPRETER_PART: a part of the answer; there is more
 * @ASSAY_INTERPRETER_DONE: the last part of the answer
 * @ASSAY_INTERPRETER_FAIL: there is no answer; first: AssayErrorCode; data: why
 */
typedef enum
{
  ASSAY_INTERPRETER_LIMITS = 1,
  ASSAY_INTERPRETER_FILE,
  ASSAY_INTERPRETER_OPEN,
  ASSAY_INTERPRETER_FIND,
  ASSAY_INTERPRETER_PRODUCERS,
  ASSAY_INTERPRETER_SOURCES,
  ASSAY_INTERPRETER_WALK,
  ASSAY_INTERPRETER_CODE,
  ASSAY_INTERPRETER_BYTES,
  ASSAY_INTERPRETER_READ,
  ASSAY_INTERPRETER_PART,
  ASSAY_INTERPRETER_DONE,
  ASSAY_INTERPRETER_FAIL,
} AssayInterpreterTalk;

/** AssayInterpreterFind: how many ranges are asked for at most; at least one is told. */
typedef struct
{
  guint64 ranges;
} AssayInterpreterFind;

/** AssayInterpreterWalk: up to which address. */
typedef struct
{
  guint64 end;
} AssayInterpreterWalk;

/**
 * AssayInterpreterCode: of one process for another that is its copy: what of an ELF header says which code it is, where
 * it lies, how many bytes follow, AssayCodeMode, and how many lines at most (0: no limit).
 */
typedef struct
{
  guint64 address;
  guint64 length;
  guint32 machine;
  guint32 bits;
  guint32 big_endian;
  guint32 flags;
  guint32 mode;
  guint32 max;
} AssayInterpreterCode;

#endif
