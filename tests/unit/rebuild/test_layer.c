#include "recipe_maker.h"

#include <sys/stat.h>

#define SOURCE(maker) ((maker)->recipe.source)

static void
archives_of_all_kinds_unpack (void **state)
{
  static const char *const made[][2] = {
    { "a.tar", "tar -cf a.tar top" },
    { "a.tar.gz", "tar -czf a.tar.gz top" },
    { "a.tar.bz2", "tar -cf - top | bzip2 > a.tar.bz2" },
    { "a.tar.xz", "tar -cf - top | xz > a.tar.xz" },
    { "a.tar.lzma", "tar -cf - top | xz --format=lzma > a.tar.lzma" },
    { "a.tar.zst", "tar -cf - top | zstd -q > a.tar.zst" },
    { "a.tar.lz4", "tar -cf - top | lz4 -q > a.tar.lz4" },
    { "a.zip", "bsdtar -cf a.zip --format zip top || perl -e 'use IO::Compress::Zip qw(zip); zip [\"top/sub/file\", "
               "\"top/run\"] => \"a.zip\", minimal => 0, BinModeIn => 1, exUnix2 => [0, 0] or die'" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (made); i++)
    {
      g_autoptr (Maker) maker = maker_new ();
      g_autofree char *packer = NULL;
      maker_shell (maker, "mkdir -p top/sub; echo content > top/sub/file; echo exit > top/run; chmod 755 top/run");
      /* a packer that this machine lacks is said, and not this test's */
      if ((strstr (made[i][1], "zstd") != NULL && (packer = g_find_program_in_path ("zstd")) == NULL)
          || (strstr (made[i][1], "lz4") != NULL && (packer = g_find_program_in_path ("lz4")) == NULL))
        {
          print_message ("no packer for %s here\n", made[i][0]);
          continue;
        }
      maker_shell (maker, made[i][1]);
      maker_layer (maker, SOURCE (maker), ASSAY_SOURCE_ARCHIVE, made[i][0], ".")->strip = 1;
      maker_step (maker, "cat sub/file run > both");
      g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
      g_autofree char *both = rebuilt_text (rebuild, "src/both");
      assert_string_equal (both, "content\nexit\n");
    }
}

static void
modes_times_and_links_are_kept_and_set_id_bits_are_not (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  struct stat status;
  maker_shell (
      maker,
      "mkdir -p t/d; echo x > t/d/f; ln t/d/f t/hard; ln -s d/f t/soft; ln -s /etc/passwd t/abs; chmod 6755 t/d/f\n"
      "chmod 1777 t/d; touch -d @1000000000 t/d/f; touch -d @1100000000 t/d; tar -cf t.tar -C t .");
  maker_layer (maker, SOURCE (maker), ASSAY_SOURCE_ARCHIVE, "t.tar", ".");
  maker_step (maker,
              "[ $(stat -c %a:%Y:%h d/f) = 755:1000000000:2 ]; [ $(stat -c %a:%Y d) = 777:1100000000 ]\n"
              "[ $(readlink soft) = d/f ]; [ $(readlink abs) = /etc/passwd ]; [ $(stat -c %u:%g d/f) = 1000:1000 ]");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  assert_int_equal (fstatat (assay_directory_get_fd (assay_rebuild_get_root (rebuild)), "src/hard", &status, 0), 0);
  assert_int_equal (status.st_mode & 07777, 0755);
}

static void
layers_lie_over_each_other_in_order (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  maker_shell (
      maker,
      "mkdir -p one/d two/d; echo 1 > one/d/same; echo 1 > one/d/first; echo 2 > two/d/same; ln -s same two/d/link\n"
      "tar -cf two.tar two");
  maker_layer (maker, SOURCE (maker), ASSAY_SOURCE_DIRECTORY, "one", ".");
  maker_layer (maker, SOURCE (maker), ASSAY_SOURCE_ARCHIVE, "two.tar", ".")->strip = 1;
  maker_layer (maker, SOURCE (maker), ASSAY_SOURCE_DIRECTORY, "one", "./deep/er");
  maker_step (maker, "cat d/same d/first d/link deep/er/d/same > all");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  g_autofree char *all = rebuilt_text (rebuild, "src/all");
  assert_string_equal (all, "2\n1\n2\n1\n");
}

static void
a_layer_cannot_write_through_a_link_of_another (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  g_autofree char *victim = maker_path (maker, "victim/file");
  g_autofree char *script = NULL;
  maker_shell (maker,
               "mkdir -p one victim two/d; chmod 777 . victim; ln -s \"$PWD/victim\" one/d; echo hit > two/d/file");
  maker_layer (maker, SOURCE (maker), ASSAY_SOURCE_DIRECTORY, "one", ".");
  maker_layer (maker, SOURCE (maker), ASSAY_SOURCE_DIRECTORY, "two", ".");
  maker_step (maker, "true");
  maker_fail (maker, ASSAY_ERROR_MALFORMED, "d is a directory in one layer and none in another");
  assert_false (g_file_test (victim, G_FILE_TEST_EXISTS));
  g_free (((AssayRecipeLayer *)SOURCE (maker)->pdata[1])->into);
  ((AssayRecipeLayer *)SOURCE (maker)->pdata[1])->into = g_strdup ("d");
  maker_fail (maker, ASSAY_ERROR_UNSUPPORTED, "recipe.yaml:6:14: two: ");
  assert_false (g_file_test (victim, G_FILE_TEST_EXISTS));
}

/* An archive written by hand of perl: entries that tar would not make. */
static void
write_tar (const Maker *maker, const char *entries)
{
  g_autofree char *script = g_strdup_printf (
      "perl -e '%s' > hostile.tar",
      "sub e { my ($n,$t,$l,$c,$m) = @_; my $h = pack(\"a100a8a8a8a12a12A8a1a100a6a2a32a32a8a8a155x12\", $n,"
      " sprintf(\"%07o\",$m//0644),\"0000000\",\"0000000\",sprintf(\"%011o\",length $c),\"00000000000\",\" \"x8,$t,$l,"
      "\"ustar\",\"00\",\"\",\"\",\"0000001\",\"0000003\",\"\");"
      " substr($h,148,8)=sprintf(\"%06o\\0 \",unpack(\"%32C*\",$h)); print $h,$c,\"\\0\"x((512-length($c)%512)%512) }");
  g_autofree char *full = NULL;
  g_auto (GStrv) parts = g_strsplit (script, "' > hostile.tar", 2);
  full = g_strconcat (parts[0], " ", entries, " print \"\\0\"x1024;' > hostile.tar", NULL);
  maker_shell (maker, full);
}

static void
hostile_archives_reach_nothing_outside (void **state)
{
  static const struct
  {
    const char *entries;
    AssayErrorCode code;
    const char *message;
  } cases[] = {
    { "e(\"../evil\",0,\"\",\"x\");", ASSAY_ERROR_MALFORMED, "Path contains '..'" },
    { "e(\"a/../../evil\",0,\"\",\"x\");", ASSAY_ERROR_MALFORMED, "Path contains '..'" },
    { "e(\"/tmp/evil\",0,\"\",\"x\");", ASSAY_ERROR_MALFORMED, "absolute or missing name" },
    { "e(\"l\",2,\"/tmp\",\"\"); e(\"l/evil\",0,\"\",\"x\");", ASSAY_ERROR_MALFORMED,
      "Cannot extract through symlink" },
    { "e(\"l\",2,\"..\",\"\"); e(\"l/evil\",0,\"\",\"x\");", ASSAY_ERROR_MALFORMED, "Cannot extract through symlink" },
    { "e(\"h\",1,\"/etc/passwd\",\"\");", ASSAY_ERROR_MALFORMED, "absolute or missing name" },
    { "e(\"h\",1,\"../../etc/passwd\",\"\");", ASSAY_ERROR_MALFORMED, "" },
    { "e(\"dev\",3,\"\",\"\");", ASSAY_ERROR_UNSUPPORTED, "device, FIFO or socket" },
    { "e(\"dev\",4,\"\",\"\");", ASSAY_ERROR_UNSUPPORTED, "device, FIFO or socket" },
    { "e(\"fifo\",6,\"\",\"\");", ASSAY_ERROR_UNSUPPORTED, "device, FIFO or socket" },
    { "e(\"cut\",0,\"\",\"x\"x5000); truncate STDOUT, 0; exit 0;", ASSAY_ERROR_MALFORMED, "" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Maker) maker = maker_new ();
      write_tar (maker, cases[i].entries);
      maker_layer (maker, SOURCE (maker), ASSAY_SOURCE_ARCHIVE, "hostile.tar", ".");
      maker_step (maker, "true");
      maker_fail (maker, cases[i].code, cases[i].message);
      assert_false (g_file_test ("/tmp/evil", G_FILE_TEST_EXISTS));
    }
}

static void
damaged_and_foreign_archives_are_refused (void **state)
{
  static const char *const makers[] = {
    "head -c 100000 /dev/urandom > bad",
    "printf '1\\n2\\n3\\n' > bad",
    ": > bad",
    "mkdir d; head -c 100000 /dev/urandom > d/f; tar -czf - d | head -c 50000 > bad",
    "mkdir d; head -c 100000 /dev/urandom > d/f; tar -cf - d | head -c 60000 > bad",
    "mkdir d; echo x > d/f; tar -cf - d | gzip > a; (head -c 40 a; printf XXXX; tail -c +45 a) > bad",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (makers); i++)
    {
      g_autoptr (Maker) maker = maker_new ();
      maker_shell (maker, makers[i]);
      maker_layer (maker, SOURCE (maker), ASSAY_SOURCE_ARCHIVE, "bad", ".");
      maker_step (maker, "true");
      maker_fail (maker, ASSAY_ERROR_MALFORMED, "recipe.yaml:5:14: bad: ");
    }
}

static void
a_bomb_hits_the_output_limit (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  maker_shell (maker, "mkdir d; head -c 20000000 /dev/zero > d/zeros; echo x > d/a; tar -czf bomb.tgz d; rm d/zeros");
  maker_layer (maker, SOURCE (maker), ASSAY_SOURCE_ARCHIVE, "bomb.tgz", ".");
  maker->recipe.limits.output_bytes = 4 << 20;
  maker_step (maker, "true");
  maker_fail (maker, ASSAY_ERROR_LIMIT, "limit output (4194304 bytes) hit");
}

static void
an_input_that_changed_is_said (void **state)
{
  g_autoptr (Maker) archive = maker_new ();
  g_autoptr (Maker) directory = maker_new_small ();
  g_autoptr (Maker) patch = maker_new_small ();
  maker_shell (archive, "mkdir d; echo x > d/f; tar -cf a.tar d");
  maker_layer (archive, SOURCE (archive), ASSAY_SOURCE_ARCHIVE, "a.tar", ".");
  maker_shell (archive, "printf x >> a.tar");
  maker_step (archive, "true");
  maker_fail (archive, ASSAY_ERROR_CHANGED, "recipe.yaml:5:14: a.tar: changed since it was checked");
  maker_write (directory, "small/hello.txt", "hullo\n");
  maker_step (directory, "true");
  maker_fail (directory, ASSAY_ERROR_CHANGED, "recipe.yaml:5:14: small: changed since it was checked");
  maker_write (patch, "a.patch", "--- a/hello.txt\n+++ b/hello.txt\n@@ -1 +1 @@\n-hello\n+good day\n");
  maker_layer (patch, patch->recipe.patches, ASSAY_SOURCE_FILE, "a.patch", ".")->strip = 1;
  maker_write (patch, "a.patch", "--- a/hello.txt\n+++ b/hello.txt\n@@ -1 +1 @@\n-hello\n+bad day\n");
  maker_step (patch, "true");
  maker_fail (patch, ASSAY_ERROR_CHANGED, "a.patch: changed since it was checked");
}

static void
an_input_that_nobody_checked_is_our_fault (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  g_array_set_size (maker->digests, 0);
  maker_step (maker, "true");
  maker_fail (maker, ASSAY_ERROR_INTERNAL, "was never checked");
}

static void
inputs_are_mounted_read_only (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker_write (maker, "dl/cache/a", "cached\n");
  maker_write (maker, "cert.pem", "certificate\n");
  maker_layer (maker, maker->recipe.inputs, ASSAY_SOURCE_DIRECTORY, "dl", "/inputs/dl");
  maker_layer (maker, maker->recipe.inputs, ASSAY_SOURCE_FILE, "cert.pem", "/inputs/cert.pem");
  maker_step (maker, "cat /inputs/dl/cache/a /inputs/cert.pem > both\n"
                     "for f in /inputs/dl/cache/a /inputs/dl/new /inputs/cert.pem; do if (: >> $f) 2>/dev/null; then "
                     "exit 1; fi; done");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  g_autofree char *both = rebuilt_text (rebuild, "src/both");
  assert_string_equal (both, "cached\ncertificate\n");
}

static void
an_input_in_the_build_tree_is_not_mounted_through_a_link (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker_write (maker, "dl/a", "cached\n");
  maker_layer (maker, maker->recipe.inputs, ASSAY_SOURCE_DIRECTORY, "dl", "/build/x/dl");
  maker_step (maker, "cat /build/x/dl/a; mv /build/x /build/y; ln -s /oldroot/tmp /build/x");
  maker_step (maker, "true");
  maker_fail (maker, ASSAY_ERROR_UNSUPPORTED, "step 2 of 2 (recipe.yaml:21): cannot mount at /build/x/dl");
}

static void
places_that_are_taken_are_refused (void **state)
{
  static const char *const places[]
      = { "/", "/build", "/build/src", "/usr/x", "/proc", "/dev/x", "/run/x", "/tmp", "x", "/a/../b", "/a//b" };
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (Maker) maker = maker_new_small ();
      maker_write (maker, "dl/a", "cached\n");
      maker_layer (maker, maker->recipe.inputs, ASSAY_SOURCE_DIRECTORY, "dl", places[i]);
      maker_step (maker, "true");
      maker_fail (maker, ASSAY_ERROR_USAGE, "recipe.yaml:5:14: dl: `at: ");
    }
}

/* The least root file system with a shell: it, and what the dynamic linker names. */
static void
make_toolchain (const Maker *maker, const char *name)
{
  g_autofree char *script = g_strdup_printf (
      "for f in /bin/sh /bin/cat $(ldd /bin/sh | grep -o '/[^ ]*'); do mkdir -p %s$(dirname $f); cp -L $f %s$f; done\n"
      "echo ours > %s/marker",
      name, name, name);
  maker_shell (maker, script);
}

static void
a_toolchain_of_its_own_replaces_this_machines (void **state)
{
  for (int packed = 0; packed < 2; packed++)
    {
      g_autoptr (Maker) maker = maker_new_small ();
      make_toolchain (maker, "root");
      maker_write (maker, "sdk/bin/cc", "compiler\n");
      if (packed)
        maker_shell (maker, "mkdir root/dev; mkfifo root/dev/initctl; tar -cJf root.tar.xz -C root .");
      maker_layer (maker, maker->recipe.toolchain, packed ? ASSAY_SOURCE_ARCHIVE : ASSAY_SOURCE_DIRECTORY,
                   packed ? "root.tar.xz" : "root", packed ? "/" : NULL);
      maker_layer (maker, maker->recipe.toolchain, ASSAY_SOURCE_DIRECTORY, "sdk", "/opt/sdk");
      maker_step (maker,
                  "cat /marker /opt/sdk/bin/cc > made; [ ! -e /usr/bin/perl ]; [ -c /dev/null ]; echo x > /tmp/x\n"
                  "if (: > /new) 2>/dev/null; then exit 1; fi; if (: > /marker) 2>/dev/null; then exit 2; fi\n"
                  "while read -r line; do case $line in assay:x:1000:*) exit 0;; esac; done < /etc/passwd; exit 3");
      g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
      g_autofree char *made = rebuilt_text (rebuild, "src/made");
      assert_string_equal (made, "ours\ncompiler\n");
    }
}

static void
a_toolchain_does_not_choose_where_we_mount (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  make_toolchain (maker, "root");
  maker_shell (maker, "ln -s /oldroot/tmp root/tmp");
  maker_layer (maker, maker->recipe.toolchain, ASSAY_SOURCE_DIRECTORY, "root", NULL);
  maker_step (maker, "true");
  maker_fail (maker, ASSAY_ERROR_UNSUPPORTED, "tmp");
}

static void
two_root_file_systems_are_refused (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker_write (maker, "root/a", "a");
  maker_layer (maker, maker->recipe.toolchain, ASSAY_SOURCE_DIRECTORY, "root", NULL);
  maker_layer (maker, maker->recipe.toolchain, ASSAY_SOURCE_DIRECTORY, "root", "/");
  maker_step (maker, "true");
  maker_fail (maker, ASSAY_ERROR_UNSUPPORTED, "2 layers without `at`");
}

static const char git_init[]
    = "export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org "
      "GIT_COMMITTER_NAME=a"
      " GIT_COMMITTER_EMAIL=a@example.org GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'\n"
      "git init -q repo; cd repo\n";

static void
add_git (Maker *maker, const char *script)
{
  g_autofree char *full = g_strconcat (git_init, script, "\ngit rev-parse HEAD > ../commit", NULL);
  AssayInputDigest digest = { 0 };
  AssayRecipeLayer *layer;
  gsize length;
  maker_shell (maker, full);
  layer = maker_layer (maker, SOURCE (maker), ASSAY_SOURCE_GIT, "repo", ".");
  g_autofree char *path = maker_path (maker, "commit");
  assert_true (g_file_get_contents (path, &layer->commit, &length, NULL));
  g_strchomp (layer->commit);
  digest.layer = layer;
  maker_digest (layer, &digest.sha256);
  g_array_append_val (maker->digests, digest);
}

static void
a_commit_is_unpacked_as_it_is_stored (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  /* attributes would leave out one file and change another; a configured program would leave a mark; files that are no
   * part of it stay out */
  add_git (maker,
           "echo 'secret export-ignore\nsubst export-subst\ncrlf text eol=crlf' > .gitattributes; echo s > secret; "
           "printf '$Format:%%H$\\n' > subst\n"
           "echo crlf > crlf; mkdir d; echo f > d/f; chmod 755 d/f; ln -s d/f link; git add .; git commit -qm one\n"
           "git config core.fsmonitor 'touch ../../ran'; git config tar.tar.command 'touch /tmp/ran; cat'; echo other "
           "> untracked; git rev-parse HEAD^{tree} > ../tree");
  maker_step (maker, "[ -e secret ]; [ \"$(cat subst)\" = '$Format:%H$' ]; [ $(wc -c < crlf) = 5 ]; [ -x d/f ]; [ "
                     "$(readlink link) = d/f ]; [ ! -e untracked ]\n"
                     "[ $(stat -c %a:%Y d/f) = 755:315619200 ]; [ $(stat -c %a secret) = 644 ]");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  g_autofree char *path = maker_path (maker, "tree");
  g_autofree char *tree = NULL;
  assert_true (g_file_get_contents (path, &tree, NULL, NULL));
  g_strchomp (tree);
  g_autofree char *swhid = g_strconcat ("swh:1:dir:", tree, NULL);
  assert_string_equal (assay_rebuild_get_source_swhid (rebuild), swhid);
  g_autofree char *ran = maker_path (maker, "ran");
  assert_false (g_file_test (ran, G_FILE_TEST_EXISTS));
}

static void
a_commit_that_is_not_there_is_said (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  AssayRecipeLayer *layer;
  add_git (maker, "echo a > a; git add .; git commit -qm one");
  layer = SOURCE (maker)->pdata[0];
  memset (layer->commit, '1', strlen (layer->commit));
  maker_digest (layer, &g_array_index (maker->digests, AssayInputDigest, 0).sha256);
  maker_step (maker, "true");
  maker_fail (maker, ASSAY_ERROR_FAILED, "there is no commit 1111");
}

static void
submodules_and_borrowed_objects_are_refused (void **state)
{
  g_autoptr (Maker) sub = maker_new ();
  g_autoptr (Maker) borrowed = maker_new ();
  add_git (sub, "echo a > a; git add .; git commit -qm one\n"
                "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),module; git commit -qm two");
  maker_step (sub, "true");
  maker_fail (sub, ASSAY_ERROR_UNSUPPORTED, "has submodules");
  add_git (borrowed, "echo a > a; git add .; git commit -qm one; mkdir -p .git/objects/info; echo /elsewhere > "
                     ".git/objects/info/alternates");
  maker_step (borrowed, "true");
  maker_fail (borrowed, ASSAY_ERROR_UNSUPPORTED, "borrows objects");
}

static int
run (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (archives_of_all_kinds_unpack),
    cmocka_unit_test (modes_times_and_links_are_kept_and_set_id_bits_are_not),
    cmocka_unit_test (layers_lie_over_each_other_in_order),
    cmocka_unit_test (a_layer_cannot_write_through_a_link_of_another),
    cmocka_unit_test (hostile_archives_reach_nothing_outside),
    cmocka_unit_test (damaged_and_foreign_archives_are_refused),
    cmocka_unit_test (a_bomb_hits_the_output_limit),
    cmocka_unit_test (an_input_that_changed_is_said),
    cmocka_unit_test (an_input_that_nobody_checked_is_our_fault),
    cmocka_unit_test (inputs_are_mounted_read_only),
    cmocka_unit_test (an_input_in_the_build_tree_is_not_mounted_through_a_link),
    cmocka_unit_test (places_that_are_taken_are_refused),
    cmocka_unit_test (a_toolchain_of_its_own_replaces_this_machines),
    cmocka_unit_test (a_toolchain_does_not_choose_where_we_mount),
    cmocka_unit_test (two_root_file_systems_are_refused),
    cmocka_unit_test (a_commit_is_unpacked_as_it_is_stored),
    cmocka_unit_test (a_commit_that_is_not_there_is_said),
    cmocka_unit_test (submodules_and_borrowed_objects_are_refused),
  };
  return cmocka_run_group_tests_name ("layer", tests, NULL, NULL);
}

int
main (void)
{
  return both_users_run (run) != 0;
}
