#include "report/load.h"

#include "crypto/sha256.h"
#include "report/member.h"
#include "util/json.h"
#include "util/stream.h"
#include "util/system.h"
#include "util/text.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define WINDOW_BYTES (64u * 1024u)

static gboolean
fail (GError **error, const char *path, const char *problem)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: %s", shown, problem);
  return FALSE;
}

/* One byte more than there may be is read, so that a document of any length ends somewhere. */
static gboolean
read_all (int fd, const char *path, GByteArray *out, GError **error)
{
  guint8 window[WINDOW_BYTES];
  while (out->len <= ASSAY_JSON_MAX_BYTES)
    {
      if (!assay_stream_wait (fd, path, error))
        return FALSE;
      ssize_t got = TEMP_FAILURE_RETRY (read (fd, window, sizeof window));
      if (got < 0 && errno == EAGAIN)
        continue;
      if (got < 0)
        return fail (error, path, g_strerror (errno));
      if (got == 0)
        return TRUE;
      g_byte_array_append (out, window, (guint)got);
    }
  return fail (error, path, "a report of more than 256 MiB");
}

static gboolean
read_path (const char *path, GByteArray *out, GError **error)
{
  if (strcmp (path, "-") == 0)
    return read_all (STDIN_FILENO, "standard input", out, error);
  /* O_NONBLOCK: a FIFO may be a report, but waiting for who writes to it must end by a signal */
  assay_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  return fd >= 0 ? read_all (fd, path, out, error) : fail (error, path, g_strerror (errno));
}

json_t *
assay_report_load (const char *path, AssayDigest *out_sha256, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  if (!read_path (path, bytes, error))
    return NULL;
  g_autoptr (json_t) report
      = assay_json_parse (bytes->data == NULL ? "" : (const char *)bytes->data, bytes->len, path, error);
  if (report == NULL)
    return NULL;
  const char *schema = json_string_value (json_object_get (report, "schema"));
  if (json_object_get (report, "payloadType") != NULL || json_object_get (report, "dsseEnvelope") != NULL)
    {
      fail (error, path, "a signed statement, where a report is wanted (schema " ASSAY_REPORT_SCHEMA ")");
      return NULL;
    }
  if (g_strcmp0 (schema, ASSAY_REPORT_SCHEMA) != 0)
    {
      g_autofree char *problem
          = g_strdup_printf ("`schema` is %s, expected " ASSAY_REPORT_SCHEMA, schema == NULL ? "missing" : schema);
      fail (error, path, problem);
      return NULL;
    }
  if (out_sha256 != NULL)
    assay_sha256_bytes (bytes->data, bytes->len, out_sha256);
  return g_steal_pointer (&report);
}
