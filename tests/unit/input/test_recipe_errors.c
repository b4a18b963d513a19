#include "samples.h"

static void
keys_are_those_of_the_schema (void **state)
{
  static const BadCase cases[] = {
    { "steps:", "stpes:",
      "20:1: unknown key `stpes`; expected one of `recipe`, `defaults`, `product`, `licence`, `source`, `patches`, "
      "`inputs`, "
      "`toolchain`, "
      "`path`, `run_as`, `environment`, `limits`, `steps`, `outputs`, `entries`, `scope`, `layout`, did you mean "
      "`steps`?" },
    { "licence:", "license:", "3:1: unknown key `license`; expected one of `recipe`, " },
    { "licence:", "x:", "3:1: unknown key `x`; expected one of `recipe`" },
    { "licence:", "Licence:", "3:1: unknown key `Licence`" },
    { "strip: 1", "stripe: 1",
      "5:110: unknown key `stripe`; expected one of `archive`, `directory`, `git`, `commit`, `sha256`, `strip`, "
      "`into`, did you "
      "mean `strip`?" },
    { "in: lib", "into: lib", "9:103: unknown key `into`; expected one of `file`, `sha256`, `strip`, `in`" },
    { "{path: dl,", "{directory: dl,", "12:6: unknown key `directory`" },
    { "at: /opt/sdk", "strip: 1", "15:31: unknown key `strip`" },
    { "memory: 8GiB", "mem: 8GiB", "19:20: unknown key `mem`" },
    { "kind: payload", "knid: payload",
      "36:48: unknown key `knid`; expected one of `in`, `name`, `offset`, `size`, `kind`, `byte-swap`, did you" },
    { "mode: \"4755\"", "xattr: 1", "30:32: unknown key `xattr`" },
    { "symbols:", "symbol:", "26:58: unknown key `symbol`" },
    { "licence:", "product:", "3:1: duplicate key `product`, which stands at line 2 already" },
    { "licence:", "\"product\":", "3:1: duplicate key `product`" },
    { "strip: 1", "sha256: x", "5:110: duplicate key `sha256`" },
    { "LDFLAGS: \"\"", "SOURCE_DATE_EPOCH: \"\"", "18:48: duplicate key `SOURCE_DATE_EPOCH`" },
    { "LDFLAGS: \"\"", "<<: {A: b}", "18:48: merge keys are not accepted" },
    { "recipe: 1\n", "", "1:1: the key `recipe` is missing in a recipe" },
    { "product: gnb-du 2.4.1\n", "", "1:1: the key `product` is missing" },
    { "path: /build/gnb-du\n", "", "1:1: the key `path` is missing" },
    { "from: out/gnb-du.elf, ", "", "26:5: the key `from` is missing in an output" },
    { "file: other.patch, ", "", "10:5: the key `file` is missing in a patch" },
    { ", at: /inputs/dl", "", "12:5: the key `at` is missing in an input" },
    { "{in: \".\", name: header,", "{in: \".\",", "35:5: the key `name` is missing in a layout" },
    { "at: \"rootfs//bin\", ", "", "32:5: the key `at` is missing in an entry" },
    { ", link: usr/bin", "", "32:5: expected a fact beside `at`" },
  };
  assert_all_refused (parse_recipe, sample_recipe, cases, G_N_ELEMENTS (cases));
}

static void
values_are_of_their_type (void **state)
{
  static const BadCase cases[] = {
    { "recipe: 1", "recipe: 2", "1:9: this is format 2 of a recipe" },
    { "recipe: 1\n", "recipe: 2\nfuture: x\n", "1:9: this is format 2 of a recipe" },
    { "recipe: 1", "recipe: one", "1:9: `one` is not a count, as 12" },
    { "recipe: 1", "recipe: 1.0", "1:9: `1.0` is not a count" },
    { "recipe: 1", "recipe: 01", "1:9: `01` is not a count" },
    { "gnb-du 2.4.1", "[gnb-du]", "2:10: expected a text, found a list" },
    { "gnb-du 2.4.1", "{a: b}", "2:10: expected a text, found a mapping" },
    { "gnb-du 2.4.1", "", "2:9: no value stands here; leave the key out, or write \"\"" },
    { "gnb-du 2.4.1", "null", "2:10: no value stands here; leave the key out, or write \"null\"" },
    { "gnb-du 2.4.1", "~", "2:10: no value stands here" },
    { "gnb-du 2.4.1", "\"\"", "2:10: expected a text, found an empty one" },
    { "gnb-du 2.4.1", "\"a\\nb\"", "2:10: the character U+000A is not accepted in this text" },
    { "gnb-du 2.4.1", "|\n  gnb", "2:10: the character U+000A is not accepted in this text" },
    { "gnb-du 2.4.1", "\"\\u202e\"", "2:10: the character U+202E is not accepted in this text" },
    { "LDFLAGS: \"\"", "LDFLAGS: ", "18:57: no value stands here" },
    { "LDFLAGS: \"\"", "LDFLAGS: [a]", "18:57: expected a text, found a list" },
    { "LDFLAGS: \"\"", "LDFLAGS: \"\\e\"", "18:57: the character U+001B is not accepted" },
    { "LDFLAGS:", "LD-FLAGS:", "18:48: `LD-FLAGS` is not the name of an environment variable" },
    { "LDFLAGS:", "9L:", "18:48: `9L` is not the name" },
    { "LDFLAGS:", "\"A=B\":", "18:48: `A=B` is not the name" },
    { "LDFLAGS:", "É:", "18:48: `É` is not the name" },
    { "environment: {", "environment: [{",
      "19:1: did not find expected ',' or ']', while parsing a flow sequence (which began at line 18)" },
    { "run_as: root", "run_as: admin", "17:9: `admin` is not one of `user`, `root`" },
    { "time: 6h", "time: 6", "19:16: `6` is not a time of at least 1 second, as 90s, 30m or 6h" },
    { "time: 6h", "time: 0s", "19:16: `0s` is not a time" },
    { "time: 6h", "time: -6h", "19:16: `-6h` is not a time" },
    { "time: 6h", "time: 1h30m", "19:16: `1h30m` is not a time" },
    { "time: 6h", "time: 6 h", "19:16: `6 h` is not a time" },
    { "time: 6h", "time: 5124095576030432h", "19:16: `5124095576030432h` is not a time" },
    { "8GiB", "8GB", "19:28: `8GB` is not a number of bytes, as 4096, 0x1000 or 8GiB" },
    { "8GiB", "8gib", "19:28: `8gib` is not a number of bytes" },
    { "8GiB", "0", "19:28: `0` is not a size of at least 1 byte" },
    { "8GiB", "17179869184GiB", "19:28: `17179869184GiB` is not a number of bytes" },
    { "8GiB", "18446744073709551616", "19:28: `18446744073709551616` is not a number" },
    { "8GiB", "0x", "19:28: `0x` is not a number" },
    { "8GiB", "010", "19:28: `010` is not a number" },
    { "8GiB", "1_000", "19:28: `1_000` is not a number" },
    { "8GiB", "+1", "19:28: `+1` is not a number" },
    { "8GiB", "\" 1\"", "19:28: ` 1` is not a number" },
    { "processes: 2048", "processes: 0", "19:45: `0` is not a count of at least 1" },
    { "scope: [\"**\", boot/*]", "scope: \"**\"", "33:8: expected a list, found a text" },
    { "scope: [\"**\", boot/*]", "scope: []", "33:8: expected at least one item, found an empty list" },
    { "scope: [\"**\", boot/*]", "scope:", "33:7: expected a list, found no value" },
    { "scope: [\"**\", boot/*]", "scope: [[a]]", "33:9: expected a text, found a list" },
  };
  assert_all_refused (parse_recipe, sample_recipe, cases, G_N_ELEMENTS (cases));
}

static void
layers_are_whole_and_stay_where_they_may (void **state)
{
  static const BadCase cases[] = {
    { HEX_A, "3f1c", "5:44: `3f1c` is not a SHA-256 digest, which has 64 hexadecimal digits" },
    { HEX_A, HEX_A "0", "5:44: `3f1c0000" },
    { HEX_A, "\" " HEX_A "\"", "5:44: ` 3f1c0000" },
    { "archive: gnb-du-2.4.1.tar.xz, ", "", "5:5: expected one of the keys `archive`, `directory`, `git` in a source" },
    { "strip: 1", "git: x", "5:115: one entry names one thing, and `gnb-du-2.4.1.tar.xz` is named already" },
    { "strip: 1", "strip: -1", "5:117: `-1` is not a count" },
    { "strip: 1", "strip: 99999999999", "5:117: `99999999999` is not a count of path components" },
    { "strip: 1", "commit: " COMMIT, "5:110: only a git source has a `commit`" },
    { "into: .}", "into: /etc}", "5:126: `/etc` is not a relative path without `..`" },
    { "into: .}", "into: a/../../b}", "5:126: `a/../../b` is not a relative path" },
    { "into: .}", "into: ..}", "5:126: `..` is not a relative path" },
    { "into: ./extra//files/", "strip: 1", "6:29: only an archive has leading components to `strip`" },
    { ", commit: " COMMIT, "", "7:6: the key `commit` is missing in a git source" },
    { COMMIT, "89abcdef", "7:36: `89abcdef` is not a full commit id, which has 40 or 64 hexadecimal digits" },
    { COMMIT, "main", "7:36: `main` is not a full commit id" },
    { "commit: " COMMIT, "commit: " COMMIT ", sha256: " HEX_A,
      "7:78: a git source is pinned by its `commit`, and has no `sha256`" },
    { "in: lib", "in: ../lib", "9:107: `../lib` is not a relative path" },
    { "toolchain:", "  - {path: b, at: /inputs/dl.a}\n  - {path: c, at: /inputs/dl/a}\ntoolchain:",
      "14:15: this place is or lies in that of the input at line 12" },
    { "at: /inputs/dl", "at: /inputs", "12:20: `/inputs` is not a path beneath /inputs" },
    { "at: /inputs/dl", "at: /usr/bin", "12:20: `/usr/bin` is not a path beneath /inputs" },
    { "at: /inputs/dl", "at: /inputs/../usr", "12:20: `/inputs/../usr` is not an absolute path without `..`" },
    { "at: /inputs/dl", "at: inputs/dl", "12:20: `inputs/dl` is not an absolute path" },
    { "toolchain:", "  - {path: b, at: /inputs/dl/}\ntoolchain:",
      "13:15: this place is or lies in that of the input at line 12" },
    { "toolchain:", "  - {path: b, at: /inputs/dl/a/b}\ntoolchain:",
      "13:15: this place is or lies in that of the input at line 12" },
    { "at: /opt/sdk", "at: /build/x", "15:35: `/build/x` is not a place for a toolchain" },
    { "at: /opt/sdk", "at: /proc", "15:35: `/proc` is not a place for a toolchain" },
    { "archive: arm-sdk.tar.xz, ", "", "15:5: expected one of the keys `archive`, `directory` in a toolchain layer" },
    { "path: /build/gnb-du", "path: /build", "16:7: `/build` is not a path beneath /build" },
    { "path: /build/gnb-du", "path: /build/", "16:7: `/build/` is not a path beneath /build" },
    { "path: /build/gnb-du", "path: /buildx/y", "16:7: `/buildx/y` is not a path beneath /build" },
    { "path: /build/gnb-du", "path: build/x", "16:7: `build/x` is not an absolute path without `..`" },
    { "path: /build/gnb-du", "path: /build/a/../../etc", "16:7: `/build/a/../../etc` is not an absolute path" },
  };
  assert_all_refused (parse_recipe, sample_recipe, cases, G_N_ELEMENTS (cases));
}

static void
outputs_entries_and_layout_make_sense (void **state)
{
  static const BadCase cases[] = {
    { "from: out/gnb-du.elf", "from: ../../etc/passwd",
      "26:12: `../../etc/passwd` is not a path relative to the recipe's `path`" },
    { "from: out/gnb-du.elf", "from: /build/x", "26:12: `/build/x` is not a path relative" },
    { "from: out/gnb-du.elf", "from: ..", "26:12: `..` is not a path relative" },
    { "from: out/gnb-du.elf", "from: a/../../../x", "26:12: `a/../../../x` is not a path relative" },
    { "from: out/gnb-du.elf", "from: out/../../../build/x", "26:12: `out/../../../build/x` is not a path relative" },
    { "out/du.debug", "../../x", "26:68: `../../x` is not a path relative" },
    { "symbols: [out/du.debug, ../x]", "symbols: out/du.debug", "26:67: expected a list, found a text" },
    { "symbols: [out/du.debug, ../x]", "symbols: []", "26:67: expected at least one item" },
    { "at: \"rootfs//usr/bin/gnb-du\"", "at: rootfs//", "26:32: `at` is a tree, so `from` must be one too" },
    { "mode: \"4755\"", "mode: u+s", "30:38: `u+s` is not a mode of 3 or 4 octal digits, as 4755" },
    { "mode: \"4755\"", "mode: 4855", "30:38: `4855` is not a mode" },
    { "mode: \"4755\"", "mode: \"0104755\"", "30:38: `0104755` is not a mode" },
    { "mode: \"4755\"", "mode: 55", "30:38: `55` is not a mode" },
    { "owner: root", "owner: 0", "30:53: `0` is not a name; a number is written as `uid` or `gid`" },
    { "gid: 42", "gid: shadow", "30:79: `shadow` is not a count" },
    { "device: \"8:1\"", "device: sda1", "31:38: `sda1` is not a device as MAJOR:MINOR, as 8:1" },
    { "device: \"8:1\"", "device: \"8:1:2\"", "31:38: `8:1:2` is not a device" },
    { "device: \"8:1\"", "device: \"8:-1\"", "31:38: `8:-1` is not a device" },
    { "kind: signature-slot", "kind: code",
      "35:57: `code` is not one of `header`, `payload`, `signature-slot`, `filler`, `mutable`" },
    { "kind: payload", "kind: payload, byte-swap: 3", "36:74: `3` is not one of `2`, `4`" },
    { "kind: signature-slot", "kind: signature-slot, byte-swap: 2",
      "35:84: `2` is not a swap of a payload whose size is a multiple of it" },
    { "size: 256", "size: 0", "35:46: `0` is not a size of at least 1 byte" },
    { "size: 256", "size: all", "35:46: `all` is not a number of bytes" },
    { "size: 256", "size: 257", "36:12: the range `payload` overlaps the one at line 35" },
    { "size: 256", "size: rest", "36:12: the range `payload` overlaps the one at line 35" },
    { "offset: 0x100", "offset: 0", "36:12: the range `payload` overlaps the one at line 35" },
    { "name: payload", "name: header", "36:12: the range `header` has the name of the one at line 35" },
    { "size: 256", "size: 0xffffffffffffffff", "35:46: `0xffffffffffffffff` is not a size that a file can have" },
    { "offset: 0x100", "offset: 0x8000000000000000",
      "36:29: `0x8000000000000000` is not an offset that a file can have" },
  };
  assert_all_refused (parse_recipe, sample_recipe, cases, G_N_ELEMENTS (cases));
}

static void
lists_that_must_hold_something_do (void **state)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "recipe: 1\nproduct: a\nsource: []\npath: /build/a\nsteps: [a]\noutputs: [{from: a}]\n",
      "3:9: expected at least one item, found an empty list" },
    { "recipe: 1\nproduct: a\nsource: [{archive: a}]\npath: /build/a\nsteps: []\noutputs: [{from: a}]\n",
      "5:8: expected at least one item, found an empty list" },
    { "recipe: 1\nproduct: a\nsource: [{archive: a}]\npath: /build/a\nsteps:\noutputs: [{from: a}]\n",
      "5:7: expected a list, found no value" },
    { "recipe: 1\nproduct: a\nsource: [{archive: a}]\npath: /build/a\nsteps: make\noutputs: [{from: a}]\n",
      "5:8: expected a list, found a text" },
    { "recipe: 1\nproduct: a\nsource: [{archive: a}]\npath: /build/a\nsteps: [\" \"]\noutputs: [{from: a}]\n",
      "5:9: expected a text, found an empty one" },
    { "recipe: 1\nproduct: a\nsource: [{archive: a}]\npath: /build/a\nsteps: [a, ~]\noutputs: [{from: a}]\n",
      "5:12: no value stands here" },
    { "recipe: 1\nproduct: a\nsource: [{archive: a}]\npath: /build/a\nsteps: [\"a\\rb\"]\noutputs: [{from: a}]\n",
      "5:9: the character U+000D is not accepted in this text" },
    { "recipe: 1\nproduct: a\nsource: [{archive: a}]\npath: /build/a\nsteps: [a]\noutputs: []\n",
      "6:10: expected at least one item, found an empty list" },
    { "recipe: 1\nproduct: a\nsource: [a]\npath: /build/a\nsteps: [a]\noutputs: [{from: a}]\n",
      "3:10: expected a mapping, found a text" },
    { "[]", "1:1: expected a mapping, found a list" },
    { "recipe", "1:1: expected a mapping, found a text" },
    { "", "1:1: the file is empty" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = bytes_of (cases[i].text);
      assert_refused (parse_recipe, bytes, cases[i].message, cases[i].text);
    }
}

static void
json_is_as_strict (void **state)
{
  static const BadCase cases[] = {
    { "\"steps\"", "\"stpes\"", "8:2: unknown key `stpes`" },
    { "\"path\": \"\\/build/x\"", "\"product\": \"b\"",
      "5:2: duplicate key `product`, which stands at line 3 already" },
    { "\"path\": \"\\/build/x\"", "\"pr\\u006fduct\": \"b\"", "5:2: duplicate key `product`" },
    { "\"strip\": 1", "\"archive\": \"b\"", "4:112: duplicate key `archive`" },
    { "\"strip\": 1", "\"strip\": null", "4:121: no value stands here" },
    { "\"strip\": 1", "\"strip\": 1.0", "4:121: `1.0` is not a count" },
    { "\"strip\": 1", "\"strip\": true", "4:121: `true` is not a count" },
    { "\"recipe\": 1", "\"recipe\": 1e0", "2:12: `1e0` is not a count" },
    { "\"A\": \"b\"", "\"A\": \"\\u0000\"", "6:23: a NUL character is not accepted" },
    { "\"A\": \"b\"", "\"A\": \"\\u0007\"", "6:23: the character U+0007 is not accepted" },
    { "\"A\": \"b\"", "\"A\": {}", "6:23: expected a text, found a mapping" },
    { "\"A\": \"b\"", "\"A\": \"b\", \"A\": \"c\"", "6:28: duplicate key `A`" },
    { "\"\\/build/x\"", "\"/build/../x\"", "5:10: `/build/../x` is not an absolute path without `..`" },
    { "\n}\n", "\n}\n{}\n", "11:1: did not find expected <document start>" },
    { "\n}\n", "\n", "10:1: did not find expected ',' or '}'" },
    { "[\"make\\nmake install\"]", "[]", "8:11: expected at least one item" },
  };
  assert_all_refused (parse_recipe, sample_recipe_json, cases, G_N_ELEMENTS (cases));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (keys_are_those_of_the_schema),
    cmocka_unit_test (values_are_of_their_type),
    cmocka_unit_test (layers_are_whole_and_stay_where_they_may),
    cmocka_unit_test (outputs_entries_and_layout_make_sense),
    cmocka_unit_test (lists_that_must_hold_something_do),
    cmocka_unit_test (json_is_as_strict),
  };
  return cmocka_run_group_tests_name ("input/recipe_errors", tests, NULL, NULL);
}
