#ifndef ASSAY_CLI_CLI_H
#define ASSAY_CLI_CLI_H

#include "cli/attest.h"
#include "flow/flow.h"
#include "report/document.h"
#include "util/outputs.h"

#include <glib.h>

/** Exit codes (contract.md): what users script against. */
typedef enum
{
  ASSAY_EXIT_PASS = 0,
  ASSAY_EXIT_FAIL = 1,
  ASSAY_EXIT_UNDECIDED = 2,
  ASSAY_EXIT_USAGE = 64,
  ASSAY_EXIT_INTERNAL = 70,
} AssayExit;

/**
 * AssayCommand:
 * @name: the verb
 * @summary: one line for `assay --help`
 * @run: gets the arguments from the verb on; returns an exit code
 * @reads_images: it may need processes that read untrusted bytes (cage/nursery.h)
 */
typedef struct
{
  const char *name;
  const char *summary;
  int (*run) (int argc, char **argv);
  gboolean reads_images;
} AssayCommand;

/* One cmd_<verb>.c each. */
int assay_cmd_attest (int argc, char **argv);
int assay_cmd_compare (int argc, char **argv);
int assay_cmd_coverage (int argc, char **argv);
int assay_cmd_gate (int argc, char **argv);
int assay_cmd_init (int argc, char **argv);
int assay_cmd_inspect (int argc, char **argv);
int assay_cmd_pin (int argc, char **argv);
int assay_cmd_policy (int argc, char **argv);
int assay_cmd_rebuild (int argc, char **argv);
int assay_cmd_render (int argc, char **argv);
int assay_cmd_timestamp (int argc, char **argv);
int assay_cmd_toolchain (int argc, char **argv);
int assay_cmd_verify (int argc, char **argv);
int assay_cmd_verify_attestation (int argc, char **argv);

/**
 * AssayCommon: the options that every judging command takes.
 *
 * @documents: where each of assay_documents() is written, or NULL
 * @written: those of them that are written, and a statement beside them, NULL-terminated; borrowed
 * @attest: of those that judge: how the verdict is signed, if it is
 */
typedef struct
{
  char **scope;
  char **limits;
  char *policy;
  char *time;
  char *report;
  char *documents[ASSAY_DOCUMENT_COUNT];
  const char *written[ASSAY_DOCUMENT_COUNT + 2];
  char *format;
  char *digests;
  char *color;
  char *work_dir;
  char *cache_dir;
  char *cache_key;
  char *cache_size;
  gboolean no_cache;
  char **rebuilt;
  int jobs;
  int components;
  gboolean quiet;
  gboolean verbose;
  gboolean explain;
  gboolean no_progress;
  gboolean twice;
  gboolean record;
  gboolean rebuild_at_shipped_time;
  AssayAttestLine attest;
  AssayProgress *progress;
  gboolean wants_timings;
  AssayTimings *timings;
  AssayFlowOptions flow;
} AssayCommon;

void assay_common_clear (AssayCommon *common);

/** What --timings is. */
#define ASSAY_TIMINGS_HELP "Say on standard error how long each stage took, and how much went through it"

/** What --components is, for those that build. */
#define ASSAY_COMPONENTS_HELP "How many recipes are built side by side; each has an equal share of the jobs"

/** ASSAY_COMMON_ATTEST_ENTRIES: options of those that judge and can sign what they found. */
#define ASSAY_COMMON_ATTEST_ENTRIES(common)                                                                            \
  ASSAY_OPTION ("attest", FILENAME, &(common)->attest.key,                                                             \
                "Sign what is found, pass or not, with this private key or pkcs11: URI", "KEY"),                       \
      ASSAY_OPTION ("attestation", FILENAME, &(common)->attest.output, "Where the statement goes", "FILE"),            \
      ASSAY_ATTEST_ENTRIES (&(common)->attest)

/** AssayUsage: how a command is called, for its --help. */
typedef struct
{
  const char *arguments; /* "IMAGE --recipe FILE" */
  const char *summary;
  const char *description; /* with an example */
  gboolean has_documents;  /* takes the option and the format of each of assay_documents() */
} AssayUsage;

/**
 * assay_common_parse:
 * @entries: the command's own options, or NULL
 *
 * Parses options, checks the common ones and fills in @common->flow. --help ends the process with 0.
 */
gboolean assay_common_parse (AssayCommon *common, const AssayUsage *usage, const GOptionEntry *entries, int *argc,
                             char ***argv, GError **error);

/** assay_common_shows: whether standard output shows the report in @format: not where it holds a document, or nothing.
 */
gboolean assay_common_shows (const AssayCommon *common);

/** The form of a report that is a signed statement of it. */
#define ASSAY_FORM_STATEMENT "statement"

/**
 * AssayWriter: who writes a report in any form.
 * @write: @form is "json", "text", the name of one of assay_documents(), or ASSAY_FORM_STATEMENT
 */
typedef struct
{
  gboolean (*write) (gconstpointer source, const char *form, AssayOutput *output, GError **error);
  gconstpointer source;
} AssayWriter;

/** assay_common_write: all outputs that the command line asks for, by assay_outputs_write(). */
gboolean assay_common_write (const AssayCommon *common, const AssayWriter *writer, AssayOutputOrder order,
                             GError **error);

/** assay_common_say_timings: what --timings asks for, when all is done. */
void assay_common_say_timings (const AssayCommon *common);

/** assay_common_finish: writes what was asked for and gives the exit code of the verdict. */
int assay_common_finish (AssayCommon *common, const AssayFlowResult *result);

/**
 * assay_options_check_once:
 * @tables: the tables of options, and NULL; as they are given to GLib
 *
 * Whether no option that takes one value is given twice: which of two policies or digests counts must not depend on
 * their order. Before the line is parsed, which takes options out of it. Errors: ASSAY_ERROR_USAGE.
 */
gboolean assay_options_check_once (const GOptionEntry *const *tables, int argc, char **argv, GError **error);

/**
 * assay_options_parse:
 * @context: with summary and description, and without entries
 * @tables: the tables of options, and NULL; an empty one adds nothing
 * @name: how the program is called, as "assay gate"
 *
 * Takes the options out of the line, after assay_options_check_once(). The error for one that there is not names the
 * one that may have been meant. --help ends the process with 0. Errors: ASSAY_ERROR_USAGE.
 */
gboolean assay_options_parse (GOptionContext *context, const GOptionEntry *const *tables, const char *name, int *argc,
                              char ***argv, GError **error);

/**
 * assay_usage_parse:
 * @command: as it is typed, without `assay`
 *
 * assay_options_parse() of a command that takes none of the common options. Errors: ASSAY_ERROR_USAGE.
 */
gboolean assay_usage_parse (const char *command, const AssayUsage *usage, const GOptionEntry *options, int argc,
                            char **argv, GError **error);

/** assay_common_say_notes: on standard error; whoever wants quiet gets none. */
void assay_common_say_notes (const AssayCommon *common, const GPtrArray *notes);

/** assay_exit_of_error: says the error on standard error and gives its exit code. */
int assay_exit_of_error (const GError *error);

/** assay_usage_error: sets ASSAY_ERROR_USAGE. */
gboolean assay_usage_error (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** assay_color_check: whether --color is one of its words, or left out. */
gboolean assay_color_check (const char *color, GError **error);

/** assay_format_check: whether --format is `text` or `json`, or left out: of commands that write no other form. */
gboolean assay_format_check (const char *format, GError **error);

/**
 * assay_image_digest_parse:
 * @text: of --image-sha256: 64 digits, which are of a file; of a directory with "assayTree1:" in front, since a file
 * that holds the listing of one (flow/digests.h) has the same digits
 * @out_is_tree: whether it is of a directory
 *
 * Errors: ASSAY_ERROR_USAGE.
 */
gboolean assay_image_digest_parse (const char *text, AssayDigest *out_digest, gboolean *out_is_tree, GError **error);

/**
 * assay_words_check:
 * @option: as it is typed, "--format"
 * @word: its value, or NULL where it was left out, which is fine
 * @words: those that it takes, and NULL
 *
 * The error lists them, and names the one that may have been meant. Errors: ASSAY_ERROR_USAGE.
 */
gboolean assay_words_check (const char *option, const char *word, const char *const *words, GError **error);

/**
 * assay_verb_error:
 * @command: "policy"
 * @verb: what stands behind it, none of @verbs; or NULL
 * @verbs: those that it has, and NULL
 *
 * Sets ASSAY_ERROR_USAGE: what it takes, and what may have been meant.
 */
gboolean assay_verb_error (GError **error, const char *command, const char *verb, const char *const *verbs);

/** assay_use_colour: by --color, NO_COLOR and whether standard output is a terminal. */
gboolean assay_use_colour (const char *color);

/** assay_use_colour_in: the same of a text that goes to @path, NULL and `-` being standard output; in a file there is
 * colour by --color=always alone. */
gboolean assay_use_colour_in (const char *path, const char *color);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayCommon, assay_common_clear)

#endif
