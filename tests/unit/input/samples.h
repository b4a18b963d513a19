#ifndef ASSAY_TESTS_INPUT_SAMPLES_H
#define ASSAY_TESTS_INPUT_SAMPLES_H

#include "../util/scratch.h"

#include "input/policy.h"
#include "input/recipe.h"
#include "input/toolchain_lock.h"

/* What the tests of this room share: whole valid files, and one change in them that must be refused. */

#define HEX_A "3f1c000000000000000000000000000000000000000000000000000000000001"
#define HEX_B "77AA00000000000000000000000000000000000000000000000000000000000F"
#define HEX_C "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define COMMIT "89abcdef0123456789ABCDEF0123456789abcdef"

static const char sample_recipe[]
    = "recipe: 1\n"
      "product: gnb-du 2.4.1\n"
      "licence: LicenseRef-5G-RAN-2026\n"
      "source:\n"
      "  - {archive: gnb-du-2.4.1.tar.xz, sha256: " HEX_A ", strip: 1, into: .}\n"
      "  - {directory: ../overlay, into: ./extra//files/}\n"
      "  - {git: /srv/repository, commit: " COMMIT "}\n"
      "patches:\n"
      "  - {file: hardening.patch, sha256: " HEX_B ", in: lib}\n"
      "  - {file: other.patch, strip: 0}\n"
      "inputs:\n"
      "  - {path: dl, at: /inputs/dl}\n"
      "toolchain:\n"
      "  - {archive: bookworm.tar.zst, sha256: " HEX_A "}\n"
      "  - {archive: arm-sdk.tar.xz, at: /opt/sdk}\n"
      "path: /build/gnb-du\n"
      "run_as: root\n"
      "environment: {SOURCE_DATE_EPOCH: \"1760000000\", LDFLAGS: \"\", _x9: a b}\n"
      "limits: {time: 6h, memory: 8GiB, processes: 2048, output: 200GiB}\n"
      "steps:\n"
      "  - make -j$JOBS CROSS_COMPILE=aarch64-linux-gnu-\n"
      "  - |\n"
      "    cd out\n"
      "    \tls\n"
      "outputs:\n"
      "  - {from: out/gnb-du.elf, at: \"rootfs//usr/bin/gnb-du\", symbols: [out/du.debug, ../x]}\n"
      "  - {from: target/, at: rootfs//}\n"
      "  - from: ../image.bin\n"
      "entries:\n"
      "  - {at: \"rootfs//usr/bin/su\", mode: \"4755\", owner: root, group: shadow, gid: 42}\n"
      "  - {at: \"rootfs//dev/sda1\", device: \"8:1\", uid: 0}\n"
      "  - {at: \"rootfs//bin\", link: usr/bin}\n"
      "scope: [\"**\", boot/*]\n"
      "layout:\n"
      "  - {in: \".\", name: header, offset: 0, size: 256, kind: signature-slot}\n"
      "  - {name: payload, offset: 0x100, size: rest, kind: payload}\n";

static const char sample_recipe_json[]
    = "{\n"
      "\t\"recipe\": 1,\n"
      "\t\"product\":\"gnb-du \\u0032.4.1\",\n"
      "\t\"source\": [{\"archive\": \"a.tar\", \"sha256\": \"" HEX_A "\", \"strip\": 1}],\n"
      "\t\"path\": \"\\/build/x\",\n"
      "\t\"environment\": {\"A\": \"b\"},\n"
      "\t\"limits\": {\"time\": \"90s\", \"processes\": 12},\n"
      "\t\"steps\": [\"make\\nmake install\"],\n"
      "\t\"outputs\": [{\"from\": \"out\"}]\n"
      "}\n";

static const char sample_policy[]
    = "policy: 1\n"
      "pin:\n"
      "  product: gnb-du 2.4.1\n"
      "  source: [" HEX_A ", " HEX_B "]\n"
      "  recipe: [" HEX_B "]\n"
      "  toolchain: []\n"
      "scope: [\"rootfs//**\"]\n"
      "require: {verdict: waived, expected: reference, rebuilds: 2, origin: known, rules: [filler],\n"
      "          unexplained: 0, outside: 100, recompressed: false, cached: false}\n"
      "waive:\n"
      "  - path: \"**/build-info.txt\"\n"
      "    range: {section: .note.gnu.build-id, max-size: 36}\n"
      "    reason: >\n"
      "      vendor stamps the build id\n"
      "      at release\n"
      "    owner: release@operator.example\n"
      "    expires: 2027-01-01\n"
      "  - {path: a, range: {offset: 0x10, length: 4KiB}, reason: r, owner: o}\n"
      "  - {path: b, range: {symbol: version}, reason: r, owner: o, allow-code: true, sha256: " HEX_A "}\n"
      "  - {path: c, fact: owner, reason: r, owner: o, allow-code: false}\n"
      "  - {path: d, reason: r, owner: o}\n"
      "blobs: [{path: \"**/wifi-fw.bin\", sha256: " HEX_B ", reason: \"no source\"}]\n"
      "signatures:\n"
      "  - {slot: header, covers: payload, max-size: 256, key: vendor.pub.pem, scheme: ecdsa-p256-sha256}\n"
      "attestations:\n"
      "  threshold: 2\n"
      "  parties: [{name: lab-a, keys: [a.pub.pem, /keys/a2.pem]}, {name: lab-b, keys: [b.pub.pem]}]\n";

static const char sample_lock[] = "# made by `assay toolchain make`; `assay toolchain check` verifies it\n"
                                  "lock: 1\n"
                                  "suite: \"bookworm\"\n"
                                  "architecture: amd64\n"
                                  "variant: essential\n"
                                  "source_date_epoch: 1760000000\n"
                                  "mmdebstrap: \"1.3.5\"\n"
                                  "requested:\n"
                                  "  - \"g++\"\n"
                                  "  - \"make=4.3-4.1\"\n"
                                  "sources:\n"
                                  "  - \"deb http://deb.example.org/ \\\"a\\\\b\\\" main\"\n"
                                  "rootfs: {sha256: " HEX_A ", size: 346324480}\n"
                                  "archive: {sha256: " HEX_C ", size: 100850500}\n"
                                  "packages:\n"
                                  "  - {name: \"g++\", version: \"4:12.2.0-3\", architecture: amd64, sha256: " HEX_A
                                  ", size: 1356, file: " HEX_A ".deb}\n"
                                  "  - {name: \"make\", version: \"4.3-4.1~x+b1\", architecture: all, sha256: " HEX_C
                                  ", size: 396, file: " HEX_C ".deb}\n";

static inline GBytes *
bytes_of (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

/* The text with the first place of @find replaced; @find must be there. */
static inline char *
change (const char *text, const char *find, const char *replace)
{
  const char *at = strstr (text, find);
  if (at == NULL)
    fail_msg ("the sample has no %s", find);
  return g_strdup_printf ("%.*s%s%s", (int)(at - text), text, replace, at + strlen (find));
}

/* One change of a sample, and what the message then says after the file's name and a colon. */
typedef struct
{
  const char *find;
  const char *replace;
  const char *message;
} BadCase;

typedef gboolean (*ParseSample) (GBytes *bytes, GError **error);

static inline gboolean
parse_recipe (GBytes *bytes, GError **error)
{
  g_autoptr (AssayRecipe) recipe = assay_recipe_parse ("dir/x.yaml", bytes, error);
  return recipe != NULL;
}

static inline gboolean
parse_policy (GBytes *bytes, GError **error)
{
  g_autoptr (AssayPolicy) policy = assay_policy_parse ("dir/x.yaml", bytes, error);
  return policy != NULL;
}

static inline gboolean
parse_lock (GBytes *bytes, GError **error)
{
  g_autoptr (AssayToolchainLock) lock = assay_toolchain_lock_parse ("dir/x.yaml", bytes, error);
  return lock != NULL;
}

static inline void
assert_refused (ParseSample parse, GBytes *bytes, const char *message, const char *what)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *wanted = g_strconcat ("dir/x.yaml:", message, NULL);
  if (parse (bytes, &error))
    fail_msg ("accepted: %s", what);
  if (!g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_USAGE) || !g_str_has_prefix (error->message, wanted))
    fail_msg ("%s\n  gives   %s\n  and not %s", what, error->message, wanted);
}

static inline void
assert_all_refused (ParseSample parse, const char *sample, const BadCase *cases, gsize n_cases)
{
  for (gsize i = 0; i < n_cases; i++)
    {
      g_autofree char *text = change (sample, cases[i].find, cases[i].replace);
      g_autoptr (GBytes) bytes = bytes_of (text);
      assert_refused (parse, bytes, cases[i].message, cases[i].replace);
    }
}

#endif
