#include "flow/draft.h"

#include "crypto/sha256.h"
#include "input/recipe_text.h"
#include "util/text.h"

#include <string.h>

/** Outputs that are proposed; a root file system has hundreds of programs, and is one output as a tree. */
#define OUTPUTS_MAX 64u

/* --- steps --- */

/* Whether image and source are package and source package of Debian. */
static const AssayHint *
find_package (const AssayDraft *draft)
{
  return assay_survey_has (draft->survey, "debian/rules") ? assay_draft_package (draft, ASSAY_HINT_PACKAGE) : NULL;
}

/* The variable by which a Makefile is told what its tools are called by. */
static const char *
find_prefix_variable (const AssayDraft *draft)
{
  static const char *const files[] = { "Makefile", "GNUmakefile", "makefile" };
  static const char *const variables[] = { "CROSS_COMPILE", "CROSS_PREFIX" };
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (variables); j++)
      {
        const char *text = assay_survey_get_text (draft->survey, files[i]);
        if (text != NULL && strstr (text, variables[j]) != NULL)
          return variables[j];
      }
  return NULL;
}

static void
write_system_steps (AssayDraft *draft, const AssayBuildSystem *system)
{
  const char *variable = find_prefix_variable (draft);
  const char *triplet = assay_draft_triplet (draft);
  assay_draft_say (draft, 2, "%s: the source has %s", system->name, system->file);
  if (strcmp (system->file, "Kconfig") == 0)
    assay_draft_say (draft, 2, "unknown: which configuration; its step comes first, as `make NAME_defconfig`");
  for (const char *const *step = system->steps; *step != NULL; step++)
    {
      gboolean prefix = g_str_has_prefix (*step, "make ") && variable != NULL && triplet != NULL;
      g_string_append_printf (draft->out, "  - %s", *step);
      if (prefix)
        g_string_append_printf (draft->out, " %s=%s-", variable, triplet);
      g_string_append_c (draft->out, '\n');
      if (prefix)
        assay_draft_say (draft, 4, "the Makefile has %s, and the machine is one of %s", variable, triplet);
    }
}

static void
write_steps (AssayDraft *draft)
{
  g_autoptr (GPtrArray) systems = assay_survey_build_systems (draft->survey);
  g_string_append (draft->out, "steps:\n");
  if (find_package (draft) != NULL)
    {
      const AssayHint *architecture = assay_draft_package (draft, ASSAY_HINT_ARCHITECTURE);
      assay_draft_say (draft, 2, "the image is a package of Debian, and the source has debian/rules");
      if (architecture != NULL && strcmp (architecture->text, "all") != 0)
        assay_draft_say (draft, 2, "on a machine that is not %s: with -a%s", architecture->text, architecture->text);
      g_string_append (draft->out, "  - dpkg-buildpackage -b -us -uc -j$JOBS\n");
      return;
    }
  if (assay_survey_has (draft->survey, "debian/rules"))
    assay_draft_say (draft, 2, "or as a package of Debian: the source has debian/rules");
  if (systems->len == 0)
    {
      assay_draft_say (draft, 2, "unknown: how the source is built: it has no file that says so at its top");
      g_string_append (draft->out, "  - \"echo 'unknown: how this is built' >&2; exit 1\"\n");
      return;
    }
  write_system_steps (draft, g_ptr_array_index (systems, 0));
  for (guint i = 1; i < systems->len; i++)
    assay_draft_say (draft, 2, "or %s: the source has %s",
                     ((const AssayBuildSystem *)g_ptr_array_index (systems, i))->name,
                     ((const AssayBuildSystem *)g_ptr_array_index (systems, i))->file);
}

/* --- outputs --- */

/** The files of an image that a build may have made, by their last component. */
typedef struct
{
  GPtrArray *nodes;
  GHashTable *names; /* utf8 to the first node that has it, or NULL where others have it with another content */
} Candidates;

/* The last component of a node path; of the image itself the name of its file. */
static char *
name_of (const AssayDraft *draft, const AssayNode *node)
{
  const char *slash = strrchr (node->path, '/');
  if (node->parent == NULL)
    return g_path_get_basename (draft->image);
  return g_strdup (slash != NULL ? slash + 1 : node->path);
}

/* Programs, and what is called as images of programs are. */
static gboolean
is_built (const AssayNode *node)
{
  static const char *const suffixes[] = { ".bin", ".img", ".rom", ".efi", ".fw", ".dtb", ".itb", ".aml" };
  gboolean built = node->blob != NULL && strcmp (node->format, "elf") == 0;
  for (gsize i = 0; node->blob != NULL && !node->decoded && !built && i < G_N_ELEMENTS (suffixes); i++)
    built = g_str_has_suffix (node->path, suffixes[i]);
  return built;
}

/* Whether two files have the same content, as one program in the initramfs and in the root file system. */
static gboolean
is_same (const AssayNode *a, const AssayNode *b)
{
  AssayDigest first;
  AssayDigest second;
  return a->size == b->size && assay_sha256_blob (a->blob, 0, a->size, &first, NULL)
         && assay_sha256_blob (b->blob, 0, b->size, &second, NULL) && assay_digest_equal (&first, &second);
}

typedef struct
{
  const AssayDraft *draft;
  Candidates *candidates;
} Collecting;

static gboolean
collect (AssayNode *node, gpointer data)
{
  Collecting *collecting = data;
  Candidates *candidates = collecting->candidates;
  if (!is_built (node))
    return TRUE;
  gpointer first = NULL;
  char *name = name_of (collecting->draft, node);
  gboolean known = g_hash_table_lookup_extended (candidates->names, name, NULL, &first);
  g_hash_table_replace (candidates->names, name, !known || (first != NULL && is_same (first, node)) ? node : NULL);
  g_ptr_array_add (candidates->nodes, node);
  return TRUE;
}

static gboolean
write_output (AssayDraft *draft, const AssayNode *node, const char *name)
{
  g_auto (AssaySurveyTarget) target = { NULL };
  if (!assay_survey_find_target (draft->survey, name, &target))
    return FALSE;
  /* a path that is a glob by its characters would be one of other files too */
  if (assay_text_has_glob (node->path))
    return FALSE;
  g_autofree char *from = assay_recipe_text_quote (target.from);
  g_autofree char *at = node->parent != NULL ? assay_recipe_text_quote (node->path) : NULL;
  if (from == NULL || (at == NULL && node->parent != NULL))
    return FALSE;
  g_string_append_printf (draft->out, "  - {from: %s", from);
  if (at != NULL)
    g_string_append_printf (draft->out, ", at: %s", at);
  g_string_append (draft->out, "}\n");
  assay_draft_say (draft, 4, "named in %s, line %u, of the source", target.file, target.line);
  return TRUE;
}

static guint
write_outputs (AssayDraft *draft, const Candidates *candidates)
{
  guint written = 0;
  for (guint i = 0; i < candidates->nodes->len && written < OUTPUTS_MAX; i++)
    {
      const AssayNode *node = g_ptr_array_index (candidates->nodes, i);
      g_autofree char *name = name_of (draft, node);
      gboolean alone = g_hash_table_lookup (candidates->names, name) != NULL;
      if (alone && write_output (draft, node, name))
        written++;
      else if (i < OUTPUTS_MAX)
        assay_draft_say (draft, 2, "unknown: which built file is %s%s", node->path,
                         alone ? "" : "; others in the image have its name, and are not the same");
    }
  return written;
}

static void
write_package_output (AssayDraft *draft, const AssayHint *package)
{
  const AssayHint *architecture = assay_draft_package (draft, ASSAY_HINT_ARCHITECTURE);
  const char *colon = strchr (package->detail, ':');
  g_autofree char *file
      = g_strdup_printf ("../%s_%s_%s.deb", package->text, colon != NULL ? colon + 1 : package->detail,
                         architecture != NULL ? architecture->text : "all");
  g_autofree char *quoted = strpbrk (file + 3, "/*?[") == NULL ? assay_recipe_text_quote (file) : NULL;
  if (quoted == NULL)
    assay_draft_say (draft, 2, "unknown: the package's file: its control file has no names for it");
  g_string_append_printf (draft->out, "  - {from: %s}\n", quoted != NULL ? quoted : "unknown");
  if (quoted != NULL)
    assay_draft_say_hint (draft, 4, package);
}

static void
write_all_outputs (AssayDraft *draft)
{
  const AssayHint *package = find_package (draft);
  g_string_append (draft->out, "outputs:\n");
  if (package != NULL)
    {
      write_package_output (draft, package);
      return;
    }
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Candidates candidates = { nodes, names };
  Collecting collecting = { draft, &candidates };
  assay_node_visit (draft->root, collect, &collecting);
  if (write_outputs (draft, &candidates) > 0)
    return;
  assay_draft_say (draft, 2, "unknown: which built file is the image, or what in it");
  g_string_append (draft->out, "  - {from: unknown}\n");
}

/* --- layout --- */

static void
write_layout (AssayDraft *draft)
{
  if (draft->layout->len == 0)
    return;
  assay_draft_say (draft, 0, "What stands before the first thing in the image that is known by its content:");
  g_string_append (draft->out, "layout:\n");
  for (guint i = 0; i < draft->layout->len; i++)
    {
      const AssayUnpackLayout *range = &g_array_index (draft->layout, AssayUnpackLayout, i);
      g_string_append_printf (
          draft->out, "  - {in: \".\", name: %s, offset: %" G_GUINT64_FORMAT ", size: ", range->name, range->offset);
      if (range->size == G_MAXUINT64)
        g_string_append (draft->out, "rest");
      else
        g_string_append_printf (draft->out, "%" G_GUINT64_FORMAT, range->size);
      g_string_append_printf (draft->out, ", kind: %s}\n", range->kind);
    }
  assay_draft_say (draft, 2, "unknown: what the header says, and where in it a signature is (kind: signature-slot)");
}

void
assay_draft_write_build (AssayDraft *draft)
{
  write_steps (draft);
  write_all_outputs (draft);
  write_layout (draft);
}
