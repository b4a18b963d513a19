#ifndef ASSAY_TEST_CRYPTO_SHA256_VECTORS_H
#define ASSAY_TEST_CRYPTO_SHA256_VECTORS_H

#include <assay/digest.h>

/* FIPS 180-2, appendix B, the empty text, and two of NIST's CAVP (SHA256ShortMsg). */
static const struct
{
  const char *text;
  const char *hex;
} vectors[] = {
  { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
  { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
  { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
  { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
  { "\xd3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1" },
  { "\x11\xaf", "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98" },
};
#define MILLION_HEX "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static void
assert_digest (const AssayDigest *digest, const char *hex)
{
  char found[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (digest, found);
  assert_string_equal (found, hex);
}

#endif
