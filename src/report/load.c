#include "report/load.h"

#include "crypto/sha256.h"
#include "report/member.h"
#include "report/split.h"
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

/** Takes the next bytes of a report. */
typedef gboolean (*Taker) (gpointer data, const char *path, const guint8 *bytes, gsize length, GError **error);

static gboolean
read_all (int fd, const char *path, Taker take, gpointer data, GError **error)
{
  guint8 window[WINDOW_BYTES];
  for (;;)
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
      if (!take (data, path, window, (gsize)got, error))
        return FALSE;
    }
}

static gboolean
read_path (const char *path, Taker take, gpointer data, GError **error)
{
  if (strcmp (path, "-") == 0)
    return read_all (STDIN_FILENO, "standard input", take, data, error);
  /* O_NONBLOCK: a FIFO may be a report, but waiting for who writes to it must end by a signal */
  assay_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  return fd >= 0 ? read_all (fd, path, take, data, error) : fail (error, path, g_strerror (errno));
}

static gboolean
check_kind (const json_t *report, const char *path, GError **error)
{
  const char *schema = json_string_value (json_object_get (report, "schema"));
  if (json_object_get (report, "payloadType") != NULL || json_object_get (report, "dsseEnvelope") != NULL)
    return fail (error, path, "a signed statement, where a report is wanted (schema " ASSAY_REPORT_SCHEMA ")");
  if (g_strcmp0 (schema, ASSAY_REPORT_SCHEMA) == 0)
    return TRUE;
  g_autofree char *problem
      = g_strdup_printf ("`schema` is %s, expected " ASSAY_REPORT_SCHEMA, schema == NULL ? "missing" : schema);
  return fail (error, path, problem);
}

static gboolean
take_whole (gpointer data, const char *path, const guint8 *bytes, gsize length, GError **error)
{
  GByteArray *whole = data;
  g_byte_array_append (whole, bytes, (guint)length);
  return whole->len <= ASSAY_JSON_MAX_BYTES
         || fail (error, path, "a report of more than 256 MiB; only `gate` and `render` read larger ones");
}

json_t *
assay_report_load (const char *path, AssayDigest *out_sha256, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  if (!read_path (path, take_whole, bytes, error))
    return NULL;
  g_autoptr (json_t) report
      = assay_json_parse (bytes->data == NULL ? "" : (const char *)bytes->data, bytes->len, path, error);
  if (report == NULL || !check_kind (report, path, error))
    return NULL;
  if (out_sha256 != NULL)
    assay_sha256_bytes (bytes->data, bytes->len, out_sha256);
  return g_steal_pointer (&report);
}

/** A report that is being read and divided. */
typedef struct
{
  AssaySplit *split;
  guint64 size;
  AssaySha256 *sha256; /* nullable */
} Dividing;

static gboolean
take_window (gpointer data, const char *path, const guint8 *bytes, gsize length, GError **error)
{
  Dividing *dividing = data;
  dividing->size += length;
  if (dividing->size > ASSAY_REPORT_MAX_BYTES)
    return fail (error, path, "a report of more than 64 GiB");
  if (dividing->sha256 != NULL)
    assay_sha256_update (dividing->sha256, bytes, length);
  return assay_split_add (dividing->split, (const char *)bytes, length, error);
}

json_t *
assay_report_load_split (const char *path, AssayDigest *out_sha256, AssayListing **out_findings, GError **error)
{
  g_autoptr (AssaySplit) split = assay_split_new (path);
  g_autoptr (AssaySha256) sha256 = out_sha256 == NULL ? NULL : assay_sha256_new ();
  g_autoptr (AssayListing) findings = NULL;
  Dividing dividing = { split, 0, sha256 };
  if (!read_path (path, take_window, &dividing, error))
    return NULL;
  g_autoptr (json_t) report = assay_split_finish (split, &findings, error);
  if (report == NULL || !check_kind (report, path, error))
    return NULL;
  if (out_sha256 != NULL)
    assay_sha256_finish (sha256, out_sha256);
  *out_findings = g_steal_pointer (&findings);
  return g_steal_pointer (&report);
}
