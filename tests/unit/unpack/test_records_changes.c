#include "records.h"

/* No change of a file of records leaves all that is compared as it was. */

/* What a comparison sees of a file: facts, names and content of the children, and what is no record. */
static char *
describe_compared (const AssayNode *root, GBytes *file)
{
  GString *text = g_string_new (root->format);
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data (file, &size);
  for (guint i = 0; i < root->own_facts->len; i++)
    {
      const AssayFact *found = &g_array_index (root->own_facts, AssayFact, i);
      g_string_append_printf (text, "\n%s=%s", found->name, found->value);
    }
  for (guint i = 0; i < root->children->len; i++)
    g_string_append_printf (text, "\n%s:%" G_GUINT64_FORMAT, ((AssayNode *)g_ptr_array_index (root->children, i))->path,
                            ((AssayNode *)g_ptr_array_index (root->children, i))->size);
  g_autoptr (GBytes) content = join_children (root);
  g_autofree char *digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, content);
  g_string_append_printf (text, "\n%s", digest);
  for (guint i = 0; i < root->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (root->spans, AssaySpan, i);
      if (span->kind != ASSAY_SPAN_SLACK)
        continue;
      g_autofree char *slack = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes + span->offset, span->length);
      g_string_append_printf (text, "\n%s", slack);
    }
  return g_string_free (text, FALSE);
}

typedef struct
{
  const Fixture *fixture;
  const char *format;
  char *kept;
  guint opened;
} Changes;

static void
try_change (Changes *changes, const GByteArray *changed, const char *what, gsize offset)
{
  g_autoptr (GBytes) bytes = g_bytes_new (changed->data, changed->len);
  g_autoptr (AssayNode) root = unpack_bytes (changes->fixture, bytes);
  if (strcmp (root->format, changes->format) != 0 || root->trouble != NULL)
    return; /* it is compared byte by byte */
  g_autofree char *text = describe_compared (root, bytes);
  if (strcmp (text, changes->kept) == 0)
    fail_msg ("%s: %s at %zu changes nothing that is compared", changes->format, what, offset);
  changes->opened++;
}

static void
try_all_changes (const Fixture *fixture, const char *format, const GByteArray *file)
{
  static const guint8 values[] = { 0, 1, 0x80, ' ', '\n', '\r', '0', 'A', 'a', ':', 'S' };
  g_autoptr (GBytes) bytes = g_bytes_new (file->data, file->len);
  g_autoptr (AssayNode) root = unpack_bytes (fixture, bytes);
  assert_null (root->trouble);
  assert_string_equal (root->format, format);
  g_autofree char *kept = describe_compared (root, bytes);
  Changes changes = { fixture, format, kept, 0 };
  for (gsize at = 0; at < file->len; at++)
    {
      g_autoptr (GByteArray) shorter = g_byte_array_new ();
      g_byte_array_append (shorter, file->data, (guint)at);
      try_change (&changes, shorter, "a cut", at);
      g_byte_array_append (shorter, file->data + at + 1, file->len - (guint)at - 1);
      try_change (&changes, shorter, "a gap", at);
      for (gsize i = 0; i < sizeof values + 1; i++)
        {
          g_autoptr (GByteArray) other = g_byte_array_new ();
          guint8 value = i < sizeof values ? values[i] : file->data[at] ^ 0x20;
          g_byte_array_append (other, file->data, file->len);
          other->data[at] = value;
          if (value != file->data[at])
            try_change (&changes, other, "another byte", at);
          g_byte_array_set_size (other, (guint)at);
          g_byte_array_append (other, &value, 1);
          g_byte_array_append (other, file->data + at, file->len - (guint)at);
          try_change (&changes, other, "a byte more", at);
        }
    }
  assert_true (changes.opened > 0); /* or this proves nothing */
}

static void
test_every_change_shows (void **state)
{
  static const struct
  {
    const char *format;
    const char *text;
  } texts[] = {
    { "ihex", ":020000040800F2\n" HEX_A HEX_B ":0400000508000123CB\n; x\n" HEX_END "behind\n" },
    { "ihex", ":020000021000EC\r\n:0400100041424344E2\r\n:0400000310000005E4\r\n:00010001FE" },
    { "srec", SREC_HEADER SREC_A "# x\nS5030001FB\n" SREC_END },
    { "srec", "S0050000486949\r\nS107001041424344DE \r\nS9030123D8\r\n\r\n" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GByteArray) file = g_byte_array_new ();
      g_byte_array_append (file, (const guint8 *)texts[i].text, (guint)strlen (texts[i].text));
      try_all_changes (*state, texts[i].format, file);
    }
  g_autoptr (GByteArray) blocks = make_uf2 (2);
  put_number (blocks->data + 512 + UF2_FLAGS, 0xa000);
  put_number (blocks->data + 512 + 32 + 256, 0x9fc7bc04);
  try_all_changes (*state, "uf2", blocks);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (test_every_change_shows, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
