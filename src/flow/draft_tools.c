#include "flow/draft.h"

#include "inventory/debian.h"
#include "inventory/debian_files.h"

#include <string.h>

/** Of each kind so many are shown; of the rest how many there are. */
#define SHOWN_MAX 12u
/** Each program has one of its own. */
#define BUILD_IDS_MAX 4u

static void
say_rest (AssayDraft *draft, guint count, guint shown, const char *what)
{
  if (count > shown)
    assay_draft_say (draft, 0, "and %s%u more %s", assay_hints_is_cut (draft->hints) ? "at least " : "", count - shown,
                     what);
}

/* All hints of a kind, each with where it is from. */
static guint
say_all (AssayDraft *draft, AssayHintKind kind, const char *what, guint most)
{
  g_autoptr (GPtrArray) list = assay_hints_list (draft->hints, kind);
  for (guint i = 0; i < list->len && i < most; i++)
    {
      const AssayHint *hint = g_ptr_array_index (list, i);
      assay_draft_say (draft, 0, "%s: %s", what, hint->text);
      assay_draft_say_hint (draft, 0, hint);
      if (kind == ASSAY_HINT_MACHINE && hint->detail != NULL)
        assay_draft_say (draft, 0, "  Debian's tools for it are called %s-gcc, …", hint->detail);
    }
  say_rest (draft, list->len, most, "of these");
  return list->len;
}

static void
say_machines (AssayDraft *draft)
{
  const AssayHint *architecture = assay_draft_package (draft, ASSAY_HINT_ARCHITECTURE);
  const char *machine = architecture != NULL ? assay_debian_machine_of_architecture (architecture->text) : NULL;
  guint told = say_all (draft, ASSAY_HINT_MACHINE, "machine", SHOWN_MAX);
  if (told == 0 && machine != NULL)
    {
      assay_draft_say (draft, 0, "machine: %s, as the package is for %s", machine, architecture->text);
      assay_draft_say_hint (draft, 0, architecture);
    }
  else if (told == 0)
    assay_draft_say (draft, 0, "unknown: machine: there is no ELF file in the image");
  say_all (draft, ASSAY_HINT_PROCESSOR, "processor", SHOWN_MAX);
}

static void
say_tool (AssayDraft *draft, const AssayHintTool *tool)
{
  g_autofree char *name = assay_tool_name (&tool->tool);
  const char *triplet = NULL;
  for (guint i = 0; i < tool->hints->len && triplet == NULL; i++)
    triplet = ((const AssayHint *)g_ptr_array_index (tool->hints, i))->detail;
  g_autofree char *package
      = assay_debian_find_package (&tool->tool, triplet != NULL ? triplet : assay_draft_triplet (draft));
  assay_draft_say (draft, 0, "%s: %s", assay_tool_is_compiler (&tool->tool) ? "compiler" : "tool", name);
  if (package != NULL)
    assay_draft_say (draft, 0, "  %s", package);
  else
    assay_draft_say (draft, 0, "  unknown: which package has it: the text names none of Debian's");
  for (guint i = 0; i < tool->hints->len && i < SHOWN_MAX; i++)
    {
      const AssayHint *hint = g_ptr_array_index (tool->hints, i);
      assay_draft_say (draft, 0, "  as \"%s\"", hint->text);
      assay_draft_say_hint (draft, 0, hint);
    }
}

/* A text of the kind of a tool's that is of none that is known. */
static void
say_other_texts (AssayDraft *draft)
{
  g_autoptr (GPtrArray) list = assay_hints_list (draft->hints, ASSAY_HINT_TOOL);
  guint shown = 0;
  for (guint i = 0; i < list->len && shown < SHOWN_MAX; i++)
    {
      const AssayHint *hint = g_ptr_array_index (list, i);
      g_auto (AssayTool) tool = { NULL };
      if (assay_tool_read (hint->text, &tool))
        continue;
      assay_draft_say (draft, 0, "unknown: the tool that says \"%s\"", hint->text);
      assay_draft_say_hint (draft, 0, hint);
      shown++;
    }
}

/* What names a release of Debian: the package's version, or a changelog in the image or in the source. */
static const AssayDebianRelease *
find_release (const AssayDraft *draft, char **out_why)
{
  const AssayHint *package = assay_draft_package (draft, ASSAY_HINT_PACKAGE);
  const AssayHint *change = assay_draft_changelog (draft);
  const char *text = assay_survey_get_text (draft->survey, "debian/changelog");
  g_auto (AssayDebianChange) own = { NULL };
  const AssayDebianRelease *release = package != NULL ? assay_debian_find_release (package->detail, NULL, 0) : NULL;
  if (release != NULL)
    {
      *out_why = g_strdup_printf ("the version %s in %s is of it", package->detail, package->path);
      return release;
    }
  release = change != NULL ? assay_debian_find_release (NULL, change->detail, change->seconds) : NULL;
  if (release != NULL)
    {
      *out_why = g_strdup_printf ("the newest entry of %s is for %s, at a time when that was it", change->path,
                                  change->detail);
      return release;
    }
  if (text != NULL && assay_debian_change_read (text, &own))
    release = assay_debian_find_release (own.version, own.suite, own.seconds);
  if (release != NULL)
    *out_why = g_strdup_printf (
        "the newest entry of the source's debian/changelog is for %s, at a time when that was it", own.suite);
  return release;
}

static void
say_likely (AssayDraft *draft)
{
  g_autofree char *why = NULL;
  g_auto (AssayTool) tool = { NULL };
  const AssayDebianRelease *release = find_release (draft, &why);
  assay_draft_say (draft, 0, "unknown: compiler: nothing in the image says which");
  if (release == NULL || !assay_tool_read (release->compiler, &tool))
    return;
  g_autofree char *name = assay_tool_name (&tool);
  g_autofree char *package = assay_debian_find_package (&tool, assay_draft_triplet (draft));
  assay_draft_say (draft, 0, "  likely %s, the default of Debian %u (%s): %s", name, release->number, release->name,
                   why);
  assay_draft_say (draft, 0, "  %s; while the release was in development, and in its points, revisions differ",
                   package);
}

static void
say_tools (AssayDraft *draft)
{
  g_autoptr (GPtrArray) tools = assay_hints_tools (draft->hints);
  guint compilers = 0;
  for (guint i = 0; i < tools->len; i++)
    compilers += assay_tool_is_compiler (&((const AssayHintTool *)g_ptr_array_index (tools, i))->tool);
  if (compilers > 1)
    assay_draft_say (draft, 0, "%u compilers: the one of most bytes first", compilers);
  if (compilers == 0)
    say_likely (draft);
  for (guint i = 0; i < tools->len && i < SHOWN_MAX; i++)
    say_tool (draft, g_ptr_array_index (tools, i));
  say_rest (draft, tools->len, SHOWN_MAX, "tools");
  say_other_texts (draft);
}

static void
say_options (AssayDraft *draft)
{
  g_autoptr (GPtrArray) list = assay_hints_list (draft->hints, ASSAY_HINT_OPTIONS);
  for (guint i = 0; i < list->len && i < SHOWN_MAX; i++)
    {
      const AssayHint *hint = g_ptr_array_index (list, i);
      assay_draft_say (draft, 0, "flags%s%s: %s", hint->detail != NULL ? " of " : "",
                       hint->detail != NULL ? hint->detail : "", hint->text);
      assay_draft_say_hint (draft, 0, hint);
    }
  say_rest (draft, list->len, SHOWN_MAX, "sets of flags");
  if (list->len == 0)
    assay_draft_say (draft, 0, "unknown: flags of the compiler: no debug information or .GCC.command.line has them");
}

void
assay_draft_write_tools (AssayDraft *draft)
{
  say_machines (draft);
  say_tools (draft);
  say_options (draft);
  say_all (draft, ASSAY_HINT_BANNER, "banner", SHOWN_MAX);
  say_all (draft, ASSAY_HINT_BUILDER, "built by", SHOWN_MAX);
  say_all (draft, ASSAY_HINT_NOTE, "note", SHOWN_MAX);
  say_all (draft, ASSAY_HINT_BUILD_ID, "build id", BUILD_IDS_MAX);
  assay_draft_say (draft, 0,
                   "unknown: toolchain, as an archive with its digest; left out, this machine's own tools are used:");
  assay_draft_say (draft, 0, "toolchain: [{archive: toolchain.tar.zst}]");
}
