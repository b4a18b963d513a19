#include "../util/scratch.h"

#include "attest/base64.h"
#include "attest/envelope.h"

static void
test_pae (void **state)
{
  g_autoptr (GByteArray) pae = assay_envelope_pae ("http://example.com/HelloWorld", "hello world", 11);
  static const char wanted[] = "DSSEv1 29 http://example.com/HelloWorld 11 hello world";
  assert_int_equal (pae->len, strlen (wanted));
  assert_memory_equal (pae->data, wanted, pae->len);
  g_autoptr (GByteArray) empty = assay_envelope_pae ("", NULL, 0);
  assert_int_equal (empty->len, strlen ("DSSEv1 0  0 "));
  /* lengths are of bytes, and a NUL is one */
  g_autoptr (GByteArray) bytes = assay_envelope_pae ("\303\244", "a\0b", 3);
  assert_memory_equal (bytes->data, "DSSEv1 2 \303\244 3 a\0b", bytes->len);
}

/* All lengths up to some groups, and every letter at every place, against GLib's encoder. */
static void
test_base64 (void **state)
{
  guint8 bytes[64];
  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8)(i * 37 + 11);
  for (gsize length = 0; length < sizeof bytes; length++)
    {
      g_autofree char *text = g_base64_encode (bytes, length);
      g_autoptr (GBytes) again = assay_base64_decode (text, strlen (text));
      assert_non_null (again);
      g_autoptr (GBytes) wanted = g_bytes_new_static (bytes, length);
      assert_true (g_bytes_equal (again, wanted));
      if (length % 3 != 0)
        assert_null (assay_base64_decode (text, strlen (text) - 1));
    }
  for (guint letter = 0; letter < 256; letter++)
    for (gsize place = 0; place < 4; place++)
      {
        char text[4] = { 'A', 'A', 'A', 'A' };
        text[place] = (char)letter;
        g_autoptr (GBytes) decoded = assay_base64_decode (text, 4);
        gboolean last = letter == '=' && place == 3;
        gboolean known = g_ascii_isalnum ((char)letter) || (letter != 0 && strchr ("+/-_", (int)letter) != NULL);
        assert_int_equal (decoded != NULL, known || last);
      }
}

static void
test_base64_canonical (void **state)
{
  static const char *const wrong[]
      = { "AB==", "AAB=", "A===", "====", "=AAA", "AA==AAAA", "AA=A", "+_AA", "-/AA", "AAAA\n", " AAA" };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    if (assay_base64_decode (wrong[i], strlen (wrong[i])) != NULL)
      fail_msg ("%s is no base64", wrong[i]);
  g_autoptr (GBytes) empty = assay_base64_decode ("", 0);
  assert_int_equal (g_bytes_get_size (empty), 0);
}

static GPtrArray *
parse (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  return assay_envelope_parse ("file", bytes, error);
}

#define ENVELOPE "{\"payload\":\"AAAA\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"AAAA\"}]}"
#define BUNDLE(type, envelope) "{\"mediaType\":\"" type "\",\"dsseEnvelope\":" envelope "}"
#define V03 "application/vnd.dev.sigstore.bundle.v0.3+json"

static void
test_forms (void **state)
{
  g_autoptr (GPtrArray) one = parse (ENVELOPE, NULL);
  assert_int_equal (one->len, 1);
  const AssayEnvelope *envelope = g_ptr_array_index (one, 0);
  assert_int_equal (envelope->form, ASSAY_ENVELOPE_DSSE);
  assert_string_equal (envelope->payload_type, "t");
  assert_int_equal (g_bytes_get_size (envelope->payload), 3);
  g_autoptr (GPtrArray) lines = parse (ENVELOPE "\n" BUNDLE (V03, ENVELOPE) "\n", NULL);
  assert_int_equal (lines->len, 2);
  envelope = g_ptr_array_index (lines, 0);
  assert_int_equal (envelope->form, ASSAY_ENVELOPE_JSON_LINES);
  envelope = g_ptr_array_index (lines, 1);
  assert_int_equal (envelope->form, ASSAY_ENVELOPE_SIGSTORE);
  assert_int_equal (envelope->line, 2);
  g_autoptr (GPtrArray) spread
      = parse ("{\n\"payload\":\"\",\n\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"AAAA\"}]}\n", NULL);
  assert_int_equal (spread->len, 1);
}

static void
test_malformed (void **state)
{
  static const struct
  {
    const char *text;
    const char *why;
  } wrong[] = {
    { "", "no strict JSON" },
    { "[]", "another value" },
    { "{}", "no member `payloadType`" },
    { ENVELOPE ENVELOPE, "no strict JSON" },
    { ENVELOPE "\n\n" ENVELOPE, "file:2: no strict JSON" },
    { ENVELOPE "\n[]", "file:2: no strict JSON object: another value" },
    { BUNDLE ("x", ENVELOPE), "no Sigstore bundle" },
    { "{\"mediaType\":\"" V03 "\",\"messageSignature\":{}}", "signs no statement" },
    { BUNDLE (V03, "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"\"},{\"sig\":\"\"}]}"),
      "exactly one signature" },
    { "{\"payload\":\"AAAA\",\"payloadType\":1,\"signatures\":[{\"sig\":\"AAAA\"}]}", "no member `payloadType`" },
    { "{\"payload\":\"AAAA\",\"payloadType\":\"t\",\"signatures\":{}}", "no member `signatures`" },
    { "{\"payload\":\"AAAA\",\"payloadType\":\"t\",\"signatures\":[1]}", "a signature without" },
    { "{\"payload\":\"AAAA\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"\",\"keyid\":1}]}",
      "a `keyid` that is no text" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      assert_null (parse (wrong[i].text, &error));
      assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED));
      if (strstr (error->message, wrong[i].why) == NULL)
        fail_msg ("%s: expected: %s", error->message, wrong[i].why);
    }
}

/* A member that nobody knows is skipped over, whatever it holds, but for what no memory is enough of. */
static void
test_many_values (void **state)
{
  for (guint too_many = 0; too_many < 2; too_many++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = g_string_new ("{\"other\":[{}");
      for (guint i = 0; i < ASSAY_ENVELOPE_VALUES / 2 - 8 + too_many * 8; i++)
        g_string_append (text, ",{}");
      g_string_append (text, "],\"payload\":\"AAAA\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"AAAA\"}]}");
      g_autoptr (GPtrArray) envelopes = parse (text->str, &error);
      assert_int_equal (envelopes == NULL, too_many);
      if (too_many)
        assert_non_null (strstr (error->message, "more elements and members"));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_pae),   cmocka_unit_test (test_base64),    cmocka_unit_test (test_base64_canonical),
    cmocka_unit_test (test_forms), cmocka_unit_test (test_malformed), cmocka_unit_test (test_many_values),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
