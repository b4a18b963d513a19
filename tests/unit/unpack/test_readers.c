#include "archives.h"
#include "liars.h"

#include "unpack/readers.h"

#include <sched.h>

/* Processes that read containers, and lie (T23). What they are asked to read is an ar archive of IMAGE_BYTES; each says
 * something else than what is in it, and must be caught: the node cannot be read, and nothing of what it said stays. */

static GBytes *
image (void)
{
  guint8 *bytes = g_malloc (IMAGE_BYTES);
  for (guint i = 0; i < IMAGE_BYTES; i++)
    bytes[i] = (guint8)i;
  memcpy (bytes, "!<arch>\n", 8);
  return g_bytes_new_take (bytes, IMAGE_BYTES);
}

static AssayNode *
unpack_by (Fixture *fixture, AssayWorkerMain work)
{
  g_autoptr (GBytes) bytes = image ();
  assay_readers_free (fixture->readers);
  fixture->readers = assay_readers_new_for (work);
  return unpack_bytes (fixture, bytes);
}

static void
tell_the_truth (void **state)
{
  g_autoptr (AssayNode) root = unpack_by (*state, work_honest);
  assert_null (root->trouble);
  assert_int_equal (root->children->len, 1);
  const AssayNode *member = assay_node_find (root, "member");
  guint8 byte = 0;
  assert_int_equal (member->size, PAYLOAD_BYTES);
  assert_true (assay_blob_read (member->blob, 0, &byte, 1, NULL));
  assert_int_equal (byte, PAYLOAD_AT);
}

static void
lies (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (liars); i++)
    {
      g_autoptr (AssayNode) root = unpack_by (*state, liars[i].work);
      if (root->trouble == NULL)
        fail_msg ("%s: believed", liars[i].name);
      if (root->trouble_code == ASSAY_ERROR_INTERNAL || root->trouble_code == ASSAY_ERROR_CANCELLED)
        fail_msg ("%s: %s", liars[i].name, root->trouble);
      assert_int_equal (root->children->len, 0);
      assert_null (root->spans);
    }
}

/* A file in pieces is what stands in the container there, in the order that was told; and so are other names of it. */
static void
pieces (void **state)
{
  g_autoptr (AssayNode) root = unpack_by (*state, work_in_pieces);
  guint8 bytes[35];
  guint8 wanted[35] = { 0 };
  for (guint i = 0; i < 20; i++)
    wanted[i] = (guint8)(200 + i);
  for (guint i = 0; i < 10; i++)
    wanted[25 + i] = (guint8)(100 + i);
  assert_null (root->trouble);
  const AssayNode *member = assay_node_find (root, "member");
  assert_int_equal (member->size, sizeof bytes);
  assert_true (assay_blob_read (member->blob, 0, bytes, sizeof bytes, NULL));
  assert_memory_equal (bytes, wanted, sizeof bytes);
}

/* What a reader says of itself is shown escaped, and a code that it cannot know is none. */
static void
says_too_much (void **state)
{
  g_autoptr (AssayNode) root = unpack_by (*state, work_a_code_of_ours);
  assert_int_equal (root->trouble_code, ASSAY_ERROR_FAILED);
  assert_string_equal (root->trouble, "\\x1B]0;title");
}

/* One that lied does not read the next: a fresh one does. */
static int told; /* of each process its own */

static void
work_lies_once (AssayWire *wire)
{
  AssayMessage order;
  while (assay_wire_receive (wire, &order, NULL) && order.kind == ASSAY_TALK_OPEN)
    if (told == 0)
      {
        told++;
        gap (wire);
      }
    else
      _exit (1);
}

static void
is_replaced (void **state)
{
  for (int i = 0; i < 2; i++)
    {
      Fixture *fixture = *state;
      g_autoptr (GBytes) bytes = image ();
      if (i == 0)
        {
          assay_readers_free (fixture->readers);
          fixture->readers = assay_readers_new_for (work_lies_once);
        }
      g_autoptr (AssayNode) root = unpack_bytes (fixture, bytes);
      assert_non_null (root->trouble);
      assert_non_null (strstr (root->trouble, "contradicts itself"));
    }
}

/* More entries than the limit allows are counted here, whatever the reader counted. */
static void
limits (void **state)
{
  Fixture *fixture = *state;
  fixture->limits.value[ASSAY_LIMIT_ENTRIES] = 0;
  g_autoptr (AssayNode) root = unpack_by (fixture, work_honest);
  assert_int_equal (root->trouble_code, ASSAY_ERROR_LIMIT);
  assert_non_null (strstr (root->trouble, "entries"));
}

/* Well at first, so that a small limit is that of the parent and not the reader's own; then without an end. */
static void
work_endlessly (AssayWire *wire, void (*lie) (AssayWire *wire))
{
  AssayMessage order;
  if (!assay_wire_receive (wire, &order, NULL))
    return;
  say_well (wire);
  say_done (wire, 0);
  while (assay_wire_receive (wire, &order, NULL))
    for (;;)
      lie (wire);
}

static void
say_fact (AssayWire *wire)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  assay_put_text (bytes, "name");
  assay_put_text (bytes, "value");
  say_record (wire, OWN_FACT, bytes);
}

static void
work_endless_facts (AssayWire *wire)
{
  work_endlessly (wire, say_fact);
}

static guint64 contents; /* of each process its own */

static void
say_content (AssayWire *wire)
{
  say (wire, ASSAY_TALK_CONTENT, ASSAY_PARCEL_CONTENT + contents++, 0, NULL, 0);
}

static void
work_endless_contents (AssayWire *wire)
{
  work_endlessly (wire, say_content);
}

/* What it tells needs room here: that is bounded too, and not by time alone. */
static void
tells_without_end (void **state)
{
  static const struct
  {
    AssayWorkerMain work;
    AssayLimit limit;
    const char *text;
  } cases[] = {
    { work_endless_facts, ASSAY_LIMIT_WORKER_MEMORY,
      "limit worker-memory (1000 bytes) hit: a container of which more" },
    { work_endless_contents, ASSAY_LIMIT_ENTRIES, "limit entries (1000 entries) hit: more contents" },
  };
  Fixture *fixture = *state;
  g_autoptr (GBytes) bytes = image ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assay_limits_init (&fixture->limits);
      g_autoptr (AssayNode) well = unpack_by (fixture, cases[i].work);
      assert_null (well->trouble);
      fixture->limits.value[cases[i].limit] = 1000;
      g_autoptr (AssayNode) root = unpack_bytes (fixture, bytes);
      assert_int_equal (root->trouble_code, ASSAY_ERROR_LIMIT);
      assert_non_null (strstr (root->trouble, cases[i].text));
    }
}

/* An image of containers that all take long: what is left of the time for all of them counts down. */
static void
work_slowly (AssayWire *wire)
{
  AssayMessage order;
  while (assay_wire_receive (wire, &order, NULL) && order.kind == ASSAY_TALK_OPEN)
    for (;;)
      sched_yield ();
}

static void
takes_too_long (void **state)
{
  static const struct
  {
    guint64 node_s;
    guint64 image_s;
    const char *text;
  } cases[] = {
    { 0, 5, "limit node-time (0 seconds) hit" },
    { 5, 0, "limit image-time (0 seconds) hit" },
  };
  Fixture *fixture = *state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      fixture->limits.value[ASSAY_LIMIT_NODE_TIME] = cases[i].node_s;
      fixture->limits.value[ASSAY_LIMIT_IMAGE_TIME] = cases[i].image_s;
      g_autoptr (AssayNode) root = unpack_by (fixture, work_slowly);
      assert_int_equal (root->trouble_code, ASSAY_ERROR_LIMIT);
      assert_non_null (strstr (root->trouble, cases[i].text));
    }
}

/* The time that containers took is that of the image: of two that take a second each, the second finds none left. */
static void
takes_too_long_together (void **state)
{
  Fixture *fixture = *state;
  g_autoptr (GBytes) bytes = image ();
  AssayUnpackOptions options = { .limits = &fixture->limits };
  g_auto (AssayUnpackContext) context = { .spool = ASSAY_SPOOL_INIT };
  g_autoptr (AssayReaders) readers = assay_readers_new_for (work_slowly);
  fixture->limits.value[ASSAY_LIMIT_NODE_TIME] = 1;
  fixture->limits.value[ASSAY_LIMIT_IMAGE_TIME] = 2;
  assay_context_init (&context, &options);
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AssayNode) node = assay_node_new (NULL, g_strdup ("."));
      node->blob = assay_blob_new_for_bytes (bytes);
      node->size = IMAGE_BYTES;
      assert_false (assay_readers_open (readers, &context, node, assay_format_named ("ar"), &error));
      assert_non_null (strstr (error->message, i < 2 ? "limit node-time (1 " : "limit image-time (2 "));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (tell_the_truth, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown (pieces, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown (lies, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown (says_too_much, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown (is_replaced, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown (tells_without_end, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown (takes_too_long, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown (takes_too_long_together, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown (limits, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
