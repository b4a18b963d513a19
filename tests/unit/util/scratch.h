#ifndef ASSAY_TEST_SCRATCH_H
#define ASSAY_TEST_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/directory.h"

#include <assay/error.h>

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the tests of this room share: a directory of their own, and expected errors. */

#define assert_fails(call, wanted, error)                                                                              \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    assert_false (call);                                                                                               \
    assert_non_null (error);                                                                                           \
    assert_true ((error)->domain == ASSAY_ERROR);                                                                      \
    assert_int_equal ((error)->code, (wanted));                                                                        \
    g_clear_error (&(error));                                                                                          \
  }                                                                                                                    \
  G_STMT_END

typedef struct
{
  char *path;
  AssayDirectory *directory;
} Scratch;

static inline int
scratch_setup (void **state)
{
  Scratch *scratch = g_new0 (Scratch, 1);
  scratch->path = g_dir_make_tmp ("assay-test-XXXXXX", NULL);
  scratch->directory = assay_directory_open (scratch->path, NULL);
  *state = scratch;
  return scratch->directory == NULL;
}

static inline int
scratch_teardown (void **state)
{
  Scratch *scratch = *state;
  gboolean removed = assay_directory_remove_contents (scratch->directory, NULL) && g_rmdir (scratch->path) == 0;
  assay_directory_unref (scratch->directory);
  g_free (scratch->path);
  g_free (scratch);
  return !removed;
}

static inline void
scratch_write (const Scratch *scratch, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (scratch->path, name, NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  assert_true (fd >= 0);
  assert_int_equal (write (fd, text, strlen (text)), strlen (text));
  close (fd);
}

static inline char *
scratch_read (const Scratch *scratch, const char *name)
{
  g_autofree char *path = g_build_filename (scratch->path, name, NULL);
  char *text = NULL;
  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

static inline guint
scratch_count (const Scratch *scratch)
{
  g_autoptr (GDir) dir = g_dir_open (scratch->path, 0, NULL);
  guint count = 0;
  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

#endif
