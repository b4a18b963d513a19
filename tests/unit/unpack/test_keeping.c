#include "archives.h"
#include "telling.h"

#include "unpack/keeping.h"
#include "unpack/readers.h"

#include <sys/stat.h>

/* Two streams that are kept beside each other: each must be read back as what was added to it, whatever the other had;
 * and of what both have only one copy is written. */

#define PART (16u * 1024u)
#define PARTS 64u
#define WHOLE (PARTS * PART)

typedef struct
{
  AssayKeeping *keeping;
  AssaySpool spools[2];
  AssayKept *kept[2];
} Pair;

static void
pair_init (Pair *pair)
{
  *pair = (Pair){ .keeping = assay_keeping_new (), .spools = { ASSAY_SPOOL_INIT, ASSAY_SPOOL_INIT } };
  for (guint i = 0; i < 2; i++)
    pair->kept[i] = assay_kept_new (pair->keeping, i == 1, "image//#gzip", &pair->spools[i]);
}

static void
pair_clear (Pair *pair)
{
  assay_keeping_free (pair->keeping);
  for (guint i = 0; i < 2; i++)
    assay_spool_clear (&pair->spools[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

/* Bytes that have no two equal blocks. */
static GByteArray *
make_bytes (guint seed, gsize length)
{
  GByteArray *bytes = g_byte_array_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  while (bytes->len < length)
    {
      guint32 word = g_rand_int (random);
      g_byte_array_append (bytes, (const guint8 *)&word, sizeof word);
    }
  return bytes;
}

static void
add (Pair *pair, guint side, const GByteArray *bytes, gsize from, gsize to)
{
  for (gsize at = from; at < to;)
    {
      gsize part = MIN (PART, to - at);
      assert_true (assay_kept_add (pair->kept[side], G_MAXUINT32, NULL, bytes->data + at, part, NULL));
      at += part;
    }
}

static void
check (Pair *pair, guint side, const GByteArray *bytes)
{
  g_autofree guint8 *read = g_malloc (bytes->len);
  assert_int_equal (assay_kept_get_length (pair->kept[side]), bytes->len);
  g_autoptr (AssayBlob) blob = assay_kept_join (pair->kept[side]);
  assert_int_equal (assay_blob_get_size (blob), bytes->len);
  assert_true (assay_blob_read (blob, 0, read, bytes->len, NULL));
  assert_memory_equal (read, bytes->data, bytes->len);
}

/* Bytes that a spool takes of the disk. */
static guint64
written (const Pair *pair, guint side)
{
  struct stat status;
  if (pair->spools[side].blob == NULL)
    return 0;
  assert_int_equal (fstat (pair->spools[side].fd, &status), 0);
  return (guint64)status.st_blocks * 512;
}

static void
what_both_have_is_written_once (void **state)
{
  for (guint first = 0; first < 2; first++)
    {
      g_auto (Pair) pair;
      pair_init (&pair);
      g_autoptr (GByteArray) bytes = make_bytes (1, WHOLE);
      add (&pair, first, bytes, 0, WHOLE);
      add (&pair, 1 - first, bytes, 0, WHOLE);
      check (&pair, 0, bytes);
      check (&pair, 1, bytes);
      assert_true (written (&pair, first) >= WHOLE);
      assert_int_equal (written (&pair, 1 - first), 0);
      g_autoptr (AssayBlob) a = assay_kept_join (pair.kept[0]);
      g_autoptr (AssayBlob) b = assay_kept_join (pair.kept[1]);
      assert_true (assay_blob_same_place (a, b));
    }
}

/* The last bytes of one side may stand before, at or behind the end of a piece of the other. */
static void
they_take_turns (void **state)
{
  g_auto (Pair) pair;
  pair_init (&pair);
  g_autoptr (GByteArray) bytes = make_bytes (2, WHOLE);
  gsize done[2] = { 0, 0 };
  for (guint i = 0; done[0] < WHOLE || done[1] < WHOLE; i++)
    {
      guint side = i % 3 == 0;
      gsize to = MIN (WHOLE, done[side] + (i % 5 + 1) * (PART / 2 + i));
      add (&pair, side, bytes, done[side], to);
      done[side] = to;
    }
  check (&pair, 0, bytes);
  check (&pair, 1, bytes);
  assert_true (written (&pair, 0) + written (&pair, 1) < WHOLE + WHOLE / 4);
}

/* One byte in each piece, so that nothing is alike, and one byte in all. */
static void
what_differs_stays_apart (void **state)
{
  const gsize steps[] = { PART, WHOLE };
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_auto (Pair) pair;
      pair_init (&pair);
      g_autoptr (GByteArray) a = make_bytes (3, WHOLE);
      g_autoptr (GByteArray) b = make_bytes (3, WHOLE);
      for (gsize at = 0; at < WHOLE; at += steps[i])
        b->data[at + PART - 1] ^= 1;
      add (&pair, 0, a, 0, WHOLE);
      add (&pair, 1, b, 0, WHOLE);
      check (&pair, 0, a);
      check (&pair, 1, b);
      g_autoptr (AssayBlob) first = assay_kept_join (pair.kept[0]);
      g_autoptr (AssayBlob) second = assay_kept_join (pair.kept[1]);
      assert_false (assay_blob_same_place (first, second));
      assert_true (steps[i] == PART ? written (&pair, 1) >= WHOLE : written (&pair, 1) <= 2 * PART);
    }
}

/* An entry that is longer, shorter, new or gone moves all that comes behind it. */
static void
what_moved_is_found (void **state)
{
  for (guint longer = 0; longer < 2; longer++)
    {
      g_auto (Pair) pair;
      pair_init (&pair);
      g_autoptr (GByteArray) plain = make_bytes (4, WHOLE);
      g_autoptr (GByteArray) moved = g_byte_array_new ();
      g_autoptr (GByteArray) another = make_bytes (5, 3 * 512);
      g_byte_array_append (moved, plain->data, 5 * PART);
      g_byte_array_append (moved, another->data, another->len);
      g_byte_array_append (moved, plain->data + 5 * PART, WHOLE - 5 * PART);
      add (&pair, 0, longer == 0 ? moved : plain, 0, longer == 0 ? moved->len : plain->len);
      add (&pair, 1, longer == 0 ? plain : moved, 0, longer == 0 ? plain->len : moved->len);
      check (&pair, 0, longer == 0 ? moved : plain);
      check (&pair, 1, longer == 0 ? plain : moved);
      assert_true (written (&pair, 1) <= 4 * PART);
    }
}

typedef struct
{
  Pair *pair;
  guint side;
  const GByteArray *bytes;
} Adding;

static gpointer
add_all (gpointer data)
{
  const Adding *adding = data;
  add (adding->pair, adding->side, adding->bytes, 0, adding->bytes->len);
  assay_kept_end (adding->pair->kept[adding->side]);
  return NULL;
}

static void
both_at_once (void **state)
{
  for (guint i = 0; i < 20; i++)
    {
      g_auto (Pair) pair;
      pair_init (&pair);
      g_autoptr (GByteArray) a = make_bytes (6, WHOLE);
      g_autoptr (GByteArray) b = make_bytes (6, WHOLE - i * 100);
      b->data[WHOLE / 2] ^= 1;
      Adding adding[] = { { &pair, 0, a }, { &pair, 1, b } };
      GThread *thread = g_thread_new (NULL, add_all, &adding[0]);
      add_all (&adding[1]);
      g_thread_join (thread);
      check (&pair, 0, a);
      check (&pair, 1, b);
      assert_true (written (&pair, 0) + written (&pair, 1) < WHOLE + WHOLE / 2);
    }
}

/* Of two streams of one path on one side only the first is a party; and nobody is one for all other paths. */
static void
one_party_a_side (void **state)
{
  g_auto (Pair) pair;
  pair_init (&pair);
  g_autoptr (GByteArray) bytes = make_bytes (7, WHOLE);
  assert_null (assay_kept_new (pair.keeping, FALSE, "image//#gzip", &pair.spools[0]));
  AssaySpool spool = ASSAY_SPOOL_INIT;
  AssayKept *elsewhere = assay_kept_new (pair.keeping, TRUE, "image//#xz", &spool);
  add (&pair, 0, bytes, 0, WHOLE);
  assert_true (assay_kept_add (elsewhere, G_MAXUINT32, NULL, bytes->data, PART, NULL));
  assert_non_null (spool.blob);
  assay_spool_clear (&spool);
}

/* Nothing can be written: who would wait for it does not, and writes it himself. Microseconds that he takes. */
static gint64
go_on_alone (void)
{
  g_auto (Pair) pair;
  pair_init (&pair);
  g_autoptr (GByteArray) bytes = make_bytes (8, PART);
  g_autoptr (GError) error = NULL;
  assert_false (assay_kept_add (pair.kept[0], G_MAXUINT32, "/nowhere", bytes->data, PART, &error));
  assert_non_null (error);
  gint64 begin_us = g_get_monotonic_time ();
  add (&pair, 1, bytes, 0, PART);
  gint64 took_us = g_get_monotonic_time () - begin_us;
  check (&pair, 1, bytes);
  return took_us;
}

/* Who waited in vain took half a second each time. */
static void
a_side_that_fails_ends (void **state)
{
  gint64 least_us = G_MAXINT64;
  for (guint i = 0; i < 4; i++)
    least_us = MIN (least_us, go_on_alone ());
  assert_true (least_us < G_USEC_PER_SEC / 3);
}

/* A stream that ends in the middle of what the other side has from it is never written over by the next one. */
static void
what_a_side_had_stays (void **state)
{
  g_auto (Pair) pair;
  pair_init (&pair);
  g_autoptr (GByteArray) bytes = make_bytes (9, WHOLE);
  g_autoptr (GByteArray) others = make_bytes (10, WHOLE);
  add (&pair, 0, bytes, 0, WHOLE / 2);
  assay_kept_end (pair.kept[0]);
  add (&pair, 1, bytes, 0, WHOLE / 2);
  /* as end_kept() of readers.c does */
  pair.spools[0].used += assay_kept_get_length (pair.kept[0]);
  pair.kept[0] = assay_kept_new (pair.keeping, FALSE, "image//#xz", &pair.spools[0]);
  add (&pair, 0, others, 0, WHOLE);
  add (&pair, 1, bytes, WHOLE / 2, WHOLE);
  check (&pair, 0, others);
  check (&pair, 1, bytes);
  assert_true (written (&pair, 1) < WHOLE);
}

/* So many pieces that nobody asks any more, and pieces that are alike behind them. */
static void
nobody_asks_for_ever (void **state)
{
  g_auto (Pair) pair;
  pair_init (&pair);
  g_autoptr (GByteArray) a = make_bytes (11, 2 * WHOLE);
  g_autoptr (GByteArray) b = make_bytes (12, 2 * WHOLE);
  memcpy (b->data + 2 * WHOLE - 2 * PART, a->data + 2 * WHOLE - 2 * PART, 2 * PART);
  add (&pair, 0, a, 0, a->len);
  add (&pair, 1, b, 0, b->len);
  check (&pair, 0, a);
  check (&pair, 1, b);
  assert_true (written (&pair, 1) >= 2 * WHOLE);
}

/* --- what a process may say of a stream --- */

static void
write_at (AssayWire *wire, guint64 place, const char *text)
{
  say (wire, ASSAY_TALK_WRITE_SPOOL, place, 0, text, strlen (text));
}

static void
tell_stream (AssayWire *wire, guint64 length)
{
  say_node (wire);
  say_child_at (wire, "#gzip", 1, ASSAY_PARCEL_SPOOL, 0, length);
  say_span (wire, (Told){ 0, IMAGE_BYTES, ASSAY_SPAN_ENCODED, 0 });
}

static void
truth (AssayWire *wire)
{
  write_at (wire, 0, "01234");
  write_at (wire, 5, "56789");
  tell_stream (wire, 10);
  say_done (wire, 10);
}

/* What is joined of pieces goes where the stream does, and not over it. */
static void
truth_beside_pieces (AssayWire *wire)
{
  write_at (wire, 0, "0123456789");
  tell_stream (wire, 10);
  say_child_at (wire, "holes", 1, ASSAY_PARCEL_NOBODY, 0, 0);
  say_piece (wire, ASSAY_STORED_HOLE, 3u << 20);
  say_done (wire, 10);
}

static void
a_gap (AssayWire *wire)
{
  write_at (wire, 0, "01234");
  write_at (wire, 6, "6789");
  tell_stream (wire, 10);
  say_done (wire, 10);
}

/* What the other side has from here must not become another thing. */
static void
written_twice (AssayWire *wire)
{
  write_at (wire, 0, "0123456789");
  write_at (wire, 0, "xxxxx");
  tell_stream (wire, 10);
  say_done (wire, 10);
}

static void
written_after_it_was_told (AssayWire *wire)
{
  write_at (wire, 0, "0123456789");
  tell_stream (wire, 10);
  write_at (wire, 10, "xxxxx");
  say_done (wire, 15);
}

static void
longer_than_it_is (AssayWire *wire)
{
  write_at (wire, 0, "0123456789");
  tell_stream (wire, 11);
  say_done (wire, 11);
}

static void
asked_back (AssayWire *wire)
{
  write_at (wire, 0, "0123456789");
  say (wire, ASSAY_TALK_READ_SPOOL, 0, 10, NULL, 0);
  AssayMessage answer;
  assay_wire_receive (wire, &answer, NULL);
  tell_stream (wire, 10);
  say_done (wire, 10);
}

#define TELLERS(X)                                                                                                     \
  X (truth)                                                                                                            \
  X (truth_beside_pieces) X (a_gap) X (written_twice) X (written_after_it_was_told) X (longer_than_it_is) X (asked_back)

#define WORK(name)                                                                                                     \
  static void work_##name (AssayWire *wire)                                                                            \
  {                                                                                                                    \
    AssayMessage order;                                                                                                \
    while (assay_wire_receive (wire, &order, NULL) && order.kind == ASSAY_TALK_OPEN)                                   \
      name (wire);                                                                                                     \
  }
TELLERS (WORK)

static void
streams_come_in_order (void **state)
{
  const Fixture *fixture = *state;
#define TELLER(name) { #name, work_##name },
  const struct
  {
    const char *name;
    AssayWorkerMain work;
  } tellers[] = { TELLERS (TELLER) };
  for (guint i = 0; i < G_N_ELEMENTS (tellers); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (IMAGE_BYTES), IMAGE_BYTES);
      g_autoptr (AssayKeeping) keeping = assay_keeping_new ();
      AssayUnpackOptions options = { .limits = &fixture->limits, .keeping = keeping };
      g_auto (AssayUnpackContext) context = { .spool = ASSAY_SPOOL_INIT };
      g_autoptr (AssayReaders) readers = assay_readers_new_for (tellers[i].work);
      g_autoptr (AssayNode) node = assay_node_new (NULL, g_strdup ("."));
      g_autoptr (GError) error = NULL;
      assay_context_init (&context, &options);
      node->format = "gzip";
      node->blob = assay_blob_new_for_bytes (bytes);
      node->size = IMAGE_BYTES;
      gboolean opened = assay_readers_open (readers, &context, node, assay_format_named ("gzip"), &error);
      gboolean is_true = g_str_has_prefix (tellers[i].name, "truth");
      if (opened != is_true)
        fail_msg ("%s: %s", tellers[i].name, error == NULL ? "believed" : error->message);
      /* no other stream is written over what may be the other side's now */
      assert_true (context.spool.used >= 5);
      if (!is_true)
        continue;
      char text[11] = { 0 };
      const AssayNode *child = g_ptr_array_index (node->children, 0);
      assert_true (assay_blob_read (child->blob, 0, text, 10, NULL));
      assert_string_equal (text, "0123456789");
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_both_have_is_written_once),
    cmocka_unit_test (they_take_turns),
    cmocka_unit_test (what_differs_stays_apart),
    cmocka_unit_test (what_moved_is_found),
    cmocka_unit_test (both_at_once),
    cmocka_unit_test (one_party_a_side),
    cmocka_unit_test (a_side_that_fails_ends),
    cmocka_unit_test (what_a_side_had_stays),
    cmocka_unit_test (nobody_asks_for_ever),
    cmocka_unit_test_setup_teardown (streams_come_in_order, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
