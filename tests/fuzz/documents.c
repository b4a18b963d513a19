/* Texts and signatures that others write: policy, recipe, entries, lock file, report, CMS, names. */
#include "fuzz.h"

#include "crypto/cms.h"
#include "crypto/scheme.h"
#include "input/mtree.h"
#include "input/policy.h"
#include "input/recipe.h"
#include "input/toolchain_lock.h"
#include "report/report.h"
#include "report/stored.h"
#include "util/json.h"
#include "util/moment.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

/* What is refused is refused with a reason, as the user's fault. */
static void
check_refused (const GError *error)
{
  fuzz_check (error != NULL && error->code == ASSAY_ERROR_USAGE && g_utf8_validate (error->message, -1, NULL),
              error == NULL ? "no reason" : error->message);
}

void
fuzz_policy (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = g_bytes_new_static (bytes, length);
  g_autoptr (AssayPolicy) policy = assay_policy_parse ("policy", text, &error);
  if (policy == NULL)
    check_refused (error);
}

void
fuzz_recipe (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = g_bytes_new_static (bytes, length);
  AssayRecipe *recipe = assay_recipe_parse ("recipe", text, &error);
  if (recipe == NULL)
    check_refused (error);
  assay_recipe_free (recipe);
}

static gboolean
is_path (const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  for (char **name = names; *path != '\0' && *name != NULL; name++)
    if (**name == '\0' || strcmp (*name, ".") == 0 || strcmp (*name, "..") == 0)
      return FALSE;
  return TRUE;
}

/* Each path is one in a tree, and stands there once. */
void
fuzz_mtree (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  AssayLimits limits;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = g_bytes_new_static (bytes, length);
  g_autoptr (GHashTable) paths = g_hash_table_new (g_str_hash, g_str_equal);
  fuzz_limits_init (&limits);
  g_autoptr (GPtrArray) entries = assay_mtree_parse ("mtree", text, &limits, &error);
  if (entries == NULL && error != NULL && error->code == ASSAY_ERROR_LIMIT)
    return;
  if (entries == NULL)
    check_refused (error);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const AssayMtreeEntry *entry = g_ptr_array_index (entries, i);
      GHashTableIter iterator;
      gpointer value;
      fuzz_check (is_path (entry->path), "a path that leaves its tree");
      fuzz_check (g_hash_table_add (paths, entry->path), "an entry that is there twice");
      g_hash_table_iter_init (&iterator, entry->facts);
      while (g_hash_table_iter_next (&iterator, NULL, &value))
        fuzz_check (*(const char *)value != '\0' && g_utf8_validate (value, -1, NULL), "a fact that is no text");
    }
}

/* What is read is written, and read again as the same. */
void
fuzz_lock (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = g_bytes_new_static (bytes, length);
  g_autoptr (AssayToolchainLock) lock = assay_toolchain_lock_parse ("lock", text, &error);
  if (lock == NULL)
    {
      check_refused (error);
      return;
    }
  g_autofree char *once = assay_toolchain_lock_write (lock);
  g_autoptr (GBytes) written = g_bytes_new_static (once, strlen (once));
  g_autoptr (AssayToolchainLock) again = assay_toolchain_lock_parse ("lock", written, &error);
  fuzz_check (again != NULL, error == NULL ? "a lock that is none" : error->message);
  g_autofree char *twice = assay_toolchain_lock_write (again);
  fuzz_check (strcmp (once, twice) == 0, "a lock that is written otherwise");
}

static void
check_canonical (const json_t *json)
{
  g_autofree char *once = assay_json_canonical (json);
  g_autoptr (json_t) again = once == NULL ? NULL : assay_json_parse (once, strlen (once), "report", NULL);
  fuzz_check (again != NULL, "canonical JSON that is none");
  g_autofree char *twice = assay_json_canonical (again);
  fuzz_check (strcmp (once, twice) == 0, "canonical JSON that is not canonical");
}

void
fuzz_report (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) json = assay_json_parse ((const char *)bytes, length, "report", &error);
  if (json == NULL)
    {
      check_refused (error);
      return;
    }
  check_canonical (json);
  const AssayReportSource source = { .json = json };
  g_autoptr (json_t) head = assay_report_head_of_json (&source, NULL);
  if (head != NULL)
    {
      g_autofree char *shown = assay_report_render_text (head, ASSAY_TEXT_PLAIN);
      fuzz_check (shown != NULL && g_utf8_validate (shown, -1, NULL), "a page that is no text");
    }
  AssayStored *stored = assay_stored_read (json, &error);
  if (stored == NULL)
    {
      check_refused (error);
      return;
    }
  g_autofree char *fault = assay_stored_audit (stored);
  assay_stored_free (stored);
}

/* The bytes are a signature of "content"; only the one that a seed is can verify. */
void
fuzz_cms (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  static AssayCmsSigner *signer;
  static const guint8 content[] = "content";
  const char *problem = NULL;
  g_autoptr (GError) error = NULL;
  if (signer == NULL)
    signer = assay_cms_signer_load (g_getenv ("ASSAY_FUZZ_SIGNER"), "cms-rsa-sha256", &error);
  fuzz_check (signer != NULL, error == NULL ? "a certificate" : error->message);
  g_autoptr (AssayBlob) blob = fuzz_blob (content, sizeof content - 1);
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (AssaySignedRange));
  const AssaySignedRange range = { blob, 0, sizeof content - 1 };
  g_array_append_val (ranges, range);
  for (int use = ASSAY_CMS_COMPLETE; use <= ASSAY_CMS_MODULE; use++)
    fuzz_check (assay_cms_verify (signer, (AssayCmsUse)use, ranges, bytes, length, &problem, &error),
                "reading seven bytes");
}

/* Names of entries, globs and times: short, and everywhere. */
void
fuzz_names (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  gint64 moment;
  g_autofree char *name = assay_text_escape_name ((const char *)bytes, length);
  g_autofree char *line = assay_text_escape_line ((const char *)bytes, (gssize)length);
  fuzz_check (g_utf8_validate (name, -1, NULL) && g_utf8_validate (line, -1, NULL), "escaped text that is none");
  for (const char *c = name; *c != '\0'; c++)
    fuzz_check ((guchar)*c >= 0x20 && *c != 0x7f, "a control in a name");
  for (const char *c = line; *c != '\0'; c++)
    fuzz_check ((guchar)*c >= 0x20 && *c != 0x7f, "a control in a line");
  g_autofree char *text = g_strndup ((const char *)bytes, length);
  g_autofree char *shown = assay_text_escape_shown (text);
  char *split = strchr (text, '\n');
  assay_moment_parse (text, &moment, NULL);
  if (split == NULL || length > 200)
    return;
  *split = '\0';
  assay_text_glob_matches (text, split + 1);
}
