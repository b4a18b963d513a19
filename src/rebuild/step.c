#include "rebuild/step.h"

#include "rebuild/logtail.h"
#include "rebuild/sandbox.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

/* Linux takes 131,072 bytes as one argument (MAX_ARG_STRLEN); longer steps are read from a file. */
#define ARGUMENT_BYTES 131000
#define SCRIPT_NAME "script"
#define SCRIPT_TARGET "/dev/assay-step"

/* Of a step that failed: as many lines, and as much of each, as a person reads. */
#define SHOWN_LINES 20u
#define SHOWN_BYTES 500u

typedef struct
{
  AssayWorkspace *workspace;
  const AssayVaried *varied;
  const AssayRecipe *recipe; /* as it is varied */
  const GPtrArray *mounts;
  gboolean has_tree;
  AssayStepShell shell;
  AssayRecord *record; /* or NULL */
  AssayProgress *progress;
} Steps;

static gboolean
is_long (const char *script)
{
  return strlen (script) > ARGUMENT_BYTES;
}

static gboolean
write_script (AssayWorkspace *workspace, const char *script, GError **error)
{
  int directory = assay_directory_get_fd (workspace->scratch);
  assay_autofd fd = -1;
  unlinkat (directory, SCRIPT_NAME, 0);
  fd = openat (directory, SCRIPT_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0 || fchmod (fd, 0644) != 0 || !assay_system_write_all (fd, script, strlen (script)))
    return assay_system_error (error, errno, "write", "the script of a step");
  return TRUE;
}

static gboolean
run_recorded (const Steps *steps, AssayCage *cage, const AssayCageCommand *command, int *out_status, GError **error)
{
  if (steps->record == NULL)
    return assay_cage_run (cage, command, out_status, error);
  assay_cage_set_view (cage, assay_record_get_view (steps->record));
  assay_record_begin (steps->record);
  gboolean ran = assay_cage_run (cage, command, out_status, error);
  assay_record_end (steps->record);
  return ran;
}

static gboolean
run_step (const Steps *steps, const char *script, int *out_status, GError **error)
{
  AssayWorkspace *workspace = steps->workspace;
  const char *text = is_long (script) ? ". " SCRIPT_TARGET : script;
  const char *const arguments[] = { "sh", "-e", "-c", text, NULL };
  const AssayCageCommand command = { arguments, steps->recipe->path, workspace->log_fd, NULL };
  g_autoptr (AssayCage) cage
      = assay_sandbox_new_build (workspace, steps->varied, steps->mounts, steps->has_tree, error);
  if (cage == NULL || !assay_mounts_place (workspace, steps->varied, steps->mounts, steps->has_tree, error))
    return FALSE;
  if (is_long (script))
    {
      g_autofree char *source = assay_workspace_path (workspace, SCRIPT_NAME);
      if (!write_script (workspace, script, error))
        return FALSE;
      assay_cage_mount (cage, ASSAY_CAGE_READ_ONLY, source, SCRIPT_TARGET);
    }
  return run_recorded (steps, cage, &command, out_status, error);
}

/* A program that hit a limit of its process was ended by a signal that says so. */
static gboolean
check_signal (const Steps *steps, int status, GError **error)
{
  const AssayCageLimits *limits = assay_guard_get_limits (steps->workspace->guard);
  if (status == 128 + SIGXFSZ)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT,
                 "limit output (%" G_GUINT64_FORMAT " bytes) hit: a step wrote a larger file", limits->output_bytes);
  else if (status == 128 + SIGXCPU)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT,
                 "limit time (%" G_GUINT64_FORMAT " s) hit: a process of a step took more on all processors",
                 limits->time_s);
  else
    return TRUE;
  return FALSE;
}

/* What programs print when the kernel refuses them memory or another process. Neither refusal is seen from outside, so
   this is a hint for the reader and changes nothing but the text. */
static const struct
{
  const char *words;
  gboolean is_memory;
} refusals[] = {
  { "Cannot allocate memory", TRUE },
  { "MemoryError", TRUE },
  { "memory exhausted", TRUE },
  { "ut of memory", TRUE },
  { "bad_alloc", TRUE },
  { "failed to map segment", TRUE },
  { "annot fork", FALSE },
  { "fork: ", FALSE },
  { "Resource temporarily unavailable", FALSE },
};

static char *
limit_hint (const AssayCageLimits *limits, const char *tail)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    if (strstr (tail, refusals[i].words) != NULL)
      return refusals[i].is_memory
                 ? g_strdup_printf (", perhaps because limit memory (%" G_GUINT64_FORMAT
                                    " bytes of one process) was hit",
                                    limits->memory_bytes)
                 : g_strdup_printf (", perhaps because limit processes (%" G_GUINT64_FORMAT ") was hit",
                                    limits->processes);
  return g_strdup ("");
}

/* A shell where the step ran, for whoever looks for why it failed. */
static gboolean
run_shell (const Steps *steps, GError **error)
{
  const char *const arguments[] = { "sh", "-i", NULL };
  g_autoptr (AssayTerminal) terminal = NULL;
  int status;
  g_autoptr (AssayCage) cage
      = assay_sandbox_new_build (steps->workspace, steps->varied, steps->mounts, steps->has_tree, error);
  if (cage == NULL || !assay_mounts_place (steps->workspace, steps->varied, steps->mounts, steps->has_tree, error))
    return FALSE;
  assay_cage_set_variable (cage, "TERM", "dumb");
  assay_progress_clear (steps->progress);
  terminal = assay_terminal_open (error);
  const AssayCageCommand command = { arguments, steps->recipe->path, steps->workspace->log_fd, terminal };
  return terminal != NULL && assay_cage_run (cage, &command, &status, error);
}

/* How one repeats a step by hand. */
static char *
describe_step (const Steps *steps, guint index)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) ignored = NULL;
  g_autoptr (GPtrArray) environment = NULL;
  g_autofree char *directory = assay_text_escape_line (steps->recipe->path, -1);
  g_auto (GStrv) lines = g_strsplit (g_ptr_array_index (steps->recipe->steps, index), "\n", SHOWN_LINES + 1);
  g_autoptr (AssayCage) cage
      = assay_sandbox_new_build (steps->workspace, steps->varied, steps->mounts, steps->has_tree, &ignored);
  g_string_append_printf (text, "\n  it ran by `sh -e` in %s:", directory);
  for (guint i = 0; lines[i] != NULL && i < SHOWN_LINES; i++)
    {
      gsize length = strlen (lines[i]);
      g_autofree char *shown = assay_text_escape_line (lines[i], (gssize)MIN (length, SHOWN_BYTES));
      if (length > 0)
        g_string_append_printf (text, "\n    %s%s", shown, length > SHOWN_BYTES ? " […]" : "");
    }
  if (g_strv_length (lines) > SHOWN_LINES)
    g_string_append (text, "\n    […]");
  g_string_append (text, "\n  with the environment:");
  environment = cage == NULL ? g_ptr_array_new () : assay_cage_list_variables (cage);
  for (guint i = 0; i < environment->len; i++)
    {
      g_autofree char *shown = assay_text_escape_line (g_ptr_array_index (environment, i), -1);
      g_string_append_printf (text, "\n    %s", shown);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
fail (const Steps *steps, guint index, int status, GError **error)
{
  g_autofree char *step = describe_step (steps, index);
  /* Not where the log lies: that is another place in every run, and the report is the same. */
  g_autofree char *tail = assay_log_tail (steps->workspace->log_path);
  g_autofree char *hint = limit_hint (assay_guard_get_limits (steps->workspace->guard), tail);
  g_autofree char *file = assay_text_escape_line (assay_recipe_file_of_steps (steps->recipe), -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_STEP,
               "step %u of %u (%s:%d) ended with status %d%s; the last lines of its log:%s%s", index + 1,
               steps->recipe->steps->len, file, g_array_index (steps->recipe->step_lines, int, index), status, hint,
               tail, step);
  return FALSE;
}

/* The step has failed, whatever is done in the shell. */
static gboolean
enter (const Steps *steps, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (steps->shell == ASSAY_STEP_SHELL_NONE || run_shell (steps, &local))
    return FALSE;
  g_autofree char *said = g_strdup ((*error)->message);
  g_clear_error (error);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_STEP, "%s\n  no shell was started: %s", said, local->message);
  return FALSE;
}

static gboolean
take_step (const Steps *steps, guint index, AssayProgress *progress, GError **error)
{
  const AssayRecipe *recipe = steps->recipe;
  g_autofree char *file = assay_text_escape_line (assay_recipe_file_of_steps (recipe), -1);
  g_autofree char *name = g_strdup_printf ("step %u of %u", index + 1, recipe->steps->len);
  g_autofree char *header
      = g_strdup_printf ("== %s (%s:%d)", name, file, g_array_index (recipe->step_lines, int, index));
  int status;
  assay_progress_stage (progress, name, 0, NULL);
  if (!assay_workspace_say (steps->workspace, header, error))
    return FALSE;
  /* What was written counts first: a full tree is why a step fails, more often than not. */
  if (!run_step (steps, recipe->steps->pdata[index], &status, error)
      || !assay_guard_measure (steps->workspace->guard, error) || !check_signal (steps, status, error))
    {
      g_prefix_error (error, "%s (%s:%d): ", name, file, g_array_index (recipe->step_lines, int, index));
      return FALSE;
    }
  return status == 0 || fail (steps, index, status, error) || enter (steps, error);
}

gboolean
assay_steps_run (AssayWorkspace *workspace, const AssayVaried *varied, const GPtrArray *mounts, gboolean has_tree,
                 AssayStepShell shell, AssayRecord *record, AssayProgress *progress, GError **error)
{
  const Steps steps = { workspace, varied, &varied->recipe, mounts, has_tree, shell, record, progress };
  for (guint i = 0; i < varied->recipe.steps->len; i++)
    if (!take_step (&steps, i, progress, error))
      return FALSE;
  return TRUE;
}
