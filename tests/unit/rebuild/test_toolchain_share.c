#include "rebuild/toolchain_share.h"

#include "util/limits.h"

#include <assay/error.h>

/* What one build brings along. */
typedef struct
{
  guint made;
  gboolean fails;
} Maker;

static AssayToolchain *
make (gpointer data, GError **error)
{
  Maker *maker = data;
  AssayLimits limits;
  assay_limits_init (&limits);
  maker->made++;
  if (!maker->fails)
    return assay_toolchain_new (&limits);
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_IO, "cannot be read");
  return NULL;
}

static void
test_one_for_all_of_the_same (void)
{
  g_autoptr (AssayToolchainShare) share = assay_toolchain_share_new ();
  const AssayDigest layers = { { 1 } };
  const AssayDigest others = { { 2 } };
  Maker first = { 0 };
  Maker second = { 0 };
  g_autoptr (AssayToolchain) one = assay_toolchain_share_get (share, &layers, make, &first, NULL);
  g_autoptr (AssayToolchain) same = assay_toolchain_share_get (share, &layers, make, &second, NULL);
  g_autoptr (AssayToolchain) other = assay_toolchain_share_get (share, &others, make, &second, NULL);
  g_assert_nonnull (one);
  g_assert_true (one == same);
  g_assert_true (one != other);
  g_assert_cmpuint (first.made, ==, 1);
  g_assert_cmpuint (second.made, ==, 1);
}

static void
test_failure_is_not_kept (void)
{
  g_autoptr (AssayToolchainShare) share = assay_toolchain_share_new ();
  const AssayDigest layers = { { 1 } };
  Maker first = { .fails = TRUE };
  Maker second = { 0 };
  g_autoptr (GError) error = NULL;
  g_assert_null (assay_toolchain_share_get (share, &layers, make, &first, &error));
  g_assert_error (error, ASSAY_ERROR, ASSAY_ERROR_IO);
  g_autoptr (AssayToolchain) toolchain = assay_toolchain_share_get (share, &layers, make, &second, NULL);
  g_assert_nonnull (toolchain);
  g_assert_cmpuint (second.made, ==, 1);
}

static void
test_outlives_the_share (void)
{
  AssayToolchainShare *share = assay_toolchain_share_new ();
  const AssayDigest layers = { { 1 } };
  Maker maker = { 0 };
  g_autoptr (AssayToolchain) toolchain = assay_toolchain_share_get (share, &layers, make, &maker, NULL);
  assay_toolchain_share_free (share);
  g_assert_cmpuint (assay_toolchain_get_unread (toolchain)->len, ==, 0);
  g_assert_null (assay_toolchain_holds (toolchain, 1, &layers));
}

/* Builds that come at once. */
typedef struct
{
  AssayToolchainShare *share;
  Maker *maker; /* written to while the share holds its lock */
} Crowd;

static gpointer
come (gpointer data)
{
  const Crowd *crowd = data;
  const AssayDigest layers = { { 1 } };
  return assay_toolchain_share_get (crowd->share, &layers, make, crowd->maker, NULL);
}

static void
test_many_threads (void)
{
  g_autoptr (AssayToolchainShare) share = assay_toolchain_share_new ();
  Maker maker = { 0 };
  Crowd crowd = { share, &maker };
  GThread *threads[8];
  AssayToolchain *first = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("come", come, &crowd);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autoptr (AssayToolchain) toolchain = g_thread_join (threads[i]);
      first = first == NULL ? toolchain : first;
      g_assert_true (toolchain == first);
    }
  g_assert_cmpuint (maker.made, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rebuild/toolchain_share/one_for_all_of_the_same", test_one_for_all_of_the_same);
  g_test_add_func ("/rebuild/toolchain_share/failure_is_not_kept", test_failure_is_not_kept);
  g_test_add_func ("/rebuild/toolchain_share/outlives_the_share", test_outlives_the_share);
  g_test_add_func ("/rebuild/toolchain_share/many_threads", test_many_threads);
  return g_test_run ();
}
