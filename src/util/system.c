#include "util/system.h"

#include "util/text.h"

#include <errno.h>

/* One system call never takes more than this much (man 2 read, NOTES). */
#define MAX_CALL_BYTES ((gsize)0x7ffff000)

static AssayErrorCode
code_of_errno (int number)
{
  switch (number)
    {
    case ENOENT:
    case ENOTDIR:
      return ASSAY_ERROR_NOT_FOUND;
    case ENXIO:
    case ELOOP:
      return ASSAY_ERROR_UNSUPPORTED;
    default:
      return ASSAY_ERROR_IO;
    }
}

gboolean
assay_system_error (GError **error, int number, const char *action, const char *path)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_set_error (error, ASSAY_ERROR, (int)code_of_errno (number), "cannot %s %s: %s", action, shown, g_strerror (number));
  return FALSE;
}

gssize
assay_system_read_at (int fd, void *out, gsize length_bytes, guint64 offset_bytes)
{
  gsize done = 0;
  while (done < length_bytes)
    {
      ssize_t count
          = pread (fd, (guint8 *)out + done, MIN (length_bytes - done, MAX_CALL_BYTES), (off_t)(offset_bytes + done));
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return -1;
      if (count == 0)
        break;
      done += (gsize)count;
    }
  return (gssize)done;
}

gboolean
assay_system_write_all (int fd, const void *data, gsize length_bytes)
{
  gsize done = 0;
  while (done < length_bytes)
    {
      ssize_t count = write (fd, (const guint8 *)data + done, MIN (length_bytes - done, MAX_CALL_BYTES));
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return FALSE;
      done += (gsize)count;
    }
  return TRUE;
}
