#ifndef TEST_REPORT_WRITTEN_H
#define TEST_REPORT_WRITTEN_H

#include "sample.h"

#include "../util/scratch.h"

/* What is written of reports, of those in sample.h and of one whose every text tries to be markup. */

typedef gboolean (*Writer) (gconstpointer report, AssayOutput *output, GError **error);

static inline gboolean
write_json (gconstpointer report, AssayOutput *output, GError **error)
{
  return assay_report_write (report, output, error);
}

static inline char *
written (Writer write, gconstpointer report)
{
  g_autofree char *directory = g_dir_make_tmp ("assay-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "page", NULL);
  g_autoptr (AssayOutput) output = assay_output_new (path, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;
  assert_non_null (output);
  if (!write (report, output, &error))
    fail_msg ("%s", error->message);
  assert_true (assay_output_commit (output, NULL));
  assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_unlink (path);
  assert_int_equal (g_rmdir (directory), 0);
  return text;
}

#define NASTY                                                                                                          \
  "</title></style></svg><script>alert(1)</script><img src=x onerror=alert(2)>\"'` --><a "                             \
  "href=javascript:alert(3)>&lt;&#60; [a](javascript:alert(4)) {0} @admin a@b.example www.example.org |b| `` ** ]]> "  \
  "\xef\xbf\xbf"

/* Names that try to be markup, in each member that is text. */
static inline Sample *
sample_nasty (void)
{
  Sample *sample = sample_new ();
  AssayNodeAccount *root = build_file (sample->build, ".", 96);
  build_range (sample->build, root, 96, ASSAY_CLASS_STRUCTURE, "rewritten");
  AssayNodeAccount *file = build_file (sample->build, "usr/" NASTY "/\xe2\x80\xae\xd7\x90\x1b[2J\x01", 64);
  file->node->format = NASTY;
  file->machine = NASTY;
  file->worst = ASSAY_CLASS_UNEXPLAINED;
  AssayFinding *finding = build_range (sample->build, file, 32, ASSAY_CLASS_UNEXPLAINED, "differs");
  sample_name (sample_bytes (finding, "</pre><b>", 9, "<script>", 8), NASTY, NASTY, TRUE, "shipped", 1, NASTY);
  assay_finding_tell (finding)->shipped_text = g_strdup (NASTY);
  build_range (sample->build, file, 32, ASSAY_CLASS_IDENTICAL, "equal");
  file->sections = g_array_new (FALSE, TRUE, sizeof (AssaySectionAccount));
  AssaySectionAccount section = { .name = (char *)NASTY, .size = 48, .flags = NASTY };
  g_array_append_val (file->sections, section);
  build_fact (sample->build, file->node, NASTY, NASTY, NASTY, ASSAY_CLASS_UNEXPLAINED, NASTY);
  build_missing (sample->build, NASTY, NULL);
  g_autofree char *image
      = g_strdup_printf ("{\"path\":%s,\"format\":%s,\"sha256\":%s}", "\"<script>'\"", "\"<b>&\"", "\"\\\"><script>\"");
  sample_finish (
      sample, image,
      "[{\"kind\":\"<i>\",\"path\":\"<u onclick=x>\",\"recipe\":{\"product\":\"<script>\",\"licence\":\"&lt;"
      "\"},\"source\":{\"layers\":[{\"name\":\"<\",\"sha256\":\"'\"}]}}]",
      "{\"result\":\"fail\",\"failures\":[\"<script>\"],\"notes\":[\"<\"],\"used\":[{\"line\":1,\"path\":\"<p>"
      "\",\"reason\":\"<r>\",\"owner\":\"<o>\"}],\"keys\":[{\"slot\":\"<s>\",\"sha256\":\"<k>\"}]}");
  return sample;
}

static Sample *(*const samples[]) (void)
    = { sample_mismatch, sample_identical, sample_equivalent, sample_undecided, sample_nasty };

#endif
