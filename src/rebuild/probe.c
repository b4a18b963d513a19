#include "rebuild/place.h"
#include "rebuild/sandbox.h"
#include "util/system.h"

#include <glob.h>
#include <string.h>

/* What a probe prints counts up to here: the names of all locales of glibc are 15 KiB. */
#define SAID_BYTES 65536

/* Where Debian, Fedora and Arch put libfaketime. */
static const char *const libraries[]
    = { "/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1",
        "/usr/lib64/faketime/libfaketimeMT.so.1" };

/* Locales whose words are ordered in another way than their bytes, the first that there is; locale(1) does not list
   those of LOCPATH, and says of one that is not there that it has the characters of C. */
#define ASK_LOCALES                                                                                                    \
  "for name in et_EE.UTF-8 fr_FR.UTF-8 de_DE.UTF-8 en_US.UTF-8 en_GB.UTF-8; do "                                       \
  "  [ \"$(LC_ALL=$name locale charmap 2> /dev/null)\" != UTF-8 ] || echo \"$name\"; done; locale -a 2> /dev/null"

/** A sandbox to ask something in. */
typedef struct
{
  AssayVaried *varied;
  AssayWorkspace *workspace;
  const GPtrArray *mounts;
  gboolean has_tree;
} Probe;

/* What a script of ours prints there; "" where it failed. */
static char *
ask (const Probe *probe, const char *script, GError **error)
{
  const char *const arguments[] = { "sh", "-c", script, NULL };
  assay_autofd fd = assay_private_file_new (NULL, error);
  const AssayCageCommand command = { arguments, "/tmp", fd };
  g_autofree char *said = g_malloc0 (SAID_BYTES + 1);
  int status;
  if (fd < 0 || !assay_mounts_place (probe->workspace, probe->varied, probe->mounts, probe->has_tree, error))
    return NULL;
  g_autoptr (AssayCage) cage
      = assay_sandbox_new_build (probe->workspace, probe->varied, probe->mounts, probe->has_tree, error);
  if (cage == NULL || !assay_cage_run (cage, &command, &status, error))
    return NULL;
  gssize length = assay_system_read_at (fd, said, SAID_BYTES, 0);
  said[MAX (length, 0)] = '\0';
  return status == 0 ? g_steal_pointer (&said) : g_strdup ("");
}

/* With the mount of disorderfs or, where that cannot be had, without. */
static gboolean
probe_order (const Probe *probe, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *said = NULL;
  g_autoptr (AssayDirectory) at = NULL;
  if (!assay_varied_is (probe->varied, ASSAY_VARIATION_ORDER))
    return TRUE;
  at = assay_workspace_make (probe->workspace, ASSAY_SANDBOX_DISORDERED, error);
  if (at == NULL)
    return FALSE;
  said = ask (probe, "exit 0", &local);
  if (said != NULL)
    return TRUE;
  if (!g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_SANDBOX))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  assay_varied_drop (probe->varied, ASSAY_VARIATION_ORDER, g_strdup (local->message));
  return TRUE;
}

/* Names are the toolchain's word: only one that looks like a locale goes on. */
static char *
choose_locale (const char *said)
{
  g_auto (GStrv) lines = g_strsplit (said, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if ((g_str_has_suffix (*line, ".utf8") || g_str_has_suffix (*line, ".UTF-8")) && g_ascii_islower ((*line)[0])
        && strspn (*line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@-") == strlen (*line))
      return g_strdup (*line);
  return NULL;
}

static gboolean
probe_locale (const Probe *probe, GError **error)
{
  AssayVaried *varied = probe->varied;
  g_autofree char *said = NULL;
  if (!assay_varied_is (varied, ASSAY_VARIATION_LOCALE))
    return TRUE;
  said = ask (probe, ASK_LOCALES, error);
  if (said == NULL)
    return FALSE;
  varied->locale = choose_locale (said);
  if (varied->locale != NULL)
    assay_varied_settle (varied, ASSAY_VARIATION_LOCALE, g_strdup_printf ("C.UTF-8 and %s", varied->locale));
  else
    {
      varied->locale = g_strdup ("C");
      assay_varied_settle (varied, ASSAY_VARIATION_LOCALE,
                           g_strdup ("C.UTF-8 and C: the toolchain has no locale of a language"));
    }
  return TRUE;
}

/* Only whether it is there: what it does is found out by running it. */
static char *
find_library (const Probe *probe)
{
  g_autofree char *tree = assay_workspace_path (probe->workspace, "toolchain");
  const char *root = probe->has_tree ? tree : "";
  char *found = NULL;
  for (gsize i = 0; found == NULL && i < G_N_ELEMENTS (libraries); i++)
    {
      glob_t paths = { 0 };
      g_autofree char *pattern = g_strconcat (root, libraries[i], NULL);
      if (glob (pattern, 0, NULL, &paths) == 0 && paths.gl_pathc == 1)
        found = g_strdup (paths.gl_pathv[0] + strlen (root));
      globfree (&paths);
    }
  return found;
}

/* Whether date(1) is so far from the clock as it was told to be. */
static gboolean
takes (const char *said, AssayClock clock)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  gint64 there = g_ascii_strtoll (said, NULL, 10);
  gint64 wanted = clock == ASSAY_CLOCK_STOPPED ? G_GINT64_CONSTANT (1582979696) : now + ASSAY_SANDBOX_OTHER_TIME_S;
  /* the zone is a part of the moment that it stops at */
  return there != 0 && ABS (there - wanted) < 24 * 60 * 60;
}

static gboolean
probe_time (const Probe *probe, AssayClock clock, GError **error)
{
  AssayVaried *varied = probe->varied;
  g_autofree char *said = NULL;
  if (!assay_varied_is (varied, ASSAY_VARIATION_TIME) && clock == ASSAY_CLOCK_PLAIN)
    return TRUE;
  varied->time_library = find_library (probe);
  if (varied->time_library == NULL)
    {
      assay_varied_drop (varied, ASSAY_VARIATION_TIME, g_strdup ("the toolchain has no libfaketime"));
      return TRUE;
    }
  varied->clock = clock;
  said = ask (probe, "date +%s 2> /dev/null", error);
  if (said == NULL)
    return FALSE;
  if (takes (said, clock))
    {
      assay_varied_settle (varied, ASSAY_VARIATION_TIME,
                           g_strdup_printf ("the clock, and %d days and three hours later by libfaketime",
                                            ASSAY_SANDBOX_OTHER_TIME_S / 86400));
      return TRUE;
    }
  g_clear_pointer (&varied->time_library, g_free);
  varied->clock = ASSAY_CLOCK_PLAIN;
  assay_varied_drop (varied, ASSAY_VARIATION_TIME, g_strdup ("libfaketime does not take"));
  return TRUE;
}

static gboolean
make_temporary (const Probe *probe, GError **error)
{
  g_autoptr (AssayDirectory) tmp = NULL;
  g_autoptr (AssayDirectory) made = NULL;
  if (!assay_varied_is (probe->varied, ASSAY_VARIATION_TEMPORARY))
    return TRUE;
  if (!assay_workspace_furnish (probe->workspace, error))
    return FALSE;
  tmp = assay_directory_open_beneath (probe->workspace->scratch, "tmp", error);
  if (tmp == NULL)
    return FALSE;
  made = assay_place_make (tmp, ASSAY_SANDBOX_OTHER_TEMPORARY + strlen ("/tmp/"), &probe->workspace->identity, error);
  return made != NULL;
}

gboolean
assay_varied_probe (AssayVaried *varied, AssayWorkspace *workspace, const GPtrArray *mounts, gboolean has_tree,
                    AssayClock clock, GError **error)
{
  const Probe probe = { varied, workspace, mounts, has_tree };
  return make_temporary (&probe, error) && probe_order (&probe, error) && probe_locale (&probe, error)
         && probe_time (&probe, clock, error);
}
