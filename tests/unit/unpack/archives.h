#ifndef ASSAY_TEST_ARCHIVES_H
#define ASSAY_TEST_ARCHIVES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unpack/fact.h"
#include "unpack/spans.h"
#include "unpack/unpack.h"

#include <assay/error.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

/* What the tests of the readers share: archives made by the usual tools, looking at trees, and two properties of every
 * format. */

typedef struct
{
  char *path;
  AssayDirectory *directory;
  AssayLimits limits;
  AssayReaders *readers; /* of all that a test opens */
} Fixture;

static inline int
fixture_setup (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);
  fixture->path = g_dir_make_tmp ("assay-test-XXXXXX", NULL);
  fixture->directory = assay_directory_open (fixture->path, NULL);
  assay_limits_init (&fixture->limits);
  fixture->readers = assay_readers_new ();
  *state = fixture;
  return fixture->directory == NULL;
}

static inline int
fixture_teardown (void **state)
{
  Fixture *fixture = *state;
  gboolean removed = assay_directory_remove_contents (fixture->directory, NULL) && g_rmdir (fixture->path) == 0;
  assay_directory_unref (fixture->directory);
  assay_readers_free (fixture->readers);
  g_free (fixture->path);
  g_free (fixture);
  return !removed;
}

/* Runs `sh -e` in the fixture's directory, with a fixed umask and time zone. */
static inline void
run (const Fixture *fixture, const char *script)
{
  int status = -1;
  g_autofree char *text = g_strconcat ("umask 022; export TZ=UTC LC_ALL=C; ", script, NULL);
  char *argv[] = { (char *)"sh", (char *)"-ec", text, NULL };
  assert_true (g_spawn_sync (fixture->path, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
  assert_int_equal (status, 0);
}

static inline GBytes *
load (const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->path, name, NULL);
  char *data = NULL;
  gsize size = 0;
  assert_true (g_file_get_contents (path, &data, &size, NULL));
  return g_bytes_new_take (data, size);
}

static inline AssayNode *
unpack_bytes (const Fixture *fixture, GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  AssayUnpackOptions options = { .limits = &fixture->limits, .readers = fixture->readers };
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (bytes);
  AssayNode *root = assay_unpack_blob (blob, &options, &error);
  assert_non_null (root);
  return root;
}

/* What a script left as `out`, to be changed, and how to open it. */
static inline GByteArray *
load_image (const Fixture *fixture)
{
  g_autoptr (GBytes) bytes = load (fixture, "out");
  return g_bytes_unref_to_array (g_steal_pointer (&bytes));
}

static inline AssayNode *
unpack_image (const Fixture *fixture, const GByteArray *image)
{
  g_autoptr (GBytes) bytes = g_bytes_new (image->data, image->len);
  return unpack_bytes (fixture, bytes);
}

/* Makes an archive by a script that leaves it as `out`, and opens it. */
static inline AssayNode *
make (const Fixture *fixture, const char *script)
{
  run (fixture, script);
  g_autoptr (GBytes) bytes = load (fixture, "out");
  return unpack_bytes (fixture, bytes);
}

static inline gboolean
check_node (AssayNode *node, gpointer data)
{
  g_autoptr (GError) error = NULL;
  if (!assay_node_validate (node, &error))
    fail_msg ("%s", error->message);
  return TRUE;
}

static inline const char *
fact (AssayNode *root, const char *path, const char *name)
{
  AssayNode *node = assay_node_find (root, path);
  assert_non_null (node);
  return assay_node_get_fact (node, name);
}

#define assert_fact(root, path, name, value) assert_string_equal (fact (root, path, name), value)

static inline void
assert_content (AssayNode *root, const char *path, const char *text)
{
  AssayNode *node = assay_node_find (root, path);
  char buffer[256] = { 0 };
  assert_non_null (node);
  assert_int_equal (node->size, strlen (text));
  assert_true (node->size < sizeof buffer);
  assert_true (assay_blob_read (node->blob, 0, buffer, node->size, NULL));
  assert_string_equal (buffer, text);
}

/* Every span but content and slack can be written again. */
static inline void
assert_rewritable (const AssayNode *node)
{
  assert_null (node->trouble);
  assert_non_null (node->spans);
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if ((span->kind == ASSAY_SPAN_HEADER || span->kind == ASSAY_SPAN_PADDING) && !span->rewritable)
        fail_msg ("%s at %" G_GUINT64_FORMAT " is not rewritable", span->name, span->offset);
    }
}

static inline const AssaySpan *
span_at (const AssayNode *node, guint64 offset)
{
  for (guint i = 0; node->spans != NULL && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (offset >= span->offset && offset - span->offset < span->length)
        return span;
    }
  return NULL;
}

static inline void
describe_facts (GString *out, const GArray *facts)
{
  for (guint i = 0; i < facts->len; i++)
    {
      const AssayFact *one = &g_array_index (facts, AssayFact, i);
      g_string_append_printf (out, " %s=%s", one->name, one->value);
    }
}

/* All that is known of a tree but its spans: what a comparison would see beside bytes that were written again. */
static inline gboolean
describe_node (AssayNode *node, gpointer data)
{
  GString *out = data;
  g_string_append_printf (out, "%s %d %" G_GUINT64_FORMAT " %d", node->path, (int)node->type, node->size,
                          node->trouble != NULL);
  describe_facts (out, node->facts);
  g_string_append (out, " |");
  describe_facts (out, node->own_facts);
  if (node->parent != NULL && node->blob != NULL)
    {
      g_autofree guint8 *bytes = g_malloc (node->size + 1);
      assert_true (assay_blob_read (node->blob, 0, bytes, node->size, NULL));
      g_autofree char *digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, node->size);
      g_string_append_printf (out, " %s", digest);
    }
  g_string_append_c (out, '\n');
  return TRUE;
}

static inline char *
describe (AssayNode *root)
{
  GString *out = g_string_new (root->format);
  assay_node_visit (root, describe_node, out);
  return g_string_free (out, FALSE);
}

static inline void
check_flip (const Fixture *fixture, const AssayNode *original, const char *before, GBytes *flipped, guint64 offset)
{
  g_autoptr (AssayNode) root = unpack_bytes (fixture, flipped);
  assay_node_visit (root, check_node, NULL);
  const AssaySpan *was = span_at (original, offset);
  const AssaySpan *is = span_at (root, offset);
  if (is == NULL || !is->rewritable || is->kind != was->kind)
    return;
  g_autofree char *after = describe (root);
  if (strcmp (before, after) == 0)
    fail_msg ("a changed byte at %" G_GUINT64_FORMAT " in %s is seen by nobody", offset, was->name);
}

/* What a forger would do after changing the byte at @offset of @data: mend what would give it away at once. */
typedef void (*Mend) (const AssayNode *original, guint8 *data, guint64 offset, guint8 mask);

/* How many changes of each byte there is time for: they go round, so that each is tried at a part of the bytes. */
static inline gsize
masks_tried (gsize all)
{
  if (g_strcmp0 (g_getenv ("ASSAY_ALL"), "1") == 0)
    return all;
#ifdef ASSAY_SANITIZED
  return 1;
#else
  return 2;
#endif
}

/*
 * The property that makes "rewritable" sound: whichever byte of a container's own bytes is changed, either the node is
 * in trouble, or a fact, name or content differs, or the bytes there do not claim to be rewritable any more.
 */
static inline void
check_all_flips_mended (const Fixture *fixture, GBytes *bytes, Mend mend)
{
  static const guint8 masks[] = { 0x01, 0x10, 0x20, 0x80, 0xff };
  gsize tried = masks_tried (G_N_ELEMENTS (masks));
  g_autoptr (AssayNode) original = unpack_bytes (fixture, bytes);
  assert_null (original->trouble);
  assert_non_null (original->spans);
  g_autofree char *before = describe (original);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  for (gsize i = 0; i < size; i++)
    {
      const AssaySpan *span = span_at (original, i);
      if (span->kind == ASSAY_SPAN_PAYLOAD || span->kind == ASSAY_SPAN_ENCODED)
        continue;
      for (gsize m = 0; m < tried; m++)
        {
          guint8 mask = masks[(i + m) % G_N_ELEMENTS (masks)];
          guint8 *copy = g_memdup2 (data, size);
          copy[i] ^= mask;
          if (mend != NULL)
            mend (original, copy, i, mask);
          g_autoptr (GBytes) flipped = g_bytes_new_take (copy, size);
          check_flip (fixture, original, before, flipped, i);
        }
    }
}

static inline void
check_all_flips (const Fixture *fixture, GBytes *bytes)
{
  check_all_flips_mended (fixture, bytes, NULL);
}

/* Cut off at every length: a valid tree each time, of exactly that size. */
static inline void
check_all_truncations (const Fixture *fixture, GBytes *bytes)
{
  for (gsize size = 0; size < g_bytes_get_size (bytes); size++)
    {
      /* Memory of exactly that length, so that a sanitizer sees a read behind its end. */
      g_autoptr (GBytes) cut = g_bytes_new (g_bytes_get_data (bytes, NULL), size);
      g_autoptr (AssayNode) root = unpack_bytes (fixture, cut);
      assert_int_equal (root->size, size);
      assay_node_visit (root, check_node, NULL);
    }
}

/* Makes an archive, which gives the same tree twice. */
static inline void
check_same_twice (const Fixture *fixture, const char *script)
{
  run (fixture, script);
  g_autoptr (GBytes) bytes = load (fixture, "out");
  g_autoptr (AssayNode) one = unpack_bytes (fixture, bytes);
  g_autoptr (AssayNode) two = unpack_bytes (fixture, bytes);
  g_autofree char *first = describe (one);
  g_autofree char *second = describe (two);
  assay_node_visit (one, check_node, NULL);
  assert_string_equal (first, second);
}

/* The same tree twice, and both properties. */
static inline void
check_format (const Fixture *fixture, const char *script)
{
  check_same_twice (fixture, script);
  g_autoptr (GBytes) bytes = load (fixture, "out");
  check_all_flips (fixture, bytes);
  check_all_truncations (fixture, bytes);
}

#define fixture_test(function) cmocka_unit_test_setup_teardown (function, fixture_setup, fixture_teardown)

#endif
