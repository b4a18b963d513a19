#include "support.h"

#include "inventory/nature.h"

/* Pictures, sounds and records of the kinds that inventory/shape_kinds.h knows: whole they are data, and with anything
 * behind them, or cut, they may be anything. */

/** @loose: of a sound what the frames hold is not followed; a document ends with its last line */
typedef struct
{
  const char *name;
  const char *bytes;
  gsize length;
  gboolean loose;
} Example;

#define BYTES(text) (text), sizeof (text) - 1

#define ZONE_1 "TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4\0\0\0\0\0\0UTC\0"
#define ZONE_2 "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4\0\0\0\0\0\0UTC\0"

static const Example examples[] = {
  { "GIF with a table of colours, a comment and a picture",
    BYTES ("GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xfe\3abc\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"), FALSE },
  { "JPEG with a segment, coded data with a zero behind FF, and a restart",
    BYTES ("\xff\xd8\xff\xe0\0\4ab\xff\xff\xda\0\3x12\xff\0"
           "34\xff\xd0"
           "56\xff\xd9"),
    FALSE },
  { "Ogg", BYTES ("OggS\0\2\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\2\1\3abcd"), FALSE },
  { "FLAC",
    BYTES ("fLaC\0\0\0\42"
           "0123456789012345678901234567890123\x81\0\0\2pp\xff\xf8"),
    TRUE },
  { "a catalogue of one message",
    BYTES ("\xde\x12\4\x95\0\0\0\0\1\0\0\0\x1c\0\0\0\x24\0\0\0\0\0\0\0\x2c\0\0\0\1\0\0\0\x2c\0\0\0\2\0\0\0\x2e\0\0\0"
           "a\0bc\0"),
    FALSE },
  { "a catalogue, most significant byte first",
    BYTES ("\x95\4\x12\xde\0\0\0\0\0\0\0\1\0\0\0\x1c\0\0\0\x24\0\0\0\0\0\0\0\x2c\0\0\0\1\0\0\0\x2c\0\0\0\2\0\0\0\x2e"
           "a\0bc\0"),
    FALSE },
  { "a time zone of version 1", BYTES (ZONE_1), FALSE },
  { "a time zone of version 2", BYTES (ZONE_2 ZONE_2 "\nUTC0\n"), FALSE },
  { "PDF", BYTES ("%PDF-1.4\nxref\n0 1\ntrailer <<>>\nstartxref\n9\n%%EOF\n"), TRUE },
};

static AssayNature
nature_of (const void *bytes, gsize length)
{
  g_autoptr (AssayBlob) blob = blob_of_memory (bytes, length);
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  assert_true (assay_nature_find (blob, &nature, NULL, NULL));
  return nature;
}

static void
whole_ones_are_data (void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS (examples); i++)
    if (nature_of (examples[i].bytes, examples[i].length) != ASSAY_NATURE_DATA)
      fail_msg ("%s is not taken for data", examples[i].name);
}

static void
with_other_bytes_behind_they_may_be_anything (void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      g_autofree char *longer = g_malloc (examples[i].length + 40);
      memcpy (longer, examples[i].bytes, examples[i].length);
      memset (longer + examples[i].length, 0x90, 40);
      if (strcmp (examples[i].name, "FLAC") != 0 && nature_of (longer, examples[i].length + 40) != ASSAY_NATURE_UNKNOWN)
        fail_msg ("%s with bytes behind it is taken for data", examples[i].name);
    }
}

static void
cut_they_may_be_anything (void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS (examples); i++)
    for (gsize length = 16; length < examples[i].length - (examples[i].loose ? 3 : 0); length++)
      if (nature_of (examples[i].bytes, length) != ASSAY_NATURE_UNKNOWN)
        fail_msg ("%s of %zu bytes is taken for data", examples[i].name, length);
}

static void
magic_alone_is_nothing (void **state)
{
  (void)state;
  static const Example magics[] = {
    { "GIF", BYTES ("GIF89a"), FALSE },
    { "JPEG", BYTES ("\xff\xd8\xff"), FALSE },
    { "Ogg", BYTES ("OggS"), FALSE },
    { "FLAC", BYTES ("fLaC"), FALSE },
    { "RIFF", BYTES ("RIFF\x50\0\0\0XXXX"), FALSE },
    { "catalogue", BYTES ("\xde\x12\4\x95"), FALSE },
    { "zone", BYTES ("TZif2"), FALSE },
    { "SQLite", BYTES ("SQLite format 3\0"), FALSE },
    { "PDF", BYTES ("%PDF-1.4\n"), FALSE },
  };
  static const guint8 code[] = { 0x04, 0xe0, 0x2d, 0xe5, 0x01, 0x10, 0x80, 0xe0, 0x34, 0xe0, 0x9f, 0xe5 };
  for (gsize i = 0; i < G_N_ELEMENTS (magics); i++)
    {
      guint8 bytes[256];
      for (gsize j = 0; j < sizeof bytes; j++)
        bytes[j] = code[j % sizeof code];
      memcpy (bytes, magics[i].bytes, magics[i].length);
      if (nature_of (bytes, sizeof bytes) != ASSAY_NATURE_UNKNOWN)
        fail_msg ("code behind the magic of %s is taken for data", magics[i].name);
    }
}

/* Pages of 512 bytes. */
static void
a_database_has_the_pages_that_it_says (void **state)
{
  (void)state;
  guint8 bytes[1536] = "SQLite format 3";
  bytes[16] = 2;
  bytes[18] = bytes[19] = 1;
  bytes[21] = 64;
  bytes[22] = bytes[23] = 32;
  bytes[31] = 2;
  assert_int_equal (nature_of (bytes, 1024), ASSAY_NATURE_DATA);
  assert_int_equal (nature_of (bytes, 1023), ASSAY_NATURE_UNKNOWN);
  assert_int_equal (nature_of (bytes, 1536), ASSAY_NATURE_UNKNOWN);
  bytes[80] = 1;
  assert_int_equal (nature_of (bytes, 1024), ASSAY_NATURE_UNKNOWN);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (whole_ones_are_data),
    cmocka_unit_test (with_other_bytes_behind_they_may_be_anything),
    cmocka_unit_test (cut_they_may_be_anything),
    cmocka_unit_test (magic_alone_is_nothing),
    cmocka_unit_test (a_database_has_the_pages_that_it_says),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
