#include "input/toolchain_lock.h"

#include "input/schema.h"
#include "util/text.h"

#include <string.h>

#define LOCK_FORMAT 1
#define VARIANT "essential"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Characters of a name: a file name has 255 bytes at most, and no package comes near. */
#define NAME_MAX_BYTES 200

static gboolean
is_word (const char *text, const char *first, const char *rest)
{
  gsize length = strlen (text);
  return length > 0 && length <= NAME_MAX_BYTES && strchr (first, text[0]) != NULL && strspn (text, rest) == length;
}

/* Debian policy 5.6.1; apt reads a `-` behind a name as "without it". */
gboolean
assay_toolchain_is_package (const char *text)
{
  return is_word (text, LOWER DIGITS, LOWER DIGITS "+.-") && strlen (text) >= 2 && !g_str_has_suffix (text, "-");
}

/* Debian policy 5.6.12. */
gboolean
assay_toolchain_is_version (const char *text)
{
  return is_word (text, LOWER UPPER DIGITS, LOWER UPPER DIGITS ".+-:~");
}

gboolean
assay_toolchain_is_architecture (const char *text)
{
  return is_word (text, LOWER, LOWER DIGITS "-");
}

gboolean
assay_toolchain_is_suite (const char *text)
{
  return is_word (text, LOWER UPPER DIGITS, LOWER UPPER DIGITS ".+-_");
}

static void
free_package (gpointer data)
{
  AssayLockedPackage *package = data;
  g_free (package->name);
  g_free (package->version);
  g_free (package->architecture);
  g_free (package);
}

AssayToolchainLock *
assay_toolchain_lock_new (void)
{
  AssayToolchainLock *lock = g_new0 (AssayToolchainLock, 1);
  lock->packages = g_ptr_array_new_with_free_func (free_package);
  return lock;
}

void
assay_toolchain_lock_free (AssayToolchainLock *lock)
{
  if (lock == NULL)
    return;
  g_free (lock->file);
  g_free (lock->suite);
  g_free (lock->architecture);
  g_free (lock->variant);
  g_free (lock->mmdebstrap);
  g_strfreev (lock->requested);
  g_strfreev (lock->sources);
  g_ptr_array_unref (lock->packages);
  g_free (lock);
}

char *
assay_toolchain_lock_file_of (const AssayDigest *sha256)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (sha256, hex);
  return g_strconcat (hex, ".deb", NULL);
}

/* Reads a text that must be such a word. */
static gboolean
read_word (const AssayYaml *yaml, const AssayYamlNode *node, gboolean (*is_such) (const char *), const char *expected,
           gpointer out, GError **error)
{
  g_autofree char *text = NULL;
  if (!assay_schema_read_text (yaml, node, &text, error))
    return FALSE;
  if (!is_such (text))
    return assay_schema_fail (yaml, node, expected, error);
  g_free (*(char **)out);
  *(char **)out = g_steal_pointer (&text);
  return TRUE;
}

static gboolean
read_name (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_word (yaml, node, assay_toolchain_is_package, "the name of a package", out, error);
}

static gboolean
read_version (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_word (yaml, node, assay_toolchain_is_version, "the version of a package", out, error);
}

static gboolean
read_architecture (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_word (yaml, node, assay_toolchain_is_architecture, "an architecture of Debian, as `amd64`", out, error);
}

static gboolean
read_suite (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_word (yaml, node, assay_toolchain_is_suite, "a suite of Debian, as `bookworm`", out, error);
}

static gboolean
is_variant (const char *text)
{
  return strcmp (text, VARIANT) == 0;
}

static gboolean
read_variant (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_word (yaml, node, is_variant, "`" VARIANT "`", out, error);
}

static gboolean
read_time (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  guint64 value = 0;
  if (!assay_schema_read_count (yaml, node, &value, error))
    return FALSE;
  if (value > ASSAY_TOOLCHAIN_LOCK_LAST_TIME_S)
    return assay_schema_fail (yaml, node, "a number of seconds since 1970 that tar can hold", error);
  *(guint64 *)out = value;
  return TRUE;
}

#define AT(type, member) G_STRUCT_OFFSET (type, member)

static const AssaySchemaField file_fields[] = {
  { "sha256", assay_schema_read_digest, ASSAY_SCHEMA_REQUIRED, AT (AssayLockedFile, sha256) },
  { "size", assay_schema_read_positive, ASSAY_SCHEMA_REQUIRED, AT (AssayLockedFile, size) },
};

static gboolean
read_file (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const AssaySchema schema = { .what = "a locked file", .fields = file_fields, G_N_ELEMENTS (file_fields) };
  return assay_schema_read (yaml, node, &schema, out, error);
}

/* `file` says nothing that `sha256` does not: it is there for people, and must not lead anywhere else. */
static gboolean
read_file_name (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  g_autofree char *text = NULL;
  return assay_schema_read_text (yaml, node, &text, error);
}

static gboolean
check_package (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  const AssayLockedPackage *package = target;
  const AssayYamlNode *file = assay_yaml_find (node, "file")->value;
  g_autofree char *name = assay_toolchain_lock_file_of (&package->sha256);
  g_autofree char *expected = g_strdup_printf ("the name of the package's file, which is its digest: %s", name);
  return strcmp (file->text, name) == 0 || assay_schema_fail (yaml, file, expected, error);
}

static const AssaySchemaField package_fields[] = {
  { "name", read_name, ASSAY_SCHEMA_REQUIRED, AT (AssayLockedPackage, name) },
  { "version", read_version, ASSAY_SCHEMA_REQUIRED, AT (AssayLockedPackage, version) },
  { "architecture", read_architecture, ASSAY_SCHEMA_REQUIRED, AT (AssayLockedPackage, architecture) },
  { "sha256", assay_schema_read_digest, ASSAY_SCHEMA_REQUIRED, AT (AssayLockedPackage, sha256) },
  { "size", assay_schema_read_positive, ASSAY_SCHEMA_REQUIRED, AT (AssayLockedPackage, size) },
  { "file", read_file_name, ASSAY_SCHEMA_REQUIRED, 0 },
};

static gboolean
read_packages (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const AssaySchema schema = { .what = "a package",
                                      .fields = package_fields,
                                      .n_fields = G_N_ELEMENTS (package_fields),
                                      .check = check_package,
                                      .item_size = sizeof (AssayLockedPackage),
                                      .line_offset = AT (AssayLockedPackage, line) };
  return assay_schema_require_items (yaml, node, error)
         && assay_schema_read_entries (yaml, node, &schema, *(GPtrArray **)out, error);
}

static gboolean
fail_twice (const AssayYaml *yaml, const AssayLockedPackage *package, const AssayLockedPackage *other, const char *what,
            GError **error)
{
  return assay_yaml_error (yaml, package->line, 1, error, "the package %s has the same %s as %s on line %d",
                           package->name, what, other->name, other->line);
}

/* One system has one package of a name; and it is of its architecture, or of all. */
static gboolean
check_packages (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  const AssayToolchainLock *lock = target;
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < lock->packages->len; i++)
    {
      AssayLockedPackage *package = g_ptr_array_index (lock->packages, i);
      char *file = assay_toolchain_lock_file_of (&package->sha256);
      const AssayLockedPackage *same_name = g_hash_table_lookup (names, package->name);
      const AssayLockedPackage *same_file = g_hash_table_lookup (files, file);
      g_hash_table_insert (names, package->name, package);
      g_hash_table_insert (files, file, package);
      if (same_name != NULL)
        return fail_twice (yaml, package, same_name, "name", error);
      if (same_file != NULL)
        return fail_twice (yaml, package, same_file, "digest", error);
      if (strcmp (package->architecture, lock->architecture) != 0 && strcmp (package->architecture, "all") != 0)
        return assay_yaml_error (yaml, package->line, 1, error, "the package %s is for %s, the root file system for %s",
                                 package->name, package->architecture, lock->architecture);
    }
  return TRUE;
}

static const AssaySchemaField lock_fields[] = {
  { "lock", assay_schema_read_format, ASSAY_SCHEMA_REQUIRED, 0 },
  { "suite", read_suite, ASSAY_SCHEMA_REQUIRED, AT (AssayToolchainLock, suite) },
  { "architecture", read_architecture, ASSAY_SCHEMA_REQUIRED, AT (AssayToolchainLock, architecture) },
  { "variant", read_variant, ASSAY_SCHEMA_REQUIRED, AT (AssayToolchainLock, variant) },
  { "source_date_epoch", read_time, ASSAY_SCHEMA_REQUIRED, AT (AssayToolchainLock, source_date_epoch) },
  { "mmdebstrap", read_version, ASSAY_SCHEMA_REQUIRED, AT (AssayToolchainLock, mmdebstrap) },
  { "requested", assay_schema_read_texts, ASSAY_SCHEMA_REQUIRED, AT (AssayToolchainLock, requested) },
  { "sources", assay_schema_read_texts, ASSAY_SCHEMA_OPTIONAL, AT (AssayToolchainLock, sources) },
  { "rootfs", read_file, ASSAY_SCHEMA_REQUIRED, AT (AssayToolchainLock, rootfs) },
  { "archive", read_file, ASSAY_SCHEMA_REQUIRED, AT (AssayToolchainLock, archive) },
  { "packages", read_packages, ASSAY_SCHEMA_REQUIRED, AT (AssayToolchainLock, packages) },
};

AssayToolchainLock *
assay_toolchain_lock_parse (const char *file, GBytes *bytes, GError **error)
{
  static const AssaySchema schema = {
    .what = "a lock file", .fields = lock_fields, .n_fields = G_N_ELEMENTS (lock_fields), .check = check_packages
  };
  g_autoptr (AssayYaml) yaml = assay_yaml_parse (file, bytes, error);
  g_autoptr (AssayToolchainLock) lock = assay_toolchain_lock_new ();
  if (yaml == NULL || !assay_schema_check_format (yaml, "lock", LOCK_FORMAT, error)
      || !assay_schema_read (yaml, yaml->root, &schema, lock, error))
    return NULL;
  lock->file = g_strdup (yaml->file);
  return g_steal_pointer (&lock);
}

AssayToolchainLock *
assay_toolchain_lock_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = assay_yaml_read_file (path, "lock file", error);
  return bytes == NULL ? NULL : assay_toolchain_lock_parse (path, bytes, error);
}

AssayLockedPackage *
assay_toolchain_lock_add (AssayToolchainLock *lock, char *name, char *version, char *architecture)
{
  AssayLockedPackage *package = g_new0 (AssayLockedPackage, 1);
  package->name = name;
  package->version = version;
  package->architecture = architecture;
  g_ptr_array_add (lock->packages, package);
  return package;
}

static gint
compare_packages (gconstpointer a, gconstpointer b)
{
  const AssayLockedPackage *const *first = a;
  const AssayLockedPackage *const *second = b;
  int by_name = strcmp ((*first)->name, (*second)->name);
  return by_name != 0 ? by_name : strcmp ((*first)->architecture, (*second)->architecture);
}

void
assay_toolchain_lock_sort (AssayToolchainLock *lock)
{
  g_ptr_array_sort (lock->packages, compare_packages);
}

/* In quotes, so that nothing is what YAML guesses; of the characters that texts here have only these two need more. */
static void
write_text (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    {
      if (*text == '"' || *text == '\\')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *text);
    }
  g_string_append_c (out, '"');
}

static void
write_list (GString *out, const char *key, char *const *texts)
{
  if (texts == NULL || texts[0] == NULL)
    return;
  g_string_append_printf (out, "%s:\n", key);
  for (; *texts != NULL; texts++)
    {
      g_string_append (out, "  - ");
      write_text (out, *texts);
      g_string_append_c (out, '\n');
    }
}

static void
write_file (GString *out, const char *key, const AssayLockedFile *file)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (&file->sha256, hex);
  g_string_append_printf (out, "%s: {sha256: %s, size: %" G_GUINT64_FORMAT "}\n", key, hex, file->size);
}

static void
write_package (GString *out, const AssayLockedPackage *package)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (&package->sha256, hex);
  g_string_append_printf (out,
                          "  - {name: \"%s\", version: \"%s\", architecture: %s, sha256: %s, size: %" G_GUINT64_FORMAT
                          ", file: %s.deb}\n",
                          package->name, package->version, package->architecture, hex, package->size, hex);
}

char *
assay_toolchain_lock_write (const AssayToolchainLock *lock)
{
  GString *out = g_string_new ("# made by `assay toolchain make`; `assay toolchain check` verifies it\nlock: 1\n");
  g_string_append_printf (out, "suite: \"%s\"\narchitecture: %s\nvariant: " VARIANT "\n", lock->suite,
                          lock->architecture);
  g_string_append_printf (out, "source_date_epoch: %" G_GUINT64_FORMAT "\nmmdebstrap: \"%s\"\n",
                          lock->source_date_epoch, lock->mmdebstrap);
  write_list (out, "requested", lock->requested);
  write_list (out, "sources", lock->sources);
  write_file (out, "rootfs", &lock->rootfs);
  write_file (out, "archive", &lock->archive);
  g_string_append (out, "packages:\n");
  for (guint i = 0; i < lock->packages->len; i++)
    write_package (out, g_ptr_array_index (lock->packages, i));
  return g_string_free (out, FALSE);
}
