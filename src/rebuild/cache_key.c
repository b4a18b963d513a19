#include "rebuild/cache_key.h"

#include "cage/deviation.h"
#include "crypto/sha256.h"
#include "util/lock.h"
#include "util/system.h"

#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>

/* Of the list below: raised when it has another form. What the program does with it is in the program's digest. */
#define FORM "assay build key 2"

/* Each part with its length, so that no two lists are one text. */
static void
add_bytes (GString *list, const char *name, const char *bytes, gsize length)
{
  g_string_append_printf (list, "%s %" G_GSIZE_FORMAT ":", name, length);
  g_string_append_len (list, bytes, (gssize)length);
  g_string_append_c (list, '\n');
}

static void
add_text (GString *list, const char *name, const char *text)
{
  add_bytes (list, name, text == NULL ? "" : text, text == NULL ? 0 : strlen (text));
}

static void
add_number (GString *list, const char *name, guint64 number)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
  add_text (list, name, text);
}

static void
add_digest (GString *list, const char *name, const AssayDigest *digest)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (digest, hex);
  add_text (list, name, hex);
}

static gboolean
digest_program (const char *name, const char *path, AssayDigest *out, GError **error)
{
  int fd = path == NULL ? -1 : open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return assay_system_error (error, path == NULL ? ENOENT : errno, "open", name);
  g_autoptr (AssayBlob) blob = assay_blob_new_for_fd (fd, error);
  return blob != NULL && assay_sha256_blob (blob, 0, assay_blob_get_size (blob), out, error);
}

/* The programs that make the sandbox: digested once, however many components there are. Of this program what runs,
 * whatever lies at its name by now. */
static gboolean
find_programs (AssayDigest *out_assay, AssayDigest *out_bwrap, GError **error)
{
  static AssayLock lock = PTHREAD_MUTEX_INITIALIZER;
  static gboolean are_known;
  static AssayDigest assay_sha256, bwrap_sha256;
  assay_lock_take (&lock);
  if (!are_known)
    {
      g_autofree char *path = g_find_program_in_path ("bwrap");
      are_known = digest_program ("assay", "/proc/self/exe", &assay_sha256, error)
                  && digest_program ("bwrap", path, &bwrap_sha256, error);
    }
  gboolean done = are_known;
  *out_assay = assay_sha256;
  *out_bwrap = bwrap_sha256;
  assay_lock_give (&lock);
  return done;
}

static gboolean
add_machine (GString *list, GError **error)
{
  struct utsname machine;
  AssayDigest assay, bwrap;
  if (uname (&machine) != 0)
    return assay_system_error (error, errno, "ask for", "the name of the kernel");
  if (!find_programs (&assay, &bwrap, error))
    return FALSE;
  add_text (list, "system", machine.sysname);
  add_text (list, "release", machine.release);
  add_text (list, "version", machine.version);
  add_text (list, "machine", machine.machine);
  add_number (list, "processors", assay_cage_count_processors ());
  add_digest (list, "assay", &assay);
  add_digest (list, "bwrap", &bwrap);
  add_text (list, "archives", archive_version_string ());
  return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
add_environment (GString *list, GHashTable *environment)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GHashTableIter iterator;
  gpointer name;
  g_hash_table_iter_init (&iterator, environment);
  while (g_hash_table_iter_next (&iterator, &name, NULL))
    g_ptr_array_add (names, name);
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      name = g_ptr_array_index (names, i);
      add_text (list, "variable", name);
      add_text (list, "value", g_hash_table_lookup (environment, name));
    }
}

static void
add_layer (GString *list, const AssayInputDigest *known)
{
  add_text (list, "layer", known->role);
  add_number (list, "kind", known->layer->kind);
  add_digest (list, "sha256", &known->sha256);
  add_text (list, "commit", known->layer->commit);
  add_number (list, "strip", known->layer->strip);
  add_text (list, "into", known->layer->into);
}

static void
add_layers (GString *list, const GArray *digests)
{
  for (guint i = 0; i < digests->len; i++)
    {
      const AssayInputDigest *known = &g_array_index (digests, AssayInputDigest, i);
      if (strcmp (known->role, "mtree") != 0) /* as all `entries`: nothing that a step sees */
        add_layer (list, known);
    }
}

static void
add_limits (GString *list, const AssayCageLimits *limits)
{
  add_number (list, "time", limits->time_s);
  add_number (list, "memory", limits->memory_bytes);
  add_number (list, "processes", limits->processes);
  add_number (list, "output", limits->output_bytes);
  add_number (list, "log", limits->log_bytes);
}

gboolean
assay_cache_key_find (const AssayUnpacking *unpacking, const AssayCacheParts *parts, AssayDigest *out_key,
                      GError **error)
{
  const AssayRecipe *recipe = unpacking->recipe;
  g_autoptr (GString) list = g_string_new (FORM "\n");
  if (!add_machine (list, error))
    return FALSE;
  add_layers (list, unpacking->digests);
  add_text (list, "path", recipe->path);
  add_number (list, "root", recipe->run_as_root ? 1 : 0);
  add_environment (list, recipe->environment);
  for (guint i = 0; i < recipe->steps->len; i++)
    add_text (list, "step", g_ptr_array_index (recipe->steps, i));
  add_limits (list, assay_guard_get_limits (unpacking->workspace->guard));
  add_number (list, "jobs", parts->jobs);
  assay_sha256_bytes (list->str, list->len, out_key);
  return TRUE;
}

gboolean
assay_cache_key_of_toolchain (const AssayUnpacking *unpacking, AssayDigest *out_key)
{
  g_autoptr (GString) list = g_string_new ("assay toolchain 1\n");
  for (guint i = 0; i < unpacking->digests->len; i++)
    {
      const AssayInputDigest *known = &g_array_index (unpacking->digests, AssayInputDigest, i);
      if (strcmp (known->role, "toolchain") != 0)
        continue;
      /* the digest of a commit becomes another on the way */
      if (known->layer->kind == ASSAY_SOURCE_GIT)
        return FALSE;
      add_layer (list, known);
    }
  assay_sha256_bytes (list->str, list->len, out_key);
  return TRUE;
}
