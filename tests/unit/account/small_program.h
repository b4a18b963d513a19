#ifndef ASSAY_TEST_SMALL_PROGRAM_H
#define ASSAY_TEST_SMALL_PROGRAM_H

#include "account/account.h"

/*
 * A program for an x86-64 that is small enough to be written by hand, in two versions that are held against each other:
 * `first`, which calls `third`; `second`; `third`; and a table of the addresses of the last two with a number behind.
 */

#define SMALL_TEXT 0x401000u
#define SMALL_DATA 0x402000u

/** SmallProgram: what a version has that the plain one has not. All 0 is the plain one. */
typedef struct
{
  guint8 number;           /* what `third` returns, in place of 0x77 */
  gboolean first_adds;     /* three bytes more in `first`: add eax, 2 */
  gboolean has_fourth;     /* one more function behind the others */
  gboolean without_second; /* that function is gone, and its place in the table is 0 */
  gboolean wrong_pointer;  /* the table leads into `third`, three bytes behind its beginning */
  gboolean writable_text;  /* the section's header says so */
  guint8 machine_flags;    /* e_flags */
  const char *second_name; /* in place of `second` */
  gboolean stripped;       /* no symbols */
} SmallProgram;

/** small_program_build: (transfer full): the ELF file. */
GByteArray *small_program_build (const SmallProgram *program);

/** SmallCase: an account of a shipped version that a plain one is expected of. */
typedef struct
{
  AssayLimits limits;
  AssayNode *shipped;
  GPtrArray *expectations;
  AssayPairing *pairing;
  AssayAccount *account;
} SmallCase;

/** small_case_open: @expected: NULL is the plain one. */
void small_case_open (SmallCase *out, const SmallProgram *shipped, const SmallProgram *expected);
/** small_case_open_by: the same, code being read by who may lie. */
void small_case_open_by (SmallCase *out, const SmallProgram *shipped, const SmallProgram *expected,
                         AssayWorkerMain interpret);
void small_case_close (SmallCase *small);

/** small_case_node: the account of the program. */
const AssayNodeAccount *small_case_node (const SmallCase *small);

/** small_case_section: where in the shipped file a section begins. */
guint64 small_case_section (const SmallCase *small, const char *name);

#endif
