#include "account/times/compiled.h"

#include "unpack/bytes.h"

#include <string.h>

#define SUFFIXES_MAX 16

/**
 * @compiled: @sources: suffixes, up to the first NULL; both have the same name before these
 * @hashes: two hashes stand behind that name
 * @hidden: of sources alone whose names begin with a dot, or on DOS with what stands for one
 * @magic: (nullable): what is compiled begins so
 * @head: (nullable): its name begins so
 */
struct _AssayCompiledKind
{
  const char *compiled[SUFFIXES_MAX];
  const char *sources[SUFFIXES_MAX];
  AssayFreshness freshness;
  gboolean hashes;
  gboolean hidden;
  const char *magic;
  const char *head;
};

static const AssayCompiledKind kinds[] = {
  /* Emacs, src/lread.c: openp() with load-prefer-newer, and maybe_swap_for_eln() */
  { { ".elc", ".elc.gz" }, { ".el", ".el.gz" }, ASSAY_FRESHNESS_NOT_OLDER, FALSE },
  { { ".eln" }, { ".el", ".el.gz", ".elc", ".elc.gz" }, ASSAY_FRESHNESS_NOT_OLDER, TRUE },
  /* .emacs, which has no suffix */
  { { ".elc" }, { "" }, ASSAY_FRESHNESS_NOT_OLDER, .hidden = TRUE },
  /* Guile, libguile/load.c: compiled_is_fresh(); of a script too, whatever its name */
  { { ".go" },
    { "", ".scm", ".sls", ".ss", ".sld", ".guile.scm", ".guile.sls", ".guile.sld" },
    ASSAY_FRESHNESS_NOT_OLDER,
    FALSE },
  /* Common Lisp: CLISP loads the newest, SBCL asks, and ASDF compiles again */
  { { ".fasl", ".fas", ".fasb", ".fasc", ".lib", ".abcl", ".lx64fsl", ".lx32fsl", ".lafsl", ".x86f", ".amd64f",
      ".sse2f", ".ufasl", ".64ufasl", ".faso" },
    { ".lisp", ".lsp", ".cl", ".l" },
    ASSAY_FRESHNESS_ANY,
    FALSE },
  /* zsh, Src/parse.c: try_dump_file() */
  { { ".zwc" }, { "" }, ASSAY_FRESHNESS_NOT_OLDER, FALSE },
  /* Perl up to 5.8, pp_ctl.c: doopen_pm() */
  { { ".pmc" }, { ".pm" }, ASSAY_FRESHNESS_ANY, FALSE },
  /* Clojure, RT.load(), in a jar too */
  { { "__init.class" }, { ".clj", ".cljc" }, ASSAY_FRESHNESS_NEWER, FALSE },
  /* SWI-Prolog */
  { { ".qlf" }, { ".pl", ".prolog" }, ASSAY_FRESHNESS_ANY, FALSE },
  /* Rubinius */
  { { ".rbc" }, { ".rb" }, ASSAY_FRESHNESS_ANY, FALSE },
  { { ".pike.o" }, { ".pike" }, ASSAY_FRESHNESS_ANY, FALSE },
  { { ".pmod.o" }, { ".pmod" }, ASSAY_FRESHNESS_ANY, FALSE },
  { { "$py.class" }, { ".py" }, ASSAY_FRESHNESS_RECORDED, FALSE }, /* Jython */
  /* PHP, opcache.file_cache: the name of the source, and ".bin" */
  { { ".php.bin" }, { ".php" }, ASSAY_FRESHNESS_RECORDED, FALSE },
  { { ".phtml.bin", ".inc.bin", ".module.bin", ".install.bin", ".profile.bin", ".theme.bin", ".engine.bin", ".phar.bin",
      ".php5.bin", ".php7.bin", ".php8.bin" },
    { ".phtml", ".inc", ".module", ".install", ".profile", ".theme", ".engine", ".phar", ".php5", ".php7", ".php8" },
    ASSAY_FRESHNESS_RECORDED,
    FALSE },
  /* Chez Scheme, of libraries */
  { { ".so" }, { ".ss", ".sls", ".sps", ".chezscheme.sls", ".scm" }, ASSAY_FRESHNESS_NOT_OLDER },
  /* libselinux, label_file.c: open_file() takes the newest */
  { { ".bin" }, { "" }, ASSAY_FRESHNESS_ANY, .head = "file_contexts" },
  /* Pigeonhole, sieve-binary.c; Template Toolkit, whose compiled ones have the time of their sources */
  { { ".svbin" }, { ".sieve" }, ASSAY_FRESHNESS_ANY },
  { { ".ttc" }, { "" }, ASSAY_FRESHNESS_ANY },
  /* Qt, qv4compileddata.cpp: the time of the source stands in it */
  { { ".qmlc", ".jsc", ".mjsc" }, { ".qml", ".js", ".mjs" }, ASSAY_FRESHNESS_RECORDED },
  /* of any name: bin/console (zend_file_cache.c) */
  { { ".bin" }, { "" }, ASSAY_FRESHNESS_RECORDED, .magic = "OPCACHE" },
};

/* What describes a directory: here "." is the one that it stands in. */
static const struct
{
  const char *file;
  const char *directory;
  AssayCompiledKind kind;
} of_directories[] = {
  /* GTK, gtk/gtkiconcache.c */
  { "icon-theme.cache", ".", { .freshness = ASSAY_FRESHNESS_NOT_OLDER } },
  /* systemd, ConditionNeedsUpdate=: /etc/.updated and /var/.updated, which may record it as well */
  { ".updated", "usr", { .freshness = ASSAY_FRESHNESS_ANY } },
};

/* zsh: functions.zwc beside the directory functions has all that is in it, and must not be older than the file. */
#define DIGEST ".zwc"
static const AssayCompiledKind digest = { .freshness = ASSAY_FRESHNESS_NOT_OLDER };

/* Racket, use-compiled-file-check: foo_rkt.zo of foo.rkt, and foo.zo of foo; before either native/SYSTEM/foo_rkt.so.
 * Other shared objects are none of Racket's. */
static const AssayCompiledKind racket = { .sources = { "" }, .freshness = ASSAY_FRESHNESS_NOT_OLDER };
#define NATIVE ".so"
static const char *const of_racket[] = { "_rkt", "_rktd", "_rktl", "_scrbl", "_scm", "_ss", "_sls", NULL };

/* Jasper (Tomcat), JspCompilationContext: foo_jsp.class and foo_jsp.java, and of other suffixes that are mapped to it
 */
static const AssayCompiledKind jasper = { .sources = { "" }, .freshness = ASSAY_FRESHNESS_ANY };

/** What is compiled under a name that is written in another way: of foo.ext. */
static const struct
{
  const char *suffix; /* of the compiled file */
  const AssayCompiledKind *kind;
} of_spelt[] = { { ".zo", &racket }, { NATIVE, &racket }, { ".class", &jasper }, { ".java", &jasper } };

/** A key, and how the names of GStreamer's plugins begin. */
#define OF_GSTREAMER "/libgst"

/* What is made of all files of a kind, wherever these are. No name has a slash, as their keys do. */
static const struct
{
  const char *name;   /* how that of what is made ends */
  const char *source; /* and that of each file; with a slash in front, all of it */
  const char *key;
  AssayCompiledKind kind;
} of_all[] = {
  /* Java, filemap.cpp: SharedClassPathEntry::validate(): an archive of classes, and the system's own */
  { ".jsa", ".jar", "/.jar", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED } },
  { ".aot", ".jar", "/.jar", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED } },
  { ".cds", ".jar", "/.jar", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED } },
  { ".jsa", ".war", "/.jar", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED } },
  { ".jsa", "/modules", "/modules", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED, .head = "classes" } },
  /* apt, pkgcachegen.cc: CheckValidity(): lists as they were fetched, by time and length */
  { "pkgcache.bin", "_packages", "/lists", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED } },
  { "pkgcache.bin", "_packages.gz", "/lists", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED } },
  { "pkgcache.bin", "_packages.lz4", "/lists", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED } },
  { "pkgcache.bin", "_packages.xz", "/lists", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED } },
  { "pkgcache.bin", "_packages.zst", "/lists", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED } },
  /* CUPS, cups-driverd.cxx: load_ppds() */
  { "ppds.dat", ".ppd", "/.ppd", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED } },
  { "ppds.dat", ".ppd.gz", "/.ppd", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED } },
  /* GStreamer, gstregistry.c, and VLC, modules/cache.c: of each plugin, libgst*.so and lib*_plugin.so */
  { ".bin", ".so", OF_GSTREAMER, { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED, .head = "registry." } },
  { "plugins.dat", "_plugin.so", "/_plugin.so", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_RECORDED } },
  /* Tomcat, ExpandWar.java: a war is unpacked again unless both have one time */
  { "war-tracker", ".war", "/.war", { .sources = { "" }, .freshness = ASSAY_FRESHNESS_ANY } },
};

/* AppArmor, policy_cache.c: a profile beside its text, which has the same name, in a directory that is called after
 * what the kernel can do; and up to 2.12, parser_main.c, in the directory of them all, as it is by default or as Debian
 * and snapd have it. */
static const AssayCompiledKind profile = { .sources = { "" }, .freshness = ASSAY_FRESHNESS_ANY };
static const AssayCompiledKind old_profile = { .sources = { "" }, .freshness = ASSAY_FRESHNESS_ANY, .magic = "\4\10" };

#define A_DIRECTORY "/"
#define IN_DIRECTORY "/*"

AssayFreshness
assay_compiled_freshness (const AssayCompiledKind *kind)
{
  return kind->freshness;
}

gboolean
assay_compiled_is_of_directory (const char *name)
{
  gboolean found = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (of_directories) && !found; i++)
    found = strcmp (name, of_directories[i].file) == 0;
  return found;
}

/* Whether two names end alike behind their last dots. */
static gboolean
end_alike (const char *dot, const char *name)
{
  const char *other = strrchr (name, '.');
  return other != NULL && g_ascii_tolower (dot[1]) == other[1] && g_ascii_strcasecmp (dot, other) == 0;
}

/* The archive of the system's own classes, which stands beside the virtual machine that it is of, is made of its
 * modules, any other one of jars. */
static gboolean
is_of_head (const AssayCompiledKind *kind, const char *name, const char *directory)
{
  static const char own[] = "classes";
  static const char *const machines[] = { "server", "client", "minimal", "zero", NULL };
  return kind->head != NULL ? g_str_has_prefix (name, kind->head)
                            : !g_str_has_suffix (name, ".jsa") || !g_str_has_prefix (name, own)
                                  || !g_strv_contains (machines, directory);
}

/* Where it may be called so in any image, what is compiled says so itself. */
static gboolean
is_directory_of_all_kernels (const char *name)
{
  return strcmp (name, "cache") == 0 || strcmp (name, "apparmor") == 0;
}

static gboolean
is_directory_of_profiles (const char *name)
{
  gsize digits = strspn (name, "0123456789abcdef");
  return digits == 8 && name[8] == '.' && name[9] != '\0' && strspn (name + 9, "0123456789") == strlen (name + 9);
}

static gboolean
ends_in (const char *name, const char *tail)
{
  gsize length = strlen (name);
  return length >= strlen (tail) && g_ascii_strcasecmp (name + length - strlen (tail), tail) == 0;
}

gboolean
assay_compiled_may_be (const char *name, const char *directory)
{
  const char *dot = strrchr (name, '.');
  gboolean found = (dot != NULL && end_alike (dot, DIGEST)) || is_directory_of_profiles (directory)
                   || is_directory_of_all_kernels (directory);
  for (gsize i = 0; !found && i < G_N_ELEMENTS (of_all); i++)
    found = ends_in (name, of_all[i].name);
  for (gsize i = 0; dot != NULL && !found && i < G_N_ELEMENTS (kinds); i++)
    for (gsize k = 0; !found && k < SUFFIXES_MAX && kinds[i].compiled[k] != NULL; k++)
      found = end_alike (dot, kinds[i].compiled[k]);
  for (gsize i = 0; dot != NULL && !found && i < G_N_ELEMENTS (of_spelt); i++)
    found = end_alike (dot, of_spelt[i].suffix);
  for (gsize i = 0; dot != NULL && !found && i < G_N_ELEMENTS (of_directories); i++)
    found = end_alike (dot, of_directories[i].file);
  return found;
}

/* "name-0123abcd-4567cdef" without the two. */
static void
drop_hashes (char *stem)
{
  for (guint i = 0; i < 2; i++)
    {
      char *mark = strrchr (stem, '-');
      if (mark != NULL && mark != stem && strspn (mark + 1, "0123456789abcdef") == strlen (mark + 1))
        *mark = '\0';
    }
}

static void
find_in_kind (const AssayCompiledKind *kind, const char *name, AssayCompiledUse use, gpointer data)
{
  for (gsize i = 0; i < SUFFIXES_MAX && kind->compiled[i] != NULL; i++)
    {
      gsize suffix = strlen (kind->compiled[i]);
      gsize length = strlen (name);
      if (length <= suffix || strcmp (name + length - suffix, kind->compiled[i]) != 0)
        continue;
      g_autofree char *stem = g_strndup (name, length - suffix);
      if ((kind->hidden && *stem != '.' && *stem != '_')
          || (kind->head != NULL && !g_str_has_prefix (stem, kind->head)))
        continue;
      if (kind->hashes)
        drop_hashes (stem);
      use (kind, stem, data);
    }
}

/* Writes letters for their numbers of four hexadecimal digits behind `_`, as Jasper has _002d for a dash, and dots for
 * all other `_` where @dots says so. */
static void
respell (char *name, gboolean dots)
{
  char *end = name;
  for (const char *at = name; *at != '\0'; at++)
    {
      char digits[5] = "";
      g_strlcpy (digits, at + 1, sizeof digits);
      gboolean spelt = *at == '_' && strspn (digits, "0123456789abcdef") == 4 && g_str_has_prefix (digits, "00");
      char letter = *at;
      if (*at == '_' && dots)
        letter = '.';
      if (spelt)
        {
          letter = (char)g_ascii_strtoull (digits, NULL, 16);
          at += strlen (digits);
        }
      *end++ = letter;
    }
  *end = '\0';
}

/* Jasper writes `_` for a dot, and in front of what is no letter: _403_jsp of 403.jsp. Of older ones the last alone is
 * certain. */
static void
find_jsp (const char *stem, AssayCompiledUse use, gpointer data)
{
  for (guint front = 0; front < 2 && (front == 0 || *stem == '_'); front++)
    for (guint dots = 0; dots < 2; dots++)
      {
        g_autofree char *key = g_strdup (stem + front);
        char *mark = strrchr (key, '_');
        if (mark == NULL || mark == key)
          continue;
        *mark = '.';
        respell (key, dots != 0);
        use (&jasper, key, data);
      }
}

/* foo_rkt.zo: of foo.rkt, and of a file foo_rkt. */
static void
find_spelt (const char *name, AssayCompiledUse use, gpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (of_spelt); i++)
    {
      gsize length = strlen (name);
      if (length <= strlen (of_spelt[i].suffix) || !g_str_has_suffix (name, of_spelt[i].suffix))
        continue;
      g_autofree char *key = g_strndup (name, (gsize)(strrchr (name, '.') - name));
      if (of_spelt[i].kind == &jasper)
        {
          find_jsp (key, use, data);
          continue;
        }
      char *mark = strrchr (key, '_');
      gboolean native = strcmp (of_spelt[i].suffix, NATIVE) == 0;
      if (native && (mark == NULL || !g_strv_contains (of_racket, mark)))
        continue;
      use (of_spelt[i].kind, key, data);
      if (mark == NULL)
        continue;
      *mark = '.';
      use (of_spelt[i].kind, key, data);
    }
}

gboolean
assay_compiled_begins (const AssayCompiledKind *kind, AssayBlob *blob)
{
  gboolean is = FALSE;
  if (kind->magic == NULL)
    return TRUE;
  gsize length = strlen (kind->magic);
  return blob != NULL && assay_blob_get_size (blob) >= length
         && (!assay_blob_equals (blob, 0, kind->magic, length, &is, NULL) || is);
}

void
assay_compiled_find (const char *name, const char *directory, AssayCompiledUse use, gpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    find_in_kind (&kinds[i], name, use, data);
  find_spelt (name, use, data);
  if (is_directory_of_profiles (directory))
    use (&profile, name, data);
  if (is_directory_of_all_kernels (directory))
    use (&old_profile, name, data);
  for (gsize i = 0; i < G_N_ELEMENTS (of_all); i++)
    if (ends_in (name, of_all[i].name) && is_of_head (&of_all[i].kind, name, directory))
      use (&of_all[i].kind, of_all[i].key, data);
  for (gsize i = 0; i < G_N_ELEMENTS (of_directories); i++)
    if (strcmp (name, of_directories[i].file) == 0)
      {
        gboolean own = strcmp (of_directories[i].directory, ".") == 0;
        g_autofree char *key = g_strconcat (own ? directory : of_directories[i].directory, A_DIRECTORY, NULL);
        use (&of_directories[i].kind, key, data);
      }
  if (g_str_has_suffix (name, DIGEST) && strlen (name) > strlen (DIGEST))
    {
      g_autofree char *stem = g_strndup (name, strlen (name) - strlen (DIGEST));
      g_autofree char *key = g_strconcat (stem, IN_DIRECTORY, NULL);
      use (&digest, key, data);
    }
}

void
assay_compiled_find_in_directory (const char *directory, AssayCompiledUse use, gpointer data)
{
  g_autofree char *key = g_strconcat (directory, IN_DIRECTORY, NULL);
  use (NULL, key, data);
}

void
assay_compiled_find_source (const char *name, const char *directory, gboolean is_directory, AssayCompiledUse use,
                            gpointer data)
{
  if (is_directory)
    {
      g_autofree char *key = g_strconcat (name, A_DIRECTORY, NULL);
      use (NULL, key, data);
      return;
    }
  assay_compiled_find_in_directory (directory, use, data);
  use (NULL, name, data);
  for (gsize i = 0; i < G_N_ELEMENTS (of_all); i++)
    if ((*of_all[i].source == '/' ? strcmp (name, of_all[i].source + 1) == 0 : ends_in (name, of_all[i].source))
        && (strcmp (of_all[i].key, OF_GSTREAMER) != 0 || g_str_has_prefix (name, &OF_GSTREAMER[1])))
      use (NULL, of_all[i].key, data);
  /* what stands before its last dot, and before the last but one (.el.gz) */
  g_autofree char *stem = g_strdup (name);
  for (guint i = 0; i < 2; i++)
    {
      char *dot = strrchr (stem, '.');
      if (dot == NULL || dot == stem)
        return;
      *dot = '\0';
      use (NULL, stem, data);
    }
}

gboolean
assay_compiled_is_of (const AssayCompiledKind *kind, const char *key, const char *name)
{
  gsize length = strlen (key);
  if (g_str_has_suffix (key, A_DIRECTORY) || g_str_has_suffix (key, IN_DIRECTORY))
    return kind->sources[0] == NULL;
  if (*key == '/')
    return kind->sources[0] != NULL;
  for (gsize i = 0; i < SUFFIXES_MAX && kind->sources[i] != NULL; i++)
    {
      const char *suffix = kind->sources[i];
      /* foo.go, and foo.scm.go */
      if ((strncmp (name, key, length) == 0 && strcmp (name + length, suffix) == 0)
          || (strcmp (name, key) == 0 && g_str_has_suffix (name, suffix)))
        return TRUE;
    }
  return FALSE;
}
