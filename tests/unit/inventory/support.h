#ifndef ASSAY_TEST_INVENTORY_SUPPORT_H
#define ASSAY_TEST_INVENTORY_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "elf_maker.h"
#include "inventory/elf.h"
#include "inventory/interpreter.h"
#include "util/directory.h"

#include <assay/error.h>

#include <elf.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* What the tests of this room share. */

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

static inline AssayBlob *
blob_of_array (const GByteArray *array)
{
  g_autoptr (GBytes) bytes = g_bytes_new (array->data, array->len);
  return assay_blob_new_for_bytes (bytes);
}

/** The same without a copy: the bytes must stay until the blob goes. */
static inline AssayBlob *
blob_of_memory (const void *data, gsize length)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, length);
  return assay_blob_new_for_bytes (bytes);
}

static inline AssayBlob *
blob_of_file (const char *path)
{
  /* Programs are often links to others, which a blob refuses. */
  char resolved[PATH_MAX];
  const char *real = realpath (path, resolved);
  assert_non_null (real);
  g_autofree char *parent = g_path_get_dirname (real);
  g_autofree char *name = g_path_get_basename (real);
  g_autoptr (AssayDirectory) directory = assay_directory_open (parent, NULL);
  assert_non_null (directory);
  AssayBlob *blob = assay_blob_new_for_file (directory, name, NULL);
  assert_non_null (blob);
  return blob;
}

static inline AssayInterpreter *
new_interpreter (void)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  return assay_interpreter_new (&limits);
}

static inline AssayElf *
read_elf (AssayBlob *blob)
{
  g_autoptr (GError) error = NULL;
  AssayLimits limits;
  assay_limits_init (&limits);
  AssayElf *elf = assay_elf_new (blob, &limits, &error);
  if (elf == NULL)
    fail_msg ("%s", error->message);
  return elf;
}

static inline void
load_symbols (AssayElf *elf, AssayBlob *blob)
{
  g_autoptr (GError) error = NULL;
  AssayLimits limits;
  assay_limits_init (&limits);
  if (!assay_elf_load_symbols (elf, blob, &limits, &error))
    fail_msg ("%s", error->message);
}

/** The promise that holds for every file: pieces tile it, and each says truly whose it is. */
static inline void
assert_tiled (const AssayElf *elf)
{
  guint64 cursor = 0;
  for (guint i = 0; i < elf->pieces->len; i++)
    {
      const AssayPiece *piece = &g_array_index (elf->pieces, AssayPiece, i);
      assert_int_equal (piece->offset, cursor);
      assert_true (piece->length > 0 && piece->length <= elf->size - cursor);
      assert_int_equal (piece->section != G_MAXUINT32, piece->kind == ASSAY_PIECE_SECTION);
      if (piece->kind == ASSAY_PIECE_SECTION)
        {
          const AssaySection *section = &g_array_index (elf->sections, AssaySection, piece->section);
          assert_true (piece->offset >= section->offset);
          assert_true (piece->offset - section->offset + piece->length <= section->size);
        }
      cursor += piece->length;
    }
  assert_int_equal (cursor, elf->size);
}

static inline const AssaySection *
find_section (const AssayElf *elf, const char *name)
{
  for (guint i = 0; i < elf->sections->len; i++)
    if (strcmp (g_array_index (elf->sections, AssaySection, i).name, name) == 0)
      return &g_array_index (elf->sections, AssaySection, i);
  return NULL;
}

/** Runs a program found in PATH; its standard output, or NULL when it failed. */
static inline char *
run (const char *directory, const char **arguments)
{
  char *out = NULL;
  int status = 0;
  g_autoptr (GError) error = NULL;
  if (!g_spawn_sync (directory, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, &status, &error)
      || !g_spawn_check_wait_status (status, &error))
    {
      print_message ("%s: %s\n", arguments[0], error->message);
      g_clear_pointer (&out, g_free);
    }
  return out;
}

#define RUN(directory, ...) run (directory, (const char *[]){ __VA_ARGS__, NULL })

static inline gboolean
has_program (const char *name)
{
  g_autofree char *path = g_find_program_in_path (name);
  return path != NULL;
}

static inline int
make_scratch (void **state)
{
  *state = g_dir_make_tmp ("assay-test-XXXXXX", NULL);
  return *state == NULL;
}

static inline int
remove_scratch (void **state)
{
  g_autofree char *path = *state;
  g_autoptr (AssayDirectory) directory = assay_directory_open (path, NULL);
  return directory == NULL || !assay_directory_remove_contents (directory, NULL) || g_rmdir (path) != 0;
}

static inline void
write_file (const char *directory, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  assert_true (g_file_set_contents (path, text, -1, NULL));
}

#endif
