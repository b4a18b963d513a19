#include "rebuild/rebuilt.h"

#include "rebuild/restore.h"
#include "util/system.h"
#include "util/text.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define PURPOSE "assay rebuild 2"
#define RECORD "record"

/* As much as a JSON document may be (util/json.h); one of a rebuild has some lines for each output. */
#define RECORD_BYTES (64u << 20)

static gboolean
write_record (AssayDirectory *beside, const char *record, GError **error)
{
  assay_autofd fd = openat (assay_directory_get_fd (beside), RECORD,
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  return (fd >= 0 && assay_system_write_all (fd, record, strlen (record)))
         || assay_system_error (error, errno, "write", RECORD);
}

gboolean
assay_rebuilt_write (const AssayRebuilt *rebuilt, const AssayDigest *key, AssaySecret *secret, AssayDirectory *into,
                     GError **error)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  const AssayPackName name = { ASSAY_REBUILT_FILE, PURPOSE, hex };
  const AssayIdentity us = { .uid = geteuid (), .gid = getegid () };
  AssayCacheEntry entry = { .cached = rebuilt->cached }; /* borrowed */
  assay_digest_to_hex (key, hex);
  g_autoptr (AssayPrivateDirectory) own = assay_private_directory_new (NULL, error);
  AssayDirectory *beside = own == NULL ? NULL : assay_private_directory_get_directory (own);
  if (beside == NULL || !write_record (beside, rebuilt->record, error))
    return FALSE;
  g_autoptr (AssayPack) pack = assay_pack_new (into, G_MAXUINT64, error);
  if (pack == NULL || !assay_pack_add (pack, rebuilt->build, rebuilt->owner, rebuilt->paths, &entry.build, error)
      || !assay_pack_add (pack, beside, &us, NULL, &entry.beside, error))
    return FALSE;
  g_autofree char *text = assay_cache_entry_write (&entry, hex);
  return assay_pack_commit (pack, text, secret, &name, error);
}

static char *
read_record (AssayWorkspace *workspace, GError **error)
{
  struct stat status;
  g_autoptr (AssayDirectory) beside = assay_directory_open_beneath (workspace->scratch, ASSAY_RESTORE_BESIDE, error);
  assay_autofd fd = beside == NULL ? -1 : assay_directory_open_file (beside, RECORD, error);
  if (fd < 0)
    return NULL;
  g_autofree char *record = NULL;
  if (fstat (fd, &status) == 0 && status.st_size >= 0 && status.st_size <= RECORD_BYTES)
    record = g_malloc0 ((gsize)status.st_size + 1);
  if (record != NULL && assay_system_read_at (fd, record, (gsize)status.st_size, 0) == status.st_size)
    return g_steal_pointer (&record);
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "the record cannot be read");
  return NULL;
}

static gboolean
take (const char *path, const char *hex, const AssayDigest *prepared, AssaySecret *secret, AssayWorkspace *workspace,
      AssayCached *out, char **out_record, GError **error)
{
  const AssayPackName name = { ASSAY_REBUILT_FILE, PURPOSE, hex };
  g_auto (AssayCacheEntry) entry = { .cached = { NULL } };
  g_autoptr (AssayDirectory) directory = assay_directory_open (path, error);
  assay_autofd fd = directory == NULL ? -1 : assay_directory_open_file (directory, ASSAY_REBUILT_FILE, error);
  g_autofree char *text = fd < 0 ? NULL : assay_pack_check (fd, secret, &name, error);
  if (text == NULL || !assay_cache_entry_parse (text, hex, &entry, error))
    return FALSE;
  if (!assay_digest_equal (&entry.cached.prepared, prepared))
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_PIN, "the first step would find another tree");
      return FALSE;
    }
  g_autoptr (AssayDirectory) tree = assay_restore_entry (fd, &entry, ASSAY_RESTORE_BOTH, workspace, error);
  g_autofree char *record = tree == NULL ? NULL : read_record (workspace, error);
  if (record == NULL || !assay_restore_exchange (workspace, tree, error))
    return FALSE;
  *out = entry.cached;
  entry.cached = (AssayCached){ NULL };
  *out_record = g_steal_pointer (&record);
  return TRUE;
}

gboolean
assay_rebuilt_take (const char *path, const AssayDigest *key, const AssayDigest *prepared, AssaySecret *secret,
                    AssayWorkspace *workspace, AssayCached *out, char **out_record, GError **error)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  g_autofree char *shown = assay_text_escape_line (path, -1);
  assay_digest_to_hex (key, hex);
  if (take (path, hex, prepared, secret, workspace, out, out_record, error))
    return TRUE;
  if (error != NULL && g_error_matches (*error, ASSAY_ERROR, ASSAY_ERROR_PIN))
    g_prefix_error (error, "--rebuilt %s is no rebuild of what the recipe says now: ", shown);
  else
    g_prefix_error (error, "--rebuilt %s: ", shown);
  return FALSE;
}
