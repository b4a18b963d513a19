#include "samples.h"

static void
keys_are_those_of_the_schema (void **state)
{
  static const BadCase cases[] = {
    { "waive:", "wave:",
      "10:1: unknown key `wave`; expected one of `policy`, `expires`, `max-age`, `pin`, `scope`, `require`, `forbid`, "
      "`waive`, `unread`, `blobs`, `signatures`, `attestations`, did you mean `waive`?" },
    { "scope:", "pin:", "7:1: duplicate key `pin`, which stands at line 2 already" },
    { "policy: 1\n", "", "1:1: the key `policy` is missing in a policy" },
    { "policy: 1", "policy: 2", "1:9: this is format 2 of a policy" },
    { "policy: 1", "recipe: 1", "1:1: unknown key `recipe`" },
    { "  recipe: [", "  recipes: [", "5:3: unknown key `recipes`" },
    { "  toolchain: []", "  source: []", "6:3: duplicate key `source`" },
    { "origin: known", "orign: known", "8:62: unknown key `orign`" },
    { "cached: false", "recompressed: true", "9:62: duplicate key `recompressed`" },
    { "max-size: 36", "max_size: 36",
      "12:42: unknown key `max_size`; expected one of `section`, `symbol`, `offset`, `length`, `max-size`, did you" },
    { "    owner: release@operator.example\n", "", "11:5: the key `owner` is missing in a waiver" },
    { "{path: a, range: {offset: 0x10, length: 4KiB}, reason: r,", "{path: a, range: {offset: 0x10, length: 4KiB},",
      "18:5: the key `reason` is missing in a waiver" },
    { "{path: d, ", "{", "21:5: the key `path` is missing in a waiver" },
    { "allow-code: false", "allow_code: false", "20:49: unknown key `allow_code`" },
    { ", reason: \"no source\"", "", "22:9: the key `reason` is missing in a blob" },
    { "sha256: " HEX_B ", reason", "reason", "22:9: the key `sha256` is missing in a blob" },
    { "max-size: 256, ", "", "24:5: the key `max-size` is missing in a signature" },
    { "covers: payload, ", "", "24:5: the key `covers` is missing" },
    { "  threshold: 2\n", "", "26:3: the key `threshold` is missing in `attestations`" },
    { "name: lab-b, ", "", "27:61: the key `name` is missing in a party" },
    { "waive:", "&a waive:", "10:1: anchors are not accepted" },
    { "fact: owner", "fact: *a", "20:21: aliases are not accepted" },
    { "fact: owner", "fact: !!str owner", "20:21: tags are not accepted" },
    { "fact: owner", "<<: {a: b}", "20:15: merge keys are not accepted" },
    { "waive:\n", "---\nwaive:\n", "10:1: a second document begins here" },
  };
  assert_all_refused (parse_policy, sample_policy, cases, G_N_ELEMENTS (cases));
}

static void
pins_and_requirements_make_sense (void **state)
{
  static const BadCase cases[] = {
    { "  source: [" HEX_A ", " HEX_B "]", "  source: [" HEX_A ", abc]", "4:78: `abc` is not a SHA-256 digest" },
    { "  source: [" HEX_A ", " HEX_B "]", "  source: [" HEX_B ", " HEX_B "]",
      "4:78: this digest stands in the list already" },
    { "  source: [" HEX_A ", " HEX_B "]", "  source: []", "4:11: expected at least one item, found an empty list" },
    { "  source: [" HEX_A ", " HEX_B "]", "  source: " HEX_A, "4:11: expected a list, found a text" },
    { "  toolchain: []", "  toolchain:", "6:13: expected a list, found no value" },
    { "  product: gnb-du 2.4.1", "  product: []", "3:12: expected a text, found a list" },
    { "verdict: waived", "verdict: mismatch", "8:20: `mismatch` is not one of `identical`, `equivalent`, `waived`" },
    { "verdict: waived", "verdict: undecided", "8:20: `undecided` is not one of" },
    { "expected: reference", "expected: any", "8:38: `any` is not one of `rebuild`, `reference`, `path`" },
    { "origin: known", "origin: any", "8:70: `any` is not `known`" },
    { "rebuilds: 2", "rebuilds: 0", "8:59: `0` is not a count of at least 1" },
    { "unexplained: 0", "unexplained: none", "9:24: `none` is not a count" },
    { "unexplained: 0", "unexplained: -1", "9:24: `-1` is not a count" },
    { "cached: false", "cached: no", "9:70: `no` is not one of `true`, `false`" },
    { "cached: false", "cached: False", "9:70: `False` is not one of" },
    { "rules: [filler]", "rules: []", "8:84: expected at least one item" },
    { "rules: [filler]", "rules: filler", "8:84: expected a list, found a text" },
    { "scope: [\"rootfs//**\"]", "scope: []", "7:8: expected at least one item" },
  };
  assert_all_refused (parse_policy, sample_policy, cases, G_N_ELEMENTS (cases));
}

static void
waivers_say_what_they_are_of (void **state)
{
  static const BadCase cases[] = {
    { ", max-size: 36", "", "12:12: the key `max-size` is missing: a section is as long as its file says" },
    { "max-size: 36", "max-size: 0", "12:52: `0` is not a size of at least 1 byte" },
    { "max-size: 36", "max-size: any", "12:52: `any` is not a number of bytes" },
    { "max-size: 36", "symbol: x", "12:50: a waiver is of one thing" },
    { "section: .note.gnu.build-id, ", "",
      "12:12: expected one of the keys `section`, `symbol`, or both `offset` and `length`" },
    { "{section: .note.gnu.build-id, max-size: 36}", "{}", "12:12: expected one of the keys" },
    { "{section: .note.gnu.build-id, max-size: 36}", ".note", "12:12: expected a mapping, found a text" },
    { "{section: .note.gnu.build-id, max-size: 36}", "{section: \"\", max-size: 36}",
      "12:22: expected a text, found an empty one" },
    { "offset: 0x10, length: 4KiB", "offset: 0x10", "18:22: expected both `offset` and `length`" },
    { "offset: 0x10, length: 4KiB", "length: 4KiB", "18:22: expected both `offset` and `length`" },
    { "length: 4KiB", "length: 0", "18:45: `0` is not a size" },
    { "length: 4KiB", "length: 4KiB, max-size: 9", "18:51: `length` says how long this range is" },
    { "length: 4KiB", "length: 0xffffffffffffffff",
      "18:45: `0xffffffffffffffff` is not a length that a file can have" },
    { "offset: 0x10", "offset: -1", "18:31: `-1` is not a number of bytes" },
    { "length: 4KiB}", "length: 4KiB}, fact: mode", "18:58: a waiver is of one thing" },
    { "symbol: version", "symbol: version, offset: 1", "19:48: a waiver is of one thing" },
    { ", sha256: " HEX_A "}\n", "}\n", "19:62: `allow-code` needs the key `sha256`: the digest of the shipped node" },
    { "allow-code: true", "allow-code: 1", "19:74: `1` is not one of `true`, `false`" },
    { "2027-01-01", "2027-02-29", "17:14: `2027-02-29` is not a day since 1970, as 2027-01-31" },
    { "2027-01-01", "2027-13-01", "17:14: `2027-13-01` is not a day" },
    { "2027-01-01", "2027-00-10", "17:14: `2027-00-10` is not a day" },
    { "2027-01-01", "2027-1-1", "17:14: `2027-1-1` is not a day" },
    { "2027-01-01", "01.01.2027", "17:14: `01.01.2027` is not a day" },
    { "2027-01-01", "2027-01-01T00:00:00Z", "17:14: `2027-01-01T00:00:00Z` is not a day" },
    { "2027-01-01", "1969-12-31", "17:14: `1969-12-31` is not a day" },
    { "2027-01-01", "never", "17:14: `never` is not a day" },
    { "release@operator.example", "\"\"", "16:12: expected a text, found an empty one" },
    { "release@operator.example", "", "16:11: no value stands here" },
    { ">\n      vendor stamps the build id\n      at release", "\"\\n \"",
      "13:13: expected a text, found an empty one" },
    { "path: a,", "path: \"\\x01\",", "18:12: the character U+0001 is not accepted" },
  };
  assert_all_refused (parse_policy, sample_policy, cases, G_N_ELEMENTS (cases));
}

static void
keys_and_parties_make_sense (void **state)
{
  static const BadCase cases[] = {
    { "max-size: 256", "max-size: 0", "24:47: `0` is not a size of at least 1 byte" },
    { "covers: payload", "covers: header", "24:28: a signature cannot cover itself" },
    { "covers: payload", "covers: [payload, payload]", "24:38: the name `payload` stands here twice" },
    { "covers: payload", "covers: []", "24:28: expected at least one item" },
    { "covers: payload", "covers: [\"*\", payload]", "24:28: `*` is all of the container" },
    { "covers: payload", "covers: payload, zeroed: [other]", "24:45: what is zeroed must be a part of" },
    { "key: vendor.pub.pem, ", "", "24:5: expected one of the keys `key` and `keys`" },
    { "key: vendor.pub.pem", "key: [vendor.pub.pem]", "24:57: expected a text, found a list" },
    { "key: vendor.pub.pem", "key: a.pem, keys: [b.pem]",
      "24:70: expected one of the keys `key` and `keys`, not both" },
    { "key: vendor.pub.pem", "keys: [a.pem, a.pem]", "24:66: the name `a.pem` stands here twice" },
    { "key: vendor.pub.pem", "key: a.pem, index: n", "24:71: an index says which of several `keys` signed" },
    { "key: vendor.pub.pem", "key: a.pem, index-from: 1", "24:76: there is no `index`" },
    { "key: vendor.pub.pem", "keys: [a.pem, b.pem], index: n, index-from: 4294967296",
      "24:96: expected a number below 2^32" },
    { "key: vendor.pub.pem", "key: a.pem, mask: n, threshold: 1", "24:70: `mask`, `threshold` and several `keys`" },
    { "ecdsa-p256-sha256", "ed25519-cosi-blake2s", "24:5: `mask`, `threshold` and several `keys`" },
    { "ecdsa-p256-sha256", "cms-rsa-sha256, encoding: der", "24:107: CMS has an encoding of its own" },
    { "ecdsa-p256-sha256", "ecdsa-p256-sha256, encoding: pem", "24:110: `pem` is not one of `raw`" },
    { "ecdsa-p256-sha256", "rsa-md5", "24:81: `rsa-md5` is not one of `ecdsa-p256-sha256`, `ecdsa-p384-sha384`" },
    { "attestations:", "  - {slot: header, covers: x, max-size: 1, key: k, scheme: ed25519}\nattestations:",
      "25:12: the slot `header` stands here twice" },
    { "threshold: 2", "threshold: 0", "26:14: `0` is not a count of at least 1" },
    { "threshold: 2", "threshold: 3", "26:14: the threshold is higher than the number of parties, which is 2" },
    { "lab-b", "lab-a", "27:68: the party `lab-a` stands here twice" },
    { "b.pub.pem", "a.pub.pem", "27:82: the key `a.pub.pem` stands here twice" },
    { "/keys/a2.pem", "a.pub.pem", "27:45: the key `a.pub.pem` stands here twice" },
    { "keys: [b.pub.pem]", "keys: []", "27:81: expected at least one item" },
    { "parties: [{", "parties: [x, {", "27:13: expected a mapping, found a text" },
    { "  parties: [{name: lab-a, keys: [a.pub.pem, /keys/a2.pem]}, {name: lab-b, keys: [b.pub.pem]}]", "  parties: []",
      "27:12: expected at least one item" },
    { "blobs: [", "blobs: [[],", "22:9: expected a mapping, found a list" },
  };
  assert_all_refused (parse_policy, sample_policy, cases, G_N_ELEMENTS (cases));
}

static void
json_is_as_strict (void **state)
{
  static const char sample[] = "{\"policy\": 1, \"require\": {\"verdict\": \"identical\", \"outside\": 0},\n"
                               " \"waive\": [{\"path\": \"a\", \"reason\": \"r\", \"owner\": \"o\"}]}\n";
  static const BadCase cases[] = {
    { "\"outside\"", "\"verdict\"", "1:51: duplicate key `verdict`" },
    { "\"outside\": 0", "\"outside\": null", "1:62: no value stands here" },
    { "\"outside\": 0", "\"outside\": 1e9", "1:62: `1e9` is not a count" },
    { "\"outside\": 0", "\"outside\": false", "1:62: `false` is not a count" },
    { "\"path\": \"a\"", "\"path\": \"a\", \"path\": \"b\"", "2:26: duplicate key `path`" },
    { "\"policy\": 1", "\"policy\": 1, \"pol\\u0069cy\": 1", "1:15: duplicate key `policy`" },
    { "\"waive\"", "\"waived\"", "2:2: unknown key `waived`; expected one of" },
    { "\"reason\": \"r\"", "\"reason\": [\"r\"]", "2:36: expected a text, found a list" },
    { "}]}\n", "}]} x\n", "2:57: did not find expected <document start>" },
  };
  g_autoptr (GBytes) bytes = bytes_of (sample);
  assert_true (parse_policy (bytes, NULL));
  assert_all_refused (parse_policy, sample, cases, G_N_ELEMENTS (cases));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (keys_are_those_of_the_schema),
    cmocka_unit_test (pins_and_requirements_make_sense),
    cmocka_unit_test (waivers_say_what_they_are_of),
    cmocka_unit_test (keys_and_parties_make_sense),
    cmocka_unit_test (json_is_as_strict),
  };
  return cmocka_run_group_tests_name ("input/policy_errors", tests, NULL, NULL);
}
